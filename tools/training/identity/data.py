"""Decode, resize and cache the labelled head crops; split them by character."""

import json
import re
from pathlib import Path

import cv2
import numpy as np

CACHE_SIDE = 160
# The sets of shared/eval, whose characters the splits hold out.
FACE_SETS = ("vtuber_screens", "card_heads", "game_icons", "fan_art_heads", "screen_heads")
# The sets of shared/training.
TRAINING_SETS = ("kancolle", "optc", "arknights", "trainers", "dokkan", "feh", "dragalia", "shiny")
# Two pictures whose names share the part before the dash are the same drawing; a name without a dash is its own.
ARTWORK = re.compile(r"^(.+)-[^-]+$")


def artwork_of(stem):
    match = ARTWORK.match(stem)
    return match.group(1) if match else stem


def letterbox(picture, side, grey=114):
    """Square uint8 picture: aspect kept, centred, padded with neutral grey, as the engine pads its crops."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(picture, size, interpolation=method)
    square = np.full((side, side, 3), grey, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top:top + size[1], left:left + size[0]] = resized
    return square


def read_rgb(path):
    """uint8 [height, width, 3] RGB, alpha composited on neutral grey."""
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"Expected a picture in {path} but could not decode it.")
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * alpha + 114 * (1 - alpha)).astype(np.uint8)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def build_cache(folders, cache, sets=FACE_SETS + TRAINING_SETS):
    """Write CACHE/faces.npz with pictures uint8 [N, 160, 160, 3] and the set, character and artwork of each.

    `folders` are the data folders; a set is taken from the one that has it. Returns the number of pictures.
    """
    pictures, set_names, characters, artworks, paths = [], [], [], [], []
    for name in sets:
        data = next((Path(one) for one in folders if (Path(one) / "identity" / "faces" / name).is_dir()), None)
        if data is None:
            continue
        overlap = read_overlap(data).get(f"faces/{name}", {})
        for path in sorted((data / "identity" / "faces" / name).glob("*/*.jpg")):
            # A card character that also appears on the screens carries the screens' label, so that no split tears it.
            twin = overlap.get(path.parent.name)
            pictures.append(letterbox(read_rgb(path), CACHE_SIDE))
            set_names.append(name)
            characters.append(f"vtuber_screens/{twin}" if twin else f"{name}/{path.parent.name}")
            artworks.append(f"{name}/{path.parent.name}/{artwork_of(path.stem)}")
            paths.append(f"faces/{name}/{path.parent.name}/{path.name}")
    Path(cache).mkdir(parents=True, exist_ok=True)
    np.savez(Path(cache) / "faces.npz", pictures=np.stack(pictures), sets=np.array(set_names),
             characters=np.array(characters), artworks=np.array(artworks), paths=np.array(paths))
    return len(pictures)


def read_overlap(data):
    file = Path(data) / "identity" / "overlap.json"
    return json.loads(file.read_text())["same character as in faces/vtuber_screens"] if file.exists() else {}


class Crops:
    """The cached crops; labels are integers over characters (twins joined)."""

    def __init__(self, cache, kind="faces"):
        stored = np.load(Path(cache) / f"{kind}.npz")
        self.pictures, self.sets, self.paths = stored["pictures"], stored["sets"], stored["paths"]
        self.characters, self.artworks = stored["characters"], stored["artworks"]
        self.names, self.labels = np.unique(self.characters, return_inverse=True)
        self.works = np.unique(self.artworks, return_inverse=True)[1]

    def __len__(self):
        return len(self.labels)


def split_by_character(crops, seed, held_out=0.4):
    """Boolean mask of the crops whose characters are held out; each set loses the same share of its characters."""
    rng = np.random.default_rng(seed)
    held = []
    home = {label: crops.names[label].split("/")[0] for label in np.unique(crops.labels)}
    for name in FACE_SETS:
        labels = np.array([label for label, place in home.items() if place == name])
        held.extend(rng.permutation(labels)[: round(len(labels) * held_out)])
    return np.isin(crops.labels, held)

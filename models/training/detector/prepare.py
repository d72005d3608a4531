"""Gathers the training material once into a pickle of small RGB pictures.

    python3 prepare.py --eval ../../../../shared/eval --art FOLDER... --sprites FOLDER --generated FOLDER --out material.pkl

`--art` names folders of face-free pictures (unpacked Debian packages `wesnoth-1.16-data`, `renpy-demo`,
`renpy-thequestion`): only files whose path says terrain, items, scenery, projectiles, attacks or bg are taken.
Heads are the crops of the identity sets; every set was cropped the same way throughout, so the face's place in the crop is
one constant per set, read off a contact sheet. `--sprites` names the folder that holds the files of `sprites.json`, whose
boxes were checked by eye; `--generated` is a folder made by `familiar-faces sample`.
"""

import argparse
import json
import pickle
from pathlib import Path

import cv2
import numpy as np

FACE_IN_HEAD = {
    "card_heads": (0.22, 0.26, 0.78, 0.83),
    "fan_art_heads": (0.22, 0.26, 0.78, 0.83),
    "vtuber_screens": (0.21, 0.25, 0.79, 0.85),
    "game_icons": (0.2, 0.25, 0.82, 0.87),
    "screen_heads": (0.02, 0.02, 0.98, 0.98),
}
FACE_FREE = ("/terrain/", "/items/", "/scenery/", "/projectiles/", "/attacks/", "/bg", "/halo/", "/maps/")
HELD_SPRITE = 7


def readPicture(path: Path, longest: int) -> np.ndarray:
    """RGB uint8, alpha composited on grey 114, longest side at most `longest`."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"Expected a readable picture but received {path}.")
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * alpha + 114 * (1 - alpha)).astype(np.uint8)
    scale = longest / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture[..., ::-1])


def gatherHeads(root: Path) -> list:
    heads = []
    for name, place in FACE_IN_HEAD.items():
        for path in sorted((root / "identity/faces" / name).glob("*/*.jpg")):
            picture = readPicture(path, 160)
            height, width = picture.shape[:2]
            heads.append((picture, np.array(place, np.float32) * np.array([width, height, width, height], np.float32)))
    return heads


def gatherWholes(root: Path) -> list:
    """Whole cards and fan art; they carry no boxes and are only labelled by the net itself."""
    return [readPicture(path, 448) for path in sorted((root / "identity/whole").rglob("*.jpg"))]


def gatherSprites(folder: Path, labels: Path) -> list:
    """Figures with alpha and their face boxes, cut to the figure: [(RGBA, box)]; every tenth file is left for looking."""
    sprites = []
    for index, entry in enumerate(json.loads(labels.read_text())):
        path = folder / entry["file"]
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if picture is None or picture.shape[2] != 4:
            raise ValueError(f"Expected a picture with alpha but received {path}.")
        if index % 10 == HELD_SPRITE:
            continue
        box = np.array(entry["face"], np.float32) * np.tile(picture.shape[1::-1], 2)
        scale = min(1.0, 200 / max(box[2:] - box[:2]), 700 / max(picture.shape[:2]))
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        sprites.append((cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA), (box * scale).astype(np.float32)))
    return sprites


def gatherGenerated(folder: Path) -> list:
    """Pictures of the sample library with their boxes; formats that OpenCV cannot read are left out."""
    scenes = []
    for entry in json.loads((folder / "ground-truth.json").read_text()):
        if Path(entry["file"]).suffix not in (".png", ".jpg", ".webp"):
            continue
        picture = readPicture(folder / entry["file"], 448)
        boxes = np.array([[face["box"][side] for side in ("x", "y", "width", "height")] for face in entry["faces"]], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        scenes.append((picture, boxes * picture.shape[1] / entry["width"], np.zeros((0, 4), np.float32)))
    return scenes


def faceFreePaths(folders: list) -> tuple:
    """Every so manieth face-free picture, to train with, and as many from the middle between those, to measure with."""
    paths = sorted(path for folder in folders for kind in ("*.png", "*.jpg", "*.webp") for path in folder.rglob(kind))
    kept = [path for path in paths if any(part in str(path) for part in FACE_FREE)]
    step = max(1, len(kept) // 1200)
    return kept[::step], kept[step // 2 :: step] if step > 1 else []


def gatherBlanks(folders: list) -> list:
    pictures = [readPicture(path, 512) for path in faceFreePaths(folders)[0]]
    return [picture for picture in pictures if min(picture.shape[:2]) >= 24]


def gatherFrames(root: Path, split: str) -> list:
    """Frames with their labelled boxes, [(file, picture, boxes)]; a split may come without any labels."""
    frames = []
    for entry in json.loads((root / f"detection/{split}.json").read_text()):
        boxes = np.array(entry["boxes"], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        frames.append((entry["file"], readPicture(root / "detection" / split / entry["file"], 448), boxes))
    return frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--art", type=Path, nargs="+", required=True)
    parser.add_argument("--sprites", type=Path, required=True)
    parser.add_argument("--generated", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    material = {
        "heads": gatherHeads(options.eval),
        "wholes": gatherWholes(options.eval),
        "sprites": gatherSprites(options.sprites, Path(__file__).with_name("sprites.json")),
        "generated": gatherGenerated(options.generated),
        "blanks": gatherBlanks(options.art),
        "frames": gatherFrames(options.eval, "train"),
    }
    options.out.write_bytes(pickle.dumps(material))
    print({name: len(items) for name, items in material.items()})


if __name__ == "__main__":
    main()

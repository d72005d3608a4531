"""Gathers the training material once into a pickle of small RGB pictures.

    python3 prepare.py --eval ../../../../shared/eval --art FOLDER... [--objects SHARE...] --sprites FOLDER --generated FOLDER --out material.pkl

`--art` names folders of face-free pictures (unpacked Debian packages `wesnoth-1.16-data`, `renpy-demo`,
`renpy-thequestion`): only files whose path says terrain, items, scenery, projectiles, attacks or bg are taken.
`--objects` names the `usr/share` of more unpacked packages (`colobot-common-textures`, `desktop-base`, `extremetuxracer-data`,
`faenza-icon-theme`, `freeorion-data`, `gnome-backgrounds`, `kgeography-data`, `lincity-ng-data`, `lxqt-themes`,
`mate-backgrounds`, `megaglest-data`, `moka-icon-theme`, `naev-data`, `neverball-data`, `oxygen-icon-theme`,
`plasma-workspace-wallpapers`, `stellarium-data`, `torcs-data`, `yaru-theme-icon`): icons, goods, machines, planets, buildings,
places, textures and patterns; what shows a person, an animal's head or a skull is left out by its name, as it was seen on
contact sheets.
Heads are the crops of the identity sets; every set was cropped the same way throughout, so the face's place in the crop is
one constant per set, read off a contact sheet. `--sprites` names the folder that holds the files of `sprites.json`, whose
boxes were checked by eye; `--generated` is a folder made by `familiar-faces sample`.
"""

import argparse
import json
import pickle
import re
from hashlib import sha256
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
# Folders of `--objects` and how many of their pictures are taken, evenly: asteroids and rotated ships are much alike.
OBJECTS = {
    "games/freeorion/default/data/art/encyclopedia": 20,
    "games/freeorion/default/data/art/hulls_design": 50,
    "games/freeorion/default/data/art/icons/building": 60,
    "games/freeorion/default/data/art/icons/ship_hulls": 50,
    "games/freeorion/default/data/art/icons/ship_parts": 110,
    "games/freeorion/default/data/art/icons/specials_huge": 50,
    "games/freeorion/default/data/art/icons/tech": 150,
    "games/freeorion/default/data/art/nebulae": 20,
    "games/freeorion/default/data/art/planets": 90,
    "games/freeorion/default/data/art/stars": 30,
    "games/lincity-ng/images/tiles": 180,
    "games/neverball": 180,
    "icons/oxygen/base/128x128": 600,
    "icons/oxygen/base/256x256": 200,
    "naev/dat/gfx/bkg": 40,
    "naev/dat/gfx/commodity": 210,
    "naev/dat/gfx/gui": 80,
    "naev/dat/gfx/loading": 40,
    "naev/dat/gfx/logo": 20,
    "naev/dat/gfx/outfit": 270,
    "naev/dat/gfx/planet": 270,
    "naev/dat/gfx/ship": 110,
    "backgrounds": 50,
    "wallpapers": 80,
    "desktop-base": 60,
    "games/colobot/textures": 110,
    "games/etr": 170,
    "games/megaglest/data/core": 40,
    "games/megaglest/tilesets": 220,
    "games/torcs": 190,
    "icons/Faenza/actions/96": 60,
    "icons/Faenza/apps/96": 300,
    "icons/Faenza/categories/96": 20,
    "icons/Faenza/devices/96": 40,
    "icons/Faenza/mimetypes/96": 90,
    "icons/Faenza/places/96": 40,
    "icons/Faenza/status/96": 80,
    "icons/Moka/256x256": 780,
    "icons/Yaru/256x256": 400,
    "kgeography": 30,
    "lxqt/wallpapers": 30,
    "stellarium/landscapes": 50,
    "stellarium/nebulae": 70,
    "stellarium/scenery3d": 40,
    "stellarium/textures": 100,
}
SHOWS_FACES = re.compile(
    r"emotes|user|contact|people|/im-|addressbook|pim|picmi|kmessagebox|vcard|text-directory|secure-card|meeting|accessib|konqui"
    r"|passenger|clones|pirate|bioterror|chaos|philos|cyborg|paradise|extinct|xenoarch|psionic|life_?cycle|troops|robot_|androids"
    r"|holovid|consoles|erotica|music|virtuarea|surgical|regen_tank|incense|livestock|fullbody|neural|exobot"
    r"|gadu|advert|beaver|comix|mypaint|gimp|wilber|iceweasel|thunderbird|totem|worker|hanged|impaled|statue|angry|reddit|worldofgoo"
    r"|duolingo|polly|pidgin|cheese|bluefish|discord|godot|cruzi|xfce|treec3|tree_eva|gbtree|intro|privacy|retroarch|aztec|skype"
    r"|hamster|corebird|brave|wxbanker|thunar|espeak|perl|eog|serious|/face0|gnibbles|android|birdie|budgie|splash|herring|elven"
    r"|lazarus|aseprite|griffon|penguin|avatar|social|image-loading|objects/kid|cutecom|twitch|snapchat|github",
    re.IGNORECASE,
)
SMALLEST_BLANK, LONGEST_BLANK = 24, 512
# The engine cuts pictures of more pixels into tiles of so many a side, so that leaves and stones fill a view.
TILED_FROM, TILE = 9_000_000, 1344
HELD_SPRITE = 7


def readPicture(path: Path, longest: int) -> np.ndarray:
    """RGB uint8, alpha composited on grey 114, longest side at most `longest`."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"Expected a readable picture but received {path}.")
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * alpha + 114 * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(reduce(picture, longest)[..., ::-1])


def reduce(picture: np.ndarray, longest: int) -> np.ndarray:
    scale = longest / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


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


def pictureFiles(folder: Path) -> list:
    """The picture files of a folder and all below it, without links to others of them, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".jpg", ".webp") and not path.is_symlink())


def objectPaths(shares: list) -> list:
    """The files of `OBJECTS` that show no face, each content once."""
    taken, seen = [], set()
    for folder, most in OBJECTS.items():
        kept = []
        for share in shares:
            for path in pictureFiles(share / folder):
                if SHOWS_FACES.search(str(path.relative_to(share))):
                    continue
                digest = sha256(path.read_bytes()).digest()
                if digest not in seen:
                    seen.add(digest)
                    kept.append(path)
        taken += kept[:: max(1, len(kept) // most)]
    return taken


def gatherBlanks(folders: list, shares: list) -> list:
    pictures = [readPicture(path, LONGEST_BLANK) for path in faceFreePaths(folders)[0]]
    for path in objectPaths(shares):
        picture = readPicture(path, 8192)
        pictures += [reduce(part, LONGEST_BLANK) for part in (picture, *tilesOf(picture))]
    return [picture for picture in pictures if min(picture.shape[:2]) >= SMALLEST_BLANK]


def tilesOf(picture: np.ndarray) -> list:
    """The whole tiles of a very large picture; of others none."""
    height, width = picture.shape[:2]
    if height * width <= TILED_FROM:
        return []
    return [picture[top : top + TILE, left : left + TILE] for top in range(0, height - TILE + 1, TILE) for left in range(0, width - TILE + 1, TILE)]


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
    parser.add_argument("--objects", type=Path, nargs="*", default=[])
    parser.add_argument("--sprites", type=Path, required=True)
    parser.add_argument("--generated", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    material = {
        "heads": gatherHeads(options.eval),
        "wholes": gatherWholes(options.eval),
        "sprites": gatherSprites(options.sprites, Path(__file__).with_name("sprites.json")),
        "generated": gatherGenerated(options.generated),
        "blanks": gatherBlanks(options.art, options.objects),
        "frames": gatherFrames(options.eval, "train"),
    }
    options.out.write_bytes(pickle.dumps(material))
    print({name: len(items) for name, items in material.items()})


if __name__ == "__main__":
    main()

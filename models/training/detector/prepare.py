"""Gathers the training material once into a pickle of small RGB pictures.

    python3 prepare.py --eval ../../../../shared/eval --art FOLDER... --out material.pkl

`--art` names folders of face-free pictures (unpacked Debian packages `wesnoth-1.16-data`, `renpy-demo`,
`renpy-thequestion`): only files whose path says terrain, items, scenery, projectiles, attacks or bg are taken.
Heads are the crops of the identity sets; every set was cropped the same way throughout, so the face's place in the crop is
one constant per set, read off a contact sheet. Heads of cards and fan art are also located in the whole pictures.
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
LOCATED = {"cards": "card_heads", "fan_art": "fan_art_heads"}


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


def locate(head: np.ndarray, whole: np.ndarray) -> tuple:
    """Best normalised correlation and place (x, y, side) of a square head crop in a whole picture."""
    best = (0.0, (0, 0, 0))
    for side in np.unique(np.geomspace(40, min(whole.shape[:2]), 22).astype(int)):
        scores = cv2.matchTemplate(whole, cv2.resize(head, (int(side), int(side)), interpolation=cv2.INTER_AREA), cv2.TM_CCOEFF_NORMED)
        _, score, _, (x, y) = cv2.minMaxLoc(scores)
        best = max(best, (score, (x, y, int(side))))
    return best


def gatherScenes(root: Path) -> list:
    """Whole pictures whose head crop of the same name was found in them (correlation at least 0.85)."""
    scenes = []
    for wholes, heads in LOCATED.items():
        for path in sorted((root / "identity/faces" / heads).glob("*/*.jpg")):
            whole = root / "identity/whole" / wholes / path.parent.name / path.name
            if not whole.exists():
                continue
            picture = readPicture(whole, 448)
            score, (x, y, side) = locate(readPicture(path, 160), picture)
            if score >= 0.85:
                box = np.array(FACE_IN_HEAD[heads], np.float32) * side + np.array([x, y, x, y], np.float32)
                scenes.append((picture, box[None], np.zeros((0, 4), np.float32)))
    return scenes


def gatherBlanks(folders: list) -> list:
    paths = sorted(path for folder in folders for kind in ("*.png", "*.jpg", "*.webp") for path in folder.rglob(kind))
    kept = [path for path in paths if any(part in str(path) for part in FACE_FREE)]
    step = max(1, len(kept) // 1200)
    pictures = [readPicture(path, 512) for path in kept[::step]]
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
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    material = {
        "heads": gatherHeads(options.eval),
        "scenes": gatherScenes(options.eval),
        "blanks": gatherBlanks(options.art),
        "frames": gatherFrames(options.eval, "train"),
    }
    options.out.write_bytes(pickle.dumps(material))
    print({name: len(items) for name, items in material.items()})


if __name__ == "__main__":
    main()

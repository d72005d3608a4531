"""Lays out what the card's figures are measured on, as `npm run eval -- --data` reads it.

    python3 layOut.py --eval ../../../../shared/eval --art FOLDER... --out MEASURED

The frames of `labels/test.json` and `labels/validation.json` (splits `test`, `val`), their faces cut out so that each fills three
quarters of its picture (`closeups`), face-free pictures that `prepare.py` leaves out with the same `--art` (`blank`), and
the identity sets.
"""

import argparse
import json
import shutil
from pathlib import Path

import cv2
import numpy as np

from evaluate import closeUps
from labelled import readLabels, readScenes
from prepare import SMALLEST_BLANK, faceFreePaths

LABELS = Path(__file__).with_name("labels")
WIDER, LONGEST = 1.33, 448


def writeSplit(out: Path, name: str, entries: list) -> None:
    (out / f"{name}.json").write_text(json.dumps(entries))


def layOutFrames(folder: Path, out: Path, name: str, labels: Path) -> list:
    """Copies the labelled frames and returns them as `readScenes` does."""
    (out / name).mkdir(parents=True)
    shutil.copy(labels, out / f"{name}.json")
    for file in readLabels(labels):
        shutil.copy(folder / file, out / name)
    return readScenes(folder, labels)


def layOutScenes(out: Path, name: str, scenes: list) -> None:
    """Writes pictures that were made here, with their boxes given as corners."""
    (out / name).mkdir(parents=True)
    entries = []
    for picture, faces in scenes:
        file = f"{len(entries):04d}.png"
        cv2.imwrite(str(out / name / file), picture[..., ::-1])
        boxes = np.concatenate((faces[:, :2], faces[:, 2:] - faces[:, :2]), 1)
        entries.append({"file": file, "width": picture.shape[1], "height": picture.shape[0], "boxes": [[round(float(side), 1) for side in box] for box in boxes]})
    writeSplit(out, name, entries)


def resizedCloseUps(scenes: list) -> list:
    resized = []
    for picture, face in [cut for scene in scenes for cut in closeUps(*scene, WIDER)]:
        scale = LONGEST / max(picture.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        resized.append((cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method), face[None] * scale))
    return resized


def layOutBlanks(out: Path, name: str, paths: list) -> None:
    (out / name).mkdir(parents=True)
    entries = []
    for path in paths:
        height, width = cv2.imread(str(path), cv2.IMREAD_UNCHANGED).shape[:2]
        if min(height, width) >= SMALLEST_BLANK:
            file = f"{len(entries):04d}{path.suffix}"
            shutil.copy(path, out / name / file)
            entries.append({"file": file, "width": width, "height": height, "boxes": []})
    writeSplit(out, name, entries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--art", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    detection = options.out / "detection"
    frames = options.eval / "detection"
    scenes = layOutFrames(frames / "test", detection, "test", LABELS / "test.json")
    scenes += layOutFrames(frames / "train", detection, "val", LABELS / "validation.json")
    layOutScenes(detection, "closeups", resizedCloseUps(scenes))
    layOutBlanks(detection, "blank", faceFreePaths(options.art)[1])
    (options.out / "identity").symlink_to((options.eval / "identity").resolve())


if __name__ == "__main__":
    main()

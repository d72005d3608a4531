"""Lays out pictures with labelled boxes, and without any face, for `gather.ts`.

    python3 scenes.py --material material.pkl --labels ../detector/labels/train.json --held ../detector/labels/validation.json --out DIR

`--material` is what the detector's `prepare.py` wrote. Splits: `frames` as they are, every third `grey` and every third
`printed` as manga is; head crops (`heads`, every second); `sprites` on face-free pictures; the `generated` library; `blank`.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.append(str(Path(__file__).resolve().parent.parent / "detector"))

from hardViews import grey, printed  # noqa: E402  (the path is set above)
from labelled import NOTHING, labelledScenes, readLabels, withoutHeld  # noqa: E402
from layOut import layOutScenes  # noqa: E402
from pack import readMaterial  # noqa: E402

# A sprite stands on a ground of so many of its own sides.
GROUND_SIDES = 1.5


def onGround(sprite: np.ndarray, box: np.ndarray, ground: np.ndarray) -> tuple:
    """A sprite with alpha in the middle of a face-free picture, and its face there."""
    height, width = sprite.shape[:2]
    sides = (round(width * GROUND_SIDES), round(height * GROUND_SIDES))
    canvas = cv2.resize(ground, sides, interpolation=cv2.INTER_AREA).astype(np.float32)
    left, top = (sides[0] - width) // 2, (sides[1] - height) // 2
    alpha = sprite[..., 3:].astype(np.float32) / 255
    place = canvas[top : top + height, left : left + width]
    place[:] = place * (1 - alpha) + sprite[..., :3] * alpha
    return canvas.astype(np.uint8), box[None] + np.float32([left, top, left, top])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("material", "labels", "held", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    material = withoutHeld(readMaterial(options.material), readLabels(options.held))
    frames = [(picture, boxes) for picture, boxes, _ in labelledScenes(material, readLabels(options.labels))]
    blanks = material["blanks"]
    grounds = np.random.default_rng(1).permutation(len(blanks))
    splits = {
        "frames": frames,
        "grey": [grey(*scene) for scene in frames[::3]],
        "printed": [printed(*scene) for scene in frames[1::3]],
        "heads": [(picture, box[None]) for picture, box in material["heads"][::2]],
        "sprites": [onGround(picture, box, blanks[grounds[i % len(blanks)]]) for i, (picture, box) in enumerate(material["sprites"])],
        "generated": [(picture, boxes) for picture, boxes, _ in material["generated"]],
        "blank": [(picture, NOTHING) for picture in blanks],
    }
    for name, scenes in splits.items():
        layOutScenes(options.out / "detection", name, scenes)


if __name__ == "__main__":
    main()

"""Writes manifest-block.json beside this script from the ONNX file and the chosen threshold.

    python3 manifestBlock.py --onnx ../../../models/face-detector.onnx --threshold 0.35 --revision 3
"""

import argparse
import hashlib
import json
from pathlib import Path

from samples import CLOSER_SIDE, VIEW_SIDES

TRAINED_ON = [
    "detection/train", "faces/card_heads", "faces/fan_art_heads", "faces/game_icons", "faces/screen_heads", "faces/vtuber_screens",
    "whole/cards", "whole/fan_art",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--threshold", type=float, required=True)
    parser.add_argument("--revision", required=True, help="counts the shipped files")
    parser.add_argument("--size", type=int, default=448)
    options = parser.parse_args()
    block = {
        "name": "familiar-faces-nanodet-g",
        "revision": options.revision,
        "file": options.onnx.name,
        "sha256": hashlib.sha256(options.onnx.read_bytes()).hexdigest(),
        "licence": "MIT (start weights NanoDet-g, Apache-2.0; trained on pictures of their makers, see the card)",
        "trainedOn": TRAINED_ON,
        "input": {
            "name": "images", "layout": "NCHW", "colourOrder": "RGB", "width": options.size, "height": options.size,
            "dynamicSize": True, "sizeMultiple": 32, "mean": [0, 0, 0], "std": [255, 255, 255],
        },
        "output": {"name": "predictions", "format": "yolov8"},
        "scoreThreshold": options.threshold,
        "nmsIou": 0.5,
        "refinement": {"viewSides": VIEW_SIDES, "sizePx": CLOSER_SIDE, "scoreShare": 0.25},
    }
    Path(__file__).with_name("manifest-block.json").write_text(json.dumps(block, indent=2) + "\n")


if __name__ == "__main__":
    main()

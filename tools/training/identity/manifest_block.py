"""Writes manifest-block.json beside this script from the ONNX file and what calibrate.py and fusion.py found.

python3 manifest_block.py --onnx ../../../models/face-identity.onnx --calibration results/calibration-of-sets.json --fusion results/fusion.json --revision 1
Then `node tools/scripts/manifest.ts` in the project's root joins the blocks of the three models.
"""

import argparse
import hashlib
import json
from pathlib import Path

from data import FACE_SETS, TRAINING_SETS

# The whole pictures show the same drawings as the heads.
WHOLE_SETS = ("cards", "fan_art", "arknights", "trainers", "shiny", "dokkan")
TRAINED_ON = sorted([f"faces/{name}" for name in FACE_SETS + TRAINING_SETS] + [f"whole/{name}" for name in WHOLE_SETS])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--fusion", type=Path, required=True)
    parser.add_argument("--revision", required=True, help="counts the shipped files")
    options = parser.parse_args()
    fit = json.loads(options.calibration.read_text())
    identity = {
        "name": "identity-mid-layers-colour",
        "revision": options.revision,
        "file": options.onnx.name,
        "sha256": hashlib.sha256(options.onnx.read_bytes()).hexdigest(),
        "licence": "MIT (backbone weights of nsfwjs); fine-tuned on pictures named in cards/identity.md",
        "trainedOn": TRAINED_ON,
        "input": {"name": "crops", "layout": "NCHW", "colourOrder": "RGB", "width": 112, "height": 112, "dynamicSize": False,
                  "mean": [0, 0, 0], "std": [1, 1, 1]},
        "output": {"name": "embedding", "dimension": 256},
        "crop": {"scale": 1.7, "shiftY": -0.1},
    }
    block = {
        "identity": identity,
        "fusion": {"defaultWeight": json.loads(options.fusion.read_text())["defaultWeight"]},
        "calibration": {"kind": "logistic", "slope": round(fit["slope"], 2), "intercept": round(fit["intercept"], 2),
                        "threshold": round(fit["threshold"], 3)},
    }
    Path(__file__).with_name("manifest-block.json").write_text(json.dumps(block, indent=2) + "\n")


if __name__ == "__main__":
    main()

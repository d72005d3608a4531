"""Lays out art of packages that no training has seen: paintings, photographs, drawings, and pictures without a face.

    python3 otherArt.py --games UNPACKED/usr/share/games --out OTHER

UNPACKED holds the Debian packages `ardentryst`, `endless-sky-data`, `lordsawar-data` and `pokerth-data`. The boxes of
`labels/otherArt.json` were drawn by eye before any net had seen the pictures. `npm run eval -- --data OTHER` measures on them.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from layOut import layOutBlanks, layOutScenes
from prepare import readPicture

LABELS = Path(__file__).with_name("labels") / "otherArt.json"
FACE_FREE = ("land", "planet", "ship", "outfit", "ui", "icon")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    detection = options.out / "detection"
    entries = json.loads(LABELS.read_text())
    for kind in sorted({entry["kind"] for entry in entries}):
        scenes = []
        for entry in entries:
            if entry["kind"] == kind:
                boxes = np.array(entry["boxes"], np.float32)
                boxes[:, 2:] += boxes[:, :2]
                scenes.append((readPicture(options.games / entry["file"], 4096), boxes))
        layOutScenes(detection, kind, scenes)
    images = options.games / "endless-sky" / "images"
    paths = [path for name in FACE_FREE for path in sorted((images / name).rglob("*")) if path.suffix in (".jpg", ".png")]
    layOutBlanks(detection, "faceFree", paths)


if __name__ == "__main__":
    main()

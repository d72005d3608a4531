"""Lays out art of packages that no training has seen: paintings, photographs, drawings, and pictures without a face.

    python3 otherArt.py --games UNPACKED/usr/share/games --out OTHER

UNPACKED holds the Debian packages `ardentryst`, `endless-sky-data`, `lordsawar-data` and `pokerth-data`. The boxes of
`labels/otherArt` were drawn by eye before any net had seen the pictures. `npm run eval -- --data OTHER` measures on them.
"""

import argparse
from pathlib import Path

from labelled import readScenes
from layOut import LABELS, layOutBlanks, layOutScenes

FACE_FREE = ("land", "planet", "ship", "outfit", "ui", "icon")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    detection = options.out / "detection"
    for labels in sorted((LABELS / "otherArt").glob("*.json")):
        layOutScenes(detection, labels.stem, readScenes(options.games, labels))
    images = options.games / "endless-sky" / "images"
    paths = [path for name in FACE_FREE for path in sorted((images / name).rglob("*")) if path.suffix in (".jpg", ".png")]
    layOutBlanks(detection, "faceFree", paths)


if __name__ == "__main__":
    main()

"""Lays out art of packages that no training has seen: paintings, photographs, drawings, and pictures without a face.

    python3 otherArt.py --share UNPACKED/usr/share --out OTHER

UNPACKED holds the Debian packages `ardentryst`, `endless-sky-data`, `gnome-icon-theme`, `lomiri-wallpapers-16.04`,
`lomiri-wallpapers-20.04`, `lordsawar-data`, `pokerth-data` and `ukui-wallpapers`. The boxes of `labels/otherArt` were drawn
by eye before any net had seen the pictures. `npm run eval -- --data OTHER` measures on them.
"""

import argparse
from pathlib import Path

from labelled import readScenes
from layOut import LABELS, layOutBlanks, layOutScenes
from prepare import pictureFiles

FACE_FREE = {
    "faceFree": [f"games/endless-sky/images/{kind}" for kind in ("land", "planet", "ship", "outfit", "ui", "icon")],
    "icons": ["icons/gnome/256x256"],
    "wallpapers": ["backgrounds"],
}
# A smile, a person, the head of an animal.
SHOWS_FACES = ("face-", "system-users", "user-info", "avatar", "firstgeneration", "friends", "the-mouse")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    detection = options.out / "detection"
    for labels in sorted((LABELS / "otherArt").glob("*.json")):
        layOutScenes(detection, labels.stem, readScenes(options.share / "games", labels))
    for name, folders in FACE_FREE.items():
        paths = [path for folder in folders for path in pictureFiles(options.share / folder)]
        layOutBlanks(detection, name, [path for path in paths if not path.name.startswith(SHOWS_FACES)])


if __name__ == "__main__":
    main()

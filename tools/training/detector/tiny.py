"""Generated material for a run of a few steps: discs with two eyes on flat grounds.

    python3 tiny.py --out material.pkl
"""

import argparse
import pickle
from pathlib import Path

import cv2
import numpy as np


def tinyMaterial(seed: int) -> dict:
    """As `prepare.py` gathers it, without any picture from disk."""
    rng = np.random.default_rng(seed)
    heads = []
    for _ in range(8):
        picture = np.full((96, 96, 3), rng.integers(0, 256, 3), np.uint8)
        cv2.circle(picture, (48, 50), 26, (230, 190, 160), -1)
        cv2.circle(picture, (38, 46), 5, (20, 20, 60), -1)
        cv2.circle(picture, (58, 46), 5, (20, 20, 60), -1)
        heads.append((picture, np.array([22, 24, 74, 76], np.float32)))
    sprites = [(np.dstack((picture, np.full((96, 96), 255, np.uint8))), box) for picture, box in heads]
    blanks = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(4)]
    frames = [("labelled", heads[0][0], heads[0][1][None]), ("bare", heads[1][0], np.zeros((0, 4), np.float32))]
    return {"heads": heads, "sprites": sprites, "generated": [], "blanks": blanks, "frames": frames, "wholes": [heads[2][0]]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.parse_args().out.write_bytes(pickle.dumps(tinyMaterial(1)))


if __name__ == "__main__":
    main()

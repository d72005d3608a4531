"""Instance retrieval of the look network: an edited picture must find its original, and a corner the opposite one, among all others.

python3 measure_look.py --data ../shared/eval --backbone mobilenet_v2_mid.json --weights look.pt [--queries N] [--gallery N]
Queries are cartoon frames of the test split, which no projection was fitted on.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from fit_look import random_edit
from look_network import SIDE, LookNet

from data import letterbox, read_rgb


def vectors_of(net, pictures, batch=32):
    rows = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch):
            squares = np.stack([letterbox(picture, SIDE) for picture in pictures[start:start + batch]])
            rows.append(net(torch.from_numpy(squares).permute(0, 3, 1, 2).float()))
    return torch.cat(rows).numpy()


def corner(picture, which):
    """The upper left (0) or lower right (1) four fifths of the sides, as in `npm run eval`."""
    height, width = picture.shape[:2]
    high, wide = round(0.8 * height), round(0.8 * width)
    return np.ascontiguousarray(picture[:high, :wide] if which == 0 else picture[height - high:, width - wide:])


def main():
    parser = argparse.ArgumentParser()
    for name in ("data", "backbone", "weights"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--queries", type=int, default=325)
    parser.add_argument("--gallery", type=int, default=5000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(7)
    data = Path(options.data)
    originals = sorted((data / "detection" / "test").glob("*.jpg"))[: options.queries]
    rest = sorted((data / "detection" / "train").glob("*.jpg")) + sorted((data / "identity").glob("*/*/*/*.jpg"))
    rest = [rest[i] for i in rng.permutation(len(rest))[: max(0, options.gallery - len(originals))]]
    net = LookNet(options.backbone).eval()
    net.load_state_dict(torch.load(options.weights))
    pictures = [read_rgb(path) for path in originals]
    gallery = np.concatenate([vectors_of(net, pictures)] + [vectors_of(net, [read_rgb(p)]) for p in rest])
    edits = vectors_of(net, [random_edit(picture, rng) for picture in pictures])
    found = (edits @ gallery.T).argmax(1) == np.arange(len(pictures))
    print(f"nearest is the original: {found.mean():.4f} of {len(found)} among {len(gallery)}")
    first, second = (vectors_of(net, [corner(picture, which) for picture in pictures]) for which in (0, 1))
    others = first @ gallery.T
    np.fill_diagonal(others, -1)
    found = (first * second).sum(1) > others.max(1)
    print(f"nearest is the opposite corner: {found.mean():.4f} of {len(found)} among {len(gallery)}")


if __name__ == "__main__":
    main()

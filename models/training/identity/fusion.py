"""Choose the default fusion weight: mAP of "same character and same source" over the weight of the identity half.

python3 fusion.py --cache DIR --identity calibration.npy --look-weights look.pt --backbone mobilenet_v2_mid.json --split SEED
The look of a head crop stands in for its whole picture, so the figures understate what whole pictures bring.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "look"))

from data import Crops, split_by_character
from evaluate import normalise, retrieval
from look_network import SIDE, LookNet


def look_vectors(net, pictures, batch=32):
    rows = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch):
            views = torch.from_numpy(pictures[start:start + batch]).permute(0, 3, 1, 2).float()
            rows.append(net(functional.interpolate(views, size=(SIDE, SIDE), mode="bilinear")))
    return torch.cat(rows).numpy()


def main():
    parser = argparse.ArgumentParser()
    for name in ("cache", "identity", "look-weights", "backbone"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--split", type=int, required=True)
    parser.add_argument("--most", type=int, default=20, help="crops kept of a character and source")
    options = parser.parse_args()
    torch.set_num_threads(1)
    crops = Crops(options.cache)
    held = split_by_character(crops, options.split)
    place = np.unique(np.char.add(np.char.add(crops.characters, " "), crops.sets), return_inverse=True)[1]
    rows = np.concatenate([np.flatnonzero(held & (place == p))[: options.most] for p in np.unique(place[held])])
    net = LookNet(options.backbone).eval()
    net.load_state_dict(torch.load(options.look_weights))
    face = normalise(np.load(options.identity)[rows])
    look = look_vectors(net, crops.pictures[rows])
    twin = np.array([np.unique(crops.sets[held & (crops.labels == label)]).size > 1 for label in crops.labels[rows]])
    table = {}
    for weight in np.round(np.arange(0, 1.01, 0.1), 1):
        joint = np.concatenate([np.sqrt(weight) * face, np.sqrt(1 - weight) * look], axis=1)
        both = retrieval(joint, place[rows], crops.works[rows])
        table[str(weight)] = {"both": both, "character": retrieval(joint, crops.labels[rows], crops.works[rows]),
                              "source": retrieval(joint, np.unique(crops.sets[rows], return_inverse=True)[1], crops.works[rows])}
        print(weight, json.dumps(table[str(weight)]), flush=True)
    print("queries", len(rows), "with twins", int(twin.sum()))


if __name__ == "__main__":
    main()

"""Fit "same character" probability and the fusion weight on characters that the given weights never saw.

python3 calibrate.py --cache DIR --backbone mobilenet_v2_mid.json --weights average.pt --split SEED --out calibration.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize

from data import Crops, split_by_character
from evaluate import normalise, pairwise
from network import IdentityNet
from train import embed

# Share of pairs that show one character in a ranked result list, where the percentage is shown.
PRIOR = 0.5


def pairs_of(vectors, crops, chosen):
    """Cosines and labels of all pairs of different drawings within one set."""
    cosines, same = [], []
    for name in np.unique(crops.sets[chosen]):
        rows = np.flatnonzero(chosen & (crops.sets == name))
        upper = np.triu_indices(len(rows), 1)
        first, second = rows[upper[0]], rows[upper[1]]
        keep = crops.works[first] != crops.works[second]
        scores = (normalise(vectors[rows]) @ normalise(vectors[rows]).T)[upper]
        cosines.append(scores[keep])
        same.append((crops.labels[first] == crops.labels[second])[keep])
    return cosines, same


def fit_logistic(cosines, same):
    """Slope and intercept; every set counts alike, and positives weigh PRIOR of all."""
    weights = []
    for part in same:
        positive = part.mean()
        weights.append(np.where(part, PRIOR / positive, (1 - PRIOR) / (1 - positive)) / len(part))
    score, label, weight = np.concatenate(cosines), np.concatenate(same).astype(float), np.concatenate(weights)

    def loss(parameters):
        logit = parameters[0] * score + parameters[1]
        return float(np.sum(weight * (np.logaddexp(0, logit) - label * logit)))

    slope, intercept = minimize(loss, np.array([8.0, -3.0]), method="Nelder-Mead").x
    return float(slope), float(intercept), score, label, weight


def best_threshold(score, label, weight):
    order = np.argsort(-score)
    hits, alarms = np.cumsum(weight[order] * label[order]), np.cumsum(weight[order] * (1 - label[order]))
    f1 = 2 * hits / (hits + alarms + (weight * label).sum())
    best = int(np.argmax(f1))
    return float(score[order][best]), float(f1[best])


def reliability(probability, label, weight, bins=10):
    """Rows of (mean predicted, share that was the same character) per bin of probability."""
    rows = []
    for low in np.linspace(0, 1, bins, endpoint=False):
        inside = (probability >= low) & (probability < low + 1 / bins)
        if inside.any():
            total = weight[inside].sum()
            rows.append([round(float(np.sum((weight * part)[inside]) / total), 3) for part in (probability, label)])
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--split", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--side", type=int, default=112)
    options = parser.parse_args()
    torch.set_num_threads(1)
    crops = Crops(options.cache)
    held = split_by_character(crops, options.split)
    net = IdentityNet(options.backbone)
    net.load_state_dict(torch.load(options.weights))
    vectors = np.zeros((len(crops), 256), np.float32)
    vectors[held] = embed(net, crops.pictures[held], options.side, flip=True)
    np.save(Path(options.out).with_suffix(".npy"), vectors)
    slope, intercept, score, label, weight = fit_logistic(*pairs_of(vectors, crops, held))
    threshold, f1 = best_threshold(score, label, weight)
    probability = 1 / (1 + np.exp(-(slope * score + intercept)))
    sets = {name: pairwise(vectors[rows], crops.labels[rows], crops.works[rows])
            for name in np.unique(crops.sets[held]) for rows in [np.flatnonzero(held & (crops.sets == name))]}
    result = {"slope": slope, "intercept": intercept, "threshold": threshold, "f1": f1,
              "pairwise": sets, "reliability": reliability(probability, label, weight)}
    Path(options.out).write_text(json.dumps(result, indent=1))
    print(json.dumps(result))


if __name__ == "__main__":
    main()

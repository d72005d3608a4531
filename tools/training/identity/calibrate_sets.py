"""Fit the probability of "same character" and the best threshold on whole sets that the nets never saw.

python3 calibrate_sets.py --cache CACHE --runs RUNS --out results/calibration-of-sets.json

RUNS is what leave_one_set_out.py wrote. Cross-fitting: what is read on a set was fitted on the other sets. The shipped numbers
are then fitted on all. Every set weighs as much as it has characters, pairs of the same and of different ones weigh alike.
"""

import argparse
from pathlib import Path

import numpy as np

from calibrate import PRIOR, best_threshold, f1_at, fit_logistic, join, judge
from data import Crops
from evaluate import normalise
from seen import write_figures

LEAST_CHARACTERS = 10


def pairs_of_set(vectors, labels, works):
    """(cosines, same, weights) of all pairs of different drawings; the weights sum to the number of characters."""
    unit = normalise(vectors)
    upper = np.triu_indices(len(labels), 1)
    keep = works[upper[0]] != works[upper[1]]
    score, same = (unit @ unit.T)[upper][keep], (labels[upper[0]] == labels[upper[1]])[keep]
    weight = np.where(same, PRIOR / same.sum(), (1 - PRIOR) / (~same).sum()) * len(np.unique(labels))
    return score, same.astype(np.float64), weight


def read_sets(cache, runs):
    """{set: pairs} of all folds that were measured."""
    crops, sets = Crops(cache), {}
    for file in sorted(Path(runs).glob("leave-*/vectors.npz")):
        stored = np.load(file)
        for name in np.unique(crops.sets[stored["rows"]]):
            part = crops.sets[stored["rows"]] == name
            rows = stored["rows"][part]
            if len(np.unique(crops.labels[rows])) >= LEAST_CHARACTERS:
                sets[str(name)] = pairs_of_set(stored["vectors"][part], crops.labels[rows], crops.works[rows])
    return sets


def cross_fit(sets):
    """What the other sets' fit says of every set."""
    read = {}
    for name, (score, same, weight) in sets.items():
        others = [pairs for other, pairs in sets.items() if other != name]
        if not others:
            continue
        slope, intercept = fit_logistic(*join(others))
        threshold, _ = best_threshold(*join(others))
        probability = 1 / (1 + np.exp(-(slope * score + intercept)))
        weight = weight / weight.sum()
        read[name] = {"slope": slope, "intercept": intercept, "threshold": threshold, "f1": f1_at(threshold, score, same, weight),
                      "bestF1": best_threshold(score, same, weight)[1], **judge(probability, same, weight)}
    return read


def main():
    parser = argparse.ArgumentParser()
    for name in ("cache", "runs", "out"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    sets = read_sets(options.cache, options.runs)
    pooled = join(list(sets.values()))
    slope, intercept = fit_logistic(*pooled)
    threshold, f1 = best_threshold(*pooled)
    figures = {"slope": slope, "intercept": intercept, "threshold": threshold, "f1": f1, "crossFitted": cross_fit(sets)}
    write_figures(options.out, figures)
    print(f"slope {slope:.2f} intercept {intercept:.2f} threshold {threshold:.3f} F1 {f1:.3f}")
    for name, one in figures["crossFitted"].items():
        print(name, *(f"{key} {one[key]:.3f}" for key in ("threshold", "f1", "bestF1", "error")))


if __name__ == "__main__":
    main()

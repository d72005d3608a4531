"""Fit the probability of "same character" and the best threshold on characters that the nets never saw, and draw how it holds.

python3 calibrate.py --cache CACHE --runs RUNS [--splits 0 1 2 3 4] --out results/calibration.json
    --plot ../../../models/cards/identity-reliability.svg

RUNS is what held_out.py wrote. Cross-fitting: what is read on a split was fitted on the other splits' pairs of characters
that this split trained on. The shipped numbers are then fitted on all splits.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from evaluate import normalise, pairwise
from reliability_plot import write_plot
from seen import read_runs, write_figures

# Pairs of the same and of different characters weigh alike, as in `npm run eval`.
PRIOR = 0.5
FACE_SETS = ("faces/vtuber_screens", "faces/card_heads", "faces/game_icons", "faces/fan_art_heads", "faces/screen_heads")
WHOLE_SETS = ("whole/cards", "whole/fan_art")
BINS = np.linspace(0, 1, 11)


def pairs_of(seen, rows, vectors, sets, allowed=None):
    """(cosines, same, weights) of the pairs of different drawings within each set of the rows whose characters are allowed.

    A set weighs as much as it has characters, one half of that for each kind of pair.
    """
    parts = []
    for name in sets:
        chosen = np.flatnonzero((seen.sets[rows] == name) & (seen.head[rows] >= 0) & (allowed is None or allowed[rows]))
        labels, works = seen.labels[rows][chosen], seen.works[rows][chosen]
        upper = np.triu_indices(len(chosen), 1)
        keep = works[upper[0]] != works[upper[1]]
        same = (labels[upper[0]] == labels[upper[1]])[keep]
        if same.all() or not same.any():
            continue
        unit = normalise(vectors[chosen])
        share = len(np.unique(labels)) * np.where(same, PRIOR / same.sum(), (1 - PRIOR) / (~same).sum())
        parts.append(((unit @ unit.T)[upper][keep], same, share))
    score, same, weight = (np.concatenate(column) for column in zip(*parts))
    return score, same.astype(np.float64), weight / weight.sum()


def join(pairs):
    """Pairs of several splits as one, every split weighing alike."""
    score, same, weight = (np.concatenate(column) for column in zip(*pairs))
    return score, same, weight / weight.sum()


def fit_logistic(score, same, weight):
    def loss(parameters):
        logit = parameters[0] * score + parameters[1]
        return float(np.sum(weight * (np.logaddexp(0, logit) - same * logit)))

    return tuple(float(value) for value in minimize(loss, np.array([8.0, -3.0]), method="Nelder-Mead").x)


def fit_isotonic(score, same, weight, steps=400):
    """Rising probabilities by cosine (pool adjacent violators over narrow bins) as (cosines, probabilities) to interpolate."""
    edges = np.linspace(-1, 1, steps + 1)
    place = np.clip(np.digitize(score, edges) - 1, 0, steps - 1)
    mass, hits = np.bincount(place, weight, steps), np.bincount(place, weight * same, steps)
    blocks = []
    for centre, m, h in zip((edges[1:] + edges[:-1]) / 2, mass, hits):
        if m > 0:
            blocks.append([m, h, [centre]])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][0] >= blocks[-1][1] / blocks[-1][0]:
            last = blocks.pop()
            blocks[-1] = [blocks[-1][0] + last[0], blocks[-1][1] + last[1], blocks[-1][2] + last[2]]
    centres = np.concatenate([block[2] for block in blocks])
    return centres, np.concatenate([[block[1] / block[0]] * len(block[2]) for block in blocks])


def best_threshold(score, same, weight):
    order = np.argsort(-score)
    hits, alarms = np.cumsum((weight * same)[order]), np.cumsum((weight * (1 - same))[order])
    f1 = 2 * hits / (hits + alarms + hits[-1])
    best = int(np.argmax(f1))
    return float(score[order][best]), float(f1[best])


def f1_at(threshold, score, same, weight):
    over = score >= threshold
    hits = float((weight * same)[over].sum())
    return 2 * hits / (hits + float((weight * (1 - same))[over].sum()) + float((weight * same).sum()))


def judge(probability, same, weight):
    """Log loss, Brier score, expected calibration error and the rows (stated, observed, share of pairs) of ten bins."""
    inside = np.clip(probability, 1e-4, 1 - 1e-4)
    loss = -np.sum(weight * (same * np.log(inside) + (1 - same) * np.log(1 - inside)))
    place = np.clip(np.digitize(probability, BINS) - 1, 0, 9)
    rows = []
    for bin in range(10):
        mask = place == bin
        total = weight[mask].sum()
        if total > 0:
            rows.append([float((weight * value)[mask].sum() / total) for value in (probability, same)] + [float(total)])
    error = sum(total * abs(stated - observed) for stated, observed, total in rows)
    return {"logLoss": float(loss), "brier": float(np.sum(weight * (probability - same) ** 2)), "error": float(error), "bins": rows}


def cross_fit(seen, runs):
    """What the others' fit says of every split: probabilities of both kinds, and F1 at the others' threshold."""
    read, f1 = [], []
    for split, (rows, vectors) in runs.items():
        kept_out = np.zeros(len(seen), bool)
        kept_out[rows] = True
        others = join([pairs_of(seen, *run, FACE_SETS, ~kept_out) for other, run in runs.items() if other != split])
        slope, intercept = fit_logistic(*others)
        isotonic = fit_isotonic(*others)
        threshold, _ = best_threshold(*others)
        own = pairs_of(seen, rows, vectors, FACE_SETS)
        whole = pairs_of(seen, rows, vectors, WHOLE_SETS)
        one = {"slope": slope, "intercept": intercept, "threshold": threshold, "f1": f1_at(threshold, *own),
               "bestF1": best_threshold(*own)[1], "f1 of whole pictures": f1_at(threshold, *whole)}
        f1.append(one)
        read.append({"own": own, "whole": whole, "shown": shown(seen, rows, vectors), "slope": slope, "intercept": intercept,
                     "isotonic": isotonic})
    return read, f1


def shown(seen, rows, vectors, first=10):
    """Cosines and truth of the first results of every search among all held-out head crops, natural shares."""
    chosen = np.flatnonzero(np.isin(seen.sets[rows], FACE_SETS))
    labels, works, unit = seen.labels[rows][chosen], seen.works[rows][chosen], normalise(vectors[chosen])
    scores = unit @ unit.T
    scores[works[:, None] == works[None]] = -2
    best = np.argsort(-scores, axis=1)[:, :first]
    score, same = np.take_along_axis(scores, best, 1), labels[best] == labels[:, None]
    # Every character asks alike, however many pictures it has.
    ask = 1 / np.bincount(labels)[labels]
    weight = np.repeat(ask / ask.sum() / first, first)
    return score.ravel(), same.ravel().astype(np.float64), weight


def judge_all(read, part):
    """Logistic and isotonic over all splits, each as the other splits fitted it."""
    same, weight = (np.concatenate([one[part][i] for one in read]) for i in (1, 2))
    logistic = np.concatenate([1 / (1 + np.exp(-(one["slope"] * one[part][0] + one["intercept"]))) for one in read])
    isotonic = np.concatenate([np.interp(one[part][0], *one["isotonic"]) for one in read])
    weight = weight / weight.sum()
    return {"logistic": judge(logistic, same, weight), "isotonic": judge(isotonic, same, weight)}


def main():
    parser = argparse.ArgumentParser()
    for name in ("cache", "runs", "out", "plot"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--splits", type=int, nargs="+", default=(0, 1, 2, 3, 4))
    options = parser.parse_args()
    seen, runs = read_runs(options.cache, options.runs, options.splits)
    pooled = join([pairs_of(seen, *run, FACE_SETS) for run in runs.values()])
    slope, intercept = fit_logistic(*pooled)
    threshold, f1 = best_threshold(*pooled)
    read, each = cross_fit(seen, runs)
    sets = {name: [pairwise(vectors[part], seen.labels[rows][part], seen.works[rows][part])[0]
                   for rows, vectors in runs.values() for part in [(seen.sets[rows] == name) & (seen.head[rows] >= 0)]]
            for name in FACE_SETS + WHOLE_SETS}
    parts = {"pairs of head crops": "own", "pairs of heads in whole pictures": "whole", "first ten results of a search": "shown"}
    result = {"slope": slope, "intercept": intercept, "threshold": threshold, "f1": f1, "crossFitted": each,
              "bestF1OfSets": sets, "read": {name: judge_all(read, part) for name, part in parts.items()}}
    write_figures(options.out, result)
    write_plot(options.plot, {name: one["logistic"]["bins"] for name, one in result["read"].items()})
    print(json.dumps({key: result[key] for key in ("slope", "intercept", "threshold", "f1")}))
    for one in each:
        print(json.dumps({key: round(value, 3) for key, value in one.items()}))
    for name, one in result["read"].items():
        for kind, values in one.items():
            print(name, kind, *(f"{key} {values[key]:.4f}" for key in ("logLoss", "brier", "error")))
        print("  logistic", " ".join(f"{stated:.2f}>{observed:.2f}({total:.2f})" for stated, observed, total in one["logistic"]["bins"]))
    for name, values in sets.items():
        print(name, f"best pair F1 {100 * np.mean(values):.1f} ± {100 * np.std(values, ddof=1):.1f}")


if __name__ == "__main__":
    main()

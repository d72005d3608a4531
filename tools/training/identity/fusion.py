"""Choose the default fusion weight on characters that the nets never saw, and say what fusing brings.

python3 fusion.py --cache CACHE --runs RUNS [--splits 0 1 2 3 4] --out results/fusion.json

RUNS is what held_out.py wrote; the looks are those of the shipped model. Searched are the held-out whole pictures (cards and
fan art, heads found by the detector), and held-out head crops, whose look stands in for that of their picture.
Two readings of "same character and same feel":
  both    mAP where only another drawing of the character within the same source is right;
  graded  nDCG where the character within the source counts 7, elsewhere 3, others of the source 1 (2^grade - 1).
Chosen is the weight of the best mean over both materials and both readings. What is stated of a split is read at the weight
that the other splits chose, on their characters that this split trained on.
"""

import argparse

import numpy as np

from evaluate import normalise
from seen import read_runs, write_figures

WEIGHTS = np.round(np.arange(0, 1.001, 0.05), 2)
MATERIALS = {"whole pictures": ("whole/cards", "whole/fan_art"),
             "head crops": ("faces/vtuber_screens", "faces/screen_heads", "faces/fan_art_heads", "faces/card_heads", "faces/game_icons")}
# Streams and series have 75 to 80 crops a character, icons 3: no character may outweigh the rest.
MOST = 20


class Material:
    """Pictures of one kind that are searched as one."""

    def __init__(self, seen, rows, vectors, sets, allowed=None):
        chosen = np.flatnonzero(np.isin(seen.sets[rows], sets) & (allowed is None or allowed[rows]))
        place = np.unique(np.char.add(np.char.add(seen.characters[rows], " "), seen.sets[rows]), return_inverse=True)[1]
        kept = np.concatenate([chosen[place[chosen] == p][:MOST] for p in np.unique(place[chosen])])
        self.labels, self.works = seen.labels[rows][kept], seen.works[rows][kept]
        self.sources, self.place = np.unique(seen.sets[rows][kept], return_inverse=True)[1], place[kept]
        face, look = normalise(vectors[kept]), normalise(seen.looks[rows][kept])
        self.face, self.look = face @ face.T, look @ look.T

    def measure(self, weight):
        """{"both": mAP, "graded": nDCG, "character": mAP, "source": mAP} of the searches at a weight."""
        scores = weight * self.face + (1 - weight) * self.look
        sums = {"both": [], "graded": [], "character": [], "source": []}
        for row in range(len(scores)):
            others = self.works != self.works[row]
            order = np.argsort(-scores[row][others], kind="stable")
            character = (self.labels == self.labels[row])[others][order]
            source = (self.sources == self.sources[row])[others][order]
            if not (character & source).any():
                continue
            for name, right in (("both", character & source), ("character", character), ("source", source)):
                sums[name].append(average_precision(right))
            gains = 2.0 ** (2 * character + source) - 1
            sums["graded"].append(discounted(gains) / discounted(-np.sort(-gains)))
        return {name: float(np.mean(values)) for name, values in sums.items()}


def average_precision(right):
    ranks = np.flatnonzero(right)
    return float(np.mean((np.arange(len(ranks)) + 1) / (ranks + 1)))


def discounted(gains):
    return float(np.sum(gains / np.log2(np.arange(len(gains)) + 2)))


def curves(seen, run, allowed=None):
    """{material: {weight: measures}} of one split."""
    table = {}
    for name, sets in MATERIALS.items():
        material = Material(seen, *run, sets, allowed)
        table[name] = {float(weight): material.measure(weight) for weight in WEIGHTS}
    return table


def best_weight(tables):
    """Of the highest mean over splits, materials and both readings of the target."""
    mean = [np.mean([table[name][float(weight)][reading] for table in tables for name in MATERIALS for reading in ("both", "graded")])
            for weight in WEIGHTS]
    return float(WEIGHTS[int(np.argmax(mean))])


def main():
    parser = argparse.ArgumentParser()
    for name in ("cache", "runs", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--splits", type=int, nargs="+", default=(0, 1, 2, 3, 4))
    options = parser.parse_args()
    seen, runs = read_runs(options.cache, options.runs, options.splits)
    own = {split: curves(seen, run) for split, run in runs.items()}
    chosen = {}
    for split, (rows, _) in runs.items():
        kept_out = np.zeros(len(seen), bool)
        kept_out[rows] = True
        chosen[split] = best_weight([curves(seen, run, ~kept_out) for other, run in runs.items() if other != split])
    shipped = best_weight(list(own.values()))
    result = {"defaultWeight": shipped, "crossFitted": chosen, "curves": own}
    write_figures(options.out, result)
    print("default weight", shipped, "chosen without a split:", chosen)
    print("| | | whole image alone | head alone | fused | fused - better of both, by split |\n|---|---|---|---|---|---|")
    for name in MATERIALS:
        for reading in ("both", "graded", "character", "source"):
            columns = np.array([[own[split][name][weight][reading] for weight in (0.0, 1.0, chosen[split])] for split in runs])
            gains = columns[:, 2] - columns[:, :2].max(1)
            cells = " | ".join(f"{100 * mean:.1f} ± {100 * spread:.1f}" for mean, spread in zip(columns.mean(0), columns.std(0, ddof=1)))
            print(f"| {name} | {reading} | {cells} | {', '.join(f'{100 * gain:+.1f}' for gain in gains)} |")
        means = [np.mean([own[split][name][float(w)]["both"] for split in runs]) for w in WEIGHTS]
        graded = [np.mean([own[split][name][float(w)]["graded"] for split in runs]) for w in WEIGHTS]
        print(name, "both  ", " ".join(f"{100 * value:.1f}" for value in means))
        print(name, "graded", " ".join(f"{100 * value:.1f}" for value in graded))


if __name__ == "__main__":
    main()

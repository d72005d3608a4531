"""Measure the recipe on whole sets that it never saw, as a user's library is: recall@1, mAP, without colours, across kinds.

python3 leave_one_set_out.py --cache CACHE --backbone mobilenet_v2_mid.json --runs RUNS --out results/leave-one-set-out.json
    [--before REVISION-2.pt] [--start REVISION-2.pt] [--data SHARED/training] [--folds arknights,trainers kancolle ...] [--minutes M]

A fold is one set or several with commas between them, all left out of one training; without --folds each set is one. A fold
whose weights lie in RUNS/leave-FOLD is not trained again and one that was stopped goes on, so the same command finishes what
an earlier one left. --before names weights that are measured beside them on those sets that they never saw. Folds begin at
--start, those with a set of `shared/eval` at the ready backbone in its place: the start has seen these. With --data (the
folder with `identity/whole`) pictures are told apart by kind. Writes RUNS/leave-FOLD/vectors.npz, which calibrate_sets.py
reads, and the figures of all folds to --out.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from augment import grey_of, turn_hue
from data import FACE_SETS, TRAINING_SETS, Crops
from evaluate import normalise, retrieval
from network import IdentityNet
from seen import HEAD_SIDE, write_figures
from train import embed

# What a query's picture goes through; it searches among the unchanged ones.
CHANGES = {
    "grey": grey_of,
    "hue +90": lambda picture: turn_hue(picture, np.pi / 2),
    "hue -90": lambda picture: turn_hue(picture, -np.pi / 2),
    "hue 180": lambda picture: turn_hue(picture, np.pi),
    "mirrored": lambda picture: picture[:, ::-1],
}
# glibc hands large buffers back to the system after every layer; kept, a step takes two thirds of the time.
KEEP_BUFFERS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "268435456"}
# Sets whose whole pictures are of two kinds, and the least longest side in pixels of the second.
KINDS = {"trainers": ("renders", "sprites", 400), "arknights": ("portraits", "full art", 400)}


def train_fold(options, fold):
    folder = Path(options.runs) / f"leave-{fold.replace(',', '+')}"
    if not (folder / "average.pt").exists():
        sets = fold.split(",")
        start = ["--start", options.start] if options.start and not set(sets) & set(FACE_SETS) else []
        subprocess.run([sys.executable, str(Path(__file__).with_name("train.py")), "--cache", options.cache, "--backbone", options.backbone,
                        "--out", str(folder), "--leave-out", *sets, *start, "--threads", str(options.threads), "--seed", str(options.seed),
                        "--steps", str(options.steps), "--minutes", str(options.minutes), "--keep", "0.995", "--resume"], check=True, env={**os.environ, **KEEP_BUFFERS})
    return folder / "average.pt"


def load(backbone, weights):
    net = IdentityNet(backbone)
    net.load_state_dict(torch.load(weights), strict=False)
    return net


def of_changed(changed, vectors, labels, works):
    """mAP of changed queries among the unchanged pictures."""
    scores = normalise(changed) @ normalise(vectors).T
    precision = []
    for row in range(len(labels)):
        others = works != works[row]
        relevant = (labels == labels[row])[others]
        if relevant.any():
            ranks = np.flatnonzero(relevant[np.argsort(-scores[row][others], kind="stable")])
            precision.append(np.mean((np.arange(len(ranks)) + 1) / (ranks + 1)))
    return float(np.mean(precision))


def across_kinds(vectors, labels, works, kinds):
    """Every picture asks for its character in the other kind: mAP among that kind, median rank of the first right one among all.

    The other right pictures of its own kind are not counted among those before it.
    """
    scores = normalise(vectors) @ normalise(vectors).T
    precision, first = [], []
    for row in np.flatnonzero(kinds >= 0):
        other = (kinds == 1 - kinds[row]) & (works != works[row])
        right = other & (labels == labels[row])
        if not right.any():
            continue
        ranked = right[other][np.argsort(-scores[row][other], kind="stable")]
        ranks = np.flatnonzero(ranked)
        precision.append(np.mean((np.arange(len(ranks)) + 1) / (ranks + 1)))
        wrong = (labels != labels[row]) & (kinds >= 0)
        first.append(1 + int((scores[row][wrong] > scores[row][right].max()).sum()))
    return {"mAP": float(np.mean(precision)), "medianRank": float(np.median(first)), "meanRank": float(np.mean(first)),
            "queries": len(first)}


def kinds_of(data, name, paths):
    """0 and 1 for the two kinds of a set's whole pictures, -1 for heads without one."""
    if name not in KINDS or data is None:
        return None
    kinds = np.full(len(paths), -1)
    for index, path in enumerate(paths):
        whole = (Path(data) / "identity" / path.replace("faces/", "whole/", 1)).with_suffix(".webp")
        if whole.exists():
            kinds[index] = max(cv2.imread(str(whole)).shape[:2]) >= KINDS[name][2]
    return kinds


def measure(net, crops, rows, kinds, changes):
    """(figures of one set, its vectors)."""
    pictures, labels, works = crops.pictures[rows], crops.labels[rows], crops.works[rows]
    vectors = embed(net, pictures, HEAD_SIDE, flip=True)
    recall1, mean = retrieval(vectors, labels, works)
    figures = {"recall1": recall1, "mAP": mean, "queries": len(rows), "characters": len(np.unique(labels))}
    for name in changes:
        changed = np.stack([np.ascontiguousarray(CHANGES[name](picture)) for picture in pictures])
        figures[name] = of_changed(embed(net, changed, HEAD_SIDE, flip=True), vectors, labels, works)
    if kinds is not None:
        figures["across kinds"] = across_kinds(vectors, labels, works, kinds)
    return figures, vectors


def measure_fold(options, crops, fold):
    weights = train_fold(options, fold)
    sets = fold.split(",")
    after = load(options.backbone, weights)
    before = load(options.backbone, options.before) if options.before else None
    table, kept_rows, kept_vectors = {}, [], []
    for name in sets:
        rows = np.flatnonzero(crops.sets == name)
        rows = rows[:: options.thin]
        kinds = kinds_of(options.data, name, crops.paths[rows])
        figures, vectors = measure(after, crops, rows, kinds, options.changes)
        table[name] = {"leftOut": sets, "after": figures}
        if before and name not in FACE_SETS:
            table[name]["before"] = measure(before, crops, rows, kinds, options.changes)[0]
        kept_rows.append(rows)
        kept_vectors.append(vectors)
        print(name, *(f"{when} {100 * one['recall1']:.1f}/{100 * one['mAP']:.1f}" for when, one in table[name].items() if when != "leftOut"), flush=True)
    np.savez(weights.with_name("vectors.npz"), rows=np.concatenate(kept_rows), vectors=np.concatenate(kept_vectors))
    return table


def summarise(tables, changes):
    """Means over the sets for which there is a figure of both nets."""
    pairs = [one for one in tables.values() if "before" in one] or list(tables.values())
    return {when: {name: float(np.mean([one[when][name] for one in pairs])) for name in ("recall1", "mAP", *changes)}
            for when in ("before", "after") if when in pairs[0]}


def main():
    parser = argparse.ArgumentParser()
    for name in ("cache", "backbone", "runs", "out"):
        parser.add_argument("--" + name, required=True)
    for name in ("before", "start", "data"):
        parser.add_argument("--" + name)
    parser.add_argument("--folds", nargs="+", default=FACE_SETS + TRAINING_SETS)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of each fold's training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--changes", nargs="+", choices=CHANGES, default=tuple(CHANGES), help="of the queries, each costs as much as the rest")
    parser.add_argument("--thin", type=int, default=1, help="measure every so manieth picture only")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    crops = Crops(options.cache)
    tables = {}
    for fold in options.folds:
        tables.update(measure_fold(options, crops, fold))
        # After every fold, so that what is there can be read while the others train.
        write_figures(options.out, {"sets": tables, "mean": summarise(tables, options.changes)})
    columns = ("recall1", "mAP", *options.changes)
    print(f"| | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name, one in [*tables.items(), ("mean", summarise(tables, options.changes))]:
        for when in ("before", "after"):
            if when in one:
                print(f"| {name}, {when} | {' | '.join(f'{100 * one[when][column]:.1f}' for column in columns)} |")


if __name__ == "__main__":
    main()

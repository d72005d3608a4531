"""Measure the recipe on characters that it never saw: one net a split (the mean of its runs), the mean and spread of the figures.

python3 held_out.py --cache CACHE --backbone mobilenet_v2_mid.json --runs RUNS --out results/held-out.json
    [--splits 0 1 2 3 4] [--steps 260 420]

CACHE holds what `data.build_cache` and `gather.ts` write. A split whose weights lie in RUNS/split-K is not trained again.
Writes RUNS/split-K/vectors.npz, which calibrate.py and fusion.py read, and the figures to --out.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from data import Crops
from evaluate import retrieval
from network import IdentityNet
from seen import HEAD_SIDE, IDENTITY_SIZE, Seen, read_runs, write_figures
from train import embed

sys.path.append(str(Path(__file__).resolve().parent.parent / "common"))

from average import average_weights  # noqa: E402  (the path is set above)

# Sets that are searched as one, by the name of the figure.
POOLS = {
    "screens, series, fan art pooled": ("faces/vtuber_screens", "faces/screen_heads", "faces/fan_art_heads"),
    "screens, series pooled": ("faces/vtuber_screens", "faces/screen_heads"),
    "streams": ("faces/vtuber_screens",),
    "series": ("faces/screen_heads",),
    "fan art": ("faces/fan_art_heads",),
    "cards": ("faces/card_heads",),
    "icons": ("faces/game_icons",),
}
# Figures that count as "within one source", weighted by their queries.
ONE_SOURCE = ("streams", "series")


def train_split(options, split):
    folder = Path(options.runs) / f"split-{split}"
    runs = [folder / str(steps) for steps in options.steps]
    for run, steps in zip(runs, options.steps):
        if not (run / "average.pt").exists():
            script = Path(__file__).with_name("train.py")
            subprocess.run([sys.executable, str(script), "--cache", options.cache, "--backbone", options.backbone, "--out", str(run),
                            "--split", str(split), "--seed", str(split + 1), "--steps", str(steps), "--resume"], check=True)
    if not (folder / "average.pt").exists():
        torch.save(average_weights([run / "average.pt" for run in runs]), folder / "average.pt")
    return folder / "average.pt"


def store_vectors(options, seen, crops, split):
    weights = train_split(options, split)
    file = weights.with_name("vectors.npz")
    if file.exists() and file.stat().st_mtime > weights.stat().st_mtime:
        return
    rows = np.flatnonzero(seen.held_out(crops, split))
    net = IdentityNet(options.backbone)
    net.load_state_dict(torch.load(weights))
    vectors = np.zeros((len(rows), IDENTITY_SIZE), np.float32)
    found = seen.head[rows] >= 0
    vectors[found] = embed(net, seen.heads[seen.head[rows][found]], HEAD_SIDE, flip=True)
    np.savez(file, rows=rows, vectors=vectors)


def measure_split(seen, rows, vectors):
    """{figure: (recall@1, mAP, queries, characters)} of one split."""
    table = {}
    for name, sets in POOLS.items():
        part = np.isin(seen.sets[rows], sets) & ~seen.twins[rows]
        labels = seen.labels[rows][part]
        table[name] = (*retrieval(vectors[part], labels, seen.works[rows][part]), int(part.sum()), len(np.unique(labels)))
    queries = np.array([table[name][2] for name in ONE_SOURCE])
    mean = [float(np.average([table[name][i] for name in ONE_SOURCE], weights=queries)) for i in (0, 1)]
    table["within one source"] = (*mean, int(queries.sum()), sum(table[name][3] for name in ONE_SOURCE))
    return table


def summarise(tables):
    """{figure: {recall1: [mean, deviation], mAP: …, queries, characters}}; the deviation is that of single splits (n - 1)."""
    summary = {}
    for name in next(iter(tables.values())):
        values = np.array([table[name] for table in tables.values()])
        mean, deviation = values.mean(0), values.std(0, ddof=1) if len(values) > 1 else np.zeros(4)
        summary[name] = {"recall1": [mean[0], deviation[0]], "mAP": [mean[1], deviation[1]], "queries": mean[2], "characters": mean[3]}
    return summary


def main():
    parser = argparse.ArgumentParser()
    for name in ("cache", "backbone", "runs", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--splits", type=int, nargs="+", default=(0, 1, 2, 3, 4))
    parser.add_argument("--steps", type=int, nargs="+", default=(260, 420), help="of each run; their weights are averaged")
    options = parser.parse_args()
    torch.set_num_threads(1)
    seen, crops = Seen(options.cache), Crops(options.cache)
    for split in options.splits:
        store_vectors(options, seen, crops, split)
    _, runs = read_runs(options.cache, options.runs, options.splits)
    tables = {split: measure_split(seen, *run) for split, run in runs.items()}
    summary = summarise(tables)
    write_figures(options.out, {"splits": tables, "summary": summary})
    print("| | recall@1 | mAP | queries | characters | mAP of each split |\n|---|---|---|---|---|---|")
    for name, one in summary.items():
        figures = " | ".join(f"{100 * one[key][0]:.1f} ± {100 * one[key][1]:.1f}" for key in ("recall1", "mAP"))
        single = ", ".join(f"{100 * table[name][1]:.1f}" for table in tables.values())
        print(f"| {name} | {figures} | {one['queries']:.0f} | {one['characters']:.0f} | {single} |")


if __name__ == "__main__":
    main()

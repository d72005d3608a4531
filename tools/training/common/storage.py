"""Compare float32, float16 storage and int8 of an embedding network: size, CPU time, and what is lost.

python3 storage.py identity --onnx split-0.onnx --cache CACHE --split 0 --work WORK
python3 storage.py look --onnx ../../../models/image-look.onnx --data DATA --cache CACHE --work WORK

The identity network must be one that kept the split's characters from training (`../identity/export.py` on RUNS/split-K); it is
measured on their head crops and calibrated on 256 others. The look network is calibrated on 256 cartoon frames of the train split
and measured on whole pictures, head crops and frames of the test split with an edit of each.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("identity", "look")]

from data import Crops, letterbox, read_rgb  # noqa: E402  (the path is set above)
from evaluate import normalise, retrieval  # noqa: E402
from fit_look import random_edit  # noqa: E402
from held_out import measure_split  # noqa: E402
from look_network import SIDE  # noqa: E402
from half import store_half  # noqa: E402
from quantise import expose, is_large, store_int8  # noqa: E402
from seen import HEAD_SIDE, Seen  # noqa: E402

RANGE_PICTURES = 256
SHOWN_POOLS = ("screens, series pooled", "cards", "icons")


def node(*arguments):
    script = Path(__file__).with_name("run_variants.mjs")
    return subprocess.run(["node", str(script), *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def spread(items, count):
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, count)]


def identity_material(options):
    """(pictures for the ranges, pictures to measure on, measure of their vectors)."""
    seen, crops = Seen(options.cache), Crops(options.cache)
    held = seen.held_out(crops, options.split)
    heads = np.char.startswith(seen.sets, "faces/")
    rows = np.flatnonzero(held & heads)
    others = seen.heads[seen.head[spread(np.flatnonzero(~held & heads), RANGE_PICTURES)]]

    def measure(vectors):
        table = measure_split(seen, rows, vectors)
        return {name: (table[name][0], table[name][1]) for name in SHOWN_POOLS}

    return others, seen.heads[seen.head[rows]], measure


def look_material(options):
    data, rng = Path(options.data), np.random.default_rng(7)
    square = lambda path: letterbox(read_rgb(path), SIDE)  # noqa: E731
    ranges = np.stack([square(path) for path in spread(sorted((data / "detection" / "train").glob("*.jpg")), RANGE_PICTURES)])
    seen = Seen(options.cache)
    chosen = spread(np.arange(len(seen)), 900)
    paths = [json.loads((Path(options.cache) / "engine.json").read_text())["pictures"][row]["path"] for row in chosen]
    frames = [read_rgb(path) for path in sorted((data / "detection" / "test").glob("*.jpg"))[:150]]
    labelled = [square(data / path) for path in paths]
    pictures = np.stack(labelled + [letterbox(frame, SIDE) for frame in frames] + [letterbox(random_edit(frame, rng), SIDE) for frame in frames])
    sources, works = np.unique(seen.sets[chosen], return_inverse=True)[1], seen.works[chosen]

    def measure(vectors):
        kept = len(labelled) + len(frames)
        found = (vectors[kept:] @ vectors[:kept].T).argmax(1) == np.arange(len(labelled), kept)
        return {"sources": retrieval(vectors[: len(labelled)], sources, works), "edits nearest": (float(found.mean()), float(found.mean()))}

    return ranges, pictures, measure


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("identity", "look"))
    for name in ("onnx", "cache", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--data", help="needed for the look network")
    parser.add_argument("--split", type=int, default=0)
    options = parser.parse_args()
    work = Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    side, material = (HEAD_SIDE, identity_material) if options.role == "identity" else (SIDE, look_material)
    ranges, pictures, measure = material(options)
    ranges.tofile(work / "ranges.u8")
    pictures.tofile(work / "pictures.u8")
    variants = {"float32": Path(options.onnx), "float16 storage": work / "half.onnx", "int8": work / "int8.onnx"}
    expose(options.onnx, work / "exposed.onnx")
    node("ranges", work / "ranges.u8", side, work / "ranges.json", work / "exposed.onnx")
    store_half(options.onnx, variants["float16 storage"], is_large)
    store_int8(options.onnx, variants["int8"], json.loads((work / "ranges.json").read_text()))
    times = json.loads(node("vectors", work / "pictures.u8", side, work, *variants.values()))
    reference = None
    for index, (name, file) in enumerate(variants.items()):
        vectors = normalise(np.fromfile(work / f"{index}.f32", "<f4").reshape(len(pictures), -1))
        reference = vectors if reference is None else reference
        cosines = (vectors * reference).sum(1)
        figures = "  ".join(f"{part} {100 * recall:.1f} / {100 * precision:.1f}" for part, (recall, precision) in measure(vectors).items())
        print(f"{name}: {file.stat().st_size / 1e6:.1f} MB, {times[index]:.1f} ms ({times[index] / times[0]:.2f}), "
              f"cosine mean {cosines.mean():.4f}, 1st percentile {np.quantile(cosines, 0.01):.4f}; {figures}", flush=True)


if __name__ == "__main__":
    main()

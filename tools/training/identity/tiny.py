"""Generated material for runs of a few steps: a small backbone with random weights, and drawn heads."""

import base64
import json
from pathlib import Path

import cv2
import numpy as np

from data import CACHE_SIDE

# Channels of the layers that the identity and look networks read; the names are those of the real backbone.
LAYERS = {2: 8, 5: 12, 9: 24, 12: 24, 14: 16}
HALVED = 4
SETS = {"vtuber_screens": 6, "card_heads": 6, "game_icons": 4, "feh": 12}
DRAWINGS = 4


def write_backbone(path, seed):
    """NAME.json and NAME.bin as TensorFlow.js stores graph models, half of the kernels as bytes, as packages ship them."""
    rng = np.random.default_rng(seed)
    nodes, entries, data = [{"name": "images", "op": "Placeholder"}], [], b""
    before, width = "images", 3
    for position, (block, channels) in enumerate(LAYERS.items()):
        name = f"Tiny/expanded_conv_{block}/expand"
        kernel = rng.normal(0, 1 / np.sqrt(9 * width), (3, 3, width, channels))
        bias = rng.normal(0.1, 0.1, channels).astype("<f4")
        entry = {"name": f"{name}/weights", "dtype": "float32", "shape": list(kernel.shape)}
        if position % 2:
            low, scale = float(kernel.min()), float(np.ptp(kernel) / 255)
            stored = np.rint((kernel - low) / scale).astype(np.uint8)
            entry["quantization"] = {"dtype": "uint8", "min": low, "scale": scale}
        else:
            stored = kernel.astype("<f4")
        entries += [entry, {"name": f"{name}/bias", "dtype": "float32", "shape": [channels]}]
        data += stored.tobytes() + bias.tobytes()
        nodes += [{"name": f"{name}/{part}", "op": "Const"} for part in ("weights", "bias")]
        stride = "2" if position < HALVED else "1"
        nodes.append({"name": f"{name}/Relu6", "op": "_FusedConv2D", "input": [before, f"{name}/weights", f"{name}/bias"],
                      "attr": {"strides": {"list": {"i": ["1", stride, stride, "1"]}}, "padding": {"s": coded("SAME")},
                               "fused_ops": {"list": {"s": [coded("BiasAdd"), coded("Relu6")]}}}})
        before, width = f"{name}/Relu6", channels
    path = Path(path)
    path.write_text(json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": [{"paths": [], "weights": entries}]}))
    path.with_suffix(".bin").write_bytes(data)


def coded(text):
    return base64.b64encode(text.encode()).decode()


def draw_head(rng, hair, eyes):
    """uint8 RGB head: a disc of skin with hair above it and two eyes, on a ground of any colour."""
    picture = np.full((CACHE_SIDE, CACHE_SIDE, 3), rng.integers(0, 256, 3), np.uint8)
    x, y = (int(value) for value in rng.integers(74, 88, 2))
    cv2.circle(picture, (x, y - 14), 58, hair, -1)
    cv2.ellipse(picture, (x, y + 12), (42, 48), 0, 0, 360, (240, 205, 180), -1)
    for side in (-1, 1):
        cv2.ellipse(picture, (x + 17 * side, y + 6), (8, int(rng.integers(6, 13))), 0, 0, 360, eyes, -1)
    return picture


def write_cache(folder, seed):
    """FOLDER/faces.npz as `data.build_cache` writes it, of characters that differ in hair and eyes."""
    rng = np.random.default_rng(seed)
    pictures, sets, characters = [], [], []
    for name, count in SETS.items():
        for character in range(count):
            hair, eyes = (tuple(int(value) for value in rng.integers(0, 256, 3)) for _ in range(2))
            for _ in range(DRAWINGS):
                pictures.append(draw_head(rng, hair, eyes))
                sets.append(name)
                characters.append(f"{name}/{character:03}")
    artworks = [f"{character}/{index:03}" for index, character in enumerate(characters)]
    Path(folder).mkdir(parents=True, exist_ok=True)
    np.savez(Path(folder) / "faces.npz", pictures=np.stack(pictures), sets=np.array(sets), characters=np.array(characters),
             artworks=np.array(artworks), paths=np.array(artworks))


def write_pictures(folder, count, seed):
    """COUNT whole pictures of a head and a few shapes, laid out as the cartoon frames: FOLDER/detection/train/*.jpg."""
    rng = np.random.default_rng(seed)
    target = Path(folder) / "detection" / "train"
    target.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        colours = rng.integers(0, 256, (6, 3)).tolist()
        picture = cv2.resize(draw_head(rng, colours[0], colours[1]), (96, 96))
        for colour in colours[2:]:
            corner = rng.integers(0, 80, 2)
            cv2.rectangle(picture, tuple(int(v) for v in corner), tuple(int(v) for v in corner + rng.integers(8, 40, 2)), colour, -1)
        cv2.imwrite(str(target / f"{index:03}.jpg"), picture)


def prepare(folder, seed=1):
    """Everything above below FOLDER; returns the paths of the cache and the backbone."""
    folder = Path(folder)
    write_cache(folder, seed)
    write_backbone(folder / "backbone.json", seed)
    return str(folder), str(folder / "backbone.json")

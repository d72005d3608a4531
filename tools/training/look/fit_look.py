"""Fit the look network's projections and export it.

python3 fit_look.py --data ../shared/eval --art DIR --backbone mobilenet_v2_mid.json --onnx image-look.onnx --probe DIR
python3 fit_look.py --tiny DIR --onnx tiny.onnx --probe DIR
--tiny fits a generated backbone to generated pictures, both left in its DIR. The DIR of --art holds unpacked Debian art packages (wesnoth-1.16-data,
renpy-thequestion, renpy-demo); it may be left out.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from look_network import SIDE, LookNet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "identity"))

import tiny  # noqa: E402  (the path is set above)
from data import letterbox, read_rgb  # noqa: E402
from export import digest, write_probe  # noqa: E402

# More than the embedding has numbers, so that the projection is full.
TINY_PICTURES = 256
# How much of the difference between a picture and its edit is unwanted, beside that between two crops of one picture. Edits
# weighted fully (light, JPEG, half the size) took away what tells sources apart: mAP over sources .36 in place of .50.
EDIT_SHARE = 0.2


def list_pictures(data, art, thin=1):
    """Training pictures: cartoon frames of the train split, whole pictures, half as many head crops, free game art."""
    data = Path(data)
    found = sorted((data / "detection" / "train").glob("*.jpg")) + sorted((data / "identity" / "whole").glob("*/*/*.jpg"))
    if art:
        large = [path for path in sorted(Path(art).rglob("*")) if path.suffix.lower() in {".png", ".jpg", ".webp"}
                 and path.stat().st_size > 30_000]
        found += large
    # Close-ups and icons are a large part of many libraries.
    return found[::thin] + sorted((data / "identity" / "faces").glob("*/*/*.jpg"))[:: 2 * thin]


def opposite_corners(picture, rng):
    """Two crops of an RGB picture in opposite corners, each with 0.6 to 0.9 of its sides."""
    height, width = picture.shape[:2]
    share = rng.uniform(0.6, 0.9)
    high, wide = max(1, int(height * share)), max(1, int(width * share))
    left, right = (0, width - wide) if rng.random() < 0.5 else (width - wide, 0)
    return picture[:high, left:left + wide], picture[height - high:, right:right + wide]


def random_edit(picture, rng):
    """Another crop or a colour-true edit of an RGB picture: framing, light, grain, size; hue stays."""
    height, width = picture.shape[:2]
    share = rng.uniform(0.65, 1.0)
    high, wide = int(height * share * rng.uniform(0.9, 1)), int(width * share * rng.uniform(0.9, 1))
    top, left = rng.integers(0, height - high + 1), rng.integers(0, width - wide + 1)
    view = picture[top:top + high, left:left + wide].astype(np.float32) / 255
    view = (view ** np.exp(rng.uniform(-0.2, 0.2)) - 0.5) * rng.uniform(0.85, 1.15) + 0.5
    view = (np.clip(view, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.3:
        view = np.ascontiguousarray(view[:, ::-1])
    if rng.random() < 0.4:
        size = (max(16, int(wide * 0.5)), max(16, int(high * 0.5)))
        view = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.4:
        coded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 85))])[1]
        view = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return view


def describe_all(net, paths, rng):
    """Raw descriptions [P, 4, D] of every picture, an edit of it and two of its corners."""
    rows = []
    with torch.no_grad():
        for position, path in enumerate(paths):
            picture = read_rgb(path)
            views = (picture, random_edit(picture, rng), *opposite_corners(picture, rng))
            squares = np.stack([letterbox(np.ascontiguousarray(view), SIDE) for view in views])
            rows.append(net.describe(torch.from_numpy(squares).permute(0, 3, 1, 2).float()))
            if position % 200 == 199:
                print(f"{position + 1}/{len(paths)}", flush=True)
    return torch.stack(rows)


def export(net, onnx_path, seed=0):
    net.eval()
    images = torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) * 255
    torch.onnx.export(net, images, str(onnx_path), opset_version=13, input_names=["images"],
                      output_names=["embedding"], do_constant_folding=True,
                      dynamic_axes={"images": {0: "batch"}, "embedding": {0: "batch"}})
    with torch.no_grad():
        return images.numpy(), net(images).numpy()


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--art")
    parser.add_argument("--backbone")
    parser.add_argument("--tiny", metavar="DIR")
    parser.add_argument("--onnx", required=True)
    parser.add_argument("--probe", required=True)
    parser.add_argument("--weights", help="where to keep the fitted state for measuring")
    parser.add_argument("--thin", type=int, default=1)
    parser.add_argument("--power", type=float, default=0.2)
    parser.add_argument("--noise", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.tiny:
        tiny.write_pictures(options.tiny, TINY_PICTURES, options.seed)
        options.data, options.backbone = tiny.prepare(options.tiny)
        options.thin = 1
    elif not (options.data and options.backbone):
        parser.error("expected --data and --backbone, or --tiny")
    return options


def main():
    options = read_options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    paths = list_pictures(options.data, options.art, options.thin)
    net = LookNet(options.backbone).eval()
    sample = [paths[i] for i in rng.permutation(len(paths))[:384]]
    squares = torch.from_numpy(np.stack([letterbox(read_rgb(path), SIDE) for path in sample])).permute(0, 3, 1, 2)
    net.fit_parts(squares.split(32), options.seed)
    described = describe_all(net, paths, rng)
    edited, crops = described[:, 1] - described[:, 0], described[:, 2] - described[:, 3]
    differences = torch.cat([crops, EDIT_SHARE * edited])
    net.fit_projection(described[:, 0], differences, options.power, options.noise)
    if options.weights:
        torch.save(net.state_dict(), options.weights)
    images, vectors = export(net, options.onnx)
    write_probe(options.probe, images, vectors)
    print(Path(options.onnx).stat().st_size, digest(options.onnx), vectors.shape)


if __name__ == "__main__":
    main()

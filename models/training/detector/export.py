"""Writes the detector as ONNX (opset 14, dynamic batch and size; weights stored in float16, computed in float32).

    python3 export.py --weights detector.pt --out ../../face-detector.onnx

Input `images`: RGB in 0..1, [N, 3, H, W], H and W multiples of 32. Output `predictions`: [N, 5, A], rows centre x, centre y,
width, height in input pixels and score 0..1.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from network import BINS, STRIDES, FaceDetector


class Decoded(nn.Module):
    """The detector with its boxes decoded by graph operations that follow the input's size."""

    def __init__(self, net: FaceDetector) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        outputs = []
        for index, level in enumerate(self.net.pyramid(images)):
            feature = self.net.heads[index](level)
            score = self.net.scores[index](feature).sigmoid()
            parts = []
            for side in self.net.distances[index](feature).split(BINS, 1):
                parts.append((side.softmax(1) * self.net.bins.view(1, -1, 1, 1)).sum(1, keepdim=True) * STRIDES[index])
            ones = torch.ones_like(score)
            x = (ones.cumsum(3) - 0.5) * STRIDES[index]
            y = (ones.cumsum(2) - 0.5) * STRIDES[index]
            left, top, right, bottom = parts
            row = torch.cat((x + (right - left) / 2, y + (bottom - top) / 2, left + right, top + bottom, score), 1)
            outputs.append(row.flatten(2))
        return torch.cat(outputs, 2)


def storeHalf(path: Path) -> None:
    """Stores large weights as float16 behind a cast: half the file, still computed in float32."""
    model = onnx.load(str(path))
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) != 4:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}.half")
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(half)
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--float32", action="store_true", help="store float32, as quantise.py needs it")
    options = parser.parse_args()
    net = FaceDetector()
    net.load_state_dict(torch.load(options.weights))
    model = Decoded(net.eval()).eval()
    axes = {"images": {0: "batch", 2: "height", 3: "width"}, "predictions": {0: "batch", 2: "anchors"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(model, torch.rand(2, 3, 320, 256), str(options.out), opset_version=14, input_names=["images"], output_names=["predictions"], dynamic_axes=axes)
    if not options.float32:
        storeHalf(options.out)
    print(f"wrote {options.out}, {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

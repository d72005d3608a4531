"""Writes the detector as ONNX (opset 14, dynamic batch and size; weights stored in float16, computed in float32).

    python3 export.py --weights detector.pt --out ../../../models/face-detector.onnx

Input `images`: RGB in 0..1, [N, 3, H, W], H and W multiples of 32. Output `predictions`: [N, 5, A], rows centre x, centre y,
width, height in input pixels and score 0..1.
"""

import argparse
import sys
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parent.parent / "common"))

from half import store_half  # noqa: E402  (the path is set above)
from network import BINS, STRIDES, FaceDetector  # noqa: E402


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


def isKernel(tensor: onnx.TensorProto) -> bool:
    return len(tensor.dims) == 4


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
        store_half(options.out, options.out, isKernel)
    print(f"wrote {options.out}, {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

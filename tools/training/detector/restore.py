"""Reads the weights of a shipped file back, to train on from them: they are stored in float16 there.

    python3 restore.py --onnx ../../../models/face-detector.onnx --out detector.pt
"""

import argparse
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from network import FaceDetector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    stored = {item.name: torch.from_numpy(numpy_helper.to_array(item).astype("float32")) for item in onnx.load(options.onnx).graph.initializer}
    state = FaceDetector().state_dict()
    for name in state:
        # The bins are a constant of the graph, not weights.
        if name != "bins":
            state[name] = stored[f"net.{name}.half"] if f"net.{name}.half" in stored else stored[f"net.{name}"]
    net = FaceDetector()
    net.load_state_dict(state)
    torch.save(net.state_dict(), options.out)


if __name__ == "__main__":
    main()

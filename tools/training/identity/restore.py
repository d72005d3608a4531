"""Read the weights of an exported identity network back into torch, to train on from them or to measure them.

python3 restore.py --backbone mobilenet_v2_mid.json --onnx ../../../models/face-identity.onnx --out average.pt

The file must have been written by export.py from the network of this folder; stored float16 weights are widened.
"""

import argparse

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from network import IdentityNet
from tfjs_graph import CONVOLUTIONS, key_of


def restore(net, path):
    """Loads the weights of the ONNX file into the network; raises if one of its tensors is not found there."""
    graph = onnx.load(str(path)).graph
    halved = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast"}
    stored = {tensor.name: numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer}

    def read(name):
        return stored.get(name, stored.get(f"{name}.half", stored.get(halved.get(name))))

    state = {name: read(f"net.{name}") for name in net.state_dict()}
    kernels = {name: node.input[2] for node in graph.node if node.op_type == "Conv" and len(node.input) > 2 for name in [node.input[1]]}
    for node in net.trunk.by_name.values():
        if node["op"] in CONVOLUTIONS and len(node.get("input", [])) > 2:
            kernel, bias = (f"trunk.kernels.{key_of(name)}" for name in node["input"][1:3])
            if bias in state and f"net.{kernel}" in kernels:
                state[bias] = read(kernels[f"net.{kernel}"])
    # The masks and the colours were folded into constants: the former are resized, the latter a convolution's kernel.
    masks = iter(unique(node.input[0] for node in graph.node if node.op_type == "Resize"))
    for name in [*(f"pools.{index}.logits" for index in range(len(net.pools))), "histogram.pool.logits"]:
        state[name] = read(next(masks))
    colours = (len(net.histogram.centres), 3, 1, 1)
    state["histogram.centres"] = next((value for value in stored.values() if value.shape == colours), None)
    state["histogram.opponent"] = net.histogram.opponent.numpy()
    missing = [name for name, value in state.items() if value is None]
    if missing:
        raise ValueError(f"Expected all weights of the network in {path} but did not find {', '.join(missing)}.")
    shapes = {name: value.shape for name, value in net.state_dict().items()}
    net.load_state_dict({name: torch.from_numpy(np.array(value)).reshape(shapes[name]) for name, value in state.items()})


def unique(names):
    return list(dict.fromkeys(names))


def main():
    parser = argparse.ArgumentParser()
    for name in ("backbone", "onnx", "out"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    net = IdentityNet(options.backbone)
    restore(net, options.onnx)
    torch.save(net.state_dict(), options.out)


if __name__ == "__main__":
    main()

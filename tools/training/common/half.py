"""float16 weights behind a cast: half of an ONNX file, still computed in float32."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def store_half(source, target, wanted):
    """Writes the model with those of its float32 constants halved for which `wanted(tensor)` holds."""
    model = onnx.load(str(source))
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and wanted(tensor):
            half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}.half")
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
            tensor.CopyFrom(half)
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))

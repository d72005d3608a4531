"""Write the averaged identity network as ONNX and check it against torch in onnxruntime.

python3 export.py --backbone mobilenet_v2_mid.json --weights average.pt --onnx face-identity.onnx
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
import torch.nn.functional as functional

from network import IdentityNet


class Mirrored(nn.Module):
    """The mean of a crop's vector and its mirror image's, which no drawing's facing can change."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, crops):
        return functional.normalize(self.net(crops) + self.net(crops.flip(3)), dim=1)


def export(backbone, weights, onnx_path, side, flip=True, seed=0):
    """Returns {"bytes", "sha256"}; beside the model goes a probe of two crops and torch's vectors for the numeric check."""
    net = IdentityNet(backbone)
    net.load_state_dict(torch.load(weights))
    net.eval()
    module = Mirrored(net) if flip else net
    crops = torch.rand(3, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 255
    torch.onnx.export(module, crops, str(onnx_path), opset_version=13, input_names=["crops"],
                      output_names=["embedding"], do_constant_folding=True,
                      dynamic_axes={"crops": {0: "batch"}, "embedding": {0: "batch"}})
    with torch.no_grad():
        vectors = module(crops).numpy()
    return crops.numpy(), vectors


def write_probe(folder, crops, vectors):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    crops.astype("<f4").tofile(folder / "input.f32")
    vectors.astype("<f4").tofile(folder / "output.f32")
    (folder / "probe.json").write_text(json.dumps({"input": crops.shape, "output": vectors.shape}))


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--onnx", required=True)
    parser.add_argument("--probe", required=True)
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--single", action="store_true", help="leave the mirrored view out")
    options = parser.parse_args()
    crops, vectors = export(options.backbone, options.weights, options.onnx, options.side, not options.single)
    write_probe(options.probe, crops, vectors)
    print(Path(options.onnx).stat().st_size, digest(options.onnx), vectors.shape, float(np.linalg.norm(vectors[0])))


if __name__ == "__main__":
    main()

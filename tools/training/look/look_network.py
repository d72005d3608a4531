"""The look network: style, palette and composition of a whole picture as one unit vector.

Input: float32 [N, 3, 192, 192] RGB, 0..255, letterboxed on grey 114. Output: float32 [N, 224], rows of length one.
Nothing here is trained by gradient: the backbone is the ready one, every projection is fitted by `fit_look.py`.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "identity"))

from network import OPPONENT, k_means  # noqa: E402  (the path is set above)
from tfjs_graph import TfjsGraph  # noqa: E402

# Strokes and texture from the first taps, things from the last.
TAPS = ("expanded_conv_2/expand/Relu6", "expanded_conv_5/expand/Relu6", "expanded_conv_9/expand/Relu6",
        "expanded_conv_12/expand/Relu6", "expanded_conv_14/expand/Relu6")
LAYOUT_TAP = 2
LAYOUT_CHANNELS = 24
LAYOUT_GRID = 4
PALETTE = 48
SIDE = 192
SIZE = 224
# How loudly each description speaks before whitening: five taps, layout of things, palette by place, thumbnail.
BLOCK_WEIGHTS = (0.8, 1.0, 1.0, 1.0, 0.8, 1.0, 1.2, 0.8)


class LookNet(nn.Module):
    def __init__(self, backbone_path):
        super().__init__()
        self.trunk = TfjsGraph(backbone_path, TAPS)
        widths = [self.trunk.width(name) for name in self.trunk.outputs]
        self.block_sizes = [2 * width for width in widths]
        self.block_sizes += [LAYOUT_CHANNELS * LAYOUT_GRID ** 2, PALETTE * 10, 3 * 36]
        self.register_buffer("opponent", torch.tensor(OPPONENT))
        self.register_buffer("colours", torch.zeros(PALETTE, 3))
        self.register_buffer("layout", torch.zeros(LAYOUT_CHANNELS, widths[LAYOUT_TAP], 1, 1))
        self.register_buffer("centre", torch.zeros(sum(self.block_sizes)))
        self.register_buffer("scale", torch.ones(sum(self.block_sizes)))
        self.register_buffer("projection", torch.zeros(SIZE, sum(self.block_sizes)))

    def pixels(self, images):
        """Opponent colours of the picture at a quarter of its side."""
        return functional.conv2d(functional.avg_pool2d(images / 255, 4), self.opponent[:, :, None, None])

    def describe(self, images):
        """Raw descriptions side by side, [N, sum of block sizes]."""
        maps = self.trunk(images / 255)
        blocks = []
        for value in maps:
            flat = value.flatten(2)
            mean = flat.mean(2)
            spread = ((flat * flat).mean(2) - mean * mean).clamp(min=0)
            blocks.append(torch.cat([mean, (spread + 1e-6).sqrt()], dim=1))
        things = functional.conv2d(maps[LAYOUT_TAP], self.layout)
        blocks.append(functional.avg_pool2d(things, int(things.shape[2]) // LAYOUT_GRID).flatten(1))
        pixels = self.pixels(images)
        blocks.append(self.palette(pixels))
        blocks.append(functional.avg_pool2d(pixels, int(pixels.shape[2]) // 6).flatten(1))
        return torch.cat(blocks, dim=1)

    def palette(self, pixels):
        """Shares of the palette's colours in the whole picture and in each ninth of it."""
        sharpness = 150.0
        logits = functional.conv2d(pixels, 2 * sharpness * self.colours[:, :, None, None],
                                   -sharpness * self.colours.square().sum(1))
        shares = logits.softmax(dim=1)
        ninths = functional.avg_pool2d(shares, int(shares.shape[2]) // 3)
        everywhere = 2 * shares.mean(dim=(2, 3))
        return (torch.cat([everywhere, ninths.flatten(1)], dim=1) + 1e-5).sqrt()

    def forward(self, images):
        standard = (self.describe(images) - self.centre) * self.scale
        return functional.normalize(functional.linear(standard, self.projection), dim=1)

    def fit_parts(self, batches, seed=0):
        """Fit the palette (k-means) and the layout's channels (PCA) on uint8 batches [N, 3, S, S]."""
        generator = torch.Generator().manual_seed(seed)
        points, covariance, count = [], 0, 0
        with torch.no_grad():
            for images in batches:
                images = images.float()
                points.append(self.pixels(images)[:, :, ::2, ::2].flatten(2).permute(0, 2, 1).reshape(-1, 3))
                columns = self.trunk(images / 255)[LAYOUT_TAP].flatten(2).permute(0, 2, 1).flatten(0, 1)
                columns = columns - columns.mean(0)
                covariance, count = covariance + columns.t() @ columns, count + len(columns)
            self.colours.copy_(k_means(torch.cat(points), PALETTE, generator))
            axes = torch.linalg.eigh(covariance / count).eigenvectors[:, -LAYOUT_CHANNELS:]
            self.layout.copy_(axes.t().flip(0)[:, :, None, None])

    def fit_projection(self, described, differences, power, noise):
        """Whiten: PCA of the pictures, shrunk along what differs between two views of one picture.

        described [N, D]: one raw description a picture; differences [M, D]: between two views of one picture.
        """
        blocks = torch.cat([torch.full((size,), weight / size ** 0.5)
                            for size, weight in zip(self.block_sizes, BLOCK_WEIGHTS)])
        self.centre.copy_(described.mean(0))
        self.scale.copy_(blocks / (described.std(0) + 1e-3))
        standard = (described - self.centre) * self.scale
        _, values, axes = torch.linalg.svd(standard / len(standard) ** 0.5, full_matrices=False)
        kept = min(640, len(values))
        basis = axes[:kept] / values[:kept, None] ** power
        if len(differences):
            moved = (differences * self.scale) @ basis.t()
            within = moved.t() @ moved / len(moved)
            total = standard @ basis.t()
            between = total.t() @ total / len(total)
            mixed = within + noise * torch.trace(within) / kept * torch.eye(kept)
            spread, turned = torch.linalg.eigh(mixed)
            calm = turned @ torch.diag(spread ** -0.5) @ turned.t()
            ratio, directions = torch.linalg.eigh(calm @ between @ calm)
            chosen = directions[:, -SIZE:].flip(1)
            gains = (ratio[-SIZE:].flip(0).clamp(min=1e-6)) ** -0.25
            basis = torch.diag(gains) @ chosen.t() @ calm @ basis
        self.projection.copy_(basis[:SIZE])

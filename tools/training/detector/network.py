"""The face detector: NanoDet-g's backbone and pyramid with a one-class head.

The layout follows the COCO model, so that its weights can be carried over layer by layer: 28 plain convolutions
(batch norm already folded), leaky ReLU of slope 0.1, cross-stage-partial blocks, an additive path-aggregation pyramid on
strides 8, 16 and 32, and one 3 x 3 convolution per level before the outputs.
"""

import torch
from torch import nn
from torch.nn import functional as F

STRIDES = (8, 16, 32)
BINS = 11  # Distances are a distribution over 0..10 strides (general focal loss), as in the COCO model.
CHANNEL_MEAN = (123.675, 116.28, 103.53)  # ImageNet means and deviations in RGB, in 0..255, as NanoDet was trained with.
CHANNEL_STD = (58.395, 57.12, 57.375)


class Convolution(nn.Module):
    """3 x 3 or 1 x 1 convolution with bias and leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.leaky_relu(self.conv(x), 0.1)


class PartialBlock(nn.Module):
    """Cross-stage-partial block: half the channels go through `depth` pairs, everything is concatenated at the end."""

    def __init__(self, inputs: int, width: int, stride: int, depth: int) -> None:
        super().__init__()
        self.entry = Convolution(inputs, width, 3, stride)
        half = width // 2
        self.first = nn.ModuleList([Convolution(width, half) for _ in range(depth)])
        self.second = nn.ModuleList([Convolution(half, half) for _ in range(depth)])
        self.last = Convolution(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        entry = self.entry(x)
        y = entry
        for first, second in zip(self.first, self.second):
            a = first(y)
            y = torch.cat((second(a), a), 1)
        return torch.cat((self.last(y), entry), 1)


class FaceDetector(nn.Module):
    """RGB pictures in 0..1, float32 [N, 3, H, W] with H and W multiples of 32, to raw maps per level."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, 32, 3, 2)
        self.stages = nn.ModuleList([PartialBlock(32, 32, 1, 1), PartialBlock(64, 64, 2, 2), PartialBlock(128, 128, 2, 2), PartialBlock(256, 256, 2, 3)])
        self.laterals = nn.ModuleList([nn.Conv2d(c, 128, 1) for c in (128, 256, 512)])
        self.heads = nn.ModuleList([Convolution(128, 128) for _ in STRIDES])
        self.scores = nn.ModuleList([nn.Conv2d(128, 1, 1) for _ in STRIDES])
        self.distances = nn.ModuleList([nn.Conv2d(128, 4 * BINS, 1) for _ in STRIDES])
        self.register_buffer("mean", torch.tensor(CHANNEL_MEAN).view(1, 3, 1, 1) / 255)
        self.register_buffer("std", torch.tensor(CHANNEL_STD).view(1, 3, 1, 1) / 255)
        self.register_buffer("bins", torch.arange(BINS, dtype=torch.float32))

    def pyramid(self, images: torch.Tensor) -> list:
        """Three maps of 128 channels, finest first."""
        x = F.max_pool2d(self.stem((images - self.mean) / self.std), 3, 2, 1)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        p3, p4, p5 = [lateral(level) for lateral, level in zip(self.laterals, levels[1:])]
        p4 = p4 + F.interpolate(p5, scale_factor=2.0, mode="bilinear", align_corners=False)
        p3 = p3 + F.interpolate(p4, scale_factor=2.0, mode="bilinear", align_corners=False)
        p4 = p4 + F.interpolate(p3, scale_factor=0.5, mode="bilinear", align_corners=False)
        p5 = p5 + F.interpolate(p4, scale_factor=0.5, mode="bilinear", align_corners=False)
        return [p3, p4, p5]

    def forward(self, images: torch.Tensor) -> tuple:
        """Score logits [N, A] and distance logits [N, A, 4, BINS] over all levels, finest first."""
        scores, distances = [], []
        for index, level in enumerate(self.pyramid(images)):
            feature = self.heads[index](level)
            scores.append(self.scores[index](feature).flatten(1))
            distance = self.distances[index](feature)
            distances.append(distance.flatten(2).transpose(1, 2).unflatten(2, (4, BINS)))
        return torch.cat(scores, 1), torch.cat(distances, 1)

    def boxes(self, distances: torch.Tensor, centres: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
        """Distance logits to boxes (x1, y1, x2, y2) in input pixels, [N, A, 4]."""
        reach = (distances.float().softmax(3) * self.bins).sum(3) * strides[:, None]
        return torch.cat((centres - reach[..., :2], centres + reach[..., 2:]), -1)


def anchorPoints(height: int, width: int, device: torch.device = torch.device("cpu")) -> tuple:
    """Cell centres [A, 2] in input pixels and strides [A] for an input of that size, in the order of `forward`."""
    centres, strides = [], []
    for stride in STRIDES:
        # The COCO model measures distances from the cell's centre.
        ys = (torch.arange(height // stride) + 0.5) * stride
        xs = (torch.arange(width // stride) + 0.5) * stride
        grid = torch.stack(torch.meshgrid(ys, xs, indexing="ij"), -1).flip(-1).reshape(-1, 2)
        centres.append(grid)
        strides.append(torch.full((len(grid),), float(stride)))
    return torch.cat(centres).to(device), torch.cat(strides).to(device)

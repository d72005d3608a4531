"""The identity network: a drawing backbone read at several depths, a colour branch, one unit vector.

Input: float32 [N, 3, S, S] RGB, 0..255. Output: float32 [N, 256], rows of length one.
"""

import math

import torch
import torch.nn.functional as functional
from torch import nn

from tfjs_graph import TfjsGraph

# Middle layers tell characters apart; the last blocks of the ready net only know its own five classes.
TAPS = ("expanded_conv_5/expand/Relu6", "expanded_conv_9/expand/Relu6",
        "expanded_conv_12/expand/Relu6", "expanded_conv_14/expand/Relu6")
MASK_GRID = 8
POOLED_PIXELS = 4
DEEP_SIZE = 192
COLOUR_SIZE = 64
# Opponent axes (lightness, red-green, blue-yellow) of gamma-coded RGB: cheap, smooth, and hue is an angle in them.
OPPONENT = ((0.30, 0.59, 0.11), (0.70, -0.59, -0.11), (-0.30, -0.59, 0.89))

# Where the mean distance from grey lets colour speak, on a scale on which most drawings have 0.1 to 0.4. Not learned: a
# step too far shuts the colour half out of every picture, and nothing brings it back.
CHROMA_SLOPE, CHROMA_MIDDLE = 80.0, 0.04


class MaskedPool(nn.Module):
    """Averages a feature map under learned spatial masks: [N, C, H, W] to [N, masks * C]."""

    def __init__(self, widths, heights=None):
        super().__init__()
        grid = torch.linspace(-1, 1, MASK_GRID)
        rows, columns = torch.meshgrid(grid, grid, indexing="ij")
        logits = []
        for width, (height, spread) in zip(widths, heights or [(0.0, None)] * len(widths)):
            vertical = (rows - height) / (spread or width)
            logits.append(-0.5 * ((columns / width) ** 2 + vertical ** 2))
        self.logits = nn.Parameter(torch.stack(logits))

    def weights(self, height, width):
        logits = functional.interpolate(self.logits[None], size=(height, width), mode="bilinear", align_corners=False)[0]
        return logits.flatten(1).softmax(dim=1)

    def forward(self, maps):
        weights = self.weights(int(maps.shape[2]), int(maps.shape[3]))
        return torch.matmul(maps.flatten(2), weights.t()).transpose(1, 2).flatten(1)


class SoftHistogram(nn.Module):
    """Shares of learned colours under learned masks (hair, face, eyes, collar), differentiable: [N, masks * colours]."""

    def __init__(self, colours=64):
        super().__init__()
        self.register_buffer("opponent", torch.tensor(OPPONENT))
        self.centres = nn.Parameter(torch.zeros(colours, 3))
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(150.0)))
        # Whole head, hair above, face in the middle, collar below.
        self.pool = MaskedPool((0.7, 0.7, 0.45, 0.6), ((-0.1, 0.7), (-0.6, 0.35), (0.1, 0.4), (0.7, 0.3)))

    def pixels(self, images):
        small = functional.avg_pool2d(images / 255, POOLED_PIXELS)
        return functional.conv2d(small, self.opponent[:, :, None, None])

    def forward(self, images):
        pixels = self.pixels(images)
        sharpness = self.log_sharpness.exp()
        # Squared distance to every centre as a 1x1 convolution; the pixel's own square cancels in the softmax.
        logits = functional.conv2d(pixels, 2 * sharpness * self.centres[:, :, None, None],
                                   -sharpness * self.centres.square().sum(1))
        return (self.pool(logits.softmax(dim=1)) + 1e-5).sqrt()


class Projection(nn.Module):
    """Standardises a feature vector and projects it; starts as a (partly) whitening PCA of the training crops."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.linear = nn.Linear(inputs, outputs)

    def fit(self, features, power):
        self.centre.copy_(features.mean(0))
        self.scale.copy_(1 / (features.std(0) + 1e-3))
        standard = (features - self.centre) * self.scale
        _, spread, axes = torch.linalg.svd(standard / math.sqrt(len(standard)), full_matrices=False)
        count = min(self.linear.out_features, len(spread))
        with torch.no_grad():
            self.linear.weight.zero_()
            self.linear.weight[:count] = axes[:count] * (spread[:count, None] / spread[0]) ** (-2 * power) / 10
            self.linear.bias.zero_()

    def forward(self, features):
        return self.linear((features - self.centre) * self.scale)


class IdentityNet(nn.Module):
    def __init__(self, backbone_path):
        super().__init__()
        self.trunk = TfjsGraph(backbone_path, TAPS)
        self.pools = nn.ModuleList(MaskedPool((8.0, 0.6)) for _ in TAPS)
        widths = [self.trunk.width(name) for name in self.trunk.outputs]
        self.deep = Projection(2 * sum(widths), DEEP_SIZE)
        self.histogram = SoftHistogram()
        self.colour = Projection(4 * 64, COLOUR_SIZE)
        # How loudly colour speaks beside the deep half; learned.
        self.colour_weight = nn.Parameter(torch.tensor(0.8))

    def describe(self, images):
        """The two raw descriptions before projection."""
        maps = self.trunk(images / 255)
        parts = [functional.normalize(pool(value), dim=1) for pool, value in zip(self.pools, maps)]
        return torch.cat(parts, dim=1), self.histogram(images)

    def parts(self, images):
        deep, colour = self.describe(images)
        return functional.normalize(self.deep(deep), dim=1), functional.normalize(self.colour(colour), dim=1)

    def colour_share(self, images):
        """The weight of the colour half, float32 [N, 1]: near zero where the picture has no colours."""
        axes = self.histogram.pixels(images)[:, 1:]
        chroma = (axes.square().sum(1) + 1e-8).sqrt().mean((1, 2))[:, None]
        return self.colour_weight * torch.sigmoid(CHROMA_SLOPE * (chroma - CHROMA_MIDDLE))

    def join(self, deep, colour, share):
        return functional.normalize(torch.cat([deep, share * colour], dim=1), dim=1)

    def forward(self, images):
        return self.join(*self.parts(images), self.colour_share(images))

    def initialise(self, images, batch=64, seed=0):
        """Fit colour centres (k-means) and both projections on uint8 training crops [N, 3, S, S]."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            sample = torch.cat([self.histogram.pixels(images[i:i + batch].float()).flatten(2)
                                for i in range(0, len(images), batch)])
            points = sample.permute(0, 2, 1).reshape(-1, 3)
            self.histogram.centres.copy_(k_means(points, len(self.histogram.centres), generator))
            described = [self.describe(images[i:i + batch].float()) for i in range(0, len(images), batch)]
            self.deep.fit(torch.cat([deep for deep, _ in described]), 0.35)
            self.colour.fit(torch.cat([colour for _, colour in described]), 0.25)


def k_means(points, count, generator, rounds=12, limit=40_000):
    points = points[torch.randperm(len(points), generator=generator)[:limit]]
    centres = points[torch.randperm(len(points), generator=generator)[:count]].clone()
    for _ in range(rounds):
        nearest = torch.cdist(points, centres).argmin(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        sizes = torch.bincount(nearest, minlength=count).float()
        filled = sizes > 0
        centres[filled] = sums[filled] / sizes[filled, None]
    return centres

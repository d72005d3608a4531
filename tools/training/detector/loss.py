"""Task-aligned assignment and losses of the one-class detector."""

from typing import NamedTuple

import torch
from torch.nn import functional as F

from network import BINS

CANDIDATES = 9  # Cells per face that learn it, the best by score^0.5 * IoU^3 among those whose centre is inside the box.


def pairIou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """IoU of boxes [..., 4] given as corners, broadcasting."""
    low = torch.maximum(a[..., :2], b[..., :2])
    high = torch.minimum(a[..., 2:], b[..., 2:])
    common = (high - low).clamp(min=0).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).clamp(min=0).prod(-1) + (b[..., 2:] - b[..., :2]).clamp(min=0).prod(-1)
    return common / (areas - common + 1e-6)


def generalisedIou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).clamp(min=0).prod(-1) + (b[..., 2:] - b[..., :2]).clamp(min=0).prod(-1)
    iou = pairIou(a, b)
    union = areas / (1 + iou)
    return iou - (hull - union) / (hull + 1e-6)


def padded(rows: list) -> tuple:
    """Boxes [N, K, 4] of lists of boxes [k, 4], filled up with zeros, and a mask [N, K] of the real ones; K is at least 1."""
    most = max(1, *(len(row) for row in rows))
    boxes = torch.stack([F.pad(row, (0, 0, 0, most - len(row))) for row in rows])
    return boxes, torch.arange(most)[None] < torch.tensor([len(row) for row in rows])[:, None]


def inside(centres: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Whether each cell's centre [A, 2] lies in each box [N, K, 4]: [N, A, K]."""
    points = centres[None, :, None]
    return ((points > boxes[:, None, :, :2]) & (points < boxes[:, None, :, 2:])).all(-1)


@torch.no_grad()
def assign(scores: torch.Tensor, boxes: torch.Tensor, faces: torch.Tensor, present: torch.Tensor, centres: torch.Tensor, strides: torch.Tensor) -> tuple:
    """Score targets [N, A] and the face of each positive cell [N, A] (-1 elsewhere); `present` tells real faces from padding."""
    iou = pairIou(boxes[:, :, None], faces[:, None])
    sides = (faces[..., 2:] - faces[..., :2]).amax(-1)[:, None]
    # A face of side s is learnt where 10 bins reach, and not by cells larger than the face.
    reached = strides[None, :, None]
    fits = (sides < 16 * reached) & (sides > 0.7 * reached)
    fits |= (sides <= 8 * 0.7) & (reached == 8)
    nearest = torch.cdist(centres[None], (faces[..., :2] + faces[..., 2:]) / 2)
    merit = scores.sigmoid()[..., None].sqrt() * iou.pow(3) + 1e-6 / (1 + nearest)
    merit = merit * (inside(centres, faces) & fits & present[:, None])
    best = merit.topk(min(CANDIDATES, len(centres)), 1)
    chosen = torch.zeros_like(merit).scatter_(1, best.indices, (best.values > 0).float()) * merit
    value, face = chosen.max(2)
    positive = value > 0
    # The target is the cell's merit scaled so that each face's best cell aims at that face's best IoU.
    top = chosen.amax(1).clamp(min=1e-9)
    reach = (iou * (chosen > 0)).amax(1).clamp(min=0.3)
    return (value / top.gather(1, face) * reach.gather(1, face)) * positive, torch.where(positive, face, -1)


class Truth(NamedTuple):
    """A batch's faces [N, K, 4], which of them are real [N, K], boxes where nothing is to be learnt [N, I, 4] likewise [N, I],
    and `exact` [N], 0..1, the share of the two losses of a face's place."""

    faces: torch.Tensor
    present: torch.Tensor
    ignored: torch.Tensor
    hidden: torch.Tensor
    exact: torch.Tensor

    @staticmethod
    def of(samples: list) -> "Truth":
        """From [(faces, ignored, exact)] per picture."""
        return Truth(*padded([sample[0] for sample in samples]), *padded([sample[1] for sample in samples]), torch.tensor([sample[2] for sample in samples]))

    def to(self, device: torch.device) -> "Truth":
        return Truth(*(part.to(device, non_blocking=True) for part in self))


def detectionLoss(net: torch.nn.Module, output: tuple, truth: Truth, centres: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """Quality focal + 2 * generalised IoU + 0.5 * distribution focal loss."""
    scores, distances = output[0].float(), output[1].float()
    boxes = net.boxes(distances, centres, strides)
    targets, owner = assign(scores, boxes, truth.faces, truth.present, centres, strides)
    cells = owner >= 0
    hidden = (inside(centres, truth.ignored) & truth.hidden[:, None]).any(2)
    error = (targets - scores.sigmoid()).abs().pow(2) * ~(hidden & ~cells)
    quality = (F.binary_cross_entropy_with_logits(scores, targets, reduction="none") * error).sum()
    picture, cell = cells.nonzero(as_tuple=True)
    goal, share = truth.faces[picture, owner[cells]], targets[cells]
    placed = share * truth.exact[picture]
    overlap = ((1 - generalisedIou(boxes[cells], goal)) * placed).sum()
    spread = (distributionLoss(distances[cells], goal, centres[cell], strides[cell]) * placed).sum()
    return (quality + 2 * overlap + 0.5 * spread) / share.sum().clamp(min=4)


def distributionLoss(logits: torch.Tensor, goal: torch.Tensor, centres: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """Cross-entropy on the two bins beside each true distance, mean of the four sides."""
    reach = torch.cat((centres - goal[:, :2], goal[:, 2:] - centres), 1) / strides[:, None]
    reach = reach.clamp(0, BINS - 1.01)
    left = reach.long()
    right = reach - left
    flat = logits.reshape(-1, BINS)
    low = F.cross_entropy(flat, left.flatten(), reduction="none").view_as(reach)
    high = F.cross_entropy(flat, (left + 1).flatten(), reduction="none").view_as(reach)
    return (low * (1 - right) + high * right).mean(1)

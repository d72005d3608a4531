"""Task-aligned assignment and losses of the one-class detector."""

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


@torch.no_grad()
def assign(scores: torch.Tensor, boxes: torch.Tensor, faces: torch.Tensor, centres: torch.Tensor, strides: torch.Tensor) -> tuple:
    """Score targets [A] and the face of each positive cell [A] (-1 elsewhere) for one picture."""
    targets = torch.zeros(len(centres))
    owner = torch.full((len(centres),), -1, dtype=torch.long)
    if len(faces) == 0:
        return targets, owner
    iou = pairIou(boxes[:, None], faces[None])
    inside = ((centres[:, None] > faces[None, :, :2]) & (centres[:, None] < faces[None, :, 2:])).all(-1)
    sides = (faces[:, 2:] - faces[:, :2]).max(1).values
    # A face of side s is learnt where 10 bins reach, and not by cells larger than the face.
    fits = (sides[None] < 16 * strides[:, None]) & (sides[None] > 0.7 * strides[:, None])
    fits |= (sides[None] <= 8 * 0.7) & (strides[:, None] == 8)
    nearest = torch.cdist(centres, (faces[:, :2] + faces[:, 2:]) / 2)
    merit = scores.sigmoid()[:, None].sqrt() * iou.pow(3) + 1e-6 / (1 + nearest)
    merit = merit * (inside & fits)
    best = merit.topk(min(CANDIDATES, len(centres)), 0)
    chosen = torch.zeros_like(merit).scatter_(0, best.indices, (best.values > 0).float()) * merit
    value, face = chosen.max(1)
    positive = value > 0
    owner[positive] = face[positive]
    # The target is the cell's merit scaled so that each face's best cell aims at that face's best IoU.
    top = chosen.max(0).values.clamp(min=1e-9)
    reach = (iou * (chosen > 0)).max(0).values.clamp(min=0.3)
    targets[positive] = (value / top[face] * reach[face])[positive]
    return targets, owner


def detectionLoss(net: torch.nn.Module, output: tuple, truth: list, centres: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """Quality focal + 2 * generalised IoU + 0.5 * distribution focal loss.

    `truth` is [(faces, ignored, exact)] per picture; `exact`, 0..1, is the share of the two losses of a face's place.
    """
    scores, distances = output[0].float(), output[1].float()
    boxes = net.boxes(distances, centres, strides)
    quality, overlap, spread, weight = scores.new_zeros(()), scores.new_zeros(()), scores.new_zeros(()), scores.new_zeros(())
    for index, (faces, ignored, exact) in enumerate(truth):
        targets, owner = assign(scores[index], boxes[index], faces, centres, strides)
        use = torch.ones(len(centres))
        if len(ignored):
            hidden = ((centres[:, None] > ignored[None, :, :2]) & (centres[:, None] < ignored[None, :, 2:])).all(-1).any(1)
            use[hidden & (owner < 0)] = 0
        error = (targets - scores[index].sigmoid()).abs().pow(2)
        quality = quality + (F.binary_cross_entropy_with_logits(scores[index], targets, reduction="none") * error * use).sum()
        cells = owner >= 0
        if cells.any():
            goal, share = faces[owner[cells]], targets[cells]
            overlap = overlap + exact * ((1 - generalisedIou(boxes[index][cells], goal)) * share).sum()
            spread = spread + exact * (distributionLoss(distances[index][cells], goal, centres[cells], strides[cells]) * share).sum()
            weight = weight + share.sum()
    return (quality + 2 * overlap + 0.5 * spread) / weight.clamp(min=4)


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

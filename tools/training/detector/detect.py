"""Runs the net on pictures of any size: letterbox, decoding, suppression, and joined views for self-labelling."""

import cv2
import numpy as np
import torch

from loss import pairIou
from network import FaceDetector, anchorPoints
from precision import reduced


def letterbox(picture: np.ndarray, size: int) -> tuple:
    """Canvas of grey 114, sides rounded up to 32, with the picture centred; its scale and offset (x, y)."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    outer = [(side + 31) // 32 * 32 for side in inner]
    left, top = (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
    canvas = np.full((outer[1], outer[0], 3), 114, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = fitted
    return canvas, scale, (left, top)


def suppress(boxes: torch.Tensor, limit: float) -> list:
    """Indices that greedy suppression keeps; boxes come best first."""
    overlap, chosen = pairIou(boxes[:, None], boxes[None]), []
    for index in range(len(boxes)):
        if all(overlap[index, other] < limit for other in chosen):
            chosen.append(index)
    return chosen


@torch.no_grad()
def detect(net: FaceDetector, picture: np.ndarray, size: int, least: float) -> tuple:
    """Boxes [K, 4] in picture pixels and scores [K] after suppression at IoU 0.5, best first."""
    canvas, scale, offset = letterbox(picture, size)
    boxes, scores = candidates(net, canvas[None], least)[0]
    chosen = suppress(boxes, 0.5)
    return ((boxes[chosen] - torch.tensor(offset * 2)) / scale).numpy(), scores[chosen].numpy()


def candidates(net: FaceDetector, canvases: np.ndarray, least: float) -> list:
    """Boxes [K, 4] and scores [K] above `least` of each canvas, best first, at most 300."""
    device = net.mean.device
    images = torch.from_numpy(np.ascontiguousarray(canvases)).to(device).permute(0, 3, 1, 2).float() / 255
    centres, strides = anchorPoints(*canvases.shape[1:3], device)
    with reduced(device):
        logits, distances = net(images.contiguous(memory_format=torch.channels_last))
    found = []
    for scores, reach in zip(logits.float().sigmoid(), distances):
        kept = (scores > least).nonzero().flatten()
        kept = kept[scores[kept].argsort(descending=True)][:300]
        found.append((net.boxes(reach[None, kept], centres[kept], strides[kept])[0].cpu(), scores[kept].cpu()))
    return found


@torch.no_grad()
def detectTwice(net: FaceDetector, picture: np.ndarray, size: int, least: float) -> tuple:
    """As `detect`, over the picture and its mirror image: means of the boxes that agree; a box seen once has half its score."""
    canvas, scale, offset = letterbox(picture, size)
    width = canvas.shape[1]
    views = []
    for mirrored, (boxes, scores) in enumerate(candidates(net, np.stack((canvas, canvas[:, ::-1])), least / 2)):
        chosen = suppress(boxes, 0.5)
        boxes, scores = boxes[chosen], scores[chosen]
        if mirrored:
            boxes = torch.stack((width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]), 1)
        views.append((boxes, scores))
    (boxes, scores), (others, otherScores) = views
    free = torch.ones(len(others), dtype=torch.bool)
    joined, means = list(boxes.clone()), list(scores / 2)
    for index, box in enumerate(boxes):
        overlap = pairIou(box[None], others) * free if len(others) else torch.zeros(1)
        partner = int(overlap.argmax())
        if overlap[partner] >= 0.5:
            free[partner] = False
            joined[index] = (box + others[partner]) / 2
            means[index] = (scores[index] + otherScores[partner]) / 2
    joined, means = torch.stack([*joined, *others[free], torch.zeros(4)])[:-1], torch.tensor([*means, *otherScores[free] / 2])
    order = means.argsort(descending=True)
    order = order[means[order] > least]
    order = order[suppress(joined[order], 0.5)]
    return ((joined[order] - torch.tensor(offset * 2)) / scale).numpy(), means[order].numpy()

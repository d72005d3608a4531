"""Trains the face detector in two rounds.

    python3 train.py --material material.pkl --start nanodet.pt --resetScores --out detector.pt --minutes 6 5
    python3 train.py --tiny --out /tmp/tiny.pt

Round one learns from heads pasted on face-free art and from located heads. Before round two the net of round one labels
the frames that carry no boxes: sure detections become faces, doubtful ones are left out of the loss. Frames with boxes are
used as they are from the start. `--tiny` trains a few steps on generated pictures and needs no material.
"""

import argparse
import copy
import json
import math
import pickle
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from loss import detectionLoss, pairIou
from network import FaceDetector, anchorPoints
from samples import SIZE, Composer

SURE, DOUBTFUL = 0.45, 0.12  # Scores from which a self-made label counts as a face, or is left out of the loss.
PEAK_RATE, BATCH, DECAY = 6e-4, 16, 0.995


class Stream(IterableDataset):
    def __init__(self, material: dict, seed: int, sceneShare: float) -> None:
        self.composer = Composer(material, seed, sceneShare)

    def __iter__(self):
        while True:
            yield self.composer.sample()


def collate(samples: list) -> tuple:
    images = torch.from_numpy(np.stack([sample[0] for sample in samples])).permute(0, 3, 1, 2)
    truth = [(torch.from_numpy(np.float32(boxes)), torch.from_numpy(np.float32(ignored))) for _, boxes, ignored in samples]
    return images, truth


def trainRound(net: FaceDetector, material: dict, sceneShare: float, seconds: float, steps: int, seed: int) -> FaceDetector:
    """Trains `net` for that time or number of steps, whichever ends first; returns the averaged weights' net."""
    loader = DataLoader(Stream(material, seed, sceneShare), BATCH, collate_fn=collate, num_workers=1 if steps > 50 else 0)
    averaged = copy.deepcopy(net).eval()
    optimiser = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    centres, strides = anchorPoints(SIZE, SIZE)
    begin, mean = time.monotonic(), 0.0
    for step, (images, truth) in enumerate(loader):
        done = max((time.monotonic() - begin) / seconds, step / steps)
        if done >= 1:
            break
        rate = PEAK_RATE * min(1, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        images = (images.float() / 255).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            output = net(images)
        loss = detectionLoss(net, output, truth, centres, strides)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 4.0)
        optimiser.step()
        keep = min(DECAY, (step + 1) / (step + 10))
        with torch.no_grad():
            for slow, fast in zip(averaged.parameters(), net.parameters()):
                slow.lerp_(fast, 1 - keep)
        mean = 0.98 * mean + 0.02 * loss.item() if step else loss.item()
        if step % 50 == 0:
            print(f"step {step} loss {mean:.3f} {step * BATCH / (time.monotonic() - begin):.1f} pictures/s", flush=True)
    return averaged


def letterbox(picture: np.ndarray, size: int) -> tuple:
    """Square picture of grey 114 with the given one centred, scale and offset (x, y)."""
    import cv2

    height, width = picture.shape[:2]
    scale = size / max(height, width)
    fitted = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (size - fitted.shape[1]) // 2, (size - fitted.shape[0]) // 2
    canvas = np.full((size, size, 3), 114, np.uint8)
    canvas[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return canvas, scale, (left, top)


@torch.no_grad()
def detect(net: FaceDetector, picture: np.ndarray, size: int, least: float) -> tuple:
    """Boxes [K, 4] in picture pixels and scores [K] after suppression at IoU 0.5, best first."""
    canvas, scale, (left, top) = letterbox(picture, size)
    image = torch.from_numpy(canvas).permute(2, 0, 1)[None].float() / 255
    centres, strides = anchorPoints(size, size)
    with torch.autocast("cpu", torch.bfloat16):
        scores, distances = net(image.contiguous(memory_format=torch.channels_last))
    scores = scores[0].float().sigmoid()
    kept = (scores > least).nonzero().flatten()
    kept = kept[scores[kept].argsort(descending=True)][:300]
    boxes = net.boxes(distances[:, kept], centres[kept], strides[kept])[0]
    overlap, chosen = pairIou(boxes[:, None], boxes[None]), []
    for index in range(len(kept)):
        if all(overlap[index, other] < 0.5 for other in chosen):
            chosen.append(index)
    moved = (boxes[chosen] - torch.tensor([left, top, left, top])) / scale
    return moved.numpy(), scores[kept[chosen]].numpy()


def labelFrames(net: FaceDetector, frames: list) -> list:
    """Scenes from the frames without boxes, with the net's own sure detections in their place."""
    scenes = []
    for _, picture, boxes in frames:
        if len(boxes):
            continue
        found, scores = detect(net, picture, 448, DOUBTFUL)
        sure = scores >= SURE
        # A frame without any sure face says nothing: its faces may all have been missed.
        if not sure.any():
            continue
        scenes.append((picture, found[sure].astype(np.float32), found[~sure].astype(np.float32)))
    print(f"self-labelled frames: {len(scenes)}, faces {sum(len(scene[1]) for scene in scenes)}", flush=True)
    return scenes


def labelledScenes(frames: list, share: int) -> list:
    """The frames with boxes, each repeated so that they make up about `share` scenes, but at most 12 times."""
    scenes = [(picture, boxes, np.zeros((0, 4), np.float32)) for _, picture, boxes in frames if len(boxes)]
    print(f"labelled frames: {len(scenes)}", flush=True)
    return scenes * min(12, max(1, share // max(1, len(scenes))))


def withLabels(frames: list, path: Path) -> list:
    """Frames with the boxes of a file laid out as `train.json`; frames that it does not name keep their own."""
    given = {}
    for entry in json.loads(path.read_text()):
        boxes = np.array(entry["boxes"], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        given[entry["file"]] = boxes
    return [(file, picture, given.get(file, boxes)) for file, picture, boxes in frames]


def tinyMaterial(seed: int) -> dict:
    """Generated pictures: discs with two eyes on flat grounds."""
    import cv2

    rng = np.random.default_rng(seed)
    heads = []
    for _ in range(8):
        picture = np.full((96, 96, 3), rng.integers(0, 256, 3), np.uint8)
        cv2.circle(picture, (48, 50), 26, (230, 190, 160), -1)
        cv2.circle(picture, (38, 46), 5, (20, 20, 60), -1)
        cv2.circle(picture, (58, 46), 5, (20, 20, 60), -1)
        heads.append((picture, np.array([22, 24, 74, 76], np.float32)))
    blanks = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(4)]
    return {"heads": heads, "scenes": [], "blanks": blanks, "frames": [("generated", heads[0][0], np.zeros((0, 4), np.float32))]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, nargs=2, default=(30, 60), help="minutes of each round; 0 skips the second")
    parser.add_argument("--labels", type=Path, help="boxes for frames, laid out as train.json")
    parser.add_argument("--resetScores", action="store_true", help="start weights come from another class")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    material = tinyMaterial(1) if options.tiny else pickle.loads(options.material.read_bytes())
    steps = 3 if options.tiny else 1_000_000
    net = FaceDetector().to(memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start))
    if options.resetScores:
        # The score bias of a rare class; COCO's person bias would flood the first steps with false boxes.
        with torch.no_grad():
            for layer in net.scores:
                layer.bias.fill_(-4.0)
    if options.labels:
        material["frames"] = withLabels(material["frames"], options.labels)
    first = dict(material, scenes=material["scenes"] + labelledScenes(material["frames"], 400))
    averaged = trainRound(net, first, 0.5, options.minutes[0] * 60, steps, seed=11)
    torch.save(averaged.state_dict(), options.out)
    if options.minutes[1] == 0:
        return
    if options.labels:
        # Read again so that labels may be added while the first round runs.
        material["frames"] = withLabels(material["frames"], options.labels)
    own = labelFrames(averaged, material["frames"])
    second = dict(material, scenes=material["scenes"] + own + labelledScenes(material["frames"], max(400, len(own))))
    net.load_state_dict(averaged.state_dict())
    averaged = trainRound(net, second, 0.7, options.minutes[1] * 60, steps, seed=12)
    torch.save(averaged.state_dict(), options.out)


if __name__ == "__main__":
    main()

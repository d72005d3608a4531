"""AP50, best F1 and false boxes on face-free art of a weights file; draws detections when asked.

    python3 evaluate.py --weights detector.pt --frames ../../../../shared/eval/detection/test --labels test.json \
        --blank FOLDER_OF_FACE_FREE_PICTURES --size 640 --draw sheet.png
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from loss import pairIou
from network import FaceDetector
from prepare import readPicture
from train import detect


def matchFrame(found: np.ndarray, faces: np.ndarray) -> list:
    """Hit or miss of each detection, best first; a face is hit once, at IoU 0.5."""
    free = np.ones(len(faces), bool)
    hits = []
    for box in found:
        overlap = pairIou(torch.tensor(box)[None], torch.from_numpy(faces)).numpy() * free if len(faces) else np.zeros(0)
        hit = len(overlap) > 0 and overlap.max() >= 0.5
        if hit:
            free[overlap.argmax()] = False
        hits.append(hit)
    return hits


def summary(scores: np.ndarray, hits: np.ndarray, faces: int) -> dict:
    """All-point AP50 and precision, recall and F1 at a row of thresholds."""
    order = np.argsort(-scores)
    scores, hits = scores[order], hits[order]
    right = np.cumsum(hits)
    precision, recall = right / (np.arange(len(hits)) + 1), right / faces
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    average = float(np.sum(np.diff(np.concatenate(([0], recall))) * envelope))
    table = {}
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        count = int((scores >= threshold).sum())
        p, r = (float(precision[count - 1]), float(recall[count - 1])) if count else (0.0, 0.0)
        table[threshold] = [round(value, 3) for value in (p, r, 2 * p * r / max(p + r, 1e-9))]
    return {"ap50": round(average, 3), "precision, recall, F1 by threshold": table}


def draw(picture: np.ndarray, found: np.ndarray, scores: np.ndarray, faces: np.ndarray, least: float) -> np.ndarray:
    canvas = np.ascontiguousarray(picture[..., ::-1])
    for box in faces:
        cv2.rectangle(canvas, tuple(int(v) for v in box[:2]), tuple(int(v) for v in box[2:]), (0, 200, 0), 2)
    for box, score in zip(found, scores):
        if score >= least:
            cv2.rectangle(canvas, tuple(int(v) for v in box[:2]), tuple(int(v) for v in box[2:]), (0, 0, 255), 2)
            cv2.putText(canvas, f"{score:.2f}", (int(box[0]), int(box[1]) + 14), 0, 0.5, (0, 0, 255), 1)
    side = 200
    scale = side / max(canvas.shape[:2])
    small = cv2.resize(canvas, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(small, 0, max(0, side - small.shape[0]), 0, max(0, side - small.shape[1]), cv2.BORDER_CONSTANT)[:side, :side]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--blank", type=Path)
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--draw", type=Path)
    options = parser.parse_args()
    net = FaceDetector()
    net.load_state_dict(torch.load(options.weights))
    net = net.eval().to(memory_format=torch.channels_last)
    allScores, allHits, count, tiles = [], [], 0, []
    for entry in json.loads(options.labels.read_text()):
        faces = np.array(entry["boxes"], np.float32).reshape(-1, 4)
        faces[:, 2:] += faces[:, :2]
        picture = readPicture(options.frames / entry["file"], 4096)
        found, scores = detect(net, picture, options.size, 0.02)
        allScores.append(scores)
        allHits.append(np.array(matchFrame(found, faces), bool))
        count += len(faces)
        tiles.append(draw(picture, found, scores, faces, 0.3))
    print(json.dumps(summary(np.concatenate(allScores), np.concatenate(allHits), count), indent=1))
    if options.blank:
        paths = sorted(path for kind in ("*.png", "*.jpg") for path in options.blank.rglob(kind))
        scores = [detect(net, readPicture(path, 640), options.size, 0.2)[1] for path in paths]
        print({threshold: round(sum((s >= threshold).sum() for s in scores) / len(paths), 3) for threshold in (0.3, 0.4, 0.5)}, "false boxes per face-free picture,", len(paths))
    if options.draw:
        rows = [np.hstack(tiles[i : i + 6] + [np.zeros_like(tiles[0])] * (6 - len(tiles[i : i + 6]))) for i in range(0, min(len(tiles), 24), 6)]
        cv2.imwrite(str(options.draw), np.vstack(rows))


if __name__ == "__main__":
    main()

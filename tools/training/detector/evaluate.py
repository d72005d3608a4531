"""AP50, precision, recall and F1 with their spread, and false boxes on face-free art, of a weights file; draws detections.

    python3 evaluate.py --weights detector.pt --frames ../../../../shared/eval/detection/test --labels test.json \
        --blank FOLDER_OF_FACE_FREE_PICTURES --size 448 --threshold 0.4 --draw sheet.png
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from detect import detect
from labelled import readScenes
from loss import pairIou
from network import FaceDetector
from prepare import readPicture

THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


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


def averagePrecision(scores: np.ndarray, hits: np.ndarray, faces: int) -> float:
    """All-point AP50."""
    right = np.cumsum(hits[np.argsort(-scores, kind="stable")])
    precision, recall = right / (np.arange(len(hits)) + 1), right / faces
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(np.concatenate(([0], recall))) * envelope))


def atThreshold(frames: list, threshold: float) -> tuple:
    """Precision, recall and F1 over frames [(scores, hits, faces)]."""
    found = sum(int((scores >= threshold).sum()) for scores, _, _ in frames)
    right = sum(int(hits[scores >= threshold].sum()) for scores, hits, _ in frames)
    faces = sum(faces for _, _, faces in frames)
    return right / max(found, 1), right / max(faces, 1), 2 * right / max(found + faces, 1)


def measure(frames: list, threshold: float) -> tuple:
    """AP50 and F1 over frames [(scores, hits, faces)]."""
    scores, hits = [np.concatenate([frame[part] for frame in frames]) for part in (0, 1)]
    return averagePrecision(scores, hits, sum(frame[2] for frame in frames)), atThreshold(frames, threshold)[2]


def summary(frames: list, threshold: float) -> dict:
    """AP50 and F1 with their standard deviation over 500 draws of frames, and the table of thresholds."""
    rng = np.random.default_rng(1)
    draws = [measure([frames[index] for index in rng.integers(0, len(frames), len(frames))], threshold) for _ in range(500)]
    spread = np.std(draws, 0)
    average, f1 = measure(frames, threshold)
    table = {least: [round(value, 3) for value in atThreshold(frames, least)] for least in THRESHOLDS}
    return {"frames": len(frames), "faces": sum(frame[2] for frame in frames), "ap50": [round(average, 3), round(spread[0], 3)], "f1": [round(f1, 3), round(spread[1], 3)], "precision, recall, F1 by threshold": table}


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


def closeUps(picture: np.ndarray, faces: np.ndarray, wider: float) -> list:
    """Squares about each face of at least 40 px, `wider` times its longer side, with the face's box in them."""
    cuts = []
    for face in faces:
        side = max(face[2:] - face[:2])
        if side < 40:
            continue
        half = np.float32(side * wider / 2)
        middle = (face[:2] + face[2:]) / 2
        low, high = np.maximum(middle - half, 0).astype(int), np.minimum(middle + half, picture.shape[1::-1]).astype(int)
        cuts.append((picture[low[1] : high[1], low[0] : high[0]], face - np.tile(low, 2)))
    return cuts


def closeUpRecall(net: FaceDetector, scenes: list, size: int, threshold: float) -> str:
    """Of faces that fill three quarters of the picture, the share that is found at IoU 0.5."""
    cuts = [cut for picture, faces in scenes for cut in closeUps(picture, faces, 1.33)]
    right = 0
    for picture, face in cuts:
        found, scores = detect(net, picture, size, threshold)
        right += len(found) > 0 and float(pairIou(torch.from_numpy(found), torch.from_numpy(face)[None].float()).max()) >= 0.5
    return f"{right} of {len(cuts)} faces that fill the picture are found at {size} px"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--blank", type=Path)
    parser.add_argument("--size", type=int, default=448)
    parser.add_argument("--threshold", type=float, default=0.4)
    parser.add_argument("--closeUps", type=int, nargs="*", default=(), help="sizes at which faces that fill the picture are looked for")
    parser.add_argument("--draw", type=Path)
    options = parser.parse_args()
    net = FaceDetector()
    net.load_state_dict(torch.load(options.weights))
    net = net.eval().to(memory_format=torch.channels_last)
    frames, tiles, scenes = [], [], readScenes(options.frames, options.labels)
    for picture, faces in scenes:
        found, scores = detect(net, picture, options.size, 0.02)
        frames.append((scores, np.array(matchFrame(found, faces), bool), len(faces)))
        tiles.append(draw(picture, found, scores, faces, options.threshold))
    for name, value in summary(frames, options.threshold).items():
        print(name, value)
    for size in options.closeUps:
        print(closeUpRecall(net, scenes, size, options.threshold))
    if options.blank:
        paths = sorted(path for kind in ("*.png", "*.jpg") for path in options.blank.rglob(kind))
        scores = [detect(net, readPicture(path, 640), options.size, 0.2)[1] for path in paths]
        print({threshold: round(sum((s >= threshold).sum() for s in scores) / len(paths), 3) for threshold in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5)}, "false boxes per face-free picture,", len(paths))
    if options.draw:
        rows = [np.hstack(tiles[i : i + 6] + [np.zeros_like(tiles[0])] * (6 - len(tiles[i : i + 6]))) for i in range(0, min(len(tiles), 24), 6)]
        cv2.imwrite(str(options.draw), np.vstack(rows))


if __name__ == "__main__":
    main()

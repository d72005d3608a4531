"""What a half-trained net adds to its own training material."""

import numpy as np
import torch

from detect import detect, detectTwice
from loss import pairIou
from network import FaceDetector

SURE, DOUBTFUL = 0.6, 0.15  # Scores from which a self-made label counts as a face, or is left out of the loss.
FALSE = 0.2  # A face-free picture with this score is worth seeing again.


def labelFrames(net: FaceDetector, pictures: dict) -> dict:
    """Scenes by name from pictures without boxes: sure detections in two views become faces, doubtful ones are ignored.

    A frame without any sure face is left out: its faces may all have been missed.
    """
    scenes = {}
    for name, picture in pictures.items():
        found, scores = detectTwice(net, picture, 416, DOUBTFUL)
        sure = scores >= SURE
        if sure.any():
            scenes[name] = (picture, found[sure], found[~sure])
    return scenes


def refineHeads(net: FaceDetector, heads: list) -> list:
    """Heads whose constant box is replaced by a sure detection that lies close to it."""
    refined = []
    for picture, box in heads:
        found, scores = detect(net, picture, 192, 0.5)
        overlap = pairIou(torch.from_numpy(box)[None], torch.from_numpy(found)).numpy() if len(found) else np.zeros(1)
        refined.append((picture, found[overlap.argmax()] if overlap.max() > 0.55 else box))
    return refined


def hardBlanks(net: FaceDetector, blanks: list) -> np.ndarray:
    """Indices of the face-free pictures in which the net sees a face."""
    return np.array([index for index, picture in enumerate(blanks) if len(detect(net, picture, 320, FALSE)[0])], np.int64)

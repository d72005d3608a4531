"""What a trained net adds to its own training material: labels of bare pictures, places of faces in head crops, hard blanks.

    python3 selfLabel.py --weights before.pt --material material.pkl --labels labels/train.json --held labels/validation.json --out taught.pkl
"""

import argparse
import pickle
from pathlib import Path

import numpy as np
import torch

from detect import detect, detectTwice
from labelled import barePictures, readLabels, withoutHeld
from loss import pairIou
from network import FaceDetector
from pack import readMaterial

SURE, DOUBTFUL = 0.6, 0.15  # Scores from which a self-made label counts as a face, or is left out of the loss.
FALSE = 0.2  # A face-free picture with this score is worth seeing again.


def labelFrames(net: FaceDetector, pictures: dict) -> dict:
    """(faces, ignored boxes) by name of pictures without boxes: detections sure in two views, and doubtful ones.

    A frame without any sure face is left out: its faces may all have been missed.
    """
    labels = {}
    for name, picture in pictures.items():
        found, scores = detectTwice(net, picture, 416, DOUBTFUL)
        sure = scores >= SURE
        if sure.any():
            labels[name] = (found[sure], found[~sure])
    return labels


def refineHeads(net: FaceDetector, heads: list) -> list:
    """The boxes of the heads; a sure detection that lies close to the constant one takes its place."""
    refined = []
    for picture, box in heads:
        found, scores = detect(net, picture, 192, 0.5)
        overlap = pairIou(torch.from_numpy(box)[None], torch.from_numpy(found)).numpy() if len(found) else np.zeros(1)
        refined.append(found[overlap.argmax()] if overlap.max() > 0.55 else box)
    return refined


def hardBlanks(net: FaceDetector, blanks: list) -> np.ndarray:
    """Indices of the face-free pictures in which the net sees a face."""
    return np.array([index for index, picture in enumerate(blanks) if len(detect(net, picture, 320, FALSE)[0])], np.int64)


def teach(net: FaceDetector, material: dict, labels: dict) -> dict:
    """All of the above for a material."""
    bare = barePictures(material, labels)
    return {"own": labelFrames(net, bare), "heads": refineHeads(net, material["heads"]), "hard": hardBlanks(net, material["blanks"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("weights", "material", "labels", "held", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    net = FaceDetector()
    net.load_state_dict(torch.load(options.weights))
    net = net.eval().to(memory_format=torch.channels_last)
    material = withoutHeld(readMaterial(options.material), readLabels(options.held))
    taught = teach(net, material, readLabels(options.labels))
    options.out.write_bytes(pickle.dumps(taught))
    print({name: len(items) for name, items in taught.items()})


if __name__ == "__main__":
    main()

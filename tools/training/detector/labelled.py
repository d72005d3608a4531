"""Pictures with drawn boxes, on disk and in the material."""

import json
from pathlib import Path

import numpy as np

from prepare import readPicture

NOTHING = np.zeros((0, 4), np.float32)


def readLabels(path: Path | None) -> dict:
    """Boxes [K, 4] as corners by file of lists laid out as `train.json`."""
    given = {}
    for entry in json.loads(path.read_text()) if path else []:
        boxes = np.array(entry["boxes"], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        given[entry["file"]] = boxes
    return given


def readScenes(folder: Path, labels: Path) -> list:
    """[(picture, boxes)] of the labelled frames of a folder."""
    return [(readPicture(folder / file, 4096), boxes) for file, boxes in readLabels(labels).items()]


def withoutHeld(material: dict, held: dict) -> dict:
    return material | {"frames": [frame for frame in material["frames"] if frame[0] not in held]}


def labelledScenes(material: dict, labels: dict) -> list:
    """[(picture, boxes, boxes to ignore)] of the frames with drawn boxes, in `labels` or in the material."""
    return [(picture, labels.get(file, boxes), NOTHING) for file, picture, boxes in material["frames"] if file in labels or len(boxes)]


def barePictures(material: dict, labels: dict) -> dict:
    """The frames without drawn boxes and the whole pictures, by name."""
    frames = {file: picture for file, picture, boxes in material["frames"] if file not in labels and not len(boxes)}
    return frames | {f"whole {index}": picture for index, picture in enumerate(material["wholes"])}

"""Lays labelled frames out in ways that drawn art has and cartoon frames lack: without colour, as manga, tilted, small.

    python3 hardViews.py --frames MEASURED/detection/test --labels MEASURED/detection/test.json --out HARD

`npm run eval -- --data HARD` measures on them. Scenes are (picture, boxes): RGB uint8 and float32 [K, 4] as x1, y1, x2, y2
in its pixels.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from augment import moveBoxes, placement, screentone
from labelled import readScenes
from layOut import layOutScenes

GREY = (114, 114, 114)
TILT_DEGREES = 20
DOT_PX, DOT_DEGREES, DARK, LIGHT = 5, 45, 0.2, 0.75
# Columns and rows, size of a panel, gutter: a page of manga, and a large picture with many small faces.
PAGE, CROWD = ((2, 3), (560, 500), 24), ((4, 4), (640, 360), 0)


def unchanged(picture: np.ndarray, boxes: np.ndarray) -> tuple:
    return picture, boxes


def grey(picture: np.ndarray, boxes: np.ndarray) -> tuple:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), boxes


def printed(picture: np.ndarray, boxes: np.ndarray) -> tuple:
    """As manga, at twice the size, because that is printed finer than a frame is stored."""
    return screentone(picture, DOT_PX, DOT_DEGREES, DARK, LIGHT), boxes * 2


def tilted(picture: np.ndarray, boxes: np.ndarray) -> tuple:
    """Turned about the middle; a face keeps its upright size, so that its box is a little rough."""
    height, width = picture.shape[:2]
    matrix = placement(picture.shape, 1, (width / 2, height / 2), TILT_DEGREES)
    turned = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=GREY)
    moved = moveBoxes(boxes, matrix, 1)
    middles = (moved[:, :2] + moved[:, 2:]) / 2
    inside = ((middles > 0) & (middles < (width, height))).all(1)
    return turned, np.clip(moved[inside], 0, (width, height, width, height))


def surrounded(picture: np.ndarray, boxes: np.ndarray) -> tuple:
    """In the middle of twice its width and height, so that faces are seen at half their size."""
    height, width = picture.shape[:2]
    top, left = height // 2, width // 2
    wide = cv2.copyMakeBorder(picture, top, height - top, left, width - left, cv2.BORDER_CONSTANT, value=GREY)
    return wide, boxes + np.float32([left, top, left, top])


def pages(scenes: list, view, grid: tuple, panel: tuple, gutter: int) -> list:
    """Scenes as the panels of pages, `grid` columns and rows of them, each cut to its panel; a face that is cut by more
    than a third is lost."""
    made, size = [], np.array(panel)
    for at in range(0, len(scenes), grid[0] * grid[1]):
        width, height = (size + gutter) * grid + gutter
        page, kept = np.full((height, width, 3), 255, np.uint8), []
        for index, scene in enumerate(scenes[at : at + grid[0] * grid[1]]):
            picture, boxes = view(*scene)
            scale = max(size / picture.shape[1::-1])
            fitted = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
            cut = (np.array(fitted.shape[1::-1]) - size) // 2
            corner = (size + gutter) * (index % grid[0], index // grid[0]) + gutter
            place = page[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]]
            place[:] = fitted[cut[1] : cut[1] + size[1], cut[0] : cut[0] + size[0]]
            if gutter:
                cv2.rectangle(place, (0, 0), (size[0] - 1, size[1] - 1), (0, 0, 0), 4)
            scaled = boxes * scale - np.tile(cut, 2)
            shown = np.clip(scaled, 0, np.tile(size, 2))
            areas = [np.prod(sides[:, 2:] - sides[:, :2], 1) for sides in (shown, scaled)]
            kept.append(shown[areas[0] > areas[1] * 2 / 3] + np.tile(corner, 2))
        made.append((page, np.concatenate(kept)))
    return made


VIEWS = {"grey": grey, "screentone": printed, "tilted": tilted, "surrounded": surrounded}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    scenes = readScenes(options.frames, options.labels)
    for name, view in VIEWS.items():
        layOutScenes(options.out / "detection", name, [view(*scene) for scene in scenes])
    layOutScenes(options.out / "detection", "pages", pages(scenes, printed, *PAGE))
    layOutScenes(options.out / "detection", "crowds", pages(scenes, unchanged, *CROWD))


if __name__ == "__main__":
    main()

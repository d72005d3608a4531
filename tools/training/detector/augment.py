"""Pixel operations of the training pictures: style, damage and geometry.

Pictures are RGB uint8; boxes are float32 [K, 4] as x1, y1, x2, y2 in pixels.
"""

import cv2
import numpy as np


def colourStyle(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hue, saturation, brightness and contrast shifts; now and then greyscale, posterised, line-art-like, screentoned or damaged."""
    if rng.random() < 0.7:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        levels = np.arange(256, dtype=np.float32)
        tables = [
            (levels + rng.uniform(-25, 25)) % 180,
            (levels * rng.uniform(0.5, 1.5)).clip(0, 255),
            (255 * (levels / 255) ** rng.uniform(0.65, 1.8) * rng.uniform(0.5, 1.25)).clip(0, 255),
        ]
        hsv = cv2.merge([cv2.LUT(channel, table.astype(np.uint8)) for channel, table in zip(cv2.split(hsv), tables)])
        picture = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    kind = rng.random()
    if kind < 0.12:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    elif kind < 0.15:
        step = int(rng.integers(24, 80))
        picture = (picture // step * step + step // 2).clip(0, 255).astype(np.uint8)
    elif kind < 0.19:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 9, 6)
        # Half line art, half screentone: the grey levels stay visible under the lines.
        lines = np.minimum(lines, grey | 128) if rng.random() < 0.5 else lines
        picture = cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB)
    elif kind < 0.29:
        printed = screentone(picture, rng.uniform(3, 9), rng.choice((0, 30, 45, 60)), rng.uniform(0.05, 0.3), rng.uniform(0.55, 0.95))
        # Reduced, as a page is: dots become greys and moiré.
        picture = cv2.resize(printed, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    return damage(picture, rng)


def screentone(picture: np.ndarray, dot: float, degrees: float, dark: float, light: float) -> np.ndarray:
    """The picture as manga is printed, at twice its size: black lines where the light changes, tones as dots.

    Of levels 0 to 1, those below `dark` become ink and those above `light` paper; the dots lie `dot` pixels apart on a grid
    that is turned by `degrees`.
    """
    large = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    level = cv2.equalizeHist(large).astype(np.float32) / 255
    x, y = np.meshgrid(np.arange(large.shape[1], dtype=np.float32), np.arange(large.shape[0], dtype=np.float32))
    turn = 2 * np.pi / dot * np.exp(1j * np.deg2rad(degrees))
    across, down = np.float32(turn.real) * x + np.float32(turn.imag) * y, np.float32(turn.real) * y - np.float32(turn.imag) * x
    # Between 0 and 1 within each cell, lowest in its middle.
    screen = (2 - np.cos(across) - np.cos(down)) / 4
    inked = (level < dark) | ((level < light) & (screen < 0.5 * (1 - level)))
    lines = cv2.adaptiveThreshold(cv2.GaussianBlur(large, (0, 0), 1), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 11, 5)
    page = np.where(inked | (lines == 0), 0, 255).astype(np.uint8)
    return cv2.cvtColor(page, cv2.COLOR_GRAY2RGB)


def damage(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, grain or coarse JPEG, one picture in four."""
    kind = rng.random()
    if kind < 0.07:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.6))
    if kind < 0.13:
        grain = rng.normal(0, rng.uniform(3, 16), picture.shape[:2] + (1,))
        return (picture + grain).clip(0, 255).astype(np.uint8)
    if kind < 0.25:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
        return cv2.imdecode(data, cv2.IMREAD_COLOR)
    return picture


def placement(shape: tuple, scale: float, centre: tuple, angle: float) -> np.ndarray:
    """Affine matrix that scales a picture, turns it by `angle` degrees and moves its middle to `centre`."""
    height, width = shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    matrix[:, 2] += np.array([centre[0] - width / 2, centre[1] - height / 2])
    return matrix


def moveBoxes(boxes: np.ndarray, matrix: np.ndarray, scale: float) -> np.ndarray:
    """Boxes follow their middle and the scale; a turned face keeps its upright size."""
    if len(boxes) == 0:
        return boxes.reshape(0, 4)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    return np.concatenate((centres - half, centres + half), 1).astype(np.float32)


def warp(picture: np.ndarray, matrix: np.ndarray, scale: float, size: int, filling: tuple) -> np.ndarray:
    """The picture on a size x size canvas of the filling colour."""
    method = cv2.INTER_LINEAR
    if scale < 0.6:
        # Reducing by warpAffine alone skips pixels; the mean comes first.
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        matrix = matrix.copy()
        matrix[:, :2] /= scale
    return cv2.warpAffine(picture, matrix, (size, size), flags=method, borderValue=filling)


def clipBoxes(boxes: np.ndarray, size: int) -> tuple:
    """Boxes cut to the canvas and a mask of those of which at least half is left."""
    cut = boxes.clip(0, size)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    left = np.prod((cut[:, 2:] - cut[:, :2]).clip(0), axis=1)
    return cut, (left > 0.5 * area) & (np.sqrt(left) > 5)

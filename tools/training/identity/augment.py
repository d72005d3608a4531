"""Random views of a head crop.

Hair and eye colour are identity, so hue moves little in most views; light, framing and grain move much. One view in three
loses its colours (grey, another hue, lines alone), so that the drawing has to speak for itself.
"""

import cv2
import numpy as np

# Shares of the views that lose their colours.
GREY, HUE, LINES = 0.12, 0.16, 0.05


def random_view(picture, side, rng, others):
    """uint8 [side, side, 3] view of an RGB crop; `others` lends backgrounds, uint8 [N, S, S, 3]."""
    view = picture
    if rng.random() < 0.25:
        view = replace_background(view, rng, others)
    view = jitter_frame(view, side, rng)
    view = jitter_colour(view, rng)
    choice = rng.random()
    if choice < GREY:
        view = grey_of(view)
    elif choice < GREY + HUE:
        view = turn_hue(view, rng.uniform(-np.pi, np.pi))
    elif choice < GREY + HUE + LINES:
        view = lines_of(view, rng)
    if rng.random() < 0.35:
        view = degrade(view, rng)
    if rng.random() < 0.25:
        hide_patch(view, rng)
    return view


def jitter_frame(picture, side, rng):
    source = picture.shape[0]
    scale = side / source * np.exp(rng.uniform(-0.22, 0.25))
    angle = np.clip(rng.normal(0, 9), -25, 25)
    matrix = cv2.getRotationMatrix2D((source / 2, source / 2), angle, scale)
    matrix[:, 2] += side / 2 - source / 2 + rng.uniform(-0.09, 0.09, 2) * side
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += side - 1
    border = cv2.BORDER_REFLECT_101 if rng.random() < 0.6 else cv2.BORDER_CONSTANT
    return cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_AREA if scale < 0.7 else cv2.INTER_LINEAR,
                          borderMode=border, borderValue=(114, 114, 114))


def replace_background(picture, rng, others):
    """Keeps a soft ellipse around the head and fills the rest with a colour or another crop, blurred."""
    side = picture.shape[0]
    mask = np.zeros((side, side), np.float32)
    centre = (int(side * rng.uniform(0.46, 0.54)), int(side * rng.uniform(0.46, 0.56)))
    axes = (int(side * rng.uniform(0.36, 0.48)), int(side * rng.uniform(0.40, 0.52)))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), side * rng.uniform(0.01, 0.05))[..., None]
    if rng.random() < 0.5:
        background = np.broadcast_to(rng.integers(0, 256, 3), picture.shape)
    else:
        background = cv2.GaussianBlur(others[rng.integers(len(others))], (0, 0), rng.uniform(1, 12))
        background = background[::-1] if rng.random() < 0.5 else background
    return (picture * mask + background * (1 - mask)).astype(np.uint8)


def jitter_colour(picture, rng):
    value = picture.astype(np.float32) / 255
    if rng.random() < 0.8:
        value = value ** np.exp(rng.uniform(-0.35, 0.35))
        value = (value - 0.5) * rng.uniform(0.7, 1.25) + 0.5 + rng.uniform(-0.1, 0.1)
        value = value * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    if rng.random() < 0.5:
        grey = value @ np.array([0.299, 0.587, 0.114], np.float32)
        value = grey[..., None] + (value - grey[..., None]) * (0 if rng.random() < 0.05 else rng.uniform(0.55, 1.35))
    if rng.random() < 0.3:
        # At most 12 degrees.
        value = value @ hue_matrix(rng.uniform(-0.2, 0.2))
    if rng.random() < 0.2:
        # Light from one side.
        ramp = np.linspace(-1, 1, picture.shape[0], dtype=np.float32) * rng.uniform(-0.3, 0.3)
        value = value * (1 + (ramp[:, None, None] if rng.random() < 0.5 else ramp[None, :, None]))
    return (np.clip(value, 0, 1) * 255).astype(np.uint8)


def hue_matrix(angle):
    """Rotation of RGB about the grey axis, float32 [3, 3]."""
    third, root = (1 - np.cos(angle)) / 3, np.sin(angle) / np.sqrt(3)
    matrix = np.full((3, 3), third) + np.cos(angle) * np.eye(3)
    matrix += root * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    return matrix.astype(np.float32)


def turn_hue(picture, angle):
    return np.clip(picture.astype(np.float32) @ hue_matrix(angle), 0, 255).astype(np.uint8)


def grey_of(picture):
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def lines_of(picture, rng):
    """Dark lines on white: where the picture is darker than its surroundings."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = rng.uniform(0.6, 1.2)
    darker = cv2.GaussianBlur(grey, (0, 0), fine) - cv2.GaussianBlur(grey, (0, 0), fine * rng.uniform(2, 4))
    lines = np.clip(255 + darker * rng.uniform(5, 12), 0, 255).astype(np.uint8)
    return cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB)


def degrade(picture, rng):
    side = picture.shape[0]
    choice = rng.random()
    if choice < 0.4:
        small = int(side * rng.uniform(0.25, 0.8))
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        return cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR)
    if choice < 0.6:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.5))
    if choice < 0.8:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))])[1]
        return cv2.imdecode(coded, cv2.IMREAD_COLOR)
    noise = rng.normal(0, rng.uniform(3, 14), picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def hide_patch(picture, rng):
    side = picture.shape[0]
    height, width = (rng.uniform(0.12, 0.35, 2) * side).astype(int)
    top, left = rng.integers(0, side - height), rng.integers(0, side - width)
    picture[top:top + height, left:left + width] = rng.integers(0, 256, 3)

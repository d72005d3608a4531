"""Training pictures: heads pasted on face-free art, located heads in whole pictures, labelled or self-labelled frames.

Everything is drawn from one seeded generator. Pictures are RGB uint8; boxes are float32 [K, 4] as x1, y1, x2, y2 in pixels.
"""

import numpy as np
import cv2

SIZE = 320


def colourStyle(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hue, saturation and brightness shifts; now and then greyscale, posterised, line-art-like or blurred."""
    if rng.random() < 0.7:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + rng.uniform(-25, 25)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.5, 1.5), 0, 255)
        hsv[..., 2] = np.clip(hsv[..., 2] * rng.uniform(0.55, 1.35), 0, 255)
        picture = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    kind = rng.random()
    if kind < 0.12:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    elif kind < 0.16:
        step = int(rng.integers(24, 80))
        picture = (picture // step * step + step // 2).clip(0, 255).astype(np.uint8)
    elif kind < 0.20:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 9, 6)
        picture = cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB)
    elif kind < 0.27:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.6))
    return picture


def warp(picture: np.ndarray, boxes: np.ndarray, scale: float, offset: tuple, angle: float, size: int) -> tuple:
    """Scales, turns by `angle` degrees about the centre and moves the picture onto a size x size canvas of grey 114."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    matrix[:, 2] += np.array([offset[0] - width / 2, offset[1] - height / 2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = cv2.warpAffine(picture, matrix, (size, size), flags=method, borderValue=(114, 114, 114))
    if len(boxes) == 0:
        return canvas, boxes
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    return canvas, np.concatenate((centres - half, centres + half), 1).astype(np.float32)


def clipBoxes(boxes: np.ndarray, size: int) -> tuple:
    """Boxes cut to the canvas and a mask of those of which at least half is left."""
    cut = boxes.clip(0, size)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    left = np.prod((cut[:, 2:] - cut[:, :2]).clip(0), axis=1)
    return cut, (left > 0.5 * area) & (np.sqrt(left) > 5)


class Composer:
    """Draws training samples from `material`, a dict of `heads`, `scenes` and `blanks`.

    heads: [(picture, box)], scenes: [(picture, boxes, ignored)], blanks: [picture] without any face.
    """

    def __init__(self, material: dict, seed: int, sceneShare: float) -> None:
        self.material = material
        self.rng = np.random.default_rng(seed)
        self.sceneShare = sceneShare

    def sample(self) -> tuple:
        """One picture [SIZE, SIZE, 3], its boxes and the boxes inside which nothing is to be learnt."""
        chance = self.rng.random()
        if self.material["scenes"] and chance < self.sceneShare:
            mosaic = self.rng.random() < 0.35
            picture, boxes, ignored = self.mosaic() if mosaic else self.scene(SIZE)
        elif chance > 0.93:
            picture, boxes, ignored = self.blank(SIZE), np.zeros((0, 4), np.float32), np.zeros((0, 4), np.float32)
        else:
            picture, boxes, ignored = self.pasted()
        if self.rng.random() < 0.5:
            picture = picture[:, ::-1]
            boxes, ignored = [np.stack((SIZE - b[:, 2], b[:, 1], SIZE - b[:, 0], b[:, 3]), 1) for b in (boxes, ignored)]
        return colourStyle(np.ascontiguousarray(picture), self.rng), boxes, ignored

    def scene(self, size: int) -> tuple:
        rng = self.rng
        picture, boxes, ignored = self.material["scenes"][rng.integers(len(self.material["scenes"]))]
        height, width = picture.shape[:2]
        scale = size / max(height, width) * float(np.exp(rng.uniform(-0.5, 0.8)))
        slack = np.array([size - width * scale, size - height * scale])
        offset = np.array([width, height]) * scale / 2 + slack * rng.random(2)
        angle = float(rng.normal(0, 9)) if rng.random() < 0.4 else 0.0
        both = np.concatenate((boxes, ignored))
        canvas, moved = warp(picture, both, scale, tuple(offset), angle, size)
        moved, kept = clipBoxes(moved, size)
        # A face mostly cut off is neither a positive nor background.
        own = np.arange(len(both)) < len(boxes)
        return canvas, moved[own & kept], moved[~(own & kept)]

    def mosaic(self) -> tuple:
        half = SIZE // 2
        canvas = np.empty((SIZE, SIZE, 3), np.uint8)
        boxes, ignored = [], []
        for index in range(4):
            left, top = index % 2 * half, index // 2 * half
            picture, own, skipped = self.scene(half)
            canvas[top : top + half, left : left + half] = picture
            shift = np.array([left, top, left, top], np.float32)
            boxes.append(own + shift)
            ignored.append(skipped + shift)
        return canvas, np.concatenate(boxes), np.concatenate(ignored)

    def blank(self, size: int) -> np.ndarray:
        """Face-free art: a scaled cut of a picture, a tiling, flat colour, a gradient, noise or text."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.75:
            picture = self.material["blanks"][rng.integers(len(self.material["blanks"]))]
            least = size / min(picture.shape[:2])
            scale = least * float(np.exp(rng.uniform(0, 0.9))) if least < 3 else float(rng.uniform(1, 3))
            if least >= 3:
                picture = np.tile(picture, (int(np.ceil(size / picture.shape[0])), int(np.ceil(size / picture.shape[1])), 1))[:size, :size]
                scale = 1.0
            height, width = picture.shape[:2]
            slack = np.array([width * scale - size, height * scale - size]).clip(0)
            offset = np.array([width, height]) * scale / 2 - slack * rng.random(2)
            return warp(picture, np.zeros((0, 4), np.float32), scale, tuple(offset), 0.0, size)[0]
        first, second = rng.integers(0, 256, (2, 3))
        ramp = np.linspace(0, 1, size)[:, None, None]
        canvas = np.broadcast_to(first * (1 - ramp) + second * ramp, (size, size, 3)).astype(np.float32)
        if kind < 0.85:
            canvas = canvas + rng.normal(0, rng.uniform(1, 40), (size, size, 3))
        canvas = np.ascontiguousarray(canvas.clip(0, 255).astype(np.uint8))
        if kind > 0.92:
            self.shapes(canvas)
        return canvas

    def shapes(self, canvas: np.ndarray) -> None:
        """Circles, frames and words, as interface art has them."""
        rng = self.rng
        size = canvas.shape[0]
        for _ in range(int(rng.integers(2, 14))):
            x, y = [int(v) for v in rng.integers(0, size, 2)]
            colour = [int(v) for v in rng.integers(0, 256, 3)]
            kind = rng.random()
            if kind < 0.35:
                cv2.ellipse(canvas, (x, y), tuple(int(v) for v in rng.integers(4, 60, 2)), 0, 0, 360, colour, -1 if rng.random() < 0.6 else 2)
            elif kind < 0.6:
                cv2.rectangle(canvas, (x, y), (x + int(rng.integers(8, 140)), y + int(rng.integers(8, 60))), colour, -1 if rng.random() < 0.6 else 2)
            else:
                word = "".join(chr(int(c)) for c in rng.integers(48, 123, int(rng.integers(2, 9))))
                cv2.putText(canvas, word, (x, y), int(rng.integers(0, 5)), float(rng.uniform(0.4, 2)), colour, int(rng.integers(1, 4)))

    def pasted(self) -> tuple:
        """One to five heads on face-free art, with a soft mask; blank patches get the same masks without a label."""
        rng = self.rng
        canvas = self.blank(SIZE).astype(np.float32)
        boxes = np.zeros((0, 4), np.float32)
        for _ in range(int(rng.integers(1, 6))):
            real = rng.random() < 0.8
            if real:
                picture, box = self.material["heads"][rng.integers(len(self.material["heads"]))]
            else:
                picture, box = self.blank(160), np.zeros(4, np.float32)
            scale = float(np.exp(rng.uniform(np.log(28), np.log(520)))) / picture.shape[0]
            centre = rng.uniform(0.1 * SIZE, 0.9 * SIZE, 2)
            angle = float(rng.normal(0, 14))
            mask = self.mask(picture.shape[:2])
            patch, moved = warp(picture, box[None], scale, tuple(centre), angle, SIZE)
            alpha = self.cover(mask, scale, tuple(centre), angle)
            cut, kept = clipBoxes(moved, SIZE)
            covered = self.covers(boxes, moved[0], scale * picture.shape[0]) or (real and not kept[0])
            if covered:
                continue
            canvas = canvas * (1 - alpha) + patch * alpha
            if real:
                boxes = np.concatenate((boxes, cut))
        return canvas.astype(np.uint8), boxes, np.zeros((0, 4), np.float32)

    def mask(self, shape: tuple) -> np.ndarray:
        height, width = shape
        if self.rng.random() < 0.25:
            return np.ones((height, width), np.float32)
        mask = np.zeros((height, width), np.float32)
        axes = (int(width * self.rng.uniform(0.38, 0.52)), int(height * self.rng.uniform(0.42, 0.56)))
        cv2.ellipse(mask, (width // 2, int(height * 0.54)), axes, 0, 0, 360, 1.0, -1)
        return cv2.GaussianBlur(mask, (0, 0), max(0.6, width * self.rng.uniform(0.005, 0.05)))

    def cover(self, mask: np.ndarray, scale: float, centre: tuple, angle: float) -> np.ndarray:
        height, width = mask.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
        matrix[:, 2] += np.array([centre[0] - width / 2, centre[1] - height / 2])
        return cv2.warpAffine(mask, matrix, (SIZE, SIZE), borderValue=0.0)[..., None]

    def covers(self, boxes: np.ndarray, box: np.ndarray, side: float) -> bool:
        """Whether a square patch about `box` would hide part of an earlier face."""
        if len(boxes) == 0:
            return False
        middle = (box[:2] + box[2:]) / 2
        low, high = middle - side * 0.55, middle + side * 0.55
        return bool(((boxes[:, 0] < high[0]) & (boxes[:, 2] > low[0]) & (boxes[:, 1] < high[1]) & (boxes[:, 3] > low[1])).any())

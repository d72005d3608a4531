"""Training pictures: labelled or self-labelled frames, pasted heads and sprites, generated scenes, face-free art.

Everything is drawn from one seeded generator. Pictures are RGB uint8; boxes are float32 [K, 4] as x1, y1, x2, y2 in pixels.
"""

import cv2
import numpy as np

from augment import clipBoxes, colourStyle, moveBoxes, placement, warp
from labelled import NOTHING

GREY = (114, 114, 114)
# Shares of the kinds of pictures. Few drawn boxes leave a part of their share to self-made ones, so that they are not learnt
# by heart; a kind without material leaves its share to the others.
SHARES = {"labelled": 0.58, "own": 0.1, "pasted": 0.17, "generated": 0.04, "blank": 0.11}
ENOUGH_LABELLED = 400
# The engine's closer look at a face (`detector.refinement` of the manifest): so many sides of it in so many pixels.
CLOSER_SIDE, VIEW_SIDES = 192, 2.5
# How much the place of a box teaches, by kind; in the others it is the net's own, or one constant for all heads of a set.
EXACT, ROUGH = 1.0, 0.25
DRAWN_KINDS = ("labelled", "generated")


class Composer:
    """Draws training samples from `material`.

    labelled, own, generated: [(picture, boxes, ignored)] scenes with drawn, self-made and generated boxes;
    heads: [(picture, box)]; sprites: [(picture with alpha, box)]; blanks: [picture] without any face;
    hard: indices of blanks that the net took for faces.
    """

    def __init__(self, material: dict, seed: int) -> None:
        self.material = material
        self.rng = np.random.default_rng(seed)
        lent = SHARES["labelled"] * max(0.0, 1 - len(material["labelled"]) / ENOUGH_LABELLED) if material["own"] else 0.0
        shares = SHARES | {"labelled": SHARES["labelled"] - lent, "own": SHARES["own"] + lent}
        present = {kind: share for kind, share in shares.items() if kind in ("pasted", "blank") or material[kind]}
        self.kinds = list(present)
        self.shares = np.array(list(present.values())) / sum(present.values())

    def sample(self, size: int) -> tuple:
        """One picture [size, size, 3], its boxes, the boxes inside which nothing is to be learnt, and how exact the former are.

        Of CLOSER_SIDE it is a closer look.
        """
        kind = self.rng.choice(self.kinds, p=self.shares)
        if kind == "blank":
            picture, boxes, ignored = self.blank(size), NOTHING, NOTHING
        elif kind == "pasted":
            picture, boxes, ignored = self.portrait(size) if self.rng.random() < 0.4 else self.pasted(size)
        elif size == CLOSER_SIDE:
            picture, boxes, ignored = self.closer(kind, size)
        elif self.rng.random() < 0.25:
            picture, boxes, ignored = self.mosaic(kind, size)
        else:
            picture, boxes, ignored = self.scene(kind, size, 1.0)
        if self.rng.random() < 0.12:
            picture = self.occlude(picture, boxes)
        if self.rng.random() < 0.5:
            picture = picture[:, ::-1]
            boxes, ignored = [np.stack((size - b[:, 2], b[:, 1], size - b[:, 0], b[:, 3]), 1) for b in (boxes, ignored)]
        return colourStyle(np.ascontiguousarray(picture), self.rng), boxes, ignored, EXACT if kind in DRAWN_KINDS else ROUGH

    def pick(self, kind: str):
        return self.material[kind][self.rng.integers(len(self.material[kind]))]

    def angle(self) -> float:
        """Degrees: mostly upright, one in four tilted by up to 30."""
        return float(self.rng.uniform(-30, 30)) if self.rng.random() < 0.25 else float(self.rng.normal(0, 3))

    def filling(self) -> tuple:
        return GREY if self.rng.random() < 0.6 else tuple(int(v) for v in self.rng.integers(0, 256, 3))

    def scene(self, kind: str, size: int, reduction: float) -> tuple:
        """A view of a scene: about its own size, or so close that one face fills the view."""
        rng = self.rng
        picture, boxes, ignored = self.pick(kind)
        height, width = picture.shape[:2]
        # Frames are 448 px wide and measured at that size.
        scale = reduction * 448 / max(height, width) * float(np.exp(rng.uniform(-0.75, 0.45)))
        middle = rng.random(2) * (width, height)
        if len(boxes) and rng.random() < 0.75:
            box = boxes[rng.integers(len(boxes))]
            side = max(box[2:] - box[:2])
            if rng.random() < 0.22 and side > 24:
                scale = size / side * float(rng.uniform(0.45, 1.0))
            middle = (box[:2] + box[2:]) / 2 + rng.uniform(-0.45, 0.45, 2) * max(0.0, size / scale - side)
        # The view stays on the picture where the picture is larger than it.
        reach = np.minimum(size / scale / 2, np.array((width, height)) / 2)
        middle = np.clip(middle, reach, np.array((width, height)) - reach)
        if size / scale > max(width, height):
            middle = np.array((width, height)) / 2 + rng.uniform(-0.5, 0.5, 2) * (size / scale - np.array((width, height)))
        return self.view(picture, boxes, ignored, size, scale, middle)

    def closer(self, kind: str, size: int) -> tuple:
        """A view around one face, about as wide and as well centred as a first look places it."""
        picture, boxes, ignored = self.pick(kind)
        if len(boxes) == 0:
            return self.scene(kind, size, 1.0)
        box = boxes[self.rng.integers(len(boxes))]
        side = max(box[2:] - box[:2])
        scale = size / (VIEW_SIDES * side) * float(np.exp(self.rng.normal(0, 0.2)))
        middle = (box[:2] + box[2:]) / 2 + self.rng.normal(0, 0.12, 2) * side
        return self.view(picture, boxes, ignored, size, scale, middle)

    def view(self, picture: np.ndarray, boxes: np.ndarray, ignored: np.ndarray, size: int, scale: float, middle: np.ndarray) -> tuple:
        """The part of a scene around the point `middle`, mostly upright, and what of its boxes lies in it."""
        height, width = picture.shape[:2]
        centre = size / 2 + (np.array((width, height)) / 2 - middle) * scale
        matrix = placement(picture.shape, scale, tuple(centre), self.angle())
        canvas = warp(picture, matrix, scale, size, self.filling())
        both = np.concatenate((boxes, ignored))
        moved, kept = clipBoxes(moveBoxes(both, matrix, scale), size)
        # A face mostly cut off is neither a positive nor background.
        own = np.arange(len(both)) < len(boxes)
        return canvas, moved[own & kept], moved[~(own & kept)]

    def mosaic(self, kind: str, size: int) -> tuple:
        half = size // 2
        canvas = np.empty((size, size, 3), np.uint8)
        boxes, ignored = [], []
        for index in range(4):
            left, top = index % 2 * half, index // 2 * half
            picture, own, skipped = self.scene(kind, half, 0.75)
            canvas[top : top + half, left : left + half] = picture
            shift = np.array([left, top, left, top], np.float32)
            boxes.append(own + shift)
            ignored.append(skipped + shift)
        return canvas, np.concatenate(boxes), np.concatenate(ignored)

    def blank(self, size: int) -> np.ndarray:
        """Part of a face-free picture, sometimes one that the net was wrong about, or generated shapes and words."""
        rng = self.rng
        if rng.random() < 0.12:
            canvas = cv2.resize(rng.integers(0, 256, (int(rng.integers(2, 12)),) * 2 + (3,), np.uint8), (size, size), interpolation=int(rng.integers(0, 3)))
            self.shapes(canvas)
            return canvas
        hard = self.material["hard"]
        picture = self.material["blanks"][rng.choice(hard)] if len(hard) and rng.random() < 0.4 else self.pick("blanks")
        height, width = picture.shape[:2]
        scale = size / min(height, width) * float(rng.uniform(0.8, 2.0))
        if rng.random() < 0.3:
            scale = size / max(height, width) * float(rng.uniform(0.3, 1.0))
        slack = np.array([width, height]) * scale - size
        centre = size / 2 + rng.uniform(-0.5, 0.5, 2) * slack
        matrix = placement(picture.shape, scale, tuple(centre), self.angle())
        canvas = warp(picture, matrix, scale, size, self.filling())
        if rng.random() < 0.25:
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

    def portrait(self, size: int) -> tuple:
        """One head crop that fills the view, as icons and avatars do."""
        picture, box = self.pick("heads")
        scale = size / picture.shape[0] * float(self.rng.uniform(0.55, 1.35))
        slack = abs(size - picture.shape[0] * scale)
        centre = size / 2 + self.rng.uniform(-0.5, 0.5, 2) * slack
        matrix = placement(picture.shape, scale, tuple(centre), self.angle() / 2)
        canvas = warp(picture, matrix, scale, size, self.filling())
        cut, kept = clipBoxes(moveBoxes(box[None], matrix, scale), size)
        return canvas, cut[kept], cut[~kept]

    def pasted(self, size: int) -> tuple:
        """Up to five heads or sprites on face-free art; blank patches get the same masks without a label."""
        rng = self.rng
        canvas = self.blank(size).astype(np.float32)
        boxes = NOTHING
        for _ in range(int(rng.integers(1, 6))):
            patch, mask, box, middle = self.patch()
            face = max(box[2:] - box[:2]) if len(box) else 0.58 * patch.shape[0]
            scale = float(np.exp(rng.uniform(np.log(10), np.log(0.6 * size)))) / face
            centre = rng.uniform(0.1 * size, 0.9 * size, 2) + (np.array(patch.shape[1::-1]) / 2 - middle) * scale
            matrix = placement(patch.shape, scale, tuple(centre), self.angle())
            alpha = warp(mask, matrix, scale, size, (0,))[..., None]
            # An earlier face must stay visible: at most a tenth of it may be covered.
            if any(alpha[int(b[1]) : int(b[3]) + 1, int(b[0]) : int(b[2]) + 1].mean() > 0.1 for b in boxes):
                continue
            cut, kept = clipBoxes(moveBoxes(box.reshape(-1, 4), matrix, scale), size)
            isOutside = np.prod((cut[:, 2:] - cut[:, :2]).clip(0), axis=1) == 0
            if not (kept | isOutside).all():
                continue
            canvas = canvas * (1 - alpha) + warp(patch, matrix, scale, size, (0, 0, 0)) * alpha
            boxes = np.concatenate((boxes, cut[kept]))
        return canvas.astype(np.uint8), boxes, NOTHING

    def patch(self) -> tuple:
        """Picture, mask 0..1, face box ([0] where the patch shows none) of something to paste, and the point to look at.

        That point is the face's middle, or somewhere on a sprite: hands, belts and folds alone are no faces.
        """
        chance = self.rng.random()
        if self.material["sprites"] and chance < 0.4:
            picture, box = self.pick("sprites")
            middle = (box[:2] + box[2:]) / 2
            if self.rng.random() < 0.35:
                middle = self.rng.random(2) * picture.shape[1::-1]
            return picture[..., :3], picture[..., 3].astype(np.float32) / 255, box, middle
        if chance < 0.85:
            picture, box = self.pick("heads")
            return picture, self.mask(picture.shape[:2]), box, (box[:2] + box[2:]) / 2
        picture = self.blank(160)
        return picture, self.mask(picture.shape[:2]), np.zeros(0, np.float32), np.array((80, 80))

    def mask(self, shape: tuple) -> np.ndarray:
        height, width = shape
        if self.rng.random() < 0.25:
            return np.ones((height, width), np.float32)
        mask = np.zeros((height, width), np.float32)
        axes = (int(width * self.rng.uniform(0.38, 0.52)), int(height * self.rng.uniform(0.42, 0.56)))
        cv2.ellipse(mask, (width // 2, int(height * 0.54)), axes, 0, 0, 360, 1.0, -1)
        return cv2.GaussianBlur(mask, (0, 0), max(0.6, width * self.rng.uniform(0.005, 0.05)))

    def occlude(self, picture: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Covers up to two fifths of each face with a piece of face-free art."""
        picture = np.ascontiguousarray(picture)
        for x1, y1, x2, y2 in boxes.astype(int):
            width, height = int((x2 - x1) * self.rng.uniform(0.2, 0.6)), int((y2 - y1) * self.rng.uniform(0.2, 0.6))
            if min(width, height) < 3:
                continue
            left, top = int(self.rng.integers(x1, x2 - width + 1)), int(self.rng.integers(y1, y2 - height + 1))
            cover = cv2.resize(self.pick("blanks"), (64, 64))
            picture[top : top + height, left : left + width] = cv2.resize(cover, (width, height))
        return picture

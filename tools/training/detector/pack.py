"""Stores a material with its pictures as WebP, some thirty times smaller, to train on another machine.

    python3 pack.py --material material.pkl --labels labels/train.json --held labels/validation.json --quality 80 --out packed.pkl

Held frames are left out, and so are frames without drawn boxes unless `--bare` is given. `train.py` reads either kind of file.
"""

import argparse
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from labelled import readLabels, withoutHeld

PACKED = "packed"
ALPHA = 4


def encode(picture: np.ndarray, quality: int) -> bytes:
    """RGB or RGBA uint8 to WebP."""
    method = cv2.COLOR_RGBA2BGRA if picture.shape[2] == ALPHA else cv2.COLOR_RGB2BGR
    return cv2.imencode(".webp", cv2.cvtColor(picture, method), [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()


def decode(data: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA if picture.shape[2] == ALPHA else cv2.COLOR_BGR2RGB)


def converted(value, convert, kind: type, pool: ThreadPoolExecutor):
    """The same nested lists and tuples with every picture (or its bytes) converted; futures are resolved by `resolved`."""
    if isinstance(value, (list, tuple)):
        return type(value)(converted(item, convert, kind, pool) for item in value)
    isPicture = isinstance(value, kind) and (kind is bytes or (value.dtype == np.uint8 and value.ndim == 3))
    return pool.submit(convert, value) if isPicture else value


def resolved(value):
    if isinstance(value, (list, tuple)):
        return type(value)(resolved(item) for item in value)
    return value.result() if hasattr(value, "result") else value


def readMaterial(path: Path) -> dict:
    """What `prepare.py` or `main` below wrote."""
    material = pickle.loads(path.read_bytes())
    if not material.pop(PACKED, False):
        return material
    with ThreadPoolExecutor() as pool:
        pending = {name: converted(items, decode, bytes, pool) for name, items in material.items()}
        unpacked = {name: resolved(items) for name, items in pending.items()}
    # WebP leaves out an alpha channel that hides nothing.
    return unpacked | {"sprites": [(withAlpha(picture), *rest) for picture, *rest in unpacked["sprites"]]}


def withAlpha(picture: np.ndarray) -> np.ndarray:
    return picture if picture.shape[2] == ALPHA else np.dstack((picture, np.full(picture.shape[:2], 255, np.uint8)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("material", "labels", "held", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--quality", type=int, default=80, help="of WebP, 0 to 100")
    parser.add_argument("--bare", action="store_true", help="keep frames without drawn boxes")
    options = parser.parse_args()
    material = withoutHeld(pickle.loads(options.material.read_bytes()), readLabels(options.held))
    if not options.bare:
        labels = readLabels(options.labels)
        material["frames"] = [frame for frame in material["frames"] if frame[0] in labels or len(frame[2])]
    with ThreadPoolExecutor() as pool:
        pending = {name: converted(items, lambda picture: encode(picture, options.quality), np.ndarray, pool) for name, items in material.items()}
        packed = {name: resolved(items) for name, items in pending.items()}
    options.out.write_bytes(pickle.dumps(packed | {PACKED: True}))
    print({name: round(len(pickle.dumps(items)) / 1e6, 1) for name, items in packed.items()}, "MB")


if __name__ == "__main__":
    main()

"""What the engine saw of the labelled pictures (`gather.ts`), and which of them each split holds out."""

import json
from pathlib import Path

import numpy as np

from data import Crops, split_by_character

HEAD_SIDE, LOOK_SIZE, IDENTITY_SIZE = 112, 224, 256
# The whole cards have one character more than the card heads, in this place of the same order (no head of it was cut out).
HEADLESS_CARD = 17


class Seen:
    """Arrays over all pictures: sets, characters, artworks, looks float32 [N, 224], head (row of `heads`, -1 without one)."""

    def __init__(self, cache):
        cache = Path(cache)
        pictures = json.loads((cache / "engine.json").read_text())["pictures"]
        self.sets = np.array([one["set"] for one in pictures])
        self.characters = np.array([head_character(one["character"]) for one in pictures])
        self.artworks = np.array([one["artwork"] for one in pictures])
        self.head = np.array([-1 if one["head"] is None else one["head"] for one in pictures])
        self.looks = np.fromfile(cache / "looks.f32", "<f4").reshape(-1, LOOK_SIZE)
        self.heads = np.fromfile(cache / "heads.u8", np.uint8).reshape(-1, HEAD_SIDE, HEAD_SIDE, 3)
        self.labels = np.unique(self.characters, return_inverse=True)[1]
        self.works = np.unique(self.artworks, return_inverse=True)[1]
        # A card of a character whose head was also cut out of streams: left out of the figures of cards.
        self.twins = (self.sets == "faces/card_heads") & np.char.startswith(self.characters, "vtuber")

    def __len__(self):
        return len(self.sets)

    def held_out(self, crops, split):
        """Mask of the pictures, whole ones too, whose characters the split keeps from training."""
        held = np.unique(crops.characters[split_by_character(crops, split)])
        untrained = ~np.isin(self.characters, crops.names)
        return np.isin(self.characters, held) | untrained


def head_character(name):
    """`<set>/<number>` as `data.build_cache` names the characters that training may see; whole pictures join their heads."""
    kind, place, number = name.split("/")
    if kind == "faces":
        return f"{place}/{number}"
    if place == "fan_art":
        return f"fan_art_heads/{number}"
    if int(number) == HEADLESS_CARD:
        return name
    return f"card_heads/{int(number) - (int(number) > HEADLESS_CARD):03}"


def read_run(seen, crops, runs, split):
    """(rows of the held-out pictures, their identity vectors float32 [R, 256], zero without a head)."""
    rows = np.flatnonzero(seen.held_out(crops, split))
    stored = np.load(Path(runs) / f"split-{split}" / "vectors.npz")
    if not np.array_equal(stored["rows"], rows):
        raise ValueError(f"Expected vectors of the {len(rows)} held-out pictures of split {split} but received others.")
    return rows, stored["vectors"]


def read_runs(cache, runs, splits):
    """The pictures and, by split, what `read_run` gives."""
    seen, crops = Seen(cache), Crops(cache)
    return seen, {split: read_run(seen, crops, runs, split) for split in splits}


def write_figures(path, figures):
    """JSON with four digits behind the point: more would only be noise in the history."""
    text = json.dumps(figures, indent=1)
    Path(path).write_text(json.dumps(json.loads(text, parse_float=lambda digits: round(float(digits), 4)), indent=1) + "\n")

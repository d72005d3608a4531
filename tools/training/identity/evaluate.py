"""Retrieval measures: every crop asks for its character among all others; the same drawing never counts."""

import numpy as np

GROUPS = {
    "one source": None,
    "screens": ("vtuber_screens", "screen_heads"),
    "cards": ("card_heads",),
    "icons": ("game_icons",),
    "fan art": ("fan_art_heads",),
}


def normalise(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def retrieval(vectors, labels, works):
    """(recall@1, mAP) as fractions; crops without another drawing of their character ask nothing but can be found."""
    scores = normalise(vectors) @ normalise(vectors).T
    first, precision = [], []
    for row in range(len(labels)):
        others = works != works[row]
        relevant = (labels == labels[row])[others]
        if not relevant.any():
            continue
        ranked = relevant[np.argsort(-scores[row][others], kind="stable")]
        ranks = np.flatnonzero(ranked)
        first.append(float(ranked[0]))
        precision.append(float(np.mean((np.arange(len(ranks)) + 1) / (ranks + 1))))
    return (float(np.mean(first)), float(np.mean(precision))) if first else (float("nan"), float("nan"))


def report(vectors, crops, mask):
    """Measures on the crops in mask: pooled over screens, series and fan art, mean within one source, each set."""
    chosen = np.flatnonzero(mask)
    table = {}
    pool = chosen[np.isin(crops.sets[chosen], ("vtuber_screens", "screen_heads", "fan_art_heads"))]
    table["pooled"] = retrieval(vectors[pool], crops.labels[pool], crops.works[pool])
    single = []
    for name in ("vtuber_screens", "screen_heads", "fan_art_heads", "card_heads", "game_icons"):
        part = chosen[crops.sets[chosen] == name]
        if len(part) == 0:
            continue
        table[name] = retrieval(vectors[part], crops.labels[part], crops.works[part])
        if name in ("vtuber_screens", "screen_heads"):
            single.append((table[name], len(part)))
    if single:
        total = sum(count for _, count in single)
        table["one source"] = tuple(sum(pair[i] * count for pair, count in single) / total for i in (0, 1))
    return table


def pairwise(vectors, labels, works):
    """Best F1 of "same character" over all pairs of different drawings, pairs weighted to one positive per negative."""
    scores = normalise(vectors) @ normalise(vectors).T
    upper = np.triu_indices(len(labels), 1)
    keep = works[upper[0]] != works[upper[1]]
    score, same = scores[upper][keep], (labels[upper[0]] == labels[upper[1]])[keep]
    order = np.argsort(-score)
    same, score = same[order].astype(np.float64), score[order]
    weight = (1 - same).sum() / max(same.sum(), 1)
    hits = np.cumsum(same) * weight
    f1 = 2 * hits / (hits + np.cumsum(1 - same) + same.sum() * weight)
    best = int(np.argmax(f1))
    return float(f1[best]), float(score[best])


def row(table):
    return "  ".join(f"{name} {100 * r:.1f}/{100 * m:.1f}" for name, (r, m) in table.items())

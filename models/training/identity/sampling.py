"""Balanced batches: characters with several drawings each, half of them from one source, and lone faces as others."""

import numpy as np

from augment import random_view

SOURCE_SHARES = {"vtuber_screens": 0.4, "card_heads": 0.3, "game_icons": 0.15, "screen_heads": 0.08, "fan_art_heads": 0.07}


class BatchSampler:
    """Yields (views uint8 [B, 3, S, S], labels [B], works [B]); lone faces get labels of their own below zero."""

    def __init__(self, crops, allowed, instances, side, seed, characters=16, drawings=4, lone=12):
        self.crops, self.instances, self.side = crops, instances, side
        self.rng = np.random.default_rng(seed)
        self.characters, self.drawings, self.lone = characters, drawings, lone
        self.by_label = {}
        self.by_source = {name: [] for name in SOURCE_SHARES}
        for label in np.unique(crops.labels[allowed]):
            rows = np.flatnonzero(allowed & (crops.labels == label))
            if len(np.unique(crops.works[rows])) < 2:
                continue
            self.by_label[label] = rows
            for name in np.unique(crops.sets[rows]):
                self.by_source[name].append(label)
        self.by_source = {name: labels for name, labels in self.by_source.items() if labels}
        self.backgrounds = crops.pictures[np.flatnonzero(allowed)]

    def _pick_labels(self):
        names = list(self.by_source)
        shares = np.array([SOURCE_SHARES[name] for name in names])
        source = self.rng.choice(names, p=shares / shares.sum())
        near = self.rng.permutation(self.by_source[source])[: self.characters // 2]
        rest = np.setdiff1d(np.array(list(self.by_label)), near)
        others = self.rng.permutation(rest)[: self.characters - len(near)]
        return np.concatenate([near, others]).astype(int)

    def _pick_drawings(self, label):
        rows = self.rng.permutation(self.by_label[label])
        works, first = np.unique(self.crops.works[rows], return_index=True)
        chosen = rows[np.sort(first)]
        return chosen[: self.drawings]

    def batch(self):
        views, labels, works = [], [], []
        for label in self._pick_labels():
            for row in self._pick_drawings(label):
                views.append(random_view(self.crops.pictures[row], self.side, self.rng, self.backgrounds))
                labels.append(label)
                works.append(self.crops.works[row])
        if len(self.instances):
            for row in self.rng.permutation(len(self.instances))[: self.lone]:
                for view in range(2):
                    views.append(random_view(self.instances[row], self.side, self.rng, self.backgrounds))
                    labels.append(-1 - row)
                    works.append(-1 - 2 * row - view)
        return np.stack(views).transpose(0, 3, 1, 2), np.array(labels), np.array(works)

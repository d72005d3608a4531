"""Balanced batches: characters with several drawings each, most of them from one set, and lone faces as others."""

import numpy as np

from augment import random_view

# A set with twice the characters is drawn from this much more often than another, as a power of two.
SET_POWER = 0.5
# Of a batch's characters, this share is of one set: a library is one set, in which alike characters have to be told apart.
NEAR = 0.67


class BatchSampler:
    """Yields (views uint8 [B, 3, S, S], labels [B], works [B]).

    Lone faces are those of characters with one drawing: they are told from all others but have nothing to be near to.
    """

    def __init__(self, crops, allowed, side, seed, characters=24, drawings=3, lone=8):
        self.crops, self.side = crops, side
        self.rng = np.random.default_rng(seed)
        self.characters, self.drawings = characters, drawings
        self.by_label, by_set, alone = {}, {}, []
        for label in np.unique(crops.labels[allowed]):
            rows = np.flatnonzero(allowed & (crops.labels == label))
            if len(np.unique(crops.works[rows])) < 2:
                alone.extend(rows)
                continue
            self.by_label[label] = rows
            for name in np.unique(crops.sets[rows]):
                by_set.setdefault(name, []).append(label)
        self.by_set = list(by_set.values())
        sizes = np.array([len(labels) for labels in self.by_set]) ** SET_POWER
        self.shares = sizes / sizes.sum()
        self.alone, self.lone = np.array(alone, int), min(lone, len(alone))
        self.labels = np.array(list(self.by_label))
        self.backgrounds = np.flatnonzero(allowed)

    def _pick_labels(self):
        near = self._of_set(self.rng.choice(len(self.by_set), p=self.shares), round(self.characters * NEAR))
        picked = dict.fromkeys(near)
        # The rest from any set, each as likely as it is to be the near one.
        for _ in range(4 * self.characters):
            if len(picked) >= min(self.characters, len(self.labels)):
                break
            picked.update(dict.fromkeys(self._of_set(self.rng.choice(len(self.by_set), p=self.shares), 1)))
        return list(picked)

    def _of_set(self, index, count):
        return self.rng.permutation(self.by_set[index])[:count]

    def _pick_drawings(self, label):
        rows = self.rng.permutation(self.by_label[label])
        _, first = np.unique(self.crops.works[rows], return_index=True)
        return rows[np.sort(first)][: self.drawings]

    def batch(self):
        rows = [row for label in self._pick_labels() for row in self._pick_drawings(label)]
        rows.extend(self.rng.permutation(self.alone)[: self.lone])
        others = self.crops.pictures[np.sort(self.rng.choice(self.backgrounds, 8))]
        views = [random_view(self.crops.pictures[row], self.side, self.rng, others) for row in rows]
        return np.stack(views).transpose(0, 3, 1, 2), self.crops.labels[rows], self.crops.works[rows]

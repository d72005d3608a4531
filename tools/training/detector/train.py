"""Trains the face detector in one run of several phases.

    python3 train.py --material material.pkl --labels train.json --start nanodet.pt --resetScores --out detector.pt \
        --minutes 15 15 15 30
    python3 train.py --tiny --out /tmp/tiny.pt

Before every phase the labels are read again. Before some, the averaged net so far labels the pictures without boxes, refines
the boxes of head crops and picks the face-free pictures that it is wrong about. The rate is flat for the first
half of the time and then falls as a cosine. `--resume` goes on from the state beside `--out`. `--tiny` trains a few steps,
on generated pictures where no material is given.
"""

import argparse
import copy
import math
import pickle
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from labelled import barePictures, labelledScenes, readLabels, withoutHeld
from loss import Truth, detectionLoss
from network import FaceDetector, anchorPoints
from pack import readMaterial
from precision import reduced
from samples import CLOSER_SIDE, Composer
from selfLabel import teach
from tiny import tinyMaterial

FLAT = 0.45
# Sides of a batch's pictures and their shares; a batch is so many pictures that its pixels are those of `--batch` of 320 x 320.
# Those of CLOSER_SIDE are closer looks.
SIDES, SIDE_SHARES, NOMINAL_SIDE = (CLOSER_SIDE, 256, 320, 384, 448), (0.14, 0.2, 0.24, 0.18, 0.24), 320


class Stream(IterableDataset):
    """Batches without end, each of one side length; every worker draws its own."""

    def __init__(self, material: dict, seed: int, pixels: int) -> None:
        self.composer, self.seed, self.pixels = Composer(material, seed), seed, pixels

    def __iter__(self):
        worker = get_worker_info()
        self.composer.rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        cv2.setNumThreads(0)
        while True:
            side = int(self.composer.rng.choice(SIDES, p=SIDE_SHARES))
            samples = [self.composer.sample(side) for _ in range(max(1, self.pixels // side**2))]
            images = torch.from_numpy(np.stack([sample[0] for sample in samples])).permute(0, 3, 1, 2)
            yield images, Truth.of([(torch.from_numpy(np.float32(boxes)), torch.from_numpy(np.float32(ignored)), exact) for _, boxes, ignored, exact in samples])


class Run:
    """The net, its averaged copy and the optimiser, which can be stored between steps."""

    def __init__(self, net: FaceDetector, out: Path, seconds: float, options: argparse.Namespace) -> None:
        self.net, self.averaged = net, copy.deepcopy(net).eval()
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=0.01)
        self.out, self.seconds, self.options, self.device = out, seconds, options, net.mean.device
        self.spent, self.step, self.pictures, self.phase, self.mean = 0.0, 0, 0, 0, 0.0

    def save(self) -> None:
        torch.save(self.averaged.state_dict(), self.out)
        parts = {name: getattr(self, name).state_dict() for name in ("net", "averaged", "optimiser")}
        torch.save(parts | {name: getattr(self, name) for name in ("spent", "step", "pictures", "phase", "mean")}, self.out.with_suffix(".state"))

    def restore(self) -> None:
        state = torch.load(self.out.with_suffix(".state"), map_location=self.device)
        for name in ("net", "averaged", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        for name in ("spent", "step", "pictures", "phase", "mean"):
            setattr(self, name, state[name])

    def rate(self) -> float:
        done = min(1.0, self.spent / self.seconds)
        fall = 1.0 if done < FLAT else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - FLAT) / (1 - FLAT)))
        return self.options.rate * min(1, (self.step + 1) / 60) * fall

    def learn(self, images: torch.Tensor, truth: Truth) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        images = (images.to(self.device, non_blocking=True).float() / 255).contiguous(memory_format=torch.channels_last)
        with reduced(self.device):
            output = self.net(images)
        loss = detectionLoss(self.net, output, truth.to(self.device), *anchorPoints(*images.shape[2:], self.device))
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 4.0)
        self.optimiser.step()
        keep = min(self.options.decay, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for slow, fast in zip(self.averaged.parameters(), self.net.parameters()):
                slow.lerp_(fast, 1 - keep)
        self.mean = 0.98 * self.mean + 0.02 * loss.item() if self.step else loss.item()
        self.step += 1
        self.pictures += len(images)


def trainPhase(run: Run, material: dict, until: float, tiny: bool) -> None:
    """Trains until the run's spent seconds reach `until`, or for two small steps."""
    stream = Stream(material, 11 + run.step, 2 * 256 * 256 if tiny else run.options.batch * NOMINAL_SIDE**2)
    loader = DataLoader(stream, None, num_workers=0 if tiny else run.options.workers, pin_memory=run.device.type == "cuda")
    begin, spent, first = time.monotonic(), run.spent, run.step
    for images, truth in loader:
        run.spent = spent + time.monotonic() - begin
        if run.spent >= until or (tiny and run.step - first >= 2):
            break
        run.learn(images, truth)
        if run.step % 50 == 0:
            print(f"{run.spent / 60:.1f} min, step {run.step}, {run.pictures} pictures, loss {run.mean:.3f}, rate {run.rate():.1e}", flush=True)
        if run.step % 200 == 0:
            run.save()


class Supply:
    """The material of each phase: labels as they are at its start, and what a net added last."""

    def __init__(self, material: dict, options: argparse.Namespace) -> None:
        self.material, self.labels = withoutHeld(material, readLabels(options.held)), options.labels
        bare = {"own": {}, "heads": [box for _, box in material["heads"]], "hard": np.zeros(0, np.int64)}
        self.taught = pickle.loads(options.taught.read_bytes()) if options.taught else bare

    def teach(self, net: FaceDetector) -> None:
        self.taught = teach(net, self.material, readLabels(self.labels))

    def forPhase(self) -> dict:
        labels = readLabels(self.labels)
        labelled, bare = labelledScenes(self.material, labels), barePictures(self.material, labels)
        own = [(bare[name], *boxes) for name, boxes in self.taught["own"].items() if name in bare]
        heads = [(picture, box) for (picture, _), box in zip(self.material["heads"], self.taught["heads"], strict=True)]
        hard = self.taught["hard"]
        counts = [(len(scenes), sum(len(scene[1]) for scene in scenes)) for scenes in (labelled, own)]
        print(f"frames and faces: labelled {counts[0]}, self-labelled {counts[1]}, hard blanks {len(hard)}", flush=True)
        kept = {name: self.material[name] for name in ("sprites", "generated", "blanks")}
        return {"labelled": labelled, "own": own, "heads": heads, "hard": hard, **kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path, help="needed unless --tiny")
    parser.add_argument("--start", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, nargs="+", default=(15, 15, 15, 30), help="minutes of each phase")
    parser.add_argument("--labels", type=Path, help="boxes for frames, laid out as train.json; read again before each phase")
    parser.add_argument("--held", type=Path, help="frames laid out as train.json that are kept for validation")
    parser.add_argument("--resetScores", action="store_true", help="start weights come from another class")
    parser.add_argument("--taught", type=Path, help="what selfLabel.py wrote, to start with")
    parser.add_argument("--selfLabel", type=int, nargs="*", default=(1, 3), help="phases, from 0, before which the net labels")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"))
    parser.add_argument("--batch", type=int, default=16, help="pictures of 320 x 320")
    parser.add_argument("--rate", type=float, default=6e-4, help="peak of the learning rate")
    parser.add_argument("--decay", type=float, default=0.998, help="of the running mean of the weights")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw training pictures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if not (options.material or options.tiny):
        parser.error("--material is needed unless --tiny is given")
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    material = readMaterial(options.material) if options.material else tinyMaterial(1)
    minutes = [1, 1] if options.tiny else options.minutes
    net = FaceDetector().to(options.device, memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start, map_location="cpu"))
    if options.resetScores:
        # The score bias of a rare class; COCO's person bias would flood the first steps with false boxes.
        with torch.no_grad():
            for layer in net.scores:
                layer.bias.fill_(-4.0)
    run = Run(net, options.out, 60 * sum(minutes), options)
    if options.resume:
        run.restore()
    supply = Supply(material, options)
    for phase in range(run.phase, len(minutes)):
        begin = time.monotonic()
        if phase in options.selfLabel:
            supply.teach(run.averaged)
        # Labelling counts as training time, so that a run ends when it was told to.
        run.spent += time.monotonic() - begin
        trainPhase(run, supply.forPhase(), 60 * sum(minutes[: phase + 1]), options.tiny)
        run.phase = phase + 1
        run.save()


if __name__ == "__main__":
    main()

"""Train the identity network with supervised contrastive learning.

python3 train.py --cache DIR --backbone mobilenet_v2_mid.json --out DIR [--split SEED] [--steps N] [--device cuda --workers 3] [--resume]
python3 train.py --tiny --out DIR
With --split the characters of that split are held out and measured at the end; without it all are trained on.
--tiny takes a few steps on generated heads and a generated backbone, which it leaves in DIR as backbone.json.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from data import Crops, split_by_character
from evaluate import report, row
from network import IdentityNet
from sampling import BatchSampler
import tiny


def contrastive_loss(vectors, labels, works, temperature):
    """Supervised contrastive loss; a positive is the same character in another drawing."""
    scores = vectors @ vectors.t() / temperature
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    same_work = (works[:, None] == works[None]) & ~itself
    scores = scores.masked_fill(itself | same_work, float("-inf"))
    positive = (labels[:, None] == labels[None]) & ~itself & ~same_work
    log_share = scores - torch.logsumexp(scores, dim=1, keepdim=True)
    counts = positive.sum(1)
    kept = counts > 0
    return -(log_share.masked_fill(~positive, 0).sum(1)[kept] / counts[kept]).mean()


def parameter_groups(net, rate, frozen):
    """Adam moves each weight by about its rate a step, so every tensor's rate is set to its own size.

    The backbone's normalisation is folded into its kernels, whose sizes differ a hundredfold: one rate fits none.
    """
    groups = []
    for name, parameter in net.named_parameters():
        if name.startswith("trunk."):
            block = block_of(name)
            if block < frozen:
                parameter.requires_grad = False
                continue
        if "logits" in name:
            size = 20 * rate
        elif name == "colour_weight" or "log_sharpness" in name or "centres" in name:
            size = 0.5 * rate
        else:
            size = rate * max(float(parameter.detach().square().mean().sqrt()), 1e-2)
        groups.append({"params": [parameter], "lr": size, "peak": size})
    return groups


def block_of(name):
    position = name.find("expanded_conv_")
    if position < 0:
        return 0
    digits = name[position + len("expanded_conv_"):].split("_")[0]
    return int(digits) if digits.isdigit() else 0


def embed(net, pictures, side, batch=64, flip=False):
    """float32 [N, D] of uint8 RGB crops [N, S, S, 3], resized to side; the mean with the mirrored crop if flip."""
    net.eval()
    rows = []
    device = net.colour_weight.device
    with torch.no_grad():
        for start in range(0, len(pictures), batch):
            views = torch.from_numpy(pictures[start:start + batch]).to(device).permute(0, 3, 1, 2).float()
            views = functional.interpolate(views, size=(side, side), mode="bilinear", antialias=True)
            vectors = net(views)
            rows.append(functional.normalize(vectors + net(views.flip(3)), dim=1) if flip else vectors)
    return torch.cat(rows).cpu().numpy()


def resized(pictures, side):
    return torch.cat([
        functional.interpolate(torch.from_numpy(pictures[i:i + 256]).permute(0, 3, 1, 2).float(),
                               size=(side, side), mode="bilinear", antialias=True).round().byte()
        for i in range(0, len(pictures), 256)])


class Batches(IterableDataset):
    """The sampler's batches without end; every worker draws its own."""

    def __init__(self, sampler, seed):
        self.sampler, self.seed = sampler, seed

    def __iter__(self):
        worker = get_worker_info()
        self.sampler.rng = np.random.default_rng([*self.seed, worker.id if worker else 0])
        while True:
            yield tuple(torch.from_numpy(part) for part in self.sampler.batch())


def train(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    crops = Crops(options.cache)
    held = np.zeros(len(crops), bool) if options.split is None else split_by_character(crops, options.split)
    if options.leave_out:
        held |= np.isin(crops.labels, np.unique(crops.labels[crops.sets == options.leave_out]))
    instances_file = Path(options.cache) / "instances.npz"
    instances = np.load(instances_file)["pictures"] if instances_file.exists() and options.lone else np.zeros((0,))
    net = IdentityNet(options.backbone).to(options.device)
    net.initialise(resized(crops.pictures[~held][::options.thin], options.side).to(options.device), seed=options.seed)
    groups = parameter_groups(net, options.rate, options.frozen)
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    sampler = BatchSampler(crops, ~held, instances, options.side, options.seed, options.characters,
                           options.drawings, options.lone)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "last.pt"
    first = 0
    if options.resume and checkpoint.exists():
        state = torch.load(checkpoint, map_location=options.device)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        average, first = state["average"], state["step"]
    order = options.seed if options.order is None else options.order
    batches = DataLoader(Batches(sampler, [order, first]), None, num_workers=options.workers)
    net.train()
    began, losses = time.time(), []
    for step, (views, labels, works) in zip(range(first, options.steps), batches):
        factor = min(1, (step + 1) / 40) * 0.5 * (1 + np.cos(np.pi * step / options.steps))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * max(factor, 0.02)
        labels, works = labels.to(options.device), works.to(options.device)
        deep, colour = net.parts(views.to(options.device).float())
        joint = functional.normalize(torch.cat([deep, net.colour_weight * colour], dim=1), dim=1)
        loss = (contrastive_loss(joint, labels, works, options.temperature)
                + 0.3 * contrastive_loss(deep, labels, works, options.temperature)
                + 0.15 * contrastive_loss(colour, labels, works, options.temperature))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 5.0)
        optimiser.step()
        keep = min(0.99, (step + 1) / (step + 10))
        for name, value in net.state_dict().items():
            average[name].lerp_(value, 1 - keep)
        losses.append(float(loss))
        if (step + 1) % 50 == 0 or step + 1 == options.steps:
            print(f"{step + 1}/{options.steps} loss {np.mean(losses[-50:]):.3f} {time.time() - began:.0f} s", flush=True)
            torch.save({"net": net.state_dict(), "average": average, "optimiser": optimiser.state_dict(),
                        "step": step + 1}, checkpoint)
    net.load_state_dict(average)
    torch.save(average, out / "average.pt")
    if held.any():
        measure(net, crops, held, options, out)


def measure(net, crops, held, options, out):
    # Twins carry the screens' label; their cards are left out of the card figures.
    twins = (crops.sets == "card_heads") & (np.char.startswith(crops.characters, "vtuber"))
    chosen = held & ~twins
    vectors = np.zeros((len(crops), 256), np.float32)
    tables = {}
    for flip in (False, True):
        vectors[chosen] = embed(net, crops.pictures[chosen], options.side, flip=flip)
        tables["flip" if flip else "plain"] = report(vectors, crops, chosen)
        print("flip " if flip else "plain", row(tables["flip" if flip else "plain"]), flush=True)
    (out / "held-out.json").write_text(json.dumps(tables, indent=1))


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache")
    parser.add_argument("--backbone")
    parser.add_argument("--out", required=True)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--split", type=int)
    parser.add_argument("--leave-out")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--order", type=int, help="seed of the batches alone (default: --seed); nets of one --seed can be averaged")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--characters", type=int, default=16)
    parser.add_argument("--drawings", type=int, default=4)
    parser.add_argument("--lone", type=int, default=12)
    parser.add_argument("--frozen", type=int, default=5, help="first blocks of the backbone that keep their weights")
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"))
    parser.add_argument("--workers", type=int, default=0, help="processes that draw batches; 0 draws between the steps")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--thin", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if options.tiny:
        options.cache, options.backbone = tiny.prepare(options.out)
        options.split, options.steps, options.thin = 0, 6, 1
    elif not (options.cache and options.backbone):
        parser.error("expected --cache and --backbone, or --tiny")
    return options


if __name__ == "__main__":
    train(read_options())

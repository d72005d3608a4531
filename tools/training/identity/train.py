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


class Proxies(torch.nn.Module):
    """One learned direction for each character; the loss asks every vector for its own, by a margin (CosFace)."""

    def __init__(self, labels, dimension, scale=16.0, margin=0.1):
        super().__init__()
        self.register_buffer("labels", torch.as_tensor(labels))
        self.directions = torch.nn.Parameter(torch.randn(len(labels), dimension))
        self.scale, self.margin = scale, margin

    def forward(self, vectors, labels):
        target = torch.searchsorted(self.labels, labels)
        scores = vectors @ functional.normalize(self.directions, dim=1).t()
        scores = scores - self.margin * functional.one_hot(target, len(self.labels))
        return functional.cross_entropy(self.scale * scores, target)

    def fit(self, vectors, labels):
        """Start at the mean of each character's vectors."""
        with torch.no_grad():
            target = torch.searchsorted(self.labels, labels)
            sums = torch.zeros_like(self.directions).index_add_(0, target, vectors)
            self.directions.copy_(functional.normalize(sums, dim=1))


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


def rows_of_proxies(crops, allowed, most=4):
    """Of every allowed character a few crops, to begin its proxy with."""
    return np.concatenate([np.flatnonzero(allowed & (crops.labels == label))[:most] for label in np.unique(crops.labels[allowed])])


def train(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    crops = Crops(options.cache)
    held = np.zeros(len(crops), bool) if options.split is None else split_by_character(crops, options.split)
    held |= np.isin(crops.labels, np.unique(crops.labels[np.isin(crops.sets, options.leave_out)]))
    net = IdentityNet(options.backbone).to(options.device)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "last.pt"
    resumed = torch.load(checkpoint, map_location=options.device) if options.resume and checkpoint.exists() else None
    proxies = Proxies(np.unique(crops.labels[~held]), 256).to(options.device)
    if options.start:
        net.load_state_dict(torch.load(options.start, map_location=options.device), strict=False)
    elif resumed is None:
        net.initialise(resized(crops.pictures[~held][::options.thin], options.side).to(options.device), seed=options.seed)
    if resumed is None:
        rows = rows_of_proxies(crops, ~held)
        vectors = torch.from_numpy(embed(net, crops.pictures[rows], options.side)).to(options.device)
        proxies.fit(vectors, torch.from_numpy(crops.labels[rows]).to(options.device))
    groups = parameter_groups(net, options.rate, options.frozen)
    size = options.proxy_rate * float(proxies.directions.square().mean().sqrt())
    groups.append({"params": [proxies.directions], "lr": size, "peak": size})
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    first, spent = 0, 0.0
    if resumed:
        net.load_state_dict(resumed["net"])
        proxies.load_state_dict(resumed["proxies"])
        optimiser.load_state_dict(resumed["optimiser"])
        average, first, spent = resumed["average"], resumed["step"], resumed["seconds"]
    sampler = BatchSampler(crops, ~held, options.side, options.seed, options.characters, options.drawings, options.lone)
    order = options.seed if options.order is None else options.order
    batches = DataLoader(Batches(sampler, [order, first]), None, num_workers=options.workers)
    net.train()
    began, losses = time.time() - spent, []
    step = first
    for views, labels, works in batches:
        progress = max(step / options.steps, (time.time() - began) / 60 / options.minutes)
        if progress >= 1:
            break
        factor = min(1, (step + 1) / 40) * 0.5 * (1 + np.cos(np.pi * progress))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * max(factor, 0.02)
        views, labels, works = views.to(options.device).float(), labels.to(options.device), works.to(options.device)
        deep, colour = net.parts(views)
        joint = net.join(deep, colour, net.colour_share(views))
        loss = (contrastive_loss(joint, labels, works, options.temperature)
                + options.proxy * proxies(joint, labels)
                + 0.5 * contrastive_loss(deep, labels, works, options.temperature)
                + 0.15 * contrastive_loss(colour, labels, works, options.temperature))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 5.0)
        optimiser.step()
        keep = min(options.keep, (step + 1) / (step + 10))
        for name, value in net.state_dict().items():
            average[name].lerp_(value, 1 - keep)
        losses.append(float(loss))
        step += 1
        if step % 50 == 0 or step == options.steps:
            seconds = time.time() - began
            print(f"{step}/{options.steps} loss {np.mean(losses[-50:]):.3f} {seconds:.0f} s", flush=True)
            save(checkpoint, {"net": net.state_dict(), "proxies": proxies.state_dict(), "average": average,
                              "optimiser": optimiser.state_dict(), "step": step, "seconds": seconds})
    average["colour_weight"].fill_(options.colour)
    net.load_state_dict(average)
    save(out / "average.pt", average)
    if options.split is not None:
        measure(net, crops, held, options, out)


def save(path, state):
    """Writes beside the file first: a run that is stopped while it writes keeps its last checkpoint."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


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
    parser.add_argument("--leave-out", nargs="+", default=[], metavar="SET")
    parser.add_argument("--start", help="weights to train on from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of training, resumed runs included")
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--order", type=int, help="seed of the batches alone (default: --seed); nets of one --seed can be averaged")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--colour", type=float, default=0.85, help="""how loudly colour speaks in the weights that are kept; what
                        training learns is too low for libraries, in which few pictures lose their colours""")
    parser.add_argument("--proxy", type=float, default=0.3, help="weight of the margin softmax")
    parser.add_argument("--proxy-rate", type=float, default=1e-2)
    parser.add_argument("--keep", type=float, default=0.99, help="of the moving average, each step")
    parser.add_argument("--characters", type=int, default=24)
    parser.add_argument("--drawings", type=int, default=3)
    parser.add_argument("--lone", type=int, default=8, help="faces of characters with one drawing in a batch")
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

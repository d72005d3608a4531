"""The mean of the weights of several runs that began at the same ones (M. Wortsman and others, "Model soups", 2022).

python3 average.py RUN/260/average.pt RUN/420/average.pt --out RUN/average.pt
"""

import argparse

import torch


def average_weights(paths):
    """State dict of the mean of the runs' floating point tensors; other tensors are the first run's."""
    states = [torch.load(path) for path in paths]
    return {name: torch.stack([state[name] for state in states]).mean(0) if first.is_floating_point() else first
            for name, first in states[0].items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", nargs="+")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.save(average_weights(options.weights), options.out)


if __name__ == "__main__":
    main()

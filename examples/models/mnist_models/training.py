# SPDX-License-Identifier: Apache-2.0
"""Training and evaluation, deterministic for one version of PyTorch on one kind of processor."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .data import SIDE, Digits
from .networks import Recipe

BATCH = 100
WEIGHT_DECAY = 1e-4


def configure() -> None:
    """One thread and deterministic kernels: sums are always added in the same order."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def train(recipe: Recipe, digits: Digits, report: Callable[[str], None]) -> nn.Module:
    """The trained network of `recipe`, in evaluation mode. `report` gets a line per epoch."""
    torch.manual_seed(recipe.seed)
    network = recipe.network()
    images = torch.from_numpy(digits.images())
    labels = torch.from_numpy(digits.labels.astype(np.int64))
    steps = math.ceil(len(digits) / BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=recipe.learning_rate, epochs=recipe.epochs, steps_per_epoch=steps
    )
    for epoch in range(recipe.epochs):
        network.train()
        total = 0.0
        for index in torch.randperm(len(digits)).split(BATCH):
            logits = network(_augment(images[index], recipe))
            loss = functional.cross_entropy(logits, labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(index)
        report(f"{recipe.name}: epoch {epoch + 1}/{recipe.epochs}, loss {total / len(digits):.4f}")
    return network.eval()


def logits(network: nn.Module, digits: Digits) -> np.ndarray:
    """The network's output: float32 [n, 10]."""
    with torch.no_grad():
        return network(torch.from_numpy(digits.images())).numpy()


def correct(outputs: np.ndarray, digits: Digits) -> int:
    """How many images the logits classify correctly."""
    return int((outputs.argmax(axis=1) == digits.labels).sum())


def _augment(images: Tensor, recipe: Recipe) -> Tensor:
    """Each image rotated, scaled and shifted at random within the recipe's bounds."""
    count = len(images)

    def uniform(bound: float) -> Tensor:
        return (torch.rand(count) * 2 - 1) * bound

    angle = uniform(math.radians(recipe.rotate))
    scale = 1 + uniform(recipe.zoom)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    # Grid coordinates run from -1 to 1 over the whole side.
    right, down = uniform(2 * recipe.shift / SIDE), uniform(2 * recipe.shift / SIDE)
    rows = [torch.stack([cos, -sin, right], 1), torch.stack([sin, cos, down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)

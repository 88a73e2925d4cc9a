#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the two benchmark models, with random weights, and random inputs for them.

    pip install -r requirements-benchmark.txt
    python make_benchmark_models.py -o OUT

For each model, OUT/NAME/ gets `model.onnx`, `samples.npz` (one float32 array, 64 inputs) and
`input.json` (the first of them as `{"input_data": [[...]]}`). Only numpy and onnx are needed, the
seeds are fixed, and nothing is trained: proving time does not depend on what the weights mean.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES = 64
# Old enough for every reader of ONNX that a benchmark may compare with.
OPSET = 13
IR_VERSION = 7


class Graph:
    """A chain of layers with random weights; every method appends one layer to the chain.

    Weights follow He et al., "Delving Deep into Rectifiers" (2015), equation 10, so that the
    magnitude of activations stays the same from layer to layer; biases are small beside them.
    """

    def __init__(self, seed: int) -> None:
        # RandomState: NumPy guarantees that its stream never changes.
        self.random = np.random.RandomState(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.last = "input"

    def conv(self, inputs: int, outputs: int, side: int) -> None:
        """A convolution of `side` x `side` without padding."""
        self._linear("Conv", (outputs, inputs, side, side), kernel_shape=[side, side])

    def gemm(self, inputs: int, outputs: int) -> None:
        """A fully connected layer."""
        self._linear("Gemm", (outputs, inputs), transB=1)

    def relu(self) -> None:
        """max(x, 0)."""
        self._append("Relu", [])

    def max_pool(self) -> None:
        """2 x 2 windows, stride 2."""
        self._append("MaxPool", [], kernel_shape=[2, 2], strides=[2, 2])

    def flatten(self) -> None:
        """All axes but the batch into one."""
        self._append("Flatten", [], axis=1)

    def model(self, name: str, shape: Sequence[int], outputs: int) -> onnx.ModelProto:
        """The chain as a model from `input` [batch, *shape] to `logits` [batch, outputs]."""
        self.nodes[-1].output[0] = "logits"
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            name,
            [value("input", TensorProto.FLOAT, ["batch", *shape])],
            [value("logits", TensorProto.FLOAT, ["batch", outputs])],
            self.weights,
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _linear(self, operator: str, shape: tuple[int, ...], **attributes: object) -> None:
        fan_in = int(np.prod(shape[1:]))
        weight = self.random.standard_normal(shape) * np.sqrt(2 / fan_in)
        bias = self.random.uniform(-0.05, 0.05, shape[0])
        name = f"{operator.lower()}{len(self.weights) // 2 + 1}"
        for part, array in (("weight", weight), ("bias", bias)):
            tensor = numpy_helper.from_array(array.astype(np.float32), f"{name}.{part}")
            self.weights.append(tensor)
        self._append(operator, [f"{name}.weight", f"{name}.bias"], **attributes)

    def _append(self, operator: str, weights: list[str], **attributes: object) -> None:
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, [self.last, *weights], [output], name=output, **attributes)
        )
        self.last = output


def cifar_cnn() -> tuple[onnx.ModelProto, np.ndarray]:
    """A CIFAR-10 network of LeNet's form, widened to 264 293 parameters; input [3, 32, 32].

    Form and scale are those of DeepProve's "CNN 264k" benchmark, whose script multiplies LeNet's
    widths (6, 16, 120, 84) by one factor; its README states the total and not the widths, so
    these are the ones on that line that come closest to 264 thousand.
    """
    graph = Graph(seed=264)
    graph.conv(3, 12, 5)
    graph.relu()
    graph.max_pool()
    graph.conv(12, 33, 5)
    graph.relu()
    graph.max_pool()
    graph.flatten()
    graph.gemm(33 * 5 * 5, 251)
    graph.relu()
    graph.gemm(251, 176)
    graph.relu()
    graph.gemm(176, 10)
    samples = graph.random.uniform(-1, 1, (SAMPLES, 3, 32, 32)).astype(np.float32)
    return graph.model("cifar-cnn-264k", [3, 32, 32], 10), samples


def mlp_4m() -> tuple[onnx.ModelProto, np.ndarray]:
    """A perceptron 4-1024-1024-1024-1024-1024-3 with ReLU: 4 206 595 parameters; input [4].

    The form of DeepProve's "Dense 4M" benchmark: the four features and three classes of the Iris
    data, and hidden layers of one width; again its README states the total only. It ends in a
    ReLU there, which is left out here so that the output is the last layer's.
    """
    graph = Graph(seed=4)
    width = 1024
    graph.gemm(4, width)
    for _ in range(4):
        graph.relu()
        graph.gemm(width, width)
    graph.relu()
    graph.gemm(width, 3)
    samples = graph.random.uniform(-1, 1, (SAMPLES, 4)).astype(np.float32)
    return graph.model("mlp-4m", [4], 3), samples


def write(folder: Path, model: onnx.ModelProto, samples: np.ndarray) -> None:
    """Writes the three files of one model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    name = "images" if samples.ndim == 4 else "inputs"
    np.savez_compressed(folder / "samples.npz", **{name: samples})
    text = json.dumps({"input_data": [samples[0].ravel().tolist()]}, separators=(",", ":"))
    (folder / "input.json").write_text(text + "\n")
    parameters = sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)
    print(f"{folder / 'model.onnx'}: {parameters} parameters, {name} {list(samples.shape)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the benchmark models and their inputs.")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write to")
    arguments = parser.parse_args()
    for name, make in (("cifar-cnn-264k", cifar_cnn), ("mlp-4m", mlp_4m)):
        write(arguments.output / name, *make())


if __name__ == "__main__":
    main()

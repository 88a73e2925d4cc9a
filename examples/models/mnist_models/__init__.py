# SPDX-License-Identifier: Apache-2.0
"""The MNIST example models: data, networks, training and ONNX export, one module each."""

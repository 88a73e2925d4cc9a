// SPDX-License-Identifier: Apache-2.0
//! Random small graphs: they compile, and the interpreter agrees with tract within the bound that the report states.

use proptest::prelude::*;

use crate::{
    onnx::{Attribute::*, Builder},
    reference::check_with,
};
use assay_compiler::Options;

/// One layer of a random image network.
#[derive(Clone, Copy, Debug)]
enum Layer {
    Conv {
        outputs: i64,
        kernel: i64,
        pad: bool,
        stride: i64,
        depthwise: bool,
    },
    Activation(usize),
    Residual,
    MaxPool {
        kernel: i64,
        stride: i64,
        pad: bool,
    },
    AveragePool,
    Normalise,
    Square,
    Scale(f32),
}

const ACTIVATIONS: [&str; 7] = [
    "Relu",
    "Sigmoid",
    "Tanh",
    "LeakyRelu",
    "Elu",
    "Softplus",
    "HardSigmoid",
];

fn layer() -> impl Strategy<Value = Layer> {
    prop_oneof![
        (1i64..6, 1i64..4, any::<bool>(), 1i64..3, any::<bool>()).prop_map(
            |(outputs, kernel, pad, stride, depthwise)| Layer::Conv {
                outputs,
                kernel,
                pad,
                stride,
                depthwise
            }
        ),
        (0..ACTIVATIONS.len()).prop_map(Layer::Activation),
        Just(Layer::Residual),
        (1i64..4, 1i64..3, any::<bool>()).prop_map(|(kernel, stride, pad)| Layer::MaxPool {
            kernel,
            stride,
            pad
        }),
        Just(Layer::AveragePool),
        Just(Layer::Normalise),
        Just(Layer::Square),
        (-2.0f32..2.0).prop_map(Layer::Scale),
    ]
}

fn build(seed: u64, channels: i64, side: [i64; 2], layers: &[Layer], dense: bool) -> Builder {
    let mut builder = Builder::new(13, &[0, channels, side[0], side[1]]).seed(seed);
    let (mut channels, mut side) = (channels, side);
    for &layer in layers {
        match layer {
            Layer::Conv {
                outputs,
                kernel,
                pad,
                stride,
                depthwise,
            } => {
                let kernel = kernel.min(side[0]).min(side[1]);
                let p = if pad { kernel / 2 } else { 0 };
                let (outputs, group) = if depthwise {
                    (channels, channels)
                } else {
                    (outputs, 1)
                };
                builder.conv(
                    &[outputs, channels / group, kernel, kernel],
                    &[
                        ("pads", Ints(&[p, p, p, p])),
                        ("strides", Ints(&[stride, stride])),
                        ("group", Int(group)),
                    ],
                );
                channels = outputs;
                side = side.map(|extent| (extent + 2 * p - kernel) / stride + 1);
            }
            Layer::Activation(index) => {
                builder.then(ACTIVATIONS[index], &[], &[]);
            }
            Layer::Residual => {
                let skip = builder.last();
                builder.conv(
                    &[channels, channels, 3, 3],
                    &[("pads", Ints(&[1, 1, 1, 1]))],
                );
                let branch = builder.last();
                builder.node("Add", &[&branch, &skip], &[]);
            }
            Layer::MaxPool {
                kernel,
                stride,
                pad,
            } => {
                let kernel = kernel.min(side[0]).min(side[1]);
                let p = if pad && kernel > 1 { 1 } else { 0 };
                builder.then(
                    "MaxPool",
                    &[],
                    &[
                        ("kernel_shape", Ints(&[kernel, kernel])),
                        ("strides", Ints(&[stride, stride])),
                        ("pads", Ints(&[p, p, p, p])),
                    ],
                );
                side = side.map(|extent| (extent + 2 * p - kernel) / stride + 1);
            }
            Layer::AveragePool => {
                let kernel = 2.min(side[0]).min(side[1]);
                builder.then(
                    "AveragePool",
                    &[],
                    &[("kernel_shape", Ints(&[kernel, kernel]))],
                );
                side = side.map(|extent| extent - kernel + 1);
            }
            Layer::Normalise => {
                let mut list = |low: f32| {
                    let values: Vec<f32> = (0..channels)
                        .map(|_| low + builder.random().abs())
                        .collect();
                    builder.floats(&[channels], &values)
                };
                let lists = [list(-0.5), list(-0.5), list(-0.5), list(0.3)];
                let operands: Vec<&str> = lists.iter().map(String::as_str).collect();
                builder.then("BatchNormalization", &operands, &[]);
            }
            Layer::Square => {
                let x = builder.last();
                let square = builder.node("Mul", &[&x, &x], &[]);
                builder.node("Add", &[&square, &x], &[]);
            }
            Layer::Scale(factor) => {
                let factor = builder.floats(&[], &[factor]);
                builder.then("Mul", &[&factor], &[]);
            }
        }
    }
    if dense {
        builder.then("Flatten", &[], &[]);
        builder.gemm(channels * side[0] * side[1], 4);
    } else {
        // Something to compute, whatever the layers are.
        builder.conv(&[2, channels, 1, 1], &[]);
    }
    builder
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn graphs_compile_and_stay_within_their_bound(
        seed in any::<u64>(),
        channels in 1i64..5,
        side in [3i64..8, 3i64..8],
        layers in prop::collection::vec(layer(), 0..6),
        dense in any::<bool>(),
        bits in prop_oneof![Just(8u8), Just(10), Just(12)],
    ) {
        let builder = build(seed, channels, side, &layers, dense);
        let options = Options { bits, ..Default::default() };
        check_with(&builder, &builder.samples(4), &options);
    }
}

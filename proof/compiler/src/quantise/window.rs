// SPDX-License-Identifier: Apache-2.0
//! Max pools of any window as chains of pools with few taps: the maximum over a rectangle is one over rows after one over
//! columns, and the maximum over a long line is one over overlapping shorter ones.

use assay_circuit::{limits::MAX_POOL_TAPS, Window};

use crate::graph::POINTWISE;

/// Windows of at most `MAX_POOL_TAPS` taps, to be applied one after the other, that together are `window`.
pub(crate) fn split_max_pool(window: &Window) -> Vec<Window> {
    if window.kernel[0] as u32 * window.kernel[1] as u32 <= MAX_POOL_TAPS {
        return vec![*window];
    }
    let mut chain = Vec::new();
    // Width first: the tensor is narrower when the columns are compared.
    for axis in [1, 0] {
        chain.extend(split_line(window, axis));
    }
    chain
}

/// The chain along one axis.
fn split_line(window: &Window, axis: usize) -> Vec<Window> {
    let most = MAX_POOL_TAPS as u16;
    let kernel = window.kernel[axis];
    // (taps, distance between them in taps of the original window)
    let mut steps: Vec<(u16, u16)> = Vec::new();
    let mut covered = 1u16;
    while covered < kernel {
        // The longest line that `taps` overlapping copies of the present one can make.
        let left = kernel - covered;
        let choice = (2..=most)
            .filter_map(|taps| {
                let distance = (left / (taps - 1)).min(covered);
                (distance > 0).then_some((covered + (taps - 1) * distance, taps, distance))
            })
            .max_by_key(|&(reach, taps, _)| (reach, u16::MAX - taps));
        let Some((reach, taps, distance)) = choice else {
            break;
        };
        steps.push((taps, distance));
        covered = reach;
    }
    let (mut begin, mut end) = (window.pad_begin[axis], window.pad_end[axis]);
    let mut chain = Vec::with_capacity(steps.len());
    for (index, &(taps, distance)) in steps.iter().enumerate() {
        let mut part = POINTWISE;
        part.kernel[axis] = taps;
        part.dilation[axis] = distance * window.dilation[axis];
        // Padding is less than the kernel; what is left of it belongs to a later step. A cell that a step leaves out has
        // nothing but padding in its window.
        let most = (taps - 1) * part.dilation[axis];
        (part.pad_begin[axis], part.pad_end[axis]) = (begin.min(most), end.min(most));
        begin -= part.pad_begin[axis];
        end -= part.pad_end[axis];
        if index + 1 == steps.len() {
            part.stride[axis] = window.stride[axis];
        }
        chain.push(part);
    }
    if chain.is_empty() && window.stride[axis] > 1 {
        let mut part = POINTWISE;
        part.stride[axis] = window.stride[axis];
        chain.push(part);
    }
    chain
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::graph::{evaluate::evaluate, window_output, Graph, Op, Origin};
    use assay_circuit::Shape;

    fn pool(input: &[f32], shape: Shape, windows: &[Window]) -> Vec<f32> {
        let mut graph = Graph::new(shape, Origin::default());
        for window in windows {
            let from = graph.shape(graph.output);
            let [height, width] = window_output([from.height, from.width], window).unwrap();
            let to = Shape {
                height,
                width,
                ..from
            };
            graph.output = graph.push(
                Op::MaxPool {
                    input: graph.output,
                    window: *window,
                },
                to,
                &Origin::default(),
            );
        }
        evaluate(&graph, input)
    }

    #[test]
    fn compute_the_same_maxima() {
        let shape = Shape {
            channels: 1,
            height: 29,
            width: 31,
        };
        let input: Vec<f32> = (0..29 * 31u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32)
            .collect();
        for kernel in [
            [1, 1],
            [2, 2],
            [3, 3],
            [5, 4],
            [1, 9],
            [13, 2],
            [16, 6],
            [23, 11],
            [7, 27],
        ] {
            for stride in [[1, 1], [2, 3]] {
                for pads in [[0, 0], [1, 2], [kernel[0] - 1, kernel[1] - 1]] {
                    let pads = [pads[0].min(kernel[0] - 1), pads[1].min(kernel[1] - 1)];
                    let window = Window {
                        kernel,
                        stride,
                        dilation: [1, 1],
                        pad_begin: pads,
                        pad_end: pads,
                    };
                    let chain = split_max_pool(&window);
                    for part in &chain {
                        assert!(part.kernel[0] as u32 * part.kernel[1] as u32 <= MAX_POOL_TAPS);
                    }
                    let (a, b) = (pool(&input, shape, &[window]), pool(&input, shape, &chain));
                    // A window of nothing but padding keeps the neutral element in both.
                    assert_eq!(a, b, "{window:?} as {chain:?}");
                }
            }
        }
    }

    #[test]
    fn follow_dilation() {
        let shape = Shape {
            channels: 1,
            height: 1,
            width: 40,
        };
        let input: Vec<f32> = (0..40u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32)
            .collect();
        let window = Window {
            kernel: [1, 7],
            stride: [1, 2],
            dilation: [1, 3],
            pad_begin: [0, 4],
            pad_end: [0, 10],
        };
        assert_eq!(
            pool(&input, shape, &[window]),
            pool(&input, shape, &split_max_pool(&window))
        );
    }
}

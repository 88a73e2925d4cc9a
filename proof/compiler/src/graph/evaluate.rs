// SPDX-License-Identifier: Apache-2.0
//! What a float graph computes, in 32-bit floats: the reference of calibration and of the reported error.

use assay_circuit::{Shape, Window};

use super::{Graph, Linear, Node, Op, Term};

/// The output for one input, row-major.
#[cfg(test)]
pub(crate) fn evaluate(graph: &Graph, input: &[f32]) -> Vec<f32> {
    let mut output = Vec::new();
    walk(graph, input, |id, values| {
        if id == graph.output {
            output = values.to_vec();
        }
    });
    output
}

/// Computes every tensor in order and shows it to `visit`; a tensor is freed after its last reader.
pub(crate) fn walk(graph: &Graph, input: &[f32], mut visit: impl FnMut(usize, &[f32])) {
    let mut left = graph.uses();
    let mut values: Vec<Option<Vec<f32>>> = vec![None; graph.nodes.len()];
    for (id, node) in graph.nodes.iter().enumerate() {
        let value = compute(graph, node, input, &values);
        visit(id, &value);
        values[id] = Some(value);
        for read in node.op.inputs() {
            left[read] -= 1;
            if left[read] == 0 {
                values[read] = None;
            }
        }
    }
}

fn compute(graph: &Graph, node: &Node, input: &[f32], values: &[Option<Vec<f32>>]) -> Vec<f32> {
    // A graph reads only earlier tensors, and a tensor lives until its last reader.
    let value = |id: usize| values[id].as_deref().unwrap_or_default();
    let shape_of = |id: usize| graph.nodes[id].shape;
    match &node.op {
        Op::Input => input.to_vec(),
        Op::Linear(linear) => {
            let mut out = start(node.shape, linear);
            for term in &linear.terms {
                let x = value(term.input());
                match term {
                    Term::Gemm { weights, .. } => {
                        for (cell, row) in out.iter_mut().zip(weights.chunks_exact(x.len())) {
                            *cell += dot(row, x);
                        }
                    }
                    Term::Conv {
                        input,
                        weights,
                        window,
                        groups,
                    } => {
                        convolve(
                            &mut out,
                            node.shape,
                            x,
                            shape_of(*input),
                            weights,
                            window,
                            *groups,
                        );
                    }
                    Term::Scale { factor, .. } => {
                        let factor = *factor as f32;
                        out.iter_mut()
                            .zip(x)
                            .for_each(|(cell, x)| *cell += factor * x);
                    }
                }
            }
            out
        }
        Op::Affine {
            input,
            scale,
            shift,
        } => {
            let cells = plane(node.shape).max(1);
            let channel = |index: usize| if scale.len() == 1 { 0 } else { index / cells };
            let affine =
                |(index, x): (usize, &f32)| scale[channel(index)] * x + shift[channel(index)];
            value(*input).iter().enumerate().map(affine).collect()
        }
        Op::Map { input, function } => value(*input)
            .iter()
            .map(|&x| function.apply(x as f64) as f32)
            .collect(),
        Op::Combine { op, a, b } => {
            let pairs = value(*a).iter().zip(value(*b));
            pairs
                .map(|(&x, &y)| op.apply(x as f64, y as f64) as f32)
                .collect()
        }
        Op::MaxPool { input, window } => pool(
            node.shape,
            value(*input),
            shape_of(*input),
            window,
            f32::NEG_INFINITY,
            f32::max,
        ),
        Op::SumPool { input, window } => pool(
            node.shape,
            value(*input),
            shape_of(*input),
            window,
            0.0,
            |sum, x| sum + x,
        ),
        Op::Transpose { input, axes } => {
            let dims = shape_of(*input).dims().map(|dim| dim as usize);
            let strides = [dims[1] * dims[2], dims[2], 1];
            let [da, db, dc] = axes.map(|axis| dims[axis as usize]);
            let [sa, sb, sc] = axes.map(|axis| strides[axis as usize]);
            let x = value(*input);
            let mut out = Vec::with_capacity(x.len());
            for a in 0..da {
                for b in 0..db {
                    out.extend((0..dc).map(|c| x[a * sa + b * sb + c * sc]));
                }
            }
            out
        }
        Op::Reshape { input } => value(*input).to_vec(),
        Op::Pad { input, begin, .. } => {
            let (from, to) = (shape_of(*input), node.shape);
            let mut out = vec![0.0; to.cells() as usize];
            let width = from.width as usize;
            for (row, x) in value(*input).chunks_exact(width).enumerate() {
                let (c, i) = (row / from.height as usize, row % from.height as usize);
                let start = (c * to.height as usize + i + begin[0] as usize) * to.width as usize;
                let start = start + begin[1] as usize;
                out[start..start + width].copy_from_slice(x);
            }
            out
        }
    }
}

/// Cells of a channel.
fn plane(shape: Shape) -> usize {
    shape.height as usize * shape.width as usize
}

/// The bias in every cell.
fn start(shape: Shape, linear: &Linear) -> Vec<f32> {
    match &linear.bias {
        Some(bias) => bias
            .iter()
            .flat_map(|&b| std::iter::repeat_n(b, plane(shape)))
            .collect(),
        None => vec![0.0; shape.cells() as usize],
    }
}

/// Sum of products, in 16 independent lanes so that it vectorises.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0f32; LANES];
    let (heads_a, heads_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = heads_a
        .remainder()
        .iter()
        .zip(heads_b.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in heads_a.zip(heads_b) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// For each output index along one axis, the source of a tap: `index * stride + offset`, where it is inside `[0, extent)`.
fn inside(outputs: usize, stride: usize, offset: isize, extent: usize) -> std::ops::Range<usize> {
    let stride = stride as isize;
    // The first index whose source is at least 0, and the first whose source is at least `extent`.
    let first =
        (-offset).max(0).div_euclid(stride) + ((-offset).max(0).rem_euclid(stride) != 0) as isize;
    let limit = extent as isize - offset;
    let end = if limit <= 0 {
        0
    } else {
        (limit - 1).div_euclid(stride) + 1
    };
    let end = end.min(outputs as isize);
    first.min(end) as usize..end as usize
}

fn convolve(
    out: &mut [f32],
    to: Shape,
    x: &[f32],
    from: Shape,
    weights: &[f32],
    window: &Window,
    groups: u32,
) {
    let [kh, kw] = window.kernel.map(|k| k as usize);
    let inputs_each = (from.channels / groups) as usize;
    let outputs_each = (to.channels / groups) as usize;
    let taps = kh * kw;
    for (o, out) in out.chunks_exact_mut(plane(to)).enumerate() {
        let first = o / outputs_each * inputs_each;
        for c in 0..inputs_each {
            let x = &x[(first + c) * plane(from)..][..plane(from)];
            let kernel = &weights[(o * inputs_each + c) * taps..][..taps];
            for_taps(to, from, window, |tap, rows, columns, source| {
                let weight = kernel[tap];
                if weight == 0.0 {
                    return;
                }
                for i in rows {
                    let out = &mut out[i * to.width as usize..][columns.clone()];
                    let x = &x[source(i, columns.start)..];
                    if window.stride[1] == 1 {
                        out.iter_mut()
                            .zip(x)
                            .for_each(|(cell, x)| *cell += weight * x);
                    } else {
                        let strided = x.iter().step_by(window.stride[1] as usize);
                        out.iter_mut()
                            .zip(strided)
                            .for_each(|(cell, x)| *cell += weight * x);
                    }
                }
            });
        }
    }
}

/// Calls `visit(tap, rows, columns, source)` for every tap: the output rows and columns whose source is inside the input, and
/// the flat index of the source of `(row, column)`.
fn for_taps(
    to: Shape,
    from: Shape,
    window: &Window,
    mut visit: impl FnMut(
        usize,
        std::ops::Range<usize>,
        std::ops::Range<usize>,
        &dyn Fn(usize, usize) -> usize,
    ),
) {
    let [kh, kw] = window.kernel.map(|k| k as usize);
    let [sh, sw] = window.stride.map(|s| s as usize);
    for u in 0..kh {
        let down = (u * window.dilation[0] as usize) as isize - window.pad_begin[0] as isize;
        let rows = inside(to.height as usize, sh, down, from.height as usize);
        for v in 0..kw {
            let right = (v * window.dilation[1] as usize) as isize - window.pad_begin[1] as isize;
            let columns = inside(to.width as usize, sw, right, from.width as usize);
            if rows.is_empty() || columns.is_empty() {
                continue;
            }
            let source = |i: usize, j: usize| {
                let row = (i * sh) as isize + down;
                let column = (j * sw) as isize + right;
                row as usize * from.width as usize + column as usize
            };
            visit(u * kw + v, rows.clone(), columns, &source);
        }
    }
}

fn pool(
    to: Shape,
    x: &[f32],
    from: Shape,
    window: &Window,
    empty: f32,
    join: impl Fn(f32, f32) -> f32,
) -> Vec<f32> {
    let mut out = vec![empty; to.cells() as usize];
    for (out, x) in out
        .chunks_exact_mut(plane(to))
        .zip(x.chunks_exact(plane(from)))
    {
        for_taps(to, from, window, |_, rows, columns, source| {
            for i in rows {
                for j in columns.clone() {
                    let cell = &mut out[i * to.width as usize + j];
                    *cell = join(*cell, x[source(i, j)]);
                }
            }
        });
    }
    out
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn find_the_outputs_whose_source_is_inside() {
        for extent in 1..6usize {
            for stride in 1..4usize {
                for offset in -4..5isize {
                    let outputs = 6;
                    let expected: Vec<usize> = (0..outputs)
                        .filter(|&i| {
                            (0..extent as isize).contains(&((i * stride) as isize + offset))
                        })
                        .collect();
                    let found: Vec<usize> = inside(outputs, stride, offset, extent).collect();
                    assert_eq!(
                        found, expected,
                        "extent {extent} stride {stride} offset {offset}"
                    );
                }
            }
        }
    }

    #[test]
    fn sum_in_lanes() {
        let a: Vec<f32> = (0..37).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), (0..37).map(|i| (i * i) as f32).sum::<f32>());
    }
}

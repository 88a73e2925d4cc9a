// SPDX-License-Identifier: Apache-2.0
//! The textbook meaning of a circuit on unpadded tensors, written without the interpreter or any of
//! its parts.

use alloc::{vec, vec::Vec};

use crate::*;

/// An unpadded tensor.
#[derive(Clone, Debug)]
struct Plain {
    dims: [i64; 3],
    cells: Vec<i64>,
}

impl Plain {
    fn of(shape: Shape) -> Self {
        let dims = [shape.channels, shape.height, shape.width].map(i64::from);
        Self {
            dims,
            cells: vec![0; (dims[0] * dims[1] * dims[2]) as usize],
        }
    }

    fn at(&self, [c, h, w]: [i64; 3]) -> Option<i64> {
        let inside = [c, h, w]
            .iter()
            .zip(self.dims)
            .all(|(&i, dim)| (0..dim).contains(&i));
        inside.then(|| self.cells[((c * self.dims[1] + h) * self.dims[2] + w) as usize])
    }

    /// Sets every cell to `value` of its coordinates.
    fn fill(mut self, value: impl Fn([i64; 3]) -> i64) -> Self {
        let mut next = 0;
        for c in 0..self.dims[0] {
            for h in 0..self.dims[1] {
                for w in 0..self.dims[2] {
                    self.cells[next] = value([c, h, w]);
                    next += 1;
                }
            }
        }
        self
    }
}

fn sources(window: &Window, i: i64, j: i64) -> Vec<(i64, i64)> {
    let along = |axis: usize, position: i64, tap: u16| {
        position * i64::from(window.stride[axis])
            + i64::from(tap) * i64::from(window.dilation[axis])
            - i64::from(window.pad_begin[axis])
    };
    (0..window.kernel[0])
        .flat_map(|u| (0..window.kernel[1]).map(move |v| (u, v)))
        .map(|(u, v)| (along(0, i, u), along(1, j, v)))
        .collect()
}

/// Output extents by counting positions at which the window lies inside the padded tensor.
fn window_shape(from: Shape, window: &Window) -> Shape {
    let along = |axis: usize, extent: u32| {
        let (begin, end) = (
            i64::from(window.pad_begin[axis]),
            i64::from(window.pad_end[axis]),
        );
        let last = i64::from(window.kernel[axis] - 1) * i64::from(window.dilation[axis]);
        (0..)
            .map(|position| position * i64::from(window.stride[axis]) - begin)
            .take_while(|start| start + last < i64::from(extent) + end)
            .count() as u32
    };
    Shape::new(from.channels, along(0, from.height), along(1, from.width))
}

fn apply(table: &Table, values: Option<&Vec<i32>>, key: i64) -> i64 {
    match (table, values) {
        (Table::Clamp { range, .. }, _) => {
            if key < i64::from(range.low) {
                i64::from(range.low)
            } else if key > i64::from(range.high) {
                i64::from(range.high)
            } else {
                key
            }
        }
        (Table::Committed { width, .. }, Some(values)) => {
            i64::from(values[usize::try_from(key + (1 << width) / 2).unwrap()])
        }
        (Table::Committed { .. }, None) => panic!("a committed table has values"),
    }
}

fn floor_div(number: i64, divisor: i64) -> i64 {
    let quotient = number / divisor;
    quotient - i64::from(quotient * divisor > number)
}

/// The logical cells of the output.
pub(super) fn run(model: &Model, input: &[i32]) -> Vec<i32> {
    let definition = model.circuit().definition();
    let mut weights = model.parameters().weights.iter();
    let mut biases = model.parameters().biases.iter();
    let mut values = model.parameters().tables.iter();
    let values: Vec<Option<&Vec<i32>>> = definition
        .tables
        .iter()
        .map(|table| match table {
            Table::Clamp { .. } => None,
            Table::Committed { .. } => values.next(),
        })
        .collect();
    let mut shapes = vec![definition.input_shape];
    let mut first = Plain::of(definition.input_shape);
    first.cells = input.iter().map(|&cell| i64::from(cell)).collect();
    let mut tensors = vec![first];
    for node in &definition.nodes {
        let (shape, tensor) = match node {
            Node::Linear(linear) => {
                let mut sums = Plain::of(linear.shape);
                for term in &linear.terms {
                    let x = &tensors[usize::from(term.input())];
                    let weights = match term {
                        Term::Scale { .. } => &[][..],
                        _ => weights.next().unwrap().as_slice(),
                    };
                    let previous = sums.clone();
                    sums = sums.fill(|at| {
                        previous.at(at).unwrap() + term_value(term, linear.shape, x, weights, at)
                    });
                }
                if linear.bias {
                    let bias = biases.next().unwrap();
                    let previous = sums.clone();
                    sums =
                        sums.fill(|at| previous.at(at).unwrap() + i64::from(bias[at[0] as usize]));
                }
                if let Some(Requantise { shift, table }) = linear.requantise {
                    let table = usize::from(table);
                    for cell in &mut sums.cells {
                        let key = floor_div(*cell, 1 << shift);
                        *cell = apply(&definition.tables[table], values[table], key);
                    }
                }
                (linear.shape, sums)
            }
            Node::Lookup { input, table } => {
                let (input, table) = (usize::from(*input), usize::from(*table));
                let mut tensor = tensors[input].clone();
                for cell in &mut tensor.cells {
                    *cell = apply(&definition.tables[table], values[table], *cell);
                }
                (shapes[input], tensor)
            }
            Node::MaxPool { input, window } => {
                let input = usize::from(*input);
                let shape = window_shape(shapes[input], window);
                let least = i64::from(model.circuit().tensors()[input].range.low);
                let tensor = Plain::of(shape).fill(|[c, i, j]| {
                    let taps = sources(window, i, j).into_iter();
                    taps.map(|(h, w)| tensors[input].at([c, h, w]).unwrap_or(least))
                        .max()
                        .unwrap()
                });
                (shape, tensor)
            }
            Node::SumPool { input, window } => {
                let input = usize::from(*input);
                let shape = window_shape(shapes[input], window);
                let tensor = Plain::of(shape).fill(|[c, i, j]| {
                    let taps = sources(window, i, j).into_iter();
                    taps.filter_map(|(h, w)| tensors[input].at([c, h, w])).sum()
                });
                (shape, tensor)
            }
            Node::Transpose { input, axes } => {
                let input = usize::from(*input);
                let from = shapes[input].dims();
                let dims = axes.map(|axis| from[usize::from(axis)]);
                let shape = Shape::new(dims[0], dims[1], dims[2]);
                let tensor = Plain::of(shape).fill(|at| {
                    let mut source = [0; 3];
                    for (axis, position) in axes.iter().zip(at) {
                        source[usize::from(*axis)] = position;
                    }
                    tensors[input].at(source).unwrap()
                });
                (shape, tensor)
            }
            Node::Reshape { input, shape } => {
                let mut tensor = Plain::of(*shape);
                tensor.cells = tensors[usize::from(*input)].cells.clone();
                (*shape, tensor)
            }
        };
        shapes.push(shape);
        tensors.push(tensor);
    }
    let output = tensors.swap_remove(usize::from(definition.output));
    output
        .cells
        .into_iter()
        .map(|cell| i32::try_from(cell).unwrap())
        .collect()
}

fn term_value(term: &Term, shape: Shape, x: &Plain, weights: &[i16], [o, i, j]: [i64; 3]) -> i64 {
    match term {
        Term::Gemm { .. } => {
            let columns = x.cells.len();
            let row = &weights[o as usize * columns..][..columns];
            row.iter()
                .zip(&x.cells)
                .map(|(&weight, &cell)| i64::from(weight) * cell)
                .sum()
        }
        Term::Conv { window, groups, .. } => {
            let (inputs, outputs) = (
                x.dims[0] / i64::from(*groups),
                i64::from(shape.channels / groups),
            );
            let group = o / outputs;
            let taps = sources(window, i, j);
            let mut sum = 0;
            for c in 0..inputs {
                for (tap, (h, w)) in taps.iter().enumerate() {
                    let weight = weights[(o * inputs + c) as usize * taps.len() + tap];
                    sum += i64::from(weight) * x.at([group * inputs + c, *h, *w]).unwrap_or(0);
                }
            }
            sum
        }
        Term::Scale { factor, .. } => i64::from(*factor) * x.at([o, i, j]).unwrap(),
    }
}

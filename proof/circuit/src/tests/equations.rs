// SPDX-License-Identifier: Apache-2.0
//! The equation of every padded cell, as the documentation of the types writes it: from *padded*
//! weights and tensors, with no case for pads other than those of the definition.

use alloc::vec::Vec;

use crate::*;

/// One padded tensor.
struct Padded<'a> {
    info: &'a TensorInfo,
    cells: &'a [i32],
}

impl Padded<'_> {
    fn at(&self, c: usize, h: usize, w: usize) -> i64 {
        let [_, height, width] = self.info.padded();
        i64::from(self.cells[(c * height + h) * width + w])
    }

    /// `V` of a window: the source if `(i, j)` is inside the logical output and the source inside
    /// the logical input.
    fn view(
        &self,
        window: &Window,
        output: Shape,
        c: usize,
        [u, v]: [usize; 2],
        [i, j]: [usize; 2],
    ) -> Option<i64> {
        let source = |axis: usize, position: usize, tap: usize| {
            (position * usize::from(window.stride[axis]) + tap * usize::from(window.dilation[axis]))
                .checked_sub(usize::from(window.pad_begin[axis]))
        };
        let (h, w) = (source(0, i, u)?, source(1, j, v)?);
        let inside = i < output.height as usize
            && j < output.width as usize
            && h < self.info.shape.height as usize
            && w < self.info.shape.width as usize;
        inside.then(|| self.at(c, h, w))
    }
}

fn taps(window: &Window) -> impl Iterator<Item = [usize; 2]> {
    let [height, width] = window.kernel.map(usize::from);
    (0..height).flat_map(move |u| (0..width).map(move |v| [u, v]))
}

/// Panics unless every padded cell of `trace` obeys its node's equation, its tensor's range and the
/// model's bounds. `order` is applied to the summands of each accumulator, which must fit `i32` at
/// every step.
pub(super) fn check(model: &Model, trace: &Trace, order: impl Fn(&mut Vec<i64>)) {
    let circuit = model.circuit();
    for (info, cells) in circuit.tensors().iter().zip(trace.tensors()) {
        assert_eq!(cells.len(), info.size());
        assert!(
            cells.iter().all(|&cell| info.range.contains(cell)),
            "{info:?}"
        );
    }
    for (node, definition) in (0u16..).zip(circuit.nodes()) {
        let output = circuit.tensor(node + 1).unwrap();
        let result = Padded {
            info: output,
            cells: trace.tensor(node + 1).unwrap(),
        };
        let [channels, height, width] = output.padded();
        for c in 0..channels {
            for h in 0..height {
                for w in 0..width {
                    let expected = cell(model, trace, (node, definition), [c, h, w], &order);
                    assert_eq!(
                        result.at(c, h, w),
                        expected,
                        "node {node}, cell {c}, {h}, {w}"
                    );
                }
            }
        }
    }
}

fn cell(
    model: &Model,
    trace: &Trace,
    (node, definition): (u16, &Node),
    [c, h, w]: [usize; 3],
    order: &impl Fn(&mut Vec<i64>),
) -> i64 {
    let circuit = model.circuit();
    let output = circuit.tensor(node + 1).unwrap();
    let padded = |id: TensorId| Padded {
        info: circuit.tensor(id).unwrap(),
        cells: trace.tensor(id).unwrap(),
    };
    match definition {
        Node::Linear(linear) => {
            let mut summands = summands(model, linear, node, [c, h, w], &padded);
            order(&mut summands);
            let mut sum = 0i32;
            for summand in summands {
                sum = sum.checked_add(i32::try_from(summand).unwrap()).unwrap();
            }
            let bounds = model
                .bounds()
                .iter()
                .find(|bounds| bounds.node == node)
                .unwrap();
            let Interval { low, high } = bounds.channels[c];
            assert!((low..=high).contains(&i64::from(sum)));
            let Some(Requantise { shift, table }) = linear.requantise else {
                return i64::from(sum);
            };
            let accumulator = trace.accumulator(node).unwrap();
            assert_eq!(accumulator[output.index(c, h, w)], sum);
            apply(model, table, i64::from(sum).div_euclid(1 << shift))
        }
        Node::Lookup { input, table } => apply(model, *table, padded(*input).at(c, h, w)),
        Node::MaxPool { input, window } => {
            let x = padded(*input);
            let outside = i64::from(x.info.range.low);
            taps(window)
                .map(|tap| {
                    x.view(window, output.shape, c, tap, [h, w])
                        .unwrap_or(outside)
                })
                .max()
                .unwrap()
        }
        Node::SumPool { input, window } => {
            let x = padded(*input);
            taps(window)
                .map(|tap| x.view(window, output.shape, c, tap, [h, w]).unwrap_or(0))
                .sum()
        }
        Node::Transpose { input, axes } => {
            let mut source = [0; 3];
            for (axis, position) in axes.iter().zip([c, h, w]) {
                source[usize::from(*axis)] = position;
            }
            padded(*input).at(source[0], source[1], source[2])
        }
        Node::Reshape { input, .. } => i64::from(padded(*input).cells[output.index(c, h, w)]),
    }
}

/// What is added up in one padded cell of a linear node: a summand for each padded weight.
fn summands<'a>(
    model: &Model,
    linear: &Linear,
    node: u16,
    [o, i, j]: [usize; 3],
    padded: &impl Fn(TensorId) -> Padded<'a>,
) -> Vec<i64> {
    let mut summands = Vec::new();
    for (term, summand) in (0u8..).zip(&linear.terms) {
        let x = padded(summand.input());
        match summand {
            Term::Gemm { .. } => {
                let row = weight_row(model, node, term, o);
                assert_eq!(row.len(), x.cells.len());
                summands.extend(
                    row.iter()
                        .zip(x.cells)
                        .map(|(&w, &cell)| i64::from(w) * i64::from(cell)),
                );
            }
            Term::Conv { window, groups, .. } => {
                let outputs = (linear.shape.channels / groups) as usize;
                let inputs = (x.info.shape.channels / groups) as usize;
                let row = weight_row(model, node, term, o);
                let taps_padded = row.len() / inputs.next_power_of_two();
                for c in 0..inputs.next_power_of_two() {
                    for (t, tap) in taps(window).enumerate() {
                        // One group: the padded channel itself. Several: their size is a power of
                        // two.
                        let channel = o / outputs.next_power_of_two() * inputs + c;
                        let channel = if *groups == 1 { c } else { channel };
                        if channel < x.info.padded()[0] {
                            let v = x.view(window, linear.shape, channel, tap, [i, j]);
                            let weight = i64::from(row[c * taps_padded + t]);
                            summands.push(weight * v.unwrap_or(0));
                        }
                    }
                }
            }
            Term::Scale { factor, .. } => summands.push(i64::from(*factor) * x.at(o, i, j)),
        }
    }
    if linear.bias {
        let id = ParameterId::Bias { node };
        let tensor = model
            .layout()
            .iter()
            .find(|tensor| tensor.id == id)
            .unwrap();
        let bias = tensor.pad(&model.parameters().biases[tensor.position]);
        summands.push(i64::from(bias[o]));
    }
    summands
}

/// The padded weights of one padded output channel.
fn weight_row(model: &Model, node: u16, term: u8, output: usize) -> Vec<i16> {
    let id = ParameterId::Weights { node, term };
    let tensor = model
        .layout()
        .iter()
        .find(|tensor| tensor.id == id)
        .unwrap();
    let weights = tensor.pad(&model.parameters().weights[tensor.position]);
    let logs = tensor.log_dims();
    // A Gemm's rows are its first axis, a convolution's its first two: groups, then channels of a
    // group.
    let rows = match &model.circuit().nodes()[usize::from(node)] {
        Node::Linear(linear) => match linear.terms[usize::from(term)] {
            Term::Gemm { .. } => logs[0],
            _ => logs[0] + logs[1],
        },
        _ => panic!("not a linear node"),
    };
    let length = weights.len() >> rows;
    weights[output * length..][..length].to_vec()
}

fn apply(model: &Model, table: TableId, key: i64) -> i64 {
    match model.circuit().tables()[usize::from(table)] {
        Table::Clamp { range, .. } => key.max(range.low.into()).min(range.high.into()),
        Table::Committed { width, .. } => {
            let id = ParameterId::Table { table };
            let tensor = model
                .layout()
                .iter()
                .find(|tensor| tensor.id == id)
                .unwrap();
            let values = &model.parameters().tables[tensor.position];
            i64::from(values[(key + (1 << (width - 1))) as usize])
        }
    }
}

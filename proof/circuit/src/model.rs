// SPDX-License-Identifier: Apache-2.0
//! A circuit with its parameters, and the proof that they belong together.

use alloc::vec::Vec;

use codec::{Compact, Decode};

use crate::{
    bounds::{channel_intervals, key_width, ChannelInterval, Interval, LinearBounds},
    circuit::Circuit,
    error::{ParameterError, ParameterList},
    layout::{ParameterId, ParameterTensor},
    types::{Linear, Node, Parameters, Range, Term},
};

/// A circuit and parameters under which it is total: for every input in range each sum fits `i32`,
/// in whatever order it is taken, and each key fits its table.
///
/// Nobody but the owner of the weights and who runs them can check this. A proof does not rely on
/// it: it says that the trace exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    circuit: Circuit,
    parameters: Parameters,
    layout: Vec<ParameterTensor>,
    bounds: Vec<LinearBounds>,
}

impl Model {
    /// Checks `parameters` against `circuit`. Time and memory are linear in the parameters.
    pub fn new(circuit: Circuit, parameters: Parameters) -> Result<Self, ParameterError> {
        let layout = circuit.parameter_layout();
        check_lengths(&layout, &parameters)?;
        check_values(&layout, &parameters)?;
        let bounds = check_bounds(&circuit, &parameters)?;
        Ok(Self {
            circuit,
            parameters,
            layout,
            bounds,
        })
    }

    /// The circuit.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// The parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// [`Circuit::parameter_layout`].
    pub fn layout(&self) -> &[ParameterTensor] {
        &self.layout
    }

    /// The intervals of every linear node, in node order.
    pub fn bounds(&self) -> &[LinearBounds] {
        &self.bounds
    }

    /// Circuit and parameters, to change them and check them again.
    pub fn into_parts(self) -> (Circuit, Parameters) {
        (self.circuit, self.parameters)
    }
}

impl Parameters {
    /// Decodes hostile bytes as the parameters of `circuit`: each count and length is compared with
    /// the circuit's before memory is taken. All bytes must belong to the parameters. The values
    /// are checked by [`Model::new`].
    pub fn from_bytes(circuit: &Circuit, bytes: &[u8]) -> Result<Self, ParameterError> {
        let layout = circuit.parameter_layout();
        let mut rest = bytes;
        let weights = decode_tensors(
            &layout,
            ParameterList::Weights,
            bytes,
            &mut rest,
            i16::from_le_bytes,
        )?;
        let biases = decode_tensors(
            &layout,
            ParameterList::Biases,
            bytes,
            &mut rest,
            i32::from_le_bytes,
        )?;
        let tables = decode_tensors(
            &layout,
            ParameterList::Tables,
            bytes,
            &mut rest,
            i32::from_le_bytes,
        )?;
        if !rest.is_empty() {
            return Err(ParameterError::TrailingBytes { bytes: rest.len() });
        }
        Ok(Self {
            weights,
            biases,
            tables,
        })
    }
}

/// The tensors of the layout that are in `list`.
fn of_list(
    layout: &[ParameterTensor],
    list: ParameterList,
) -> impl Iterator<Item = &ParameterTensor> + Clone {
    layout.iter().filter(move |tensor| tensor.id.list() == list)
}

impl ParameterId {
    /// The list of [`Parameters`] that the tensor is in.
    pub fn list(&self) -> ParameterList {
        match self {
            Self::Weights { .. } => ParameterList::Weights,
            Self::Bias { .. } => ParameterList::Biases,
            Self::Table { .. } => ParameterList::Tables,
        }
    }
}

/// Reads one list of tensors, each value `N` bytes that `value` turns into a number.
fn decode_tensors<T, const N: usize>(
    layout: &[ParameterTensor],
    list: ParameterList,
    bytes: &[u8],
    rest: &mut &[u8],
    value: impl Fn([u8; N]) -> T,
) -> Result<Vec<Vec<T>>, ParameterError> {
    let malformed = |rest: &[u8]| ParameterError::Malformed {
        offset: bytes.len() - rest.len(),
    };
    let count = |rest: &mut &[u8]| {
        Compact::<u32>::decode(rest)
            .map(|count| count.0 as usize)
            .map_err(|_| malformed(rest))
    };
    let expected = of_list(layout, list).count();
    let found = count(rest)?;
    if found != expected {
        return Err(ParameterError::Count {
            list,
            expected,
            found,
        });
    }
    let mut tensors = Vec::with_capacity(expected);
    for tensor in of_list(layout, list) {
        let found = count(rest)?;
        let expected = tensor.cells() as usize;
        if found != expected {
            return Err(ParameterError::Length {
                tensor: tensor.id,
                expected,
                found,
            });
        }
        // Memory is taken only for bytes that are there.
        let (values, after) = rest
            .split_at_checked(found * N)
            .ok_or_else(|| malformed(rest))?;
        let (values, _) = values.as_chunks::<N>();
        tensors.push(values.iter().map(|&bytes| value(bytes)).collect());
        *rest = after;
    }
    Ok(tensors)
}

fn check_lengths(
    layout: &[ParameterTensor],
    parameters: &Parameters,
) -> Result<(), ParameterError> {
    let Parameters {
        weights,
        biases,
        tables,
    } = parameters;
    for (list, found) in [
        (ParameterList::Weights, weights.len()),
        (ParameterList::Biases, biases.len()),
        (ParameterList::Tables, tables.len()),
    ] {
        let expected = of_list(layout, list).count();
        if found != expected {
            return Err(ParameterError::Count {
                list,
                expected,
                found,
            });
        }
    }
    for tensor in layout {
        let found = match tensor.id {
            ParameterId::Weights { .. } => weights[tensor.position].len(),
            ParameterId::Bias { .. } => biases[tensor.position].len(),
            ParameterId::Table { .. } => tables[tensor.position].len(),
        };
        let expected = tensor.cells() as usize;
        if found != expected {
            return Err(ParameterError::Length {
                tensor: tensor.id,
                expected,
                found,
            });
        }
    }
    Ok(())
}

fn check_values(layout: &[ParameterTensor], parameters: &Parameters) -> Result<(), ParameterError> {
    for tensor in layout {
        let range = tensor.range;
        match tensor.id {
            ParameterId::Weights { node, term } => {
                let weights = &parameters.weights[tensor.position];
                // All at once first, which is faster than one by one.
                let (low, high) = weights.iter().fold((0, 0), |(low, high), &weight| {
                    (weight.min(low), weight.max(high))
                });
                if range.covers(Range {
                    low: low.into(),
                    high: high.into(),
                }) {
                    continue;
                }
                if let Some(&value) = weights.iter().find(|&&w| !range.contains(i32::from(w))) {
                    let bits = range.bits();
                    return Err(ParameterError::Weight {
                        node,
                        term,
                        value,
                        bits,
                    });
                }
            }
            ParameterId::Bias { .. } => {}
            ParameterId::Table { table } => {
                let values = &parameters.tables[tensor.position];
                let least = -(values.len() as i32 / 2);
                if let Some((key, &value)) = (least..)
                    .zip(values)
                    .find(|(_, &value)| !range.contains(value))
                {
                    return Err(ParameterError::TableValue { table, key, value });
                }
            }
        }
    }
    Ok(())
}

fn check_bounds(
    circuit: &Circuit,
    parameters: &Parameters,
) -> Result<Vec<LinearBounds>, ParameterError> {
    let mut weights = parameters.weights.iter().map(Vec::as_slice);
    let mut biases = parameters.biases.iter().map(Vec::as_slice);
    let mut bounds = Vec::new();
    for (node, linear) in (0u16..)
        .zip(circuit.nodes())
        .filter_map(|(index, node)| match node {
            Node::Linear(linear) => Some((index, linear)),
            _ => None,
        })
    {
        let operands: Vec<(Range, &[i16])> = linear
            .terms
            .iter()
            .map(|term| {
                let range = circuit.tensors()[usize::from(term.input())].range;
                match term {
                    Term::Scale { .. } => (range, &[][..]),
                    _ => (range, weights.next().unwrap_or_default()),
                }
            })
            .collect();
        let bias = if linear.bias {
            biases.next().unwrap_or_default()
        } else {
            &[]
        };
        let channels = channel_intervals(linear, &operands, bias);
        for (channel, interval) in (0..).zip(&channels) {
            check_channel(circuit, node, linear, channel, interval)?;
        }
        let channels = channels.iter().map(|channel| channel.accumulator).collect();
        bounds.push(LinearBounds { node, channels });
    }
    Ok(bounds)
}

fn check_channel(
    circuit: &Circuit,
    node: u16,
    linear: &Linear,
    channel: u32,
    interval: &ChannelInterval,
) -> Result<(), ParameterError> {
    if !interval.partial.fits_i32() {
        let Interval { low, high } = interval.partial;
        return Err(ParameterError::Accumulator {
            node,
            channel,
            low,
            high,
        });
    }
    if let Some(requantise) = linear.requantise {
        let keys = interval.accumulator.floor_shift(requantise.shift);
        let width = circuit.tables()[usize::from(requantise.table)].width();
        if key_width(keys) > width {
            let Interval { low, high } = keys;
            return Err(ParameterError::Key {
                node,
                channel,
                low,
                high,
                width,
            });
        }
    }
    Ok(())
}

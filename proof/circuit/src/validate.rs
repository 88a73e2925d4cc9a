// SPDX-License-Identifier: Apache-2.0
//! The rules that make a definition a circuit. Everything that other modules take for granted is
//! checked here, once.

use alloc::{vec, vec::Vec};

use crate::{
    circuit::CIRCUIT_VERSION,
    error::{CircuitError, NodeError, ShapeError, TableError, TermError, WindowError},
    layout::for_each_parameter_tensor,
    limits::*,
    tensor::{TensorInfo, TensorKind},
    types::{Definition, Linear, Node, Range, Shape, Table, TableId, TensorId, Term, Window},
};

/// Checks `definition` and derives its tensors, by [`TensorId`].
pub(crate) fn validate(definition: &Definition) -> Result<Vec<TensorInfo>, CircuitError> {
    if definition.version != CIRCUIT_VERSION {
        return Err(CircuitError::Version {
            version: definition.version,
        });
    }
    let count = definition.nodes.len();
    if count == 0 || count > MAX_NODES {
        return Err(CircuitError::NodeCount { count });
    }
    let count = definition.tables.len();
    if count > MAX_TABLES {
        return Err(CircuitError::TableCount { count });
    }
    for (table, entry) in (0..).zip(&definition.tables) {
        check_table(entry).map_err(|error| CircuitError::Table { table, error })?;
    }
    let input = check_input(definition)?;
    let mut trace_cells = input.size() as u64;
    let mut tensors = Vec::with_capacity(definition.nodes.len() + 1);
    tensors.push(input);
    for (node, entry) in (0..).zip(&definition.nodes) {
        let last = usize::from(node) + 1 == definition.nodes.len();
        let info = Checker {
            tensors: &tensors,
            tables: &definition.tables,
        }
        .node(entry, last)
        .map_err(|error| CircuitError::Node { node, error })?;
        // A linear node leaves its accumulator in the trace, which is the output itself if it is
        // raw.
        let copies = match (entry, info.kind) {
            (Node::Linear(_), TensorKind::Committed) => 2,
            _ => 1,
        };
        trace_cells += copies * info.size() as u64;
        if trace_cells > MAX_TRACE_CELLS {
            return Err(CircuitError::TraceCells { cells: trace_cells });
        }
        tensors.push(info);
    }
    check_use(definition)?;
    check_output(definition, &tensors)?;
    check_parameter_cells(definition, &tensors)?;
    Ok(tensors)
}

/// Binary logarithm of the smallest power of two that is at least `extent`, which is not 0.
pub(crate) fn ceil_log2(extent: u32) -> u8 {
    (u32::BITS - extent.saturating_sub(1).leading_zeros()) as u8
}

fn check_input(definition: &Definition) -> Result<TensorInfo, CircuitError> {
    let log_dims = log_dims(definition.input_shape).map_err(CircuitError::InputShape)?;
    let range = definition.input_range;
    if !range.contains(0) || range.bits() > MAX_CODE_BITS {
        return Err(CircuitError::InputRange { range });
    }
    let input = TensorInfo {
        shape: definition.input_shape,
        log_dims,
        range,
        kind: TensorKind::Input,
    };
    if input.size() as u64 > MAX_INPUT_CELLS {
        return Err(CircuitError::InputShape(ShapeError::TooLarge));
    }
    Ok(input)
}

fn log_dims(shape: Shape) -> Result<[u8; 3], ShapeError> {
    if shape.dims().contains(&0) {
        return Err(ShapeError::Zero);
    }
    let logs = shape.dims().map(ceil_log2);
    if logs.iter().sum::<u8>() > MAX_TENSOR_LOG {
        return Err(ShapeError::TooLarge);
    }
    Ok(logs)
}

fn check_table(table: &Table) -> Result<(), TableError> {
    let (width, range) = (table.width(), table.range());
    let limit = match table {
        Table::Clamp { .. } => MAX_CLAMP_WIDTH,
        Table::Committed { .. } => MAX_TABLE_WIDTH,
    };
    if width == 0 || width > limit {
        return Err(TableError::Width { width });
    }
    let bound = 1 << MAX_CODE_BITS;
    if range.low > range.high
        || range.low <= -bound
        || range.high >= bound
        || range.bits() > MAX_CODE_BITS
    {
        return Err(TableError::Range { range });
    }
    if matches!(table, Table::Clamp { .. }) {
        let bits = range.bits();
        // `range.bits()` is at most 16, so that the shifts do not overflow.
        let full = bits > 0 && range.high - range.low == (1 << bits) - 1;
        let canonical = range.low == 0 || (bits > 0 && range.low == -(1 << (bits - 1)));
        let splits = width <= MAX_TABLE_WIDTH || bits >= WIDE_CLAMP_LOW_BITS;
        if !full || !canonical || !splits || !table.keys().covers(range) {
            return Err(TableError::ClampRange { width, range });
        }
    }
    Ok(())
}

/// Every node reaches the output and every table is used.
fn check_use(definition: &Definition) -> Result<(), CircuitError> {
    // Nodes are in topological order, so the last one is read by none: it is the output or dead.
    if usize::from(definition.output) != definition.nodes.len() {
        return Err(CircuitError::Output {
            tensor: definition.output,
        });
    }
    let mut read = vec![false; definition.nodes.len() + 1];
    read[definition.nodes.len()] = true;
    let mut used = vec![false; definition.tables.len()];
    for (index, node) in definition.nodes.iter().enumerate().rev() {
        if !read[index + 1] {
            return Err(CircuitError::DeadNode { node: index as u16 });
        }
        for input in node.inputs() {
            read[usize::from(input)] = true;
        }
        let table = match node {
            Node::Linear(linear) => linear.requantise.map(|requantise| requantise.table),
            Node::Lookup { table, .. } => Some(*table),
            _ => None,
        };
        if let Some(table) = table {
            used[usize::from(table)] = true;
        }
    }
    match (0..).zip(used).find(|(_, used)| !used) {
        Some((table, _)) => Err(CircuitError::UnusedTable { table }),
        None => Ok(()),
    }
}

fn check_output(definition: &Definition, tensors: &[TensorInfo]) -> Result<(), CircuitError> {
    let cells = tensors[usize::from(definition.output)].size() as u64;
    if cells > MAX_OUTPUT_CELLS {
        return Err(CircuitError::OutputCells { cells });
    }
    Ok(())
}

fn check_parameter_cells(
    definition: &Definition,
    tensors: &[TensorInfo],
) -> Result<(), CircuitError> {
    let shape_of = |id| tensors[usize::from(id)].shape;
    let (mut logical, mut padded) = (0u64, 0u64);
    for_each_parameter_tensor(definition, shape_of, |tensor| {
        logical = logical.saturating_add(tensor.cells());
        padded = padded.saturating_add(tensor.padded_cells());
    });
    if logical > MAX_LOGICAL_PARAMETERS || padded > MAX_PARAMETER_CELLS {
        return Err(CircuitError::ParameterCells { logical, padded });
    }
    Ok(())
}

/// What a node may refer to.
struct Checker<'a> {
    tensors: &'a [TensorInfo],
    tables: &'a [Table],
}

impl Checker<'_> {
    fn node(&self, node: &Node, last: bool) -> Result<TensorInfo, NodeError> {
        match node {
            Node::Linear(linear) => self.linear(linear, last),
            Node::Lookup { input, table } => {
                let (input, table) = (self.tensor(*input)?, self.table(*table)?);
                if !table.keys().covers(input.range) {
                    return Err(NodeError::LookupKeys {
                        width: table.width(),
                        range: input.range,
                    });
                }
                Ok(TensorInfo {
                    range: table.range(),
                    kind: TensorKind::Committed,
                    ..*input
                })
            }
            Node::MaxPool { input, window } => {
                let input = self.tensor(*input)?;
                let shape = window_output(input.shape, window).map_err(NodeError::Window)?;
                if window.taps() > MAX_POOL_TAPS {
                    return Err(NodeError::PoolTaps {
                        taps: window.taps(),
                    });
                }
                if input.range.bits() > MAX_RANGE_BITS {
                    return Err(NodeError::PoolBits {
                        bits: input.range.bits(),
                    });
                }
                tensor(shape, input.range, TensorKind::Committed)
            }
            Node::SumPool { input, window } => {
                let input = self.tensor(*input)?;
                let shape = window_output(input.shape, window).map_err(NodeError::Window)?;
                tensor(
                    shape,
                    sum_range(input.range, window.taps())?,
                    TensorKind::Virtual,
                )
            }
            Node::Transpose { input, axes } => {
                let input = self.tensor(*input)?;
                let mut sorted = *axes;
                sorted.sort_unstable();
                if sorted != [0, 1, 2] {
                    return Err(NodeError::Axes { axes: *axes });
                }
                let dims = input.shape.dims();
                let [channels, height, width] = axes.map(|axis| dims[usize::from(axis)]);
                tensor(
                    Shape {
                        channels,
                        height,
                        width,
                    },
                    input.range,
                    TensorKind::Virtual,
                )
            }
            Node::Reshape { input, shape } => {
                let input = self.tensor(*input)?;
                let info = tensor(*shape, input.range, TensorKind::Virtual)?;
                if merged_extents(input.shape) != merged_extents(*shape) {
                    return Err(NodeError::Reshape {
                        from: input.shape,
                        to: *shape,
                    });
                }
                Ok(info)
            }
        }
    }

    fn linear(&self, linear: &Linear, last: bool) -> Result<TensorInfo, NodeError> {
        let count = linear.terms.len();
        if count == 0 || count > MAX_TERMS {
            return Err(NodeError::TermCount { count });
        }
        log_dims(linear.shape).map_err(NodeError::Shape)?;
        for (index, term) in (0..).zip(&linear.terms) {
            self.term(term, linear.shape)
                .map_err(|error| NodeError::Term { term: index, error })?;
        }
        match linear.requantise {
            Some(requantise) => {
                let table = self.table(requantise.table)?;
                if requantise.shift > MAX_SHIFT {
                    return Err(NodeError::Shift {
                        shift: requantise.shift,
                    });
                }
                tensor(linear.shape, table.range(), TensorKind::Committed)
            }
            None if last => {
                let range = Range {
                    low: i32::MIN,
                    high: i32::MAX,
                };
                tensor(linear.shape, range, TensorKind::Raw)
            }
            None => Err(NodeError::RawNotOutput),
        }
    }

    fn term(&self, term: &Term, shape: Shape) -> Result<(), TermError> {
        let input =
            self.tensors
                .get(usize::from(term.input()))
                .ok_or(TermError::UnknownTensor {
                    tensor: term.input(),
                })?;
        let made = match term {
            Term::Gemm { weight_bits, .. } => {
                check_weight_bits(*weight_bits)?;
                Shape {
                    channels: shape.channels,
                    height: 1,
                    width: 1,
                }
            }
            Term::Conv {
                window,
                groups,
                weight_bits,
                ..
            } => {
                check_weight_bits(*weight_bits)?;
                check_groups(*groups, input.shape.channels, shape.channels)?;
                let made = window_output(input.shape, window).map_err(TermError::Window)?;
                Shape {
                    channels: shape.channels,
                    ..made
                }
            }
            Term::Scale { factor, .. } => {
                if *factor == 0 {
                    return Err(TermError::ZeroFactor);
                }
                input.shape
            }
        };
        if made != shape {
            return Err(TermError::Shape { made });
        }
        Ok(())
    }

    fn tensor(&self, id: TensorId) -> Result<&TensorInfo, NodeError> {
        self.tensors
            .get(usize::from(id))
            .ok_or(NodeError::UnknownTensor { tensor: id })
    }

    fn table(&self, id: TableId) -> Result<&Table, NodeError> {
        self.tables
            .get(usize::from(id))
            .ok_or(NodeError::UnknownTable { table: id })
    }
}

fn tensor(shape: Shape, range: Range, kind: TensorKind) -> Result<TensorInfo, NodeError> {
    let log_dims = log_dims(shape).map_err(NodeError::Shape)?;
    Ok(TensorInfo {
        shape,
        log_dims,
        range,
        kind,
    })
}

fn check_weight_bits(bits: u8) -> Result<(), TermError> {
    if !WEIGHT_BITS.contains(&bits) {
        return Err(TermError::WeightBits { bits });
    }
    Ok(())
}

fn check_groups(groups: u32, inputs: u32, outputs: u32) -> Result<(), TermError> {
    let whole = |channels: u32| {
        groups != 0
            && channels.is_multiple_of(groups)
            && (groups == 1 || (channels / groups).is_power_of_two())
    };
    if !whole(inputs) || !whole(outputs) {
        return Err(TermError::Groups {
            groups,
            inputs,
            outputs,
        });
    }
    Ok(())
}

/// Logical shape that `window` makes of `input`, channels kept:
/// `floor((extent + pad_begin + pad_end - dilation * (kernel - 1) - 1) / stride) + 1` along each
/// axis.
pub(crate) fn window_output(input: Shape, window: &Window) -> Result<Shape, WindowError> {
    let extent = |axis: u8, extent: u32| {
        let at = usize::from(axis);
        let (kernel, stride) = (window.kernel[at], window.stride[at]);
        if kernel == 0 || stride == 0 || window.dilation[at] == 0 {
            return Err(WindowError::Zero { axis });
        }
        if kernel > MAX_KERNEL_EXTENT {
            return Err(WindowError::Kernel {
                axis,
                extent: kernel,
            });
        }
        let span = u64::from(window.dilation[at]) * u64::from(kernel - 1) + 1;
        let (begin, end) = (
            u64::from(window.pad_begin[at]),
            u64::from(window.pad_end[at]),
        );
        if begin >= span || end >= span {
            return Err(WindowError::Padding { axis });
        }
        let free = (u64::from(extent) + begin + end)
            .checked_sub(span)
            .ok_or(WindowError::TooSmall { axis })?;
        // An extent is at most 2^22 and a padding 16 bits wide: this fits.
        Ok((free / u64::from(stride)) as u32 + 1)
    };
    let (height, width) = (extent(0, input.height)?, extent(1, input.width)?);
    if window.taps() > MAX_TAPS {
        return Err(WindowError::Taps {
            taps: window.taps(),
        });
    }
    Ok(Shape {
        channels: input.channels,
        height,
        width,
    })
}

/// Sums of up to `taps` values of `range`: cells of a sum pool may lack any of their taps.
fn sum_range(range: Range, taps: u32) -> Result<Range, NodeError> {
    let sum = |value: i32| {
        i32::try_from(i64::from(value) * i64::from(taps)).map_err(|_| NodeError::SumRange)
    };
    Ok(Range {
        low: sum(range.low.min(0))?,
        high: sum(range.high.max(0))?,
    })
}

/// Extents after every axis whose extent is a power of two has been merged into the next outer one,
/// innermost first, 1 where there are no more.
///
/// Merging such an axis changes no padded flat index. After it only the outermost extent may be a
/// power of two, and the map from a logical cell's number to its padded flat index jumps after
/// every `extents[0]` cells, and so on outwards: two shapes have the same map exactly if they have
/// the same merged extents.
pub(crate) fn merged_extents(shape: Shape) -> [u64; 3] {
    let mut merged = [1u64; 3];
    let mut axis = 0;
    for dim in [shape.width, shape.height, shape.channels].map(u64::from) {
        if dim > 1 && !merged[axis].is_power_of_two() {
            axis += 1;
        }
        merged[axis] *= dim;
    }
    merged
}

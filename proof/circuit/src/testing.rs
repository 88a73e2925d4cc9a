// SPDX-License-Identifier: Apache-2.0
//! Random valid models with inputs, for the tests of this crate and of those that build on it.
//!
//! A case is made from a list of numbers, each of which decides one thing; when they run out every
//! further decision is the simplest one. So proptest shrinks a case by shrinking the list, and a
//! fuzzer can drive the same generator.
//!
//! Nodes form a chain, in which each reads the one before, so that none is dead; linear nodes read
//! earlier tensors besides.

use alloc::{vec, vec::Vec};

use proptest::prelude::*;

use crate::{
    bounds::{channel_intervals, key_width, Interval},
    limits::{MAX_POOL_TAPS, MAX_RANGE_BITS, MAX_TABLE_WIDTH, MAX_TERMS},
    validate::{merged_extents, window_output},
    Circuit, Definition, Linear, Model, Node, Parameters, Range, Requantise, Shape, Table, TableId,
    TensorId, TensorInfo, Term, Window, CIRCUIT_VERSION,
};

/// How large cases may be.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Most nodes, at least 1.
    pub nodes: u32,
    /// Largest extent of the input, at least 1.
    pub extent: u32,
    /// Most inputs in a batch, at least 1.
    pub batch: u32,
    /// Most key bits of a committed table, 1 to 14.
    pub table_width: u8,
    /// Whether there are clamps of more than 14 bits.
    pub wide_clamps: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            nodes: 6,
            extent: 6,
            batch: 3,
            table_width: 8,
            wide_clamps: true,
        }
    }
}

/// A valid model and inputs for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The model.
    pub model: Model,
    /// At least one input: logical cells, row-major, in range.
    pub inputs: Vec<Vec<i32>>,
}

/// Cases of the default size.
pub fn cases() -> impl Strategy<Value = Case> {
    cases_of(Size::default())
}

/// Cases of a given size.
pub fn cases_of(size: Size) -> impl Strategy<Value = Case> {
    // Numbers shrink towards 0, the simplest choice, and to fewer.
    proptest::collection::vec(any::<u32>(), 0..400).prop_map(move |choices| case(&choices, size))
}

/// The case that a list of numbers decides.
///
/// # Panics
///
/// If the generator makes an invalid model, which is a bug of this crate.
pub fn case(choices: &[u32], size: Size) -> Case {
    let mut builder = Builder::new(choices, size);
    let nodes = 1 + builder.choices.below(size.nodes);
    for node in 0..nodes {
        builder.add_node(node + 1 == nodes);
    }
    builder.finish()
}

/// Decisions, in order; 0 when they have run out.
struct Choices<'a> {
    words: core::slice::Iter<'a, u32>,
}

impl Choices<'_> {
    fn next(&mut self) -> u32 {
        self.words.next().copied().unwrap_or(0)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u32) -> u32 {
        self.next() % bound
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.below(one_in) == one_in - 1
    }

    fn pick<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.below(options.len() as u32) as usize]
    }

    /// A member of `range`, its ends and 0 more often than others.
    fn within(&mut self, range: Range) -> i32 {
        let word = self.next();
        match word % 8 {
            0 if range.contains(0) => 0,
            1 => range.low,
            2 => range.high,
            _ => {
                let span = i64::from(range.high) - i64::from(range.low) + 1;
                // Spread the word: neighbouring words, as a shrinking search tries, give different
                // members.
                let spread = u64::from(word).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
                (i64::from(range.low) + (spread % span as u64) as i64) as i32
            }
        }
    }
}

/// Values that need more numbers than a list has: one number of the list is expanded.
struct Expand(u64);

impl Expand {
    /// The next output of splitmix64 (Steele, Lea, Flood, OOPSLA 2014), a few bits of which are
    /// enough here.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn within(&mut self, range: Range) -> i32 {
        let span = i64::from(range.high) - i64::from(range.low) + 1;
        (i64::from(range.low) + (self.next() % span as u64) as i64) as i32
    }
}

struct Builder<'a> {
    choices: Choices<'a>,
    size: Size,
    definition: Definition,
    parameters: Parameters,
    /// Of the input and of each node so far.
    tensors: Vec<TensorInfo>,
}

impl<'a> Builder<'a> {
    fn new(words: &'a [u32], size: Size) -> Self {
        let mut choices = Choices {
            words: words.iter(),
        };
        let input_shape = Shape {
            channels: 1 + choices.below(size.extent),
            height: 1 + choices.below(size.extent),
            width: 1 + choices.below(size.extent),
        };
        let input_range = choices.pick(&[
            Range { low: 0, high: 255 },
            Range {
                low: -128,
                high: 127,
            },
            Range { low: 0, high: 1 },
            Range { low: -7, high: 0 },
            Range { low: 0, high: 0 },
            Range {
                low: -1000,
                high: 3000,
            },
            Range {
                low: -32768,
                high: 32767,
            },
            Range {
                low: 0,
                high: 65535,
            },
        ]);
        let definition = Definition {
            version: CIRCUIT_VERSION,
            input_shape,
            input_range,
            tables: vec![],
            nodes: vec![],
            output: 0,
        };
        let mut builder = Self {
            choices,
            size,
            definition,
            parameters: Parameters::default(),
            tensors: vec![],
        };
        // The shortest circuit there is shows the input's tensor.
        builder.push(Node::Reshape {
            input: 0,
            shape: input_shape,
        });
        builder.pop();
        builder
    }

    fn last(&self) -> (TensorId, TensorInfo) {
        let id = self.tensors.len() - 1;
        (id as TensorId, self.tensors[id])
    }

    /// Adds a node and, by checking the circuit so far, its tensor.
    fn push(&mut self, node: Node) {
        self.definition.nodes.push(node);
        self.definition.output = self.definition.nodes.len() as TensorId;
        let circuit = Circuit::new(self.definition.clone());
        self.tensors = circuit
            .expect("the generator makes valid circuits")
            .tensors()
            .to_vec();
    }

    fn pop(&mut self) {
        self.definition.nodes.pop();
        self.tensors.pop();
    }

    fn finish(mut self) -> Case {
        let circuit = Circuit::new(self.definition).expect("the generator makes valid circuits");
        let info = *circuit.input();
        let inputs = (0..1 + self.choices.below(self.size.batch))
            .map(|_| {
                (0..info.cells())
                    .map(|_| self.choices.within(info.range))
                    .collect()
            })
            .collect();
        let model = Model::new(circuit, self.parameters).expect("the parameters fit");
        Case { model, inputs }
    }

    fn add_node(&mut self, last: bool) {
        let (input, info) = self.last();
        let node = match self.choices.below(8) {
            1 => self.lookup(input, info),
            2 => self.max_pool(input, info),
            3 => self.window(info.shape, u32::MAX).and_then(|window| {
                let node = Node::SumPool { input, window };
                let taps = i64::from(window.taps());
                // Keep sums small enough to be looked up or multiplied after it.
                let high = i64::from(info.range.high.max(0)) * taps;
                let low = i64::from(info.range.low.min(0)) * taps;
                (high - low < 1 << 20).then_some(node)
            }),
            4 => {
                let axes = self.choices.pick(&[
                    [0, 1, 2],
                    [0, 2, 1],
                    [1, 0, 2],
                    [1, 2, 0],
                    [2, 0, 1],
                    [2, 1, 0],
                ]);
                Some(Node::Transpose { input, axes })
            }
            5 => Some(self.reshape(input, info)),
            _ => None,
        };
        match node {
            Some(node) => self.push(node),
            None => self.linear(last),
        }
    }

    fn lookup(&mut self, input: TensorId, info: TensorInfo) -> Option<Node> {
        let keys = Interval {
            low: i64::from(info.range.low),
            high: i64::from(info.range.high),
        };
        let table = self.table(key_width(keys))?;
        Some(Node::Lookup { input, table })
    }

    fn max_pool(&mut self, input: TensorId, info: TensorInfo) -> Option<Node> {
        if info.range.bits() > MAX_RANGE_BITS {
            return None;
        }
        let window = self.window(info.shape, MAX_POOL_TAPS)?;
        Some(Node::MaxPool { input, window })
    }

    fn reshape(&mut self, input: TensorId, info: TensorInfo) -> Node {
        let cells = info.shape.cells() as u32;
        let divisors =
            |number: u32| (1..=number).filter(move |divisor| number.is_multiple_of(*divisor));
        let shapes: Vec<Shape> = divisors(cells)
            .flat_map(|channels| {
                divisors(cells / channels)
                    .map(move |height| Shape::new(channels, height, cells / channels / height))
            })
            .filter(|shape| merged_extents(*shape) == merged_extents(info.shape))
            .collect();
        Node::Reshape {
            input,
            shape: self.choices.pick(&shapes),
        }
    }

    /// A random window that fits `shape` and has at most `taps` taps.
    fn window(&mut self, shape: Shape, taps: u32) -> Option<Window> {
        let mut window = Window::IDENTITY;
        for axis in 0..2 {
            window.kernel[axis] = 1 + self.choices.below(4) as u16;
            window.stride[axis] = 1 + self.choices.below(3) as u16;
            window.dilation[axis] = self.choices.pick(&[1, 1, 2, 3]);
            let span = window.span(axis)?;
            window.pad_begin[axis] = self.choices.below(span) as u16;
            window.pad_end[axis] = self.choices.below(span) as u16;
        }
        // Padding may make a tensor larger than what it reads: not without end.
        let made = window_output(shape, &window).ok()?;
        let largest = shape.height.max(shape.width).max(2 * self.size.extent);
        let fits = made.height.max(made.width) <= largest;
        (window.taps() <= taps && fits).then_some(window)
    }

    fn linear(&mut self, last: bool) {
        let mut linear = self.first_term();
        for _ in 1..1 + self.choices.below(MAX_TERMS as u32) {
            linear.terms.extend(self.further_term(linear.shape));
        }
        let weights: Vec<Vec<i16>> = linear
            .terms
            .iter()
            .map(|term| self.weights(linear.shape, term))
            .collect();
        linear.bias = self.choices.chance(2);
        let bias = if linear.bias {
            self.bias(linear.shape)
        } else {
            vec![]
        };
        let operands: Vec<(Range, &[i16])> = linear
            .terms
            .iter()
            .zip(&weights)
            .map(|(term, weights)| {
                (
                    self.tensors[usize::from(term.input())].range,
                    weights.as_slice(),
                )
            })
            .collect();
        let channels = channel_intervals(&linear, &operands, &bias);
        assert!(
            channels.iter().all(|channel| channel.partial.fits_i32()),
            "{linear:?}"
        );
        if !(last && self.choices.chance(2)) {
            let sums = channels.iter().map(|channel| channel.accumulator);
            let sums = sums.reduce(Interval::hull).unwrap_or_default();
            linear.requantise = Some(self.requantise(sums));
        }
        self.parameters
            .weights
            .extend(weights.into_iter().filter(|weights| !weights.is_empty()));
        if linear.bias {
            self.parameters.biases.push(bias);
        }
        self.push(Node::Linear(linear));
    }

    /// A linear node with one term, which reads the last tensor.
    fn first_term(&mut self) -> Linear {
        let (input, info) = self.last();
        let weight_bits = self.weight_bits();
        let linear = |shape, term| Linear {
            shape,
            terms: vec![term],
            bias: false,
            requantise: None,
        };
        match self.choices.below(3) {
            0 => {
                let factor = self.factor();
                linear(info.shape, Term::Scale { input, factor })
            }
            1 => {
                let outputs = 1 + self.choices.below(9);
                linear(Shape::new(outputs, 1, 1), Term::Gemm { input, weight_bits })
            }
            _ => {
                let window = self
                    .window(info.shape, u32::MAX)
                    .unwrap_or(Window::IDENTITY);
                let inputs = info.shape.channels;
                let groups: Vec<u32> = (1..=inputs)
                    .filter(|groups| {
                        inputs % groups == 0
                            && (*groups == 1 || (inputs / groups).is_power_of_two())
                    })
                    .collect();
                let groups = self.choices.pick(&groups);
                let each = if groups == 1 {
                    1 + self.choices.below(6)
                } else {
                    let each = self.choices.pick(&[1, 2, 4]);
                    if groups * each > 4 * self.size.extent {
                        1
                    } else {
                        each
                    }
                };
                let shape = window_output(info.shape, &window).expect("the window fits");
                let shape = Shape {
                    channels: groups * each,
                    ..shape
                };
                linear(
                    shape,
                    Term::Conv {
                        input,
                        window,
                        groups,
                        weight_bits,
                    },
                )
            }
        }
    }

    /// A term that makes `shape` from any tensor so far, if the choices lead to one.
    fn further_term(&mut self, shape: Shape) -> Option<Term> {
        let input = self.choices.below(self.tensors.len() as u32);
        let info = self.tensors[input as usize];
        let input = input as TensorId;
        let weight_bits = self.weight_bits();
        match self.choices.below(3) {
            0 if info.shape == shape => {
                let factor = self.factor();
                Some(Term::Scale { input, factor })
            }
            1 if (shape.height, shape.width) == (1, 1) => Some(Term::Gemm { input, weight_bits }),
            _ => {
                let window = self
                    .window(info.shape, u32::MAX)
                    .into_iter()
                    .chain([Window::IDENTITY])
                    .find(|window| {
                        window_output(info.shape, window).is_ok_and(|made| {
                            (made.height, made.width) == (shape.height, shape.width)
                        })
                    })?;
                Some(Term::Conv {
                    input,
                    window,
                    groups: 1,
                    weight_bits,
                })
            }
        }
    }

    fn weight_bits(&mut self) -> u8 {
        self.choices.pick(&[8, 2, 5, 12])
    }

    fn factor(&mut self) -> i32 {
        self.choices.pick(&[1, -1, 3, -100, 257])
    }

    /// Random weights for a term, none for a scale. Small or sparse enough for sums of four terms
    /// to fit 32 bits.
    fn weights(&mut self, shape: Shape, term: &Term) -> Vec<i16> {
        let info = self.tensors[usize::from(term.input())];
        let (row, bits) = match term {
            Term::Scale { .. } => return vec![],
            Term::Gemm { weight_bits, .. } => (info.cells(), *weight_bits),
            Term::Conv {
                window,
                groups,
                weight_bits,
                ..
            } => {
                let inputs = (info.shape.channels / groups) as usize;
                (inputs * window.taps() as usize, *weight_bits)
            }
        };
        let largest = i64::from(info.range.high)
            .max(-i64::from(info.range.low))
            .max(1);
        let bound = ((1i64 << 28) / (largest * row as i64)).min((1 << (bits - 1)) - 1);
        let bound = bound as i32;
        let mut expand = Expand(self.choices.next().into());
        (0..shape.channels as usize * row)
            .map(|_| {
                expand.within(Range {
                    low: -bound,
                    high: bound,
                }) as i16
            })
            .collect()
    }

    fn bias(&mut self, shape: Shape) -> Vec<i32> {
        let bound = self.choices.pick(&[0, 100, 1 << 20]);
        let mut expand = Expand(self.choices.next().into());
        (0..shape.channels)
            .map(|_| {
                expand.within(Range {
                    low: -bound,
                    high: bound,
                })
            })
            .collect()
    }

    /// A shift and a table whose keys hold `sums >> shift`.
    fn requantise(&mut self, sums: Interval) -> Requantise {
        let mut shift = self.choices.pick(&[0, 0, 1, 4, 7, 12, 13, 20]);
        loop {
            if let Some(table) = self.table(key_width(sums.floor_shift(shift))) {
                return Requantise { shift, table };
            }
            shift += 1;
        }
    }

    /// A table with keys of at least `width` bits, shared or new.
    fn table(&mut self, width: u8) -> Option<TableId> {
        let longest = if self.size.wide_clamps {
            24
        } else {
            MAX_TABLE_WIDTH
        };
        if width > longest {
            return None;
        }
        let shared = (0..)
            .zip(&self.definition.tables)
            .find(|(_, table)| table.width() >= width);
        if let (Some((table, _)), true) = (shared, self.choices.chance(3)) {
            return Some(table);
        }
        let table = if self.choices.chance(2) && width <= self.size.table_width {
            self.committed_table(width)
        } else {
            self.clamp(width, longest)
        };
        self.definition.tables.push(table);
        Some(self.definition.tables.len() as TableId - 1)
    }

    fn committed_table(&mut self, width: u8) -> Table {
        let range = self.choices.pick(&[
            Range { low: 0, high: 255 },
            Range {
                low: -128,
                high: 127,
            },
            Range { low: 3, high: 9 },
            Range { low: -2, high: -2 },
            Range {
                low: -65535,
                high: -65000,
            },
            Range { low: 0, high: 4095 },
        ]);
        let mut expand = Expand(self.choices.next().into());
        self.parameters
            .tables
            .push((0..1 << width).map(|_| expand.within(range)).collect());
        Table::Committed { width, range }
    }

    fn clamp(&mut self, width: u8, longest: u8) -> Table {
        let bits = self.choices.pick(&[8, 1, 4, 9, 12, 16]);
        let (range, least) = if self.choices.chance(2) {
            (
                Range {
                    low: -(1 << (bits - 1)),
                    high: (1 << (bits - 1)) - 1,
                },
                bits,
            )
        } else {
            (
                Range {
                    low: 0,
                    high: (1 << bits) - 1,
                },
                bits + 1,
            )
        };
        let wide = self.size.wide_clamps && self.choices.chance(6);
        let width = width.max(least).max(if wide { 17 } else { 0 });
        if width > longest || (width > MAX_TABLE_WIDTH && bits < 8) {
            // Eight bits go with every width.
            let width = width.min(longest).max(9);
            return Table::Clamp {
                width,
                range: Range { low: 0, high: 255 },
            };
        }
        Table::Clamp { width, range }
    }
}

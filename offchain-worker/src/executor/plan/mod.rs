// SPDX-License-Identifier: Apache-2.0
//! What a device does for a circuit, decided before it does anything: how wide a batch may be, into which pieces the large gathers are
//! cut so that no tensor exceeds the device's limits, and when a tensor is no longer needed.

mod window;

use std::ops::Range;

use assay_circuit::{Circuit, Node, TensorId, Term};

pub(super) use window::{Piece, WindowPlan};

/// Columns of the widest batch: all inputs of a proof, and known ones beside them.
const MAX_LANES: usize = 256;

/// What the device allows, in cells of four bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Cells of one tensor.
    pub(super) tensor: u64,
    /// Cells of all tensors of a batch.
    pub(super) total: u64,
}

/// A circuit that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    /// The node that needs most.
    pub(super) node: u16,
    /// Cells that it needs for the narrowest batch.
    pub(super) cells: u64,
    /// Cells that it may have.
    pub(super) limit: u64,
}

/// The plan of a circuit.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Columns of the widest batch, at least 2. One of them is a known input.
    pub(super) lanes: usize,
    /// By node, then by term: the windows through which it reads.
    pub(super) windows: Vec<Vec<Option<Gather>>>,
    /// By node: tensors that nothing reads after it.
    pub(super) last_reads: Vec<Vec<TensorId>>,
}

/// A window, and the pieces in which its cells are gathered.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    pub(super) window: WindowPlan,
    pub(super) pieces: Vec<Piece>,
}

impl Gather {
    /// The sets of taps that the pieces have, the same for all positions.
    pub(super) fn tap_sets(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let first = self.pieces.first().map(|piece| &piece.positions);
        let of_first = self
            .pieces
            .iter()
            .take_while(move |piece| Some(&piece.positions) == first);
        of_first.map(|piece| piece.taps.clone())
    }

    /// The sets of positions that the pieces have.
    pub(super) fn positions(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let first = self.pieces.first().map(|piece| &piece.taps);
        let of_first = self
            .pieces
            .iter()
            .filter(move |piece| Some(&piece.taps) == first);
        of_first.map(|piece| piece.positions.clone())
    }
}

/// Cells that one column of a batch takes at a node.
#[derive(Clone, Copy, Debug, Default)]
struct Demand {
    /// In its largest tensor.
    tensor: u64,
    /// In all tensors that it holds at once, beside its inputs.
    total: u64,
}

impl Plan {
    pub(super) fn new(circuit: &Circuit, budget: Budget) -> Result<Self, TooLarge> {
        let windows: Vec<Vec<Option<WindowPlan>>> = circuit
            .nodes()
            .iter()
            .enumerate()
            .map(|(index, node)| windows(circuit, index, node))
            .collect();
        let last_reads = last_reads(circuit);
        let lanes = lanes(circuit, &windows, &last_reads, budget)?;
        // A gather may fill one tensor, whatever the number of its channels.
        let cells_a_lane = budget.tensor as usize / lanes;
        let cut = |index: usize, term: usize, window: WindowPlan| {
            let channels = gathered_channels(circuit, &circuit.nodes()[index], term);
            let pieces = window.pieces((cells_a_lane / channels).max(1));
            Gather { window, pieces }
        };
        let windows = windows
            .into_iter()
            .enumerate()
            .map(|(index, terms)| {
                let terms = terms.into_iter().enumerate();
                terms
                    .map(|(term, window)| window.map(|window| cut(index, term, window)))
                    .collect()
            })
            .collect();
        Ok(Self {
            lanes,
            windows,
            last_reads,
        })
    }
}

/// Columns of the batch in which `inputs` inputs, less than `lanes`, are run: at least one more than there are, and a multiple of four where
/// there is room, because kernels load four integers at once.
pub(super) fn width(inputs: usize, lanes: usize) -> usize {
    (inputs + 1).next_multiple_of(4).min(lanes)
}

/// The windows of a node, one entry a term or the pool's.
fn windows(circuit: &Circuit, index: usize, node: &Node) -> Vec<Option<WindowPlan>> {
    let tensors = circuit.tensors();
    let output = tensors[index + 1].shape;
    let through = |input: &TensorId, window| {
        WindowPlan::new(window, tensors[usize::from(*input)].shape, output)
    };
    match node {
        Node::Linear(linear) => linear
            .terms
            .iter()
            .map(|term| match term {
                Term::Conv { input, window, .. } => Some(through(input, window)),
                Term::Gemm { .. } | Term::Scale { .. } => None,
            })
            .collect(),
        Node::MaxPool { input, window } | Node::SumPool { input, window } => {
            vec![Some(through(input, window))]
        }
        Node::Lookup { .. } | Node::Transpose { .. } | Node::Reshape { .. } => vec![],
    }
}

/// Logical channels of what a term or a pool gathers from.
fn gathered_channels(circuit: &Circuit, node: &Node, term: usize) -> usize {
    let input = node.inputs().nth(term).unwrap_or_default();
    circuit.tensors()[usize::from(input)].shape.channels as usize
}

/// By node: the tensors whose last reader it is. The circuit's output is read by nobody and stays.
fn last_reads(circuit: &Circuit) -> Vec<Vec<TensorId>> {
    let mut last = vec![None; circuit.tensors().len()];
    for (index, node) in circuit.nodes().iter().enumerate() {
        for input in node.inputs() {
            last[usize::from(input)] = Some(index);
        }
    }
    let mut reads = vec![Vec::new(); circuit.nodes().len()];
    for (tensor, reader) in (0..).zip(last) {
        if let Some(reader) = reader {
            reads[reader].push(tensor);
        }
    }
    reads
}

/// Columns that fit the budget.
fn lanes(
    circuit: &Circuit,
    windows: &[Vec<Option<WindowPlan>>],
    last_reads: &[Vec<TensorId>],
    budget: Budget,
) -> Result<usize, TooLarge> {
    let cells = |id: usize| circuit.tensors()[id].cells() as u64;
    let mut held = cells(0);
    let mut lanes = MAX_LANES as u64;
    for (index, node) in circuit.nodes().iter().enumerate() {
        let demand = demand(circuit, index, node, &windows[index], budget);
        for (demand, limit) in [
            (demand.tensor, budget.tensor),
            (held + demand.total, budget.total),
        ] {
            let fitting = limit / demand.max(1);
            if fitting < 2 {
                return Err(TooLarge {
                    node: index as u16,
                    cells: 2 * demand,
                    limit,
                });
            }
            lanes = lanes.min(fitting);
        }
        held += cells(index + 1);
        held -= last_reads[index]
            .iter()
            .map(|&id| cells(usize::from(id)))
            .sum::<u64>();
    }
    let lanes = lanes as usize;
    Ok(if lanes < 4 { lanes } else { lanes / 4 * 4 })
}

fn demand(
    circuit: &Circuit,
    index: usize,
    node: &Node,
    windows: &[Option<WindowPlan>],
    budget: Budget,
) -> Demand {
    let output = circuit.tensors()[index + 1].cells() as u64;
    let input = circuit.tensors()[0].cells() as u64;
    let mut largest = output.max(input);
    let mut passing = 0;
    for (term, window) in windows.iter().enumerate() {
        let Some(window) = window.as_ref().filter(|window| !window.is_identity()) else {
            continue;
        };
        let channels = gathered_channels(circuit, node, term) as u64;
        let source = channels * window.plane() as u64;
        // A larger gather is cut: it never narrows the batch below two columns.
        let gathered = channels * window.taps as u64 * window.positions as u64;
        let gathered = gathered.min(budget.tensor / 2);
        largest = largest.max(source).max(gathered);
        passing = passing.max(source + gathered);
    }
    // The sum so far, the next summand and their sum, or the keys and the codes.
    Demand {
        tensor: largest,
        total: passing + 3 * output,
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use assay_circuit::{Definition, Linear, Shape, Window, CIRCUIT_VERSION};

    const ROOMY: Budget = Budget {
        tensor: 1 << 25,
        total: 1 << 28,
    };

    /// A 3x3 convolution with padding, from 4 channels to 8, twice.
    fn circuit() -> Circuit {
        let same = Window {
            kernel: [3, 3],
            pad_begin: [1, 1],
            pad_end: [1, 1],
            ..Window::IDENTITY
        };
        let pool = |input| Node::SumPool {
            input,
            window: same,
        };
        let conv = Node::Linear(Linear {
            shape: Shape::new(8, 16, 16),
            terms: vec![Term::Conv {
                input: 1,
                window: same,
                groups: 1,
                weight_bits: 8,
            }],
            bias: false,
            requantise: None,
        });
        Circuit::new(Definition {
            version: CIRCUIT_VERSION,
            input_shape: Shape::new(4, 16, 16),
            input_range: assay_circuit::Range { low: 0, high: 255 },
            tables: vec![],
            nodes: vec![pool(0), conv],
            output: 2,
        })
        .expect("valid")
    }

    #[test]
    fn keep_a_tensor_until_its_last_reader() {
        let plan = Plan::new(&circuit(), ROOMY).expect("it fits");
        assert_eq!(plan.last_reads, [vec![0], vec![1]]);
    }

    #[test]
    fn run_a_small_model_at_full_width_in_one_piece() {
        let plan = Plan::new(&circuit(), ROOMY).expect("it fits");
        assert_eq!(plan.lanes, MAX_LANES);
        let pieces = |node: usize| &plan.windows[node][0].as_ref().expect("a window").pieces;
        assert_eq!(pieces(0).len(), 1);
        assert_eq!(pieces(1).len(), 1);
    }

    #[test]
    fn narrow_the_batch_before_it_cuts_a_gather() {
        // The gather has 4 * 9 * 256 = 9216 cells a lane.
        let budget = Budget {
            tensor: 9216 * 8,
            ..ROOMY
        };
        let plan = Plan::new(&circuit(), budget).expect("it fits");
        assert_eq!(plan.lanes, 8);
        assert_eq!(
            plan.windows[1][0].as_ref().expect("a window").pieces.len(),
            1
        );
    }

    #[test]
    fn cut_a_gather_that_exceeds_a_tensor_of_the_narrowest_batch() {
        let budget = Budget {
            tensor: 9216,
            ..ROOMY
        };
        let plan = Plan::new(&circuit(), budget).expect("it fits");
        assert_eq!(plan.lanes, 2);
        let gather = plan.windows[1][0].as_ref().expect("a window");
        assert_eq!(gather.pieces.len(), 2);
        for piece in &gather.pieces {
            assert!(2 * 4 * piece.taps.len() * piece.positions.len() <= 9216);
        }
    }

    #[test]
    fn say_which_node_does_not_fit() {
        let budget = Budget {
            tensor: 2 * 4 * 257 + 10,
            ..ROOMY
        };
        // 8 * 256 output cells, twice.
        let error = Plan::new(&circuit(), budget).map(|_| ()).unwrap_err();
        assert_eq!((error.node, error.cells), (1, 2 * 8 * 256));
        let budget = Budget {
            total: 100,
            ..ROOMY
        };
        assert_eq!(Plan::new(&circuit(), budget).unwrap_err().node, 0);
    }

    #[test]
    fn leave_room_for_a_known_input() {
        assert_eq!([1, 3, 4, 7].map(|inputs| width(inputs, 8)), [4, 4, 8, 8]);
        assert_eq!(width(1, 2), 2);
        assert_eq!(width(2, 3), 3);
    }
}

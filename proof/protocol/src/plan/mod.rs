// SPDX-License-Identifier: Apache-2.0
//! What a circuit and a batch size say about a proof: every commitment, lookup, claim and sumcheck,
//! and with them every length.
//!
//! Prover and verifier derive the same plan and follow it step by step. Nothing in it depends on a
//! proof, on weights or on an input.

mod builder;
pub mod lookup;
pub mod parameter;
pub mod tensor;

use crate::commitment::stack::StackLayout;
use crate::commitment::{Groups, LayoutError};
use crate::layers::window::Geometry;
use crate::sumcheck::Shape as SumcheckShape;
use alloc::vec::Vec;
use assay_circuit::limits::MAX_BATCH;
use assay_circuit::{Circuit, Range, TensorId};
use builder::Builder;
use lookup::{Column, Expression, LookupsPlan};
use parameter::ParameterPlan;
use tensor::TensorPlan;

/// Inputs of one proof, 1 to [`MAX_BATCH`].
pub type BatchSize = u32;

/// View sumchecks of one proof. A claim on the last of a chain of sum pools takes one for each, so
/// that without a limit a small circuit could need hundreds of thousands.
pub const MAX_VIEWS: usize = 1 << 12;

/// No plan exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The number of inputs isn't in `1..=64`.
    #[error("a proof is for 1 to 64 inputs, not {0}")]
    Batch(BatchSize),
    /// Claims on sum pools need more than [`MAX_VIEWS`] sumchecks.
    #[error("the circuit's pools need more than {MAX_VIEWS} view sumchecks")]
    Views,
    /// The witness of a batch doesn't fit a commitment.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The circuit isn't one that [`Circuit::new`] accepts. Not reachable through this crate's
    /// interface.
    #[error("the circuit contradicts itself")]
    Circuit,
}

/// A committed tensor of group B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessPlan {
    /// What it holds.
    pub kind: WitnessKind,
    /// Its variables.
    pub num_vars: usize,
}

/// What a committed tensor of group B holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessKind {
    /// The output of a node, a limb or a column of a wide clamp.
    Column(Column),
    /// How often each row of a table is looked up.
    Multiplicity {
        /// Index of the table in [`LookupsPlan::tables`].
        table: usize,
    },
}

/// The accumulator of a linear node, about which there is one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearPlan {
    /// Node index.
    pub node: usize,
    /// Variables, batch included.
    pub num_vars: usize,
    /// Variables of the output channels.
    pub log_channels: usize,
    /// The accumulator in terms of columns at the leaf point; `None` if it is the circuit's raw
    /// output, claimed at the output point.
    pub expression: Option<Expression>,
    /// The bias in group A.
    pub bias: Option<usize>,
    /// Terms `factor * X`: the factor and where the evaluation of `X` comes from.
    pub scales: Vec<(i64, ScaleSource)>,
    /// Indices of [`Plan::products`].
    pub products: core::ops::Range<usize>,
}

/// Where the evaluation of a scaled term comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleSource {
    /// A column at the leaf point: its index.
    Column(usize),
    /// Sent with the biases: the tensor at the output point.
    Sent(TensorId),
}

/// A Gemm or convolution term: `acc~(r) += sum_{g, c, t} eq(r_g, g) W~(g, r_o, c, t) V~(r_b, g, c,
/// t, r_ij)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPlan {
    /// Node index.
    pub node: usize,
    /// `X`.
    pub input: TensorId,
    /// `W` in group A.
    pub weights: usize,
    /// Variables of the groups, output channels a group, input channels (of a Gemm: cells) a group,
    /// taps.
    pub logs: [usize; 4],
    /// The window of a convolution.
    pub geometry: Option<Geometry>,
}

impl ProductPlan {
    /// The shape of its sumcheck, over `(g, c, t)`.
    pub fn shape(&self) -> SumcheckShape {
        let [groups, _, channels, taps] = self.logs;
        let degree = if groups == 0 { 2 } else { 3 };
        SumcheckShape {
            num_vars: groups + channels + taps,
            degree,
        }
    }
}

/// A max pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPlan {
    /// Node index.
    pub node: usize,
    /// Its input.
    pub input: TensorId,
    /// Its window.
    pub geometry: Geometry,
    /// Variables of its output, batch included.
    pub num_vars: usize,
    /// What a tap outside reads: the smallest code of the input.
    pub pad: i32,
    /// Index of its output's column; those of its taps.
    pub output: usize,
    /// Indices of the columns of its taps.
    pub taps: Vec<usize>,
}

impl PoolPlan {
    /// The shape of its zero check.
    pub fn shape(&self) -> SumcheckShape {
        SumcheckShape {
            num_vars: self.num_vars,
            degree: self.taps.len() + 1,
        }
    }
}

/// A view sumcheck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewPlan {
    /// The tensor that is viewed.
    pub source: TensorId,
    /// How.
    pub geometry: Geometry,
}

impl ViewPlan {
    /// The shape of its sumcheck, over `(h, w)`.
    pub fn shape(&self) -> SumcheckShape {
        SumcheckShape {
            num_vars: self.geometry.num_vars(),
            degree: 2,
        }
    }
}

/// Everything about a proof that is known before it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Inputs.
    pub batch: usize,
    /// Variables of the batch axis.
    pub log_batch: usize,
    /// By tensor id.
    pub tensors: Vec<TensorPlan>,
    /// Group A, the model commitment, in the order of [`Circuit::parameter_layout`].
    pub parameters: Vec<ParameterPlan>,
    /// Group B, the witness commitment.
    pub witness: Vec<WitnessPlan>,
    /// Where the tensors of both groups lie.
    pub layouts: Groups<StackLayout>,
    /// The lookup argument.
    pub lookups: LookupsPlan,
    /// Linear nodes.
    pub linear: Vec<LinearPlan>,
    /// Gemm and convolution terms of all linear nodes.
    pub products: Vec<ProductPlan>,
    /// Max pools.
    pub pools: Vec<PoolPlan>,
    /// Batches of view sumchecks, one after the other.
    pub views: Vec<Vec<ViewPlan>>,
    /// Claims on the public input to which all this leads.
    pub input_claims: usize,
    /// Claims on committed tensors to which all this leads.
    pub committed_claims: usize,
    /// The output tensor.
    pub output: TensorId,
    /// Whether the pad cells of the output are not known to be zero, so that the proof holds them.
    pub output_pads: bool,
    /// Codes of the input.
    pub input_range: Range,
}

impl Plan {
    /// The plan for `batch` inputs of a circuit.
    ///
    /// # Errors
    /// [`PlanError::Batch`] if `batch` isn't in `1..=64`.
    pub fn new(circuit: &Circuit, batch: BatchSize) -> Result<Self, PlanError> {
        if batch == 0 || batch > MAX_BATCH {
            return Err(PlanError::Batch(batch));
        }
        Builder::new(circuit, batch)?.build()
    }

    /// The variables of tensor `id`, batch included; 0 if there is none.
    pub fn tensor_vars(&self, id: TensorId) -> usize {
        self.tensors
            .get(usize::from(id))
            .map_or(0, |tensor| tensor.num_vars() + self.log_batch)
    }

    /// Evaluations that the prover sends with the output claim: scaled tensors at the output point,
    /// biases, and of nodes with several products the value of each but the last.
    pub fn direct_evaluations(&self) -> usize {
        let of_node = |linear: &LinearPlan| {
            let sent = |scale: &&(i64, ScaleSource)| matches!(scale.1, ScaleSource::Sent(_));
            linear.scales.iter().filter(sent).count()
                + usize::from(linear.bias.is_some())
                + linear.products.len().saturating_sub(1)
        };
        self.linear.iter().map(of_node).sum()
    }

    /// Pad cells of the output of one input that the proof holds.
    pub fn output_pad_cells(&self) -> usize {
        let Some(output) = self.tensors.get(usize::from(self.output)) else {
            return 0;
        };
        let cells = usize::try_from(output.shape.cells()).unwrap_or(usize::MAX);
        if self.output_pads {
            (1usize << output.num_vars()).saturating_sub(cells)
        } else {
            0
        }
    }
}

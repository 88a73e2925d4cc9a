// SPDX-License-Identifier: Apache-2.0
//! The commands, by noun.

mod context;
mod infer;
mod model_compile;
mod model_inspect;
mod prove;
mod verify;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile models and look at them.
    #[command(subcommand)]
    Model(Model),
    /// Run a compiled model with the reference interpreter.
    Infer(infer::Infer),
    /// Prove the outputs of a compiled model.
    Prove(prove::Prove),
    /// Check a proof. Needs the verifying key, not the weights.
    Verify(verify::Verify),
}

/// What to do with a model.
#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// Compile an ONNX file into an integer circuit.
    Compile(model_compile::Compile),
    /// Show a compiled model: its tensors, layers, cost and agreement with the float model.
    Inspect(model_inspect::Inspect),
}

impl Command {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Model(Model::Compile(compile)) => compile.run(output),
            Self::Model(Model::Inspect(inspect)) => inspect.run(output),
            Self::Infer(infer) => infer.run(output),
            Self::Prove(prove) => prove.run(output),
            Self::Verify(verify) => verify.run(output),
        }
    }
}

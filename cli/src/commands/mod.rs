// SPDX-License-Identifier: Apache-2.0
//! The commands, by noun.

mod concentration;
mod context;
mod infer;
mod job;
mod key;
mod model_chain;
mod model_compile;
mod model_inspect;
mod prove;
mod provider;
mod receipt;
mod stake;
mod verify;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile models and look at them; register them on the chain.
    #[command(subcommand)]
    Model(Model),
    /// Run a compiled model with the reference interpreter.
    Infer(infer::Infer),
    /// Prove the outputs of a compiled model.
    Prove(prove::Prove),
    /// Check a proof. Needs the verifying key, not the weights.
    Verify(verify::Verify),
    /// Ask models on the chain, and follow the answers.
    #[command(subcommand)]
    Job(job::Job),
    /// Show proven answers, and check them again without trusting a node.
    #[command(subcommand)]
    Receipt(receipt::Receipt),
    /// Look at providers; be one.
    #[command(subcommand)]
    Provider(provider::Provider),
    /// Back providers with stake.
    #[command(subcommand)]
    Stake(stake::Stake),
    /// How concentrated work, stake and block production are.
    Concentration(concentration::Concentration),
    /// Make keystore files, and show whose key one holds.
    #[command(subcommand)]
    Key(key::Key),
}

/// What to do with a model.
#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// Compile an ONNX file into an integer circuit.
    Compile(model_compile::Compile),
    /// Show a compiled model: its tensors, layers, cost and agreement with the float model.
    Inspect(model_inspect::Inspect),
    /// Register a compiled model on the chain.
    Register(model_chain::Register),
    /// List the models of the chain.
    List(model_chain::List),
    /// Show a model of the chain.
    Show(model_chain::Show),
}

impl Command {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Model(Model::Compile(compile)) => compile.run(output),
            Self::Model(Model::Inspect(inspect)) => inspect.run(output),
            Self::Model(Model::Register(register)) => register.run(output),
            Self::Model(Model::List(list)) => list.run(output),
            Self::Model(Model::Show(show)) => show.run(output),
            Self::Infer(infer) => infer.run(output),
            Self::Prove(prove) => prove.run(output),
            Self::Verify(verify) => verify.run(output),
            Self::Job(job) => job.run(output),
            Self::Receipt(receipt) => receipt.run(output),
            Self::Provider(provider) => provider.run(output),
            Self::Stake(stake) => stake.run(output),
            Self::Concentration(concentration) => concentration.run(output),
            Self::Key(key) => key.run(output),
        }
    }
}

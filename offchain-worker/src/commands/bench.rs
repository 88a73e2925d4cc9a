// SPDX-License-Identifier: Apache-2.0
//! `assay-worker bench`: measure this machine on models, and suggest prices.

use std::path::{Path, PathBuf};

use assay_circuit::limits::MAX_BATCH;
use assay_client::units::format_amount;
use assay_compiler::Bundle;
use assay_proof::ProvingKey;
use clap::Args;
use serde::Serialize;

use super::{
    exit::Failure,
    output::{printable, table, Output},
    run::open_device,
};
use crate::{
    bench::{measure, BenchOptions, ModelBench, Suggestion},
    config::{Amount, Config},
    error::{codes, ServiceError},
    executor::{probe_model, Backend},
};

/// What to measure.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of compiled models, as `assay model compile` writes them; without any, a small built-in circuit
    #[arg(value_name = "FOLDER")]
    models: Vec<PathBuf>,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64], value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_BATCH)))]
    batches: Vec<u32>,
    /// How often each batch is run; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// What the machine is to earn in an hour in which it is never idle
    #[arg(long, value_name = "AMOUNT", default_value = "1 ASY")]
    income: Amount,
    /// What is added for idle hours, fees and lost jobs, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    margin: u32,
}

/// The measurements of one model.
#[derive(Debug, Serialize)]
struct Measured {
    model: String,
    #[serde(flatten)]
    bench: ModelBench,
    suggestions: Vec<Suggested>,
}

/// A suggestion with amounts as text: JSON's numbers end before they do.
#[derive(Debug, Serialize)]
struct Suggested {
    batch: u32,
    price_of_an_input: String,
    floor_per_billion_work: String,
}

impl From<Suggestion> for Suggested {
    fn from(suggestion: Suggestion) -> Self {
        Self {
            batch: suggestion.batch,
            price_of_an_input: format_amount(suggestion.input),
            floor_per_billion_work: format_amount(suggestion.billion_work),
        }
    }
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<(), Failure> {
    // Read all models first: a mistake in the last path is not found after minutes.
    let mut keys = Vec::new();
    for folder in &arguments.models {
        keys.push((name(folder), read(folder)?));
    }
    if keys.is_empty() {
        let key = ProvingKey::new(probe_model()).map_err(|error| {
            Failure::Failed(ServiceError::fatal(codes::CM_004, error.to_string()))
        })?;
        keys.push(("built-in circuit".to_string(), key));
    }
    let backend = open_device(&config.device).map_err(Failure::Failed)?;
    let mut measured = Vec::new();
    for (name, key) in &keys {
        eprintln!("measuring {name} on {} ...", backend.name());
        measured.push(one(name, key, backend.as_ref(), arguments)?);
    }
    output.print(&measured, |measured| text(measured, arguments))
}

fn name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    printable(&name.to_string_lossy())
}

fn read(folder: &Path) -> Result<ProvingKey, Failure> {
    let fail = |what: String| {
        let message = format!("{}: {what}", folder.display());
        Failure::Input(ServiceError::fatal(codes::CM_005, message))
    };
    let bundle = Bundle::read(folder).map_err(|error| fail(error.to_string()))?;
    ProvingKey::new(bundle.model).map_err(|error| fail(error.to_string()))
}

fn one(
    name: &str,
    key: &ProvingKey,
    backend: &dyn Backend,
    arguments: &Arguments,
) -> Result<Measured, Failure> {
    let options = BenchOptions {
        batches: arguments.batches.clone(),
        repeats: arguments.repeats,
    };
    let bench = measure(backend, key, &options).map_err(|error| {
        Failure::Failed(ServiceError::fatal(
            codes::CM_004,
            format!("{name}: {error}"),
        ))
    })?;
    let suggestions = bench.suggest(arguments.income.0, arguments.margin);
    Ok(Measured {
        model: name.to_string(),
        suggestions: suggestions.into_iter().map(Suggested::from).collect(),
        bench,
    })
}

fn text(measured: &[Measured], arguments: &Arguments) -> String {
    let mut lines = Vec::new();
    if let Some(first) = measured.first() {
        lines.push(format!("device: {}", first.bench.backend));
    }
    let mut table = table(&[
        "model",
        "batch",
        "run, ms",
        "prove, ms",
        "verify, ms",
        "proof, KB",
        "an input, suggested",
        "10^9 work, suggested",
    ]);
    for model in measured {
        for (time, suggestion) in model.bench.times.iter().zip(&model.suggestions) {
            let milliseconds = |seconds: f64| format!("{:.2}", seconds * 1000.0);
            table.add_row([
                model.model.clone(),
                time.batch.to_string(),
                milliseconds(time.execute_seconds),
                milliseconds(time.prove_seconds),
                milliseconds(time.verify_seconds),
                format!("{:.1}", time.proof_bytes as f64 / 1000.0),
                suggestion.price_of_an_input.clone(),
                suggestion.floor_per_billion_work.clone(),
            ]);
        }
    }
    lines.push(table.to_string());
    lines.push(format!(
        "\nSuggestions earn {} in an hour of which nothing is idle, and {} % more for what is. Put the last column of the model that \
         you serve most into pricing.floor_per_billion_work, for the batch that you usually reach (1 if jobs are rare).",
        arguments.income, arguments.margin
    ));
    lines.join("\n")
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn measure_the_built_in_circuit_and_suggest_prices() {
        let key = ProvingKey::new(probe_model()).unwrap();
        let backend = crate::executor::open(&crate::executor::AdapterPolicy::Cpu).unwrap();
        let arguments = Arguments {
            models: Vec::new(),
            batches: vec![1],
            repeats: 1,
            income: Amount(1_000_000_000_000),
            margin: 100,
        };
        let measured = one("probe", &key, backend.as_ref(), &arguments).unwrap();
        assert_eq!(measured.suggestions.len(), 1);
        assert!(measured.suggestions[0].price_of_an_input.ends_with(" ASY"));
        let json = serde_json::to_value(&measured).unwrap();
        assert_eq!(json["times"][0]["batch"], 1);
        assert!(text(&[measured], &arguments).contains("probe"));
    }
}

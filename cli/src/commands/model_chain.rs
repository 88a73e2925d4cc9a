// SPDX-License-Identifier: Apache-2.0
//! `assay model register`, `list` and `show`: models of the chain.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use assay_client::{
    types::{Event, Metadata, Model, ModelId, ModelStatus, Perbill},
    units::format_amount,
    Call, Hash,
};
use assay_compiler::Bundle;
use assay_proof::VerifyingKey;
use clap::Args;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::prove::KEY;
use crate::{
    account::Account,
    connection::Connection,
    exit::Failure,
    inputs::read,
    output::{columns, Output},
    progress::Bars,
    transact::{transact, Transaction, MAY_BE_SENT},
};

/// File name of the weights in the folder of a compiled model.
const WEIGHTS: &str = "parameters.bin";

/// Register a compiled model on the chain.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// Folder of a compiled model.
    model: PathBuf,
    /// Its name. The folder's name otherwise.
    #[arg(long)]
    name: Option<String>,
    /// Its licence, an SPDX expression such as Apache-2.0.
    #[arg(long, default_value = "")]
    licence: String,
    /// Where providers find the weights (`parameters.bin` of the folder): https://, http:// or file://. The file itself, on
    /// this machine, otherwise.
    #[arg(long, value_name = "URI")]
    weights_uri: Option<String>,
    /// Part of each price that the owner receives, in percent.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = parse_percent)]
    royalty: Perbill,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    connection: Connection,
}

/// List the models of the chain.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Also those that take no jobs.
    #[arg(long)]
    all: bool,
    /// The most models to look at.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

/// Show a model of the chain.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its number.
    model: ModelId,
    /// Write its verifying key to this file; an existing file is replaced.
    #[arg(long, value_name = "FILE")]
    save_key: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// Reads a percentage.
pub(crate) fn parse_percent(text: &str) -> Result<Perbill, String> {
    let percent = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    percent
        .and_then(Perbill::from_percent)
        .ok_or_else(|| format!("{text:?} is not a percentage between 0 and 100"))
}

/// What `register` prints.
#[derive(Debug, Serialize)]
struct Registered {
    model: ModelId,
    key: String,
    weights_hash: String,
    weights_uri: String,
    #[serde(flatten)]
    transaction: Transaction,
}

/// A model as `list` and `show` print it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    model: ModelId,
    name: String,
    licence: String,
    owner: String,
    status: ModelStatus,
    royalty_percent: f64,
    weights_uri: String,
    weights_hash: String,
    key: String,
    key_bytes: u32,
    input_elements: u32,
    input_range: [i32; 2],
    output_elements: u32,
    max_batch: u32,
    work: u128,
    max_proof_bytes: u32,
    deposit: String,
    jobs: u32,
    registered: u32,
}

impl Shown {
    fn new(model: ModelId, record: &Model) -> Self {
        let text = Metadata::text;
        Self {
            model,
            name: text(&record.metadata.name),
            licence: text(&record.metadata.licence),
            owner: record.owner.to_string(),
            status: record.status,
            royalty_percent: 100.0 * record.royalty.as_fraction(),
            weights_uri: text(&record.metadata.weights_uri),
            weights_hash: format!("{:?}", record.metadata.weights_hash),
            key: format!("{:?}", record.key.digest),
            key_bytes: record.key_bytes,
            input_elements: record.key.input_elements,
            input_range: [record.key.input_min, record.key.input_max],
            output_elements: record.key.output_elements,
            max_batch: record.key.max_batch,
            work: record.key.work,
            max_proof_bytes: record.key.cost.max_proof_bytes,
            deposit: record.deposit.to_string(),
            jobs: record.jobs,
            registered: record.registered.block,
        }
    }

    fn text(&self) -> String {
        let deposit = self
            .deposit
            .parse()
            .map_or_else(|_| self.deposit.clone(), format_amount);
        format!(
            "model      {} {:?}, {:?}\nowner      {}, royalty {:.2}%\nlicence    {}\nweights    {}\n           sha256 {}\n\
             key        {}, {} bytes\ninputs     {} codes from {} to {}, up to {} inputs in a proof\noutputs    {} codes\n\
             work       {} an input\nproof      at most {} bytes\ndeposit    {deposit}, registered in block {}, {} jobs in progress\n",
            self.model,
            self.name,
            self.status,
            self.owner,
            self.royalty_percent,
            self.licence,
            self.weights_uri,
            self.weights_hash,
            self.key,
            self.key_bytes,
            self.input_elements,
            self.input_range[0],
            self.input_range[1],
            self.max_batch,
            self.output_elements,
            self.work,
            self.max_proof_bytes,
            self.registered,
            self.jobs,
        )
    }
}

impl Register {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let signer = self.account.signer()?;
        let call = self.call()?;
        let bars = Bars::new();
        let registered = self
            .connection
            .run(&bars, MAY_BE_SENT, |chain| async move {
                let bars = Bars::new();
                let (transaction, inclusion) =
                    transact(&chain, &self.account, &signer, &call, &bars).await?;
                let number = inclusion.events.iter().find_map(|event| match event {
                    Event::ModelRegistered { model, digest, .. } => Some((*model, *digest)),
                    _ => None,
                });
                let (model, digest) = number.ok_or_else(|| {
                    Failure::Machine(anyhow!("the transaction succeeded and registered no model"))
                })?;
                let Call::RegisterModel { metadata, .. } = call else {
                    return Err(Failure::Machine(anyhow!("the call is a registration")));
                };
                Ok(Registered {
                    model,
                    key: format!("{digest:?}"),
                    weights_hash: format!("{:?}", metadata.weights_hash),
                    weights_uri: Metadata::text(&metadata.weights_uri),
                    transaction,
                })
            })?;
        output.print(&registered, |registered| {
            format!(
                "model {} registered\nkey      {}\nweights  {}\n         sha256 {}\n{}",
                registered.model,
                registered.key,
                registered.weights_uri,
                registered.weights_hash,
                registered.transaction.text()
            )
        })
    }

    /// The call, from a folder whose parts belong together.
    fn call(&self) -> Result<Call, Failure> {
        let bundle = Bundle::read(&self.model)?;
        let path = self.model.join(KEY);
        let bytes = read(&path)?;
        let key = VerifyingKey::from_bytes(&bytes)
            .map_err(|error| Failure::Input(anyhow!("{}: {error}", path.display())))?;
        if key.circuit().hash() != bundle.model.circuit().hash() {
            return Err(Failure::Input(anyhow!(
                "{}: the key of another model: compile this one again",
                path.display()
            )));
        }
        let weights = self.model.join(WEIGHTS);
        let weights_hash = Hash::from(<[u8; 32]>::from(Sha256::digest(read(&weights)?)));
        let name = match &self.name {
            Some(name) => name.clone(),
            None => folder_name(&self.model),
        };
        let weights_uri = match &self.weights_uri {
            Some(uri) => uri.clone(),
            None => file_uri(&weights)?,
        };
        Ok(Call::RegisterModel {
            key: bytes,
            metadata: Metadata {
                name: name.into_bytes(),
                licence: self.licence.clone().into_bytes(),
                weights_uri: weights_uri.into_bytes(),
                weights_hash,
            },
            royalty: self.royalty,
        })
    }
}

fn folder_name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().map(|name| name.to_string_lossy());
    name.map_or_else(String::new, |name| name.into_owned())
}

fn file_uri(file: &Path) -> Result<String, Failure> {
    let path = file
        .canonicalize()
        .map_err(|error| Failure::Input(anyhow!("{}: {error}", file.display())))?;
    let path = path.to_str().ok_or_else(|| {
        Failure::Input(anyhow!(
            "{}: give --weights-uri, this path is not text",
            file.display()
        ))
    })?;
    Ok(format!("file://{path}"))
}

impl List {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let models = self
            .connection
            .run(&bars, "nothing was sent", |chain| async move {
                Ok(chain.best().await?.models(self.limit).await?)
            })?;
        let wanted = |model: &Model| self.all || model.status == ModelStatus::Active;
        let models: Vec<Shown> = models
            .iter()
            .filter(|(_, model)| wanted(model))
            .map(|(id, model)| Shown::new(*id, model))
            .collect();
        output.print(&models, |models| {
            let heads = [
                "model", "name", "status", "royalty", "inputs", "outputs", "work", "jobs",
                "licence",
            ];
            let mut rows = vec![heads.map(String::from).to_vec()];
            rows.extend(models.iter().map(|model| {
                vec![
                    model.model.to_string(),
                    model.name.clone(),
                    format!("{:?}", model.status),
                    format!("{:.2}%", model.royalty_percent),
                    model.input_elements.to_string(),
                    model.output_elements.to_string(),
                    model.work.to_string(),
                    model.jobs.to_string(),
                    model.licence.clone(),
                ]
            }));
            columns(&rows)
        })
    }
}

impl Show {
    pub(crate) fn run(&self, output: &Output) -> Result<(), Failure> {
        let bars = Bars::new();
        let (model, key) = self
            .connection
            .run(&bars, "nothing was sent", |chain| async move {
                let at = chain.best().await?;
                let model = at.model(self.model).await?;
                let model = model.ok_or_else(|| {
                    Failure::Negative(anyhow!("model {} is not registered", self.model))
                })?;
                let key = match &self.save_key {
                    Some(_) => at.key(self.model).await?,
                    None => None,
                };
                Ok((model, key))
            })?;
        if let (Some(path), Some(key)) = (&self.save_key, key) {
            crate::inputs::write(path, &key)?;
        }
        output.print(&Shown::new(self.model, &model), Shown::text)
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn read_percentages() {
        assert_eq!(parse_percent("2.5"), Ok(Perbill(25_000_000)));
        assert_eq!(parse_percent("10%"), Ok(Perbill(100_000_000)));
        for wrong in ["", "x", "-1", "101", "NaN"] {
            assert!(parse_percent(wrong).is_err(), "{wrong}");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
//! Who takes part, the model, and how jobs are posted and followed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{anyhow, bail, ensure, Context, Result};
use assay_client::{
    codes::{self, InputFormat},
    keys::Signer,
    types::{Balance, BlockNumber, Event, JobId, Metadata, ModelId, Perbill, ProofOutcome, Terms},
    units::{format_amount, ASY},
    At, Call, Chain, Inclusion, SecretString, TransactionOptions, Until,
};
use assay_compiler::{compile, Bundle, Options, Silent};
use assay_proof::ProvingKey;
use futures::StreamExt;
use sha2::{Digest as _, Sha256};

use crate::{
    digits::{self, Digit},
    programs::Programs,
    screen, DIGITS,
};

/// Own bond of each provider.
const BOND: Balance = 2_000 * ASY;
/// What a worker's hot key has for fees.
const FEES: Balance = 50 * ASY;
/// The model owner's part of each price.
const ROYALTY: Perbill = Perbill(50_000_000);
/// Blocks in which a job is looked for at the most. It takes a few: this only ends what hangs.
const PATIENCE: BlockNumber = 150;

/// The accounts.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Owns the model.
    pub owner: Signer,
    /// Asks and pays.
    pub requester: Signer,
    /// Provides and is honest: the staked account.
    pub honest: Signer,
    /// The key that its worker has: it can accept and prove, and moves no funds.
    pub hot: Signer,
    /// Provides and lies.
    pub liar: Signer,
    /// Provides and falls silent.
    pub silent: Signer,
    /// Provides what others have proven.
    pub thief: Signer,
}

/// Development keys, whose seeds everyone knows.
pub(crate) const HONEST_HOT_URI: &str = "//Charlie//worker";
/// The role of the honest worker's key, which follows its provider's.
pub(crate) const WORKER_KEY: &str = "its worker's key";
const ROLES: [(&str, &str); 7] = [
    ("model owner", "//Alice"),
    ("requester", "//Bob"),
    ("honest provider", "//Charlie"),
    (WORKER_KEY, HONEST_HOT_URI),
    ("liar", "//Dave"),
    ("silent provider", "//Eve"),
    ("thief", "//Ferdie"),
];

impl Cast {
    fn load() -> Result<Self> {
        let mut signers = Vec::new();
        for (_, uri) in ROLES {
            signers.push(Signer::from_uri(&SecretString::from(uri))?);
        }
        let [owner, requester, honest, hot, liar, silent, thief]: [Signer; 7] = signers
            .try_into()
            .map_err(|_| anyhow!("a signer for each role"))?;
        Ok(Self {
            owner,
            requester,
            honest,
            hot,
            liar,
            silent,
            thief,
        })
    }

    /// Each account with its role.
    pub(crate) fn roles(&self) -> [(&'static str, &Signer); 7] {
        let signers = [
            &self.owner,
            &self.requester,
            &self.honest,
            &self.hot,
            &self.liar,
            &self.silent,
            &self.thief,
        ];
        std::array::from_fn(|role| (ROLES[role].0, signers[role]))
    }
}

/// The chain with a registered model and providers.
pub struct Market {
    /// The connection.
    pub chain: Chain,
    /// Where it is.
    pub url: String,
    /// Who takes part.
    pub cast: Cast,
    /// The registered model.
    pub model: ModelId,
    /// The twenty digits.
    pub digits: Vec<Digit>,
    pub(crate) bundle: Bundle,
    pub(crate) folder: PathBuf,
    pub(crate) programs: Programs,
    format: InputFormat,
    /// What everybody has at the beginning, in the order of the roles.
    pub(crate) opening: Vec<Balance>,
    /// All that is issued at the beginning.
    pub(crate) issuance: Balance,
}

impl Market {
    /// Compiles and registers the model, and registers the providers.
    pub(crate) async fn open(
        chain: Chain,
        url: &str,
        models: &Path,
        folder: &Path,
        programs: Programs,
    ) -> Result<Self> {
        let cast = Cast::load()?;
        let bundle_folder = folder.join("lenet");
        let (bundle, key) = compile_model(models, &bundle_folder)?;
        let digits = digits::load(models, &bundle.input, DIGITS)?;
        let beginning = chain.finalised().await?;
        let issuance = beginning.total_issuance().await?;
        let mut opening = Vec::new();
        for (_, signer) in cast.roles() {
            opening.push(total(&beginning, signer).await?);
        }

        let parameters = bundle_folder.join("parameters.bin");
        let weights = fs::read(&parameters).with_context(|| parameters.display().to_string())?;
        let key_bytes = key.len();
        let call = Call::RegisterModel {
            key,
            metadata: Metadata {
                name: b"LeNet-5, MNIST".to_vec(),
                licence: b"Apache-2.0".to_vec(),
                weights_uri: format!("file://{}", parameters.display()).into_bytes(),
                weights_hash: <[u8; 32]>::from(Sha256::digest(&weights)).into(),
            },
            royalty: ROYALTY,
        };
        let registered = execute(&chain, &cast.owner, call).await?;
        let model = registered
            .events
            .iter()
            .find_map(|event| match event {
                Event::ModelRegistered { model, .. } => Some(*model),
                _ => None,
            })
            .context("the registration names the model")?;
        screen::fact(
            "model",
            format!(
                "LeNet-5 for MNIST, number {model}: {} bytes of key on the chain, {} bytes of weights beside it",
                key_bytes,
                weights.len()
            ),
        );

        // Nobody depends on anybody here, so all of it goes into the next block or two.
        let register = |signer, metadata: &str, then: Vec<Call>| {
            let chain = chain.clone();
            let mut calls = vec![Call::RegisterProvider {
                metadata: metadata.as_bytes().to_vec(),
                commission: Perbill(100_000_000),
                bond: BOND,
            }];
            calls.extend(then);
            async move { execute(&chain, signer, Call::BatchAll(calls)).await }
        };
        let hot = cast.hot.account();
        let hot_key = vec![
            Call::AddProxy {
                delegate: hot.clone(),
                kind: "Worker".into(),
            },
            Call::Transfer {
                to: hot,
                amount: FEES,
            },
        ];
        tokio::try_join!(
            register(&cast.honest, "honest", hot_key),
            register(&cast.liar, "liar", Vec::new()),
            register(&cast.silent, "silent", Vec::new()),
            register(&cast.thief, "thief", Vec::new()),
        )?;
        screen::fact(
            "providers",
            format!("4, each with a bond of {}", format_amount(BOND)),
        );

        let facts = chain
            .finalised()
            .await?
            .model(model)
            .await?
            .context("the model is registered")?;
        Ok(Self {
            format: InputFormat::from(&facts.key),
            chain,
            url: url.to_owned(),
            cast,
            model,
            digits,
            bundle,
            folder: folder.to_path_buf(),
            programs,
            opening,
            issuance,
        })
    }

    /// The place of the largest output.
    pub(crate) fn prediction(&self, output: &[i32]) -> usize {
        (0..output.len()).fold(0, |best, place| {
            if output[place] > output[best] {
                place
            } else {
                best
            }
        })
    }

    /// The call that posts a job for some of the digits.
    pub(crate) fn job(&self, digits: &[Digit], terms: Terms) -> Result<Call> {
        let inputs: Vec<Vec<i32>> = digits.iter().map(|digit| digit.codes.clone()).collect();
        Ok(Call::Post {
            model: self.model,
            inputs: codes::pack(&inputs, &self.format)?,
            terms,
        })
    }

    /// Posts jobs in one transaction, and returns their numbers in order.
    pub(crate) async fn post(&self, jobs: Vec<Call>) -> Result<Vec<JobId>> {
        let count = jobs.len();
        let posted = execute(&self.chain, &self.cast.requester, Call::BatchAll(jobs)).await?;
        let jobs: Vec<JobId> = posted
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Posted { job, .. } => Some(*job),
                _ => None,
            })
            .collect();
        ensure!(
            jobs.len() == count,
            "{count} jobs were posted, {} are there",
            jobs.len()
        );
        Ok(jobs)
    }

    /// Calls `seen` with every event from block `from` on, in order, until it says that it has seen enough.
    pub(crate) async fn follow(
        &self,
        from: BlockNumber,
        mut seen: impl FnMut(BlockNumber, &Event) -> Result<bool>,
    ) -> Result<()> {
        let mut blocks = self.chain.finalised_blocks().await?;
        let mut next = from;
        loop {
            let newest = blocks.next().await.context("the node goes on")??.number;
            while next <= newest {
                let at = self.chain.at_number(next).await?;
                let mut enough = false;
                for event in at.events().await? {
                    enough |= seen(next, &event)?;
                }
                if enough {
                    return Ok(());
                }
                if next > from.saturating_add(PATIENCE) {
                    bail!("block {next} has come, and what was waited for has not happened");
                }
                next += 1;
            }
        }
    }

    /// Signs, submits and waits for the block.
    pub(crate) async fn execute(&self, signer: &Signer, call: Call) -> Result<Inclusion> {
        execute(&self.chain, signer, call).await
    }
}

/// The reason of a failed check, if an event is one.
pub(crate) fn rejected(event: &Event) -> bool {
    matches!(
        event,
        Event::ProofChecked {
            outcome: ProofOutcome::Rejected(_),
            ..
        }
    )
}

/// Free and held money of an account.
pub(crate) async fn total(at: &At, signer: &Signer) -> Result<Balance> {
    let balance = at.balance(&signer.account()).await?;
    Ok(balance.free + balance.reserved)
}

async fn execute(chain: &Chain, signer: &Signer, call: Call) -> Result<Inclusion> {
    let options = TransactionOptions::default();
    Ok(chain
        .execute(signer, &call, &options, Until::Finalised)
        .await?)
}

/// Compiles the example model to a folder, as `assay model compile` does.
fn compile_model(models: &Path, folder: &Path) -> Result<(Bundle, Vec<u8>)> {
    let compiled = compile(
        &models.join("mnist-lenet/model.onnx"),
        &models.join("mnist-calibration.npz"),
        &Options::default(),
        &Silent,
    )?;
    let bundle = Bundle::from(compiled);
    let key = ProvingKey::new(bundle.model.clone())?
        .verifying_key()
        .to_bytes();
    bundle.write(folder, &[("model.vk", &key)])?;
    Ok((bundle, key))
}

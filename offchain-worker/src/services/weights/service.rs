// SPDX-License-Identifier: Apache-2.0
//! Which models are needed, and when a failed one is tried again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use assay_client::{
    codes::InputFormat,
    types::{BlockNumber, Metadata, Model, ModelId, Weight},
    Call,
};
use assay_proof::ProofShape;

use super::{
    address,
    cache::Cache,
    check::{assemble, check_hash, trial},
    fetch::{fetch, FetchLimits},
    WeightsError,
};
use crate::{
    error::{codes, Coded, ServiceError, Severity},
    services::{blocking, shelf::ReadyModel, Shared},
    supervisor::Context,
};

/// Blocks between two looks at the list of models.
const LIST_EVERY: BlockNumber = 5;
/// The longest pause between two attempts, in blocks.
const LONGEST_PAUSE: BlockNumber = 512;
/// The most models that are kept ready.
const MOST_READY: usize = 64;

/// What the service remembers. Nothing depends on it but the time of the next attempt.
#[derive(Default)]
struct Memory {
    active: Vec<ModelId>,
    listed: Option<BlockNumber>,
    failed: BTreeMap<ModelId, Failures>,
}

/// Failures of one model in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Failures {
    count: u32,
    not_before: BlockNumber,
}

impl Failures {
    /// One more: the pause doubles.
    fn again(self, best: BlockNumber) -> Self {
        let pause = 1u32
            .checked_shl(self.count)
            .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE));
        Self {
            count: self.count.saturating_add(1),
            not_before: best.saturating_add(pause),
        }
    }
}

/// Runs the service until the worker drains.
///
/// # Errors
///
/// If the chain can't be asked or the database fails; fatal if the device computes wrongly.
pub async fn run(shared: Arc<Shared>, context: Context) -> Result<(), ServiceError> {
    let models = &shared.config.models;
    let folder = models.cache_dir.clone();
    let folder = folder.unwrap_or_else(|| shared.config.storage.data_dir.join("models"));
    let cache = Cache::new(folder, models.cache_size.0);
    let mut memory = Memory::default();
    let mut views = shared.views.subscribe();
    loop {
        tokio::select! {
            _ = context.shutdown.draining() => return Ok(()),
            result = turn(&shared, &context, &cache, &mut memory) => result?,
        }
        tokio::select! {
            _ = context.shutdown.draining() => return Ok(()),
            changed = views.changed() => if changed.is_err() { return Ok(()) },
            _ = shared.bells.weights.notified() => {}
        }
    }
}

async fn turn(
    shared: &Arc<Shared>,
    context: &Context,
    cache: &Cache,
    memory: &mut Memory,
) -> Result<(), ServiceError> {
    let Some(view) = shared.view() else {
        return Ok(());
    };
    let best = view.best.number;
    let needed = needed(shared, memory, best).await?;
    for id in shared.shelf.ids() {
        if !needed.contains(&id) {
            shared.shelf.remove(id);
            tracing::info!(model = id, "not needed any more");
        }
    }
    for id in needed {
        let pause = memory.failed.get(&id).map_or(0, |failed| failed.not_before);
        if best < pause || shared.shelf.get(id).is_some() || shared.is_distrusted() {
            continue;
        }
        if shared.shelf.ids().len() >= MOST_READY {
            tracing::debug!(model = id, "not loaded: as many models are ready as can be");
            continue;
        }
        match prepare(shared, cache, id).await {
            Ok(ready) => {
                memory.failed.remove(&id);
                let seconds = ready.with_speed(|speed| speed.expect(1));
                tracing::info!(
                    model = id,
                    name = ready.name,
                    seconds_per_job = seconds,
                    "ready"
                );
                shared.shelf.insert(Arc::new(ready));
                shared.bells.executor.notify_one();
                shared.bells.prover.notify_one();
            }
            Err(error) if error.severity() == Severity::Fatal => return Err(error.into()),
            Err(error) => {
                let failures = memory.failed.entry(id).or_default();
                *failures = failures.again(best);
                let (code, next) = (error.code().id, failures.not_before);
                tracing::warn!(code, model = id, %error, next_attempt = next, "a model is not ready");
            }
        }
    }
    shared.metrics.models_ready(shared.shelf.ids().len() as u64);
    report(shared, context, memory);
    Ok(())
}

/// Says which of the models that the operator named aren't ready.
fn report(shared: &Shared, context: &Context, memory: &Memory) {
    let serve = &shared.config.models.serve;
    let missing: Vec<&ModelId> = serve
        .iter()
        .filter(|id| memory.failed.contains_key(id))
        .collect();
    if missing.is_empty() {
        context.health.ok();
    } else {
        let what = format!("models that are not ready: {missing:?}");
        context.health.degraded(codes::MD_008, what);
    }
}

/// The models that are served, and those of open jobs.
async fn needed(
    shared: &Shared,
    memory: &mut Memory,
    best: BlockNumber,
) -> Result<BTreeSet<ModelId>, ServiceError> {
    let jobs = shared.store.run(|store| store.open_jobs()).await?;
    let serve = &shared.config.models.serve;
    let mut needed: BTreeSet<ModelId> = jobs.values().map(|job| job.model).collect();
    if !serve.is_empty() {
        needed.extend(serve);
        return Ok(needed);
    }
    let is_old = |listed: BlockNumber| best < listed || best - listed >= LIST_EVERY;
    if memory.listed.is_none_or(is_old) {
        memory.active = shared.port.active_models().await?;
        memory.listed = Some(best);
    }
    needed.extend(&memory.active);
    Ok(needed)
}

/// Fetches, checks and loads one model.
async fn prepare(
    shared: &Arc<Shared>,
    cache: &Cache,
    id: ModelId,
) -> Result<ReadyModel, WeightsError> {
    let model = shared.port.model(id).await?;
    let model = model.ok_or(WeightsError::Unknown(id))?;
    let key = shared
        .port
        .key(id)
        .await?
        .ok_or(WeightsError::Unknown(id))?;
    let weights = weights(shared, cache, &model).await?;
    let proof_fee = proof_fee(shared, &model, &key, id).await?;
    let shared = shared.clone();
    let ready = blocking(move || {
        let key = Arc::new(assemble(&key, &weights)?);
        let loaded = shared.backend.load(Arc::new(key.model().clone()))?;
        let ready = ReadyModel::new(
            id,
            Metadata::text(&model.metadata.name),
            InputFormat::from(&model.key),
            (model.key.output_elements, model.key.max_batch),
            key,
            proof_fee,
            loaded,
        );
        trial(&ready, shared.backend.as_ref())?;
        Ok(ready)
    });
    let ended = || WeightsError::Fetch("the worker ends".into());
    ready.await.unwrap_or_else(|| Err(ended()))
}

/// The file with the weights, from the cache or from where the owner says it is.
async fn weights(
    shared: &Arc<Shared>,
    cache: &Cache,
    model: &Model,
) -> Result<Vec<u8>, WeightsError> {
    let config = &shared.config.models;
    let expected = model.metadata.weights_hash.0;
    let limit = FetchLimits::of(config).bytes;
    let (there, hash) = (cache.clone(), expected);
    if let Some(Some(bytes)) = blocking(move || there.get(&hash, limit)).await {
        return Ok(bytes);
    }
    let address = address::parse(&model.metadata.weights_uri, config)?;
    let is_local = matches!(address, address::Address::File(_));
    tracing::info!(?address, "fetching weights");
    let bytes = fetch(address, config).await?;
    let there = cache.clone();
    let checked = blocking(move || -> Result<Vec<u8>, WeightsError> {
        check_hash(&bytes, &expected)?;
        if !is_local {
            if let Err(error) = there.put(&expected, &bytes) {
                tracing::warn!(code = codes::MD_002.id, %error, "the weights cannot be kept");
            }
        }
        Ok(bytes)
    });
    let ended = || WeightsError::Fetch("the worker ends".into());
    checked.await.unwrap_or_else(|| Err(ended()))
}

/// What submitting a proof for one input costs at most.
async fn proof_fee(
    shared: &Shared,
    model: &Model,
    key: &[u8],
    id: ModelId,
) -> Result<u128, WeightsError> {
    let key = assay_proof::VerifyingKey::from_trusted_bytes(key)
        .map_err(|error| WeightsError::Key(error.to_string()))?;
    let plan = key
        .plan(1)
        .map_err(|error| WeightsError::Key(error.to_string()))?;
    let weight_limit = shared.port.verification_weight(id, 1).await?;
    let call = Call::SubmitProof {
        jobs: vec![0],
        outputs: vec![0; model.key.output_elements as usize],
        proof: vec![0; ProofShape::new(&plan).bytes()],
        weight_limit: weight_limit.unwrap_or(Weight {
            ref_time: 0,
            proof_size: 0,
        }),
    };
    Ok(shared.port.fee(&call).await?)
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn pause_longer_after_each_failure_but_not_for_ever() {
        let mut failures = Failures::default();
        let mut pauses = Vec::new();
        for _ in 0..40 {
            failures = failures.again(100);
            pauses.push(failures.not_before - 100);
        }
        assert_eq!(pauses[..5], [1, 2, 4, 8, 16]);
        assert_eq!(pauses[39], LONGEST_PAUSE);
    }
}

// SPDX-License-Identifier: Apache-2.0
//! Models that are ready: fetched, checked against the chain, on the device.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};

use assay_circuit::Model;
use assay_client::{
    codes::InputFormat,
    types::{Balance, ModelId},
};
use assay_proof::ProvingKey;

use super::speed::Speed;
use crate::executor::{Backend, ExecutorError, LoadedModel};

/// A model that is ready.
pub struct ReadyModel {
    /// Its number.
    pub id: ModelId,
    /// Its name, as the owner says, for logs.
    pub name: String,
    /// How its inputs are packed.
    pub format: InputFormat,
    /// Codes of one output.
    pub output_elements: u32,
    /// The most inputs of one proof.
    pub max_batch: u32,
    /// Circuit, parameters and verifying key. The key is the chain's, and the parameters' commitment was recomputed.
    pub key: Arc<ProvingKey>,
    /// What a proof call costs at most.
    pub proof_fee: Balance,
    speed: Mutex<Speed>,
    loaded: RwLock<Arc<dyn LoadedModel>>,
}

/// How outputs were computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Computed {
    /// On the device.
    OnDevice,
    /// By the reference interpreter.
    ByInterpreter,
}

impl ReadyModel {
    /// A model that was just loaded.
    pub fn new(
        id: ModelId,
        name: String,
        format: InputFormat,
        limits: (u32, u32),
        key: Arc<ProvingKey>,
        proof_fee: Balance,
        loaded: Box<dyn LoadedModel>,
    ) -> Self {
        let (output_elements, max_batch) = limits;
        Self {
            id,
            name,
            format,
            output_elements,
            max_batch,
            key,
            proof_fee,
            speed: Mutex::default(),
            loaded: RwLock::new(loaded.into()),
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        self.key.model()
    }

    /// The outputs of inputs, from the device. Blocks. A device that was lost is opened again once.
    ///
    /// # Errors
    ///
    /// [`ExecutorError`].
    pub fn run(
        &self,
        backend: &dyn Backend,
        inputs: &[Vec<i32>],
    ) -> Result<Vec<Vec<i32>>, ExecutorError> {
        let started = Instant::now();
        let loaded = self.loaded();
        let outputs = match loaded.run(inputs) {
            Err(ExecutorError::Lost { reason, .. }) => {
                tracing::warn!(model = self.id, %reason, "the device was lost; opening it again");
                let model = Arc::new(self.model().clone());
                let again: Arc<dyn LoadedModel> = backend.load(model)?.into();
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = again.clone();
                again.run(inputs)?
            }
            result => result?,
        };
        let seconds = started.elapsed().as_secs_f64();
        self.with_speed(|speed| speed.note_execution(inputs.len() as u32, seconds));
        Ok(outputs)
    }

    fn loaded(&self) -> Arc<dyn LoadedModel> {
        let loaded = self.loaded.read();
        loaded.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The outputs of inputs, from the reference interpreter. Blocks.
    ///
    /// # Errors
    ///
    /// If an input doesn't fit the circuit.
    pub fn interpret(
        &self,
        inputs: &[Vec<i32>],
    ) -> Result<Vec<Vec<i32>>, assay_circuit::InputError> {
        let run = |input: &Vec<i32>| Ok(self.model().run(input)?.output());
        inputs.iter().map(run).collect()
    }

    /// Looks at, or adds to, what was measured.
    pub fn with_speed<R>(&self, with: impl FnOnce(&mut Speed) -> R) -> R {
        with(&mut self.speed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The models that are ready. Clones of an entry stay usable when the entry is gone.
#[derive(Default)]
pub struct Shelf {
    models: RwLock<BTreeMap<ModelId, Arc<ReadyModel>>>,
}

impl Shelf {
    /// A model, if it is ready.
    pub fn get(&self, id: ModelId) -> Option<Arc<ReadyModel>> {
        let models = self.models.read();
        models
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    /// Numbers of all that are ready.
    pub fn ids(&self) -> Vec<ModelId> {
        let models = self.models.read();
        models
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .copied()
            .collect()
    }

    /// Puts a model there.
    pub fn insert(&self, model: Arc<ReadyModel>) {
        let models = self.models.write();
        models
            .unwrap_or_else(PoisonError::into_inner)
            .insert(model.id, model);
    }

    /// Takes a model away.
    pub fn remove(&self, id: ModelId) {
        let models = self.models.write();
        models.unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

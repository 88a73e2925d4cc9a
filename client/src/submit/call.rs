// SPDX-License-Identifier: Apache-2.0
//! Calls of the chain, and their encoding by the live runtime's metadata.

use serde::{Deserialize, Serialize};
use subxt::{
    dynamic::Value,
    ext::{
        scale_encode::{EncodeAsFields, EncodeAsType, Error as EncodeError, FieldIter},
        scale_type_resolver::TypeResolver,
    },
    tx::{dynamic, Payload},
    utils::MultiAddress,
};

use super::SubmitError;
use crate::{
    chain::{ChainError, ClientAt},
    runtime::api,
    types::{Balance, BondExtra, JobId, Metadata, ModelId, Perbill, Terms, Weight},
    AccountId,
};

/// What can be asked of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // The fields are those of the pallets' calls.
pub enum Call {
    /// Registers a model, owned by the caller.
    RegisterModel {
        key: Vec<u8>,
        metadata: Metadata,
        royalty: Perbill,
    },
    /// Withdraws a model of the caller.
    RetireModel { model: ModelId },
    /// Posts a job. `inputs` are [packed](crate::codes).
    Post {
        model: ModelId,
        inputs: Vec<u8>,
        terms: Terms,
    },
    /// Ends a job of the caller that is in auction.
    Cancel { job: JobId },
    /// Accepts a job at the price of the block, if that is at least `min_price`.
    Accept { job: JobId, min_price: Balance },
    /// Publishes the outputs of a job before they are proven.
    PublishEarlyResult { job: JobId, outputs: Vec<i32> },
    /// Submits one proof for jobs of one model, in ascending order; `outputs` follow each other, job after job.
    SubmitProof {
        jobs: Vec<JobId>,
        outputs: Vec<i32>,
        proof: Vec<u8>,
        weight_limit: Weight,
    },
    /// Ends what is over with a job.
    Expire { job: JobId },
    /// Removes a receipt whose lifetime is over.
    PruneReceipt { job: JobId },
    /// Makes the caller a provider.
    RegisterProvider {
        metadata: Vec<u8>,
        commission: Perbill,
        bond: Balance,
    },
    /// Replaces what the calling provider says of itself.
    SetProviderMetadata { metadata: Vec<u8> },
    /// Announces a commission of the calling provider.
    SetCommission { commission: Perbill },
    /// Adds to the caller's stake with `provider`: its own bond, or its delegation.
    BondExtra {
        provider: AccountId,
        extra: BondExtra,
    },
    /// Takes from the calling provider's own bond.
    Unbond { amount: Balance },
    /// Delegates to a provider.
    Delegate {
        provider: AccountId,
        amount: Balance,
    },
    /// Takes from a delegation.
    Undelegate {
        provider: AccountId,
        amount: Balance,
    },
    /// Moves a delegation.
    Redelegate {
        from: AccountId,
        to: AccountId,
        amount: Balance,
    },
    /// Pays out what has matured of the caller's stake with `provider`.
    Withdraw { provider: AccountId },
    /// Pays out the caller's rewards at `provider`.
    Claim { provider: AccountId },
    /// Applies earlier slashes to a delegation.
    ApplySlash {
        provider: AccountId,
        delegator: AccountId,
    },
    /// Takes the calling provider out of jail.
    Unjail,
    /// Begins the end of the calling provider.
    RetireProvider,
    /// Lets `delegate` act for the caller, as far as the kind of proxy goes, such as `Worker`.
    AddProxy { delegate: AccountId, kind: String },
    /// Ends what [`AddProxy`](Self::AddProxy) began.
    RemoveProxy { delegate: AccountId, kind: String },
    /// Sends some of the caller's free balance, and keeps the caller's account alive.
    Transfer { to: AccountId, amount: Balance },
    /// All of these calls, or none if one fails.
    BatchAll(Vec<Call>),
}

/// A call as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedCall {
    pallet: String,
    name: String,
    /// Indices of the pallet and of the call.
    head: [u8; 2],
    fields: Fields,
}

/// The fields of a call, encoded already: to be written as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields(Vec<u8>);

/// A whole call inside another one, encoded already.
struct Inner(Vec<u8>);

impl EncodeAsFields for Fields {
    fn encode_as_fields_to<R: TypeResolver>(
        &self,
        _: &mut dyn FieldIter<'_, R::TypeId>,
        _: &R,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}

impl EncodeAsType for Inner {
    fn encode_as_type_to<R: TypeResolver>(
        &self,
        _: R::TypeId,
        _: &R,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}

impl Payload for EncodedCall {
    type CallData = Fields;

    fn pallet_name(&self) -> &str {
        &self.pallet
    }

    fn call_name(&self) -> &str {
        &self.name
    }

    fn call_data(&self) -> &Fields {
        &self.fields
    }
}

impl EncodedCall {
    fn whole(self) -> Inner {
        let mut bytes = self.head.to_vec();
        bytes.extend(self.fields.0);
        Inner(bytes)
    }

    /// This call, made for `real` by its proxy, who signs.
    pub(super) fn proxied(
        self,
        real: AccountId,
        kind: Option<&str>,
        at: &ClientAt,
    ) -> Result<Self, SubmitError> {
        let fields = (address(real), kind.map(proxy_kind), self.whole());
        encode(dynamic("Proxy", "proxy", fields), at)
    }
}

/// A sequence whose length the runtime bounds: what is too long fails there.
fn bounded<T>(
    items: Vec<T>,
) -> api::runtime_types::bounded_collections::bounded_vec::BoundedVec<T> {
    api::runtime_types::bounded_collections::bounded_vec::BoundedVec(items)
}

type Address = MultiAddress<AccountId, u32>;

fn address(account: AccountId) -> Address {
    MultiAddress::Id(account)
}

fn proxy_kind(name: &str) -> Value {
    Value::unnamed_variant(name, [])
}

/// Encodes a call, after comparing its types with the live runtime's if they were generated.
fn encode<P: Payload>(payload: P, at: &ClientAt) -> Result<EncodedCall, SubmitError> {
    let client = at.tx();
    let (pallet, name) = (payload.pallet_name(), payload.call_name());
    client
        .validate(&payload)
        .map_err(|error| SubmitError::Chain(ChainError::from_subxt(error)))?;
    let bytes = client
        .call_data(&payload)
        .map_err(|error| SubmitError::Encode(format!("{pallet}.{name}: {error}")))?;
    match bytes.split_first_chunk() {
        Some((head, fields)) => Ok(EncodedCall {
            pallet: pallet.to_owned(),
            name: name.to_owned(),
            head: *head,
            fields: Fields(fields.to_vec()),
        }),
        None => Err(SubmitError::Encode(format!("{pallet}.{name}: no bytes"))),
    }
}

impl Call {
    /// How deep [`BatchAll`](Self::BatchAll)es may be nested.
    const MAX_DEPTH: usize = 4;

    /// Encodes the call for the runtime of a block.
    pub(super) fn encode(&self, at: &ClientAt) -> Result<EncodedCall, SubmitError> {
        self.encode_nested(at, Self::MAX_DEPTH)
    }

    fn encode_nested(&self, at: &ClientAt, depth: usize) -> Result<EncodedCall, SubmitError> {
        let market = || api::tx().inference_market();
        let staking = || api::tx().verification();
        let registry = || api::tx().model_registry();
        match self.clone() {
            Self::RegisterModel {
                key,
                metadata,
                royalty,
            } => encode(registry().register(bounded(key), metadata, royalty), at),
            Self::RetireModel { model } => encode(registry().retire(model), at),
            Self::Post {
                model,
                inputs,
                terms,
            } => encode(market().post(model, bounded(inputs), terms), at),
            Self::Cancel { job } => encode(market().cancel(job), at),
            Self::Accept { job, min_price } => encode(market().accept(job, min_price), at),
            Self::PublishEarlyResult { job, outputs } => {
                encode(market().publish_early_result(job, bounded(outputs)), at)
            }
            Self::SubmitProof {
                jobs,
                outputs,
                proof,
                weight_limit,
            } => encode(
                market().submit_proof(
                    bounded(jobs),
                    bounded(outputs),
                    bounded(proof),
                    weight_limit,
                ),
                at,
            ),
            Self::Expire { job } => encode(market().expire(job), at),
            Self::PruneReceipt { job } => encode(market().prune_receipt(job), at),
            Self::RegisterProvider {
                metadata,
                commission,
                bond,
            } => encode(staking().register(bounded(metadata), commission, bond), at),
            Self::SetProviderMetadata { metadata } => {
                encode(staking().set_metadata(bounded(metadata)), at)
            }
            Self::SetCommission { commission } => encode(staking().set_commission(commission), at),
            Self::BondExtra { provider, extra } => {
                encode(staking().bond_extra(provider, extra), at)
            }
            Self::Unbond { amount } => encode(staking().unbond(amount), at),
            Self::Delegate { provider, amount } => encode(staking().delegate(provider, amount), at),
            Self::Undelegate { provider, amount } => {
                encode(staking().undelegate(provider, amount), at)
            }
            Self::Redelegate { from, to, amount } => {
                encode(staking().redelegate(from, to, amount), at)
            }
            Self::Withdraw { provider } => encode(staking().withdraw(provider), at),
            Self::Claim { provider } => encode(staking().claim(provider), at),
            Self::ApplySlash {
                provider,
                delegator,
            } => encode(staking().apply_slash(provider, delegator), at),
            Self::Unjail => encode(staking().unjail(), at),
            Self::RetireProvider => encode(staking().retire(), at),
            Self::AddProxy { delegate, kind } => {
                let fields = (address(delegate), proxy_kind(&kind), 0u32);
                encode(dynamic("Proxy", "add_proxy", fields), at)
            }
            Self::RemoveProxy { delegate, kind } => {
                let fields = (address(delegate), proxy_kind(&kind), 0u32);
                let payload = dynamic("Proxy", "remove_proxy", fields);
                encode(payload, at)
            }
            Self::Transfer { to, amount } => {
                let payload = dynamic("Balances", "transfer_keep_alive", (address(to), amount));
                encode(payload, at)
            }
            Self::BatchAll(calls) => {
                let Some(depth) = depth.checked_sub(1) else {
                    return Err(SubmitError::Encode("batches are nested too deeply".into()));
                };
                let inner = calls
                    .iter()
                    .map(|call| Ok(call.encode_nested(at, depth)?.whole()));
                let inner = inner.collect::<Result<Vec<_>, SubmitError>>()?;
                let payload = dynamic("Utility", "batch_all", (inner,));
                encode(payload, at)
            }
        }
    }
}

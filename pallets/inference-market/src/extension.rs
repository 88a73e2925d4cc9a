// SPDX-License-Identifier: Apache-2.0
//! The transaction extension that keeps proofs that can't count out of the pool, and lets those that can go first when time runs out.
//!
//! A proof is up to 64 KB long and takes tens of milliseconds to verify, so a proof that is bound to fail is the cheapest way to fill
//! a pool and blocks. [`CheckProof`] looks up the jobs of a call of `submit_proof` before the call is admitted, and refuses it for
//! every reason for which the call would be a dispatch error. Only a proof itself can still be wrong, and that costs its submitter a
//! part of the collateral. While a proof for a job waits, another for the same job is not admitted beside it.
//!
//! # Why priority and not money
//!
//! Blocks are filled by the tip per weight, and a proof is heavy: without a tip it comes last, behind every transfer. A provider that
//! had to outbid light traffic at its deadline would pay the authors of blocks, who are the ones that can make it late. So the chain
//! itself moves a proof up as its deadline comes near: the [`priority`] doubles with every block, up to [`MAX_PRIORITY`], which is
//! worth as much as a tip of a few thousandths of a token on a transfer. It costs nobody anything, no author can earn by delaying a
//! proof, and it can't be bought by spamming: each proof that has it is for a job that its submitter holds with stake. Tips still work
//! and add up with it.
//!
//! # What clients see
//!
//! The extension adds nothing to a transaction and nothing to what is signed. A refusal is `InvalidTransaction::Custom` with the index of
//! the variant of [`Error`] that the call would return, as in the metadata, or `BadSigner` for a caller that may not act for the account
//! in whose name it submits. A client that doesn't know the extension can ignore it.

use alloc::vec::Vec;
use assay_pallet_primitives::JobId;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{
    traits::{IsSubType, OriginTrait},
    weights::Weight,
    CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::{
    impl_tx_ext_default,
    traits::{
        DispatchInfoOf, DispatchOriginOf, Implication, Saturating, TransactionExtension,
        ValidateResult,
    },
    transaction_validity::{
        InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidity,
        TransactionValidityError, ValidTransaction,
    },
    SaturatedConversion,
};

use crate::{Call, Config, CongestedBlocks, Error, Pallet, WeightInfo};

/// What is added to the priority of a proof in the last block in which it counts: 2^43.
///
/// The payment of a transaction gives it the number of its kind that fit a block, times its tip plus one: without a tip some thousands for
/// a transfer, some tens for a proof.
pub const MAX_PRIORITY: TransactionPriority = 1 << 43;

/// Before the tag of a job in the pool.
const TAG: &[u8] = b"assay/proof";

/// What is added to the priority of a proof when `blocks_left` more blocks after the next one take it: [`MAX_PRIORITY`], halved for each of
/// them.
pub fn priority(blocks_left: u32) -> TransactionPriority {
    MAX_PRIORITY.checked_shr(blocks_left).unwrap_or(0)
}

/// How proofs are submitted through a runtime's calls.
pub trait ProofCalls<T: Config> {
    /// The market's call that `call` is, or that it dispatches in the name of another account; and how many calls are around it. Bounded,
    /// and reads nothing from storage.
    fn find(call: &T::RuntimeCall) -> Option<(&Call<T>, u32)>;

    /// The account in whose name that call is dispatched if `who` signs `call`. `None` if `who` may not act for it.
    fn account(who: &T::AccountId, call: &T::RuntimeCall) -> Option<T::AccountId>;

    /// What [`account`](Self::account) takes with so many calls around the market's.
    fn account_weight(around: u32) -> Weight;
}

/// Proofs are submitted by those who hold the jobs, and by nobody else.
impl<T: Config> ProofCalls<T> for ()
where
    T::RuntimeCall: IsSubType<Call<T>>,
{
    fn find(call: &T::RuntimeCall) -> Option<(&Call<T>, u32)> {
        call.is_sub_type().map(|call| (call, 0))
    }

    fn account(who: &T::AccountId, _: &T::RuntimeCall) -> Option<T::AccountId> {
        Some(who.clone())
    }

    fn account_weight(_: u32) -> Weight {
        Weight::zero()
    }
}

/// Refuses calls of `submit_proof` that would be dispatch errors, and raises the priority of the others toward their deadline. See the
/// [module](self). Finds them as `P` says.
#[derive(
    CloneNoBound,
    DebugNoBound,
    PartialEqNoBound,
    EqNoBound,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
)]
#[scale_info(skip_type_params(T, P))]
pub struct CheckProof<T, P>(PhantomData<(T, P)>);

impl<T, P> CheckProof<T, P> {
    /// The extension.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, P> Default for CheckProof<T, P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, P> TransactionExtension<T::RuntimeCall> for CheckProof<T, P>
where
    T: Config + Send + Sync,
    P: ProofCalls<T> + Send + Sync + 'static,
{
    const IDENTIFIER: &'static str = "CheckProof";
    type Implicit = ();
    type Val = ();
    type Pre = ();

    fn weight(&self, call: &T::RuntimeCall) -> Weight {
        match P::find(call) {
            Some((Call::submit_proof { jobs, .. }, around)) => {
                let jobs = T::WeightInfo::check_proof(jobs.len() as u32);
                jobs.saturating_add(P::account_weight(around))
            }
            _ => Weight::zero(),
        }
    }

    fn validate(
        &self,
        origin: DispatchOriginOf<T::RuntimeCall>,
        call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        _len: usize,
        _self_implicit: Self::Implicit,
        _inherited_implication: &impl Implication,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        let (found, signer) = (P::find(call), origin.as_signer());
        let Some(((call_of_market, _), signer)) = found.zip(signer) else {
            return Ok((ValidTransaction::default(), (), origin));
        };
        let Call::submit_proof {
            jobs,
            outputs,
            proof,
            weight_limit,
        } = call_of_market
        else {
            return Ok((ValidTransaction::default(), (), origin));
        };
        let who = P::account(signer, call).ok_or(InvalidTransaction::BadSigner)?;
        let sizes = (outputs.len() as u32, proof.len() as u32);
        let validity = Pallet::<T>::proof_validity(&who, jobs, sizes, *weight_limit)?;
        Ok((validity, (), origin))
    }

    impl_tx_ext_default!(T::RuntimeCall; prepare);
}

impl<T: Config> Pallet<T> {
    /// Whether a proof for these jobs could be checked if it came in this block. `sizes` are the numbers of output codes and of bytes of the proof.
    pub(crate) fn proof_validity(
        who: &T::AccountId,
        ids: &[JobId],
        sizes: (u32, u32),
        weight_limit: Weight,
    ) -> TransactionValidity {
        let (batch, _) = Self::check_submission(who, ids, sizes, weight_limit).map_err(refusal)?;
        let congested = CongestedBlocks::<T>::get();
        let held = || batch.jobs.iter().filter_map(|(_, job)| job.acceptance());
        let left = |last: Option<BlockNumberFor<T>>| {
            let blocks = last.unwrap_or_default().saturating_sub(Self::now());
            blocks.saturated_into::<u32>()
        };
        let ends = left(held().map(|held| held.ends(congested)).min());
        let latest = left(held().map(|held| held.latest).min());
        let tags: Vec<Vec<u8>> = ids.iter().map(|id| (TAG, id).encode()).collect();
        Ok(ValidTransaction {
            priority: priority(ends),
            provides: tags,
            // From the block before this one to the last in which a proof can count at all.
            longevity: u64::from(latest).saturating_add(1),
            ..Default::default()
        })
    }
}

/// Why a call is not admitted, as a number that clients find in the metadata.
fn refusal<T: Config>(reason: Error<T>) -> TransactionValidityError {
    // The index of the variant comes first.
    let code = reason.using_encoded(|bytes| bytes.first().copied());
    InvalidTransaction::Custom(code.unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_priority_doubles_with_every_block_and_is_bounded() {
        assert_eq!(priority(0), MAX_PRIORITY);
        for left in 0..42 {
            assert_eq!(priority(left), 2 * priority(left + 1));
        }
        assert_eq!(priority(43), 1);
        for left in [44, 63, 64, u32::MAX] {
            assert_eq!(priority(left), 0);
        }
    }
}

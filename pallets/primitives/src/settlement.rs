// SPDX-License-Identifier: Apache-2.0
//! What other pallets learn of a settled job.

use alloc::vec::Vec;
use frame_support::weights::Weight;
use sp_core::H256;

use crate::{JobId, ModelId};

/// A job whose answer is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement<'a, AccountId> {
    /// The job.
    pub job: JobId,
    /// The model that answered.
    pub model: ModelId,
    /// Who asked.
    pub requester: &'a AccountId,
    /// Who answered and proved it.
    pub provider: &'a AccountId,
    /// Digest of the inputs.
    pub input_hash: H256,
    /// Output codes, one slice an input of the job.
    pub outputs: &'a [Vec<i32>],
}

/// Told of every settled job. A tuple tells each of its members.
pub trait OnSettled<AccountId> {
    /// Called once for each job, in the block that settles it, after everybody is paid. Must not fail: a consumer that has
    /// trouble with an answer can't take it from the requester.
    fn on_settled(settlement: &Settlement<'_, AccountId>);

    /// The most that one call of [`on_settled`](Self::on_settled) takes.
    fn weight() -> Weight;
}

#[impl_trait_for_tuples::impl_for_tuples(8)]
impl<AccountId> OnSettled<AccountId> for Tuple {
    fn on_settled(settlement: &Settlement<'_, AccountId>) {
        for_tuples!( #( Tuple::on_settled(settlement); )* );
    }

    fn weight() -> Weight {
        let mut weight = Weight::zero();
        for_tuples!( #( weight = weight.saturating_add(Tuple::weight()); )* );
        weight
    }
}

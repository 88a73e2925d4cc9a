// SPDX-License-Identifier: Apache-2.0
//! What clients ask of the market.

use alloc::vec::Vec;
use assay_pallet_primitives::{JobId, ModelId, Work};
use codec::{Codec, Decode, Encode};
use frame_support::weights::Weight;
use scale_info::TypeInfo;

/// A job in auction, as of the block in which it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OpenJob<Balance, BlockNumber> {
    /// Its number.
    pub job: JobId,
    /// The price of this block.
    pub price: Balance,
    /// What is paid besides.
    pub bounty: Balance,
    /// The price at the end of the ramp.
    pub max_price: Balance,
    /// The collateral that accepting it locks now.
    pub collateral: Balance,
    /// Number of inputs.
    pub inputs: u32,
    /// Work of all inputs.
    pub work: Work,
    /// The last block in which it can be accepted.
    pub auction_ends: BlockNumber,
    /// Blocks from acceptance to the deadline, without grace.
    pub proof_window: BlockNumber,
}

/// What asking a model costs, besides the price.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Quote<Balance, BlockNumber> {
    /// The least price.
    pub min_price: Balance,
    /// Paid to the treasury when the job is posted.
    pub posting_fee: Balance,
    /// Held until the job ends.
    pub job_deposit: Balance,
    /// Held until the receipt is pruned.
    pub receipt_deposit: Balance,
    /// Held for those who expire the job.
    pub expiry_rewards: Balance,
    /// The shortest proof window.
    pub shortest_window: BlockNumber,
    /// Work of all inputs.
    pub work: Work,
    /// The weight limit that `submit_proof` needs.
    pub verification_weight: Weight,
}

sp_api::decl_runtime_apis! {
    /// Jobs and prices.
    pub trait MarketApi<AccountId, Balance, BlockNumber>
    where
        AccountId: Codec,
        Balance: Codec,
        BlockNumber: Codec,
    {
        /// Jobs of a model in auction that can be accepted, at most `limit` of them, those that pay most for their work now first.
        fn open_jobs(model: ModelId, limit: u32) -> Vec<OpenJob<Balance, BlockNumber>>;

        /// The price of a job in auction, without the bounty. `None` if it isn't, or if nobody can accept it any more.
        fn current_price(job: JobId) -> Option<Balance>;

        /// The last block in which a proof for an accepted job counts, as it looks now: congested blocks move it.
        fn proof_deadline(job: JobId) -> Option<BlockNumber>;

        /// What a job with so many inputs costs now. `None` if the model isn't active or the answer can't be proven on this chain.
        fn quote(model: ModelId, inputs: u32) -> Option<Quote<Balance, BlockNumber>>;

        /// Whether `provider` has the stake to accept `job` now. A cap on its share of the work may still forbid it.
        fn can_accept(provider: AccountId, job: JobId) -> bool;
    }
}

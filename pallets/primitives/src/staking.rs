// SPDX-License-Identifier: Apache-2.0
//! What the market needs of staking: collateral behind jobs, and what becomes of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::weights::Weight;
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, DispatchResult, Perbill};

use crate::{EraIndex, JobId};

/// What the collateral of a job is computed from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct CollateralTerms<Balance> {
    /// The price at which the provider accepts.
    pub price: Balance,
    /// The least collateral that the requester asks for; 0 if it doesn't.
    pub min_collateral: Balance,
}

/// The collateral behind one job.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct LockedCollateral<AccountId, Balance> {
    /// Who accepted the job.
    pub provider: AccountId,
    /// The part that the provider's own bond covers.
    pub own: Balance,
    /// The part that the delegations to the provider cover.
    pub delegated: Balance,
    /// Own and delegated together when the job was accepted.
    pub total: Balance,
    /// The most that the requester may receive.
    pub price: Balance,
    /// The era in which the job was accepted: stake that had left before is not at risk.
    pub era: EraIndex,
}

/// What a provider did wrong.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Fault {
    /// It submitted a proof that fails the check. Costs a set part of the collateral, and the job stays with the provider; once
    /// [too little would be left](Staking::survives_failed_proof), costs the whole collateral.
    InvalidProof,
    /// It let the deadline pass without a proof. Costs the whole collateral.
    Missed,
    /// A proven output contradicts what it had published before. Costs the whole collateral.
    Contradicted,
}

impl Fault {
    /// Whether the fault always takes the job from the provider, with all the collateral that is left.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::InvalidProof)
    }
}

/// Who receives the parts of a slash that don't go to the treasury.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlashBeneficiaries<'a, AccountId> {
    /// Receives the compensation.
    pub requester: &'a AccountId,
    /// Receives the bounty, which the market adds to the price of the next auction; none if there will be no other auction, and
    /// then the bounty goes to the treasury.
    pub bounty: Option<&'a AccountId>,
}

/// Where the money of a slash went.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct SlashOutcome<Balance> {
    /// Taken from the provider's own bond. `compensation + bounty + treasury` is exactly this.
    pub own: Balance,
    /// Lost by delegators. It reaches the treasury as each delegation is next touched.
    pub delegated: Balance,
    /// Paid to the requester, at most the price.
    pub compensation: Balance,
    /// Paid to the bounty's account.
    pub bounty: Balance,
    /// Paid to the treasury out of the provider's own bond.
    pub treasury: Balance,
}

/// A payment for a settled job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment<'a, AccountId, Balance, HoldReason> {
    /// Who pays.
    pub payer: &'a AccountId,
    /// The reason under which the payer's money is held; `None` to pay from the free balance (a pot).
    pub held: Option<&'a HoldReason>,
    /// How much is paid in all.
    pub amount: Balance,
    /// Who is paid for the work.
    pub provider: &'a AccountId,
    /// The owner of the model.
    pub model_owner: &'a AccountId,
    /// The owner's part of what remains after the protocol fee, as it was when the job was posted.
    pub royalty: Perbill,
}

/// The parts of a payment. They add up to the amount paid.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct PaymentSplit<Balance> {
    /// To the treasury.
    pub protocol_fee: Balance,
    /// To the model's owner.
    pub royalty: Balance,
    /// To the provider: its commission and what its own bond earns.
    pub provider: Balance,
    /// To the delegators of the provider, who claim it.
    pub delegators: Balance,
}

/// Stake behind jobs.
///
/// Every collateral that is locked is released or slashed to the end exactly once. A call that returns an error has changed
/// nothing.
pub trait Staking<AccountId, Balance> {
    /// The runtime's reasons to hold money.
    type HoldReason;

    /// The collateral of a job on these terms: `max(floor, ratio * price, min_collateral)`. Saturates.
    fn collateral(terms: &CollateralTerms<Balance>) -> Balance;

    /// Whether `provider` could accept a job on these terms now.
    ///
    /// # Errors
    ///
    /// The error that [`lock_collateral`](Self::lock_collateral) would return.
    fn can_accept(provider: &AccountId, terms: &CollateralTerms<Balance>) -> DispatchResult;

    /// Puts stake of `provider` behind `job`.
    ///
    /// # Errors
    ///
    /// `provider` isn't registered, is jailed or has retired, holds as many jobs as it may, or has too little free stake, own or in
    /// all; or `job` has collateral already.
    fn lock_collateral(
        job: JobId,
        provider: &AccountId,
        terms: &CollateralTerms<Balance>,
    ) -> Result<LockedCollateral<AccountId, Balance>, DispatchError>;

    /// The collateral behind `job`, if there is any.
    fn collateral_of(job: JobId) -> Option<LockedCollateral<AccountId, Balance>>;

    /// Frees the collateral behind `job`: it was settled, or taken from the provider through no fault of its own.
    ///
    /// # Errors
    ///
    /// `job` has no collateral.
    fn release(job: JobId) -> DispatchResult;

    /// Whether `job` stays with its provider if one more proof fails: the provider's own part of what is left of the collateral then
    /// covers compensation and bounty. If not, that proof is the end of the job: [`slash`](Self::slash) takes everything, as for a
    /// missed deadline. Its weight is part of [`slash_weight`](Self::slash_weight).
    fn survives_failed_proof(job: JobId) -> bool;

    /// Slashes the collateral behind `job` for `fault`. After a [terminal](Fault::is_terminal) fault, or a failed proof that the job
    /// didn't [survive](Self::survives_failed_proof), there is none left, and a later [`release`](Self::release) is an error.
    ///
    /// The provider's own bond pays first; compensation and bounty come from nothing else.
    ///
    /// # Errors
    ///
    /// `job` has no collateral.
    fn slash(
        job: JobId,
        fault: Fault,
        beneficiaries: SlashBeneficiaries<'_, AccountId>,
    ) -> Result<SlashOutcome<Balance>, DispatchError>;

    /// Divides a payment among treasury, model owner, provider and delegators, and pays it. The one place that states this split.
    ///
    /// # Errors
    ///
    /// The payer doesn't have the money, or the provider isn't registered.
    fn pay(
        payment: &Payment<'_, AccountId, Balance, Self::HoldReason>,
    ) -> Result<PaymentSplit<Balance>, DispatchError>;

    /// Weight of [`lock_collateral`](Self::lock_collateral).
    fn lock_weight() -> Weight;
    /// Weight of [`release`](Self::release).
    fn release_weight() -> Weight;
    /// Weight of [`slash`](Self::slash).
    fn slash_weight() -> Weight;
    /// Weight of [`pay`](Self::pay).
    fn pay_weight() -> Weight;

    /// Makes `who` a provider that can lock `collateral`.
    #[cfg(feature = "runtime-benchmarks")]
    fn set_up_provider(who: &AccountId, collateral: Balance);
}

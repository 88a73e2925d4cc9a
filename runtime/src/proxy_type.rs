// SPDX-License-Identifier: Apache-2.0

//! What a proxy may do for the account that appointed it.
//!
//! Every type but [`ProxyType::Any`] is a list of what is *allowed*: a pallet that is added to the
//! runtime is out of reach of existing proxies until somebody decides otherwise here.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::InstanceFilter;
use scale_info::TypeInfo;

use crate::RuntimeCall;

/// The kinds of proxies. The numbers are stored: they don't change.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Debug,
    Default,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything that the account may do.
    #[default]
    #[codec(index = 0)]
    Any,
    /// Everything that can't take funds out of the account other than as a deposit of its own.
    #[codec(index = 1)]
    NonTransfer,
    /// Voting, referenda, preimages, claiming approved treasury spends.
    #[codec(index = 2)]
    Governance,
    /// Running a collator: keys and candidacy.
    #[codec(index = 3)]
    Collation,
    /// Rejecting announcements of other proxies.
    #[codec(index = 4)]
    CancelProxy,
    /// Staking: being a provider or backing one, and taking out what was earned, which goes to the
    /// account itself.
    #[codec(index = 5)]
    Staking,
    /// What the hot key of a provider's worker needs: accepting jobs, answering them, proving the
    /// answers, expiring what is over. It can't move funds. Whoever steals it can still
    /// promise work that isn't done, at the expense of the collateral, of which a part compensates
    /// requesters: what is at risk is the provider's free bond, no more than that.
    #[codec(index = 6)]
    Worker,
}

/// Calls that only wrap others. The filter applies to what they wrap as well: it stays on the
/// origin.
fn is_wrapper(call: &RuntimeCall) -> bool {
    matches!(call, RuntimeCall::Utility(_))
}

fn is_governance(call: &RuntimeCall) -> bool {
    matches!(
        call,
        RuntimeCall::ConvictionVoting(_)
            | RuntimeCall::Referenda(_)
            | RuntimeCall::Preimage(_)
            | RuntimeCall::Treasury(
                pallet_treasury::Call::payout { .. } | pallet_treasury::Call::check_status { .. }
            )
    )
}

fn is_collation(call: &RuntimeCall) -> bool {
    matches!(
        call,
        RuntimeCall::CollatorSelection(_) | RuntimeCall::Session(_)
    )
}

fn is_cancel_proxy(call: &RuntimeCall) -> bool {
    matches!(
        call,
        RuntimeCall::Proxy(pallet_proxy::Call::reject_announcement { .. })
    )
}

/// All of staking except what governance does.
fn is_staking(call: &RuntimeCall) -> bool {
    use pallet_verification::Call;
    matches!(
        call,
        RuntimeCall::Verification(
            Call::register { .. }
                | Call::set_metadata { .. }
                | Call::set_commission { .. }
                | Call::bond_extra { .. }
                | Call::unbond { .. }
                | Call::delegate { .. }
                | Call::undelegate { .. }
                | Call::redelegate { .. }
                | Call::withdraw { .. }
                | Call::claim { .. }
                | Call::claim_for { .. }
                | Call::apply_slash { .. }
                | Call::unjail { .. }
                | Call::retire { .. }
                | Call::reap { .. }
        )
    )
}

fn is_work(call: &RuntimeCall) -> bool {
    use pallet_inference_market::Call;
    matches!(
        call,
        RuntimeCall::InferenceMarket(
            Call::accept { .. }
                | Call::publish_early_result { .. }
                | Call::submit_proof { .. }
                | Call::expire { .. }
        )
    )
}

fn is_non_transfer(call: &RuntimeCall) -> bool {
    is_governance(call)
        || is_collation(call)
        || is_cancel_proxy(call)
        || is_staking(call)
        || is_work(call)
        || matches!(
            call,
            RuntimeCall::System(_) | RuntimeCall::Proxy(_) | RuntimeCall::Multisig(_)
        )
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            ProxyType::Any => true,
            ProxyType::NonTransfer => is_wrapper(call) || is_non_transfer(call),
            ProxyType::Governance => is_wrapper(call) || is_governance(call),
            ProxyType::Collation => is_wrapper(call) || is_collation(call),
            ProxyType::CancelProxy => is_wrapper(call) || is_cancel_proxy(call),
            ProxyType::Staking => is_wrapper(call) || is_staking(call),
            ProxyType::Worker => is_wrapper(call) || is_work(call),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        self == other
            || match self {
                ProxyType::Any => true,
                ProxyType::NonTransfer => *other != ProxyType::Any,
                _ => false,
            }
    }
}

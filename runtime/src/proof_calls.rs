// SPDX-License-Identifier: Apache-2.0

//! How proofs are submitted on this chain: by the provider, or by its hot key through a proxy.
//!
//! Calls that wrap others in more ways (batches, multisigs) are not looked into: a proof in one of them is neither refused before the
//! pool nor moved up, and its submitter pays for a failing dispatch.

use frame_support::{traits::InstanceFilter, weights::Weight};
use pallet_inference_market::{extension, Call};
use sp_runtime::traits::{StaticLookup, Zero};

use crate::{weights::RocksDbWeight, AccountId, Proxy, Runtime, RuntimeCall};

/// The most proxies that stand between a transaction and its proof.
const MAX_PROXIES: u32 = 2;
/// What looking up the proxies of an account takes, besides the database: its storage proof is at most the list of 32 and a path to it.
const LOOK_UP: Weight = Weight::from_parts(10_000_000, 5_000);

/// The calls of this runtime that submit proofs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofCalls;

impl extension::ProofCalls<Runtime> for ProofCalls {
    fn find(call: &RuntimeCall) -> Option<(&Call<Runtime>, u32)> {
        let mut call = call;
        for around in 0..=MAX_PROXIES {
            match call {
                RuntimeCall::InferenceMarket(call) => return Some((call, around)),
                RuntimeCall::Proxy(pallet_proxy::Call::proxy { call: inner, .. }) => call = inner,
                _ => return None,
            }
        }
        None
    }

    fn account(who: &AccountId, call: &RuntimeCall) -> Option<AccountId> {
        let (mut who, mut call) = (who.clone(), call);
        for _ in 0..MAX_PROXIES {
            let RuntimeCall::Proxy(pallet_proxy::Call::proxy {
                real,
                force_proxy_type,
                call: inner,
            }) = call
            else {
                break;
            };
            // As the proxy pallet does when it dispatches the call.
            let real = <Runtime as frame_system::Config>::Lookup::lookup(real.clone()).ok()?;
            let proxy = Proxy::find_proxy(&real, &who, *force_proxy_type).ok()?;
            if !proxy.delay.is_zero() || !proxy.proxy_type.filter(inner) {
                return None;
            }
            (who, call) = (real, inner);
        }
        Some(who)
    }

    fn account_weight(around: u32) -> Weight {
        let each = LOOK_UP.saturating_add(RocksDbWeight::get().reads(1));
        each.saturating_mul(around.into())
    }
}

// SPDX-License-Identifier: Apache-2.0
//! Benchmarks of every call and of what the market calls, each at its worst: records that have not been touched since everything
//! happened to them. And of the proof system, on proofs of models of different shapes that are part of the repository.

use alloc::vec;
use assay_pallet_primitives::{
    Balance, CollateralTerms, Fault, Payment, ProofRejected, ProofVerifier, SlashBeneficiaries,
    Staking,
};
use frame_benchmarking::v2::*;
use frame_support::traits::{
    fungible::{Inspect, Mutate, MutateHold},
    EnsureOrigin, Get, Hooks,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_runtime::{traits::One, Perbill, Saturating};

use crate::{fixtures::Fixture, proof::AssayVerifier, *};

const SEED: u32 = 0;

/// An account with plenty.
fn rich<T: Config>(name: &'static str, index: u32) -> T::AccountId {
    let who: T::AccountId = account(name, index, SEED);
    let parameters = Parameters::<T>::get();
    let enough = parameters
        .min_self_bond
        .saturating_add(parameters.min_delegation)
        .saturating_add(T::Currency::minimum_balance())
        .saturating_add(T::DepositBase::get())
        .saturating_mul(1_000_000);
    T::Currency::mint_into(&who, enough).expect("a benchmark can mint");
    who
}

/// A provider with a hundred times the least bond.
fn provider<T: Config>(index: u32) -> T::AccountId {
    let who = rich::<T>("provider", index);
    let bond = Parameters::<T>::get().min_self_bond.saturating_mul(100);
    let metadata = vec![b'x'; T::MaxMetadata::get() as usize]
        .try_into()
        .expect("bounded");
    Pallet::<T>::do_register(who.clone(), metadata, Perbill::zero(), bond)
        .expect("a rich account can register");
    who
}

fn next_era<T: Config>() {
    let end = CurrentEra::<T>::get().end;
    frame_system::Pallet::<T>::set_block_number(end);
    Pallet::<T>::on_initialize(end);
}

/// What a delegator of these benchmarks delegates at a time.
fn portion<T: Config>() -> Balance {
    Parameters::<T>::get().min_delegation.saturating_mul(100)
}

/// A delegation to `to` with as many chunks as there can be, and a provider in the same state; redelegated stake that is at risk
/// elsewhere, rewards, and a pending part that has become active without being touched.
fn worst_delegation<T: Config>(to: &T::AccountId, index: u32) -> T::AccountId {
    let who = rich::<T>("delegator", index);
    wear_out::<T>(&who, to, index, T::MaxChunks::get());
    who
}

/// Makes the delegation of `who` to `to` as [`worst_delegation`] says, with so many chunks.
fn wear_out<T: Config>(who: &T::AccountId, to: &T::AccountId, index: u32, chunks: u32) {
    let other = provider::<T>(1_000 + index);
    Pallet::<T>::do_delegate(who.clone(), to.clone(), portion::<T>().saturating_mul(10))
        .expect("a rich account can delegate");
    Pallet::<T>::do_delegate(who.clone(), other.clone(), portion::<T>())
        .expect("a rich account can delegate");
    for chunk in 0..chunks {
        next_era::<T>();
        Pallet::<T>::do_undelegate(
            who.clone(),
            to.clone(),
            Parameters::<T>::get().min_delegation,
        )
        .expect("active stake can leave");
        // One less of the provider's own, so that one can follow.
        if chunk > 0 {
            Pallet::<T>::do_unbond(to.clone(), 1).expect("there is own bond");
        }
    }
    next_era::<T>();
    Pallet::<T>::do_redelegate(who.clone(), other, to.clone(), portion::<T>())
        .expect("active stake can move");
    Pallet::<T>::do_delegate(who.clone(), to.clone(), portion::<T>())
        .expect("a rich account can delegate");
    next_era::<T>();
    // What happened so far is no part of what is measured.
    frame_system::Pallet::<T>::reset_events();
}

/// Takes a part of what is delegated to `to`, and gives the delegators a reward.
fn shake<T: Config>(to: &T::AccountId) {
    let mut provider = Pallet::<T>::provider(to).expect("a provider");
    let era = CurrentEra::<T>::get().index;
    let part = provider.pool.worth() / 7;
    Pallet::<T>::slash_delegations(to, &mut provider, part, era);
    Pallet::<T>::store_provider(to, provider);
    reward::<T>(to);
}

/// Gives the delegators of `to` a reward and takes all of their stake: a generation ends.
fn ruin<T: Config>(to: &T::AccountId) {
    reward::<T>(to);
    let mut provider = Pallet::<T>::provider(to).expect("a provider");
    let (era, all) = (CurrentEra::<T>::get().index, provider.pool.worth());
    Pallet::<T>::slash_delegations(to, &mut provider, all, era);
    Pallet::<T>::store_provider(to, provider);
}

/// Pays for work of `to`.
fn reward<T: Config>(to: &T::AccountId) -> Balance {
    let payer = rich::<T>("payer", 0);
    let owner = rich::<T>("owner", 0);
    let amount = T::Currency::minimum_balance().saturating_mul(1_000);
    let payment = Payment {
        payer: &payer,
        held: None,
        amount,
        provider: to,
        model_owner: &owner,
        royalty: Perbill::from_percent(10),
    };
    Pallet::<T>::do_pay(&payment)
        .expect("a rich account can pay")
        .delegators
}

/// Terms that the provider of these benchmarks can accept.
fn terms<T: Config>() -> CollateralTerms<Balance> {
    CollateralTerms {
        price: Parameters::<T>::get().min_self_bond,
        min_collateral: 0,
    }
}

fn mature<T: Config>() {
    let now = frame_system::Pallet::<T>::block_number();
    let later = now.saturating_add(Parameters::<T>::get().unbonding_period);
    frame_system::Pallet::<T>::set_block_number(later);
}

/// Verifies the proof of a fixture, which is valid.
fn accept(fixture: &Fixture) {
    let outcome = AssayVerifier::verify(&fixture.key, &fixture.statement(), &fixture.proof);
    assert_eq!(outcome, Ok(()));
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register() {
        let who = rich::<T>("provider", 0);
        let metadata = vec![b'x'; T::MaxMetadata::get() as usize]
            .try_into()
            .expect("bounded");
        let bond = Parameters::<T>::get().min_self_bond;
        #[extrinsic_call]
        _(
            RawOrigin::Signed(who.clone()),
            metadata,
            Perbill::zero(),
            bond,
        );
        assert!(Providers::<T>::contains_key(who));
    }

    #[benchmark]
    fn set_metadata() {
        let who = provider::<T>(0);
        let _ = worst_delegation::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), Default::default());
        assert!(Providers::<T>::get(who)
            .expect("registered")
            .metadata
            .is_empty());
    }

    #[benchmark]
    fn set_commission() {
        let who = provider::<T>(0);
        let _ = worst_delegation::<T>(&who, 0);
        let step = Parameters::<T>::get().max_commission_step;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), step);
        assert!(Providers::<T>::get(who)
            .expect("registered")
            .next_commission
            .is_some());
    }

    #[benchmark]
    fn bond_extra() {
        let to = provider::<T>(0);
        let who = worst_delegation::<T>(&to, 0);
        shake::<T>(&to);
        #[extrinsic_call]
        _(
            RawOrigin::Signed(who.clone()),
            to.clone(),
            BondExtra::Rewards,
        );
        assert_eq!(Pallet::<T>::pending_rewards(&to, &who), 0);
    }

    #[benchmark]
    fn unbond() {
        let who = provider::<T>(0);
        let _ = worst_delegation::<T>(&who, 0);
        let amount = Parameters::<T>::get().min_self_bond;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), amount);
        let chunks = Providers::<T>::get(who)
            .expect("registered")
            .own
            .unbonding
            .len();
        assert_eq!(chunks as u32, T::MaxChunks::get());
    }

    #[benchmark]
    fn delegate() {
        let to = provider::<T>(0);
        let who = worst_delegation::<T>(&to, 0);
        shake::<T>(&to);
        let amount = portion::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), to.clone(), amount);
        let pending = Delegations::<T>::get(to, who)
            .expect("delegated")
            .pending_amount();
        assert_eq!(pending, amount);
    }

    #[benchmark]
    fn undelegate() {
        let to = provider::<T>(0);
        // Room for the chunk that this adds.
        let who = rich::<T>("delegator", 0);
        wear_out::<T>(&who, &to, 0, T::MaxChunks::get().saturating_sub(1));
        shake::<T>(&to);
        let amount = portion::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), to.clone(), amount);
        let chunks = Delegations::<T>::get(to, who)
            .expect("delegated")
            .unbonding
            .len();
        assert_eq!(chunks as u32, T::MaxChunks::get());
    }

    /// Both delegations have all their chunks.
    #[benchmark]
    fn redelegate() {
        let (from, to) = (provider::<T>(0), provider::<T>(1));
        let who = worst_delegation::<T>(&to, 0);
        // What came to `to` must have matured before more can come.
        let due = Pallet::<T>::matures_at();
        while frame_system::Pallet::<T>::block_number() < due {
            next_era::<T>();
        }
        wear_out::<T>(&who, &from, 1, T::MaxChunks::get());
        shake::<T>(&from);
        shake::<T>(&to);
        let amount = portion::<T>();
        #[extrinsic_call]
        _(
            RawOrigin::Signed(who.clone()),
            from.clone(),
            to.clone(),
            amount,
        );
        let incoming = Delegations::<T>::get(to, who).expect("delegated").incoming;
        assert!(incoming.is_some_and(|incoming| incoming.from == from));
    }

    #[benchmark]
    fn withdraw() {
        let to = provider::<T>(0);
        let who = worst_delegation::<T>(&to, 0);
        ruin::<T>(&to);
        mature::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), to.clone());
        assert!(!Delegations::<T>::contains_key(to, who));
    }

    /// Has no weight of its own: it is charged as `withdraw` and `undelegate`, whose work it does in one pass.
    #[benchmark(extra)]
    fn withdraw_for() {
        let to = provider::<T>(0);
        let who = worst_delegation::<T>(&to, 0);
        shake::<T>(&to);
        mature::<T>();
        Providers::<T>::mutate(&to, |provider| {
            let provider = provider.as_mut().expect("registered");
            provider.retired = true;
            provider.own.bond = 0;
            provider.own.unbonding = Default::default();
        });
        let caller = rich::<T>("caller", 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(caller), to.clone(), who.clone());
        let left = Delegations::<T>::get(to, who).expect("delegated");
        assert_eq!((left.unbonding.len(), left.staked()), (1, 0));
    }

    #[benchmark]
    fn claim_for() {
        let to = provider::<T>(0);
        let who = worst_delegation::<T>(&to, 0);
        ruin::<T>(&to);
        let caller = rich::<T>("caller", 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(caller), to.clone(), who.clone());
        assert_eq!(Pallet::<T>::pending_rewards(&to, &who), 0);
    }

    #[benchmark]
    fn apply_slash() {
        let to = provider::<T>(0);
        let who = worst_delegation::<T>(&to, 0);
        ruin::<T>(&to);
        let caller = rich::<T>("caller", 0);
        let before = Delegations::<T>::get(&to, &who)
            .expect("delegated")
            .total_held();
        #[extrinsic_call]
        _(RawOrigin::Signed(caller), to.clone(), who.clone());
        assert!(
            Delegations::<T>::get(&to, &who)
                .expect("delegated")
                .total_held()
                < before
        );
    }

    #[benchmark]
    fn unjail() {
        let who = provider::<T>(0);
        Providers::<T>::mutate(&who, |provider| {
            let provider = provider.as_mut().expect("registered");
            provider.jailed_until = Some(One::one());
        });
        let _ = worst_delegation::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(Providers::<T>::get(who)
            .expect("registered")
            .jailed_until
            .is_none());
    }

    #[benchmark]
    fn retire() {
        let who = provider::<T>(0);
        let _ = worst_delegation::<T>(&who, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(Providers::<T>::get(who).expect("registered").retired);
    }

    #[benchmark]
    fn reap() {
        let who = provider::<T>(0);
        Pallet::<T>::do_retire(who.clone()).expect("no job is open");
        mature::<T>();
        Pallet::<T>::do_withdraw_own(who.clone()).expect("the bond has matured");
        // Dust of rewards.
        T::Currency::mint_into(&Pallet::<T>::account_id(), 1).expect("the account exists");
        Providers::<T>::mutate(&who, |provider| {
            provider.as_mut().expect("registered").rewards_owed = 1;
        });
        let caller = rich::<T>("caller", 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(caller), who.clone());
        assert!(!Providers::<T>::contains_key(who));
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin =
            T::ParametersOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let mut parameters = Parameters::<T>::get();
        parameters.min_self_bond = parameters.min_self_bond.saturating_add(1);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);
        assert_eq!(Parameters::<T>::get(), parameters);
        Ok(())
    }

    #[benchmark]
    fn same_era() {
        let now: BlockNumberFor<T> = One::one();
        CurrentEra::<T>::put(EraInfo {
            index: 3,
            start: now,
            end: now.saturating_add(now),
        });
        #[block]
        {
            Pallet::<T>::on_initialize(now);
        }
        assert_eq!(CurrentEra::<T>::get().index, 3);
    }

    #[benchmark]
    fn start_era() {
        let end = CurrentEra::<T>::get().end;
        #[block]
        {
            Pallet::<T>::on_initialize(end);
        }
        assert_eq!(CurrentEra::<T>::get().start, end);
    }

    #[benchmark]
    fn lock_collateral() {
        let who = provider::<T>(0);
        let _ = worst_delegation::<T>(&who, 0);
        #[block]
        {
            Pallet::<T>::lock_collateral(1, &who, &terms::<T>()).expect("there is enough stake");
        }
        assert!(Collateral::<T>::contains_key(1));
    }

    #[benchmark]
    fn release_collateral() {
        let who = provider::<T>(0);
        Pallet::<T>::lock_collateral(1, &who, &terms::<T>()).expect("there is enough stake");
        let _ = worst_delegation::<T>(&who, 0);
        #[block]
        {
            Pallet::<T>::release(1).expect("collateral is locked");
        }
        assert!(!Collateral::<T>::contains_key(1));
    }

    /// A fault of a job that has seen as many eras as a job can, in each of which stake left.
    #[benchmark]
    fn slash_collateral() {
        let who = provider::<T>(0);
        let delegator = rich::<T>("delegator", 0);
        let amount = portion::<T>().saturating_mul(Balance::from(MAX_ERAS_PER_JOB));
        Pallet::<T>::do_delegate(delegator, who.clone(), amount).expect("a rich account");
        next_era::<T>();
        Pallet::<T>::lock_collateral(1, &who, &terms::<T>()).expect("there is enough stake");
        // A pending part, which becomes active first.
        let late = rich::<T>("delegator", 1);
        Pallet::<T>::do_delegate(late, who.clone(), portion::<T>()).expect("a rich account");
        let first = CurrentEra::<T>::get().index;
        let later = frame_system::Pallet::<T>::block_number()
            .saturating_add(Parameters::<T>::get().unbonding_period);
        for era in first..first.saturating_add(MAX_ERAS_PER_JOB) {
            let pool = UnbondingPool {
                shares: portion::<T>(),
                index: fixed::ONE,
                matures_at: later,
                chunks: 1,
            };
            UnbondingPools::<T>::insert(&who, era, pool);
        }
        CurrentEra::<T>::mutate(|era| era.index = first + MAX_ERAS_PER_JOB - 1);
        // The own bond has nothing free, so delegators pay, too.
        Providers::<T>::mutate(&who, |provider| {
            let own = &mut provider.as_mut().expect("registered").own;
            own.bond = own.locked;
        });
        let (requester, bounty) = (rich::<T>("requester", 0), rich::<T>("bounty", 0));
        let to = SlashBeneficiaries {
            requester: &requester,
            bounty: Some(&bounty),
        };
        let outcome;
        #[block]
        {
            outcome = Pallet::<T>::slash(1, Fault::Missed, to).expect("collateral is locked");
        }
        assert!(outcome.delegated > 0 && outcome.compensation > 0 && outcome.bounty > 0);
    }

    /// From what is held of the payer, as the market pays.
    #[benchmark]
    fn pay() {
        let who = provider::<T>(0);
        let _ = worst_delegation::<T>(&who, 0);
        let (payer, owner) = (rich::<T>("payer", 0), rich::<T>("owner", 0));
        let amount = T::Currency::minimum_balance().saturating_mul(1_000);
        // Any reason does.
        let reason: T::RuntimeHoldReason = HoldReason::Delegation.into();
        T::Currency::hold(&reason, &payer, amount).expect("a rich account");
        let payment = Payment {
            payer: &payer,
            held: Some(&reason),
            amount,
            provider: &who,
            model_owner: &owner,
            royalty: Perbill::from_percent(10),
        };
        let split;
        #[block]
        {
            split = Pallet::<T>::pay(&payment).expect("a rich account can pay");
        }
        assert!(split.delegators > 0);
    }

    /// The perceptron with 102 thousand weights, one input.
    #[benchmark]
    fn verify_mlp() {
        let fixture = Fixture::load("mnist-mlp");
        #[block]
        {
            accept(&fixture);
        }
    }

    #[benchmark]
    fn verify_lenet() {
        let fixture = Fixture::load("lenet-5");
        #[block]
        {
            accept(&fixture);
        }
    }

    /// 64 inputs.
    #[benchmark]
    fn verify_lenet_batch() {
        let fixture = Fixture::load("lenet-5-batch-64");
        #[block]
        {
            accept(&fixture);
        }
    }

    #[benchmark]
    fn verify_cnn() {
        let fixture = Fixture::load("cifar-cnn-264k");
        #[block]
        {
            accept(&fixture);
        }
    }

    /// The perceptron with four million weights, one input.
    #[benchmark]
    fn verify_large_mlp() {
        let fixture = Fixture::load("mlp-4m");
        #[block]
        {
            accept(&fixture);
        }
    }

    /// A proof in which nothing is wrong until the pairings.
    #[benchmark]
    fn reject_late() {
        let fixture = Fixture::load("lenet-5");
        let proof = fixture.failing_late();
        let outcome;
        #[block]
        {
            outcome = AssayVerifier::verify(&fixture.key, &fixture.statement(), &proof);
        }
        assert_eq!(outcome, Err(ProofRejected::Invalid));
    }

    /// The largest key of the fixtures.
    #[benchmark]
    fn check_key() {
        let fixture = Fixture::load("mlp-4m");
        let facts;
        #[block]
        {
            facts = AssayVerifier::check_key(&fixture.key);
        }
        assert!(facts.is_ok());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

// SPDX-License-Identifier: Apache-2.0
//! Benchmarks of every call and of what happens by itself, each at its worst.
//!
//! Not measured here, because it depends on the key and not on this pallet: the verification of a proof, see the benchmarks
//! `verify_*` of `pallet-verification`. `submit_proof` is measured in its parts, which the pallet adds up: looking up (`submit_proof`),
//! reading inputs (`read_inputs`), and settling or failing each job (`settle`, `fail`). The last two run through staking with
//! a provider that has no delegators; the weight of staking at its worst is added by the pallet, so a part of it is counted twice.

use alloc::{vec, vec::Vec};
use assay_pallet_primitives::{
    codes::{check_packed, unpack},
    Balance, CollateralTerms, Fault, JobId, ModelFacts, ModelId, Models, Staking,
};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate},
        EnsureOrigin, Get,
    },
    weights::Weight,
    BoundedVec,
};
use frame_system::RawOrigin;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash, One, Saturating};

use crate::*;

const SEED: u32 = 0;
/// Enough for whatever an account of these benchmarks pays.
const PLENTY: Balance = 1 << 80;

fn rich<T: Config>(name: &'static str, index: u32) -> T::AccountId {
    let who: T::AccountId = account(name, index, SEED);
    T::Currency::mint_into(&who, PLENTY).expect("a benchmark can mint");
    who
}

/// A chain with a treasury, and the model of the registry's benchmarks.
fn model<T: Config>() -> (ModelId, ModelFacts<T::AccountId>) {
    for account in [T::Treasury::get(), Pallet::<T>::account_id()] {
        T::Currency::mint_into(&account, PLENTY).expect("a benchmark can mint");
    }
    let model = T::Models::set_up_model(&rich::<T>("owner", 0));
    let facts = T::Models::facts(model).expect("just registered");
    (model, facts)
}

fn terms<T: Config>() -> TermsOf<T> {
    let parameters = Parameters::<T>::get();
    let price = parameters
        .min_price
        .saturating_add(T::Currency::minimum_balance())
        .saturating_mul(1_000);
    Terms {
        // Between the two, so that the price is computed.
        start_price: price,
        max_price: price.saturating_mul(2),
        ramp: parameters.max_auction,
        auction: parameters.max_auction,
        proof_window: parameters.max_proof_window,
        min_collateral: 0,
    }
}

/// The packed codes of `n` inputs, other ones for each `index`.
fn question<T: Config>(
    facts: &ModelFacts<T::AccountId>,
    n: u32,
    index: u32,
) -> BoundedVec<u8, T::MaxInputBytes> {
    let bytes = facts.key.packed_input_bytes().saturating_mul(n);
    let mut packed = vec![0; bytes as usize];
    let codes = packed.chunks_exact_mut(facts.key.code_bytes() as usize);
    for (bit, code) in codes.take(u32::BITS as usize).enumerate() {
        code[0] = (index >> bit & 1) as u8;
    }
    packed
        .try_into()
        .expect("as few inputs as were asked for fit a job")
}

/// A job of one input for a new requester.
fn posted<T: Config>(model: ModelId, index: u32) -> JobId {
    let facts = T::Models::facts(model).expect("registered");
    let requester = rich::<T>("requester", index);
    let inputs = question::<T>(&facts, 1, index);
    Pallet::<T>::do_post(requester, model, inputs, terms::<T>()).expect("a rich account can post")
}

/// A provider that can accept `jobs` jobs.
fn provider<T: Config>(jobs: u32) -> T::AccountId {
    let who = rich::<T>("provider", 0);
    let terms = CollateralTerms {
        price: terms::<T>().max_price,
        min_collateral: 0,
    };
    let collateral = T::Staking::collateral(&terms).saturating_mul(jobs.into());
    T::Staking::set_up_provider(&who, collateral);
    who
}

/// A provider and the jobs that it has accepted.
fn accepted<T: Config>(jobs: u32) -> (T::AccountId, Vec<JobId>) {
    let (model, _) = model::<T>();
    let who = provider::<T>(jobs);
    let ids: Vec<JobId> = (0..jobs).map(|index| posted::<T>(model, index)).collect();
    for id in &ids {
        Pallet::<T>::do_accept(who.clone(), *id, 0).expect("the provider has the stake");
    }
    (who, ids)
}

fn job<T: Config>(id: JobId) -> JobOf<T> {
    Jobs::<T>::get(id).expect("the job is in progress")
}

/// The output codes of jobs together.
fn outputs_of<T: Config>(ids: &[JobId]) -> u32 {
    ids.iter().map(|id| job::<T>(*id).outputs).sum()
}

/// Gives a job whatever makes its end longer: inputs as long as they can be, as many outputs, an early result, a bounty.
fn burden<T: Config>(id: JobId) -> BoundedVec<i32, T::MaxOutputs> {
    let codes = vec![1; T::MaxOutputs::get() as usize];
    let outputs: BoundedVec<i32, T::MaxOutputs> = codes.try_into().expect("as many as allowed");
    EarlyResults::<T>::insert(id, &outputs);
    Jobs::<T>::mutate(id, |job| {
        let job = job.as_mut().expect("the job is in progress");
        job.outputs = T::MaxOutputs::get();
        job.input_hash = H256::repeat_byte(2);
        let packed = vec![0; T::MaxInputBytes::get() as usize];
        let packed = packed.try_into().expect("as many as allowed");
        Inputs::<T>::insert(job.input_hash, StoredInputs { packed });
        InputJobs::<T>::insert(job.input_hash, 1);
        // The pot of these benchmarks has plenty.
        job.bounty = T::Currency::minimum_balance().saturating_mul(100);
    });
    outputs
}

/// Lets the job's last block pass, whatever congestion does.
fn pass_the_deadline<T: Config>(id: JobId) {
    let latest = job::<T>(id).acceptance().expect("accepted").latest;
    frame_system::Pallet::<T>::set_block_number(latest.saturating_add(One::one()));
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// `b` bytes of inputs. What is more than the benchmarks' model takes in a proof is checked, hashed and stored besides.
    #[benchmark]
    fn post(b: Linear<1, { T::MaxInputBytes::get() }>) {
        let (model, facts) = model::<T>();
        let requester = rich::<T>("requester", 0);
        let size = facts.key.packed_input_bytes();
        let most = facts.key.max_batch.min(T::MaxInputBytes::get() / size);
        let n = b.div_ceil(size).clamp(1, most);
        let inputs = question::<T>(&facts, n, 0);
        let rest =
            vec![0u8; (b.saturating_sub(inputs.len() as u32).div_ceil(size) * size) as usize];
        #[block]
        {
            Pallet::<T>::post(
                RawOrigin::Signed(requester).into(),
                model,
                inputs,
                terms::<T>(),
            )
            .expect("a rich account can post");
            if !rest.is_empty() {
                check_packed(&rest, &facts.key).expect("zero is in every range");
                let hash = BlakeTwo256::hash(&rest);
                let short = rest.len().min(T::MaxInputBytes::get() as usize);
                let packed = rest[..short].to_vec().try_into().expect("cut to fit");
                Inputs::<T>::insert(hash, StoredInputs { packed });
            }
        }
        assert_eq!(NextJobId::<T>::get(), 1);
    }

    /// The only job of its inputs, with a bounty from earlier auctions.
    #[benchmark]
    fn cancel() {
        let (model, _) = model::<T>();
        let id = posted::<T>(model, 0);
        let _ = burden::<T>(id);
        let requester = job::<T>(id).requester;
        #[extrinsic_call]
        _(RawOrigin::Signed(requester), id);
        assert!(!Jobs::<T>::contains_key(id));
    }

    #[benchmark]
    fn accept() {
        let (model, _) = model::<T>();
        let id = posted::<T>(model, 0);
        let who = provider::<T>(1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), id, 0);
        assert_eq!(job::<T>(id).acceptance().expect("accepted").provider, who);
    }

    /// `o` output codes.
    #[benchmark]
    fn publish_early_result(o: Linear<1, { T::MaxOutputs::get() }>) {
        let (who, ids) = accepted::<T>(1);
        Jobs::<T>::mutate(ids[0], |job| {
            job.as_mut().expect("accepted").outputs = o;
        });
        let outputs = vec![1; o as usize].try_into().expect("as many as allowed");
        #[extrinsic_call]
        _(RawOrigin::Signed(who), ids[0], outputs);
        assert!(EarlyResults::<T>::contains_key(ids[0]));
    }

    /// `j` jobs are looked up and checked, their inputs and the key are found, and the event is deposited.
    #[benchmark]
    fn submit_proof(j: Linear<1, { T::MaxJobsPerProof::get() }>) {
        let (who, ids) = accepted::<T>(j);
        let sizes = (outputs_of::<T>(&ids), 1);
        #[block]
        {
            let (batch, weight) =
                Pallet::<T>::check_submission(&who, &ids, sizes, Weight::MAX).expect("all is well");
            ProofWeight::<T>::mutate(|sum| *sum = sum.saturating_add(weight));
            for (_, job) in &batch.jobs {
                Inputs::<T>::get(job.input_hash).expect("stored when it was posted");
            }
            T::Models::key(batch.jobs[0].1.model).expect("registered");
            let _ = T::ChainId::get();
            Pallet::<T>::deposit_event(Event::ProofChecked {
                provider: who,
                first: ids[0],
                jobs: j,
                outcome: ProofOutcome::Accepted,
            });
        }
        assert!(ProofWeight::<T>::get().ref_time() > 0);
    }

    /// `j` jobs, before a proof for them is admitted.
    #[benchmark]
    fn check_proof(j: Linear<1, { T::MaxJobsPerProof::get() }>) {
        let (who, ids) = accepted::<T>(j);
        let sizes = (outputs_of::<T>(&ids), 1);
        let validity;
        #[block]
        {
            validity = Pallet::<T>::proof_validity(&who, &ids, sizes, Weight::MAX);
        }
        assert_eq!(validity.expect("all is well").provides.len(), j as usize);
    }

    /// `b` bytes of inputs are read and unpacked.
    #[benchmark]
    fn read_inputs(b: Linear<1, { T::MaxInputBytes::get() }>) {
        let (_, facts) = model::<T>();
        let size = facts.key.packed_input_bytes();
        let most = T::MaxInputBytes::get() / size;
        let packed = question::<T>(&facts, b.div_ceil(size).min(most), 0);
        let hash = H256::repeat_byte(1);
        Inputs::<T>::insert(hash, StoredInputs { packed });
        let codes;
        #[block]
        {
            let stored = Inputs::<T>::get(hash).expect("just stored");
            codes = unpack(&stored.packed, &facts.key).expect("zero is in every range");
        }
        assert!(!codes.is_empty());
    }

    /// The answer agrees with an early result; there is a bounty.
    #[benchmark]
    fn settle() {
        let (_, ids) = accepted::<T>(1);
        let id = ids[0];
        let proven = burden::<T>(id).into_inner();
        let job = job::<T>(id);
        let facts = T::Models::facts(job.model).expect("registered");
        let answers = vec![proven.clone()];
        #[block]
        {
            assert_eq!(
                EarlyResults::<T>::get(id).expect("published").len(),
                proven.len()
            );
            Pallet::<T>::settle(id, job, &facts, &answers, proven).expect("all is well");
        }
        assert!(Receipts::<T>::contains_key(id));
    }

    /// There is no auction left, so the job ends, and its bounty goes to the treasury.
    #[benchmark]
    fn fail() {
        let (_, ids) = accepted::<T>(1);
        let id = ids[0];
        let _ = burden::<T>(id);
        let mut job = job::<T>(id);
        job.auctions_left = 0;
        #[block]
        {
            Pallet::<T>::fail(id, job, Fault::Contradicted).expect("all is well");
        }
        assert!(!Jobs::<T>::contains_key(id));
    }

    /// What `expire` does before the job ends: a job that its provider has missed is found, and a stranger rewarded.
    #[benchmark]
    fn expire() {
        let (_, ids) = accepted::<T>(1);
        let id = ids[0];
        let _ = burden::<T>(id);
        pass_the_deadline::<T>(id);
        let stranger = rich::<T>("stranger", 0);
        let before = T::Currency::total_balance(&stranger);
        #[block]
        {
            let mut job = Pallet::<T>::job(id).expect("accepted");
            let over = Pallet::<T>::what_is_over(&job);
            assert!(over.is_some() && EarlyResults::<T>::contains_key(id));
            Pallet::<T>::reward_expiry(&mut job, &stranger);
        }
        assert!(T::Currency::total_balance(&stranger) > before);
    }

    #[benchmark]
    fn prune_receipt() {
        let (_, ids) = accepted::<T>(1);
        let id = ids[0];
        let proven = burden::<T>(id).into_inner();
        let job = job::<T>(id);
        let facts = T::Models::facts(job.model).expect("registered");
        let answers = vec![proven.clone()];
        Pallet::<T>::settle(id, job, &facts, &answers, proven).expect("all is well");
        let expires = Receipts::<T>::get(id).expect("settled").expires;
        frame_system::Pallet::<T>::set_block_number(expires);
        let stranger = rich::<T>("stranger", 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(stranger), id);
        assert!(!Receipts::<T>::contains_key(id));
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin =
            T::ParametersOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let mut parameters = Parameters::<T>::get();
        parameters.min_price = parameters.min_price.saturating_add(1);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);
        assert_eq!(Parameters::<T>::get(), parameters);
        Ok(())
    }

    #[benchmark]
    fn count_congestion() {
        ProofWeight::<T>::put(T::CongestionThreshold::get());
        #[block]
        {
            Pallet::<T>::count_congestion();
        }
        assert_eq!(CongestedBlocks::<T>::get(), 1);
    }

    /// No job is in progress.
    #[benchmark]
    fn sweep() {
        SweepCursor::<T>::put(7);
        #[block]
        {
            Pallet::<T>::sweep(Weight::MAX);
        }
        assert!(SweepCursor::<T>::get().is_none());
    }

    /// One job that isn't over: looked at, and found to be the last one.
    #[benchmark]
    fn sweep_job() {
        let (_, ids) = accepted::<T>(1);
        #[block]
        {
            Pallet::<T>::sweep(Weight::MAX);
        }
        assert!(Jobs::<T>::contains_key(ids[0]));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

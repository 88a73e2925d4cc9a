// SPDX-License-Identifier: Apache-2.0
//! A chain with balances, staking, the model registry and this pallet; and a proof system that checks a relation by computing it again.

// FRAME's macros make public what is only for this crate's tests.
#![allow(unreachable_pub)]

use assay_pallet_primitives::{
    codes::pack,
    testing::{prove, RelationModel, RelationVerifier},
    Balance, JobId, KeyFacts, ModelId, Models, OnSettled, ProofVerifier, Settlement, Statement,
    Work, WorkRecorder,
};
use codec::Decode;
use frame_support::{
    assert_ok, derive_impl,
    dispatch::DispatchResultWithPostInfo,
    parameter_types,
    traits::{
        fungible::{Inspect, InspectHold},
        ConstU32, Hooks,
    },
    weights::Weight,
    PalletId,
};
use frame_system::{limits::BlockWeights, EnsureRoot};
use pallet_verification::EconomicParameters;
use sp_core::{storage::well_known_keys::EXTRINSIC_INDEX, H256};
use sp_runtime::{BuildStorage, DispatchError, DispatchResult, FixedU128, Perbill};
use std::collections::BTreeMap;

use crate::*;

pub(crate) type AccountId = u64;

/// Honest providers.
pub(crate) const ALICE: AccountId = 1;
pub(crate) const BOB: AccountId = 2;
/// Backs providers.
pub(crate) const DELEGATOR: AccountId = 3;
/// Asks.
pub(crate) const REQUESTER: AccountId = 4;
/// Asks too.
pub(crate) const OTHER: AccountId = 5;
/// Owns the model.
pub(crate) const OWNER: AccountId = 6;
/// Has nothing to do with anything.
pub(crate) const STRANGER: AccountId = 7;
pub(crate) const TREASURY: AccountId = 99;

pub(crate) const ENDOWMENT: Balance = 10_000_000;
pub(crate) const ED: Balance = 10;
pub(crate) const FEE: Balance = 20;
pub(crate) const REWARD: Balance = 50;
/// What one account may accept in [`Recorder`]'s measure.
pub(crate) const WORK_CAP: Work = 1_000_000;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Registry: pallet_model_registry,
        Verification: pallet_verification,
        Market: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Self>;
    type AccountData = pallet_balances::AccountData<Balance>;
    type BlockWeights = Weights;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = ED;
    pub const StakePot: PalletId = PalletId(*b"as/stake");
    pub const MarketPot: PalletId = PalletId(*b"as/marke");
    pub const TreasuryAccount: AccountId = TREASURY;
    pub const Deposit: Balance = 100;
    pub const ByteDeposit: Balance = 1;
    pub const HighestRoyalty: Perbill = Perbill::from_percent(50);
    pub const HeaviestVerification: Weight = Weight::MAX;
    pub const Chain: H256 = H256::repeat_byte(0xc4);
    pub const Congestion: Weight = Weight::from_parts(50_000_000_000, u64::MAX);
    /// A normal extrinsic gets at most three quarters of this, less what a block begins with.
    pub Weights: BlockWeights = BlockWeights::with_sensible_defaults(
        Weight::from_parts(80_000_000_000, u64::MAX),
        Perbill::from_percent(75),
    );
    pub const Around: Weight = Weight::from_parts(2_000_000_000, 1_000);
    pub BenchmarkKey: Vec<u8> = RelationModel::default().key();
    /// Long enough for the default parameters; [`new_test_ext`] makes it short.
    pub static LongestJob: u64 = 4_000;
    /// Number of collators.
    pub static CollatorCount: u32 = 2;
    /// Jobs of which a consumer was told, with their outputs.
    pub static Told: Vec<(JobId, Vec<Vec<i32>>)> = Vec::new();
    /// Accepted and settled work by provider.
    pub static Worked: BTreeMap<AccountId, (Work, Work)> = BTreeMap::new();
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type DustRemoval = DustToTreasury;
    type RuntimeHoldReason = RuntimeHoldReason;
}

/// As in the runtime: dust isn't burnt, so that total issuance never changes.
pub struct DustToTreasury;
impl frame_support::traits::OnUnbalanced<pallet_balances::CreditOf<Test, ()>> for DustToTreasury {
    fn on_nonzero_unbalanced(dust: pallet_balances::CreditOf<Test, ()>) {
        use frame_support::traits::fungible::Balanced;
        let _ = Balances::resolve(&TREASURY, dust);
    }
}

/// Measures work, and refuses more than [`WORK_CAP`] of it.
pub struct Recorder;
impl WorkRecorder<AccountId> for Recorder {
    fn note_accepted(provider: &AccountId, work: Work) -> DispatchResult {
        Worked::mutate(|worked| {
            let (accepted, _) = worked.entry(*provider).or_default();
            if *accepted + work > WORK_CAP {
                return Err(DispatchError::Other("share of work exceeded"));
            }
            *accepted += work;
            Ok(())
        })
    }
    fn note_settled(provider: &AccountId, work: Work) {
        Worked::mutate(|worked| worked.entry(*provider).or_default().1 += work);
    }
    fn note_accepted_weight() -> Weight {
        Weight::from_parts(1_000, 0)
    }
    fn note_settled_weight() -> Weight {
        Weight::from_parts(1_000, 0)
    }
}

/// Consumes answers.
pub struct Consumer;
impl OnSettled<AccountId> for Consumer {
    fn on_settled(settlement: &Settlement<'_, AccountId>) {
        // Everybody is paid before a consumer is told.
        assert!(Receipts::<Test>::contains_key(settlement.job));
        assert!(!Jobs::<Test>::contains_key(settlement.job));
        Told::mutate(|told| told.push((settlement.job, settlement.outputs.to_vec())));
    }
    fn weight() -> Weight {
        Weight::from_parts(1_000_000, 0)
    }
}

impl pallet_model_registry::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Verifier = RelationVerifier;
    type BarOrigin = EnsureRoot<AccountId>;
    type WeightInfo = ();
    type DepositBase = Deposit;
    type DepositPerByte = ByteDeposit;
    type MaxKeyBytes = ConstU32<256>;
    type MaxText = ConstU32<32>;
    type MaxRoyalty = HighestRoyalty;
    type MaxVerificationWeight = HeaviestVerification;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkKey = BenchmarkKey;
}

impl pallet_verification::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EnsureRoot<AccountId>;
    type StakeRecorder = ();
    type WeightInfo = ();
    type PalletId = StakePot;
    type Treasury = TreasuryAccount;
    type DepositBase = Deposit;
    type DepositPerByte = ByteDeposit;
    type MaxMetadata = ConstU32<64>;
    type MaxOpenJobs = ConstU32<16>;
    type MaxChunks = ConstU32<3>;
    type MaxJobDuration = LongestJob;
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EnsureRoot<AccountId>;
    type Models = Registry;
    type Staking = Verification;
    type Verifier = RelationVerifier;
    type WorkRecorder = Recorder;
    type OnSettled = Consumer;
    type ChainId = Chain;
    type Collators = CollatorCount;
    type WeightInfo = ();
    type PalletId = MarketPot;
    type Treasury = TreasuryAccount;
    type DepositBase = Deposit;
    type DepositPerByte = ByteDeposit;
    type MaxInputBytes = ConstU32<256>;
    type MaxOutputs = ConstU32<64>;
    type MaxJobsPerProof = ConstU32<8>;
    type MaxProofCallBytes = ConstU32<400>;
    type AroundProof = Around;
    type MaxSweep = ConstU32<4>;
    type CongestionThreshold = Congestion;
    type MaxJobDuration = LongestJob;
}

/// Collateral is four times the price, of which 25% compensates, 10% is a bounty, 10% the price of a failed proof.
pub(crate) fn economics() -> EconomicParameters<u64> {
    EconomicParameters {
        era_length: 10,
        unbonding_period: 100,
        min_self_bond: 10_000,
        min_delegation: 1_000,
        collateral_floor: 400,
        collateral_ratio: FixedU128::from_u32(4),
        compensation_share: Perbill::from_percent(25),
        bounty_share: Perbill::from_percent(10),
        invalid_proof_share: Perbill::from_percent(10),
        protocol_fee: Perbill::from_percent(2),
        max_commission: Perbill::from_percent(50),
        max_commission_step: Perbill::from_percent(5),
        commission_delay: 2,
        fault_threshold: 100,
        fault_window: 5,
        jail_period: 20,
    }
}

pub(crate) fn parameters() -> ParametersOf<Test> {
    MarketParameters {
        min_price: 10,
        posting_fee: FEE,
        expiry_reward: REWARD,
        max_auction: 50,
        max_auctions: 3,
        min_proof_window: 8,
        max_proof_window: 40,
        grace: 2,
        max_extension: 4,
        receipt_lifetime: 30,
    }
}

/// A chain whose accounts 1 to 7 are rich, with one model (number 0, royalty 10%), at block 1.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    LongestJob::set(60);
    let mut storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .unwrap();
    pallet_balances::GenesisConfig::<Test> {
        balances: (1..=7).map(|who| (who, ENDOWMENT)).collect(),
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    pallet_verification::GenesisConfig::<Test> {
        parameters: economics(),
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    crate::GenesisConfig::<Test> {
        parameters: parameters(),
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    let mut ext = sp_io::TestExternalities::new(storage);
    ext.execute_with(|| {
        CollatorCount::set(2);
        Told::set(Vec::new());
        Worked::set(BTreeMap::new());
        System::set_block_number(1);
        // Genesis leaves an index behind, as if an extrinsic were running.
        frame_support::storage::unhashed::kill(EXTRINSIC_INDEX);
        assert_eq!(publish(RelationModel::default()), 0);
    });
    ext
}

/// Runs `story` on a new chain and checks that the state is sound and no money was made or lost.
pub(crate) fn tell(story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        let issuance = Balances::total_issuance();
        story();
        assert_eq!(
            Balances::total_issuance(),
            issuance,
            "money was made or burnt"
        );
        check();
    });
}

/// Checks the state of every pallet.
pub(crate) fn check() {
    Market::do_try_state().unwrap();
    Registry::do_try_state().unwrap();
    Verification::do_try_state().unwrap();
}

/// Ends the block and begins the next, until `block`.
pub(crate) fn run_to_block(block: u64) {
    while System::block_number() < block {
        Market::on_finalize(System::block_number());
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Verification::on_initialize(next);
        Market::on_initialize(next);
    }
}

pub(crate) fn skip(blocks: u64) {
    run_to_block(System::block_number() + blocks);
}

pub(crate) fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Registers `model` for `OWNER` with a royalty of 10%.
pub(crate) fn publish(model: RelationModel) -> ModelId {
    let id = pallet_model_registry::NextModelId::<Test>::get();
    assert_ok!(Registry::register(
        signed(OWNER),
        model.key().try_into().unwrap(),
        Default::default(),
        Perbill::from_percent(10)
    ));
    id
}

/// Makes `who` a provider with a bond.
pub(crate) fn provide(who: AccountId, bond: Balance) {
    assert_ok!(Verification::register(
        signed(who),
        Default::default(),
        Perbill::zero(),
        bond
    ));
}

/// From 100 to 200 within 10 blocks, 20 blocks of auction, 10 blocks for the proof.
pub(crate) fn terms() -> TermsOf<Test> {
    Terms {
        start_price: 100,
        max_price: 200,
        ramp: 10,
        auction: 20,
        proof_window: 10,
        min_collateral: 0,
    }
}

/// What the chain says of a model's key.
pub(crate) fn key_facts(model: ModelId) -> KeyFacts {
    Registry::facts(model).unwrap().key
}

/// The codes of `n` inputs; `seed` makes them different.
pub(crate) fn question(seed: i32, n: usize) -> Vec<Vec<i32>> {
    (0..n as i32)
        .map(|i| {
            (0..4)
                .map(|j| (seed * 7 + i * 3 + j).rem_euclid(256))
                .collect()
        })
        .collect()
}

/// What the chain says of the default model's key, registered or not.
fn default_facts() -> KeyFacts {
    RelationVerifier::check_key(&RelationModel::default().key()).unwrap()
}

pub(crate) fn packed(inputs: &[Vec<i32>]) -> frame_support::BoundedVec<u8, ConstU32<256>> {
    let packed = pack(inputs, &default_facts()).unwrap();
    packed.try_into().unwrap()
}

/// Posts `inputs` to model 0 for `who`.
pub(crate) fn post_for(who: AccountId, inputs: &[Vec<i32>], terms: TermsOf<Test>) -> JobId {
    let id = NextJobId::<Test>::get();
    assert_ok!(Market::post(signed(who), 0, packed(inputs), terms));
    id
}

/// Posts one input for `REQUESTER`, different for each `seed`.
pub(crate) fn post(seed: i32) -> JobId {
    post_for(REQUESTER, &question(seed, 1), terms())
}

pub(crate) fn accept(who: AccountId, job: JobId) {
    assert_ok!(Market::accept(signed(who), job, 0));
}

/// Outputs and proof of some jobs, made for a provider's account.
pub(crate) struct Answer {
    pub(crate) outputs: Vec<i32>,
    pub(crate) proof: Vec<u8>,
}

/// The model of the first of these jobs; the default one if its key can't be had.
fn model_of(jobs: &[JobId]) -> RelationModel {
    let job = jobs.first().and_then(Jobs::<Test>::get);
    let key = job.and_then(|job| Registry::key(job.model));
    key.and_then(|key| RelationModel::decode(&mut &key[..]).ok())
        .unwrap_or_default()
}

/// What an honest provider computes for jobs of a model shaped as the default one.
pub(crate) fn answer(who: AccountId, jobs: &[JobId]) -> Answer {
    let model = model_of(jobs);
    let mut inputs = Vec::new();
    for id in jobs {
        let job = Jobs::<Test>::get(id).unwrap();
        let stored = Inputs::<Test>::get(job.input_hash).unwrap();
        let codes = assay_pallet_primitives::codes::unpack(&stored.packed, &default_facts());
        inputs.extend(codes.unwrap());
    }
    let outputs: Vec<Vec<i32>> = inputs.iter().map(|input| model.run(input)).collect();
    answer_with(who, jobs, &inputs, &outputs)
}

/// A proof of whatever outputs.
pub(crate) fn answer_with(
    who: AccountId,
    jobs: &[JobId],
    inputs: &[Vec<i32>],
    outputs: &[Vec<i32>],
) -> Answer {
    let statement = Statement {
        chain_id: H256::repeat_byte(0xc4),
        jobs,
        provider: Market::proof_identity(&who),
        inputs,
        outputs,
    };
    Answer {
        outputs: outputs.concat(),
        proof: prove(&model_of(jobs).key(), &statement),
    }
}

/// The weight limit that a client would ask for.
pub(crate) fn limit(jobs: &[JobId]) -> Weight {
    let inputs = jobs
        .iter()
        .map(|id| Jobs::<Test>::get(id).map_or(1, |job| job.inputs))
        .sum();
    Market::verification_weight(&default_facts(), inputs)
}

pub(crate) fn submit(who: AccountId, jobs: &[JobId], answer: Answer) -> DispatchResultWithPostInfo {
    Market::submit_proof(
        signed(who),
        jobs.to_vec().try_into().unwrap(),
        answer.outputs.try_into().unwrap(),
        answer.proof.try_into().unwrap(),
        limit(jobs),
    )
}

/// `who` proves `jobs` honestly.
pub(crate) fn prove_honestly(who: AccountId, jobs: &[JobId]) {
    let answer = answer(who, jobs);
    assert_ok!(submit(who, jobs, answer));
}

/// Accounts on which a balance is held or free.
pub(crate) fn free(who: AccountId) -> Balance {
    Balances::free_balance(who)
}

pub(crate) fn held(reason: HoldReason, who: AccountId) -> Balance {
    Balances::balance_on_hold(&reason.into(), &who)
}

/// Everything that the market holds of an account.
pub(crate) fn all_held(who: AccountId) -> Balance {
    [
        HoldReason::Payment,
        HoldReason::JobDeposit,
        HoldReason::ReceiptDeposit,
        HoldReason::ExpiryRewards,
    ]
    .map(|reason| held(reason, who))
    .iter()
    .sum()
}

/// What an account has, free and held.
pub(crate) fn wealth(who: AccountId) -> Balance {
    Balances::total_balance(&who)
}

/// The events of the market since they were reset.
pub(crate) fn market_events() -> Vec<Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Market(event) => Some(event),
            _ => None,
        })
        .collect()
}

// SPDX-License-Identifier: Apache-2.0

//! Assay's own pallets: models, staking, concentration, the market.
//!
//! What governance may tune is in the parameters of each pallet, set by genesis and by root; what is
//! here bounds storage and blocks. Root decides all of it: money is at stake in each parameter, and
//! barring a model takes it from its owner.

use assay_circuit::limits::{MAX_BATCH, MAX_CIRCUIT_BYTES};
use assay_proof::key::{MAX_ROWS, ROW_BYTES};
use frame_support::{
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstU32, Get},
    weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
    PalletId,
};
use frame_system::EnsureRoot;
use pallet_verification::proof::AssayVerifier;
use sp_core::H256;
use sp_runtime::Perbill;

use crate::{
    configs::system::RuntimeBlockWeights,
    constants::{
        block::{MAXIMUM_BLOCK_WEIGHT, NORMAL_DISPATCH_RATIO},
        currency::deposit,
    },
    parameters::getters::LongestJob,
    AccountId, Balance, Balances, Concentration, ModelRegistry, Runtime, RuntimeHoldReason, System,
    Treasury, Verification,
};

/// The longest verifying key, in bytes: version, digest, length and text of the largest circuit, and
/// the most rows of a commitment.
pub const MAX_KEY_BYTES: u32 = (2 + 32 + 4 + MAX_CIRCUIT_BYTES + MAX_ROWS * ROW_BYTES) as u32;
/// Longest `submit_proof`, in bytes: jobs, outputs and proof together.
pub const MAX_PROOF_CALL_BYTES: u32 = 64 * 1024;
/// The most that surrounds a proof in its transaction, besides what each job adds: the extension, two calls of a proxy, and the
/// transaction's length, which counts as storage proof. The tests of the runtime weigh them.
pub const AROUND_PROOF: Weight = Weight::from_parts(
    5 * WEIGHT_REF_TIME_PER_MILLIS,
    MAX_PROOF_CALL_BYTES as u64 + 64 * 1024,
);
/// Longest packed inputs of a job, in bytes.
pub const MAX_INPUT_BYTES: u32 = 64 * 1024;
/// Most codes of all outputs of a job: a quarter of a proof call.
pub const MAX_OUTPUTS: u32 = 4 * 1024;
/// Share of a block's ordinary transactions from which on its proofs congest it. A provider whose
/// proof weighs less than the rest could have been served in that block.
pub const CONGESTION_RATIO: Perbill = Perbill::from_percent(50);
/// Share of the heaviest transaction that verifying a proof for one input may take. The rest is for
/// reading and settling the job, with the longest input, and for what surrounds the proof.
pub const VERIFICATION_RATIO: Perbill = Perbill::from_percent(90);

parameter_types! {
    /// Deposit for a model: record and key.
    pub const ModelDepositBase: Balance = deposit(2, 512);
    /// Deposit for each byte of a model's key and metadata.
    pub const ModelDepositPerByte: Balance = deposit(0, 1);
    /// The model owners' largest part of a price.
    pub const MaxRoyalty: Perbill = Perbill::from_percent(50);
    /// Most that verifying a proof for one input may weigh.
    pub MaxVerificationWeight: Weight = VERIFICATION_RATIO * heaviest_transaction();
}

/// The most that an ordinary transaction may weigh.
fn heaviest_transaction() -> Weight {
    let limits = RuntimeBlockWeights::get();
    let normal = limits.get(DispatchClass::Normal).max_extrinsic;
    normal.unwrap_or(limits.max_block)
}

impl pallet_model_registry::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Verifier = AssayVerifier;
    type BarOrigin = EnsureRoot<AccountId>;
    type WeightInfo = crate::weights::pallet_model_registry::WeightInfo<Runtime>;
    type DepositBase = ModelDepositBase;
    type DepositPerByte = ModelDepositPerByte;
    type MaxKeyBytes = ConstU32<MAX_KEY_BYTES>;
    type MaxText = ConstU32<256>;
    type MaxRoyalty = MaxRoyalty;
    type MaxVerificationWeight = MaxVerificationWeight;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkKey = pallet_verification::fixtures::LenetKey;
}

parameter_types! {
    /// Where fees and slashes go.
    pub TreasuryAccount: AccountId = Treasury::account_id();
    /// Source of the account that has the delegators' unclaimed rewards.
    pub const StakingPalletId: PalletId = PalletId(*b"as/stake");
    /// Deposit for a provider: its record, with all chunks of a bond on its way out.
    pub const ProviderDepositBase: Balance = deposit(2, 1_024);
    /// Deposit for each byte of a provider's metadata.
    pub const ProviderDepositPerByte: Balance = deposit(0, 1);
}

impl pallet_verification::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EnsureRoot<AccountId>;
    type StakeRecorder = Concentration;
    type WeightInfo = crate::weights::pallet_verification::WeightInfo<Runtime>;
    type PalletId = StakingPalletId;
    type Treasury = TreasuryAccount;
    type DepositBase = ProviderDepositBase;
    type DepositPerByte = ProviderDepositPerByte;
    type MaxMetadata = ConstU32<256>;
    type MaxOpenJobs = ConstU32<1_024>;
    // More than the eras of an unbonding period, by default.
    type MaxChunks = ConstU32<32>;
    type MaxJobDuration = LongestJob<Runtime>;
}

impl pallet_concentration::Config for Runtime {
    type Eras = Verification;
    type CapOrigin = EnsureRoot<AccountId>;
    type WeightInfo = crate::weights::pallet_concentration::WeightInfo<Runtime>;
    type MaxLargest = ConstU32<64>;
}

parameter_types! {
    /// Source of the account that has the bounties.
    pub const MarketPalletId: PalletId = PalletId(*b"as/marke");
    /// Deposit for a job, for its place among the open ones and for its inputs; and for a receipt.
    pub const JobDepositBase: Balance = deposit(3, 512);
    /// Deposit for each byte of inputs and of outputs.
    pub const JobDepositPerByte: Balance = deposit(0, 1);
    /// See [`AROUND_PROOF`].
    pub const AroundProof: Weight = AROUND_PROOF;
    /// Weight of proofs from which on a block doesn't count against providers.
    pub CongestionThreshold: Weight =
        CONGESTION_RATIO * (NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_WEIGHT);
}

/// Identity of the chain in proofs: the hash of its genesis block.
///
/// The system keeps the hash of block 0 for ever: `frame_system::Pallet::finalize` prunes old hashes
/// but that one ("keep genesis hash"), because `CheckGenesis` puts it into every signature. It is
/// known from block 1 on.
pub struct GenesisHash;

impl Get<H256> for GenesisHash {
    fn get() -> H256 {
        System::block_hash(0)
    }
}

/// The number of collators of this session.
pub struct Collators;

impl Get<u32> for Collators {
    fn get() -> u32 {
        let collators = pallet_session::Validators::<Runtime>::decode_len();
        u32::try_from(collators.unwrap_or(0)).unwrap_or(u32::MAX)
    }
}

impl pallet_inference_market::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EnsureRoot<AccountId>;
    type Models = ModelRegistry;
    type Staking = Verification;
    type Verifier = AssayVerifier;
    type WorkRecorder = Concentration;
    // No pallet of this chain consumes answers yet.
    type OnSettled = ();
    type ChainId = GenesisHash;
    type Collators = Collators;
    type WeightInfo = crate::weights::pallet_inference_market::WeightInfo<Runtime>;
    type PalletId = MarketPalletId;
    type Treasury = TreasuryAccount;
    type DepositBase = JobDepositBase;
    type DepositPerByte = JobDepositPerByte;
    type MaxInputBytes = ConstU32<MAX_INPUT_BYTES>;
    type MaxOutputs = ConstU32<MAX_OUTPUTS>;
    // As many as a proof covers inputs.
    type MaxJobsPerProof = ConstU32<MAX_BATCH>;
    type MaxProofCallBytes = ConstU32<MAX_PROOF_CALL_BYTES>;
    type AroundProof = AroundProof;
    type MaxSweep = ConstU32<32>;
    type CongestionThreshold = CongestionThreshold;
    type MaxJobDuration = LongestJob<Runtime>;
}

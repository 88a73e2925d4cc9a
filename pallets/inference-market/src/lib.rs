// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub use pallet::*;

pub mod auction;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchable_impls;
pub mod extension;
pub mod parameters;
mod proof_impls;
pub mod runtime_api;
mod settlement_impls;
mod tick_impls;
mod types;
mod utility_impls;
mod view_impls;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;

pub use parameters::{InvalidParameters, MarketParameters};
pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use assay_pallet_primitives::{
        Balance, Fault, JobId, ModelId, Models, OnSettled, ProofVerifier, SlashOutcome, Staking,
        WorkRecorder,
    };
    use frame_support::{
        pallet_prelude::*,
        traits::fungible::{Inspect, Mutate, MutateHold},
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use sp_core::H256;

    /// The storage version of this code.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The parameters of this chain.
    pub type ParametersOf<T> = MarketParameters<BlockNumberFor<T>>;
    /// The conditions of a job of this chain.
    pub type TermsOf<T> = Terms<BlockNumberFor<T>>;
    /// A job of this chain.
    pub type JobOf<T> = Job<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;
    /// A receipt of this chain.
    pub type ReceiptOf<T> = Receipt<
        <T as frame_system::Config>::AccountId,
        BlockNumberFor<T>,
        <T as Config>::MaxOutputs,
    >;

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The native token.
        type Currency: Inspect<Self::AccountId, Balance = Balance>
            + Mutate<Self::AccountId>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;
        /// The runtime's reasons to hold money.
        type RuntimeHoldReason: From<HoldReason>;
        /// Who may set the parameters.
        type ParametersOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The registered models.
        type Models: Models<Self::AccountId>;
        /// The stake behind jobs.
        type Staking: Staking<Self::AccountId, Balance, HoldReason = Self::RuntimeHoldReason>;
        /// The proof system.
        type Verifier: ProofVerifier;
        /// Measures the work of providers and caps their shares of it.
        type WorkRecorder: WorkRecorder<Self::AccountId>;
        /// Is told of settled jobs.
        type OnSettled: OnSettled<Self::AccountId>;
        /// Identity of the chain in proofs: the hash of its genesis.
        type ChainId: Get<H256>;
        /// Number of collators.
        type Collators: Get<u32>;
        /// Weights of the calls and of what happens by itself.
        type WeightInfo: WeightInfo;

        /// Source of the account that has the bounties.
        #[pallet::constant]
        type PalletId: Get<PalletId>;
        /// The account of the treasury. It must exist.
        #[pallet::constant]
        type Treasury: Get<Self::AccountId>;
        /// Held for a job's record, and again for its receipt.
        #[pallet::constant]
        type DepositBase: Get<Balance>;
        /// Held for each byte of a job's packed inputs and of its receipt's outputs.
        #[pallet::constant]
        type DepositPerByte: Get<Balance>;
        /// The most bytes of a job's packed inputs.
        #[pallet::constant]
        type MaxInputBytes: Get<u32>;
        /// The most codes of all outputs of a job together.
        #[pallet::constant]
        type MaxOutputs: Get<u32>;
        /// The most jobs that one proof settles.
        #[pallet::constant]
        type MaxJobsPerProof: Get<u32>;
        /// The most bytes of a call of `submit_proof`.
        #[pallet::constant]
        type MaxProofCallBytes: Get<u32>;
        /// The most that surrounds a call of `submit_proof` in a transaction: the extension without what each job adds, calls of proxies,
        /// and the transaction's length, which counts as storage proof.
        type AroundProof: Get<Weight>;
        /// The most jobs that `on_idle` looks at in a block.
        #[pallet::constant]
        type MaxSweep: Get<u32>;
        /// A block whose proofs weigh at least this much in either dimension doesn't count against providers.
        #[pallet::constant]
        type CongestionThreshold: Get<Weight>;
        /// Blocks from acceptance to the block in which a missed job is expired at the earliest, at most. Stake must stay longer.
        #[pallet::constant]
        type MaxJobDuration: Get<BlockNumberFor<Self>>;
    }

    /// Why the pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The highest price of a requester's jobs.
        Payment,
        /// The deposit for jobs' records and inputs.
        JobDeposit,
        /// The deposit for receipts.
        ReceiptDeposit,
        /// Rewards for those who expire jobs.
        ExpiryRewards,
    }

    /// The parameters in force.
    #[pallet::storage]
    pub type Parameters<T: Config> = StorageValue<_, ParametersOf<T>, ValueQuery>;

    /// The number of the next job.
    #[pallet::storage]
    pub type NextJobId<T: Config> = StorageValue<_, JobId, ValueQuery>;

    /// The jobs that have not ended.
    #[pallet::storage]
    pub type Jobs<T: Config> = StorageMap<_, Twox64Concat, JobId, JobOf<T>>;

    /// The jobs in auction, by model.
    #[pallet::storage]
    pub type OpenJobs<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, JobId, ()>;

    /// Packed inputs by their digest.
    #[pallet::storage]
    pub type Inputs<T: Config> =
        StorageMap<_, Identity, H256, StoredInputs<<T as Config>::MaxInputBytes>>;

    /// How many jobs need the inputs, by their digest; at least one. Apart from them, so that a job ends without reading them.
    #[pallet::storage]
    pub type InputJobs<T: Config> = StorageMap<_, Identity, H256, u32>;

    /// Outputs that the provider of a job has published before proving them.
    #[pallet::storage]
    pub type EarlyResults<T: Config> =
        StorageMap<_, Twox64Concat, JobId, BoundedVec<i32, T::MaxOutputs>>;

    /// The receipts of settled jobs.
    #[pallet::storage]
    pub type Receipts<T: Config> = StorageMap<_, Twox64Concat, JobId, ReceiptOf<T>>;

    /// Jobs by the version of the verifier that they need. A version can leave the runtime when its jobs are gone.
    #[pallet::storage]
    pub type JobsByVersion<T: Config> = StorageMap<_, Twox64Concat, u16, u32, ValueQuery>;

    /// Where `on_idle` stopped looking for jobs that are over.
    #[pallet::storage]
    pub type SweepCursor<T: Config> = StorageValue<_, JobId>;

    /// Weight of the proofs of this block. Empty between blocks.
    #[pallet::storage]
    #[pallet::whitelist_storage]
    pub type ProofWeight<T: Config> = StorageValue<_, Weight, ValueQuery>;

    /// Congested blocks since genesis.
    #[pallet::storage]
    pub type CongestedBlocks<T: Config> = StorageValue<_, u32, ValueQuery>;

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The parameters of the new chain.
        pub parameters: ParametersOf<T>,
        #[serde(skip)]
        #[allow(missing_docs)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                parameters: Default::default(),
                _config: PhantomData,
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        /// Panics if the parameters are invalid: there is nobody yet to return an error to.
        fn build(&self) {
            if let Err(reason) = self.parameters.validate(T::MaxJobDuration::get()) {
                panic!("genesis: invalid market parameters: {reason:?}");
            }
            Parameters::<T>::put(self.parameters);
            // It receives sums below the existential deposit, so it has to exist.
            let pot = Pallet::<T>::account_id();
            if T::Currency::total_balance(&pot) < T::Currency::minimum_balance() {
                T::Currency::mint_into(&pot, T::Currency::minimum_balance())
                    .expect("an account can be given the existential deposit in genesis");
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The parameters changed.
        ParametersChanged {
            /// What is in force now.
            parameters: ParametersOf<T>,
        },
        /// A job was posted, and its first auction began.
        Posted {
            /// The job.
            job: JobId,
            /// The model.
            model: ModelId,
            /// Who asks.
            requester: T::AccountId,
            /// Digest of the packed inputs.
            input_hash: H256,
        },
        /// A provider accepted a job.
        Accepted {
            /// The job.
            job: JobId,
            /// The provider.
            provider: T::AccountId,
            /// What it will be paid, fees and royalty included and the bounty not.
            price: Balance,
            /// The last block in which a proof counts, if no block is congested until then.
            last: BlockNumberFor<T>,
        },
        /// A provider published the outputs of a job before proving them.
        EarlyResultPublished {
            /// The job.
            job: JobId,
            /// BLAKE2-256 of the SCALE encoding of the vector of output codes.
            digest: H256,
        },
        /// A proof was checked.
        ProofChecked {
            /// Who submitted it.
            provider: T::AccountId,
            /// The first of its jobs.
            first: JobId,
            /// How many jobs it is for.
            jobs: u32,
            /// Whether it proves the outputs.
            outcome: ProofOutcome,
        },
        /// A job is answered, proven and paid for.
        Settled {
            /// The job.
            job: JobId,
            /// Who answered.
            provider: T::AccountId,
            /// What the requester paid.
            price: Balance,
            /// What was paid besides.
            bounty: Balance,
        },
        /// The provider of a job has failed and lost the job.
        Failed {
            /// The job.
            job: JobId,
            /// The provider.
            provider: T::AccountId,
            /// What it did.
            fault: Fault,
            /// Where its collateral went.
            outcome: SlashOutcome<Balance>,
        },
        /// A failed job is in auction again.
        Reopened {
            /// The job.
            job: JobId,
            /// What is paid besides the price.
            bounty: Balance,
            /// Auctions that may still follow this one.
            auctions_left: u32,
        },
        /// A job ended without an answer.
        Ended {
            /// The job.
            job: JobId,
            /// Why.
            reason: EndReason,
        },
        /// A receipt was removed.
        ReceiptPruned {
            /// The job.
            job: JobId,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No job in progress has this number.
        UnknownJob,
        /// No receipt is kept for this job.
        UnknownReceipt,
        /// The model isn't registered.
        UnknownModel,
        /// Governance has barred the model: `expire` releases its jobs.
        ModelBarred,
        /// The price begins below the chain's minimum or above its own maximum.
        PriceOutOfRange,
        /// The auction has no block or more than it may have, or the ramp is longer than the auction.
        AuctionOutOfRange,
        /// The proof window is shorter or longer than the chain allows.
        ProofWindowOutOfRange,
        /// The bytes aren't a whole number of the model's inputs.
        WrongInputShape,
        /// An input code is out of the model's range.
        InputOutOfRange,
        /// More inputs than one proof of the model covers.
        TooManyInputs,
        /// Outputs and proof would not fit a call.
        AnswerTooLong,
        /// Verifying the answer would not fit a block.
        AnswerTooHeavy,
        /// The job isn't in auction.
        NotOpen,
        /// The auction is over.
        AuctionOver,
        /// The price is below what the provider asks for.
        PriceTooLow,
        /// Only the requester may do this.
        NotRequester,
        /// The caller hasn't accepted this job.
        NotHolder,
        /// The last block in which a proof counts is past.
        TooLate,
        /// An early result is there already.
        AlreadyPublished,
        /// Not as many output codes as the jobs have.
        WrongOutputs,
        /// A proof for no job.
        NoJobs,
        /// The jobs of a proof must be in ascending order, each once.
        JobsNotAscending,
        /// The jobs of a proof must be of one model.
        DifferentModels,
        /// The call is longer than a proof call may be.
        ProofCallTooLong,
        /// The weight limit is below what the verification costs.
        WeightLimitTooLow,
        /// The stored key or inputs can't be read, or the chain has no verifier for the model any more. Nobody is punished for it.
        VerifierFailed,
        /// Nothing is over yet.
        NotOver,
        /// The parameters break a rule.
        InvalidParameters(InvalidParameters),
        /// There are no more numbers for jobs, or a counter is full.
        NumbersExhausted,
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// The most that verifying a proof and settling its jobs may weigh, so that a transaction with it fits a block.
        #[pallet::constant_name(MaxProofWeight)]
        pub fn max_proof_weight() -> Weight {
            Self::proof_room()
        }

        /// What settling each job of a proof weighs.
        #[pallet::constant_name(JobWeight)]
        pub fn job_weight() -> Weight {
            Self::weight_of_job()
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            // For `on_finalize`.
            T::WeightInfo::count_congestion()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::count_congestion();
        }

        fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
            Self::sweep(remaining)
        }

        fn integrity_test() {
            assert!(T::MaxJobsPerProof::get() > 0, "proofs are for jobs");
            assert!(T::MaxSweep::get() > 0, "somebody has to sweep");
            let outputs = T::MaxOutputs::get().saturating_mul(4);
            assert!(
                outputs < T::MaxProofCallBytes::get(),
                "the outputs of a job must fit a call"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Posts a job: the model's answers to `inputs`, packed as `assay_pallet_primitives::codes` says. The caller's payment and deposits are
        /// held, and the posting fee is paid.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::post(inputs.len() as u32))]
        pub fn post(
            origin: OriginFor<T>,
            model: ModelId,
            inputs: BoundedVec<u8, T::MaxInputBytes>,
            terms: TermsOf<T>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_post(who, model, inputs, terms).map(|_| ())
        }

        /// Ends a job of the calling requester that is in auction. Its payment and deposits return.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, job: JobId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_cancel(who, job)
        }

        /// Accepts a job at the price of this block, which must be at least `min_price`, and puts stake of the calling provider behind it.
        #[pallet::call_index(2)]
        #[pallet::weight(
            T::WeightInfo::accept()
                .saturating_add(T::Staking::lock_weight())
                .saturating_add(T::WorkRecorder::note_accepted_weight())
        )]
        pub fn accept(origin: OriginFor<T>, job: JobId, min_price: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept(who, job, min_price)
        }

        /// Publishes the outputs of a job that the caller holds, before they are proven. All of the collateral stands for them.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::publish_early_result(outputs.len() as u32))]
        pub fn publish_early_result(
            origin: OriginFor<T>,
            job: JobId,
            outputs: BoundedVec<i32, T::MaxOutputs>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_publish_early_result(who, job, outputs)
        }

        /// Submits a proof for `jobs`, all of one model and held by the caller, in ascending order. `outputs` are the codes of all their
        /// outputs, job after job and input after input. `weight_limit` must cover the verification; what isn't used is refunded.
        ///
        /// Succeeds whether the proof is valid or not, see [`Event::ProofChecked`].
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::submission_weight(jobs.len() as u32).saturating_add(*weight_limit))]
        pub fn submit_proof(
            origin: OriginFor<T>,
            jobs: BoundedVec<JobId, T::MaxJobsPerProof>,
            outputs: BoundedVec<i32, T::MaxProofCallBytes>,
            proof: BoundedVec<u8, T::MaxProofCallBytes>,
            weight_limit: Weight,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_submit_proof(who, jobs, outputs, proof, weight_limit)
        }

        /// Ends what is over with a job: an auction that nobody came to, a job that its provider has missed, a job of a model that is barred or
        /// that the chain can't verify any more. The caller receives the reward, unless it is the job's provider.
        #[pallet::call_index(5)]
        #[pallet::weight(Pallet::<T>::expiry_weight())]
        pub fn expire(origin: OriginFor<T>, job: JobId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_expire(job, Some(&who))
        }

        /// Removes a receipt whose lifetime is over, and returns the deposit to its requester. Anyone may call this.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::prune_receipt())]
        pub fn prune_receipt(origin: OriginFor<T>, job: JobId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_prune_receipt(job)
        }

        /// Replaces the parameters. All of them are given, so that what a referendum votes on is the whole state after it.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: ParametersOf<T>) -> DispatchResult {
            T::ParametersOrigin::ensure_origin(origin)?;
            Self::do_set_parameters(parameters)
        }
    }
}

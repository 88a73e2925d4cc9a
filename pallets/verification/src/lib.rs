// SPDX-License-Identifier: Apache-2.0
// The whole contract of the pallet in one place, which FRAME's macro needs anyway; no mechanism is here.
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub use pallet::*;

mod collateral_impls;
mod delegation_impls;
mod dispatchable_impls;
mod fixed;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
pub mod parameters;
mod payment_impls;
mod pool_impls;
pub mod proof;
mod tick_impls;
mod types;
mod utility_impls;
mod view_impls;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;

pub use parameters::{EconomicParameters, InvalidParameters, MAX_ERAS_PER_JOB};
pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use assay_pallet_primitives::{
        Balance, EraIndex, Fault, JobId, LockedCollateral, SlashOutcome, StakeRecorder,
    };
    use frame_support::{
        pallet_prelude::*,
        traits::fungible::{Inspect, Mutate, MutateHold},
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use sp_runtime::Perbill;

    /// The storage version of this code.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The parameters of this chain.
    pub type ParametersOf<T> = EconomicParameters<BlockNumberFor<T>>;
    /// A provider of this chain.
    pub type ProviderOf<T> =
        Provider<BlockNumberFor<T>, <T as Config>::MaxMetadata, <T as Config>::MaxChunks>;
    /// A delegation of this chain.
    pub type DelegationOf<T> =
        Delegation<<T as frame_system::Config>::AccountId, <T as Config>::MaxChunks>;
    /// The collateral of a job of this chain.
    pub type LockOf<T> = LockedCollateral<<T as frame_system::Config>::AccountId, Balance>;

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
        /// Who may set the economic parameters.
        type ParametersOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Measures the stake of providers.
        type StakeRecorder: StakeRecorder<Self::AccountId, Balance>;
        /// Weights of the calls and of what the market calls.
        type WeightInfo: WeightInfo;

        /// Source of the account that has the delegators' unclaimed rewards.
        #[pallet::constant]
        type PalletId: Get<PalletId>;
        /// The account of the treasury. It must exist.
        #[pallet::constant]
        type Treasury: Get<Self::AccountId>;
        /// Held for a provider's record.
        #[pallet::constant]
        type DepositBase: Get<Balance>;
        /// Held for each byte of a provider's metadata.
        #[pallet::constant]
        type DepositPerByte: Get<Balance>;
        /// The longest metadata of a provider, in bytes.
        #[pallet::constant]
        type MaxMetadata: Get<u32>;
        /// The most jobs that a provider may have accepted and not settled.
        #[pallet::constant]
        type MaxOpenJobs: Get<u32>;
        /// The most eras of which one delegation, or one provider's own bond, can have stake on its way out.
        #[pallet::constant]
        type MaxChunks: Get<u32>;
        /// Blocks from acceptance to the end of the longest job, grace and extensions included. The market must keep to it.
        #[pallet::constant]
        type MaxJobDuration: Get<BlockNumberFor<Self>>;
    }

    /// Why the pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// A provider's own stake.
        SelfBond,
        /// Stake delegated to providers.
        Delegation,
        /// The deposit for a provider's record and metadata.
        ProviderDeposit,
    }

    /// The economic parameters in force.
    #[pallet::storage]
    pub type Parameters<T: Config> = StorageValue<_, ParametersOf<T>, ValueQuery>;

    /// The era in progress.
    #[pallet::storage]
    pub type CurrentEra<T: Config> = StorageValue<_, EraInfo<BlockNumberFor<T>>, ValueQuery>;

    /// The providers.
    #[pallet::storage]
    pub type Providers<T: Config> =
        CountedStorageMap<_, Blake2_128Concat, T::AccountId, ProviderOf<T>>;

    /// The delegations, by provider and delegator.
    #[pallet::storage]
    pub type Delegations<T: Config> = StorageDoubleMap<
        _,
        Blake2_128Concat,
        T::AccountId,
        Blake2_128Concat,
        T::AccountId,
        DelegationOf<T>,
    >;

    /// By provider and era: the state of its pool when the delegations that waited for that era became active. Kept until each of
    /// them has been touched.
    #[pallet::storage]
    pub type Activations<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, EraIndex, Activation>;

    /// By provider and generation: what is left of a generation that ended. Kept until each delegation that had shares in it has
    /// been touched.
    #[pallet::storage]
    pub type ClosedGenerations<T: Config> = StorageDoubleMap<
        _,
        Blake2_128Concat,
        T::AccountId,
        Twox64Concat,
        Generation,
        ClosedGeneration,
    >;

    /// By provider and era: delegated stake that left at the end of the era. Kept until all of it has been paid out.
    #[pallet::storage]
    pub type UnbondingPools<T: Config> = StorageDoubleMap<
        _,
        Blake2_128Concat,
        T::AccountId,
        Twox64Concat,
        EraIndex,
        UnbondingPool<BlockNumberFor<T>>,
    >;

    /// The collateral behind each job that a provider has accepted.
    #[pallet::storage]
    pub type Collateral<T: Config> = StorageMap<_, Twox64Concat, JobId, LockOf<T>>;

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The economic parameters of the new chain.
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
                panic!("genesis: invalid economic parameters: {reason:?}");
            }
            Parameters::<T>::put(self.parameters);
            CurrentEra::<T>::put(EraInfo {
                index: 0,
                start: Default::default(),
                end: self.parameters.era_length,
            });
            // Both accounts receive sums below the existential deposit, so they have to exist.
            for account in [Pallet::<T>::account_id(), T::Treasury::get()] {
                if T::Currency::total_balance(&account) < T::Currency::minimum_balance() {
                    T::Currency::mint_into(&account, T::Currency::minimum_balance())
                        .expect("an account can be given the existential deposit in genesis");
                }
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An era began.
        EraStarted {
            /// Its number.
            era: EraIndex,
            /// The first block of the next one.
            end: BlockNumberFor<T>,
        },
        /// The economic parameters changed.
        ParametersChanged {
            /// What is in force now.
            parameters: ParametersOf<T>,
        },
        /// An account became a provider.
        ProviderRegistered {
            /// The account.
            provider: T::AccountId,
            /// Its own bond.
            bond: Balance,
            /// Its commission.
            commission: Perbill,
        },
        /// A provider changed what it says of itself.
        MetadataChanged {
            /// The provider.
            provider: T::AccountId,
        },
        /// A provider's commission will change.
        CommissionAnnounced {
            /// The provider.
            provider: T::AccountId,
            /// Its next commission.
            commission: Perbill,
            /// The era from which it applies.
            era: EraIndex,
        },
        /// A provider added to its own bond.
        Bonded {
            /// The provider.
            provider: T::AccountId,
            /// How much it added.
            amount: Balance,
        },
        /// A provider took from its own bond.
        Unbonding {
            /// The provider.
            provider: T::AccountId,
            /// How much leaves.
            amount: Balance,
            /// The block from which it can be paid out.
            matures_at: BlockNumberFor<T>,
        },
        /// An account delegated to a provider.
        Delegated {
            /// The provider.
            provider: T::AccountId,
            /// The account.
            delegator: T::AccountId,
            /// How much it added.
            amount: Balance,
            /// The era from which it is active.
            era: EraIndex,
        },
        /// An account took from a delegation.
        Undelegated {
            /// The provider.
            provider: T::AccountId,
            /// The account.
            delegator: T::AccountId,
            /// What had not become active and is free at once.
            freed: Balance,
            /// What was active and is on its way out.
            unbonding: Balance,
        },
        /// An account moved a delegation to another provider.
        Redelegated {
            /// The old provider.
            from: T::AccountId,
            /// The new provider.
            to: T::AccountId,
            /// The account.
            delegator: T::AccountId,
            /// How much it moved.
            amount: Balance,
        },
        /// Matured stake was paid out.
        Withdrawn {
            /// The provider.
            provider: T::AccountId,
            /// Who had the stake: the provider itself or a delegator.
            who: T::AccountId,
            /// How much.
            amount: Balance,
        },
        /// Rewards of a delegation were paid out.
        RewardsClaimed {
            /// The provider.
            provider: T::AccountId,
            /// Who earned and received them.
            delegator: T::AccountId,
            /// How much.
            amount: Balance,
        },
        /// Earlier slashes of a provider were applied to a delegation: the money went to the treasury.
        SlashApplied {
            /// The provider.
            provider: T::AccountId,
            /// Who lost it.
            delegator: T::AccountId,
            /// How much.
            amount: Balance,
        },
        /// Stake was put behind a job.
        CollateralLocked {
            /// The job.
            job: JobId,
            /// Who accepted it.
            provider: T::AccountId,
            /// The part of the provider's own bond.
            own: Balance,
            /// The part of its delegations.
            delegated: Balance,
        },
        /// The stake behind a job is free again.
        CollateralReleased {
            /// The job.
            job: JobId,
            /// Whose stake.
            provider: T::AccountId,
        },
        /// A provider was slashed.
        Slashed {
            /// The job.
            job: JobId,
            /// The provider.
            provider: T::AccountId,
            /// What it did.
            fault: Fault,
            /// Where the money went.
            outcome: SlashOutcome<Balance>,
        },
        /// A slash took all that was delegated to a provider.
        GenerationClosed {
            /// The provider.
            provider: T::AccountId,
            /// The generation that ended.
            generation: Generation,
        },
        /// A provider was jailed.
        Jailed {
            /// The provider.
            provider: T::AccountId,
            /// The block from which it may leave.
            until: BlockNumberFor<T>,
        },
        /// A provider left jail.
        Unjailed {
            /// The provider.
            provider: T::AccountId,
        },
        /// A provider takes no jobs and no delegations any more.
        Retired {
            /// The provider.
            provider: T::AccountId,
        },
        /// The record of a retired provider was removed.
        Reaped {
            /// The provider.
            provider: T::AccountId,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The account is a provider already.
        AlreadyProvider,
        /// No such provider.
        NotProvider,
        /// The provider has retired.
        ProviderRetired,
        /// The provider is in jail.
        ProviderJailed,
        /// The provider isn't in jail.
        NotJailed,
        /// The provider must stay in jail for longer.
        StillJailed,
        /// The own bond would be below the minimum; `retire` takes out all of it.
        SelfBondTooLow,
        /// The part of the own bond behind no job is smaller than what is asked for.
        SelfBondNotFree,
        /// What would be left or come of the delegation is below the minimum.
        DelegationTooLow,
        /// A provider backs itself with `bond_extra`, not by delegating.
        SelfDelegation,
        /// No such delegation.
        NoDelegation,
        /// The delegation has less than what is asked for.
        InsufficientDelegation,
        /// This provider's delegators lost nearly everything. It takes no delegation until all of them are out, and who waits for it
        /// to become active is in.
        PoolDepleted,
        /// The provider's free own bond doesn't cover its own part of the collateral.
        InsufficientSelfBond,
        /// The provider's free stake, delegations included, doesn't cover the collateral.
        InsufficientStake,
        /// The provider holds as many jobs as it may.
        TooManyJobs,
        /// Stake of too many eras is on its way out: withdraw first, or wait for the next era.
        TooManyChunks,
        /// Nothing has matured.
        NothingToWithdraw,
        /// There are no rewards.
        NothingToClaim,
        /// There is no slash to apply.
        NothingToApply,
        /// The commission exceeds the maximum.
        CommissionTooHigh,
        /// One change may not raise the commission by that much.
        CommissionStepTooLarge,
        /// The provider has jobs to settle.
        OpenJobs,
        /// The provider hasn't retired, or stake is left with it.
        NotReapable,
        /// The stake came from another provider and is still at risk for that one's jobs.
        StillAtRiskElsewhere,
        /// Stake that came from another provider in another era hasn't matured yet.
        RedelegationInProgress,
        /// Old and new provider are the same.
        SameProvider,
        /// No collateral is locked for this job.
        NoCollateral,
        /// Collateral is locked for this job already.
        CollateralExists,
        /// The economic parameters break a rule.
        InvalidParameters(InvalidParameters),
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::do_start_era(now)
        }

        fn integrity_test() {
            assert_eq!(
                ParametersOf::<T>::default().validate(T::MaxJobDuration::get()),
                Ok(()),
                "the default parameters must be valid: unbonding must outlast the longest job"
            );
            assert!(T::MaxChunks::get() > 0, "stake must be able to leave");
            assert!(
                T::MaxOpenJobs::get() > 0,
                "a provider must be able to accept a job"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Makes the caller a provider with a bond of `bond` and a commission of `commission`.
        ///
        /// Holds the bond, at least `min_self_bond`, and a deposit for the record and `metadata`.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::register()))]
        pub fn register(
            origin: OriginFor<T>,
            metadata: BoundedVec<u8, T::MaxMetadata>,
            commission: Perbill,
            bond: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register(who, metadata, commission, bond)
        }

        /// Replaces what the calling provider says of itself. The deposit follows the length.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::set_metadata()))]
        pub fn set_metadata(
            origin: OriginFor<T>,
            metadata: BoundedVec<u8, T::MaxMetadata>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_metadata(who, metadata)
        }

        /// Announces a commission. It applies after `commission_delay` eras and replaces an earlier announcement.
        ///
        /// It may exceed the present commission by `max_commission_step` at most.
        #[pallet::call_index(2)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::set_commission()))]
        pub fn set_commission(origin: OriginFor<T>, commission: Perbill) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_commission(who, commission)
        }

        /// Adds to the caller's stake with `provider`: to its own bond if it is the provider, which is active at once, else to its
        /// delegation, like [`delegate`](Self::delegate). Only a delegation has rewards that could be added.
        #[pallet::call_index(3)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::bond_extra()))]
        pub fn bond_extra(
            origin: OriginFor<T>,
            provider: T::AccountId,
            extra: BondExtra,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_bond_extra(who, provider, extra)
        }

        /// Takes `amount` from the calling provider's own bond: what is behind no job, down to the minimum. It is at risk for jobs
        /// accepted in this era and before, and can be withdrawn after the unbonding period.
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::unbond()))]
        pub fn unbond(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_unbond(who, amount)
        }

        /// Delegates `amount` of the caller's free balance to `provider`, from the next era on.
        #[pallet::call_index(5)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::delegate()))]
        pub fn delegate(
            origin: OriginFor<T>,
            provider: T::AccountId,
            amount: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_delegate(who, provider, amount)
        }

        /// Takes `amount` from the caller's delegation to `provider`. What isn't active yet is free at once, unless redelegated stake
        /// is at risk for its old provider; the rest leaves at the end of the era and can be withdrawn after the unbonding period.
        #[pallet::call_index(6)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::undelegate()))]
        pub fn undelegate(
            origin: OriginFor<T>,
            provider: T::AccountId,
            amount: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_undelegate(who, provider, amount)
        }

        /// Moves `amount` of the caller's active delegation from `from` to `to`, where it is active from the next era on. It stays at
        /// risk for the jobs of `from` that were accepted until the end of this era.
        #[pallet::call_index(7)]
        #[pallet::weight(Pallet::<T>::with_record(Pallet::<T>::with_record(
            T::WeightInfo::redelegate()
        )))]
        pub fn redelegate(
            origin: OriginFor<T>,
            from: T::AccountId,
            to: T::AccountId,
            amount: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_redelegate(who, from, to, amount)
        }

        /// Pays out what has matured of the caller's stake with `provider`: its own bond if it is the provider, else its delegation.
        #[pallet::call_index(8)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::withdraw()))]
        pub fn withdraw(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw(who, provider)
        }

        /// Pays out the caller's rewards at `provider`.
        #[pallet::call_index(9)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::claim_for()))]
        pub fn claim(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_claim(provider, who)
        }

        /// Pays out the rewards of `delegator` at `provider` to `delegator`. Anyone may call this.
        #[pallet::call_index(10)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::claim_for()))]
        pub fn claim_for(
            origin: OriginFor<T>,
            provider: T::AccountId,
            delegator: T::AccountId,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_claim(provider, delegator)
        }

        /// Moves what `delegator` lost by slashes of `provider` from its account to the treasury. Anyone may call this.
        #[pallet::call_index(11)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::apply_slash()))]
        pub fn apply_slash(
            origin: OriginFor<T>,
            provider: T::AccountId,
            delegator: T::AccountId,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_apply_slash(provider, delegator)
        }

        /// Ends the calling provider's time in jail, once the jail period is over and if its own bond is at least the minimum.
        #[pallet::call_index(12)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::unjail()))]
        pub fn unjail(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_unjail(who)
        }

        /// Ends the calling provider's service: it must have no open jobs. All of its own bond leaves, and no job or delegation is
        /// accepted any more. There is no way back but to be reaped and to register again.
        #[pallet::call_index(13)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::retire()))]
        pub fn retire(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_retire(who)
        }

        /// Removes a retired provider with which no stake is left, and returns its deposit to it. Anyone may call this.
        #[pallet::call_index(14)]
        #[pallet::weight(Pallet::<T>::with_record(T::WeightInfo::reap()))]
        pub fn reap(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_reap(provider)
        }

        /// Replaces the economic parameters. All of them are given, so that what a referendum votes on is the whole state after it.
        #[pallet::call_index(15)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: ParametersOf<T>) -> DispatchResult {
            T::ParametersOrigin::ensure_origin(origin)?;
            Self::do_set_parameters(parameters)
        }

        /// Pays out to `delegator` what has matured of its stake with a retired `provider`, and starts the unbonding of the rest. Anyone
        /// may call this once the provider's own stake is out, so that `reap` needn't wait for who doesn't care.
        #[pallet::call_index(16)]
        #[pallet::weight(Pallet::<T>::with_record(
            T::WeightInfo::withdraw().saturating_add(T::WeightInfo::undelegate())
        ))]
        pub fn withdraw_for(
            origin: OriginFor<T>,
            provider: T::AccountId,
            delegator: T::AccountId,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_withdraw_for(provider, delegator)
        }
    }
}

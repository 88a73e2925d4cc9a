// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub use pallet::*;

mod record_impls;
mod tick_impls;
mod types;
mod utility_impls;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;

pub use types::*;
pub use weights::WeightInfo;

/// Eras that are kept besides the present one.
pub const KEPT_ERAS: u32 = 90;
/// The most past eras whose mean the cap compares with.
pub const MEAN_ERAS: u32 = 8;
/// The most entries that one block's `on_idle`, or one call of `prune`, removes.
pub const MAX_PRUNED: u32 = 256;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use assay_pallet_primitives::{Dimension, EraClock, EraIndex, Work};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;

    /// The storage version of this code.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// A summary with this chain's accounts.
    pub type SummaryOf<T> =
        Summary<<T as frame_system::Config>::AccountId, <T as Config>::MaxLargest>;

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Which era it is.
        type Eras: EraClock;
        /// Who may set the cap.
        type CapOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Weights of the calls and of what is recorded.
        type WeightInfo: WeightInfo;
        /// How many of the largest parties are kept for each era and dimension.
        #[pallet::constant]
        type MaxLargest: Get<u32>;
    }

    /// The cap on one provider's share of the accepted work, if there is one.
    #[pallet::storage]
    pub type Cap<T: Config> = StorageValue<_, ShareCap>;

    /// What the cap compares with in the present era.
    #[pallet::storage]
    pub type CapReference<T: Config> = StorageValue<_, Reference, ValueQuery>;

    /// The era for which `CapReference` was computed and before which all summaries are final.
    #[pallet::storage]
    pub type SeenEra<T: Config> = StorageValue<_, EraIndex, ValueQuery>;

    /// The oldest era of which entries may be left.
    #[pallet::storage]
    pub type OldestEra<T: Config> = StorageValue<_, EraIndex, ValueQuery>;

    /// Sums and largest parties, by era and dimension. That of stake in the present era is `StakeNow` instead.
    #[pallet::storage]
    pub type Summaries<T: Config> =
        StorageDoubleMap<_, Twox64Concat, EraIndex, Twox64Concat, Dimension, SummaryOf<T>>;

    /// Amounts by era, dimension and party, of work and blocks.
    #[pallet::storage]
    pub type Amounts<T: Config> = StorageNMap<
        _,
        (
            NMapKey<Twox64Concat, EraIndex>,
            NMapKey<Twox64Concat, Dimension>,
            NMapKey<Blake2_128Concat, T::AccountId>,
        ),
        u128,
        ValueQuery,
    >;

    /// Work accepted, by era and provider.
    #[pallet::storage]
    pub type Accepted<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        EraIndex,
        Blake2_128Concat,
        T::AccountId,
        Work,
        ValueQuery,
    >;

    /// Work accepted, by era.
    #[pallet::storage]
    pub type AcceptedTotal<T: Config> = StorageMap<_, Twox64Concat, EraIndex, Work, ValueQuery>;

    /// Active stake of each provider as last reported.
    #[pallet::storage]
    pub type Stakes<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u128, ValueQuery>;

    /// Sums and largest parties of the present stake.
    #[pallet::storage]
    pub type StakeNow<T: Config> = StorageValue<_, SummaryOf<T>, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The cap of the new chain.
        pub cap: Option<ShareCap>,
        #[serde(skip)]
        #[allow(missing_docs)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        /// Panics if the cap is invalid: there is nobody yet to return an error to.
        fn build(&self) {
            if let Some(cap) = self.cap {
                if let Err(reason) = cap.validate() {
                    panic!("genesis: invalid cap: {reason:?}");
                }
                Cap::<T>::put(cap);
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The cap on one provider's share changed.
        CapChanged {
            /// The cap in force, none if there is no limit.
            cap: Option<ShareCap>,
        },
        /// An era ended and its measures are final.
        EraMeasured {
            /// The era.
            era: EraIndex,
            /// Settled work.
            work: assay_pallet_primitives::Concentration,
            /// Active stake.
            stake: assay_pallet_primitives::Concentration,
            /// Authored blocks.
            blocks: assay_pallet_primitives::Concentration,
        },
        /// All entries of an era were removed.
        EraPruned {
            /// The era.
            era: EraIndex,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The provider would accept more than the capped share of this era's work.
        ShareCapExceeded,
        /// The cap breaks a rule.
        InvalidCap(InvalidCap),
        /// No era is old enough to be removed.
        NothingToPrune,
        /// One call removes at most `MAX_PRUNED` entries, and at least one.
        LimitOutOfRange,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::do_close_era()
        }

        fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
            Self::do_prune_idle(remaining)
        }

        fn integrity_test() {
            assert!(T::MaxLargest::get() > 0, "the largest party must be kept");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets or lifts the cap on one provider's share of the accepted work.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_cap())]
        pub fn set_cap(origin: OriginFor<T>, cap: Option<ShareCap>) -> DispatchResult {
            T::CapOrigin::ensure_origin(origin)?;
            Self::do_set_cap(cap)
        }

        /// Removes up to `limit` entries of eras that are no longer kept. Anyone may call this; blocks with weight to spare do it by
        /// themselves.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::prune(*limit))]
        pub fn prune(origin: OriginFor<T>, limit: u32) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(
                (1..=MAX_PRUNED).contains(&limit),
                Error::<T>::LimitOutOfRange
            );
            ensure!(Self::can_prune(), Error::<T>::NothingToPrune);
            Self::do_prune(limit);
            Ok(())
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

//! # Chain parameters
//!
//! Most pallets take their periods as constants of the runtime. A constant can't differ between the
//! main network, a test network and a test, so the usual way out is a second build of the blob with
//! a `fast-runtime` feature, and then what was tested is not what runs. This pallet keeps the
//! periods in storage instead: genesis sets them, root (that is, a referendum) may change them, and
//! the [getters] hand them to the other pallets in place of constants. One blob serves every
//! network.
//!
//! Every change passes [`Periods::validate`], in genesis as well as from governance, so a reader
//! may rely on its guarantees.
//!
//! ## When a change takes effect
//!
//! * `session`: the session ends at the next block number that is a multiple of the new length.
//! * Tracks: a referendum in progress is judged by the new periods the next time it is touched. An
//!   approved one keeps the moment of enactment that it was scheduled for.
//! * `vote_locking`: applies to locks that are taken after the change.
//! * `treasury_payout`: applies to spends that are approved after the change.
//!
//! Two more things are kept here that genesis sets and nothing changes, because they are properties
//! of the network and not of the code: which relay chain the chain belongs to, its place in the XCM
//! universe; and how long a job may last. The market lets no job last longer, and staking
//! keeps stake for longer than that. If the bound could change, stake that left under the old one
//! could be gone before a job that was accepted under the new one is settled.

pub mod getters;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{InvalidPeriods, Periods, TrackPeriods};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{types::MAX_PERIOD, InvalidPeriods, Periods, WeightInfo};
    use crate::{constants::time::DAYS, BlockNumber};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use xcm::latest::NetworkId;

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may change the periods.
        type UpdateOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Weights of the call and of reading the periods.
        type WeightInfo: WeightInfo;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The periods in force. Until they are set they are those of the main network.
    #[pallet::storage]
    pub type CurrentPeriods<T> = StorageValue<_, Periods, ValueQuery>;

    /// The relay chain's default for [`RelayNetwork`].
    #[pallet::type_value]
    pub fn DefaultRelayNetwork() -> NetworkId {
        NetworkId::Polkadot
    }

    /// The consensus system that this parachain belongs to. Set by genesis, never changed.
    #[pallet::storage]
    pub type RelayNetwork<T> = StorageValue<_, NetworkId, ValueQuery, DefaultRelayNetwork>;

    /// The main network's [`MaxJobDuration`]: a day, so that governance has room above the market's
    /// default of some six hours.
    #[pallet::type_value]
    pub fn DefaultMaxJobDuration() -> BlockNumber {
        DAYS
    }

    /// Blocks from the acceptance of a job to the block in which it is expired at the earliest if its
    /// provider fails, at most. Set by genesis, never changed.
    #[pallet::storage]
    pub type MaxJobDuration<T> = StorageValue<_, BlockNumber, ValueQuery, DefaultMaxJobDuration>;

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The periods of the new chain.
        pub periods: Periods,
        /// The relay chain of the new chain.
        pub relay_network: NetworkId,
        /// How many blocks a job may last on the new chain.
        pub max_job_duration: BlockNumber,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                periods: Periods::default(),
                relay_network: DefaultRelayNetwork::get(),
                max_job_duration: DefaultMaxJobDuration::get(),
                _config: PhantomData,
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        /// Panics if the periods are invalid: a chain that starts with them could stall, and there
        /// is nobody yet to return an error to. That staking and market fit the longest job is checked
        /// in theirs.
        fn build(&self) {
            if let Err(reason) = self.periods.validate() {
                panic!("genesis: invalid chain parameters: {reason:?}");
            }
            CurrentPeriods::<T>::put(self.periods);
            assert!(
                (1..=MAX_PERIOD).contains(&self.max_job_duration),
                "genesis: invalid chain parameters: a job may last between 1 block and 365 days of blocks",
            );
            RelayNetwork::<T>::put(self.relay_network);
            MaxJobDuration::<T>::put(self.max_job_duration);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The periods of the chain changed.
        PeriodsChanged {
            /// What was in force until now.
            old: Periods,
            /// What is in force from now on.
            new: Periods,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// A session must have between 5 blocks and 14 days of blocks.
        SessionOutOfRange,
        /// Every other period must have between 1 block and 365 days of blocks.
        PeriodOutOfRange,
        /// A track's confirmation would last longer than its decision.
        ConfirmationExceedsDecision,
        /// Votes would unlock before what they decided is enacted.
        VoteLockBelowEnactment,
        /// A referendum would time out before its preparation ends.
        TimeoutWithinPreparation,
    }

    impl<T> From<InvalidPeriods> for Error<T> {
        fn from(reason: InvalidPeriods) -> Self {
            match reason {
                InvalidPeriods::SessionOutOfRange => Self::SessionOutOfRange,
                InvalidPeriods::PeriodOutOfRange => Self::PeriodOutOfRange,
                InvalidPeriods::ConfirmationExceedsDecision => Self::ConfirmationExceedsDecision,
                InvalidPeriods::VoteLockBelowEnactment => Self::VoteLockBelowEnactment,
                InvalidPeriods::TimeoutWithinPreparation => Self::TimeoutWithinPreparation,
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Charges the read that sessions and the treasury make in every block, since neither
        /// pallet expects its period to cost anything. Later reads in the block come from
        /// the overlay.
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::read_periods()
        }

        fn integrity_test() {
            assert_eq!(
                Periods::default().validate(),
                Ok(()),
                "the default periods must be valid"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            ensure!(
                CurrentPeriods::<T>::get().validate().is_ok(),
                "stored periods are invalid"
            );
            Ok(())
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces the periods of the chain.
        ///
        /// The origin must be [`Config::UpdateOrigin`]. All periods are given, so that what a
        /// referendum votes on is the whole state after it.
        ///
        /// Emits [`Event::PeriodsChanged`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_periods())]
        pub fn set_periods(origin: OriginFor<T>, periods: Periods) -> DispatchResult {
            T::UpdateOrigin::ensure_origin(origin)?;
            periods.validate().map_err(Error::<T>::from)?;
            let old = CurrentPeriods::<T>::get();
            CurrentPeriods::<T>::put(periods);
            Self::deposit_event(Event::PeriodsChanged { old, new: periods });
            Ok(())
        }
    }
}

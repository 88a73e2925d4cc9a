// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub use pallet::*;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchable_impls;
mod models_impls;
mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;

pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use assay_pallet_primitives::{Balance, KeyRejected, ModelId, ProofVerifier};
    use frame_support::{
        pallet_prelude::*,
        traits::fungible::{Inspect, MutateHold},
    };
    use frame_system::pallet_prelude::*;
    use sp_core::H256;
    use sp_runtime::Perbill;

    /// The storage version of this code.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// What an owner of this chain says of a model.
    pub type MetadataOf<T> = Metadata<<T as Config>::MaxText>;
    /// A model of this chain.
    pub type ModelOf<T> = Model<<T as frame_system::Config>::AccountId, <T as Config>::MaxText>;

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The native token.
        type Currency: Inspect<Self::AccountId, Balance = Balance>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;
        /// The runtime's reasons to hold money.
        type RuntimeHoldReason: From<HoldReason>;
        /// The proof system.
        type Verifier: ProofVerifier;
        /// Who may bar a model.
        type BarOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Weights of the calls.
        type WeightInfo: WeightInfo;

        /// Held for a model's record.
        #[pallet::constant]
        type DepositBase: Get<Balance>;
        /// Held for each byte of a model's key and metadata.
        #[pallet::constant]
        type DepositPerByte: Get<Balance>;
        /// The longest key, in bytes.
        #[pallet::constant]
        type MaxKeyBytes: Get<u32>;
        /// The longest name, licence or URI, in bytes.
        #[pallet::constant]
        type MaxText: Get<u32>;
        /// The largest royalty.
        #[pallet::constant]
        type MaxRoyalty: Get<Perbill>;
        /// The most that verifying a proof for a single input may weigh: with more, no block could ever hold one.
        #[pallet::constant]
        type MaxVerificationWeight: Get<Weight>;
        /// A valid key for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkKey: Get<Vec<u8>>;
    }

    /// Why the pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The deposit for a model's record, key and metadata.
        ModelDeposit,
    }

    /// The number of the next model.
    #[pallet::storage]
    pub type NextModelId<T: Config> = StorageValue<_, ModelId, ValueQuery>;

    /// The models.
    #[pallet::storage]
    pub type Models<T: Config> = CountedStorageMap<_, Twox64Concat, ModelId, ModelOf<T>>;

    /// The verifying key of each model.
    #[pallet::storage]
    pub type Keys<T: Config> = StorageMap<_, Twox64Concat, ModelId, BoundedVec<u8, T::MaxKeyBytes>>;

    /// Digests of the keys that governance has barred.
    #[pallet::storage]
    pub type BarredKeys<T: Config> = StorageMap<_, Identity, H256, ()>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A model was registered.
        Registered {
            /// Its number.
            model: ModelId,
            /// Its owner.
            owner: T::AccountId,
            /// Digest of its key.
            digest: H256,
            /// Its royalty.
            royalty: Perbill,
        },
        /// An owner changed what it says of a model.
        MetadataUpdated {
            /// The model.
            model: ModelId,
        },
        /// The royalty of jobs that are posted from now on changed.
        RoyaltySet {
            /// The model.
            model: ModelId,
            /// Its royalty.
            royalty: Perbill,
        },
        /// A model takes no more jobs: its owner withdrew it.
        Retired {
            /// The model.
            model: ModelId,
        },
        /// A model and all others with its key take no more jobs, and those in progress end: governance barred it.
        Barred {
            /// The model.
            model: ModelId,
            /// Digest of its key, which can't be registered again.
            digest: H256,
        },
        /// A key can't be registered, and all models that have it take no more jobs: governance barred it.
        KeyBarred {
            /// Digest of the key.
            digest: H256,
        },
        /// A barred key can be registered again.
        KeyPermitted {
            /// Digest of the key.
            digest: H256,
        },
        /// A model left the state.
        Removed {
            /// The model.
            model: ModelId,
        },
        /// The cost of verifying a model's proofs was computed again.
        Refreshed {
            /// The model.
            model: ModelId,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No model has this number.
        UnknownModel,
        /// Only the model's owner may do this.
        NotOwner,
        /// The bytes are not a verifying key.
        MalformedKey,
        /// The key's circuit breaks a rule or exceeds a limit.
        InvalidCircuit,
        /// A point of the key's commitment is not on the curve, or not in the subgroup.
        InvalidPoint,
        /// The key asks for a version of the verifier that this chain doesn't have.
        UnsupportedVersion,
        /// The key commits to no parameters: every weight is part of the circuit or there is none, so that there is no model to prove
        /// anything about.
        NothingCommitted,
        /// A proof for a single input would be too heavy for a block of this chain.
        VerificationTooHeavy,
        /// Governance has barred this key.
        BarredKey,
        /// The key isn't barred.
        NotBarred,
        /// The royalty exceeds the maximum.
        RoyaltyTooHigh,
        /// The model has been retired.
        ModelRetired,
        /// Governance has barred the model.
        ModelBarred,
        /// An active model can't be removed.
        StillActive,
        /// Jobs still need the model.
        InUse,
        /// The model has as many jobs as can be counted.
        TooManyJobs,
        /// There are no more numbers for models.
        NumbersExhausted,
    }

    impl<T> From<KeyRejected> for Error<T> {
        fn from(reason: KeyRejected) -> Self {
            match reason {
                KeyRejected::Malformed => Self::MalformedKey,
                KeyRejected::InvalidCircuit => Self::InvalidCircuit,
                KeyRejected::InvalidPoint => Self::InvalidPoint,
                KeyRejected::UnsupportedVersion => Self::UnsupportedVersion,
                KeyRejected::NothingCommitted => Self::NothingCommitted,
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(T::MaxKeyBytes::get() > 0, "keys have bytes");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a model with its verifying key, and holds the deposit from the caller, who owns it.
        #[pallet::call_index(0)]
        #[pallet::weight(
            T::WeightInfo::register(key.len() as u32)
                .saturating_add(T::Verifier::check_key_weight(key.len() as u32))
        )]
        pub fn register(
            origin: OriginFor<T>,
            key: BoundedVec<u8, T::MaxKeyBytes>,
            metadata: MetadataOf<T>,
            royalty: Perbill,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_register(owner, key, metadata, royalty).map(|_| ())
        }

        /// Replaces what the calling owner says of `model`, and adjusts the deposit.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::update_metadata())]
        pub fn update_metadata(
            origin: OriginFor<T>,
            model: ModelId,
            metadata: MetadataOf<T>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_update_metadata(who, model, metadata)
        }

        /// Sets the royalty that the calling owner asks of jobs that are posted from now on.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_royalty())]
        pub fn set_royalty(
            origin: OriginFor<T>,
            model: ModelId,
            royalty: Perbill,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_royalty(who, model, royalty)
        }

        /// Withdraws a model of the calling owner: jobs in progress are served, none can be posted. There is no way back.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_retire(who, model)
        }

        /// Removes a retired or barred model of the calling owner that no job needs, and returns the deposit.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::remove())]
        pub fn remove(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_remove(who, model)
        }

        /// Bars a model and every other with the same key: no job can be posted, those in progress end without a slash, and the key can't
        /// be registered again.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::bar())]
        pub fn bar(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            T::BarOrigin::ensure_origin(origin)?;
            Self::do_bar(model)
        }

        /// Permits a barred key to be registered again. Other models that have it serve again; the one that was barred by its number
        /// doesn't.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::permit_key())]
        pub fn permit_key(origin: OriginFor<T>, digest: H256) -> DispatchResult {
            T::BarOrigin::ensure_origin(origin)?;
            Self::do_permit_key(digest)
        }

        /// Bars a key, whether or not a model has it now: a model's number can be gone when a referendum on it ends, and its key back under
        /// another.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::bar())]
        pub fn bar_key(origin: OriginFor<T>, digest: H256) -> DispatchResult {
            T::BarOrigin::ensure_origin(origin)?;
            Self::do_bar_key(digest)
        }

        /// Computes the cost of verifying proofs of `model` again. Anyone may call this; it changes something only after a runtime upgrade
        /// that measured the proof system anew.
        #[pallet::call_index(7)]
        #[pallet::weight(
            T::WeightInfo::register(T::MaxKeyBytes::get())
                .saturating_add(T::Verifier::check_key_weight(T::MaxKeyBytes::get()))
        )]
        pub fn refresh(origin: OriginFor<T>, model: ModelId) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let bytes = Self::do_refresh(model)?;
            let weight =
                T::WeightInfo::register(bytes).saturating_add(T::Verifier::check_key_weight(bytes));
            Ok(Some(weight).into())
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// A model's record. Its status is the one in force: barred if its key is.
        pub fn model(model: ModelId) -> Option<ModelOf<T>> {
            let mut record = Models::<T>::get(model)?;
            record.status = Self::status(&record);
            Some(record)
        }

        /// A model's verifying key.
        pub fn key(model: ModelId) -> Option<Vec<u8>> {
            Keys::<T>::get(model).map(BoundedVec::into_inner)
        }

        /// Whether a model with this key could be registered: `false` if governance has barred it.
        pub fn is_permitted(digest: H256) -> bool {
            !BarredKeys::<T>::contains_key(digest)
        }

        /// The deposit for a model with a key and metadata of so many bytes, metadata counted as encoded.
        pub fn deposit(key_bytes: u32, metadata_bytes: u32) -> Balance {
            Self::deposit_for(key_bytes, metadata_bytes)
        }
    }
}

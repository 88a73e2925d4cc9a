// SPDX-License-Identifier: Apache-2.0
//! A pallet that uses answers, as `docs/integrators.md` shows it, and its tests. The part between the two lines of dashes is the one
//! that the page quotes; a test keeps them equal.

// FRAME's macros make public what is only for this crate's tests.
#![allow(unreachable_pub)]

// ---- quoted in docs/integrators.md from here
#[frame_support::pallet]
pub mod classes {
    use assay_pallet_primitives::{JobId, OnSettled, Settlement};
    use frame_support::{pallet_prelude::*, weights::constants::WEIGHT_REF_TIME_PER_NANOS};
    use frame_system::pallet_prelude::*;

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The market's limit on the codes of all outputs of a job.
        type MaxOutputs: Get<u32>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Jobs whose answers somebody waits for.
    #[pallet::storage]
    pub type Awaited<T: Config> = StorageMap<_, Twox64Concat, JobId, T::AccountId>;

    /// The class of each answered job: the place of the largest output, the last one if several are equal.
    #[pallet::storage]
    pub type Classes<T: Config> = StorageMap<_, Twox64Concat, JobId, u32>;

    #[pallet::event]
    #[pallet::generate_deposit(fn deposit_event)]
    pub enum Event<T: Config> {
        /// An awaited job was answered.
        Classified {
            /// The job.
            job: JobId,
            /// The place of the largest output.
            class: u32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Somebody else waits for this job.
        AwaitedAlready,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Waits for the answer to a job.
        #[pallet::call_index(0)]
        #[pallet::weight(T::DbWeight::get().reads_writes(1, 1))]
        pub fn wait_for(origin: OriginFor<T>, job: JobId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            ensure!(!Awaited::<T>::contains_key(job), Error::<T>::AwaitedAlready);
            Awaited::<T>::insert(job, who);
            Ok(())
        }
    }

    impl<T: Config> OnSettled<T::AccountId> for Pallet<T> {
        fn on_settled(settlement: &Settlement<'_, T::AccountId>) {
            // Every settled job of the chain comes along here: leave at once unless it is ours.
            if Awaited::<T>::take(settlement.job).is_none() {
                return;
            }
            let Some(first) = settlement.outputs.first() else {
                return;
            };
            let largest = (0u32..).zip(first).max_by_key(|(_, code)| **code);
            if let Some((class, _)) = largest {
                Classes::<T>::insert(settlement.job, class);
                Self::deposit_event(Event::Classified {
                    job: settlement.job,
                    class,
                });
            }
        }

        fn weight() -> Weight {
            // Charged for each job of a proof before the proof is looked at, so it is the most that a call takes.
            let search =
                u64::from(T::MaxOutputs::get()).saturating_mul(10 * WEIGHT_REF_TIME_PER_NANOS);
            T::DbWeight::get()
                .reads_writes(1, 2)
                .saturating_add(Weight::from_parts(search, 0))
        }
    }
}
// ---- to here

use assay_pallet_primitives::{OnSettled, Settlement};
use frame_support::{assert_noop, assert_ok, construct_runtime, derive_impl, traits::ConstU32};
use sp_core::H256;
use sp_runtime::BuildStorage;

construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Consumer: classes,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = frame_system::mocking::MockBlock<Self>;
}

impl classes::Config for Runtime {
    type MaxOutputs = ConstU32<16>;
}

fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Runtime>::default().build_storage();
    let mut externalities = sp_io::TestExternalities::new(storage.unwrap());
    externalities.execute_with(|| {
        System::set_block_number(1);
        test();
    });
}

fn settle(job: u64, outputs: &[Vec<i32>]) {
    Consumer::on_settled(&Settlement {
        job,
        model: 0,
        requester: &1,
        provider: &2,
        input_hash: H256::zero(),
        outputs,
    });
}

#[test]
fn an_awaited_answer_becomes_a_class() {
    run(|| {
        assert_ok!(Consumer::wait_for(RuntimeOrigin::signed(1), 7));
        settle(7, &[vec![-5, 30, 2]]);
        assert_eq!(classes::Classes::<Runtime>::get(7), Some(1));
        System::assert_last_event(classes::Event::Classified { job: 7, class: 1 }.into());
        assert!(!classes::Awaited::<Runtime>::contains_key(7));
    });
}

#[test]
fn nobody_else_s_answers_are_touched() {
    run(|| {
        assert_ok!(Consumer::wait_for(RuntimeOrigin::signed(1), 7));
        settle(8, &[vec![1, 2]]);
        assert_eq!(classes::Classes::<Runtime>::iter().count(), 0);
        assert_noop!(
            Consumer::wait_for(RuntimeOrigin::signed(2), 7),
            classes::Error::<Runtime>::AwaitedAlready
        );
    });
}

#[test]
fn the_weight_covers_the_largest_answer() {
    run(|| {
        let weight = <Consumer as OnSettled<u64>>::weight();
        let nanoseconds = weight.ref_time() / 1_000;
        assert!(nanoseconds >= 16 * 10);
    });
}

#[test]
fn the_page_for_integrators_quotes_this_file() {
    let source = include_str!("consumer.rs");
    let quoted = source
        .split_once("quoted in docs/integrators.md from here\n")
        .and_then(|(_, rest)| rest.split_once("// ---- to here"))
        .map(|(quoted, _)| quoted.trim_end());
    let page = include_str!("../../../../docs/integrators.md");
    // The whole block, so that nothing else stands in it.
    assert!(page.contains(&format!("```rust\n{}\n```", quoted.unwrap())));
}

// SPDX-License-Identifier: Apache-2.0
//! Index, coefficient, shares.

use assay_pallet_primitives::{Concentration as Measures, Dimension, StakeRecorder, WorkRecorder};
use pallet_authorship::EventHandler;
use sp_runtime::Perbill;

use crate::{mock::*, *};

fn of(era: u32, dimension: Dimension) -> Measures {
    Concentration::concentration(era, dimension).unwrap()
}

fn percent(percent: u32) -> Perbill {
    Perbill::from_percent(percent)
}

#[test]
fn nothing_is_not_concentrated() {
    tell(|| {
        assert_eq!(of(0, Dimension::Work), Measures::default());
        assert_eq!(Concentration::largest(0, Dimension::Work), vec![]);
        assert_eq!(
            Concentration::share(0, Dimension::Work, &1),
            Some(Perbill::zero())
        );
        assert_eq!(Concentration::concentration(1, Dimension::Work), None);
    });
}

#[test]
fn one_party_alone_is_a_monopoly() {
    tell(|| {
        Concentration::note_settled(&1, 1_000);
        let expected = Measures {
            total: 1_000,
            parties: 1,
            hhi: Perbill::one(),
            nakamoto: Some(1),
        };
        assert_eq!(of(0, Dimension::Work), expected);
    });
}

#[test]
fn equal_parties_have_an_index_of_one_over_their_number() {
    tell(|| {
        for provider in 1..=4 {
            Concentration::note_settled(&provider, 250);
        }
        let expected = Measures {
            total: 1_000,
            parties: 4,
            hhi: percent(25),
            nakamoto: Some(3),
        };
        assert_eq!(of(0, Dimension::Work), expected);
    });
}

#[test]
fn shares_of_60_30_and_10_percent() {
    tell(|| {
        for (provider, work) in [(3, 10), (1, 40), (2, 30), (1, 20)] {
            Concentration::note_settled(&provider, work);
        }
        // 0.36 + 0.09 + 0.01
        let expected = Measures {
            total: 100,
            parties: 3,
            hhi: percent(46),
            nakamoto: Some(1),
        };
        assert_eq!(of(0, Dimension::Work), expected);
        let largest = vec![(1, percent(60)), (2, percent(30)), (3, percent(10))];
        assert_eq!(Concentration::largest(0, Dimension::Work), largest);
        assert_eq!(
            Concentration::share(0, Dimension::Work, &2),
            Some(percent(30))
        );
        assert_eq!(
            Concentration::share(0, Dimension::Work, &9),
            Some(Perbill::zero())
        );
    });
}

#[test]
fn half_is_not_more_than_half() {
    tell(|| {
        Concentration::note_settled(&1, 50);
        Concentration::note_settled(&2, 50);
        assert_eq!(of(0, Dimension::Work).nakamoto, Some(2));
        Concentration::note_settled(&1, 1);
        assert_eq!(of(0, Dimension::Work).nakamoto, Some(1));
    });
}

#[test]
fn the_list_of_the_largest_forgets_the_small() {
    tell(|| {
        for provider in 1..=8 {
            Concentration::note_settled(&provider, provider.into());
        }
        let listed: Vec<u64> = Concentration::largest(0, Dimension::Work)
            .into_iter()
            .map(|(who, _)| who)
            .collect();
        assert_eq!(listed, [8, 7, 6, 5]);
        // 8 + 7 + 6 of 36 are more than half.
        assert_eq!(of(0, Dimension::Work).nakamoto, Some(3));
        // A party outside returns as soon as it is large enough.
        Concentration::note_settled(&1, 100);
        assert_eq!(Concentration::largest(0, Dimension::Work)[0].0, 1);
    });
}

#[test]
fn a_coefficient_beyond_the_list_is_unknown_not_wrong() {
    tell(|| {
        for provider in 1..=20 {
            Concentration::note_settled(&provider, 10);
        }
        assert_eq!(of(0, Dimension::Work).nakamoto, None);
        assert_eq!(of(0, Dimension::Work).hhi, percent(5));
    });
}

#[test]
fn stake_can_shrink_and_a_doubtful_coefficient_is_not_given() {
    tell(|| {
        for (provider, stake) in [(1, 100), (2, 90), (3, 80), (4, 70), (5, 60)] {
            Concentration::note_stake(&provider, stake);
        }
        assert_eq!(of(0, Dimension::Stake).nakamoto, Some(3));
        // Four listed ones shrink below what was left out: a fifth, unlisted, may be larger.
        for provider in 1..=4 {
            Concentration::note_stake(&provider, 10 + u128::from(provider));
        }
        assert_eq!(of(0, Dimension::Stake).nakamoto, None);
        assert_eq!(of(0, Dimension::Stake).total, 110);
        // Once it is touched, it is known again.
        Concentration::note_stake(&5, 61);
        assert_eq!(of(0, Dimension::Stake).nakamoto, Some(1));
        for provider in 2..=5 {
            Concentration::note_stake(&provider, 0);
        }
        assert_eq!(of(0, Dimension::Stake).nakamoto, None);
        Concentration::note_stake(&1, 10);
        let expected = Measures {
            total: 10,
            parties: 1,
            hhi: Perbill::one(),
            nakamoto: Some(1),
        };
        assert_eq!(of(0, Dimension::Stake), expected);
    });
}

#[test]
fn work_and_blocks_begin_anew_in_each_era_and_stake_goes_on() {
    tell(|| {
        Concentration::note_settled(&1, 10);
        Concentration::note_stake(&1, 500);
        <Concentration as EventHandler<u64, u64>>::note_author(7);
        <Concentration as EventHandler<u64, u64>>::note_author(8);
        next_era();
        Concentration::note_stake(&1, 100);
        Concentration::note_stake(&2, 300);

        assert_eq!(of(0, Dimension::Work).total, 10);
        assert_eq!(
            (
                of(0, Dimension::Stake).total,
                of(0, Dimension::Stake).parties
            ),
            (500, 1)
        );
        assert_eq!(
            (
                of(0, Dimension::Blocks).total,
                of(0, Dimension::Blocks).parties
            ),
            (2, 2)
        );
        assert_eq!(of(1, Dimension::Work).total, 0);
        assert_eq!(of(1, Dimension::Stake).total, 400);
        assert_eq!(of(1, Dimension::Blocks).total, 0);
        assert_eq!(
            Concentration::share(1, Dimension::Stake, &2),
            Some(percent(75))
        );
        assert_eq!(
            Concentration::share(0, Dimension::Stake, &2),
            Some(Perbill::zero())
        );
        assert_eq!(
            Concentration::share(0, Dimension::Stake, &1),
            Some(Perbill::one())
        );
    });
}

#[test]
fn a_past_stake_outside_the_list_is_unknown() {
    tell(|| {
        for provider in 1..=5u64 {
            Concentration::note_stake(&provider, (provider * 10).into());
        }
        next_era();
        assert_eq!(Concentration::share(0, Dimension::Stake, &1), None);
        assert!(Concentration::share(0, Dimension::Stake, &5).is_some());
        assert_eq!(Concentration::share(2, Dimension::Stake, &5), None);
    });
}

#[test]
fn verification_is_spread_wide_while_execution_is_in_three_hands() {
    tell(|| {
        for block in 0..100u64 {
            <Concentration as EventHandler<u64, u64>>::note_author(100 + block % 4);
        }
        for (provider, work) in [(1, 500), (2, 300), (3, 199), (4, 1)] {
            Concentration::note_settled(&provider, work);
        }
        next_era();
        let (blocks, work) = (of(0, Dimension::Blocks), of(0, Dimension::Work));
        assert!(blocks.hhi < work.hhi);
        assert_eq!((blocks.nakamoto, work.nakamoto), (Some(3), Some(2)));
        let measured = System::events()
            .into_iter()
            .find_map(|record| match record.event {
                RuntimeEvent::Concentration(Event::EraMeasured {
                    era, work, blocks, ..
                }) => Some((era, work, blocks)),
                _ => None,
            });
        assert_eq!(measured, Some((0, work, blocks)));
    });
}

#[test]
fn amounts_of_any_size_are_measured() {
    tell(|| {
        let huge = u128::MAX / 4;
        for provider in 1..=4 {
            Concentration::note_settled(&provider, huge);
        }
        let measured = of(0, Dimension::Work);
        assert!(measured.hhi <= percent(25) && measured.hhi >= Perbill::from_parts(249_999_998));
        assert_eq!(measured.nakamoto, Some(3));
        Concentration::note_settled(&1, 0);
        assert_eq!(of(0, Dimension::Work).total, huge * 4);
    });
}

#[test]
#[should_panic(expected = "exceeds 128 bits")]
fn a_total_that_overflows_is_a_defect_elsewhere() {
    tell(|| {
        Concentration::note_settled(&1, u128::MAX);
        Concentration::note_settled(&2, 1);
    });
}

// SPDX-License-Identifier: Apache-2.0

//! What everybody can see of who does the work, has the stake and makes the blocks; and what clients ask.

use assay_pallet_primitives::{
    runtime_api::{
        runtime_decl_for_concentration_api::ConcentrationApi,
        runtime_decl_for_staking_api::StakingApi,
    },
    Dimension, EraIndex,
};
use assay_runtime::{AccountId, Balance, Block, BlockNumber, Runtime, RuntimeOrigin};
use frame_support::assert_ok;
use pallet_concentration::ShareCap;
use pallet_inference_market::runtime_api::runtime_decl_for_market_api::MarketApi;
use sp_keyring::Sr25519Keyring::Alice;
use sp_runtime::Perbill;

use super::world::*;
use crate::chain::account;

fn era() -> EraIndex {
    <Runtime as StakingApi<Block, AccountId, Balance, BlockNumber>>::current_era()
}

fn measured(era: EraIndex, dimension: Dimension) -> assay_pallet_primitives::Concentration {
    <Runtime as ConcentrationApi<Block, AccountId>>::concentration(era, dimension).expect("kept")
}

fn largest(era: EraIndex, dimension: Dimension) -> Vec<(AccountId, Perbill)> {
    <Runtime as ConcentrationApi<Block, AccountId>>::largest(era, dimension)
}

/// One job for `provider`, from posting to settlement.
fn job(world: &mut World, provider: sp_keyring::Sr25519Keyring, digits: &[usize]) {
    let job = world.post(digits);
    world.accept(provider, job);
    let proven = world.work(provider, &[job], digits);
    world.succeeds(provider, submit(&[job], &proven));
}

#[test]
fn concentration_of_work_stake_and_blocks_is_a_number_that_everyone_sees() {
    let mut world = World::new();
    let length = assay_runtime::genesis_config_presets::economic_parameters().era_length;
    // Into a new era, with all its blocks ahead.
    let present = world.chain.execute(now);
    world.chain.run(length - present % length);
    let during = world.chain.execute(era);
    // Two inputs cost as much work as two jobs of one.
    job(&mut world, PROVIDER, &[0, 1]);
    job(&mut world, PROVIDER, &[2]);
    job(&mut world, OTHER_PROVIDER, &[2]);
    assert_eq!(world.chain.execute(era), during);
    world.chain.execute(|| {
        let work = measured(during, Dimension::Work);
        assert_eq!((work.parties, work.nakamoto), (2, Some(1)));
        // 3/4 and 1/4 of the work: 9/16 + 1/16.
        assert_eq!(work.hhi, Perbill::from_rational(10u32, 16));
        assert_eq!(
            largest(during, Dimension::Work),
            [
                (account(PROVIDER), Perbill::from_percent(75)),
                (account(OTHER_PROVIDER), Perbill::from_percent(25)),
            ]
        );
        // Equal bonds.
        let stake = measured(during, Dimension::Stake);
        assert_eq!((stake.total, stake.parties), (2 * BOND, 2));
        assert_eq!(
            (stake.hhi, stake.nakamoto),
            (Perbill::from_percent(50), Some(2))
        );
    });
    world.chain.run(length);
    world.chain.execute(|| {
        assert_eq!(era(), during + 1);
        // The only collator made all blocks. The author of an era's first block is noted before the era begins.
        let blocks = measured(during, Dimension::Blocks);
        assert_eq!((blocks.total, blocks.parties), (u128::from(length), 1));
        assert_eq!((blocks.hhi, blocks.nakamoto), (Perbill::one(), Some(1)));
        let share = <Runtime as ConcentrationApi<Block, AccountId>>::share(
            during,
            Dimension::Blocks,
            account(Alice),
        );
        assert_eq!(share, Some(Perbill::one()));
        // The past stays as it was.
        assert_eq!(measured(during, Dimension::Work).parties, 2);
        assert_eq!(measured(during, Dimension::Stake).total, 2 * BOND);
    });
}

#[test]
fn governance_can_cap_a_providers_share() {
    let mut world = World::new();
    for provider in [PROVIDER, OTHER_PROVIDER] {
        job(&mut world, provider, &[0]);
    }
    let length = assay_runtime::genesis_config_presets::economic_parameters().era_length;
    world.chain.execute(|| {
        let cap = ShareCap {
            cap: Perbill::from_percent(50),
            min_active: 2,
            floor: 2,
        };
        let call = pallet_concentration::Pallet::<Runtime>::set_cap;
        assert!(call(RuntimeOrigin::signed(account(Alice)), Some(cap)).is_err());
        assert_ok!(call(RuntimeOrigin::root(), Some(cap)));
    });
    // The cap compares with past eras: half of two inputs an era.
    world.chain.run(length);
    let (two, one) = (world.post(&[0, 1]), world.post(&[0]));
    assert_eq!(
        world.call(PROVIDER, accept(two)),
        Err(pallet_concentration::Error::<Runtime>::ShareCapExceeded.into())
    );
    world.accept(PROVIDER, one);
}

#[test]
fn clients_see_the_job_as_it_goes() {
    type Api = Runtime;
    let open = || <Api as MarketApi<Block, AccountId, Balance, BlockNumber>>::open_jobs(MODEL, 10);
    let price = <Api as MarketApi<Block, AccountId, Balance, BlockNumber>>::current_price;
    let deadline = <Api as MarketApi<Block, AccountId, Balance, BlockNumber>>::proof_deadline;
    let can_accept = |who, job| {
        <Api as MarketApi<Block, AccountId, Balance, BlockNumber>>::can_accept(account(who), job)
    };
    let status = |who| {
        let who = account(who);
        <Api as StakingApi<Block, AccountId, Balance, BlockNumber>>::provider_status(who)
    };
    let mut world = World::new();
    let job = world.post(&[0, 1]);
    world.chain.execute(|| {
        let open = open();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].job, open[0].inputs, open[0].bounty), (job, 2, 0));
        assert_eq!(price(job), Some(open[0].price));
        let parts = <Api as StakingApi<Block, AccountId, Balance, BlockNumber>>::collateral(
            open[0].price,
            0,
        );
        assert_eq!(parts.0, open[0].collateral);
        assert!(parts.1 <= parts.0);
        assert!(can_accept(PROVIDER, job));
        assert!(!can_accept(REQUESTER, job), "not a provider");
        assert_eq!(deadline(job), None);
        assert!(status(REQUESTER).is_none());
        assert_eq!(status(PROVIDER).expect("a provider").open_jobs, 0);
    });
    world.accept(PROVIDER, job);
    world.chain.execute(|| {
        assert!(open().is_empty());
        assert_eq!(price(job), None);
        assert!(!can_accept(OTHER_PROVIDER, job));
        let grace = assay_runtime::genesis_config_presets::market_parameters().grace;
        assert_eq!(deadline(job), Some(now() + terms().proof_window + grace));
        let status = status(PROVIDER).expect("a provider");
        assert_eq!(status.open_jobs, 1);
        assert!(status.own_locked > 0);
    });
}

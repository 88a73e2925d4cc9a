// SPDX-License-Identifier: Apache-2.0
//
// A staker's story: delegates, earns, claims, undelegates, waits, withdraws, moves to another provider, loses with one that fails.
// docs/stakers.md walks through the same by hand.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Keyring } from '@polkadot/api';
import { connect } from './client.js';
import { ASY, CompiledModel, fixedPrice, percent, post, registerModel, registerProvider, submit } from './market.js';
import { DevelopmentNode } from './node.js';
import { BLOCK_PER_TRANSACTION, free, held, include, only, untilBlock } from './transactions.js';

const OWN_BOND = 3_000n * ASY;
const DELEGATION = 1_000n * ASY;
const PRICE = 10n * ASY;
const COMMISSION = percent(10);
const ROYALTY = percent(5);

let node;
let api;
let folder;
let owner, provider, other, careless, staker, requester, anyone;
/** The compiled model, and its number on the chain. */
let model, number;

before(async () => {
  node = await DevelopmentNode.start(BLOCK_PER_TRANSACTION);
  api = await connect(node.url);
  folder = await mkdtemp(join(tmpdir(), 'assay-staking-'));
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  // Not Alice: she makes the blocks and receives fees.
  [owner, provider, staker, requester, anyone] = ['Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'].map((name) =>
    keyring.addFromUri(`//${name}`),
  );
  [other, careless] = ['Charlie', 'Dave'].map((name) => keyring.addFromUri(`//${name}//stash`));
  model = await CompiledModel.compile('mnist-mlp', folder);
  number = await registerModel(api, owner, model, ROYALTY);
  await registerProvider(api, provider, OWN_BOND, COMMISSION);
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The staker's delegation to a provider; null if there is none. */
const status = async (of = provider) =>
  (await api.call.stakingApi.delegationStatus(of.address, staker.address)).unwrapOr(null);
const nextEra = async () => {
  const { end } = await api.query.verification.currentEra();
  await untilBlock(api, end.toNumber(), anyone);
};

/** `floor(part / 10^9 * amount)`. */
const share = (part, amount) => (BigInt(part) * amount) / 10n ** 9n;

/** What the delegators earn from a job, as pallet-verification's README says. */
async function delegatorsEarn(price) {
  const parameters = await api.query.verification.parameters();
  const rest = price - share(parameters.protocolFee.toNumber(), price);
  const work = rest - share(ROYALTY, rest);
  const earned = (work * DELEGATION) / (DELEGATION + OWN_BOND);
  return share(10 ** 9 - COMMISSION, earned);
}

/** Has the provider answer a job. */
async function settleJob() {
  const input = await model.digit();
  const { job } = await post(api, requester, number, model.pack(input), await fixedPrice(api, PRICE));
  await include(api, api.tx.inferenceMarket.accept(job, PRICE), provider);
  const context = { chainId: api.genesisHash.toHex(), jobs: [job], provider: provider.publicKey, inputs: [input] };
  const { events } = await submit(api, provider, number, [job], await model.prove(context));
  assert.equal(only(events, api.events.inferenceMarket.Settled).job.toBigInt(), job);
}

test('a staker delegates, earns, claims, undelegates, waits and withdraws', async (t) => {
  const atFirst = await free(api, staker);
  let paid = 0n;
  /** Sends a transaction of the staker, whose fee counts. */
  const staking = async (call) => {
    const included = await include(api, call, staker);
    paid += included.fee;
    return included;
  };

  await t.test('a delegation is held at once and active from the next era on', async () => {
    const { events } = await staking(api.tx.verification.delegate(provider.address, DELEGATION));
    const era = (await api.call.stakingApi.currentEra()).toNumber();
    const delegated = only(events, api.events.verification.Delegated);
    assert.equal(delegated.amount.toBigInt(), DELEGATION);
    assert.equal(delegated.era.toNumber(), era + 1);
    assert.equal(await held(api, staker, 'Verification', 'Delegation'), DELEGATION);
    assert.equal(await free(api, staker), atFirst - DELEGATION - paid);
    assert.equal((await status()).pending.toBigInt(), DELEGATION);
    assert.equal((await status()).active.toBigInt(), 0n);

    await nextEra();
    assert.equal((await status()).pending.toBigInt(), 0n);
    assert.equal((await status()).active.toBigInt(), DELEGATION);
  });

  await t.test('rewards grow with every settled job by the share that the chain promises', async () => {
    assert.equal((await status()).rewards.toBigInt(), 0n);
    const promised = await delegatorsEarn(PRICE);
    const rewards = [];
    for (const jobs of [1n, 2n]) {
      await settleJob();
      const now = (await status()).rewards.toBigInt();
      // A unit less for each job, at most: shares are rounded down.
      const missing = jobs * promised - now;
      assert.ok(missing >= 0n && missing <= jobs, `${now} of ${jobs * promised}`);
      rewards.push(now);
    }
    const [first, second] = rewards;
    assert.ok(first > 0n && second > first, `${first}, then ${second}`);
    assert.equal((await api.call.stakingApi.pendingRewards(provider.address, staker.address)).toBigInt(), second);

    const { events } = await staking(api.tx.verification.claim(provider.address));
    assert.equal(only(events, api.events.verification.RewardsClaimed).amount.toBigInt(), second);
    assert.equal(await free(api, staker), atFirst - DELEGATION - paid + second);
    assert.equal((await status()).rewards.toBigInt(), 0n);
  });

  await t.test('anybody may have the rewards paid out to the staker', async () => {
    await settleJob();
    const rewards = (await status()).rewards.toBigInt();
    const before = await free(api, staker);
    const claim = api.tx.verification.claimFor(provider.address, staker.address);
    const claimed = only((await include(api, claim, anyone)).events, api.events.verification.RewardsClaimed);
    assert.equal(claimed.delegator.toString(), staker.address);
    assert.equal(claimed.amount.toBigInt(), rewards);
    assert.equal(await free(api, staker), before + rewards);
    assert.equal((await status()).rewards.toBigInt(), 0n);
    await assert.rejects(include(api, claim, anyone), /verification\.NothingToClaim/);
  });

  await t.test('rewards can be delegated instead', async () => {
    await settleJob();
    const rewards = (await status()).rewards.toBigInt();
    const { events } = await staking(api.tx.verification.bondExtra(provider.address, 'Rewards'));
    assert.equal(only(events, api.events.verification.Delegated).amount.toBigInt(), rewards);
    assert.equal((await status()).rewards.toBigInt(), 0n);
    assert.equal((await status()).pending.toBigInt(), rewards);
    assert.equal(await held(api, staker, 'Verification', 'Delegation'), DELEGATION + rewards);
    await nextEra();
    assert.equal((await status()).active.toBigInt(), DELEGATION + rewards);
  });

  await t.test('what is undelegated leaves after the unbonding period and not before', async () => {
    const all = (await status()).active.toBigInt();
    const { events, number: block } = await staking(api.tx.verification.undelegate(provider.address, all));
    const undelegated = only(events, api.events.verification.Undelegated);
    assert.equal(undelegated.freed.toBigInt(), 0n);
    assert.equal(undelegated.unbonding.toBigInt(), all);

    const withdraw = api.tx.verification.withdraw(provider.address);
    const early = (await status()).unbonding;
    assert.equal(early.length, 1);
    const [amount, matures] = early[0];
    const { unbondingPeriod } = await api.query.verification.parameters();
    assert.equal(amount.toBigInt(), all);
    assert.equal(matures.toNumber(), block + unbondingPeriod.toNumber());
    await assert.rejects(include(api, withdraw, staker), /verification\.NothingToWithdraw/);
    assert.equal(await held(api, staker, 'Verification', 'Delegation'), all);

    // The transaction that comes next is in the block after this one, the first that pays out.
    await untilBlock(api, matures.toNumber() - 1, anyone);
    const before = await free(api, staker);
    const { events: paidOut, fee, number: last } = await include(api, withdraw, staker);
    assert.ok(last >= matures.toNumber());
    const withdrawn = only(paidOut, api.events.verification.Withdrawn);
    assert.equal(withdrawn.who.toString(), staker.address);
    assert.equal(withdrawn.amount.toBigInt(), all);
    assert.equal(await free(api, staker), before + all - fee);
    assert.equal(await held(api, staker, 'Verification', 'Delegation'), 0n);
    assert.equal(await status(), null, 'nothing is left of the delegation');
  });
});

test('what is not active yet can be taken back at once', async () => {
  await include(api, api.tx.verification.delegate(provider.address, DELEGATION), staker);
  const { events } = await include(api, api.tx.verification.undelegate(provider.address, DELEGATION), staker);
  const undelegated = only(events, api.events.verification.Undelegated);
  // An era may have begun between the two transactions; then it is on its way out instead.
  const [freed, unbonding] = [undelegated.freed.toBigInt(), undelegated.unbonding.toBigInt()];
  assert.equal(freed + unbonding, DELEGATION);
  assert.equal(await held(api, staker, 'Verification', 'Delegation'), unbonding);
});

test('stake moves to another provider without waiting, and stays at risk for the first', async () => {
  const { delegate, redelegate, undelegate } = api.tx.verification;
  const half = DELEGATION / 2n;
  await registerProvider(api, other, OWN_BOND, COMMISSION);
  await include(api, delegate(provider.address, DELEGATION), staker);
  await nextEra();
  const before = await held(api, staker, 'Verification', 'Delegation');
  assert.equal((await status()).active.toBigInt(), DELEGATION);

  const { events } = await include(api, redelegate(provider.address, other.address, half), staker);
  const moved = only(events, api.events.verification.Redelegated);
  assert.deepEqual([moved.from, moved.to].map(String), [provider.address, other.address]);
  assert.equal(moved.amount.toBigInt(), half);
  assert.equal((await status()).active.toBigInt(), DELEGATION - half);
  assert.equal((await status(other)).pending.toBigInt(), half);
  assert.equal(await held(api, staker, 'Verification', 'Delegation'), before);

  await nextEra();
  assert.equal((await status(other)).active.toBigInt(), half);
  for (const call of [undelegate(other.address, half), redelegate(other.address, provider.address, half)]) {
    await assert.rejects(include(api, call, staker), /verification\.StillAtRiskElsewhere/);
  }
  const more = redelegate(provider.address, other.address, half);
  await assert.rejects(include(api, more, staker), /verification\.RedelegationInProgress/);
});

test('delegators lose what the bond of a provider that misses a deadline does not cover', async () => {
  const { minSelfBond } = await api.query.verification.parameters();
  const bond = minSelfBond.toBigInt();
  const [delegated, minCollateral] = [5n * bond, 4n * bond];
  await registerProvider(api, careless, bond, COMMISSION);
  await include(api, api.tx.verification.delegate(careless.address, delegated), staker);
  await nextEra();

  const { shortestWindow } = (await api.call.marketApi.quote(number, 1)).unwrap();
  const terms = { ...(await fixedPrice(api, PRICE)), proofWindow: shortestWindow, minCollateral };
  const { job } = await post(api, requester, number, model.pack(await model.digit()), terms);
  const accepted = await include(api, api.tx.inferenceMarket.accept(job, PRICE), careless);
  const { last } = only(accepted.events, api.events.inferenceMarket.Accepted);
  // The chain ends the job by itself in the block after the last one.
  await untilBlock(api, last.toNumber() + 2, anyone);
  assert.ok((await api.query.verification.collateral(job)).isNone, 'the provider has lost the job');

  const lost = minCollateral - bond;
  assert.equal((await status(careless)).active.toBigInt(), delegated - lost);
  // The money goes when the delegation is next touched, which anybody may do.
  const before = await held(api, staker, 'Verification', 'Delegation');
  const apply = api.tx.verification.applySlash(careless.address, staker.address);
  const applied = only((await include(api, apply, anyone)).events, api.events.verification.SlashApplied);
  assert.equal(applied.delegator.toString(), staker.address);
  assert.equal(applied.amount.toBigInt(), lost);
  assert.equal(await held(api, staker, 'Verification', 'Delegation'), before - lost);
  await assert.rejects(include(api, apply, anyone), /verification\.NothingToApply/);
});

test('what is not possible is refused by name', async () => {
  const { delegate, undelegate } = api.tx.verification;
  const { minDelegation } = await api.query.verification.parameters();
  for (const [call, who, reason] of [
    [delegate(provider.address, minDelegation.toBigInt() - 1n), anyone, 'DelegationTooLow'],
    [delegate(anyone.address, minDelegation), staker, 'NotProvider'],
    [delegate(provider.address, minDelegation), provider, 'SelfDelegation'],
    [undelegate(provider.address, minDelegation), anyone, 'NoDelegation'],
    [undelegate(provider.address, 100n * DELEGATION), staker, 'InsufficientDelegation'],
  ]) {
    await assert.rejects(include(api, call, who), new RegExp(`verification\\.${reason}$`));
  }
});

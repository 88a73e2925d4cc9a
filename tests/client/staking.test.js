// SPDX-License-Identifier: Apache-2.0
//
// A staker's story: delegates, earns, undelegates, waits, withdraws. docs/stakers.md walks through the same by hand.

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
let owner, provider, staker, requester, anyone;

before(async () => {
  node = await DevelopmentNode.start(BLOCK_PER_TRANSACTION);
  api = await connect(node.url);
  folder = await mkdtemp(join(tmpdir(), 'assay-staking-'));
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  // Not Alice: she makes the blocks and receives fees.
  [owner, provider, staker, requester, anyone] = ['Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'].map((name) =>
    keyring.addFromUri(`//${name}`),
  );
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const status = async () => (await api.call.stakingApi.delegationStatus(provider.address, staker.address)).unwrapOr(null);
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

test('a staker delegates, earns, undelegates, waits and withdraws', async (t) => {
  const model = await CompiledModel.compile('mnist-mlp', folder);
  const number = await registerModel(api, owner, model, ROYALTY);
  await registerProvider(api, provider, OWN_BOND, COMMISSION);
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

  await t.test('a settled job earns the share that the chain promises', async () => {
    const input = await model.digit();
    const { job } = await post(api, requester, number, model.pack(input), await fixedPrice(api, PRICE));
    await include(api, api.tx.inferenceMarket.accept(job, PRICE), provider);
    assert.equal((await status()).rewards.toBigInt(), 0n);
    const chainId = api.genesisHash.toHex();
    const proven = await model.prove({ chainId, jobs: [job], provider: provider.publicKey, inputs: [input] });
    const { events } = await submit(api, provider, number, [job], proven);
    assert.equal(only(events, api.events.inferenceMarket.Settled).job.toBigInt(), job);

    const rewards = (await status()).rewards.toBigInt();
    const promised = await delegatorsEarn(PRICE);
    assert.ok(rewards > 0n && rewards <= promised && promised - rewards <= 1n, `${rewards} of ${promised}`);
    assert.equal((await api.call.stakingApi.pendingRewards(provider.address, staker.address)).toBigInt(), rewards);

    // Anybody may make the chain pay them out, to the staker.
    const before = await free(api, staker);
    const claim = api.tx.verification.claimFor(provider.address, staker.address);
    const claimed = only((await include(api, claim, anyone)).events, api.events.verification.RewardsClaimed);
    assert.equal(claimed.amount.toBigInt(), rewards);
    assert.equal(await free(api, staker), before + rewards);
    assert.equal((await status()).rewards.toBigInt(), 0n);
    paid -= rewards;
  });

  await t.test('what is undelegated leaves after the unbonding period and not before', async () => {
    const { events, number: block } = await staking(api.tx.verification.undelegate(provider.address, DELEGATION));
    const undelegated = only(events, api.events.verification.Undelegated);
    assert.equal(undelegated.freed.toBigInt(), 0n);
    assert.equal(undelegated.unbonding.toBigInt(), DELEGATION);

    const withdraw = api.tx.verification.withdraw(provider.address);
    const early = (await status()).unbonding;
    assert.equal(early.length, 1);
    const [amount, matures] = early[0];
    const { unbondingPeriod } = await api.query.verification.parameters();
    assert.equal(amount.toBigInt(), DELEGATION);
    assert.equal(matures.toNumber(), block + unbondingPeriod.toNumber());
    await assert.rejects(include(api, withdraw, staker), /verification\.NothingToWithdraw/);
    assert.equal(await held(api, staker, 'Verification', 'Delegation'), DELEGATION);

    // The transaction that comes next is in the block after this one, the first that pays out.
    await untilBlock(api, matures.toNumber() - 1, anyone);
    const before = await free(api, staker);
    const { events: paidOut, fee, number: last } = await include(api, withdraw, staker);
    assert.ok(last >= matures.toNumber());
    const withdrawn = only(paidOut, api.events.verification.Withdrawn);
    assert.equal(withdrawn.who.toString(), staker.address);
    assert.equal(withdrawn.amount.toBigInt(), DELEGATION);
    assert.equal(await free(api, staker), before + DELEGATION - fee);
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

test('too small a delegation is refused by name', async () => {
  const { minDelegation } = await api.query.verification.parameters();
  const call = api.tx.verification.delegate(provider.address, minDelegation.toBigInt() - 1n);
  await assert.rejects(include(api, call, staker), /verification\.DelegationTooLow/);
  const nobody = api.tx.verification.delegate(anyone.address, minDelegation);
  await assert.rejects(include(api, nobody, staker), /verification\.NotProvider/);
});

// SPDX-License-Identifier: Apache-2.0
//
// What any client of the chain relies on: blocks, metadata, balances, events.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Keyring } from '@polkadot/api';
import { connect, newBlocks, sendAndFinalize } from './client.js';
import { DevelopmentNode } from './node.js';

let node;
let api;
let alice;
let bob;
let dave;

before(async () => {
  node = await DevelopmentNode.start();
  api = await connect(node.url);
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  alice = keyring.addFromUri('//Alice');
  bob = keyring.addFromUri('//Bob');
  dave = keyring.addFromUri('//Dave');
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
});

test('blocks follow one another', async () => {
  const headers = await newBlocks(api, 4);
  for (let i = 1; i < headers.length; i++) {
    assert.equal(headers[i].number.toNumber(), headers[i - 1].number.toNumber() + 1);
    assert.ok(headers[i].parentHash.eq(headers[i - 1].hash));
  }
});

test('the metadata describes the chain', async () => {
  assert.equal(api.runtimeVersion.specName.toString(), 'assay');
  assert.deepEqual(api.registry.chainTokens, ['ASY']);
  assert.deepEqual(api.registry.chainDecimals, [12]);
  assert.equal(api.registry.chainSS58, 42);
  assert.equal(api.consts.system.ss58Prefix.toNumber(), 42);
  assert.equal((await api.query.parachainInfo.parachainId()).toNumber(), 2100);
  for (const pallet of ['balances', 'collatorSelection', 'referenda', 'convictionVoting', 'treasury', 'polkadotXcm']) {
    assert.ok(api.tx[pallet], `a call of the pallet ${pallet} can be made`);
  }
  assert.equal(api.tx.sudo, undefined, 'nobody holds a key to everything');
});

test('a transfer arrives, is paid for and is announced', async () => {
  const amount = 5n * 10n ** 12n;
  const free = async (account, at = api) => (await at.query.system.account(account.address)).data.free.toBigInt();
  // Alice makes the blocks and gets a part of the fees, so somebody else pays here.
  const [daveBefore, bobBefore] = await Promise.all([free(dave), free(bob)]);

  const transfer = api.tx.balances.transferKeepAlive(bob.address, amount);
  const { blockHash, events } = await sendAndFinalize(transfer, dave);

  const transfers = events.map(({ event }) => event).filter((event) => api.events.balances.Transfer.is(event));
  assert.equal(transfers.length, 1);
  const [from, to, moved] = transfers[0].data;
  assert.equal(from.toString(), dave.address);
  assert.equal(to.toString(), bob.address);
  assert.equal(moved.toBigInt(), amount);

  const paid = events.find(({ event }) => api.events.transactionPayment.TransactionFeePaid.is(event));
  const [payer, fee] = paid.event.data;
  assert.equal(payer.toString(), dave.address);
  assert.ok(fee.toBigInt() > 0n);

  const then = await api.at(blockHash);
  assert.equal(await free(bob, then), bobBefore + amount);
  assert.equal(await free(dave, then), daveBefore - amount - fee.toBigInt());
});

test('a transfer of more than there is fails and says why', async () => {
  const tooMuch = 10n ** 30n;
  const transfer = api.tx.balances.transferKeepAlive(bob.address, tooMuch);
  await assert.rejects(sendAndFinalize(transfer, alice), /Underflow|InsufficientBalance|FundsUnavailable/);
});

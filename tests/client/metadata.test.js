// SPDX-License-Identifier: Apache-2.0
//
// What polkadot.js shows of Assay's own pallets: every constant, error, event, call and runtime API by name, with its
// documentation, and with types that decode.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Keyring } from '@polkadot/api';
import { connect } from './client.js';
import { ASY, hex } from './market.js';
import { DevelopmentNode } from './node.js';
import { BLOCK_PER_TRANSACTION, include } from './transactions.js';

const PALLETS = ['ChainParameters', 'ModelRegistry', 'Verification', 'Concentration', 'InferenceMarket'];
/** It keeps in storage what other pallets have as constants. */
const WITHOUT_CONSTANTS = 'ChainParameters';
const APIS = {
  marketApi: ['openJobs', 'currentPrice', 'proofDeadline', 'quote', 'canAccept'],
  stakingApi: ['currentEra', 'providerStatus', 'delegationStatus', 'pendingRewards', 'collateral'],
  concentrationApi: ['concentration', 'largest', 'share'],
};

/** A name of the runtime as polkadot.js writes it. */
const camel = (name) => {
  const joined = name.toString().replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return joined.charAt(0).toLowerCase() + joined.slice(1);
};

let node;
let api;
let alice;

before(async () => {
  node = await DevelopmentNode.start(BLOCK_PER_TRANSACTION);
  api = await connect(node.url);
  alice = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');
  // The first block: so that there is something to measure.
  await include(api, api.tx.system.remark('0x'), alice);
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
});

/** Documentation as one text; fails without it. */
function documented(what, docs) {
  const text = docs.map((line) => line.toString().trim()).join(' ');
  assert.ok(text.length > 0, `${what} has no documentation`);
  return text;
}

/** The encoding of the default value of a type; fails unless that decodes to the same value. */
function encodedDefault(what, type) {
  const name = api.registry.createLookupType(type);
  const value = api.registry.createType(name);
  const again = api.registry.createType(name, value.toU8a());
  assert.equal(again.toHex(), value.toHex(), `${what}: ${name}`);
  return value.toU8a();
}

/**
 * Makes an event or a call as it stands in a block, its fields at their defaults, and has polkadot.js decode it: fails unless nothing of
 * it is left over, and each field has some bytes.
 */
function decoded(kind, pallet, { name, index, fields }) {
  const what = `${pallet.name}.${name}`;
  const values = fields.map((field) => encodedDefault(`${what}.${field.name.unwrap()}`, field.type));
  assert.ok(values.every((value) => value.length > 0), `${what} has a field without a value`);
  const bytes = Uint8Array.from(Buffer.concat([Buffer.of(pallet.index.toNumber(), index.toNumber()), ...values]));
  const value = api.registry.createType(kind, bytes);
  assert.equal(hex(value.toU8a()), hex(bytes), what);
  return value;
}

/** The variants of the type behind an entry of the metadata. */
const variants = (type) => api.registry.lookup.getSiType(type).def.asVariant.variants;

for (const name of PALLETS) {
  const section = camel(name);
  const pallet = () => {
    const found = api.registry.metadata.pallets.find((entry) => entry.name.toString() === name);
    assert.ok(found, `the runtime has the pallet ${name}`);
    return found;
  };

  test(`${name}: every constant has a name, a documentation and the value that the runtime gives`, () => {
    const { constants } = pallet();
    assert.equal(constants.length > 0, name !== WITHOUT_CONSTANTS);
    for (const constant of constants) {
      const what = `${name}.${constant.name}`;
      documented(what, constant.docs);
      const value = api.consts[section][camel(constant.name)];
      assert.ok(value, what);
      assert.equal(hex(value.toU8a()), hex(constant.value.toU8a(true)), what);
    }
  });

  test(`${name}: every error is found by its number, with its documentation`, () => {
    const { errors, index } = pallet();
    const list = variants(errors.unwrap().type);
    assert.ok(list.length > 0);
    for (const { name: error, index: number, docs } of list) {
      const what = `${name}.${error}`;
      const text = documented(what, docs);
      const found = api.registry.findMetaError({ index, error: new Uint8Array([number.toNumber(), 0, 0, 0]) });
      assert.equal(`${found.section}.${found.name}`, `${section}.${error}`);
      assert.equal(documented(what, found.docs), text);
      assert.ok(api.errors[section][error.toString()], what);
    }
  });

  test(`${name}: every event has documented fields with names, and decodes`, () => {
    const list = variants(pallet().events.unwrap().type);
    assert.ok(list.length > 0);
    for (const variant of list) {
      const { name: event, docs, fields } = variant;
      const what = `${name}.${event}`;
      documented(what, docs);
      for (const field of fields) {
        assert.ok(field.name.isSome, `a field of ${what} has no name`);
        documented(`${what}.${field.name.unwrap()}`, field.docs);
      }
      const value = decoded('Event', pallet(), variant);
      assert.ok(api.events[section][event.toString()].is(value), what);
      assert.equal(`${value.section}.${value.method}`, `${section}.${event}`);
      // polkadot.js writes a field whose name is a keyword with an underscore behind it: `new_`.
      const names = (value.data.names ?? []).map((shown) => shown.replace(/_$/, ''));
      assert.deepEqual(names, fields.map((field) => camel(field.name.unwrap())));
    }
  });

  test(`${name}: every call and every storage entry is documented, and its types decode`, () => {
    const { calls, storage } = pallet();
    for (const variant of variants(calls.unwrap().type)) {
      const { name: call, docs } = variant;
      const what = `${name}.${call}`;
      documented(what, docs);
      const value = decoded('Call', pallet(), variant);
      assert.ok(api.tx[section][camel(call)].is(value), what);
      assert.equal(`${value.section}.${value.method}`, `${section}.${camel(call)}`);
    }
    for (const { name: entry, docs, type } of storage.unwrap().items) {
      const what = `${name}.${entry}`;
      documented(what, docs);
      assert.ok(api.query[section][camel(entry)], what);
      encodedDefault(what, type.isPlain ? type.asPlain : type.asMap.value);
    }
  });
}

test('all runtime APIs for clients are there, with their documentation', () => {
  for (const [name, methods] of Object.entries(APIS)) {
    const found = api.registry.metadata.apis.find((entry) => camel(entry.name) === name);
    assert.ok(found, `the runtime has ${name}`);
    const names = found.methods.map((method) => camel(method.name));
    assert.deepEqual(names.sort(), [...methods].sort());
    for (const method of found.methods) {
      documented(`${name}.${method.name}`, method.docs);
      assert.equal(typeof api.call[name][camel(method.name)], 'function');
    }
  }
});

test('runtime APIs answer on a chain on which nothing has happened', async () => {
  const { marketApi, stakingApi, concentrationApi } = api.call;
  assert.equal((await marketApi.openJobs(0, 10)).length, 0);
  assert.ok((await marketApi.currentPrice(0)).isNone);
  assert.ok((await marketApi.proofDeadline(0)).isNone);
  assert.ok((await marketApi.quote(0, 1)).isNone);
  assert.ok((await marketApi.canAccept(alice.address, 0)).isFalse);

  const era = (await stakingApi.currentEra()).toNumber();
  assert.equal(era, (await api.query.verification.currentEra()).index.toNumber());
  assert.ok((await stakingApi.providerStatus(alice.address)).isNone);
  assert.ok((await stakingApi.delegationStatus(alice.address, alice.address)).isNone);
  assert.equal((await stakingApi.pendingRewards(alice.address, alice.address)).toBigInt(), 0n);

  assert.equal((await concentrationApi.concentration(era, 'Work')).unwrap().parties.toNumber(), 0);
  const blocks = (await concentrationApi.concentration(era, 'Blocks')).unwrap();
  assert.ok(blocks.total.toBigInt() > 0n, 'blocks are counted');
  assert.equal(blocks.parties.toNumber(), 1);
  assert.equal(blocks.hhi.toNumber(), 1_000_000_000);
  assert.equal(blocks.nakamoto.unwrap().toNumber(), 1);
  const [[largest, share]] = await concentrationApi.largest(era, 'Blocks');
  assert.equal(largest.toString(), alice.address);
  assert.equal(share.toNumber(), 1_000_000_000);
  assert.equal((await concentrationApi.share(era, 'Blocks', alice.address)).unwrap().toNumber(), 1_000_000_000);
  assert.ok((await concentrationApi.concentration(era + 1_000, 'Work')).isNone);
});

test('the collateral of a job is what the parameters say', async () => {
  const { collateralFloor, collateralRatio } = await api.query.verification.parameters();
  const max = (...amounts) => amounts.reduce((a, b) => (a > b ? a : b));
  for (const [price, least] of [
    [1n, 0n],
    [7n * ASY, 0n],
    [7n * ASY, 100n * ASY],
  ]) {
    const [total, own] = await api.call.stakingApi.collateral(price, least);
    // A fixed-point number with 18 decimals; the product rounds up.
    const byPrice = (price * collateralRatio.toBigInt() + 10n ** 18n - 1n) / 10n ** 18n;
    assert.equal(total.toBigInt(), max(collateralFloor.toBigInt(), byPrice, least));
    assert.ok(own.toBigInt() > 0n && own.toBigInt() <= total.toBigInt());
  }
});

// SPDX-License-Identifier: Apache-2.0
//
// A requester's story: posts jobs, reads their receipts, and checks an answer again with nothing but the chain's blocks.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Keyring } from '@polkadot/api';
import { connect } from './client.js';
import {
  ASY,
  CompiledModel,
  assay,
  contextOptions,
  fixedPrice,
  percent,
  post,
  registerModel,
  registerProvider,
  submit,
} from './market.js';
import { DevelopmentNode } from './node.js';
import { BLOCK_PER_TRANSACTION, allOf, free, held, include, only } from './transactions.js';

const PRICE = 2n * ASY;

let node;
let api;
let folder;
let owner, provider, requester, stranger;
let model, number;

before(async () => {
  node = await DevelopmentNode.start(BLOCK_PER_TRANSACTION);
  api = await connect(node.url);
  folder = await mkdtemp(join(tmpdir(), 'assay-receipt-'));
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  [owner, provider, requester, stranger] = ['Bob', 'Charlie', 'Eve', 'Ferdie'].map((name) =>
    keyring.addFromUri(`//${name}`),
  );
  model = await CompiledModel.compile('mnist-lenet', folder);
  number = await registerModel(api, owner, model, percent(5));
  await registerProvider(api, provider, 2_000n * ASY, percent(10));
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** What is held of the requester for jobs that have not ended. */
const heldForJobs = async () => {
  const reasons = ['Payment', 'JobDeposit', 'ExpiryRewards'];
  const sums = await Promise.all(reasons.map((reason) => held(api, requester, 'InferenceMarket', reason)));
  return sums.reduce((sum, amount) => sum + amount, 0n);
};

/** The call at a position that a receipt names. */
async function callAt({ block, index }) {
  const hash = await api.rpc.chain.getBlockHash(block.toNumber());
  const { extrinsics } = (await api.rpc.chain.getBlock(hash)).block;
  return extrinsics[index.unwrap().toNumber()].method;
}

test('one proof answers two jobs, and anybody can check the answers again from the blocks alone', async () => {
  const inputs = [await model.digit(), await model.digit(3)];
  const terms = await fixedPrice(api, PRICE);
  const quote = (await api.call.marketApi.quote(number, 1)).unwrap();
  const before = await free(api, requester);
  const posted = [];
  for (const input of inputs) posted.push(await post(api, requester, number, model.pack(input), terms));
  const jobs = posted.map(({ job }) => job);
  const fees = posted.reduce((sum, { fee }) => sum + fee, 0n);

  const perJob = PRICE + quote.jobDeposit.toBigInt() + quote.expiryRewards.toBigInt();
  assert.equal(await heldForJobs(), 2n * perJob);
  const open = await api.call.marketApi.openJobs(number, 10);
  assert.deepEqual(open.map(({ job }) => job.toBigInt()).sort(), jobs);
  assert.ok(open.every(({ price }) => price.toBigInt() === PRICE));
  assert.equal((await api.call.marketApi.currentPrice(jobs[0])).unwrap().toBigInt(), PRICE);
  assert.ok((await api.call.marketApi.canAccept(provider.address, jobs[0])).isTrue);

  for (const job of jobs) {
    const { events, number: block } = await include(api, api.tx.inferenceMarket.accept(job, PRICE), provider);
    const { last } = only(events, api.events.inferenceMarket.Accepted);
    assert.equal((await api.call.marketApi.proofDeadline(job)).unwrap().toNumber(), last.toNumber());
    assert.ok(last.toNumber() > block);
  }
  const context = { chainId: api.genesisHash.toHex(), jobs, provider: provider.publicKey };
  const proven = await model.prove({ ...context, inputs });
  const { events } = await submit(api, provider, number, jobs, proven);
  assert.ok(only(events, api.events.inferenceMarket.ProofChecked).outcome.isAccepted);
  const settled = allOf(events, api.events.inferenceMarket.Settled);
  assert.deepEqual(settled.map(({ job }) => job.toBigInt()), jobs);

  // The receipts say what the reference interpreter says, and what was paid.
  for (const [index, job] of jobs.entries()) {
    const receipt = (await api.query.inferenceMarket.receipts(job)).unwrap();
    assert.equal(receipt.requester.toString(), requester.address);
    assert.equal(receipt.provider.toString(), provider.address);
    assert.equal(receipt.model.toBigInt(), number);
    assert.equal(receipt.price.toBigInt(), PRICE);
    assert.deepEqual(receipt.outputs.map((code) => code.toNumber()), await model.infer(inputs[index]));
  }
  assert.equal(await heldForJobs(), 0n, 'what was not spent is free again');
  const receiptDeposit = quote.receiptDeposit.toBigInt();
  const spent = 2n * (PRICE + quote.postingFee.toBigInt() + receiptDeposit) + fees;
  assert.equal(await free(api, requester), before - spent);

  // Again without the chain's state: key, inputs and proof are in the blocks that the receipt names.
  const receipt = (await api.query.inferenceMarket.receipts(jobs[0])).unwrap();
  const [key] = (await callAt(receipt.registered)).args;
  const [ids, outputs, proof] = (await callAt(receipt.settled)).args;
  const codes = [];
  for (const id of ids) {
    const { posted } = (await api.query.inferenceMarket.receipts(id)).unwrap();
    const [, packed] = (await callAt(posted)).args;
    codes.push([...packed.toU8a(true)].map((byte) => byte + model.low));
  }
  assert.deepEqual(codes, inputs);
  const each = outputs.length / ids.length;
  const answers = codes.map((_, index) => outputs.slice(index * each, (index + 1) * each).map((code) => code.toNumber()));
  const file = (name) => join(folder, name);
  const write = async (answers) => {
    const document = { prove_ms: 0, proof_bytes: 0, output: [], codes: answers };
    await writeFile(file('output.json'), JSON.stringify(document));
  };
  await writeFile(file('key.vk'), key.toU8a(true));
  await writeFile(file('proof.bin'), proof.toU8a(true));
  await writeFile(file('input.json'), JSON.stringify({ input_codes: codes }));
  const files = ['--input', file('input.json'), '--output', file('output.json'), '--proof', file('proof.bin')];
  const again = ['verify', file('key.vk'), ...contextOptions(context), ...files];
  await write(answers);
  assert.equal((await assay(again)).valid, true);
  answers[0][0] += 1;
  await write(answers);
  await assert.rejects(assay(again), { code: 1 }, 'another answer does not pass');
});

test('a proof that fails is an outcome: it costs collateral, and the job is answered after it', async () => {
  const input = await model.digit(7);
  const { job } = await post(api, requester, number, model.pack(input), await fixedPrice(api, PRICE));
  await include(api, api.tx.inferenceMarket.accept(job, PRICE), provider);
  const context = { chainId: api.genesisHash.toHex(), jobs: [job], provider: provider.publicKey };
  const { outputs, proof } = await model.prove({ ...context, inputs: [input] });
  const collateral = (await api.query.verification.collateral(job)).unwrap().total.toBigInt();
  const bond = async () => (await api.call.stakingApi.providerStatus(provider.address)).unwrap().ownBond.toBigInt();
  const before = await bond();

  const lie = outputs.map((codes) => codes.map((code, index) => (index === 0 ? code + 1 : code)));
  const { events } = await submit(api, provider, number, [job], { outputs: lie, proof });
  assert.ok(only(events, api.events.inferenceMarket.ProofChecked).outcome.isRejected);
  assert.equal(allOf(events, api.events.inferenceMarket.Settled).length, 0);
  const slashed = only(events, api.events.verification.Slashed);
  assert.ok(slashed.fault.isInvalidProof);
  const { invalidProofShare } = await api.query.verification.parameters();
  const lost = slashed.outcome.own.toBigInt();
  assert.equal(lost, (collateral * invalidProofShare.toBigInt()) / 10n ** 9n);
  assert.equal(await bond(), before - lost);

  const after = await submit(api, provider, number, [job], { outputs, proof });
  assert.equal(only(after.events, api.events.inferenceMarket.Settled).job.toBigInt(), job);
});

test('a proof is worth nothing to another account', async () => {
  const input = await model.digit(9);
  const { job } = await post(api, requester, number, model.pack(input), await fixedPrice(api, PRICE));
  await include(api, api.tx.inferenceMarket.accept(job, PRICE), provider);
  const context = { chainId: api.genesisHash.toHex(), jobs: [job], provider: provider.publicKey };
  const proven = await model.prove({ ...context, inputs: [input] });
  // The pool may refuse it, as from an account that holds no such job, or the call fails for the same reason.
  await assert.rejects(submit(api, stranger, number, [job], proven), /inferenceMarket\.NotHolder|Invalid Transaction/);
  const { events } = await submit(api, provider, number, [job], proven);
  assert.equal(only(events, api.events.inferenceMarket.Settled).provider.toString(), provider.address);
});

test('a job in auction can be cancelled, and everything held returns', async () => {
  const before = await heldForJobs();
  const { job } = await post(api, requester, number, model.pack(await model.digit()), await fixedPrice(api, PRICE));
  assert.ok((await heldForJobs()) > before);
  await assert.rejects(include(api, api.tx.inferenceMarket.cancel(job), stranger), /inferenceMarket\.NotRequester/);
  const { events } = await include(api, api.tx.inferenceMarket.cancel(job), requester);
  assert.ok(only(events, api.events.inferenceMarket.Ended).reason.isCancelled);
  assert.equal(await heldForJobs(), before);
});

test('what is wrong with a job is said by name', async () => {
  const packed = model.pack(await model.digit());
  const terms = await fixedPrice(api, PRICE);
  const posting = (model, inputs, terms) => include(api, api.tx.inferenceMarket.post(model, inputs, terms), requester);
  await assert.rejects(posting(number, packed.slice(0, -2), terms), /inferenceMarket\.WrongInputShape/);
  await assert.rejects(posting(number, packed, { ...terms, startPrice: 0 }), /inferenceMarket\.PriceOutOfRange/);
  await assert.rejects(posting(number, packed, { ...terms, proofWindow: 1 }), /inferenceMarket\.ProofWindowOutOfRange/);
  await assert.rejects(posting(number + 1n, packed, terms), /modelRegistry\.UnknownModel/);
  const { job } = await post(api, requester, number, packed, terms);
  const accept = api.tx.inferenceMarket.accept(job, PRICE);
  await assert.rejects(include(api, accept, stranger), /verification\.NotProvider/);
  await assert.rejects(include(api, api.tx.inferenceMarket.accept(job, PRICE + 1n), provider), /inferenceMarket\.PriceTooLow/);
});

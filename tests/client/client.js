// SPDX-License-Identifier: Apache-2.0
//
// What every test does with polkadot.js: connect, wait for blocks, sign and wait for the outcome.

import { ApiPromise, WsProvider } from '@polkadot/api';

/** Milliseconds that the chain may take for what takes it a second or two. It ends what hangs. */
const PATIENCE = 300_000;

/**
 * Connects to a node. polkadot.js decodes the runtime's metadata on the way, so this fails where it cannot.
 *
 * @param {string} url
 * @returns {Promise<ApiPromise>}
 */
export function connect(url) {
  return ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true, throwOnConnect: true });
}

/**
 * Rejects when a promise takes too long.
 *
 * @template T
 * @param {string} what what is waited for, for the message
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export function withPatience(what, promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/**
 * Resolves to `count` headers of consecutive new blocks.
 *
 * @param {ApiPromise} api
 * @param {number} count
 */
export async function newBlocks(api, count) {
  let unsubscribe;
  const headers = [];
  const seen = new Promise((resolve, reject) => {
    api.rpc.chain
      .subscribeNewHeads((header) => {
        headers.push(header);
        if (headers.length === count) resolve();
      })
      .then((stop) => (unsubscribe = stop), reject);
  });
  await withPatience(`${count} blocks`, seen);
  unsubscribe?.();
  return headers.slice(0, count);
}

/**
 * Signs and sends a transaction and resolves, once it is final, to its block's hash and its events. Rejects when it
 * is dropped, or dispatched with an error.
 *
 * On a development chain every block is final at once, so a transaction's status goes from Ready to Finalized: whoever
 * waits for InBlock waits for ever.
 *
 * @param {import('@polkadot/api/types').SubmittableExtrinsic<'promise'>} transaction
 * @param {import('@polkadot/keyring/types').KeyringPair} signer
 */
export async function sendAndFinalize(transaction, signer) {
  let unsubscribe;
  const outcome = new Promise((resolve, reject) => {
    transaction
      .signAndSend(signer, ({ status, events, dispatchError, isError }) => {
        if (dispatchError) reject(new Error(describe(transaction, dispatchError)));
        else if (isError) reject(new Error(`the transaction ended as ${status.type}`));
        else if (status.isFinalized) resolve({ blockHash: status.asFinalized, events });
      })
      .then((stop) => (unsubscribe = stop), reject);
  });
  try {
    return await withPatience('the transaction', outcome);
  } finally {
    unsubscribe?.();
  }
}

/** A dispatch error in the runtime's words, for example `balances.InsufficientBalance`. */
export function describe(transaction, error) {
  if (!error.isModule) return error.toString();
  const { section, name } = transaction.registry.findMetaError(error.asModule);
  return `${section}.${name}`;
}

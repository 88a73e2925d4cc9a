// SPDX-License-Identifier: Apache-2.0
//
// Transactions on a node that makes a block for each of them (`--instant-seal`). There a deadline in blocks passes only
// when a test says so, however slow the machine is: nothing here waits for time to pass.

import { describe, withPatience } from './client.js';

/** Options of a node that makes a block when there is a transaction, and at no other time. */
export const BLOCK_PER_TRANSACTION = ['--instant-seal'];

/** The most blocks that a test lets pass at once: one that waits for more has a wrong idea of the chain's periods. */
const MOST_BLOCKS = 500;

/**
 * Signs and sends a transaction and resolves, once it is in a block, to that block and to the transaction's events.
 *
 * @param {import('@polkadot/api').ApiPromise} api
 * @param {import('@polkadot/api/types').SubmittableExtrinsic<'promise'>} transaction
 * @param {import('@polkadot/keyring/types').KeyringPair} signer
 * @returns {Promise<{ blockHash, number: number, events: import('@polkadot/types/interfaces').Event[], fee: bigint }>}
 */
export async function include(api, transaction, signer) {
  let unsubscribe;
  const outcome = new Promise((resolve, reject) => {
    transaction
      .signAndSend(signer, ({ status, events, dispatchError, isError }) => {
        if (dispatchError) reject(new Error(describe(transaction, dispatchError)));
        else if (isError) reject(new Error(`the transaction ended as ${status.type}`));
        // With a timer instead of --instant-seal a block is final at once, and InBlock is never seen.
        else if (status.isInBlock) resolve({ blockHash: status.asInBlock, events });
        else if (status.isFinalized) resolve({ blockHash: status.asFinalized, events });
      })
      .then((stop) => (unsubscribe = stop), reject);
  });
  try {
    const { blockHash, events } = await withPatience('the transaction', outcome);
    const number = (await api.rpc.chain.getHeader(blockHash)).number.toNumber();
    const list = events.map(({ event }) => event);
    const paid = list.find((event) => api.events.transactionPayment.TransactionFeePaid.is(event));
    return { blockHash, number, events: list, fee: paid ? paid.data.actualFee.toBigInt() : 0n };
  } finally {
    unsubscribe?.();
  }
}

/**
 * The data of the events of one kind, for example of `api.events.verification.Delegated`.
 *
 * @param {import('@polkadot/types/interfaces').Event[]} events
 * @param {{ is(event): boolean }} kind
 */
export function allOf(events, kind) {
  return events.filter((event) => kind.is(event)).map((event) => event.data);
}

/** The data of the one event of a kind; throws when there is none, or more than one. */
export function only(events, kind) {
  const found = allOf(events, kind);
  if (found.length !== 1) {
    const names = events.map(({ section, method }) => `${section}.${method}`).join(', ');
    throw new Error(`one ${kind.meta.name} was expected, there are ${found.length} among: ${names}`);
  }
  return found[0];
}

/** The number of the best block. */
export async function height(api) {
  return (await api.rpc.chain.getHeader()).number.toNumber();
}

/**
 * Makes blocks until the best one has at least this number.
 *
 * @param {import('@polkadot/api').ApiPromise} api
 * @param {number} number
 * @param {import('@polkadot/keyring/types').KeyringPair} signer pays for the transactions that make them
 */
export async function untilBlock(api, number, signer) {
  const start = await height(api);
  if (number - start > MOST_BLOCKS) throw new Error(`block ${number} is ${number - start} blocks away`);
  for (let now = start; now < number; ) {
    const block = await include(api, api.tx.system.remark('0x'), signer);
    now = block.number;
  }
}

/** The free balance of an account, in the smallest unit. */
export async function free(api, account) {
  return (await api.query.system.account(account.address)).data.free.toBigInt();
}

/**
 * What is held of an account for one reason of one pallet, for example `('Verification', 'Delegation')`; 0 if nothing.
 *
 * @returns {Promise<bigint>}
 */
export async function held(api, account, pallet, reason) {
  const holds = await api.query.balances.holds(account.address);
  const own = holds.filter(({ id }) => id.type === pallet && id.inner.type === reason);
  return own.reduce((sum, { amount }) => sum + amount.toBigInt(), 0n);
}

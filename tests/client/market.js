// SPDX-License-Identifier: Apache-2.0
//
// What a model owner, a requester and a provider do, with polkadot.js for the chain and the `assay` command line for
// models and proofs. No worker takes part, so that these tests say which call does what.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { include, only } from './transactions.js';

const MODELS = join(dirname(fileURLToPath(import.meta.url)), '../../examples/models');

/** Milliseconds that one command may take. Far more than it needs: it ends what hangs. */
const PATIENCE = 300_000;

/** One ASY in the smallest unit. */
export const ASY = 10n ** 12n;

/** Bytes as the chain's clients write them. polkadot.js would take a Uint8Array for an encoding with its length in front. */
export const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;

/** A part, in percent, as the chain writes it: parts per billion. */
export const percent = (value) => value * 10_000_000;

/**
 * Runs `assay --json` and resolves to what it prints. Rejects with its exit status as `code` when that isn't 0.
 *
 * @param {string[]} options
 */
export async function assay(options) {
  const binary = process.env.ASSAY_CLI;
  if (!binary) throw new Error('set ASSAY_CLI to the path of assay, or run scripts/client-test.sh');
  const limits = { timeout: PATIENCE, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(binary, ['--json', ...options], limits);
  return JSON.parse(stdout);
}

/** A compiled model on disk, and the numbers of its inputs. */
export class CompiledModel {
  /**
   * Compiles one of the example models into a folder.
   *
   * @param {string} name for example `mnist-mlp`
   * @param {string} folder
   */
  static async compile(name, folder) {
    const model = new CompiledModel();
    model.name = name;
    model.folder = join(folder, name);
    const samples = ['--samples', join(MODELS, 'mnist-calibration.npz')];
    await assay(['model', 'compile', join(MODELS, name, 'model.onnx'), ...samples, '-o', model.folder]);
    const { input } = JSON.parse(await readFile(join(model.folder, 'model.json'), 'utf8'));
    model.low = input.low;
    model.high = input.high;
    model.scale = Buffer.from(input.scale_bits.replace(/^0x/, ''), 'hex').readDoubleBE();
    return model;
  }

  /** The verifying key, as the chain takes it. */
  async key() {
    return hex(await readFile(join(this.folder, 'model.vk')));
  }

  /** SHA-256 of the file of weights. */
  async weightsHash() {
    const bytes = await readFile(join(this.folder, 'parameters.bin'));
    return hex(createHash('sha256').update(bytes).digest());
  }

  /** The input codes of the example digit, a handwritten 7, brightened by so many codes to have other inputs too. */
  async digit(brighter = 0) {
    const { input_data } = JSON.parse(await readFile(join(MODELS, 'mnist-digits/digit-7.json'), 'utf8'));
    const clamp = (code) => Math.min(this.high, Math.max(this.low, code));
    return input_data[0].map((value) => clamp(Math.round(value / this.scale) + brighter));
  }

  /** Codes as the chain takes them: offsets from the lowest code, a byte each. */
  pack(codes) {
    if (this.high - this.low > 255) throw new Error('these tests pack codes of one byte');
    return hex(Uint8Array.from(codes, (code) => code - this.low));
  }

  /** Writes a file with real inputs which the command line turns into exactly these codes. */
  async #inputFile(codes, name) {
    const path = join(this.folder, `${name}.json`);
    await writeFile(path, JSON.stringify({ input_data: [codes.map((code) => code * this.scale)] }));
    return path;
  }

  /** The output codes of an input, by the reference interpreter. */
  async infer(codes) {
    const { codes: outputs } = await assay(['infer', this.folder, '--input', await this.#inputFile(codes, 'infer')]);
    return outputs[0];
  }

  /**
   * Proves the outputs of some inputs, one a job.
   *
   * @returns {Promise<{ outputs: number[][], proof: Uint8Array }>}
   */
  async prove({ chainId, jobs, provider, inputs }) {
    const files = await Promise.all(inputs.map((codes, index) => this.#inputFile(codes, `input-${index}`)));
    const file = join(this.folder, 'proof.bin');
    const context = contextOptions({ chainId, jobs, provider });
    const { codes } = await assay(['prove', this.folder, '-o', file, ...context, '--input', ...files]);
    return { outputs: codes, proof: await readFile(file) };
  }
}

/** What binds a proof to its place, as options of `assay prove` and `assay verify`. */
export function contextOptions({ chainId, jobs, provider }) {
  const options = ['--chain-id', chainId.replace(/^0x/, ''), '--provider', hex(provider).slice(2)];
  for (const job of jobs) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(job));
    options.push('--job', bytes.toString('hex'));
  }
  return options;
}

/** Registers a model and resolves to its number. */
export async function registerModel(api, owner, model, royalty) {
  const metadata = {
    name: model.name,
    licence: 'Apache-2.0',
    weightsUri: 'https://example.org/weights',
    weightsHash: await model.weightsHash(),
  };
  const call = api.tx.modelRegistry.register(await model.key(), metadata, royalty);
  const { events } = await include(api, call, owner);
  return only(events, api.events.modelRegistry.Registered).model.toBigInt();
}

/** Registers a provider with this bond and commission. */
export function registerProvider(api, provider, bond, commission) {
  return include(api, api.tx.verification.register('0x', commission, bond), provider);
}

/** The terms of a job at a fixed price, with the longest proof window that the chain allows. */
export async function fixedPrice(api, price) {
  const parameters = await api.query.inferenceMarket.parameters();
  return {
    startPrice: price,
    maxPrice: price,
    ramp: 0,
    auction: parameters.maxAuction,
    proofWindow: parameters.maxProofWindow,
    minCollateral: 0,
  };
}

/** Posts a job and resolves to its number and to what its transaction did. */
export async function post(api, requester, model, packed, terms) {
  const posted = await include(api, api.tx.inferenceMarket.post(model, packed, terms), requester);
  const job = only(posted.events, api.events.inferenceMarket.Posted).job.toBigInt();
  return { job, ...posted };
}

/** Submits a proof for jobs with one input each, with the weight limit that the chain quotes. */
export async function submit(api, provider, model, jobs, { outputs, proof }) {
  const quote = (await api.call.marketApi.quote(model, jobs.length)).unwrap();
  const call = api.tx.inferenceMarket.submitProof(jobs, outputs.flat(), hex(proof), quote.verificationWeight);
  return include(api, call, provider);
}

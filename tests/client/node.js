// SPDX-License-Identifier: Apache-2.0
//
// A fresh development node for a test: starts `assay-node --dev` on ports that the system chooses, finds out which,
// and ends it so that neither a process nor a file of it remains.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Milliseconds that a node may take to start or to end. Far more than it needs: it ends what hangs. */
const PATIENCE = 600_000;

/** How many of its last log lines a node that failed shows. */
const LOG_LINES = 40;

export class DevelopmentNode {
  #process;
  #folder;
  #log = [];

  /** The address of its JSON-RPC server, for example `ws://127.0.0.1:40123`. */
  url;

  /**
   * Starts a node and waits until it serves JSON-RPC.
   *
   * @param {string[]} options more command line options
   * @returns {Promise<DevelopmentNode>}
   */
  static async start(options = []) {
    const binary = process.env.ASSAY_NODE;
    if (!binary) {
      throw new Error('set ASSAY_NODE to the path of assay-node, or run scripts/client-test.sh');
    }
    const node = new DevelopmentNode();
    node.#folder = await mkdtemp(join(tmpdir(), 'assay-client-'));
    const ports = ['--rpc-port', '0', '--port', '0', '--no-prometheus'];
    node.#process = spawn(binary, ['--dev', '--base-path', node.#folder, ...ports, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // However the tests end, the node does not outlive them.
    const kill = () => node.#process.kill('SIGKILL');
    process.once('exit', kill);
    node.#process.once('exit', () => process.off('exit', kill));
    try {
      node.url = await node.#address();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  /** Resolves to the address that the node prints; rejects when it ends or stays silent. */
  #address() {
    return new Promise((resolve, reject) => {
      const fail = (reason) => reject(new Error(`the node ${reason}:\n${this.#log.join('\n')}`));
      const timer = setTimeout(() => fail('does not serve JSON-RPC'), PATIENCE);
      this.#process.once('error', reject);
      this.#process.once('exit', (code, signal) => fail(`ended (${signal ?? `status ${code}`})`));
      this.#process.once('exit', () => clearTimeout(timer));
      createInterface({ input: this.#process.stderr }).on('line', (line) => {
        this.#log.push(line);
        this.#log.splice(0, this.#log.length - LOG_LINES);
        const address = /Running JSON-RPC server: addr=([^,\s]+)/.exec(line);
        if (address) {
          clearTimeout(timer);
          resolve(`ws://${address[1]}`);
        }
      });
    });
  }

  /** Ends the node, waits until it is gone, and deletes what it wrote. */
  async stop() {
    const child = this.#process;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await gone;
      clearTimeout(timer);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

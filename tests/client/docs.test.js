// SPDX-License-Identifier: Apache-2.0
//
// The commands in the documentation, that is, in every tracked Markdown file. A fenced block of shell commands is marked
// behind its language:
//
//   ```sh offline   runs here, in a folder of its own for each page, where `examples` is the repository's
//   ```sh network   needs a chain, a machine or files of one's own
//   ```sh build     compiles, trains or downloads: it takes too long for here
//
// Of every line of every block that begins with one of our programs, the program itself says whether it knows the
// subcommand and the options: parsing stops at `--help`, after everything before it was found to be right. Targets of
// make and files in scripts/ must exist wherever a page names them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Milliseconds that one page's commands may take. Far more than they need: it ends what hangs. */
const PATIENCE = 600_000;

/** Our programs, and the variables of the environment that say where they are. */
const PROGRAMS = { assay: 'ASSAY_CLI', 'assay-worker': 'ASSAY_WORKER', 'assay-node': 'ASSAY_NODE' };

/** What may stand behind a block's language. */
const MARKS = /^(offline|network|build)$/;

const run = promisify(execFile);

function binary(program) {
  const path = process.env[PROGRAMS[program]];
  if (!path) throw new Error(`set ${PROGRAMS[program]} to the path of ${program}, or run scripts/client-test.sh`);
  return path;
}

/** All pages of the documentation. */
async function pages() {
  const { stdout } = await run('git', ['ls-files', '-z', '*.md'], { cwd: ROOT });
  return stdout.split('\0').filter((name) => name.length > 0);
}

/** The fenced blocks of shell commands: what stands behind `sh`, and the text without the fence's indentation. */
function shellBlocks(page) {
  const blocks = [];
  const fence = /^( *)```sh\b *(.*)\n([\s\S]*?)^\1```/gm;
  for (const [, indent, mark, text] of page.matchAll(fence)) {
    const lines = text.split('\n').map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ mark: mark.trim(), text: lines.join('\n') });
  }
  return blocks;
}

/** The commands of a line, each as its words; quotes group, comments and what follows a redirection are left out. */
function commands(line) {
  const list = [[]];
  for (const [word] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (word.startsWith('#')) break;
    if (/^(\||\|\||&&|;|&)$/.test(word)) list.push([]);
    else list.at(-1).push(word.replace(/'([^']*)'|"([^"]*)"/g, (_, one, two) => one ?? two));
  }
  return list.map((words) => {
    const end = words.findIndex((word) => /^\d?[<>]/.test(word));
    return end < 0 ? words : words.slice(0, end);
  });
}

/** The calls in a text of shell commands, each as the program's name without its folder, and its arguments. */
function allCalls(text) {
  const lines = text.replace(/\\\n\s*/g, ' ').split('\n');
  return lines
    .flatMap((line) => commands(line.trim()))
    .map((list) => list.slice(list.findIndex((word) => !/^\w+=/.test(word))))
    .filter((list) => list.length > 0)
    .map(([program, ...words]) => [basename(program), ...words]);
}

/** Those of our programs. */
const calls = (text) => allCalls(text).filter(([program]) => program in PROGRAMS);

/** The targets of make that a page names: in its blocks, and anywhere between quotes. */
function makeTargets(page) {
  const inBlocks = shellBlocks(page).flatMap(({ text }) => allCalls(text).filter(([program]) => program === 'make'));
  const inQuotes = [...page.matchAll(/[`']make\s+([^`']+)[`']/g)].map(([, words]) => ['make', ...words.split(/\s+/)]);
  // The rest are options, and variables that are set.
  const targets = [...inBlocks, ...inQuotes].flatMap(([, ...words]) => words.filter((word) => /^\w[\w-]*$/.test(word)));
  return [...new Set(targets)];
}

/** The files in scripts/ that a page names. */
const scripts = (page) => [...new Set([...page.matchAll(/(?<![\w/])scripts\/[\w./-]*\w/g)].map(([path]) => path))];

/** The targets of a Makefile. */
const targetsOf = (makefile) => [...makefile.matchAll(/^([\w-]+):/gm)].map(([, target]) => target);

/** Stands for an address that the reader fills in: a word that ends in ADDRESS. */
const SOME_ADDRESS = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';

/** Asks a program whether it understands a call. */
async function parses([program, ...words]) {
  const options = words.map((word) => (/^[A-Z_]*ADDRESS$/.test(word) ? SOME_ADDRESS : word));
  // What stands behind `--` is for another parser.
  const end = options.indexOf('--');
  const own = end < 0 ? options : options.slice(0, end);
  try {
    await run(binary(program), [...own, '--help']);
  } catch (error) {
    throw new Error(`${[program, ...options].join(' ')}\n${error.stderr}`);
  }
}

test('the parsing of pages finds what it should', () => {
  const page =
    'a\n```sh offline\nassay a \\\n  b > c # d\nls | assay x && assay-worker y\nX=1 ~/bin/assay-node "e f" -- g\nmake -j x Y=1 z-z\n```\n' +
    "   ```sh\n   ls # after 'make q'\n   ```\n`make`, `make\nr S=1`, [`scripts/t.sh`](u/scripts/v.sh), scripts/w.\n";
  const blocks = shellBlocks(page);
  assert.deepEqual(blocks.map(({ mark }) => mark), ['offline', '']);
  assert.deepEqual(calls(blocks[0].text), [
    ['assay', 'a', 'b'],
    ['assay', 'x'],
    ['assay-worker', 'y'],
    ['assay-node', 'e f', '--', 'g'],
  ]);
  assert.equal(blocks[1].text, "ls # after 'make q'\n");
  assert.doesNotMatch(blocks[1].mark, MARKS);
  assert.deepEqual(makeTargets(page), ['x', 'z-z', 'q', 'r']);
  assert.deepEqual(scripts(page), ['scripts/t.sh', 'scripts/w']);
  assert.deepEqual(targetsOf('A := b\n.PHONY: c\nd-e: f ## g\n\th: i\n'), ['d-e']);
});

test('a wrong command does not parse', async () => {
  await parses(['assay', 'verify', 'key.vk']);
  await assert.rejects(parses(['assay', 'verify', 'key.vk', '--no-such-option']));
  await assert.rejects(parses(['assay', 'no-such-command']));
});

const texts = await Promise.all((await pages()).map(async (name) => [name, await readFile(join(ROOT, name), 'utf8')]));

test('every block of commands says whether it runs here', () => {
  for (const [name, page] of texts) {
    const blocks = shellBlocks(page);
    // Blocks that are fenced otherwise, or named otherwise, would not be looked at.
    const fences = [...page.matchAll(/^\s*(?:```|~~~) *(?:sh|bash|shell|console)\b/gm)];
    assert.equal(blocks.length, fences.length, name);
    for (const { mark, text } of blocks) assert.match(mark, MARKS, `${name}:\n${text}`);
  }
});

test('targets of make and scripts exist wherever a page names them', async () => {
  const targets = targetsOf(await readFile(join(ROOT, 'Makefile'), 'utf8'));
  for (const [name, page] of texts) {
    for (const target of makeTargets(page)) assert.ok(targets.includes(target), `${name}: make ${target}`);
    for (const script of scripts(page)) await assert.doesNotReject(access(join(ROOT, script)), `${name}: ${script}`);
  }
});

for (const [name, page] of texts) {
  const blocks = shellBlocks(page);
  const found = blocks.flatMap(({ text }) => calls(text));
  if (found.length > 0) {
    test(`${name}: every command of ours is understood`, async () => {
      for (const call of found) await parses(call);
    });
  }
  const offline = blocks.filter(({ mark }) => mark === 'offline');
  if (offline.length > 0) {
    test(`${name}: the offline commands run`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'assay-docs-'));
      try {
        await symlink(join(ROOT, 'examples'), join(folder, 'examples'));
        const programs = Object.keys(PROGRAMS).map((program) => `${program}() { '${binary(program)}' "$@"; }`);
        const script = ['set -euo pipefail', ...programs, ...offline.map(({ text }) => text)].join('\n');
        await run('bash', ['-c', script], { cwd: folder, timeout: PATIENCE, maxBuffer: 64 * 1024 * 1024 });
      } catch (error) {
        throw new Error(`${name}: ${error.message}\n${error.stdout}\n${error.stderr}`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }
}

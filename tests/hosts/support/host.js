// Code shared by the tests of all hosts: the location of the consumer, and the expected outcome.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const here = join(root, 'tests/hosts');
export const consumer = join(root, 'target/hosts/consumer');
export const NAME = '@lssm-tech/lib.context-snapshot';
export const installed = join(consumer, 'node_modules', NAME);
/** Finds a tool in tests/hosts/node_modules. */
export const tool = (path) => join(here, 'node_modules', path);

/**
 * What a development server of Vite gets that test files have at the same time: a cache of its own, and the entries by name. It would search the whole
 * folder for pages, also where another test is building some, and throw away what another server has in the cache.
 */
export const apart = (name, entries) => ({
  cacheDir: join(consumer, 'out', `vite-cache-${name}`),
  optimizeDeps: { entries },
});

/** The number of checks in `consumer/checks.js`: one for each vector and some others. */
export async function numberOfChecks() {
  const { refusals, snapshots } = await import(join(consumer, 'vectors.js'));
  const own = readFileSync(join(consumer, 'checks.js'), 'utf8').match(/^ {2}await check\(/gm).length;
  return snapshots.length + refusals.length + own;
}

/** Asserts that all checks ran and held. */
export async function assertAllHeld({ checks, failures }) {
  assert.deepEqual(failures, []);
  assert.equal(checks, await numberOfChecks());
}

/** Runs a program in the consumer's folder, and returns its output. Fails if it writes to stderr. */
export async function run(program, args, { cwd = consumer, env = {}, quiet = true, timeout = 600_000 } = {}) {
  const { code, stdout, stderr } = await new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...env },
      timeout,
      maxBuffer: 2 ** 26,
    };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? (error ? String(error) : 0), stdout, stderr });
    });
    child.stdin.end();
  });
  assert.equal(code, 0, `${program} ${args.join(' ')} ends with ${code}:\n${stdout}\n${stderr}`);
  if (quiet) assert.equal(stderr, '');
  return stdout;
}

/** Runs a program that prints the outcome of the checks, and asserts it. */
export async function assertHolds(program, args, options) {
  await assertAllHeld(JSON.parse(await run(program, args, options)));
}

// The engines that are measured, and how a task of the measuring program runs in each.
//
// How: `make setup-tests` installs all of them; the system's Node is the one that runs this. On platforms for which npm has
// no such Node, it is skipped.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './parts.js';

const hosts = join(root, 'tests/hosts');
const require = createRequire(join(hosts, 'package.json'));
const platform = `${process.platform}-${process.arch}`;

function found(path) {
  try {
    return require.resolve(path);
  } catch {
    return undefined;
  }
}

const nodeOf = (folder) => {
  const program = join(hosts, 'node_modules', folder, 'bin/node');
  return existsSync(program) ? { program } : {};
};
const bun = `@oven/bun-${process.platform}-${{ arm64: 'aarch64' }[process.arch] ?? process.arch}/bin/bun`;
const deno = `@deno/${platform}${process.platform === 'linux' ? '-glibc' : ''}/deno`;

/** The engines by name, with the program to start and its arguments; Chromium has none. */
export const engines = {
  [`node${process.versions.node.split('.')[0]}`]: { program: process.execPath },
  node24: nodeOf('node-24'),
  node26: nodeOf('node-newest'),
  deno: { program: found(deno), args: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual'] },
  bun: { program: found(bun) },
  chromium: {},
};

// Deno must not prompt for permissions or look for updates.
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  DENO_NO_UPDATE_CHECK: '1',
  DENO_NO_PROMPT: '1',
  DENO_DIR: join(root, 'target/bench/deno'),
};

/** Runs a task in an engine, in a process of its own: `{ engine, javascript, found }`. Undefined if there is no such engine here. */
export async function runIn(name, task) {
  const engine = engines[name];
  if (engine === undefined) throw new Error(`There is no engine ${name}; there are ${Object.keys(engines).join(', ')}`);
  if (name === 'chromium') return (await import('./chromium.js')).runInChromium(task);
  const { program, args = [] } = engine;
  if (program === undefined) return undefined;
  const { status, stdout } = spawnSync(program, [...args, join(root, 'bench/local.js'), JSON.stringify(task)], {
    // What the program prints for people goes where we print.
    stdio: ['ignore', 'pipe', 1],
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name} ends with ${status}: ${JSON.stringify(task)}`);
  return JSON.parse(stdout);
}

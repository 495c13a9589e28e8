// Runs the command as a process, in folders made for a test.
//
// Why a process: exit codes, streams, signals and what is left on the disk are what users and scripts see of a command.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(
  new URL('../../../node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js', import.meta.url),
);
export const NOW = '2026-11-29T12:00:00Z';
export const LOCK = 'context.lock.json';
export const CONFIG = 'context-pack.json';
export const HASH = /^sha256:[0-9a-f]{64}$/;

/** The environment of every run: neither colours nor names of whoever runs the tests. */
export const ENV = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** Milliseconds after which a command will not end, even on a busy machine. */
const LONGEST = 600_000;

/** Runs the command to its end. Returns `code` (or `signal`), `out` and `err`. */
export function run(args, { cwd, env = {}, input = '', encoding = 'utf8', stdio, execArgv = [] } = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, [...execArgv, CLI, ...args], {
    ...{ cwd, input, encoding, stdio, env: { ...ENV, ...env } },
    timeout: LONGEST,
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) throw error;
  return { code: status, signal, out: stdout, err: stderr };
}

/** Starts the command; `ended` resolves to what `run` returns. */
export function start(args, { cwd, env = {}, stdio } = {}) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, stdio, env: { ...ENV, ...env } });
  let out = '';
  let err = '';
  child.stdout?.on('data', (piece) => {
    out += piece;
  });
  child.stderr?.on('data', (piece) => {
    err += piece;
  });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, ended };
}

/** Runs a command of a shell, in which `$CLI` is the command. */
export function shell(script, { cwd, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync('bash', ['-c', script], {
    ...{ cwd, encoding: 'utf8', timeout: LONGEST, maxBuffer: 2 ** 28 },
    env: { ...ENV, CLI: `${process.execPath} ${CLI}`, ...env },
  });
  if (error !== undefined) throw error;
  return { code: status, out: stdout, err: stderr };
}

/** Returns the objects of `--json`. */
export const objects = (out) => out.trimEnd().split('\n').map(JSON.parse);

const made = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Returns a new folder, which is removed after the tests of the file. */
export function newFolder() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'context-snapshot-')));
  made.push(folder);
  return folder;
}

/** Writes files, by their paths; a value that is not text nor bytes becomes JSON. */
export function write(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  }
}

/** Returns a new folder with files. */
export function folderOf(files) {
  const folder = newFolder();
  write(folder, files);
  return folder;
}

/** Returns a config with a rule for everything, and what else is given. */
export const config = (more = {}) => ({
  folder: 'context-folder/v1',
  packKey: 'test.pack',
  version: '1.0.0',
  title: 'Test',
  include: [{ files: '**/*.md', kind: 'docblock' }],
  ...more,
});

/** Returns the object that `lock --json` writes for a folder; fails if it does not lock. */
export function locked(folder, ...args) {
  const { code, out, err } = run(['lock', folder, '--json', '--now', NOW, '--user', 'tester', ...args]);
  if (code !== 0) throw new Error(`lock ended with ${code}: ${err}`);
  return JSON.parse(out);
}

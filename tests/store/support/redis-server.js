// Starts a Redis of Debian for one test file: in a temporary folder, on a free port, stopped and removed at the end.
//
// How: with an append-only file, so that a restart finds what was there. Redis writes to it before it answers, so what was answered survives a
// `kill -9` of Redis, though not of the machine: `appendfsync everysec` is what most installations have.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { spawnOwned } from './owned.js';
import { freePort } from './postgres-server.js';

const run = promisify(execFile);
const SETTINGS = {
  bind: '127.0.0.1',
  appendonly: 'yes',
  appendfsync: 'everysec',
  save: '',
  'maxmemory-policy': 'noeviction',
};

/** Starts a server. Returns `{ port, url, pid, restart, forget, stop }`; `restart` kills it and starts it again, with what it has written. */
export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'snapshot-redis-'));
  const port = await freePort();
  const settings = { ...SETTINGS, port: `${port}`, dir: folder };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let server;

  const start = async () => {
    server = spawnOwned('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
    let log = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk) => {
        log = `${log}${chunk}`.slice(-4000);
      });
    }
    for (let tries = 0; ; tries++) {
      // It answers with an error while it reads its file.
      const { stdout } = await run('redis-cli', ['-p', `${port}`, 'ping']).catch(() => ({ stdout: '' }));
      if (stdout === 'PONG\n') return;
      if (tries === 2400 || server.exitCode !== null) throw new Error(`Redis did not start: ${log}`);
      await sleep(25);
    }
  };
  const kill = async () => {
    server.kill('SIGKILL');
    await server.ended;
  };
  const restart = async (milliseconds = 0) => {
    await kill();
    await sleep(milliseconds);
    await start();
  };
  /** Removes all that is there, as if its disk were lost. */
  const forget = () => run('redis-cli', ['-p', `${port}`, 'flushall']);
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  return { port, url: `redis://127.0.0.1:${port}`, pid: () => server.pid, restart, forget, stop };
}

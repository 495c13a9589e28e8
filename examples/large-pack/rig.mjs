// Everything that the demo, the soak and the tests need on one machine: Redis, PostgreSQL, a store with a pack, queues, and worker processes.
//
// How: both servers are Debian's, each on a free port and in a temporary folder. All of it ends with this process, whatever ends it.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import pg from 'pg';
import { spawnOwned } from '../../tests/store/support/owned.js';
import { startPostgres } from '../../tests/store/support/postgres-server.js';
import { startRedis } from '../../tests/store/support/redis-server.js';
import { connect, openQueues } from './flow.mjs';
import { openShares } from './shares.mjs';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));
/** A small young generation: items are short-lived and small, and the default would take 40 MB more. */
const OPTIONS = ['--max-semi-space-size=2'];

export const pack = { packKey: 'shop.help', version: '1.0.0', title: 'All articles of the help centre' };

/**
 * Starts the servers.
 *
 * @param options `stalledMs`: after how long a job of a dead worker is taken over
 */
export async function startRig({ stalledMs = 2000 } = {}) {
  const stops = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const redis = await startRedis();
    stops.push(redis.stop);
    const postgres = await startPostgres();
    stops.push(postgres.stop);
    const pool = new pg.Pool({ ...postgres.config, max: 4 });
    pool.on('error', () => {});
    stops.push(() => pool.end());
    const store = await PostgresSnapshotStore.open(pool);
    await store.upsertPack(pack);
    const shares = await openShares(pool);
    const connection = connect(redis.url);
    stops.push(async () => connection.disconnect());
    const queues = openQueues(connection);
    stops.push(queues.close);

    /** Starts a worker process. Returns the child, once it takes jobs. */
    const startWorker = async (settings = {}) => {
      const env = {
        ...process.env,
        ...{ REDIS_URL: redis.url, DATABASE_URL: postgres.url, STALLED_MS: `${stalledMs}` },
        ...settings,
      };
      const child = spawnOwned(process.execPath, [...OPTIONS, WORKER], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      child.log = '';
      child.stderr.on('data', (chunk) => {
        child.log += chunk;
      });
      stops.push(async () => {
        child.kill('SIGKILL');
        await child.ended;
      });
      await Promise.race([once(child.stdout, 'data'), child.ended]);
      if (child.exitCode !== null) throw new Error(`A worker did not start: ${child.log}`);
      return child;
    };
    return { redis, postgres, pool, store, shares, queues, startWorker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Returns how much memory a process has used at most, in MB (Linux). */
export function peakMegabytes(pid) {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(kilobytes) / 1000);
}

// A worker process: `REDIS_URL=… DATABASE_URL=… node worker.mjs`. Start as many as you like, on as many machines as you like.
//
// How: each takes shares and seals. A process that dies loses its lock after STALLED_MS, and another takes its job over. LOADER names a module
// that exports `load(first, end)`; without it, `items.mjs` is used.

import { pathToFileURL } from 'node:url';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { Worker } from 'bullmq';
import pg from 'pg';
import { connect, SEALS, SHARES } from './flow.mjs';
import { sealOf, shareOf } from './jobs.mjs';
import { openShares } from './shares.mjs';

const { REDIS_URL, DATABASE_URL, LOADER, STALLED_MS = '30000' } = process.env;
const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 4,
  // The transaction of a process that is out of reach ends. Otherwise the one that takes its job over would wait for it.
  idle_in_transaction_session_timeout: 2 * Number(STALLED_MS),
});
// The pool drops connections that are lost while idle. Without a listener, that would end the process.
pool.on('error', () => {});
const { load } = await import(LOADER === undefined ? './items.mjs' : pathToFileURL(LOADER));
const host = { store: await PostgresSnapshotStore.open(pool), shares: await openShares(pool), load };

const connection = connect(REDIS_URL);
const options = {
  connection,
  lockDuration: Number(STALLED_MS),
  stalledInterval: Number(STALLED_MS),
  // A job that has ended so many processes is what ends them.
  maxStalledCount: 10,
};
const workers = [new Worker(SHARES, shareOf(host), options), new Worker(SEALS, sealOf(host), options)];
for (const worker of workers) {
  worker.on('error', ({ message }) => console.error(`${worker.name}: ${message}`));
  worker.on('failed', (job, { message }) => console.error(`${worker.name}: ${job?.name ?? 'a job'}: ${message}`));
}

/** Ends what it has begun, and takes nothing more. */
async function stop() {
  await Promise.all(workers.map((worker) => worker.close()));
  await pool.end();
  connection.disconnect();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
console.log('ready');

// `kill -9` at random moments of migrating, saving and relaying: never a snapshot without its items, never an event without its snapshot,
// every committed event delivered at least once, and everything that is there verifies.
//
// STORE_KILLS=300 repeats it (`make soak-store`); STORE_SEED chooses the moments.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import { startPostgres } from './support/postgres-server.js';
import { newFolder, newPool } from './support/stores.js';

const KILLS = Number(process.env.STORE_KILLS ?? 4);
const SEED = process.env.STORE_SEED ?? '1';
const victim = fileURLToPath(new URL('./support/victim.js', import.meta.url));
/** A number from 0 to 1 that depends on the seed and a name. */
const random = (name) => createHash('sha256').update(`${SEED} ${name}`).digest().readUInt32BE() / 2 ** 32;

let server;
let pool;
before(async () => {
  server = await startPostgres();
  pool = newPool({ ...server.config, max: 4 });
});
after(async () => {
  await pool.end();
  await server.stop();
});

/** Runs a victim and kills it so many milliseconds after it started. Returns the ids of the events that it published. */
function killAfter(milliseconds, where, run) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [victim, where, run], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      if (out === '') setTimeout(() => child.kill('SIGKILL'), milliseconds);
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('close', (code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`The victim ended by itself, with ${code}: ${errors}`));
      else resolve([...out.matchAll(/^event (.*)$/gm)].map(([, id]) => id));
    });
  });
}

async function allSnapshots(store) {
  const all = [];
  for (let offset = 0; offset !== undefined; ) {
    const { snapshots, nextOffset } = await store.listSnapshots({ limit: 200, offset });
    all.push(...snapshots);
    offset = nextOffset;
  }
  return all;
}

/** @param ended waits until nothing of a killed process goes on */
async function survives(t, name, where, open, events, ended = () => {}) {
  const delivered = new Set();
  for (let kill = 0; kill < KILLS; kill++) {
    // Every third victim is killed soon, while it migrates or opens.
    const longest = kill % 3 === 0 ? 60 : 700;
    for (const id of await killAfter(random(`${name} ${kill}`) * longest, where, `run-${kill}`)) delivered.add(id);
    await ended();
    const store = await open();
    const snapshots = await allSnapshots(store);
    for (const { snapshotId, hash, itemCount } of snapshots.slice(0, 20)) {
      const { valid, issues } = await store.verify(snapshotId, { hash });
      assert.ok(valid, `${snapshotId}: ${JSON.stringify(issues)}`);
      assert.equal((await store.listSnapshotItems(snapshotId)).length, itemCount);
    }
    await store.close?.();
  }
  const store = await open();
  const rows = await events();
  // The leases of the dead end.
  const end = performance.now() + 60_000;
  while (rows.some(({ id }) => !delivered.has(id)) && performance.now() < end) {
    await store.relayOutbox(({ id }) => {
      delivered.add(id);
    });
    await sleep(50);
  }
  assert.deepEqual(
    rows.filter(({ item_count: count }) => count === null),
    [],
    'each event has a snapshot',
  );
  const snapshots = await allSnapshots(store);
  assert.equal(rows.length, snapshots.length, 'each snapshot has an event');
  for (const { id } of rows) assert.ok(delivered.has(id), `event ${id} was delivered`);
  for (const { snapshotId, hash } of snapshots) assert.ok((await store.verify(snapshotId, { hash })).valid);
  t.diagnostic(`${KILLS} kills, ${snapshots.length} snapshots`);
  return store;
}

const EVENTS = 'select o.id, s.item_count from OUTBOX o left join SNAPSHOT s on s.number = o.snapshot';

test('SQLite survives kill -9', async (t) => {
  const file = join(newFolder(t), 'snapshots.db');
  const { DatabaseSync } = await import('node:sqlite');
  const events = async () => {
    const db = new DatabaseSync(file);
    const rows = db.prepare(EVENTS.replace('OUTBOX', 'snapshot_outbox').replace('SNAPSHOT', 'snapshot')).all();
    db.close();
    return rows;
  };
  const store = await survives(t, 'sqlite', file, () => SqliteSnapshotStore.open(file), events);
  store.close();
});

test('PostgreSQL survives kill -9', async (t) => {
  const schema = 'killed';
  const where = JSON.stringify({ url: server.url, schema });
  const open = () => PostgresSnapshotStore.open(pool, { schema });
  const sql = EVENTS.replace('OUTBOX', `${schema}.snapshot_outbox`).replace('SNAPSHOT', `${schema}.snapshot`);
  // The server does what it was asked for before it notices that nobody waits for that.
  const sessions = "select 1 from pg_stat_activity where application_name = 'victim'";
  const ended = async () => {
    while ((await pool.query(sessions)).rows.length > 0) await sleep(5);
  };
  await survives(t, 'postgres', where, open, async () => (await pool.query(sql)).rows, ended);
});

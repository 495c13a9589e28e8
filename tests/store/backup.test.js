// What docs/STORES.md says of backups and of cleaning up: a restored database verifies, and its triggers and sequences still work.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import { awkward, items, take } from './support/packs.js';
import { binaries, startPostgres } from './support/postgres-server.js';
import { newFolder, newPool } from './support/stores.js';

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

const first = take(awkward, { snapshotId: 's-1' });
const erased = take(items(3), { snapshotId: 's-2' });

async function fill(store) {
  await store.saveSnapshot(first);
  await store.saveSnapshot(erased);
  await store.erase('s-2', ['i-1'], 'asked for');
}

async function isWhole(store) {
  assert.equal((await store.verify('s-1', { seal: first.record.metadata.$snapshot.seal })).valid, true);
  assert.deepEqual(await store.listSnapshotItems('s-1'), first.items);
  assert.deepEqual(
    (await store.verify('s-2')).issues.map(({ itemId }) => itemId),
    ['i-1'],
  );
  assert.equal((await store.relayOutbox(() => {})).published, 2);
  assert.equal(await store.saveSnapshot(take(items(4), { snapshotId: 's-3' })), 'created');
  assert.equal((await store.verify('s-3')).valid, true);
}

test('PostgreSQL: a dump of the schema restores everything', async (t) => {
  await fill(await PostgresSnapshotStore.open(pool));
  const bin = binaries();
  const file = join(newFolder(t), 'dump');
  execFileSync(join(bin, 'pg_dump'), ['--schema=lssm_context', '--format=custom', `--file=${file}`, server.url]);
  await pool.query('create database restored');
  const url = server.url.replace(/postgres$/, 'restored');
  execFileSync(join(bin, 'pg_restore'), ['--exit-on-error', `--dbname=${url}`, file]);
  const restored = newPool({ connectionString: url, max: 2 });
  await isWhole(await PostgresSnapshotStore.open(restored));
  await assert.rejects(restored.query('delete from lssm_context.snapshot'), /never changed/);
  await restored.end();
});

test('SQLite: a copy by vacuum restores everything', async (t) => {
  const folder = newFolder(t);
  const store = await SqliteSnapshotStore.open(join(folder, 'a.db'));
  await fill(store);
  const copy = join(folder, 'copy.db');
  const db = new DatabaseSync(join(folder, 'a.db'));
  db.prepare('vacuum into ?').run(copy);
  db.close();
  store.close();
  const restored = await SqliteSnapshotStore.open(copy);
  await isWhole(restored);
  restored.close();
  const other = new DatabaseSync(copy);
  assert.throws(() => other.exec('delete from snapshot'), /never changed/);
  other.close();
});

test('events that were published can be removed', async () => {
  const store = await PostgresSnapshotStore.open(pool, { schema: 'cleaned' });
  await store.saveSnapshot(first);
  await store.relayOutbox(() => {});
  await store.saveSnapshot(erased);
  await pool.query('delete from cleaned.snapshot_outbox where published_at is not null');
  assert.equal((await store.relayOutbox(() => {})).published, 1);
});

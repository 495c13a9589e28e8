// Row-level security by tenant, as docs/STORES.md says to enable it: a role of a tenant sees and writes nothing of another one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import { item, pack, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { newPool } from './support/stores.js';

const document = readFileSync(new URL('../../docs/STORES.md', import.meta.url), 'utf8');
const [, statements] = /^```sql\n-- row-level security\n(.*?)^```$/ms.exec(document);

let server;
let owner;
let app;
before(async () => {
  server = await startPostgres();
  owner = newPool({ ...server.config, max: 4 });
  await PostgresSnapshotStore.open(owner);
  await owner.query('create role app login');
  await owner.query(statements);
  app = newPool({ ...server.config, user: 'app', max: 4 });
});
after(async () => {
  await Promise.all([app.end(), owner.end()]);
  await server.stop();
});

test('separates tenants', async () => {
  const acme = await PostgresSnapshotStore.open(app, { tenant: 'acme' });
  const other = await PostgresSnapshotStore.open(app, { tenant: 'other' });
  const list = Array.from({ length: 200 }, (_, at) => item(`i-${at}`));
  const snapshot = take([...list, item('secret', 'of acme')], { snapshotId: 'a-1', tenantId: 'acme' });
  assert.equal(await acme.saveSnapshot(snapshot), 'created');
  assert.equal((await acme.verify('a-1', { hash: snapshot.record.hash })).valid, true);
  assert.equal((await acme.listSnapshotItems('a-1')).length, 201);
  await acme.upsertPack({ ...pack, packKey: 'own' });

  assert.equal(await other.getSnapshot('a-1'), null);
  await assert.rejects(other.listSnapshotItems('a-1'), { code: 'NOT_FOUND' });
  await assert.rejects(other.erase('a-1', ['secret'], 'not theirs'), { code: 'NOT_FOUND' });
  assert.equal((await other.listSnapshots()).total, 0);
  assert.equal(await other.getPack('own'), null);
  assert.equal((await other.relayOutbox(() => {})).published, 0);
  // The id is taken, which is all that another tenant learns.
  const conflict = take([item('x')], { snapshotId: 'a-1', tenantId: 'other' });
  await assert.rejects(
    other.saveSnapshot(conflict),
    (error) => error.code === 'CONFLICT' && error.args.hash === undefined,
  );
  // A tenant cannot write rows of another.
  await assert.rejects(other.saveSnapshot(take([item('y')], { snapshotId: 'a-2', tenantId: 'acme' })), {
    code: 'SERVICE_UNAVAILABLE',
    message: /may not/,
  });
  // Texts are stored once for each tenant, so nobody learns what others have.
  await other.saveSnapshot(take([item('secret', 'of acme')], { snapshotId: 'o-1', tenantId: 'other' }));
  assert.deepEqual(await acme.erase('a-1', ['secret'], 'asked for'), { erased: 1, shared: 0 });
  assert.equal((await other.verify('o-1')).valid, true);
  assert.equal((await acme.relayOutbox(() => {})).published, 1);
});

test('refuses to open a store for a tenant where tenants are not separated', async () => {
  const refused = { code: 'SERVICE_UNAVAILABLE', message: /Row-level security is not active/ };
  // The owner is not bound by policies.
  await assert.rejects(PostgresSnapshotStore.open(owner, { tenant: 'acme' }), refused);
  await PostgresSnapshotStore.open(owner, { schema: "it's" });
  await owner.query(`grant usage on schema "it's" to app; grant select on all tables in schema "it's" to app`);
  await assert.rejects(PostgresSnapshotStore.open(app, { schema: "it's", tenant: 'acme' }), refused);
});

test('refuses a tenant that is missing, and options that it does not know', async () => {
  for (const options of [{ tenant: undefined }, { tenant: null }, { tenant: '' }, { tenent: 'acme' }]) {
    await assert.rejects(PostgresSnapshotStore.open(app, options), { code: 'VALIDATION_FAILED' });
  }
  await assert.rejects(SqliteSnapshotStore.open(':memory:', { tenant: 'acme' }), {
    code: 'VALIDATION_FAILED',
    detail: /does not separate tenants/,
  });
});

test('shows nothing to a connection without a tenant, whatever it asks', async () => {
  for (const table of [
    'snapshot',
    'snapshot_body',
    'snapshot_item',
    'snapshot_outbox',
    'snapshot_tombstone',
    'snapshot_item_row',
  ]) {
    const { rows } = await app.query(`select count(*)::int as n from lssm_context.${table}`);
    assert.equal(rows[0].n, 0, table);
  }
  const client = await app.connect();
  await client.query('begin');
  await client.query("select set_config('context_snapshot.tenant', 'other', true)");
  const { rows } = await client.query("select text from lssm_context.snapshot_item_row where text like '%acme%'");
  assert.equal(rows.length, 1);
  // An item of another tenant's snapshot.
  const add = 'insert into lssm_context.snapshot_item (snapshot, ordinal, body) values (1, 900, 1)';
  await assert.rejects(client.query(add), /row-level security|never changed/);
  await client.query('rollback');
  client.release();
});

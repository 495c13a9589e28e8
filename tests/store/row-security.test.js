// Row-level security by tenant, as docs/STORES.md says to enable it: a role of a tenant sees and writes nothing of another one.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
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

/** Runs statements as the role of the application, in one transaction. `tenant`: what it says it is. Returns the rows of the last one. */
async function asApp(tenant, ...statements) {
  const client = await app.connect();
  try {
    await client.query('begin');
    if (tenant !== undefined) await client.query("select set_config('context_snapshot.tenant', $1, true)", [tenant]);
    let result;
    for (const sql of statements) result = await client.query(sql);
    await client.query('commit');
    return result.rows;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
const TABLES = ['pack', 'snapshot', 'body', 'item', 'tombstone', 'outbox'].map((name) =>
  name === 'snapshot' ? 'lssm_context.snapshot' : `lssm_context.snapshot_${name}`,
);
const idsOf = ({ snapshots }) => snapshots.map(({ snapshotId }) => snapshotId).sort();

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
  assert.deepEqual(await acme.erase('a-1', ['secret'], 'asked for'), { erased: 1, shared: 0, issues: [] });
  assert.equal((await other.verify('o-1')).valid, true);
  assert.equal((await acme.relayOutbox(() => {})).published, 1);
});

test('binds a handler of each tenant as the document does', async (t) => {
  const [, code] = /^```ts\n\/\/ tenants\.ts\n(.*?)^```$/ms.exec(document);
  const folder = fileURLToPath(new URL('../../target/stores/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const config = JSON.stringify({ ...server.config, user: 'app', max: 4 });
  const host = `import { createRequire } from 'node:module';
    const pg = createRequire(${JSON.stringify(import.meta.url)})('pg');
    export const pool = new pg.Pool(${config});
    export const loadItems = () => [{ itemId: 'a', kind: 'docblock', sourceKey: 's', content: 'x' }];`;
  writeFileSync(join(folder, 'tenants-host.mjs'), host);
  writeFileSync(join(folder, 'tenants.mjs'), stripTypeScriptTypes(code).replace('./host.ts', './tenants-host.mjs'));
  const { pool } = await import(pathToFileURL(join(folder, 'tenants-host.mjs')));
  t.after(() => pool.end());
  const { snapshot } = await import(pathToFileURL(join(folder, 'tenants.mjs')));
  const input = { packKey: pack.packKey };
  // Nobody who may not call opens a connection.
  for (const ctx of [{}, { actor: 'user' }, { tenantId: 'one' }])
    await assert.rejects(snapshot(input, ctx), ({ status }) => status === 401 || status === 403);
  assert.equal(pool.totalCount, 0);
  for (const tenantId of [undefined, null, ''])
    await assert.rejects(snapshot(input, { actor: 'admin', tenantId }), { code: 'VALIDATION_FAILED' });

  const ids = {};
  for (const tenant of ['one', 'two']) {
    const ctx = { actor: 'admin', tenantId: tenant, idemKey: 'same' };
    await assert.rejects(snapshot(input, ctx), { code: 'NOT_FOUND' });
    const store = await PostgresSnapshotStore.open(app, { tenant });
    await store.upsertPack(pack);
    const { snapshotId } = await snapshot(input, ctx);
    assert.equal((await snapshot(input, ctx)).snapshotId, snapshotId);
    ids[tenant] = snapshotId;
    assert.deepEqual(idsOf(await store.listSnapshots()), [snapshotId]);
  }
  assert.notEqual(ids.one, ids.two);
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
  const ofClass = new (class {
    get tenant() {
      return undefined;
    }
  })();
  for (const options of [{ tenant: undefined }, { tenant: null }, { tenant: '' }, { tenent: 'acme' }, ofClass]) {
    await assert.rejects(PostgresSnapshotStore.open(app, options), { code: 'VALIDATION_FAILED' });
  }
  // The database would keep another name, which may be somebody else's.
  for (const options of [
    { tenant: 'a\ud800' },
    { schema: 'x'.repeat(64) },
    { schema: 'é'.repeat(32) },
    { schema: 'a\udc00' },
  ]) {
    await assert.rejects(PostgresSnapshotStore.open(app, options), { code: 'VALIDATION_FAILED' });
  }
  await assert.rejects(SqliteSnapshotStore.open(':memory:', { tenant: 'acme' }), {
    code: 'VALIDATION_FAILED',
    detail: /does not separate tenants/,
  });
});

test('shows nothing to a connection without a tenant, whatever it asks', async () => {
  const stored = await PostgresSnapshotStore.open(owner);
  await stored.saveSnapshot(take([item('free', 'of no tenant')], { snapshotId: 'free' }));
  // A setting that nobody has set, and what is left of one that a transaction has set.
  for (const tenant of [undefined, '']) {
    for (const table of [...TABLES, 'lssm_context.snapshot_item_row']) {
      const [{ n }] = await asApp(tenant, `select count(*)::int as n from ${table}`);
      assert.equal(n, 0, table);
    }
  }
  assert.equal(
    (await asApp('other', "select 1 from lssm_context.snapshot_item_row where text like '%acme%'")).length,
    1,
  );
  // An item of another tenant's snapshot.
  const add = 'insert into lssm_context.snapshot_item (snapshot, ordinal, body) values (1, 900, 1)';
  await assert.rejects(asApp('other', add), /row-level security|never changed/);
});

test('lets a store without a tenant see what has none, whatever the connection was used for', async (t) => {
  const one = newPool({ ...server.config, user: 'app', max: 1 });
  t.after(() => one.end());
  await one.query("set context_snapshot.tenant = 'acme'");
  const none = await PostgresSnapshotStore.open(one);
  const list = Array.from({ length: 200 }, (_, at) => item(`n-${at}`));
  const snapshot = take(list, { snapshotId: 'none-1' });
  assert.equal(await none.saveSnapshot(snapshot), 'created');
  assert.equal((await none.verify('none-1', { hash: snapshot.record.hash })).valid, true);
  assert.equal((await none.listSnapshotItems('none-1')).length, 200);
  assert.ok(!idsOf(await none.listSnapshots()).includes('a-1'));
  assert.equal(await none.getSnapshot('a-1'), null);
  await assert.rejects(none.saveSnapshot(take([item('z')], { snapshotId: 'a-3', tenantId: 'acme' })), /may not/);
  const events = [];
  await none.relayOutbox(({ payload }) => void events.push(payload.snapshotId));
  assert.ok(events.includes('none-1') && !events.includes('a-1'));
  // No tenant can be called so that it has these rows.
  const named = await PostgresSnapshotStore.open(app, { tenant: 'sha256:' });
  assert.deepEqual(idsOf(await named.listSnapshots()), []);
});

test('publishes an event even if another tenant has taken its id', async () => {
  const acme = await PostgresSnapshotStore.open(app, { tenant: 'acme' });
  const snapshot = take([item('later')], { snapshotId: 'a-later', tenantId: 'acme' });
  const squat = `insert into lssm_context.snapshot_outbox
    (id, tenant_id, aggregatetype, aggregateid, type, version, timestamp, payload, snapshot, published_at)
    values ('${snapshot.event.id}', 'other', 'x', 'x', 'x', 'x', now(), '{}', 1, now())`;
  await asApp('other', squat);
  assert.equal(await acme.saveSnapshot(snapshot), 'created');
  const ids = [];
  await acme.relayOutbox(({ id }) => void ids.push(id));
  assert.deepEqual(ids, [snapshot.event.id]);
});

test('lets no tenant point at texts and snapshots of another', async () => {
  const acme = await PostgresSnapshotStore.open(app, { tenant: 'acme' });
  const stored = await PostgresSnapshotStore.open(owner);
  await acme.saveSnapshot(take([item('theirs', 'only of acme')], { snapshotId: 'a-9', tenantId: 'acme' }));
  await stored.relayOutbox(() => {});
  const { rows } = await owner.query(
    `select s.number, i.body from lssm_context.snapshot s join lssm_context.snapshot_item i on i.snapshot = s.number
     where s.snapshot_id = 'a-9'`,
  );
  const [{ number, body }] = rows;
  const spy = `insert into lssm_context.snapshot (tenant_id, snapshot_id, pack_key, pack_version, hash, item_count, created_at, text)
    values ('other', 'spy', 'p', '1', 'x', 1, now(), '{"snapshotId":"spy","createdAt":"2027-01-01T00:00:00.000Z"}')`;
  // Also a text that is not there yet.
  for (const to of [body, 1_000_000]) {
    const link = `insert into lssm_context.snapshot_item (snapshot, ordinal, body)
      select number, 0, ${to} from lssm_context.snapshot where snapshot_id = 'spy'`;
    await assert.rejects(asApp('other', spy, link), /not of this tenant/);
  }
  const forge = (tenant) => `insert into lssm_context.snapshot_outbox
    (id, tenant_id, aggregatetype, aggregateid, type, version, timestamp, payload, snapshot)
    values ('forged', '${tenant}', 'x', 'x', 'x', 'x', now(), '{}', ${number})`;
  // Of another tenant's snapshot, and of one's own under another id.
  await asApp('other', forge('other'));
  await asApp('acme', forge('acme'));
  const published = [];
  const counts = await stored.relayOutbox(({ id }) => void published.push(id));
  assert.deepEqual([published, counts], [[], { published: 0, failed: 2 }]);
  assert.deepEqual(await stored.erase('a-9', ['theirs'], 'asked for'), { erased: 1, shared: 0, issues: [] });
});

test('grants a tenant no way to stop the others', async () => {
  const no = /permission denied/;
  for (const sql of [
    'insert into lssm_context.snapshot_migration values (99)',
    'delete from lssm_context.snapshot_migration',
    'update lssm_context.snapshot_migration set number = 99',
    ...TABLES.map((table) => `truncate ${table}`),
    'delete from lssm_context.snapshot',
    'delete from lssm_context.snapshot_body',
    'update lssm_context.snapshot_item set ordinal = 7',
  ]) {
    await assert.rejects(asApp('acme', sql), no, sql);
  }
  await PostgresSnapshotStore.open(app, { tenant: 'acme' });
});

test("leaves the host's tables to the owner", async (t) => {
  await owner.query('create database hosted');
  const config = { ...server.config, database: 'hosted' };
  const [host, tenants] = [newPool({ ...config, max: 2 }), newPool({ ...config, user: 'app', max: 2 })];
  t.after(() => Promise.all([host.end(), tenants.end()]));
  await PostgresSnapshotStore.open(host);
  await host.query(statements);
  await host.query(`
    create table lssm_context.context_pack (id text primary key, pack_key text not null, version text not null, title text not null,
      description text, owners jsonb, tags jsonb, sources jsonb, created_at timestamptz not null, updated_at timestamptz not null);
    create table lssm_context.context_snapshot (id text primary key, pack_key text not null, pack_version text not null,
      hash text not null, item_count int, created_by text, metadata jsonb, created_at timestamptz not null);
    create table lssm_context.context_snapshot_item (id text primary key, snapshot_id text not null, kind text not null,
      source_key text not null, source_version text, content jsonb not null, text_content text, metadata jsonb,
      created_at timestamptz not null);
    insert into lssm_context.context_pack values ('p', 'plans', '1', 'Merger plans', null, null, null, null, now(), now());
    grant select on all tables in schema lssm_context to app`);
  for (const tenantId of [undefined, 'other']) {
    const { record } = take([item('x')], { snapshotId: `host-${tenantId}`, tenantId });
    const { snapshotId, packKey, packVersion, hash, itemCount, createdBy, metadata, createdAt } = record;
    await host.query('insert into lssm_context.context_snapshot values ($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[snapshotId, packKey, packVersion, hash, itemCount, createdBy, JSON.stringify(metadata), createdAt],
    ]);
  }
  const seen = async () => {
    const lists = [];
    for (const tenant of ['acme', 'other', undefined]) {
      const store = await PostgresSnapshotStore.open(tenants, tenant && { tenant });
      lists.push([idsOf(await store.listSnapshots()), (await store.listPacks()).packs.map(({ packKey }) => packKey)]);
    }
    return lists;
  };
  const nothing = [[], []];
  assert.deepEqual(await seen(), [nothing, nothing, nothing]);
  await assert.rejects(PostgresSnapshotStore.open(host, { tenant: 'acme' }), /Row-level security is not active/);
  assert.deepEqual(await seen(), [nothing, nothing, nothing]);
  await PostgresSnapshotStore.open(host);
  const expected = [nothing, [['host-other'], []], [['host-undefined'], ['plans', 'shop.docs']]];
  assert.deepEqual(await seen(), expected);
});

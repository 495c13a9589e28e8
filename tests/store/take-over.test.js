// Migrations: tables of the host are taken over without loss, versions are applied once, and an interrupted one leaves nothing.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { canonicalize, canonicalizeJson, digestItem } from '@lssm-tech/lib.context-snapshot';
import { snapshotMigrationSql } from '@lssm-tech/lib.context-snapshot/drizzle';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import { catalogOf } from './support/catalog.js';
import { item, items, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { newPool, newSchema, postgresTables } from './support/stores.js';

let server;
let pool;
before(async () => {
  server = await startPostgres();
  pool = newPool({ ...server.config, max: 8 });
});
after(async () => {
  await pool.end();
  await server.stop();
});

/** The tables that the host creates. */
async function hostTables(schema) {
  const create = [
    'create schema {in}',
    `create table {in}.context_pack (id text primary key, pack_key text not null, version text not null, title text not null,
      description text, owners jsonb, tags jsonb, sources jsonb, created_at timestamptz not null, updated_at timestamptz not null,
      unique (pack_key, version))`,
    `create table {in}.context_snapshot (id text primary key, pack_key text not null, pack_version text not null, hash text not null,
      item_count int, created_by text, metadata jsonb, created_at timestamptz not null)`,
    `create table {in}.context_snapshot_item (id text primary key, snapshot_id text not null, kind text not null,
      source_key text not null, source_version text, content jsonb not null, text_content text, metadata jsonb,
      created_at timestamptz not null)`,
    'create index context_snapshot_item_snapshot_idx on {in}.context_snapshot_item (snapshot_id)',
  ];
  for (const sql of create) await pool.query(postgresTables(schema)(sql));
}

const json = (value) => (value === undefined ? null : JSON.stringify(value));
/** Writes like the host's store; `rowId` makes the primary key of an item. */
async function hostWrites(schema, { record, items: list }, rowId = (id) => id) {
  const { snapshotId, packKey, packVersion, hash, itemCount, createdBy, metadata, createdAt } = record;
  await pool.query(`insert into ${schema}.context_snapshot values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)`, [
    ...[snapshotId, packKey, packVersion, hash, itemCount ?? null, createdBy ?? null, json(metadata), createdAt],
  ]);
  for (const one of list) {
    await pool.query(
      `insert into ${schema}.context_snapshot_item values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::jsonb, $9)`,
      [
        ...[rowId(one.itemId), snapshotId, one.kind, one.sourceKey, one.sourceVersion ?? null, json(one.content)],
        ...[one.textContent ?? null, json(one.metadata), one.createdAt],
      ],
    );
  }
}

test("takes over the host's tables without loss, and later what was added meanwhile", async () => {
  const schema = newSchema();
  await hostTables(schema);
  const sources = [{ kind: 'docblock', key: 'docs', required: true }];
  await pool.query(
    `insert into ${schema}.context_pack values ('a:1', 'a', '1', 'A', null, null, '["t"]', $1, '2026-01-02T03:04:05.678Z', '2026-01-03T00:00:00Z')`,
    [JSON.stringify(sources)],
  );
  // The row ids of these are their item ids; of the second, they have a prefix.
  const list = [
    item('text', '42'),
    item('value', { b: [1e21, 0.1, -0], a: null }, { metadata: {}, sourceVersion: '' }),
    item('s-1:', 'ends like a prefix'),
    item('\u{1f600}', '', { createdAt: '2020-01-01T00:00:00.001Z', textContent: '' }),
  ];
  const first = take(list, { snapshotId: 's-1', tenantId: 'acme' }, { metadata: { run: 7 } });
  const second = take(items(3), { snapshotId: 's-2' });
  await hostWrites(schema, first);
  await hostWrites(schema, second, (id) => `s-2:${id}`);
  // One that was not made by this package, with a content that is not an item's, a number that a double cannot hold, and no count.
  const foreign = {
    snapshotId: 'old',
    packKey: 'a',
    packVersion: '1',
    hash: 'abc',
    createdAt: '2025-05-05T05:05:05.005Z',
  };
  await hostWrites(schema, { record: foreign, items: [] });
  await pool.query(
    `insert into ${schema}.context_snapshot_item values ('old:1', 'old', 'k', 's', null, '42', null, '{"n":12345678901234567890}', '2025-05-05')`,
  );
  // One of which the host has written half.
  const half = take(
    items(4).map((one) => ({ ...one, itemId: `half-${one.itemId}` })),
    { snapshotId: 'half' },
  );
  await hostWrites(schema, { record: half.record, items: half.items.slice(0, 2) });

  const store = await PostgresSnapshotStore.open(pool, { schema });
  assert.deepEqual(await store.getPack('a'), {
    ...{ packKey: 'a', version: '1', title: 'A', tags: ['t'], sources },
    ...{ createdAt: '2026-01-02T03:04:05.678Z', updatedAt: '2026-01-03T00:00:00.000Z' },
  });
  for (const { record, items: stored } of [first, second]) {
    const { snapshotId, hash } = record;
    assert.deepEqual(await store.getSnapshot(snapshotId), record);
    assert.deepEqual(await store.listSnapshotItems(snapshotId), stored);
    const expect = { hash, seal: record.metadata.$snapshot.seal };
    assert.deepEqual(await store.verify(snapshotId, expect), { valid: true, issues: [], anchor: 'seal', erased: [] });
  }
  assert.deepEqual(await store.getSnapshot('old'), { ...foreign, itemCount: 1 });
  const [old] = await store.listSnapshotItems('old');
  assert.deepEqual([old.itemId, old.content, old.createdAt], ['old:1', 42, '2025-05-05T00:00:00.000Z']);
  assert.equal((await store.verify('old')).valid, false);
  assert.equal((await store.listSnapshotItems('half')).length, 2);
  assert.equal((await store.relayOutbox(() => {})).published, 0);

  // The host goes on for a while.
  await pool.query(
    `insert into ${schema}.context_snapshot_item select 'half-i-' || n, 'half', 'docblock', 'docs/half-i-' || n,
       null, to_jsonb('Text of i-' || n), null, null, $1::timestamptz from generate_series(2, 3) n`,
    [half.record.createdAt],
  );
  const fixed = half.items.slice(2);
  for (const { itemId, sourceKey, content } of fixed) {
    await pool.query(
      `update ${schema}.context_snapshot_item set source_key = $2, content = to_jsonb($3::text) where id = $1`,
      [...[itemId, sourceKey, content]],
    );
  }
  await pool.query(`update ${schema}.context_pack set title = 'B', updated_at = '2026-02-01T00:00:00Z'`);
  const again = await PostgresSnapshotStore.open(pool, { schema });
  assert.equal((await again.getPack('a')).title, 'B');
  assert.deepEqual(await again.listSnapshotItems('half'), half.items);
  assert.equal((await again.verify('half', { hash: half.record.hash })).valid, true);
  // What is here and newer stays.
  await again.upsertPack({ packKey: 'a', version: '1', title: 'C' });
  assert.equal((await (await PostgresSnapshotStore.open(pool, { schema })).getPack('a')).title, 'C');
  // The tables of the host are as they were.
  const { rows } = await pool.query(`select count(*)::int as n from ${schema}.context_snapshot`);
  assert.equal(rows[0].n, 4);
});

test('names the row that cannot be taken over, stores nothing of it, and goes on once it is right', async () => {
  const schema = newSchema();
  await hostTables(schema);
  // The host has fewer constraints than it should.
  for (const column of [
    'context_pack alter pack_key',
    'context_snapshot alter hash',
    'context_snapshot alter pack_key',
  ])
    await pool.query(`alter table ${schema}.${column} drop not null`);
  const good = take(items(3), { snapshotId: 'a' });
  await hostWrites(schema, good);
  const bad = take([item('bad')], { snapshotId: 'b' });
  await hostWrites(schema, bad);
  await pool.query(
    `insert into ${schema}.context_pack values ('a:1', 'a', '1', 'A', null, null, null, null, '2026-01-02', '2026-01-03')`,
  );
  const open = () => PostgresSnapshotStore.open(pool, { schema });
  const stored = async () =>
    (await pool.query(`select snapshot_id from ${schema}.snapshot order by 1`)).rows.map((row) => row.snapshot_id);
  const cases = [
    ['context_pack', 'a:1', 'pack_key', null, 'pack_key is null'],
    ['context_pack', 'a:1', 'tags', '[1e400]', 'tags.0: Invalid input: expected JSON value, received Infinity'],
    ...['infinity', '-infinity', '0001-01-01 BC', '10000-01-01'].map((time) => [
      ...['context_snapshot', 'b', 'created_at', time],
      'created_at is null, infinite, or not of the years 1 to 9999',
    ]),
    ['context_snapshot', 'b', 'hash', null, 'hash is null'],
    ['context_snapshot', 'b', 'pack_key', null, 'pack_key is null'],
    [
      'context_snapshot',
      'b',
      'metadata',
      '{"n":1e400}',
      'metadata.n: Invalid input: expected JSON value, received Infinity',
    ],
    [
      'context_snapshot_item',
      'bad',
      'content',
      '[1e400]',
      'content.0: Invalid input: expected JSON value, received Infinity',
    ],
  ];
  for (const [table, id, column, value, reason] of cases) {
    const { rows } = await pool.query(`select ${column}::text as value from ${schema}.${table} where id = $1`, [id]);
    const set = (to) => pool.query(`update ${schema}.${table} set ${column} = $2 where id = $1`, [id, to]);
    await set(value);
    await assert.rejects(open(), {
      code: 'VALIDATION_FAILED',
      detail: `Row "${id}" of ${table} cannot be taken over: ${reason}. Correct or delete it, and open the store again, which goes on from there`,
    });
    assert.deepEqual(await stored(), table === 'context_pack' ? [] : ['a']);
    const bodies = await pool.query(`select 1 from ${schema}.snapshot_body where item_id = 'bad'`);
    assert.equal(bodies.rows.length, 0);
    await set(rows[0].value);
  }
  const store = await open();
  assert.deepEqual(await stored(), ['a', 'b']);
  for (const { record } of [good, bad]) {
    assert.equal((await store.verify(record.snapshotId, { hash: record.hash })).valid, true);
  }
  assert.equal((await store.getPack('a')).title, 'A');
});

test('takes times over as the host has written them, also without a time zone', async (t) => {
  const times = ['1970-01-01T00:00:00.000Z', '2026-07-01T23:59:59.999Z', '9999-12-31T23:59:59.999Z'];
  for (const zone of ['UTC', 'Asia/Kathmandu', 'America/New_York']) {
    const db = newPool({ ...server.config, max: 2, options: `-c timezone=${zone}` });
    t.after(() => db.end());
    for (const type of ['timestamptz', 'timestamp']) {
      const schema = newSchema();
      await hostTables(schema);
      const snapshots = times.map((createdAt, at) =>
        take(items(2), { snapshotId: `t-${at}`, now: new Date(createdAt) }),
      );
      for (const [at, { record, items: list }] of snapshots.entries()) {
        // Their ids are unique over all snapshots.
        await hostWrites(schema, { record, items: list }, (id) => `t-${at}:${id}`);
      }
      await pool.query(
        `insert into ${schema}.context_pack values ('a:1', 'a', '1', 'A', null, null, null, null, '${times[0]}', '${times[1]}')`,
      );
      for (const [table, column] of [
        ...['pack', 'snapshot', 'snapshot_item'].map((name) => [name, 'created_at']),
        ['pack', 'updated_at'],
      ]) {
        await pool.query(
          `alter table ${schema}.context_${table} alter ${column} type ${type} using ${column} at time zone 'UTC'
             ${type === 'timestamptz' ? "at time zone 'UTC'" : ''}`,
        );
      }
      const store = await PostgresSnapshotStore.open(db, { schema });
      for (const { record, items: list } of snapshots) {
        assert.equal((await store.verify(record.snapshotId, { seal: record.metadata.$snapshot.seal })).valid, true);
        assert.deepEqual(await store.listSnapshotItems(record.snapshotId), list);
      }
      const { createdAt, updatedAt } = await store.getPack('a');
      assert.deepEqual([createdAt, updatedAt], times.slice(0, 2));
      // The one that is here now is newer, so it stays.
      await store.upsertPack({ packKey: 'a', version: '1', title: 'B', updatedAt: '2026-07-02T00:00:00.001Z' });
      await store.migrate();
      assert.equal((await store.getPack('a')).title, 'B');
    }
  }
});

test('leaves times of packs and items out that nobody can write, with any number of items', async () => {
  const schema = newSchema();
  await hostTables(schema);
  const { record, items: list } = take(items(150), { snapshotId: 'far' });
  await hostWrites(schema, { record, items: list });
  await pool.query(`update ${schema}.context_snapshot_item set created_at = '12000-01-01'`);
  await pool.query(
    `insert into ${schema}.context_pack values ('a:1', 'a', '1', 'A', null, null, null, null, '12000-01-01', '0044-03-15 BC')`,
  );
  const store = await PostgresSnapshotStore.open(pool, { schema });
  assert.deepEqual(await store.listSnapshotItems('far'), list);
  assert.deepEqual(await store.getPack('a'), { packKey: 'a', version: '1', title: 'A' });
});

test('opens for a connection that may only read, which takes nothing over', async (t) => {
  const schema = newSchema();
  await hostTables(schema);
  const snapshot = take(items(3), { snapshotId: 'first' });
  await hostWrites(schema, snapshot);
  const owner = await PostgresSnapshotStore.open(pool, { schema });
  await hostWrites(schema, take([item('more')], { snapshotId: 'later' }));
  for (const sql of ['create role auditor login', `grant usage on schema ${schema} to auditor`]) await pool.query(sql);
  await pool.query(`grant select on all tables in schema ${schema} to auditor`);
  for (const config of [{ options: '-c default_transaction_read_only=on' }, { user: 'auditor' }]) {
    const db = newPool({ ...server.config, ...config, max: 2 });
    t.after(() => db.end());
    const store = await PostgresSnapshotStore.open(db, { schema });
    assert.equal((await store.verify('first', { hash: snapshot.record.hash })).valid, true);
    assert.equal(await store.getSnapshot('later'), null);
    await assert.rejects(store.saveSnapshot(take(items(2))), { code: 'SERVICE_UNAVAILABLE' });
  }
  await owner.migrate();
  assert.notEqual(await owner.getSnapshot('later'), null);
});

test('takes a record over whose pack is none, and stores no such pack', async () => {
  const schema = newSchema();
  await hostTables(schema);
  const packs = [
    ...[{ packKey: 'q' }, { packKey: 'q', version: 7, title: 't' }, { packKey: 'q', version: '7' }],
    { packKey: 'q', version: '7', title: 't', createdAt: 'never' },
  ];
  for (const [at, pack] of packs.entries()) {
    const $snapshot = { tenantId: 'acme', seal: 'abc', manifest: { pack } };
    await pool.query(
      `insert into ${schema}.context_snapshot values ($1, 'a', '1', 'abc', 0, null, $2, '2025-05-05T05:05:05.005Z')`,
      [`odd-${at}`, json({ $snapshot })],
    );
  }
  const store = await PostgresSnapshotStore.open(pool, { schema });
  assert.equal((await store.listPacks()).total, 0);
  for (const [at, pack] of packs.entries()) {
    const { metadata } = await store.getSnapshot(`odd-${at}`);
    assert.deepEqual(metadata, { $snapshot: { tenantId: 'acme', seal: 'abc', manifest: { pack } } });
  }
  const { rows } = await pool.query(`select distinct tenant_id, seal from ${schema}.snapshot`);
  assert.deepEqual(rows, [{ tenant_id: 'acme', seal: 'abc' }]);
});

test('takes a row over whose id is empty', async () => {
  const schema = newSchema();
  await hostTables(schema);
  await pool.query(
    `insert into ${schema}.context_snapshot values ('', 'a', '1', 'abc', 0, null, null, '2025-05-05T05:05:05.005Z')`,
  );
  const store = await PostgresSnapshotStore.open(pool, { schema });
  assert.equal((await store.getSnapshot('')).hash, 'abc');
});

test('takes one snapshot over once, if several processes open the store', async () => {
  const schema = newSchema();
  await hostTables(schema);
  const snapshot = take(items(50), { snapshotId: 'many' });
  await hostWrites(schema, snapshot);
  const stores = await Promise.all([1, 2, 3, 4].map(() => PostgresSnapshotStore.open(pool, { schema })));
  assert.deepEqual(await stores[3].listSnapshotItems('many'), snapshot.items);
});

test('applies migrations once, also if several processes do', async () => {
  const schema = newSchema();
  const stores = await Promise.all([1, 2, 3, 4].map(() => PostgresSnapshotStore.open(pool, { schema })));
  const { rows } = await pool.query(`select number from ${schema}.snapshot_migration order by 1`);
  assert.deepEqual(rows, [{ number: 1 }, { number: 2 }]);
  assert.deepEqual(await stores[0].migrate(), { from: 2, to: 2 });
});

test('brings tables of an older package up to date, with what is in them', async () => {
  const [schema, fresh] = [newSchema(), newSchema()];
  const [first] = snapshotMigrationSql({ schema }).split('--> statement-breakpoint');
  await pool.query(first);
  // Made by the functions of the first migration.
  const snapshot = take(items(3), { snapshotId: 'old' });
  const { record, index } = snapshot;
  await pool.query(
    `insert into ${schema}.snapshot (tenant_id, snapshot_id, pack_key, pack_version, hash, item_count, created_at, text)
     values ('', 'old', $1, $2, $3, 3, $4, $5)`,
    [record.packKey, record.packVersion, record.hash, record.createdAt, canonicalize(record)],
  );
  for (const [at, json] of snapshot.items.map((one) => digestItem(one).json).entries()) {
    const digest = Buffer.from(index[at].digest.slice(7), 'hex');
    await pool.query(
      `with b as (insert into ${schema}.snapshot_body (tenant_id, digest, item_id, text) values ('', $1, $2, $3) returning number)
       insert into ${schema}.snapshot_item (snapshot, ordinal, body) select 1, $4, number from b`,
      [digest, index[at].itemId, json, at],
    );
  }
  const store = await PostgresSnapshotStore.open(pool, { schema });
  assert.deepEqual(await store.migrate(), { from: 2, to: 2 });
  assert.equal((await store.verify('old', { hash: record.hash })).valid, true);
  assert.equal(await store.saveSnapshot(snapshot), 'exists');
  await PostgresSnapshotStore.open(pool, { schema: fresh });
  assert.deepEqual(await catalogOf(pool, schema), await catalogOf(pool, fresh));

  const db = new DatabaseSync(':memory:');
  const local = await SqliteSnapshotStore.open(db);
  await local.saveSnapshot(snapshot);
  const triggers = "select name, sql from sqlite_master where type = 'trigger' order by name";
  const expected = db.prepare(triggers).all();
  // What the migrations after the first and after the second have made.
  for (const [number, made] of [
    [1, /_(no_replace|whole)$/],
    [2, /_whole$/],
  ]) {
    for (const { name } of expected) if (made.test(name)) db.exec(`drop trigger ${name}`);
    db.exec(`delete from snapshot_migration where number > ${number}`);
    const again = await SqliteSnapshotStore.open(db);
    assert.deepEqual(await again.migrate(), { from: 3, to: 3 });
    assert.deepEqual(db.prepare(triggers).all(), expected);
  }
});

test('leaves nothing of a migration that failed', async () => {
  const schema = newSchema();
  // The host has a table of that name.
  await pool.query(`create schema ${schema}`);
  await pool.query(`create table ${schema}.snapshot_outbox (id text)`);
  await assert.rejects(PostgresSnapshotStore.open(pool, { schema }), { code: 'SERVICE_UNAVAILABLE', message: /42P07/ });
  const { rows } = await pool.query('select tablename from pg_tables where schemaname = $1', [schema]);
  assert.deepEqual(rows, [{ tablename: 'snapshot_outbox' }]);
  await pool.query(`drop table ${schema}.snapshot_outbox`);
  assert.equal((await (await PostgresSnapshotStore.open(pool, { schema })).listSnapshots()).total, 0);
});

test('refuses tables of a newer package', async () => {
  const schema = newSchema();
  await PostgresSnapshotStore.open(pool, { schema });
  await pool.query(`insert into ${schema}.snapshot_migration (number) values (99)`);
  await assert.rejects(PostgresSnapshotStore.open(pool, { schema }), {
    code: 'SERVICE_UNAVAILABLE',
    message: /version 99/,
  });
  const db = new DatabaseSync(':memory:');
  await SqliteSnapshotStore.open(db);
  db.exec('insert into snapshot_migration (number) values (99)');
  await assert.rejects(SqliteSnapshotStore.open(db), { code: 'SERVICE_UNAVAILABLE', message: /version 99/ });
});

test('takes any name of a schema, and any text that jsonb refuses', async () => {
  const store = await PostgresSnapshotStore.open(pool, { schema: 'Odd "name" {in}; --' });
  const snapshot = take([item('a\0', 'b\\u0000')], { snapshotId: 'odd' });
  await store.saveSnapshot(snapshot);
  assert.deepEqual(await store.listSnapshotItems('odd'), snapshot.items);
  const { rows } = await pool.query('select text from "Odd ""name"" {in}; --".snapshot_body');
  assert.equal(canonicalizeJson(rows[0].text), rows[0].text);
  await assert.rejects(PostgresSnapshotStore.open(pool, { schema: '' }), { code: 'VALIDATION_FAILED' });
  await assert.rejects(PostgresSnapshotStore.open({}), { code: 'VALIDATION_FAILED' });
  assert.throws(() => new PostgresSnapshotStore(), /open/);
});

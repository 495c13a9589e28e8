// The tables as code, `./drizzle` and `./kysely`, with the real packages: what an ORM's migrations make is what the store makes, both read what
// the store has written, and neither can change it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import * as drizzleTables from '@lssm-tech/lib.context-snapshot/drizzle';
import { snapshotMigrationSql, snapshotTables } from '@lssm-tech/lib.context-snapshot/drizzle';
import { SnapshotMigrationProvider, snapshotMigrations } from '@lssm-tech/lib.context-snapshot/kysely';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import BetterSqlite3 from 'better-sqlite3';
import { and, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { catalogOf, tablesOf } from './support/catalog.js';
import { item, items, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { newPool } from './support/stores.js';

const require = createRequire(import.meta.url);
const REFUSED = /snapshots are never changed/;
const APPLIED = ['context_snapshot_0001 Success', 'context_snapshot_0002 Success'];
/** A project that uses drizzle-kit. Inside the repository, so that packages are found. */
const project = fileURLToPath(new URL('../../target/drizzle/', import.meta.url));
const kit = fileURLToPath(new URL('node_modules/drizzle-kit/bin.cjs', import.meta.url));

let server;
let pool;
/** What the store makes. */
let expected;
before(async () => {
  server = await startPostgres();
  pool = newPool({ ...server.config, max: 8 });
  await PostgresSnapshotStore.open(pool, { schema: 'by_store' });
  expected = await catalogOf(pool, 'by_store');
  for (const [name, texts] of Object.entries(expected)) assert.ok(texts.length > 0, name);
});
after(async () => {
  await pool.end();
  await server.stop();
});

/** A database of its own, because tools keep tables of their own. */
async function newDatabase(t, name) {
  await pool.query(`create database ${name}`);
  const db = newPool({ ...server.config, database: name, max: 8 });
  t.after(() => db.end());
  return { db, url: server.url.replace(/postgres$/, name) };
}
const numbersIn = async (db, schema) =>
  (await db.query(`select number from ${schema}.snapshot_migration order by 1`)).rows.map(({ number }) => number);

const kyselyOf = (db) => new Kysely({ dialect: new PostgresDialect({ pool: db }) });

/** Runs a migrator to its end. */
async function toLatest(props) {
  const { error, results } = await new Migrator(props).migrateToLatest();
  assert.equal(error, undefined);
  return results.map(({ migrationName, status }) => `${migrationName} ${status}`);
}

const snapshot = take([...items(5), item('own', { a: [1] }, { textContent: 't', sourceVersion: '2' })], {
  snapshotId: 's-1',
});
const index = Object.fromEntries(snapshot.index.map(({ itemId, digest }) => [itemId, digest]));

describe('Kysely', () => {
  test('makes what the store makes, once', async (t) => {
    const { db } = await newDatabase(t, 'kysely');
    const kysely = kyselyOf(db);
    const props = { db: kysely, provider: new SnapshotMigrationProvider({ schema: 'by_kysely' }) };
    assert.deepEqual(await toLatest(props), APPLIED);
    assert.deepEqual(await toLatest(props), []);
    assert.deepEqual(await catalogOf(db, 'by_kysely'), expected);

    // The store finds its tables: a role that may create nothing opens it.
    await db.query('create role app login');
    await db.query('grant usage on schema by_kysely to app');
    await db.query('grant select, insert, update, delete on all tables in schema by_kysely to app');
    const app = newPool({ ...server.config, database: 'kysely', user: 'app', max: 2 });
    t.after(() => app.end());
    const store = await PostgresSnapshotStore.open(app, { schema: 'by_kysely' });
    assert.deepEqual(await store.migrate(), { from: 2, to: 2 });
    assert.equal(await store.saveSnapshot(snapshot), 'created');
    assert.equal((await store.verify('s-1', { hash: snapshot.record.hash })).valid, true);
    assert.deepEqual(await numbersIn(db, 'by_kysely'), [1, 2]);
  });

  test('migrates beside migrations of the host, and leaves tables that the store has made', async (t) => {
    const { db } = await newDatabase(t, 'kysely_beside');
    const kysely = kyselyOf(db);
    await PostgresSnapshotStore.open(db);
    const before = await catalogOf(db, 'lssm_context');
    const own = { up: (one) => one.schema.createTable('agent_run').addColumn('id', 'text').execute() };
    const getMigrations = async () => ({ '2026_runs': own, ...snapshotMigrations() });
    assert.deepEqual(await toLatest({ db: kysely, provider: { getMigrations } }), ['2026_runs Success', ...APPLIED]);
    assert.deepEqual(await catalogOf(db, 'lssm_context'), before);
    assert.deepEqual(before, expected);
    assert.deepEqual(await numbersIn(db, 'lssm_context'), [1, 2]);
  });

  test('undoes a migration that fails half-way', async (t) => {
    const { db } = await newDatabase(t, 'kysely_half');
    await db.query('create schema half');
    // In the way of the view, which is one of the last statements.
    await db.query('create table half.snapshot_item_row ()');
    const provider = new SnapshotMigrationProvider({ schema: 'half' });
    const { error } = await new Migrator({ db: kyselyOf(db), provider }).migrateToLatest();
    assert.match(error.message, /already exists/);
    await db.query('drop table half.snapshot_item_row');
    assert.deepEqual((await tablesOf(db, 'half')).tables, []);
    assert.deepEqual(await toLatest({ db: kyselyOf(db), provider }), APPLIED);
    assert.deepEqual(await catalogOf(db, 'half'), expected);
  });

  test('may race with the store and with Drizzle', async (t) => {
    const { db } = await newDatabase(t, 'race');
    for (let round = 0; round < 5; round++) {
      const schema = `race_${round}`;
      const kysely = (name) =>
        toLatest({
          ...{ db: kyselyOf(db), provider: new SnapshotMigrationProvider({ schema }) },
          ...{ migrationTableName: name, migrationLockTableName: `${name}_lock` },
        });
      await Promise.all([
        PostgresSnapshotStore.open(db, { schema }),
        kysely(`a_${round}`),
        db.query(snapshotMigrationSql({ schema })),
        kysely(`b_${round}`),
        PostgresSnapshotStore.open(db, { schema }),
      ]);
      assert.deepEqual(await catalogOf(db, schema), expected);
      assert.deepEqual(await numbersIn(db, schema), [1, 2]);
    }
  });

  test('reads what the store has written, and cannot change it', async (t) => {
    const { db } = await newDatabase(t, 'kysely_reads');
    const store = await PostgresSnapshotStore.open(db);
    await store.saveSnapshot(snapshot);
    await store.erase('s-1', ['i-1'], 'asked for');
    const kysely = kyselyOf(db).withSchema('lssm_context');
    const [row] = await kysely
      .selectFrom('snapshot')
      .innerJoin('snapshot_item_row', 'snapshot_item_row.snapshot_id', 'snapshot.snapshot_id')
      .select([
        'snapshot.hash',
        'snapshot.created_at',
        'item_id',
        'kind',
        'content',
        'source_version',
        'digest',
        'ordinal',
      ])
      .where('item_id', '=', 'own')
      .execute();
    assert.deepEqual(row, {
      ...{
        hash: snapshot.record.hash,
        created_at: new Date(snapshot.record.createdAt),
        item_id: 'own',
        kind: 'docblock',
      },
      ...{ content: { a: [1] }, source_version: '2', digest: index.own, ordinal: 5 },
    });
    const ids = await kysely.selectFrom('snapshot_item_row').select('item_id').orderBy('ordinal').execute();
    assert.deepEqual(
      ids.map((one) => one.item_id),
      ['i-0', 'i-2', 'i-3', 'i-4', 'own'],
    );
    const gone = kysely.selectFrom('snapshot_tombstone').select('text');
    assert.equal(JSON.parse((await gone.executeTakeFirstOrThrow()).text).itemId, 'i-1');
    for (const change of [
      kysely.updateTable('snapshot').set({ hash: 'x' }),
      kysely.updateTable('snapshot_body').set({ text: '{}' }),
      kysely.deleteFrom('snapshot_item'),
      kysely.deleteFrom('snapshot_tombstone'),
    ]) {
      await assert.rejects(change.execute(), REFUSED);
    }
    assert.equal((await store.getSnapshot('s-1')).hash, snapshot.record.hash);
  });

  test('reads SQLite, whose columns have the names that the types take from PostgreSQL, and the values that they say', async (t) => {
    const database = new BetterSqlite3(':memory:');
    const kysely = new Kysely({ dialect: new SqliteDialect({ database }) });
    t.after(() => kysely.destroy());
    const store = await SqliteSnapshotStore.open(database);
    await store.upsertPack({ packKey: 'shop.docs', version: '1.0.0', title: 'Shop', createdAt: new Date(0) });
    await store.saveSnapshot(snapshot);
    await store.erase('s-1', ['i-1'], 'asked for');
    await store.relayOutbox(() => {});
    const { rows: columns } = await pool.query(
      `select table_name as of, column_name as name, data_type as type from information_schema.columns
       where table_schema = 'by_store' and (table_name, column_name) <> ('snapshot_item_row', 'tenant_id')`,
    );
    const types = { integer: 'number', bigint: 'number' };
    const tables = new Set(columns.map((column) => column.of));
    assert.equal(tables.size, 8);
    for (const table of tables) {
      const expected = columns.filter((column) => column.of === table);
      const rows = await kysely.selectFrom(table).selectAll().execute();
      assert.ok(rows.length > 0, table);
      for (const row of rows) {
        assert.deepEqual(Object.keys(row).sort(), expected.map((column) => column.name).sort());
        for (const { name, type } of expected)
          if (row[name] !== null) assert.equal(typeof row[name], types[type] ?? 'string', `${table}.${name}`);
      }
    }
    const [{ content }] = await kysely
      .selectFrom('snapshot_item_row')
      .select('content')
      .where('item_id', '=', 'own')
      .execute();
    assert.deepEqual(JSON.parse(content), { a: [1] });
    await assert.rejects(kysely.deleteFrom('snapshot').execute(), REFUSED);
  });

  test('refuses options that it does not know', () => {
    for (const options of [{ schema: '' }, { schema: 7 }, { schema: 'a\0' }, { Schema: 'a' }]) {
      assert.throws(() => snapshotMigrations(options), TypeError);
      assert.throws(() => new SnapshotMigrationProvider(options), TypeError);
      assert.throws(() => snapshotMigrationSql(options), TypeError);
      assert.throws(() => snapshotTables(options), TypeError);
    }
  });
});

describe('Drizzle', () => {
  /** Runs drizzle-kit in the project, and returns what it prints. */
  function run(...args) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [kit, ...args], {
      cwd: project,
      encoding: 'utf8',
      input: '',
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout;
  }
  const migrations = () => readdirSync(join(project, 'drizzle')).filter((name) => name.endsWith('.sql'));
  function newProject(url) {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'schema.ts'), "export * from '@lssm-tech/lib.context-snapshot/drizzle';\n");
    const config = { dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url } };
    writeFileSync(join(project, 'drizzle.config.ts'), `export default ${JSON.stringify(config)};\n`);
  }

  test('makes what the store makes, and drizzle-kit sees no difference', async (t) => {
    const { db, url } = await newDatabase(t, 'drizzle');
    newProject(url);
    run('generate', '--name=context_snapshot');
    assert.deepEqual(migrations(), ['0000_context_snapshot.sql']);
    const file = join(project, 'drizzle', '0000_context_snapshot.sql');
    const generated = readFileSync(file, 'utf8');
    writeFileSync(file, snapshotMigrationSql());
    run('migrate');
    run('migrate');
    assert.deepEqual(await catalogOf(db, 'lssm_context'), expected);
    assert.match(run('generate'), /No schema changes, nothing to migrate/);
    assert.match(run('push'), /No changes detected/);
    assert.deepEqual(migrations(), ['0000_context_snapshot.sql']);
    const store = await PostgresSnapshotStore.open(db);
    assert.deepEqual(await store.migrate(), { from: 2, to: 2 });

    // By Drizzle's own migrator, where the store was first; and from another file, as after an update of this package.
    const folder = join(project, 'drizzle');
    await PostgresSnapshotStore.open((await newDatabase(t, 'drizzle_second')).db);
    const second = newPool({ ...server.config, database: 'drizzle_second', max: 2 });
    t.after(() => second.end());
    await migrate(drizzle({ client: second }), { migrationsFolder: folder });
    assert.deepEqual(await catalogOf(second, 'lssm_context'), expected);

    // The tables as Drizzle understands them are the same tables.
    const { db: plain } = await newDatabase(t, 'drizzle_plain');
    for (const statement of generated.split('--> statement-breakpoint')) await plain.query(statement);
    const { tables, columns, constraints, indexes } = await tablesOf(plain, 'lssm_context');
    const isOfTable = (text) => !/^snapshot_item_row\b/.test(text);
    assert.deepEqual(constraints, expected.constraints);
    assert.deepEqual(indexes, expected.indexes);
    assert.deepEqual(columns, expected.columns.filter(isOfTable));
    assert.deepEqual(tables, expected.tables.filter(isOfTable));
  });

  test('has the columns of the view', async () => {
    const { getViewConfig } = require('drizzle-orm/pg-core');
    const { selectedFields } = getViewConfig(drizzleTables.snapshotItemRows);
    const columns = Object.values(selectedFields).map((column) => `${column.name} ${column.getSQLType()}`);
    const { rows } = await pool.query(
      `select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) as text from pg_attribute a
       where a.attrelid = 'by_store.snapshot_item_row'::regclass and a.attnum > 0 order by a.attnum`,
    );
    assert.deepEqual(
      columns,
      rows.map(({ text }) => text),
    );
  });

  for (const schema of ['lssm_context', "it's a schema", 'public']) {
    test(`reads what the store has written in ${schema}, and cannot change it`, async (t) => {
      const { db: client } = await newDatabase(t, `drizzle_reads_${schema.length}`);
      await client.query(snapshotMigrationSql({ schema }));
      const store = await PostgresSnapshotStore.open(client, { schema });
      await store.saveSnapshot(snapshot);
      await store.erase('s-1', ['i-1'], 'asked for');
      const { snapshots, snapshotItemRows, snapshotBodies, snapshotTombstones, snapshotOutbox, snapshotSchema } =
        schema === 'lssm_context' ? drizzleTables : snapshotTables({ schema });
      assert.equal(snapshotSchema?.schemaName, schema === 'public' ? undefined : schema);
      const db = drizzle({ client });
      const [row] = await db
        .select()
        .from(snapshots)
        .innerJoin(snapshotItemRows, eq(snapshotItemRows.snapshotId, snapshots.snapshotId))
        .where(and(eq(snapshots.packKey, 'shop.docs'), eq(snapshotItemRows.itemId, 'own')))
        .orderBy(desc(snapshots.createdAt));
      assert.deepEqual(
        { ...row.snapshot, text: JSON.parse(row.snapshot.text) },
        {
          ...{ number: 1, tenantId: '', snapshotId: 's-1', packKey: 'shop.docs', packVersion: '1.0.0', itemCount: 6 },
          ...{ hash: snapshot.record.hash, seal: snapshot.record.metadata.$snapshot.seal },
          ...{ createdBy: snapshot.record.createdBy, createdAt: new Date(snapshot.record.createdAt) },
          text: snapshot.record,
        },
      );
      const { content, sourceVersion, digest, ordinal, textContent } = row.snapshot_item_row;
      assert.deepEqual(
        { content, sourceVersion, digest, ordinal, textContent },
        { content: { a: [1] }, sourceVersion: '2', digest: index.own, ordinal: 5, textContent: 't' },
      );
      const [body] = await db.select().from(snapshotBodies).where(eq(snapshotBodies.itemId, 'own'));
      assert.equal(`sha256:${Buffer.from(body.digest).toString('hex')}`, index.own);
      assert.deepEqual(JSON.parse(body.text).content, { a: [1] });
      const [gone] = await db.select().from(snapshotBodies).where(eq(snapshotBodies.itemId, 'i-1'));
      assert.equal(gone.text, null);
      assert.equal((await db.select().from(snapshotTombstones))[0].ordinal, 1);
      const [event] = await db.select().from(snapshotOutbox);
      assert.deepEqual([event.attempts, event.publishedAt, event.payload.snapshotId], [0, null, 's-1']);

      for (const change of [
        db.update(snapshots).set({ hash: 'x' }),
        db.update(snapshotBodies).set({ text: sql`text || ' '` }),
        db.delete(snapshotTombstones),
        db.delete(snapshots).where(eq(snapshots.snapshotId, 's-1')),
      ]) {
        await assert.rejects(change, ({ cause }) => REFUSED.test(cause.message));
      }
    });
  }
});

test('takes any name of a schema, and runs nothing that stands in it', async (t) => {
  const { db } = await newDatabase(t, 'names');
  await db.query('create table public.of_the_host ()');
  for (const schema of [
    ...[
      '{in}',
      '{body}',
      '{name}',
      '$body$',
      '$do_body$',
      '_body$$',
      '$migration$',
      '$1',
      '$$',
      'a"b',
      "a'b",
      'a\\b',
      '\n',
      '--',
      '/*',
    ],
    ...[
      '$body$; drop table public.of_the_host; do $body$',
      "$do_body$; drop table public.of_the_host; --'",
      '\u{1f600}'.repeat(15),
    ],
  ]) {
    const store = await PostgresSnapshotStore.open(db, { schema });
    assert.equal(await store.saveSnapshot(snapshot), 'created', schema);
    assert.equal((await store.verify('s-1', { hash: snapshot.record.hash })).valid, true);
    await db.query(`drop schema "${schema.replaceAll('"', '""')}" cascade`);
    await db.query(snapshotMigrationSql({ schema }));
    assert.deepEqual(await (await PostgresSnapshotStore.open(db, { schema })).migrate(), { from: 2, to: 2 });
  }
  await db.query('select from public.of_the_host');
});

test('migrates PGlite by the SQL and by the statements', async (t) => {
  const sqlOnly = new PGlite();
  const opened = new PGlite();
  t.after(() => Promise.all([sqlOnly.close(), opened.close()]));
  await sqlOnly.exec(snapshotMigrationSql());
  await sqlOnly.exec(snapshotMigrationSql());
  await PostgresSnapshotStore.open(opened);
  assert.deepEqual(await catalogOf(sqlOnly, 'lssm_context'), await catalogOf(opened, 'lssm_context'));
  const store = await PostgresSnapshotStore.open(sqlOnly);
  assert.equal(await store.saveSnapshot(snapshot), 'created');
});

test('SQLite: has the query of its view where drizzle-kit looks for it', async () => {
  const db = new DatabaseSync(':memory:');
  await SqliteSnapshotStore.open(db);
  const [view, ...others] = db.prepare("select sql from sqlite_master where type = 'view'").all();
  assert.deepEqual(others, []);
  // The expression of drizzle-kit, which exits if a view does not match. `.` is no line break.
  const [, query] = /\bAS\b\s+(SELECT.+)$/i.exec(view.sql);
  assert.deepEqual(db.prepare(query).all(), []);
});

test('loads an ORM only if its entry is used, by import and by require', () => {
  const folder = join(project, '../no-orm');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const code = `
    const { createRequire, registerHooks } = require('node:module');
    const loaded = [];
    registerHooks({
      resolve(name, context, next) {
        if (/^(drizzle-orm|kysely)/.test(name)) loaded.push(name);
        return next(name, context);
      },
    });
    const entries = ['', '/verify', '/errors', '/contract', '/runtime', '/postgres', '/sqlite'];
    (async () => {
      const found = {};
      for (const load of [require, (name) => import(name)]) {
        for (const entry of entries) await load('@lssm-tech/lib.context-snapshot' + entry);
        found.others = [...loaded];
        for (const entry of ['/drizzle', '/kysely']) found[entry] = Object.keys(await load('@lssm-tech/lib.context-snapshot' + entry)).length;
        loaded.length = 0;
        if (load === require) console.log(JSON.stringify(found));
      }
      console.log(JSON.stringify(found));
    })();`;
  const file = join(folder, 'loads.cjs');
  writeFileSync(file, code);
  const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    encoding: 'utf8',
  });
  const [required, imported] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(required, { others: [], '/drizzle': 11, '/kysely': 2 }, stderr);
  assert.deepEqual(imported, required);
});

// The stores under test: each entry with each driver, on real databases.
//
// How: `open` returns a store with empty tables, `again` another store on the same tables, and `sql` to change rows behind its back. In that SQL,
// `{item}` is a table of the store.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import postgres from 'postgres';

const nameOf = (name) => (name === 'snapshot' ? name : `snapshot_${name}`);
export const sqliteTables = (sql) => sql.replace(/\{(\w+)\}/g, (_, name) => nameOf(name));
export const postgresTables = (schema) => (sql) =>
  sql.replace(/\{(\w+)\}/g, (_, name) => (name === 'in' ? schema : `${schema}.${nameOf(name)}`));

/** SQL that lets an attacker who owns the database change what triggers protect. */
const WITHOUT_TRIGGERS = 'set session_replication_role = replica';

/** A pool whose idle connections may be cut. */
export function newPool(config) {
  const pool = new pg.Pool(config);
  pool.on('error', () => {});
  return pool;
}

let schemas = 0;
/** Returns the name of a schema that no other test of this file uses. */
export const newSchema = () => `test_${++schemas}`;

/** A provider in the form of the host's, over a pool of `pg`. */
export function providerOf(pool, client = pool) {
  const query = async (text, params) => {
    const { rows } = await client.query(text, params);
    return { rows, rowCount: rows.length };
  };
  return {
    query,
    execute: async (text, params) => {
      await query(text, params);
    },
    transaction: async (run) => {
      const own = await pool.connect();
      try {
        await own.query('begin');
        const result = await run(providerOf(pool, own));
        await own.query('commit');
        return result;
      } catch (error) {
        await own.query('rollback');
        throw error;
      } finally {
        own.release();
      }
    },
    close: async () => {},
  };
}

const sqlite = (name, make) => ({
  name,
  isSqlite: true,
  open: async () => {
    const db = make();
    const raw = async (sql) => db.prepare(sqliteTables(sql));
    return {
      db,
      store: await SqliteSnapshotStore.open(db),
      again: () => SqliteSnapshotStore.open(db),
      rows: async (sql) => (await raw(sql)).all(),
      run: async (sql) => (await raw(sql)).run(),
      // Triggers cannot be switched off, so the attacker drops them.
      attack: async (sql) => {
        for (const { name: trigger } of db.prepare("select name from sqlite_master where type = 'trigger'").all()) {
          db.exec(`drop trigger ${trigger}`);
        }
        (await raw(sql)).run();
      },
      close: async () => db.close(),
    };
  },
});

/** A PostgreSQL client of some driver. `connect` returns it, and how to end it. */
const postgresKind = (name, connect) => ({
  name,
  isSqlite: false,
  open: async (server, options) => {
    const { db, end, admin = newPool({ ...server.config, max: 1 }) } = await connect(server);
    const schema = newSchema();
    const query = async (sql) => (await admin.query(postgresTables(schema)(sql))).rows;
    return {
      db,
      schema,
      store: await PostgresSnapshotStore.open(db, { schema, ...options }),
      admin,
      again: () => PostgresSnapshotStore.open(db, { schema, ...options }),
      rows: query,
      run: query,
      attack: async (sql) => {
        await query(WITHOUT_TRIGGERS);
        await query(sql);
        await query('set session_replication_role = origin');
      },
      close: async () => {
        await end();
        if (admin !== db) await admin.end();
      },
    };
  },
});

export const pool = postgresKind('a pool of pg', async (server) => {
  const db = newPool({ ...server.config, max: 8 });
  return { db, end: () => db.end() };
});

export const pglite = postgresKind('PGlite', async () => {
  const db = new PGlite();
  return { db, end: () => db.close(), admin: db };
});

export const nodeSqlite = sqlite('node:sqlite', () => new DatabaseSync(':memory:'));

export const kinds = [
  nodeSqlite,
  sqlite('better-sqlite3', () => new BetterSqlite3(':memory:')),
  pool,
  postgresKind('a client of pg', async (server) => {
    const db = new pg.Client(server.config);
    await db.connect();
    return { db, end: () => db.end() };
  }),
  pglite,
  postgresKind('postgres.js', async (server) => {
    const db = postgres(server.url, { max: 4, onnotice: () => {} });
    return { db, end: () => db.end() };
  }),
  postgresKind("the host's provider", async (server) => {
    const own = newPool({ ...server.config, max: 8 });
    return { db: providerOf(own), end: () => own.end() };
  }),
];

/** Returns a folder for a test, removed at its end. */
export function newFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'snapshot-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

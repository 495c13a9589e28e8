// Saves one snapshot when it is told to, and prints the result: `node rival.js <database>`.

import { once } from 'node:events';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import pg from 'pg';
import { items, take } from './packs.js';

const [where] = process.argv.slice(2);
const { url, schema } = where.startsWith('{') ? JSON.parse(where) : {};
const pool = url && new pg.Pool({ connectionString: url, max: 1 });
const store = pool ? await PostgresSnapshotStore.open(pool, { schema }) : await SqliteSnapshotStore.open(where);
const snapshot = take(items(300), { idemKey: 'one' });
console.log('ready');
await once(process.stdin, 'data');
console.log(await store.saveSnapshot(snapshot));
await pool?.end();
process.exit();

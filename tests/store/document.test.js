// The programs of docs/STORES.md print what the document shows, and that of docs/HOST.md section 14 finds what it expects. Each has a
// database of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { awkward, item, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { newPool } from './support/stores.js';

const document = readFileSync(new URL('../../docs/STORES.md', import.meta.url), 'utf8');
/** A block of TypeScript that a block with its output follows. */
const PROGRAM = /^```ts\n\/\/ (\S+)\.ts\n((?:(?!```)[^\n]*\n)*)```\n\n```text\n(.*?)^```$/gms;
/** Inside the repository, so that the package is found. */
const folder = fileURLToPath(new URL('../../target/stores/', import.meta.url));

let server;
let pool;
before(async () => {
  server = await startPostgres();
  pool = newPool({ ...server.config, max: 1 });
});
after(async () => {
  await pool.end();
  await server.stop();
});

const programs = [...document.matchAll(PROGRAM)];
test('finds the programs', () =>
  assert.deepEqual(
    programs.map(([, name]) => name),
    ['life', 'erase', 'drizzle', 'kysely'],
  ));

function run(name, code) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, stripTypeScriptTypes(code));
  const { host, port, user } = server.config;
  return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    encoding: 'utf8',
    // Where `pg` connects to if it is not told.
    env: { ...process.env, PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGDATABASE: name },
  });
}

for (const [, name, code, output] of programs) {
  test(`runs ${name}.ts`, async () => {
    await pool.query(`create database ${name}`);
    assert.equal(run(name, code), output);
  });
}

test('keeps a column that the host adds, and clears it with its text', async () => {
  const [, statements] = /^ {2}```sql\n {2}-- a column of your own\n(.*?)^ {2}```$/ms.exec(document);
  const store = await PostgresSnapshotStore.open(pool);
  await store.saveSnapshot(take([item('before', { title: 'A' })], { snapshotId: 'before' }));
  await pool.query(statements);
  const many = Array.from({ length: 150 }, (_, at) => item(`i-${at}`, { title: `T${at}` }));
  const snapshot = take([...awkward, ...many], { snapshotId: 'after' });
  await store.saveSnapshot(snapshot);
  await store.erase('after', ['i-7'], 'asked for');
  const { rows } = await pool.query('select item_id, app_title as title from lssm_context.snapshot_body');
  const titles = new Map(rows.map(({ item_id: itemId, title }) => [itemId, title]));
  assert.deepEqual(
    ['before', 'i-6', 'i-7', 'json text'].map((itemId) => titles.get(itemId)),
    ['A', 'T6', null, null],
  );
  const again = await PostgresSnapshotStore.open(pool);
  assert.equal((await again.verify('before')).valid, true);
  assert.deepEqual((await again.verify('after')).erased, ['i-7']);
});

test('runs large.ts of docs/HOST.md', () => {
  const host = readFileSync(new URL('../../docs/HOST.md', import.meta.url), 'utf8');
  const [, code] = /^```ts\n\/\/ large\.ts\n(.*?)^```$/ms.exec(host);
  // It fails by itself if a result is not as expected.
  assert.equal(run('large', code), '');
});

// Why: hosts copy the tables and the code of docs/HOST.md, so both must work. How: its programs, stripped of types, run in one
// folder under the names in their first lines, with a real PostgreSQL (PGlite) and MongoDB's own serializer. Their output
// must be the one shown below them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { snapshotPack, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { deserialize, serialize } from 'bson';
import { transformSync } from 'esbuild';

const text = readFileSync(new URL('../../docs/HOST.md', import.meta.url), 'utf8');
/** Inside the repository, so that the package and the dependencies of the hosts' tests can be resolved. */
const folder = new URL('../../target/hosts/storing/', import.meta.url);
const programs = [...text.matchAll(/^```ts\n\/\/ (\S+)\.ts\n(.*?)^```\n(?:\n^```text\n(.*?)^```$)?/gms)];
const outputs = new Map(programs.map(([, name, , output]) => [name, output]));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
symlinkSync(new URL('./node_modules', import.meta.url), new URL('node_modules', folder));
writeFileSync(new URL('package.json', folder), '{ "type": "module" }');
for (const [, name, code] of programs) {
  const { code: script } = transformSync(code, { loader: 'ts', format: 'esm', target: 'es2022' });
  writeFileSync(new URL(`${name}.js`, folder), script.replaceAll('.ts"', '.js"'));
}

const admin = {
  actor: 'admin',
  snapshotId: 's-1',
  now: '2027-03-01T02:00:00Z',
  pack: { packKey: 'p', version: '1', title: '' },
};
const item = (itemId, content) => ({ itemId, kind: 'k', sourceKey: 's', content });
/** Contents that databases are known to change. */
const contents = [
  '',
  '42',
  '{"a":1}',
  'null',
  '\\u0000',
  'a\u0000b',
  '{1,NULL,"x"}',
  { $set: { 'a.b': -0 }, '': '\u0000' },
].concat([{ b: [1e21, 1e-7, 0.1, 2 ** 53], 2: 1, 1: [] }, JSON.parse('{"a\\u0000":"🙂","__proto__":null}')]);
const items = contents.map((content, at) => item(`i-${at}, "{}\\`, content));

test('finds each program of the document', () => {
  assert.deepEqual([...outputs.keys()], ['bind', 'run', 'store', 'lock', 'mongo', 'once', 'large']);
  assert.equal(programs.length, text.split('```ts\n').length - 1);
});

test('prints what the document shows', () => {
  const printed = execFileSync(process.execPath, ['lock.js'], { cwd: folder, encoding: 'utf8' });
  assert.equal(printed, outputs.get('lock'));
});

test('stores the text of each item once, and verifies the rows', () => {
  // The program asserts what it shows.
  assert.equal(execFileSync(process.execPath, ['once.js'], { cwd: folder, encoding: 'utf8' }), '');
});

test('PostgreSQL returns any pack unchanged, and never stores half of a snapshot', async () => {
  const { PGlite } = await import('@electric-sql/pglite');
  const { createTables, loadSnapshot, saveSnapshot } = await import(new URL('store.js', folder));
  const db = new PGlite();
  await createTables(db);
  const snapshot = snapshotPack({ packKey: 'p', reason: 'a\u0000b' }, { ...admin, items });
  assert.equal(await saveSnapshot(db, snapshot), 'created');
  const expect = { hash: snapshot.output.hash, seal: snapshot.record.metadata.$snapshot.seal };
  const { event } = snapshot;
  assert.deepEqual(verifySnapshot({ ...(await loadSnapshot(db, 's-1')), event, expect }), {
    valid: true,
    issues: [],
    anchor: 'seal',
  });

  const other = snapshotPack({ packKey: 'p' }, { ...admin, items: items.slice(1) });
  await assert.rejects(saveSnapshot(db, other), { code: 'CONFLICT', status: 409 });
  await assert.rejects(loadSnapshot(db, 's-2'), { code: 'NOT_FOUND', status: 404 });

  const third = snapshotPack({ packKey: 'p' }, { ...admin, snapshotId: 's-3', items: [...items, item('a\u0000', '')] });
  await assert.rejects(saveSnapshot(db, third), /invalid byte sequence/);
  const { rows } = await db.query("select count(*)::integer as n from snapshot where snapshot_id = 's-3'");
  assert.equal(rows[0].n, 0);
  await db.close();
});

test('BSON returns any pack unchanged, and the driver can add its id', async () => {
  const { documentsOf } = await import(new URL('mongo.js', folder));
  const snapshot = snapshotPack({ packKey: 'p' }, { ...admin, items });
  const documents = documentsOf(snapshot);
  for (const document of [documents.snapshot, ...documents.items]) document.added = 1;
  const stored = (document) => deserialize(serialize(document));
  const parts = {
    record: JSON.parse(stored(documents.snapshot).record),
    items: documents.items.map(stored).map((one) => ({ ...JSON.parse(one.item), createdAt: one.createdAt })),
    index: documents.items.map(stored).map(({ itemId, digest }) => ({ itemId, digest })),
  };
  const { hash } = snapshot.output;
  assert.deepEqual(verifySnapshot({ ...parts, expect: { hash } }), { valid: true, issues: [], anchor: 'hash' });
});

// The programs of docs/STORES.md print what the document shows, and that of docs/HOST.md section 14 finds what it expects. Each has a
// database of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startPostgres } from './support/postgres-server.js';
import { newPool } from './support/stores.js';

const document = readFileSync(new URL('../../docs/STORES.md', import.meta.url), 'utf8');
const PROGRAM = /^```ts\n\/\/ (\S+)\.ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms;
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

test('runs large.ts of docs/HOST.md', () => {
  const host = readFileSync(new URL('../../docs/HOST.md', import.meta.url), 'utf8');
  const [, code] = /^```ts\n\/\/ large\.ts\n(.*?)^```$/ms.exec(host);
  // It fails by itself if a result is not as expected.
  assert.equal(run('large', code), '');
});

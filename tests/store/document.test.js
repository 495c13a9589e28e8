// The program of docs/STORES.md prints what the document shows, and that of docs/HOST.md section 14 finds what it expects.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const document = readFileSync(new URL('../../docs/STORES.md', import.meta.url), 'utf8');
const PROGRAM = /^```ts\n\/\/ (\S+)\.ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms;
/** Inside the repository, so that the package is found. */
const folder = fileURLToPath(new URL('../../target/stores/', import.meta.url));

const programs = [...document.matchAll(PROGRAM)];
test('finds the program', () => assert.equal(programs.length, 1));

function run(name, code) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, stripTypeScriptTypes(code));
  return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], { encoding: 'utf8' });
}

for (const [, name, code, output] of programs) {
  test(`runs ${name}.ts`, () => assert.equal(run(name, code), output));
}

test('runs large.ts of docs/HOST.md', () => {
  const host = readFileSync(new URL('../../docs/HOST.md', import.meta.url), 'utf8');
  const [, code] = /^```ts\n\/\/ large\.ts\n(.*?)^```$/ms.exec(host);
  // It fails by itself if a result is not as expected.
  assert.equal(run('large', code), '');
});

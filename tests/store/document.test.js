// The program of docs/STORES.md prints what the document shows.

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

for (const [, name, code, output] of programs) {
  test(`runs ${name}.ts`, () => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, stripTypeScriptTypes(code));
    const printed = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      encoding: 'utf8',
    });
    assert.equal(printed, output);
  });
}

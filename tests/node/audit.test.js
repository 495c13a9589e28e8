// Why: readers use docs/AUDIT.md to check other people's work, so it has to be exactly right. How: its programs run in one
// folder, in order, each under the name in its first line, with the installed package. Their output must be the one shown
// below them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const text = readFileSync(new URL('../../docs/AUDIT.md', import.meta.url), 'utf8');
const folder = new URL('../../target/audit/', import.meta.url);
const programs = [...text.matchAll(/^```js\n\/\/ (\S+\.mjs)\n(.*?)^```\n\n^```text\n(.*?)^```$/gms)];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

test('docs/AUDIT.md gives every program a name and an output', () => {
  assert.equal(programs.length, text.split('```js\n').length - 1);
});

for (const [, name, code, output] of programs) {
  test(name, () => {
    writeFileSync(new URL(name, folder), code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [name], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, output);
  });
}

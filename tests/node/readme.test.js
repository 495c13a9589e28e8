// Why: an example that does not run is worse than none. How: each JavaScript example of the README runs as a program of its
// own, with the package as it is installed; the examples assert what they say, or say in a comment what they print.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const folder = new URL('../../target/readme/', import.meta.url);
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

test('the README has examples', () => assert.ok(examples.length > 0));

for (const [number, code] of examples.entries()) {
  test(`example ${number + 1}`, () => {
    mkdirSync(folder, { recursive: true });
    const file = new URL(`${number + 1}.mjs`, folder);
    writeFileSync(file, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file.pathname], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const said = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`);
    assert.equal(stdout, said.join(''));
  });
}

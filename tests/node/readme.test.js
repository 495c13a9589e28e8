// Why: an example that does not run is worse than none. How: each JavaScript example of the README, of docs/ERRORS.md and of docs/SCHEMAS.md
// runs as a program, with the installed package. Examples assert their results, or state their output in a comment.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const folder = new URL('target/readme/', root);

for (const document of ['README.md', 'docs/ERRORS.md', 'docs/SCHEMAS.md']) {
  const examples = [...readFileSync(new URL(document, root), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)];

  test(`finds examples in ${document}`, () => assert.ok(examples.length > 0));

  for (const [number, [, code]] of examples.entries()) {
    test(`runs example ${number + 1} of ${document}`, () => {
      mkdirSync(folder, { recursive: true });
      const file = new URL(`${document.replace(/\W/g, '-')}-${number + 1}.mjs`, folder);
      writeFileSync(file, code);
      const { status, stdout, stderr } = spawnSync(process.execPath, [file.pathname], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const promised = [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`);
      assert.equal(stdout, promised.join(''));
    });
  }
}

// Why: the demo is the first thing that people see. How: it runs as in `make demo`, and fails by itself if a result is not as
// expected. This test checks that it shows the results, and that it leaves the files it mentions.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

test('the demo takes a snapshot, verifies it, notices a changed byte, and refuses a user who is not an admin', () => {
  const program = fileURLToPath(new URL('examples/demo.mjs', root));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^ {2}verified$/m);
  assert.match(stdout, /^ {2}WRONG {2}items root/m);
  assert.match(stdout, /^ {2}NOT verified$/m);
  assert.match(stdout, /^ {2}items\.\d+ +Item docs\/FORMAT\.md#1 changed: expected /m);
  assert.match(stdout, /^ {2}proof .*: true for the item, false for the changed one$/m);
  assert.match(stdout, /403 +FORBIDDEN/);

  const read = (name) => readFileSync(new URL(`target/demo/${name}`, root), 'utf8');
  const record = JSON.parse(read('record.json'));
  assert.deepEqual(JSON.parse(read('manifest.json')), record.metadata.$snapshot.manifest);
  assert.equal(JSON.parse(read('event.json')).payload.hash, record.hash);
  assert.equal(read('items.jsonl').trimEnd().split('\n').length, record.itemCount);
  assert.ok(record.itemCount > 200, 'some hundreds of items');
});

// Why: the demo is the first thing that somebody sees. How: it runs as `make demo` runs it; it fails by itself where what it
// shows is not so. Here: that it shows it, and leaves the files that it says.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

test('the demo snapshots, verifies, notices a changed byte, and refuses who may not', () => {
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

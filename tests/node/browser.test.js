// Checks the file for bundlers and browsers, without Buffer and process.
//
// Why: without them, other code than in Node writes, hashes and copies text, and it must produce the same bytes.
//
// How: all vectors run in a process that deletes Buffer and process before it loads the file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inChild } from './support/child.js';

const prelude = `
  import assert from 'node:assert/strict';
  import { readFileSync } from 'node:fs';
  import canonicalizeOfOthers from 'canonicalize';
  import { assertProblem, assertSnapshot, thrownBy } from './tests/node/support/expect.js';
  import { decode } from './tests/node/support/values.js';
  const read = (name) => JSON.parse(readFileSync('tests/vectors/' + name + '.json', 'utf8'));
  const [snapshots, refusals] = [read('snapshots'), read('refusals')];
  let failed = [];
  const check = (name, run) => {
    try { run(); } catch (error) { failed.push(name + ': ' + error.message); }
  };
  delete globalThis.Buffer;
  delete globalThis.process;
  const api = await import('./node_modules/@lssm-tech/lib.context-snapshot/dist/index.js');`;

test('makes the snapshots of all vectors', async () => {
  const failed = await inChild(`${prelude}
    for (const { name, input, ctx, expected } of snapshots) {
      check(name, () => assertSnapshot(api.snapshotPack(input, ctx), expected, api));
    }
    report(failed);`);
  assert.deepEqual(failed, []);
});

test('refuses the refusals of all vectors', async () => {
  const failed = await inChild(`${prelude}
    for (const { name, input, ctx, code, issues } of refusals) {
      check(name, () => {
        const error = thrownBy(() => api.snapshotPack(decode(input), decode(ctx)));
        assertProblem(error, { code, issues, traceId: error.traceId }, api);
      });
    }
    report(failed);`);
  assert.deepEqual(failed, []);
});

test('writes the same text', async () => {
  const failed = await inChild(`${prelude}
    const { snapshotPack, canonicalize, digestItem } = api;
    const pieces = ['plain ', '"', '\\\\', '\\n', '\\u0001', 'é', '€', '😀', '\\uFFFF'];
    const texts = Array.from({ length: 600 }, (_, length) =>
      Array.from({ length }, (_, at) => pieces[(at * at + length) % pieces.length]).join(''));
    check('texts', () => assert.equal(canonicalize(texts), JSON.stringify(texts)));
    for (const text of texts) check(text, () => assert.equal(canonicalize({ [text]: text }), canonicalizeOfOthers({ [text]: text })));
    const content = { texts, numbers: texts.map((_, at) => at / 7) };
    const items = texts.map((text, at) => ({ itemId: 'i' + at, kind: 'k', sourceKey: 's', content: text, metadata: content }));
    const ctx = { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: items.slice(0, 40) };
    const snapshot = snapshotPack({ packKey: 'p' }, ctx);
    for (const [at, { itemId, digest }] of snapshot.index.entries()) {
      check(itemId, () => assert.equal(digest, digestItem(items[Number(itemId.slice(1))]).digest));
      check(itemId, () => assert.deepEqual(snapshot.items[at].metadata, content));
    }
    report(failed);`);
  assert.deepEqual(failed, []);
});

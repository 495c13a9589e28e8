// What every verifier has to find, issue for issue: `tests/verify.rs` runs the same file against Rust.
// scripts/vectors/verifications made it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as main from '@lssm-tech/lib.context-snapshot';
import * as withoutWebAssembly from '@lssm-tech/lib.context-snapshot/verify';

const text = readFileSync(new URL('../vectors/verifications.json', import.meta.url), 'utf8');
const cases = JSON.parse(text);

for (const [name, { verifySnapshot }] of Object.entries({ 'the main entry': main, './verify': withoutWebAssembly })) {
  test(`${name}: ${cases.length} snapshots, most of them bent`, async () => {
    for (const { name, parts, expected } of cases) {
      assert.deepEqual(await verifySnapshot(parts), expected, name);
    }
  });
}

test('the main entry, item by item', () => {
  for (const { name, parts, expected } of cases.filter(({ parts }) => Array.isArray(parts.items))) {
    const { items, ...options } = parts;
    const verifier = new main.SnapshotVerifier(options);
    for (const item of items) verifier.add(item);
    assert.deepEqual(verifier.finish(), expected, name);
    verifier.free();
  }
});

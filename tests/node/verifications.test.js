// Runs the vectors of verifications: every verifier must find the same issues. Rust runs the same files (tests/rust/verify.rs,
// tests/rust/proof.rs, tests/rust/absence.rs). scripts/vectors made them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as main from '@lssm-tech/lib.context-snapshot';
import * as withoutWebAssembly from '@lssm-tech/lib.context-snapshot/verify';

const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const cases = read('verifications');
const chains = read('chains');
const proofs = read('proofs');
const absences = read('absences');
/** Removes the item of each issue: vectors only have path, code and message. */
const bare = (found) => ({ ...found, issues: found.issues.map(({ itemId, ...issue }) => issue) });

for (const [name, { verifySnapshot, verifyChain, verifyItem, verifyAbsence }] of Object.entries({
  'the main entry': main,
  './verify': withoutWebAssembly,
})) {
  test(`${name} answers for ${cases.length} snapshots, most of them changed`, async () => {
    for (const { name, parts, expected } of cases) {
      assert.deepEqual(bare(await verifySnapshot(parts)), expected, name);
    }
  });

  test(`${name} answers for ${chains.length} chains`, async () => {
    for (const { name, records, expected, ...rest } of chains) {
      const options = Object.hasOwn(rest, 'options') ? [rest.options] : [];
      assert.deepEqual(await verifyChain(records, ...options), expected, name);
    }
  });

  test(`${name} answers for ${proofs.length} proofs, most of them wrong`, async () => {
    for (const { name, item, proof, hash, expected } of proofs) {
      assert.equal(await verifyItem(item, proof, hash), expected, name);
    }
  });

  test(`${name} answers for ${absences.length} proofs of absence`, async () => {
    for (const { name, itemId, proof, hash, expected } of absences) {
      assert.equal(await verifyAbsence(itemId, proof, hash), expected, name);
    }
  });
}

test('the main entry answers alike item by item', () => {
  for (const { name, parts, expected } of cases.filter(({ parts }) => Array.isArray(parts.items))) {
    const { items, ...options } = parts;
    const verifier = new main.SnapshotVerifier(options);
    for (const item of items) verifier.add(item);
    assert.deepEqual(bare(verifier.finish()), expected, name);
    verifier.free();
  }
});

test('a verifier returns the digest of each item that it can take', () => {
  const { snapshotPack, digestItem, SnapshotVerifier } = main;
  const item = (itemId, content = itemId) => ({ itemId, kind: 'docblock', sourceKey: `docs/${itemId}`, content });
  const pack = { packKey: 'shop.docs', version: '1.0.0', title: 'Shop' };
  const list = ['a', 'b', 'c'].map((itemId) => item(itemId));
  const { record, index } = snapshotPack({ packKey: 'shop.docs' }, { actor: 'admin', pack, items: list });
  const changed = item('c', 'changed');
  const foreign = { ...item('d'), itemId: 'snap_other:d' };
  for (const more of [{}, { index }, { rowIds: true }, { index, rowIds: true }]) {
    const row = (one) => (more.rowIds ? { ...one, itemId: `${record.snapshotId}:${one.itemId}` } : one);
    const added = [row(list[0]), JSON.stringify(row(list[1])), Buffer.from(JSON.stringify(row(changed)))];
    const refused = [row(list[0]), JSON.stringify(row(list[1])), { ...row(item('e')), kind: '' }, '{', null];
    if (more.rowIds) refused.push(foreign);
    const verifier = new SnapshotVerifier({ record, ...more });
    const digests = added.map((one) => verifier.add(one));
    assert.deepEqual(digests, [index[0].digest, index[1].digest, digestItem(changed).digest]);
    for (const one of refused) assert.equal(verifier.add(one), undefined, JSON.stringify(one));
    assert.equal(verifier.finish().valid, false);
    verifier.free();
  }
  // What is over a limit is not digested.
  const verifier = new SnapshotVerifier({ record, limits: { items: 1 } });
  assert.deepEqual([verifier.add(list[0]), verifier.add(list[1])], [index[0].digest, undefined]);
  verifier.free();
});

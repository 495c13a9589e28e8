// Checks that verifiers refuse arguments that they do not read.
//
// Why: `verifySnapshot(snapshot, { hash })` looks like a comparison with a trusted hash, but would not be one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  proveItem,
  SnapshotVerifier,
  snapshotPack,
  verifyChain,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';

const item = { itemId: 'a', kind: 'k', sourceKey: 's', content: 'text' };
const pack = { packKey: 'p', version: '1', title: 't' };
const snapshot = snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [item] });
const { record } = snapshot;
const proof = proveItem(snapshot, 'a');

// E8-4
test('a surplus argument is a TypeError, even if it is undefined', () => {
  const refused = (call, message) => assert.throws(call, { name: 'TypeError', message });
  const trust = 'put trusted values into expect';
  refused(
    () => verifySnapshot({ record }, { hash: record.hash }),
    `verifySnapshot takes 1 argument, received 2: ${trust}`,
  );
  refused(() => verifySnapshot({ record }, undefined, 1), `verifySnapshot takes 1 argument, received 3: ${trust}`);
  refused(() => new SnapshotVerifier({ record }, undefined), `SnapshotVerifier takes 1 argument, received 2: ${trust}`);
  refused(() => verifyItem(item, proof, proof.hash, undefined), 'verifyItem takes 3 arguments, received 4');
  refused(() => verifyChain([record], undefined, undefined), 'verifyChain takes 2 arguments, received 3');
  const verifier = new SnapshotVerifier({ record });
  refused(() => verifier.add(item, 0), 'add takes 1 argument, received 2');
  refused(() => verifier.finish({ hash: record.hash }), 'finish takes 0 arguments, received 1');
  verifier.add(item);
  assert.equal(verifier.finish().valid, true);
});

test('the right number of arguments is accepted, and so are fewer', () => {
  assert.equal(verifySnapshot({ record, items: [item] }).valid, true);
  assert.equal(verifyItem(item, proof, proof.hash), true);
  assert.equal(verifyItem(item, proof), false);
  assert.equal(verifyChain([record], undefined).valid, true);
  assert.equal(verifySnapshot().valid, false);
});

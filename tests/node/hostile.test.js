// Passes arbitrary values to every function: the result is an answer or a `SnapshotError`, never a trap, and the next call works.
//
// How: values of every kind at every place of a snapshot's input and of its parts, and in place of the whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { inChild } from './support/child.js';

const items = [1, 2, 3].map((at) => ({ itemId: `i${at}`, kind: 'k', sourceKey: 's', content: { a: at } }));
const sources = [{ kind: 'k', key: 's', required: true }];
const pack = { packKey: 'p', version: '1', title: 'T', owners: ['a'], sources };
const ctx = { actor: 'admin', userId: 'u', now: new Date(0), snapshotId: 's1', pack, items };
const input = { packKey: 'p', metadata: { x: [1, { y: 2 }] } };
const snapshot = api.snapshotPack(input, ctx);
const parts = structuredClone({
  ...{ record: snapshot.record, items: snapshot.items, index: snapshot.index, manifest: snapshot.manifest },
  ...{ proof: api.proveItem(snapshot, 'i2'), input, ctx, pack },
});

function* pathsOf(value, path = []) {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) yield* pathsOf(value[name], [...path, name]);
}
const paths = [...pathsOf(parts)];

function withValue([name, ...rest], part, value) {
  const changed = Array.isArray(part) ? [...part] : { ...part };
  changed[name] = rest.length === 0 ? value : withValue(rest, part[name], value);
  return changed;
}

/** Calls all functions, with one part replaced and with an arbitrary value as the whole. */
function* calls({ record, items, index, manifest, proof, input, ctx, pack }, any, other) {
  yield () => api.snapshotPack(input, ctx);
  yield () => api.snapshotPack(any, other);
  yield () => api.previewPack(input, { ...ctx, against: { manifest, index } });
  yield () => api.previewPack(any, other);
  yield () => api.verifySnapshot({ record, items, index, pack });
  yield () => api.verifySnapshot({ record, items, rowIds: any, expect: other });
  yield () => api.verifySnapshot(any);
  yield () => api.verifyChain([record, any, record]);
  yield () => api.verifyChain(any);
  yield () => api.proveItem({ manifest, index }, 'i2');
  yield () => api.proveItem(snapshot, any);
  yield () => api.proveItem(any, 'i2');
  yield () => api.verifyItem(items?.[1], proof, snapshot.output.hash);
  yield () => api.verifyItem(any, other, any);
  yield () => api.verifyItem(items?.[1], any, snapshot.output.hash);
  yield () => api.diffSnapshots({ manifest, index }, snapshot);
  yield () => api.diffSnapshots(snapshot, any);
  yield () => api.summarizeSnapshot({ record, items });
  yield () => api.summarizeSnapshot(any);
  yield () => api.toStatement({ record });
  yield () => api.toStatement(any);
  yield () => api.snapshotIdFor(any);
  yield () => api.digestItem(items?.[1]);
  yield () => {
    const builder = new api.SnapshotBuilder(input, ctx);
    const add = () => builder.add(items?.[0]);
    assert(isAnswer(add) && isAnswer(() => builder.addDigest(any)) && isAnswer(() => builder.finish()));
    builder.free();
  };
  yield () => {
    const verifier = new api.SnapshotVerifier(any);
    verifier.add(other);
    assert.equal(verifier.finish().valid, false);
    verifier.free();
  };
}

/** Returns whether a call answers, or throws an error made for invalid values. */
function isAnswer(call) {
  try {
    call();
    return true;
  } catch (error) {
    return error instanceof api.SnapshotError && error.code !== 'INTERNAL_ERROR';
  }
}

test('any value, anywhere, gives an answer or an error', () => {
  const any = fc.anything({
    ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, maxDepth: 3 },
    ...{ withSparseArray: true, withNullPrototype: true, withBoxedValues: true },
  });
  let count = 0;
  fc.assert(
    fc.property(any, any, fc.nat(), (value, other, number) => {
      const edited = withValue(paths[number % paths.length], parts, value);
      for (const call of calls(edited, value, other)) {
        count++;
        assert(isAnswer(call), call.toString());
      }
      assert.equal(api.snapshotPack(input, ctx).output.hash, snapshot.output.hash);
    }),
    { numRuns: 2000, seed: 785 },
  );
  assert(count > 40_000);
});

// A value that contains itself is read again to say where. A getter that ends the cycle meanwhile makes it a value that can be hashed.
test('items show the names that were hashed, if a value changes between two readings', () => {
  const longName = (word) => word.padStart(70, '-');
  let shown = 0;
  for (let last = 990; last <= 1002; last++) {
    let reads = 0;
    const content = {
      get first() {
        reads++;
        if (reads <= last) return { [longName('before')]: 1 };
        delete content.loop;
        return { [longName('after')]: 1 };
      },
    };
    content.loop = content;
    try {
      const { record, items } = api.snapshotPack(input, { ...ctx, items: [{ ...ctx.items[0], content }] });
      assert.deepEqual(api.verifySnapshot({ record, items }).issues, [], `${last} reads`);
      shown++;
    } catch (error) {
      assert.equal(error.code, 'VALIDATION_FAILED');
    }
  }
  assert(shown > 5);
});

// `typeof document.all` is 'undefined', and it equals null with `==`. As absent it would not be compared, or not bar anybody.
test('a value that looks absent, such as document.all, is refused', async () => {
  const found = await inChild(
    `
    import { previewPack, snapshotPack, verifyChain, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
    import { verifyChain as otherChain, verifySnapshot as other } from '@lssm-tech/lib.context-snapshot/verify';
    const all = %GetUndetectable();
    const pack = { packKey: 'p', version: '1', title: 't' };
    const item = { itemId: 'i', kind: 'k', sourceKey: 's', content: 'c' };
    const ctx = { actor: 'admin', pack, items: [item] };
    const { record } = snapshotPack({ packKey: 'p' }, ctx);
    const { seal } = record.metadata.$snapshot;
    const refusals = [];
    const attempt = (call) => {
      try {
        call();
        refusals.push('none');
      } catch (error) {
        refusals.push(error.status + ' ' + (error.issues?.[0].path ?? error.detail));
      }
    };
    for (const name of ['decision', 'roles', 'limits', 'now', 'snapshotId', 'idemKey', 'userId', 'parent'])
      attempt(() => snapshotPack({ packKey: 'p' }, { ...ctx, [name]: all }));
    attempt(() => snapshotPack({ packKey: 'p', metadata: all }, ctx));
    attempt(() => previewPack({ packKey: 'p' }, { ...ctx, against: all }));
    const answers = [];
    const verify = async (parts) => {
      const given = { record, items: [item], ...parts };
      answers.push([verifySnapshot(given), await other(given)]);
    };
    for (const name of ['pack', 'index', 'rowIds', 'event', 'manifest', 'output', 'expect', 'limits']) await verify({ [name]: all });
    await verify({ expect: { seal, hash: all } });
    await verify({ limits: { levels: all } });
    await verify({ record: { ...record, createdBy: all } });
    await verify({ items: [{ ...item, textContent: all }] });
    for (const options of [all, { expect: all }]) answers.push([verifyChain([record], options), await otherChain([record], options)]);
    report({ refusals, answers });
    `,
    '--allow-natives-syntax',
  );
  const barred = [
    "403 The decision is not { effect: 'allow' | 'deny', reason?: string }",
    '403 The roles are not a list of strings',
  ];
  const named = ['limits', 'now', 'snapshotId', 'idemKey', 'userId', 'parent', 'metadata', 'against'];
  assert.deepEqual(found.refusals, [...barred, ...named.map((name) => `422 ${name}`)]);
  for (const [one, other] of found.answers) {
    assert.deepEqual([one.valid, one.issues.length], [false, 1]);
    assert.deepEqual(one, other);
  }
});

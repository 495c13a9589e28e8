// Checks `itemsJson` and `missing`, with which a host stores items as text, each only once.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestItem, missing, SnapshotBuilder, snapshotPack, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { thrownBy } from './support/expect.js';
import { canonicalItem, leaf, toDigest } from './support/format.js';
import { FORM_NAMES, FORMS, itemLists, randomness } from './support/json-forms.js';
import { packs } from './support/packs.js';

const input = { packKey: 'p' };
const pack = { packKey: 'p', version: '1', title: 't' };
const contextOf = (items) => ({ actor: 'admin', now: '2027-01-02T03:04:05.678Z', snapshotId: 's', pack, items });
const snapshot = (items) => snapshotPack(input, contextOf(items));
const item = (itemId, content, more) => ({ itemId, kind: 'k', sourceKey: 's', content, ...more });
const three = () => snapshot([item('b', 'é'), item('c', { z: 1, a: '😀' }), item('a', 'ascii')]);
const digestOf = (json) => `sha256:${createHash('sha256').update(Buffer.of(0)).update(json).digest('hex')}`;

test('itemsJson gives the canonical text of each item, in the order of the tree', () => {
  fc.assert(
    fc.property(itemLists, randomness, (items, below) => {
      const made = snapshot(
        items.map((one) => (below(2) === 0 ? one : FORMS[FORM_NAMES[below(FORM_NAMES.length)]](one, below))),
      );
      const entries = [...made.itemsJson()];
      assert.deepEqual(
        entries.map(({ itemId, digest }) => ({ itemId, digest })),
        [...made.index],
      );
      const sorted = items.toSorted((left, right) => (left.itemId < right.itemId ? -1 : 1));
      assert.deepEqual(
        entries.map(({ json }) => json),
        sorted.map(canonicalItem),
      );
      for (const { digest, json } of entries) assert.equal(digest, toDigest(leaf(json)));
    }),
  );
});

test('itemsJson gives the text of packs that fill several batches', () => {
  for (const { name, make } of packs) {
    const made = snapshot(make());
    let position = 0;
    for (const { itemId, digest, json } of made.itemsJson()) {
      assert.deepEqual(made.index[position], { itemId, digest }, name);
      assert.equal(digestOf(json), digest, name);
      position++;
    }
    assert.equal(position, made.record.itemCount);
  }
});

test('text of itemsJson verifies, and gives the same snapshot again', () => {
  const made = three();
  const items = [...made.itemsJson()].map(({ json }) => json);
  const { record, index } = made;
  const expect = { seal: record.metadata.$snapshot.seal };
  assert.deepEqual(verifySnapshot({ record, index, items, expect }), { valid: true, issues: [], anchor: 'seal' });
  assert.equal(snapshot(items).record.hash, record.hash);
  for (const json of items) assert.equal(digestItem(json).json, json);
});

test('itemsJson gives frozen entries and a new iterator each time', () => {
  const made = three();
  const iterator = made.itemsJson();
  assert.equal(iterator[Symbol.iterator](), iterator);
  const first = iterator.next();
  assert.deepEqual(Object.keys(first.value), ['itemId', 'digest', 'json']);
  assert(Object.isFrozen(first.value));
  assert.equal(first.value.itemId, 'a');
  // Another one begins at the beginning, and neither moves the other.
  assert.deepEqual(
    [...made.itemsJson()].map(({ itemId }) => itemId),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    [...iterator].map(({ itemId }) => itemId),
    ['b', 'c'],
  );
  for (let times = 0; times < 3; times++) assert.deepEqual(iterator.next(), { done: true, value: undefined });
  for (const { itemId } of made.itemsJson()) {
    if (itemId === 'b') break;
  }
  const { itemsJson } = made;
  assert.equal([...itemsJson()].length, 3);
  assert.deepEqual([...made.itemsJson()], [...made.itemsJson()]);
});

test('itemsJson does not depend on items, nor on later calls', () => {
  const made = three();
  const expected = [...made.itemsJson()];
  const other = three();
  assert.equal(other.items.length, 3);
  snapshot([item('x', 'y'.repeat(500_000))]);
  assert.deepEqual([...other.itemsJson()], expected);
  assert.deepEqual([...made.itemsJson()], expected);
});

test('itemsJson of an empty pack gives nothing', () => {
  const made = snapshot([]);
  assert.deepEqual([...made.itemsJson()], []);
  assert.deepEqual(made.itemsJson().next(), { done: true, value: undefined });
});

test('itemsJson is not enumerable, so that a snapshot can be cloned', () => {
  const made = three();
  assert.equal(Object.keys(made).includes('itemsJson'), false);
  assert(Object.isFrozen(made.itemsJson));
  const { writable, configurable, enumerable } = Object.getOwnPropertyDescriptor(made, 'itemsJson');
  assert.deepEqual({ writable, configurable, enumerable }, { writable: false, configurable: false, enumerable: false });
  const cloned = structuredClone(made);
  assert.deepEqual(cloned.record, made.record);
  assert.deepEqual(cloned.items, made.items);
  assert.deepEqual(JSON.parse(JSON.stringify(made)).index, [...made.index]);
  assert.deepEqual(verifySnapshot(made), { valid: true, issues: [], anchor: 'none' });
});

test('a builder keeps no items, so itemsJson of its snapshot says so', () => {
  const { items: _, ...ctx } = contextOf([]);
  const builder = new SnapshotBuilder(input, ctx);
  const { json } = builder.add(canonicalize(item('a', 'x')));
  assert.equal(json, canonicalItem(item('a', 'x')));
  const made = builder.finish();
  assert.throws(() => made.itemsJson(), {
    name: 'Error',
    message: 'A builder does not keep items: use the json that add returned',
  });
  assert.equal('items' in made, false);
});

test('missing gives the entries whose digests are not there, in order', () => {
  const { index } = three();
  const [a, b, c] = index;
  assert.deepEqual(missing(index, new Set()), [a, b, c]);
  assert.deepEqual(missing(index, new Set([b.digest])), [a, c]);
  assert.deepEqual(missing(index, new Set(index.map(({ digest }) => digest))), []);
  assert.deepEqual(
    missing(
      index,
      new Map([
        [a.digest, 1],
        [c.digest, undefined],
      ]),
    ),
    [b],
  );
  assert.deepEqual(missing([], new Set()), []);
  assert.equal(missing(index, new Set())[0], a);
  const asked = [];
  const store = {
    known: b.digest,
    has(digest, ...more) {
      asked.push(digest, ...more);
      return digest === this.known;
    },
  };
  assert.deepEqual(missing(index, store), [a, c]);
  assert.deepEqual(
    asked,
    index.map(({ digest }) => digest),
  );
});

test('missing gives entries of another index, with all their members', () => {
  const { index } = three();
  const rows = index.map((entry, ordinal) => ({ ...entry, ordinal }));
  assert.deepEqual(missing(rows, new Set([rows[0].digest])), rows.slice(1));
});

test('missing refuses what cannot answer at once', () => {
  const { index } = three();
  for (const have of [{ has: async () => true }, { has: () => undefined }, { has: () => 1 }, { has: () => 'true' }]) {
    const error = thrownBy(() => missing(index, have));
    assert(error instanceof TypeError);
    assert.equal(error.message, 'have.has(digest) must return true or false, not a promise');
  }
  for (const have of [undefined, null, [], {}, 'x', { has: true }, [index[0].digest]]) {
    const error = thrownBy(() => missing(index, have));
    assert(error instanceof TypeError);
    assert.equal(error.message, 'missing expects an object with a method has(digest), such as a Set');
  }
});

test('missing refuses what is not an index', () => {
  const { index } = three();
  for (const wrong of [undefined, null, {}, 'x', new Set(index), index.values()]) {
    assert.throws(() => missing(wrong, new Set()), {
      name: 'TypeError',
      message: 'missing expects an index, an array of { itemId, digest }',
    });
  }
  const { digest } = index[0];
  for (const entry of [
    undefined,
    null,
    'x',
    {},
    { digest: 1 },
    { digest: digest.toUpperCase() },
    { digest: digest.slice(7) },
    { digest: `${digest}\n` },
  ]) {
    const message = 'Invalid index.1.digest: expected sha256: and 64 lower-case hex digits';
    assert.throws(() => missing([index[0], entry], new Set([digest])), { name: 'TypeError', message });
  }
  assert.throws(() => missing(index, new Set(), 1), {
    name: 'TypeError',
    message: 'missing takes 2 arguments, received 3',
  });
});

test('missing lets an exception of the store pass', () => {
  const { index } = three();
  const failure = new Error('the store is closed');
  const have = {
    has() {
      throw failure;
    },
  };
  assert.equal(
    thrownBy(() => missing(index, have)),
    failure,
  );
});

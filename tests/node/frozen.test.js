// Tests that items which cannot change are known by their identity, and that nothing else is.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  previewPack,
  SnapshotError,
  SnapshotVerifier,
  snapshotPack,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import { inChild } from './support/child.js';
import { compareEdits, deepFreeze } from './support/frozen.js';

const PACK = { packKey: 'pack', version: '1', title: 'Pack' };
const context = (items, more = {}) => ({
  actor: 'admin',
  pack: PACK,
  now: '2026-01-01T00:00:00.000Z',
  snapshotId: 'ctx',
  ...more,
  items,
});
const snapshot = (items, more) => snapshotPack({ packKey: 'pack' }, context(items, more));
const item = (itemId, more = {}) => ({
  itemId,
  kind: 'docblock',
  sourceKey: 'docs',
  content: { text: itemId },
  ...more,
});

/** A frozen item that counts how often anything of it is asked for. */
function watched(itemId) {
  const watch = { asked: 0 };
  const handler = Object.fromEntries(
    ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'isExtensible'].map((trap) => [
      trap,
      (...all) => {
        watch.asked++;
        return Reflect[trap](...all);
      },
    ]),
  );
  watch.item = new Proxy(deepFreeze(item(itemId)), handler);
  return watch;
}

// `make soak` runs a million, or EDITS=10000000.
test('5,000 random edits give the same results with known items as with copies', (context) => {
  const valid = compareEdits({ edits: 5_000, seed: 1 });
  context.diagnostic(`${valid} packs were valid`);
  assert(valid > 2_500);
});

test('a frozen item is read once, whatever is computed of it, and however it comes', () => {
  const watch = watched('a');
  const items = [watch.item];
  const first = snapshot(items);
  assert(watch.asked > 0);
  watch.asked = 0;
  const again = snapshot(items);
  const others = [
    snapshot([item('b'), watch.item, item('c')]),
    snapshot(new Set(items)),
    previewPack({ packKey: 'pack' }, { actor: 'user', pack: PACK, items, against: first }),
    verifySnapshot({ record: first.record, items }),
    verifySnapshot({ record: first.record, items, index: first.index, expect: { hash: first.output.hash } }),
  ];
  assert.equal(watch.asked, 0);
  assert.deepEqual(again, first);
  assert.deepEqual(others[1], first);
  assert.deepEqual(others[2].changes, { added: [], removed: [], changed: [], unchanged: 1, pack: [] });
  assert(others[3].valid && others[4].valid);
  // Its content is read when it is asked for, by the comparison above, or here.
  watch.asked = 0;
  const [known] = again.itemsJson();
  assert.equal(watch.asked, 0);
  assert.equal(known.json, [...first.itemsJson()][0].json);
  assert.deepEqual(again.items, first.items);
});

test('a preview knows the valid items also if others are not valid', () => {
  const watch = watched('a');
  const preview = (items) => previewPack({ packKey: 'pack' }, { actor: 'user', pack: PACK, items });
  const items = [Object.freeze({ itemId: '' }), watch.item, deepFreeze(item('b', { content: { not: Number.NaN } }))];
  const first = preview(items);
  watch.asked = 0;
  assert.deepEqual(preview(items), first);
  assert.equal(first.problems.length, 5);
  assert.deepEqual(
    first.index.map(({ itemId }) => itemId),
    ['a'],
  );
  assert.equal(watch.asked, 0);
});

test('limits apply to known items as to others', () => {
  const one = deepFreeze(item('a', { content: { text: 'x'.repeat(300), deep: [[[1]]] } }));
  snapshot([one]);
  for (const limits of [{ documentBytes: 200 }, { levels: 3 }, { totalBytes: 200 }, { items: 0 }]) {
    const refused = (items) => {
      try {
        return snapshot(items, { limits });
      } catch (error) {
        assert(error instanceof SnapshotError);
        return error.issues;
      }
    };
    const issues = refused([structuredClone(one)]);
    assert(Array.isArray(issues), JSON.stringify(limits));
    assert.deepEqual(refused([one]), issues);
  }
});

test('a known item is noticed as a duplicate, and satisfies a required source', () => {
  const one = deepFreeze(item('a', { sourceVersion: '2' }));
  snapshot([one]);
  const duplicate = {
    path: 'items.1.itemId',
    code: 'duplicate',
    message: 'Duplicate itemId: also at items.0',
    itemId: 'a',
  };
  assert.throws(() => snapshot([one, one]), { issues: [duplicate] });
  assert.throws(() => snapshot([item('a'), one]), { issues: [duplicate] });
  const needs = (version) => ({
    pack: { ...PACK, sources: [{ kind: 'docblock', key: 'docs', version, required: true }] },
  });
  assert.equal(snapshot([one], needs('2')).output.itemCount, 1);
  assert.throws(() => snapshot([one], needs('1')), { code: 'PRECONDITION_FAILED' });
});

test('an item of a store is known as one, and not as an item of a request', () => {
  // A store has null for an absent member; a request may not.
  const stored = deepFreeze(item('a', { sourceVersion: null }));
  const { record } = snapshot([item('a')]);
  assert.equal(verifySnapshot({ record, items: [stored] }).valid, true);
  assert.equal(verifySnapshot({ record, items: [stored] }).valid, true);
  assert.throws(() => snapshot([stored]), { code: 'VALIDATION_FAILED' });
  // A verifier does not read the time, so a wrong one does not matter.
  const late = deepFreeze(item('a', { createdAt: 'no time' }));
  assert.equal(verifySnapshot({ record, items: [late] }).valid, true);
  assert.throws(() => snapshot([late]), { code: 'VALIDATION_FAILED' });
});

test('row ids are read again, because the digest is that of the item without the prefix', () => {
  const rows = deepFreeze([{ ...item('a'), itemId: 'ctx:a' }]);
  const { record } = snapshot([item('a')]);
  snapshot(rows);
  assert.equal(verifySnapshot({ record, items: rows, rowIds: true }).valid, true);
  assert.equal(verifySnapshot({ record, items: rows }).valid, false);
  assert.equal(verifySnapshot({ record, items: rows, rowIds: true }).valid, true);
});

test('an item that replaces a known one is noticed', () => {
  const items = deepFreeze(Array.from({ length: 1000 }, (_, at) => item(`item-${at}`)));
  const { record, index } = snapshot(items);
  for (const at of [0, 1, 499, 998, 999]) {
    const forged = [...items];
    forged[at] = deepFreeze(item(`item-${at}`, { content: 'forged' }));
    for (let round = 0; round < 2; round++) {
      assert.equal(verifySnapshot({ record, items: forged }).valid, false);
      const { issues } = verifySnapshot({ record, items: forged, index });
      assert.deepEqual(
        issues.map(({ code, path }) => ({ code, path })),
        [{ code: 'changed', path: `items.${at}` }],
      );
      const before = snapshot(forged);
      assert.deepEqual(before.record, snapshot(structuredClone(forged)).record);
    }
    assert.equal(verifySnapshot({ record, items }).valid, true);
  }
});

test('trees of every size have the root that a whole computation gives, also with ids in another order', () => {
  const items = deepFreeze(Array.from({ length: 70 }, (_, at) => item(`${(at * 37) % 70}`)));
  for (let count = 0; count <= items.length; count++) {
    const some = items.slice(0, count);
    const changed = some.map((one, at) => (at % 9 === 3 ? deepFreeze(item(one.itemId, { content: `${count}` })) : one));
    for (const list of [some, changed, some.toReversed?.() ?? [...some].reverse()]) {
      assert.deepEqual(snapshot(list).record, snapshot(structuredClone(list)).record);
    }
  }
});

test('operations in the middle of others neither know nor learn items', () => {
  const frozen = deepFreeze([item('a'), item('b')]);
  const expected = snapshot(structuredClone(frozen)).record;
  let inner;
  const items = [
    ...frozen,
    {
      ...item('c'),
      get content() {
        inner = [snapshot(frozen).record, snapshot([...frozen, deepFreeze(item('d'))]).record];
        return { text: 'c' };
      },
    },
  ];
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(snapshot(items).record, snapshot([...structuredClone(frozen), item('c')]).record);
    assert.deepEqual(inner[0], expected);
    assert.deepEqual(snapshot(frozen).record, expected);
  }
});

test('an item that is changed and then frozen while it is read is read again', () => {
  const late = (where) => {
    const inner = { text: 'before', part: {} };
    const one = item('a', { content: inner, metadata: {} });
    const [holder, name] = where === 'inside' ? [inner, 'part'] : [one, 'metadata'];
    if (where === 'inside') Object.freeze(one);
    Object.defineProperty(holder, name, {
      configurable: true,
      get() {
        inner.text = 'after';
        Object.defineProperty(holder, name, { value: {} });
        deepFreeze(one);
        deepFreeze(inner);
        return {};
      },
    });
    return one;
  };
  for (const where of ['outside', 'inside']) {
    const one = late(where);
    const { record } = snapshot([one]);
    assert(Object.isFrozen(one) && Object.isFrozen(one.content));
    const now = snapshot([structuredClone(one)]).record;
    assert.notDeepEqual(record, now);
    assert.deepEqual(snapshot([one]).record, now);
    assert.equal(verifySnapshot({ record, items: [one] }).valid, false);
  }
});

test('a proxy may answer as it likes for a member that its frozen target does not have', () => {
  for (const name of ['sourceVersion', 'textContent', 'metadata', 'createdAt']) {
    for (const isAskedFirst of [true, false]) {
      let answer = isAskedFirst ? undefined : { first: 1 };
      if (answer !== undefined && name !== 'metadata') answer = '2020-01-01T00:00:00Z';
      const target = deepFreeze(item('a'));
      const liar = new Proxy(target, { get: (from, asked) => (asked === name ? answer : from[asked]) });
      const first = snapshot([liar]);
      const told = answer === undefined ? {} : { [name]: answer };
      assert.deepEqual(first.items, snapshot([item('a', told)]).items);
      answer = name === 'metadata' ? { second: 2 } : '2021-01-01T00:00:00Z';
      if (isAskedFirst) continue; // It said that it has none, and that is what was read.
      assert.deepEqual(snapshot([liar]).items, snapshot([item('a', { [name]: answer })]).items);
    }
  }
});

test('an element that has no enumerable name is looked at, and written when the item is made again', () => {
  for (const at of [0, 1]) {
    let count = 0;
    const make = (hidden) => {
      const list = Object.assign(['first', 'second'], { more: 'not an element' });
      Object.defineProperty(list, at, { ...hidden, enumerable: false });
      return Object.freeze(item('a', { content: Object.freeze({ list: Object.freeze(list) }) }));
    };
    const inner = { count };
    for (const one of [make({ value: inner }), make({ get: () => count })]) {
      for (let round = 0; round < 3; round++) {
        inner.count = count = round;
        const copy = item('a', { content: { list: [one.content.list[0], one.content.list[1]] } });
        assert.deepEqual(snapshot([one]).record, snapshot([structuredClone(copy)]).record);
      }
    }
    const fixed = make({ value: 'hidden' });
    const first = [...snapshot([fixed]).itemsJson()];
    assert.deepEqual([...snapshot([fixed]).itemsJson()], first);
  }
});

test('a proxy cannot hide a view that grows after it was frozen', () => {
  const buffer = new ArrayBuffer(0, { maxByteLength: 8 });
  const view = Object.setPrototypeOf(new Uint8Array(buffer), Object.prototype);
  try {
    Object.freeze(view);
  } catch {
    // Newer engines do not freeze it.
    return assert.equal(Object.isFrozen(view), false);
  }
  const one = Object.freeze(item('a', { content: Object.freeze({ hidden: new Proxy(view, {}) }) }));
  const before = snapshot([one]).record;
  buffer.resize?.(4);
  const copy = item('a', { content: { hidden: { ...view } } });
  assert.deepEqual(snapshot([one]).record, snapshot([copy]).record);
  assert.equal(verifySnapshot({ record: before, items: [one] }).valid, buffer.byteLength === 0);
});

test('a SnapshotVerifier reads what was known', () => {
  const items = deepFreeze([item('a')]);
  const { record } = snapshot(items);
  const verifier = new SnapshotVerifier({ record });
  verifier.add(items[0]);
  assert.equal(verifier.finish().valid, true);
});

test('a frozen item whose shared parts stand for an endless document is refused', () => {
  let shared = deepFreeze({ leaf: 1 });
  for (let level = 0; level < 60; level++) shared = Object.freeze({ left: shared, right: shared });
  const one = Object.freeze(item('a', { content: shared }));
  assert.throws(() => snapshot([one]), { code: 'VALIDATION_FAILED' });
});

test('an item that throws when it is asked whether it is frozen is read like any other', () => {
  const refuse = () => {
    throw new Error('not to be asked');
  };
  const plain = item('a');
  const shy = new Proxy(plain, { isExtensible: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse });
  assert.deepEqual(snapshot([shy]), snapshot([plain]));
});

test('a proxy that is known cannot change other items by what it does to prototypes while items are made', () => {
  const plain = item('b', { content: { text: 'b', list: [1, [2], 3] } });
  for (const [prototype, names] of [
    [Array.prototype, [0, 1]],
    [Object.prototype, ['content', 'text']],
  ]) {
    let isArmed = false;
    const pollute = () => {
      if (!isArmed) return;
      for (const name of names) Object.defineProperty(prototype, name, { set() {}, configurable: true });
    };
    const hostile = new Proxy(deepFreeze(item('a')), {
      getOwnPropertyDescriptor(target, name) {
        pollute();
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
    });
    const expected = snapshot([hostile, plain]).items;
    // By now the proxy is known, and is not read until items are.
    const known = snapshot([hostile, plain]);
    isArmed = true;
    let found;
    try {
      found = known.items;
    } finally {
      isArmed = false;
      for (const name of names) delete prototype[name];
    }
    assert.deepEqual(found, expected);
  }
});

test('items are forgotten with the instance that knew them', async () => {
  const { hashes } = await inChild(`
    const api = await import('@lssm-tech/lib.context-snapshot');
    const pack = { packKey: 'p', version: '1', title: 't' };
    const item = (itemId, content) => Object.freeze({ itemId, kind: 'k', sourceKey: 's', content });
    const items = Array.from({ length: 50 }, (_, at) => item('item-' + at, 'text ' + at));
    const snapshot = (items) => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items }).output.hash;
    const hashes = [snapshot(items), snapshot(items)];
    // A large document makes the memory grow, and the next small call starts a new instance.
    snapshot([item('large', 'x'.repeat(2 ** 25))]);
    hashes.push(snapshot([item('small', '')]) && snapshot(items), snapshot(items));
    report({ hashes });
  `);
  assert.equal(new Set(hashes).size, 1);
});

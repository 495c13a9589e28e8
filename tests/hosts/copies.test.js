// Checks snapshots inside of libraries that copy values: state libraries, and functions that clone.
//
// Why: accessors build the index and the items when they are first read. A copy that keeps accessors has them on another
// object, often beside a copy of the record.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { copy, copyStrict } from 'fast-copy';
import { klona } from 'klona/full';
import { autorun, makeAutoObservable, observable } from 'mobx';
import { consumer, NAME } from './support/host.js';

const { snapshotPack, verifySnapshot } = createRequire(join(consumer, 'main.js'))(NAME);
const pack = { packKey: 'p', version: '1', title: 't' };
const items = ['b', 'a'].map((itemId) => ({ itemId, kind: 'k', sourceKey: 's', content: { text: itemId } }));
const make = () => snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items });

/** A class in the style of MobX. */
class Store {
  snapshot = make();
  constructor() {
    makeAutoObservable(this);
  }
}

const copies = {
  'Object.defineProperties with its descriptors': (snapshot) =>
    Object.defineProperties({}, Object.getOwnPropertyDescriptors(snapshot)),
  'an object that inherits from it': Object.create,
  'a spread': (snapshot) => ({ ...snapshot }),
  structuredClone,
  'JSON, there and back': (snapshot) => JSON.parse(JSON.stringify(snapshot)),
  'klona/full': klona,
  'fast-copy': copy,
  'fast-copy, strict': copyStrict,
  'MobX, observable': (snapshot) => observable({ snapshot }).snapshot,
  'MobX, by reference': (snapshot) => observable.box(snapshot, { deep: false }).get(),
  'MobX, a store': () => new Store().snapshot,
};

describe('a copy returns the index and the items of its snapshot', () => {
  for (const [name, copied] of Object.entries(copies)) {
    test(name, () => {
      const snapshot = make();
      const found = copied(snapshot);
      assert.deepEqual(
        Array.from(found.items, ({ itemId, content }) => [itemId, content.text]),
        [
          ['a', 'a'],
          ['b', 'b'],
        ],
      );
      assert.deepEqual(
        Array.from(found.index, ({ digest }) => digest),
        snapshot.index.map(({ digest }) => digest),
      );
    });
  }
});

test('MobX observes a snapshot, and its items still verify', () => {
  const store = new Store();
  const seen = [];
  autorun(() => seen.push(store.snapshot.items.length));
  assert.deepEqual(seen, [2]);
  const { record, items, index } = store.snapshot;
  assert.deepEqual(verifySnapshot({ record, items, index }).issues, []);
});

test('the members are enumerable, in order, and frozen', () => {
  const snapshot = make();
  assert.deepEqual(Object.keys(snapshot), ['output', 'event', 'record', 'manifest', 'index', 'items']);
  const { items } = snapshot;
  assert(Object.isFrozen(snapshot) && Object.isFrozen(items) && snapshot.items === items);
});

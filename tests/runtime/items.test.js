// Tests what `loadItems` may return: lists, generators, cursors, and those that fail, lie or never end.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { createPreviewHandler, createSnapshotHandler, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { MemoryStore, SavingStore } from './support/memory.js';
import { admin, errorOf, input, keyed, makeItems, pack } from './support/packs.js';

const expected = (items) => snapshotPack(input, { ...admin, pack, items }).output.hash;

/** Takes a snapshot of what the loader returns. */
async function take(loadItems, ctx = admin, Store = MemoryStore) {
  const store = new Store(pack);
  const output = await createSnapshotHandler({ store, loadItems })(input, ctx);
  return { store, output };
}

const items = makeItems(5);
const forms = {
  'an array': () => items,
  'a promise of an array': async () => items,
  'a set': () => new Set(items),
  'a generator': function* () {
    yield* items;
  },
  'an async generator': async function* () {
    for (const item of items) {
      await wait(1);
      yield item;
    }
  },
  'a promise of an async generator': async () => forms['an async generator'](),
  'a readable stream of Node': () => Readable.from(items),
  'a web stream': () =>
    new Blob([]).stream().pipeThrough(
      new TransformStream({
        flush(controller) {
          for (const item of items) controller.enqueue(item);
        },
      }),
    ),
  'a cursor that yields one object again and again': async function* () {
    const row = {};
    for (const item of items) {
      Object.assign(row, item);
      yield row;
    }
    Object.assign(row, { itemId: 'changed', content: 'changed' });
  },
  'JSON text': async function* () {
    for (const item of items) yield JSON.stringify(item);
  },
  'bytes of JSON text in one buffer': async function* () {
    const buffer = new Uint8Array(10_000);
    for (const item of items) {
      const { written } = new TextEncoder().encodeInto(JSON.stringify(item), buffer);
      yield buffer.subarray(0, written);
    }
  },
  'bytes of another realm': async function* () {
    const Bytes = runInNewContext('Uint8Array');
    for (const item of items) yield new Bytes(Buffer.from(JSON.stringify(item)));
  },
};

for (const Store of [MemoryStore, SavingStore]) {
  describe(`items from (${Store.name})`, () => {
    for (const [name, loadItems] of Object.entries(forms)) {
      test(name, async () => {
        const { store, output } = await take(loadItems, admin, Store);
        assert.equal(output.hash, expected(items));
        assert.equal(store.items.get(output.snapshotId).length, 5);
        assert((await verifyStored(store, output.snapshotId, { hash: output.hash })).valid);
        const preview = createPreviewHandler({ store, loadItems });
        assert.equal((await preview(input, { actor: 'user' })).hash, output.hash);
      });
    }
  });
}

test('an item keeps its own time, from lists and from cursors', async () => {
  const timed = [
    { ...items[0], createdAt: '2026-01-02T03:04:05+01:00' },
    { ...items[1], createdAt: new Date('2026-01-02T03:04:05.678Z') },
    items[2],
    JSON.stringify({ ...items[3], createdAt: '2026-01-02T03:04:05Z' }),
    new TextEncoder().encode(JSON.stringify({ ...items[4], createdAt: '2026-01-02T03:04:06Z' })),
  ];
  for (const loadItems of [
    () => timed,
    async function* () {
      yield* timed;
    },
  ]) {
    const { store, output } = await take(loadItems);
    assert.equal(output.hash, expected(items));
    assert.deepEqual(
      store.items.get(output.snapshotId).map(({ createdAt }) => createdAt),
      [
        '2026-01-02T02:04:05.000Z',
        '2026-01-02T03:04:05.678Z',
        output.createdAt.toISOString(),
        '2026-01-02T03:04:05.000Z',
        '2026-01-02T03:04:06.000Z',
      ],
    );
  }
});

describe('what is wrong with items is refused as in snapshotPack', () => {
  const bad = {
    'a value that is not JSON': [...makeItems(2), { ...makeItems(3)[2], content: { a: { b: Number.NaN } } }],
    'a duplicate': [...makeItems(2), makeItems(1)[0]],
    'something that is not an item': [...makeItems(1), 5],
    'an item without an id': [...makeItems(1), { ...makeItems(2)[1], itemId: '' }],
    'a bad time': [...makeItems(1), { ...makeItems(2)[1], createdAt: 'yesterday' }],
    'JSON text with a member twice': [
      ...makeItems(1),
      '{"itemId":"a","itemId":"b","kind":"k","sourceKey":"s","content":"c"}',
    ],
    'a promise of an item': [...makeItems(1), Promise.resolve(makeItems(2)[1])],
  };
  for (const [name, some] of Object.entries(bad)) {
    test(name, async () => {
      let message;
      try {
        expected(some);
      } catch (error) {
        message = error.message;
      }
      const stream = async function* () {
        for (const one of some) yield one;
      };
      // An async generator awaits what it yields.
      const ways = name === 'a promise of an item' ? [() => some] : [() => some, stream];
      for (const loadItems of ways) {
        const store = new MemoryStore(pack);
        const error = await errorOf(createSnapshotHandler({ store, loadItems })(input, keyed));
        assert.equal(error.code, 'VALIDATION_FAILED');
        assert.equal(error.message, message);
        assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
        const { problems } = await createPreviewHandler({ store, loadItems })(input, { actor: 'user' });
        assert.deepEqual(problems, error.issues);
      }
    });
  }

  test('what cannot be iterated', async () => {
    for (const loaded of [undefined, null, 5, 'text', {}, { length: 1 }]) {
      const store = new MemoryStore(pack);
      const error = await errorOf(createSnapshotHandler({ store, loadItems: () => loaded })(input, admin));
      assert.deepEqual([error.code, error.issues?.[0].path], ['VALIDATION_FAILED', 'items'], String(loaded));
    }
  });
});

describe('a cursor', () => {
  test('is closed when an item is refused, and read no further', async () => {
    let read = 0;
    let isClosed = false;
    const loadItems = async function* () {
      try {
        for (;;) {
          read++;
          yield read === 3 ? { itemId: 'bad' } : { ...items[0], itemId: `i${read}` };
        }
      } finally {
        isClosed = true;
      }
    };
    const store = new MemoryStore(pack);
    const error = await errorOf(createSnapshotHandler({ store, loadItems })(input, admin));
    assert.equal(error.code, 'VALIDATION_FAILED');
    assert.deepEqual([read, isClosed, store.items.size], [3, true, 0]);
  });

  test('that is cancelled stores nothing, and a retry succeeds', async () => {
    for (const Store of [MemoryStore, SavingStore]) {
      const cancel = new AbortController();
      let isClosed = false;
      let isFirst = true;
      const store = new Store(pack);
      const handler = createSnapshotHandler({
        store,
        loadItems: async function* (_, { ctx }) {
          try {
            for (const item of items) {
              if (isFirst) await wait(5, undefined, { signal: ctx.signal });
              yield item;
              cancel.abort(new Error('the client has gone'));
            }
          } finally {
            isClosed = true;
          }
        },
      });
      const error = await errorOf(handler(input, { ...keyed, signal: cancel.signal }));
      assert.deepEqual([error.code, error.cause.name], ['SERVICE_UNAVAILABLE', 'AbortError']);
      assert(isClosed);
      assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
      isFirst = false;
      assert.equal((await handler(input, keyed)).hash, expected(items));
    }
  });

  test('whose item is refused once and then accepted does not give a shorter snapshot', async () => {
    let reads = 0;
    const flaky = {
      ...items[1],
      get content() {
        return reads++ === 0 ? undefined : 'text';
      },
    };
    const store = new MemoryStore(pack);
    const loadItems = async function* () {
      yield items[0];
      yield flaky;
      yield items[2];
    };
    const error = await errorOf(createSnapshotHandler({ store, loadItems })(input, admin));
    assert.equal(error.code, 'VALIDATION_FAILED');
    assert.equal(store.snapshots.size, 0);
    reads = 0;
    assert.equal((await errorOf(createPreviewHandler({ store, loadItems })(input, admin))).code, 'VALIDATION_FAILED');
  });

  test('is read an item at a time: 20,000 of 3 KB need less memory than as objects', async () => {
    let alive = 0;
    let most = 0;
    const registry = new FinalizationRegistry(() => alive--);
    const count = 20_000;
    const loadItems = async function* () {
      for (let at = 0; at < count; at++) {
        const item = { ...items[0], itemId: `i${at}`, content: `${at}${'x'.repeat(3000)}` };
        if (at % 100 === 0) {
          alive++;
          registry.register(item);
          most = Math.max(most, alive);
          // Lets the garbage collector's callbacks run.
          if (at % 1000 === 0) await wait(0);
        }
        yield item;
      }
    };
    const { output } = await take(
      loadItems,
      admin,
      class extends SavingStore {
        async saveSnapshot(snapshot) {
          assert.equal(snapshot.index.length, count);
          return 'created';
        }
      },
    );
    assert.equal(output.itemCount, count);
    assert(most < count / 100, `${most} of ${count / 100} items were alive at once`);
  });
});

test('a store that takes a stream gets it, with the checked context', async () => {
  const store = new SavingStore(pack);
  let seen;
  store.snapshotStream = async (given, ctx, some) => {
    const read = [];
    for await (const item of some) read.push(item);
    seen = { given, ctx, read };
    const snapshot = snapshotPack(given, { ...ctx, items: read });
    await store.saveSnapshot(snapshot);
    return snapshot;
  };
  const loadItems = async function* () {
    yield* items;
  };
  const handler = createSnapshotHandler({ store, loadItems });
  const output = await handler(input, keyed);
  assert.equal(output.hash, expected(items));
  assert.equal(seen.ctx.idemKey, 'key-1');
  assert.deepEqual({ ...seen.ctx.pack }, { ...pack, sources: seen.ctx.pack.sources });
  assert.deepEqual(await handler(input, keyed), output);
  // What the source throws is the source's, although the store reads it.
  const fault = new Error('the cursor is closed');
  const broken = async function* () {
    yield items[0];
    throw fault;
  };
  const error = await errorOf(createSnapshotHandler({ store, loadItems: broken })(input, admin));
  assert.deepEqual([error.code, error.cause], ['SERVICE_UNAVAILABLE', fault]);
  assert.match(error.detail, /: loadItems failed$/);
  // Another process is first: its result is the one that counts.
  const other = new SavingStore(pack);
  const elsewhere = Object.create(other, { snapshotStream: { value: undefined } });
  other.snapshotStream = async (given, ctx, some) => {
    await createSnapshotHandler({ store: elsewhere, loadItems: () => items })(input, keyed);
    await wait(2);
    const read = [];
    for await (const item of some) read.push(item);
    const snapshot = snapshotPack(given, { ...ctx, items: read });
    await other.saveSnapshot(snapshot);
    return snapshot;
  };
  const late = await createSnapshotHandler({ store: other, loadItems })(input, keyed);
  assert.equal(late.createdAt.toISOString(), other.snapshots.get(late.snapshotId).createdAt);
  // A list is not a stream.
  const listed = new SavingStore(pack);
  listed.snapshotStream = () => assert.fail();
  assert.equal(
    (await createSnapshotHandler({ store: listed, loadItems: () => items })(input, keyed)).hash,
    output.hash,
  );
});

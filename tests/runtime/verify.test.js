// Tests what reads snapshots back: verification, the guard before an agent's run, and the summary.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SnapshotError, snapshotPack, summarizeSnapshot } from '@lssm-tech/lib.context-snapshot';
import {
  assertSnapshot,
  createSnapshotHandler,
  summaryMarkdown,
  verifyStored,
} from '@lssm-tech/lib.context-snapshot/runtime';
import { MemoryStore, SavingStore, UniqueStore } from './support/memory.js';
import { errorOf, input, keyed, makeItems, pack } from './support/packs.js';

const ZERO = `sha256:${'0'.repeat(64)}`;

/** Takes a snapshot of so many items, and returns its store, id, hash and seal. */
async function take({ Store = MemoryStore, count = 5 } = {}) {
  const store = new Store(pack);
  const { snapshotId, hash } = await createSnapshotHandler({ store, loadItems: () => makeItems(count) })(input, keyed);
  store.calls.length = 0;
  return { store, snapshotId, hash, seal: store.snapshots.get(snapshotId).metadata.$snapshot.seal };
}

test('a stored snapshot verifies, of any size', async () => {
  for (const count of [1, 99, 100, 101, 10_001]) {
    const { store, snapshotId, hash, seal } = await take({ count });
    assert.deepEqual(await verifyStored(store, snapshotId), { valid: true, issues: [], anchor: 'none' });
    assert.equal((await verifyStored(store, snapshotId, { hash })).anchor, 'hash');
    assert.equal((await verifyStored(store, snapshotId, { hash, seal })).anchor, 'seal');
  }
});

test('a store with smaller pages, or in another order, verifies', async () => {
  const { store, snapshotId, hash } = await take({ count: 1000 });
  const list = store.listSnapshotItems;
  store.listSnapshotItems = function listSnapshotItems(id, { limit, offset }) {
    return list.call(this, id, { limit: Math.min(limit, 30), offset });
  };
  assert((await verifyStored(store, snapshotId, { hash })).valid);
  store.items.get(snapshotId).reverse();
  assert((await verifyStored(store, snapshotId, { hash })).valid);
});

test('a row more is noticed, whatever limit the server has of its own', async () => {
  for (const count of [1, 2, 60]) {
    const { store, snapshotId, seal } = await take({ count });
    const items = store.items.get(snapshotId);
    const [first] = items;
    const other = { ...first, content: 'other' };
    for (const more of [[{ ...first, itemId: 'forged' }], [first], [other], [other, other], [items.at(-1)]]) {
      for (const most of [1, 30, 59, 60, 61, 100]) {
        store.items.set(snapshotId, [...items, ...more]);
        store.listSnapshotItems = async (id, { limit, offset }) =>
          store.items.get(id).slice(offset, offset + Math.min(limit, most));
        assert.equal((await verifyStored(store, snapshotId, { seal })).valid, false);
        const { code } = await errorOf(assertSnapshot(store, snapshotId, { seal }));
        assert.equal(code, 'PRECONDITION_FAILED');
        store.items.set(snapshotId, items);
        assert((await verifyStored(store, snapshotId, { seal })).valid);
      }
    }
  }
});

test('a row more is noticed in a store that shows its last page for every offset behind it', async () => {
  for (const count of [1, 2, 5]) {
    const { store, snapshotId, seal } = await take({ count });
    const items = store.items.get(snapshotId);
    for (const more of [{ ...items[0], content: 'other' }, { ...items[0], metadata: { a: 1 } }, null]) {
      const rows = more === null ? items : [...items, more];
      store.listSnapshotItems = async (_, { limit, offset }) => {
        const size = Math.min(limit, count);
        const first = Math.min(offset, Math.floor((rows.length - 1) / size) * size);
        return rows.slice(first, first + size);
      };
      assert.equal((await verifyStored(store, snapshotId, { seal })).valid, more === null);
    }
  }
});

test('a store that ignores limit and offset verifies, and a row more is noticed', async () => {
  for (const count of [1, 2, 60]) {
    const { store, snapshotId, seal } = await take({ count });
    const items = store.items.get(snapshotId);
    // As a database returns them: new rows, with a `Date`.
    const rowOf = (item) => ({ ...item, sourceVersion: null, createdAt: new Date(item.createdAt) });
    store.listSnapshotItems = async (id) => store.items.get(id).map(rowOf);
    assert((await verifyStored(store, snapshotId, { seal })).valid);
    store.items.set(snapshotId, [...items, { ...items[0], itemId: 'forged' }]);
    assert.equal((await verifyStored(store, snapshotId, { seal })).valid, false);
  }
});

test('a store that ignores offset is not read without end, however many items its record names', async () => {
  const { store, snapshotId } = await take({ count: 300 });
  const record = structuredClone(store.snapshots.get(snapshotId));
  record.itemCount = record.metadata.$snapshot.manifest.itemCount = 2 ** 52;
  store.snapshots.set(snapshotId, record);
  const items = store.items.get(snapshotId);
  let pages = 0;
  store.listSnapshotItems = async (_, { limit }) => {
    pages++;
    return items.slice(0, limit);
  };
  const { valid, issues } = await verifyStored(store, snapshotId);
  assert.equal(valid, false);
  assert(issues.some(({ code }) => code === 'duplicate'));
  assert.equal(pages, 2);
});

test('a hole in a list of rows is no row, even if a prototype has an element there', async () => {
  const { store, snapshotId } = await take({ count: 1 });
  const [row] = store.items.get(snapshotId);
  store.listSnapshotItems = async (_, { offset }) => Array(offset === 0 ? 1 : 0);
  Object.defineProperty(Array.prototype, 0, { value: row, configurable: true, writable: true });
  try {
    assert.equal((await verifyStored(store, snapshotId)).valid, false);
  } finally {
    delete Array.prototype[0];
  }
});

test('rows as databases return them verify: null, dates, ids of rows', async () => {
  const { store, snapshotId, hash } = await take();
  const record = store.snapshots.get(snapshotId);
  store.snapshots.set(snapshotId, {
    ...record,
    createdAt: new Date(record.createdAt),
    createdBy: record.createdBy ?? null,
    x: 1,
  });
  store.items.set(
    snapshotId,
    store.items.get(snapshotId).map((item) => ({
      ...item,
      itemId: `${snapshotId}:${item.itemId}`,
      sourceVersion: null,
      metadata: null,
      createdAt: new Date(),
    })),
  );
  assert((await verifyStored(store, snapshotId, { hash })).valid);
  const found = await assertSnapshot(store, snapshotId, { hash });
  assert.deepEqual(found, record);
});

test('metadata that cannot be copied is not valid, even if the verifier can read it later', async () => {
  const { store, snapshotId, seal } = await take();
  const record = store.snapshots.get(snapshotId);
  const metadata = structuredClone(record.metadata);
  const { $snapshot } = metadata;
  let reads = 0;
  const get = () => {
    if (reads++ === 0) throw new Error('not loaded yet');
    return $snapshot;
  };
  store.snapshots.set(snapshotId, { ...record, metadata: Object.defineProperty(metadata, '$snapshot', { get }) });
  const { valid, issues } = await verifyStored(store, snapshotId, { seal });
  assert.deepEqual([valid, issues[0].path, issues[0].code], [false, 'record.metadata', 'invalid_type']);
  reads = 0;
  assert.equal((await errorOf(assertSnapshot(store, snapshotId, { seal }))).code, 'PRECONDITION_FAILED');
});

describe('attacks at rest', () => {
  const attacks = {
    'content of an item changed': (items) => items.splice(1, 1, { ...items[1], content: 'other' }),
    'the tail cut off': (items) => items.pop(),
    'the middle deleted': (items) => items.splice(2, 1),
    'all deleted': (items) => items.splice(0),
    'an item twice': (items) => items.push(items[0]),
    'another item added': (items) => items.push({ ...items[0], itemId: 'forged' }),
    'ids exchanged': (items) => {
      const [one, two] = items;
      items[0] = { ...one, itemId: two.itemId };
      items[1] = { ...two, itemId: one.itemId };
    },
    'a row that is none': (items) => items.splice(1, 1, null),
    'an item of another snapshot': (items) => items.splice(1, 1, { ...items[1], itemId: `other:${items[1].itemId}` }),
  };
  for (const [name, attack] of Object.entries(attacks)) {
    test(`notices ${name}`, async () => {
      for (const Store of [MemoryStore, SavingStore, UniqueStore]) {
        const { store, snapshotId, hash } = await take({ Store });
        attack(store.items.get(snapshotId));
        const { valid, issues } = await verifyStored(store, snapshotId, { hash });
        assert.equal(valid, false);
        assert(issues.length > 0);
        const error = await errorOf(assertSnapshot(store, snapshotId, { hash }));
        assert(error instanceof SnapshotError);
        assert.deepEqual([error.code, error.status], ['PRECONDITION_FAILED', 412]);
        assert.deepEqual(error.issues, issues);
        assert(error.detail.includes(snapshotId));
      }
    });
  }

  const forgeries = {
    'who made it': (record) => ({ ...record, createdBy: 'mallory' }),
    'when it was made': (record) => ({ ...record, createdAt: '2020-01-01T00:00:00.000Z' }),
    'why it was made': (record) => ({
      ...record,
      metadata: { ...record.metadata, $snapshot: { ...record.metadata.$snapshot, reason: 'x' } },
    }),
    metadata: (record) => ({ ...record, metadata: { ...record.metadata, run: 2 } }),
    'metadata that is not JSON': (record) => ({ ...record, metadata: { ...record.metadata, run: 1n } }),
    'no metadata': ({ metadata: _, ...record }) => record,
    'the number of items': (record) => ({ ...record, itemCount: 4 }),
    'a huge number of items': (record) => ({ ...record, itemCount: 2 ** 52 }),
    'a negative number of items': (record) => ({ ...record, itemCount: -1 }),
    'the hash': (record) => ({ ...record, hash: ZERO }),
  };
  for (const [name, forge] of Object.entries(forgeries)) {
    test(`notices a forged record: ${name}`, async () => {
      const { store, snapshotId, hash } = await take();
      store.snapshots.set(snapshotId, forge(store.snapshots.get(snapshotId)));
      assert.equal((await verifyStored(store, snapshotId)).valid, false);
      assert.equal((await errorOf(assertSnapshot(store, snapshotId, { hash }))).code, 'PRECONDITION_FAILED');
    });
  }

  test('notices that everything was replaced by another valid snapshot', async () => {
    const { store, snapshotId, hash, seal } = await take();
    const other = snapshotPack(input, { ...keyed, pack, items: makeItems(5, 'forged') });
    assert.equal(other.record.snapshotId, snapshotId);
    store.snapshots.set(snapshotId, other.record);
    store.items.set(snapshotId, [...other.items]);
    assert((await verifyStored(store, snapshotId)).valid);
    for (const expect of [{ hash }, { seal }, { hash, seal }]) {
      assert.equal((await verifyStored(store, snapshotId, expect)).valid, false);
      const error = await errorOf(assertSnapshot(store, snapshotId, expect));
      assert.deepEqual([error.code, error.status], ['CONFLICT', 409]);
      assert.deepEqual(error.args, { snapshotId, hash: other.record.hash });
    }
  });

  test('notices that a store answers with another snapshot', async () => {
    const { store, snapshotId, hash } = await take();
    const other = snapshotPack(input, { ...keyed, idemKey: 'key-2', pack, items: makeItems(5) });
    store.snapshots.set(snapshotId, other.record);
    store.items.set(snapshotId, [...other.items]);
    assert.equal(other.record.hash, hash);
    const { valid, issues } = await verifyStored(store, snapshotId, { hash });
    assert.equal(valid, false);
    assert.deepEqual([issues[0].path, issues[0].code], ['record.snapshotId', 'mismatch']);
    assert.equal((await errorOf(assertSnapshot(store, snapshotId, { hash }))).code, 'PRECONDITION_FAILED');
  });
});

describe('trusted values fail closed', () => {
  const empty = [undefined, null, {}, { hash: undefined }, { hash: null }, { hash: '' }, 'sha256', [], new Map()];
  const odd = [{ hash: 'x' }, { sha256: ZERO }, { hash: ZERO, seel: ZERO }, { hash: 5 }];
  for (const expect of [...empty, ...odd]) {
    test(`${JSON.stringify(expect)} is not "nothing to compare"`, async () => {
      const { store, snapshotId } = await take();
      const { valid, issues } = await verifyStored(store, snapshotId, expect);
      assert.equal(valid, false);
      assert(issues.every(({ path }) => /^expect(\.|$)/.test(path)));
      const { code } = await errorOf(assertSnapshot(store, snapshotId, expect));
      assert.equal(code, 'PRECONDITION_FAILED');
    });
  }

  test('a fourth argument is refused', async () => {
    const { store, snapshotId, hash } = await take();
    for (const check of [verifyStored, assertSnapshot]) {
      const error = await errorOf(check(store, snapshotId, { hash }, { seal: hash }));
      assert(error instanceof TypeError);
      assert.match(error.message, /takes 3 arguments, received 4/);
    }
  });
});

describe('a snapshot that is not there', () => {
  test('is NOT_FOUND, by its id', async () => {
    const { store } = await take();
    for (const check of [verifyStored, assertSnapshot, summaryMarkdown]) {
      const error = await errorOf(check(store, 'missing-1'));
      assert.deepEqual([error.code, error.status], ['NOT_FOUND', 404]);
      assert(error.detail.includes('missing-1'));
      const long = await errorOf(check(store, `\n\u202e${'x'.repeat(10_000)}`));
      assert(long.detail.length < 300);
      assert(!/[\n\u202e]/.test(long.detail));
    }
  });

  test('without an id is NOT_FOUND, and the store is not asked', async () => {
    const { store } = await take();
    for (const snapshotId of [undefined, null, '', 5, {}, ['a']]) {
      for (const check of [verifyStored, assertSnapshot, summaryMarkdown]) {
        assert.equal((await errorOf(check(store, snapshotId))).code, 'NOT_FOUND');
      }
    }
    assert.deepEqual(store.calls, []);
  });

  test('because the store is not there, is a 503 or a TypeError', async () => {
    const { store, snapshotId } = await take();
    const thrown = new Error('password=hunter2');
    for (const name of ['getSnapshot', 'listSnapshotItems']) {
      const broken = Object.assign(Object.create(store), { [name]: () => Promise.reject(thrown) });
      for (const check of [verifyStored, assertSnapshot, summaryMarkdown]) {
        const error = await errorOf(check(broken, snapshotId));
        assert.deepEqual([error.code, error.cause], ['SERVICE_UNAVAILABLE', thrown]);
        assert(!JSON.stringify(error).includes('hunter2'));
      }
    }
    for (const none of [undefined, Promise.resolve(store), {}]) {
      for (const check of [verifyStored, assertSnapshot, summaryMarkdown]) {
        assert((await errorOf(check(none, snapshotId))) instanceof TypeError);
      }
    }
  });

  test('in time ends the reading of a store that never says that there is no more', async () => {
    const { store, snapshotId } = await take();
    let calls = 0;
    store.listSnapshotItems = async (_, { limit }) => {
      calls++;
      return Array.from({ length: limit }, (__, at) => ({ ...makeItems(1)[0], itemId: `${calls}-${at}` }));
    };
    assert.equal((await verifyStored(store, snapshotId)).valid, false);
    assert(calls < 5);
  });
});

test('a large snapshot of a store that ignores limit and offset is valid, and one item too many is not', async () => {
  const { store, snapshotId, hash } = await take({ count: 10_001 });
  store.listSnapshotItems = async () => store.items.get(snapshotId);
  assert.deepEqual((await verifyStored(store, snapshotId, { hash })).issues, []);
  store.items.get(snapshotId).push(store.items.get(snapshotId)[0]);
  assert.equal((await verifyStored(store, snapshotId, { hash })).valid, false);
});

describe('the record that the guard returns', () => {
  test('is a copy, deeply frozen, as it was made', async () => {
    const { store, snapshotId, hash } = await take();
    const record = await assertSnapshot(store, snapshotId, { hash });
    const kept = store.snapshots.get(snapshotId);
    assert.deepEqual(record, kept);
    assert.notEqual(record, kept);
    assert(
      Object.isFrozen(record) &&
        Object.isFrozen(record.metadata) &&
        Object.isFrozen(record.metadata.$snapshot.manifest.pack),
    );
    assert.deepEqual(Object.keys(record).sort(), Object.keys(kept).sort());
  });

  test('is the one that was verified, also if the store changes its own meanwhile', async () => {
    const { store, snapshotId, hash } = await take();
    const kept = structuredClone(store.snapshots.get(snapshotId));
    store.snapshots.set(snapshotId, kept);
    const list = store.listSnapshotItems;
    store.listSnapshotItems = function listSnapshotItems(...given) {
      kept.createdBy = 'mallory';
      kept.metadata.run = 2;
      return list.apply(this, given);
    };
    const record = await assertSnapshot(store, snapshotId, { hash });
    assert.equal(record.createdBy, 'ops-1');
    assert.equal(record.metadata.run, 1);
  });

  test('keeps names that are hard to parse', async () => {
    const metadata = { '"': 1, '\\': 2, ['__proto__']: 3, '': { '\u0000': '\ud83d\ude00' } };
    const store = new MemoryStore(pack);
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems() });
    const { snapshotId } = await handler(
      { packKey: pack.packKey, metadata: JSON.parse('{"\\"":1,"\\\\":2,"__proto__":3,"":{"\\u0000":"😀"}}') },
      keyed,
    );
    const { $snapshot: _, ...others } = (await assertSnapshot(store, snapshotId)).metadata;
    assert.deepEqual(others, metadata);
  });
});

test('the summary is that of the snapshot, with its items', async () => {
  const { store, snapshotId } = await take({ count: 150 });
  const record = store.snapshots.get(snapshotId);
  const markdown = await summaryMarkdown(store, snapshotId);
  assert.equal(markdown, summarizeSnapshot({ record, items: makeItems(150) }));
  assert.match(markdown, /docblock/);
  store.items.get(snapshotId).pop();
  assert.equal((await errorOf(summaryMarkdown(store, snapshotId))).code, 'VALIDATION_FAILED');
});

// E6.2-1
test('ids in messages are shown as those of the core', async () => {
  const { store, snapshotId } = await take();
  const id = 'a\u3164\ufe0f\u{e0100}\nb';
  const visible = 'a\\u3164\\ufe0f\\udb40\\udd00\\u000ab';
  assert.equal((await errorOf(verifyStored(store, id))).detail, `There is no snapshot ${visible}`);
  store.snapshots.set('other', { ...store.snapshots.get(snapshotId), snapshotId: id });
  const { issues } = await verifyStored(store, 'other');
  assert.equal(issues[0].message, `Mismatch: expected other, found ${visible}`);
});

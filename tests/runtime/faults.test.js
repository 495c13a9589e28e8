// Tests what happens if a store dies, at each of its calls, and what a retry makes of it.
//
// How: the store fails at the n-th call, before or after it has done its work, once or from then on, for every n. Afterwards the store is
// well again, and the retry must have one whole snapshot that verifies.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { SnapshotError, snapshotIdFor, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { createPreviewHandler, createSnapshotHandler, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { MemoryStore, SavingStore, transactionOver, UniqueStore } from './support/memory.js';
import { admin, errorOf, input, keyed, makeItems, pack } from './support/packs.js';

const SECRET = 'password=hunter2 at 10.0.0.5';
const driverError = () => Object.assign(new Error(SECRET), { code: '57P01', detail: SECRET, severity: 'FATAL' });

/** Asserts that an error is a 503 that shows nothing of the driver, and returns its cause. */
function assertUnavailable(error, cause) {
  assert(error instanceof SnapshotError, inspect(error));
  assert.deepEqual(
    [error.code, error.status, error.category, error.retryable],
    ['SERVICE_UNAVAILABLE', 503, 'internal', true],
  );
  assert.equal(error.cause, cause);
  assert(!Object.keys(error).includes('cause'));
  for (const text of [JSON.stringify(error), JSON.stringify({ ...error }), error.message, error.stack, String(error)]) {
    assert(!text.includes('hunter2') && !text.includes('57P01'), text);
  }
}

/** Asserts that a store has one snapshot, whole and valid. */
async function assertWhole(store, { snapshotId, hash }, count = 3) {
  assert.equal(store.snapshots.size, 1);
  assert.equal(store.items.get(snapshotId).length, count);
  const { valid, issues } = await verifyStored(store, snapshotId, { hash });
  assert.deepEqual([valid, issues], [true, []]);
}

const kinds = {
  'without transactions': { Store: MemoryStore },
  'with saveSnapshot': { Store: SavingStore },
  'with a transaction of the host': { Store: MemoryStore, isTransactional: true },
  'with ids that are unique over all snapshots': { Store: UniqueStore },
};

function setUp({ Store, isTransactional = false }, loadItems = () => makeItems()) {
  const store = new Store(pack);
  const transaction = isTransactional ? transactionOver(store) : undefined;
  return { store, handler: createSnapshotHandler({ store, loadItems, transaction }) };
}

for (const [name, kind] of Object.entries(kinds)) {
  describe(`a store ${name}`, () => {
    test('that dies at any call leaves nothing that a retry does not complete', async () => {
      let failures = 0;
      let successes = 0;
      for (const when of ['before', 'after']) {
        for (const lasts of [false, true]) {
          for (let at = 1; ; at++) {
            const { store, handler } = setUp(kind);
            let died;
            store.fail = (_, number, now) => {
              if (now === when && (lasts ? number >= at : number === at)) {
                died ??= driverError();
                throw died;
              }
            };
            const result = await handler(input, keyed).then(
              (output) => ({ output }),
              (error) => ({ error }),
            );
            if (died === undefined) break;
            store.fail = () => {};
            if (result.error !== undefined) {
              failures++;
              assertUnavailable(result.error, died);
            } else {
              successes++;
            }
            const output = await handler(input, keyed);
            if (result.output !== undefined) assert.deepEqual({ ...output }, { ...result.output });
            await assertWhole(store, output);
          }
        }
      }
      assert(failures >= 8, `${failures}`);
      // A snapshot that was stored is not reported as failed, if the store can say so. What fails in a transaction is not stored.
      assert.equal(successes > 0, !kind.isTransactional, `${successes}`);
    });

    test('is not asked for items that are there: two tries at once have one snapshot', async () => {
      for (const together of [2, 5]) {
        const { store, handler } = setUp(kind);
        const outputs = await Promise.all(Array.from({ length: together }, () => handler(input, keyed)));
        for (const output of outputs) assert.deepEqual({ ...output }, { ...outputs[0] });
        await assertWhole(store, outputs[0]);
      }
    });

    test('has one snapshot if two handlers take the key at once with different items', async () => {
      let run = 0;
      const { store, handler } = setUp(kind, () => makeItems(3, `text ${run++}`));
      const outputs = await Promise.all([handler(input, keyed), handler(input, keyed)]);
      assert.equal(run, 2);
      assert.deepEqual({ ...outputs[0] }, { ...outputs[1] });
      await assertWhole(store, outputs[0]);
    });

    test('refuses one of two that take the key at once with different inputs', async () => {
      const { store, handler } = setUp(kind);
      const [one, two] = await Promise.allSettled([
        handler(input, keyed),
        handler({ ...input, reason: 'other' }, keyed),
      ]);
      assert.deepEqual([one.status, two.status].sort(), ['fulfilled', 'rejected']);
      const { value } = one.status === 'fulfilled' ? one : two;
      const { reason } = one.status === 'rejected' ? one : two;
      const { snapshotId, hash } = value;
      assert.deepEqual([reason.code, reason.args], ['CONFLICT', { snapshotId, hash }]);
      await assertWhole(store, value);
    });

    test('refuses one of two that take the key at once with different inputs and items', async () => {
      let run = 0;
      const { store, handler } = setUp(kind, () => makeItems(3, `text ${run++}`));
      const both = await Promise.allSettled([handler(input, keyed), handler({ ...input, reason: 'other' }, keyed)]);
      const [{ value }] = both.filter(({ status }) => status === 'fulfilled');
      const [{ reason }] = both.filter(({ status }) => status === 'rejected');
      const { snapshotId, hash } = value;
      assert.deepEqual([reason.code, reason.args], ['CONFLICT', { snapshotId, hash }]);
      await assertWhole(store, value);
    });

    test('reports a snapshot as new, although the answer that it was stored was lost', async () => {
      const reported = [];
      const store = new kind.Store(pack);
      const transaction = kind.isTransactional
        ? (run) => transactionOver(store)(run).then(() => Promise.reject(driverError()))
        : undefined;
      store.fail = (name, _, when) => {
        if (when === 'after' && /^(createSnapshot|saveSnapshot)$/.test(name) && transaction === undefined)
          throw driverError();
      };
      const onEvent = ({ type }) => reported.push(type);
      const published = [];
      const handler = createSnapshotHandler({ store, loadItems: () => makeItems(), transaction, onEvent });
      const output = await handler(input, { ...keyed, eventPublisher: (envelope) => published.push(envelope) });
      assert.deepEqual(reported, ['snapshot.created', 'event.published']);
      assert.equal(published.length, 1);
      store.fail = () => {};
      await assertWhole(store, output);
    });

    test('may have many items, and many snapshots of the same items', async () => {
      const { store, handler } = setUp(kind, () => makeItems(1201));
      const outputs = [];
      for (const idemKey of ['a', 'b', undefined]) outputs.push(await handler(input, { ...admin, idemKey }));
      assert.equal(store.snapshots.size, 3);
      for (const { snapshotId, hash } of outputs) {
        assert.equal(store.items.get(snapshotId).length, 1201);
        assert.deepEqual((await verifyStored(store, snapshotId, { hash })).issues, []);
      }
    });
  });
}

describe('a try that was interrupted', () => {
  const snapshotId = snapshotIdFor({ idemKey: 'key-1', packKey: pack.packKey, packVersion: '1.0.0', tenantId: 'acme' });
  const rows = (items) => items.map((item) => ({ ...item, snapshotId }));

  test('before its record is completed, whatever items are there', async () => {
    for (const there of [[], [0], [2], [0, 1], [0, 1, 2]]) {
      const { store, handler } = setUp({ Store: MemoryStore });
      const items = makeItems();
      store.items.set(snapshotId, rows(there.map((at) => items[at])));
      const output = await handler(input, keyed);
      assert.equal(output.snapshotId, snapshotId);
      await assertWhole(store, output);
    }
  });

  test('is a conflict, if what it has stored is not of this pack any more', async () => {
    for (const there of [
      makeItems(1, 'before'),
      [{ ...makeItems()[0], itemId: 'gone' }],
      [makeItems()[0], makeItems()[0]],
      [{ ...makeItems()[0], sourceVersion: '2' }],
      [null],
    ]) {
      const { store, handler } = setUp({ Store: MemoryStore });
      store.items.set(snapshotId, there);
      const error = await errorOf(handler(input, keyed));
      assert.equal(error.code, 'CONFLICT');
      assert.equal(error.args.snapshotId, snapshotId);
      assert.equal(store.snapshots.size, 0);
      assert.deepEqual(store.items.get(snapshotId), there);
    }
  });

  test('after its record is not taken for a result, but completed', async () => {
    for (const kind of [MemoryStore, UniqueStore]) {
      for (const missing of [1, 2, 3]) {
        let loads = 0;
        const { store, handler } = setUp({ Store: kind }, () => {
          loads++;
          return makeItems();
        });
        const first = await handler(input, keyed);
        const kept = store.items.get(snapshotId).slice(missing);
        store.items.set(snapshotId, kept);
        store.ids = new Set(kept.map(({ itemId }) => itemId));
        const again = await handler(input, keyed);
        assert.equal(loads, 2);
        assert.deepEqual({ ...again }, { ...first });
        await assertWhole(store, first);
        const [{ createdAt }] = store.items.get(snapshotId).slice(-1);
        assert.equal(createdAt, first.createdAt.toISOString());
      }
    }
  });

  test('is not what a store with saveSnapshot has: an item that was erased does not come back', async () => {
    let loads = 0;
    const { store, handler } = setUp({ Store: SavingStore }, () => {
      loads++;
      return makeItems();
    });
    const first = await handler(input, keyed);
    store.items.get(snapshotId).pop();
    assert.deepEqual({ ...(await handler(input, keyed)) }, { ...first });
    assert.equal(loads, 1);
    assert.equal(store.items.get(snapshotId).length, 2);
    assert(!store.calls.includes('addSnapshotItems'));
  });

  test('after its record is completed with the version of that time, if another is the highest now', async () => {
    const { store, handler } = setUp({ Store: MemoryStore });
    const first = await handler(input, keyed);
    store.items.set(snapshotId, []);
    store.packs.set('platform.docs.v2.0.0', { ...pack, version: '2.0.0' });
    assert.deepEqual({ ...(await handler(input, keyed)) }, { ...first });
    await assertWhole(store, first);
    // Without that version, nothing completes it, and it is not a result either.
    store.items.set(snapshotId, []);
    store.packs.delete('platform.docs.v1.0.0');
    store.packs.set('1', { ...pack, version: '1.0.0' });
    const second = await handler(input, keyed);
    assert.equal(second.packVersion, '2.0.0');
    assert((await verifyStored(store, second.snapshotId, { hash: second.hash })).valid);
  });

  test('after its record is a conflict, if the pack has changed since', async () => {
    let content = 'text';
    const { store, handler } = setUp({ Store: MemoryStore }, () => makeItems(3, content));
    const { hash } = await handler(input, keyed);
    store.items.set(snapshotId, []);
    content = 'other';
    const error = await errorOf(handler(input, keyed));
    assert.deepEqual([error.code, error.args], ['CONFLICT', { snapshotId, hash }]);
    assert.deepEqual(store.items.get(snapshotId), []);
  });
});

test('items that fail once are not tried under other ids: the caller decides about a retry', async () => {
  for (const kind of Object.values(kinds)) {
    if (kind.Store === SavingStore) continue;
    const { store, handler } = setUp(kind);
    let isFirst = true;
    store.fail = (name, _, when) => {
      if (name !== 'addSnapshotItems' || when !== 'before' || !isFirst) return;
      isFirst = false;
      throw driverError();
    };
    assert.equal((await errorOf(handler(input, keyed))).code, 'SERVICE_UNAVAILABLE');
    assert.equal(store.snapshots.size, 0);
    const output = await handler(input, keyed);
    await assertWhole(store, output);
    const ids = store.items.get(output.snapshotId).map(({ itemId }) => itemId);
    assert.deepEqual(
      ids,
      makeItems().map(({ itemId }) => itemId),
    );
  }
});

describe('a transaction', () => {
  const broken = {
    'that throws': () => {
      throw driverError();
    },
    'that runs nothing': async () => {},
    'that does not wait': async (run) => {
      run(new MemoryStore(pack)).catch(() => {});
    },
    'that swallows exceptions': async (run) => {
      await run({ ...new MemoryStore(pack) }).catch(() => {});
    },
    'that fails after its work': async (run) => {
      await run(new MemoryStore(pack));
      throw driverError();
    },
  };
  for (const [name, transaction] of Object.entries(broken)) {
    test(`${name} stores nothing, and says so`, async () => {
      const store = new MemoryStore(pack);
      const error = await errorOf(
        createSnapshotHandler({ store, loadItems: () => makeItems(), transaction })(input, keyed),
      );
      assert.deepEqual([error.code, error.status], ['SERVICE_UNAVAILABLE', 503]);
      assert(error.cause instanceof Error);
      assert.match(error.detail, /transaction failed$/);
      assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
    });
  }

  test('that is run again after a success, and then fails in silence, stores nothing, and says so', async () => {
    const store = new MemoryStore(pack);
    const once = transactionOver(store);
    const transaction = async (run) => {
      await once(async (within) => {
        await run(within);
        throw driverError();
      }).catch(() => {});
      await run(Object.assign(Object.create(store), { createSnapshot: () => Promise.reject(driverError()) })).catch(
        () => {},
      );
    };
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems(), transaction });
    assert.equal((await errorOf(handler(input, keyed))).code, 'SERVICE_UNAVAILABLE');
    assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
  });

  test('that is run again counts once', async () => {
    const store = new MemoryStore(pack);
    const once = transactionOver(store);
    let tries = 0;
    const transaction = async (run) => {
      // As databases do that cannot serialize the first try.
      await once(async (within) => {
        await run(within);
        throw driverError();
      }).catch(() => tries++);
      return once(run);
    };
    const output = await createSnapshotHandler({ store, loadItems: () => makeItems(), transaction })(input, keyed);
    assert.equal(tries, 1);
    await assertWhole(store, output);
  });

  test('with a unique key over all items keeps each snapshot whole', async () => {
    const store = new UniqueStore(pack);
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems(), transaction: transactionOver(store) });
    const first = await handler(input, { ...keyed, idemKey: 'a' });
    const second = await handler(input, { ...keyed, idemKey: 'b' });
    assert.deepEqual(
      store.items.get(first.snapshotId).map(({ itemId }) => itemId),
      makeItems().map(({ itemId }) => itemId),
    );
    for (const { itemId } of store.items.get(second.snapshotId)) assert(itemId.startsWith(`${second.snapshotId}:i`));
    for (const { snapshotId, hash } of [first, second]) {
      assert((await verifyStored(store, snapshotId, { hash })).valid);
    }
  });
});

describe('a store that breaks its contract', () => {
  const answers = {
    'saveSnapshot that does nothing': (store) => (store.saveSnapshot = async () => {}),
    'snapshotStream that returns nothing': (store) => (store.snapshotStream = async () => {}),
    'snapshotStream that throws': (store) => (store.snapshotStream = () => Promise.reject(driverError())),
    'saveSnapshot that finds what is not there': (store) => (store.saveSnapshot = async () => 'exists'),
    'getPack that returns text': (store) => (store.getSnapshot = async () => 'text'),
    'listPacks without packs': (store) => (store.listPacks = async () => ({})),
    'listPacks that returns nothing': (store) => (store.listPacks = async () => undefined),
    'getPack that throws at once': (store) => {
      store.getPack = () => {
        throw driverError();
      };
    },
    'getSnapshot that throws undefined': (store) => (store.getSnapshot = () => Promise.reject()),
  };
  for (const [name, change] of Object.entries(answers)) {
    test(`${name} is a 503`, async () => {
      const loadItems = async function* () {
        yield* makeItems();
      };
      const { store, handler } = setUp(
        { Store: SavingStore },
        name.startsWith('snapshotStream') ? loadItems : undefined,
      );
      change(store);
      const error = await errorOf(handler(input, keyed));
      assert.deepEqual([error.code, error.status], ['SERVICE_UNAVAILABLE', 503]);
      assert('cause' in error);
      assert.equal(store.snapshots.size, 0);
    });
  }

  test('problems of the store and the loader reach the caller as they are', async () => {
    const problem = new SnapshotError({ code: 'TIMEOUT', detail: 'The index is being built' });
    const plain = { ...problem, detail: 'of another copy of this package' };
    for (const thrown of [problem, plain]) {
      const { store, handler } = setUp({ Store: SavingStore }, () => Promise.reject(thrown));
      assert.equal(await errorOf(handler(input, keyed)), thrown);
      store.getPack = () => Promise.reject(thrown);
      assert.equal(await errorOf(handler(input, keyed)), thrown);
    }
    for (const almost of [{ ...plain, status: '504' }, { ...plain, retryable: undefined }, Object.create(plain)]) {
      const { handler } = setUp({ Store: SavingStore }, () => Promise.reject(almost));
      assert.equal((await errorOf(handler(input, keyed))).cause, almost);
    }
  });
});

test('exceptions of every part of the host are causes, never texts', async () => {
  const thrown = driverError();
  const throws = () => {
    throw thrown;
  };
  const bad = {
    get itemId() {
      throw thrown;
    },
  };
  for (const options of [
    { caller: throws },
    { caller: async () => throws() },
    { parent: throws },
    { loadItems: throws },
    { loadItems: async () => throws() },
    { loadItems: () => [bad] },
    {
      loadItems: function* () {
        yield makeItems()[0];
        throw thrown;
      },
    },
    {
      loadItems: async function* () {
        yield makeItems()[0];
        throw thrown;
      },
    },
    {
      loadItems: async function* () {
        yield bad;
      },
    },
    { loadItems: () => ({ [Symbol.asyncIterator]: throws }) },
    { loadItems: () => ({ [Symbol.iterator]: throws }) },
  ]) {
    const store = new MemoryStore(pack);
    const events = [];
    const full = { store, loadItems: () => makeItems(), onEvent: (event) => events.push(event), ...options };
    assertUnavailable(await errorOf(createSnapshotHandler(full)(input, keyed)), thrown);
    if (!('parent' in options)) assertUnavailable(await errorOf(createPreviewHandler(full)(input, keyed)), thrown);
    assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
    assert.deepEqual(
      events.map(({ type, code }) => [type, code]),
      [['snapshot.refused', 'SERVICE_UNAVAILABLE']],
    );
    assert(!JSON.stringify(events).includes('hunter2'));
  }
  const { handler } = setUp({ Store: MemoryStore });
  assertUnavailable(
    await errorOf(
      handler(
        {
          get packKey() {
            throw thrown;
          },
        },
        admin,
      ),
    ),
    thrown,
  );
  assertUnavailable(
    await errorOf(
      handler(input, {
        get actor() {
          throw thrown;
        },
      }),
    ),
    thrown,
  );
  // The seal is of the whole record, so a snapshot that was found is the one that was made.
  assert.equal(snapshotPack(input, { ...admin, pack, items: makeItems() }).record.itemCount, 3);
});

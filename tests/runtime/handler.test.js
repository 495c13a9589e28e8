// Tests the handler of the operation: its order, retries, conflicts, and which version of a pack it takes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { SnapshotError, snapshotIdFor, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import {
  createDescribeHandler,
  createPreviewHandler,
  createSearchHandler,
  createSnapshotHandler,
  verifyStored,
} from '@lssm-tech/lib.context-snapshot/runtime';
import { LikeStore, MemoryStore, SavingStore, transactionOver } from './support/memory.js';
import { admin, errorOf, input, keyed, makeItems, pack } from './support/packs.js';

/** Makes a handler that counts how often it loads. */
function setUp(Store = MemoryStore, options = {}) {
  const store = new Store(pack);
  const loaded = [];
  const loadItems = (found, request) => {
    store.calls.push('loadItems');
    loaded.push([found, request]);
    return makeItems();
  };
  return { store, loaded, handler: createSnapshotHandler({ store, loadItems, ...options }) };
}

for (const Store of [MemoryStore, SavingStore]) {
  describe(`with a ${Store.name}`, () => {
    test('takes the snapshot that snapshotPack takes, and stores all of it', async () => {
      const { store, handler } = setUp(Store);
      const output = await handler(input, admin);
      const expected = snapshotPack(input, { ...admin, pack, items: makeItems() });
      assert.equal(output.hash, expected.output.hash);
      assert.deepEqual(Object.keys(output), Object.keys(expected.output));
      assert(output.createdAt instanceof Date);
      const { valid, anchor } = await verifyStored(store, output.snapshotId, { hash: expected.output.hash });
      assert.deepEqual([valid, anchor], [true, 'hash']);
      const { $snapshot } = store.snapshots.get(output.snapshotId).metadata;
      assert.equal($snapshot.userId, 'ops-1');
      assert.equal($snapshot.reason, 'release 7');
      assert.equal($snapshot.tenantId, 'acme');
    });

    test('returns the first result for a retry, and does not load items again', async () => {
      const { store, loaded, handler } = setUp(Store);
      const first = await handler(input, keyed);
      store.calls.length = 0;
      const again = await handler({ ...input }, { ...keyed, userId: 'ops-2', traceId: 'trace-2' });
      assert.deepEqual(again, first);
      assert.equal(loaded.length, 1);
      assert(!store.calls.some((name) => /^(create|add|save|loadItems)/.test(name)), `${store.calls}`);
      assert.equal(store.snapshots.size, 1);
      assert.equal(store.items.get(first.snapshotId).length, 3);
    });

    test('refuses the same key with another input, and names the snapshot', async () => {
      const { store, loaded, handler } = setUp(Store);
      const { snapshotId, hash } = await handler(input, keyed);
      for (const other of [
        { ...input, reason: 'another' },
        { ...input, reason: undefined },
        { ...input, requestedBy: 'somebody' },
        { ...input, metadata: { run: 2 } },
        { ...input, metadata: undefined },
      ]) {
        const error = await errorOf(handler(other, keyed));
        assert(error instanceof SnapshotError);
        assert.deepEqual([error.code, error.status, error.args], ['CONFLICT', 409, { snapshotId, hash }]);
        assert.equal(error.operation.key, 'context.pack.snapshot');
        assert.equal(error.traceId, 'trace-1');
      }
      assert.equal(loaded.length, 1);
      assert.equal(store.snapshots.size, 1);
    });

    test('treats equal inputs as the same, however they are written', async () => {
      const { handler } = setUp(Store);
      const metadata = { b: 1, a: { at: new Date(0), n: -0 } };
      const first = await handler({ ...input, metadata }, keyed);
      const again = { a: { n: 0, at: '1970-01-01T00:00:00.000Z' }, b: 1 };
      assert.deepEqual(await handler({ ...input, packVersion: '1.0.0', metadata: again }, keyed), first);
    });

    test('keeps the keys of tenants apart', async () => {
      const { store, handler } = setUp(Store);
      const ids = new Set();
      for (const scope of [{}, { tenantId: 'other' }, { organizationId: 'o' }, { workspaceId: 'w' }]) {
        ids.add((await handler(input, { ...keyed, ...scope })).snapshotId);
      }
      assert.equal(ids.size, 4);
      assert.equal(store.snapshots.size, 4);
    });
  });
}

describe('the order', () => {
  test('is: pack, earlier result, items, store; each once', async () => {
    const { store, handler } = setUp(SavingStore);
    await handler({ ...input, packVersion: '1.0.0' }, keyed);
    assert.deepEqual(store.calls, ['getPack', 'getSnapshot', 'loadItems', 'saveSnapshot']);
  });

  test('is, for a store without transactions: items before the record', async () => {
    const { store, handler } = setUp();
    await handler({ ...input, packVersion: '1.0.0' }, admin);
    assert.deepEqual(store.calls, ['getPack', 'loadItems', 'getSnapshot', 'addSnapshotItems', 'createSnapshot']);
  });

  test('is, in a transaction: the record before the items', async () => {
    const store = new MemoryStore(pack);
    const transaction = transactionOver(store);
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems(), transaction });
    await handler({ ...input, packVersion: '1.0.0' }, admin);
    assert.deepEqual(store.calls, ['getPack', 'begin', 'getSnapshot', 'createSnapshot', 'addSnapshotItems', 'commit']);
  });

  const refused = {
    'an anonymous caller': [input, {}, 'UNAUTHENTICATED'],
    'a user': [input, { actor: 'user' }, 'FORBIDDEN'],
    'a denied admin': [input, { ...admin, decision: { effect: 'deny' } }, 'FORBIDDEN'],
    'a bad input': [{ packKey: '' }, admin, 'VALIDATION_FAILED'],
    'an empty key': [input, { ...admin, idemKey: '' }, 'VALIDATION_FAILED'],
  };
  for (const [name, [given, ctx, code]] of Object.entries(refused)) {
    test(`refuses ${name} before anything is asked of the store`, async () => {
      const { store, handler } = setUp();
      assert.equal((await errorOf(handler(given, ctx))).code, code);
      assert.deepEqual(store.calls, []);
    });
  }

  test('refuses a pack that is absent, or malformed, before items are loaded', async () => {
    const { store, loaded, handler } = setUp();
    const absent = await errorOf(handler({ packKey: 'none' }, admin));
    assert.deepEqual([absent.code, absent.status], ['NOT_FOUND', 404]);
    assert.match(absent.detail, /none/);
    store.packs.set('lossy.v1', { packKey: 'lossy', version: '1', title: 't', sources: ['[object Object]'] });
    const malformed = await errorOf(handler({ packKey: 'lossy' }, keyed));
    assert.equal(malformed.code, 'VALIDATION_FAILED');
    assert.match(malformed.issues[0].path, /^pack\.sources\.0/);
    assert.deepEqual(loaded, []);
    assert(!store.calls.includes('getSnapshot'));
  });

  test('looks for an earlier result before items, and stores nothing if items are refused', async () => {
    for (const Store of [MemoryStore, SavingStore]) {
      const store = new Store(pack);
      const loadItems = () => [...makeItems(), { itemId: 'bad', kind: 'k', sourceKey: 's', content: Number.NaN }];
      const error = await errorOf(createSnapshotHandler({ store, loadItems })(input, keyed));
      assert.equal(error.code, 'VALIDATION_FAILED');
      assert.equal(error.issues[0].path, 'items.3.content');
      assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
    }
  });

  test('refuses a pack without its required source', async () => {
    const store = new MemoryStore(pack);
    const error = await errorOf(createSnapshotHandler({ store, loadItems: () => [] })(input, admin));
    assert.equal(error.code, 'PRECONDITION_FAILED');
    assert.equal(store.items.size, 0);
  });
});

describe('what the host gives', () => {
  test('loadItems gets the pack with its times, and copies that change nothing', async () => {
    const store = new SavingStore({ ...pack, tags: ['a'], description: null, updatedAt: new Date(5) });
    let seen;
    const handler = createSnapshotHandler({
      store,
      loadItems: (found, request) => {
        seen = { ...found, input: { ...request.input }, ctx: request.ctx };
        found.tags.push('b');
        found.sources[0].key = 'other';
        found.title = 'changed';
        request.input.reason = 'changed';
        return makeItems();
      },
    });
    const { snapshotId } = await handler(input, admin);
    assert.equal(seen.updatedAt.getTime(), 5);
    assert(!('description' in seen));
    assert.equal(seen.ctx, admin);
    assert.deepEqual(
      { ...seen.input, packVersion: undefined },
      { ...input, packVersion: undefined, requestedBy: undefined },
    );
    const { $snapshot } = store.snapshots.get(snapshotId).metadata;
    assert.deepEqual($snapshot.manifest.pack, { ...pack, tags: ['a'] });
    assert.equal($snapshot.reason, 'release 7');
  });

  test('hooks are called as methods of the options', async () => {
    class Options {
      store = new MemoryStore(pack);
      #called = new Set();
      loadItems() {
        this.#called.add('loadItems');
        return makeItems();
      }
      transaction(run) {
        this.#called.add('transaction');
        return run(this.store);
      }
      caller() {
        this.#called.add('caller');
        return admin;
      }
      parent() {
        this.#called.add('parent');
        return undefined;
      }
      onEvent({ type }) {
        this.#called.add(type);
      }
      get called() {
        return [...this.#called];
      }
    }
    const options = new Options();
    await createSnapshotHandler(options)(input, {});
    assert.deepEqual(options.called, ['caller', 'parent', 'loadItems', 'transaction', 'snapshot.created']);
  });

  test('parent links snapshots, and is asked for new ones only', async () => {
    const store = new SavingStore(pack);
    let asked = 0;
    let last;
    const parent = () => {
      asked++;
      return last;
    };
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems(), parent });
    const sealOf = ({ snapshotId }) => store.snapshots.get(snapshotId).metadata.$snapshot;
    const first = sealOf(await handler(input, keyed));
    assert(!('parent' in first));
    last = first.seal;
    const second = sealOf(await handler(input, { ...keyed, idemKey: 'key-2' }));
    assert.equal(second.parent, first.seal);
    await handler(input, keyed);
    assert.equal(asked, 2);
    last = 'rubbish';
    const error = await errorOf(handler(input, admin));
    assert.deepEqual([error.code, error.issues[0].path], ['VALIDATION_FAILED', 'parent']);
  });

  test('onEvent learns what happened, never content, and cannot break anything', async () => {
    const events = [];
    for (const answer of [
      () => {},
      () => Promise.reject(new Error('observer')),
      () => {
        throw new Error('observer');
      },
    ]) {
      events.length = 0;
      const onEvent = (event) => {
        events.push(event);
        return answer();
      };
      const { handler } = setUp(SavingStore, { onEvent });
      const { snapshotId, hash } = await handler(input, keyed);
      await handler(input, keyed);
      await errorOf(handler(input, { actor: 'user' }));
      const facts = { snapshotId, hash, itemCount: 3 };
      const bytes = [...snapshotPack(input, { ...admin, pack, items: makeItems() }).itemsJson()]
        .map(({ json }) => Buffer.byteLength(json))
        .reduce((sum, length) => sum + length);
      assert.deepEqual(
        events.map(({ milliseconds, ...event }) => {
          assert(milliseconds >= 0);
          return event;
        }),
        [
          { type: 'snapshot.created', ...facts, bytes },
          { type: 'snapshot.replayed', ...facts },
          { type: 'snapshot.refused', code: 'FORBIDDEN' },
        ],
      );
    }
  });

  test('options are checked when the handler is made', () => {
    const store = new MemoryStore(pack);
    const loadItems = () => [];
    for (const [options, message] of [
      [undefined, /store/],
      [{ loadItems }, /store/],
      [{ store: Promise.resolve(store), loadItems }, /await/],
      [{ store: { ...store, getPack() {} }, loadItems }, /store\.listPacks/],
      [{ store }, /loadItems/],
      [{ store, loadItems, caller: {} }, /caller/],
      [{ store, loadItems, parent: null }, /parent/],
      [{ store, loadItems, transaction: true }, /transaction/],
      [{ store, loadItems, onEvent: 'x' }, /onEvent/],
      [{ store, loadItems, Caller() {} }, /^Caller is not an option: expected one of store, .*caller/],
      [{ store, loadItems, 'a\nb': () => {} }, /^a\\u000ab is not an option/],
      [{ store: Object.assign(new MemoryStore(), { saveSnapshot: true }), loadItems }, /saveSnapshot/],
    ]) {
      for (const make of [createSnapshotHandler, createPreviewHandler]) {
        assert.throws(
          () => make(options),
          (error) => error instanceof TypeError && message.test(error.message),
        );
      }
    }
    for (const make of [createDescribeHandler, createSearchHandler])
      assert.throws(() => make({ store, Caller() {} }), TypeError);
    // Members that are not functions belong to whoever made the options.
    createSnapshotHandler({ store, loadItems, pool: {}, note: 'ours' });
  });
});

describe('the version', () => {
  /** Returns the version that is taken of those. */
  async function taken(...versions) {
    const store = new SavingStore(...versions.map((version) => ({ packKey: 'p', version, title: version })));
    const handler = createSnapshotHandler({ store, loadItems: () => [] });
    return (await handler({ packKey: 'p' }, admin)).packVersion;
  }

  test('is the highest semantic one, not the highest string', async () => {
    const ascending = [
      ...['', '01.0.0', '1', '10', '2.0', '9', 'latest', 'v3.0.0', '\ufffd'],
      ...[
        '0.0.1',
        '1.0.0-1',
        '1.0.0-2',
        '1.0.0-10',
        '1.0.0--1',
        '1.0.0-alpha',
        '1.0.0-alpha.1',
        '1.0.0-alpha.beta',
        '1.0.0-rc.1',
      ],
      ...['1.0.0', '1.0.0+a', '1.0.0+b', '1.9.0', '1.10.0', '2.0.0-rc.1', '2.0.0', '9007199254740993.0.0'],
      ...['9007199254740994.0.0', '10000000000000000000000.0.0'],
    ];
    for (let at = 1; at < ascending.length; at++) {
      const [lower, higher] = ascending.slice(at - 1);
      assert.equal(await taken(lower, higher), higher, `${lower} and ${higher}`);
      assert.equal(await taken(higher, lower), higher, `${higher} and ${lower}`);
    }
    assert.equal(await taken(...ascending), ascending.at(-1));
    assert.equal(await taken(...ascending.reverse()), ascending[0]);
  });

  test('that the input names is that one exactly', async () => {
    const store = new SavingStore(
      { packKey: 'p', version: '2', title: 't' },
      { packKey: 'a', version: '1.v2', title: 't' },
    );
    const handler = createSnapshotHandler({ store, loadItems: () => [] });
    assert.equal((await errorOf(handler({ packKey: 'p', packVersion: '1' }, admin))).code, 'NOT_FOUND');
    // This store takes an empty version as the latest, and builds keys that another pack may have.
    assert.equal((await errorOf(handler({ packKey: 'p', packVersion: '' }, admin))).code, 'NOT_FOUND');
    assert.equal((await errorOf(handler({ packKey: 'a.v1', packVersion: '2' }, admin))).code, 'NOT_FOUND');
    store.packs.set('p.v', { packKey: 'p', version: '', title: 'empty' });
    assert.equal((await handler({ packKey: 'p', packVersion: '' }, admin)).packVersion, '');
    assert.equal((await handler({ packKey: 'p' }, admin)).packVersion, '2');
  });

  test('is found among packs whose keys contain the key, over many pages, with any characters', async () => {
    const keys = ['p', 'p_%', 'a\\b', '\\', 'P', 'é', 'a\\longer\\', '%\\_'];
    for (const [packKey, Store] of keys.flatMap((key) => [
      [key, SavingStore],
      [key, LikeStore],
    ])) {
      const store = new Store();
      for (let at = 0; at < 2500; at++)
        store.packs.set(`x${at}`, { packKey: `${packKey}x`, version: `9.0.${at}`, title: packKey });
      store.packs.set('lower', {
        packKey: packKey === 'P' ? 'p' : packKey.toUpperCase().concat('!'),
        version: '9.9.9',
        title: 't',
      });
      for (const version of ['1.9.0', '1.10.0'])
        store.packs.set(`${packKey}.v${version}`, { packKey, version, title: 't' });
      const { packVersion } = await createSnapshotHandler({ store, loadItems: () => [] })({ packKey }, admin);
      assert.equal(packVersion, '1.10.0', packKey);
    }
  });

  test('is not that of a pack which the store takes for the one that was asked for', async () => {
    const store = new SavingStore({ ...pack, packKey: 'PLATFORM.docs', version: '9.0.0' }, pack, {
      ...pack,
      version: '2.0.0',
    });
    const get = store.getPack;
    // A collation that ignores case, and an index that is behind.
    store.getPack = function getPack(packKey, version) {
      return get.call(this, version === undefined ? 'PLATFORM.docs' : packKey, version && '1.0.0');
    };
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems() });
    assert.equal((await handler(input, admin)).packVersion, '2.0.0');
    assert.equal((await errorOf(handler({ ...input, packVersion: '2.0.0' }, admin))).code, 'NOT_FOUND');
    assert.equal((await handler({ ...input, packVersion: '1.0.0' }, admin)).packVersion, '1.0.0');
  });

  test('of an earlier try counts, if the input names none', async () => {
    for (const Store of [MemoryStore, SavingStore]) {
      const { store, loaded, handler } = setUp(Store);
      const first = await handler(input, keyed);
      store.packs.set('platform.docs.v2.0.0', { ...pack, version: '2.0.0' });
      assert.deepEqual(await handler(input, keyed), first);
      assert.equal(loaded.length, 1);
      const conflict = await errorOf(handler({ ...input, reason: 'x' }, keyed));
      assert.deepEqual(conflict.args, { snapshotId: first.snapshotId, hash: first.hash });
      // Of two that were made in one millisecond, neither is older.
      while (Date.now() <= first.createdAt.getTime()) await setTimeout(1);
      // The version is part of the id, so naming another one asks for another snapshot.
      const second = await handler({ ...input, packVersion: '2.0.0' }, keyed);
      assert.equal(second.packVersion, '2.0.0');
      assert.equal(loaded.length, 2);
      // Both would do; the older one is the first.
      assert.deepEqual(await handler(input, keyed), first);
    }
  });

  test('of two earlier results of one millisecond is the higher one, in whatever order a store lists them', async () => {
    const now = '2027-03-01T02:00:00.000Z';
    for (const order of [
      ['1.9.0', '1.10.0'],
      ['1.10.0', '1.9.0'],
    ]) {
      const { store, loaded, handler } = setUp(SavingStore);
      store.packs.clear();
      for (const version of order) store.packs.set(version, { ...pack, version });
      for (const version of order) {
        const asked = { ...input, packVersion: version };
        store.saveSnapshot(snapshotPack(asked, { ...keyed, now, pack: { ...pack, version }, items: makeItems() }));
      }
      assert.equal((await handler(input, keyed)).packVersion, '1.10.0');
      assert.deepEqual(loaded, []);
      const { args } = await errorOf(handler({ ...input, reason: 'another' }, keyed));
      assert.equal(store.snapshots.get(args.snapshotId).packVersion, '1.10.0');
    }
  });

  test('is found among 20,000, and so is the earlier result', async () => {
    const { store, handler } = setUp(SavingStore);
    for (let at = 0; at < 20_000; at++) store.packs.set(`${at}`, { ...pack, version: `0.${at}.0` });
    const output = await handler(input, keyed);
    assert.equal(output.packVersion, '1.0.0');
    assert.deepEqual(await handler(input, keyed), output);
  });

  test('of a store that ignores offset ends with an error', async () => {
    const { store, handler } = setUp(SavingStore);
    for (let at = 0; at < 1000; at++) store.packs.set(`${at}`, { ...pack, version: `0.${at}.0` });
    const list = store.listPacks;
    store.listPacks = function listPacks({ offset: _, ...query }) {
      return list.call(this, query);
    };
    assert.equal((await errorOf(handler(input, admin))).code, 'SERVICE_UNAVAILABLE');
  });
});

describe('an earlier record', () => {
  const idOf = (idemKey) => snapshotIdFor({ idemKey, packKey: pack.packKey, packVersion: '1.0.0', tenantId: 'acme' });

  test('as databases return it is the same result', async () => {
    for (const change of [
      (record) => ({ ...record, createdAt: new Date(record.createdAt), createdBy: null }),
      (record) => ({ ...record, createdAt: record.createdAt.replace('T', ' ').replace('Z', '+00') }),
      (record) => ({ ...record, createdAt: record.createdAt.replace('Z', '+00:00'), extra: 1 }),
      (record) => ({ ...record, metadata: JSON.parse(JSON.stringify(record.metadata)) }),
    ]) {
      const { store, handler } = setUp(SavingStore);
      const first = await handler(input, keyed);
      store.snapshots.set(first.snapshotId, change(store.snapshots.get(first.snapshotId)));
      assert.deepEqual({ ...(await handler(input, keyed)) }, { ...first });
    }
  });

  test('without milliseconds is still that snapshot', async () => {
    const { store, handler } = setUp(SavingStore);
    const first = await handler(input, keyed);
    const record = store.snapshots.get(first.snapshotId);
    store.snapshots.set(first.snapshotId, { ...record, createdAt: String(new Date(record.createdAt)) });
    const again = await handler(input, keyed);
    assert.equal(again.hash, first.hash);
    assert.equal(again.createdAt.getTime(), Math.floor(first.createdAt.getTime() / 1000) * 1000);
  });

  test('that is not as it was stored is refused, not returned', async () => {
    const zero = `sha256:${'0'.repeat(64)}`;
    for (const change of [
      (record) => ({ ...record, hash: zero }),
      (record) => ({ ...record, hash: 'rubbish' }),
      (record) => ({ ...record, snapshotId: 'other' }),
      (record) => ({ ...record, packKey: 'other' }),
      (record) => ({ ...record, packVersion: null }),
      (record) => ({ ...record, itemCount: '3' }),
      (record) => ({ ...record, itemCount: 0 }),
      (record) => ({ ...record, createdAt: 'yesterday' }),
      (record) => ({ ...record, metadata: null }),
      (record) => ({ ...record, metadata: { run: 1 } }),
      (record) => ({
        ...record,
        metadata: { ...record.metadata, $snapshot: { ...record.metadata.$snapshot, idemKey: 'x' } },
      }),
      () => 'a string',
    ]) {
      const { store, loaded, handler } = setUp(SavingStore);
      const { snapshotId } = await handler(input, keyed);
      assert.equal(snapshotId, idOf('key-1'));
      store.snapshots.set(snapshotId, change(store.snapshots.get(snapshotId)));
      const { code } = await errorOf(handler(input, keyed));
      assert(code === 'PRECONDITION_FAILED' || code === 'SERVICE_UNAVAILABLE', code);
      assert.equal(loaded.length, 1);
    }
  });
});

describe('the preview', () => {
  test('shows a user what a snapshot would contain, and stores nothing', async () => {
    const store = new MemoryStore(pack);
    const preview = createPreviewHandler({
      store,
      loadItems: async function* () {
        yield* makeItems();
      },
    });
    const found = await preview(input, { actor: 'user' });
    assert.equal(found.hash, snapshotPack(input, { ...admin, pack, items: makeItems() }).output.hash);
    assert.deepEqual(found.problems, []);
    assert.deepEqual([store.snapshots.size, store.items.size], [0, 0]);
  });

  test('reports what is wrong with items, and refuses callers, inputs and packs in that order', async () => {
    const store = new MemoryStore(pack);
    let loads = 0;
    const loadItems = () => {
      loads++;
      return [{ itemId: '' }];
    };
    const preview = createPreviewHandler({ store, loadItems });
    assert.equal((await errorOf(preview(input, {}))).code, 'UNAUTHENTICATED');
    assert.equal((await errorOf(preview({}, { actor: 'user' }))).code, 'VALIDATION_FAILED');
    assert.deepEqual(store.calls, []);
    assert.equal((await errorOf(preview({ packKey: 'none' }, { actor: 'user' }))).code, 'NOT_FOUND');
    assert.equal(loads, 0);
    const { problems } = await preview(input, { actor: 'user', idemKey: 5 });
    assert(problems.length > 0 && problems[0].path.startsWith('items.0'));
  });
});

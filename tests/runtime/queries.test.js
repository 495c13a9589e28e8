// Tests the handlers of `context.pack.describe` and `context.pack.search`, against the host's schemas of their outputs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createDescribeHandler,
  createSearchHandler,
  createSnapshotHandler,
} from '@lssm-tech/lib.context-snapshot/runtime';
import { z } from 'zod';
import { MemoryStore } from './support/memory.js';
import { admin, errorOf, makeItems, pack } from './support/packs.js';

const text = z.string();
const source = z.strictObject({
  ...{
    kind: text,
    key: text,
    version: text.optional(),
    required: z.boolean().optional(),
    description: text.optional(),
  },
});
const described = z.strictObject({
  pack: z.strictObject({
    ...{ packKey: text, version: text, title: text, description: text.optional() },
    ...{ owners: z.array(text).optional(), tags: z.array(text).optional(), sources: z.array(source).optional() },
  }),
  snapshotId: text.optional(),
  updatedAt: z.date().optional(),
});
const found = z.strictObject({
  items: z.array(
    z.strictObject({
      ...{ packKey: text, packVersion: text, title: text, summary: text.optional() },
      ...{ snapshotId: text.optional(), snapshotCreatedAt: z.date().optional() },
      ...{ tags: z.array(text).optional(), owners: z.array(text).optional(), sourceCount: z.number().int().optional() },
    }),
  ),
  nextOffset: z.number().int().optional(),
});

const reader = { actor: 'user', userId: 'ann', traceId: 'trace-1' };
const full = {
  ...pack,
  description: 'All of it',
  owners: ['docs'],
  tags: ['a', 'b'],
  updatedAt: '2026-01-02T03:04:05.000Z',
};

/** Takes snapshots of the versions of a pack, one after the other, and returns their outputs. */
async function snapshots(store, ...versions) {
  const handler = createSnapshotHandler({ store, loadItems: () => makeItems() });
  const outputs = [];
  for (const packVersion of versions) outputs.push(await handler({ packKey: pack.packKey, packVersion }, admin));
  return outputs;
}

describe('describe', () => {
  test('returns the pack, its latest snapshot, and when it was changed', async () => {
    const store = new MemoryStore(full, { ...full, version: '0.9.0' });
    const handler = createDescribeHandler({ store });
    const { createdAt: _, updatedAt, ...others } = full;
    assert.deepEqual(
      { ...(await handler({ packKey: pack.packKey }, reader)) },
      { pack: others, updatedAt: new Date(updatedAt) },
    );
    const [{ snapshotId }, , other] = await snapshots(store, '1.0.0', '1.0.0', '0.9.0');
    const records = [...store.snapshots.values()];
    // The store's order does not matter, nor does the form of times.
    for (const order of [records, [...records].reverse()]) {
      const rows = order.map((record) => {
        const createdAt = new Date(record.snapshotId === snapshotId ? 9e12 : 5e12);
        return [record.snapshotId, { ...record, createdAt }];
      });
      store.snapshots = new Map(rows);
      assert.equal(described.parse(await handler({ packKey: pack.packKey }, reader)).snapshotId, snapshotId);
      // Of two with the same time, it is the same one in any order.
      for (const [, row] of rows) row.createdAt = '2026-01-01T00:00:00.000Z';
      const [one, two] = records
        .filter(({ packVersion }) => packVersion === '1.0.0')
        .map((record) => record.snapshotId);
      const { snapshotId: found } = await handler({ packKey: pack.packKey }, reader);
      assert.equal(found, one > two ? one : two);
    }
    const older = described.parse(await handler({ packKey: pack.packKey, version: '0.9.0' }, reader));
    assert.deepEqual([older.snapshotId, older.pack.version], [other.snapshotId, '0.9.0']);
  });

  test('reads all pages of snapshots, and works without a list of them', async () => {
    const store = new MemoryStore(full);
    const [{ snapshotId }] = await snapshots(store, '1.0.0');
    const record = store.snapshots.get(snapshotId);
    for (let at = 0; at < 2500; at++) {
      store.snapshots.set(`s${at}`, { ...record, snapshotId: `s${at}`, createdAt: new Date(at).toISOString() });
    }
    store.snapshots.set('last', { ...record, snapshotId: 'last', createdAt: '2999-01-01T00:00:00.000Z' });
    store.snapshots.set('other', {
      ...record,
      snapshotId: 'other',
      packKey: 'PLATFORM.docs',
      createdAt: '3999-01-01T00:00:00.000Z',
    });
    assert.equal((await createDescribeHandler({ store })({ packKey: pack.packKey }, reader)).snapshotId, 'last');
    const without = Object.assign(Object.create(store), { listSnapshots: undefined });
    const output = described.parse(await createDescribeHandler({ store: without })({ packKey: pack.packKey }, reader));
    assert(!('snapshotId' in output));
  });

  test('refuses a pack that is absent or malformed; its errors name no other operation', async () => {
    const store = new MemoryStore(full, { packKey: 'lossy', version: '1', title: 't', sources: ['[object Object]'] });
    const handler = createDescribeHandler({ store });
    for (const [input, code] of [
      [{ packKey: 'none' }, 'NOT_FOUND'],
      [{ packKey: pack.packKey, version: '2' }, 'NOT_FOUND'],
      [{ packKey: 'lossy' }, 'VALIDATION_FAILED'],
      [{}, 'VALIDATION_FAILED'],
      [{ packKey: '' }, 'VALIDATION_FAILED'],
      [{ packKey: 5, version: null }, 'VALIDATION_FAILED'],
      ['x', 'VALIDATION_FAILED'],
      [undefined, 'VALIDATION_FAILED'],
    ]) {
      const error = await errorOf(handler(input, reader));
      assert.equal(error.code, code);
      assert.equal(error.operation, undefined);
      assert.equal(error.traceId, 'trace-1');
    }
    const { issues } = await errorOf(handler({ packKey: 5, version: null }, reader));
    assert.deepEqual(issues, [
      { path: 'packKey', code: 'invalid_type', message: 'Invalid input: expected string, received number' },
      { path: 'version', code: 'invalid_type', message: 'Invalid input: expected string, received null' },
    ]);
  });
});

describe('search', () => {
  const packs = [
    {
      packKey: 'shop.docs',
      version: '1.0.0',
      title: 'The shop',
      tags: ['shop'],
      owners: ['ann'],
      description: 'd',
      sources: full.sources,
    },
    { packKey: 'shop.prices', version: '1.0.0', title: 'Prices', tags: ['shop', 'money'] },
    { packKey: 'hr.docs', version: '1', title: 'People of the SHOP', owners: ['bob'] },
    { packKey: 'under_score', version: '1', title: '100%', description: null, tags: null },
    { packKey: 5, version: '1', title: 'broken' },
  ];
  const setUp = () => {
    const store = new MemoryStore();
    for (const [at, one] of packs.entries()) store.packs.set(`${at}`, one);
    const list = store.listPacks;
    // A database's wildcards find more than was asked for.
    store.listPacks = async function listPacks({ query: _, tag: __, owner: ___, ...page }) {
      const { packs } = await list.call(this, page);
      return { packs: [...packs, null] };
    };
    return { store, search: async (input) => found.parse(await createSearchHandler({ store })(input, reader)) };
  };
  const keysOf = ({ items }) => items.map(({ packKey }) => packKey);

  test('finds by parts of key and title, tag and owner, and nothing is a wildcard', async () => {
    const { search } = setUp();
    for (const [input, keys] of [
      [{}, ['shop.docs', 'shop.prices', 'hr.docs', 'under_score']],
      [{ query: 'SHOP' }, ['shop.docs', 'shop.prices', 'hr.docs']],
      [{ query: '' }, ['shop.docs', 'shop.prices', 'hr.docs', 'under_score']],
      [{ query: '%' }, ['under_score']],
      [{ query: '_' }, ['under_score']],
      [{ query: 'p.d' }, ['shop.docs']],
      [{ query: '\\' }, []],
      [{ tag: 'shop' }, ['shop.docs', 'shop.prices']],
      [{ tag: 'SHOP' }, []],
      [{ owner: 'bob' }, ['hr.docs']],
      [{ tag: 'shop', owner: 'ann', query: 'docs' }, ['shop.docs']],
      [{ snapshotOnly: true }, []],
    ]) {
      assert.deepEqual(keysOf(await search(input)), keys, JSON.stringify(input));
    }
    const [first, second] = (await search({})).items;
    assert.deepEqual(first, {
      packKey: 'shop.docs',
      packVersion: '1.0.0',
      title: 'The shop',
      summary: 'd',
      tags: ['shop'],
      owners: ['ann'],
      sourceCount: 1,
    });
    assert.deepEqual(Object.keys(second), ['packKey', 'packVersion', 'title', 'tags']);
  });

  test('has the latest snapshot of each', async () => {
    const { store, search } = setUp();
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems() });
    const { snapshotId, createdAt } = await handler({ packKey: 'hr.docs' }, admin);
    const { items } = await search({ snapshotOnly: true });
    assert.deepEqual(
      items.map((item) => [item.packKey, item.snapshotId, item.snapshotCreatedAt.getTime()]),
      [['hr.docs', snapshotId, createdAt.getTime()]],
    );
  });

  test('shows no snapshot of another tenant to a tenant', async () => {
    const { store } = setUp();
    const take = createSnapshotHandler({ store, loadItems: () => makeItems() });
    const ids = {};
    for (const [tenantId, at] of [
      [undefined, 1],
      ['acme', 2],
      ['evil', 3],
    ]) {
      const { snapshotId } = await take({ packKey: 'hr.docs' }, { ...admin, tenantId });
      store.snapshots.set(snapshotId, { ...store.snapshots.get(snapshotId), createdAt: new Date(at) });
      ids[tenantId] = snapshotId;
    }
    for (const [tenantId, snapshotId] of [
      [undefined, ids.evil],
      [null, ids.evil],
      ['acme', ids.acme],
      ['evil', ids.evil],
      ['new', ids.undefined],
    ]) {
      const ctx = { ...reader, tenantId };
      const { items } = await createSearchHandler({ store })({ snapshotOnly: true }, ctx);
      assert.deepEqual(
        items.map((one) => one.snapshotId),
        [snapshotId],
        `${tenantId}`,
      );
      const found = await createDescribeHandler({ store })({ packKey: 'hr.docs' }, ctx);
      assert.equal(found.snapshotId, snapshotId);
      // The tenant that a hook names counts.
      const caller = () => ({ tenantId });
      const named = await createDescribeHandler({ store, caller })(
        { packKey: 'hr.docs' },
        { ...reader, tenantId: 'evil' },
      );
      assert.equal(named.snapshotId, snapshotId);
    }
  });

  test('pages until the end, each pack once', async () => {
    const store = new MemoryStore();
    for (let at = 0; at < 1000; at++)
      store.packs.set(`${at}`, { packKey: at % 3 === 0 ? `wanted.${at}` : `other.${at}`, version: '1', title: 't' });
    const handler = createSearchHandler({ store });
    for (const limit of [1, 7, 200]) {
      const keys = [];
      let pages = 0;
      for (let offset = 0; offset !== undefined; ) {
        const page = found.parse(await handler({ query: 'wanted', limit, offset }, reader));
        assert(page.items.length <= limit);
        keys.push(...keysOf(page));
        offset = page.nextOffset;
        pages++;
        if (limit === 1 && pages === 20) break;
      }
      assert.equal(new Set(keys).size, limit === 1 ? 20 : 334);
      assert.equal(keys.length, new Set(keys).size);
    }
    assert.equal((await handler({}, reader)).items.length, 50);
  });

  test('ends if the store ignores offset', { timeout: 600_000 }, async () => {
    const store = new MemoryStore();
    const packs = Array.from({ length: 200 }, (_, at) => ({ packKey: `p.${at}`, version: '1', title: 't' }));
    let pages = 0;
    store.listPacks = async () => {
      pages++;
      return { packs };
    };
    const error = await errorOf(createSearchHandler({ store })({ tag: 'none' }, reader));
    assert.equal(error.code, 'SERVICE_UNAVAILABLE');
    assert.match(error.cause.message, /store\.listPacks must not ignore offset/);
    assert.equal(pages, 2);
  });

  test('refuses what is not a search', async () => {
    const { store } = setUp();
    const handler = createSearchHandler({ store });
    for (const [input, path] of [
      [{ query: 5 }, 'query'],
      [{ limit: 0 }, 'limit'],
      [{ limit: 201 }, 'limit'],
      [{ limit: 1.5 }, 'limit'],
      [{ limit: '5' }, 'limit'],
      [{ offset: -1 }, 'offset'],
      [{ offset: Number.NaN }, 'offset'],
      [{ snapshotOnly: 'yes' }, 'snapshotOnly'],
      [null, ''],
      [[], ''],
    ]) {
      const { code, issues } = await errorOf(handler(input, reader));
      assert.deepEqual([code, issues[0].path], ['VALIDATION_FAILED', path]);
    }
    assert.deepEqual(store.calls, []);
  });

  test('does not show what a driver says', async () => {
    const { store } = setUp();
    const thrown = new Error('password=hunter2');
    for (const name of ['listPacks', 'listSnapshots']) {
      const broken = Object.assign(Object.create(store), { [name]: () => Promise.reject(thrown) });
      const error = await errorOf(createSearchHandler({ store: broken })({}, reader));
      assert.deepEqual([error.code, error.cause, error.operation], ['SERVICE_UNAVAILABLE', thrown, undefined]);
      assert(!JSON.stringify(error).includes('hunter2'));
    }
  });
});

test('options are checked when a handler is made', () => {
  for (const make of [createDescribeHandler, createSearchHandler]) {
    for (const options of [undefined, {}, { store: {} }, { store: Promise.resolve(new MemoryStore()) }]) {
      assert.throws(() => make(options), TypeError);
    }
    make({ store: { getPack() {}, listPacks() {} } });
  }
});

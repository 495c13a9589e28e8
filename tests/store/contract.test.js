// What every store promises, run against each entry with each driver.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { proveItem, SnapshotBuilder, SnapshotError, verifyItem, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { assertSnapshot, createSnapshotHandler, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { awkward, item, items, pack, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { kinds } from './support/stores.js';

const builderOf = (ctx) =>
  new SnapshotBuilder({ packKey: 'shop.docs' }, { actor: 'admin', userId: 'ops-1', pack, ...ctx });

let server;
before(async () => {
  server = await startPostgres();
});
after(() => server.stop());

/** The result of `verify` for a snapshot with nothing wrong or erased. */
const whole = (anchor) => ({ valid: true, issues: [], anchor, erased: [] });

for (const kind of kinds) {
  describe(kind.name, { concurrency: false }, () => {
    let opened;
    let store;
    before(async () => {
      opened = await kind.open(server);
      store = opened.store;
    });
    after(() => opened.close());

    test('stores a snapshot once, and returns it as it was hashed', async () => {
      const snapshot = take(awkward, { idemKey: 'k-1', traceId: 'tr-1\0' }, { reason: 'a\0b', metadata: { 'x\0': 1 } });
      const { snapshotId, hash } = snapshot.record;
      const seal = snapshot.record.metadata.$snapshot.seal;
      assert.equal(await store.saveSnapshot(snapshot), 'created');
      assert.equal(await store.saveSnapshot(snapshot), 'exists');
      assert.deepEqual(await store.getSnapshot(snapshotId), snapshot.record);
      assert.deepEqual(await store.listSnapshotItems(snapshotId), snapshot.items);
      assert.deepEqual(await store.snapshotIndex(snapshotId), snapshot.index);
      assert.deepEqual(await store.verify(snapshotId, { hash, seal }), whole('seal'));
      const read = { record: await store.getSnapshot(snapshotId), items: await store.listSnapshotItems(snapshotId) };
      assert.equal(verifySnapshot({ ...read, expect: { seal } }).valid, true);
      // The same request later has another time and another seal: the first stays.
      const retry = take(awkward, { idemKey: 'k-1', now: Date.now() + 60_000 });
      assert.equal(await store.saveSnapshot(retry), 'exists');
      assert.deepEqual(await store.getSnapshot(snapshotId), snapshot.record);
    });

    test('refuses another snapshot with the same id', async () => {
      await store.saveSnapshot(take(items(2), { snapshotId: 'twice' }));
      const { hash } = await store.getSnapshot('twice');
      const conflict = { code: 'CONFLICT', status: 409, args: { snapshotId: 'twice', hash } };
      await assert.rejects(store.saveSnapshot(take(items(3), { snapshotId: 'twice' })), conflict);
      await assert.rejects(store.createSnapshot(take(items(3), { snapshotId: 'twice' }).record), conflict);
      assert.equal((await store.listSnapshotItems('twice')).length, 2);
    });

    test('stores the text of an item once, whatever snapshots it is in', async () => {
      const list = [item('once', 'A text that is there once')];
      for (const snapshotId of ['once-1', 'once-2']) await store.saveSnapshot(take(list, { snapshotId }));
      const [{ count }] = await opened.rows("select count(*) as count from {body} where item_id = 'once'");
      assert.equal(Number(count), 1);
    });

    test('stores many items, and pages through them in the order of the tree', async () => {
      const snapshot = take(items(2345), { snapshotId: 'many' });
      await store.saveSnapshot(snapshot);
      const ids = [];
      for (let offset = 0; ; offset += 1000) {
        const page = await store.listSnapshotItems('many', { limit: 1000, offset });
        ids.push(...page.map(({ itemId }) => itemId));
        if (page.length < 1000) break;
      }
      assert.deepEqual(
        ids,
        snapshot.index.map(({ itemId }) => itemId),
      );
      assert.equal((await store.listSnapshotItems('many')).length, 2345);
      assert.deepEqual(await store.listSnapshotItems('many', { limit: 0 }), []);
      assert.equal((await store.verify('many')).valid, true);
    });

    test('lets the process go on while it reads and writes many items', async () => {
      let beats = 0;
      const heart = setInterval(() => beats++, 1);
      await store.saveSnapshot(take(items(4000, { metadata: { run: 2 } }), { snapshotId: 'long' }));
      await store.verify('long');
      clearInterval(heart);
      assert.ok(beats > 0);
    });

    test('stores a snapshot without items', async () => {
      await store.saveSnapshot(take([], { snapshotId: 'none' }));
      assert.deepEqual(await store.listSnapshotItems('none'), []);
      assert.equal((await store.verify('none')).valid, true);
    });

    test("takes the host's two steps, in batches and in any order, up to the number of items", async () => {
      const snapshot = take(awkward, { snapshotId: 'steps' });
      const [first, second, third, ...rest] = [...awkward].reverse();
      assert.deepEqual(await store.createSnapshot(snapshot.record), snapshot.record);
      await store.addSnapshotItems('steps', [first, second]);
      assert.equal((await store.verify('steps')).valid, false);
      // A retry of a batch, and one that overlaps.
      await store.addSnapshotItems('steps', [first, second]);
      await store.addSnapshotItems('steps', [second, third]);
      assert.equal((await store.listSnapshotItems('steps')).length, 3);
      const { valid, issues } = await store.verify('steps');
      assert.equal(valid, false);
      assert.ok(!issues.some(({ message }) => message.includes('Unsorted')), JSON.stringify(issues));
      await assert.rejects(store.addSnapshotItems('steps', [{ ...first, content: 'another' }]), { code: 'CONFLICT' });
      await assert.rejects(store.addSnapshotItems('steps', [...rest, item('one too many')]), { code: 'CONFLICT' });
      await store.addSnapshotItems('steps', rest);
      assert.deepEqual(await store.listSnapshotItems('steps'), snapshot.items);
      assert.equal((await store.verify('steps', { hash: snapshot.record.hash })).valid, true);
      // It is complete: a retry changes nothing, and nothing can be added.
      await store.addSnapshotItems('steps', rest);
      await assert.rejects(store.addSnapshotItems('steps', [item('later')]), { code: 'CONFLICT' });
      await assert.rejects(store.addSnapshotItems('nowhere', [first]), { code: 'NOT_FOUND' });
      assert.deepEqual(await store.listSnapshotItems('steps'), snapshot.items);
    });

    test('completes a snapshot of which only the record is there', async () => {
      const snapshot = take(items(5), { snapshotId: 'half' });
      await store.createSnapshot(snapshot.record);
      await store.addSnapshotItems('half', items(2));
      assert.equal(await store.saveSnapshot(snapshot), 'exists');
      assert.deepEqual(await store.listSnapshotItems('half'), snapshot.items);
      assert.equal(await store.saveSnapshot(snapshot), 'exists');
    });

    test('returns the highest version of a pack, and compares keys exactly', async () => {
      const versions = [
        '1.9.0',
        '1.10.0',
        '1.10.0-rc.2',
        '1.10.0-rc.10',
        'latest',
        '',
        '01.99.0',
        '1.2',
        '99.0.0-01',
        '99.0.0-a..b',
      ];
      for (const version of versions) await store.upsertPack({ ...pack, packKey: 'versions', version });
      assert.equal((await store.getPack('versions')).version, '1.10.0');
      await store.upsertPack({ ...pack, packKey: 'words', version: 'b' });
      await store.upsertPack({ ...pack, packKey: 'words', version: 'a' });
      assert.equal((await store.getPack('words')).version, 'b');
      await store.upsertPack({ ...pack, packKey: 'words', version: '0.0.1-alpha' });
      assert.equal((await store.getPack('words')).version, '0.0.1-alpha');
      assert.equal((await store.getPack('versions', '')).version, '');
      assert.equal(await store.getPack('versions', '9.9.9'), null);
      for (const key of ['VERSIONS', 'versions ', 'version%', 'version_']) assert.equal(await store.getPack(key), null);
      const long = {
        ...pack,
        packKey: 'k'.repeat(10_000),
        version: 'v\0',
        title: '\0',
        sources: [{ kind: 'k', key: 's' }],
      };
      await store.upsertPack(long);
      assert.deepEqual(await store.getPack(long.packKey, 'v\0'), long);
      await assert.rejects(store.upsertPack({ ...pack, title: 1 }), { code: 'VALIDATION_FAILED' });
      for (const updatedAt of ['yesterday', 5, {}, new Date(Number.NaN)]) {
        await assert.rejects(store.upsertPack({ ...pack, updatedAt }), {
          code: 'VALIDATION_FAILED',
          message: /The pack's updatedAt is not a time from the year 1 to 9999$/,
        });
      }
    });

    test('replaces a pack, and keeps its times as they were given', async () => {
      const before = { ...pack, packKey: 'times', createdAt: '2026-01-02T03:04:05.678Z' };
      await store.upsertPack(before);
      assert.deepEqual(await store.getPack('times'), before);
      const updatedAt = new Date('2026-02-03T04:05:06.789Z');
      await store.upsertPack({ ...before, title: 'New', updatedAt });
      assert.deepEqual(await store.getPack('times'), { ...before, title: 'New', updatedAt: updatedAt.toISOString() });
      // Not every database has these years.
      for (const year of ['+012000', '-000001', '0000']) {
        const odd = { ...before, updatedAt: `${year}-01-01T00:00:00Z` };
        await assert.rejects(store.upsertPack(odd), { code: 'VALIDATION_FAILED' }, year);
        const late = item('late', '', { createdAt: new Date(odd.updatedAt) });
        if (late.createdAt > 0) await assert.rejects(store.addTexts([late]), { code: 'VALIDATION_FAILED' }, year);
      }
    });

    test('lists packs by words, without wildcards', async () => {
      for (const packKey of ['list_a', 'listXa', 'list%b', 'LISTÉc'])
        await store.upsertPack({ ...pack, packKey, title: packKey });
      const keys = async (query) => (await store.listPacks(query)).packs.map(({ packKey }) => packKey);
      assert.deepEqual(await keys({ query: 'list_' }), ['list_a']);
      assert.deepEqual(await keys({ query: '%' }), ['list%b']);
      assert.deepEqual(await keys({ query: 'listé' }), ['LISTÉc']);
      const first = await store.listPacks({ query: 'list', limit: 3 });
      assert.equal(first.total, 4);
      assert.equal(first.nextOffset, 3);
      const rest = await store.listPacks({ query: 'list', limit: 3, offset: first.nextOffset });
      assert.equal(rest.packs.length, 1);
      assert.equal(rest.nextOffset, undefined);
      for (const query of [{ limit: -1 }, { query: 1 }, { tag: ['a'] }])
        await assert.rejects(store.listPacks(query), { code: 'VALIDATION_FAILED' });
    });

    test('lists packs by a tag and an owner, as the store of the host does', async () => {
      const names = {
        one: [['shop', 'a\0b'], ['ops']],
        two: [['shop'], ['sales', 'ops']],
        three: [['shops']],
        four: [],
      };
      for (const [name, [tags, owners]] of Object.entries(names)) {
        const packKey = `tagged-${name}`;
        await store.upsertPack({ ...pack, packKey, title: '', ...(tags && { tags }), ...(owners && { owners }) });
      }
      const keys = async (query) => {
        const { packs, total, nextOffset } = await store.listPacks({ query: 'tagged-', ...query });
        return [packs.map(({ packKey }) => packKey.slice('tagged-'.length)), total, nextOffset];
      };
      assert.deepEqual(await keys({ tag: 'shop' }), [['one', 'two'], 2, undefined]);
      assert.deepEqual(await keys({ tag: 'shop', limit: 1 }), [['one'], 2, 1]);
      assert.deepEqual(await keys({ tag: 'shop', limit: 1, offset: 1 }), [['two'], 2, undefined]);
      assert.deepEqual(await keys({ tag: 'shop', owner: 'sales' }), [['two'], 1, undefined]);
      assert.deepEqual(await keys({ tag: 'a\0b', owner: 'ops' }), [['one'], 1, undefined]);
      assert.deepEqual(await keys({ owner: 'op' }), [[], 0, undefined]);
      assert.deepEqual(await keys({ tag: '', owner: null }), [['four', 'one', 'three', 'two'], 4, undefined]);
      // More than the store reads at once.
      await store.transaction(async (inside) => {
        for (let at = 0; at < 1001; at++) {
          await inside.upsertPack({ ...pack, packKey: 'tagged-many', version: `${at}`, title: '', tags: ['many'] });
        }
      });
      assert.deepEqual(await keys({ tag: 'many', limit: 2, offset: 999 }), [['many', 'many'], 1001, undefined]);
    });

    test('lists snapshots newest first, by offset and by key', async () => {
      const other = { ...pack, packKey: 'pages' };
      const ids = [];
      for (let at = 0; at < 5; at++) {
        // Two have the same time.
        const now = Date.UTC(2026, 0, 1) + Math.floor(at / 2);
        await store.saveSnapshot(take(items(1), { pack: other, snapshotId: `page-${at}`, now }, { packKey: 'pages' }));
        ids.unshift(`page-${at}`);
      }
      const idsOf = ({ snapshots }) => snapshots.map(({ snapshotId }) => snapshotId);
      const first = await store.listSnapshots({ packKey: 'pages', limit: 2 });
      assert.deepEqual(idsOf(first), ids.slice(0, 2));
      assert.equal(first.total, 5);
      assert.equal(first.nextOffset, 2);
      await store.saveSnapshot(take(items(1), { pack: other, snapshotId: 'page-new' }, { packKey: 'pages' }));
      const next = await store.listSnapshots({ packKey: 'pages', limit: 2, after: ids[1] });
      assert.deepEqual(idsOf(next), ids.slice(2, 4));
      assert.equal((await store.listSnapshots({ packKey: 'page' })).total, 0);
      const one = await store.listSnapshots({ packKey: 'pages', snapshotId: 'page-3' });
      assert.deepEqual([idsOf(one), one.total], [['page-3'], 1]);
      assert.equal((await store.listSnapshots({ packKey: 'other', snapshotId: 'page-3' })).total, 0);
      await assert.rejects(store.listSnapshots({ snapshotId: 3 }), { code: 'VALIDATION_FAILED' });
      assert.ok((await store.listSnapshots()).total > 5);
    });

    test('streams a pack, and shows nothing of it before the end', async () => {
      // The last text is larger than what is sent at once.
      const list = [...items(1500), ...awkward, item('long', 'é\u{1f642}'.repeat(50_000))];
      const input = { packKey: 'shop.docs' };
      const ctx = { actor: 'admin', pack, snapshotId: 'stream' };
      async function* failing() {
        yield* list.slice(0, 1400);
        assert.equal(await store.getSnapshot('stream'), null);
        throw new RangeError('the source is gone');
      }
      await assert.rejects(store.snapshotStream(input, ctx, failing()), RangeError);
      assert.equal(await store.getSnapshot('stream'), null);

      async function* working() {
        for (const one of list) {
          // The source may use this very store.
          if (one.itemId === 'i-700') await store.getPack('shop.docs');
          yield one;
        }
      }
      const { record, event, index, output } = await store.snapshotStream(input, ctx, working());
      assert.equal(record.itemCount, list.length);
      assert.equal(output.hash, take(list).record.hash);
      assert.equal((await store.verify('stream', { hash: record.hash })).valid, true);
      assert.deepEqual(await store.snapshotIndex('stream'), index);
      const own = (await store.listSnapshotItems('stream')).find(({ itemId }) => itemId === 'own time');
      assert.equal(own.createdAt, '2020-02-29T12:00:00.123Z');
      // A second call has another time, and returns what is stored.
      const again = await store.snapshotStream(input, { ...ctx, now: Date.now() + 60_000 }, list);
      assert.deepEqual(again.record, record);
      assert.deepEqual(again.event, event);
      assert.throws(() => again.items, /listSnapshotItems/);
      await assert.rejects(store.snapshotStream(input, { ...ctx, actor: 'user' }, list), { code: 'FORBIDDEN' });
    });

    test('links texts that several calls have stored, and shows nothing of them before', async () => {
      const expected = take(awkward, { snapshotId: 'linked', tenantId: 'tenant-1' });
      const before = (await store.listSnapshots({ limit: 0 })).total;
      const builder = builderOf({ snapshotId: 'linked', tenantId: 'tenant-1', now: expected.record.createdAt });
      const entries = [];
      // In another order, and one share twice, as a process does that takes over.
      for (const share of [awkward.slice(7), awkward.slice(0, 7), awkward.slice(7)]) {
        const added = await store.addTexts(share, { tenantId: 'tenant-1' });
        assert.deepEqual(
          added.map(({ itemId }) => itemId),
          share.map(({ itemId }) => itemId),
        );
        if (entries.length === awkward.length) continue;
        share.forEach(({ kind, sourceKey, sourceVersion }, at) => {
          builder.addDigest({ ...added[at], kind, sourceKey, sourceVersion });
        });
        entries.push(...added);
      }
      assert.equal((await store.listSnapshots({ limit: 0 })).total, before);
      const { record } = builder.finish();
      builder.free();
      assert.deepEqual(record, expected.record);

      assert.equal(await store.linkSnapshot(record, entries), 'created');
      assert.equal(await store.linkSnapshot(record, entries), 'exists');
      assert.deepEqual(await store.getSnapshot('linked'), expected.record);
      assert.deepEqual(await store.listSnapshotItems('linked'), expected.items);
      assert.deepEqual(await store.snapshotIndex('linked'), expected.index);
      assert.equal((await store.verify('linked', { hash: record.hash })).valid, true);
      const events = await opened.rows("select id from {outbox} where aggregateid = 'linked'");
      assert.deepEqual(
        events.map(({ id }) => id),
        [expected.event.id],
      );
    });

    test('links nothing that is not there, or is not what an entry says', async () => {
      const list = items(5, { metadata: { test: 'lies' } });
      const entries = await store.addTexts(list);
      const link = async (changed, ctx) => {
        const builder = builderOf({ snapshotId: 'lie', ...ctx });
        changed.forEach((entry, at) => {
          builder.addDigest({ kind: list[at].kind, sourceKey: list[at].sourceKey, ...entry });
        });
        const { record } = builder.finish();
        builder.free();
        return store.linkSnapshot(record, changed);
      };
      const but = (at, change) => entries.map((entry, place) => (place === at ? { ...entry, ...change } : entry));
      const refused = (detail) => ({ code: 'VALIDATION_FAILED', detail });
      await assert.rejects(
        link(but(3, { digest: `sha256:${'a'.repeat(64)}` })),
        refused('No text is stored under the digest of item "i-3"'),
      );
      await assert.rejects(
        link(but(3, { digest: entries[1].digest })),
        refused('The text under the digest of item "i-3" is another item'),
      );
      await assert.rejects(
        link(but(3, { itemId: 'i-9' })),
        refused('The text under the digest of item "i-9" is another item'),
      );
      // What the builder cannot know: a required source that no item has.
      const sources = [{ kind: 'docblock', key: 'docs/needed', required: true }];
      const needed = but(2, { sourceKey: 'docs/needed' });
      await assert.rejects(link(needed, { pack: { ...pack, sources } }), {
        code: 'VALIDATION_FAILED',
        detail: /^The items are not those of the record: .*docs\/needed/,
      });
      const { record } = take(list, { snapshotId: 'lie' });
      for (const wrong of [entries.slice(1), [...entries, entries[0]]]) {
        await assert.rejects(
          store.linkSnapshot(record, wrong),
          refused(`The record has 5 items, and ${wrong.length} entries were given`),
        );
      }
      await assert.rejects(store.linkSnapshot({ ...record, hash: `sha256:${'b'.repeat(64)}` }, entries), {
        code: 'VALIDATION_FAILED',
        detail: /^The record is not valid: /,
      });
      await assert.rejects(store.linkSnapshot(record, [{ itemId: 'i-0' }]), { code: 'VALIDATION_FAILED' });
      await assert.rejects(store.addTexts([list[0], list[0]]), refused('Item "i-0" was given twice'));
      await assert.rejects(store.addTexts([JSON.stringify(list[0])]), refused('addTexts takes items, not their text'));
      assert.equal(await store.getSnapshot('lie'), null);
      assert.deepEqual(await opened.rows("select id from {outbox} where aggregateid = 'lie'"), []);

      assert.equal(await store.linkSnapshot(record, entries), 'created');
    });

    test('runs a transaction all or nothing, and joins calls on the store itself', async () => {
      const snapshot = take(items(3), { snapshotId: 'tx' });
      const stop = new Error('stop');
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.upsertPack({ ...pack, packKey: 'tx' });
          await store.saveSnapshot(snapshot);
          assert.equal((await store.getPack('tx')).packKey, 'tx');
          assert.equal((await tx.listSnapshotItems('tx')).length, 3);
          throw stop;
        }),
        stop,
      );
      assert.equal(await store.getSnapshot('tx'), null);
      assert.equal(await store.getPack('tx'), null);

      let kept;
      const result = await store.transaction(async (tx) => {
        kept = tx;
        await tx.saveSnapshot(snapshot);
        // A part that fails does not fail the whole.
        await assert.rejects(tx.saveSnapshot(take(items(4), { snapshotId: 'tx' })), { code: 'CONFLICT' });
        await assert.rejects(
          tx.transaction(async (inner) => {
            await inner.upsertPack({ ...pack, packKey: 'inner' });
            throw stop;
          }),
          stop,
        );
        await Promise.all([tx.upsertPack({ ...pack, packKey: 'tx' }), tx.getPack('tx'), tx.verify('tx')]);
        return 'done';
      });
      assert.equal(result, 'done');
      assert.equal((await store.verify('tx')).valid, true);
      assert.equal(await store.getPack('inner'), null);
      await assert.rejects(kept.getPack('tx'), /has ended/);
    });

    test('runs many operations at the same time', async () => {
      const all = Array.from({ length: 12 }, (_, at) =>
        store.saveSnapshot(take(items(30 + (at % 6)), { snapshotId: `same-time-${at % 6}` })),
      );
      const results = await Promise.all(all);
      assert.equal(results.filter((one) => one === 'created').length, 6);
      for (let at = 0; at < 6; at++) assert.equal((await store.verify(`same-time-${at}`)).valid, true);
    });

    test('erases the content of items, and keeps the rest provable', async () => {
      const snapshot = take(items(10), { snapshotId: 'erase' });
      const { hash } = snapshot.record;
      await store.saveSnapshot(snapshot);
      const alone = take([...items(9), item('alone', 'Only here')], { snapshotId: 'erase-2' });
      await store.saveSnapshot(alone);
      await assert.rejects(store.erase('erase', ['i-1', 'nobody'], 'a request'), { code: 'NOT_FOUND' });
      await assert.rejects(store.erase('erase', ['i-1'], ''), { code: 'VALIDATION_FAILED' });
      assert.equal((await store.listSnapshotItems('erase')).length, 10);

      // The other snapshots have i-1 as well, so its text stays for them.
      const result = { erased: 1, shared: 1, issues: [] };
      assert.deepEqual(await store.erase('erase', ['i-1', 'i-1'], 'a request'), result);
      assert.deepEqual(await store.erase('erase', ['i-1'], 'again'), { erased: 0, shared: 1, issues: [] });
      assert.deepEqual(await store.erase('erase-2', ['alone'], 'a "request"'), { erased: 1, shared: 0, issues: [] });
      const gone = await opened.rows("select text from {body} where item_id = 'alone'");
      assert.deepEqual(
        gone.map(({ text }) => text),
        [null],
      );

      assert.equal((await store.listSnapshotItems('erase')).length, 9);
      assert.deepEqual(
        (await store.listSnapshotItems('erase', { limit: 3, offset: 1 })).map(({ itemId }) => itemId),
        ['i-2', 'i-3', 'i-4'],
      );
      const { valid, issues, erased } = await store.verify('erase', { hash });
      assert.equal(valid, false);
      assert.equal(issues.length, 1);
      assert.deepEqual([issues[0].code, issues[0].itemId, erased], ['missing', 'i-1', ['i-1']]);
      assert.match(issues[0].message, /^Item i-1 was erased at .*Z: "a request"$/);
      const index = await store.snapshotIndex('erase');
      assert.deepEqual(index, snapshot.index);
      const record = await store.getSnapshot('erase');
      const manifest = record.metadata.$snapshot.manifest;
      const [, rest] = await store.listSnapshotItems('erase');
      assert.equal(verifyItem(rest, proveItem({ manifest, index }, rest.itemId), hash), true);

      // A later snapshot of the same item stores its text again, for itself.
      await store.saveSnapshot(take([item('alone', 'Only here')], { snapshotId: 'erase-3' }));
      assert.deepEqual(await store.verify('erase-3'), whole('none'));
      assert.equal((await store.listSnapshotItems('erase-2')).length, 9);
    });

    test('names what is not there, and what it cannot take', async () => {
      assert.equal(await store.getSnapshot('nowhere'), null);
      for (const method of ['listSnapshotItems', 'verify', 'snapshotIndex']) {
        await assert.rejects(store[method]('nowhere'), { code: 'NOT_FOUND', message: /"nowhere"/ });
      }
      await assert.rejects(store.createSnapshot({ snapshotId: 'a:b' }), { code: 'VALIDATION_FAILED' });
      await assert.rejects(store.saveSnapshot({}), SnapshotError);
      const builder = new SnapshotBuilder({ packKey: pack.packKey }, { actor: 'admin', pack, snapshotId: 'built' });
      builder.add(item('a'));
      await assert.rejects(store.saveSnapshot(builder.finish()), {
        code: 'VALIDATION_FAILED',
        message: /snapshotStream/,
      });
      builder.free();
      // The items of a snapshot are read when its transaction has begun, which leaves nothing.
      const unread = take(items(3), { snapshotId: 'unread' });
      const { record, index } = unread;
      const failing = {
        record,
        index,
        get items() {
          throw new RangeError('of the host');
        },
      };
      await assert.rejects(store.saveSnapshot(failing), { name: 'RangeError', message: 'of the host' });
      assert.equal(await store.getSnapshot('unread'), null);
      assert.equal(await store.saveSnapshot(unread), 'created');
      assert.deepEqual(await store.verify('unread'), whole('none'));
      await assert.rejects(store.getPack('p', 1), { code: 'VALIDATION_FAILED' });
      await assert.rejects(store.addSnapshotItems('many', [item('a', '', { createdAt: 'noon' })]), SnapshotError);
      for (const options of [
        ...[{ batch: 0 }, { batch: 1.5 }, { batch: 2 ** 31 }, { leaseSeconds: 0 }, { leaseSeconds: Number.NaN }],
        ...[{ leaseSeconds: true }, { leaseSeconds: [7] }, { leaseSeconds: Symbol('s') }],
      ]) {
        await assert.rejects(
          store.relayOutbox(() => {}, options),
          { code: 'VALIDATION_FAILED' },
        );
      }
      // Records that nobody has made by this package.
      const odd = take([], { snapshotId: 'odd' }).record;
      const withPack = (more) => ({ $snapshot: { manifest: { pack: { packKey: 'odd', ...more } } } });
      for (const more of [
        ...[7n, Symbol('s'), {}, 1e300, [], '10000-01-01T00:00:00Z', '+012000-01-01T00:00:00Z'].map((createdAt) => ({
          createdAt,
        })),
        ...[7, {}, true].map((createdBy) => ({ createdBy })),
        ...[{}, { version: 7, title: 't' }, { version: '7' }, { version: '7', title: 't', createdAt: 'never' }].map(
          (pack) => ({
            metadata: withPack(pack),
          }),
        ),
      ]) {
        await assert.rejects(store.createSnapshot({ ...odd, ...more }), { code: 'VALIDATION_FAILED' });
      }
      assert.equal(await store.getSnapshot('odd'), null);
      // Misspelt, these would be left out: all packs, texts of another tenant, no end.
      for (const call of [
        () => store.listPacks({ Query: 'shop' }),
        () => store.listSnapshots({ packkey: 'shop' }),
        () => store.listSnapshotItems('unread', { ofset: 1 }),
        () => store.addTexts([], { tenantid: 't' }),
        () => store.relayOutbox(() => {}, { singal: AbortSignal.abort() }),
      ]) {
        await assert.rejects(call, { code: 'VALIDATION_FAILED', message: /There is no option "(\w+)": expected \{ / });
      }
      for (const call of [
        () => store.listPacks(null),
        () => store.listSnapshotItems('unread', 5),
        () => store.listPacks({ limit: 2 ** 63 }),
      ]) {
        await assert.rejects(call, { code: 'VALIDATION_FAILED' });
      }
      const forged = { ...take(items(2), { snapshotId: 'forged' }) };
      forged.index = [...forged.index].reverse();
      await assert.rejects(store.saveSnapshot(forged), { code: 'VALIDATION_FAILED' });
      assert.equal(await store.getSnapshot('forged'), null);
    });

    test('trusts nothing that is not there', async () => {
      await store.saveSnapshot(take(items(2), { snapshotId: 'trust' }));
      assert.equal((await store.verify('trust')).anchor, 'none');
      for (const expect of [undefined, null, {}, { hash: undefined }, { digest: 'x' }]) {
        const { valid, issues } = await store.verify('trust', expect);
        assert.equal(valid, false);
        assert.match(issues[0].path, /^expect/);
      }
      await assert.rejects(store.verify('trust', {}, 1), TypeError);
    });

    test('opens tables that are there, and changes nothing', async () => {
      const again = await opened.again();
      const newest = kind.isSqlite ? 3 : 2;
      assert.deepEqual(await again.migrate(), { from: newest, to: newest });
      assert.equal((await again.verify('many')).valid, true);
    });

    test('serves the handler of ./runtime: create, retry, conflict, refusal', async () => {
      const bound = { ...pack, packKey: 'bound', version: '1.9.0' };
      await store.upsertPack(bound);
      await store.upsertPack({ ...bound, version: '1.10.0' });
      let loads = 0;
      let published = 0;
      const handler = createSnapshotHandler({
        store,
        loadItems: async function* () {
          loads++;
          yield* items(30);
        },
      });
      const ctx = { actor: 'admin', userId: 'ops-1', idemKey: 'h-1', eventPublisher: () => published++ };
      const output = await handler({ packKey: 'bound' }, ctx);
      assert.equal(output.packVersion, '1.10.0');
      assert.equal(output.itemCount, 30);
      assert.deepEqual(await handler({ packKey: 'bound' }, ctx), output);
      assert.equal(loads, 1);
      const conflict = { code: 'CONFLICT', args: { snapshotId: output.snapshotId, hash: output.hash } };
      await assert.rejects(handler({ packKey: 'bound', reason: 'another' }, ctx), conflict);
      await assert.rejects(handler({ packKey: 'bound' }, { actor: 'user' }), { code: 'FORBIDDEN' });
      assert.equal(published, 0, 'the store keeps the event');
      const expect = { hash: output.hash };
      assert.equal((await verifyStored(store, output.snapshotId, expect)).valid, true);
      assert.deepEqual(
        await assertSnapshot(store, output.snapshotId, expect),
        await store.getSnapshot(output.snapshotId),
      );
      const ids = [];
      await store.relayOutbox(({ payload }) => void ids.push(payload.snapshotId));
      assert.ok(ids.includes(output.snapshotId));
    });

    test('completes by the handler what the host has left half-written, and takes nothing of it for a result', async () => {
      const { packKey } = pack;
      await store.upsertPack(pack);
      for (const [count, isStream] of [
        [0, false],
        [2, false],
        [2, true],
      ]) {
        const idemKey = `half-${count}-${isStream}`;
        const { record } = take(items(3), { idemKey, userId: 'ops-1' });
        await store.createSnapshot(record);
        await store.addSnapshotItems(record.snapshotId, items(3).slice(0, count));
        let loads = 0;
        const loadItems = () => {
          loads++;
          return isStream
            ? (async function* () {
                yield* items(3);
              })()
            : items(3);
        };
        const handler = createSnapshotHandler({ store, loadItems });
        const ctx = { actor: 'admin', userId: 'ops-1', idemKey };
        const first = { snapshotId: record.snapshotId, hash: record.hash, itemCount: 3 };
        for (let tries = 0; tries < 2; tries++) {
          const { snapshotId, hash, itemCount } = await handler({ packKey }, ctx);
          assert.deepEqual({ snapshotId, hash, itemCount }, first);
          assert.equal((await store.verify(snapshotId, { hash })).valid, true);
        }
        assert.equal(loads, 1);
        // What was erased is not half-written.
        await store.erase(record.snapshotId, [items(3)[2].itemId], 'request');
        await handler({ packKey }, ctx);
        assert.equal(loads, 1);
        assert.equal((await store.verify(record.snapshotId)).erased.length, 1);
      }
      // Of another pack by now, it can never be completed.
      const { record } = take(items(3), { idemKey: 'half', userId: 'ops-1' });
      await store.createSnapshot(record);
      const other = createSnapshotHandler({ store, loadItems: () => items(2) });
      await assert.rejects(other({ packKey }, { actor: 'admin', userId: 'ops-1', idemKey: 'half' }), {
        code: 'CONFLICT',
        args: { snapshotId: record.snapshotId, hash: record.hash },
      });
    });

    test("shows items in the host's columns", async () => {
      await store.saveSnapshot(take([item('row', { a: 1 }, { textContent: 't' })], { snapshotId: 'view' }));
      const [row] = await opened.rows("select * from {item_row} where snapshot_id = 'view'");
      const { id, kind, source_key: sourceKey, text_content: textContent, ordinal } = row;
      assert.deepEqual(
        { id, kind, sourceKey, textContent, ordinal: Number(ordinal) },
        { id: 'view:row', kind: 'docblock', sourceKey: 'docs/row', textContent: 't', ordinal: 0 },
      );
      assert.deepEqual(typeof row.content === 'string' ? JSON.parse(row.content) : row.content, { a: 1 });
      assert.match(row.digest, /^sha256:[0-9a-f]{64}$/);
      assert.deepEqual(
        await opened.rows("select id from {item_row} where snapshot_id = 'erase' and item_id = 'i-1'"),
        [],
      );
      // The items that jsonb refuses are there, too.
      assert.equal((await opened.rows("select * from {item_row} where snapshot_id = 'steps'")).length, awkward.length);
    });
  });
}

// What an attacker, or an accident, does to stored rows: the database refuses it, and if its triggers are out of the way, `verify` notices.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSnapshot, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { item, items, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { nodeSqlite, pglite, pool } from './support/stores.js';

let server;
before(async () => {
  server = await startPostgres();
});
after(() => server.stop());

/** SQL: the number of the row of snapshot `id`. */
const numberOf = (id) => `(select number from {snapshot} where snapshot_id = '${id}')`;
const bodyOf = (itemId) => `(select number from {body} where item_id = '${itemId}')`;
const REFUSED = /snapshots are never changed/;
/** Attacks that change nothing of what a store returns: only `verify` notices them. */
const NOT_RETURNED = [
  'a row that was added before the first',
  'another digest in the row of a text',
  'the digest of another text in the row of a text',
  'another id in the row of a text',
];

for (const kind of [nodeSqlite, pool, pglite]) {
  describe(kind.name, { concurrency: false }, () => {
    let opened;
    let store;
    let hash;
    before(async () => {
      opened = await kind.open(server);
      store = opened.store;
    });
    after(() => opened.close());
    const save = async (snapshotId) => {
      const snapshot = take([...items(6), item(`own-${snapshotId}`)], { snapshotId });
      hash = snapshot.record.hash;
      await store.saveSnapshot(snapshot);
    };

    test('refuses update, delete and truncate in the database', async () => {
      await save('locked');
      const statements = [
        "update {snapshot} set created_by = 'x'",
        'delete from {snapshot}',
        `update {body} set text = '{}' where number = ${bodyOf('i-1')}`,
        `update {body} set text = null where number = ${bodyOf('i-1')}`,
        `update {body} set item_id = 'x' where number = ${bodyOf('i-1')}`,
        'delete from {body}',
        'update {item} set ordinal = ordinal + 100',
        'delete from {item}',
        `delete from {item} where snapshot = ${numberOf('locked')} and ordinal = 6`,
        `insert into {item} (snapshot, ordinal, body) values (${numberOf('locked')}, 7, ${bodyOf('i-1')})`,
        `insert into {item} (snapshot, ordinal, body) values (${numberOf('locked')}, -5, ${bodyOf('i-1')})`,
        `insert into {item} (snapshot, ordinal, body) values (999999, 0, ${bodyOf('i-1')})`,
        `insert into {tombstone} (snapshot, ordinal, erased_at, text) values (999999, 0, '2026-01-01T00:00:00Z', '{}')`,
      ];
      // Where a column may have such a number, it is between two others.
      if (kind.isSqlite)
        statements.push(
          ...['2.5', '-0.5', "'2.5'", "'2x'", "x'32'", '9e99'].map(
            (place) =>
              `insert into {item} (snapshot, ordinal, body) values (${numberOf('locked')}, ${place}, ${bodyOf('i-1')})`,
          ),
        );
      else statements.push(...['snapshot', 'body', 'item', 'tombstone'].map((name) => `truncate {${name}}`));
      for (const sql of statements) await assert.rejects(opened.run(sql), REFUSED, sql);
      assert.deepEqual((await store.verify('locked', { hash })).issues, []);
    });

    test('refuses to change tombstones, and erased texts that are not the old ones', async () => {
      await save('erased');
      await store.erase('erased', ['own-erased'], 'asked for');
      for (const sql of ["update {tombstone} set text = '{}'", 'delete from {tombstone}']) {
        await assert.rejects(opened.run(sql), REFUSED, sql);
      }
      if (!kind.isSqlite) {
        const forged = `update {body} set text = '{"content":"forged"}' where number = ${bodyOf('own-erased')}`;
        await assert.rejects(opened.run(forged), REFUSED);
      }
    });

    if (kind.isSqlite) {
      test('refuses to replace what is there, and stores it again without replacing it', async () => {
        await save('replaced');
        await store.erase('replaced', ['own-replaced'], 'asked for');
        const columns = 'pack_key, pack_version, hash, seal, item_count, created_by, created_at';
        const of = "from {snapshot} where snapshot_id = 'replaced'";
        const last = numberOf('replaced');
        const statements = [
          `replace into {snapshot} select number, tenant_id, snapshot_id, ${columns}, '{}' ${of}`,
          `replace into {snapshot} select number, tenant_id, 'another', ${columns}, '{}' ${of}`,
          `replace into {snapshot} select null, tenant_id, snapshot_id, ${columns}, '{}' ${of}`,
          `insert or replace into {item} values (${last}, 0, 2, null)`,
          `insert into {item} values (${last}, 0, 2, null) on conflict (snapshot, ordinal) do update set body = 2`,
          "replace into {body} select number, tenant_id, digest, item_id, 'forged' from {body} where item_id = 'i-1'",
          "replace into {body} select number, tenant_id, 'another', item_id, 'forged' from {body} where item_id = 'i-1'",
          "replace into {body} select null, tenant_id, digest, item_id, 'forged' from {body} where item_id = 'i-1'",
          // Of a text that was erased.
          "replace into {body} select null, tenant_id, digest, item_id, 'forged' from {body} where item_id = 'own-replaced'",
          `replace into {tombstone} select snapshot, ordinal, erased_at, '{}' from {tombstone} where snapshot = ${last}`,
          'update or replace {body} set number = 1 where number = 2',
          'update or replace {item} set ordinal = 1 where ordinal = 2',
        ];
        const all = async () => {
          const rows = [];
          for (const table of ['snapshot', 'body', 'item', 'tombstone'])
            rows.push(await opened.rows(`select * from {${table}}`));
          return rows;
        };
        const before = await all();
        for (const sql of statements) await assert.rejects(opened.run(sql), REFUSED, sql);
        assert.deepEqual(await all(), before);
        // A retry, and a snapshot that brings an erased text back.
        const snapshot = take([...items(6), item('own-replaced')], { snapshotId: 'replaced' });
        assert.equal(await store.saveSnapshot(snapshot), 'exists');
        await store.createSnapshot(snapshot.record);
        await store.saveSnapshot(take([item('own-replaced')], { snapshotId: 'replaced-2' }));
        assert.equal((await store.verify('replaced-2')).valid, true);
      });
    } else {
      test('refuses with its own operators, whatever those of the caller are', async () => {
        await save('path');
        const { schema } = opened;
        const types = ['int', 'bigint', 'text', 'bytea'];
        for (const sql of [
          `create schema ${schema}_evil`,
          ...types.flatMap((type) => [
            `create function ${schema}_evil.no(${type}, ${type}) returns bool language sql immutable as 'select false'`,
            ...['=', '>=', '<>', '<'].map(
              (name) =>
                `create operator ${schema}_evil.${name} (leftarg = ${type}, rightarg = ${type}, function = ${schema}_evil.no)`,
            ),
          ]),
        ]) {
          await opened.run(sql);
        }
        await opened.run(`set search_path = ${schema}_evil, pg_catalog`);
        const [{ is }] = await opened.rows('select 1 = 1 as is');
        assert.equal(is, false);
        for (const sql of [
          'delete from {item}',
          'update {body} set text = null',
          "update {body} set text = '{}'",
          'insert into {item} (snapshot, ordinal, body) values (1, 900, 1)',
          "insert into {tombstone} (snapshot, ordinal, erased_at, text) values (1, 900, now(), '{}')",
        ]) {
          await assert.rejects(opened.run(sql), REFUSED, sql);
        }
        await opened.run('reset search_path');
        assert.equal((await store.verify('path', { hash })).valid, true);
        const functions = await opened.rows(
          `select proname, proconfig from pg_proc where pronamespace = '${schema}'::regnamespace`,
        );
        assert.equal(functions.length, 5);
        for (const { proname, proconfig } of functions) {
          assert.deepEqual(proconfig, ['search_path=pg_catalog, pg_temp'], proname);
        }
      });
    }

    test('links no text that was changed after it was stored', async () => {
      const list = items(4, { metadata: { test: 'linked' } });
      const { record } = take(list, { snapshotId: 'linked' });
      const entries = await store.addTexts(list);
      const change = (from, to) =>
        opened.attack(
          `update {body} set text = replace(text, '${from} of i-2', '${to} of i-2') where text like '%"linked"%'`,
        );
      await change('Text', 'Lies');
      await assert.rejects(store.linkSnapshot(record, entries), {
        code: 'VALIDATION_FAILED',
        detail: 'The text of item "i-2" has another digest',
      });
      assert.equal(await store.getSnapshot('linked'), null);
      assert.deepEqual(await opened.rows("select id from {outbox} where aggregateid = 'linked'"), []);
      await change('Lies', 'Text');
      // All texts are there, and two under the id of the other.
      const [first, second, ...others] = entries;
      const crossed = [{ ...first, digest: second.digest }, { ...second, digest: first.digest }, ...others];
      const refused = { code: 'VALIDATION_FAILED', detail: 'The text under the digest of item "i-0" is another item' };
      await assert.rejects(store.linkSnapshot(record, crossed), refused);
      // The rows have these ids, too.
      const exchange = () =>
        opened.attack(
          `update {body} set item_id = case item_id when 'i-0' then 'i-1' else 'i-0' end
           where item_id in ('i-0', 'i-1') and text like '%"linked"%'`,
        );
      await exchange();
      await assert.rejects(store.linkSnapshot(record, crossed), refused);
      await exchange();
      assert.equal(await store.getSnapshot('linked'), null);
      assert.equal(await store.linkSnapshot(record, entries), 'created');
      assert.equal((await store.verify('linked', { hash: record.hash })).valid, true);
    });

    const swapped = kind.isSqlite
      ? (id) => `update {item} set ordinal = 1 - ordinal + 1000 where snapshot = ${numberOf(id)} and ordinal < 2`
      : (id) => `update {item} set ordinal = 1000 + 1 - ordinal where snapshot = ${numberOf(id)} and ordinal < 2`;
    const attacks = {
      'content that was changed': {
        run: (id) => [
          `update {body} set text = replace(text, 'Text of own', 'Forged own') where number = ${bodyOf(`own-${id}`)}`,
        ],
        found: [{ code: 'changed', of: /^Item own-.* changed/ }],
      },
      'a tail that was cut off': {
        run: (id) => [`delete from {item} where snapshot = ${numberOf(id)} and ordinal = 6`],
        found: [{ code: 'mismatch', of: /./ }],
      },
      'an item that was removed from the middle': {
        run: (id) => [`delete from {item} where snapshot = ${numberOf(id)} and ordinal = 3`],
        found: [{ code: 'mismatch', of: /./ }],
      },
      'items in another order': {
        run: (id) => [
          swapped(id),
          `update {item} set ordinal = ordinal - 1000 where snapshot = ${numberOf(id)} and ordinal >= 1000`,
        ],
        found: [{ code: 'mismatch', of: /sorted/ }],
      },
      'a row that was added': {
        run: (id) => [
          `insert into {item} (snapshot, ordinal, body) values (${numberOf(id)}, 7, ${bodyOf('own-locked')})`,
        ],
        found: [{ code: 'mismatch', of: /./ }],
      },
      'a row that was added before the first': {
        run: (id) => [
          `insert into {item} (snapshot, ordinal, body) values (${numberOf(id)}, -5, ${bodyOf('own-locked')})`,
        ],
        found: [{ code: 'mismatch', of: /./ }],
      },
      'another item in the place of one': {
        run: (id) => [
          `update {item} set body = ${bodyOf('own-locked')} where snapshot = ${numberOf(id)} and ordinal = 2`,
        ],
        found: [{ code: 'mismatch', of: /./ }],
      },
      'a text that is not JSON any more': {
        run: (id) => [`update {body} set text = '{"content":' where number = ${bodyOf(`own-${id}`)}`],
        found: [{ code: 'invalid_format', of: /./ }],
      },
      'a text whose row is gone': {
        run: (id) => [`delete from {body} where number = ${bodyOf(`own-${id}`)}`],
        found: [{ code: 'mismatch', of: /./ }],
      },
      'another digest in the row of a text': {
        run: (id) => [`update {body} set digest = substr(digest, 2) where number = ${bodyOf(`own-${id}`)}`],
        found: [{ code: 'invalid_format', of: /./ }],
      },
      'the digest of another text in the row of a text': {
        run: (id) => [
          kind.isSqlite
            ? `update {body} set digest = 'sha256:' || printf('%064d', 7) where number = ${bodyOf(`own-${id}`)}`
            : `update {body} set digest = sha256(digest) where number = ${bodyOf(`own-${id}`)}`,
        ],
        found: [{ code: 'mismatch', of: /expected sha256:/ }],
      },
      'another id in the row of a text': {
        run: (id) => [`update {body} set item_id = 'own-b' where number = ${bodyOf(`own-${id}`)}`],
        found: [{ code: 'missing', of: /^Item own-b is missing/ }],
      },
      'a record that is not JSON any more': {
        run: (id) => [`update {snapshot} set text = 'x' where number = ${numberOf(id)}`],
        found: [{ code: 'invalid_type', of: /./ }],
      },
      'a whole snapshot in the place of another': {
        run: (id) => [
          `update {snapshot} set text = (select text from {snapshot} where snapshot_id = 'locked') where number = ${numberOf(id)}`,
          `update {item} set body = (
             select b.body from {item} b where b.snapshot = ${numberOf('locked')} and b.ordinal = {item}.ordinal)
           where snapshot = ${numberOf(id)}`,
        ],
        found: [{ code: 'mismatch', of: /expected "attack-.*found "locked"/ }],
      },
      'a record with a member twice, of which other readers take the first': {
        run: (id) => [
          `update {snapshot} set text = replace(text, '{"createdAt"', '{"createdBy":"mallory","createdAt"') where number = ${numberOf(id)}`,
        ],
        found: [{ code: 'invalid_type', of: /./ }],
      },
      'a record with a number that is rounded': {
        run: (id) => [
          `update {snapshot} set text = replace(text, '"itemCount":7', '"itemCount":7.00000000000000000001') where number = ${numberOf(id)}`,
        ],
        found: [{ code: 'invalid_type', of: /./ }],
      },
      'a record that was changed': {
        run: (id) => [`update {snapshot} set text = replace(text, 'ops-1', 'ops-2') where number = ${numberOf(id)}`],
        found: [{ code: 'mismatch', of: /./ }],
      },
    };
    for (const [name, { run, found }] of Object.entries(attacks)) {
      test(`notices ${name}`, async () => {
        const id = `attack-${Object.keys(attacks).indexOf(name)}`;
        await save(id);
        assert.equal((await store.verify(id, { hash })).valid, true);
        for (const sql of run(id)) await opened.attack(sql);
        // Without a trusted hash, too.
        assert.equal((await store.verify(id)).valid, false);
        const { valid, issues } = await store.verify(id, { hash });
        assert.equal(valid, false);
        for (const { code, of } of found) {
          assert.ok(
            issues.some((issue) => issue.code === code && of.test(issue.message)),
            JSON.stringify(issues),
          );
        }
        // The guard of an agent's run reads what the store returns.
        const seen = await verifyStored(store, id, { hash });
        assert.equal(seen.valid, NOT_RETURNED.includes(name));
        if (seen.valid) return;
        const expected = { code: 'PRECONDITION_FAILED', status: 412, issues: seen.issues };
        await assert.rejects(assertSnapshot(store, id, { hash }), expected);
        assert(seen.issues.length > 0);
      });
    }

    // E8-18
    test('notices texts of two items that changed places, also if each names the other', async () => {
      const list = [
        item('placed-0', 'first'),
        item('placed-1', { link: { itemId: 'placed-2' } }),
        item('placed-2', { link: { itemId: 'placed-1' } }),
        item('placed-3\u0001', 'has an escape'),
        item('placed-4é', '"itemId"'),
        item('placed-5é'),
        item('placed-5Ã©'),
      ];
      const snapshot = take(list, { snapshotId: 'placed' });
      const { record } = snapshot;
      await store.saveSnapshot(snapshot);
      const verify = () => store.verify('placed', { hash: record.hash });
      const rows = await opened.rows("select item_id, text from {body} where item_id like 'placed-%'");
      const textOf = (itemId) => rows.find((row) => row.item_id.startsWith(itemId)).text;
      const put = (itemId, text) =>
        opened.attack(`update {body} set text = '${text.replaceAll("'", "''")}' where item_id like '${itemId}%'`);
      const misplaced = (at, itemId) => ({
        ...{ path: `items.${at}.itemId`, code: 'mismatch' },
        message: `Mismatch: the text of "${itemId}" is that of another item`,
      });
      assert.deepEqual((await verify()).issues, []);
      // The same item, written in another way.
      await put('placed-1', textOf('placed-1').replace('"itemId":"placed-1"', '"\\u0069temId" : "placed-1"'));
      assert.deepEqual((await verify()).issues, []);
      await put('placed-1', textOf('placed-2'));
      await put('placed-2', textOf('placed-1'));
      assert.deepEqual((await verify()).issues, [misplaced(1, 'placed-1')]);
      assert.equal((await verifyStored(store, 'placed', { hash: record.hash })).valid, false);
      await put('placed-2', textOf('placed-1').replace('"itemId":"placed-1"', '"\\u0069temId":"placed-1"'));
      await put('placed-1', textOf('placed-2').replace('"itemId":"placed-2"', '"itemId" :"placed-2"'));
      assert.deepEqual((await verify()).issues, [misplaced(1, 'placed-1')]);
      await store.erase('placed', ['placed-0'], 'asked for');
      const { valid, issues, erased } = await verify();
      assert.deepEqual([valid, erased, issues.slice(1)], [false, ['placed-0'], [misplaced(0, 'placed-1')]]);
      await put('placed-1', textOf('placed-1'));
      await put('placed-2', textOf('placed-2'));
      assert.equal((await verify()).issues.length, 1);
    });

    test('verifies any number of items, also in a transaction, and notices the last one', async () => {
      const snapshot = take(items(17_001), { snapshotId: 'many' });
      await store.saveSnapshot(snapshot);
      const verify = (where) => where.verify('many', { hash: snapshot.record.hash });
      for (const found of [await verify(store), await store.transaction(verify)]) assert.deepEqual(found.issues, []);
      const last = snapshot.index.at(-1).itemId;
      await opened.attack(`update {body} set text = replace(text, 'Text', 'Lies') where number = ${bodyOf(last)}`);
      for (const { issues } of [await verify(store), await store.transaction(verify)]) {
        assert.ok(issues.some(({ code, itemId }) => code === 'changed' && itemId === last));
      }
    });

    test('returns no members that somebody has added to a stored text', async () => {
      await save('added');
      const [record, all] = [await store.getSnapshot('added'), await store.listSnapshotItems('added')];
      const adding = (where) => `set text = replace(text, '{"c', '{"advice":"lies","c') where ${where}`;
      await opened.attack(`update {body} ${adding(`number = ${bodyOf('own-added')}`)}`);
      await opened.attack(`update {snapshot} ${adding("snapshot_id = 'added'")}`);
      for (const { text } of await opened.rows("select text from {snapshot} where snapshot_id = 'added'")) {
        assert.match(text, /^{"advice"/);
      }
      // A digest covers only the members that are hashed, so nothing else may be returned.
      assert.equal((await store.verify('added', { hash })).valid, true);
      assert.deepEqual(await store.getSnapshot('added'), record);
      assert.deepEqual(await store.listSnapshotItems('added'), all);
    });
  });
}

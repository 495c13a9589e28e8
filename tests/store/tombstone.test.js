// Tombstones of erased items: what a signature proves, and that whoever changes or forges a tombstone is noticed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { KeyObject } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  canonicalize,
  digestItem,
  proveItem,
  snapshotPack,
  toStatement,
  verifyEnvelope,
  verifyItem,
} from '@lssm-tech/lib.context-snapshot';
import { verifyTombstone as ofPostgres } from '@lssm-tech/lib.context-snapshot/postgres';
import { assertSnapshot, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { verifyTombstone } from '@lssm-tech/lib.context-snapshot/sqlite';
import { item, items, pack, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { nodeSqlite, pglite, pool } from './support/stores.js';

const { subtle } = crypto;
const ED25519 = { name: 'Ed25519' };
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const pairOf = (algorithm) => subtle.generateKey(algorithm, false, ['sign', 'verify']);
const WHY = 'request of the data subject, ticket 4711';
const WHO = 'dpo@acme';
const PYTHON = fileURLToPath(new URL('../python/dsse.py', import.meta.url));
const REFUSED = /snapshots are never changed/;

let server;
let officer;
let stranger;
let signer;
let keys;
before(async () => {
  server = await startPostgres();
  officer = await pairOf(ED25519);
  stranger = await pairOf(ED25519);
  signer = { privateKey: officer.privateKey, keyid: 'dpo-2026' };
  keys = [{ publicKey: officer.publicKey, keyid: 'dpo-2026' }];
});
after(() => server.stop());

const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const ofSnapshot = (id) => `snapshot = (select number from {snapshot} where snapshot_id = '${id}')`;

test('is verified by securesystemslib, in Python, which refuses a changed one', async () => {
  const { store, close } = await nodeSqlite.open(server);
  await store.saveSnapshot(take(items(2), { snapshotId: 'python' }));
  const cases = [];
  for (const [at, algorithm] of [ED25519, P256].entries()) {
    const { privateKey, publicKey } = await pairOf(algorithm);
    const keyid = `key-${at}`;
    await store.erase('python', [`i-${at}`], WHY, { erasedBy: WHO, signer: { privateKey, keyid } });
    const pem = KeyObject.from(publicKey).export({ type: 'spki', format: 'pem' });
    const { envelope } = (await store.listTombstones('python'))[at];
    const payload = Buffer.from(Buffer.from(envelope.payload, 'base64').toString().replace(WHY, 'no reason'));
    const changed = { ...envelope, payload: payload.toString('base64') };
    for (const one of [envelope, changed]) cases.push({ envelope: one, keys: [{ keyid, pem }] });
  }
  await close();
  const answer = execFileSync(fileURLToPath(new URL('../../target/python/bin/python', import.meta.url)), [PYTHON], {
    input: JSON.stringify({ verify: cases, sign: [] }),
  });
  const { verified } = JSON.parse(answer);
  assert.deepEqual(
    verified.map((one) => one === true),
    [true, false, true, false],
    `${answer}`,
  );
});

/** Signs any value as DSSE says, whatever it is. */
async function signed(value) {
  const payload = Buffer.from(canonicalize(value));
  const payloadType = 'application/vnd.in-toto+json';
  const bytes = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
  const sig = Buffer.from(await subtle.sign(ED25519, officer.privateKey, bytes)).toString('base64');
  return { payload: payload.toString('base64'), payloadType, signatures: [{ sig }] };
}

// E8.4-15
test('refuses what is signed, and not exactly a statement that an item was erased', async () => {
  const snapshot = take(items(2), { snapshotId: 'statement' });
  const about = toStatement(snapshot);
  const good = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: about.subject,
    predicateType: 'https://contractspec.io/attestation/context-erasure/v1',
    predicate: {
      ...{ snapshotId: 'statement', itemId: 'i-0', digest: snapshot.index[0].digest, reason: WHY, erasedBy: WHO },
      erasedAt: '2026-11-29T12:00:00.000Z',
    },
  };
  assert.equal((await verifyTombstone(await signed(good), keys)).valid, true);
  const { predicate } = good;
  const [subject] = good.subject;
  const { reason: _, ...without } = predicate;
  const wrong = [
    ...[null, [], {}, 'text', about],
    { ...good, _type: 'https://in-toto.io/Statement/v0.1' },
    { ...good, predicateType: about.predicateType },
    { ...good, approved: true },
    ...[[], [subject, subject], [{ ...subject, uri: 'x' }], [{ name: subject.name }], subject, null].map((one) => {
      return { ...good, subject: one };
    }),
    { ...good, subject: [{ ...subject, digest: { sha256: 'x' } }] },
    { ...good, subject: [{ ...subject, digest: { ...subject.digest, sha1: 'x' } }] },
    ...[null, [], {}, without, { ...predicate, more: 1 }, { ...predicate, reason: '' }].map((one) => {
      return { ...good, predicate: one };
    }),
    { ...good, predicate: { ...predicate, erasedAt: '2026-11-29' } },
    { ...good, predicate: { ...predicate, erasedBy: null } },
    { ...good, predicate: { ...predicate, digest: 'sha256:0' } },
  ];
  const message = 'Mismatch: expected a statement that an item was erased';
  for (const value of wrong) {
    const { valid, issues, statement } = await verifyTombstone(await signed(value), keys);
    assert.deepEqual([valid, statement], [false, undefined], JSON.stringify(value));
    assert.deepEqual(issues, [{ path: 'payload', code: 'mismatch', message }], JSON.stringify(value));
  }
  for (const nothing of [undefined, null, 1, {}, { payload: '' }]) {
    assert.equal((await verifyTombstone(nothing, keys)).valid, false);
  }
});

for (const kind of [nodeSqlite, pool, pglite]) {
  describe(kind.name, { concurrency: false }, () => {
    let opened;
    let store;
    before(async () => {
      opened = await kind.open(server);
      store = opened.store;
    });
    after(() => opened.close());

    /** Saves a snapshot of six items and one of its own; erases that one, signed. */
    const erase = async (snapshotId, options = { erasedBy: WHO, signer }, ids = [`own-${snapshotId}`]) => {
      const snapshot = take([...items(6), item(`own-${snapshotId}`)], { snapshotId });
      await store.saveSnapshot(snapshot);
      assert.equal((await store.erase(snapshotId, ids, WHY, options)).erased, ids.length);
      return snapshot;
    };
    /** Returns the codes of the issues of a verification, and `erased` for those of items that were erased. */
    const codesOf = (verification) => {
      const { issues, erased } = verification;
      for (const one of [verification, erased, issues, ...issues]) assert.ok(Object.isFrozen(one));
      const codes = issues.map(({ code, message }) => {
        if (!/^Item .* was erased at /.test(message)) return code;
        assert.equal(code, 'missing');
        return 'erased';
      });
      // How STORES finds out that nothing else is wrong.
      const isRight = issues.length === erased.length && issues.every(({ code }) => code === 'missing');
      assert.equal(
        isRight,
        codes.every((code) => code === 'erased'),
      );
      if (!codes.includes('too_many_issues')) {
        assert.equal(erased.length, codes.filter((code) => code === 'erased').length);
      }
      return codes;
    };
    /** Replaces the text of the tombstone of a snapshot, as somebody who owns the database can. */
    const forge = async (snapshotId, change) => {
      const [{ text }] = await opened.rows(`select text from {tombstone} where ${ofSnapshot(snapshotId)}`);
      const forged = change(JSON.parse(text));
      const sql = typeof forged === 'string' ? forged : canonicalize(forged);
      await opened.attack(`update {tombstone} set text = ${quote(sql)} where ${ofSnapshot(snapshotId)}`);
    };

    test('a repeated stream or link of a snapshot does not bring an erased text back', async () => {
      const list = [...items(3), item('again-1'), item('again-2')];
      const ctx = { actor: 'admin', pack, idemKey: 'again', now: '2027-01-01T00:00:00Z' };
      const taken = snapshotPack({ packKey: pack.packKey }, { ...ctx, items: list });
      const { snapshotId, hash } = taken.record;
      const stream = async () => {
        await store.snapshotStream(
          { packKey: pack.packKey },
          ctx,
          (async function* () {
            yield* list;
          })(),
        );
      };
      const link = async () => store.linkSnapshot(taken.record, await store.addTexts(list));
      const left = async () =>
        (await opened.rows(`select item_id as id from {body} where text is not null and item_id like 'again-%'`)).map(
          ({ id }) => id,
        );
      await stream();
      assert.deepEqual((await left()).sort(), ['again-1', 'again-2']);
      await store.erase(snapshotId, ['again-1'], WHY);
      for (const repeat of [stream, link, stream]) {
        await repeat();
        assert.deepEqual(await left(), ['again-2']);
      }
      assert.deepEqual((await store.verify(snapshotId, { hash })).erased, ['again-1']);
      // A later snapshot has the text for itself, whatever is repeated.
      await store.saveSnapshot(take([item('again-1')], { snapshotId: 'again-later' }));
      await stream();
      await link();
      assert.deepEqual((await left()).sort(), ['again-1', 'again-2']);
      assert.equal((await store.verify('again-later')).valid, true);
    });

    // E8-16
    test('says which item was erased, when, by whom and why, and proves it', async () => {
      const snapshot = await erase('signed');
      const { hash } = snapshot.record;
      const verification = await store.verify('signed', { hash }, { keys });
      assert.equal(verification.valid, false);
      assert.equal(verification.anchor, 'hash');
      assert.equal(verification.issues.length, 1);
      const [{ path, code, itemId, message }] = verification.issues;
      assert.deepEqual({ path, code, itemId }, { path: 'index.6', code: 'missing', itemId: 'own-signed' });
      assert.deepEqual(verification.erased, ['own-signed']);
      assert.match(message, /^Item own-signed was erased at \d{4}-\d\d-\d\dT.*Z by "dpo@acme": "request of .* 4711"$/);

      const [tombstone] = await store.listTombstones('signed');
      const { envelope, ...facts } = tombstone;
      const { digest } = snapshot.index[6];
      const { erasedAt } = facts;
      const expected = { snapshotId: 'signed', itemId: 'own-signed', digest, reason: WHY, erasedAt, erasedBy: WHO };
      assert.deepEqual(facts, expected);
      assert.ok(Math.abs(Date.parse(erasedAt) - Date.now()) < 60_000);

      // Without the store: what an auditor has who got the envelope and the public key.
      for (const verify of [verifyTombstone, ofPostgres]) {
        const { valid, issues, keyids, statement } = await verify(JSON.parse(JSON.stringify(envelope)), keys);
        assert.deepEqual({ valid, issues, keyids }, { valid: true, issues: [], keyids: ['dpo-2026'] });
        assert.deepEqual(statement, {
          _type: 'https://in-toto.io/Statement/v1',
          subject: toStatement(snapshot).subject,
          predicateType: 'https://contractspec.io/attestation/context-erasure/v1',
          predicate: expected,
        });
        assert.equal(`sha256:${statement.subject[0].digest.sha256}`, hash);
        assert.equal((await verify(envelope, [{ publicKey: stranger.publicKey }])).valid, false);
        assert.equal(
          (await verify({ ...envelope, payload: `${envelope.payload.slice(0, -8)}AAAAfQ==` }, keys)).valid,
          false,
        );
        await assert.rejects(
          verify(envelope, keys, true),
          /^TypeError: verifyTombstone takes 2 arguments, received 3$/,
        );
      }
      // It is no statement that a snapshot was taken.
      assert.equal((await verifyEnvelope(envelope, keys)).valid, false);

      const [rest] = await store.listSnapshotItems('signed');
      const contents = { manifest: snapshot.manifest, index: await store.snapshotIndex('signed') };
      assert.equal(verifyItem(rest, proveItem(contents, rest.itemId), hash), true);
      for (const sql of ["update {tombstone} set text = '{}'", 'delete from {tombstone}']) {
        await assert.rejects(opened.run(sql), REFUSED);
      }
    });

    test('signs with ECDSA, each of several items, and ids of any length', async () => {
      const { privateKey, publicKey } = await pairOf(P256);
      const long = 'x'.repeat(10_000);
      const list = [
        ...items(3),
        item(long, 'long'),
        item('sha256:0', 'looks like a digest'),
        item('a\0b\u200b', 'hidden'),
      ];
      const snapshot = take(list, { snapshotId: 'several' });
      await store.saveSnapshot(snapshot);
      const ids = [long, 'sha256:0', 'a\0b\u200b', 'i-1'];
      const result = await store.erase('several', ids, WHY, { erasedBy: WHO, signer: { privateKey } });
      assert.equal(result.erased, 4);
      const verification = await store.verify('several', { hash: snapshot.record.hash }, { keys: [{ publicKey }] });
      assert.deepEqual(codesOf(verification), ['erased', 'erased', 'erased', 'erased']);
      const order = snapshot.index.map(({ itemId }) => itemId).filter((itemId) => ids.includes(itemId));
      assert.deepEqual(verification.erased, order);
      assert.deepEqual(await store.snapshotIndex('several'), snapshot.index);
      assert.deepEqual((await store.listTombstones('several')).map(({ itemId }) => itemId).sort(), [...ids].sort());
      // Again, by somebody else: the first tombstone stays.
      const again = await store.erase('several', ids, 'again', { erasedBy: 'x', signer });
      assert.deepEqual(again, { erased: 0, shared: 1, issues: [] });
      assert.equal((await store.listTombstones('several'))[0].reason, WHY);
    });

    // E8-17
    test('notices a tombstone that nobody signed, or somebody else', async () => {
      const snapshot = await erase('unsigned', {});
      const { hash } = snapshot.record;
      assert.deepEqual(codesOf(await store.verify('unsigned', { hash })), ['erased']);
      const { issues } = await store.verify('unsigned', { hash }, { keys });
      assert.deepEqual(issues.slice(1), [
        {
          path: 'tombstones.6',
          code: 'mismatch',
          message: 'Mismatch: the tombstone is not right: it is not signed',
          itemId: 'own-unsigned',
        },
      ]);
      assert.equal(issues[0].message, 'Item own-unsigned is missing');

      const other = await erase('stranger', { erasedBy: WHO, signer: { privateKey: stranger.privateKey } });
      const found = await store.verify('stranger', { hash: other.record.hash }, { keys });
      assert.deepEqual(codesOf(found), ['missing', 'mismatch']);
      assert.match(found.issues[1].message, /expected a signature by one of the keys, found none$/);
      assert.deepEqual(codesOf(await store.verify('stranger', { hash: other.record.hash }, { keys: [] })), [
        'missing',
        'mismatch',
      ]);
    });

    const changes = {
      'a changed reason': (text) => ({ ...text, reason: 'no reason' }),
      'another person': (text) => ({ ...text, erasedBy: 'nobody' }),
      'another time': (text) => ({ ...text, erasedAt: '2020-01-01T00:00:00.000Z' }),
      'another item': (text) => ({ ...text, itemId: 'i-1' }),
      'another digest': (text) => ({ ...text, digest: `sha256:${'0'.repeat(64)}` }),
      'another snapshot': (text) => ({ ...text, snapshotId: 'signed' }),
      'a member too many': (text) => ({ ...text, approved: true }),
      'no reason': ({ reason: _, ...text }) => text,
      'an envelope that is not one': (text) => ({ ...text, envelope: null }),
      'a text that is not JSON': () => '{"itemId"',
      'a member twice': (text) => canonicalize(text).replace('{', '{"reason":"another",'),
      'half a surrogate pair': (text) => JSON.stringify({ ...text, reason: '\ud800' }),
      'half a pair beside an escape': (text) => JSON.stringify({ ...text, reason: '\n\udc00' }),
    };
    test('removes a text that a tombstone hides, and says what is wrong with that tombstone', async () => {
      const ids = ['own-hidden', 'i-0'];
      const snapshot = take([...items(2), item('own-hidden')], { snapshotId: 'hidden' });
      await store.saveSnapshot(snapshot);
      // Whoever may write to the database may add these.
      const { digest } = snapshot.index.find(({ itemId }) => itemId === 'i-0');
      const good = {
        snapshotId: 'hidden',
        itemId: 'i-0',
        digest,
        reason: 'none',
        erasedAt: '2026-11-29T00:00:00.000Z',
      };
      const add = (ordinal, text) =>
        opened.run(
          `insert into {tombstone} (snapshot, ordinal, erased_at, text)
           select number, ${ordinal}, '2026-11-29T00:00:00.000Z', '${text}' from {snapshot} where snapshot_id = 'hidden'`,
        );
      await add(2, '{}');
      await add(0, canonicalize(good));
      const textOf = async (itemId) =>
        (await opened.rows(`select text from {body} where item_id = '${itemId}'`))[0].text;
      assert.notEqual(await textOf('own-hidden'), null);
      const wrong = (ordinal, itemId, flaw) => ({
        ...{ path: `tombstones.${ordinal}`, code: 'mismatch', itemId },
        message: `Mismatch: the tombstone is not right: ${flaw}`,
      });
      const notStored = wrong(2, 'own-hidden', 'it is not what was stored');
      // The other snapshots have i-0.
      assert.deepEqual(await store.erase('hidden', ids, WHY, { erasedBy: WHO, signer }), {
        ...{ erased: 1, shared: 1 },
        issues: [notStored, wrong(0, 'i-0', 'it is not signed')],
      });
      assert.equal(await textOf('own-hidden'), null);
      assert.deepEqual(await store.erase('hidden', ids, WHY), { erased: 0, shared: 1, issues: [notStored] });
      assert.equal((await store.listTombstones('hidden').catch(({ code }) => code)).length, 2);
    });

    test('erases no text under the id of another item', async () => {
      const [first, second] = [item('named-1', 'one'), item('named-2', 'two')];
      // Whoever may add texts may add these before, with any id beside them: the digest is that of the text.
      for (const [one, named] of [
        [first, 'named-2'],
        [second, 'named-1'],
      ]) {
        const { digest, json } = digestItem(one);
        const bytes = kind.isSqlite ? quote(digest) : `'\\x${digest.slice(7)}'`;
        await opened.run(
          `insert into {body} (digest, tenant_id, item_id, text) values (${bytes}, '', '${named}', ${quote(json)})`,
        );
      }
      await store.saveSnapshot(take([first, second], { snapshotId: 'named' }));
      await assert.rejects(store.erase('named', ['named-1'], WHY), {
        code: 'PRECONDITION_FAILED',
        detail: 'The text of item "named-1" is that of another item',
      });
      assert.deepEqual(
        (await store.listSnapshotItems('named')).map(({ content }) => content),
        ['one', 'two'],
      );
    });

    test('notices a tombstone that was changed, without any key', async () => {
      for (const [what, change] of Object.entries(changes)) {
        const id = `changed-${Object.keys(changes).indexOf(what)}`;
        const { record } = await erase(id);
        assert.deepEqual(codesOf(await store.verify(id, { hash: record.hash }, { keys })), ['erased'], what);
        await forge(id, change);
        assert.deepEqual(codesOf(await store.verify(id, { hash: record.hash })), ['missing', 'mismatch'], what);
        assert.deepEqual(
          codesOf(await store.verify(id, { hash: record.hash }, { keys })),
          ['missing', 'mismatch'],
          what,
        );
      }
    });

    test('takes no member of a prototype for one of a tombstone', async () => {
      const { record } = await erase('prototype');
      await forge('prototype', ({ reason: _, envelope: __, ...text }) => text);
      const [{ text }] = await opened.rows(`select text from {tombstone} where ${ofSnapshot('prototype')}`);
      Object.prototype.reason = WHY;
      Object.prototype.envelope = JSON.parse(text);
      try {
        const found = await store.verify('prototype', { hash: record.hash });
        assert.deepEqual(codesOf(found), ['missing', 'mismatch']);
      } finally {
        delete Object.prototype.reason;
        delete Object.prototype.envelope;
      }
    });

    test('notices a signed tombstone of another item, and one that hides an item', async () => {
      const one = await erase('swap-1');
      const two = await erase('swap-2');
      const [{ text }] = await opened.rows(`select text from {tombstone} where ${ofSnapshot('swap-1')}`);
      await forge('swap-2', () => text);
      const found = await store.verify('swap-2', { hash: two.record.hash }, { keys });
      assert.deepEqual(codesOf(found), ['missing', 'mismatch']);
      assert.match(found.issues[1].message, /it is that of another item$/);
      // A second tombstone, of an item whose content is still there.
      const { digest } = one.index[0];
      const facts = { snapshotId: 'swap-1', itemId: 'i-0', digest, reason: WHY, erasedBy: WHO };
      const hidden = canonicalize({
        ...facts,
        erasedAt: '2026-11-29T00:00:00.000Z',
        envelope: JSON.parse(text).envelope,
      });
      await opened.run(
        `insert into {tombstone} (snapshot, ordinal, erased_at, text)
         values ((select number from {snapshot} where snapshot_id = 'swap-1'), 0, '2026-11-29T00:00:00Z', ${quote(hidden)})`,
      );
      const both = await store.verify('swap-1', { hash: one.record.hash }, { keys });
      assert.deepEqual(codesOf(both), ['missing', 'erased', 'mismatch']);
      assert.equal(both.issues[2].path, 'tombstones.0');
      assert.equal(both.issues[2].itemId, 'i-0');
    });

    test('notices a tombstone without an item, and one that was removed', async () => {
      const { record } = await erase('orphan');
      await opened.attack(`delete from {item} where ${ofSnapshot('orphan')} and ordinal = 6`);
      const { valid, issues } = await store.verify('orphan', { hash: record.hash }, { keys });
      assert.equal(valid, false);
      assert.match(issues.at(-1).message, /there is no item in its place$/);
      const removed = await erase('removed');
      await opened.attack(`delete from {tombstone} where ${ofSnapshot('removed')}`);
      const found = await store.verify('removed', { hash: removed.record.hash }, { keys });
      assert.equal(found.valid, false);
      assert.ok(!codesOf(found).includes('erased'));
    });

    test('says that items were erased, and what else is wrong', async () => {
      const { record } = await erase('both');
      await opened.attack(`update {body} set text = replace(text, 'Text of i-3', 'Forged text') where item_id = 'i-3'`);
      assert.deepEqual(codesOf(await store.verify('both', { hash: record.hash }, { keys })), ['changed', 'erased']);
      await opened.attack(`update {body} set text = replace(text, 'Forged text', 'Text of i-3') where item_id = 'i-3'`);
      const other = { hash: `sha256:${'0'.repeat(64)}` };
      assert.deepEqual(codesOf(await store.verify('both', other, { keys })).sort(), ['erased', 'mismatch']);
    });

    test('counts no item as erased that another row has, or whose id looks like that of an erased one', async () => {
      // Its text is that of another item, whose own is then missing.
      const { record } = await erase('moved', undefined, ['own-moved', 'i-5']);
      const [{ text }] = await opened.rows("select text from {body} where item_id = 'i-5' and text is not null");
      await opened.attack(`update {body} set text = ${quote(text)} where item_id = 'i-4'`);
      const moved = await store.verify('moved', { hash: record.hash }, { keys });
      assert.deepEqual(moved.erased, ['own-moved']);
      assert.ok(moved.issues.some(({ code, itemId }) => code === 'missing' && itemId === 'i-4'));
      await opened.attack(`update {body} set text = replace(text, 'i-5', 'i-4') where item_id = 'i-4'`);

      const twice = await erase('twice');
      const [{ body }] = await opened.rows(`select body from {item} where ${ofSnapshot('twice')} and ordinal = 6`);
      await opened.attack(
        `insert into {item} (snapshot, ordinal, body) values ((select number from {snapshot} where snapshot_id = 'twice'), 7, ${body})`,
      );
      const found = await store.verify('twice', { hash: twice.record.hash }, { keys });
      assert.ok(codesOf(found).some((code) => code !== 'erased'));

      // Issues show the invisible character of the other id as an escape.
      const snapshot = take([...items(3), item('v\\u200b'), item('v\u200b')], { snapshotId: 'alike' });
      await store.saveSnapshot(snapshot);
      await store.erase('alike', ['v\\u200b'], WHY, { erasedBy: WHO, signer });
      const at = snapshot.index.findIndex(({ itemId }) => itemId === 'v\u200b');
      const lost = `(select body from {item} where ${ofSnapshot('alike')} and ordinal = ${at})`;
      await opened.attack(`update {body} set text = null where number = ${lost}`);
      const alike = await store.verify('alike', { hash: snapshot.record.hash }, { keys });
      assert.deepEqual(alike.erased, ['v\\u200b']);
      const missing = alike.issues.filter(({ code }) => code === 'missing');
      assert.deepEqual(
        missing.map(({ itemId }) => itemId),
        ['v\\u200b', 'v\\u200b'],
      );
      assert.ok(codesOf(alike).includes('missing'));
    });

    test('refuses ids, a signer or keys that are not there, and erases nothing', async () => {
      const snapshot = take([...items(6), item('own-refused')], { snapshotId: 'refused' });
      await store.saveSnapshot(snapshot);
      const ids = ['own-refused'];
      for (const options of [
        { erasedBy: WHO, signer: undefined },
        { erasedBy: WHO, signer: {} },
        { erasedBy: WHO, signer: { privateKey: officer.publicKey } },
        { erasedBy: WHO, signers: [signer] },
        { erasedBy: WHO, signer, keyid: 'x' },
        Object.create({ erasedBy: WHO, signer }),
        null,
        'me',
      ]) {
        await assert.rejects(store.erase('refused', ids, WHY, options), TypeError);
      }
      for (const options of [{ signer }, { erasedBy: '', signer }, { erasedBy: undefined, signer }, { erasedBy: 7 }]) {
        await assert.rejects(store.erase('refused', ids, WHY, options), { code: 'VALIDATION_FAILED' });
      }
      // Not a list of the items with one letter.
      await store.saveSnapshot(take([item('a'), item('b')], { snapshotId: 'letters' }));
      for (const ids of ['ab', 'a', undefined, null, { 0: 'a', length: 1 }, [['a']], ['a', 7]]) {
        await assert.rejects(store.erase('letters', ids, WHY), {
          code: 'VALIDATION_FAILED',
          message: /itemIds is not a list of ids/,
        });
      }
      assert.equal((await store.verify('letters')).valid, true);
      for (const more of [
        undefined,
        null,
        1,
        {},
        [],
        { key: keys },
        { keys, more: 1 },
        { keys: undefined },
        { keys: [{}] },
      ]) {
        await assert.rejects(store.verify('refused', { hash: snapshot.record.hash }, more), TypeError);
      }
      await assert.rejects(store.verify('refused', {}, { keys }, 1), TypeError);
      assert.equal((await store.verify('refused', { hash: snapshot.record.hash }, { keys })).valid, true);
      // Keys are for tombstones. What is trusted of the snapshot is given beside them.
      const [{ path }] = (await store.verify('refused', undefined, { keys })).issues;
      assert.equal(path, 'expect');
    });

    test('refuses to sign for a record that is not valid, which can be erased from unsigned', async () => {
      await store.saveSnapshot(take([...items(6), item('own-broken')], { snapshotId: 'broken' }));
      await opened.attack(`update {snapshot} set text = replace(text, 'ops-1', 'ops-2') where snapshot_id = 'broken'`);
      const options = { erasedBy: WHO, signer };
      await assert.rejects(store.erase('broken', ['own-broken'], WHY, options), { code: 'VALIDATION_FAILED' });
      assert.deepEqual(await store.listTombstones('broken'), []);
      assert.equal((await store.erase('broken', ['own-broken'], WHY, { erasedBy: WHO })).erased, 1);
    });

    test('keeps items erased that were erased before their snapshot was complete', async () => {
      const long = 'y'.repeat(300);
      const list = [...items(3), item('half', 'Only here'), item(long, 'Only here, too')];
      const snapshot = take(list, { snapshotId: 'half' });
      const { hash } = snapshot.record;
      await store.createSnapshot(snapshot.record);
      await store.addSnapshotItems('half', [list[4], list[3], list[0]]);
      await store.erase('half', ['half', long], WHY, { erasedBy: WHO, signer });
      // The one way to complete it, and the other, which brings all texts again.
      await store.addSnapshotItems('half', [list[1], list[2]]);
      const other = take(list, { snapshotId: 'half-2' });
      await store.createSnapshot(other.record);
      await store.addSnapshotItems('half-2', [list[4], list[3]]);
      await store.erase('half-2', ['half', long], WHY, { erasedBy: WHO, signer });
      assert.equal(await store.saveSnapshot(other), 'exists');
      for (const id of ['half', 'half-2']) {
        assert.deepEqual(codesOf(await store.verify(id, { hash }, { keys })), ['erased', 'erased'], id);
        assert.deepEqual(
          (await store.listSnapshotItems(id)).map(({ itemId }) => itemId),
          ['i-0', 'i-1', 'i-2'],
        );
        assert.deepEqual(await store.snapshotIndex(id), snapshot.index);
      }
      const texts = await opened.rows("select text from {body} where item_id = 'half'");
      assert.deepEqual(
        texts.map(({ text }) => text),
        [null],
      );
    });

    test('signs in a transaction of the caller, which is all or nothing', async () => {
      const snapshot = take([...items(6), item('own-tx')], { snapshotId: 'tx-erase' });
      await store.saveSnapshot(snapshot);
      const stop = new Error('stop');
      const run = (end) =>
        store.transaction(async (tx) => {
          await tx.erase('tx-erase', ['own-tx'], WHY, { erasedBy: WHO, signer });
          end();
        });
      const fail = () => {
        throw stop;
      };
      await assert.rejects(run(fail), stop);
      assert.equal((await store.verify('tx-erase', { hash: snapshot.record.hash })).valid, true);
      await run(() => {});
      assert.deepEqual(codesOf(await store.verify('tx-erase', { hash: snapshot.record.hash }, { keys })), ['erased']);
    });

    test('reports a required source whose only item was erased, and refuses the snapshot for a run', async () => {
      const sources = [{ kind: 'docblock', key: 'docs/own-source', required: true }];
      const list = [...items(3), item('own-source')];
      const snapshot = take(list, { snapshotId: 'source', pack: { ...pack, sources } });
      const { hash } = snapshot.record;
      await store.saveSnapshot(snapshot);
      await store.erase('source', ['own-source'], WHY, { erasedBy: WHO, signer });
      assert.deepEqual(codesOf(await store.verify('source', { hash }, { keys })), ['erased', 'missing_source']);
      assert.ok((await verifyStored(store, 'source', { hash })).issues.length > 0);
      await assert.rejects(assertSnapshot(store, 'source', { hash }), { code: 'PRECONDITION_FAILED' });
    });

    // E6.2-2
    test('shows who and why on one line, and what is invisible in them', async () => {
      const snapshot = take([...items(3), item('own-line')], { snapshotId: 'line' });
      await store.saveSnapshot(snapshot);
      const erasedBy = 'a\n\u202eb\u{e0001}"';
      await store.erase('line', ['own-line'], `${'x'.repeat(10_000)}\u200b`, { erasedBy, signer });
      const { issues } = await store.verify('line', { hash: snapshot.record.hash }, { keys });
      const why = `"${'x'.repeat(79)}…`;
      assert.match(issues[0].message, /^Item own-line was erased at [\dT:.-]*Z by /);
      assert.ok(issues[0].message.endsWith(` by "a\\n\\u202eb\\udb40\\udc01\\"": ${why}`), issues[0].message);
      assert.equal((await store.listTombstones('line'))[0].erasedBy, erasedBy);
    });

    test('lists as many issues as a verification does', async () => {
      const list = Array.from({ length: 150 }, (_, at) => item(`many-${at}`));
      const snapshot = take(list, { snapshotId: 'many-erased' });
      await store.saveSnapshot(snapshot);
      const ids = list.map(({ itemId }) => itemId);
      const { hash } = snapshot.record;
      // 100 is the most of which it is known that nothing else is wrong.
      await store.erase('many-erased', ids.slice(0, 100), WHY);
      assert.deepEqual(codesOf(await store.verify('many-erased', { hash })), Array(100).fill('erased'));
      await store.erase('many-erased', ids.slice(0, 101), WHY);
      const one = await store.verify('many-erased', { hash });
      assert.deepEqual([one.issues.length, one.erased.length], [101, 101]);
      assert.ok(codesOf(one).includes('too_many_issues'));
      await store.erase('many-erased', ids, WHY);
      const verification = await store.verify('many-erased', { hash });
      const codes = codesOf(verification);
      assert.deepEqual([codes.length, new Set(codes)], [101, new Set(['erased', 'too_many_issues'])]);
      assert.deepEqual(
        verification.erased,
        snapshot.index.map(({ itemId }) => itemId),
      );
      const refused = await store.verify('many-erased', { hash }, { keys });
      assert.equal(codesOf(refused).filter((code) => code === 'mismatch').length, 100);
      assert.deepEqual(refused.erased, []);
      assert.equal((await store.listTombstones('many-erased')).length, 150);
      await assert.rejects(store.listTombstones('nowhere'), { code: 'NOT_FOUND' });
    });
  });
}

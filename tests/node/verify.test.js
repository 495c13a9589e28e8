// Checks verification: a complete snapshot is valid, and every change is noticed, with its path.
//
// Why: a verifier that misses one change is worthless, and one that calls a valid snapshot invalid is worse.
//
// How: the same tests run for each implementation. Each kind of issue in docs/ERRORS.md section 8 is compared word for word.
// Then every byte and every member of a snapshot is changed, proofs are forged, and values with hostile code are passed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as main from '@lssm-tech/lib.context-snapshot';
import * as verifyEntry from '@lssm-tech/lib.context-snapshot/verify';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { assertAlike, chains, inputs } from './support/differential.js';
import { canonicalItem, leaf, sha256, snapshotOf, toDigest } from './support/format.js';
import { bytes, chain, clone, example, meaning, members, proofs, small } from './support/tampering.js';

const implementations = [
  { name: 'the main entry', ...main },
  { name: 'the entry without WebAssembly', ...verifyEntry },
];

const DIGEST = toDigest(sha256('another'));
const UNSORTED = 'Unsorted index: expected itemIds in ascending order of UTF-16 code units, found ';
const issue = (path, code, message) => ({ path, code, message });
const wrong = (path, expected, received) =>
  issue(path, 'invalid_type', `Invalid input: expected ${expected}, received ${received}`);
const mismatch = (path, expected, found) => issue(path, 'mismatch', `Mismatch: expected ${expected}, found ${found}`);
const empty = (path) => issue(path, 'too_small', 'Too small: expected string to have >=1 characters');
const notDigest = (path) =>
  issue(path, 'invalid_format', 'Invalid digest: expected sha256: and 64 lower-case hex digits');
const half = (path, at) => issue(path, 'invalid_format', `Invalid string: unpaired surrogate at index ${at}`);
const COUNT = 'integer from 0 to 9007199254740991';
const INSIDE = 'record.metadata.$snapshot';

/** Recomputes the record's hash and seal. */
function sealed(record) {
  const { $snapshot } = record.metadata;
  record.hash = toDigest(sha256(canonicalize($snapshot.manifest)));
  delete $snapshot.seal;
  $snapshot.seal = toDigest(sha256(canonicalize(record)));
  return record;
}
const sealOf = (record) => sealed(clone(record)).metadata.$snapshot.seal;
const only = (...names) => {
  const parts = example();
  return Object.fromEntries(names.map((name) => [name, parts[name]]));
};

/** Makes the example with the main entry: with an event and an output. */
const packed = () => {
  const { pack, items } = example();
  const now = '2027-06-15T08:30:00.250Z';
  return clone(main.snapshotPack({ packKey: pack.packKey }, { actor: 'admin', snapshotId: 's-1', now, pack, items }));
};

// Each row: a change of the parts, and its issues. If the seal differs, too, that is the last issue of the record.
const reseal = ({ record }) => mismatch(`${INSIDE}.seal`, sealOf(record), record.metadata.$snapshot.seal);
const CASES = {
  'no record': [(p) => delete p.record, () => [wrong('record', 'object', 'undefined')]],
  'a record that is null': [(p) => Object.assign(p, { record: null }), () => [wrong('record', 'object', 'null')]],
  'a promise of a record': [
    (p) => Object.assign(p, { record: Promise.resolve() }),
    () => [wrong('record', 'object', 'Promise (did you forget to await it?)')],
  ],
  'a record without members': [
    (p) => Object.assign(p, { record: {} }),
    () => [
      ...['snapshotId', 'packKey', 'packVersion', 'hash'].map((name) => wrong(`record.${name}`, 'string', 'undefined')),
      wrong('record.itemCount', COUNT, 'undefined'),
      wrong('record.createdAt', 'date', 'undefined'),
      wrong('record.metadata', 'record', 'undefined'),
    ],
  ],
  'a snapshotId with a colon': [
    (p) => Object.assign(p.record, { snapshotId: 'a:b' }),
    () => [
      issue(
        'record.snapshotId',
        'invalid_format',
        'Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids',
      ),
    ],
  ],
  'empty strings and unpaired surrogates': [
    (p) => Object.assign(p.record, { snapshotId: '', packKey: 'a\ud800', hash: '', createdBy: '\udc00' }),
    () => [
      empty('record.snapshotId'),
      half('record.packKey', 1),
      notDigest('record.hash'),
      half('record.createdBy', 0),
    ],
  ],
  // E8.1-18
  'halves in strings that are wrong otherwise, too': [
    (p) => Object.assign(p.record, { snapshotId: 'a:\ud800', hash: '\udc00', createdAt: '\ud800' }),
    () => [
      half('record.snapshotId', 2),
      half('record.hash', 0),
      issue('record.createdAt', 'invalid_format', 'Invalid time: expected RFC 3339 with an offset'),
    ],
  ],
  'digests in upper case': [
    ({ record }) => {
      record.hash = record.hash.toUpperCase();
      record.metadata.$snapshot.parent = record.metadata.$snapshot.parent.toUpperCase();
      record.metadata.$snapshot.manifest.itemsRoot = 'sha256:';
    },
    () => [notDigest('record.hash'), notDigest(`${INSIDE}.manifest.itemsRoot`), notDigest(`${INSIDE}.parent`)],
    ['record'],
  ],
  ...Object.fromEntries(
    [
      [-1, 'number'],
      [0.5, 'number'],
      [2 ** 53, 'number'],
      ['3', 'string'],
      [3n, 'bigint'],
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
    ].map(([itemCount, received]) => [
      `itemCount ${itemCount} (${typeof itemCount})`,
      [(p) => Object.assign(p.record, { itemCount }), () => [wrong('record.itemCount', COUNT, received)]],
    ]),
  ),
  'another hash': [
    (p) => Object.assign(p.record, { hash: DIGEST }),
    (p) => [mismatch('record.hash', p.expect.hash, DIGEST), reseal(p), ...trusted(p)],
  ],
  'members that disagree with the manifest': [
    (p) => Object.assign(p.record, { packKey: 'x', packVersion: 'y', itemCount: 2, createdBy: 'z' }),
    (p) => [
      mismatch('record.packKey', '"shop.docs"', '"x"'),
      mismatch('record.packVersion', '"2"', '"y"'),
      mismatch('record.itemCount', '3', '2'),
      mismatch('record.createdBy', '"u"', '"z"'),
      mismatchedSeal(p),
      ...trusted(p),
    ],
  ],
  'no createdBy': [
    (p) => delete p.record.createdBy,
    (p) => [mismatch('record.createdBy', '"u"', 'nothing'), mismatchedSeal(p), ...trusted(p)],
  ],
  'another grant': [
    (p) => Object.assign(p.record.metadata.$snapshot, { grant: 'actor' }),
    (p) => [mismatch(`${INSIDE}.grant`, '"role"', '"actor"'), mismatchedSeal(p), ...trusted(p)],
  ],
  'strings that are not one of the allowed ones': [
    ({ record }) => {
      Object.assign(record.metadata.$snapshot, { actor: 'root', grant: 'king' });
      record.metadata.$snapshot.manifest.format = 'v2';
    },
    () => [
      mismatch(`${INSIDE}.manifest.format`, '"context.pack.snapshot/v1"', '"v2"'),
      mismatch(`${INSIDE}.actor`, '"admin" or "user"', '"root"'),
      mismatch(`${INSIDE}.grant`, '"actor" or "role"', '"king"'),
    ],
    ['record'],
  ],
  'another seal': [
    (p) => Object.assign(p.record.metadata.$snapshot, { seal: DIGEST }),
    (p) => [mismatch(`${INSIDE}.seal`, p.expect.seal, DIGEST)],
  ],
  'no $snapshot': [(p) => Object.assign(p.record, { metadata: {} }), () => [wrong(INSIDE, 'object', 'undefined')]],
  'a $snapshot that is a list': [
    (p) => Object.assign(p.record.metadata, { $snapshot: [] }),
    () => [wrong(INSIDE, 'object', 'array')],
  ],
  'an empty $snapshot': [
    (p) => Object.assign(p.record.metadata, { $snapshot: {} }),
    () => [
      wrong(`${INSIDE}.manifest`, 'object', 'undefined'),
      ...['seal', 'actor', 'grant'].map((name) => wrong(`${INSIDE}.${name}`, 'string', 'undefined')),
      mismatch('record.createdBy', 'nothing', '"u"'),
    ],
  ],
  'values that are not JSON': [
    (p) => Object.assign(p.record.metadata, { a: { b: Number.NaN, c: [1, undefined] }, d: new Map() }),
    () => [
      wrong('record.metadata.a.b', 'JSON value', 'NaN'),
      wrong('record.metadata.a.c.1', 'JSON value', 'undefined'),
      wrong('record.metadata.d', 'JSON value', 'Map'),
    ],
  ],
  'a class instance as metadata': [
    (p) => Object.assign(p.record, { metadata: new Map() }),
    () => [wrong('record.metadata', 'record', 'Map')],
  ],
  'unknown members': [
    ({ record }) => {
      const { $snapshot } = record.metadata;
      Object.assign($snapshot, { zone: 1, colour: 'red' });
      $snapshot.manifest.extra = 1;
      $snapshot.manifest.pack.more = null;
      $snapshot.manifest.pack.sources[1].note = '';
    },
    () =>
      [
        [`${INSIDE}.manifest.pack.sources.1.note`, 'note'],
        [`${INSIDE}.manifest.pack.more`, 'more'],
        [`${INSIDE}.manifest.extra`, 'extra'],
        [`${INSIDE}.colour`, 'colour'],
        [`${INSIDE}.zone`, 'zone'],
      ].map(([path, name]) => issue(path, 'extra', `Unknown member: ${name}`)),
    ['record'],
  ],
  // F11-14
  'null in a member that is not a column': [
    ({ record }) => {
      const { $snapshot } = record.metadata;
      Object.assign($snapshot, { userId: null, reason: null });
      $snapshot.manifest.pack.description = null;
      $snapshot.manifest.pack.sources[0].version = null;
    },
    () => [
      wrong(`${INSIDE}.manifest.pack.description`, 'string', 'null'),
      wrong(`${INSIDE}.manifest.pack.sources.0.version`, 'string', 'null'),
      wrong(`${INSIDE}.userId`, 'string', 'null'),
      wrong(`${INSIDE}.reason`, 'string', 'null'),
    ],
    ['record'],
  ],
  'an empty userId and idemKey': [
    (p) => Object.assign(p.record.metadata.$snapshot, { userId: '', idemKey: '' }),
    () => [empty(`${INSIDE}.userId`), empty(`${INSIDE}.idemKey`)],
  ],
  // F11-6
  'a pack that was edited': [
    ({ pack }) => {
      Object.assign(pack, { title: 't', tags: [], colour: 'red' });
      delete pack.description;
      pack.sources.pop();
    },
    (p) => {
      const { sources } = example().pack;
      return [
        mismatch('pack.title', '"Shop «docs»"', '"t"'),
        mismatch('pack.description', '"d"', 'nothing'),
        mismatch('pack.tags', '["t"]', '[]'),
        mismatch('pack.sources', short(canonicalize(sources)), canonicalize(p.pack.sources)),
      ];
    },
  ],
  'a pack of another shape': [
    (p) => {
      p.pack = {
        packKey: '',
        version: 1,
        owners: 'o',
        tags: [1],
        sources: [null, { kind: '', key: 'k', required: 'yes' }],
      };
    },
    () => [
      empty('pack.packKey'),
      wrong('pack.version', 'string', 'number'),
      wrong('pack.title', 'string', 'undefined'),
      wrong('pack.owners', 'array', 'string'),
      wrong('pack.tags.0', 'string', 'number'),
      wrong('pack.sources.0', 'object', 'null'),
      empty('pack.sources.1.kind'),
      wrong('pack.sources.1.required', 'boolean', 'string'),
    ],
  ],
  // E8.1-22
  'a pack that is a promise': [
    (p) => Object.assign(p, { pack: Promise.resolve() }),
    () => [wrong('pack', 'object', 'Promise (did you forget to await it?)')],
  ],
  'an index that is not an array': [(p) => Object.assign(p, { index: null }), () => [wrong('index', 'array', 'null')]],
  'an index of another shape': [
    (p) => {
      p.index = [null, { itemId: '' }, { itemId: 'i1', digest: 'x' }];
    },
    () => [
      wrong('index.0', 'object', 'null'),
      empty('index.1.itemId'),
      wrong('index.1.digest', 'string', 'undefined'),
      notDigest('index.2.digest'),
    ],
  ],
  // E8.1-7: what is unsorted is reported before the number of entries.
  'an index that is not sorted': [
    (p) => p.index.reverse(),
    () => [issue('index', 'mismatch', `${UNSORTED}i3 (index.0) before i2 (index.1)`)],
  ],
  'an index with an id twice': [
    (p) => p.index.push(p.index[2]),
    () => [issue('index', 'mismatch', `${UNSORTED}i3 (index.2) before i3 (index.3)`)],
  ],
  'an index that is too short': [(p) => p.index.pop(), () => [mismatch('index', '3', '2')]],
  'an index with another root': [
    (p) => Object.assign(p.index[1], { digest: DIGEST }),
    (p) => [mismatch('index', p.record.metadata.$snapshot.manifest.itemsRoot, rootOfIndex(p.index))],
  ],
  'rowIds that is not a boolean': [
    (p) => Object.assign(p, { rowIds: null }),
    () => [wrong('rowIds', 'boolean', 'null')],
  ],
  'expected values of another shape': [
    (p) => Object.assign(p, { expect: { hash: null, seal: 'x' } }),
    () => [wrong('expect.hash', 'string', 'null'), notDigest('expect.seal')],
  ],
  'invalid expected values': [
    (p) => Object.assign(p, { expect: [] }),
    () => [wrong('expect', 'plain object with a hash or a seal', 'array')],
  ],
  'expected values from a failed lookup': [
    (p) => Object.assign(p, { expect: { hash: undefined, seal: '' } }),
    () => [issue('expect', 'missing', 'Missing: expected a hash or a seal to compare with')],
  ],
  'an undefined expected value': [
    (p) => Object.assign(p, { expect: undefined }),
    () => [wrong('expect', 'plain object with a hash or a seal', 'undefined')],
  ],
  'expected values in a Map': [
    (p) => Object.assign(p, { expect: new Map([['hash', p.expect.hash]]) }),
    () => [wrong('expect', 'plain object with a hash or a seal', 'Map')],
  ],
  'another trusted hash and seal': [
    (p) => Object.assign(p, { expect: { hash: DIGEST, seal: DIGEST } }),
    () => [
      mismatch('expect.hash', DIGEST, example().expect.hash),
      mismatch('expect.seal', DIGEST, example().expect.seal),
    ],
  ],
  'items that cannot be iterated': [(p) => delete p.items, () => [wrong('items', 'iterable', 'undefined')]],
  'items that are a string': [(p) => Object.assign(p, { items: 'abc' }), () => [wrong('items', 'iterable', 'string')]],
  // E8.1-22
  'items that are a promise': [
    (p) => Object.assign(p, { items: Promise.resolve([]) }),
    () => [wrong('items', 'iterable', 'Promise (did you forget to await it?)')],
  ],
  'asynchronous items': [
    (p) => Object.assign(p, { items: { async *[Symbol.asyncIterator]() {} } }),
    () => [wrong('items', 'iterable', 'object (collect it first, or use SnapshotBuilder)')],
  ],
  'items of another shape': [
    (p) => {
      p.items = [
        5,
        Promise.resolve(),
        { itemId: 'i1', kind: '', sourceKey: null, sourceVersion: 1, content: null, textContent: {}, metadata: [] },
        { ...p.items[1], content: { a: [Number.NaN] } },
        { ...p.items[2], createdAt: 'never', snapshotId: 5 },
      ];
    },
    () => [
      wrong('items.0', 'object', 'number'),
      wrong('items.1', 'object', 'Promise (did you forget to await it?)'),
      empty('items.2.kind'),
      wrong('items.2.sourceKey', 'string', 'null'),
      wrong('items.2.sourceVersion', 'string', 'number'),
      wrong('items.2.content', 'string or object', 'null'),
      wrong('items.2.textContent', 'string', 'object'),
      wrong('items.2.metadata', 'record', 'array'),
      wrong('items.3.content.a.0', 'JSON value', 'NaN'),
    ],
  ],
  'an item that changed': [
    (p) => Object.assign(p.items[1], { content: 'texts' }),
    (p) => [
      issue('items.1', 'changed', `Item i2 changed: expected ${p.index[1].digest}, found ${digestOf(p.items[1])}`),
    ],
  ],
  'one item too many': [
    (p) => p.items.push({ ...p.items[1], itemId: 'i9' }),
    () => [issue('items.3', 'extra', 'Item i9 is not in the index')],
  ],
  'one item too few': [(p) => p.items.pop(), () => [issue('index.2', 'missing', 'Item i3 is missing')]],
  'an item twice': [
    (p) => p.items.push(p.items[0]),
    () => [issue('items.3.itemId', 'duplicate', 'Duplicate itemId: also at items.0')],
  ],
  'without an index, an item that changed': [
    (p) => Object.assign(p.items[1], { content: 'texts' }),
    (p) => [mismatch('items', p.record.metadata.$snapshot.manifest.itemsRoot, rootOfItems(p.items))],
    ['record', 'items'],
  ],
  'without an index, one item too few': [
    (p) => p.items.pop(),
    () => [mismatch('items', '3', '2')],
    ['record', 'items'],
  ],
  'without an index, an item twice': [
    (p) => p.items.push(p.items[0]),
    () => [issue('items.3.itemId', 'duplicate', 'Duplicate itemId: also at items.0')],
    ['record', 'items'],
  ],
  'without an index, one item twice and one too few': [
    (p) => Object.assign(p.items, { 2: p.items[0] }),
    () => [issue('items.2.itemId', 'duplicate', 'Duplicate itemId: also at items.0'), mismatch('items', '3', '2')],
    ['record', 'items'],
  ],
  'a required source without an item': [
    (p) => {
      const { manifest } = p.record.metadata.$snapshot;
      manifest.pack.sources[0].version = '7';
      manifest.pack.sources[1].key = 'db/z';
      sealed(p.record);
    },
    () => [
      issue(
        'pack.sources.0',
        'missing_source',
        'Required source has no item: docblock docs/a@7; an item of this kind and key has version 1',
      ),
      issue('pack.sources.1', 'missing_source', 'Required source has no item: schema db/z'),
    ],
    ['record', 'items', 'index'],
  ],
  'row ids of another snapshot': [
    (p) => {
      p.rowIds = true;
      p.items.forEach((item, at) => {
        item.itemId = `${at === 1 ? 's-2' : 's-1'}:${item.itemId}`;
      });
    },
    () => [
      issue('items.1.itemId', 'mismatch', 'Invalid row id: expected it to begin with s-1:'),
      issue('index.1', 'missing', 'Item i2 is missing'),
    ],
  ],
  'row ids without an id': [
    (p) => {
      p.rowIds = true;
      p.items = [p.items[0], { ...p.items[1], itemId: 's-1:' }, { ...p.items[2], itemId: '' }];
    },
    () => [
      issue('items.0.itemId', 'mismatch', 'Invalid row id: expected it to begin with s-1:'),
      empty('items.1.itemId'),
      empty('items.2.itemId'),
      ...['i1', 'i2', 'i3'].map((id, at) => issue(`index.${at}`, 'missing', `Item ${id} is missing`)),
    ],
  ],
  // E8.1-27
  'row ids with a wrong snapshotId': [
    (p) => {
      p.rowIds = true;
      p.record.snapshotId = 5;
      p.items = p.items.map((item, at) => ({ ...item, itemId: at === 0 ? 'plain' : `${at}:${item.itemId}` }));
    },
    () => [
      wrong('record.snapshotId', 'string', 'number'),
      issue('items.0.itemId', 'mismatch', 'Invalid row id: expected it to begin with a snapshotId and a colon'),
      issue('index.0', 'missing', 'Item i1 is missing'),
    ],
  ],
};
const short = (text) => (text.length > 256 ? `${text.slice(0, 128)}…${text.slice(-127)}` : text);
const digestOf = (item) => toDigest(leaf(canonicalItem(item)));
const withItems = (items) =>
  snapshotOf({}, { actor: 'admin', snapshotId: 's', now: '', pack: { packKey: 'p' }, items });
const rootOfItems = (items) => withItems(items).record.metadata.$snapshot.manifest.itemsRoot;
function rootOfIndex(index) {
  const [one, two, three] = index.map(({ digest }) => Buffer.from(digest.slice(7), 'hex'));
  return toDigest(sha256(Buffer.of(1), sha256(Buffer.of(1), one, two), three));
}
/** The computed seal of a record whose hash is not recomputed. */
function mismatchedSeal({ record }) {
  const { seal, ...unsealed } = record.metadata.$snapshot;
  const metadata = { ...record.metadata, $snapshot: unsealed };
  return mismatch(`${INSIDE}.seal`, toDigest(sha256(canonicalize({ ...record, metadata }))), seal);
}
const trusted = (p) => {
  const [, computed] = mismatchedSeal(p).message.match(/expected (\S+),/);
  return [mismatch('expect.seal', p.expect.seal, computed)];
};
CASES['another hash'][1] = (p) => [mismatch('record.hash', p.expect.hash, DIGEST), mismatchedSeal(p), ...trusted(p)];

for (const { name, verifySnapshot, verifyItem, verifyChain } of implementations) {
  const validity = async (parts) => (await verifySnapshot(parts)).valid;

  /** Verifies all changes of a part, several at a time; asserts for each whether it is noticed. */
  async function everyChange(t, make, part, changes) {
    const own = meaning(part, make()[part]);
    const counts = { noticed: 0, exempt: 0 };
    let batch = [];
    const settle = async () => {
      const verdicts = await Promise.all(batch.map(({ value }) => validity({ ...make(), [part]: value })));
      for (const [at, { what, value }] of batch.entries()) {
        const isExempt = meaning(part, value) === own;
        assert.equal(verdicts[at], isExempt, `${part}: ${what}`);
        counts[isExempt ? 'exempt' : 'noticed']++;
      }
      batch = [];
    };
    for (const change of changes) if (batch.push(change) === 100) await settle();
    await settle();
    t.diagnostic(`${part}: ${counts.noticed} changes were noticed, ${counts.exempt} change nothing`);
    assert(counts.noticed > 100);
  }

  describe(`${name} verifies snapshots`, () => {
    test('that are complete', async () => {
      const whole = (anchor) => ({ valid: true, issues: [], anchor });
      assert.deepEqual(await verifySnapshot(example()), whole('seal'));
      for (const names of [['items'], ['items', 'index'], ['items', 'pack'], ['items', 'expect']]) {
        const anchor = names.includes('expect') ? 'seal' : 'none';
        assert.deepEqual(await verifySnapshot(only('record', ...names)), whole(anchor));
      }
      assert.deepEqual(await verifySnapshot(small()), whole('none'));
    });

    for (const [what, [change, issues, names = ['record', 'items', 'index', 'pack', 'expect']]] of Object.entries(
      CASES,
    )) {
      test(`reports ${what}`, async () => {
        const parts = only(...names);
        change(parts);
        // With members that no step examines further.
        if (names.length === 1) Object.assign(parts, only('items', 'index'));
        const expected = issues(parts);
        const verification = await verifySnapshot(parts);
        assert.deepEqual(
          { valid: verification.valid, issues: verification.issues },
          { valid: false, issues: expected.map((one, at) => ({ ...verification.issues[at], ...one })) },
        );
        assert.deepEqual(Object.keys(verification), ['valid', 'issues', 'anchor']);
        assert(Object.isFrozen(verification) && Object.isFrozen(verification.issues));
      });
    }

    // F11-15, F11-16
    test('as stores return them', async () => {
      const times = [
        ...[
          new Date(Date.UTC(2027, 5, 15, 8, 30, 0, 250)),
          runInNewContext('new Date(Date.UTC(2027, 5, 15, 8, 30, 0, 250))'),
        ],
        ...[
          '2027-06-15 08:30:00.25+00',
          '2027-06-15t08:30:00.250999z',
          '2027-06-15T10:30:00.25+02:00',
          '2027-06-15 01:30:00.25-07',
        ],
        ...['2027-06-15 08:30:00.250Z', '2027-06-14T09:01:00.250-23:29'],
      ];
      for (const createdAt of times) {
        const parts = example();
        Object.assign(parts.record, { createdAt, id: 7, updated_at: new Date() });
        assert.deepEqual((await verifySnapshot(parts)).issues, []);
      }
      const parts = example();
      for (const item of parts.items) {
        item.itemId = `s-1:${item.itemId}`;
        Object.assign(item, { id: 1, snapshotId: 'another', createdAt: 'never' });
        for (const name of ['sourceVersion', 'textContent', 'metadata']) item[name] ??= null;
      }
      parts.items.reverse();
      Object.assign(parts.pack, { createdAt: new Date(), colour: null });
      for (const source of parts.pack.sources) Object.assign(source, { version: source.version ?? null, note: 1 });
      assert.deepEqual((await verifySnapshot({ ...parts, rowIds: true, pack: parts.pack })).issues, []);
      assert.deepEqual((await verifySnapshot({ ...parts, rowIds: true, pack: null })).issues, []);
      const { record, items } = snapshotlessUser();
      assert.deepEqual((await verifySnapshot({ record: { ...record, createdBy: null }, items })).issues, []);
    });

    // F11-18
    test('with a Date in metadata, manifest or proof, which counts as its text', async () => {
      const at = '2027-06-15T08:30:00.250Z';
      const pack = { packKey: 'p', version: '1', title: at };
      const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: 'c' }];
      const snapshot = main.snapshotPack({ packKey: 'p', metadata: { at } }, { actor: 'admin', pack, items });
      const record = clone(snapshot.record);
      record.metadata.at = new Date(at);
      record.metadata.$snapshot.manifest.pack.title = new Date(at);
      assert.deepEqual((await verifySnapshot({ record, items })).issues, []);
      const proof = clone(main.proveItem(snapshot, 'a'));
      proof.manifest.pack.title = new Date(at);
      assert.equal(await verifyItem(items[0], proof, record.hash), true);
      // A row is read by its members, and its strings are strings.
      record.packKey = new Date(at);
      assert.deepEqual((await verifySnapshot({ record, items })).issues, [wrong('record.packKey', 'string', 'Date')]);
    });

    test('with invalid times', async () => {
      for (const createdAt of [
        ...['2027-06-15 08:30:00.250', '2027-06-15T08:30:00.250+0000', '2027-02-30T08:30:00Z', '2027-06-15T08:30:60Z'],
        ...[
          '2027-06-15T24:00:00Z',
          '2027-06-15',
          '',
          ' 2027-06-15T08:30:00Z',
          '2027-06-15  08:30:00Z',
          '2027-06-15T08:30Z',
        ],
        ...[
          '2027-13-01T00:00:00Z',
          '2027-06-15T08:30:00.Z',
          '2027-06-15T08:30:00+24:00',
          '2027-06-15T08:30:00+02:60',
          '\ud800',
        ],
        ...['2027-06-15T08:30:00.250Z\n', '02027-06-15T08:30:00Z', '+002027-06-15T08:30:00Z', '2023-02-29T00:00:00Z'],
      ]) {
        const { record, items } = small();
        const { issues } = await verifySnapshot({ record: { ...record, createdAt }, items });
        const malformed = 'Invalid time: expected RFC 3339 with an offset';
        assert(issues[0].message.startsWith(malformed), createdAt);
        const { message } = issues[0];
        assert.deepEqual(issues, [issue('record.createdAt', 'invalid_format', message)], createdAt);
      }
      for (const createdAt of [
        ...['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01', '0050-01-01T00:00:00Z', '0000-02-29T00:00:00Z'],
        ...['9999-12-31T23:59:59-00:01', new Date(-1), new Date(253402300800000)],
      ]) {
        const { record, items } = small();
        const { issues } = await verifySnapshot({ record: { ...record, createdAt }, items });
        const outside = 'Invalid time: expected an instant from 1970 to 9999';
        assert.deepEqual(issues, [issue('record.createdAt', 'invalid_format', outside)], String(createdAt));
      }
      for (const [createdAt, received] of [
        [1813048200250, 'number'],
        [new Date(Number.NaN), 'Invalid Date'],
        [{}, 'object'],
        [null, 'null'],
      ]) {
        const { record, items } = small();
        const { issues } = await verifySnapshot({ record: { ...record, createdAt }, items });
        assert.deepEqual(issues, [wrong('record.createdAt', 'date', received)]);
      }
    });

    test('with any byte of the record changed', (t) => everyChange(t, small, 'record', bytes(small().record)));
    test('with any byte of the items changed', (t) => everyChange(t, small, 'items', bytes(small().items)));
    for (const part of ['record', 'items', 'index', 'pack']) {
      test(`with any member changed: ${part}`, (t) => everyChange(t, example, part, members(example()[part])));
    }
    test('with any member of the items changed, without an index', (t) =>
      everyChange(t, () => only('record', 'items'), 'items', members(example().items)));

    test('up to 100 issues, and stops reading there', async () => {
      for (const [count, reported] of [
        [99, 99],
        [100, 100],
        [101, 101],
        [5000, 101],
      ]) {
        let [given, closed] = [0, false];
        function* generate() {
          try {
            for (; given < count; given++) yield 5;
          } finally {
            closed = true;
          }
        }
        const { record } = only('record');
        record.metadata.$snapshot.manifest.itemCount = 5;
        const { issues } = await verifySnapshot({ record: 5, items: generate() });
        assert.equal(issues.length, Math.min(reported + 1, 101));
        assert.equal(issues.at(-1).code, reported + 1 > 100 ? 'too_many_issues' : 'invalid_type');
        assert(closed);
        assert(given <= 101);
      }
    });

    test('up to 100 issues about items that were changed or are wrong, in the order of the items', async () => {
      const item = (at) => ({ itemId: `${1000 + at}`, kind: 'k', sourceKey: 's', content: '' });
      const index = Array.from({ length: 300 }, (_, at) => ({ itemId: item(at).itemId, digest: DIGEST }));
      let given = 0;
      const values = {
        *[Symbol.iterator]() {
          for (; given < 300; given++) yield given % 3 === 1 ? { ...item(given), kind: 5 } : item(given);
        },
      };
      const { issues } = await verifySnapshot({ index, items: values });
      const expected = Array.from({ length: 99 }, (_, at) => (at % 3 === 1 ? `items.${at}.kind` : `items.${at}`));
      assert.deepEqual(
        issues.map(({ path }) => path),
        ['record', ...expected, ''],
      );
      assert.equal(given, 99);
    });

    // E6.1-1, E6.1-2, E6.1-3
    test('under limits, measured by ERRORS.md section 6.1', async () => {
      const { record, items, event, manifest, output } = packed();
      const issuesOf = async (documentBytes, parts) => {
        const { issues } = await verifySnapshot({ record, items, ...parts, limits: { documentBytes } });
        return issues.filter(({ path }) => Object.keys(parts).some((part) => path.startsWith(part)));
      };
      const size = (value) => Buffer.from(canonicalize(value)).length;
      const long = (path, most) => issue(path, 'too_big', `Too big: expected at most ${most} canonical bytes`);

      // A value of the wrong type counts as nothing.
      for (const [value, received] of [
        ...[
          [1.5, 'number'],
          [true, 'boolean'],
          [null, 'null'],
          ['a', 'string'],
          [[1, 2], 'array'],
        ],
      ]) {
        assert.deepEqual(await issuesOf(0, { manifest: value }), [wrong('manifest', 'object', received)]);
      }
      const far = Array(1000).fill('far');
      const wrongEvent = { ...event, id: far };
      const most = size({ ...event, id: '' }) - 2;
      assert.deepEqual(await issuesOf(most, { event: wrongEvent }), [wrong('event.id', 'string', 'array')]);
      assert.deepEqual(await issuesOf(most - 1, { event: wrongEvent }), [long('event', most - 1)]);
      const wrongOutput = { ...output, itemCount: far };
      assert.deepEqual(await issuesOf(size({ ...output, itemCount: 0 }) - 1, { output: wrongOutput }), [
        wrong('output.itemCount', COUNT, 'array'),
      ]);

      // So does one that is too deep, of which only the comma counts.
      const deep = { itemId: 'a', kind: 'k', sourceKey: 's', content: { a: Array(60).fill({}) } };
      const limits = { documentBytes: size({ ...deep, content: { a: '' } }) - 2 + 61, levels: 3 };
      const found = await verifySnapshot({ record: {}, items: [deep], limits });
      assert.equal(found.issues.filter(({ path }) => path.startsWith('items.0.content.a.')).length, 60);
      limits.documentBytes--;
      const longer = await verifySnapshot({ record: {}, items: [deep], limits });
      assert.deepEqual(longer.issues.at(-1), { ...long('items.0', limits.documentBytes), itemId: 'a' });

      // E6.1-5: the number of elements alone makes an array too long, however many of them are wrong.
      for (const [length, code] of [
        [200, 'too_big'],
        [199, 'too_many_issues'],
      ]) {
        const many = { ...deep, content: { a: Array(length).fill({}) } };
        const { issues } = await verifySnapshot({
          record: {},
          items: [many],
          limits: { documentBytes: 200, levels: 3 },
        });
        assert.equal(issues.at(-1).code, code, `${length} elements`);
      }

      // In a manifest and in a record's metadata, JSON of any type counts.
      const wrongManifest = { ...manifest, itemCount: far };
      const whole = size(wrongManifest);
      assert.deepEqual(await issuesOf(whole, { manifest: wrongManifest }), [
        wrong('manifest.itemCount', COUNT, 'array'),
      ]);
      assert.deepEqual(await issuesOf(whole - 1, { manifest: wrongManifest }), [long('manifest', whole - 1)]);
      const altered = clone(record);
      const inside = altered.metadata.$snapshot.manifest;
      inside.itemCount = far;
      const full = size(altered);
      const path = `${INSIDE}.manifest.itemCount`;
      assert.deepEqual(await issuesOf(full, { record: altered }), [wrong(path, COUNT, 'array')]);
      assert.deepEqual(await issuesOf(full - 1, { record: altered }), [long('record.metadata', full - 1)]);
      // But values that are not JSON count as nothing there, too.
      inside.itemCount = 0;
      const rest = size(altered) - 1;
      inside.itemCount = 1n;
      assert.deepEqual(await issuesOf(rest, { record: altered }), [wrong(path, 'JSON value', 'bigint')]);
      assert.deepEqual(await issuesOf(rest - 1, { record: altered }), [long('record.metadata', rest - 1)]);
    });

    test('under limits, by the snapshotId of a record that is too long', async () => {
      const { record } = packed();
      const items = [{ itemId: 's-1:a', kind: 'k', sourceKey: 's', content: 'c' }];
      for (let documentBytes = 0; documentBytes < 25; documentBytes++) {
        const { issues } = await verifySnapshot({ record, items, rowIds: true, limits: { documentBytes } });
        const long = (path) => issue(path, 'too_big', `Too big: expected at most ${documentBytes} canonical bytes`);
        // An id longer than a document is not read.
        const about = documentBytes < 7 ? {} : { itemId: 'a' };
        assert.deepEqual(issues, [long('record.metadata'), { ...long('items.0'), ...about }]);
      }
    });

    test('with events and outputs that have a method `then`', async () => {
      const { record, items, event, output } = packed();
      const issuesOf = async (parts) => (await verifySnapshot({ record, items, ...parts })).issues;
      // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable
      const withThen = (value) => ({ ...value, then: () => assert.fail('it was awaited') });
      assert.deepEqual(await issuesOf({ event: withThen(event), output: withThen(output) }), []);
      assert.deepEqual(await issuesOf({ event: withThen({}), output: Promise.resolve(output) }), [
        ...['id', 'key', 'version'].map((name) => wrong(`event.${name}`, 'string', 'undefined')),
        wrong('event.occurredAt', 'date', 'undefined'),
        wrong('event.payload', 'object', 'undefined'),
        ...['snapshotId', 'packKey', 'packVersion', 'hash'].map((name) =>
          wrong(`output.${name}`, 'string', 'undefined'),
        ),
        wrong('output.itemCount', COUNT, 'undefined'),
        wrong('output.createdAt', 'date', 'undefined'),
      ]);
    });

    // E8.1-23
    test('with invalid parts', async () => {
      const issues = [wrong('record', 'object', 'undefined'), wrong('items', 'iterable', 'undefined')];
      for (const parts of [undefined, null, 5, 'parts', [], {}, () => 1]) {
        assert.deepEqual(await verifySnapshot(parts), { valid: false, issues, anchor: 'none' });
      }
    });
  });

  describe(`${name} verifies proofs`, () => {
    test('of every leaf of every tree of up to 40, and of some larger ones', async (t) => {
      let count = 0;
      const sizes = [...Array(40).keys()].map((size) => [size + 1]);
      for (const [size, which] of [
        ...sizes,
        [63, [0, 31, 32, 62]],
        [1000, [0, 511, 512, 999]],
        [1025, [0, 1023, 1024]],
      ]) {
        for (const { item, proof, hash } of proofs(size, which)) {
          assert.equal(await verifyItem(item, proof, hash), true);
          assert.equal(await verifyItem({ ...item, textContent: null, createdAt: 5, more: 1 }, proof, hash), true);
          count++;
        }
      }
      t.diagnostic(`${count} proofs`);
    });

    const [before, { item, proof, hash }, after] = proofs(7, [2, 3, 4]);
    const forged = {
      'for another item': [after.item, proof],
      'for another id': [item, { ...proof, itemId: 'i4' }],
      'for an item with another id': [{ ...item, itemId: 'i4' }, proof],
      'of another leaf': [item, { ...proof, leafIndex: 2 }],
      'of a neighbour': [item, { ...after.proof, itemId: item.itemId }],
      'of the one before': [item, { ...before.proof, itemId: item.itemId }],
      'of another size': [item, { ...proof, manifest: { ...proof.manifest, itemCount: 8 } }],
      'of another root': [item, { ...proof, manifest: { ...proof.manifest, itemsRoot: DIGEST } }],
      'of another pack': [
        item,
        { ...proof, manifest: { ...proof.manifest, pack: { ...proof.manifest.pack, title: 'x' } } },
      ],
      'with another hash': [item, { ...proof, hash: DIGEST }],
      'with a changed item': [{ ...item, content: { at: 4 } }, proof],
      'with an invalid item': [null, proof],
      'with no proof': [item, undefined],
      'with an empty path': [item, { ...proof, path: [] }],
      'with a path that is too short': [item, { ...proof, path: proof.path.slice(1) }],
      'with a path without its end': [item, { ...proof, path: proof.path.slice(0, -1) }],
      'with a path that is too long': [item, { ...proof, path: [...proof.path, DIGEST] }],
      'with a path of 10,000': [item, { ...proof, path: Array(10_000).fill(DIGEST) }],
      'with a path in another order': [item, { ...proof, path: proof.path.toReversed() }],
      'with a path that is an object': [item, { ...proof, path: { ...proof.path, length: 3 } }],
      'with a path that is a string': [item, { ...proof, path: proof.path.join('') }],
      'with no path': [item, { ...proof, path: undefined }],
      'with a hole in its path': [item, { ...proof, path: Object.assign(Array(3), { 0: proof.path[0] }) }],
      'with digests in upper case': [item, { ...proof, path: proof.path.map((digest) => digest.toUpperCase()) }],
      'with hexadecimal digits in upper case': [
        item,
        { ...proof, path: proof.path.map((digest) => `sha256:${digest.slice(7).toUpperCase()}`) },
      ],
      'with digests that are too short': [item, { ...proof, path: proof.path.map((digest) => digest.slice(0, -1)) }],
      'with digests of other letters': [
        item,
        { ...proof, path: proof.path.map((digest) => digest.replace(/.$/, 'g')) },
      ],
      'with bytes for digests': [item, { ...proof, path: proof.path.map((digest) => Buffer.from(digest)) }],
      'with a manifest in a string': [item, { ...proof, manifest: JSON.stringify(proof.manifest) }],
      'with a manifest that has __proto__': [
        item,
        { ...proof, manifest: JSON.parse(JSON.stringify(proof.manifest).replace('{', '{"__proto__":{},')) },
      ],
    };
    for (const leafIndex of [
      7,
      -1,
      3.5,
      Number.NaN,
      '3',
      3n,
      null,
      undefined,
      [3],
      2 ** 32 + 3,
      2 ** 53,
      Infinity,
      {},
    ]) {
      forged[`with leafIndex ${typeof leafIndex} ${String(leafIndex)}`] = [item, { ...proof, leafIndex }];
    }
    for (const itemCount of [6, 8, 3, 0, -7, 7.5, '7', 7n, null, undefined, 2 ** 53]) {
      const manifest = { ...proof.manifest, itemCount };
      forged[`with itemCount ${typeof itemCount} ${String(itemCount)}`] = [item, { ...proof, manifest }];
    }
    for (const { what, value } of members(proof.manifest)) {
      forged[`with a manifest whose ${what}`] = [item, { ...proof, manifest: value }];
    }
    test('that are forged', async (t) => {
      assert.equal(await verifyItem(item, proof, hash), true);
      for (const [what, [given, forgedProof]] of Object.entries(forged)) {
        assert.equal(await verifyItem(given, forgedProof, hash), false, what);
        // They are invalid with the hash of their own manifest, too.
        if (forgedProof?.manifest === undefined || what.includes('bigint')) continue;
        const own = toDigest(sha256(canonicalize(forgedProof.manifest)));
        if (own !== hash) assert.equal(await verifyItem(given, forgedProof, own), false, what);
      }
      for (const trust of [DIGEST, undefined, null, 5, hash.toUpperCase(), `${hash} `, [hash], new String(hash), {}]) {
        assert.equal(await verifyItem(item, proof, trust), false);
      }
      t.diagnostic(`${Object.keys(forged).length} forged proofs`);
    });

    test('of the largest possible trees', async () => {
      // The last leaf of a tree of 2^53 - 1, built from its path upwards.
      const large = 2 ** 53 - 1;
      for (const leafIndex of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 52, large - 1]) {
        let [fn, sn, node] = [BigInt(leafIndex), BigInt(large - 1), leaf(canonicalItem(item))];
        const digests = [];
        while (sn > 0n) {
          if (fn % 2n === 1n || fn < sn) {
            const other = sha256(`${digests.length}`);
            digests.push(toDigest(other));
            node = fn % 2n === 1n ? sha256(Buffer.of(1), other, node) : sha256(Buffer.of(1), node, other);
          }
          [fn, sn] = [fn / 2n, sn / 2n];
        }
        const manifest = { ...proof.manifest, itemCount: large, itemsRoot: toDigest(node) };
        const own = toDigest(sha256(canonicalize(manifest)));
        const claim = { itemId: item.itemId, leafIndex, path: digests, manifest, hash: own };
        assert.equal(await verifyItem(item, claim, own), true);
        assert.equal(await verifyItem(item, { ...claim, leafIndex: leafIndex + (leafIndex % 2 ? -1 : 1) }, own), false);
      }
    });
  });

  describe(`${name} verifies chains`, () => {
    const at = (record) => `records.${record}.metadata.$snapshot.parent`;
    const seal = (record) => record.metadata.$snapshot.seal;

    test('that are valid', async () => {
      for (const length of [1, 2, 7])
        assert.deepEqual(await verifyChain(chain(length)), { valid: true, issues: [], anchor: 'none', length });
      assert.equal((await verifyChain(chain(7).slice(3))).valid, true);
      assert.equal((await verifyChain(new Set(chain(3)))).valid, true);
      assert.equal((await verifyChain([example().record])).valid, true);
    });

    test('without records, which are invalid', async () => {
      const none = issue('records', 'too_small', 'Too small: expected iterable to have >=1 items');
      assert.deepEqual(await verifyChain([]), { valid: false, issues: [none], anchor: 'none', length: 0 });
    });

    test('whose tail was cut off, by the newest seal', async () => {
      const records = chain(4);
      const expect = { seal: seal(records[3]) };
      assert.deepEqual(await verifyChain(records, { expect }), { valid: true, issues: [], anchor: 'seal', length: 4 });
      const { valid, issues, anchor } = await verifyChain(records.slice(0, 3), { expect });
      assert.deepEqual([valid, anchor], [false, 'none']);
      assert.deepEqual(issues, [mismatch('expect.seal', expect.seal, seal(records[2]))]);
    });

    test('with options that trust nothing, or use another name', async () => {
      const records = chain(2);
      const trusted = seal(records[1]);
      const nothing = issue('expect', 'missing', 'Missing: expected a seal to compare with');
      const unknown = (path, hint = '') => issue(path, 'extra', `Unknown member: ${path.split('.').at(-1)}${hint}`);
      const plain = 'plain object with a seal';
      for (const [options, issues] of [
        [{ expect: {} }, [nothing]],
        [{ expect: undefined }, [wrong('expect', plain, 'undefined')]],
        [{ expect: { seal: null } }, [nothing]],
        [{ expect: { hash: trusted } }, [nothing, unknown('expect.hash')]],
        [{ expect: { seal: trusted, hash: trusted } }, [unknown('expect.hash')]],
        [{ expect: trusted }, [wrong('expect', plain, 'string')]],
        [{ seal: trusted }, [unknown('seal', '. Did you mean expect.seal?')]],
        [
          { expected: {}, hash: 1 },
          [unknown('expected', '. Did you mean expect?'), unknown('hash', '. Did you mean expect.seal?')],
        ],
        [null, [wrong('options', 'object', 'null')]],
        [trusted, [wrong('options', 'object', 'string')]],
        [[], [wrong('options', 'object', 'array')]],
      ]) {
        const found = await verifyChain(records, options);
        assert.deepEqual([found.valid, found.issues], [false, issues], JSON.stringify(options));
      }
      assert.equal((await verifyChain(records, undefined)).valid, true);
      assert.equal((await verifyChain(records, {})).anchor, 'none');
    });

    test('with a gap, a fork, another order', async () => {
      const [a, b, c, d] = chain(4);
      assert.deepEqual((await verifyChain([a, c, d])).issues, [mismatch(at(1), seal(a), seal(b))]);
      assert.deepEqual((await verifyChain([a, b, c, c])).issues, [mismatch(at(3), seal(c), seal(b))]);
      assert.deepEqual((await verifyChain([b, a])).issues, [
        issue('records', 'order', 'Records out of order: expected 1, 0'),
      ]);
      assert.deepEqual((await verifyChain([d, c, b, a])).issues, [
        issue('records', 'order', 'Records out of order: expected 3, 2, 1, 0'),
      ]);
    });

    test('with a changed record', async () => {
      const records = chain(3);
      const { seal: own } = records[1].metadata.$snapshot;
      records[1].metadata.note = 1;
      const computed = sealOf(records[1]);
      assert.deepEqual((await verifyChain(records)).issues, [
        mismatch('records.1.metadata.$snapshot.seal', computed, own),
        mismatch(at(2), computed, own),
      ]);
      // If it is sealed again, the next record reveals the change.
      sealed(records[1]);
      assert.deepEqual((await verifyChain(records)).issues, [mismatch(at(2), computed, own)]);
    });

    test('with values that are not records', async () => {
      const [a, b] = chain(2);
      // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable
      const thenable = { then() {} };
      const message = 'object (did you forget to await it?)';
      assert.deepEqual((await verifyChain([a, 5, thenable, b])).issues, [
        wrong('records.1', 'object', 'number'),
        wrong('records.2', 'object', message),
      ]);
      for (const [records, received] of [
        [undefined, 'undefined'],
        ['ab', 'string'],
        [{}, 'object'],
        [Promise.resolve([]), 'Promise (did you forget to await it?)'],
        [{ async *[Symbol.asyncIterator]() {} }, 'object (collect it first, or use SnapshotBuilder)'],
      ]) {
        assert.deepEqual((await verifyChain(records)).issues, [wrong('records', 'iterable', received)]);
      }
    });
  });

  describe(`${name} withstands hostile values`, () => {
    const boom = new Error('the host’s');
    const fail = () => {
      throw boom;
    };
    const rejects = async (run) => {
      const error = await (async () => run())().then(
        () => assert.fail('nothing was thrown'),
        (reason) => reason,
      );
      assert.equal(error, boom);
    };

    test('with getters that answer differently the second time', async () => {
      for (const part of ['record', 'items', 'index', 'pack']) {
        const good = example();
        const bad = example();
        Object.assign(bad.record, { packKey: 'x' });
        Object.assign(bad.items[0], { content: 'x' });
        Object.assign(bad.index[0], { digest: DIGEST });
        Object.assign(bad.pack, { title: 'x' });
        /** Makes each member valid at one reading, and invalid at the next. */
        const fickle = (one, other, isGoodFirst) => {
          if (typeof one !== 'object' || one === null || Array.isArray(one)) {
            return Array.isArray(one) ? one.map((element, at) => fickle(element, other?.[at], isGoodFirst)) : one;
          }
          const object = {};
          for (const name of Object.keys(one)) {
            let isGood = isGoodFirst;
            const [first, second] = [fickle(one[name], other?.[name], isGoodFirst), other?.[name] ?? 'none'];
            const get = () => {
              const value = isGood ? first : second;
              isGood = !isGood;
              return value;
            };
            Object.defineProperty(object, name, { get, enumerable: true });
          }
          return object;
        };
        assert.equal(await validity({ ...example(), [part]: fickle(good[part], bad[part], true) }), true, part);
        assert.equal(await validity({ ...example(), [part]: fickle(good[part], bad[part], false) }), false, part);
      }
    });

    test('with exceptions, which come out unchanged', async () => {
      const throwing = new Proxy({}, { get: fail, getPrototypeOf: fail, ownKeys: fail });
      for (const part of ['record', 'pack', 'expect', 'items']) {
        await rejects(() => verifySnapshot({ ...example(), [part]: throwing }));
      }
      await rejects(() => verifySnapshot({ ...example(), index: [throwing] }));
      await rejects(() => verifySnapshot({ ...example(), items: [throwing] }));
      await rejects(() => verifySnapshot(throwing));
      await rejects(() => verifyChain([throwing]));
      const [{ item, proof, hash }] = proofs(3);
      await rejects(() => verifyItem(throwing, proof, hash));
      await rejects(() => verifyItem(item, throwing, hash));
      await rejects(() => verifyItem(item, { ...proof, manifest: throwing }, hash));
      const deep = example();
      Object.defineProperty(deep.items[0].content.x[1], 'y', { get: fail, enumerable: true });
      await rejects(() => verifySnapshot(deep));
    });

    test('with iterators, which are closed like by for … of', async () => {
      for (const [items, log] of [
        [
          [5, 5],
          ['next', 'next', 'next'],
        ],
        [Array(200).fill(5), [...Array(101).fill('next'), 'return']],
        [[Object.defineProperty({}, 'itemId', { get: fail })], ['next', 'return']],
      ]) {
        const calls = [];
        let at = 0;
        const iterator = {
          next() {
            calls.push('next');
            return { done: at >= items.length, value: items[at++] };
          },
          return() {
            calls.push('return');
            return {};
          },
        };
        const { record } = example();
        const run = async () => verifySnapshot({ record, items: { [Symbol.iterator]: () => iterator } });
        if (log.length === 2) await rejects(run);
        else assert.equal((await run()).valid, false);
        assert.deepEqual(calls, log);
      }
      const endless = { [Symbol.iterator]: () => ({ next: fail, return: () => assert.fail('closed') }) };
      await rejects(() => verifySnapshot({ ...example(), items: endless }));
      await rejects(() => verifyChain(endless));
    });

    test('with cycles, depth, huge arrays, odd prototypes', async () => {
      const cyclic = {};
      cyclic.self = cyclic;
      let deep = [];
      for (let level = 0; level < 100_000; level++) deep = [deep];
      const levels = (count) => {
        let value = {};
        for (let level = 1; level < count; level++) value = { a: value };
        return value;
      };
      for (const value of [cyclic, { deep }, { huge: Array(2 ** 32 - 1) }, { wide: Array(1000).fill(Number.NaN) }]) {
        const parts = example();
        Object.assign(parts.items[0], { content: value });
        assert.equal(await validity(parts), false);
        assert.equal(await validity({ ...example(), record: { ...example().record, metadata: value } }), false);
        assert.equal(await validity({ ...example(), record: value }), false);
        assert.equal((await verifyChain([value])).valid, false);
      }
      assert.equal(await validity({ ...example(), index: Array(2 ** 32 - 1) }), false);
      const item = (count) => ({ itemId: 'a', kind: 'k', sourceKey: 's', content: levels(count) });
      const pack = { packKey: 'p', version: '1', title: 't' };
      const ctx = { actor: 'admin', snapshotId: 's', now: '2027-06-15T08:30:00.250Z', pack };
      for (const count of [999, 1000]) {
        const { record } = snapshotOf({ metadata: { m: levels(count - 1) } }, { ...ctx, items: [item(count)] });
        const { issues } = await verifySnapshot({ record, items: [item(count)] });
        assert.deepEqual(
          issues.map(({ code }) => code),
          count === 999 ? [] : ['too_big', 'too_big'],
        );
      }
      for (const make of [
        (parts) => Object.setPrototypeOf(parts.record, null),
        (parts) => Object.assign(parts, { record: Object.create(parts.record) }),
        (parts) => Object.assign(parts, { items: parts.items.map((one) => Object.create(one)) }),
        (parts) => Object.assign(parts, runInNewContext(`(${JSON.stringify(parts)})`)),
        (parts) => Object.assign(parts, { items: new Set(parts.items).values(), index: new Proxy(parts.index, {}) }),
        (parts) => Object.assign(parts, { record: new Proxy(parts.record, {}), pack: new Proxy(parts.pack, {}) }),
      ]) {
        const parts = example();
        make(parts);
        assert.deepEqual((await verifySnapshot(parts)).issues, []);
      }
    });

    test('with additions to Object.prototype', async () => {
      const bad = example();
      for (const [added, value] of Object.entries({
        ...bad,
        ...bad.record,
        ...bad.items[0],
        createdBy: 'x',
        required: true,
      })) {
        const parts = only('record', 'items');
        delete parts.items[0].textContent;
        const { valid } = await verifySnapshot(parts);
        Object.defineProperty(Object.prototype, added, { value, enumerable: true, configurable: true, writable: true });
        let polluted;
        let missing;
        try {
          polluted = await verifySnapshot(parts);
          missing = await verifySnapshot({});
        } finally {
          delete Object.prototype[added];
        }
        assert.equal(polluted.valid, valid, added);
        assert.deepEqual(missing.issues, [
          wrong('record', 'object', 'undefined'),
          wrong('items', 'iterable', 'undefined'),
        ]);
      }
    });
  });

  // Two calls give the same answer, and so do two implementations.
  test(`${name} gives the same answers twice, and as the other implementation`, async () => {
    const [other] = implementations;
    const left = { name, verifySnapshot, verifyChain };
    await fc.assert(
      fc.asyncProperty(inputs, async (make) => {
        await assertAlike(left, other, 'verifySnapshot', () => [make()]);
      }),
      { numRuns: 1000, seed: 9162 },
    );
    await fc.assert(
      fc.asyncProperty(chains, async (make) => {
        await assertAlike(left, other, 'verifyChain', () => [make()]);
      }),
      { numRuns: 300, seed: 9162 },
    );
  });
}

function snapshotlessUser() {
  const pack = { packKey: 'p', version: '1', title: 't' };
  const ctx = { actor: 'admin', snapshotId: 's', now: '2027-06-15T08:30:00.250Z', pack, items: [] };
  return { record: clone(snapshotOf({}, ctx).record), items: [] };
}

// `chains.json`: issues of records that follow each other (ERRORS 8.2).
//
// The issues are written by hand, and ../verifications/model.js computes them, too. Both must agree.

import { isDeepStrictEqual } from 'node:util';
import canonicalize from 'canonicalize';
import { snapshotOf } from '../../../tests/node/support/format.js';
import * as say from '../messages.js';
import { NOW, PACK, times } from '../parts.js';
import { cites, RULES, ruled } from '../rules.js';
import { changed, digestOf, OTHER, sealOf } from '../verifications/base.js';
import { verifyRecords } from '../verifications/model.js';

const rule = 'ERRORS 8.2';
/** Makes a record that follows another one. Pack and clock differ for each (FORMAT 11). */
function after(parent, at) {
  const pack = { ...PACK, version: String(at % 2) };
  const now = at % 3 === 1 ? '2020-01-01T00:00:00.000Z' : NOW;
  const ctx = { actor: 'admin', now, snapshotId: `s-${at}`, pack, items: [], parent };
  return snapshotOf({ metadata: { at } }, ctx).record;
}
function chain(length) {
  const records = [];
  while (records.length < length) records.push(after(records.at(-1)?.metadata.$snapshot.seal, records.length));
  return records;
}
const seal = (record) => record.metadata.$snapshot.seal;
/** Changes a record, and recomputes its seal if asked to. */
const edited = (record, set, again) => changed({ record }, { set, again }).record;
const computed = (record) => sealOf({ record });

const whole = chain(6);
const [a, b, c, d, e, f] = whole;
const parentAt = (at) => `records.${at}.metadata.$snapshot.parent`;
const broken = (at, expected, found) => say.mismatch(parentAt(at), expected, found);
const order = (positions) => say.outOfOrder('records', positions);

const changedC = edited(c, { 'record.metadata.at': 8 });
const resealedC = edited(c, { 'record.metadata.at': 8 }, 'seal');
const orphan = changed({ record: d }, { remove: ['record.metadata.$snapshot.parent'], again: 'seal' }).record;
const withOlder = edited(a, { 'record.metadata.$snapshot.parent': OTHER }, 'seal');
const twin = edited(b, { 'record.snapshotId': 's-9' }, 'seal');
const asStored = (record) => ({ ...record, createdAt: record.createdAt.replace('T', ' ').replace('Z', '+00'), row: 1 });
const trusted = (expect) => ({ expect });
const NOTHING = say.nothingExpected('expect', 'a seal');
const noRecords = times(101, () => null);
const rotated = [...chain(40).slice(1), chain(40)[0]];

/** A case: name, records, issues by hand, options. */
const cases = [
  cites('F11-19, E8.2-2, E8.2-3'),
  ['one record', [a], []],
  ['one record whose parent is not in the chain', [d], []],
  ['six records', whole, []],
  ['part of a chain', [c, d, e], []],
  ['records as stores return them', whole.map(asStored), []],
  cites('E8.2-2'),
  ['no records', [], [say.noRecord('records')]],
  ['records: null', null, [say.wrong('records', 'iterable', 'null')]],
  ['records: string', 'ab', [say.wrong('records', 'iterable', 'string')]],
  ['records: object', {}, [say.wrong('records', 'iterable', 'object')]],
  cites('E8.2-3'),
  ['a gap', [a, b, d], [broken(2, seal(b), seal(c))]],
  ['a gap at the beginning', [a, c, d], [broken(1, seal(a), seal(b))]],
  ['one record twice', [a, b, b], [broken(2, seal(b), seal(a))]],
  ['a fork', [a, b, twin], [broken(2, seal(b), seal(a))]],
  cites('E8-11, E8.2-3'),
  ['two records swapped', [a, b, d, c, e], [order('0, 1, 3, 2, 4')]],
  ['reversed', [f, e, d, c, b, a], [order('5, 4, 3, 2, 1, 0')]],
  ['the first record last', [b, c, a], [order('2, 0, 1')]],
  ['forty records, the first record last', rotated, [order(say.shown([39, ...times(39, (at) => at)].join(', ')))]],
  cites('E8.2-3'),
  [
    'two records swapped, and a gap',
    [a, d, c, e],
    [broken(1, seal(a), seal(c)), broken(2, seal(d), seal(b)), broken(3, seal(c), seal(d))],
  ],
  ['a missing parent', [a, b, c, orphan, e], [broken(3, seal(c), 'nothing'), broken(4, seal(orphan), seal(d))]],
  ['another parent of the first record', [withOlder, b], [broken(1, seal(withOlder), seal(a))]],
  [
    'a changed record that is not sealed again',
    [a, b, changedC, d],
    [
      say.mismatch('records.2.metadata.$snapshot.seal', computed(changedC), seal(c)),
      broken(3, computed(changedC), seal(c)),
    ],
  ],
  ['a changed record that is sealed again', [a, b, resealedC, d], [broken(3, seal(resealedC), seal(c))]],
  [
    'a record with a wrong shape is not compared with its neighbours',
    [a, edited(b, { 'record.createdAt': 'yesterday' }), c],
    [say.noTime('records.1.createdAt')],
  ],
  cites('E8.2-2'),
  ['a value that is not a record', [a, null, c], [say.wrong('records.1', 'object', 'null')]],
  [
    'more than a hundred issues',
    noRecords,
    say.listed(noRecords.map((_, at) => say.wrong(`records.${at}`, 'object', 'null'))),
  ],
  cites('E8.2-4'),
  ['a trusted seal', [a, b, c], [], trusted({ seal: seal(c) })],
  [
    'a trusted seal, and the newest record missing',
    [a, b],
    [say.mismatch('expect.seal', seal(c), seal(b))],
    trusted({ seal: seal(c) }),
  ],
  ['a trusted seal, and records in another order', [c, b, a], [order('2, 1, 0')], trusted({ seal: seal(c) })],
  ['a trusted seal, and no records', [], [say.noRecord('records')], trusted({ seal: seal(c) })],
  [
    'a trusted seal that cannot be compared',
    [a, null],
    [say.wrong('records.1', 'object', 'null')],
    trusted({ seal: seal(b) }),
  ],
  cites('E8.2-1'),
  ['empty options', [a, b], [], {}],
  cites('E8-10, E8.2-1'),
  ['options: null', [a, b], [say.wrong('options', 'object', 'null')], null],
  ['options: string', [a, b], [say.wrong('options', 'object', 'string')], seal(b)],
  ['options: array', [a, b], [say.wrong('options', 'object', 'array')], []],
  ['expect: empty', [a, b], [NOTHING], trusted({})],
  ['expect: a null seal', [a, b], [NOTHING], trusted({ seal: null })],
  ['expect: an empty seal', [a, b], [NOTHING], trusted({ seal: '' })],
  [
    'expect: a seal that is not a digest',
    [a, b],
    [say.noDigest('expect.seal')],
    trusted({ seal: digestOf('').toUpperCase() }),
  ],
  ['expect: string', [a, b], [say.wrong('expect', 'plain object with a seal', 'string')], trusted(seal(b))],
  ['expect: a hash', [a, b], [NOTHING, say.unknown('expect.hash', 'hash')], trusted({ hash: b.hash })],
  ['expect: a seal and a hash', [a, b], [say.unknown('expect.hash', 'hash')], trusted({ seal: seal(b), hash: b.hash })],
  [
    'unknown options',
    [a, b],
    [
      say.unknown('expected', 'expected', '. Did you mean expect?'),
      say.unknown('hash', 'hash', '. Did you mean expect.seal?'),
      say.unknown('seal', 'seal', '. Did you mean expect.seal?'),
    ],
    { seal: seal(b), hash: b.hash, expected: {} },
  ],
];

export const chains = ruled(cases).map((one) => {
  const [name, records, issues, options] = one;
  const given = JSON.parse(canonicalize({ records, ...(options === undefined ? {} : { options }) }));
  const expected = verifyRecords(given.records, given.options);
  if (!isDeepStrictEqual(expected.issues, issues)) {
    throw new Error(`${name}: the model finds\n${JSON.stringify(expected.issues)}\nnot\n${JSON.stringify(issues)}`);
  }
  return { name, rule, [RULES]: one.rules, ...given, expected };
});

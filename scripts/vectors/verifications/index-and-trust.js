// Steps 7 and 8: the index, and the trusted values.

import * as say from '../messages.js';
import { cites } from '../rules.js';
import { ALL, changed, indexOf, OTHER, OURS, PARTS, rootOf, row, sealOf } from './base.js';

const { hash, seal } = ALL.expect;
const ROOT = PARTS.record.metadata.$snapshot.manifest.itemsRoot;
const IDS = ALL.index.map(({ itemId }) => itemId);
const set = (name, changes, issues) => row(name, ALL, { set: changes }, issues);
const index = (name, change, issue) => row(`index: ${name}`, ALL, change, [issue]);
const editIndex = (name, edit, issue) => index(name, { edit: (parts) => edit(parts.index) }, issue);
const otherDigest = { set: { 'index.1.digest': OTHER } };
const otherItem = { set: { index: [], 'items.3.content': 'x' } };
const expected = (value, issues) => (name) => set(`expect: ${name}`, { expect: value }, issues);
const NOTHING = say.nothingExpected('expect');
const sealedHash = changed(PARTS, { set: { 'record.hash': OTHER } });

export const rule = 'ERRORS 8.1 steps 7 and 8';
export default [
  cites('E8.1-7, E8.1-18, E8.1-21'),
  ...[
    [null, 'null'],
    [{}, 'object'],
    ['x', 'string'],
  ].map(([value, received]) => index(received, { set: { index: value } }, say.wrong('index', 'array', received))),
  cites('E8.1-7, E8.1-18'),
  set(
    'index: values that are not entries',
    { 'index.0': null, 'index.1.itemId': '', 'index.2.digest': 'sha256:00', 'index.3': {} },
    [
      say.wrong('index.0', 'object', 'null'),
      say.empty('index.1.itemId'),
      say.noDigest('index.2.digest'),
      say.wrong('index.3.itemId', 'string', 'undefined'),
      say.wrong('index.3.digest', 'string', 'undefined'),
    ],
  ),
  cites('F11-7, E8-13, E8.1-7'),
  editIndex('reversed', (entries) => entries.reverse(), say.unsorted('index', 1, IDS[3], IDS[2])),
  index('one entry twice', { set: { 'index.3': ALL.index[2] } }, say.unsorted('index', 3, IDS[2], IDS[2])),
  editIndex(
    'sorted by code points',
    (entries) => entries.push(...entries.splice(2, 2).reverse()),
    say.unsorted('index', 3, IDS[3], IDS[2]),
  ),
  cites('F11-7, E8.1-7'),
  editIndex('one entry missing', (entries) => entries.pop(), say.mismatch('index', 4, 3)),
  index('empty', { set: { index: [] } }, say.mismatch('index', 4, 0)),
  index('another digest', otherDigest, say.mismatch('index', ROOT, rootOf(changed(ALL, otherDigest).index))),
  cites('E8.1-25'),
  row('index: wrong, so items are compared by their root', ALL, otherItem, [
    say.mismatch('index', 4, 0),
    say.mismatch('items', ROOT, rootOf(indexOf(changed(ALL, otherItem)))),
  ]),
  cites('E8.1-13, E8.1-18, E8.1-21'),
  ...[
    ['yes', 'string'],
    [null, 'null'],
    [1, 'number'],
  ].map(([value, received]) =>
    set(`rowIds: ${received}`, { rowIds: value }, [say.wrong('rowIds', 'boolean', received)]),
  ),

  cites('E8.1-8, E8.1-18, E8.1-30'),
  ...[
    [null, 'null'],
    ['x', 'string'],
    [[], 'array'],
  ].map(([value, received]) =>
    expected(value, [say.wrong('expect', 'plain object with a hash or a seal', received)])(received),
  ),
  cites('E8-10, E8.1-30'),
  expected({ hash: null, seal: null }, [NOTHING])('a null hash and a null seal'),
  expected({}, [NOTHING])('empty'),
  expected({ seal: '' }, [NOTHING])('an empty seal'),
  expected({ hash: null, seal: '' }, [NOTHING])('a null hash and an empty seal'),
  expected({ zeal: seal, digest: hash }, [
    NOTHING,
    say.unknown('expect.digest', 'digest'),
    say.unknown('expect.zeal', 'zeal'),
  ])('digests under unknown names'),
  cites('E8.1-30'),
  expected({ hash, seal: null, anchor: seal }, [
    say.wrong('expect.seal', 'string', 'null'),
    say.unknown('expect.anchor', 'anchor'),
  ])('a hash, a null seal, and an unknown member'),
  expected({ hash: '', seal }, [say.noDigest('expect.hash')])('an empty hash and a seal'),
  cites('E8-8, E8.1-16, E8.1-31'),
  set(
    'trusted values beside the record, and unknown members',
    Object.fromEntries(['seal', 'expected', 'hash', 'exepct', '\u001b[2J'].map((name) => [name, hash])),
    [
      say.unknown('\\u001b[2J', '\\u001b[2J'),
      say.unknown('exepct', 'exepct'),
      say.unknown('expected', 'expected', '. Did you mean expect?'),
      say.unknown('hash', 'hash', '. Did you mean expect.hash?'),
      say.unknown('seal', 'seal', '. Did you mean expect.seal?'),
    ],
  ),
  cites('E8.1-8, E8.1-30'),
  expected({ hash: hash.toUpperCase(), seal: OTHER }, [
    say.noDigest('expect.hash'),
    say.mismatch('expect.seal', OTHER, seal),
  ])('a hash that is not a digest, and another seal'),
  cites('F11-8, E8.1-8'),
  set('expect: another hash', { 'expect.hash': OTHER }, [say.mismatch('expect.hash', OTHER, hash)]),
  expected({ hash: OTHER, seal: OTHER }, [
    say.mismatch('expect.hash', OTHER, hash),
    say.mismatch('expect.seal', OTHER, seal),
  ])('another hash and another seal'),
  row(
    'expect: the computed values count, not those in the record',
    ALL,
    { set: { 'record.hash': OTHER, expect: { hash: OTHER, seal: sealOf(sealedHash) } }, again: 'seal' },
    [say.mismatch('record.hash', hash, OTHER), say.mismatch('expect.hash', OTHER, hash)],
  ),
  cites('E8.1-30'),
  set('expect: a seal that could not be computed', { [`${OURS}.reason`]: 1, 'expect.seal': OTHER }, [
    say.wrong(`${OURS}.reason`, 'string', 'number'),
  ]),
];

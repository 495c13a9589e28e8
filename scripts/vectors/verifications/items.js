// Step 9: items, their digests, and row ids.

import * as say from '../messages.js';
import { times } from '../parts.js';
import { cites } from '../rules.js';
import { ALL, changed, indexOf, MANIFEST, PARTS, row } from './base.js';

const IDS = ALL.index.map(({ itemId }) => itemId);
const isMissing = (at) => say.missing(`index.${at}`, IDS[at]);
/** Makes a case without an index and one with. With an index, an item with an unreadable id is also missing. */
const BASES = [
  ['', PARTS, () => []],
  [', index', ALL, (at) => [isMissing(at)]],
];
const inFirst = (name) => `items.0.${name}`;
// A string is the JSON text of an item in JavaScript; in Rust it is not an item.
const NO_ITEMS = [
  [null, 'null'],
  [[], 'array'],
  [1, 'number'],
];
const OTHER_TYPES = [
  ['itemId', undefined, 'string', 'undefined'],
  ['itemId', null, 'string', 'null'],
  ['itemId', 7, 'string', 'number'],
  ['kind', null, 'string', 'null'],
  ['sourceKey', undefined, 'string', 'undefined'],
  ['sourceVersion', 2, 'string', 'number'],
  ['content', undefined, 'string or object', 'undefined'],
  ['content', null, 'string or object', 'null'],
  ['content', [], 'string or object', 'array'],
  ['textContent', {}, 'string', 'object'],
  ['metadata', [], 'record', 'array'],
  ['metadata', 'x', 'record', 'string'],
];

const caseOf = ([suffix, base, missing]) => {
  const shape = (name, value, issue) =>
    row(
      `item: ${name} ${value === undefined ? 'absent' : JSON.stringify(value)}${suffix}`,
      base,
      value === undefined ? { remove: [inFirst(name)] } : { set: { [inFirst(name)]: value } },
      [issue, ...(name === 'itemId' ? missing(0) : [])],
    );
  return [
    cites('F11-9, E8.1-9'),
    ...NO_ITEMS.map(([value, received]) =>
      row(`item: ${received}${suffix}`, base, { set: { 'items.1': value } }, [
        say.wrong('items.1', 'object', received),
        ...missing(1),
      ]),
    ),
    ...OTHER_TYPES.map(([name, value, expected, received]) =>
      shape(name, value, say.wrong(inFirst(name), expected, received)),
    ),
    shape('itemId', '', say.empty('items.0.itemId')),
    shape('kind', '', say.empty('items.0.kind')),
    row(`item: several members${suffix}`, base, { set: { 'items.0': { itemId: 'API', metadata: 1 } } }, [
      say.wrong('items.0.kind', 'string', 'undefined'),
      say.wrong('items.0.sourceKey', 'string', 'undefined'),
      say.wrong('items.0.content', 'string or object', 'undefined'),
      say.wrong('items.0.metadata', 'record', 'number'),
    ]),
    cites('E8.1-25, E8.1-26'),
    row(`item: one item twice${suffix}`, base, { set: { 'items.4': base.items[1] } }, [
      say.duplicate('items.4.itemId', 'items.1'),
    ]),
    cites('E8.1-26'),
    row(
      `item: a wrong one, and later a right one with its itemId${suffix}`,
      base,
      { set: { 'items.0.kind': 1, 'items.4': base.items[0] } },
      [say.wrong('items.0.kind', 'string', 'number'), say.duplicate('items.4.itemId', 'items.0')],
    ),
  ];
};

const limitIs11 = { set: { 'items.0.content.limit': 11 } };
const [before] = ALL.index;
const [after] = indexOf(changed(ALL, limitIs11));

// Row ids (FORMAT 5.4).

const withRowIds = (parts) => ({
  ...parts,
  rowIds: true,
  items: parts.items.map((one) => ({ ...one, itemId: `s-1:${one.itemId}` })),
});
const ofRowIds = ([suffix, parts, missing]) => {
  const base = withRowIds(parts);
  const second = (name, set, issues) => row(`row ids: ${name}${suffix}`, base, { set }, [...issues, ...missing(1)]);
  return [
    cites('F5.4-1'),
    row(`row ids: good${suffix}`, base),
    cites('E8-14, E8.1-27'),
    ...['pricing', 's-2:pricing', 's-1', 'S-1:pricing', ' s-1:pricing'].map((id) =>
      second(id, { 'items.1.itemId': id }, [say.noRowId('items.1.itemId', 's-1:')]),
    ),
    cites('E8.1-27'),
    second('nothing after the colon', { 'items.1.itemId': 's-1:' }, [say.empty('items.1.itemId')]),
    second('empty', { 'items.1.itemId': '' }, [say.empty('items.1.itemId')]),
    row(`row ids: unknown snapshot${suffix}`, base, { set: { 'record.snapshotId': 1 }, remove: ['expect'] }, [
      say.wrong('record.snapshotId', 'string', 'number'),
    ]),
    row(
      `row ids: unknown snapshot, no colon${suffix}`,
      base,
      { remove: ['record.snapshotId'], set: { 'items.1.itemId': 'pricing' } },
      [
        say.wrong('record.snapshotId', 'string', 'undefined'),
        say.noRowId('items.1.itemId', 'a snapshotId and a colon'),
        ...missing(1),
      ],
    ),
    second('a wrong row id of a wrong item', { 'items.1.itemId': 'x', 'items.1.kind': null }, [
      say.noRowId('items.1.itemId', 's-1:'),
      say.wrong('items.1.kind', 'string', 'null'),
    ]),
  ];
};
const noneIsRowId = (prefix) => [
  ...times(4, (at) => say.noRowId(`items.${at}.itemId`, prefix)),
  ...times(4, isMissing),
];

export const rule = 'ERRORS 8.1 step 9';
export default [
  ...BASES.flatMap(caseOf),
  cites('F1.2-1, E8-6, E8.1-9'),
  row('items: one item changed', ALL, limitIs11, [say.changed('items.0', 'API', before.digest, after.digest)]),
  cites('E8-9, E8.1-9'),
  row('items: one item missing', ALL, { edit: ({ items }) => items.splice(1, 1) }, [isMissing(1)]),
  row('items: all missing', ALL, { set: { items: [] } }, [
    ...times(4, isMissing),
    say.noItem('pack.sources.0', 'contract contracts.api@2'),
  ]),
  cites('E8-7, E8.1-9'),
  row('items: another id', ALL, { set: { 'items.1.itemId': 'prices' } }, [
    say.notInIndex('items.1', 'prices'),
    isMissing(1),
  ]),
  row('items: one item too many', ALL, { set: { 'items.4': { ...ALL.items[1], itemId: 'i'.repeat(300) } } }, [
    say.notInIndex('items.4', `${'i'.repeat(128)}…${'i'.repeat(127)}`),
  ]),
  cites('E8.1-25'),
  row(
    'items: compared with an index, without a manifest',
    ALL,
    { remove: ['expect'], set: { [MANIFEST]: null, 'items.1.itemId': 'prices' } },
    [say.wrong(MANIFEST, 'object', 'null'), say.notInIndex('items.1', 'prices'), isMissing(1)],
  ),
  cites('E8.1-29'),
  ...[
    [null, 'null'],
    ['x', 'string'],
    [{}, 'object'],
  ].map(([value, received]) =>
    row(`items: ${received}`, ALL, { set: { items: value } }, [say.wrong('items', 'iterable', received)]),
  ),
  ...BASES.flatMap(ofRowIds),
  cites('E8-14, E8.1-27'),
  row('row ids: item ids instead', ALL, { set: { rowIds: true } }, noneIsRowId('s-1:')),
  row(
    'row ids: a long snapshotId',
    ALL,
    { set: { rowIds: true, 'record.snapshotId': 's'.repeat(300) }, remove: ['expect'], again: 'seal' },
    noneIsRowId(`${'s'.repeat(128)}…${'s'.repeat(127)}:`),
  ),
];

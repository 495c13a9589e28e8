// ERRORS 4.4: limits lower than the format's, at and above each.

import canonicalize from 'canonicalize';
import { canonicalItem } from '../../../tests/node/support/format.js';
import * as say from '../messages.js';
import { times } from '../parts.js';
import { cites } from '../rules.js';
import { WITH_EVENT as ALL, MANIFEST, OURS, PARTS, row } from './base.js';
import lengths from './lengths.js';

const bytes = (text) => Buffer.byteLength(text);
const RECORD = bytes(canonicalize(ALL.record));
const ITEMS = ALL.items.reduce((sum, item) => sum + bytes(canonicalItem(item)), 0);
const limited = (name, limits, issues, base = ALL) => row(name, base, { set: { limits } }, issues);
const TOO_LONG = say.tooLong('record.metadata', RECORD - 1);
const most = { documentBytes: 268_435_456, levels: 1000, items: 2 ** 53 - 1, totalBytes: 2 ** 53 - 1 };

export const rule = 'ERRORS 4.4';
export default [
  limited('good: limits: empty', {}),
  cites('E4.4-5, E8.1-21'),
  limited('good: limits: null', null),
  cites('F10-6, F11-17'),
  limited("good: limits: exactly the record's length", { documentBytes: RECORD }),
  cites('F10-8, E4-5, E4.4-1, E5-8'),
  limited("limits: one byte below the record's length", { documentBytes: RECORD - 1 }, [TOO_LONG]),
  row(
    "limits: one byte below the record's length, and wrong row ids",
    PARTS,
    { set: { limits: { documentBytes: RECORD - 1 }, rowIds: true } },
    [TOO_LONG, ...times(4, (at) => say.noRowId(`items.${at}.itemId`, 's-1:'))],
  ),
  cites('E5-8, E8.1-19'),
  row(
    "limits: one byte below the record's length, and other wrong members",
    ALL,
    {
      set: {
        ...{ 'record.hash': 'x'.repeat(71), [`${OURS}.x`]: [], [`${MANIFEST}.itemCount`]: 9 },
        limits: { documentBytes: RECORD - 1 },
      },
    },
    [TOO_LONG],
  ),
  cites('E4.4-4, E8.1-29'),
  limited("good: limits: exactly all items' length", { totalBytes: ITEMS, items: 4 }),
  limited("limits: one byte below all items' length", { totalBytes: ITEMS - 1 }, [
    say.tooMuch('items', ITEMS - 1, 'canonical bytes in total'),
  ]),
  cites('E4.4-3, E8.1-29'),
  limited('limits: one item below the number of items', { items: 3 }, [say.tooMuch('items', 3, 'items')], PARTS),
  limited('limits: one item below the number of items, with an index', { items: 3 }, [
    say.tooMuch('index', 3, 'items'),
    say.tooMuch('items', 3, 'items'),
  ]),
  cites('E4.4-2'),
  limited("good: limits: exactly the record's levels", { levels: 7 }),
  limited(
    'limits: fewer levels',
    { levels: 5 },
    ['owners', 'sources', 'tags'].map((name) => say.tooDeep(`${MANIFEST}.pack.${name}`, 5)),
    PARTS,
  ),
  cites(),
  ...[
    ['x', 'string'],
    [[], 'array'],
    [1, 'number'],
  ].map(([value, received]) => limited(`limits: ${received}`, value, [say.wrong('limits', 'object', received)])),
  cites('E4.4-5, E4.4-6'),
  ...Object.entries(most).flatMap(([name, greatest]) =>
    [-1, 0.5, greatest > 2 ** 50 ? 1e16 : greatest + 1, '1', null].map((value) =>
      // The second limit is too low for these parts, so it must not apply.
      limited(
        `limits.${name}: ${JSON.stringify(value)}`,
        { [name]: value, [name === 'items' ? 'levels' : 'items']: 0 },
        [say.wrong(`limits.${name}`, `integer from 0 to ${greatest}`, value === null ? 'null' : typeof value)],
      ),
    ),
  ),
  cites('E4.4-5, E8-8'),
  limited('limits: an unknown member', { item: 1, levels: 1 }, [say.unknown('limits.item', 'item')]),
  ...lengths,
];

// FORMAT 7 and 9: values of every kind in content and metadata, and their canonical text.

import { item, PACK, times } from '../parts.js';
import { cites } from '../rules.js';
import { spelled } from '../text.js';

const CONTROLS = String.fromCharCode(...times(32, (code) => code));
const NUMBERS = `0 -0 0.0 -0.0 1 -1 0.1 0.2 0.30000000000000004 4.5 2e-3 100.0 1e2 1e2 333333333.33333329 1e30 1e21 1e20 1e22
  999999999999999900000 295147905179352830000 9.999999999999997e22 0.000001 1e-7 0.00000123 0.000000123
  0.000000000000000000000000001 5e-324 4.9406564584124654e-324 2.2250738585072014e-308 2.225073858507201e-308
  1.7976931348623157e308 -1.7976931348623157e308 1e-400 -1e-400 -1e-7 1.5e300 1424953923781206.25 134217727 134217728
  -134217728 -134217729 2147483647 2147483648 -2147483648 4294967295 4294967296 9007199254740991 -9007199254740991
  9007199254740992 1e5 123e-20 10.5 1.0000000000000002 72057594037927940`;
const INTEGERS = `9007199254740993 -9007199254740993 123456789012345678901 18446744073709551615 18446744073709551617
  9223372036854775807 100000000000000000000000`;
const list = (texts) => spelled(`[${texts.split(/\s+/).join(', ')}]`);

/** Arrays and objects in turn, 60 levels deep. */
function nested(level = 1) {
  if (level === 61) return 'bottom';
  return level % 2 === 1 ? { b: nested(level + 1), a: level } : [level, nested(level + 1)];
}

/** Names and strings with lengths around the limits of different ways to copy text. */
function long() {
  const content = {};
  for (const length of [63, 64, 65, 255, 256, 257]) content[`${'n'.repeat(length - 1)}e`] = 'v'.repeat(length);
  for (const length of [15, 16, 17]) content['€'.repeat(length)] = '"'.repeat(length);
  return item('long', { content, textContent: `${'Sold out. '.repeat(400)}€${'Back on Monday.\n'.repeat(200)}` });
}

const content = (name, rule, itemId, members) => ({ name, rule, ctx: { items: [item(itemId, members)] } });
const metadata = (name, rule, value) => ({ name, rule, input: { packKey: 'shop.handbook', metadata: value } });

export default [
  cites('F7.1-2, F9.3-1, F9.3-2, F9.3-3, F9.3-4, F9.3-5, F9.3-6, F9.3-7'),
  content('numbers', 'FORMAT 9.3', 'numbers', {
    content: { list: list(NUMBERS), 'as 1e+21': spelled('1e21') },
    metadata: { n: spelled('-0'), m: 1e-7 },
  }),
  cites(),
  content('integers in JSON text that binary64 cannot represent', 'FORMAT 7.4', 'integers', {
    content: { list: list(INTEGERS) },
  }),
  {
    rules: 'F7.1-3, F9-1, F9.2-1, F9.2-2, F9.2-3, F9.2-4',
    name: 'escapes',
    rule: 'FORMAT 9.2',
    ctx: {
      pack: {
        ...PACK,
        title: 'quote " backslash \\ slash / tab \t euro €',
        description: CONTROLS,
        owners: ['\b\f\n\r\t'],
        tags: ['\u007f\u0080'],
      },
      items: [
        item('escapes', {
          content: {
            controls: CONTROLS,
            marks: '"\\/\'<>&',
            above: '\u007f\u0080\u00a0\u2028\u2029\ufeff\ufffd\uffff',
            pairs: '\u{10000}😀\u{10ffff}',
            spelled: spelled(String.raw`"\u002F\u0041\u00e9\ud83d\ude00\/\u001F\u0022"`),
            [CONTROLS]: 'a name of controls',
            '"\\': 'a name of marks',
            '\u2028😀': 'a name above',
            decomposed: 'e\u0301 is not \u00e9',
          },
          textContent: spelled(String.raw`"\u0000\u001f\u007f\u0080"`),
        }),
      ],
    },
  },
  cites('F7.1-1, F9.1-1, F9.1-2, F9.1-3'),
  content('literals and empty containers', 'FORMAT 9.1', 'literals', {
    content: { t: true, f: false, n: null, a: [], o: {}, s: '', aa: [[], [[]], {}], z: [null, [true, [false]]] },
    metadata: { n: null },
  }),
  content('nested arrays and objects', 'FORMAT 9.1', 'nested', { content: nested(), metadata: { deep: nested() } }),
  {
    rules: 'F7.1-5',
    name: 'names that every object inherits',
    rule: 'FORMAT 7.1',
    input: {
      packKey: 'shop.handbook',
      metadata: { constructor: 'c', hasOwnProperty: 1, toJSON: 'no function', toString: null },
    },
    ctx: {
      items: [
        item('names', {
          content: {
            ...{ 0: 'zero', 9: 'nine', 10: 'ten', ['__proto__']: { a: 1 }, constructor: { prototype: {} } },
            ...{ toJSON: 'text', valueOf: 1, length: 3, '-1': 'minus' },
            ...Object.fromEntries([['then', 'x']]), // biome refuses a literal `then`
          },
        }),
      ],
    },
  },
  {
    name: 'itemIds that every object inherits as names',
    rule: 'FORMAT 7.1',
    ctx: { items: ['__proto__', 'constructor', 'toString'].map((id) => item(id)) },
  },
  { name: 'long strings and names', rule: 'FORMAT 9.2', ctx: { items: [long()] } },
  cites('F4-3, F9.4-1'),
  metadata('metadata on both sides of $snapshot', 'FORMAT 9.4', {
    ...{ 0: 18, '!a': 0, $: 1, $a: 2, $Snapshot: 3, $snapshos: 4, $snapsho: 5, '$snapshot ': 6, '$snapshot\u0000': 7 },
    ...{ $snapshotx: 8, $snapshots: 9, $t: 10, '%': 11, '#': 12, '': 13, z: 14, A: 15, '😀': 16, '\ue000': 17 },
  }),
  metadata('metadata before $snapshot', 'FORMAT 9.4', { $snapshos: [1], '!a': { $snapshot: 'inside is free' } }),
  metadata('metadata after $snapshot', 'FORMAT 9.4', { z: 1, $snapshotx: { $snapshot: null } }),
  cites('F4-3'),
  metadata('empty metadata', 'FORMAT 4', {}),
  metadata('metadata of all kinds', 'FORMAT 7.1', {
    ...{ ['__proto__']: { polluted: true }, zero: 0, n: [null, true, false, 1.5, '€', { b: 1, a: [] }] },
    ...{ seal: 'not ours', manifest: {}, e: '' },
  }),
  cites(),
  metadata('numbers in metadata', 'FORMAT 9.3', { list: list('-0 1e30 1e-7 100.0 9007199254740993 0.000001') }),
];

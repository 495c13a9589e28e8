// Compares two implementations of verification, and generates inputs for both.
//
// Why: if two programs that share hardly any code give the same answers, issue for issue, an error can only hide if both have it.
//
// How: `inputs` are snapshots with up to three changes in any part; `assertAlike` asks both. Each call gets a new input, because reading a
// value may change it.

import assert from 'node:assert/strict';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { chain, clone, example, members, small } from './tampering.js';

/** Returns the outcome of a promise or a function. */
async function outcome(run) {
  try {
    return { result: await run() };
  } catch (error) {
    return { error: error?.issues === undefined ? String(error) : { code: error.code, issues: error.issues } };
  }
}

/** Calls a function of both implementations, each with new arguments from `make`, and asserts that the outcomes are the same. */
export async function assertAlike(left, right, name, make) {
  const [one, other] = [await outcome(() => left[name](...make())), await outcome(() => right[name](...make()))];
  assert.deepEqual(structuredClone(one), structuredClone(other), `${name} by ${left.name} and by ${right.name}`);
  return one;
}

const changes = new Map();
/** Applies one of its changes to a value. */
function changed(value, number) {
  const key = JSON.stringify(value);
  if (!changes.has(key))
    changes.set(
      key,
      [...members(value)].map((change) => change.value),
    );
  const all = changes.get(key);
  if (changes.size > 200) changes.delete(changes.keys().next().value);
  return all.length === 0 ? value : all[number % all.length];
}

const SPELLED = [Number.NaN, undefined, 1n, '\ud800', 'a\udc00b', Number.POSITIVE_INFINITY];
/** Functions that make values which JSON cannot express. Each call gets a new one. */
const MAKERS = [
  ...SPELLED.map((value) => () => value),
  () => new Map(),
  () => new Date(0),
  () => new Date(Number.NaN),
  () => Promise.resolve(),
  () => ({ async *[Symbol.asyncIterator]() {} }),
  () => () => 1,
  () => Symbol('s'),
  () => 'x'.repeat(300),
  () => new (class Thing {})(),
  () => Object.create(null),
  () => Array(3),
  () => Object.defineProperty({}, 'then', { value: () => undefined }),
];
const PATHS = [
  ...[
    ['record'],
    ['items'],
    ['index'],
    ['pack'],
    ['expect'],
    ['rowIds'],
    ['event'],
    ['output'],
    ['manifest'],
    ['items', 1],
    ['index', 0],
    ['expect', 'hash'],
  ],
  ...['snapshotId', 'packKey', 'hash', 'itemCount', 'createdAt', 'createdBy', 'metadata'].map((name) => [
    'record',
    name,
  ]),
  ...[
    ['record', 'metadata', 'a'],
    ['record', 'metadata', '$snapshot'],
    ['record', 'metadata', '$snapshot', 'manifest'],
  ],
  ...['actor', 'grant', 'userId', 'seal', 'parent'].map((name) => ['record', 'metadata', '$snapshot', name]),
  ...['itemId', 'kind', 'content', 'textContent', 'metadata'].map((name) => ['items', 0, name]),
  ...['packKey', 'title', 'owners', 'tags', 'sources'].map((name) => ['pack', name]),
  ...[
    ['pack', 'sources', 0],
    ['pack', 'sources', 0, 'required'],
    ['items', 0, 'content', 'x'],
  ],
];

function put(parts, path, value) {
  const place = path
    .slice(0, -1)
    .reduce((object, name) => (Object(object) === object ? object[name] : undefined), parts);
  if (Object(place) === place) place[path.at(-1)] = value;
}

const TIMES = [
  '2027-06-15 08:30:00.25+00',
  '2027-06-15T10:30:00.2509+02',
  '2027-06-15 08:30:00',
  '0001-01-01T00:00:00Z',
];

const step = fc.oneof(
  fc.record({
    do: fc.constant('change'),
    part: fc.constantFrom('record', 'record', 'items', 'items', 'index', 'pack', 'expect'),
    number: fc.nat(),
  }),
  fc.record({
    do: fc.constant('put'),
    path: fc.constantFrom(...PATHS),
    which: fc.nat({ max: MAKERS.length - 1 }),
  }),
  fc.record({ do: fc.constantFrom('drop', 'repeat', 'shuffle', 'rows', 'nulls', 'time', 'many'), number: fc.nat() }),
);

/** Generates functions that make the parts for `verifySnapshot`. */
export const inputs = fc
  .record({
    isSmall: fc.boolean(),
    without: fc.subarray(['index', 'pack', 'expect'], { minLength: 0 }),
    steps: fc.array(step, { maxLength: 3 }),
  })
  .map(({ isSmall, without, steps }) => {
    const make = () => {
      const parts = isSmall ? small() : example();
      for (const name of without) delete parts[name];
      for (const { do: what, part, number, path, which } of steps) {
        const { items } = parts;
        const isList = Array.isArray(items) && items.length > 0;
        if (what === 'change') {
          try {
            parts[part] = clone(changed(clone(parts[part]), number));
          } catch {
            // Such a value has no JSON.
          }
        } else if (what === 'put') put(parts, path, MAKERS[which]());
        else if (what === 'time') put(parts, ['record', 'createdAt'], TIMES[number % TIMES.length]);
        else if (what === 'rows') {
          parts.rowIds = number % 7 !== 0;
          const rows = isList && number % 5 !== 0 ? items : [];
          for (const item of rows) if (typeof item?.itemId === 'string') item.itemId = `s-1:${item.itemId}`;
        } else if (what === 'nulls') {
          put(parts, ['record', 'createdBy'], null);
          if (isList && Object(items[0]) === items[0])
            Object.assign(items[0], { sourceVersion: null, textContent: null });
        } else if (what === 'many') parts.items = Array(95 + (number % 10)).fill(number % 2 ? 5 : { itemId: '' });
        else if (!isList) continue;
        else if (what === 'drop') items.splice(number % items.length, 1);
        else if (what === 'repeat') items.push(items[number % items.length]);
        else items.unshift(...items.splice(number % items.length));
      }
      return parts;
    };
    // The description of an input that failed.
    make.toString = () => JSON.stringify({ isSmall, without, steps });
    return make;
  });

/** Ways to write an item as JSON text, some of them wrong. If one returns undefined, the item stays as it is. */
const WAYS = [
  () => undefined,
  canonicalize,
  JSON.stringify,
  (item) => JSON.stringify(item, null, 2),
  (item) => canonicalize(item).replace(/[aeiou]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`),
  (item) => `\ufeff${JSON.stringify(item)}`,
  (item, number) => JSON.stringify(item).slice(0, number % 97),
  (item, number) => {
    const text = canonicalize(item);
    const at = number % (text.length || 1);
    return text.slice(0, at) + '"\\{}[],:0e\ud800\u0000é'[number % 14] + text.slice(at + 1);
  },
  (item) => canonicalize(item).replace(/(\{)(".*?":)/g, '$1$2 1, $2'),
  (item, number) => canonicalize(item).replaceAll(/\d/g, `$&${number}00000000000000001`),
];

/** Returns the parts with their items written as JSON text, as strings or as bytes. The numbers choose the way for each item. */
export function written(parts, numbers) {
  if (!Array.isArray(parts.items)) return parts;
  const items = parts.items.map((item, at) => {
    const number = numbers[at % numbers.length] ?? 0;
    let text;
    try {
      text = WAYS[number % WAYS.length](item, number);
    } catch {
      // Such a value has no JSON.
    }
    if (text === undefined) return item;
    if (number % 3 > 0) return text;
    const bytes = new TextEncoder().encode(text);
    return number % 7 > 0 ? bytes : bytes.fill(number, number % (bytes.length + 1), (number % bytes.length) + 2);
  });
  return { ...parts, items };
}

/** Generates functions that make the records for `verifyChain`. */
export const chains = fc
  .record({ length: fc.nat({ max: 5 }), order: fc.nat(), numbers: fc.array(fc.nat(), { maxLength: 2 }) })
  .map(({ length, order, numbers }) => {
    const make = () => {
      const records = chain(length);
      for (const number of numbers) {
        const at = number % (records.length || 1);
        if (number % 3 === 0 && records.length > 0) records[at] = clone(changed(records[at], number));
        else if (number % 3 === 1) records.splice(at, 1);
        else records.unshift(...records.splice(order % (length || 1)));
      }
      return records;
    };
    make.toString = () => JSON.stringify({ length, order, numbers });
    return make;
  });

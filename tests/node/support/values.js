// Values that JSON cannot hold, in a JSON notation: `{ "$js": "NaN" }`.
//
// Why: most refused values cannot be expressed in JSON, but their vectors should still be files that people can read and
// other programs can count.
//
// How: `decode` walks through parsed JSON and replaces each object with `$js` by the result of one of MAKERS. Every decoded
// value is new, so that no two cases share an object.

import { Buffer } from 'node:buffer';
import { runInNewContext } from 'node:vm';

export class Thing {
  constructor() {
    this.a = 1;
  }
}

class Bare extends null {}

const hole = Symbol('hole');

function* generate(values) {
  yield* values;
}

async function* generateLater() {
  yield 1;
}

const MAKERS = {
  undefined: () => undefined,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  '-Infinity': () => Number.NEGATIVE_INFINITY,
  bigint: ({ value = 1 }) => BigInt(value),
  symbol: () => Symbol('s'),
  function: () => () => 1,
  class: () => Thing,
  Map: () => new Map([['a', 1]]),
  Set: () => new Set([1]),
  WeakMap: () => new WeakMap(),
  RegExp: () => /a/,
  Error: () => new Error('an error'),
  URL: () => new URL('https://example.org/'),
  Uint8Array: () => new Uint8Array([1, 2]),
  Float64Array: () => new Float64Array([1, 2]),
  Buffer: () => Buffer.from('ab'),
  ArrayBuffer: () => new ArrayBuffer(2),
  DataView: () => new DataView(new ArrayBuffer(2)),
  Object: ({ of }) => Object(decode(of)),
  Thing: () => new Thing(),
  /** Makes an instance of a class that extends null. */
  Bare: () => Object.create(Bare.prototype),
  /** Makes an object whose prototype has no prototype and is not an Object.prototype. */
  orphan: () => Object.create(Object.create(null)),
  Promise: () => Promise.resolve({}),
  thenable: () => Object.fromEntries([['then', () => {}]]),
  'async iterable': () => ({ [Symbol.asyncIterator]: generateLater }),
  AsyncGenerator: () => generateLater(),
  Generator: ({ values = [] }) => generate(values.map(decode)),
  Date: ({ value }) => new Date(value),
  hole: () => hole,
  cycle: () => {
    const object = {};
    object.self = object;
    return object;
  },
  'array cycle': () => {
    const array = [];
    array.push(array);
    return array;
  },
  /** Nests arrays, or objects with the single member `a`, to this many levels. */
  nested: ({ levels, of }) => {
    let value = of === 'array' ? [] : {};
    for (let level = 1; level < levels; level++) value = of === 'array' ? [value] : { a: value };
    return value;
  },
  /** Makes an array of this many values, each new. */
  repeat: ({ times, value }) => Array.from({ length: times }, () => decode(value)),
  text: ({ unit, times }) => unit.repeat(times),
  /** Makes an object whose names are decoded, too. */
  members: ({ entries }) => Object.fromEntries(entries.map(([name, value]) => [decode(name), decode(value)])),
  proxy: ({ of }) => new Proxy(decode(of), {}),
  /** Makes a value of another realm. */
  foreign: ({ code }) => runInNewContext(code),
};

function decodeArray(values) {
  const array = new Array(values.length);
  for (const [position, value] of values.entries()) {
    const decoded = decode(value);
    if (decoded !== hole) array[position] = decoded;
  }
  return array;
}

function decodeObject(object) {
  const decoded = {};
  for (const [name, value] of Object.entries(object)) {
    // An assignment to `__proto__` would not create a member.
    Object.defineProperty(decoded, name, {
      value: decode(value),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return decoded;
}

/** Decodes the JSON of a vector. */
export function decode(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return decodeArray(value);
  if (!Object.hasOwn(value, '$js')) return decodeObject(value);
  if (!Object.hasOwn(MAKERS, value.$js)) throw new Error(`No value is spelled ${value.$js}`);
  return MAKERS[value.$js](value);
}

// Values that JSON cannot hold, spelled in JSON: `{ "$js": "NaN" }`.
//
// Why: what is refused is mostly what JSON has no word for, and the vectors of it should still be a file that people
// read and other programs count.
//
// How: `decode` goes through what JSON.parse gave and puts what MAKERS makes in the place of each object with `$js`.
// Every decoded value is new, so that two cases share no object.

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
  /** An instance of a class that extends null. */
  Bare: () => Object.create(Bare.prototype),
  /** Its prototype has no prototype and is nobody's Object.prototype. */
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
  /** So many levels of arrays, or of objects with the one member `a`. */
  nested: ({ levels, of }) => {
    let value = of === 'array' ? [] : {};
    for (let level = 1; level < levels; level++) value = of === 'array' ? [value] : { a: value };
    return value;
  },
  /** An array of so many values, each made anew. */
  repeat: ({ times, value }) => Array.from({ length: times }, () => decode(value)),
  text: ({ unit, times }) => unit.repeat(times),
  /** An object whose names are spelled, too. */
  members: ({ entries }) => Object.fromEntries(entries.map(([name, value]) => [decode(name), decode(value)])),
  proxy: ({ of }) => new Proxy(decode(of), {}),
  /** A value of another realm. */
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
    // An assignment to `__proto__` would not make a member.
    Object.defineProperty(decoded, name, {
      value: decode(value),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return decoded;
}

/** What a vector's JSON stands for. */
export function decode(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return decodeArray(value);
  if (!Object.hasOwn(value, '$js')) return decodeObject(value);
  if (!Object.hasOwn(MAKERS, value.$js)) throw new Error(`No value is spelled ${value.$js}`);
  return MAKERS[value.$js](value);
}

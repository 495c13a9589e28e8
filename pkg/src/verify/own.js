// The functions of the language that the others use, taken when the module is loaded.
//
// Why: who patches a prototype afterwards must not be able to change what is verified.
//
// How: methods become functions of their object, `slice(text, 1)` for `text.slice(1)`. Lists and tables of our own have no
// prototype, so that an assignment meets no setter, and nothing is iterated or spread but what the caller passed in.
// Promises are awaited without a look at their prototype (`settled`), and resolved with nothing that inherits a `then`.

const { bind, call } = Function.prototype;
const uncurry = bind.bind(call);
/** With `self`, the method of that object. */
const method = (type, name, ...self) => uncurry(type.prototype[name], ...self);

export const isAbsent = (value) => value === undefined;
export const { isArray, prototype: listed } = Array;
export const { freeze, getPrototypeOf, hasOwn } = Object;
const { keys: keysOf } = Object;
export const { floor } = Math;
export const { parse, stringify } = JSON;
export const plain = Object.prototype;
export const { iterator, asyncIterator, toStringTag } = Symbol;
export const run = uncurry(call);
export const unit = method(String, 'charCodeAt');
export const slice = method(String, 'slice');
export const indexOf = method(String, 'indexOf');
export const normalize = method(String, 'normalize');
export const match = method(RegExp, 'exec');
export const sort = method(Array, 'sort');
const MapOf = Map;
export const map = () => new MapOf();
export const find = method(Map, 'get');
export const enter = method(Map, 'set');
export const remove = method(Map, 'delete');
const digits = method(Number, 'toString');
/** Four hexadecimal digits. */
export const hex = (code) => slice(digits(code + 65536, 16), 1);

export const Bytes = Uint8Array;
export const Words = Uint32Array;
const Encoder = globalThis.TextEncoder;
const { encodeURIComponent: escaped, unescape: unescaped } = globalThis;
/** In UTF-8, in engines and realms without `TextEncoder`, too. */
export const encode = Encoder
  ? method(Encoder, 'encode', new Encoder())
  : (text) => {
      const units = unescaped(escaped(text));
      const bytes = new Bytes(units.length);
      for (let at = 0; at < units.length; at++) bytes[at] = unit(units, at);
      return bytes;
    };
const subtle = globalThis.crypto?.subtle;
export const sha256 = subtle && uncurry(subtle.digest, subtle, 'SHA-256');

const DateOf = Date;
export const parseTime = Date.parse;
const isoOf = method(Date, 'toISOString');
export const iso = (time) => isoOf(new DateOf(time));
const timeOf = method(Date, 'getTime');
/** Milliseconds, NaN of an invalid date; undefined of what is no date, proxies included. */
export const dateTime = (value) => {
  try {
    return timeOf(value);
  } catch {
    // It has none.
  }
};

export const { defineProperty, setPrototypeOf } = Object;
export const array = () => setPrototypeOf([], null);
/** The names of an object's own members, a list of ours. */
export const keys = (value) => setPrototypeOf(keysOf(value), null);
export const table = (members = {}) => setPrototypeOf(members, null);
/** Makes empty tables, faster. */
export function Blank() {}
Blank.prototype = table();
/** Hides what an object may inherit: a promise that is resolved with it does not take it for another promise. */
export const withoutThen = (object) => defineProperty(object, 'then', table({ value: undefined }));
const { getOwnPropertyDescriptor } = Object;
const { apply, ownKeys } = Reflect;
const promise = getPrototypeOf((async () => {})());
const { constructor: PromiseOf, then } = promise;
const OWN = table({ value: PromiseOf });
const isOther = (name, value) => table(getOwnPropertyDescriptor(promise, name)).value !== value;
const { prototype: buffer } = ArrayBuffer;
/** The names of what `Object.prototype` had; more may be setters, which learn what Node.js assigns to its own objects. */
const known = table();
const namesOf = () => setPrototypeOf(ownKeys(plain), null);
const shared = namesOf();
for (const at in shared) known[shared[at]] = true;
const isOvergrown = () => {
  const names = namesOf();
  for (const at in names) if (!known[names[at]]) return true;
  return false;
};
/** Whether somebody else could answer in the place of Web Crypto: it gives promises, and they are resolved with a buffer. */
export const isTampered = () =>
  'then' in buffer || isOvergrown() || isOther('constructor', PromiseOf) || isOther('then', then);
/** Gives a promise a `constructor` of its own, by which `await` knows that it needs no `then` of it. */
export const settled = (promise) => defineProperty(promise, 'constructor', OWN);
/** Makes an asynchronous function give such promises. */
export const promising =
  (run) =>
  (...given) =>
    settled(apply(run, undefined, given));
export const { captureStackTrace } = Error;
export const inspection = Symbol.for('nodejs.util.inspect.custom');

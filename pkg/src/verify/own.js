// Built-in functions for the other scripts, taken when the module is loaded.
//
// Why: a prototype that is patched later must not affect a verification.
//
// How: methods become functions, `slice(text, 1)` instead of `text.slice(1)`. Our own lists and tables have no prototype, so no assignment
// runs a setter, and only values of the caller are iterated. Promises are awaited without reading their prototype (`settled`), and
// never resolved with a value that inherits a `then`.

const { bind, call } = Function.prototype;
export const uncurry = bind.bind(call);
/** Converts a method to a function; with `self`, a function bound to that object. */
const method = (type, name, ...self) => uncurry(type.prototype[name], ...self);

export const isAbsent = (value) => value === undefined;
export const { isArray, prototype: arrayPrototype } = Array;
export const { freeze, getPrototypeOf, hasOwn } = Object;
const { getOwnPropertyDescriptor, keys: keysOf } = Object;
export const { floor } = Math;
export const { parse, stringify } = JSON;
export const objectPrototype = Object.prototype;
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
/** Writes a code unit as four hexadecimal digits. */
export const hex = (code) => slice(digits(code + 65536, 16), 1);

export const Bytes = Uint8Array;
export const Words = Uint32Array;
/** Returns the getter of a property of all typed arrays as a function. */
const getter = (name) => uncurry(getOwnPropertyDescriptor(getPrototypeOf(Bytes.prototype), name).get);
export const lengthOf = getter('length');
/** Returns the name of a typed array's type; undefined for other values. Runs no code of the value. */
export const kindOf = getter(toStringTag);
export const { fromCodePoint } = String;
const Encoder = globalThis.TextEncoder;
const { encodeURIComponent: escaped, unescape: unescaped } = globalThis;
/** Encodes a text as UTF-8, also in engines and realms without `TextEncoder`. */
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
/** Returns the time value of a date; NaN if it is invalid; undefined for other values and for proxies. */
export const dateTime = (value) => {
  try {
    return timeOf(value);
  } catch {
    // Not a date.
  }
};

export const { defineProperty, setPrototypeOf } = Object;
export const array = () => setPrototypeOf([], null);
/** Returns the names of the own members of an object, as a list without a prototype. */
export const keys = (value) => setPrototypeOf(keysOf(value), null);
export const table = (members = {}) => setPrototypeOf(members, null);
/** Constructor of empty tables; faster than `table()`. */
export function Blank() {}
Blank.prototype = table();
/** Adds an own `then` to an object, so that a promise resolved with it does not call an inherited one. */
export const withoutThen = (object) => defineProperty(object, 'then', table({ value: undefined }));
const { apply, ownKeys } = Reflect;
const promise = getPrototypeOf((async () => {})());
const { constructor: PromiseOf, then } = promise;
const OWN = table({ value: PromiseOf });
/** Returns true if a property of `Promise.prototype` is no longer the original one. */
const isReplaced = (name, value) => table(getOwnPropertyDescriptor(promise, name)).value !== value;
const { prototype: buffer } = ArrayBuffer;
/** Names of the original members of `Object.prototype`. Others may be setters, which see assignments inside of Node.js. */
const known = table();
const namesOf = () => setPrototypeOf(ownKeys(objectPrototype), null);
const shared = namesOf();
for (const at in shared) known[shared[at]] = true;
/** Returns true if `Object.prototype` has more members than when this was loaded. */
const isExtended = () => {
  const names = namesOf();
  for (const at in names) if (!known[names[at]]) return true;
  return false;
};
/**
 * Returns true if patched prototypes could answer instead of Web Crypto, which returns promises that are resolved with an
 * `ArrayBuffer`.
 */
export const isTampered = () =>
  'then' in buffer || isExtended() || isReplaced('constructor', PromiseOf) || isReplaced('then', then);
/** Gives a promise its own `constructor`, so that `await` does not call its `then`. */
export const settled = (promise) => defineProperty(promise, 'constructor', OWN);
/** Makes an async function return such promises. */
export const promising =
  (run) =>
  (...given) =>
    settled(apply(run, undefined, given));
export const { captureStackTrace } = Error;
export const inspection = Symbol.for('nodejs.util.inspect.custom');

// The functions of the language that the others use, taken when the module is loaded.
//
// Why: who patches a prototype afterwards must not be able to change what is verified.
//
// How: methods become functions of their object, `slice(text, 1)` for `text.slice(1)`. Lists and tables of our own have no
// prototype, so that an assignment meets no setter, and nothing is iterated or spread but what the caller passed in.

const { bind, call } = Function.prototype;
const uncurry = bind.bind(call);

export const { isArray } = Array;
export const { freeze, getPrototypeOf, hasOwn } = Object;
export const { ownKeys } = Reflect;
export const { floor } = Math;
export const { parse, stringify } = JSON;
export const plain = Object.prototype;
export const { iterator, asyncIterator, toStringTag } = Symbol;
export const run = uncurry(call);
export const enumerable = uncurry(plain.propertyIsEnumerable);
export const unit = uncurry(String.prototype.charCodeAt);
export const slice = uncurry(String.prototype.slice);
export const indexOf = uncurry(String.prototype.indexOf);
export const match = uncurry(RegExp.prototype.exec);
export const sort = uncurry(Array.prototype.sort);

export const Bytes = Uint8Array;
export const encode = uncurry(TextEncoder.prototype.encode, new TextEncoder());
export const decode = uncurry(TextDecoder.prototype.decode, new TextDecoder('utf-8', { ignoreBOM: true }));
const subtle = globalThis.crypto?.subtle;
export const sha256 = subtle && uncurry(subtle.digest, subtle, 'SHA-256');

export const Table = Map;
export const tableGet = uncurry(Map.prototype.get);
export const tableSet = uncurry(Map.prototype.set);
export const tableDelete = uncurry(Map.prototype.delete);

const DateOf = Date;
export const parseTime = Date.parse;
const isoOf = uncurry(Date.prototype.toISOString);
export const iso = (time) => isoOf(new DateOf(time));
const timeOf = uncurry(Date.prototype.getTime);
/** Milliseconds, NaN of an invalid date; undefined of what is no date, proxies included. */
export function dateTime(value) {
  try {
    return timeOf(value);
  } catch {
    return undefined;
  }
}

const { defineProperty, setPrototypeOf } = Object;
export const array = () => setPrototypeOf([], null);
export const table = (members = {}) => setPrototypeOf(members, null);
/** A member by definition, past all setters. */
export const define = (object, name, value, shown = true) =>
  defineProperty(object, name, table({ value, writable: true, enumerable: shown, configurable: true }));

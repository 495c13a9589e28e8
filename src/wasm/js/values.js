// Classifies values of the host: plain object, date, cycle; and names them in messages.
//
// Why prototypes matter: a member that was added to `Object.prototype` is not a member of the host's objects, and values may come from
// other realms, which have prototypes of their own.

import {
  ARRAY_PROTOTYPE,
  ASYNC_ITERATOR,
  append,
  apply,
  DATE_PROTOTYPE,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  getTime,
  getter,
  hasOwn,
  ITERATOR,
  isArray,
  keys,
  OBJECT_PROTOTYPE,
  sliceOf,
  Table,
  TYPED_ARRAY,
  unitAt,
} from './language.js';
import { MAX_LEVELS } from './limits.js';

/** Longest name of a class that is passed on, in units; messages show less. */
const MAX_CLASS_NAME = 1024;
/** Highest number of containers in which a cycle is searched for. */
const MOST_LOOKED_AT = 2 ** 16;
/** Highest number of objects whose size is remembered: in V8, a map holds no more than 2^24. */
const MOST_MEASURED = 1e7;

const NOT_AWAITED = ' (did you forget to await it?)';
const NOT_COLLECTED = ' (collect it first, or use SnapshotBuilder)';

/** Returns true for an object in the sense of zod: not null, not an array. */
export const isObject = (value) => typeof value === 'object' && value !== null && !isArray(value);

/** Returns true for the `Object.prototype` of any realm. */
const isObjectPrototype = (value) =>
  value === OBJECT_PROTOTYPE || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));

/** Returns true if objects with that prototype are plain: it is null or the `Object.prototype` of a realm. */
// F7.1-6, F13-1
export const isPlain = (prototype) =>
  prototype === OBJECT_PROTOTYPE || prototype === null || isObjectPrototype(prototype);

/** Returns the `Object.prototype` that an object inherits from, or null. */
// F7.3-1
export function rootOf(object) {
  let prototype = getPrototypeOf(object);
  // Bounded, because a proxy may be its own prototype.
  for (let length = 0; prototype !== null && length < MAX_LEVELS; length++) {
    if (isObjectPrototype(prototype)) return prototype;
    prototype = getPrototypeOf(prototype);
  }
  return prototype;
}

/**
 * Returns the value of a member that was read by name, if the member is the object's: inherited ones count (classes, getters), but not
 * those of `Object.prototype`. Otherwise returns undefined.
 */
export function own(value, object, root, name) {
  if (value === undefined || root === null || !hasOwn(root, name)) return value;
  for (let holder = object; holder !== null && holder !== root; holder = getPrototypeOf(holder)) {
    if (hasOwn(holder, name)) return value;
  }
  return undefined;
}

/**
 * Reads a member of an iterable, of an iterator or of its result as `for … of` does, without a look at prototypes, except that members of our
 * `Object.prototype` do not count.
 */
export function stepOf(object, name) {
  const value = object[name];
  return value !== undefined && hasOwn(OBJECT_PROTOTYPE, name) ? own(value, object, rootOf(object), name) : value;
}

/** Reads a member like `member`, but looks for the `Object.prototype` only if there is a value. */
export function ownOf(object, name) {
  const value = object[name];
  return value === undefined ? undefined : own(value, object, rootOf(object), name);
}

// F0-2, E4.2-1
/** Reads a member by name, once. */
export const member = (object, root, name) => own(object[name], object, root, name);

/** Shortens a text for a message: removes a middle that would not be shown. */
export const shortened = (text) =>
  text.length > MAX_CLASS_NAME ? sliceOf(text, 0, 512) + sliceOf(text, text.length - 512) : text;

export function isAmong(name, names) {
  for (let at = 0; at < names.length; at++) if (names[at] === name) return true;
  return false;
}

/** Returns the own names of an object that are not known. */
export function unknownNames(object, known) {
  const names = keys(object);
  const unknown = [];
  for (let at = 0; at < names.length; at++) if (!isAmong(names[at], known)) append(unknown, names[at]);
  return unknown;
}

/** Reads an own member. */
export const ownMember = (object, name) => (hasOwn(object, name) ? object[name] : undefined);

/** Returns the number of bytes of a string in canonical form. */
export function bytesOf(text) {
  let bytes = 2;
  for (let at = 0; at < text.length; at++) {
    const unit = unitAt(text, at);
    if (unit < 0x80) bytes += unit < 0x20 ? 2 : 1;
    // A surrogate pair takes 4 bytes, 2 for each half.
    else bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
    if (unit < 0x20 && (unit < 8 || unit > 13 || unit === 11)) bytes += 4;
  }
  return bytes;
}

/**
 * Returns a lower bound of the number of bytes of a JSON value in canonical form; counting stops soon after `most`. An object that is
 * met again is counted again, but visited once: O(n) in the distinct objects and their text. Of very many objects, the rest counts as empty.
 */
// E6.1-4
export function sizeOf(value, most) {
  const sizes = new Table();
  const measure = (value, level) => {
    if (typeof value === 'string') return bytesOf(value);
    if (typeof value !== 'object' || value === null || level > MAX_LEVELS) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    if (sizes.size > MOST_MEASURED) return 2;
    // An object that contains itself is reported as a cycle, not as too long.
    sizes.set(value, 0);
    const isList = isArray(value);
    const names = keys(value);
    let size = 2;
    for (let at = 0; at < names.length && size <= most; at++) {
      const descriptor = getOwnPropertyDescriptor(value, names[at]);
      const member = descriptor !== undefined && hasOwn(descriptor, 'value') ? descriptor.value : undefined;
      if (!isList && member !== undefined) size += names[at].length + 4;
      if (member !== undefined) size += measure(member, level + 1);
    }
    sizes.set(value, size);
    return size;
  };
  return measure(value, 1);
}

/**
 * Returns true if a cycle is found among the first `MOST_LOOKED_AT` containers of a value. Calls no getters. Only decides whether a
 * refused value is read again to find the cycle.
 */
export function isCyclic(value) {
  const met = new Table();
  const look = (value, level) => {
    if (typeof value !== 'object' || value === null || level > MAX_LEVELS || met.size > MOST_LOOKED_AT) return false;
    const isOpen = met.get(value);
    if (isOpen !== undefined) return isOpen;
    met.set(value, true);
    const names = keys(value);
    for (let at = 0; at < names.length; at++) {
      const descriptor = getOwnPropertyDescriptor(value, names[at]);
      const member = descriptor !== undefined && hasOwn(descriptor, 'value') ? descriptor.value : undefined;
      if (member !== undefined && look(member, level + 1)) return true;
    }
    met.set(value, false);
    return false;
  };
  return look(value, 1);
}

/**
 * Returns true for an array without an iterator of its own or of a class. It is read by index, even if the iterator of arrays was replaced
 * or removed, in whatever realm.
 */
export function isOrdinaryArray(value) {
  if (!isArray(value)) return false;
  for (let at = value, length = 0; at !== null && length < MAX_LEVELS; length++) {
    const above = getPrototypeOf(at);
    // This is the `Array.prototype` of a realm.
    if (at === ARRAY_PROTOTYPE || (at !== value && isArray(at) && above !== null && isObjectPrototype(above)))
      return true;
    if (hasOwn(at, ITERATOR)) return false;
    at = above;
  }
  return false;
}

/** Reads an element, once. A hole is undefined, even if a prototype has an element there. */
export function elementOf(array, index) {
  const element = array[index];
  return element === undefined || hasOwn(array, index) ? element : undefined;
}

/**
 * Returns the time value of a `Date` of any realm; undefined for other values, and for a date that overrides `toISOString` or `toJSON`
 * below its realm's `Date.prototype`, because that stands for something other than an instant.
 */
// F7.1-8
export function timeOf(value) {
  let time;
  try {
    time = apply(getTime, value, []);
  } catch {
    return undefined;
  }
  for (let at = value, length = 0; at !== null && length < MAX_LEVELS; at = getPrototypeOf(at), length++) {
    if (at === DATE_PROTOTYPE) return time;
    const above = getPrototypeOf(at);
    // This is another realm's `Date.prototype`.
    if (above !== null && hasOwn(at, 'getTime') && isObjectPrototype(above)) return time;
    if (hasOwn(at, 'toISOString') || hasOwn(at, 'toJSON')) return undefined;
  }
  return undefined;
}

/** Names that would not identify a class, because messages use them for other things. */
export const NO_CLASS = ['', 'Object', 'object', 'string', 'record', 'array', 'boolean', 'iterable', 'date', 'integer'];

export const isName = (name) => typeof name === 'string' && !isAmong(name, NO_CLASS);

/** Returns the name of an object's class, or its tag (generators). For a minified name, adds the names of members. */
// E4.1-3
export function classOf(value) {
  const { constructor: made, [Symbol.toStringTag]: tag } = value;
  const name = made?.name;
  if (isName(name) && name.length > 2) return name;
  if (isName(tag)) return tag;
  if (!isName(name)) return 'object with a prototype';
  const names = keys(value);
  let members = '';
  for (let at = 0; at < names.length && at < 3; at++) members += `${at > 0 ? ',' : ''} ${names[at]}`;
  return `${name} {${members}${names.length > 3 ? ', …' : ''} }`;
}

const kindOf = getter(TYPED_ARRAY, Symbol.toStringTag);
/** Returns true for what may be JSON text: a string, or an array of bytes. Runs no code of the value. */
export const isText = (value) =>
  typeof value === 'string' || (typeof value === 'object' && value !== null && kindOf(value) === 'Uint8Array');

/** Names the type of a value as zod does. */
// E4.1-2
export function received(value) {
  if (typeof value === 'number') return value - value === 0 ? 'number' : `${value}`;
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  return isPlain(getPrototypeOf(value)) ? 'object' : classOf(value);
}

/** Returns the hint for a promise or an async iterable in place of a pack or of items. */
// F13-3, E4.1-5, E4.1-6
export function hint(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  const { then } = value;
  if (typeof then === 'function' && own(then, value, rootOf(value), 'then') === then) return NOT_AWAITED;
  return typeof stepOf(value, ASYNC_ITERATOR) === 'function' ? NOT_COLLECTED : '';
}

// What a host's value is: an object, a plain one, a date, a cycle; and the name that messages have for it.
//
// Why with prototypes in mind: what somebody has put onto `Object.prototype` is no member of the host's objects, and values may
// come from other realms, which have prototypes of their own.

import {
  ASYNC_ITERATOR,
  append,
  apply,
  DATE_PROTOTYPE,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  getTime,
  hasOwn,
  isArray,
  keys,
  OBJECT_PROTOTYPE,
  sliceOf,
  Table,
  unitAt,
} from './language.js';
import { MAX_LEVELS } from './limits.js';

/** Longest name of a class that is told, in units: Rust shows less. */
export const MAX_CLASS_NAME = 1024;
/** Containers in which a cycle is looked for. */
const MOST_LOOKED_AT = 2 ** 16;

const NOT_AWAITED = ' (did you forget to await it?)';
const NOT_COLLECTED = ' (collect it first, or use SnapshotBuilder)';

/** An object in zod's sense: whatever members can be read from by name. */
export const isObject = (value) => typeof value === 'object' && value !== null && !isArray(value);

/** `Object.prototype`, of whatever realm. */
export const isObjectPrototype = (value) =>
  value === OBJECT_PROTOTYPE || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));

/** Whether what has that prototype is a plain object: there is none, or it is the `Object.prototype` of a realm. */
// F7.1-6, F13-1
export const isPlain = (prototype) =>
  prototype === OBJECT_PROTOTYPE || prototype === null || isObjectPrototype(prototype);

/** The `Object.prototype` that an object inherits from, or null. */
// F7.3-1
export function rootOf(object) {
  let prototype = getPrototypeOf(object);
  // A proxy may have itself for a prototype: no honest chain is this long.
  for (let length = 0; prototype !== null && length < MAX_LEVELS; length++) {
    if (isObjectPrototype(prototype)) return prototype;
    prototype = getPrototypeOf(prototype);
  }
  return prototype;
}

/**
 * The value of a member that was read by name, where it is the object's: inherited ones count (classes, getters), those
 * that somebody put on `Object.prototype` do not.
 */
export function own(value, object, root, name) {
  if (value === undefined || root === null || !hasOwn(root, name)) return value;
  for (let holder = object; holder !== null && holder !== root; holder = getPrototypeOf(holder)) {
    if (hasOwn(holder, name)) return value;
  }
  return undefined;
}

/** The same of an object whose prototypes are not looked at, unless somebody has put that name onto `Object.prototype`. */
export function ownOf(object, name) {
  const value = object[name];
  return value !== undefined && hasOwn(OBJECT_PROTOTYPE, name) ? own(value, object, rootOf(object), name) : value;
}

// F0-2, E4.2-1
/** A member by name, read once. */
export const member = (object, root, name) => own(object[name], object, root, name);

/** A text that is shown, without its middle if that will not be. */
export const shortened = (text) =>
  text.length > MAX_CLASS_NAME ? sliceOf(text, 0, 512) + sliceOf(text, text.length - 512) : text;

export function isAmong(name, names) {
  for (let at = 0; at < names.length; at++) if (names[at] === name) return true;
  return false;
}

/** Own names of an object that are not known. */
export function unknownNames(object, known) {
  const names = keys(object);
  const unknown = [];
  for (let at = 0; at < names.length; at++) if (!isAmong(names[at], known)) append(unknown, names[at]);
  return unknown;
}

/** A member of a plain object. */
export const ownMember = (object, name) => (hasOwn(object, name) ? object[name] : undefined);

/** Bytes of a string in canonical form. */
export function bytesOf(text) {
  let bytes = 2;
  for (let at = 0; at < text.length; at++) {
    const unit = unitAt(text, at);
    if (unit < 0x80) bytes += unit < 0x20 ? 2 : 1;
    // Of four bytes, each half of a pair has two.
    else bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
    if (unit < 0x20 && (unit < 8 || unit > 13 || unit === 11)) bytes += 4;
  }
  return bytes;
}

/**
 * Bytes that a JSON value has at least in canonical form, up to `most` and a little more: each object that is met again is
 * counted again, but looked at once. In time linear in the objects that there are, and their text.
 */
// E6.1-4
export function sizeOf(value, most) {
  const sizes = new Table();
  const measure = (value, level) => {
    if (typeof value === 'string') return bytesOf(value);
    if (typeof value !== 'object' || value === null || level > MAX_LEVELS) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    // An object that contains itself is too deep, not too long.
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
 * Whether a value contains itself, as far as its first containers show. That calls no getters, and decides only whether what
 * is refused is read again to say why.
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

/** An element, read once. A hole is one, whatever prototypes have in its place. */
export function elementOf(array, index) {
  const element = array[index];
  return element === undefined || hasOwn(array, index) ? element : undefined;
}

/**
 * The time value of a `Date` of whatever realm; undefined for anything else, and for one that defines what its text is, in
 * itself or between itself and its realm's `Date.prototype`: it means something else than an instant.
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
    if (above !== null && hasOwn(at, 'getTime') && isObjectPrototype(above)) return time;
    if (hasOwn(at, 'toISOString') || hasOwn(at, 'toJSON')) return undefined;
  }
  return undefined;
}

/** Names that say nothing of a class, since others have them that are no class. */
export const NO_CLASS = ['', 'Object', 'object', 'string', 'record', 'array', 'boolean', 'iterable', 'date', 'integer'];

export const isName = (name) => typeof name === 'string' && !isAmong(name, NO_CLASS);

/** The name of an object's class, which generators have as a tag. A minifier's says nothing: then its members are told. */
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

/** What a value is, in zod's words. */
// E4.1-2
export function received(value) {
  if (typeof value === 'number') return value - value === 0 ? 'number' : `${value}`;
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  return isPlain(getPrototypeOf(value)) ? 'object' : classOf(value);
}

/** What to do about a value that stands in the place of a pack or of items and is not there yet. */
// F13-3, E4.1-5, E4.1-6
export function hint(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  const { then } = value;
  if (typeof then === 'function' && own(then, value, rootOf(value), 'then') === then) return NOT_AWAITED;
  return typeof ownOf(value, ASYNC_ITERATOR) === 'function' ? NOT_COLLECTED : '';
}

// Decides which items can never change, and gives each a number by its identity.
//
// Why: a host takes a snapshot of nearly the same items again and again. What cannot change has the digest that it had, so it need not be
// read again. How: an item is fixed if all of it is frozen: plain objects and arrays, with data properties only. ECMAScript binds proxies
// to that as well (section 10.5, invariants of the internal methods). The module keeps what it found out, by number; here, a `WeakMap`
// keeps the number. Nothing is kept alive.

import {
  create,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  isFrozen,
  keys,
  OBJECT_PROTOTYPE,
  sort,
  Table,
  WeakTable,
} from './language.js';
import { hint, stepOf } from './values.js';

const { isView } = ArrayBuffer;
const { stringify } = JSON;
/** Up to this many visits, visited containers are not remembered, because most items have few. */
const MOST_FORGOTTEN = 4096;

/** Twice the number of each known item, plus 1 if it is known only as an item of a store. */
let codes = new WeakTable();

/** Forgets all items, because the module knows none. */
export function forgetItems() {
  codes = new WeakTable();
}

/** Returns the number of a known item, which is an item of a store or one of a request; otherwise undefined. */
export function numberOf(item, isStored) {
  const code = codes.get(item);
  return code === undefined || (code & 1 && !isStored) ? undefined : code >>> 1;
}

/** Notes the number of an item that is fixed. */
export function noteNumber(item, number, isOnlyStored) {
  codes.set(item, 2 * number + (isOnlyStored ? 1 : 0));
}

/**
 * True if an empty view that grows with its buffer can be frozen, as in Node.js 20. A proxy may hide that it is one, so nothing
 * that is empty counts as frozen there. In an engine without such buffers, this makes an ordinary view, which can be frozen.
 */
let mayGrow = true;
try {
  freeze(new Uint8Array(new ArrayBuffer(0, { maxByteLength: 1 })));
} catch {
  mayGrow = false;
}

/** Returns true for a frozen container that is a plain object or an array. Only prototypes that nobody can replace are plain here. */
function isFrozenContainer(value) {
  if (!isFrozen(value) || isView(value)) return false;
  if (isArray(value)) return true;
  if (mayGrow && keys(value).length === 0) return false;
  const prototype = getPrototypeOf(value);
  return prototype === OBJECT_PROTOTYPE || prototype === null;
}

/** Writes a valid JSON value in canonical form (RFC 8785). */
function canonical(value) {
  if (typeof value === 'string') return stringify(value);
  if (typeof value !== 'object' || value === null) return value === 0 ? '0' : `${value}`;
  let text = '';
  if (isArray(value)) {
    // Elements only: an array may have other members.
    for (let at = 0; at < value.length; at++) text += `${at > 0 ? ',' : ''}${canonical(value[at])}`;
    return `[${text}]`;
  }
  const names = sort(keys(value));
  for (let at = 0; at < names.length; at++) {
    const member = value[names[at]];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${stringify(names[at])}:${canonical(member)}`;
  }
  return `{${text}}`;
}

/** Writes the members with these names of an item that is known, and so valid, in canonical form. */
export function canonicalItem(item, names) {
  const hashed = create(null);
  for (let at = 0; at < names.length; at++) {
    const descriptor = getOwnPropertyDescriptor(item, names[at]);
    if (descriptor !== undefined) hashed[names[at]] = descriptor.value;
  }
  return canonical(hashed);
}

/** Containers that were visited, and the number of all visits, also of those before the containers were remembered. */
let visited;
let visits = 0;

/** Returns true if a value can never change. */
function isFixed(value) {
  if (typeof value !== 'object' || value === null) return true;
  if (!isFrozenContainer(value)) return false;
  // A few objects that share parts can stand for more than can be visited.
  if (++visits > MOST_FORGOTTEN) {
    // Not a weak set: in V8, that takes long for more than a million objects.
    visited ??= new Table();
    if (visited.has(value)) return true;
    visited.set(value);
  }
  // By index, because elements are read like that: they need not be enumerable, and an array may have other members.
  const isList = isArray(value);
  const names = isList ? value : keys(value);
  for (let at = 0; at < names.length; at++) {
    const descriptor = getOwnPropertyDescriptor(value, isList ? at : names[at]);
    if (descriptor === undefined || !hasOwn(descriptor, 'value') || !isFixed(descriptor.value)) return false;
  }
  return true;
}

/**
 * Returns a copy of a frozen item that can never change, with these members, to be read in its place; otherwise undefined.
 *
 * Why before it is read: host code that runs while it is read (a getter, a proxy) could change and then freeze it. Why a copy: a proxy may
 * answer differently each time when it is asked for a member that its frozen target does not have.
 */
export function fixedCopy(item, names) {
  // Even asking whether it is frozen may run code of a proxy. If that code throws, the item is read like any other.
  try {
    if (!isFrozen(item) || isArray(item) || !isFrozenContainer(item) || hint(item) !== '') return undefined;
    visits = 0;
    visited = undefined;
    const copy = create(null);
    for (let at = 0; at < names.length; at++) {
      const name = names[at];
      const descriptor = getOwnPropertyDescriptor(item, name);
      if (descriptor === undefined) {
        if (stepOf(item, name) !== undefined) return undefined;
        continue;
      }
      if (!hasOwn(descriptor, 'value') || !isFixed(descriptor.value)) return undefined;
      // A frozen `Date` may change. It is read as one whatever its prototype is.
      if (name === 'createdAt' && typeof descriptor.value === 'object') return undefined;
      copy[name] = descriptor.value;
    }
    return copy;
  } catch {
    // A proxy may throw, or the stack may be full.
    return undefined;
  } finally {
    visited = undefined;
  }
}

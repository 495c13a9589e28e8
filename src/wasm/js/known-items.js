// Decides which items can never change, and gives each a number by its identity.
//
// Why: a host takes a snapshot of nearly the same items again and again. What cannot change has the digest that it had, so it need not be
// read again. How: an item is fixed if all of it is frozen: plain objects and arrays, with data properties only. ECMAScript binds proxies
// to that as well (section 10.5, invariants of the internal methods). The module keeps what it found out, by number; here, a `WeakMap`
// keeps the number. Nothing is kept alive.

import {
  create,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  isFrozen,
  keys,
  OBJECT_PROTOTYPE,
  sort,
  WeakTable,
} from './language.js';

const { isView } = ArrayBuffer;
const { stringify } = JSON;

/** Twice the number of each known item, plus 1 if it is known only as an item of a store. */
let codes = new WeakTable();

/** Forgets all items, because the module does. */
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

/** Returns true for a frozen container that is a plain object or an array. Only prototypes that nobody can replace are plain here. */
function isFrozenContainer(value) {
  if (!isFrozen(value) || isView(value)) return false;
  if (isArray(value)) return true;
  const prototype = getPrototypeOf(value);
  return prototype === OBJECT_PROTOTYPE || prototype === null;
}

/** How many more values may be visited. */
let left = 0;

/** Writes a valid JSON value in canonical form (RFC 8785). */
function canonical(value) {
  if (typeof value === 'string') return stringify(value);
  if (typeof value !== 'object' || value === null) return value === 0 ? '0' : `${value}`;
  const names = keys(value);
  const isList = isArray(value);
  if (!isList) sort(names);
  let text = '';
  for (let at = 0; at < names.length; at++) {
    const member = value[names[at]];
    if (member === undefined) continue;
    if (text !== '') text += ',';
    text += isList ? canonical(member) : `${stringify(names[at])}:${canonical(member)}`;
  }
  return isList ? `[${text}]` : `{${text}}`;
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

/** Returns true if a value can never change. */
function isFixed(value) {
  if (typeof value !== 'object' || value === null) return true;
  if (!isFrozenContainer(value)) return false;
  const names = keys(value);
  if (isArray(value) && names.length !== value.length) return false;
  for (let at = 0; at < names.length; at++) {
    const descriptor = getOwnPropertyDescriptor(value, names[at]);
    if (--left < 0 || !hasOwn(descriptor, 'value') || !isFixed(descriptor.value)) return false;
  }
  return true;
}

/**
 * Returns true if an item, whose members have these names, can never change.
 *
 * @param most number of values that were read, so that shared parts are not visited more often than that
 */
export function isFixedItem(item, names, most) {
  left = most;
  try {
    if (!isFrozenContainer(item)) return false;
    for (let at = 0; at < names.length; at++) {
      const descriptor = getOwnPropertyDescriptor(item, names[at]);
      if (descriptor === undefined) continue;
      if (!hasOwn(descriptor, 'value') || !isFixed(descriptor.value)) return false;
      // A frozen `Date` may change. It is read as one whatever its prototype is.
      if (names[at] === 'createdAt' && typeof descriptor.value === 'object') return false;
    }
    return true;
  } catch {
    // A proxy may throw, or the stack may be full.
    return false;
  }
}

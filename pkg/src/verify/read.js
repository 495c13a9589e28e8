// Reads what the caller passes in (FORMAT.md sections 7, 9 and 10).
//
// Why: a getter or a proxy may answer otherwise when it is asked again. So each value is read once and becomes canonical
// JSON text right away; all that is checked or hashed afterwards is made of that text.
//
// How: a document is what is measured as a whole. A rule checks a value at a path of it and returns the value's text, or
// null where it is wrong and has an issue. A shape has the rules of an object's members; optional ones are in brackets.

import {
  array,
  asyncIterator,
  Blank,
  dateTime,
  floor,
  getPrototypeOf,
  hasOwn,
  indexOf,
  isArray,
  iso,
  keys,
  match,
  parseTime,
  plain,
  slice,
  sort,
  stringify,
  table,
  toStringTag,
  unit,
} from './own.js';
import { add, compare, isFull, join, shorten, tooBig, wellFormed } from './report.js';

const LEVELS = 1000;
const LONGEST = 2 ** 28;
/** With the flag `u`, pairs are no halves. */
const HALF = /[\ud800-\udfff]/u;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-](?:[01]\d|2[0-3]))(?::([0-5]\d))?)$/;

/** Documents: a store's, in which null is absent where a member is optional; ours, in which unknown members are issues. */
export const STORED = 1;
export const STRICT = 2;

export const isSome = (value) => typeof value === 'object' && value !== null;
export const isFunction = (value) => typeof value === 'function';
const isString = (value) => typeof value === 'string';
const isMap = (value) => isSome(value) && !isArray(value);
const isFinal = (value) => value - value === 0;
/** An Object.prototype, of whatever realm. */
const isRoot = (value) => value === plain || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));
function isPlain(value) {
  const prototype = getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
}

/** Reads members by name: inherited ones count, those of an Object.prototype do not. What is no object has none. */
export function reader(value) {
  if (!isSome(value) && !isFunction(value)) return () => undefined;
  let root = value;
  for (let up = value, step = 0; up && step < LEVELS; step++) {
    root = up;
    up = getPrototypeOf(up);
  }
  const isShared = isRoot(root);
  return (name) => {
    const member = value[name];
    if (member === undefined || !isShared || !hasOwn(root, name)) return member;
    for (let at = value; at && at !== root; at = getPrototypeOf(at)) if (hasOwn(at, name)) return member;
    return undefined;
  };
}

function received(expected, value) {
  if (value === null || (typeof value === 'number' && !isFinal(value))) return `${value}`;
  if (!isSome(value)) return typeof value;
  if (isArray(value)) return 'array';
  if (isPlain(value)) return 'object';
  if ((expected === 'date' || expected === 'JSON value') && `${dateTime(value)}` === 'NaN') return 'Invalid Date';
  const type = value.constructor;
  const name = isFunction(type) ? type.name : value[toStringTag];
  return name && isString(name) ? wellFormed(name) : 'object';
}

export const wrong = ({ faults }, path, expected, value, more = '') =>
  add(
    faults,
    path,
    'invalid_type',
    `Invalid input: expected ${expected}, received ${received(expected, value)}${more}`,
  );
const invalid = (document, path, what) => add(document.faults, path, 'invalid_format', `Invalid ${what}`);

/** What to do about two common mistakes. */
export function hint(value) {
  const get = reader(value);
  if (isFunction(get('then'))) return ' (did you forget to await it?)';
  return isFunction(get(asyncIterator)) ? ' (collect it first, or use SnapshotBuilder)' : '';
}

/**
 * Text that grows. Engines keep what was put together as a rope, which takes more memory than its text: where there are
 * many pieces for the length, asking for a unit makes one of them.
 */
function extend(rope, text, pieces) {
  rope.text += text;
  rope.pieces += pieces;
  if (rope.pieces > 64 + rope.text.length / 32) {
    unit(rope.text, 0);
    rope.pieces = 1;
  }
}

/** The object of members' texts. */
function ropeOf(texts, pieces) {
  const names = sort(keys(texts));
  const rope = { text: '{', pieces: 0 };
  for (let at = 0; at < names.length; at++) {
    extend(rope, `${at ? ',' : ''}${stringify(names[at])}:${texts[names[at]]}`, 3);
  }
  extend(rope, '}', pieces);
  return rope;
}
export const compose = (texts) => ropeOf(texts, 1).text;

export const open = (faults, mode) => ({
  __proto__: null,
  faults,
  mode,
  first: faults.length,
  bytes: 0,
  long: false,
  pieces: 1,
});

export const isStopped = (document) => document.long || isFull(document.faults);

export function count(document, bytes) {
  document.bytes += bytes;
  document.long ||= document.bytes > LONGEST;
}

/** Whether the document is right. Where it is too long, that is all that is said. */
export function close(document, path) {
  const { faults, first } = document;
  if (document.long && !isFull(faults)) {
    faults.length = first;
    tooBig(faults, path, `${LONGEST} canonical bytes`);
  }
  return faults.length === first;
}

function scalar(document, text) {
  document.pieces = 1;
  count(document, text.length);
  return text;
}

function quote(document, path, text) {
  const half = match(HALF, text);
  if (half) return invalid(document, path, `string: unpaired surrogate at index ${half.index}`);
  let bytes = 2;
  for (let at = 0; at < text.length && document.bytes + bytes <= LONGEST; at++) {
    const code = unit(text, at);
    if (code < 0x20) bytes += code > 7 && code < 14 && code !== 11 ? 2 : 6;
    else if (code < 0x80) bytes += code === 0x22 || code === 0x5c ? 2 : 1;
    // Of four bytes, each half of a pair has two.
    else bytes += code < 0x800 || (code > 0xd7ff && code < 0xe000) ? 2 : 3;
  }
  document.pieces = 1;
  count(document, bytes);
  return document.long ? null : stringify(text);
}

/** Any JSON value. */
export function json(document, path, value, level) {
  if (isString(value)) return quote(document, path, value);
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && isFinal(value))) {
    return scalar(document, `${value}`);
  }
  if (isSome(value)) {
    const isElements = isArray(value);
    if (isElements || isPlain(value)) {
      if (level > LEVELS) return tooBig(document.faults, path, `${LEVELS} levels of nesting`);
      return isElements
        ? list(document, path, value, (_, place, element) => json(document, place, element, level + 1))
        : members(document, path, value, level + 1);
    }
    const time = dateTime(value);
    if (isFinal(time)) return scalar(document, stringify(iso(time)));
  }
  return wrong(document, path, 'JSON value', value);
}

function members(document, path, object, level) {
  const names = keys(object);
  const texts = new Blank();
  let pieces = 0;
  count(document, 2);
  for (let at = 0; at < names.length && !isStopped(document); at++) {
    const name = names[at];
    const value = object[name];
    if (value === undefined) continue;
    const place = join(path, name);
    count(document, pieces ? 2 : 1);
    quote(document, place, name);
    texts[name] = json(document, place, value, level);
    pieces += document.pieces;
  }
  const rope = ropeOf(texts, pieces);
  document.pieces = rope.pieces;
  // In the end, those of the outermost object.
  document.parts = texts;
  return rope.text;
}

/** The elements of an array, each by a rule. */
export function list(document, path, array, rule) {
  if (!isArray(array)) return wrong(document, path, 'array', array);
  const { length } = array;
  const rope = { text: '[', pieces: 0 };
  count(document, 2);
  for (let at = 0; at < length && !isStopped(document); at++) {
    const element = array[at];
    if (at) count(document, 1);
    // An element may be on a prototype.
    const text = rule(document, join(path, at), hasOwn(array, at) ? element : undefined);
    extend(rope, `${at ? ',' : ''}${text}`, 1 + document.pieces);
  }
  extend(rope, ']', 1);
  document.pieces = rope.pieces;
  return rope.text;
}

/** The texts of an object's members that a shape names; null is a wrong one. What is no object has none. */
export function take(document, path, value, shape, more = '') {
  const { faults, mode } = document;
  const texts = new Blank();
  if (more || !isMap(value)) {
    wrong(document, path, 'object', value, more);
    return texts;
  }
  const get = reader(value);
  // With the colon and a comma or a bracket for each member, and one bracket.
  count(document, 1);
  for (const name in shape) {
    if (isStopped(document)) break;
    const member = get(name);
    const optional = isArray(shape[name]) && shape[name][0];
    if (optional && (member === undefined || (member === null && mode === STORED))) continue;
    count(document, name.length + 4);
    const { length } = faults;
    const text = (optional || shape[name])(document, join(path, name), member);
    texts[name] = faults.length > length ? null : text;
  }
  const names = mode === STRICT ? sort(keys(value)) : '';
  for (let at = 0; at < names.length; at++) {
    if (!shape[names[at]]) add(faults, join(path, names[at]), 'extra', `Unknown member: ${shorten(names[at])}`);
  }
  return texts;
}

/** Reads an object as a document: with the texts of its members, and whether it is right. */
export function read(faults, path, value, shape, mode = 0, end = path) {
  const document = open(faults, mode);
  document.texts = isFull(faults) ? table() : take(document, path, value, shape, mode === STORED ? hint(value) : '');
  document.isRight = close(document, end);
  return document;
}

// Rules: by what a value has to be, and by what else its text has to be.

const being = (test, expected, write) => (document, path, value) =>
  test(value) ? write(document, path, value) : wrong(document, path, expected, value);
const having = (rule, test, what) => (document, path, value) => {
  const text = rule(document, path, value);
  return !text || test(value) ? text : invalid(document, path, what);
};
const asText = (document, _, value) => scalar(document, `${value}`);
const asJson = (document, path, value) => json(document, path, value, 2);
const isObject = (value) => isMap(value) && isPlain(value);

export const string = being(isString, 'string', quote);
export const boolean = being((value) => typeof value === 'boolean', 'boolean', asText);
export const integer = being(
  (value) => typeof value === 'number' && value >= 0 && value < 2 ** 53 && floor(value) === value,
  'integer from 0 to 9007199254740991',
  asText,
);
/** A JSON object, one level below its document. */
export const object = being(isObject, 'record', asJson);
export const content = being((value) => isString(value) || isObject(value), 'string or object', asJson);

export const filled = (document, path, value) =>
  value === ''
    ? add(document.faults, path, 'too_small', 'Too small: expected string to have >=1 characters')
    : string(document, path, value);
export const digest = having(
  string,
  (value) => match(DIGEST, value),
  'digest: expected sha256: and 64 lower-case hex digits',
);
export const identifier = having(
  filled,
  (value) => indexOf(value, ':') < 0,
  'snapshotId: expected no colon (:), which separates it from item ids in row ids',
);

/** One of two texts. */
export const either = (one, other) => (document, path, value) => {
  const text = string(document, path, value);
  if (!text || text === one || text === other) return text;
  return compare(document.faults, path, other ? `${one} or ${other}` : one, text);
};

/** A time, in the form of section 5.1. */
export function time(document, path, value) {
  let at = dateTime(value);
  if (isString(value)) {
    const parts = match(TIME, value) ?? array();
    const local = `${parts[1]}T${parts[2]}`;
    at = parseTime(`${local}Z`);
    // What does not exist, such as 30 February, is refused or is another time.
    if (!isFinal(at) || slice(iso(at), 0, 19) !== local) {
      return invalid(document, path, 'time: expected RFC 3339 with an offset');
    }
    at = parseTime(`${local}.${slice(`${parts[3] ?? ''}000`, 0, 3)}${parts[4] ?? '+00'}:${parts[5] ?? '00'}`);
  }
  if (!isFinal(at)) return wrong(document, path, 'date', value);
  return at >= 0 && at < 253_402_300_800_000
    ? scalar(document, stringify(iso(at)))
    : invalid(document, path, 'time: expected an instant from 1970 to 9999');
}

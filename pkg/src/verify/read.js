// Reads what the caller passes in (FORMAT.md sections 7, 9 and 10).
//
// Why: a getter or a proxy may answer otherwise when it is asked again. So each value is read once and becomes canonical
// JSON text right away; all that is checked or hashed afterwards is made of that text.
//
// How: a Document is what is measured as a whole. Its methods return the text of a value, and null for one that is wrong
// and has an issue.

import {
  asyncIterator,
  dateTime,
  enumerable,
  floor,
  getPrototypeOf,
  hasOwn,
  indexOf,
  isArray,
  iso,
  match,
  ownKeys,
  parseTime,
  plain,
  slice,
  sort,
  stringify,
  toStringTag,
  unit,
} from './own.js';
import { join, shorten, wellFormed } from './report.js';

const LEVELS = 1000;
const LONGEST = 2 ** 28;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3])(?::([0-5]\d))?)$/;

const isReference = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const isObject = (value) => typeof value === 'object' && value !== null && !isArray(value);
const isRoot = (value) => value === plain || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));
function isPlain(value) {
  const prototype = getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
}
const finite = (value) => value - value === 0;
export const isDigest = (value) => typeof value === 'string' && match(DIGEST, value) !== null;

function received(expected, value) {
  if (value === null || (typeof value === 'number' && !finite(value))) return `${value}`;
  if (typeof value !== 'object') return typeof value;
  if (isArray(value)) return 'array';
  if (isPlain(value)) return 'object';
  const time = dateTime(value);
  if (time !== undefined && !finite(time) && (expected === 'date' || expected === 'JSON value')) return 'Invalid Date';
  const type = value.constructor;
  const name = typeof type === 'function' ? type.name : value[toStringTag];
  return typeof name === 'string' && name !== '' ? wellFormed(name) : 'object';
}

/** What to do about two common mistakes. */
export function hint(value) {
  const get = reader(value);
  if (typeof get('then') === 'function') return ' (did you forget to await it?)';
  return typeof get(asyncIterator) === 'function' ? ' (collect it first, or use SnapshotBuilder)' : '';
}

export const wrong = (report, path, expected, value, more = '') =>
  report.add(path, 'invalid_type', `Invalid input: expected ${expected}, received ${received(expected, value)}${more}`);

/** Whether members can be read; with `hints`, neither a promise nor an async iterable. */
export function checkObject(report, path, value, hints = false) {
  const more = hints ? hint(value) : '';
  return (more === '' && isObject(value)) || wrong(report, path, 'object', value, more) !== null;
}

/** Reads members by name: inherited ones count, those of an Object.prototype do not. What is no object has none. */
export function reader(value) {
  const chain = (meets) => {
    let at = isReference(value) ? value : null;
    for (let steps = 0; at !== null && steps < LEVELS; steps++) {
      if (meets(at)) return at;
      at = getPrototypeOf(at);
    }
    return undefined;
  };
  const root = chain((object) => object !== value && isRoot(object));
  return (name) => {
    const member = isReference(value) ? value[name] : undefined;
    if (member === undefined || root === undefined || !hasOwn(root, name)) return member;
    return chain((object) => hasOwn(object, name)) === root ? undefined : member;
  };
}

/**
 * Text that grows. Engines keep what was put together as a rope, which takes more memory than its text: where there are
 * many pieces for the length, asking for a unit makes one of them.
 */
class Rope {
  text = '';
  pieces = 0;

  add(text, pieces = 1) {
    this.text += text;
    this.pieces += pieces;
    if (this.pieces > 64 + this.text.length / 32) {
      unit(this.text, 0);
      this.pieces = 1;
    }
  }
}

/** The canonical object of members' texts, as a rope. */
function ropeOf(texts) {
  const names = sort(ownKeys(texts));
  const rope = new Rope();
  for (let at = 0; at < names.length; at++)
    rope.add(`${at === 0 ? '{' : ','}${stringify(names[at])}:${texts[names[at]]}`, 3);
  rope.add(names.length > 0 ? '}' : '{}');
  return rope;
}
export const compose = (texts) => ropeOf(texts).text;

export class Document {
  bytes = 1;
  long = false;
  pieces = 1;
  first;

  /** `stored`: null is absent where a member is optional. `strict`: unknown members are issues. */
  constructor(report, stored = false, strict = false) {
    this.report = report;
    this.first = report.issues.length;
    this.stored = stored;
    this.strict = strict;
  }

  get stopped() {
    return this.long || this.report.full;
  }

  get right() {
    return this.report.issues.length === this.first;
  }

  /** Whether it is right. Where it is too long, that is all that is said. */
  end(path) {
    if (this.long && !this.report.full) {
      this.report.issues.length = this.first;
      this.report.add(path, 'too_big', `Too big: expected at most ${LONGEST} canonical bytes`);
    }
    return this.right;
  }

  count(bytes) {
    this.bytes += bytes;
    this.long ||= this.bytes > LONGEST;
  }

  scalar(text) {
    this.pieces = 1;
    this.count(text.length);
    return text;
  }

  wrong(path, expected, value) {
    return wrong(this.report, path, expected, value);
  }

  invalid(path, what) {
    return this.report.add(path, 'invalid_format', `Invalid ${what}`);
  }

  /** One pass measures a string, and finds half a surrogate pair. */
  quote(path, text) {
    let bytes = 2;
    for (let at = 0; at < text.length && this.bytes + bytes <= LONGEST; at++) {
      const code = unit(text, at);
      if (code < 0x20) bytes += code > 7 && code < 14 && code !== 11 ? 2 : 6;
      else if (code < 0x80) bytes += code === 0x22 || code === 0x5c ? 2 : 1;
      else if (code < 0x800) bytes += 2;
      else if (code < 0xd800 || code > 0xdfff) bytes += 3;
      else {
        // Behind the end there is NaN.
        const next = unit(text, at + 1);
        if (code > 0xdbff || !(next > 0xdbff && next < 0xe000)) {
          return this.invalid(path, `string: unpaired surrogate at index ${at}`);
        }
        bytes += 4;
        at++;
      }
    }
    this.pieces = 1;
    this.count(bytes);
    return this.long ? null : stringify(text);
  }

  /** Any JSON value. */
  json(path, value, level) {
    if (typeof value === 'string') return this.quote(path, value);
    if (value === null || typeof value === 'boolean' || (typeof value === 'number' && finite(value))) {
      return this.scalar(`${value}`);
    }
    if (typeof value === 'object') {
      const isElements = isArray(value);
      if (isElements || isPlain(value)) {
        if (level > LEVELS) {
          return this.report.add(path, 'too_big', `Too big: expected at most ${LEVELS} levels of nesting`);
        }
        if (!isElements) return this.object(path, value, level + 1);
        return this.list(path, value, (_, place, element) => this.json(place, element, level + 1));
      }
      const time = dateTime(value);
      if (finite(time)) return this.scalar(stringify(iso(time)));
    }
    return this.wrong(path, 'JSON value', value);
  }

  object(path, object, level) {
    const names = ownKeys(object);
    const texts = { __proto__: null };
    let pieces = 0;
    this.count(2);
    for (let at = 0; at < names.length && !this.stopped; at++) {
      const name = names[at];
      const value = typeof name === 'string' && enumerable(object, name) ? object[name] : undefined;
      if (value === undefined) continue;
      const place = join(path, name);
      this.count(pieces > 0 ? 2 : 1);
      this.quote(place, name);
      texts[name] = this.json(place, value, level);
      pieces += this.pieces;
    }
    const rope = ropeOf(texts);
    rope.add('', pieces);
    this.pieces = rope.pieces;
    // In the end, those of the outermost object.
    this.parts = texts;
    return rope.text;
  }

  /** The elements of an array, each by a rule. */
  list(path, array, rule) {
    if (!isArray(array)) return this.wrong(path, 'array', array);
    const { length } = array;
    const rope = new Rope();
    this.count(2);
    for (let at = 0; at < length && !this.stopped; at++) {
      const element = array[at];
      if (at > 0) this.count(1);
      // An element may be on a prototype.
      const text = rule(this, join(path, at), hasOwn(array, at) ? element : undefined);
      rope.add(`${at === 0 ? '[' : ','}${text}`, 1 + this.pieces);
    }
    rope.add(rope.text === '' ? '[]' : ']');
    this.pieces = rope.pieces;
    return rope.text;
  }

  /** The texts of the members that a shape names, each by its rule; an optional one's is in an array. Null is wrong. */
  members(path, object, shape) {
    const texts = { __proto__: null };
    const get = reader(object);
    for (const name in shape) {
      if (this.stopped) break;
      const value = get(name);
      const isOptional = isArray(shape[name]);
      if (isOptional && (value === undefined || (value === null && this.stored))) continue;
      this.count(name.length + 4);
      const { length } = this.report.issues;
      const text = (isOptional ? shape[name][0] : shape[name])(this, join(path, name), value);
      texts[name] = this.report.issues.length > length ? null : text;
    }
    const names = this.strict ? sort(ownKeys(object)) : '';
    for (let at = 0; at < names.length; at++) {
      if (shape[names[at]]) continue;
      this.report.add(join(path, names[at]), 'extra', `Unknown member: ${shorten(names[at])}`);
    }
    return texts;
  }
}

// Rules: each checks a value, and returns its text.

export function string(document, path, value) {
  return typeof value === 'string' ? document.quote(path, value) : document.wrong(path, 'string', value);
}

export function filled(document, path, value) {
  if (value !== '') return string(document, path, value);
  return document.report.add(path, 'too_small', 'Too small: expected string to have >=1 characters');
}

export function boolean(document, path, value) {
  return typeof value === 'boolean' ? document.scalar(`${value}`) : document.wrong(path, 'boolean', value);
}

export function digest(document, path, value) {
  const text = string(document, path, value);
  return text === null || isDigest(value)
    ? text
    : document.invalid(path, 'digest: expected sha256: and 64 lower-case hex digits');
}

export function identifier(document, path, value) {
  const text = filled(document, path, value);
  return text === null || indexOf(value, ':') < 0
    ? text
    : document.invalid(path, 'snapshotId: expected no colon (:), which separates it from item ids in row ids');
}

export function integer(document, path, value) {
  return typeof value === 'number' && value >= 0 && value < 2 ** 53 && floor(value) === value
    ? document.scalar(`${value}`)
    : document.wrong(path, 'integer from 0 to 9007199254740991', value);
}

/** One of two strings. */
export const either = (one, other) => (document, path, value) => {
  const text = string(document, path, value);
  if (text !== null && value !== one && value !== other) {
    document.report.compare(path, one === other ? stringify(one) : `"${one}" or "${other}"`, text);
  }
  return text;
};

/** Milliseconds since 1970 of RFC 3339 text, or of what stores make of it; undefined of other text. */
function instant(text) {
  const parts = match(TIME, text);
  if (parts === null) return undefined;
  const local = `${parts[1]}T${parts[2]}`;
  const at = parseTime(`${local}Z`);
  // What does not exist, such as 30 February, is refused or is another time.
  if (!finite(at) || slice(iso(at), 0, 19) !== local) return undefined;
  const offset = (+(parts[5] ?? 0) * 60 + +(parts[6] ?? 0)) * 60_000;
  return at + +slice(`${parts[3] ?? ''}00`, 0, 3) + (parts[4] === '-' ? offset : -offset);
}

/** A time, in the form of section 5.1. */
export function time(document, path, value) {
  const isText = typeof value === 'string';
  const at = isText ? instant(value) : dateTime(value);
  if (isText && at === undefined) return document.invalid(path, 'time: expected RFC 3339 with an offset');
  if (!finite(at)) return document.wrong(path, 'date', value);
  return at >= 0 && at < 253_402_300_800_000
    ? document.scalar(stringify(iso(at)))
    : document.invalid(path, 'time: expected an instant from 1970 to 9999');
}

/** A JSON object, one level below its document. */
export function object(document, path, value, expected = 'record') {
  return isObject(value) && isPlain(value) ? document.json(path, value, 2) : document.wrong(path, expected, value);
}

export function content(document, path, value) {
  return typeof value === 'string' ? document.quote(path, value) : object(document, path, value, 'string or object');
}

// Reads the arguments of the caller (FORMAT.md sections 7, 9 and 10).
//
// Why: a getter or a proxy may return another value the next time. So each value is read once and becomes canonical JSON text at once, and
// only that text is checked and hashed.
//
// How: a document is a value whose length is limited as a whole. A rule checks the value at a path and returns its text, or null if it has
// an issue. A shape has the rules for the members of an object; those of optional members are in brackets.

import { readJson } from '#json-text';
import {
  array,
  arrayPrototype,
  asyncIterator,
  Blank,
  dateTime,
  enter,
  find,
  floor,
  fromCodePoint,
  getPrototypeOf,
  hasOwn,
  indexOf,
  isAbsent,
  isArray,
  iso,
  iterator,
  keys,
  kindOf,
  lengthOf,
  map,
  match,
  objectPrototype,
  parse,
  parseTime,
  remove,
  run,
  slice,
  sort,
  stringify,
  table,
  toStringTag,
  unit,
} from './own.js';
import { add, append, compare, HALF, isFull, join, shown, tooBig } from './report.js';

/** The limits of the format. */
export const LIMITS = table({ documentBytes: 2 ** 28, levels: 1000, items: 2 ** 53 - 1, totalBytes: 2 ** 53 - 1 });
/** Highest number of prototypes that are searched for an `Object.prototype`. */
const MOST_PROTOTYPES = 1000;
/**
 * Once a document has more than `CACHE_FROM` bytes, the text of each array or object of at least `CACHE_SIZE` bytes is kept
 * for when it occurs again. Objects that share their parts can stand for more text than fits in memory. Small documents pay
 * nothing.
 */
const CACHE_FROM = 2 ** 20;
const CACHE_SIZE = 256;
/** Longest JSON text, in units or bytes, for each byte that the document may have. Escapes take up to 6; the rest is white space. */
const TEXT_SIZE = 8;
/** The smallest code points that take 1, 2, 3 and 4 bytes in UTF-8. */
const LEAST = [0, 128, 2048, 65536];
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-](?:[01]\d|2[0-3]))(?::([0-5]\d))?)$/;

/** Names that would not identify a class, because messages use them for other things. */
const NO_CLASS = /^([Oo]bject|string|record|array|boolean|iterable|date|integer|)$/;
/** Matches a time and its parts. */
const PARTS = /^(\d{4}-\d\d-\d\d)?[Tt ]?(?:(\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
const PART_NAMES = table({ date: 1, time: 2, seconds: 3, offset: 4 });

/**
 * Modes of a document. `STORED`: from a store, so null means absent for optional members. `STRICT`: of the format, so
 * unknown members are issues. `AWAITED`: from a store, and a hint is added if the caller forgot to await it. `ROW`: the same, and it may be
 * JSON text.
 */
export const STORED = 1;
export const STRICT = 2;
export const AWAITED = 3;
export const ROW = 5;

const isObjectOrArray = (value) => typeof value === 'object' && value !== null;
const isFunction = (value) => typeof value === 'function';
export const isString = (value) => typeof value === 'string';
export const isObject = (value) => isObjectOrArray(value) && !isArray(value);
const isFiniteNumber = (value) => value - value === 0;
/** Returns true for the `Object.prototype` of any realm. */
const isRoot = (value) =>
  value === objectPrototype || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));
// F7.1-6
const isPlain = (value) => {
  const prototype = getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
};

/**
 * Returns a function that reads members by name. Inherited members count, except those of an `Object.prototype`, which are
 * not even read. Values that are not objects have no members. With `isPresence`, it returns whether the member exists.
 */
// F7.3-1
export const reader = (value) => {
  if (!isObjectOrArray(value) && !isFunction(value)) return () => undefined;
  let root;
  let step = 0;
  for (let up = value; up && step < MOST_PROTOTYPES; up = getPrototypeOf(up), step++) root = up;
  // An object without a prototype inherits nothing, whatever its members are called.
  if (step < 2 || !isRoot(root)) root = undefined;
  return (name, isPresence) => {
    let at = value;
    if (root && hasOwn(root, name)) while (!hasOwn(at, name)) at = getPrototypeOf(at);
    if (at !== root) return isPresence ? name in value : value[name];
  };
};

/** Returns true for an array without an iterator of its own or of a class. */
const isOrdinaryArray = (value) => {
  if (!isArray(value)) return false;
  let up;
  for (let at = value, step = 0; at && step < MOST_PROTOTYPES; at = up, step++) {
    up = getPrototypeOf(at);
    if (at === arrayPrototype || (at !== value && isArray(at) && up && isRoot(up))) return true;
    if (hasOwn(at, iterator)) return false;
  }
  return false;
};

/**
 * Iterates an iterable, whose iterator is read once; returns null, with an issue, for other values. Arrays are read by index, and results of an
 * iterator by their own members, so shared prototypes do not decide what is read.
 */
export const iterable = (issues, path, value) => {
  const method = isObjectOrArray(value) && reader(value)(iterator);
  const isList = isOrdinaryArray(value);
  if (!isList && !isFunction(method)) return wrong(issues, path, 'iterable', value, hint(value));
  let at = 0;
  const given = isList
    ? table({ next: () => ({ done: at >= value.length, value: element(value, at++) }) })
    : run(method, value);
  const get = reader(given);
  const advance = get('next');
  const values = table({
    [iterator]: () => values,
    next() {
      const step = reader(run(advance, given));
      return { done: step('done'), value: step('value') };
    },
    return() {
      const end = get('return');
      if (isFunction(end)) run(end, given);
      return table();
    },
  });
  return values;
};

/** Reads an element of an array, unless it is on a prototype. */
export const element = (array, at) => (hasOwn(array, at) ? array[at] : undefined);

/**
 * Returns the time value of a date, NaN if it is invalid; undefined for other values, and for a date that overrides `toISOString` or `toJSON`,
 * itself or by its class, because that stands for something other than an instant.
 */
// F7.1-8
const instant = (value) => {
  const time = dateTime(value);
  let at = value;
  for (let step = 0; !isAbsent(time) && at && step < MOST_PROTOTYPES; step++) {
    const up = getPrototypeOf(at);
    // This is the `Date.prototype` of a realm.
    if (up && hasOwn(at, 'getTime') && isRoot(up)) return time;
    if (hasOwn(at, 'toISOString') || hasOwn(at, 'toJSON')) break;
    at = up;
  }
};

const isName = (name) => isString(name) && !match(NO_CLASS, name);
/** Returns the name of an object's class, or its tag (generators); with names of members if the name is minified. */
// E4.1-3
const classOf = (value) => {
  const { constructor: made, [toStringTag]: tag } = value;
  const name = made?.name;
  if (isName(name) && name.length > 2) return name;
  if (isName(tag)) return tag;
  if (!isName(name)) return 'object with a prototype';
  const names = keys(value);
  let text = '';
  for (const at in names) if (at < 4) text += `${+at ? ',' : ''} ${at < 3 ? names[at] : '…'}`;
  return `${name} {${text} }`;
};

// E4.1-2
const received = (expected, value) => {
  if (value === null || (typeof value === 'number' && !isFiniteNumber(value))) return `${value}`;
  if (!isObjectOrArray(value)) return typeof value;
  if (isArray(value)) return 'array';
  if (isPlain(value)) return 'object';
  if ((expected === 'date' || expected === 'JSON value') && `${instant(value)}` === 'NaN') return 'Invalid Date';
  return shown(classOf(value));
};

/** Adds an `invalid_type` with a description of what was received. */
const wrongType = (faults, path, expected, what) =>
  add(faults, path, 'invalid_type', `Invalid input: expected ${expected}, received ${what}`);
/** Adds an `invalid_type` for a value. */
export const wrong = (faults, path, expected, value, more = '') =>
  wrongType(faults, path, expected, received(expected, value) + more);
const invalid = (document, path, what) => add(document.faults_, path, 'invalid_format', `Invalid ${what}`);

/** Returns a hint about two common mistakes: a promise, or an async iterable. */
// E4.1-5, E4.1-6, E8.1-22
export const hint = (value) => {
  const get = reader(value);
  if (isFunction(get('then'))) return ' (did you forget to await it?)';
  return isFunction(get(asyncIterator)) ? ' (collect it first, or use SnapshotBuilder)' : '';
};

/**
 * Appends text to a rope. Engines store concatenated strings as trees, which need more memory than their text. If there are
 * many pieces for the length, reading a character makes the engine flatten the string.
 */
const extend = (rope, text, pieces) => {
  rope.text_ += text;
  rope.pieces_ += pieces;
  if (rope.pieces_ > 64 + rope.text_.length / 32) {
    unit(rope.text_, 0);
    rope.pieces_ = 1;
  }
};

/** Writes an object of the texts of its members. */
const ropeOf = (texts, pieces) => {
  const names = sort(keys(texts));
  const rope = { text_: '{', pieces_: 0 };
  for (const at in names) {
    extend(rope, `${+at ? ',' : ''}${stringify(names[at])}:${texts[names[at]]}`, 3);
  }
  extend(rope, '}', pieces);
  return rope;
};
export const compose = (texts) => ropeOf(texts, 1).text_;

/** Opens a document in a mode and with limits. */
export const open = (mode, bounds = LIMITS) => ({
  __proto__: null,
  faults_: array(),
  mode_: mode,
  bounds_: bounds,
  bytes_: 0,
  isTooLong_: false,
  pieces_: 1,
  /** Open containers with their paths, and kept containers with their texts. */
  containers_: map(),
});

/** Returns true if a document is too long or has too many issues, so that reading stops. */
export const isStopped = (document) => document.isTooLong_ || isFull(document.faults_);

/** Adds to the number of bytes of a document's canonical JSON. */
export const count = (document, bytes) => {
  document.bytes_ += bytes;
  document.pieces_ = 1;
  document.isTooLong_ ||= document.bytes_ > document.bounds_.documentBytes && !isFull(document.faults_);
};

/** Adds the issues of a document to a list, and returns true if there are none. A document that is too long has that issue only. */
// E5-8, E8.1-20
export const close = (document, issues, path) => {
  if (document.isTooLong_) {
    document.faults_ = array();
    tooBig(document.faults_, path, `${document.bounds_.documentBytes} canonical bytes`);
  }
  append(issues, document.faults_, document.itemId_);
  return !document.faults_.length;
};

const scalar = (document, text) => {
  count(document, text.length);
  return text;
};

/** Counts the bytes of a string, until the document is full. */
// E6.1-1, E6.1-2
const measure = (document, text) => {
  const most = document.bounds_.documentBytes - document.bytes_;
  let bytes = 2;
  for (let at = 0; at < text.length && bytes <= most; at++) {
    const code = unit(text, at);
    if (code < 0x20) bytes += code > 7 && code < 14 && code !== 11 ? 2 : 6;
    // A surrogate pair takes 4 bytes, 2 for each half.
    else
      bytes +=
        code < 0x80
          ? code === 0x22 || code === 0x5c
            ? 2
            : 1
          : code < 0x800 || (code > 0xd7ff && code < 0xe000)
            ? 2
            : 3;
  }
  count(document, bytes);
};

const unpaired = (document, path, half) => invalid(document, path, `string: unpaired surrogate at index ${half.index}`);
const tooDeep = (document, path) => tooBig(document.faults_, path, `${document.bounds_.levels} levels of nesting`);

/** Returns the canonical text of a string; null, with an issue, if it has an unpaired surrogate or is too long. */
export const quote = (document, path, text) => {
  const half = match(HALF, text);
  measure(document, text);
  if (half) return unpaired(document, path, half);
  // The id is kept even if the document is too long, because issues name the item.
  return text.length + 2 > document.bounds_.documentBytes ? null : stringify(text);
};

/** Reads any JSON value. */
// F7.1-1, F7.1-2, F7.1-3, F7.2-1
export const json = (document, path, value, level) => {
  if (isString(value)) return quote(document, path, value);
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && isFiniteNumber(value))) {
    return scalar(document, `${value}`);
  }
  if (isObjectOrArray(value)) {
    if (isArray(value) || isPlain(value)) return container(document, path, value, level);
    const time = instant(value);
    if (isFiniteNumber(time)) return scalar(document, stringify(iso(time)));
  }
  return wrong(document.faults_, path, 'JSON value', value);
};

/** Reads an array or a plain object. */
// F7.2-3, F10-1, E4.1-4
const container = (document, path, value, level) => {
  const { faults_: faults, bounds_: bounds, bytes_: bytes, containers_: containers } = document;
  const known = find(containers, value);
  if (isString(known)) {
    const whole = known ? shown(known) : 'the whole value';
    return wrongType(faults, path, 'JSON value', `a cycle (${shown(path)} is ${whole})`);
  }
  if (level > bounds.levels) return tooDeep(document, path);
  // A container that fits at one level also fits at any level nearer the root.
  if (known && level <= known.depth_) {
    count(document, known.bytes_);
    return known.text_;
  }
  const { length } = faults;
  enter(containers, value, path ?? '');
  const text = isArray(value)
    ? list(jsonAt(level + 1))(document, path, value)
    : members(document, path, value, level + 1);
  remove(containers, value);
  const own = document.bytes_ - bytes;
  if (document.bytes_ > CACHE_FROM && own >= CACHE_SIZE && faults.length === length && !document.isTooLong_) {
    enter(containers, value, { __proto__: null, text_: text, bytes_: own, depth_: level });
  }
  return text;
};

// F7.1-5, F7.1-7
const members = (document, path, object, level) => {
  const names = keys(object);
  const texts = new Blank();
  let pieces = 0;
  let comma = 0;
  count(document, 2);
  for (const at in names) {
    if (isStopped(document)) break;
    const name = names[at];
    const value = object[name];
    if (isAbsent(value)) continue;
    const place = join(path, name);
    count(document, 1 + comma);
    comma = 1;
    quote(document, place, name);
    texts[name] = json(document, place, value, level);
    pieces += document.pieces_;
  }
  const rope = ropeOf(texts, pieces);
  document.pieces_ = rope.pieces_;
  // At the end, the names of the outermost object.
  document.parts_ = texts;
  return rope.text_;
};

/** Reads the elements of an array, each by a rule. */
// F7.1-4
export const list = (rule) => (document, path, array) => {
  if (!isArray(array)) return wrong(document.faults_, path, 'array', array);
  const { length } = array;
  const rope = { text_: '[', pieces_: 0 };
  // E6.1-5
  count(document, length < document.bounds_.documentBytes ? 2 : length + 1);
  for (let at = 0; at < length && !isStopped(document); at++) {
    if (at) count(document, 1);
    const text = rule(document, join(path, at), element(array, at));
    extend(rope, `${at ? ',' : ''}${text}`, 1 + document.pieces_);
  }
  extend(rope, ']', 1);
  document.pieces_ = rope.pieces_;
  return rope.text_;
};

/**
 * Reads the members of an object that a shape names, and returns their texts; null for an invalid member. Other values get
 * an issue and no texts. `more` is a hint for that issue; with one, the value is refused.
 */
export const take = (document, path, value, shape, more = '') => {
  const { faults_: faults, mode_: mode } = document;
  const texts = new Blank();
  if (more || !isObject(value)) {
    wrong(faults, path, 'object', value, more);
    return texts;
  }
  const get = reader(value);
  // Each member has a colon and a comma or a bracket, and there is one more bracket.
  count(document, 1);
  for (const name in shape) {
    if (isStopped(document)) break;
    const member = get(name);
    const optional = isArray(shape[name]) && shape[name][0];
    if (optional && (isAbsent(member) || (member === null && mode % 2))) continue;
    if (!isAbsent(member)) count(document, name.length + 4);
    const { length } = faults;
    const text = (optional || shape[name])(document, join(path, name), member);
    texts[name] = faults.length > length ? null : text;
  }
  if (mode === STRICT) unknown(faults, path, value, shape);
  return texts;
};

/**
 * Adds an issue for each unknown own member of an object, sorted by name. `hints` has names that are easily mistaken, with the right ones;
 * of these, inherited members count, too.
 */
// F11-16, E8-8
export const unknown = (faults, path, value, known, hints = table()) => {
  const found = table();
  const own = keys(value);
  const get = reader(value);
  for (const at in own) if (!known[own[at]]) found[own[at]] = true;
  for (const name in hints) if (!isAbsent(get(name))) found[name] = true;
  const names = sort(keys(found));
  for (const at in names) {
    if (isFull(faults)) return;
    const name = names[at];
    const more = hints[name] ? `. Did you mean ${hints[name]}?` : '';
    add(faults, join(path, name), 'extra', `Unknown member: ${shown(name)}${more}`);
  }
};

/**
 * Reads UTF-8 up to the first bytes that are not UTF-8; if there are any, `isWhole_` is false. A byte-order mark is a character like any other.
 */
const decode = (bytes, size) => {
  const rope = { text_: '', pieces_: 0, isWhole_: true };
  for (let at = 0; rope.isWhole_ && at < size; ) {
    let code = bytes[at++];
    const more = code < 128 ? 0 : code < 224 ? 1 : code < 240 ? 2 : 3;
    let left = more;
    if (more) code -= 256 - 2 ** (7 - more);
    for (; left && bytes[at] >> 6 === 2; left--) code = code * 64 + (bytes[at++] % 64);
    rope.isWhole_ = !left && code >= LEAST[more] && code >> 11 !== 27 && code < 0x110000;
    if (rope.isWhole_) extend(rope, fromCodePoint(code), 1);
  }
  return rope;
};

/** Parses JSON text, a string or bytes. If it has a mistake or is too long, that becomes the issue of the document. */
// F7.4-1, F7.4-5
const parsed = (document, path, given) => {
  const { faults_: faults, bounds_: bounds } = document;
  const isOwn = isString(given);
  const size = isOwn ? given.length : lengthOf(given);
  document.isTooLong_ = size > TEXT_SIZE * bounds.documentBytes;
  if (document.isTooLong_) return;
  const { text_: text, isWhole_: isWhole } = isOwn ? { text_: given, isWhole_: true } : decode(given, size);
  const half = match(HALF, text);
  if (half) return unpaired(document, path, half);
  const { value_: value, mistake_: mistake } = readJson(text, isWhole, bounds.levels);
  if (!mistake) return value;
  const { isDuplicate_: isDuplicate, path_: inside, before_: before, foreign_: foreign, after_: after } = mistake;
  const place = inside ? join(path, inside) : path;
  if (before) add(faults, place, isDuplicate ? 'duplicate' : 'invalid_format', before + shown(foreign) + after);
  else tooDeep(document, place);
};

/** Parses canonical text of an object. In V8 of Node.js 26, `JSON.parse` confuses names with escapes. */
export const parseObject = (text) =>
  indexOf(text, '\\') < 0 ? parse(text) : readJson(text, true, LIMITS.levels).value_;

/** Reads an object as a document. Returns the texts of its members, and true if it has no issue. */
export const read = (issues, path, value, shape, mode, bounds, end = path) => {
  const document = open(mode, bounds);
  if (mode === ROW && (isString(value) || kindOf(value) === 'Uint8Array')) value = parsed(document, path, value);
  document.texts_ =
    document.isTooLong_ || document.faults_.length
      ? new Blank()
      : take(document, path, value, shape, mode > STRICT ? hint(value) : '');
  document.isValid_ = close(document, issues, end);
  return document;
};

// Rules: first the required type, then further requirements on the text.

/** Returns the rule of values that pass a test; `write` is the rule that writes them. */
const being = (test, expected, write) => (document, path, value) =>
  test(value) ? write(document, path, value) : wrong(document.faults_, path, expected, value);
/** Adds a test to a rule; values that fail it get an `invalid_format`. */
const having = (rule, test, what) => (document, path, value) => {
  const text = rule(document, path, value);
  return !text || test(value) ? text : invalid(document, path, what);
};
const asText = (document, _, value) => scalar(document, `${value}`);
const jsonAt = (level) => (document, path, value) => json(document, path, value, level);
export const isPlainObject = (value) => isObject(value) && isPlain(value);

export const string = being(isString, 'string', quote);
export const boolean = being((value) => typeof value === 'boolean', 'boolean', asText);
export const integerTo = (most) =>
  being(
    (value) => typeof value === 'number' && value >= 0 && value <= most && floor(value) === value,
    `integer from 0 to ${most}`,
    asText,
  );
export const integer = integerTo(2 ** 53 - 1);
/** Reads a JSON object one level below its document. */
export const object = being(isPlainObject, 'record', jsonAt(2));
export const content = being((value) => isString(value) || isPlainObject(value), 'string or object', jsonAt(2));

/** A string that is not empty. */
export const filled = (document, path, value) => {
  const text = string(document, path, value);
  if (value !== '') return text;
  return add(document.faults_, path, 'too_small', 'Too small: expected string to have >=1 characters');
};
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

/** Reads one of two texts. */
export const either = (one, other) => (document, path, value) => {
  const text = string(document, path, value);
  if (!text || text === one || text === other) return text;
  return compare(document.faults_, path, other ? `${one} or ${other}` : one, text);
};

/** Reads a time, and writes it in the form of FORMAT 5.1. */
// F5.1-3, F5.1-4, F11-15, E4-8, E4-10
export const time = (document, path, value) => {
  let at = instant(value);
  let expected = 'an instant from 1970 to 9999';
  if (isString(value)) {
    const parts = match(TIME, value) ?? array();
    const local = `${parts[1]}T${parts[2]}`;
    at = parseTime(`${local}Z`);
    // A time that does not exist, such as 30 February, is refused or becomes another time.
    if (isFiniteNumber(at) && slice(iso(at), 0, 19) === local) {
      at = parseTime(`${local}.${slice(`${parts[3] ?? ''}000`, 0, 3)}${parts[4] ?? '+00'}:${parts[5] ?? '00'}`);
    } else {
      const has = match(PARTS, value) ?? array();
      let lacks = '';
      for (const name in PART_NAMES) {
        const isThere = has[PART_NAMES[name]] || (name === 'seconds' && !has[2]);
        if ((has[1] || has[2]) && !isThere) lacks += `${lacks ? ',' : '; missing:'} the ${name}`;
      }
      expected = `RFC 3339 with an offset${lacks}`;
      at = -1;
    }
  }
  if (!isFiniteNumber(at)) return wrong(document.faults_, path, 'date', value);
  if (at >= 0 && at < 253_402_300_800_000) return scalar(document, stringify(iso(at)));
  if (isString(value)) measure(document, value);
  return invalid(document, path, `time: expected ${expected}`);
};

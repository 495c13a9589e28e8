// From JavaScript values to the tape.
//
// Why here and not in Rust: looking at a value from WebAssembly costs a call for each of its parts; here it costs nothing.
// Why not `JSON.stringify`: it drops and converts in silence (`NaN` becomes `null`, a `Map` becomes `{}`, `toJSON` runs),
// and takes as long as the whole of this way.
//
// How: each value is visited once and written, in the form that `src/tape.rs` describes, into an array of 32-bit words
// and a list of strings; `deliver` copies both into WebAssembly's memory when the value is complete. What is no JSON
// value is written as that (`BAD`), never thrown, so that all of it is reported, with paths that are only made then.
//
// All state belongs to one walker, and a walker to one operation while that runs: host code that runs while we read (getters,
// proxies, iterators) may call us again. Names and shapes that it has learnt stay for the next operation. Everything of
// the host's is read once; what its code throws passes through.

export const ABSENT = 0;
export const NULL = 1;
export const BOOLEAN = 2;
export const SHAPED = 3;
export const INTEGER = 4;
export const DOUBLE = 5;
export const STRING = 6;
export const ARRAY = 7;
const OBJECT = 8;
const RECORD = 9;
const DATE = 10;
const BAD = 11;
/** Nested too deeply; with a payload, the container that is so many levels up, again. */
const DEEP = 12;
const CUT = 13;
export const KEY = 14;
const KEY_TEXT = 15;
export const KIND_BITS = 4;
const FALSE = BOOLEAN;
const TRUE = BOOLEAN | (1 << KIND_BITS);
const INTEGER_LIMIT = 2 ** (31 - KIND_BITS);
/** A `CUT` because there are too many bad values. */
const CUT_BAD = CUT | (1 << KIND_BITS);

// Of `src/contract.rs`.
const MAX_LEVELS = 1000;
const MAX_DOCUMENT_BYTES = 268435456;
export const MAX_ISSUES = 100;
const MAX_COUNT = 2 ** 53 - 1;
/** Limits that a host may lower, and their highest values. */
const LIMITS = ['documentBytes', 'levels', 'items', 'totalBytes'];
const MOST = [MAX_DOCUMENT_BYTES, MAX_LEVELS, MAX_COUNT, MAX_COUNT];
/**
 * Words and units of text beyond its limit after which a document is surely too long: each is at least a byte of it, but
 * for some in members that are not part of it. What has a length of its own is looked at by itself, so that no length
 * exceeds its bits.
 */
const SLACK = 256;
/** Longest name of a class that is told, in units: Rust shows less. */
const MAX_CLASS_NAME = 1024;

/** A container of so many words and units is worth a look if it was met before. */
const LARGE = 2 ** 12;
/** Words and units that are read again, because objects are shared, before it is computed how many there would be. */
const MOST_AGAIN = 2 ** 18;

/** Containers in which a cycle is looked for. */
const MOST_LOOKED_AT = 2 ** 16;

/** Strings up to this length are joined and moved together: a call for each would cost more than the copy. */
export const SHORT = 256;
/** What was joined so far is a piece by itself at this length: what is made up of many parts is costly to keep. */
const LONGEST_ROPE = 16384;
/** Names that are learnt for one operation, and their length: enough for any schema, and a bound for the rest. */
const MAX_KEYS = 1024;
const MAX_KEY_LENGTH = 64;
/** The same for the shapes of objects, for all names in them, and for the sequences of names that lead to them. */
const MAX_SHAPE_LENGTH = 64;
const MAX_SHAPE_NAMES = 32768;
const MAX_SEQUENCES = 4096;

/** So few words are copied faster one by one. */
const FEW = 48;

/** Words that are allocated at once: four times as many each time, up to the last, where what is noted leaves no room. */
const FIRST_CHUNK = 2 ** 10;
const LARGEST_CHUNK = 2 ** 16;
/** Where fewer are left, what is read begins in others: to move it in its middle would cost more. */
const ROOM = 2 ** 8;

/** Words above which a walker holds too much memory to be kept. */
const WORTH_KEEPING = 2 ** 18;

// Functions of the language, taken when the module is loaded, and classes whose methods are their own: a prototype that
// somebody patches afterwards decides nothing. What is written below keeps to three rules: no reads past the end of a list, no
// writes that a setter could catch (`put`, `append`), no iteration or spreading of lists (these ask `Array.prototype`).
const { create, defineProperties, getOwnPropertyDescriptor, getOwnPropertyDescriptors } = Object;
const { defineProperty, getPrototypeOf, hasOwn, keys, setPrototypeOf } = Object;
export const { freeze } = Object;
const { isArray } = Array;
const { isInteger } = Number;
export const { apply } = Reflect;
const DATE_PROTOTYPE = Date.prototype;
const { getTime, toISOString } = DATE_PROTOTYPE;
const OBJECT_PROTOTYPE = Object.prototype;
const ARRAY_PROTOTYPE = Array.prototype;
const { iterator: ITERATOR, asyncIterator: ASYNC_ITERATOR } = Symbol;
/** Makes a function of a method, which takes its object first. */
export const uncurried = Function.prototype.bind.bind(Function.prototype.call);
export const unitAt = uncurried(String.prototype.charCodeAt);
export const sliceOf = uncurried(String.prototype.slice);
const sort = uncurried(Array.prototype.sort);
const TYPED_ARRAY = getPrototypeOf(Uint8Array.prototype);
/** Reads a property that the language defines by a getter. */
export const getter = (prototype, name) => uncurried(getOwnPropertyDescriptor(prototype, name).get);
export const lengthOf = getter(TYPED_ARRAY, 'length');

/** Gives a class of ours its own copies of inherited members, and cuts it off from those that all share. */
export function seclude(Class, ...inherited) {
  const { prototype } = Class;
  for (const from of inherited)
    defineProperties(prototype, { ...getOwnPropertyDescriptors(from), ...getOwnPropertyDescriptors(prototype) });
  setPrototypeOf(prototype, null);
}
export class Table extends Map {
  // Not the default, which some engines run as a spread.
  constructor() {
    super(null);
  }
}
seclude(Table, Map.prototype);
class Met extends WeakSet {
  constructor() {
    super(null);
  }
}
seclude(Met, WeakSet.prototype);
class Words extends Int32Array {
  constructor(of, start = 0, length = undefined) {
    super(of, start, length);
  }
}
seclude(Words, TYPED_ARRAY);

/** Defines a member, whatever prototypes have of that name. */
export function define(object, name, value, enumerable = true, isFree = true) {
  const descriptor = create(null);
  descriptor.value = value;
  descriptor.enumerable = enumerable;
  descriptor.writable = descriptor.configurable = isFree;
  defineProperty(object, name, descriptor);
}

/** Sets a member of an array or a plain object as an object literal would: no setter of a prototype runs. */
export function put(object, name, value) {
  if (name in ARRAY_PROTOTYPE) define(object, name, value);
  else object[name] = value;
}

/** Adds a value to the end of a list. */
export const append = (list, value) => put(list, list.length, value);

/** A list of our own, whose elements may be set and read past its end. */
const list = () => setPrototypeOf([], null);

const NOTHING = freeze(create(null));
const NOT_AWAITED = ' (did you forget to await it?)';
const NOT_COLLECTED = ' (collect it first, or use SnapshotBuilder)';

const EMPTY = new Words(0);

// A binary64 as two words.
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** An object in zod's sense: whatever members can be read from by name. */
export const isObject = (value) => typeof value === 'object' && value !== null && !isArray(value);

/** `Object.prototype`, of whatever realm. */
const isObjectPrototype = (value) =>
  value === OBJECT_PROTOTYPE || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));

/** Whether what has that prototype is a plain object: there is none, or it is the `Object.prototype` of a realm. */
const isPlain = (prototype) => prototype === OBJECT_PROTOTYPE || prototype === null || isObjectPrototype(prototype);

/** The `Object.prototype` that an object inherits from, or null. */
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
function ownOf(object, name) {
  const value = object[name];
  return hasOwn(OBJECT_PROTOTYPE, name) ? own(value, object, rootOf(object), name) : value;
}

/** A member by name, read once. */
const member = (object, root, name) => own(object[name], object, root, name);

/** A text that is shown, without its middle if that will not be. */
const shortened = (text) =>
  text.length > MAX_CLASS_NAME ? sliceOf(text, 0, 512) + sliceOf(text, text.length - 512) : text;

function isAmong(name, names) {
  for (let at = 0; at < names.length; at++) if (names[at] === name) return true;
  return false;
}

/** Own names of an object that are not known. */
function unknownNames(object, known) {
  const names = keys(object);
  const unknown = [];
  for (let at = 0; at < names.length; at++) if (!isAmong(names[at], known)) append(unknown, names[at]);
  return unknown;
}

/** A member of a plain object. */
const ownMember = (object, name) => (hasOwn(object, name) ? object[name] : undefined);

/** Bytes of a string in canonical form. */
function bytesOf(text) {
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
function sizeOf(value, most) {
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
function isCyclic(value) {
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
function timeOf(value) {
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
const NO_CLASS = ['', 'Object', 'object', 'string', 'record', 'array', 'boolean', 'iterable', 'date', 'integer'];

const isName = (name) => typeof name === 'string' && !isAmong(name, NO_CLASS);

/** The name of an object's class, which generators have as a tag. A minifier's says nothing: then its members are told. */
function classOf(value) {
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
export function received(value) {
  if (typeof value === 'number') return value - value === 0 ? 'number' : `${value}`;
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  return isPlain(getPrototypeOf(value)) ? 'object' : classOf(value);
}

/** What to do about a value that stands in the place of a pack or of items and is not there yet. */
function hint(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  const { then } = value;
  if (typeof then === 'function' && own(then, value, rootOf(value), 'then') === then) return NOT_AWAITED;
  return typeof ownOf(value, ASYNC_ITERATOR) === 'function' ? NOT_COLLECTED : '';
}

/** The names of an object, in its own order. */
class Shape {
  constructor(number, names) {
    this.number = number;
    this.names = names;
    /** The shape of the object that came next when this one was met last: a good guess at what comes now. */
    this.next = this;
    /** What was guessed before that turned out to be wrong: lists end, and what follows them is followed by others. */
    this.other = this;
  }
}
seclude(Shape);

/** Some names one after the other: the shape of an object that has no more, and what other names may follow. */
class Sequence {
  constructor() {
    this.shape = undefined;
    this.longer = new Table();
  }
}
seclude(Sequence);

/** What objects are read for: names in the order of the contract, each with the method that writes what it names. */
const scalars = (...names) => names.map((name) => [name, 'scalar']);
const INPUT = [...scalars('packKey', 'packVersion', 'reason', 'requestedBy'), ['metadata', 'mapping']];
const DECISION = scalars('effect', 'reason');
const PACK_NAME = scalars('packKey', 'version');
const PACK_REST = [
  ...scalars('title', 'description'),
  ['owners', 'strings'],
  ['tags', 'strings'],
  ['sources', 'sources'],
];
const SOURCE = [...scalars('kind', 'key', 'version'), ['required', 'nonText'], ['description', 'scalar']];
const IDEMPOTENCY_KEY = scalars('idemKey', 'packKey', 'packVersion', 'tenantId', 'organizationId', 'workspaceId');
const DIGESTED_ITEM = scalars('itemId', 'digest', 'kind', 'sourceKey', 'sourceVersion');
const PROOF = [...scalars('itemId', 'leafIndex'), ['path', 'strings'], ['manifest', 'document'], ['hash', 'scalar']];
const CONTENTS = [
  ['manifest', 'document'],
  ['index', 'anIndex'],
];
const EVENT = [...scalars('id', 'key', 'version', 'occurredAt'), ['traceId', 'scalarOrNull'], ['payload', 'output']];
const OUTPUT = [
  ...scalars('snapshotId', 'packKey', 'packVersion', 'hash'),
  ['itemCount', 'nonText'],
  ['createdAt', 'scalar'],
];
/** The members of a verification's parts, and those of a snapshot that stand beside them and say nothing. */
const PARTS = [
  ...['record', 'pack', 'index', 'rowIds', 'limits', 'event', 'manifest', 'output', 'expect', 'items', 'itemsJson'],
];
/** What is easily taken for the member of that name in `expect`. */
const TAKEN_FOR_TRUSTED = ['expected', 'hash', 'seal'];
// As a store returns them: `null` stands for what is absent.
const orNull = (shape) => shape.map(([name, write]) => [name, `${write}OrNull`]);
const STORED_RECORD = [
  ...scalars('snapshotId', 'packKey', 'packVersion', 'hash'),
  ['itemCount', 'nonText'],
  ...scalars('createdAt', 'createdBy'),
  ['metadata', 'mapping'],
];
const STORED_SOURCE = [...SOURCE.slice(0, 2), ...orNull(SOURCE.slice(2))];
const STORED_PACK = [
  ...PACK_NAME,
  ['title', 'scalar'],
  ...orNull([
    ['description', 'scalar'],
    ['owners', 'strings'],
    ['tags', 'strings'],
    ['sources', 'sources'],
  ]),
];

/** `null`, which a store returns for a column without a value, as absent. */
const orAbsent = (value) => (value === null ? undefined : value);

/** By the numbers of `What`, in `mod.rs`. */
const READ = [
  'caller',
  'request',
  'previewRequest',
  'packName',
  'packRest',
  'openItems',
  'openRecords',
  'anIdempotencyKey',
  'aDigestedItem',
  'aProof',
  'recordOf',
  'hasItems',
  'parts',
  'contents',
  'against',
  'chainOptions',
  'aScalar',
];

export class Walker {
  constructor(memory) {
    this.memory = memory;
    this.heap = EMPTY;
    /** Where words and text go in that memory, and how many there is room for. */
    this.toWords = 0;
    this.mostWords = 0;
    this.toText = 0;
    this.mostText = 0;
    /** Whether what is read goes onto another tape than all else. */
    this.isElsewhere = false;
    this.words = EMPTY;
    /** How many of them are noted elsewhere, where what is read begins, and where it ends. */
    this.used = 0;
    this.from = 0;
    this.count = 0;
    /** UTF-16 units written: all of `pieces`, then `rope`. */
    this.length = 0;
    this.pieces = [];
    this.rope = '';
    /** Units at which what was joined becomes a piece, and it is looked whether they are too many. */
    this.lookAt = 0;
    /** What is written in the place of everything else from now on; 0 while we read. */
    this.halted = 0;
    /** Of the document that is read: wrong values in it, words and units that are not part of it, and what it may have. */
    this.bad = 0;
    this.before = 0;
    this.maxLevels = MAX_LEVELS;
    this.maxBytes = MAX_DOCUMENT_BYTES;
    /** While cycles are looked for: the containers that are open, by their level, and how many levels there may be. */
    this.inside = undefined;
    this.mostLevels = MAX_LEVELS;
    /** Whether a container was met that is nested too deeply, or in itself. */
    this.isDeep = false;
    /** Units above which a string is looked at by itself. */
    this.maxShort = SHORT;
    /** Of the value that is read: itself, large containers met in it, and words and units that were met again. */
    this.whole = undefined;
    this.met = undefined;
    this.again = 0;
    /** Names in the objects that are open and not of the shape that was guessed, innermost last. */
    this.names = list();
    this.top = 0;
    /** Names learnt, with their numbers and by them, and those that WebAssembly has yet to learn. */
    this.keys = new Table();
    this.keyNames = [];
    this.newKeys = [];
    /** Names in a row that were not among those learnt, when there were as many as may be: so many, and none is looked for. */
    this.missed = 0;
    /** The same for shapes, which are found by their names one after the other. */
    this.shapes = [];
    this.shapeNames = 0;
    this.newShapes = [];
    this.sequences = 0;
    this.noNames = new Sequence();
    /** That of an object whose shape is not known; and that of the object that was opened last. */
    this.unknown = new Shape(0, list());
    this.shape = this.unknown;
    /** Whether the last read came to its end; then WebAssembly learns what this has learnt, and both know the same names. */
    this.isWhole = true;
    this.forget();
  }

  /** What belongs to one operation: the host's values, and words that are noted. */
  forget() {
    if (this.used > 0) this.words = EMPTY;
    this.used = 0;
    this.context = NOTHING;
    this.contextRoot = null;
    this.traceId = undefined;
    this.pack = undefined;
    this.items = undefined;
    this.iterator = undefined;
    this.next = undefined;
    /** An array that is iterated over by its elements, and the next of these. */
    this.listed = undefined;
    this.position = 0;
    /** The method that writes what is iterated over, and where that is noted. */
    this.each = this.item;
    this.noted = undefined;
    /** An index that was met, and how many entries of it were written. */
    this.index = undefined;
    this.written = 0;
    this.limit(undefined);
    // An exception may have left text behind, and names of objects that were open.
    this.pieces = [];
    this.rope = '';
    if (this.names.length > 0) this.names = list();
    this.whole = undefined;
    this.met = undefined;
  }

  // --- What is read, in the order of the stages. Each returns what `finish` does, 0 where there is nothing. ---

  read(what, of) {
    return this[READ[what]](of);
  }

  caller(ctx) {
    this.begin();
    if (isObject(ctx)) {
      this.context = ctx;
      this.contextRoot = rootOf(ctx);
    }
    const record = this.open(RECORD);
    const actor = this.ofContext('actor');
    this.scalar(actor);
    this.traceId = this.ofContext('traceId');
    this.scalar(this.traceId);
    this.decision(this.ofContext('decision'));
    // An input in its place, or nothing, is no context that does not say who asks.
    const isNobody = actor === undefined || actor === null;
    this.word(this.context === NOTHING || (isNobody && this.ofContext('packKey') !== undefined) ? FALSE : TRUE);
    // Last, for there may be more of them than are read.
    this.strings(this.ofContext('roles'));
    this.close(record, 5);
    return this.finish();
  }

  /** A preview has no identifier, and so none of what would make one. */
  previewRequest(input) {
    return this.request(input, true);
  }

  request(input, isPreview = false) {
    this.begin();
    const limits = this.ofContext('limits');
    const read = this.readLimits(limits);
    const record = this.open(RECORD);
    this.fields(input, INPUT);
    this.scalar(this.ofContext('userId'));
    this.scalar(this.ofContext('tenantId'));
    this.scalar(this.ofContext('organizationId'));
    this.scalar(this.ofContext('workspaceId'));
    this.scalar(this.ofContext('channel'));
    this.scalar(this.traceId);
    const identifier = (name) => this.scalar(isPreview ? undefined : this.ofContext(name));
    identifier('idemKey');
    this.scalar(this.ofContext('now'));
    identifier('snapshotId');
    identifier('parent');
    this.writeLimits(limits, read);
    this.close(record, 12);
    return this.finish();
  }

  packName() {
    this.begin();
    this.pack = this.ofContext('pack');
    if (this.pack === undefined || this.pack === null) {
      this.word(NULL);
    } else if (this.isThere(this.pack)) {
      this.fields(this.pack, PACK_NAME);
    }
    return this.finish();
  }

  packRest() {
    this.begin();
    this.fields(this.pack, PACK_REST);
    return this.finish();
  }

  /** What is iterated over is noted there, so that it can be made again. */
  noteIn(items) {
    this.noted = items;
  }

  /** Items are iterated as `for … of` would: see `next` and `closeItems`. */
  openItems() {
    return this.iterate(this.items ?? this.ofContext('items'));
  }

  openRecords(records) {
    this.each = this.storedRecord;
    return this.iterate(records);
  }

  iterate(values) {
    this.begin();
    // A string can be iterated, but never over items.
    const method = typeof values === 'object' && values !== null ? ownOf(values, ITERATOR) : undefined;
    if (typeof method === 'function') {
      // As the language's own iterator would, whatever stands in its place.
      if (isArray(values) && method === ARRAY_PROTOTYPE[ITERATOR]) {
        this.listed = values;
      } else {
        this.iterator = apply(method, values, []);
        requireObject(this.iterator, 'The iterator');
        this.next = ownOf(this.iterator, 'next');
      }
      this.word(TRUE);
    } else {
      this.reject(received(values) + hint(values));
    }
    return this.finish();
  }

  /** 0 at the end. What `next` throws leaves the iterator as it is; what a value's own code throws closes it. */
  nextItem() {
    const { listed } = this;
    let value;
    if (listed !== undefined) {
      if (this.position >= listed.length) return 0;
      const at = this.position++;
      // Proxies of arrays may have no elements of their own, so that is asked only if prototypes have some.
      value = at in ARRAY_PROTOTYPE ? elementOf(listed, at) : listed[at];
    } else {
      const step = apply(this.next, this.iterator, []);
      requireObject(step, 'The result of the iterator');
      if (ownOf(step, 'done')) return 0;
      value = ownOf(step, 'value');
    }
    try {
      this.begin();
      this.each(value);
      if (this.noted !== undefined) {
        this.noted.note(this.words, this.from, this.pieces);
        this.used = this.count;
      }
      return this.finish();
    } catch (error) {
      try {
        this.closeItems();
      } catch {
        // The first error is the one that counts, as in `for … of`.
      }
      throw error;
    }
  }

  closeItems() {
    if (this.listed !== undefined) return;
    const method = ownOf(this.iterator, 'return');
    if (method === undefined || method === null) return;
    requireObject(apply(method, this.iterator, []), 'What the iterator returns when it is closed');
  }

  anItem(item) {
    this.begin();
    this.item(item);
    return this.finish();
  }

  aStoredItem(item) {
    this.begin();
    this.storedItem(item);
    return this.finish();
  }

  /** The record of a snapshot, whose items may follow. */
  recordOf(snapshot) {
    this.begin();
    if (isObject(snapshot)) {
      this.context = snapshot;
      this.contextRoot = rootOf(snapshot);
    }
    this.storedRecord(this.ofContext('record'));
    return this.finish();
  }

  /** Whether that snapshot has items, which may then be opened. */
  hasItems() {
    this.each = this.storedItem;
    this.items = this.ofContext('items');
    return Number(this.items !== undefined);
  }

  aDigestedItem(entry) {
    this.begin();
    this.fields(entry, DIGESTED_ITEM);
    return this.finish();
  }

  aProof(proof) {
    this.begin();
    this.fields(proof, PROOF);
    return this.finish();
  }

  /** The parts of a verification, but for the items. */
  parts(parts) {
    this.begin();
    this.each = this.storedItem;
    if (isObject(parts)) {
      this.context = parts;
      this.contextRoot = rootOf(parts);
    }
    const limits = this.ofContext('limits');
    const read = this.readLimits(limits);
    const whole = this.open(RECORD);
    this.writeLimits(limits, read);
    const record = this.ofContext('record');
    const pack = this.ofContext('pack');
    this.beginDocument();
    this.storedRecord(record);
    this.beginDocument();
    this.storedPack(pack);
    this.beginDocument();
    this.anIndex(this.ofContext('index'));
    this.nonText(this.ofContext('rowIds'));
    this.part(this.ofContext('event'), EVENT);
    const manifest = this.ofContext('manifest');
    this.beginDocument();
    if (manifest === undefined) this.word(ABSENT);
    else this.document(manifest);
    this.part(this.ofContext('output'), OUTPUT);
    this.trusted(parts, 'hash', 'seal');
    this.others(parts, PARTS, true);
    this.close(whole, 10);
    return this.finish();
  }

  /** What a chain is verified against. */
  chainOptions(options) {
    this.begin();
    if (options === undefined) {
      this.word(ABSENT);
    } else if (isObject(options)) {
      this.context = options;
      this.contextRoot = rootOf(options);
      const record = this.open(RECORD);
      this.trusted(options, 'seal');
      this.others(options, ['expect'], true);
      this.close(record, 2);
    } else {
      this.reject(received(options));
    }
    return this.finish();
  }

  /** A part that is read by the names of its members, if it is there: a document by itself. */
  part(value, shape) {
    this.beginDocument();
    if (value === undefined) this.word(ABSENT);
    else this.fields(value, shape);
  }

  /**
   * What is trusted, by these names: a plain object that is there, even if it is undefined. Read with the format's own
   * limits, since it is the caller's.
   */
  trusted(parts, ...names) {
    const { maxBytes, maxLevels, maxShort } = this;
    this.limit(undefined);
    this.beginDocument();
    const expect = this.ofContext('expect');
    if (expect === undefined && !this.has(parts, 'expect')) {
      this.word(ABSENT);
    } else if (isObject(expect) && isPlain(getPrototypeOf(expect))) {
      const record = this.open(RECORD);
      for (let at = 0; at < names.length; at++) this.scalar(ownMember(expect, names[at]));
      this.others(expect, names, false);
      this.close(record, names.length + 1);
    } else {
      this.reject(received(expect));
    }
    this.maxBytes = maxBytes;
    this.maxLevels = maxLevels;
    this.maxShort = maxShort;
    this.beginDocument();
  }

  /** Whether an object of the caller's has that member, own or inherited, but not from an `Object.prototype`. */
  has(object, name) {
    if (!isObject(object)) return false;
    const root = this.contextRoot;
    let holder = object;
    for (let length = 0; holder !== null && holder !== root && length < MAX_LEVELS; length++) {
      if (hasOwn(holder, name)) return true;
      holder = getPrototypeOf(holder);
    }
    // Of a longer chain it is not known.
    return holder !== null && holder !== root;
  }

  /** The other names of an object, sorted; inherited ones only of what is easily taken for a trusted value. */
  others(object, known, withInherited) {
    const names = isObject(object) ? unknownNames(object, known) : [];
    for (let at = 0; withInherited && at < TAKEN_FOR_TRUSTED.length; at++) {
      const name = TAKEN_FOR_TRUSTED[at];
      if (!isAmong(name, names) && this.ofContext(name) !== undefined) append(names, name);
    }
    sort(names);
    this.beginDocument();
    const array = this.open(ARRAY);
    let count = 0;
    while (count < names.length && count <= MAX_ISSUES) {
      // Not as a document is read: none is left out, however long it is.
      const name = shortened(names[count++]);
      this.two(STRING | (name.length << KIND_BITS), this.length);
      this.text(name, name.length);
    }
    this.close(array, count);
  }

  /** Reads limits; those that are right hold from here on. */
  readLimits(limits) {
    if (!isObject(limits) || !isPlain(getPrototypeOf(limits))) return undefined;
    const root = rootOf(limits);
    const read = list();
    let isRight = unknownNames(limits, LIMITS).length === 0;
    for (let at = 0; at < LIMITS.length; at++) {
      const value = member(limits, root, LIMITS[at]);
      isRight &&= value === undefined || (isInteger(value) && value >= 0 && value <= MOST[at]);
      read[at] = value;
    }
    if (isRight) this.limit(read);
    return read;
  }

  /** Holds a builder or a verifier to its limits. */
  limitTo(maxBytes, maxLevels) {
    this.limit([maxBytes, maxLevels]);
  }

  /** Holds to these limits, or to those of the format. */
  limit(limits) {
    this.maxBytes = limits?.[0] ?? MAX_DOCUMENT_BYTES;
    this.maxLevels = limits?.[1] ?? MAX_LEVELS;
    this.maxShort = Math.min(SHORT, this.maxBytes - 2);
  }

  writeLimits(limits, read) {
    if (limits === undefined || limits === null) return this.word(ABSENT);
    if (read === undefined) return this.reject(received(limits));
    const record = this.open(RECORD);
    for (let at = 0; at < read.length; at++) this.scalar(read[at]);
    this.others(limits, LIMITS, false);
    this.close(record, 5);
  }

  /** A manifest and its index. */
  contents(contents) {
    this.begin();
    this.fields(contents, CONTENTS);
    return this.finish();
  }

  /** What a preview is compared with; 0 where there is nothing. */
  against() {
    const against = this.ofContext('against');
    return against === undefined || against === null ? 0 : this.contents(against);
  }

  /** An index, whose entries are read when they are needed; what is there instead. */
  anIndex(index) {
    if (isArray(index)) {
      this.index = index;
      this.word(TRUE);
    } else if (index === undefined) {
      this.word(ABSENT);
    } else {
      this.reject(received(index));
    }
  }

  /**
   * The next entries of what was read of an index; 0 at the end. They go onto a tape of their own, since what was read
   * before is still looked at: so there is no room that is known, neither now nor when they have been delivered.
   */
  nextEntries(entries) {
    const left = entries.ids.length - this.written;
    const most = left < 1024 ? left : 1024;
    if (most === 0) return 0;
    this.begin();
    this.mostWords = 0;
    this.isElsewhere = true;
    const array = this.open(ARRAY);
    let count = 0;
    while (count < most && this.length < MOST_AGAIN) {
      const at = this.written + count++;
      this.beginDocument();
      if (entries.strangers?.has(at)) {
        this.reject(entries.strangers.get(at));
        continue;
      }
      const record = this.open(RECORD);
      this.scalar(entries.ids[at]);
      this.scalar(entries.digests[at]);
      this.close(record, 2);
    }
    this.written += count;
    this.close(array, count);
    return this.finish();
  }

  aValue(value) {
    this.begin();
    this.bounded(value, 1);
    return this.finish();
  }

  aScalar(value) {
    this.begin();
    this.scalar(value);
    return this.finish();
  }

  anIdempotencyKey(key) {
    this.begin();
    this.fields(key, IDEMPOTENCY_KEY);
    return this.finish();
  }

  // --- Members whose shape the contract fixes ---

  ofContext(name) {
    return member(this.context, this.contextRoot, name);
  }

  /** An object, by the members that it is read for; what there is instead of one. */
  fields(object, shape) {
    if (!isObject(object)) return this.reject(received(object));
    const root = rootOf(object);
    const record = this.open(RECORD);
    for (let at = 0; at < shape.length; at++) {
      const part = shape[at];
      this[part[1]](member(object, root, part[0]));
    }
    this.close(record, shape.length);
  }

  decision(value) {
    if (value === undefined || value === null) return this.word(NULL);
    this.fields(value, DECISION);
  }

  strings(values) {
    this.array(values, (value) => this.scalar(value));
  }

  sources(values) {
    this.array(values, (value) => this.fields(value, SOURCE));
  }

  scalarOrNull(value) {
    this.scalar(orAbsent(value));
  }

  stringsOrNull(values) {
    this.strings(orAbsent(values));
  }

  sourcesOrNull(values) {
    this.array(orAbsent(values), (value) => this.fields(value, STORED_SOURCE));
  }

  /** A member that is a document by itself. */
  document(value) {
    this.mapping(value, 1);
  }

  output(value) {
    if (value === undefined) this.word(ABSENT);
    else this.fields(value, OUTPUT);
  }

  storedRecord(value) {
    if (this.isThere(value)) this.fields(value, STORED_RECORD);
  }

  storedPack(value) {
    if (value === undefined || value === null) return this.word(NULL);
    if (this.isThere(value)) this.fields(value, STORED_PACK);
  }

  /** An item as a store returns it; its time is not looked at. */
  storedItem(item) {
    if (!this.isThere(item)) return;
    const root = rootOf(item);
    const record = this.open(RECORD);
    this.scalar(own(item.itemId, item, root, 'itemId'));
    this.scalar(own(item.kind, item, root, 'kind'));
    this.scalar(own(item.sourceKey, item, root, 'sourceKey'));
    this.scalar(orAbsent(own(item.sourceVersion, item, root, 'sourceVersion')));
    this.plain(own(item.content, item, root, 'content'));
    this.scalar(orAbsent(own(item.textContent, item, root, 'textContent')));
    this.mapping(orAbsent(own(item.metadata, item, root, 'metadata')));
    this.word(this.halted === 0 ? ABSENT : this.halted);
    this.close(record, 8);
  }

  // Written out, since there are many items: a read by a name that is known here costs a tenth of `member`'s.
  item(item) {
    if (!this.isThere(item)) return;
    const root = rootOf(item);
    const record = this.open(RECORD);
    this.scalar(own(item.itemId, item, root, 'itemId'));
    this.scalar(own(item.kind, item, root, 'kind'));
    this.scalar(own(item.sourceKey, item, root, 'sourceKey'));
    this.scalar(own(item.sourceVersion, item, root, 'sourceVersion'));
    this.plain(own(item.content, item, root, 'content'));
    this.scalar(own(item.textContent, item, root, 'textContent'));
    this.mapping(own(item.metadata, item, root, 'metadata'));
    this.scalar(own(item.createdAt, item, root, 'createdAt'));
    this.close(record, 8);
  }

  /** Whether it is an object that is there: not a promise of one. Writes what it is instead. */
  isThere(value) {
    if (!isObject(value)) {
      this.reject(received(value) + hint(value));
      return false;
    }
    const missing = hint(value);
    if (missing !== '') this.reject(received(value) + missing);
    return missing === '';
  }

  /** A member that is no container: what it is, where it is one. A `Date` stays one. */
  scalar(value) {
    if (this.halted !== 0) return this.word(this.halted);
    switch (typeof value) {
      case 'string':
        return this.string(STRING, value);
      case 'undefined':
        return this.word(ABSENT);
      case 'boolean':
        return this.word(value ? TRUE : FALSE);
      case 'number':
        if (value - value === 0) return this.number(value);
        break;
      case 'object': {
        if (value === null) return this.word(NULL);
        const time = isArray(value) ? undefined : timeOf(value);
        if (time !== undefined) return this.date(value, time);
      }
    }
    this.reject(received(value));
  }

  /** A time value and, for those who want no date, what it is the date of. It is not part of a document as it stands. */
  date(value, time) {
    const told = getPrototypeOf(value) === DATE_PROTOTYPE ? 'Date' : shortened(classOf(value));
    this.before += 4 + told.length;
    this.pair(DATE | (told.length << KIND_BITS), time);
    this.word(this.length);
    this.text(told, told.length);
  }

  /** A member that is a string or a plain object, at that level of its document: what it is, where it is neither. */
  plain(value, level = 2) {
    if (
      typeof value === 'object' &&
      value !== null &&
      !isArray(value) &&
      isPlain(getPrototypeOf(value)) &&
      this.halted === 0
    ) {
      this.bounded(value, level);
    } else {
      this.scalar(value);
    }
  }

  /** A member that must not be a text: of one, only that it is one, however long it is. */
  nonText(value) {
    if (typeof value === 'string') this.reject('string');
    else this.scalar(value);
  }

  nonTextOrNull(value) {
    this.nonText(orAbsent(value));
  }

  /** A member that has to be a plain object: what it is, if it is not. */
  mapping(value, level = 2) {
    if (typeof value === 'string') this.reject('string');
    else this.plain(value, level);
  }

  /** A member that is an array, each element written by a method of ours. */
  array(values, element) {
    if (this.halted !== 0 || !isArray(values)) return this.nonText(values);
    const { length } = values;
    if (this.isTooLong(length)) return this.halt(CUT);
    const array = this.open(ARRAY);
    let count = 0;
    while (count < length && this.halted === 0) {
      const value = elementOf(values, count);
      if (value === undefined) this.reject('undefined');
      else element(value);
      count++;
    }
    this.close(array, count);
  }

  // --- JSON values ---

  /** A JSON value; of one that makes its document too long nothing is left but that. */
  bounded(value, level) {
    const { count, length, rope, bad, before, maxLevels } = this;
    const pieces = this.pieces.length;
    const rewind = () => {
      this.count = count;
      this.length = length;
      this.rope = rope;
      this.pieces.length = pieces;
    };
    this.whole = value;
    this.met = undefined;
    this.again = 0;
    this.isDeep = false;
    this.json(value, level);
    if ((this.isDeep || this.halted !== 0) && isCyclic(value)) {
      // Once more, to find where it contains itself: what it says of its depth or its length is of no use.
      rewind();
      this.halted = 0;
      this.bad = bad;
      this.before = before;
      this.inside = list();
      this.mostLevels = maxLevels;
      this.maxLevels = level - 1;
      try {
        this.json(value, level);
      } finally {
        this.maxLevels = maxLevels;
        this.inside = undefined;
      }
    }
    if (this.halted !== CUT) return;
    rewind();
    this.word(CUT);
  }

  /**
   * A container at a level that there may not be. While cycles are looked for, there may be none below the container that is
   * read, so that each comes here: it costs nothing while they are not.
   */
  guarded(container, level, mayInherit) {
    const { inside } = this;
    if (inside === undefined) return this.deep(0);
    for (let at = level - 1; at > 0; at--) if (inside[at] === container) return this.deep(level - at);
    if (level > this.mostLevels) return this.deep(0);
    inside[level] = container;
    this.maxLevels = level;
    if (isArray(container)) this.elements(container, level);
    else this.object(container, level, mayInherit);
    this.maxLevels = level - 1;
  }

  /** A JSON value, at that level of its document. */
  json(value, level) {
    switch (typeof value) {
      case 'string':
        return this.string(STRING, value);
      case 'number':
        if (value - value === 0) return this.number(value);
        return this.reject(received(value));
      case 'boolean':
        return this.word(value ? TRUE : FALSE);
      case 'object': {
        if (value === null) return this.word(NULL);
        if (isArray(value)) return this.elements(value, level);
        const prototype = getPrototypeOf(value);
        if (isPlain(prototype)) return this.object(value, level, prototype !== OBJECT_PROTOTYPE);
        return this.other(value);
      }
      default:
        return this.reject(received(value));
    }
  }

  /**
   * A plain object, and whether it may inherit names.
   *
   * Its names are compared with those of the shape that it is guessed to have, and listed from the first on that differs:
   * where the guess is right, which is nearly always, nothing has to be noted or looked up for a member.
   */
  object(object, level, mayInherit) {
    if (level > this.maxLevels) return this.guarded(object, level, mayInherit);
    // `for … in` makes no list of names, as `Object.keys` would, but goes through inherited ones too, where there are any:
    // of another realm, or because somebody has put them there.
    let inherits = mayInherit;
    for (const _ in OBJECT_PROTOTYPE) inherits = true;
    const units = this.length;
    const start = this.open(OBJECT);
    const before = this.shape;
    let guess = before.next;
    this.shape = guess;
    let { names } = guess;
    const base = this.top;
    let isGuessed = true;
    let count = 0;
    for (const name in object) {
      if (this.halted !== 0) break;
      if (inherits && !hasOwn(object, name)) continue;
      const value = object[name];
      if (value === undefined) continue;
      if (isGuessed && (count >= names.length || names[count] !== name)) {
        if (count === 0 && before.other.names[0] === name) {
          guess = before.other;
          names = guess.names;
          this.shape = guess;
        } else {
          isGuessed = false;
          this.list(names, count);
        }
      }
      if (!isGuessed) this.names[this.top++] = name;
      count++;
      this.json(value, level + 1);
    }
    if (this.count - start + this.length - units > LARGE) this.meet(object, start, units);
    if (isGuessed && count === names.length && count > 0) {
      this.words[start] = SHAPED;
      return this.close(start, guess.number);
    }
    if (isGuessed) this.list(names, count);
    const shape = this.shapeOf(base, count) ?? this.unknown;
    before.other = before.next;
    before.next = shape;
    if (this.shape === guess) this.shape = shape;
    if (shape !== this.unknown) {
      this.words[start] = SHAPED;
      this.close(start, shape.number);
    } else if (this.listKeys(base)) {
      this.close(start, count);
    } else {
      this.count = start;
      this.halt(CUT);
    }
    this.top = base;
  }

  list(names, count) {
    for (let at = 0; at < count; at++) this.names[this.top++] = names[at];
  }

  /** The shape of an object, from its names; undefined where there are too many to learn. */
  shapeOf(base, length) {
    if (length === 0 || length > MAX_SHAPE_LENGTH) return undefined;
    let sequence = this.noNames;
    for (let at = base; at < base + length; at++) {
      const name = this.names[at];
      let longer = sequence.longer.get(name);
      if (longer === undefined) {
        if (this.sequences === MAX_SEQUENCES || this.numberOf(name) === undefined) return undefined;
        this.sequences++;
        longer = new Sequence();
        sequence.longer.set(name, longer);
      }
      sequence = longer;
    }
    if (sequence.shape === undefined) {
      if (this.shapeNames + length > MAX_SHAPE_NAMES) return undefined;
      this.shapeNames += length;
      const names = list();
      for (let at = 0; at < length; at++) names[at] = this.names[base + at];
      sequence.shape = new Shape(this.shapes.length, names);
      append(this.shapes, names);
      append(this.newShapes, sequence.shape);
    }
    return sequence.shape;
  }

  elements(array, level) {
    if (level > this.maxLevels) return this.guarded(array, level);
    const { length } = array;
    if (this.isTooLong(length)) return this.halt(CUT);
    const before = this.length;
    const start = this.open(ARRAY);
    let count = 0;
    while (count < length && this.halted === 0) {
      this.json(elementOf(array, count), level + 1);
      count++;
    }
    this.close(start, count);
    if (this.count - start + this.length - before > LARGE) this.meet(array, start, before);
  }

  /** Whether an array of that length is too long for the document: each element has a byte and a comma. */
  isTooLong(length) {
    return length * 2 + 1 > this.maxBytes;
  }

  /**
   * Notes a large container. A few objects that share themselves can be longer than any document: if much is met again, it
   * is computed how long the whole is, from each object once. That calls no getters, and decides nothing but whether to
   * read on.
   */
  meet(container, start, before) {
    this.met ??= new Met();
    if (!this.met.has(container)) {
      this.met.add(container);
      return;
    }
    this.again += this.count - start + this.length - before;
    if (this.again <= MOST_AGAIN || this.whole === undefined) return;
    const size = sizeOf(this.whole, this.maxBytes);
    this.whole = undefined;
    if (size > this.maxBytes) this.halted = CUT;
  }

  /** An object that is neither plain nor an array: a date, or nothing that JSON has. */
  other(value) {
    const time = timeOf(value);
    if (time === undefined) return this.reject(received(value));
    if (!(time - time === 0)) return this.reject('Invalid Date');
    this.string(STRING, apply(toISOString, value, []));
  }

  // --- Words ---

  begin() {
    this.isWhole = false;
    if (this.used > 0 && this.words.length - this.used < ROOM) {
      const more = 4 * this.words.length;
      this.words = new Words(more < LARGEST_CHUNK ? more : LARGEST_CHUNK);
      this.used = 0;
    }
    this.isElsewhere = false;
    this.from = this.used;
    this.count = this.used;
    this.length = 0;
    this.pieces = [];
    this.rope = '';
    this.lookAt = LONGEST_ROPE;
    this.top = 0;
    this.missed = 0;
    this.beginDocument();
  }

  /** A document begins here: what was wrong with the one before, or how long it was, is not its. */
  beginDocument() {
    this.halted = 0;
    this.bad = 0;
    this.before = this.count + this.length;
  }

  /** Whether the document is surely too long, with that many units more. */
  isOver(more) {
    return this.count + this.length + more - this.before > this.maxBytes + SLACK;
  }

  word(word) {
    if (this.count === this.words.length) this.grow();
    this.words[this.count++] = word;
  }

  two(first, second) {
    if (this.count + 2 > this.words.length) this.grow();
    this.words[this.count++] = first;
    this.words[this.count++] = second;
  }

  open(kind) {
    this.two(kind, 0);
    return this.count - 2;
  }

  close(start, payload) {
    this.words[start] |= payload << KIND_BITS;
    this.words[start + 1] = this.count - start;
  }

  number(value) {
    if ((value | 0) === value && value < INTEGER_LIMIT && value >= -INTEGER_LIMIT) {
      this.word((value << KIND_BITS) | INTEGER);
    } else {
      this.pair(DOUBLE, value);
    }
  }

  pair(kind, value) {
    double[0] = value;
    this.word(kind);
    this.two(halves[0], halves[1]);
  }

  string(kind, string) {
    const { length } = string;
    if (length > this.maxShort || this.length > this.lookAt) {
      if (length + 2 > this.maxBytes || this.isOver(length)) return this.halt(CUT);
    }
    this.two(kind | (length << KIND_BITS), this.length);
    this.text(string, length);
  }

  text(string, length) {
    this.length += length;
    if (length > SHORT) {
      this.cut();
      append(this.pieces, string);
    } else {
      if (this.length > this.lookAt) this.cut();
      this.rope += string;
    }
  }

  /** What was joined so far becomes a piece. */
  cut() {
    this.lookAt = this.length + LONGEST_ROPE;
    if (this.rope === '') return;
    // This joins it, and lets go of its parts.
    unitAt(this.rope, 0);
    append(this.pieces, this.rope);
    this.rope = '';
  }

  /** The names of the object that is open from `base` on; false where there is no room for them in any document. */
  listKeys(base) {
    let length = 0;
    for (let at = base; at < this.top; at++) length += this.names[at].length;
    if (this.isOver(length)) return false;
    for (let at = base; at < this.top; at++) {
      const name = this.names[at];
      const number = this.numberOf(name);
      if (number !== undefined) {
        this.word((number << KIND_BITS) | KEY);
      } else {
        this.two(KEY_TEXT | (name.length << KIND_BITS), this.length);
        this.text(name, name.length);
      }
    }
    return true;
  }

  /** The number of a name, which is learnt where it is new; undefined where there are too many to learn. */
  numberOf(name) {
    if (this.missed > MAX_KEYS) return undefined;
    const known = this.keys.get(name);
    if (known !== undefined) {
      this.missed = 0;
      return known;
    }
    if (this.keys.size === MAX_KEYS) {
      this.missed++;
      return undefined;
    }
    if (name.length > MAX_KEY_LENGTH) return undefined;
    const number = this.keys.size;
    this.keys.set(name, number);
    append(this.keyNames, name);
    append(this.newKeys, name);
    return number;
  }

  /** What is no JSON value. */
  reject(what) {
    if (this.halted !== 0) return this.word(this.halted);
    const told = shortened(what);
    this.two(BAD | (told.length << KIND_BITS), this.length);
    this.text(told, told.length);
    // It is not part of the document.
    this.before += 2 + told.length;
    this.refused();
  }

  deep(up) {
    this.isDeep = true;
    this.word(DEEP | (up << KIND_BITS));
    this.refused();
  }

  /** One more issue; one more than are listed is enough. */
  refused() {
    this.bad++;
    if (this.bad > MAX_ISSUES) this.halted = CUT_BAD;
  }

  halt(why) {
    this.halted = why;
    this.word(why);
  }

  grow() {
    const isTooMuch = this.isOver(0);
    if (isTooMuch) this.halted = CUT;
    // What is still open is closed in little room.
    const { length } = this.words;
    const more = length > FIRST_CHUNK ? length : FIRST_CHUNK;
    const larger = new Words(length + (isTooMuch ? 2 * MAX_LEVELS : more));
    larger.set(this.words);
    this.words = larger;
  }

  // --- Into WebAssembly's memory ---

  /**
   * Ends what was begun. Behind it comes what there is to learn (see `Tape::learn`), and its length.
   *
   * How many words that are; negative where there is no room for all of it, so that it has yet to be delivered.
   */
  finish() {
    const start = this.count;
    if (this.newKeys.length > 0 || this.newShapes.length > 0) {
      this.two(this.length, this.newKeys.length);
      for (let at = 0; at < this.newKeys.length; at++) {
        const name = this.newKeys[at];
        this.word(name.length);
        this.text(name, name.length);
      }
      for (let at = 0; at < this.newShapes.length; at++) {
        const { names } = this.newShapes[at];
        this.word(names.length);
        for (let name = 0; name < names.length; name++) this.word(this.keys.get(names[name]));
      }
    }
    this.word(this.count - start);
    this.cut();
    const count = this.count - this.from;
    const fits = count <= this.mostWords && this.length <= this.mostText;
    if (fits) this.copy();
    this.isWhole = true;
    return fits ? count : -count;
  }

  /**
   * Ends an operation. Returns whether this may read for another: there is room to learn more, and no exception (a getter's, a
   * stack that is full) has stopped it between learning a name and saying so. A name would have another's number from then on.
   */
  rest() {
    this.forget();
    return (
      this.isWhole &&
      this.words.length <= WORTH_KEEPING &&
      this.keys.size < MAX_KEYS &&
      this.sequences < MAX_SEQUENCES &&
      this.shapeNames < MAX_SHAPE_NAMES - MAX_SHAPE_LENGTH
    );
  }

  textLength() {
    return this.length;
  }

  /** Delivers what was read to where there is room for it, and for what is read later onto the same tape. */
  deliver(words, mostWords, text, mostText) {
    // An index may have all of 32 bits: there are 4 GiB.
    this.toWords = words >>> 2;
    this.mostWords = this.isElsewhere ? 0 : mostWords;
    this.toText = text;
    this.mostText = mostText;
    this.copy();
  }

  copy() {
    // A view has no length any more when the memory has grown.
    if (this.heap.length === 0) this.heap = new Words(bufferOf(this.memory));
    const { heap, from, count, toWords } = this;
    if (count - from > FEW) heap.set(new Words(this.words.buffer, from * 4, count - from), toWords);
    else for (let at = from; at < count; at++) heap[toWords + at - from] = this.words[at];
    let at = this.toText;
    copied += (count - from) * 4 + this.length * 2;
    for (let number = 0; number < this.pieces.length; number++) {
      const piece = this.pieces[number];
      writeText(heap.buffer, at, piece);
      at += piece.length * 2;
    }
    if (this.pieces.length > 0) this.pieces = [];
    if (this.newKeys.length > 0) this.newKeys = [];
    if (this.newShapes.length > 0) this.newShapes = [];
  }
}
seclude(Walker);

function requireObject(value, what) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${what} is not an object`);
  }
}

// A view of WebAssembly's memory as Node's Buffer, whose native write is the fastest way for text (`buffer.write` finds it
// by the name of the encoding, which takes as long as the write itself).
const { Buffer } = globalThis;
const asBuffer = Buffer?.from;
const writeUnits = typeof Buffer?.prototype?.ucs2Write === 'function' && uncurried(Buffer.prototype.ucs2Write);
/** Reads the buffer of a memory; there is no WebAssembly in some hosts that can import this. */
export const bufferOf = typeof WebAssembly === 'object' && getter(WebAssembly.Memory.prototype, 'buffer');
let view;
let viewed;
/** Bytes that were copied into WebAssembly's memory. */
let copied = 0;

/** Returns how many bytes were copied since this was asked last. */
export function takeCopied() {
  const bytes = copied;
  copied = 0;
  return bytes;
}

/** Lets go of the memory. */
export function forgetView() {
  view = viewed = undefined;
}

/** Writes a string as UTF-16, little-endian as WebAssembly is. */
function writeText(buffer, at, text) {
  if (writeUnits) {
    if (viewed !== buffer) {
      view = asBuffer(buffer);
      viewed = buffer;
    }
    writeUnits(view, text, at, text.length * 2);
    return;
  }
  const units = new Uint16Array(buffer, at, text.length);
  for (let index = 0; index < text.length; index++) units[index] = unitAt(text, index);
}

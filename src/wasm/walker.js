// From JavaScript values to the tape.
//
// Why here and not in Rust: looking at a value from WebAssembly costs a call for each of its parts; here it costs nothing.
// Why not `JSON.stringify`: it drops and converts in silence (`NaN` becomes `null`, a `Map` becomes `{}`, `toJSON` runs),
// and takes as long as the whole of this way.
//
// How: each value is visited once and written, in the form that `src/value/tape.rs` describes, into an array of 32-bit words
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
const TUPLE = 9;
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
export const sort = uncurried(Array.prototype.sort);
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
export const list = () => setPrototypeOf([], null);

const NOTHING = freeze(create(null));
const NOT_AWAITED = ' (did you forget to await it?)';
const NOT_COLLECTED = ' (collect it first, or use SnapshotBuilder)';

const EMPTY = new Words(0);

// A binary64 as two words.
export const double = new Float64Array(1);
export const halves = new Int32Array(double.buffer);

/** An object in zod's sense: whatever members can be read from by name. */
export const isObject = (value) => typeof value === 'object' && value !== null && !isArray(value);

/** `Object.prototype`, of whatever realm. */
const isObjectPrototype = (value) =>
  value === OBJECT_PROTOTYPE || (getPrototypeOf(value) === null && hasOwn(value, 'isPrototypeOf'));

/** Whether what has that prototype is a plain object: there is none, or it is the `Object.prototype` of a realm. */
// F7.1-6, F13-1
const isPlain = (prototype) => prototype === OBJECT_PROTOTYPE || prototype === null || isObjectPrototype(prototype);

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
function ownOf(object, name) {
  const value = object[name];
  return value !== undefined && hasOwn(OBJECT_PROTOTYPE, name) ? own(value, object, rootOf(object), name) : value;
}

// F0-2, E4.2-1
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
// E6.1-4
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
// F7.1-8
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
// E4.1-3
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
function hint(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  const { then } = value;
  if (typeof then === 'function' && own(then, value, rootOf(value), 'then') === then) return NOT_AWAITED;
  return typeof ownOf(value, ASYNC_ITERATOR) === 'function' ? NOT_COLLECTED : '';
}

/** The names of an object, in its own order. */
class Shape {
  constructor(number, names) {
    this.number_ = number;
    this.names_ = names;
    /** The shape of the object that came next when this one was met last: a good guess at what comes now. */
    this.next_ = this;
    /** What was guessed before that turned out to be wrong: lists end, and what follows them is followed by others. */
    this.other_ = this;
  }
}
seclude(Shape);

/** Some names one after the other: the shape of an object that has no more, and what other names may follow. */
class Sequence {
  constructor() {
    this.shape_ = undefined;
    this.longer_ = new Table();
  }
}
seclude(Sequence);

const unless = (absent, value) => (value === absent ? undefined : value);
/** `null`, which a store returns for a column without a value, as absent. */
// F11-14
const orAbsent = (value) => unless(null, value);

// What writes a member.
const scalar = (walker, value) => walker.scalar_(value);
const nonText = (walker, value) => walker.nonText_(value);
const mapping = (walker, value) => walker.mapping_(value);
const document = (walker, value) => walker.mapping_(value, 1);
const strings = (walker, values) => walker.array_(values, scalar);
const sources = (walker, values) => walker.array_(values, (_, value) => walker.fields_(value, SOURCE));
const storedSources = (walker, values) => walker.array_(values, (_, value) => walker.fields_(value, STORED_SOURCE));
const output = (walker, value) => walker.optional_(value, OUTPUT);

/** What objects are read for: names in the order of the contract, each with what writes the member. */
const scalars = (...names) => names.map((name) => [name, scalar]);
/** As a store returns them: `null` stands for what is absent. */
const orNull = (shape) => shape.map(([name, write]) => [name, (walker, value) => write(walker, orAbsent(value))]);
const INPUT = [...scalars('packKey', 'packVersion', 'reason', 'requestedBy'), ['metadata', mapping]];
const DECISION = scalars('effect', 'reason');
const PACK_NAME = scalars('packKey', 'version');
const TEXTS = [
  ['description', scalar],
  ['owners', strings],
  ['tags', strings],
];
const PACK_REST = [['title', scalar], ...TEXTS, ['sources', sources]];
const SOURCE_NAME = scalars('kind', 'key');
const SOURCE_REST = [
  ['version', scalar],
  ['required', nonText],
  ['description', scalar],
];
const SOURCE = [...SOURCE_NAME, ...SOURCE_REST];
const IDEMPOTENCY_KEY = scalars('idemKey', 'packKey', 'packVersion', 'tenantId', 'organizationId', 'workspaceId');
const DIGESTED_ITEM = scalars('itemId', 'digest', 'kind', 'sourceKey', 'sourceVersion');
const PROOF = [...scalars('itemId', 'leafIndex'), ['path', strings], ['manifest', document], ['hash', scalar]];
const CONTENTS = [
  ['manifest', document],
  ['index', (walker, index) => walker.anIndex_(index)],
];
const OUTPUT = [
  ...scalars('snapshotId', 'packKey', 'packVersion', 'hash'),
  ['itemCount', nonText],
  ['createdAt', scalar],
];
const EVENT = [...scalars('id', 'key', 'version', 'occurredAt'), ...orNull(scalars('traceId')), ['payload', output]];
/** The members of a verification's parts, and those of a snapshot that stand beside them and say nothing. */
const PARTS = [
  ...['record', 'pack', 'index', 'rowIds', 'limits', 'event', 'manifest', 'output', 'expect', 'items', 'itemsJson'],
];
/** What is easily taken for the member of that name in `expect`. */
const TAKEN_FOR_TRUSTED = ['expected', 'hash', 'seal'];
const STORED_RECORD = [...OUTPUT, ['createdBy', scalar], ['metadata', mapping]];
const STORED_SOURCE = [...SOURCE_NAME, ...orNull(SOURCE_REST)];
const STORED_PACK = [...PACK_NAME, ['title', scalar], ...orNull([...TEXTS, ['sources', storedSources]])];

/**
 * By the numbers of `What`, in `mod.rs`: what is read for its members, or what reads it, in the order of the stages. Each of
 * these writes, or returns a number that stands for what was written: 0 where there is nothing.
 */
const READ = [
  (walker, ctx) => walker.caller_(ctx),
  (walker, input) => walker.request_(input, false),
  (walker, input) => walker.request_(input, true),
  (walker) => walker.packName_(),
  (walker) => walker.fields_(walker.pack_, PACK_REST),
  (walker) => walker.iterate_(walker.items_ ?? walker.ofContext_('items')),
  (walker, records) => walker.openRecords_(records),
  IDEMPOTENCY_KEY,
  DIGESTED_ITEM,
  PROOF,
  (walker, snapshot) => walker.recordOf_(snapshot),
  (walker) => walker.hasItems_(),
  (walker, parts) => walker.parts_(parts),
  CONTENTS,
  (walker) => walker.against_(),
  (walker, options) => walker.chainOptions_(options),
  (walker, value) => walker.scalar_(value),
];

export class Walker {
  constructor(memory) {
    this.memory_ = memory;
    this.heap_ = EMPTY;
    /** Where words and text go in that memory, and how many there is room for. */
    this.toWords_ = 0;
    this.mostWords_ = 0;
    this.toText_ = 0;
    this.mostText_ = 0;
    /** Whether what is read goes onto another tape than all else. */
    this.isElsewhere_ = false;
    this.words_ = EMPTY;
    /** How many of them are noted elsewhere, where what is read begins, and where it ends. */
    this.used_ = 0;
    this.from_ = 0;
    this.count_ = 0;
    /** UTF-16 units written: all of `pieces`, then `rope`. */
    this.length_ = 0;
    this.pieces_ = list();
    this.pieceCount_ = 0;
    this.rope_ = '';
    /** Units at which what was joined becomes a piece, and it is looked whether they are too many. */
    this.lookAt_ = 0;
    /** What is written in the place of everything else from now on; 0 while we read. */
    this.halted_ = 0;
    /** Of the document that is read: wrong values in it, words and units that are not part of it, and what it may have. */
    this.bad_ = 0;
    this.before_ = 0;
    this.maxLevels_ = MAX_LEVELS;
    this.maxBytes_ = MAX_DOCUMENT_BYTES;
    /** While cycles are looked for: the containers that are open, by their level, and how many levels there may be. */
    this.inside_ = undefined;
    this.mostLevels_ = MAX_LEVELS;
    /** Whether a container was met that is nested too deeply, or in itself. */
    this.isDeep_ = false;
    /** Units above which a string is looked at by itself. */
    this.maxShort_ = SHORT;
    /** Of the value that is read: itself, large containers met in it, and words and units that were met again. */
    this.whole_ = undefined;
    this.met_ = undefined;
    this.again_ = 0;
    /** Names in the objects that are open and not of the shape that was guessed, innermost last. */
    this.names_ = list();
    this.top_ = 0;
    /** Names learnt, with their numbers and by them, and those that WebAssembly has yet to learn. */
    this.keys_ = new Table();
    this.keyNames_ = [];
    this.newKeys_ = [];
    /** Names in a row that were not among those learnt, when there were as many as may be: so many, and none is looked for. */
    this.missed_ = 0;
    /** The same for shapes, which are found by their names one after the other. */
    this.shapes_ = [];
    this.shapeNames_ = 0;
    this.newShapes_ = [];
    this.sequences_ = 0;
    this.noNames_ = new Sequence();
    /** That of an object whose shape is not known; and that of the object that was opened last. */
    this.unknown_ = new Shape(0, list());
    this.shape_ = this.unknown_;
    /** Whether the last read came to its end; then WebAssembly learns what this has learnt, and both know the same names. */
    this.isWhole_ = true;
    this.forget_();
  }

  /** What belongs to one operation: the host's values, and words that are noted. */
  forget_() {
    if (this.used_ > 0) this.words_ = EMPTY;
    this.used_ = 0;
    this.context_ = NOTHING;
    this.contextRoot_ = null;
    this.traceId_ = undefined;
    this.pack_ = undefined;
    this.items_ = undefined;
    this.iterator_ = undefined;
    this.next_ = undefined;
    /** An array that is iterated over by its elements, and the next of these. */
    this.listed_ = undefined;
    this.position_ = 0;
    /** The method that writes what is iterated over, and where that is noted. */
    this.each_ = this.item_;
    this.noted_ = undefined;
    /** An index that was met, and how many entries of it were written. */
    this.index_ = undefined;
    this.written_ = 0;
    this.limit_(undefined);
    // Text stays behind, and where there was an exception, names of objects that were open.
    this.pieces_ = list();
    this.rope_ = '';
    if (this.names_.length > 0) this.names_ = list();
    this.whole_ = undefined;
    this.met_ = undefined;
  }

  // --- What is read. Each returns what `finish` does, 0 where there is nothing. ---

  read_(what, of) {
    const read = READ[what];
    this.begin_();
    const answer = isArray(read) ? this.fields_(of, read) : read(this, of);
    if (answer === undefined) return this.finish_();
    this.isWhole_ = true;
    return answer;
  }

  /** Members are read of that object from here on. */
  enter_(object) {
    if (!isObject(object)) return;
    this.context_ = object;
    this.contextRoot_ = rootOf(object);
  }

  // F13-7, E3.1-7
  caller_(ctx) {
    this.enter_(ctx);
    const record = this.open_(TUPLE);
    const actor = this.ofContext_('actor');
    this.scalar_(actor);
    this.traceId_ = this.ofContext_('traceId');
    this.scalar_(this.traceId_);
    this.decision_(this.ofContext_('decision'));
    // An input in its place, or nothing, is no context that does not say who asks.
    const isNobody = actor === undefined || actor === null;
    this.word_(this.context_ === NOTHING || (isNobody && this.ofContext_('packKey') !== undefined) ? FALSE : TRUE);
    // Last, for there may be more of them than are read.
    strings(this, this.ofContext_('roles'));
    this.close_(record, 5);
  }

  /** A preview has no identifier, and so none of what would make one. */
  request_(input, isPreview) {
    const limits = this.ofContext_('limits');
    const read = this.readLimits_(limits);
    const record = this.open_(TUPLE);
    this.fields_(input, INPUT);
    const write = (name) => this.scalar_(this.ofContext_(name));
    const identifier = (name) => (isPreview ? this.scalar_(undefined) : write(name));
    write('userId');
    write('tenantId');
    write('organizationId');
    write('workspaceId');
    write('channel');
    this.scalar_(this.traceId_);
    identifier('idemKey');
    write('now');
    identifier('snapshotId');
    identifier('parent');
    this.writeLimits_(limits, read);
    this.close_(record, 12);
  }

  packName_() {
    this.pack_ = this.ofContext_('pack');
    if (this.pack_ === undefined || this.pack_ === null) this.word_(NULL);
    else if (this.isThere_(this.pack_)) this.fields_(this.pack_, PACK_NAME);
  }

  /** What is iterated over is noted there, so that it can be made again. */
  noteIn_(items) {
    this.noted_ = items;
  }

  openRecords_(records) {
    this.each_ = this.storedRecord_;
    this.iterate_(records);
  }

  /** Items are iterated as `for … of` would: see `nextItem_` and `closeItems_`. */
  // F13-2
  iterate_(values) {
    // A string can be iterated, but never over items.
    const method = typeof values === 'object' && values !== null ? ownOf(values, ITERATOR) : undefined;
    // As the language's own iterator would, whatever stands in its place, even if that is none.
    if (isArray(values) && method === ARRAY_PROTOTYPE[ITERATOR]) {
      this.listed_ = values;
    } else if (typeof method === 'function') {
      this.iterator_ = apply(method, values, []);
      requireObject(this.iterator_, 'The iterator');
      this.next_ = ownOf(this.iterator_, 'next');
    } else {
      return this.reject_(received(values) + hint(values));
    }
    this.word_(TRUE);
  }

  /** 0 at the end. What `next` throws leaves the iterator as it is; what a value's own code throws closes it. */
  // E0-2
  nextItem_() {
    const { listed_: listed } = this;
    let value;
    if (listed !== undefined) {
      if (this.position_ >= listed.length) return 0;
      const at = this.position_++;
      // Proxies of arrays may have no elements of their own, so that is asked only if prototypes have some.
      value = at in ARRAY_PROTOTYPE ? elementOf(listed, at) : listed[at];
    } else {
      const step = apply(this.next_, this.iterator_, []);
      requireObject(step, 'The result of the iterator');
      if (ownOf(step, 'done')) return 0;
      value = ownOf(step, 'value');
    }
    try {
      this.begin_();
      this.each_(value);
      if (this.noted_ !== undefined) {
        this.cut_();
        this.noted_.note_(this.words_, this.from_, this.pieces_, this.pieceCount_);
        this.used_ = this.count_;
      }
      return this.finish_();
    } catch (error) {
      try {
        this.closeItems_();
      } catch {
        // The first error is the one that counts, as in `for … of`.
      }
      throw error;
    }
  }

  // E5-6
  closeItems_() {
    if (this.listed_ !== undefined) return;
    const method = ownOf(this.iterator_, 'return');
    if (method === undefined || method === null) return;
    requireObject(apply(method, this.iterator_, []), 'What the iterator returns when it is closed');
  }

  anItem_(item) {
    this.begin_();
    this.item_(item);
    return this.finish_();
  }

  aStoredItem_(item) {
    this.begin_();
    this.storedItem_(item);
    return this.finish_();
  }

  /** The record of a snapshot, whose items may follow. */
  recordOf_(snapshot) {
    this.enter_(snapshot);
    this.storedRecord_(this.ofContext_('record'));
  }

  /** 0 if there are no items; 2 if there is an empty array of them, else 1. They may then be opened. */
  hasItems_() {
    this.each_ = this.storedItem_;
    const items = this.ofContext_('items');
    this.items_ = items;
    if (items === undefined) return 0;
    return isArray(items) && items.length === 0 ? 2 : 1;
  }

  /** The parts of a verification, but for the items. */
  // F11-18, E8.1-23
  parts_(parts) {
    this.each_ = this.storedItem_;
    this.enter_(parts);
    const limits = this.ofContext_('limits');
    const read = this.readLimits_(limits);
    const whole = this.open_(TUPLE);
    this.writeLimits_(limits, read);
    const record = this.ofContext_('record');
    const pack = this.ofContext_('pack');
    this.beginDocument_();
    this.storedRecord_(record);
    this.beginDocument_();
    this.storedPack_(pack);
    this.beginDocument_();
    this.anIndex_(this.ofContext_('index'));
    this.beginDocument_();
    this.nonText_(this.ofContext_('rowIds'));
    this.beginDocument_();
    this.optional_(this.ofContext_('event'), EVENT);
    const manifest = this.ofContext_('manifest');
    this.beginDocument_();
    if (manifest === undefined) this.word_(ABSENT);
    else document(this, manifest);
    this.beginDocument_();
    output(this, this.ofContext_('output'));
    this.trusted_(parts, ['hash', 'seal']);
    this.others_(parts, PARTS, true);
    this.close_(whole, 10);
  }

  /** What a chain is verified against. */
  chainOptions_(options) {
    if (options === undefined) return this.word_(ABSENT);
    if (!isObject(options)) return this.reject_(received(options));
    this.enter_(options);
    const record = this.open_(TUPLE);
    this.trusted_(options, ['seal']);
    this.others_(options, ['expect'], true);
    this.close_(record, 2);
  }

  /**
   * What is trusted, by these names: a plain object that is there, even if it is undefined. Read with the format's own
   * limits, since it is the caller's.
   */
  trusted_(parts, names) {
    const { maxBytes_, maxLevels_, maxShort_ } = this;
    this.limit_(undefined);
    this.beginDocument_();
    const expect = this.ofContext_('expect');
    if (expect === undefined && !this.has_(parts, 'expect')) {
      this.word_(ABSENT);
    } else if (isObject(expect) && isPlain(getPrototypeOf(expect))) {
      const record = this.open_(TUPLE);
      for (let at = 0; at < names.length; at++) this.scalar_(ownMember(expect, names[at]));
      this.others_(expect, names, false);
      this.close_(record, names.length + 1);
    } else {
      this.reject_(received(expect));
    }
    this.maxBytes_ = maxBytes_;
    this.maxLevels_ = maxLevels_;
    this.maxShort_ = maxShort_;
    this.beginDocument_();
  }

  /** Whether an object of the caller's has that member, own or inherited, but not from an `Object.prototype`. */
  // E8.1-30
  has_(object, name) {
    if (!isObject(object)) return false;
    const root = this.contextRoot_;
    let holder = object;
    for (let length = 0; holder !== null && holder !== root && length < MAX_LEVELS; length++) {
      if (hasOwn(holder, name)) return true;
      holder = getPrototypeOf(holder);
    }
    // Of a longer chain it is not known.
    return holder !== null && holder !== root;
  }

  /** The other names of an object, sorted; inherited ones only of what is easily taken for a trusted value. */
  // E8.1-31
  others_(object, known, withInherited) {
    const names = isObject(object) ? unknownNames(object, known) : [];
    for (let at = 0; withInherited && at < TAKEN_FOR_TRUSTED.length; at++) {
      const name = TAKEN_FOR_TRUSTED[at];
      if (!isAmong(name, names) && this.ofContext_(name) !== undefined) append(names, name);
    }
    sort(names);
    this.beginDocument_();
    const array = this.open_(ARRAY);
    let count = 0;
    while (count < names.length && count <= MAX_ISSUES) {
      // Not as a document is read: none is left out, however long it is.
      const name = shortened(names[count++]);
      this.two_(STRING | (name.length << KIND_BITS), this.length_);
      this.text_(name, name.length);
    }
    this.close_(array, count);
  }

  /** Reads limits; those that are right hold from here on. */
  readLimits_(limits) {
    if (!isObject(limits) || !isPlain(getPrototypeOf(limits))) return undefined;
    const root = rootOf(limits);
    const read = list();
    let isRight = unknownNames(limits, LIMITS).length === 0;
    for (let at = 0; at < LIMITS.length; at++) {
      const value = member(limits, root, LIMITS[at]);
      isRight &&= value === undefined || (isInteger(value) && value >= 0 && value <= MOST[at]);
      read[at] = value;
    }
    if (isRight) this.limit_(read);
    return read;
  }

  /** Holds a builder or a verifier to its limits. */
  limitTo_(maxBytes, maxLevels) {
    this.limit_([maxBytes, maxLevels]);
  }

  /** Holds to these limits, or to those of the format. */
  limit_(limits) {
    this.maxBytes_ = limits?.[0] ?? MAX_DOCUMENT_BYTES;
    this.maxLevels_ = limits?.[1] ?? MAX_LEVELS;
    this.maxShort_ = Math.min(SHORT, this.maxBytes_ - 2);
  }

  writeLimits_(limits, read) {
    if (limits === undefined || limits === null) return this.word_(ABSENT);
    if (read === undefined) return this.reject_(received(limits));
    const record = this.open_(TUPLE);
    for (let at = 0; at < read.length; at++) this.scalar_(read[at]);
    this.others_(limits, LIMITS, false);
    this.close_(record, 5);
  }

  /** What a preview is compared with; 0 where there is nothing. */
  against_() {
    const against = this.ofContext_('against');
    if (against === undefined || against === null) return 0;
    this.fields_(against, CONTENTS);
  }

  /** An index, whose entries are read when they are needed; what is there instead. */
  anIndex_(index) {
    if (isArray(index)) {
      this.index_ = index;
      this.word_(TRUE);
    } else if (index === undefined) {
      this.word_(ABSENT);
    } else {
      this.reject_(received(index));
    }
  }

  /**
   * The next entries of what was read of an index; 0 at the end. They go onto a tape of their own, since what was read
   * before is still looked at: so there is no room that is known, neither now nor when they have been delivered.
   */
  nextEntries_(entries) {
    const left = entries.ids_.length - this.written_;
    const most = left < 1024 ? left : 1024;
    if (most === 0) return 0;
    this.begin_();
    this.mostWords_ = 0;
    this.isElsewhere_ = true;
    const array = this.open_(ARRAY);
    let count = 0;
    while (count < most && this.length_ < MOST_AGAIN) {
      const at = this.written_ + count++;
      this.beginDocument_();
      if (entries.strangers_?.has(at)) {
        this.reject_(entries.strangers_.get(at));
        continue;
      }
      const record = this.open_(TUPLE);
      this.scalar_(entries.ids_[at]);
      this.scalar_(entries.digests_[at]);
      this.close_(record, 2);
    }
    this.written_ += count;
    this.close_(array, count);
    return this.finish_();
  }

  aValue_(value) {
    this.begin_();
    this.bounded_(value, 1);
    return this.finish_();
  }

  // --- Members whose shape the contract fixes ---

  ofContext_(name) {
    return member(this.context_, this.contextRoot_, name);
  }

  /** An object, by the members that it is read for; what there is instead of one. */
  // E4.2-5
  fields_(object, shape) {
    if (!isObject(object)) return this.reject_(received(object));
    const root = rootOf(object);
    const record = this.open_(TUPLE);
    for (let at = 0; at < shape.length; at++) {
      const part = shape[at];
      part[1](this, member(object, root, part[0]));
    }
    this.close_(record, shape.length);
  }

  // F13-5
  decision_(value) {
    if (value === undefined || value === null) return this.word_(NULL);
    this.fields_(value, DECISION);
  }

  /** An object by its members, if it is there. */
  optional_(value, shape) {
    if (value === undefined) this.word_(ABSENT);
    else this.fields_(value, shape);
  }

  storedRecord_(value) {
    if (this.isThere_(value)) this.fields_(value, STORED_RECORD);
  }

  storedPack_(value) {
    if (value === undefined || value === null) return this.word_(NULL);
    if (this.isThere_(value)) this.fields_(value, STORED_PACK);
  }

  /** An item as a store returns it: `null` stands for what is absent, and its time is not looked at. */
  // E8.1-26
  storedItem_(item) {
    this.item_(item, null);
  }

  // Written out, since there are many items: a read by a name that is known here costs a tenth of `member`'s.
  item_(item, absent = undefined) {
    if (!this.isThere_(item)) return;
    const root = rootOf(item);
    const record = this.open_(TUPLE);
    this.scalar_(own(item.itemId, item, root, 'itemId'));
    this.scalar_(own(item.kind, item, root, 'kind'));
    this.scalar_(own(item.sourceKey, item, root, 'sourceKey'));
    this.scalar_(unless(absent, own(item.sourceVersion, item, root, 'sourceVersion')));
    this.plain_(own(item.content, item, root, 'content'));
    this.scalar_(unless(absent, own(item.textContent, item, root, 'textContent')));
    this.mapping_(unless(absent, own(item.metadata, item, root, 'metadata')));
    this.scalar_(absent === null ? undefined : own(item.createdAt, item, root, 'createdAt'));
    this.close_(record, 8);
  }

  /** Whether it is an object that is there: not a promise of one. Writes what it is instead. */
  isThere_(value) {
    if (!isObject(value)) {
      this.reject_(received(value) + hint(value));
      return false;
    }
    const missing = hint(value);
    if (missing !== '') this.reject_(received(value) + missing);
    return missing === '';
  }

  /** A member that is no container: what it is, where it is one. A `Date` stays one. */
  // F7.1-9
  scalar_(value) {
    if (this.halted_ !== 0) return this.word_(this.halted_);
    switch (typeof value) {
      case 'string':
        return this.string_(STRING, value);
      case 'undefined':
        return this.word_(ABSENT);
      case 'boolean':
        return this.word_(value ? TRUE : FALSE);
      case 'number':
        if (value - value === 0) return this.number_(value);
        break;
      case 'object': {
        if (value === null) return this.word_(NULL);
        const time = isArray(value) ? undefined : timeOf(value);
        if (time !== undefined) return this.date_(value, time);
      }
    }
    this.reject_(received(value));
  }

  /** A time value and, for those who want no date, what it is the date of. It is not part of a document as it stands. */
  date_(value, time) {
    const told = getPrototypeOf(value) === DATE_PROTOTYPE ? 'Date' : shortened(classOf(value));
    this.before_ += 4 + told.length;
    this.pair_(DATE | (told.length << KIND_BITS), time);
    this.word_(this.length_);
    this.text_(told, told.length);
  }

  /** A member that is a string or a plain object, at that level of its document: what it is, where it is neither. */
  // F10-5
  plain_(value, level = 2) {
    if (
      typeof value === 'object' &&
      value !== null &&
      !isArray(value) &&
      isPlain(getPrototypeOf(value)) &&
      this.halted_ === 0
    ) {
      this.bounded_(value, level);
    } else {
      this.scalar_(value);
    }
  }

  /** A member that must not be a text: of one, only that it is one, however long it is. */
  nonText_(value) {
    if (typeof value === 'string') this.reject_('string');
    else this.scalar_(value);
  }

  /** A member that has to be a plain object: what it is, if it is not. */
  mapping_(value, level = 2) {
    if (typeof value === 'string') this.reject_('string');
    else this.plain_(value, level);
  }

  /** A member that is an array, each element written by a function of ours. */
  array_(values, element) {
    if (this.halted_ !== 0 || !isArray(values)) return this.nonText_(values);
    const { length } = values;
    if (this.isTooLong_(length)) return this.halt_(CUT);
    const array = this.open_(ARRAY);
    let count = 0;
    while (count < length && this.halted_ === 0) {
      const value = elementOf(values, count);
      if (value === undefined) this.reject_('undefined');
      else element(this, value);
      count++;
    }
    this.close_(array, count);
  }

  // --- JSON values ---

  /** A JSON value; of one that makes its document too long nothing is left but that. */
  bounded_(value, level) {
    const { count_: count, length_: length, rope_: rope, bad_: bad, before_: before } = this;
    const { pieceCount_: pieces } = this;
    this.whole_ = value;
    this.met_ = undefined;
    this.again_ = 0;
    this.isDeep_ = false;
    this.json_(value, level);
    if (this.halted_ === 0 && !this.isDeep_) return;
    if (isCyclic(value)) {
      // Once more, to find where it contains itself: what it says of its depth or its length is of no use.
      this.rewind_(count, length, rope, pieces);
      this.halted_ = 0;
      this.bad_ = bad;
      this.before_ = before;
      this.findCycles_(value, level);
    }
    if (this.halted_ !== CUT) return;
    this.rewind_(count, length, rope, pieces);
    this.word_(CUT);
  }

  rewind_(count, length, rope, pieces) {
    this.count_ = count;
    this.length_ = length;
    this.rope_ = rope;
    this.pieceCount_ = pieces;
  }

  /** Reads a value in which containers may be those that they are in. */
  findCycles_(value, level) {
    const { maxLevels_ } = this;
    this.inside_ = list();
    this.mostLevels_ = maxLevels_;
    this.maxLevels_ = level - 1;
    try {
      this.json_(value, level);
    } finally {
      this.maxLevels_ = maxLevels_;
      this.inside_ = undefined;
    }
  }

  /**
   * A container at a level that there may not be. While cycles are looked for, there may be none below the container that is
   * read, so that each comes here: it costs nothing while they are not.
   */
  // F7.2-3, E4.1-4
  guarded_(container, level, mayInherit) {
    const { inside_: inside } = this;
    if (inside === undefined) return this.deep_(0);
    for (let at = level - 1; at > 0; at--) if (inside[at] === container) return this.deep_(level - at);
    if (level > this.mostLevels_) return this.deep_(0);
    inside[level] = container;
    this.maxLevels_ = level;
    if (isArray(container)) this.elements_(container, level);
    else this.object_(container, level, mayInherit);
    this.maxLevels_ = level - 1;
  }

  /** A JSON value, at that level of its document. */
  // F7.1-1, F7.1-2, F7.1-3, F7.2-1
  json_(value, level) {
    switch (typeof value) {
      case 'string':
        return this.string_(STRING, value);
      case 'number':
        if (value - value === 0) return this.number_(value);
        return this.reject_(received(value));
      case 'boolean':
        return this.word_(value ? TRUE : FALSE);
      case 'object': {
        if (value === null) return this.word_(NULL);
        if (isArray(value)) return this.elements_(value, level);
        const prototype = getPrototypeOf(value);
        if (isPlain(prototype)) return this.object_(value, level, prototype !== OBJECT_PROTOTYPE);
        return this.other_(value);
      }
      default:
        return this.reject_(received(value));
    }
  }

  /**
   * A plain object, and whether it may inherit names.
   *
   * Its names are compared with those of the shape that it is guessed to have, and listed from the first on that differs:
   * where the guess is right, which is nearly always, nothing has to be noted or looked up for a member.
   */
  // F7.1-5, F7.1-7, F7.2-2, F7.3-2, F13-4, E5-5
  object_(object, level, mayInherit) {
    if (level > this.maxLevels_) return this.guarded_(object, level, mayInherit);
    // `for … in` makes no list of names, as `Object.keys` would, but goes through inherited ones too, where there are any:
    // of another realm, or because somebody has put them there.
    let inherits = mayInherit;
    for (const _ in OBJECT_PROTOTYPE) inherits = true;
    const units = this.length_;
    const start = this.open_(OBJECT);
    const before = this.shape_;
    let guess = before.next_;
    this.shape_ = guess;
    let { names_: names } = guess;
    const base = this.top_;
    let isGuessed = true;
    let count = 0;
    for (const name in object) {
      if (this.halted_ !== 0) break;
      if (inherits && !hasOwn(object, name)) continue;
      const value = object[name];
      if (value === undefined) continue;
      if (isGuessed && (count >= names.length || names[count] !== name)) {
        if (count === 0 && before.other_.names_[0] === name) {
          guess = before.other_;
          names = guess.names_;
          this.shape_ = guess;
        } else {
          isGuessed = false;
          this.list_(names, count);
        }
      }
      if (!isGuessed) this.names_[this.top_++] = name;
      count++;
      this.json_(value, level + 1);
    }
    if (this.count_ - start + this.length_ - units > LARGE) this.meet_(object, start, units);
    if (isGuessed && count === names.length && count > 0) {
      this.words_[start] = SHAPED;
      return this.close_(start, guess.number_);
    }
    if (isGuessed) this.list_(names, count);
    const shape = this.shapeOf_(base, count) ?? this.unknown_;
    before.other_ = before.next_;
    before.next_ = shape;
    if (this.shape_ === guess) this.shape_ = shape;
    if (shape !== this.unknown_) {
      this.words_[start] = SHAPED;
      this.close_(start, shape.number_);
    } else if (this.listKeys_(base)) {
      this.close_(start, count);
    } else {
      this.count_ = start;
      this.halt_(CUT);
    }
    this.top_ = base;
  }

  list_(names, count) {
    for (let at = 0; at < count; at++) this.names_[this.top_++] = names[at];
  }

  /** The shape of an object, from its names; undefined where there are too many to learn. */
  shapeOf_(base, length) {
    if (length === 0 || length > MAX_SHAPE_LENGTH) return undefined;
    let sequence = this.noNames_;
    for (let at = base; at < base + length; at++) {
      const name = this.names_[at];
      let longer = sequence.longer_.get(name);
      if (longer === undefined) {
        if (this.sequences_ === MAX_SEQUENCES || this.numberOf_(name) === undefined) return undefined;
        this.sequences_++;
        longer = new Sequence();
        sequence.longer_.set(name, longer);
      }
      sequence = longer;
    }
    if (sequence.shape_ === undefined) {
      if (this.shapeNames_ + length > MAX_SHAPE_NAMES) return undefined;
      this.shapeNames_ += length;
      const names = list();
      for (let at = 0; at < length; at++) names[at] = this.names_[base + at];
      sequence.shape_ = new Shape(this.shapes_.length, names);
      append(this.shapes_, names);
      append(this.newShapes_, sequence.shape_);
    }
    return sequence.shape_;
  }

  // F7.1-4, F7.2-4
  elements_(array, level) {
    if (level > this.maxLevels_) return this.guarded_(array, level);
    const { length } = array;
    if (this.isTooLong_(length)) return this.halt_(CUT);
    const before = this.length_;
    const start = this.open_(ARRAY);
    let count = 0;
    while (count < length && this.halted_ === 0) {
      this.json_(elementOf(array, count), level + 1);
      count++;
    }
    this.close_(start, count);
    if (this.count_ - start + this.length_ - before > LARGE) this.meet_(array, start, before);
  }

  /** Whether an array of that length is too long for the document: each element has a byte and a comma. */
  isTooLong_(length) {
    return length * 2 + 1 > this.maxBytes_;
  }

  /**
   * Notes a large container. A few objects that share themselves can be longer than any document: if much is met again, it
   * is computed how long the whole is, from each object once. That calls no getters, and decides nothing but whether to
   * read on.
   */
  meet_(container, start, before) {
    this.met_ ??= new Met();
    if (!this.met_.has(container)) {
      this.met_.add(container);
      return;
    }
    this.again_ += this.count_ - start + this.length_ - before;
    if (this.again_ <= MOST_AGAIN || this.whole_ === undefined) return;
    const size = sizeOf(this.whole_, this.maxBytes_);
    this.whole_ = undefined;
    if (size > this.maxBytes_) this.halted_ = CUT;
  }

  /** An object that is neither plain nor an array: a date, or nothing that JSON has. */
  other_(value) {
    const time = timeOf(value);
    if (time === undefined) return this.reject_(received(value));
    if (!(time - time === 0)) return this.reject_('Invalid Date');
    this.string_(STRING, apply(toISOString, value, []));
  }

  // --- Words ---

  begin_() {
    this.isWhole_ = false;
    if (this.used_ > 0 && this.words_.length - this.used_ < ROOM) {
      const more = 4 * this.words_.length;
      this.words_ = new Words(more < LARGEST_CHUNK ? more : LARGEST_CHUNK);
      this.used_ = 0;
    }
    this.isElsewhere_ = false;
    this.from_ = this.used_;
    this.count_ = this.used_;
    this.length_ = 0;
    this.pieceCount_ = 0;
    this.rope_ = '';
    this.lookAt_ = LONGEST_ROPE;
    this.top_ = 0;
    this.missed_ = 0;
    this.beginDocument_();
  }

  /** A document begins here: what was wrong with the one before, or how long it was, is not its. */
  beginDocument_() {
    this.halted_ = 0;
    this.bad_ = 0;
    this.before_ = this.count_ + this.length_;
  }

  /** Whether the document is surely too long, with that many units more. */
  isOver_(more) {
    return this.count_ + this.length_ + more - this.before_ > this.maxBytes_ + SLACK;
  }

  word_(word) {
    if (this.count_ === this.words_.length) this.grow_();
    this.words_[this.count_++] = word;
  }

  two_(first, second) {
    if (this.count_ + 2 > this.words_.length) this.grow_();
    this.words_[this.count_++] = first;
    this.words_[this.count_++] = second;
  }

  open_(kind) {
    this.two_(kind, 0);
    return this.count_ - 2;
  }

  close_(start, payload) {
    this.words_[start] |= payload << KIND_BITS;
    this.words_[start + 1] = this.count_ - start;
  }

  number_(value) {
    if ((value | 0) === value && value < INTEGER_LIMIT && value >= -INTEGER_LIMIT) {
      this.word_((value << KIND_BITS) | INTEGER);
    } else {
      this.pair_(DOUBLE, value);
    }
  }

  pair_(kind, value) {
    double[0] = value;
    this.word_(kind);
    this.two_(halves[0], halves[1]);
  }

  string_(kind, string) {
    const { length } = string;
    if (length > this.maxShort_ || this.length_ > this.lookAt_) {
      if (length + 2 > this.maxBytes_ || this.isOver_(length)) return this.halt_(CUT);
    }
    this.two_(kind | (length << KIND_BITS), this.length_);
    this.text_(string, length);
  }

  text_(string, length) {
    this.length_ += length;
    if (length > SHORT) {
      this.cut_();
      this.pieces_[this.pieceCount_++] = string;
    } else {
      if (this.length_ > this.lookAt_) this.cut_();
      this.rope_ += string;
    }
  }

  /** What was joined so far becomes a piece. */
  cut_() {
    this.lookAt_ = this.length_ + LONGEST_ROPE;
    if (this.rope_ === '') return;
    // This joins it, and lets go of its parts.
    unitAt(this.rope_, 0);
    this.pieces_[this.pieceCount_++] = this.rope_;
    this.rope_ = '';
  }

  /** The names of the object that is open from `base` on; false where there is no room for them in any document. */
  listKeys_(base) {
    let length = 0;
    for (let at = base; at < this.top_; at++) length += this.names_[at].length;
    if (this.isOver_(length)) return false;
    for (let at = base; at < this.top_; at++) {
      const name = this.names_[at];
      const number = this.numberOf_(name);
      if (number !== undefined) {
        this.word_((number << KIND_BITS) | KEY);
      } else {
        this.two_(KEY_TEXT | (name.length << KIND_BITS), this.length_);
        this.text_(name, name.length);
      }
    }
    return true;
  }

  /** The number of a name, which is learnt where it is new; undefined where there are too many to learn. */
  numberOf_(name) {
    if (this.missed_ > MAX_KEYS) return undefined;
    const known = this.keys_.get(name);
    if (known !== undefined) {
      this.missed_ = 0;
      return known;
    }
    if (this.keys_.size === MAX_KEYS) {
      this.missed_++;
      return undefined;
    }
    if (name.length > MAX_KEY_LENGTH) return undefined;
    const number = this.keys_.size;
    this.keys_.set(name, number);
    append(this.keyNames_, name);
    append(this.newKeys_, name);
    return number;
  }

  /** What is no JSON value. */
  reject_(what) {
    if (this.halted_ !== 0) return this.word_(this.halted_);
    const told = shortened(what);
    this.two_(BAD | (told.length << KIND_BITS), this.length_);
    this.text_(told, told.length);
    // It is not part of the document.
    this.before_ += 2 + told.length;
    this.refused_();
  }

  deep_(up) {
    this.isDeep_ = true;
    this.word_(DEEP | (up << KIND_BITS));
    this.refused_();
  }

  /** One more issue; one more than are listed is enough. */
  // E5-6
  refused_() {
    this.bad_++;
    if (this.bad_ > MAX_ISSUES) this.halted_ = CUT_BAD;
  }

  halt_(why) {
    this.halted_ = why;
    this.word_(why);
  }

  grow_() {
    const isTooMuch = this.isOver_(0);
    if (isTooMuch) this.halted_ = CUT;
    // What is still open is closed in little room.
    const { length } = this.words_;
    const more = length > FIRST_CHUNK ? length : FIRST_CHUNK;
    const larger = new Words(length + (isTooMuch ? 2 * MAX_LEVELS : more));
    larger.set(this.words_);
    this.words_ = larger;
  }

  // --- Into WebAssembly's memory ---

  /**
   * Ends what was begun. Behind it comes what there is to learn (see `Tape::learn`), and its length.
   *
   * How many words that are; negative where there is no room for all of it, so that it has yet to be delivered.
   */
  finish_() {
    const start = this.count_;
    if (this.newKeys_.length > 0 || this.newShapes_.length > 0) {
      this.two_(this.length_, this.newKeys_.length);
      for (let at = 0; at < this.newKeys_.length; at++) {
        const name = this.newKeys_[at];
        this.word_(name.length);
        this.text_(name, name.length);
      }
      for (let at = 0; at < this.newShapes_.length; at++) {
        const { names_: names } = this.newShapes_[at];
        this.word_(names.length);
        for (let name = 0; name < names.length; name++) this.word_(this.keys_.get(names[name]));
      }
    }
    this.word_(this.count_ - start);
    this.cut_();
    const count = this.count_ - this.from_;
    const fits = count <= this.mostWords_ && this.length_ <= this.mostText_;
    if (fits) this.copy_();
    this.isWhole_ = true;
    return fits ? count : -count;
  }

  /**
   * Ends an operation. Returns whether this may read for another: there is room to learn more, and no exception (a getter's, a
   * stack that is full) has stopped it between learning a name and saying so. A name would have another's number from then on.
   */
  rest_() {
    this.forget_();
    return (
      this.isWhole_ &&
      this.words_.length <= WORTH_KEEPING &&
      this.keys_.size < MAX_KEYS &&
      this.sequences_ < MAX_SEQUENCES &&
      this.shapeNames_ < MAX_SHAPE_NAMES - MAX_SHAPE_LENGTH
    );
  }

  textLength_() {
    return this.length_;
  }

  /** Delivers what was read to where there is room for it, and for what is read later onto the same tape. */
  deliver_(words, mostWords, text, mostText) {
    // An index may have all of 32 bits: there are 4 GiB.
    this.toWords_ = words >>> 2;
    this.mostWords_ = this.isElsewhere_ ? 0 : mostWords;
    this.toText_ = text;
    this.mostText_ = mostText;
    this.copy_();
  }

  copy_() {
    // A view has no length any more when the memory has grown.
    if (this.heap_.length === 0) this.heap_ = new Words(bufferOf(this.memory_));
    const { heap_: heap, from_: from, count_: count, toWords_: toWords } = this;
    if (count - from > FEW) heap.set(new Words(this.words_.buffer, from * 4, count - from), toWords);
    else for (let at = from; at < count; at++) heap[toWords + at - from] = this.words_[at];
    let at = this.toText_;
    copied += (count - from) * 4 + this.length_ * 2;
    for (let number = 0; number < this.pieceCount_; number++) {
      const piece = this.pieces_[number];
      writeText(heap.buffer, at, piece);
      at += piece.length * 2;
    }
    if (this.newKeys_.length > 0) this.newKeys_ = [];
    if (this.newShapes_.length > 0) this.newShapes_ = [];
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

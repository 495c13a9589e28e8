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
/**
 * Words and units of text after which a document is surely too long: each is at least a byte of it, but for some in the
 * members that are no part of it. What has a length of its own is looked at by itself, so that no length exceeds its bits.
 */
const MOST_READ = MAX_DOCUMENT_BYTES + 256;

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

const { getPrototypeOf, hasOwn } = Object;
const { isArray } = Array;
const { apply } = Reflect;
const { getTime, toISOString } = Date.prototype;
const OBJECT_PROTOTYPE = Object.prototype;
const NOTHING = Object.freeze(Object.create(null));
const NOT_AWAITED = ' (did you forget to await it?)';
const NOT_COLLECTED = ' (collect it first, or use SnapshotBuilder)';

const EMPTY = new Int32Array(0);

// A binary64 as two words.
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** Whether an array of that length is too long for any document: each element has a byte and a comma. */
const isTooLong = (length) => length * 2 + 1 > MAX_DOCUMENT_BYTES;

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

/** A member by name, read once. */
const member = (object, root, name) => own(object[name], object, root, name);

/** An element, read once. A hole is one, whatever prototypes have in its place. */
export function elementOf(array, index) {
  const element = array[index];
  return element === undefined || hasOwn(array, index) ? element : undefined;
}

/** The time value of a `Date` of whatever realm; undefined for anything else. */
function timeOf(value) {
  try {
    return apply(getTime, value, []);
  } catch {
    return undefined;
  }
}

/** What a value is, in zod's words. */
export function received(value) {
  if (typeof value === 'number') return value - value === 0 ? 'number' : String(value);
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  const prototype = getPrototypeOf(value);
  if (prototype === null || prototype === OBJECT_PROTOTYPE) return 'object';
  // Generators have no class, but a tag.
  const name = value.constructor?.name || value[Symbol.toStringTag];
  return typeof name === 'string' && name !== '' ? name : 'object';
}

/** What to do about a value that stands in the place of a pack or of items and is not there yet. */
function hint(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return '';
  const { then, [Symbol.asyncIterator]: iterate } = value;
  if (typeof then === 'function' && own(then, value, rootOf(value), 'then') === then) return NOT_AWAITED;
  return typeof iterate === 'function' ? NOT_COLLECTED : '';
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

/** Some names one after the other: the shape of an object that has no more, and what other names may follow. */
class Sequence {
  constructor() {
    this.shape = undefined;
    this.longer = new Map();
  }
}

/** What objects are read for: names in the order of the contract, each with the method that writes what it names. */
const scalars = (...names) => names.map((name) => [name, 'scalar']);
const INPUT = [...scalars('packKey', 'packVersion', 'reason', 'requestedBy'), ['metadata', 'plain']];
const DECISION = scalars('effect', 'reason');
const PACK_NAME = scalars('packKey', 'version');
const PACK_REST = [
  ...scalars('title', 'description'),
  ['owners', 'strings'],
  ['tags', 'strings'],
  ['sources', 'sources'],
];
const SOURCE = scalars('kind', 'key', 'version', 'required', 'description');
const IDEMPOTENCY_KEY = scalars('idemKey', 'packKey', 'packVersion', 'tenantId', 'organizationId', 'workspaceId');
const DIGESTED_ITEM = scalars('itemId', 'digest', 'kind', 'sourceKey', 'sourceVersion');
const PROOF = [...scalars('itemId', 'leafIndex'), ['path', 'strings'], ['manifest', 'document'], ['hash', 'scalar']];
const CONTENTS = [
  ['manifest', 'document'],
  ['index', 'anIndex'],
];
const EXPECTED = scalars('hash', 'seal');
// As a store returns them: `null` stands for what is absent.
const orNull = (shape) => shape.map(([name, write]) => [name, `${write}OrNull`]);
const STORED_RECORD = [
  ...scalars('snapshotId', 'packKey', 'packVersion', 'hash', 'itemCount', 'createdAt', 'createdBy'),
  ['metadata', 'plain'],
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
    this.bad = 0;
    /** Names in the objects that are open and not of the shape that was guessed, innermost last. */
    this.names = [];
    this.top = 0;
    /** Names learnt, with their numbers and by them, and those that WebAssembly has yet to learn. */
    this.keys = new Map();
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
    this.unknown = new Shape(0, []);
    this.shape = this.unknown;
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
    /** The method that writes what is iterated over, and where that is noted. */
    this.each = this.item;
    this.noted = undefined;
    /** An index that was met, and how many entries of it were written. */
    this.index = undefined;
    this.written = 0;
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
    this.scalar(this.ofContext('actor'));
    this.traceId = this.ofContext('traceId');
    this.scalar(this.traceId);
    this.decision(this.ofContext('decision'));
    // Last, for there may be more of them than are read.
    this.array(this.ofContext('roles'), this.scalar);
    this.close(record, 4);
    return this.finish();
  }

  /** A preview has no identifier, and so none of what would make one. */
  previewRequest(input) {
    return this.request(input, true);
  }

  request(input, isPreview = false) {
    this.begin();
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
    this.close(record, 11);
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
    const method = typeof values === 'object' && values !== null ? values[Symbol.iterator] : undefined;
    if (typeof method === 'function') {
      this.iterator = apply(method, values, []);
      requireObject(this.iterator, 'The iterator');
      this.next = this.iterator.next;
      this.word(TRUE);
    } else {
      this.reject(received(values) + hint(values));
    }
    return this.finish();
  }

  /** 0 at the end. What `next` throws leaves the iterator as it is; what a value's own code throws closes it. */
  nextItem() {
    const step = apply(this.next, this.iterator, []);
    requireObject(step, 'The result of the iterator');
    if (step.done) return 0;
    const { value } = step;
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
    const method = this.iterator.return;
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
    const record = this.open(RECORD);
    this.storedRecord(this.ofContext('record'));
    this.storedPack(this.ofContext('pack'));
    this.anIndex(this.ofContext('index'));
    this.scalar(this.ofContext('rowIds'));
    const expect = this.ofContext('expect');
    if (expect === undefined) this.word(ABSENT);
    else this.fields(expect, EXPECTED);
    this.close(record, 5);
    return this.finish();
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
    const count = Math.min(entries.ids.length - this.written, 1024);
    if (count === 0) return 0;
    this.begin();
    this.mostWords = 0;
    this.isElsewhere = true;
    const array = this.open(ARRAY);
    for (let at = this.written; at < this.written + count; at++) {
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
    for (const [name, write] of shape) this[write](member(object, root, name));
    this.close(record, shape.length);
  }

  decision(value) {
    if (value === undefined || value === null) return this.word(NULL);
    this.fields(value, DECISION);
  }

  strings(values) {
    this.array(values, this.scalar);
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
    this.plain(value, 1);
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
    this.plain(orAbsent(own(item.metadata, item, root, 'metadata')));
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
    this.plain(own(item.metadata, item, root, 'metadata'));
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
        if (time !== undefined) return this.pair(DATE, time);
      }
    }
    this.reject(received(value));
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

  /** A member that is an array, each element written by a method of ours. */
  array(values, element) {
    if (this.halted !== 0 || !isArray(values)) return this.scalar(values);
    const { length } = values;
    if (isTooLong(length)) return this.halt(CUT);
    const array = this.open(ARRAY);
    let count = 0;
    while (count < length && this.halted === 0) {
      const value = elementOf(values, count);
      if (value === undefined) this.reject('undefined');
      else element.call(this, value);
      count++;
    }
    this.close(array, count);
  }

  // --- JSON values ---

  /** A JSON value; of one that makes its document too long nothing is left but that. */
  bounded(value, level) {
    const { count, length, rope } = this;
    const pieces = this.pieces.length;
    this.json(value, level);
    if (this.halted !== CUT) return;
    this.count = count;
    this.length = length;
    this.rope = rope;
    this.pieces.length = pieces;
    this.word(CUT);
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
    if (level > MAX_LEVELS) return this.deep();
    // `for … in` makes no list of names, as `Object.keys` would, but goes through inherited ones too, where there are any:
    // of another realm, or because somebody has put them there.
    let inherits = mayInherit;
    for (const _ in OBJECT_PROTOTYPE) inherits = true;
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
      sequence.shape = new Shape(this.shapes.length, this.names.slice(base, base + length));
      this.shapes.push(sequence.shape.names);
      this.newShapes.push(sequence.shape);
    }
    return sequence.shape;
  }

  elements(array, level) {
    if (level > MAX_LEVELS) return this.deep();
    const { length } = array;
    if (isTooLong(length)) return this.halt(CUT);
    const start = this.open(ARRAY);
    let count = 0;
    while (count < length && this.halted === 0) {
      this.json(elementOf(array, count), level + 1);
      count++;
    }
    this.close(start, count);
  }

  /** An object that is neither plain nor an array: a date, or nothing that JSON has. */
  other(value) {
    const time = timeOf(value);
    if (time === undefined) return this.reject(received(value));
    if (Number.isNaN(time)) return this.reject('Invalid Date');
    this.string(STRING, apply(toISOString, value, []));
  }

  // --- Words ---

  begin() {
    if (this.used > 0 && this.words.length - this.used < ROOM) {
      this.words = new Int32Array(Math.min(4 * this.words.length, LARGEST_CHUNK));
      this.used = 0;
    }
    this.isElsewhere = false;
    this.from = this.used;
    this.count = this.used;
    this.length = 0;
    this.pieces = [];
    this.rope = '';
    this.lookAt = LONGEST_ROPE;
    this.halted = 0;
    this.bad = 0;
    this.top = 0;
    this.missed = 0;
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
    if (length > SHORT || this.length > this.lookAt) {
      if (length + 2 > MAX_DOCUMENT_BYTES || this.length + length + this.count - this.from > MOST_READ)
        return this.halt(CUT);
    }
    this.two(kind | (length << KIND_BITS), this.length);
    this.text(string, length);
  }

  text(string, length) {
    this.length += length;
    if (length > SHORT) {
      this.cut();
      this.pieces.push(string);
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
    this.rope.charCodeAt(0);
    this.pieces.push(this.rope);
    this.rope = '';
  }

  /** The names of the object that is open from `base` on; false where there is no room for them in any document. */
  listKeys(base) {
    let length = this.length + this.count - this.from;
    for (let at = base; at < this.top; at++) length += this.names[at].length;
    if (length > MOST_READ) return false;
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
    this.keyNames.push(name);
    this.newKeys.push(name);
    return number;
  }

  /** What is no JSON value. */
  reject(what) {
    if (this.halted !== 0) return this.word(this.halted);
    this.string(BAD, what);
    this.refused();
  }

  deep() {
    this.word(DEEP);
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
    const isTooMuch = this.count - this.from + this.length > MOST_READ;
    if (isTooMuch) this.halted = CUT;
    // What is still open is closed in little room.
    const { length } = this.words;
    const larger = new Int32Array(length + (isTooMuch ? 2 * MAX_LEVELS : Math.max(length, FIRST_CHUNK)));
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
      // By position: iterators of arrays may be anybody's.
      for (let at = 0; at < this.newKeys.length; at++) {
        const name = this.newKeys[at];
        this.word(name.length);
        this.text(name, name.length);
      }
      for (let at = 0; at < this.newShapes.length; at++) {
        const { names } = this.newShapes[at];
        this.word(names.length);
        for (let place = 0; place < names.length; place++) this.word(this.keys.get(names[place]));
      }
    }
    this.word(this.count - start);
    this.cut();
    const count = this.count - this.from;
    if (count > this.mostWords || this.length > this.mostText) return -count;
    this.copy();
    return count;
  }

  /** The end of an operation. Whether there is room to learn more, so that this may read for another. */
  rest() {
    this.forget();
    return (
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
    if (this.heap.length === 0) this.heap = new Int32Array(this.memory.buffer);
    const { heap, from, count, toWords } = this;
    if (count - from > FEW) heap.set(this.words.subarray(from, count), toWords);
    else for (let at = from; at < count; at++) heap[toWords + at - from] = this.words[at];
    let at = this.toText;
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

function requireObject(value, what) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${what} is not an object`);
  }
}

// A view of WebAssembly's memory as Node's Buffer, whose native write is the fastest way for text (`buffer.write` finds it
// by the name of the encoding, which takes as long as the write itself).
const { Buffer } = globalThis;
const canWriteText = typeof Buffer?.prototype?.ucs2Write === 'function';
let view;

/** Writes a string as UTF-16, little-endian as WebAssembly is. */
function writeText(buffer, at, text) {
  if (canWriteText) {
    if (view?.buffer !== buffer) view = Buffer.from(buffer);
    view.ucs2Write(text, at, text.length * 2);
    return;
  }
  const units = new Uint16Array(buffer, at, text.length);
  for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index);
}

// Reads the objects of a host: which members of requests, packs, items and records, in which order.
//
// Why apart from the writer of the tape: names, their order and optional members follow the contract; how a value is written does not.
// How: a `Walker` is a tape writer that knows what to read. A reader is a list of names, each with the function that writes the
// member, or a method. The reader of items is unrolled, because there may be many.

import { fixedCopy, forgetItems, noteNumber, numberOf } from './known-items.js';
import {
  append,
  apply,
  create,
  freeze,
  getPrototypeOf,
  hasOwn,
  ITERATOR,
  isArray,
  isInteger,
  list,
  sort,
} from './language.js';
import { FORMAT_LIMITS, LIMITS, MAX_ISSUES, MAX_LEVELS } from './limits.js';
import { countCopied } from './memory.js';
import { ABSENT, ARRAY, FALSE, NULL, STORED_TEXT, TEXT, TRUE, TUPLE, VALUE_TEXT } from './tape-format.js';
import { MAX_REPEATED, TapeWriter } from './tape-writer.js';
import {
  elementOf,
  hint,
  isAmong,
  isObject,
  isOrdinaryArray,
  isPlain,
  isText,
  member,
  own,
  ownMember,
  received,
  rootOf,
  shortened,
  stepOf,
  unknownNames,
} from './values.js';

const NO_CONTEXT = freeze(create(null));

const unless = (absent, value) => (value === absent ? undefined : value);
/** Treats `null` as absent: a store returns it for a column without a value. */
// F11-14
const orAbsent = (value) => unless(null, value);

// Functions that write a member.
const scalar = (walker, value) => walker.scalar_(value);
const nonText = (walker, value) => walker.nonText_(value);
const mapping = (walker, value) => walker.mapping_(value);
const document = (walker, value) => walker.mapping_(value, 1);
const strings = (walker, values) => walker.array_(values, scalar);
const sources = (walker, values) => walker.array_(values, (_, value) => walker.fields_(value, SOURCE));
const storedSources = (walker, values) => walker.array_(values, (_, value) => walker.fields_(value, STORED_SOURCE));
const output = (walker, value) => walker.optional_(value, OUTPUT);

/** Members that are scalars, in the order of the contract: each name with the function that writes it. */
const scalars = (...names) => names.map((name) => [name, scalar]);
/** The same members as a store returns them: `null` means absent. */
const orNull = (shape) => shape.map(([name, write]) => [name, (walker, value) => write(walker, orAbsent(value))]);
const INPUT = [...scalars('packKey', 'packVersion', 'reason', 'requestedBy'), ['metadata', mapping]];
const DECISION = scalars('effect', 'reason');
const PACK_NAME = scalars('packKey', 'version');
const PACK_TEXTS = [
  ['description', scalar],
  ['owners', strings],
  ['tags', strings],
];
const PACK_REST = [['title', scalar], ...PACK_TEXTS, ['sources', sources]];
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
/** A part that may be absent, and is a document of its own. */
const part = (write) => (walker, value) => {
  walker.beginDocument_();
  if (value === undefined) walker.word_(ABSENT);
  else write(walker, value);
};
const NEIGHBOUR = [...PROOF, ['digest', scalar], ['item', part((walker, item) => walker.storedItem_(item))]];
const neighbour = part((walker, value) => walker.fields_(value, NEIGHBOUR));
const ABSENCE = [
  ['itemId', scalar],
  ['before', neighbour],
  ['after', neighbour],
  ['manifest', part(document)],
];
const MANIFEST_AND_INDEX = [
  ['manifest', document],
  ['index', (walker, index) => walker.writeIndex_(index)],
];
const OUTPUT = [
  ...scalars('snapshotId', 'packKey', 'packVersion', 'hash'),
  ['itemCount', nonText],
  ['createdAt', scalar],
];
const EVENT = [...scalars('id', 'key', 'version', 'occurredAt'), ...orNull(scalars('traceId')), ['payload', output]];
/** Known members of the parts of a verification. `itemsJson` may be there, because a whole snapshot may be passed. */
const PARTS = [
  ...['record', 'pack', 'index', 'rowIds', 'limits', 'event', 'manifest', 'output', 'expect', 'items', 'itemsJson'],
];
/** Names that are easily mistaken for `expect` or its members. */
const MISTAKEN_FOR_EXPECT = ['expected', 'hash', 'seal'];
const STORED_RECORD = [...OUTPUT, ['createdBy', scalar], ['metadata', mapping]];
const STORED_SOURCE = [...SOURCE_NAME, ...orNull(SOURCE_REST)];
const STORED_PACK = [...PACK_NAME, ['title', scalar], ...orNull([...PACK_TEXTS, ['sources', storedSources]])];

/**
 * The readers, by the numbers of `ReadTask` in `imports.rs`: a list of members or a function. A function writes, or returns a number
 * instead: 0 if there is nothing.
 */
const READERS = [
  (walker, ctx) => walker.caller_(ctx),
  (walker, input) => walker.request_(input, false),
  (walker, input) => walker.request_(input, true),
  (walker) => walker.packName_(),
  (walker) => walker.fields_(walker.pack_, PACK_REST),
  (walker) => walker.iterate_(walker.items_ ?? walker.contextMember_('items')),
  (walker, records) => walker.openRecords_(records),
  IDEMPOTENCY_KEY,
  DIGESTED_ITEM,
  PROOF,
  ABSENCE,
  (walker, snapshot) => walker.recordOf_(snapshot),
  (walker) => walker.hasItems_(),
  (walker, parts) => walker.parts_(parts),
  MANIFEST_AND_INDEX,
  (walker) => walker.against_(),
  (walker, options) => walker.chainOptions_(options),
  (walker, value) => walker.scalar_(value),
];

/** Hashed members of an item, in the order in which they are read. */
export const ITEM_MEMBERS = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata'];
const ALL_ITEM_MEMBERS = [...ITEM_MEMBERS, 'createdAt'];

/** In place of a number of words: this and the number of a known item. */
const KNOWN = TEXT + 3;
/** Added to the number of words of an item that is fixed. */
const FIXED = 2 ** 30;
/** About how many bytes of memory a known item takes. A call that finds many such items needs a large memory. */
const BYTES_OF_KNOWN = 2 ** 9;

export class Walker extends TapeWriter {
  constructor(memory) {
    super(memory);
    this.clear_();
  }

  /** Drops what belongs to one operation: values of the host, text and kept words. */
  clear_() {
    this.context_ = NO_CONTEXT;
    this.contextRoot_ = null;
    this.traceId_ = undefined;
    this.pack_ = undefined;
    this.items_ = undefined;
    this.iterator_ = undefined;
    this.next_ = undefined;
    /** The array whose elements are iterated, and the position of the next one. */
    this.iteratedArray_ = undefined;
    this.position_ = 0;
    /** The method that writes each iterated value. */
    this.writeNext_ = this.item_;
    this.keptItems_ = undefined;
    /** True if items may be known by their identity. */
    this.knowsItems_ = false;
    /** Items that are fixed and were not known. */
    this.fixedItems_ = list();
    this.fixedCount_ = 0;
    /** The index that was met, and the number of its entries that were written. */
    this.indexArray_ = undefined;
    this.writtenEntries_ = 0;
    this.clearTape_();
  }

  /** Ends an operation. Returns true if this walker may serve another one. */
  endOperation_() {
    this.clear_();
    return this.isReusable_();
  }

  // --- Readers. Each returns the result of `finish_`, or 0 if there is nothing. ---

  read_(what, of) {
    const read = READERS[what];
    this.begin_();
    const answer = isArray(read) ? this.fields_(of, read) : read(this, of);
    if (answer === undefined) return this.finish_();
    this.isComplete_ = true;
    return answer;
  }

  /** Sets the object whose members are read from here on. */
  setContext_(object) {
    if (!isObject(object)) return;
    this.context_ = object;
    this.contextRoot_ = rootOf(object);
  }

  // F13-7, E3.1-7
  caller_(ctx) {
    this.setContext_(ctx);
    const tuple = this.open_(TUPLE);
    const actor = this.contextMember_('actor');
    this.scalar_(actor);
    this.traceId_ = this.contextMember_('traceId');
    this.scalar_(this.traceId_);
    this.decision_(this.contextMember_('decision'));
    // Distinguishes a missing context, or an input in its place, from a context without an actor.
    const isNobody = actor === undefined || actor === null;
    this.word_(
      this.context_ === NO_CONTEXT || (isNobody && this.contextMember_('packKey') !== undefined) ? FALSE : TRUE,
    );
    // Last, because reading may stop in a long list.
    strings(this, this.contextMember_('roles'));
    this.close_(tuple, 5);
  }

  /** Reads a request. A preview has no identifier, so members that would determine one are not read. */
  request_(input, isPreview) {
    const limits = this.contextMember_('limits');
    const read = this.readLimits_(limits);
    const tuple = this.open_(TUPLE);
    this.fields_(input, INPUT);
    const write = (name) => this.scalar_(this.contextMember_(name));
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
    // Not part of the document: they are read even if it is too long.
    this.beginDocument_();
    this.writeLimits_(limits, read);
    this.close_(tuple, 12);
  }

  packName_() {
    this.pack_ = this.contextMember_('pack');
    if (this.pack_ === undefined || this.pack_ === null) this.word_(NULL);
    else if (this.expectObject_(this.pack_)) this.fields_(this.pack_, PACK_NAME);
  }

  /** Keeps each iterated value in `items`, so that it can be made again. */
  keepItems_(items) {
    this.keptItems_ = items;
  }

  openRecords_(records) {
    this.writeNext_ = this.storedRecord_;
    this.iterate_(records);
  }

  // --- Items that cannot change ---

  /** Allows items to be known: those that are, or, if `anew`, those of this operation. */
  knowItems_(anew) {
    if (anew) forgetItems();
    this.knowsItems_ = true;
  }

  /** Returns the number of an item that is known. */
  knownNumber_(item) {
    return this.knowsItems_ ? numberOf(item, this.writeNext_ === this.storedItem_) : undefined;
  }

  /** Returns a known item in place of a number of words. Nothing of it is read. */
  known_(item, number) {
    if (this.keptItems_ !== undefined) this.keptItems_.addKnown_(item);
    countCopied(BYTES_OF_KNOWN);
    return KNOWN + number;
  }

  /** Remembers a fixed item, which is the one at this position among all of them. */
  remember_(number, position) {
    noteNumber(this.fixedItems_[position], number, this.writeNext_ === this.storedItem_);
  }

  /** Starts an iteration that behaves like `for … of`: see `nextItem_` and `closeItems_`. */
  // F13-2
  iterate_(values) {
    // A string is iterable, but never a list of items.
    const method = typeof values === 'object' && values !== null ? stepOf(values, ITERATOR) : undefined;
    // Arrays are read like the built-in iterator reads them.
    if (isOrdinaryArray(values)) {
      this.iteratedArray_ = values;
    } else if (typeof method === 'function') {
      this.iterator_ = apply(method, values, []);
      requireObject(this.iterator_, 'The iterator');
      this.next_ = stepOf(this.iterator_, 'next');
    } else {
      return this.reject_(received(values) + hint(values));
    }
    this.word_(TRUE);
  }

  /** Reads the next value; returns 0 at the end. If `next` throws, the iterator is left open; if reading the value throws, it is closed. */
  // E0-2
  nextItem_() {
    const { iteratedArray_: listed } = this;
    let value;
    if (listed !== undefined) {
      if (this.position_ >= listed.length) return 0;
      const at = this.position_++;
      // Requires an own property only if a prototype may have this index, because elements of a proxy need not be own properties.
      value = at in getPrototypeOf(listed) ? elementOf(listed, at) : listed[at];
    } else {
      const step = apply(this.next_, this.iterator_, []);
      requireObject(step, 'The result of the iterator');
      if (stepOf(step, 'done')) return 0;
      value = stepOf(step, 'value');
    }
    const number = this.knownNumber_(value);
    if (number !== undefined) return this.known_(value, number);
    if (this.writeNext_ !== this.storedRecord_ && isText(value)) {
      if (this.keptItems_ !== undefined) this.keptItems_.addText_();
      return this.writeText_(value, this.writeNext_ === this.storedItem_ ? STORED_TEXT : TEXT);
    }
    try {
      this.begin_();
      const firstTextName = this.keptItems_?.textNames_.length;
      const fixed = this.knowsItems_ ? fixedCopy(value, ALL_ITEM_MEMBERS) : undefined;
      if (fixed !== undefined) this.fixedItems_[this.fixedCount_++] = value;
      this.writeNext_(fixed ?? value);
      if (this.keptItems_ !== undefined) {
        this.cutRope_();
        this.keptItems_.add_(this.words_, this.start_, this.pieces_, this.pieceCount_, firstTextName);
        this.keptWords_ = this.end_;
      }
      const words = this.finish_();
      return fixed !== undefined ? words + (words < 0 ? -FIXED : FIXED) : words;
    } catch (error) {
      try {
        this.closeItems_();
      } catch {
        // The first error counts, as in `for … of`.
      }
      throw error;
    }
  }

  // E5-6
  closeItems_() {
    if (this.iteratedArray_ !== undefined) return;
    const method = stepOf(this.iterator_, 'return');
    if (method === undefined || method === null) return;
    requireObject(apply(method, this.iterator_, []), 'The result of closing the iterator');
  }

  readItem_(item) {
    if (isText(item)) return this.writeText_(item, TEXT);
    this.begin_();
    this.item_(item);
    return this.finish_();
  }

  readStoredItem_(item) {
    if (isText(item)) return this.writeText_(item, STORED_TEXT);
    this.begin_();
    this.storedItem_(item);
    return this.finish_();
  }

  /** Reads the record of a snapshot, whose items may be read next. */
  recordOf_(snapshot) {
    this.setContext_(snapshot);
    this.storedRecord_(this.contextMember_('record'));
  }

  /** Returns 0 if there are no items, 2 for an empty array, otherwise 1. The items may be opened next. */
  hasItems_() {
    this.writeNext_ = this.storedItem_;
    const items = this.contextMember_('items');
    this.items_ = items;
    if (items === undefined) return 0;
    return isArray(items) && items.length === 0 ? 2 : 1;
  }

  /** Reads the parts of a verification, except the items. */
  // F11-18, E8.1-23
  parts_(parts) {
    this.writeNext_ = this.storedItem_;
    this.setContext_(parts);
    const limits = this.contextMember_('limits');
    const read = this.readLimits_(limits);
    const tuple = this.open_(TUPLE);
    this.writeLimits_(limits, read);
    const record = this.contextMember_('record');
    const pack = this.contextMember_('pack');
    this.beginDocument_();
    this.storedRecord_(record);
    this.beginDocument_();
    this.storedPack_(pack);
    this.beginDocument_();
    this.writeIndex_(this.contextMember_('index'));
    this.beginDocument_();
    const rowIds = this.contextMember_('rowIds');
    // Items whose ids have prefixes have other digests.
    this.knowsItems_ &&= rowIds === undefined || rowIds === false;
    this.nonText_(rowIds);
    this.beginDocument_();
    this.optional_(this.contextMember_('event'), EVENT);
    const manifest = this.contextMember_('manifest');
    this.beginDocument_();
    if (manifest === undefined) this.word_(ABSENT);
    else document(this, manifest);
    this.beginDocument_();
    output(this, this.contextMember_('output'));
    this.expect_(parts, ['hash', 'seal']);
    this.unknownMembers_(isObject(parts) ? unknownNames(parts, PARTS) : [], true);
    this.close_(tuple, 10);
  }

  /** Reads the options of a chain's verification. */
  chainOptions_(options) {
    if (options === undefined) return this.word_(ABSENT);
    if (!isObject(options)) return this.reject_(received(options));
    this.setContext_(options);
    const tuple = this.open_(TUPLE);
    this.expect_(options, ['seal']);
    this.unknownMembers_(unknownNames(options, ['expect']), true);
    this.close_(tuple, 2);
  }

  /**
   * Reads `expect`, which must be a plain object with these members if the parts have it at all, even as undefined. The format's
   * limits apply, because it comes from the caller.
   */
  expect_(parts, names) {
    const { maxBytes_, maxLevels_, maxShort_ } = this;
    this.limit_(undefined);
    this.beginDocument_();
    const expect = this.contextMember_('expect');
    if (expect === undefined && !this.has_(parts, 'expect')) {
      this.word_(ABSENT);
    } else if (isObject(expect) && isPlain(getPrototypeOf(expect))) {
      const tuple = this.open_(TUPLE);
      for (let at = 0; at < names.length; at++) this.scalar_(ownMember(expect, names[at]));
      this.unknownMembers_(unknownNames(expect, names), false);
      this.close_(tuple, names.length + 1);
    } else {
      this.reject_(received(expect));
    }
    this.maxBytes_ = maxBytes_;
    this.maxLevels_ = maxLevels_;
    this.maxShort_ = maxShort_;
    this.beginDocument_();
  }

  /** Returns true if an object has that member, own or inherited, but not only from an `Object.prototype`. */
  // E8.1-30
  has_(object, name) {
    if (!isObject(object)) return false;
    const root = this.contextRoot_;
    let holder = object;
    for (let length = 0; holder !== null && holder !== root && length < MAX_LEVELS; length++) {
      if (hasOwn(holder, name)) return true;
      holder = getPrototypeOf(holder);
    }
    // A longer chain of prototypes counts as having it.
    return holder !== null && holder !== root;
  }

  /** Writes the unknown names of an object, sorted; of inherited names only those that are mistaken for trusted values. */
  // E8.1-31
  unknownMembers_(names, withInherited) {
    for (let at = 0; withInherited && at < MISTAKEN_FOR_EXPECT.length; at++) {
      const name = MISTAKEN_FOR_EXPECT[at];
      if (!isAmong(name, names) && this.contextMember_(name) !== undefined) append(names, name);
    }
    sort(names);
    this.beginDocument_();
    const array = this.open_(ARRAY);
    let count = 0;
    while (count < names.length && count <= MAX_ISSUES) {
      this.wholeString_(shortened(names[count++]));
    }
    this.close_(array, count);
  }

  /** Reads limits, and the unknown names beside them. If all are valid, they apply from here on. */
  readLimits_(limits) {
    if (!isObject(limits) || !isPlain(getPrototypeOf(limits))) return undefined;
    const root = rootOf(limits);
    const read = list();
    const names = unknownNames(limits, LIMITS);
    let isRight = names.length === 0;
    for (let at = 0; at < LIMITS.length; at++) {
      const value = member(limits, root, LIMITS[at]);
      isRight &&= value === undefined || (isInteger(value) && value >= 0 && value <= FORMAT_LIMITS[at]);
      read[at] = value;
    }
    if (isRight) this.limit_(read);
    // What was valid may have more bytes or levels than is allowed here.
    this.knowsItems_ = false;
    return { read_: read, names_: names };
  }

  /** Applies the limits of a builder or a verifier. */
  limitTo_(maxBytes, maxLevels) {
    this.limit_([maxBytes, maxLevels]);
  }

  /** Writes what `readLimits_` has read of the limits. */
  writeLimits_(limits, read) {
    if (orAbsent(limits) === undefined) return this.word_(ABSENT);
    if (read === undefined) return this.reject_(received(limits));
    const { read_: values, names_: names } = read;
    const tuple = this.open_(TUPLE);
    for (let at = 0; at < values.length; at++) this.scalar_(values[at]);
    this.unknownMembers_(names, false);
    this.close_(tuple, 5);
  }

  /** Reads the snapshot that a preview is compared with; returns 0 if there is none. */
  against_() {
    const against = this.contextMember_('against');
    if (orAbsent(against) === undefined) return 0;
    this.fields_(against, MANIFEST_AND_INDEX);
  }

  /** Remembers an index, whose entries are read when they are needed. If the value is not an array, writes a description of it. */
  writeIndex_(index) {
    if (isArray(index)) {
      this.indexArray_ = index;
      this.word_(TRUE);
    } else if (index === undefined) {
      this.word_(ABSENT);
    } else {
      this.reject_(received(index));
    }
  }

  /**
   * Writes the next entries of an index; returns 0 at the end. They go onto a tape of their own, because the other tape is still in
   * use. So the room that is known, that of the other tape, does not apply to them.
   */
  nextEntries_(entries) {
    const left = entries.ids_.length - this.writtenEntries_;
    const most = left < 1024 ? left : 1024;
    if (most === 0) return 0;
    this.begin_();
    this.wordsRoom_ = 0;
    this.isOtherTape_ = true;
    const array = this.open_(ARRAY);
    let count = 0;
    while (count < most && this.units_ < MAX_REPEATED) {
      const at = this.writtenEntries_ + count++;
      this.beginDocument_();
      if (entries.nonObjects_?.has(at)) {
        this.reject_(entries.nonObjects_.get(at));
        continue;
      }
      const tuple = this.open_(TUPLE);
      this.scalar_(entries.ids_[at]);
      this.scalar_(entries.digests_[at]);
      this.close_(tuple, 2);
    }
    this.writtenEntries_ += count;
    this.close_(array, count);
    return this.finish_();
  }

  /** Reads JSON text of any value. */
  readText_(value) {
    if (isText(value)) return this.writeText_(value, VALUE_TEXT);
    this.begin_();
    this.reject_(received(value));
    return this.finish_();
  }

  /** Parses JSON text and writes its value, or the mistake in it. */
  parseText_(kind, start, length, isWhole) {
    const { value_: value, mistake_: mistake } = this.parsed_(start, length, isWhole, this.maxLevels_);
    this.isMistake_ = mistake !== undefined;
    this.begin_();
    if (mistake !== undefined) this.mistakeTuple_(mistake);
    else if (kind === VALUE_TEXT) this.bounded_(value, 1);
    else if (kind === STORED_TEXT) this.storedItem_(value);
    else this.item_(value);
    return this.finish_();
  }

  mistakeTuple_({ isDuplicate_: isDuplicate, path_: path, before_: before, foreign_: foreign, after_: after }) {
    const tuple = this.open_(TUPLE);
    this.word_(isDuplicate ? TRUE : FALSE);
    this.wholeString_(path);
    if (before === undefined) {
      this.word_(ABSENT);
      return this.close_(tuple, 3);
    }
    this.wholeString_(before);
    this.wholeString_(foreign);
    this.wholeString_(after);
    this.close_(tuple, 5);
  }

  readValue_(value) {
    this.begin_();
    this.bounded_(value, 1);
    return this.finish_();
  }

  // --- Members that the contract defines ---

  contextMember_(name) {
    return member(this.context_, this.contextRoot_, name);
  }

  /** Writes the listed members of an object. If the value is not an object, writes a description of it. */
  // E4.2-5
  fields_(object, shape) {
    if (!isObject(object)) return this.reject_(received(object));
    const root = rootOf(object);
    const tuple = this.open_(TUPLE);
    for (let at = 0; at < shape.length; at++) {
      const part = shape[at];
      part[1](this, member(object, root, part[0]));
    }
    this.close_(tuple, shape.length);
  }

  // F13-5
  decision_(value) {
    if (orAbsent(value) === undefined) return this.word_(NULL);
    this.fields_(value, DECISION);
  }

  /** Writes the listed members of an object that may be absent. */
  optional_(value, shape) {
    if (value === undefined) this.word_(ABSENT);
    else this.fields_(value, shape);
  }

  storedRecord_(value) {
    if (this.expectObject_(value)) this.fields_(value, STORED_RECORD);
  }

  storedPack_(value) {
    if (orAbsent(value) === undefined) return this.word_(NULL);
    if (this.expectObject_(value)) this.fields_(value, STORED_PACK);
  }

  /** Writes an item as a store returns it: `null` means absent, and its time is not read. */
  // E8.1-26
  storedItem_(item) {
    this.item_(item, null);
  }

  // The members of `ITEM_MEMBERS`. Unrolled, because there are many items: reading a constant name takes 10 % of the time of `member`.
  item_(item, absent = undefined) {
    if (!this.expectObject_(item)) return;
    const root = rootOf(item);
    const tuple = this.open_(TUPLE);
    this.scalar_(own(item.itemId, item, root, 'itemId'));
    this.scalar_(own(item.kind, item, root, 'kind'));
    this.scalar_(own(item.sourceKey, item, root, 'sourceKey'));
    this.scalar_(unless(absent, own(item.sourceVersion, item, root, 'sourceVersion')));
    this.plain_(own(item.content, item, root, 'content'));
    this.scalar_(unless(absent, own(item.textContent, item, root, 'textContent')));
    this.mapping_(unless(absent, own(item.metadata, item, root, 'metadata')));
    this.scalar_(absent === null ? undefined : own(item.createdAt, item, root, 'createdAt'));
    this.close_(tuple, 8);
  }
}

/** Throws like `for … of` if a value is not an object. */
function requireObject(value, what) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${what} is not an object`);
  }
}

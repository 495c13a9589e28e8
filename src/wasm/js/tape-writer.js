// Writes JavaScript values onto the tape.
//
// Why in JavaScript: from WebAssembly, every part of a value would cost a call. Why not `JSON.stringify`: it silently drops and converts
// values (`NaN` becomes `null`, a `Map` becomes `{}`, `toJSON` runs), and takes as long as everything here together.
//
// How: each value is visited once and written, in the form that `src/value/tape.rs` describes, into an array of 32-bit words and a list of
// strings. `tape-buffer.js` copies both into WebAssembly's memory when the value is complete. A value that is not JSON is written as `BAD` and
// never thrown, so that all of them are reported. Paths are made only for the report.
//
// A writer holds all its state, and serves one operation at a time, because host code that runs meanwhile (getters, proxies, iterators) may
// call us again. Learnt names and shapes are kept for the next operation. Every value of the host is read once, and exceptions of the host
// pass through.

import {
  append,
  apply,
  DATE_PROTOTYPE,
  getPrototypeOf,
  hasOwn,
  isArray,
  list,
  OBJECT_PROTOTYPE,
  seclude,
  Table,
  toISOString,
  WordArray,
} from './language.js';
import { MAX_DOCUMENT_BYTES, MAX_ISSUES, MAX_LEVELS } from './limits.js';
import { MAX_ROPE, NO_WORDS, TapeBuffer } from './tape-buffer.js';
import {
  ABSENT,
  ARRAY,
  BAD,
  CUT,
  DATE,
  DEEP,
  FALSE,
  KEY,
  KEY_TEXT,
  KIND_BITS,
  MAX_SHORT_STRING,
  NULL,
  OBJECT,
  SHAPED,
  STRING,
  TRUE,
} from './tape-format.js';
import {
  classOf,
  elementOf,
  hint,
  isCyclic,
  isObject,
  isPlain,
  received,
  shortened,
  sizeOf,
  timeOf,
} from './values.js';

/** A `CUT` after too many bad values. */
const CUT_BAD = CUT | (1 << KIND_BITS);

/**
 * A document whose words and units exceed its limit in bytes by more than this is certainly too long, because each of them becomes at least
 * one byte. The slack covers the few that belong to members outside of the document. Long strings and arrays are also checked on their own,
 * so that no length overflows its bits.
 */
const SLACK = 256;

/**
 * In a value that has become longer than this, in words and units, containers that are not small are remembered, so that we notice if one is
 * read again.
 */
const LONG_VALUE = 2 ** 18;
const SMALL_CONTAINER = 2 ** 6;
/** Once more words and units than this were read again, because objects are shared, the size of the whole value is computed. */
export const MAX_REPEATED = 2 ** 18;

/** Highest number of names that are learnt, and the length of the longest. Enough for any schema, and a bound for everything else. */
const MAX_KEYS = 1024;
const MAX_KEY_LENGTH = 64;
/** Limits of learnt shapes: names in one shape, names in all of them together, and sequences of names (shapes and their beginnings). */
const MAX_SHAPE_LENGTH = 64;
const MAX_SHAPE_NAMES = 32768;
const MAX_SEQUENCES = 4096;

/** Sizes of arrays for kept words: each is four times as large as the one before, up to the largest. */
const FIRST_CHUNK = 2 ** 10;
const LARGEST_CHUNK = 2 ** 16;
/** If an array has fewer free words than this, the next value starts in a new array, because moving a half-written value costs more. */
const MIN_FREE_WORDS = 2 ** 8;

/** A writer with more words than this holds too much memory to be kept. */
const MAX_KEPT_WORDS = 2 ** 18;

/** The names of an object, in the order of the object. */
class Shape {
  constructor(number, names) {
    this.number_ = number;
    this.names_ = names;
    /** The shape of the object that followed the last object of this shape: the first guess for the next object. */
    this.next_ = this;
    /** The guess before `next_`. It is often right after the end of a list, where the next object has another shape. */
    this.other_ = this;
  }
}
seclude(Shape);

/** A sequence of names. Has the shape of objects with exactly these names, and the sequences that are one name longer. */
class Sequence {
  constructor() {
    this.shape_ = undefined;
    this.longer_ = new Table();
  }
}
seclude(Sequence);

export class TapeWriter extends TapeBuffer {
  constructor(memory) {
    super(memory);
    /** The word that is written for every further value; 0 while values are read. */
    this.stopWord_ = 0;
    /** The current document: the number of its bad values, the words and units that do not count for its length, and its limits. */
    this.badCount_ = 0;
    this.uncounted_ = 0;
    this.maxLevels_ = MAX_LEVELS;
    this.maxBytes_ = MAX_DOCUMENT_BYTES;
    /** During a search for cycles: the open containers by level, and the limit on levels. */
    this.openContainers_ = undefined;
    this.cycleLevels_ = MAX_LEVELS;
    /** True if a container was nested too deeply or in itself. */
    this.isDeep_ = false;
    /** A string with more units than this is checked on its own against the limit of the document. */
    this.maxShort_ = MAX_SHORT_STRING;
    /** The value that is being written, the containers found in it, and the words and units of those that were found again. */
    this.outermost_ = undefined;
    this.containers_ = undefined;
    this.repeated_ = 0;
    /** Of the container that was remembered last: where it begins, and its words and units. */
    this.noted_ = 0;
    this.notedSize_ = 0;
    /** The object that notes the values that are read, so that they can be made again; undefined if nothing does. */
    this.keptItems_ = undefined;
    /** Names of the open objects whose shape was not guessed, innermost last. */
    this.names_ = list();
    this.nameCount_ = 0;
    /** Learnt names: numbers by name, names by number, and the names that WebAssembly does not have yet. */
    this.keys_ = new Table();
    this.keyNames_ = [];
    this.newKeys_ = [];
    /** Consecutive cache misses since the key table filled up. After `MAX_KEYS` of them, names are no longer looked up. */
    this.misses_ = 0;
    /** Learnt shapes, which are found by their sequence of names. */
    this.shapes_ = [];
    this.shapeNames_ = 0;
    this.newShapes_ = [];
    this.sequences_ = 0;
    this.noNames_ = new Sequence();
    /** The shape that stands for unknown ones, and the shape of the object that was opened last. */
    this.unknownShape_ = new Shape(0, list());
    this.shape_ = this.unknownShape_;
    /** True if the last value was read to its end. Only then do this side and WebAssembly know the same names. */
    this.isComplete_ = true;
  }

  /** Drops what belongs to one operation: text and kept words. */
  clearTape_() {
    if (this.keptWords_ > 0) this.words_ = NO_WORDS;
    this.keptWords_ = 0;
    this.limit_(undefined);
    // Text is left over from the last value, and names of open objects after an exception.
    this.pieces_ = list();
    this.rope_ = '';
    this.source_ = undefined;
    if (this.names_.length > 0) this.names_ = list();
    this.outermost_ = undefined;
    this.containers_ = undefined;
  }

  /** Sets the limits: these, or those of the format. */
  limit_(limits) {
    this.maxBytes_ = limits?.[0] ?? MAX_DOCUMENT_BYTES;
    this.maxLevels_ = limits?.[1] ?? MAX_LEVELS;
    const room = this.maxBytes_ - 2;
    this.maxShort_ = room < MAX_SHORT_STRING ? room : MAX_SHORT_STRING;
  }

  // --- Members whose type the contract fixes ---

  /** Returns true if the value is an object and not a promise; otherwise writes what it is. */
  expectObject_(value) {
    const missing = hint(value);
    const isRight = isObject(value) && missing === '';
    if (!isRight) this.reject_(received(value) + missing);
    return isRight;
  }

  /** Writes a member that must be a scalar or a `Date`; for a container, writes the name of its type (for the message). */
  // F7.1-9
  scalar_(value) {
    if (this.stopWord_ !== 0) return this.word_(this.stopWord_);
    // Not by its type, which `document.all` has, too.
    if (value === undefined) return this.word_(ABSENT);
    switch (typeof value) {
      case 'string':
        return this.string_(STRING, value);
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

  /** Writes a time value, and the name of its class for messages. In this form, a date does not count for the length of a document. */
  date_(value, time) {
    const name = getPrototypeOf(value) === DATE_PROTOTYPE ? 'Date' : shortened(classOf(value));
    this.uncounted_ += 4 + name.length;
    this.double_(DATE | (name.length << KIND_BITS), time);
    this.word_(this.units_);
    this.text_(name, name.length);
  }

  /** Writes a member that must be a string or a plain object at this level of its document. Writes other values like `scalar_`. */
  // F10-5
  plain_(value, level = 2) {
    if (
      typeof value === 'object' &&
      value !== null &&
      !isArray(value) &&
      isPlain(getPrototypeOf(value)) &&
      this.stopWord_ === 0
    ) {
      this.bounded_(value, level);
    } else {
      this.scalar_(value);
    }
  }

  /** Writes a member that must not be a string. For a string, writes only a description, because it may be long. */
  nonText_(value) {
    if (typeof value === 'string') this.reject_('string');
    else this.scalar_(value);
  }

  /** Writes a member that must be a plain object. Writes other values like `nonText_`. */
  mapping_(value, level = 2) {
    if (typeof value === 'string') this.reject_('string');
    else this.plain_(value, level);
  }

  /** Writes a member that must be an array; `element` writes each of its elements. */
  array_(values, element) {
    if (this.stopWord_ !== 0 || !isArray(values)) return this.nonText_(values);
    const { length } = values;
    if (length >= this.maxBytes_) return this.stop_(CUT);
    const array = this.open_(ARRAY);
    let count = 0;
    while (count < length && this.stopWord_ === 0) {
      const value = elementOf(values, count);
      if (value === undefined) this.reject_('undefined');
      else element(this, value);
      count++;
    }
    this.close_(array, count);
  }

  // --- JSON values ---

  /** Writes a JSON value, or only a `CUT` if the value makes its document too long. */
  bounded_(value, level) {
    const { end_: end, units_: units, rope_: rope, badCount_: badCount, uncounted_: uncounted } = this;
    const { pieceCount_: pieceCount } = this;
    const kept = this.keptItems_?.textNames_;
    const keptCount = kept?.length;
    this.outermost_ = value;
    this.containers_ = undefined;
    this.notedSize_ = 0;
    this.repeated_ = 0;
    this.isDeep_ = false;
    this.json_(value, level);
    if (this.stopWord_ === 0 && !this.isDeep_) return;
    if (isCyclic(value)) {
      // Read again to find where it contains itself, because its depth and its length mean nothing.
      this.rewind_(end, units, rope, pieceCount);
      this.stopWord_ = 0;
      this.badCount_ = badCount;
      this.uncounted_ = uncounted;
      if (kept !== undefined) kept.length = keptCount;
      this.findCycles_(value, level);
    }
    if (this.stopWord_ !== CUT) return;
    this.rewind_(end, units, rope, pieceCount);
    this.word_(CUT);
  }

  /** Removes everything that was written after this state. */
  rewind_(end, units, rope, pieceCount) {
    this.end_ = end;
    this.units_ = units;
    this.rope_ = rope;
    this.pieceCount_ = pieceCount;
  }

  /** Writes a value in which a container may contain itself. */
  findCycles_(value, level) {
    const { maxLevels_ } = this;
    this.openContainers_ = list();
    this.cycleLevels_ = maxLevels_;
    this.maxLevels_ = level - 1;
    try {
      this.json_(value, level);
    } finally {
      this.maxLevels_ = maxLevels_;
      this.openContainers_ = undefined;
    }
  }

  /**
   * Writes a container that is deeper than `maxLevels_`. A search for cycles lowers `maxLevels_` to the current level, so that every inner
   * container comes here. So other values do not pay for the search.
   */
  // F7.2-3, E4.1-4
  guarded_(container, level, mayInherit) {
    const { openContainers_: inside } = this;
    if (inside === undefined) return this.deep_(0);
    for (let at = level - 1; at > 0; at--) if (inside[at] === container) return this.deep_(level - at);
    if (level > this.cycleLevels_) return this.deep_(0);
    inside[level] = container;
    this.maxLevels_ = level;
    if (isArray(container)) this.elements_(container, level);
    else this.object_(container, level, mayInherit);
    this.maxLevels_ = level - 1;
  }

  /** Writes a JSON value at this level of its document. */
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
        return this.instance_(value);
      }
      default:
        return this.reject_(received(value));
    }
  }

  /**
   * Writes a plain object. `mayInherit` is true if its prototype is not our `Object.prototype`.
   *
   * Its names are compared with those of the guessed shape, and listed from the first difference on. If the guess is right, which
   * it nearly always is, no name has to be listed or looked up.
   */
  // F7.1-5, F7.1-7, F7.2-2, F7.3-2, F13-4, E5-5
  object_(object, level, mayInherit) {
    if (level > this.maxLevels_) return this.guarded_(object, level, mayInherit);
    // Unlike `Object.keys`, `for … in` makes no list. But it also visits inherited names, if the prototype is of another realm or was
    // polluted.
    let inherits = mayInherit;
    for (const _ in OBJECT_PROTOTYPE) inherits = true;
    const units = this.units_;
    const start = this.open_(OBJECT);
    const before = this.shape_;
    let guess = before.next_;
    this.shape_ = guess;
    let { names_: names } = guess;
    const base = this.nameCount_;
    let isGuessed = true;
    let count = 0;
    for (const name in object) {
      if (this.stopWord_ !== 0) break;
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
          this.pushNames_(names, count);
        }
      }
      if (!isGuessed) this.names_[this.nameCount_++] = name;
      count++;
      this.json_(value, level + 1);
    }
    this.noteSize_(object, start, units);
    if (isGuessed && count === names.length && count > 0) {
      this.words_[start] = SHAPED;
      return this.close_(start, guess.number_);
    }
    if (isGuessed) this.pushNames_(names, count);
    const shape = this.shapeOf_(base, count) ?? this.unknownShape_;
    before.other_ = before.next_;
    before.next_ = shape;
    if (this.shape_ === guess) this.shape_ = shape;
    if (shape !== this.unknownShape_) {
      this.words_[start] = SHAPED;
      this.close_(start, shape.number_);
    } else if (this.writeNames_(base)) {
      this.close_(start, count);
    } else {
      this.end_ = start;
      this.stop_(CUT);
    }
    this.nameCount_ = base;
  }

  pushNames_(names, count) {
    for (let at = 0; at < count; at++) this.names_[this.nameCount_++] = names[at];
  }

  /** Finds or learns the shape with the listed names; returns undefined if there are too many to learn. */
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
    // A bad element counts as nothing, but has a comma (E6.1-2, E6.1-5).
    if (length >= this.maxBytes_) return this.stop_(CUT);
    const units = this.units_;
    const start = this.open_(ARRAY);
    let count = 0;
    while (count < length && this.stopWord_ === 0) {
      this.json_(elementOf(array, count), level + 1);
      count++;
    }
    this.close_(start, count);
    this.noteSize_(array, start, units);
  }

  /**
   * Remembers a container of a long value, because a few objects that share parts can amount to more than any document may hold. If much was read
   * again, computes the size of the whole value, which visits each object once and calls no getters. That size only decides whether to read
   * on.
   *
   * Only some are remembered, because V8 has about a million different hashes for objects: with more objects than that, each lookup in a set
   * takes long. If a container that is left out is read again, so is the one in it that has more than half of its size.
   */
  noteSize_(container, start, units) {
    const size = this.end_ - start + this.units_ - units;
    if (size <= SMALL_CONTAINER || this.end_ + this.units_ <= LONG_VALUE) return;
    this.containers_ ??= new Table();
    if (this.containers_.has(container)) this.repeated_ += size;
    else if (start <= this.noted_ && size < 2 * this.notedSize_) return;
    else this.containers_.set(container);
    this.noted_ = start;
    this.notedSize_ = size;
    if (this.repeated_ <= MAX_REPEATED) return;
    // Once for each value.
    this.repeated_ = -Infinity;
    if (sizeOf(this.outermost_, this.maxBytes_) > this.maxBytes_) this.stopWord_ = CUT;
  }

  /** Writes an object that is neither plain nor an array: a date as its text, everything else as bad. */
  // F7.1-8
  instance_(value) {
    const time = timeOf(value);
    if (time === undefined) return this.reject_(received(value));
    if (!(time - time === 0)) return this.reject_('Invalid Date');
    this.string_(STRING, apply(toISOString, value, []));
  }

  // --- Values and documents ---

  begin_() {
    this.isComplete_ = false;
    if (this.keptWords_ > 0 && this.words_.length - this.keptWords_ < MIN_FREE_WORDS) {
      const more = 4 * this.words_.length;
      this.words_ = new WordArray(more < LARGEST_CHUNK ? more : LARGEST_CHUNK);
      this.keptWords_ = 0;
    }
    this.isOtherTape_ = false;
    this.start_ = this.keptWords_;
    this.end_ = this.keptWords_;
    this.units_ = 0;
    this.pieceCount_ = 0;
    this.rope_ = '';
    this.checkAt_ = MAX_ROPE;
    this.nameCount_ = 0;
    this.misses_ = 0;
    this.beginDocument_();
  }

  /** Begins a document: bad values and length are counted from here. */
  beginDocument_() {
    this.stopWord_ = 0;
    this.badCount_ = 0;
    this.uncounted_ = this.end_ + this.units_;
  }

  /** Returns true if the document with that many more units is certainly too long. */
  isOver_(more) {
    return this.end_ + this.units_ + more - this.uncounted_ > this.maxBytes_ + SLACK;
  }

  string_(kind, string) {
    const { length } = string;
    if (length > this.maxShort_ || this.units_ > this.checkAt_) {
      if (length + 2 > this.maxBytes_ || this.isOver_(length)) return this.stop_(CUT);
    }
    this.twoWords_(kind | (length << KIND_BITS), this.units_);
    this.text_(string, length);
  }

  /** Writes the listed names from `base` on; returns false if they do not fit into any document. */
  writeNames_(base) {
    let length = 0;
    for (let at = base; at < this.nameCount_; at++) length += this.names_[at].length;
    // Without slack first: the length of a name has as many bits as the longest document needs.
    if (length >= this.maxBytes_ || this.isOver_(length)) return false;
    const kept = this.keptItems_?.textNames_;
    for (let at = base; at < this.nameCount_; at++) {
      const name = this.names_[at];
      const number = this.numberOf_(name);
      if (number !== undefined) {
        this.word_((number << KIND_BITS) | KEY);
      } else {
        this.twoWords_(KEY_TEXT | (name.length << KIND_BITS), this.units_);
        this.text_(name, name.length);
        if (kept !== undefined) kept[kept.length] = name;
      }
    }
    return true;
  }

  /** Returns the number of a name, and learns a new one; returns undefined if there are too many to learn. */
  numberOf_(name) {
    if (this.misses_ > MAX_KEYS) return undefined;
    const known = this.keys_.get(name);
    if (known !== undefined) {
      this.misses_ = 0;
      return known;
    }
    if (this.keys_.size === MAX_KEYS) {
      this.misses_++;
      return undefined;
    }
    if (name.length > MAX_KEY_LENGTH) return undefined;
    const number = this.keys_.size;
    this.keys_.set(name, number);
    append(this.keyNames_, name);
    append(this.newKeys_, name);
    return number;
  }

  /** Writes a value that is not JSON, as a description of what it is. */
  reject_(description) {
    if (this.stopWord_ !== 0) return this.word_(this.stopWord_);
    const text = shortened(description);
    this.twoWords_(BAD | (text.length << KIND_BITS), this.units_);
    this.text_(text, text.length);
    // The description is not part of the document.
    this.uncounted_ += 2 + text.length;
    this.countBad_();
  }

  /** Writes a container that is nested too deeply, or, if `up` is not 0, that is the same as the container `up` levels above it. */
  deep_(up) {
    this.isDeep_ = true;
    this.word_(DEEP | (up << KIND_BITS));
    this.countBad_();
  }

  /** Counts a bad value. Reading stops at one more than are listed. */
  // E5-6
  countBad_() {
    this.badCount_++;
    if (this.badCount_ > MAX_ISSUES) this.stopWord_ = CUT_BAD;
  }

  /** Writes this word for the value, and for every further value of the document. */
  stop_(why) {
    this.stopWord_ = why;
    this.word_(why);
  }

  grow_() {
    const isTooMuch = this.isOver_(0);
    if (isTooMuch) this.stopWord_ = CUT;
    // From now on only the open containers are closed, which needs little room.
    const { length } = this.words_;
    const more = length > FIRST_CHUNK ? length : FIRST_CHUNK;
    const larger = new WordArray(length + (isTooMuch ? 2 * MAX_LEVELS : more));
    larger.set(this.words_);
    this.words_ = larger;
  }

  /**
   * Ends a value. Writes after it the names and shapes to learn (see `Tape::learn`), the number of their words, and the number of units
   * that were delivered as ASCII.
   *
   * Returns the total number of words; negative if there was no room for them, so that `deliver_` must copy them.
   */
  finish_() {
    const start = this.end_;
    if (this.newKeys_.length > 0 || this.newShapes_.length > 0) {
      this.twoWords_(this.units_, this.newKeys_.length);
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
      this.newKeys_ = [];
      this.newShapes_ = [];
    }
    this.twoWords_(this.end_ - start, 0);
    this.cutRope_();
    const count = this.end_ - this.start_;
    const fits = count <= this.wordsRoom_ && this.units_ <= this.textRoom_;
    if (fits) this.copy_();
    this.isComplete_ = true;
    return fits ? count : -count;
  }

  /**
   * Returns true if this writer may serve another operation: it can learn more, and no exception (of a getter, or of a full stack) has
   * stopped it. After an exception, it may have learnt a name that WebAssembly never received, and all later names would have wrong
   * numbers.
   */
  isReusable_() {
    return (
      this.isComplete_ &&
      this.words_.length <= MAX_KEPT_WORDS &&
      this.keys_.size < MAX_KEYS &&
      this.sequences_ < MAX_SEQUENCES &&
      this.shapeNames_ < MAX_SHAPE_NAMES - MAX_SHAPE_LENGTH
    );
  }
}

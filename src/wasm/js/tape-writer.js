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

import {
  append,
  apply,
  DATE_PROTOTYPE,
  getPrototypeOf,
  hasOwn,
  isArray,
  list,
  Met,
  OBJECT_PROTOTYPE,
  seclude,
  Table,
  toISOString,
  unitAt,
  Words,
} from './language.js';
import { MAX_DOCUMENT_BYTES, MAX_ISSUES, MAX_LEVELS } from './limits.js';
import { bufferOf, countCopied, writeText } from './memory.js';
import {
  ABSENT,
  ARRAY,
  BAD,
  CUT,
  DATE,
  DEEP,
  DOUBLE,
  double,
  FALSE,
  halves,
  INTEGER,
  KEY,
  KEY_TEXT,
  KIND_BITS,
  NULL,
  OBJECT,
  SHAPED,
  SHORT,
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

const INTEGER_LIMIT = 2 ** (31 - KIND_BITS);
/** A `CUT` because there are too many bad values. */
const CUT_BAD = CUT | (1 << KIND_BITS);

/**
 * Words and units of text beyond its limit after which a document is surely too long: each is at least a byte of it, but
 * for some in members that are not part of it. What has a length of its own is looked at by itself, so that no length
 * exceeds its bits.
 */
const SLACK = 256;

/** A container of so many words and units is worth a look if it was met before. */
const LARGE = 2 ** 12;
/** Words and units that are read again, because objects are shared, before it is computed how many there would be. */
export const MOST_AGAIN = 2 ** 18;

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

const EMPTY = new Words(0);

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

export class TapeWriter {
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
  }

  /** Lets go of what belongs to one operation: text, and words that are noted. */
  forgetTape_() {
    if (this.used_ > 0) this.words_ = EMPTY;
    this.used_ = 0;
    this.limit_(undefined);
    // Text stays behind, and where there was an exception, names of objects that were open.
    this.pieces_ = list();
    this.rope_ = '';
    if (this.names_.length > 0) this.names_ = list();
    this.whole_ = undefined;
    this.met_ = undefined;
  }

  /** Holds to these limits, or to those of the format. */
  limit_(limits) {
    this.maxBytes_ = limits?.[0] ?? MAX_DOCUMENT_BYTES;
    this.maxLevels_ = limits?.[1] ?? MAX_LEVELS;
    this.maxShort_ = Math.min(SHORT, this.maxBytes_ - 2);
  }

  // --- Members whose type the contract fixes ---

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
   * Whether this may write for another operation: there is room to learn more, and no exception (a getter's, a stack that is full)
   * has stopped it between learning a name and saying so. A name would have another's number from then on.
   */
  isWorthKeeping_() {
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
    countCopied((count - from) * 4 + this.length_ * 2);
    for (let number = 0; number < this.pieceCount_; number++) {
      const piece = this.pieces_[number];
      writeText(heap.buffer, at, piece);
      at += piece.length * 2;
    }
    if (this.newKeys_.length > 0) this.newKeys_ = [];
    if (this.newShapes_.length > 0) this.newShapes_ = [];
  }
}
seclude(TapeWriter);

// Makes the items of a snapshot from the tape, when they are read.
//
// Why from the tape: it holds what was hashed, and most of it is text that JavaScript has anyway. Decoding the canonical bytes of all
// items took 25 % of the time of a large snapshot, also for callers that do not read them.
//
// How: the walker notes the words and the pieces of text of each item. Text was written in the order of the words, so an item is made
// in one pass over both. Members are in canonical order.

import { append, list, put, seclude, sliceOf, sort } from './language.js';
import { ITEM_MEMBERS } from './readers.js';
import {
  ABSENT,
  ARRAY,
  BOOLEAN,
  DOUBLE,
  double,
  halves,
  INTEGER,
  KEY,
  KIND_BITS,
  MAX_SHORT_STRING,
  NULL,
  SHAPED,
  STRING,
} from './tape-format.js';

const KIND = 2 ** KIND_BITS - 1;

const byName = (left, right) => (left.name_ < right.name_ ? -1 : 1);

/** Makes an object of members, in canonical order. `__proto__` is a member like any other; undefined ones are left out. */
function objectOf(members) {
  sort(members, byName);
  const object = {};
  for (let at = 0; at < members.length; at++) {
    const { name_: name, value_: value } = members[at];
    if (value !== undefined) put(object, name, value);
  }
  return object;
}

/** The kept items, in the order in which they were read. */
// F1.3-1
export class Items {
  constructor({ keyNames_, shapes_ }) {
    // Names and shapes of the walker, by number. It may learn more.
    this.names_ = keyNames_;
    this.shapes_ = shapes_;
    // For each item: its array of words, its position there, and the number of its first piece of text. These are flat lists, not an
    // object for each item, because they live as long as the snapshot, and the garbage collector visits every living object.
    this.words_ = list();
    this.starts_ = list();
    this.firstPieces_ = list();
    this.count_ = 0;
    this.pieces_ = list();
    this.pieceCount_ = 0;
  }

  /** Keeps an item: its words from `at` on, and `count` pieces of text. */
  add_(words, at, pieces, count) {
    this.words_[this.count_] = words;
    this.starts_[this.count_] = at;
    this.firstPieces_[this.count_++] = this.pieceCount_;
    for (let piece = 0; piece < count; piece++) this.pieces_[this.pieceCount_++] = pieces[piece];
  }

  /** Makes an item. */
  item_(number) {
    return objectOf(new TapeReader(this, number).members_(ITEM_MEMBERS));
  }
}
seclude(Items);

class TapeReader {
  constructor({ names_, shapes_, words_, starts_, firstPieces_, pieces_ }, number) {
    this.names_ = names_;
    this.shapes_ = shapes_;
    this.words_ = words_[number];
    // The first value, behind the header of the item's tuple.
    this.at_ = starts_[number] + 2;
    this.pieces_ = pieces_;
    /** The current piece of text, and the position in it. */
    this.piece_ = firstPieces_[number];
    this.start_ = 0;
  }

  members_(names) {
    const members = [];
    for (let at = 0; at < names.length; at++) append(members, { name_: names[at], value_: this.value_() });
    return members;
  }

  values_(length) {
    const values = [];
    for (let at = 0; at < length; at++) append(values, this.value_());
    return values;
  }

  value_() {
    const header = this.words_[this.at_++];
    const payload = header >>> KIND_BITS;
    switch (header & KIND) {
      case ABSENT:
        return undefined;
      case NULL:
        return null;
      case BOOLEAN:
        return payload === 1;
      case INTEGER:
        return header >> KIND_BITS;
      case DOUBLE:
        halves[0] = this.words_[this.at_++];
        halves[1] = this.words_[this.at_++];
        return double[0];
    }
    // Skips the position of the text, or the length of the container.
    this.at_++;
    switch (header & KIND) {
      case STRING:
        return this.text_(payload);
      case ARRAY:
        return this.values_(payload);
      case SHAPED:
        return objectOf(this.members_(this.shapes_[payload]));
    }
    const values = this.values_(payload);
    const members = [];
    for (let at = 0; at < payload; at++) append(members, { name_: this.name_(), value_: values[at] });
    return objectOf(members);
  }

  name_() {
    const header = this.words_[this.at_++];
    const payload = header >>> KIND_BITS;
    if ((header & KIND) === KEY) return this.names_[payload];
    this.at_++;
    return this.text_(payload);
  }

  text_(length) {
    if (length === 0) return '';
    if (this.start_ === this.pieces_[this.piece_].length) {
      this.piece_++;
      this.start_ = 0;
    }
    const piece = this.pieces_[this.piece_];
    const text = length > MAX_SHORT_STRING ? piece : sliceOf(piece, this.start_, this.start_ + length);
    this.start_ += length;
    return text;
  }
}
seclude(TapeReader);

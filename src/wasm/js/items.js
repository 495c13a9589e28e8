// From the tape back to values: the items of a snapshot, when somebody asks for them.
//
// Why from the tape: it holds what was hashed, read once, and most of it is text that JavaScript has anyway. To copy the
// canonical bytes of every item out of WebAssembly, for the few callers who look at them, took a quarter of the time of a
// large snapshot.
//
// How: the walker notes the words of each item, and the strings that it has joined; an item is made by going through both
// from their beginning, since text is written in the order of the words. Members come out in the canonical order.

import { append, list, put, seclude, sliceOf, sort } from './language.js';
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
  NULL,
  SHAPED,
  SHORT,
  STRING,
} from './tape-format.js';

const KIND = 2 ** KIND_BITS - 1;
const MEMBERS = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata'];

const byName = (left, right) => (left.name_ < right.name_ ? -1 : 1);

/** An object with those members, in canonical order; `__proto__` is one as any other, and one without a value is absent. */
function objectOf(members) {
  sort(members, byName);
  const object = {};
  for (let at = 0; at < members.length; at++) {
    const { name_: name, value_: value } = members[at];
    if (value !== undefined) put(object, name, value);
  }
  return object;
}

/** Items in the order in which they were read. */
// F1.3-1
export class Items {
  constructor({ keyNames_, shapes_ }) {
    // What the walker has learnt, by number; there may come more.
    this.names_ = keyNames_;
    this.shapes_ = shapes_;
    // Of each item: its words, where in them it starts, and the number of the first piece of its text. In lists of numbers,
    // and not as an object an item: they live as long as the snapshot, and the collector looks at all that lives.
    this.words_ = list();
    this.starts_ = list();
    this.firsts_ = list();
    this.count_ = 0;
    this.pieces_ = list();
    this.pieceCount_ = 0;
  }

  /** Notes an item: its words, from there on, and so many pieces of its text. */
  note_(words, at, pieces, count) {
    this.words_[this.count_] = words;
    this.starts_[this.count_] = at;
    this.firsts_[this.count_++] = this.pieceCount_;
    for (let piece = 0; piece < count; piece++) this.pieces_[this.pieceCount_++] = pieces[piece];
  }

  /** An item, made anew. */
  at_(number) {
    return objectOf(new Reader(this, number).members_(MEMBERS));
  }
}
seclude(Items);

class Reader {
  constructor({ names_, shapes_, words_, starts_, firsts_, pieces_ }, number) {
    this.names_ = names_;
    this.shapes_ = shapes_;
    this.words_ = words_[number];
    // Behind the head of the item.
    this.at_ = starts_[number] + 2;
    this.pieces_ = pieces_;
    /** The piece of text that comes next, and where in it. */
    this.piece_ = firsts_[number];
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
    // Where its text starts, or its length.
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
    const text = length > SHORT ? piece : sliceOf(piece, this.start_, this.start_ + length);
    this.start_ += length;
    return text;
  }
}
seclude(Reader);

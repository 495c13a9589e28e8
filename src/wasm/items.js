// From the tape back to values: the items of a snapshot, when somebody asks for them.
//
// Why from the tape: it holds what was hashed, read once, and most of it is text that JavaScript has anyway. To copy the
// canonical bytes of every item out of WebAssembly, for the few callers who look at them, took a quarter of the time of a
// large snapshot.
//
// How: the walker notes the words of each item, and the strings that it has joined; an item is made by going through both
// from their beginning, since text is written in the order of the words. Members come out in the canonical order.

import {
  ABSENT,
  ARRAY,
  append,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  KEY,
  KIND_BITS,
  NULL,
  put,
  SHAPED,
  SHORT,
  STRING,
  seclude,
  sliceOf,
  uncurried,
} from './walker.js';

const sort = uncurried(Array.prototype.sort);
const KIND = 2 ** KIND_BITS - 1;
const MEMBERS = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata'];

// A binary64 as two words.
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

const byName = (left, right) => (left.name < right.name ? -1 : 1);

/** An object with those members, in canonical order; `__proto__` is one as any other, and one without a value is absent. */
function objectOf(members) {
  sort(members, byName);
  const object = {};
  for (let at = 0; at < members.length; at++) {
    const { name, value } = members[at];
    if (value !== undefined) put(object, name, value);
  }
  return object;
}

/** Items in the order in which they were read. */
export class Items {
  constructor({ keyNames, shapes }) {
    // What the walker has learnt, by number; there may come more.
    this.names = keyNames;
    this.shapes = shapes;
    this.items = [];
  }

  /** Notes an item: its words, from there on, and the pieces of its text, of which there may come more. */
  note(words, at, pieces) {
    append(this.items, { words, at, pieces });
  }

  /** An item, made anew. */
  at(number) {
    const reader = new Reader(this, this.items[number]);
    return objectOf(reader.members(MEMBERS));
  }
}
seclude(Items);

class Reader {
  constructor({ names, shapes }, { words, at, pieces }) {
    this.names = names;
    this.shapes = shapes;
    this.words = words;
    // Behind the head of the item.
    this.at = at + 2;
    this.pieces = pieces;
    /** The piece of text that comes next, and where in it. */
    this.piece = 0;
    this.start = 0;
  }

  members(names) {
    const members = [];
    for (let at = 0; at < names.length; at++) append(members, { name: names[at], value: this.value() });
    return members;
  }

  values(length) {
    const values = [];
    for (let at = 0; at < length; at++) append(values, this.value());
    return values;
  }

  value() {
    const header = this.words[this.at++];
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
        halves[0] = this.words[this.at++];
        halves[1] = this.words[this.at++];
        return double[0];
    }
    // Where its text starts, or its length.
    this.at++;
    switch (header & KIND) {
      case STRING:
        return this.text(payload);
      case ARRAY:
        return this.values(payload);
      case SHAPED:
        return objectOf(this.members(this.shapes[payload]));
    }
    const values = this.values(payload);
    const members = [];
    for (let at = 0; at < payload; at++) append(members, { name: this.name(), value: values[at] });
    return objectOf(members);
  }

  name() {
    const header = this.words[this.at++];
    const payload = header >>> KIND_BITS;
    if ((header & KIND) === KEY) return this.names[payload];
    this.at++;
    return this.text(payload);
  }

  text(length) {
    if (length === 0) return '';
    if (this.start === this.pieces[this.piece].length) {
      this.piece++;
      this.start = 0;
    }
    const piece = this.pieces[this.piece];
    const text = length > SHORT ? piece : sliceOf(piece, this.start, this.start + length);
    this.start += length;
    return text;
  }
}
seclude(Reader);

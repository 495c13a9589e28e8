// Makes the items of a snapshot from the tape, when they are read.
//
// Why from the tape: it holds what was hashed, and most of it is text that JavaScript has anyway. Decoding the canonical bytes of all
// items took 25 % of the time of a large snapshot, also for callers that do not read them.
//
// How: the walker notes the words and the pieces of text of each item. Text was written in the order of the words, so an item is made
// in one pass over both. Members are in canonical order.

import { deepFreeze } from './freeze.js';
import { parseCanonical } from './json.js';
import { canonicalItem } from './known-items.js';
import {
  ARRAY_PROTOTYPE,
  append,
  areElementsFree,
  create,
  freeze,
  getPrototypeOf,
  indexOf,
  list,
  OBJECT_PROTOTYPE,
  put,
  seclude,
  setPrototypeOf,
  sliceOf,
  sort,
} from './language.js';
import { bufferOf, decode } from './memory.js';
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
const Bytes = Uint8Array;

/**
 * The names of a shape in canonical order, each with the place of its value among the values of an object.
 *
 * Names are inserted in order, because shapes have few names and a call of `sort` costs more.
 */
class Order {
  constructor(names, isOrdinary) {
    const { length } = names;
    this.names_ = list();
    this.places_ = list();
    /** True if members can be assigned, because no prototype has one of these names. */
    this.isFree_ = isOrdinary;
    for (let place = 0; place < length; place++) {
      const name = names[place];
      let to = place;
      for (; to > 0 && this.names_[to - 1] > name; to--) {
        this.names_[to] = this.names_[to - 1];
        this.places_[to] = this.places_[to - 1];
      }
      this.names_[to] = name;
      this.places_[to] = place;
      if (name in OBJECT_PROTOTYPE) this.isFree_ = false;
    }
  }
}
seclude(Order);

const byName = (left, right) => (left.name_ < right.name_ ? -1 : 1);

/** The kept items, in the order in which they were read. */
// F1.3-1
export class Items {
  constructor({ keyNames_, shapes_, memory_ }) {
    // Names and shapes of the walker, by number. It may learn more.
    this.names_ = keyNames_;
    this.shapes_ = shapes_;
    // For each item: its array of words, its position there, and the number of its first piece of text. These are flat lists, not an
    // object for each item, because they live as long as the snapshot, and the garbage collector visits every living object. They have
    // nothing for an item that was JSON text or known.
    this.words_ = list();
    this.starts_ = list();
    this.firstPieces_ = list();
    this.count_ = 0;
    this.pieces_ = list();
    this.pieceCount_ = 0;
    // The names that the walker wrote as text, and for each item the number of its first one. They are kept as they are, because V8 would
    // have to look up a name that is cut from a piece.
    this.textNames_ = list();
    this.firstTextNames_ = list();
    this.memory_ = memory_;
    this.batches_ = list();
    this.batchCount_ = 0;
    /** Items that were known, by number; undefined if none was. They are never copied. */
    this.known_ = undefined;
  }

  /** Keeps a batch of canonical items, as UTF-8. */
  keepBatch_(start, length) {
    this.batches_[this.batchCount_++] = new Bytes(new Bytes(bufferOf(this.memory_), start, length));
  }

  /** Returns the canonical JSON of a known item; undefined for others. */
  knownText_(number) {
    const item = this.known_?.[number];
    return item === undefined ? undefined : canonicalItem(item, ITEM_MEMBERS);
  }

  /** Returns the canonical JSON of each item, in the order in which they were read; undefined for known ones. */
  texts_() {
    const texts = list();
    let count = 0;
    for (let batch = 0; batch < this.batchCount_; batch++) {
      const text = decode(this.batches_[batch]);
      // A zero precedes each item (FORMAT 1.2). In JSON, it would be escaped. Looking for the zero alone is slow in V8, which then stops at
      // the upper byte of each unit.
      for (let start = 1; start < text.length; ) {
        const next = indexOf(text, '}\0', start);
        const end = next < 0 ? text.length : next + 1;
        while (this.known_?.[count] !== undefined) count++;
        texts[count++] = sliceOf(text, start, end);
        start = end + 1;
      }
    }
    return texts;
  }

  /** Keeps an item: its words from `at` on, `count` pieces of text, and its names from that number on. */
  add_(words, at, pieces, count, firstTextName) {
    this.words_[this.count_] = words;
    this.starts_[this.count_] = at;
    this.firstTextNames_[this.count_] = firstTextName;
    this.firstPieces_[this.count_++] = this.pieceCount_;
    for (let piece = 0; piece < count; piece++) this.pieces_[this.pieceCount_++] = pieces[piece];
  }

  /** Counts an item that was known, and keeps it. */
  addKnown_(item) {
    this.known_ ??= list();
    this.known_[this.count_++] = item;
  }

  /** Counts an item that was JSON text. It is made from its canonical JSON. */
  addText_() {
    this.count_++;
  }
}
seclude(Items);

/** Makes the items of a snapshot. Use it once: it remembers which names the prototypes have, and that may change later. */
export class ItemReader {
  constructor(items) {
    this.items_ = items;
    /** The known items. Made first, because a proxy among them may run other code, which may change prototypes. */
    this.made_ = list();
    for (let number = 0; number < items.count_; number++) {
      const text = items.knownText_(number);
      this.made_[number] = text && parseCanonical(text);
    }
    // False if another prototype was put above that of arrays. It may be a proxy that answers differently each time, so what prototypes
    // have must not be remembered.
    this.isOrdinary_ = getPrototypeOf(ARRAY_PROTOTYPE) === OBJECT_PROTOTYPE;
    this.areElementsFree_ = areElementsFree();
    this.members_ = new Order(ITEM_MEMBERS, this.isOrdinary_);
    /** The orders of the shapes that were met, by number. */
    this.orders_ = list();
    /** The canonical JSON of the items, if one of them was JSON text. */
    this.texts_ = undefined;
    /** Values of the open objects, innermost last. */
    this.values_ = list();
    this.valueCount_ = 0;
    this.words_ = undefined;
    this.at_ = 0;
    /** The current piece of text, and the position in it. */
    this.piece_ = 0;
    this.start_ = 0;
    /** The next name that is written as text. */
    this.textName_ = 0;
  }

  /** Makes a frozen item. */
  item_(number, snapshotId, createdAt) {
    const { items_: items } = this;
    this.words_ = items.words_[number];
    let item;
    if (this.words_ === undefined) {
      this.texts_ ??= items.texts_();
      item = this.made_[number] ?? parseCanonical(this.texts_[number]);
    } else {
      // The first value, behind the header of the item's tuple.
      this.at_ = items.starts_[number] + 2;
      this.piece_ = items.firstPieces_[number];
      this.start_ = 0;
      this.textName_ = items.firstTextNames_[number];
      item = this.object_(this.members_);
    }
    put(item, 'snapshotId', snapshotId);
    put(item, 'createdAt', createdAt);
    return (this.words_ === undefined ? deepFreeze : freeze)(item);
  }

  /** Makes an object whose values come next, in canonical order. Undefined values are left out. */
  object_({ names_: names, places_: places, isFree_: isFree }) {
    const { values_: values, valueCount_: base } = this;
    const { length } = names;
    for (let place = 0; place < length; place++) {
      const value = this.value_();
      values[this.valueCount_++] = value;
    }
    const object = {};
    for (let at = 0; at < length; at++) {
      const value = values[base + places[at]];
      if (value === undefined) continue;
      if (isFree) object[names[at]] = value;
      else put(object, names[at], value);
    }
    this.valueCount_ = base;
    return object;
  }

  /** Makes a frozen object whose names follow its values, in canonical order. */
  unshaped_(length) {
    const values = this.array_(length);
    const members = [];
    for (let at = 0; at < length; at++) append(members, { name_: this.name_(), value_: values[at] });
    sort(members, byName);
    // Without a prototype, V8 makes a hash table at once. Otherwise it would make a hidden class for each member, which no other object has.
    const object = create(null);
    for (let at = 0; at < length; at++) object[members[at].name_] = members[at].value_;
    return freeze(setPrototypeOf(object, OBJECT_PROTOTYPE));
  }

  array_(length) {
    const values = [];
    for (let at = 0; at < length; at++) {
      const value = this.value_();
      if (this.areElementsFree_) values[at] = value;
      else append(values, value);
    }
    return freeze(values);
  }

  order_(number) {
    const known = this.orders_[number];
    if (known !== undefined) return known;
    const order = new Order(this.items_.shapes_[number], this.isOrdinary_);
    this.orders_[number] = order;
    return order;
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
        return this.array_(payload);
      case SHAPED:
        return freeze(this.object_(this.order_(payload)));
    }
    return this.unshaped_(payload);
  }

  name_() {
    const header = this.words_[this.at_++];
    const payload = header >>> KIND_BITS;
    if ((header & KIND) === KEY) return this.items_.names_[payload];
    this.at_++;
    if (payload > 0) this.pass_(payload);
    return this.items_.textNames_[this.textName_++];
  }

  text_(length) {
    if (length === 0) return '';
    const piece = this.pass_(length);
    return length > MAX_SHORT_STRING ? piece : sliceOf(piece, this.start_ - length, this.start_);
  }

  /** Passes text, and returns the piece that it is in. */
  pass_(length) {
    if (this.start_ === this.items_.pieces_[this.piece_].length) {
      this.piece_++;
      this.start_ = 0;
    }
    this.start_ += length;
    return this.items_.pieces_[this.piece_];
  }
}
seclude(ItemReader);

// The words and the text of the value that is being written, and how they get into WebAssembly's memory.
//
// Why a class of its own: it knows nothing about values. `tape-writer.js`, which extends it, decides what is written.
//
// How: words are collected in an array, and strings are joined to a rope, from which pieces are cut off. `copy_` copies both, the text as
// ASCII if it can. JSON text takes another way: it is copied as it is, and parsed here only if WebAssembly does not recognize it as
// canonical.

import { readJson } from './json-text.js';
import { lengthOf, list, seclude, unitAt, WordArray } from './language.js';
import {
  bufferOf,
  copiesUnits,
  copyBytes,
  countCopied,
  decode,
  prefersUnits,
  unpairedSurrogate,
  writeAscii,
  writeText,
  writeUtf8,
} from './memory.js';
import { DOUBLE, double, halves, INTEGER, KIND_BITS, MAX_SHORT_STRING, STRING } from './tape-format.js';

const INTEGER_LIMIT = 2 ** (31 - KIND_BITS);
/** At this length, joined strings become a piece, because a rope of many parts is expensive to keep. */
export const MAX_ROPE = 16384;
/** Up to this many words, a loop copies faster than `set`. */
const MAX_LOOP_COPY = 48;
/** Highest number of values in a row that are written without trying ASCII first. One less than a power of two. */
const MAX_UNASKED = 63;

const Bytes = Uint8Array;
export const NO_WORDS = new WordArray(0);

/** A subclass has the method `grow_`, which makes room for more words, because it knows how long a document may become. */
export class TapeBuffer {
  constructor(memory) {
    this.memory_ = memory;
    this.heap_ = NO_WORDS;
    /** Where words and text go in the memory, and for how many there is room. */
    this.wordsTarget_ = 0;
    this.wordsRoom_ = 0;
    this.textTarget_ = 0;
    this.textRoom_ = 0;
    /** Where ASCII text goes. */
    this.asciiTarget_ = 0;
    /**
     * After text that was not ASCII: the number of values that are written without trying ASCII, and how many of them are left.
     */
    this.unasked_ = 0;
    this.unaskedLeft_ = 0;
    /** True if the value goes onto a tape of its own. */
    this.isOtherTape_ = false;
    this.words_ = NO_WORDS;
    /** The number of words that are kept for `items.js`, the position of the value's first word, and the position after its last one. */
    this.keptWords_ = 0;
    this.start_ = 0;
    this.end_ = 0;
    /** The number of UTF-16 units written, and the text that they are: first `pieces_`, then `rope_`. */
    this.units_ = 0;
    this.pieces_ = list();
    this.pieceCount_ = 0;
    this.rope_ = '';
    /** JSON text that is still to be copied. */
    this.source_ = undefined;
    /** Number of units at which the rope becomes a piece and the length of the document is checked. */
    this.checkAt_ = 0;
  }

  word_(word) {
    if (this.end_ === this.words_.length) this.grow_();
    this.words_[this.end_++] = word;
  }

  twoWords_(first, second) {
    if (this.end_ + 2 > this.words_.length) this.grow_();
    this.words_[this.end_++] = first;
    this.words_[this.end_++] = second;
  }

  open_(kind) {
    this.twoWords_(kind, 0);
    return this.end_ - 2;
  }

  close_(start, payload) {
    this.words_[start] |= payload << KIND_BITS;
    this.words_[start + 1] = this.end_ - start;
  }

  number_(value) {
    if ((value | 0) === value && value < INTEGER_LIMIT && value >= -INTEGER_LIMIT) {
      this.word_((value << KIND_BITS) | INTEGER);
    } else {
      this.double_(DOUBLE, value);
    }
  }

  double_(kind, value) {
    double[0] = value;
    this.word_(kind);
    this.twoWords_(halves[0], halves[1]);
  }

  /** Writes a string, however long. */
  wholeString_(string) {
    this.twoWords_(STRING | (string.length << KIND_BITS), this.units_);
    this.text_(string, string.length);
  }

  text_(string, length) {
    this.units_ += length;
    if (length > MAX_SHORT_STRING) {
      this.cutRope_();
      this.pieces_[this.pieceCount_++] = string;
    } else {
      if (this.units_ > this.checkAt_) this.cutRope_();
      this.rope_ += string;
    }
  }

  /** Turns the rope into a piece. */
  cutRope_() {
    this.checkAt_ = this.units_ + MAX_ROPE;
    if (this.rope_ === '') return;
    // Reading a unit flattens the rope and releases its parts.
    unitAt(this.rope_, 0);
    this.pieces_[this.pieceCount_++] = this.rope_;
    this.rope_ = '';
  }

  // --- Into WebAssembly's memory ---

  textLength_() {
    return this.units_;
  }

  /** Copies the value to these addresses, which later values on the same tape use, too. */
  deliver_(words, wordsRoom, text, textRoom, ascii) {
    // Unsigned shift: an address may use all 32 bits.
    this.wordsTarget_ = words >>> 2;
    this.wordsRoom_ = this.isOtherTape_ ? 0 : wordsRoom;
    this.textTarget_ = text >>> 0;
    this.asciiTarget_ = ascii >>> 0;
    this.textRoom_ = textRoom;
    this.copy_();
  }

  copy_() {
    // A view has length 0 once the memory has grown.
    if (this.heap_.length === 0) this.heap_ = new WordArray(bufferOf(this.memory_));
    const { heap_: heap, start_: start, end_: end, wordsTarget_: target } = this;
    countCopied((end - start) * 4 + this.units_ * 2);
    if (this.writeAscii_(heap.buffer)) this.words_[end - 1] = this.units_;
    else this.writeUnits_(heap.buffer);
    if (end - start > MAX_LOOP_COPY) heap.set(new WordArray(this.words_.buffer, start * 4, end - start), target);
    else for (let at = start; at < end; at++) heap[target + at - start] = this.words_[at];
  }

  /**
   * Writes the text as ASCII. Returns false if it is not ASCII, or was not tried: a failed attempt costs more than a successful one saves,
   * so each failure doubles the number of values that are written without an attempt. Nor is it worth an attempt for a short text that the
   * host copies natively.
   */
  writeAscii_(buffer) {
    if ((copiesUnits && this.units_ <= MAX_ROPE) || this.isUnasked_()) return false;
    let at = this.asciiTarget_;
    for (let number = 0; number < this.pieceCount_; number++) {
      const piece = this.pieces_[number];
      if (!writeAscii(buffer, at, piece)) return this.noteAscii_(false);
      at += piece.length;
    }
    return this.noteAscii_(true);
  }

  /** Returns true if this value is to be written without trying ASCII. */
  isUnasked_() {
    return this.unaskedLeft_-- > 0;
  }

  /** Notes whether a value was ASCII, after each attempt. */
  noteAscii_(isAscii) {
    this.unasked_ = isAscii ? this.unasked_ >> 1 : (2 * this.unasked_ + 1) & MAX_UNASKED;
    this.unaskedLeft_ = this.unasked_;
    return isAscii;
  }

  /** Writes the text as UTF-16. */
  writeUnits_(buffer) {
    let at = this.textTarget_;
    for (let number = 0; number < this.pieceCount_; number++) {
      const piece = this.pieces_[number];
      writeText(buffer, at, piece);
      at += piece.length * 2;
    }
  }

  // --- JSON text ---

  /** Remembers JSON text, to be copied by `deliverText_`. Returns `kind`. */
  writeText_(text, kind) {
    // Receiving the text moves the tape, so the next value must be delivered to a new place.
    this.wordsRoom_ = this.textRoom_ = 0;
    this.units_ = typeof text === 'string' ? text.length : lengthOf(text);
    // A detached array has no bytes, and cannot be copied.
    this.source_ = this.units_ ? text : '';
    return kind;
  }

  /** Returns true if the remembered text is a string. */
  isString_() {
    return typeof this.source_ === 'string';
  }

  /**
   * Copies the remembered text as UTF-8. Returns the number of its bytes; -1 if it is not ASCII and there is less room than three bytes for
   * each unit; -2 if it has an unpaired surrogate; -3 if it is not ASCII and shall be asked for with no room, to be copied as UTF-16.
   */
  deliverText_(at, room) {
    const { source_: text } = this;
    const buffer = bufferOf(this.memory_);
    const start = at >>> 0;
    countCopied(room || this.units_ * 2);
    if (!this.isString_()) {
      copyBytes(buffer, start, text, this.units_);
      return this.units_;
    }
    const { length } = text;
    if (room === 0) {
      writeText(buffer, start, text);
      return 0;
    }
    if (room < 3 * length) {
      if (!this.isUnasked_() && this.noteAscii_(writeAscii(buffer, start, text))) return length;
      return prefersUnits ? -3 : -1;
    }
    return unpairedSurrogate(text) < 0 ? writeUtf8(buffer, start, text) : -2;
  }

  /** Parses the remembered text, like `readJson`; text that came as bytes is decoded from its copy first. */
  parsed_(start, length, isWhole, levels) {
    const { source_: text } = this;
    let json = text;
    if (!this.isString_()) json = decode(new Bytes(bufferOf(this.memory_), start >>> 0, length));
    this.source_ = undefined;
    const unpaired = unpairedSurrogate(json);
    if (unpaired < 0) return readJson(json, isWhole, levels);
    // E4-22
    const before = 'Invalid string: unpaired surrogate at index ';
    return {
      value_: undefined,
      mistake_: { isDuplicate_: false, path_: '', before_: before, foreign_: `${unpaired}`, after_: '' },
    };
  }
}
seclude(TapeBuffer);

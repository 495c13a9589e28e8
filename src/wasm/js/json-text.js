// Reads JSON text of a host, strictly (I-JSON, RFC 7493; docs/FORMAT.md section 7.4).
//
// Why not `JSON.parse`: of two members with one name it keeps the last, and it rounds numbers, both in silence. Why not in the module: it
// would be a tenth of it. Canonical text, which is what stores have, is recognized there (`src/value/canonical_text.rs`), not parsed here.
// How: one pass over the text; the first mistake ends it, and is reported with its path, line and column. Containers that are open are in a
// list, so that deep text costs none of the host's stack, which may be small in a worker.

import { append, hasOwn, indexOf, isArray, list, put, seclude, sliceOf, uncurried, unitAt } from './language.js';
import { shortened } from './values.js';

const NumberOf = Number;
const BigIntOf = BigInt;
const { fromCharCode } = String;
const { max } = Math;
const execute = uncurried(RegExp.prototype.exec);

/** A decimal with at most this many significant digits survives in a binary64. */
const KEPT_DIGITS = 15;
/** No number with more digits is the exact value of a binary64. */
const MOST_DIGITS = 767;
/** Highest number of digits that `toPrecision` writes. */
const MOST_OF_TO_PRECISION = 100;
const toPrecision = uncurried(NumberOf.prototype.toPrecision);
/** The letters of short escapes, and what they stand for. */
const LETTERS = '"\\/bfnrt';
const ESCAPED = '"\\/\b\f\n\r\t';

/**
 * Reads JSON text, in which containers may be nested `levels` deep. `isWhole` is false if bytes that are not UTF-8 follow the text. If
 * `rounds`, a number may become the nearest binary64.
 *
 * @returns `{ value_, mistake_ }`, one of them undefined. The mistake is the first one: `isDuplicate_`, `path_`, and a message in three
 * parts, `before_`, `foreign_` (text of the host, to be sanitized) and `after_`. A mistake without a message is a container that is nested
 * too deeply.
 */
export function readJson(text, isWhole, levels, rounds) {
  const reader = new JsonReader(text, isWhole, levels, rounds);
  let value;
  try {
    value = reader.document_();
  } catch (error) {
    if (error !== reader) throw error;
  }
  return { value_: value, mistake_: reader.mistake_ };
}

class JsonReader {
  constructor(text, isWhole, levels, rounds) {
    this.text_ = text;
    this.isWhole_ = isWhole;
    this.levels_ = levels;
    this.rounds_ = rounds;
    this.at_ = 0;
    /** The containers that are open, and the names and positions that lead to the current value; `depth_` of each. */
    this.open_ = list();
    this.path_ = list();
    this.depth_ = 0;
    this.mistake_ = undefined;
  }

  // F7.4-1
  document_() {
    if (this.next_() === '\ufeff') this.wrong_('Invalid JSON: expected no byte-order mark', '');
    const value = this.value_();
    this.skipBlanks_();
    if (this.at_ < this.text_.length || !this.isWhole_) this.expected_('the end');
    return value;
  }

  value_() {
    for (;;) {
      let value = this.begin_();
      // Undefined if it is a container that has parts, whose first one is next.
      while (value !== undefined) {
        if (this.depth_ === 0) return value;
        const at = --this.depth_;
        const container = this.open_[at];
        if (isArray(container)) append(container, value);
        else put(container, this.path_[at], value);
        this.skipBlanks_();
        const end = isArray(container) ? ']' : '}';
        if (this.skips_(end)) value = container;
        else if (this.skips_(',')) {
          this.part_(container);
          value = undefined;
        } else this.expected_(`, or ${end}`);
      }
    }
  }

  /** Reads a value without parts, or the beginning of a container, up to its first part. */
  begin_() {
    this.skipBlanks_();
    const next = this.next_();
    if (next === '{') return this.container_('}', {});
    if (next === '[') return this.container_(']', []);
    if (next === '"') return this.string_();
    if (next === '-' || (next >= '0' && next <= '9')) return this.number_();
    if (this.skips_('null')) return null;
    if (this.skips_('true')) return true;
    if (this.skips_('false')) return false;
    return this.expected_('a value');
  }

  container_(end, container) {
    // F10-1, E4-23
    if (this.depth_ === this.levels_) this.fail_(false);
    this.at_++;
    this.skipBlanks_();
    if (this.skips_(end)) return container;
    this.part_(container);
    return undefined;
  }

  /** Enters the next part of a container, and reads the name if it is a member. */
  part_(container) {
    this.open_[this.depth_] = container;
    if (isArray(container)) {
      this.path_[this.depth_++] = `${container.length}`;
      return;
    }
    this.skipBlanks_();
    const start = this.at_;
    if (this.next_() !== '"') this.expected_("a member's name");
    const name = this.string_();
    this.path_[this.depth_++] = name;
    // F7.4-2, F13-6, E4-21
    if (hasOwn(container, name)) this.wrong_('Duplicate member: ', name, '', start, true);
    this.skipBlanks_();
    if (!this.skips_(':')) this.expected_(':');
  }

  string_() {
    this.at_++;
    let string = '';
    for (;;) {
      const from = this.at_;
      let unit = unitAt(this.text_, from);
      let at = from;
      // A comparison with NaN is false: the text ends there.
      while (unit !== 0x22 && unit !== 0x5c && unit >= 0x20) unit = unitAt(this.text_, ++at);
      this.at_ = at;
      string += sliceOf(this.text_, from, at);
      if (unit === 0x22) {
        this.at_++;
        return string;
      }
      if (unit !== 0x5c) this.expected_(at < this.text_.length ? 'an escaped control character' : '"');
      string += this.escape_(string);
    }
  }

  escape_(before) {
    const at = this.at_++;
    const letter = this.next_();
    if (letter === 'u') {
      let units = this.unit_();
      // F7.4-3, E4-20
      if (units >= '\ud800' && units < '\udc00' && sliceOf(this.text_, this.at_, this.at_ + 2) === '\\u') {
        this.at_++;
        units += this.unit_();
      }
      if (execute(/\p{Cs}/u, units) !== null)
        this.wrong_('Invalid string: unpaired surrogate at index ', `${before.length}`, '', at);
      return units;
    }
    const place = indexOf(LETTERS, letter);
    if (letter === '' || place < 0) this.expected_('an escape');
    this.at_++;
    return ESCAPED[place];
  }

  /** Reads the four digits after the `u` that is next. */
  unit_() {
    const digits = sliceOf(this.text_, this.at_ + 1, this.at_ + 5);
    if (execute(/^[\da-f]{4}$/i, digits) === null) this.expected_('u and four hexadecimal digits');
    this.at_ += 5;
    return fromCharCode(NumberOf(`0x${digits}`));
  }

  number_() {
    const start = this.at_;
    this.skips_('-');
    if (!this.skips_('0')) this.digits_();
    if (this.skips_('.')) this.digits_();
    if (this.skips_('e') || this.skips_('E')) {
      if (!this.skips_('+')) this.skips_('-');
      this.digits_();
    }
    const written = sliceOf(this.text_, start, this.at_);
    const value = NumberOf(written);
    // E4-19
    if (!(this.rounds_ ? value - value === 0 : isKept(written, value))) {
      this.wrong_('Invalid number: ', written, ` would become ${value}, a string keeps it`, start);
    }
    // F7.1-2: -0 becomes 0.
    return value + 0;
  }

  digits_() {
    const start = this.at_;
    let unit = unitAt(this.text_, start);
    while (unit >= 0x30 && unit <= 0x39) unit = unitAt(this.text_, ++this.at_);
    if (this.at_ === start) this.expected_('a digit');
  }

  next_() {
    return sliceOf(this.text_, this.at_, this.at_ + 1);
  }

  skips_(expected) {
    const { length } = expected;
    const isNext = sliceOf(this.text_, this.at_, this.at_ + length) === expected;
    if (isNext) this.at_ += length;
    return isNext;
  }

  skipBlanks_() {
    for (;;) {
      const unit = unitAt(this.text_, this.at_);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at_++;
    }
  }

  // E4-18
  expected_(what) {
    let found = this.isWhole_ ? 'the end' : 'bytes that are not UTF-8';
    const unit = unitAt(this.text_, this.at_);
    // A surrogate pair is one character.
    if (unit >= 0) found = sliceOf(this.text_, this.at_, this.at_ + (unit >> 10 === 0x36 ? 2 : 1));
    return this.wrong_(`Invalid JSON: expected ${what}, found `, found);
  }

  /** Reports a mistake at a position of the text; `foreign` is a part of the text, which the message shows between the others. */
  // F7.4-5
  wrong_(before, foreign, after = '', at = this.at_, isDuplicate = false) {
    let line = 1;
    let column = 1;
    for (let place = 0; place < at; place++) {
      const unit = unitAt(this.text_, place);
      if (unit === 0x0a) {
        line++;
        column = 1;
        // Of a surrogate pair, only the first half counts.
      } else if (unit >> 10 !== 0x37) column++;
    }
    this.fail_(isDuplicate, before, shortened(foreign), `${after} (line ${line}, column ${column})`);
  }

  fail_(isDuplicate, before, foreign, after) {
    let path = '';
    for (let at = 0; at < this.depth_; at++) path += at === 0 ? this.path_[at] : `.${this.path_[at]}`;
    this.mistake_ = {
      isDuplicate_: isDuplicate,
      path_: shortened(path),
      before_: before,
      foreign_: foreign,
      after_: after,
    };
    throw this;
  }
}
seclude(JsonReader);

/**
 * Returns true if a binary64 keeps the number that is written: it has few digits, or is the binary64 as ECMAScript writes it, or is the
 * binary64 rounded to as many digits. If the binary64 lies exactly half way, ECMAScript rounds up and C to the even digit; both are taken.
 */
// F7.4-4
function isKept(written, value) {
  const { digits_: digits, exponent_: exponent } = significant(written);
  if (digits === '' || value === 0 || value - value !== 0) return digits === '' && value === 0;
  if (digits.length <= KEPT_DIGITS) return true;
  const shortest = significant(`${value}`);
  if (digits === shortest.digits_ && exponent === shortest.exponent_) return true;
  if (digits.length > MOST_DIGITS) return false;
  // Enough for nearly all numbers, and much faster than what follows.
  if (digits.length <= MOST_OF_TO_PRECISION) {
    const rounded = significant(toPrecision(value, digits.length));
    if (digits === rounded.digits_ && exponent === rounded.exponent_) return true;
  }
  // The value is `units` / 2^`halvings`, and the number is `digits` * 10^`exponent`.
  let units = value < 0 ? -value : value;
  let halvings = 0;
  while (units % 1 !== 0) {
    units *= 2;
    halvings++;
  }
  // Both are converted to a common small unit. One in the last digit is `step` of these units.
  const step = 2n ** BigIntOf(halvings) * 10n ** BigIntOf(max(exponent, 0));
  const twice = 2n * (BigIntOf(digits) * step - BigIntOf(units) * 10n ** BigIntOf(max(-exponent, 0)));
  // If the value lies half way between this number and the next larger one, this number must end in an even digit.
  if (twice === -step) return (unitAt(digits, digits.length - 1) & 1) === 0;
  return -step < twice && twice <= step;
}

/** Returns the digits of a number without zeros at either end, and the power of ten of the last one. O(n). */
function significant(number) {
  const parts = execute(/^-?(\d+)\.?(\d*)e?(.*)$/i, number);
  const all = parts[1] + parts[2];
  let start = 0;
  let end = all.length;
  while (unitAt(all, start) === 0x30) start++;
  while (end > start && unitAt(all, end - 1) === 0x30) end--;
  return { digits_: sliceOf(all, start, end), exponent_: NumberOf(parts[3]) - parts[2].length + all.length - end };
}

// Parses canonical JSON text that the module wrote.
//
// Why not `JSON.parse` alone: V8 in Node.js 24 and 26 confuses names with escapes. After `{"":0,"\\":0}` it reads `{"":0,"\"":0}` as if
// the second name were `\`, so a record would get a name that was never hashed. How: text without a backslash goes to `JSON.parse`.
// Other text is parsed here, and `JSON.parse` reads single strings only, which have no names.

import { append, indexOf, put, seclude, sliceOf, unitAt } from './language.js';

const { parse } = JSON;
const [QUOTE, COMMA, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x2c, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
];

/** Parses canonical JSON text. Every member becomes an own property, also `__proto__`. */
export function parseCanonical(text) {
  return indexOf(text, '\\', 0) < 0 ? parse(text) : new Parser(text).value_();
}

class Parser {
  constructor(text) {
    this.text_ = text;
    this.at_ = 0;
  }

  value_() {
    switch (unitAt(this.text_, this.at_)) {
      case OPEN_OBJECT:
        return this.object_();
      case OPEN_ARRAY:
        return this.array_();
      case QUOTE:
        return this.string_();
      default:
        return this.scalar_();
    }
  }

  object_() {
    const object = {};
    this.at_++;
    while (unitAt(this.text_, this.at_) !== CLOSE_OBJECT) {
      const name = this.string_();
      // Skips the colon.
      this.at_++;
      put(object, name, this.value_());
      this.skipComma_();
    }
    this.at_++;
    return object;
  }

  array_() {
    const values = [];
    this.at_++;
    while (unitAt(this.text_, this.at_) !== CLOSE_ARRAY) {
      append(values, this.value_());
      this.skipComma_();
    }
    this.at_++;
    return values;
  }

  string_() {
    const start = this.at_;
    let end = start;
    let escapes;
    do {
      end = indexOf(this.text_, '"', end + 1);
      escapes = 0;
      while (unitAt(this.text_, end - 1 - escapes) === BACKSLASH) escapes++;
    } while (escapes % 2 === 1);
    this.at_ = end + 1;
    return parse(sliceOf(this.text_, start, this.at_));
  }

  /** Parses a number, `true`, `false` or `null`. */
  scalar_() {
    const start = this.at_;
    let unit;
    do unit = unitAt(this.text_, ++this.at_);
    while (unit !== COMMA && unit !== CLOSE_ARRAY && unit !== CLOSE_OBJECT && this.at_ < this.text_.length);
    return parse(sliceOf(this.text_, start, this.at_));
  }

  skipComma_() {
    if (unitAt(this.text_, this.at_) === COMMA) this.at_++;
  }
}
seclude(Parser);

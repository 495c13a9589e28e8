// Encodes the compiled module as the text that `pkg/src/module/text.js` decodes.
//
// Why: a compressor cannot tell opcodes and the kinds of numbers apart if they alternate. `text.js` describes the streams. How: reads each
// instruction with its immediates (WebAssembly 2.0, section 5.4), fails if it does not know one, and checks that the decoder returns the
// same bytes.

import assert from 'node:assert/strict';
import {
  ALIGNED,
  AROUND,
  alphabetOf,
  BY_NEXT,
  CLOSES,
  COUNTED,
  DISTINCT,
  decode,
  GROUPS,
  LOCALS,
  NO_MORE,
  NUMBER,
  OPCODES,
  OPENS,
  SHAPES,
  SIGNED,
  streamOf,
} from '../src/module/text.js';

const CODE_SECTION = 10;

/** Maps each opcode to its shape, which says what follows it. */
const SHAPES_OF = new Map([
  // Blocks with their types; `end`; branches, calls, variables, tables, size of the memory, references.
  ...[0x02, 0x03, 0x04].map((opcode) => [opcode, OPENS | NUMBER | SIGNED]),
  [0x0b, CLOSES],
  ...[0x0c, 0x0d, 0x10, 0x21, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0xd0, 0xd2].map((opcode) => [opcode, NUMBER]),
  ...[0x20, 0x22].map((opcode) => [opcode, NUMBER | BY_NEXT]),
  ...Array.from({ length: 14 }, (_, at) => [0x28 + at, ALIGNED | NUMBER]),
  ...Array.from({ length: 9 }, (_, at) => [0x36 + at, ALIGNED | NUMBER | DISTINCT]),
  [0x41, NUMBER | SIGNED | BY_NEXT],
  // `br_table`, indirect calls, typed `select`, the other constants, instructions with a prefix.
  ...[0x0e, 0x11, 0x1c, 0x42, 0x43, 0x44, 0xfc, 0xfd].map((opcode) => [opcode, COUNTED]),
  // Nothing follows.
  ...[0x00, 0x01, 0x05, 0x0f, 0x1a, 0x1b, 0xd1].map((opcode) => [opcode, DISTINCT]),
  ...Array.from({ length: 0x80 }, (_, at) => [0x45 + at, DISTINCT]),
]);
/** How many numbers follow each instruction with the prefix 0xfc. */
const NUMBERS_OF = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 2, 1, 1, 1, 1];

/** Reads the bytes of a module. */
class Reader {
  constructor(module, at) {
    this.module = module;
    this.at = at;
  }

  byte() {
    return this.module[this.at++];
  }

  number(isSigned) {
    let value = 0;
    let unit = 1;
    let byte = 128;
    for (; byte > 127; unit *= 128) {
      byte = this.byte();
      value += (byte & 127) * unit;
    }
    return isSigned && byte > 63 ? value - unit : value;
  }

  skip(numbers) {
    for (let left = numbers; left > 0; left--) this.number();
  }

  /** Skips the immediates of an opcode whose shape is `COUNTED`. */
  others(opcode) {
    if (opcode === 0x0e) {
      this.skip(this.number() + 1);
    } else if (opcode === 0x43 || opcode === 0x44) {
      this.at += opcode === 0x43 ? 4 : 8;
    } else if (opcode === 0xfc) {
      const which = this.number();
      assert(which in NUMBERS_OF, `unknown instruction: 0xfc ${which}`);
      this.skip(NUMBERS_OF[which]);
    } else if (opcode === 0xfd) {
      // Loads and stores; constants and shuffles; lanes; loads and stores of lanes. The others have no immediates.
      const which = this.number();
      if (which < 12 || which === 92 || which === 93) this.skip(2);
      else if (which < 14) this.at += 16;
      else if (which > 20 && which < 35) this.at++;
      else if (which > 83 && which < 92) this.skip(3);
    } else {
      this.skip(opcode === 0x42 ? 1 : 2);
    }
  }

  instruction() {
    const opcode = this.byte();
    const shape = SHAPES_OF.get(opcode);
    assert(shape, `unknown instruction: ${opcode}`);
    if (shape & ALIGNED) assert.equal(this.byte(), 0, 'alignments are 0, so they need not be written');
    const value = shape & NUMBER ? this.number(shape & SIGNED) : 0;
    assert(value < 2 ** 31, 'numbers have at most 31 bits');
    const { at } = this;
    if (shape & COUNTED) this.others(opcode);
    return { opcode, shape, value, bytes: this.module.subarray(at, this.at) };
  }

  /** Reads a function: its groups of locals and its instructions. */
  body() {
    const size = this.number();
    const end = this.at + size;
    const groups = Array.from({ length: this.number() }, () => [this.number(), this.byte()]);
    const instructions = [];
    while (this.at < end) instructions.push(this.instruction());
    return { groups, instructions };
  }
}

/** Returns the bytes of each stream, in the order in which the decoder first reads them, and the offset of the first function. */
function streamsOf(module) {
  const reader = new Reader(module, 8);
  while (reader.byte() !== CODE_SECTION) {
    const size = reader.number();
    reader.at += size;
  }
  const size = reader.number();
  const end = reader.at + size;
  const count = reader.number();
  const code = reader.at;
  const functions = Array.from({ length: count }, () => reader.body());
  assert.equal(reader.at, end);

  const streams = new Map();
  const put = (stream, ...bytes) => {
    if (!streams.has(stream)) streams.set(stream, []);
    streams.get(stream).push(...bytes);
  };
  /** Writes a number to the base 128, without leading zeros: the smallest number with two digits is one more than the largest with one. */
  const putNumber = (stream, value) => {
    const digits = [value % 128];
    for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
      rest--;
      digits.unshift(128 | (rest % 128));
    }
    put(stream, ...digits);
  };
  const met = new Set();
  const putOpcode = ({ opcode, shape }) => {
    put(OPCODES, opcode);
    if (!met.has(opcode)) put(SHAPES, opcode, shape);
    met.add(opcode);
  };
  put(AROUND, ...module.subarray(0, code));
  putOpcode(functions[0].instructions[0]);
  for (const [place, { groups, instructions }] of functions.entries()) {
    put(GROUPS, groups.length);
    for (const [count, type] of groups) {
      putNumber(LOCALS, count);
      put(LOCALS, type);
    }
    const [behind] = functions[place + 1]?.instructions ?? [{ opcode: NO_MORE, shape: DISTINCT }];
    for (const [at, { opcode, shape, value, bytes }] of instructions.entries()) {
      const next = instructions[at + 1] ?? behind;
      putOpcode(next);
      const stream = streamOf(opcode, shape, next.opcode);
      if (shape & NUMBER) putNumber(stream, shape & SIGNED ? 2 * Math.abs(value) - Number(value < 0) : value);
      if (shape & COUNTED) {
        put(stream + 1, bytes.length);
        put(stream, ...bytes);
      }
    }
  }
  put(AROUND, ...module.subarray(end));
  return { streams, code };
}

/** Returns the encoded module, as JSON for the decoder. */
export function encode(module) {
  const { streams, code } = streamsOf(module);
  const numeric = Array.from(streams, ([stream, bytes]) => (stream > OPCODES ? bytes : [])).flat();
  const usable = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at)).replace(/['\\$<`[\]|]/g, '');
  const frequent = mostFrequent(numeric, usable.length).sort((left, right) => left - right);
  const characters = arranged(usable, (some) => written(numeric, some, frequent));
  streams.set(OPCODES, symbols(streams.get(OPCODES), usable));
  const texts = Array.from(streams, ([stream, bytes]) =>
    written(bytes, characters, stream > OPCODES ? frequent : undefined),
  );
  const encoded = { text: `|${texts.join('|')}`, length: module.length, code, characters, frequent };
  assert(Buffer.from(module).equals(decode(encoded)), 'the decoder returns the same module');
  return encoded;
}

/**
 * Replaces opcodes by symbols. The most frequent opcodes get single characters. Brotli predicts a character from the class of the one
 * before it, so opcodes with similar successors get characters of the same class.
 */
function symbols(opcodes, usable) {
  const often = mostFrequent(opcodes, usable.length);
  const characters = arranged(usable, (some) => written(opcodes, some, often));
  const symbolOf = new Map(often.map((opcode, at) => [opcode, characters.charCodeAt(at)]));
  const others = Array.from({ length: 256 }, (_, at) => at).filter((at) => !usable.includes(String.fromCharCode(at)));
  for (const opcode of opcodes) {
    if (!symbolOf.has(opcode)) symbolOf.set(opcode, others.shift());
  }
  return opcodes.map((opcode) => symbolOf.get(opcode));
}

/** Writes bytes as text. */
function written(bytes, characters, frequent) {
  const alphabet = alphabetOf(characters, frequent);
  const texts = [];
  // Unused places of the last row read as 0, and so overwrite the text of the byte 0. The row that really has 0 comes later and corrects
  // that.
  for (const [row, before] of [
    [3, ']'],
    [2, '['],
    [0, ''],
  ]) {
    for (const character of characters) texts[alphabet[row * 128 + character.charCodeAt(0)]] = before + character;
  }
  return bytes.map((byte) => texts[byte]).join('');
}

/** Returns the `count` most frequent bytes. */
function mostFrequent(bytes, count) {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  return Array.from(counts.keys())
    .sort((left, right) => counts[right] - counts[left] || left - right)
    .slice(0, count);
}

/** The classes by which brotli distinguishes the previous character (RFC 7932 section 7.1). All other characters are one more class. */
const CLASSES = [
  ...[' ', '"', '%', '.', '=', ',:;', '({[', ')}]>', '0123456789'],
  ...['AEIOU', 'BCDFGHJKLMNPQRSTVWXYZ', 'aeiou', 'bcdfghjklmnpqrstvwxyz'],
];

/** Swaps characters as long as that lowers the entropy of the text, if each character is predicted from the class of the one before it. */
function arranged(characters, written) {
  const text = written(characters);
  const classOf = Array.from({ length: 128 }, (_, code) =>
    CLASSES.findIndex((one) => one.includes(String.fromCharCode(code))),
  );
  // Counts of the characters after each character, and after each class. The last element is the sum.
  const counters = (length) => Array.from({ length }, () => new Float64Array(129));
  const [after, afterClass] = [counters(128), counters(CLASSES.length + 1)];
  for (let at = 1; at < text.length; at++) {
    const [before, code] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
    for (const counts of [after[before], afterClass.at(classOf[before])]) {
      counts[code]++;
      counts[128]++;
    }
  }
  const bits = (count) => (count > 0 ? count * Math.log2(count) : 0);

  const places = Array.from(characters, (one) => one.charCodeAt(0));
  const now = [...places];
  const exchange = (left, right) => {
    const [one, other] = [afterClass.at(classOf[now[left]]), afterClass.at(classOf[now[right]])];
    if (one === other) return false;
    const [leaves, comes] = [after[places[left]], after[places[right]]];
    let saved = 0;
    for (let at = 0; at <= 128; at++) {
      const more = comes[at] - leaves[at];
      if (more === 0) continue;
      const bitsMore = bits(one[at] + more) + bits(other[at] - more) - bits(one[at]) - bits(other[at]);
      saved += at === 128 ? -bitsMore : bitsMore;
    }
    if (saved < 1) return false;
    for (let at = 0; at <= 128; at++) {
      one[at] += comes[at] - leaves[at];
      other[at] -= comes[at] - leaves[at];
    }
    [now[left], now[right]] = [now[right], now[left]];
    return true;
  };
  for (let better = true; better; ) {
    better = false;
    for (let right = 1; right < now.length; right++) {
      for (let left = 0; left < right; left++) better = exchange(left, right) || better;
    }
  }
  return String.fromCharCode(...now);
}

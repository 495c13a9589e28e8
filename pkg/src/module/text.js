// Decodes the module from a text that compresses better than its bytes.
//
// Why: the module is inlined in a script, and scripts are sent compressed. In WebAssembly, opcodes and several kinds of numbers alternate,
// and a compressor cannot tell which kind comes next. Here each kind has a stream of its own, which makes the text 10 % smaller with brotli
// than the bytes.
//
// How: the text holds one stream after the other, each after a `|`, in the order in which they are first read. Opcodes are written as
// symbols. When a symbol is read for the first time, another stream gives its opcode and its shape, which says what follows the opcode. The
// numbers of `local.get`, `local.tee` and `i32.const` are in different streams, depending on the next opcode. Numbers begin with their most
// significant digit. Sizes of functions and alignments are not written, because the decoder knows them.
//
// The text is printable ASCII without characters that have a meaning in single quotes, a template or a script element, so it survives any
// charset, minifier and page. A byte is written as one character, or as an escape and a second character. In the stream of symbols, and in
// the bytes before and after the code, a character stands for its own code, so texts stay readable. In the other streams, single characters
// stand for the most frequent bytes, which `pkg/build/encode.js` determines for each module.

// The first call decodes, so built-in functions are taken here, and nothing is iterated later.
const uncurried = Function.prototype.bind.bind(Function.prototype.call);
const unitAt = uncurried(String.prototype.charCodeAt);
const indexIn = uncurried(Uint8Array.prototype.indexOf);
const moveIn = uncurried(Uint8Array.prototype.copyWithin);
const unitsOf = TextEncoder && uncurried(TextEncoder.prototype.encode);

// Numbers of the streams that belong to no opcode. The streams of an opcode begin at 128 times the opcode, and opcode 0 has none.
/** The bytes before the functions and after them. */
export const AROUND = 0;
export const OPCODES = 1;
/** Each opcode, with its shape. */
export const SHAPES = 2;
/** Numbers of groups of locals. */
export const GROUPS = 3;
export const LOCALS = 4;

// What follows an opcode (its shape), as bits.
/** A number after an alignment, which is not written. */
export const ALIGNED = 1;
export const NUMBER = 2;
export const SIGNED = 4;
/** The number is in a stream that depends on the next opcode. */
export const BY_NEXT = 8;
/** Bytes. How many there are is in another stream. */
export const COUNTED = 16;
export const OPENS = 32;
export const CLOSES = 64;
/**
 * Distinguishes stores, which share a stream, from loads, which share another one; and an opcode that nothing follows from an unknown
 * symbol.
 */
export const DISTINCT = 128;

/** Stands for an opcode after the last function. */
export const NO_MORE = 255;

/** Returns the stream that has what follows an opcode. */
export const streamOf = (opcode, shape, next) =>
  (shape & ALIGNED ? shape : opcode) * 128 + (shape & BY_NEXT ? next >> 1 : 0);

const ROW = 128;
const BAR = 124;

/**
 * Makes the tables from characters to bytes: one row for single characters, and one for each escape. Without `frequent`, a character stands
 * for its own code.
 */
export function alphabetOf(characters, frequent) {
  const alphabet = new Uint16Array(4 * ROW);
  const isTaken = new Uint8Array(256);
  const { length } = characters;
  for (let at = 0; at < length; at++) {
    const unit = unitAt(characters, at);
    const byte = frequent ? frequent[at] : unit;
    alphabet[unit] = byte;
    isTaken[byte] = 1;
  }
  let rare = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (!isTaken[byte]) alphabet[(rare < length ? 2 : 3) * ROW + unitAt(characters, rare++ % length)] = byte;
  }
  // The escapes `[` and `]`: the rows of the character that follows.
  alphabet[91] = 2 * ROW;
  alphabet[93] = 3 * ROW;
  return alphabet;
}

/** Decodes the text. Runs once, in an interpreter, so it does as little as possible for each byte. */
export function decode({ text, length, code, characters, frequent }) {
  const units = unitsOf(new TextEncoder(), text);
  const plain = alphabetOf(characters);
  const numeric = alphabetOf(characters, frequent);
  /** The next position in each stream. */
  const places = new Uint32Array(2 ** 15);
  /** By symbol: its opcode, and its shape in the upper byte. */
  const known = new Uint16Array(256);
  const bytes = new Uint8Array(length);
  let at = 0;
  let last = 0;
  const read = (stream) => {
    let place = places[stream];
    if (place === 0) {
      last = indexIn(units, BAR, last) + 1;
      place = last;
    }
    const alphabet = stream > OPCODES ? numeric : plain;
    let byte = alphabet[units[place++]];
    if (byte > 255) byte = alphabet[byte + units[place++]];
    places[stream] = place;
    return byte;
  };
  const copy = (stream, count) => {
    for (const end = at + count; at < end; ) bytes[at++] = read(stream);
  };
  const number = (stream, isSigned) => {
    let byte = read(stream);
    let value = 0;
    for (; byte > 127; byte = read(stream)) value = (value + byte - 127) * 128;
    value += byte;
    if (isSigned) value = value & 1 ? ~(value >>> 1) : value >>> 1;
    for (;;) {
      byte = value & 127;
      value >>= 7;
      if (value === (isSigned && byte > 63 ? -1 : 0)) break;
      bytes[at++] = byte | 128;
    }
    bytes[at++] = byte;
  };
  const instruction = () => {
    const symbol = read(OPCODES);
    if (known[symbol] === 0) known[symbol] = read(SHAPES) | (read(SHAPES) << 8);
    return known[symbol];
  };

  copy(AROUND, code);
  for (let next = instruction(); (next & 255) !== NO_MORE; ) {
    let start = at;
    copy(GROUPS, 1);
    for (let groups = bytes[start]; groups > 0; groups--) {
      number(LOCALS);
      copy(LOCALS, 1);
    }
    for (let depth = 1; depth > 0; ) {
      const opcode = next & 255;
      const shape = next >> 8;
      bytes[at++] = opcode;
      next = instruction();
      if (shape === DISTINCT) continue;
      const stream = streamOf(opcode, shape, next & 255);
      if (shape & ALIGNED) at++;
      if (shape & NUMBER) number(stream, shape & SIGNED);
      if (shape & COUNTED) copy(stream, read(stream + 1));
      if (shape & OPENS) depth++;
      if (shape & CLOSES) depth--;
    }
    // Inserts the size of the function before it.
    for (let size = at - start; size > 0; size >>= 7) {
      moveIn(bytes, start + 1, start, at++);
      bytes[start++] = size > 127 ? size | 128 : size;
    }
  }
  copy(AROUND, length - at);
  return bytes;
}

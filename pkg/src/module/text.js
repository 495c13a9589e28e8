// The module out of text that compresses better than its bytes do.
//
// Why: the module is inlined into a script, and scripts are sent compressed. In WebAssembly, opcodes and numbers of several
// kinds take turns, and a compressor does not know which of them it reads. Here each kind has a stream of its own, so that
// brotli makes a tenth less of the text than of the bytes.
//
// How: a stream begins behind a `|`, and they stand in the order in which they are first read. An opcode is a symbol; what it
// is and what follows it (`shape`) stands in another stream, for each symbol once. A local that is read and a constant have
// a stream for what is done next. Numbers have their most significant digit first. Sizes of functions and alignments are not
// written.
//
// The text is printable ASCII, without what has a meaning in single quotes, a template or a script element, so that it
// survives any charset, minifier and page. A byte is one or two characters, of which the first is an escape. In the symbols
// and around the code, a character is the byte of its own code, so that texts stay texts. Elsewhere the bytes that are most
// frequent have a character to themselves; which, is found for each module (`pkg/build/encode.js`).

// The first call decodes: functions of the language are taken before, and nothing is iterated.
const uncurried = Function.prototype.bind.bind(Function.prototype.call);
const unitAt = uncurried(String.prototype.charCodeAt);
const indexIn = uncurried(Uint8Array.prototype.indexOf);
const moveIn = uncurried(Uint8Array.prototype.copyWithin);
const unitsOf = TextEncoder && uncurried(TextEncoder.prototype.encode);

// Streams that belong to no opcode: those of an opcode begin at 128 times its number, and opcode 0 has none.
/** What stands before the functions, and behind them. */
export const AROUND = 0;
export const OPCODES = 1;
/** Each opcode, with its shape. */
export const SHAPES = 2;
/** Numbers of groups of locals. */
export const GROUPS = 3;
export const LOCALS = 4;

// What follows an opcode (its shape), as bits.
/** An alignment, which is not written, before a number. */
export const ALIGNED = 1;
export const NUMBER = 2;
export const SIGNED = 4;
/** The number is in a stream for the opcode behind it. */
export const BY_NEXT = 8;
/** Bytes, and in another stream how many. */
export const COUNTED = 16;
export const OPENS = 32;
export const CLOSES = 64;
/** Keeps stores, which share a stream, from loads, which share another; and a shape from none. */
export const DISTINCT = 128;

/** In the place of an opcode: there are no more functions. */
export const NO_MORE = 255;

/** The stream in which is what follows an opcode. */
export const streamOf = (opcode, shape, next) =>
  (shape & ALIGNED ? shape : opcode) * 128 + (shape & BY_NEXT ? next >> 1 : 0);

const ROW = 128;
const BAR = 124;

/**
 * The bytes that characters stand for, by themselves and behind either escape: these are numbers of rows. Without `frequent`
 * a character stands for its own code.
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
  // `[` and `]`.
  alphabet[91] = 2 * ROW;
  alphabet[93] = 3 * ROW;
  return alphabet;
}

/** Done once, by a function that no engine has compiled yet: as little as can be for each byte. */
export function decode({ text, length, code, characters, frequent }) {
  const units = unitsOf(new TextEncoder(), text);
  const plain = alphabetOf(characters);
  const numeric = alphabetOf(characters, frequent);
  /** Where each stream is read next. */
  const places = new Uint32Array(2 ** 15);
  /** What is known of each symbol: its opcode, and in the upper byte its shape. */
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
    // Its size, before it.
    for (let size = at - start; size > 0; size >>= 7) {
      moveIn(bytes, start + 1, start, at++);
      bytes[start++] = size > 127 ? size | 128 : size;
    }
  }
  copy(AROUND, length - at);
  return bytes;
}

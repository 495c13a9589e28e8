// Functions of the host for `src/platform.rs`: SHA-256, numbers as text, Unicode normalization. And the counter of identifiers, for
// `src/wasm/host.rs`.

import { lengthOf, sliceOf, uncurried, unitAt } from './language.js';
import { bufferOf, forgetView } from './memory.js';

const Bytes = Uint8Array;
const NumberOf = Number;
const { fromCharCode } = String;

// SHA-256 of Node.js is several times faster than in WebAssembly, except for the smallest messages. It is looked up in a way that bundlers
// do not see. If there is none, or if it does not know the encoding, the module uses its own.
let nativeHash;
try {
  nativeHash = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash;
} catch {
  // In the edge runtime of Next.js, functions of Node.js throw.
}

/** Returns a digest as a string of 32 bytes. A `Buffer` would take 0.5 µs more, and garbage collection. */
const nativeText = (message) => nativeHash('sha256', message, 'latin1');

/** WebAssembly's memory, its buffer, and a view of that, whose length is 0 once the memory has grown. */
let memory;
let buffer;
let view;

function bytes() {
  if (lengthOf(view) === 0) {
    buffer = bufferOf(memory);
    view = new Bytes(buffer);
  }
  return view;
}

/** Returns true if the host has a SHA-256 for messages in this memory. */
export function hasNativeDigest(ofMessages) {
  memory = ofMessages;
  view = new Bytes(0);
  try {
    const text = nativeText(view);
    return text.length === 32 && sliceOf(text, 0, 4) === '\xe3\xb0\xc4\x42';
  } catch {
    return false;
  }
}

/** Writes the SHA-256 of `length` bytes at `start` to `out`. */
export function nativeDigest(start, length, out) {
  bytes();
  writeBytes(nativeText(new Bytes(buffer, start, length)), out);
}

/** Writes a number as ECMAScript does to `out`; returns its length. */
export const writeNumber = (value, out) => writeBytes(`${value}`, out);

/** Returns true if ASCII characters are a number as ECMAScript writes it. */
export function isShortest(start, length) {
  const memory = bytes();
  let text = '';
  for (let at = start >>> 0; length > 0; length--) text += fromCharCode(memory[at++]);
  return text === `${NumberOf(text)}`;
}

const unicodeNormal = uncurried(String.prototype.normalize);

/**
 * Hashes the Unicode normalization form C of a text; that of a long one as it is, because engines take time quadratic in the number of combining
 * characters that follow each other. Long is what `LONG` of `src/platform.rs` says. Different texts rarely have the same hash.
 */
export function normalNumber(text) {
  const normal = text.length < 128 ? unicodeNormal(text) : text;
  let number = 0;
  for (let at = 0; at < normal.length; at++) number = (number * 257 + unitAt(normal, at)) % 8796093022151;
  return number;
}

let count;

/** Counts identifiers, from the first seed on. In JavaScript, because an instance may be replaced between two of them. */
// F5.2-5
export function nextCount(seed) {
  count = count === undefined ? seed : count + 1;
  return count;
}

/** Writes a text whose characters are single bytes. */
function writeBytes(text, out) {
  const memory = bytes();
  for (let at = 0; at < text.length; at++) memory[out + at] = unitAt(text, at);
  return text.length;
}

/** Drops the memory of an instance. */
export function forgetMemory() {
  memory = buffer = view = undefined;
  forgetView();
}

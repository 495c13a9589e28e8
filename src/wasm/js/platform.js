// What the platform lends to the module, for `src/platform.rs`: SHA-256, numbers as text, Unicode normalization, a counter.

import { lengthOf, sliceOf, uncurried, unitAt } from './language.js';
import { bufferOf, forgetView } from './memory.js';

const Bytes = Uint8Array;

// Node's own SHA-256 is several times as fast as one in WebAssembly, for all but the smallest messages. Asked for in a
// way that no bundler sees; where there is none, or one that does not know the encoding, WebAssembly's serves.
let nativeHash;
try {
  nativeHash = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash;
} catch {
  // Next.js has functions of Node's in its edge runtime that throw.
}

/** A digest as a string of 32 bytes: a `Buffer` takes half a microsecond more, and the garbage collector again. */
const nativeText = (message) => nativeHash('sha256', message, 'latin1');

/** WebAssembly's memory, what it has for a buffer, and a view of that, which has no length any more when it has grown. */
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

/** Whether there is one, for messages in that memory. */
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

/** Writes a number as ECMAScript does to `out`, and returns how long it is. */
export const writeNumber = (value, out) => writeBytes(`${value}`, out);

const unicodeNormal = uncurried(String.prototype.normalize);

/** A number that texts have in common which are one to Unicode; others hardly ever. */
export function normalNumber(text) {
  const normal = unicodeNormal(text);
  let number = 0;
  for (let at = 0; at < normal.length; at++) number = (number * 257 + unitAt(normal, at)) % 8796093022151;
  return number;
}

let count;

/** Counts identifiers, from the seed of the first on; here, because an instance may be replaced between two of them. */
// F5.2-5
export function nextCount(seed) {
  count = count === undefined ? seed : count + 1;
  return count;
}

/** Text of one byte a character. */
function writeBytes(text, out) {
  const memory = bytes();
  for (let at = 0; at < text.length; at++) memory[out + at] = unitAt(text, at);
  return text.length;
}

/** Lets go of an instance's memory. */
export function forgetMemory() {
  memory = buffer = view = undefined;
  forgetView();
}

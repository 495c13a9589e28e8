// Copies text into WebAssembly's memory.
//
// Why as UTF-16: positions and lengths on the tape are in units, and an unpaired surrogate stays as it is.

import { getter, uncurried, unitAt } from './language.js';

// In Node.js, `ucs2Write` of a `Buffer` is the fastest way to copy text. `buffer.write` would look it up by the name of the encoding, which
// takes as long as the copy.
const { Buffer } = globalThis;
const asBuffer = Buffer?.from;
const writeUnits = typeof Buffer?.prototype?.ucs2Write === 'function' && uncurried(Buffer.prototype.ucs2Write);
/** Reads the buffer of a memory. Some hosts that can import this script have no WebAssembly. */
export const bufferOf = typeof WebAssembly === 'object' && getter(WebAssembly.Memory.prototype, 'buffer');
let view;
let viewed;
/** Number of bytes that were copied into WebAssembly's memory. */
let copied = 0;

/** Counts bytes that were copied into WebAssembly's memory. */
export function countCopied(bytes) {
  copied += bytes;
}

/** Returns the number of bytes that were copied since the last call. */
export function takeCopied() {
  const bytes = copied;
  copied = 0;
  return bytes;
}

/** Drops the view of the memory. */
export function forgetView() {
  view = viewed = undefined;
}

/** Writes a string as UTF-16 in the byte order of WebAssembly, little-endian. */
export function writeText(buffer, at, text) {
  if (writeUnits) {
    if (viewed !== buffer) {
      view = asBuffer(buffer);
      viewed = buffer;
    }
    writeUnits(view, text, at, text.length * 2);
    return;
  }
  const units = new Uint16Array(buffer, at, text.length);
  for (let index = 0; index < text.length; index++) units[index] = unitAt(text, index);
}

// Text into WebAssembly's memory.
//
// Why not `TextEncoder`: the tape has UTF-16, in which an unpaired surrogate stays what it is.

import { getter, uncurried, unitAt } from './language.js';

// A view of WebAssembly's memory as Node's Buffer, whose native write is the fastest way for text (`buffer.write` finds it
// by the name of the encoding, which takes as long as the write itself).
const { Buffer } = globalThis;
const asBuffer = Buffer?.from;
const writeUnits = typeof Buffer?.prototype?.ucs2Write === 'function' && uncurried(Buffer.prototype.ucs2Write);
/** Reads the buffer of a memory; there is no WebAssembly in some hosts that can import this. */
export const bufferOf = typeof WebAssembly === 'object' && getter(WebAssembly.Memory.prototype, 'buffer');
let view;
let viewed;
/** Bytes that were copied into WebAssembly's memory. */
let copied = 0;

/** Counts bytes that were copied into WebAssembly's memory. */
export function countCopied(bytes) {
  copied += bytes;
}

/** Returns how many bytes were copied since this was asked last. */
export function takeCopied() {
  const bytes = copied;
  copied = 0;
  return bytes;
}

/** Lets go of the memory. */
export function forgetView() {
  view = viewed = undefined;
}

/** Writes a string as UTF-16, little-endian as WebAssembly is. */
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

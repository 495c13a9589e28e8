// Copies text into WebAssembly's memory.
//
// Why in two ways: most text is ASCII, which takes half the room and half the time as bytes. All other text is copied as UTF-16, in which an
// unpaired surrogate stays as it is; lengths and positions on the tape are in its units. How: each host has one function for each way,
// chosen by what the host has, never by its name.

import { getter, TYPED_ARRAY, uncurried, unitAt } from './language.js';

const { Buffer } = globalThis;
const asBuffer = Buffer?.from;
/** Matches the source of a method that is native, or only calls a native one. One that is written in JavaScript, as in Deno, is slow. */
const NATIVE = /\{\s*(\[native code]|return \w+\(this, string, offset, length\);)\s*\}$/;
const sourceOf = uncurried(Function.prototype.toString);
/** Takes a method of `Buffer`, if it is native. */
function ofBuffer(name) {
  const method = Buffer?.prototype?.[name];
  return typeof method === 'function' && NATIVE.test(sourceOf(method)) && uncurried(method);
}
// In Node.js, these are the fastest ways to copy text. `buffer.write` would look them up by the name of the encoding, which takes as long
// as the copy.
const writeUnits = ofBuffer('ucs2Write');
const writeBytes = ofBuffer('utf8Write');
/** True if the host copies text as UTF-16 natively. */
export const copiesUnits = writeUnits !== false;
const Bytes = Uint8Array;
/**
 * True if JSON text that is not ASCII is best copied as UTF-16. Engines that have `toHex` write UTF-8 in less time than it takes to narrow the
 * text in WebAssembly; V8 before 14, which does not have it, takes ten times as long.
 */
export const prefersUnits = copiesUnits && !('toHex' in Bytes.prototype);
// Some engines that can import this script have neither `TextEncoder` nor `TextDecoder`. `ignoreBOM` keeps a byte-order mark in the text.
const encoder = TextEncoder && new TextEncoder();
const decoder = TextDecoder && new TextDecoder('utf-8', { ignoreBOM: true });
const encodeInto = encoder && uncurried(encoder.encodeInto);
const decodeWith = decoder && uncurried(decoder.decode);
/** Decodes UTF-8. */
export const decode = (bytes) => decodeWith(decoder, bytes);
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

/** Returns a `Buffer` of the whole memory. */
function bufferView(buffer) {
  if (viewed !== buffer) {
    view = asBuffer(buffer);
    viewed = buffer;
  }
  return view;
}

/** Writes a string as UTF-16 in the byte order of WebAssembly, little-endian. */
export function writeText(buffer, at, text) {
  if (writeUnits) {
    writeUnits(bufferView(buffer), text, at, text.length * 2);
    return;
  }
  const units = new Uint16Array(buffer, at, text.length);
  for (let index = 0; index < text.length; index++) units[index] = unitAt(text, index);
}

const Lone = /\p{Cs}/u;
const execute = uncurried(Lone.exec);
const isWellFormed = String.prototype.isWellFormed && uncurried(String.prototype.isWellFormed);

/** Returns the index of the first unpaired surrogate; -1 if there is none. */
export function unpairedSurrogate(text) {
  if (isWellFormed?.(text)) return -1;
  return execute(Lone, text)?.index ?? -1;
}

/** Writes a well-formed string as UTF-8, in three times as many bytes of room; returns the number of bytes. */
export const writeUtf8 = (buffer, at, text) =>
  encodeInto(encoder, text, new Bytes(buffer, at, 3 * text.length)).written;

const setBytes = uncurried(TYPED_ARRAY.set);
/** Copies an array of this many bytes. Throws if it has more bytes by now: a shared array can grow. */
export const copyBytes = (buffer, at, bytes, length) => setBytes(new Bytes(buffer, at, length), bytes);

/** Writes a string as ASCII, in twice as many bytes of room. Returns false if it is not ASCII. */
export function writeAscii(buffer, at, text) {
  const { length } = text;
  // Leaves room for one more character, of at most 4 bytes. A character that does not fit is left out completely, so without this room, text
  // that is not ASCII could stop after exactly as many bytes as it has units.
  if (writeBytes) return writeBytes(bufferView(buffer), text, at, length + 4) === length;
  return encodeInto !== undefined && encodeInto(encoder, text, new Bytes(buffer, at, length)).read === length;
}

// Encodes and decodes the module as base64: the alternative to `text.js` if time matters more than size.
//
// Why: Node, Bun and Deno load the CommonJS script from a disk. Their own decoder takes less than 1 ms. A loop, which is not compiled yet when
// it runs, takes several (`docs/PACKAGING.md`).

// The first call decodes, so built-in functions are taken here, and nothing is iterated later.
const uncurried = Function.prototype.bind.bind(Function.prototype.call);
const unitAt = uncurried(String.prototype.charCodeAt);
const indexIn = uncurried(String.prototype.indexOf);
const { fromCharCode } = String;
// Not `Buffer.from`, because it looks up this method on each call, and a patch would choose the bytes that are compiled.
const ownWrite = globalThis.Buffer?.prototype?.base64Write;
const writeText = ownWrite && uncurried(ownWrite);

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Encodes the module. Called by the build. */
export const encode = (bytes) => ({ text: Buffer.from(bytes).toString('base64'), length: bytes.length });

export function decode({ text, length }) {
  const bytes = new Uint8Array(length);
  if (writeText !== undefined && writeText(bytes, text, 0, length) === length) return bytes;
  // For a page whose bundler used `require`, and for a context of node:vm, which may have the language only.
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let read = 0; read < text.length; read++) {
    word = (word << 6) | indexIn(DIGITS, fromCharCode(unitAt(text, read)));
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = word >> bits;
    }
  }
  return bytes;
}

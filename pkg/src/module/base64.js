// Bytes as base64, and back: what `text.js` does, where size matters less than time.
//
// Why: CommonJS is what Node, Bun and Deno load, from a disk. Their own decoder takes a fifth of a millisecond; a loop,
// which nothing has compiled when it runs, takes three, of the twenty that there are to the first snapshot.

// The first call decodes: functions of the language are taken before, and nothing is iterated.
const uncurried = Function.prototype.bind.bind(Function.prototype.call);
const unitAt = uncurried(String.prototype.charCodeAt);
const indexIn = uncurried(String.prototype.indexOf);
const { fromCharCode } = String;
// Not `Buffer.from`: that looks for this one whenever it is called, and who had patched it would choose what is compiled.
const ownWrite = globalThis.Buffer?.prototype?.base64Write;
const writeText = ownWrite && uncurried(ownWrite);

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Made by the build. */
export const encode = (bytes) => ({ text: Buffer.from(bytes).toString('base64'), length: bytes.length });

export function decode({ text, length }) {
  const bytes = new Uint8Array(length);
  if (writeText !== undefined && writeText(bytes, text, 0, length) === length) return bytes;
  // A page that has it bundled by `require`, or a context of node:vm, which may have nothing but the language.
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

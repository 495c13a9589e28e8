// Bytes as base64, and back: what `text.js` does, where size matters less than time.
//
// Why: CommonJS is what Node, Bun and Deno load, from a disk. Their own decoder takes a fifth of a millisecond; a loop,
// which nothing has compiled when it runs, takes three, of the twenty that there are to the first snapshot.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Made by the build. */
export const encode = (bytes) => ({ text: Buffer.from(bytes).toString('base64'), length: bytes.length });

export function decode({ text, length }) {
  if (globalThis.Buffer !== undefined) return Buffer.from(text, 'base64');
  // A page that has it bundled by `require`, or a context of node:vm, which may have nothing but the language.
  const bytes = new Uint8Array(length);
  let [word, bits, at] = [0, 0, 0];
  for (const digit of text) {
    word = (word << 6) | DIGITS.indexOf(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = word >> bits;
    }
  }
  return bytes;
}

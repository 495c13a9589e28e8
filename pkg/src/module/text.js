// Bytes as text, and back: text that compresses almost as well as the bytes do.
//
// Why: the module is inlined into a script, and scripts are sent compressed. Base64 is a third longer, and once brotli
// is done with it, it still is: it cuts bytes at borders of six bits, and what was the same before no longer looks it.
// Here a byte is always the same one or two characters, so that whatever was repeated still is.
//
// How: in printable ASCII, without what has a meaning in single quotes, a template or a script element, so that it survives
// any charset, minifier and page. Two characters are escapes. The bytes that are most frequent have a character to
// themselves (their own, if it is one of those), each other byte has an escape and a character. Which, is made anew for
// each module and stands beside the text: three rows of the bytes that a character stands for, by itself and behind
// either escape.

const FIRST = 32;
const ROW = 127 - FIRST;
/** The escapes: their own bytes are rare in WebAssembly, and those of blank, `!` and `#` are its most frequent instructions. */
const [ONE, OTHER] = [91, 93];
const NOT_USED = "'\\$<`[]";

/** Made by the build. */
export function encode(bytes) {
  const characters = Array.from({ length: ROW }, (_, at) => FIRST + at).filter(
    (code) => !NOT_USED.includes(String.fromCharCode(code)),
  );
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  const byFrequency = Array.from(counts.keys()).sort((left, right) => counts[right] - counts[left] || left - right);
  const frequent = byFrequency.slice(0, characters.length);
  const rare = byFrequency.slice(characters.length).sort((left, right) => left - right);

  const alphabet = new Uint8Array(3 * ROW);
  const codes = new Map();
  const set = (byte, row, code) => {
    alphabet[row * ROW + code - FIRST] = byte;
    codes.set(byte, row === 0 ? [code] : [row === 1 ? ONE : OTHER, code]);
  };
  const own = new Set(frequent.filter((byte) => characters.includes(byte)));
  for (const byte of own) set(byte, 0, byte);
  const free = characters.filter((code) => !own.has(code));
  for (const byte of frequent) if (!own.has(byte)) set(byte, 0, free.shift());
  for (const [at, byte] of rare.entries()) {
    set(byte, 1 + Math.floor(at / characters.length), characters[at % characters.length]);
  }
  const text = Array.from(bytes, (byte) => String.fromCharCode(...codes.get(byte))).join('');
  return { text, length: bytes.length, alphabet: [...alphabet] };
}

/** Done once, by a function that no engine has compiled yet: as little as can be for each byte. */
export function decode({ text, length, alphabet }) {
  const bytes = new Uint8Array(length);
  let read = 0;
  for (let at = 0; at < length; at++) {
    let code = text.charCodeAt(read++);
    let row = 0;
    if (code === ONE || code === OTHER) {
      row = code === ONE ? ROW : 2 * ROW;
      code = text.charCodeAt(read++);
    }
    bytes[at] = alphabet[row + code - FIRST];
  }
  return bytes;
}

// Bytes as text, and back: text that compresses almost as well as the bytes do.
//
// Why: the module is inlined into a script, and scripts are sent compressed. Base64 is a third longer, and once brotli
// is done with it, it still is: it cuts bytes at borders of six bits, and what was the same before no longer looks it.
// Here a byte is always the same one or two characters, so that whatever was repeated still is.
//
// How: in printable ASCII, without what has a meaning in single quotes, a template or a script element, so that it survives
// any charset, minifier and page. Two characters are escapes. The bytes that are most frequent have a character to
// themselves (their own, if it is one of those), each other byte has an escape and a character. Which, is made anew for
// each module: beside the text stand the characters that are not themselves, and the bytes that they stand for.

// The first call decodes: functions of the language are taken before, and nothing is iterated.
const uncurried = Function.prototype.bind.bind(Function.prototype.call);
const unitAt = uncurried(String.prototype.charCodeAt);
const indexIn = uncurried(String.prototype.indexOf);
const { fromCharCode } = String;

const FIRST = 32;
const ROW = 127 - FIRST;
/** The escapes: their own bytes are rare in WebAssembly, and those of blank, `!` and `#` are its most frequent instructions. */
const [ONE, OTHER] = [91, 93];
const characters = Array.from({ length: ROW }, (_, at) => FIRST + at).filter(
  (code) => !"'\\$<`[]".includes(String.fromCharCode(code)),
);

/** The bytes that a character stands for, by itself and behind either escape: three rows. */
function alphabetOf(others, bytes) {
  const alphabet = new Uint8Array(3 * ROW);
  const isFrequent = new Uint8Array(256);
  for (let place = 0; place < characters.length; place++) {
    const code = characters[place];
    const at = indexIn(others, fromCharCode(code));
    const byte = at < 0 ? code : bytes[at];
    alphabet[code - FIRST] = byte;
    isFrequent[byte] = 1;
  }
  let rare = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (isFrequent[byte] === 1) continue;
    const row = rare < characters.length ? ROW : 2 * ROW;
    alphabet[row + characters[rare++ % characters.length] - FIRST] = byte;
  }
  return alphabet;
}

/** Made by the build. */
export function encode(bytes) {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  const byFrequency = Array.from(counts.keys()).sort((left, right) => counts[right] - counts[left] || left - right);
  const frequent = byFrequency.slice(0, characters.length);
  const moved = frequent.filter((byte) => !characters.includes(byte)).sort((left, right) => left - right);
  const free = characters.filter((code) => !frequent.includes(code));
  const others = String.fromCharCode(...free);

  const alphabet = alphabetOf(others, moved);
  const codes = [];
  for (const [row, before] of [[], [ONE], [OTHER]].entries()) {
    for (const code of characters) codes[alphabet[row * ROW + code - FIRST]] ??= [...before, code];
  }
  const text = Array.from(bytes, (byte) => String.fromCharCode(...codes[byte])).join('');
  return { text, length: bytes.length, others, bytes: moved };
}

/** Done once, by a function that no engine has compiled yet: as little as can be for each byte. */
export function decode({ text, length, others, bytes: moved }) {
  const alphabet = alphabetOf(others, moved);
  const bytes = new Uint8Array(length);
  let read = 0;
  for (let at = 0; at < length; at++) {
    let code = unitAt(text, read++);
    let row = 0;
    if (code === ONE || code === OTHER) {
      row = code === ONE ? ROW : 2 * ROW;
      code = unitAt(text, read++);
    }
    bytes[at] = alphabet[row + code - FIRST];
  }
  return bytes;
}

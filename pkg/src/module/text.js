// Bytes as text, and back: text that compresses almost as well as the bytes do.
//
// Why: the module is inlined into a script, and scripts are sent compressed. Base64 is a third longer, and once brotli
// is done with it, it still is: it cuts bytes at borders of six bits, and what was the same before no longer looks it.
// Here a byte is always the same one or two characters, so that whatever was repeated still is.
//
// How: in printable ASCII, without what has a meaning in single quotes, a template or a script element, so that it survives
// any charset, minifier and page. Two characters are escapes. The bytes that are most frequent have a character to
// themselves, each other byte has an escape and a character. Which character, is found for each module: brotli expects
// something else after a vowel than after a digit, so that bytes which are followed alike get characters of one class. Beside
// the text stand the characters and the frequent bytes, in the same order.

// The first call decodes: functions of the language are taken before, and nothing is iterated.
const uncurried = Function.prototype.bind.bind(Function.prototype.call);
const unitAt = uncurried(String.prototype.charCodeAt);

const ROW = 128;
/** The escapes: their own bytes are rare in WebAssembly. */
const [ONE, OTHER] = [91, 93];

/** The bytes that a character stands for, by itself and behind either escape: three rows. */
function alphabetOf(characters, frequent) {
  const alphabet = new Uint8Array(3 * ROW);
  let place = 0;
  let rare = ROW;
  for (let byte = 0; byte < 256; byte++) {
    if (byte === frequent[place]) {
      alphabet[unitAt(characters, place++)] = byte;
    } else {
      const at = rare++ - ROW;
      const row = at < characters.length ? ROW : 2 * ROW;
      alphabet[row + unitAt(characters, at % characters.length)] = byte;
    }
  }
  return alphabet;
}

/** Made by the build. */
export function encode(bytes) {
  const usable = Array.from({ length: 95 }, (_, at) => 32 + at).filter(
    (code) => !"'\\$<`[]".includes(String.fromCharCode(code)),
  );
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  const byFrequency = Array.from(counts.keys()).sort((left, right) => counts[right] - counts[left] || left - right);
  const frequent = byFrequency.slice(0, usable.length).sort((left, right) => left - right);
  const written = (characters) => {
    const alphabet = alphabetOf(characters, frequent);
    const codes = [];
    for (const [row, before] of [[], [ONE], [OTHER]].entries()) {
      for (const code of usable) codes[alphabet[row * ROW + code]] ??= [...before, code];
    }
    return Array.from(bytes, (byte) => String.fromCharCode(...codes[byte])).join('');
  };
  const characters = arranged(String.fromCharCode(...usable), written);
  return { text: written(characters), length: bytes.length, characters, frequent };
}

/** Characters that brotli does not tell apart when it looks at the one before (RFC 7932 section 7.1); the others are one more. */
const CLASSES = [
  ...[' ', '"', '%', '.', '=', ',:;', '({[', ')}]>', '0123456789'],
  ...['AEIOU', 'BCDFGHJKLMNPQRSTVWXYZ', 'aeiou', 'bcdfghjklmnpqrstvwxyz'],
];

/** Exchanges characters as long as fewer bits are needed for a character if the class of the one before is known. */
function arranged(characters, written) {
  const text = written(characters);
  const classOf = Array.from({ length: ROW }, (_, code) =>
    CLASSES.findIndex((one) => one.includes(String.fromCharCode(code))),
  );
  // What comes after each character, and after those of each class; behind the counts stands their sum.
  const counters = (length) => Array.from({ length }, () => new Float64Array(ROW + 1));
  const [after, afterClass] = [counters(ROW), counters(CLASSES.length + 1)];
  for (let at = 1; at < text.length; at++) {
    const [before, code] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
    for (const counts of [after[before], afterClass.at(classOf[before])]) {
      counts[code]++;
      counts[ROW]++;
    }
  }
  const bits = (count) => (count > 0 ? count * Math.log2(count) : 0);

  const places = Array.from(characters, (one) => one.charCodeAt(0));
  const now = [...places];
  const exchange = (left, right) => {
    const [one, other] = [afterClass.at(classOf[now[left]]), afterClass.at(classOf[now[right]])];
    if (one === other) return false;
    const [leaves, comes] = [after[places[left]], after[places[right]]];
    let saved = 0;
    for (let at = 0; at <= ROW; at++) {
      const more = comes[at] - leaves[at];
      if (more === 0) continue;
      const bitsMore = bits(one[at] + more) + bits(other[at] - more) - bits(one[at]) - bits(other[at]);
      saved += at === ROW ? -bitsMore : bitsMore;
    }
    if (saved < 1) return false;
    for (let at = 0; at <= ROW; at++) {
      one[at] += comes[at] - leaves[at];
      other[at] -= comes[at] - leaves[at];
    }
    [now[left], now[right]] = [now[right], now[left]];
    return true;
  };
  for (let better = true; better; ) {
    better = false;
    for (let right = 1; right < now.length; right++) {
      for (let left = 0; left < right; left++) better = exchange(left, right) || better;
    }
  }
  return String.fromCharCode(...now);
}

/** Done once, by a function that no engine has compiled yet: as little as can be for each byte. */
export function decode({ text, length, characters, frequent }) {
  const alphabet = alphabetOf(characters, frequent);
  const bytes = new Uint8Array(length);
  let read = 0;
  for (let at = 0; at < length; at++) {
    let code = unitAt(text, read++);
    let row = 0;
    if (code === ONE || code === OTHER) {
      row = code === ONE ? ROW : 2 * ROW;
      code = unitAt(text, read++);
    }
    bytes[at] = alphabet[row + code];
  }
  return bytes;
}

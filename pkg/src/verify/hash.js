// Computes SHA-256 with Web Crypto, and the Merkle tree of RFC 9162 (FORMAT.md sections 2.2 and 6).

import { array, Bytes, encode, floor, hex, isTampered, promising, settled, sha256, slice, Words } from './own.js';
import { refusal } from './report.js';

/** Number of digests that are requested at once, because an answer from another thread takes longer than most digests. */
export const MANY = 64;

// Constants of FIPS 180-4: the first 32 bits of the fractional parts of roots of the first primes.
const CUBES = new Words(64);
const SQUARES = new Words(8);
const bitsOf = (root) => (root % 1) * 2 ** 32;
for (let number = 2, place = 0; place < 64; number++) {
  let divisor = 2;
  while (number % divisor) divisor++;
  if (divisor < number) continue;
  SQUARES[place] = bitsOf(number ** (1 / 2));
  CUBES[place++] = bitsOf(number ** (1 / 3));
}
const turn = (word, by) => (word >>> by) | (word << (32 - by));
const mix = (word, one, two, last) => turn(word, one) ^ turn(word, two) ^ last;
/** The shift of each byte in a word. */
const shift = (at) => 24 - 8 * (at % 4);

/**
 * Computes SHA-256 without Web Crypto, whose answer is a promise of an object, so code that patches the prototype of promises or objects
 * could replace it. Slower, and used only if there is such a patch, or if Web Crypto fails.
 */
const compute = (bytes) => {
  const message = array();
  const state = new Words(SQUARES);
  let length = 0;
  for (; bytes[length] >= 0; length++) message[length >> 2] |= bytes[length] << shift(length);
  message[length >> 2] |= 128 << shift(length);
  const size = 16 * floor((length + 72) / 64);
  message[size - 2] = length / 2 ** 29;
  message[size - 1] = length * 8;
  for (let block = 0; block < size; block += 16) {
    const words = new Words(64);
    const now = new Words(state);
    for (let at = 0; at < 64; at++) {
      const early = words[at - 15];
      const late = words[at - 2];
      words[at] =
        at < 16
          ? message[block + at]
          : words[at - 16] + words[at - 7] + mix(early, 7, 18, early >>> 3) + mix(late, 17, 19, late >>> 10);
      const a = now[0];
      const e = now[4];
      const next = now[7] + mix(e, 6, 11, turn(e, 25)) + ((e & now[5]) ^ (~e & now[6])) + CUBES[at] + words[at];
      const more = mix(a, 2, 13, turn(a, 22)) + ((a & now[1]) ^ (a & now[2]) ^ (now[1] & now[2]));
      for (let place = 7; place; place--) now[place] = now[place - 1];
      now[4] += next;
      now[0] = next + more;
    }
    for (let at = 0; at < 8; at++) state[at] += now[at];
  }
  const hash = array();
  for (let at = 0; at < 32; at++) hash[at] = (state[at >> 2] >>> shift(at)) % 256;
  return hash;
};

/** Requests a digest. The promise never rejects, so many may be requested before the first is awaited. */
const ask = promising(async (bytes) => {
  let hash;
  try {
    if (!isTampered()) hash = new Bytes(await settled(sha256(bytes)));
  } catch {
    // Computed below.
  }
  if (!hash || isTampered()) hash = compute(bytes);
  let digest = 'sha256:';
  for (let at = 0; at < 32; at += 2) digest += hex(256 * hash[at] + hash[at + 1]);
  return digest;
});

const digestOf = (bytes) => {
  if (sha256) return ask(bytes);
  throw refusal();
};

export const digestText = (text) => digestOf(encode(text));

/** Computes the digest of an inner node. */
const digestNode = (left, right) => {
  const bytes = new Bytes(65);
  const digits = slice(left, 7) + slice(right, 7);
  bytes[0] = 1;
  for (let at = 0; at < 128; at += 2) bytes[1 + at / 2] = `0x${slice(digits, at, at + 2)}`;
  return digestOf(bytes);
};

/** Computes the root, level by level; of each level, `MANY` nodes at once. */
// F2.2-1
export const rootOf = promising(async (level) => {
  while (level.length > 1) {
    const next = array();
    for (let at = 0; at < level.length; at += 2) {
      next[at / 2] = at + 1 < level.length ? digestNode(level[at], level[at + 1]) : level[at];
      if (at % (2 * MANY) === 0) await next[at / 2];
    }
    for (const at in next) next[at] = await next[at];
    level = next;
  }
  return level[0] ?? (await digestText(''));
});

/**
 * Computes the root that a path leads to. `fn` is the index of the leaf and `sn` that of the last leaf, as in RFC 9162. Returns undefined if a
 * tree of this size has no such path.
 */
// F6-6
export const rootFrom = promising(async (root, fn, sn, path) => {
  for (let at = 0; at < path.length; at++) {
    if (!sn) return undefined;
    const isRight = fn % 2 || fn === sn;
    root = await (isRight ? digestNode(path[at], root) : digestNode(root, path[at]));
    // Division instead of a shift, because there are up to 53 bits.
    for (; isRight && fn && !(fn % 2); fn /= 2) sn = floor(sn / 2);
    fn = floor(fn / 2);
    sn = floor(sn / 2);
  }
  return sn ? undefined : root;
});

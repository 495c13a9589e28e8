// Computes SHA-256 with Web Crypto, and the Merkle tree of RFC 9162 (FORMAT.md sections 2.2 and 6).

import { array, Bytes, encode, floor, hex, isTampered, promising, settled, sha256, slice, Words } from './own.js';
import { refusal } from './report.js';

/**
 * Number of digests computed concurrently. Web Crypto uses another thread, and the hand-over takes longer than most
 * digests.
 */
export const CONCURRENT = 64;

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
const rotate = (word, by) => (word >>> by) | (word << (32 - by));
/** Computes one of the functions Σ and σ of FIPS 180-4 section 4.1.2. */
const sigma = (word, one, two, last) => rotate(word, one) ^ rotate(word, two) ^ last;
/** Returns the number of bits by which a byte is shifted in its big-endian word. */
const shift = (at) => 24 - 8 * (at % 4);

/**
 * Computes SHA-256 in JavaScript; returns a list of 32 bytes. Slower than Web Crypto, and only used if a prototype is
 * patched or Web Crypto fails.
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
          : words[at - 16] + words[at - 7] + sigma(early, 7, 18, early >>> 3) + sigma(late, 17, 19, late >>> 10);
      const a = now[0];
      const e = now[4];
      const next = now[7] + sigma(e, 6, 11, rotate(e, 25)) + ((e & now[5]) ^ (~e & now[6])) + CUBES[at] + words[at];
      const more = sigma(a, 2, 13, rotate(a, 22)) + ((a & now[1]) ^ (a & now[2]) ^ (now[1] & now[2]));
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

/**
 * Computes a digest with Web Crypto. The promise never rejects, so that many can be started before the first is awaited.
 */
const digestAsync = promising(async (bytes) => {
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

/** Returns a promise of the digest of bytes; throws a `SnapshotError` 500 if there is no Web Crypto. */
const digestOf = (bytes) => {
  if (sha256) return digestAsync(bytes);
  throw refusal();
};

/** Returns a promise of the digest of a text in UTF-8. */
export const digestText = (text) => digestOf(encode(text));

/** Returns a promise of the digest of an inner node: byte 1, left digest, right digest (RFC 9162 section 2.1.1). */
const digestNode = (left, right) => {
  const bytes = new Bytes(65);
  const digits = slice(left, 7) + slice(right, 7);
  bytes[0] = 1;
  for (let at = 0; at < 128; at += 2) bytes[1 + at / 2] = `0x${slice(digits, at, at + 2)}`;
  return digestOf(bytes);
};

/**
 * Computes the root of the tree over a list of leaf hashes, level by level. `CONCURRENT` nodes of a level are hashed at
 * once.
 */
// F2.2-1
export const rootOf = promising(async (level) => {
  while (level.length > 1) {
    const next = array();
    for (let at = 0; at < level.length; at += 2) {
      next[at / 2] = at + 1 < level.length ? digestNode(level[at], level[at + 1]) : level[at];
      if (at % (2 * CONCURRENT) === 0) await next[at / 2];
    }
    for (const at in next) next[at] = await next[at];
    level = next;
  }
  return level[0] ?? (await digestText(''));
});

/**
 * Computes the root from a leaf hash (`root`) and an inclusion path (RFC 9162 section 2.1.3.2). `fn` is the index of the
 * leaf and `sn` that of the last leaf, as in the RFC. Undefined if a tree of this size has no such path.
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

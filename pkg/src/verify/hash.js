// SHA-256 by Web Crypto, and the Merkle tree of RFC 9162 (FORMAT.md sections 2.2 and 6).

import { array, Bytes, encode, floor, isTampered, promising, settled, sha256, slice } from './own.js';
import { refusal } from './report.js';

const DIGITS = '0123456789abcdef';

/**
 * SHA-256. Web Crypto answers by a promise of an object: if somebody has patched what promises or objects inherit, and could
 * answer in its place, then there is no answer but an error.
 */
const digestOf = promising(async (bytes) => {
  let hash;
  try {
    if (!isTampered()) hash = new Bytes(await settled(sha256(bytes)));
  } catch {
    // As if it gave none.
  }
  if (!hash || isTampered()) throw refusal();
  let digest = 'sha256:';
  for (let at = 0; at < 32; at++) digest += DIGITS[hash[at] >> 4] + DIGITS[hash[at] % 16];
  return digest;
});

export const digestText = (text) => digestOf(encode(text));

/** Of an inner node. */
const digestNode = (left, right) => {
  const bytes = new Bytes(65);
  const digits = slice(left, 7) + slice(right, 7);
  bytes[0] = 1;
  for (let at = 0; at < 128; at += 2) bytes[1 + at / 2] = `0x${slice(digits, at, at + 2)}`;
  return digestOf(bytes);
};

/** The tree's root, level by level. */
export const rootOf = promising(async (level) => {
  while (level.length > 1) {
    const next = array();
    for (let at = 0; at < level.length; at += 2) {
      next[at / 2] = at + 1 < level.length ? await digestNode(level[at], level[at + 1]) : level[at];
    }
    level = next;
  }
  return level[0] ?? (await digestText(''));
});

/**
 * The root that a path leads to from a leaf, `fn` being the leaf's index and `sn` the last one, as RFC 9162 names them;
 * undefined if a tree of this size has no such path.
 */
export const rootFrom = promising(async (root, fn, sn, path) => {
  for (let at = 0; at < path.length; at++) {
    if (!sn) return undefined;
    const isRight = fn % 2 || fn === sn;
    root = await (isRight ? digestNode(path[at], root) : digestNode(root, path[at]));
    // Divided, not shifted: there are up to 53 bits.
    for (; isRight && fn && !(fn % 2); fn /= 2) sn = floor(sn / 2);
    fn = floor(fn / 2);
    sn = floor(sn / 2);
  }
  return sn ? undefined : root;
});

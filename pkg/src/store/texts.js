// The texts of items: before they are written, and whose they are when they are read.

import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { isReplaced, keyOf } from './keys.js';
import { invalid, shorten } from './problems.js';
import { tryToRead } from './records.js';

const byDigest = (left, right) => (left.digest < right.digest ? -1 : 1);
/** Takes items by position. Sorted, so that two transactions that add the same texts wait for each other in one order. */
export const pickFrom = (items) => (absent) => absent.map((at) => items[at]).sort(byDigest);

/**
 * Makes the bodies of items at some positions: `itemId`, `digest` and `json`. Few of them are made from the items, because `itemsJson` decodes
 * the text of all.
 */
export function* bodiesOf(snapshot, absent) {
  const { index, items, itemsJson } = snapshot;
  const isFew = typeof itemsJson !== 'function' || absent.length * 4 < index.length;
  if (isFew) {
    for (const at of absent) yield expected(digestItem(items[at]), index[at]);
    return;
  }
  let position = 0;
  let next = 0;
  for (const entry of itemsJson()) {
    if (position === absent[next]) {
      yield expected(entry, index[position]);
      next++;
    }
    position++;
  }
}

function expected(body, { itemId, digest }) {
  if (body.itemId === itemId && body.digest === digest) return body;
  throw invalid(`Item ${shorten(itemId)} and its entry in the index do not fit`);
}

/** Returns the digest of the item that a text is, or undefined if it is not one. */
export function digestOf(text) {
  try {
    return digestItem(text).digest;
  } catch {
    return undefined;
  }
}

/** Returns the id of an item from its key, or from a text if the key is a digest. A text that is not the item's is not believed. */
export function idOf(key, text) {
  if (!isReplaced(key) || typeof text !== 'string') return key;
  const itemId = tryToRead(text)?.itemId;
  return typeof itemId === 'string' && keyOf(itemId) === key ? itemId : key;
}

const NAME = '"itemId"';
/** Characters that JSON never escapes, and that are single bytes. */
const PLAIN = /^[ !#-[\]-~]*$/;
/**
 * Returns true if a text, a string or UTF-8, is that of an item with this id.
 *
 * How: if the name is there once and nothing is escaped by a number, what follows it is the id. All other texts, and those of ids with other
 * characters than the plain ones, are parsed, which takes four times as long. The bytes are searched where they are: a string of each
 * is as much to collect as all texts.
 */
export function isTextOf(text, itemId) {
  const at = text.indexOf(NAME, 0, 'latin1');
  const from = at + NAME.length;
  const isPlain = at >= 0 && text.indexOf(NAME, from, 'latin1') < 0 && !text.includes('\\u', 0, 'latin1');
  if (isPlain && PLAIN.test(itemId) && text.indexOf(`:"${itemId}"`, from, 'latin1') === from) return true;
  return tryToRead(text.toString())?.itemId === itemId;
}

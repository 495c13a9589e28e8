// Remembers indexes: those of our results, and those that a caller passed.
//
// Why: checking an index against the root of its manifest takes a hash for each entry, and a proof needs the tree above it. Operators
// compare one snapshot with many, and hosts of agents prove one item after the other.
//
// How: facts about an index are kept in a `WeakMap`, with copies of its ids and digests. An index of ours is frozen and is not read
// again. Another index is known only if each entry still reads the same.

import { append, freeze, seclude, sliceOf, Table, unitAt, WeakTable } from './language.js';
import { MAX_ISSUES } from './limits.js';
import { decode } from './memory.js';
import { elementOf, isObject, own, received, rootOf } from './values.js';

/** Facts by array: copies of ids and digests, the computed root, and the tree if a proof was made. */
const known = new WeakTable();

const Bytes = Uint8Array;
const PREFIX = 'sha256:';
const TEXT_LENGTH = PREFIX.length + 64;

/** Lists digests, of 32 bytes each, as texts. They are parts of one text, because joining digits takes several times as long. */
export function digestTexts(digests, first, count) {
  const texts = [];
  const digits = new Bytes(count * TEXT_LENGTH);
  let to = 0;
  for (let from = first * 32; from < (first + count) * 32; from++) {
    if (from % 32 === 0) for (let at = 0; at < PREFIX.length; at++) digits[to++] = unitAt(PREFIX, at);
    const byte = digests[from];
    digits[to++] = digit(byte >> 4);
    digits[to++] = digit(byte & 15);
  }
  const text = decode(digits);
  for (let at = 0; at < count; at++) append(texts, sliceOf(text, at * TEXT_LENGTH, (at + 1) * TEXT_LENGTH));
  return texts;
}
/** Without a branch, which no processor could predict. */
const digit = (value) => 48 + value + (((9 - value) >> 31) & 39);

/** Makes a frozen index. If its root is given, it is known, and so is the tree: the digests of all levels, leaves first. */
export function buildIndex(itemIds, digests, root, tree) {
  const index = [];
  for (let position = 0; position < itemIds.length; position++)
    append(index, freeze({ itemId: itemIds[position], digest: digests[position] }));
  freeze(index);
  if (root !== undefined)
    known.set(index, { ids_: itemIds, digests_: digests, root_: root, isOurs_: true, tree_: tree });
  return index;
}

/** Reads the members of an entry, each once; returns undefined if it is not an object. */
function readEntry(entry) {
  if (!isObject(entry)) return undefined;
  const root = rootOf(entry);
  return { itemId: own(entry.itemId, entry, root, 'itemId'), digest: own(entry.digest, entry, root, 'digest') };
}

export class KnownIndex {
  constructor(index) {
    this.source_ = index;
    /** Types of the elements that are not entries, by position. */
    this.nonObjects_ = new Table();
    const facts = known.get(index);
    if (facts !== undefined && (facts.isOurs_ || this.isUnchanged_(facts))) this.facts_ = facts;
    else this.facts_ = this.read_();
  }

  /** Returns true if every entry still reads the same. */
  isUnchanged_({ ids_, digests_ }) {
    if (this.source_.length !== ids_.length) return false;
    for (let at = 0; at < ids_.length; at++) {
      const entry = readEntry(elementOf(this.source_, at));
      if (entry === undefined || entry.itemId !== ids_[at] || entry.digest !== digests_[at]) return false;
    }
    return true;
  }

  /** Reads each entry once. */
  read_() {
    const { length } = this.source_;
    const ids = [];
    const digests = [];
    for (let at = 0; at < length && this.nonObjects_.size <= MAX_ISSUES; at++) {
      const element = elementOf(this.source_, at);
      const entry = readEntry(element);
      if (entry === undefined) this.nonObjects_.set(at, received(element));
      append(ids, entry?.itemId);
      append(digests, entry?.digest);
    }
    return { ids_: ids, digests_: digests, root_: undefined, isOurs_: false, tree_: undefined };
  }

  get ids_() {
    return this.facts_.ids_;
  }

  get digests_() {
    return this.facts_.digests_;
  }

  length_() {
    return this.ids_.length;
  }

  /** Returns the root if it is known and the index has not changed. */
  root_() {
    return this.facts_.root_;
  }

  /** Remembers the root and, for proofs, the tree: the digests of all levels, leaves first. */
  noteRoot_(root, tree) {
    known.set(this.source_, { ...this.facts_, root_: root, tree_: tree });
  }
}
seclude(KnownIndex);

/**
 * Returns the position of an item in an index whose tree is known and has this root and this many leaves; -1 - n if the index does not
 * have it, and n items precede the place where it would be; NaN for any other index.
 */
export function positionOf(index, itemId, root, count) {
  const facts = known.get(index);
  if (facts?.tree_ === undefined || facts.root_ !== root || facts.ids_.length !== count) return NaN;
  const { ids_: ids } = facts;
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle] < itemId) low = middle + 1;
    else high = middle;
  }
  const position = low < ids.length && ids[low] === itemId ? low : -1 - low;
  if (facts.isOurs_) return position;
  let isSame;
  if (position < 0) {
    // An entry that was changed could be the item, so all of them are read again.
    isSame = new KnownIndex(index).facts_ === facts;
  } else {
    const entry = index.length === ids.length ? readEntry(elementOf(index, low)) : undefined;
    isSame = entry?.itemId === itemId && entry.digest === facts.digests_[low];
  }
  // Code of the index may have made another proof meanwhile. Then the tree belongs to that proof.
  return isSame && known.get(index) === facts ? position : NaN;
}

/** Returns the ids and digests of an index for which `positionOf` found a position. */
export const entriesOf = (index) => known.get(index);

/** Returns the inclusion path of a leaf of such an index, from the leaf upwards (RFC 9162 section 2.1.3.1). */
export function siblingsOf(index, leafIndex) {
  const { tree_: tree, ids_: ids } = known.get(index);
  const siblings = [];
  let at = leafIndex;
  let level = 0;
  for (let size = ids.length; size > 1; size = (size + 1) >>> 1) {
    const sibling = at ^ 1;
    if (sibling < size) append(siblings, digestTexts(tree, level + sibling, 1)[0]);
    level += size;
    at >>>= 1;
  }
  return siblings;
}

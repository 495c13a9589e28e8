// Indexes: those that we make, and those that come from anybody.
//
// Why more than a list: whether an index gives the root of its manifest takes a hash for each entry to find out, and a proof
// needs the tree above it. An operator compares one snapshot with many, an agent's host proves one item after the other.
//
// How: what was found of an index is noted beside it, with copies of what was read. One that we made is frozen and need not
// be looked at again; another's is taken as known where it still reads the same.

import { append, freeze, seclude, Table } from './language.js';
import { MAX_ISSUES } from './limits.js';
import { elementOf, isObject, own, received, rootOf } from './values.js';

class Notes extends WeakMap {
  constructor() {
    super(null);
  }
}
seclude(Notes, WeakMap.prototype);

/** By the array: copies of its ids and digests, the root that it gives, its tree where a proof was made. */
const known = new Notes();

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The digest at that place among others of 32 bytes each. */
function digestAt(digests, position) {
  let digest = 'sha256:';
  for (let at = position * 32; at < position * 32 + 32; at++) digest += hex[digests[at]];
  return digest;
}

/** An index of ours, frozen, which gives that root. */
export function buildIndex(itemIds, bytes, root) {
  const digests = [];
  const index = [];
  for (let position = 0; position < itemIds.length; position++) {
    const digest = digestAt(bytes, position);
    append(digests, digest);
    append(index, freeze({ itemId: itemIds[position], digest }));
  }
  freeze(index);
  if (root !== undefined)
    known.set(index, { ids_: itemIds, digests_: digests, root_: root, isOurs_: true, tree_: undefined });
  return index;
}

/** The members of an entry, each read once; undefined if it is no object. */
function read(entry) {
  if (!isObject(entry)) return undefined;
  const root = rootOf(entry);
  return { itemId: own(entry.itemId, entry, root, 'itemId'), digest: own(entry.digest, entry, root, 'digest') };
}

export class Index {
  constructor(index) {
    this.source_ = index;
    /** What there is in the place of some entries, by position. */
    this.strangers_ = new Table();
    const facts = known.get(index);
    if (facts !== undefined && (facts.isOurs_ || this.isStill_(facts))) this.facts_ = facts;
    else this.facts_ = this.read_();
  }

  /** Whether each entry reads as it did. */
  isStill_({ ids_, digests_ }) {
    if (this.source_.length !== ids_.length) return false;
    for (let at = 0; at < ids_.length; at++) {
      const entry = read(elementOf(this.source_, at));
      if (entry === undefined || entry.itemId !== ids_[at] || entry.digest !== digests_[at]) return false;
    }
    return true;
  }

  /** Reads each entry once. */
  read_() {
    const { length } = this.source_;
    const ids = [];
    const digests = [];
    for (let at = 0; at < length && this.strangers_.size <= MAX_ISSUES; at++) {
      const element = elementOf(this.source_, at);
      const entry = read(element);
      if (entry === undefined) this.strangers_.set(at, received(element));
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

  /** The root that it gives, where that is known and it has not changed; else undefined. */
  root_() {
    return this.facts_.root_;
  }

  /** Notes the root and, for proofs, the tree: the digests of all levels, from the leaves upwards. */
  learn_(root, tree) {
    known.set(this.source_, { ...this.facts_, root_: root, tree_: tree });
  }
}
seclude(Index);

/** The position of an item in an index whose tree is known, with that root and that many leaves; else -1. */
export function find(index, itemId, root, count) {
  const facts = known.get(index);
  if (facts?.tree_ === undefined || facts.root_ !== root || facts.ids_.length !== count) return -1;
  const { ids_: ids } = facts;
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle] < itemId) low = middle + 1;
    else high = middle;
  }
  if (low === ids.length || ids[low] !== itemId) return -1;
  if (facts.isOurs_) return low;
  const entry = index.length === ids.length ? read(elementOf(index, low)) : undefined;
  // Its own code may have had another proof made, of what it says at another time: the tree is that one's then.
  if (known.get(index) !== facts) return -1;
  return entry?.itemId === itemId && entry.digest === facts.digests_[low] ? low : -1;
}

/** The siblings of a leaf, from the leaf upwards (RFC 9162 section 2.1.3.1), of an index in which it was found. */
export function path(index, leafIndex) {
  const { tree_: tree, ids_: ids } = known.get(index);
  const siblings = [];
  let at = leafIndex;
  let level = 0;
  for (let size = ids.length; size > 1; size = (size + 1) >>> 1) {
    const sibling = at ^ 1;
    if (sibling < size) append(siblings, digestAt(tree, level + sibling));
    level += size;
    at >>>= 1;
  }
  return siblings;
}

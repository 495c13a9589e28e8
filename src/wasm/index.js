// Indexes: those that we make, and those that come from anybody.
//
// Why more than a list: whether an index gives the root of its manifest takes a hash for each entry to find out, and a proof
// needs the tree above it. An operator compares one snapshot with many, an agent's host proves one item after the other.
//
// How: what was found of an index is noted beside it, with copies of what was read. One that we made is frozen and need not
// be looked at again; another's is taken as known where it still reads the same.

import { append, elementOf, freeze, isObject, MAX_ISSUES, own, received, rootOf, seclude, Table } from './walker.js';

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
  if (root !== undefined) known.set(index, { ids: itemIds, digests, root, isOurs: true, tree: undefined });
  return index;
}

export class Index {
  constructor(index) {
    this.source = index;
    /** What there is in the place of some entries, by position. */
    this.strangers = new Table();
    const facts = known.get(index);
    if (facts !== undefined && (facts.isOurs || this.isStill(facts))) this.facts = facts;
    else this.facts = this.read();
  }

  /** Whether each entry reads as it did. */
  isStill({ ids, digests }) {
    const { source } = this;
    if (source.length !== ids.length) return false;
    for (let at = 0; at < ids.length; at++) {
      const entry = elementOf(source, at);
      if (!isObject(entry)) return false;
      const root = rootOf(entry);
      if (own(entry.itemId, entry, root, 'itemId') !== ids[at]) return false;
      if (own(entry.digest, entry, root, 'digest') !== digests[at]) return false;
    }
    return true;
  }

  /** Reads each entry once. */
  read() {
    const { source } = this;
    const { length } = source;
    const ids = [];
    const digests = [];
    for (let at = 0; at < length && this.strangers.size <= MAX_ISSUES; at++) {
      const entry = elementOf(source, at);
      if (isObject(entry)) {
        const root = rootOf(entry);
        append(ids, own(entry.itemId, entry, root, 'itemId'));
        append(digests, own(entry.digest, entry, root, 'digest'));
      } else {
        this.strangers.set(at, received(entry));
        append(ids, undefined);
        append(digests, undefined);
      }
    }
    return { ids, digests, root: undefined, isOurs: false, tree: undefined };
  }

  get ids() {
    return this.facts.ids;
  }

  get digests() {
    return this.facts.digests;
  }

  length() {
    return this.ids.length;
  }

  /** The root that it gives, where that is known and it has not changed; else undefined. */
  root() {
    return this.facts.root;
  }

  /** Notes the root and, for proofs, the tree: the digests of all levels, from the leaves upwards. */
  learn(root, tree) {
    known.set(this.source, { ...this.facts, root, tree });
  }
}
seclude(Index);

/** The position of an item in an index whose tree is known, with that root and that many leaves; else -1. */
export function find(index, itemId, root, count) {
  const facts = known.get(index);
  if (facts?.tree === undefined || facts.root !== root || facts.ids.length !== count) return -1;
  const { ids, digests, isOurs } = facts;
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle] < itemId) low = middle + 1;
    else high = middle;
  }
  if (low === ids.length || ids[low] !== itemId) return -1;
  if (isOurs) return low;
  const entry = index.length === ids.length ? elementOf(index, low) : undefined;
  if (!isObject(entry)) return -1;
  const top = rootOf(entry);
  const isSame = own(entry.itemId, entry, top, 'itemId') === itemId;
  return isSame && own(entry.digest, entry, top, 'digest') === digests[low] ? low : -1;
}

/** The siblings of a leaf, from the leaf upwards (RFC 9162 section 2.1.3.1), of an index in which it was found. */
export function path(index, leafIndex) {
  const { tree, ids } = known.get(index);
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

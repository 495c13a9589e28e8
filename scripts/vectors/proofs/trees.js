// Trees, the proofs of their leaves, and how such a proof is verified: literally as FORMAT 6 says.

import canonicalize from 'canonicalize';
import { canonicalItem, leaf, root, sha256, toDigest } from '../../../tests/node/support/format.js';
import * as pack from '../manifest-shape.js';
import { item, PACK } from '../parts.js';
import * as shape from '../shapes.js';

const quiet = () => undefined;
export const isDigest = (value) => typeof value === 'string' && shape.DIGEST.test(value);
/** Returns whether a value is a manifest (FORMAT 3). */
export const isManifest = (value) => pack.manifest(quiet, 'manifest', value) !== undefined;
const bytes = (digest) => Buffer.from(digest.slice('sha256:'.length), 'hex');
export const hashOf = (manifest) => toDigest(sha256(canonicalize(manifest)));
export const node = (left, right) => sha256(Buffer.of(1), left, right);
/** Computes the digest of an item, as raw bytes. */
export const leafOf = (one) => leaf(canonicalItem(one));

/** Returns whether a proof leads from a leaf to the trusted hash. Positions are BigInts, so that halves of large ones are exact. */
export function leadsToHash(digest, proof, hash) {
  if (!shape.isObject(proof) || !isDigest(proof.hash) || proof.hash !== hash) return false;
  const { leafIndex, path, manifest } = proof;
  if (!Array.isArray(path) || !path.every(isDigest) || !isManifest(manifest)) return false;
  if (!Number.isSafeInteger(leafIndex) || leafIndex < 0 || leafIndex >= manifest.itemCount) return false;
  if (hashOf(manifest) !== hash) return false;
  let [fn, sn, r] = [BigInt(leafIndex), BigInt(manifest.itemCount) - 1n, digest];
  for (const one of path) {
    if (sn === 0n) return false;
    const p = bytes(one);
    if (fn % 2n === 1n || fn === sn) {
      r = node(p, r);
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn / 2n, sn / 2n];
    } else r = node(r, p);
    [fn, sn] = [fn / 2n, sn / 2n];
  }
  return sn === 0n && toDigest(r) === manifest.itemsRoot;
}

/** Returns whether an item has a canonical form (FORMAT 1.1), as a store returns it. */
export function isItem(one) {
  const text = (_, path, value) => (typeof value === 'string' ? value : shape.object(quiet, path, value));
  const checks = {
    ...{ itemId: shape.name, kind: shape.name, sourceKey: shape.name, 'sourceVersion??': shape.string },
    ...{ content: text, 'textContent??': shape.string, 'metadata??': shape.object },
  };
  return shape.isObject(one) && shape.whole(quiet, '', one, checks, false) !== undefined;
}

/** Makes a tree of items with these ids: the items in its order, their leaves, the manifest and its hash. */
export function tree(ids) {
  // JavaScript compares strings by UTF-16 units, as FORMAT 2.1 requires.
  const items = ids.toSorted((one, other) => (one < other ? -1 : 1)).map((id) => item(id));
  const leaves = items.map(leafOf);
  const pack = { ...PACK, ...(items.length > 0 && { sources: [source(items[0])] }) };
  const itemsRoot = toDigest(root(leaves));
  const manifest = { format: 'context.pack.snapshot/v1', itemCount: items.length, itemsRoot, pack };
  return { items, leaves, manifest, hash: hashOf(manifest) };
}
const source = ({ kind, sourceKey }) => ({ kind, key: sourceKey, required: true });

/** Makes a path, literally as "Generation" describes it. */
export function pathOf(m, leaves) {
  if (leaves.length === 1) return [];
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...pathOf(m, left), toDigest(root(right))] : [...pathOf(m - k, right), toDigest(root(left))];
}

/** Makes the proof of a leaf. */
export function proofOf({ items, leaves, manifest, hash }, leafIndex) {
  return { itemId: items[leafIndex].itemId, leafIndex, path: pathOf(leafIndex, leaves), manifest, hash };
}

// Makes tests/vectors/folder/trees.json: small trees, and the items that follow from docs/FOLDER.md.
//
// Why: the rules are only fixed if another program can be held against them. How: which files belong, and what their content is, is written
// by hand here; digests and hashes are computed with node:crypto and a canonicalizer by other authors.

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { canonicalItem, leaf, root, sha256, toDigest } from '../../../tests/node/support/format.js';
import { trees } from './trees.js';

/** Returns the bytes of a file of a tree: text, `{ base64 }`, or what a link leads to. */
function bytesOf(files, path) {
  const file = files[path];
  if (typeof file === 'string') return Buffer.from(file);
  if (file.base64 !== undefined) return Buffer.from(file.base64, 'base64');
  throw new Error(`${path} has no bytes`);
}

/** Completes an expected item: `[kind, content]`, or `[kind, { of }]` for the digest of a file; a third element is `bytes`. */
function itemOf(files, itemId, [kind, content, bytes]) {
  const whole = (inside, count) => ({ itemId, kind, sourceKey: itemId, content: inside, metadata: { bytes: count } });
  if (typeof content === 'string') return whole(content, Buffer.byteLength(content));
  if (content.of === undefined) return whole(content, bytes);
  const raw = bytesOf(files, content.of);
  return whole({ bytes: raw.length, sha256: createHash('sha256').update(raw).digest('hex') }, raw.length);
}

function expectedOf({ files, config, items, pack }) {
  const { packKey, version, title, description, owners, tags } = pack ?? config;
  const all = Object.entries(items).map(([path, item]) => itemOf(files, path, item));
  all.sort((left, right) => (left.itemId < right.itemId ? -1 : 1));
  const canonicalItems = all.map(canonicalItem);
  const leaves = canonicalItems.map(leaf);
  const members = Object.entries({ packKey, version, title, description, owners, tags });
  const manifest = {
    ...{ format: 'context.pack.snapshot/v1', itemCount: all.length, itemsRoot: toDigest(root(leaves)) },
    pack: Object.fromEntries(members.filter(([, value]) => value !== undefined)),
  };
  return {
    itemIds: all.map(({ itemId }) => itemId),
    digests: leaves.map(toDigest),
    hash: toDigest(sha256(canonicalize(manifest))),
    canonicalItems,
  };
}

/** The cases as they are written. */
export const folderTrees = trees.map(({ items, pack, refused, config, ...tree }) => ({
  ...tree,
  expected: refused === undefined ? expectedOf({ ...tree, config, items, pack }) : { refused },
}));

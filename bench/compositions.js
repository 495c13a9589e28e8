// Compositions: what a good engineer would assemble instead, from zod, a canonicalizer from npm, and a SHA-256.
//
// How: one composition serves all pairs of canonicalizer and hash, so that only these two differ. A second one serves hashes
// that return promises, and hashes a whole level of the tree at once. Each library is used as its README recommends. For
// good packs they compute our hash; bench/README.md lists what they leave out.
//
// A host also stores items and index, so a composition makes them if it is asked for: an index of ids and digests, and items
// that are zod's copies with the two members of a stored item, in the order of the tree. Values inside them are those of the
// caller, which is the least work (`SHARED`), or are read again from the canonical text, which is as safe as ours (`COPIED`).

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { canonify } from '@truestamp/canonify';
import canonicalize from 'canonicalize';
import fastJsonStableStringify from 'fast-json-stable-stringify';
import { createSHA256 } from 'hash-wasm';
import { canonicalize as jsonCanonicalize } from 'json-canonicalize';
import { configure } from 'safe-stable-stringify';
import { z } from 'zod';

/** Writes a value as canonical text. */
export const canonicalizers = {
  canonicalize,
  '@truestamp/canonify': canonify,
  'json-canonicalize': (value) => jsonCanonicalize(value),
  // Without this option it writes `null` for values that are not JSON. The option costs no time.
  'safe-stable-stringify': configure({ deterministic: true, strict: true }),
  'fast-json-stable-stringify': (value) => fastJsonStableStringify(value),
};

const encoder = new TextEncoder();

/** Hashes text (as UTF-8) or bytes with SHA-256, in every JavaScript host. */
export async function portableHashes() {
  // One instance serves all messages, because creating one takes longer than hashing an item.
  const hasher = await createSHA256();
  const hashWasm = (message) => hasher.init().update(message).digest('binary');
  return {
    '@noble/hashes': { text: (message) => sha256(encoder.encode(message)), bytes: sha256 },
    'hash-wasm': { text: hashWasm, bytes: hashWasm },
  };
}

const Input = z.object({
  packKey: z.string().min(1),
  packVersion: z.string().optional(),
  reason: z.string().optional(),
  requestedBy: z.string().optional(),
  metadata: z.record(z.string(), z.any()).optional(),
});

const Pack = z.object({
  packKey: z.string().min(1),
  version: z.string(),
  title: z.string(),
  description: z.string().optional(),
  owners: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  sources: z
    .array(
      z.object({
        kind: z.string().min(1),
        key: z.string().min(1),
        version: z.string().optional(),
        required: z.boolean().optional(),
        description: z.string().optional(),
      }),
    )
    .optional(),
});

const Item = z.object({
  itemId: z.string().min(1),
  kind: z.string().min(1),
  sourceKey: z.string().min(1),
  sourceVersion: z.string().optional(),
  content: z.union([z.string(), z.record(z.string(), z.any())]),
  textContent: z.string().optional(),
  metadata: z.record(z.string(), z.any()).optional(),
});

export const SHARED = 'shared';
export const COPIED = 'copied';

const LEAF = '\0';
// Noble's function uses the engine's `toHex` if there is one. Node 20 has none, but a fast one for a `Buffer`.
const hex = (digest) =>
  `sha256:${digest.toString === Uint8Array.prototype.toString ? bytesToHex(digest) : digest.toString('hex')}`;

/** Validates the items, and passes the id and the canonical text of each to `take`, with the item to store. */
function eachItem(canonical, items, make, take) {
  const seen = new Set();
  for (const candidate of items) {
    const item = Item.parse(candidate);
    if (seen.has(item.itemId)) throw new Error(`duplicate ${item.itemId}`);
    seen.add(item.itemId);
    const text = canonical(item);
    take(item.itemId, LEAF + text, make === COPIED ? JSON.parse(text) : make && item);
  }
}

const byId = ([left], [right]) => (left < right ? -1 : 1);

/** Writes an inner node of the tree into 65 bytes. */
function writeNode(bytes, left, right) {
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return bytes;
}

const manifestOf = (canonical, pack, itemCount, root) =>
  canonical({ format: 'context.pack.snapshot/v1', itemCount, itemsRoot: hex(root), pack });

/** Returns the hash; or what a host stores, from the sorted leaves: `[id, digest, item]`. */
function outcome(hash, leaves, digests, { snapshotId, now: createdAt }, make) {
  if (make === undefined) return hash;
  return {
    hash,
    items: leaves.map(([, , item]) => ({ ...item, snapshotId, createdAt })),
    index: leaves.map(([itemId], at) => ({ itemId, digest: hex(digests[at]) })),
  };
}

/** Computes the hash of a pack's snapshot; with `make`, the items and the index too. */
export function composition(canonical, hash) {
  const node = new Uint8Array(65);
  return ({ input, ctx }, make) => {
    Input.parse(input);
    const pack = Pack.parse(ctx.pack);
    const leaves = [];
    eachItem(canonical, ctx.items, make, (id, message, item) => leaves.push([id, hash.text(message), item]));
    const digests = leaves.sort(byId).map(([, digest]) => digest);
    let level = digests;
    while (level.length > 1) {
      const parents = [];
      for (let at = 0; at < level.length; at += 2) {
        parents.push(at + 1 < level.length ? hash.bytes(writeNode(node, level[at], level[at + 1])) : level[at]);
      }
      level = parents;
    }
    const found = hex(hash.text(manifestOf(canonical, pack, leaves.length, level[0] ?? hash.text(''))));
    return outcome(found, leaves, digests, ctx, make);
  };
}

/** Computes the same with a hash that returns a promise: `crypto.subtle.digest`. */
export function asyncComposition(canonical, digest) {
  const hash = async (bytes) => new Uint8Array(await digest(bytes));
  return async ({ input, ctx }, make) => {
    Input.parse(input);
    const pack = Pack.parse(ctx.pack);
    const leaves = [];
    eachItem(canonical, ctx.items, make, (id, message, item) => {
      leaves.push([id, hash(encoder.encode(message)), item]);
    });
    const digests = await Promise.all(leaves.sort(byId).map(([, digesting]) => digesting));
    let level = digests;
    while (level.length > 1) {
      const parents = [];
      for (let at = 0; at < level.length; at += 2) {
        const last = at + 1 === level.length;
        parents.push(last ? level[at] : hash(writeNode(new Uint8Array(65), level[at], level[at + 1])));
      }
      level = await Promise.all(parents);
    }
    const root = level[0] ?? (await hash(new Uint8Array()));
    const found = hex(await hash(encoder.encode(manifestOf(canonical, pack, leaves.length, root))));
    return outcome(found, leaves, digests, ctx, make);
  };
}

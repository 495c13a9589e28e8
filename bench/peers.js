// What a good engineer would put together instead: zod for the shapes, a canonicalizer from npm, Node's own SHA-256.
//
// It makes the same hash for good packs. It does not do what else we do: refuse what is no JSON (`NaN` is dropped or
// becomes `null`), unpaired surrogates, depth; read everything once; freeze; seal.

import { hash } from 'node:crypto';
import { canonify } from '@truestamp/canonify';
import canonicalize from 'canonicalize';
import { configure } from 'safe-stable-stringify';
import { z } from 'zod';

const safeStableStringify = configure({ deterministic: true, strict: true });

export const canonicalizers = {
  canonicalize,
  '@truestamp/canonify': canonify,
  'safe-stable-stringify': safeStableStringify,
};

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

const sha256 = (message) => hash('sha256', message, 'buffer');
const LEAF = '\0';
const NODE = Buffer.from([1]);

function rootOf(leaves) {
  if (leaves.length === 0) return sha256('');
  let level = leaves;
  while (level.length > 1) {
    const parents = [];
    for (let at = 0; at < level.length; at += 2) {
      parents.push(at + 1 < level.length ? sha256(Buffer.concat([NODE, level[at], level[at + 1]])) : level[at]);
    }
    level = parents;
  }
  return level[0];
}

/** The hash of a snapshot, made with that canonicalizer. */
export function peerHash(canonical, { input, ctx }) {
  Input.parse(input);
  const pack = Pack.parse(ctx.pack);
  const leaves = [];
  const seen = new Set();
  for (const candidate of ctx.items) {
    const item = Item.parse(candidate);
    if (seen.has(item.itemId)) throw new Error(`duplicate ${item.itemId}`);
    seen.add(item.itemId);
    leaves.push([item.itemId, sha256(LEAF + canonical(item))]);
  }
  leaves.sort(([left], [right]) => (left < right ? -1 : 1));
  const itemsRoot = `sha256:${rootOf(leaves.map(([, digest]) => digest)).toString('hex')}`;
  const manifest = { format: 'context.pack.snapshot/v1', itemCount: leaves.length, itemsRoot, pack };
  return `sha256:${sha256(canonical(manifest)).toString('hex')}`;
}

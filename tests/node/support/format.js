// A second implementation of the format, from docs/FORMAT.md.
//
// Why: vectors only cover what somebody thought of. With a second implementation, tests can generate any pack.
//
// How: as literally as possible, on node:crypto and a canonicalizer by other authors. It only handles valid values.

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

export function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export const toDigest = (bytes) => `sha256:${bytes.toString('hex')}`;

const byUnits = (left, right) => (left < right ? -1 : Number(left > right));

function pick(object, names) {
  const picked = {};
  for (const name of names) if (object[name] !== undefined && object[name] !== null) picked[name] = object[name];
  return picked;
}

const ITEM = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata'];
const PACK = ['packKey', 'version', 'title', 'description', 'owners', 'tags', 'sources'];
const SOURCE = ['kind', 'key', 'version', 'required', 'description'];
const SCOPES = ['tenantId', 'organizationId', 'workspaceId'];

/** Section 1.1. */
export const canonicalItem = (item) => canonicalize(pick(item, ITEM));

/** Section 1.2. */
export const leaf = (json) => sha256(Buffer.of(0), json);

/** Section 2.2, level by level. */
export function root(leaves) {
  if (leaves.length === 0) return sha256('');
  let level = leaves;
  while (level.length > 1) {
    const next = [];
    for (let at = 0; at < level.length; at += 2) {
      next.push(at + 1 < level.length ? sha256(Buffer.of(1), level[at], level[at + 1]) : level[at]);
    }
    level = next;
  }
  return level[0];
}

/** Makes the UUID version 8 of a document's hash (section 5.2). */
export function uuid8(document) {
  const bytes = sha256(canonicalize(document)).subarray(0, 16);
  bytes[6] = (bytes[6] % 16) + 0x80;
  bytes[8] = (bytes[8] % 64) + 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Section 5.2. */
export function idForKey({ idemKey, packKey, packVersion, ...scopes }) {
  const key = { idemKey, packKey, packVersion };
  for (const scope of SCOPES) key[scope] = scopes[scope] ?? null;
  return uuid8(key);
}

/** Section 5.3. */
export const eventIdFor = (snapshotId) => uuid8({ event: 'context.snapshot.created', snapshotId });

/** Sections 1 to 5. `now` is a string as written by toISOString; there must be a snapshotId or an idemKey. */
export function snapshotOf(input, ctx) {
  const items = [...ctx.items].sort((left, right) => byUnits(left.itemId, right.itemId));
  const canonicalItems = items.map(canonicalItem);
  const leaves = canonicalItems.map(leaf);
  const pack = pick(ctx.pack, PACK);
  if (pack.sources !== undefined) pack.sources = pack.sources.map((source) => pick(source, SOURCE));
  const manifest = {
    format: 'context.pack.snapshot/v1',
    itemCount: items.length,
    itemsRoot: toDigest(root(leaves)),
    pack,
  };
  const canonicalManifest = canonicalize(manifest);
  const hash = toDigest(sha256(canonicalManifest));
  const snapshotId = ctx.snapshotId ?? idForKey({ ...ctx, packKey: pack.packKey, packVersion: pack.version });
  const userId = ctx.userId || undefined;
  const $snapshot = {
    manifest,
    actor: ctx.actor,
    grant: ctx.actor === 'admin' ? 'actor' : 'role',
    ...pick({ userId }, ['userId']),
    ...pick(input, ['reason', 'requestedBy']),
    ...pick(ctx, ['traceId', 'idemKey', ...SCOPES, 'channel', 'parent']),
  };
  const createdBy = userId ?? input.requestedBy;
  const record = {
    snapshotId,
    packKey: pack.packKey,
    packVersion: pack.version,
    hash,
    itemCount: items.length,
    createdAt: ctx.now,
    ...pick({ createdBy }, ['createdBy']),
    metadata: { ...input.metadata, $snapshot },
  };
  $snapshot.seal = toDigest(sha256(canonicalize(record)));
  return {
    canonicalItems,
    canonicalManifest,
    hash,
    index: items.map(({ itemId }, position) => ({ itemId, digest: toDigest(leaves[position]) })),
    record,
    eventId: eventIdFor(snapshotId),
    itemTimes: items.map((item) => item.createdAt ?? ctx.now),
  };
}

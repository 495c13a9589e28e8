// A valid snapshot with every optional member, its parts, and functions that change them.

import canonicalize from 'canonicalize';
import {
  canonicalItem,
  eventIdFor,
  leaf,
  root,
  sha256,
  snapshotOf,
  toDigest,
} from '../../../tests/node/support/format.js';
import { without } from '../parts.js';

export const digestOf = (text) => toDigest(sha256(text));
export const hashOf = (value) => digestOf(canonicalize(value));
/** A digest that matches nothing here. */
export const OTHER = digestOf('other');
export const OURS = 'record.metadata.$snapshot';
export const MANIFEST = `${OURS}.manifest`;

const input = {
  ...{ packKey: 'shop.docs', reason: 'nightly run', requestedBy: 'scheduler' },
  metadata: {
    ...{ run: 7, env: 'prod', $: 'before', $z: 'behind' },
    zone: { list: [1, null, { b: true }], empty: {}, none: [], rate: 0.5 },
  },
};
const pack = {
  ...{ packKey: 'shop.docs', version: '2026.3', title: 'Shop docs', description: "What the shop's agents read" },
  ...{ owners: ['team.shop', 'team.web'], tags: ['web', 'api'] },
  sources: [
    { kind: 'contract', key: 'contracts.api', version: '2', required: true, description: 'The API' },
    { kind: 'docblock', key: 'docs.about' },
  ],
};
/** Ids whose order by characters differs from their order by UTF-16 units. */
const items = [
  { itemId: '\ue000', kind: 'docblock', sourceKey: 'docs.about', content: '' },
  {
    ...{ itemId: '\u{10000}', kind: 'docblock', sourceKey: 'docs.about', content: 'Closed on 1/11.' },
    createdAt: '2026-02-28T00:00:00.000Z',
  },
  {
    ...{ itemId: 'API', kind: 'contract', sourceKey: 'contracts.api', sourceVersion: '2', textContent: 'GET /prices' },
    content: { paths: ['/prices', { get: null }], limit: 10, on: true },
    metadata: { checked: true, by: { name: 'x' } },
  },
  { itemId: 'pricing', kind: 'data-view', sourceKey: 'views.pricing', content: { step: 0.000001, cap: 1e21 } },
];
const ctx = {
  ...{ actor: 'user', roles: ['editor', 'admin'], userId: 'u-42', tenantId: 'acme', organizationId: 'acme-eu' },
  ...{ workspaceId: 'docs', channel: 'cron', traceId: 'tr-1', idemKey: 'nightly-2026-03-01' },
  ...{ now: '2026-03-01T09:15:30.123Z', snapshotId: 's-1', parent: digestOf('the one before') },
  ...{ pack, items },
};
const { record, index, canonicalItems, itemTimes } = snapshotOf(input, ctx);

/** Record and items, as a store returns them. */
export const PARTS = {
  record,
  items: canonicalItems.map((json, at) => ({
    ...JSON.parse(json),
    snapshotId: record.snapshotId,
    createdAt: itemTimes[at],
  })),
};
/** All parts, including the optional ones. */
export const ALL = {
  ...PARTS,
  ...{ pack, index, expect: { hash: record.hash, seal: record.metadata.$snapshot.seal } },
};
const payload = {
  ...{ snapshotId: 's-1', packKey: 'shop.docs', packVersion: '2026.3' },
  ...{ hash: record.hash, itemCount: 4, createdAt: '2026-03-01T09:15:30.123Z' },
};
export const WITH_EVENT = {
  ...ALL,
  event: {
    ...{ id: eventIdFor('s-1'), key: 'context.snapshot.created', version: '1.0.0' },
    ...{ occurredAt: '2026-03-01T09:15:30.123Z', traceId: 'tr-1', payload },
  },
};
export const WHOLE = { ...WITH_EVENT, manifest: record.metadata.$snapshot.manifest, output: payload };

// Changes.

/** Finds the object that holds a member; returns it, and the member's name. */
function place(parts, path) {
  const names = path.split('.');
  const last = names.pop();
  return [names.reduce((object, name) => object[name], parts), last];
}

/** Recomputes the seal of a record. */
export function sealOf({ record: stored }) {
  const { metadata, ...rest } = stored.createdBy === null ? without(stored, 'createdBy') : stored;
  return hashOf({ ...rest, metadata: { ...metadata, $snapshot: without(metadata.$snapshot, 'seal') } });
}

/** Computes ids and digests of the items, sorted. */
export const indexOf = ({ items: list }) =>
  list
    .map((item) => ({ itemId: item.itemId, digest: toDigest(leaf(canonicalItem(item))) }))
    .sort((left, right) => (left.itemId < right.itemId ? -1 : 1));
export const rootOf = (entries) => toDigest(root(entries.map(({ digest }) => Buffer.from(digest.slice(7), 'hex'))));

const AGAIN = {
  seal(parts) {
    parts.record.metadata.$snapshot.seal = sealOf(parts);
  },
  hash(parts) {
    parts.record.hash = hashOf(parts.record.metadata.$snapshot.manifest);
    AGAIN.seal(parts);
  },
  count(parts) {
    const itemCount = parts.items.length;
    parts.record.itemCount = itemCount;
    Object.assign(parts.record.metadata.$snapshot.manifest, { itemCount, itemsRoot: rootOf(indexOf(parts)) });
    AGAIN.hash(parts);
  },
};

/**
 * Copies parts and changes the copy: `set` maps paths to values, `remove` lists paths, `edit` is a function for other changes.
 * At the end, `again` recomputes the `seal`; or the `hash` as well; or the `count` and the root, too.
 */
export function changed(parts, { set = {}, remove = [], edit, again } = {}) {
  // Not structuredClone, which would keep the pack in the record and the pack beside it identical.
  const copy = JSON.parse(JSON.stringify(parts));
  for (const [path, value] of Object.entries(set)) {
    const [object, name] = place(copy, path);
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  for (const path of remove) {
    const [object, name] = place(copy, path);
    delete object[name];
  }
  edit?.(copy);
  if (again) AGAIN[again](copy);
  return copy;
}

/** Makes a case from its name, the original parts, the changes, and the issues by hand. */
export const row = (name, from, change, issues = []) => ({ name, parts: changed(from, change), issues });
/** Writes a value as messages do. */
export const quoted = (value) => (value === undefined ? 'nothing' : canonicalize(value));

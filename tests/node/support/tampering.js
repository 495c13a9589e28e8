// Input for verifiers: a snapshot, every possible change of it, and proofs.
//
// Why: a verifier that accepts valid snapshots has proved nothing yet. So changes are generated, not chosen: every byte and every member.
// For each, this file computes without the verifier whether it must be noticed.
//
// How: everything is made by support/format.js, the second implementation. A change is exempt if FORMAT section 11 gives the parts the same
// meaning as before; `meaning` returns that meaning as canonical text.

import canonicalize from 'canonicalize';
import { canonicalItem, leaf, root, sha256, snapshotOf, toDigest } from './format.js';

export const clone = (value) => JSON.parse(JSON.stringify(value));

/** Makes it once, and parses it anew for each caller, who changes it: that is many times faster. */
function once(make) {
  let text;
  return () => {
    text ??= JSON.stringify(make());
    return JSON.parse(text);
  };
}

/** Returns a new snapshot with every optional member. */
export const example = once(() => {
  const input = { reason: 'r', requestedBy: 'q', metadata: { a: { b: [1, 'é'] }, n: null } };
  const pack = {
    packKey: 'shop.docs',
    version: '2',
    title: 'Shop «docs»',
    description: 'd',
    owners: ['o', 'p'],
    tags: ['t'],
    sources: [
      { kind: 'docblock', key: 'docs/a', version: '1', required: true, description: 'd' },
      { kind: 'schema', key: 'db/b', required: true },
      { kind: 'schema', key: 'db/c' },
    ],
  };
  const items = [
    {
      itemId: 'i1',
      kind: 'docblock',
      sourceKey: 'docs/a',
      sourceVersion: '1',
      content: { x: [1, { y: true }], s: 'é' },
      textContent: 't',
      metadata: { m: null, k: [0.5] },
    },
    { itemId: 'i2', kind: 'schema', sourceKey: 'db/b', content: 'text' },
    { itemId: 'i3', kind: 'knowledge', sourceKey: 'wiki', content: {} },
  ];
  const ctx = {
    ...{ actor: 'user', userId: 'u', tenantId: 'n', organizationId: 'o', workspaceId: 'w', channel: 'c', traceId: 't' },
    ...{ idemKey: 'k', parent: toDigest(sha256('p')), now: '2027-06-15T08:30:00.250Z', snapshotId: 's-1', pack, items },
  };
  const { record, index, hash } = snapshotOf(input, ctx);
  const { seal } = record.metadata.$snapshot;
  return { record, items, index, pack, expect: { hash, seal } };
});

/** Returns a new snapshot of few bytes, for changes of each byte. */
export const small = once(() => {
  const pack = { packKey: 'p', version: '', title: 'é' };
  const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: { c: [1, 'é'] }, metadata: { m: -0.5 } }];
  const ctx = { actor: 'admin', userId: 'u', now: '2027-06-15T08:30:00.250Z', snapshotId: 's', pack, items };
  const { record } = snapshotOf({ metadata: { a: [true, 1e21] } }, ctx);
  return { record, items };
});

/** Makes a chain of records. */
export function chain(length) {
  const records = [];
  for (let at = 0; at < length; at++) {
    const parent = records.at(-1)?.metadata.$snapshot.seal;
    const pack = { packKey: `p${at % 2}`, version: `${at}`, title: 't' };
    const ctx = { actor: 'admin', now: '2027-06-15T08:30:00.250Z', snapshotId: `s${at}`, pack, items: [], parent };
    records.push(clone(snapshotOf({}, ctx).record));
  }
  return records;
}

// Meanings.

const present = (object, names, nullable = []) =>
  Object.fromEntries(
    names
      .filter((name) => object?.[name] !== undefined && !(object[name] === null && nullable.includes(name)))
      .map((name) => [name, object[name]]),
  );
const RECORD = ['snapshotId', 'packKey', 'packVersion', 'hash', 'itemCount', 'createdAt', 'createdBy', 'metadata'];
const ITEM = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata'];
const PACK = ['packKey', 'version', 'title', 'description', 'owners', 'tags', 'sources'];
const SOURCE = ['kind', 'key', 'version', 'required', 'description'];
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\.\d+(?:[zZ]|[+-]\d\d(?::\d\d)?)$/;

function instant(text) {
  if (typeof text !== 'string' || !TIME.test(text)) return text;
  const date = new Date(`${text.slice(0, 10)}T${text.slice(11).toUpperCase()}`.replace(/([+-]\d\d)$/, '$1:00'));
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
}

const MEANINGS = {
  record: (record) => {
    const same = present(record, RECORD, ['createdBy']);
    return { ...same, createdAt: instant(same.createdAt) };
  },
  items: (items) => items.map((item) => present(item, ITEM, ['sourceVersion', 'textContent', 'metadata'])),
  index: (index) => index.map((entry) => present(entry, ['itemId', 'digest'])),
  pack: (pack) => {
    const same = present(pack, PACK, ['description', 'owners', 'tags', 'sources']);
    if (!Array.isArray(same.sources)) return same;
    const isSource = (source) => typeof source === 'object' && source !== null && !Array.isArray(source);
    const meant = (source) =>
      isSource(source) ? present(source, SOURCE, ['version', 'required', 'description']) : source;
    return { ...same, sources: same.sources.map(meant) };
  },
};
/** Returns the meaning of a part as text: parts with the same meaning must get the same verdict. */
export function meaning(name, part) {
  const isRight = name === 'record' || name === 'pack' ? !Array.isArray(part) : Array.isArray(part);
  return canonicalize(typeof part === 'object' && part !== null && isRight ? MEANINGS[name](part) : [part]);
}

// Changes.

const decoder = new TextDecoder('utf-8', { fatal: true });
/** Yields every value that JSON text parses to after one byte was replaced. */
export function* bytes(value) {
  const text = Buffer.from(canonicalize(value));
  for (let at = 0; at < text.length; at++) {
    const own = text[at];
    for (let byte = 0; byte < 256; byte++) {
      if (byte === own) continue;
      text[at] = byte;
      let changed;
      try {
        changed = JSON.parse(decoder.decode(text));
        // A changed number may be too large for a binary64.
        canonicalize(changed);
      } catch {
        continue;
      }
      yield { what: `byte ${at}: ${byte}`, value: changed };
    }
    text[at] = own;
  }
}

const OTHERS = [null, true, false, 0, 1, '', 'other', [], {}, [null], { a: 1 }];
/** Returns values that differ from one: of other types, and of its own. */
function* differing(value) {
  yield* OTHERS;
  if (typeof value === 'string') yield* [`${value}x`, value.slice(1), value.toUpperCase(), ` ${value}`];
  if (typeof value === 'number') yield* [value + 1, -value, value / 3, `${value}`];
  if (Array.isArray(value)) yield* [[...value, 'x'], value.slice(1), value.toReversed(), [value]];
}

/** Yields a value with one member removed, renamed, changed or added, at every depth. */
export function* members(value, path = '') {
  if (typeof value !== 'object' || value === null) return;
  const isArray = Array.isArray(value);
  const entries = Object.entries(value);
  const make = (pairs) => (isArray ? pairs.map(([, member]) => member) : Object.fromEntries(pairs));
  for (const [at, [name, member]] of entries.entries()) {
    const place = `${path}.${name}`;
    const replaced = (...pairs) => make(entries.toSpliced(at, 1, ...pairs));
    yield { what: `${place} deleted`, value: replaced() };
    if (!isArray) yield { what: `${place} renamed`, value: replaced([`${name}x`, member]) };
    for (const other of differing(member)) {
      if (canonicalize(other) === canonicalize(member)) continue;
      yield { what: `${place} changed to ${JSON.stringify(other)}`, value: replaced([name, other]) };
    }
    for (const { what, value: inner } of members(member, place)) yield { what, value: replaced([name, inner]) };
  }
  for (const more of ['colour', '__proto__', 'toString', '$snapshot', 'seal']) {
    if (isArray || Object.hasOwn(value, more)) continue;
    const { ...added } = value;
    Object.defineProperty(added, more, { value: 'red', enumerable: true, configurable: true, writable: true });
    yield { what: `${path}.${more} added`, value: added };
  }
}

// Proofs.

/** Computes the path literally by RFC 9162 section 2.1.3.1. */
export function path(m, leaves) {
  const n = leaves.length;
  if (n === 1) return [];
  let k = 1;
  while (2 * k < n) k *= 2;
  return m < k
    ? [...path(m, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** Makes the items, leaves, manifest and hash of a snapshot of a number of items. */
function tree(count) {
  const pad = String(count).length;
  const items = Array.from({ length: count }, (_, at) => ({
    ...{ itemId: `i${String(at).padStart(pad, '0')}`, kind: 'k', sourceKey: 's', content: { at } },
  }));
  const leaves = items.map((item) => leaf(canonicalItem(item)));
  const pack = { packKey: 'p', version: '1', title: 't' };
  const manifest = { format: 'context.pack.snapshot/v1', itemCount: count, itemsRoot: toDigest(root(leaves)), pack };
  const hash = toDigest(sha256(canonicalize(manifest)));
  return { items, leaves, manifest, hash };
}

function proofOf({ items, leaves, manifest, hash }, leafIndex) {
  const digests = path(leafIndex, leaves).map(toDigest);
  return { itemId: items[leafIndex].itemId, leafIndex, path: digests, manifest: clone(manifest), hash };
}

/** Makes proofs for a number of items: `{ item, proof, hash }`. */
export function proofs(count, which = [...Array(count).keys()]) {
  const made = tree(count);
  return which.map((leafIndex) => ({
    item: made.items[leafIndex],
    hash: made.hash,
    proof: proofOf(made, leafIndex),
  }));
}

/** Makes a proof of absence for each place between a number of items, without and with the items of the neighbours: `{ itemId, proof, hash }`. */
export function absences(count) {
  const made = tree(count);
  const neighbour = (at, hasItem) => ({
    ...proofOf(made, at),
    digest: toDigest(made.leaves[at]),
    ...(hasItem && { item: made.items[at] }),
  });
  return Array.from({ length: 2 * (count + 1) }, (_, number) => {
    const place = number >> 1;
    const hasItem = number % 2 === 1;
    const itemId = place === 0 ? 'i' : `${made.items[place - 1].itemId}+`;
    const proof = {
      itemId,
      ...(place > 0 && { before: neighbour(place - 1, hasItem) }),
      ...(place < count && { after: neighbour(place, hasItem) }),
      ...(count === 0 && { manifest: clone(made.manifest) }),
    };
    return { itemId, proof, hash: made.hash };
  });
}

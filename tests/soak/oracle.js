// Decides whether a mutant may be valid, without using any verifier.
//
// How: computes everything again by docs/FORMAT.md section 11, with node:crypto and a canonicalizer by other authors. It is asked only if a
// verifier answered "valid", so for everything else it may throw or return false.

import canonicalize from 'canonicalize';
import { canonicalItem, eventIdFor, leaf, root, sha256, toDigest } from '../node/support/format.js';
import { meaning } from '../node/support/tampering.js';

const RECORD = ['snapshotId', 'packKey', 'packVersion', 'hash', 'itemCount', 'createdAt', 'createdBy', 'metadata'];
const OURS = [
  ...['manifest', 'seal', 'actor', 'grant', 'userId', 'reason', 'requestedBy', 'traceId', 'idemKey', 'tenantId'],
  ...['organizationId', 'workspaceId', 'channel', 'parent'],
];
const PACK = ['packKey', 'version', 'title', 'description', 'owners', 'tags', 'sources'];
const EVENT = ['id', 'key', 'version', 'occurredAt', 'traceId', 'payload'];
const PAYLOAD = ['snapshotId', 'packKey', 'packVersion', 'hash', 'itemCount', 'createdAt'];
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([zZ]|[+-]\d\d(:\d\d)?)$/;

const isText = (value) => typeof value === 'string' && value !== '' && value.isWellFormed();
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const only = (object, names) =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name]]));
const size = (value) => Buffer.byteLength(canonicalize(value));
function levels(value) {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce((most, inner) => Math.max(most, levels(inner)), 0);
}
function instant(text) {
  if (!TIME.test(text)) throw new Error('no time');
  return new Date(`${text.slice(0, 10)}T${text.slice(11).toUpperCase()}`.replace(/([+-]\d\d)$/, '$1:00')).toISOString();
}
function all(...facts) {
  return facts.every((fact) => fact === true);
}
const hashOf = (value) => toDigest(sha256(canonicalize(value)));

/** Computes the seal of a record that may be valid; otherwise undefined. */
function sealOf(record, limits) {
  const same = only(record, RECORD);
  if (same.createdBy === null) delete same.createdBy;
  same.createdAt = instant(same.createdAt);
  const ours = only(same.metadata, ['$snapshot']).$snapshot;
  const { seal, ...unsealed } = ours;
  const { manifest, actor, grant, userId, requestedBy } = ours;
  const { pack } = manifest;
  const creator = userId ?? requestedBy;
  const computed = hashOf({ ...same, metadata: { ...same.metadata, $snapshot: unsealed } });
  const isRight = all(
    isText(same.snapshotId) && !same.snapshotId.includes(':'),
    isText(pack.packKey) && typeof pack.version === 'string' && typeof pack.title === 'string',
    Object.keys(ours).every((name) => OURS.includes(name)),
    Object.keys(manifest).sort().join() === 'format,itemCount,itemsRoot,pack',
    Object.keys(pack).every((name) => PACK.includes(name)),
    manifest.format === 'context.pack.snapshot/v1',
    same.hash === hashOf(manifest),
    same.packKey === pack.packKey && same.packVersion === pack.version && same.itemCount === manifest.itemCount,
    same.createdBy === creator,
    (actor === 'admin' && grant === 'actor') || (actor === 'user' && grant === 'role'),
    seal === computed,
    size(same) <= limits.documentBytes,
    levels(same.metadata) <= limits.levels,
  );
  return isRight ? computed : undefined;
}

const LIMITS = { documentBytes: 2 ** 28, levels: 1000, items: 2 ** 53, totalBytes: 2 ** 53 };

function snapshot(parts, isStrict) {
  const { record, items, index, pack, expect, rowIds, event, manifest, output } = parts;
  const limits = { ...LIMITS, ...(isStrict && parts.limits) };
  const seal = sealOf(record, limits);
  if (seal === undefined) return false;
  const ours = record.metadata.$snapshot;
  const prefix = `${record.snapshotId}:`;
  const leaves = items.map((item) => {
    const itemId = rowIds === true ? item.itemId.slice(prefix.length) : item.itemId;
    if (rowIds === true && !item.itemId.startsWith(prefix)) throw new Error('no row id');
    if (![itemId, item.kind, item.sourceKey].every(isText)) throw new Error('no item');
    if (typeof item.content !== 'string' && !isObject(item.content)) throw new Error('no item');
    const json = canonicalItem({ ...item, itemId });
    const length = Buffer.byteLength(json);
    if (length > limits.documentBytes || levels(item.content) >= limits.levels) throw new Error('too big');
    return { itemId, item, length, digest: toDigest(leaf(json)), bytes: leaf(json) };
  });
  leaves.sort((left, right) => (left.itemId < right.itemId ? -1 : Number(left.itemId > right.itemId)));
  const inOrder = leaves.map(({ itemId, digest }) => [itemId, digest]);
  const time = instant(record.createdAt);
  const same = { ...record, createdAt: time };
  const isOutput = (given) => canonicalize(only(given, PAYLOAD)) === canonicalize(only(same, PAYLOAD));
  return all(
    new Set(leaves.map(({ itemId }) => itemId)).size === leaves.length,
    leaves.length === ours.manifest.itemCount && leaves.length <= limits.items,
    leaves.reduce((sum, { length }) => sum + length, 0) <= limits.totalBytes,
    ours.manifest.itemsRoot === toDigest(root(leaves.map(({ bytes }) => bytes))),
    (ours.manifest.pack.sources ?? []).every(
      ({ kind, key, version, required }) =>
        required !== true ||
        leaves.some(
          ({ item }) =>
            item.kind === kind && item.sourceKey === key && (version === undefined || item.sourceVersion === version),
        ),
    ),
    pack === undefined || pack === null || meaning('pack', pack) === meaning('pack', ours.manifest.pack),
    pack === undefined || pack === null || Buffer.byteLength(meaning('pack', pack)) <= limits.documentBytes,
    index === undefined || canonicalize(index.map(({ itemId, digest }) => [itemId, digest])) === canonicalize(inOrder),
    index === undefined || index.every((entry) => size(only(entry, ['itemId', 'digest'])) <= limits.documentBytes),
    expect === undefined || (isObject(expect) && (expect.hash === undefined || expect.hash === record.hash)),
    expect === undefined || expect.seal === undefined || expect.seal === seal,
    !isStrict || expect === undefined || Object.keys(expect).length > 0,
    !isStrict || event === undefined || event.traceId === null || event.traceId === ours.traceId,
    !isStrict ||
      event === undefined ||
      all(
        event.id === eventIdFor(record.snapshotId),
        event.key === 'context.snapshot.created' && event.version === '1.0.0',
        instant(event.occurredAt) === time,
        isOutput({ ...event.payload, createdAt: instant(event.payload.createdAt) }),
        size({ ...only(event, EVENT), payload: only(event.payload, PAYLOAD) }) <= limits.documentBytes ||
          event.traceId === null,
      ),
    !isStrict || manifest === undefined || canonicalize(manifest) === canonicalize(ours.manifest),
    !isStrict || manifest === undefined || size(manifest) <= limits.documentBytes,
    !isStrict || output === undefined || isOutput({ ...output, createdAt: instant(output.createdAt) }),
  );
}

function chain({ records, options }, isStrict) {
  const seals = records.map((record) => sealOf(record, LIMITS));
  return all(
    !isStrict || (records.length > 0 && records.length === new Set(seals).size),
    options === undefined || options.expect.seal === seals.at(-1),
    seals.every((seal) => seal !== undefined),
    records.every((record, at) => at === 0 || record.metadata.$snapshot.parent === seals[at - 1]),
  );
}

/** Applies `PATH` of RFC 9162 section 2.1.3.1 backwards. */
function lead(digest, index, count, path) {
  if (path.length === 0) return index === 0 && count === 1 ? digest : undefined;
  if (index >= count || count === 1) return undefined;
  let middle = 1;
  while (2 * middle < count) middle *= 2;
  const other = Buffer.from(path.at(-1).slice(7), 'hex');
  const isLeft = index < middle;
  const inside = lead(digest, isLeft ? index : index - middle, isLeft ? middle : count - middle, path.slice(0, -1));
  return inside && (isLeft ? sha256(Buffer.of(1), inside, other) : sha256(Buffer.of(1), other, inside));
}

function proof({ item, proof: given, hash }) {
  const { manifest } = given;
  const found = lead(leaf(canonicalItem(item)), given.leafIndex, manifest.itemCount, given.path);
  return all(
    hash === hashOf(manifest) && given.hash === hash,
    given.itemId === item.itemId && [item.itemId, item.kind, item.sourceKey].every(isText),
    found !== undefined && manifest.itemsRoot === toDigest(found),
  );
}

/** Computes a proof of absence again (FORMAT 6.1). */
function absence({ itemId, proof: given, hash }) {
  const { before, after, manifest } = given;
  const shows = (side, order) =>
    side === undefined ||
    all(
      isText(side.itemId) && order(side.itemId) && side.hash === hash && hashOf(side.manifest) === hash,
      toDigest(lead(Buffer.from(side.digest.slice(7), 'hex'), side.leafIndex, side.manifest.itemCount, side.path)) ===
        side.manifest.itemsRoot,
      !Object.hasOwn(side, 'item') ||
        (side.item.itemId === side.itemId && toDigest(leaf(canonicalItem(side.item))) === side.digest),
    );
  const size = before?.manifest.itemCount ?? 0;
  return all(
    isText(itemId) && given.itemId === itemId,
    shows(before, (id) => id < itemId) && shows(after, (id) => id > itemId),
    (before === undefined ? 0 : before.leafIndex + 1) === (after === undefined ? size : after.leafIndex),
    before !== undefined ||
      after !== undefined ||
      (hashOf(manifest) === hash && manifest.itemCount === 0 && manifest.itemsRoot === toDigest(root([]))),
  );
}

/** Returns true if the answer "valid" may be right. With `isStrict`, limits and events count, and unknown members are refused. */
export function mayBeValid(question, isStrict) {
  try {
    if (question.parts !== undefined) return snapshot(question.parts, isStrict);
    if (question.absence !== undefined) return absence(question.absence);
    return question.records === undefined ? proof(question) : chain(question, isStrict);
  } catch {
    return false;
  }
}

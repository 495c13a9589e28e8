// From what WebAssembly made to plain, frozen JavaScript values.
//
// Why from text: everything that a snapshot holds is derived from its canonical JSON or (`items.js`) from what that was
// written from, so that what is returned is what was hashed, and shares no object with what was passed in. Nothing here has
// to be freed.

import { deepFreeze, frozen } from './freeze.js';
import { buildIndex } from './known-indexes.js';
import { append, freeze, put, uncurried } from './language.js';

const { create, defineProperty, hasOwn } = Object;
const { parse } = JSON;
const DateOf = Date;
const isoOf = uncurried(Date.prototype.toISOString);

/**
 * Adds a member that is made on first read: most callers store a record and items, or look at a hash, and no more. What `make`
 * refers to should be little: V8 keeps it until it collects its old objects, however young the snapshot dies.
 *
 * The getter asks no object for what it makes, neither the one that it is read of nor one with a private field: it works on
 * copies that keep accessors (state libraries, `Object.defineProperties`), and engines that put no private field onto a frozen
 * object have nothing to refuse.
 */
function addLazily(object, name, make) {
  let made;
  const descriptor = create(null);
  descriptor.enumerable = true;
  descriptor.get = () => {
    made ??= make();
    return made;
  };
  defineProperty(object, name, descriptor);
}

/** What the operation returns, and the payload of its event. */
// F5.3-3
function outcomeOf({ snapshotId, packKey, packVersion, hash, itemCount, createdAt }) {
  return freeze({ snapshotId, packKey, packVersion, hash, itemCount, createdAt: freeze(new DateOf(createdAt)) });
}

/**
 * @param ids JSON text of the itemIds, in the order of the tree, as all that follows
 * @param digests 32 bytes an item
 * @param read the items as they were read; undefined where the snapshot is without items
 * @param places two numbers an item: its number among them, and its own time, NaN where it has the snapshot's
 */
export function buildSnapshot(record, eventId, ids, digests, read, places) {
  const stored = frozen(record);
  const { snapshotId, itemCount, createdAt } = stored;
  const { $snapshot } = stored.metadata;
  const { manifest } = $snapshot;
  const { itemsRoot } = manifest;
  const snapshot = {
    output: outcomeOf(stored),
    event: freeze({
      id: eventId,
      key: 'context.snapshot.created',
      version: '1.0.0',
      occurredAt: createdAt,
      ...(hasOwn($snapshot, 'traceId') && { traceId: $snapshot.traceId }),
      payload: outcomeOf(stored),
    }),
    record: stored,
    manifest,
  };
  addLazily(snapshot, 'index', () => buildIndex(parse(ids), digests, itemsRoot));
  if (read !== undefined) {
    addLazily(snapshot, 'items', () => {
      const items = [];
      for (let position = 0; position < itemCount; position++) {
        const item = read.at_(places[2 * position]);
        const time = places[2 * position + 1];
        put(item, 'snapshotId', snapshotId);
        put(item, 'createdAt', time - time === 0 ? isoOf(new DateOf(time)) : createdAt);
        append(items, item);
      }
      return deepFreeze(items);
    });
  }
  return freeze(snapshot);
}

/** `createdAt` only of what is added to a builder. */
export function buildItemDigest(itemId, digest, json, createdAt) {
  return freeze({ itemId, digest, json, ...(createdAt !== undefined && { createdAt }) });
}

/** @param length number of records, of a chain */
export function buildVerification(valid, issues, anchor, length) {
  return freeze({ valid, issues: frozen(issues), anchor, ...(length !== undefined && { length }) });
}

export function buildProof(itemId, leafIndex, path, manifest, hash) {
  return freeze({ itemId, leafIndex, path: freeze(path), manifest: frozen(manifest), hash });
}

/**
 * What differs between two indexes, in one walk through both.
 *
 * @param before the ids and the digests of the first, as those of the second sorted by id
 * @param pack JSON text of the names of pack members that differ
 */
export function buildDiff(before, after, pack) {
  const added = [];
  const removed = [];
  const changed = [];
  let unchanged = 0;
  let old = 0;
  let now = 0;
  while (old < before.ids_.length || now < after.ids_.length) {
    const oldId = old < before.ids_.length ? before.ids_[old] : undefined;
    const newId = now < after.ids_.length ? after.ids_[now] : undefined;
    if (newId === undefined || oldId < newId) {
      append(removed, oldId);
      old++;
    } else if (oldId === undefined || oldId > newId) {
      append(added, newId);
      now++;
    } else {
      if (before.digests_[old] === after.digests_[now]) unchanged++;
      else append(changed, newId);
      old++;
      now++;
    }
  }
  return deepFreeze({ added, removed, changed, unchanged, pack: parse(pack) });
}

/**
 * @param manifest JSON text, undefined where there is no hash
 * @param against the ids and digests of what it is compared with, where it is
 * @param pack JSON text of the names of pack members that differ from those
 */
export function buildPreview(problems, ids, digests, kinds, manifest, hash, against, pack) {
  const stored = manifest === undefined ? undefined : frozen(manifest);
  const itemIds = parse(ids);
  const index = buildIndex(itemIds, digests, stored?.itemsRoot);
  const changes = () => {
    const digests = [];
    for (let at = 0; at < index.length; at++) append(digests, index[at].digest);
    return buildDiff(against, { ids_: itemIds, digests_: digests }, pack);
  };
  const listed = frozen(kinds);
  let bytes = 0;
  for (let at = 0; at < listed.length; at++) bytes += listed[at].bytes;
  return freeze({
    problems: frozen(problems),
    ...(stored !== undefined && { hash, manifest: stored }),
    ...(stored !== undefined && against !== undefined && { changes: changes() }),
    index,
    bytes,
    kinds: listed,
  });
}

// Builds the results: plain, frozen JavaScript values.
//
// Why from text: everything in a snapshot is derived from its canonical JSON, or from the tape that the JSON was written from
// (`items.js`). So results are what was hashed, share no object with the arguments, and need not be freed.

import { deepFreeze, frozen } from './freeze.js';
import { ItemReader } from './items.js';
import { buildIndex, digestTexts, entriesOf, siblingsOf } from './known-indexes.js';
import { append, define, freeze, ITERATOR, uncurried } from './language.js';

const { create, defineProperty, hasOwn } = Object;
const { parse } = JSON;
const DateOf = Date;
const ErrorOf = Error;
const isoOf = uncurried(Date.prototype.toISOString);

/**
 * Adds a member that is made when it is first read, because many callers read only the hash. `make` should refer to little: V8 keeps it
 * until its next collection of old objects, however short the life of the snapshot.
 *
 * The getter uses neither `this` nor private fields, so it also works in copies that keep accessors (state libraries,
 * `Object.defineProperties`), and in engines that refuse private fields on frozen objects.
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

/** Builds the output, which is also the payload of the event. */
// F5.3-3
function outcomeOf({ snapshotId, packKey, packVersion, hash, itemCount, createdAt }) {
  return freeze({ snapshotId, packKey, packVersion, hash, itemCount, createdAt: freeze(new DateOf(createdAt)) });
}

/**
 * Builds a snapshot.
 *
 * @param ids JSON text of the itemIds, in the order of the tree like all that follows
 * @param digests 32 bytes for each item, then for each node of the levels above, unless a builder has kept no tree
 * @param kept the items as they were read (`items.js`); undefined for a snapshot without items
 * @param places two numbers for each item: its number among the kept items, and its own time, or NaN if it has none
 */
export function buildSnapshot(record, eventId, ids, digests, kept, places) {
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
  addLazily(snapshot, 'index', () => {
    // Without levels above the items, the first proof computes them: a builder keeps none of very many items.
    const tree = digests[32 * itemCount] >= 0 ? digests : undefined;
    return buildIndex(parse(ids), digestTexts(digests, 0, itemCount), itemsRoot, tree);
  });
  if (kept !== undefined) {
    addLazily(snapshot, 'items', () => {
      const reader = new ItemReader(kept);
      const items = [];
      for (let position = 0; position < itemCount; position++) {
        const time = places[2 * position + 1];
        const own = time - time === 0 ? isoOf(new DateOf(time)) : createdAt;
        append(items, reader.item_(places[2 * position], snapshotId, own));
      }
      return freeze(items);
    });
  }
  // Not enumerable, so that `structuredClone` copies a snapshot.
  const itemsJson = freeze(() => {
    if (kept === undefined) throw new ErrorOf('A builder does not keep items: use the json that add returned');
    return iterateJson(parse(ids), digestTexts(digests, 0, itemCount), kept, places);
  });
  define(snapshot, 'itemsJson', itemsJson, false);
  return freeze(snapshot);
}

/** Iterates over id, digest and canonical JSON of each item. */
function iterateJson(ids, digests, kept, places) {
  const texts = kept.texts_();
  let position = 0;
  const next = () => {
    if (position === ids.length) return { done: true, value: undefined };
    const number = places[2 * position];
    const json = texts[number];
    const value = { itemId: ids[position], digest: digests[position++], ...(json !== undefined && { json }) };
    // Of a known item, it is made if it is read, because most stores have it.
    if (json === undefined) addLazily(value, 'json', () => kept.knownText_(number));
    return { done: false, value: freeze(value) };
  };
  const iterator = { next, [ITERATOR]: () => iterator };
  return iterator;
}

/** Builds the digest of an item; `createdAt` only for an item that was added to a builder. */
export function buildItemDigest(itemId, digest, json, createdAt) {
  return freeze({ itemId, digest, json, ...(createdAt !== undefined && { createdAt }) });
}

/** Builds a verification; `length` is the number of records of a chain. */
export function buildVerification(valid, issues, anchor, length) {
  return freeze({ valid, issues: frozen(issues), anchor, ...(length !== undefined && { length }) });
}

/** Builds the proof of the item at that position, or, from -1 - n, that of its absence between item n - 1 and item n. */
// F6.1-3
export function buildProof(index, itemId, position, manifest, hash) {
  const stored = frozen(manifest);
  const { ids_: ids, digests_: digests } = entriesOf(index);
  const proofOf = (at) => ({
    ...{ itemId: ids[at], leafIndex: at, path: freeze(siblingsOf(index, at)), manifest: stored, hash },
    ...(position < 0 && { digest: digests[at] }),
  });
  if (position >= 0) return freeze(proofOf(position));
  const next = -1 - position;
  return freeze({
    itemId,
    ...(next > 0 && { before: freeze(proofOf(next - 1)) }),
    ...(next < ids.length && { after: freeze(proofOf(next)) }),
    ...(ids.length === 0 && { manifest: stored }),
  });
}

/**
 * Compares two indexes in one pass over both, which are sorted by id.
 *
 * Why not by the walk in `src/audit/diff.rs`: known indexes are not read again, so their ids and digests would have to cross just for
 * this, which takes 9 to 26 times as long (docs/DESIGN.md). `tests/vectors/diffs.json` requires that both agree.
 *
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
 * Builds a preview.
 *
 * @param manifest JSON text; undefined if there is no hash
 * @param against the index that it is compared with, if any
 * @param pack JSON text of the names of pack members that differ from that one's
 */
export function buildPreview(problems, ids, digests, kinds, manifest, hash, against, pack) {
  const stored = manifest === undefined ? undefined : frozen(manifest);
  // Most callers read only the hash and the problems.
  let made;
  const listed = () => {
    if (made === undefined) {
      const itemIds = parse(ids);
      made = { ids_: itemIds, digests_: digestTexts(digests, 0, itemIds.length) };
    }
    return made;
  };
  const totals = frozen(kinds);
  let bytes = 0;
  for (let at = 0; at < totals.length; at++) bytes += totals[at].bytes;
  const preview = {
    problems: frozen(problems),
    ...(stored !== undefined && { hash, manifest: stored }),
    ...(stored !== undefined && against !== undefined && { changes: buildDiff(against, listed(), pack) }),
    bytes,
    kinds: totals,
  };
  addLazily(preview, 'index', () => buildIndex(listed().ids_, listed().digests_, stored?.itemsRoot, digests));
  return freeze(preview);
}

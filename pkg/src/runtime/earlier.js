// Results of earlier tries with the same idempotency key.
//
// Why: a retry must get the result of the first try. A record counts only if it is what this package made for that key: its hash is the
// digest of its manifest, and it names the same pack and key. A snapshot counts only if all of its items are there.

import { canonicalize, digest, isDigest, snapshotIdFor } from '@lssm-tech/lib.context-snapshot';
import { isObject, ownOf } from '#values';
import { compareVersions } from '../versions.js';
import { askList, conflict, failure } from './failures.js';
import { hasMethod } from './options.js';
import { detailsOf, itemRows, rowOf, timeOf } from './rows.js';

/** Returns the id that the core derives for an idempotency key. */
export function idOf({ request, context }, packVersion) {
  const { idemKey, tenantId, organizationId, workspaceId } = context;
  return snapshotIdFor({ idemKey, packKey: request.packKey, packVersion, tenantId, organizationId, workspaceId });
}

const isCount = (value) => typeof value === 'number' && value >= 0 && value % 1 === 0;

/** Returns the digest of a value, or undefined if it is not JSON. */
function digestOf(value) {
  try {
    return digest(value);
  } catch {
    return undefined;
  }
}

/** Returns what is wrong with a record of an earlier try, by the name of a member, or undefined. */
function damageOf(record, snapshotId, { request, context }) {
  const { details, output } = record;
  if (output.snapshotId !== snapshotId) return 'snapshotId';
  if (output.packKey !== request.packKey) return 'packKey';
  if (typeof output.packVersion !== 'string') return 'packVersion';
  if (output.createdAt === undefined) return 'createdAt';
  if (!isCount(output.itemCount)) return 'itemCount';
  if (details === undefined || ownOf(details, 'idemKey') !== context.idemKey) return 'metadata.$snapshot';
  const manifest = ownOf(details, 'manifest');
  if (!isObject(manifest) || ownOf(manifest, 'itemCount') !== output.itemCount) return 'metadata.$snapshot.manifest';
  if (!isDigest(output.hash) || digestOf(manifest) !== output.hash) return 'hash';
  return undefined;
}

/** Reads the record of a snapshot, or returns undefined. */
async function storedResult(work, snapshotId, store = work.host.store) {
  const row = await rowOf(work.call, 'store.getSnapshot', () => store.getSnapshot(snapshotId));
  if (row === undefined) return undefined;
  const output = {
    snapshotId: ownOf(row, 'snapshotId'),
    packKey: ownOf(row, 'packKey'),
    packVersion: ownOf(row, 'packVersion'),
    hash: ownOf(row, 'hash'),
    itemCount: ownOf(row, 'itemCount'),
    createdAt: timeOf(ownOf(row, 'createdAt')),
  };
  return { output, metadata: ownOf(row, 'metadata'), details: detailsOf(row) };
}

/** Throws if a record was not made for this idempotency key. */
function requireSound(work, snapshotId, record) {
  const damage = damageOf(record, snapshotId, work);
  if (damage === undefined) return;
  const detail = `Snapshot ${snapshotId} of this idempotency key is not as it was stored: ${damage}`;
  const issues = [{ path: `record.${damage}`, code: 'mismatch', message: 'Not as it was stored' }];
  throw failure(work.call, 'PRECONDITION_FAILED', detail, { issues });
}

/** Returns the metadata of the input that a record was made of, as canonical JSON. */
function inputMetadata({ metadata }) {
  const { $snapshot: _, ...others } = metadata;
  return canonicalize(others);
}

/** Returns whether a record was made of the same input. The version is part of its id. */
function isSameInput(record, request) {
  const { details } = record;
  return (
    ownOf(details, 'reason') === request.reason &&
    ownOf(details, 'requestedBy') === request.requestedBy &&
    inputMetadata(record) === canonicalize(request.metadata ?? {})
  );
}

/** Makes the error for a key that was used for another input. */
export const otherInput = (work, record) =>
  conflict(work.call, 'This idempotency key was used for another input', record.output);

/**
 * Returns whether all items of a snapshot are there: those of a broken try may not be. `saveSnapshot` breaks no try, but others may have
 * written to the same store in steps, or have left a part in tables that it took over. Its index says whether an item that is not there was
 * erased, and must not come back.
 */
export async function isWhole(work, { output }, store = work.host.store) {
  const { snapshotId, itemCount } = output;
  if (itemCount === 0) return true;
  const rows = await itemRows(work.call, store, snapshotId, { limit: 1, offset: itemCount - 1 });
  if (rows.length > 0) return true;
  if (!hasMethod(work.host.store, 'saveSnapshot')) return false;
  if (!hasMethod(store, 'snapshotIndex')) return true;
  const index = await askList(work.call, 'store.snapshotIndex', () => store.snapshotIndex(snapshotId));
  return index.length >= itemCount;
}

/** Returns the record that a try with this key and this input has stored under an id, or undefined. Throws if it is of another input. */
export async function earlierUnder(work, snapshotId, store) {
  const record = await storedResult(work, snapshotId, store);
  if (record === undefined) return undefined;
  requireSound(work, snapshotId, record);
  if (!isSameInput(record, work.request)) throw otherInput(work, record);
  return record;
}

/** Returns the record that was made first. Of two of the same millisecond, it is that of the higher version, whatever order a store lists them in. */
function firstOf(known, record) {
  if (known === undefined) return record;
  const [left, right] = [known.output, record.output];
  const isSameTime = +left.createdAt === +right.createdAt;
  const isKnown = isSameTime
    ? compareVersions(left.packVersion, right.packVersion) > 0
    : left.createdAt < right.createdAt;
  return isKnown ? known : record;
}

/** Returns the first result of this idempotency key under any of the versions, or undefined. */
export async function earlierResult(work, versions) {
  let first;
  let other;
  for (let at = 0; at < versions.length; at++) {
    const snapshotId = idOf(work, versions[at]);
    const record = await storedResult(work, snapshotId);
    if (record === undefined) continue;
    requireSound(work, snapshotId, record);
    if (isSameInput(record, work.request)) first = firstOf(first, record);
    else other = firstOf(other, record);
  }
  if (first === undefined && other !== undefined) throw otherInput(work, other);
  return first;
}

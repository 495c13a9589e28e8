// Verifies what a store has: for auditors, and as the guard before an agent's run.
//
// Why a copy: a store may hand out the object that it keeps. What is verified here is what is returned.

import { canonicalize, SnapshotVerifier, summarizeSnapshot, toStatement } from '@lssm-tech/lib.context-snapshot';
import { frozen } from '#freeze';
import { append, freeze } from '#language';
import { isAmong, ownOf } from '#values';
import { conflict, failure } from './failures.js';
import { requireSnapshots } from './options.js';
import { copyRow, itemsOf, rowOf } from './rows.js';
import { shown } from './shown.js';

const RECORD = ['snapshotId', 'packKey', 'packVersion', 'hash', 'itemCount', 'createdAt', 'createdBy'];
/** Calls of these functions belong to no operation. */
const CALL = {};

/** Copies a record. Metadata that cannot be copied is not there for the verifier, because it may be read as another the next time. */
function recordOf(row) {
  const record = copyRow(row, RECORD);
  try {
    record.metadata = frozen(canonicalize(ownOf(row, 'metadata')));
  } catch {}
  return record;
}

/** Reads the record that a store has under an id, or throws `NOT_FOUND`. */
async function storedRecord(store, snapshotId) {
  requireSnapshots(store);
  const isId = typeof snapshotId === 'string' && snapshotId !== '';
  const row = isId ? await rowOf(CALL, 'store.getSnapshot', () => store.getSnapshot(snapshotId)) : undefined;
  if (row !== undefined) return recordOf(row);
  throw failure(CALL, 'NOT_FOUND', `There is no snapshot${isId ? ` ${shown(snapshotId)}` : ': no id was given'}`);
}

/** Adds an issue to a verification, which is then not valid. */
function withIssue({ issues, anchor }, path, message) {
  const all = [{ path, code: 'mismatch', message }];
  for (let at = 0; at < issues.length; at++) append(all, issues[at]);
  return freeze({ valid: false, issues: freeze(all), anchor });
}

/** Verifies a snapshot of a store. Returns the record, and the verification. */
async function verified(store, snapshotId, trusted) {
  let record;
  let verifier;
  try {
    record = await storedRecord(store, snapshotId);
    verifier = new SnapshotVerifier({ record, ...trusted });
    for await (const item of itemsOf(CALL, store, snapshotId, record.itemCount)) verifier.add(item);
    const verification = verifier.finish();
    const found = record.snapshotId;
    if (found === snapshotId) return { record, verification };
    const message = `Mismatch: expected ${shown(snapshotId)}, found ${shown(typeof found === 'string' ? found : 'none')}`;
    return { record, verification: withIssue(verification, 'record.snapshotId', message) };
  } catch (error) {
    // A store that notices such a text does not return it.
    if (error.code !== 'PRECONDITION_FAILED') throw error;
    const path = verifier === undefined ? 'record' : 'items';
    return { record, verification: withIssue({ issues: [], anchor: 'none' }, path, 'Not as it was stored') };
  } finally {
    verifier?.free();
  }
}

/** Returns the trusted values as a part for the verifier. If an argument is there, it must name one: undefined does not. */
function trustedOf(name, more) {
  if (more.length > 1) throw new TypeError(`${name} takes 3 arguments, received ${more.length + 2}`);
  return more.length === 0 ? {} : { expect: more[0] };
}

export async function verifyStored(store, snapshotId, ...more) {
  return (await verified(store, snapshotId, trustedOf('verifyStored', more))).verification;
}

const TRUSTED = ['expect.hash', 'expect.seal'];

/** Returns whether a snapshot verifies, but is another than the expected one. */
function isAnother(issues) {
  for (let at = 0; at < issues.length; at++) {
    const { path, code } = issues[at];
    if (code !== 'mismatch' || !isAmong(path, TRUSTED)) return false;
  }
  return true;
}

/** Returns the verified record in the form in which it was made, deeply frozen. */
function restored(record) {
  const { createdAt, createdBy } = toStatement({ record }).predicate;
  const { snapshotId, packKey, packVersion, hash, itemCount, metadata } = record;
  const others = createdBy === undefined ? {} : { createdBy };
  return freeze({ snapshotId, packKey, packVersion, hash, itemCount, createdAt, ...others, metadata });
}

export async function assertSnapshot(store, snapshotId, ...more) {
  const { record, verification } = await verified(store, snapshotId, trustedOf('assertSnapshot', more));
  const { valid, issues } = verification;
  if (valid) return restored(record);
  const { path, message } = issues[0];
  if (isAnother(issues))
    throw conflict(CALL, `Snapshot ${shown(snapshotId)} is not the expected one: ${message}`, record);
  throw failure(CALL, 'PRECONDITION_FAILED', `Snapshot ${shown(snapshotId)} does not verify: ${path}: ${message}`, {
    issues,
  });
}

export async function summaryMarkdown(store, snapshotId) {
  const record = await storedRecord(store, snapshotId);
  const items = [];
  for await (const item of itemsOf(CALL, store, snapshotId, record.itemCount)) append(items, item);
  return summarizeSnapshot({ record, items });
}

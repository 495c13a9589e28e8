// Reads `context.lock.json` (FOLDER 7), and verifies what it says: nothing of a lock is shown as right that was not compared.
//
// How: the record is verified as a chain of one, and the index by the root that follows from it, as the command does.

import type {
  SnapshotIndexEntry,
  SnapshotManifest,
  SnapshotRecord,
  Verification,
} from '@lssm-tech/lib.context-snapshot';
import { FOLDER } from '../../../../pkg/src/cli/folder/rules.js';
import { failureOf } from '../failure.ts';
import { texts } from '../texts.ts';
import { worker } from '../worker.ts';

export interface LockEntry extends SnapshotIndexEntry {
  readonly bytes: number;
}
export interface Lock {
  readonly record: SnapshotRecord;
  readonly index: readonly LockEntry[];
}

const FORMAT = 'context-lock/v1';
const MEMBERS = ['record', 'tool'];

const ENTRY = 'bytes,digest,itemId';

/** Returns a parsed lock, if it has the versions and members that a lock has (FOLDER D7-3). What they say is not verified here. */
export function checkedLock(value: unknown): Lock {
  const { lock, folder, index, ...others } = (value ?? {}) as Partial<Record<string, unknown>>;
  const isEntry = (entry: unknown) =>
    Object.keys(entry ?? {})
      .sort()
      .join() === ENTRY;
  const isKnown = lock === FORMAT && folder === FOLDER && Object.keys(others).every((name) => MEMBERS.includes(name));
  if (!isKnown || !Array.isArray(index) || !index.every(isEntry)) throw new Error(texts.lock.unknown);
  return value as Lock;
}

/** What an index is compared by: the sizes in it are not covered by the seal (FOLDER D7-4). */
export const contentsOfLock = ({ record, index }: Lock) => ({
  manifest: record.metadata.$snapshot.manifest as SnapshotManifest,
  index: index.map(({ itemId, digest }) => ({ itemId, digest })),
});

/** Verifies the record, and that the index is the one that it was made of. */
export async function verifyLock(lock: Lock): Promise<Verification> {
  const found = await worker.call('verifyChain', [lock.record]);
  if (!found.valid) return found;
  const contents = contentsOfLock(lock);
  try {
    await worker.diff(contents, contents);
    return found;
  } catch (error) {
    return { valid: false, issues: failureOf(error).issues, anchor: 'none' };
  }
}

/** @throws Error if the lock is not valid */
export async function assertLock(lock: Lock): Promise<void> {
  const { valid, issues } = await verifyLock(lock);
  if (!valid) throw new Error(texts.lock.invalid(`${issues[0]?.path}: ${issues[0]?.message}`));
}

// Reads a snapshot for an agent: exactly the items that were verified.

import { SnapshotError, type SnapshotItem, type SnapshotRecord, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { assertSnapshot, type SnapshotExpectation } from '@lssm-tech/lib.context-snapshot/runtime';
import type { StoreMethods } from '@lssm-tech/lib.context-snapshot/sqlite';

/** A store of `./sqlite` or `./postgres`. */
export type Store = StoreMethods<unknown>;
/** What the run has noted. Without it, a replaced snapshot is not noticed. */
export type Trusted = [] | [expect: SnapshotExpectation];

/** Returns the record and the items, or throws: NOT_FOUND, PRECONDITION_FAILED, CONFLICT. */
export async function loadContext(
  store: Store,
  snapshotId: string,
  ...trusted: Trusted
): Promise<{ record: SnapshotRecord; items: SnapshotItem[] }> {
  const record = await assertSnapshot(store, snapshotId, ...trusted);
  const items = await store.listSnapshotItems(snapshotId);
  // The store was read a second time. Only what is verified itself is handed out.
  if (verifySnapshot({ record, items, expect: { hash: record.hash } }).valid) return { record, items };
  const detail = `Snapshot ${record.snapshotId} was changed while it was read`;
  throw new SnapshotError({ code: 'PRECONDITION_FAILED', detail });
}

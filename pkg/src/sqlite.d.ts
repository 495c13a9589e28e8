/**
 * Stores snapshots in SQLite.
 *
 * @packageDocumentation
 */

import type { SnapshotStore } from './runtime.js';

export type { SnapshotStore } from './runtime.js';

export class SqliteSnapshotStore {
  readonly outbox: true;
  static open(db: unknown, options?: { schema?: string | undefined }): Promise<SqliteSnapshotStore & SnapshotStore>;
}

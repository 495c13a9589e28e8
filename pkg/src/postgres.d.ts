/**
 * Stores snapshots in PostgreSQL.
 *
 * @packageDocumentation
 */

import type { SnapshotStore } from './runtime.js';

export type { SnapshotStore } from './runtime.js';

export class PostgresSnapshotStore {
  readonly outbox: true;
  static open(db: unknown, options?: { schema?: string | undefined }): Promise<PostgresSnapshotStore & SnapshotStore>;
}

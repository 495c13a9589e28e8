/**
 * Stores snapshots in SQLite: one file, through `node:sqlite` (Node.js 22.5 or later) or better-sqlite3 12.
 *
 * `docs/STORES.md` of this package describes the tables, and how to relay, retain, erase, back up and migrate.
 *
 * @packageDocumentation
 */

import type { StoreMethods } from './postgres.js';

export type {
  EraseOptions,
  RelayOptions,
  SnapshotStore,
  StoredPack,
  StoreMethods,
  StorePage,
  StoreVerification,
  Tombstone,
  TombstoneStatement,
  TombstoneVerification,
} from './postgres.js';
export { verifyTombstone } from './postgres.js';

/** The path of a file, or an open database of `node:sqlite` (`DatabaseSync`) or better-sqlite3. */
export type SqliteClient = unknown;

/** Snapshots in SQLite. */
export interface SqliteSnapshotStore extends StoreMethods<SqliteSnapshotStore> {
  /** Closes the file, if `open` was given a path. */
  close(): void;
}
export const SqliteSnapshotStore: (abstract new (
  opening: never,
) => SqliteSnapshotStore) & {
  /**
   * Opens a store, and creates or updates its tables. A path is opened with a write-ahead log, and with every commit on the disk; of an
   * open database these settings are the caller's. SQLite does not separate tenants: whoever has the store sees all, so use a file for each.
   *
   * @throws {@link SnapshotError} 422 if `db` is neither, or if there are options, such as a `tenant`; 503 if the file cannot be opened, or if there is no `node:sqlite`.
   *
   * @example
   * ```ts
   * const store = await SqliteSnapshotStore.open('snapshots.db');
   * ```
   */
  open(db: SqliteClient): Promise<SqliteSnapshotStore>;
};

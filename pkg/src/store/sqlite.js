// The entry `./sqlite`: snapshots in SQLite.

import { SnapshotError } from '@lssm-tech/lib.context-snapshot';

export class SqliteSnapshotStore {
  outbox = true;

  static async open() {
    throw new SnapshotError({ code: 'SERVICE_UNAVAILABLE', detail: 'There is no store yet' });
  }
}

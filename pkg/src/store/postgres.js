// The entry `./postgres`: snapshots in PostgreSQL.

import { SnapshotError } from '@lssm-tech/lib.context-snapshot';

export class PostgresSnapshotStore {
  outbox = true;

  static async open() {
    throw new SnapshotError({ code: 'SERVICE_UNAVAILABLE', detail: 'There is no store yet' });
  }
}

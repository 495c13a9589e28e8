// Checks the declarations of `./postgres` and `./sqlite` for CommonJS.

import postgres = require('@lssm-tech/lib.context-snapshot/postgres');
import sqlite = require('@lssm-tech/lib.context-snapshot/sqlite');

export const opened: Promise<postgres.SnapshotStore>[] = [
  postgres.PostgresSnapshotStore.open(undefined),
  sqlite.SqliteSnapshotStore.open('a.db'),
];

// Checks the declarations of the entries for hosts for CommonJS.

import snapshot = require('@lssm-tech/lib.context-snapshot');
import postgres = require('@lssm-tech/lib.context-snapshot/postgres');
import runtime = require('@lssm-tech/lib.context-snapshot/runtime');
import sqlite = require('@lssm-tech/lib.context-snapshot/sqlite');

declare const store: runtime.SnapshotStore;
export const handler = runtime.createSnapshotHandler({ store, loadItems: () => [] });
export const output: Promise<snapshot.ContextPackSnapshotOutput> = handler({ packKey: 'p' }, { actor: 'admin' });
export const stores: (runtime.SnapshotStore['outbox'] | undefined)[] = [
  undefined as unknown as postgres.PostgresSnapshotStore['outbox'],
  undefined as unknown as sqlite.SqliteSnapshotStore['outbox'],
];

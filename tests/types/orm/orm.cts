// Checks the declarations of `./drizzle` and `./kysely` for CommonJS.

import drizzle = require('@lssm-tech/lib.context-snapshot/drizzle');
import kysely = require('@lssm-tech/lib.context-snapshot/kysely');
export const hash: string = drizzle.snapshots.$inferSelect.hash;
export const provider = new kysely.SnapshotMigrationProvider();
export type Table = kysely.SnapshotDatabase['snapshot'];

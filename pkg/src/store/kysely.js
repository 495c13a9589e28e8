// The entry `./kysely`: the migrations of the PostgreSQL store, for Kysely's Migrator. The tables are types (`kysely.d.ts`).

import { sql } from 'kysely';
import { schemaOf, statementsFor } from './postgres-migrations.js';

const nameOf = (number) => `context_snapshot_${`${number}`.padStart(4, '0')}`;

export function snapshotMigrations(options) {
  const statements = statementsFor(schemaOf(options));
  return Object.fromEntries(
    statements.map((statement, at) => [
      nameOf(at + 1),
      { up: async (db) => void (await sql.raw(statement).execute(db)) },
    ]),
  );
}

export class SnapshotMigrationProvider {
  #options;

  constructor(options) {
    schemaOf(options);
    this.#options = options;
  }

  async getMigrations() {
    return snapshotMigrations(this.#options);
  }
}

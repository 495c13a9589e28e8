/**
 * The tables of the stores for Kysely: their types, and the migrations that create those of PostgreSQL. Needs `kysely` 0.28.2 or later.
 *
 * The types let you read, and delete. Rows are written by the store (`./postgres`, `./sqlite`), and triggers refuse changes by anybody.
 *
 * @packageDocumentation
 */

import type { ColumnType, Kysely } from 'kysely';

/** No value is of this type, so nothing can be inserted. */
export interface OnlyTheStoreWrites {
  readonly onlyTheStoreWrites: never;
}

/** A column that only the store writes. */
export type StoreColumn<Type> = ColumnType<Type, OnlyTheStoreWrites, never>;

/** A `bigint` column: `pg` and postgres.js return a string, PGlite a number. */
export type RowNumber = string | number | bigint;

/** A version of a pack. `text` is canonical JSON. */
export interface SnapshotPackTable {
  tenant_id: StoreColumn<string>;
  pack_key: StoreColumn<string>;
  pack_version: StoreColumn<string>;
  version_rank: StoreColumn<string>;
  search: StoreColumn<string>;
  updated_at: StoreColumn<Date | null>;
  text: StoreColumn<string>;
}

/** A snapshot. `text` is the canonical record. */
export interface SnapshotTable {
  number: StoreColumn<RowNumber>;
  tenant_id: StoreColumn<string>;
  snapshot_id: StoreColumn<string>;
  pack_key: StoreColumn<string>;
  pack_version: StoreColumn<string>;
  hash: StoreColumn<string>;
  seal: StoreColumn<string | null>;
  item_count: StoreColumn<number>;
  created_by: StoreColumn<string | null>;
  created_at: StoreColumn<Date>;
  text: StoreColumn<string>;
}

/** The text of an item, once for each tenant and digest. `text` is `null` if it was erased. */
export interface SnapshotBodyTable {
  number: StoreColumn<RowNumber>;
  digest: StoreColumn<Uint8Array>;
  tenant_id: StoreColumn<string>;
  item_id: StoreColumn<string>;
  text: StoreColumn<string | null>;
}

/** An item of a snapshot: numbers of rows, and the position in the tree. */
export interface SnapshotItemTable {
  snapshot: StoreColumn<RowNumber>;
  body: StoreColumn<RowNumber>;
  ordinal: StoreColumn<number>;
  created_at: StoreColumn<Date | null>;
}

/** That an item was erased. */
export interface SnapshotTombstoneTable {
  snapshot: StoreColumn<RowNumber>;
  ordinal: StoreColumn<number>;
  erased_at: StoreColumn<Date>;
  text: StoreColumn<string>;
}

/** An event, in Debezium's columns. */
export interface SnapshotOutboxTable {
  number: StoreColumn<RowNumber>;
  id: StoreColumn<string>;
  tenant_id: StoreColumn<string>;
  aggregatetype: StoreColumn<string>;
  aggregateid: StoreColumn<string>;
  type: StoreColumn<string>;
  version: StoreColumn<string>;
  timestamp: StoreColumn<Date>;
  payload: StoreColumn<unknown>;
  snapshot: StoreColumn<RowNumber>;
  attempts: StoreColumn<number>;
  leased_until: StoreColumn<Date | null>;
  published_at: StoreColumn<Date | null>;
}

/** A migration that was applied. */
export interface SnapshotMigrationTable {
  number: StoreColumn<number>;
  applied_at: StoreColumn<Date>;
}

/** An item with the host's columns, of the view. Erased items are left out. */
export interface SnapshotItemRowView {
  id: StoreColumn<string>;
  snapshot_id: StoreColumn<string>;
  kind: StoreColumn<string>;
  source_key: StoreColumn<string>;
  source_version: StoreColumn<string | null>;
  content: StoreColumn<unknown>;
  text_content: StoreColumn<string | null>;
  metadata: StoreColumn<unknown>;
  created_at: StoreColumn<Date>;
  item_id: StoreColumn<string>;
  ordinal: StoreColumn<number>;
  digest: StoreColumn<string>;
  text: StoreColumn<string>;
  tenant_id: StoreColumn<string>;
}

/**
 * The tables, as a `Database` for `Kysely<…>`.
 *
 * @example
 * ```ts
 * const db = new Kysely<SnapshotDatabase>({ dialect }).withSchema('lssm_context');
 * const rows = await db.selectFrom('snapshot').select(['snapshot_id', 'hash']).execute();
 * ```
 */
export interface SnapshotDatabase {
  snapshot_pack: SnapshotPackTable;
  snapshot: SnapshotTable;
  snapshot_body: SnapshotBodyTable;
  snapshot_item: SnapshotItemTable;
  snapshot_tombstone: SnapshotTombstoneTable;
  snapshot_outbox: SnapshotOutboxTable;
  snapshot_migration: SnapshotMigrationTable;
  snapshot_item_row: SnapshotItemRowView;
}

/**
 * The tables under names with their schema, to be joined with your own: `lssm_context.snapshot`.
 *
 * @example
 * ```ts
 * interface Database extends SnapshotDatabaseIn<'lssm_context'> {
 *   agent_run: AgentRunTable;
 * }
 * ```
 */
export type SnapshotDatabaseIn<Schema extends string> = {
  [Name in keyof SnapshotDatabase as `${Schema}.${Name}`]: SnapshotDatabase[Name];
};

/** A value as SQLite returns it: times and digests are texts, and numbers of rows are numbers. */
export type SqliteValue<Value> = unknown extends Value
  ? unknown
  : RowNumber extends Value
    ? number
    : Value extends Date | Uint8Array
      ? string
      : Value;

/**
 * The tables of the SQLite store (`./sqlite`), which creates them. JSON in the view is what SQLite's `json_extract` returns, `payload` is JSON text.
 *
 * @example
 * ```ts
 * const db = new Kysely<SqliteSnapshotDatabase>({ dialect: new SqliteDialect({ database }) });
 * const rows = await db.selectFrom('snapshot').select(['snapshot_id', 'hash']).execute();
 * ```
 */
export type SqliteSnapshotDatabase = {
  [Name in keyof SnapshotDatabase]: {
    [Column in Exclude<
      keyof SnapshotDatabase[Name],
      Name extends 'snapshot_item_row' ? 'tenant_id' : never
    >]: SnapshotDatabase[Name][Column] extends StoreColumn<infer Value> ? StoreColumn<SqliteValue<Value>> : never;
  };
};

/** Options of the migrations. */
export interface SnapshotMigrationOptions {
  /** The schema of the store. Default: `lssm_context`. */
  readonly schema?: string | undefined;
}

/** A migration of Kysely. There is no way down, because snapshots are never changed. */
export interface SnapshotMigration {
  // biome-ignore lint/suspicious/noExplicitAny: Kysely calls a migration with a database of any type
  up(db: Kysely<any>): Promise<void>;
}

/** The migrations by their names. */
export interface SnapshotMigrations {
  readonly context_snapshot_0001: SnapshotMigration;
  [name: string]: SnapshotMigration;
}

/**
 * Returns the migrations by their names, `context_snapshot_0001` and so on. Each does nothing if the store has applied it already, and the store
 * does not apply those that Kysely has.
 *
 * @throws TypeError for a schema that is not a name, and for unknown options.
 *
 * @example
 * ```ts
 * const provider = { getMigrations: async () => ({ ...(await yours.getMigrations()), ...snapshotMigrations() }) };
 * ```
 */
export function snapshotMigrations(options?: SnapshotMigrationOptions): SnapshotMigrations;

/**
 * A `MigrationProvider` of these migrations alone, for a `Migrator` with a table of its own.
 *
 * @example
 * ```ts
 * const migrator = new Migrator({ db, provider: new SnapshotMigrationProvider(), migrationTableName: 'context_snapshot_kysely' });
 * ```
 */
export class SnapshotMigrationProvider {
  constructor(options?: SnapshotMigrationOptions);
  getMigrations(): Promise<SnapshotMigrations>;
}

/**
 * The tables of the PostgreSQL store for Drizzle, and the SQL that creates them. Needs `drizzle-orm` 0.40 or later.
 *
 * The types are for reading. Rows are written by the store (`./postgres`), and triggers refuse changes by anybody.
 *
 * @packageDocumentation
 */

import type { ColumnDataType } from 'drizzle-orm';
import type { PgColumn, PgSchema, PgTableWithColumns, PgViewWithSelection } from 'drizzle-orm/pg-core';

/** A column that only the store writes. For Drizzle's types the database generates it, so it is not offered for writing. */
export type StoreColumn<Table extends string, Type> = PgColumn<{
  name: string;
  tableName: Table;
  dataType: ColumnDataType;
  columnType: string;
  data: unknown extends Type ? unknown : NonNullable<Type>;
  driverParam: unknown;
  notNull: null extends Type ? false : true;
  hasDefault: true;
  isPrimaryKey: false;
  isAutoincrement: false;
  hasRuntimeDefault: false;
  enumValues: undefined;
  baseColumn: never;
  identity: undefined;
  generated: { as: unknown; type: 'always' };
}>;

export type StoreColumns<Table extends string, Row> = { [Name in keyof Row]: StoreColumn<Table, Row[Name]> };

/** A table of the store, from the type of its rows. */
export type StoreTable<Table extends string, Row> = PgTableWithColumns<{
  name: Table;
  schema: string | undefined;
  columns: StoreColumns<Table, Row>;
  dialect: 'pg';
}>;

/** A version of a pack. `text` is canonical JSON. */
export type SnapshotPackRow = {
  tenantId: string;
  packKey: string;
  packVersion: string;
  versionRank: string;
  search: string;
  updatedAt: Date | null;
  text: string;
};

/** A snapshot. `text` is the canonical record. */
export type SnapshotRow = {
  number: number;
  tenantId: string;
  snapshotId: string;
  packKey: string;
  packVersion: string;
  hash: string;
  seal: string | null;
  itemCount: number;
  createdBy: string | null;
  createdAt: Date;
  text: string;
};

/** The text of an item, once for each tenant and digest. `text` is `null` if it was erased. */
export type SnapshotBodyRow = {
  number: number;
  digest: Uint8Array;
  tenantId: string;
  itemId: string;
  text: string | null;
};

/** An item of a snapshot: numbers of rows, and the position in the tree. */
export type SnapshotItemRow = { snapshot: number; body: number; ordinal: number; createdAt: Date | null };

/** That an item was erased. */
export type SnapshotTombstoneRow = { snapshot: number; ordinal: number; erasedAt: Date; text: string };

/** An event, in Debezium's columns. */
export type SnapshotOutboxRow = {
  number: number;
  id: string;
  tenantId: string;
  aggregatetype: string;
  aggregateid: string;
  type: string;
  version: string;
  timestamp: Date;
  payload: unknown;
  snapshot: number;
  attempts: number;
  leasedUntil: Date | null;
  publishedAt: Date | null;
};

/** A migration that was applied. */
export type SnapshotMigrationRow = { number: number; appliedAt: Date };

/** An item with the host's columns, of the view. Erased items are left out. */
export type SnapshotItemViewRow = {
  id: string;
  snapshotId: string;
  kind: string;
  sourceKey: string;
  sourceVersion: string | null;
  content: unknown;
  textContent: string | null;
  metadata: unknown;
  createdAt: Date;
  itemId: string;
  ordinal: number;
  digest: string;
  text: string;
  tenantId: string;
};

/** Options of the functions of this entry. */
export interface SnapshotTableOptions {
  /** The schema of the store. Default: `lssm_context`. */
  readonly schema?: string | undefined;
}

/** The tables of a store. */
export interface SnapshotTables {
  /** The schema, for drizzle-kit. Absent for `public`. */
  readonly snapshotSchema: PgSchema | undefined;
  readonly snapshotPacks: StoreTable<'snapshot_pack', SnapshotPackRow>;
  readonly snapshots: StoreTable<'snapshot', SnapshotRow>;
  readonly snapshotBodies: StoreTable<'snapshot_body', SnapshotBodyRow>;
  readonly snapshotItems: StoreTable<'snapshot_item', SnapshotItemRow>;
  readonly snapshotTombstones: StoreTable<'snapshot_tombstone', SnapshotTombstoneRow>;
  readonly snapshotOutbox: StoreTable<'snapshot_outbox', SnapshotOutboxRow>;
  readonly snapshotMigrations: StoreTable<'snapshot_migration', SnapshotMigrationRow>;
  readonly snapshotItemRows: PgViewWithSelection<
    'snapshot_item_row',
    true,
    StoreColumns<'snapshot_item_row', SnapshotItemViewRow>
  >;
}

/**
 * Makes the tables of a store in another schema than the default one.
 *
 * @throws TypeError for a schema that is not a name, and for unknown options.
 *
 * @example
 * ```ts
 * export const { snapshotSchema, snapshots, snapshotItemRows } = snapshotTables({ schema: 'audit' });
 * ```
 */
export function snapshotTables(options?: SnapshotTableOptions): SnapshotTables;

/** The tables in `lssm_context`. */
export const snapshotSchema: PgSchema;
export const snapshotPacks: SnapshotTables['snapshotPacks'];
export const snapshots: SnapshotTables['snapshots'];
export const snapshotBodies: SnapshotTables['snapshotBodies'];
export const snapshotItems: SnapshotTables['snapshotItems'];
export const snapshotTombstones: SnapshotTables['snapshotTombstones'];
export const snapshotOutbox: SnapshotTables['snapshotOutbox'];
export const snapshotMigrations: SnapshotTables['snapshotMigrations'];
export const snapshotItemRows: SnapshotTables['snapshotItemRows'];

/**
 * Returns the SQL of all migrations, for a file of Drizzle's migrator or of another tool. A migration that was applied is left out when the file
 * runs, so the same text serves the first file and later ones.
 *
 * @throws TypeError for a schema that is not a name, and for unknown options.
 *
 * @example
 * ```ts
 * writeFileSync('drizzle/0000_context_snapshot.sql', snapshotMigrationSql());
 * ```
 */
export function snapshotMigrationSql(options?: SnapshotTableOptions): string;

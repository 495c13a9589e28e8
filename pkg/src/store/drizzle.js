// The entry `./drizzle`: the tables of the PostgreSQL store for Drizzle, and the SQL of its migrations.
//
// How: names, types, keys and indexes are those of `postgres-schema.js`; a test compares both in a database. What Drizzle has no words for
// (collations, triggers, policies that are not enabled, the text of the view) is in the SQL alone, and drizzle-kit leaves it as it is.

import { sql } from 'drizzle-orm';
import {
  bigint,
  customType,
  index,
  integer,
  json,
  jsonb,
  pgSchema,
  pgTable,
  pgView,
  primaryKey,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import { schemaOf, statementsFor } from './postgres-migrations.js';
import { DEFAULT_SCHEMA } from './postgres-names.js';

const bytea = customType({ dataType: () => 'bytea' });
const time = (name) => timestamp(name, { withTimezone: true });
const reference = (name) => bigint(name, { mode: 'number' }).notNull();
const rowNumber = () => bigint('number', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();
const tenant = () => text('tenant_id').notNull();

export function snapshotTables(options) {
  const name = schemaOf(options);
  // Drizzle knows this schema as none at all.
  const isPublic = name === 'public';
  const snapshotSchema = isPublic ? undefined : pgSchema(name);
  const table = isPublic ? pgTable : snapshotSchema.table;
  const view = isPublic ? pgView : snapshotSchema.view;

  const snapshotPacks = table(
    'snapshot_pack',
    {
      tenantId: tenant(),
      packKey: text('pack_key').notNull(),
      packVersion: text('pack_version').notNull(),
      versionRank: text('version_rank').notNull(),
      search: text('search').notNull(),
      updatedAt: time('updated_at'),
      text: text('text').notNull(),
    },
    (t) => [
      primaryKey({ name: 'snapshot_pack_pkey', columns: [t.tenantId, t.packKey, t.packVersion] }),
      index('snapshot_pack_tenant_id_pack_key_version_rank_pack_version_idx').on(
        t.tenantId,
        t.packKey,
        t.versionRank,
        t.packVersion,
      ),
    ],
  );
  const snapshots = table(
    'snapshot',
    {
      number: rowNumber(),
      tenantId: tenant(),
      snapshotId: text('snapshot_id').notNull(),
      packKey: text('pack_key').notNull(),
      packVersion: text('pack_version').notNull(),
      hash: text('hash').notNull(),
      seal: text('seal'),
      itemCount: integer('item_count').notNull(),
      createdBy: text('created_by'),
      createdAt: time('created_at').notNull(),
      text: text('text').notNull(),
    },
    (t) => [
      unique('snapshot_snapshot_id_key').on(t.snapshotId),
      index('snapshot_pack_key_created_at_number_idx').on(t.packKey, t.createdAt, t.number),
      index('snapshot_created_at_number_idx').on(t.createdAt, t.number),
    ],
  );
  const snapshotBodies = table(
    'snapshot_body',
    {
      number: rowNumber(),
      digest: bytea('digest').notNull(),
      tenantId: tenant(),
      itemId: text('item_id').notNull(),
      text: text('text'),
    },
    (t) => [unique('snapshot_body_tenant_id_digest_key').on(t.tenantId, t.digest)],
  );
  const snapshotItems = table(
    'snapshot_item',
    {
      snapshot: reference('snapshot'),
      body: reference('body'),
      ordinal: integer('ordinal').notNull(),
      createdAt: time('created_at'),
    },
    (t) => [
      primaryKey({ name: 'snapshot_item_pkey', columns: [t.snapshot, t.ordinal] }),
      index('snapshot_item_body_idx').using('brin', t.body).with({ pages_per_range: '8' }),
    ],
  );
  const snapshotTombstones = table(
    'snapshot_tombstone',
    {
      snapshot: reference('snapshot'),
      ordinal: integer('ordinal').notNull(),
      erasedAt: time('erased_at').notNull(),
      text: text('text').notNull(),
    },
    (t) => [primaryKey({ name: 'snapshot_tombstone_pkey', columns: [t.snapshot, t.ordinal] })],
  );
  const snapshotOutbox = table(
    'snapshot_outbox',
    {
      number: rowNumber(),
      id: text('id').notNull(),
      tenantId: tenant(),
      aggregatetype: text('aggregatetype').notNull(),
      aggregateid: text('aggregateid').notNull(),
      type: text('type').notNull(),
      version: text('version').notNull(),
      timestamp: time('timestamp').notNull(),
      payload: json('payload').notNull(),
      snapshot: reference('snapshot'),
      attempts: integer('attempts').notNull().default(0),
      leasedUntil: time('leased_until'),
      publishedAt: time('published_at'),
    },
    (t) => [
      unique('snapshot_outbox_tenant_id_id_key').on(t.tenantId, t.id),
      index('snapshot_outbox_number_idx').on(t.number).where(sql`published_at is null`),
    ],
  );
  const snapshotMigrations = table('snapshot_migration', {
    number: integer('number').primaryKey(),
    appliedAt: time('applied_at').notNull().defaultNow(),
  });
  const snapshotItemRows = view('snapshot_item_row', {
    id: text('id').notNull(),
    snapshotId: text('snapshot_id').notNull(),
    kind: text('kind').notNull(),
    sourceKey: text('source_key').notNull(),
    sourceVersion: text('source_version'),
    content: jsonb('content').notNull(),
    textContent: text('text_content'),
    metadata: jsonb('metadata'),
    createdAt: time('created_at').notNull(),
    itemId: text('item_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    digest: text('digest').notNull(),
    text: text('text').notNull(),
    tenantId: tenant(),
  }).existing();

  return {
    snapshotSchema,
    snapshotPacks,
    snapshots,
    snapshotBodies,
    snapshotItems,
    snapshotTombstones,
    snapshotOutbox,
    snapshotMigrations,
    snapshotItemRows,
  };
}

export const {
  snapshotSchema,
  snapshotPacks,
  snapshots,
  snapshotBodies,
  snapshotItems,
  snapshotTombstones,
  snapshotOutbox,
  snapshotMigrations,
  snapshotItemRows,
} = snapshotTables({ schema: DEFAULT_SCHEMA });

/** Between two statements, where Drizzle's migrator splits a file. Other tools read it as a comment. */
const BREAK = ';\n--> statement-breakpoint\n';

export const snapshotMigrationSql = (options) => `${statementsFor(schemaOf(options)).join(BREAK)};\n`;

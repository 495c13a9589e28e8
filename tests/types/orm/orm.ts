// Checks the declarations of `./drizzle` and `./kysely` with the real packages: rows have types, and nothing can be written.

import {
  type SnapshotBodyRow,
  type snapshotBodies,
  snapshotItemRows,
  snapshotMigrationSql,
  snapshotOutbox,
  snapshots,
  snapshotTables,
} from '@lssm-tech/lib.context-snapshot/drizzle';
import {
  type SnapshotDatabase,
  type SnapshotDatabaseIn,
  SnapshotMigrationProvider,
  type SqliteSnapshotDatabase,
  snapshotMigrations,
} from '@lssm-tech/lib.context-snapshot/kysely';
import { and, desc, eq, isNull, lt } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { Kysely, Selectable } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export async function withDrizzle(db: PgDatabase<PgQueryResultHKT>) {
  const [row] = await db.select().from(snapshots).where(eq(snapshots.packKey, 'a')).orderBy(desc(snapshots.createdAt));
  const hash: string | undefined = row?.hash;
  const seal: string | null | undefined = row?.seal;
  const at: Date | undefined = row?.createdAt;
  // @ts-expect-error: it may be null
  const sure: string = row?.seal ?? null;
  const joined = await db
    .select({ id: snapshotItemRows.itemId, version: snapshotItemRows.sourceVersion, hash: snapshots.hash })
    .from(snapshots)
    .innerJoin(snapshotItemRows, eq(snapshotItemRows.snapshotId, snapshots.snapshotId));
  const isTyped: Same<(typeof joined)[number], { id: string; version: string | null; hash: string }> = true;
  const [both] = await db.select().from(snapshots).innerJoin(snapshotItemRows, eq(snapshotItemRows.snapshotId, 's'));
  const kind: string | undefined = both?.snapshot_item_row.kind;
  const count: number | undefined = both?.snapshot.itemCount;
  const isRow: Same<typeof snapshotBodies.$inferSelect, SnapshotBodyRow> = true;
  await db
    .delete(snapshotOutbox)
    .where(and(isNull(snapshotOutbox.publishedAt), lt(snapshotOutbox.timestamp, new Date())));
  const { snapshots: others } = snapshotTables({ schema: 'audit' });
  const same: typeof snapshots = others;

  // No column is offered for writing.
  const written: Same<keyof typeof snapshots.$inferInsert, never> = true;
  // @ts-expect-error: another type
  eq(snapshots.itemCount, 'x');
  // @ts-expect-error: no such column
  snapshots.content;
  // @ts-expect-error: not an option
  snapshotMigrationSql({ Schema: 'a' });
  return [
    hash,
    seal,
    at,
    sure,
    isTyped,
    kind,
    count,
    isRow,
    same,
    written,
    snapshotMigrationSql({ schema: 'a' }).length,
  ];
}

interface Database extends SnapshotDatabaseIn<'lssm_context'> {
  agent_run: { id: string; snapshot_id: string };
}

export async function withKysely(db: Kysely<SnapshotDatabase>, own: Kysely<Database>) {
  const rows = await db.selectFrom('snapshot').select(['snapshot_id', 'seal', 'created_at']).execute();
  const isTyped: Same<(typeof rows)[number], { snapshot_id: string; seal: string | null; created_at: Date }> = true;
  const joined = await own
    .selectFrom('agent_run')
    .innerJoin('lssm_context.snapshot as s', 's.snapshot_id', 'agent_run.snapshot_id')
    .innerJoin('lssm_context.snapshot_item_row as i', 'i.snapshot_id', 's.snapshot_id')
    .select(['agent_run.id', 's.hash', 'i.content'])
    .where('s.item_count', '>', 1)
    .execute();
  const isJoined: Same<(typeof joined)[number], { id: string; hash: string; content: unknown }> = true;
  const body: Selectable<SnapshotDatabase['snapshot_body']> = await db
    .selectFrom('snapshot_body')
    .selectAll()
    .executeTakeFirstOrThrow();
  await db.deleteFrom('snapshot_outbox').where('published_at', '<', new Date()).execute();

  const provider: MigrationProvider = new SnapshotMigrationProvider({ schema: 'a' });
  const migrations: Record<string, Migration> = snapshotMigrations();
  const { up } = snapshotMigrations().context_snapshot_0001;
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });

  // @ts-expect-error: only the store writes
  db.updateTable('snapshot').set({ hash: 'x' });
  // @ts-expect-error: only the store writes
  db.insertInto('snapshot_item').values({ ordinal: 1 });
  // @ts-expect-error: no such column
  db.selectFrom('snapshot').select('content');
  // @ts-expect-error: not an option
  snapshotMigrations({ Schema: 'a' });
  return [isTyped, isJoined, body.text, provider, up, migrator];
}

export async function withKyselyAndSqlite(db: Kysely<SqliteSnapshotDatabase>) {
  const rows = await db.selectFrom('snapshot').select(['number', 'seal', 'created_at']).execute();
  const isTyped: Same<(typeof rows)[number], { number: number; seal: string | null; created_at: string }> = true;
  type Body = Selectable<SqliteSnapshotDatabase['snapshot_body']>;
  const isBody: Same<
    Body,
    { number: number; digest: string; tenant_id: string; item_id: string; text: string | null }
  > = true;
  const event: Selectable<SqliteSnapshotDatabase['snapshot_outbox']> = await db
    .selectFrom('snapshot_outbox')
    .selectAll()
    .where('published_at', 'is', null)
    .executeTakeFirstOrThrow();
  const published: string | null = event.published_at;
  const isJson: Same<typeof event.payload, unknown> = true;

  // @ts-expect-error: SQLite does not separate tenants
  db.selectFrom('snapshot_item_row').select('tenant_id');
  // @ts-expect-error: only the store writes
  db.updateTable('snapshot').set({ hash: 'x' });
  return [isTyped, isBody, published, isJson];
}

// Checks the declarations of `./postgres` and `./sqlite`: both are stores for the handlers, have the same methods, and refuse mistakes.

import type {
  ContextPackRecord,
  ContextSnapshotItemInput,
  IssueCode,
  Snapshot,
  SnapshotRecord,
  StatementKey,
  StatementSigner,
  Verification,
} from '@lssm-tech/lib.context-snapshot';
import {
  PostgresSnapshotStore,
  type StoreVerification,
  verifyTombstone,
} from '@lssm-tech/lib.context-snapshot/postgres';
import { createSnapshotHandler, type SnapshotStore, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import {
  type StoreVerification as OfSqlite,
  verifyTombstone as ofSqlite,
  SqliteSnapshotStore,
  type StoreMethods,
  type Tombstone,
} from '@lssm-tech/lib.context-snapshot/sqlite';

declare const pool: { query(text: string): Promise<unknown> };
declare const snapshot: Snapshot;
declare const signer: StatementSigner;
declare const keys: StatementKey[];

export async function uses(postgres: PostgresSnapshotStore, sqlite: SqliteSnapshotStore) {
  const stores: SnapshotStore[] = [postgres, sqlite];
  for (const store of stores) createSnapshotHandler({ store, loadItems: () => [] });
  const same: StoreMethods<never>['saveSnapshot'][] = [postgres.saveSnapshot, sqlite.saveSnapshot];
  void same;

  const pack: ContextPackRecord | null = await postgres.getPack('a');
  const created: string | undefined = (await sqlite.getPack('a', '1'))?.createdAt;
  const record: SnapshotRecord | null = await postgres.getSnapshot('s');
  const items: ContextSnapshotItemInput[] = await sqlite.listSnapshotItems('s', { limit: 10, offset: 0 });
  const { total, nextOffset } = await postgres.listSnapshots({ packKey: 'a', after: 's' });
  const saved: 'created' | 'exists' = await postgres.saveSnapshot(snapshot);
  const streamed: Snapshot = await sqlite.snapshotStream({ packKey: 'a' }, { actor: 'admin', pack }, items);
  const one: number = await postgres.transaction(async (tx) => (await tx.listPacks({ query: 'a' })).total);
  await postgres.transaction((tx: PostgresSnapshotStore) => tx.createSnapshot(snapshot.record));
  await postgres.addSnapshotItems('s', snapshot.items);
  await postgres.addSnapshotItems('s', items);
  const { published, failed } = await sqlite.relayOutbox(({ payload }) => void payload.createdAt.getTime(), {
    batch: 1,
  });
  const { erased, shared, issues: unproven } = await postgres.erase('s', ['a'], 'asked for');
  await verifyStored(postgres, 's', { hash: snapshot.record.hash });
  await postgres.verify('s', { seal: snapshot.record.metadata.$snapshot.seal });
  sqlite.close();
  await sqlite.erase('s', ['a'], 'asked for', { erasedBy: 'me', signer });
  const verification: StoreVerification = await postgres.verify('s', { hash: 'h' }, { keys });
  const { issues, erased: gone }: OfSqlite & Verification = await sqlite.verify('s', { hash: 'h' }, { keys });
  const codes: IssueCode[] = issues.map(({ code }) => code);
  const isRight: boolean = verification.issues.length === verification.erased.length;
  // @ts-expect-error: stores add no code to those of the package
  const added: IssueCode = 'erased';
  // @ts-expect-error: frozen
  gone.push('a');
  const [tombstone]: Tombstone[] = await sqlite.listTombstones('s');
  const { valid, statement } = await verifyTombstone(tombstone?.envelope, keys);
  const who: string | undefined = statement?.predicate.erasedBy;
  // @ts-expect-error: only if it is valid
  const unchecked: string = (await ofSqlite(tombstone?.envelope, keys)).statement.predicate.erasedBy;
  if (valid) void (statement.predicate.reason satisfies string);

  // @ts-expect-error: nothing else is trusted
  await postgres.verify('s', { digest: 'x' });
  // @ts-expect-error: a reason is needed
  await postgres.erase('s', ['a']);
  // @ts-expect-error: a list of ids
  await postgres.erase('s', 'a', 'asked for');
  // @ts-expect-error: a signer that may be missing
  await postgres.erase('s', ['a'], 'asked for', { erasedBy: 'me', signer: undefined });
  // @ts-expect-error: not an option
  await postgres.erase('s', ['a'], 'asked for', { by: 'me' });
  // @ts-expect-error: keys are given by their name
  await postgres.verify('s', { hash: 'h' }, keys);
  // @ts-expect-error: only open makes one
  new PostgresSnapshotStore();
  const is: boolean = postgres instanceof PostgresSnapshotStore;
  return [
    is,
    created,
    record,
    total,
    nextOffset,
    saved,
    streamed,
    one,
    published,
    failed,
    erased,
    unproven,
    shared,
    codes,
    isRight,
    added,
    who,
    unchecked,
  ];
}

export const opened: Promise<SnapshotStore>[] = [
  PostgresSnapshotStore.open(pool, { schema: 'a', tenant: 'acme' }),
  SqliteSnapshotStore.open('a.db'),
];

/**
 * Stores snapshots in PostgreSQL 12 or later: through `pg` (pools and clients), PGlite, postgres.js, or a host's provider of databases.
 *
 * `docs/STORES.md` of this package describes the tables, and how to relay, retain, erase, back up, migrate and separate tenants.
 *
 * @packageDocumentation
 */

import type {
  ContextPackRecord,
  ContextPackSnapshotInput,
  ContextSnapshotItemInput,
  Digest,
  DsseEnvelope,
  Issue,
  JsonText,
  ReceivedEnvelope,
  Snapshot,
  SnapshotContext,
  SnapshotEvent,
  SnapshotIndexEntry,
  SnapshotItem,
  SnapshotRecord,
  StatementKey,
  StatementSigner,
  StoredMembers,
  Verification,
} from './index.js';
import type { Awaitable, SnapshotExpectation, SnapshotStore } from './runtime.js';

export type { SnapshotStore } from './runtime.js';

/** A pack as a store returns it: times are texts. */
export interface StoredPack extends ContextPackRecord {
  createdAt?: string;
  updatedAt?: string;
}

/** A page of a list. */
export interface StorePage {
  /** Number of all rows of the query, not only of this page. */
  total: number;
  /** `offset` of the next page. Absent on the last one. */
  nextOffset?: number;
}

/** An item whose text is stored. `createdAt` is its own time, if it has one. */
export interface TextEntry {
  readonly itemId: string;
  readonly digest: string;
  readonly createdAt?: string | undefined;
}

/** Options of {@link StoreMethods.relayOutbox}. */
export interface RelayOptions {
  /** Events that are claimed at once. Default: 100. */
  batch?: number | undefined;
  /** Seconds for which claimed events are left alone by other relays. Default: 30. */
  leaseSeconds?: number | undefined;
  /** An `AbortSignal`: stops after the current event. What was claimed and not published is given back. */
  signal?: { readonly aborted: boolean } | undefined;
}

/** Options of {@link StoreMethods.erase}. */
export interface EraseOptions {
  /** Who erases. Needed with a signer. */
  erasedBy?: string;
  /** Signs the tombstones. If the member is there, it has a key: a key that is missing is an error. */
  signer?: StatementSigner;
}

/** What stays of an erased item. */
export interface Tombstone {
  readonly snapshotId: string;
  readonly itemId: string;
  readonly digest: Digest;
  readonly reason: string;
  readonly erasedAt: string;
  readonly erasedBy?: string | undefined;
  /** The same facts, and the hash of the snapshot, signed: a DSSE envelope for {@link verifyTombstone}, and for any tool of in-toto. */
  readonly envelope?: DsseEnvelope | undefined;
}

/** The result of {@link StoreMethods.verify}. Deeply frozen. */
export interface StoreVerification extends Verification {
  /**
   * The ids of the missing items whose tombstone is right, in the order of the tree: one for each issue that says that an item was erased, and
   * also of those that `issues` does not list, because there are more than 100. These are the ids themselves. Those in issues are shortened
   * and escaped, so two can look the same: compare numbers, not ids.
   */
  readonly erased: readonly string[];
}

/** An in-toto Statement v1 that an item was erased. Deeply frozen. */
export interface TombstoneStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  /** The pack as `context-pack:<packKey>@<packVersion>`, and the hash of the snapshot as hexadecimal digits. */
  readonly subject: readonly [{ readonly name: string; readonly digest: { readonly sha256: string } }];
  readonly predicateType: 'https://contractspec.io/attestation/context-erasure/v1';
  readonly predicate: Omit<Tombstone, 'envelope' | 'erasedBy'> & { readonly erasedBy: string };
}

/** The result of {@link verifyTombstone}. */
export type TombstoneVerification =
  | {
      readonly valid: true;
      /** Empty. */
      readonly issues: readonly Issue[];
      /** `keyid` of each key that has signed it and has one. */
      readonly keyids: readonly string[];
      /** What was signed. */
      readonly statement: TombstoneStatement;
    }
  | {
      readonly valid: false;
      /** At least one. */
      readonly issues: readonly Issue[];
      readonly keyids: readonly string[];
      readonly statement?: undefined;
    };

/**
 * Verifies the envelope of a tombstone: one of the keys must have signed that an item was erased. Needs no store. Invalid data is reported,
 * never thrown. Compare `statement.subject[0].digest.sha256` with the hash of the snapshot that you trust.
 *
 * @throws TypeError if a key cannot verify, or if there is a third argument; {@link SnapshotError} 500 if there is no Web Crypto.
 *
 * @example
 * ```ts
 * const { valid, statement } = await verifyTombstone(tombstone.envelope, [{ publicKey, keyid: 'dpo-2026' }]);
 * ```
 */
export function verifyTombstone(
  envelope: ReceivedEnvelope | undefined,
  keys: Iterable<StatementKey>,
): Promise<TombstoneVerification>;

/**
 * The methods of both stores. All reject with a {@link SnapshotError} if the database fails: `SERVICE_UNAVAILABLE`, or `TIMEOUT` for a
 * statement that took too long. The driver's error is its `cause`, which is not enumerable; its text is not in the message.
 */
export interface StoreMethods<Self> extends SnapshotStore {
  /** The store keeps the event of each snapshot, in the transaction of the snapshot. {@link StoreMethods.relayOutbox} publishes it. */
  readonly outbox: true;

  /** Creates or updates the tables. `open` has called it. Idempotent, and safe to call in several processes at once. */
  migrate(): Promise<{ from: number; to: number }>;

  /**
   * Adds a pack, or replaces that version of it.
   *
   * @throws {@link SnapshotError} 422 with the issues that `snapshotPack` would throw for the shape of this pack.
   */
  upsertPack(pack: ContextPackRecord): Promise<void>;

  /**
   * Returns a version of a pack. Without a version, the highest: semantic versions by their precedence, all others below these; versions of
   * equal rank are ordered by code points. Keys are compared exactly, and `''` is a version.
   */
  getPack(packKey: string, version?: string): Promise<StoredPack | null>;

  /**
   * Lists packs whose key or title contains `query`; case does not matter, and no character is a wildcard. With `tag` or `owner`, those that have
   * exactly this one. Default limit: 50.
   */
  listPacks(query?: {
    query?: string | undefined;
    tag?: string | undefined;
    owner?: string | undefined;
    limit?: number | undefined;
    offset?: number | undefined;
  }): Promise<StorePage & { packs: StoredPack[] }>;

  /**
   * Adds a record, to be followed by {@link StoreMethods.addSnapshotItems}. Returns the record that is stored: the first one, if a record
   * with that id and hash is there already.
   *
   * @throws {@link SnapshotError} 409 if the id is there with another hash; 422 if the record lacks a member that has a column.
   */
  createSnapshot(record: StoredMembers<SnapshotRecord>): Promise<SnapshotRecord>;

  /** @throws {@link SnapshotError} 412 if the stored record is not what was stored. */
  getSnapshot(snapshotId: string): Promise<SnapshotRecord | null>;

  /**
   * Lists records, newest first. Default limit: 50.
   *
   * @param query `after`, the id of the last snapshot of the page before, pages by key: rows that were added meanwhile move nothing
   */
  listSnapshots(query?: {
    packKey?: string | undefined;
    snapshotId?: string | undefined;
    limit?: number | undefined;
    offset?: number | undefined;
    after?: string | undefined;
  }): Promise<StorePage & { snapshots: SnapshotRecord[] }>;

  /**
   * Adds items to a record, in any order and any number of calls, up to its `itemCount`. With the last item, the snapshot is complete and
   * has its event. Items that are there already are left out.
   *
   * @throws {@link SnapshotError} 404 if there is no such snapshot; 409 for an item that is there with another content, and for more items
   * than the record has; 422 for what is not an item.
   */
  addSnapshotItems(snapshotId: string, items: readonly (ContextSnapshotItemInput | JsonText)[]): Promise<unknown>;

  /**
   * Reads items, in the order of the tree. Without `limit`, all of them. Erased items are left out.
   *
   * @throws {@link SnapshotError} 404 if there is no such snapshot; 412 if a text cannot be read, or the texts are not in the order of their ids,
   * because somebody has changed the rows. `verify` then says more.
   */
  listSnapshotItems(
    snapshotId: string,
    page?: { limit?: number | undefined; offset?: number | undefined },
  ): Promise<SnapshotItem[]>;

  /** Reads the index, for `proveItem` and `diffSnapshots`. Erased items are in it. */
  snapshotIndex(snapshotId: string): Promise<SnapshotIndexEntry[]>;

  /**
   * Runs a function in a transaction, with a store that takes part in it. What is called inside is all or nothing, each call as well as the
   * whole. An exception of the function passes through unchanged, after everything was undone.
   *
   * @example
   * ```ts
   * await store.transaction(async (tx) => {
   *   await tx.upsertPack(pack);
   *   await tx.saveSnapshot(snapshot);
   * });
   * ```
   */
  transaction<T>(run: (store: Self) => Promise<T>): Promise<T>;

  /**
   * Stores a snapshot in one transaction: record, pack, items, index and event. Texts that the database has already are not written again.
   * Returns `exists`, and stores nothing, if a snapshot with that id and hash is there.
   *
   * @throws {@link SnapshotError} 409 with `args: { snapshotId, hash }` if the id is there with another hash; 422 if index and record do not
   * fit.
   *
   * @example
   * ```ts
   * if ((await store.saveSnapshot(snapshot)) === 'exists') return await store.getSnapshot(snapshot.record.snapshotId);
   * ```
   */
  saveSnapshot(snapshot: Snapshot): Promise<'created' | 'exists'>;

  /**
   * Takes and stores a snapshot of a pack that is larger than memory. Texts are written while items are read, in short transactions; the
   * whole snapshot appears at once, at the end. If it was stored before, the result has the stored record.
   *
   * The result has no items in memory: its `items` and `itemsJson` throw. Read them with {@link StoreMethods.listSnapshotItems}.
   *
   * @throws {@link SnapshotError} like `SnapshotBuilder` and {@link StoreMethods.saveSnapshot}.
   */
  snapshotStream(
    input: ContextPackSnapshotInput,
    ctx: Omit<SnapshotContext, 'items'>,
    items: Iterable<ContextSnapshotItemInput | JsonText> | AsyncIterable<ContextSnapshotItemInput | JsonText>,
  ): Promise<Snapshot>;

  /**
   * Stores the texts of items before there is a snapshot of them, in short transactions, so that several processes can take a share each.
   * Nobody sees them until {@link StoreMethods.linkSnapshot}. Texts that are there are not written again, so a retry is cheap.
   *
   * @param options `tenantId` of the context of the snapshot, if it has one
   * @returns an entry for each item, for `SnapshotBuilder.addDigest` (with kind and source of the item) and for `linkSnapshot`
   *
   * @throws {@link SnapshotError} 422 for what is not an item, and for an id that comes twice. Earlier items may be stored then.
   */
  addTexts(
    items: Iterable<ContextSnapshotItemInput> | AsyncIterable<ContextSnapshotItemInput>,
    options?: { tenantId?: string | null | undefined },
  ): Promise<TextEntry[]>;

  /**
   * Stores a snapshot whose texts are stored already: record, pack, links and event, in one transaction. Entries come in any order, and are
   * not trusted: all texts are read and must be those of the record. Memory is an id and a number for each item.
   *
   * @param record of `SnapshotBuilder.finish`
   * @param entries of {@link StoreMethods.addTexts}, of any process
   * @returns `exists`, if a snapshot with that id and hash is there
   *
   * @throws {@link SnapshotError} 409 if the id is there with another hash; 422 with the id of the item if a text is not there or not the
   * one of the entry, and if the items are not those of the record. Then nothing was stored.
   *
   * @example
   * ```ts
   * for (const entry of entries) builder.addDigest(entry);
   * await store.linkSnapshot(builder.finish().record, entries);
   * ```
   */
  linkSnapshot(
    record: SnapshotRecord,
    entries: Iterable<TextEntry> | AsyncIterable<TextEntry>,
  ): Promise<'created' | 'exists'>;

  /**
   * Verifies a stored snapshot from its stored text, row by row, in the order of the rows.
   *
   * An item that was erased is an issue `missing`, and the snapshot is not valid: nobody can compute the digest of what is gone. If its
   * tombstone is right, `erased` has its id, and the message says when, by whom and why. A tombstone that is not right is a `mismatch`.
   *
   * @param expect what you trust, kept elsewhere. Fails closed: if it is given, it must have a hash or a seal.
   * @param tombstones the keys of those who may erase. With them, a tombstone is right only if one of these has signed it. Without them, a
   * tombstone is as good as the database.
   *
   * @throws {@link SnapshotError} 404 if there is no such snapshot; TypeError if a key cannot verify.
   *
   * @example
   * ```ts
   * const { issues, erased } = await store.verify(snapshotId, { hash }, { keys: [{ publicKey }] });
   * // True if nothing is wrong, except that items were erased.
   * const isRight = issues.length === erased.length && issues.every(({ code }) => code === 'missing');
   * ```
   */
  verify(
    snapshotId: string,
    expect?: SnapshotExpectation,
    tombstones?: { readonly keys: Iterable<StatementKey> },
  ): Promise<StoreVerification>;

  /**
   * Publishes the events that were not published yet, until none is left. At least once: an event is published again if `publish` threw, if
   * the process died before it was marked, or if the lease ended meanwhile. Then `event.id` is the same. No transaction is open during
   * `publish`. Several relays share the events.
   *
   * @throws {@link SnapshotError} 422 inside of a `transaction`, because its events may be undone after they were published.
   *
   * @example
   * ```ts
   * setInterval(() => store.relayOutbox((event) => bus.publish(event)).catch(log), 1000);
   * ```
   */
  relayOutbox(
    publish: (event: SnapshotEvent) => Awaitable<void>,
    options?: RelayOptions,
  ): Promise<{ published: number; failed: number }>;

  /**
   * Removes the content of items from a snapshot. Their digests stay, so proofs of the other items still hold, and so does a tombstone of
   * each: which item of which snapshot, when, by whom and why. {@link StoreMethods.verify} then reports these items as erased.
   *
   * @param options with a `signer`, each tombstone is a signed statement
   *
   * An item that has a tombstone already keeps it, but its text goes if it is still there: whoever may write to the database may have hidden it.
   *
   * @returns `erased`: how many items got a tombstone now, or lost their text only now; `shared`: of how many of the named items the text stays
   * because other snapshots have it; `issues`: the tombstones that were there and are not right as far as that shows without keys, with a
   * signer also those that are not signed. `itemId` of such an issue is the id as it was passed
   *
   * @throws {@link SnapshotError} 404 if the snapshot has no such item; 412 if the row of the item has the text of another one; 422 without a
   * reason, for a signer without `erasedBy`, and for a signer if the record is not valid; TypeError if the key cannot sign, and for unknown
   * options. Then nothing was erased.
   *
   * @example
   * ```ts
   * await store.erase(snapshotId, ['customer-7'], 'ticket 4711', { erasedBy: 'dpo@acme', signer: { privateKey, keyid: 'dpo-2026' } });
   * ```
   */
  erase(
    snapshotId: string,
    itemIds: readonly string[],
    reason: string,
    options?: EraseOptions,
  ): Promise<{ erased: number; shared: number; issues: readonly Issue[] }>;

  /**
   * Reads the tombstones of a snapshot, in the order of the tree: to hand them to others, or to check each with {@link verifyTombstone}.
   *
   * @throws {@link SnapshotError} 404 if there is no such snapshot.
   */
  listTombstones(snapshotId: string): Promise<Tombstone[]>;
}

/** A connection to PostgreSQL: a `Pool` or `Client` of `pg`, PGlite, `sql` of postgres.js, or a provider with `query` and `transaction`. */
export type PostgresClient = unknown;

/** Options of {@link PostgresSnapshotStore.open}. */
export interface PostgresStoreOptions {
  /** Default: `lssm_context`, the host's. It is created if it is missing. */
  schema?: string | undefined;
  /**
   * The tenant whose rows the store sees and writes. Needs row-level security (`docs/STORES.md`); without it, `open` fails, and also if the
   * tenant is given and `undefined`.
   */
  tenant?: string;
}

/** Snapshots in PostgreSQL. */
export interface PostgresSnapshotStore extends StoreMethods<PostgresSnapshotStore> {}
export const PostgresSnapshotStore: (abstract new (
  opening: never,
) => PostgresSnapshotStore) & {
  /**
   * Opens a store: creates or updates its tables, and takes over what is in the host's own tables, which stay as they are. A store with a tenant,
   * or of a role that row-level security binds, takes nothing over.
   *
   * @throws {@link SnapshotError} 422 if `db` is none of the clients, or an option is wrong or unknown; 503 if the database cannot be reached or migrated, and if a
   * provider's `transaction()` does not run a transaction. Nothing was written then.
   *
   * @example
   * ```ts
   * const store = await PostgresSnapshotStore.open(new pg.Pool({ connectionString }));
   * ```
   */
  open(db: PostgresClient, options?: PostgresStoreOptions): Promise<PostgresSnapshotStore>;
};

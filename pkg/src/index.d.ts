/// <reference lib="esnext.disposable" />

/**
 * Immutable, auditable snapshots of the context that AI agents work from.
 *
 * Every function is synchronous and needs no initialisation call, except that signing and verifying signatures return promises, like Web
 * Crypto. `docs/FORMAT.md` of this package specifies what is hashed, `docs/ERRORS.md` every error.
 *
 * @packageDocumentation
 */

/** A SHA-256 digest: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** The kind of caller, as the host knows it. Any other value counts as nobody. */
export type Actor = 'anonymous' | 'user' | 'admin';

/**
 * An object of JSON values, from a literal or an interface. Its content is checked at run time; the compiler refuses arrays, functions,
 * `Date`s, promises and collections.
 */
export type JsonObject =
  | { readonly [member: string]: unknown }
  | (object & {
      readonly [Symbol.iterator]?: never;
      readonly [Symbol.toStringTag]?: never;
      readonly [Symbol.toPrimitive]?: never;
      readonly [Symbol.hasInstance]?: never;
    });

/** The input of the operation `context.pack.snapshot` 1.0.0. Other members are ignored. */
export interface ContextPackSnapshotInput {
  /** Key of the pack. Not empty. */
  packKey: string;
  /** Version of the pack. Default: that of the pack in the context. */
  packVersion?: string | undefined;
  /** Why the snapshot is taken. Kept in the record. */
  reason?: string | undefined;
  /** Who asked for it, according to the caller. Kept as a claim; it never replaces the authenticated user. */
  requestedBy?: string | undefined;
  /** A JSON object that is kept in the record. The member `$snapshot` is reserved. */
  metadata?: JsonObject | undefined;
}

/** The output of the operation, and the payload of its event. */
export interface ContextPackSnapshotOutput {
  /** The snapshot's identifier. */
  readonly snapshotId: string;
  /** The pack's key. */
  readonly packKey: string;
  /** The pack's version. */
  readonly packVersion: string;
  /** Digest of the manifest. It depends on the content alone: not on order, clock, requester or host. */
  readonly hash: Digest;
  /** Number of items. */
  readonly itemCount: number;
  /** When the snapshot was made. A `Date`, because the host's schemas require one. */
  readonly createdAt: Date;
}

/** A source of a pack's items. */
export interface ContextPackSourceRef {
  /** `kind` of its items. Not empty. */
  kind: string;
  /** `sourceKey` of its items. Not empty. */
  key: string;
  /** `sourceVersion` of its items, if only that version counts. */
  version?: string | undefined;
  /** If true, a snapshot without an item of this source is refused (`PRECONDITION_FAILED`). */
  required?: boolean | undefined;
  /** A description for people. */
  description?: string | undefined;
}

/** A context pack, without its items. Other members are not part of a snapshot. */
export interface ContextPackRecord {
  /** Not empty. */
  packKey: string;
  /** May be empty. */
  version: string;
  /** May be empty. */
  title: string;
  /** Purpose of the pack. */
  description?: string | undefined;
  /** People or teams that are responsible for it. The order is kept. */
  owners?: readonly string[] | undefined;
  /** Words for searches. The order is kept. */
  tags?: readonly string[] | undefined;
  /** Sources of its items. The order is kept. */
  sources?: readonly ContextPackSourceRef[] | undefined;
  /** Not part of a snapshot. */
  createdAt?: string | Date | undefined;
  /** Not part of a snapshot. */
  updatedAt?: string | Date | undefined;
}

/** An item of a pack. Other members are ignored. */
export interface ContextSnapshotItemInput {
  /** Unique in the pack. Not empty. */
  itemId: string;
  /** `docblock`, `contract`, `knowledge`, `data-view`, `schema`, `migration`, `external`, or any other. Not empty. */
  kind: string;
  /** Key of the source. Not empty. */
  sourceKey: string;
  /** Version of the source. */
  sourceVersion?: string | undefined;
  /** Text, or a JSON object of at most 999 levels. */
  content: string | JsonObject;
  /** The content as text. */
  textContent?: string | undefined;
  /** A JSON object of at most 999 levels. */
  metadata?: JsonObject | undefined;
  /** A `Date`, or RFC 3339 with an offset, from 1970 to 9999. Not part of what is hashed. */
  createdAt?: string | Date | undefined;
}

/**
 * The context that the host passes: the caller (members of the host's own handler context; others are ignored), and the pack with its
 * items. Each member is read once, by name; members are never enumerated. `null` means absent.
 */
export interface SnapshotContext {
  /** Absent means `anonymous`. */
  actor?: Actor | null | undefined;
  /** A user needs the role `admin`. */
  roles?: readonly string[] | null | undefined;
  /** The authenticated user. An empty string means none. */
  userId?: string | null | undefined;
  /** Part of the scope of `idemKey`. */
  tenantId?: string | null | undefined;
  /** Part of the scope of `idemKey`. */
  organizationId?: string | null | undefined;
  /** Part of the scope of `idemKey`. */
  workspaceId?: string | null | undefined;
  /** Channel of the request. */
  channel?: string | null | undefined;
  /** Included in the event and in errors. */
  traceId?: string | null | undefined;
  /** Idempotency key: requests with the same key, scope and version of a pack get the same `snapshotId`. Not empty. */
  idemKey?: string | null | undefined;
  /** A decision that the host's policy engine already made: `deny` is final, `allow` grants nothing by itself. */
  decision?: { readonly effect: 'allow' | 'deny'; readonly reason?: string | null | undefined } | null | undefined;
  /** The pack. If the host's store has none, null or undefined, which gives `NOT_FOUND`. */
  pack: ContextPackRecord | null | undefined;
  /**
   * Any iterable: an array, a generator, the `values()` of a Map. Read once, one item at a time. An item that is frozen through and through is
   * read in the first call that gets it, and known by its identity in later ones.
   */
  items: Iterable<ContextSnapshotItemInput | JsonText>;
  /** A `Date`, epoch milliseconds, or RFC 3339 with an offset, from 1970 to 9999. Default: the clock. */
  now?: Date | string | number | null | undefined;
  /** The identifier, not empty and without `:`. Default: derived from `idemKey`, or a UUID version 7 if there is no key. */
  snapshotId?: string | null | undefined;
  /** The seal of the previous snapshot, a {@link Digest}. A string, because it may come from a column. */
  parent?: string | null | undefined;
  /** Limits below those of the format, for packs from strangers. */
  limits?: Limits | null | undefined;
}

/**
 * Limits for packs and data from strangers. Data over a limit is refused (`too_big`), never ignored. `documentBytes` and `levels` apply to
 * each document (an item, a record, a pack, an event). A record has 5 levels of its own, so fewer make every verification invalid. Default:
 * the limits of the format.
 *
 * @example
 * ```ts
 * previewPack(input, { ...ctx, limits: { documentBytes: 1_000_000, items: 10_000, totalBytes: 50_000_000 } });
 * ```
 */
export interface Limits {
  /** Canonical bytes of a document. At most 268,435,456. */
  readonly documentBytes?: number | undefined;
  /** Levels of nesting in a document; its root is the first. At most 1,000. */
  readonly levels?: number | undefined;
  /** Number of items, and of entries of an index. */
  readonly items?: number | undefined;
  /** Canonical bytes of all items together. */
  readonly totalBytes?: number | undefined;
}

/** The document whose digest is the hash. */
export interface SnapshotManifest {
  readonly format: 'context.pack.snapshot/v1';
  readonly itemCount: number;
  /** Merkle Tree Hash (RFC 9162 section 2.1.1) of the items in the order of their `itemId`. */
  readonly itemsRoot: Digest;
  readonly pack: Readonly<Omit<ContextPackRecord, 'createdAt' | 'updatedAt'>>;
}

/** The record that the host stores for the snapshot. */
export interface SnapshotRecord {
  readonly snapshotId: string;
  readonly packKey: string;
  readonly packVersion: string;
  readonly hash: Digest;
  readonly itemCount: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
  /** The authenticated user, or `requestedBy` if there is none. */
  readonly createdBy?: string | undefined;
  /** The metadata of the input, and `$snapshot`, which belongs to the format. */
  readonly metadata: SnapshotMetadata;
}

/** The metadata of a record. */
export interface SnapshotMetadata {
  readonly $snapshot: SnapshotDetails;
  /** Members of the input's metadata. */
  readonly [member: string]: unknown;
}

/** `metadata.$snapshot` of a record (FORMAT section 4). */
export interface SnapshotDetails {
  readonly manifest: SnapshotManifest;
  /** Digest of the record without this member. */
  readonly seal: Digest;
  /** The kind of caller that was admitted. */
  readonly actor: 'admin' | 'user';
  /** Why the caller was admitted: as an admin, or as a user with the role `admin`. */
  readonly grant: 'actor' | 'role';
  /** The authenticated user. */
  readonly userId?: string | undefined;
  readonly reason?: string | undefined;
  readonly requestedBy?: string | undefined;
  readonly traceId?: string | undefined;
  readonly idemKey?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly organizationId?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly channel?: string | undefined;
  /** The seal of the previous snapshot. */
  readonly parent?: Digest | undefined;
}

/** An item as it was hashed, ready to be stored. */
export interface SnapshotItem extends Readonly<Omit<ContextSnapshotItemInput, 'createdAt'>> {
  readonly content: string | Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly snapshotId: string;
  /** The item's own time, or the snapshot's if it has none. RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
}

/** An item and its leaf hash. */
export interface SnapshotIndexEntry {
  readonly itemId: string;
  readonly digest: Digest;
}

/** The event that the host emits once the snapshot is stored. */
export interface SnapshotEvent {
  /** The same for every delivery: a UUID version 8 derived from the snapshot's identifier. */
  readonly id: string;
  readonly key: 'context.snapshot.created';
  readonly version: '1.0.0';
  /** When the snapshot was made. RFC 3339, UTC, milliseconds. */
  readonly occurredAt: string;
  readonly traceId?: string | undefined;
  readonly payload: ContextPackSnapshotOutput;
}

/** A snapshot. Deeply frozen, except for the setters of a `Date`; shares no object with the arguments. */
export interface Snapshot {
  /** The output of the operation. */
  readonly output: ContextPackSnapshotOutput;
  /** The event to emit. */
  readonly event: SnapshotEvent;
  /** The record to store. */
  readonly record: SnapshotRecord;
  /** The document whose digest is the hash. */
  readonly manifest: SnapshotManifest;
  /** The digests of the items, in the order of the tree. Made when it is first read. */
  readonly index: readonly SnapshotIndexEntry[];
  /** The items, in the same order, as they were hashed. Made when it is first read. */
  readonly items: readonly SnapshotItem[];
  /**
   * The items as the canonical JSON that was hashed, in the same order, for a store of text. No objects are made. The text has neither
   * `snapshotId` nor `createdAt`.
   *
   * @example
   * ```ts
   * for (const { itemId, digest, json } of snapshot.itemsJson()) await insert(snapshot.record.snapshotId, itemId, digest, json);
   * ```
   */
  itemsJson(): IterableIterator<SnapshotItemJson>;
}

/** An item as canonical JSON. */
export interface SnapshotItemJson extends SnapshotIndexEntry {
  /** The canonical item (FORMAT 1.1): the SHA-256 of a zero byte and these bytes of UTF-8 is the digest. */
  readonly json: string;
}

/**
 * JSON text: a string, or UTF-8 without a byte-order mark. It is read strictly (FORMAT 7.4): two members with the same name, half a
 * surrogate pair, and a number that would change are refused, with the line and the column.
 */
export type JsonText = string | Uint8Array;

/**
 * Takes a snapshot: checks the caller, then input and context, then the pack and its items, and returns the snapshot for the host to
 * persist.
 *
 * @throws {@link SnapshotError}, in this order: 401 or 403 if the caller is not admitted (pack and items are not read then), 422 for input
 * and context, 404 if there is no pack, or not the requested one, 422 for the pack, 422 for the items, 412 if a required source has no item.
 * An exception of the host's own code (a getter, an iterator) passes through unchanged.
 *
 * @example
 * ```ts
 * const { record, items, event } = snapshotPack(
 *   { packKey: 'platform.docs', reason: 'release 7' },
 *   { actor: 'admin', userId: 'ops-1', pack, items: packItems },
 * );
 * await store.createSnapshot(record);
 * await store.addSnapshotItems(record.snapshotId, items);
 * await emit(event.key, event.version, event.payload);
 * ```
 */
export function snapshotPack(input: ContextPackSnapshotInput, ctx: SnapshotContext): Snapshot;

/**
 * Returns the identifier that {@link snapshotPack} derives from an idempotency key, a UUID version 8 (RFC 9562), so that a host can look
 * for an earlier result first.
 *
 * @throws {@link SnapshotError} 422 if `idemKey` or `packKey` is empty, or if a member is not a string.
 *
 * @example
 * ```ts
 * const earlier = await store.getSnapshot(snapshotIdFor({ idemKey, packKey: pack.packKey, packVersion: pack.version }));
 * ```
 */
export function snapshotIdFor(key: {
  readonly idemKey: string;
  readonly packKey: string;
  readonly packVersion: string;
  readonly tenantId?: string | null | undefined;
  readonly organizationId?: string | null | undefined;
  readonly workspaceId?: string | null | undefined;
}): string;

/**
 * Computes the leaf hash of a single item, and the canonical item, ready to be stored.
 *
 * @throws {@link SnapshotError} 422 if the value is not an item; paths have no prefix.
 *
 * @example
 * ```ts
 * const { itemId, digest, json } = digestItem(item);
 * ```
 */
export function digestItem(item: ContextSnapshotItemInput | JsonText): {
  readonly itemId: string;
  readonly digest: Digest;
  readonly json: string;
};

/** A manifest and its index: a {@link Snapshot}, or the stored parts of one. */
export interface SnapshotContents {
  readonly manifest: Received<SnapshotManifest>;
  readonly index: readonly Received<SnapshotIndexEntry>[];
}

/** The context of {@link previewPack}. */
export type PreviewContext = Omit<SnapshotContext, 'snapshotId' | 'idemKey' | 'parent'> & {
  /** An earlier snapshot to compare with, or its manifest and index. */
  against?: SnapshotContents | null | undefined;
};

/** A preview of a snapshot. Deeply frozen. */
export interface SnapshotPreview {
  /** Issues of the items and missing sources: at most 100, and one that says that there are more. */
  readonly problems: readonly Issue[];
  /** The hash that the snapshot would have, if there are no problems other than missing sources. */
  readonly hash?: Digest | undefined;
  /** The manifest, if there is a hash. */
  readonly manifest?: SnapshotManifest | undefined;
  /** The changes since `against`, if there is a hash. */
  readonly changes?: SnapshotDiff | undefined;
  /** The valid items; of duplicates, the first. */
  readonly index: readonly SnapshotIndexEntry[];
  /** Canonical bytes of the valid items. */
  readonly bytes: number;
  /** Numbers and canonical bytes of the valid items by kind, sorted by kind. */
  readonly kinds: readonly { readonly kind: string; readonly items: number; readonly bytes: number }[];
}

/**
 * Computes what {@link snapshotPack} would make, for a user or an admin: no identifier, no record, no event. Issues of items and missing
 * sources are returned in `problems`, so that an operator sees all of them.
 *
 * @throws {@link SnapshotError}, in this order: 401 if the caller is not signed in, 403 if the decision denies; 422 for input, context and an
 * invalid `against`; 404 and 422 for the pack.
 *
 * @example
 * ```ts
 * const { problems, changes } = previewPack({ packKey: 'platform.docs' }, { actor: 'user', pack, items, against: last });
 * if (problems.length === 0) showChanges(changes);
 * ```
 */
export function previewPack(input: ContextPackSnapshotInput, ctx: PreviewContext): SnapshotPreview;

/**
 * Builds a snapshot of a pack that is larger than memory, or whose items arrive over time. Keeps one item in memory, and a digest and an
 * id for each. The snapshot is byte for byte that of {@link snapshotPack} for the same items.
 *
 * A builder lives in WebAssembly's memory until {@link SnapshotBuilder.free} is called or it is garbage collected. If another call runs out of
 * memory, the builder may be lost; its methods then throw 500.
 *
 * @example
 * ```ts
 * const builder = new SnapshotBuilder({ packKey: 'platform.docs' }, { actor: 'admin', userId: 'ops-1', pack });
 * for await (const item of cursor) {
 *   const { itemId, json, createdAt } = builder.add(item);
 *   await store.writeItem(builder.snapshotId, itemId, json, createdAt);
 * }
 * const { record, event } = builder.finish();
 * builder.free();
 * ```
 */
export class SnapshotBuilder {
  /**
   * Checks caller, input and pack, and determines identifier and time.
   *
   * @throws {@link SnapshotError} for caller, input, context and pack, like {@link snapshotPack}.
   */
  constructor(input: ContextPackSnapshotInput, ctx: Omit<SnapshotContext, 'items'>);
  /** The snapshot's identifier. */
  readonly snapshotId: string;
  /** When the snapshot is made. RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
  /** Number of items so far. */
  readonly itemCount: number;
  /**
   * Adds an item; items may come in any order. `json` is the canonical item, ready to be stored; `createdAt` is the item's own time, or the
   * snapshot's if it has none.
   *
   * @throws {@link SnapshotError} 422 if the value is not an item, or if there is already an item with its id; paths begin with `items.` and
   * the number of items so far. The builder is unchanged then. An `Error` after {@link SnapshotBuilder.finish}.
   */
  add(item: ContextSnapshotItemInput | JsonText): {
    readonly itemId: string;
    readonly digest: Digest;
    readonly json: string;
    readonly createdAt: string;
  };
  /**
   * Adds an item that {@link digestItem} has digested, perhaps on another machine. The caller vouches that kind and source are those of the
   * item.
   *
   * @throws like {@link SnapshotBuilder.add}.
   *
   * @example
   * ```ts
   * const { itemId, digest } = digestItem(item);
   * builder.addDigest({ itemId, digest, kind: item.kind, sourceKey: item.sourceKey });
   * ```
   */
  addDigest(
    entry: Received<SnapshotIndexEntry> & {
      readonly kind: string;
      readonly sourceKey: string;
      readonly sourceVersion?: string | undefined;
    },
  ): void;
  /**
   * Returns the snapshot without its items, which a builder does not keep: store what {@link SnapshotBuilder.add} returns. `itemsJson` of
   * this snapshot throws an `Error` that says so. Can be called once.
   *
   * @throws {@link SnapshotError} 412 if a required source has no item, which may still be added; 422 if the manifest or the record is too
   * long. An `Error` if it is called again.
   */
  finish(): Omit<Snapshot, 'items'>;
  /** Releases its memory. Every later call throws an `Error`. */
  free(): void;
  /** Calls {@link SnapshotBuilder.free}, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * `T` as it comes back from JSON, a column or a schema: any string is accepted in place of a {@link Digest} or another known text, and is
 * checked at run time.
 */
export type Received<T> = T extends string
  ? string
  : T extends readonly (infer Element)[]
    ? readonly Received<Element>[]
    : T extends object
      ? { readonly [K in keyof T]: Received<T[K]> }
      : T;

/**
 * `T` as a store returns it: with `null` for an absent column, a `Date` in place of a time, any string in place of a digest, any type
 * (`unknown`, a JSON type of an ORM) in place of an object or a list, and further members.
 */
export type Stored<T> = StoredMembers<T> | (StoredMembers<T> & { readonly [member: string]: unknown });
/** The members of `T` as a store returns them. */
export type StoredMembers<T> = { readonly [K in keyof T]?: StoredMember<NonNullable<T[K]>> };
/** A member of type `M` as a store returns it. */
export type StoredMember<M> = [M] extends [string | Date]
  ? string | Date | null | undefined
  : [M] extends [number]
    ? number | null | undefined
    : unknown;

/** The parts that a stored snapshot is verified with, except its items. */
export interface VerifyOptions {
  /** The record as it was stored. `createdAt` may be a `Date`, RFC 3339, or in the form of PostgreSQL. */
  readonly record: Stored<SnapshotRecord>;
  /** The pack as it is now: compared with the manifest in the record, to see if it was edited. `null` means none. */
  readonly pack?: Stored<ContextPackRecord> | null | undefined;
  /** The index of the snapshot. With it, issues name the items that differ. */
  readonly index?: readonly Received<SnapshotIndexEntry>[] | undefined;
  /** If true, each `itemId` is a row id, `<snapshotId>:<itemId>`. Never guessed. */
  readonly rowIds?: boolean | undefined;
  /** Limits below those of the format. `null` means none. */
  readonly limits?: Limits | null | undefined;
  /** The event: compared with the record. */
  readonly event?: Stored<SnapshotEvent> | undefined;
  /** A manifest beside the record, as in a {@link Snapshot}: compared with the record's. */
  readonly manifest?: Received<SnapshotManifest> | undefined;
  /** An output beside the record, as in a {@link Snapshot}: compared with the record. */
  readonly output?: Stored<ContextPackSnapshotOutput> | undefined;
  /**
   * The trusted values, which come from elsewhere: a hash, a seal, or both. Without them, a verification only shows that the parts
   * fit together. Fails closed: an `expect` without a hash and a seal is an issue, and so is `hash`, `seal` or another unknown name
   * beside `record`.
   */
  readonly expect?: { readonly hash?: string | undefined; readonly seal?: string | undefined };
}

/** The record and the items of a snapshot, and further parts to compare. */
export interface SnapshotParts extends VerifyOptions {
  /** The items of the snapshot: any iterable, in any order. Read once, one item at a time. */
  readonly items: Iterable<Stored<ContextSnapshotItemInput> | JsonText>;
}

/** The result of a verification. Deeply frozen. */
export interface Verification {
  /** True if everything was computed, compared and equal. */
  readonly valid: boolean;
  /** The issues, in the order of `docs/ERRORS.md` section 8.1: at most 100, and one that says that there are more. */
  readonly issues: readonly Issue[];
  /**
   * The strongest trusted value that was given and matched. With `none`, `valid` only means that the parts fit together: all of them may
   * have been replaced.
   */
  readonly anchor: 'none' | 'hash' | 'seal';
}

/** The result of the verification of a chain. Deeply frozen. */
export interface ChainVerification extends Verification {
  readonly anchor: 'none' | 'seal';
  /** Number of records that were read. */
  readonly length: number;
}

/** Options of the verification of a chain. */
export interface ChainOptions {
  /** The trusted seal of the newest record. Without it, missing records at the end cannot be noticed. */
  readonly expect?: { readonly seal: string };
}

/**
 * Verifies a stored snapshot: computes it again from its record and its items, and reports every difference. Invalid data is never thrown;
 * an exception of the host's own code passes through unchanged.
 *
 * @example
 * ```ts
 * const { valid, issues, anchor } = verifySnapshot({
 *   record: await store.getSnapshot(id),
 *   items: await store.listSnapshotItems(id),
 *   expect: { hash: run.contextHash },
 * });
 * if (!valid) for (const { path, message } of issues) console.error(`${path}: ${message}`);
 * if (anchor === 'none') throw new Error('Nothing that we trust was compared.');
 * ```
 *
 * @throws TypeError if there is a second argument; trusted values belong in `expect`.
 */
export function verifySnapshot(parts: SnapshotParts): Verification;

/**
 * Verifies a snapshot like {@link verifySnapshot}, one item at a time, for more items than fit in memory. It lives in WebAssembly's memory
 * like a {@link SnapshotBuilder}.
 *
 * @example
 * ```ts
 * const verifier = new SnapshotVerifier({ record, expect: { seal } });
 * for await (const item of cursor) verifier.add(item);
 * const { valid } = verifier.finish();
 * verifier.free();
 * ```
 */
export class SnapshotVerifier {
  /**
   * Checks the parts. `items` among them are not read: add each item, otherwise the snapshot is not valid.
   *
   * @throws TypeError if there is a second argument; trusted values belong in `expect`.
   */
  constructor(parts: VerifyOptions);
  /**
   * Checks an item; items may come in any order. {@link SnapshotVerifier.finish} reports its issues.
   *
   * @returns the digest of the item, which a row may have in a column of its own; undefined if the item is not valid or exceeds a limit, or if
   *   its id was there before
   * @throws an `Error` after `finish`.
   */
  add(item: Stored<ContextSnapshotItemInput> | JsonText): Digest | undefined;
  /**
   * Returns the result. Can be called once.
   *
   * @throws an `Error` if it is called again.
   */
  finish(): Verification;
  /** Releases its memory. Every later call throws an `Error`. */
  free(): void;
  /** Calls {@link SnapshotVerifier.free}, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Verifies the records of a chain, oldest first: each record alone, and that its `parent` is the computed seal of the record before it. The
 * first may have a parent that is not in the chain. Items are not read. A chain without records is an issue; records in a wrong order
 * are one issue, `order`, which gives the right order.
 *
 * @example
 * ```ts
 * const records = [first.record, second.record, third.record];
 * const { valid, length } = verifyChain(records, { expect: { seal: run.newestSeal } });
 * ```
 *
 * @throws TypeError if there is a third argument.
 */
export function verifyChain(records: Iterable<Stored<SnapshotRecord>>, options?: ChainOptions): ChainVerification;

/** A proof that an item is in the snapshot with a hash (RFC 9162 section 2.1.3). Plain JSON. */
export interface ItemProof {
  readonly itemId: string;
  /** Position of the item in the order of the tree, from 0. */
  readonly leafIndex: number;
  /** Digests of the siblings, from the leaf upwards: 20 for a million items. */
  readonly path: readonly Digest[];
  readonly manifest: SnapshotManifest;
  /** Digest of the manifest. */
  readonly hash: Digest;
}

/**
 * Makes a proof that an item is in a snapshot, from its manifest and index. The first proof from an index builds its tree; later proofs from
 * the same array are fast, unless its length or the requested entry has changed.
 *
 * @throws {@link SnapshotError} 422 if index and manifest do not match; 404 if the index does not have the item.
 *
 * @example
 * ```ts
 * const proof = proveItem(snapshot, 'guides/install');
 * await agent.send({ item, proof });
 * ```
 */
export function proveItem(snapshot: SnapshotContents, itemId: string): ItemProof;

/**
 * Checks a proof that an item is in the snapshot with a hash. Does not need the other items.
 *
 * @param hash the trusted hash, not the one in the proof
 * @returns true only for a valid proof of this item; false for everything else
 * @throws TypeError if there is a fourth argument.
 *
 * @example
 * ```ts
 * if (!verifyItem(item, proof, run.contextHash)) throw new Error('This item was not in the context of the run.');
 * ```
 */
export function verifyItem(
  item: Stored<ContextSnapshotItemInput> | JsonText,
  proof: Received<ItemProof>,
  hash: string,
): boolean;

/**
 * Checks a proof like {@link verifyItem}, and returns the issues.
 *
 * @throws TypeError if there is a fourth argument.
 *
 * @example
 * ```ts
 * const { valid, issues } = explainItem(item, proof, run.contextHash);
 * if (!valid) console.error(issues.map(({ path, message }) => `${path}: ${message}`).join('\n'));
 * ```
 */
export function explainItem(
  item: Stored<ContextSnapshotItemInput> | JsonText,
  proof: Received<ItemProof>,
  hash: string,
): Verification;

/** The item before or after the place where an item with an absent id would be, with its proof. */
export interface AbsenceNeighbour extends ItemProof {
  /** Digest of the item. */
  readonly digest: Digest;
  /** The item itself, which the prover may add. Only then does the hash cover its id. */
  readonly item?: Stored<ContextSnapshotItemInput> | undefined;
}

/** A proof that no item of the snapshot with a hash has an id. Plain JSON. */
export interface AbsenceProof {
  readonly itemId: string;
  /** The last item with a smaller id, if there is one. */
  readonly before?: AbsenceNeighbour | undefined;
  /** The first item with a greater id, if there is one. */
  readonly after?: AbsenceNeighbour | undefined;
  /** The manifest of a snapshot without items. */
  readonly manifest?: SnapshotManifest | undefined;
}

/**
 * Makes a proof that no item of a snapshot has an id, from its manifest and index. As fast as {@link proveItem}.
 *
 * The proof names the two items between which the id would be. The hash covers their digests; it covers their ids only if the items are
 * there. Add them, unless the verifier trusts the index: see the example.
 *
 * @throws {@link SnapshotError} 422 if index and manifest do not match, if the id is empty or not a string, or if the index has it.
 *
 * @example
 * ```ts
 * const proof = proveAbsence(snapshot, 'guides/remove');
 * const { before, after } = proof;
 * await auditor.send({
 *   ...proof,
 *   before: before && { ...before, item: snapshot.items[before.leafIndex] },
 *   after: after && { ...after, item: snapshot.items[after.leafIndex] },
 * });
 * ```
 */
export function proveAbsence(snapshot: SnapshotContents, itemId: string): AbsenceProof;

/**
 * Checks a proof that no item of the snapshot with a hash has an id. A neighbour without its item is taken to have the id that the proof
 * says: whoever makes such a proof is trusted to have a right index. To require the items, check the `anchor` of {@link explainAbsence}.
 *
 * @param hash the trusted hash, not the one in the proof
 * @returns true only for a valid proof of the absence of this id; false for everything else
 * @throws TypeError if there is a fourth argument.
 *
 * @example
 * ```ts
 * if (!verifyAbsence('guides/remove', proof, run.contextHash)) throw new Error('This item may have been in the context of the run.');
 * ```
 */
export function verifyAbsence(itemId: string, proof: Received<AbsenceProof>, hash: string): boolean;

/**
 * Checks a proof like {@link verifyAbsence}, and returns the issues. The `anchor` is `hash` if the proof has the items of its neighbours, so
 * that the hash covers everything that it says; otherwise it is `none`.
 *
 * @throws TypeError if there is a fourth argument.
 *
 * @example
 * ```ts
 * const { valid, anchor } = explainAbsence('guides/remove', proof, run.contextHash);
 * if (!valid || anchor !== 'hash') throw new Error('This item may have been in the context of the run.');
 * ```
 */
export function explainAbsence(itemId: string, proof: Received<AbsenceProof>, hash: string): Verification;

/** The differences between two snapshots. Ids are in the order of the tree. Deeply frozen. */
export interface SnapshotDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Number of equal items. */
  readonly unchanged: number;
  /** Names of the manifest's pack members that differ. */
  readonly pack: readonly string[];
}

/**
 * Compares two snapshots by their manifests and indexes alone, in linear time. The ids are those of the indexes: only
 * {@link verifySnapshot} can compare them with the items.
 *
 * @throws {@link SnapshotError} 422 if an index and its manifest do not match; paths begin with `before.` or `after.`.
 *
 * @example
 * ```ts
 * const { added, removed, changed } = diffSnapshots(lastWeek, today);
 * ```
 */
export function diffSnapshots(before: SnapshotContents, after: SnapshotContents): SnapshotDiff;

/**
 * Summarizes a snapshot for people, as Markdown: the `markdown` target of the presentation `context.snapshot.summary`. Contains the pack,
 * who made the snapshot, when and why, its hash and seal, and how to verify it; with items, their numbers by kind and source. Text of
 * the pack is in code spans, so it cannot become a link, HTML or another row.
 *
 * @throws {@link SnapshotError} 422 if the record is not valid, or if the items are not those of the record.
 *
 * @example
 * ```ts
 * response.type('text/markdown').send(summarizeSnapshot({ record, items }));
 * ```
 */
export function summarizeSnapshot(snapshot: {
  readonly record: Stored<SnapshotRecord>;
  readonly items?: Iterable<Stored<ContextSnapshotItemInput> | JsonText> | undefined;
}): string;

/**
 * Returns what {@link summarizeSnapshot} shows, as data: for components, and for other languages than English. Deeply frozen. `kinds` and
 * `sources` are empty without items. Text of the pack is as it is in the pack, so escape it where it is shown.
 *
 * @throws {@link SnapshotError} 422 if the record is not valid, or if the items are not those of the record.
 *
 * @example
 * ```ts
 * const { title, itemCount, kinds } = summaryOf({ record, items });
 * ```
 */
export function summaryOf(snapshot: {
  readonly record: Stored<SnapshotRecord>;
  readonly items?: Iterable<Stored<ContextSnapshotItemInput> | JsonText> | undefined;
}): SnapshotSummary;

/** The data of a summary: see {@link summaryOf}. */
export interface SnapshotSummary {
  readonly title: string;
  readonly packKey: string;
  readonly packVersion: string;
  readonly hash: Digest;
  readonly seal: Digest;
  readonly itemCount: number;
  /** Number and canonical bytes of the items by kind, sorted by name in the order of the tree (FORMAT 2.1). */
  readonly kinds: readonly { readonly kind: string; readonly items: number; readonly bytes: number }[];
  /** The same by source: by kind, then `sourceKey`, then `sourceVersion`. */
  readonly sources: readonly {
    readonly kind: string;
    readonly sourceKey: string;
    readonly sourceVersion?: string | undefined;
    readonly items: number;
    readonly bytes: number;
  }[];
  readonly provenance: {
    /** RFC 3339, in UTC. */
    readonly createdAt: string;
    readonly createdBy?: string | undefined;
    /** The authenticated user. */
    readonly userId?: string | undefined;
    /** As the input said; not verified. */
    readonly requestedBy?: string | undefined;
    readonly reason?: string | undefined;
    readonly actor: Actor;
    /** What admitted the caller: its actor, or the role `admin`. */
    readonly grant: 'actor' | 'role';
    /** Seal of the snapshot before. */
    readonly parent?: Digest | undefined;
  };
}

/** An in-toto Statement v1 about a snapshot. Deeply frozen. */
export interface SnapshotStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  /** The pack as `context-pack:<packKey>@<packVersion>`, and the hash of its content as hexadecimal digits. */
  readonly subject: readonly [{ readonly name: string; readonly digest: { readonly sha256: string } }];
  readonly predicateType: 'https://contractspec.io/attestation/context-snapshot/v1';
  readonly predicate: {
    readonly snapshotId: string;
    readonly createdAt: string;
    readonly createdBy?: string | undefined;
    readonly seal: Digest;
    readonly manifest: SnapshotManifest;
    readonly reason?: string | undefined;
  };
}

/**
 * Makes the in-toto Statement v1 about a snapshot, to be signed by {@link signStatement} or by the tool that signs a team's builds.
 *
 * @throws {@link SnapshotError} 422 if the record is not valid.
 *
 * @example
 * ```ts
 * const { subject, predicate } = toStatement({ record });
 * ```
 */
export function toStatement(snapshot: { readonly record: Stored<SnapshotRecord> }): SnapshotStatement;

/** A DSSE envelope (https://github.com/secure-systems-lab/dsse): the signed bytes and the signatures. Plain JSON. */
export interface DsseEnvelope {
  /** Base64 of the statement's canonical JSON. */
  readonly payload: string;
  readonly payloadType: 'application/vnd.in-toto+json';
  /** `sig` is base64: of the signature itself for Ed25519, of its DER form for ECDSA. `keyid` is a hint. */
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** A DSSE envelope as other tools write it: without a `keyid`, or with `null`. */
export interface ReceivedEnvelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid?: string | null | undefined; readonly sig: string }[];
}

/** The members of a Web Crypto `CryptoKey` that are read. */
export interface WebCryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** A private key of Web Crypto to sign with: Ed25519 (RFC 8032) or ECDSA over P-256. */
export interface StatementSigner {
  readonly privateKey: WebCryptoKey;
  /** Included in the envelope, so that the public key can be found. */
  readonly keyid?: string | null | undefined;
}

/** A public key of Web Crypto that a verifier trusts: Ed25519 or ECDSA over P-256. */
export interface StatementKey {
  readonly publicKey: WebCryptoKey;
  /** If both have a keyid and the two differ, the signature is not checked with this key. */
  readonly keyid?: string | null | undefined;
}

/** The result of the verification of an envelope. */
export type EnvelopeVerification =
  | {
      /** A valid envelope: one of the keys has signed it, and the signed bytes are a valid statement about a snapshot. */
      readonly valid: true;
      /** Empty. */
      readonly issues: readonly Issue[];
      /** `keyid` of each key that has signed it and has one. */
      readonly keyids: readonly string[];
      /** The signed statement, deeply frozen. */
      readonly statement: SnapshotStatement;
    }
  | {
      readonly valid: false;
      /** At least one. */
      readonly issues: readonly Issue[];
      readonly keyids: readonly string[];
      readonly statement?: undefined;
    };

/**
 * Signs a statement and returns a DSSE envelope.
 *
 * @throws TypeError if the key cannot sign; {@link SnapshotError} 422 if this is not a statement about a snapshot, by the rules of
 * {@link verifyEnvelope}; 500 if there is no Web Crypto.
 *
 * @example
 * ```ts
 * const envelope = await signStatement(toStatement(snapshot), { privateKey, keyid: 'release-2026' });
 * ```
 */
export function signStatement(statement: Received<SnapshotStatement>, signer: StatementSigner): Promise<DsseEnvelope>;

/**
 * Verifies a DSSE envelope: one of the keys must have signed it, and the signed bytes must be a valid statement about a snapshot, whose
 * subject is the hash of its manifest. Invalid data is reported, never thrown.
 *
 * If an envelope needs more than 1,000 checks (pairs of a signature and a key), or checks that read more than 2^28 bytes together, it is
 * refused before any signature is checked.
 *
 * To check the snapshot itself, verify it with `expect: { seal: statement.predicate.seal }`.
 *
 * @throws TypeError if a key cannot verify, or if there is a third argument; {@link SnapshotError} 500 if there is no Web
 * Crypto.
 *
 * @example
 * ```ts
 * const { valid, statement } = await verifyEnvelope(JSON.parse(text), [{ publicKey, keyid: 'release-2026' }]);
 * ```
 */
export function verifyEnvelope(envelope: ReceivedEnvelope, keys: Iterable<StatementKey>): Promise<EnvelopeVerification>;

/**
 * Writes a value as canonical JSON (RFC 8785). Accepts JSON values and valid `Date`s (as their ISO string); leaves out members with the value
 * `undefined`; refuses everything else that `JSON.stringify` would silently drop or convert.
 *
 * @throws {@link SnapshotError} 422, with the path of each wrong value; also above 1,000 levels or 268,435,456 bytes.
 *
 * @example
 * ```ts
 * canonicalize({ b: 1e21, a: ['é'] }); // '{"a":["é"],"b":1e+21}'
 * ```
 */
export function canonicalize(value: unknown): string;

/**
 * Returns the canonical form (RFC 8785) of JSON text, which is read strictly: see {@link JsonText}.
 *
 * @throws {@link SnapshotError} 422 with path, line and column if the text is not JSON, or has something that would be lost or changed.
 *
 * @example
 * ```ts
 * canonicalizeJson('{ "b": 1.0, "a": "\\u00e9" }'); // {"a":"é","b":1}
 * canonicalizeJson('{ "a": 9007199254740993 }'); // throws: would become 9007199254740992, a string keeps it
 * ```
 */
export function canonicalizeJson(text: JsonText): string;

/**
 * Computes the SHA-256 of the canonical JSON of a value, without a prefix.
 *
 * @throws {@link SnapshotError} like {@link canonicalize}.
 *
 * @example
 * ```ts
 * digest(record.metadata.$snapshot.manifest) === record.hash;
 * ```
 */
export function digest(value: unknown): Digest;

/**
 * Returns true if a value is a digest in the form of this package: `sha256:` and 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * if (!isDigest(row.hash)) throw new Error(`Not a digest: ${row.hash}`);
 * ```
 */
export function isDigest(value: unknown): value is Digest;

/**
 * Returns the entries of an index whose digests a store does not have yet, so that each item is stored once, however many snapshots it is in.
 *
 * @param have a `Set` of digests, or any object whose `has(digest)` returns true or false, not a promise
 *
 * @throws TypeError if an entry has no digest, or if `has` returns anything else.
 *
 * @example
 * ```ts
 * for (const { itemId } of missing(snapshot.index, new Set(digestsInStore))) await store(itemId);
 * ```
 */
export function missing(
  index: readonly SnapshotIndexEntry[],
  have: { has(digest: string): boolean },
): SnapshotIndexEntry[];

/** The code of an issue (ERRORS sections 4 and 8). */
export type IssueCode =
  | 'invalid_type'
  | 'too_small'
  | 'too_big'
  | 'invalid_format'
  | 'reserved'
  | 'duplicate'
  | 'missing_source'
  | 'too_many_issues'
  | 'changed'
  | 'extra'
  | 'missing'
  | 'mismatch'
  | 'order';

/** One issue. */
export interface Issue {
  /** Names and indexes joined with dots; `''` is the root. At most 256 UTF-16 units; the middle of a longer path is left out. */
  readonly path: string;
  readonly code: IssueCode;
  /** Says what is wrong, and what would be right. */
  readonly message: string;
  /** The id of the affected item, if it is known. */
  readonly itemId?: string | undefined;
}

/** HTTP status, category and severity by code. */
export interface ProblemCodes {
  readonly UNAUTHENTICATED: { readonly status: 401; readonly category: 'auth'; readonly severity: 'warning' };
  readonly FORBIDDEN: { readonly status: 403; readonly category: 'auth'; readonly severity: 'warning' };
  readonly NOT_FOUND: { readonly status: 404; readonly category: 'not_found'; readonly severity: 'warning' };
  readonly CONFLICT: { readonly status: 409; readonly category: 'conflict'; readonly severity: 'warning' };
  readonly PRECONDITION_FAILED: { readonly status: 412; readonly category: 'conflict'; readonly severity: 'warning' };
  readonly VALIDATION_FAILED: { readonly status: 422; readonly category: 'validation'; readonly severity: 'warning' };
  readonly INTERNAL_ERROR: { readonly status: 500; readonly category: 'internal'; readonly severity: 'error' };
  readonly SERVICE_UNAVAILABLE: { readonly status: 503; readonly category: 'internal'; readonly severity: 'error' };
  readonly TIMEOUT: { readonly status: 504; readonly category: 'internal'; readonly severity: 'error' };
}

/** The codes of problems. */
export type ProblemCode = keyof ProblemCodes;

/** A problem object (RFC 9457) with that code, in the form that the host's runtime returns unchanged. */
export interface ProblemOf<Code extends ProblemCode> {
  /** `https://contractspec.io/problems/` and the code in kebab-case. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status. */
  readonly status: ProblemCodes[Code]['status'];
  /** One sentence for people. */
  readonly detail: string;
  readonly code: Code;
  readonly category: ProblemCodes[Code]['category'];
  /** `warning` below 500. */
  readonly severity: ProblemCodes[Code]['severity'];
  /** True for `SERVICE_UNAVAILABLE` and `TIMEOUT`. Otherwise false, because the same call would give the same result. */
  readonly retryable: boolean;
  /** The operation, if `snapshotPack`, `previewPack` or a `SnapshotBuilder` threw the error. */
  readonly operation?:
    | { readonly key: 'context.pack.snapshot'; readonly version: '1.0.0'; readonly kind: 'command' }
    | undefined;
  /** The `traceId` of the context. */
  readonly traceId?: string | undefined;
  /** Further facts from a host, as JSON. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

/** A problem object (RFC 9457): plain JSON. A union by `code`, and by `status`. */
export type SnapshotProblem = {
  [Code in ProblemCode]: ProblemOf<Code> &
    (Code extends 'PRECONDITION_FAILED' | 'VALIDATION_FAILED'
      ? {
          /** The issues: at most 100, and one that says that there are more. */
          readonly issues: readonly Issue[];
        }
      : { readonly issues?: undefined });
}[ProblemCode];

/**
 * The error of this package. Its own enumerable members are a problem object (RFC 9457), in the form that the host's runtime returns
 * unchanged.
 *
 * @example
 * ```ts
 * try {
 *   snapshotPack(input, ctx);
 * } catch (error) {
 *   if (error instanceof SnapshotError && error.status === 422) showIssues(error.issues);
 *   else throw error;
 * }
 * ```
 */
export type SnapshotError = Error & SnapshotProblem & { toJSON(): SnapshotProblem };

/** The argument of the constructor, for errors of a host. */
export interface SnapshotErrorInit {
  readonly code: ProblemCode;
  /** One sentence for people. */
  readonly detail: string;
  /** Further facts, as JSON: `{ snapshotId, hash }`. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

export const SnapshotError: {
  /**
   * Makes an error of the host, with the status, title and category of its code.
   *
   * @example
   * ```ts
   * throw new SnapshotError({ code: 'CONFLICT', detail: 'This idempotency key was used for another input', args: { snapshotId } });
   * ```
   */
  new (init: SnapshotErrorInit): SnapshotError;
  readonly prototype: SnapshotError;
  /**
   * Makes an error of a problem object: the result of `toJSON`, or an error that lost its class in `structuredClone` or `postMessage`.
   *
   * @example
   * ```ts
   * worker.onmessage = ({ data }) => reject(SnapshotError.from(data.problem)); // there: postMessage({ problem: error.toJSON() })
   * ```
   */
  from(problem: unknown): SnapshotError;
};

/** A JSON Schema (2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The operation's input as a Standard Schema 1 (https://standardschema.dev), for validators. */
export interface StandardInputSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'context-snapshot';
    /**
     * Checks an input like {@link snapshotPack}, synchronously. Returns the value itself, or all issues, each with its path as a list of
     * names, which are escaped and shortened as in other paths. An exception of the value's own code passes through
     * unchanged.
     */
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: ContextPackSnapshotInput; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string; readonly path: readonly (string | number)[] }[] };
    /** For the compiler only. */
    readonly types?:
      | { readonly input: ContextPackSnapshotInput; readonly output: ContextPackSnapshotInput }
      | undefined;
  };
}

/**
 * The contract of the operation as data, deeply frozen: meta, policy, emitted event, and JSON Schemas (2020-12) of input, output and event
 * payload, in which a `Date` is a string of format `date-time`.
 *
 * @example
 * ```ts
 * const result = contract.input['~standard'].validate(JSON.parse(body));
 * if (result.issues) return response.status(422).json(result.issues);
 * ```
 */
export const contract: {
  readonly key: 'context.pack.snapshot';
  readonly version: '1.0.0';
  readonly kind: 'command';
  readonly title: string;
  readonly description: string;
  readonly goal: string;
  readonly context: string;
  readonly domain: string;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly stability: string;
  readonly capability: { readonly key: string; readonly version: string };
  readonly policy: { readonly auth: 'admin'; readonly pii: readonly [] };
  readonly emits: readonly [
    { readonly key: 'context.snapshot.created'; readonly version: '1.0.0'; readonly when: string },
  ];
  readonly schemas: { readonly input: JsonSchema; readonly output: JsonSchema; readonly event: JsonSchema };
  /** The input for validators. Not enumerable, so a copy of the contract contains data only. */
  readonly input: StandardInputSchema;
  readonly [member: string]: unknown;
};

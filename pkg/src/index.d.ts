/// <reference lib="esnext.disposable" />

/**
 * Immutable, auditable snapshots of the context that AI agents work from.
 *
 * Every function is synchronous and needs no initialisation call (to sign and to check signatures gives promises, as Web
 * Crypto does). What is hashed is specified in `docs/FORMAT.md` of this package, every error in `docs/ERRORS.md`.
 *
 * @packageDocumentation
 */

/** A SHA-256 digest: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** Who the host says is asking. Anything else is nobody. */
export type Actor = 'anonymous' | 'user' | 'admin';

/**
 * An object of JSON values: of an interface as well as of a literal. What is inside is checked at run time; arrays, functions,
 * `Date`s, promises and collections are refused by the compiler.
 */
export type JsonObject =
  | { readonly [member: string]: unknown }
  | (object & {
      readonly [Symbol.iterator]?: never;
      readonly [Symbol.toStringTag]?: never;
      readonly [Symbol.toPrimitive]?: never;
      readonly [Symbol.hasInstance]?: never;
    });

/** Input of the operation `context.pack.snapshot` 1.0.0. Members not named here are ignored. */
export interface ContextPackSnapshotInput {
  /** Which pack. Not empty. */
  packKey: string;
  /** Which version of it. Where it is left out, the version that the context has. */
  packVersion?: string | undefined;
  /** Why the snapshot is taken; kept in the record. */
  reason?: string | undefined;
  /** Who the caller says has asked for it; kept as a claim, never in the place of the authenticated user. */
  requestedBy?: string | undefined;
  /** A JSON object that is kept in the record. The member `$snapshot` is reserved. */
  metadata?: JsonObject | undefined;
}

/** Output of the operation, and payload of its event. */
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
  /** When the snapshot was made. A `Date`, since the host's schemas ask for one. */
  readonly createdAt: Date;
}

/** A source of a pack's items. */
export interface ContextPackSourceRef {
  /** `kind` of its items. Not empty. */
  kind: string;
  /** `sourceKey` of its items. Not empty. */
  key: string;
  /** `sourceVersion` of its items, where it matters. */
  version?: string | undefined;
  /** Whether a snapshot needs an item of it: without one, `PRECONDITION_FAILED`. */
  required?: boolean | undefined;
  /** What it is. */
  description?: string | undefined;
}

/** A context pack, without its items. Members not named here are not part of a snapshot. */
export interface ContextPackRecord {
  /** Not empty. */
  packKey: string;
  /** May be empty. */
  version: string;
  /** May be empty. */
  title: string;
  /** What it is for. */
  description?: string | undefined;
  /** Who answers for it. Order is kept. */
  owners?: readonly string[] | undefined;
  /** Words to find it by. Order is kept. */
  tags?: readonly string[] | undefined;
  /** Where its items come from. Order is kept. */
  sources?: readonly ContextPackSourceRef[] | undefined;
  /** Not part of a snapshot. */
  createdAt?: string | Date | undefined;
  /** Not part of a snapshot. */
  updatedAt?: string | Date | undefined;
}

/** An item of a pack. Members not named here are ignored. */
export interface ContextSnapshotItemInput {
  /** Unique in the pack. Not empty. */
  itemId: string;
  /** `docblock`, `contract`, `knowledge`, `data-view`, `schema`, `migration`, `external`, or any other. Not empty. */
  kind: string;
  /** Where it comes from. Not empty. */
  sourceKey: string;
  /** Which version of that. */
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
 * What the host passes beside the input: who asks (the members of its own handler context; any others are ignored), and
 * the pack with its items. Members are read by name, once, and never enumerated. `null` is absent.
 */
export interface SnapshotContext {
  /** Absent means `anonymous`. */
  actor?: Actor | null | undefined;
  /** The role `admin` lets a user in. */
  roles?: readonly string[] | null | undefined;
  /** The authenticated user. The empty string is none. */
  userId?: string | null | undefined;
  /** A scope of `idemKey`. */
  tenantId?: string | null | undefined;
  /** A scope of `idemKey`. */
  organizationId?: string | null | undefined;
  /** A scope of `idemKey`. */
  workspaceId?: string | null | undefined;
  /** By what way the request came. */
  channel?: string | null | undefined;
  /** Told in the event and in errors. */
  traceId?: string | null | undefined;
  /** Two requests with one key, in one scope and for one version of a pack, name one snapshot. Not empty. */
  idemKey?: string | null | undefined;
  /** A decision that the host's policy engine already made: `deny` is final, `allow` grants nothing by itself. */
  decision?: { readonly effect: 'allow' | 'deny'; readonly reason?: string | null | undefined } | null | undefined;
  /** The pack, or null or undefined where the host's store has none: `NOT_FOUND`. */
  pack: ContextPackRecord | null | undefined;
  /** Any iterable: an array, a generator, a Map's `values()`. Read once, an item at a time. */
  items: Iterable<ContextSnapshotItemInput>;
  /** A `Date`, epoch milliseconds, or RFC 3339 with an offset, from 1970 to 9999; else the clock. */
  now?: Date | string | number | null | undefined;
  /** The identifier, where the host has one. Not empty, without `:`. Else derived from `idemKey`, else a UUID version 7. */
  snapshotId?: string | null | undefined;
  /** The seal of the snapshot that this one follows: a {@link Digest}, which may come out of a column. */
  parent?: string | null | undefined;
  /** Lower limits than the format's, for packs of strangers. */
  limits?: Limits | null | undefined;
}

/**
 * How much is read, for packs and data of strangers: what is over a limit is refused (`too_big`), never taken for nothing.
 * Each limit holds for one document (an item, a record, a pack, an event). Absent ones are the format's.
 *
 * @example
 * ```ts
 * previewPack(input, { ...ctx, limits: { documentBytes: 1_000_000, items: 10_000, totalBytes: 50_000_000 } });
 * ```
 */
export interface Limits {
  /** Canonical bytes of a document. At most 268,435,456. */
  readonly documentBytes?: number | undefined;
  /** Levels of nesting in a document, its root being the first. At most 1,000. */
  readonly levels?: number | undefined;
  /** Number of items, and of entries of an index. */
  readonly items?: number | undefined;
  /** Canonical bytes of all items together. */
  readonly totalBytes?: number | undefined;
}

/** What is hashed. */
export interface SnapshotManifest {
  readonly format: 'context.pack.snapshot/v1';
  readonly itemCount: number;
  /** Merkle tree hash (RFC 9162 section 2.1.1) of the items, ordered by `itemId`. */
  readonly itemsRoot: Digest;
  readonly pack: Readonly<Omit<ContextPackRecord, 'createdAt' | 'updatedAt'>>;
}

/** What the host stores for the snapshot itself. */
export interface SnapshotRecord {
  readonly snapshotId: string;
  readonly packKey: string;
  readonly packVersion: string;
  readonly hash: Digest;
  readonly itemCount: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
  /** The authenticated user; where there is none, `requestedBy`. */
  readonly createdBy?: string | undefined;
  /** The input's, and `$snapshot`, which is the format's own. */
  readonly metadata: SnapshotMetadata;
}

/** The metadata of a record. */
export interface SnapshotMetadata {
  readonly $snapshot: SnapshotDetails;
  /** The input's own. */
  readonly [member: string]: unknown;
}

/** What a record says of its snapshot: `metadata.$snapshot` (FORMAT section 4). */
export interface SnapshotDetails {
  readonly manifest: SnapshotManifest;
  /** Digest of the whole record without this member. */
  readonly seal: Digest;
  /** As what the caller was admitted. */
  readonly actor: 'admin' | 'user';
  /** On what ground: a user has the role `admin`. */
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
  /** The seal of the snapshot before. */
  readonly parent?: Digest | undefined;
}

/** An item as it was hashed, for the host to store. */
export interface SnapshotItem extends Readonly<Omit<ContextSnapshotItemInput, 'createdAt'>> {
  readonly content: string | Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly snapshotId: string;
  /** The item's own time, else the snapshot's. RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
}

/** An item and its leaf hash. */
export interface SnapshotIndexEntry {
  readonly itemId: string;
  readonly digest: Digest;
}

/** The event that the host emits once the snapshot is stored. */
export interface SnapshotEvent {
  /** The same for every delivery: a UUID version 8 of the snapshot's identifier. */
  readonly id: string;
  readonly key: 'context.snapshot.created';
  readonly version: '1.0.0';
  /** When the snapshot was made. RFC 3339, UTC, milliseconds. */
  readonly occurredAt: string;
  readonly traceId?: string | undefined;
  readonly payload: ContextPackSnapshotOutput;
}

/** A snapshot: deeply frozen (a `Date`'s own setters aside), and sharing no object with what was passed in. */
export interface Snapshot {
  /** What the operation answers. */
  readonly output: ContextPackSnapshotOutput;
  /** What it emits. */
  readonly event: SnapshotEvent;
  /** What is stored for the snapshot. */
  readonly record: SnapshotRecord;
  /** What is hashed. */
  readonly manifest: SnapshotManifest;
  /** The items' digests, in the order of the tree. Made on first read. */
  readonly index: readonly SnapshotIndexEntry[];
  /** The items, in the same order. Made on first read, of the bytes that were hashed. */
  readonly items: readonly SnapshotItem[];
}

/**
 * Takes a snapshot: checks who asks, then input and context, then the pack and its items, and returns what the host
 * persists.
 *
 * @throws {@link SnapshotError}, in this order: 401 or 403 for a caller who may not (pack and items are not touched then),
 * 422 for input and context, 404 where the pack is absent or another, 422 for the pack, 422 for the items, 412 where a
 * required source has no item. What the host's own code throws (a getter, an iterator) passes through unchanged.
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
 * The identifier that {@link snapshotPack} derives from an idempotency key, so that a host can look for an earlier result
 * first: a UUID version 8 (RFC 9562).
 *
 * @throws {@link SnapshotError} 422 where `idemKey` or `packKey` is empty, or a member is no string.
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
 * The leaf hash of an item by itself, and the canonical item, ready to be stored.
 *
 * @throws {@link SnapshotError} 422 where it is no item; paths have no prefix.
 */
export function digestItem(item: ContextSnapshotItemInput): {
  readonly itemId: string;
  readonly digest: Digest;
  readonly json: string;
};

/** A manifest and the index that belongs to it: a {@link Snapshot}, or what was kept of one. */
export interface SnapshotContents {
  readonly manifest: Received<SnapshotManifest>;
  readonly index: readonly Received<SnapshotIndexEntry>[];
}

/** What {@link previewPack} takes beside what is said of the caller and the pack. */
export type PreviewContext = Omit<SnapshotContext, 'snapshotId' | 'idemKey' | 'parent'> & {
  /** What to compare with: an earlier snapshot, or its manifest and index. */
  against?: SnapshotContents | null | undefined;
};

/** What a snapshot would hold. Deeply frozen. */
export interface SnapshotPreview {
  /** What is wrong with the items, or missing among them: at most 100, and one that says that there are more. */
  readonly problems: readonly Issue[];
  /** The hash that a snapshot would have. Where there are no problems, required sources aside. */
  readonly hash?: Digest | undefined;
  /** What would be hashed. Where there is a hash. */
  readonly manifest?: SnapshotManifest | undefined;
  /** What changed since the snapshot that was given as `against`. Where there is a hash. */
  readonly changes?: SnapshotDiff | undefined;
  /** The items that are right; of duplicates the first. */
  readonly index: readonly SnapshotIndexEntry[];
  /** Their canonical bytes. */
  readonly bytes: number;
  /** The same by kind, sorted by kind. */
  readonly kinds: readonly { readonly kind: string; readonly items: number; readonly bytes: number }[];
}

/**
 * What {@link snapshotPack} would make, for a user or an admin: no identifier, no record, no event. What is wrong with the
 * items, or missing among them, is in `problems`, for an operator to see all of it at once.
 *
 * @throws {@link SnapshotError}, in this order: 401 for a caller who is not signed in, 403 for one who is denied; 422 for
 * input and context and for a bad `against`; 404 and 422 for the pack.
 *
 * @example
 * ```ts
 * const { problems, changes } = previewPack({ packKey: 'platform.docs' }, { actor: 'user', pack, items, against: last });
 * if (problems.length === 0) showChanges(changes);
 * ```
 */
export function previewPack(input: ContextPackSnapshotInput, ctx: PreviewContext): SnapshotPreview;

/**
 * A snapshot of a pack that is too large to hold, or arrives over time: memory is one item, and a digest and an id for each.
 * It gives what {@link snapshotPack} gives for the same items, byte for byte.
 *
 * It lives in WebAssembly's memory until {@link SnapshotBuilder.free} is called, or it is collected as garbage. Where another
 * call runs out of memory, it may be lost: then its methods throw 500.
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
   * Checks caller, input and pack, and fixes identifier and time.
   *
   * @throws {@link SnapshotError} as {@link snapshotPack}, up to the pack.
   */
  constructor(input: ContextPackSnapshotInput, ctx: Omit<SnapshotContext, 'items'>);
  /** The snapshot's identifier. */
  readonly snapshotId: string;
  /** When the snapshot is made. RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
  /** Number of items so far. */
  readonly itemCount: number;
  /**
   * Adds an item; they may come in any order. `json` is the canonical item, ready to be stored; `createdAt` is the item's own
   * time, else the snapshot's.
   *
   * @throws {@link SnapshotError} 422 where it is no item, or there is one of its id already; paths begin with `items.` and
   * the number of items so far. The builder is as it was before. An `Error` after {@link SnapshotBuilder.finish}.
   */
  add(item: ContextSnapshotItemInput): {
    readonly itemId: string;
    readonly digest: Digest;
    readonly json: string;
    readonly createdAt: string;
  };
  /**
   * Adds an item that was digested elsewhere, on another machine perhaps, by {@link digestItem}. That kind and source are the
   * item's is the caller's word.
   *
   * @throws as {@link SnapshotBuilder.add}.
   */
  addDigest(
    entry: Received<SnapshotIndexEntry> & {
      readonly kind: string;
      readonly sourceKey: string;
      readonly sourceVersion?: string | undefined;
    },
  ): void;
  /**
   * The snapshot, but for its items. Once.
   *
   * @throws {@link SnapshotError} 412 where a required source has no item: it may still be added. 422 where the manifest or the
   * record is too long. An `Error` the second time.
   */
  finish(): Omit<Snapshot, 'items'>;
  /** Gives its memory back. Nothing can be done with it then. */
  free(): void;
  /** {@link SnapshotBuilder.free}, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * `T` as it comes back from JSON, a column or a schema: where a {@link Digest} or another known text is needed, any string is
 * taken and checked at run time.
 */
export type Received<T> = T extends string
  ? string
  : T extends readonly (infer Element)[]
    ? readonly Received<Element>[]
    : T extends object
      ? { readonly [K in keyof T]: Received<T[K]> }
      : T;

/**
 * What a store returns: `null` for an absent column, a `Date` where the API has a string, any string where it has a digest,
 * anything (`unknown`, an ORM's type for JSON) where it has an object or a list, members of the store's own.
 */
export type Stored<T> = StoredMembers<T> | (StoredMembers<T> & { readonly [member: string]: unknown });
/** The members of `T`, as a store returns them. */
export type StoredMembers<T> = { readonly [K in keyof T]?: StoredMember<NonNullable<T[K]>> };
/** A member of type `M`, as a store returns it. */
export type StoredMember<M> = [M] extends [string | Date]
  ? string | Date | null | undefined
  : [M] extends [number]
    ? number | null | undefined
    : unknown;

/** What a stored snapshot is verified by. */
export interface VerifyOptions {
  /** The record, as it was stored. `createdAt` may be a `Date`, RFC 3339, or what PostgreSQL writes. */
  readonly record: Stored<SnapshotRecord>;
  /** The pack as it is now, to see whether it was edited since: compared with the manifest in the record. `null` is none. */
  readonly pack?: Stored<ContextPackRecord> | null | undefined;
  /** The snapshot's index. With it, the items that differ are named. */
  readonly index?: readonly Received<SnapshotIndexEntry>[] | undefined;
  /** Whether each `itemId` is a row id, `<snapshotId>:<itemId>`. It is never guessed. */
  readonly rowIds?: boolean | undefined;
  /** Lower limits than the format's. `null` is none. */
  readonly limits?: Limits | null | undefined;
  /** The event, to see whether it says what the record says. */
  readonly event?: Stored<SnapshotEvent> | undefined;
  /** A manifest that stands beside the record, as in a {@link Snapshot}: compared with the record's. */
  readonly manifest?: Received<SnapshotManifest> | undefined;
  /** An output that stands beside the record, as in a {@link Snapshot}: compared with the record. */
  readonly output?: Stored<ContextPackSnapshotOutput> | undefined;
  /**
   * What the verifier got elsewhere and trusts: a hash or a seal, and nothing else. Without it, to verify shows that the parts
   * fit together, no more. It fails closed: one that is there and has neither is an issue, and so is `hash`, `seal`, or any
   * other name that is not known, beside `record`.
   */
  readonly expect?: { readonly hash?: string | undefined; readonly seal?: string | undefined };
}

/** A snapshot's record, its items, and what else there is to compare them with. */
export interface SnapshotParts extends VerifyOptions {
  /** The items that belong to the record: any iterable, in any order. Read once, an item at a time. */
  readonly items: Iterable<Stored<ContextSnapshotItemInput>>;
}

/** What a verification found. Deeply frozen. */
export interface Verification {
  /** True if all was computed, compared and equal. */
  readonly valid: boolean;
  /** What is wrong, in the order of `docs/ERRORS.md` section 8.1: at most 100, and one that says that there are more. */
  readonly issues: readonly Issue[];
  /**
   * The strongest trusted value that was given and held. With `none`, `valid` says that the parts fit together, no more: all of
   * them may have been replaced.
   */
  readonly anchor: 'none' | 'hash' | 'seal';
}

/** What the verification of a chain found. Deeply frozen. */
export interface ChainVerification extends Verification {
  readonly anchor: 'none' | 'seal';
  /** Number of records that were read. */
  readonly length: number;
}

/** What a chain is verified by. */
export interface ChainOptions {
  /** The seal of the newest record, from elsewhere. Without it, a tail that was cut off cannot be seen. */
  readonly expect?: { readonly seal: string };
}

/**
 * Computes a stored snapshot again from its record and its items, and names every difference. Bad data is reported, never
 * thrown; what the host's own code throws passes through unchanged.
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
 * @throws TypeError if there is a second argument: what is trusted goes into `expect`.
 */
export function verifySnapshot(parts: SnapshotParts): Verification;

/**
 * {@link verifySnapshot} for more items than fit in memory, one at a time. It lives in WebAssembly's memory as a
 * {@link SnapshotBuilder} does.
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
  /** Checks the record, and what it is verified by. `items` beside the record are not read: add each of them, or the snapshot is not valid. */
  constructor(parts: VerifyOptions);
  /** Checks an item; they may come in any order. What is wrong with it is reported in the end. An `Error` after the end. */
  add(item: Stored<ContextSnapshotItemInput>): void;
  /** What was found. Once. */
  finish(): Verification;
  /** Gives its memory back. Nothing can be done with it then. */
  free(): void;
  /** {@link SnapshotVerifier.free}, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Checks the records of snapshots that follow each other, oldest first: each by itself, and that its `parent` is the seal of
 * the record before it, computed anew. The first may follow one that is not at hand. Items are not looked at. No record at
 * all is an issue; records that only stand in another order are one issue, `order`, which says the right one.
 *
 * @example
 * ```ts
 * const records = [first.record, second.record, third.record];
 * const { valid, length } = verifyChain(records, { expect: { seal: run.newestSeal } });
 * ```
 */
export function verifyChain(records: Iterable<Stored<SnapshotRecord>>, options?: ChainOptions): ChainVerification;

/** Shows that an item is in the snapshot of a hash (RFC 9162 section 2.1.3). Plain JSON. */
export interface ItemProof {
  readonly itemId: string;
  /** The item's position in the order of the tree, from 0. */
  readonly leafIndex: number;
  /** Digests of the siblings, from the leaf upwards: 20 for a million items. */
  readonly path: readonly Digest[];
  readonly manifest: SnapshotManifest;
  /** Digest of the manifest. */
  readonly hash: Digest;
}

/**
 * Proves that an item is in a snapshot, from its manifest and index. The first proof from an index builds its tree, later
 * ones from the same array take no time, unless its length or the entry that is asked for has changed in between.
 *
 * @throws {@link SnapshotError} 422 where index and manifest do not fit together; 404 where the index has no such item.
 *
 * @example
 * ```ts
 * const proof = proveItem(snapshot, 'guides/install');
 * await agent.send({ item, proof });
 * ```
 */
export function proveItem(snapshot: SnapshotContents, itemId: string): ItemProof;

/**
 * Whether an item is in the snapshot of a hash, by a proof of it and without the other items.
 *
 * @param hash the one that the verifier trusts, not the one that came with the proof
 * @returns `false` for anything that is no valid proof of this item.
 *
 * @example
 * ```ts
 * if (!verifyItem(item, proof, run.contextHash)) throw new Error('This item was not in the context of the run.');
 * ```
 */
export function verifyItem(item: Stored<ContextSnapshotItemInput>, proof: Received<ItemProof>, hash: string): boolean;

/**
 * Does what {@link verifyItem} does, and says what is wrong.
 *
 * @example
 * ```ts
 * const { valid, issues } = explainItem(item, proof, run.contextHash);
 * if (!valid) console.error(issues.map(({ path, message }) => `${path}: ${message}`).join('\n'));
 * ```
 */
export function explainItem(
  item: Stored<ContextSnapshotItemInput>,
  proof: Received<ItemProof>,
  hash: string,
): Verification;

/** What differs between two snapshots. Ids are in the order of the tree. Deeply frozen. */
export interface SnapshotDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Number of items that are the same. */
  readonly unchanged: number;
  /** Names of the manifest's pack members that differ. */
  readonly pack: readonly string[];
}

/**
 * Compares two snapshots by their manifests and indexes alone, in linear time.
 *
 * @throws {@link SnapshotError} 422 where an index and its manifest do not fit together; paths begin with `before.` or
 * `after.`.
 *
 * @example
 * ```ts
 * const { added, removed, changed } = diffSnapshots(lastWeek, today);
 * ```
 */
export function diffSnapshots(before: SnapshotContents, after: SnapshotContents): SnapshotDiff;

/**
 * A snapshot for people: the `markdown` target of the presentation `context.snapshot.summary`. What it is of, who made it,
 * when and why, its hash and seal, and how to check it; with items, how many there are of each kind and source. All that the
 * pack says stands in code spans: none of it can be a link, HTML or another row.
 *
 * @throws {@link SnapshotError} 422 where the record is not right, or the items are not those of the record.
 *
 * @example
 * ```ts
 * response.type('text/markdown').send(summarizeSnapshot({ record, items }));
 * ```
 */
export function summarizeSnapshot(snapshot: {
  readonly record: Stored<SnapshotRecord>;
  readonly items?: Iterable<Stored<ContextSnapshotItemInput>> | undefined;
}): string;

/** An in-toto Statement v1 about a snapshot. Deeply frozen. */
export interface SnapshotStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  /** The pack, as `context-pack:<packKey>@<packVersion>`, with the hash of its content in hexadecimal digits. */
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
 * The in-toto Statement v1 about a snapshot, to be signed by {@link signStatement} or by what signs a team's builds.
 *
 * @throws {@link SnapshotError} 422 where the record is not right.
 */
export function toStatement(snapshot: { readonly record: Stored<SnapshotRecord> }): SnapshotStatement;

/** A DSSE envelope (https://github.com/secure-systems-lab/dsse): the bytes that were signed, and by whom. Plain JSON. */
export interface DsseEnvelope {
  /** Base64 of the statement's canonical JSON. */
  readonly payload: string;
  readonly payloadType: 'application/vnd.in-toto+json';
  /** `sig` is base64: of the signature itself for Ed25519, of its DER form for ECDSA. `keyid` is a hint. */
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** A DSSE envelope as others write it: without a `keyid`, or with `null` for one. */
export interface ReceivedEnvelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid?: string | null | undefined; readonly sig: string }[];
}

/** A `CryptoKey` of Web Crypto, as far as it is looked at. */
export interface WebCryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** A key to sign with: of Ed25519 (RFC 8032), or of ECDSA over P-256, from Web Crypto. */
export interface StatementSigner {
  readonly privateKey: WebCryptoKey;
  /** Included in the envelope, to find the public key by. */
  readonly keyid?: string | null | undefined;
}

/** A key that a verifier trusts: of Ed25519, or of ECDSA over P-256, from Web Crypto. */
export interface StatementKey {
  readonly publicKey: WebCryptoKey;
  /** If both sides have one, signatures with another keyid are not tried with this key. */
  readonly keyid?: string | null | undefined;
}

/** What was found of an envelope. */
export type EnvelopeVerification =
  | {
      /** One of the keys has signed it, and what was signed is a statement about a snapshot, right as a whole. */
      readonly valid: true;
      /** None. */
      readonly issues: readonly Issue[];
      /** `keyid` of each key that has signed it, if the key has one. */
      readonly keyids: readonly string[];
      /** What was signed, deeply frozen. */
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
 * Signs a statement, in a DSSE envelope.
 *
 * @throws TypeError if the key cannot sign; {@link SnapshotError} 422 if this is not a statement about a snapshot, checked as
 * {@link verifyEnvelope} does, 500 if there is no Web Crypto.
 *
 * @example
 * ```ts
 * const envelope = await signStatement(toStatement(snapshot), { privateKey, keyid: 'release-2026' });
 * ```
 */
export function signStatement(statement: Received<SnapshotStatement>, signer: StatementSigner): Promise<DsseEnvelope>;

/**
 * Checks a DSSE envelope: that one of the keys has signed it, and that what was signed is a statement about a snapshot, all
 * of it right, whose subject is the hash of its manifest. Bad data is reported, never thrown.
 *
 * An envelope is refused without a look at any signature if it would take more than 1,000 checks (pairs of a signature and a
 * key that it may be by), or checks that read more than 2^28 bytes together.
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
 * Canonical JSON (RFC 8785). Takes JSON values and valid `Date`s (as their ISO string); leaves out members whose value is
 * `undefined`; refuses everything else that `JSON.stringify` would drop or convert in silence.
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
 * SHA-256 of the canonical JSON of a value, with no prefix.
 *
 * @throws {@link SnapshotError} as {@link canonicalize}.
 */
export function digest(value: unknown): Digest;

/**
 * Tells whether a value is what this package writes for a digest: `sha256:` and 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * if (!isDigest(row.hash)) throw new Error(`Not a digest: ${row.hash}`);
 * ```
 */
export function isDigest(value: unknown): value is Digest;

/** What kind of thing is wrong (ERRORS sections 4 and 8). */
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

/** One thing that is wrong. */
export interface Issue {
  /** Names and indexes joined with dots; `''` is the root. At most 256 UTF-16 units: of a longer one the two ends. */
  readonly path: string;
  readonly code: IssueCode;
  /** What is wrong, and what would be right. */
  readonly message: string;
  /** The id of the item that it is about, if that is known. */
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

/** A problem object (RFC 9457) with that code, in the shape that the host's runtime takes as it is. */
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
  /** False for all that this package throws: the same call gives the same answer. */
  readonly retryable: boolean;
  /** The operation, if it is what failed, and not one of the functions beside it. */
  readonly operation?:
    | { readonly key: 'context.pack.snapshot'; readonly version: '1.0.0'; readonly kind: 'command' }
    | undefined;
  /** The context's. */
  readonly traceId?: string | undefined;
  /** What a host has to say beside the code, as JSON. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

/** A problem object (RFC 9457): plain JSON. A union by `code`, and by `status`. */
export type SnapshotProblem = {
  [Code in ProblemCode]: ProblemOf<Code> &
    (Code extends 'PRECONDITION_FAILED' | 'VALIDATION_FAILED'
      ? {
          /** All that is wrong: at most 100, and one that says that there are more. */
          readonly issues: readonly Issue[];
        }
      : { readonly issues?: undefined });
}[ProblemCode];

/**
 * Why there is no snapshot. By its own enumerable members also a problem object (RFC 9457), in the shape that the host's
 * runtime takes as it is.
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

/** What a host makes an error of. */
export interface SnapshotErrorInit {
  readonly code: ProblemCode;
  /** One sentence for people. */
  readonly detail: string;
  /** What else there is to say, as JSON: `{ snapshotId, hash }`. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

export const SnapshotError: {
  /**
   * Makes an error of a host's own, with the status, title and category of its code.
   *
   * @example
   * ```ts
   * throw new SnapshotError({ code: 'CONFLICT', detail: 'This idempotency key was used for another input', args: { snapshotId } });
   * ```
   */
  new (init: SnapshotErrorInit): SnapshotError;
  readonly prototype: SnapshotError;
  /**
   * Makes an error of a problem object: of what `toJSON` gave, or of what is left of an error after `structuredClone` or
   * `postMessage`, which keep no class.
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

/** The operation's input for validators: Standard Schema 1 (https://standardschema.dev). */
export interface StandardInputSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'context-snapshot';
    /**
     * Checks an input as {@link snapshotPack} does, synchronously. Gives the value itself, or all issues, each with the names on
     * the way to it; a name that paths show with escapes or cut is as it is shown. What the value's own code throws passes
     * through unchanged.
     */
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: ContextPackSnapshotInput; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string; readonly path: readonly (string | number)[] }[] };
    /** For the compiler alone. */
    readonly types?:
      | { readonly input: ContextPackSnapshotInput; readonly output: ContextPackSnapshotInput }
      | undefined;
  };
}

/**
 * The operation's contract as data, deeply frozen: meta, policy, emitted event, and JSON Schemas (2020-12) of input, output
 * and event payload, in which a `Date` is a string of format `date-time`.
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
  /** The input for validators. Not enumerable: a copy of the contract is data alone. */
  readonly input: StandardInputSchema;
  readonly [member: string]: unknown;
};

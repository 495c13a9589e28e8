/**
 * Immutable, auditable snapshots of the context that AI agents work from.
 *
 * Every function is synchronous and needs no initialisation call. What is hashed is specified in `docs/FORMAT.md`, every
 * error in `docs/ERRORS.md` of the repository.
 *
 * @packageDocumentation
 */

/** A SHA-256 digest: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** Who the host says is asking. Anything else is nobody. */
export type Actor = 'anonymous' | 'user' | 'admin';

/** Input of the operation `context.pack.snapshot` 1.0.0. Members not named here are ignored. */
export interface ContextPackSnapshotInput {
  /** Which pack. Not empty. */
  packKey: string;
  /** Which version of it. Where it is left out, the version that the context has. */
  packVersion?: string;
  /** Why the snapshot is taken; kept in the record. */
  reason?: string;
  /** Who the caller says has asked for it; kept as a claim, never in the place of the authenticated user. */
  requestedBy?: string;
  /** A JSON object that is kept in the record. The member `$snapshot` is reserved. */
  metadata?: Record<string, unknown>;
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
  version?: string;
  /** Whether a snapshot needs an item of it: without one, `PRECONDITION_FAILED`. */
  required?: boolean;
  /** What it is. */
  description?: string;
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
  description?: string;
  /** Who answers for it. Order is kept. */
  owners?: string[];
  /** Words to find it by. Order is kept. */
  tags?: string[];
  /** Where its items come from. Order is kept. */
  sources?: ContextPackSourceRef[];
  /** Not part of a snapshot. */
  createdAt?: string | Date;
  /** Not part of a snapshot. */
  updatedAt?: string | Date;
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
  sourceVersion?: string;
  /** Text, or a JSON object of at most 999 levels. */
  content: string | Record<string, unknown>;
  /** The content as text. */
  textContent?: string;
  /** A JSON object of at most 999 levels. */
  metadata?: Record<string, unknown>;
  /** A `Date`, or RFC 3339 with an offset, from 1970 to 9999. Not part of what is hashed. */
  createdAt?: string | Date;
}

/**
 * What the host passes beside the input: who asks (the members of its own handler context; any others are ignored), and
 * the pack with its items. Members are read by name, once, and never enumerated.
 */
export interface SnapshotContext {
  /** Absent means `anonymous`. */
  actor?: Actor;
  /** The role `admin` lets a user in. */
  roles?: readonly string[] | null;
  /** The authenticated user. The empty string is none. */
  userId?: string | null;
  /** A scope of `idemKey`. */
  tenantId?: string | null;
  /** A scope of `idemKey`. */
  organizationId?: string | null;
  /** A scope of `idemKey`. */
  workspaceId?: string | null;
  /** By what way the request came. */
  channel?: string;
  /** Told in the event and in errors. */
  traceId?: string;
  /** Two requests with one key, in one scope and for one version of a pack, name one snapshot. Not empty. */
  idemKey?: string;
  /** A decision that the host's policy engine already made: `deny` is final, `allow` grants nothing by itself. */
  decision?: { effect: 'allow' | 'deny'; reason?: string } | null;
  /** The pack, or null or undefined where the host's store has none: `NOT_FOUND`. */
  pack: ContextPackRecord | null | undefined;
  /** Any iterable: an array, a generator, a Map's `values()`. Read once, an item at a time. */
  items: Iterable<ContextSnapshotItemInput>;
  /** A `Date`, epoch milliseconds, or RFC 3339 with an offset, from 1970 to 9999; else the clock. */
  now?: Date | string | number;
  /** The identifier, where the host has one. Not empty, without `:`. Else derived from `idemKey`, else a UUID version 7. */
  snapshotId?: string;
  /** The seal of the snapshot that this one follows. */
  parent?: Digest;
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
  readonly createdBy?: string;
  /** The input's, and `$snapshot`: manifest, seal, who was admitted and on what ground, why, and the scopes. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** An item as it was hashed, for the host to store. */
export interface SnapshotItem extends Readonly<Omit<ContextSnapshotItemInput, 'createdAt'>> {
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
  readonly traceId?: string;
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
  idemKey: string;
  packKey: string;
  packVersion: string;
  tenantId?: string | null;
  organizationId?: string | null;
  workspaceId?: string | null;
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

/** One thing that is wrong. */
export interface Issue {
  /** Names and indexes joined with dots; `''` is the root. At most 256 UTF-16 units, cut in the middle. */
  readonly path: string;
  /** `invalid_type`, `too_small`, `too_big`, `invalid_format`, `reserved`, `duplicate`, `missing_source`, `too_many_issues`. */
  readonly code: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
}

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
export class SnapshotError extends Error {
  /** `https://contractspec.io/problems/` and the code in kebab-case. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status. */
  readonly status: 401 | 403 | 404 | 409 | 412 | 422 | 500;
  readonly code:
    | 'UNAUTHENTICATED'
    | 'FORBIDDEN'
    | 'NOT_FOUND'
    | 'CONFLICT'
    | 'PRECONDITION_FAILED'
    | 'VALIDATION_FAILED'
    | 'INTERNAL_ERROR';
  /** One sentence for people. */
  readonly detail: string;
  readonly category: 'auth' | 'not_found' | 'conflict' | 'validation' | 'internal';
  /** `warning` below 500. */
  readonly severity: 'warning' | 'error';
  /** Never true: the same call gives the same answer. */
  readonly retryable: boolean;
  /** Where the operation itself failed, and not one of the functions beside it. */
  readonly operation?: { readonly key: 'context.pack.snapshot'; readonly version: '1.0.0'; readonly kind: 'command' };
  /** The context's. */
  readonly traceId?: string;
  /** All that is wrong, at most 100 and one that says that there are more. Only with 412 and 422. */
  readonly issues?: readonly Issue[];
}

/**
 * The operation's contract as data, deeply frozen: meta, policy, emitted event, and JSON Schemas (2020-12) of input, output
 * and event payload, in which a `Date` is a string of format `date-time`.
 */
export const contract: {
  readonly key: 'context.pack.snapshot';
  readonly version: '1.0.0';
  readonly kind: 'command';
  readonly policy: { readonly auth: 'admin'; readonly pii: readonly [] };
  readonly emits: readonly [{ readonly key: 'context.snapshot.created'; readonly version: '1.0.0' }];
  readonly schemas: { readonly input: object; readonly output: object; readonly event: object };
  readonly [member: string]: unknown;
};

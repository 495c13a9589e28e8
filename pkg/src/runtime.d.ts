/**
 * Binds the operation `context.pack.snapshot` to a host: handlers over a store of the host's shape.
 *
 * Nothing is imported from the host: its store and its handler context fit the types below. `docs/HOST.md` of this package shows the
 * binding, and says what each promise rests on.
 *
 * @packageDocumentation
 */

import type {
  ContextPackRecord,
  ContextPackSnapshotInput,
  ContextPackSnapshotOutput,
  ContextSnapshotItemInput,
  Digest,
  Snapshot,
  SnapshotContext,
  SnapshotIndexEntry,
  SnapshotPreview,
  SnapshotRecord,
  StoredMembers,
  Verification,
} from './index.js';

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** `T` whose optional members are absent, never undefined. */
export type Exact<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * A store of the host's shape. Rows may have `null` for an absent member and a `Date` for a time; other members are ignored.
 *
 * A store that has `saveSnapshot` keeps all promises of this package. For a store without it, see `docs/HOST.md`.
 */
export interface SnapshotStore {
  /** Returns that version of a pack; without a version, one of them: handlers look for the highest themselves. */
  getPack(packKey: string, version?: string): Promise<StoredMembers<ContextPackRecord> | null>;
  /** Returns a page of packs, which may include packs that do not match the query. A page with fewer than `limit` is the last one. */
  listPacks(query?: {
    query?: string;
    tag?: string;
    owner?: string;
    limit?: number;
    offset?: number;
  }): Promise<{ readonly packs: readonly StoredMembers<ContextPackRecord>[] }>;
  /** Stores a record. Its optional members are absent, never undefined. */
  createSnapshot(record: Exact<SnapshotRecord>): Promise<unknown>;
  getSnapshot(snapshotId: string): Promise<StoredMembers<SnapshotRecord> | null>;
  /** Returns a page of records, those of a pack if `packKey` is given. Used by describe and search, if it is there. */
  listSnapshots?(query?: {
    packKey?: string;
    limit?: number;
    offset?: number;
  }): Promise<{ readonly snapshots: readonly StoredMembers<SnapshotRecord>[] }>;
  /** Adds items to a snapshot. */
  addSnapshotItems(snapshotId: string, items: ContextSnapshotItemInput[]): Promise<unknown>;
  /** Returns a page of items. */
  listSnapshotItems(
    snapshotId: string,
    page?: { limit?: number; offset?: number },
  ): Promise<readonly StoredMembers<ContextSnapshotItemInput>[]>;
  /**
   * Stores record, items, index and event, all or nothing. Returns `exists` if a snapshot with that id and hash is there already; then
   * nothing is stored. Throws a `CONFLICT` if the id is there with another hash.
   */
  saveSnapshot?(snapshot: Snapshot): Promise<'created' | 'exists'>;
  /**
   * Takes and stores a snapshot of items that arrive one at a time, all or nothing: for packs that are larger than memory. Used if
   * `loadItems` returns an async iterable.
   */
  snapshotStream?(
    input: ContextPackSnapshotInput,
    ctx: Omit<SnapshotContext, 'items'>,
    items: AsyncIterable<ContextSnapshotItemInput>,
  ): Promise<Omit<Snapshot, 'items'>>;
  /**
   * Returns an entry for each item of a snapshot, also for those that were erased. Shows the handler of a store with `saveSnapshot` whether
   * items that are not there were erased, or were never stored: `createSnapshot` and `addSnapshotItems` may have been interrupted.
   */
  snapshotIndex?(snapshotId: string): Promise<readonly SnapshotIndexEntry[]>;
  /** True if the store keeps the event and relays it. Then handlers do not emit it. */
  readonly outbox?: boolean;
}

/** The members of the host's handler context that are read. */
export interface HandlerContext {
  /** Absent means `anonymous`. */
  actor?: string | null | undefined;
  roles?: readonly string[] | null | undefined;
  userId?: string | null | undefined;
  tenantId?: string | null | undefined;
  organizationId?: string | null | undefined;
  workspaceId?: string | null | undefined;
  channel?: string | null | undefined;
  traceId?: string | null | undefined;
  /** A retry with the same key gets the first result. */
  idemKey?: string | null | undefined;
  /** Emits an event that the operation declares. Used only if `eventSpecResolver` knows the event. */
  __emitGuard__?: ((key: string, version: string, payload: unknown) => Promise<void>) | undefined;
  /** Knows events by key and version: an object with a method `get`. */
  eventSpecResolver?: unknown;
  /** Publishes an event. */
  eventPublisher?: ((envelope: EventEnvelope) => Awaitable<void>) | undefined;
}

/** What the host's publisher of events takes. */
export interface EventEnvelope {
  key: string;
  version: string;
  payload: unknown;
  traceId?: string;
}

/** Who the caller is. See {@link SnapshotHandlerOptions.caller}. */
export type SnapshotCaller = Partial<
  Pick<SnapshotContext, 'actor' | 'roles' | 'userId' | 'tenantId' | 'organizationId' | 'workspaceId' | 'decision'>
>;

/** What happened, for logs and traces: never content. */
export interface SnapshotHandlerEvent {
  readonly type: 'snapshot.created' | 'snapshot.replayed' | 'snapshot.refused' | 'event.published' | 'event.failed';
  readonly snapshotId?: string | undefined;
  readonly hash?: Digest | undefined;
  readonly itemCount?: number | undefined;
  /** Canonical bytes of all items. */
  readonly bytes?: number | undefined;
  /** Since the call. */
  readonly milliseconds?: number | undefined;
  /** Code of the error that the caller gets, or that prevented the delivery of the event. */
  readonly code?: string | undefined;
}

/** The part of a span of OpenTelemetry that is used. */
export interface SnapshotSpan {
  isRecording(): boolean;
  setAttributes(attributes: { [name: string]: string | number }): unknown;
  setStatus(status: { code: number }): unknown;
  end(): void;
}

/** The part of a `Tracer` of `@opentelemetry/api` that is used: `trace.getTracer('my-host')` is one. */
export interface SnapshotTracer {
  startActiveSpan(name: string, run: (span: SnapshotSpan) => unknown): unknown;
}

/** Options of {@link createDescribeHandler} and {@link createSearchHandler}. Those of the other two handlers serve as well. */
export interface PackHandlerOptions<Ctx extends HandlerContext = HandlerContext> {
  store: SnapshotStore;
  /** See {@link SnapshotHandlerOptions.caller}. */
  caller?: ((ctx: Ctx) => Awaitable<SnapshotCaller>) | undefined;
}

/**
 * Options of {@link createSnapshotHandler} and {@link createPreviewHandler}. Hooks are called as methods of the options. A function that is
 * no option, such as `Caller`, is a `TypeError` when the handler is made.
 */
export interface SnapshotHandlerOptions<Ctx extends HandlerContext = HandlerContext> {
  store: SnapshotStore;
  /**
   * Returns the items of a pack: an iterable or an async iterable, such as a generator or a cursor. Called after caller, input and pack
   * were checked; not called for a retry that gets an earlier result. An async iterable is read an item at a time.
   */
  loadItems(
    pack: ContextPackRecord,
    request: { input: ContextPackSnapshotInput; ctx: Ctx },
  ): Awaitable<Iterable<ContextSnapshotItemInput> | AsyncIterable<ContextSnapshotItemInput>>;
  /**
   * For stores without `saveSnapshot`: runs a function in one transaction, with a store that takes part in it. Without it, items are
   * stored first and the record last.
   */
  transaction?: (<T>(run: (store: SnapshotStore) => Promise<T>) => Promise<T>) | undefined;
  /**
   * Says who the caller is, if the host's context does not. If the result has `actor`, `roles` or `userId`, all three are taken from it;
   * each scope that it has replaces the context's. A `deny` in either is final. Without any of the three, the result must have a scope or a
   * `decision`, and nothing else: otherwise the caller is nobody (401).
   */
  caller?: ((ctx: Ctx) => Awaitable<SnapshotCaller>) | undefined;
  /** Returns the seal of the parent of the new snapshot. */
  parent?: ((pack: ContextPackRecord, ctx: Ctx) => Awaitable<Digest | undefined>) | undefined;
  /** Is called for each {@link SnapshotHandlerEvent}. Its exceptions are ignored. */
  onEvent?: ((event: SnapshotHandlerEvent) => void) | undefined;
  /**
   * Traces each call of {@link createSnapshotHandler} as a span `context.pack.snapshot`, active during the call. Its attributes are those of
   * `docs/AGENTS.md`: digests, numbers and bounded names, never content. Nothing is imported for it.
   */
  tracer?: SnapshotTracer | undefined;
}

/**
 * Makes the handler of `context.pack.snapshot`. In this order, it checks the caller and the input, finds the pack, looks for an earlier
 * result of the `idemKey`, loads the items, takes the snapshot, stores it, and emits the event.
 *
 * The promise rejects with a {@link SnapshotError}: those of `snapshotPack`; `CONFLICT` with `args: { snapshotId, hash }` if the `idemKey`
 * was used for another input; `SERVICE_UNAVAILABLE` if the store or `loadItems` throws, with that exception as its `cause`, which is not
 * enumerable and not part of the problem. An event that cannot be delivered is reported to `onEvent` only: the snapshot is stored.
 *
 * @throws TypeError if the options are not complete.
 *
 * @example
 * ```ts
 * const store = await PostgresSnapshotStore.open(pool);
 * registry.register(ContextPackSnapshotCommand).bind(
 *   ContextPackSnapshotCommand,
 *   createSnapshotHandler({ store, loadItems: (pack) => loadItems(pack.packKey) }),
 * );
 * ```
 */
export function createSnapshotHandler<Ctx extends HandlerContext = HandlerContext>(
  options: SnapshotHandlerOptions<Ctx>,
): (input: ContextPackSnapshotInput, ctx: Ctx) => Promise<ContextPackSnapshotOutput>;

/**
 * Makes a handler that returns what a snapshot would contain, for a user or an admin. Nothing is stored.
 *
 * @throws TypeError if the options are not complete.
 *
 * @example
 * ```ts
 * const preview = createPreviewHandler({ store, loadItems });
 * const { problems, hash } = await preview({ packKey: 'platform.docs' }, ctx);
 * ```
 */
export function createPreviewHandler<Ctx extends HandlerContext = HandlerContext>(
  options: SnapshotHandlerOptions<Ctx>,
): (input: ContextPackSnapshotInput, ctx: Ctx) => Promise<SnapshotPreview>;

/** The output of the operation `context.pack.describe`. */
export interface PackDescription {
  /** The pack, without its times. */
  pack: Omit<ContextPackRecord, 'createdAt' | 'updatedAt'>;
  /** The latest snapshot of this version of the pack. */
  snapshotId?: string;
  /** When the pack was last changed. */
  updatedAt?: Date;
}

/**
 * Makes the handler of `context.pack.describe`: a pack, and its latest snapshot if the store can list snapshots. For a user or an admin. To a
 * caller with a `tenantId`, snapshots of other tenants are not shown.
 *
 * @throws TypeError if the options are not complete.
 *
 * @example
 * ```ts
 * registry.bind(ContextPackDescribeQuery, createDescribeHandler({ store }));
 * ```
 */
export function createDescribeHandler<Ctx extends HandlerContext = HandlerContext>(
  options: PackHandlerOptions<Ctx>,
): (input: { packKey: string; version?: string | undefined }, ctx: Ctx) => Promise<PackDescription>;

/** A result of the operation `context.pack.search`. */
export interface PackSearchItem {
  packKey: string;
  packVersion: string;
  title: string;
  /** The pack's description. */
  summary?: string;
  /** The latest snapshot of this version of the pack. */
  snapshotId?: string;
  snapshotCreatedAt?: Date;
  tags?: string[];
  owners?: string[];
  /** Number of sources. */
  sourceCount?: number;
}

/** The input of the operation `context.pack.search`. */
export interface PackSearchInput {
  /** Part of the key or of the title; case does not matter, and no character is a wildcard. */
  query?: string | undefined;
  tag?: string | undefined;
  owner?: string | undefined;
  /** If true, packs without a snapshot are left out. */
  snapshotOnly?: boolean | undefined;
  /** From 1 to 200. Default: 50. */
  limit?: number | undefined;
  /** `nextOffset` of the page before. Default: 0. */
  offset?: number | undefined;
}

/**
 * Makes the handler of `context.pack.search`: a page of packs, each with its latest snapshot if the store can list snapshots. For a user
 * or an admin. `nextOffset` is absent on the last page. Snapshots are shown as by {@link createDescribeHandler}.
 *
 * @throws TypeError if the options are not complete.
 *
 * @example
 * ```ts
 * registry.bind(ContextPackSearchQuery, createSearchHandler({ store }));
 * ```
 */
export function createSearchHandler<Ctx extends HandlerContext = HandlerContext>(
  options: PackHandlerOptions<Ctx>,
): (input: PackSearchInput, ctx: Ctx) => Promise<{ items: PackSearchItem[]; nextOffset?: number }>;

/**
 * Throws what {@link createSnapshotHandler} would throw for this caller and input; touches no store.
 *
 * @throws {@link SnapshotError} 401, 403 or 422.
 *
 * @example
 * ```ts
 * authorizeSnapshot(input, { actor: 'user', roles: session.roles });
 * ```
 */
export function authorizeSnapshot(input: ContextPackSnapshotInput, ctx: HandlerContext): void;

/** What the verifier got elsewhere: a hash or a seal. */
export interface SnapshotExpectation {
  readonly hash?: string | undefined;
  readonly seal?: string | undefined;
}

/**
 * Verifies a stored snapshot like `verifySnapshot`, reading its items from the store in pages. Also checks that the store returned the
 * snapshot that was asked for. Bad data is reported, never thrown. Row ids (`<snapshotId>:<itemId>`) are recognized.
 *
 * @throws {@link SnapshotError} (as a rejection) 404 if there is no such snapshot; 503 if the store throws. TypeError for a fourth argument.
 *
 * @example
 * ```ts
 * const { valid, issues, anchor } = await verifyStored(store, snapshotId, { seal: run.contextSeal });
 * ```
 */
export function verifyStored(
  store: SnapshotStore,
  snapshotId: string,
  expect?: SnapshotExpectation,
): Promise<Verification>;

/**
 * Guards an agent's run: returns the verified record of its snapshot, deeply frozen.
 *
 * @throws {@link SnapshotError} (as a rejection) `NOT_FOUND` if there is no such snapshot, `PRECONDITION_FAILED` with the issues if it does
 * not verify, `CONFLICT` with `args: { snapshotId, hash }` if it is another one than expected, and as {@link verifyStored}.
 *
 * @example
 * ```ts
 * const record = await assertSnapshot(store, run.contextSnapshotId, { hash: run.contextHash });
 * ```
 */
export function assertSnapshot(
  store: SnapshotStore,
  snapshotId: string,
  expect?: SnapshotExpectation,
): Promise<SnapshotRecord>;

/**
 * Summarizes a stored snapshot as Markdown, like `summarizeSnapshot`: the target `markdown` of the presentation
 * `context.snapshot.summary`, and an MCP resource `context-snapshot://{snapshotId}/summary.md`.
 *
 * @throws {@link SnapshotError} (as a rejection) 404 if there is no such snapshot, 422 if its record or its items are not valid, 503 if the
 * store throws.
 *
 * @example
 * ```ts
 * const markdown = await summaryMarkdown(store, snapshotId);
 * ```
 */
export function summaryMarkdown(store: SnapshotStore, snapshotId: string): Promise<string>;

export type {
  Actor,
  ContextPackRecord,
  ContextPackSnapshotInput,
  ContextPackSnapshotOutput,
  ContextSnapshotItemInput,
  Digest,
  Snapshot,
  SnapshotPreview,
  SnapshotRecord,
  Verification,
} from './index.js';

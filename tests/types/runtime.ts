// Checks the declarations of `./runtime`: the host's store, context and binding fit, and mistakes do not compile.
//
// Why the host's types are written out: its packages are not in the registry. These have the same members with the same types.

import type { SnapshotError } from '@lssm-tech/lib.context-snapshot';
import {
  assertSnapshot,
  authorizeSnapshot,
  type ContextPackSnapshotOutput,
  createDescribeHandler,
  createPreviewHandler,
  createSearchHandler,
  createSnapshotHandler,
  type HandlerContext,
  type PackDescription,
  type SnapshotHandlerEvent,
  type SnapshotPreview,
  type SnapshotRecord,
  type SnapshotStore,
  type SnapshotTracer,
  summaryMarkdown,
  type Verification,
  verifyStored,
} from '@lssm-tech/lib.context-snapshot/runtime';

// The host's.
interface HostPack {
  packKey: string;
  version: string;
  title: string;
  description?: string;
  owners?: string[];
  tags?: string[];
  sources?: { kind: 'docblock' | 'contract' | 'external'; key: string; version?: string; required?: boolean }[];
  createdAt: string;
  updatedAt?: string;
}
interface HostRecord {
  snapshotId: string;
  packKey: string;
  packVersion: string;
  hash: string;
  itemCount?: number;
  createdAt: string;
  createdBy?: string;
  metadata?: Record<string, unknown>;
}
interface HostItemInput {
  itemId: string;
  kind: string;
  sourceKey: string;
  sourceVersion?: string;
  content: Record<string, unknown> | string;
  textContent?: string;
  metadata?: Record<string, unknown>;
  createdAt?: string;
}
interface HostItem extends HostItemInput {
  snapshotId: string;
  createdAt: string;
}
interface Page {
  limit?: number;
  offset?: number;
}
interface HostStore {
  upsertPack(record: HostPack): Promise<HostPack>;
  getPack(packKey: string, version?: string): Promise<HostPack | null>;
  listPacks(
    query?: Page & { query?: string; tag?: string; owner?: string },
  ): Promise<{ packs: HostPack[]; total?: number }>;
  createSnapshot(record: HostRecord): Promise<HostRecord>;
  getSnapshot(snapshotId: string): Promise<HostRecord | null>;
  listSnapshots(query?: Page & { packKey?: string; snapshotId?: string }): Promise<{ snapshots: HostRecord[] }>;
  addSnapshotItems(snapshotId: string, items: HostItemInput[]): Promise<HostItem[]>;
  listSnapshotItems(snapshotId: string, options?: Page): Promise<HostItem[]>;
}
interface HostContext {
  traceId?: string;
  idemKey?: string;
  organizationId?: string | null;
  userId?: string | null;
  actor?: 'anonymous' | 'user' | 'admin';
  channel?: 'web' | 'mobile' | 'job' | 'agent' | 'ci';
  roles?: string[];
  decide?: (input: object) => Promise<{ effect: 'allow' | 'deny' }>;
  eventPublisher?: (envelope: { key: string; version: string; payload: unknown; traceId?: string }) => Promise<void>;
  __emitGuard__?: (key: string, version: string, payload: unknown) => Promise<void>;
  eventSpecResolver?: { get(key: string, version?: string): object | undefined };
}
interface HostInput {
  packKey: string;
  packVersion?: string | undefined;
  reason?: string | undefined;
  requestedBy?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
}
interface HostOutput {
  snapshotId: string;
  packKey: string;
  packVersion: string;
  hash: string;
  itemCount?: number | undefined;
  createdAt: Date;
}
type HostHandler<Input, Output> = (args: Input, ctx: HostContext) => Promise<Output>;

/** Of OpenTelemetry. `tests/node/programs.test.js` compiles its own. */
interface HostSpan {
  setAttributes(
    attributes: Record<string, string | number | boolean | (string | null | undefined)[] | undefined>,
  ): this;
  setStatus(status: { code: 0 | 1 | 2; message?: string }): this;
  end(endTime?: number | Date): void;
  isRecording(): boolean;
  recordException(exception: unknown): void;
}
interface HostTracer {
  startActiveSpan<F extends (span: HostSpan) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: HostSpan) => unknown>(name: string, options: object, fn: F): ReturnType<F>;
}
declare const hostTracer: HostTracer;
const tracer: SnapshotTracer = hostTracer;

declare const hostStore: HostStore;
declare const hostContext: HostContext;
declare function load(packKey: string): Promise<HostItemInput[]>;

// They fit, without a cast.
export const store: SnapshotStore = hostStore;
export const context: HandlerContext = hostContext;
export const bound: HostHandler<HostInput, HostOutput> = createSnapshotHandler({
  store: hostStore,
  loadItems: (pack) => load(pack.packKey),
});
export const typed = createSnapshotHandler<HostContext>({
  store: hostStore,
  loadItems: async function* (pack, { input, ctx }) {
    const { reason } = input;
    const { channel } = ctx;
    void [reason, channel];
    yield* await load(pack.packKey);
  },
  transaction: (run) => run(hostStore),
  caller: async (ctx) => ({ userId: ctx.userId ?? null, roles: ctx.roles ?? [], decision: { effect: 'allow' } }),
  parent: async () => undefined,
  onEvent: ({ type, hash, bytes }: SnapshotHandlerEvent) => void [type, hash, bytes],
  tracer,
});
export const previewed: HostHandler<HostInput, SnapshotPreview> = createPreviewHandler({
  store: hostStore,
  loadItems: () => [],
});
export const describing: HostHandler<{ packKey: string; version?: string | undefined }, PackDescription> =
  createDescribeHandler({ store: hostStore });
export const search = createSearchHandler({ store: hostStore });
export const found: Promise<string | undefined> = search({ tag: 'a' }, hostContext).then(
  ({ items }) => items[0]?.snapshotId,
);

export const output: Promise<ContextPackSnapshotOutput> = bound({ packKey: 'p' }, hostContext) as ReturnType<
  typeof typed
>;
export const verified: Promise<Verification> = verifyStored(hostStore, 's', { hash: 'sha256:0' });
export const record: Promise<SnapshotRecord> = assertSnapshot(hostStore, 's');
export const markdown: Promise<string> = summaryMarkdown(hostStore, 's');
authorizeSnapshot({ packKey: 'p' }, hostContext);
authorizeSnapshot({ packKey: 'p' }, { actor: 'user', roles: null, userId: null });

/** What an ORM returns: dates, nulls, and JSON columns without a type. */
interface Row {
  snapshotId: string;
  packKey: string;
  packVersion: string;
  hash: string;
  itemCount: number | null;
  createdAt: Date;
  createdBy: string | null;
  metadata: unknown;
}
declare const rows: Omit<HostStore, 'getSnapshot'> & {
  getSnapshot(id: string): Promise<Row | null>;
  readonly outbox: true;
};
export const ofRows: SnapshotStore = rows;
export const refused = (error: SnapshotError): boolean => error.code === 'SERVICE_UNAVAILABLE';

// @ts-expect-error: a store is needed
createSnapshotHandler({ loadItems: () => [] });
// @ts-expect-error: the items must come from somewhere
createSnapshotHandler({ store: hostStore });
// @ts-expect-error: a promise of a store is not a store
createSnapshotHandler({ store: Promise.resolve(hostStore), loadItems: () => [] });
// @ts-expect-error: items are not numbers
createSnapshotHandler({ store: hostStore, loadItems: () => [1] });
// @ts-expect-error: a parent is a digest
createSnapshotHandler({ store: hostStore, loadItems: () => [], parent: () => 'seal' });
// @ts-expect-error: a provider of tracers is not a tracer
createSnapshotHandler({ store: hostStore, loadItems: () => [], tracer: { getTracer: () => hostTracer } });
// @ts-expect-error: an unknown member of the trusted values
verifyStored(hostStore, 's', { sha256: 'x' });
// @ts-expect-error: a hash goes into an object
assertSnapshot(hostStore, 's', 'sha256:0');
// @ts-expect-error: the store comes first
summaryMarkdown('s', hostStore);

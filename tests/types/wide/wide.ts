// Why: declarations that refuse valid values drive people to `as any`, where nothing is checked. How: real values, from a
// schema, a database, a file or another library, must compile as they are, and values that the code refuses must not. The file
// compiles as an ES module and as CommonJS (tests/node/programs.test.js).

import {
  type ContextPackRecord,
  type ContextPackSnapshotInput,
  type ContextSnapshotItemInput,
  contract,
  type Digest,
  diffSnapshots,
  digestItem,
  explainItem,
  type IssueCode,
  isDigest,
  type JsonObject,
  previewPack,
  proveItem,
  SnapshotBuilder,
  type SnapshotContext,
  SnapshotError,
  SnapshotVerifier,
  signStatement,
  snapshotIdFor,
  snapshotPack,
  toStatement,
  verifyChain,
  verifyEnvelope,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import * as second from '@lssm-tech/lib.context-snapshot/verify';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

// Values parsed by a schema: optional members exist and are undefined.

const Source = z.object({
  kind: z.string(),
  key: z.string(),
  version: z.string().optional(),
  required: z.boolean().optional(),
  description: z.string().optional(),
});
const Pack = z.object({
  packKey: z.string(),
  version: z.string(),
  title: z.string(),
  description: z.string().optional(),
  owners: z.array(z.string()).readonly().optional(),
  tags: z.array(z.string()).optional(),
  sources: z.array(Source).optional(),
  createdAt: z.date().optional(),
});
const Item = z.object({
  itemId: z.string(),
  kind: z.string(),
  sourceKey: z.string(),
  sourceVersion: z.string().optional(),
  content: z.union([z.string(), z.record(z.string(), z.unknown())]),
  textContent: z.string().optional(),
  metadata: z.record(z.string(), z.json()).optional(),
});
const Input = z.object({
  packKey: z.string().min(1),
  packVersion: z.string().optional(),
  reason: z.string().optional(),
  requestedBy: z.string().optional(),
  metadata: z.record(z.string(), z.any()).optional(),
});
const pack = Pack.parse({});
const items = z.array(Item).readonly().parse([]);
const input = Input.parse({});
const snapshot = snapshotPack(input, { actor: 'admin', pack, items });
previewPack(input, { actor: 'user', pack, items, against: snapshot });
/** The context of a handler: each member may be undefined, or null if a session has none. */
declare const session: {
  actor: 'anonymous' | 'user' | 'admin' | undefined;
  roles: readonly string[] | undefined;
  userId: string | null | undefined;
  tenantId: string | null;
  organizationId?: string | undefined;
  workspaceId: null;
  channel: string | null;
  traceId: string | undefined;
  idemKey: string | null;
  snapshotId: string | undefined;
  parent: string | null;
  now: Date | null;
  limits: { items: number | undefined } | null;
  decision: { effect: 'allow' | 'deny'; reason: string | undefined } | null;
};
snapshotPack(input, { ...session, pack, items });
new SnapshotBuilder(input, { ...session, pack });
snapshotIdFor({ idemKey: 'k', packKey: 'a', packVersion: '1', tenantId: session.tenantId, workspaceId: undefined });

// Constants.

const fixed = {
  packKey: 'a',
  version: '1',
  title: 't',
  owners: ['team'],
  tags: [],
  sources: [{ kind: 'docblock', key: 'k', required: true }],
} as const;
const fixedItems = [
  { itemId: 'i', kind: 'docblock', sourceKey: 'k', content: { list: [1, 2], deep: { more: ['x'] } } },
  { itemId: 'j', kind: 'docblock', sourceKey: 'k', content: 'x', metadata: { a: null } },
] as const;
snapshotPack(
  { packKey: fixed.packKey, metadata: { a: [1] } } as const,
  {
    actor: 'admin',
    roles: ['admin'] as const,
    pack: fixed,
    items: fixedItems,
  } as const,
);
export const asRecord: ContextPackRecord = fixed;
export const satisfied = { packKey: 'a', version: '1', title: 't' } satisfies ContextPackRecord;

// Interfaces, types and generics as content and metadata.

interface Tool {
  name: string;
  description?: string;
  parameters: { readonly type: 'object'; properties: Record<string, { type: string }> };
}
declare const tool: Tool;
declare const anything: object;
declare const loose: Record<string, unknown>;
declare const unknown: unknown;
/** Names that functions, lists and promises have as well. */
declare const named: { then: number; length: number; call: number; constructor: number };
declare const frozen: Readonly<Tool>;
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
declare const json: { [key: string]: Json };
const withContent = (content: ContextSnapshotItemInput['content'], metadata?: JsonObject) =>
  digestItem({ itemId: 'i', kind: 'k', sourceKey: 's', content, metadata }).digest;
withContent(tool, tool);
withContent(anything, loose);
withContent(frozen, json);
withContent(named);
export const generic = <Content extends object>(content: Content) => withContent(content);
const described: ContextPackSnapshotInput = { packKey: 'a', metadata: tool, reason: undefined };
/** A class of the host with getters. */
class Session implements Pick<SnapshotContext, 'actor' | 'userId'> {
  get actor() {
    return 'admin' as const;
  }
  readonly userId = null;
}
snapshotPack(described, Object.assign(new Session(), { pack, items }));

// Rows.

declare const rows: {
  record: {
    snapshot_id: string;
    snapshotId: string;
    hash: string;
    createdBy: string | null;
    createdAt: Date;
    metadata: unknown;
  };
  items: readonly { itemId: string; content: unknown; textContent: string | null; createdAt: Date; ordinal: number }[];
  index: readonly { itemId: string; digest: string; ordinal: number }[];
  run: { contextHash: string; seal: string | undefined };
};
const { record, index, run } = rows;
const expect = { hash: run.contextHash, seal: run.seal };
verifySnapshot({ record, items: rows.items, index, expect, pack: null, limits: null, event: undefined });
using verifier = new SnapshotVerifier({ record, index, expect: { hash: run.contextHash } });
verifier.add({ itemId: 'i', createdAt: null });
verifyChain([record], run.seal === undefined ? undefined : { expect: { seal: run.seal } });
const { manifest } = snapshot;
diffSnapshots({ manifest, index }, snapshot);
const stored = proveItem({ manifest, index }, 'i');
declare const builder: SnapshotBuilder;
for (const { itemId, digest } of index) {
  builder.addDigest({ itemId, digest, kind: 'k', sourceKey: 's', sourceVersion: undefined });
}
if (isDigest(run.contextHash)) use<Digest>(run.contextHash);

// JSON as `import … with { type: 'json' }` and schemas type it.

declare const received: {
  proof: {
    itemId: string;
    leafIndex: number;
    path: string[];
    manifest: {
      format: string;
      itemCount: number;
      itemsRoot: string;
      pack: {
        packKey: string;
        version: string;
        title: string;
        tags: string[];
        sources: { kind: string; key: string }[];
      };
    };
    hash: string;
  };
  envelope: { payload: string; payloadType: string; signatures: { keyid: string | null; sig: string }[] };
};
verifyItem({ itemId: 'i' }, received.proof, run.contextHash);
export const why: readonly IssueCode[] = explainItem(rows.items[0] ?? {}, received.proof, run.contextHash).issues.map(
  ({ code }) => code,
);
second.verifyItem({ itemId: 'i' }, received.proof, run.contextHash).then(use<boolean>);
second.verifySnapshot({ record, items: rows.items, index, expect }).then(({ valid }) => use<boolean>(valid));
verifyEnvelope(received.envelope, []).then((found) => {
  if (found.valid) use<string>(found.statement.predicate.snapshotId);
  else use<undefined>(found.statement);
});
verifyEnvelope({ payload: '', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: '' }] }, []);

// Results.

const { $snapshot, ...own } = snapshot.record.metadata;
use<Digest>($snapshot.seal);
use<Digest | undefined>($snapshot.parent);
use<'actor' | 'role'>($snapshot.grant);
use<string | undefined>($snapshot.userId);
use<number>($snapshot.manifest.itemCount);
const { ticket }: { ticket?: unknown } = own;
use<unknown>(ticket);
snapshotPack(input, { actor: 'admin', pack: $snapshot.manifest.pack, items: snapshot.items, parent: $snapshot.seal });
const [first] = snapshot.items;
if (typeof first?.content === 'object') use<Readonly<Record<string, unknown>>>(first.content);

function tell(error: unknown): string {
  if (!(error instanceof SnapshotError)) throw error;
  // A union by code, and by status.
  if (error.code === 'VALIDATION_FAILED') return error.issues.map(({ path }) => path).join();
  if (error.status === 412) return String(error.issues.length);
  if (error.code === 'NOT_FOUND') use<404>(error.status);
  use<undefined>(error.issues);
  return `${error.name}: ${error.message} ${error.stack} ${error.toJSON().title}`;
}
export const conflict: SnapshotError = new SnapshotError({ code: 'CONFLICT', detail: 'd', args: { snapshotId: 's' } });
export const unavailable: number = new SnapshotError({ code: 'SERVICE_UNAVAILABLE', detail: 'd', args: undefined })
  .status;
export const copied: SnapshotError = SnapshotError.from(structured(conflict.toJSON()));
export const other: second.SnapshotError = second.SnapshotError.from(JSON.parse(JSON.stringify(conflict)));
declare function structured<T>(value: T): T;

const checked = contract.input['~standard'].validate({});
export const place: string | number | undefined = checked.issues ? checked.issues[0]?.path[0] : checked.value.reason;
use<string>(contract.emits[0].when);
use<string>(contract.title);
/** The interface that Standard Schema 1 declares, which validators and forms accept. */
interface Standard<Into, Out> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => { readonly value: Out; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };
    readonly types?: { readonly input: Into; readonly output: Out } | undefined;
  };
}
interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
export const standard: Standard<ContextPackSnapshotInput, ContextPackSnapshotInput> = contract.input;
z.fromJSONSchema(contract.schemas.input);
use<(value: unknown) => unknown>(new Ajv2020({ strict: true }).compile(contract.schemas.output));

// Code that must not compile, because the package refuses these values.

const item = { itemId: 'i', kind: 'k', sourceKey: 's' };
// @ts-expect-error an array is not content
digestItem({ ...item, content: ['x'] });
// @ts-expect-error a date is not content
digestItem({ ...item, content: new Date() });
// @ts-expect-error a collection is not content
digestItem({ ...item, content: new Map() });
// @ts-expect-error bytes are not content
digestItem({ ...item, content: new Uint8Array(1) });
// @ts-expect-error a promise is not content
digestItem({ ...item, content: Promise.resolve('x') });
// @ts-expect-error a function is not content
digestItem({ ...item, content: () => 'x' });
// @ts-expect-error null is not content
digestItem({ ...item, content: null });
// @ts-expect-error `unknown` must be narrowed first
digestItem({ ...item, content: unknown });
// @ts-expect-error metadata is an object
digestItem({ ...item, content: 'x', metadata: 'x' });
// @ts-expect-error an optional member of an item is not null: stored rows are for verifySnapshot
digestItem({ ...item, content: 'x', textContent: null });
// @ts-expect-error an optional member of a pack is not null
snapshotPack(input, { actor: 'admin', pack: { ...satisfied, description: null }, items });
// @ts-expect-error an optional member of the input is not null
snapshotPack({ packKey: 'a', reason: null }, { actor: 'admin', pack, items });
// @ts-expect-error owners are a list of texts
snapshotPack(input, { actor: 'admin', pack: { ...satisfied, owners: 'team' }, items });
// @ts-expect-error misspelt member
snapshotPack(input, { actor: 'admin', pack, items, idempotencyKey: 'k' });
// @ts-expect-error a role is a text
snapshotPack(input, { actor: 'user', roles: [1], pack, items });
// @ts-expect-error an expected value is text, not bytes
verifySnapshot({ record, items: rows.items, expect: { hash: new Uint8Array(32) } });
// @ts-expect-error unknown expected value
verifySnapshot({ record, items: rows.items, expect: { digest: run.contextHash } });
// @ts-expect-error an index has digests
diffSnapshots({ manifest, index: [{ itemId: 'i' }] }, snapshot);
// @ts-expect-error a proof has a manifest
verifyItem({ itemId: 'i' }, { itemId: 'i', leafIndex: 0, path: [], hash: '' }, run.contextHash);
// @ts-expect-error the hash is not null
verifyItem({ itemId: 'i' }, stored, record.createdBy);
// @ts-expect-error a statement is not a snapshot
signStatement(snapshot, { privateKey: { type: '', extractable: true, algorithm: { name: '' }, usages: [] } });
// @ts-expect-error the statement exists only if the envelope is valid
verifyEnvelope(received.envelope, []).then(({ statement }) => statement.subject);
// @ts-expect-error a seal is read-only
snapshot.record.metadata.$snapshot.seal = $snapshot.seal;
// @ts-expect-error codes are known
new SnapshotError({ code: 'TEAPOT', detail: 'd' });
// @ts-expect-error an error needs a detail
new SnapshotError({ code: 'CONFLICT' });
// @ts-expect-error the code is unknown
export const misspelt: IssueCode = 'mismatched';
// @ts-expect-error other errors have no issues
if (conflict.code === 'CONFLICT') use(conflict.issues.length);
// @ts-expect-error a string is not always a digest
use<Digest>(run.contextHash);
// @ts-expect-error it may be the text of an item
if (first) use<Record<string, unknown>>(first.content);

export { tell, toStatement };

function use<T>(_value: T): void {}

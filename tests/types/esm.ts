// Why: the declarations are written by hand, and editors show them. How: code that must compile, code that must not, and the
// types of results. `tsc` checks it with the resolution of Node and of bundlers.

import {
  type AbsenceNeighbour,
  type AbsenceProof,
  type Actor,
  type ChainVerification,
  type ContextSnapshotItemInput,
  canonicalize,
  contract,
  type Digest,
  type DsseEnvelope,
  diffSnapshots,
  digest,
  digestItem,
  type EnvelopeVerification,
  explainAbsence,
  type Issue,
  type ItemProof,
  previewPack,
  proveAbsence,
  proveItem,
  type Snapshot,
  SnapshotBuilder,
  type SnapshotContents,
  type SnapshotContext,
  SnapshotError,
  type SnapshotStatement,
  type SnapshotSummary,
  SnapshotVerifier,
  signStatement,
  snapshotIdFor,
  snapshotPack,
  summarizeSnapshot,
  summaryOf,
  toStatement,
  type Verification,
  verifyAbsence,
  verifyChain,
  verifyEnvelope,
  verifyItem,
  verifySnapshot,
  type WebCryptoKey,
} from '@lssm-tech/lib.context-snapshot';

const pack = { packKey: 'a', version: '1', title: 't', sources: [{ kind: 'docblock', key: 'k', required: true }] };
const item: ContextSnapshotItemInput = { itemId: 'i', kind: 'docblock', sourceKey: 'k', content: { text: 'x' } };
function* generated(): Generator<ContextSnapshotItemInput> {
  yield item;
}
async function* generatedLater(): AsyncGenerator<ContextSnapshotItemInput> {
  yield item;
}

const snapshot: Snapshot = snapshotPack({ packKey: 'a' }, { actor: 'admin', pack, items: [item] });
snapshotPack(
  { packKey: 'a', metadata: { any: ['thing'] } },
  { actor: 'user', roles: ['admin'] as const, pack, items: generated() },
);
snapshotPack({ packKey: 'a' }, { pack: null, items: new Map([['i', item]]).values(), userId: null, now: 0 });

const hash: Digest = snapshot.output.hash;
const created: Date = snapshot.event.payload.createdAt;
const stored: string = snapshot.record.createdAt;
const ours: unknown = snapshot.record.metadata.$snapshot;
const first: string | undefined = snapshot.items[0]?.sourceVersion;
const id: string = snapshotIdFor({ idemKey: 'k', packKey: 'a', packVersion: '1', tenantId: null });
const { json, digest: leaf }: { json: string; digest: Digest } = digestItem(item);
const text: string = canonicalize([1, null]);
const plain: Digest = digest({});
const auth: 'admin' = contract.policy.auth;
const actor: Actor = 'anonymous';

function told(error: unknown): readonly Issue[] {
  if (!(error instanceof SnapshotError)) throw error;
  const status: 401 | 403 | 404 | 409 | 412 | 422 | 500 | 503 | 504 = error.status;
  return status === 422 ? (error.issues ?? []) : [];
}

// Audit: results are accepted as arguments, and so are rows from a store.

const { record, items, index, manifest, output } = snapshot;
export const whole: Verification = verifySnapshot({ record, items });
const { seal } = toStatement(snapshot).predicate;
verifySnapshot({ ...snapshot, pack, rowIds: false, expect: { hash: output.hash, seal } });
verifySnapshot({ record, items: items.values(), index, pack: null, expect: { seal } });

/** A row as an ORM types it: absent is null, a time is a `Date`, a JSON column is anything. */
interface ItemRow {
  id: bigint;
  itemId: string;
  kind: string;
  sourceKey: string;
  sourceVersion: string | null;
  content: unknown;
  textContent: string | null;
  metadata: unknown;
  createdAt: Date;
}
interface RecordRow {
  snapshotId: string;
  packKey: string;
  packVersion: string;
  hash: string;
  itemCount: number;
  createdAt: Date;
  createdBy: string | null;
  metadata: { [key: string]: JsonValue } | null;
  deletedAt: Date | null;
}
type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
interface PackRow {
  packKey: string;
  version: string;
  title: string;
  description: string | null;
  owners: string[];
  tags: string[] | null;
  sources: JsonValue;
  createdAt: Date;
}
declare const itemRows: ItemRow[];
declare const recordRow: RecordRow;
declare const packRow: PackRow | null;
declare const looseRow: Record<string, unknown>;
verifySnapshot({ record: recordRow, items: itemRows, pack: packRow, rowIds: true });
verifySnapshot({ record: looseRow, items: [looseRow] });
verifySnapshot({ record: { ...recordRow, extra: 1 }, items: new Set(itemRows) });
summarizeSnapshot({ record: recordRow, items: itemRows });
export const data: SnapshotSummary = summaryOf({ record: recordRow, items: itemRows });
export const bytesOfKinds: number[] = data.kinds.map(({ bytes }) => bytes);
export const chained: ChainVerification = verifyChain([record, recordRow, looseRow]);
export const newest: number = verifyChain([record], { expect: { seal } }).length;
export const anchored: 'none' | 'hash' | 'seal' = verifySnapshot({ record, items, limits: { items: 1 } }).anchor;
export const evented = verifySnapshot({ record, items, event: snapshot.event, limits: null });

{
  using verifier = new SnapshotVerifier({ record: recordRow, index, expect: { hash } });
  for (const row of itemRows) verifier.add(row);
  const { valid }: { valid: boolean } = verifier.finish();
  using builder = new SnapshotBuilder({ packKey: 'a' }, { actor: 'admin', pack, snapshotId: 's' });
  const added: { json: string; createdAt: string; digest: Digest } = builder.add(item);
  builder.addDigest({ ...digestItem(item), kind: item.kind, sourceKey: item.sourceKey });
  const made: Omit<Snapshot, 'items'> = builder.finish();
  const count: number = builder.itemCount;
  const contents: SnapshotContents = made;
  diffSnapshots(contents, { manifest, index });
  use(valid, added, count, builder.snapshotId, builder.createdAt);
}
function use(..._: unknown[]) {}

const proof: ItemProof = proveItem(snapshot, 'i');
const received: ItemProof = JSON.parse(JSON.stringify(proof));
export const inside: boolean = verifyItem(item, received, output.hash) && verifyItem(itemRows[0] ?? item, proof, hash);
const absence: AbsenceProof = proveAbsence(snapshot, 'x');
const withItem = (side: AbsenceNeighbour | undefined) => side && { ...side, item: itemRows[side.leafIndex] };
const proven = { ...absence, before: withItem(absence.before), after: withItem(absence.after) };
export const absent: boolean = verifyAbsence('x', proven, hash) && explainAbsence('x', absence, hash).anchor === 'hash';
const { problems, changes, hash: previewed } = previewPack({ packKey: 'a' }, { pack, items: [], against: snapshot });
export const seen: [readonly Issue[], readonly string[] | undefined, Digest | undefined] = [
  problems,
  changes?.added,
  previewed,
];
const statement: SnapshotStatement = toStatement({ record: recordRow });
declare const privateKey: WebCryptoKey;
export const envelope: Promise<DsseEnvelope> = signStatement(statement, { privateKey, keyid: 'k' });
export const checked: Promise<EnvelopeVerification> = envelope.then((sent) =>
  verifyEnvelope(JSON.parse(JSON.stringify(sent)), new Set([{ publicKey: privateKey }])),
);
export const subject: Promise<string | undefined> = checked.then((found) => found.statement?.subject[0].name);

// Code that must not compile.

// @ts-expect-error the record is missing
verifySnapshot({ items });
// @ts-expect-error the items are missing
verifySnapshot({ record });
// @ts-expect-error record and items belong in one object
verifySnapshot(record, items);
// @ts-expect-error items must be iterable, synchronously
verifySnapshot({ record, items: Promise.resolve(items) });
// @ts-expect-error an item must not be a promise
verifySnapshot({ record, items: [Promise.resolve(item)] });
// @ts-expect-error a lookup may have found no record
verifySnapshot({ record: undefined, items });
// @ts-expect-error the record must not be a promise
verifySnapshot({ record: Promise.resolve(recordRow), items });
// @ts-expect-error unknown option
verifySnapshot({ record, items, rowId: true });
// @ts-expect-error a chain has no hash
verifyChain([record], { expect: { hash } });
// @ts-expect-error trusted values belong in expect
verifyChain([record], { seal });
// @ts-expect-error limits are numbers
verifySnapshot({ record, items, limits: { items: '1' } });
// @ts-expect-error rowIds is a boolean
verifySnapshot({ record, items, rowIds: 'yes' });
// @ts-expect-error expected values need a name
verifySnapshot({ record, items, expect: hash });
// @ts-expect-error a failed lookup is not an expected value
verifySnapshot({ record, items, expect: { hash: null } });
// @ts-expect-error an index is not a list of ids
verifySnapshot({ record, items, index: ['i'] });
// @ts-expect-error a number is not a text
verifySnapshot({ record: { ...recordRow, hash: 5 }, items });
// @ts-expect-error results are frozen
verifySnapshot({ record, items }).issues.push({ path: '', code: '', message: '' });
// @ts-expect-error items come one at a time
new SnapshotVerifier({ record, items });
// @ts-expect-error finish takes no argument
new SnapshotVerifier({ record }).finish(items);
// @ts-expect-error an item must not be a promise
new SnapshotVerifier({ record }).add(Promise.resolve(item));
// @ts-expect-error a builder takes items by add
new SnapshotBuilder({ packKey: 'a' }, { pack, items: [item] });
// @ts-expect-error a class needs `new`
SnapshotBuilder({ packKey: 'a' }, { pack });
// @ts-expect-error the pack may be null, but not missing
new SnapshotBuilder({ packKey: 'a' }, { actor: 'admin' });
declare const building: SnapshotBuilder;
// @ts-expect-error an item needs a kind
building.add({ itemId: 'i', sourceKey: 'k', content: '' });
// @ts-expect-error a digest needs kind and source
building.addDigest(digestItem(item));
// @ts-expect-error finish takes no argument
building.finish([item]);
// @ts-expect-error the result of a builder has no items
building.finish().items;
// @ts-expect-error the count is read-only
building.itemCount = 1;
// @ts-expect-error the item id is missing
proveItem(snapshot);
// @ts-expect-error a record has no index
proveItem(record, 'i');
// @ts-expect-error the hash is required: a proof's own proves nothing
verifyItem(item, proof);
// @ts-expect-error a proof of an item is not one of absence
verifyAbsence('x', proof.path, hash);
// @ts-expect-error the item id is missing
proveAbsence(snapshot);
// @ts-expect-error a proof is not a path
verifyItem(item, proof.path, hash);
// @ts-expect-error the second snapshot is missing
diffSnapshots(snapshot);
// @ts-expect-error a preview has no identifier
previewPack({ packKey: 'a' }, { pack, items: [], snapshotId: 's' });
// @ts-expect-error if there are problems there is no hash
export const certain: Digest = previewPack({ packKey: 'a' }, { pack, items: [] }).hash;
// @ts-expect-error a chain is a list of records
verifyChain(record);
// @ts-expect-error records cannot be asynchronous
verifyChain(Promise.resolve([record]));
// @ts-expect-error the record is missing
toStatement({ items });
// @ts-expect-error an identifier is not a snapshot
summarizeSnapshot('s');
// @ts-expect-error a record is not a statement
signStatement(record, { privateKey });
// @ts-expect-error a signer is an object with a privateKey
signStatement(statement, privateKey);
// @ts-expect-error the keys are missing
verifyEnvelope(JSON.parse(''));
// @ts-expect-error the result must be awaited
verifyEnvelope(JSON.parse(''), []).valid;
// @ts-expect-error keys are those of Web Crypto
verifyEnvelope(JSON.parse(''), [{ publicKey: '-----BEGIN PUBLIC KEY-----' }]);
// @ts-expect-error an invalid envelope may have no statement
verifyEnvelope(JSON.parse(''), []).then((found) => found.statement.predicate);

// @ts-expect-error the packKey is missing
snapshotPack({}, { pack, items: [] });
// @ts-expect-error the pack may be null, but not missing
snapshotPack({ packKey: 'a' }, { items: [] });
// @ts-expect-error items must be iterable
snapshotPack({ packKey: 'a' }, { pack, items: item });
// @ts-expect-error items must not be a promise
snapshotPack({ packKey: 'a' }, { pack, items: Promise.resolve([item]) });
// @ts-expect-error there are three actors
snapshotPack({ packKey: 'a' }, { actor: 'root', pack, items: [] });
// @ts-expect-error a seal is text
const wrong: SnapshotContext['parent'] = 5;
// @ts-expect-error a snapshot is frozen
snapshot.record.hash = hash;
// @ts-expect-error it is deeply frozen
snapshot.items.push(item);
// @ts-expect-error content is text or an object
digestItem({ ...item, content: 5 });
// @ts-expect-error the key is required
snapshotIdFor({ packKey: 'a', packVersion: '1' });
// @ts-expect-error items cannot be asynchronous
snapshotPack({ packKey: 'a' }, { pack, items: generatedLater() });
// @ts-expect-error the pack must not be a promise
snapshotPack({ packKey: 'a' }, { pack: Promise.resolve(pack), items: [] });
// @ts-expect-error an item needs its kind
snapshotPack({ packKey: 'a' }, { pack, items: [{ itemId: 'i', sourceKey: 'k', content: '' }] });
// @ts-expect-error an identifier is text
snapshotPack({ packKey: 'a' }, { pack, items: [], snapshotId: 5 });
// @ts-expect-error a decision allows or denies
snapshotPack({ packKey: 'a' }, { pack, items: [], decision: { effect: 'maybe' } });
// @ts-expect-error there is no init call
const init = (await import('@lssm-tech/lib.context-snapshot')).default;
// @ts-expect-error there is nothing to free
snapshot.free();
// @ts-expect-error codes are known
const code: 'TEAPOT' = (null as unknown as SnapshotError).code;
// @ts-expect-error internal files are not exported
const hidden = import('@lssm-tech/lib.context-snapshot/dist/index.js');

export {
  actor,
  auth,
  code,
  created,
  first,
  hash,
  hidden,
  id,
  init,
  json,
  leaf,
  ours,
  plain,
  stored,
  text,
  told,
  wrong,
};

// Why: the declarations are hand-written, and are what an editor shows. How: what has to compile, what must not, and what
// the results are taken for; `tsc` checks it as Node and as bundlers resolve the package.

import {
  type Actor,
  type ContextSnapshotItemInput,
  canonicalize,
  contract,
  type Digest,
  digest,
  digestItem,
  type Issue,
  type Snapshot,
  type SnapshotContext,
  SnapshotError,
  snapshotIdFor,
  snapshotPack,
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
  const status: 401 | 403 | 404 | 409 | 412 | 422 | 500 = error.status;
  return status === 422 ? (error.issues ?? []) : [];
}

// What must not compile.

// @ts-expect-error a pack has to be named
snapshotPack({}, { pack, items: [] });
// @ts-expect-error the pack may be null, not left out
snapshotPack({ packKey: 'a' }, { items: [] });
// @ts-expect-error items have to be iterable
snapshotPack({ packKey: 'a' }, { pack, items: item });
// @ts-expect-error nor may they be a promise
snapshotPack({ packKey: 'a' }, { pack, items: Promise.resolve([item]) });
// @ts-expect-error there are three actors
snapshotPack({ packKey: 'a' }, { actor: 'root', pack, items: [] });
// @ts-expect-error an optional member of the input may be absent, not undefined, where the compiler can tell
snapshotPack({ packKey: 'a', reason: undefined }, { pack, items: [] });
// @ts-expect-error a digest has a prefix
const wrong: SnapshotContext['parent'] = 'abc';
// @ts-expect-error a snapshot is frozen
snapshot.record.hash = hash;
// @ts-expect-error deeply
snapshot.items.push(item);
// @ts-expect-error content is text or an object
digestItem({ ...item, content: 5 });
// @ts-expect-error the key is needed
snapshotIdFor({ packKey: 'a', packVersion: '1' });
// @ts-expect-error items may not come later
snapshotPack({ packKey: 'a' }, { pack, items: generatedLater() });
// @ts-expect-error nor may the pack
snapshotPack({ packKey: 'a' }, { pack: Promise.resolve(pack), items: [] });
// @ts-expect-error an item needs its kind
snapshotPack({ packKey: 'a' }, { pack, items: [{ itemId: 'i', sourceKey: 'k', content: '' }] });
// @ts-expect-error an identifier is text
snapshotPack({ packKey: 'a' }, { pack, items: [], snapshotId: 5 });
// @ts-expect-error a decision allows or denies
snapshotPack({ packKey: 'a' }, { pack, items: [], decision: { effect: 'maybe' } });
// @ts-expect-error there is nothing to initialise
const init = (await import('@lssm-tech/lib.context-snapshot')).default;
// @ts-expect-error nor anything to free
snapshot.free();
// @ts-expect-error codes are known
const code: 'TEAPOT' = (null as unknown as SnapshotError).code;
// @ts-expect-error what is inside is not to be imported
const inside = import('@lssm-tech/lib.context-snapshot/dist/index.js');

export {
  actor,
  auth,
  code,
  created,
  first,
  hash,
  id,
  init,
  inside,
  json,
  leaf,
  ours,
  plain,
  stored,
  text,
  told,
  wrong,
};

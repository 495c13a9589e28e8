// Data to show: a pack of a few items, its summary, proof and differences.

import { diffSnapshots, digestItem, proveItem, snapshotPack } from '@lssm-tech/lib.context-snapshot';

export const pack = { packKey: 'platform.docs', version: '3', title: 'Docs <b>bold</b>', sources: [] };
export const HOSTILE = '<img src=x onerror=globalThis.harmed=1>\u202eevil\u0000';

export const itemOf = (at, content = `content ${at}`) => ({
  itemId: `guides/${at}`,
  kind: ['docblock', 'contract'][at % 2],
  sourceKey: `source-${at % 3}`,
  content,
});
export const items = Array.from({ length: 21 }, (_, at) => itemOf(at));
export const snapshotOf = (some) =>
  snapshotPack(
    { packKey: pack.packKey, reason: HOSTILE },
    { actor: 'admin', userId: HOSTILE, pack, items: some, now: '2026-01-02T03:04:05.000Z', snapshotId: 'one' },
  );
export const snapshot = snapshotOf(items);
export const text = items.map((item) => JSON.stringify(item)).join('\n');
export const contentsOf = ({ manifest, index }) => ({ manifest, index });

export const summary = {
  ...{ title: HOSTILE, packKey: pack.packKey, packVersion: '3', hash: snapshot.record.hash },
  ...{ seal: snapshot.record.metadata.$snapshot.seal, itemCount: 21 },
  kinds: [
    { kind: 'contract', items: 10, bytes: 1000 },
    { kind: HOSTILE, items: 11, bytes: 12_345 },
  ],
  sources: [{ kind: 'docblock', sourceKey: HOSTILE, items: 21, bytes: 13_345 }],
  provenance: { createdAt: '2026-01-02T03:04:05.000Z', userId: HOSTILE, actor: 'user', grant: 'role' },
};
export const changed = [...items.slice(2), itemOf(3, 'changed'), itemOf(99)].filter(
  (item, at) => item.itemId !== 'guides/3' || at > 5,
);
export const diff = diffSnapshots(snapshot, snapshotOf(changed));
export const proof = proveItem(snapshot, 'guides/7');
export const { digest, json } = digestItem(items[7]);

/** The props of each case that needs some. */
export const props = {
  summary: { summary },
  preview: { text },
  careless: { text },
  replaced: { text },
  'diff of data': { diff },
  diff: { before: contentsOf(snapshot), after: contentsOf(snapshotOf(changed)) },
  proof: { proof, digest, item: json, hash: snapshot.record.hash },
  tree: { proof, digest },
  verification: { record: snapshot.record, text, expect: { hash: snapshot.record.hash } },
};

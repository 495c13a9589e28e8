// Checks the declarations of `./worker` and `./react` with the real types of React: what a page does compiles, and mistakes do not.

import type {
  ContextPackRecord,
  Digest,
  SnapshotRecord,
  SnapshotSummary,
  Verification,
} from '@lssm-tech/lib.context-snapshot';
import {
  ContextSnapshotSummary,
  DigestText,
  ItemProof,
  MerkleTree,
  PreviewWorkerProvider,
  SnapshotDiff,
  SnapshotPreview,
  usePreview,
  useVerification,
  visibleText,
} from '@lssm-tech/lib.context-snapshot/react';
import {
  createPreviewWorker,
  type ItemList,
  type PackPreview,
  type PreviewWorker,
  type RowPage,
} from '@lssm-tech/lib.context-snapshot/worker';

declare const pack: ContextPackRecord;
declare const record: SnapshotRecord;
declare const file: File;
declare const summary: SnapshotSummary;

const worker: PreviewWorker = createPreviewWorker();
createPreviewWorker({ worker: '/preview-worker.js' });
createPreviewWorker({ worker: new URL('https://example.org/preview-worker.js') });
createPreviewWorker({ worker: () => new Worker('/preview-worker.js', { type: 'module' }) });
// @ts-expect-error: not a worker
createPreviewWorker({ worker: 1 });

export async function use(signal: AbortSignal): Promise<Digest | undefined> {
  const list: ItemList = await worker.read(file, {
    signal,
    onProgress: ({ step, done, total = done }) => console.log(step, done / total),
  });
  await worker.read('[]');
  await worker.read(new Uint8Array());
  await worker.read(file.stream());
  // @ts-expect-error: objects do not go to the worker
  await worker.read([{ itemId: 'a' }]);
  const preview: PackPreview = await list.preview({ packKey: pack.packKey }, { actor: 'user', pack }, { signal });
  // @ts-expect-error: the items are those of the list
  await list.preview({ packKey: pack.packKey }, { actor: 'user', pack, items: [] });
  const page: RowPage = await list.rows({ sort: 'bytes', descending: true, from: 100, count: 50, search: 'a' });
  // @ts-expect-error: no such order
  await list.rows({ sort: 'colour' });
  const row = page.rows[0];
  if (row === undefined || preview.manifest === undefined) return undefined;
  const { proof, digest } = await list.prove(row.row, preview.manifest);
  const { json, length } = await list.text(row.row, 1000);
  const verdict: Verification = await worker.call('explainItem', json, proof, digest);
  const absence = await list.proveAbsence('b', preview.manifest);
  await worker.call('explainAbsence', 'b', absence, digest);
  const chain = await worker.call('verifyChain', [record], { expect: { seal: record.metadata.$snapshot.seal } });
  // @ts-expect-error: not a function that a worker calls
  await worker.call('snapshotPack', { packKey: 'p' }, { pack, items: [] });
  const next = await list.edit({ put: [{ row: row.row, text: '{}' }, { text: '{}' }], remove: [3] });
  const again = await next.preview(
    { packKey: pack.packKey },
    { actor: 'user', pack, against: { manifest: preview.manifest, items: list } },
  );
  if (preview.manifest && again.manifest) {
    const { added } = await worker.diff(
      { manifest: preview.manifest, items: list },
      { manifest: again.manifest, items: next },
    );
    console.log(added.length, length, chain.length, verdict.valid, next.edited[0], (await next.rows()).total);
  }
  const made = await list.snapshot({ packKey: pack.packKey }, { actor: 'admin', userId: 'ops', pack });
  console.log(URL.createObjectURL(made.items), made.record.hash, made.event.id);
  const stored = await worker.read(made.items, { stored: true });
  const { valid } = await stored.verify({ record: made.record, expect: { hash: made.record.hash } });
  stored.release();
  worker.close();
  return valid ? again.hash : undefined;
}

export function Page({ list }: { list: ItemList }) {
  const { status, preview, progress, cancel } = usePreview({ pack, items: file, actor: 'user' });
  const { verification } = useVerification({ record, items: file, expect: { hash: record.hash } });
  return (
    <PreviewWorkerProvider worker={worker}>
      <ContextSnapshotSummary />
      <ContextSnapshotSummary summary={summary} headingLevel={3} className="mine" />
      <SnapshotPreview pack={pack} items={list} actor="user" onProblem={({ issues }) => console.log(issues.length)} />
      <SnapshotDiff before={null} after={undefined} />
      <SnapshotDiff diff={preview?.changes} onSelect={(itemId, change) => console.log(itemId, change)} />
      <button type="button" onClick={cancel}>
        {status} {progress?.done} {verification?.anchor} {visibleText('a')}
      </button>
      <DigestText digest={record.hash} />
      {/* @ts-expect-error: a stream can be read only once */}
      <SnapshotPreview pack={pack} items={file.stream()} />
      {/* @ts-expect-error: a proof is needed */}
      <MerkleTree />
      {/* @ts-expect-error: a proof is needed */}
      <ItemProof digest={record.hash} />
    </PreviewWorkerProvider>
  );
}

// The tree: how large each source is, and the path of the chosen item from its leaf to the root.

import type { AbsenceProof, ItemProof, SnapshotManifest, Verification } from '@lssm-tech/lib.context-snapshot';
import type { ItemList, ItemRow } from '@lssm-tech/lib.context-snapshot/worker';
import { useEffect, useMemo, useState } from 'react';
import { download, fileName } from '../download.ts';
import { failureOf } from '../failure.ts';
import { copy } from '../parts/digest.tsx';
import { Name } from '../parts/name.tsx';
import { Path } from '../parts/path.tsx';
import { type Cell, Treemap } from '../parts/treemap.tsx';
import { go, hashOf, useRoute } from '../route.ts';
import { type Opened, sealOf, showFailure, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';
import { plural } from '../words.ts';
import { worker } from '../worker.ts';

/** Most items that are drawn of a source. */
const MOST = 60;

/** Cells of sources; or, if one is chosen, of its largest items. */
function useCells({ list, preview }: Opened, source: string): readonly Cell[] {
  const [found, setFound] = useState<{ readonly of: readonly unknown[]; readonly rows: readonly ItemRow[] }>();
  useEffect(() => {
    if (list === undefined || source === '') return;
    let latest = true;
    list.rows({ sourceKey: source, sort: 'bytes', descending: true, count: MOST }).then(
      (page) => latest && setFound({ of: [list, source], rows: page.rows }),
      (error) => latest && showFailure(list, error),
    );
    return () => {
      latest = false;
    };
  }, [list, source]);
  const rows = found?.of[0] === list && found?.of[1] === source ? found.rows : undefined;
  return useMemo(() => {
    if (source !== '') {
      return (rows ?? []).map(({ itemId = '', kind = '', bytes }) => ({
        key: itemId,
        group: kind,
        label: itemId,
        bytes,
        detail: kind,
      }));
    }
    const cells = new Map<string, Cell & { items: number }>();
    for (const { sourceKey, items, bytes } of preview?.sources ?? []) {
      const old = cells.get(sourceKey);
      const total = items + (old?.items ?? 0);
      const group = sourceKey.split('/')[0] ?? '';
      const detail = plural(total, 'item');
      cells.set(sourceKey, {
        key: sourceKey,
        group,
        label: sourceKey,
        bytes: bytes + (old?.bytes ?? 0),
        items: total,
        detail,
      });
    }
    return [...cells.values()];
  }, [preview, rows, source]);
}

/** A proof of an item, or that no item has the id, with what the verifier says about that. */
type Found =
  | { readonly proof: ItemProof; readonly digest: string }
  | { readonly absence: AbsenceProof; readonly verdict: Verification }
  | { readonly error: string };

async function prove(list: ItemList, manifest: SnapshotManifest, hash: string, itemId: string): Promise<Found> {
  // A long id is chosen by its position.
  const position = /^#(\d+)$/.exec(itemId)?.[1];
  const named = await list.find(itemId);
  if (named !== null) return list.prove(named.row, manifest);
  const [row] = position === undefined ? [] : (await list.rows({ from: Number(position), count: 1 })).rows;
  if (row !== undefined) return list.prove(row.row, manifest);
  const absence = await list.proveAbsence(itemId, manifest);
  return { absence, verdict: await worker.call('explainAbsence', itemId, absence, hash) };
}

/** Begins with nothing: each id of each pack has a component of its own, so that none shows the verdict on another. */
function Proof({ opened, itemId }: { readonly opened: Opened; readonly itemId: string }) {
  const { list, preview, record, verification } = opened;
  const [found, setFound] = useState<Found>();
  const { manifest, hash } = preview ?? {};
  useEffect(() => {
    if (list === undefined || manifest === undefined || hash === undefined || itemId === '') return;
    let latest = true;
    prove(list, manifest, hash, itemId).then(
      (result) => latest && setFound(result),
      (error) => latest && setFound({ error: failureOf(error).message }),
    );
    return () => {
      latest = false;
    };
  }, [list, manifest, hash, itemId]);
  if (found === undefined) return <p className="empty">{texts.loading}</p>;
  if ('error' in found) return <p className="note">{found.error}</p>;
  const text = JSON.stringify('proof' in found ? found.proof : found.absence, null, 2);
  const ending = 'proof' in found ? '.proof.json' : '.absence.json';
  const seal =
    record !== undefined && record.hash === hash && verification?.valid !== false ? sealOf(record) : undefined;
  return (
    <>
      <p className="actions">
        <button type="button" onClick={() => copy(text, texts.proof)}>
          {texts.item.copyProof}
        </button>
        <button type="button" onClick={() => download(fileName(itemId, ending), text)}>
          {texts.tree.downloadProof}
        </button>
        {'proof' in found && <a href={hashOf('items')}>{texts.tree.showItem}</a>}
      </p>
      {'proof' in found ? (
        <>
          <p className="quiet">
            {texts.tree.explain(
              plural(found.proof.path.length, 'digest'),
              plural(found.proof.manifest.itemCount, 'item'),
            )}
          </p>
          <Path proof={found.proof} leaf={found.digest} seal={seal} />
        </>
      ) : (
        <>
          <p className={found.verdict.valid ? 'good' : 'bad'} role="status">
            {found.verdict.valid ? texts.tree.absent : texts.verdict.invalid}
          </p>
          <p className="quiet">{texts.tree.absentBecause}</p>
          {([found.absence.before, found.absence.after] as const).map((side, at) => {
            const label = at === 0 ? texts.tree.before : texts.tree.after;
            if (side === undefined) {
              return (
                <p key={label} className="quiet">
                  {at === 0 ? texts.tree.nothingBefore : texts.tree.nothingAfter}
                </p>
              );
            }
            return (
              <details key={label}>
                <summary>
                  {label} <Name>{side.itemId}</Name>
                </summary>
                <Path proof={side} leaf={side.digest} seal={seal} />
              </details>
            );
          })}
        </>
      )}
    </>
  );
}

export default function Tree() {
  const opened = useStudio().opened as Opened;
  const { get } = useRoute();
  const [source, item] = [get('source'), get('item')];
  const [typed, setTyped] = useState(item);
  useEffect(() => setTyped(item), [item]);
  const cells = useCells(opened, source);
  if (opened.list === undefined) return <p className="empty">{texts.item.onlyDigest}</p>;
  return (
    <div className="tree">
      <section aria-label={texts.tree.map}>
        <h2>
          {source === '' ? (
            texts.tree.map
          ) : (
            <>
              <button type="button" className="link" onClick={() => go('tree', { source: '' })}>
                {texts.tree.map}
              </button>{' '}
              / <Name>{source}</Name>
            </>
          )}
        </h2>
        {cells.length === 0 ? (
          <p className="empty">{opened.preview === undefined || source !== '' ? texts.loading : texts.table.none}</p>
        ) : (
          <Treemap
            cells={cells}
            chosen={item}
            label={texts.tree.map}
            onChoose={(key) => go('tree', source === '' ? { source: key } : { item: key })}
          />
        )}
        <p className="quiet">{source === '' ? texts.tree.mapHint : texts.tree.itemsHint(MOST)}</p>
      </section>
      <section aria-label={texts.tree.path}>
        <h2>{texts.tree.path}</h2>
        <form
          className="inline"
          onSubmit={(event) => {
            event.preventDefault();
            go('tree', { item: typed });
          }}
        >
          <input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            aria-label={texts.tree.id}
            placeholder={texts.tree.id}
          />
          <button type="submit">{texts.tree.prove}</button>
        </form>
        {opened.preview?.hash === undefined ? (
          <p className="note">{texts.tree.hasProblems}</p>
        ) : item === '' ? (
          <p className="empty">{texts.tree.choose}</p>
        ) : (
          <Proof key={`${opened.preview.hash} ${item}`} opened={opened} itemId={item} />
        )}
      </section>
    </div>
  );
}

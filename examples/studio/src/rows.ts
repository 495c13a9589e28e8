// Gives the rows of what is open to the table: from the worker, or of a lock, which the page has as a whole.

import type { ItemList, ItemRow } from '@lssm-tech/lib.context-snapshot/worker';
import { useCallback, useEffect, useState } from 'react';
import type { LockEntry } from './inputs/lock.ts';
import type { Order, Row } from './parts/table.tsx';
import { type Opened, showFailure } from './studio.ts';

export interface Query {
  readonly search: string;
  readonly kind: string;
  readonly source: string;
  readonly order: Order;
  readonly problems: boolean;
}

/** The worker shortens longer ids. Such an item is named by its position, as one without an id. */
const LONGEST = 999;

const shown = ({ row, position, itemId, kind, sourceKey, bytes, digest, problem }: ItemRow): Row => ({
  row,
  key: itemId === undefined || itemId.length >= LONGEST ? `#${position}` : itemId,
  itemId: itemId ?? `#${position}`,
  kind: kind ?? '',
  sourceKey: sourceKey ?? '',
  bytes,
  digest: digest ?? '',
  problem,
});

const inWorker = (list: ItemList, { search, kind, source, order, problems }: Query) => {
  const descending = order.startsWith('-');
  const column = descending ? order.slice(1) : order;
  const sort = (column === 'sourceKey' ? 'source' : column) as 'itemId' | 'kind' | 'source' | 'bytes' | 'digest';
  return async (from: number, count: number) => {
    const query = {
      from,
      count,
      sort,
      descending,
      search: search || undefined,
      kind: kind || undefined,
      sourceKey: source || undefined,
    };
    const { total, rows } = await list.rows({ ...query, problems: problems || undefined });
    return { total, rows: rows.map(shown) };
  };
};

function ofLock(entries: readonly LockEntry[], { search, order }: Query) {
  const words = search.toLowerCase();
  const column = (order.startsWith('-') ? order.slice(1) : order) as 'itemId' | 'bytes' | 'digest';
  const sign = order.startsWith('-') ? -1 : 1;
  const rows = entries
    .map(({ itemId, digest, bytes }, row) => ({
      row,
      key: itemId,
      itemId,
      digest,
      bytes,
      kind: '',
      sourceKey: itemId,
      problem: undefined,
    }))
    .filter(({ itemId, digest }) => `${itemId} ${digest}`.toLowerCase().includes(words))
    .sort((one, other) => (one[column] < other[column] ? -sign : Number(one[column] > other[column]) * sign));
  return async (from: number, count: number) => ({ total: rows.length, rows: rows.slice(from, from + count) });
}

/**
 * Rows of a query: how many, a function that loads some, their order, and false for `isCurrent` while they are still those of the query before.
 * Undefined until the first ones are there.
 */
export function useRows({ list, entries }: Pick<Opened, 'list' | 'entries'>, query: Query) {
  const { search, kind, source, order, problems } = query;
  const [found, setFound] = useState<{
    readonly total: number;
    readonly load: (from: number, to: number) => Promise<readonly Row[]>;
    readonly order: Order;
    /** The query that they are of. */
    readonly of: unknown;
  }>();
  const start = useCallback(
    () =>
      list === undefined
        ? ofLock(entries ?? [], { search, kind, source, order, problems })
        : inWorker(list, { search, kind, source, order, problems }),
    [list, entries, search, kind, source, order, problems],
  );
  useEffect(() => {
    let latest = true;
    const page = start();
    const first = page(0, 200);
    first.then(
      ({ total }) => {
        if (!latest) return;
        const load = async (from: number, to: number) =>
          (from === 0 && to === 200 ? await first : await page(from, to - from)).rows;
        setFound({ total, load, order, of: start });
      },
      (error) => latest && showFailure(list, error),
    );
    return () => {
      latest = false;
    };
  }, [start, list, order]);
  return found && { total: found.total, load: found.load, order: found.order, isCurrent: found.of === start };
}

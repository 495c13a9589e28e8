// The table of items: only the rows in sight exist, and they arrive by page.
//
// How: one scroller with a sticky head. It has the focus and names the chosen row (`aria-activedescendant`), so that arrows work over a million rows
// that do not exist; `aria-rowcount` and `aria-rowindex` say how many there are. Pages are asked for when they come into sight, and kept.

import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { bytes as inBytes, short } from '../words.ts';
import { Name } from './name.tsx';

export interface Row {
  /** Number of the row in the worker. */
  readonly row: number;
  /** What chooses it: its id, or its position with `#` before it. */
  readonly key: string;
  readonly itemId: string;
  readonly kind: string;
  readonly sourceKey: string;
  readonly bytes: number;
  readonly digest: string;
  readonly problem: string | undefined;
}

export const COLUMNS = ['itemId', 'kind', 'sourceKey', 'bytes', 'digest'] as const;
export type Column = (typeof COLUMNS)[number];
export type Order = Column | `-${Column}`;

const HEIGHT = 28;
const PAGE = 200;

/** Loads pages of rows when they come into sight. `load` has a new identity if the rows are others. */
function usePages(load: (from: number, to: number) => Promise<readonly Row[]>) {
  const pages = useRef(new Map<number, readonly Row[] | null>());
  const [, redraw] = useState(0);
  const loader = useRef(load);
  if (loader.current !== load) {
    loader.current = load;
    pages.current = new Map();
  }
  const ask = useCallback(
    (from: number, to: number) => {
      const mine = pages.current;
      for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page++) {
        if (mine.has(page)) continue;
        mine.set(page, null);
        load(page * PAGE, (page + 1) * PAGE).then(
          (rows) => {
            mine.set(page, rows);
            if (pages.current === mine) redraw((times) => times + 1);
          },
          () => mine.delete(page),
        );
      }
    },
    [load],
  );
  return { ask, rowAt: (at: number) => pages.current.get(Math.floor(at / PAGE))?.[at % PAGE] };
}

export function Table({
  total,
  load,
  busy = false,
  chosen,
  order,
  asked,
  onOrder,
  onChoose,
  onEnter,
}: {
  readonly total: number;
  readonly load: (from: number, to: number) => Promise<readonly Row[]>;
  /** True while other rows are on their way. */
  readonly busy?: boolean;
  readonly chosen: string;
  /** The order that the rows have. */
  readonly order: Order;
  /** The order that they will have. */
  readonly asked: Order;
  readonly onOrder: (order: Order) => void;
  readonly onChoose: (key: string) => void;
  readonly onEnter: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const { ask, rowAt } = usePages(load);
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const [first, last] = [shown[0]?.index, shown.at(-1)?.index];
  useEffect(() => {
    if (first !== undefined && last !== undefined) ask(first, last);
  }, [ask, first, last]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows have other positions, unless the chosen one is where it was
  useEffect(() => {
    const reset = () => {
      setAt((now) => (now === at ? -1 : now));
      scroller.current?.scrollTo({ top: 0 });
    };
    if (at < 0) reset();
    else load(at, at + 1).then(([row]) => row?.key !== chosen && reset(), reset);
  }, [load]);

  const move = async (to: number) => {
    if (total === 0) return;
    const next = Math.max(0, Math.min(total - 1, to));
    setAt(next);
    rows.scrollToIndex(next);
    const row = rowAt(next) ?? (await load(next, next + 1))[0];
    if (row !== undefined) onChoose(row.key);
  };
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? HEIGHT) / HEIGHT) - 2);
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: total - 1,
  };

  return (
    <div
      ref={scroller}
      className="table"
      role="grid"
      tabIndex={0}
      aria-label={texts.table.label}
      aria-busy={busy}
      aria-rowcount={total + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={at >= 0 && shown.some(({ index }) => index === at) ? `row-${at}` : undefined}
      onKeyDown={(event) => {
        const to = event.target === event.currentTarget ? steps[event.key] : undefined;
        if (to !== undefined) {
          event.preventDefault();
          move(to);
        } else if (event.key === 'Enter' && event.target === event.currentTarget && chosen !== '') onEnter();
      }}
    >
      <div className="head" role="row" aria-rowindex={1}>
        {COLUMNS.map((column) => {
          const sorted = order === column ? 'ascending' : order === `-${column}` ? 'descending' : 'none';
          return (
            <div key={column} role="columnheader" className={column} aria-sort={sorted}>
              <button type="button" tabIndex={-1} onClick={() => onOrder(asked === column ? `-${column}` : column)}>
                {texts.table.columns[column]}
                <span aria-hidden="true">{sorted === 'ascending' ? ' ↑' : sorted === 'descending' ? ' ↓' : ''}</span>
              </button>
            </div>
          );
        })}
      </div>
      <div className="rows" role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const row = rowAt(index);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the focus and the keys
            <div
              key={index}
              id={`row-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={row !== undefined && row.key === chosen}
              className={row === undefined ? 'row waits' : row.problem === undefined ? 'row' : 'row wrong'}
              style={{ transform: `translateY(${start}px)`, height: HEIGHT }}
              onClick={() => {
                if (row === undefined) return;
                setAt(index);
                onChoose(row.key);
              }}
            >
              <div role="gridcell" className="itemId" title={row?.itemId}>
                {row?.problem !== undefined && (
                  <span className="mark" title={row.problem}>
                    !
                  </span>
                )}
                {row && <Name>{row.itemId}</Name>}
              </div>
              <div role="gridcell" className="kind">
                {row && <Name>{row.kind}</Name>}
              </div>
              <div role="gridcell" className="sourceKey" title={row?.sourceKey}>
                {row && <Name>{row.sourceKey}</Name>}
              </div>
              <div role="gridcell" className="bytes">
                {row && inBytes(row.bytes)}
              </div>
              <div role="gridcell" className="digest" title={row?.digest}>
                {row && short(row.digest)}
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

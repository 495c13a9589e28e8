// Shows what a snapshot of a pack would hold.

import { createElement as h, useEffect, useId, useRef, useState } from 'react';
import { Changes } from './diff.js';
import {
  Button,
  classOf,
  counted,
  DigestText,
  Facts,
  Heading,
  Issues,
  LinkButton,
  number,
  Progress,
  Refusal,
  Table,
  Text,
} from './elements.js';
import { usePreview } from './hooks.js';
import { Numbers } from './summary.js';

const COLUMNS = [
  { name: 'Item', sort: 'itemId' },
  { name: 'Kind', sort: 'kind', of: ({ kind }) => kind !== undefined && h(Text, null, kind) },
  { name: 'Source', sort: 'source', of: ({ sourceKey }) => sourceKey !== undefined && h(Text, null, sourceKey) },
  { name: 'Bytes', sort: 'bytes', of: ({ bytes }) => number(bytes), isNumber: true },
  { name: 'Digest', sort: 'digest', of: ({ digest }) => digest !== undefined && h(DigestText, { digest }) },
];

/**
 * The items of a list by page: sorted and searched in the worker. What a page says of its rows (their order, their places) is of the query that
 * found them; what was asked for since then shows with its own rows.
 */
function Items({ list, pageSize, onSelect }) {
  const searchId = useId();
  const [query, setQuery] = useState({ from: 0, sort: 'position', descending: false, search: '' });
  const [page, setPage] = useState();
  const [error, setError] = useState();
  const { from, sort, descending } = query;
  const change = (changes) => setQuery({ ...query, from: 0, ...changes });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is of the query
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    list.rows({ ...query, search: query.search || undefined, count: pageSize }, { signal }).then(
      (found) => {
        // Of other items, there may be fewer.
        if (from > 0 && from >= found.total) return change({});
        setPage({ ...query, ...found, of: list });
        setError(undefined);
      },
      (failure) => signal.aborted || setError(failure),
    );
    return () => controller.abort();
  }, [list, query, pageSize]);
  const turn = (name, next, disabled) => h(Button, { disabled, onClick: () => change({ from: next }) }, name);
  const cell = (row) => {
    const name = h(Text, null, row.itemId ?? `(item ${number(row.position)})`);
    return [
      onSelect === undefined
        ? h('span', { key: 'name' }, name)
        : h(
            LinkButton,
            {
              key: 'name',
              // A row of a list that was replaced is no row of the present one.
              onClick: () => page.of === list && onSelect(row, list),
            },
            name,
          ),
      row.problem !== undefined &&
        h('span', { key: 'problem', className: classOf('problem') }, ' ', h(Text, null, row.problem)),
    ];
  };
  const columns = COLUMNS.map((column) => ({
    ...column,
    of: column.of ?? cell,
    sort: column.sort === page?.sort ? (page.descending ? 'descending' : 'ascending') : undefined,
    header: h(
      LinkButton,
      {
        onClick: () => change({ sort: column.sort, descending: column.sort === sort && !descending }),
      },
      column.name,
    ),
  }));
  return h(
    'div',
    { className: classOf('items') },
    h(
      'p',
      null,
      h('label', { htmlFor: searchId }, 'Search ids, sources, digests '),
      h('input', {
        id: searchId,
        type: 'search',
        value: query.search,
        onChange: ({ target }) => change({ search: target.value }),
      }),
    ),
    error !== undefined && h(Refusal, { error }),
    page && h(Table, { caption: 'Items', columns, rows: page.rows, keyOf: ({ row }) => row }),
    page &&
      h(
        'p',
        { className: classOf('pages') },
        turn('Previous page', Math.max(0, from - pageSize), from === 0),
        ' ',
        turn('Next page', from + pageSize, from + pageSize >= page.total),
        ' ',
        h(
          'span',
          { role: 'status' },
          page.total === 0
            ? 'No items'
            : `${number(page.from + 1)} to ${number(page.from + page.rows.length)} of ${number(page.total)}`,
        ),
      ),
  );
}

export function SnapshotPreview({
  onPreview,
  onProblem,
  onSelect,
  pageSize = 50,
  className,
  id,
  headingLevel = 2,
  ...args
}) {
  const headingId = useId();
  const work = usePreview(args);
  const { preview, list, status, error } = work;
  const callbacks = useRef({});
  callbacks.current = { onPreview, onProblem };
  useEffect(() => {
    if (status === 'failed') callbacks.current.onProblem?.({ issues: error?.issues ?? [], error });
    if (status !== 'done') return;
    callbacks.current.onPreview?.(preview, list);
    if (preview.problems.length > 0) callbacks.current.onProblem?.({ issues: preview.problems });
  }, [status, preview, list, error]);
  const title = args.pack?.title || args.pack?.packKey;
  const naming = headingLevel === 0 ? { 'aria-label': 'Preview' } : { 'aria-labelledby': headingId };
  return h(
    'section',
    { id, className: classOf('preview', className), ...naming },
    h(
      Heading,
      { level: headingLevel, id: headingId },
      title ? ['Preview of ', h(Text, { key: 'title' }, title)] : 'Preview',
    ),
    h(Progress, { work, noun: 'preview' }),
    preview !== undefined && [
      h(Facts, {
        key: 'facts',
        facts: [
          [
            'Hash',
            preview.hash === undefined ? 'none, because there are problems' : h(DigestText, { digest: preview.hash }),
          ],
          ['Items', number(preview.itemCount)],
          ['Bytes', number(preview.bytes)],
        ],
      }),
      preview.problems.length > 0 &&
        h(
          'div',
          { key: 'problems', className: classOf('problems') },
          h(
            headingLevel === 0 ? 'p' : Heading,
            headingLevel === 0 ? null : { level: headingLevel, under: 1 },
            counted(preview.problems.length, 'problem'),
          ),
          h(Issues, { issues: preview.problems }),
        ),
      preview.changes !== undefined && h(Changes, { key: 'changes', diff: preview.changes, level: headingLevel }),
      h(Numbers, { key: 'numbers', kinds: preview.kinds, sources: preview.sources }),
      h(Items, { key: 'items', list, pageSize, onSelect }),
    ],
  );
}

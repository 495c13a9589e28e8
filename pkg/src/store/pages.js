// Pages of rows: what a query asks for, and the pages in which the items of a snapshot are read.

import { invalid, refuseOthers } from './problems.js';

/** Items whose snapshot is not complete have ordinals from here on, in the order in which they came. */
export const FIRST_PROVISIONAL = -(2 ** 31);
/** Behind the last ordinal of a row. */
export const END = 2 ** 31;

/** Reads `limit` and `offset` of a query, which has no other members than these and `names`. */
export function pageOf(query, names = [], most = Number.MAX_SAFE_INTEGER) {
  refuseOthers(query, [...names, 'limit', 'offset']);
  const { limit, offset } = query;
  for (const [name, value] of [
    ['limit', limit],
    ['offset', offset],
  ]) {
    if (value !== undefined && value !== null && !(Number.isSafeInteger(value) && value >= 0)) {
      throw invalid(`${name} is not a number of rows`);
    }
  }
  return { limit: limit ?? most, offset: offset ?? 0 };
}

/** Reads a text of a query: `''`, as in the host's queries, for one that is not given. */
export function wordOf(query, name) {
  const word = query[name] ?? '';
  if (typeof word !== 'string') throw invalid(`${name} is not a string`);
  return word;
}

/** Splits a list. */
export function* chunksOf(list, size) {
  for (let start = 0; start < list.length; start += size) yield [start, list.slice(start, start + size)];
}

/** `total` and `nextOffset` of a page. */
export function ends(total, offset, count) {
  const next = offset + count;
  return { total, ...(count > 0 && next < total && { nextOffset: next }) };
}

/** Leaves of spans what is between the first and the last ordinal, so that no database looks for rows outside. */
export function within({ first, last }, spans) {
  if (first === null) return [];
  return spans
    .map(([from, to, isDense]) => [Math.max(from, first), Math.min(to, last + 1), isDense])
    .filter(([from, to]) => from < to);
}

/** Returns the spans of ordinals in which a snapshot has its items: `[from, to, isDense]`. Others have rows only by an accident or attack. */
export function spansOf({ itemCount }, extent, offset = 0) {
  const [start, end] = extent.isComplete
    ? [offset, Math.max(offset, itemCount)]
    : [FIRST_PROVISIONAL, FIRST_PROVISIONAL + itemCount];
  return within(extent, [
    [start, end, true],
    [end, END],
  ]);
}

/** Cuts spans into pages `[from, to]` before any row is known. A span whose ordinals need not follow each other stays whole. */
export function* cut(spans, size) {
  for (const [from, to, isDense] of spans) {
    const step = isDense ? size : to - from;
    for (let start = from; start < to; start += step) yield [start, Math.min(start + step, to)];
  }
}

/**
 * Cuts spans of ordinals into pages.
 *
 * Why: for "the first thousand rows behind this one", a database that does not know yet how many rows a new snapshot has sorts all that are
 * left, for each page. How: where ordinals follow each other, a page has an end as well, so there is no more to sort.
 */
export class Pages {
  #spans;
  #size;
  #left;
  #page;

  constructor(spans, size, limit = Number.MAX_SAFE_INTEGER) {
    this.#spans = spans;
    this.#size = size;
    this.#left = limit;
  }

  /** Returns the first ordinal of the next page, the one behind its last, and its number of rows at most; undefined if there is none. */
  next() {
    const span = this.#spans.find(([from, to]) => from < to);
    if (span === undefined || this.#left <= 0) return undefined;
    const [from, to, isDense] = span;
    const size = Math.min(this.#size, this.#left);
    this.#page = { span, size, end: isDense ? Math.min(from + size, to) : to };
    return [from, this.#page.end, size];
  }

  /** Goes on behind a page that had so many rows, and that last ordinal. */
  take(count, last) {
    const { span, size, end } = this.#page;
    this.#left -= count;
    span[0] = count < size ? end : Number(last) + 1;
  }
}

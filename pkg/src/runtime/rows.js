// Reads what a store returns: packs, records and items as rows, and lists of them in pages.
//
// Why: stores return `null` for an absent member, a `Date` for a time, ids of rows for ids of items, and pages that end early. How: known
// members are copied, so that what was checked is what is used. A page of packs or records with fewer rows than were asked for is the last one.
// Lists are bounded, because a store may ignore `offset`.

import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { append, isArray, sliceOf, Table, uncurried } from '#language';
import { elementOf, isObject, ownOf, timeOf as timeOfDate } from '#values';
import { empty } from './caller.js';
import { ask, askList, isRefusal, unavailable } from './failures.js';

const replace = uncurried(String.prototype.replace);
const SOURCE = ['kind', 'key', 'version', 'required', 'description'];
const PACK = ['packKey', 'version', 'title', 'description', 'owners', 'tags'];
const TIMES = ['createdAt', 'updatedAt'];
const ITEM = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata', 'createdAt'];
/** Rows of a page of packs or records: many, because the order of some stores changes between pages. */
const PAGE = 1000;
/** Highest number of items that are read at once. Up to here, a snapshot is one page, for the same reason. */
const ITEMS_PAGE = 10_000;
/** Behind all rows. A store that has some there ignores `offset`. */
const FAR = 1e9;

/** Copies the members of a row that are there. */
export function copyRow(row, names) {
  const copy = empty();
  for (let at = 0; at < names.length; at++) {
    const value = ownOf(row, names[at]);
    if (value !== undefined && value !== null) copy[names[at]] = isArray(value) ? copyList(value) : value;
  }
  return copy;
}

function copyList(list, copied = (element) => element) {
  const copy = [];
  for (let at = 0; at < list.length; at++) append(copy, copied(elementOf(list, at)));
  return copy;
}

/** Copies a row of a pack, without its times, which a snapshot does not have. */
export function packOf(row) {
  const pack = copyRow(row, PACK);
  const sources = ownOf(row, 'sources');
  if (isArray(sources)) pack.sources = copyList(sources, (one) => (isObject(one) ? copyRow(one, SOURCE) : one));
  else if (sources !== undefined && sources !== null) pack.sources = sources;
  return pack;
}

/** Copies a row of a pack for the host's code. */
export const packFor = (row) => ({ ...packOf(row), ...copyRow(row, TIMES) });

/** Copies a row of an item. The id of a row, `<snapshotId>:<itemId>`, becomes that of the item. */
export function itemOf(row, snapshotId) {
  if (!isObject(row)) return row;
  const item = copyRow(row, ITEM);
  const { itemId } = item;
  const prefix = `${snapshotId}:`;
  if (typeof itemId === 'string' && sliceOf(itemId, 0, prefix.length) === prefix) {
    item.itemId = sliceOf(itemId, prefix.length);
  }
  return item;
}

/** Yields the rows of a list from `offset` on, page by page. */
async function* rowsOf(call, what, size, nameOf, read, offset = 0) {
  let before;
  for (;;) {
    const rows = await askList(call, what, () => read({ limit: size, offset }));
    const first = isObject(rows[0]) ? nameOf(rows[0]) : undefined;
    // Otherwise this would never end.
    if (first !== undefined && first === before)
      throw unavailable(call, what, new TypeError(`${what} must not ignore offset`));
    before = first;
    for (let at = 0; at < rows.length; at++) yield elementOf(rows, at);
    offset += rows.length;
    if (rows.length < size) return;
  }
}

const nameOfPack = (row) => `${ownOf(row, 'packKey')} ${ownOf(row, 'version')}`;

/** Yields the rows of the packs that a store finds, in pages of that size. */
export function packsOf(call, store, query, size, offset) {
  const read = async (page) => (await store.listPacks({ ...query, ...page })).packs;
  return rowsOf(call, 'store.listPacks', size, nameOfPack, read, offset);
}

/** Returns the longest part of a text without a backslash, which SQL's `like` would read as an escape. */
export function literalPart(text) {
  let longest = '';
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && text[at] !== '\\') continue;
    if (at - from > longest.length) longest = sliceOf(text, from, at);
    from = at + 1;
  }
  return longest;
}

/** Yields the rows of all versions of a pack. Stores search by parts of keys, so keys are compared here. */
export async function* versionsOf(call, store, packKey) {
  const part = literalPart(packKey);
  const seen = new Table();
  for await (const row of packsOf(call, store, part === '' ? {} : { query: part }, PAGE)) {
    if (!isObject(row) || ownOf(row, 'packKey') !== packKey) continue;
    const version = ownOf(row, 'version');
    if (typeof version !== 'string' || seen.has(version)) continue;
    seen.set(version, true);
    yield row;
  }
}

/** Yields the records of all snapshots of a pack. */
export async function* recordsOf(call, store, packKey) {
  const read = async (page) => (await store.listSnapshots({ packKey, ...page })).snapshots;
  for await (const row of rowsOf(call, 'store.listSnapshots', PAGE, (row) => ownOf(row, 'snapshotId'), read)) {
    if (isObject(row) && ownOf(row, 'packKey') === packKey) yield row;
  }
}

/** Reads a page of rows of items. */
export const itemRows = (call, store, snapshotId, page) =>
  askList(call, 'store.listSnapshotItems', () => store.listSnapshotItems(snapshotId, page));

/** Returns the digest of an item that a store returned, or undefined if it is not an item. */
export function digestOf(item) {
  try {
    return digestItem(item).digest;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/**
 * Yields the items of a snapshot that should have so many, and those that it has too many, as far as is needed to see that. Ends after a page
 * that begins like the first one: the store ignores `offset`, if the page is the first one, whatever the offset.
 *
 * Why up to an empty page: a server may have a limit of its own, so a page with fewer rows than were asked for need not be the last one.
 */
export async function* itemsOf(call, store, snapshotId, count) {
  const expected = typeof count === 'number' && count >= 0 ? count : 0;
  const limit = expected < ITEMS_PAGE ? expected + 1 : ITEMS_PAGE;
  const read = (offset) => itemRows(call, store, snapshotId, { limit, offset });
  const itemAt = (rows, at) => itemOf(elementOf(rows, at), snapshotId);
  const digestsOf = (rows) => {
    let digests = '';
    for (let at = 0; at < rows.length; at++) digests += digestOf(itemAt(rows, at));
    return digests;
  };
  let first;
  let page;
  for (let offset = 0; offset <= expected; ) {
    const rows = await read(offset);
    if (rows.length === 0) return;
    const id = itemAt(rows, 0)?.itemId;
    const isAgain = id && id === first;
    if (isAgain && offset === expected && digestsOf(rows) === digestsOf(page) && (await read(FAR)).length > 0) return;
    for (let at = 0; at < rows.length; at++) yield itemAt(rows, at);
    if (isAgain) return;
    offset += rows.length;
    first ??= id;
    page ??= rows;
  }
}

/** Returns a row of a store, or undefined. */
export async function rowOf(call, what, read) {
  const row = await ask(call, what, read);
  if (row === undefined || row === null) return undefined;
  return ask(call, what, () => {
    if (!isObject(row)) throw new TypeError(`${what} must return an object or null`);
    return row;
  });
}

/** Returns what a record says about the snapshot, undefined if that is not an object. */
export function detailsOf(row) {
  const metadata = ownOf(row, 'metadata');
  const details = isObject(metadata) ? ownOf(metadata, '$snapshot') : undefined;
  return isObject(details) ? details : undefined;
}

/** Returns a time of a row as a `Date`, or undefined: a `Date`, RFC 3339, or as PostgreSQL or `String(date)` writes it. */
export function timeOf(value) {
  const text =
    typeof value === 'string' ? replace(replace(value, /^(\d{4}-\d\d-\d\d) /, '$1T'), /([+-]\d\d)$/, '$1:00') : value;
  const time = new Date(typeof text === 'string' ? text : (timeOfDate(text) ?? Number.NaN));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

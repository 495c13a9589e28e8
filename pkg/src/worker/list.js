// The items that the worker keeps: a list does not change, and lists share the rows that are equal in them.
//
// Why: an edit should cost what was edited. The library knows frozen items by their identity, so each row keeps the same frozen object from
// list to list, and a preview of 50,000 known items reads none of them.
//
// How: rows are numbered in the order in which they were made. A replaced row keeps its number, and new ones are added at the end, so
// numbers ascend in every list. Each item is read strictly, from its own text, so that a mistake in one leaves the others as they are. Most
// texts need not be read twice: if `JSON.parse` and `JSON.stringify` lead back to the same text, the object says all that the text does. Then no
// name occurs twice and no number was rounded, and the library reads the object.

import { canonicalizeJson, digestItem, previewPack, SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { withoutNulls } from './divide.js';
import { PACK, parsedItem } from './parsed.js';

const HASHED = new Set(['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata']);
const encoder = new TextEncoder();
let rowCount = 0;

/** Makes the error for input that exceeds a limit. */
export const tooBig = (message) =>
  SnapshotError.from({
    code: 'VALIDATION_FAILED',
    detail: message,
    issues: [{ path: '', code: 'too_big', message }],
  });

/** Makes rows of the texts of items. The library reads and hashes the items, and knows them later. */
export function rowsOf(texts, isStored) {
  const items = texts.map(parsedAndBack);
  const { problems, index } = previewOf(items);
  if (problems.length === 0) {
    const digests = new Map(index.map(({ itemId, digest }) => [itemId, digest]));
    return items.map((item) => ({ row: rowCount++, ...members(item, digests.get(item.itemId)) }));
  }
  const rows = texts.map((text) => rowOf(text, isStored));
  previewOf(rows.flatMap(({ item }) => item ?? []));
  return rows;
}

/** Returns the frozen item of a text, if no other text has the same item; otherwise undefined. */
function parsedAndBack(text) {
  try {
    const item = JSON.parse(text);
    // The library would read a string as the text of an item.
    if (typeof item === 'object' && JSON.stringify(item) === text.trim() && isReadWhole(item)) return frozen(item);
  } catch {
    // The library says what is wrong.
  }
}

/** True if the library reads the members of this object as those of its text: of an object, it does not look at members that it does not know. */
const isReadWhole = (item) =>
  Object.entries(item).every(
    ([name, value]) => HASHED.has(name) || (typeof value !== 'object' && `${name} ${value}`.isWellFormed()),
  );

/** Makes a row of the text of an item. It has either an item with its digest, or a text with its problem. */
function rowOf(text, isStored, row = rowCount++) {
  try {
    return { row, ...(isStored ? readStored(text) : readItem(text)) };
  } catch (error) {
    if (error.code !== 'VALIDATION_FAILED') throw error;
    const [{ path, message }] = error.issues;
    return { row, text, bytes: text.length, problem: (path && `${path}: `) + message };
  }
}

/** Reads an item. Some versions of V8 confuse names with escapes: an item without the digest of its text is read again. */
function readItem(text) {
  const { itemId, digest, json } = digestItem(text);
  const isRead = (item) => !text.includes('\\') || digestItem(item).digest === digest;
  let item = frozen(JSON.parse(text));
  if (!isRead(item)) item = parsedItem(text);
  if (!isRead(item)) throw new Error(`The item ${itemId} was read as another one`);
  return members(item, digest, json);
}

/**
 * Reads an item of a store, which has null for an absent member. Before a member is removed, the whole text is read strictly: otherwise the
 * second one of its name, which another reader takes, would not be noticed.
 */
function readStored(text) {
  try {
    return readItem(text);
  } catch {
    return readItem(withoutNulls(canonicalizeJson(text)));
  }
}

/** @param json a text as long as the canonical one, whose members may be in another order */
function members(item, digest, json) {
  const { itemId, kind, sourceKey, sourceVersion, content, textContent, metadata } = item;
  json ??= JSON.stringify({ itemId, kind, sourceKey, sourceVersion, content, textContent, metadata });
  const bytes = /^[\0-\x7f]*$/.test(json) ? json.length : encoder.encode(json).length;
  const source = JSON.stringify([kind, sourceKey, sourceVersion]);
  return { item, itemId, kind, sourceKey, sourceVersion, source, bytes, digest };
}

function frozen(value) {
  if (value && typeof value === 'object') for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

/** Previews any pack with these items. */
const previewOf = (items) => previewPack(PACK, { actor: 'user', pack: PACK, items });

/** Adds an item to counts by source, or with the sign -1 takes it out. */
function count(counts, row, sign) {
  if (row?.item === undefined) return;
  const { source, kind, sourceKey, sourceVersion } = row;
  const { items = 0, bytes = 0 } = counts.get(source) ?? {};
  counts.set(source, { kind, sourceKey, sourceVersion, items: items + sign, bytes: bytes + sign * row.bytes });
  if (items + sign === 0) counts.delete(source);
}

function countsOf(rows) {
  const counts = new Map();
  for (const row of rows) count(counts, row, 1);
  return counts;
}

/** Number of valid items; of duplicates, the first counts. */
export const itemCountOf = ({ kinds }) => kinds.reduce((count, { items }) => count + items, 0);

export class List {
  /** Any preview of the items: always the same, so that its index is, and the library keeps the tree of that. */
  preview;
  #byId;
  /** Numbers and bytes of all items by source, with duplicates. */
  #counts;

  constructor(rows, isStored, counts = countsOf(rows)) {
    this.rows = rows;
    this.isStored = isStored;
    this.#counts = counts;
    this.invalid = rows.filter(({ item }) => item === undefined).length;
  }

  /** The items for the library: a row that is not an item is given as text, so that the library reports what is wrong, and where. */
  get items() {
    return this.rows.map(({ item, text }) => item ?? text);
  }

  /** Returns the position of a row by its number. O(log n). */
  positionOf(row) {
    let low = 0;
    for (let high = this.rows.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].row < row) low = middle + 1;
      else high = middle;
    }
    if (this.rows[low]?.row !== row) throw new RangeError(`The list has no row ${row}`);
    return low;
  }

  /** The position of each item by its id; of duplicates, the first. */
  get byId() {
    if (this.#byId === undefined) {
      this.#byId = new Map();
      for (const [position, { itemId }] of this.rows.entries()) {
        if (itemId !== undefined && !this.#byId.has(itemId)) this.#byId.set(itemId, position);
      }
    }
    return this.#byId;
  }

  /** Numbers and bytes of the valid items by source; of duplicates, the first counts. */
  get sources() {
    const isFirst = ({ itemId }, position) => this.byId.get(itemId) === position;
    const counts = this.hasDuplicates ? countsOf(this.rows.filter(isFirst)) : this.#counts;
    return [...counts.values()];
  }

  get #anyPreview() {
    this.preview ??= previewOf(this.items);
    return this.preview;
  }

  /** The digests of the valid items in the order of the tree. */
  get index() {
    return this.#anyPreview.index;
  }

  /** True if two valid items have one id. */
  get hasDuplicates() {
    return itemCountOf(this.#anyPreview) < this.rows.length - this.invalid;
  }

  /**
   * Makes a list with rows replaced, added and removed. Returns it with the numbers of those that are new. The next preview learns them: one of
   * them alone would make the library forget the ids and the tree of the last preview, which had nearly the same.
   */
  edited({ put = [], remove = [] }) {
    const rows = this.rows.slice();
    const counts = new Map(this.#counts);
    const set = (position, row) => {
      count(counts, rows[position], -1);
      count(counts, row, 1);
      rows[position] = row;
    };
    const edited = put.map(({ row: number, text }) => {
      const position = number === undefined ? rows.length : this.positionOf(number);
      set(position, rowOf(text, this.isStored, number));
      return rows[position].row;
    });
    for (const row of remove) set(this.positionOf(row));
    return { list: new List(rows.filter(Boolean), this.isStored, counts), edited };
  }
}

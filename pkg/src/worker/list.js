// The items that the worker keeps: a list does not change, and lists share the rows that are equal in them.
//
// Why: an edit should cost what was edited. The library knows frozen items by their identity, so each row keeps the same frozen object from
// list to list, and a preview of 50,000 known items reads none of them.
//
// How: rows are numbered in the order in which they were made. A replaced row keeps its number, and new ones are added at the end, so
// numbers ascend in every list.

import { digestItem, previewPack, SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { withoutNulls } from './divide.js';

/** A pack for computing the index of items, which does not depend on the pack. */
const ANY_PACK = { packKey: 'any', version: '', title: '' };
const TOO_DEEP = 'Too big: expected at most 1000 levels of nesting';
const encoder = new TextEncoder();
let rowCount = 0;

/** Makes the error for input that exceeds a limit. */
export function tooBig(message, path = '') {
  const problem = new SnapshotError({ code: 'VALIDATION_FAILED', detail: message }).toJSON();
  return SnapshotError.from({ ...problem, issues: [{ path, code: 'too_big', message }] });
}

/** Makes a row of the text of an item. It has either an item with its digest, and the text until it is learnt, or a text with its problem. */
export function rowOf(text, isStored, row = rowCount++) {
  try {
    return { row, ...(isStored ? readStored(text) : readItem(text)) };
  } catch (error) {
    // The stack of a worker is small.
    if (error instanceof RangeError) return { row, text, bytes: text.length, problem: TOO_DEEP, isTooDeep: true };
    if (error.code !== 'VALIDATION_FAILED') throw error;
    const [issue] = error.issues;
    const problem = issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`;
    return { row, text, bytes: text.length, problem };
  }
}

function readItem(text) {
  const { itemId, digest, json } = digestItem(text);
  return { text, itemId, ...described(JSON.parse(text)), bytes: encoder.encode(json).length, digest };
}

function described(item) {
  const { kind, sourceKey, sourceVersion } = frozen(item);
  return { item, kind, sourceKey, sourceVersion };
}

/** Reads an item of a store, which has null for an absent member. */
function readStored(text) {
  try {
    return readItem(text);
  } catch {
    return readItem(withoutNulls(text));
  }
}

function frozen(value) {
  if (value === null || typeof value !== 'object') return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

/**
 * Lets the library read and hash the items of new rows, by which it knows them later. An item without the digest of its text is read again,
 * because some versions of V8 confuse names with escapes; so is the second of two items with one id, because the index has only one of them.
 */
export function learn(rows) {
  const valid = rows.filter(({ item }) => item !== undefined);
  const digests = new Map(indexOf(valid.map(({ item }) => item)).map(({ itemId, digest }) => [itemId, digest]));
  for (const row of valid) {
    if (digests.get(row.itemId) !== row.digest) {
      Object.assign(row, described(parseCanonical(digestItem(row.text).json)));
      if (digestItem(row.item).digest !== row.digest) throw new Error(`The item ${row.itemId} was read as another one`);
    }
    digests.delete(row.itemId);
    row.text = undefined;
  }
}

const indexOf = (items) => previewPack({ packKey: ANY_PACK.packKey }, { actor: 'admin', pack: ANY_PACK, items }).index;

export class List {
  #rows;
  #index;
  #byId;

  constructor(rows, isStored) {
    this.#rows = rows;
    this.isStored = isStored;
    this.invalid = rows.reduce((count, { item }) => (item === undefined ? count + 1 : count), 0);
  }

  get rows() {
    return this.#rows;
  }

  /** The items for the library: a row that is not an item is given as text, so that the library reports what is wrong, and where. */
  get items() {
    const tooDeep = this.#rows.findIndex(({ isTooDeep }) => isTooDeep);
    if (tooDeep >= 0) throw tooBig(TOO_DEEP, `items.${tooDeep}`);
    return this.#rows.map(({ item, text }) => item ?? text);
  }

  /** Returns the position of a row by its number. */
  positionOf(row) {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].row < row) low = middle + 1;
      else high = middle;
    }
    if (this.#rows[low]?.row !== row) throw new RangeError(`The list has no row ${row}`);
    return low;
  }

  /** The position of each item by its id; of duplicates, the first. */
  get byId() {
    if (this.#byId === undefined) {
      this.#byId = new Map();
      for (const [position, { itemId }] of this.#rows.entries()) {
        if (itemId !== undefined && !this.#byId.has(itemId)) this.#byId.set(itemId, position);
      }
    }
    return this.#byId;
  }

  /** The digests of the valid items in the order of the tree: always the same array, so that the library keeps its tree. */
  get index() {
    this.#index ??= indexOf(this.items);
    return this.#index;
  }

  /** True if two valid items have one id. */
  get hasDuplicates() {
    return this.index.length < this.#rows.length - this.invalid;
  }

  /** Notes the index that a preview has returned. */
  set index(index) {
    this.#index ??= index;
  }

  /** Makes a list with rows replaced, added and removed. Returns it with the rows that are new. */
  edited({ put = [], remove = [] }) {
    const rows = this.#rows.slice();
    const added = put.map(({ row, text }) => {
      const position = row === undefined ? rows.length : this.positionOf(row);
      rows[position] = rowOf(text, this.isStored, row);
      return rows[position];
    });
    const removed = new Set(remove.map((row) => this.positionOf(row)));
    const kept = removed.size === 0 ? rows : rows.filter((_, position) => !removed.has(position));
    return { list: new List(kept, this.isStored), added };
  }
}

// Finds the parts of a stored snapshot: the record, and where its items are.
//
// How: a snapshot is a folder with `record.json` and `items.jsonl`, as `create` writes it; one file with a record and its items; or a record
// and a file of items beside it.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, Failure } from '../failure.js';
import { LOCK } from '../folder/walk.js';
import { readObject } from '../inputs/json.js';
import { lineBatches } from '../inputs/lines.js';

export const RECORD = 'record.json';
export const ITEMS = 'items.jsonl';
export const EVENT = 'event.json';

const exists = (file) => statSync(file, { throwIfNoEntry: false }) !== undefined;

/** Returns the folder whose lock is meant, or undefined if the target is a stored snapshot. */
export function lockedFolder(target) {
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) throw new Failure(EXIT.io, 'There is no such file or folder', { file: target });
  if (!stat.isDirectory()) return target.endsWith(LOCK) ? join(target, '..') : undefined;
  if (exists(join(target, LOCK))) return target;
  if (exists(join(target, RECORD))) return undefined;
  throw new Failure(EXIT.input, `This folder has neither a ${LOCK} nor a ${RECORD}`, { file: target });
}

/**
 * Returns the parts of a stored snapshot, as verifiers take them, and `items`: a list, or the name of a file of JSON lines.
 *
 * @param items file of the items, if it was named
 */
export function storedParts(target, items) {
  if (statSync(target).isDirectory()) {
    return { parts: { record: readObject(join(target, RECORD)) }, items: items ?? join(target, ITEMS) };
  }
  const value = readObject(target);
  const isRecord = value.record === undefined;
  const { record, items: inside, index, event, manifest } = isRecord ? { record: value } : value;
  if (items === undefined && !Array.isArray(inside)) {
    throw new Failure(EXIT.input, 'The items are missing: this file has no "items"; name their file with --items', {
      file: target,
    });
  }
  const parts = Object.fromEntries(
    Object.entries({ record, index, event, manifest }).filter(([, part]) => part !== undefined),
  );
  return { parts, items: items ?? inside };
}

/** Calls `add` with each item. */
export async function eachItem(items, add, progress) {
  if (Array.isArray(items)) {
    for (const item of items) add(item);
    return;
  }
  for await (const batch of lineBatches(items, progress)) for (const { bytes } of batch) add(bytes);
}

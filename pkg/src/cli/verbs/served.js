// What the Studio is given of a folder: the chain of its locks, the texts of the present one, and the folder as it is now.
//
// How: everything is read again for each request, as `verify` and `log` do, so a page that is loaded again shows the present state. Nothing is
// remembered, so nothing is written. Texts from `.context` are given only if they have their digest.

import { basename } from 'node:path';
import { failureOf } from '../failure.js';
import { readConfig } from '../folder/config.js';
import { newCounts, readItem } from '../folder/file.js';
import { walk } from '../folder/walk.js';
import { keptFolder } from '../lock/atomic.js';
import { chainOf, sealOf } from '../lock/chain.js';
import { lockFile } from '../lock/lock.js';
import { shown, worded } from '../shown.js';
import { requiredLock } from './changed.js';
import { keptTexts } from './stored.js';

/** Most entries of indexes that the chain is given with, the newest first; older locks are records alone. */
const MOST_ENTRIES = 500_000;

/** Returns the lock of a folder. Fails if there is none, if it is not whole, or if `.context` is a link. */
export function wholeLock(home) {
  keptFolder(home);
  return requiredLock(lockFile(home));
}

const packOf = ({ record }) => record.metadata.$snapshot.manifest.pack;

/**
 * Returns the functions that make the data, by name.
 *
 * @param note is called with what people should know
 */
export function dataOf(home, note) {
  return {
    'folder.json': () => JSON.stringify(overview(home)),
    'locked.jsonl': () => lines(lockedItems(home, note)),
    'now.jsonl': () => lines(presentItems(home, note)),
  };
}

const lines = (items) => Array.from(items, (json) => `${json}\n`).join('');

/**
 * Returns the chain, oldest first and with the index of each lock that is at hand; `broken`, the issues that break it as in `log`; and the pack as it
 * is now.
 */
function overview(home) {
  const lock = wholeLock(home);
  const { records, missing, broken, lockOf } = chainOf(home, lock);
  let left = MOST_ENTRIES;
  const steps = records.toReversed().map((record) => {
    const index = left > 0 ? lockOf(sealOf(record))?.index : undefined;
    left -= index?.length ?? 0;
    return { record, index };
  });
  const notes =
    missing === undefined ? [] : [`The record before the oldest one has the seal ${missing} and is not here`];
  const issues = broken.map((issue) => ({ ...issue, message: worded(issue.message) }));
  return { name: basename(home), steps: steps.reverse(), broken: issues, now: packNow(home, lock), notes };
}

function packNow(home, lock) {
  try {
    return { pack: readConfig(home, packOf(lock)).pack };
  } catch (error) {
    return { problem: failureOf(error).message };
  }
}

/** Yields the items of the lock whose text is kept, and is what was locked. */
function* lockedItems(home, note) {
  const { entries, textOf } = keptTexts(wholeLock(home).index, lockFile(home));
  for (const entry of entries) {
    const json = textOf(entry);
    if (json === undefined) note(`The text of ${shown(entry.path)} is not kept here, or was changed`);
    else yield json;
  }
}

/** Yields the items of the folder as it is. */
function* presentItems(home, note) {
  const config = readConfig(home, packOf(wholeLock(home)));
  const counts = newCounts();
  for (const entry of walk(home, config, note, false)) {
    const { json } = readItem(entry, config, { allowsSecrets: true, counts });
    if (json !== undefined) yield json;
  }
}

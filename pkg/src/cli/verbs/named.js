// Finds locks and items by the beginning of a digest, as git finds commits.
//
// Why not for trusted values: with a short one, whoever writes the folder could look for content that has the same beginning. So
// `--expect-hash` and `--expect-seal` need all digits.

import { lstatSync } from 'node:fs';
import { EXIT, Failure } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { chainOf, sealOf } from '../lock/chain.js';
import { lockFile } from '../lock/lock.js';
import { shortened, shown } from '../shown.js';
import { requiredLock } from './changed.js';

/** At least 7 digits, as in git: so words and numbers of years are no digests. */
const FORM = /^(?:sha256:)?([0-9a-f]{7,64})$/;
/** Most candidates that are listed. */
const MOST = 10;

export const isBeginning = (text) => FORM.test(text);

/** Returns true if a digest begins like that. */
export const begins = (text, digest) => isBeginning(text) && digest.startsWith(`sha256:${FORM.exec(text)[1]}`);

function single(text, candidates) {
  if (candidates.length < 2) return candidates[0];
  const list = candidates.slice(0, MOST).map(({ what }) => what);
  if (candidates.length > MOST) list.push(`${candidates.length - MOST} more`);
  throw new Failure(EXIT.misuse, `${text} is the beginning of several digests; give more digits: ${list.join(', ')}`);
}

/** Returns the entry whose digest begins like that, or undefined. Fails if there are several. */
export function entryNamed(text, entries) {
  const found = entries.filter(({ digest }) => begins(text, digest));
  return single(
    text,
    found.map((entry) => ({ entry, what: `item ${shown(entry.path)} ${shortened(entry.digest)}` })),
  )?.entry;
}

/**
 * Returns the lock whose seal or hash begins like that, of the folder that is found from here, or undefined: `record`, `file` of the present
 * lock, and `index()`, which fails if only the record is kept. Fails if there are several such locks, or items of the present one.
 *
 * @param entries items that could be meant as well
 */
export function lockNamed(text, entries = []) {
  if (!isBeginning(text) || lstatSync(text, { throwIfNoEntry: false }) !== undefined) return undefined;
  let home;
  try {
    home = findFolder(undefined, [LOCK]);
  } catch {
    return undefined;
  }
  const file = lockFile(home);
  const { records, lockOf } = chainOf(home, requiredLock(file));
  const found = records
    .filter((record) => [sealOf(record), record.hash].some((digest) => begins(text, digest)))
    .map((record) => ({ record, what: `lock ${shortened(sealOf(record))} of ${record.createdAt}` }));
  const items = entries
    .filter(({ digest }) => begins(text, digest))
    .map(({ path, digest }) => ({ what: `item ${shown(path)} ${shortened(digest)}` }));
  // If only items are meant, `entryNamed` finds them.
  if (found.length === 0) return undefined;
  const { record } = single(text, [...found.toReversed(), ...items]);
  return { record, file, index: () => indexOf(lockOf(sealOf(record)), record) };
}

function indexOf(lock, record) {
  if (lock !== undefined) return lock.index;
  throw new Failure(
    EXIT.io,
    `Of the lock ${shortened(sealOf(record))}, only the record is here: its list of items would be in git, if it had been committed`,
  );
}

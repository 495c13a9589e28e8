// Finds the chain of locks of a folder, from the present one back.
//
// How: earlier records come from `.context/records` and, if the folder is in a repository, from the history of the lock in git. The present
// lock's parent names the record before it, so the chain does not depend on the order in which records are found.

import { join } from 'node:path';
import { canonicalizeJson, verifyChain } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { failureOf } from '../failure.js';
import { readFound } from '../folder/found.js';
import { KEPT, LOCK } from '../folder/paths.js';
import { git } from './git.js';
import { parseLock } from './lock.js';

export const sealOf = (record) => record.metadata.$snapshot.seal;
const parentOf = (record) => record.metadata.$snapshot.parent;

/**
 * Returns the chain: `records`, oldest first; `missing`, the seal of the record before these, which is not here; `broken`, issues about files
 * that are not what they should be; and `lockOf(seal)`, which returns a whole lock, with its index, if it is the present one or was committed.
 *
 * @param newest the present lock
 */
export function chainOf(home, newest) {
  const committed = inHistory(home);
  const records = [newest.record];
  const seen = new Set([sealOf(newest.record)]);
  const broken = [];
  let missing = parentOf(newest.record);
  while (missing !== undefined && !seen.has(missing) && broken.length === 0) {
    const record = keptRecord(join(home, KEPT, 'records'), missing, broken) ?? committed(missing)?.record;
    if (record === undefined) break;
    seen.add(missing);
    records.unshift(record);
    missing = parentOf(record);
  }
  const lockOf = (seal) => {
    if (seal === sealOf(newest.record)) return newest;
    const found = committed(seal);
    return found && lockAt(home, found.commit);
  };
  return { records, missing, broken, lockOf };
}

/** Returns the record with a seal, undefined if it is not kept; a file that has its name and is another record breaks the chain. */
function keptRecord(folder, seal, broken) {
  const file = join(folder, `${seal.slice('sha256:'.length)}.json`);
  let bytes;
  try {
    bytes = readFound(file);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw failureOf(error, file);
  }
  try {
    const record = parseCanonical(canonicalizeJson(bytes));
    if (verifyChain([record]).valid && sealOf(record) === seal) return record;
  } catch {}
  broken.push({ path: '', code: 'mismatch', message: `${file} is not the record with the seal ${seal}` });
  return undefined;
}

/** Reads the lock of a commit. */
const lockAt = (home, commit) => parseLock(git(home, 'cat-file', 'blob', `${commit}:./${LOCK}`), LOCK);

/** Yields the commits with a lock, newest first: the commit, and the record of the lock. */
function* lockCommits(home) {
  let commits = [];
  try {
    commits = git(home, 'rev-list', 'HEAD', '--', LOCK).toString().split('\n').filter(Boolean);
  } catch {}
  for (const commit of commits) {
    try {
      yield { commit, record: lockAt(home, commit).record };
    } catch {}
  }
}

/**
 * Returns a function that finds the commit of a lock by its seal, and reads no more of the history than it needs. Indexes are not kept, because
 * there may be many.
 */
function inHistory(home) {
  const commits = lockCommits(home);
  const read = new Map();
  return (seal) => {
    while (!read.has(seal)) {
      const { value, done } = commits.next();
      if (done) return undefined;
      read.set(sealOf(value.record), value);
    }
    return read.get(seal);
  };
}

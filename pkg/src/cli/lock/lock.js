// Reads and writes `context.lock.json` (FOLDER 7).
//
// How: one entry a line, so a pull request shows which items changed. A lock is read strictly and checked before anything is made of it: its
// record must be whole, and its index must be that of the record.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { canonicalizeJson, diffSnapshots, verifyChain } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { readFound } from '../folder/found.js';
import { LOCK } from '../folder/paths.js';
import { FOLDER } from '../folder/rules.js';
import { issueText, shown } from '../shown.js';

export const FORMAT = 'context-lock/v1';
const MEMBERS = ['folder', 'index', 'lock', 'record', 'tool'];

export const lockFile = (home) => join(home, LOCK);

// D7-1, D7-2
/** Writes a lock as text. */
export function lockText({ record, index, tool }) {
  const indented = JSON.stringify(record, null, 2).replace(/\n/g, '\n  ');
  const rows = index.map(
    ({ itemId, digest, bytes }) =>
      `    { "itemId": ${JSON.stringify(itemId)}, "digest": "${digest}", "bytes": ${bytes} }`,
  );
  return `{
  "lock": "${FORMAT}",
  "folder": "${FOLDER}",
  "record": ${indented},
  "index": [\n${rows.join(',\n')}\n  ],
  "tool": { "name": ${JSON.stringify(tool.name)}, "version": ${JSON.stringify(tool.version)} }
}
`;
}

/** Returns the bytes of a lock, or undefined if there is none. One with another name was named by the user. */
export function readLockBytes(file) {
  try {
    return basename(file) === LOCK ? readFound(file) : readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw failureOf(error, file);
  }
}

/**
 * Returns a lock, or undefined if there is none.
 *
 * @param isWhole false for a verifier, which says itself what is wrong with record and index
 */
export function readLock(file, isWhole = true) {
  const bytes = readLockBytes(file);
  return bytes === undefined ? undefined : parseLock(bytes, file, isWhole);
}

/** What git writes into a file that two branches changed. */
const CONFLICT = /^<{7} /m;

// D7-3
/** Reads and checks a lock. @param file its name, for messages */
export function parseLock(bytes, file, isWhole = true) {
  const bad = (message) => new Failure(EXIT.input, message, { file });
  let lock;
  try {
    lock = parseCanonical(canonicalizeJson(bytes));
  } catch (error) {
    if (CONFLICT.test(bytes))
      throw bad('This lock has the marks of a merge conflict; check out one side of it, and lock again');
    throw failureOf(error, file);
  }
  if (lock === null || typeof lock !== 'object' || lock.lock !== FORMAT) {
    throw bad(`This is not a lock: it needs "lock": "${FORMAT}"`);
  }
  if (lock.folder !== FOLDER)
    throw bad(`The folder rules ${shown(String(lock.folder))} are not known; this version knows ${FOLDER}`);
  for (const name of Object.keys(lock)) {
    if (!MEMBERS.includes(name)) throw bad(`${shown(name)}: Unknown member`);
  }
  if (!Array.isArray(lock.index)) throw bad('index: Must be a list');
  for (const [at, entry] of lock.index.entries()) {
    const members = entry === null || typeof entry !== 'object' ? '' : Object.keys(entry).join();
    if (members !== 'bytes,digest,itemId' || !Number.isSafeInteger(entry.bytes) || entry.bytes < 0) {
      throw bad(`index.${at}: Must be { "itemId", "digest", "bytes" }`);
    }
  }
  if (!isWhole) return lock;
  const { valid, issues } = verifyChain([lock.record]);
  if (!valid) throw bad(`The record is not whole: ${issueText(issues[0])}`);
  // D7-4: of the index, the digests are compared with the root
  const contents = contentsOf(lock);
  try {
    diffSnapshots(contents, contents);
  } catch (error) {
    throw bad(
      `The index is not that of the record: ${issueText(error.issues?.[0] ?? { path: '', message: String(error.message) })}`,
    );
  }
  return lock;
}

/** Returns what the library compares. */
export const contentsOf = ({ record, index }) => ({ manifest: record.metadata.$snapshot.manifest, index });

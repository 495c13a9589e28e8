// What verbs about locks share: the items of a lock, those of the folder, and the lines that say what changed.

import { createHash } from 'node:crypto';
import { parseCanonical } from '#json';
import { EXIT, Failure } from '../failure.js';
import { readConfig } from '../folder/config.js';
import { newCounts, readItem } from '../folder/file.js';
import { Known } from '../folder/known.js';
import { scan } from '../folder/scan.js';
import { keptFolder } from '../lock/atomic.js';
import { compare } from '../lock/changes.js';
import { lockFile, parseLock, readLockBytes } from '../lock/lock.js';
import { hashOf } from '../lock/take.js';
import { shown } from '../shown.js';

/** Returns the entries of a lock. */
export const entriesOf = ({ index }) => index.map(({ itemId, digest, bytes }) => ({ path: itemId, digest, bytes }));

/** Returns a lock that must be there; with `isWhole` as false, as `readLock` does. */
export const requiredLock = (file, isWhole = true) => parseLock(requiredBytes(file), file, isWhole);

function requiredBytes(file) {
  const bytes = readLockBytes(file);
  if (bytes !== undefined) return bytes;
  throw new Failure(EXIT.input, 'There is no lock; `context-snapshot lock` writes it', { file });
}

// D7-4
/**
 * Returns what is wrong with the ids of a lock's index, undefined if nothing is. The root covers digests, and the items of the same digests have
 * these ids.
 *
 * @param entries of the folder, whose hash is that of the lock
 */
export function otherId({ index }, entries) {
  const at = index.findIndex(({ itemId }, place) => itemId !== entries[place].path);
  if (at < 0) return undefined;
  return `index.${at}.itemId: ${shown(index[at].itemId)} has the digest of ${shown(entries[at].path)}; lock again`;
}

/** Returns what must be equal for a folder to be still as it was: the lock, and the pack if the folder has rules of its own. */
export const whatOf = (text, config) =>
  JSON.stringify([createHash('sha256').update(text).digest('hex'), config.file === undefined ? null : config.pack]);

/** Returns the members of a record that are shown. */
export const shownOf = ({ packKey, packVersion, hash, itemCount, createdAt }) => ({
  packKey,
  packVersion,
  hash,
  itemCount,
  createdAt,
});

/**
 * Compares a folder with its lock. Returns the record of the lock, the changes, and the names of the pack's members that differ.
 *
 * How: if all files are known and were the same as this lock before, they still are, and nothing is computed.
 */
export function changesOf(home, terminal, { note = () => {} } = {}) {
  const file = lockFile(home);
  const bytes = requiredBytes(file);
  const config = readConfig(home);
  const known = Known.read(keptFolder(home), config.key);
  const progress = terminal.progress('reading');
  const { entries } = scan(home, config, known, { mustFill: false, note, progress: progress.update });
  progress.stop();
  const what = whatOf(bytes, config);
  const same = known.sameAs(what);
  if (same !== undefined) return { home, record: same, config, entries, isSame: true, changes: [], packChanges: [] };

  const lock = parseLock(bytes, file);
  const { pack } = lock.record.metadata.$snapshot.manifest;
  const present = hashOf(config.file === undefined ? pack : config.pack, entries);
  const isSame = present.record.hash === lock.record.hash;
  const other = isSame ? otherId(lock, entries) : undefined;
  if (isSame && other === undefined) known.settle(what, shownOf(lock.record), entries.length);
  known.write();
  if (other !== undefined) throw new Failure(EXIT.input, other, { file });
  const changes = isSame ? [] : compare(entriesOf(lock), entries, (entry) => textOf(entry, config));
  return {
    home,
    record: lock.record,
    config,
    entries,
    isSame,
    changes,
    packChanges: isSame ? [] : differing(pack, present.manifest.pack),
  };
}

/** Returns the names of the members that are not equal. */
const differing = (before, after) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));

/** Reads the text of an item of the folder again. */
export function textOf({ path, file }, config) {
  return readItem({ path, file, rule: config.ruleFor(path) }, config, { allowsSecrets: true, counts: newCounts() })
    .json;
}

/** Returns the content of an item as people read it: text as it is, JSON with a member on each line. */
export function contentOf(json) {
  const { content } = parseCanonical(json);
  return typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
}

const COLORS = { A: 'green', M: 'yellow', D: 'red', R: 'cyan' };

/** Returns the line of a change. */
export function changeLine({ change, path, from }, paint) {
  const name = from === undefined ? shown(path) : `${shown(from)} -> ${shown(path)}`;
  return `${paint[COLORS[change]](change)} ${name}`;
}

const sideJson = ({ digest, bytes, tokens }) => ({ digest, bytes, ...(tokens === undefined ? {} : { tokens }) });

/** Returns a change as `--json` gives it. */
export function changeJson({ change, path, from, before, after }) {
  return {
    type: 'change',
    change,
    path,
    ...(from === undefined ? {} : { from }),
    ...(before === undefined ? {} : { before: sideJson(before) }),
    ...(after === undefined ? {} : { after: sideJson(after) }),
  };
}

// What `status`, `diff` and `lock` share: the items of a lock, those of the folder, and the lines that say what changed.

import { join } from 'node:path';
import { EXIT, Failure } from '../failure.js';
import { readConfig } from '../folder/config.js';
import { newCounts, readItem } from '../folder/file.js';
import { Known } from '../folder/known.js';
import { scan } from '../folder/scan.js';
import { KEPT } from '../folder/walk.js';
import { compare } from '../lock/changes.js';
import { lockFile, readLock } from '../lock/lock.js';
import { hashOf } from '../lock/take.js';
import { shown } from '../shown.js';

/** Returns the entries of a lock. */
export const entriesOf = ({ index }) => index.map(({ itemId, digest, bytes }) => ({ path: itemId, digest, bytes }));

/** Returns the lock of a folder; with `isWhole` as false, as `readLock` does. */
export function requiredLock(home, isWhole = true) {
  const lock = readLock(lockFile(home), isWhole);
  if (lock !== undefined) return lock;
  throw new Failure(EXIT.input, 'There is no lock; `context-snapshot lock` writes it', { file: lockFile(home) });
}

/**
 * Compares a folder with its lock. Returns the lock, the changes, and the names of the pack's members that differ.
 */
export function changesOf(home, terminal, { note = () => {} } = {}) {
  const lock = requiredLock(home);
  const { manifest } = lock.record.metadata.$snapshot;
  const config = readConfig(home, manifest.pack);
  const known = Known.read(join(home, KEPT), config.key);
  const progress = terminal.progress('reading');
  const { entries } = scan(home, config, known, { note, progress: progress.update });
  progress.stop();
  known.write();
  const { record, manifest: present } = hashOf(config.pack, entries);
  const isSame = record.hash === lock.record.hash;
  const changes = isSame ? [] : compare(entriesOf(lock), entries, (entry) => textOf(entry, config));
  return { home, lock, config, isSame, changes, packChanges: isSame ? [] : differing(manifest.pack, present.pack) };
}

/** Returns the names of the members that are not equal. */
const differing = (before, after) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));

function textOf({ path, file }, config) {
  return readItem({ path, file, rule: config.ruleFor(path) }, config, { allowsSecrets: true, counts: newCounts() })
    .json;
}

const COLORS = { A: 'green', M: 'yellow', D: 'red', R: 'cyan' };

/** Returns the line of a change. */
export function changeLine({ change, path, from }, paint) {
  const name = from === undefined ? shown(path) : `${shown(from)} -> ${shown(path)}`;
  return `${paint[COLORS[change]](change)} ${name}`;
}

/** Returns a change as `--json` gives it. */
export function changeJson({ change, path, from, before, after }) {
  return {
    type: 'change',
    change,
    path,
    ...(from === undefined ? {} : { from }),
    ...(before === undefined ? {} : { before: { digest: before.digest, bytes: before.bytes } }),
    ...(after === undefined ? {} : { after: { digest: after.digest, bytes: after.bytes } }),
  };
}

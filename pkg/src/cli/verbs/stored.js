// Finds the parts of a stored snapshot: the record, and where its items are.
//
// How: a snapshot is a folder with `record.json`, `items.jsonl` and perhaps `event.json`, as `create` writes it; one file with a record and
// its items; or a record and a file of items beside it. Every part that is there is verified.

import { closeSync, existsSync, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { digestItem, SnapshotVerifier } from '@lssm-tech/lib.context-snapshot';
import { EXIT, Failure, failureOf } from '../failure.js';
import { withFound } from '../folder/found.js';
import { LOCK } from '../folder/paths.js';
import { byPath } from '../folder/walk.js';
import { formOf } from '../inputs/forms.js';
import { addItems, addList } from '../inputs/items.js';
import { itemIn, readObject } from '../inputs/json.js';
import { nameOf } from '../inputs/lines.js';
import { readLock } from '../lock/lock.js';
import { objectsOf } from '../lock/objects.js';
import { shown, worded } from '../shown.js';
import { entriesOf } from './changed.js';
import { isBeginning, lockNamed } from './named.js';

export const RECORD = 'record.json';
export const ITEMS = 'items.jsonl';
export const EVENT = 'event.json';
/** Nobody needs it, because the record has it. If somebody has put it there, it must be right. */
const MANIFEST = 'manifest.json';
const STORED = [RECORD, ITEMS, EVENT, MANIFEST];

/** Returns a snapshot as `--json` gives it. */
export function snapshotJson(record) {
  const { snapshotId, packKey, packVersion, hash, itemCount } = record;
  const { seal } = record.metadata.$snapshot;
  return { type: 'snapshot', snapshotId, packKey, packVersion, hash, seal, itemCount, record };
}

/** Returns true also for a link that leads nowhere: reading it fails then, and nothing is passed over. */
export const exists = (file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

/** How a lock begins, whatever its name is. */
const LOCK_BEGINS = /^\s*\{\s*"lock"\s*:/;

function beginsLikeLock(file) {
  const bytes = Buffer.alloc(256);
  const descriptor = openSync(file, 'r');
  try {
    return LOCK_BEGINS.test(bytes.toString('latin1', 0, readSync(descriptor, bytes)));
  } finally {
    closeSync(descriptor);
  }
}

/** Returns the file of the lock that is meant, or undefined if the target is a stored snapshot. */
export function lockOf(target) {
  if (target === '-') return undefined;
  try {
    const stat = statSync(target);
    // What was read from a pipe to see how it begins would be lost.
    const isLock = () => basename(target) === LOCK || (stat.isFile() && beginsLikeLock(target));
    if (!stat.isDirectory()) return isLock() ? target : undefined;
  } catch (error) {
    if (error.code !== 'ENOENT' || !isBeginning(target)) throw failureOf(error, target);
    const message = 'There is no such file or folder, and no lock here whose seal or hash begins like this';
    throw new Failure(EXIT.io, message, { file: target });
  }
  const lock = join(target, LOCK);
  if (exists(lock)) {
    // Somebody could have put one of the two there, so that the other one would not be looked at. A record that is an item is.
    if (exists(join(target, RECORD)) && !readLock(lock, false).index.some(({ itemId }) => itemId === RECORD)) {
      const message = `This folder has a ${LOCK}, and a ${RECORD} that is not in it; name the file that you mean`;
      throw new Failure(EXIT.input, message, { file: target });
    }
    return lock;
  }
  if (exists(join(target, RECORD))) return undefined;
  throw new Failure(EXIT.input, `This folder has neither a ${LOCK} nor a ${RECORD}`, { file: target });
}

/** Returns the name of a file in a folder that may be a stranger's. Fails if it is none. */
function fileIn(folder, name) {
  const file = join(folder, name);
  try {
    withFound(file, () => {});
  } catch (error) {
    throw failureOf(error, file);
  }
  return file;
}

/** Members of a snapshot in one file. */
const PARTS = ['record', 'items', 'index', 'event', 'manifest', 'output', 'pack'];

/**
 * Fails for a member that no verifier would look at: a part that is misspelt, or a hash that only seems to be compared. What `--json` prints of
 * a snapshot repeats members of its record, and must repeat them rightly.
 */
function refuseOthers(value, file) {
  const { record, type, tokens } = value;
  const printed = type === 'snapshot' ? { ...record, type, tokens, seal: record?.metadata?.$snapshot?.seal } : {};
  for (const name of Object.keys(value)) {
    if (PARTS.includes(name) || (Object.hasOwn(printed, name) && printed[name] === value[name])) continue;
    const message = `${shown(name)}: ${Object.hasOwn(printed, name) ? 'Not that of the record' : 'Unknown member'}`;
    const known = `a snapshot in a file has ${PARTS.join(', ')}; what is trusted comes with --expect-hash or --expect-seal`;
    throw new Failure(EXIT.input, `${message}; ${known}`, { file });
  }
}

/**
 * Returns the parts of a stored snapshot, as verifiers take them, and `items`: a list, or the name of a file of JSON lines; undefined if they
 * are not there.
 */
export function storedParts(target) {
  if (target !== '-' && statSync(target).isDirectory()) {
    const parts = { record: readObject(fileIn(target, RECORD)) };
    for (const name of [EVENT, MANIFEST])
      if (exists(join(target, name))) parts[basename(name, '.json')] = readObject(fileIn(target, name));
    return { parts, items: exists(join(target, ITEMS)) ? fileIn(target, ITEMS) : undefined };
  }
  const value = readObject(target);
  if (value.lock !== undefined) {
    const message = 'This is a lock, whose texts are beside it: name its file or its folder, not a pipe';
    throw new Failure(EXIT.input, message, { file: nameOf(target) });
  }
  // The verifier says what a record has too many.
  if (value.record === undefined) return { parts: { record: value } };
  refuseOthers(value, nameOf(target));
  const { items, ...others } = value;
  if (items !== undefined && !Array.isArray(items))
    throw new Failure(EXIT.input, 'items: Must be a list', { file: nameOf(target) });
  return { parts: Object.fromEntries(Object.entries(others).filter(([name]) => PARTS.includes(name))), items };
}

/** Returns the items, which are those of the snapshot or those that were named, and not both: the others would not be looked at. */
export function itemsOf(target, items, named) {
  if (items !== undefined && named !== undefined)
    throw new Failure(EXIT.misuse, 'This snapshot has its own items: --items is only for a record', {
      file: nameOf(target),
    });
  if (items === undefined && named === undefined)
    throw new Failure(EXIT.input, 'The items are missing: verify takes their file with --items', {
      file: nameOf(target),
    });
  return items ?? named;
}

/**
 * Calls `add` with each item.
 *
 * @param file name of the file that holds a list of items, for messages
 * @param more `read` and `places`, as `addItems` takes them
 */
export async function eachItem(items, add, file, more) {
  if (Array.isArray(items)) addList(items.map(itemIn), file, add);
  else await addItems(items, formOf(items), add, more);
}

const isOutside = (itemId) => itemId.split('/').some((name) => /^(?:\.\.?)?$/.test(name));

/**
 * Returns `add`, which fails for an item whose name a file of the folder has.
 *
 * Why: whoever can write to a folder could remove its lock, and put the record and the items that were locked there. Then these would be verified,
 * and the files, which are others by now, would not.
 *
 * @param target the stored snapshot: a folder, or a file, which has no other files
 */
export function passedOver(target, add) {
  const isFolder = target !== '-' && statSync(target).isDirectory();
  if (!isFolder || readdirSync(target).every((name) => STORED.includes(name))) return add;
  return (item) => {
    let itemId = '';
    try {
      ({ itemId } = digestItem(item));
    } catch {
      // The verifier says what is wrong with it.
    }
    // As the disk may have the name.
    const isFile = (path) => existsSync(join(target, path));
    const isThere = isFile(itemId) || isFile(itemId.normalize('NFD'));
    if (isThere && !STORED.includes(itemId) && !isOutside(itemId)) {
      const message = `This folder has no ${LOCK}, so only the item of this name in ${ITEMS} would be looked at; lock the folder, or name its ${RECORD}`;
      throw new Failure(EXIT.input, message, { file: join(target, itemId) });
    }
    add(item);
  };
}

/**
 * Reads a lock, or a stored snapshot, which is verified on the way: nothing is shown of one that is not whole.
 *
 * @param target a path, or the beginning of the seal or hash of a lock
 * @param isWanted says of which items, by id and digest, the text is needed
 * @returns `record`, `entries` as a lock has them, and `textOf(entry)`: canonical JSON of an item, or undefined if it is not at hand
 */
export async function readSnapshot(target, isWanted = () => true) {
  const named = lockNamed(target);
  if (named !== undefined) return { record: named.record, ...keptTexts(named.index(), named.file) };
  const lock = lockOf(target);
  if (lock !== undefined) {
    const { record, index } = readLock(lock);
    return { record, ...keptTexts(index, lock) };
  }
  const { parts, items: found } = storedParts(target);
  const items = itemsOf(target, found);
  const file = nameOf(target);
  const texts = new Map();
  const entries = [];
  let verifier;
  try {
    verifier = new SnapshotVerifier(parts);
  } catch (error) {
    throw failureOf(error, file);
  }
  await eachItem(
    items,
    (item) => {
      const { itemId, digest, json } = digestItem(item);
      verifier.add(item);
      if (isWanted(itemId, digest)) texts.set(digest, json);
      entries.push({ path: itemId, digest, bytes: Buffer.byteLength(json) });
    },
    file,
  );
  const { valid, issues } = verifier.finish();
  verifier.free();
  if (!valid) throw new Failure(EXIT.input, `This snapshot is not whole: ${worded(issues[0].message)}`, { file });
  entries.sort(byPath);
  return { record: parts.record, entries, textOf: ({ digest }) => texts.get(digest) };
}

/** Returns the entries of a lock, and their texts as they are kept beside it. @param file the lock */
export function keptTexts(index, file) {
  const objects = objectsOf(dirname(file));
  return { entries: entriesOf({ index }), textOf: ({ path, digest }) => objects.get(digest, path) };
}

/** Returns what the library compares. */
export const contentsOf = ({ record, entries }) => ({
  manifest: record.metadata.$snapshot.manifest,
  index: entries.map(({ path, digest }) => ({ itemId: path, digest })),
});

// Records and packs as they are stored: which members, what is checked before, and how a stored text is read.

import { canonicalizeJson, diffSnapshots, verifyChain } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { invalid, problem } from './problems.js';

const MAX_ITEMS = 2 ** 31 - 1;
const MIN_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const MAX_TIME = Date.parse('9999-12-31T23:59:59.999Z');
export const PACK_MEMBERS = ['packKey', 'version', 'title', 'description', 'owners', 'tags', 'sources'];
const RECORD_MEMBERS = [
  'snapshotId',
  'packKey',
  'packVersion',
  'hash',
  'itemCount',
  'createdAt',
  'createdBy',
  'metadata',
];
const ITEM_MEMBERS = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata'];

/** Makes the error for what somebody has changed in the database. If `./runtime` gets it while it verifies, the snapshot is not valid. */
export const notStored = () => problem('PRECONDITION_FAILED', 'A stored text is not what was stored; verify says more');

/** Reads a stored text. One that somebody has changed may be anything: undefined then. */
export function tryToRead(text) {
  try {
    const value = parseCanonical(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a stored text about which something is to be found out. Of two members with one name, other readers of the table take the other one, and
 * others keep digits that are rounded here, so such a text says more than what is compared: undefined then.
 */
export function tryToReadStrictly(text) {
  try {
    return tryToRead(canonicalizeJson(text));
  } catch {
    return undefined;
  }
}

export function read(text) {
  const value = tryToRead(text);
  if (value === undefined) throw notStored();
  return value;
}

/** Reads those members of a stored text that its digest covers. What somebody has added to the text is not returned. */
function readOnly(text, names) {
  const value = read(text);
  const copy = {};
  for (const name of Object.keys(value)) {
    if (names.includes(name) && value[name] !== null) copy[name] = value[name];
  }
  return copy;
}

export const recordIn = (text) => readOnly(text, RECORD_MEMBERS);
export const itemIn = (text) => readOnly(text, ITEM_MEMBERS);

/** Copies members that are there. `null` is absent, because a store returns it for a column without a value. */
export function pick(source, names) {
  const copy = {};
  for (const name of names) {
    const value = source[name];
    if (value !== undefined && value !== null) copy[name] = value;
  }
  return copy;
}

/** Returns true for a time that each database can store. */
export const isStorable = (time) => time >= MIN_TIME && time <= MAX_TIME;

export const timeOf = (value) => (value instanceof Date ? value.toISOString() : value);

/** Returns true if what a manifest says about its pack can be stored as a pack. It has no times, which only packs of a store have. */
export const isPackOfManifest = (pack) =>
  ['packKey', 'version', 'title'].every((name) => typeof pack?.[name] === 'string') &&
  Object.keys(pack).every((name) => PACK_MEMBERS.includes(name));

/** Checks a record as far as its columns, and the pack that is stored with it, need it. `verify` reports everything else. */
export function checkedRecord(record) {
  if (typeof record !== 'object' || record === null) throw invalid('The record is not an object');
  const copy = pick(record, RECORD_MEMBERS);
  for (const name of ['snapshotId', 'packKey', 'packVersion', 'hash']) {
    if (typeof copy[name] !== 'string') throw invalid(`The record's ${name} is not a string`);
  }
  if (copy.snapshotId === '' || copy.snapshotId.includes(':')) {
    throw invalid("The record's snapshotId is empty, or contains a colon");
  }
  if (!Number.isInteger(copy.itemCount) || copy.itemCount < 0 || copy.itemCount > MAX_ITEMS) {
    throw invalid("The record's itemCount is not a number of items");
  }
  const isTime = typeof copy.createdAt === 'string' || copy.createdAt instanceof Date;
  const time = new Date(isTime ? copy.createdAt : Number.NaN);
  if (!(time >= 0 && isStorable(time))) throw invalid("The record's createdAt is not a time from 1970 to 9999");
  // As it was hashed. A `Date` becomes that text.
  copy.createdAt = timeOf(copy.createdAt);
  if (typeof (copy.createdBy ?? '') !== 'string') throw invalid("The record's createdBy is not a string");
  if (typeof (copy.metadata ?? {}) !== 'object') throw invalid("The record's metadata is not an object");
  const pack = copy.metadata?.$snapshot?.manifest?.pack;
  if (typeof pack?.packKey === 'string' && !isPackOfManifest(pack))
    throw invalid("The pack in the record's manifest is not a pack");
  return { record: copy, time: time.toISOString() };
}

export function requireValid(record) {
  const { valid, issues } = verifyChain([record]);
  if (!valid) throw invalid(`The record is not valid: ${issues[0].path}: ${issues[0].message}`);
}

/** Checks that a record is valid, and that the index is its items': then a snapshot that nobody can verify is not stored. */
export function checkIndex(record, index) {
  requireValid(record);
  const contents = { manifest: record.metadata.$snapshot.manifest, index };
  // Throws if the index does not give the root.
  diffSnapshots(contents, contents);
}

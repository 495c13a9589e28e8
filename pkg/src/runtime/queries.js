// The handlers of the host's two other operations on packs, `context.pack.describe` and `context.pack.search`.
//
// Why "latest" takes a walk: stores list records in orders of their own, and give a `total` for one page only. So all records of a pack are
// read, and the time decides.

import { previewPack, SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { append, isArray, isInteger, Table, uncurried } from '#language';
import { isAmong, isObject, ownOf, received } from '#values';
import { authorizeReader, callerOf, empty } from './caller.js';
import { asProblem, callOf, failure } from './failures.js';
import { hasMethod, readerOf } from './options.js';
import { findPack } from './packs.js';
import { detailsOf, literalPart, packOf, packsOf, recordsOf, timeOf } from './rows.js';
import { shown } from './shown.js';

const DEFAULT_LIMIT = 50;
const MOST = 200;
/** Rows that are read at once. */
const PAGE = 200;

const lower = uncurried(String.prototype.toLowerCase);
const includes = uncurried(String.prototype.includes);

/** Which types the members of an input have, in the words of messages. */
const TYPES = {
  __proto__: null,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: isInteger,
};
const DESCRIBE = [
  ['packKey', 'string'],
  ['version', 'string'],
];
const SEARCH = [
  ['query', 'string'],
  ['tag', 'string'],
  ['owner', 'string'],
  ['snapshotOnly', 'boolean'],
  ['limit', 'integer'],
  ['offset', 'integer'],
];

const invalidType = (path, expected, value) => ({
  path,
  code: 'invalid_type',
  message: `Invalid input: expected ${expected}, received ${shown(received(value))}`,
});

/** Copies the members of an input, and refuses those of another type and what `check` finds. */
function inputOf(call, input, members, check) {
  const copy = empty();
  const issues = [];
  if (!isObject(input)) append(issues, invalidType('', 'object', input));
  else {
    for (let at = 0; at < members.length; at++) {
      const { 0: name, 1: type } = members[at];
      const value = ownOf(input, name);
      copy[name] = value;
      if (value !== undefined && !TYPES[type](value)) append(issues, invalidType(name, type, value));
    }
    if (issues.length === 0) check(copy, issues);
  }
  if (issues.length === 0) return copy;
  const { path, message } = issues[0];
  throw failure(call, 'VALIDATION_FAILED', path === '' ? message : `${path}: ${message}`, { issues });
}

function checkDescribe({ packKey }, issues) {
  if (packKey === undefined) append(issues, invalidType('packKey', 'string', packKey));
  else if (packKey === '') {
    const message = 'Too small: expected string to have >=1 characters';
    append(issues, { path: 'packKey', code: 'too_small', message });
  }
}

function checkSearch({ limit = 1, offset = 0 }, issues) {
  const tooSmall = (path, least) => ({
    path,
    code: 'too_small',
    message: `Too small: expected number to be >=${least}`,
  });
  if (limit < 1) append(issues, tooSmall('limit', 1));
  if (limit > MOST)
    append(issues, { path: 'limit', code: 'too_big', message: `Too big: expected number to be <=${MOST}` });
  if (offset < 0) append(issues, tooSmall('offset', 0));
}

/** Makes a handler whose errors name no operation, because the core's name another one. */
function reading(caller, run) {
  return async (input, ctx) => {
    let call = {};
    try {
      const context = await callerOf(caller, ctx);
      call = callOf(context, false);
      authorizeReader({ packKey: 'any' }, context);
      return await run(input, { call, context });
    } catch (error) {
      const problem = asProblem(call, error);
      throw problem instanceof SnapshotError && ownOf(problem, 'operation') !== undefined
        ? new SnapshotError({ ...problem, operation: undefined })
        : problem;
    }
  };
}

/** Returns whether a record is of another tenant than the caller. A store may have those of all. */
function isForeign(row, { tenantId }) {
  const owner = ownOf(detailsOf(row) ?? empty(), 'tenantId');
  return typeof tenantId === 'string' && typeof owner === 'string' && owner !== tenantId;
}

/** Returns the latest snapshot of each version of a pack, as far as the caller may know of it, or an empty map if the store cannot list them. */
async function latestOf(call, context, store, packKey) {
  const latest = new Table();
  if (!hasMethod(store, 'listSnapshots')) return latest;
  for await (const row of recordsOf(call, store, packKey)) {
    if (isForeign(row, context)) continue;
    const snapshotId = ownOf(row, 'snapshotId');
    const createdAt = timeOf(ownOf(row, 'createdAt'));
    const version = ownOf(row, 'packVersion');
    if (typeof snapshotId !== 'string' || createdAt === undefined) continue;
    const found = latest.get(version);
    // Of two with the same `createdAt`, always takes the same one, whatever their order.
    if (
      found === undefined ||
      found.createdAt < createdAt ||
      (found.createdAt.getTime() === createdAt.getTime() && found.snapshotId < snapshotId)
    ) {
      latest.set(version, { snapshotId, createdAt });
    }
  }
  return latest;
}

export function createDescribeHandler(options) {
  const { store, caller } = readerOf(options);
  return reading(caller, async (input, { call, context }) => {
    const { packKey, version } = inputOf(call, input, DESCRIBE, checkDescribe);
    const { row } = await findPack(call, store, packKey, version);
    // The core checks the pack, or says that there is none.
    const asked = { ...context, pack: row && packOf(row), items: [] };
    const { pack } = previewPack({ packKey, packVersion: version }, asked).manifest;
    const snapshot = (await latestOf(call, context, store, packKey)).get(pack.version);
    const updatedAt = timeOf(ownOf(row, 'updatedAt'));
    return {
      pack,
      ...(snapshot !== undefined && { snapshotId: snapshot.snapshotId }),
      ...(updatedAt !== undefined && { updatedAt }),
    };
  });
}

/** Returns whether a pack is one that was searched for. Stores treat some characters as wildcards. */
function isWanted(pack, { query, tag, owner }) {
  const { packKey, version, title, tags, owners } = pack;
  if (typeof packKey !== 'string' || typeof version !== 'string' || typeof title !== 'string') return false;
  if (tag !== undefined && !(isArray(tags) && isAmong(tag, tags))) return false;
  if (owner !== undefined && !(isArray(owners) && isAmong(owner, owners))) return false;
  if (query === undefined) return true;
  const part = lower(query);
  return includes(lower(packKey), part) || includes(lower(title), part);
}

function resultOf({ packKey, version, title, description, tags, owners, sources }, snapshot) {
  return {
    ...{ packKey, packVersion: version, title },
    ...(description !== undefined && { summary: description }),
    ...(snapshot !== undefined && { snapshotId: snapshot.snapshotId, snapshotCreatedAt: snapshot.createdAt }),
    ...(tags !== undefined && { tags }),
    ...(owners !== undefined && { owners }),
    ...(isArray(sources) && { sourceCount: sources.length }),
  };
}

/** Returns the members of an input that the store is asked with. */
function queryOf({ query, tag, owner }) {
  const part = query === undefined ? '' : literalPart(query);
  return {
    ...(part !== '' && { query: part }),
    ...(tag !== undefined && { tag }),
    ...(owner !== undefined && { owner }),
  };
}

export function createSearchHandler(options) {
  const { store, caller } = readerOf(options);
  return reading(caller, async (input, { call, context }) => {
    const wanted = inputOf(call, input, SEARCH, checkSearch);
    const { limit = DEFAULT_LIMIT, snapshotOnly = false } = wanted;
    const latest = new Table();
    const items = [];
    let offset = wanted.offset ?? 0;
    for await (const row of packsOf(call, store, queryOf(wanted), PAGE, offset)) {
      if (items.length === limit) return { items, nextOffset: offset };
      offset++;
      if (!isObject(row)) continue;
      const pack = packOf(row);
      if (!isWanted(pack, wanted)) continue;
      if (!latest.has(pack.packKey)) latest.set(pack.packKey, await latestOf(call, context, store, pack.packKey));
      const snapshot = latest.get(pack.packKey).get(pack.version);
      if (snapshot !== undefined || !snapshotOnly) append(items, resultOf(pack, snapshot));
    }
    return { items };
  });
}

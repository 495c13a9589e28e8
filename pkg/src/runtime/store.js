// Stores a snapshot, whatever the store can do.
//
// * A store with `saveSnapshot` does it in one call, all or nothing.
// * With a transaction of the host, the record goes first and the items follow, as foreign keys want it.
// * Otherwise the items go first and the record last: what has no record is not a snapshot. A retry adds the items that are missing and
//   then the record. Tries of this process with the same id wait for each other, because such a store cannot keep them apart.
//
// Some tables have a key over the ids of all items of all snapshots. So if a database says that an id is there already, the items are tried once
// more under ids of rows, `<snapshotId>:<itemId>`.

import { append, Table } from '#language';
import { isAmong, isObject, ownOf } from '#values';
import { earlierUnder, idOf, isWhole } from './earlier.js';
import { ask, conflict, isProblem, unavailable } from './failures.js';
import { hasMethod, requireWritable } from './options.js';
import { digestOf, itemsOf } from './rows.js';

/** Items that are passed to the store at once. */
const BATCH = 500;

/** What databases say if a key is there already: PostgreSQL, SQLite, MySQL. */
const DUPLICATE = ['23505', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE', 'ER_DUP_ENTRY'];
/** Highest number of errors that are looked at: drivers' errors are wrapped by mappers and providers. */
const MOST_CAUSES = 8;

/** Returns whether an error, or one that caused it, says that a key is there already. */
function isDuplicate(error) {
  let one = error;
  for (let count = 0; isObject(one) && count < MOST_CAUSES; count++) {
    if (isAmong(ownOf(one, 'code'), DUPLICATE)) return true;
    one = ownOf(one, 'cause');
  }
  return false;
}

/** For each store, the ids that are written to now, each with the promise of its last try. */
const queues = new WeakMap();

/** Runs a function when earlier ones for the same store and id have ended. */
async function inTurn(store, id, run) {
  const queue = queues.get(store) ?? new Table();
  queues.set(store, queue);
  const before = queue.get(id);
  let end;
  const turn = new Promise((resolve) => {
    end = resolve;
  });
  queue.set(id, turn);
  try {
    await before;
    return await run();
  } finally {
    if (queue.get(id) === turn) queue.delete(id);
    end();
  }
}

/** Makes the error for an interrupted try that can never be completed: the pack has changed since. */
const otherItems = (call, record) =>
  conflict(call, `Snapshot ${record.snapshotId} was interrupted with other items: use another idempotency key`, record);

/** Returns the ids of the items that an earlier try has stored. Throws if they are not items of this snapshot, each once. */
async function itemsThere({ call }, store, { record, index }) {
  const digests = new Table();
  for (let at = 0; at < index.length; at++) digests.set(index[at].itemId, index[at].digest);
  const there = new Table();
  for await (const item of itemsOf(call, store, record.snapshotId, record.itemCount)) {
    const itemId = item?.itemId;
    if (there.has(itemId) || digests.get(itemId) === undefined || digests.get(itemId) !== digestOf(item)) {
      throw otherItems(call, record);
    }
    there.set(itemId, true);
  }
  return there;
}

/** Adds the items of a snapshot that are not there yet. */
async function addItems(work, store, snapshot, useRowIds) {
  const { record, items } = snapshot;
  const { snapshotId } = record;
  // Without a key, no earlier try has used this id, except this one under other ids.
  const isFirst = work.context.idemKey === undefined && !useRowIds;
  const there = isFirst ? undefined : await itemsThere(work, store, snapshot);
  for (let at = 0; at < items.length; ) {
    const batch = [];
    for (; at < items.length && batch.length < BATCH; at++) {
      const item = items[at];
      if (there?.has(item.itemId)) continue;
      append(batch, { ...item, itemId: useRowIds ? `${snapshotId}:${item.itemId}` : item.itemId });
    }
    if (batch.length === 0) continue;
    await ask(work.call, 'store.addSnapshotItems', async () => {
      try {
        await store.addSnapshotItems(snapshotId, batch);
      } catch (error) {
        work.hasDuplicates = isDuplicate(error);
        throw error;
      }
    });
  }
}

/** Writes to a store without `saveSnapshot`. Returns an earlier record with the same id, or undefined if there was none. */
async function write(work, store, snapshot, { useRowIds, isRecordFirst }) {
  const { call } = work;
  const { record } = snapshot;
  const earlier = await earlierUnder(work, record.snapshotId, store);
  if (earlier !== undefined) {
    if (await isWhole(work, earlier, store)) return earlier;
    if (earlier.output.hash !== record.hash) throw otherItems(call, earlier.output);
    await addItems(work, store, snapshot, useRowIds);
    return earlier;
  }
  const create = () => ask(call, 'store.createSnapshot', () => store.createSnapshot({ ...record }));
  if (isRecordFirst) await create();
  await addItems(work, store, snapshot, useRowIds);
  if (!isRecordFirst) await create();
  return undefined;
}

/** Writes in one transaction of the host. */
async function writeInTransaction(work, snapshot, useRowIds) {
  const { call, host } = work;
  let outcome;
  await ask(call, 'transaction', () =>
    host.transaction(async (store) => {
      outcome = undefined;
      requireWritable(store);
      const earlier = await write(work, store, snapshot, { useRowIds, isRecordFirst: true });
      outcome = { earlier };
      return outcome;
    }),
  );
  if (outcome === undefined) {
    throw unavailable(call, 'transaction', new Error('transaction returned before what it runs had succeeded'));
  }
  return outcome.earlier;
}

/** Writes to a store without `saveSnapshot`. */
async function writeSafely(work, snapshot) {
  const { host } = work;
  const { store } = host;
  const attempt = (useRowIds) =>
    host.transaction === undefined
      ? write(work, store, snapshot, { useRowIds, isRecordFirst: false })
      : writeInTransaction(work, snapshot, useRowIds);
  return inTurn(store, snapshot.record.snapshotId, async () => {
    work.hasDuplicates = false;
    try {
      return await attempt(false);
    } catch (error) {
      if (!work.hasDuplicates) throw error;
      return attempt(true);
    }
  });
}

/**
 * Returns the result that is stored under the id of a snapshot after an error, or undefined. A connection may break after the snapshot was
 * stored, and another process may have stored it meanwhile.
 */
async function resultInstead(work, snapshotId) {
  if (snapshotId === undefined) return undefined;
  try {
    const record = await earlierUnder(work, snapshotId);
    return record !== undefined && (await isWhole(work, record)) ? record : undefined;
  } catch (error) {
    // The key was used for another input meanwhile.
    if (isProblem(error) && error.code === 'CONFLICT') throw error;
    return undefined;
  }
}

/** Returns what a call of the store returns, or the result that is stored although the call failed. */
async function orResult(work, snapshotId, run) {
  try {
    return await run();
  } catch (error) {
    const isOfStore = isProblem(error) && (error.code === 'CONFLICT' || error.status >= 500);
    const record = isOfStore ? await resultInstead(work, snapshotId) : undefined;
    if (record === undefined) throw error;
    return { record };
  }
}

/** Stores a snapshot. Returns undefined, or the record of an earlier try that has the same id. */
export async function save(work, snapshot) {
  const { call, host } = work;
  const what = 'store.saveSnapshot';
  const { snapshotId } = snapshot.record;
  const { record } = await orResult(work, snapshotId, async () => {
    if (!hasMethod(host.store, 'saveSnapshot')) {
      return { record: await writeSafely(work, snapshot) };
    }
    const answer = await ask(call, what, () => host.store.saveSnapshot(snapshot));
    if (answer === 'created') return {};
    // It exists: the first result is the one that counts.
    const record = await earlierUnder(work, snapshotId);
    if (record !== undefined) return { record };
    throw unavailable(call, what, new Error(`${what} has neither created the snapshot nor found it`));
  });
  return record;
}

/** Takes and stores a snapshot with the store's own method, which stores items as they arrive. */
export async function saveStream(work, asked, items) {
  const { call, host, request, context } = work;
  const what = 'store.snapshotStream';
  const now = new Date();
  const snapshotId = context.idemKey === undefined ? undefined : idOf(work, asked.pack.version);
  return orResult(work, snapshotId, async () => {
    const snapshot = await ask(call, what, async () => {
      const taken = await host.store.snapshotStream(request, { ...asked, now }, items);
      if (!isObject(taken?.output) || !isObject(taken.record)) throw new TypeError(`${what} must return a snapshot`);
      return taken;
    });
    // If another process was first, its result is the one that counts: the store may return it, or may not have noticed.
    const record = await resultInstead(work, snapshotId);
    if (snapshot.output.createdAt?.getTime() === now.getTime()) return { snapshot, record };
    return { record: record ?? { output: { ...snapshot.output } } };
  });
}

// Events: made of records, stored with them, and relayed from there.

import { contract, digest } from '@lssm-tech/lib.context-snapshot';
import { keyOf } from './keys.js';
import { invalid, problem, refuseOthers, shorten } from './problems.js';
import { read } from './records.js';

const { stringify } = JSON;
const [{ key, version }] = contract.emits;
const EVENT = { key, version };

/** Computes the id of a snapshot's event: a UUID version 8 (FORMAT 5.3). */
function eventIdOf(snapshotId) {
  const hex = digest({ event: EVENT.key, snapshotId }).slice('sha256:'.length);
  const variant = (8 + (Number.parseInt(hex[16], 16) % 4)).toString(16);
  const [a, b, c] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16)];
  return `${a}-${b}-8${c}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const payloadOf = ({ snapshotId, packKey, packVersion, hash, itemCount, createdAt }) => ({
  ...{ snapshotId, packKey, packVersion, hash, itemCount, createdAt },
});

/** Makes the event of a record. */
export function eventOf(id, record) {
  const traceId = record.metadata?.$snapshot?.traceId;
  return {
    ...{ id, ...EVENT, occurredAt: record.createdAt },
    ...(typeof traceId === 'string' && { traceId }),
    payload: { ...payloadOf(record), createdAt: new Date(record.createdAt) },
  };
}

/** Inserts an event, unless its id is taken. Returns the rows that were inserted. */
const insert = (session, { number, tenant }, record) =>
  session.rows(
    `insert into {outbox} (id, tenant_id, aggregatetype, aggregateid, type, version, timestamp, payload, snapshot)
     values ($1::text, $2::text, 'context.snapshot', $3::text, $4::text, $5::text, $6::text::timestamptz, $7::text::json,
       $8::bigint)
     on conflict do nothing
     returning 1 as one`,
    [
      eventIdOf(record.snapshotId),
      tenant,
      keyOf(record.snapshotId),
      EVENT.key,
      EVENT.version,
      new Date(record.createdAt).toISOString(),
      stringify(payloadOf(record)),
      number,
    ],
  );

/** Stores the event of a record, in the transaction of its snapshot. Fails if another one has its id: this one would never be published. */
export async function addEvent(session, row, record) {
  const { snapshotId } = record;
  const { length } = await insert(session, row, record);
  if (length === 0) throw problem('CONFLICT', `The outbox has another event of snapshot ${shorten(snapshotId)}`);
}

/**
 * Publishes the events that wait, and marks them. At least once: an event whose lease has ended is published again.
 *
 * @param write runs a transaction
 * @returns how many were `published`, and how many `failed`
 */
export async function relay(write, publish, options = {}) {
  refuseOthers(options, ['batch', 'leaseSeconds', 'signal']);
  const { batch = 100, leaseSeconds = 30, signal } = options;
  if (typeof publish !== 'function') throw new TypeError('relayOutbox takes a function that publishes an event');
  if (!(Number.isInteger(batch) && batch > 0 && batch < 2 ** 31)) throw invalid('batch is not a number of events');
  if (!(typeof leaseSeconds === 'number' && leaseSeconds > 0 && leaseSeconds < 1e6))
    throw invalid('leaseSeconds is not a time');
  const counts = { published: 0, failed: 0 };
  // Only later rows are claimed, so an event that failed waits for the next call.
  let last = '0';
  while (signal?.aborted !== true) {
    const claimed = await claim(write, last, batch, leaseSeconds);
    if (claimed.length === 0) break;
    last = claimed[claimed.length - 1].number;
    const published = [];
    try {
      const end = performance.now() + leaseSeconds * 1000;
      for (const { number, id, text } of claimed) {
        // Another relay may have them when the lease has ended.
        if (signal?.aborted === true || performance.now() >= end) break;
        try {
          const record = read(text);
          // Whoever writes to the outbox could publish a snapshot again under another id.
          if (id !== eventIdOf(record.snapshotId)) throw new Error('This event is not that of its snapshot');
          await publish(eventOf(id, record));
          published.push(number);
        } catch {
          counts.failed++;
        }
      }
    } finally {
      await settle(write, claimed, new Set(published));
    }
    counts.published += published.length;
  }
  return counts;
}

/** Claims events until a time. No transaction is open while they are published. */
async function claim(write, last, batch, leaseSeconds) {
  const rows = await write((session) => {
    // Of a snapshot that is stored in it, the event would be published although the transaction may yet be undone.
    if (session.depth > 0)
      throw invalid('relayOutbox publishes outside of any transaction: call it after the transaction');
    return session.rows(
      // Chosen once: a subquery could be run again, and then claim more than a batch.
      `with claimed as materialized (
         select number from {outbox}
         where published_at is null and number > $2::bigint and (leased_until is null or leased_until < ${session.later('0')})
         order by number limit $3::int for update skip locked)
       update {outbox} set leased_until = ${session.later('$1::float8')}, attempts = attempts + 1
       where number in (select number from claimed)
       returning number::text as number, id, (
         select s.text from {snapshot} s where s.number = {outbox}.snapshot and s.tenant_id = {outbox}.tenant_id) as text`,
      [leaseSeconds, last, batch],
    );
  });
  return rows.map((row) => ({ ...row, number: `${row.number}` })).sort((a, b) => Number(a.number) - Number(b.number));
}

async function settle(write, claimed, published) {
  const lists = [[], []];
  for (const { number } of claimed) lists[published.has(number) ? 0 : 1].push(number);
  await write(async (session) => {
    const of = `where published_at is null and number in (${session.numbers('$1::text')})`;
    const [done, rest] = lists.map((numbers) => [stringify(numbers)]);
    if (lists[0].length > 0) {
      await session.rows(`update {outbox} set published_at = ${session.later('0')}, leased_until = null ${of}`, done);
    }
    if (lists[1].length > 0) await session.rows(`update {outbox} set leased_until = null ${of}`, rest);
  });
}

// The flow: a parent job that seals, and a child job for each range of items.
//
// How: the id of the snapshot comes from the idempotency key, and the ids of the jobs from that of the snapshot. So whoever asks for the same
// snapshot, however often, gets the same jobs and one snapshot. Jobs have ranges only; content goes from the loader to PostgreSQL directly.

import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalize, SnapshotBuilder, SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { authorizeSnapshot } from '@lssm-tech/lib.context-snapshot/runtime';
import { FlowProducer, Queue } from 'bullmq';
import { Redis } from 'ioredis';

export const SHARES = 'snapshot-shares';
export const SEALS = 'snapshot-seals';

const DAY = 24 * 3600;
const JOB = {
  // Passing failures: PostgreSQL restarts, a source that does not answer. Those that will not pass are `UnrecoverableError`.
  attempts: 4,
  backoff: { type: 'exponential', delay: 250, jitter: 0.5 },
  removeOnComplete: { age: DAY },
  removeOnFail: { age: 7 * DAY },
};

/** Connects to Redis. Commands wait while it is away, for as long as it takes. */
export function connect(url) {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(50 * 2 ** tries, 2000),
  });
  // It reconnects by itself. Without a listener, each try would be printed.
  redis.on('error', () => {});
  return redis;
}

/** Opens both queues, for those who ask for snapshots or look at them. */
export function openQueues(connection) {
  const parts = [new Queue(SHARES, { connection }), new Queue(SEALS, { connection }), new FlowProducer({ connection })];
  for (const part of parts) part.on('error', () => {});
  const [shares, seals, flows] = parts;
  return { shares, seals, flows, close: () => Promise.all(parts.map((part) => part.close())) };
}

/** Splits the items from `first` to below `end` into ranges of `size`. */
export function* rangesOf({ first, end, size }) {
  for (let start = first; start < end; start += size) yield { first: start, end: Math.min(start + size, end) };
}

/**
 * Asks for a snapshot of a pack, and returns its id at once. A flow that has failed is started again: ranges that are stored are not loaded again.
 *
 * @param input of `context.pack.snapshot`
 * @param ctx the caller, as `snapshotPack` takes it, with an `idemKey`. It is kept in Redis, whose writers must be trusted like the host.
 * @param items `{ first, end, size }`: the range of the pack's items, and the number of items of a job
 * @throws a SnapshotError, before anything is queued: 401 or 403 for the caller, 404 or 422 for the pack, 409 for a key of another input
 */
export async function submit({ store, queues }, input, ctx, items) {
  if (typeof ctx.idemKey !== 'string') throw new TypeError('A flow needs an idemKey, so that it can be tried again');
  const { first, end, size } = items;
  if (![first, end, size].every(Number.isSafeInteger) || first > end || size < 1) {
    throw new TypeError('items are { first, end, size }: whole numbers, and a size of at least 1');
  }
  authorizeSnapshot(input, ctx);
  const pack = await store.getPack(input.packKey, input.packVersion);
  const builder = new SnapshotBuilder(input, { ...ctx, pack });
  const { snapshotId } = builder;
  builder.free();
  const record = await store.getSnapshot(snapshotId);
  if (record !== null) {
    if (!isOfInput(record, input)) throw otherInput(snapshotId, record.hash);
    return snapshotId;
  }

  if ((await runningOf(queues, snapshotId)) === undefined) {
    const { packVersion = pack.version } = input;
    await queues.flows.add({
      name: `seal ${input.packKey}`,
      queueName: SEALS,
      data: { snapshotId, input, packVersion, ctx, items },
      opts: { ...JOB, jobId: snapshotId },
      children: Array.from(rangesOf(items), (range) => ({
        name: `items ${range.first} to ${range.end - 1}`,
        queueName: SHARES,
        data: { snapshotId, tenantId: ctx.tenantId, range },
        opts: { ...JOB, jobId: `${snapshotId}-${range.first}-${range.end}`, failParentOnFailure: true },
      })),
    });
  }
  // Of two who ask at the same moment, one has added nothing.
  const job = await queues.seals.getJob(snapshotId);
  const asked = { input, items };
  if (job !== undefined && canonicalize({ input: job.data.input, items: job.data.items }) !== canonicalize(asked)) {
    throw otherInput(snapshotId);
  }
  return snapshotId;
}

/** Returns whether a stored record was made of an input. The version is not compared: it is part of the id. */
function isOfInput({ metadata: { $snapshot, ...metadata } }, input) {
  const { reason, requestedBy } = $snapshot;
  const asked = { reason: input.reason, requestedBy: input.requestedBy, metadata: input.metadata ?? {} };
  return canonicalize({ reason, requestedBy, metadata }) === canonicalize(asked);
}

const otherInput = (snapshotId, hash) =>
  new SnapshotError({
    code: 'CONFLICT',
    detail: 'This idempotency key was used for another input, or for other items',
    args: { snapshotId, ...(hash !== undefined && { hash }) },
  });

/** Returns the seal of a flow that has not ended. Removes the jobs of one that has, without a snapshot. */
async function runningOf({ seals }, snapshotId) {
  for (;;) {
    const job = await seals.getJob(snapshotId);
    if (job === undefined || !['failed', 'completed'].includes(await job.getState())) return job;
    try {
      await job.remove({ removeChildren: true });
    } catch (error) {
      // Workers still have other ranges of it. They end soon: each range is a second of work.
      if (!/locked/.test(error.message)) throw error;
      await sleep(250);
    }
  }
}

/** Waits for a snapshot that was asked for, and returns its record. Throws what has stopped the flow. */
export async function sealed({ store, queues }, snapshotId) {
  for (;;) {
    const record = await store.getSnapshot(snapshotId);
    if (record !== null) return record;
    const job = await queues.seals.getJob(snapshotId);
    if (job === undefined) throw new Error(`Redis has no flow ${snapshotId}: ask for the snapshot again`);
    const state = await job.getState();
    if (state === 'failed') throw new Error(await failureOf(queues, job));
    if (state === 'completed' && (await store.getSnapshot(snapshotId)) === null) {
      throw new Error(`Flow ${snapshotId} was sealed in another store: ask for the snapshot again`);
    }
    await sleep(200);
  }
}

/** Returns why a flow has failed: what its first failed child says, or what it says itself. */
async function failureOf({ shares }, job) {
  const { failed = [] } = await job.getDependencies({ failed: { count: 1 } });
  const child = failed.length === 0 ? undefined : await shares.getJob(failed[0].split(':').at(-1));
  return child?.failedReason ?? job.failedReason;
}

// `make soak-large-pack`: 1,000,000 items of 1 kB through the flow, with two workers. Shows items a second, and how much memory each process has
// used at most. Fails above 400 MB, and if the hash is not the one of a single process.
//
// ITEMS=1000000 WORKERS=2 SIZE=1000

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SnapshotBuilder } from '@lssm-tech/lib.context-snapshot';
import { sealed, submit } from './flow.mjs';
import { load } from './items.mjs';
import { pack, peakMegabytes, startRig } from './rig.mjs';

const { ITEMS = '1000000', WORKERS = '2', SIZE = '1000' } = process.env;
const items = { first: 0, end: Number(ITEMS), size: Number(SIZE) };
const MOST_MEGABYTES = 400;

const now = () => performance.now() / 1000;
const row = (label, value) => console.log(`${label.padEnd(14)}${value}`);

const rig = await startRig({ stalledMs: 10_000 });
try {
  const workers = await Promise.all(Array.from({ length: Number(WORKERS) }, () => rig.startWorker()));
  const input = { packKey: pack.packKey };
  const ctx = { actor: 'admin', userId: 'ops-1', idemKey: 'soak' };
  const started = now();
  const snapshotId = await submit(rig, input, ctx, items);
  const isSealed = sealed(rig, snapshotId);
  const isSealing = (async () => {
    while (['waiting-children', 'waiting'].includes(await (await rig.queues.seals.getJob(snapshotId)).getState()))
      await sleep(100);
    return now();
  })();
  const record = await isSealed;
  const ended = now();
  const stored = await isSealing;

  row('stored', `${items.end} items in ${(stored - started).toFixed(1)} s`);
  row('sealed', `in another ${(ended - stored).toFixed(1)} s`);
  row('together', `${Math.round(items.end / (ended - started))} items/s`);
  const peaks = workers.map(({ pid }) => peakMegabytes(pid));
  row('workers', `${peaks.map((peak) => `${peak} MB`).join(', ')} at most`);
  row('Redis', `${peakMegabytes(rig.redis.pid())} MB at most`);
  for (const { log } of workers) if (log !== '') row('log', log);

  const builder = new SnapshotBuilder(input, { ...ctx, pack });
  let bytes = 0;
  for await (const item of load(items.first, items.end)) bytes += builder.add(item).json.length;
  row('an item', `${Math.round(bytes / items.end)} bytes`);
  const alone = builder.finish().record.hash;
  builder.free();
  row('hash', record.hash);
  assert.equal(record.hash, alone, 'the hash of one process');
  assert.ok(Math.max(...peaks) <= MOST_MEGABYTES, `more than ${MOST_MEGABYTES} MB`);
} finally {
  await rig.stop();
}

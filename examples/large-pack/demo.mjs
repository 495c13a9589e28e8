// `make demo-large-pack`: 20,000 items, two workers, one of them killed half-way, Redis killed and started again.
//
// How: it asks for a snapshot twice with the same key, watches the flow, and compares the hash with that of `snapshotPack` in this one process. It
// fails if a result is not as expected.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { startBoard } from './board.mjs';
import { sealed, submit } from './flow.mjs';
import { load } from './items.mjs';
import { pack, startRig } from './rig.mjs';

const ITEMS = { first: 0, end: 20_000, size: 500 };
const JOBS = ITEMS.end / ITEMS.size;
const row = (label, value) => console.log(`  ${label.padEnd(12)}${value}`);

const rig = await startRig();
const board = await startBoard(rig.queues);
try {
  console.log('\nTwo workers, PostgreSQL, and Redis with an append-only file\n');
  const workers = await Promise.all([rig.startWorker(), rig.startWorker()]);
  row('workers', workers.map(({ pid }) => pid).join(', '));
  row('bull-board', board.url);

  console.log('\nA snapshot is asked for, twice with the same key\n');
  const input = { packKey: pack.packKey, reason: 'nightly run' };
  const ctx = { actor: 'admin', userId: 'ops-1', idemKey: 'night-1' };
  const snapshotId = await submit(rig, input, ctx, ITEMS);
  assert.equal(await submit(rig, input, ctx, ITEMS), snapshotId);
  row('snapshot', snapshotId);

  const isSealed = sealed(rig, snapshotId);
  /** Waits until so many jobs are done, and shows the queues. */
  const until = async (count) => {
    for (;;) {
      const { completed, active, failed } = await rig.queues.shares.getJobCounts('completed', 'active', 'failed');
      if (completed >= count) {
        row(
          `${Math.round((100 * completed) / JOBS)} %`,
          `${completed} of ${JOBS} ranges stored, ${active} active, ${failed} failed`,
        );
        return;
      }
      await sleep(20);
    }
  };
  await until(8);
  workers[0].kill('SIGKILL');
  row('kill -9', `of worker ${workers[0].pid}`);
  await until(20);
  await rig.redis.restart(300);
  row('kill -9', 'of Redis, which is started again with what it has written');
  await until(32);
  await until(JOBS);
  const record = await isSealed;

  console.log('\nSealed\n');
  row('hash', record.hash);
  const items = [];
  for await (const item of load(ITEMS.first, ITEMS.end)) items.push(item);
  const alone = snapshotPack(input, { ...ctx, pack, items });
  assert.equal(alone.record.hash, record.hash);
  row('one process', `${alone.record.hash}: the same`);
  assert.equal((await rig.store.listSnapshots()).total, 1);
  const { valid } = await rig.store.verify(snapshotId, { hash: alone.record.hash });
  assert.ok(valid);
  row('stored', `${record.itemCount} items in one snapshot; verified from the text in PostgreSQL`);
  let events = 0;
  await rig.store.relayOutbox(() => {
    events++;
  });
  assert.equal(events, 1);
  row('events', 'one, from the outbox');
  const { queues } = await (await fetch(`${board.url}/api/queues`)).json();
  row('bull-board', queues.map(({ name, counts }) => `${name}: ${counts.completed} completed`).join(', '));
  console.log();
} finally {
  await board.stop();
  await rig.stop();
}

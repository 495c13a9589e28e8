// The flow of `examples/large-pack/`, with real worker processes, Redis and PostgreSQL: what ends half-way, comes twice, fails or lies.
//
// How: each test asks for a snapshot under a key of its own, and then compares with `snapshotPack` over the same items in this process. The moments
// of kills depend on LARGE_PACK_SEED.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { digestItem, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { startBoard } from '../../examples/large-pack/board.mjs';
import { sealed, submit } from '../../examples/large-pack/flow.mjs';
import { load } from '../../examples/large-pack/items.mjs';
import { pack, peakMegabytes, startRig } from '../../examples/large-pack/rig.mjs';
import { spawnOwned } from '../store/support/owned.js';

const SEED = process.env.LARGE_PACK_SEED ?? '1';
const KILLS = Number(process.env.LARGE_PACK_KILLS ?? 6);
/** A number from 0 to 1 that depends on the seed and a name. */
const random = (name) => createHash('sha256').update(`${SEED} ${name}`).digest().readUInt32BE() / 2 ** 32;

const INPUT = { packKey: pack.packKey, reason: 'nightly run' };
const ITEMS = { first: 0, end: 3000, size: 100 };
/** Texts are stored once for each tenant, so each test has a tenant of its own, and stores its texts itself. */
const contextOf = (idemKey) => ({ actor: 'admin', userId: 'ops-1', tenantId: `tenant ${idemKey}`, idemKey });

let rig;
let folder;
const workers = new Set();
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'large-pack-'));
  rig = await startRig({ stalledMs: 1000 });
});
after(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all([...workers].map(({ ended }) => ended));
  workers.clear();
});

async function startWorkers(count, settings) {
  const started = await Promise.all(Array.from({ length: count }, () => rig.startWorker(settings)));
  for (const worker of started) workers.add(worker);
  return started;
}

const expected = new Map();
/** Returns the hash that one process computes. */
async function hashOf({ first, end }) {
  const name = `${first} ${end}`;
  if (!expected.has(name)) {
    const items = [];
    for await (const item of load(first, end)) items.push(item);
    expected.set(name, snapshotPack(INPUT, { actor: 'admin', pack, items }).record.hash);
  }
  return expected.get(name);
}

/** Checks that a snapshot is what one process would have made, all of it, once, with one event. */
async function assertWhole(snapshotId, items = ITEMS) {
  const hash = await hashOf(items);
  const record = await rig.store.getSnapshot(snapshotId);
  assert.equal(record.hash, hash);
  assert.equal(record.itemCount, items.end - items.first);
  assert.deepEqual(await rig.store.verify(snapshotId, { hash }), {
    valid: true,
    issues: [],
    anchor: 'hash',
    erased: [],
  });
  const events = 'select count(*)::int as count from lssm_context.snapshot_outbox where aggregateid = $1';
  assert.equal((await rig.pool.query(events, [snapshotId])).rows[0].count, 1);
}

/** Checks that nothing of a snapshot can be seen. */
async function assertNothing(snapshotId) {
  assert.equal(await rig.store.getSnapshot(snapshotId), null);
  const events = await rig.pool.query('select 1 from lssm_context.snapshot_outbox where aggregateid = $1', [
    snapshotId,
  ]);
  assert.equal(events.rows.length, 0);
}

const completedOf = async (snapshotId) => {
  const jobs = await rig.queues.shares.getJobs(['completed']);
  return jobs.filter(({ data }) => data.snapshotId === snapshotId).length;
};
async function untilCompleted(snapshotId, count) {
  while ((await completedOf(snapshotId)) < count) await sleep(20);
}

/** Waits until what the workers have noted is removed, which is after the snapshot is there. */
async function untilCleared(snapshotId) {
  const rows = () => rig.pool.query('select 1 from large_pack_share where snapshot_id = $1', [snapshotId]);
  while ((await rows()).rows.length > 0) await sleep(20);
}

/** A gate that workers come to at item 2000, and do not pass before it is open: however slow this process is, the flow is half-way until then. */
function newGate(name) {
  const open = join(folder, `${name}.open`);
  const loader = join(folder, `${name}.mjs`);
  writeFileSync(
    loader,
    `import { existsSync } from 'node:fs';
     import { setTimeout as sleep } from 'node:timers/promises';
     import { load as loadAll } from ${JSON.stringify(new URL('../../examples/large-pack/items.mjs', import.meta.url))};
     export async function* load(first, end) {
       while (first >= 2000 && !existsSync(${JSON.stringify(open)})) await sleep(20);
       yield* loadAll(first, end);
     }`,
  );
  return { settings: { LOADER: loader }, open: () => writeFileSync(open, '') };
}

describe('the flow of a large pack', { concurrency: false, timeout: 600_000 }, () => {
  test('seals what one process would have sealed', async () => {
    await startWorkers(2);
    const snapshotId = await submit(rig, INPUT, contextOf('plain'), ITEMS);
    const record = await sealed(rig, snapshotId);
    assert.equal(record.createdBy, 'ops-1');
    assert.equal(record.metadata.$snapshot.tenantId, 'tenant plain');
    await assertWhole(snapshotId);
    for (const job of [
      await rig.queues.seals.getJob(snapshotId),
      ...(await rig.queues.shares.getJobs(['completed'])),
    ]) {
      const text = JSON.stringify(job.asJSON());
      assert.doesNotMatch(
        text,
        /Article|sha256:[0-9a-f]{64}.*sha256:/,
        'jobs have neither content nor digests of items',
      );
      assert.ok(text.length < 2000, `${text.length} characters`);
    }
    await untilCleared(snapshotId);
  });

  test('loses nothing if workers are killed at random points', async (t) => {
    const snapshotId = await submit(rig, INPUT, contextOf('killed'), ITEMS);
    let kills = 0;
    for (; kills < KILLS && (await rig.store.getSnapshot(snapshotId)) === null; kills++) {
      const [victim] = await startWorkers(workers.size === 0 ? 2 : 1);
      await sleep(random(`kill ${kills}`) * 350);
      victim.kill('SIGKILL');
      workers.delete(victim);
      await victim.ended;
      assert.equal(victim.signalCode, 'SIGKILL');
    }
    assert.ok(kills > 1, 'there was something left to do when the first was killed');
    t.diagnostic(`${kills} kills, ${await completedOf(snapshotId)} ranges were done`);
    await startWorkers(1);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId);
  });

  test('loses nothing if the worker that seals is killed', async () => {
    const snapshotId = await submit(rig, INPUT, contextOf('sealer'), ITEMS);
    const { seals } = rig.queues;
    let kills = 0;
    while (kills < 3 && (await rig.store.getSnapshot(snapshotId)) === null) {
      await startWorkers(1);
      while ((await (await seals.getJob(snapshotId)).getState()) !== 'active') await sleep(2);
      await sleep(random(`sealer ${kills}`) * 100);
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all([...workers].map(({ ended }) => ended));
      workers.clear();
      kills++;
      // The lock of the dead ends, and the next one takes the job over.
    }
    await startWorkers(1);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId);
  });

  // What another transaction inserts, so that the worker waits for it in the middle of its own.
  const blocks = {
    'stores texts': async (client, { tenantId }) => {
      const items = [];
      for await (const item of load(0, ITEMS.size)) items.push(item);
      const { itemId, digest, json } = digestItem(items[50]);
      await client.query(
        `insert into lssm_context.snapshot_body (tenant_id, digest, item_id, text) values ($1, decode($2, 'hex'), $3, $4)`,
        [tenantId, digest.slice('sha256:'.length), itemId, json],
      );
    },
    seals: async (client, { snapshotId }) => {
      await client.query(
        `insert into lssm_context.snapshot (tenant_id, snapshot_id, pack_key, pack_version, hash, item_count, created_at, text)
         values ('', $1, '', '', '', 0, now(), '')`,
        [snapshotId],
      );
    },
  };
  const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into%'";
  for (const [what, block] of Object.entries(blocks)) {
    test(`takes the job over of a worker that is stopped while it ${what}, and goes on later`, async () => {
      const ctx = contextOf(what);
      const snapshotId = await submit(rig, INPUT, ctx, ITEMS);
      const client = await rig.pool.connect();
      await client.query('begin');
      await block(client, { ...ctx, snapshotId });
      const [stopped] = await startWorkers(1);
      while ((await rig.pool.query(waiting)).rows.length === 0) await sleep(5);
      stopped.kill('SIGSTOP');
      await client.query('rollback');
      client.release();
      // Now its transaction has what it waited for, and does not end by itself.
      await startWorkers(1);
      await sealed(rig, snapshotId);
      await assertWhole(snapshotId);
      stopped.kill('SIGCONT');
      // It ends what it had begun, on a job that is not its own any more.
      stopped.kill('SIGTERM');
      await stopped.ended;
      await assertWhole(snapshotId);
      await untilCleared(snapshotId);
    });
  }

  test('loses nothing if Redis is killed and started again', async () => {
    const gate = newGate('redis');
    await startWorkers(2, gate.settings);
    const snapshotId = await submit(rig, INPUT, contextOf('redis'), ITEMS);
    const isSealed = sealed(rig, snapshotId);
    await untilCompleted(snapshotId, 5);
    await rig.redis.restart(400);
    assert.equal(await rig.store.getSnapshot(snapshotId), null, 'it was half-way');
    gate.open();
    await untilCompleted(snapshotId, 20);
    await rig.redis.restart();
    await isSealed;
    await assertWhole(snapshotId);
  });

  test('goes on if Redis has lost everything, without loading again what is stored', async () => {
    const gate = newGate('lost');
    await startWorkers(2, gate.settings);
    const snapshotId = await submit(rig, INPUT, contextOf('lost'), ITEMS);
    await untilCompleted(snapshotId, 10);
    await rig.redis.forget();
    await assert.rejects(sealed(rig, snapshotId), /Redis has no flow/);
    gate.open();
    const { rows } = await rig.pool.query('select 1 from large_pack_share where snapshot_id = $1', [snapshotId]);
    assert.ok(rows.length >= 10);
    await assertNothing(snapshotId);
    assert.equal(await submit(rig, INPUT, contextOf('lost'), ITEMS), snapshotId);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId);
    const jobs = (await rig.queues.shares.getJobs(['completed'])).filter(({ data }) => data.snapshotId === snapshotId);
    const skipped = jobs.filter(({ returnvalue }) => returnvalue.items === 0);
    assert.ok(skipped.length >= 10, `${skipped.length} ranges were not loaded again`);
  });

  test('makes one snapshot of two flows with the same key', async () => {
    const ctx = contextOf('twice');
    const [first, second] = await Promise.all([submit(rig, INPUT, ctx, ITEMS), submit(rig, INPUT, ctx, ITEMS)]);
    assert.equal(first, second);
    const { shares } = rig.queues;
    const waiting = (await shares.getJobs(['waiting'])).filter(({ data }) => data.snapshotId === first);
    assert.equal(waiting.length, ITEMS.end / ITEMS.size);
    await startWorkers(2);
    await untilCompleted(first, 3);
    assert.equal(await submit(rig, INPUT, ctx, ITEMS), first);
    const record = await sealed(rig, first);
    assert.equal(await submit(rig, INPUT, ctx, ITEMS), first);
    assert.deepEqual(await sealed(rig, first), record);
    await assertWhole(first);
  });

  test('seals a pack without items', async () => {
    await startWorkers(1);
    const items = { first: 7, end: 7, size: 100 };
    const snapshotId = await submit(rig, INPUT, contextOf('empty'), items);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId, items);
  });

  test('says so if the sealed snapshot is in another store', async () => {
    await startWorkers(1);
    const items = { first: 0, end: 100, size: 100 };
    const snapshotId = await submit(rig, INPUT, contextOf('elsewhere'), items);
    await sealed(rig, snapshotId);
    while (!(await (await rig.queues.seals.getJob(snapshotId)).isCompleted())) await sleep(20);
    const store = await PostgresSnapshotStore.open(rig.pool, { schema: 'elsewhere' });
    await store.upsertPack(pack);
    await assert.rejects(sealed({ ...rig, store }, snapshotId), /was sealed in another store/);
  });

  test('refuses a key that was used for another input, while the flow runs and afterwards', async () => {
    const ctx = contextOf('input');
    const items = { first: 0, end: 200, size: 100 };
    const snapshotId = await submit(rig, INPUT, ctx, items);
    const others = [
      [{ ...INPUT, reason: 'another' }, items],
      [{ ...INPUT, metadata: { a: 1 } }, items],
    ];
    const conflict = { code: 'CONFLICT', status: 409 };
    for (const [input, range] of [...others, [INPUT, { ...items, end: 300 }]]) {
      await assert.rejects(submit(rig, input, ctx, range), { ...conflict, args: { snapshotId } });
    }
    await startWorkers(1);
    const { hash } = await sealed(rig, snapshotId);
    for (const [input] of others) {
      await assert.rejects(submit(rig, input, ctx, items), { ...conflict, args: { snapshotId, hash } });
    }
    await assertWhole(snapshotId, items);
    // At the same moment, one of the two is first.
    const same = { ...ctx, idemKey: 'input-2' };
    const both = await Promise.allSettled([submit(rig, INPUT, same, items), submit(rig, others[0][0], same, items)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(both.find(({ status }) => status === 'rejected').reason.code, 'CONFLICT');
  });

  test('does a job again that comes twice', async () => {
    const snapshotId = await submit(rig, INPUT, contextOf('duplicates'), ITEMS);
    // Under ids that Redis does not know: by hand, of another queue, or delivered again.
    for (const job of (await rig.queues.shares.getJobs(['waiting'])).slice(0, 15)) {
      await rig.queues.shares.add(job.name, job.data, { jobId: `${job.id}-again`, lifo: true });
    }
    const { data } = await rig.queues.seals.getJob(snapshotId);
    await startWorkers(2);
    await sealed(rig, snapshotId);
    const record = await rig.store.getSnapshot(snapshotId);
    for (const again of ['a', 'b']) await rig.queues.seals.add('seal', data, { jobId: `${snapshotId}-${again}` });
    for (const again of ['a', 'b']) {
      let job;
      do {
        await sleep(20);
        job = await rig.queues.seals.getJob(`${snapshotId}-${again}`);
      } while (job.returnvalue === null);
      assert.deepEqual(job.returnvalue, { hash: record.hash, itemCount: record.itemCount });
    }
    assert.deepEqual(await rig.store.getSnapshot(snapshotId), record);
    await assertWhole(snapshotId);
  });

  test('names the range that cannot be loaded, seals nothing, and completes when it is asked again', async () => {
    const marker = join(folder, 'broken');
    const loader = join(folder, 'loader.mjs');
    writeFileSync(marker, '');
    writeFileSync(
      loader,
      `import { existsSync } from 'node:fs';
       import { load as loadAll } from ${JSON.stringify(new URL('../../examples/large-pack/items.mjs', import.meta.url))};
       export async function* load(first, end) {
         for await (const item of loadAll(first, end)) {
           if (item.metadata.number === 1234 && existsSync(${JSON.stringify(marker)})) throw new Error('the source does not answer');
           yield item;
         }
       }`,
    );
    await startWorkers(2, { LOADER: loader });
    const snapshotId = await submit(rig, INPUT, contextOf('failing'), ITEMS);
    await assert.rejects(sealed(rig, snapshotId), {
      message: 'Items 1200 to 1299 are not stored: the source does not answer',
    });
    await assertNothing(snapshotId);
    rmSync(marker);
    assert.equal(await submit(rig, INPUT, contextOf('failing'), ITEMS), snapshotId);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId);
  });

  test('names the item that is not valid, without trying again', async () => {
    const loader = join(folder, 'invalid.mjs');
    writeFileSync(loader, "export async function* load() { yield { itemId: 'i-0', kind: 'docblock' }; }");
    const [worker] = await startWorkers(1, { LOADER: loader });
    const snapshotId = await submit(rig, INPUT, contextOf('invalid'), { first: 0, end: 1, size: 1 });
    await assert.rejects(sealed(rig, snapshotId), {
      message: /^Items 0 to 0 are not stored: VALIDATION_FAILED: .*sourceKey/,
    });
    assert.equal(worker.log.match(/are not stored/g).length, 1);
    await assertNothing(snapshotId);
  });

  const lies = {
    'a digest that no text has': {
      lie: (entries) => {
        entries[7].digest = `sha256:${'a'.repeat(64)}`;
      },
      says: /^Nothing is sealed: VALIDATION_FAILED: No text is stored under the digest of item "article-507"$/,
    },
    "another item's digest": {
      lie: (entries) => {
        entries[7].digest = entries[8].digest;
      },
      says: /^Nothing is sealed: VALIDATION_FAILED: The text under the digest of item "article-507" is another item$/,
    },
    'an item twice': {
      lie: (entries) => {
        entries[7] = entries[8];
      },
      says: /^Nothing is sealed: VALIDATION_FAILED: items\.508\.itemId: Duplicate itemId: also at items\.507$/,
    },
    'a digest that is not one': {
      lie: (entries) => {
        entries[7].digest = 'sha256:0';
      },
      says: /^Nothing is sealed: VALIDATION_FAILED: /,
    },
  };
  for (const [name, { lie, says }] of Object.entries(lies)) {
    test(`seals nothing if a worker reports ${name}, and completes when it is asked again`, async () => {
      const items = { first: 0, end: 1000, size: 100 };
      const { seals } = rig.queues;
      const snapshotId = await submit(rig, INPUT, contextOf(name), items);
      await seals.pause();
      await startWorkers(1);
      await untilCompleted(snapshotId, 10);
      const range = { first: 500, end: 600 };
      const entries = await rig.shares.read(snapshotId, range);
      lie(entries);
      await rig.shares.write(snapshotId, range, entries);
      await seals.resume();
      await assert.rejects(sealed(rig, snapshotId), { message: says });
      await assertNothing(snapshotId);
      assert.equal(await submit(rig, INPUT, contextOf(name), items), snapshotId);
      await sealed(rig, snapshotId);
      await assertWhole(snapshotId, items);
    });
  }

  test('seals nothing if a text was changed in the database meanwhile', async () => {
    const items = { first: 50_000, end: 50_200, size: 100 };
    const { seals } = rig.queues;
    const snapshotId = await submit(rig, INPUT, contextOf('forged'), items);
    await seals.pause();
    await startWorkers(1);
    await untilCompleted(snapshotId, 2);
    // As the owner of the tables, because triggers refuse it.
    const forge = async (from, to) => {
      const client = await rig.pool.connect();
      await client.query('set session_replication_role = replica');
      await client.query(
        "update lssm_context.snapshot_body set text = replace(text, $1, $2) where item_id = 'article-50123'",
        [from, to],
      );
      await client.query('set session_replication_role = origin');
      client.release();
    };
    await forge('Article 50123', 'Article 99999');
    await seals.resume();
    await assert.rejects(sealed(rig, snapshotId), { message: /The text of item "article-50123" has another digest$/ });
    await assertNothing(snapshotId);
    await forge('Article 99999', 'Article 50123');
    await submit(rig, INPUT, contextOf('forged'), items);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId, items);
  });

  test('goes on when PostgreSQL has cut all connections', async () => {
    await startWorkers(2);
    const snapshotId = await submit(rig, INPUT, contextOf('cut'), ITEMS);
    for (const count of [5, 15, 25]) {
      await untilCompleted(snapshotId, count);
      await rig.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
      );
    }
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId);
  });

  test('refuses who may not, and what is not there, before anything is queued', async () => {
    const counts = () => rig.queues.seals.getJobCounts();
    const before = await counts();
    const refused = [
      [{ ...contextOf('who'), actor: 'user' }, INPUT, { code: 'FORBIDDEN' }],
      [{ idemKey: 'who' }, INPUT, { code: 'UNAUTHENTICATED' }],
      [contextOf('who'), { packKey: 'nothing' }, { code: 'NOT_FOUND' }],
      [contextOf('who'), { packKey: '' }, { code: 'VALIDATION_FAILED' }],
      [contextOf(undefined), INPUT, TypeError],
    ];
    for (const [ctx, input, error] of refused) await assert.rejects(submit(rig, input, ctx, ITEMS), error);
    for (const wrong of [{ size: 0 }, { size: 1.5 }, { first: 5000 }, { end: '3000' }]) {
      await assert.rejects(submit(rig, INPUT, contextOf('who'), { ...ITEMS, ...wrong }), TypeError);
    }
    assert.deepEqual(await counts(), before);
  });

  test('shows both queues, to this machine alone, and changes nothing', async () => {
    const board = await startBoard(rig.queues);
    try {
      assert.match(board.url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.match(await (await fetch(board.url)).text(), /Bull Dashboard/);
      const { queues } = await (await fetch(`${board.url}/api/queues`)).json();
      assert.deepEqual(
        queues.map(({ name, readOnlyMode }) => [name, readOnlyMode]),
        [
          ['snapshot-seals', true],
          ['snapshot-shares', true],
        ],
      );
      assert.ok(queues[1].counts.completed > 0);
      const paused = await fetch(`${board.url}/api/queues/snapshot-seals/pause`, { method: 'PUT' });
      assert.ok(paused.status >= 400, `${paused.status}`);
      assert.equal(await rig.queues.seals.isPaused(), false);
      const [named] = await once(get(board.url, { headers: { host: 'evil.example' } }), 'response');
      assert.equal(named.statusCode, 403);
    } finally {
      await board.stop();
    }
  });

  test('ends in order on SIGTERM, and takes less than 400 MB', async () => {
    const [worker] = await startWorkers(1);
    const snapshotId = await submit(rig, INPUT, contextOf('term'), ITEMS);
    await untilCompleted(snapshotId, 3);
    const megabytes = peakMegabytes(worker.pid);
    assert.ok(megabytes < 400, `${megabytes} MB`);
    worker.kill('SIGTERM');
    await worker.ended;
    assert.equal(worker.exitCode, 0);
    const { active } = await rig.queues.shares.getJobCounts('active');
    assert.equal(active, 0, 'what it had begun is done');
    await startWorkers(1);
    await sealed(rig, snapshotId);
    await assertWhole(snapshotId);
  });
});

const isAlive = (pid) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('leaves no server and no worker behind, even if it is killed', { skip: !existsSync('/proc/self') }, async () => {
  const program = fileURLToPath(new URL('./support/abandoned.js', import.meta.url));
  const child = spawnOwned(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const pids = JSON.parse(line);
  assert.equal(pids.length, 3);
  assert.deepEqual(pids.filter(isAlive), pids);
  child.kill('SIGKILL');
  await child.ended;
  for (let tries = 0; tries < 1200 && pids.some(isAlive); tries++) await sleep(50);
  assert.deepEqual(pids.filter(isAlive), []);
});

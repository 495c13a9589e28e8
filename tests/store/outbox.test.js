// The outbox: an event for each snapshot that is stored, and only for those, delivered at least once.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { items, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { nodeSqlite, pglite, pool } from './support/stores.js';

let server;
before(async () => {
  server = await startPostgres();
});
after(() => server.stop());

for (const kind of [nodeSqlite, pool, pglite]) {
  describe(kind.name, { concurrency: false }, () => {
    let opened;
    let store;
    let saved = 0;
    before(async () => {
      opened = await kind.open(server);
      store = opened.store;
    });
    after(() => opened.close());
    const save = async (count) => {
      const ids = [];
      for (let at = 0; at < count; at++) {
        const snapshot = take(items(1), { snapshotId: `out-${saved++}`, traceId: 'tr\0' });
        await store.saveSnapshot(snapshot);
        ids.push(snapshot.event.id);
      }
      return ids;
    };
    const drain = async (from = store, options = {}) => {
      const events = [];
      const counts = await from.relayOutbox((event) => {
        events.push(event);
      }, options);
      return { events, counts };
    };

    test('relays the event of the snapshot, with a Date, once it is stored', async () => {
      assert.equal(store.outbox, true);
      const snapshot = take(items(2), { snapshotId: 'event', traceId: 'tr-1' });
      await store.saveSnapshot(snapshot);
      const { events, counts } = await drain();
      assert.deepEqual(counts, { published: 1, failed: 0 });
      assert.deepEqual(events, [snapshot.event]);
      assert.ok(events[0].payload.createdAt instanceof Date);
      assert.equal(verifySnapshot({ ...snapshot, event: events[0] }).valid, true);
      assert.deepEqual((await drain()).counts, { published: 0, failed: 0 });
      // Neither a retry nor a failure makes an event.
      await store.saveSnapshot(snapshot);
      await assert.rejects(store.saveSnapshot(take(items(3), { snapshotId: 'event' })));
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.saveSnapshot(take(items(1), { snapshotId: 'rolled back' }));
          throw new RangeError('stop');
        }),
        RangeError,
      );
      assert.deepEqual((await drain()).events, []);
    });

    test('publishes nothing inside of a transaction, which may be undone', async () => {
      const { id, payload } = take(items(1), { snapshotId: 'inside' }).event;
      const events = [];
      const publish = (event) => void events.push(event.id);
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.saveSnapshot(take(items(1), { snapshotId: 'inside' }));
          // On the store itself, too: calls inside join.
          for (const one of [tx, store]) await assert.rejects(one.relayOutbox(publish), { code: 'VALIDATION_FAILED' });
          throw new RangeError('stop');
        }),
        RangeError,
      );
      assert.deepEqual(events, []);
      assert.equal(await store.getSnapshot(payload.snapshotId), null);
      // Afterwards, it goes on.
      await store.saveSnapshot(take(items(1), { snapshotId: 'inside' }));
      await store.relayOutbox(publish);
      assert.deepEqual(events, [id]);
    });

    test('makes the event of two steps with the last item, and the same one', async () => {
      const snapshot = take(items(3), { snapshotId: 'event-steps' });
      await store.createSnapshot(snapshot.record);
      await store.addSnapshotItems('event-steps', items(2));
      assert.deepEqual((await drain()).events, []);
      await store.addSnapshotItems('event-steps', items(3));
      assert.deepEqual((await drain()).events, [snapshot.event]);
    });

    test("has Debezium's columns", async () => {
      const [row] = await opened.rows("select * from {outbox} where aggregateid = 'event'");
      const { aggregatetype, type, payload, id } = row;
      assert.deepEqual(
        { aggregatetype, type },
        { aggregatetype: 'context.snapshot', type: 'context.snapshot.created' },
      );
      const data = typeof payload === 'string' ? JSON.parse(payload) : payload;
      const { record, event } = take(items(2), { snapshotId: 'event' });
      assert.equal(id, event.id);
      assert.deepEqual({ ...data, createdAt: '' }, { ...event.payload, hash: record.hash, createdAt: '' });
    });

    test('stores no snapshot whose event would never come', async () => {
      const snapshot = take(items(2), { snapshotId: 'taken' });
      await opened.run(
        `insert into {outbox} (id, tenant_id, aggregatetype, aggregateid, type, version, timestamp, payload, snapshot, published_at)
         values ('${snapshot.event.id}', '', 'x', 'x', 'x', 'x', '2026-11-29T00:00:00Z', '{}', 1, '2026-11-29T00:00:00Z')`,
      );
      await assert.rejects(store.saveSnapshot(snapshot), {
        code: 'CONFLICT',
        message: /another event of snapshot "taken"/,
      });
      assert.equal(await store.getSnapshot('taken'), null);
      await opened.run("delete from {outbox} where aggregateid = 'x'");
      assert.equal(await store.saveSnapshot(snapshot), 'created');
      assert.deepEqual((await drain()).events, [snapshot.event]);
    });

    test('delivers an event again if the publisher threw, and the others meanwhile', async () => {
      const ids = await save(5);
      const seen = [];
      const counts = await store.relayOutbox(
        async ({ id }) => {
          if (id === ids[1] || id === ids[3]) throw new Error('the bus is down');
          seen.push(id);
        },
        { batch: 2 },
      );
      assert.deepEqual(counts, { published: 3, failed: 2 });
      assert.deepEqual(seen, [ids[0], ids[2], ids[4]]);
      const { events } = await drain();
      assert.deepEqual(
        events.map(({ id }) => id),
        [ids[1], ids[3]],
      );
    });

    test('shares events between two relays at once, each event once', async () => {
      const ids = await save(40);
      const other = await opened.again();
      const results = await Promise.all([store, other, store].map((one) => drain(one, { batch: 3 })));
      const seen = results.flatMap(({ events }) => events.map(({ id }) => id));
      assert.deepEqual(seen.sort(), ids.sort());
    });

    test('publishes outside of any transaction, so the publisher may use the store', async () => {
      await save(2);
      let count = 0;
      await store.relayOutbox(async ({ payload }) => {
        const { valid } = await store.verify(payload.snapshotId, { hash: payload.hash });
        if (valid) count++;
      });
      assert.equal(count, 2);
    });

    test('leaves what another relay has claimed until its lease ends', async () => {
      const [id] = await save(1);
      /** Starts a relay that has claimed the event, and publishes it until it is told to end. */
      const claim = async (leaseSeconds, outcome) => {
        let release;
        let slow;
        await new Promise((resolve) => {
          const publish = () => {
            resolve();
            return new Promise((done, fail) => {
              release = outcome === 'fails' ? fail : done;
            });
          };
          slow = store.relayOutbox(publish, { leaseSeconds });
        });
        return () => {
          release(new Error('the bus is down'));
          return slow;
        };
      };
      // However slow this machine is, a lease of an hour has not ended.
      const failLater = await claim(3600, 'fails');
      assert.deepEqual((await drain()).events, []);
      assert.deepEqual(await failLater(), { published: 0, failed: 1 });
      const began = performance.now();
      const end = await claim(0.9);
      // Its relay may have died, so the event is delivered again once the lease has ended.
      let events = [];
      for (; events.length === 0; await sleep(20)) ({ events } = await drain());
      assert.deepEqual(
        events.map((event) => event.id),
        [id],
      );
      // Two clocks, in milliseconds.
      assert.ok(performance.now() - began > 890, `${performance.now() - began} ms`);
      await end();
      assert.deepEqual((await drain()).events, []);
    });

    test('stops when it is told to, and gives back what it did not publish', async () => {
      const ids = await save(4);
      const controller = new AbortController();
      const counts = await store.relayOutbox(() => controller.abort(), { signal: controller.signal });
      assert.deepEqual(counts, { published: 1, failed: 0 });
      assert.deepEqual(
        (await drain()).events.map(({ id }) => id),
        ids.slice(1),
      );
      await assert.rejects(store.relayOutbox(), TypeError);
    });
  });
}

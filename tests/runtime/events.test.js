// Tests how the event of a snapshot is emitted, in the host: through its guard, its publisher, or the store's outbox.
//
// Why a matrix: the host's guard refuses even the declared event if no resolver knows it, after the snapshot was stored.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { createSnapshotHandler, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { bind } from '../../examples/host/bind.mjs';
import { ContextPackSnapshotCommand, events, Registry } from '../../examples/host/host.mjs';
import { MemoryStore, SavingStore } from './support/memory.js';
import { admin, input, keyed, makeItems, pack } from './support/packs.js';

const OPERATION = ['context.pack.snapshot', '1.0.0'];
const EVENT = { key: 'context.snapshot.created', version: '1.0.0' };

/** Makes a host that binds the operation, with the seven lines or with an observer. */
function setUp({ Store = SavingStore, onEvent, outbox } = {}) {
  const store = new Store(pack);
  store.outbox = outbox;
  const registry = new Registry();
  const loadItems = () => makeItems();
  if (onEvent === undefined) bind(registry, store, loadItems);
  else {
    registry
      .register(ContextPackSnapshotCommand)
      .bind(ContextPackSnapshotCommand, createSnapshotHandler({ store, loadItems, onEvent }));
  }
  return { store, registry, execute: (ctx, raw = input) => registry.execute(...OPERATION, raw, ctx) };
}

describe('in the host, bound in seven lines', () => {
  for (const Store of [MemoryStore, SavingStore]) {
    test(`an admin gets an output that the host's schema takes, and the event is published (${Store.name})`, async () => {
      const { store, execute } = setUp({ Store });
      const published = [];
      const { ok, data } = await execute({ ...admin, eventPublisher: async (envelope) => published.push(envelope) });
      assert(ok);
      assert.deepEqual(published, [{ ...EVENT, payload: data, traceId: 'trace-1' }]);
      assert((await verifyStored(store, data.snapshotId, { hash: data.hash })).valid);
    });
  }

  test('callers who may not, bad inputs and conflicts are problems that the host passes on', async () => {
    const { store, execute } = setUp();
    const first = await execute(keyed);
    for (const [ctx, raw, status, code] of [
      [{}, input, 401, 'UNAUTHENTICATED'],
      [{ actor: 'user' }, input, 403, 'FORBIDDEN'],
      [admin, { packKey: 'none' }, 404, 'NOT_FOUND'],
      [keyed, { ...input, reason: 'x' }, 409, 'CONFLICT'],
      [{}, { packKey: '' }, 422, 'VALIDATION_FAILED'],
    ]) {
      const { ok, problem } = await execute(ctx, raw);
      assert.deepEqual([ok, problem.status, problem.code], [false, status, code]);
    }
    assert.deepEqual((await execute(keyed)).data, first.data);
    assert.equal(store.snapshots.size, 1);
    // The host's own refusal never reaches the handler.
    const denied = await execute({ ...admin, decide: async () => ({ effect: 'deny' }) });
    assert.equal(denied.problem.status, 500);
  });

  test('what a driver says does not leave the host', async () => {
    const { store, execute } = setUp();
    store.fail = () => {
      throw Object.assign(new Error('password=hunter2'), { code: 'ECONNREFUSED' });
    };
    const { problem } = await execute(admin);
    assert.deepEqual([problem.status, problem.code], [503, 'SERVICE_UNAVAILABLE']);
    assert(!JSON.stringify(problem).includes('hunter2') && !JSON.stringify(problem).includes('ECONN'));
  });
});

describe('the event', () => {
  const failing = () => Promise.reject(new Error('bus at 10.0.0.5 is down'));
  const knows = { get: () => ({ payload: {} }) };
  /** Each row: guard, resolver, publisher, outbox; and who is called, with what is reported. */
  const rows = [
    ...[undefined, {}, null, { get: () => undefined }, { get: () => null }, { get: 5 }, 'text'].map((resolver) => [
      `without a resolver that knows it (${JSON.stringify(resolver)}), goes to the publisher`,
      { guard: true, resolver, publisher: true },
      ['publisher'],
      'event.published',
    ]),
    [
      'with a resolver, goes through the guard',
      { guard: true, resolver: events, publisher: true },
      ['guard'],
      'event.published',
    ],
    [
      'with a resolver and no publisher, goes through the guard',
      { guard: true, resolver: events },
      ['guard'],
      'event.published',
    ],
    [
      'with a resolver that answers later, goes through the guard',
      { guard: true, resolver: { get: async () => ({}) }, publisher: true },
      ['guard'],
      'event.published',
    ],
    [
      'with a resolver that fails, goes to the publisher',
      { guard: true, resolver: { get: failing }, publisher: true },
      ['publisher'],
      'event.published',
    ],
    [
      'with a resolver and no guard, goes to the publisher',
      { resolver: knows, publisher: true },
      ['publisher'],
      'event.published',
    ],
    ['with nothing that delivers it, is not emitted', {}, [], undefined],
    ['with a guard that would refuse it and no publisher, is not emitted', { guard: true }, [], undefined],
    [
      'with a guard that fails, is reported, and the publisher is not asked',
      { guard: failing, resolver: knows, publisher: true },
      ['guard'],
      'event.failed',
    ],
    ['with a publisher that fails, is reported', { publisher: failing }, ['publisher'], 'event.failed'],
    [
      'with a publisher that throws at once, is reported',
      {
        publisher: () => {
          throw new Error('bus');
        },
      },
      ['publisher'],
      'event.failed',
    ],
    ['with an outbox, is not emitted', { guard: true, resolver: events, publisher: true, outbox: true }, [], undefined],
  ];
  for (const [name, { guard, resolver, publisher, outbox }, expected, type] of rows) {
    test(name, async () => {
      const called = [];
      const reported = [];
      const store = new SavingStore(pack);
      store.outbox = outbox;
      const handler = createSnapshotHandler({
        store,
        loadItems: () => makeItems(),
        onEvent: (event) => reported.push(event),
      });
      const ctx = { ...admin, eventSpecResolver: resolver };
      const seen = [];
      if (guard) {
        ctx.__emitGuard__ = function __emitGuard__(...given) {
          assert.equal(this, ctx);
          called.push('guard');
          seen.push({ key: given[0], version: given[1], payload: given[2] });
          return guard === true ? Promise.resolve() : guard();
        };
      }
      if (publisher) {
        ctx.eventPublisher = function eventPublisher({ traceId, ...given }) {
          assert.equal(this, ctx);
          assert.equal(traceId, 'trace-1');
          called.push('publisher');
          seen.push(given);
          return publisher === true ? undefined : publisher();
        };
      }
      const output = await handler(input, ctx);
      assert.equal(store.snapshots.size, 1);
      assert.deepEqual(called, expected);
      for (const given of seen) {
        assert.deepEqual(given, { ...EVENT, payload: { ...output } });
        assert.notEqual(given.payload.createdAt, output.createdAt);
      }
      assert.deepEqual(
        reported.map((event) => event.type),
        ['snapshot.created', ...(type ? [type] : [])],
      );
      if (type === 'event.failed') {
        const { snapshotId, code } = reported[1];
        assert.deepEqual([snapshotId, code], [output.snapshotId, 'SERVICE_UNAVAILABLE']);
        assert(!JSON.stringify(reported).includes('10.0.0.5'));
      }
    });
  }

  test('has no traceId if there is none', async () => {
    const { execute } = setUp();
    let seen;
    await execute({
      actor: 'admin',
      eventPublisher: async (envelope) => {
        seen = envelope;
      },
    });
    assert.deepEqual(Object.keys(seen), ['key', 'version', 'payload']);
  });

  test('that was refused by a problem is reported with its code', async () => {
    const reported = [];
    const { execute } = setUp({ onEvent: (event) => reported.push(event) });
    const eventPublisher = () => Promise.reject(new SnapshotError({ code: 'TIMEOUT', detail: 'slow' }));
    assert((await execute({ ...admin, eventPublisher })).ok);
    assert.equal(reported[1].code, 'TIMEOUT');
  });

  test('is emitted by a retry until it was delivered, and then not again', async () => {
    for (const Store of [MemoryStore, SavingStore]) {
      const { execute } = setUp({ Store });
      let isDown = true;
      const published = [];
      const eventPublisher = async (envelope) => {
        published.push(envelope);
        if (isDown) throw new Error('bus');
      };
      const outputs = [];
      for (let at = 0; at < 5; at++) {
        outputs.push(await execute({ ...keyed, eventPublisher }));
        isDown = at < 1;
      }
      assert(outputs.every(({ ok }) => ok));
      assert.equal(published.length, 3);
      for (const { payload } of published) assert.deepEqual(payload, outputs[0].data);
    }
  });

  test('is emitted by a retry in another process, in which nothing is known of the first try', async () => {
    const { store, execute } = setUp();
    await execute(keyed);
    const other = Object.assign(new SavingStore(), {
      packs: store.packs,
      snapshots: store.snapshots,
      items: store.items,
    });
    const registry = bind(new Registry(), other, () => assert.fail('nothing is loaded'));
    const published = [];
    const ctx = { ...keyed, eventPublisher: async (envelope) => published.push(envelope) };
    await registry.execute(...OPERATION, input, ctx);
    await registry.execute(...OPERATION, input, ctx);
    assert.equal(published.length, 1);
  });

  test('is not emitted for a call that is refused', async () => {
    const { execute } = setUp();
    let published = 0;
    const eventPublisher = () => published++;
    await execute({ ...keyed, eventPublisher: async () => {} });
    assert.equal((await execute({ actor: 'user', eventPublisher })).problem.code, 'FORBIDDEN');
    assert.equal((await execute({ ...keyed, eventPublisher }, { ...input, reason: 'x' })).problem.code, 'CONFLICT');
    assert.equal(published, 0);
  });
});

test("the host's traps are there, so that these tests mean something", async () => {
  const registry = new Registry()
    .register(ContextPackSnapshotCommand)
    .bind(ContextPackSnapshotCommand, async (_, ctx) => {
      await ctx.__emitGuard__(EVENT.key, EVENT.version, {});
    });
  const { problem } = await registry.execute(...OPERATION, input, admin);
  assert.match(problem.detail, /^UndeclaredEvent/);
  const output = { snapshotId: 's', packKey: 'p', packVersion: '1', hash: 'h', createdAt: new Date().toISOString() };
  const other = new Registry()
    .register(ContextPackSnapshotCommand)
    .bind(ContextPackSnapshotCommand, async () => output);
  assert.equal((await other.execute(...OPERATION, input, admin)).problem.code, 'VALIDATION_FAILED');
  assert.throws(() => other.bind(ContextPackSnapshotCommand, () => {}));
});

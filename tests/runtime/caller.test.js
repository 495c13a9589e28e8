// Tests who gets in: contexts of hosts, hostile ones, and the hook that says who the caller is.
//
// How: the core has the rules. Each context is given to `snapshotPack` and to the handlers, and must have the same outcome; a store that is
// asked anything for a caller who is refused fails the test.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { previewPack, SnapshotError, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import {
  authorizeSnapshot,
  createDescribeHandler,
  createPreviewHandler,
  createSearchHandler,
  createSnapshotHandler,
} from '@lssm-tech/lib.context-snapshot/runtime';
import fc from 'fast-check';
import { MemoryStore } from './support/memory.js';
import { admin, errorOf, input, makeItems, pack } from './support/packs.js';

class Context {
  constructor(actor) {
    this.actor = actor;
  }
  get roles() {
    return ['admin'];
  }
}

const actors = [
  undefined,
  null,
  '',
  'anonymous',
  'user',
  'admin',
  'ADMIN',
  'system',
  5,
  {},
  ['admin'],
  new String('admin'),
];
const roles = [
  undefined,
  null,
  [],
  ['admin'],
  ['owner', 'admin'],
  ['Admin'],
  ['admin', 5],
  'admin',
  { 0: 'admin', length: 1 },
  new Set(['admin']),
];
const decisions = [
  undefined,
  null,
  { effect: 'allow' },
  { effect: 'deny', reason: 'quota' },
  {},
  { effect: 'DENY' },
  'allow',
  true,
];
const contexts = [
  ...[undefined, null, 5, 'admin', [], () => {}, Promise.resolve(admin), new Map([['actor', 'admin']])],
  ...[
    new Context('user'),
    new Context('admin'),
    Object.create({ actor: 'admin' }),
    { __proto__: null, actor: 'admin' },
  ],
  ...actors.flatMap((actor) => roles.map((some) => ({ actor, roles: some }))),
  ...['user', 'admin', undefined].flatMap((actor) =>
    decisions.map((decision) => ({ actor, roles: ['admin'], decision })),
  ),
  ...['userId', 'tenantId', 'organizationId', 'workspaceId', 'channel', 'traceId', 'idemKey'].flatMap((name) =>
    [null, '', 5, {}, '\ud800'].map((value) => ({ actor: 'admin', [name]: value })),
  ),
];

/** Returns the problem of a call, without the words that only say how the core was called, or undefined. */
function outcomeOf(call) {
  try {
    call();
    return undefined;
  } catch (error) {
    assert(error instanceof SnapshotError);
    const { code, status, issues } = error;
    return { code, status, issues };
  }
}
/** Returns a copy of a context, of the same class, that has a pack and items as well. */
function withPack(ctx) {
  if (ctx === null || typeof ctx !== 'object') return ctx;
  const copy = Object.create(Object.getPrototypeOf(ctx), Object.getOwnPropertyDescriptors(ctx));
  return Object.assign(copy, { pack, items: makeItems() });
}
const problemOf = ({ code, status, issues }) => ({ code, status, issues });

test('every context has the outcome that it has in snapshotPack', async () => {
  const counts = {};
  for (const ctx of contexts) {
    const expected = outcomeOf(() => snapshotPack(input, withPack(ctx)));
    counts[expected?.code ?? 'none'] = (counts[expected?.code ?? 'none'] ?? 0) + 1;
    assert.deepEqual(
      outcomeOf(() => authorizeSnapshot(input, ctx)),
      expected,
    );
    const store = new MemoryStore(pack);
    let loads = 0;
    const loadItems = () => {
      loads++;
      return makeItems();
    };
    const call = createSnapshotHandler({ store, loadItems })(input, ctx);
    if (expected === undefined) {
      assert.equal((await call).itemCount, 3);
    } else {
      assert.deepEqual(problemOf(await errorOf(call)), expected);
      assert.deepEqual([store.calls, loads], [[], 0]);
    }
  }
  for (const code of ['none', 'UNAUTHENTICATED', 'FORBIDDEN', 'VALIDATION_FAILED'])
    assert(counts[code] > 5, `${code}: ${counts[code]}`);
});

test('every context has, for readers, the outcome that it has in previewPack', async () => {
  for (const ctx of contexts) {
    if (ctx === null || typeof ctx !== 'object' || Array.isArray(ctx)) continue;
    const { idemKey: _, ...others } = ctx;
    const expected = outcomeOf(() =>
      previewPack(input, { actor: ctx.actor, roles: ctx.roles, ...others, pack, items: makeItems() }),
    );
    for (const make of [
      (store) => createPreviewHandler({ store, loadItems: () => makeItems() })(input, ctx),
      (store) => createDescribeHandler({ store })({ packKey: pack.packKey }, ctx),
      (store) => createSearchHandler({ store })({}, ctx),
    ]) {
      const store = new MemoryStore(pack);
      if (expected === undefined) await make(store);
      else {
        assert.deepEqual(problemOf(await errorOf(make(store))), expected);
        assert.deepEqual(store.calls, []);
      }
    }
  }
});

test('every input has the outcome that it has in snapshotPack', async () => {
  const inputs = [
    ...[undefined, null, [], 'x', 5, {}, new Map(), { packKey: 5 }, { packKey: '' }, { packKey: '\ud800' }],
    ...[
      { packKey: 'p', packVersion: null },
      { packKey: 'p', metadata: [] },
      { packKey: 'p', metadata: { $snapshot: 1 } },
    ],
    ...[
      { packKey: 'p', reason: 5, requestedBy: {} },
      { packKey: 'p', metadata: { a: { b: Number.NaN } } },
    ],
  ];
  for (const given of inputs) {
    const expected = outcomeOf(() => snapshotPack(given, { ...admin, pack, items: [] }));
    assert(expected !== undefined && expected.code === 'VALIDATION_FAILED');
    assert.deepEqual(
      outcomeOf(() => authorizeSnapshot(given, admin)),
      expected,
    );
    const store = new MemoryStore(pack);
    const error = await errorOf(createSnapshotHandler({ store, loadItems: () => [] })(given, admin));
    assert.deepEqual(problemOf(error), expected);
    assert.deepEqual(store.calls, []);
  }
});

test("the host's functions in a context are left alone", async () => {
  const store = new MemoryStore(pack);
  const ctx = new Proxy(
    { ...admin, decide: () => assert.fail(), rateLimit: () => assert.fail() },
    { ownKeys: () => assert.fail('no member is enumerated'), set: () => assert.fail('nothing is written') },
  );
  assert.equal((await createSnapshotHandler({ store, loadItems: () => makeItems() })(input, ctx)).itemCount, 3);
});

test('what a context says is read once: a change while the host works changes nothing', async () => {
  const store = new MemoryStore(pack);
  const ctx = { ...admin, actor: 'user', roles: ['admin'] };
  const given = { ...input, metadata: { run: 1, deep: { a: [1] } } };
  const handler = createSnapshotHandler({
    store,
    loadItems: () => {
      const { roles } = ctx;
      Object.assign(ctx, { actor: 'anonymous', userId: 'mallory', tenantId: 'evil', traceId: 'x' });
      roles.pop();
      Object.assign(given, { packKey: 'other', packVersion: '9', reason: 'changed' });
      given.metadata.deep.a.push(2);
      return makeItems();
    },
  });
  const { snapshotId, packKey } = await handler(given, ctx);
  const { $snapshot, ...metadata } = store.snapshots.get(snapshotId).metadata;
  assert.deepEqual(metadata, { run: 1, deep: { a: [1] } });
  assert.deepEqual(
    [packKey, $snapshot.userId, $snapshot.tenantId, $snapshot.traceId, $snapshot.reason],
    ['platform.docs', 'ops-1', 'acme', 'trace-1', 'release 7'],
  );
});

test('a context that lets in when it is read again does not let in', async () => {
  /** Returns a getter that returns the first value once, and the second one from then on. */
  const changing = (first, second) => {
    let reads = 0;
    return () => (reads++ === 0 ? first : second);
  };
  for (const [name, get] of [
    ['actor', changing('user', 'admin')],
    ['roles', changing([], ['admin'])],
    ['decision', changing({ effect: 'deny' }, undefined)],
  ]) {
    const ctx = { actor: 'user', roles: name === 'decision' ? ['admin'] : [] };
    Object.defineProperty(ctx, name, { get });
    const store = new MemoryStore(pack);
    const error = await errorOf(createSnapshotHandler({ store, loadItems: () => [] })(input, ctx));
    assert.equal(error.code, 'FORBIDDEN', name);
    assert.deepEqual(store.calls, []);
  }
});

test("an exception of a context that looks like the core's does not let in", async () => {
  const store = new MemoryStore(pack);
  const forged = new SnapshotError({ code: 'NOT_FOUND', detail: 'forged' });
  const roles = new Proxy(['admin'], {
    get() {
      throw forged;
    },
  });
  const error = await errorOf(createSnapshotHandler({ store, loadItems: () => [] })(input, { actor: 'user', roles }));
  assert.notEqual(error, undefined);
  assert.deepEqual(store.calls, []);
  assert.throws(() => authorizeSnapshot(input, { actor: 'user', roles }));
  const given = {
    ...input,
    get metadata() {
      throw forged;
    },
  };
  assert.throws(() => authorizeSnapshot(given, admin));
  const deep = Object.defineProperty({}, 'a', { enumerable: true, get: () => given.metadata });
  assert.throws(() => authorizeSnapshot({ ...input, metadata: deep }, admin), forged);
});

// E6.2-1, E6.2-2, E6.2-3
test('every error shows a trace as the core does', async () => {
  const store = { ...new MemoryStore(pack), getPack: () => Promise.reject(new Error('down')), listPacks() {} };
  const describing = createDescribeHandler({ store });
  const character = fc.constantFrom(...'a\\\n\u202e\u3164\ufe0f\u180f\ufffb\u{e0100}\u{1f600}', '\ud800', '\udc00');
  const texts = fc.array(character, { maxLength: 400 }).map((list) => list.join(''));
  const same = async (traceId) => {
    const core = await errorOf((async () => snapshotPack(input, { actor: 'user', traceId }))());
    const ours = await errorOf(describing({ packKey: 'p' }, { ...admin, traceId }));
    assert.equal(ours.traceId, core.traceId);
  };
  await fc.assert(fc.asyncProperty(texts, same), { numRuns: 500 });
  const lengths = [255, 256, 257, 300].flatMap((length) => ['a', '\n', '\u{1f600}'].map((one) => one.repeat(length)));
  for (const text of lengths) for (const before of ['', 'a', 'ab']) await same(before + text);
});

test('a trace that is not a text is not in an error', async () => {
  const store = new MemoryStore(pack);
  const caller = () => Promise.reject(new Error('down'));
  for (const traceId of [{ secret: 1 }, 5, null, undefined]) {
    const error = await errorOf(createSnapshotHandler({ store, loadItems: () => [], caller })(input, { traceId }));
    assert.deepEqual([error.code, 'traceId' in error], ['SERVICE_UNAVAILABLE', false]);
  }
  let published;
  const eventPublisher = (envelope) => {
    published = envelope;
  };
  const ctx = { ...admin, traceId: null, eventPublisher };
  await createSnapshotHandler({ store, loadItems: () => makeItems() })(input, ctx);
  assert.deepEqual(Object.keys(published), ['key', 'version', 'payload']);
});

describe('the hook that says who the caller is', () => {
  /** Returns what the record says of the caller, or the code of the error. */
  async function outcome(caller, ctx) {
    const store = new MemoryStore(pack);
    try {
      const { snapshotId } = await createSnapshotHandler({
        store,
        loadItems: () => makeItems(),
        caller: async () => caller,
      })(input, ctx);
      const { actor, grant, userId, tenantId } = store.snapshots.get(snapshotId).metadata.$snapshot;
      return [actor, grant, userId, tenantId];
    } catch (error) {
      assert.deepEqual(store.calls, []);
      return error.code;
    }
  }

  const graphql = { actor: 'user', userId: 'gateway' };
  const mcp = { actor: 'admin', userId: 'mcp', tenantId: 'shared' };

  test('replaces the identity as a whole', async () => {
    assert.deepEqual(await outcome({ actor: 'user', roles: ['admin'], userId: 'ann' }, graphql), [
      'user',
      'role',
      'ann',
      undefined,
    ]);
    assert.deepEqual(await outcome({ actor: 'admin' }, mcp), ['admin', 'actor', undefined, 'shared']);
    // The roles of the context are not those of this user.
    assert.equal(await outcome({ actor: 'user', userId: 'bob' }, { ...graphql, roles: ['admin'] }), 'FORBIDDEN');
    assert.equal(await outcome({ userId: 'bob' }, mcp), 'UNAUTHENTICATED');
    assert.equal(await outcome({ roles: ['admin'] }, mcp), 'UNAUTHENTICATED');
    // A look-up that found nothing means nobody.
    assert.equal(await outcome({ actor: undefined, userId: undefined }, mcp), 'UNAUTHENTICATED');
    for (const nobody of [undefined, null, false, 'admin', []])
      assert.equal(await outcome(nobody, mcp), 'UNAUTHENTICATED');
  });

  test('lets nobody in if it names only what it cannot name: a misspelt member', async () => {
    for (const misspelt of [{ Actor: 'user' }, { role: ['viewer'] }, { Decision: { effect: 'deny' } }, { user: {} }]) {
      for (const beside of [{}, { tenantId: 'acme' }, { decision: { effect: 'allow' } }])
        assert.equal(await outcome({ ...misspelt, ...beside }, mcp), 'UNAUTHENTICATED');
      // Rows of users have further members.
      assert.deepEqual(await outcome({ ...misspelt, actor: 'admin' }, mcp), ['admin', 'actor', undefined, 'shared']);
    }
    assert.equal(await outcome({}, mcp), 'UNAUTHENTICATED');
    // Members of a class are members, but its methods name nobody.
    class Session {
      tenantId = 'acme';
      get role() {
        return 'viewer';
      }
    }
    class Tenant {
      tenantId = 'acme';
      renew() {}
    }
    const hidden = Object.defineProperty({ tenantId: 'acme' }, 'role', { value: 'viewer' });
    for (const given of [new Session(), hidden, Object.create({ role: 'viewer' }, { tenantId: { value: 'acme' } })])
      assert.equal(await outcome(given, mcp), 'UNAUTHENTICATED');
    assert.deepEqual(await outcome(new Tenant(), mcp), ['admin', 'actor', 'mcp', 'acme']);
    const endless = new Proxy({ tenantId: 'acme' }, { getPrototypeOf: () => endless });
    assert.equal(await outcome(endless, mcp), 'UNAUTHENTICATED');
    // One that names an identity when it is asked first, and none later, must not let in whom the context names.
    let asked = 0;
    const ownKeys = () => (asked++ === 0 ? ['tenantId', 'actor'] : ['tenantId']);
    assert.equal(await outcome(new Proxy({ tenantId: 'acme' }, { ownKeys }), mcp), 'UNAUTHENTICATED');
  });

  test('replaces a scope that it names, and leaves the others', async () => {
    assert.deepEqual(await outcome({ tenantId: 'acme' }, mcp), ['admin', 'actor', 'mcp', 'acme']);
    assert.deepEqual(await outcome({ tenantId: undefined }, mcp), ['admin', 'actor', 'mcp', undefined]);
    class Caller {
      get actor() {
        return 'admin';
      }
    }
    assert.deepEqual(await outcome(new Caller(), {}), ['admin', 'actor', undefined, undefined]);
  });

  test('can deny, and cannot lift a denial', async () => {
    const deny = { effect: 'deny' };
    const allow = { effect: 'allow' };
    assert.equal(await outcome({ decision: deny }, mcp), 'FORBIDDEN');
    assert.equal(await outcome({ decision: deny }, { ...mcp, decision: allow }), 'FORBIDDEN');
    assert.equal(await outcome({ decision: allow }, { ...mcp, decision: deny }), 'FORBIDDEN');
    assert.equal(await outcome({ decision: allow }, { ...mcp, decision: 'rubbish' }), 'FORBIDDEN');
    assert.equal(await outcome({ decision: 'rubbish' }, { ...mcp, decision: allow }), 'FORBIDDEN');
    assert.equal(await outcome({ decision: undefined }, { ...mcp, decision: deny }), 'FORBIDDEN');
    assert.equal(await outcome({ decision: allow }, {}), 'UNAUTHENTICATED');
    assert.deepEqual(await outcome({ decision: allow }, mcp), ['admin', 'actor', 'mcp', 'shared']);
  });

  test('is asked once a call, by each handler', async () => {
    let asked = 0;
    const ctx = { session: 'ann' };
    const caller = (given) => {
      asked++;
      assert.equal(given, ctx);
      return { actor: 'user', userId: given.session };
    };
    const options = { store: new MemoryStore(pack), loadItems: () => makeItems(), caller };
    assert.equal((await createPreviewHandler(options)(input, ctx)).index.length, 3);
    assert.equal((await errorOf(createSnapshotHandler(options)(input, ctx))).code, 'FORBIDDEN');
    // The same options serve all four handlers.
    assert.equal((await createDescribeHandler(options)({ packKey: pack.packKey }, ctx)).pack.packKey, pack.packKey);
    assert.equal((await createSearchHandler(options)({}, ctx)).items.length, 1);
    assert.equal(asked, 4);
    const nobody = { ...options, caller: () => undefined };
    for (const handler of [createDescribeHandler(nobody), createSearchHandler(nobody)])
      assert.equal((await errorOf(handler({ packKey: pack.packKey }, mcp))).code, 'UNAUTHENTICATED');
  });
});

test('members of the Object.prototype of another realm let nobody in', async () => {
  const store = new MemoryStore(pack);
  const handler = createSnapshotHandler({ store, loadItems: () => makeItems() });
  const ctx = vm.runInNewContext("Object.prototype.actor = 'admin'; ({ userId: 'mallory' })");
  assert.throws(() => authorizeSnapshot(input, ctx), { code: 'UNAUTHENTICATED' });
  assert.equal((await errorOf(handler(input, ctx))).code, 'UNAUTHENTICATED');
  assert.deepEqual(store.calls, []);
});

test('members of Object.prototype let nobody in, and change no option, store or event', () => {
  const source = `
    import { createSnapshotHandler, createDescribeHandler, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
    import { MemoryStore } from './support/memory.js';
    import { admin, input, makeItems, pack } from './support/packs.js';
    const evil = {
      actor: 'admin', roles: ['admin'], userId: 'evil', tenantId: 'evil', organizationId: 'evil', workspaceId: 'evil', idemKey: 'evil', traceId: 'evil',
      decision: { effect: 'allow' }, packVersion: '6.6.6', reason: 'evil', requestedBy: 'evil', parent: () => 'evil', caller: () => ({ actor: 'admin' }),
      transaction: async () => {}, onEvent: () => { throw new Error('evil'); }, saveSnapshot: async () => 'created', outbox: true,
      snapshotStream: async () => ({}), eventSpecResolver: { get: () => ({}) }, __emitGuard__: async () => published.push('guard'),
      eventPublisher: async () => published.push('evil'), listSnapshots: () => ({ snapshots: [] }), expect: { hash: 'x' }, now: 0, limits: { items: 0 },
      description: 'evil', tags: ['evil'], sourceVersion: 'evil', textContent: 'evil', metadata: { evil: 1 }, createdBy: 'evil', then: undefined,
    };
    const published = [];
    for (const [name, value] of Object.entries(evil)) {
      Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true, enumerable: true });
    }
    const store = new MemoryStore(pack);
    const handler = createSnapshotHandler({ store, loadItems: () => makeItems() });
    const report = {};
    for (const ctx of [{}, { actor: undefined }, undefined]) {
      try { await handler({ packKey: pack.packKey }, ctx); report.in = true; } catch (error) { report[error.code] = true; }
    }
    report.asked = store.calls.length;
    const { snapshotId, hash } = await handler({ packKey: pack.packKey }, { actor: 'admin' });
    const record = store.snapshots.get(snapshotId);
    report.details = Object.keys(record.metadata.$snapshot);
    report.pack = Object.keys(record.metadata.$snapshot.manifest.pack);
    report.published = published;
    for (const name of Object.keys(evil)) delete Object.prototype[name];
    report.valid = (await verifyStored(store, snapshotId, { hash })).valid;
    console.log(JSON.stringify(report));`;
  const args = [
    '--input-type=module',
    '--eval',
    source.replace(/from '\.\//g, `from '${new URL('./', import.meta.url).href}`),
  ];
  const output = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
  });
  assert.deepEqual(JSON.parse(output), {
    UNAUTHENTICATED: true,
    asked: 0,
    details: ['actor', 'grant', 'manifest', 'seal'],
    pack: ['packKey', 'sources', 'title', 'version'],
    published: [],
    valid: true,
  });
});

// Checks who may take a snapshot (ERRORS 3.1).
//
// Why the whole table: if the host has no policy engine, its runtime admits everybody, and only this check protects snapshots.
// How: every actor with all roles and all decisions, valid and malformed ones of every type. For callers without permission,
// the host's pack, items and input throw when they are read.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { SnapshotError, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { assertProblem, thrownBy } from './support/expect.js';

const ANYTHING = [
  ...['root', 'Admin', 'ADMIN', ' admin', 'admin ', 'admin\0', 'adm\u0131n', 'administrator', 'users', '', '\ud800'],
  ...[0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, true, false, 1n],
  ...[{}, { actor: 'admin' }, [], ['admin'], Object('admin'), Object('user'), new Date(0), new Map([['admin', true]])],
  ...[new Set(['admin']), Symbol('admin'), () => 'admin', class admin {}, /admin/, Promise.resolve('admin')],
  ...[
    { toString: () => 'admin', valueOf: () => 'admin', toJSON: () => 'admin' },
    Buffer.from('admin'),
    Object.create(null),
  ],
];
const ACTORS = [undefined, null, 'anonymous', 'user', 'admin', ...ANYTHING];

const ROLES = {
  ordinary: [undefined, null, [], ['viewer'], ['Admin'], ['viewer', 'admin '], [''], ['\ud800'], Object.freeze(['a'])],
  admin: [
    ...[['admin'], ['viewer', 'admin'], ['admin', 'admin', ''], Object.freeze(['admin'])],
    ...[new Proxy(['admin'], {}), runInNewContext("['viewer', 'admin']"), Object.assign(['admin'], { other: 5 })],
  ],
  malformed: [
    ...ANYTHING.filter((value) => !Array.isArray(value)),
    ...['admin', { 0: 'admin', length: 1 }, { admin: true }, Object.create(['admin'])],
    ...[['admin', 5], [5, 'admin'], ['admin', null], ['admin', undefined], [['admin']], [Object('admin')], [{}]],
    // biome-ignore lint/suspicious/noSparseArray: a hole is not a string
    ...[[, 'admin'], ['admin', ,], new Array(1), Array(200).fill(5), [Symbol('admin')], [() => 'admin']],
  ],
};

const DECISIONS = {
  none: [undefined, null],
  allow: [
    ...[{ effect: 'allow' }, { effect: 'allow', reason: 'rule' }, { effect: 'allow', reason: '' }],
    ...[
      { effect: 'allow', reason: null },
      { effect: 'allow', reason: undefined },
      { effect: 'allow', other: 5 },
    ],
    ...[Object.create({ effect: 'allow' }), Object.assign(Object.create(null), { effect: 'allow' })],
  ],
  deny: [{ effect: 'deny' }, { effect: 'deny', reason: 'rule' }, { effect: 'deny', reason: null }],
  malformed: [
    ...ANYTHING,
    ...['allow', 'deny', [{ effect: 'allow' }], Promise.resolve({ effect: 'allow' }), new Map([['effect', 'allow']])],
    ...['Allow', ' allow', 'permit', '', null, undefined, true, 1, ['allow'], Object('allow'), {}, () => 'allow'].map(
      (effect) => ({ effect }),
    ),
    ...[5, true, {}, [], Object('rule'), Symbol('rule'), Number.NaN, 1n].flatMap((reason) => [
      { effect: 'allow', reason },
      { effect: 'deny', reason },
    ]),
  ],
};

/** Decides as the host's contract does, in its order. */
function verdict(actor, roles, decision) {
  if (actor !== 'user' && actor !== 'admin') return 'UNAUTHENTICATED';
  if (roles === 'malformed' || decision === 'malformed' || decision === 'deny') return 'FORBIDDEN';
  return actor === 'admin' || roles === 'admin' ? 'ADMITTED' : 'FORBIDDEN';
}

const untouched = (what) => () => assert.fail(`${what} was looked at`);
const TRAP = new Proxy(
  {},
  Object.fromEntries(
    Object.getOwnPropertyNames(Reflect).map((trap) => [trap, untouched('an object that nobody may see')]),
  ),
);

/** Makes a context that throws if anything beyond the caller is read. */
function guarded(caller) {
  const ctx = { traceId: 'trace-1', ...caller };
  for (const name of [
    ...[
      'pack',
      'items',
      'now',
      'snapshotId',
      'idemKey',
      'parent',
      'userId',
      'tenantId',
      'organizationId',
      'workspaceId',
    ],
    ...['channel'],
  ]) {
    Object.defineProperty(ctx, name, { get: untouched(name), enumerable: true });
  }
  return ctx;
}

const PACK = { packKey: 'p', version: '1', title: 't' };
const open = (caller) => ({ pack: PACK, items: [], ...caller });
const refuse = (input, ctx, code, traceId) =>
  assertProblem(
    thrownBy(() => snapshotPack(input, ctx)),
    { code, traceId },
    { SnapshotError },
  );

// F4-6, F13-5, E3.1-1, E3.1-2, E3.1-3, E3.1-4, E3.1-5, E3.1-6
test('decides for every actor with all roles and all decisions', () => {
  let admitted = 0;
  for (const actor of ACTORS) {
    // Nothing helps an unknown actor: a sample of each kind shows that.
    const some = (values) => (ANYTHING.includes(actor) ? values.slice(0, 4) : values);
    for (const [kindOfRoles, someRoles] of Object.entries(ROLES)) {
      for (const [kindOfDecision, someDecisions] of Object.entries(DECISIONS)) {
        const code = verdict(actor, kindOfRoles, kindOfDecision);
        for (const roles of some(someRoles)) {
          for (const decision of some(someDecisions)) {
            if (code === 'ADMITTED') {
              const { $snapshot } = snapshotPack({ packKey: 'p' }, open({ actor, roles, decision })).record.metadata;
              assert.equal($snapshot.actor, actor);
              assert.equal($snapshot.grant, actor === 'admin' ? 'actor' : 'role');
              admitted++;
            } else {
              const error = thrownBy(() => snapshotPack(TRAP, guarded({ actor, roles, decision })));
              assert(error instanceof SnapshotError, String(error));
              assert.equal(error.code, code);
              assert.equal(error.issues, undefined);
            }
          }
        }
      }
    }
  }
  assert.equal(
    admitted,
    (2 * ROLES.admin.length + ROLES.ordinary.length) * (DECISIONS.none.length + DECISIONS.allow.length),
  );
});

test('reports a problem of the caller completely', () => {
  refuse(TRAP, guarded({}), 'UNAUTHENTICATED', 'trace-1');
  refuse(TRAP, guarded({ actor: 'anonymous', decision: { effect: 'deny' } }), 'UNAUTHENTICATED', 'trace-1');
  refuse(TRAP, guarded({ actor: 'user' }), 'FORBIDDEN', 'trace-1');
  refuse(TRAP, guarded({ actor: 'admin', decision: { effect: 'deny' } }), 'FORBIDDEN', 'trace-1');
  refuse(TRAP, guarded({ actor: 'admin', roles: Array(100).fill({}) }), 'FORBIDDEN', 'trace-1');
  for (const traceId of [undefined, null, 5, {}, '\ud800']) {
    refuse(TRAP, guarded({ actor: 'user', traceId }), 'FORBIDDEN');
  }
});

test('reports the traceId, however many roles are wrong', () => {
  refuse(TRAP, guarded({ actor: 'admin', roles: Array(101).fill({}) }), 'FORBIDDEN', 'trace-1');
});

// F13-7
test('refuses values that are not contexts', () => {
  const members = { actor: 'admin', pack: PACK, items: [] };
  for (const ctx of [
    ...[undefined, null, true, 5, 'admin', 1n, Symbol('admin'), Number.NaN, [], ['admin']],
    ...[Object.assign([], members), Object.assign(() => members, members), Object.assign(class {}, members)],
    ...[{}, Object.create(null), new Map(Object.entries(members)), Promise.resolve(members), new Proxy({}, {})],
    ...[Object('admin'), new Date(0), new Uint8Array(1), [members], { ctx: members }],
  ]) {
    refuse(TRAP, ctx, 'UNAUTHENTICATED');
  }
  refuse(undefined, undefined, 'UNAUTHENTICATED');
  assertProblem(
    thrownBy(() => snapshotPack()),
    { code: 'UNAUTHENTICATED' },
    { SnapshotError },
  );
});

describe('reads members', () => {
  const admit = (ctx) => assert.equal(snapshotPack({ packKey: 'p' }, ctx).output.itemCount, 0);

  // F7.3-1
  test('inherited from a class, by getters, and from prototypes', () => {
    class Host {
      get actor() {
        return 'admin';
      }
      get pack() {
        return PACK;
      }
      get items() {
        return [];
      }
    }
    class Deep extends Host {}
    admit(new Host());
    admit(new Deep());
    admit(Object.create(open({ actor: 'admin' })));
    admit(Object.create(Object.create(open({ actor: 'user', roles: ['admin'] }))));
    admit(Object.assign(Object.create(null), open({ actor: 'admin' })));
    admit(new Proxy(open({ actor: 'admin' }), {}));
    admit(runInNewContext("({ actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: [] })"));
    class Guest extends Host {
      get actor() {
        return 'user';
      }
    }
    refuse({ packKey: 'p' }, new Guest(), 'FORBIDDEN');
    class Denied extends Host {
      get decision() {
        return { effect: 'deny' };
      }
    }
    refuse({ packKey: 'p' }, new Denied(), 'FORBIDDEN');
  });

  test('once each, so that a second answer has no effect', () => {
    for (const [answers, code] of [
      [['user', 'admin'], 'FORBIDDEN'],
      [['anonymous', 'admin'], 'UNAUTHENTICATED'],
    ]) {
      const ctx = open({});
      let reads = 0;
      Object.defineProperty(ctx, 'actor', { get: () => answers[Math.min(reads++, 1)] });
      refuse({ packKey: 'p' }, ctx, code);
      assert.equal(reads, 1);
    }
    let reads = 0;
    const roles = new Proxy(['viewer'], {
      get: (target, name) => (name === '0' && reads++ > 0 ? 'admin' : target[name]),
    });
    refuse({ packKey: 'p' }, open({ actor: 'user', roles }), 'FORBIDDEN');
    assert.equal(reads, 1);
    let effects = 0;
    const decision = {
      get effect() {
        return effects++ === 0 ? 'deny' : 'allow';
      },
    };
    refuse({ packKey: 'p' }, open({ actor: 'admin', decision }), 'FORBIDDEN');
    assert.equal(effects, 1);
  });

  /** Runs a function while the prototype has additional members. */
  function polluted(prototype, members, run) {
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(prototype, name, { value, enumerable: true, configurable: true, writable: true });
    }
    try {
      return run();
    } catch (error) {
      return error;
    } finally {
      for (const name of Object.keys(members)) delete prototype[name];
    }
  }

  test('but not from Object.prototype', () => {
    const attempt = (members, ctx) => polluted(Object.prototype, members, () => snapshotPack({ packKey: 'p' }, ctx));
    assert.equal(attempt({ actor: 'admin' }, open({})).code, 'UNAUTHENTICATED');
    assert.equal(attempt({ actor: 'admin' }, open({ actor: undefined })).code, 'UNAUTHENTICATED');
    assert.equal(attempt({ actor: 'admin' }, undefined).code, 'UNAUTHENTICATED');
    assert.equal(attempt({ actor: 'admin', pack: PACK, items: [] }, {}).code, 'UNAUTHENTICATED');
    assert.equal(attempt({ roles: ['admin'] }, open({ actor: 'user' })).code, 'FORBIDDEN');
    assert.equal(attempt({ effect: 'allow' }, open({ actor: 'admin', decision: {} })).code, 'FORBIDDEN');
    assert.equal(attempt({ pack: PACK }, { actor: 'admin', items: [] }).code, 'NOT_FOUND');
    assert.equal(attempt({ decision: { effect: 'deny' } }, open({ actor: 'admin' })).output.itemCount, 0);
    assert.equal(attempt({ reason: 5 }, open({ actor: 'admin', decision: { effect: 'allow' } })).output.itemCount, 0);
    // A member of the same name on the object or its class still counts.
    assert.equal(attempt({ actor: 'user' }, open({ actor: 'admin' })).output.itemCount, 0);
    assert.equal(attempt({ actor: 'user' }, Object.create(open({ actor: 'admin' }))).output.itemCount, 0);
    const alien = runInNewContext("Object.prototype.actor = 'admin'; ({})");
    assert.equal(
      thrownBy(() => snapshotPack({ packKey: 'p' }, Object.assign(alien, open({})))).code,
      'UNAUTHENTICATED',
    );
  });

  test('but not from the prototypes of a list', () => {
    for (const prototype of [Array.prototype, Object.prototype]) {
      const outcome = polluted(prototype, { 0: 'admin' }, () =>
        snapshotPack({ packKey: 'p' }, open({ actor: 'user', roles: new Array(1) })),
      );
      assert.equal(outcome.code, 'FORBIDDEN');
    }
  });
});

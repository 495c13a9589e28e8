// Checks SnapshotBuilder: a snapshot whose items arrive over time is the same snapshot.
//
// Why: a host that streams a million items, or digests them on other machines, must get the same bytes as from snapshotPack.
// An invalid item in the middle must cost it that item only.
//
// How: every vector of a snapshot and of a refusal also goes through a builder, in other orders and partly as digests.
// Getters stand for host code in the middle of a call.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { inChild } from './support/child.js';
import { assertProblem, reach, thrownBy } from './support/expect.js';
import { decode } from './support/values.js';

const { SnapshotBuilder, SnapshotError, canonicalize, digestItem, snapshotPack } = api;
const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const snapshots = read('snapshots');
const refusals = read('refusals');

const pack = { packKey: 'p', version: '1', title: 't' };
const input = { packKey: 'p' };
const ctx = { actor: 'admin', userId: 'u', snapshotId: 's-1', now: '2027-06-15T08:30:00.250Z', pack };
const raise = (error) => {
  throw error;
};
const item = (itemId, more) => ({ itemId, kind: 'k', sourceKey: 's', content: { of: itemId }, ...more });
const open = (more) => new SnapshotBuilder(input, { ...ctx, ...more });
const hashOf = (items, more) => snapshotPack(input, { ...ctx, ...more, items }).output.hash;
/** Converts an item that was digested elsewhere to the argument of `addDigest`. */
const entryOf = (whole) => {
  const { itemId, digest } = digestItem(whole);
  const { kind, sourceKey, sourceVersion } = whole;
  return { itemId, digest, kind, sourceKey, sourceVersion };
};
/** Returns `record`, `manifest`, `index`, `event` and `output` as text. */
const textOf = ({ items: _, ...rest }) => canonicalize(rest);

/** Shuffles elements, by a seed. */
function shuffled(values, seed) {
  const rest = [...values];
  const result = [];
  for (let state = seed; rest.length > 0; state = (state * 1103515245 + 12345) % 2147483648) {
    result.push(...rest.splice(state % rest.length, 1));
  }
  return result;
}

test('refuses a method of another class, and loses no builder by it', () => {
  const pack = { packKey: 'p', version: '1', title: '' };
  const ctx = { actor: 'admin', pack, now: 1e12, snapshotId: 's' };
  const builder = new api.SnapshotBuilder({ packKey: 'p' }, ctx);
  const { record } = api.snapshotPack({ packKey: 'p' }, { ...ctx, items: [] });
  const verifier = new api.SnapshotVerifier({ record });
  assert.throws(
    () => api.SnapshotBuilder.prototype.addDigest.call(verifier, {}),
    new TypeError('Objects of this class have no method addDigest'),
  );
  builder.add({ itemId: 'a', kind: 'k', sourceKey: 's', content: '' });
  assert.equal(builder.finish().output.itemCount, 1);
  assert.equal(verifier.finish().valid, true);
});

describe('gives the same snapshot as snapshotPack', () => {
  for (const { name, input: asked, ctx: given, expected } of snapshots) {
    test(name, () => {
      const whole = textOf(snapshotPack(asked, given));
      for (const seed of [1, 7, 42]) {
        for (const isDigest of [() => false, () => true, (at) => (at + seed) % 2 === 0]) {
          const { items, ...rest } = given;
          const builder = new SnapshotBuilder(asked, rest);
          assert.equal(builder.snapshotId, expected.record.snapshotId);
          assert.equal(builder.createdAt, expected.record.createdAt);
          const stored = new Map();
          for (const [at, one] of shuffled(items, seed).entries()) {
            assert.equal(builder.itemCount, at);
            if (isDigest(at)) assert.equal(builder.addDigest(entryOf(one)), undefined);
            else stored.set(one.itemId, builder.add(one));
          }
          assert.equal(builder.itemCount, items.length);
          const snapshot = builder.finish();
          builder.free();
          assert.deepEqual(Object.keys(snapshot).sort(), ['event', 'index', 'manifest', 'output', 'record']);
          assert.equal(textOf(snapshot), whole);
          assert.deepEqual(snapshot.record, expected.record);
          assert.deepEqual(snapshot.index, expected.index);
          assert(snapshot.output.createdAt instanceof Date);
          for (const object of reach(snapshot)) assert(Object.isFrozen(object));
          for (const [position, entry] of expected.index.entries()) {
            const own = stored.get(entry.itemId);
            if (own === undefined) continue;
            const [json, createdAt] = [expected.canonicalItems[position], expected.itemTimes[position]];
            assert.deepEqual(own, { ...entry, json, createdAt });
            assert(Object.isFrozen(own));
          }
        }
      }
    });
  }

  test('for random packs', () => {
    const id = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('a', '\u{10000}', '\uE000'));
    const items = fc.uniqueArray(
      fc.record({ itemId: id, kind: id, sourceKey: id, content: fc.string({ unit: 'binary' }) }),
      { selector: ({ itemId }) => itemId, maxLength: 60 },
    );
    fc.assert(
      fc.property(items, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (all, isDigest) => {
        const builder = open();
        for (const [at, one] of all.entries()) isDigest[at] ? builder.addDigest(entryOf(one)) : builder.add(one);
        assert.equal(textOf(builder.finish()), textOf(snapshotPack(input, { ...ctx, items: all.toReversed() })));
        builder.free();
      }),
      { numRuns: 500, seed: 20270615 },
    );
  });
});

describe('fixes the identity at the start', () => {
  test('fixes time and identifier', (t) => {
    const builder = new SnapshotBuilder(input, { actor: 'admin', pack });
    const { snapshotId, createdAt } = builder;
    assert.match(snapshotId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2030-01-01T00:00:00Z') });
    assert.equal(builder.add(item('a')).createdAt, createdAt);
    const { record, event } = builder.finish();
    assert.deepEqual([record.createdAt, event.occurredAt, record.snapshotId], [createdAt, createdAt, snapshotId]);
    assert.notEqual(createdAt, '2030-01-01T00:00:00.000Z');
    assert.deepEqual([builder.snapshotId, builder.createdAt, builder.itemCount], [snapshotId, createdAt, 1]);
    builder.free();
    assert.deepEqual([builder.snapshotId, builder.createdAt, builder.itemCount], [snapshotId, createdAt, 1]);
  });

  test('has read-only properties', () => {
    const builder = open();
    for (const name of ['snapshotId', 'createdAt', 'itemCount']) {
      const before = builder[name];
      assert.throws(() => {
        builder[name] = 'x';
      }, TypeError);
      assert.equal(builder[name], before);
    }
    assert.equal(builder.constructor.name, 'SnapshotBuilder');
    assert.throws(() => SnapshotBuilder(input, ctx), TypeError);
  });

  test('derives the identifier from an idempotency key', () => {
    const key = { idemKey: 'i', tenantId: 't' };
    const builder = new SnapshotBuilder(input, { actor: 'admin', pack, ...key });
    assert.equal(builder.snapshotId, api.snapshotIdFor({ ...key, packKey: 'p', packVersion: '1' }));
  });

  test('does not read the context again, and never reads its items', () => {
    const given = {
      ...ctx,
      get items() {
        throw new Error('items were read');
      },
    };
    const builder = new SnapshotBuilder(input, given);
    given.pack = { ...pack, title: 'another' };
    builder.add(item('a'));
    assert.equal(builder.finish().output.hash, hashOf([item('a')]));
  });
});

// E1-3
describe('the constructor refuses what snapshotPack refuses', () => {
  const outright = refusals.filter(
    ({ status, issues = [] }) => status !== 412 && !issues.some(({ path }) => /^items($|\.)/.test(path)),
  );
  test('finds many such vectors', () => assert(outright.length > 100, `${outright.length}`));
  for (const { name, input: asked, ctx: given, code, issues } of outright) {
    // Skips refusals that only have too many issues because of their items.
    if (issues?.at(-1)?.code === 'too_many_issues' && !/^(pack|metadata|packKey)/.test(issues[0].path)) continue;
    test(name, () => {
      const context = decode(given);
      const error = thrownBy(() => new SnapshotBuilder(decode(asked), context));
      const traceId = typeof given?.traceId === 'string' && given.traceId.isWellFormed() ? given.traceId : undefined;
      assertProblem(error, { code, issues, traceId }, api);
    });
  }

  test("lets the host's exceptions pass", () => {
    const hostError = new Error('mine');
    const thrower = (name) =>
      Object.defineProperty({ ...ctx }, name, { get: () => raise(hostError), enumerable: true });
    for (const name of ['actor', 'roles', 'userId', 'now', 'pack', 'traceId']) {
      assert.equal(
        thrownBy(() => new SnapshotBuilder(input, thrower(name))),
        hostError,
      );
    }
    assert.equal(open().finish().output.itemCount, 0);
  });
});

describe('a refused item changes nothing', () => {
  const ofItems = refusals.filter(({ issues = [] }) => issues.some(({ path }) => /^items\.\d+/.test(path)));

  for (const { name, input: asked, ctx: given } of ofItems) {
    test(name, () => {
      const context = decode(given);
      const builder = new SnapshotBuilder(decode(asked), { ...context, traceId: 't-1' });
      const good = [];
      for (const one of context.items) {
        const count = builder.itemCount;
        try {
          builder.add(one);
          good.push(one);
        } catch (error) {
          assertProblem(error, { code: 'VALIDATION_FAILED', issues: error.issues, traceId: 't-1' }, api);
          for (const { path } of error.issues) assert(path === '' || path.startsWith(`items.${count}`), path);
          assert.equal(builder.itemCount, count);
        }
        if (good.length + 110 < builder.itemCount) break;
      }
      assert.equal(builder.itemCount, good.length);
      const sources = context.pack.sources?.some(({ required }) => required);
      if (sources) return;
      const rest = { ...context, traceId: 't-1', items: good };
      const [built, packed] = [builder.finish(), snapshotPack(decode(asked), rest)];
      assert.deepEqual(built.index, packed.index);
      assert.equal(built.output.hash, packed.output.hash);
    });
  }

  test('reports a single invalid item with the issues of snapshotPack', () => {
    let compared = 0;
    for (const { input: asked, ctx: given, issues } of ofItems) {
      const at = Number(/^items\.(\d+)/.exec(issues[0].path)[1]);
      if (issues.some(({ path }) => path !== '' && !path.startsWith(`items.${at}`))) continue;
      const context = decode(given);
      const builder = new SnapshotBuilder(decode(asked), context);
      const items = [...context.items];
      for (const one of items.slice(0, at)) builder.add(one);
      const error = thrownBy(() => builder.add(items[at]));
      assert.deepEqual(
        error.issues,
        issues.map((issue, position) => ({ ...error.issues[position], ...issue })),
      );
      compared++;
    }
    assert(compared > 100, `${compared}`);
  });

  test('refuses duplicates, however each was added', () => {
    for (const first of ['add', 'addDigest']) {
      for (const second of ['add', 'addDigest']) {
        const builder = open();
        const give = (method, one) => builder[method](method === 'add' ? one : entryOf(one));
        give('add', item('before'));
        give(first, item('a'));
        const error = thrownBy(() => give(second, item('a', { content: 'another' })));
        const issue = { path: 'items.2.itemId', code: 'duplicate', message: 'Duplicate itemId: also at items.1' };
        assertProblem(error, { code: 'VALIDATION_FAILED', issues: [issue] }, api);
        give(second, item('b'));
        assert.equal(builder.finish().output.hash, hashOf([item('a'), item('b'), item('before')]));
      }
    }
  });

  test('does not count a refused item for duplicates or for sources', () => {
    const sources = [{ kind: 'k', key: 's', required: true }];
    const builder = open({ pack: { ...pack, sources } });
    builder.add(item('other', { kind: 'q' }));
    assert.throws(() => builder.add(item('a', { content: 5 })), { status: 422 });
    assert.throws(() => builder.add(item('other')), { status: 422 });
    assert.throws(() => builder.addDigest({ ...entryOf(item('a')), digest: 'x' }), { status: 422 });
    assert.throws(() => builder.finish(), { status: 412 });
    builder.add(item('a'));
    assert.equal(builder.finish().output.itemCount, 2);
  });

  const long = `sha256:${'0'.repeat(64)}`;
  const badDigest = 'Invalid digest: expected sha256: and 64 lower-case hex digits';
  for (const [what, change, issues] of [
    ['upper case', { digest: long.replace('0', 'A') }, [['digest', 'invalid_format', badDigest]]],
    ['upper case in the name', { digest: long.replace('s', 'S') }, [['digest', 'invalid_format', badDigest]]],
    ['one digit too few', { digest: long.slice(0, -1) }, [['digest', 'invalid_format', badDigest]]],
    ['one digit too many', { digest: `${long}0` }, [['digest', 'invalid_format', badDigest]]],
    ['another hash', { digest: `sha512:${'0'.repeat(64)}` }, [['digest', 'invalid_format', badDigest]]],
    ['no prefix', { digest: '0'.repeat(64) }, [['digest', 'invalid_format', badDigest]]],
    ['an empty digest', { digest: '' }, [['digest', 'invalid_format', badDigest]]],
    [
      'no digest',
      { digest: undefined },
      [['digest', 'invalid_type', 'Invalid input: expected string, received undefined']],
    ],
    ['bytes', { digest: new Uint8Array(32) }, [['digest', 'invalid_type']]],
    ['an empty itemId', { itemId: '' }, [['itemId', 'too_small']]],
    [
      'an unpaired surrogate',
      { itemId: '\ud800' },
      [['itemId', 'invalid_format', 'Invalid string: unpaired surrogate at index 0']],
    ],
    [
      'no kind and an empty source',
      { kind: null, sourceKey: '' },
      [
        ['kind', 'invalid_type'],
        ['sourceKey', 'too_small'],
      ],
    ],
    ['a sourceVersion that is null', { sourceVersion: null }, [['sourceVersion', 'invalid_type']]],
    [
      'all of these',
      { itemId: 1, digest: 1, kind: 1, sourceKey: 1, sourceVersion: 1 },
      [
        ['itemId', 'invalid_type'],
        ['digest', 'invalid_type'],
        ['kind', 'invalid_type'],
        ['sourceKey', 'invalid_type'],
        ['sourceVersion', 'invalid_type'],
      ],
    ],
  ]) {
    test(`addDigest refuses ${what}`, () => {
      const builder = open();
      builder.add(item('z'));
      const error = thrownBy(() => builder.addDigest({ ...entryOf(item('a')), ...change }));
      const wanted = issues.map(([name, code, message]) => ({
        path: `items.1.${name}`,
        code,
        ...(message !== undefined && { message }),
      }));
      assertProblem(error, { code: 'VALIDATION_FAILED', issues: wanted }, api);
      assert.equal(builder.itemCount, 1);
      builder.addDigest(entryOf(item('a')));
      assert.equal(builder.finish().output.hash, hashOf([item('a'), item('z')]));
    });
  }

  test('addDigest refuses values that are not objects', () => {
    const builder = open();
    for (const value of [undefined, null, 5, 'text', [], () => 1, 1n, Symbol('s')]) {
      const { issues } = thrownBy(() => builder.addDigest(value));
      assert.equal(issues.length, 1);
      assert.deepEqual([issues[0].path, issues[0].code], ['items.0', 'invalid_type']);
      assert.throws(() => builder.add(value), SnapshotError);
    }
    assert.equal(builder.finish().output.hash, hashOf([]));
  });

  test('lets the exception of an item pass as the same object', () => {
    const builder = open();
    builder.add(item('a'));
    for (const hostError of [
      new Error('mine'),
      'text',
      null,
      undefined,
      5,
      new SnapshotError({ code: 'CONFLICT', detail: 'y' }),
    ]) {
      const thrower = () => {
        throw hostError;
      };
      for (const name of ['itemId', 'kind', 'content', 'createdAt', 'metadata']) {
        let caught = 'nothing';
        try {
          builder.add(Object.defineProperty(item('b'), name, { get: thrower }));
        } catch (error) {
          caught = error;
        }
        assert.equal(caught, hostError);
      }
      assert.throws(
        () => builder.addDigest(Object.defineProperty(entryOf(item('b')), 'digest', { get: thrower })),
        (error) => Object.is(error, hostError),
      );
      const hidden = new Proxy({}, { ownKeys: thrower });
      assert.throws(
        () => builder.add(item('b', { content: hidden })),
        (error) => Object.is(error, hostError),
      );
    }
    assert.equal(builder.itemCount, 1);
    builder.add(item('b'));
    assert.equal(builder.finish().output.hash, hashOf([item('a'), item('b')]));
  });
});

describe('required sources', () => {
  const sources = [
    { kind: 'docblock', key: 'docs/a', required: true },
    { kind: 'schema', key: 'db', version: '2', required: true },
    { kind: 'schema', key: 'not needed' },
  ];
  const ofPack = { pack: { ...pack, sources } };
  const first = item('a', { kind: 'docblock', sourceKey: 'docs/a' });
  const second = item('b', { kind: 'schema', sourceKey: 'db', sourceVersion: '2' });

  for (const methods of ['add add', 'add addDigest', 'addDigest add', 'addDigest addDigest'].map((all) =>
    all.split(' '),
  )) {
    test(`accepts an item for a required source after finish has refused: ${methods.join(' and ')}`, () => {
      const builder = open({ ...ofPack, traceId: 't' });
      const hint = '; an item of this kind and key has version 1';
      const missing = (position, name) => ({
        path: `pack.sources.${position}`,
        code: 'missing_source',
        message: `Required source has no item: ${name}`,
      });
      const refused = (...issues) =>
        assertProblem(
          thrownBy(() => builder.finish()),
          { code: 'PRECONDITION_FAILED', issues, traceId: 't' },
          api,
        );
      refused(missing(0, 'docblock docs/a'), missing(1, 'schema db@2'));
      builder.add(item('c', { kind: 'schema', sourceKey: 'db', sourceVersion: '1' }));
      builder.add(item('d', { kind: 'schema', sourceKey: 'db' }));
      const give = (method, one) => builder[method](method === 'add' ? one : entryOf(one));
      give(methods[0], first);
      refused(missing(1, `schema db@2${hint}`));
      refused(missing(1, `schema db@2${hint}`));
      give(methods[1], second);
      const { record, output } = builder.finish();
      assert.equal(record.itemCount, 4);
      const items = [
        first,
        second,
        item('c', { kind: 'schema', sourceKey: 'db', sourceVersion: '1' }),
        item('d', { kind: 'schema', sourceKey: 'db' }),
      ];
      assert.equal(output.hash, hashOf(items, ofPack));
      assert.throws(() => builder.finish(), /finished/);
    });
  }
});

describe('after finish and free', () => {
  const methods = {
    add: (builder) => builder.add(item('b')),
    addDigest: (builder) => builder.addDigest(entryOf(item('b'))),
    finish: (builder) => builder.finish(),
  };
  const isPlainError = (error) => error instanceof Error && !(error instanceof SnapshotError) && error.message !== '';

  for (const [name, call] of Object.entries(methods)) {
    test(`refuses ${name} after finish, and after free`, () => {
      const builder = open();
      builder.add(item('a'));
      const { output } = builder.finish();
      assert.throws(() => call(builder), isPlainError);
      assert.throws(() => call(builder), isPlainError);
      assert.equal(builder.itemCount, 1);
      builder.free();
      builder.free();
      assert.throws(() => call(builder), isPlainError);
      // Earlier results stay valid.
      assert.equal(output.hash, hashOf([item('a')]));
      const other = open();
      other.free();
      assert.throws(() => call(other), isPlainError);
    });
  }

  test('does not read an item after finish', () => {
    const builder = open();
    builder.finish();
    let looked = false;
    const curious = {
      get itemId() {
        looked = true;
        return 'a';
      },
    };
    assert.throws(() => builder.add(curious), isPlainError);
    assert.throws(() => builder.addDigest(curious), isPlainError);
    assert.equal(looked, false);
  });

  test('supports `using`', () => {
    const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
    const builder = open();
    builder[dispose]();
    builder[dispose]();
    builder.free();
    assert.throws(() => builder.add(item('a')), isPlainError);
  });

  test('builds the index on first read, even after free', () => {
    const builder = open();
    builder.add(item('b'));
    builder.add(item('a'));
    const snapshot = builder.finish();
    builder.free();
    assert.deepEqual(snapshot.index, snapshotPack(input, { ...ctx, items: [item('a'), item('b')] }).index);
    assert.equal(snapshot.index, snapshot.index);
  });
});

describe('the code of an item calls back', () => {
  const calling = (itemId, run) => ({
    ...item(itemId),
    get content() {
      run();
      return { of: itemId };
    },
  });

  test('adds other items to the same builder', () => {
    const builder = open();
    const deep = calling('a', () => builder.add(calling('b', () => builder.addDigest(entryOf(item('c'))))));
    assert.equal(builder.add(deep).itemId, 'a');
    assert.equal(builder.itemCount, 3);
    assert.equal(builder.finish().output.hash, hashOf(['a', 'b', 'c'].map((id) => item(id))));
  });

  test('adds the same item', () => {
    const builder = open();
    const issue = { path: 'items.1.itemId', code: 'duplicate', message: 'Duplicate itemId: also at items.0' };
    const error = thrownBy(() => builder.add(calling('a', () => builder.add(item('a')))));
    assertProblem(error, { code: 'VALIDATION_FAILED', issues: [issue] }, api);
    assert.equal(builder.itemCount, 1);
    assert.equal(builder.finish().output.hash, hashOf([item('a')]));
  });

  test('finishes: the snapshot lacks the item, which is refused', () => {
    const builder = open();
    builder.add(item('a'));
    let made;
    assert.throws(() => builder.add(calling('b', () => (made = builder.finish()))), /finished/);
    assert.equal(made.output.hash, hashOf([item('a')]));
    assert.equal(builder.itemCount, 1);
  });

  test('frees: waits for the running call', () => {
    for (const method of ['add', 'addDigest']) {
      const builder = open();
      const entry = entryOf(item('a'));
      const one = { ...item('a'), digest: entry.digest };
      Object.defineProperty(one, 'kind', {
        get: () => {
          builder.free();
          builder.free();
          assert.throws(() => builder.add(item('x')), /freed/);
          return 'k';
        },
      });
      builder[method](one);
      assert.throws(() => builder.add(item('x')), /freed/);
      assert.throws(() => builder.finish(), /freed/);
      builder.free();
    }
    assert.equal(open().finish().output.hash, hashOf([]));
  });

  test('calls snapshotPack and another builder, then throws', () => {
    const builder = open();
    const other = open({ snapshotId: 's-2' });
    const hostError = new Error('mine');
    const error = thrownBy(() =>
      builder.add(
        calling('a', () => {
          other.add(item('o'));
          assert.equal(hashOf([item('n')]), hashOf([item('n')]));
          assert.throws(() => builder.add({}), SnapshotError);
          builder.add(item('b'));
          throw hostError;
        }),
      ),
    );
    assert.equal(error, hostError);
    assert.equal(builder.finish().output.hash, hashOf([item('b')]));
    assert.equal(other.finish().output.hash, hashOf([item('o')]));
  });

  test('works in the constructor, too', () => {
    let inner;
    const given = {
      ...ctx,
      get pack() {
        inner ??= open({ snapshotId: 's-2' });
        inner.add(item('a'));
        return pack;
      },
    };
    const builder = new SnapshotBuilder(input, given);
    assert.equal(builder.finish().output.itemCount, 0);
    assert.equal(inner.finish().output.itemCount, 1);
  });
});

test('runs many builders at once, item by item in turn', () => {
  const builders = Array.from({ length: 20 }, (_, number) => open({ snapshotId: `s-${number}` }));
  for (let round = 0; round < 50; round++) {
    for (const [number, builder] of builders.entries())
      builder.add(item(`${round}`, { content: `${number} ${round}` }));
  }
  for (const [number, builder] of builders.entries()) {
    const items = Array.from({ length: 50 }, (_, round) => item(`${round}`, { content: `${number} ${round}` }));
    assert.equal(builder.finish().output.hash, hashOf(items));
    builder.free();
  }
});

test('needs at most 96 bytes per item and 4 MB, and keeps nothing of builders that were freed or finished', async () => {
  const { before, held, freed, reused, after, count } = await inChild(`
    const memories = [];
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(...args) {
        super(...args);
        for (const thing of Object.values(this.exports)) if (thing instanceof WebAssembly.Memory) memories.push(thing);
      }
    };
    const { SnapshotBuilder, digestItem } = await import('@lssm-tech/lib.context-snapshot');
    const size = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    const pack = { packKey: 'p', version: '1', title: 't' };
    const open = () => new SnapshotBuilder({ packKey: 'p' }, { actor: 'admin', pack });
    const text = 'x'.repeat(900);
    const item = (number) => ({ itemId: 'item/' + (number * 7919) % 100000, kind: 'k', sourceKey: 's', content: { text, number } });
    const small = open();
    small.add(item(0));
    small.finish();
    small.free();
    const before = size();
    const fill = () => {
      const builder = open();
      for (let number = 0; number < 100000; number++) builder.add(item(number));
      return builder;
    };
    const builder = fill();
    const held = size();
    const count = builder.finish().index.length;
    builder.free();
    // Freed memory is fragmented: after two more builders, all of it is reusable in one piece.
    const more = () => {
      for (let round = 0; round < 3; round++) {
        const again = fill();
        if (round !== 1) again.finish();
        again.free();
      }
      return size();
    };
    const freed = more();
    const reused = more();
    const thrower = { get content() { throw 'mine'; } };
    for (let round = 0; round < 1000; round++) {
      const some = open();
      for (let number = 0; number < 10; number++) {
        some.add(item(number));
        try { some.add(item(number)); } catch {}
        try { some.add(thrower); } catch {}
      }
      some.addDigest({ ...digestItem(item(11)), kind: 'k', sourceKey: 's' });
      if (round % 3 !== 0) some.finish();
      if (round % 3 === 2) some.add = undefined;
      some.free();
    }
    report({ before, held, freed, reused, after: size(), count });`);
  assert.equal(count, 100_000);
  assert(before > 0);
  assert(held - before <= 96 * 100_000 + 4 * 2 ** 20, `${held - before} bytes for 100,000 items`);
  assert.equal(reused, freed);
  assert.equal(after, freed);
});

test('releases the memory of builders that are collected without free', async () => {
  const { first, last } = await inChild(
    `
    const memories = [];
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(...args) {
        super(...args);
        for (const thing of Object.values(this.exports)) if (thing instanceof WebAssembly.Memory) memories.push(thing);
      }
    };
    const { SnapshotBuilder } = await import('@lssm-tech/lib.context-snapshot');
    const pack = { packKey: 'p', version: '1', title: 't' };
    const round = async () => {
      for (let count = 0; count < 20; count++) {
        const builder = new SnapshotBuilder({ packKey: 'p' }, { actor: 'admin', pack });
        for (let number = 0; number < 2000; number++) {
          builder.add({ itemId: String(number), kind: 'k', sourceKey: 's', content: 'x' });
        }
      }
      for (let wait = 0; wait < 5; wait++) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return memories[0].buffer.byteLength;
    };
    await round();
    const first = await round();
    let last;
    for (let count = 0; count < 10; count++) last = await round();
    report({ first, last });`,
    '--expose-gc',
  );
  assert(last - first < 3 * 2 ** 20, `${first} to ${last}`);
});

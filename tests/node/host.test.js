// Tests host code in the middle of ours: getters, proxies, iterators, nested calls, endless values.
//
// Why: such code runs while a snapshot is half made. Its exceptions must come out unchanged, each value must be read once, and
// nothing it does may affect the next call.
//
// How: iterators are compared, step by step, with a real `for … of`. Everything else is counted, or made to throw at each
// place in turn, with a good call after each bad one. Tests that need gigabytes run in processes of their own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import {
  canonicalize,
  digest,
  digestItem,
  SnapshotError,
  snapshotIdFor,
  snapshotPack,
} from '@lssm-tech/lib.context-snapshot';
import { inChild } from './support/child.js';
import { thrownBy } from './support/expect.js';

const goodItem = (itemId) => ({
  itemId,
  kind: 'docblock',
  sourceKey: `docs/${itemId}`,
  sourceVersion: '1',
  content: { x: { y: [1, { z: 'text' }] } },
  textContent: 'text',
  metadata: { a: [true, null] },
  createdAt: '2027-01-01T00:00:00Z',
});
/** Makes an input and a context in which every optional member has a value. */
const fresh = () => ({
  input: { packKey: 'p', packVersion: '1', reason: 'r', requestedBy: 'q', metadata: { a: { b: 1 }, list: [1, 2] } },
  ctx: {
    actor: 'user',
    roles: ['viewer', 'admin'],
    decision: { effect: 'allow', reason: 'rule' },
    traceId: 't',
    userId: 'u',
    tenantId: 'n',
    organizationId: 'o',
    workspaceId: 'w',
    channel: 'c',
    idemKey: 'i',
    now: '2027-06-15T08:30:00Z',
    snapshotId: 's',
    parent: `sha256:${'00'.repeat(32)}`,
    pack: {
      packKey: 'p',
      version: '1',
      title: 't',
      description: 'd',
      owners: ['o', 'p'],
      tags: ['a'],
      sources: [{ kind: 'docblock', key: 'docs/a', version: '1', required: true, description: 'd' }],
    },
    items: [goodItem('b'), goodItem('a')],
  },
});
const run = ({ input, ctx }) => snapshotPack(input, ctx);
const good = run(fresh());
const assertUnharmed = () =>
  assert.equal(run(fresh()).record.metadata.$snapshot.seal, good.record.metadata.$snapshot.seal);

/** Boxes what was thrown, because it may be undefined. */
function caught(attempt) {
  try {
    attempt();
  } catch (error) {
    return { error };
  }
  return undefined;
}

// E0-2
describe("the host's exceptions come out unchanged", () => {
  const THROWN = [
    new Error('the host’s'),
    new TypeError('the host’s'),
    thrownBy(() => canonicalize(undefined)),
    Object.freeze({ code: 'MINE' }),
    ...['text', undefined, null, 0, Number.NaN, Symbol('s'), () => 1],
  ];

  /** Replaces a member by a getter that throws. */
  const spoil = (object, name, boom) => {
    const get = () => {
      throw boom;
    };
    Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
  };
  /** Makes a proxy with one trap that throws. */
  const trapped = (target, trap, boom) =>
    new Proxy(target, {
      [trap]() {
        throw boom;
      },
    });

  const places = {};
  const at = (name, find, member) => {
    places[name] = (parts, boom) => spoil(find(parts), member, boom);
  };
  const example = fresh();
  for (const member of Object.keys(example.input)) at(`input.${member}`, ({ input }) => input, member);
  for (const member of Object.keys(example.ctx)) at(`ctx.${member}`, ({ ctx }) => ctx, member);
  for (const member of ['effect', 'reason']) at(`decision.${member}`, ({ ctx }) => ctx.decision, member);
  at('an element of roles', ({ ctx }) => ctx.roles, 1);
  at('a member of metadata', ({ input }) => input.metadata.a, 'b');
  at('an element in metadata', ({ input }) => input.metadata.list, 1);
  for (const member of Object.keys(example.ctx.pack)) at(`pack.${member}`, ({ ctx }) => ctx.pack, member);
  at('pack.then', ({ ctx }) => ctx.pack, 'then');
  for (const member of ['owners', 'tags', 'sources']) at(`an element of ${member}`, ({ ctx }) => ctx.pack[member], 0);
  for (const member of Object.keys(example.ctx.pack.sources[0])) {
    at(`source.${member}`, ({ ctx }) => ctx.pack.sources[0], member);
  }
  for (const member of Object.keys(goodItem('a'))) at(`item.${member}`, ({ ctx }) => ctx.items[1], member);
  at('item.then', ({ ctx }) => ctx.items[1], 'then');
  at('an item', ({ ctx }) => ctx.items, 1);
  at('deep in content', ({ ctx }) => ctx.items[1].content.x.y[1], 'z');
  at('an element in content', ({ ctx }) => ctx.items[1].content.x.y, 0);
  at('deep in the metadata of an item', ({ ctx }) => ctx.items[0].metadata.a, 1);
  at('the iterator of items', ({ ctx }) => ctx.items, Symbol.iterator);
  for (const trap of ['get', 'getPrototypeOf']) {
    places[`${trap} of input`] = (parts, boom) => {
      parts.input = trapped(parts.input, trap, boom);
    };
    places[`${trap} of ctx`] = (parts, boom) => {
      parts.ctx = trapped(parts.ctx, trap, boom);
    };
    places[`${trap} of pack`] = ({ ctx }, boom) => {
      ctx.pack = trapped(ctx.pack, trap, boom);
    };
    places[`${trap} of an item`] = ({ ctx }, boom) => {
      ctx.items[1] = trapped(ctx.items[1], trap, boom);
    };
  }
  for (const trap of ['get', 'getPrototypeOf', 'ownKeys']) {
    places[`${trap} of content`] = ({ ctx }, boom) => {
      ctx.items[1].content = trapped(ctx.items[1].content, trap, boom);
    };
    places[`${trap} inside metadata`] = ({ input }, boom) => {
      input.metadata.a = trapped(input.metadata.a, trap, boom);
    };
  }
  places['get of an array'] = ({ ctx }, boom) => {
    ctx.items[0].content.x.y = trapped([1], 'get', boom);
  };
  places['the class of a refused value'] = ({ ctx }, boom) => {
    const prototype = {};
    spoil(prototype, 'constructor', boom);
    ctx.items[1].content.x = Object.create(prototype);
  };

  for (const [name, place] of Object.entries(places)) {
    test(`from ${name}`, () => {
      for (const boom of THROWN) {
        const parts = fresh();
        place(parts, boom);
        const outcome = caught(() => run(parts));
        assert(outcome !== undefined, 'nothing was thrown');
        assert(Object.is(outcome.error, boom));
        assertUnharmed();
      }
    });
  }

  test('from the other functions', () => {
    for (const boom of THROWN) {
      const object = {};
      spoil(object, 'a', boom);
      const array = [1, 2];
      spoil(array, 1, boom);
      const item = goodItem('a');
      spoil(item, 'content', boom);
      const key = { idemKey: 'i', packKey: 'p' };
      spoil(key, 'packVersion', boom);
      for (const attempt of [
        () => canonicalize(object),
        () => canonicalize([[array]]),
        () => digest(object),
        () => digest({ array }),
        () => digestItem(item),
        () => digestItem({ ...goodItem('a'), content: object }),
        () => snapshotIdFor(key),
        () => canonicalize(trapped({}, 'ownKeys', boom)),
      ]) {
        const outcome = caught(attempt);
        assert(outcome !== undefined && Object.is(outcome.error, boom));
        assert.equal(canonicalize({ b: 1, a: [2] }), '{"a":[2],"b":1}');
      }
      assertUnharmed();
    }
  });
});

describe('items are iterated as by for … of', () => {
  const boom = new Error('the host’s');
  const fail = () => {
    throw boom;
  };

  /** Makes an iterable that records every access. `faults` overrides what happens at a step. */
  function noted(items, faults, log) {
    const step = (name, otherwise) => {
      log.push(name);
      return Object.hasOwn(faults, name) ? faults[name]() : otherwise();
    };
    const watch = (target, of) =>
      new Proxy(target, {
        get: (_, name, receiver) => step(`get ${String(name)}${of}`, () => Reflect.get(target, name, receiver)),
        has: (_, name) => assert.fail(`has ${String(name)}`),
        getPrototypeOf: () => assert.fail('getPrototypeOf'),
      });
    let count = 0;
    const iterator = watch(
      {
        next(...args) {
          assert.equal(this, iterator);
          assert.equal(args.length, 0);
          const at = count++;
          const result = watch({ done: at >= items.length, value: items[at] }, ` ${at}`);
          return step(`next ${at}`, () => result);
        },
        return(...args) {
          assert.equal(this, iterator);
          assert.equal(args.length, 0);
          return step('return', () => ({}));
        },
      },
      '',
    );
    const iterable = new Proxy(
      {},
      {
        get(_, name) {
          assert.equal(name, Symbol.iterator);
          return step(
            'get iterator',
            () =>
              function (...args) {
                assert.equal(this, iterable);
                assert.equal(args.length, 0);
                return step('open', () => iterator);
              },
          );
        },
      },
    );
    return iterable;
  }

  const wrong = (value) => () => value;
  const FAULTS = {
    none: {},
    'no iterator': { 'get iterator': fail },
    'not opened': { open: fail },
    'opened as a number': { open: wrong(5) },
    'opened as nothing': { open: wrong(undefined) },
    'opened as a function': { open: wrong(Object.assign(() => 1, { next: () => ({ done: true }) })) },
    'no next': { 'get next': fail },
    'an undefined next': { 'get next': wrong(undefined) },
    'a next that is a number': { 'get next': wrong(5) },
    'next throws at once': { 'next 0': fail },
    'next throws later': { 'next 1': fail },
    'next gives a number': { 'next 1': wrong(5) },
    'next gives nothing': { 'next 0': wrong(undefined) },
    'next gives null': { 'next 1': wrong(null) },
    'next gives a function': { 'next 1': wrong(Object.assign(() => 1, { done: true })) },
    'next gives an empty object, once': { 'next 3': wrong({ done: 'yes' }) },
    'done throws': { 'get done 0': fail },
    'done throws later': { 'get done 2': fail },
    'done is truthy': { 'get done 1': wrong('yes') },
    'value throws': { 'get value 0': fail },
    'value throws later': { 'get value 2': fail },
    'no return': { 'get return': wrong(undefined) },
    'return is null': { 'get return': wrong(null) },
    'return is a number': { 'get return': wrong(5) },
    'return cannot be read': { 'get return': fail },
    'return throws': { return: fail },
    'return gives a number': { return: wrong(5) },
    'return gives nothing': { return: wrong(undefined) },
  };
  const own = new Error('an item’s');
  const spoilt = { ...goodItem('c') };
  Object.defineProperty(spoilt, 'content', {
    get() {
      throw own;
    },
  });
  const SCENARIOS = {
    'to the end': [goodItem('a'), goodItem('b'), goodItem('d')],
    'without items': [],
    'until there are too many issues': Array(150).fill(5),
    'until the last, which is one issue too many': Array(101).fill(5),
    'with exactly as many issues as are listed': Array(100).fill(5),
    'until an item throws': [goodItem('a'), goodItem('b'), spoilt, goodItem('d')],
    'until the first throws': [spoilt],
  };

  /** Runs the same loop with the real `for … of`. */
  function reference(iterable) {
    let issues = 0;
    for (const item of iterable) {
      void item.content;
      if (item === 5) issues++;
      if (issues > 100) break;
    }
  }

  for (const [scenario, items] of Object.entries(SCENARIOS)) {
    test(scenario, () => {
      for (const [fault, faults] of Object.entries(FAULTS)) {
        const [ours, theirs] = [[], []];
        const expected = caught(() => reference(noted(items, faults, theirs)));
        const { input, ctx } = fresh();
        ctx.pack.sources = undefined;
        ctx.items = noted(items, faults, ours);
        const outcome = caught(() => snapshotPack(input, ctx));
        assert.deepEqual(ours, theirs, `${scenario}, ${fault}`);
        if (expected === undefined) {
          const issues = outcome?.error.issues ?? [];
          assert(outcome === undefined || outcome.error instanceof SnapshotError);
          const wrongItems = Math.min(ours.filter((step) => step.startsWith('get value')).length, 101);
          assert.equal(issues.length, items.includes(5) ? wrongItems : 0);
        } else if (expected.error === boom || expected.error === own) {
          assert.equal(outcome?.error, expected.error, `${scenario}, ${fault}`);
        } else {
          assert(expected.error instanceof TypeError && outcome?.error instanceof TypeError, `${scenario}, ${fault}`);
        }
        assertUnharmed();
      }
    });
  }

  test('iterates everything that is iterable', () => {
    const items = [goodItem('b'), goodItem('a')];
    class Store {
      #items = items;
      [Symbol.iterator]() {
        return this.#items.values();
      }
    }
    function* generate() {
      yield* items;
    }
    const map = new Map(items.map((item) => [item.itemId, item]));
    const foreign = Object.assign(Object.create(null), { [Symbol.iterator]: () => items[Symbol.iterator]() });
    const own = Object.assign([5], { [Symbol.iterator]: generate });
    for (const iterable of [
      ...[items, Object.freeze([...items]), generate(), map.values(), new Set(items), new Store(), items.values()],
      ...[new Proxy(items, {}), foreign, own, runInNewContext('(function () { return arguments; })')(...items)],
    ]) {
      const { input, ctx } = fresh();
      const snapshot = snapshotPack(input, { ...ctx, items: iterable });
      assert.equal(snapshot.output.hash, good.output.hash);
    }
    const parts = fresh();
    parts.ctx.items = map;
    assert.equal(thrownBy(() => run(parts)).issues.length, 2);
  });

  // E5-6
  test('ends a generator if reading stops', () => {
    for (const [make, code] of [
      [() => 5, 'VALIDATION_FAILED'],
      [() => spoilt, undefined],
    ]) {
      let [ended, given] = [false, 0];
      function* generate() {
        try {
          for (;;) {
            given++;
            yield make();
          }
        } finally {
          ended = true;
        }
      }
      const { input, ctx } = fresh();
      const { error } = caught(() => snapshotPack(input, { ...ctx, items: generate() }));
      assert.equal(error.code, code);
      assert(ended);
      assert.equal(given, code === undefined ? 1 : 101);
    }
  });

  test('iterates nothing before the pack is valid', () => {
    const never = { [Symbol.iterator]: () => assert.fail('iterated') };
    for (const change of [
      { pack: null },
      { pack: { packKey: 'p', version: '1' } },
      { now: 'x' },
      { actor: 'user', roles: [] },
    ]) {
      const { input, ctx } = fresh();
      assert.throws(() => snapshotPack(input, { ...ctx, ...change, items: never }), SnapshotError);
    }
  });
});

// F7.3-2
describe('reads every value once', () => {
  /** Wraps a value in proxies that count the reads of each member of each object. */
  function counted(value, reads, path = '') {
    if (typeof value !== 'object' || value === null) return value;
    return new Proxy(value, {
      get(target, name, receiver) {
        const place = `${path}.${String(name)}`;
        reads.set(place, (reads.get(place) ?? 0) + 1);
        const member = Reflect.get(target, name, receiver);
        return typeof name === 'symbol' ? member : counted(member, reads, place);
      },
    });
  }

  test('in a good call', () => {
    const reads = new Map();
    const { input, ctx } = fresh();
    const snapshot = snapshotPack(counted(input, reads, 'input'), counted(ctx, reads, 'ctx'));
    assert.deepEqual(snapshot.record, good.record);
    for (const [place, count] of reads) {
      // The array's own iterator reads the length before each item.
      if (place !== 'ctx.items.length') assert.equal(count, 1, place);
    }
    const everything = (value, path) =>
      typeof value !== 'object' || value === null
        ? [path]
        : [path, ...Object.entries(value).flatMap(([name, member]) => everything(member, `${path}.${name}`))];
    for (const place of [...everything(input, 'input'), ...everything(ctx, 'ctx')].filter((path) =>
      path.includes('.'),
    )) {
      assert.equal(reads.get(place), 1, place);
    }
  });

  test('in a refused call', () => {
    const reads = new Map();
    const { input, ctx } = fresh();
    ctx.items[0].content.x.y.push(Number.NaN);
    ctx.items[1].kind = 5;
    const error = thrownBy(() => snapshotPack(counted(input, reads, 'input'), counted(ctx, reads, 'ctx')));
    assert.equal(error.issues.length, 2);
    for (const [place, count] of reads) if (place !== 'ctx.items.length') assert.equal(count, 1, place);
  });

  test('once for each occurrence', () => {
    let reads = 0;
    const shared = {
      get a() {
        reads++;
        return reads;
      },
    };
    assert.equal(canonicalize([shared, { shared }, shared]), '[{"a":1},{"shared":{"a":2}},{"a":3}]');
    const item = { ...goodItem('a'), content: shared, metadata: { shared } };
    assert.equal(JSON.parse(digestItem(item).json).content.a, 4);
    assert.equal(reads, 5);
  });

  test('and hashes what it read', () => {
    let turn = 0;
    const fickle = {
      get text() {
        turn++;
        return turn % 2 === 1 ? 'first' : Number.NaN;
      },
    };
    const { json, digest: itemDigest } = digestItem({ itemId: 'a', kind: 'k', sourceKey: 's', content: fickle });
    assert.equal(JSON.parse(json).content.text, 'first');
    assert.equal(itemDigest, digestItem(JSON.parse(json)).digest);
    assert.equal(turn, 1);
  });
});

describe('nested calls', () => {
  const KEY = { idemKey: 'i', packKey: 'p', packVersion: '1' };

  /** Returns the results of every function, whose values all run `inside` while they are read. */
  function everything(inside) {
    const hook = (value) => ({
      get: () => {
        inside();
        return value;
      },
      enumerable: true,
      configurable: true,
    });
    const { input, ctx } = fresh();
    Object.defineProperty(ctx, 'actor', hook(ctx.actor));
    Object.defineProperty(input, 'reason', hook(input.reason));
    Object.defineProperty(input.metadata.a, 'b', hook(1));
    Object.defineProperty(ctx.pack, 'title', hook('t'));
    const [first, second] = ctx.items;
    Object.defineProperty(second, 'itemId', hook('a'));
    Object.defineProperty(second.content.x.y[1], 'z', hook('text'));
    ctx.items = {
      *[Symbol.iterator]() {
        yield first;
        inside();
        yield second;
      },
    };
    const value = Object.defineProperty({ b: [1] }, 'a', hook({ c: null }));
    return {
      record: snapshotPack(input, ctx).record,
      item: digestItem(second),
      json: canonicalize([value, 'text']),
      digest: digest(value),
      id: snapshotIdFor(Object.defineProperty({ ...KEY }, 'packKey', hook('p'))),
    };
  }
  const plain = everything(() => {});
  assert.deepEqual(plain.record, good.record);

  test('work to a depth of three, at every place', () => {
    let calls = 0;
    const nest = (level) => {
      calls++;
      const results = everything(() => {
        if (level > 0) nest(level - 1);
      });
      assert.deepEqual(results, plain);
    };
    nest(3);
    assert(calls > 1000);
  });

  test('may throw, and their exceptions may be swallowed', () => {
    const own = new Error('the host’s');
    const results = everything(() => {
      assert.throws(() => snapshotPack({ packKey: 5 }, { actor: 'admin' }), SnapshotError);
      assert.throws(() => canonicalize({ b: Number.NaN }), SnapshotError);
      const spoilt = {
        get a() {
          throw own;
        },
      };
      assert.throws(() => digest([spoilt]), own);
      const parts = fresh();
      parts.ctx.items[1].content = spoilt;
      assert.throws(() => run(parts), own);
    });
    assert.deepEqual(results, plain);
  });

  test('may throw through all outer calls', () => {
    const own = new Error('the host’s');
    const nest = (level) =>
      everything(() => {
        if (level === 0) throw own;
        nest(level - 1);
      });
    assert.equal(
      thrownBy(() => nest(20)),
      own,
    );
    assert.deepEqual(
      everything(() => {}),
      plain,
    );
  });

  test('may grow the memory under the outer one', () => {
    const large = ['x'.repeat(3_000_000), ...Array(50_000).fill({ a: 0.5 })];
    const json = JSON.stringify(large);
    let times = 0;
    const results = everything(() => {
      if (times++ < 12) assert.equal(canonicalize(large), json);
    });
    assert.deepEqual(results, plain);
  });
});

describe('endless values', () => {
  test('refuses 200,000 levels', () => {
    let nested = [];
    for (let level = 0; level < 200_000; level++) nested = [nested];
    for (const attempt of [
      () => canonicalize(nested),
      () => digestItem({ ...goodItem('a'), content: { nested } }),
      () => snapshotPack({ packKey: 'p', metadata: { nested } }, fresh().ctx),
    ]) {
      const { issues } = thrownBy(attempt);
      assert.deepEqual(
        issues.map(({ code, message }) => [code, message]),
        [['too_big', 'Too big: expected at most 1000 levels of nesting']],
      );
      assertUnharmed();
    }
  });

  // F7.2-3
  test('refuses cycles', () => {
    const object = { a: {} };
    object.a.b = object;
    const array = [[]];
    array[0].push(array);
    const both = { list: [] };
    both.list.push(both);
    for (const value of [object, array, both]) {
      const [issue] = thrownBy(() => canonicalize(value)).issues;
      assert.match(issue.message, /^Invalid input: expected JSON value, received a cycle \(/);
      const { input, ctx } = fresh();
      ctx.items[0].metadata = { value };
      const error = thrownBy(() => snapshotPack(input, ctx));
      assert.equal(error.issues.length, 1);
      assert.equal(error.issues[0].code, 'invalid_type');
      assert(error.issues[0].path.startsWith('items.0.metadata.value.'));
    }
    // There are two paths through each level. Each cycle is named once, and not followed.
    const wide = {};
    wide.left = wide;
    wide.right = [wide];
    const { issues } = thrownBy(() => canonicalize(wide));
    assert.deepEqual(
      issues.map(({ path }) => path),
      ['left', 'right.0'],
    );
    assertUnharmed();
  });

  const prelude = `
    import { canonicalize, canonicalizeJson, digestItem, snapshotPack, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
    const ctx = { actor: 'admin', snapshotId: 's', now: new Date(0), pack: { packKey: 'p', version: '1', title: 't' } };
    const item = { itemId: 'a', kind: 'k', sourceKey: 's', content: '' };
    const pack = (...items) => snapshotPack({ packKey: 'p' }, { ...ctx, items });
    const hash = pack(item).output.hash;
    const outcome = (attempt) => {
      let result;
      try { result = attempt(); } catch (error) { result = error.issues ?? String(error); }
      return { result, unharmed: pack(item).output.hash === hash };
    };
    const LIMIT = 268435456;`;
  const tooBig = (path, itemId) => {
    const message = 'Too big: expected at most 268435456 canonical bytes';
    return [{ path, code: 'too_big', message, ...(itemId && { itemId }) }];
  };
  const ended = (path, itemId) => ({ result: tooBig(path, itemId), unharmed: true });
  const doubling = (leaf, step) => `
    let value = ${leaf};
    for (let level = 0; level < 60; level++) value = ${step};`;

  // In parallel: each uses one thread, and there are two.
  describe('in a process of its own', { concurrency: 2 }, () => {
    test('refuses objects that double 60 times', async () => {
      const outcome = await inChild(`${prelude}${doubling('0', '{ a: value, b: value }')}
        report(outcome(() => pack({ ...item, content: value })));`);
      assert.deepEqual(outcome, ended('items.0', 'a'));
    });

    // Brackets only: no document has more values in its bytes.
    test('refuses empty arrays that double 60 times', async () => {
      const outcome = await inChild(`${prelude}${doubling('[]', '[value, value]')}
        report(outcome(() => canonicalize(value)));`);
      assert.deepEqual(outcome, ended(''));
    });

    test('refuses text that doubles 60 times', async () => {
      const outcome = await inChild(`${prelude}${doubling("'x'.repeat(1000)", '[value, value]')}
        report(outcome(() => snapshotPack({ packKey: 'p', metadata: { value } }, { ...ctx, items: [] })));`);
      assert.deepEqual(outcome, ended('metadata'));
    });

    test('handles one long string in many places', async () => {
      const outcomes = await inChild(`${prelude}
        const long = 'x'.repeat(1000000);
        report([
          outcome(() => pack({ ...item, content: { list: Array(300).fill(long) } })),
          outcome(() => snapshotPack({ packKey: 'p', metadata: { list: Array(300).fill(long) } }, { ...ctx, items: [] })),
          outcome(() => pack({ ...item, itemId: 'b', content: { list: Array(200).fill(long) } }, { ...item, textContent: long }).index.length),
        ]);`);
      assert.deepEqual(outcomes, [ended('items.0', 'a'), ended('metadata'), { result: 2, unharmed: true }]);
    });

    // F10-2, F10-6, F10-7
    test('accepts a document of 268,435,456 bytes, and refuses some longer by one', async () => {
      const outcomes = await inChild(`${prelude}
        const left = LIMIT - JSON.stringify(item).length;
        // V8 runs code slowly to its end if it has not seen it often.
        for (let round = 0; round < 50; round++) digestItem({ ...item, content: 'x'.repeat(100000) });
        report([
          outcome(() => digestItem({ ...item, content: 'x'.repeat(left) }).json.length),
          outcome(() => digestItem({ ...item, content: 'x'.repeat(left + 1) })),
          outcome(() => pack(item, { ...item, itemId: 'b', content: 'x'.repeat(left + 1) }, item)),
          outcome(() => pack({ ...item, content: '\\u0001'.repeat(left / 6 + 1) })),
          outcome(() => pack({ ...item, content: '\\u20ac'.repeat(left / 3 + 1) })),
          outcome(() => canonicalize('x'.repeat(LIMIT - 1))),
        ]);`);
      assert.deepEqual(outcomes, [
        { result: 268435456, unharmed: true },
        ended('', 'a'),
        {
          result: [
            ...tooBig('items.1', 'b'),
            { path: 'items.2.itemId', code: 'duplicate', message: 'Duplicate itemId: also at items.0', itemId: 'a' },
          ],
          unharmed: true,
        },
        ended('items.0', 'a'),
        ended('items.0', 'a'),
        ended(''),
      ]);
    });

    // F10-2: a word of the tape has 28 bits for a length, and the longer name was taken for its first seven units.
    test('does not take a name of 268,435,463 units for a short one', async () => {
      const outcomes = await inChild(`${prelude}
        const name = 'x'.repeat(LIMIT + 7);
        const long = { ...item, content: { [name]: 1 } };
        const { record } = pack({ ...item, content: { xxxxxxx: 1 } });
        const text = JSON.stringify(long);
        report([
          outcome(() => canonicalize({ [name]: 1 })),
          outcome(() => canonicalizeJson('{"' + name + '":1}')),
          outcome(() => pack(long)),
          outcome(() => verifySnapshot({ record, items: [long], expect: { hash: record.hash } }).issues),
          outcome(() => verifySnapshot({ record, items: [text], expect: { hash: record.hash } }).issues),
        ]);`);
      assert.deepEqual(outcomes, [ended(''), ended(''), ...Array(3).fill(ended('items.0', 'a'))]);
    });

    // V8 has about a million different hashes for objects. With some millions of objects in a set, each lookup took a millisecond.
    test('remembers few of the containers of a long value', async () => {
      const [count, remembered] = await inChild(`
        let remembered = 0;
        for (const [{ prototype }, name] of [[Map, 'set'], [Set, 'add'], [WeakMap, 'set'], [WeakSet, 'add']]) {
          const original = prototype[name];
          prototype[name] = function (...given) { remembered++; return original.apply(this, given); };
        }
        const { canonicalize, snapshotPack } = await import('@lssm-tech/lib.context-snapshot');
        let count = 0;
        const nested = (keep) => {
          let value = keep([count++]);
          for (let level = 0; level < 990; level++) value = keep([value, count++]);
          return value;
        };
        const lists = (length, keep) => Array.from({ length }, () => nested(keep));
        canonicalize(lists(500, (list) => list));
        const content = Object.freeze({ lists: Object.freeze(lists(20, Object.freeze)) });
        const frozen = Object.freeze({ itemId: 'a', kind: 'k', sourceKey: 's', content });
        const pack = { packKey: 'p', version: '1', title: 't' };
        snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [frozen] });
        report([count, remembered]);`);
      assert(count > 500_000, `${count}`);
      assert(remembered > 0 && remembered < count / 16, `${remembered} of ${count}`);
    });

    // With a map that holds few: 16 million objects take too much memory.
    test('measures a value with shared parts and more objects than a map can hold', async () => {
      const length = await inChild(`
        const { prototype } = Map;
        const { set } = prototype;
        const { get } = Object.getOwnPropertyDescriptor(prototype, 'size');
        prototype.set = function (...given) {
          if (get.call(this) >= 4000) throw new RangeError('Map maximum size exceeded');
          return set.apply(this, given);
        };
        Object.defineProperty(prototype, 'size', { get() { return get.call(this) * 5000; } });
        const { canonicalize } = await import('@lssm-tech/lib.context-snapshot');
        const shared = Array.from({ length: 300 }, () => Array(1000).fill(1));
        const many = Array.from({ length: 5000 }, () => []);
        report(canonicalize([shared, shared, many]).length);`);
      const shared = 300 * 2002 + 1;
      assert.equal(length, 2 * shared + 15_001 + 4);
    });

    test('survives a full stack in the middle of a call', async () => {
      const outcome = await inChild(`${prelude}
        let deep = 1;
        for (let level = 0; level < 900; level++) deep = { a: deep };
        let most = 0;
        try { (function down() { most++; down(); })(); } catch {}
        const at = (depth, attempt) => depth === 0 ? attempt() : at(depth - 1, attempt);
        const later = new Set();
        for (let depth = Math.floor(most / 10); depth < most; depth += 17) {
          try { at(depth, () => canonicalize(deep)); } catch {}
          try { later.add(pack(item).output.hash === hash); } catch (error) { later.add(String(error)); }
        }
        report([...later]);`);
      assert.deepEqual(outcome, [true]);
    });

    test('survives endlessly nested calls', async () => {
      const outcome = await inChild(`${prelude}
        const endless = { get itemId() { return pack(endless); }, kind: 'k', sourceKey: 's', content: '' };
        const later = new Set();
        for (let round = 0; round < 100; round++) {
          try { pack(endless); } catch {}
          try { later.add(pack(item).output.hash === hash); } catch (error) { later.add(String(error)); }
        }
        report([...later]);`);
      assert.deepEqual(outcome, [true]);
    });
  });
});

test('reads items and index of snapshots that were wrapped or copied, and of any object with their accessors', () => {
  const pack = { packKey: 'p', version: '1', title: 't' };
  const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: 'text' }];
  const snapshot = snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items });
  for (const same of [snapshot, new Proxy(snapshot, {}), Object.create(snapshot), { ...snapshot }]) {
    assert.equal(same.items, snapshot.items);
    assert.equal(same.index, snapshot.index);
  }
  const others = [undefined, {}, { record: null }, snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [] })];
  for (const name of ['items', 'index']) {
    const { get } = Object.getOwnPropertyDescriptor(snapshot, name);
    for (const other of others) assert.equal(get.call(other), snapshot[name]);
  }
});

test('reads items behind a proxy of an array that only answers reads', () => {
  const items = [goodItem('a'), goodItem('b')];
  const { input, ctx } = fresh();
  ctx.pack.sources = undefined;
  const proxy = new Proxy([], { get: (_, name) => Reflect.get(items, name) });
  const { hash } = snapshotPack(input, { ...ctx, items }).output;
  assert.equal(snapshotPack(input, { ...ctx, items: proxy }).output.hash, hash);
});

// E4.4-1, E4.4-2, E4.4-3, E4.4-4, E4.4-5, E4.4-6, E5-1
test('limits of a context hold for each document, and wrong ones are refused after the rest of the request', () => {
  const found = (limits, change) => {
    const { input, ctx } = fresh();
    const error = thrownBy(() => snapshotPack(input, { ...ctx, ...change, limits }));
    assert.deepEqual([error.code, error.status], ['VALIDATION_FAILED', 422]);
    return error.issues.map(({ path, code, message }) => [path, code, message]);
  };
  const most = (count, what) => `Too big: expected at most ${count} ${what}`;
  assert.deepEqual(found({ documentBytes: 40 })[0], ['metadata', 'too_big', most(40, 'canonical bytes')]);
  assert.deepEqual(found({ levels: 2 })[0], ['metadata.a', 'too_big', most(2, 'levels of nesting')]);
  assert.deepEqual(found({ items: 1 }), [['items', 'too_big', most(1, 'items')]]);
  assert.deepEqual(found({ totalBytes: 10 }), [['items', 'too_big', most(10, 'canonical bytes in total')]]);
  // The other limit is too low, and must not be in force.
  const wrong = 'Invalid input: expected integer from 0 to 1000, received number';
  assert.deepEqual(found({ levels: 1001, item: 1, documentBytes: 0 }, { parent: 'x' }), [
    ['parent', 'invalid_format', 'Invalid digest: expected sha256: and 64 lower-case hex digits'],
    ['limits.levels', 'invalid_type', wrong],
    ['limits.item', 'extra', 'Unknown member: item'],
  ]);
  for (const limits of [undefined, null, {}, { items: undefined, levels: 1000 }]) {
    const { input, ctx } = fresh();
    assert.equal(snapshotPack(input, { ...ctx, limits }).output.itemCount, 2);
  }
});

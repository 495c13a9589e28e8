// Checks that every code path writes the same bytes.
//
// Why: strings are joined or moved singly, names and shapes are learnt and predicted, text is written by Node.js or by a loop,
// and hashed by Node.js or by us, four messages at a time or one. What was learnt is kept for the next call. None of this may
// affect a hash.
//
// How: packs that meet each bound (`support/packs.js`), in hosts that force each path (`support/hosts.js`), are compared with an
// implementation without special paths (`support/format.js`). After each comes an ordinary pack in the same instance.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import canonicalizeOfOthers from 'canonicalize';
import { inChild } from './support/child.js';
import { canonicalItem, leaf, sha256, snapshotOf, toDigest } from './support/format.js';
import { FOREIGN, foreignHost, HOSTS, hostOf } from './support/hosts.js';
import { item, packs, random, tangledItems } from './support/packs.js';

const [NODE, , , , BROWSER] = HOSTS;
/** Hosts with every combination of lent functions. */
const MAIN = [...HOSTS.slice(0, 6), FOREIGN];
const input = { packKey: 'p', metadata: { a: { b: [1, 'é'] } } };
const pack = { packKey: 'p', version: '1', title: 't', owners: ['x'] };
const contextOf = (items) => ({ actor: 'admin', now: '2027-01-02T03:04:05.678Z', snapshotId: 's', pack, items });
/** The snapshots of the implementation without special paths. */
const expectedOf = (items) => snapshotOf(input, contextOf(items));

const ordinary = () => [
  item('b', { a: 1, b: ['text', null, 0.5], c: { d: 'é' } }),
  item('a', 'x'.repeat(300), { metadata: { c: 1, a: '€', b: 2 } }),
  item('c', { c: { d: '😀' }, a: 2 }),
];
const ordinaryHash = expectedOf(ordinary()).hash;

const expected = packs.map(({ make }) => expectedOf(make()));
/** The fastest packs, for hosts that differ little from others. */
const FEW = new Set(
  packs.map(({ name }) => name).filter((name) => /any length|digests|escape|guesses|mixed|not there/.test(name)),
);

const hostNamed = (name) => (name === FOREIGN ? foreignHost() : hostOf(name));
const snapshotBy = ({ api }, items) => api.snapshotPack(input, contextOf(items));

/** Makes the next call in the same instance, with whatever was learnt before. */
function assertNotHarmed(host) {
  assert.equal(snapshotBy(host, ordinary()).output.hash, ordinaryHash);
}

/** Asserts that all of it is frozen, plain data. Not recursive, because some values are nested deeply. */
function assertFrozen(value) {
  const open = [value];
  while (open.length > 0) {
    const object = open.pop();
    if (typeof object !== 'object' || object === null) continue;
    if (!Object.isFrozen(object)) assert.fail('not frozen');
    for (const name of Reflect.ownKeys(object)) open.push(object[name]);
  }
}

function assertHashed(snapshot, { hash, record, index }) {
  assert.equal(snapshot.output.hash, hash);
  assert.equal(JSON.stringify(snapshot.index), JSON.stringify(index));
  assert.equal(canonicalizeOfOthers(snapshot.record), canonicalizeOfOthers(record));
}

/** Asserts that the items are the hashed ones: same members, in canonical order if the engine allows one. */
function assertItems({ items }, { canonicalItems, itemTimes }, isOrdered = false) {
  assert.equal(items.length, canonicalItems.length);
  for (const [at, canonical] of canonicalItems.entries()) {
    const { snapshotId, createdAt, ...rest } = items[at];
    assert.equal(snapshotId, 's');
    assert.equal(createdAt, itemTimes[at]);
    const json = isOrdered ? canonicalizeOfOthers(rest) : JSON.stringify(rest);
    if (json !== canonical) assert.equal(json, canonical);
  }
  assertFrozen(items);
}

/** Empties a value, and puts something else into it. */
function spoil(value) {
  const open = [value];
  while (open.length > 0) {
    const object = open.pop();
    if (typeof object !== 'object' || object === null || Object.isFrozen(object)) continue;
    for (const name of Object.keys(object)) {
      open.push(object[name]);
      object[name] = 'spoilt';
    }
  }
}

describe('makes the same snapshot, whatever a host lends', () => {
  for (const name of [...HOSTS, FOREIGN]) {
    const chosen = packs.map((each, at) => ({ ...each, is: expected[at] }));
    const some = MAIN.includes(name) ? chosen : chosen.filter((each) => FEW.has(each.name));

    test(`${name}, ${some.length} packs`, () => {
      const host = hostNamed(name);
      const { taken, takes } = host;
      const made = [];
      for (const { name, make, is, isOrdered } of some) {
        const items = make();
        const before = { ...taken };
        const snapshot = snapshotBy(host, items);
        try {
          assertHashed(snapshot, is);
        } catch (error) {
          error.message = `${name}: ${error.message}`;
          throw error;
        }
        // Asserts that the path was taken for each pack.
        assert.equal(taken.texts > before.texts, takes.texts, name);
        assert(takes.digests ? taken.digests > before.digests : taken.digests === 0, name);
        assertNotHarmed(host);
        spoil(items);
        made.push({ snapshot, is, isOrdered });
      }
      // Much later: the sources were overwritten, and other snapshots were made.
      for (const { snapshot, is, isOrdered } of made) assertItems(snapshot, is, isOrdered);
      assertNotHarmed(host);
    });
  }
});

describe('gives the same answers in operations that read one value', () => {
  const values = packs.map(({ name, make }) => {
    const items = make();
    const some = items.length > 100 ? items.slice(0, 40) : items;
    const digested = some.map((one) => {
      const json = canonicalItem(one);
      return { one, json, digest: toDigest(leaf(json)), content: canonicalizeOfOthers(one.content) };
    });
    return { name, digested };
  });
  const count = values.reduce((sum, { digested }) => sum + digested.length, 0);

  for (const name of MAIN) {
    test(`${name}, ${count} values`, () => {
      const host = hostNamed(name);
      const { canonicalize, digest, digestItem } = host.api;
      for (const { name, digested } of values) {
        for (const each of digested) {
          const found = digestItem(each.one);
          assert.equal(found.json, each.json, name);
          assert.equal(found.digest, each.digest, name);
          assert.equal(canonicalize(each.one.content), each.content, name);
        }
        const [first] = digested;
        if (first !== undefined) assert.equal(digest(first.one.content), toDigest(sha256(first.content)), name);
        assertNotHarmed(host);
      }
    });
  }
});

describe('makes the same snapshots of random packs in one instance', () => {
  const rounds = Array.from({ length: 250 }, (_, seed) => ({ seed, is: expectedOf(tangledItems(seed)) }));
  for (const name of MAIN) {
    test(`${name}, ${rounds.length} packs`, () => {
      const host = hostNamed(name);
      for (const { seed, is } of rounds) {
        const snapshot = snapshotBy(host, tangledItems(seed));
        assertHashed(snapshot, is);
        assertItems(snapshot, is);
      }
      assertNotHarmed(host);
    });
  }

  // Instances do not share what they have learnt, even within one realm.
  test('in all hosts in turn', () => {
    const hosts = MAIN.map(hostNamed);
    for (const { seed, is } of rounds.slice(0, 60)) {
      for (const host of hosts) assert.equal(snapshotBy(host, tangledItems(seed)).output.hash, is.hash);
    }
  });
});

describe('ignores additions to Object.prototype', () => {
  /** Runs a function while Object.prototype has these enumerable members. */
  function polluted(members, run) {
    try {
      for (const [name, value] of Object.entries(members)) {
        Object.defineProperty(Object.prototype, name, { value, enumerable: true, configurable: true, writable: true });
      }
      return run();
    } finally {
      for (const name of Object.keys(members)) delete Object.prototype[name];
    }
  }
  const members = { everywhere: 1, a: 'inherited', textContent: 'x', metadata: {}, sourceVersion: '9', 0: 'zero' };

  for (const name of MAIN) {
    test(name, () => {
      const host = hostNamed(name);
      const isMuch = name !== NODE && name !== BROWSER;
      for (const [at, { name, make, isOrdered }] of packs.entries()) {
        if (isMuch && !FEW.has(name)) continue;
        const items = make();
        const snapshot = polluted(members, () => {
          const made = snapshotBy(host, items);
          assert.equal(made.output.hash, expected[at].hash, name);
          assert.equal(made.items.length, items.length);
          return made;
        });
        assertItems(snapshot, expected[at], isOrdered);
        assertNotHarmed(host);
      }
      // Added in the middle of an item, by its own code.
      let undo;
      const content = (value) => ({
        list: [{ a: 1 }, { a: 1 }],
        ...value,
        after: [{ a: 1 }, { b: 2 }, {}],
      });
      const polluting = content({
        middle: {
          a: 1,
          get b() {
            Object.prototype.everywhere = 1;
            undo = () => delete Object.prototype.everywhere;
            return 2;
          },
          c: { a: 3 },
        },
      });
      let snapshot;
      try {
        snapshot = snapshotBy(host, [item('a', polluting), item('b', content({}))]);
      } finally {
        undo?.();
      }
      const is = expectedOf([item('a', content({ middle: { a: 1, b: 2, c: { a: 3 } } })), item('b', content({}))]);
      assertHashed(snapshot, is);
      assertItems(snapshot, is);
    });
  }
});

describe('handles a call in the middle of a call', () => {
  const large = [item('a', { text: 'é'.repeat(400_000), list: Array.from({ length: 20_000 }, (_, at) => at / 2) })];
  const largeHash = expectedOf(large).hash;
  /** A value that overflows the tables of any reader. */
  const shapes = packs
    .find(({ name }) => name === 'thousands of shapes')
    .make()
    .slice(0, 1100);
  const shapesHash = expectedOf(shapes).hash;

  /** What the code of a value does while it is read. */
  const CALLS = {
    'an ordinary snapshot': (host) => assertNotHarmed(host),
    'a snapshot that grows the memory': (host) => {
      assert.equal(snapshotBy(host, large).output.hash, largeHash);
    },
    'a snapshot that fills the tables of names and shapes': (host) => {
      assert.equal(snapshotBy(host, shapes).output.hash, shapesHash);
    },
    'functions that read one value': ({ api }) => {
      assert.equal(api.canonicalize({ b: 'é', a: [{ q: 1 }] }), '{"a":[{"q":1}],"b":"é"}');
      assert.equal(api.digest('x'.repeat(5000)), toDigest(sha256(JSON.stringify('x'.repeat(5000)))));
      assert.equal(api.digestItem(item('a', { q: 1 })).json, canonicalItem(item('a', { q: 1 })));
    },
    'a refused snapshot, and one whose own code throws': (host) => {
      const { SnapshotError } = host.api;
      assert.throws(
        () => snapshotBy(host, [item('a', { new1: 1, b: { c: Number.NaN } }), item('a', 5)]),
        SnapshotError,
      );
      const thrown = new Error('mine');
      const throwing = {
        new2: 'é'.repeat(300),
        get b() {
          throw thrown;
        },
      };
      assert.throws(
        () => snapshotBy(host, [item('a', { new3: [1, throwing] })]),
        (error) => error === thrown,
      );
      assert.throws(
        () => host.api.canonicalize({ new4: throwing }),
        (error) => error === thrown,
      );
    },
    'a builder': (host) => {
      const { items, ...rest } = contextOf(ordinary());
      const builder = new host.api.SnapshotBuilder(input, rest);
      for (const one of items) builder.add(one);
      assert.equal(builder.finish().output.hash, ordinaryHash);
      builder.free();
    },
    'snapshots inside snapshots': (host) => {
      const inside = (depth) => ({
        a: 'x'.repeat(200),
        get b() {
          if (depth === 0) return 'innermost';
          return snapshotBy(host, [item('a', inside(depth - 1))]).output.hash;
        },
        c: { a: 1, b: 2 },
      });
      let b = 'innermost';
      for (let depth = 0; depth < 5; depth++) {
        const a = 'x'.repeat(200);
        b = expectedOf([item('a', { a, b, c: { a: 1, b: 2 } })]).hash;
        assert.equal(snapshotBy(host, [item('a', inside(depth))]).output.hash, b);
      }
    },
    'the index and the items of another snapshot, for the first time': (host) => {
      const is = expectedOf(ordinary());
      const snapshot = snapshotBy(host, ordinary());
      assertHashed(snapshot, is);
      assertItems(snapshot, is);
    },
  };

  /** Makes the item, with a getter for one member. */
  const reading = (one, name, get) => Object.defineProperty(one, name, { get, enumerable: true });

  /** Where that code is: a pack, and whether the value is read exactly once at this place. */
  const PLACES = {
    'a member in the middle of an object of a known shape': (value) => [
      item('a', {
        list: [
          { a: 'x', b: 'é'.repeat(20), c: { d: 1 } },
          {
            a: 'long'.repeat(100),
            get b() {
              return value();
            },
            c: { d: 2 },
          },
          { a: 'x', b: '', c: { d: 3, e: 1 } },
        ],
      }),
      item('b', { a: 1, b: 2, c: { d: 1 } }),
    ],
    'a member of an object whose names are being listed': (value) => [
      item('b', { a: 1, b: { c: 1 } }, { metadata: { a: 1 } }),
      item('a', {
        z: { y: 1, x: [1, 2] },
        get other() {
          return value();
        },
        y: { z: 1, ['n'.repeat(100)]: 2, x: 3 },
      }),
    ],
    'an element, the content, and another item’s id': (value) => [
      item('c', {
        get list() {
          return [1, value(), { a: 'x' }];
        },
      }),
      reading(item('a', {}), 'itemId', () => `b${value()}`),
      reading(item('d', ''), 'content', value),
      reading(item('e', {}), 'metadata', () => ({ a: { b: value() } })),
      reading(item('f', {}), 'textContent', value),
    ],
    'behind a proxy': (value) => [
      item(
        'a',
        new Proxy(
          { a: 1, b: 'text', c: [1] },
          {
            get: (target, name) => (name === 'b' ? value() : Reflect.get(target, name)),
          },
        ),
        { textContent: 'x'.repeat(500) },
      ),
    ],
  };

  for (const name of MAIN) {
    for (const [place, itemsOf] of Object.entries(PLACES)) {
      test(`${name}: ${place}`, () => {
        const is = expectedOf(itemsOf(() => 'value'));
        for (const [call, run] of Object.entries(CALLS)) {
          // In a new instance, in one that has learnt, and in one whose reader was full.
          const host = hostNamed(name);
          const befores = [() => {}, () => assertNotHarmed(host), () => snapshotBy(host, shapes)];
          for (const before of name === NODE || name === BROWSER ? befores : befores.slice(0, 1)) {
            before();
            let calls = 0;
            const snapshot = snapshotBy(
              host,
              itemsOf(() => {
                calls++;
                run(host);
                return 'value';
              }),
            );
            assert(calls > 0, call);
            assertHashed(snapshot, is);
            assertItems(snapshot, is);
            assertNotHarmed(host);
          }
        }
      });
    }

    test(`${name}, while items are iterated and the context is read`, () => {
      const is = expectedOf(ordinary());
      for (const run of Object.values(CALLS)) {
        const host = hostNamed(name);
        const context = contextOf(ordinary());
        let calls = 0;
        const called = (value) => ({
          enumerable: true,
          get() {
            calls++;
            run(host);
            return value;
          },
        });
        function* items() {
          for (const one of ordinary()) {
            calls++;
            run(host);
            yield one;
          }
          run(host);
        }
        const properties = Object.entries({ ...context, items: items() }).map(([name, value]) => [name, called(value)]);
        const snapshot = host.api.snapshotPack(input, Object.defineProperties({}, Object.fromEntries(properties)));
        assert.equal(calls, properties.length + 3);
        assertHashed(snapshot, is);
        assertItems(snapshot, is);
        assertNotHarmed(host);
      }
    });

    test(`${name}, while an item is added to the same or another builder`, () => {
      for (const run of Object.values(CALLS)) {
        const host = hostNamed(name);
        const { items, ...rest } = contextOf(ordinary());
        const [outer, inner] = [1, 2].map(() => new host.api.SnapshotBuilder(input, rest));
        for (const one of items) {
          const added = outer.add({
            ...one,
            get content() {
              run(host);
              inner.add(one);
              return one.content;
            },
          });
          assert.equal(added.json, canonicalItem(one));
        }
        for (const builder of [outer, inner]) {
          assert.equal(builder.finish().output.hash, ordinaryHash);
          builder.free();
        }
      }
    });
  }
});

describe('handles growing memory', () => {
  const texts = (length) => ['x', 'é', '€', '😀'].map((filling) => filling.repeat(length / filling.length));
  const sizes = [1000, 100_000, 400_000, 1_200_000];
  const growing = sizes.map((size) => {
    const items = [
      item('a', 'x'.repeat(250)),
      item('b', { texts: texts(size), list: Array.from({ length: size / 20 }, (_, at) => ({ at, b: `${at}` })) }),
      item('c', 'é'.repeat(250)),
    ];
    return { items, is: expectedOf(items) };
  });

  for (const name of MAIN) {
    test(`${name}, for input and for its canonical text`, () => {
      const host = hostNamed(name);
      assertNotHarmed(host);
      const bytes = [];
      for (const { items, is } of growing) {
        const snapshot = snapshotBy(host, items);
        bytes.push(host.memoryBytes());
        assertHashed(snapshot, is);
        assertItems(snapshot, is);
        assertNotHarmed(host);
      }
      for (const at of [1, 2, 3]) assert(bytes[at] > bytes[at - 1], `${bytes}`);
    });

    test(`${name}, beyond 2 GiB, where addresses need all 32 bits`, () => {
      const host = hostNamed(name);
      assertNotHarmed(host);
      // Nothing is written there, so it takes addresses but no memory.
      host.growMemory(2 ** 31);
      const before = host.memoryBytes();
      for (const { items, is } of growing) {
        const snapshot = snapshotBy(host, items);
        assertHashed(snapshot, is);
        assertItems(snapshot, is);
        assertNotHarmed(host);
      }
      assert(host.memoryBytes() > before, 'input and output lie above the added memory');
    });

    test(`${name}, in the middle of an item, by a call in the item's own code`, () => {
      const host = hostNamed(name);
      assertNotHarmed(host);
      const grown = [];
      const of = (value) => [
        item('a', 'x'.repeat(300)),
        item('b', {
          a: 'é'.repeat(1000),
          get b() {
            return value(0);
          },
          c: 'y'.repeat(1000),
        }),
        Object.defineProperty(item('c', 'é'.repeat(300)), 'textContent', { get: () => value(3) }),
      ];
      const is = expectedOf(of(() => 'value'));
      const snapshot = snapshotBy(
        host,
        of((which) => {
          const before = host.memoryBytes();
          assert.equal(snapshotBy(host, growing[which].items).output.hash, growing[which].is.hash);
          grown.push(host.memoryBytes() - before);
          return 'value';
        }),
      );
      assert(grown.length === 2 && grown.at(-1) > 0, `${grown}`);
      assertHashed(snapshot, is);
      assertItems(snapshot, is);
      assertNotHarmed(host);
    });
  }
});

describe('bounds what is learnt', () => {
  /** Makes new names. */
  let fresh = 0;
  const names = (count, length = 0) =>
    Array.from({ length: count }, () => `${++fresh}${'x'.repeat(Math.max(0, length - String(fresh).length))}`);
  const object = (names, value = 1) => Object.fromEntries(names.map((name) => [`n${name}`, value]));
  const permuted = random(77);
  const letters = [...'abcdefghijklmnop'];
  const sequence = () => [...letters].sort(() => permuted(3) - 1);

  /** Returns whether an operation that reads this value replaces the reader, and the next ones keep it. */
  const FILLING = {
    'a hundred names': [() => object(names(100)), false],
    // Five names belong to the list, the ordinary pack and the input.
    '1,023 names, one an object': [() => ({ list: names(1018).map((name) => object([name])) }), false],
    '1,024 names, one an object': [() => ({ list: names(1019).map((name) => object([name])) }), true],
    '1,100 names in one object': [() => object(names(1100)), true],
    '1,100 names, too long to be learnt': [() => object(names(1100, 65)), false],
    'sequences of a few names': [() => ({ list: Array.from({ length: 1500 }, () => object(sequence())) }), true],
    'many words': [() => ({ list: Array(300_000).fill(1) }), true],
    'much text': [() => ({ list: Array(300_000 / 250).fill('x'.repeat(250)) }), true],
    'one long string': [() => 'x'.repeat(300_000), true],
    'many bytes from less text': [() => '\u0001'.repeat(200_000), true],
    'fewer bytes': [() => '\u0001'.repeat(50_000), false],
  };
  for (const [what, [make, isFull]] of Object.entries(FILLING)) {
    test(`${what}: the reader is ${isFull ? 'replaced' : 'kept'}`, () => {
      const host = hostNamed(NODE);
      const items = [item('a', make())];
      const { hash } = expectedOf(items);
      assertNotHarmed(host);
      assert.equal(snapshotBy(host, items).output.hash, hash);
      assert.equal(host.taken.readers, 1);
      for (let at = 0; at < 20; at++) assertNotHarmed(host);
      assert.equal(host.taken.readers, isFull ? 2 : 1);
    });
  }

  test('within one operation, too: 100,000 names, and 60,000 sequences', () => {
    const contents = [
      ...Array.from({ length: 1000 }, () => ({ list: names(50).map((name) => object([name, `other${name}`])) })),
      ...Array.from({ length: 1000 }, () => ({ list: Array.from({ length: 60 }, () => object(sequence())) })),
    ];
    const items = contents.map((content, at) => item(`i${at}`, content));
    const { hash } = expectedOf(items);
    const host = hostNamed(NODE);
    assert.equal(snapshotBy(host, items).output.hash, hash);
    assert.equal(host.taken.readers, 1);
    // The module starts with 1.1 MiB. No item needs more than a few KB of tape. The batch for hashing, ids and digests need less
    // than 1 MiB, and so do the learnt names and shapes: 1,024 of these names, and 4,096 sequences of at most 16.
    assert(host.memoryBytes() < 4 * 2 ** 20, `${host.memoryBytes()} bytes`);
    assertNotHarmed(host);
  });

  test('keeps one reader after nested calls', () => {
    const host = hostNamed(NODE);
    const inside = (depth) => ({
      get a() {
        if (depth > 0) host.api.canonicalize(inside(depth - 1));
        return 1;
      },
    });
    host.api.canonicalize(inside(9));
    assert.equal(host.taken.readers, 10);
    for (let at = 0; at < 20; at++) assertNotHarmed(host);
    assert.equal(host.taken.readers, 10);
  });
});

test("fails one call only, if the host's SHA-256 fails in the middle", () => {
  const host = hostNamed(NODE);
  assertNotHarmed(host);
  const { taken } = host;
  const failing = new Error('of the host');
  for (const after of [0, 1, 2]) {
    Object.assign(taken, { failAt: taken.digests + 1 + after, failure: failing });
    assert.throws(
      () => snapshotBy(host, [item('a', 'x'.repeat(300)), item('b', 'y'.repeat(300))]),
      (error) => error === failing,
    );
    assert.equal(taken.digests, taken.failAt);
    assertNotHarmed(host);
  }
});

for (const name of MAIN) {
  test(`${name}: keeps its memory while JSON text of some megabytes is verified again and again`, () => {
    const host = hostNamed(name);
    const snapshot = snapshotBy(host, [item('a', 'é'.repeat(5_000_000))]);
    const [{ json }] = snapshot.itemsJson();
    const verify = () => {
      assert(
        host.api.verifySnapshot({ record: snapshot.record, items: [json], expect: { hash: snapshot.output.hash } })
          .valid,
      );
      return host.memoryBytes();
    };
    // The first call may drop the memory of the snapshot.
    verify();
    const bytes = verify();
    for (let round = 0; round < 3; round++) assert.equal(verify(), bytes);
  });
}

test('keeps memory constant over 300,000 objects of new names and shapes, in WebAssembly and in JavaScript', async () => {
  const { bytes, heap, readers, hashes } = await inChild(
    `
    import { HOSTS, hostOf } from './tests/node/support/hosts.js';
    const { api, taken, memoryBytes } = hostOf(HOSTS[0]);
    const pack = { packKey: 'p', version: '1', title: 't' };
    let fresh = 0;
    const object = () => {
      const names = Array.from({ length: 1 + (fresh % 5) }, () => 'name' + fresh++);
      return Object.fromEntries([...names, 'a', 'b'].map((name, at) => [name, at]));
    };
    const measured = () => {
      gc();
      return { bytes: memoryBytes(), heap: process.memoryUsage().heapUsed };
    };
    const all = [];
    const hashes = new Set();
    for (let round = 0; round < 3000; round++) {
      const items = Array.from({ length: 10 }, (_, at) => (
        { itemId: 'i' + at, kind: 'k', sourceKey: 's', content: { list: Array.from({ length: 10 }, object) } }));
      const ctx = { actor: 'admin', now: new Date(0), snapshotId: 's', pack };
      const snapshot = api.snapshotPack({ packKey: 'p' }, { ...ctx, items });
      if (round % 100 === 0) hashes.add(snapshot.items.length + snapshot.output.hash);
      hashes.add(api.digest({ a: 1, b: [2] }));
      if (round === 299 || round === 2999) all.push(measured());
    }
    report({
      bytes: all.map(({ bytes }) => bytes), heap: all.map(({ heap }) => heap), readers: taken.readers, hashes: hashes.size,
    });`,
    '--expose-gc',
  );
  assert.equal(hashes, 31);
  // A reader learns 1,024 names, which takes five calls.
  assert(readers > 500, `${readers} readers`);
  // The first tenth of the calls must need as much memory as all of them.
  assert.equal(bytes[1], bytes[0]);
  // The module starts with 1.1 MiB. These calls need a few KB of tape and canonical bytes. 1,024 of these names, with the shapes
  // of a few of them each, need less than 256 KiB. An old reader may still exist when a new one is made, and a growing buffer
  // exists twice. So the bound is 2 MB; keeping 750,000 names of 100 bytes would take 75 MB.
  //
  // In JavaScript, a walker has 1,024 names, each with a sequence that has a Map, which is less than 1 MiB. The bound allows as
  // much again for what V8 compiles and profiles in the meantime.
  assert(heap[1] - heap[0] < 2 * 2 ** 20, `${heap} bytes`);
});

test('bounds the largest possible cache', () => {
  // Names of 64 units, each escaped, and as many shapes of 64 names as the limit allows; they share 63 names.
  const fill = '\u0001'.repeat(60);
  const names = Array.from({ length: 1000 }, (_, at) => `${fill}${at + 1000}`);
  const host = hostNamed(NODE);
  const shared = [0, 63, 126, 189].map((start) => names.slice(start, start + 63));
  let shapes = 0;
  for (const some of shared) {
    const last = names.filter((name) => !some.includes(name));
    for (let at = 0; at < last.length; at += 100) {
      const list = last.slice(at, at + 100).map((name) => Object.fromEntries([...some, name].map((name) => [name, 1])));
      shapes += list.length;
      const hash = toDigest(sha256(canonicalizeOfOthers(list)));
      assert.equal(host.api.digest(list), hash);
    }
  }
  // No reader has learnt all of them, because a full one is replaced.
  assert(shapes > 3700 && host.taken.readers > 1, `${shapes} shapes, ${host.taken.readers} readers`);
  assertNotHarmed(host);
  // The shapes of a reader have at most 32,768 names, each a copy: 6 bytes for each of 64 units, 12 around them, and 36 to manage
  // them. The bound allows as much again for freed memory that is not returned.
  assert(host.memoryBytes() < 2 * 32_768 * (6 * 64 + 48), `${host.memoryBytes()} bytes`);
});

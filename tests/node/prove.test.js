// Checks proveItem and verifyItem: they show that one item is in a snapshot, without the other items.
//
// Why: a run keeps the proof if it does not keep the pack, and a proof of too much is worse than none. The index is not
// hashed, so an index that does not fit must never give a proof.
//
// How: RFC 9162 section 2.1.3.1 is implemented again as a recursion, on node:crypto, and every leaf of every small tree is
// compared. Then each part of a proof is forged, and indexes are changed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { inChild } from './support/child.js';
import { assertProblem, reach, thrownBy } from './support/expect.js';
import { root, sha256, toDigest } from './support/format.js';

const { digestItem, digest, proveItem, snapshotPack, verifyItem } = api;
const pack = { packKey: 'p', version: '1', title: 't' };
const input = { packKey: 'p' };
const ctx = { actor: 'admin', snapshotId: 's-1', now: new Date(0), pack };
const idOf = (number) => `item ${String(number).padStart(6, '0')}`;
const itemOf = (number) => ({ itemId: idOf(number), kind: 'k', sourceKey: 's', content: { number } });
const clone = (value) => JSON.parse(JSON.stringify(value));

/** Digests of the items, in order. A prefix of them serves any smaller tree. */
const leaves = Array.from({ length: 100_000 }, (_, number) => {
  const json = `{"content":{"number":${number}},"itemId":"${idOf(number)}","kind":"k","sourceKey":"s"}`;
  return sha256(Buffer.of(0), json);
});
test('digestItem gives the leaves', () => {
  for (const number of [0, 9, 99_999]) assert.equal(toDigest(leaves[number]), digestItem(itemOf(number)).digest);
});

/** Makes a snapshot of the first `count` items: manifest and index. */
function treeOf(size) {
  const index = leaves.slice(0, size).map((leaf, number) => ({ itemId: idOf(number), digest: toDigest(leaf) }));
  const itemsRoot = toDigest(root(leaves.slice(0, size)));
  return { manifest: { format: 'context.pack.snapshot/v1', itemCount: size, itemsRoot, pack }, index };
}

const half = (size) => {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
};
/** Computes MTH of section 2.1.1 over digests from `from` on, with a cache. */
const known = new Map();
function mth(from, size) {
  if (size === 1) return leaves[from];
  const key = from * 2 ** 20 + size;
  if (!known.has(key)) {
    const k = half(size);
    known.set(key, sha256(Buffer.of(1), mth(from, k), mth(from + k, size - k)));
  }
  return known.get(key);
}
/** Computes PATH of section 2.1.3.1. */
function pathOf(m, from, size) {
  if (size === 1) return [];
  const k = half(size);
  return m < k
    ? [...pathOf(m, from, k), mth(from + k, size - k)]
    : [...pathOf(m - k, from + k, size - k), mth(from, k)];
}

describe('matches RFC 9162', () => {
  // F6-2
  test('for every leaf of every tree up to 130', () => {
    for (let size = 1; size <= 130; size++) {
      const tree = treeOf(size);
      assert.equal(toDigest(mth(0, size)), tree.manifest.itemsRoot);
      const hash = digest(tree.manifest);
      for (let leaf = 0; leaf < size; leaf++) {
        const proof = proveItem(tree, idOf(leaf));
        assert.deepEqual(proof, {
          itemId: idOf(leaf),
          leafIndex: leaf,
          path: pathOf(leaf, 0, size).map(toDigest),
          manifest: tree.manifest,
          hash,
        });
        assert.equal(verifyItem(itemOf(leaf), proof, hash), true);
      }
    }
  });

  test('for random leaves of random trees up to 100,000', () => {
    fc.assert(
      fc.property(fc.integer({ min: 131, max: 100_000 }), fc.infiniteStream(fc.nat()), (size, numbers) => {
        const tree = treeOf(size);
        for (const leaf of [0, size - 1, ...Array.from(numbers.take(20), (number) => number % size)]) {
          const proof = proveItem(tree, idOf(leaf));
          assert.deepEqual(proof.path, pathOf(leaf, 0, size).map(toDigest));
          assert.equal(verifyItem(itemOf(leaf), clone(proof), digest(tree.manifest)), true);
        }
      }),
      {
        numRuns: 6,
        seed: 20270615,
        examples: [
          [100_000, fc.sample(fc.infiniteStream(fc.nat()), 1)[0]],
          [65_536, fc.sample(fc.infiniteStream(fc.nat()), 1)[0]],
        ],
      },
    );
  });

  test('for our own snapshots, whatever their ids', () => {
    const ids = ['\uE000', '\u{10000}', '\uD7FF', 'a', 'A', '', 'é', '\0', 'a\0b', '__proto__', 'constructor'].filter(
      Boolean,
    );
    const items = ids.map((itemId) => ({ itemId, kind: 'k', sourceKey: 's', content: itemId }));
    const snapshot = snapshotPack(input, { ...ctx, items });
    for (const item of items) {
      const proof = proveItem(snapshot, item.itemId);
      assert.equal(snapshot.index[proof.leafIndex].itemId, item.itemId);
      assert.equal(verifyItem(item, proof, snapshot.output.hash), true);
      for (const object of reach(proof)) assert(Object.isFrozen(object));
    }
    for (const [position, { itemId }] of snapshot.index.entries()) {
      assert.equal(proveItem(snapshot, itemId).leafIndex, position);
    }
  });

  test('for our own index, of which the tree is known, as for a copy of it', () => {
    const frozen = (items) => snapshotPack(input, { ...ctx, items }).items;
    for (const count of [0, 1, 2, 3, 5, 8, 9, 64, 65, 130]) {
      const items = Array.from({ length: count }, (_, number) => itemOf(number));
      const builder = new api.SnapshotBuilder(input, ctx);
      for (const item of items) builder.add(item);
      const known = frozen(items);
      for (const own of [
        snapshotPack(input, { ...ctx, items }),
        snapshotPack(input, { ...ctx, items: known }),
        // One item less, and one that is another.
        snapshotPack(input, { ...ctx, items: known.slice(1) }),
        snapshotPack(input, { ...ctx, items: known.map((item, at) => (at === 1 ? { ...item, kind: 'l' } : item)) }),
        builder.finish(),
        api.previewPack(input, { ...ctx, items }),
      ]) {
        const { manifest, index } = own;
        for (const { itemId } of index.filter((_, at) => at % 7 === 0 || at > index.length - 3)) {
          assert.deepEqual(
            proveItem({ manifest, index }, itemId),
            proveItem({ manifest, index: clone(index) }, itemId),
          );
        }
        const absent = (index) => api.proveAbsence({ manifest, index }, 'item x');
        assert.deepEqual(absent(index), absent(clone(index)));
      }
      builder.free();
    }
  });

  test('for a single item, whose path is empty', () => {
    const snapshot = snapshotPack(input, { ...ctx, items: [itemOf(0)] });
    assert.deepEqual(proveItem(snapshot, idOf(0)).path, []);
  });
});

describe('an item that is not in the snapshot', () => {
  const notFound = (run) => assertProblem(thrownBy(run), { code: 'NOT_FOUND', operation: false }, api);
  // E8.5-1
  test('gives NOT_FOUND, before and after other proofs', () => {
    for (const make of [
      () => treeOf(7),
      () => snapshotPack(input, { ...ctx, items: Array.from({ length: 7 }, (_, n) => itemOf(n)) }),
    ]) {
      const tree = make();
      for (let round = 0; round < 2; round++) {
        for (const id of ['', 'a', idOf(7), `${idOf(3)} `, 'zzz', '\u{10000}']) {
          if (id !== '') notFound(() => proveItem(tree, id));
        }
        assert.equal(proveItem(tree, idOf(6)).leafIndex, 6);
      }
    }
    notFound(() => proveItem(treeOf(0), 'a'));
    notFound(() => proveItem(snapshotPack(input, { ...ctx, items: [] }), 'a'));
  });

  test('gives an issue if the itemId is invalid', () => {
    for (const [id, code] of [
      [undefined, 'invalid_type'],
      [null, 'invalid_type'],
      [5, 'invalid_type'],
      [['item 000000'], 'invalid_type'],
      [new String(idOf(0)), 'invalid_type'],
      ['\ud800', 'invalid_format'],
    ]) {
      const error = thrownBy(() => proveItem(treeOf(3), id));
      assertProblem(error, { code: 'VALIDATION_FAILED', issues: [{ path: 'itemId', code }], operation: false }, api);
    }
  });
});

const other = toDigest(sha256('other'));
const upper = (text) => `sha256:${text.slice(7).toUpperCase()}`;
const bad = 'Invalid digest: expected sha256: and 64 lower-case hex digits';
/** Changes to a tree of 5, and their issues: path, code, message. */
const BENT = [
  ['undefined', () => undefined, [['', 'invalid_type', 'Invalid input: expected object, received undefined']]],
  ['an array', () => [], [['', 'invalid_type', 'Invalid input: expected object, received array']]],
  [
    'an empty object',
    () => ({}),
    [
      ['manifest', 'invalid_type', 'Invalid input: expected object, received undefined'],
      ['index', 'invalid_type', 'Invalid input: expected array, received undefined'],
    ],
  ],
  [
    'index null',
    (tree) => ({ ...tree, index: null }),
    [['index', 'invalid_type', 'Invalid input: expected array, received null']],
  ],
  [
    'index a Map',
    (tree) => ({ ...tree, index: new Map() }),
    [['index', 'invalid_type', 'Invalid input: expected array, received Map']],
  ],
  ['index an iterator', (tree) => ({ ...tree, index: tree.index.values() }), [['index', 'invalid_type']]],
  [
    'index like an array',
    (tree) => ({ ...tree, index: { length: 0 } }),
    [['index', 'invalid_type', 'Invalid input: expected array, received object']],
  ],
  [
    'unsorted',
    ({ index }) => {
      [index[1], index[2]] = [index[2], index[1]];
    },
    [['index', 'mismatch']],
  ],
  ['reversed', ({ index }) => void index.reverse(), [['index', 'mismatch']]],
  ['a duplicate', ({ index }) => void index.splice(3, 0, { ...index[2] }), [['index', 'mismatch']]],
  [
    'a duplicate of the right length',
    ({ index }) => {
      index[3] = { ...index[2] };
    },
    [['index', 'mismatch']],
  ],
  ['one too few', ({ index }) => void index.pop(), [['index', 'mismatch', 'Mismatch: expected 5, found 4']]],
  [
    'one too many',
    ({ index }) => void index.push({ itemId: 'z', digest: other }),
    [['index', 'mismatch', 'Mismatch: expected 5, found 6']],
  ],
  ['empty', (tree) => ({ ...tree, index: [] }), [['index', 'mismatch', 'Mismatch: expected 5, found 0']]],
  [
    'another count',
    ({ manifest }) => {
      manifest.itemCount = 6;
    },
    [['index', 'mismatch', 'Mismatch: expected 6, found 5']],
  ],
  [
    'another root',
    ({ manifest }) => {
      manifest.itemsRoot = other;
    },
    [['index', 'mismatch', `Mismatch: expected ${other}, found ${toDigest(mth(0, 5))}`]],
  ],
  [
    'another digest',
    ({ index }) => {
      index[4].digest = other;
    },
    [['index', 'mismatch']],
  ],
  [
    'two digests exchanged',
    ({ index }) => {
      [index[0].digest, index[1].digest] = [index[1].digest, index[0].digest];
    },
    [['index', 'mismatch']],
  ],
  [
    'another id, still sorted',
    ({ index }) => {
      index[4].itemId = 'z';
    },
    undefined,
  ],
  [
    'a digest in upper case',
    ({ index }) => {
      index[2].digest = upper(index[2].digest);
    },
    [['index.2.digest', 'invalid_format', bad]],
  ],
  [
    'a digest without prefix',
    ({ index }) => {
      index[2].digest = index[2].digest.slice(7);
    },
    [['index.2.digest', 'invalid_format', bad]],
  ],
  [
    'entries that are not objects',
    ({ index }) => void Object.assign(index, [null, 'text', 5, [], undefined]),
    ['null', 'string', 'number', 'array', 'undefined'].map((what, at) => [
      `index.${at}`,
      'invalid_type',
      `Invalid input: expected object, received ${what}`,
    ]),
  ],
  [
    'holes',
    (tree) => {
      delete tree.index[1];
      delete tree.index[4];
    },
    [1, 4].map((at) => [`index.${at}`, 'invalid_type', 'Invalid input: expected object, received undefined']),
  ],
  [
    'entries with members that are wrong',
    ({ index }) => {
      index[0] = {};
      index[1].itemId = '';
      index[2] = { itemId: 5, digest: null };
      index[3].itemId = '\udc00';
    },
    [
      ['index.0.itemId', 'invalid_type', 'Invalid input: expected string, received undefined'],
      ['index.0.digest', 'invalid_type', 'Invalid input: expected string, received undefined'],
      ['index.1.itemId', 'too_small', 'Too small: expected string to have >=1 characters'],
      ['index.2.itemId', 'invalid_type', 'Invalid input: expected string, received number'],
      ['index.2.digest', 'invalid_type', 'Invalid input: expected string, received null'],
      ['index.3.itemId', 'invalid_format', 'Invalid string: unpaired surrogate at index 0'],
    ],
  ],
  [
    'more than 100 wrong entries',
    (tree) => ({ ...tree, index: Array(200).fill(5) }),
    [
      ...Array.from({ length: 100 }, (_, at) => [`index.${at}`, 'invalid_type']),
      ['', 'too_many_issues', 'More issues than the 100 listed'],
    ],
  ],
  [
    'a huge array of holes',
    (tree) => {
      const index = [];
      index.length = 2 ** 32 - 1;
      return { ...tree, index };
    },
    [
      ...Array.from({ length: 100 }, (_, at) => [`index.${at}`, 'invalid_type']),
      ['', 'too_many_issues', 'More issues than the 100 listed'],
    ],
  ],
  [
    'format',
    ({ manifest }) => {
      manifest.format = 'context.pack.snapshot/v2';
    },
    [['manifest.format', 'mismatch']],
  ],
  [
    'a negative count',
    ({ manifest }) => {
      manifest.itemCount = -1;
    },
    [['manifest.itemCount', 'invalid_type']],
  ],
  [
    'a count that is not an integer',
    ({ manifest }) => {
      manifest.itemCount = 5.5;
    },
    [['manifest.itemCount', 'invalid_type']],
  ],
  [
    'a count too large',
    ({ manifest }) => {
      manifest.itemCount = 2 ** 53;
    },
    [['manifest.itemCount', 'invalid_type']],
  ],
  [
    'a root in upper case',
    ({ manifest }) => {
      manifest.itemsRoot = upper(manifest.itemsRoot);
    },
    [['manifest.itemsRoot', 'invalid_format', bad]],
  ],
  [
    'an unknown member',
    ({ manifest }) => {
      manifest.colour = 1;
    },
    [['manifest.colour', 'extra', 'Unknown member: colour']],
  ],
  [
    'an unknown member of the pack',
    ({ manifest }) => {
      manifest.pack = { ...pack, colour: 1 };
    },
    [['manifest.pack.colour', 'extra']],
  ],
  ['no pack', ({ manifest }) => void delete manifest.pack, [['manifest.pack', 'invalid_type']]],
  [
    'values that are not JSON',
    ({ manifest }) => {
      manifest.pack = { ...pack, title: Number.NaN };
    },
    [['manifest.pack.title', 'invalid_type']],
  ],
  [
    'manifest and index at once',
    (tree) => {
      tree.manifest.format = 'x';
      tree.index[0] = null;
    },
    [
      ['manifest.format', 'mismatch'],
      ['index.0', 'invalid_type'],
    ],
  ],
];

// E8.5-1
describe('refuses an index that does not fit the manifest', () => {
  for (const [name, bend, issues] of BENT) {
    test(name, () => {
      const tree = clone(treeOf(5));
      const changedParts = bend(tree);
      const given = changedParts === undefined && bend.length > 0 ? tree : changedParts;
      for (const id of [idOf(0), idOf(4), 'not there']) {
        if (issues === undefined) {
          // The id is only covered by the digest of its item: the proof does not verify.
          if (id === idOf(0)) assert.equal(verifyItem(itemOf(0), proveItem(given, id), digest(given.manifest)), true);
          continue;
        }
        const wanted = issues.map(([path, code, message]) => ({ path, code, ...(message && { message }) }));
        const error = thrownBy(() => proveItem(given, id));
        assertProblem(error, { code: 'VALIDATION_FAILED', issues: wanted, operation: false }, api);
      }
    });
  }

  test('an index with exchanged ids proves nothing about them', () => {
    const tree = clone(treeOf(5));
    tree.index[4].itemId = 'z';
    const hash = digest(tree.manifest);
    const proof = proveItem(tree, 'z');
    assert.equal(verifyItem(itemOf(4), proof, hash), false);
    assert.equal(verifyItem({ ...itemOf(4), itemId: 'z' }, proof, hash), false);
  });
});

describe('an index that is changed after a proof', () => {
  const mutations = {
    'another digest in the requested entry': (index) => {
      index[3].digest = other;
    },
    'another id in the requested entry': (index) => {
      index[3].itemId = `${idOf(3)}x`;
    },
    'another object as the requested entry': (index) => {
      index[3] = { itemId: idOf(3), digest: other };
    },
    'null as the requested entry': (index) => {
      index[3] = null;
    },
    'a hole as the requested entry': (index) => void delete index[3],
    'entries removed at the end': (index) => void index.pop(),
    'entries removed before it': (index) => void index.shift(),
    'all entries removed': (index) => {
      index.length = 0;
    },
    'an entry appended': (index) => void index.push({ itemId: 'z', digest: other }),
    rotated: (index) => void index.push(index.shift()),
  };
  for (const [name, mutate] of Object.entries(mutations)) {
    test(`is refused until it is restored: ${name}`, () => {
      const tree = clone(treeOf(7));
      const proof = proveItem(tree, idOf(3));
      assert.equal(verifyItem(itemOf(3), proof, digest(tree.manifest)), true);
      const before = clone(tree.index);
      mutate(tree.index);
      assert.throws(
        () => proveItem(tree, idOf(3)),
        (error) => error.status === 422 || error.status === 404,
      );
      assert.throws(
        () => proveItem(tree, idOf(3)),
        (error) => error.status === 422 || error.status === 404,
      );
      // The original value is restored.
      tree.index.length = 0;
      tree.index.push(...before);
      assert.deepEqual(proveItem(tree, idOf(3)), proof);
    });
  }

  test('becomes that of another snapshot, together with its manifest', () => {
    const tree = clone(treeOf(7));
    proveItem(tree, idOf(3));
    const grown = treeOf(9);
    tree.index.push(...clone(grown.index.slice(7)));
    assert.throws(() => proveItem(tree, idOf(3)), { status: 422 });
    tree.manifest = grown.manifest;
    assert.deepEqual(proveItem(tree, idOf(3)), proveItem(grown, idOf(3)));
    assert.deepEqual(proveItem(tree, idOf(8)).path, pathOf(8, 0, 9).map(toDigest));
  });

  test('may change in another entry: the proof is still valid for the requested item', () => {
    const tree = clone(treeOf(7));
    const proof = proveItem(tree, idOf(3));
    tree.index[5].digest = other;
    const again = (() => {
      try {
        return proveItem(tree, idOf(3));
      } catch (error) {
        assert.equal(error.status, 422);
        return proof;
      }
    })();
    assert.deepEqual(again, proof);
    assert.throws(() => proveItem(tree, idOf(5)), { status: 422 });
  });

  test('does not fit another manifest', () => {
    const tree = treeOf(7);
    const proof = proveItem(tree, idOf(3));
    const renamed = { ...tree, manifest: { ...tree.manifest, pack: { ...pack, title: 'another' } } };
    const own = proveItem(renamed, idOf(3));
    assert.deepEqual(own.path, proof.path);
    assert.equal(own.hash, digest(renamed.manifest));
    assert.notEqual(own.hash, proof.hash);
    for (const change of [{ itemCount: 8 }, { itemsRoot: other }]) {
      const changedParts = { ...tree, manifest: { ...tree.manifest, ...change } };
      assert.throws(() => proveItem(changedParts, idOf(3)), { status: 422 });
    }
    assert.deepEqual(proveItem(tree, idOf(3)), proof);
  });

  test('reads the getters of an index once per entry, and lets their exceptions pass', () => {
    const tree = clone(treeOf(7));
    const hostError = new Error('mine');
    Object.defineProperty(tree.index[2], 'digest', {
      get() {
        throw hostError;
      },
    });
    assert.equal(
      thrownBy(() => proveItem(tree, idOf(3))),
      hostError,
    );
    const unstable = clone(treeOf(7));
    let reads = 0;
    Object.defineProperty(unstable.index[2], 'digest', { get: () => (reads++ === 0 ? toDigest(leaves[2]) : other) });
    assert.equal(proveItem(unstable, idOf(3)).leafIndex, 3);
    assert.equal(reads, 1);
    assert.throws(() => proveItem(unstable, idOf(2)), { status: 422 });
  });
});

describe('refuses forged proofs', () => {
  const trees = [treeOf(1), treeOf(2), treeOf(7), treeOf(8), treeOf(33)];
  const others = [
    { ...treeOf(8), manifest: { ...treeOf(8).manifest, pack: { ...pack, packKey: 'q' } } },
    { ...treeOf(8), manifest: { ...treeOf(8).manifest, pack: { ...pack, version: '2' } } },
  ];

  test('for another item, leaf, size or pack', () => {
    const all = [...trees, ...others].flatMap((tree) =>
      tree.index.map(({ itemId }, leaf) => ({ tree, leaf, itemId, proof: proveItem(tree, itemId) })),
    );
    for (const one of all) {
      for (const two of all) {
        const isSame = one.proof.hash === two.proof.hash && one.leaf === two.leaf;
        assert.equal(verifyItem(itemOf(two.leaf), one.proof, two.proof.hash), isSame);
        // With some parts of one proof in the other.
        for (const name of ['itemId', 'leafIndex', 'path', 'manifest', 'hash']) {
          const mixed = { ...one.proof, [name]: two.proof[name] };
          const isWhole = JSON.stringify(mixed) === JSON.stringify(one.proof);
          assert.equal(verifyItem(itemOf(one.leaf), mixed, one.proof.hash), isWhole, name);
        }
      }
    }
  });

  const tree = treeOf(33);
  const hash = digest(tree.manifest);
  const proof = clone(proveItem(tree, idOf(20)));
  const item = itemOf(20);

  test('with any changed character', () => {
    const text = JSON.stringify(proof);
    let tried = 0;
    for (let at = 0; at < text.length; at++) {
      for (const character of ['0', 'f', '"', 'x']) {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (changed === text) continue;
        let value;
        try {
          value = JSON.parse(changed);
        } catch {
          continue;
        }
        tried++;
        assert.equal(verifyItem(item, value, hash), false, changed);
      }
    }
    assert(tried > 1000, `${tried}`);
  });

  // F6-3, E8.3-1
  test('with a wrong shape', () => {
    const { path } = proof;
    for (const changedParts of [
      undefined,
      null,
      'text',
      5,
      [],
      {},
      JSON.stringify(proof),
      Promise.resolve(proof),
      { ...proof, path: path.slice(1) },
      { ...proof, path: path.slice(0, -1) },
      { ...proof, path: [...path, path[0]] },
      { ...proof, path: [...path, tree.manifest.itemsRoot] },
      { ...proof, path: path.toReversed() },
      { ...proof, path: path.map(upper) },
      { ...proof, path: path.map((sibling) => sibling.slice(7)) },
      { ...proof, path: path.join() },
      { ...proof, path: new Set(path) },
      { ...proof, path: [path] },
      { ...proof, path: undefined },
      { ...proof, path: Array(54).fill(path[0]) },
      { ...proof, path: Array(1_000_000).fill(path[0]) },
      ...[-1, 33, 20.5, '20', 20n, Number.NaN, 2 ** 53, 20 + 2 ** 32, null, undefined].map((leafIndex) => ({
        ...proof,
        leafIndex,
      })),
      ...[20, null, undefined, ''].map((itemId) => ({ ...proof, itemId })),
      ...[upper(hash), other, null, undefined, hash.slice(7)].map((own) => ({ ...proof, hash: own })),
      ...[{}, null, undefined, [], 'x'].map((manifest) => ({ ...proof, manifest })),
      { ...proof, manifest: { ...proof.manifest, extra: 1 } },
      { ...proof, manifest: { ...proof.manifest, itemCount: 34 } },
      { ...proof, manifest: { ...proof.manifest, itemCount: '33' } },
    ]) {
      assert.equal(verifyItem(item, changedParts, hash), false);
    }
    for (const trusted of [
      undefined,
      null,
      '',
      other,
      upper(hash),
      hash.slice(7),
      `${hash} `,
      [hash],
      new String(hash),
    ]) {
      assert.equal(verifyItem(item, proof, trusted), false);
    }
    for (const changedParts of [
      undefined,
      null,
      5,
      'text',
      [],
      {},
      { ...item, content: 5 },
      { ...item, content: Number.NaN },
      { ...item, kind: 'q' },
      { ...item, textContent: '' },
      { ...item, metadata: {} },
      { ...item, itemId: idOf(21) },
      Promise.resolve(item),
    ]) {
      assert.equal(verifyItem(changedParts, proof, hash), false);
    }
    assert.equal(verifyItem(item, proof, hash), true);
  });

  test('that present an inner node as a leaf', () => {
    // The second preimage of trees without prefixes: the parent of two leaves as a leaf of a smaller tree.
    const small = treeOf(2);
    const parent = root(leaves.slice(0, 2));
    const forged = { ...small.manifest, itemCount: 1, itemsRoot: toDigest(parent) };
    for (const leaf of [0, 1]) {
      const given = { itemId: idOf(leaf), leafIndex: 0, path: [], manifest: forged, hash: digest(forged) };
      assert.equal(verifyItem(itemOf(leaf), given, digest(forged)), false);
    }
  });

  test('but ignores unknown members, and treats null as absent', () => {
    const stored = {
      ...item,
      snapshotId: 's-1',
      createdAt: new Date(),
      sourceVersion: null,
      textContent: null,
      metadata: null,
      more: 1n,
    };
    assert.equal(verifyItem(stored, { ...proof, more: 1 }, hash), true);
  });

  test('but lets exceptions of an item or a proof pass', () => {
    const hostError = new Error('mine');
    const thrower = (object, name) =>
      Object.defineProperty({ ...object }, name, {
        get() {
          throw hostError;
        },
      });
    for (const name of ['itemId', 'path', 'manifest']) {
      assert.equal(
        thrownBy(() => verifyItem(item, thrower(proof, name), hash)),
        hostError,
      );
    }
    assert.equal(
      thrownBy(() => verifyItem(thrower(item, 'content'), proof, hash)),
      hostError,
    );
    assert.equal(verifyItem(item, proof, hash), true);
  });
});

test('proves one item of 1,000,000 with at most 20 digests and 2 KB', async () => {
  const { count, sizes } = await inChild(`
    const { SnapshotBuilder, digestItem, proveItem, verifyItem } = await import('@lssm-tech/lib.context-snapshot');
    const pack = { packKey: 'p', version: '1', title: 't' };
    const builder = new SnapshotBuilder({ packKey: 'p' }, { actor: 'admin', pack });
    const item = { itemId: 'm', kind: 'k', sourceKey: 's', content: 'the one' };
    const { digest } = digestItem(item);
    const entry = { itemId: '', digest: 'sha256:' + '5'.repeat(64), kind: 'k', sourceKey: 's' };
    for (let number = 0; number < 999999; number++) {
      entry.itemId = String(number).padStart(7, '0');
      builder.addDigest(entry);
    }
    builder.addDigest({ ...entry, itemId: 'm', digest });
    const snapshot = builder.finish();
    builder.free();
    const ids = ['m', snapshot.index[0].itemId, snapshot.index[524287].itemId, snapshot.index[524288].itemId];
    const sizes = ids.map((itemId) => {
      const { manifest, ...proof } = proveItem(snapshot, itemId);
      const isRight = itemId !== 'm' || verifyItem(item, { ...proof, manifest }, snapshot.output.hash);
      return { hashes: proof.path.length, bytes: JSON.stringify(proof).length, isRight };
    });
    report({ count: snapshot.index.length, sizes });`);
  assert.equal(count, 1_000_000);
  for (const { hashes, bytes, isRight } of sizes) {
    assert(hashes <= 20, `${hashes}`);
    assert(bytes <= 2048, `${bytes}`);
    assert(isRight);
  }
});

// F6-2: a builder keeps no tree of more than 2^20 items. The proofs of such a snapshot had zeros in place of the digests of nodes.
test('proves items and absent ids of a snapshot whose builder kept no tree', async () => {
  const { count, found } = await inChild(`
    import {
      digestItem, proveAbsence, proveItem, SnapshotBuilder, verifyAbsence, verifyItem,
    } from '@lssm-tech/lib.context-snapshot';
    const pack = { packKey: 'p', version: '1', title: 't' };
    const item = { itemId: '0000077', kind: 'k', sourceKey: 's', content: 'c' };
    const builder = new SnapshotBuilder({ packKey: 'p' }, { actor: 'admin', pack });
    const entry = { itemId: '', digest: 'sha256:' + '5'.repeat(64), kind: 'k', sourceKey: 's' };
    for (let number = 0; number <= 2 ** 20; number++) {
      entry.itemId = String(number).padStart(7, '0');
      if (number === 77) builder.add(item);
      else builder.addDigest(entry);
    }
    const snapshot = builder.finish();
    const { hash } = snapshot.output;
    const hold = () => [
      verifyItem(item, proveItem(snapshot, '0000077'), hash),
      verifyAbsence('00000770', proveAbsence(snapshot, '00000770'), hash),
      verifyAbsence('9', proveAbsence(snapshot, '9'), hash),
    ];
    report({ count: snapshot.index.length, found: [hold(), hold()] });`);
  assert.equal(count, 2 ** 20 + 1);
  assert.deepEqual(found, [
    [true, true, true],
    [true, true, true],
  ]);
});

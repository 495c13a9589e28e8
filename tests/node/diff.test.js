// Checks diffSnapshots: the differences between two snapshots.
//
// Why: operators use it to decide whether a new snapshot is the intended one. How: for generated packs and items, the result is
// compared with plain set arithmetic. The vectors of `diffs.json` require the same as the crate returns. Then come parts that do not fit
// together.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { assertProblem, reach, thrownBy } from './support/expect.js';

const { canonicalize, diffSnapshots, snapshotPack } = api;
const pack = { packKey: 'p', version: '1', title: 't' };
const NOTHING = { added: [], removed: [], changed: [], unchanged: 0, pack: [] };
const take = (items, more) => {
  const own = { ...pack, ...more };
  return snapshotPack({ packKey: own.packKey }, { actor: 'admin', pack: own, items });
};
const item = (itemId, content = 'c') => ({ itemId, kind: 'k', sourceKey: 's', content });
const clone = ({ manifest, index }) => JSON.parse(JSON.stringify({ manifest, index }));
const byUnits = (left, right) => (left < right ? -1 : Number(left > right));
const MEMBERS = ['packKey', 'version', 'title', 'description', 'owners', 'tags', 'sources'];

/** Computes the differences from items and packs, by definition. */
function expected(before, after, packBefore, packAfter) {
  const [old, now] = [before, after].map((items) => new Map(items.map((one) => [one.itemId, canonicalize(one)])));
  const ids = (from, isWanted) => [...from.keys()].filter(isWanted).sort(byUnits);
  const text = (value) => (value === undefined ? undefined : canonicalize(value));
  return {
    added: ids(now, (id) => !old.has(id)),
    removed: ids(old, (id) => !now.has(id)),
    changed: ids(now, (id) => old.has(id) && old.get(id) !== now.get(id)),
    unchanged: ids(now, (id) => old.get(id) === now.get(id)).length,
    pack: MEMBERS.filter((name) => text(packBefore[name]) !== text(packAfter[name])),
  };
}

describe('agrees with set arithmetic', () => {
  const id = fc.oneof(
    fc.constantFrom('a', 'b', 'B', 'ab', '\uE000', '\u{10000}', '\uFFFF', '\u{10FFFF}', '\uD7FF', 'é', '__proto__'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
  );
  const items = fc.uniqueArray(
    fc.record({
      itemId: id,
      kind: fc.constantFrom('k', 'l'),
      sourceKey: fc.constant('s'),
      content: fc.constantFrom('x', 'y'),
    }),
    { selector: ({ itemId }) => itemId, maxLength: 25 },
  );
  const texts = fc.option(fc.array(fc.constantFrom('o', 'p'), { maxLength: 2 }), { nil: undefined });
  const source = fc.record({
    kind: fc.constant('k'),
    key: fc.constantFrom('s', 'r'),
    required: fc.constantFrom(false, undefined),
  });
  const packs = fc.record({
    packKey: fc.constantFrom('p', 'q'),
    version: fc.constantFrom('1', '2'),
    title: fc.constantFrom('t', ''),
    description: fc.constantFrom(undefined, '', 'd'),
    owners: texts,
    tags: texts,
    sources: fc.option(fc.array(source, { maxLength: 2 }), { nil: undefined }),
  });

  test('for random packs and items', () => {
    fc.assert(
      fc.property(items, items, packs, packs, fc.boolean(), (before, after, left, right, isOurs) => {
        let [one, two] = [take(before, left), take(after, right)];
        if (!isOurs) [one, two] = [clone(one), clone(two)];
        const wanted = expected(before, after, left, right);
        assert.deepEqual(diffSnapshots(one, two), wanted);
        // The result of an index is cached: the second comparison equals the first, and so does the reverse one.
        assert.deepEqual(diffSnapshots(one, two), wanted);
        assert.deepEqual(diffSnapshots(two, one), {
          ...wanted,
          added: wanted.removed,
          removed: wanted.added,
        });
        assert.deepEqual(diffSnapshots(one, one), { ...NOTHING, unchanged: before.length });
      }),
      { numRuns: 1000, seed: 20270615 },
    );
  });

  test('for 20,000 items', () => {
    const make = (from, content) => Array.from({ length: 20_000 }, (_, at) => item(`${from + at}`, content(from + at)));
    const [before, after] = [make(0, () => 'x'), make(5_000, (number) => (number % 10 === 0 ? 'y' : 'x'))];
    const diff = diffSnapshots(take(before), take(after));
    assert.deepEqual(diff, expected(before, after, pack, pack));
    assert.equal(diff.unchanged, 13_500);
  });
});

describe('agrees with the walk of the crate, on the same vectors', () => {
  const vectors = JSON.parse(readFileSync(new URL('../vectors/diffs.json', import.meta.url), 'utf8'));
  assert(vectors.length >= 50, `${vectors.length} vectors`);
  for (const { name, before, after, expected: wanted } of vectors) {
    test(name, () => {
      assert.deepEqual(diffSnapshots(before, after), wanted);
      // The first call has read and checked the indexes. Now they are known.
      assert.deepEqual(diffSnapshots(before, after), wanted);
    });
  }
});

test('in the order of the tree: UTF-16 units', () => {
  const ids = ['\uE000', '\u{10000}', '\uFFFF', '\uD7FF', 'b', 'B', 'a'];
  const ordered = ['B', 'a', 'b', '\uD7FF', '\u{10000}', '\uE000', '\uFFFF'];
  const all = ids.map((id) => item(id));
  const other = ids.map((id) => item(id, 'other'));
  assert.deepEqual(diffSnapshots(take([]), take(all)).added, ordered);
  assert.deepEqual(diffSnapshots(take(all), take([])).removed, ordered);
  assert.deepEqual(diffSnapshots(take(all), take(other)).changed, ordered);
});

describe('compares members of the pack', () => {
  const full = { description: 'd', owners: ['o', 'p'], tags: ['t'], sources: [{ kind: 'k', key: 's', version: '1' }] };
  for (const [name, changes] of Object.entries({
    packKey: ['q'],
    version: ['2', ''],
    title: ['T', ''],
    description: ['', undefined],
    owners: [['p', 'o'], ['o'], [], undefined],
    tags: [['t', 't'], [], undefined],
    sources: [[], undefined, [{ kind: 'k', key: 's' }], [{ kind: 'k', key: 's', version: '1', required: false }]],
  })) {
    test(name, () => {
      for (const value of changes) {
        const diff = diffSnapshots(take([], full), take([], { ...full, [name]: value }));
        assert.deepEqual(diff, { ...NOTHING, pack: [name] });
      }
    });
  }

  test('all of them, in the order of the contract', () => {
    const other = { packKey: 'q', version: '2', title: 'u' };
    assert.deepEqual(diffSnapshots(take([], full), take([], other)).pack, MEMBERS);
    assert.deepEqual(diffSnapshots(take([], { ...full, updatedAt: 'x' }), take([], full)).pack, []);
  });
});

test('returns a deeply frozen, plain object that shares nothing', () => {
  const diff = diffSnapshots(take([item('a')]), take([item('b')], { title: 'x' }));
  for (const object of reach(diff)) assert(Object.isFrozen(object));
  assert.deepEqual(Object.keys(diff), ['added', 'removed', 'changed', 'unchanged', 'pack']);
  assert.notEqual(diff.added, diffSnapshots(take([item('a')]), take([item('b')])).added);
});

// E8-5, E8.5-2
describe('refuses', () => {
  const good = () => clone(take([item('a'), item('b'), item('c')]));
  const refuses = (before, after, ...issues) => {
    const wanted = issues.map(([path, code, message]) => ({ path, code, ...(message && { message }) }));
    const error = thrownBy(() => diffSnapshots(before, after));
    assertProblem(error, { code: 'VALIDATION_FAILED', issues: wanted, operation: false }, api);
  };
  const received = (what) => `Invalid input: expected object, received ${what}`;

  test('values that are not snapshots', () => {
    refuses(
      undefined,
      null,
      ['before', 'invalid_type', received('undefined')],
      ['after', 'invalid_type', received('null')],
    );
    refuses(good(), [], ['after', 'invalid_type', received('array')]);
    refuses({}, good(), ['before.manifest', 'invalid_type'], ['before.index', 'invalid_type']);
  });

  test('parts that do not fit together, each side by its name', () => {
    const change = (edit) => {
      const one = good();
      edit(one);
      return one;
    };
    const count = ['index', 'mismatch', 'Mismatch: expected 3, found 2'];
    const at = (side, [path, ...rest]) => [`${side}.${path}`, ...rest];
    for (const [edit, ...issues] of [
      [({ index }) => index.pop(), count],
      [({ index }) => index.reverse(), ['index', 'mismatch']],
      [({ index }) => index.fill(null, 1, 2), ['index.1', 'invalid_type', received('null')]],
      [({ index }) => Object.assign(index[1], { digest: 'x' }), ['index.1.digest', 'invalid_format']],
      [({ index }) => Object.assign(index[1], index[0]), ['index', 'mismatch']],
      [({ manifest }) => Object.assign(manifest, { itemsRoot: `sha256:${'0'.repeat(64)}` }), ['index', 'mismatch']],
      [({ manifest }) => Object.assign(manifest, { format: 'v0' }), ['manifest.format', 'mismatch']],
      [
        ({ manifest }) => Object.assign(manifest.pack, { a: 1, title: 5 }),
        ['manifest.pack.title', 'invalid_type'],
        ['manifest.pack.a', 'extra'],
      ],
    ]) {
      refuses(change(edit), good(), ...issues.map((issue) => at('before', issue)));
      refuses(good(), change(edit), ...issues.map((issue) => at('after', issue)));
      refuses(
        change(edit),
        change(edit),
        ...issues.map((issue) => at('before', issue)),
        ...issues.map((issue) => at('after', issue)),
      );
    }
  });

  test('more than 100 issues', () => {
    const many = { ...good(), index: Array(150).fill(5) };
    const { issues } = thrownBy(() => diffSnapshots(many, many));
    assert.equal(issues.length, 101);
    assert.deepEqual([issues[99].path, issues[100].path, issues[100].code], ['before.index.99', '', 'too_many_issues']);
  });

  test('an index that was changed after a comparison', () => {
    const [one, two] = [good(), good()];
    assert.deepEqual(diffSnapshots(one, two), { ...NOTHING, unchanged: 3 });
    two.index[1].digest = `sha256:${'0'.repeat(64)}`;
    assert.throws(() => diffSnapshots(one, two), { status: 422 });
    two.index[1].digest = one.index[1].digest;
    assert.deepEqual(diffSnapshots(one, two), { ...NOTHING, unchanged: 3 });
    two.manifest.itemCount = 2;
    assert.throws(() => diffSnapshots(one, two), { status: 422 });
    one.index.pop();
    assert.throws(() => diffSnapshots(one, good()), { status: 422 });
  });

  test("but lets the host's exceptions pass", () => {
    const hostError = new Error('mine');
    const thrower = {
      get manifest() {
        throw hostError;
      },
    };
    assert.equal(
      thrownBy(() => diffSnapshots(good(), thrower)),
      hostError,
    );
    assert.equal(
      thrownBy(() => diffSnapshots(thrower, good())),
      hostError,
    );
  });
});

// Checks previewPack: the snapshot that a pack would give.
//
// Why: operators lock what a preview has shown. So it must match the result of snapshotPack, and its problems must be those
// that snapshotPack throws. How: both get the same packs, valid ones and randomly broken ones. Sizes are computed here, with a
// canonicalizer by other authors, and changes with set arithmetic.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { assertProblem, reach, thrownBy } from './support/expect.js';
import { canonicalItem } from './support/format.js';
import { decode } from './support/values.js';

const { diffSnapshots, previewPack, snapshotPack } = api;
const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const snapshots = read('snapshots');
const refusals = read('refusals');

const pack = { packKey: 'p', version: '1', title: 't' };
const input = { packKey: 'p' };
const ctx = { actor: 'user', pack, items: [] };
const item = (itemId, more) => ({ itemId, kind: 'k', sourceKey: 's', content: 'c', ...more });
const preview = (items, more) => previewPack(input, { ...ctx, items, ...more });
const byUnits = (left, right) => (left < right ? -1 : Number(left > right));
const bytesOf = (one) => Buffer.byteLength(canonicalItem(one));

/** Computes `bytes` and `kinds`, by definition. */
function sizes(items) {
  const kinds = new Map();
  for (const one of items) {
    const { items: count, bytes } = kinds.get(one.kind) ?? { items: 0, bytes: 0 };
    kinds.set(one.kind, { kind: one.kind, items: count + 1, bytes: bytes + bytesOf(one) });
  }
  return {
    bytes: items.reduce((sum, one) => sum + bytesOf(one), 0),
    kinds: [...kinds.values()].sort((left, right) => byUnits(left.kind, right.kind)),
  };
}

describe('matches the snapshot of snapshotPack', () => {
  for (const { name, input: asked, ctx: given, expected } of snapshots) {
    test(name, () => {
      for (const caller of [given, { ...given, actor: 'user', roles: [] }, { ...given, actor: 'admin' }]) {
        const found = previewPack(asked, caller);
        assert.deepEqual(found, {
          problems: [],
          hash: expected.hash,
          manifest: expected.record.metadata.$snapshot.manifest,
          index: expected.index,
          ...sizes(given.items),
        });
        for (const object of reach(found)) assert(Object.isFrozen(object));
      }
    });
  }
});

describe('authorization', () => {
  const outcome = (more) => {
    try {
      return previewPack(input, { ...ctx, ...more }).hash === undefined ? 'no hash' : 200;
    } catch (error) {
      return error.status;
    }
  };
  for (const [caller, status] of [
    [{ actor: 'user' }, 200],
    [{ actor: 'user', roles: ['editor'] }, 200],
    [{ actor: 'user', roles: null }, 200],
    [{ actor: 'user', roles: ['admin'] }, 200],
    [{ actor: 'admin' }, 200],
    [{ actor: 'user', decision: { effect: 'allow' } }, 200],
    [{ actor: undefined }, 401],
    [{ actor: 'anonymous' }, 401],
    [{ actor: 'anonymous', roles: ['admin'] }, 401],
    [{ actor: 'root' }, 401],
    [{ actor: ['user'] }, 401],
    [{ actor: undefined, decision: { effect: 'deny' } }, 401],
    [{ actor: 'user', decision: { effect: 'deny' } }, 403],
    [{ actor: 'admin', decision: { effect: 'deny' } }, 403],
    [{ actor: 'user', roles: 'admin' }, 403],
    [{ actor: 'user', decision: { effect: 'maybe' } }, 403],
    [{ actor: 'admin', decision: 'allow' }, 403],
  ]) {
    test(`answers ${JSON.stringify(caller)} with ${status}`, () => assert.equal(outcome(caller), status));
  }

  test('reads pack, items and against only if the caller may preview', () => {
    const untouched = (actor, more) => ({
      actor,
      ...more,
      get pack() {
        return assert.fail('pack');
      },
      get items() {
        return assert.fail('items');
      },
      get against() {
        return assert.fail('against');
      },
    });
    assert.equal(thrownBy(() => previewPack(input, untouched('anonymous'))).status, 401);
    assert.equal(thrownBy(() => previewPack(input, untouched('user', { decision: { effect: 'deny' } }))).status, 403);
  });
});

describe('reports what snapshotPack refuses', () => {
  const isOfItems = ({ issues = [], status }) => status === 412 || issues.some(({ path }) => /^items($|\.)/.test(path));

  for (const vector of refusals) {
    // A preview has no identifier, and users may call it, too.
    const { name, input: asked, ctx: given, status, code, issues = [] } = vector;
    if (issues.some(({ path }) => /^(snapshotId|idemKey|parent)$/.test(path))) continue;
    test(name, () => {
      const call = () => previewPack(decode(asked), decode(given));
      const isTooMany = issues.at(-1)?.code === 'too_many_issues';
      if (status === 403 && given.actor === 'user' && thrownByCaller(given)) {
        assert.notEqual(outcomeOf(call), 403);
      } else if (isOfItems(vector) || (isTooMany && !/^(pack|metadata|packKey)/.test(issues[0].path))) {
        const { problems, hash, manifest } = call();
        assert.deepEqual(
          problems,
          issues.map((issue, position) => {
            // The vectors do not say which item an issue is about.
            const { message, itemId } = problems[position] ?? {};
            return { message, ...issue, ...(itemId !== undefined && { itemId }) };
          }),
        );
        assert.equal(hash !== undefined, status === 412);
        assert.equal(manifest !== undefined, status === 412);
      } else {
        const traceId = typeof given?.traceId === 'string' && given.traceId.isWellFormed() ? given.traceId : undefined;
        assertProblem(thrownBy(call), { code, issues, traceId }, api);
      }
    });
  }

  const outcomeOf = (call) => {
    try {
      call();
      return 200;
    } catch (error) {
      return error.status;
    }
  };
  /** Returns whether this user only lacks a role. */
  function thrownByCaller({ roles, decision }) {
    const isList =
      roles === undefined ||
      roles === null ||
      (Array.isArray(roles) && roles.every((role) => typeof role === 'string'));
    const isAllowed = decision === undefined || decision === null || decision.effect === 'allow';
    return isList && isAllowed;
  }
});

describe('randomly broken packs', () => {
  const wrong = [Number.NaN, null, undefined, 5, '', '\ud800', [], new Map(), 1n, {}, 'text'];
  const broken = fc
    .record({
      itemId: fc.constantFrom('a', 'b', 'c', 'd', 'e', '\u{10000}', '\uE000'),
      kind: fc.constantFrom('k', 'l', 'm'),
      sourceKey: fc.constantFrom('s', 'r'),
      content: fc.constantFrom('x', 'yy'),
    })
    .chain((good) =>
      fc
        .array(
          fc.record({
            name: fc.constantFrom(...Object.keys(good), 'metadata', 'textContent'),
            which: fc.nat({ max: wrong.length - 1 }),
          }),
          { maxLength: 1 },
        )
        .map((changes) => Object.assign({}, good, ...changes.map(({ name, which }) => ({ [name]: wrong[which] })))),
    );
  const source = fc.record({
    kind: fc.constantFrom('k', 'l', 'x'),
    key: fc.constantFrom('s', 'r'),
    required: fc.boolean(),
  });

  // E1-3
  test('have the problems that snapshotPack throws, and the right items', () => {
    let [good, bad, lacking] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(broken, { maxLength: 12 }), fc.array(source, { maxLength: 2 }), (items, sources) => {
        const own = { ...pack, sources };
        const found = preview(items, { pack: own });
        let error;
        let snapshot;
        try {
          snapshot = snapshotPack(input, { actor: 'admin', pack: own, items });
        } catch (thrown) {
          error = thrown;
        }
        assert.deepEqual(found.problems, error?.issues ?? []);
        const right = items.filter((one, at) => {
          try {
            api.digestItem(one);
          } catch {
            return false;
          }
          return !items.slice(0, at).some(({ itemId }) => itemId === one.itemId);
        });
        const sorted = right.toSorted((left, was) => byUnits(left.itemId, was.itemId));
        assert.deepEqual(
          found.index,
          sorted.map((one) => ({ itemId: one.itemId, digest: api.digestItem(one).digest })),
        );
        const { bytes, kinds } = found;
        assert.deepEqual({ bytes, kinds }, sizes(right));
        assert.equal('hash' in found, error === undefined || error.status === 412);
        assert.equal('manifest' in found, 'hash' in found);
        assert.equal('changes' in found, false);
        if (snapshot !== undefined) assert.equal(found.hash, snapshot.output.hash);
        if (error?.status === 412) {
          const all = { ...pack, sources: sources.map((one) => ({ ...one, required: false })) };
          assert.equal(found.manifest.itemsRoot, preview(items, { pack: all }).manifest.itemsRoot);
          lacking++;
        } else if (error !== undefined) bad++;
        else good++;
      }),
      { numRuns: 4000, seed: 20270615 },
    );
    assert(good > 100 && bad > 100 && lacking > 100, `${good} ${bad} ${lacking}`);
  });
});

describe('items', () => {
  const problem = (path, code, message) => ({ path, code, message });
  const none = { index: [], bytes: 0, kinds: [] };

  test('that are not iterable are a problem', () => {
    for (const [items, what] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [5, 'number'],
      ['items', 'string'],
      [{}, 'object'],
      [Promise.resolve([]), 'Promise (did you forget to await it?)'],
      [{ async *[Symbol.asyncIterator]() {} }, 'object (collect it first, or use SnapshotBuilder)'],
    ]) {
      const message = `Invalid input: expected iterable, received ${what}`;
      assert.deepEqual(preview(items), { problems: [problem('items', 'invalid_type', message)], ...none });
    }
  });

  test('that are a promise are a problem', () => {
    const { problems, index } = preview([item('a'), Promise.resolve(item('b'))]);
    const message = 'Invalid input: expected object, received Promise (did you forget to await it?)';
    assert.deepEqual(problems, [problem('items.1', 'invalid_type', message)]);
    assert.equal(index.length, 1);
  });

  test('are not read if the pack is a promise, which throws', () => {
    const error = thrownBy(() => preview([], { pack: Promise.resolve(pack) }));
    const message = 'Invalid input: expected object, received Promise (did you forget to await it?)';
    assertProblem(error, { code: 'VALIDATION_FAILED', issues: [problem('pack', 'invalid_type', message)] }, api);
  });

  test('count the first one of duplicates', () => {
    const found = preview([item('b'), item('a'), item('b', { content: 'another', kind: 'z' }), item('a')]);
    assert.deepEqual(
      found.problems,
      [2, 3].map((at) => ({
        ...problem(`items.${at}.itemId`, 'duplicate', `Duplicate itemId: also at items.${at - 2}`),
        itemId: at === 2 ? 'b' : 'a',
      })),
    );
    assert.deepEqual(found.index, preview([item('a'), item('b')]).index);
    assert.deepEqual(
      [found.bytes, found.kinds, found.hash],
      [...Object.values(sizes([item('a'), item('b')])), undefined],
    );
  });

  test('are read up to 100 problems, and the iterator is closed', () => {
    let [read, closed] = [0, 0];
    function* many() {
      try {
        yield item('good');
        for (;;) {
          read++;
          yield 5;
        }
      } finally {
        closed++;
      }
    }
    const { problems, index, hash } = preview(many());
    assert.deepEqual([problems.length, read, closed, index.length, hash], [101, 101, 1, 1, undefined]);
    assert.deepEqual(problems[100], problem('', 'too_many_issues', 'More issues than the 100 listed'));
    const exactly = preview([...Array(100).fill(5), item('good')]);
    assert.deepEqual([exactly.problems.length, exactly.index.length], [100, 1]);
  });

  test('are searched for required sources unless one is wrong', () => {
    const own = { ...pack, sources: [{ kind: 'z', key: 'z', required: true }] };
    assert.deepEqual(
      preview([item('a')], { pack: own }).problems.map(({ path, code }) => [path, code]),
      [['pack.sources.0', 'missing_source']],
    );
    assert.deepEqual(
      preview([item('a'), 5], { pack: own }).problems.map(({ code }) => code),
      ['invalid_type'],
    );
    const many = {
      ...pack,
      sources: Array.from({ length: 150 }, (_, at) => ({ kind: 'z', key: `${at}`, required: true })),
    };
    const found = preview([item('a')], { pack: many });
    assert.equal(found.problems.length, 101);
    assert.notEqual(found.hash, undefined);
  });

  test('have bytes and kinds, for characters and kinds of all lengths', () => {
    const items = ['é', '\u{10000}', '\uE000', 'zz', 'k', 'kk', '\0', 'a\0b', '__proto__'].flatMap((kind, at) => [
      item(`${at}`, { kind, content: { text: kind.repeat(300), n: [1e21, -0] } }),
      item(`${at}x`, { kind, sourceVersion: '', textContent: 'ü', metadata: {} }),
    ]);
    const { bytes, kinds } = preview(items);
    assert.deepEqual({ bytes, kinds }, sizes(items));
  });

  test("let the host's exceptions pass", () => {
    const hostError = new Error('mine');
    const thrower = {
      get kind() {
        throw hostError;
      },
    };
    assert.equal(
      thrownBy(() => preview([item('a'), thrower])),
      hostError,
    );
    assert.equal(preview([item('a')]).problems.length, 0);
  });
});

test('ignores members that would give an identifier', () => {
  const given = { ...ctx };
  for (const name of ['snapshotId', 'idemKey', 'parent']) {
    Object.defineProperty(given, name, { get: () => assert.fail(name), enumerable: true });
  }
  assert.equal(previewPack(input, given).problems.length, 0);
});

describe('against an earlier snapshot', () => {
  const earlier = snapshotPack(input, {
    actor: 'admin',
    pack: { ...pack, tags: ['x'] },
    items: [item('a'), item('b'), item('c'), item('\uE000')],
  });
  const kept = JSON.parse(JSON.stringify({ manifest: earlier.manifest, index: earlier.index }));
  const now = [item('\u{10000}'), item('\uE000'), item('c', { content: 'new' }), item('a')];

  test('lists the changes', () => {
    const changes = { added: ['\u{10000}'], removed: ['b'], changed: ['c'], unchanged: 2, pack: ['title', 'tags'] };
    for (const against of [earlier, kept, { ...kept, more: 1 }]) {
      const found = preview(now, { pack: { ...pack, title: 'T' }, against });
      assert.deepEqual(found.changes, changes);
      assert.deepEqual(diffSnapshots(against, found), changes);
      for (const object of reach(found)) assert(Object.isFrozen(object));
    }
    const same = preview([item('a'), item('b'), item('c'), item('\uE000')], {
      pack: { ...pack, tags: ['x'] },
      against: kept,
    });
    assert.deepEqual(same.changes, { added: [], removed: [], changed: [], unchanged: 4, pack: [] });
    assert.equal(same.hash, earlier.output.hash);
  });

  test('compares a preview, and with a preview', () => {
    const [one, two] = [preview([item('a')]), preview([item('a'), item('b')])];
    assert.deepEqual(preview([item('a'), item('b')], { against: one }).changes, diffSnapshots(one, two));
    // A preview without a hash has no manifest.
    const error = thrownBy(() => preview([], { against: preview([5]) }));
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ['against.manifest'],
    );
  });

  test('only compares if there is a hash', () => {
    const own = { ...pack, sources: [{ kind: 'z', key: 'z', required: true }] };
    assert.deepEqual(preview(now, { pack: own, against: kept }).changes.pack, ['tags', 'sources']);
    assert.equal('changes' in preview([...now, 5], { against: kept }), false);
  });

  test('compares nothing if it is absent', () => {
    for (const against of [undefined, null]) assert.equal('changes' in preview(now, { against }), false);
  });

  // E8-5, E8.5-3
  test('throws if it does not fit', () => {
    const received = (what) => `Invalid input: expected object, received ${what}`;
    for (const [against, ...issues] of [
      [5, ['against', 'invalid_type', received('number')]],
      [[], ['against', 'invalid_type', received('array')]],
      [{}, ['against.manifest', 'invalid_type', received('undefined')], ['against.index', 'invalid_type']],
      [{ ...kept, index: kept.index.slice(1) }, ['against.index', 'mismatch', 'Mismatch: expected 4, found 3']],
      [{ ...kept, index: kept.index.toReversed() }, ['against.index', 'mismatch']],
      [{ ...kept, index: [null, ...kept.index.slice(1)] }, ['against.index.0', 'invalid_type', received('null')]],
      [{ ...kept, manifest: { ...kept.manifest, format: 'x' } }, ['against.manifest.format', 'mismatch']],
    ]) {
      const wanted = issues.map(([path, code, message]) => ({ path, code, ...(message && { message }) }));
      const error = thrownBy(() => preview(now, { against, traceId: 't' }));
      assertProblem(error, { code: 'VALIDATION_FAILED', issues: wanted, traceId: 't' }, api);
    }
  });

  // E8.5-3
  test('reports its issues with those of the request, after them and before the pack', () => {
    const error = thrownBy(() => previewPack({ packKey: '' }, { ...ctx, now: 'x', against: 5, pack: null }));
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ['packKey', 'now', 'against'],
    );
    assert.equal(thrownBy(() => preview([], { pack: null, against: kept })).status, 404);
  });
});

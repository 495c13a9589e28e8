// Checks proveAbsence, verifyAbsence and explainAbsence: they show that no item of a snapshot has an id.
//
// Why: a proof of absence is believed because of an order, and the ids in it are believed only if the items are there. A verifier that
// is wrong about either would say that an item was not in a context in which it was.
//
// How: every place of every small tree; random trees with ids on both sides of the surrogates; thousands of mutants, of which none may
// be valid that does not mean the same; and `./verify` has to agree each time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import * as second from '@lssm-tech/lib.context-snapshot/verify';
import fc from 'fast-check';
import { assertProblem, reach, thrownBy } from './support/expect.js';

const { explainAbsence, proveAbsence, proveItem, snapshotPack, verifyAbsence } = api;
const pack = { packKey: 'p', version: '1', title: 't' };
const ctx = { actor: 'admin', snapshotId: 's-1', now: new Date(0), pack };
const itemOf = (itemId) => ({ itemId, kind: 'k', sourceKey: 's', content: `All about ${itemId}.` });
const snapshotOf = (ids) => snapshotPack({ packKey: 'p' }, { ...ctx, items: ids.map(itemOf) });
const clone = (value) => JSON.parse(JSON.stringify(value));
/** Adds the items of the neighbours. */
function withItems(proof, { items }) {
  const whole = (side) => side && { ...side, item: items[side.leafIndex] };
  return { ...proof, before: whole(proof.before), after: whole(proof.after) };
}
/** Verifies with all implementations, which have to agree. */
async function holds(itemId, proof, hash) {
  const found = explainAbsence(itemId, proof, hash);
  assert.equal(found.valid, found.issues.length === 0);
  assert.equal(verifyAbsence(itemId, proof, hash), found.valid);
  assert.equal(await second.verifyAbsence(itemId, proof, hash), found.valid, JSON.stringify([itemId, proof, hash]));
  return found.valid;
}

const five = snapshotOf(['a', 'c', 'e', 'g', 'i']);
const { hash } = five.output;

describe('a proof of absence', () => {
  // F6.1-1, F6.1-2, F6.1-3, F6.1-7
  test('of every place of every tree up to 9 proves that place alone', async () => {
    let proofs = 0;
    for (let size = 0; size <= 9; size++) {
      const ids = Array.from({ length: size }, (_, at) => `i${at}`);
      const snapshot = snapshotOf(ids);
      const { manifest, output } = snapshot;
      const places = ['i', ...ids.map((id) => `${id}+`)];
      for (const [place, itemId] of places.entries()) {
        const proof = proveAbsence(snapshot, itemId);
        const side = (at) => ({ ...proveItem(snapshot, ids[at]), digest: snapshot.index[at].digest });
        assert.deepEqual(proof, {
          itemId,
          ...(place > 0 && { before: side(place - 1) }),
          ...(place < size && { after: side(place) }),
          ...(size === 0 && { manifest }),
        });
        for (const object of reach(proof)) assert(Object.isFrozen(object));
        for (const [form, anchor] of [
          [proof, size === 0 ? 'hash' : 'none'],
          [withItems(proof, snapshot), 'hash'],
        ]) {
          assert.deepEqual(explainAbsence(itemId, form, output.hash), { valid: true, issues: [], anchor });
          for (const other of [...places, ...ids]) {
            assert.equal(await holds(other, form, output.hash), other === itemId);
            assert.equal(await holds(other, { ...form, itemId: other }, output.hash), other === itemId);
          }
          proofs++;
        }
      }
    }
    assert.equal(proofs, 110);
  });

  // F2.1-1, F6.1-7
  test('follows the order of UTF-16 units, whatever the ids are', async () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      '\0',
      'é',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
      '__proto__',
    );
    const id = fc.array(unit, { minLength: 1, maxLength: 3 }).map((units) => units.join(''));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { maxLength: 9 }), id, async (ids, itemId) => {
        const snapshot = snapshotOf(ids);
        if (ids.includes(itemId)) {
          assert.equal(thrownBy(() => proveAbsence(snapshot, itemId)).code, 'VALIDATION_FAILED');
          return;
        }
        const proof = proveAbsence(snapshot, itemId);
        const next = ids.filter((one) => one > itemId).sort()[0];
        assert.equal(proof.after?.itemId, next);
        for (const form of [proof, withItems(proof, snapshot)]) assert(await holds(itemId, form, snapshot.output.hash));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test('is the same from an index that a store returned, before and after other proofs', () => {
    const stored = clone({ manifest: five.manifest, index: five.index });
    for (let round = 0; round < 2; round++) {
      for (const id of ['b', '0', 'z', 'd']) assert.deepEqual(proveAbsence(stored, id), proveAbsence(five, id));
      assert.deepEqual(proveItem(stored, 'c'), proveItem(five, 'c'));
    }
  });
});

describe('proveAbsence', () => {
  const refused = (run, issues) =>
    assertProblem(thrownBy(run), { code: 'VALIDATION_FAILED', issues, operation: false }, api);

  // E8.5-6
  test('refuses an id that the index has, and one that no item can have', () => {
    const message = 'Mismatch: expected an id that is not in the index, found c';
    refused(() => proveAbsence(five, 'c'), [{ path: 'itemId', code: 'mismatch', message }]);
    refused(() => proveAbsence(clone(five), 'c'), [{ path: 'itemId', code: 'mismatch', message }]);
    refused(() => proveAbsence(five, ''), [{ path: 'itemId', code: 'too_small' }]);
    refused(() => proveAbsence(five, 'b\ud800'), [{ path: 'itemId', code: 'invalid_format' }]);
    for (const id of [undefined, null, 5, ['b'], new String('b')]) {
      refused(() => proveAbsence(five, id), [{ path: 'itemId', code: 'invalid_type' }]);
    }
  });

  test('refuses an index that is not that of the manifest', () => {
    const { manifest, index } = five;
    refused(() => proveAbsence({ manifest, index: index.slice(1) }, 'b'), [{ path: 'index', code: 'mismatch' }]);
    refused(() => proveAbsence({ manifest, index: index.toReversed() }, 'b'), [{ path: 'index', code: 'mismatch' }]);
    refused(() => proveAbsence({ manifest, index: [] }, 'b'), [{ path: 'index', code: 'mismatch' }]);
    refused(() => proveAbsence({ manifest }, 'b'), [{ path: 'index', code: 'invalid_type' }]);
    refused(() => proveAbsence({ index }, 'b'), [{ path: 'manifest', code: 'invalid_type' }]);
  });

  test('notices any change of an index that it knows', () => {
    const { manifest } = five;
    const index = clone(five.index);
    assert.equal(proveAbsence({ manifest, index }, 'b').after.itemId, 'c');
    index[1].itemId = 'b';
    refused(() => proveAbsence({ manifest, index }, 'b'), [{ path: 'itemId', code: 'mismatch' }]);
    assert.equal(proveAbsence({ manifest, index }, 'c').before.itemId, 'b');
    index[1].itemId = 'c';
    index[4].digest = index[3].digest;
    refused(() => proveAbsence({ manifest, index }, 'b'), [{ path: 'index', code: 'mismatch' }]);
    index.pop();
    refused(() => proveAbsence({ manifest, index }, 'z'), [{ path: 'index', code: 'mismatch' }]);
  });

  test('lets exceptions of an index pass', () => {
    const index = [...five.index];
    Object.defineProperty(index, 2, {
      get() {
        throw new RangeError('mine');
      },
    });
    assert.throws(() => proveAbsence({ manifest: five.manifest, index }, 'b'), RangeError);
  });
});

describe('explainAbsence', () => {
  const good = clone(withItems(proveAbsence(five, 'd'), five));
  const paths = (itemId, proof, trusted = hash) => {
    const { anchor, issues } = explainAbsence(itemId, proof, trusted);
    return [anchor, ...issues.map(({ path }) => path)];
  };
  const side = (name, members) => ({ ...good, [name]: { ...good[name], ...members } });

  // E8.6-2, E8.6-3, E8.6-4, E8.6-5, E8.6-6, E8.6-7, E8.6-8, E8.6-9, E8.6-10
  test('names what is wrong, in the order of the document', () => {
    const other = api.digest(1);
    assert.deepEqual(paths('d', good), ['hash']);
    assert.deepEqual(paths('d', good, 'x'), ['none', 'hash']);
    assert.deepEqual(paths('', good), ['none', 'itemId']);
    assert.deepEqual(paths(5, 5, 5), ['none', 'hash', 'itemId', 'proof']);
    assert.deepEqual(paths('d', good, other), [
      'none',
      ...['before', 'after'].flatMap((name) => [`proof.${name}.hash`, `proof.${name}.manifest`]),
    ]);
    assert.deepEqual(paths('d1', good), ['hash', 'proof.itemId']);
    assert.deepEqual(paths('z', good), ['none', 'proof.itemId', 'proof.after.itemId']);
    assert.deepEqual(paths('b', good), ['none', 'proof.itemId', 'proof.before.itemId']);
    assert.deepEqual(paths('d', { ...good, before: undefined }), ['hash', 'proof.after']);
    assert.deepEqual(paths('d', { ...good, after: undefined }), ['hash', 'proof.after']);
    assert.deepEqual(paths('d', { itemId: 'd' }), ['none', 'proof.manifest']);
    assert.deepEqual(paths('d', { itemId: 'd', manifest: five.manifest }), ['none', 'proof.manifest', 'proof.after']);
    const empty = side('before', { itemId: '', leafIndex: -1, path: 1, manifest: null, hash: '', digest: 2, item: 3 });
    assert.deepEqual(
      paths('d', empty).slice(0, 8),
      ['none', 'itemId', 'leafIndex', 'path', 'manifest', 'hash', 'digest', 'item'].map((name, at) =>
        at === 0 ? name : `proof.before.${name}`,
      ),
    );
    assert.deepEqual(paths('d', side('after', { item: { ...good.after.item, content: 'x' } })), [
      'none',
      'proof.after.digest',
    ]);
    assert.deepEqual(paths('d', side('after', { itemId: 'f' })), ['none', 'proof.after.itemId']);
    assert.deepEqual(paths('d', side('after', { leafIndex: 9 })), ['none', 'proof.after.leafIndex', 'proof.after']);
    assert.deepEqual(paths('d', side('after', { path: [] })), ['none', 'proof.after.path']);
    const { issues } = explainAbsence('z', good, hash);
    assert.deepEqual(
      issues.map(({ message }) => message),
      ['Mismatch: expected "z", found "d"', 'Mismatch: expected an id after z, found e'],
    );
  });

  // E8.6-2
  test('has the anchor only if both neighbours have their items', () => {
    const bare = proveAbsence(five, 'd');
    for (const [before, after, anchor] of [
      [bare.before, bare.after, 'none'],
      [good.before, bare.after, 'none'],
      [bare.before, good.after, 'none'],
      [good.before, good.after, 'hash'],
    ]) {
      assert.deepEqual(explainAbsence('d', { ...bare, before, after }, hash), { valid: true, issues: [], anchor });
    }
  });

  test('refuses a fourth argument', () => {
    for (const run of [explainAbsence, verifyAbsence]) assert.throws(() => run('d', good, hash, undefined), TypeError);
    return assert.rejects(second.verifyAbsence('d', good, hash, undefined), TypeError);
  });

  test('lets exceptions of a proof pass', async () => {
    const thrower = { ...good };
    Object.defineProperty(thrower, 'after', {
      enumerable: true,
      get() {
        throw new RangeError('mine');
      },
    });
    assert.throws(() => verifyAbsence('d', thrower, hash), RangeError);
    await assert.rejects(second.verifyAbsence('d', thrower, hash), RangeError);
  });
});

/** Lists the places of a value. */
function* places(value, way = []) {
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    yield [...way, name];
    yield* places(value[name], [...way, name]);
  }
}

// E8.6-1
test('no mutant of a proof with items is valid that does not mean the same', async () => {
  const snapshots = [five, snapshotOf([]), snapshotOf(['c']), snapshotOf(['a', 'c'])];
  const proofs = snapshots.flatMap((snapshot) =>
    ['0', 'b', 'd', 'z'].map((id) => clone(withItems(proveAbsence(snapshot, id), snapshot))),
  );
  const hashes = snapshots.map(({ output }) => output.hash);
  const digests = snapshots.flatMap(({ index }) => index.map(({ digest }) => digest));
  const value = fc.oneof(
    fc.constantFrom(null, '', 0, 1, 2, 3, 4, 5, -1, 0.5, true, [], {}, 'a', 'b', 'c', 'd', 'e', 'i', 'z', '__proto__'),
    fc.constantFrom(
      ...digests,
      ...proofs.flatMap(({ before, after, manifest }) => [before, after, manifest]).filter(Boolean),
    ),
  );
  const seen = { valid: 0, invalid: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...proofs),
      fc.nat(),
      fc.integer({ min: 0, max: 5 }),
      value,
      fc.nat(),
      async (proof, at, how, put, which) => {
        const mutant = clone(proof);
        const all = [...places(proof)];
        const way = all[at % all.length];
        const name = way.at(-1);
        let holder = mutant;
        for (const step of way.slice(0, -1)) holder = holder[step];
        if (how === 0) delete holder[name];
        else if (how === 3) holder.more = put;
        else if (how === 1) [mutant.before, mutant.after] = [mutant.after, mutant.before];
        else if (how === 2) mutant[at % 2 ? 'before' : 'after'] = clone(put);
        else holder[name] = clone(put);
        const own = hashes[Math.floor(proofs.indexOf(proof) / 4)];
        const trusted = which % 5 > 0 ? own : hashes[which % hashes.length];
        const itemId = which % 3 > 0 ? proof.itemId : ['0', 'b', 'd', 'z', mutant.itemId][which % 5];
        const isValid = await holds(itemId, mutant, trusted);
        seen[isValid ? 'valid' : 'invalid']++;
        if (!isValid) return;
        // It is true, whatever the proof looks like: the snapshot with this hash has no such item.
        const snapshot = snapshots.find(({ output }) => output.hash === trusted);
        const ids = snapshot.index.map((entry) => entry.itemId);
        assert(!ids.includes(itemId), JSON.stringify(mutant));
        // With all items, it is the proof that was made, except for members that are not read and an item that was removed.
        const side = ({ itemId, leafIndex, path, manifest, hash, digest }) => [
          itemId,
          leafIndex,
          path,
          manifest,
          hash,
          digest,
        ];
        const bare = ({ itemId, before, after }) => clone([itemId, before && side(before), after && side(after)]);
        assert.deepEqual(bare(mutant), bare(proveAbsence(snapshot, itemId)));
      },
    ),
    { numRuns: 6000, seed: 11 },
  );
  assert(seen.valid > 300 && seen.invalid > 3000, JSON.stringify(seen));
});

test('members of Object.prototype are not members of a proof', async () => {
  const whole = withItems(proveAbsence(five, 'd'), five);
  const { before, after, ...bare } = whole;
  const first = proveAbsence(five, '0');
  const names = { before, after, manifest: snapshotOf([]).manifest, item: five.items[1], digest: before.digest };
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  }
  try {
    assert.equal(await holds('d', bare, hash), false);
    assert.equal(await holds('d', { ...bare, before: { ...before, digest: undefined }, after }, hash), false);
    assert.deepEqual(Object.keys(proveAbsence(five, '0')), ['itemId', 'after']);
    assert.equal(explainAbsence('0', first, hash).anchor, 'none');
    assert(await holds('0', first, hash));
    assert(await holds('d', whole, hash));
  } finally {
    for (const name of Object.keys(names)) delete Object.prototype[name];
  }
});

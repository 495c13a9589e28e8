// Every path to the bytes makes the same bytes.
//
// Why: strings are joined or moved by themselves, names and shapes are learnt and guessed, text is written by Node.js or by a
// loop, hashed by Node.js, four messages at a time or one; and what was learnt is kept for the next call. None of that may
// show in a hash.
//
// How: packs made to meet each bound (`support/packs.js`), in hosts that force each path (`support/hosts.js`), against an
// implementation that knows no paths (`support/format.js`). After each of them an ordinary pack, in the same instance.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import canonicalizeOfOthers from 'canonicalize';
import { inChild } from './support/child.js';
import { canonicalItem, leaf, sha256, snapshotOf, toDigest } from './support/format.js';
import { FOREIGN, foreignHost, HOSTS, hostOf } from './support/hosts.js';
import { item, packs, random } from './support/packs.js';

const [BROWSER, NODE] = ['a browser', 'Node.js'];
const input = { packKey: 'p', metadata: { a: { b: [1, 'é'] } } };
const pack = { packKey: 'p', version: '1', title: 't', owners: ['x'] };
const contextOf = (items) => ({ actor: 'admin', now: '2027-01-02T03:04:05.678Z', snapshotId: 's', pack, items });
/** By the implementation that knows no paths. */
const expectedOf = (items) => snapshotOf(input, contextOf(items));

const ordinary = () => [
  item('b', { a: 1, b: ['text', null, 0.5], c: { d: 'é' } }),
  item('a', 'x'.repeat(300), { metadata: { c: 1, a: '€', b: 2 } }),
  item('c', { c: { d: '😀' }, a: 2 }),
];
const ordinaryHash = expectedOf(ordinary()).hash;

const expected = packs.map(({ make }) => expectedOf(make()));
/** Of the packs that take least time, for hosts that differ from others in little. */
const FEW = new Set(
  packs.map(({ name }) => name).filter((name) => /any length|digests|escape|guesses|mixed|not there/.test(name)),
);

const hostNamed = (name) => (name === FOREIGN ? foreignHost() : hostOf(name));
const snapshotBy = ({ api }, items) => api.snapshotPack(input, contextOf(items));

/** The next call in the same instance, with whatever was learnt before. */
function assertNotHarmed(host) {
  assert.equal(snapshotBy(host, ordinary()).output.hash, ordinaryHash);
}

/** All of it frozen, and nothing but plain data. Not recursive: some are nested deeply. */
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

/** The items are those that were hashed: with the same members, in canonical order where engines allow one. */
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

/** Takes everything out of a value, and puts something else in. */
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

describe('the same snapshot, whatever a host lends', () => {
  for (const name of [...HOSTS, FOREIGN]) {
    const hosts = [...HOSTS.slice(0, 5), FOREIGN];
    const chosen = packs.map((each, at) => ({ ...each, is: expected[at] }));
    const some = hosts.includes(name) ? chosen : chosen.filter((each) => FEW.has(each.name));

    test(`${name}: ${some.length} packs`, () => {
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
        // That path was taken, and for each pack.
        assert.equal(taken.texts > before.texts, takes.texts, name);
        assert(takes.digests ? taken.digests > before.digests : taken.digests === 0, name);
        assertNotHarmed(host);
        spoil(items);
        made.push({ snapshot, is, isOrdered });
      }
      // Long after: what they were made of is spoilt, and others were made.
      for (const { snapshot, is, isOrdered } of made) assertItems(snapshot, is, isOrdered);
      assertNotHarmed(host);
    });
  }
});

describe('operations that read one value', () => {
  for (const name of [...HOSTS.slice(0, 5), FOREIGN]) {
    test(name, () => {
      const host = hostNamed(name);
      const { canonicalize, digest, digestItem } = host.api;
      let count = 0;
      for (const { name, make } of packs) {
        const items = make();
        if (items.length === 0) continue;
        for (const one of items.length > 200 ? items.slice(0, 50) : items) {
          const json = canonicalItem(one);
          assert.equal(digestItem(one).json, json, name);
          assert.equal(digestItem(one).digest, toDigest(leaf(json)), name);
          assert.equal(canonicalize(one.content), canonicalizeOfOthers(one.content), name);
          count++;
        }
        assert.equal(digest(items[0].content), toDigest(sha256(canonicalizeOfOthers(items[0].content))), name);
        assertNotHarmed(host);
      }
      assert(count > 2000, `${count} values`);
    });
  }
});

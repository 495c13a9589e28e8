// Compares snapshots, previews and verifications of items that the library may know by their identity with those of copies that it has
// never seen, after random edits.
//
// Why: an item that is frozen through and through is digested once (docs/DESIGN.md). If anything that can still change were taken for
// frozen, an old digest would be returned for new content. How: a pool of items of every degree of fixity, packs that share them, and
// edits of whatever can be edited. After each edit, everything is computed twice: of the items, and of copies that are not frozen, which
// are never known. The copies are made by reading, so both see the same content.

import assert from 'node:assert/strict';
import vm from 'node:vm';
import {
  previewPack,
  SnapshotBuilder,
  SnapshotError,
  snapshotPack,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';

const otherRealm = vm.createContext({});
const inOtherRealm = vm.runInContext('(text) => JSON.parse(text)', otherRealm);

/** A generator of random numbers (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound) => next() % bound;
  return { below, pick: (list) => list[below(list.length)], chance: (percent) => below(100) < percent };
}

/** Freezes a value and everything that can be reached from it by own members of any kind. */
export function deepFreeze(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || Object.isFrozen(value))
    return value;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    if ('value' in descriptor) deepFreeze(descriptor.value);
  }
  return value;
}

/** Returns the time value of a date, whatever its prototype is. */
function timeOf(value) {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}

/** Copies a value by reading it; nothing of the copy is frozen. */
function copied(value) {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  const time = timeOf(value);
  if (time !== undefined) {
    const own = Object.getOwnPropertyDescriptors(value);
    return Object.setPrototypeOf(Object.defineProperties(new Date(time), own), Object.getPrototypeOf(value));
  }
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, at) => copied(value[at]));
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const name of Object.keys(value)) {
    Object.defineProperty(copy, name, {
      value: copied(value[name]),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

const MEMBERS = ['itemId', 'kind', 'sourceKey', 'sourceVersion', 'content', 'textContent', 'metadata', 'createdAt'];

/** Copies an item by reading its members by name, as the contract defines them. */
function copiedItem(item) {
  if (typeof item !== 'object' || item === null) return item;
  const copy = {};
  for (const name of MEMBERS) {
    const value = item[name];
    const isForeign = value !== undefined && !isOwn(item, name);
    if (value !== undefined && !isForeign) copy[name] = copied(value);
  }
  return copy;
}

/** Returns true if a member is not only one of an `Object.prototype`. */
function isOwn(item, name) {
  for (let holder = item; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, 'isPrototypeOf')) return false;
    if (Object.hasOwn(holder, name)) return true;
  }
  return false;
}

const TEXTS = ['', 'a', 'née', '\u{1f600}', 'tab\tand "quotes"', '\0', 'x'.repeat(300), '\u2028'];
const NUMBERS = [0, -0, 1, -1, 0.1, 1e21, 1e-7, 2 ** 53, 333333333.3333333];

function jsonValue({ pick, below }, depth) {
  switch (below(depth > 2 ? 4 : 6)) {
    case 0:
      return pick(TEXTS);
    case 1:
      return pick(NUMBERS);
    case 2:
      return pick([true, false, null]);
    case 3:
      return pick([undefined, 'text', 7]);
    case 4:
      return Array.from({ length: below(4) }, () => jsonValue({ pick, below }, depth + 1) ?? null);
    default:
      return Object.fromEntries(
        Array.from({ length: below(4) }, () => [pick(['a', 'b', 'é', '__proto__', '\ue000', '\u{10000}', '']), 0]).map(
          ([name]) => [name, jsonValue({ pick, below }, depth + 1)],
        ),
      );
  }
}

let made = 0;

const anyItem = (dice) => dice.pick(dice.chance(3) ? INVALID_KINDS : KINDS)(dice);

function plainItem(dice) {
  const { pick, chance, below } = dice;
  return {
    itemId: `item-${made++ % 400}${pick(['', 'é', '\u{1f600}'])}`,
    kind: pick(['docblock', 'contract', 'schema']),
    sourceKey: pick(['docs', 'api']),
    ...(chance(30) && { sourceVersion: pick(['', '1', '2.0.0']) }),
    content: chance(50) ? pick(TEXTS) : { value: jsonValue(dice, 1) },
    ...(chance(20) && { textContent: pick(TEXTS) }),
    ...(chance(30) && { metadata: { part: jsonValue(dice, 1), number: below(9) } }),
    ...(chance(20) && { createdAt: pick(['2020-01-01T00:00:00.000Z', '1999-12-31T23:59:59Z']) }),
  };
}

/** What may be an item, each with an edit of what can still be edited in it; without an edit, nothing can. */
const KINDS = [
  // Frozen through and through.
  (dice) => ({ item: deepFreeze(plainItem(dice)) }),
  (dice) => ({ item: deepFreeze(Object.assign(Object.create(null), plainItem(dice))) }),
  (dice) => ({ item: deepFreeze(inOtherRealm(JSON.stringify(plainItem(dice)))) }),
  // With parts that it shares.
  (dice) => {
    const shared = deepFreeze({ deep: [{ value: jsonValue(dice, 1) ?? 1 }] });
    return { item: deepFreeze({ ...plainItem(dice), content: { one: shared, two: [shared, shared] } }) };
  },
  // Not frozen.
  (dice) => {
    const item = plainItem(dice);
    return { item, edit: () => Object.assign(item, { content: dice.pick(TEXTS), kind: dice.pick(['a', 'b']) }) };
  },
  // Frozen on the outside, or everywhere but in one place.
  (dice) => {
    const content = { inner: 0 };
    return { item: Object.freeze({ ...plainItem(dice), content }), edit: () => content.inner++ };
  },
  (dice) => {
    const list = [1, 2];
    return {
      item: Object.freeze({ ...plainItem(dice), content: Object.freeze({ list, other: Object.freeze([]) }) }),
      edit: () => list.push(list.length),
    };
  },
  (dice) => {
    const metadata = { deep: Object.freeze({ left: { right: 0 } }) };
    Object.freeze(metadata);
    return { item: Object.freeze({ ...plainItem(dice), metadata }), edit: () => metadata.deep.left.right++ };
  },
  // Sealed, or not extensible: members can be assigned.
  (dice) => {
    const item = Object.seal(plainItem(dice));
    return { item, edit: () => Object.assign(item, { kind: dice.pick(['a', 'b', 'c']) }) };
  },
  (dice) => {
    const item = Object.preventExtensions(plainItem(dice));
    return { item, edit: () => Object.assign(item, { content: dice.pick(TEXTS) }) };
  },
  // An array with as many names as elements, one of which has no enumerable name.
  (dice) => {
    let count = 0;
    const inner = { count };
    const list = Object.assign([0, 1, 2], { more: 1 });
    const hidden = dice.chance(50) ? { value: inner } : { get: () => count };
    Object.defineProperty(list, dice.below(3), { ...hidden, enumerable: false });
    const content = Object.freeze({ list: Object.freeze(list) });
    return { item: Object.freeze({ ...plainItem(dice), content }), edit: () => (inner.count = ++count) };
  },
  (dice) => {
    const list = Object.assign([0, 'é', { b: 1, a: 2 }], { more: 1 });
    Object.defineProperty(list, dice.below(3), { enumerable: false });
    return { item: deepFreeze({ ...plainItem(dice), content: { list } }) };
  },
  // Getters, own and inherited.
  (dice) => {
    let count = 0;
    const item = Object.freeze({
      ...plainItem(dice),
      get content() {
        return `read ${count}`;
      },
    });
    return { item, edit: () => count++ };
  },
  (dice) => {
    let count = 0;
    const content = Object.freeze({
      get inner() {
        return count;
      },
    });
    return { item: Object.freeze({ ...plainItem(dice), content }), edit: () => count++ };
  },
  (dice) => {
    let count = 0;
    class Item {
      constructor() {
        const { content: _, ...members } = plainItem(dice);
        Object.assign(this, members);
      }
      get content() {
        return `version ${count}`;
      }
    }
    return { item: Object.freeze(new Item()), edit: () => count++ };
  },
  // A prototype that is taken for the `Object.prototype` of a realm, and then no longer.
  (dice) => {
    const prototype = Object.assign(Object.create(null), { isPrototypeOf: 1, textContent: 'inherited' });
    const { textContent: _, ...members } = plainItem(dice);
    const item = Object.freeze(Object.assign(Object.create(prototype), members));
    let count = 0;
    return {
      item,
      edit: () => {
        delete prototype.isPrototypeOf;
        prototype.textContent = `inherited ${count++}`;
        if (dice.chance(50)) prototype.isPrototypeOf = 1;
      },
    };
  },
  // Dates, also frozen ones and one that looks like a plain object.
  (dice) => {
    const createdAt = Object.freeze(new Date(1e12));
    return {
      item: Object.freeze({ ...plainItem(dice), createdAt }),
      edit: () => createdAt.setTime(dice.below(2e9) * 1000),
    };
  },
  (dice) => {
    const createdAt = Object.freeze(Object.setPrototypeOf(new Date(1e12), Object.prototype));
    const setTime = Date.prototype.setTime.bind(createdAt);
    return { item: Object.freeze({ ...plainItem(dice), createdAt }), edit: () => setTime(dice.below(2e9) * 1000) };
  },
  (dice) => {
    // It is taken for the `Date.prototype` of another realm.
    const createdAt = Object.setPrototypeOf(Object.assign(new Date(1e12), { getTime: 0 }), Object.prototype);
    const setTime = Date.prototype.setTime.bind(Object.freeze(createdAt));
    return { item: Object.freeze({ ...plainItem(dice), createdAt }), edit: () => setTime(dice.below(2e9) * 1000) };
  },
  // Proxies: of what is frozen, they cannot lie; of what is not, they can.
  (dice) => ({ item: new Proxy(deepFreeze(plainItem(dice)), {}) }),
  (dice) => ({
    item: deepFreeze({ ...plainItem(dice), content: new Proxy(deepFreeze({ inner: jsonValue(dice, 1) ?? 1 }), {}) }),
  }),
  (dice) => {
    let count = 0;
    const target = plainItem(dice);
    const handler = { get: (from, name) => (name === 'content' ? `lie ${count}` : from[name]) };
    return { item: new Proxy(target, handler), edit: () => count++ };
  },
  (dice) => {
    // It says that it is frozen as long as that is not checked.
    let count = 0;
    const target = Object.freeze({ inner: 0 });
    const liar = new Proxy(
      {},
      {
        getOwnPropertyDescriptor: (_, name) =>
          name === 'inner' ? { value: count, enumerable: true, configurable: true, writable: true } : undefined,
        ownKeys: () => ['inner'],
        get: () => count,
        getPrototypeOf: () => Object.prototype,
      },
    );
    return {
      item: Object.freeze({ ...plainItem(dice), content: Object.freeze({ target, liar }) }),
      edit: () => count++,
    };
  },
];

/** The same, of items that are mostly not valid. */
const INVALID_KINDS = [
  (dice) => ({ item: deepFreeze({ ...plainItem(dice), createdAt: 'no time' }) }),
  // Arrays with holes or with more members; an array of bytes; values that are not JSON.
  (dice) => ({ item: deepFreeze({ ...plainItem(dice), content: { list: Object.assign(Array(3), { 0: 1, 2: 3 }) } }) }),
  (dice) => ({ item: deepFreeze({ ...plainItem(dice), content: { list: Object.assign([1, 2], { more: 1 }) } }) }),
  (dice) => {
    const bytes = new Uint8Array(2);
    return {
      item: Object.freeze({ ...plainItem(dice), content: Object.freeze({ bytes }) }),
      edit: () => bytes.fill(dice.below(256)),
    };
  },
  (dice) => ({
    item: deepFreeze({
      ...plainItem(dice),
      content: { not: dice.pick([Number.NaN, 1n, () => 0, Symbol.iterator, '\ud800']) },
    }),
  }),
  (dice) => ({
    item: deepFreeze({ ...plainItem(dice), [dice.pick(MEMBERS)]: dice.pick([null, undefined, 0, '', [], {}]) }),
  }),
  (dice) => {
    const item = plainItem(dice);
    for (const name of ['content', 'itemId']) Object.defineProperty(item, name, { enumerable: false });
    return { item: deepFreeze(item) };
  },
];

const PACK = {
  packKey: 'pack',
  version: '1.0.0',
  title: 'Pack',
  sources: [{ kind: 'docblock', key: 'docs', required: false }],
};

/** Asserts that two values are equal. Texts are compared first, because that is fast. */
function assertSame(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepEqual(actual, expected);
}

/** What a call returned or threw, as something to compare. */
function outcome(call) {
  try {
    return call();
  } catch (error) {
    assert(error instanceof SnapshotError, error);
    return { code: error.code, issues: error.issues };
  }
}

function snapshotOf(items, context) {
  return outcome(() => {
    const snapshot = snapshotPack(
      { packKey: 'pack' },
      { actor: 'admin', pack: PACK, now: '2026-01-01T00:00:00.000Z', snapshotId: 'ctx', ...context, items },
    );
    const { record, index, items: stored } = snapshot;
    return {
      record,
      index,
      stored,
      texts: Array.from(snapshot.itemsJson(), ({ itemId, digest, json }) => ({ itemId, digest, json })),
    };
  });
}

function previewOf(items, context) {
  return outcome(() => {
    const { index, ...preview } = previewPack({ packKey: 'pack' }, { actor: 'admin', pack: PACK, ...context, items });
    return { ...preview, index };
  });
}

function built(items) {
  return outcome(() => {
    const builder = new SnapshotBuilder(
      { packKey: 'pack' },
      { actor: 'admin', pack: PACK, now: '2026-01-01T00:00:00.000Z', snapshotId: 'ctx' },
    );
    const added = items.map((item) => builder.add(item));
    const { record, index } = builder.finish();
    return { added, record, index };
  });
}

/**
 * Edits the items of random packs, `edits` times, and after each edit compares what the library says of the items and of copies. Returns
 * how many packs were valid.
 */
export function compareEdits({ edits, seed }) {
  const dice = random(seed);
  const { below, pick, chance } = dice;
  let pool = [];
  let valid = 0;
  for (let edit = 0; edit < edits; edit++) {
    if (edit % 50 === 0) pool = [];
    while (pool.length < 8) pool.push(anyItem(dice));
    // One of the items changes, or is replaced.
    const at = below(pool.length);
    if (chance(60)) pool[at].edit?.();
    else pool[at] = anyItem(dice);
    const isPolluted = chance(5);
    if (isPolluted) Object.prototype.sourceVersion = 'polluted';
    try {
      let items = pool.filter(() => chance(70)).map(({ item }) => item);
      if (chance(30)) items.reverse();
      if (chance(5) && items.length > 0) items.push(items[0]);
      if (chance(30)) items = Object.freeze(items);
      const copies = items.map(copiedItem);
      const context = chance(20)
        ? { limits: pick([{ documentBytes: 200 }, { levels: 3 }, { items: 3 }, { totalBytes: 500 }]) }
        : {};
      // Read again from an iterable, which is not an array.
      const given = chance(20) ? new Set(items) : items;
      const others = given === items ? copies : [...given].map(copiedItem);
      const expected = snapshotOf(others, context);
      assertSame(snapshotOf(given, context), expected);
      switch (below(4)) {
        case 0:
          assertSame(previewOf(given, context), previewOf(others, context));
          break;
        case 1:
          assertSame(built(items), built(copies));
          break;
        case 2:
          if (expected.record === undefined) break;
          assertSame(
            verifySnapshot({ record: expected.record, items, ...(chance(50) && { index: expected.index }) }),
            verifySnapshot({ record: expected.record, items: copies, index: expected.index }),
          );
          break;
        default:
          if (expected.record === undefined) break;
          // The items of a result are frozen.
          assertSame(snapshotOf(expected.stored, context).index, expected.index);
          assert.equal(verifySnapshot({ record: expected.record, items: expected.stored }).valid, true);
      }
      valid += expected.record === undefined ? 0 : 1;
    } finally {
      if (isPolluted) delete Object.prototype.sourceVersion;
    }
  }
  return valid;
}

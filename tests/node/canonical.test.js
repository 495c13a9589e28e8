// Checks canonical JSON (RFC 8785): one value has exactly one text.
//
// Why so many values: every digest depends on these bytes, and our own code writes numbers and strings, in blocks and with
// special cases. An error for one value in a million is still an error.
//
// How: the RFC's examples; numbers against ECMAScript's JSON.stringify; everything else against three canonicalizers by
// other authors. Seeds are fixed, so that failures can be reproduced.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { canonicalize, digest, SnapshotError, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { canonify } from '@truestamp/canonify';
import canonicalizeOfOthers from 'canonicalize';
import fc from 'fast-check';
import stableStringify from 'safe-stable-stringify';
import { assertProblem, thrownBy } from './support/expect.js';
import { compareNumbers } from './support/numbers.js';

const sha256 = (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;

/** Returns random 32-bit words (xorshift128), the same in every run. */
function* words(seed) {
  let [x, y, z, w] = [123456789, 362436069, 521288629, seed];
  for (;;) {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = (w ^ (w >>> 19) ^ (t ^ (t >>> 8))) >>> 0;
    yield w;
  }
}

const view = new DataView(new ArrayBuffer(8));
function fromBits(high, low) {
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}
const fromHex = (hex) => fromBits(Number.parseInt(hex.slice(0, 8), 16), Number.parseInt(hex.slice(8), 16));

/** Returns a number and the doubles next to it. */
function neighbours(value) {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  return [-2n, -1n, 0n, 1n, 2n].map((step) => {
    view.setBigUint64(0, BigInt.asUintN(64, bits + step));
    return view.getFloat64(0);
  });
}

function assertNumbers(numbers) {
  for (let at = 0; at < numbers.length; at += 10_000) {
    const chunk = numbers.slice(at, at + 10_000);
    const [ours, theirs] = [canonicalize(chunk), JSON.stringify(chunk)];
    if (ours === theirs) continue;
    for (const number of chunk) assert.equal(canonicalize(number), JSON.stringify(number));
    assert.equal(ours, theirs);
  }
}

/** Asserts that the value has the same canonical form as in other libraries, and the right digest. */
function assertCanonical(value) {
  const json = canonicalize(value);
  assert.equal(json, canonicalizeOfOthers(value));
  assert.equal(json, canonify(value));
  assert.equal(json, stableStringify(value));
  assert.equal(digest(value), sha256(json));
}

function assertRefused(value, issues) {
  for (const read of [canonicalize, digest]) {
    assertProblem(
      thrownBy(() => read(value)),
      { code: 'VALIDATION_FAILED', issues, operation: false },
      { SnapshotError },
    );
  }
}

const notJson = (path, received) => ({
  path,
  code: 'invalid_type',
  message: `Invalid input: expected JSON value, received ${received}`,
});

describe('numbers', () => {
  test('writes the examples of RFC 8785, appendix B', () => {
    const table = {
      '0000000000000000': '0',
      8000000000000000: '0',
      '0000000000000001': '5e-324',
      8000000000000001: '-5e-324',
      '7fefffffffffffff': '1.7976931348623157e+308',
      ffefffffffffffff: '-1.7976931348623157e+308',
      4340000000000000: '9007199254740992',
      c340000000000000: '-9007199254740992',
      4430000000000000: '295147905179352830000',
      '44b52d02c7e14af5': '9.999999999999997e+22',
      '44b52d02c7e14af6': '1e+23',
      '44b52d02c7e14af7': '1.0000000000000001e+23',
      '444b1ae4d6e2ef4e': '999999999999999700000',
      '444b1ae4d6e2ef4f': '999999999999999900000',
      '444b1ae4d6e2ef50': '1e+21',
      '3eb0c6f7a0b5ed8c': '9.999999999999997e-7',
      '3eb0c6f7a0b5ed8d': '0.000001',
      '41b3de4355555553': '333333333.3333332',
      '41b3de4355555554': '333333333.33333325',
      '41b3de4355555555': '333333333.3333333',
      '41b3de4355555556': '333333333.3333334',
      '41b3de4355555557': '333333333.33333343',
      becbf647612f3696: '-0.0000033333333333333333',
      '43143ff3c1cb0959': '1424953923781206.2',
    };
    for (const [hex, json] of Object.entries(table)) {
      assert.equal(canonicalize(fromHex(hex)), json, hex);
      assert.equal(digest(fromHex(hex)), sha256(json), hex);
    }
    assertRefused(fromHex('7fffffffffffffff'), [notJson('', 'NaN')]);
    assertRefused(fromHex('7ff0000000000000'), [notJson('', 'Infinity')]);
  });

  test('writes 1,500,000 random doubles', () => {
    const random = words(8785);
    const numbers = [];
    while (numbers.length < 1_500_000) {
      const number = fromBits(random.next().value, random.next().value);
      if (Number.isFinite(number)) numbers.push(number);
    }
    assertNumbers(numbers);
  });

  test('writes 300,000 doubles with few digits', () => {
    const random = words(4);
    const numbers = Array.from({ length: 300_000 }, () => {
      const digits = random.next().value % 10 ** (1 + (random.next().value % 9));
      return Number(`${digits}e${(random.next().value % 60) - 30}`);
    });
    assertNumbers(numbers);
    // A neighbour of a number with few digits has many.
    assertNumbers(numbers.slice(0, 50_000).flatMap(neighbours).filter(Number.isFinite));
  });

  test('writes prices: every number of cents, and the neighbours of some', () => {
    const numbers = [];
    for (let cents = 0; cents < 200_000; cents++) numbers.push(cents / 100, -cents / 1000, cents * 1e4 + cents / 1e4);
    for (let cents = 1; cents < 1e15; cents = Math.ceil(cents * 1.01)) {
      for (const places of [0, 1, 2, 3, 4, 5]) numbers.push(...neighbours(cents / 10 ** places));
    }
    assertNumbers(numbers);
  });

  test('writes integers, and both sides of every power of two and ten', () => {
    const numbers = [];
    for (let power = -1074; power < 1024; power++)
      numbers.push(...neighbours(2 ** power), ...neighbours(-(2 ** power)));
    for (let power = -323; power < 309; power++)
      numbers.push(...neighbours(Number(`1e${power}`)), -Number(`1e${power}`));
    for (let integer = -70_000; integer < 70_000; integer++) numbers.push(integer);
    for (let power = 0; power < 54; power++) {
      for (const step of [-2, -1, 0, 1, 2, 0.5]) numbers.push(2 ** power + step, step - 2 ** power);
    }
    const random = words(9);
    for (let count = 0; count < 200_000; count++) numbers.push(random.next().value | 0);
    assertNumbers(numbers.filter(Number.isFinite));
  });
});

describe('strings', () => {
  const SPECIALS = ['"', '\\', '\n', '\u0001', '\u001f', '\u007f', 'é', '€', '\uFFFF', '😀', '\u2028'];
  const LENGTHS = [...Array(41).keys(), 63, 64, 65, 255, 256, 257];
  const strings = [];
  for (const length of LENGTHS) {
    strings.push('x'.repeat(length));
    for (const special of SPECIALS) {
      for (let at = 0; at < length; at++) strings.push('x'.repeat(at) + special + 'y'.repeat(length - at - 1));
    }
  }

  test('writes a special character at every position of every length', () => {
    for (const string of strings) assert.equal(canonicalize(string), JSON.stringify(string));
    assert.equal(canonicalize(strings), JSON.stringify(strings));
    assert.equal(canonicalize(strings.toReversed()), JSON.stringify(strings.toReversed()));
  });

  test('writes the same strings as names', () => {
    for (let at = 0; at < strings.length; at += 500) {
      assertCanonical(Object.fromEntries(strings.slice(at, at + 500).map((name, value) => [name, value])));
    }
  });

  test('writes every pair of adjacent special characters, and each alone', () => {
    for (const left of SPECIALS) {
      for (const right of SPECIALS) {
        for (const gap of [0, 1, 6, 7, 8]) {
          const string = `${left}${'-'.repeat(gap)}${right}`;
          for (const text of [string, `abcdefg${string}`, `${string}abcdefghi`, string.repeat(9)]) {
            assert.equal(canonicalize(text), JSON.stringify(text));
          }
        }
      }
    }
  });

  test('writes every character up to U+FFFF, and some of each plane above', () => {
    let text = '';
    for (let code = 0; code < 0x10000; code++) if (code < 0xd800 || code > 0xdfff) text += String.fromCharCode(code);
    for (let code = 0x10000; code < 0x110000; code += 251) text += String.fromCodePoint(code);
    assert.equal(canonicalize(text), JSON.stringify(text));
    const characters = [...text];
    assert.equal(canonicalize(characters), JSON.stringify(characters));
    assert.equal(digest(text), sha256(JSON.stringify(text)));
  });

  test('refuses an unpaired surrogate at every position of every length', () => {
    for (const half of ['\ud800', '\udbff', '\udc00', '\udfff']) {
      for (const length of [1, 2, 7, 8, 9, 15, 16, 17, 31, 255, 256, 257, 300]) {
        for (let at = 0; at < length; at++) {
          const string = 'x'.repeat(at) + half + 'y'.repeat(length - at - 1);
          const error = thrownBy(() => canonicalize([string]));
          assert.deepEqual(error.issues, [
            { path: '0', code: 'invalid_format', message: `Invalid string: unpaired surrogate at index ${at}` },
          ]);
        }
      }
    }
  });

  test('writes strings that were concatenated from pieces', () => {
    let rope = '';
    for (let count = 0; count < 20_000; count++) rope += count % 7 === 0 ? '€' : `piece "${count}"`;
    const slices = [rope, rope.slice(5, 300), rope.slice(13), `${rope}${rope}`.slice(1000, -1000)];
    assert.equal(canonicalize(slices), JSON.stringify(slices));
  });
});

describe('objects', () => {
  test('sorts the example of RFC 8785, section 3.2.3', () => {
    const value = JSON.parse(
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
        '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    );
    assert.equal(
      canonicalize(value),
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\uFB33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  test('writes the example of RFC 8785, section 3.2.2', () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    assert.equal(
      canonicalize(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('writes any JSON value like three other libraries', () => {
    const value = fc.oneof(
      fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }),
      fc.jsonValue({ stringUnit: 'grapheme-composite' }),
      fc.object({
        key: fc.string({ unit: 'binary', maxLength: 80 }),
        values: [fc.double({ noDefaultInfinity: true, noNaN: true }), fc.string({ unit: 'binary', maxLength: 40 })],
        withNullPrototype: true,
        maxKeys: 20,
      }),
    );
    fc.assert(fc.property(value, assertCanonical), { numRuns: 6000, seed: 8785 });
  });

  test('writes thousands of names, with lengths around the limit for learning', () => {
    const random = words(77);
    const name = () => {
      const length = [3, 8, 62, 63, 64, 65, 66, 130][random.next().value % 8];
      let text = '';
      while (text.length < length)
        text += String.fromCharCode(33 + (random.next().value % (random.next().value % 9 ? 90 : 9000)));
      return text.slice(0, length);
    };
    const names = Array.from({ length: 6000 }, name);
    const object = (from, count) =>
      Object.fromEntries(names.slice(from, from + count).map((name, value) => [name, value]));
    assertCanonical(object(0, 6000));
    for (const count of [1023, 1024, 1025, 2048]) assertCanonical(object(100, count));
    // Known and unknown names in the same object, and again in another order.
    const some = Array.from({ length: 300 }, (_, at) => object((at * 431) % 5900, 1 + (at % 40)));
    assertCanonical(some);
    assertCanonical([object(0, 1000), ...some, object(500, 1200), object(0, 3000)]);
    for (const value of [...some, object(0, 3000)]) assertCanonical(value);
  });

  test('writes thousands of shapes: the same names in other orders and numbers', () => {
    const random = words(31);
    const pool = [
      'b',
      'a',
      '',
      '10',
      '9',
      'aa',
      'é',
      '\u{1F600}',
      '\uE000',
      '\uD7A3',
      '"',
      '$',
      'A',
      '__proto__',
      'toString',
    ];
    for (let at = 0; at < 70; at++) pool.push(`n${(at * 37) % 70}`);
    const shaped = (count, value) => {
      const names = new Set();
      while (names.size < count) names.add(pool[random.next().value % pool.length]);
      return Object.fromEntries([...names].map((name) => [name, value(name)]));
    };
    const few = () => shaped(random.next().value % 5, (name) => name.length);
    const list = Array.from({ length: 12_000 }, few);
    assertCanonical(list);
    assertCanonical([...list, ...list.toReversed(), ...list]);
    // Nested shapes, repeated, with members that come and go.
    const nested = Array.from({ length: 2000 }, () =>
      shaped(random.next().value % 4, () => ({ x: few(), a: [few(), few()] })),
    );
    assertCanonical(nested);
    assertCanonical({ nested, list: list.slice(0, 500), again: nested });
    const rows = Array.from({ length: 3000 }, (_, at) => ({
      id: at,
      z: at % 3 === 0 ? undefined : at,
      name: `n${at}`,
      a: at % 5 === 0 ? undefined : { d: 1, c: at % 2 === 0 ? undefined : 2 },
    }));
    assert.equal(canonicalize(rows), canonicalizeOfOthers(JSON.parse(JSON.stringify(rows))));
    // Lengths around the limit for learning shapes, and shapes that start like another.
    for (const length of [62, 63, 64, 65, 66]) {
      const names = Array.from({ length }, (_, at) => `m${(at * 29) % length}`);
      const prefixes = names.map((_, at) => Object.fromEntries(names.slice(0, at + 1).map((name) => [name, at])));
      assertCanonical([...prefixes, {}, ...prefixes.toReversed()]);
    }
  });

  test('refuses an invalid name in a shape', () => {
    const rows = Array.from({ length: 3 }, (_, at) => ({ a: at, 'b\ud800': at, c: { 'd\udc00': 1 } }));
    const { issues } = thrownBy(() => canonicalize([{ a: 1 }, ...rows]));
    assert.deepEqual(
      issues.map(({ path }) => path),
      [1, 2, 3].flatMap((at) => [`${at}.b\uFFFD`, `${at}.c.d\uFFFD`]),
    );
    // The same names after an item that was refused.
    const item = (itemId, content) => ({ itemId, kind: 'k', sourceKey: 's', content });
    const ctx = { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' } };
    const items = [item('a', { x: 1, y: Number.NaN }), item('b', { x: 1, y: 2 }), item('c', { y: 1, x: Number.NaN })];
    const error = thrownBy(() => snapshotPack({ packKey: 'p' }, { ...ctx, items }));
    assert.deepEqual(error.issues, [
      { ...notJson('items.0.content.y', 'NaN'), itemId: 'a' },
      { ...notJson('items.2.content.x', 'NaN'), itemId: 'c' },
    ]);
  });

  test('uses the names learnt from one item for the next', () => {
    const content = (from) =>
      Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`n${(from + at * 37) % 1500}`, at]));
    const items = Array.from({ length: 40 }, (_, at) => ({
      itemId: `i${String(at).padStart(2, '0')}`,
      kind: 'k',
      sourceKey: 's',
      content: content(at * 100),
    }));
    const ctx = { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items };
    const snapshot = snapshotPack({ packKey: 'p' }, ctx);
    for (const [at, item] of items.entries()) {
      assert.equal(snapshot.index[at].digest, sha256(`\0${canonicalizeOfOthers(item)}`));
    }
  });
});

describe('values that JSON does not have', () => {
  test('writes the same object twice', () => {
    const shared = { b: [1], a: 'x' };
    assert.equal(
      canonicalize([shared, { shared, other: shared.b }, shared]),
      canonicalizeOfOthers([shared, { shared, other: shared.b }, shared]),
    );
  });

  // F7.1-6
  test('writes values of other realms', () => {
    const value = runInNewContext(`({ b: [1, [2], { z: null }], a: { d: new Date(0) }, e: [] })`);
    assert.equal(canonicalize(value), '{"a":{"d":"1970-01-01T00:00:00.000Z"},"b":[1,[2],{"z":null}],"e":[]}');
    // Code may have added to the other realm's Object.prototype.
    const added = runInNewContext(`Object.prototype.added = 1; ({ a: 1, b: {} })`);
    assert.equal(canonicalize(added), '{"a":1,"b":{}}');
  });

  // F7.1-5, F7.1-6
  test('writes objects without a prototype, and a member called __proto__', () => {
    const value = Object.assign(Object.create(null), { b: 1, a: Object.create(null) });
    assert.equal(canonicalize(value), '{"a":{},"b":1}');
    assert.equal(canonicalize(JSON.parse('{"a":1,"__proto__":{"x":[]}}')), '{"__proto__":{"x":[]},"a":1}');
    const own = Object.defineProperty(Object.create(null), '__proto__', { value: 5, enumerable: true });
    assert.equal(canonicalize(own), '{"__proto__":5}');
    assert.equal(canonicalize({ __proto__: null, a: 1 }), '{"a":1}');
  });

  // F0-2, F7.1-7, E4.2-1
  test('ignores or refuses members that are not JSON data', () => {
    const value = { b: 1, gone: undefined, [Symbol('s')]: 2, [Symbol.toStringTag]: 'Map' };
    Object.defineProperty(value, 'hidden', { value: () => 1 });
    Object.defineProperty(value, 'seen', { get: () => 'got', enumerable: true });
    Object.defineProperty(value, 'deaf', { set() {}, enumerable: true });
    assert.equal(canonicalize(value), '{"b":1,"seen":"got"}');
    const array = [1, 2];
    array.named = () => 1;
    array.toJSON = () => 'no';
    array[-1] = 5;
    array[1.5] = 5;
    array[Symbol('s')] = 5;
    assert.equal(canonicalize(array), '[1,2]');
    const names = '{"constructor":"c","length":2,"then":1,"toString":null,"valueOf":0}';
    assert.equal(canonicalize(JSON.parse(names)), names);
    assert.equal(canonicalize(runInNewContext("(function () { return arguments; })(1, 'b')")), '{"0":1,"1":"b"}');
  });

  // F13-4
  test('takes a $snapshot that is undefined for an absent one', () => {
    const ctx = { actor: 'admin', pack: { packKey: 'p', version: '1', title: '' }, items: [] };
    const { metadata } = snapshotPack({ packKey: 'p', metadata: { $snapshot: undefined, a: 1 } }, ctx).record;
    assert.deepEqual(Object.keys(metadata), ['$snapshot', 'a']);
    assert.equal(metadata.$snapshot.actor, 'admin');
  });

  // F7.1-4, F7.2-2
  test('writes every array that Array.isArray accepts', () => {
    class List extends Array {}
    const list = List.from([1, 2]);
    assert.equal(canonicalize(list), '[1,2]');
    assert.equal(canonicalize(new Proxy([1, { a: 2 }], {})), '[1,{"a":2}]');
    assert.equal(canonicalize(Object.setPrototypeOf([1], null)), '[1]');
    assert.equal(canonicalize(/(b)/.exec('abc')), '["b","b"]');
    assert.equal(canonicalize(new Proxy({ b: 1, a: new Proxy({}, {}) }, {})), '{"a":{},"b":1}');
  });

  // F7.1-3, F7.1-8
  test('writes or refuses dates', () => {
    class Later extends Date {
      toISOString() {
        return 'later';
      }
    }
    class Plain extends Date {}
    const own = Object.assign(new Date(1), { getTime: () => 5 });
    for (const date of [
      new Date(1),
      new Plain(1),
      own,
      runInNewContext('new Date(1)'),
      runInNewContext('new (class D extends Date {})(1)'),
    ]) {
      assert.equal(canonicalize(date), '"1970-01-01T00:00:00.001Z"');
      assert.equal(canonicalize({ at: [date] }), '{"at":["1970-01-01T00:00:00.001Z"]}');
    }
    for (const time of [8.64e15, -8.64e15, -1, 253402300800000, -62198755200000]) {
      assert.equal(canonicalize(new Date(time)), JSON.stringify(new Date(time)));
    }
    for (const date of [new Date(Number.NaN), new Plain('x'), runInNewContext('new Date(NaN)')])
      assertRefused([date], [notJson('0', 'Invalid Date')]);
    assertRefused(Object.create(Date.prototype), [notJson('', 'Date')]);
    // The text of this date differs from its instant.
    assertRefused(new Later(1), [notJson('', 'Later')]);
    for (const name of ['toISOString', 'toJSON']) {
      assertRefused(Object.assign(new Date(1), { [name]: () => 'own' }), [notJson('', 'Date')]);
    }
  });

  // F7.3-1
  test('ignores additions to Object.prototype', () => {
    const names = [
      'title',
      'reason',
      'description',
      'sourceVersion',
      'metadata',
      'decision',
      'snapshotId',
      'required',
      'then',
      'added',
    ];
    const run = () => {
      const ctx = {
        actor: 'admin',
        now: new Date(0),
        snapshotId: 's',
        pack: { packKey: 'p', version: '1', title: 't', sources: [{ kind: 'k', key: 's' }] },
        items: [
          { itemId: 'a', kind: 'k', sourceKey: 's', content: { b: [{ c: {} }], a: runInNewContext('({ z: 1 })') } },
        ],
      };
      const { hash } = snapshotPack({ packKey: 'p', metadata: { m: { n: 1 } } }, ctx).output;
      return [hash, snapshotPack({ packKey: 'p' }, { ...ctx, snapshotId: undefined, idemKey: 'i' }).record];
    };
    const clean = run();
    for (const enumerable of [true, false]) {
      for (const name of names) {
        Object.defineProperty(Object.prototype, name, {
          value: 'polluted',
          enumerable,
          configurable: true,
          writable: true,
        });
      }
      let polluted;
      try {
        polluted = run();
        assert.equal(canonicalize({ b: 1, title: 2 }), '{"b":1,"title":2}');
        assert.equal(canonicalize([{}, Object.create(null)]), '[{},{}]');
      } finally {
        for (const name of names) delete Object.prototype[name];
      }
      assert.deepEqual(polluted, clean);
    }
    assert.deepEqual(run(), clean);
  });

  // F7.1-4
  test('refuses a hole even if a prototype has an element there', () => {
    for (const prototype of [Array.prototype, Object.prototype]) {
      // biome-ignore lint/suspicious/noSparseArray: the test needs a hole
      const array = [1, , 3];
      prototype[1] = 'polluted';
      let error;
      try {
        error = thrownBy(() => canonicalize(array));
      } finally {
        delete prototype[1];
      }
      assert.deepEqual(error.issues, [notJson('1', 'undefined')]);
    }
  });
});

describe('refuses', () => {
  // E3-9, E6-1
  test('values that are not JSON at the root', () => {
    for (const [value, received] of [
      [undefined, 'undefined'],
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, '-Infinity'],
      [1n, 'bigint'],
      [Symbol('s'), 'symbol'],
      [() => 1, 'function'],
      [new Map(), 'Map'],
      [new Uint8Array(1), 'Uint8Array'],
      [new String('a'), 'String'],
      [Promise.resolve(), 'Promise'],
      [new Error('e'), 'Error'],
    ]) {
      assertRefused(value, [notJson('', received)]);
    }
    assert.throws(() => canonicalize(), SnapshotError);
    assertRefused('a\ud800', [
      { path: '', code: 'invalid_format', message: 'Invalid string: unpaired surrogate at index 1' },
    ]);
  });

  // F10-1, F10-5
  test('more than 1,000 levels', () => {
    const nested = (levels) => {
      let value = [];
      for (let level = 1; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
      return value;
    };
    for (const levels of [2, 999, 1000]) assertCanonical(nested(levels));
    for (const levels of [1001, 1002, 20_000]) {
      const { issues } = thrownBy(() => canonicalize(nested(levels)));
      assert.equal(issues.length, 1);
      assert.equal(issues[0].code, 'too_big');
      assert.equal(issues[0].message, 'Too big: expected at most 1000 levels of nesting');
      assert.equal(issues[0].path.length, 256);
    }
    // Scalars do not count as a level.
    assertCanonical({ ...nested(1000), text: 'x', list: [1] });
  });
});

// The getter runs in the middle of an item. What it adds to Object.prototype is not a member of anything read later either.
test('ignores what a getter adds to Object.prototype in the middle of a read', () => {
  const value = {
    get a() {
      Object.prototype.evil = 1;
      return 1;
    },
    b: { c: 2 },
  };
  try {
    assert.equal(canonicalize(value), '{"a":1,"b":{"c":2}}');
  } finally {
    delete Object.prototype.evil;
  }
});

// F9.3-2
test('the first 100,000 numbers of the test file of RFC 8785 have the published digests', async () => {
  assert.deepEqual(await compareNumbers(100_000), [1_000, 10_000, 100_000]);
});

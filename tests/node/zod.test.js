// Compares issues of the input with those of zod.
//
// Why: most hosts parse the input with zod before the package sees it, but some callers may not. A mistake must give the same message
// either way. How: the operation's schema, written in zod, is the oracle for inputs full of junk. Intended differences are
// listed below, case by case, with both answers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { SnapshotError, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { z } from 'zod';
import { thrownBy } from './support/expect.js';

const schema = z.object({
  packKey: z.string().min(1),
  packVersion: z.string().optional(),
  reason: z.string().optional(),
  requestedBy: z.string().optional(),
  metadata: z.record(z.string(), z.any()).optional(),
});

function issuesOfZod(input) {
  const issues = schema.safeParse(input).error?.issues ?? [];
  return issues.map(({ path, code, message }) => ({ path: path.map(String).join('.'), code, message }));
}

/** Returns our issues of the input; undefined if its only problem is the missing pack. */
function ourIssues(input) {
  const error = thrownBy(() => snapshotPack(input, { actor: 'admin', pack: null }));
  assert(error instanceof SnapshotError, String(error));
  assert.equal(error.code, error.issues === undefined ? 'NOT_FOUND' : 'VALIDATION_FAILED');
  return error.issues ?? [];
}

/** Removes the second issue of `packKey`: zod also checks the length of values that have one but are not strings. */
const withoutSecond = (issues) =>
  issues.filter(({ path }, at) => path !== 'packKey' || issues[at - 1]?.path !== 'packKey');

/** Removes the metadata, because zod accepts anything there. */
const withoutMetadataIssues = (issues) =>
  issues.filter(({ path, code }) => !path.startsWith('metadata.') && code !== 'too_many_issues');

class Thing {
  packKey = 'of a class';
}
class WithGetters {
  get packKey() {
    return 'of a getter';
  }
  get reason() {
    return 5;
  }
}

const makers = [
  () => new Map(),
  () => new Map([['packKey', 'p']]),
  () => new Set(['a']),
  () => new WeakMap(),
  () => new Thing(),
  () => new WithGetters(),
  () => new Date(0),
  () => new Date(Number.NaN),
  () => /a/,
  () => new Error('e'),
  () => new URL('https://example.org/'),
  () => new Uint8Array(3),
  () => new Uint8Array(0),
  () => Buffer.from('a'),
  () => new ArrayBuffer(1),
  () => Promise.resolve('a'),
  () => Object('a'),
  () => Object(''),
  () => Object(1),
  () => Object(1n),
  () => Object(Symbol('s')),
  () => Symbol('s'),
  () => () => 1,
  () => (first) => first,
  () => class Named {},
  () => Thing,
  () => [],
  () => ['a'],
  () => ({}),
  () => ({ length: 0 }),
  () => ({ length: 3 }),
  () => Object.create(null),
  () => new Proxy({}, {}),
  () => new Proxy([], {}),
  () => new Proxy(new Map(), {}),
  () => runInNewContext('({})'),
  () => runInNewContext('[]'),
  () => runInNewContext('new Map()'),
  () => runInNewContext('new Date(0)'),
  () => runInNewContext('new (class Alien {})()'),
  () => Math,
  () => runInNewContext('(function () { return arguments; })()'),
];
const made = fc.constantFrom(...makers).map((make) => make());
const anything = fc.anything({
  stringUnit: 'binary',
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 2,
});
const text = fc.string({ unit: 'binary', maxLength: 6 });
const scalar = fc.constantFrom(
  ...[null, undefined, true, false, 0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0n, 7n],
);
const junk = fc.oneof(scalar, made, anything, text);
const member = fc.oneof({ weight: 2, arbitrary: text }, { weight: 3, arbitrary: junk });
const record = fc.dictionary(text, junk, { maxKeys: 4 });
const members = {
  packKey: member,
  packVersion: member,
  reason: member,
  requestedBy: member,
  metadata: fc.oneof(record, junk),
};
const inputs = fc.oneof(
  { weight: 8, arbitrary: fc.record(members, { requiredKeys: [] }) },
  { weight: 2, arbitrary: fc.record({ ...members, packKey: text, unknown: junk }, { requiredKeys: ['packKey'] }) },
  { weight: 1, arbitrary: junk },
);

/** zod names the class by the `constructor` of an object without a plain prototype, even its own. */
const namesItself = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) !== Object.prototype &&
  Object.hasOwn(value, 'constructor');

/** A plain object of another realm is an object to us; zod names its class, `Object`. */
const inOurWords = (issues) =>
  issues.map((issue) => ({ ...issue, message: issue.message.replace(/received Object$/, 'received object') }));

test('gives the issues of zod for junk in every place', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      fc.pre(!Object.keys(members).some((name) => namesItself(input?.[name])));
      assert.deepEqual(withoutMetadataIssues(ourIssues(input)), inOurWords(withoutSecond(issuesOfZod(input))));
    }),
    { numRuns: 12_000, seed: 42 },
  );
});

test('accepts JSON in the metadata, as zod does', () => {
  const json = fc.dictionary(text, fc.jsonValue({ stringUnit: 'binary' })).map(({ $snapshot: _, ...rest }) => rest);
  fc.assert(
    fc.property(json, (metadata) => {
      const input = { packKey: 'p', metadata };
      assert.deepEqual([ourIssues(input), issuesOfZod(input)], [[], []]);
    }),
    { numRuns: 2000, seed: 42 },
  );
});

const invalidType = (path, expected, received) => ({
  path,
  code: 'invalid_type',
  message: `Invalid input: expected ${expected}, received ${received}`,
});

test('does not repeat the second issue that zod gives for values with a length', () => {
  for (const packKey of [[], () => 1, class {}, Object(''), new Uint8Array(0), { length: 0 }, { length: null }]) {
    const [ours, zods] = [ourIssues({ packKey, reason: 5 }), issuesOfZod({ packKey, reason: 5 })];
    assert.equal(zods.length, 3);
    assert.equal(zods[1].code, 'too_small');
    assert.deepEqual(ours, [zods[0], zods[2]]);
  }
});

describe('differs from zod on purpose', () => {
  const withMetadata = (metadata) => ({ packKey: 'p', metadata });
  const asKey = (packKey) => ({ packKey });
  class Named {}
  function* generator() {}
  const hiddenConstructor = Object.defineProperty({ a: 1 }, 'constructor', { value: Named });

  // Name, input, zod's issues, our issues.
  const cases = [
    // Text that UTF-8 cannot encode.
    [
      'half a surrogate pair',
      { packKey: '\ud800', reason: 'r\udc00' },
      [],
      [
        { path: 'packKey', code: 'invalid_format', message: 'Invalid string: unpaired surrogate at index 0' },
        { path: 'reason', code: 'invalid_format', message: 'Invalid string: unpaired surrogate at index 1' },
      ],
    ],
    [
      'half a surrogate pair in a name',
      withMetadata({ '\ud800': 1 }),
      [],
      [{ path: 'metadata.\uFFFD', code: 'invalid_format', message: 'Invalid string: unpaired surrogate at index 0' }],
    ],
    // Metadata must be JSON, and one name in it is ours.
    [
      'values that are not JSON',
      withMetadata({ a: [Number.NaN] }),
      [],
      [invalidType('metadata.a.0', 'JSON value', 'NaN')],
    ],
    [
      'the name that is ours',
      withMetadata({ $snapshot: 1 }),
      [],
      [{ path: 'metadata.$snapshot', code: 'reserved', message: 'Reserved member: $snapshot' }],
    ],
    // zod decides by `constructor` whether an object is plain; we decide by its prototype.
    [
      'a plain object for a prototype',
      withMetadata(Object.create({ a: 1 })),
      [],
      [invalidType('metadata', 'record', 'object with a prototype')],
    ],
    [
      'a prototype that nobody knows',
      withMetadata(Object.create(Object.create(null))),
      [],
      [invalidType('metadata', 'record', 'object with a prototype')],
    ],
    ['a generator', withMetadata(generator()), [], [invalidType('metadata', 'record', 'Generator')]],
    [
      'a class instance that hides its class',
      withMetadata(Object.assign(new Named(), { constructor: undefined })),
      [],
      [invalidType('metadata', 'record', 'object with a prototype')],
    ],
    [
      'a member called constructor that is a class',
      withMetadata({ constructor: Named }),
      [invalidType('metadata', 'record', 'object')],
      [invalidType('metadata.constructor', 'JSON value', 'function')],
    ],
    [
      'a member called constructor that is not enumerable',
      withMetadata(hiddenConstructor),
      [invalidType('metadata', 'record', 'object')],
      [],
    ],
    // Members named by symbols are not JSON data.
    [
      'a symbol for a name',
      withMetadata({ [Symbol('s')]: 1 }),
      [{ path: 'metadata.Symbol(s)', code: 'invalid_key', message: 'Invalid key in record' }],
      [],
    ],
    // An object without a class name is an object.
    [
      'a class without a name',
      asKey(new (class {})()),
      [invalidType('packKey', 'string', '')],
      [invalidType('packKey', 'string', 'object with a prototype')],
    ],
    [
      'a generator for a string',
      asKey(generator()),
      [invalidType('packKey', 'string', '')],
      [invalidType('packKey', 'string', 'Generator')],
    ],
    [
      'a class whose name is not a string',
      asKey(new (Object.defineProperty(class {}, 'name', { value: 5 }))()),
      [invalidType('packKey', 'string', '5')],
      [invalidType('packKey', 'string', 'object with a prototype')],
    ],
    [
      'an object that names a class of its own',
      asKey(Object.assign(Object.create(null), { constructor: Named })),
      [invalidType('packKey', 'string', 'Named')],
      [invalidType('packKey', 'string', 'object')],
    ],
    [
      'an instance whose constructor is not a class',
      asKey(Object.assign(new Named(), { constructor: 5 })),
      [invalidType('packKey', 'string', 'undefined')],
      [invalidType('packKey', 'string', 'object with a prototype')],
    ],
    [
      'a tag instead of a class',
      asKey(Object.create({ __proto__: null, [Symbol.toStringTag]: 'Tag' })),
      [invalidType('packKey', 'string', 'object')],
      [invalidType('packKey', 'string', 'Tag')],
    ],
  ];
  for (const [name, input, zods, ours] of cases) {
    test(`about ${name}`, () => {
      assert.deepEqual(issuesOfZod(input), zods);
      assert.deepEqual(ourIssues(input), ours);
    });
  }

  test('ignores inherited members of Object.prototype', () => {
    Object.prototype.reason = 5;
    try {
      assert.deepEqual(issuesOfZod({ packKey: 'p' }), [invalidType('reason', 'string', 'number')]);
      assert.deepEqual(ourIssues({ packKey: 'p' }), []);
    } finally {
      delete Object.prototype.reason;
    }
  });

  test('accepts an own member called __proto__', () => {
    const input = withMetadata(JSON.parse('{"__proto__":{"a":1}}'));
    assert.deepEqual(Object.keys(schema.parse(input).metadata), []);
    const ctx = { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: [] };
    const { metadata } = snapshotPack(input, ctx).record;
    assert.deepEqual(Object.keys(metadata).sort(), ['$snapshot', '__proto__']);
  });
});

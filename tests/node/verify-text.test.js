// Verifies items that are JSON text: the main entry and `./verify` must give the same answer, whatever is wrong with the text, and the same
// as for the object that the text stands for.
//
// How: each text is verified in several sets of parts (with an index, row ids, lowered limits), as a string and as bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as main from '@lssm-tech/lib.context-snapshot';
import * as verify from '@lssm-tech/lib.context-snapshot/verify';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { assertAlike, inputs, written } from './support/differential.js';
import { example, proofs, small } from './support/tampering.js';

const left = { ...main, name: 'the main entry' };
const right = { ...verify, name: './verify' };
const utf8 = (text) => new TextEncoder().encode(text);
/** Asks both entries, and the main entry also item by item. */
async function alike(make) {
  const { result } = await assertAlike(left, right, 'verifySnapshot', () => [make()]);
  const { items, ...parts } = make();
  if (result && Array.isArray(items)) {
    const verifier = new main.SnapshotVerifier(parts);
    for (const item of items) verifier.add(item);
    assert.deepEqual(verifier.finish(), structuredClone(result));
    verifier.free();
  }
  return result;
}

const LIMITS = [
  undefined,
  ...[0, 1, 5, 20, 60, 90, 120, 150, 300].map((documentBytes) => ({ documentBytes })),
  ...[0, 1, 2, 3, 4].map((levels) => ({ levels })),
  { items: 1 },
  { totalBytes: 100 },
];

/** Asks for these items in the place of the first one, in every set of parts. */
async function everywhere(text, all = LIMITS) {
  for (const make of [small, example]) {
    for (const limits of make === small ? all : all.slice(0, 1)) {
      for (const more of [{}, { rowIds: true }]) {
        for (const item of typeof text === 'string' ? [text, utf8(text)] : [text]) {
          await alike(() => {
            const { record, items, index } = make();
            // The item is met again as an object, and once more as text.
            const list = [item, ...items.slice(1), items[0], item];
            return { record, items: list, ...(index && { index }), ...(limits && { limits }), ...more };
          });
        }
      }
    }
  }
}

const [item] = small().items;
const [whole] = example().items;
const canonical = canonicalize(item);
/** Writes every character of a string's value as an escape. */
const escaped = (text) =>
  JSON.stringify(text).replace(/[a-zé]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

for (const [name, answer] of [
  ['canonical', canonical],
  ['as JSON.stringify writes it', JSON.stringify(item)],
  ['in another order', JSON.stringify(Object.fromEntries(Object.entries(item).reverse()))],
  ['with blanks', ` \n\t\r${JSON.stringify(item, null, 3)}\n\n `],
  ['with escapes', canonical.replace(/"([a-zé]+)"/gi, (_, text) => escaped(text))],
  ['with other numbers', canonical.replace('-0.5', '-5.00e-1').replace('1', '1.0')],
  ['with null for what is absent', JSON.stringify({ ...item, sourceVersion: null, textContent: null })],
  [
    'with a time that is not read, and with more members',
    JSON.stringify({ ...item, createdAt: 5, id: [{}], constructor: {} }),
  ],
]) {
  test(`verifies an item as text, ${name}`, async () => {
    for (const text of [answer, utf8(answer), Buffer.from(answer)]) {
      const found = await alike(() => ({ record: small().record, items: [text] }));
      assert.deepEqual(found, { valid: true, issues: [], anchor: 'none' });
    }
    const row = answer.replace(/("itemId"\s*:\s*")a/, '$1s:a');
    if (row !== answer) {
      const found = await alike(() => ({ record: small().record, items: [row], rowIds: true }));
      assert.deepEqual(found, { valid: true, issues: [], anchor: 'none' });
    }
    await everywhere(answer);
  });
}

test('verifies a snapshot whose items are partly text', async () => {
  const spell = [
    (one) => one,
    canonicalize,
    (one) => utf8(canonicalize(one)),
    (one) => JSON.stringify(one, null, 1),
    (one) => Buffer.from(JSON.stringify(one)),
  ];
  for (let number = 0; number < spell.length ** 3; number++) {
    const make = () => {
      const parts = example();
      parts.items = parts.items.map((one, at) => spell[Math.floor(number / spell.length ** at) % spell.length](one));
      return parts;
    };
    assert.deepEqual(await alike(make), { valid: true, issues: [], anchor: 'seal' });
  }
});

const deep = (levels) => `{"content":${'{"a":'.repeat(levels - 1)}[1]${'}'.repeat(levels - 1)}}`;
const WRONG = [
  ...['', ' ', '\n', '\ufeff', `\ufeff${canonical}`, ` \ufeff${canonical}`, `${canonical}\ufeff`, `${canonical}x`],
  ...[`${canonical}${canonical}`, '5', 'null', '"x"', 'true', 'tru', '[]', `[${canonical}]`, '{}', '{"a":1,}', '{a:1}'],
  ...['{"a" 1}', '{"a":}', '[1,]', '[1 2]', '{"a":1 "b":2}', '01', '-', '1.', '1e', '+1', '.5', 'NaN', 'undefined'],
  // Two members with the same name.
  ...[canonical.replace('{', '{"itemId":"b",'), canonical.replace('{"c"', '{"c":1,"c"'), '{"":1,"":2}'],
  ...[
    '{"a":{"b":[0,{"x":1,"\\u0078":2}]}}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":1,\n "é\u{1f600}":2,"é\u{1f600}":3}',
  ],
  ...[
    `{"${'x'.repeat(300)}":1,"${'x'.repeat(300)}":2}`,
    `{"${'\u{1f600}'.repeat(700)}":1,"${'\u{1f600}'.repeat(700)}":2}`,
  ],
  ...['{"\\u0000\\u202e":1,"\\u0000\\u202e":2}', '{"a.b":{"":1,"":2}}', '{"\\ud83d\\ude00":1,"😀":2}'],
  // Numbers that would change.
  ...['9007199254740993', '12345678901234567890', '3.14159265358979323846', '1e400', '-1e400', '1e-400'].map((number) =>
    canonical.replace('-0.5', number),
  ),
  canonical.replace('-0.5', `0.${'1234567890'.repeat(200)}`),
  ...['1.0', '0.10000000000000001', '100000000000000000000', '-0', '0e5', '1E2'].map((number) =>
    canonical.replace('-0.5', number),
  ),
  // Strings.
  ...['"\\ud800"', '"a\\udc00"', '"\\ud800\\ud800"', '"\\ud800\\u0041"', '"\\ud83d\\ude00"', '"\\u12"', '"\\x"', '"\\'],
  ...['"\u0000"', '"\n"', '"\u001f"', '"\u007f"', '"\u2028"', `"${canonical}`, '{"kind":"\\ud800"}', '{"\\udc00":1}'],
  ...['\ud800', '"\ud800"', `${canonical.slice(0, -1)},"x":"a\udc00"}`, '"\udc00\ud800', 'é\ud800'],
  // Characters other than the expected one, as messages show them.
  ...['\u0000', '\u202e', '\u{e0001}', '\u{1f600}', '{"a":\u200b1}', '[\u2028]'],
  ...[1, 2, 3, 4, 998, 999, 1000, 1001].map(deep),
  ...['['.repeat(1000), '['.repeat(1001), `${'['.repeat(1000)}${']'.repeat(1000)}`, `{"x":${'['.repeat(2000)}`],
  // Members that are wrong.
  ...['itemId', 'kind', 'sourceKey', 'content', 'textContent', 'metadata', 'sourceVersion'].flatMap((name) => [
    ...[null, 5, '', [], {}, true, 'x'.repeat(100), '\u0000"\\'].map((value) =>
      canonicalize({ ...whole, [name]: value }),
    ),
    canonicalize({ ...item, [name]: undefined }),
  ]),
  canonicalize({ ...item, itemId: 'another' }),
  canonicalize({ ...item, itemId: 's:a' }),
  canonicalize({ ...item, itemId: 's-1:i1' }),
  canonicalize({ ...item, itemId: 'é\u{1f600}:a' }),
  canonicalize({ ...item, textContent: 'x'.repeat(2000) }),
  canonical + ' '.repeat(500),
];

test(`finds the same in ${WRONG.length} wrong or unusual texts`, async () => {
  for (const text of WRONG)
    await everywhere(
      text,
      text.length > 900
        ? [undefined, { documentBytes: 90 }]
        : [...LIMITS.slice(0, 8), { levels: 1 }, { levels: 2 }, { levels: 3 }],
    );
});

test('finds the same in text that is cut, or has another character, at each position', async () => {
  for (const text of [canonical, JSON.stringify(whole, null, 1)]) {
    const bytes = utf8(text);
    for (let at = 0; at <= text.length; at++) {
      for (const changed of [
        text.slice(0, at),
        ...['"', '\\', '0', ',', '}', '\ufeff', '\ud800'].map((unit) => text.slice(0, at) + unit + text.slice(at + 1)),
      ]) {
        await alike(() => ({ record: small().record, items: [changed] }));
      }
    }
    for (let at = 0; at <= bytes.length; at++) {
      await alike(() => ({ record: small().record, items: [bytes.slice(0, at)] }));
      for (const byte of [0x00, 0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff]) {
        await alike(() => ({ record: small().record, items: [bytes.with(at % bytes.length, byte)] }));
      }
    }
  }
});

test('finds the same in bytes that are not UTF-8', async () => {
  for (const hex of [
    ...[
      '80',
      'bf',
      'c0',
      'c080',
      'c1bf',
      'c2',
      'c27f',
      'c280',
      'dfbf',
      'dfc0',
      'e0',
      'e080',
      'e08080',
      'e09fbf',
      'e0a0',
    ],
    ...[
      'e0a080',
      'ed9fbf',
      'eda080',
      'edbfbf',
      'ee8080',
      'ef',
      'efbf',
      'efbfbd',
      'efbbbf',
      'efbb',
      'f0',
      'f08080',
      'f0808080',
    ],
    ...[
      'f08fbfbf',
      'f0908080',
      'f09f98',
      'f09f9880',
      'f48fbfbf',
      'f4908080',
      'f5808080',
      'f8',
      'f888808080',
      'ff',
      'fe',
    ],
  ]) {
    const bytes = Buffer.from(hex, 'hex');
    for (const [before, after] of [
      ['', ''],
      ['"', '"'],
      ['{"é":"', '"}'],
      ['{}', ''],
      ['{"a":\n 1,x', ''],
    ]) {
      await everywhere(Buffer.concat([utf8(before), bytes, utf8(after)]), [undefined]);
    }
  }
});

test('takes bytes of other kinds, and no other arrays', async () => {
  const bytes = utf8(canonical);
  class Own extends Uint8Array {
    get length() {
      throw new Error('not read');
    }
  }
  const make = [
    () => new Own(bytes),
    () => new Uint8Array(new Uint8Array([1, 2, ...bytes, 3]).buffer, 2, bytes.length),
    () => Object.setPrototypeOf(new Uint8Array(bytes), null),
    () => new Uint8ClampedArray(bytes),
    () => new Int8Array(bytes),
    () => new DataView(bytes.buffer),
    () => bytes.buffer,
    () => Array.from(bytes),
    () => new String(canonical),
    () => new Proxy(new Uint8Array(bytes), {}),
    () => ({ [Symbol.toStringTag]: 'Uint8Array', length: 2, 0: 123, 1: 125 }),
  ];
  for (const [at, one] of make.entries()) {
    const { valid } = await alike(() => ({ record: small().record, items: [one()] }));
    assert.equal(valid, at < 3, String(one));
  }
});

test('refuses text that is much longer than a document may be, whatever it says', async () => {
  for (const documentBytes of [0, 1, 2, 10]) {
    for (const length of [-1, 0, 1, 2, 3, 4, 5, 6].map((more) => 8 * documentBytes + more)) {
      for (const unit of [' ', 'é', '\ud800']) {
        const text = unit.repeat(Math.max(length, 0));
        for (const item of [text, utf8(text)]) {
          const { issues } = await alike(() => ({ ...small(), limits: { documentBytes }, items: [item] }));
          const isLonger = item.length > 8 * documentBytes;
          assert.equal(issues.find(({ path }) => path === 'items.0').code === 'too_big', isLonger);
        }
      }
    }
  }
});

test('finds the same in random snapshots whose items are text', async () => {
  const limits = fc.record(
    { documentBytes: fc.nat({ max: 600 }), levels: fc.nat({ max: 6 }), totalBytes: fc.nat({ max: 600 }) },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(inputs, fc.array(fc.nat(), { maxLength: 6 }), fc.option(limits), async (make, numbers, limits) => {
      await alike(() => written({ ...make(), ...(limits && { limits: structuredClone(limits) }) }, numbers));
    }),
    { numRuns: 2000, seed: 7493 },
  );
});

test('checks proofs of items that are text', async () => {
  const [{ item, proof, hash }] = proofs(5, [2]);
  const text = canonicalize(item);
  for (const [given, expected] of [
    ...[
      [text, true],
      [utf8(text), true],
      [JSON.stringify(item, null, 1), true],
      [text.slice(1), false],
    ],
    ...[
      [`\ufeff${text}`, false],
      ['x', false],
      ['', false],
      [`${text} `, true],
      [new Uint8Array(), false],
    ],
    [text.replace('{', '{"a":1,"a":2,'), false],
  ]) {
    assert.equal(await verify.verifyItem(given, proof, hash), expected);
    assert.equal(main.verifyItem(given, proof, hash), expected);
    assert.equal(main.explainItem(given, proof, hash).valid, expected);
  }
  assert.deepEqual(main.explainItem('{"a":1,"a":2}', proof, hash).issues, [
    { path: 'item.a', code: 'duplicate', message: 'Duplicate member: a (line 1, column 8)' },
  ]);
});

// E6.2-2
test('sanitizes what it quotes of a text', async () => {
  const name = '\u202e\u0000'.repeat(200);
  for (const [text, message] of [
    [`{"\\u0000":1,"\\u0000":2}`, 'Duplicate member: \\u0000 (line 1, column 13)'],
    ['\u202e', 'Invalid JSON: expected a value, found \\u202e (line 1, column 1)'],
    [JSON.stringify({ [name]: 1 }).replace('}', `,${JSON.stringify(name)}:2}`), undefined],
  ]) {
    const { issues } = await alike(() => ({ ...small(), items: [text] }));
    const [found] = issues.filter(({ path }) => path.startsWith('items.'));
    if (message) assert.equal(found.message, message);
    assert(found.message.length < 330 && !/[\u202e\0]/.test(found.message));
  }
});

test('reads long numbers in linear time', async () => {
  const zeros = '0'.repeat(300_000);
  for (const [number, isKept] of [
    [`1${zeros}1`, false],
    [`0.${zeros}1`, false],
    [`1.${zeros}`, true],
    [`-0.5${zeros}`, true],
    [`-0.5${zeros}1`, false],
    [`${'10'.repeat(150_000)}e-300000`, false],
    [`0.1${'23456789'.repeat(40_000)}`, false],
  ]) {
    const text = JSON.stringify(item).replace('-0.5', () => `${number}`);
    const { issues } = await alike(() => ({ ...small(), items: [text] }));
    assert.equal(!issues.some(({ code }) => code === 'invalid_format'), isKept, text.slice(0, 200));
  }
});

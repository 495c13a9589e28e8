// Checks that items may be JSON text, and that it makes no difference.
//
// Why: canonical text is recognized and hashed as it is, and other text is parsed by a script of our own. If either took a text that
// means something else, or nothing, a hash would stand for what nobody wrote.
//
// How: random items are written in many forms, and compared with the same items as objects. Then canonical text is disturbed, and the
// result compared with a plain, slow reading of the rules of FORMAT 7.4.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  canonicalizeJson,
  digestItem,
  explainItem,
  previewPack,
  proveItem,
  SnapshotBuilder,
  SnapshotVerifier,
  snapshotPack,
  summarizeSnapshot,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { reach, thrownBy } from './support/expect.js';
import { canonicalItem, leaf, toDigest } from './support/format.js';
import { FOREIGN, foreignHost, HOSTS, hostOf } from './support/hosts.js';
import { disguised, FORM_NAMES, FORMS, itemLists, randomness } from './support/json-forms.js';
import { random } from './support/packs.js';
import { bytes, example, members, small } from './support/tampering.js';

const input = { packKey: 'p' };
const pack = { packKey: 'p', version: '1', title: 't' };
const contextOf = (items, more) => ({
  ...{ actor: 'admin', now: '2027-01-02T03:04:05.678Z', snapshotId: 's', pack, items },
  ...more,
});
/** The text of an item as `JSON.stringify` writes it after its members were put into canonical order: names like 9 and 10 come first. */
const canonicalItemText = (one) => JSON.stringify(JSON.parse(canonicalize(one)));
const snapshot = (items, more) => snapshotPack(input, contextOf(items, more));
const item = (itemId, content, more) => ({ itemId, kind: 'k', sourceKey: 's', content, ...more });
const canonicalBytes = (value) => Buffer.from(canonicalize(value));
const FORM_LIST = Object.values(FORMS);

/** Everything in a snapshot, as plain data. */
const whole = (snapshot) => ({
  ...snapshot,
  index: snapshot.index,
  items: snapshot.items,
  json: [...snapshot.itemsJson()],
});
/** What a call returns, or the issues that it throws. */
function outcome(run) {
  try {
    return run();
  } catch (error) {
    if (error.issues === undefined) throw error;
    return { code: error.code, issues: error.issues };
  }
}
const issuesOf = (run) => [...(thrownBy(run).issues ?? [])].map(({ path, code, message }) => [path, code, message]);
const without = (issues) => issues.map(({ itemId, ...issue }) => issue);

describe('text stands for the same items as objects', () => {
  for (const name of FORM_NAMES) {
    test(`${name} gives the same snapshot, index, items and text`, () => {
      fc.assert(
        fc.property(itemLists, randomness, (items, below) => {
          const texts = items.map((one) => FORMS[name](one, below));
          const made = snapshot(texts);
          assert.deepEqual(whole(made), whole(snapshot(items)));
          assert.deepEqual(
            [...made.itemsJson()].map(({ json }) => json),
            items.toSorted((left, right) => (left.itemId < right.itemId ? -1 : 1)).map(canonicalItem),
          );
        }),
        { numRuns: 150, seed: 71 },
      );
    });
  }

  test('any mixture of forms and objects gives the same answers from each function', () => {
    fc.assert(
      fc.property(itemLists, randomness, (items, below) => {
        const mixed = items.map((one) => (below(3) === 0 ? one : FORM_LIST[below(FORM_LIST.length)](one, below)));
        const made = snapshot(mixed);
        const expected = snapshot(items);
        assert.deepEqual(whole(made), whole(expected));
        assert.deepEqual(whole(snapshot(mixed.toReversed())), whole(expected));

        const preview = previewPack(input, contextOf(mixed));
        assert.deepEqual(preview, previewPack(input, contextOf(items)));
        for (const [at, one] of mixed.entries()) {
          const json = canonicalItem(items[at]);
          assert.deepEqual(digestItem(one), { itemId: items[at].itemId, digest: toDigest(leaf(json)), json });
        }

        const [builder, other] = [items, mixed].map((all) => {
          const { items: _, ...ctx } = contextOf(all);
          const builder = new SnapshotBuilder(input, ctx);
          return { added: all.map((one) => builder.add(one)), snapshot: builder.finish() };
        });
        assert.deepEqual(other.added, builder.added);
        assert.deepEqual(other.snapshot.record, builder.snapshot.record);
        assert.deepEqual(other.snapshot.index, builder.snapshot.index);

        const { record, index } = made;
        const parts = { record, index, expect: { seal: record.metadata.$snapshot.seal } };
        assert.equal(verifySnapshot({ ...parts, items: mixed }).valid, true);
        assert.equal(
          verifySnapshot({ ...parts, items: [...made.items].map((one) => JSON.stringify(one)) }).valid,
          true,
        );
        const verifier = new SnapshotVerifier(parts);
        for (const one of mixed) verifier.add(one);
        assert.equal(verifier.finish().valid, true);
        assert.equal(summarizeSnapshot({ record, items: mixed }), summarizeSnapshot({ record, items }));
      }),
      { numRuns: 150, seed: 71 },
    );
  });

  test('text does not change what the next call reads, and is not changed by it', () => {
    const objects = [item('a', { n: 'é'.repeat(300), z: [1, 'x'] }), item('b', 'ascii'), item('c', { '😀': 1 })];
    const expected = snapshot(objects).record.hash;
    for (const first of [...FORM_LIST, (one) => one]) {
      for (const second of [...FORM_LIST, (one) => one]) {
        const [one, two, three] = objects;
        const below = random(7);
        assert.equal(snapshot([first(one, below), second(two, below), first(three, below)]).record.hash, expected);
        assert.equal(snapshot([second(three, below), first(one, below), second(two, below)]).record.hash, expected);
      }
    }
  });

  test('short text after long text reads nothing of the long text', () => {
    const closing = `${']'.repeat(300)}${'}'.repeat(300)}`;
    const long = canonicalize(item('long', `${closing}${closing}`.repeat(5)));
    for (const short of [
      '{"content":{"a":[[[[1',
      '{"content":{"a":{"a":{"a":1',
      '{"content":"x","itemId":"a","kind":"k","sourceKey":"s"',
      '{"content":"x',
    ]) {
      for (let pad = 0; pad < 40; pad++) {
        assert.doesNotThrow(() => digestItem(long));
        const text = short.replace(/^\{"content":"x/, `{"content":"${'x'.repeat(pad)}`);
        assert.match(issuesOf(() => digestItem(text))[0][2], /^Invalid JSON: expected .*, found the end/);
        assert.match(issuesOf(() => digestItem(Buffer.from(text)))[0][2], /^Invalid JSON: expected .*, found the end/);
      }
    }
  });

  test('times in text are read like times of objects', () => {
    for (const createdAt of ['2026-01-01T00:00:00.5+01:00', '2026-01-01', '', 5, null]) {
      const one = item('a', 'x', { createdAt });
      const read = (items) => outcome(() => snapshot(items).items.map((made) => made.createdAt));
      assert.deepEqual(read([JSON.stringify(one)]), read([one]));
    }
  });

  test('members that are not of an item are ignored in text, too', () => {
    const more = { ...item('a', 'x'), snapshotId: 's', colour: { a: [1] }, '': 1, __proto__: null };
    assert.deepEqual(digestItem(JSON.stringify(more)), digestItem(item('a', 'x')));
    assert.deepEqual(digestItem(canonicalize(more)), digestItem(item('a', 'x')));
  });

  test('wrong members have the same issues in text', () => {
    for (const { value } of members(
      item('a', { b: [1, { c: 'x' }] }, { metadata: { m: 1 }, sourceVersion: '1', textContent: 't' }),
    )) {
      const expected = outcome(() => previewPack(input, contextOf([value, item('b', 'x')])));
      for (const form of FORM_LIST) {
        const found = outcome(() => previewPack(input, contextOf([form(value, random(3)), item('b', 'x')])));
        assert.deepEqual(found, expected);
      }
      assert.deepEqual(
        outcome(() => digestItem(canonicalize(value))),
        outcome(() => digestItem(value)),
      );
    }
  });

  test('items of text are frozen, plain and in canonical order', () => {
    const one = item('a', JSON.parse('{"z":[{"b":1,"a":2}],"__proto__":{"x":1}}'), {
      metadata: { '\\': 1, '"': { a: 1 } },
    });
    for (const form of FORM_LIST) {
      const { items } = snapshot([form(one, random(1)), form({ ...one, itemId: 'b' }, random(2))]);
      for (const object of reach(items)) {
        assert(Object.isFrozen(object));
        const prototype = Object.getPrototypeOf(object);
        if (
          object !== Object.prototype &&
          typeof object !== 'function' &&
          prototype !== null &&
          !Array.isArray(object)
        ) {
          assert(prototype === Object.prototype || prototype === Function.prototype, String(object));
        }
      }
      assert.deepEqual(Object.keys(items[0].content), ['__proto__', 'z']);
      assert.equal(Object.getPrototypeOf(items[0].content), Object.prototype);
    }
  });

  test('names that are not learnt are those of their item, whatever else has such names', () => {
    const long = (letter) => letter.repeat(65);
    const named = (at) => ({
      [long('z')]: { [long(`${at}`)]: [at, { [long('é')]: '😀', b: -0, a: {} }], 10: 'x', 9: 'y' },
      [long('a')]: 'text',
      '': at,
      ...JSON.parse(`{"__proto__":{"${long('p')}":${at}}}`),
    });
    const items = ['c', 'a', 'd', 'b'].map((id, at) => item(id, named(at), { metadata: named(at + 10) }));
    const metadata = named(99);
    const forms = [(one) => one, (one) => JSON.stringify(one, undefined, 1), (one) => canonicalize(one)];
    for (let turn = 0; turn < forms.length ** items.length; turn++) {
      const listed = items.map((one, at) => forms[Math.floor(turn / forms.length ** at) % forms.length](one));
      const found = snapshotPack({ ...input, metadata }, contextOf(listed));
      for (const [at, one] of [...items].sort((left, right) => (left.itemId < right.itemId ? -1 : 1)).entries()) {
        const { snapshotId, createdAt, ...made } = found.items[at];
        assert.equal(JSON.stringify(made), canonicalItemText(one));
        for (const object of reach(made.content)) assert(Object.isFrozen(object));
        for (const object of [made.content, made.content[long('z')]]) {
          assert.equal(Object.getPrototypeOf(object), Object.prototype);
        }
      }
    }
  });

  test('the bytes may change after the call', () => {
    const bytes = canonicalBytes(item('a', 'before'));
    const made = snapshot([bytes]);
    bytes.fill(0x20);
    assert.equal(made.items[0].content, 'before');
    assert.equal([...made.itemsJson()][0].json, canonicalize(item('a', 'before')));
  });

  test('what is neither text nor an object is refused', () => {
    for (const wrong of [
      new Uint16Array(4),
      new Uint8ClampedArray(4),
      new DataView(new ArrayBuffer(2)),
      new ArrayBuffer(2),
      Object('{}'),
      5,
    ]) {
      assert.throws(() => digestItem(wrong), { code: 'VALIDATION_FAILED' });
      assert.match(
        issuesOf(() => canonicalizeJson(wrong))[0][2],
        /expected JSON text, a string or Uint8Array, received /,
      );
    }
    assert.match(
      issuesOf(() => canonicalizeJson({}))[0][2],
      /expected JSON text, a string or Uint8Array, received object$/,
    );
    assert.match(issuesOf(() => canonicalizeJson())[0][2], /received undefined$/);
  });
});

describe('stored text is verified like stored objects', () => {
  const assertSame = (parts, what) => {
    const texts = parts.items.map((one) => JSON.stringify(one));
    const expected = verifySnapshot(parts);
    assert.deepEqual(verifySnapshot({ ...parts, items: texts }), expected, what);
    const canonical = parts.items.map((one) => canonicalBytes(one));
    assert.deepEqual(verifySnapshot({ ...parts, items: canonical }), expected, what);
    const verifier = new SnapshotVerifier({ ...parts, items: undefined });
    for (const one of texts) verifier.add(one);
    assert.deepEqual(verifier.finish(), expected, what);
    return expected.valid;
  };

  test('after every change of a member, with an index', () => {
    const parts = example();
    assert.equal(assertSame(parts), true);
    for (const [at, one] of parts.items.entries()) {
      for (const { what, value } of members(one)) {
        const { items } = example();
        items[at] = value;
        assertSame({ ...example(), items }, what);
        const { index: _, ...less } = { ...example(), items };
        assertSame(less, what);
      }
    }
  });

  test('after every change of a byte', () => {
    const { record, items } = small();
    for (const { what, value } of bytes(items[0])) assertSame({ record, items: [value] }, what);
  });

  test('when items are missing, twice or in another order', () => {
    const [a, b, c] = example().items;
    for (const items of [[], [a], [a, b, c, a], [c, b, a], [a, a, a], [b, c]]) assertSame({ ...example(), items });
  });

  test('with row ids', () => {
    const { snapshotId } = example().record;
    const row = (one, prefix = `${snapshotId}:`) => ({ ...one, itemId: `${prefix}${one.itemId}` });
    const rows = example().items.map((one) => row(one));
    assert.equal(assertSame({ ...example(), items: rows, rowIds: true }), true);
    assert.equal(assertSame({ ...example(), items: rows }), false);
    for (const prefix of ['', ':', 'other:', snapshotId, `${snapshotId}::`, 'é:', `\\${snapshotId}:`]) {
      const items = example().items.map((one) => row(one, prefix));
      assertSame({ ...example(), items, rowIds: true }, prefix);
    }
    assertSame({ ...example(), items: [{ ...rows[0], itemId: `${snapshotId}:` }], rowIds: true });
    for (const form of FORM_LIST) {
      const items = rows.map((one) => form(one, random(4)));
      assert.equal(verifySnapshot({ ...example(), items, rowIds: true }).valid, true);
    }
  });

  test('with row ids that are not ASCII', () => {
    for (const [snapshotId, itemId] of [
      ['é', '€'],
      ['😀', 'a'],
      ['s', '😀'],
      ['"', '\\'],
      ['\n', 'é'],
    ]) {
      const made = snapshot([item(itemId, { é: '😀' })], { snapshotId });
      const row = { ...item(itemId, { é: '😀' }), itemId: `${snapshotId}:${itemId}` };
      const { record, index } = made;
      for (const form of [...FORM_LIST, (one) => one]) {
        const found = verifySnapshot({ record, index, items: [form(row, random(5))], rowIds: true });
        assert.deepEqual(found, { valid: true, issues: [], anchor: 'none' });
      }
    }
  });

  test('null in an optional member is absent in stored text', () => {
    const [, , third] = example().items;
    const items = example().items.map((one) =>
      one.itemId === third.itemId ? { ...one, metadata: null, textContent: null } : one,
    );
    assert.equal(assertSame({ ...example(), items }), true);
  });

  test('a proof of an item of text', () => {
    const items = [item('a', { x: 'é' }), item('b', 'x')];
    const made = snapshot(items);
    const proof = proveItem(made, 'a');
    for (const form of FORM_LIST) {
      assert.equal(verifyItem(form(items[0], random(8)), proof, made.record.hash), true);
      assert.equal(verifyItem(form(items[1], random(8)), proof, made.record.hash), false);
      assert.equal(explainItem(form(made.items[0], random(8)), proof, made.record.hash).valid, true);
    }
    for (const text of ['', '{', '"', new Uint8Array(0), '{"itemId":1}']) {
      assert.equal(verifyItem(text, proof, made.record.hash), false);
      assert.equal(explainItem(text, proof, made.record.hash).valid, false);
    }
    const [{ path, message }] = explainItem('{"content":tru}', proof, made.record.hash).issues;
    assert.equal(path, 'item.content');
    assert.equal(message, 'Invalid JSON: expected a value, found t (line 1, column 12)');
  });

  // F7.4-5
  test('a mistake in stored text is an issue at its place, and the item is missing', () => {
    const items = example().items.map((one) => JSON.stringify(one));
    items[1] = items[1].replace('"text"', '"text');
    const found = verifySnapshot({ ...example(), items });
    assert.equal(found.valid, false);
    assert.equal(found.issues[0].path, 'items.1.content');
    assert.equal(found.issues[0].code, 'invalid_format');
    const rows = verifySnapshot({ ...example(), items, rowIds: true });
    assert(rows.issues.some(({ path }) => path === 'items.1.content'));
  });
});

describe('limits hold for text', () => {
  const limitsOf = (limits) => ({ limits });
  /** The same pack under each limit. */
  const alike = (items, limits) => {
    const expected = outcome(() => whole(snapshot(items, limitsOf(limits))));
    for (const form of FORM_LIST) {
      const found = outcome(() =>
        whole(
          snapshot(
            items.map((one) => form(one, random(6))),
            limitsOf(limits),
          ),
        ),
      );
      // If text has a mistake, its id is not known.
      if (found.issues?.[0].code === 'too_big' && !('itemId' in found.issues[0])) {
        assert.deepEqual(found.issues, without(expected.issues).slice(0, 1));
      } else assert.deepEqual(found, expected);
    }
    return expected;
  };

  // F10-1
  test('levels, which are counted from the item as for objects', () => {
    const deep = item('a', { b: [{ c: [[]] }] });
    for (let levels = 1; levels < 9; levels++) {
      const found = alike([deep], { levels });
      assert.equal('record' in found, levels >= 6, `${levels} levels`);
    }
  });

  test('levels of the format', () => {
    const nested = (levels) =>
      `{"content":{"a":${'['.repeat(levels)}${']'.repeat(levels)}},"itemId":"a","kind":"k","sourceKey":"s"}`;
    assert.equal(digestItem(nested(998)).itemId, 'a');
    assert.equal(digestItem(` ${nested(998)}`).itemId, 'a');
    const expected = issuesOf(() => digestItem(JSON.parse(nested(999))));
    assert.equal(expected[0][2], 'Too big: expected at most 1000 levels of nesting');
    for (const text of [nested(999), ` ${nested(999)}`, nested(100_000)]) {
      assert.deepEqual(
        issuesOf(() => digestItem(text)),
        expected,
      );
    }
    assert.equal(canonicalizeJson('['.repeat(1000) + ']'.repeat(1000)).length, 2000);
    assert.equal(issuesOf(() => canonicalizeJson('['.repeat(1001)))[0][1], 'too_big');
  });

  // F7.4-5, F10-1
  test('levels, also where the stack is small', async () => {
    const script = `
      const { parentPort } = require('node:worker_threads');
      const { canonicalizeJson } = require('@lssm-tech/lib.context-snapshot');
      for (const [open, close] of [['[', ']'], ['{ "a": ', '}']]) {
        for (const levels of [1001, 5000, 1_000_000]) {
          try {
            canonicalizeJson(open.repeat(levels) + '1' + close.repeat(levels));
            parentPort.postMessage('taken');
          } catch ({ code, message, issues }) {
            parentPort.postMessage(issues === undefined ? message : [issues[0].code, issues[0].message]);
          }
        }
      }`;
    const worker = new Worker(script, { eval: true, resourceLimits: { stackSizeMb: 0.4 } });
    const found = [];
    worker.on('message', (message) => found.push(message));
    await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
    assert.deepEqual(found, Array(6).fill(['too_big', 'Too big: expected at most 1000 levels of nesting']));
  });

  test('documentBytes, counted in canonical bytes', () => {
    const one = item('a', { text: 'é'.repeat(500), list: [1, 2, 3] });
    const length = canonicalBytes(one).length;
    for (const documentBytes of [length - 1, length, length + 1]) {
      const found = alike([one], { documentBytes });
      assert.equal('record' in found, documentBytes >= length);
    }
  });

  test('items and totalBytes', () => {
    const items = [item('a', 'x'), item('b', 'é'), item('c', {})];
    for (let most = 0; most < 5; most++) alike(items, { items: most });
    const total = items.reduce((sum, one) => sum + canonicalBytes(one).length, 0);
    for (const totalBytes of [total - 1, total, total + 1]) alike(items, { totalBytes });
  });

  // F7.4-9, E4-23
  test('the length of raw text: at most 8 times documentBytes', () => {
    const most = 1000;
    const text = canonicalize(item('a', 'é'));
    const bytes = canonicalBytes(item('a', 'é'));
    const tooBig = [['items.0', 'too_big', `Too big: expected at most ${most} canonical bytes`]];
    for (const [length, isTaken] of [
      [8 * most - 1, true],
      [8 * most, true],
      [8 * most + 1, false],
      [9 * most, false],
    ]) {
      const texts = [text.padEnd(length, ' '), Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')])];
      for (const one of texts) {
        const run = () => snapshot([one], limitsOf({ documentBytes: most }));
        if (isTaken) assert.equal(run().record.itemCount, 1);
        else assert.deepEqual(issuesOf(run), tooBig);
      }
    }
  });

  test('an invalid item still counts in what follows', () => {
    const items = ['{"itemId":"a"', item('b', 'x'), JSON.stringify(item('b', 'y'))];
    const found = issuesOf(() => snapshot(items));
    const kinds = found.map(([path, code]) => [path, code]);
    assert.deepEqual(kinds, [
      ['items.0', 'invalid_format'],
      ['items.2.itemId', 'duplicate'],
    ]);
  });
});

// F7.4-1, F7.4-2, F7.4-3, F7.4-4, F7.4-5, E4-17, E4-18, E4-19, E4-20, E4-21, E4-22, E6-3
describe('a mistake is reported with path, code, line and column', () => {
  const at = (line, column) => ` (line ${line}, column ${column})`;
  const wrong = (text, path, message, code = 'invalid_format') => ({ text, path, message, code });
  const expected = (text, path, what, found, place) =>
    wrong(text, path, `Invalid JSON: expected ${what}, found ${found}${place}`);
  const becomes = (number, value, place) =>
    `Invalid number: ${number} would become ${value}, a string keeps it${place}`;
  const CASES = [
    expected('', '', 'a value', 'the end', at(1, 1)),
    expected(' \n', '', 'a value', 'the end', at(2, 1)),
    expected('{', '', "a member's name", 'the end', at(1, 2)),
    expected('{"a":1,}', '', "a member's name", '}', at(1, 8)),
    expected('{1:2}', '', "a member's name", '1', at(1, 2)),
    expected("{'a':1}", '', "a member's name", "'", at(1, 2)),
    expected('{"a" 1}', 'a', ':', '1', at(1, 6)),
    expected('{"a":1 "b":2}', '', ', or }', '"', at(1, 8)),
    expected('{"a":[1 2]}', 'a', ', or ]', '2', at(1, 9)),
    expected('{"a":[1,]}', 'a.1', 'a value', ']', at(1, 9)),
    expected('{"a":[1}', 'a', ', or ]', '}', at(1, 8)),
    expected('{"a":1]', '', ', or }', ']', at(1, 7)),
    expected('{"a":tru}', 'a', 'a value', 't', at(1, 6)),
    expected('{"a":nulll}', '', ', or }', 'l', at(1, 10)),
    expected('{"a":NaN}', 'a', 'a value', 'N', at(1, 6)),
    expected('{"a":+1}', 'a', 'a value', '+', at(1, 6)),
    expected('{"a":.5}', 'a', 'a value', '.', at(1, 6)),
    expected('{"a":01}', '', ', or }', '1', at(1, 7)),
    expected('{"a":-}', 'a', 'a digit', '}', at(1, 7)),
    expected('{"a":1.}', 'a', 'a digit', '}', at(1, 8)),
    expected('{"a":1e+}', 'a', 'a digit', '}', at(1, 9)),
    expected('{"a":"b', 'a', '"', 'the end', at(1, 8)),
    expected('{"a', '', '"', 'the end', at(1, 4)),
    expected('{"a":"\\x"}', 'a', 'an escape', 'x', at(1, 8)),
    expected('{"a":"\\', 'a', 'an escape', 'the end', at(1, 8)),
    expected('{"a":"\\u12"}', 'a', 'u and four hexadecimal digits', 'u', at(1, 8)),
    expected('{"a":"\\u00g0"}', 'a', 'u and four hexadecimal digits', 'u', at(1, 8)),
    expected('{"a":"b\u0001"}', 'a', 'an escaped control character', '\\u0001', at(1, 8)),
    expected('{"a":"b\n"}', 'a', 'an escaped control character', '\\u000a', at(1, 8)),
    expected('{} x', '', 'the end', 'x', at(1, 4)),
    expected('{}{}', '', 'the end', '{', at(1, 3)),
    expected('{"a":1}\0', '', 'the end', '\\u0000', at(1, 8)),
    expected('// {}', '', 'a value', '/', at(1, 1)),
    expected('\u00a0{}', '', 'a value', '\u00a0', at(1, 1)),
    expected('{"é":😀}', 'é', 'a value', '😀', at(1, 6)),
    wrong('\ufeff{}', '', `Invalid JSON: expected no byte-order mark${at(1, 1)}`),
    wrong('{"a":1,"a":2}', 'a', `Duplicate member: a${at(1, 8)}`, 'duplicate'),
    wrong('{"a":{"x":1,\n "\\u0078":2}}', 'a.x', `Duplicate member: x${at(2, 2)}`, 'duplicate'),
    wrong('{"__proto__":1,"__proto__":2}', '__proto__', `Duplicate member: __proto__${at(1, 16)}`, 'duplicate'),
    wrong('{"":1,"":2}', '', `Duplicate member: ${at(1, 7)}`, 'duplicate'),
    wrong('{"a":"\\ud800"}', 'a', `Invalid string: unpaired surrogate at index 0${at(1, 7)}`),
    wrong('{"a":"é😀\\udc00"}', 'a', `Invalid string: unpaired surrogate at index 3${at(1, 9)}`),
    wrong('{"a":"\\ud800\\ud800"}', 'a', `Invalid string: unpaired surrogate at index 0${at(1, 7)}`),
    wrong('{"a":"\\ud83d\\u0041"}', 'a', `Invalid string: unpaired surrogate at index 0${at(1, 7)}`),
    wrong('{"\\udfff":1}', '', `Invalid string: unpaired surrogate at index 0${at(1, 3)}`),
    wrong('{"a":"😀\ud800"}', '', 'Invalid string: unpaired surrogate at index 8'),
    wrong('{"a":9007199254740993}', 'a', becomes('9007199254740993', '9007199254740992', at(1, 6))),
    wrong('{"a":[0,-1e400]}', 'a.1', becomes('-1e400', '-Infinity', at(1, 9))),
    wrong('{"a":1e-400}', 'a', becomes('1e-400', '0', at(1, 6))),
    wrong('{"a":-1e-400}', 'a', becomes('-1e-400', '0', at(1, 6))),
    wrong('{"a":3.14159265358979323846}', 'a', becomes('3.14159265358979323846', '3.141592653589793', at(1, 6))),
  ];

  for (const { text, path, code, message } of CASES) {
    test(`in ${JSON.stringify(text).slice(0, 60)}`, () => {
      const found = [[path, code, message]];
      assert.deepEqual(
        issuesOf(() => canonicalizeJson(text)),
        found,
      );
      assert.deepEqual(
        issuesOf(() => digestItem(text)),
        found,
      );
      if (text.isWellFormed?.() ?? !/\p{Cs}/u.test(text)) {
        assert.deepEqual(
          issuesOf(() => digestItem(new TextEncoder().encode(text))),
          found,
        );
      }
      const inside = path === '' ? 'items.1' : `items.1.${path}`;
      const items = [item('b', 'x'), text];
      assert.deepEqual(
        issuesOf(() => snapshot(items)),
        [[inside, code, message]],
      );
      const { problems } = previewPack(input, contextOf(items));
      assert.deepEqual(without(problems[0]?.issues ?? problems), [{ path: inside, code, message: message }]);
      const { items: _, ...ctx } = contextOf(items);
      const builder = new SnapshotBuilder(input, ctx);
      builder.add(items[0]);
      assert.deepEqual(
        issuesOf(() => builder.add(text)),
        [[inside, code, message]],
      );
      assert.equal(builder.finish().record.itemCount, 1);
    });
  }

  test('lines and columns count after non-ASCII text, CR and long lines', () => {
    const lines = [...CASES].filter(({ text, message }) => message.includes('(line 1') && text[0] === '{');
    for (const [before, line, column] of [
      ['\n', 2, 0],
      ['\r\n\t', 2, 1],
      ['  ', 1, 2],
      ['\n\n \n  ', 4, 2],
    ]) {
      for (const { text, message } of lines) {
        const moved = message.replace(
          /\(line 1, column (\d+)\)$/,
          (_, own) => `(line ${line}, column ${Number(own) + column})`,
        );
        assert.equal(issuesOf(() => canonicalizeJson(`${before}${text}`))[0][2], moved);
      }
    }
    for (const [value, characters] of [
      ['é', 1],
      ['😀', 1],
      ['€\u0301', 2],
      ['x'.repeat(5000), 5000],
    ]) {
      const message = `Invalid JSON: expected a value, found ] (line 3, column ${characters + 5})`;
      assert.equal(issuesOf(() => canonicalizeJson(`[\n"${value}",\n["${value}",]]`))[0][2], message);
    }
  });

  test('bytes that are not UTF-8', () => {
    const bad = [
      [0xff],
      [0x80],
      [0xc3],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x98],
    ];
    const message = 'Invalid JSON: expected ", found bytes that are not UTF-8 (line 2, column 7)';
    for (const bytes of bad) {
      const text = Buffer.concat([Buffer.from('{\n"a":"é'), Buffer.from(bytes), Buffer.from('"}')]);
      assert.deepEqual(
        issuesOf(() => digestItem(text)),
        [['a', 'invalid_format', message]],
      );
      assert.deepEqual(
        issuesOf(() => canonicalizeJson(text)),
        [['a', 'invalid_format', message]],
      );
      const behind = Buffer.concat([canonicalBytes(item('a', 'x')), Buffer.from(bytes)]);
      assert.match(
        issuesOf(() => digestItem(behind))[0][2],
        /^Invalid JSON: expected the end, found bytes that are not UTF-8/,
      );
      // In a place where canonical text is copied as it is.
      const inside = Buffer.concat([
        Buffer.from('{"content":"'),
        Buffer.from(bytes),
        Buffer.from('","itemId":"a","kind":"k","sourceKey":"s"}'),
      ]);
      assert.equal(issuesOf(() => digestItem(inside))[0][0], 'content');
    }
    const marked = Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), canonicalBytes(item('a', 'x'))]);
    assert.match(issuesOf(() => digestItem(marked))[0][2], /^Invalid JSON: expected no byte-order mark/);
  });
});

// The categories of JSONTestSuite, in texts of our own: `y` must be taken, `n` must be refused.
describe('takes what RFC 8259 allows, except what 7.4 refuses', () => {
  const TAKEN = [
    ...[
      '[]',
      '{}',
      '[ ]',
      '{ }',
      '[[]   ]',
      '[""]',
      '""',
      '" "',
      '0',
      '-0',
      '1',
      '-1',
      '123',
      '1.5',
      '1e5',
      '1E5',
      '1e+5',
      '1E-5',
      '1.0',
    ],
    ...['0e1', '0e+1', '0.0', '-0.0', '20e1', '1.5e3', '1e-5', '123.456789', '0.1e1', '-0.0e-7', '1E22', '0.000001'],
    ...[
      'true',
      'false',
      'null',
      '[null,1,"1",{}]',
      '[1\n]',
      ' [1]',
      '[2] ',
      '\t[\r\n1 ]\n',
      '[1,null,null,2]',
      '[false]',
    ],
    ...[
      '{"a":"b"}',
      '{"":0}',
      '{"a":{}}',
      '{"a":[]}',
      '{"a":1,"b":1}',
      '{"a":"b","A":"b"}',
      '{"\\u0000":42}',
      '{"x":[{"id":"a"}],"id":"b"}',
    ],
    ...[
      '"\\""',
      '"\\\\"',
      '"\\/"',
      '"/"',
      '"\\b\\f\\n\\r\\t"',
      '"\\u0061"',
      '"\\u00e9"',
      '"\\u00E9"',
      '"\\u0012"',
      '"\\uFFFF"',
      '"\\uffff"',
    ],
    ...[
      '"\\ud83d\\ude00"',
      '"\\uD834\\uDD1E"',
      '"\\uDBFF\\uDFFF"',
      '"\\u0022"',
      '"\\u005C"',
      '"\\\\u0000"',
      '"\\\\a"',
      '"a/*b*/c"',
      '"\\u2028"',
    ],
    ...[
      '"\u007f"',
      '"\u2028\u2029"',
      '"\u0080"',
      '"é"',
      '"€"',
      '"😀"',
      '"\ufeff"',
      '"\uffff"',
      '"\ue000\u{10000}"',
      '"\u200b"',
      '"asd "',
    ],
  ];
  const REFUSED = [
    ...[
      '',
      ' ',
      '[',
      ']',
      '{',
      '}',
      '[1',
      '[1,',
      '[,1]',
      '[1,,2]',
      '[,]',
      '[1 true]',
      '[a]',
      '["a" "b"]',
      '[""',
      '["",]',
      '["x"',
      '[*]',
      '[\n\u2028]',
    ],
    ...[
      '{"a":"b",}',
      '{"a":"b",,"c":1}',
      '{"a"}',
      '{"a":}',
      '{"a"',
      '{"a":1',
      '{a:1}',
      '{"a":1 "b":2}',
      '{,}',
      '{"a"::1}',
      '{"a":1}}',
      '{[:1}',
      '{"a":1}#',
      '{"a":1}/**/',
      '{"a"/**/:1}',
      '{null:1}',
      '{"a":1;"b":2}',
    ],
    ...[
      '-',
      '+1',
      '01',
      '-01',
      '00',
      '1.',
      '.5',
      '-.5',
      '1e',
      '1e+',
      '1E-',
      '1.e1',
      '0.e1',
      '1 000',
      '1_000',
      '0x1F',
      '1eE2',
      '1e1.5',
      '++1',
      '--1',
      '-a',
      '1a',
      '1-',
      'Infinity',
      '-Infinity',
      'NaN',
      '١',
      '1n',
    ],
    ...['tru', 'True', 'nul', 'nulll', 'fals', 'undefined', 'true false', '[true}'],
    ...[
      "'a'",
      '"',
      '"a',
      'a"',
      '"\\',
      '"\\"',
      '"\\x00"',
      '"\\a"',
      '"\\u"',
      '"\\u0"',
      '"\\u00"',
      '"\\u000"',
      '"\\u000g"',
      '"\\U0061"',
      '"\\\n"',
      '"\n"',
      '"\t"',
      '"\0"',
      '"\u001f"',
      '`a`',
      '"\\u{61}"',
      '"\\ud83d\\u"',
      '"\\u+061"',
      '"\\u 061"',
    ],
    ...[
      '\ufeff[]',
      '\u00a0[]',
      '\v[]',
      '\f[]',
      '[]\0',
      '[]x',
      '[][]',
      '"a" "b"',
      '1 2',
      '\\u005b]',
      '<a>',
      '// a\n1',
      '\u2060[]',
      '[\f1]',
      '\u0085[]',
    ],
  ];
  /** Taken by `JSON.parse`, but refused here, because something would be lost. */
  const LOST = [
    ...['{"a":1,"a":1}', '{"a":1,"b":2,"a":3}', '{"a":1,"\\u0061":2}', '[{"":1,"":1}]', '{"é":1,"\\u00E9":2}'],
    ...[
      '"\\ud800"',
      '"\\udc00"',
      '"\\ud800\\n"',
      '"\\ud800\\ud800"',
      '"\\udc00\\ud800"',
      '"\\ud800a"',
      '{"\\ud800":1}',
      '"\\ud83d\\ude0"'.replace('de0', '0061'),
    ],
    ...[
      '1e400',
      '-1e400',
      '1e-400',
      '12345678901234567890',
      '9007199254740993',
      '0.12345678901234567890',
      '123123e100000',
      '1e9999999999',
      '-123123123123123123123123123123',
      '0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999969999999006',
    ],
  ];

  for (const text of TAKEN) {
    test(`takes ${JSON.stringify(text)}`, () => {
      const expected = canonicalize(JSON.parse(text));
      assert.equal(canonicalizeJson(text), expected);
      assert.equal(canonicalizeJson(new TextEncoder().encode(text)), expected);
      const inside = `{"itemId":"a","kind":"k","sourceKey":"s","content":{"x":${text}}}`;
      assert.deepEqual(digestItem(inside), digestItem(item('a', { x: JSON.parse(text) })));
      const sorted = `{"content":{"x":${text}},"itemId":"a","kind":"k","sourceKey":"s"}`;
      assert.deepEqual(digestItem(sorted), digestItem(item('a', { x: JSON.parse(text) })));
    });
  }

  for (const text of [...REFUSED, ...LOST]) {
    test(`refuses ${JSON.stringify(text).slice(0, 60)}`, () => {
      if (REFUSED.includes(text)) assert.throws(() => JSON.parse(text), SyntaxError);
      else assert.doesNotThrow(() => JSON.parse(text));
      assert.throws(() => canonicalizeJson(text), { code: 'VALIDATION_FAILED' });
      assert.throws(() => canonicalizeJson(new TextEncoder().encode(text)), { code: 'VALIDATION_FAILED' });
      const sorted = `{"content":{"x":${text}},"itemId":"a","kind":"k","sourceKey":"s"}`;
      assert.throws(() => digestItem(sorted), { code: 'VALIDATION_FAILED' });
    });
  }
});

// E6.2-1, E6.2-2, E6.2-3
describe('a message shows text of strangers like all other messages', () => {
  test('names and characters that show nothing are escaped', () => {
    const [[path, , message]] = issuesOf(() => canonicalizeJson('{"\\u001b[31m":1,"\\u001b[31m":2}'));
    assert.equal(path, '\\u001b[31m');
    assert.equal(message, 'Duplicate member: \\u001b[31m (line 1, column 17)');
    assert.match(issuesOf(() => canonicalizeJson('[\u202e]'))[0][2], /found \\u202e \(line 1, column 2\)$/);
  });

  test('long names and numbers are shortened', () => {
    for (const name of ['x'.repeat(1000), '\u0001'.repeat(300), '😀'.repeat(200), `x${'😀'.repeat(200)}`]) {
      const json = JSON.stringify(name);
      const [[, , message]] = issuesOf(() => canonicalizeJson(`{${json}:1,${json}:2}`));
      const unknown = verifySnapshot({ ...example(), [name]: 1 }).issues.find(({ code }) => code === 'extra').message;
      assert.equal(message.replace('Duplicate', 'Unknown').replace(/ \(.*/, ''), unknown);
    }
    const digits = '123456789'.repeat(100);
    const [[, , message]] = issuesOf(() => canonicalizeJson(digits));
    assert.equal(
      message,
      `Invalid number: ${digits.slice(0, 128)}…${digits.slice(-127)} would become Infinity, a string keeps it (line 1, column 1)`,
    );
  });
});

// F7.4-4
describe('numbers', () => {
  const below = random(20);
  const doubles = [];
  const view = new DataView(new ArrayBuffer(8));
  while (doubles.length < 2000) {
    view.setUint32(0, below(2 ** 32));
    view.setUint32(4, below(2 ** 32));
    const double = doubles.length % 4 === 0 ? (below(2 ** 32) - 2 ** 31) / 10 ** below(12) : view.getFloat64(0);
    if (Number.isFinite(double)) doubles.push(double);
  }
  const EDGES = [
    0,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    2 ** 53,
    2 ** 53 - 1,
    1e21,
    1e-6,
    1e-7,
    123456789012345680000,
    0.1,
    4.35,
  ];
  const all = [...doubles, ...EDGES, ...EDGES.map((edge) => -edge)];

  test(`${all.length} doubles are taken as programs write them`, () => {
    for (const double of all) {
      const expected = canonicalize(double);
      const forms = [
        JSON.stringify(double),
        double.toPrecision(17),
        double.toExponential(),
        double.toExponential(16),
        double.toExponential(20),
      ];
      for (const form of [...forms, ...forms.map((form) => form.toUpperCase())]) {
        assert.equal(canonicalizeJson(form), expected, form);
        const inside = `{"content":{"n":[${form}]},"itemId":"a","kind":"k","sourceKey":"s"}`;
        assert.equal(
          digestItem(inside).json,
          `{"content":{"n":[${expected}]},"itemId":"a","kind":"k","sourceKey":"s"}`,
        );
      }
    }
  });

  test('decimals that would change are refused', () => {
    for (const double of doubles) {
      if (double === 0 || Math.abs(double) < 1e-300) continue;
      const [digits, exponent] = double.toExponential(16).split('e');
      // One more digit, which the nearest double may happen to have.
      for (const digit of ['1', '4', '9']) {
        const text = `${digits}${digit}e${exponent}`;
        const isOwn = Number(text).toExponential(17) === text;
        const inside = `{"content":{"n":${text}},"itemId":"a","kind":"k","sourceKey":"s"}`;
        if (isOwn) assert.equal(canonicalizeJson(text), canonicalize(Number(text)), text);
        else {
          assert.match(
            issuesOf(() => canonicalizeJson(text))[0][2],
            /^Invalid number: .* would become .*, a string keeps it/,
          );
          assert.equal(issuesOf(() => digestItem(inside))[0][0], 'content.n');
        }
      }
    }
  });

  test('of two decimals that are equally near, the larger and the even one are taken', () => {
    const isTaken = (text) => typeof outcome(() => canonicalizeJson(text)) === 'string';
    // The double of each lies exactly half way between the two.
    for (const [low, high, isEven] of [
      ['658138286121422.7', '658138286121422.8', false],
      ['296365597935550.87', '296365597935550.88', false],
      ['600000000000000.2', '600000000000000.3', true],
      ['0.50000381469726562', '0.50000381469726563', true],
      ['-0.50000381469726562', '-0.50000381469726563', true],
    ])
      assert.deepEqual([isTaken(low), isTaken(high)], [isEven, true], low);
  });

  test('decimals of at most 15 digits are all taken', () => {
    for (let at = 0; at < 3000; at++) {
      const digits = `${1 + below(9)}${'0'.repeat(below(3))}${below(2 ** 32)}${below(2 ** 32)}`.slice(0, 1 + below(15));
      const point = below(digits.length + 1);
      const text = `${point === 0 ? '0' : digits.slice(0, point)}${point < digits.length ? `.${digits.slice(point)}` : ''}`;
      const negative = `-${text}`;
      for (const one of [text, negative, `${text}e${below(40) - 20}`]) {
        assert.equal(canonicalizeJson(one), canonicalize(Number(one)));
        const inside = `{"content":{"n":${one}},"itemId":"a","kind":"k","sourceKey":"s"}`;
        assert.deepEqual(digestItem(inside), digestItem(item('a', { n: Number(one) })));
      }
    }
  });
});

/** Reads an item of text plainly: what `JSON.parse` gives, or undefined if the text must be refused by the rules of 7.4. */
function plainlyRead(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // Names that are there twice, and numbers that changed: the parts of the text are counted and compared.
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\]:,]|[a-z]+/g) ?? [];
  const open = [];
  for (const [at, token] of tokens.entries()) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token[0] === '"') {
      const string = JSON.parse(token);
      if (/\p{Cs}/u.test(string)) return undefined;
      if (tokens[at + 1] !== ':') continue;
      if (open.at(-1).has(string)) return undefined;
      open.at(-1).add(string);
    } else if (/\d/.test(token)) {
      const number = Number(token);
      if (!Number.isFinite(number)) return undefined;
      const digits = token
        .replace(/[eE].*/, '')
        .replace(/[-.]/g, '')
        .replace(/^0+/, '')
        .replace(/0+$/, '');
      if (number === 0 && digits !== '') return undefined;
      // A tie is rounded up by `toExponential`, and to the even digit by C.
      const digitsOf = (written) =>
        written
          .replace(/e.*/, '')
          .replace(/[-.]/g, '')
          .replace(/^0+|0+$/g, '');
      const kept = () => [number.toExponential(digits.length - 1), `${number}`].map(digitsOf);
      const isEvenTie = () => digits.at(-1) % 2 === 0 && digitsOf(number.toExponential(100)) === `${digits}5`;
      if (digits.length > 15 && !kept().includes(digits) && !isEvenTie()) return undefined;
    }
  }
  return value;
}

// F7.4-8
describe('recognizing canonical text changes nothing', () => {
  const assertPlain = (text) => {
    const value = plainlyRead(text);
    const expected = value === undefined ? undefined : outcome(() => digestItem(value));
    const bytes = Buffer.from(text);
    for (const form of [text, bytes]) {
      const found = outcome(() => digestItem(form));
      if (value === undefined) assert('issues' in found, `taken: ${text}`);
      else assert.deepEqual(found, expected, text);
    }
    return expected !== undefined && 'digest' in expected;
  };
  const inItem = (content) => `{"content":{${content}},"itemId":"a","kind":"k","sourceKey":"s"}`;
  const CONTENTS = [
    ...[
      '"x":1.0',
      '"x":1e2',
      '"x":-0',
      '"x":0.0',
      '"x":-0.0',
      '"x":1E2',
      '"x":1e+21',
      '"x":1e21',
      '"x":100000000000000000000',
      '"x":1000000000000000000000',
    ],
    ...[
      '"x":0.000001',
      '"x":0.0000001',
      '"x":1e-7',
      '"x":1e-6',
      '"x":10e-7',
      '"x":0.10',
      '"x":123456789012345680',
      '"x":123456789012345678',
      '"x":1.10',
      '"x":5e-324',
      '"x":4e-324',
    ],
    ...[
      '"x":"\\/"',
      '"x":"\\u001F"',
      '"x":"\\u001f"',
      '"x":"\\u0008"',
      '"x":"\\b"',
      '"x":"\\u000b"',
      '"x":"\\u000B"',
      '"x":"\\u0000"',
      '"x":"\\u0020"',
      '"x":"\\u007f"',
      '"x":"\u007f"',
      '"x":"\\u0009"',
      '"x":"\\u000a"',
      '"x":"\\u000c"',
      '"x":"\\u000d"',
    ],
    ...[
      '"x":"\\u0022"',
      '"x":"\\u005c"',
      '"x":"\\\\"',
      '"x":"\\""',
      '"x":"\\u00e9"',
      '"x":"\\ud83d\\ude00"',
      '"x":"\\ud83d"',
      '"x":"\u0001"',
      '"x":"\n"',
    ],
    ...[
      '"x":1,"x":1',
      '"x":1,"x":2',
      '"b":1,"a":2',
      '"b":{"d":[{"f":{},"e":"}"}],"c":",\\\\"},"a":2',
      '"b":1,"a":2,"b":1',
      '"b":1,"a":{"d":1,"c":2,"d":3}',
      '"a":1,"a":2,"b":3',
      '"a":1,"b":{"a":1,"a":2}',
      '"":1,"":2',
      '"":1',
      '"\\u0061":1',
      '"\\u0061":1,"a":2',
      '"a\\n":1',
      '"\\"":1,"\\\\":2',
    ],
    ...[
      '"\ue000":1,"\u{10000}":2',
      '"\u{10000}":1,"\ue000":2',
      '"\uffff":1,"\u{10ffff}":2',
      '"\u{10ffff}":1,"\uffff":2',
      '"\ud7ff":1,"\u{10000}":2',
      '"\u{10000}":1,"\ud7ff":2',
      '"a\u{10000}":1,"a\uff00":2',
      '"\u{1f600}":1,"\u{1f601}":2',
      '"é":1,"z":2',
      '"z":1,"é":2',
      '"a":1,"ab":2',
      '"ab":1,"a":2',
      '"\ue000":1,"\uf000":2',
    ],
    ...[
      '"x":[1,2',
      '"x":[1,]',
      '"x":[,1]',
      '"x":[[],{}]',
      '"x":[[]{}]',
      '"x":{}',
      '"x":{},',
      '"x":[}',
      '"x":{"a":1]',
      '"x":[ ]',
      '"x":{ }',
      '"x": 1',
      '"x" :1',
      ' "x":1',
      '"x":1 ',
      '"x":[1 ,2]',
      '"x":truefalse',
      '"x":tru',
      '"x":nul',
      '"x":null',
      '"x":"\ufeff"',
      '"\ufeff":1',
    ],
    ...['"__proto__":1', '"__proto__":{"a":1}', '"constructor":{},"toString":1'],
  ];

  for (const content of CONTENTS) {
    test(`of an item with ${JSON.stringify(content)}`, () => {
      assertPlain(inItem(content));
      assertPlain(inItem(`"a0":[{${content}},{${content}}]`));
      assertPlain(`{"content":"x","itemId":"a","kind":"k","metadata":{${content}},"sourceKey":"s"}`);
    });
  }

  test('of items whose own members are in another form', () => {
    const texts = [
      ...[
        '{"content":"","itemId":"a","kind":"k","sourceKey":"s"}',
        '{"content":"","itemId":"","kind":"k","sourceKey":"s"}',
        '{"content":"","itemId":"a","kind":"","sourceKey":"s"}',
      ],
      ...[
        '{"content":"","itemId":"a","kind":"k"}',
        '{"content":"","itemId":"a","kind":"k","sourceKey":""}',
        '{"content":"","itemId":"a","kind":"k","sourceKey":"s","sourceVersion":""}',
      ],
      ...[
        '{"content":1,"itemId":"a","kind":"k","sourceKey":"s"}',
        '{"content":[],"itemId":"a","kind":"k","sourceKey":"s"}',
        '{"content":{},"itemId":1,"kind":"k","sourceKey":"s"}',
        '{"content":null,"itemId":"a","kind":"k","sourceKey":"s"}',
      ],
      ...[
        '{"content":"","itemId":"a","kind":"k","metadata":"","sourceKey":"s"}',
        '{"content":"","itemId":"a","kind":"k","metadata":null,"sourceKey":"s"}',
        '{"content":"","itemId":"a","kind":"k","metadata":{},"sourceKey":"s","textContent":{}}',
      ],
      ...[
        '{"content":"","itemId":"a","itemId":"b","kind":"k","sourceKey":"s"}',
        '{"content":"","content":"","itemId":"a","kind":"k","sourceKey":"s"}',
        '{"itemId":"a","content":"","kind":"k","sourceKey":"s"}',
        '{"colour":1,"content":"","itemId":"a","kind":"k","sourceKey":"s"}',
      ],
      ...[
        '{"content":"","createdAt":"2026-01-01T00:00:00Z","itemId":"a","kind":"k","sourceKey":"s"}',
        '{"content":"","itemId":"\\u0061","kind":"k","sourceKey":"s"}',
        '{"content":"","itemId":"\\n","kind":"\\t","sourceKey":"\\\\"}',
        '{"content":"","itemId":"a","\\u006bind":"k","sourceKey":"s"}',
      ],
      ...[
        '{"content":"\\n\\u001f","itemId":"é€😀","kind":"k","sourceKey":"s","textContent":"\\""}',
        '{"content":"","itemId":"a","kind":"k","sourceKey":"s"} ',
        ' {"content":"","itemId":"a","kind":"k","sourceKey":"s"}',
        '{"content":"","itemId":"a","kind":"k","sourceKey":"s"}\n',
        '{"content":"","itemId":"a","kind":"k","sourceKey":"s"}}',
        '{"content":"","itemId":"a","kind":"k","sourceKey":"s",}',
        '{}',
        '[]',
        '{"content":{}}',
      ],
    ];
    for (const text of texts) assertPlain(text);
  });

  test('of documents in which one byte was replaced, inserted or left out', () => {
    const bytesOf = [
      '"',
      '\\',
      '/',
      '0',
      '1',
      '9',
      '.',
      '-',
      '+',
      'e',
      'E',
      ',',
      ':',
      '{',
      '}',
      '[',
      ']',
      ' ',
      '\n',
      '\u0001',
      'a',
      'b',
      'u',
      'n',
      't',
      '~',
    ];
    let taken = 0;
    fc.assert(
      fc.property(itemLists, randomness, ([one], below) => {
        // In the second, members are in the order of the object.
        const text = below(2) === 0 ? canonicalize(one) : JSON.stringify(one);
        assert(assertPlain(text));
        for (let tries = 0; tries < 40; tries++) {
          const at = below(text.length + 1);
          const byte = bytesOf[below(bytesOf.length)];
          const skip = below(3);
          const changed = [
            text.slice(0, at) + byte + text.slice(at + 1),
            text.slice(0, at) + byte + text.slice(at),
            text.slice(0, at) + text.slice(at + 1),
          ][skip];
          if (/\p{Cs}/u.test(changed)) continue;
          if (assertPlain(changed)) taken++;
        }
      }),
      { numRuns: 300, seed: 71 },
    );
    assert(taken > 500, `${taken} changed texts were taken`);
  });

  test('of bytes that are no longer UTF-8', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = canonicalBytes(item('aé', { 'n€': ['😀', 'é', 1.5], z: null }, { textContent: '\ufeffx' }));
    for (let at = 0; at < text.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = Buffer.from(text);
        changed[at] = byte;
        let decoded;
        try {
          decoded = decoder.decode(changed);
        } catch {
          assert.throws(() => digestItem(changed), { code: 'VALIDATION_FAILED' });
          continue;
        }
        const value = plainlyRead(decoded);
        const found = outcome(() => digestItem(changed));
        if (value === undefined) assert('issues' in found, decoded);
        else
          assert.deepEqual(
            found,
            outcome(() => digestItem(value)),
            decoded,
          );
      }
    }
  });

  test('of documents with blanks around them', () => {
    const text = canonicalize(item('a', { x: 1 }));
    for (const blank of [' ', '\n', '\t', '\r', '  \n']) {
      for (const padded of [`${text}${blank}`, `${blank}${text}`, `${blank}${text}${blank}`])
        assert(assertPlain(padded));
    }
  });

  test('canonicalizeJson of canonical text is that text', () => {
    fc.assert(
      fc.property(itemLists, randomness, ([{ content }], below) => {
        const expected = canonicalize(content);
        for (const form of FORM_LIST) assert.equal(canonicalizeJson(form(content, below)), expected);
        assert.equal(canonicalizeJson(disguised([content], below)), `[${expected}]`);
      }),
    );
  });
});

describe('each host takes the same text', () => {
  const halves = ['\ud83d', '\ude00'];
  const lengths = [0, 1, 15, 16, 17, 254, 255, 256, 257, 258, 4095, 4096, 4097, 16383, 16384, 16385];
  const fillings = ['x', 'é', '€', '😀'];
  const wellFormed = lengths.flatMap((length) => fillings.map((filling) => filling.repeat(length)));
  /** Items whose neighbouring strings end and begin with halves of a pair, which must not become a pair. */
  const split = lengths.map((length) => [
    item(`i${length}`, { a: 'x'.repeat(length) + halves[0], b: `${halves[1]}x` }),
  ]);
  const alternating = Array.from({ length: 400 }, (_, at) => {
    const isAscii = at % 7 < 3 || at > 300;
    const text = isAscii ? 'x'.repeat(at) : `é${'x'.repeat(at)}`;
    return item(`i${at}`, { [isAscii ? 'n' : 'ñ']: text, text: 'x'.repeat(at % 300) });
  });
  const ends = Array.from({ length: 60 }, (_, at) => item(`i${at}`, `${'x'.repeat(at)}é`));
  const packs = [wellFormed.map((text, at) => item(`i${at}`, { text })), alternating, ends];
  const expected = packs.map((items) => snapshot(items).record);
  const refused = split.map((items) => issuesOf(() => snapshot(items)));

  for (const name of [...HOSTS, FOREIGN]) {
    test(`${name}, ASCII and other text in turns`, () => {
      const { api } = name === FOREIGN ? foreignHost() : hostOf(name);
      const make = (items) => api.snapshotPack(input, contextOf(items));
      for (const [at, items] of [...packs.entries(), ...packs.entries()]) {
        for (const form of [
          (one) => one,
          (one) => canonicalize(one),
          canonicalBytes,
          (one) => ` ${JSON.stringify(one)}`,
        ]) {
          const made = make(items.map(form));
          assert.equal(canonicalize(made.record), canonicalize(expected[at]));
          const texts = [...made.itemsJson()].map(({ json }) => json);
          assert.deepEqual(
            texts,
            [...made.items].map(({ snapshotId, createdAt, ...one }) => canonicalize(one)),
          );
        }
        for (const [number, broken] of split.entries()) {
          assert.deepEqual(
            issuesOf(() => make(broken)),
            refused[number],
          );
          const { a, b } = broken[0].content;
          const text = `{"content":{"a":"${a}","b":"${b}"},"itemId":"a","kind":"k","sourceKey":"s"}`;
          const place = text.indexOf(halves[0]);
          const found = issuesOf(() => make([text]));
          assert.deepEqual(found, [
            ['items.0', 'invalid_format', `Invalid string: unpaired surrogate at index ${place}`],
          ]);
        }
      }
    });
  }
});

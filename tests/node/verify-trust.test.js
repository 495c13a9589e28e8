// Checks what the entry without WebAssembly finds `valid`, and what it refuses.
//
// Why: users believe `valid: true`. It must not result from a spelling mistake, an empty list, a limit that was reached, or a
// patched prototype.
//
// How: snapshots of the main entry, each changed in one way; issues are compared word for word. Tests that patch prototypes run
// in a process of their own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { canonicalize, verifyChain, verifyItem, verifySnapshot } from '@lssm-tech/lib.context-snapshot/verify';
import { inChild } from './support/child.js';
import { proofs } from './support/tampering.js';

const NAME = '@lssm-tech/lib.context-snapshot/verify';
const issue = (path, code, message) => ({ path, code, message });
const wrong = (path, expected, received) =>
  issue(path, 'invalid_type', `Invalid input: expected ${expected}, received ${received}`);
const mismatch = (path, expected, found) => issue(path, 'mismatch', `Mismatch: expected ${expected}, found ${found}`);
const tooBig = (path, what) => issue(path, 'too_big', `Too big: expected at most ${what}`);
const extra = (path, name, more = '') => issue(path, 'extra', `Unknown member: ${name}${more}`);
const DIGEST = `sha256:${'0'.repeat(64)}`;
const TRUST = 'plain object with a hash or a seal';
const missing = (what) => issue('expect', 'missing', `Missing: expected ${what} to compare with`);

const pack = {
  packKey: 'kb',
  version: '1',
  title: 't',
  sources: [{ kind: 'k', key: 's', required: true }],
};
const item = (itemId, content = 'text') => ({ itemId, kind: 'k', sourceKey: 's', content });
const snapshotOf = (ctx = {}) => {
  const items = [item('a', { b: [1] }), item('b'), item('c')];
  return snapshotPack(
    { packKey: 'kb' },
    { actor: 'admin', snapshotId: 's', now: new Date(0), traceId: 'tr', pack, items, ...ctx },
  );
};
const snapshot = snapshotOf();
const { record, items, index, event, manifest, output } = snapshot;
const { hash } = record;
const { seal } = record.metadata.$snapshot;
const issuesOf = async (parts) => {
  const { valid, issues } = await verifySnapshot({ record, items, ...parts });
  assert.equal(valid, issues.length === 0);
  return issues;
};
const rejection = (promise) =>
  promise.then(
    () => assert.fail('nothing was thrown'),
    (error) => error,
  );

describe('results', () => {
  // E8-1, E8-3
  test('name their anchor, and are frozen plain objects', async () => {
    for (const [expect, anchor] of [
      [{ hash }, 'hash'],
      [{ seal }, 'seal'],
      [{ hash, seal }, 'seal'],
    ]) {
      assert.deepEqual(await verifySnapshot({ record, items, expect }), { valid: true, issues: [], anchor });
    }
    const result = await verifySnapshot({ record, items });
    assert.deepEqual(result, { valid: true, issues: [], anchor: 'none' });
    assert.deepEqual(Object.keys(result), ['valid', 'issues', 'anchor']);
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
    assert(Object.isFrozen(result) && Object.isFrozen(result.issues) && Array.isArray(result.issues));
    const chain = await verifyChain([record]);
    assert.deepEqual(Object.keys(chain), ['valid', 'issues', 'anchor', 'length']);
  });

  // E8-3
  test('name the anchor that was equal, even if something else is wrong', async () => {
    const { valid, anchor } = await verifySnapshot({ record, items: [], expect: { hash, seal: DIGEST } });
    assert.deepEqual([valid, anchor], [false, 'hash']);
    const crowded = await verifySnapshot({
      record,
      items: Array(200).fill(5),
      index: Array(200).fill(5),
      expect: { seal },
    });
    assert.deepEqual([crowded.valid, crowded.issues.length, crowded.anchor], [false, 101, 'seal']);
  });

  // F11-13
  test('are valid for all parts of a snapshot, and for a snapshot object', async () => {
    assert.deepEqual(
      await issuesOf({ index, event, manifest, output, pack, expect: { hash, seal }, rowIds: false }),
      [],
    );
    assert.deepEqual((await verifySnapshot({ ...snapshot })).issues, []);
    assert.deepEqual(
      (await verifySnapshot({ ...JSON.parse(JSON.stringify({ record, event, output })), items })).issues,
      [],
    );
  });

  test('are invalid with items or an index of another snapshot', async () => {
    const other = snapshotOf({ items: [item('a')] });
    for (const parts of [{ items: other.items }, { index: other.index }, { items: other.items, index: other.index }]) {
      assert.notDeepEqual(await issuesOf(parts), []);
    }
  });
});

describe('trusted values', () => {
  // E8-10, E8.1-30
  test('must name something to compare with', async () => {
    for (const [expect, issues] of [
      [undefined, [wrong('expect', TRUST, 'undefined')]],
      [null, [wrong('expect', TRUST, 'null')]],
      [[hash], [wrong('expect', TRUST, 'array')]],
      [hash, [wrong('expect', TRUST, 'string')]],
      [new Map([['hash', hash]]), [wrong('expect', TRUST, 'Map')]],
      [Promise.resolve({ hash }), [wrong('expect', TRUST, 'Promise')]],
      [{}, [missing('a hash or a seal')]],
      [{ hash: undefined }, [missing('a hash or a seal')]],
      [{ hash: null, seal: '' }, [missing('a hash or a seal')]],
      [{ digest: hash }, [missing('a hash or a seal'), extra('expect.digest', 'digest')]],
      [{ hash, z: 1, a: undefined }, [extra('expect.a', 'a'), extra('expect.z', 'z')]],
      [{ hash, seal: null }, [wrong('expect.seal', 'string', 'null')]],
      [
        { hash: '', seal },
        [issue('expect.hash', 'invalid_format', 'Invalid digest: expected sha256: and 64 lower-case hex digits')],
      ],
    ]) {
      assert.deepEqual(await issuesOf({ expect }), issues);
    }
    const { issues } = await verifySnapshot(Object.create({ record, items, expect: undefined }));
    assert.deepEqual(issues, [wrong('expect', TRUST, 'undefined')]);
    assert.deepEqual(await issuesOf({ expect: Object.assign(Object.create(null), { hash }) }), []);
  });

  // E8-8, E8.1-31
  test('are not read beside the record', async () => {
    assert.deepEqual(await issuesOf({ hash, seal, expected: { hash }, exepct: { hash }, itemsJson: undefined }), [
      extra('exepct', 'exepct'),
      extra('expected', 'expected', '. Did you mean expect?'),
      extra('hash', 'hash', '. Did you mean expect.hash?'),
      extra('seal', 'seal', '. Did you mean expect.seal?'),
    ]);
    const parts = Object.create({ hash, more: 1 }, { record: { value: record }, items: { value: items } });
    assert.deepEqual((await verifySnapshot(parts)).issues, [extra('hash', 'hash', '. Did you mean expect.hash?')]);
  });

  // E8-4
  test('are not a second argument', async () => {
    const [{ item: one, proof, hash: root }] = proofs(3);
    for (const [promise, message] of [
      [
        verifySnapshot({ record, items }, { hash }),
        'verifySnapshot takes 1 argument, received 2: put trusted values into expect',
      ],
      [
        verifySnapshot({ record, items }, undefined),
        'verifySnapshot takes 1 argument, received 2: put trusted values into expect',
      ],
      [verifyChain([record], {}, undefined), 'verifyChain takes 2 arguments, received 3'],
      [verifyItem(one, proof, root, undefined, 1), 'verifyItem takes 3 arguments, received 5'],
    ]) {
      const error = await rejection(promise);
      assert(error instanceof TypeError);
      assert.equal(error.message, message);
    }
    assert.equal(await verifyItem(one, proof, root), true);
  });

  // E8.1-23
  test('are not members of an array or a function', async () => {
    const { issues } = await verifySnapshot({});
    for (const parts of [Object.assign([], { record, items }), Object.assign(() => 1, { record, items, hash })]) {
      assert.deepEqual(await verifySnapshot(parts), { valid: false, issues, anchor: 'none' });
    }
  });
});

describe('an event, a manifest and an output', () => {
  test('must agree with the record', async () => {
    const other = { ...event, id: 'x', occurredAt: '1970-01-01T00:00:00.001Z', traceId: undefined };
    const payload = { ...output, hash: DIGEST, itemCount: 4, packKey: '' };
    const found = await issuesOf({
      event: { ...other, payload },
      manifest: { ...manifest, itemCount: 4 },
      output: { ...output, snapshotId: 't' },
    });
    const digestOfOther = found.find(({ path }) => path === 'manifest')?.message.slice(-71);
    assert.deepEqual(found, [
      mismatch('event.id', JSON.stringify(event.id), '"x"'),
      mismatch('event.occurredAt', '"1970-01-01T00:00:00.000Z"', '"1970-01-01T00:00:00.001Z"'),
      mismatch('event.traceId', '"tr"', 'nothing'),
      mismatch('event.payload.packKey', '"kb"', '""'),
      mismatch('event.payload.hash', hash, DIGEST),
      mismatch('event.payload.itemCount', '3', '4'),
      mismatch('manifest', hash, digestOfOther),
      mismatch('output.snapshotId', '"s"', '"t"'),
    ]);
  });

  // E8.1-21, E8.1-32
  test('must have the right shapes', async () => {
    const { traceId: _, ...bare } = snapshotOf({ traceId: null });
    assert.deepEqual((await verifySnapshot({ ...bare, event: { ...bare.event, traceId: null, more: 1 } })).issues, []);
    assert.deepEqual(
      await issuesOf({
        event: { ...event, id: 5, key: 'k', version: '2', payload: [] },
        manifest: { ...manifest, colour: 'red' },
        output: null,
      }),
      [
        wrong('event.id', 'string', 'number'),
        mismatch('event.key', '"context.snapshot.created"', '"k"'),
        mismatch('event.version', '"1.0.0"', '"2"'),
        wrong('event.payload', 'object', 'array'),
        extra('manifest.colour', 'colour'),
        wrong('output', 'object', 'null'),
      ],
    );
    assert.deepEqual(await issuesOf({ event: null, manifest: null, output: { ...output, hash: 'x' } }), [
      wrong('event', 'object', 'null'),
      wrong('manifest', 'object', 'null'),
      issue('output.hash', 'invalid_format', 'Invalid digest: expected sha256: and 64 lower-case hex digits'),
    ]);
  });
});

describe('limits', () => {
  // E4.4-5, E4.4-6
  test('must be valid', async () => {
    assert.deepEqual(await issuesOf({ limits: null }), []);
    assert.deepEqual(await issuesOf({ limits: { items: undefined } }), []);
    assert.deepEqual(await issuesOf({ limits: 5 }), [wrong('limits', 'object', 'number')]);
    const bad = { documentBytes: 2 ** 28 + 1, levels: null, items: -1, totalBytes: '1', document: 5 };
    assert.deepEqual(await issuesOf({ limits: bad, rowIds: 5, event: 5 }), [
      wrong('rowIds', 'boolean', 'number'),
      wrong('limits.documentBytes', 'integer from 0 to 268435456', 'number'),
      wrong('limits.levels', 'integer from 0 to 1000', 'null'),
      wrong('limits.items', 'integer from 0 to 9007199254740991', 'number'),
      wrong('limits.totalBytes', 'integer from 0 to 9007199254740991', 'string'),
      extra('limits.document', 'document'),
      wrong('event', 'object', 'number'),
    ]);
  });

  // E5-8, E8.1-20
  test('apply to each document', async () => {
    const size = async (value) => (await canonicalize(value)).length;
    const documentBytes = await size(record);
    assert.deepEqual(await issuesOf({ limits: { documentBytes } }), []);
    assert.deepEqual(await issuesOf({ limits: { documentBytes: documentBytes - 1 } }), [
      tooBig('record.metadata', `${documentBytes - 1} canonical bytes`),
    ]);
    // A document that is too long has one issue, whatever else is wrong; its id still counts.
    const long = { ...item('a', 'x'.repeat(documentBytes)), kind: 5 };
    assert.deepEqual(await issuesOf({ index, limits: { documentBytes }, items: [items[0], long, ...items.slice(1)] }), [
      { ...tooBig('items.1', `${documentBytes} canonical bytes`), itemId: 'a' },
    ]);
    assert.deepEqual(await issuesOf({ limits: { levels: 6 } }), [
      tooBig('record.metadata.$snapshot.manifest.pack.sources.0', '6 levels of nesting'),
    ]);
    // They do not apply to trusted values.
    assert((await issuesOf({ limits: { documentBytes: 1 }, expect: { hash } })).every(({ path }) => path !== 'expect'));
  });

  test('give each document a list of issues of its own', async () => {
    const documentBytes = 4000;
    const wide = Array(150).fill(undefined);
    const found = await issuesOf({
      limits: { documentBytes },
      items: [...Array(60).fill(5), item('x', { wide: [...wide, 'x'.repeat(documentBytes)] })],
    });
    assert.equal(found.length, 101);
    assert.equal(found[99].path, 'items.60.content.wide.39');
    const long = await issuesOf({
      limits: { documentBytes },
      items: [...Array(60).fill(5), item('x', { wide: ['x'.repeat(documentBytes), ...wide] }), 5],
    });
    assert.deepEqual(long.slice(60), [
      { ...tooBig('items.60', '4000 canonical bytes'), itemId: 'x' },
      wrong('items.61', 'object', 'number'),
      mismatch('items', '3', '62'),
    ]);
  });

  // E4.4-3, E4.4-4, E8.1-29
  test('stop the reading of items', async () => {
    for (const [limits, what, read] of [
      [{ items: 2 }, '2 items', 3],
      [{ totalBytes: 100 }, '100 canonical bytes in total', 2],
    ]) {
      let [given, closed] = [0, false];
      const list = {
        *[Symbol.iterator]() {
          try {
            for (const one of items) {
              given++;
              yield one;
            }
          } finally {
            closed = true;
          }
        },
      };
      assert.deepEqual(await issuesOf({ items: list, limits, index: limits.items ? undefined : index }), [
        tooBig('items', what),
      ]);
      assert.deepEqual([given, closed], [read, true]);
    }
    const totalBytes = (
      await Promise.all(items.map(({ snapshotId: _, createdAt: __, ...one }) => canonicalize(one)))
    ).join('').length;
    assert.deepEqual(await issuesOf({ limits: { items: 3, totalBytes } }), []);
    assert.deepEqual(await issuesOf({ index, limits: { items: 2 } }), [
      tooBig('index', '2 items'),
      tooBig('items', '2 items'),
    ]);
  });
});

describe('chains', () => {
  const chain = [];
  for (let at = 0; at < 4; at++) {
    const parent = chain.at(-1)?.metadata.$snapshot.seal;
    chain.push(snapshotOf({ snapshotId: `s${at}`, parent }).record);
  }
  const seals = chain.map((one) => one.metadata.$snapshot.seal);
  const at = (position) => `records.${position}.metadata.$snapshot.parent`;

  test('need a record', async () => {
    const none = issue('records', 'too_small', 'Too small: expected iterable to have >=1 items');
    assert.deepEqual(await verifyChain([]), { valid: false, issues: [none], anchor: 'none', length: 0 });
    assert.deepEqual(await verifyChain([], { expect: { seal } }), {
      valid: false,
      issues: [none],
      anchor: 'none',
      length: 0,
    });
  });

  test('are anchored in the newest seal, which shows a tail that was cut off', async () => {
    const expect = { seal: seals[3] };
    assert.deepEqual(await verifyChain(chain, { expect }), { valid: true, issues: [], anchor: 'seal', length: 4 });
    assert.deepEqual(await verifyChain(chain.slice(0, 3), { expect }), {
      valid: false,
      issues: [mismatch('expect.seal', seals[3], seals[2])],
      anchor: 'none',
      length: 3,
    });
  });

  test('in a wrong order have one issue, which names the right order', async () => {
    const order = (text) => issue('records', 'order', `Records out of order: expected ${text}`);
    const reversed = await verifyChain(chain.toReversed(), { expect: { seal: seals[3] } });
    assert.deepEqual(reversed, { valid: false, issues: [order('3, 2, 1, 0')], anchor: 'seal', length: 4 });
    const [a, b, c, d] = chain;
    assert.deepEqual((await verifyChain([c, b, d])).issues, [order('1, 0, 2')]);
    // With a gap, a fork or a repetition there is no right order.
    assert.deepEqual((await verifyChain([a, c])).issues, [mismatch(at(1), seals[0], seals[1])]);
    assert.deepEqual((await verifyChain([a, b, b])).issues, [mismatch(at(2), seals[1], seals[0])]);
    assert.deepEqual((await verifyChain([d, b, a])).issues, [
      mismatch(at(1), seals[3], seals[0]),
      mismatch(at(2), seals[1], 'nothing'),
    ]);
  });

  test('have options with one member', async () => {
    for (const [options, issues] of [
      [undefined, []],
      [{}, []],
      [null, [wrong('options', 'object', 'null')]],
      [seal, [wrong('options', 'object', 'string')]],
      [[seal], [wrong('options', 'object', 'array')]],
      [
        { seal, hash, expected: 1, limits: {} },
        [
          extra('expected', 'expected', '. Did you mean expect?'),
          extra('hash', 'hash', '. Did you mean expect.seal?'),
          extra('limits', 'limits'),
          extra('seal', 'seal', '. Did you mean expect.seal?'),
        ],
      ],
      [{ expect: undefined }, [wrong('expect', 'plain object with a seal', 'undefined')]],
      [{ expect: { hash } }, [missing('a seal'), extra('expect.hash', 'hash')]],
      [{ expect: { seal: '' } }, [missing('a seal')]],
    ]) {
      assert.deepEqual((await verifyChain([record], options)).issues, issues);
    }
  });
});

describe('foreign text', () => {
  const shown = async (name) => (await issuesOf({ [name]: 1 }))[0].message.slice('Unknown member: '.length);

  // E6.2-2
  test('is shown without invisible characters', async () => {
    assert.equal(
      await shown('a\u001b[2J\u202e\u{e0041}\u00adé\\u{1f600}'),
      'a\\u001b[2J\\u202e\\udb40\\udc41\\u00adé\\u{1f600}',
    );
    assert.equal(await shown('\ud800x\udc00'), '\ufffdx\ufffd');
    for (const [from, to] of [
      ...[
        [0, 0x1f],
        [0x7f, 0x9f],
        [0xad, 0xad],
        [0x34f, 0x34f],
        [0x61c, 0x61c],
        [0x115f, 0x1160],
        [0x17b4, 0x17b5],
      ],
      ...[
        [0x180b, 0x180f],
        [0x200b, 0x200f],
        [0x2028, 0x202e],
        [0x2060, 0x206f],
        [0x3164, 0x3164],
        [0xfe00, 0xfe0f],
      ],
      ...[
        [0xfeff, 0xfeff],
        [0xffa0, 0xffa0],
        [0xfff0, 0xfffb],
        [0x1bca0, 0x1bca3],
        [0x1d173, 0x1d17a],
        [0xe0000, 0xe0fff],
      ],
    ]) {
      for (const code of [from, to]) {
        const character = String.fromCodePoint(code);
        const units = Array.from({ length: character.length }, (_, place) => character.charCodeAt(place));
        const escaped = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
        assert.equal(await shown(`x${character}`), `x${escaped}`);
      }
      for (const code of [from - 1, to + 1]) {
        if (code < 0 || code === 0xfff0 - 1 || code === 0xfffb + 1 || code === 0x10000) continue;
        const character = String.fromCodePoint(code);
        assert.equal(await shown(`x${character}`), `x${character}`, code.toString(16));
      }
    }
  });

  // ./verify asks the engine for some invisible characters, whose Unicode may be newer.
  // E6.2-2
  test('is shown without the characters that ERRORS.md lists as invisible, and with all others', async () => {
    const document = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8');
    const [list] = document.match(/These are U\+0000[^.]*\./);
    const ranges = Array.from(list.matchAll(/U\+([0-9A-F]+)(?: to\s+U\+([0-9A-F]+))?/g), ([, from, to = from]) =>
      [from, to].map((code) => Number.parseInt(code, 16)),
    );
    assert.equal(ranges.length, 21);
    const unseen = new Set(ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at)));
    const escaped = (text) =>
      text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const names = new Map();
    let [name, expected] = ['', ''];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code === 0xd800) code = 0xe000;
      const character = String.fromCodePoint(code);
      name += character;
      expected += unseen.has(code) ? escaped(character) : character;
      if (code % 20 !== 19 && code !== 0x10ffff) continue;
      names.set(name, expected);
      [name, expected] = ['', ''];
      if (names.size < 90 && code !== 0x10ffff) continue;
      const found = await issuesOf(Object.fromEntries(Array.from(names.keys(), (name) => [name, 1])));
      const sorted = Array.from(names.keys()).sort();
      assert.deepEqual(
        found,
        sorted.map((name) => extra(names.get(name), names.get(name))),
      );
      names.clear();
    }
  });

  // E6.2-3
  test('is shown with its two ends', async () => {
    assert.equal(await shown('y'.repeat(256)), 'y'.repeat(256));
    assert.equal(await shown(`${'a'.repeat(200)}${'b'.repeat(200)}`), `${'a'.repeat(128)}…${'b'.repeat(127)}`);
    assert.equal(await shown('\u0000'.repeat(100)), `${'\\u0000'.repeat(21)}…${'\\u0000'.repeat(21)}`);
    assert.equal(await shown(`${'\u0000'.repeat(42)}abcd`), `${'\\u0000'.repeat(42)}abcd`);
    const pairs = '\u{1f600}'.repeat(200);
    assert.equal(await shown(`a${pairs}`), `a${'\u{1f600}'.repeat(63)}\ufffd…\ufffd${'\u{1f600}'.repeat(63)}`);
    assert.equal((await issuesOf({ expect: { hash, ['\u001b'.repeat(1e6)]: 1 } }))[0].path.length, 7 + 120 + 1 + 126);
  });

  test('is bounded in each name of a missing source', async () => {
    const long = { kind: 'k'.repeat(300), key: '\u001b', version: '\u202e', required: true };
    const given = { ...item('z'), kind: long.kind, sourceKey: long.key, sourceVersion: long.version };
    const other = snapshotOf({ pack: { ...pack, sources: [long] }, items: [given] });
    const { issues } = await verifySnapshot({ record: other.record, items: [item('z')] });
    assert.deepEqual(
      issues.at(-1),
      issue(
        'pack.sources.0',
        'missing_source',
        `Required source has no item: ${'k'.repeat(128)}…${'k'.repeat(127)} \\u001b@\\u202e`,
      ),
    );
  });
});

describe('in a process of its own', { concurrency: 1 }, () => {
  const data = JSON.stringify({ record, items, index, event, output, manifest, seal, proof: proofs(5, [2])[0] });

  for (const [what, make] of Object.entries({
    'arrays of arrays': "let b = Array(10).fill('lol'); for (let i = 0; i < 9; i++) b = Array(10).fill(b);",
    'pairs of pairs': 'let b = 0; for (let i = 0; i < 40; i++) b = [b, b];',
    'objects at different levels': 'let b = {}; for (let i = 0; i < 40; i++) b = { a: b, b: [[b]], c: { d: b } };',
    'pairs with a getter': 'let b = { get x() { calls++; return 1; } }; for (let i = 0; i < 40; i++) b = [b, b];',
  })) {
    test(`refuses shared objects at once, and still reads the others: ${what}`, async (t) => {
      const [found, seconds, megabytes, calls] = await inChild(`
        import { verifySnapshot } from '${NAME}';
        const { record, items } = ${data};
        let calls = 0;
        ${make}
        const start = process.cpuUsage();
        const { issues } = await verifySnapshot({ record, items: [items[0], { ...items[1], content: { b } }, { ...items[2], kind: 5 }] });
        const { user, system } = process.cpuUsage(start);
        report([issues, (user + system) / 1e6, process.memoryUsage().rss / 2 ** 20, calls]);`);
      assert.deepEqual(found, [
        { ...tooBig('items.1', '268435456 canonical bytes'), itemId: items[1].itemId },
        { ...wrong('items.2.kind', 'string', 'number'), itemId: items[2].itemId },
      ]);
      t.diagnostic(`${seconds} s of the processor, ${Math.round(megabytes)} MB, ${calls} calls`);
      assert(seconds < 1.5, `${seconds} s`);
      assert(megabytes < 300, `${megabytes} MB`);
    });
  }

  test('reads shared objects that fit as if they were not shared', async () => {
    const found = await inChild(`
      import { canonicalize, verifySnapshot } from '${NAME}';
      const leaf = { text: 'x'.repeat(1000), list: [1, null, 'é'] };
      const row = Array(2000).fill(leaf);
      const shared = { deep: [[row]], row, rows: [row, { row }] };
      const text = await canonicalize(shared);
      let nested = row;
      for (let level = 0; level < 997; level++) nested = [nested];
      const deep = await canonicalize([row, nested]).then(() => 'taken', ({ issues }) => issues.length);
      report([text === await canonicalize(JSON.parse(JSON.stringify(shared))), text.length > 2 ** 22, deep]);`);
    assert.deepEqual(found, [true, true, 101]);
  });

  test('ignores patched prototypes', async () => {
    const found = await inChild(`
      import { writeSync } from 'node:fs';
      const api = await import('${NAME}');
      const { record, items, index, event, output, manifest, seal, proof } = ${data};
      const forged = [items[0], { ...items[1], content: 'forged' }, items[2]];
      await api.digest(1);
      const { defineProperty } = Object;
      const bad = () => { throw new Error('patched'); };
      const trap = { __proto__: null, get: bad, set: bad, configurable: true };
      const patch = (object, name) => defineProperty(object, name, trap);
      const lie = { __proto__: null, configurable: true };
      lie.value = function* () { yield* []; };
      const next = Object.getPrototypeOf([].values());
      defineProperty(Array.prototype, Symbol.iterator, lie);
      next.next = () => ({ done: true, value: undefined });
      const names = ['then', 'get', 'value', 'set', 'keyid', 'done', 'expect', 'hash', 'limits', 'event', 'manifest', 'index', 'pack', 'valid', 'anchor', 'traceId', 'constructor'];
      const realConstructor = Object.prototype.constructor;
      // Methods of Object.prototype do not throw here, because Node itself would break.
      const stray = { __proto__: null, value: items[0], writable: true, configurable: true };
      for (let at = 0; at < 20; at++) { patch(Array.prototype, at); defineProperty(Object.prototype, at, stray); }
      const { then, catch: caught } = Promise.prototype;
      const PromiseOf = Promise;
      patch(Promise.prototype, 'constructor');
      defineProperty(Promise.prototype, 'then', lie);
      Promise.resolve = Promise.reject = Promise.all = bad;
      globalThis.Promise = bad;
      for (let at = 0; at < names.length; at++) patch(Object.prototype, names[at]);
      const good = { __proto__: null, record, items, index, event, output, manifest, expect: { __proto__: null, seal } };
      const a = (await api.verifySnapshot(good)).valid;
      const b = (await api.verifySnapshot({ record, items })).valid;
      const c = (await api.verifySnapshot({ record, items: forged })).valid;
      const d = (await api.verifySnapshot({ record, items: [] })).issues.length;
      const e = (await api.verifyChain([record, record])).issues.length;
      const f = (await api.verifyChain([])).valid;
      const g = await api.verifyItem(proof.item, proof.proof, proof.hash);
      const h = await api.verifyItem(items[0], proof.proof, proof.hash);
      const i = (await api.verifySnapshot({ record, items, expect: {} })).valid;
      for (let at = 0; at < names.length; at++) delete Object.prototype[names[at]];
      for (let at = 0; at < 20; at++) { delete Array.prototype[at]; delete Object.prototype[at]; }
      const outcome = '[' + a + ',' + b + ',' + c + ',' + d + ',' + e + ',' + f + ',' + g + ',' + h + ',' + i + ']';
      writeSync(1, outcome);
      process.exit(0);`);
    assert.deepEqual(found, [true, true, false, 2, 1, false, true, false, false]);
  });

  test('lets no setter catch an answer of Web Crypto inside of Node.js', async () => {
    const found = await inChild(`
      import { createHash } from 'node:crypto';
      import { canonicalize, verifySnapshot } from '${NAME}';
      const { record, items, index, seal } = ${data};
      const { snapshotId, createdAt, ...item } = { ...items[1], content: 'forged' };
      const forged = createHash('sha256').update('\\0' + (await canonicalize(item))).digest('hex');
      const answer = Uint8Array.from(Buffer.from(index[1].digest.slice(7), 'hex')).buffer;
      const swapped = (hash) => (Buffer.from(hash).toString('hex') === forged ? answer : hash);
      Object.defineProperty(Object.prototype, 'ondone', {
        configurable: true,
        set(take) {
          Object.defineProperty(this, 'ondone', { value: (error, hash) => take.call(this, error, swapped(hash)) });
        },
      });
      const { valid, issues } = await verifySnapshot({ record, items: [items[0], item, items[2]], index, expect: { seal } });
      delete Object.prototype.ondone;
      report([valid, issues.map(({ path, code }) => [path, code])]);`);
    assert.deepEqual(found, [false, [['items.1', 'changed']]]);
  });

  test('does not take inherited members for parts', async () => {
    const found = await inChild(`
      import { verifySnapshot } from '${NAME}';
      const { record, items, index, seal } = ${data};
      const found = [];
      for (const [name, value] of Object.entries({ then: (done) => done({ valid: true }), expect: {}, hash: seal, limits: { items: 0 }, event: 5, index: [], rowIds: true, pack: {}, 0: items[0], [Symbol.iterator]: [][Symbol.iterator] })) {
        Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
        const good = await verifySnapshot({ record, items });
        const bad = await verifySnapshot({ record, items: [items[0], items[2]] });
        const none = await verifySnapshot({ record, items: {} });
        delete Object.prototype[name];
        found.push(good.valid, bad.valid, none.valid);
      }
      report(found);`);
    assert.deepEqual(found, Array(9).fill([true, false, false]).flat());
  });
});

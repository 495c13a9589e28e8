// Attacks found by a reviewer: inputs that made a verifier give a wrong verdict, or made two verifiers differ. Each of
// these attacks once succeeded.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import * as main from '@lssm-tech/lib.context-snapshot';
import * as small from '@lssm-tech/lib.context-snapshot/verify';
import { chain, clone, example, small as little } from './support/tampering.js';

const OTHER = `sha256:${'0'.repeat(64)}`;
const LONG = 'x'.repeat(3000);
const LIMITS = { documentBytes: 800 };
const alike = async (make) =>
  assert.deepEqual(await main.verifySnapshot(make()), await small.verifySnapshot(make()), 'WebAssembly, then ./verify');
const nested = (levels) => (levels === 0 ? 'x' : { d: nested(levels - 1) });

// --- Wrong "valid" verdicts ---

const approved = example();
/** Makes an item with many new names, one of which differs from the item at the same place. */
const wide = (name) => Object.fromEntries(Array.from({ length: 70 }, (_, at) => [at === 0 ? name : name + at, 1]));
const holding = (content) => ({ itemId: 'a', kind: 'k', sourceKey: 's', content });

test('an item whose own code finishes its reader leaves no name with a wrong number', () => {
  const { SnapshotBuilder, SnapshotVerifier, canonicalize, verifyItem, verifySnapshot } = main;
  const context = { actor: 'admin', pack: { packKey: 'p', version: '1', title: '' } };
  for (const [number, open] of [
    () => new SnapshotVerifier({ record: approved.record }),
    () => new SnapshotBuilder({ packKey: 'p' }, context),
  ].entries()) {
    verifySnapshot({ record: approved.record, items: [holding({ list: Array(2000).fill('text') })] });
    const reader = open();
    const item = Object.defineProperty(holding(wide(`denied${number}-`)), 'textContent', {
      enumerable: true,
      get: () => void reader.finish(),
    });
    assert.throws(() => reader.add(item), /^Error: It is finished/);
    verifyItem(holding(wide(`approved${number}-`)), null, null);
    assert.equal(canonicalize({ [`denied${number}-`]: 1 }), `{"denied${number}-":1}`);
  }
});

test('a stack overflow in the middle of a read leaves no name with a wrong number', () => {
  const { canonicalize } = main;
  const nest = (value, levels) => (levels === 0 ? value : nest({ a: value }, levels - 1));
  const deep = (calls, then) => (calls > 0 ? deep(calls - 1, then) + 1 : then());
  let overflows = 0;
  const isOver = (calls, value) => {
    try {
      deep(calls, () => canonicalize(value).length);
      return false;
    } catch (error) {
      assert.equal(error.name, 'RangeError');
      overflows++;
      return true;
    }
  };
  for (let calls = 2000; calls < 40000 && !isOver(calls, nest({ q: 1 }, 990)); calls += 100);
  let [calls, step] = [10000, 4096];
  for (let number = 0; number < 400; number++) {
    const [seen, other] = [`seen${number}`, `other${number}`];
    canonicalize({ [seen]: 1, x: 1 });
    const was = isOver(calls, nest({ [seen]: 1 }, 10));
    if (step > 4) step >>= 1;
    calls += (was ? -1 : 1) * (step > 4 ? step : 1);
    canonicalize({ [other]: 1 });
    assert.equal(canonicalize({ [seen]: 1 }), `{"${seen}":1}`, `try ${number}`);
  }
  assert(overflows > 50, `${overflows} calls met the end of the stack`);
});

test('the options of a chain refuse inherited names that look like trusted values', async () => {
  const [record] = chain(1);
  const { seal } = record.metadata.$snapshot;
  for (const name of ['seal', 'hash', 'expected']) {
    for (const api of [main, small]) {
      const answer = await api.verifyChain([record], Object.create({ [name]: seal }));
      assert.deepEqual([answer.valid, answer.issues[0].path], [false, name]);
    }
  }
});

test('WebAssembly reports every unknown member beside a long one, under a low limit', () => {
  const parts = { ...little(), limits: { documentBytes: 900 }, [`a${LONG}`]: 1, hash: OTHER };
  assert.equal(main.verifySnapshot(parts).valid, false);
});

test('./verify compares expect.hash even if it is not enumerable', async () => {
  const parts = example();
  const expect = Object.defineProperty({ seal: parts.expect.seal }, 'hash', { value: OTHER });
  assert.equal((await small.verifySnapshot({ ...parts, expect })).valid, false);
});

test('./verify ignores a patched iterator of arrays when it reads a subclass of Array', async () => {
  class Rows extends Array {}
  const { items: genuine } = example();
  const parts = example();
  delete parts.index;
  parts.items[1].content = 'changed';
  parts.items = Rows.from(parts.items);
  const original = Array.prototype[Symbol.iterator];
  Array.prototype[Symbol.iterator] = function values() {
    return original.call(this instanceof Rows ? genuine : this);
  };
  let answer;
  try {
    answer = await small.verifySnapshot(parts);
  } finally {
    Array.prototype[Symbol.iterator] = original;
  }
  assert.equal(answer.valid, false);
});

test('SnapshotVerifier applies limits.levels to its items, as verifySnapshot does', () => {
  const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: nested(20) }];
  const pack = { packKey: 'p', version: '1', title: 't' };
  const { record } = main.snapshotPack({ packKey: 'p' }, { actor: 'admin', userId: 'u', pack, items });
  const limits = { levels: 8 };
  const verifier = new main.SnapshotVerifier({ record, limits });
  for (const item of items) verifier.add(item);
  assert.deepEqual(verifier.finish(), main.verifySnapshot({ record, limits, items }));
});

test('SnapshotBuilder applies limits.levels to its items, as snapshotPack does', () => {
  const pack = { packKey: 'p', version: '1', title: 't' };
  const ctx = { actor: 'admin', userId: 'u', pack, limits: { levels: 8 } };
  const builder = new main.SnapshotBuilder({ packKey: 'p' }, ctx);
  const item = { itemId: 'a', kind: 'k', sourceKey: 's', content: nested(20) };
  assert.throws(() => builder.add(item), { code: 'VALIDATION_FAILED' });
});

// E8-2
test('SnapshotVerifier is not valid if an item was not read, or is read during finish', () => {
  const { record, items } = example();
  const [first, ...others] = items;
  const thrown = new main.SnapshotVerifier({ record });
  for (const item of items) thrown.add(item);
  const bad = {
    get itemId() {
      throw new Error('gone');
    },
  };
  assert.throws(() => thrown.add(bad), /gone/);
  const gap = { path: '', code: 'mismatch', message: 'Not verified: the snapshot was not compared' };
  const { valid, issues } = thrown.finish();
  assert.deepEqual([valid, issues], [false, [gap]]);
  const early = new main.SnapshotVerifier({ record });
  for (const item of [first, ...others]) early.add(item);
  let found;
  const finishing = {
    get itemId() {
      found = early.finish();
      return 'more';
    },
  };
  assert.throws(() => early.add(finishing), /It is finished/);
  assert.equal(found.valid, false);
});

test('refuses limits that are not a plain object', async () => {
  for (const limits of [new Map([['items', 1]]), new Date(0), Object.create({ items: 1 })]) {
    const parts = { ...little(), limits };
    assert.equal(main.verifySnapshot(parts).valid, false);
    assert.deepEqual(await small.verifySnapshot(parts), main.verifySnapshot(parts));
  }
});

test('proves an item in the tree of its own manifest, whatever an index does while it is read', () => {
  const of = (n) => {
    const pack = { packKey: 'p', version: '1', title: 't' };
    const items = ['a', 'b', 'c'].map((id) => ({ ...holding({ n: id === 'b' ? 0 : n }), itemId: id }));
    return clone(main.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items }));
  };
  const [one, other] = [of(1), of(2)];
  let now = one;
  let onRead = () => undefined;
  const index = one.index.map((_, at) => ({
    get itemId() {
      onRead(at);
      return now.index[at].itemId;
    },
    get digest() {
      return now.index[at].digest;
    },
  }));
  const prove = (snapshot, id) => main.proveItem({ manifest: snapshot.manifest, index }, id);
  prove(one, 'a');
  onRead = () => {
    onRead = () => undefined;
    now = other;
    prove(other, 'c');
    now = one;
  };
  assert.deepEqual(main.explainItem(one.items[1], prove(one, 'b'), one.record.hash).issues, []);
});

test('envelopes: the constructor that typed arrays name does not affect the verdict', async () => {
  const { subtle } = globalThis.crypto;
  const { privateKey, publicKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  const { record } = example();
  const envelope = await main.signStatement(main.toStatement({ record }), { privateKey });
  const own = Object.getOwnPropertyDescriptor(Uint8Array.prototype, 'constructor');
  const Other = Object.defineProperty(() => undefined, Symbol.species, {
    value: function other() {
      return new Uint8Array(200);
    },
  });
  Object.defineProperty(Uint8Array.prototype, 'constructor', { ...own, value: Other });
  let answers;
  try {
    answers = [
      await main.verifyEnvelope(envelope, [{ publicKey }]),
      await main.signStatement(main.toStatement({ record }), { privateKey }),
    ];
  } finally {
    Object.defineProperty(Uint8Array.prototype, 'constructor', own);
  }
  assert.deepEqual([answers[0].valid, (await main.verifyEnvelope(answers[1], [{ publicKey }])).valid], [true, true]);
});

test('envelopes: the length that typed arrays report does not affect the verdict', async () => {
  const { subtle } = globalThis.crypto;
  const { record } = example();
  const statement = main.toStatement({ record });
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  const own = Object.getOwnPropertyDescriptor(typed, 'length');
  const falseLengths = {
    // The lengths of a payload and of a signature.
    long: (length) => (length > 100 ? length + 3 : length),
    short: (length) => (length > 60 && length < 80 ? 64 : length),
  };
  for (const algorithm of [{ name: 'Ed25519' }, { name: 'ECDSA', namedCurve: 'P-256' }]) {
    const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['sign', 'verify']);
    const envelope = await main.signStatement(statement, { privateKey });
    // One more byte after the signature.
    const sig = Buffer.concat([Buffer.from(envelope.signatures[0].sig, 'base64'), Buffer.of(0)]).toString('base64');
    const longer = { ...envelope, signatures: [{ sig }] };
    for (const [name, lie] of Object.entries(falseLengths)) {
      const get = own.get;
      Object.defineProperty(typed, 'length', {
        ...own,
        get() {
          return lie(Reflect.apply(get, this, []));
        },
      });
      let calls;
      try {
        calls = [
          main.verifyEnvelope(envelope, [{ publicKey }]),
          main.verifyEnvelope(longer, [{ publicKey }]),
          main.signStatement(statement, { privateKey }),
        ];
      } finally {
        Object.defineProperty(typed, 'length', own);
      }
      const [right, wrong, signed] = await Promise.all(calls);
      const { valid } = await main.verifyEnvelope(signed, [{ publicKey }]);
      assert.deepEqual([right.valid, wrong.valid, valid], [true, false, true], `${algorithm.name}, ${name}`);
    }
  }
});

test('by require, patched methods of buffers do not choose the module that is compiled', () => {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@lssm-tech/lib.context-snapshot');
  delete require.cache[file];
  const api = require(file);
  const { record, items } = example();
  const own = Object.getOwnPropertyDescriptors(Buffer.prototype);
  const { from } = Buffer;
  const { Module } = WebAssembly;
  const compiled = [];
  WebAssembly.Module = function module(bytes) {
    compiled.push(new Uint8Array(bytes));
    return new Module(bytes);
  };
  let asked = 0;
  const empty = () => {
    asked++;
    return 0;
  };
  for (const name of Object.keys(own)) {
    if (/(write|slice|fill|copy)/i.test(name)) Object.defineProperty(Buffer.prototype, name, { value: empty });
  }
  Buffer.from = empty;
  let answer;
  try {
    answer = api.verifySnapshot({ record, items });
  } finally {
    Object.defineProperties(Buffer.prototype, own);
    Buffer.from = from;
    WebAssembly.Module = Module;
  }
  const module = readFileSync(join(dirname(file), 'context_snapshot.wasm'));
  assert.deepEqual([answer.valid, asked, compiled.length], [true, 0, 1]);
  assert.ok(module.equals(compiled[0]));
});

// --- Anchors of chains ---

test('the anchor of a chain does not depend on other mistakes in the options', async () => {
  const records = chain(2);
  const { seal } = records[1].metadata.$snapshot;
  for (const options of [
    { expect: { seal, other: 1 } },
    { expect: { seal: OTHER, other: 1 } },
    { expect: { seal }, other: 1 },
  ])
    assert.deepEqual(main.verifyChain(records, options), await small.verifyChain(records, options));
});

test('the anchor of a chain is right even if the chain was not read to its end', async () => {
  const records = chain(20);
  const seals = [];
  for (const record of records) {
    Object.assign(record, { hash: OTHER, packKey: 'q', packVersion: 'q', itemCount: 7, createdBy: 'w' });
    record.metadata.$snapshot.grant = 'role';
    const [issue] = main.verifyChain([record]).issues.filter(({ path }) => path.endsWith('.seal'));
    seals.push(/expected (sha256:\w+)/.exec(issue.message)[1]);
  }
  const { length } = main.verifyChain(records);
  const options = { expect: { seal: seals[length - 1] } };
  assert.deepEqual(main.verifyChain(records, options), await small.verifyChain(records, options));
  assert.equal(main.verifyChain(records, options).anchor, 'none');
});

// --- Different answers to the same JSON ---

const cases = {
  'a missing member does not count for the length of a document': () => ({
    ...little(),
    limits: LIMITS,
    output: { snapshotId: 'x'.repeat(750) },
  }),
  'two truncated members count with their full length (output)': () => ({
    ...little(),
    limits: LIMITS,
    output: { snapshotId: 's', packVersion: LONG },
  }),
  'two truncated members count with their full length (item)': () => {
    const parts = { ...little(), limits: LIMITS };
    Object.assign(parts.items[0], { content: 5, textContent: LONG });
    return parts;
  },
  'a foreign row id of an item that is too long': () => {
    const parts = { ...little(), limits: LIMITS, rowIds: true };
    parts.items[0].content = LONG;
    return parts;
  },
  'a record that is too long has one issue': () => {
    const parts = { ...little(), limits: LIMITS };
    parts.record.snapshotId = LONG;
    return parts;
  },
  'a long string of the wrong type counts as nothing (item)': () => {
    const parts = { ...little(), limits: LIMITS };
    parts.items[0].metadata = LONG;
    return parts;
  },
  'a long string of the wrong type counts as nothing (output)': () => ({
    ...little(),
    limits: LIMITS,
    output: { snapshotId: 's', itemCount: LONG },
  }),
  'a long rowIds has an issue at its place': () => ({ ...little(), limits: LIMITS, rowIds: LONG }),
  'a text that is not a time, and is almost too long': () => ({
    ...little(),
    limits: LIMITS,
    output: { createdAt: 'x'.repeat(790) },
  }),
  'unknown members of expect come last': () => ({ ...example(), expect: { hash: OTHER, other: 1 } }),
  'a manifest that is an array, nested too deeply': () => ({
    ...example(),
    limits: { levels: 7 },
    manifest: [[[[[[[[1]]]]]]]],
  }),
  'a manifest that is an array, with a limit': () => ({
    ...little(),
    limits: { documentBytes: 700 },
    manifest: ['x'.repeat(900)],
  }),
};
for (const [name, make] of Object.entries(cases)) test(`alike: ${name}`, () => alike(make));

// --- Different answers to the same objects ---

for (const name of ['event', 'output']) {
  test(`alike: ${name}, with a method that makes it thenable, or as a promise`, async () => {
    const { record, items } = main.snapshotPack(
      { packKey: 'p' },
      { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: [] },
    );
    const { snapshotId, packKey, packVersion, hash, itemCount, createdAt } = record;
    const output = { snapshotId, packKey, packVersion, hash, itemCount, createdAt };
    const id = main.snapshotPack(
      { packKey: 'p' },
      { actor: 'admin', snapshotId, pack: { packKey: 'p', version: '1', title: 't' }, items: [] },
    ).event.id;
    const parts = {
      output,
      event: { id, key: 'context.snapshot.created', version: '1.0.0', occurredAt: createdAt, payload: output },
    };
    const then = { value: () => undefined };
    await alike(() => ({ record, items, [name]: Object.defineProperty({ ...parts[name] }, 'then', then) }));
    await alike(() => ({ record, items, [name]: Promise.resolve(parts[name]) }));
  });
}

test('alike: an object of another realm in place of a string', () =>
  alike(() => {
    const parts = example();
    parts.record.snapshotId = vm.runInNewContext('JSON.parse(\'{"constructor":{"name":"Anything"}}\')');
    return parts;
  }));

test('alike: a row without a prototype that has a column isPrototypeOf', () =>
  alike(() => {
    const parts = example();
    parts.items[0] = Object.assign(Object.create(null), clone(parts.items[0]), { isPrototypeOf: 1 });
    return parts;
  }));

test('alike: names with escapes, which V8 of Node.js 26 confuses', () =>
  alike(() => {
    JSON.parse('[{"":0,"\\\\":0},{"":0,"\\\\\\\\":0}]');
    const parts = { ...example(), manifest: { '': 0, '"': 0 } };
    Object.assign(parts.record.metadata.$snapshot, { '': 0, '\\"': 0 });
    return parts;
  }));

// --- Foreign text ---

test('verifyEnvelope shows names of classes in errors as everywhere else', async () => {
  const keys = vm.runInNewContext('({ constructor: { name } })', { name: `\u001b[2J\u202e${LONG}` });
  await assert.rejects(main.verifyEnvelope({}, keys), ({ message }) => {
    assert.ok(!message.includes('\u001b') && !message.includes('\u202e'));
    assert.ok(message.length < 600);
    return true;
  });
});

// E8.1-33
test('SnapshotVerifier refuses items beside the record unless they are added, too', () => {
  const pack = { packKey: 'p', version: '1', title: 't' };
  const made = (...items) => main.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items });
  const verified = ({ record }, more, ...added) => {
    const verifier = new main.SnapshotVerifier({ record, expect: { hash: record.hash }, ...more });
    for (const item of added) verifier.add(item);
    return verifier.finish().valid;
  };
  const item = holding('kept');
  const [none, one] = [made(), made(item)];
  for (const items of [[holding('forged')], new Set(), null]) assert.equal(verified(none, { items }), false);
  for (const more of [{}, { items: undefined }, { items: none.items }]) assert.equal(verified(none, more), true);
  assert.equal(verified(one, { items: one.items }, item), true);
  assert.equal(verified(one, { items: one.items }), false);
});

/** Runs `attack` while arrays inherit from something that hides what `Object.prototype` has. */
function withPrototypeOfArrays(prototype, attack) {
  Object.setPrototypeOf(Array.prototype, prototype);
  try {
    return attack();
  } finally {
    Object.setPrototypeOf(Array.prototype, Object.prototype);
    delete Object.prototype.injected;
  }
}

test('no setter answers if arrays inherit from another prototype', () => {
  const pack = { packKey: 'p', version: '1', title: 't' };
  const made = (content) => main.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [holding(content)] });
  const { record } = made({ role: 'user' });
  const isValid = (item) => main.verifySnapshot({ record, items: [item], expect: { hash: record.hash } }).valid;
  const text = '{ "itemId":"a","kind":"k","sourceKey":"s","content":{"role":"user","injected":"x"}}';
  withPrototypeOfArrays(null, () => {
    Object.defineProperty(Object.prototype, 'injected', { set() {}, get() {}, configurable: true });
    assert.equal(isValid(text), false);
  });
  const renaming = new Proxy(Object.prototype, {
    has: () => false,
    set: (_, name, value, array) =>
      Reflect.defineProperty(array, name, {
        ...{ value: value === 'denied' ? 'role' : value, writable: true, enumerable: true, configurable: true },
      }),
  });
  const bad = holding({ denied: 'user' });
  assert.equal(
    withPrototypeOfArrays(renaming, () => isValid(bad)),
    false,
  );
  // The next call uses what was learnt in the meantime.
  assert.equal(isValid(bad), false);
  assert.equal(isValid(holding({ role: 'user' })), true);
  const swallowing = new Proxy(Object.prototype, { has: () => false, set: () => true });
  const { index } = made('x');
  withPrototypeOfArrays(swallowing, () => {
    assert.equal(main.missing(index, new Set()).length, 1);
    assert.equal(main.verifySnapshot({ record, items: [holding({ role: 'user' })], expct: {} }).valid, false);
    assert.equal(main.canonicalizeJson('{"y":2,"a":[1]}'), '{"a":[1],"y":2}');
  });
});

test('a detached array is an empty text: a mistake in an item, and no exception', async () => {
  const pack = { packKey: 'p', version: '1', title: '' };
  const builder = new main.SnapshotBuilder({ packKey: 'p' }, { actor: 'admin', pack });
  const detached = new Uint8Array(9);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  let closed = 0;
  const items = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: detached }),
      return: () => {
        closed++;
        return {};
      },
    }),
  };
  for (const call of [
    () => main.digestItem(detached),
    () => builder.add(detached),
    () => main.canonicalizeJson(detached),
    () => main.summaryOf({ record: approved.record, items: [detached] }),
  ])
    assert.throws(call, { code: 'VALIDATION_FAILED', message: /found the end/ });
  // Reading stops at more issues than are listed.
  assert.throws(() => main.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items }), {
    code: 'VALIDATION_FAILED',
  });
  assert.equal(closed, 1);
  await alike(() => ({ record: approved.record, items: [detached] }));
  const proof = main.proveItem(
    { ...approved, manifest: approved.record.metadata.$snapshot.manifest },
    approved.index[0].itemId,
  );
  assert.equal(main.verifyItem(detached, proof, approved.record.hash), false);
  const verifier = new main.SnapshotVerifier({ record: approved.record });
  verifier.add(detached);
  assert.match(verifier.finish().issues[0].message, /^Invalid JSON: expected a value, found the end/);
  builder.add(holding('x'));
  assert.equal(builder.finish().output.itemCount, 1);
});

// The root covers an item's id within its digest, not the id in the index (docs/SECURITY.md).
test('an index with other ids is noticed with the items, and hides no difference without them', async () => {
  const pack = { packKey: 'p', version: '1', title: '' };
  const made = (content) =>
    main.snapshotPack(
      { packKey: 'p' },
      { actor: 'admin', pack, items: [holding('kept'), { ...holding(content), itemId: 'b' }] },
    );
  const [before, after] = [made('right'), made('wrong')];
  const index = after.index.map((entry) => ({ ...entry, itemId: `${entry.itemId}2` }));
  const { record, items, manifest } = after;
  for (const api of [main, small]) assert.equal((await api.verifySnapshot({ record, items, index })).valid, false);
  const proof = main.proveItem({ manifest, index }, 'b2');
  for (const itemId of ['b', 'b2']) assert.equal(main.verifyItem({ ...items[1], itemId }, proof, record.hash), false);
  for (const other of [index, [after.index[0], index[1]]])
    assert.ok(main.diffSnapshots(before, { manifest, index: other }).unchanged < 2);
});

test('names beside the limits, and the length of an index, are read once', async () => {
  const isMore = (asked) => asked === 0;
  let asked;
  const limits = () =>
    new Proxy(
      { levels: 3 },
      {
        ownKeys: () => (isMore(asked++) ? ['levels', 'more'] : ['levels']),
        getOwnPropertyDescriptor: () => ({ value: 3, enumerable: true, configurable: true, writable: true }),
      },
    );
  const index = () =>
    new Proxy(example().index, {
      get: (array, name) => (name === 'length' && isMore(asked++) ? 1 : array[name]),
    });
  for (const [name, make, path] of [
    ['limits', limits, 'limits.more'],
    ['index', index, 'index'],
  ]) {
    await alike(() => {
      asked = 0;
      return { ...example(), [name]: make() };
    });
    asked = 0;
    const { issues } = main.verifySnapshot({ ...example(), [name]: make() });
    assert.deepEqual([issues[0].path, asked], [path, 1]);
  }
});

/** Runs a function while arrays of this realm have another prototype, and an iterator that answers for one of them with other items. */
async function withPatchedArrays(bad, items, run) {
  const { prototype } = Array;
  const above = Object.getPrototypeOf(prototype);
  const original = prototype[Symbol.iterator];
  Object.setPrototypeOf(prototype, Object.create(Object.prototype));
  prototype[Symbol.iterator] = function values() {
    return original.call(this === bad ? items : this);
  };
  try {
    return await run();
  } finally {
    prototype[Symbol.iterator] = original;
    Object.setPrototypeOf(prototype, above);
  }
}

test('arrays are read by index, whatever was patched or added in the realm that they are of', async () => {
  const { items } = example();
  const inRealm = (code) => vm.runInNewContext(`const original = Array.prototype[Symbol.iterator]; ${code}`, { items });
  const others = {
    'a patched iterator': 'Array.prototype[Symbol.iterator] = () => original.call(items); [{}]',
    'a patched next': `
      let at = 0;
      Object.getPrototypeOf([].values()).next = () => ({ done: at === items.length, value: items[at++] });
      [{}]`,
    'elements of the prototype': `
      for (let at = 0; at < items.length; at++) Array.prototype[at] = items[at];
      new Array(items.length)`,
    'a class with elements': `
      class Rows extends Array {}
      for (let at = 0; at < items.length; at++) Rows.prototype[at] = items[at];
      new Rows(items.length)`,
  };
  for (const [what, code] of Object.entries(others)) {
    for (const api of [main, small]) {
      const answer = await api.verifySnapshot({ ...example(), items: inRealm(code) });
      assert.equal(answer.valid, false, what);
    }
  }
  const bad = [{}];
  for (const api of [main, small]) {
    const answer = await withPatchedArrays(bad, items, () => api.verifySnapshot({ ...example(), items: bad }));
    assert.equal(answer.valid, false, 'another prototype above arrays');
  }
});

test('alike: an array below one without a prototype', () =>
  alike(() => ({ ...example(), items: Object.setPrototypeOf([], Object.setPrototypeOf([], null)) })));

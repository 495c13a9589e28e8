// Checks that results do not depend on additions to, or patches of, shared prototypes.
//
// Why: a library in the same process may patch or pollute shared prototypes, by mistake or on purpose, and a verdict must not
// depend on that. The promise in SECURITY.md starts when the package has been loaded.
//
// How: one process for each pollution, so that the first call, which compiles the module, is affected, too. Inputs are made
// before it, and results are inspected after it was undone. Nothing in between uses what is patched.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { canonicalize, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { inChild } from './support/child.js';

const pack = { packKey: 'p', version: '1', title: 't', sources: [{ kind: 'k', key: 's', required: true }] };
const item = (itemId, n = 0) => ({
  itemId,
  kind: 'k',
  sourceKey: 's',
  content: { n, text: 'x'.repeat(300), list: [1, 0.5, null], deep: { a: [{ b: 'c' }] } },
});
const ctx = (items) => ({ actor: 'admin', snapshotId: 's', now: new Date(0), pack, items });
const stored = (items) => {
  const { record, event, manifest, output, index, items: rows } = snapshotPack({ packKey: 'p' }, ctx(items));
  return JSON.parse(JSON.stringify({ record, event, manifest, output, index, items: rows }));
};
const good = stored([item('a'), item('b'), item('c')]);
const other = stored([item('b', 1), item('c'), item('d')]);

const source = (load, pollution) => `
  ${load}
  const good = ${JSON.stringify(good)};
  const other = ${JSON.stringify(other)};
  const pack = ${JSON.stringify(pack)};
  const items = ${JSON.stringify([item('a'), item('b'), item('c')])};
  const ctx = { actor: 'admin', snapshotId: 's', now: new Date(0), pack, items };
  const forged = structuredClone(good);
  forged.items[1].content.n = 7;
  const evil = structuredClone(good.items[1]);
  evil.content.n = 8;
  const hidden = structuredClone(good);
  hidden.items.push(evil);
  let made;
  const calls = {
    snapshot: () => { made = api.snapshotPack({ packKey: 'p' }, ctx); return [made.output.hash, made.event, made.record, made.index, made.items]; },
    again: () => api.snapshotPack({ packKey: 'p' }, ctx).items,
    preview: () => api.previewPack({ packKey: 'p' }, { ...ctx, against: other }),
    previewOfOurs: () => api.previewPack({ packKey: 'p' }, { ...ctx, against: made }),
    diff: () => api.diffSnapshots(good, other),
    diffBack: () => api.diffSnapshots(other, good),
    diffOfOurs: () => api.diffSnapshots(made, other),
    prove: () => api.proveItem(good, 'b'),
    proveAgain: () => api.proveItem(good, 'c'),
    proveAbsent: () => api.proveItem(good, 'x'),
    proveAbsentAgain: () => api.proveItem(good, 'zz'),
    proveOfOurs: () => api.proveItem(made, 'x'),
    proveAbsence: () => api.proveAbsence(good, 'bb'),
    explainAbsence: () => api.explainAbsence('bb', api.proveAbsence(good, 'bb'), good.record.hash),
    verifyItem: () => api.verifyItem(items[1], api.proveItem(good, 'b'), good.record.hash),
    verifyEvilItem: () => api.verifyItem(evil, api.proveItem(good, 'b'), good.record.hash),
    verify: () => api.verifySnapshot({ record: good.record, pack, items: good.items, index: good.index, expect: { hash: good.record.hash } }),
    verifyForged: () => api.verifySnapshot({ record: forged.record, items: forged.items, expect: { hash: good.record.hash } }),
    verifyHidden: () => api.verifySnapshot({ record: hidden.record, items: hidden.items }),
    verifyNothing: () => api.verifySnapshot({ record: good.record, items: [] }),
    verifyOther: () => api.verifySnapshot({ record: good.record, items: good.items, expect: { hash: other.record.hash } }),
    chain: () => api.verifyChain([good.record, other.record]),
    builder: () => {
      const builder = new api.SnapshotBuilder({ packKey: 'p' }, ctx);
      for (let at = 0; at < 3; at++) builder.add(items[at]);
      const { record } = builder.finish();
      return [builder.snapshotId, builder.createdAt, builder.itemCount, record];
    },
    verifier: () => {
      const verifier = new api.SnapshotVerifier({ record: good.record });
      for (let at = 0; at < 3; at++) verifier.add(good.items[at]);
      return verifier.finish();
    },
    verifierOfEvil: () => {
      const verifier = new api.SnapshotVerifier({ record: good.record });
      verifier.add(good.items[0]);
      verifier.add(evil);
      verifier.add(good.items[2]);
      const verdict = verifier.finish();
      verifier.free();
      return verdict;
    },
    canonicalize: () => api.canonicalize({ b: [1, 'x', 0.1], a: { c: null }, d: { 2: 'two' } }),
    digest: () => api.digest(good),
    refused: () => api.snapshotPack({ packKey: 5 }, { ...ctx, items: [5, { itemId: '' }] }),
    statement: () => api.toStatement(good),
    summary: () => api.summarizeSnapshot(good),
    summaryOf: () => api.summaryOf(good),
    explainEvilItem: () => api.explainItem(evil, api.proveItem(good, 'b'), good.record.hash),
    snapshotId: () => api.snapshotIdFor({ idemKey: 'k', packKey: 'p', packVersion: '1' }),
    isDigest: () => [api.isDigest(good.record.hash), api.isDigest('sha256:0')],
    missing: () => api.missing(good.index, { has: (digest) => digest === good.index[1].digest }),
    validated: () => api.contract.input['~standard'].validate({ packKey: 'p', metadata: { a: 1 } }),
    notValidated: () => api.contract.input['~standard'].validate({ packKey: 5, reason: 1, metadata: 5 }),
  };
  const names = Object.keys(calls);
  const runs = names.map((name) => calls[name]);
  const results = names.map(() => undefined);
  const saved = [];
  const { defineProperty, getOwnPropertyDescriptor, freeze } = Object;
  const { deleteProperty } = Reflect;
  const undo = [];
  /** Sets a member to this value, or defines it with this descriptor. */
  const put = (object, name, value, enumerable = false) => {
    const before = getOwnPropertyDescriptor(object, name);
    undo.unshift(() => { if (before) defineProperty(object, name, before); else deleteProperty(object, name); });
    defineProperty(object, name, { __proto__: null, value, enumerable, writable: true, configurable: true });
  };
  const trap = (object, name) => {
    undo.unshift(() => deleteProperty(object, name));
    defineProperty(object, name, { __proto__: null, get: () => undefined, set() {}, configurable: true });
  };
  const undone = () => { const { length } = undo; for (let at = 0; at < length; at++) undo[at](); };
  ${pollution}
  for (let at = 0; at < runs.length; at++) {
    try { results[at] = runs[at](); } catch (error) { results[at] = error; }
  }
  undone();
  const summaryOf = (value) => value instanceof Error ? { name: value.name, detail: value.detail ?? value.message, issues: value.issues } : value;
  report(Object.fromEntries(names.map((name, at) => [name, summaryOf(results[at])])));
`;

const LOAD = "const api = await import('@lssm-tech/lib.context-snapshot');";

const onObject = (name, value) => `put(Object.prototype, ${JSON.stringify(name)}, ${value});`;
const POLLUTIONS = {
  "Object.prototype[2] = 'x'": "put(Object.prototype, 2, 'x');",
  'Object.prototype[0 to 9], enumerable': "for (let at = 0; at < 10; at++) put(Object.prototype, at, 'x', true);",
  'Array.prototype[0 to 9]': "for (let at = 0; at < 10; at++) put(Array.prototype, at, 'x');",
  'setters for indexes': 'for (let at = 0; at < 10; at++) trap(Object.prototype, at);',
  'setters for indexes of arrays': 'for (let at = 0; at < 40; at++) trap(Array.prototype, at);',
  'setters for names made by the build':
    "for (const name of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') trap(Object.prototype, name);",
  'setters for names of results':
    "for (const name of ['itemId', 'digest', 'content', 'snapshotId', 'createdAt', 'code', 'detail', 'issues', 'valid', 'held', 'names', 'memory', 'words', 'shape', 'index', 'next']) trap(Object.prototype, name);",
  'Object.prototype.get': onObject('get', '() => 1'),
  'Object.prototype.set': onObject('set', '() => 1'),
  'Object.prototype.value': onObject('value', '1'),
  'Object.prototype.enumerable': onObject('enumerable', 'true'),
  'Object.prototype.writable': onObject('writable', 'true'),
  'Object.prototype.then': onObject('then', '() => 1'),
  'Object.prototype.done': onObject('done', 'true'),
  'Object.prototype.return': onObject('return', '() => 1'),
  'Object.prototype.traceId': onObject('traceId', "'t'"),
  'Object.prototype.parent, and others of a context':
    "for (const name of ['parent', 'idemKey', 'userId', 'against', 'rowIds', 'pack', 'expect', 'roles', 'decision', 'metadata', 'textContent', 'sourceVersion']) put(Object.prototype, name, 'x');",
  'Object.prototype[Symbol.iterator]': 'put(Object.prototype, Symbol.iterator, function* () {});',
  'Object.prototype[Symbol.asyncIterator]': 'put(Object.prototype, Symbol.asyncIterator, async function* () {});',
  'the iterator of arrays': 'put(Array.prototype, Symbol.iterator, function* () {});',
  'no iterator of arrays': 'put(Array.prototype, Symbol.iterator, undefined);',
  'next of the iterators of arrays':
    'put(Object.getPrototypeOf([][Symbol.iterator]()), "next", () => ({ done: true, value: undefined }));',
  'methods of arrays':
    "for (const name of ['push', 'map', 'sort', 'slice', 'filter', 'reduce', 'at', 'entries', 'concat', 'indexOf', 'includes', 'join', 'forEach']) put(Array.prototype, name, () => []);",
  'the constructor of arrays': 'put(Array.prototype, "constructor", class { constructor() { return []; } });',
  'Array.from and others': "for (const name of ['from', 'of', 'isArray']) put(Array, name, () => []);",
  'methods of strings':
    "for (const name of ['charCodeAt', 'slice', 'startsWith', 'indexOf', 'padStart', 'replace', 'split', 'at', 'codePointAt']) put(String.prototype, name, () => 0); put(String, 'fromCharCode', () => 'x');",
  'methods of typed arrays':
    "const typed = Object.getPrototypeOf(Uint8Array.prototype); for (const name of ['subarray', 'set', 'slice', 'fill']) put(typed, name, () => new Uint8Array(0)); put(typed, Symbol.iterator, function* () {});",
  'lengths and buffers of typed arrays':
    "const typed = Object.getPrototypeOf(Uint8Array.prototype); for (const name of ['length', 'buffer', 'byteLength', 'byteOffset']) put(typed, name, 0);",
  'constructors of typed arrays':
    "for (const one of [Uint8Array, Int32Array, Float64Array]) put(one.prototype, 'constructor', class { constructor() { return new Uint8Array(1); } });",
  'the species of typed arrays':
    "for (const one of [Uint8Array, Int32Array, Float64Array]) put(one.prototype, 'constructor', { [Symbol.species]: class { constructor() { return new one(1); } } });",
  'methods of maps': "for (const name of ['get', 'set', 'has', 'delete']) put(Map.prototype, name, () => 0);",
  'methods of weak maps': "for (const name of ['get', 'set', 'has']) put(WeakMap.prototype, name, () => undefined);",
  'methods of functions': "for (const name of ['call', 'apply', 'bind']) put(Function.prototype, name, () => 0);",
  JSON: "put(JSON, 'parse', () => ({ valid: true })); put(JSON, 'stringify', () => '{}');",
  TextDecoder: "put(TextDecoder.prototype, 'decode', () => '[]');",
  'functions of Object':
    "for (const name of ['freeze', 'values', 'keys', 'assign', 'entries', 'fromEntries', 'defineProperty', 'create', 'is', 'hasOwn', 'getPrototypeOf', 'setPrototypeOf']) put(Object, name, () => ({}));",
  Reflect: "for (const name of ['apply', 'get', 'construct', 'ownKeys']) put(Reflect, name, () => 0);",
  'Math and Number': "put(Math, 'min', () => 0); put(Math, 'max', () => 0); put(Number, 'isNaN', () => true);",
  'methods of dates':
    "for (const name of ['toISOString', 'getTime', 'valueOf', 'toJSON']) put(Date.prototype, name, () => 'x');",
  'methods of buffers':
    "for (const name of ['ucs2Write', 'write', 'subarray']) put(Buffer.prototype, name, () => 0); put(Buffer, 'from', () => new Uint8Array(9));",
  'the memory and the tables of WebAssembly':
    "put(WebAssembly.Memory.prototype, 'buffer', new ArrayBuffer(0)); put(WebAssembly.Table.prototype, 'get', () => true); put(WebAssembly.Table.prototype, 'set', () => {});",
  finalization: "put(FinalizationRegistry.prototype, 'register', () => { throw 1; });",
};

describe('after loading', { concurrency: 2 }, () => {
  let expected;
  before(async () => {
    expected = await inChild(source(LOAD, ''));
    assert.equal(expected.verify.valid, true);
    assert.equal(expected.verifyForged.valid, false);
    assert.equal(expected.verifyItem, true);
    assert.equal(expected.verifyEvilItem, false);
    assert.equal(expected.canonicalize, canonicalize({ b: [1, 'x', 0.1], a: { c: null }, d: { 2: 'two' } }));
  });
  for (const [name, pollution] of Object.entries(POLLUTIONS)) {
    test(`${name} changes no result`, async () => assert.deepEqual(await inChild(source(LOAD, pollution)), expected));
  }
});

describe('before loading, an enumerable member of Object.prototype changes no result', () => {
  const LOADS = {
    'by import': LOAD,
    'by require':
      "const api = process.getBuiltinModule('node:module').createRequire(process.cwd() + '/')('@lssm-tech/lib.context-snapshot');",
    'as a page does': "const api = await import('./pkg/dist/index.js');",
  };
  for (const [name, load] of Object.entries(LOADS)) {
    test(name, async () => {
      const { verify, verifyForged } = await inChild(
        source(`Object.prototype.z = 1; ${load}`, 'delete Object.prototype.z;'),
      );
      assert.equal(verify.valid, true);
      assert.equal(verifyForged.valid, false);
    });
  }

  test('of ./verify by require', async () => {
    const kind = await inChild(`Object.prototype.z = 1;
      const { createRequire } = process.getBuiltinModule('node:module');
      report(typeof createRequire(process.cwd() + '/')('@lssm-tech/lib.context-snapshot/verify').verifySnapshot);`);
    assert.equal(kind, 'function');
  });
});

test('makes items of their members if a proxy above Array.prototype adds setters while they are made', async () => {
  const found = await inChild(`
    ${LOAD}
    const pack = ${JSON.stringify(pack)};
    const items = ${JSON.stringify([item('a'), item('b')])};
    const make = () => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', snapshotId: 's', now: new Date(0), pack, items });
    const expected = JSON.stringify(make().items);
    const snapshot = make();
    const names = ['n', 'deep', 'itemId', 'content', 'snapshotId', 'createdAt'];
    let asked = 0;
    Object.setPrototypeOf(Array.prototype, new Proxy(Object.prototype, {
      has(target, name) {
        if (asked++ === 0) for (const name of names) Object.defineProperty(Object.prototype, name, { configurable: true, set() {} });
        return Reflect.has(target, name);
      },
    }));
    const made = snapshot.items;
    Object.setPrototypeOf(Array.prototype, Object.prototype);
    for (const name of names) delete Object.prototype[name];
    report([asked, JSON.stringify(made) === expected]);`);
  // The proxy is not even asked.
  assert.deepEqual(found, [0, true]);
});

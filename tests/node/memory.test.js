// Checks that calls leak no memory.
//
// Why: a server makes snapshots for months in one process, and WebAssembly's memory can grow but never shrink.
//
// How: a process wraps `WebAssembly.Instance` before it loads the package, to see the exported memory. After a thousand calls
// everything is allocated; whatever grows after that is a leak.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inChild } from './support/child.js';

const prelude = `
  const exported = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      exported.push(this.exports);
    }
  };
  const api = await import('@lssm-tech/lib.context-snapshot');
  const { canonicalize, digest, digestItem, snapshotIdFor, snapshotPack } = api;
  const sizes = () => exported.flatMap((instance) => Object.values(instance)).flatMap((thing) =>
    thing instanceof WebAssembly.Memory ? [thing.buffer.byteLength] : thing instanceof WebAssembly.Table ? [thing.length] : []);
  const item = (itemId, more) => ({ itemId, kind: 'k', sourceKey: 's', content: { a: [1, 0.5, 'text'], b: { c: null } }, ...more });
  const pack = { packKey: 'p', version: '1', title: 't', sources: [{ kind: 'k', key: 's', required: true }] };
  const input = { packKey: 'p', metadata: { a: [1] } };
  const ctx = { actor: 'admin', snapshotId: 's', now: new Date(0), traceId: 't', pack, items: [item('b'), item('a')] };
  const thrower = { get content() { throw 'mine'; } };
  /** Runs the calls in turn, 100,000 in total. Returns each size after the first thousand and at the end. */
  const measure = (calls, run) => {
    let before;
    for (let count = 0; count < 100000; count++) {
      if (count === 1000) before = sizes();
      run(calls[count % calls.length]);
    }
    return { instances: exported.length, before, after: sizes() };
  };
`;

function assertSteady({ instances, before, after }) {
  assert.equal(instances, 1);
  assert(before.length > 0, 'there is a memory to look at');
  assert.deepEqual(after, before);
}

test('100,000 snapshots, digests and identifiers leak nothing', async () => {
  assertSteady(
    await inChild(`${prelude}
      report(measure([
        () => snapshotPack(input, ctx),
        () => snapshotPack({ packKey: 'p' }, { ...ctx, snapshotId: undefined }).index,
        () => snapshotPack(input, { ...ctx, snapshotId: undefined, idemKey: 'i' }).items,
        () => digestItem(item('a')),
        () => canonicalize(ctx),
        () => digest(input),
        () => snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }),
      ], (call) => call()));`),
  );
});

test('100,000 refusals and exceptions leak nothing', async () => {
  assertSteady(
    await inChild(`${prelude}
      Error.stackTraceLimit = 0;
      report(measure([
        () => snapshotPack(input, { ...ctx, actor: 'user' }),
        () => snapshotPack(input),
        () => snapshotPack({ packKey: 5, metadata: { a: [NaN, new Map()], $snapshot: 1 } }, { ...ctx, now: 'x', parent: 'y' }),
        () => snapshotPack(input, { ...ctx, pack: null }),
        () => snapshotPack(input, { ...ctx, pack: { ...pack, title: 5, owners: [5, 'a', null] } }),
        () => snapshotPack(input, { ...ctx, items: 5 }),
        () => snapshotPack(input, { ...ctx, items: [item('a'), item('a'), item('b', { content: { c: [1n] } }), 5] }),
        () => snapshotPack(input, { ...ctx, items: Array(101).fill(5) }),
        () => snapshotPack(input, { ...ctx, items: [item('a', { sourceKey: 'other' })] }),
        () => snapshotPack(input, { ...ctx, items: [item('a'), thrower] }),
        () => snapshotPack(input, { get actor() { throw 'mine'; } }),
        () => snapshotPack(input, { ...ctx, items: { [Symbol.iterator]: () => ({ next() { throw 'mine'; } }) } }),
        () => snapshotPack(input, { ...ctx, get pack() { throw 'mine'; } }),
        () => digestItem({}),
        () => digestItem(thrower),
        () => canonicalize([['\\ud800']]),
        () => digest(undefined),
        () => canonicalize(new Proxy({}, { ownKeys() { throw 'mine'; } })),
        () => snapshotIdFor({}),
      ], (call) => {
        try { call(); } catch { return; }
        throw new Error('not refused: ' + call);
      }));`),
  );
});

test('100,000 previews, proofs, comparisons and verifications leak nothing', async () => {
  assertSteady(
    await inChild(`${prelude}
      Error.stackTraceLimit = 0;
      const [one, two] = [snapshotPack(input, ctx), snapshotPack(input, { ...ctx, items: [item('a')] })];
      const plain = JSON.parse(JSON.stringify(one));
      const proof = api.proveItem(one, 'a');
      const clone = () => ({ manifest: one.manifest, index: [...plain.index] });
      const refused = (run) => {
        try { run(); } catch { return; }
        throw new Error('not refused: ' + run);
      };
      report(measure([
        () => api.previewPack(input, { ...ctx, against: two }),
        () => api.previewPack(input, { ...ctx, items: [5, item('a'), item('a')] }),
        () => refused(() => api.previewPack(input, { ...ctx, against: 5 })),
        () => refused(() => api.previewPack(input, { ...ctx, items: [thrower] })),
        () => api.proveItem(one, 'b'),
        () => api.proveItem(clone(), 'b'),
        () => refused(() => api.proveItem(clone(), 'c')),
        () => refused(() => api.proveItem({ ...one, index: [thrower] }, 'c')),
        () => api.verifyItem(item('a'), proof, proof.hash),
        () => api.verifyItem(item('b'), proof, proof.hash),
        () => refused(() => api.verifyItem(thrower, proof, proof.hash)),
        () => api.diffSnapshots(one, two),
        () => api.diffSnapshots(clone(), clone()),
        () => refused(() => api.diffSnapshots(one, { manifest: two.manifest, index: one.index })),
        () => api.summarizeSnapshot(plain),
        () => refused(() => api.summarizeSnapshot({ record: plain.record, items: [thrower] })),
        () => api.toStatement(plain),
        () => refused(() => api.toStatement(two.manifest)),
        () => api.verifySnapshot({ ...plain, expect: { hash: proof.hash } }),
        () => api.verifySnapshot({ record: plain.record, items: [item('a'), item('a'), 5] }),
        () => refused(() => api.verifySnapshot({ record: plain.record, items: [thrower] })),
        () => api.verifyChain([plain.record, two.record]),
        () => refused(() => api.verifyChain({ [Symbol.iterator]() { throw 'mine'; } })),
        () => {
          const verifier = new api.SnapshotVerifier(plain);
          for (const one of plain.items) verifier.add(one);
          refused(() => verifier.add({ get itemId() { throw 'mine'; } }));
          verifier.finish();
          verifier.free();
        },
        () => {
          const builder = new api.SnapshotBuilder(input, ctx);
          builder.add({ ...item('c'), get kind() { builder.free(); return 'k'; } });
        },
        () => refused(() => new api.SnapshotBuilder(input, { ...ctx, pack: null })),
      ], (call) => call()));`),
  );
});

// A large call grows WebAssembly's memory permanently, so an idle large instance is replaced.
const renewing = `
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      const memory = Object.values(this.exports).find((thing) => thing instanceof WebAssembly.Memory);
      memories.push(new WeakRef(memory));
    }
  };
  const api = await import('@lssm-tech/lib.context-snapshot');
  const pack = { packKey: 'p', version: '1', title: 't' };
  const item = (itemId, content = 'text') => ({ itemId, kind: 'k', sourceKey: 's', content });
  const snapshot = (...items) => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items }).output.hash;
  const open = () => new api.SnapshotBuilder({ packKey: 'p' }, { actor: 'admin', pack });
  const large = 'x'.repeat(60_000_000);
  const collected = async () => {
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
    }
  };
  /** Returns the bytes of all memories that are still alive. */
  const bytes = () => memories.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0);
  const MIB = 2 ** 20;
`;
const renewed = (source) => inChild(`${renewing} ${source}`, '--expose-gc');

test('releases the memory of a 60 MB document by the second small one', async () => {
  const { hashes, before, after, external, instances } = await renewed(`
    const hashes = [snapshot(item('a'))];
    snapshot(item('a', large));
    await collected();
    const before = bytes() / MIB;
    hashes.push(snapshot(item('a')), snapshot(item('a')));
    await collected();
    report({ hashes, before, after: bytes() / MIB, external: process.memoryUsage().external / MIB, instances: memories.length });`);
  assert.equal(new Set(hashes).size, 1);
  assert(before > 100, `${before} MiB were needed`);
  assert(after < 4, `${after} MiB in memories`);
  assert(external < 16, `${external} MiB outside the heap`);
  assert.equal(instances, 2);
});

test('keeps the instance for several large documents, and for several small ones', async () => {
  const counts = await renewed(`
    const counts = [];
    for (let round = 0; round < 3; round++) snapshot(item('a', large));
    counts.push(memories.length);
    for (let round = 0; round < 100; round++) snapshot(item('a'));
    counts.push(memories.length);
    for (let round = 0; round < 3; round++) {
      const builder = open();
      for (let at = 0; at < 30; at++) builder.add(item('i' + at, large.slice(0, 2_000_000)));
      builder.finish();
    }
    counts.push(memories.length);
    report(counts);`);
  assert.deepEqual(counts, [1, 2, 2]);
});

test('keeps a large instance exactly as long as a builder lives in it', async () => {
  const { hashes, counts } = await renewed(`
    const counts = [];
    const hashes = [snapshot(item('a'), item('b'))];
    const builder = open();
    builder.add(item('a'));
    snapshot(item('a', large));
    for (let round = 0; round < 3; round++) snapshot(item('a'));
    counts.push(memories.length);
    builder.add(item('b'));
    hashes.push(builder.finish().output.hash);
    for (let round = 0; round < 3; round++) snapshot(item('a'));
    counts.push(memories.length);
    (() => { open(); })();
    snapshot(item('a', large));
    for (let round = 0; round < 3; round++) snapshot(item('a'));
    counts.push(memories.length);
    await collected();
    for (let round = 0; round < 3; round++) snapshot(item('a'));
    counts.push(memories.length);
    report({ hashes, counts });`);
  assert.equal(new Set(hashes).size, 1);
  assert.deepEqual(counts, [1, 2, 2, 3]);
});

test('keeps neither text nor names read before a getter that throws', async () => {
  const grown = await renewed(`
    const texts = () => Array.from({ length: 40 }, (_, at) => at + 'y'.repeat(1_000_000));
    const named = () => Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at + 'n'.repeat(1_000_000), at]));
    const refused = (content) => {
      try { snapshot(item('a', { ...content, get z() { throw new Error('mine'); } })); } catch { return; }
      throw new Error('not refused');
    };
    refused({ texts: ['y'] });
    await collected();
    const before = process.memoryUsage().heapUsed;
    (() => refused({ texts: texts() }))();
    (() => refused(named()))();
    (() => refused({ texts: texts() }))();
    await collected();
    report((process.memoryUsage().heapUsed - before) / MIB);`);
  assert(grown < 2, `${grown} MiB`);
});

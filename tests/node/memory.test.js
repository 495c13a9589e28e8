// Calls leave nothing behind.
//
// Why: a server makes snapshots for months in one process, and WebAssembly's memory can grow but never shrink.
//
// How: a process whose `WebAssembly.Instance` tells what it exports, before the package is loaded. Whatever a call needs
// is there after the first thousand; what grows after that was lost.

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
  const { canonicalize, digest, digestItem, snapshotIdFor, snapshotPack } = await import('@lssm-tech/lib.context-snapshot');
  const sizes = () => exported.flatMap((instance) => Object.values(instance)).flatMap((thing) =>
    thing instanceof WebAssembly.Memory ? [thing.buffer.byteLength] : thing instanceof WebAssembly.Table ? [thing.length] : []);
  const item = (itemId, more) => ({ itemId, kind: 'k', sourceKey: 's', content: { a: [1, 0.5, 'text'], b: { c: null } }, ...more });
  const pack = { packKey: 'p', version: '1', title: 't', sources: [{ kind: 'k', key: 's', required: true }] };
  const input = { packKey: 'p', metadata: { a: [1] } };
  const ctx = { actor: 'admin', snapshotId: 's', now: 0, traceId: 't', pack, items: [item('b'), item('a')] };
  const thrower = { get content() { throw 'mine'; } };
  /** Runs the calls in turn, 100,000 in all; what each size was after the first thousand, and in the end. */
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

test('100,000 snapshots, digests and identifiers', async () => {
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

test('100,000 refusals and exceptions', async () => {
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

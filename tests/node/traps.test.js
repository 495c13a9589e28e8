// What goes wrong in WebAssembly costs one call.
//
// Why: a trap leaves an instance in the middle of something. Whoever has one in a server has to find the next call right,
// and without a restart.
//
// How: real traps. Memory runs out where V8 is told to give little of it, for packs that do not fit; a function of the
// module is replaced by one that traps, in the bytes that the package is about to compile, so that nothing that ships knows
// of tests; and hosts that cannot run the module are this one without what is missing there. A Chromium whose page forbids
// WebAssembly is in tests/hosts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inChild } from './support/child.js';

const values = `
  const pack = { packKey: 'p', version: '1', title: 't' };
  const item = (itemId, content = 'text') => ({ itemId, kind: 'k', sourceKey: 's', content });
  const snapshot = (items) => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items }).output.hash;
  const told = (run) => {
    try { return { result: run() }; } catch (error) {
      const { code, status, operation, name, detail, retryable, cause } = error;
      return { known: error instanceof api.SnapshotError, code, status, operation: operation?.key, name, detail, retryable,
        cause: cause?.name };
    }
  };
  const load = () => import('@lssm-tech/lib.context-snapshot');
`;
/** Counts instances as well. */
const prelude = `${values}
  const instances = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) { super(...args); instances.push(this); }
  };
`;

const SNAPSHOT = 'context.pack.snapshot';

/** What is told of a call that ended in the middle, or could not begin. */
const ended = (operation, detail, cause) => ({
  known: true,
  code: 'INTERNAL_ERROR',
  status: 500,
  ...(operation !== undefined && { operation }),
  name: 'SnapshotError',
  detail,
  retryable: false,
  ...(cause !== undefined && { cause }),
});
const stopped = (operation) =>
  ended(
    operation,
    'WebAssembly stopped in the middle of this call (unreachable); the next call is not affected',
    'RuntimeError',
  );

const lost = (operation) =>
  ended(
    operation,
    'WebAssembly stopped in the middle of another call, and what this one needs of it is lost; begin again',
    undefined,
  );

describe('memory runs out', () => {
  // 256 pages are 16 MiB.
  const little = '--wasm-max-mem-pages=256';

  test('for one item, for one value, for the names of many items', async () => {
    const { expected, outcomes, later, instances } = await inChild(
      `${prelude}
      const api = await load();
      const expected = snapshot([item('a')]);
      const large = 'x'.repeat(10_000_000);
      function* many() { for (let at = 0; at < 100; at++) yield item(at + 'x'.repeat(1_000_000)); }
      const outcomes = [];
      const later = [];
      for (const run of [
        () => snapshot([item('a', large)]),
        () => snapshot(many()),
        () => api.digest(large),
        () => api.canonicalize({ a: [large] }),
        () => api.digestItem(item('a', large)),
        () => api.snapshotIdFor({ idemKey: large, packKey: 'p', packVersion: '1' }),
      ]) {
        outcomes.push(told(run));
        later.push(snapshot([item('a')]));
      }
      report({ expected, outcomes, later, instances: instances.length });`,
      little,
    );
    assert.deepEqual(outcomes, [...Array(2).fill(stopped(SNAPSHOT)), ...Array(4).fill(stopped())]);
    assert.deepEqual(later, Array(6).fill(expected));
    assert.equal(instances, 7);
  });

  test('inside a call that was made inside a call', async () => {
    const { expected, outer, inner, later } = await inChild(
      `${prelude}
      const api = await load();
      const expected = snapshot([item('a')]);
      const inner = [];
      function* items() {
        inner.push(told(() => api.digest('x'.repeat(10_000_000))));
        yield item('a');
      }
      const outer = told(() => snapshot(items()));
      report({ expected, outer, inner, later: snapshot([item('a')]) });`,
      little,
    );
    assert.deepEqual(inner, [stopped()]);
    assert.equal(later, expected);
    assert.deepEqual(outer, lost(SNAPSHOT));
  });

  test('a thousand times, and nothing is left of them', async () => {
    const { expected, later, grown } = await inChild(
      `${prelude}
      const api = await load();
      const expected = snapshot([item('a')]);
      const large = 'x'.repeat(10_000_000);
      const later = new Set();
      let before;
      for (let round = 0; round < 1000; round++) {
        instances.length = 0;
        told(() => api.digest(large));
        later.add(snapshot([item('a')]));
        if (round === 99) { gc(); before = process.memoryUsage.rss(); }
      }
      gc();
      report({ expected, later: [...later], grown: process.memoryUsage.rss() - before });`,
      little,
      '--expose-gc',
    );
    assert.deepEqual(later, [expected]);
    assert(grown < 64 * 2 ** 20, `${grown} bytes more after 900 of them`);
  });

  test('where JavaScript has none', async () => {
    const { expected, outcome, later } = await inChild(`${prelude}
      let fail = false;
      globalThis.Int32Array = class extends Int32Array {
        constructor(...of) {
          super(...(fail ? [new ArrayBuffer(2 ** 52)] : of));
        }
      };
      const api = await load();
      const many = Array.from({ length: 50 }, (_, at) => item('i' + at, 'x'.repeat(5000)));
      const expected = snapshot(many);
      // What the words of items are copied to.
      fail = true;
      let outcome;
      try { snapshot(many); } catch (error) { outcome = String(error); }
      fail = false;
      report({ expected, outcome, later: snapshot(many) });`);
    assert.equal(outcome, 'RangeError: Array buffer allocation failed');
    assert.equal(later, expected);
  });

  test('for another instance, too', async () => {
    const { expected, outcomes, later } = await inChild(
      `${prelude}
      let refuse = true;
      const Counted = WebAssembly.Instance;
      WebAssembly.Instance = class extends Counted {
        constructor(...args) {
          if (refuse) throw new RangeError('WebAssembly.Instance(): Out of memory');
          super(...args);
        }
      };
      const api = await load();
      const outcomes = [told(() => snapshot([item('a')]))];
      refuse = false;
      const expected = snapshot([item('a')]);
      refuse = true;
      outcomes.push(told(() => api.digest('x'.repeat(10_000_000))), told(() => snapshot([item('a')])));
      refuse = false;
      report({ expected, outcomes, later: snapshot([item('a')]) });`,
      little,
    );
    const notStarted = ended(
      SNAPSHOT,
      'WebAssembly could not be started. WebAssembly.Instance(): Out of memory',
      'RangeError',
    );
    assert.deepEqual(outcomes, [notStarted, stopped(), notStarted]);
    assert.equal(later, expected);
  });
});

describe('a bug', () => {
  for (const name of ['snapshotPack', 'snapshotIdFor', 'digestItem', 'canonicalize', 'digest']) {
    test(`in ${name}`, async () => {
      const { outcomes, others, instances } = await inChild(`${prelude}
        import { withTrap } from './tests/node/support/module.js';
        const { Module } = WebAssembly;
        WebAssembly.Module = class extends Module {
          constructor(bytes) { super(withTrap(Buffer.from(bytes), '${name}')); }
        };
        const api = await load();
        const calls = {
          snapshotPack: () => snapshot([item('a')]),
          snapshotIdFor: () => api.snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }),
          digestItem: () => api.digestItem(item('a')).digest,
          canonicalize: () => api.canonicalize({ a: 1 }),
          digest: () => api.digest({ a: 1 }),
        };
        const { ${name}: broken, ...rest } = calls;
        const outcomes = [];
        const others = [];
        for (let round = 0; round < 3; round++) {
          outcomes.push(told(broken));
          others.push(Object.values(rest).map((run) => run()));
        }
        report({ outcomes, others, instances: instances.length });`);
      assert.deepEqual(outcomes, Array(3).fill(stopped(name === 'snapshotPack' ? SNAPSHOT : undefined)));
      assert.deepEqual(others, Array(3).fill(others[0]));
      assert.equal(others[0].length, 4);
      assert.equal(instances, 4);
    });
  }
});

describe('a host that cannot run it: importing works, and a call says why in a sentence', () => {
  const needed =
    'Needed are Node.js 20, Chrome 115, Firefox 92, Safari 16.4, Deno 2, Bun 1.1 or later; ' +
    '@lssm-tech/lib.context-snapshot/verify needs no WebAssembly';
  const failed = async (before, ...flags) => {
    const { contract, outcomes } = await inChild(
      `${values}
      ${before}
      const api = await load();
      report({ contract: api.contract.key, outcomes: [1, 2].map(() => told(() => snapshot([item('a')]))) });`,
      ...flags,
    );
    assert.equal(contract, SNAPSHOT);
    assert.deepEqual(outcomes[0], outcomes[1]);
    return outcomes[0];
  };
  const notStarted = (why) => ended(SNAPSHOT, `WebAssembly could not be started. This host ${why}. ${needed}`, 'Error');

  test('without WebAssembly', async () => {
    assert.deepEqual(await failed('delete globalThis.WebAssembly;'), notStarted('has no WebAssembly'));
  });

  // SSE4.1 is what V8 needs for simd128 there; elsewhere it cannot be taken away.
  test('without SIMD', { skip: process.arch !== 'x64' && 'V8 has a flag for it on x64 alone' }, async () => {
    const why = 'lacks features of WebAssembly (SIMD, reference types or multiple values)';
    assert.deepEqual(await failed('', '--no-enable-sse4-1'), notStarted(why));
  });

  const refusing = (error) => `WebAssembly.Module = class { constructor() { throw ${error}; } };`;

  test('that compiles small modules only, as Chrome before 115 does in a page', async () => {
    const words = 'WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 4KB.';
    const { detail } = await failed(refusing(`new RangeError('${words}')`));
    assert.equal(detail, notStarted(`compiles no WebAssembly of this size here (${words})`).detail);
  });

  test('that forbids it', async () => {
    const { detail } = await failed(refusing("new WebAssembly.CompileError('blocked by CSP')"));
    assert.match(detail, /`script-src` of its Content-Security-Policy has to have 'wasm-unsafe-eval'/);
    assert.match(detail, /\(blocked by CSP\)\. Needed are /);
  });
});

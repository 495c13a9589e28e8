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

// E2-2
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

// E2-3
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

describe('what lived in an instance is lost with it', () => {
  const little = '--wasm-max-mem-pages=256';
  const LOST = lost().detail;
  const objects = `
    const large = 'x'.repeat(10_000_000);
    const trapped = () => told(() => api.digest(large));
    const good = api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [item('a'), item('b')] });
    const merged = (base, more = {}) => Object.defineProperties(base, Object.getOwnPropertyDescriptors(more));
    const builderOf = (more) => new api.SnapshotBuilder({ packKey: 'p' }, merged({ actor: 'admin', pack }, more));
    const verifierOf = (more) => new api.SnapshotVerifier(merged({ record: good.record }, more));
    const all = (object) => ['add', 'addDigest', 'finish'].filter((name) => name in object)
      .map((name) => told(() => object[name](...(name === 'finish' ? [] : [item('a')]))).detail);
  `;
  const run = (source, ...flags) =>
    inChild(`${prelude} const api = await load(); ${objects} ${source}`, little, ...flags);

  test('a nested trap in a constructor: it fails, and so does every other that was there', async () => {
    const { outcomes, later, others } = await run(`
      const [builder, verifier] = [builderOf(), verifierOf()];
      builder.add(item('a'));
      const outcomes = [
        () => verifierOf({ get expect() { trapped(); return { hash: good.record.hash }; } }),
        () => builderOf({ get roles() { trapped(); return []; } }),
      ].map((make) => told(make));
      const others = [all(builder), all(verifier), builder.itemCount, builder.free(), told(() => builder.add(item('a'))).detail];
      verifier.free();
      report({ outcomes, others, later: snapshot([item('a'), item('b')]) === good.output.hash });`);
    assert.deepEqual(outcomes, [lost(), lost(SNAPSHOT)]);
    assert.deepEqual(others, [[LOST, LOST, LOST], [LOST, LOST], 1, null, null]);
    assert(later);
  });

  test('in the middle of add, of an iterator, and of a getter of the context', async () => {
    const { outcomes, passed, lists } = await run(`
      const trapping = (itemId) => ({ ...item(itemId), get content() { trapped(); return 'text'; } });
      const own = new Error('mine');
      const throwing = (itemId) => ({ ...item(itemId), get content() { trapped(); throw own; } });
      const [builder, verifier] = [builderOf(), verifierOf()];
      const outcomes = [told(() => builder.add(trapping('a')))];
      const last = verifierOf();
      outcomes.push(told(() => last.add(trapping('a'))));
      outcomes.push(told(() => snapshot([trapping('a')])));
      outcomes.push(told(() => snapshot(function* () { trapped(); yield item('a'); }())));
      outcomes.push(told(() => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', get pack() { trapped(); return pack; } })));
      outcomes.push(told(() => api.verifySnapshot({ record: good.record, items: [trapping('a')] })));
      let passed;
      try { snapshot([throwing('a')]); } catch (error) { passed = error === own; }
      report({ outcomes, passed, lists: [all(builder), all(verifier), all(last)] });`);
    assert.deepEqual(outcomes, [lost(), lost(), lost(SNAPSHOT), lost(SNAPSHOT), lost(SNAPSHOT), lost()]);
    assert.equal(passed, true, 'the host’s own exception stays what it is');
    assert.deepEqual(lists, [
      [LOST, LOST, LOST],
      [LOST, LOST],
      [LOST, LOST],
    ]);
  });

  test('a nested call after the trap fails at once', async () => {
    const { inner, outer } = await run(`
      const inner = [];
      const outer = told(() => snapshot([{ ...item('a'), get content() {
        const builder = builderOf();
        trapped();
        for (const call of [() => api.digest(1), () => verifierOf(), () => builder.add(item('a')), () => builder.free()]) {
          inner.push(told(call).detail ?? null);
        }
        return 'text';
      } }]));
      report({ inner, outer });`);
    assert.deepEqual(inner, [LOST, LOST, LOST, null]);
    assert.deepEqual(outer, lost(SNAPSHOT));
  });

  test('freed or finished in the middle of add', async () => {
    const outcomes = await run(`
      const builder = builderOf();
      const inTheMiddle = (what) => ({ ...item('a'), get content() { what(); return 'text'; } });
      const outcomes = [
        told(() => builder.add(inTheMiddle(() => builder.free()))).detail ?? null,
        told(() => builder.add(item('b'))).name ?? null,
      ];
      const other = builderOf();
      let finished;
      outcomes.push(told(() => other.add(inTheMiddle(() => { finished = other.finish(); }))).name);
      outcomes.push(finished.output.itemCount, told(() => other.finish()).name);
      report(outcomes);`);
    assert.deepEqual(outcomes, [null, 'Error', 'Error', 0, 'Error']);
  });

  // E0-2
  test('a stack that is full, and a clock that throws', async () => {
    const { names, lists, later } = await run(`
      const names = [];
      const lists = [];
      for (let round = 0; round < 30; round++) {
        const builder = builderOf();
        const deep = () => { try { return deep(); } catch { return snapshot([item('a'), item('b')]); } };
        try { deep(); } catch (error) { names.push(error.name); }
        const list = all(builder);
        lists.push(list.every((detail) => detail === '${LOST}') ? 'lost' : String(told(() => builder.finish()).name));
      }
      const { now } = Date;
      const clock = new Error('no clock');
      Date.now = () => { throw clock; };
      try { snapshot([]); } catch (error) { names.push(error === clock); }
      Date.now = now;
      report({ names: [...new Set(names)], lists: [...new Set(lists)], later: snapshot([item('a'), item('b')]) === good.output.hash });`);
    for (const name of names) assert(['RangeError', 'SnapshotError', true].includes(name), name);
    assert(names.includes(true));
    for (const list of lists) assert(['lost', 'Error'].includes(list), list);
    assert(later);
  });

  test('what nobody has any more is freed in its own instance alone', async () => {
    const { later, finished } = await run(
      `
      for (let round = 0; round < 20; round++) {
        for (let count = 0; count < 20; count++) { builderOf().add(item('a')); verifierOf(); }
        trapped();
        const kept = builderOf();
        kept.add(item('a'));
        kept.add(item('b'));
        gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (kept.finish().output.hash !== good.output.hash) throw new Error('another hash');
      }
      report({ later: snapshot([item('a'), item('b')]) === good.output.hash, finished: true });`,
      '--expose-gc',
    );
    assert(later && finished);
  });

  // Nested calls, traps, instances that cannot be made and full stacks, as a seed has them.
  for (const seed of [1, 2, 3, 4]) {
    test(`400 rounds of anything, seed ${seed}: no verdict is wrong, and what is lost stays lost`, async () => {
      const { counts, wrong } = await inChild(
        `${prelude}
        let refusals = 0;
        const Counted = WebAssembly.Instance;
        WebAssembly.Instance = class extends Counted {
          constructor(...args) {
            if (refusals > 0) { refusals--; throw new RangeError('no memory for it'); }
            super(...args);
          }
        };
        const api = await load();
        ${objects}
        let state = ${seed};
        const random = (below) => {
          state = (Math.imul(state, 1103515245) + 12345) >>> 0;
          return Math.floor((state / 2 ** 32) * below);
        };
        const LOST = '${LOST}';
        const evil = { ...item('b'), content: 'forged' };
        const stored = JSON.parse(JSON.stringify({ record: good.record, items: good.items }));
        const other = api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [evil] });
        const own = new Error('mine');
        const counts = { lost: 0, stopped: 0, verdicts: 0, passed: 0, refused: 0, overflows: 0 };
        const wrong = [];
        let live = [];
        const dead = [];
        const check = (holds, what) => { if (!holds) wrong.push(what); };
        const bury = () => { for (const one of live) { one.isLost = true; dead.push(one); } live = []; };
        /** Runs a call; what it returns, undefined if it failed as it may. */
        const attempt = (call, what) => {
          try { return call(); } catch (error) {
            if (error === own) { counts.passed++; return undefined; }
            if (error.name === 'RangeError') { counts.overflows++; live = []; return undefined; }
            if (error.code === 'INTERNAL_ERROR') {
              if (error.detail === LOST) counts.lost++;
              else if (error.detail.includes('could not be started')) counts.refused++;
              else { counts.stopped++; bury(); }
              return undefined;
            }
            // By an item that its own code added before.
            if (error.issues?.every(({ code }) => code === 'duplicate')) return undefined;
            if (error.constructor === Error && /^It (is finished|was freed)/.test(error.message)) return undefined;
            check(false, what + ': ' + error);
          }
        };
        const verdict = (found, expected, what) => {
          if (found === undefined) return;
          counts.verdicts++;
          check((found.valid ?? found) === expected, what + ': ' + JSON.stringify(found));
        };
        let depth = 0;
        /** An item whose own code does something, now and then. */
        const wild = (one) => random(3) > 0 ? one : { ...one, get content() {
          if (depth < 3) anything();
          if (random(12) === 0) throw own;
          return one.content;
        } };
        const wildly = (list) => random(2) === 0 ? list.map(wild) : function* () {
          for (const one of list) { if (random(4) === 0 && depth < 3) anything(); yield wild(one); }
        }();
        const hold = (make, more) => {
          const object = attempt(make, 'make');
          if (object === undefined) return;
          live.push({ object, isLost: false, added: [], isOver: false, ...more });
        };
        const one = () => live[random(live.length)];
        const ACTIONS = [
          () => verdict(attempt(() => api.verifySnapshot({ record: stored.record, items: wildly(stored.items) }), 'verify'), true, 'good'),
          () => verdict(attempt(() => api.verifySnapshot({ record: stored.record, items: wildly([stored.items[0], evil]) }), 'verify'), false, 'forged'),
          () => verdict(attempt(() => api.verifyItem(wild(evil), api.proveItem(good, 'b'), good.record.hash), 'item'), false, 'evil item'),
          () => verdict(attempt(() => api.verifyItem(wild(item('b')), api.proveItem(good, 'b'), good.record.hash), 'item'), true, 'item'),
          () => { const hash = attempt(() => snapshot(wildly([item('b'), item('a')])), 'snapshot'); check(hash === undefined || hash === good.output.hash, 'hash'); },
          () => hold(() => builderOf(), { kind: 'builder' }),
          () => hold(() => builderOf({ get roles() { if (depth < 3) anything(); return []; } }), { kind: 'builder' }),
          () => hold(() => verifierOf(), { kind: 'verifier', isOurs: true }),
          () => hold(() => verifierOf({ get expect() { if (depth < 3) anything(); return { hash: good.record.hash }; } }), { kind: 'verifier', isOurs: true }),
          () => hold(() => new api.SnapshotVerifier({ record: other.record }), { kind: 'verifier' }),
          ...Array(8).fill(() => {
            const held = one();
            if (held === undefined) return;
            const added = [item('a'), item('b'), evil][random(3)];
            if (held.added.some(({ itemId }) => itemId === added.itemId)) return;
            held.busy = (held.busy ?? 0) + 1;
            let isAdded = false;
            attempt(() => { held.object.add(wild(added)); isAdded = true; }, 'add');
            held.busy--;
            if (isAdded) {
              check(!held.isLost, 'added to what is lost');
              held.added.push(added);
            }
          }),
          ...Array(4).fill(() => {
            const held = one();
            if (held === undefined || held.busy > 0) return;
            const ids = held.added.map(({ itemId, content }) => itemId + content).sort().join();
            const isGood = ids === 'atext,btext';
            const found = attempt(() => held.object.finish(), 'finish');
            if (found === undefined) return;
            live = live.filter((other) => other !== held);
            if (held.kind === 'builder') check((found.output.hash === good.output.hash) === isGood && found.output.itemCount === held.added.length, 'finished');
            else verdict(found, held.isOurs ? isGood : ids === 'bforged', 'verifier of ' + ids);
          }),
          () => { const held = one(); if (held === undefined) return; held.object.free(); live = live.filter((other) => other !== held); },
          () => { attempt(() => api.digest(large), 'trap'); },
          () => { refusals = random(3); attempt(() => api.digest(large), 'trap'); },
          () => { if (depth > 0) return; const deep = () => { try { return deep(); } catch { depth = 3; return attempt(() => snapshot(wildly([item('a'), item('b')])), 'deep'); } }; try { deep(); } catch {} depth = 0; },
          () => {
            const held = dead[random(dead.length)];
            if (held === undefined) return;
            for (const name of ['add', 'addDigest', 'finish']) {
              if (!(name in held.object)) continue;
              const { detail } = told(() => name === 'finish' ? held.object.finish() : held.object[name](item('a')));
              check(detail === LOST, name + ' of what is lost: ' + detail);
            }
            check(held.kind !== 'builder' || held.object.itemCount === held.added.length, 'count');
          },
        ];
        const anything = () => {
          depth++;
          try { ACTIONS[random(ACTIONS.length)](); } finally { depth--; }
        };
        for (let round = 0; round < 400; round++) for (let call = 0; call < 5; call++) ACTIONS[random(ACTIONS.length)]();
        refusals = 0;
        check(snapshot([item('a'), item('b')]) === good.output.hash, 'in the end');
        report({ counts, wrong: wrong.slice(0, 5) });`,
        little,
      );
      assert.deepEqual(wrong, []);
      for (const kind of ['lost', 'stopped', 'verdicts', 'passed']) assert(counts[kind] > 20, JSON.stringify(counts));
    });
  }
});

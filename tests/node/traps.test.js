// Checks that a failure inside WebAssembly costs one call.
//
// Why: a trap leaves an instance in an undefined state. A server must find the next call working, without a restart.
//
// How: real traps. Memory runs out because V8 gets little of it and the packs are too large. A function of the module is
// replaced by one that traps, in the bytes that the package is about to compile, so that the shipped code knows nothing of
// tests. Hosts that cannot run the module are this one without the missing feature. tests/hosts has a Chromium whose page
// forbids WebAssembly.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inChild } from './support/child.js';

const values = `
  const pack = { packKey: 'p', version: '1', title: 't' };
  const item = (itemId, content = 'text') => ({ itemId, kind: 'k', sourceKey: 's', content });
  const snapshot = (items) => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items }).output.hash;
  const outcomeOf = (run) => {
    try { return { result: run() }; } catch (error) {
      const { code, status, operation, name, detail, retryable, cause } = error;
      return { known: error instanceof api.SnapshotError, code, status, operation: operation?.key, name, detail, retryable,
        cause: cause?.name };
    }
  };
  const load = () => import('@lssm-tech/lib.context-snapshot');
`;
/** Loads the package, and counts instances. */
const prelude = `${values}
  const instances = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) { super(...args); instances.push(this); }
  };
`;

const SNAPSHOT = 'context.pack.snapshot';

/** The error of a call that trapped, or could not begin. */
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
  ended(operation, 'WebAssembly stopped during this call (unreachable); the next call is not affected', 'RuntimeError');

const lost = (operation) =>
  ended(
    operation,
    'WebAssembly stopped during another call, and the state that this call needs is lost; start again',
    undefined,
  );

// E2-2
describe('memory that runs out costs one call', () => {
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
        outcomes.push(outcomeOf(run));
        later.push(snapshot([item('a')]));
      }
      report({ expected, outcomes, later, instances: instances.length });`,
      little,
    );
    assert.deepEqual(outcomes, [...Array(2).fill(stopped(SNAPSHOT)), ...Array(4).fill(stopped())]);
    assert.deepEqual(later, Array(6).fill(expected));
    assert.equal(instances, 7);
  });

  test('in a nested call', async () => {
    const { expected, outer, inner, later } = await inChild(
      `${prelude}
      const api = await load();
      const expected = snapshot([item('a')]);
      const inner = [];
      function* items() {
        inner.push(outcomeOf(() => api.digest('x'.repeat(10_000_000))));
        yield item('a');
      }
      const outer = outcomeOf(() => snapshot(items()));
      report({ expected, outer, inner, later: snapshot([item('a')]) });`,
      little,
    );
    assert.deepEqual(inner, [stopped()]);
    assert.equal(later, expected);
    assert.deepEqual(outer, lost(SNAPSHOT));
  });

  test('a thousand times, and nothing leaks', async () => {
    const { expected, later, grown } = await inChild(
      `${prelude}
      const api = await load();
      const expected = snapshot([item('a')]);
      const large = 'x'.repeat(10_000_000);
      const later = new Set();
      let before;
      for (let round = 0; round < 1000; round++) {
        instances.length = 0;
        outcomeOf(() => api.digest(large));
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

  test('if JavaScript has none left', async () => {
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
      // The buffer to which the words of items are copied.
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
      const outcomes = [outcomeOf(() => snapshot([item('a')]))];
      refuse = false;
      const expected = snapshot([item('a')]);
      refuse = true;
      outcomes.push(outcomeOf(() => api.digest('x'.repeat(10_000_000))), outcomeOf(() => snapshot([item('a')])));
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

describe('a bug costs one call', () => {
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
          outcomes.push(outcomeOf(broken));
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
describe('a host that cannot run the module imports it, and a call says why it fails', () => {
  const needed =
    'Required: Node.js 20, Chrome 115, Firefox 92, Safari 16.4, Deno 2, Bun 1.1 or later; ' +
    '@lssm-tech/lib.context-snapshot/verify needs no WebAssembly';
  const failed = async (before, ...flags) => {
    const { contract, outcomes } = await inChild(
      `${values}
      ${before}
      const api = await load();
      report({ contract: api.contract.key, outcomes: [1, 2].map(() => outcomeOf(() => snapshot([item('a')]))) });`,
      ...flags,
    );
    assert.equal(contract, SNAPSHOT);
    assert.deepEqual(outcomes[0], outcomes[1]);
    return outcomes[0];
  };
  const notStarted = (why) => ended(SNAPSHOT, `WebAssembly could not be started. This host ${why}. ${needed}`, 'Error');

  test('if there is no WebAssembly', async () => {
    assert.deepEqual(await failed('delete globalThis.WebAssembly;'), notStarted('has no WebAssembly'));
  });

  // V8 needs SSE4.1 for simd128 on x64; on other processors the feature cannot be turned off.
  test('if there is no SIMD', { skip: process.arch !== 'x64' && 'V8 has a flag for it on x64 alone' }, async () => {
    const why = 'lacks WebAssembly features (SIMD, reference types or multiple values)';
    assert.deepEqual(await failed('', '--no-enable-sse4-1'), notStarted(why));
  });

  const refusing = (error) => `WebAssembly.Module = class { constructor() { throw ${error}; } };`;

  test('if only small modules may be compiled synchronously, as in a page in Chrome before 115', async () => {
    const words = 'WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 4KB.';
    const { detail } = await failed(refusing(`new RangeError('${words}')`));
    assert.equal(detail, notStarted(`cannot compile WebAssembly of this size here (${words})`).detail);
  });

  test('if WebAssembly is forbidden', async () => {
    const { detail } = await failed(refusing("new WebAssembly.CompileError('blocked by CSP')"));
    assert.match(detail, /`script-src` of the Content-Security-Policy must include 'wasm-unsafe-eval'/);
    assert.match(detail, /\(blocked by CSP\)\. Required: /);
  });
});

describe('builders and verifiers of a broken instance are lost', () => {
  const little = '--wasm-max-mem-pages=256';
  const LOST = lost().detail;
  const objects = `
    const large = 'x'.repeat(10_000_000);
    const trapped = () => outcomeOf(() => api.digest(large));
    const good = api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [item('a'), item('b')] });
    const merged = (base, more = {}) => Object.defineProperties(base, Object.getOwnPropertyDescriptors(more));
    const builderOf = (more) => new api.SnapshotBuilder({ packKey: 'p' }, merged({ actor: 'admin', pack }, more));
    const verifierOf = (more) => new api.SnapshotVerifier(merged({ record: good.record }, more));
    const all = (object) => ['add', 'addDigest', 'finish'].filter((name) => name in object)
      .map((name) => outcomeOf(() => object[name](...(name === 'finish' ? [] : [item('a')]))).detail);
  `;
  const run = (source, ...flags) =>
    inChild(`${prelude} const api = await load(); ${objects} ${source}`, little, ...flags);

  test('after a nested trap in a constructor, with every other one there', async () => {
    const { outcomes, later, others } = await run(`
      const [builder, verifier] = [builderOf(), verifierOf()];
      builder.add(item('a'));
      const outcomes = [
        () => verifierOf({ get expect() { trapped(); return { hash: good.record.hash }; } }),
        () => builderOf({ get roles() { trapped(); return []; } }),
      ].map((make) => outcomeOf(make));
      const others = [all(builder), all(verifier), builder.itemCount, builder.free(), outcomeOf(() => builder.add(item('a'))).detail];
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
      const outcomes = [outcomeOf(() => builder.add(trapping('a')))];
      const last = verifierOf();
      outcomes.push(outcomeOf(() => last.add(trapping('a'))));
      outcomes.push(outcomeOf(() => snapshot([trapping('a')])));
      outcomes.push(outcomeOf(() => snapshot(function* () { trapped(); yield item('a'); }())));
      outcomes.push(outcomeOf(() => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', get pack() { trapped(); return pack; } })));
      outcomes.push(outcomeOf(() => api.verifySnapshot({ record: good.record, items: [trapping('a')] })));
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

  test('at once for a nested call after the trap', async () => {
    const { inner, outer } = await run(`
      const inner = [];
      const outer = outcomeOf(() => snapshot([{ ...item('a'), get content() {
        const builder = builderOf();
        trapped();
        for (const call of [() => api.digest(1), () => verifierOf(), () => builder.add(item('a')), () => builder.free()]) {
          inner.push(outcomeOf(call).detail ?? null);
        }
        return 'text';
      } }]));
      report({ inner, outer });`);
    assert.deepEqual(inner, [LOST, LOST, LOST, null]);
    assert.deepEqual(outer, lost(SNAPSHOT));
  });

  test('if they are freed or finished in the middle of add', async () => {
    const outcomes = await run(`
      const builder = builderOf();
      const inTheMiddle = (what) => ({ ...item('a'), get content() { what(); return 'text'; } });
      const outcomes = [
        outcomeOf(() => builder.add(inTheMiddle(() => builder.free()))).detail ?? null,
        outcomeOf(() => builder.add(item('b'))).name ?? null,
      ];
      const other = builderOf();
      let finished;
      outcomes.push(outcomeOf(() => other.add(inTheMiddle(() => { finished = other.finish(); }))).name);
      outcomes.push(finished.output.itemCount, outcomeOf(() => other.finish()).name);
      report(outcomes);`);
    assert.deepEqual(outcomes, [null, 'Error', 'Error', 0, 'Error']);
  });

  // E0-2
  test('but not by a full stack, or by a clock that throws', async () => {
    const { names, lists, later } = await run(`
      const names = [];
      const lists = [];
      for (let round = 0; round < 30; round++) {
        const builder = builderOf();
        const deep = () => { try { return deep(); } catch { return snapshot([item('a'), item('b')]); } };
        try { deep(); } catch (error) { names.push(error.name); }
        const list = all(builder);
        lists.push(list.every((detail) => detail === '${LOST}') ? 'lost' : String(outcomeOf(() => builder.finish()).name));
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

  test('and so are frozen items, even if the stack was too full to forget them', async () => {
    const { found, stopped } = await run(`
      const frozen = (itemId, content) => Object.freeze(item(itemId, content));
      const known = [frozen('a'), frozen('b')];
      const forged = [frozen('a', 'forged'), frozen('b', 'forged')];
      const { record } = api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: forged.map((one) => ({ ...one })) });
      const verified = (items) => api.verifySnapshot({ record, items }).valid;
      const found = [];
      let stopped = 0;
      const check = () => {
        snapshot(known);
        // In the next instance, others are the first.
        return () => found.push([verified(forged.map((one) => Object.freeze({ ...one }))), verified(known)].join());
      };
      // The last calls before a full stack stop at every depth of a call and of what follows it.
      const descend = (left, call, one, two, three, four) => left === 0 ? call() : descend(left - 1, call, one, two, three, four);
      for (const call of [() => api.digest(1), () => verified(known)]) {
        let depth = 1000;
        for (let isFull = false; !isFull; depth += 20) try { descend(depth, () => 0); } catch { isFull = true; }
        for (let passed = 0; passed < 5; depth--) {
          const after = check();
          try { descend(depth, call); passed++; } catch { stopped++; passed = 0; }
          after();
        }
      }
      report({ found: [...new Set(found)], stopped });`);
    assert(stopped > 20, `${stopped} calls`);
    assert.deepEqual(found, ['true,false']);
  });

  test('and so are frozen items, if a call was stopped while it noted them', async () => {
    const found = await inChild(`${values}
      import vm from 'node:vm';
      // Runs until the call is stopped: when the module notes the second item.
      let isEndless = false;
      let noted = 0;
      const { set } = WeakMap.prototype;
      WeakMap.prototype.set = function (key, value) {
        if (isEndless && noted++ === 1) for (;;);
        return set.call(this, key, value);
      };
      const api = await load();
      const frozen = (itemId, content) => Object.freeze(item(itemId, content));
      const known = [frozen('a'), frozen('b')];
      const forged = [frozen('a', 'forged'), frozen('b', 'forged')];
      const recordOf = (items) => api.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: items.map((one) => ({ ...one })) }).record;
      const record = recordOf(forged.slice(0, 1));
      isEndless = true;
      let code;
      try { vm.runInNewContext('call()', { call: () => snapshot(known) }, { timeout: 100 }); } catch (error) { ({ code } = error); }
      isEndless = false;
      const valid = [forged, known].map(([one]) => api.verifySnapshot({ record, items: [one] }).valid);
      report({ code, noted, valid });`);
    assert.deepEqual(found, { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT', noted: 2, valid: [true, false] });
  });

  test('and unreachable ones are only freed in their own instance', async () => {
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

  // Nested calls, traps, failed instantiations and full stacks, in random order.
  for (const seed of [1, 2, 3, 4]) {
    test(`stays correct in 400 random rounds, seed ${seed}: no verdict is wrong, and lost objects stay lost`, async () => {
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
        const loseAll = () => { for (const one of live) { one.isLost = true; dead.push(one); } live = []; };
        /** Runs a call; returns its result, or undefined if it failed in an allowed way. */
        const attempt = (call, what) => {
          try { return call(); } catch (error) {
            if (error === own) { counts.passed++; return undefined; }
            if (error.name === 'RangeError') { counts.overflows++; live = []; return undefined; }
            if (error.code === 'INTERNAL_ERROR') {
              if (error.detail === LOST) counts.lost++;
              else if (error.detail.includes('could not be started')) counts.refused++;
              else { counts.stopped++; loseAll(); }
              return undefined;
            }
            // Its own code has added the same item before.
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
        /** Makes an item whose own code does something, now and then. */
        const withOwnCode = (one) => random(3) > 0 ? one : { ...one, get content() {
          if (depth < 3) anything();
          if (random(12) === 0) throw own;
          return one.content;
        } };
        const eachWithOwnCode = (list) => random(2) === 0 ? list.map(withOwnCode) : function* () {
          for (const one of list) { if (random(4) === 0 && depth < 3) anything(); yield withOwnCode(one); }
        }();
        const hold = (make, more) => {
          const object = attempt(make, 'make');
          if (object === undefined) return;
          live.push({ object, isLost: false, added: [], isOver: false, ...more });
        };
        const one = () => live[random(live.length)];
        const ACTIONS = [
          () => verdict(attempt(() => api.verifySnapshot({ record: stored.record, items: eachWithOwnCode(stored.items) }), 'verify'), true, 'good'),
          () => verdict(attempt(() => api.verifySnapshot({ record: stored.record, items: eachWithOwnCode([stored.items[0], evil]) }), 'verify'), false, 'forged'),
          () => verdict(attempt(() => api.verifyItem(withOwnCode(evil), api.proveItem(good, 'b'), good.record.hash), 'item'), false, 'evil item'),
          () => verdict(attempt(() => api.verifyItem(withOwnCode(item('b')), api.proveItem(good, 'b'), good.record.hash), 'item'), true, 'item'),
          () => { const hash = attempt(() => snapshot(eachWithOwnCode([item('b'), item('a')])), 'snapshot'); check(hash === undefined || hash === good.output.hash, 'hash'); },
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
            attempt(() => { held.object.add(withOwnCode(added)); isAdded = true; }, 'add');
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
          () => { if (depth > 0) return; const deep = () => { try { return deep(); } catch { depth = 3; return attempt(() => snapshot(eachWithOwnCode([item('a'), item('b')])), 'deep'); } }; try { deep(); } catch {} depth = 0; },
          () => {
            const held = dead[random(dead.length)];
            if (held === undefined) return;
            for (const name of ['add', 'addDigest', 'finish']) {
              if (!(name in held.object)) continue;
              const { detail } = outcomeOf(() => name === 'finish' ? held.object.finish() : held.object[name](item('a')));
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

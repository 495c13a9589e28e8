// Why: a tracer must never change a result, and nobody needs one. How: tracers that fail in every way, and the entry as it is published, which
// imports nothing else than the main entry. tests/agents has the real SDK of OpenTelemetry.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { createSnapshotHandler } from '@lssm-tech/lib.context-snapshot/runtime';
import { SavingStore } from './support/memory.js';
import { admin, errorOf, input, makeItems, pack } from './support/packs.js';

const handlerOf = (more) => {
  const store = new SavingStore(pack);
  return { store, snapshot: createSnapshotHandler({ store, loadItems: () => makeItems(), ...more }) };
};
const fail = () => {
  throw new Error('The tracer fails');
};
/** A span that keeps what it gets. */
const newSpan = (more) => {
  const span = { attributes: {}, ended: 0, ...more };
  span.isRecording ??= () => true;
  span.setAttributes ??= (attributes) => Object.assign(span.attributes, attributes);
  span.setStatus ??= (status) => {
    span.status = status;
  };
  span.end ??= () => {
    span.ended++;
  };
  return span;
};

describe('a tracer that fails', () => {
  const failing = { isRecording: fail, setAttributes: fail, setStatus: fail, end: fail };
  const tracers = {
    'throws at once': fail,
    'throws after it called': (_, run) => {
      run(newSpan());
      fail();
    },
    'never calls': () => undefined,
    'calls later': (_, run) => void setTimeout(() => run(newSpan()), 5),
    'calls twice': (_, run) => {
      run(newSpan());
      return run(newSpan());
    },
    'gives no span': (_, run) => run(),
    'gives a number for a span': (_, run) => run(1),
    'gives a span without methods': (_, run) => run({}),
    'gives a span that throws': (_, run) => run(failing),
    'returns a promise of its own that is rejected': (_, run) => run(newSpan()).then(fail, fail),
  };
  for (const [how, startActiveSpan] of Object.entries(tracers)) {
    test(`changes no result: it ${how}`, async () => {
      const { store, snapshot } = handlerOf({ tracer: { startActiveSpan } });
      const { itemCount } = await snapshot(input, admin);
      assert.equal(itemCount, 3);
      const refused = await errorOf(snapshot(input, { actor: 'user' }));
      assert.equal(refused.code, 'FORBIDDEN');
      // Long enough for a late call, and for a rejection that nobody handles.
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(store.snapshots.size, 1);
    });
  }
});

test('the span is called as a method of its tracer, has the name of the operation, and is ended once', async () => {
  const spans = [];
  const tracer = {
    startActiveSpan(name, run) {
      assert.equal(this, tracer);
      assert.equal(name, 'context.pack.snapshot');
      spans.push(newSpan());
      return run(spans.at(-1));
    },
  };
  const { snapshot } = handlerOf({ tracer });
  await snapshot(input, admin);
  await errorOf(snapshot(input, {}));
  assert.deepEqual(
    spans.map(({ ended, status }) => [ended, status]),
    [
      [1, undefined],
      [1, { code: 2 }],
    ],
  );
});

test('the code of a host’s own problem is bounded', async () => {
  const span = newSpan();
  const problem = { type: '', title: '', code: 'X\n'.repeat(1000), category: '', status: 418, retryable: false };
  const loadItems = () => Promise.reject(problem);
  const { snapshot } = handlerOf({ loadItems, tracer: { startActiveSpan: (_, run) => run(span) } });
  assert.equal(await errorOf(snapshot(input, admin)), problem);
  const ends = 'X\\u000a'.repeat(18);
  assert.equal(span.attributes['error.type'], `${ends}X…${ends}`);
});

test('members that somebody added to Object.prototype are no attributes', async () => {
  const span = newSpan();
  const { snapshot } = handlerOf({ tracer: { startActiveSpan: (_, run) => run(span) } });
  Object.prototype.code = 'added';
  Object.prototype.bytes = 7;
  try {
    await snapshot(input, admin);
  } finally {
    delete Object.prototype.code;
    delete Object.prototype.bytes;
  }
  assert.equal(span.attributes['error.type'], undefined);
  assert(span.attributes['context_snapshot.bytes'] > 100);
});

test('the items are not counted for a span that nobody records', async () => {
  const span = newSpan({ isRecording: () => false });
  const { snapshot } = handlerOf({ tracer: { startActiveSpan: (_, run) => run(span) } });
  await snapshot(input, admin);
  assert.equal(span.attributes['context_snapshot.bytes'], undefined);
});

test('what is not a tracer is refused when the handler is made', () => {
  for (const tracer of [null, 'x', 1, {}, { startSpan() {} }, { startActiveSpan: 1 }]) {
    assert.throws(() => handlerOf({ tracer }), { name: 'TypeError', message: /^tracer must be a Tracer/ });
  }
  handlerOf({ tracer: undefined });
});

test('nothing of OpenTelemetry is imported', () => {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@lssm-tech/lib.context-snapshot/runtime');
  for (const file of [entry, entry.replace(/\.cjs$/, '.js')]) {
    const text = readFileSync(file, 'utf8');
    assert(!text.includes('@opentelemetry/'), file);
    const imported = [...text.matchAll(/(?:\bfrom|\brequire\(|\bimport\()\s*["']([^"']+)["']/g)].map(
      ([, name]) => name,
    );
    assert(imported.length > 0, file);
    assert.deepEqual([...new Set(imported)], ['@lssm-tech/lib.context-snapshot']);
  }
});

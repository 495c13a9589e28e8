// Why: a trace is read by many people and kept elsewhere, so it must say which context a run had, and nothing that is in it. How: the handler of the
// example under the real SDK of OpenTelemetry, whose exporter keeps all spans; they are searched for what must not be in them.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { example, items, load, newStore, pack } from './support/agents.js';

const SECRET = 'opensesame';
const secretItems = [{ ...items[0], content: SECRET, metadata: { [SECRET]: SECRET } }, items[1]];
const admin = { actor: 'admin', userId: SECRET, tenantId: SECRET };

let api;
let exporter;
let provider;
let createTracedHandler;
before(async () => {
  api = await load('@opentelemetry/api');
  const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await load(
    '@opentelemetry/sdk-trace-base',
  );
  const { AsyncLocalStorageContextManager } = await load('@opentelemetry/context-async-hooks');
  exporter = new InMemorySpanExporter();
  provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  api.trace.setGlobalTracerProvider(provider);
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  ({ createTracedHandler } = await example('tracing.ts'));
});
beforeEach(() => exporter.reset());
after(() => provider.shutdown());

/** Returns the only span, after checking that it is ended and says nothing that is secret. */
function onlySpan() {
  const spans = exporter.getFinishedSpans();
  assert.equal(spans.length, 1);
  const [span] = spans;
  assert.equal(span.name, 'context.pack.snapshot');
  const { attributes, status, events, links } = span;
  assert(!JSON.stringify({ attributes, status, events, links }).includes(SECRET));
  assert.deepEqual([events, links], [[], []]);
  return span;
}

describe('a span', () => {
  test('says hash, number, bytes, pack and outcome of a snapshot, and that of its retry', async () => {
    const { store } = await newStore();
    const snapshot = createTracedHandler({ store, loadItems: () => secretItems });
    const input = { packKey: pack.packKey, reason: SECRET, requestedBy: SECRET, metadata: { [SECRET]: SECRET } };
    const ctx = { ...admin, idemKey: SECRET };
    const { snapshotId, hash } = await snapshot(input, ctx);
    const expected = {
      'context_snapshot.pack_key': 'shop.docs',
      'context_snapshot.pack_version': '1.0.0',
      'context_snapshot.id': snapshotId,
      'context_snapshot.hash': hash,
      'context_snapshot.item_count': 2,
    };
    const json = (await store.listSnapshotItems(snapshotId)).map(({ createdAt, snapshotId: _, ...item }) =>
      JSON.stringify(item),
    );
    const bytes = json.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const { attributes, status } = onlySpan();
    assert.deepEqual(attributes, {
      ...expected,
      'context_snapshot.bytes': bytes,
      'context_snapshot.outcome': 'created',
    });
    assert.deepEqual(status, { code: api.SpanStatusCode.UNSET });

    exporter.reset();
    assert.equal((await snapshot(input, ctx)).hash, hash);
    assert.deepEqual(onlySpan().attributes, { ...expected, 'context_snapshot.outcome': 'replayed' });
    store.close();
  });

  test('says the code of a refusal, but nothing of a caller who may not call', async () => {
    const { store } = await newStore();
    const isFailing = new Error(SECRET);
    for (const [loadItems, input, ctx, code, attributes] of [
      [() => secretItems, { packKey: SECRET }, {}, 'UNAUTHENTICATED', {}],
      [() => secretItems, { packKey: SECRET }, { ...admin, actor: 'user' }, 'FORBIDDEN', {}],
      [() => secretItems, { packKey: { [SECRET]: 1 } }, admin, 'VALIDATION_FAILED', {}],
      [() => secretItems, { packKey: 'none', packVersion: '9' }, admin, 'NOT_FOUND', { key: 'none', version: '9' }],
      [
        () => [{ ...secretItems[0], kind: '' }],
        { packKey: pack.packKey },
        admin,
        'VALIDATION_FAILED',
        { key: pack.packKey },
      ],
      [() => Promise.reject(isFailing), { packKey: pack.packKey }, admin, 'SERVICE_UNAVAILABLE', { key: pack.packKey }],
    ]) {
      exporter.reset();
      const error = await createTracedHandler({ store, loadItems })(input, ctx).catch((one) => one);
      assert(error instanceof SnapshotError);
      const span = onlySpan();
      assert.deepEqual(span.attributes, {
        ...(attributes.key && { 'context_snapshot.pack_key': attributes.key }),
        ...(attributes.version && { 'context_snapshot.pack_version': attributes.version }),
        'context_snapshot.outcome': 'refused',
        'error.type': code,
      });
      // Without a message.
      assert.deepEqual(span.status, { code: api.SpanStatusCode.ERROR });
    }
    store.close();
  });

  test('has bounded names on one line', async () => {
    const { store } = await newStore();
    const packKey = `\u001b[2J\n${'k'.repeat(100_000)}`;
    await store.upsertPack({ ...pack, packKey, version: '\u202e2' });
    await createTracedHandler({ store, loadItems: () => [] })({ packKey }, admin);
    const { attributes } = onlySpan();
    // As in messages (E6.2-1, E6.2-2): the key is 256 units, with the middle left out.
    const key = attributes['context_snapshot.pack_key'];
    assert.match(key, /^\\u001b\[2J\\u000ak{100,}…k{100,}$/);
    assert(key.length <= 258, `${key.length}`);
    assert.equal(attributes['context_snapshot.pack_version'], '\\u202e2');
    store.close();
  });

  test('is the parent of the spans of loadItems, also of a stream, and a child of the run', async () => {
    const { store } = await newStore();
    const tracer = api.trace.getTracer('test');
    async function* loadItems() {
      const span = tracer.startSpan('load');
      yield* items;
      span.end();
    }
    const snapshot = createTracedHandler({ store, loadItems });
    const output = await tracer.startActiveSpan('run', async (span) => {
      const result = await snapshot({ packKey: pack.packKey }, { actor: 'admin' });
      span.end();
      return result;
    });
    const [load, own, run] = exporter.getFinishedSpans();
    assert.deepEqual([load.name, own.name, run.name], ['load', 'context.pack.snapshot', 'run']);
    assert.equal(load.parentSpanContext.spanId, own.spanContext().spanId);
    assert.equal(own.parentSpanContext.spanId, run.spanContext().spanId);
    // A stream goes to the store at once, so nobody counts its bytes.
    assert.equal(own.attributes['context_snapshot.bytes'], undefined);
    assert.equal(own.attributes['context_snapshot.item_count'], 2);
    // The record names the trace.
    const { metadata } = await store.getSnapshot(output.snapshotId);
    assert.equal(metadata.$snapshot.traceId, run.spanContext().traceId);
    store.close();
  });

  test('of calls at the same time is each its own', async () => {
    const { store } = await newStore();
    const snapshot = createTracedHandler({ store, loadItems: () => items });
    const outputs = await Promise.all(
      Array.from({ length: 20 }, () => snapshot({ packKey: pack.packKey }, { actor: 'admin' })),
    );
    const ids = exporter.getFinishedSpans().map(({ attributes }) => attributes['context_snapshot.id']);
    assert.deepEqual(ids.sort(), outputs.map(({ snapshotId }) => snapshotId).sort());
    store.close();
  });
});

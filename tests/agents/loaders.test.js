// Why: an agent must get exactly the items of the snapshot that its run has noted, or nothing. How: the loaders of the examples over a file of
// SQLite, with the real AI SDK and LangChain; only the model is a stand-in, which records what it was given.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { createSnapshotHandler } from '@lssm-tech/lib.context-snapshot/runtime';
import { example, items, load, newStore, pack, stored, tamper } from './support/agents.js';

let contextMessage;
let snapshotLoader;
let lockContext;
let startRun;
let MockLanguageModelV4;
before(async () => {
  ({ contextMessage } = await example('ai-sdk.ts'));
  ({ snapshotLoader } = await example('langchain.ts'));
  ({ lockContext, startRun } = await example('run.ts'));
  ({ MockLanguageModelV4 } = await load('ai/test'));
});

const newModel = () =>
  new MockLanguageModelV4({
    doGenerate: async () => ({
      content: [{ type: 'text', text: 'We open at 9.' }],
      finishReason: { unified: 'stop', raw: undefined },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 1, text: 1, reasoning: undefined },
      },
      warnings: [],
    }),
  });
const other = `sha256:${'0'.repeat(64)}`;
const CHANGE = "update snapshot_body set text = replace(text, 'from 9', 'from 8') where text like '%from 9%'";

/** Both loaders, as functions. */
const loaders = {
  'the AI SDK': async (...source) => {
    const { role, content } = await contextMessage(...source);
    assert.equal(role, 'user');
    return content.map(({ text }) => digestItem(text));
  },
  LangChain: async (...source) =>
    (await snapshotLoader(...source).load()).map(({ metadata: { itemId, digest } }) => ({ itemId, digest })),
};

for (const [name, read] of Object.entries(loaders)) {
  describe(`a loader for ${name}`, () => {
    test('gives exactly the items of the snapshot', async () => {
      const { store } = await newStore();
      const { record, index } = await stored(store);
      await stored(store, { items: items.slice(1) });
      const loaded = await read(store, record.snapshotId, { hash: record.hash });
      assert.deepEqual(
        loaded.map(({ itemId, digest }) => ({ itemId, digest })),
        index.map(({ itemId, digest }) => ({ itemId, digest })),
      );
      store.close();
    });

    test('gives nothing of a snapshot without items, and of any number of them all', async () => {
      const { store } = await newStore();
      for (const count of [0, 1, 1001]) {
        const many = Array.from({ length: count }, (_, at) => ({ ...items[1], itemId: `i-${at}` }));
        const { record } = await stored(store, { items: many });
        assert.equal((await read(store, record.snapshotId, { hash: record.hash })).length, count);
      }
      store.close();
    });

    test('refuses a snapshot that is not there, is another one, or was changed', async () => {
      const { file, store } = await newStore();
      const { record } = await stored(store);
      const { snapshotId, hash } = record;
      await assert.rejects(read(store, 'none', { hash }), { code: 'NOT_FOUND' });
      await assert.rejects(read(store, snapshotId, { hash: other }), { code: 'CONFLICT' });
      for (const nothing of [{}, { hash: undefined }, undefined]) {
        await assert.rejects(read(store, snapshotId, nothing), { code: 'PRECONDITION_FAILED' });
      }
      tamper(file, CHANGE);
      await assert.rejects(read(store, snapshotId, { hash }), { code: 'PRECONDITION_FAILED' });
      store.close();
    });

    test('refuses what is changed between its verification and its reading', async () => {
      const { file, store } = await newStore();
      const { record } = await stored(store);
      let reads = 0;
      const changing = new Proxy(store, {
        get(target, method) {
          const member = target[method];
          if (typeof member !== 'function') return member;
          return (...args) => {
            // The verification reads the items, and then that there are no more.
            if (method === 'listSnapshotItems' && ++reads === 3) assert.equal(tamper(file, CHANGE), 1);
            return member.apply(target, args);
          };
        },
      });
      const error = await read(changing, record.snapshotId, { hash: record.hash }).catch((one) => one);
      assert.equal(reads, 3);
      assert.equal(error.code, 'PRECONDITION_FAILED');
      assert.match(error.detail, /changed while it was read/);
      store.close();
    });
  });
}

test('LangChain’s documents have the content as text, and name item and snapshot', async () => {
  const { store } = await newStore();
  const { record } = await stored(store);
  const { snapshotId, hash } = record;
  const documents = await snapshotLoader(store, snapshotId, { hash }).load();
  assert.deepEqual([...new Set(documents.map((one) => one.constructor.name))], ['Document']);
  assert.deepEqual(
    documents.map(({ pageContent }) => pageContent),
    ['Open from 9 to 5.', '{"cake":0,"note":"a\\u0000b","tea":2.5}'],
  );
  assert.deepEqual(
    documents.map(({ metadata: { digest, ...others } }) => others),
    items.map(({ itemId, kind, sourceKey }) => ({ snapshotId, hash, itemId, kind, sourceKey })),
  );
  store.close();
});

describe('a run', () => {
  const handlerOf = (store, content = items) => createSnapshotHandler({ store, loadItems: () => content });

  test('gives the model the items of its snapshot and the task, and nothing else', async () => {
    const { store } = await newStore();
    const run = await lockContext(handlerOf(store), 'run-1', pack.packKey);
    const model = newModel();
    assert.equal(await startRun(store, run, model, 'When do you open?'), 'We open at 9.');
    const [{ prompt }] = model.doGenerateCalls;
    assert.deepEqual(
      prompt.map(({ role }) => role),
      ['user', 'user'],
    );
    const texts = prompt.map(({ content }) => content.map(({ type, text }) => type === 'text' && text));
    const index = await store.snapshotIndex(run.contextSnapshotId);
    assert.deepEqual(
      texts[0].map((text) => digestItem(text).digest),
      index.map(({ digest }) => digest),
    );
    assert.deepEqual(texts[1], ['When do you open?']);
    store.close();
  });

  test('keeps its context: locked again, it has the first snapshot, although the pack has changed', async () => {
    const { store } = await newStore();
    const run = await lockContext(handlerOf(store), 'run-1', pack.packKey);
    assert.deepEqual(await lockContext(handlerOf(store, items.slice(1)), 'run-1', pack.packKey), run);
    const next = await lockContext(handlerOf(store, items.slice(1)), 'run-2', pack.packKey);
    assert.notEqual(next.contextHash, run.contextHash);
    store.close();
  });

  test('is refused if its context is another one, and the model is not called', async () => {
    const { file, store } = await newStore();
    const run = await lockContext(handlerOf(store), 'run-1', pack.packKey);
    const next = await lockContext(handlerOf(store, items.slice(1)), 'run-2', pack.packKey);
    const model = newModel();
    const swapped = { ...run, contextSnapshotId: next.contextSnapshotId };
    const error = await startRun(store, swapped, model, 'When do you open?').catch((one) => one);
    assert.deepEqual([error.code, error.status], ['CONFLICT', 409]);
    assert.deepEqual(error.args, { snapshotId: next.contextSnapshotId, hash: next.contextHash });
    const lost = { ...run, contextSnapshotId: 'none' };
    await assert.rejects(startRun(store, lost, model, 'When?'), { code: 'NOT_FOUND' });
    tamper(file, CHANGE);
    await assert.rejects(startRun(store, run, model, 'When?'), { code: 'PRECONDITION_FAILED' });
    assert.equal(model.doGenerateCalls.length, 0);
    // The other snapshot has not that item, and its run goes on.
    assert.equal(await startRun(store, next, model, 'When?'), 'We open at 9.');
    store.close();
  });
});

// Measures the preview worker in Chromium with 50,000 items: `node bench/studio.js`. Fails if a task of the page takes longer than 50 ms, from
// which on people notice that it does not react.
//
// How: the browser reports such tasks itself (Long Tasks API). The items are in a Blob before the clock starts, as a dropped file is.

import assert from 'node:assert/strict';
import { INPUT, itemsText, PACK, plainPage, START, studio } from '../tests/studio/support/page.js';

const COUNT = 50_000;
const host = await studio({ '/plain': plainPage() });
try {
  const tab = await host.open('/plain');
  await tab.evaluate(START);
  await tab.evaluate(
    ([text, input, pack]) => {
      Object.assign(globalThis, { file: new Blob([text]), input, pack });
    },
    [itemsText(COUNT), INPUT, PACK],
  );
  const { long, times } = await tab.evaluate(async () => {
    const { file, input, pack, worker } = globalThis;
    // What the set-up did is not measured.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const long = [];
    const observer = new PerformanceObserver((entries) =>
      long.push(...entries.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ entryTypes: ['longtask'] });
    const times = {};
    const timed = async (name, work) => {
      const start = performance.now();
      const result = await work();
      times[name] = performance.now() - start;
      return result;
    };
    const preview = (list) => list.preview(input, { actor: 'user', pack });
    await timed('start', () => worker.call('canonicalizeJson', '{}'));
    const list = await timed('read and hash', () => worker.read(file, { onProgress: () => {} }));
    const { manifest } = await timed('preview', () => preview(list));
    const { rows } = await timed('page of rows, by size', () => list.rows({ sort: 'bytes' }));
    const text = JSON.stringify({ itemId: rows[0].itemId, kind: 'k', sourceKey: 's', content: 'edited' });
    const next = await timed('edit', () => list.edit({ put: [{ row: rows[0].row, text }] }));
    const after = await timed('preview after it', () => preview(next));
    const contents = [
      { manifest, items: list },
      { manifest: after.manifest, items: next },
    ];
    await timed('differences', () => worker.diff(...contents));
    await timed('proof', () => list.prove(rows[1].row, manifest));
    const { record, items } = await timed('snapshot', () => list.snapshot(input, { actor: 'admin', pack }));
    const stored = await timed('read of a store', () => worker.read(items, { stored: true }));
    await timed('verification', () => stored.verify({ record, expect: { hash: record.hash } }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { long, times };
  });
  console.log(`Preview worker, ${COUNT.toLocaleString('en')} items, milliseconds`);
  for (const [name, time] of Object.entries(times)) console.log(`  ${name.padEnd(24)} ${time.toFixed(0).padStart(7)}`);
  assert.deepEqual(long, [], 'no task of the page takes longer than 50 ms');
  console.log('  no task of the page took longer than 50 ms');
} finally {
  await host.close();
}

// Measures proving, verifying, comparing, previewing and streaming: `node bench/audit.js [--rounds N]`.
//
// How: interleaved rounds in one process (`measure.js`). What happens only in a first call is measured once.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  diffSnapshots,
  previewPack,
  proveItem,
  SnapshotBuilder,
  snapshotPack,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import { mixedPack } from './corpus.js';
import { lines, measure, median } from './measure.js';
import { onThisNode, options, write } from './parts.js';

const { rounds = 30 } = options();
const facts = {};
const timings = {};

function timed(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

async function compare(title, variants) {
  const measured = await measure(variants, { rounds, warmUp: 5 });
  timings[title] = measured.results;
  console.log(`${title}; medians (and quartiles) of ${measured.rounds} rounds`);
  console.log(`${lines(measured).join('\n')}\n`);
}

const fact = (name, value) => {
  console.log(`  ${name.padEnd(56)} ${value}`);
  facts[name] = value;
};

const pack = { packKey: 'bench', version: '1', title: 'Benchmark' };
const context = { actor: 'admin', snapshotId: 's', now: new Date(0), pack };
const idOf = (number) => `docs/item-${String(number).padStart(7, '0')}`;
const itemOf = (number) => ({ itemId: idOf(number), kind: 'docblock', sourceKey: 'docs', content: `Body ${number}.` });

/** Builds a snapshot of `count` items. Only some are real items; the others are added as digests. */
function snapshotOf(count, changed = () => '') {
  const builder = new SnapshotBuilder({ packKey: 'bench' }, context);
  const proven = Math.floor(count / 3);
  for (let number = 0; number < count; number++) {
    if (number === proven) {
      builder.add(itemOf(number));
      continue;
    }
    const digest = `sha256:${createHash('sha256')
      .update(`${number}${changed(number)}`)
      .digest('hex')}`;
    builder.addDigest({ itemId: idOf(number), digest, kind: 'docblock', sourceKey: 'docs' });
  }
  const snapshot = builder.finish();
  builder.free();
  return { snapshot, item: itemOf(proven) };
}

// This runs first, before the heap holds a million entries.
{
  const { input, ctx } = mixedPack(1000);
  const snapshot = snapshotPack(input, ctx);
  const { record, items: known, index } = snapshot;
  // As a store gives them: the package knows those of the snapshot by their identity.
  const items = structuredClone(known);
  const changed = snapshotPack(input, { ...ctx, items: ctx.items.slice(1) });
  await compare('1,000 mixed items', {
    snapshotPack: () => snapshotPack(input, ctx),
    verifySnapshot: () => assert(verifySnapshot({ record, items }).valid),
    'verifySnapshot with an index': () => assert(verifySnapshot({ record, items, index }).valid),
    'verifySnapshot of the items of the snapshot': () => assert(verifySnapshot({ record, items: known }).valid),
    previewPack: () => previewPack(input, ctx),
    'previewPack against another': () => previewPack(input, { ...ctx, against: changed }),
    'SnapshotBuilder, item by item': () => {
      const builder = new SnapshotBuilder(input, ctx);
      for (const item of ctx.items) builder.add(item);
      builder.finish();
      builder.free();
    },
  });
}

{
  const before = snapshotOf(100_000).snapshot;
  const after = snapshotOf(100_000, (number) => (number % 1000 === 0 ? 'changed' : '')).snapshot;
  const [plainBefore, plainAfter] = [before, after].map(({ manifest, index }) => ({
    manifest,
    index: JSON.parse(JSON.stringify(index)),
  }));
  assert.equal(diffSnapshots(before, after).changed.length, 100);
  await compare('Difference of two indexes of 100,000 entries, 100 of them changed', {
    'node:util isDeepStrictEqual (of equal arrays)': () => assert(isDeepStrictEqual(plainBefore.index, before.index)),
    'diffSnapshots, indexes of ours': () => diffSnapshots(before, after),
    'diffSnapshots, indexes of JSON.parse': () => diffSnapshots(plainBefore, plainAfter),
  });
  console.log('  The first time for an index that is not ours, its tree is computed as well:');
  const copy = () => JSON.parse(JSON.stringify(before.index));
  const [one, other] = [copy(), copy()];
  fact(
    'diffSnapshots, two indexes never seen before',
    `${timed(() => {
      diffSnapshots({ ...plainBefore, index: one }, { ...plainBefore, index: other });
    }).toFixed(0)} ms`,
  );
  console.log();
}

{
  console.log('A proof of one item among 1,000,000');
  const { snapshot, item } = snapshotOf(1_000_000);
  const stored = { manifest: snapshot.manifest, index: JSON.parse(JSON.stringify(snapshot.index)) };
  let proof;
  fact('first, from an index of ours', `${timed(() => (proof = proveItem(snapshot, item.itemId))).toFixed(0)} ms`);
  fact('first, from an index of JSON.parse', `${timed(() => proveItem(stored, item.itemId)).toFixed(0)} ms`);
  const { manifest, ...rest } = proof;
  fact('hashes', proof.path.length);
  fact('bytes of JSON beside the manifest', JSON.stringify(rest).length);
  assert(verifyItem(item, proof, snapshot.manifest && proof.hash));
  const ids = Array.from({ length: 1000 }, (_, at) => idOf((at * 7919) % 1_000_000));
  const each = (run) => {
    const times = ids.map((id) => timed(() => run(id)));
    return median(times.slice(100));
  };
  fact('each later one', `${(each((id) => proveItem(snapshot, id)) * 1000).toFixed(0)} µs`);
  fact('each later one, from an index of JSON.parse', `${(each((id) => proveItem(stored, id)) * 1000).toFixed(0)} µs`);
  fact('checked', `${(each(() => verifyItem(item, proof, proof.hash)) * 1000).toFixed(0)} µs`);
  console.log();
}

write('audit', { machine: onThisNode(), facts, timings });

// The measuring program. It runs unchanged in every engine; only its loaders differ (`local.js`, `page.js`).
//
// How: a task is plain JSON, and so is its result. The loader gives the host: the engine's name, its hashes, the peer's module,
// and a way to read files and to print.

import { previewPack, proveItem, SnapshotBuilder, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { corpora, kilobyteItems } from './corpus.js';
import { lines, measure, median } from './measure.js';
import { FROZEN, OURS, partlyChanged } from './ours.js';
import { random } from './random.js';
import { measureCorpus, withRounds } from './suite.js';

const input = { packKey: 'bench' };
const pack = { packKey: 'bench', version: '1', title: 'Benchmark' };
const ctx = { actor: 'admin', snapshotId: 's', now: new Date(0), pack };

/** The whole bill of a corpus. */
async function corpus({ corpus: name, rounds }, host) {
  const { files, make, ...options } = corpora[name];
  const pack = make(files && (await host.files(files)));
  return measureCorpus(withRounds(options, rounds), pack, host);
}

/** A preview of many items of an earlier snapshot, one of which was changed. */
async function preview({ count = 50_000, rounds = 5 }, host) {
  const item = kilobyteItems();
  const items = Array.from({ length: count }, (_, number) => item(number));
  const earlier = snapshotPack(input, { ...ctx, items });
  const at = Math.floor(count / 3);
  const next = [...earlier.items];
  next[at] = { ...items[at], content: 'Changed.' };
  const against = { manifest: earlier.manifest, index: earlier.index };
  const { changes } = previewPack(input, { ...ctx, items: next, against });
  if (changes.changed.length !== 1) throw new Error('one item was changed');
  const measured = await measure(
    {
      frozen: () => previewPack(input, { ...ctx, items: next }),
      'frozen, against the earlier': () => previewPack(input, { ...ctx, items: next, against }),
      unfrozen: () => previewPack(input, { ...ctx, items }),
    },
    { rounds, warmUp: 1 },
  );
  host.print(`${host.engine}, previewPack of ${count.toLocaleString('en')} items of 1 KB, one changed`);
  for (const line of lines(measured)) host.print(line);
  host.print('');
  return Object.fromEntries(measured.results.map(({ variant, milliseconds }) => [variant, milliseconds]));
}

/** A snapshot of items of which 1 % changed, over a whole one, in a heap of their own: beside other variants, it pays for their garbage. */
async function again({ corpus: name, rounds = 9 }, host) {
  const { input, ctx } = corpora[name].make();
  const take = (items) => snapshotPack(input, { ...ctx, items });
  const next = partlyChanged(take(ctx.items), ctx.items);
  const measured = await measure({ [OURS]: () => take(ctx.items), [FROZEN]: () => take(next) }, { rounds, warmUp: 2 });
  host.print(`${host.engine}, ${ctx.items.length.toLocaleString('en')} items, twice`);
  for (const line of lines(measured)) host.print(line);
  host.print('');
  return measured.over(FROZEN, OURS);
}

/** The first proof from an index, which builds the tree. Nothing is warm, as in a process that makes one proof. */
async function proof({ count = 1_000_000 }, host) {
  const next = random(7);
  const part = () => Math.floor(next() * 2 ** 32);
  const digestOf = () => `sha256:${Array.from({ length: 8 }, () => part().toString(16).padStart(8, '0')).join('')}`;
  const builder = new SnapshotBuilder(input, ctx);
  const idOf = (number) => `docs/item-${String(number).padStart(7, '0')}`;
  for (let number = 0; number < count; number++) {
    builder.addDigest({ itemId: idOf(number), digest: digestOf(), kind: 'docblock', sourceKey: 'docs' });
  }
  const { manifest, index } = builder.finish();
  builder.free();
  const stored = { manifest, index: JSON.parse(JSON.stringify(index)) };
  const seconds = (from) => {
    const start = performance.now();
    proveItem(from, idOf(Math.floor(count / 3)));
    return (performance.now() - start) / 1000;
  };
  const found = { ours: seconds({ manifest, index }), parsed: seconds(stored) };
  host.print(`${host.engine}, first proof from an index of ${count.toLocaleString('en')}`);
  host.print(`  ${found.ours.toFixed(2)} s; from one of JSON.parse ${found.parsed.toFixed(2)} s\n`);
  return found;
}

/** The time of one snapshot, for comparisons of engines. */
async function speed({ corpus: name, seconds = 1.5 }) {
  const { input, ctx } = corpora[name].make();
  const times = [];
  const until = performance.now() + seconds * 1000;
  // A busy machine may take all the time for the first rounds, which do not count.
  for (let round = -20; round < 3 || performance.now() < until; round++) {
    const start = performance.now();
    snapshotPack(input, ctx);
    if (round >= 0) times.push(performance.now() - start);
  }
  return { milliseconds: median(times), rounds: times.length };
}

const tasks = { corpus, preview, again, proof, speed };

/** Runs a task: `{ task, … }`. */
export const run = (options, host) => tasks[options.task](options, host);

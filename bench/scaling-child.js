// Measures one count of `scaling.js` in a process of its own: time and memory for that many items of about 1 KB.
//
//   node bench/scaling-child.js builder|generator COUNT in-order|scattered
//
// How: a wrapper around `WebAssembly.Instance` gives access to the module's memory. Only the snapshot is timed; items are
// generated outside the clock, a thousand at a time. Engines recompile hot code while it runs, so a second of small
// snapshots comes first. Growth is relative to snapshots of 1,000 items, taken in between in the same process. Another
// instance of the package takes these, so that the holes they leave in its memory are not counted.

import { createRequire } from 'node:module';
import { kilobyteItems } from './corpus.js';
import { median } from './measure.js';

const [way, countGiven, order] = process.argv.slice(2);
const count = Number(countGiven);
const BATCH = 1000;
const SMALL = 1000;

let memory;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(module, imports) {
    super(module, imports);
    memory = this.exports.memory;
  }
};

const require = createRequire(import.meta.url);
/** Loads another instance of the package; returns it and a function for the size of its memory in bytes. */
function load() {
  const name = '@lssm-tech/lib.context-snapshot';
  delete require.cache[require.resolve(name)];
  const api = require(name);
  api.snapshotIdFor({ idemKey: 'k', packKey: 'p', packVersion: '1' });
  const own = memory;
  return { ...api, used: () => own.buffer.byteLength };
}
const measured = load();
const other = load();
const idle = measured.used();

const item = kilobyteItems();
const input = { packKey: 'bench' };
const ctx = {
  actor: 'admin',
  snapshotId: 'bench',
  now: new Date(0),
  pack: { packKey: 'bench', version: '1.0.0', title: 'Scaling' },
};

/** Yields each number below `count` once; if scattered, in fixed steps coprime to `count`. */
function* numbers(count) {
  const step = order === 'scattered' ? Math.max(1, Math.floor(count * 0.618) | 1) : 1;
  const coprime = (left, right) => (right === 0 ? left === 1 : coprime(right, left % right));
  let by = step;
  while (!coprime(count, by)) by++;
  for (let at = 0; at < count; at++) yield (at * by) % count;
}

/** Yields items in batches. */
function* batches(count) {
  let batch = [];
  for (const number of numbers(count)) {
    batch.push(item(number));
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const ways = {
  /** Measures a builder: milliseconds, and the memory before and after `finish`. */
  builder({ SnapshotBuilder, used }, count, between = () => {}) {
    let milliseconds = 0;
    const timed = (run) => {
      const start = performance.now();
      run();
      milliseconds += performance.now() - start;
    };
    let builder;
    timed(() => {
      builder = new SnapshotBuilder(input, ctx);
    });
    for (const batch of batches(count)) {
      timed(() => {
        for (const each of batch) builder.add(each);
      });
      between();
    }
    const added = used();
    timed(() => builder.finish());
    const finished = used();
    builder.free();
    return { milliseconds, added, finished };
  },
  /** Measures `snapshotPack` with a generator. All items are made beforehand, because one call reads them all. */
  generator({ snapshotPack, used }, count) {
    const all = [...batches(count)];
    const start = performance.now();
    snapshotPack(input, {
      ...ctx,
      items: (function* () {
        for (const batch of all) yield* batch;
      })(),
    });
    return { milliseconds: performance.now() - start, added: used(), finished: used() };
  },
};
const run = ways[way];

const until = performance.now() + 1000;
while (performance.now() < until) for (const api of [measured, other]) run(api, 300);

const small = [];
const takeSmall = () => small.push(run(other, SMALL).milliseconds / SMALL);
const runs = [];
if (count <= 10_000) {
  // Short operations are repeated for half a second, and at least three times.
  const end = performance.now() + 500;
  while (runs.length < 3 || performance.now() < end) {
    takeSmall();
    runs.push(run(measured, count));
  }
} else if (way === 'builder') {
  const every = count / BATCH / 20;
  let batch = 0;
  runs.push(run(measured, count, () => batch++ % every === 0 && takeSmall()));
} else {
  for (let round = 0; round < 5; round++) {
    for (let again = 0; again < 3; again++) takeSmall();
    runs.push(run(measured, count));
  }
}

const microseconds = (median(runs.map(({ milliseconds }) => milliseconds)) / count) * 1000;
const smallMicroseconds = median(small) * 1000;
console.log(
  JSON.stringify({
    way,
    count,
    order,
    microsecondsAnItem: microseconds,
    growth: microseconds / smallMicroseconds,
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    wasmIdleBytes: idle,
    wasmBytesWhileAdding: Math.max(...runs.map(({ added }) => added)) - idle,
    wasmBytesAfterFinish: Math.max(...runs.map(({ finished }) => finished)) - idle,
  }),
);

// One count of `scaling.js`, in a process of its own: time and memory of that many items of about 1 KB.
//
//   node bench/scaling-child.js builder|generator COUNT in-order|scattered
//
// How: the module's memory is seen by standing between the package and `WebAssembly.Instance`. What takes no part in a
// snapshot is not timed: items are made a thousand at a time, beside the clock. The engine compiles what is hot again and
// again while it runs; so a second of small snapshots goes before, and small snapshots of 1,000 items are timed in between,
// in the same process and the same minute: growth is told against these. They are made by another instance of the package,
// since holes that they leave in the memory would be counted.

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
/** An instance of the package with a memory of its own, and how many bytes that has. */
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

/** Numbers below `count`, each once; scattered by steps of a part of them that shares no divisor with them. */
function* numbers(count) {
  const step = order === 'scattered' ? Math.max(1, Math.floor(count * 0.618) | 1) : 1;
  const coprime = (left, right) => (right === 0 ? left === 1 : coprime(right, left % right));
  let by = step;
  while (!coprime(count, by)) by++;
  for (let at = 0; at < count; at++) yield (at * by) % count;
}

/** Items, a batch at a time. */
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
  /** Through a builder: milliseconds, and the memory before and after `finish`. */
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
  /** Through `snapshotPack`, from a generator; it is read to its end in one call, so that its items are made before. */
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
  // What takes a moment is done again and again for half a second, and at least thrice.
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

// Compares Deno and Bun with Node 26, on 1,000 items: `node bench/runtimes.js [--rounds N]`.
//
// How: engines cannot share a process, so their processes alternate, in another order each round. Each takes snapshots for
// a second and a half and gives its median; a ratio is that of two processes of one round.

import { runIn } from './engines.js';
import { shuffled, spread } from './measure.js';
import { machine, options, write } from './parts.js';
import { random } from './random.js';

const { rounds = 5 } = options();
const BASE = 'node26';
const OTHERS = ['deno', 'bun', 'node24'];
const next = random(8);

const times = {};
const versions = {};
for (let round = 0; round < rounds; round++) {
  for (const name of shuffled([BASE, ...OTHERS], next)) {
    const result = await runIn(name, { task: 'speed', corpus: 'items-1000' });
    if (result === undefined) continue;
    times[name] ??= [];
    times[name].push(result.found.milliseconds);
    versions[name] = result.engine;
  }
}
console.log(`Engines, 1,000 mixed items; ${machine()}; medians of ${rounds} alternating processes\n`);
const results = {};
for (const name of Object.keys(times)) {
  results[name] = { engine: versions[name], milliseconds: spread(times[name]) };
  if (times[BASE]) results[name].overNode26 = spread(times[name].map((time, at) => time / times[BASE][at]));
  const { milliseconds, overNode26: ratio } = results[name];
  console.log(
    `  ${versions[name].padEnd(20)} ${milliseconds.median.toFixed(2).padStart(7)} ms  ${ratio?.median.toFixed(2) ?? '–'} x`,
  );
}
console.log();
write('runtimes', { machine: machine(), rounds, results });

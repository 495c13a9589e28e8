// Measures the whole bill in every engine: `node bench/node.js [--engine NAME …] [--corpus NAME …] [--rounds N]`.
//
// How: one process, or one browser, for each corpus, so that the engine and the heap start without history. `preview`, `again`
// and `proof` count as corpora here. Results are added to those of earlier runs in target/bench.

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { corpora } from './corpus.js';
import { engines, runIn } from './engines.js';
import { machine, read, write } from './parts.js';

const several = { type: 'string', multiple: true };
const { values } = parseArgs({ options: { engine: several, corpus: several, rounds: { type: 'string' } } });
const rounds = values.rounds === undefined ? {} : { rounds: Number(values.rounds) };

const tasks = {
  ...Object.fromEntries(Object.keys(corpora).map((corpus) => [corpus, { task: 'corpus', corpus, ...rounds }])),
  preview: { task: 'preview', ...rounds },
  again: { task: 'again', corpus: 'items-20000', ...rounds },
  proof: { task: 'proof' },
};
const usual = Object.keys(tasks).filter((name) => !corpora[name]?.onRequest);
const load = () => loadavg()[0];

/** Adds a result to those of the engine, unless these are of another version. */
function keep(name, task, { engine, javascript, found }) {
  const earlier = read(name);
  const results = earlier?.engine === engine ? earlier.results : {};
  results[task] = { ...found, load: load() };
  write(name, { engine, javascript, machine: machine(), results });
}

console.log(`The whole bill; ${machine()}; load ${load().toFixed(1)}\n`);
for (const engine of values.engine ?? Object.keys(engines)) {
  for (const name of values.corpus ?? usual) {
    if (tasks[name] === undefined) throw new Error(`There is no ${name}; there are ${Object.keys(tasks).join(', ')}`);
    const result = await runIn(engine, tasks[name]).catch((error) => {
      // The others are measured all the same.
      console.error(`${engine}, ${name}: ${error.message}\n`);
      process.exitCode = 1;
      return {};
    });
    if (result === undefined) {
      console.log(`${engine} is not installed here: skipped\n`);
      break;
    }
    if (result.found) keep(engine, name, result);
  }
}

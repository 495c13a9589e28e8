// Code that the benchmarks share: arguments, a description of the machine, and reading and writing of results.
//
// Why files: each benchmark runs by itself, and `report.js` combines the results.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, 'target/bench');

/** Reads the arguments: `--rounds N`. */
export function options() {
  const { values } = parseArgs({ options: { rounds: { type: 'string' } } });
  return { rounds: values.rounds === undefined ? undefined : Number(values.rounds) };
}

export const machine = () => `${cpus()[0].model.trim()}, ${cpus().length} cores, ${process.platform} ${process.arch}`;

/** For the benchmarks that run in the system's Node alone. */
export const onThisNode = () => `${machine()}, Node ${process.versions.node}`;

const fileOf = (part) => join(folder, `${part}.json`);

export function write(part, found) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(part), `${JSON.stringify(found, null, 2)}\n`);
}

/** Reads the results of a part; undefined if it has not run. */
export function read(part) {
  try {
    return JSON.parse(readFileSync(fileOf(part), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

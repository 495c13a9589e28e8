// Combines the results of all parts: the bill, the table of goals, `results.json` and `chart.svg`. Run it after the parts.
//
// How: parts leave files in target/bench. Figures that are missing there are shown as `–`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bill } from './bill.js';
import { chart } from './chart.js';
import { engines } from './engines.js';
import { goals, reached } from './goals.js';
import { machine, read, root } from './parts.js';
import { table } from './table.js';

const PEERS = [
  '@noble/hashes',
  '@truestamp/canonify',
  'canonicalize',
  'fast-json-stable-stringify',
  'hash-wasm',
  'json-canonicalize',
  'safe-stable-stringify',
  'zod',
];
const CRATES = ['serde-wasm-bindgen', 'serde_json', 'serde_json_canonicalizer', 'sha2', 'wasm-bindgen'];

const names = [...Object.keys(engines), 'runtimes', 'scaling', 'shapes', 'audit', 'startup', 'store'];
const parts = Object.fromEntries(names.map((name) => [name, read(name)]));

const versionOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
const lock = readFileSync(join(root, 'bench/peer/Cargo.lock'), 'utf8');
const crateVersionOf = (name) => new RegExp(`^name = "${name}"\nversion = "(.*)"$`, 'm').exec(lock)[1];
const engineOf = (name) => parts[name]?.engine ?? (name === 'system' ? `Node ${process.versions.node}` : name);
const versions = {
  engines: Object.fromEntries(
    Object.keys(engines)
      .filter((name) => parts[name])
      .map((name) => [name, `${parts[name].engine}, ${parts[name].javascript}`]),
  ),
  '@lssm-tech/lib.context-snapshot': versionOf('@lssm-tech/lib.context-snapshot'),
  ...Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
  ...Object.fromEntries(CRATES.map((name) => [name, crateVersionOf(name)])),
};

const YES_NO = { true: 'yes', false: 'NO' };
const DIGITS = { x: 2, s: 2, ms: 1, MB: 1, 'MB/s': 0, '/s': 0 };
const found = goals(parts).map((goal) => ({
  ...goal,
  engine: engineOf(goal.engine),
  floorReached: reached(goal, goal.floor),
  aimReached: reached(goal, goal.aim),
}));
const rows = found.map(
  ({ goal, engine, unit, atMost, value, low, high, floor, aim, note, floorReached, aimReached }) => {
    const digits = DIGITS[unit];
    const limit = (number) => (number === undefined ? '–' : `${atMost ? '<=' : '>='} ${number}`);
    return {
      goal,
      engine,
      measured: value === undefined ? '–' : `${value.toFixed(digits)} ${unit}`,
      quartiles: low === undefined ? '' : `${low.toFixed(digits)} to ${high.toFixed(digits)}`,
      floor: limit(floor),
      reached: YES_NO[floorReached] ?? '–',
      aim: limit(aim),
      'aim reached': YES_NO[aimReached] ?? '–',
      note: note ?? '',
    };
  },
);

console.log(`The whole bill; ${machine()}`);
console.log(
  'ratios are medians within rounds, speeds are of canonical bytes; – was not measured, or the package cannot\n',
);
for (const { title, rows } of bill(parts, Object.keys(engines))) console.log(`${title}\n${table(rows)}\n`);
console.log('Goals; an x is a ratio of two times, and the composition is named last\n');
console.log(`${table(rows)}\n`);

const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
const results = { machine: machine(), versions, goals: found, ...parts };
writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(results, rounded, 1)}\n`);
writeFileSync(join(root, 'bench/chart.svg'), chart(parts));
console.log('Written: bench/results.json, bench/chart.svg');

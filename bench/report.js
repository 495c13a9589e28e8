// Combines the results of all parts: the table of goals, `results.json` and `chart.svg`. Run it after the parts.
//
// How: parts leave files in target/bench. If a file is missing, the table shows that it was not measured.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart.js';
import { goals, reached } from './goals.js';
import { machine, read, root } from './parts.js';

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

const names = ['node', 'chromium', 'scaling', 'shapes', 'audit', 'startup'];
const parts = Object.fromEntries(names.map((name) => [name, read(name)]));

const versionOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
const versions = {
  node: process.versions.node,
  v8: process.versions.v8,
  chromium: parts.chromium?.version,
  '@lssm-tech/lib.context-snapshot': versionOf('@lssm-tech/lib.context-snapshot'),
  ...Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
};

const YES_NO = { true: 'yes', false: 'NO' };
const rows = goals(parts).map((goal) => {
  const { unit, atMost, value, low, high, floor, aim, note } = goal;
  const shown = (number) => (number === undefined ? '-' : `${number.toFixed(unit === 'MB' ? 1 : 2)} ${unit}`);
  const limit = (number) => (number === undefined ? '-' : `${atMost ? '<=' : '>='} ${Number(number.toFixed(2))}`);
  return {
    goal: goal.goal,
    measured: value === undefined ? 'not measured' : shown(value),
    quartiles: low === undefined ? '' : `${low.toFixed(2)} to ${high.toFixed(2)}`,
    floor: limit(floor),
    reached: YES_NO[reached(goal, floor)] ?? '-',
    aim: limit(aim),
    'aim reached': YES_NO[reached(goal, aim)] ?? '-',
    note: note ?? '',
  };
});

/** Pads columns to the width of their longest cell. */
function table(rows) {
  const columns = Object.keys(rows[0]);
  const widths = columns.map((name) => Math.max(name.length, ...rows.map((row) => row[name].length)));
  const line = (cells) => `  ${cells.map((cell, at) => cell.padEnd(widths[at])).join('  ')}`.trimEnd();
  return [columns, ...rows.map(Object.values)].map(line).join('\n');
}

console.log(`Goals; ${machine()}${versions.chromium ? `, Chromium ${versions.chromium}` : ''}`);
console.log('a ratio is the time of the fastest composition, named last, over that of snapshotPack\n');
console.log(`${table(rows)}\n`);

const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
const found = {
  machine: machine(),
  versions,
  goals: goals(parts).map((goal) => ({
    ...goal,
    floorReached: reached(goal, goal.floor),
    aimReached: reached(goal, goal.aim),
  })),
  ...parts,
};
writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(found, rounded, 2)}\n`);
writeFileSync(join(root, 'bench/chart.svg'), chart(parts));
console.log('Written: bench/results.json, bench/chart.svg');

// `make bench`: snapshotPack against what could be put together instead, in one process.
//
// How: each round runs every variant once, in turn, so that a change of the machine's speed hits all alike; the ratio is
// taken round by round, and its median printed. Every variant has to give the same hash before it is timed.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { mixedPack } from './corpus.js';
import { canonicalizers, peerHash } from './peers.js';

const ROUNDS = Number(process.argv[2] ?? 60);
const WARM_UP = 20;

const median = (numbers) => [...numbers].sort((left, right) => left - right)[numbers.length >> 1];

function measure(variants, rounds) {
  const times = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [name, run] of Object.entries(variants)) {
      const start = performance.now();
      run();
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  return times;
}

const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
console.log(`${machine}; medians of ${ROUNDS} interleaved rounds\n`);

const results = [];
for (const [count, rounds] of [
  [20, ROUNDS * 5],
  [1000, ROUNDS],
]) {
  const pack = mixedPack(count);
  const json = JSON.stringify(pack.ctx.items);
  const expected = snapshotPack(pack.input, pack.ctx).output.hash;
  const variants = { snapshotPack: () => snapshotPack(pack.input, pack.ctx) };
  for (const [name, canonical] of Object.entries(canonicalizers)) {
    assert.equal(peerHash(canonical, pack), expected, name);
    variants[`zod + ${name} + crypto.hash`] = () => peerHash(canonical, pack);
  }
  variants['JSON.stringify alone'] = () => JSON.stringify(pack.ctx.items);
  const times = measure(variants, rounds);

  const megabytes = (Buffer.byteLength(json) / 1e6).toFixed(2);
  console.log(`${count} mixed items, ${megabytes} MB`);
  for (const [name, own] of Object.entries(times)) {
    const ratio = median(own.map((time, round) => time / times.snapshotPack[round]));
    const spread = [...own].sort((left, right) => left - right);
    const [low, high] = [spread[Math.floor(own.length * 0.1)], spread[Math.floor(own.length * 0.9)]];
    results.push({ items: count, megabytes: Number(megabytes), variant: name, median: median(own), low, high, ratio });
    const range = `${low.toFixed(2)} to ${high.toFixed(2)}`;
    console.log(`  ${name.padEnd(46)} ${median(own).toFixed(2).padStart(8)} ms  (${range})  ${ratio.toFixed(2)} x`);
  }
  console.log();
}
console.log(
  'x: time of the variant over that of snapshotPack in the same round. The last row validates and hashes nothing.',
);
mkdirSync('target/bench', { recursive: true });
writeFileSync('target/bench/results.json', `${JSON.stringify({ machine, rounds: ROUNDS, results }, null, 2)}\n`);
console.log('Written: target/bench/results.json');

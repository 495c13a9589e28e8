// `make bench`: how long it takes from the start of a process to the first small snapshot.
//
// Why: scripts and serverless functions pay for it each time. How: child processes, one after the other, each kind once a
// round, so that a change of the machine's speed hits all alike; what is told is the median of the rounds' own differences
// to a script that does nothing. Rounds are fixed; nothing is left out but the first, which fill the disk's caches.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 41;
const WARM_UP = 3;
const root = fileURLToPath(new URL('../', import.meta.url));
// Inside, so that both packages are found as by any script of a project.
const folder = join(root, 'target/bench/startup');

const snapshot = `snapshotPack(
  { packKey: 'p' },
  { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: [{ itemId: 'a', kind: 'k', sourceKey: 's', content: 'x' }] },
);`;
const scripts = {
  'nothing.mjs': '',
  'nothing.cjs': '',
  'import.mjs': `import { snapshotPack } from '@lssm-tech/lib.context-snapshot';\n${snapshot}`,
  'require.cjs': `const { snapshotPack } = require('@lssm-tech/lib.context-snapshot');\n${snapshot}`,
  'import-only.mjs': `import '@lssm-tech/lib.context-snapshot';`,
  'zod.mjs': `import { z } from 'zod';\nz.object({ packKey: z.string() }).parse({ packKey: 'p' });`,
};
/** What is told, and what it is compared with: a script of the same kind. */
const told = {
  'import, and a snapshot': ['import.mjs', 'nothing.mjs'],
  'require, and a snapshot': ['require.cjs', 'nothing.cjs'],
  'import alone': ['import-only.mjs', 'nothing.mjs'],
  'zod 4, and one object parsed': ['zod.mjs', 'nothing.mjs'],
};

const median = (numbers) => [...numbers].sort((left, right) => left - right)[numbers.length >> 1];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [file, source] of Object.entries(scripts)) writeFileSync(join(folder, file), source);

const times = Object.fromEntries(Object.keys(scripts).map((file) => [file, []]));
for (let round = -WARM_UP; round < ROUNDS; round++) {
  for (const file of Object.keys(scripts)) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [join(folder, file)], { encoding: 'utf8' });
    const time = performance.now() - start;
    if (status !== 0) throw new Error(`${file} ends with ${status}: ${stderr}`);
    if (round >= 0) times[file].push(time);
  }
}

const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`;
console.log(`start of a process; ${machine}; medians of ${ROUNDS} interleaved rounds\n`);
console.log(`  ${'nothing'.padEnd(30)} ${median(times['nothing.mjs']).toFixed(1).padStart(6)} ms`);
const results = {};
for (const [name, [file, base]] of Object.entries(told)) {
  results[name] = median(times[file].map((time, round) => time - times[base][round]));
  console.log(`  ${name.padEnd(30)} ${`+ ${results[name].toFixed(1)}`.padStart(6)} ms`);
}
writeFileSync(join(folder, 'results.json'), `${JSON.stringify({ machine, rounds: ROUNDS, results }, null, 2)}\n`);

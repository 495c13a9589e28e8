// Measures the time from the start of a process to the first small snapshot: `node bench/startup.js [--rounds N]`.
//
// Why: scripts and serverless functions pay this price every time. How: child processes run one after the other, one of each
// kind per round, so that a change in the machine's speed affects all alike. The result is the median over the rounds of the
// difference to an empty script. Only the first rounds are discarded, while they fill the disk cache.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './measure.js';
import { onThisNode, options, root, write } from './parts.js';

const { rounds = 41 } = options();
const WARM_UP = 3;
// Inside the repository, so that scripts resolve both packages like any project.
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
/** The programs to measure; each is compared with an empty script of the same kind. */
const measured = {
  'import, and a snapshot': ['import.mjs', 'nothing.mjs'],
  'require, and a snapshot': ['require.cjs', 'nothing.cjs'],
  'import alone': ['import-only.mjs', 'nothing.mjs'],
  'zod 4, and one object parsed': ['zod.mjs', 'nothing.mjs'],
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [file, source] of Object.entries(scripts)) writeFileSync(join(folder, file), source);

const times = Object.fromEntries(Object.keys(scripts).map((file) => [file, []]));
for (let round = -WARM_UP; round < rounds; round++) {
  for (const file of Object.keys(scripts)) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [join(folder, file)], { encoding: 'utf8' });
    const time = performance.now() - start;
    if (status !== 0) throw new Error(`${file} ends with ${status}: ${stderr}`);
    if (round >= 0) times[file].push(time);
  }
}

console.log(`Start of a process; ${onThisNode()}; medians of ${rounds} interleaved rounds\n`);
console.log(`  ${'nothing'.padEnd(30)} ${median(times['nothing.mjs']).toFixed(1).padStart(6)} ms`);
const results = {};
for (const [name, [file, base]] of Object.entries(measured)) {
  const milliseconds = median(times[file].map((time, round) => time - times[base][round]));
  results[name] = { milliseconds, fastest: Math.min(...times[file]) - Math.min(...times[base]) };
  console.log(`  ${name.padEnd(30)} ${`+ ${milliseconds.toFixed(1)}`.padStart(6)} ms`);
}
console.log();
write('startup', { machine: onThisNode(), rounds, nothing: median(times['nothing.mjs']), results });

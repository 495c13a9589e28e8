// Measures time and peak memory at 10, 100, … 1,000,000 items of about 1 KB: `node bench/scaling.js`.
//
// How: each count runs in a child process (`scaling-child.js`): through a builder, with ids in random order and once in the
// order of the tree; and up to 100,000 through `snapshotPack` with a generator, which keeps the items for its result.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onThisNode, write } from './parts.js';

const child = fileURLToPath(new URL('scaling-child.js', import.meta.url));
const kinds = [
  ['builder', 'scattered', 10, 1_000_000],
  ['builder', 'in-order', 1_000_000, 1_000_000],
  ['generator', 'scattered', 10, 100_000],
];

console.log(`Scaling: items of about 1 KB, a process for each count; ${onThisNode()}`);
console.log('growth: time an item, over that of 1,000 items in the same process\n');
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const found = [];
for (const [way, order, least, most] of kinds) {
  console.log(`  ${way === 'builder' ? 'SnapshotBuilder' : 'snapshotPack, of a generator'}, ids ${order}`);
  console.log('      items   µs an item   growth   peak resident   WebAssembly: adding   after finish   bytes an item');
  for (let count = least; count <= most; count *= 10) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [child, way, String(count), order], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    const one = JSON.parse(stdout);
    found.push(one);
    console.log(
      [
        String(count.toLocaleString('en')).padStart(11),
        one.microsecondsAnItem.toFixed(2).padStart(13),
        one.growth.toFixed(2).padStart(9),
        megabytes(one.peakResidentBytes).padStart(16),
        megabytes(one.wasmBytesWhileAdding).padStart(22),
        megabytes(one.wasmBytesAfterFinish).padStart(15),
        (one.wasmBytesWhileAdding / count).toFixed(1).padStart(16),
      ].join(''),
    );
  }
  console.log();
}
write('scaling', { machine: onThisNode(), results: found });

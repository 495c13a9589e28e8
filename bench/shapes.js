// Measures the cost of objects with different shapes: `node bench/shapes.js [--rounds N]`.
//
// Why: a known sequence of names is cheap to write, but the table of known sequences is bounded. How: 20,000 objects of eight
// numbers, in 1,000 items, with 1 to 10,000 shapes in random order; once with names from a pool of 100, and once with names
// that no two shapes share. A composition runs beside it, because the engine has to learn shapes, too.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { canonicalizers, composition } from './compositions.js';
import { shapesPack } from './corpus.js';
import { measure } from './measure.js';
import { onThisNode, options, write } from './parts.js';

const { rounds = 12 } = options();
const native = (message) => hash('sha256', message, 'buffer');
const canonicalizer = 'safe-stable-stringify';
const peer = composition(canonicalizers[canonicalizer], { text: native, bytes: native });

console.log(`Shapes: 20,000 objects of eight numbers; ${onThisNode()}; medians of ${rounds} rounds\n`);
const found = [];
for (const ownNames of [false, true]) {
  const variants = {};
  const counts = [1, 10, 100, 1000, 10_000];
  for (const count of counts) {
    const pack = shapesPack(count, ownNames);
    assert.equal(peer(pack), snapshotPack(pack.input, pack.ctx).output.hash);
    variants[`ours ${count}`] = () => snapshotPack(pack.input, pack.ctx);
    variants[`peer ${count}`] = () => peer(pack);
  }
  const { results } = await measure(variants, { rounds });
  const of = (name) => results.find(({ variant }) => variant === name);
  console.log(`  ${ownNames ? 'Names that no two shapes share' : 'Names out of a hundred'}`);
  console.log(`      shapes   µs an item    x of one shape   zod + ${canonicalizer} + crypto.hash   x of one shape`);
  for (const count of counts) {
    const [ours, theirs] = [of(`ours ${count}`), of(`peer ${count}`)];
    const [oursOne, theirsOne] = [of('ours 1'), of('peer 1')];
    const row = {
      ownNames,
      shapes: count,
      // For a thousand items, milliseconds in total equal microseconds per item.
      microsecondsAnItem: ours.milliseconds.median,
      growth: ours.milliseconds.median / oursOne.milliseconds.median,
      peerMicrosecondsAnItem: theirs.milliseconds.median,
      peerGrowth: theirs.milliseconds.median / theirsOne.milliseconds.median,
    };
    found.push(row);
    console.log(
      [
        String(count.toLocaleString('en')).padStart(12),
        row.microsecondsAnItem.toFixed(2).padStart(13),
        row.growth.toFixed(2).padStart(18),
        row.peerMicrosecondsAnItem.toFixed(2).padStart(36),
        row.peerGrowth.toFixed(2).padStart(24),
      ].join(''),
    );
  }
  console.log();
}
write('shapes', { machine: onThisNode(), rounds, canonicalizer, results: found });

// Compares known items with copies after random edits: `node tests/soak/frozen.js --edits 1000000 --seed 1`. `make soak` runs it;
// tests/node/frozen.test.js runs 20,000.

import { parseArgs } from 'node:util';
import { compareEdits } from '../node/support/frozen.js';

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const edits = Number(values.edits);
const valid = compareEdits({ edits, seed: Number(values.seed) });
console.log(`soak: frozen items: ${edits} edits, ${valid} packs were valid, all as with copies`);

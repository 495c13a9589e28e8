// Writes the numbers of RFC 8785's test file, and compares its digest with the published ones: `node tests/soak/numbers.js --lines
// 10000000`. `make soak` runs it; tests/node/canonical.test.js runs 100,000.

import { parseArgs } from 'node:util';
import { compareNumbers } from '../node/support/numbers.js';

const { values } = parseArgs({ options: { lines: { type: 'string', default: '10000000' } } });
const compared = await compareNumbers(Number(values.lines));
console.log(`soak: numbers: as published at ${compared.map((lines) => lines.toLocaleString('en')).join('; ')} lines`);

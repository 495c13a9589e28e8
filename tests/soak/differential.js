// Compares both JavaScript verifiers on values that JSON cannot express, for a given time:
// `node tests/soak/differential.js --seconds 60 --seed 1`. `make fuzz` runs it; tests/node/verify.test.js runs a fixed number.

import { parseArgs } from 'node:util';
import * as wasm from '@lssm-tech/lib.context-snapshot';
import * as verify from '@lssm-tech/lib.context-snapshot/verify';
import fc from 'fast-check';
import { assertAlike, chains, inputs, written } from '../node/support/differential.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const milliseconds = Number(values.seconds) * 1000;
/** True if the package has limits. If not, they would be unknown members. */
const HAS_LIMITS = 'anchor' in wasm.verifySnapshot({});

const limits = fc.record(
  {
    documentBytes: fc.oneof(fc.nat({ max: 2500 }), fc.constantFrom(200, -1, 0.5, '9', null, 2 ** 28, 2 ** 28 + 1)),
    levels: fc.oneof(fc.integer({ min: 3, max: 6 }), fc.constantFrom(0, 1000, 1001)),
    items: fc.oneof(fc.nat({ max: 4 }), fc.constant(2 ** 53)),
    totalBytes: fc.nat({ max: 1000 }),
  },
  { requiredKeys: [] },
);
const given = HAS_LIMITS ? fc.option(limits) : fc.constant(null);

let count = 0;
const check = async (name, values) => {
  count++;
  await assertAlike({ ...wasm, name: 'the main entry' }, { ...verify, name: './verify' }, name, values);
};
const until = (share) => ({
  ...{ seed: Number(values.seed), numRuns: 2 ** 31, interruptAfterTimeLimit: milliseconds * share },
  markInterruptAsFailure: false,
});
/** How items are written as JSON text, if they are. */
const ways = fc.option(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }));
await fc.assert(
  fc.asyncProperty(inputs, given, ways, (make, limits, numbers) =>
    check('verifySnapshot', () => {
      const parts = limits === null ? make() : { ...make(), limits: structuredClone(limits) };
      return [numbers === null ? parts : written(parts, numbers)];
    }),
  ),
  until(0.8),
);
await fc.assert(
  fc.asyncProperty(chains, (make) => check('verifyChain', () => [make()])),
  until(0.2),
);
console.log(`fuzz: both JavaScript verifiers: ${count} inputs in ${values.seconds} s, all answered alike`);

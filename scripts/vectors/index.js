// Writes tests/vectors/: `make vectors`. A test says when the files are stale.
//
// Why: vectors prove something only if somebody else made them. So nothing here imports the library: hashes, digests, seals,
// ids and signatures are computed with node:crypto and a canonicalizer of other people (tests/node/support/format.js is the
// format, written a second time); what is refused, and in which words, is stated by hand from docs/ERRORS.md.
//
// How to add a case: to the list of its theme, in the folder of its file. `rule` names the
// section that it follows from. If the library then answers something else, one of the two is wrong: look before you choose.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chains } from './chains/index.js';
import { envelopes } from './envelopes/index.js';
import { proofs } from './proofs/index.js';
import { refusals } from './refusals/index.js';
import { snapshots } from './snapshots/index.js';
import { pretty } from './text.js';
import { verifications } from './verifications/index.js';

/** A case a line: their inputs are long and much alike. */
const inLines = (cases) => `[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]`;

/** The files: what runs a case, and which members of it are its input and what is expected. */
const FILES = [
  {
    ...{ file: 'snapshots.json', function: 'snapshotPack', input: ['input', 'ctx'], expected: ['expected'] },
    ...{ cases: snapshots, text: pretty(snapshots) },
  },
  {
    ...{ file: 'refusals.json', function: 'snapshotPack', input: ['input', 'ctx'] },
    ...{ expected: ['status', 'code', 'issues'], cases: refusals, text: pretty(refusals) },
  },
  {
    ...{ file: 'verifications.json', function: 'verifySnapshot', input: ['parts'], expected: ['expected'] },
    ...{ cases: verifications, text: inLines(verifications) },
  },
  {
    ...{ file: 'chains.json', function: 'verifyChain', input: ['records', 'options?'], expected: ['expected'] },
    ...{ cases: chains, text: inLines(chains) },
  },
  {
    ...{ file: 'proofs.json', function: 'verifyItem', input: ['item', 'proof', 'hash'], expected: ['expected'] },
    ...{ cases: proofs, text: inLines(proofs) },
  },
  {
    ...{ file: 'envelopes.json', function: 'verifyEnvelope', input: ['envelope', 'keys'], expected: ['expected'] },
    ...{ at: 'cases', cases: envelopes.cases, text: JSON.stringify(envelopes, null, 1) },
  },
];

/** Counts the cases of each section. */
function rulesOf(cases) {
  const rules = cases.map(({ rule }) => rule).sort();
  return Object.fromEntries([...new Set(rules)].map((rule) => [rule, rules.filter((one) => one === rule).length]));
}

function described({ text: _, cases, ...file }) {
  const names = new Set(cases.map(({ name }) => name));
  if (names.size !== cases.length) throw new Error(`${file.file}: two cases have one name`);
  return { ...file, id: 'name', rule: 'rule', count: cases.length, rules: rulesOf(cases) };
}

const manifest = {
  about: 'Test vectors of the snapshot format; README.md says how to run them, scripts/vectors makes them',
  format: 'context.pack.snapshot/v1',
  files: FILES.map(described),
};

/** The text of each file of tests/vectors/, by its name. */
export const TEXTS = new Map([
  ...FILES.map(({ file, text }) => [file, `${text}\n`]),
  ['manifest.json', `${pretty(manifest)}\n`],
]);
export const FOLDER = new URL('../../tests/vectors/', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of TEXTS) {
    writeFileSync(new URL(file, FOLDER), text);
    console.log(`${file.padEnd(20)} ${text.length.toLocaleString('en').padStart(10)} characters`);
  }
}

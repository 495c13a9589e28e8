// Writes tests/vectors/: `make vectors`. A test fails if the files are stale.
//
// Why: vectors prove something only if their origin is independent. So nothing here imports the library. Hashes, digests,
// seals, ids and signatures are computed with node:crypto and a canonicalizer by other authors; tests/node/support/format.js
// implements the format a second time. Refusals and their texts are written by hand, from docs/ERRORS.md.
//
// How to add a case: add it to the list of its theme, in the folder of its file. `rule` names the section it follows from. A mark before
// it, or its own member `rules`, gives the ids of the rules that it tests (rules.js). If the library answers differently, one of the two is
// wrong: find out which before you change either.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { absences } from './absences/index.js';
import { chains } from './chains/index.js';
import { diffs } from './diffs/index.js';
import { envelopes } from './envelopes/index.js';
import { folderTrees } from './folder/index.js';
import { proofs } from './proofs/index.js';
import { refusals } from './refusals/index.js';
import { idsOf } from './rules.js';
import { snapshots } from './snapshots/index.js';
import { pretty } from './text.js';
import { verifications } from './verifications/index.js';

/** Writes one case per line, because the inputs are long and similar. */
const inLines = (cases) => `[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]`;

/** The files: the function to call with a case, and the members of a case that are its input and its expected result. */
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
    ...{ file: 'absences.json', function: 'verifyAbsence', input: ['itemId', 'proof', 'hash'], expected: ['expected'] },
    ...{ cases: absences, text: inLines(absences) },
  },
  {
    ...{ file: 'diffs.json', function: 'diffSnapshots', input: ['before', 'after'], expected: ['expected'] },
    ...{ cases: diffs, text: inLines(diffs) },
  },
  {
    ...{ file: 'envelopes.json', function: 'verifyEnvelope', input: ['envelope', 'keys'], expected: ['expected'] },
    ...{ at: 'cases', cases: envelopes.cases, text: JSON.stringify(envelopes, null, 1) },
  },
];

/** Counts the cases of each section. */
function countRules(cases) {
  const rules = cases.map(({ rule }) => rule).sort();
  return Object.fromEntries([...new Set(rules)].map((rule) => [rule, rules.filter((one) => one === rule).length]));
}

/** Describes a file in the manifest. */
function described({ text: _, cases, ...file }) {
  const names = new Set(cases.map(({ name }) => name));
  if (names.size !== cases.length) throw new Error(`${file.file}: two cases have one name`);
  return { ...file, id: 'name', rule: 'rule', count: cases.length, rules: countRules(cases) };
}

/** Lists the vectors of a file for the manifest. Ids are unique over all files; `pointer` is a JSON Pointer (RFC 6901). */
const listed = ({ file, at, cases }) =>
  cases.map((one, position) => ({
    ...{ id: `${file.replace('.json', '')}/${one.name}`, rule: one.rule, rules: idsOf(one), file },
    pointer: at === undefined ? `/${position}` : `/${at}/${position}`,
  }));

const manifest = {
  about: 'Test vectors of the snapshot format; README.md says how to run them, scripts/vectors makes them',
  format: 'context.pack.snapshot/v1',
  files: FILES.map(described),
  vectors: FILES.flatMap(listed),
};

/** Writes the manifest, one vector per line. */
function manifestText({ vectors, ...rest }) {
  const head = pretty(rest).replace(/\n\}$/, '');
  return `${head},\n  "vectors": ${inLines(vectors).replaceAll('\n', '\n  ')}\n}\n`;
}

/** The text of each file in tests/vectors/, by name. */
export const TEXTS = new Map([
  ...FILES.map(({ file, text }) => [file, `${text}\n`]),
  ['manifest.json', manifestText(manifest)],
  // Not in the manifest, because no function of the library reads a folder: the command does.
  ['folder/trees.json', `${inLines(folderTrees)}\n`],
]);
export const FOLDER = new URL('../../tests/vectors/', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of TEXTS) {
    writeFileSync(new URL(file, FOLDER), text);
    console.log(`${file.padEnd(20)} ${text.length.toLocaleString('en').padStart(10)} characters`);
  }
}

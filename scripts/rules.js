// Lists each rule of docs/FORMAT.md, docs/ERRORS.md and docs/FOLDER.md with the code and the tests that cite it: `make rules`.
//
// Why: a rule that no code cites may not be implemented, and one that no test cites may break unnoticed. How: a rule is defined
// by its id in bold or in the first cell of a table row. Comments of src/ and pkg/src/ cite the ids that they implement; tests,
// including `mod tests` inside src/, cite those that they check in a comment or a name. Exits with 1 and a list if a rule has
// no code or no test, if a cited id is not defined, or if one is defined twice. `--check` prints only what is wrong. One
// implementation that cites a rule is enough for the check, so a second list shows which rules each implementation cites.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const DOCUMENTS = ['docs/FORMAT.md', 'docs/ERRORS.md', 'docs/FOLDER.md'];
const CODE = ['src', 'pkg/src'];
const TESTS = ['tests', 'scripts/vectors', 'fuzz/fuzz_targets', 'fuzz/native'];
/** The implementations, with a test of the paths of their files. All others are of the core. */
const IMPLEMENTATIONS = [
  ['./verify', /^pkg\/src\/verify/],
  ['the command', /^pkg\/src\/cli\//],
  ['scripts of the main entry', /^pkg\/src\/|^src\/wasm\/js\//],
  ['core', /^/],
];
/** Highest number of characters of a rule's text that are printed. */
const MOST_TEXT = 100;
const OTHERS = ['README.md', 'CONTRIBUTING.md', 'docs', 'tests'];
const PROGRAM = /\.(?:rs|js|mjs|cjs|ts|py)$/;
const ID = /(?<![\w.-])([FED])(\d+(?:\.\d+)?)-(\d+)(?![\w-])/g;
const DEFINITION = /^(?:\s*(?:\*|\d+\.) )?\*\*([FED][\d.]+-\d+)\.|^\| ([FED][\d.]+-\d+) \|/;
/** Matches the beginning of a comment in Rust, JavaScript or Python. */
const COMMENT = /(?:^|\s)\/\/|^\s*\/?\*|(?:^|\s)#/;

const lines = (file) => readFileSync(join(root, file), 'utf8').split('\n');

/** Returns the paths of all files in the folder that have the ending, or the path itself if it is a file. */
function filesIn(path, ending) {
  if (ending.test(path)) return [path];
  const found = [];
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    const inside = `${path}/${entry.name}`;
    if (entry.isDirectory() && !['node_modules', 'target'].includes(entry.name)) found.push(...filesIn(inside, ending));
    else if (entry.isFile() && ending.test(entry.name)) found.push(inside);
  }
  return found.sort();
}

/** Returns the first words of the rule that is defined in the first of these two lines. */
function firstWords([line, next = '']) {
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const text = line.startsWith('|')
    ? cells
        .filter((cell) => cell !== '')
        .slice(1)
        .join(' | ')
    : `${line} ${DEFINITION.test(next) ? '' : next}`.replace(DEFINITION, '').replaceAll('**', '');
  const words = text.trim().split(/\s+/);
  let shown = words.shift();
  while (words.length > 0 && shown.length + words[0].length < MOST_TEXT) shown += ` ${words.shift()}`;
  return words.length > 0 ? `${shown} …` : shown;
}

/** Reads the ids that the documents define, in their order, and those that they define twice. */
function definitions() {
  const rules = new Map();
  const twice = [];
  for (const file of DOCUMENTS) {
    const all = lines(file);
    for (const [at, line] of all.entries()) {
      const [, bold, cell] = DEFINITION.exec(line) ?? [];
      const id = bold ?? cell;
      if (id === undefined) continue;
      const place = `${file}:${at + 1}`;
      if (rules.has(id)) twice.push(`${id}  ${place}`);
      else rules.set(id, { id, place, text: firstWords(all.slice(at, at + 2)), code: [], tests: [] });
    }
  }
  return { rules, twice };
}

/** Calls `found` with each id that the file cites, its place, and whether it is cited by a test. */
function citations(file, isTest, found) {
  let inTests = isTest || file.endsWith('/tests.rs');
  for (const [at, line] of lines(file).entries()) {
    inTests ||= line.startsWith('#[cfg(test)]');
    for (const { 0: id, index } of line.matchAll(ID))
      if (inTests || COMMENT.test(line.slice(0, index))) found(id, `${file}:${at + 1}`, inTests);
  }
}

const { rules, twice } = definitions();
const unknown = [];
const cite = (id, place, isTest) => {
  const rule = rules.get(id);
  if (rule === undefined) unknown.push(`${id}  ${place}`);
  else if (isTest !== undefined) rule[isTest ? 'tests' : 'code'].push(place);
};
for (const folder of CODE) for (const file of filesIn(folder, PROGRAM)) citations(file, false, cite);
for (const folder of TESTS) for (const file of filesIn(folder, PROGRAM)) citations(file, true, cite);
for (const path of OTHERS)
  for (const file of filesIn(path, /\.md$/)) citations(file, true, (id, place) => cite(id, place, undefined));

const order = ({ id }) => {
  const [, letter, section, number] = new RegExp(ID.source).exec(id);
  const [major, minor = 0] = section.split('.').map(Number);
  return ['FED'.indexOf(letter), major, minor, Number(number)];
};
const sorted = [...rules.values()].sort((a, b) => {
  const [one, other] = [order(a), order(b)];
  const at = one.findIndex((part, index) => part !== other[index]);
  return at < 0 ? 0 : one[at] - other[at];
});

if (!process.argv.includes('--check')) {
  const width = Math.max(...sorted.flatMap(({ code }) => code.map((place) => place.length)));
  for (const { id, place, text, code, tests } of sorted) {
    console.log(`${id}  ${place}  ${text}`);
    for (let at = 0; at < Math.max(code.length, tests.length); at++)
      console.log(`  ${(code[at] ?? '').padEnd(width)}  ${tests[at] ?? ''}`.trimEnd());
  }
  const implementationOf = (place) => IMPLEMENTATIONS.find(([, isOf]) => isOf.test(place))[0];
  for (const [name] of IMPLEMENTATIONS.toReversed()) {
    const cited = sorted.filter(({ code }) => code.some((place) => implementationOf(place) === name));
    console.log(`\ncited in ${name} (${cited.length}): ${cited.map(({ id }) => id).join(', ')}`);
  }
}

const wrong = {
  'no code cites it': sorted.filter(({ code }) => code.length === 0).map(({ id, place }) => `${id}  ${place}`),
  'no test cites it': sorted.filter(({ tests }) => tests.length === 0).map(({ id, place }) => `${id}  ${place}`),
  'cited but not defined': unknown,
  'defined twice': twice,
};
for (const [what, places] of Object.entries(wrong))
  if (places.length > 0)
    console.error(`\n${what} (${places.length}):\n${places.map((place) => `  ${place}`).join('\n')}`);
console.error(`\n${rules.size} rules, ${Object.values(wrong).flat().length} problems`);
process.exitCode = Object.values(wrong).some((places) => places.length > 0) ? 1 : 0;

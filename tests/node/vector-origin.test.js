// Vectors have an origin: scripts/vectors makes every file of tests/vectors/, and asks nothing of the library for it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FOLDER, TEXTS } from '../../scripts/vectors/index.js';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const manifest = JSON.parse(TEXTS.get('manifest.json'));

for (const [file, text] of TEXTS) {
  test(`${file} is what scripts/vectors makes`, () => {
    // Not assert.equal, which would print both.
    assert(readFileSync(new URL(file, FOLDER), 'utf8') === text, `${file} is stale: run \`make vectors\``);
  });
}

test('there is no other file', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), [...TEXTS.keys(), 'README.md'].sort());
});

test('the generator imports nothing of the library', () => {
  const folder = 'scripts/vectors/';
  const scripts = readdirSync(new URL(folder, root), { recursive: true }).filter((name) => name.endsWith('.js'));
  const seen = new Set(scripts.map((name) => folder + name));
  for (const script of seen) {
    for (const [, target] of read(script).matchAll(/(?:\bfrom\s+|^import\s+|\bimport\(\s*)['"]([^'"]+)['"]/gm)) {
      if (target.startsWith('node:') || target === 'canonicalize') continue;
      assert(target.startsWith('.'), `${script} imports ${target}`);
      const path = fileURLToPath(new URL(target, new URL(script, root))).slice(fileURLToPath(root).length);
      assert(path.startsWith(folder) || path === 'tests/node/support/format.js', `${script} imports ${path}`);
      seen.add(path);
    }
  }
  assert(seen.has('tests/node/support/format.js') && seen.size > 30, `${seen.size} scripts`);
});

test('every case names a section that exists', () => {
  const sections = ['FORMAT', 'ERRORS'].flatMap((name) =>
    [...read(`docs/${name}.md`).matchAll(/^#{2,3} (Terms|[\d.]+\d|\d+)\b/gm)].map(
      ([, section]) => `${name} ${section}`,
    ),
  );
  for (const { file, rules } of manifest.files) {
    for (const rule of Object.keys(rules)) {
      assert(sections.includes(/^\w+ (Terms|[\d.]+)/.exec(rule)?.[0]), `${file}: there is no ${rule}`);
    }
  }
});

test('the manifest describes every case', () => {
  for (const { file, at, id, rule, input, expected, count, rules } of manifest.files) {
    const content = JSON.parse(TEXTS.get(file));
    const cases = at === undefined ? content : content[at];
    assert.equal(cases.length, count);
    for (const one of cases) {
      for (const name of [id, rule, ...input, ...expected].filter((member) => !member.endsWith('?')))
        assert(Object.hasOwn(one, name), `${file}: ${one[id]}: ${name}`);
      assert(rules[one[rule]] > 0);
    }
  }
});

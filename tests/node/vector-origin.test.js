// Checks the origin of the vectors: scripts/vectors makes every file in tests/vectors/ without using the library, the manifest
// lists every vector, and the archive holds them all.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FOLDER, TEXTS } from '../../scripts/vectors/index.js';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const manifest = JSON.parse(TEXTS.get('manifest.json'));

for (const [file, text] of TEXTS) {
  test(`${file} is up to date with scripts/vectors`, () => {
    // Not assert.equal, because that would print both texts.
    assert(readFileSync(new URL(file, FOLDER), 'utf8') === text, `${file} is stale: run \`make vectors\``);
  });
}

test('tests/vectors holds no other file', () => {
  assert.deepEqual(readdirSync(FOLDER, { recursive: true }).sort(), [...TEXTS.keys(), 'README.md', 'folder'].sort());
});

test('the generator imports nothing from the library', () => {
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
  const sections = ['FORMAT', 'ERRORS', 'FOLDER'].flatMap((name) =>
    [...read(`docs/${name}.md`).matchAll(/^#{2,3} (Terms|[\d.]+\d|\d+)\b/gm)].map(
      ([, section]) => `${name} ${section}`,
    ),
  );
  const trees = { file: 'folder/trees.json', rules: {} };
  for (const { rule } of JSON.parse(TEXTS.get(trees.file))) trees.rules[rule] = 1;
  for (const { file, rules } of [...manifest.files, trees]) {
    for (const rule of Object.keys(rules)) {
      assert(sections.includes(/^\w+ (Terms|[\d.]+)/.exec(rule)?.[0]), `${file}: there is no ${rule}`);
    }
  }
});

test('the rules that a case names exist', () => {
  const defined = new Set(
    ['FORMAT', 'ERRORS'].flatMap((name) =>
      [...read(`docs/${name}.md`).matchAll(/^(?:\s*(?:\*|\d+\.) )?(?:\*\*|\| )([FE][\d.]+-\d+)(?:\.| \|)/gm)].map(
        ([, id]) => id,
      ),
    ),
  );
  for (const { id, rules } of manifest.vectors)
    for (const rule of rules) assert(defined.has(rule), `${id}: no ${rule}`);
  const named = new Set(manifest.vectors.flatMap(({ rules }) => rules));
  assert(named.size > 150, `only ${named.size} rules are named`);
});

test('the manifest lists every vector, with a pointer to it', () => {
  const texts = new Map(manifest.files.map(({ file }) => [file, JSON.parse(TEXTS.get(file))]));
  const follow = (value, pointer) =>
    pointer
      .split('/')
      .slice(1)
      .reduce((inside, name) => inside[name], value);
  assert.equal(new Set(manifest.vectors.map(({ id }) => id)).size, manifest.vectors.length, 'ids are unique');
  for (const { file, count } of manifest.files) {
    assert.equal(manifest.vectors.filter((vector) => vector.file === file).length, count, file);
  }
  for (const { id, rule, file, pointer } of manifest.vectors) {
    const vector = follow(texts.get(file), pointer);
    assert.equal(id, `${file.replace('.json', '')}/${vector.name}`);
    assert.equal(rule, vector.rule, id);
  }
});

test('the archive holds the vectors with their documents, and is reproducible', () => {
  const run = (program, ...args) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: fileURLToPath(root), encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const make = () => run('scripts/vectors-archive.sh').trim();
  const file = make();
  const bytes = readFileSync(new URL(file, root));
  assert(bytes.equals(readFileSync(new URL(make(), root))), 'the second archive has other bytes');
  const names = run('tar', '-tzf', file).trim().split('\n');
  const held = names.map((name) => name.replace(/^[^/]*\//, '')).filter((name) => name !== '' && !name.endsWith('/'));
  assert.deepEqual(
    held.sort(),
    [...TEXTS.keys(), 'README.md', 'ERRORS.md', 'FOLDER.md', 'FORMAT.md', 'LICENSE'].sort(),
  );
  const readme = run(
    'tar',
    '-xzOf',
    file,
    names.find((name) => name.endsWith('README.md')),
  );
  for (const [, target] of readme.matchAll(/\]\(([^)#]+)[^)]*\)/g))
    assert(held.includes(target), `${target} is missing`);
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

// What `.gitignore` leaves out, compared with git itself on random trees and patterns (IGNORE_TREES=200, IGNORE_SEED=1).
//
// How: all trees lie in one repository, and one run of `git check-ignore` answers for all of their paths. The trees hold names with every
// character that means something in a pattern.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ignored } from '../../pkg/src/cli/folder/ignored.js';
import { ENV, newFolder } from './support/command.js';

const TREES = Number(process.env.IGNORE_TREES ?? 200);
let seed = Number(process.env.IGNORE_SEED ?? 1);
const below = (limit) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
};
const pick = (list) => list[below(list.length)];

const NAMES = 'a b ab abc foo foo.md bar.txt A .dot x# !y [z] q? w* é àé 😀 a\\b - 0 z.log {a,b} (a)'
  .split(' ')
  .concat('a b', 'foo ', 'a\nb', 'tab\t');
const ATOMS =
  'a b foo * ? ** *** .md .log [ab] [!a] [a-c] [^b] [0-9] [z] [[:alpha:]] [[:x:]] []a] [a [a-] [\\]] [: [à-é] \\* \\? \\[z\\] \\a \\ . é à 😀 # ! x {a,b} (a) + $ ^ |'
    .split(' ')
    .concat(' ', '\\ ', '\t');

function pattern() {
  const names = Array.from({ length: 1 + below(3) }, () =>
    Array.from({ length: 1 + below(3) }, () => pick(ATOMS)).join(''),
  );
  const start = pick(['', '', '', '', '!', '!/', '/', '/', '#']);
  return start + names.join('/') + pick(['', '', '', '', '', '/', '/', ' ', '\r']);
}

/** Fills a folder, and adds its paths from the top to `paths`; those of folders end with `/`. */
function fill(folder, path, depth, paths) {
  for (const name of new Set(Array.from({ length: 2 + below(5) }, () => pick(NAMES)))) {
    const isFolder = depth < 3 && below(2) === 1;
    paths.push(path + name + (isFolder ? '/' : ''));
    if (isFolder) {
      mkdirSync(join(folder, name));
      fill(join(folder, name), `${path}${name}/`, depth + 1, paths);
    } else writeFileSync(join(folder, name), '');
  }
  if (depth === 0 || below(4) === 0)
    writeFileSync(
      join(folder, '.gitignore'),
      Array.from({ length: 1 + below(5) }, pattern).join('\n') + pick(['', '\n']),
    );
}

/** Returns the paths that git leaves out. */
function leftOutByGit(top, paths) {
  const input = paths.map((path) => `${path.replace(/\/$/, '')}\0`).join('');
  const args = ['-C', top, '-c', 'core.excludesFile=', 'check-ignore', '--no-index', '-z', '--stdin', '-v', '-n'];
  const { stdout, stderr } = spawnSync('git', args, { input, encoding: 'utf8', env: ENV, maxBuffer: 2 ** 28 });
  assert.equal(stderr, '');
  const fields = stdout.split('\0');
  const found = new Map();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [source, , text, path] = fields.slice(at, at + 4);
    found.set(path, { isOut: source !== '' && !text.startsWith('!'), text });
  }
  return found;
}

/** Adds the paths below a folder that we leave out; what is in a folder that is left out is left out with it. */
function leaveOut(folder, path, ignored, isOut, found) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const inForce = path === '' ? ignored : ignored.below(folder, path, new Set(entries.map(({ name }) => name)));
  for (const entry of entries) {
    const own = path + entry.name;
    const isFolder = entry.isDirectory();
    const isNowOut = isOut || inForce.has(isFolder ? `${own}/` : own);
    found.set(own, isNowOut);
    if (isFolder) leaveOut(join(folder, entry.name), `${own}/`, inForce, isNowOut, found);
  }
}

test(`leaves out what git leaves out, in ${TREES} random trees`, () => {
  const top = newFolder();
  assert.equal(spawnSync('git', ['init', '-q', top], { env: ENV }).status, 0);
  const first = seed;
  const paths = [];
  for (let tree = 0; tree < TREES; tree++) {
    mkdirSync(join(top, `t${tree}`));
    fill(join(top, `t${tree}`), `t${tree}/`, 0, paths);
  }
  const git = leftOutByGit(top, paths);
  let compared = 0;
  let out = 0;
  for (let tree = 0; tree < TREES; tree++) {
    const home = join(top, `t${tree}`);
    const ours = new Map();
    leaveOut(home, '', Ignored.at(home), false, ours);
    for (const [path, isOut] of ours) {
      if (path.split('/').at(-1) === '.gitignore') continue;
      const expected = git.get(`t${tree}/${path}`);
      assert.equal(isOut, expected.isOut, `seed ${first}: ${JSON.stringify([`t${tree}`, path, expected.text])}`);
      compared++;
      if (isOut) out++;
    }
  }
  assert.equal(compared, paths.length);
  assert.ok(out > compared / 100, `${out} of ${compared} paths are left out: the patterns match too little`);
});

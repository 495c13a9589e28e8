// Checks the documents of the package as a reader sees them after unpacking it.
//
// Why: readers who follow a dead link do not come back. How: every link of every document in the installed package must lead to
// an existing file, and an anchor to an existing heading.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { packedText } from '../../pkg/build/links.js';
import { root } from './support/child.js';

/** Lists the Markdown files below a folder. */
function documentsIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
const withoutPrograms = (text) => text.replace(/^```[\s\S]*?^```$/gm, '');
/** Makes the anchor of a heading as GitHub and npm do. */
const anchorOf = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replace(/ /g, '-');
function anchorsOf(file) {
  const anchors = new Set();
  for (const [, heading] of withoutPrograms(readFileSync(file, 'utf8')).matchAll(/^#+ (.*)$/gm)) {
    const anchor = anchorOf(heading);
    let own = anchor;
    for (let more = 1; anchors.has(own); more++) own = `${anchor}-${more}`;
    anchors.add(own);
  }
  return anchors;
}
/** Lists the targets of links and pictures, in Markdown and in HTML. */
function linksOf(file) {
  const text = withoutPrograms(readFileSync(file, 'utf8')).replace(/`[^`\n]*`/g, '');
  const markdown = text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g);
  const html = text.matchAll(/\b(?:href|src|srcset)="([^"]*)"/g);
  const references = text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm);
  return [...markdown, ...html, ...references].map(([, target]) => target);
}
/** Returns whether a link in that document is dead or leads out of the folder. */
function isDead(link, file, folder) {
  if (/^(?:https?|mailto):/.test(link)) return false;
  const [path, anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), decodeURI(path));
  if (relative(folder, target).startsWith('..') || !existsSync(target)) return true;
  if (anchor === undefined) return false;
  return !statSync(target).isFile() || !anchorsOf(target).has(decodeURI(anchor));
}
const deadLinks = (file, folder) => linksOf(file).filter((link) => isDead(link, file, folder));

const installed = join(root, 'node_modules/@lssm-tech/lib.context-snapshot');

describe('every link leads somewhere', () => {
  test('in the package', () => {
    const documents = documentsIn(installed);
    const names = documents.map((file) => relative(installed, file));
    for (const name of ['README.md', 'CHANGELOG.md', 'THIRD-PARTY.md', 'docs/FORMAT.md'])
      assert(names.includes(name), name);
    let links = 0;
    for (const file of documents) {
      links += linksOf(file).length;
      assert.deepEqual(deadLinks(file, installed), [], relative(installed, file));
    }
    assert(links > 50, `${links}`);
  });

  test('in the repository', () => {
    const folders = ['docs', 'bench', 'fuzz', 'tests', 'examples'].map((name) => join(root, name));
    const documents = folders.flatMap(documentsIn).filter((file) => !/[\\/](?:node_modules|corpus)[\\/]/.test(file));
    for (const name of readdirSync(root)) if (name.endsWith('.md')) documents.push(join(root, name));
    for (const file of documents) assert.deepEqual(deadLinks(file, root), [], relative(root, file));
  });
});

test('the packed README has the whole text of the one in the repository', () => {
  const words = (file) =>
    readFileSync(file, 'utf8')
      .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
      .replace(/\]\([^)]*\)/g, ']')
      .replace(/[[\]\s]/g, '');
  assert.equal(words(join(installed, 'README.md')), words(join(root, 'README.md')));
});

describe('a link in a packed document', () => {
  const packed = new Set(['README.md', 'docs/A.md', 'docs/B.md']);

  test('is kept, or changed to the place in the package', () => {
    for (const [text, file, expected] of [
      ['[a](docs/A.md#b) [c](#d) [e](https://example.org/)', 'README.md', undefined],
      ['[b](B.md) [up](../README.md)', 'docs/A.md', undefined],
      ['[types](pkg/src/index.d.ts)', 'README.md', '[types](dist/index.d.ts)'],
      ['[types](../pkg/src/verify.d.ts#L1)', 'docs/A.md', '[types](../dist/verify.d.ts#L1)'],
    ]) {
      assert.equal(packedText(text, file, packed), expected ?? text);
    }
  });

  test('becomes plain text if its target is not packed; a picture is removed', () => {
    assert.equal(packedText('see [bench/README.md](bench/README.md).', 'README.md', packed), 'see bench/README.md.');
    assert.equal(packedText('a ![chart](bench/chart.svg) b', 'README.md', packed), 'a  b');
    assert.equal(packedText('[`lib`](../src/lib.rs)', 'docs/A.md', packed), '`lib`');
  });

  test('is left alone inside a program', () => {
    const program = '```js\nlist[at](value.of)\n```\n';
    assert.equal(packedText(`[x](no.md)\n${program}[y](no.md)`, 'README.md', packed), `x\n${program}y`);
  });
});

test('the check notices a dead link', () => {
  const file = join(installed, 'README.md');
  for (const link of ['docs/NONE.md', 'docs/FORMAT.md#no-such-heading', '../package.json', '#no-such-heading']) {
    assert(isDead(link, file, installed), link);
  }
  for (const link of ['docs/FORMAT.md#1-items', 'docs', '#cost', 'https://example.org/none']) {
    assert(!isDead(link, file, installed), link);
  }
});

test('each mutant that tests/mutants.md explains is one of code that is there', () => {
  const text = readFileSync(join(root, 'tests/mutants.md'), 'utf8');
  const entries = [...text.matchAll(/^- `(\S+\.rs): .*? in (?:(\S.*?)::)?\w+` in `(.*?)`: /gm)];
  assert.equal(entries.length, text.match(/^- `/gm).length);
  for (const [, file, type, line] of entries) {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    assert(
      lines.some((one) => one.trim() === line),
      `${file}: ${line}`,
    );
    // `make mutants` finds an entry by the name of the mutant, which has the type as it is written.
    if (type !== undefined) {
      assert(
        lines.some((one) => one.startsWith('impl') && one.endsWith(` ${type} {`)),
        `${file}: ${type}`,
      );
    }
  }
});

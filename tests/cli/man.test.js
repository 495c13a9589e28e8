// The man page: it says what `--help` says of each verb, and tools that show man pages have nothing to complain about.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { run } from './support/command.js';

const manifest = createRequire(import.meta.url).resolve('@lssm-tech/lib.context-snapshot/package.json');
const { man, version } = JSON.parse(readFileSync(manifest, 'utf8'));
const file = join(dirname(manifest), man);
const isThere = (tool) => spawnSync(tool, ['-V'], { input: '' }).error === undefined;
const skipWithout = (tool) => (isThere(tool) ? false : `${tool} is not installed`);

/** Returns help or a man page as one line of words, in lower case, without escapes and punctuation at ends of sentences. */
const words = (text) =>
  text
    .replace(/\\\((rs|aq|ga|ha|ti|dq)/g, (_, name) => ({ rs: '\\', aq: "'", ga: '`', ha: '^', ti: '~', dq: '"' })[name])
    .replace(/\\([-&])/g, (_, one) => (one === '-' ? '-' : ''))
    .replace(/\s+/g, ' ')
    .toLowerCase();

test('says all that --help says', () => {
  const page = words(readFileSync(file, 'utf8'));
  const top = run(['--help']).out;
  assert.ok(page.includes(`context-snapshot ${version}`));
  const verbs = [...top.matchAll(/^ {2}([a-z-]+) (?:\[options\] )?[[<].*$/gm)].map(([, verb]) => verb);
  assert.ok(verbs.length > 15, verbs.join());
  for (const verb of verbs) assert.ok(page.includes(`.ss ${verb} `), verb);
  for (const help of [top, ...verbs.filter((verb) => verb !== 'help').map((verb) => run(['help', verb]).out)]) {
    // A description may go on in the next lines.
    const options = help.matchAll(/^ {2}(-.*?) {2,}(\S.*(?:\n {10,}\S.*)*)$/gm);
    const codes = help.matchAll(/^ {2}(\d) (.*)$/gm);
    const entries = [...options, ...codes].map(([, term, text]) => words(`${term} ${text}`));
    const examples = [...help.matchAll(/^ {2}(\$ .*)$/gm)].map(([, line]) => line);
    assert.ok(entries.length > 0, help);
    for (const entry of entries) assert.ok(page.includes(entry), entry);
    for (const example of examples) assert.ok(page.includes(words(example)), example);
  }
});

test('is accepted by groff without a warning', { skip: skipWithout('groff') }, () => {
  const { status, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', '-z', file], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
});

test('is accepted by mandoc without a remark', { skip: skipWithout('mandoc') }, () => {
  const { status, stdout } = spawnSync('mandoc', ['-Tlint', file], { encoding: 'utf8' });
  assert.deepEqual([status, stdout], [0, '']);
});

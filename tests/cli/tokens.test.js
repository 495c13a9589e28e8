// `--tokens`: numbers are those of the package gpt-tokenizer, and change nothing of what is locked.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { countTokens as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import {
  CLI,
  CONFIG,
  config,
  folderOf,
  LOCK,
  locked,
  newFolder,
  objects,
  run,
  shell,
  write,
} from './support/command.js';

const TEXT = 'Refunds are possible within 30 days. 払い戻しは30日以内です。\n';
const VALUE = { b: [1, 2], a: 'x' };
const files = {
  [CONFIG]: config({
    include: [
      { files: '*.md', kind: 'docblock' },
      { files: '*.json', kind: 'contract', as: 'json' },
    ],
    exclude: [CONFIG],
  }),
  'a.md': TEXT,
  'b.md': '',
  'c.json': VALUE,
};
const all = (count) => count(TEXT) + count('{"a":"x","b":[1,2]}');
const json = (args, options) => {
  const { code, out, err } = run([...args, '--json'], options);
  assert.ok(code <= 1, err);
  return objects(out);
};

describe('--tokens', () => {
  test('counts what lock, status, diff, preview and show have bytes of', () => {
    const folder = folderOf(files);
    const here = { cwd: folder };
    assert.equal(json(['lock', '--tokens', '.'], here)[0].tokens, all(o200k));
    assert.equal(json(['lock', '--tokens=cl100k_base'], here)[0].tokens, all(cl100k));
    assert.match(run(['lock', '--tokens'], here).out, new RegExp(`: 3 items, \\d+ B, ${all(o200k)} tokens$`, 'm'));
    assert.equal(json(['status', '--tokens'], here)[0].tokens, all(o200k));
    const preview = json(['preview', '--tokens'], here)[0];
    assert.deepEqual(
      [preview.tokens, preview.kinds.map(({ kind, tokens }) => [kind, tokens])],
      [
        all(o200k),
        [
          ['contract', o200k('{"a":"x","b":[1,2]}')],
          ['docblock', o200k(TEXT)],
        ],
      ],
    );
    assert.equal(json(['show', '--tokens'], here)[0].tokens, all(o200k));
    assert.equal(json(['show', 'a.md', '--tokens'], here)[0].tokens, o200k(TEXT));
    assert.equal(run(['show', 'a.md', '--tokens'], here).out, TEXT);

    write(folder, { 'a.md': `${TEXT}More.\n`, 'd.md': 'new' });
    const [before, after] = [o200k(TEXT), o200k(`${TEXT}More.\n`)];
    for (const verb of ['status', 'diff']) {
      const [changed, added] = json([verb, '--tokens'], here);
      assert.deepEqual(
        [changed.before.tokens, changed.after.tokens, added.after.tokens],
        [before, after, o200k('new')],
      );
      const { out } = run([verb, '--tokens'], here);
      assert.match(out, new RegExp(`^M a\\.md {2}\\d+ B, ${before} tokens -> \\d+ B, ${after} tokens\\nA d`, 'm'));
    }
    assert.match(
      run(['diff', '--tokens', '--format', 'md'], here).out,
      /\| M \| \d+ B, \d+ tokens \| \d+ B, \d+ tokens \|/,
    );
    rmSync(join(folder, '.context'), { recursive: true });
    assert.equal(json(['status', '--tokens'], here)[0].before.tokens, null);
    assert.equal(json(['show', '--tokens'], here)[0].tokens, null);
  });

  test('changes nothing of what is locked', () => {
    const [plain, counted] = [folderOf(files), folderOf(files)];
    locked(plain, '--idem-key', 'k');
    locked(counted, '--idem-key', 'k', '--tokens');
    assert.equal(readFileSync(join(counted, LOCK), 'utf8'), readFileSync(join(plain, LOCK), 'utf8'));
  });

  test('takes marks of a model for text, and long runs in pieces', () => {
    const folder = folderOf({
      'a.txt': '<|endoftext|>',
      'b.txt': 'a'.repeat(1_000_000),
      'c.txt': ' '.repeat(1_000_000),
    });
    assert.equal(run(['lock'], { cwd: folder }).code, 0);
    assert.ok(json(['show', 'a.txt', '--tokens'], { cwd: folder })[0].tokens > 1);
    const { tokens } = json(['show', 'b.txt', '--tokens'], { cwd: folder })[0];
    assert.ok(tokens >= 125_000 && tokens < 126_000, `${tokens}`);
    assert.ok(json(['show', 'c.txt', '--tokens'], { cwd: folder })[0].tokens < 100_000);
  });

  test('is misuse with another encoding, and beside forms that never change', () => {
    const folder = folderOf({ 'a.md': '' });
    locked(folder);
    for (const args of [
      ['status', '--tokens=x'],
      ['status', '--tokens='],
      ['status', '--tokens', '--porcelain'],
      ['status', '--tokens', '-z'],
      ['diff', '--tokens', '--words'],
    ])
      assert.equal(run(args, { cwd: folder }).code, 2, args.join(' '));
    assert.match(run(['show', '--', '--tokens'], { cwd: folder }).err, /There is no item --tokens/);
  });

  test('says how to install the package if it is not there, and does nothing', () => {
    const project = newFolder();
    const installed = join(project, 'node_modules/@lssm-tech/lib.context-snapshot');
    mkdirSync(installed, { recursive: true });
    cpSync(dirname(dirname(CLI)), installed, { recursive: true });
    const folder = folderOf({ 'a.md': '' });
    const command = `"${process.execPath}" "${join(installed, 'dist/cli.js')}" lock`;
    const { code, out, err } = shell(`${command} --tokens`, { cwd: folder });
    assert.deepEqual([code, out], [2, '']);
    assert.match(
      err,
      /^context-snapshot: error: --tokens needs the package gpt-tokenizer .*npm install gpt-tokenizer.*\n$/,
    );
    assert.ok(!existsSync(join(folder, '.context')));
    assert.equal(shell(command, { cwd: folder }).code, 0);
  });
});

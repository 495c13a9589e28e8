// Streams and terminals: pipes that close early, colour, progress, width, locale and Ctrl-C.
//
// How: `script` of util-linux gives the command a pseudo-terminal.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { CLI, CONFIG, config, ENV, folderOf, LOCK, locked, objects, run, shell, write } from './support/command.js';

const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
const skip = hasScript ? false : 'script of util-linux is not installed';
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for escape sequences
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]/g;

const CLEARED = '\r\x1b[K';
const HIDE_CURSOR = '\x1b[?25l';
const NO_WRAP = '\x1b[?7l';

/** Runs the command in a pseudo-terminal. @param onOutput is called with all output so far, and what types keys */
function inTerminal(command, { cwd, env = {}, columns = 80, onOutput = () => {} }) {
  const line = `stty cols ${columns} rows 24; ${process.execPath} ${CLI} ${command}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { ...ENV, TERM: 'xterm', SHELL: '/bin/sh', ...env },
  });
  let out = '';
  child.stdout.on('data', (piece) => {
    out += piece;
    onOutput(out, (keys) => child.stdin.write(keys));
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

let folder;
let large;
before(() => {
  folder = folderOf({ [CONFIG]: config(), 'a.md': 'one\n', 'b.md': 'two\n' });
  locked(folder);
  write(folder, { 'a.md': 'ONE\n' });
  // Files that take a while: they are read, though they are holes.
  large = folderOf({ [CONFIG]: config({ include: [{ files: '*.bin', kind: 'k', as: 'digest' }] }) });
  for (let at = 0; at < 8; at++) {
    writeFileSync(join(large, `${at}.bin`), '');
    truncateSync(join(large, `${at}.bin`), 50_000_000 + at);
  }
});

describe('colour', () => {
  const isColoured = (text) => text.search(ESCAPES) >= 0;

  test('is for terminals only, unless it is asked for', () => {
    for (const args of [['status'], ['diff'], ['lock', '--dry-run'], ['log'], ['verify']]) {
      const { out, err } = run(args, { cwd: folder });
      assert.equal(isColoured(out + err), false, args.join());
      assert.equal(isColoured(run([...args, '--color', 'always'], { cwd: folder }).out), true, args.join());
    }
    assert.equal(isColoured(run(['status', '--json', '--color', 'always'], { cwd: folder }).out), false);
    assert.equal(isColoured(run(['status', '--porcelain', '--color', 'always'], { cwd: folder }).out), false);
  });

  test('follows NO_COLOR, --color and TERM on a terminal', { skip }, async () => {
    const shows = async (args, env) => isColoured((await inTerminal(`status ${args}`, { cwd: folder, env })).out);
    assert.deepEqual(
      [
        await shows('', {}),
        await shows('', { NO_COLOR: '1' }),
        await shows('', { NO_COLOR: '' }),
        await shows('', { TERM: 'dumb' }),
      ],
      [true, false, true, false],
    );
    assert.deepEqual(
      [await shows('--color never', {}), await shows('--color always', { NO_COLOR: '1' })],
      [false, true],
    );
  });

  test('of remarks depends on standard error, not on standard output', { skip }, async () => {
    await inTerminal('status 2> remarks.txt', { cwd: folder });
    assert.equal(isColoured(readFileSync(join(folder, 'remarks.txt'), 'utf8')), false);
    const { out } = await inTerminal('status > results.txt', { cwd: folder });
    assert.equal(isColoured(readFileSync(join(folder, 'results.txt'), 'utf8')), false);
    assert.equal(isColoured(out), true);
  });
});

describe('streams', () => {
  test('results are on standard output, all else on standard error, which --quiet empties', () => {
    const noisy = folderOf({ 'a.md': '\ufeffa', 'A.md': 'b', 'c.bin': '\0' });
    const { out, err } = run(['lock', noisy]);
    assert.match(err, /There is no context-pack\.json[^\n]*\n.*differ by case.*\n.*byte-order mark.*\n.*not text/s);
    assert.match(out, /^locked [^\n]*\n {2}hash [^\n]*\n {2}seal [^\n]*\n {2}[^\n]*context\.lock\.json\n$/);
    write(noisy, { 'a.md': 'x' });
    const quiet = run(['lock', noisy, '--quiet']);
    assert.deepEqual([quiet.code, quiet.err], [0, '']);
    assert.equal(objects(run(['status', noisy, '--json']).out).length, 1);
  });

  test('a reader that goes away ends the command without a word', () => {
    const many = folderOf(
      Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`a-long-name-for-a-file-${at}.md`, ''])),
    );
    write(many, { [CONFIG]: config(), 'large.json': JSON.stringify('x'.repeat(1_000_000)) });
    const small = folderOf({ 'a.md': '' });
    for (const command of ['lock --dry-run', 'canonicalize large.json', '--help', `lock ${small}`]) {
      const { code, out, err } = shell(`$CLI ${command} | head -c 20; exit 0`, { cwd: many });
      assert.equal(code, 0);
      assert.ok(out.length <= 20);
      assert.doesNotMatch(err, /EPIPE|^ +at |Unexpected/m, command);
    }
    assert.ok(existsSync(join(small, LOCK)), 'the lock is written though nobody reads about it');
  });

  test('a full disk behind standard output is exit 5', () => {
    for (const command of ['status', 'show b.md', 'log --json', 'canonicalize context.lock.json']) {
      const { code, err } = shell(`$CLI ${command} > /dev/full`, { cwd: folder });
      assert.deepEqual(
        [code, err.trim().split('\n').at(-1)],
        [5, 'context-snapshot: error: <stdout>: The disk is full'],
        command,
      );
    }
  });

  test('closed streams are no crash', () => {
    const { code } = shell('$CLI status <&- >&- 2>&-', { cwd: folder });
    assert.equal(code, 1);
  });

  test('standard input may be slow', () => {
    const { code, out } = shell('(sleep 0.3; echo "{}") | $CLI hash -');
    assert.deepEqual([code, out], [0, 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n']);
  });

  test('the locale changes nothing of what is written', () => {
    write(folder, { 'é 😀.md': '' });
    const all = ['C', 'C.UTF-8', 'POSIX'].map((locale) =>
      run(['status'], { cwd: folder, env: { LC_ALL: locale, LANG: '' } }),
    );
    assert.match(all[0].out, /^A é 😀\.md$/m);
    assert.deepEqual(all[1], all[0]);
    assert.deepEqual(all[2], all[0]);
  });
});

describe('progress', { skip }, () => {
  const lines = (out) =>
    out
      .replace(ESCAPES, '')
      .split(/[\r\n]+/)
      .filter((line) => line.startsWith('locking'));

  test('is not shown without a terminal, nor with --quiet', async () => {
    assert.doesNotMatch(run(['lock', '--dry-run'], { cwd: large }).err, /locking/);
    const { out } = await inTerminal('lock --dry-run --quiet', { cwd: large });
    assert.deepEqual(lines(out), []);
  });

  for (const columns of [40, 200]) {
    test(`fits ${columns} columns, and is removed at the end`, async () => {
      const { code, out } = await inTerminal('lock --dry-run', { cwd: large, columns });
      assert.equal(code, 0);
      const shown = lines(out);
      assert.ok(shown.length > 0, out);
      for (const line of shown) {
        assert.match(line, /^locking [█░]{4,24} \d+\/8$/);
        assert.ok(line.length < columns, line);
      }
      assert.ok(out.includes(`${CLEARED}\x1b[1mwould lock`), out);
    });
  }

  test('is ASCII in the C locale', async () => {
    const { out } = await inTerminal('lock --dry-run', { cwd: large, env: { LC_ALL: 'C' } });
    for (const line of lines(out)) assert.match(line, /^locking [=-]{4,24} \d+\/8$/);
  });

  test('does not keep a failed command alive', async () => {
    const blocked = folderOf({
      [CONFIG]: config({
        include: [
          { files: '*.bin', kind: 'k', as: 'digest' },
          { files: '*.md', kind: 'k', as: 'json' },
        ],
      }),
    });
    for (let at = 0; at < 6; at++) {
      writeFileSync(join(blocked, `${at}.bin`), '');
      truncateSync(join(blocked, `${at}.bin`), 80_000_000);
    }
    write(blocked, { 'z.md': 'not JSON' });
    const { code, out } = await inTerminal('lock', { cwd: blocked });
    assert.equal(code, 4);
    assert.ok(out.includes(`${CLEARED}context-snapshot: `), out);
    assert.match(out, /z\.md:1:1: Invalid JSON/);
  });

  test('Ctrl-C ends lock at once; the old lock is whole, and the terminal is as it was', async () => {
    const home = folderOf({
      [CONFIG]: config({ include: [{ files: '*.bin', kind: 'k', as: 'digest' }] }),
      '0.bin': 'x',
    });
    locked(home);
    const text = readFileSync(join(home, LOCK), 'utf8');
    const names = readdirSync(home);
    for (let at = 1; at < 40; at++) {
      writeFileSync(join(home, `${at}.bin`), '');
      truncateSync(join(home, `${at}.bin`), 200_000_000 + at);
    }
    let isPressed = false;
    const { out } = await inTerminal('lock', {
      cwd: home,
      onOutput: (all, type) => {
        if (isPressed || !all.includes('locking')) return;
        isPressed = true;
        type('\x03');
      },
    });
    // Seconds depend on the machine; the files that it goes on to read do not.
    const done = Math.max(...[...out.matchAll(/ (\d+)\/40/g)].map(([, count]) => Number(count)));
    assert.ok(done < 20, `it ends at once: ${done} of 40 files`);
    for (const one of ['locked', HIDE_CURSOR, NO_WRAP]) assert.ok(!out.includes(one), out);
    assert.equal(readFileSync(join(home, LOCK), 'utf8'), text);
    assert.deepEqual(
      readdirSync(home).filter((name) => !name.endsWith('.bin')),
      names.filter((name) => !name.endsWith('.bin')),
    );
    for (let at = 2; at < 40; at++) truncateSync(join(home, `${at}.bin`), 0);
    assert.equal(locked(home).itemCount, 40);
    assert.deepEqual(
      readdirSync(join(home, '.context'))
        .filter((name) => name !== 'known.json')
        .sort(),
      ['.gitignore', 'objects', 'records'],
    );
  });
});

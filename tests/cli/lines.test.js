// JSON lines: every mistake has its line, and memory does not grow with the file.
//
// CLI_LARGE=1 also reads 2 GB and locks 50,000 files, and prints what they take: minutes, and 5 GB of disk.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { CONFIG, config, folderOf, newFolder, run, write } from './support/command.js';

const isLarge = process.env.CLI_LARGE === '1';
const large = { skip: isLarge ? false : 'CLI_LARGE=1 runs it' };
const PACK = { packKey: 'p', version: '1', title: '' };
const line = (id, content = 'x') =>
  `{"content":${JSON.stringify(content)},"itemId":"${id}","kind":"k","sourceKey":"s"}\n`;

let folder;
before(() => {
  folder = folderOf({ 'pack.json': PACK });
});
const create = (file, options) => run(['create', '--pack', 'pack.json', file, '--json'], { cwd: folder, ...options });

/** Runs the command, and returns the most memory that it had, in MB, as well. */
function measured(args, cwd) {
  const report = 'process.on("exit", () => process._rawDebug("maxRSS", process.resourceUsage().maxRSS));';
  const { code, out, err } = run(args, {
    cwd,
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(report)}`],
  });
  const [, kilobytes] = /maxRSS (\d+)/.exec(err);
  return { code, out, err: err.replace(/maxRSS \d+\n/, ''), memory: Number(kilobytes) / 1000 };
}

/** Writes a file in large pieces. */
function writeLines(file, count, make) {
  const descriptor = openSync(file, 'w');
  let piece = [];
  for (let at = 0; at < count; at++) {
    piece.push(make(at));
    if (piece.length === 10_000 || at === count - 1) {
      writeSync(descriptor, piece.join(''));
      piece = [];
    }
  }
  closeSync(descriptor);
}

describe('mistakes in JSON lines', () => {
  const MISTAKES = {
    'a truncated file': [
      `${line('a')}${line('b').slice(0, 20)}`,
      /items\.jsonl:2:\d+: .*Invalid JSON: expected .*, found the end/,
    ],
    'a line that is not JSON, after blank ones': [
      `${line('a')}\n\r\n \t\n{"itemId" "b"}\n`,
      /items\.jsonl:5:11: itemId: Invalid JSON: expected :/,
    ],
    'invalid UTF-8': [
      Buffer.concat([Buffer.from(line('a')), Buffer.from('{"itemId":"\xff"}\n', 'latin1')]),
      /items\.jsonl:2:12: itemId: Invalid JSON: .*not UTF-8/,
    ],
    'a byte-order mark': [`\ufeff${line('a')}`, /items\.jsonl:1:1: Invalid JSON: expected no byte-order mark/],
    'a duplicate': [
      `${line('a')}\n${line('b')}${line('a')}`,
      /items\.jsonl:4: itemId: Duplicate itemId: also at items\.jsonl:1$/m,
    ],
    'a duplicate member': [`${line('a')}{"itemId":"b","itemId":"c"}\n`, /items\.jsonl:2:15: itemId: Duplicate member/],
    'a value that is no item': ['[1]\n', /items\.jsonl:1: .*[Ii]nvalid/],
    'a missing member': [`${line('a')}{"itemId":"b"}\n`, /items\.jsonl:2: (kind|sourceKey): /],
  };
  for (const [name, [text, message]] of Object.entries(MISTAKES)) {
    test(`have their line and column: ${name}`, () => {
      write(folder, { 'items.jsonl': text });
      const { code, out, err } = create('items.jsonl');
      assert.deepEqual([code, out], [4, ''], err);
      assert.match(err, /^context-snapshot: error: [^\n]*\n$/);
      assert.match(err, message);
      const piped = create('-', { input: text });
      assert.deepEqual([piped.code, piped.err], [code, err.replaceAll('items.jsonl', '<stdin>')]);
    });
  }

  test('name both files of a duplicate', () => {
    write(folder, { 'one.jsonl': line('a'), 'two.jsonl': `${line('b')}${line('a')}` });
    const { code, err } = run(['create', '--pack', 'pack.json', 'one.jsonl', 'two.jsonl'], { cwd: folder });
    assert.deepEqual(
      [code, err],
      [4, 'context-snapshot: error: two.jsonl:2: itemId: Duplicate itemId: also at one.jsonl:1\n'],
    );
  });

  test('leave nothing in the folder of the new snapshot', () => {
    write(folder, { 'items.jsonl': `${line('a')}nope\n` });
    const { code } = run(['create', '--pack', 'pack.json', 'items.jsonl', '--out', 'new'], { cwd: folder });
    assert.equal(code, 4);
    assert.match(spawnSync('ls', ['-A', join(folder, 'new')], { encoding: 'utf8' }).stdout, /^$/);
  });

  test('of a list have the number of the item', () => {
    write(folder, { 'items.json': `[${line('a')}, {"itemId": "b"}]` });
    const { code, err } = create('items.json');
    assert.equal(code, 4);
    assert.match(err, /^context-snapshot: error: items\.json: items\.1\.(kind|sourceKey): [^\n]*\n$/);
  });

  test('no items at all are refused, unless that is asked for', () => {
    for (const [file, text] of [
      ['items.jsonl', ''],
      ['items.json', '[]'],
    ]) {
      write(folder, { [file]: text });
      const { code, out, err } = create(file);
      assert.deepEqual(
        [code, out, err],
        [4, '', 'context-snapshot: error: There are no items; a snapshot without items needs --allow-empty\n'],
      );
      const asked = run(['create', '--pack', 'pack.json', file, '--allow-empty', '--json'], { cwd: folder });
      assert.deepEqual([asked.code, JSON.parse(asked.out).itemCount], [0, 0], asked.err);
    }
    const piped = run(['create', '--pack', 'pack.json', '-', '--out', 'none'], { cwd: folder, input: '' });
    assert.equal(piped.code, 4);
    assert.match(spawnSync('ls', ['-A', join(folder, 'none')], { encoding: 'utf8' }).stdout, /^$/);
  });

  test('a last line needs no line end, and lines may end with CRLF', () => {
    write(folder, { 'items.jsonl': `${line('a').trim()}\r\n${line('b').trim()}` });
    const { code, out } = create('items.jsonl');
    assert.deepEqual([code, JSON.parse(out).itemCount], [0, 2]);
  });
});

describe('large files of lines', () => {
  test('a duplicate at line 900,000 is found in seconds', () => {
    const file = join(folder, 'many.jsonl');
    writeLines(file, 900_000, (at) => line(at === 899_999 ? 'i5' : `i${at}`));
    const { code, err, memory } = measured(['create', '--pack', 'pack.json', 'many.jsonl'], folder);
    rmSync(file);
    assert.deepEqual(
      [code, err],
      [4, 'context-snapshot: error: many.jsonl:900000: itemId: Duplicate itemId: also at many.jsonl:6\n'],
    );
    assert.ok(memory < 512, `${memory} MB`);
  });

  test('a line of 500 MB is refused, with its number and little memory', () => {
    const file = join(folder, 'long.jsonl');
    writeFileSync(file, line('a'));
    truncateSync(file, 500_000_000);
    const { code, err, memory } = measured(['create', '--pack', 'pack.json', 'long.jsonl'], folder);
    rmSync(file);
    assert.deepEqual(
      [code, err],
      [4, 'context-snapshot: error: long.jsonl:2: The line is longer than 268 MB, the most that an item may have\n'],
    );
    assert.ok(memory < 700, `${memory} MB`);
  });

  test('2 GB take at most 512 MB of memory', large, (context) => {
    const file = join(folder, 'huge.jsonl');
    const text = 'lorem ipsum dolor sit amet '.repeat(72);
    writeLines(file, 1_000_000, (at) => line(`item/${at}`, `${at} ${text}`));
    const began = performance.now();
    const { code, out, err, memory } = measured(
      ['create', '--pack', 'pack.json', 'huge.jsonl', '--out', 'huge'],
      folder,
    );
    assert.equal(code, 0, err);
    context.diagnostic(
      `create: ${err.trim()}; ${((performance.now() - began) / 1000).toFixed(1)} s with start and record; ${memory.toFixed(0)} MB`,
    );
    const hash = /hash (\S+)/.exec(out)[1];
    const again = performance.now();
    const verified = measured(['verify', 'huge', '--expect-hash', hash], folder);
    assert.equal(verified.code, 0, verified.err);
    context.diagnostic(
      `verify: ${((performance.now() - again) / 1000).toFixed(1)} s; ${verified.memory.toFixed(0)} MB`,
    );
    rmSync(file);
    rmSync(join(folder, 'huge'), { recursive: true });
    assert.ok(Math.max(memory, verified.memory) < 512);
  });
});

test('50,000 files are locked, compared and verified', large, (context) => {
  const many = newFolder();
  const content = 'x'.repeat(4000);
  write(many, { [CONFIG]: config() });
  for (let at = 0; at < 50_000; at++) write(many, { [`${at % 100}/${at % 7}/${at}.md`]: `${at} ${content}` });
  for (const args of [['lock'], ['status'], ['status'], ['verify'], ['lock', '--reason', 'again']]) {
    const began = performance.now();
    const { code, err, memory } = measured(args, many);
    assert.equal(code, 0, err);
    context.diagnostic(
      `${args.join(' ')}: ${((performance.now() - began) / 1000).toFixed(2)} s, ${memory.toFixed(0)} MB`,
    );
  }
});

// The rules of a folder: which files belong, under which path, and what their items are. Names that only Linux can store are made here.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CONFIG, config, ENV, folderOf, LOCK, locked, newFolder, run, write } from './support/command.js';

/** Returns the items that `lock --dry-run` would make of a folder. */
function pathsOf(folder) {
  const lock = locked(folder);
  const { index } = JSON.parse(readFileSync(join(folder, LOCK)));
  assert.equal(index.length, lock.itemCount);
  return index.map(({ itemId }) => itemId);
}

/** Returns an item of a locked folder. */
const itemOf = (folder, path) => JSON.parse(run(['show', path, '--json'], { cwd: folder }).out).item;

/** Fails unless the folder is refused with one line on standard error. */
function refused(folder, message, exit = 4) {
  const { code, out, err } = run(['lock', folder]);
  assert.deepEqual([code, out], [exit, ''], err);
  const lines = err.trimEnd().split('\n');
  assert.match(lines.at(-1), message);
  assert.equal(lines.filter((line) => line.startsWith('context-snapshot: error: ')).length, 1);
  assert.doesNotMatch(err, /^ +at /m);
}

describe('which files belong', () => {
  test('the first rule that matches counts, and exclude counts before it', () => {
    const folder = folderOf({
      [CONFIG]: config({
        include: [
          { files: 'docs/*.md', kind: 'docblock' },
          { files: '**/*.md', kind: 'external' },
        ],
        exclude: ['**/drafts/**', 'docs/no.md'],
      }),
      'docs/a.md': '',
      'docs/no.md': '',
      'b.md': '',
      'drafts/c.md': '',
      'docs/drafts/.d.md': '',
      'e.txt': '',
    });
    assert.deepEqual(pathsOf(folder), ['b.md', 'docs/a.md']);
    assert.deepEqual([itemOf(folder, 'docs/a.md').kind, itemOf(folder, 'b.md').kind], ['docblock', 'external']);
  });

  test('git, modules, kept texts and locks never belong, and dot files only if they are named', () => {
    const files = { 'a.md': '', '.b.md': '', '.dots/c.md': '', 'x/node_modules/d.md': '', 'x/context.lock.json': '{}' };
    const folder = folderOf({
      ...files,
      '.context/e.md': '',
      [CONFIG]: config({ include: [{ files: '**', kind: 'k' }] }),
    });
    mkdirSync(join(folder, 'x/.git'));
    write(folder, { 'x/.git/f.md': '' });
    assert.deepEqual(pathsOf(folder), ['a.md', CONFIG]);
    const named = ['**/.*', '.dots/**', '.context/**', 'x/.git/**', 'x/node_modules/**', '**'];
    write(folder, { [CONFIG]: config({ include: named.map((one) => ({ files: one, kind: 'k', optional: true })) }) });
    assert.deepEqual(pathsOf(folder), ['.b.md', '.dots/c.md', 'a.md', CONFIG]);
  });

  test('a rule that matches no file is an error with its place, unless it is optional', () => {
    const include = [
      { files: '**/*.md', kind: 'k' },
      { files: 'none/*.txt', kind: 'k' },
    ];
    const folder = folderOf({ [CONFIG]: JSON.stringify(config({ include }), null, 2), 'a.md': '' });
    refused(folder, /context-pack\.json:12:16: include\.1\.files: This rule matches no file; .*"optional": true/);
    write(folder, { [CONFIG]: config({ include: [include[0], { ...include[1], optional: true }] }) });
    assert.deepEqual(pathsOf(folder), ['a.md']);
  });

  test('a rule that has lost its last file is a difference from the lock, and an error for lock', () => {
    const include = [
      { files: '*.md', kind: 'docblock' },
      { files: '*.txt', kind: 'docblock' },
    ];
    const folder = folderOf({ [CONFIG]: config({ include }), 'a.md': 'a', 'b.txt': 'b' });
    locked(folder);
    rmSync(join(folder, 'b.txt'));
    const removed = run(['status', '--porcelain', folder]);
    assert.deepEqual([removed.code, removed.out], [1, 'D b.txt\n']);
    assert.equal(run(['verify', folder]).code, 1);
    assert.equal(run(['lock', folder]).code, 4);
    rmSync(join(folder, 'a.md'));
    assert.equal(run(['status', '--porcelain', folder]).out, 'D a.md\nD b.txt\n');
    assert.equal(run(['verify', folder]).code, 1);
  });

  test('an empty folder is an error', () => {
    refused(newFolder(), /No file belongs to the pack: check "include", "exclude", \.gitignore and \.contextignore/);
  });

  test('.gitignore counts in a repository only, .contextignore everywhere', () => {
    const folder = folderOf({
      'a.md': '',
      'b.md': '',
      'c.md': '',
      '.gitignore': 'b.md\n',
      '.contextignore': '\ufeffc.md\n',
      'sub/b.md': '',
      'sub/.gitignore': '!b.md\n',
      [CONFIG]: config(),
    });
    assert.deepEqual(pathsOf(folder), ['a.md', 'b.md', 'sub/b.md']);
    execFileSync('git', ['init', '-q', folder], { env: ENV });
    assert.deepEqual(pathsOf(folder), ['a.md', 'sub/b.md']);
    rmSync(join(folder, LOCK));
    const top = newFolder();
    execFileSync('git', ['init', '-q', top], { env: ENV });
    cpSync(folder, join(top, 'in'), { recursive: true, filter: (file) => !file.endsWith('/.git') });
    write(top, { '.gitignore': 'in/sub/\n' });
    assert.deepEqual(pathsOf(join(top, 'in')), ['a.md']);
  });
});

test('a file that git tracks is left out all the same', () => {
  // D4-5
  const folder = folderOf({ 'a.md': '', 'b.md': '', '.gitignore': 'b.md\n', [CONFIG]: config() });
  for (const args of [
    ['init', '-q'],
    ['add', '--force', '--all'],
  ])
    execFileSync('git', args, { cwd: folder, env: ENV });
  assert.deepEqual(pathsOf(folder), ['a.md']);
});

describe('names', () => {
  test('of all kinds are paths in NFC, and shown without acting on a terminal', () => {
    const names = [
      'line\nbreak.md',
      'quote".md',
      "'.md",
      'back\\slash.md',
      '😀.md',
      ' space .md',
      'e\u0301.md',
      '\x1b[31m.md',
      '\u202egnp.md',
      'tab\t.md',
      '-x.md',
      '__proto__.md',
      'a:b.md',
      '\ufffd.md',
      'dir\nx/y.md',
    ];
    const folder = folderOf({ [CONFIG]: config(), ...Object.fromEntries(names.map((name) => [name, name])) });
    assert.deepEqual(pathsOf(folder), names.map((name) => name.normalize('NFC')).sort());
    assert.equal(itemOf(folder, 'é.md').content, 'e\u0301.md', 'the content is not changed');
    for (const name of names) rmSync(join(folder, name));
    write(folder, { 'other.md': 'x' });
    const { out } = run(['status', folder, '--color', 'never']);
    assert.equal(out.trimEnd().split('\n').length, names.length + 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(out.replaceAll('\n', ''), /[\x00-\x1f\u202e]/);
    assert.match(out, /^D "line\\nbreak\.md"$/m);
  });

  // D3.3-6
  test('without number, behind links to folders with links, are an error at once', () => {
    const files = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`d${at}/a.md`, 'a']));
    const folder = folderOf({ [CONFIG]: config(), ...files });
    for (let at = 0; at < 30; at++)
      for (const name of ['x', 'y']) symlinkSync(`../d${at + 1}`, join(folder, `d${at}`, name));
    refused(folder, /More than 50,000 files and folders are behind symbolic links to folders; leave links out/);
    write(folder, { '.contextignore': 'y\n' });
    // 31 files, each also behind the links of all folders before.
    assert.equal(pathsOf(folder).length, (31 * 32) / 2);
  });

  test('of folders that become one in NFC are an error: the files of one could be left out, and the others be verified', () => {
    const folder = folderOf({ [CONFIG]: config(), 'Kit/a.md': 'one' });
    const { hash } = locked(folder);
    // U+212A is K in NFC.
    renameSync(join(folder, 'Kit'), join(folder, '\u212ait'));
    assert.equal(run(['verify', folder, '--expect-hash', hash]).code, 0);
    write(folder, { 'Kit/a.md': 'other', 'Kit/.contextignore': '*' });
    for (const args of [['verify', '--expect-hash', hash], ['status'], ['lock']]) {
      const { code, err } = run([...args, folder]);
      assert.equal(code, 4, args[0]);
      assert.match(err, /Its path in Unicode NFC is that of another folder/);
    }
  });

  test('that become one in NFC are an error', () => {
    const folder = folderOf({ [CONFIG]: config(), '\u00e9.md': 'a', 'e\u0301.md': 'b' });
    refused(folder, /Its path in Unicode NFC is that of another file/);
  });

  test('that differ by case alone are noted, of files and of rules', () => {
    const include = [
      { files: '**/*.md', kind: 'k' },
      { files: '**/*.MD', kind: 'k' },
    ];
    const folder = folderOf({ [CONFIG]: config({ include }), 'README.md': 'a', 'readme.md': 'b', 'x.MD': '' });
    const { code, err } = run(['lock', folder]);
    assert.equal(code, 0);
    assert.match(err, /^README\.md and readme\.md differ by case alone: on macOS and Windows they are one file$/m);
    assert.match(err, /^The rules \*\*\/\*\.md and \*\*\/\*\.MD differ by case alone/m);
  });

  // D3.2-3
  test('that are not UTF-8 are an error', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': '' });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff]), Buffer.from('.md')]), 'x');
    refused(folder, /b\ufffd\.md: This name is not UTF-8; rename it/);
  });

  test('that hold the replacement character are names, however many there are', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': '' });
    for (let at = 0; at < 20_000; at++) writeFileSync(join(folder, `\ufffd${at}`), '');
    assert.deepEqual(pathsOf(folder), ['a.md']);
  });
});

describe('links and other kinds of files', () => {
  test('links inside are followed, to files and folders', () => {
    const folder = folderOf({ [CONFIG]: config(), 'docs/a.md': 'a' });
    symlinkSync('docs/a.md', join(folder, 'link.md'));
    symlinkSync('docs', join(folder, 'again'));
    assert.deepEqual(pathsOf(folder), ['again/a.md', 'docs/a.md', 'link.md']);
  });

  const LINKS = {
    'out of the folder': ['/etc/hostname', /x\.md: This symbolic link leads out of the folder/],
    'to nothing': ['none.md', /x\.md: The target of this symbolic link does not exist/],
    'to itself': ['x.md', /x\.md: Symbolic links form a loop/],
    'to the folder it is in': ['.', /x\.md: This symbolic link leads to a folder that it is in/],
    'to what never belongs': ['.git/a.md', /x\.md: This symbolic link leads to \.git\/a\.md, which never belongs/],
  };
  for (const [name, [target, message]] of Object.entries(LINKS)) {
    test(`a link ${name} is an error, and can be excluded`, () => {
      const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a', '.git/a.md': 'a' });
      symlinkSync(target, join(folder, 'x.md'));
      refused(folder, message);
      write(folder, { [CONFIG]: config({ exclude: ['x.md'] }) });
      assert.deepEqual(pathsOf(folder), ['a.md']);
      write(folder, { [CONFIG]: config(), '.contextignore': 'x.md' });
      assert.deepEqual(pathsOf(folder), ['a.md']);
    });
  }

  // D3.3-2
  test('a link to what never belongs is an error under any name that the disk takes for it', () => {
    const shim = fileURLToPath(new URL('support/ignores-case.mjs', import.meta.url));
    const options = { execArgv: ['--import', shim] };
    const folder = folderOf({
      [CONFIG]: config(),
      'a.md': 'a',
      '.git/config': 'url = https://user:password@example.com',
    });
    symlinkSync('A.MD', join(folder, 'b.md'));
    const { code } = run(['lock', folder], options);
    assert.equal(code, 0, 'a link to a file that belongs is one');
    symlinkSync('.GIT/Config', join(folder, 'x.md'));
    for (const verb of ['lock', 'verify']) {
      const { code, err } = run([verb, folder], options);
      assert.equal(code, 4);
      assert.match(err, /x\.md: This symbolic link leads to \.git\/config, which never belongs/);
    }
    write(folder, { list: '.GIT/config\n', 'pack.json': { packKey: 'p', version: '1', title: '' } });
    const args = ['create', '--pack', 'pack.json', '--from', 'paths', 'list'];
    const { code: created, err } = run(args, { ...options, cwd: folder });
    assert.equal(created, 4);
    assert.match(err, /list:1: This file never belongs to a pack/);
  });

  // D3.3-5
  test('a hard link is a file', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    linkSync(join(folder, 'a.md'), join(folder, 'b.md'));
    assert.deepEqual(pathsOf(folder), ['a.md', 'b.md']);
  });

  test('links that lead through each other end', () => {
    const folder = folderOf({ [CONFIG]: config(), 'one/a.md': '', 'two/b.md': '' });
    symlinkSync('../two', join(folder, 'one/x'));
    symlinkSync('../one', join(folder, 'two/y'));
    refused(folder, /This symbolic link leads to a folder that it is in/);
  });

  test('a pipe and a socket are errors, and do not block', async () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    execFileSync('mkfifo', [join(folder, 'p.md')]);
    refused(folder, /p\.md: This is a device, a socket or a pipe, which cannot be an item/);
    rmSync(join(folder, 'p.md'));
    const server = createServer().listen(join(folder, 's.md'));
    await once(server, 'listening');
    refused(folder, /s\.md: This is a device, a socket or a pipe/);
    server.close();
  });
});

describe('content', () => {
  // D5.1-3
  test('of more than 256 MiB is an error, and its digest is none', () => {
    const folder = folderOf({ 'a.md': '' });
    truncateSync(join(folder, 'a.md'), 268_435_457);
    refused(
      folder,
      /a\.md: The text of a file has at most 268 MB, and this has 268 MB; use a rule with "as": "digest"/,
    );
    write(folder, { [CONFIG]: config({ include: [{ files: '*.md', kind: 'k', as: 'digest' }] }) });
    assert.deepEqual(pathsOf(folder), ['a.md']);
  });

  test('a byte-order mark and CRLF are removed and counted, or kept', () => {
    const files = { 'a.md': '\ufeffa\r\nb\rc\n', 'b.md': 'plain\n' };
    const folder = folderOf({ [CONFIG]: config(), ...files });
    const { err } = run(['lock', folder]);
    assert.match(err, /^1 file: byte-order mark removed, or line ends made \\n/m);
    assert.deepEqual([itemOf(folder, 'a.md').content, itemOf(folder, 'a.md').metadata], ['a\nb\rc\n', { bytes: 6 }]);
    write(folder, { [CONFIG]: config({ eol: 'keep' }) });
    pathsOf(folder);
    assert.deepEqual(
      [itemOf(folder, 'a.md').content, itemOf(folder, 'a.md').metadata],
      ['\ufeffa\r\nb\rc\n', { bytes: 10 }],
    );
  });

  test('what is not text is digested, skipped or refused', () => {
    const folder = folderOf({ 'a.md': 'a', 'nul.md': 'a\0b', 'latin.md': Buffer.from('caf\xe9', 'latin1') });
    const as = (binary) => write(folder, { [CONFIG]: config({ binary }) });
    as('digest');
    assert.match(run(['lock', folder]).err, /^2 files that are not text: by digest/m);
    assert.deepEqual(itemOf(folder, 'nul.md').content, {
      bytes: 3,
      sha256: '59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138',
    });
    as('skip');
    const skipped = run(['lock', folder]);
    assert.match(skipped.err, /^skipped latin\.md, which is not text\nskipped nul\.md, which is not text$/m);
    assert.deepEqual(pathsOf(folder), ['a.md']);
    as('refuse');
    refused(folder, /latin\.md: This is not text in UTF-8; leave it out with "exclude", or set "binary"/);
  });

  test('as digest holds size and SHA-256 only', () => {
    const folder = folderOf({
      [CONFIG]: config({ include: [{ files: '*.png', kind: 'k', as: 'digest' }] }),
      'a.png': 'abc',
    });
    pathsOf(folder);
    const { content, metadata } = itemOf(folder, 'a.png');
    assert.deepEqual(content, { bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' });
    assert.deepEqual(metadata, { bytes: 3 });
  });

  test('as json holds the value, and refuses what is not I-JSON with line and column', () => {
    const json = config({ include: [{ files: '*.json', kind: 'k', as: 'json' }], exclude: [CONFIG] });
    const folder = folderOf({ [CONFIG]: json, 'a.json': '\ufeff{\r\n "b": [1.0, null],\r\n "a": "\u00e9" }' });
    pathsOf(folder);
    assert.deepEqual(itemOf(folder, 'a.json').content, { a: 'é', b: [1, null] });
    const BAD = {
      '{\n "a": 1,\n "a": 2}': /a\.json:3:2: a: Duplicate member/,
      '{"a": 12345678901234567890}': /a\.json:1:7: a: Invalid number/,
      '{"a": "\\ud800"}': /a\.json:1:8: a: Invalid string/,
      '{"a": 1}\n// no': /a\.json:2:1: Invalid JSON/,
      '{"a": 1,\r\n}': /a\.json:2:1: Invalid JSON/,
      '[1]': /a\.json: A rule with "as": "json" needs a JSON object/,
      '': /a\.json:1:1: Invalid JSON: expected a value, found the end/,
    };
    for (const [text, message] of Object.entries(BAD)) {
      write(folder, { 'a.json': text });
      refused(folder, message);
    }
    write(folder, { 'a.json': Buffer.from('{\n"a": "\xff"}', 'latin1') });
    refused(folder, /a\.json:2:7: a: Invalid JSON: .*not UTF-8/);
  });

  // D5.5-1
  test('a file that changes each time it is read is an error', () => {
    const folder = folderOf({
      [CONFIG]: config({ include: [{ files: '*.bin', kind: 'k', as: 'digest' }] }),
      'a.bin': 'x',
    });
    const file = join(folder, 'a.bin');
    // Another process may not get a turn while the command reads, so the command itself writes: each time it has come to the end of the file.
    const lock = (change) => {
      const script = `import fs from 'node:fs';
        import { syncBuiltinESMExports } from 'node:module';
        const { readSync } = fs;
        const file = ${JSON.stringify(file)};
        let times = 0;
        fs.readSync = (descriptor, ...more) => {
          const read = readSync(descriptor, ...more);
          if (read === 0 && fs.fstatSync(descriptor).ino === fs.statSync(file).ino) {
            times++;
            ${change}
          }
          return read;
        };
        syncBuiltinESMExports();`;
      return run(['lock', folder], { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(script)}`] });
    };
    for (const change of ["fs.appendFileSync(file, 'y');", 'fs.utimesSync(file, times, times);']) {
      const { code, out, err } = lock(change);
      assert.deepEqual([code, out], [4, ''], err);
      assert.match(err, /a\.bin: The file changed each of the 3 times it was read; wait until it is written\n$/);
    }
    assert.equal(lock("if (times < 3) fs.appendFileSync(file, 'y');").code, 0);
    assert.equal(run(['status', folder]).code, 0);
  });
});

describe('the same hash', () => {
  // D1-1
  test('comes from a clone elsewhere, another working folder, a link and another order of files', () => {
    const folder = folderOf({ [CONFIG]: config(), 'docs/a.md': 'a\r\n', 'b.md': 'b', 'é.md': 'c' });
    const { hash } = locked(folder);
    const other = newFolder();
    write(other, { 'e\u0301.md': 'c', 'b.md': 'b', 'docs/a.md': 'a\n', [CONFIG]: config() });
    assert.equal(locked(other).hash, hash);
    for (const [cwd, args] of [
      [join(folder, 'docs'), ['..']],
      [folder, []],
      [folder, ['docs/..']],
      ['/', [folder]],
    ]) {
      const { out } = run(['lock', ...args, '--dry-run', '--json'], { cwd });
      assert.equal(JSON.parse(out).hash, hash);
    }
    symlinkSync(folder, join(other, 'link'));
    assert.equal(JSON.parse(run(['lock', 'link', '--dry-run', '--json'], { cwd: other }).out).hash, hash);
  });

  test('a folder without a config keeps the pack of its lock under another name', () => {
    const top = folderOf({ 'one/a.md': 'a' });
    locked(join(top, 'one'));
    renameSync(join(top, 'one'), join(top, 'two'));
    assert.equal(run(['status', 'two'], { cwd: top }).code, 0);
    write(top, { 'two/a.md': 'b' });
    locked(join(top, 'two'));
    assert.match(run(['status', 'two'], { cwd: top }).out, /one@1\.0\.0/);
  });
});

// D2-1
describe('mistakes of the config', () => {
  const MISTAKES = {
    '{"folder":"context-folder/v1",\n "x": 1}': /:2:7: x: Unknown member; known are /,
    '{"folder":"context-folder/v2"}': /:1:11: folder: Needs "folder": "context-folder\/v1"/,
    '{}': /:1:1: Needs "folder"/,
    '[]': /:1:1: Must be an object/,
    '{"folder":"context-folder/v1",\n"folder":"context-folder/v1"}': /:2:1: folder: Duplicate member/,
    '{\n"folder": "context-folder/v1", // why\n}': /:2:32: Invalid JSON/,
  };
  for (const [text, message] of Object.entries(MISTAKES)) {
    test(`are reported with line and column: ${JSON.stringify(text)}`, () => {
      refused(folderOf({ [CONFIG]: text, 'a.md': '' }), new RegExp(`context-pack\\.json${message.source}`));
    });
  }

  const MEMBERS = [
    [{ include: undefined }, 'Needs "include"'],
    [{ include: [] }, 'include: Needs "include"'],
    [{ include: [{ kind: 'k' }] }, 'include\\.0: Needs the member files'],
    [{ include: [{ files: '**', kind: '' }] }, 'include\\.0\\.kind: Must not be empty'],
    [{ include: [{ files: '**', kind: 'k', as: 'xml' }] }, 'include\\.0\\.as: Must be "text" or "json" or "digest"'],
    [{ include: [{ files: '**', kind: 'k', optional: 'yes' }] }, 'include\\.0\\.optional: Must be true or false'],
    [{ include: [{ files: '/a', kind: 'k' }] }, 'include\\.0\\.files: A pattern is relative'],
    [{ include: [{ files: '{a', kind: 'k' }] }, 'include\\.0\\.files: A \\{ has no \\}'],
    [{ exclude: ['../a'] }, 'exclude\\.0: A name in a pattern must not be'],
    [{ exclude: 'a' }, 'exclude: Must be a list of patterns'],
    [{ eol: 'crlf' }, 'eol: Must be "lf" or "keep"'],
    [{ binary: true }, 'binary: Must be "digest" or "skip" or "refuse"'],
    [{ packKey: '' }, 'packKey: Must not be empty'],
    [{ version: undefined }, 'Needs the member version'],
    [{ tags: ['a', ''] }, 'tags\\.1: Must not be empty'],
    [{ owners: [1] }, 'owners\\.0: Must be a string'],
  ];
  for (const [members, message] of MEMBERS) {
    test(`name the member: ${JSON.stringify(members)}`, () => {
      const folder = folderOf({ [CONFIG]: JSON.stringify(config(members), null, 1), 'a.md': '' });
      refused(folder, new RegExp(`context-pack\\.json:\\d+:\\d+: ${message}`));
    });
  }

  // D2.2-2
  test('patterns that stand for too many are an error at once, and those at the limit are not', () => {
    const many = (count) =>
      Array.from({ length: count }, (_, at) => ({ files: `{a,b}${at}`, kind: 'k', optional: true }));
    const long = (length) => [{ files: `{${'a'.repeat(length - 9)},b}{c,dd}.md`, kind: 'k', optional: true }];
    for (const [include, exclude, isRight] of [
      [many(2047), ['c'], true],
      [many(2047), ['{c,d}'], false],
      // Two with the long name, and two without it.
      [long(124_000), ['x'.repeat(250_000 - 2 * 124_000 - 6)], true],
      [long(124_000), ['x'.repeat(250_000 - 2 * 124_000 - 5)], false],
      [[{ files: `${'a'.repeat(50_000)}${'{a,b}'.repeat(10)}`, kind: 'k' }], [], false],
      [[{ files: 'a'.repeat(5_000_000), kind: 'k' }], [], false],
    ]) {
      const rules = config({ include: [{ files: '*.md', kind: 'docblock' }, ...include], exclude });
      const folder = folderOf({ [CONFIG]: rules, 'a.md': '' });
      if (isRight) locked(folder);
      else refused(folder, /: All patterns together stand for at most 4,096, with 250,000 characters$/m);
    }
  });

  test('a config that is not UTF-8 is refused, not repaired', () => {
    const folder = folderOf({ [CONFIG]: Buffer.from(JSON.stringify(config({ title: '\xe9' })), 'latin1'), 'a.md': '' });
    refused(folder, /context-pack\.json:1:\d+: title: Invalid JSON: .*not UTF-8/);
  });
});

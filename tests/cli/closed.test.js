// Fails closed: nothing is trusted, shown or verified because of an empty value, a typing mistake or a changed file.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { CONFIG, config, ENV, folderOf, LOCK, locked, NOW, objects, run, shell, write } from './support/command.js';

/** Windows has neither devices nor pipes in folders. */
const isWindows = process.platform === 'win32';
const OTHER = `sha256:${'0'.repeat(64)}`;

let folder;
let lock;
let text;
before(() => {
  folder = folderOf({ [CONFIG]: config(), 'a.md': 'one\n', 'b.md': 'two\n', 'c.md': 'three\n' });
  lock = locked(folder);
  text = readFileSync(join(folder, LOCK), 'utf8');
});

/** Calls `use` while the lock has another text. */
function withLock(changed, use) {
  writeFileSync(join(folder, LOCK), changed);
  try {
    use();
  } finally {
    writeFileSync(join(folder, LOCK), text);
  }
}

describe('options', () => {
  const MISUSE = [
    ['verify', '--expect-hash', ''],
    ['verify', '--expect-hash='],
    ['verify', '--expect-hash', '--json'],
    ['verify', '--expect-hash'],
    ['verify', '--expect-seal', ''],
    ['verify', '--expect-seal', '-q'],
    ['verify', '--expect-hash', `sha256:${'A'.repeat(64)}`],
    ['verify', '--expect-hash', `sha256:${'a'.repeat(63)}`],
    ['verify', '--expect-hash', `sha256:${'a'.repeat(64)} `],
    ['verify', '--expect-hash', `${OTHER}\n`],
    ['verify', '--expect-hash', 'a'.repeat(64)],
    ['verify', '--expect-hash', OTHER, '--expect-hash', OTHER],
    ['verify', '--expect-hsah', OTHER],
    ['verify', '--attestation', 'a.json'],
    ['verify', '--key', 'a.pem'],
    ['verify', '--key', '', '--attestation', 'a.json'],
    ['verify', ''],
    ['verify', '.', 'extra'],
    ['status', ''],
    ['lock', ''],
    ['lock', '--reason', ''],
    ['lock', '--user', ''],
    ['lock', '--parent', 'HEAD'],
    ['lock', '--now', 'yesterday'],
    ['lock', '--now', '2026-02-30 12:00'],
    ['lock', '--now', '2026-02-20 12:00:00Z'],
    ['lock', '--now', '2026-02-30T12:00:00Z'],
    ['lock', '--now', '2026-02-29T12:00:00+01:00'],
    ['lock', '--now', '2026-00-01T12:00:00Z'],
    ['lock', '--actor', 'root'],
    ['lock', '--allow-secret'],
    ['diff', '-U', '-1'],
    ['diff', '-U', 'x'],
    ['diff', '-U', '5', '--stat'],
    ['diff', '--words', '--lines', '5'],
    ['status', '--format', 'html'],
    ['status', '--color', ''],
    ['check-proof', 'p.json'],
    ['check-attestation', 'a.json'],
    ['create', 'items.jsonl'],
    ['create', '--pack', '', 'items.jsonl'],
    ['--json', 'status'],
    ['verfy'],
    [],
  ];
  for (const args of MISUSE) {
    test(`exit 2, nothing on standard output: ${JSON.stringify(args)}`, () => {
      const { code, out, err } = run(args, { cwd: folder });
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, args.length === 0 ? /^Usage: / : /error: /);
      assert.doesNotMatch(err, /^ +at /m);
    });
  }

  test('standard input for two files is exit 2: the second would be empty', () => {
    const pack = { packKey: 'shop', version: '1', title: 'Shop' };
    const cwd = folderOf({ 'pack.json': pack });
    const item = { itemId: 'a', kind: 'docblock', sourceKey: 'a', content: 'x' };
    for (const [input, ...args] of [
      [JSON.parse(text).record, 'verify', '-', '--items', '-'],
      [pack, 'create', '--pack', '-', '-', '--allow-empty'],
      [item, 'create', '--pack', 'pack.json', '-', '-', '--out', 'made'],
    ]) {
      const { code, out, err } = run(args, { cwd, input: JSON.stringify(input) });
      assert.deepEqual([code, out], [2, ''], err);
      assert.match(err, /Standard input can be only one of the files$/m);
    }
    assert.deepEqual(readdirSync(join(cwd, 'made')), []);
  });

  test('a name after -- may look like an option', () => {
    const { code, err } = run(['hash', '--', '--json'], { cwd: folder });
    assert.deepEqual([code, err], [5, 'context-snapshot: error: --json: There is no such file or folder\n']);
  });

  test('an error is one line without a stack trace, except with --debug', () => {
    write(folder, { 'bad.json': '{\n "a": 1,\n "a": 2}' });
    const { code, err } = run(['hash', 'bad.json'], { cwd: folder });
    assert.deepEqual([code, err], [4, 'context-snapshot: error: bad.json:3:2: a: Duplicate member: a\n']);
    assert.match(run(['hash', 'bad.json', '--debug'], { cwd: folder }).err, /^ +at /m);
  });
});

describe('verify', () => {
  const verify = (...args) => run(['verify', ...args], { cwd: folder });

  test('without a trusted value is exit 1, if one is required', () => {
    const required = (...args) => run(['verify', folder, '--require-anchor', ...args]);
    const { code, out } = required();
    assert.equal(code, 1);
    assert.match(out, /^not verified\n.*: is consistent, but --require-anchor needs a trusted value: /s);
    const inJson = required('--json');
    assert.equal(inJson.code, 1);
    const { valid, verdict, anchor, issues } = JSON.parse(inJson.out);
    assert.deepEqual([valid, verdict, anchor, issues[0].code], [false, 'not verified', 'none', 'missing']);
    assert.equal(required('--expect-hash', lock.hash).code, 0);
  });

  test('of a lock refuses items of a file, instead of leaving them out', () => {
    const { seal } = JSON.parse(readFileSync(join(folder, LOCK), 'utf8')).record.metadata.$snapshot;
    for (const target of [folder, join(folder, LOCK), seal.slice(0, 20)]) {
      const { code, out, err } = verify(target, '--items', 'none.jsonl', '--expect-seal', seal);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /This is a lock, which has its own items/);
    }
    const { code } = verify('--items', 'none.jsonl');
    assert.equal(code, 2);
  });

  test('without a trusted value is consistent, never verified', () => {
    const { code, out } = verify();
    assert.equal(code, 0);
    assert.match(out, /^consistent, not anchored: 3 items\n.*\n {2}stands on nothing from elsewhere/);
    assert.doesNotMatch(out, /\bverified/);
    const [json] = objects(verify('--json').out);
    assert.deepEqual([json.verdict, json.anchor, json.signed], ['consistent, not anchored', 'none', false]);
  });

  test('says what the answer stands on', () => {
    assert.match(verify('--expect-hash', lock.hash).out, /^verified: .*\n.*\n {2}stands on the trusted hash/);
    assert.match(verify('--expect-seal', lock.seal).out, /^verified: .*\n.*\n {2}stands on the trusted seal/);
    for (const args of [
      ['--expect-hash', OTHER],
      ['--expect-seal', OTHER],
      ['--expect-hash', lock.hash, '--expect-seal', OTHER],
    ]) {
      const { code, out } = verify(...args);
      assert.equal(code, 1);
      assert.match(out, /^not verified\n/);
    }
  });

  test('reads every file again, whatever is remembered of them', () => {
    write(folder, { 'a.md': 'One\n' });
    const { code, out } = verify('--expect-hash', lock.hash);
    write(folder, { 'a.md': 'one\n' });
    assert.equal(code, 1);
    assert.match(out, /^not verified\n {2}a\.md: /m);
    for (const extra of ['d.md', '.context/x.md']) {
      write(folder, { [extra]: 'x' });
    }
    assert.equal(verify().code, 1);
    write(folder, { 'd.md': '' });
  });

  // D7-4
  test('reads each file, whatever is remembered of it', () => {
    // D8-3
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'one\n' });
    const { hash } = locked(home);
    write(home, { 'a.md': 'two\n' });
    const { size, mtimeMs, ctimeMs, ino } = statSync(join(home, 'a.md'));
    const { digest } = JSON.parse(readFileSync(join(home, LOCK), 'utf8')).index[0];
    const key = JSON.stringify(['context-folder/v1', 'lf', 'digest', [['**/*.md', 'docblock', 'text']]]);
    const files = { 'a.md': [size, mtimeMs, ctimeMs, ino, digest, 4] };
    write(home, { '.context/known.json': { version: 2, key, files } });
    assert.equal(run(['status', home]).code, 0, 'status believes it');
    assert.equal(run(['verify', home, '--expect-hash', hash]).code, 1);
  });

  test('takes no other folder for the one that a trusted value is for', () => {
    const top = folderOf({ 'docs/a.md': 'one\n', 'docs/guides/b.md': 'two\n' });
    const { hash, seal } = locked(join(top, 'docs'));
    for (const cwd of [top, join(top, 'docs/guides')]) {
      assert.equal(run(['verify'], { cwd }).code, 0);
      for (const trusted of [['--expect-hash', hash], ['--expect-seal', seal], ['--require-anchor']]) {
        const { code, out, err } = run(['verify', ...trusted], { cwd });
        assert.deepEqual([code, out], [4, '']);
        assert.match(
          err,
          /There is no lock here, and with a trusted value no other folder is looked for; name the folder$/m,
        );
      }
    }
    for (const cwd of [top, join(top, 'docs/guides')]) {
      assert.equal(run(['log'], { cwd }).code, 0);
      assert.equal(run(['log', '--expect-seal', seal], { cwd }).code, 4);
    }
    assert.equal(run(['log', '--expect-seal', seal], { cwd: join(top, 'docs') }).code, 0);
    assert.equal(run(['verify', 'docs', '--expect-hash', hash], { cwd: top }).code, 0);
    assert.equal(run(['verify', '--expect-hash', hash], { cwd: join(top, 'docs') }).code, 0);
  });

  test('notes a size that is not that of the folder, because no seal covers sizes', () => {
    const clean = folderOf({ 'a.md': 'one\n' });
    locked(clean);
    const file = join(clean, LOCK);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"bytes": 4 }', '"bytes": 5 }'));
    const { code, err } = run(['verify', clean]);
    assert.equal(code, 0);
    assert.match(err, /^a\.md: has 4 bytes; the lock, whose sizes no seal covers, says 5\n$/);
  });
});

/** Verbs that read the lock, apart from `verify`. */
const READERS = [['status'], ['diff'], ['show'], ['show', 'a.md'], ['log'], ['prove', 'a.md'], ['lock', '--dry-run']];

describe('a changed lock', () => {
  const swapped = (value) =>
    value.replace(/^( {4}\{ "itemId": "a\.md".*),\n( {4}\{ "itemId": "b\.md".*),\n/m, '$2,\n$1,\n');
  const CHANGES = {
    'the record': [(value) => value.replace('"tester"', '"someone"'), 1],
    'the reason, added': [(value) => value.replace('"userId": "tester"', '"userId": "tester", "reason": "x"'), 1],
    'the hash': [(value) => value.replaceAll(lock.hash, OTHER), 1],
    'the seal': [(value) => value.replaceAll(lock.seal, OTHER), 1],
    'a digest of the index': [
      (value) => value.replace(/("itemId": "a\.md", "digest": ")sha256:[0-9a-f]{64}/, `$1${OTHER}`),
      1,
    ],
    'an item of the index, removed': [(value) => value.replace(/^ {4}\{ "itemId": "a\.md".*\n/m, ''), 1],
    'the order of the index': [swapped, 1],
    'the pack': [(value) => value.replace('"title": "Test"', '"title": "Text"'), 1],
    'a member twice': [(value) => value.replace('"lock":', '"lock": "context-lock/v1", "lock":'), 4],
    // D7-3
    'an unknown member': [(value) => value.replace('"lock":', '"note": 1, "lock":'), 4],
    'another format': [(value) => value.replace('context-lock/v1', 'context-lock/v2'), 4],
    'other folder rules': [(value) => value.replace('context-folder/v1', 'context-folder/v2'), 4],
    'a negative size': [(value) => value.replace(/"bytes": \d+ \}/, '"bytes": -1 }'), 4],
    'half of it': [(value) => value.slice(0, value.length / 2), 4],
    'a conflict of git': [(value) => `<<<<<<< HEAD\n${value}`, 4],
    'bytes that are not UTF-8': [(value) => Buffer.from(value.replace('"Test"', '"T\xffst"'), 'latin1'), 4],
    'nothing left': [() => '', 4],
  };
  for (const [name, [change, exit]] of Object.entries(CHANGES)) {
    test(`is not verified nor read by other verbs: ${name}`, () => {
      const changed = change(text);
      assert.notEqual(String(changed), text);
      withLock(changed, () => {
        const verified = run(['verify'], { cwd: folder });
        assert.equal(verified.code, exit, verified.out + verified.err);
        assert.doesNotMatch(verified.out, /consistent|^verified/m);
        for (const args of name === 'the record' ? READERS : READERS.slice(0, 1)) {
          const { code, out, err } = run(args, { cwd: folder });
          assert.deepEqual([code, out], [4, ''], args.join());
          assert.match(err, /^context-snapshot: error: [^\n]*context\.lock\.json[^\n]*\n$/);
        }
      });
    });
  }

  test('is never replaced by lock', () => {
    const changed = text.replace('"tester"', '"someone"');
    withLock(changed, () => {
      assert.equal(run(['lock'], { cwd: folder }).code, 4);
      assert.equal(readFileSync(join(folder, LOCK), 'utf8'), changed);
    });
  });
});

describe('a changed object', () => {
  for (const [name, change] of [
    ['forged', (good) => good.replace('one', 'ONE')],
    ['of another item', (good) => good.replaceAll('a.md', 'b.md')],
    ['cut', (good) => good.slice(0, -5)],
    ['empty', () => ''],
    ['not JSON', () => '\0\xff'],
  ]) {
    // D8-2
    test(`is not shown, compared or proven, and is written again by lock: ${name}`, () => {
      const home = folderOf({ [CONFIG]: config(), 'a.md': 'one\n' });
      locked(home);
      const file = join(home, '.context/objects/1.jsonl');
      const good = readFileSync(file, 'utf8');
      writeFileSync(file, change(good));
      const shown = run(['show', 'a.md'], { cwd: home });
      assert.deepEqual([shown.code, shown.out], [5, '']);
      assert.match(shown.err, /The text of a\.md is not kept here, or was changed; its digest is sha256:/);
      write(home, { 'a.md': 'now\n' });
      const compared = run(['diff'], { cwd: home });
      assert.equal(compared.out, 'M a.md\n  4 B -> 4 B (the text of the lock is not kept here, or was changed)\n');
      const [change_] = objects(run(['diff', '--json'], { cwd: home }).out);
      assert.equal(change_.patch, undefined);
      assert.equal(JSON.parse(run(['prove', 'a.md'], { cwd: home }).out).item, undefined);
      write(home, { 'a.md': 'one\n' });
      assert.equal(run(['lock'], { cwd: home }).code, 0);
      assert.equal(run(['show', 'a.md'], { cwd: home }).out, 'one\n');
    });
  }
});

describe('secrets', () => {
  const SECRETS = {
    'a private key': '-----BEGIN OPENSSH PRIVATE KEY-----',
    'an access key of AWS': `AKIA${'ABCD'.repeat(4)}`,
    'a token of GitHub': `ghp_${'a1'.repeat(18)}`,
    'a token of npm': `npm_${'a1'.repeat(18)}`,
    'a key of Anthropic': `sk-ant-${'x'.repeat(30)}`,
  };
  for (const [name, secret] of Object.entries(SECRETS)) {
    test(`are refused with line and column, also after status has read them: ${name}`, () => {
      const home = folderOf({ [CONFIG]: config(), 'a.md': `one\ntwo ${secret}\n` });
      const { code, out, err } = run(['lock'], { cwd: home });
      assert.deepEqual([code, out], [4, '']);
      assert.match(err, new RegExp(`a\\.md:2:5: This looks like ${name}; .*--allow-secrets\n$`, 'm'));
      assert.doesNotMatch(err, new RegExp(secret));
      if (name !== 'a token of npm') return;
      assert.equal(locked(home, '--allow-secrets').status, 'locked');
      assert.equal(run(['status'], { cwd: home }).code, 0);
      assert.equal(run(['lock', '--now', NOW], { cwd: home }).code, 4, 'remembered files are searched, too');
      assert.equal(run(['preview'], { cwd: home }).code, 1);
    });
  }

  test('that were refused are nowhere in .context', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': `npm_${'a1'.repeat(18)}` });
    run(['lock'], { cwd: home });
    for (const entry of readdirSync(join(home, '.context'), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) assert.ok(!readFileSync(join(entry.parentPath, entry.name), 'utf8').includes('npm_'));
  });
});

describe('a lock whose index gives an item to another id', () => {
  // D7-4
  test('is not taken for that of the folder, shows no text under a wrong name, and is written again', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a', 'b.md': 'b', 'c.md': 'c' });
    const { hash } = locked(home);
    const file = join(home, LOCK);
    // The root covers the digests in their order, so the ids must be sorted and may be others.
    const ids = { 'b.md': 'ab.md', 'c.md': 'b.md' };
    const other = readFileSync(file, 'utf8').replace(/"itemId": "([bc]\.md)"/g, (_, id) => `"itemId": "${ids[id]}"`);
    writeFileSync(file, other);
    for (const verb of ['status', 'diff']) {
      const { code, out, err } = run([verb], { cwd: home });
      assert.deepEqual([code, out], [4, '']);
      assert.match(err, /context\.lock\.json: index\.1\.itemId: ab\.md has the digest of b\.md; lock again$/m);
    }
    assert.equal(run(['verify', '--expect-hash', hash], { cwd: home }).code, 1);
    assert.equal(run(['verify', hash.slice('sha256:'.length)], { cwd: home }).code, 1);
    for (const args of [['b.md'], [home, 'b.md']]) {
      const { code, out } = run(['show', ...args], { cwd: home });
      assert.deepEqual([code, out], [5, '']);
    }
    assert.equal(JSON.parse(run(['prove', 'b.md'], { cwd: home }).out).item, undefined);
    assert.equal(JSON.parse(run(['lock', '--json'], { cwd: home }).out).status, 'locked');
    assert.equal(run(['status'], { cwd: home }).code, 0);
    assert.equal(run(['show', 'b.md'], { cwd: home }).out, 'b');
  });
});

describe('a folder of strangers', () => {
  test('cannot have its own git run: Windows, and some users, look for programs in the current folder', {
    skip: isWindows,
  }, () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a', git: '#!/bin/sh\ntouch ran\nexit 1\n' });
    chmodSync(join(home, 'git'), 0o755);
    execFileSync('git', ['-C', home, 'init', '-q'], { env: ENV });
    execFileSync('git', ['-C', home, 'config', 'user.email', 'ops@example.com'], { env: ENV });
    const env = { PATH: `.:${process.env.PATH}` };
    for (const args of [['lock'], ['log'], ['lock', '.', '--reason', 'again']])
      assert.equal(run(args, { cwd: home, env }).code, 0);
    assert.equal(existsSync(join(home, 'ran')), false);
    assert.equal(JSON.parse(readFileSync(join(home, LOCK), 'utf8')).record.createdBy, 'ops@example.com');
  });

  test('cannot say of itself that it is unchanged', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'one\n' });
    locked(home);
    rmSync(join(home, 'a.md'));
    const lock = readFileSync(join(home, LOCK));
    const { record } = JSON.parse(lock);
    const { packKey, version, title } = config();
    const what = [createHash('sha256').update(lock).digest('hex'), { packKey, version, title }];
    const key = ['context-folder/v1', 'lf', 'digest', [['**/*.md', 'docblock', 'text']]];
    const same = { what: JSON.stringify(what), value: record };
    write(home, { '.context/known.json': { version: 2, key: JSON.stringify(key), same, files: {} } });
    assert.deepEqual(
      [run(['status', '--porcelain', home]).code, run(['status', '--porcelain', home]).out],
      [1, 'D a.md\n'],
    );
  });

  // D8-1
  for (const name of ['.context', '.context/objects', '.context/records']) {
    test(`cannot have files of the user written or removed by a link: ${name}`, () => {
      const elsewhere = folderOf({ 'notes.1': 'mine', '5.json.7': 'mine', 'known.json.3': 'mine' });
      const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
      if (name !== '.context') mkdirSync(join(home, '.context'));
      symlinkSync(elsewhere, join(home, name));
      const { code, err } = run(['lock', home]);
      assert.equal(code, 5);
      assert.match(err, /\.context[^\n]*: This must be a folder, and is a file or a link; remove it\n$/);
      assert.deepEqual(readdirSync(elsewhere).sort(), ['5.json.7', 'known.json.3', 'notes.1']);
    });
  }

  test('cannot have a file of the user replaced through .context/.gitignore', () => {
    const elsewhere = folderOf({ mine: 'mine' });
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    mkdirSync(join(home, '.context'));
    symlinkSync(join(elsewhere, 'mine'), join(home, '.context/.gitignore'));
    locked(home);
    assert.equal(readFileSync(join(elsewhere, 'mine'), 'utf8'), 'mine');
    assert.match(readFileSync(join(home, '.context/.gitignore'), 'utf8'), /^\*$/m);
  });

  test('cannot have a file of the user emptied through the mark of a process', { skip: isWindows }, () => {
    const elsewhere = folderOf({ mine: 'mine' });
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    mkdirSync(join(home, '.context'));
    // The number of a process can be guessed, or all of them tried. Here, the shell knows that of the command.
    const { code, err } = shell('ln -s "$MINE" "$HOME_OF/.context/running.$$" && exec $CLI lock "$HOME_OF"', {
      env: { MINE: join(elsewhere, 'mine'), HOME_OF: home },
    });
    assert.equal(code, 0, err);
    assert.equal(readFileSync(join(elsewhere, 'mine'), 'utf8'), 'mine');
    assert.deepEqual(
      readdirSync(join(home, '.context')).filter((name) => name.startsWith('running')),
      [],
    );
  });

  // D8-4
  for (const [name, verb] of [
    ['context-pack.json', 'verify'],
    ['.contextignore', 'verify'],
    ['context.lock.json', 'lock'],
    ['.context/known.json', 'status'],
    ['.context/objects/1.json', 'lock'],
  ]) {
    test(`cannot have a device without an end read through a link: ${name}`, { skip: isWindows }, () => {
      const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
      locked(home);
      rmSync(join(home, name), { force: true });
      symlinkSync('/dev/zero', join(home, name));
      const { code, err } = run([verb, home]);
      if (name.startsWith('.context/')) return assert.equal(code, 0, 'what cannot be read is not known');
      assert.equal(code, 4);
      assert.match(err, new RegExp(`${name}: This is a device, a socket or a pipe, and a file is needed\n$`));
    });
  }

  for (const [name, verb] of [
    ['context-pack.json', 'verify'],
    ['.gitignore', 'status'],
    ['context.lock.json', 'lock'],
    ['.context/known.json', 'status'],
    ['.context/objects/1.json', 'lock'],
  ]) {
    test(`cannot have a file read that is longer than a document: ${name}`, () => {
      const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
      mkdirSync(join(home, '.git'));
      locked(home);
      writeFileSync(join(home, name), '');
      // Without a byte on the disk.
      truncateSync(join(home, name), 2 ** 31 - 1);
      const { code, err } = run([verb, home]);
      if (name.startsWith('.context/')) return assert.equal(code, 0, 'what cannot be read is not known');
      assert.equal(code, 4);
      assert.match(err, new RegExp(`${name}: This has 2.1 GB, and at most 268 MB are read\n$`));
    });
  }

  test('cannot have memory taken for a text that is longer than an item', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    locked(home);
    const places = join(home, '.context/objects/1.json');
    const [digest] = Object.keys(JSON.parse(readFileSync(places)));
    writeFileSync(places, JSON.stringify({ [digest]: [0, 2 ** 31 - 1] }));
    truncateSync(join(home, '.context/objects/1.jsonl'), 2 ** 31 - 1);
    write(home, { 'a.md': 'b' });
    const script = "process.once('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))";
    const { out, err } = run(['diff', home], { execArgv: ['--import', `data:text/javascript,${script}`] });
    assert.match(out, /the text of the lock is not kept here, or was changed/);
    const [, kilobytes] = /peak (\d+)$/.exec(err);
    assert(Number(kilobytes) < 500_000, `${kilobytes} KB`);
  });

  test('cannot have a pipe waited for', { skip: isWindows }, () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    const { seal } = locked(home);
    for (const name of ['.context/objects/1.jsonl', `.context/records/${seal.slice('sha256:'.length)}.json`]) {
      rmSync(join(home, name));
      execFileSync('mkfifo', [join(home, name)]);
    }
    write(home, { 'a.md': 'b' });
    locked(home);
    const { code, err } = run(['log', home]);
    assert.equal(code, 4);
    assert.match(err, /\.json: This is a device, a socket or a pipe, and a file is needed\n$/);
  });

  for (const name of ['record.json', 'items.jsonl', 'event.json']) {
    test(`cannot have a pipe waited for in a stored snapshot: ${name}`, { skip: isWindows }, () => {
      const home = folderOf({ 'pack.json': { packKey: 'p', version: '1', title: '' }, 'items.jsonl': '' });
      run(['create', '--pack', 'pack.json', '--allow-empty', 'items.jsonl', '--out', 'one'], { cwd: home });
      assert.equal(run(['verify', 'one'], { cwd: home }).code, 0);
      rmSync(join(home, 'one', name));
      execFileSync('mkfifo', [join(home, 'one', name)]);
      const { code, err } = run(['verify', 'one'], { cwd: home });
      assert.equal(code, 4);
      assert.match(err, new RegExp(`${name}: This is a device, a socket or a pipe, and a file is needed\n$`));
    });
  }

  test('cannot have a program run by an older git that asks a server for what is missing', { skip: isWindows }, () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    const git = (...args) => execFileSync('git', ['-C', home, ...args], { encoding: 'utf8' }).trim();
    git('init', '-q');
    for (const text of ['a', 'b']) {
      write(home, { 'a.md': text });
      locked(home);
      git('add', LOCK);
      git('-c', 'user.name=n', '-c', 'user.email=e', 'commit', '-qm', text);
    }
    const blob = git('rev-parse', `HEAD~1:${LOCK}`);
    rmSync(join(home, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    rmSync(join(home, '.context/records'), { recursive: true });
    const proof = join(home, '.git/was-run');
    for (const [name, value] of [
      ['core.repositoryFormatVersion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.url', 'ssh://host/path'],
      ['remote.origin.promisor', 'true'],
      ['protocol.ssh.allow', 'always'],
      ['core.sshCommand', `touch '${proof}'; false`],
    ])
      git('config', name, value);
    // Before 2.39.4, git did not know this variable.
    const older = folderOf({ git: `#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nPATH='${process.env.PATH}' exec git "$@"\n` });
    chmodSync(join(older, 'git'), 0o755);
    const { err } = run(['log', home], { env: { PATH: `${older}:${process.env.PATH}` } });
    assert.match(err, /The record before has the seal sha256:/);
    assert.equal(existsSync(proof), false);
  });

  test('has the history and the user of the repository around it, also if a hook of git says where another is', () => {
    const top = folderOf({ [`docs/${CONFIG}`]: config() });
    const home = join(top, 'docs');
    const git = (...args) => execFileSync('git', ['-C', top, ...args], { env: ENV });
    git('init', '-q');
    git('config', 'user.email', 'ops@example.com');
    // In a hook, the folder of the repository is `.git`, and in that of a worktree the whole path.
    for (const dir of ['.git', join(top, '.git')]) {
      // A hook that receives commits also says where their objects are.
      const env = { GIT_DIR: dir, GIT_INDEX_FILE: join(top, '.git/index'), GIT_OBJECT_DIRECTORY: folderOf({}) };
      for (const text of ['a', 'b']) {
        write(home, { 'a.md': `${text} ${dir}` });
        assert.equal(run(['lock', 'docs'], { cwd: top, env }).code, 0);
        git('add', '.');
        git('-c', 'user.name=n', 'commit', '-qm', text);
      }
      assert.equal(JSON.parse(readFileSync(join(home, LOCK), 'utf8')).record.createdBy, 'ops@example.com');
      rmSync(join(home, '.context/records'), { recursive: true });
      const { out, err } = run(['log', 'docs'], { cwd: top, env });
      assert.equal(err, '');
      assert.equal(out.match(/ops@example\.com/g).length, dir === '.git' ? 2 : 4);
    }
  });

  test('keeps files in .context that are not ours', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    write(home, { '.context/notes.1': 'mine', '.context/objects/readme.2': 'mine' });
    locked(home);
    assert.equal(readFileSync(join(home, '.context/notes.1'), 'utf8'), 'mine');
    assert.equal(readFileSync(join(home, '.context/objects/readme.2'), 'utf8'), 'mine');
  });
});

describe('what was named', () => {
  test('is verified, and not a file with a similar name beside it', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'one\n' });
    const { hash } = locked(home);
    const good = readFileSync(join(home, LOCK), 'utf8');
    write(home, { [`old-${LOCK}`]: good.replaceAll('"tester"', '"nobody"'), 'copy.json': good });
    assert.equal(run(['verify', join(home, `old-${LOCK}`), '--expect-hash', hash]).code, 1);
    assert.equal(run(['verify', join(home, 'copy.json'), '--expect-hash', hash]).code, 0);
    assert.equal(run(['diff', join(home, 'copy.json'), home, '--exit-code']).code, 0);
  });

  test('must be there: a lock to compare with', () => {
    const home = folderOf({
      [CONFIG]: config(),
      'a.md': 'a',
      'pack.json': { packKey: 'p', version: '1', title: '' },
      'i.jsonl': '',
    });
    for (const args of [[home], [join(home, 'i.jsonl'), '--pack', join(home, 'pack.json')]]) {
      const { code, err } = run(['preview', ...args, '--against', join(home, 'missing.json')]);
      assert.equal(code, 4);
      assert.match(err, /missing\.json: There is no lock/);
    }
  });

  test('is never replaced: files of a snapshot without its record', () => {
    const home = folderOf({ 'pack.json': { packKey: 'p', version: '1', title: '' }, 'out/items.jsonl': 'mine' });
    const { code, err } = run(['create', '--pack', 'pack.json', '--out', 'out', '-'], { cwd: home });
    assert.equal(code, 4);
    assert.match(err, /out\/items\.jsonl: There is a snapshot already, or a part of one/);
    assert.equal(readFileSync(join(home, 'out/items.jsonl'), 'utf8'), 'mine');
  });
});

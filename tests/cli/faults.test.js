// Faults of the disk: no permission, a full or read-only disk, two processes at once, `kill -9` at random points of `lock` (CLI_KILLS=20,
// CLI_SEED=1). Each is one clear line, and the lock is the old or the new one.
//
// How: tests may run as root, who may read everything, so the command runs as nobody (setpriv); a full disk is a small tmpfs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLI,
  CONFIG,
  config,
  ENV,
  folderOf,
  LOCK,
  locked,
  newFolder,
  run,
  shell,
  start,
  write,
} from './support/command.js';

const KILLS = Number(process.env.CLI_KILLS ?? 20);
let seed = Number(process.env.CLI_SEED ?? 1);
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
/** The command in a place that nobody may read. */
let copy;
const mayDrop =
  !isRoot || spawnSync('setpriv', [...asNobody, '-e', '0']).status === 0 ? false : 'setpriv cannot become nobody here';

/** Runs the command as a user who may not read everything. */
function runAsUser(args, options) {
  if (!isRoot) return run(args, options);
  if (copy === undefined) {
    copy = newFolder();
    chmodSync(copy, 0o755);
    cpSync(join(CLI, '../..'), join(copy, 'node_modules/@lssm-tech/lib.context-snapshot'), { recursive: true });
  }
  const file = join(copy, 'node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js');
  const { status, stdout, stderr } = spawnSync('setpriv', [...asNobody, file, ...args], {
    ...{ cwd: options.cwd, encoding: 'utf8', env: { ...ENV, ...options.env } },
  });
  return { code: status, out: stdout, err: stderr };
}

/** Makes a folder and all in it belong to that user. */
function give(folder) {
  if (!isRoot) return;
  chownSync(folder, NOBODY, NOBODY);
  for (const name of readdirSync(folder, { recursive: true })) chownSync(join(folder, name), NOBODY, NOBODY);
}

const ONE_LINE = /^context-snapshot: error: [^\n]+\n$/;

describe('permissions', { skip: mayDrop }, () => {
  test('a file or a folder that cannot be read is exit 5 with its name', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a', 'b.md': 'b', 'sub/c.md': 'c', 'x/.contextignore': '' });
    give(folder);
    for (const [name, mode] of [
      ['b.md', 0o644],
      ['sub', 0o755],
      ['x/.contextignore', 0o644],
      [CONFIG, 0o644],
    ]) {
      chmodSync(join(folder, name), 0);
      for (const args of [['lock'], ['preview'], ['lock', '--dry-run']]) {
        const { code, out, err } = runAsUser(args, { cwd: folder });
        assert.deepEqual([code, out, err], [5, '', `context-snapshot: error: ${name}: Permission denied\n`]);
      }
      chmodSync(join(folder, name), mode);
    }
    assert.equal(existsSync(join(folder, LOCK)), false);
    assert.equal(runAsUser(['lock'], { cwd: folder }).code, 0);
  });

  // D3.1-8
  test('a folder that cannot be read may be excluded', () => {
    const folder = folderOf({ [CONFIG]: config({ exclude: ['sub/**'] }), 'a.md': 'a', 'sub/c.md': 'c' });
    give(folder);
    chmodSync(join(folder, 'sub'), 0);
    assert.equal(runAsUser(['lock'], { cwd: folder }).code, 0);
  });

  test('in a read-only folder everything but lock works', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    const { hash } = locked(folder);
    const text = readFileSync(join(folder, LOCK));
    give(folder);
    rmSync(join(folder, '.context/known.json'), { force: true });
    const all = ['.context/objects', '.context/records', '.context', ''];
    for (const name of all) chmodSync(join(folder, name), 0o555);
    for (const args of [
      ['status'],
      ['verify', '--expect-hash', hash],
      ['diff'],
      ['show', 'a.md'],
      ['log'],
      ['preview'],
      ['lock', '--dry-run'],
    ]) {
      const { code, err } = runAsUser(args, { cwd: folder });
      assert.deepEqual([code, err], [0, ''], args.join());
    }
    const { code, err } = runAsUser(['lock', '--reason', 'x'], { cwd: folder });
    assert.equal(code, 5);
    assert.match(err, /^context-snapshot: error: [^\n]*\.context[^\n]*: Permission denied\n$/);
    for (const name of all) chmodSync(join(folder, name), 0o755);
    assert.deepEqual(readFileSync(join(folder, LOCK)), text);
    chmodSync(folder, 0o555);
    rmSync(join(folder, '.context'), { recursive: true });
    assert.match(runAsUser(['lock'], { cwd: folder }).err, ONE_LINE);
    assert.match(runAsUser(['init', '.'], { cwd: folder }).err, ONE_LINE);
  });
});

describe('a full disk', () => {
  const folder = newFolder();
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]).status === 0;
  const skip = isMounted ? false : 'a tmpfs cannot be mounted here';
  after(() => {
    if (isMounted) spawnSync('umount', [folder]);
  });

  /** Fills what is left of the disk, but for so many bytes. */
  function fill(left) {
    const file = join(folder, 'filler');
    writeFileSync(file, '');
    try {
      for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: 'a' });
    } catch {}
    const { size } = { size: readFileSync(file).length };
    writeFileSync(file, Buffer.alloc(Math.max(0, size - left)));
  }

  test('leaves the old lock whole and nothing half-written, wherever it fills up', { skip }, () => {
    write(folder, { [CONFIG]: config(), 'a.md': 'a'.repeat(5000), 'b.md': 'b'.repeat(5000) });
    locked(folder);
    const text = readFileSync(join(folder, LOCK), 'utf8');
    write(folder, { 'a.md': 'x'.repeat(5000), 'b.md': 'y'.repeat(5000) });
    let failed = 0;
    for (let left = 0; left <= 40_960; left += 4096) {
      fill(left);
      const { code, out, err } = run(['lock', folder]);
      if (code === 0) continue;
      failed++;
      assert.deepEqual([code, out], [5, '']);
      assert.match(err, /^context-snapshot: error: [^\n]*: The disk is full\n$/);
      assert.equal(readFileSync(join(folder, LOCK), 'utf8'), text);
      assert.deepEqual(readdirSync(folder).sort(), ['.context', 'a.md', 'b.md', CONFIG, LOCK, 'filler'].sort());
      assert.equal(run(['verify', folder]).code, 1);
    }
    assert.ok(failed > 2, `${failed} runs failed`);
    rmSync(join(folder, 'filler'));
    assert.equal(locked(folder, '--reason', 'there is space again').status, 'locked');
    assert.equal(run(['verify', folder]).code, 0);
    assert.deepEqual(keptIn(folder), ['.gitignore', 'objects', 'records']);
  });

  test('leaves no config of init and no record of create', { skip }, () => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    write(folder, {
      'a.md': 'a',
      'items.jsonl': '{"itemId":"a","kind":"k","sourceKey":"a","content":"x"}\n',
      'p.json': { packKey: 'p', version: '1', title: '' },
    });
    mkdirSync(join(folder, 'out'));
    fill(0);
    const init = run(['init', folder]);
    assert.deepEqual([init.code, existsSync(join(folder, CONFIG))], [5, false]);
    const { code, err } = run(['create', '--pack', 'p.json', 'items.jsonl', '--out', 'out'], { cwd: folder });
    assert.equal(code, 5);
    assert.match(err, /: The disk is full\n$/);
    assert.deepEqual(readdirSync(join(folder, 'out')), []);
  });
});

describe('missing and other files', () => {
  test('are one line with their name', () => {
    const folder = folderOf({ 'a.md': '', 'p.json': '{}', f: '' });
    for (const args of [
      ['lock', 'none'],
      ['verify', 'none'],
      ['hash', 'none'],
      ['show', 'none', 'x'],
      ['diff', 'none', 'none'],
      ['create', '--pack', 'none', 'x'],
      ['hash', '.'],
      ['check-attestation', 'none', '--key', 'none'],
      ['lock', '/etc/passwd'],
      ['verify', '.'],
      ['status', '.'],
      ['hash', 'a\nb'],
      ['hash', '/dev/null'],
    ]) {
      const { code, out, err } = run(args, { cwd: folder });
      assert.ok([2, 4, 5].includes(code), `${args}: ${code}`);
      assert.equal(out, '');
      assert.match(err, ONE_LINE);
      assert.doesNotMatch(err, /Unexpected|ENO|undefined/);
    }
  });

  test('a folder in which nothing can be made is one line', {
    skip: !existsSync('/proc/sys') && 'no /proc here',
  }, () => {
    const folder = folderOf({ 'pack.json': { packKey: 'a', version: '1', title: 'A' } });
    for (const [file, ...args] of [
      ['/proc/none/snapshot', 'create', '--pack', 'pack.json', '/dev/null', '--out', '/proc/none/snapshot'],
      ['/proc/sys/.context', 'lock', '/proc/sys'],
    ]) {
      const { code, out, err } = run(args, { cwd: folder });
      assert.deepEqual([code, out], [5, '']);
      assert.match(err, ONE_LINE);
      assert(err.includes(`: ${file}: `), err);
    }
  });

  test('a file in the place of .context is one line', () => {
    const folder = folderOf({ 'a.md': '', '.context': 'x' });
    const { code, err } = run(['lock', folder]);
    assert.equal(code, 5);
    assert.match(
      err,
      /^context-snapshot: error: [^\n]*\.context: This must be a folder, and is a file or a link; remove it$/m,
    );
  });
});

/** Returns what is in `.context`, except for what is remembered of files: it only holds files that are older than a moment. */
const keptIn = (folder) =>
  readdirSync(join(folder, '.context'))
    .filter((name) => name !== 'known.json')
    .sort();

describe('processes', () => {
  test('of two and more that lock at once, each locks or says who does, and the lock is whole', async () => {
    const folder = folderOf({
      [CONFIG]: config(),
      ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`${at}.md`, `${at}`])),
    });
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, at) => start(['lock', folder, '--reason', `run ${at}`]).ended),
    );
    for (const { code, err } of all) {
      assert.ok(code === 0 || code === 5, err);
      if (code === 5) assert.match(err, /running\.\d+: Another process \(\d+\) locks this folder; wait until it ends/);
    }
    assert.ok(all.some(({ code }) => code === 0));
    assert.equal(run(['verify', folder]).code, 0);
    // Every run that locked is in the chain: none replaced the lock of another without seeing it.
    const { out } = run(['log', folder, '--json']);
    assert.equal(JSON.parse(out.trim().split('\n').at(-1)).length, all.filter(({ code }) => code === 0).length);
  });

  test('one that was killed is no obstacle, and one that runs is', async () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    locked(folder);
    const other = start(['hash', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const file = join(folder, '.context', `running.${other.child.pid}`);
    writeFileSync(file, '');
    const { code, err } = run(['lock', folder]);
    assert.equal(code, 5);
    assert.match(
      err,
      new RegExp(`running\\.${other.child.pid}: Another process \\(${other.child.pid}\\) locks this folder`),
    );
    other.child.kill('SIGKILL');
    await other.ended;
    assert.equal(run(['lock', folder]).code, 0);
    assert.deepEqual(
      readdirSync(join(folder, '.context')).filter((name) => name.startsWith('running')),
      [],
    );
  });

  test('what a process with the same number has left is no obstacle', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    mkdirSync(join(folder, '.context/objects'), { recursive: true });
    const left = '"$FOLDER/.context/objects/1.json.$$" "$FOLDER/.context/known.json.$$" "$FOLDER/.context/running.$$"';
    const { code, err } = shell(`touch ${left} && exec $CLI lock "$FOLDER"`, { env: { FOLDER: folder } });
    assert.equal(code, 0, err);
    assert.equal(run(['verify', folder]).code, 0);
  });

  test('a snapshot of a killed process has no record, and the next one removes what it left', async () => {
    const item = '{"itemId":"a","kind":"k","sourceKey":"s","content":"c"}\n';
    const folder = folderOf({ 'pack.json': '{"packKey":"p","version":"1","title":"t"}', 'items.jsonl': item });
    const made = join(folder, 'made');
    const create = ['create', '--pack', join(folder, 'pack.json'), '--out', made];
    // It waits for more items.
    const { child, ended } = start([...create, '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    while (child.exitCode === null && !existsSync(join(made, `items.jsonl.${child.pid}`))) await sleep(1);
    child.kill('SIGINT');
    await ended;
    assert.deepEqual(readdirSync(made), [`items.jsonl.${child.pid}`]);
    assert.equal(run([...create, join(folder, 'items.jsonl')]).code, 0);
    assert.deepEqual(readdirSync(made).sort(), ['event.json', 'items.jsonl', 'record.json']);
    assert.equal(run(['verify', made]).code, 0);
  });

  // D7-6
  test(`kill -9 at ${KILLS} random points leaves the old or the new lock, and the next lock works`, async (context) => {
    const files = (text) =>
      Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`${at % 10}/${at}.md`, `${text} ${at}\n`]));
    const folder = folderOf({ [CONFIG]: config(), ...files('first') });
    /** Starts to lock; `works` resolves when the work begins, after the start of Node.js. */
    const begin = () => {
      const { child, ended } = start(['lock', folder]);
      const mark = join(folder, '.context', `running.${child.pid}`);
      const works = (async () => {
        while (child.exitCode === null && !existsSync(mark)) await sleep(1);
      })();
      return { child, ended, works };
    };
    let { hash } = locked(folder);
    write(folder, files('second'));
    const first = begin();
    await first.works;
    const began = performance.now();
    await first.ended;
    /** Longest time until the kill: that of the shortest work so far, for a machine that was busy may not be so any more. */
    let longest = performance.now() - began;
    hash = locked(folder).hash;
    let killed = 0;
    let replaced = 0;
    for (let at = 0; at < KILLS; at++) {
      write(folder, files(`text ${at}`));
      const { child, ended, works } = begin();
      await works;
      const began = performance.now();
      await Promise.race([ended, sleep(longest * random())]);
      child.kill('SIGKILL');
      if ((await ended).signal === 'SIGKILL') killed++;
      else longest = Math.min(0.9 * longest, performance.now() - began);
      const present = JSON.parse(readFileSync(join(folder, LOCK))).record.hash;
      for (const name of readdirSync(folder))
        assert.match(name, /^(\d|\.context|context-pack\.json|context\.lock\.json)$/);
      // The next lock reads the present one, and fails unless it is whole.
      const next = locked(folder).hash;
      assert.ok(present === hash || present === next);
      if (present === next) replaced++;
      hash = next;
    }
    assert.equal(run(['verify', folder]).code, 0);
    assert.equal(run(['show', '1/1.md'], { cwd: folder }).out, `text ${KILLS - 1} 1\n`);
    assert.deepEqual(keptIn(folder), ['.gitignore', 'objects', 'records']);
    // Each file of texts has its places: what a killed process left was removed.
    const left = readdirSync(join(folder, '.context/objects'));
    assert.deepEqual(
      left.sort(),
      left
        .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
        .flatMap((number) => [`${number}.json`, `${number}.jsonl`])
        .sort(),
    );
    context.diagnostic(`${killed} of ${KILLS} were killed; in ${replaced} runs the lock was the new one`);
    assert.ok(killed > KILLS / 3, `${killed} of ${KILLS} were killed`);
  });
});

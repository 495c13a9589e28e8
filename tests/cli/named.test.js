// Locks and items that are named by the beginning of a digest.

import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { CONFIG, config, folderOf, LOCK, locked, newFolder, objects, run, shell, write } from './support/command.js';

const digits = (digest, count = 7) => digest.slice('sha256:'.length).slice(0, count);
const digestOf = (out, path) => objects(out).find((line) => line.path === path).after.digest;

let folder;
/** What `lock --json` said, and the digest of `a.md` in the first and in the second lock. */
let first;
let second;
let old;
let now;

before(() => {
  folder = folderOf({ [CONFIG]: config(), 'a.md': 'one\n', 'b.md': 'two\n' });
  const git = '-c user.email=u@example.com -c user.name=u';
  const commit = () => assert.equal(shell(`git add -A && git ${git} commit -qm x`, { cwd: folder }).code, 0);
  assert.equal(shell('git init -q', { cwd: folder }).code, 0);
  first = locked(folder);
  commit();
  write(folder, { 'a.md': 'ONE\n' });
  now = digestOf(run(['status', '--json'], { cwd: folder }).out, 'a.md');
  old = objects(run(['status', '--json'], { cwd: folder }).out)[0].before.digest;
  second = locked(folder);
  commit();
});
const ok = (...args) => {
  const { code, out, err } = run(args, { cwd: folder });
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return out;
};

describe('a lock', () => {
  test('is shown, by its seal or its hash, with or without sha256:', () => {
    for (const one of [first.seal, first.hash])
      for (const name of [digits(one), digits(one, 20), digits(one, 64), `sha256:${digits(one)}`, one])
        assert.equal(objects(ok('show', name, '--json'))[0].seal, first.seal, name);
  });

  test('gives items as they were', () => {
    assert.equal(ok('show', digits(first.seal), 'a.md'), 'one\n');
    assert.equal(ok('show', digits(second.seal), 'a.md'), 'ONE\n');
  });

  test('is compared with another one, or with the present one', () => {
    const expected = 'M a.md\n  @@ -1,1 +1,1 @@\n  -one\n  +ONE\n';
    assert.equal(ok('diff', digits(first.seal), digits(second.hash)), expected);
    assert.equal(ok('diff', digits(first.hash)), expected);
    assert.equal(ok('diff', digits(first.seal), LOCK), expected);
  });

  test('is verified by the texts that are kept, and only anchored by a whole value', () => {
    assert.match(ok('verify', digits(first.seal)), /^consistent, not anchored: 2 items$/m);
    const named = `sha256:${digits(first.seal)}`;
    assert.match(ok('verify', named, '--expect-hash', first.hash), /^verified: 2 items$/m);
    assert.equal(run(['verify', named, '--expect-hash', second.hash], { cwd: folder }).code, 1);
    for (const option of ['--expect-hash', '--expect-seal'])
      for (const value of [digits(first.hash), digits(first.hash, 63), digits(first.hash, 64), first.hash.slice(0, -1)])
        assert.equal(run(['verify', option, value], { cwd: folder }).code, 2, `${option} ${value}`);
  });

  test('is never taken for a folder that is gone, if a value is trusted: folders may be called like digits', () => {
    const name = digits(first.seal, 8);
    for (const trusted of [['--expect-hash', first.hash], ['--expect-seal', first.seal], ['--require-anchor']]) {
      const { code, out, err } = run(['verify', name, ...trusted], { cwd: folder });
      assert.deepEqual([code, out], [5, ''], trusted[0]);
      assert.match(err, /There is no such file or folder; with a trusted value, a lock is named with sha256: before/);
    }
    // A link that leads nowhere is a name, too.
    const link = join(folder, name);
    symlinkSync('nowhere', link);
    for (const args of [
      ['verify', name, '--expect-hash', first.hash],
      ['verify', name],
      ['show', name],
    ])
      assert.notEqual(run(args, { cwd: folder }).code, 0, args.join(' '));
    rmSync(link);
  });

  test('is not found if it has another name, fewer digits, or is not here', () => {
    for (const name of [digits(first.seal, 6), '0000000', digits(first.seal).toUpperCase()]) {
      assert.equal(run(['verify', name], { cwd: folder }).code, 5, name);
      assert.equal(run(['show', name, 'a.md'], { cwd: folder }).code, 5, name);
      assert.equal(run(['show', name], { cwd: folder }).code, 4, name);
    }
    const { err } = run(['verify', '0000000'], { cwd: folder });
    assert.match(err, /0000000: There is no such file or folder, and no lock here whose seal or hash begins like this/);
    assert.equal(run(['verify', digits(first.seal)], { cwd: newFolder() }).code, 5);
  });

  test('is a file, if there is one with that name', () => {
    const name = digits(first.seal);
    write(folder, { [name]: 'x' });
    assert.match(run(['verify', name], { cwd: folder }).err, new RegExp(`${name}:`));
    rmSync(join(folder, name));
  });

  test('of which only the record is here is shown, and says what is missing for more', () => {
    const alone = folderOf({ [CONFIG]: config(), 'a.md': 'one\n' });
    const { seal } = locked(alone);
    write(alone, { 'a.md': 'two\n' });
    locked(alone);
    assert.equal(run(['show', digits(seal)], { cwd: alone }).code, 0);
    const { code, err } = run(['diff', digits(seal)], { cwd: alone });
    assert.equal(code, 5);
    assert.match(err, /Of the lock sha256:[0-9a-f]{12}…, only the record is here/);
  });
});

describe('an item', () => {
  test('is shown by its digest, of the present lock and of an earlier one', () => {
    assert.equal(ok('show', digits(now)), 'ONE\n');
    assert.equal(ok('show', now), 'ONE\n');
    assert.equal(ok('show', digits(first.seal), digits(old)), 'one\n');
    assert.equal(run(['show', digits(old)], { cwd: folder }).code, 4);
  });
});

describe('a beginning of several digests', () => {
  test('is misuse, and the candidates are listed', () => {
    const twice = folderOf({ [CONFIG]: config(), 'a.md': '' });
    const seals = [locked(twice), locked(twice, '--reason', 'again')].map(({ seal }) => digits(seal, 12));
    const { hash } = objects(run(['log', '--json'], { cwd: twice }).out)[0];
    for (const args of [
      ['show', digits(hash)],
      ['verify', hash],
      ['diff', digits(hash, 30)],
      ['attest', hash, '--key', 'k'],
    ]) {
      const { code, err } = run(args, { cwd: twice });
      assert.equal(code, 2, args.join(' '));
      for (const seal of seals) assert.match(err, new RegExp(`lock sha256:${seal}… of 2026-11-29`));
    }
  });

  test('of items is found, too', () => {
    const seen = new Map();
    const item = (path) => ({ itemId: path, kind: 'docblock', sourceKey: path, content: '', metadata: { bytes: 0 } });
    let pair;
    for (let at = 0; pair === undefined; at++) {
      const path = `${at}.md`;
      const name = digits(digestItem(item(path)).digest);
      if (seen.has(name)) pair = [seen.get(name), path];
      seen.set(name, path);
    }
    const twins = folderOf({ [CONFIG]: config(), [pair[0]]: '', [pair[1]]: '' });
    locked(twins);
    const { digest } = digestItem(item(pair[0]));
    const { code, err } = run(['show', digits(digest)], { cwd: twins });
    assert.equal(code, 2);
    for (const path of pair) assert.ok(err.includes(`item ${path} sha256:${digits(digest)}`), err);
    assert.equal(run(['show', digits(digest, 20)], { cwd: twins }).code, 0);
  });
});

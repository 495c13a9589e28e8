// Paths on systems that cannot run here: Windows (separators, drives, case) and macOS (names in NFD); and what patterns cost.

import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { describe, test } from 'node:test';
import { checked } from '../../pkg/src/cli/folder/checked.js';
import { nfc } from '../../pkg/src/cli/folder/nfc.js';
import { caseTwins, namesBetween, neverBelongs, pathIn } from '../../pkg/src/cli/folder/paths.js';
import { readPattern } from '../../pkg/src/cli/folder/pattern.js';

describe('patterns in NFC', () => {
  test('are what the language makes of them, part by part', () => {
    const letters = [
      'a',
      'e',
      '/',
      '{',
      ',',
      '\n',
      '<',
      '=',
      'é',
      '\u0301',
      '\u0323',
      '\u0338',
      '\u1100',
      '\u1161',
      '\u11a8',
      '\u212b',
      '\ud834\udd5e',
      '\u0344',
      '\u200d',
      '\u3099',
      'か',
    ];
    // A generator of Lehmer: the same texts in each run.
    let seed = 1;
    const next = (below) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: next(12) }, () => letters[next(letters.length)]).join('');
      assert.equal(nfc(text), text.normalize('NFC'), JSON.stringify(text));
    }
  });

  test('have no part normalized that is longer than any name, in a config, too', () => {
    const long = `a${'\u0301\u0323'.repeat(50_000)}/e\u0301`;
    const { normalize } = String.prototype;
    const lengths = [];
    String.prototype.normalize = function (...form) {
      lengths.push(this.length);
      return normalize.apply(this, form);
    };
    try {
      assert.equal(nfc(long), `${long.slice(0, -2)}é`);
      const include = [{ files: '*', kind: 'k' }];
      const fail = (path, message) => assert.fail(`${path}: ${message}`);
      const config = { folder: 'context-folder/v1', packKey: 'k', version: '1', title: 't', include, exclude: [long] };
      assert.deepEqual(checked(config, fail).exclude, [`${long.slice(0, -2)}é`]);
    } finally {
      String.prototype.normalize = normalize;
    }
    assert(lengths.length > 0 && Math.max(...lengths) <= 256, lengths.join());
  });
});

describe('paths', () => {
  test('are in NFC with / on each system, however the disk stores the name', () => {
    assert.equal(pathIn('', 'e\u0301.md'), 'é.md');
    assert.equal(pathIn('docs/', '\u1100\u1161.md'), 'docs/\uac00.md');
    assert.equal(pathIn('', '\u212b'), 'Å', 'also of characters that NFC replaces');
    assert.equal(pathIn('docs/', 'a\\b.md'), 'docs/a\\b.md', 'a backslash in a name of Linux is no separator');
  });

  test('the names between two folders are found with the separators of each system', () => {
    assert.deepEqual(namesBetween('C:\\work', 'C:\\work\\docs\\a.md', win32), ['docs', 'a.md']);
    assert.deepEqual(namesBetween('C:\\Work', 'c:\\work\\docs', win32), ['docs'], 'drives and names ignore case');
    assert.deepEqual(namesBetween('/work', '/work/docs/a.md', posix), ['docs', 'a.md']);
    assert.deepEqual(namesBetween('/work', '/work/a\\b', posix), ['a\\b']);
    assert.deepEqual(namesBetween('/work', '/work', posix), []);
    assert.deepEqual(namesBetween('/work', '/work/..a/b', posix), ['..a', 'b'], 'a name may begin with dots');
    assert.deepEqual(namesBetween('C:\\', 'C:\\a', win32), ['a']);
    assert.deepEqual(namesBetween('/', '/a', posix), ['a']);
  });

  test('what is outside is outside: above, beside, on another drive or server', () => {
    for (const [one, other] of [
      ['C:\\work', 'C:\\'],
      ['C:\\work', 'C:\\work2\\a'],
      ['C:\\work', 'D:\\work\\a'],
      ['C:\\work', '\\\\server\\share\\a'],
    ])
      assert.equal(namesBetween(one, other, win32), undefined, other);
    for (const [one, other] of [
      ['/work', '/'],
      ['/work', '/work2/a'],
      ['/work/a', '/work/b'],
    ])
      assert.equal(namesBetween(one, other, posix), undefined, other);
  });

  test('names that never belong are exact', () => {
    assert.deepEqual(['.git', 'node_modules', '.context', 'context.lock.json'].map(neverBelongs), [
      true,
      true,
      true,
      true,
    ]);
    assert.deepEqual(['.gitignore', 'git', 'node_modules2', 'context.lock.json.bak'].map(neverBelongs), [
      false,
      false,
      false,
      false,
    ]);
  });

  test('twins differ by case alone', () => {
    assert.deepEqual(
      [...caseTwins(['a/B', 'a/b', 'A/b', 'c', 'É', 'é'])],
      [
        ['a/B', 'a/b'],
        ['a/b', 'A/b'],
        ['É', 'é'],
      ],
    );
    assert.deepEqual([...caseTwins(['a', 'b', 'a'])], []);
  });
});

describe('a pattern', () => {
  test('is matched in a time that grows with its length times that of the path', () => {
    // By a regular expression, the first of these would take longer than anybody waits.
    const stars = readPattern(`${'*a'.repeat(40)}*b`, false);
    assert.equal(stars.matches('a'.repeat(250)), false);
    assert.equal(stars.matches(`${'a'.repeat(250)}b`), true);
    const names = readPattern(`${Array(60).fill('**').join('/a/')}/b`, false);
    assert.equal(names.matches(Array(400).fill('a').join('/')), false);
    assert.equal(names.matches([...Array(400).fill('a'), 'b'].join('/')), true);
  });
});

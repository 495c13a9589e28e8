// What a terminal or a log is given: nothing of a stranger that cannot be seen, or that acts on it.
//
// Why: an escape sequence in the name of a file can repaint a verdict, and invisible characters carry instructions that no reviewer sees. How:
// the set of characters is compared with that of ERRORS 6.2, and every verb shows a folder whose names and texts have them.

import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inert, jsonText, shown, visible, visibleLine, worded } from '../../pkg/src/cli/shown.js';
import { CONFIG, config, folderOf, LOCK, locked, objects, run, write } from './support/command.js';

/** Returns the characters of rule E6.2-2 as a set. */
function listed() {
  const text = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8');
  const [, rule] = /\*\*E6\.2-2\.\*\*(.*?)A backslash/s.exec(text);
  const set = new Set();
  for (const [, first, last = first] of rule.matchAll(/U\+([0-9A-F]+)(?:\s+to\s+U\+([0-9A-F]+))?/g)) {
    for (let code = Number.parseInt(first, 16); code <= Number.parseInt(last, 16); code++) set.add(code);
  }
  return set;
}

// Variation selectors, fillers, a tag, joiners, direction, and controls: of C1, some terminals obey U+009B.
const UNSEEN = [
  '\ufe01',
  '\u{e0101}',
  '\u3164',
  '\u034f',
  '\u{e0041}',
  '\u200b',
  '\u202e',
  '\u009b31m',
  '\x1b[31m',
  '\x7f',
];
const HOSTILE = `x${UNSEEN.join('-')}y`;

/** Fails if a text has characters that cannot be seen, other than ends of lines. */
function assertSeen(text, what) {
  const unseen = /(?!\n)[\u180f\u2028\u2029\ufff9-\ufffb\p{Cc}\p{Cf}\p{DI}]/u.exec(text);
  assert.equal(unseen && [what, JSON.stringify(text.slice(Math.max(0, unseen.index - 60), unseen.index + 20))], null);
}

describe('what is shown', () => {
  // E6.2-2
  test('has escapes for the same characters as messages of the library', () => {
    const set = listed();
    assert(set.size > 4000);
    // What Unicode calls ignorable but has not assigned is escaped by the library as well.
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      const isHalf = code >= 0xd800 && code <= 0xdfff;
      const isUnseen = set.has(code) || isHalf;
      assert.equal(worded(character) !== character, isUnseen, `U+${code.toString(16)}`);
      assert.equal(visibleLine(character) !== character, isUnseen, `U+${code.toString(16)}`);
      if (isUnseen) assert.match(worded(character), /^(\\[bfnrt]|(\\u[0-9a-f]{4}){1,2})$/);
    }
  });

  test('is unchanged if all of it can be seen, emoji included', () => {
    for (const text of ['a b', 'é', '日本', '😀', '«»']) {
      for (const show of [shown, worded, visible, visibleLine]) assert.equal(show(text), text);
    }
    assert.equal(visible('⚠\ufe0f 1\ufe0f\u20e3\n\tb'), '⚠\ufe0f 1\ufe0f\u20e3\n\tb');
    assert.equal(visible('a\ufe0fb\ufe01c\u3164d\r'), 'a\ufffdb\ufffdc\ufffdd\ufffd');
  });

  test('is no command to a runner of GitHub Actions, which trims lines and looks for the older form anywhere', () => {
    for (const text of ['::stop-commands::x', '\u2003::error::x', 'a ##[add-mask]x', '###[x]']) {
      for (const show of [shown, worded]) assert.doesNotMatch(show(text), /^\s*::|##\[/);
      assert.equal(JSON.parse(shown(text)), text);
      assert.doesNotMatch(jsonText(text), /##\[/);
      assert.equal(JSON.parse(jsonText(text)), text);
      assert.doesNotMatch(inert(`a\n${text}`), /^\s*::|##\[/m);
    }
    // If time were not in proportion to the blanks, this would take an hour.
    for (const text of ['a::b', ': :', '#[x]', '## [x]', `x${' '.repeat(1e6)}`])
      assert.deepEqual([shown(text), worded(text), inert(text)], [text, text, text]);
  });

  test('of JSON is the same value', () => {
    for (const indent of [undefined, 2]) {
      const text = jsonText({ [HOSTILE]: [HOSTILE, '\n"\\'] }, indent);
      assertSeen(text, 'JSON');
      assert.deepEqual(JSON.parse(text), { [HOSTILE]: [HOSTILE, '\n"\\'] });
    }
  });
});

/** A rule whose pattern is as long as the limit lets one of two be. */
const short = (rule) => ({ ...rule, files: rule.files.slice(-100_001) });

describe('no verb shows what cannot be seen', () => {
  const name = (text) => `${text}${HOSTILE}.md`;
  test('of names, texts, reasons, users and packs', () => {
    const folder = folderOf({
      [CONFIG]: config({ title: HOSTILE, packKey: HOSTILE, version: HOSTILE }),
      ...Object.fromEntries(['a', 'b', 'c'].map((one) => [name(one), `${one} ${HOSTILE}\n`])),
    });
    const see = (...args) => {
      const { code, out, err } = run(args, { cwd: folder });
      assertSeen(out + err, args.join(' '));
      return { code, out };
    };
    see('lock', '--reason', HOSTILE, '--user', HOSTILE);
    see('status');
    see('prove', name('a'));
    see('prove', 'b', '--absent');
    see('log');
    see('show');
    see('verify');
    write(folder, { [name('b')]: `other ${HOSTILE}\n`, [name('d')]: HOSTILE });
    renameSync(join(folder, name('a')), join(folder, name('e')));
    write(folder, { [CONFIG]: config({ title: `${HOSTILE}!`, packKey: HOSTILE, version: HOSTILE }) });
    const ways = [[], ['--json'], ['--format', 'md'], ['--format', 'github']];
    for (const way of [...ways, ['--porcelain']]) assert.equal(see('status', ...way).code, 1);
    for (const way of [...ways, ['--words'], ['--stat']]) assert.notEqual(see('diff', ...way).out, '');
    for (const way of [[], ['--json']]) {
      for (const verb of ['verify', 'preview', 'log', 'show']) see(verb, ...way);
      see('show', name('b'), '--json');
      see('lock', '--dry-run', ...way);
    }
    assert.equal(see('verify').code, 1);
    const changes = objects(run(['status', '--json'], { cwd: folder }).out);
    assert(changes.some(({ path }) => path === name('d')));
  });

  test('is no command in a text that is compared, or in an argument', () => {
    const folder = folderOf({
      [CONFIG]: config(),
      '##[x].md': '',
      'a.md': '::stop-commands::x\n \t::x::\n##[error]x\nstd::x\n',
    });
    locked(folder);
    rmSync(join(folder, '##[x].md'));
    write(folder, { 'a.md': '::stop-commands::x\n \t::x::\n##[error]x\nstd::y\n::x' });
    for (const [seen, ...args] of [
      [/std::/, 'diff'],
      [/std::/, 'diff', '--words'],
      [/a\.md/, 'diff', '--format', 'md'],
      [/a\.md/, 'status', '--format', 'md'],
      [/unknown option/, '--x\n::stop-commands::x'],
      [/unknown option/, '--x ##[error]'],
    ]) {
      const { out, err } = run(args, { cwd: folder });
      assert.match(out + err, seen);
      assert.doesNotMatch(out + err, /^\s*::|##\[/m);
    }
  });

  test('in ids and paths of issues, which the library has escaped already', () => {
    const folder = folderOf({
      'pack.json': { packKey: 'p', version: '1', title: '' },
      'items.jsonl': { itemId: 'a\x1b', kind: 'k', sourceKey: 's', content: 'c' },
    });
    const create = (...args) => run(['create', '--pack', 'pack.json', ...args], { cwd: folder });
    create('items.jsonl', '--out', 'one');
    const record = JSON.parse(readFileSync(join(folder, 'one/record.json')));
    const { manifest } = record.metadata.$snapshot;
    write(folder, {
      'one.json': { record, items: [], index: [{ itemId: 'a\x1b', digest: manifest.itemsRoot }] },
      'one/manifest.json': { ...manifest, '\x1b"': 1 },
      'bad.json': [{ itemId: 'a', kind: 'k', sourceKey: 's', content: { '\x1b': null, '"': '\ud800' } }],
      'bad.jsonl': '{ "itemId": "a", "kind": "k", "sourceKey": "s", "content": { "\\u001b": "\\ud800" } }',
    });
    assert.match(run(['verify', 'one.json'], { cwd: folder }).out, /^ {2}a\\u001b: Item a\\u001b is missing$/m);
    assert.match(run(['verify', 'one'], { cwd: folder }).out, /^ {2}manifest\.\\u001b": Unknown member/m);
    assert.match(create('bad.jsonl').err, /: content\.\\u001b: /);
  });

  test('without end, in an error, a remark or a line about a record', () => {
    const long = `${'\u{1f600}'.repeat(300_000)}end`;
    const home = folderOf({ 'a.md': 'x' });
    const { hash } = locked(home);
    const lock = JSON.parse(readFileSync(join(home, LOCK), 'utf8'));
    const rules = [`${long}*.md`, `${long.toUpperCase()}*.md`].map((files) => ({ files, kind: 'k', optional: true }));
    const folders = {
      ...{ [LOCK]: { ...lock, folder: long }, 'other/context.lock.json': { ...lock, [long]: 1 } },
      ...{ 'snapshot.json': { record: lock.record, [long]: 1 }, 'proof.json': { proof: {}, [long]: 1 } },
      ...{ 'config/context-pack.json': { ...config(), [long]: 1 }, 'config/a.md': 'x' },
      ...{ 'group/context-pack.json': config({ include: [{ files: `{${long.slice(0, 200_000)}}`, kind: 'k' }] }) },
      ...{ 'pack/context-pack.json': config({ packKey: long, version: long }), 'pack/a.md': 'x' },
      ...{
        'case/context-pack.json': config({ include: [...rules.map(short), ...config().include] }),
        'case/a.md': 'x',
      },
    };
    const cwd = folderOf(folders);
    for (const [code, args] of [
      [4, ['status']],
      [4, ['verify']],
      [4, ['verify', 'other']],
      [4, ['verify', 'snapshot.json']],
      [4, ['check-proof', 'proof.json', '--expect-hash', hash]],
      [4, ['lock', 'config']],
      [4, ['lock', 'group']],
      [0, ['lock', 'pack', '--user', long.slice(0, 40_000), '--reason', long.slice(0, 40_000)]],
      [0, ['status', 'pack']],
      [0, ['log', 'pack']],
      [0, ['lock', 'case']],
    ]) {
      const found = run(args, { cwd });
      const text = found.out + found.err;
      assert.equal(found.code, code, `${args.slice(0, 2)}: ${text.slice(0, 300)}`);
      assert(text.length < 5000 && text.isWellFormed(), `${args.slice(0, 2)}: ${text.length}`);
    }
    // Scripts get all of it.
    assert.equal(JSON.parse(run(['log', 'pack', '--json'], { cwd }).out.split('\n')[0]).packKey, long);
  });

  test('of files that are not what they should be, and of arguments', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    locked(folder);
    const lock = readFileSync(join(folder, LOCK), 'utf8');
    const broken = [
      lock.replace('"tool"', `${JSON.stringify(HOSTILE)}: 1, "tool"`),
      lock.replace('"lock"', JSON.stringify(HOSTILE)),
      lock.replace('"a.md"', JSON.stringify(HOSTILE)),
      lock.replace('"test.pack"', JSON.stringify(HOSTILE)),
      lock.replace('context-folder/v1', JSON.stringify(HOSTILE).slice(1, -1)),
      `{${JSON.stringify(HOSTILE)}: 1, ${JSON.stringify(HOSTILE)}: 2}`,
      `{"a": ${HOSTILE}`,
    ];
    for (const text of broken) {
      assert.notEqual(text, lock);
      write(folder, { [LOCK]: text });
      for (const verb of ['verify', 'status', 'log', 'diff', 'attest']) {
        const { code, out, err } = run(verb === 'attest' ? [verb, '--key', HOSTILE] : [verb], { cwd: folder });
        assert(code !== 0 || verb !== 'verify');
        assertSeen(out + err, verb);
      }
    }
    for (const args of [[`--${HOSTILE}`], [HOSTILE], ['verify', HOSTILE], ['verify', '--expect-hash', HOSTILE]]) {
      const { code, out, err } = run(args, { cwd: folder });
      assert.notEqual(code, 0);
      assertSeen(out + err, args.join(' '));
    }
  });
});

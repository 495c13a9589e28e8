// Each verb, run as users run it: its results, its exit code, what is on which stream, and `--json`.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import {
  CONFIG,
  config,
  folderOf,
  HASH,
  LOCK,
  locked,
  NOW,
  newFolder,
  objects,
  run,
  shell,
  write,
} from './support/command.js';

const VERBS =
  'init lock status diff verify log show create preview prove check-proof attest check-attestation hash canonicalize'.split(
    ' ',
  );

/** Returns a locked folder with two documents and a contract. */
function shop() {
  const folder = folderOf({
    [CONFIG]: config({
      include: [
        { files: 'docs/**/*.md', kind: 'docblock' },
        { files: 'contracts/*.json', kind: 'contract', as: 'json' },
      ],
    }),
    'docs/a.md': 'one\ntwo\nthree\n',
    'docs/b.md': 'second\n',
    'contracts/order.json': { b: 1, a: [true] },
  });
  return { folder, lock: locked(folder) };
}

describe('help and version', () => {
  test('every verb has help with examples and all exit codes, on standard output', () => {
    const top = run(['--help']);
    assert.equal(top.code, 0);
    assert.equal(top.err, '');
    for (const verb of VERBS) {
      assert.match(top.out, new RegExp(`^  ${verb} `, 'm'));
      const { code, out, err } = run([verb, '--help']);
      assert.deepEqual([code, err], [0, ''], verb);
      assert.match(out, new RegExp(`\\$ context-snapshot ${verb}|\\| context-snapshot ${verb}`), verb);
      for (const exit of ['0 yes', '1 the answer is no', '2 misuse', '3 refused', '4 bad input', '5 input or output'])
        assert.ok(out.includes(exit), `${verb}: ${exit}`);
    }
  });

  test('a command that is not there has no help', () => {
    for (const args of [
      ['help', 'frob'],
      ['frob', '--help'],
      ['frob', '-h'],
      ['help', 'frob', '--help'],
    ]) {
      const { code, out, err } = run(args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, /^error: unknown command 'frob'/);
    }
    assert.equal(run(['help', 'lock']).code, 0);
    assert.equal(run(['help']).code, 0);
  });

  test('the version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../pkg/package.json', import.meta.url)));
    assert.deepEqual(run(['--version']), { code: 0, signal: null, out: `${version}\n`, err: '' });
  });
});

describe('init', () => {
  test('writes rules that lock what is there, and does not overwrite', () => {
    const folder = folderOf({ 'a.md': 'a', 'b.schema.json': {}, 'c.yaml': 'c: 1', 'd.bin': 'x' });
    const { code, out, err } = run(['init', folder]);
    assert.deepEqual([code, out], [0, `wrote ${join(folder, CONFIG)}\n`]);
    assert.match(err, /1 file left out, such as d\.bin/);
    assert.equal(locked(folder).itemCount, 3, 'the config itself is excluded');
    const again = run(['init', folder]);
    assert.equal(again.code, 4);
    assert.match(again.err, /context-pack\.json: It is there already/);
  });

  test('says with --json what it wrote', () => {
    const folder = folderOf({ 'a.md': 'a' });
    const [{ type, file, include }] = objects(run(['init', folder, '--json']).out);
    assert.deepEqual([type, file, include[0].kind], ['init', join(folder, CONFIG), 'docblock']);
  });
});

describe('lock', () => {
  test('writes the lock, one line an item, and keeps the texts where git ignores them', () => {
    const { folder, lock } = shop();
    assert.match(lock.hash, HASH);
    assert.match(lock.seal, HASH);
    assert.deepEqual([lock.type, lock.status, lock.itemCount], ['lock', 'locked', 3]);
    const text = readFileSync(join(folder, LOCK), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('    { "itemId"'));
    assert.deepEqual(
      rows.map((row) => JSON.parse(row.replace(/,$/, '')).itemId),
      ['contracts/order.json', 'docs/a.md', 'docs/b.md'],
    );
    const value = JSON.parse(text);
    assert.deepEqual(Object.keys(value), ['lock', 'folder', 'record', 'index', 'tool']);
    assert.equal(value.record.createdBy ?? value.record.metadata.$snapshot.userId, 'tester');
    assert.match(readFileSync(join(folder, '.context/.gitignore'), 'utf8'), /^\*$/m);
  });

  test('changes nothing if nothing changed, and makes a new record for a reason', () => {
    const { folder, lock } = shop();
    const before = readFileSync(join(folder, LOCK), 'utf8');
    const same = run(['lock', folder]);
    assert.equal(same.code, 0);
    assert.match(same.out, /^unchanged test\.pack@1\.0\.0: 3 items/);
    assert.equal(readFileSync(join(folder, LOCK), 'utf8'), before);
    const released = locked(folder, '--reason', 'release 7');
    assert.equal(released.hash, lock.hash);
    assert.notEqual(released.seal, lock.seal);
  });

  test('writes nothing with --dry-run', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    const { code, out } = run(['lock', folder, '--dry-run']);
    assert.equal(code, 0);
    assert.match(out, /^would lock .*\n {2}A a\.md\n/);
    assert.deepEqual([existsSync(join(folder, LOCK)), existsSync(join(folder, '.context'))], [false, false]);
  });

  test('is refused by policy for anybody but an admin: exit 3', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    for (const actor of ['user', 'anonymous']) {
      const { code, out, err } = run(['lock', folder, '--actor', actor]);
      assert.deepEqual([code, out], [3, ''], actor);
      assert.match(err, /^context-snapshot: error: [^\n]+\n$/);
    }
    assert.equal(existsSync(join(folder, LOCK)), false);
  });
});

describe('status', () => {
  test('says what was added, modified, deleted and renamed, in each form', () => {
    const { folder } = shop();
    const clean = run(['status', folder]);
    assert.deepEqual([clean.code, clean.err], [0, '']);
    assert.match(clean.out, /^unchanged test\.pack@1\.0\.0: 3 items/);
    write(folder, {
      'docs/a.md': 'one\n2\nthree\n',
      'docs/new "q"\n.md': 'n',
    });
    renameSync(join(folder, 'docs/b.md'), join(folder, 'docs/c.md'));
    const expected = 'M docs/a.md\nR docs/b.md -> docs/c.md\nA "docs/new \\"q\\"\\n.md"\n';
    const plain = run(['status', folder]);
    assert.deepEqual([plain.code, plain.out], [1, expected]);
    assert.match(plain.err, /^1 added, 1 changed, 1 moved since /);
    assert.deepEqual(run(['status', folder, '--porcelain']), { code: 1, signal: null, out: expected, err: '' });
    assert.equal(run(['status', folder, '-z']).out, 'M docs/a.md\0R docs/c.md\0docs/b.md\0A docs/new "q"\n.md\0');
    const rows = objects(run(['status', folder, '--json']).out);
    assert.deepEqual(
      rows.map(({ type, change, path, from }) => [type, change, path, from]),
      [
        ['change', 'M', 'docs/a.md', undefined],
        ['change', 'R', 'docs/c.md', 'docs/b.md'],
        ['change', 'A', 'docs/new "q"\n.md', undefined],
        ['status', undefined, undefined, undefined],
      ],
    );
    assert.deepEqual(rows[3].changes, { added: 1, changed: 1, removed: 0, moved: 1 });
    assert.match(
      run(['status', folder, '--format', 'md']).out,
      /\| R \| \d+ B \| \d+ B \| `docs\/b\.md → docs\/c\.md` \|/,
    );
  });

  test('annotates files by their path in the checkout, wherever the folder is', () => {
    const top = newFolder();
    const folder = join(top, 'shop');
    write(folder, { [CONFIG]: config(), 'a.md': 'a', 'b.md': 'b' });
    locked(folder);
    write(folder, { 'a.md': 'x', 'c,d:%.md': 'new' });
    rmSync(join(folder, 'b.md'));
    const { code, out } = run(['status', 'shop', '--format', 'github'], { cwd: top });
    assert.equal(code, 1);
    assert.match(out, /^::error file=shop\/a\.md,title=context lock::a\.md differs/m);
    assert.match(out, /^::error file=shop\/c%2Cd%3A%25\.md,/m);
    assert.match(out, /^::error title=context lock::b\.md is missing/m);
    const inside = run(['status', '--format', 'github'], { cwd: folder, env: { GITHUB_WORKSPACE: top } });
    assert.equal(inside.out, out);
  });

  test('adds the table to the summary of a step of GitHub Actions, and annotates the pack', () => {
    const folder = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    locked(folder);
    write(folder, { [CONFIG]: config({ title: 'Other' }), 'a.md': 'xyz', summary: '# Before\n' });
    const file = join(folder, 'summary');
    const github = (verb, env) => run([verb, folder, '--format', 'github'], { env });
    const { code, out } = github('status', { GITHUB_STEP_SUMMARY: file });
    assert.equal(code, 1);
    assert.match(out, /^::error title=context lock::The pack's title differs from the lock; /m);
    const table = '| | before | after | item |\n| --- | --- | --- | --- |\n| M | 1 B | 3 B | `a.md` |\n';
    const said = `1 changed, different in the pack: title\n\n${table.replace('| |', '|  |')}`;
    assert.equal(readFileSync(file, 'utf8'), `# Before\n**Context lock:** ${said}`);
    assert.equal(github('diff', { GITHUB_STEP_SUMMARY: file }).code, 0);
    assert.equal(readFileSync(file, 'utf8'), `# Before\n**Context lock:** ${said}**Context:** ${said}`);
    assert.equal(github('status', { GITHUB_STEP_SUMMARY: '' }).out, out);
    const failed = github('status', { GITHUB_STEP_SUMMARY: join(folder, 'no/summary') });
    assert.deepEqual([failed.code, failed.err.includes('no/summary: There is no such file')], [5, true]);
  });

  test('is misuse with two forms of output', () => {
    const { folder } = shop();
    for (const args of [
      ['status', '--json', '--porcelain'],
      ['status', '--json', '-z'],
      ['status', '--json', '--format', 'md'],
      ['status', '--porcelain', '--format', 'md'],
      ['diff', '--json', '--format', 'md'],
    ]) {
      const { code, out, err } = run(args, { cwd: folder });
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, /cannot be used with option/);
    }
  });

  test('says that the lock has a merge conflict', () => {
    const { folder } = shop();
    const file = join(folder, 'context.lock.json');
    const marked = readFileSync(file, 'utf8').replace('  "record"', '<<<<<<< HEAD\n  "record"');
    writeFileSync(file, marked);
    for (const verb of ['status', 'lock']) {
      const { code, err } = run([verb], { cwd: folder });
      assert.equal(code, 4);
      assert.match(err, /context\.lock\.json: This lock has the marks of a merge conflict/);
    }
    assert.equal(readFileSync(file, 'utf8'), marked);
  });

  test('says which members of the pack differ', () => {
    const { folder } = shop();
    const value = JSON.parse(readFileSync(join(folder, CONFIG)));
    write(folder, { [CONFIG]: { ...value, title: 'Other' } });
    const { code, out } = run(['status', folder]);
    assert.deepEqual([code, out], [1, 'P title\n']);
  });

  test('finds the lock from below, and in a single folder below', () => {
    const top = newFolder();
    write(top, { 'shop/docs/a.md': 'a' });
    locked(join(top, 'shop'));
    for (const cwd of [top, join(top, 'shop/docs')]) assert.equal(run(['status'], { cwd }).code, 0, cwd);
    mkdirSync(join(top, 'other'));
    write(top, { 'other/b.md': 'b' });
    locked(join(top, 'other'));
    const { code, err } = run(['status'], { cwd: top });
    assert.equal(code, 4);
    assert.match(err, /Several folders have a context\.lock\.json: other, shop/);
  });
});

describe('diff', () => {
  test('shows lines, words and sizes; exit 1 only with --exit-code', () => {
    const { folder } = shop();
    write(folder, { 'docs/a.md': 'one\ntwo or so\nthree\n' });
    const lines = run(['diff', folder]);
    assert.equal(lines.code, 0);
    assert.equal(lines.out, 'M docs/a.md\n  @@ -1,3 +1,3 @@\n   one\n  -two\n  +two or so\n   three\n');
    assert.match(run(['diff', folder, '--words']).out, /two\{\+ or so\+\}/);
    assert.match(run(['diff', folder, '--stat']).out, /^M docs\/a\.md {2}14 B -> 20 B\n1 changed\n$/);
    assert.equal(run(['diff', folder, '--exit-code']).code, 1);
    const [change, last] = objects(run(['diff', folder, '--json']).out);
    assert.match(change.patch, /^-two\n\+two or so$/m);
    for (const [more, range] of [
      ['-U1', '-1,3 +1,3'],
      ['-U0', '-2,1 +2,1'],
    ]) {
      assert(objects(run(['diff', folder, '--json', more]).out)[0].patch.includes(`@@ ${range} @@`));
    }
    assert.deepEqual([last.type, last.same], ['diff', false]);
    assert.match(run(['diff', folder, '--format', 'md']).out, /\| M \| 14 B \| 20 B \| `docs\/a\.md` \|/);
  });

  test('compares two locks and two stored snapshots', () => {
    const one = shop();
    const two = shop();
    write(two.folder, { 'docs/b.md': 'changed\n' });
    locked(two.folder);
    const { code, out } = run(['diff', join(one.folder, LOCK), two.folder, '--exit-code']);
    assert.deepEqual([code, out], [1, 'M docs/b.md\n  @@ -1,1 +1,1 @@\n  -second\n  +changed\n']);
    assert.equal(run(['diff', one.folder, join(one.folder, LOCK), '--exit-code']).code, 0);
  });

  test('gives up on a difference that would take minutes, and says so', () => {
    const folder = folderOf({ 'a.md': Array.from({ length: 60_000 }, (_, at) => `${at}\n`).join('') });
    locked(folder);
    write(folder, { 'a.md': Array.from({ length: 60_000 }, (_, at) => `new ${at}\n`).join('') });
    const { code, out } = run(['diff', folder]);
    assert.deepEqual([code, out], [0, 'M a.md\n  (too much differs to be shown)\n']);
    // A thousand lines that were added to so many equal ones: for each, all others are looked at.
    const equal = (count, each) =>
      Array.from({ length: count }, (_, at) => (at % each === 7 ? 'a\nb\n' : 'a\n')).join('');
    for (const [count, isShown] of [
      [100_000, true],
      [1_000_000, false],
    ]) {
      write(folder, { 'a.md': equal(count, count) });
      locked(folder);
      write(folder, { 'a.md': equal(count, count / 1000) });
      for (const words of [[], ['--words']]) {
        const { length } = run(['diff', folder, ...words]).out;
        assert.equal(length > 1000, isShown, `${count} lines ${words}`);
      }
    }
  });
});

describe('log', () => {
  test('lists the chain, newest first, from what is kept', () => {
    const { folder, lock } = shop();
    write(folder, { 'docs/a.md': 'x' });
    const second = locked(folder, '--reason', 'because');
    const rows = objects(run(['log', folder, '--json']).out);
    assert.deepEqual(
      rows.map(({ type, seal, parent, reason }) => [type, seal, parent, reason]),
      [
        ['record', second.seal, lock.seal, 'because'],
        ['record', lock.seal, null, null],
        ['chain', undefined, undefined, undefined],
      ],
    );
    const human = run(['log', folder, '-n', '1']);
    assert.deepEqual([human.code, human.out.split('\n')[0]], [0, `${second.seal} 2026-11-29T12:00:00.000Z`]);
    assert.match(human.out, /^ {2}reason because$/m);
    assert.equal(run(['log', folder, '--expect-seal', second.seal]).code, 0);
    const other = run(['log', folder, '--quiet', '--expect-seal', lock.seal]);
    assert.equal(other.code, 1);
    assert.match(other.err, /^context-snapshot: error: expect\.seal: Mismatch/);
  });

  test('is broken if a kept record was changed or replaced by another', () => {
    const { folder, lock } = shop();
    write(folder, { 'docs/a.md': 'x' });
    const second = locked(folder);
    const file = join(folder, '.context/records', `${lock.seal.slice(7)}.json`);
    const good = readFileSync(file, 'utf8');
    const other = readFileSync(join(folder, '.context/records', `${second.seal.slice(7)}.json`));
    for (const bad of [good.replace('tester', 'someone'), good.slice(0, 100), other, '']) {
      writeFileSync(file, bad);
      for (const options of [[], ['--quiet']]) {
        const { code, out, err } = run(['log', folder, ...options]);
        assert.equal(code, 1);
        assert.match(err, /^context-snapshot: error: .* is not the record with the seal/m);
        assert.doesNotMatch(out, /someone/);
      }
    }
    rmSync(file);
    const gone = run(['log', folder]);
    assert.equal(gone.code, 0);
    assert.match(gone.err, new RegExp(`The record before has the seal ${lock.seal} and is not here`));
  });
});

describe('show', () => {
  test('shows a summary, an item and JSON, though items are files here, too', () => {
    const { folder } = shop();
    assert.match(run(['show'], { cwd: folder }).out, /test\.pack/);
    for (const args of [['docs/a.md'], ['.', 'docs/a.md'], [LOCK, 'docs/a.md']])
      assert.equal(run(['show', ...args], { cwd: folder }).out, 'one\ntwo\nthree\n', args.join());
    const [item] = objects(run(['show', 'contracts/order.json', '--json'], { cwd: folder }).out);
    assert.deepEqual([item.type, item.item.content], ['item', { a: [true], b: 1 }]);
    const none = run(['show', 'docs/none.md'], { cwd: folder });
    assert.deepEqual([none.code, none.out], [4, '']);
  });
});

describe('stored snapshots', () => {
  const items = [
    { itemId: 'a', kind: 'docblock', sourceKey: 'a', content: 'text of a' },
    { itemId: 'b', kind: 'docblock', sourceKey: 'b', content: { x: 1 } },
  ];
  const lines = items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const pack = { packKey: 'p', version: '1', title: '' };
  let folder;
  let made;
  before(() => {
    folder = folderOf({ 'pack.json': pack, 'items.jsonl': lines, 'list.json': items });
    [made] = objects(
      run(['create', '--pack', 'pack.json', 'items.jsonl', '--out', 'one', '--now', NOW, '--json'], { cwd: folder })
        .out,
    );
  });

  test('are created from lines, a list and standard input, with one hash', () => {
    assert.match(made.hash, HASH);
    const ways = [['list.json'], ['-'], [], ['items.jsonl']];
    for (const way of ways) {
      const { code, out } = run(['create', '--pack', 'pack.json', ...way, '--json'], { cwd: folder, input: lines });
      assert.deepEqual([code, JSON.parse(out).hash], [0, made.hash], way.join());
    }
    const plain = run(['create', '--pack', 'pack.json', 'items.jsonl'], { cwd: folder });
    assert.equal(JSON.parse(plain.out).hash, made.hash);
  });

  test('are not passed over if there is a lock beside them', () => {
    const { folder: both, lock } = shop();
    for (const name of ['record.json', 'items.jsonl']) cpSync(join(folder, 'one', name), join(both, name));
    // Otherwise they would be items that the lock does not have.
    write(both, { '.contextignore': 'record.json\nitems.jsonl\n' });
    for (const args of [
      ['verify', both, '--expect-seal', lock.seal],
      ['show', both],
      ['attest', both, '--key', 'none'],
    ]) {
      const { code, err } = run(args);
      assert.deepEqual([code, /name the file that you mean$/m.test(err)], [4, true], args.join(' '));
    }
    assert.equal(run(['verify', join(both, LOCK), '--expect-seal', lock.seal]).code, 0);
    assert.equal(run(['verify', '--expect-seal', lock.seal], { cwd: both }).code, 0);
    const record = ['verify', join(both, 'record.json'), '--items', join(both, 'items.jsonl')];
    assert.equal(run([...record, '--expect-seal', made.seal]).code, 0);
    // A record that is an item is verified as one.
    const docs = folderOf({ 'record.json': '{}' });
    locked(docs);
    assert.equal(run(['verify', docs]).code, 0);
  });

  test('are verified with every part that is there', () => {
    const [record, event] = ['record', 'event'].map((name) =>
      JSON.parse(readFileSync(join(folder, `one/${name}.json`), 'utf8')),
    );
    write(folder, { 'one/event.json': { ...event, occurredAt: '2027-01-01T00:00:00.000Z' } });
    const { code, out } = run(['verify', 'one'], { cwd: folder });
    assert.equal(code, 1);
    assert.match(out, /event\.occurredAt: Mismatch/);
    write(folder, { 'one/event.json': event });
    assert.equal(run(['verify', 'one'], { cwd: folder }).code, 0);
    const { manifest } = record.metadata.$snapshot;
    write(folder, { 'one/manifest.json': { ...manifest, pack: { ...manifest.pack, title: 'Other' } } });
    assert.match(run(['verify', 'one'], { cwd: folder }).out, /^not verified\n {2}manifest: Mismatch/);
    write(folder, { 'one/manifest.json': manifest });
    assert.equal(run(['verify', 'one'], { cwd: folder }).code, 0);
    rmSync(join(folder, 'one/manifest.json'));
    symlinkSync('nowhere', join(folder, 'one/manifest.json'));
    assert.equal(run(['verify', 'one'], { cwd: folder }).code, 5);
    rmSync(join(folder, 'one/manifest.json'));
    const file = { record, items, event };
    for (const [name, part] of [
      ['event', { ...event, key: 'x' }],
      ['output', { ...event.payload, itemCount: 3 }],
      ['pack', { ...record.metadata.$snapshot.manifest.pack, title: 'Other' }],
    ]) {
      write(folder, { 'one.json': { ...file, [name]: part } });
      assert.equal(run(['verify', 'one.json'], { cwd: folder }).code, 1, name);
    }
  });

  test('are not verified in the place of the files beside them', () => {
    const {
      folder: home,
      lock: { hash },
    } = shop();
    const { record } = JSON.parse(readFileSync(join(home, LOCK), 'utf8'));
    const objects = join(home, '.context/objects');
    const texts = readdirSync(objects).filter((name) => name.endsWith('.jsonl'));
    // What was locked, and other files in its place.
    const [{ itemId }] = JSON.parse(readFileSync(join(home, LOCK), 'utf8')).index;
    write(home, {
      'record.json': record,
      'items.jsonl': texts.map((name) => readFileSync(join(objects, name), 'utf8')).join(''),
      [itemId]: 'other',
    });
    for (const name of [LOCK, '.context']) rmSync(join(home, name), { recursive: true });
    const { code, out, err } = run(['verify', home, '--expect-hash', hash]);
    assert.deepEqual([code, out], [4, '']);
    assert.match(err, /This folder has no context\.lock\.json, so only the item of this name in items\.jsonl/);
    // A disk may have the name in NFD.
    const other = folderOf({ 'caf\u00e9.md': 'e' });
    const made = ['create', '--pack', join(folder, 'pack.json'), '--from', 'paths', '-', '--out', '.'];
    assert.equal(run(made, { cwd: other, input: 'caf\u00e9.md' }).code, 0);
    renameSync(join(other, 'caf\u00e9.md'), join(other, 'cafe\u0301.md'));
    assert.equal(run(['verify', other]).code, 4);
    const named = ['verify', join(home, 'record.json'), '--items', join(home, 'items.jsonl')];
    assert.equal(run([...named, '--expect-hash', hash]).code, 0);
    // Other files may be there: an envelope, or notes.
    write(folder, { 'one/notes.md': 'ours' });
    assert.equal(run(['verify', 'one'], { cwd: folder }).code, 0);
    rmSync(join(folder, 'one/notes.md'));
  });

  test('are not verified if a part would not be looked at', () => {
    const record = JSON.parse(readFileSync(join(folder, 'one/record.json'), 'utf8'));
    const other = `sha256:${'0'.repeat(64)}`;
    for (const [name, part] of [
      ['hash', other],
      ['expect', { hash: other }],
      ['evnt', {}],
      ['rowIds', true],
      ['type', 'snapshot'],
    ]) {
      write(folder, { 'other.json': { record, items, [name]: part } });
      const { code, err } = run(['verify', 'other.json'], { cwd: folder });
      const isPrinted = name === 'type';
      assert.equal(code, isPrinted ? 0 : 4, name);
      if (!isPrinted) assert.match(err, new RegExp(`^context-snapshot: error: other\\.json: ${name}: Unknown member;`));
    }
    const printed = JSON.parse(run(['show', 'one', '--json'], { cwd: folder }).out);
    write(folder, { 'printed.json': printed, 'forged.json': { ...printed, hash: other } });
    const verify = (...args) => run(['verify', ...args], { cwd: folder });
    assert.equal(verify('printed.json', '--items', 'items.jsonl').code, 0);
    const forged = verify('forged.json', '--items', 'items.jsonl');
    assert.equal(forged.code, 4);
    assert.match(forged.err, /hash: Not that of the record;/);
    // Of two lists of items, one would not be looked at.
    write(folder, { 'whole.json': { record, items } });
    for (const target of ['one', 'whole.json']) {
      const { code, err } = verify(target, '--items', 'items.jsonl');
      assert.equal(code, 2, target);
      assert.match(err, /has its own items/);
    }
    assert.match(verify('printed.json').err, /The items are missing/);
  });

  test('are never overwritten', () => {
    const before = readFileSync(join(folder, 'one/record.json'), 'utf8');
    const { code, err } = run(['create', '--pack', 'pack.json', 'items.jsonl', '--out', 'one'], { cwd: folder });
    assert.equal(code, 4);
    assert.match(err, /record\.json: There is a snapshot already/);
    assert.equal(readFileSync(join(folder, 'one/record.json'), 'utf8'), before);
  });

  test('are verified, shown and compared in each form', () => {
    const record = JSON.parse(readFileSync(join(folder, 'one/record.json')));
    write(folder, { 'whole.json': { record, items }, 'record.json': record });
    const hash = ['--expect-hash', made.hash];
    for (const args of [
      ['one'],
      ['whole.json'],
      ['record.json', '--items', 'items.jsonl'],
      ['record.json', '--items', 'list.json'],
      ['record.json', '--items', '-'],
    ]) {
      const { code, out } = run(['verify', ...args, ...hash], { cwd: folder, input: lines });
      assert.equal(code, 0, args.join());
      assert.match(out, /^verified: 2 items\n/);
    }
    const piped = run(['verify', '-', ...hash], { cwd: folder, input: JSON.stringify({ record, items }) });
    assert.equal(piped.code, 0, piped.err);
    // A pipe with a name.
    const named = shell(`$CLI verify <(cat whole.json) ${hash.join(' ')}`, { cwd: folder });
    assert.equal(named.code, 0, named.err);
    const lock = run(['verify', '-'], { cwd: folder, input: '{"lock":"context-folder/v1"}' });
    assert.equal(lock.code, 4);
    assert.match(lock.err, /^context-snapshot: error: <stdin>: This is a lock, whose texts are beside it/);
    for (const target of ['one', 'whole.json'])
      assert.equal(run(['show', target, 'a'], { cwd: folder }).out, 'text of a', target);
    assert.equal(run(['diff', 'one', 'whole.json', '--exit-code'], { cwd: folder }).code, 0);
  });

  test('have no item where a file has a string, even if that is the text of an item', () => {
    const record = JSON.parse(readFileSync(join(folder, 'one/record.json')));
    const texts = items.map((item) => JSON.stringify(item));
    write(folder, { 'texts.json': { record, items: texts }, 'record.json': record, 'list.json': texts });
    for (const args of [
      ['verify', 'texts.json', '--expect-hash', made.hash],
      ['verify', 'record.json', '--items', 'list.json'],
      ['show', 'texts.json'],
      ['create', '--pack', 'pack.json', 'list.json'],
      ['preview', '--pack', 'pack.json', 'list.json'],
    ]) {
      const { code, out, err } = run(args, { cwd: folder });
      assert.notEqual(code, 0, args.join());
      assert.match(out + err, /expected object, received string/);
    }
    write(folder, { 'list.json': items });
  });

  test('are not shown, compared or verified if an item was changed', () => {
    const record = JSON.parse(readFileSync(join(folder, 'one/record.json')));
    write(folder, { 'bad.json': { record, items: [{ ...items[0], content: 'forged' }, items[1]] } });
    for (const args of [
      ['show', 'bad.json', 'a'],
      ['show', 'bad.json'],
      ['diff', 'one', 'bad.json'],
      ['verify', 'bad.json'],
    ]) {
      const { code, out } = run(args, { cwd: folder });
      assert.equal(code, args[0] === 'verify' ? 1 : 4, args.join());
      assert.doesNotMatch(out, /forged/);
    }
  });

  test('report a bad item with its line', () => {
    mkdirSync(join(folder, 'two'));
    write(folder, {
      'two/record.json': readFileSync(join(folder, 'one/record.json')),
      'two/items.jsonl': `${lines}\n{"itemId": nope}\n`,
    });
    const { code, out, err } = run(['verify', 'two'], { cwd: folder });
    assert.deepEqual([code, err], [1, '']);
    assert.match(out, /Invalid JSON: expected a value, found n \(two\/items\.jsonl:4:12\)/);
  });
});

describe('preview', () => {
  test('asks for the pack of a file of items', () => {
    const folder = folderOf({ 'items.jsonl': '' });
    const { code, err } = run(['preview', 'items.jsonl'], { cwd: folder });
    assert.equal(code, 2);
    assert.match(err, /items\.jsonl: This is a file of items, which needs --pack FILE/);
  });

  test('lists all problems, also of files that lock would refuse', () => {
    const { folder, lock } = shop();
    const [good] = objects(run(['preview', folder, '--json']).out);
    assert.deepEqual([good.type, good.hash, good.problems], ['preview', lock.hash, []]);
    write(folder, { 'contracts/order.json': '{"a":1,"a":2}', 'docs/b.md': `npm_${'x'.repeat(36)}` });
    const { code, out } = run(['preview', folder, '--json']);
    const { hash, problems } = JSON.parse(out);
    assert.deepEqual(
      [code, hash, problems.map(({ itemId }) => itemId)],
      [1, null, ['contracts/order.json', 'docs/b.md']],
    );
  });
});

describe('proofs', () => {
  test('hold for an item of the lock, and for no other hash or item', () => {
    const { folder, lock } = shop();
    const { code, out } = run(['prove', 'docs/a.md'], { cwd: folder });
    assert.equal(code, 0);
    write(folder, { 'proof.json': out });
    const check = (...args) => run(['check-proof', 'proof.json', ...args], { cwd: folder });
    assert.match(check('--expect-hash', lock.hash).out, /^holds: "docs\/a\.md" is in/);
    assert.equal(check('--expect-hash', lock.seal).code, 1);
    assert.equal(check().code, 2);
    write(folder, { 'other.json': { itemId: 'docs/a.md', kind: 'docblock', sourceKey: 'docs/a.md', content: 'x' } });
    assert.equal(check('--expect-hash', lock.hash, '--item', 'other.json').code, 1);
    // An item that is in the file is looked at, too, whatever else is named.
    const { proof, item } = JSON.parse(out);
    write(folder, { 'own.json': item, 'proof.json': { proof, item: { ...item, content: 'x' } } });
    assert.equal(check('--expect-hash', lock.hash, '--item', 'own.json').code, 1);
    for (const inFile of [{ proof, item }, { proof }]) {
      write(folder, { 'proof.json': inFile });
      assert.match(check('--expect-hash', lock.hash, '--item', 'own.json').out, /^holds: "docs\/a\.md" is in/);
    }
    // A string is no item, even if it is the text of one.
    write(folder, { 'proof.json': { proof, item: JSON.stringify(item) } });
    assert.match(
      check('--expect-hash', lock.hash).out,
      /^does not hold\n {2}item: .* expected object, received string/,
    );
    const [json] = objects(run(['prove', 'docs/a.md', '--json'], { cwd: folder }).out);
    assert.deepEqual([json.type, json.proof], ['inclusion', JSON.parse(out).proof]);
    const none = run(['prove', 'docs/none.md'], { cwd: folder });
    assert.notEqual(none.code, 0);
    assert.match(none.err, /No item docs\/none\.md in the index; --absent proves that it is not there/);
  });

  test('say which of the two is proven, whatever the id of the item says', () => {
    const id = 'no item b';
    const folder = folderOf({ [id]: '' });
    const { hash } = locked(folder);
    write(folder, { 'proof.json': run(['prove', id], { cwd: folder }).out });
    const { out } = run(['check-proof', 'proof.json', '--expect-hash', hash], { cwd: folder });
    assert.equal(out, `holds: ${JSON.stringify(id)} is in the snapshot with the hash ${hash}\n`);
  });

  test('hold for an id that no item has, at every place of the lock', () => {
    const { folder, lock } = shop();
    for (const id of ['a', 'docs/a+', 'docs/aa.md', 'z']) {
      const { code, out, err } = run(['prove', id, '--absent'], { cwd: folder });
      assert.deepEqual([code, err], [0, ''], id);
      write(folder, { 'proof.json': out });
      const check = (hash, asked) =>
        run(['check-proof', 'proof.json', '--expect-hash', hash, '--absent', asked], { cwd: folder });
      assert.equal(check(lock.hash, id).out, `holds: no item "${id}" is in the snapshot with the hash ${lock.hash}\n`);
      assert.equal(check(lock.seal, id).code, 1);
      assert.equal(check(lock.hash, 'other').code, 1);
      const proof = JSON.parse(out);
      for (const other of ['docs/a.md', 'zz']) {
        write(folder, { 'proof.json': { absence: { ...proof.absence, itemId: other } } });
        const isSame = id === 'z' && other === 'zz';
        assert.equal(check(lock.hash, other).code, isSame ? 0 : 1, `${other} by the proof of ${id}`);
      }
    }
    const there = run(['prove', 'docs/a.md', '--absent'], { cwd: folder });
    assert.notEqual(there.code, 0);
    assert.match(there.err, /expected an id that is not in the index, found docs\/a\.md/);
  });

  test('refuse --without-items and --trust-ids without --absent', () => {
    const { folder, lock } = shop();
    const { out } = run(['prove', 'docs/a.md', '--json'], { cwd: folder });
    write(folder, { 'proof.json': objects(out)[0] });
    for (const [option, ...command] of [
      ['--without-items', 'prove', 'docs/a.md'],
      ['--trust-ids', 'check-proof', 'proof.json', '--expect-hash', lock.hash],
    ]) {
      assert.equal(run(command, { cwd: folder }).code, 0);
      const useless = run([...command, option], { cwd: folder });
      assert.equal(useless.code, 2);
      assert.ok(useless.err.includes(`${option} belongs to --absent`), useless.err);
    }
  });

  test('of absence do not hold without the items, unless the ids are trusted', () => {
    const { folder, lock } = shop();
    const { out } = run(['prove', 'docs/aa.md', '--absent', '--without-items', '--json'], { cwd: folder });
    const [{ type, absence }] = objects(out);
    assert.deepEqual([type, absence.before.item, absence.after.item], ['absence', undefined, undefined]);
    write(folder, { 'proof.json': { absence } });
    const check = (...args) =>
      run(['check-proof', 'proof.json', '--expect-hash', lock.hash, '--absent', 'docs/aa.md', ...args], {
        cwd: folder,
      });
    const refused = check();
    assert.equal(refused.code, 1);
    assert.match(refused.out, /^does not hold\n {2}absence: Missing: expected the items of the neighbours/);
    assert.match(check('--trust-ids').out, /^holds: no item "docs\/aa\.md"/);
    write(folder, { 'proof.json': {} });
    assert.equal(check().code, 4);
    write(folder, { 'proof.json': { absence, proof: absence.before } });
    assert.equal(check().code, 4);
    write(folder, { 'proof.json': { absence: null } });
    assert.equal(check('--trust-ids').code, 1);
  });

  test('answer only what was asked, whatever is in the file', () => {
    const { folder, lock } = shop();
    const inclusion = JSON.parse(run(['prove', 'docs/a.md'], { cwd: folder }).out);
    const absent = JSON.parse(run(['prove', 'docs/aa.md', '--absent'], { cwd: folder }).out);
    const evil = { itemId: 'docs/aa.md', kind: 'docblock', sourceKey: 'docs/aa.md', content: 'never locked' };
    write(folder, { 'evil.json': evil });
    const check = (proof, ...args) => {
      write(folder, { 'proof.json': proof });
      return run(['check-proof', 'proof.json', '--expect-hash', lock.hash, ...args], { cwd: folder });
    };
    // A proof that something is absent, to somebody who asks whether an item is there.
    assert.equal(check(absent).code, 2);
    assert.match(check(absent).err, /name the item that you mean with --absent/);
    assert.equal(check(absent, '--item', 'evil.json').code, 2);
    assert.equal(check(absent, '--item', 'evil.json', '--absent', 'docs/aa.md').code, 2);
    assert.equal(check(inclusion, '--absent', 'docs/aa.md').code, 4);
    assert.equal(check(absent, '--absent', 'docs/a.md').code, 1);
    // What is not checked could be taken for what was proven.
    for (const more of [{ item: evil }, { extra: 1 }, { type: 'inclusion' }, { proof: null }])
      assert.equal(check({ ...absent, ...more }, '--absent', 'docs/aa.md').code, 4, JSON.stringify(more));
    for (const more of [{ items: [evil] }, { type: 'absence' }, absent])
      assert.equal(check({ ...inclusion, ...more }).code, 4, JSON.stringify(more));
    assert.equal(check({ type: 'inclusion', ...inclusion }).code, 0);
    assert.equal(check({ type: 'absence', ...absent }, '--absent', 'docs/aa.md').code, 0);
  });
});

describe('attestations', () => {
  for (const [name, make] of [
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['ECDSA over P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ]) {
    test(`with ${name} hold, and no other`, () => {
      const { folder, lock } = shop();
      const pem = ({ publicKey, privateKey }) => [
        publicKey.export({ type: 'spki', format: 'pem' }),
        privateKey.export({ type: 'pkcs8', format: 'pem' }),
      ];
      const [mine, own] = pem(make());
      const [others] = pem(make());
      write(folder, { 'own.pem': own, 'mine.pem': mine, 'others.pem': others, 'rot.pem': 'no key' });
      const signed = run(['attest', '--key', 'own.pem'], { cwd: folder });
      assert.equal(signed.code, 0, signed.err);
      write(folder, { 'a.json': signed.out });
      const envelope = JSON.parse(signed.out);
      write(folder, { 'forged.json': { ...envelope, payload: Buffer.from('{}').toString('base64') } });
      const check = (file, key, ...more) => run(['check-attestation', file, '--key', key, ...more], { cwd: folder });
      assert.match(
        check('a.json', 'mine.pem').out,
        new RegExp(`^holds: .*\n {2}hash ${lock.hash}\n {2}seal ${lock.seal}\n$`),
      );
      assert.equal(check('a.json', 'others.pem').code, 1);
      const other = objects(check('a.json', 'mine.pem', '--expect-hash', lock.seal, '--json').out)[0];
      assert.deepEqual([other.valid, other.issues.map(({ code }) => code)], [false, ['mismatch']]);
      assert.match(
        check('a.json', 'mine.pem', '--expect-hash', lock.seal).out,
        new RegExp(`: The signed hash is ${lock.hash}`),
      );
      assert.equal(check('forged.json', 'mine.pem').code, 1);
      assert.equal(check('a.json', 'mine.pem', '--expect-hash', lock.seal).code, 1);
      assert.deepEqual([check('a.json', 'own.pem').code, check('a.json', 'rot.pem').code], [4, 4]);
      const verify = (file, key) => run(['verify', '--attestation', file, '--key', key, '--json'], { cwd: folder });
      const good = JSON.parse(verify('a.json', 'mine.pem').out);
      assert.deepEqual([good.verdict, good.anchor, good.signed], ['verified', 'seal', true]);
      for (const [file, key] of [
        ['a.json', 'others.pem'],
        ['forged.json', 'mine.pem'],
      ]) {
        const { code, out } = verify(file, key);
        const { verdict, signed: isSigned, valid } = JSON.parse(out);
        assert.deepEqual([code, verdict, isSigned, valid], [1, 'not verified', false, false]);
      }
    });
  }
});

describe('hash and canonicalize', () => {
  test('give RFC 8785 and its SHA-256, of a file and of standard input', () => {
    const folder = folderOf({ 'a.json': '{ "b": 1.0, "a": "\\u00e9" }' });
    const plain = run(['canonicalize', 'a.json'], { cwd: folder });
    assert.equal(plain.out, '{"a":"é","b":1}');
    const digest = run(['hash', '-'], { input: plain.out }).out;
    assert.equal(run(['hash', 'a.json'], { cwd: folder }).out, digest);
    assert.deepEqual(objects(run(['hash', '--json'], { input: plain.out }).out), [
      { type: 'hash', file: '<stdin>', digest: digest.trim() },
    ]);
    for (const bad of ['', '{"a":1,"a":2}', '{"a":"\ud800"', Buffer.from([0x22, 0xff, 0x22])]) {
      const { code, out, err } = run(['hash'], { input: bad });
      assert.deepEqual([code, out], [4, '']);
      assert.match(err, /<stdin>:1:\d+: /);
    }
  });
});

// Compares the program of docs/AUDIT.md that needs no package with the package, on files that somebody has changed.
//
// Why: it is the third implementation. A text that it took and the others refused would be a verdict about something else than what the next
// reader reads: JSON.parse keeps the last of two members, and rounds numbers.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { canonicalizeJson, digest, snapshotPack, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { CONFIG, config, folderOf, LOCK, locked } from '../cli/support/command.js';

const PROGRAM = fileURLToPath(new URL('../../examples/independent-verify.mjs', import.meta.url));
const NAMES = ['record.json', 'items.jsonl', 'event.json'];

/** Returns the exit code of the program: 0 verified, 1 not verified, 2 unreadable. */
const programOn = (folder, ...options) => spawnSync(process.execPath, [PROGRAM, folder, ...options]).status;

/** Returns whether the package finds the texts of three files valid. */
function packageOn([record, lines, event]) {
  const parsed = (text) => JSON.parse(canonicalizeJson(text));
  const items = lines.split('\n').filter((line) => /[^ \t\r]/.test(line));
  try {
    return verifySnapshot({ record: parsed(record), event: parsed(event), items }).valid;
  } catch (error) {
    assert.equal(error.code, 'VALIDATION_FAILED');
    return false;
  }
}

describe('the program without the package', () => {
  let texts;
  before(() => {
    const pack = { packKey: 'kb', version: '1', title: '' };
    const content = { big: 9007199254740992, tenth: 0.1, é: [{ a: 1 }] };
    const items = ['a', 'b'].map((itemId) => ({ itemId, kind: 'k', sourceKey: 's', content }));
    const input = { packKey: 'kb', metadata: { count: 12345678901234567000 } };
    const snapshot = snapshotPack(input, { actor: 'admin', pack, items, now: '2026-11-30T12:00:00.250Z' });
    const lines = snapshot.items.map((item) => `${JSON.stringify(item)}\n`).join('');
    texts = [JSON.stringify(snapshot.record), lines, JSON.stringify(snapshot.event)];
  });

  /** Answers of the program and of the package about a record and lines of items. */
  const answersTo = (record, lines) => {
    const files = [JSON.stringify(record), lines];
    const folder = mkdtempSync(join(tmpdir(), 'independent-'));
    for (const [at, text] of files.entries()) writeFileSync(join(folder, NAMES[at]), text);
    const items = lines.trimEnd().split('\n');
    return [verifySnapshot({ record, items }).valid, programOn(folder) === 0];
  };

  // F4-5
  test('answers no to a record that is sealed with an empty idempotency key', () => {
    const record = JSON.parse(texts[0]);
    const { $snapshot, ...others } = record.metadata;
    const { seal, ...unsealed } = { ...$snapshot, idemKey: '' };
    const metadata = { ...others, $snapshot: unsealed };
    unsealed.seal = digest({ ...record, metadata });
    assert.deepEqual(answersTo({ ...record, metadata }, texts[1]), [false, false]);
  });

  // F10-2
  test('answers yes to an item with a text of 20 MB, half of it escapes', () => {
    const pack = { packKey: 'kb', version: '1', title: '' };
    const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: 'x\n'.repeat(1e7) }];
    const { record } = snapshotPack({ packKey: 'kb' }, { actor: 'admin', pack, items });
    assert.deepEqual(answersTo(record, `${JSON.stringify(items[0])}\n`), [true, true]);
  });

  // V8 of Node.js 26 would read the second name as the first one, after that was parsed.
  test('answers no to a name with another escape, whatever was parsed before', () => {
    const pack = { packKey: 'kb', version: '1', title: '' };
    const items = ['a', 'b'].map((itemId) => ({
      ...{ itemId, kind: 'k', sourceKey: 's' },
      content: { '': [{}, null], '\\': true, __proto__: null, ...JSON.parse('{"__proto__":[-0.5,"\\u00e9"]}') },
    }));
    const { record } = snapshotPack({ packKey: 'kb' }, { actor: 'admin', pack, items });
    const [one, other] = items.map((item) => JSON.stringify(item));
    assert.deepEqual(answersTo(record, `${one}\n${other}\n`), [true, true]);
    const changed = other.replace('"\\\\"', '"\\""');
    assert.notEqual(changed, other);
    assert.deepEqual(answersTo(record, `${one}\n${changed}\n`), [false, false]);
  });

  // F7.4-4
  test('answers no to a number with a million zeros inside', () => {
    const number = `1${'0'.repeat(1e6)}1`;
    assert.deepEqual(answersTo(JSON.parse(texts[0]), texts[1].replace('9007199254740992', number)), [false, false]);
  });

  const RECORD = 0;
  const ITEMS = 1;
  const EVENT = 2;
  for (const [what, isValid, file, from, to] of [
    ['nothing changed', true, RECORD, '', ''],
    // F7.4-1
    ['a byte-order mark of a record', false, RECORD, '{', '\ufeff{'],
    ['a byte-order mark of items', false, ITEMS, '{', '\ufeff{'],
    ['a line with a blank of another kind', false, ITEMS, '\n', '\n\u00a0\n'],
    ['blank lines', true, ITEMS, '\n', '\n\r\n \t\n'],
    // F7.4-2
    ['two members in a record', false, RECORD, '"packKey":', '"packKey":"other","packKey":'],
    ['two members in a record, one with an escape', false, RECORD, '"packKey":', '"packKe\\u0079":"other","packKey":'],
    ['two members in an item', false, ITEMS, '"kind":', '"kind":"other","kind":'],
    ['two members deep in an item', false, ITEMS, '{"a":1}', '{"a":2,"a":1}'],
    ['two members in a part that is not read', false, ITEMS, '{"content"', '{"x":{"a":1,"a":1},"content"'],
    ['two members in an event', false, EVENT, '"key":', '"key":"other","key":'],
    // F7.4-3
    ['an unpaired surrogate in a part that is not read', false, ITEMS, '{"content"', '{"x":"\\ud800","content"'],
    // F7.4-4
    ['a number that is rounded', false, ITEMS, '9007199254740992', '9007199254740993'],
    ['a number that is rounded in a record', false, RECORD, '12345678901234567000', '12345678901234567001'],
    ['a number with all digits of its binary64', true, RECORD, '12345678901234567000', '12345678901234567168'],
    ['a number as C writes it', true, ITEMS, '0.1', '0.10000000000000001'],
    ['a number that becomes zero', false, ITEMS, '{"content"', '{"x":1e-400,"content"'],
    // F11-15
    ['a time of a store in a record', true, RECORD, '2026-11-30T12:00:00.250Z', '2026-11-30 12:00:00.25+00'],
    ['a time of a store in an event', true, EVENT, '2026-11-30T12:00:00.250Z', '2026-11-30 12:00:00.25+00'],
    ['a member more in an event', true, EVENT, '{"id"', '{"topic":"t","id"'],
  ]) {
    test(`answers like the package: ${what}`, () => {
      const changed = texts.map((text, at) => (at === file ? text.replace(from, to) : text));
      const folder = mkdtempSync(join(tmpdir(), 'independent-'));
      for (const [at, name] of NAMES.entries()) writeFileSync(join(folder, name), changed[at]);
      assert.deepEqual([packageOn(changed), programOn(folder) === 0], [isValid, isValid]);
    });
  }

  test('shows names of strangers without invisible characters, and not all of a long one', () => {
    const pack = { packKey: `\u009b2J\u202e\n${'x'.repeat(10_000)}`, version: '', title: '' };
    const { record } = snapshotPack({ packKey: pack.packKey }, { actor: 'admin', pack, items: [] });
    const folder = mkdtempSync(join(tmpdir(), 'independent-'));
    writeFileSync(join(folder, 'record.json'), JSON.stringify(record));
    writeFileSync(join(folder, 'items.jsonl'), '');
    const { stdout, status } = spawnSync(process.execPath, [PROGRAM, folder], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert(stdout.includes('"\\u{9b}2J\\u{202e}\\nxxx'), stdout);
    assert.match(stdout, /^[\n\x20-\x7e]{100,3000}$/);
  });

  test('refuses a trusted value that is given twice, because only one would be compared', () => {
    const folder = mkdtempSync(join(tmpdir(), 'independent-'));
    for (const [at, name] of NAMES.entries()) writeFileSync(join(folder, name), texts[at]);
    const right = ['--expect-hash', JSON.parse(texts[0]).hash];
    const wrong = ['--expect-hash', `sha256:${'0'.repeat(64)}`];
    assert.deepEqual(
      [right, wrong, [...wrong, ...right], [...right, '--expect-seal']].map((options) => programOn(folder, ...options)),
      [0, 1, 2, 2],
    );
  });

  // D7-4
  test('answers no to a lock whose index is not that of its items', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a', 'b.md': 'b' });
    locked(home);
    assert.equal(programOn(home), 0);
    const text = readFileSync(join(home, LOCK), 'utf8');
    const [one, other] = text.match(/(?<="digest": ")[^"]*/g);
    const swapped = text
      .replaceAll(`"${one}"`, '"-"')
      .replaceAll(`"${other}"`, `"${one}"`)
      .replaceAll('"-"', `"${other}"`);
    for (const changed of [swapped, text.replace('"itemId": "b.md"', '"itemId": "c.md"')]) {
      const copy = mkdtempSync(join(tmpdir(), 'independent-'));
      cpSync(home, copy, { recursive: true });
      writeFileSync(join(copy, LOCK), changed);
      assert.equal(programOn(copy), 1);
    }
  });

  // D7-3
  test('answers no to a lock whose index has the digests of texts with another member', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a', 'b.md': 'b' });
    locked(home);
    const texts = join(home, '.context/objects/1.jsonl');
    const [text, other] = readFileSync(texts, 'utf8').trimEnd().split('\n');
    const changed = text.replace(/}$/, ',"zz":0}');
    writeFileSync(texts, `${changed}\n${other}\n`);
    const digestOf = (item) => `sha256:${createHash('sha256').update(`\0${item}`).digest('hex')}`;
    const lock = readFileSync(join(home, LOCK), 'utf8');
    assert(lock.includes(digestOf(text)));
    writeFileSync(join(home, LOCK), lock.replace(digestOf(text), digestOf(changed)));
    assert.equal(programOn(home), 1);
  });

  test('does not choose between a lock and a record', () => {
    const home = folderOf({ [CONFIG]: config(), 'a.md': 'a' });
    const { seal } = locked(home);
    assert.equal(programOn(home, '--expect-seal', seal), 0);
    writeFileSync(join(home, 'record.json'), texts[0]);
    writeFileSync(join(home, 'items.jsonl'), texts[1]);
    assert.equal(programOn(home, '--expect-seal', seal), 2);
    // A record that is an item is verified as one.
    const docs = folderOf({ 'record.json': '{}' });
    assert.equal(programOn(docs, '--expect-seal', locked(docs).seal), 0);
  });
});

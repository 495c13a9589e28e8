// Drops what was forged, changed or is incomplete, and checks that the page calls valid only what it compared.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import {
  explainAbsence,
  proveAbsence,
  proveItem,
  signStatement,
  snapshotPack,
  toStatement,
} from '@lssm-tech/lib.context-snapshot';
import { root } from '../hosts/support/host.js';
import { becomes } from './support/eventually.js';
import { drop, openShop, openStudio, pick, shownHash, startStudio } from './support/studio.js';

startStudio();

const COMMAND = join(root, 'node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js');
const pack = { packKey: 'p', version: '1', title: 'P' };
const item = (itemId, content = 'x') => ({ itemId, kind: 'k', sourceKey: 's', content });
const items = [item('a'), item('b'), item('c')];
const snapshotOf = (some, more) =>
  snapshotPack({ packKey: 'p' }, { actor: 'admin', userId: 'u', pack, items: some, ...more });
const snapshot = snapshotOf(items);
const { record, index } = snapshot;
const { manifest, seal } = record.metadata.$snapshot;
const contents = { manifest, index };
const lockOf = (change) => ({
  lock: 'context-lock/v1',
  folder: 'context-folder/v1',
  record,
  index: index.map((entry) => ({ ...entry, bytes: 1 })),
  ...change,
});
const json = (value) => JSON.stringify(value);

/** The results of files that were dropped, newest first, once there are as many. */
async function results(page, count) {
  await page
    .locator('.checks > ul > li')
    .nth(count - 1)
    .waitFor();
  return page.locator('.checks > ul > li').evaluateAll((list) => list.map((one) => [one.className, one.innerText]));
}

async function openPack(t, files = { 'pack.json': { record, items } }) {
  const page = await openStudio(t);
  await pick(page, files);
  await page.locator('.facts').waitFor();
  return page;
}
const alert = (page, text) => page.getByRole('alert').getByText(text).waitFor();

test('a file is valid only if every part of it that says something about the record agrees', async (t) => {
  const parts = JSON.parse(json({ ...snapshot, items }));
  for (const [name, change] of [
    ['event', { event: { ...parts.event, key: 'x' } }],
    ['output', { output: { ...parts.output, itemCount: 4 } }],
    ['index', { index: parts.index.slice(1) }],
    ['manifest', { manifest: { ...parts.manifest, itemCount: 4 } }],
  ]) {
    const page = await openPack(t, { 'snapshot.json': { ...parts, ...change } });
    await page.getByText('Not valid').first().waitFor();
    await page.getByText(name).first().waitFor();
  }
  const page = await openPack(t, { 'snapshot.json': parts });
  await page.getByText('The parts fit together').first().waitFor();
  // A part that the page does not get, because it is too long. The index of many items is; that it was not compared is said.
  const long = 'x'.repeat(1_000_000);
  for (const [name, change] of Object.entries({
    event: { key: long },
    output: { hash: long },
    manifest: { format: long },
  })) {
    await pick(page, { 'snapshot.json': { ...parts, [name]: { ...parts[name], ...change } } });
    await alert(page, 'A member beside the items is too long to be compared here.');
    await page.getByRole('button', { name: 'Dismiss' }).click();
  }
  await pick(page, { 'snapshot.json': { ...parts, index: [{ itemId: long }] } });
  await page.locator('.note', { hasText: 'The index is too long, and was not compared.' }).waitFor();
});

test('a file with a record has nothing that the page would not look at', async (t) => {
  const page = await openShop(t);
  const hash = await shownHash(page);
  const none = snapshotOf([]).record;
  const halves = { a: 'x'.repeat(600_000), b: 'x'.repeat(600_000) };
  for (const [name, files] of [
    ['hash', { 'a.json': { record, items, hash: `sha256:${'0'.repeat(64)}` } }],
    ['evnet', { 'a.json': { record, items, evnet: { key: 'x' } } }],
    ['snapshots', { 'a.json': { record, items, snapshots: [] } }],
    ['seal', { 'a.json': { snapshots: [{ record, items, seal: 'x' }] } }],
    ['expect', { 'a.json': { snapshots: [{ record, items }], expect: { hash: 'x' } } }],
    // Too long to be looked at before it is read, and no items.
    ['a', { 'a.json': none, 'b.json': halves }],
  ]) {
    await pick(page, files);
    await alert(page, `“${name}” is not a part of a snapshot, and would not be compared.`);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    assert.equal(await shownHash(page), hash);
  }
});

test('text of strangers is written out where it cannot be seen, and has an end', async (t) => {
  const page = await openShop(t);
  const evil = 'a\u202eb\u200b';
  const seen = 'a\\u{202e}b\\u{200b}';
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const key = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: evil };
  await drop(page, { 'proof.json': json({ ...proveItem(contents, 'a'), itemId: evil }), 'key.json': json(key) });
  for (const [, text] of await results(page, 2)) assert.match(text, /a\\u\{202e\}b/);
  await drop(page, { [`${evil}.txt`]: 'nothing' });
  await alert(page, new RegExp(`${seen.replaceAll(/[\\{}]/g, '\\$&')}\\.txt is none of the things`));
  await pick(page, { 'pack.json': { pack: { ...pack, version: evil, title: evil }, items } });
  await page.locator('header .version', { hasText: seen }).waitFor();
  const unseen = /[\u202e\u200b]/;
  for (const text of [await page.title(), await page.locator('body').innerText()]) assert.doesNotMatch(text, unseen);
  const { length } = await page.locator('body').innerText();
  await drop(page, { [`${'n'.repeat(100_000)}.txt`]: 'nothing' });
  await page.getByRole('alert').waitFor();
  assert((await page.locator('body').innerText()).length < length + 2000);
});

describe('what is dropped to be checked', () => {
  const statement = toStatement({ record });

  test('is valid as a statement only if it is that of the open record in every member', async (t) => {
    const page = await openPack(t);
    const forged = {
      _type: 'nonsense',
      subject: [{ digest: { sha256: record.hash.slice('sha256:'.length) } }],
      predicate: { createdBy: 'The CEO', manifest: 'forged' },
    };
    await drop(page, { 'forged.json': json(forged) });
    await results(page, 1);
    const changed = { ...statement, predicate: { ...statement.predicate, createdBy: 'The CEO' } };
    await drop(page, { 'changed.json': json(changed) });
    await results(page, 2);
    await drop(page, { 'two.json': json({ ...statement, subject: [...statement.subject, ...statement.subject] }) });
    await results(page, 3);
    await drop(page, { 'right.json': JSON.stringify(statement, null, 2) });
    await page.getByRole('status').getByText('Valid: statement').waitFor();
    const [right, two, ...unsigned] = await results(page, 4);
    assert.equal(right[0], 'good', right[1]);
    assert.equal(two[0], 'bad', two[1]);
    for (const [kind, text] of unsigned) {
      assert.equal(kind, 'unverified', text);
      assert.match(text, /^Not verified .*Not signed\. Only its subject, the hash that is open, was compared/);
    }
  });

  test('is not valid as a statement if there is only a pack, which has no record to compare', async (t) => {
    const page = await openPack(t, { 'pack.json': { pack, items } });
    await drop(page, { 'statement.json': json(statement) });
    assert.equal((await results(page, 1))[0][0], 'unverified');
  });

  test('is compared with nothing if the open record and its items are not valid', async (t) => {
    const page = await openPack(t, { 'bad.json': { record, items: [items[0], item('b', 5), items[2]] } });
    await page.getByText('Not valid').first().waitFor();
    const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const envelope = await signStatement(statement, { privateKey, keyid: 'k' });
    const key = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'k' };
    await drop(page, {
      'proof.json': json(proveItem(contents, 'a')),
      'absence.json': json(proveAbsence(contents, 'zzz')),
      'statement.json': json(statement),
      'key.json': json(key),
      'envelope.json': json(envelope),
    });
    for (const [kind, text] of await results(page, 5)) {
      assert.equal(kind, 'unverified', text);
      assert.match(text, /What is open is not valid|This key is trusted from now on/);
    }
  });

  test('is invalid as an envelope about another hash', async (t) => {
    const page = await openPack(t);
    const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const other = toStatement({ record: snapshotOf([item('q')]).record });
    const key = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'k' };
    await drop(page, {
      'key.json': json(key),
      'envelope.json': json(await signStatement(other, { privateKey, keyid: 'k' })),
    });
    const [[kind, text]] = await results(page, 2);
    assert.equal(kind, 'bad');
    assert.match(text, /about another hash/);
  });

  test('is compared with a lock only if its record and its index are right', async (t) => {
    const other = snapshotOf([item('q')]);
    const absence = (of) => {
      const { before, after, ...proof } = proveAbsence(of, 'a2');
      const whole = (side) => side && { ...side, item: of.items.find(({ itemId }) => itemId === side.itemId) };
      return json({ ...proof, before: whole(before), after: whole(after) });
    };
    const page = await openPack(t, { 'lock.json': lockOf({}) });
    await drop(page, { 'absence.json': absence(snapshot) });
    assert.equal((await results(page, 1))[0][0], 'good');
    for (const [change, proof] of [
      [{ record: { ...record, hash: other.record.hash } }, absence(other)],
      [{ record: other.record }, absence(other)],
      [{ index: lockOf({}).index.slice(1) }, absence(snapshot)],
    ]) {
      await drop(page, { 'lock.json': json(lockOf(change)) });
      await page.getByText('Not valid').first().waitFor();
      assert.equal(await page.locator('header .what code').count(), 0);
      await drop(page, { 'absence.json': proof });
      assert.equal((await results(page, 1))[0][0], 'unverified');
      await drop(page, { 'pack.json': json({ record, items }) });
      await page.getByText('The parts fit together').first().waitFor();
    }
  });

  test('is not valid as a proof of absence without the items beside the place, whose ids anybody can forge', async (t) => {
    const page = await openPack(t);
    const whole = proveAbsence(contents, 'bb');
    // As if the item b had the id d.
    const forged = {
      itemId: 'b',
      before: proveAbsence(contents, 'aa').before,
      after: { ...whole.before, itemId: 'd' },
    };
    assert.equal(explainAbsence('b', forged, record.hash).valid, true);
    await drop(page, { 'absence.json': json(forged) });
    const [[kind, text]] = await results(page, 1);
    assert.equal(kind, 'unverified', text);
    assert.match(text, /so no hash covers their ids/);
  });

  test('is no longer valid once the pack is edited', async (t) => {
    const page = await openShop(t, 'tree');
    await page.getByLabel('Id of an item').fill('zzz');
    await page.getByRole('button', { name: 'Prove', exact: true }).click();
    await page.getByRole('button', { name: 'Copy proof' }).click();
    await page.getByText('Copied: proof').waitFor();
    await drop(page, { 'absence.json': await page.evaluate('navigator.clipboard.readText()') });
    assert.equal((await results(page, 1))[0][0], 'good');
    await page.locator('nav').getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('button', { name: 'New item' }).click();
    await page.locator('.checks').waitFor({ state: 'detached' });
  });
});

describe('what is opened', () => {
  test('is not valid if the pack beside it is not that of the record', async (t) => {
    const page = await openPack(t, {
      'record.json': record,
      'items.json': items,
      'pack.json': { ...pack, title: 'Z' },
    });
    await page.getByText('Not valid').first().waitFor();
    assert.match(await page.locator('.problems').innerText(), /pack\.title\s+Mismatch/);
  });

  test('prints no hash, and its verdict, if it is not valid', async (t) => {
    const page = await openPack(t, { 'bad.json': { record, items: [{ ...items[0], kind: '' }] } });
    await page.emulateMedia({ media: 'print' });
    const printed = await page.locator('.printed').innerText();
    assert(!printed.includes(record.hash), printed);
    assert.match(printed, /Hash\s+None:.*Verified\s+No:/s);
  });

  test('is tampered with only if it is valid', async (t) => {
    const page = await openPack(t, { 'bad.json': { record, items: items.slice(1) } });
    await page.getByRole('link', { name: 'Tamper' }).click();
    await page.getByText('so there is no hash to compare with').waitFor();
  });

  test('takes part as a whole: what would be left out is refused', async (t) => {
    const page = await openShop(t);
    const hash = await shownHash(page);
    const second = snapshotOf(items, { parent: seal, now: '2031-01-01T00:00:00.000Z' });
    for (const files of [
      { 'a.json': items, 'b.json': items },
      { 'lock.json': lockOf({}), 'b.json': items },
      { 'record.json': second.record, 'b.json': { record, items } },
      { 'pack.json': pack, 'b.json': { pack, items } },
      { 'pack.json': pack, 'b.json': record },
    ]) {
      await pick(page, files);
      await alert(page, /does not go together with the other files/);
      await page.getByRole('button', { name: 'Dismiss' }).click();
      assert.equal(await shownHash(page), hash);
    }
    await pick(page, { 'records.json': [record, second.record], 'items.json': items });
    await page.locator('.facts').getByTitle(second.record.metadata.$snapshot.seal).waitFor();
    assert.match(await page.locator('.facts').innerText(), /The parts fit together/);
    await page.getByRole('link', { name: 'History' }).click();
    await page.locator('.good', { hasText: 'The chain of 2 snapshots holds' }).waitFor();
  });

  test('is read strictly: of two members with one name, none is taken', async (t) => {
    const page = await openShop(t);
    const hash = await shownHash(page);
    const twice = (value, member) => json(value).replace(`"${member}":`, `"${member}":0,$&`);
    for (const [text, member] of [
      [twice(lockOf({}), 'index'), 'index'],
      [twice(lockOf({}), 'record'), 'record'],
      [twice(record, 'hash'), 'hash'],
      [`${twice(record, 'hash')}\n${json(record)}`, 'hash'],
      [json({ snapshots: [{ record, items }] }).replace('"content":', '"content":"EVIL",$&'), 'content'],
      [twice(proveItem(contents, 'a'), 'leafIndex'), 'leafIndex'],
      [twice(toStatement({ record }), 'predicate'), 'predicate'],
      [twice({ pack, items }, 'items'), 'items'],
    ]) {
      await drop(page, { 'twice.json': text });
      await alert(page, new RegExp(`Duplicate member: ${member}`));
      await page.getByRole('button', { name: 'Dismiss' }).click();
      assert.equal(await shownHash(page), hash);
    }
    assert.equal(await page.locator('.checks').count(), 0);
  });

  test('is refused if it is a lock of another version, or one with other members', async (t) => {
    const page = await openShop(t);
    for (const change of [
      { lock: 'context-lock/v2' },
      { folder: 'other' },
      { more: 1 },
      { index: [{ itemId: 'a' }] },
    ]) {
      await drop(page, { 'lock.json': json(lockOf(change)) });
      await alert(page, /not a lock as in docs/);
      await page.getByRole('button', { name: 'Dismiss' }).click();
    }
    await page.getByRole('link', { name: 'Changes' }).click();
    await pick(page, { 'lock.json': lockOf({ record: { ...record, createdBy: 'nobody' } }) }, 'before');
    await alert(page, /The lock is not valid/);
  });
});

describe('the history', () => {
  const later = snapshotOf(items, { parent: seal, now: '2031-01-01T00:00:00.000Z' }).record;

  test('says what is not here, and is not green', async (t) => {
    const page = await openPack(t, { 'record.json': later });
    await page.getByRole('link', { name: 'History' }).click();
    const verdict = page.getByRole('status').filter({ hasText: 'The chain of 1 snapshot holds' });
    await verdict.getByText('What came before them is not here, and was not verified').waitFor();
    assert.equal(await page.locator('.history .good').count(), 0);
  });

  test('says that two records have the same content only once they are verified', async (t) => {
    const page = await openPack(t, { 'records.json': [record, later] });
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('The same content').waitFor();
    await pick(page, { 'records.json': [record, { ...later, createdBy: 'nobody' }] });
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('The chain is broken').waitFor();
    assert.equal(await page.getByText('The same content').count(), 0);
  });

  test('calls no link right if there are more issues than are listed', async (t) => {
    let parent;
    const chain = Array.from({ length: 150 }, (_, at) => {
      const { record } = snapshotOf(items, { parent, now: new Date(Date.UTC(2031, 0, 1, 0, 0, at)) });
      parent = record.metadata.$snapshot.seal;
      return record;
    });
    const page = await openPack(t, { 'records.json': chain });
    // Chosen again and again, because a file that is still being opened shows its first view when it is.
    async function links(kind) {
      await page.getByRole('link', { name: 'History' }).click();
      return page.locator(`.chain.${kind}`).count();
    }
    await becomes(() => links('good'), 149);
    await pick(page, { 'records.json': chain.map((one) => ({ ...one, createdBy: 'nobody' })) });
    // Two issues each, of the hundred that are listed.
    await becomes(() => links('bad'), 49);
    assert.equal(await links('good'), 0);
  });

  test('has no verdict but an error if the worker ends', async (t) => {
    const page = await openShop(t, 'history', '', { expected: /the worker ends/ });
    await page.locator('.history .good', { hasText: 'The chain of 4 snapshots holds' }).waitFor();
    await page.workers()[0].evaluate('setTimeout(() => { throw new Error("the worker ends") })');
    await page.getByLabel('trust the newest seal').check();
    await page.locator('.history').getByRole('alert').waitFor();
    assert.equal(await page.getByText('holds').count(), 0);
    assert.equal(await page.locator('.history .good').count(), 0);
  });
});

describe('a folder', () => {
  const config = { folder: 'context-folder/v1', packKey: 'd', version: '1', title: 'D' };
  const rules = (...include) => json({ ...config, include: [...include, { files: '**/*.md', kind: 'docblock' }] });
  const JSON_FILES = { files: 'data/*.json', kind: 'contract', as: 'json' };

  function newFolder(t, files) {
    const parent = mkdtempSync(join(tmpdir(), 'studio-'));
    t.after(() => rmSync(parent, { recursive: true }));
    const home = join(parent, 'docs');
    write(home, files);
    return home;
  }
  function write(home, files) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
  }
  const lock = (home) =>
    /sha256:[0-9a-f]{64}/.exec(
      execFileSync(process.execPath, [COMMAND, 'lock', home, '--json'], { encoding: 'utf8' }),
    )[0];
  const put = (page, home) => page.getByTestId('folder').setInputFiles(home);

  test('has the hash of the lock: JSON of any form, and without rules the pack of the lock', async (t) => {
    const whole = newFolder(t, {
      'context-pack.json': rules(JSON_FILES),
      'a.md': 'a\n',
      'data/c.json': '\ufeff{ "x": 9007199254740992, "\\u0022": 1e2,\r\n "\\\\": "\\ud83d\\ude00", "": [1.0] }',
    });
    const renamed = newFolder(t, { 'a.md': 'a' });
    for (const [home, now] of [
      [whole, whole],
      [renamed, `${renamed}-2`],
    ]) {
      const hash = lock(home);
      if (now !== home) renameSync(home, now);
      const page = await openStudio(t);
      await put(page, now);
      await page.locator('header .what code').waitFor();
      assert.equal(await shownHash(page), hash);
      await page.getByRole('link', { name: 'Changes' }).click();
      await page.getByText('Nothing changed').waitFor();
    }
  });

  test('is refused where the command refuses it', async (t) => {
    const home = newFolder(t, { 'context-pack.json': rules(JSON_FILES), 'a.md': 'a', 'data/c.json': '{"x":1,"y":5}' });
    lock(home);
    const page = await openShop(t);
    const hash = await shownHash(page);
    for (const [files, words] of [
      [{ 'data/c.json': '{"x":1,"y":100,"y":5}' }, /data\/c\.json: .*Duplicate member: y/],
      [{ 'data/c.json': '{"x":9007199254740993,"y":5}' }, /data\/c\.json: .*Invalid number: 9007199254740993/],
      [{ 'data/c.json': '[1]' }, /data\/c\.json: .*ask for a JSON object/],
      [
        { 'data/c.json': '{}', 'context-pack.json': rules(JSON_FILES).replace('"title"', '"title":"E",$&') },
        /context-pack\.json: .*Duplicate member: title/,
      ],
      [
        { 'context-pack.json': json({ ...config, include: [JSON_FILES], inclde: [] }) },
        /context-pack\.json: inclde: Unknown member; known are/,
      ],
      [
        { 'context-pack.json': json({ ...config, folder: 'v2', include: [JSON_FILES] }) },
        /context-pack\.json: folder: Needs "folder": "context-folder\/v1"/,
      ],
      [
        { 'context-pack.json': rules({ ...JSON_FILES, as: 'jsn' }) },
        /context-pack\.json: include\.0\.as: Must be "text" or "json" or "digest"/,
      ],
      [
        { 'context-pack.json': rules(JSON_FILES), 'context.lock.json': '{"lock":1,"lock":2}' },
        /Duplicate member: lock/,
      ],
      [{ 'context.lock.json': json(lockOf({ record: { ...record, createdBy: 'x' } })) }, /The lock is not valid/],
    ]) {
      write(home, files);
      await put(page, home);
      await alert(page, words);
      await page.getByRole('button', { name: 'Dismiss' }).click();
      assert.equal(await shownHash(page), hash);
    }
    rmSync(join(home, 'context.lock.json'));
    write(home, { 'context-pack.json': rules({ files: '*.none', kind: 'k' }) });
    await put(page, home);
    await alert(page, /context-pack\.json: include\.0\.files: This rule matches no file; mend the pattern/);
  });
});

// Opens everything that the page says it opens: packs, JSON lines, records, locks, folders, proofs; and what must be refused in words.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { previewPack, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { root } from '../hosts/support/host.js';
import { becomes } from './support/eventually.js';
import { drop, openShop, openStudio, pick, shownHash, startStudio } from './support/studio.js';

startStudio();

const pack = { packKey: 'shop.docs', version: '2', title: 'What the shop knows' };
const items = [
  { itemId: 'opening', kind: 'docblock', sourceKey: 'docs/opening', content: 'Open from 9 to 5.' },
  { itemId: 'refund', kind: 'contract', sourceKey: 'tools', content: { auth: 'admin', retries: 3 } },
];
const lines = items.map((item) => JSON.stringify(item)).join('\n');
const snapshot = snapshotPack({ packKey: pack.packKey, reason: 'test' }, { actor: 'admin', userId: 'u', pack, items });

test('offers files, a folder, and examples, before anything is open', async (t) => {
  const page = await openStudio(t);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await becomes(() => page.getByRole('button', { name: 'Open files…' }).count(), 2);
  await becomes(() => page.locator('.choices button').count(), 3);
});

test('opens a pack with items, and shows its hash, kinds and sources', async (t) => {
  const page = await openStudio(t);
  await pick(page, { 'pack.json': { pack, items } });
  await page.getByText('What the shop knows').first().waitFor();
  assert.equal(await shownHash(page), snapshot.record.hash);
  assert.match(await page.locator('.facts').innerText(), /items\s+2/);
  assert.match(await page.locator('.facets').innerText(), /contract\s+1\s.*docblock\s+1\s.*docs\/opening\s+1/s);
  await becomes(() => page.getByRole('row').count(), 3);
});

test('opens JSON lines, makes a pack of the name, and says so', async (t) => {
  const page = await openStudio(t);
  await pick(page, { 'faq.jsonl': lines });
  await page.locator('.note', { hasText: 'no pack' }).waitFor();
  const made = { packKey: 'faq', version: '1.0.0', title: 'faq' };
  assert.equal(await shownHash(page), previewPack({ packKey: 'faq' }, { actor: 'admin', pack: made, items }).hash);
});

test('opens a pack and its items in two files', async (t) => {
  const page = await openStudio(t);
  await pick(page, { 'items.jsonl': lines, 'pack.json': pack });
  await page.locator('header .what code').waitFor();
  assert.equal(await shownHash(page), snapshot.record.hash);
});

test('opens a record with items by drop, verifies it, and shows its seal', async (t) => {
  const page = await openStudio(t);
  await drop(page, { 'snapshot.json': JSON.stringify({ record: snapshot.record, items: snapshot.items }) });
  await page.getByText('The parts fit together').first().waitFor();
  await page.getByTitle(snapshot.record.metadata.$snapshot.seal).waitFor();
});

test('says what is wrong with a record whose items were changed', async (t) => {
  const page = await openStudio(t);
  const [first, ...others] = snapshot.items;
  await drop(page, {
    'snapshot.json': JSON.stringify({ record: snapshot.record, items: [{ ...first, content: 'x' }, ...others] }),
  });
  await page.getByText('Not valid').first().waitFor();
  assert.match(await page.locator('.problems').innerText(), /items\s+Mismatch/);
});

test('opens a lock, which has digests and no content', async (t) => {
  const page = await openStudio(t);
  const index = snapshot.index.map((entry) => ({ ...entry, bytes: 1 }));
  await pick(page, {
    'context.lock.json': { lock: 'context-lock/v1', folder: 'context-folder/v1', record: snapshot.record, index },
  });
  await page.locator('.note', { hasText: 'A lock has digests and no content' }).waitFor();
  await becomes(() => page.getByRole('row').count(), 3);
  await page.getByRole('row', { name: /refund/ }).click();
  await page.getByText('A lock has digests only').waitFor();
});

describe('of more than a megabyte', () => {
  const many = Array.from({ length: 12_000 }, (_, at) => ({ ...items[0], itemId: `opening/${at}` }));
  const large = snapshotPack({ packKey: pack.packKey }, { actor: 'admin', pack, items: many });
  const index = large.index.map((entry) => ({ ...entry, bytes: 1 }));
  const lock = { lock: 'context-lock/v1', folder: 'context-folder/v1', record: large.record, index };
  const long = { ...snapshot.record, snapshotId: 'x'.repeat(200) };
  const records = Array.from({ length: 1500 }, () => long);

  for (const [name, value] of Object.entries({ lock, 'lock whose members are in another order': { index, ...lock } })) {
    test(`opens a ${name}`, async (t) => {
      const page = await openStudio(t);
      await pick(page, { 'a.json': JSON.stringify(value, null, 1) });
      await page.locator('.note', { hasText: 'A lock has digests and no content' }).waitFor();
      await becomes(() => shownHash(page), large.record.hash);
      await page.getByText('12,000 items', { exact: true }).waitFor();
    });
  }

  test('opens a history with items', async (t) => {
    const page = await openStudio(t);
    await pick(page, { 'a.json': { snapshots: [{ record: large.record, items: large.items }] } });
    await becomes(() => shownHash(page), large.record.hash);
    await page.getByText('The parts fit together').first().waitFor();
  });

  for (const [name, text] of Object.entries({
    list: JSON.stringify(records),
    'JSON lines': records.map((record) => JSON.stringify(record)).join('\n'),
  })) {
    test(`opens records, as ${name}`, async (t) => {
      const page = await openStudio(t);
      await pick(page, { 'a.json': text });
      await page.locator('.note', { hasText: 'Records only' }).waitFor();
    });
  }

  test('opens a record with items as items', async (t) => {
    const page = await openStudio(t);
    await pick(page, { 'a.json': { record: large.record, items: large.items } });
    await page.getByText('The parts fit together').first().waitFor();
    assert.equal(await shownHash(page), large.record.hash);
  });
});

test('opens a folder with the hash of the command, and compares it with its lock', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'studio-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const home = join(folder, 'docs');
  mkdirSync(join(home, 'guides'), { recursive: true });
  writeFileSync(join(home, 'refunds.md'), '\ufeff# Refunds\r\n\r\nWithin 30 days.\r\n');
  writeFileSync(join(home, 'guides/install.md'), '# Install\n\nRun make.\n');
  writeFileSync(join(home, 'tool.json'), '{ "auth": "admin" }\n');
  writeFileSync(join(home, 'logo.png'), Buffer.from([0x89, 0x50, 0xff, 0x00]));
  const rules = [
    { files: '**/*.md', kind: 'docblock' },
    { files: '*.json', kind: 'contract', as: 'json' },
    { files: '**', kind: 'external' },
  ];
  writeFileSync(
    join(home, 'context-pack.json'),
    JSON.stringify({
      folder: 'context-folder/v1',
      packKey: 'd',
      version: '1',
      title: 'D',
      include: rules,
      exclude: ['context-pack.json'],
    }),
  );
  const command = join(root, 'node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js');
  const locked = execFileSync(process.execPath, [command, 'lock', home, '--json'], { encoding: 'utf8' });
  const [hash] = /sha256:[0-9a-f]{64}/.exec(locked);

  const page = await openStudio(t);
  await page.getByTestId('folder').setInputFiles(home);
  await page.locator('header .what code').waitFor();
  assert.equal(await shownHash(page), hash);
  await page.getByRole('link', { name: 'Changes' }).click();
  await page.getByText('Nothing changed').waitFor();
});

test('refuses what is not JSON in words, with the line, and keeps what was open', async (t) => {
  const page = await openShop(t);
  const before = await shownHash(page);
  await pick(page, { 'notes.txt': 'Hello' });
  await page.getByRole('alert').getByText('notes.txt is none of the things').waitFor();
  await pick(page, { 'broken.json': '{"pack":{"packKey":"p"},\n"items":[{"itemId":"a"},,]}' });
  await page
    .getByRole('alert')
    .getByText(/line 2/i)
    .waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await becomes(() => page.getByRole('alert').count(), 0);
  assert.equal(await shownHash(page), before);
});

test('shows items that are wrong with what would be right, and no hash', async (t) => {
  const page = await openStudio(t);
  await pick(page, { 'bad.json': { pack, items: [{ ...items[0], kind: '' }, items[1], items[1]] } });
  await page.getByText('No hash').waitFor();
  assert.match(await page.locator('.problems').innerText(), /items\.0\.kind/);
  await page.locator('.problems').getByRole('button', { name: 'opening' }).click();
  await page.locator('.chosen .bad', { hasText: 'Too small' }).waitFor();
  await page.getByLabel('with problems').check();
  await page.getByText('2 items', { exact: true }).waitFor();
});

test('shows markup, right-to-left text and long names as text', async (t) => {
  const page = await openStudio(t);
  const strange = [
    {
      itemId: '<img src=x onerror="globalThis.hacked=1">',
      kind: '<b>',
      sourceKey: '</script><script>globalThis.hacked=1</script>',
      content: '<h1>no</h1>',
    },
    { itemId: 'ساعات/\u202eevil', kind: 'k', sourceKey: 'ع', content: 'نص' },
    { itemId: `long/${'a'.repeat(5000)}`, kind: 'k'.repeat(3000), sourceKey: 's', content: 'x'.repeat(300_000) },
    {
      itemId: '__proto__',
      kind: 'constructor',
      sourceKey: 'toString',
      content: { nested: { __proto__x: [[[[[1]]]]] } },
    },
  ];
  await pick(page, { 'strange.json': { pack: { ...pack, title: '<i>title</i>' }, items: strange } });
  await page.locator('header .what code').waitFor();
  for (const at of [0, 1, 2, 3]) {
    await page.locator(`#row-${at}`).click();
    await page.locator('.chosen .content').waitFor();
  }
  const directions = page.locator('.table .row[id] bdi');
  await becomes(
    () => directions.evaluateAll((names) => [...new Set(names.map((name) => getComputedStyle(name).direction))]),
    ['ltr'],
  );
  assert.equal(await page.evaluate('globalThis.hacked'), undefined);
  assert.equal(await page.locator('main img, main h1 i, main script').count(), 0);
  const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert(wide <= 0, `the page is ${wide} px too wide`);
});

test('opens the example of 50,000 items without stopping the page, sorts, and finds one of them', async (t) => {
  const page = await openStudio(t);
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) =>
      globalThis.tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask' });
  });
  await page.getByRole('button', { name: /50,000 items/ }).click();
  await page.locator('header .what code').waitFor();
  await page.getByText('50,000 items', { exact: true }).waitFor();
  t.diagnostic(`long tasks in ms: ${JSON.stringify(await page.evaluate('globalThis.tasks'))}`);
  await page.getByRole('columnheader', { name: 'Bytes' }).getByRole('button').click();
  await page.locator('.table[aria-busy=false]').focus();
  await page.keyboard.press('End');
  await page.locator('[role=row][aria-rowindex="50001"][aria-selected=true]').waitFor();
  await page.getByRole('searchbox').fill('billing/api/00007');
  await page.getByText('1 item', { exact: true }).waitFor();
  await page.locator('#row-0').click();
  await page.locator('.chosen').getByText('Path in the tree').click();
  await page.locator('.level.root').waitFor();
  await page.locator('.level.root:not(.wrong)').waitFor();
});

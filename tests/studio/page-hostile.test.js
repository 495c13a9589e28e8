// Opens packs that somebody made to stop the page, and checks that they are shown or refused in words, and that the page lives.
//
// JSON text has no cycles. Markup and the direction of writing in names are tested in page-open.test.js.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './support/eventually.js';
import { drop, dropMade, openShop, openStudio, pick, shownHash, startStudio } from './support/studio.js';

startStudio();

const item = (itemId, content) => ({ itemId, kind: 'k', sourceKey: 's', content });

/** The page still opens something, and shows another view of it. */
async function assertLives(page) {
  await page.evaluate('location.hash = ""');
  await drop(page, { 'small.jsonl': JSON.stringify(item('small', 'x')) });
  await page.getByRole('row', { name: /small/ }).click();
  await page.locator('.chosen').getByText('Path in the tree').click();
  await page.locator('.level.root').waitFor();
}

test('refuses a million items with the limit, and keeps what was open', async (t) => {
  const page = await openShop(t);
  const before = await shownHash(page);
  await dropMade(page, 'million.jsonl', () => {
    const lines = [];
    for (let at = 0; at < 1_000_000; at++) lines.push(`{"itemId":"${at}","kind":"k","sourceKey":"s","content":"x"}\n`);
    return lines;
  });
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /more than 250,?000 items/);
  assert.equal(await shownHash(page), before);
  await assertLives(page);
});

test('shows the beginning of a cell of 10 MB, and more on demand', async (t) => {
  const page = await openStudio(t);
  await dropMade(page, 'large.jsonl', () => {
    const line = (itemId, content) => `${JSON.stringify({ itemId, kind: 'k', sourceKey: 's', content })}\n`;
    return [line('line', 'x'.repeat(10_000_000)), line('lines', 'y\n'.repeat(5_000_000)), line('other', 'z')];
  });
  await page.locator('header .what code').waitFor();
  for (const [at, length] of ['10,000,057', '15,000,058'].entries()) {
    await page.locator(`#row-${at}`).click();
    await page.locator('.chosen .content').getByText(`of ${length} characters`).waitFor();
    const shown = async () => (await page.locator('.chosen .content').innerText()).length;
    const first = await shown();
    assert(first < 50_000, `${first} characters are shown`);
    await page.locator('.chosen').getByRole('button', { name: 'Show more' }).click();
    await eventually(async () => assert((await shown()) > first));
  }
  const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert(wide <= 0, `the page is ${wide} px too wide`);
  await page.locator('nav').getByRole('link', { name: 'Edit' }).click();
  await page.getByText('too long to be edited here').waitFor();
  await assertLives(page);
});

test('shows JSON of 900 levels, and says at which item 5,000 and a million levels are too many', async (t) => {
  const page = await openStudio(t);
  const nested = (levels) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const line = (itemId, levels) =>
    `{"itemId":"${itemId}","kind":"k","sourceKey":"s","content":${nested(levels)},"metadata":${nested(3)}}`;
  await pick(page, { 'deep.jsonl': `${line('deep', 900)}\n${line('deeper', 5000)}\n` });
  await page.getByText('No hash').waitFor();
  assert.match(await page.locator('.problems').innerText(), /at most 1000 levels of nesting/);
  await page.getByRole('row', { name: /deep\b/ }).click();
  await page.locator('.chosen .content').waitFor();
  await pick(page, { 'million.jsonl': `${line('fine', 900)}\n${line('deepest', 1_000_000)}\n` });
  await page.getByRole('row', { name: /fine/ }).waitFor();
  await page.getByText('No hash').waitFor();
  assert.match(await page.locator('.problems').innerText(), /at most 1000 levels of nesting/);
  await assertLives(page);
});

// Checks what holds for the whole page: policy, keyboard, accessibility, widths, colours, links, print.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../hosts/support/host.js';
import { becomes } from './support/eventually.js';
import { address, drop, findings, openShop, openStudio, shownHash, startStudio } from './support/studio.js';

startStudio();

const VIEWS = ['items', 'tree', 'changes', 'snapshot', 'tamper', 'history', 'edit'];
const ITEM = '&item=docs%2Fpolicies%2Frefunds.md';
/** How far the names of the views are cut off. */
const CUT =
  'Math.max(...[...document.querySelectorAll("nav a")].map((one) => one.getBoundingClientRect().right)) - innerWidth';

test('has its policy in the header and in the page, and forbids to send, to evaluate and to make HTML of text', async (t) => {
  const response = await fetch(address);
  const header = response.headers.get('content-security-policy');
  const page = await openStudio(t);
  const meta = await page.locator('meta[http-equiv=content-security-policy]').getAttribute('content');
  assert.equal(header, `${meta}; frame-ancestors 'none'`);
  assert.match(meta, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';.* require-trusted-types-for 'script'/);
  assert.doesNotMatch(meta, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|connect-src|https?:/);
  assert.match(
    readFileSync(join(root, 'docs/STUDIO.md'), 'utf8'),
    new RegExp(header.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
  );
});

test('refuses a string as HTML and the script of somebody else', async (t) => {
  const page = await openStudio(t, '', { expected: /This document requires 'TrustedHTML'/ });
  const refused = await page.evaluate(() => {
    const names = [];
    for (const attempt of [
      () => {
        document.createElement('div').innerHTML = '<b>';
      },
      () => new Worker('https://example.com/x.js'),
    ]) {
      try {
        attempt();
        names.push('allowed');
      } catch (error) {
        names.push(error.name);
      }
    }
    return names;
  });
  assert.deepEqual(refused, ['TypeError', 'TypeError']);
});

/** Shows each view in turn, asserts that it is not too wide, and calls `look` with its name. */
async function visitViews(page, look) {
  for (const view of VIEWS) {
    await page.goto(`${address}#${view}?open=shop${ITEM}`);
    await page.locator(`main > .${view}`).waitFor();
    await page.getByText('One moment…').first().waitFor({ state: 'hidden' });
    await look?.(view);
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert(wide <= 0, `${view} is ${wide} px too wide`);
    const cut = await page.evaluate(CUT);
    assert(cut <= 0, `the names of the views are ${cut} px too wide`);
  }
}

// One width of each layout of the style sheet. The middle one shows nothing that the others do not, so its colours are checked once.
for (const [width, colorScheme] of [
  [360, 'light'],
  [360, 'dark'],
  [1024, 'light'],
  [1920, 'light'],
  [1920, 'dark'],
]) {
  test(`has no finding of axe and is not too wide at ${width} px, ${colorScheme}`, async (t) => {
    const page = await openStudio(t, '', { width, colorScheme });
    const found = new Set(await findings(page));
    await visitViews(page, async (view) => {
      for (const finding of await findings(page)) found.add(`${view}: ${finding}`);
    });
    assert.deepEqual([...found], []);
  });
}

test('is not too wide at 2560 px, in the layout of 1920 px', async (t) => {
  await visitViews(await openStudio(t, '', { width: 2560 }));
});

test('finds every action with Ctrl-K, and gives the focus back', async (t) => {
  const page = await openShop(t);
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('show history');
  await page.getByRole('option', { name: /Show history/, selected: true }).waitFor();
  assert.deepEqual(await findings(page), []);
  await page.keyboard.press('Enter');
  await page.getByText('The chain of 4 snapshots holds').waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('colours: dark');
  await page.keyboard.press('Enter');
  await becomes(() => page.evaluate('document.documentElement.dataset.theme'), 'dark');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('no such thing');
  await page.getByText('No action has these words').waitFor();
  await page.keyboard.press('Escape');
  await becomes(() => page.getByRole('dialog').count(), 0);
});

test('keeps the list of actions open if it is opened again before the browser says that it was closed', async (t) => {
  const page = await openShop(t);
  const open = await page.evaluate(async () => {
    const press = async (target, key, ctrlKey = false) => {
      target.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }));
      await undefined;
    };
    await press(document.body, 'k', true);
    const dialog = document.querySelector('dialog');
    const closed = new Promise((resolve) => {
      dialog.addEventListener('close', resolve, { once: true });
    });
    await press(document.activeElement, 'Enter');
    const between = dialog.open;
    await press(document.body, 'k', true);
    await closed;
    await new Promise(requestAnimationFrame);
    return [between, dialog.open];
  });
  assert.deepEqual(open, [false, true]);
});

test('is used without a mouse: from the start to an item and its proof', async (t) => {
  const page = await openStudio(t);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  await becomes(() => page.evaluate('document.activeElement.textContent'), 'Skip to the content');
  await page.getByRole('button', { name: /A shop assistant/ }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.table').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await becomes(() => page.evaluate('document.activeElement.id'), 'chosen');
  await page.getByRole('link', { name: 'Path in the tree' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.level.root').waitFor();
});

test('keeps what is chosen in the fragment: a link shows the same, and "back" leads to the view before', async (t) => {
  const page = await openShop(t, 'items', '&kind=contract&sort=-bytes');
  await page.getByText('5 items', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Tree' }).click();
  await page.locator('.treemap').waitFor();
  await page.goBack();
  await page.getByText('5 items', { exact: true }).waitFor();
  const hash = await shownHash(page);
  const link = page.url();
  assert.equal(new URL(link).search, '');
  const other = await openStudio(t, new URL(link).hash);
  await other.getByText('5 items', { exact: true }).waitFor();
  await becomes(() => shownHash(other), hash);
});

test('brings what it says about a file into sight, and takes it away again', async (t) => {
  const page = await openShop(t, 'tree', ITEM, { width: 360, height: 500 });
  await page.locator('.level.root').waitFor();
  const isSeen = (selector) =>
    page.locator(selector).evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    });
  const scroll = () => page.evaluate('scrollTo(0, document.body.scrollHeight)');
  await scroll();
  await drop(page, { 'notes.txt': 'Hello' });
  await page.getByRole('alert').waitFor();
  await becomes(() => isSeen('.failure'), true);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await scroll();
  await drop(page, { 'statement.json': '{"_type":"x"}' });
  await page.locator('.checks').waitFor();
  await becomes(() => isSeen('.checks li'), true);
  await page.getByRole('button', { name: 'Dismiss the results' }).click();
  await becomes(() => page.locator('.checks').count(), 0);
});

test('keeps everything else if a view cannot be loaded, and says so', async (t) => {
  const page = await openStudio(t, '', { expected: /ERR_FAILED|dynamically imported module/ });
  await page.route('**/tree-*.js', (route) => route.abort());
  await page.goto(`${address}#items?open=shop`);
  await page.reload();
  await page.locator('header .what code').waitFor();
  const hash = await shownHash(page);
  await page.getByRole('link', { name: 'Tree', exact: true }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('This view failed.').waitFor();
  await page.getByRole('link', { name: 'Items', exact: true }).click();
  await page.getByRole('row').nth(1).waitFor();
  assert.equal(await alert.count(), 0);
  assert.equal(await shownHash(page), hash);
  await page.unroute('**/tree-*.js');
  await page.getByRole('link', { name: 'Tree', exact: true }).click();
  await alert.getByRole('button', { name: 'Load the page again' }).click();
  await page.locator('.tree').first().waitFor();
  assert.equal(await alert.count(), 0);
});

test('has all its views as soon as something is open, whatever happens to the server', async (t) => {
  // Chromium asks for the icon again.
  const page = await openShop(t, 'items', '', { expected: /ERR_INTERNET_DISCONNECTED/ });
  const loaded = () =>
    page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => /(\w+)-[^/]*\.js$/.exec(name)?.[1]));
  for (const view of VIEWS.slice(1)) await becomes(async () => (await loaded()).includes(view), true);
  await page.context().setOffline(true);
  for (const view of VIEWS) {
    await page.locator(`nav a[href^="#${view}"]`).click();
    await page.locator(`main .${view}, main .empty`).first().waitFor();
    assert.equal(await page.getByRole('alert').count(), 0, view);
    if (view === 'tamper') await page.locator('.outcome[data-shows]').waitFor();
  }
});

test('names the areas of the tree that have room for a name, at every width', async (t) => {
  const shown = async (width) => {
    const page = await openShop(t, 'tree', '', { width });
    await page.locator('.treemap').waitFor();
    return page.locator('.cell bdi').evaluateAll((names) => names.filter((name) => name.offsetWidth > 0).length);
  };
  assert.equal(await shown(2560), 7);
  assert((await shown(360)) >= 5);
});

test('is usable with forced colours and reduced motion', async (t) => {
  const page = await openShop(t, 'tree', ITEM, { forcedColors: 'active', reducedMotion: 'reduce' });
  await page.locator('.level.root').waitFor();
  const color = (selector, name, of) =>
    page
      .locator(selector)
      .first()
      .evaluate((element, [name, of]) => getComputedStyle(element, of)[name], [name, of]);
  // Chromium emulates black on white.
  assert.equal(await color('.level .dot', 'backgroundColor'), 'rgb(0, 0, 0)');
  assert.equal(await color('.level', 'backgroundColor', '::after'), 'rgb(0, 0, 0)');
  assert.equal(await color('nav a:not([aria-current])', 'borderBottomColor'), 'rgb(255, 255, 255)');
  assert.notEqual(await color('nav a[aria-current]', 'borderBottomColor'), 'rgb(255, 255, 255)');
  await page.getByRole('button', { name: 'Copy proof' }).click();
  assert.equal(await page.evaluate("getComputedStyle(document.querySelector('.say')).animationName"), 'none');
});

test('prints a summary: pack, hash, seal, sources, and no controls', async (t) => {
  const page = await openShop(t);
  await page.emulateMedia({ media: 'print' });
  const printed = page.locator('.printed');
  await printed.waitFor();
  assert.match(
    await printed.innerText(),
    /What the shop assistant knows[^§]*sha256:[0-9a-f]{64}[^§]*warehouse\/schema/,
  );
  await page.locator('.table').waitFor({ state: 'hidden' });
  await page.locator('nav').waitFor({ state: 'hidden' });
});

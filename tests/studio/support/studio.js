// Opens the Studio page in Chromium, as a user has it: built, served with its headers, and with any complaint of the browser being a failure.
//
// How: `scripts/test.sh studio` builds the page into target/studio. Vite serves it with the headers of `examples/studio/policy.ts`.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launch, PATIENCE } from '../../hosts/support/browser.js';
import { root } from '../../hosts/support/host.js';

const studio = join(root, 'examples/studio');
const require = createRequire(import.meta.url);
const { preview } = await import(pathToFileURL(join(studio, 'node_modules/vite/dist/node/index.js')).href);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let browser;
let server;
export let address;

/** Starts browser and server before the tests of a file, and ends them afterwards. */
export function startStudio() {
  before(async () => {
    assert(
      existsSync(join(root, 'target/studio/index.html')),
      'the page is not built; scripts/test.sh studio builds it',
    );
    server = await preview({ configFile: join(studio, 'vite.config.ts'), logLevel: 'silent', preview: { port: 0 } });
    address = `http://127.0.0.1:${server.httpServer.address().port}/`;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
}

/**
 * Opens the page in a window of its own. When the test ends, nothing may have been said on the console, thrown, refused by the policy, or asked of
 * another host.
 *
 * @param hash fragment of the address
 * @param options size of the window, options of Playwright's context, and `expected`, which complaints match that the test provokes
 */
export async function openStudio(t, hash = '', { width = 1280, height = 860, expected, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: address.slice(0, -1) });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(blob:|data:)/.test(request.url()) && !request.url().startsWith(address))
      complaints.push(`asks for ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(
      complaints.filter((complaint) => !expected?.test(complaint)),
      [],
    );
  });
  await page.goto(address + hash);
  return page;
}

/** Opens the small example, and waits until its hash is there. */
export async function openShop(t, view = 'items', parameters = '', options) {
  const page = await openStudio(t, `#${view}?open=shop${parameters}`, options);
  await page.locator('header .what code').waitFor();
  return page;
}

/** Picks files made of texts, as with "Open files…". */
export async function pick(page, files, testId = 'file') {
  const list = Object.entries(files).map(([name, text]) => {
    return {
      name,
      mimeType: 'application/json',
      buffer: Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)),
    };
  });
  await page.getByTestId(testId).setInputFiles(list);
}

/** Drops files on the page. */
export async function drop(page, files) {
  await dropOn(page, (list) => list.map(([name, text]) => new File([text], name)), Object.entries(files));
}

/** Drops a file whose pieces are made in the page by a function without arguments, because a long text takes seconds to get there. */
export async function dropMade(page, name, make) {
  await dropOn(page, `([name]) => [new File((${make})(), name)]`, [name]);
}

async function dropOn(page, files, argument) {
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    for (const file of (${files})(${JSON.stringify(argument)})) data.items.add(file);
    return data;
  })()`);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('main', type, { dataTransfer: transfer });
  await transfer.dispose();
}

/** Clicks what downloads a file, and returns its name and text. */
export async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

/** The hash that the page shows. */
export const shownHash = (page) => page.locator('header .what code').getAttribute('title');

/** Returns the findings of axe-core, in words. */
export async function findings(page) {
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(axe);
  const { violations } = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).slice(0, 3)}`);
}

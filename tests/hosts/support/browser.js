// Starts Chromium, and a server for it.
//
// How: playwright-core drives the system's Chromium, or the one that Playwright installed. The server serves the consumer's
// folder on the loopback interface. A page stores its result in the global `outcome`.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { consumer } from './host.js';

/** Milliseconds after which nothing more comes, even on a busy machine: for everything that a page is waited for. */
export const PATIENCE = 180_000;

/** A name for the loopback interface that does not make pages secure contexts, unlike `localhost`. */
export const INSECURE = 'insecure.test';
export const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Serves the files of the consumer or of another folder, and the given pages: `{ path: { body, headers } }`. */
export async function serve(pages = {}, folder = consumer) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const { body, headers } = pages[path] ?? {};
    const file = join(folder, path);
    if (body === undefined && !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(path)], ...headers }).end(body ?? readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Makes a page, with an icon so that the browser requests none. */
export const page = (script, head = '') =>
  `<!doctype html><meta charset="utf-8"><title>consumer</title><link rel="icon" href="data:,">${head}${script}`;

export const scriptOf = (path) => `<script type="module" src="${path}"></script>`;

function findChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']) {
    for (const folder of process.env.PATH.split(delimiter)) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  return chromium.executablePath();
}

export function launch() {
  const executablePath = findChromium();
  assert(existsSync(executablePath), 'there is no Chromium; scripts/setup.sh installs one');
  // Chromium refuses to run with a sandbox as root. The other flags turn off background activity.
  const quiet = ['background-networking', 'component-update', 'sync', 'quic', 'gpu'].map((what) => `--disable-${what}`);
  const resolve = `--host-resolver-rules=MAP ${INSECURE} 127.0.0.1`;
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', resolve, ...quiet] });
}

/** Opens `url` and returns the page's `outcome`. Fails on any complaint from the console, a script or the network. */
export async function outcomeOf(browser, url) {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(PATIENCE);
  const complaints = [];
  tab.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  tab.on('pageerror', (error) => complaints.push(String(error)));
  tab.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure().errorText}`));
  try {
    await tab.goto(url);
    await tab.waitForFunction('globalThis.outcome !== undefined');
    assert.deepEqual(complaints, []);
    return await tab.evaluate('outcome');
  } catch (error) {
    error.message += `\n${complaints.join('\n')}`;
    throw error;
  } finally {
    await tab.close();
  }
}

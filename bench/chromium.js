// Runs a task of the measuring program in Chromium.
//
// How: esbuild bundles a page with the benchmark and all libraries, as a user would, with our `index.js`. The page is
// cross-origin isolated, because clocks are coarse elsewhere. Each task gets a new browser, like a new process in Node.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { launch, page, scriptOf, serve } from '../tests/hosts/support/browser.js';
import { readFiles } from './documents.js';
import { root } from './parts.js';

let pages;
async function prepared() {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'bench/page.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
  });
  assert(Object.keys(metafile.inputs).some((path) => path.endsWith('lib.context-snapshot/dist/index.js')));
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  const json = { 'content-type': 'application/json' };
  const wasm = { 'content-type': 'application/wasm' };
  return {
    '/': { body: page(scriptOf('/page.js')), headers: { 'content-type': 'text/html', ...isolated } },
    '/page.js': { body: Buffer.from(outputFiles[0].contents), headers: isolated },
    '/peer.wasm': { body: readFileSync(join(root, 'target/peer/peer.wasm')), headers: wasm },
    '/files/repository.json': { body: JSON.stringify(readFiles('repository')), headers: json },
    '/files/packages.json': { body: JSON.stringify(readFiles('packages')), headers: json },
  };
}

/** Runs a task in a new browser; returns `{ engine, javascript, found }` like `local.js`. */
export async function runInChromium(task) {
  pages ??= await prepared();
  const server = await serve(pages);
  const browser = await launch();
  try {
    const engine = `Chromium ${browser.version()}`;
    const tab = await browser.newPage();
    tab.on('console', (message) => console.log(message.text()));
    await tab.goto(`${server.url}/?${new URLSearchParams({ task: JSON.stringify(task), engine })}`);
    await tab.waitForFunction('globalThis.outcome !== undefined', undefined, { timeout: 0, polling: 1000 });
    const { error, isolated, found } = await tab.evaluate('outcome');
    assert.equal(error, undefined);
    assert(isolated, 'the page is not isolated: its clock is coarse');
    return { engine, javascript: 'V8', found };
  } finally {
    await browser.close();
    server.close();
  }
}

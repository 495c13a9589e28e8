// Runs the corpora in Chromium: `node bench/chromium.js [corpus …] [--rounds N]`. Needs `make setup-tests`.
//
// How: esbuild bundles a page with the benchmark and all libraries, as a user would, with our `index.js`. The page is
// cross-origin isolated, because clocks are coarse elsewhere. Each corpus gets a new browser, like a new process in Node.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';
import { launch, page, scriptOf, serve } from '../tests/hosts/support/browser.js';
import { corpora } from './corpus.js';
import { machine, options, root, writeCorpora } from './parts.js';
import { realFiles } from './real.js';

const { names, rounds } = options();
const wanted = names.length > 0 ? names : Object.keys(corpora);

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
const server = await serve({
  '/': { body: page(scriptOf('/page.js')), headers: { 'content-type': 'text/html', ...isolated } },
  '/page.js': { body: Buffer.from(outputFiles[0].contents), headers: isolated },
  '/files.json': { body: JSON.stringify(realFiles()), headers: { 'content-type': 'application/json' } },
});

async function outcomeOf(name) {
  const browser = await launch();
  try {
    if (name === wanted[0]) console.log(`Chromium ${browser.version()}; ${machine()}\n`);
    const tab = await browser.newPage();
    tab.on('console', (message) => console.log(message.text()));
    const query = new URLSearchParams({ corpus: name, ...(rounds !== undefined && { rounds }) });
    await tab.goto(`${server.url}/?${query}`);
    await tab.waitForFunction('globalThis.outcome !== undefined', undefined, { timeout: 0, polling: 1000 });
    const { error, isolated, found } = await tab.evaluate('outcome');
    assert.equal(error, undefined);
    assert(isolated, 'the page is not isolated: its clock is coarse');
    return { version: browser.version(), found };
  } finally {
    await browser.close();
  }
}

try {
  for (const name of wanted) {
    const { version, found } = await outcomeOf(name);
    writeCorpora('chromium', { machine: machine(), version, corpora: { [name]: found } });
  }
} finally {
  server.close();
}

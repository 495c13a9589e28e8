// A page in Chromium that imports the package by its name, as it was packed.
//
// How: the server serves the repository, an import map finds the entries. Functions run in the page by `evaluate`, with the worker as
// `globalThis.worker`.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { launch, PATIENCE, page, serve } from '../../hosts/support/browser.js';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const NAME = '@lssm-tech/lib.context-snapshot';
const DIST = `/node_modules/${NAME}/dist`;
export const CSP =
  "default-src 'none'; script-src 'self' 'nonce-map' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:; style-src 'self'";

const imports = { [NAME]: `${DIST}/index.js` };
for (const name of ['errors', 'worker']) imports[`${NAME}/${name}`] = `${DIST}/${name}.js`;

/**
 * Opens browser and server: `{ open, close }`. `open` returns a page that fails the test if anything complains.
 *
 * @param missing address of a file that is not there: the browser reports it sooner, later or never
 */
export async function studio(pages = {}, missing = undefined) {
  const browser = await launch();
  const server = await serve(
    {
      '/empty': { body: page(''), headers: { 'content-type': 'text/html' } },
      ...pages,
    },
    root,
  );
  const complaints = [];
  return {
    async open(path = '/empty') {
      const tab = await browser.newPage();
      tab.setDefaultTimeout(PATIENCE);
      tab.on('console', (message) => {
        if (!['warning', 'error'].includes(message.type())) return;
        if (missing === undefined || !message.location().url.endsWith(missing)) complaints.push(message.text());
      });
      tab.on('pageerror', (error) => complaints.push(String(error)));
      await tab.goto(`${server.url}${path}`);
      return tab;
    },
    async close() {
      await browser.close();
      server.close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** A further directive for a page with Trusted Types. */
export const TRUSTED = "; require-trusted-types-for 'script'";

/** A page with the import map, under a policy that forbids everything that the worker does not need. */
export const plainPage = (more = '') => ({
  body: page('', `<script type="importmap" nonce="map">${JSON.stringify({ imports })}</script>`),
  headers: { 'content-type': 'text/html', 'content-security-policy': CSP + more },
});

/** Starts the worker of the page. */
export const START = async () => {
  const { createPreviewWorker } = await import('@lssm-tech/lib.context-snapshot/worker');
  globalThis.start = createPreviewWorker;
  globalThis.worker = createPreviewWorker();
};

/** Makes the text of items. */
export const itemsText = (count, contentLength = 700) => {
  const lines = [];
  for (let at = 0; at < count; at++) {
    lines.push(
      JSON.stringify({
        itemId: `guides/${at}`,
        kind: ['docblock', 'contract', 'schema'][at % 3],
        sourceKey: `source-${at % 7}`,
        sourceVersion: at % 2 === 0 ? '1.0.0' : undefined,
        content: `${at} ${'lorem ipsum dolor '.repeat(Math.ceil(contentLength / 18))}`,
        metadata: { at },
      }),
    );
  }
  return lines.join('\n');
};
export const PACK = {
  packKey: 'platform.docs',
  version: '3',
  title: 'Docs',
  sources: [{ kind: 'docblock', key: 'source-0', required: true }],
};
export const INPUT = { packKey: PACK.packKey };

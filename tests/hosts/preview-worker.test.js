// Runs the worker of `./worker` in Chromium, through bundlers.
//
// Why apart from browsers.test.js: the script of the worker has an address of its own, and only some tools find it. The others get it as an
// entry of its own and its address as an option, as docs/STUDIO.md says.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { previewPack } from '@lssm-tech/lib.context-snapshot';
import { rspack } from '@rspack/core';
import { build as esbuild } from 'esbuild';
import { build as rolldown } from 'rolldown';
import { build as viteBuild, createServer as viteServer } from 'vite';
import webpack from 'webpack';
import { launch, outcomeOf, page, scriptOf, serve } from './support/browser.js';
import { assertBundle } from './support/bundle.js';
import { apart, consumer, NAME } from './support/host.js';

const ENTRY = 'page-with-preview.js';
const { hash } = previewPack(
  { packKey: 'p' },
  {
    actor: 'user',
    pack: { packKey: 'p', version: '1', title: 't' },
    items: [{ itemId: 'a', kind: 'k', sourceKey: 's', content: 'c' }],
  },
);
let browser;
let server;

before(async () => {
  browser = await launch();
  const imports = { [NAME]: `/node_modules/${NAME}/dist/index.js` };
  for (const name of ['errors', 'worker']) imports[`${NAME}/${name}`] = `/node_modules/${NAME}/dist/${name}.js`;
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const headers = { 'content-type': 'text/html' };
  const of = (script, head) => ({ body: page(script, head), headers });
  server = await serve({
    '/plain': of(scriptOf(`/${ENTRY}`), map),
    '/webpack': of('<script src="/out/webpack-preview/main.js"></script>'),
    '/rspack': of('<script src="/out/Rspack-preview/main.js"></script>'),
    '/esbuild': of(scriptOf('/out/esbuild-preview/page.js')),
    '/rolldown': of(scriptOf('/out/rolldown-preview/page.js')),
  });
  writeFileSync(join(consumer, 'vite-preview.html'), page(scriptOf(`/${ENTRY}`)));
});
after(async () => {
  await browser?.close();
  server?.close();
});

const assertPage = async (path) => assert.deepEqual(await outcomeOf(browser, `${server.url}${path}`), [hash, 1]);

test('runs in a page without a bundler, with an import map', () => assertPage('/plain'));

for (const [name, compile] of Object.entries({ webpack, Rspack: rspack })) {
  test(`${name} bundles page and worker`, async () => {
    const folder = `out/${name}-preview`;
    const stats = await new Promise((resolve, reject) => {
      const options = {
        ...{ mode: 'production', context: consumer, entry: `./${ENTRY}`, performance: false },
        output: { path: join(consumer, folder), filename: 'main.js', publicPath: `/${folder}/` },
      };
      const compiler = compile(options, (error, stats) => {
        compiler.close(() => (error === null ? resolve(stats) : reject(error)));
      });
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual(
      [...errors, ...warnings].map(({ message }) => message),
      [],
    );
    await assertPage(`/${name.toLowerCase()}`);
  });
}

test('Vite bundles page and worker', async () => {
  const outDir = 'out/vite-preview';
  const rollupOptions = { input: join(consumer, 'vite-preview.html') };
  await viteBuild({
    ...{ root: consumer, base: `/${outDir}/`, configFile: false, logLevel: 'error' },
    build: { outDir, rollupOptions },
  });
  await assertPage(`/${outDir}/vite-preview.html`);
});

test('Vite serves page and worker in development', async () => {
  const development = await viteServer({
    ...{ root: consumer, configFile: false, logLevel: 'error', ...apart('preview', ['vite-preview.html']) },
    server: { host: '127.0.0.1', port: 0 },
  });
  try {
    await development.listen();
    const { port } = development.httpServer.address();
    assert.deepEqual(await outcomeOf(browser, `http://127.0.0.1:${port}/vite-preview.html`), [hash, 1]);
  } finally {
    await development.close();
  }
});

test('esbuild bundles the worker as an entry of its own', async () => {
  await esbuild({
    absWorkingDir: consumer,
    entryPoints: { page: ENTRY, 'preview-worker': `${NAME}/preview-worker.js` },
    ...{ outdir: 'out/esbuild-preview', bundle: true, format: 'esm' },
  });
  assertBundle('out/esbuild-preview', ['page.js: 0', 'preview-worker.js: 1']);
  await assertPage('/esbuild');
});

test('Rolldown bundles the worker as an entry of its own', async () => {
  await rolldown({
    cwd: consumer,
    input: { page: ENTRY, 'preview-worker': `${NAME}/preview-worker.js` },
    output: { dir: join(consumer, 'out/rolldown-preview') },
  });
  await assertPage('/rolldown');
});

// Runs the package in Chromium, unbundled and through bundlers.
//
// Why so many bundlers: each treats conditions, assets, workers and dead code differently. How: each gets only an entry and an
// output, without aliases or plug-ins (except Rollup's, which needs one to find packages at all). The test inspects each
// result (one copy of the module, no other file), and then runs it in a page.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import nodeResolve from '@rollup/plugin-node-resolve';
import { rspack } from '@rspack/core';
import { build as esbuild } from 'esbuild';
import { build as rolldown } from 'rolldown';
import { rollup } from 'rollup';
import { build as viteBuild, createServer as viteServer } from 'vite';
import webpack from 'webpack';
import { INSECURE, launch, outcomeOf, page, scriptOf, serve } from './support/browser.js';
import { assertBundle } from './support/bundle.js';
import { apart, assertAllHeld, consumer, installed, NAME } from './support/host.js';

const ENTRY = `/node_modules/${NAME}/dist/index.js`;
const imports = { [NAME]: ENTRY };
for (const name of ['verify', 'errors', 'contract', 'runtime']) {
  imports[`${NAME}/${name}`] = `/node_modules/${NAME}/dist/${name}.js`;
}
const importMap = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
const html = (script, head, headers) => ({ body: page(script, head), headers });

let browser;
const servers = [];

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
  for (const server of servers) await server.close();
});

/** Serves a page together with the consumer's files, and returns its outcome. */
async function outcome(index, others) {
  const server = await serve({ '/index.html': index, ...others });
  servers.push(server);
  return outcomeOf(browser, `${server.url}/index.html`);
}

const assertPage = async (...pages) => assertAllHeld(await outcome(...pages));

describe('without a bundler', () => {
  // Workers have no import maps.
  const api = {
    body: readFileSync(join(consumer, 'api.js'), 'utf8').replace(
      /'(@lssm-tech.*)'/g,
      (_, name) => `'${imports[name]}'`,
    ),
    headers: { 'content-type': 'text/javascript' },
  };

  test('runs in a page, with an import map', () => assertPage(html(scriptOf('/page.js'), importMap)));

  test('runs in a page that is not a secure context, and so has no Web Crypto', async () => {
    const server = await serve({ '/index.html': html(scriptOf('/page.js'), importMap) });
    servers.push(server);
    await assertAllHeld(await outcomeOf(browser, `${server.url.replace('127.0.0.1', INSECURE)}/index.html`));
  });

  test('runs in a worker', () => assertPage(html(scriptOf('/page-with-worker.js')), { '/api.js': api }));

  test('runs in a service worker', () => {
    const script = `<script type="module">
      navigator.serviceWorker.addEventListener('message', ({ data }) => { globalThis.outcome = data; });
      await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
      (await navigator.serviceWorker.ready).active.postMessage('');
    </script>`;
    return assertPage(html(script), { '/api.js': api });
  });
});

test('imports in an AudioWorklet, which has no TextDecoder, and the first call says so', async () => {
  const worklet = `import { contract, digest, SnapshotError } from '${ENTRY}';
    class Caller extends AudioWorkletProcessor {
      constructor() {
        super();
        const { key } = contract;
        try { digest({}); } catch (error) {
          this.port.postMessage({ key, has: typeof TextDecoder, known: error instanceof SnapshotError, message: error.message });
        }
      }
      process() { return false; }
    }
    registerProcessor('caller', Caller);`;
  const script = `<script type="module">
    const context = new OfflineAudioContext(1, 128, 44100);
    await context.audioWorklet.addModule('/worklet.js');
    const node = new AudioWorkletNode(context, 'caller');
    node.port.onmessage = ({ data }) => { globalThis.outcome = data; };
    node.connect(context.destination);
    context.startRendering();
  </script>`;
  const files = { '/worklet.js': { body: worklet, headers: { 'content-type': 'text/javascript' } } };
  const { message, ...rest } = await outcome(html(script), files);
  assert.deepEqual(rest, { key: 'context.pack.snapshot', has: 'undefined', known: true });
  assert.match(
    message,
    /^INTERNAL_ERROR: WebAssembly could not be started\. This host has no TextDecoder\. Required: /,
  );
});

describe('Content-Security-Policy', () => {
  const script = `<script type="module" src="/call.js"></script>`;
  const call = {
    headers: { 'content-type': 'text/javascript' },
    body: `import { contract, digest, SnapshotError } from '${ENTRY}';
      let error;
      try { digest({}); } catch (caught) { error = caught; }
      globalThis.outcome = { known: error instanceof SnapshotError, message: error?.message, contract: contract.key };`,
  };
  const withPolicy = (policy) => outcome(html(script, '', { 'content-security-policy': policy }), { '/call.js': call });

  test("runs under 'wasm-unsafe-eval'", async () => {
    const { message } = await withPolicy("script-src 'self' 'wasm-unsafe-eval'");
    assert.equal(message, undefined);
  });

  test('imports without it, and a call says what to do', async () => {
    const { known, message, contract } = await withPolicy("script-src 'self'");
    assert(known);
    assert.equal(contract, 'context.pack.snapshot');
    assert.match(
      message,
      /^INTERNAL_ERROR: WebAssembly could not be started\. .*Content-Security-Policy.*'wasm-unsafe-eval'/,
    );
    assert.match(message, /@lssm-tech\/lib\.context-snapshot\/verify needs no WebAssembly$/);
  });

  test('verifies with ./verify without it', async () => {
    // A snapshot that was made and stored elsewhere. Each verification leaves an outcome.
    const { snapshotPack } = await import(pathToFileURL(join(installed, 'dist/node.js')));
    const pack = { packKey: 'p', version: '1', title: 't' };
    const item = { itemId: 'a', kind: 'docblock', sourceKey: 's', content: 'text' };
    const { record, items } = snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [item] });
    const body = `import { verifySnapshot } from '${imports[`${NAME}/verify`]}';
      const { record, items } = ${JSON.stringify({ record, items })};
      const verified = [await verifySnapshot({ record, items }), await verifySnapshot({ record, items: [] })];
      let refused;
      try { new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)); } catch ({ name }) { refused = name; }
      globalThis.outcome = { refused, valid: verified.map(({ valid }) => valid) };`;
    const page = html(script, '', {
      'content-security-policy': "default-src 'none'; img-src data:; script-src 'self'",
    });
    const found = await outcome(page, { '/call.js': { headers: call.headers, body } });
    assert.deepEqual(found, { refused: 'CompileError', valid: [true, false] });
  });
});

describe('esbuild', () => {
  test('bundles an ES module', async () => {
    const { warnings } = await esbuild({
      absWorkingDir: consumer,
      entryPoints: ['page.js'],
      outfile: 'out/esbuild/page.js',
      bundle: true,
      minify: true,
      format: 'esm',
      logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
    assertBundle('out/esbuild', ['page.js: 1']);
    await assertPage(html(scriptOf('/out/esbuild/page.js')));
  });

  test('leaves nothing of an unused import', async () => {
    const { outputFiles } = await esbuild({
      absWorkingDir: consumer,
      stdin: { contents: `import { snapshotPack } from '${NAME}';\nconsole.log('else');`, resolveDir: consumer },
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
    assert.equal(outputFiles[0].text.trim().split('\n').at(-1), 'console.log("else");');
    assert(outputFiles[0].contents.length < 200);
  });

  test('bundles a classic script that runs inside a page in a charset other than UTF-8', async () => {
    const { warnings, outputFiles } = await esbuild({
      absWorkingDir: consumer,
      entryPoints: ['page.js'],
      bundle: true,
      minify: true,
      write: false,
      logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
    const body = Buffer.from(page(`<script>${outputFiles[0].text}</script>`), 'latin1');
    await assertPage({ body, headers: { 'content-type': 'text/html; charset=windows-1252' } });
  });
});

test('Rollup bundles it', async () => {
  const warnings = [];
  const bundle = await rollup({
    input: join(consumer, 'page.js'),
    plugins: [nodeResolve()],
    onLog: (_, log) => warnings.push(log.message),
  });
  await bundle.write({ dir: join(consumer, 'out/rollup') });
  await bundle.close();
  assert.deepEqual(warnings, []);
  assertBundle('out/rollup', ['page.js: 1']);
  await assertPage(html(scriptOf('/out/rollup/page.js')));
});

test('Rolldown bundles it', async () => {
  const warnings = [];
  const onLog = (_, log) => warnings.push(log.message);
  const output = { dir: join(consumer, 'out/rolldown'), minify: true };
  await rolldown({ cwd: consumer, input: 'page.js', output, onLog });
  assert.deepEqual(warnings, []);
  assertBundle('out/rolldown', ['page.js: 1']);
  await assertPage(html(scriptOf('/out/rolldown/page.js')));
});

/** Bundles with webpack, or with a bundler that takes its options. */
async function pack(compile, entry, folder, files) {
  const stats = await new Promise((resolve, reject) => {
    const options = {
      mode: 'production',
      context: consumer,
      entry: `./${entry}`,
      output: { path: join(consumer, folder), filename: 'main.js', publicPath: `/${folder}/` },
      performance: false,
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
  assertBundle(folder, files);
  return html(`<script src="/${folder}/main.js"></script>`);
}

for (const [name, compile] of Object.entries({ webpack, Rspack: rspack })) {
  describe(name, () => {
    const build = async (entry, kind, files) => assertPage(await pack(compile, entry, `out/${name}${kind}`, files));
    test('bundles a page', () => build('page.js', '', ['main.js: 1']));
    test('bundles a page that requires it', () => build('page.cjs', '-cjs', ['main.js: 1']));
    test('bundles a page with a worker', () =>
      build('page-with-worker.js', '-worker', ['N.main.js: 0', 'N.main.js: 1', 'main.js: 0']));
  });
}

describe('an ES application with a CommonJS dependency gets one copy and one SnapshotError', () => {
  const assertOne = async (page) => assert.deepEqual(await outcome(page), [true, true]);
  const assertOneIn = (folder, file) => {
    assertBundle(folder, [`${file}: 1`]);
    return assertOne(html(scriptOf(`/${folder}/${file}`)));
  };

  test('from esbuild', async () => {
    const outfile = 'out/both-esbuild/both.js';
    await esbuild({ absWorkingDir: consumer, entryPoints: ['both.js'], outfile, bundle: true, format: 'esm' });
    await assertOneIn('out/both-esbuild', 'both.js');
  });
  test('from Rolldown', async () => {
    await rolldown({ cwd: consumer, input: 'both.js', output: { dir: join(consumer, 'out/both-rolldown') } });
    await assertOneIn('out/both-rolldown', 'both.js');
  });
  test('from Vite', async () => {
    const output = { entryFileNames: 'both.js' };
    const build = { outDir: 'out/both-vite', rollupOptions: { input: join(consumer, 'both.js'), output } };
    await viteBuild({ root: consumer, configFile: false, logLevel: 'error', build });
    await assertOneIn('out/both-vite', 'both.js');
  });
  test('from webpack', async () => assertOne(await pack(webpack, 'both.js', 'out/both-webpack', ['main.js: 1'])));
  test('from Rspack', async () => assertOne(await pack(rspack, 'both.js', 'out/both-rspack', ['main.js: 1'])));
});

describe('Vite', () => {
  const warnings = [];
  const warn = (message) => warnings.push(message);
  const quiet = {
    info() {},
    warn,
    warnOnce: warn,
    error: warn,
    clearScreen() {},
    hasErrorLogged: () => false,
    hasWarned: false,
  };
  const indexes = { 'vite.html': '/page.js', 'vite-worker.html': '/page-with-worker.js' };
  beforeEach(() => warnings.splice(0));
  before(() => {
    for (const [name, script] of Object.entries(indexes)) writeFileSync(join(consumer, name), page(scriptOf(script)));
  });

  for (const [index, files] of Object.entries({
    'vite.html': ['assets/vite-HASH.js: 1', 'vite.html: 0'],
    'vite-worker.html': ['assets/page-worker-HASH.js: 1', 'assets/vite-worker-HASH.js: 0', 'vite-worker.html: 0'],
  })) {
    test(`builds ${index}`, async () => {
      const outDir = `out/${index.slice(0, -5)}`;
      await viteBuild({
        root: consumer,
        base: `/${outDir}/`,
        configFile: false,
        logLevel: 'warn',
        customLogger: quiet,
        // In kB: the script of the page also has what the tests expect.
        build: { outDir, chunkSizeWarningLimit: 1000, rollupOptions: { input: join(consumer, index) } },
      });
      assert.deepEqual(warnings, []);
      assertBundle(outDir, files);
      await assertAllHeld(await outcomeOf(browser, `${servers[0].url}/${outDir}/${index}`));
    });
  }

  test('serves it in development', async () => {
    const server = await viteServer({
      root: consumer,
      configFile: false,
      customLogger: quiet,
      ...apart('browsers', Object.keys(indexes)),
      server: { host: '127.0.0.1', port: 0 },
    });
    try {
      await server.listen();
      const { port } = server.httpServer.address();
      for (const index of Object.keys(indexes))
        await assertAllHeld(await outcomeOf(browser, `http://127.0.0.1:${port}/${index}`));
      assert.deepEqual(warnings, []);
    } finally {
      await server.close();
    }
  });
});

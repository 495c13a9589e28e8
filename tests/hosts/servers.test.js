// Runs the package in bundled, traced and deployed servers.
//
// Why: a server bundle runs elsewhere, without node_modules, and packages with a separate `.wasm` file lose it there. How:
// each result runs by itself, and outside the consumer's folder if it must not need that folder. workerd is real, alone and in miniflare.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nodeFileTrace } from '@vercel/nft';
import { build as esbuild } from 'esbuild';
import { Miniflare } from 'miniflare';
import { build as viteBuild, createServer as viteServer } from 'vite';
import webpack from 'webpack';
import { assertBundle, filesIn } from './support/bundle.js';
import { apart, assertAllHeld, assertHolds, consumer, installed, NAME } from './support/host.js';

const node = process.execPath;
/** The date of the tested version of workerd, or an earlier one. */
const DATE = '2026-04-01';
/** A folder from which the package cannot be resolved. */
const elsewhere = mkdtempSync(join(tmpdir(), 'context-snapshot-'));
after(() => rmSync(elsewhere, { recursive: true }));

/** Moves a folder of the consumer to that place, and runs a file of it. */
async function assertHoldsElsewhere(folder, ...args) {
  const target = join(elsewhere, folder);
  cpSync(join(consumer, folder), target, { recursive: true });
  await assertHolds(node, args, { cwd: target });
}

const printRendered = (file) => [
  '--input-type=module',
  '--eval',
  `import { render } from './${file}'; console.log(await render());`,
];

describe('esbuild for Node', () => {
  for (const [format, file] of [
    ['esm', 'main.mjs'],
    ['cjs', 'main.cjs'],
  ]) {
    test(`bundles it as ${format}`, async () => {
      const outfile = `out/esbuild-node-${format}/${file}`;
      const options = { bundle: true, platform: 'node', format, outfile, absWorkingDir: consumer, logLevel: 'silent' };
      const { warnings } = await esbuild({ ...options, entryPoints: ['main.js'] });
      assert.deepEqual(warnings, []);
      assertBundle(`out/esbuild-node-${format}`, [`${file}: 1`]);
      await assertHoldsElsewhere(`out/esbuild-node-${format}`, file);
    });
  }
});

test('webpack bundles it for Node', async () => {
  const output = { path: join(consumer, 'out/webpack-node'), filename: 'main.cjs' };
  const stats = await new Promise((resolve, reject) => {
    const options = { mode: 'production', target: 'node', context: consumer, entry: './main.js', output };
    const compiler = webpack(options, (error, stats) => {
      compiler.close(() => (error === null ? resolve(stats) : reject(error)));
    });
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual([...errors, ...warnings], []);
  assertBundle('out/webpack-node', ['main.cjs: 1']);
  await assertHoldsElsewhere('out/webpack-node', 'main.cjs');
});

describe('Vite, server-side rendering', () => {
  const build = (outDir, ssr) =>
    viteBuild({
      root: consumer,
      configFile: false,
      logLevel: 'error',
      build: { ssr: 'server.js', outDir },
      ...(ssr && { ssr }),
    });

  test('renders with the package external', async () => {
    await build('out/ssr');
    assertBundle('out/ssr', ['server.js: 0']);
    await assertHolds(node, printRendered('out/ssr/server.js'));
  });

  // SvelteKit does this, and so does everybody who works on a linked package.
  for (const ssr of [{ noExternal: true }, { noExternal: [NAME] }, {}]) {
    test(`renders in development with ${JSON.stringify(ssr)}`, async () => {
      const root = ssr.noExternal === undefined ? join(elsewhere, 'linked') : consumer;
      if (root !== consumer) {
        // A link to a folder outside of node_modules.
        // Other tests write what they build.
        const without = [join(consumer, 'node_modules'), join(consumer, 'out')];
        cpSync(consumer, root, { recursive: true, filter: (path) => !without.includes(path) });
        mkdirSync(join(root, 'node_modules', NAME, '..'), { recursive: true });
        cpSync(installed, join(elsewhere, 'package'), { recursive: true });
        symlinkSync(join(elsewhere, 'package'), join(root, 'node_modules', NAME));
      }
      const server = await viteServer({
        root,
        configFile: false,
        logLevel: 'error',
        appType: 'custom',
        ...apart('ssr', ['server.js']),
        server: { middlewareMode: true, ws: false, watch: null },
        ssr,
      });
      try {
        const { render } = await server.ssrLoadModule('/server.js');
        await assertAllHeld(JSON.parse(await render()));
      } finally {
        await server.close();
      }
    });
  }

  test('renders with the package bundled', async () => {
    await build('out/ssr-all', { noExternal: true });
    assertBundle('out/ssr-all', ['server.js: 1']);
    await assertHoldsElsewhere('out/ssr-all', ...printRendered('server.js'));
  });
});

describe('a serverless function works with only the traced files', () => {
  for (const entry of ['main.js', 'main.cjs']) {
    test(entry, async () => {
      const { fileList, warnings } = await nodeFileTrace([join(consumer, entry)], {
        base: consumer,
        processCwd: consumer,
      });
      assert.deepEqual([...warnings], []);
      const target = join(elsewhere, `traced-${entry}`);
      for (const file of fileList) {
        mkdirSync(join(target, file, '..'), { recursive: true });
        cpSync(join(consumer, file), join(target, file));
      }
      await assertHolds(node, [entry], { cwd: target });
    });
  }
});

describe('workerd', () => {
  const folder = 'out/workerd';
  let wasm;

  // Bundles as Cloudflare's tools do: with these conditions, and the .wasm as a separate module.
  before(async () => {
    const { warnings } = await esbuild({
      absWorkingDir: consumer,
      entryPoints: ['worker.js'],
      outdir: folder,
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      loader: { '.wasm': 'copy' },
      assetNames: '[name]',
      logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
    wasm = filesIn(folder).filter((name) => name.endsWith('.wasm'));
  });

  test('imports the module in the bundle, and compiles nothing', () => {
    assertBundle(folder, ['context_snapshot.wasm: 0', 'worker.js: 0']);
    const worker = readFileSync(join(consumer, folder, 'worker.js'), 'utf8');
    assert.match(worker, /from "\.\/context_snapshot\.wasm"/);
    assert.doesNotMatch(worker, /WebAssembly\.(Module|compile|instantiate|validate)/);
    assert.deepEqual(
      readFileSync(join(consumer, folder, wasm[0])),
      readFileSync(join(consumer, 'node_modules', NAME, 'dist/context_snapshot.wasm')),
    );
  });

  test('runs in workerd', async () => {
    const config = `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        services = [(name = "main", worker = (
          compatibilityDate = "${DATE}",
          modules = [
            (name = "worker.js", esModule = embed "worker.js"),
            (name = "${wasm[0]}", wasm = embed "${wasm[0]}"),
          ],
        ))],
        sockets = [(name = "http", service = "main")],
      );`;
    const file = join(consumer, folder, 'config.capnp');
    writeFileSync(file, config);
    const { default: program } = createRequire(import.meta.url)('workerd');
    const args = ['serve', file, '--socket-addr=http=127.0.0.1:0', '--control-fd=3'];
    const workerd = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
    try {
      // workerd prints the port that it chose.
      const port = await new Promise((resolve, reject) => {
        let printed = '';
        workerd.stdio[3].on('data', (data) => {
          printed += data;
          const line = printed.split('\n').find((text) => text.includes('"listen"') && text.endsWith('}'));
          if (line !== undefined) resolve(JSON.parse(line).port);
        });
        workerd.on('exit', (code) => reject(new Error(`workerd ends with ${code}`)));
      });
      await assertAllHeld(await (await fetch(`http://127.0.0.1:${port}/`)).json());
    } finally {
      workerd.kill();
      rmSync(file);
    }
  });

  test('runs in miniflare', async () => {
    const miniflare = new Miniflare({
      modulesRoot: join(consumer, folder),
      scriptPath: join(consumer, folder, 'worker.js'),
      modules: true,
      modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
      compatibilityDate: DATE,
      cf: false,
    });
    try {
      await assertAllHeld(await (await miniflare.dispatchFetch('http://localhost/')).json());
    } finally {
      await miniflare.dispose();
    }
  });

  test('names the missing condition if it was bundled without it', async () => {
    const contents = `import { digest } from '${NAME}';
      export default { fetch() { try { return new Response(digest({})); } catch ({ message }) { return new Response(message); } } };`;
    const { outputFiles } = await esbuild({
      stdin: { contents, resolveDir: consumer },
      bundle: true,
      format: 'esm',
      write: false,
    });
    const miniflare = new Miniflare({ modules: true, script: outputFiles[0].text, compatibilityDate: DATE, cf: false });
    try {
      const message = await (await miniflare.dispatchFetch('http://localhost/')).text();
      assert.match(
        message,
        /^INTERNAL_ERROR: WebAssembly could not be started\. .* use the export condition "workerd"/,
      );
    } finally {
      await miniflare.dispose();
    }
  });
});

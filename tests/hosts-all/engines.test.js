// Runs the package in Firefox and in WebKitGTK, as Debian packages them: engines other than V8; and the Studio page in Firefox.
//
// How: the browser gets only the address of a page. The page runs the checks and sends its outcome to the server that it
// came from.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { page, TYPES } from '../hosts/support/browser.js';
import { assertAllHeld, consumer, NAME, root } from '../hosts/support/host.js';
import { eventually } from '../studio/support/eventually.js';

const imports = Object.fromEntries(
  ['', '/verify', '/errors', '/contract'].map((entry) => {
    return [NAME + entry, `/node_modules/${NAME}/dist/${entry === '' ? 'index' : entry.slice(1)}.js`];
  }),
);
const send = `(outcome) => fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) })`;
const PAGES = {
  'in a page': page(
    `<script type="module">
      import * as api from '/api.js';
      import { run } from '/checks.js';
      run(api).then(${send});
    </script>`,
    `<script type="importmap">${JSON.stringify({ imports })}</script>`,
  ),
  'in a worker': page(`<script>
    new Worker('/page-worker.js', { type: 'module' }).onmessage = ({ data }) => (${send})(data);
  </script>`),
};
// Workers have no import maps.
const api = readFileSync(join(consumer, 'api.js'), 'utf8').replace(
  /'(@lssm-tech.*)'/g,
  (_, name) => `'${imports[name]}'`,
);

/**
 * Starts a browser with `start`, and returns what its page sends. `pages` has what is served beside the files of `folder`; `look` gets the
 * browser's home before it is removed.
 */
async function outcomeIn(start, pages, folder = consumer, look = () => {}) {
  let done;
  const outcome = new Promise((resolve) => {
    done = resolve;
  });
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    const path = normalize(pathname);
    if (path === '/outcome') {
      done(JSON.parse(search === '' ? (await request.toArray()).join('') : decodeURIComponent(search.slice(1))));
      return response.end();
    }
    const file = join(folder, path);
    const found = pages[path] ?? (existsSync(file) ? readFileSync(file) : undefined);
    const type = TYPES[extname(path)] ?? 'text/html';
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': type }).end(found);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const home = mkdtempSync(join(tmpdir(), 'browser-'));
  const [program, args] = start(`http://127.0.0.1:${server.address().port}/`, home);
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, LIBGL_ALWAYS_SOFTWARE: '1' };
  const browser = spawn(program, args, { env, detached: true, stdio: 'ignore' });
  try {
    const ended = new Promise((_, reject) => {
      browser.on('error', reject).on('exit', (code) => reject(new Error(`${program} ends with ${code}`)));
      setTimeout(() => reject(new Error(`${program} sends nothing`)), 120_000).unref();
    });
    const sent = await Promise.race([outcome, ended]);
    await look(home);
    return sent;
  } finally {
    if (browser.exitCode === null) process.kill(-browser.pid);
    server.closeAllConnections();
    server.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Debian keeps WebKitGTK's small browser in a folder of the library, for each platform. */
function miniBrowser() {
  for (const lib of readdirSync('/usr/lib')) {
    for (const version of ['4.1', '4.0', '6.0']) {
      const file = join('/usr/lib', lib, `webkit2gtk-${version}/MiniBrowser`);
      if (existsSync(file)) return file;
    }
  }
  throw new Error('there is no MiniBrowser of WebKitGTK; on Debian: apt-get install webkit2gtk-driver xvfb xauth');
}

const downloadsIn = (home) => join(home, 'downloads');

const firefox = (url, home) => {
  const preferences = {
    // Turns off everything that contacts other servers or opens other pages.
    'app.normandy.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'browser.aboutwelcome.enabled': false,
    // Lets a script use the clipboard, as if a user had clicked.
    'dom.events.testing.asyncClipboard': true,
    'browser.download.folderList': 2,
    'browser.download.dir': downloadsIn(home),
  };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  writeFileSync(join(home, 'user.js'), lines.join(''));
  return ['firefox-esr', ['--headless', '--no-remote', '--profile', home, url]];
};
const webKit = (url) => ['xvfb-run', ['-a', miniBrowser(), url]];

for (const [name, start] of Object.entries({ Firefox: firefox, WebKitGTK: webKit })) {
  describe(name, () => {
    for (const [where, body] of Object.entries(PAGES)) {
      test(`runs it in ${where}`, async () => assertAllHeld(await outcomeIn(start, { '/': body, '/api.js': api })));
    }
  });
}

test('Firefox does in the Studio what a user does: proofs, changes, edits, refusals, history, downloads, drops', async () => {
  const folder = join(root, 'target/studio');
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  const pages = {
    '/': index.replace(
      '</body>',
      '<script src="/axe.js"></script><script type="module" src="/steps.js"></script></body>',
    ),
    '/axe.js': readFileSync(new URL('../studio/node_modules/axe-core/axe.min.js', import.meta.url)),
    '/steps.js': readFileSync(new URL('studio-steps.js', import.meta.url)),
  };
  assert.notEqual(pages['/'], index);
  const {
    opened,
    content,
    root: top,
    verdicts,
    edited,
    absence,
    refusal,
    chain,
    dropped,
    copied,
    checks,
    ...rest
  } = await outcomeIn(firefox, pages, folder, async (home) => {
    const read = (name) => readFileSync(join(downloadsIn(home), name), 'utf8');
    await eventually(() => {
      const names = readdirSync(downloadsIn(home)).filter((name) => read(name) !== '');
      const key = names.find((name) => name.endsWith('.key.json'));
      assert.deepEqual(
        names.sort(),
        [
          ...['envelope.json', 'items.jsonl', 'record.json', 'snapshot.json', 'statement.json', 'summary.md'].map(
            (ending) => `shop.assistant-1.3.0.${ending}`,
          ),
          ...['docs-policies-refunds.md.proof.json', key],
        ].sort(),
      );
    });
  });
  assert.deepEqual(rest, { complaints: [], findings: [] });
  assert.equal(copied, 'docs/policies/refunds.md');
  // The key is not verified; proof, envelope and statement are.
  const verdict = (text) => /^(Valid|Not verified|Not valid)/.exec(text)?.[0];
  assert.deepEqual(checks.map(verdict).sort(), ['Not verified', 'Valid', 'Valid', 'Valid']);
  assert.match(absence, /No item has this id, and that is proven/);
  assert.match(refusal, /401 UNAUTHENTICATED/);
  assert.match(chain, /The chain is broken/);
  assert.match(dropped, /dropped/);
  assert.match(opened, /^sha256:[0-9a-f]{64}$/);
  assert.match(edited, /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(edited, opened);
  assert.match(content, /within 14 days/);
  assert.match(top, /Root/);
  assert.match(verdicts, /The parts fit together.*Not valid/s);
});

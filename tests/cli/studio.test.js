// `studio`: what it serves, to whom, and that the page shows the folder.
//
// How: the command runs as a process. Requests are written by hand, because browsers and `fetch` mend what is wrong with them; the last tests
// open the page in Chromium.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, PATIENCE } from '../hosts/support/browser.js';
import { freePort } from '../store/support/postgres-server.js';
import { folderOf, LOCK, locked, newFolder, objects, run, start, write } from './support/command.js';

const ADDRESS = /^http:\/\/127\.0\.0\.1:(\d+)(\/[\w-]{32}\/)$/;

const running = new Set();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the command. Returns `address`, its `port` and `path`, and `stop()`, which returns what `run` does. */
async function serve(folder, ...args) {
  const { child, ended } = start(['studio', folder, ...args]);
  running.add(child);
  let errors = '';
  child.stderr.on('data', (piece) => {
    errors += piece;
  });
  const address = await new Promise((resolve, reject) => {
    child.stdout.once('data', (piece) => resolve(String(piece).trimEnd()));
    child.once('close', () => reject(new Error(errors)));
  });
  const [, port, path] = ADDRESS.exec(address) ?? assert.fail(address);
  const stop = (signal = 'SIGINT') => {
    child.kill(signal);
    running.delete(child);
    return ended;
  };
  return { address, port: Number(port), path, stop };
}

/** Sends a request as it is. Returns `status`, `headers` and `text`. */
function ask({ port }, path, { method = 'GET', headers = {}, host = '127.0.0.1' } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, headers: { connection: 'close', ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', reject).end();
  });
}

const statusOf = async (...args) => (await ask(...args)).status;
const itemIds = (text) => objects(text).map(({ itemId }) => itemId);

/** Returns everything that is in a folder, with times and contents. */
const stateOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .sort()
    .map((name) => {
      const { mtimeMs, ctimeMs, size, ino } = statSync(join(folder, name));
      return [name, mtimeMs, ctimeMs, size, ino];
    });

/** A folder that was locked twice and then changed, with an item that was changed, one that was moved and one that was added. */
function changedFolder() {
  const folder = folderOf({
    'refunds.md': 'Within 30 days.\n',
    'guides/install.md': 'Run make.\n',
    'same.md': 'same\n',
  });
  locked(folder);
  write(folder, { 'refunds.md': 'Within 14 days.\n' });
  locked(folder, '--reason', 'Terms of 2027');
  write(folder, { 'refunds.md': 'Within 21 days.\n', 'install.md': 'Run make.\n', 'hours.md': 'Monday to Friday.\n' });
  rmSync(join(folder, 'guides'), { recursive: true });
  return folder;
}

describe('to whom it answers', () => {
  let server;
  before(async () => {
    server = await serve(changedFolder());
  });
  after(() => server.stop());

  test('serves the page and all that it names under the address, with strict headers', async () => {
    const page = await ask(server, server.path);
    assert.equal(page.status, 200);
    const names = [...page.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name);
    assert(names.length > 3, page.text);
    assert.match(page.text, /<meta name="served-folder" content="\.\/data\/">/);
    assert.doesNotMatch(page.text, /http-equiv/);
    for (const name of [...names, '', 'data/folder.json']) {
      const { status, headers } = await ask(server, server.path + name);
      assert.equal(status, 200, name);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['access-control-allow-origin'], undefined);
      const policy = headers['content-security-policy'].split('; ');
      for (const directive of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        assert(policy.includes(directive), `${directive} in ${policy}`);
      assert(
        !policy.some((directive) =>
          /unsafe-(inline|eval)|\*|https?:|data:|blob:/.test(directive.replace("'wasm-unsafe-eval'", '')),
        ),
      );
    }
  });

  test('answers nothing without the secret, nor with one that is wrong or not whole', async () => {
    const wrong = server.path.replace(/.\/$/, (end) => (end === 'A/' ? 'B/' : 'A/'));
    for (const path of ['/', '/index.html', '/data/folder.json', wrong, `${wrong}data/folder.json`]) {
      const { status, text } = await ask(server, path);
      assert.equal(status, 404, path);
      assert(!text.includes(server.path.slice(1, -1)));
    }
    for (const path of [
      server.path.slice(0, -1),
      server.path.slice(0, -2),
      `${server.path.slice(0, -1)}x/`,
      `/${server.path}`,
    ])
      assert.equal(await statusOf(server, path), 404, path);
    // The secret counts in the path alone.
    const secret = server.path.slice(1, -1);
    assert.equal(await statusOf(server, `/?${secret}`), 404);
    assert.equal(await statusOf(server, '/', { headers: { cookie: `token=${secret}`, authorization: secret } }), 404);
  });

  test('looks nothing up in the file system', async () => {
    const up = [
      '../',
      '../../../../../../etc/passwd',
      '..%2f..%2fpackage.json',
      '%2e%2e/cli.js',
      '....//cli.js',
      '..\\cli.js',
    ];
    const inside = [
      'assets/',
      'assets',
      './',
      'index.html',
      'data/',
      'data/refunds.md',
      'data/../data/folder.json',
      '__proto__',
      'constructor',
    ];
    for (const name of [...up, ...inside]) assert.equal(await statusOf(server, server.path + name), 404, name);
    assert.equal(await statusOf(server, `http://127.0.0.1:${server.port}${server.path}`), 404);
  });

  test('refuses any name of the host but 127.0.0.1 and localhost with its port', async () => {
    const { port, path } = server;
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`])
      assert.equal(await statusOf(server, path, { headers: { host } }), 200);
    const others = ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1', 'localhost'];
    for (const host of [...others, `127.0.0.1:${port + 1}`, `0.0.0.0:${port}`, `[::1]:${port}`])
      assert.equal(await statusOf(server, path, { headers: { host } }), 403, host);
  });

  test('refuses a request that names no host', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.end(`GET ${server.path} HTTP/1.0\r\n\r\n`);
    let text = '';
    for await (const piece of socket) text += piece;
    assert.match(text, /^HTTP\/1\.1 403 /);
  });

  test('refuses what other pages ask for', async () => {
    const { port, path } = server;
    const data = `${path}data/folder.json`;
    for (const origin of [
      'https://evil.example',
      'null',
      `http://127.0.0.1:${port + 1}`,
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      '',
    ])
      assert.equal(await statusOf(server, data, { headers: { origin } }), 403, origin);
    for (const site of ['cross-site', 'same-site', 'other', ''])
      assert.equal(await statusOf(server, data, { headers: { 'sec-fetch-site': site } }), 403, site);
    const own = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
    assert.equal(await statusOf(server, data, { headers: own }), 200);
    assert.equal(await statusOf(server, path, { headers: { 'sec-fetch-site': 'none' } }), 200);
  });

  test('takes GET and HEAD alone', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask(server, server.path, { method });
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
    }
    const head = await ask(server, server.path, { method: 'HEAD' });
    const { headers } = await ask(server, server.path);
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', headers['content-length']]);
  });

  test('listens on 127.0.0.1 alone', async () => {
    const refused = (host) =>
      new Promise((resolve) => {
        const socket = connect({ host, port: server.port }, () => resolve(socket.destroy() && false));
        socket.on('error', () => resolve(true));
      });
    const others = Object.values(networkInterfaces())
      .flat()
      .filter(({ address, scopeid }) => address !== '127.0.0.1' && !scopeid);
    for (const host of ['127.0.0.2', ...others.map(({ address }) => address)]) assert(await refused(host), host);
  });
});

describe('what it serves', () => {
  test('the chain, the texts of the lock, and the folder as it is at each request', async () => {
    const folder = changedFolder();
    const server = await serve(folder);
    const get = async (name) => (await ask(server, `${server.path}data/${name}`)).text;
    const { steps, broken, now, notes, name } = JSON.parse(await get('folder.json'));
    const { record, index } = JSON.parse(readFileSync(join(folder, LOCK), 'utf8'));
    assert.deepEqual(steps.at(-1), { record, index });
    assert.equal(steps.length, 2);
    assert.equal(record.metadata.$snapshot.parent, steps[0].record.metadata.$snapshot.seal);
    assert.deepEqual([notes, broken], [[], []]);
    assert.equal(folder.endsWith(name), true);
    assert.deepEqual(now, { pack: record.metadata.$snapshot.manifest.pack });
    const old = objects(await get('locked.jsonl'));
    assert.deepEqual(
      old.map(({ itemId, content }) => [itemId, content]),
      [
        ['guides/install.md', 'Run make.\n'],
        ['refunds.md', 'Within 14 days.\n'],
        ['same.md', 'same\n'],
      ],
    );
    assert.deepEqual(itemIds(await get('now.jsonl')), ['hours.md', 'install.md', 'refunds.md', 'same.md']);
    write(folder, { '.gitignore': 'hours.md\n', 'later.md': 'x' });
    assert.deepEqual(itemIds(await get('now.jsonl')), ['hours.md', 'install.md', 'later.md', 'refunds.md', 'same.md']);
    write(folder, { '.contextignore': 'hours.md\n' });
    assert.deepEqual(itemIds(await get('now.jsonl')), ['install.md', 'later.md', 'refunds.md', 'same.md']);
    await server.stop();
  });

  test('writes nothing', async () => {
    const folder = changedFolder();
    const before = stateOf(folder);
    const server = await serve(folder);
    for (const name of ['', 'data/folder.json', 'data/now.jsonl', 'data/locked.jsonl'])
      assert.equal(await statusOf(server, server.path + name), 200);
    await server.stop();
    assert.deepEqual(stateOf(folder), before);
  });

  test('leaves out a text of .context that was changed, and says which', async () => {
    const folder = changedFolder();
    const kept = join(folder, '.context/objects');
    for (const name of readdirSync(kept).filter((file) => file.endsWith('.jsonl'))) {
      const text = readFileSync(join(kept, name), 'utf8');
      writeFileSync(join(kept, name), text.replace('Run make.', 'Run evil.'));
    }
    const server = await serve(folder);
    const { text } = await ask(server, `${server.path}data/locked.jsonl`);
    assert.deepEqual(itemIds(text), ['refunds.md', 'same.md']);
    assert(!text.includes('evil'));
    // All that it has written is there once it has ended; of two pipes, either may be read first.
    const { err } = await server.stop();
    assert.match(err, /^The text of guides\/install\.md is not kept here, or was changed$/m);
  });

  test('serves canonical text, whatever way an object is written', async () => {
    const folder = folderOf({ 'a.md': 'a' });
    locked(folder);
    const kept = join(folder, '.context/objects');
    const [digest] = Object.keys(JSON.parse(readFileSync(join(kept, '1.json'), 'utf8')));
    const canonical = readFileSync(join(kept, '1.jsonl'), 'utf8').trimEnd();
    const indented = JSON.stringify(JSON.parse(canonical), null, 2);
    writeFileSync(join(kept, '1.jsonl'), indented);
    writeFileSync(join(kept, '1.json'), JSON.stringify({ [digest]: [0, Buffer.byteLength(indented)] }));
    const server = await serve(folder);
    assert.equal((await ask(server, `${server.path}data/locked.jsonl`)).text, `${canonical}\n`);
    await server.stop();
  });

  test('serves nothing from outside of the folder, and says why', async () => {
    const outside = folderOf({ 'secret.md': 'a secret' });
    const folder = changedFolder();
    symlinkSync(join(outside, 'secret.md'), join(folder, 'link.md'));
    const server = await serve(folder);
    const { status, text } = await ask(server, `${server.path}data/now.jsonl`);
    assert.equal(status, 500);
    assert.match(JSON.parse(text).problem, /link\.md: This symbolic link leads out of the folder/);
    rmSync(join(folder, '.context'), { recursive: true });
    symlinkSync(outside, join(folder, '.context'));
    for (const name of ['folder.json', 'locked.jsonl', 'now.jsonl']) {
      const answer = await ask(server, `${server.path}data/${name}`);
      assert.equal(answer.status, 500, name);
      assert.match(JSON.parse(answer.text).problem, /\.context: This must be a folder, and is a file or a link/);
    }
    await server.stop();
    const { code, err } = run(['studio', folder]);
    assert.equal(code, 5);
    assert.match(err, /\.context: This must be a folder, and is a file or a link/);
  });

  test('says what is wrong with a lock or a config that was changed meanwhile', async () => {
    const folder = changedFolder();
    const server = await serve(folder);
    const lock = readFileSync(join(folder, LOCK), 'utf8');
    writeFileSync(join(folder, 'context-pack.json'), '{ "folder": 1 }');
    const { now } = JSON.parse((await ask(server, `${server.path}data/folder.json`)).text);
    assert.match(now.problem, /context-pack\.json:1:\d+: /);
    writeFileSync(join(folder, LOCK), lock.replace('Terms of 2027', 'Terms of 2028'));
    const { status, text } = await ask(server, `${server.path}data/folder.json`);
    assert.equal(status, 500);
    assert.match(JSON.parse(text).problem, /context\.lock\.json: The record is not whole/);
    assert.equal(await statusOf(server, server.path), 200);
    await server.stop();
  });

  test('says that the chain is broken, and that its beginning is missing', async () => {
    const folder = changedFolder();
    const records = join(folder, '.context/records');
    const server = await serve(folder);
    const overview = async () => JSON.parse((await ask(server, `${server.path}data/folder.json`)).text);
    const [{ record }] = (await overview()).steps;
    const file = `${record.metadata.$snapshot.seal.slice('sha256:'.length)}.json`;
    writeFileSync(join(records, file), readFileSync(join(records, file), 'utf8').replace('tester', 'nobody'));
    const { broken } = await overview();
    assert.equal(broken.length, 1);
    assert.match(broken[0].message, /is not the record with the seal/);
    rmSync(records, { recursive: true });
    const shorter = await overview();
    assert.deepEqual(shorter.broken, []);
    assert.match(
      shorter.notes[0],
      /^The record before the oldest one has the seal sha256:[0-9a-f]{64} and is not here$/,
    );
    await server.stop();
  });
});

describe('how it starts and ends', () => {
  test('ends with 0 at Ctrl-C and at SIGTERM, with open connections, and the address is another one each time', async () => {
    const folder = changedFolder();
    const addresses = new Set();
    for (const signal of ['SIGINT', 'SIGTERM']) {
      const server = await serve(folder);
      addresses.add(server.path);
      const socket = connect(server.port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const { code, out, err } = await server.stop(signal);
      assert.equal(code, 0, err);
      assert.equal(out, `${server.address}\n`);
      assert.equal(err, 'Open this address in a browser; who has it can read the folder. Ctrl-C ends it.\n');
      await closed;
    }
    assert.equal(addresses.size, 2);
  });

  test('takes a port that is free, and says if it is not', async () => {
    const folder = changedFolder();
    const port = await freePort();
    const other = createServer();
    await new Promise((resolve) => other.listen(port, '127.0.0.1', resolve));
    const { code, out, err } = run(['studio', folder, '--port', String(port)]);
    assert.deepEqual([code, out], [5, '']);
    assert.equal(err, `context-snapshot: error: The port ${port} is in use; choose another one, or leave --port out\n`);
    await new Promise((resolve) => other.close(resolve));
    const server = await serve(folder, '--port', String(port));
    assert.equal(server.port, port);
    await server.stop();
    for (const wrong of ['0', '65536', '80a', '-1', ''])
      assert.equal(run(['studio', folder, '--port', wrong]).code, 2, wrong);
  });

  test('needs a lock that is whole', () => {
    const folder = newFolder();
    write(folder, { 'a.md': 'a' });
    const { code, out, err } = run(['studio', folder]);
    assert.deepEqual([code, out], [4, '']);
    assert.match(
      err,
      /^context-snapshot: error: .*context\.lock\.json: There is no lock; `context-snapshot lock` writes it\n$/,
    );
    assert.match(run(['studio'], { cwd: folder }).err, /^context-snapshot: error: [^\n]*\n$/);
    assert.equal(run(['studio', join(folder, 'a.md')]).code, 2);
    locked(folder);
    writeFileSync(join(folder, LOCK), readFileSync(join(folder, LOCK), 'utf8').replace('"tester"', '"nobody"'));
    assert.equal(run(['studio', folder]).code, 4);
  });
});

describe('the page', () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  /**
   * Shows a folder in the page. When the test ends, the page may have asked nobody but the command, and the browser may have
   * complained about nothing. The page goes before the command, for a page that still loads complains of a command that is gone.
   */
  async function open(t, folder, hash = '') {
    const { address, stop } = await serve(folder);
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    const wrong = [];
    page.on('request', (sent) => sent.url().startsWith(address) || wrong.push(sent.url()));
    page.on('console', (message) => ['warning', 'error'].includes(message.type()) && wrong.push(message.text()));
    page.on('pageerror', (error) => wrong.push(String(error)));
    t.after(async () => {
      await page.close();
      await stop();
      assert.deepEqual(wrong, []);
    });
    await page.goto(address + hash);
    await page.locator('header .what').waitFor();
    return page;
  }
  const note = (page, words) => page.locator('.note', { hasText: words }).waitFor();

  test('shows the items of the folder, what changed since the lock, to the word, and the history', async (t) => {
    const page = await open(t, changedFolder());
    await note(page, 'The folder differs from its lock of 2026-11-29 12:00:00 UTC');
    for (const id of ['hours.md', 'install.md', 'refunds.md', 'same.md'])
      await page.getByRole('gridcell', { name: id, exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'Changes' }).click();
    await page.locator('.change').nth(2).waitFor();
    const changes = await page.locator('.change').allInnerTexts();
    assert.deepEqual(changes.map((text) => text.replace(/\s+/g, '')).sort(), [
      '+hours.md',
      '~refunds.md',
      '→install.md',
    ]);
    await page.locator('.change', { hasText: 'refunds.md' }).click();
    await page.getByText('21', { exact: true }).first().waitFor();
    await page.getByText('14', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('The chain of 2 snapshots holds.').waitFor();
    await page.getByText('Terms of 2027').waitFor();
  });

  test('does not call a lock right whose index has another id than the item of the folder', async (t) => {
    const folder = folderOf({ 'a.md': 'a', 'b.md': 'b' });
    locked(folder);
    const file = join(folder, LOCK);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"itemId": "b.md"', '"itemId": "c.md"'));
    assert.equal(run(['status', folder]).code, 4);
    const page = await open(t, folder);
    await page.locator('.facts', { hasText: 'Not valid' }).waitFor();
    await page.locator('.issues', { hasText: 'c.md' }).first().waitFor();
  });

  test('shows a folder that is as it was locked, verified, and its changes once it is loaded again', async (t) => {
    const folder = folderOf({ 'a.md': 'a' });
    const { hash, seal } = locked(folder);
    const page = await open(t, folder);
    await page.getByText(seal).locator('visible=true').first().waitFor();
    assert.equal(await page.locator('header .what code').getAttribute('title'), hash);
    assert.equal(await page.locator('.note').count(), 0);
    write(folder, { 'a.md': 'b' });
    await page.goto(new URL('#changes', page.url()).href);
    await page.reload();
    await page.locator('.change', { hasText: 'a.md' }).waitFor();
  });

  test('has a verdict on the history that is never better than that of log', async (t) => {
    const folder = changedFolder();
    const records = join(folder, '.context/records');
    const all = readdirSync(records);
    const page = await open(t, folder, '#history');
    await page.locator('.history .good', { hasText: 'The chain of 2 snapshots holds' }).waitFor();
    for (const name of all) {
      const file = join(records, name);
      writeFileSync(file, readFileSync(file, 'utf8').replace('tester', 'mallory'));
    }
    assert.equal(run(['log', folder]).code, 1);
    await page.reload();
    await page.locator('.history .bad', { hasText: 'The chain is broken: 1 issue' }).waitFor();
    await page
      .getByText(/is not the record with the seal/)
      .first()
      .waitFor();
    assert.equal(await page.locator('.history .good').count(), 0);
    await page.goto(new URL('#items', page.url()).href);
    await note(page, 'is not the record with the seal');
    // What is missing breaks nothing, for the command as well. It is said, and is not green.
    rmSync(records, { recursive: true });
    assert.equal(run(['log', folder]).code, 0);
    await page.goto(new URL('#history', page.url()).href);
    await page.reload();
    await page.getByText('What came before them is not here, and was not verified').waitFor();
    assert.equal(await page.locator('.history .good').count(), 0);
  });

  test('says that a text was changed in .context, and that the folder cannot be read', async (t) => {
    const folder = changedFolder();
    const kept = join(folder, '.context/objects');
    mkdirSync(kept, { recursive: true });
    const file = join(
      kept,
      readdirSync(kept).find((name) => name.endsWith('.jsonl')),
    );
    writeFileSync(file, readFileSync(file, 'utf8').replace('Run make.', 'Run evil.'));
    const page = await open(t, folder, '#items');
    await note(page, 'The texts of 1 of 3 locked items are not in .context as they were locked.');
    writeFileSync(join(folder, 'context-pack.json'), '{ "folder": 1 }');
    await page.reload();
    await note(page, 'This is the lock. The folder as it is now cannot be read: ');
    await page.getByRole('gridcell', { name: 'guides/install.md', exact: true }).first().waitFor();
    assert(!(await page.content()).includes('Run evil'));
  });
});

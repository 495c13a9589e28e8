// What others make: repomix, llms.txt, lists of paths, MCP servers; and completion, --watch, the GitHub Action, the hook of pre-commit.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CLI, ENV, folderOf, LOCK, locked, newFolder, objects, run, shell, start, write } from './support/command.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PACK = { 'pack.json': { packKey: 'p', version: '1', title: '' } };

/** Creates a snapshot and returns its items. */
function created(files, args) {
  const folder = folderOf({ ...PACK, ...files });
  const { code, err } = run(['create', '--pack', 'pack.json', '--out', 'out', ...args], { cwd: folder });
  assert.equal(code, 0, err);
  assert.equal(run(['verify', 'out'], { cwd: folder }).code, 0);
  return objects(readFileSync(join(folder, 'out/items.jsonl'), 'utf8'));
}
const refused = (files, args) => {
  const folder = folderOf({ ...PACK, ...files });
  return run(['create', '--pack', 'pack.json', '--out', 'out', ...args], { cwd: folder });
};
const contents = (items) => Object.fromEntries(items.map(({ itemId, content }) => [itemId, content]));

describe('repomix', () => {
  const XML = `This file is a merged representation of the codebase.

<file_summary>
A remark with <file path="no.md"> in it.
</file_summary>

<files>
This section contains the contents of the repository's files.

<file path="src/a.ts">
const a = '</file>';
  indented
</file>

<file path="docs/b &amp; c.md">
# B

</file>

</files>
`;

  test('gives an item for each file of its XML', () => {
    const items = created({ 'repomix-output.xml': XML }, ['repomix-output.xml']);
    assert.deepEqual(contents(items), { 'src/a.ts': "const a = '</file>';\n  indented", 'docs/b &amp; c.md': '# B\n' });
  });

  test('gives the same for line ends of Windows', () => {
    const file = { 'repomix-output.xml': XML.replaceAll('\n', '\r\n') };
    assert.equal(contents(created(file, ['repomix-output.xml']))['docs/b &amp; c.md'], '# B\n');
  });

  test('gives an item for each file of its JSON', () => {
    const items = created({ 'x.json': { files: { 'a.md': 'a', 'b/ü.md': '' } } }, ['--from', 'repomix', 'x.json']);
    assert.deepEqual(contents(items), { 'a.md': 'a', 'b/ü.md': '' });
  });

  test('is refused if it is not UTF-8, because text would be replaced', () => {
    const bytes = Buffer.from(XML);
    bytes[bytes.indexOf('indented')] = 0xff;
    assert.equal(refused({ 'repomix-output.xml': bytes }, ['repomix-output.xml']).code, 4);
  });

  test('is read in a time that grows with its length alone', () => {
    // Each line looks like the beginning of an entry, and none ends.
    const lines = '<file path="a">\n'.repeat(300_000);
    const { code, err } = refused({ 'x.xml': `<files>\n${lines}</files>\n` }, ['--from', 'repomix-xml', 'x.xml']);
    assert.equal(code, 4);
    assert.match(err, /x\.xml:\d+: The file a does not end with <\/file>/);
  });

  test('is refused if it is something else, or if a text has the end of a file in it', () => {
    for (const [files, args] of [
      [{ 'x.xml': '<files>\n</files>\n' }, ['--from', 'repomix-xml', 'x.xml']],
      [{ 'x.xml': '<a/>' }, ['--from', 'repomix-xml', 'x.xml']],
      [{ 'x.xml': XML.replace('  indented', '</file>\n\n<file path="src/a.ts">') }, ['--from', 'repomix-xml', 'x.xml']],
      [{ 'x.json': { files: [] } }, ['--from', 'repomix', 'x.json']],
      [{ 'x.json': { files: { a: 1 } } }, ['--from', 'repomix', 'x.json']],
    ]) {
      const { code, out, err } = refused(files, args);
      assert.deepEqual([code, out], [4, ''], err);
      assert.match(err, /^context-snapshot: error: x\.(xml(:\d+)?|json): [^\n]+\n$/);
    }
  });
});

describe('llms.txt', () => {
  const TEXT = `# Shop

> Everything about the shop.

## Docs

- [Install](https://shop.example/install.md): how to install
* [API](https://shop.example/api.md)

## Optional

- [History](https://shop.example/history.md)
`;

  test('gives its whole text and an item for each link', () => {
    const items = created({ 'llms.txt': TEXT }, ['llms.txt']);
    assert.deepEqual(contents(items), {
      'llms.txt': TEXT,
      'https://shop.example/install.md': {
        ...{ notes: 'how to install', section: 'Docs', title: 'Install' },
        url: 'https://shop.example/install.md',
      },
      'https://shop.example/api.md': { section: 'Docs', title: 'API', url: 'https://shop.example/api.md' },
      'https://shop.example/history.md': {
        ...{ section: 'Optional', title: 'History', url: 'https://shop.example/history.md' },
      },
    });
  });

  test('has sections without the blanks around them, however many these are', () => {
    const section = (text) => `# Shop\n\n##${text}\n\n- [Install](https://shop.example/install.md)\n`;
    const blanks = ' '.repeat(1_000_000);
    const ofSection = (text) => contents(created({ 'llms.txt': section(text) }, ['llms.txt']));
    assert.equal(ofSection(`${blanks}Docs of it${blanks}`)['https://shop.example/install.md'].section, 'Docs of it');
    assert.deepEqual(Object.keys(ofSection(blanks)), ['llms.txt']);
  });

  test('is refused without a title, or if it is not UTF-8', () => {
    assert.equal(refused({ 'llms.txt': 'Shop\n' }, ['llms.txt']).code, 4);
    assert.equal(refused({ 'llms.txt': Buffer.from([0x23, 0x20, 0xff]) }, ['llms.txt']).code, 4);
  });
});

describe('a list of paths', () => {
  test('gives the files, by the rules of a folder', () => {
    const folder = folderOf({ ...PACK, 'docs/a.md': 'a\r\n', 'b c.bin': Buffer.from([0, 1]) });
    for (const input of ['docs/a.md\nb c.bin\n', 'docs/a.md\0b c.bin\0']) {
      const { code, out } = run(['preview', '-', '--pack', 'pack.json', '--from', 'paths', '--json'], {
        cwd: folder,
        input,
      });
      assert.equal(code, 0);
      assert.equal(objects(out)[0].itemCount, 2);
    }
    const args = ['create', '--pack', 'pack.json', '--from', 'paths', '-', '--out', 'out'];
    run(args, { cwd: folder, input: './docs/a.md\nb c.bin\n' });
    const items = objects(readFileSync(join(folder, 'out/items.jsonl'), 'utf8'));
    assert.equal(contents(items)['docs/a.md'], 'a\n');
    assert.equal(contents(items)['b c.bin'].bytes, 2);
  });

  test('gives an item the file of its path, whatever .. means behind a link', () => {
    const folder = folderOf({ ...PACK, 'a.md': 'right', 'sub/a.md': 'other', 'sub/deep/b.md': 'b' });
    symlinkSync(join(folder, 'sub/deep'), join(folder, 'up'));
    const args = ['create', '--pack', 'pack.json', '--from', 'paths', '-', '--out', 'out'];
    assert.equal(run(args, { cwd: folder, input: 'up/../a.md\n' }).code, 0);
    assert.deepEqual(contents(objects(readFileSync(join(folder, 'out/items.jsonl'), 'utf8'))), { 'a.md': 'right' });
  });

  test('refuses what is outside, missing, or not a file, with its line', () => {
    const folder = folderOf({ ...PACK, 'a.md': 'a' });
    mkdirSync(join(folder, 'sub'));
    symlinkSync('/etc/passwd', join(folder, 'out'));
    write(folder, { '.git/config': '', key: `npm_${'a1'.repeat(18)}` });
    for (const [path, exit] of [
      ['../x', 4],
      ['/etc/passwd', 4],
      ['out', 4],
      ['.git/config', 4],
      ['key', 4],
      ['missing', 5],
      ['sub', 4],
    ]) {
      const args = ['create', '--pack', 'pack.json', '--from', 'paths', '-'];
      const { code, err } = run(args, { cwd: folder, input: `a.md\n${path}\n` });
      assert.equal(code, exit, err);
      assert.match(err, path === 'missing' ? /missing: / : path === 'key' ? /key:1:1: / : /<stdin>:2: /);
    }
  });
});

describe('an MCP server', () => {
  /** A server of forty lines that does what the protocol says, besides what `answers` changes. */
  const server = (answers = '') => `
    import { createInterface } from 'node:readline';
    const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
    const tool = { name: 'search', description: 'Searches', inputSchema: { type: 'object' }, annotations: { x: [1.5] } };
    const answers = {
      initialize: () => ({ protocolVersion: '2025-06-18', capabilities: { tools: {}, resources: {}, prompts: {} }, serverInfo: { name: 'demo', version: '1' } }),
      'tools/list': ({ cursor }) => cursor ? { tools: [{ ...tool, name: 'fetch' }] } : { tools: [tool], nextCursor: 'more' },
      'resources/list': () => ({ resources: [{ uri: 'file:///a', name: 'a' }] }),
      'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'file:///{p}', name: 't' }] }),
      'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
      ${answers}
    };
    say({ method: 'notifications/message', params: { level: 'info', data: 'hello' } });
    say({ id: 7, method: 'roots/list' });
    createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line);
      if (answers[method]) say({ id, result: answers[method](params) });
    }).on('close', () => process.exit());`;
  const command = `"${process.execPath}" server.mjs`;

  test('gives each declaration whole, over pages', () => {
    const items = created({ 'server.mjs': server() }, ['--mcp', command]);
    assert.deepEqual(Object.keys(contents(items)).sort(), [
      ...[
        'prompts/greet',
        'resourceTemplates/file:///{p}',
        'resources/file:///a',
        'server',
        'tools/fetch',
        'tools/search',
      ],
    ]);
    const expected = {
      annotations: { x: [1.5] },
      description: 'Searches',
      inputSchema: { type: 'object' },
      name: 'search',
    };
    assert.deepEqual(contents(items)['tools/search'], expected);
  });

  test('may have more declarations than a call may have arguments', () => {
    const tools =
      "'tools/list': () => ({ tools: Array.from({ length: 200_000 }, (_, at) => ({ name: String(at) })) }),";
    assert.equal(created({ 'server.mjs': server(tools) }, ['--mcp', command]).length, 200_004);
  });

  test('has another hash if a description changes', () => {
    const hash = (text) => {
      const folder = folderOf({ ...PACK, 'server.mjs': text });
      const { code, out, err } = run(['create', '--pack', 'pack.json', '--json', '--mcp', command], { cwd: folder });
      assert.equal(code, 0, err);
      return JSON.parse(out).hash;
    };
    assert.equal(hash(server()), hash(server()));
    assert.notEqual(hash(server()), hash(server().replace('Searches', 'Searches, and sends')));
  });

  for (const [name, text, message] of [
    ['ends', 'process.exit(3)', /ended \(3\) before it had answered/],
    ['writes something else', "console.log('ready')", /wrote a line that is not a message/],
    ['has no list', server("'tools/list': () => ({}),"), /has no list tools/],
    [
      'has an entry without a name',
      server("'tools/list': () => ({ tools: [{}] }),"),
      /tools has an entry without name/,
    ],
    ['writes what is not UTF-8', 'process.stdout.write(Buffer.from([0xff, 10]))', /wrote a line that is not a message/],
    ['names a member twice', `console.log('{"id":1,"result":{},"result":{}}')`, /wrote a line that is not a message/],
  ]) {
    test(`is refused in words if it ${name}`, () => {
      const { code, out, err } = refused({ 'server.mjs': text }, ['--mcp', command]);
      assert.deepEqual([code, out], [4, ''], err);
      assert.match(err, message);
    });
  }
});

describe('completion', () => {
  for (const name of ['bash', 'zsh', 'fish', 'powershell']) {
    test(`writes a script for ${name}`, () => {
      const { code, out } = run(['completion', name]);
      assert.equal(code, 0);
      assert.match(out, /context-snapshot/);
    });
  }

  test('completes verbs and options', () => {
    assert.match(run(['complete', '--', 'st']).out, /^status\t/m);
    assert.match(run(['complete', '--', 'verify', '--exp']).out, /^--expect-hash/m);
  });

  test('refuses other shells, and is in the help', () => {
    assert.equal(run(['completion', 'ksh']).code, 2);
    assert.match(run(['--help']).out, /^ {2}completion /m);
  });
});

describe('status --watch', () => {
  test('says again what changed, and goes on after a mistake', async () => {
    const folder = folderOf({ 'a.md': 'a' });
    locked(folder);
    const { child, ended } = start(['status', '--watch', folder]);
    const seen = async (pattern) => {
      let text = '';
      const read = (piece) => {
        text += piece;
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      for (let waited = 0; !pattern.test(text); waited += 50) {
        assert(waited < 20_000, `${pattern}: ${text}`);
        await sleep(50);
      }
    };
    await seen(/^unchanged/m);
    const changed = seen(/^M a\.md/m);
    writeFileSync(join(folder, 'a.md'), 'changed');
    await changed;
    const mistake = seen(/^error: .*There is no lock/m);
    const lock = readFileSync(join(folder, LOCK));
    rmSync(join(folder, LOCK));
    await mistake;
    const again = seen(/^M a\.md/m);
    writeFileSync(join(folder, LOCK), lock);
    await again;
    child.kill('SIGINT');
    assert.equal((await ended).code, 0);
  });
});

describe('in pipelines', () => {
  let project;
  before(() => {
    // A project in which the package is installed, as npm does it.
    project = newFolder();
    const modules = join(project, 'node_modules');
    mkdirSync(join(modules, '@lssm-tech'), { recursive: true });
    mkdirSync(join(modules, '.bin'));
    symlinkSync(dirname(dirname(CLI)), join(modules, '@lssm-tech/lib.context-snapshot'));
    symlinkSync('../@lssm-tech/lib.context-snapshot/dist/cli.js', join(modules, '.bin/context-snapshot'));
    chmodSync(CLI, 0o755);
    // The action takes nothing of the project, so it would download the package. What npm sees where it is run is said on standard error.
    const npx = `#!/usr/bin/env bash
      echo "$* in $(npm prefix), from $(npm config get registry)" >&2
      shift 2
      exec ${process.execPath} ${CLI} "$@"`;
    write(project, { 'package.json': {}, 'docs/a.md': 'a', 'bin/npx': npx });
    chmodSync(join(project, 'bin/npx'), 0o755);
  });
  const action = ({ cwd = project, ...env }) =>
    shell(`"${root}/scripts/action.sh"`, {
      cwd,
      env: {
        HOME: project,
        PATH: `${join(project, 'bin')}:${ENV.PATH}`,
        FOLDER: 'docs',
        EXPECT_HASH: 'none',
        VERSION: '0',
        GITHUB_STEP_SUMMARY: join(project, 'summary'),
        ...env,
      },
    });
  const version = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8')).version;

  test('the GitHub Action annotates, writes the summary, and fails if the folder differs or the hash is another', () => {
    const { hash } = locked(join(project, 'docs'));
    const same = action({ VERSION: version, EXPECT_HASH: hash });
    assert.equal(same.code, 0, same.err);
    assert.match(same.out, /^verified: 1 item$/m);
    assert.equal(
      action({ VERSION: version, EXPECT_HASH: hash.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) }).code,
      1,
    );
    // As a variable of the repository that is not set.
    const unset = action({ VERSION: version, EXPECT_HASH: '' });
    assert.equal(unset.code, 2);
    assert.match(unset.err, /--expect-hash[^\n]*It is empty; is a variable unset\?/);
    write(project, { 'docs/new.md': 'n' });
    const differs = action({ VERSION: version });
    assert.equal(differs.code, 1);
    assert.match(differs.out, /^::error file=docs\/new\.md,/m);
    assert.match(readFileSync(join(project, 'summary'), 'utf8'), /^\| A \| {2}\| 1 B \| `new\.md` \|$/m);
    assert.equal(action({ VERSION: version, FOLDER: 'nowhere' }).code, 5);
    // As a folder that somebody has made, whose name is passed on.
    for (const FOLDER of ['--help', '--quiet', '']) assert.notEqual(action({ VERSION: version, FOLDER }).code, 0);
    rmSync(join(project, 'docs/new.md'));
  });

  test('the GitHub Action runs no package of the checkout, and takes no settings from it', () => {
    const checkout = newFolder();
    write(checkout, { 'package.json': {}, '.npmrc': 'registry=http://evil.invalid/', 'docs/a.md': 'a' });
    const { hash } = locked(join(checkout, 'docs'));
    const { code, out, err } = action({ cwd: checkout, VERSION: version, EXPECT_HASH: hash });
    assert.equal(code, 0, err);
    assert.match(out, /^verified: 1 item$/m);
    const calls = err.match(/^--yes .*$/gm);
    assert.equal(calls.length, 2);
    for (const call of calls) {
      const [, name, place, registry] = /^--yes (\S+) .* in (.+), from (.+)$/.exec(call);
      assert.equal(name, `@lssm-tech/lib.context-snapshot@${version}`);
      assert.doesNotMatch(registry, /evil/);
      assert(!place.startsWith(checkout), place);
      assert(!existsSync(place), 'it is removed in the end');
    }
  });

  test('the action and the hook run what is in the repository', () => {
    const yaml = readFileSync(join(root, 'action.yml'), 'utf8');
    assert.match(yaml, /run: '"\$GITHUB_ACTION_PATH\/scripts\/action\.sh"'/);
    for (const name of ['FOLDER', 'EXPECT_HASH', 'VERSION']) assert.match(yaml, new RegExp(`^ {8}${name}: `, 'm'));
    assert.match(yaml, /^ {2}expect-hash:\n {4}description: [^\n]+\n {4}default: none$/m);
  });

  test('the hook of pre-commit fails if the folder differs', () => {
    const [, entry] = /^ {2}entry: (.+)$/m.exec(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8'));
    const hook = () => shell(entry, { cwd: project, env: { HOME: project } });
    locked(join(project, 'docs'));
    assert.equal(hook().code, 0, hook().err);
    write(project, { 'docs/b.md': 'b' });
    assert.equal(hook().code, 1);
  });
});

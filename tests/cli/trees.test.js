// Runs `lock --json` on each tree of tests/vectors/folder/trees.json, and compares what it makes with docs/FOLDER.md.
//
// How: the trees are written to a folder outside of any repository, with real links, pipes and repositories. The lock and the texts in
// `.context` are read as files, so the test does not depend on other verbs.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js', import.meta.url));
const trees = JSON.parse(readFileSync(new URL('../vectors/folder/trees.json', import.meta.url), 'utf8'));
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'context-folder-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a tree, and returns its home. */
function written({ files, home = '', repository }, place) {
  const links = [];
  for (const [path, file] of Object.entries(files)) {
    const target = join(place, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof file === 'string') writeFileSync(target, file);
    else if (file.base64 !== undefined) writeFileSync(target, Buffer.from(file.base64, 'base64'));
    else if (file.fifo) execFileSync('mkfifo', [target]);
    else links.push([file.link, target]);
  }
  for (const [to, target] of links) symlinkSync(to, target);
  if (repository !== undefined) execFileSync('git', ['init', '--quiet', join(place, repository)]);
  return join(place, home);
}

const lock = (home, ...args) => spawnSync(process.execPath, [cli, 'lock', home, ...args], { encoding: 'utf8' });

// D6-1
for (const [at, tree] of trees.entries()) {
  const { name, rule, expected } = tree;
  test(`${rule}: ${name}`, () => {
    const home = written(tree, join(folder, `${at}`));
    const { status, stdout, stderr } = lock(home, '--json', '--quiet', '--user', 'test');
    if (expected.refused !== undefined) {
      assert.equal(status, 4, `${stdout}${stderr}`);
      const [, path] = /^context-snapshot: error: (.*?)(?::\d+:\d+)?: \S/s.exec(stderr) ?? [];
      assert(path?.endsWith(expected.refused), stderr);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      return;
    }
    assert.equal(status, 0, stderr);
    const { index, record } = JSON.parse(readFileSync(join(home, 'context.lock.json'), 'utf8'));
    assert.deepEqual(
      index.map(({ itemId }) => itemId),
      expected.itemIds,
    );
    const texts = readFileSync(join(home, '.context/objects/1.jsonl'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(texts.sort(), [...expected.canonicalItems].sort());
    assert.deepEqual(
      index,
      expected.canonicalItems.map((json, position) => ({
        itemId: expected.itemIds[position],
        digest: expected.digests[position],
        bytes: JSON.parse(json).metadata.bytes,
      })),
    );
    assert.equal(record.hash, expected.hash);
    const line = JSON.parse(stdout);
    assert.equal(line.hash, expected.hash);
    assert.equal(line.itemCount, expected.itemIds.length);
  });
}

// D7-1, D7-2, D7-5
test('a lock has the layout of FOLDER 7, and a second run leaves it as it is', () => {
  const [tree] = trees;
  const home = written(tree, join(folder, 'layout'));
  assert.equal(lock(home, '--user', 'test').status, 0);
  const text = readFileSync(join(home, 'context.lock.json'), 'utf8');
  const { record, index, tool } = JSON.parse(text);
  const indented = JSON.stringify({ lock: 'context-lock/v1', folder: 'context-folder/v1', record }, null, 2);
  const rows = index.map(
    ({ itemId, digest, bytes }) =>
      `    { "itemId": ${JSON.stringify(itemId)}, "digest": "${digest}", "bytes": ${bytes} }`,
  );
  const { name, version } = tool;
  assert.equal(
    text,
    `${indented.slice(0, -'\n}'.length)},\n  "index": [\n${rows.join(',\n')}\n  ],\n  "tool": { "name": "${name}", "version": "${version}" }\n}\n`,
  );
  assert.equal(lock(home, '--user', 'other').status, 0);
  assert.equal(readFileSync(join(home, 'context.lock.json'), 'utf8'), text);
});

test('the hash does not depend on when, where and by whom a folder is locked', () => {
  const tree = trees.find(({ name }) => name === 'dot files');
  const home = written(tree, join(folder, 'elsewhere/with space'));
  const { status, stdout } = spawnSync(
    process.execPath,
    [cli, 'lock', '--json', '--user', 'other', '--reason', 'x', '--now', '2020-01-01T00:00:00Z'],
    { cwd: home, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'Asia/Tokyo' } },
  );
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).hash, tree.expected.hash);
});

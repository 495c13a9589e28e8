// Why: people copy what docs/AGENTS.md shows. How: each program in it is a file of examples/agents, which the other tests run, without its first
// comment; nothing else is in a block. The configuration starts the server as it is.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connect, examples, newStore, stored } from './support/agents.js';

const read = (path) => readFileSync(new URL(path, examples), 'utf8');
const document = read('../../docs/AGENTS.md');
const blocks = [...document.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));

test('each block is a file of the examples', () => {
  const shown = blocks.map(({ language, code }) => {
    if (language === 'json') {
      assert.equal(code, read('mcp.json'));
      return 'mcp.json';
    }
    assert.equal(language, 'ts');
    const [, name, program] = /^\/\/ (\S+)\n(.*)$/s.exec(code);
    assert.equal(program, read(name).replace(/^(?:\/\/.*\n)+\n/, ''), name);
    return name;
  });
  assert.equal(shown.length, document.match(/^```/gm).length / 2);
  // The server and the host's part are not shown.
  const files = readdirSync(examples).filter((name) => /\.(?:ts|json)$/.test(name) && !name.startsWith('package'));
  assert.deepEqual(shown.toSorted(), files.filter((name) => name !== 'mcp.ts' && name !== 'host.ts').toSorted());
});

test('the versions that it names are those that are installed', () => {
  const { dependencies } = JSON.parse(read('package.json'));
  const named = [...document.matchAll(/`([@\w/-]+)`\s+(\d+\.\d+\.\d+)/g)].map(([, name, version]) => [name, version]);
  assert.equal(named.length, 4);
  for (const [name, version] of named) assert.equal(dependencies[name], version, name);
});

test('the attributes that it names are those of the code', () => {
  const named = (text) => [...new Set(text.match(/context_snapshot\.\w+|error\.type/g))].sort();
  assert.deepEqual(named(document), named(read('../../pkg/src/runtime/tracing.js')));
});

test('the configuration starts the server, for the run that it names', async () => {
  const { command, args, env } = JSON.parse(read('mcp.json')).mcpServers.context;
  assert.deepEqual([command, args], ['node', ['mcp-server.ts']]);
  const { file, store } = await newStore();
  const { CONTEXT_SNAPSHOT_ID: snapshotId, CONTEXT_HASH } = env;
  const { record } = await stored(store, { snapshotId });
  assert.notEqual(record.hash, CONTEXT_HASH);
  for (const [hash, count] of [
    [CONTEXT_HASH, 0],
    [record.hash, 1],
  ]) {
    const { client, close } = await connect({ ...env, SNAPSHOT_FILE: file, CONTEXT_HASH: hash });
    assert.equal((await client.listResources()).resources.length, count);
    await close();
  }
  store.close();
});

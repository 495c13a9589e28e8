// What the tests of the examples for agents share: their packages, stores in files, and a client of the MCP server.
//
// Why packages are loaded by name from there: the examples have a lock file of their own, beside them.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';

export const examples = new URL('../../../examples/agents/', import.meta.url);
const require = createRequire(new URL('package.json', examples));

/** Imports a package of the examples. */
export const load = (name) => import(pathToFileURL(require.resolve(name)).href);
/** Imports a file of the examples. */
export const example = (name) => import(new URL(name, examples).href);

export const pack = { packKey: 'shop.docs', version: '1.0.0', title: 'What the shop agent knows' };
export const items = [
  { itemId: 'docs/opening?#%', kind: 'docblock', sourceKey: 'docs/opening', content: 'Open from 9 to 5.' },
  { itemId: 'prices', kind: 'data-view', sourceKey: 'views/prices', content: { tea: 2.5, cake: -0, note: 'a\u0000b' } },
];

const folder = mkdtempSync(join(tmpdir(), 'agents-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Opens a store in a file of its own, with the pack in it. */
export async function newStore() {
  const file = join(folder, `${++files}.db`);
  const store = await SqliteSnapshotStore.open(file);
  await store.upsertPack(pack);
  return { file, store };
}

/** Takes and stores a snapshot. Returns its record and index. */
export async function stored(store, more = {}) {
  const snapshot = snapshotPack({ packKey: pack.packKey }, { actor: 'admin', userId: 'ops-1', pack, items, ...more });
  await store.saveSnapshot(snapshot);
  const { record, index } = snapshot;
  return { record, index };
}

/** Changes a file as somebody could who may write to it: without the triggers that refuse it. */
export function tamper(file, sql) {
  const database = new DatabaseSync(file);
  for (const { name } of database.prepare("select name from sqlite_master where type = 'trigger'").all()) {
    database.exec(`drop trigger "${name}"`);
  }
  const { changes } = database.prepare(sql).run();
  database.close();
  return changes;
}

/** Starts the MCP server as a process, with these variables in its environment, and connects the SDK's client. */
export async function connect(env) {
  const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
  const { StdioClientTransport } = await load('@modelcontextprotocol/sdk/client/stdio.js');
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('mcp-server.ts', examples))],
    env,
    stderr: 'pipe',
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  let log = '';
  transport.stderr.on('data', (text) => {
    log += text;
  });
  await client.connect(transport);
  /** Waits until the log matches: what a server wrote before an answer may be read after it. */
  const logged = async (pattern) => {
    const signal = AbortSignal.timeout(60_000);
    while (!pattern.test(log)) await once(transport.stderr, 'data', { signal });
  };
  return { client, logged, close: () => client.close() };
}

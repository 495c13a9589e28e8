// Measures the stores against what a host would write itself: a COPY of the same rows, and an INSERT for each item; and the handler over SQLite.
//
// Why a process of its own: the drivers are those of tests/store, and they need a Node.js with node:sqlite. All variants alternate in one
// process, and ratios are those of one round. Writes target/bench/store.json.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
if (process.getBuiltinModule?.('node:sqlite') === undefined || globalThis.gc === undefined) {
  const node = execFileSync(fileURLToPath(new URL('../scripts/store-node.sh', import.meta.url)), { encoding: 'utf8' });
  execFileSync(node.trim(), ['--expose-gc', '--disable-warning=ExperimentalWarning', here], { stdio: 'inherit' });
  process.exit();
}

const { snapshotPack } = await import('@lssm-tech/lib.context-snapshot');
const { PostgresSnapshotStore } = await import('@lssm-tech/lib.context-snapshot/postgres');
const { createSnapshotHandler } = await import('@lssm-tech/lib.context-snapshot/runtime');
const { SqliteSnapshotStore } = await import('@lssm-tech/lib.context-snapshot/sqlite');
const { median, spread } = await import('./measure.js');
const { startPostgres } = await import('../tests/store/support/postgres-server.js');
const { newPool } = await import('../tests/store/support/stores.js');

const ITEMS = 10_000;
const BYTES = 3000;
const EVENTS = 2000;
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const WORDS = 'the agent reads a contract of the shop before it answers and keeps what it has read for the audit'.split(
  ' ',
);

let state = 1;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
function prose(length) {
  let text = '';
  while (text.length < length) text += `${WORDS[Math.floor(random() * WORDS.length)]} ${Math.floor(random() * 1e6)} `;
  return text;
}
const packOf = (count, length) =>
  Array.from({ length: count }, (_, at) => ({
    ...{ itemId: `item-${at}`, kind: 'docblock', sourceKey: `docs/${at}`, content: prose(length) },
  }));
const pack = { packKey: 'bench', version: '1', title: '' };
const take = (items) => snapshotPack({ packKey: 'bench' }, { actor: 'admin', pack, items });

const times = {};
async function measure(name, work) {
  const started = performance.now();
  const result = await work();
  const elapsed = performance.now() - started;
  if (!(name in times)) times[name] = [];
  times[name].push(elapsed);
  return result;
}

/** Like `measure`, but does not pay for what the work before it has left to collect, which is as much as a pack. */
function measureAlone(name, work) {
  globalThis.gc();
  return measure(name, work);
}

/** Copies rows, as a host with `pg` would. */
function copy(client, sql, chunks) {
  return new Promise((resolve, reject) => {
    client.query({
      submit: (connection) => connection.query(sql),
      handleCopyInResponse: (connection) => {
        for (const chunk of chunks) connection.sendCopyFromChunk(Buffer.from(chunk));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => {},
      handleError: reject,
      handleReadyForQuery: resolve,
    });
  });
}

const server = await startPostgres(['fsync=on', 'max_wal_size=4GB', 'shared_buffers=512MB']);
const pool = newPool({ ...server.config, max: 4 });
const store = await PostgresSnapshotStore.open(pool);
const client = await pool.connect();
const size = async () => {
  const { rows } = await client.query(
    `select sum(pg_total_relation_size(c.oid))::bigint::text as bytes from pg_class c
     where relnamespace = 'lssm_context'::regnamespace and relkind = 'r'`,
  );
  return Number(rows[0].bytes);
};

/** SQL of a table as a host would make it. */
const bare = (columns) =>
  `create table bare (snapshot_id text, ordinal int, item_id text, digest text, ${columns}, primary key (snapshot_id, ordinal))`;
/** What a host may store of an item, as columns and values. */
const INSERTS = [
  ['an INSERT for each item, in one transaction', 'text text, body jsonb', '$5, $5::text::jsonb'],
  ['an INSERT for each item, of the text alone', 'text text', '$5'],
];

const shares = [];
for (let round = 0; round < ROUNDS; round++) {
  const items = packOf(ITEMS, BYTES);
  const first = take(items);
  const rows = [...first.itemsJson()];
  for (const [name, columns] of [
    ['COPY of the same texts', 'text text'],
    ['COPY of the same texts as text and jsonb', 'text text, body jsonb'],
  ]) {
    await client.query('drop table if exists bare');
    await client.query(bare(columns));
    const twice = columns.includes('body');
    await measureAlone(name, async () => {
      const chunks = [];
      for (let at = 0; at < rows.length; at += 20) {
        let chunk = '';
        for (let row = at; row < Math.min(at + 20, rows.length); row++) {
          const { itemId, digest, json } = rows[row];
          const text = json.replaceAll('\\', '\\\\');
          chunk += `s-1\t${row}\t${itemId}\t${digest}\t${text}${twice ? `\t${text}` : ''}\n`;
        }
        chunks.push(chunk);
      }
      await copy(client, 'copy bare from stdin', chunks);
    });
  }
  for (const [name, columns, body] of INSERTS) {
    await client.query('drop table bare');
    await client.query(bare(columns));
    await measureAlone(name, async () => {
      await client.query('begin');
      for (let at = 0; at < rows.length; at++) {
        const { itemId, digest, json } = rows[at];
        await client.query(`insert into bare values ($1, $2, $3, $4, ${body})`, ['s-1', at, itemId, digest, json]);
      }
      await client.query('commit');
    });
  }

  const before = await size();
  await measureAlone('saveSnapshot', () => store.saveSnapshot(first));
  const between = await size();
  const second = take(items.map((one, at) => (at % 100 === 0 ? { ...one, content: `${one.content}!` } : one)));
  await measureAlone('saveSnapshot of the next one, 1 % changed', () => store.saveSnapshot(second));
  shares.push(((await size()) - between) / (between - before));
  const { valid } = await measureAlone('verify', () => store.verify(first.record.snapshotId));
  if (!valid) throw new Error('What was stored does not verify');
}
const text = [...take(packOf(ITEMS, BYTES)).itemsJson()].reduce((sum, { json }) => sum + json.length, 0);

const one = packOf(1, 10);
for (let round = 0; round < ROUNDS; round++) {
  await store.relayOutbox(() => {});
  for (let at = 0; at < EVENTS; at += 100) {
    await Promise.all(Array.from({ length: 100 }, () => store.saveSnapshot(take(one))));
  }
  await measure('relay', () => store.relayOutbox(() => {}));
}

const folder = fileURLToPath(new URL('../target/bench/', import.meta.url));
mkdirSync(folder, { recursive: true });
execFileSync('rm', ['-f', `${folder}store.db`, `${folder}store.db-wal`, `${folder}store.db-shm`]);
const local = await SqliteSnapshotStore.open(`${folder}store.db`);
await local.upsertPack(pack);
let loaded;
const handler = createSnapshotHandler({ store: local, loadItems: () => loaded });
for (let round = 0; round < 200; round++) {
  const items = packOf(20, 2000);
  const snapshot = await measure('snapshotPack of 20 items', () => take(items));
  await measure('saveSnapshot of 20 items in SQLite', () => local.saveSnapshot(snapshot));
  // Other items, because those are stored already.
  loaded = packOf(20, 2000);
  await measure('the handler with 20 items and SQLite', () =>
    handler({ packKey: 'bench' }, { actor: 'admin', userId: 'ops-1', idemKey: `round-${round}` }),
  );
}
local.close();
const { rows: version } = await pool.query('show server_version');
client.release();
await pool.end();
await server.stop();

/** Ratios of two variants, round by round. */
const ratio = (over, under) => spread(times[over].map((time, at) => time / times[under][at]));
const save = 'saveSnapshot';
const results = {
  insert: ratio('an INSERT for each item, in one transaction', save),
  insertText: ratio('an INSERT for each item, of the text alone', save),
  copy: ratio(save, 'COPY of the same texts'),
  copyJsonb: ratio(save, 'COPY of the same texts as text and jsonb'),
  next: ratio('saveSnapshot of the next one, 1 % changed', save),
  nextBytes: spread(shares),
  verify: spread(times.verify.map((time) => text / 1000 / time)),
  relay: spread(times.relay.map((time) => (EVENTS / time) * 1000)),
  sqlite: spread(times['saveSnapshot of 20 items in SQLite']),
  handler: spread(
    times['the handler with 20 items and SQLite'].map((time, at) => time - times['snapshotPack of 20 items'][at]),
  ),
};
const engine = `Node ${process.versions.node}, PostgreSQL ${version[0].server_version.split(' ')[0]}, SQLite ${process.versions.sqlite}`;
console.log(engine);
console.table(
  Object.fromEntries(
    Object.entries(times).map(([name, list]) => [name, { 'median, ms': Number(median(list).toFixed(2)) }]),
  ),
);
console.table(
  Object.fromEntries(Object.entries(results).map(([name, { median }]) => [name, Number(median.toFixed(3))])),
);
writeFileSync(`${folder}store.json`, `${JSON.stringify({ engine, results }, undefined, 2)}\n`);

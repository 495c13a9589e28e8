// What fails around a store: each failure has a name, nothing of the driver's text reaches the caller, and nothing is half-written.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import postgres from 'postgres';
import { item, items, pack, take } from './support/packs.js';
import { startPostgres } from './support/postgres-server.js';
import { newFolder, newPool, newSchema, pglite, pool as poolKind, providerOf } from './support/stores.js';

let server;
let pool;
before(async () => {
  server = await startPostgres(['max_connections=20', 'superuser_reserved_connections=0']);
  pool = newPool({ ...server.config, max: 4 });
});
after(async () => {
  await pool.end();
  await server.stop();
});

/** Checks that an error has a code, and that it repeats neither the driver's words nor the data. */
const fails = (code, words) => (error) => {
  assert.equal(error.code, code, `${error.message} ${error.cause}`);
  assert.match(error.detail, words);
  assert.ok(error.cause instanceof Error, 'the cause is for the log');
  assert.ok(!Object.keys(error).includes('cause'));
  for (const secret of [error.cause.message, 'Text of', 'select', 'insert']) {
    assert.ok(!JSON.stringify(error.toJSON()).includes(secret), secret);
  }
  return true;
};
const LOST = fails('SERVICE_UNAVAILABLE', /connection|could not do/);

async function nothingOf(schema, snapshotId) {
  for (const table of ['snapshot', 'snapshot_item', 'snapshot_outbox']) {
    const { rows } = await pool.query(`select count(*)::int as n from ${schema}.${table}`);
    assert.equal(rows[0].n, 0, `${table} after ${snapshotId}`);
  }
}

test('a connection that is lost in a transaction leaves nothing, and the pool goes on working', async () => {
  const schema = newSchema();
  const store = await PostgresSnapshotStore.open(pool, { schema });
  const lost = store.transaction(async (tx) => {
    await tx.saveSnapshot(take(items(3), { snapshotId: 'lost' }));
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'`);
    await tx.saveSnapshot(take(items(4), { snapshotId: 'lost-2' }));
  });
  await assert.rejects(lost, LOST);
  await nothingOf(schema, 'lost');
  assert.equal(await store.saveSnapshot(take(items(3), { snapshotId: 'lost' })), 'created');
});

test('a connection that is lost in the middle of a COPY leaves nothing', async () => {
  const snapshot = take(
    items(4000).map((one) => ({ ...one, textContent: 'x'.repeat(4000) })),
    { snapshotId: 'copy' },
  );
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy %' and state = 'active' and pid <> pg_backend_pid()`;
  let schema;
  let store;
  let outcome;
  // It may be saved before it is cut.
  do {
    schema = newSchema();
    store = await PostgresSnapshotStore.open(pool, { schema });
    outcome = undefined;
    const saving = store.saveSnapshot(snapshot).then(
      (result) => {
        outcome = result;
      },
      (error) => {
        outcome = error;
      },
    );
    while (outcome === undefined) await pool.query(cut);
    await saving;
  } while (outcome === 'created');
  LOST(outcome);
  await nothingOf(schema, 'copy');
  assert.equal(await store.saveSnapshot(snapshot), 'created');
  assert.equal((await store.verify('copy')).valid, true);
});

test('a connection that is lost while a snapshot is verified is no verdict', async () => {
  const store = await PostgresSnapshotStore.open(pool, { schema: newSchema() });
  const snapshot = take(
    items(4000).map((one) => ({ ...one, textContent: 'x'.repeat(4000) })),
    { snapshotId: 'read' },
  );
  await store.saveSnapshot(snapshot);
  const state = { lost: false };
  const cutting = (async () => {
    while (!state.lost) {
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy (%' and state = 'active'`,
      );
    }
  })();
  // It may be verified before it is cut.
  try {
    while (!state.lost) {
      state.lost = await store.verify('read').then(({ valid }) => assert.ok(valid), LOST);
    }
  } finally {
    state.lost = true;
    await cutting;
  }
  assert.equal((await store.verify('read')).valid, true);
});

test('a lost connection of a single client fails, and says so from then on', async () => {
  const schema = newSchema();
  const client = new pg.Client(server.config);
  client.on('error', () => {});
  await client.connect();
  const store = await PostgresSnapshotStore.open(client, { schema });
  await pool.query('select pg_terminate_backend($1)', [client.processID]);
  const gone = fails('SERVICE_UNAVAILABLE', /connection to the database was lost/);
  await assert.rejects(store.saveSnapshot(take(items(3))), gone);
  await assert.rejects(store.getPack('p'), gone);
  const ended = newPool(server.config);
  const other = await PostgresSnapshotStore.open(ended, { schema });
  await ended.end();
  await assert.rejects(other.getPack('p'), gone);
});

/** Long enough for what waits for nobody, on a busy machine too. */
const HASTY = '-c statement_timeout=1500';

test('a statement that takes too long is a TIMEOUT', async () => {
  const schema = newSchema();
  await PostgresSnapshotStore.open(pool, { schema });
  const hasty = newPool({ ...server.config, max: 2, options: HASTY });
  const store = await PostgresSnapshotStore.open(hasty, { schema });
  const locker = await pool.connect();
  await locker.query('begin');
  await locker.query(`lock table ${schema}.snapshot in access exclusive mode`);
  await assert.rejects(store.getSnapshot('a'), fails('TIMEOUT', /too long/));
  await assert.rejects(store.saveSnapshot(take(items(2))), fails('TIMEOUT', /too long/));
  await locker.query('rollback');
  locker.release();
  assert.equal(await store.saveSnapshot(take(items(2))), 'created');
  await hasty.end();
});

test('saves and verifies many items with any setting of pg, and leaves no timer', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const snapshot = take(items(500), { snapshotId: 'many' });
  for (const settings of [{ pipeline: true }, { query_timeout: 60_000 }]) {
    const before = timers();
    const own = newPool({ ...server.config, max: 2, ...settings });
    const store = await PostgresSnapshotStore.open(own, { schema: newSchema() });
    assert.equal(await store.saveSnapshot(snapshot), 'created');
    assert.deepEqual((await store.verify('many', { hash: snapshot.record.hash })).issues, []);
    await own.end();
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
  }
});

test('a transaction fails if a statement in it failed, even if the caller has caught that', async () => {
  const schema = newSchema();
  await PostgresSnapshotStore.open(pool, { schema });
  const hasty = newPool({ ...server.config, max: 2, options: HASTY });
  for (const db of [hasty, providerOf(hasty)]) {
    const store = await PostgresSnapshotStore.open(db, { schema });
    const locker = await pool.connect();
    await locker.query('begin');
    await locker.query(`lock table ${schema}.snapshot_tombstone in access exclusive mode`);
    const caught = store.transaction(async (tx) => {
      await tx.saveSnapshot(take(items(2), { snapshotId: 'caught' }));
      await assert.rejects(tx.listSnapshotItems('caught'), { code: 'TIMEOUT' });
    });
    await assert.rejects(caught, fails('SERVICE_UNAVAILABLE', /undone/));
    await locker.query('rollback');
    locker.release();
    assert.equal(await store.getSnapshot('caught'), null);
  }
  await hasty.end();
});

test('a read-only database is read, and not written', async () => {
  const schema = newSchema();
  const store = await PostgresSnapshotStore.open(pool, { schema });
  await store.saveSnapshot(take(items(3), { snapshotId: 'there' }));
  const reader = newPool({ ...server.config, max: 2, options: '-c default_transaction_read_only=on' });
  const readOnly = await PostgresSnapshotStore.open(reader, { schema });
  assert.equal((await readOnly.verify('there')).valid, true);
  await assert.rejects(readOnly.saveSnapshot(take(items(2))), fails('SERVICE_UNAVAILABLE', /read-only/));
  await assert.rejects(
    PostgresSnapshotStore.open(reader, { schema: newSchema() }),
    fails('SERVICE_UNAVAILABLE', /read-only/),
  );
  await reader.end();
});

test('no connection left, no server, and no rights are named', async () => {
  const schema = newSchema();
  await PostgresSnapshotStore.open(pool, { schema });
  const clients = [];
  for (;;) {
    const client = new pg.Client(server.config);
    client.on('error', () => {});
    try {
      await client.connect();
    } catch {
      break;
    }
    clients.push(client);
  }
  const late = newPool({ ...server.config, max: 1 });
  await assert.rejects(
    PostgresSnapshotStore.open(late, { schema }),
    fails('SERVICE_UNAVAILABLE', /no more connections/),
  );
  for (const client of clients) await client.end();
  await late.end();

  const nowhere = newPool({ ...server.config, port: 1, max: 1 });
  await assert.rejects(PostgresSnapshotStore.open(nowhere), fails('SERVICE_UNAVAILABLE', /cannot be reached/));

  await pool.query('create role guest login');
  const guest = newPool({ ...server.config, user: 'guest', max: 1 });
  await assert.rejects(
    PostgresSnapshotStore.open(guest, { schema: newSchema() }),
    fails('SERVICE_UNAVAILABLE', /may not/),
  );
  await guest.end();
});

test('a provider whose transaction() runs no transaction fails before anything is written', async () => {
  const real = providerOf(pool);
  const broken = {
    throws: async () => {
      throw new TypeError('client.begin is not a function');
    },
    'never calls': async () => {},
    'runs each statement alone': (run) => run(real),
    'keeps what failed': async (run) => {
      await real.transaction(async (inner) => {
        await run(inner).catch(() => {});
      });
    },
  };
  for (const [name, transaction] of Object.entries(broken)) {
    const schema = newSchema();
    const opening = PostgresSnapshotStore.open({ ...real, transaction }, { schema });
    await assert.rejects(opening, fails('SERVICE_UNAVAILABLE', /transaction\(\)/), name);
    const { rows } = await pool.query('select to_regnamespace($1)::text as found', [schema]);
    assert.equal(rows[0].found, null, name);
  }
});

test('two transactions that store the same new texts do not fail each other', async () => {
  const schema = newSchema();
  const store = await PostgresSnapshotStore.open(pool, { schema });
  for (let round = 0; round < 3; round++) {
    const list = items(600, { metadata: { round } });
    const ids = ['a', 'b', 'c', 'd'].map((name) => `${name}-${round}`);
    const results = await Promise.all(ids.map((snapshotId) => store.saveSnapshot(take(list, { snapshotId }))));
    assert.deepEqual(
      results,
      ids.map(() => 'created'),
    );
    for (const id of ids) assert.equal((await store.verify(id)).valid, true);
  }
  const { rows } = await pool.query(`select count(*)::int as n from ${schema}.snapshot_body`);
  assert.equal(rows[0].n, 1800);
});

const levelOf = (level) => ({ ...server.config, max: 4, options: `-c default_transaction_isolation=${level}` });

test('transactions that are serializable are repeated', async () => {
  const strict = newPool(levelOf('serializable'));
  // Of a provider: the store begins those of other clients itself.
  const store = await PostgresSnapshotStore.open(providerOf(strict), { schema: newSchema() });
  const same = take(items(200), { snapshotId: 'same' });
  const results = await Promise.all([1, 2, 3].map(() => store.saveSnapshot(same)));
  assert.deepEqual(results.sort(), ['created', 'exists', 'exists']);
  assert.equal((await store.verify('same')).valid, true);
  await strict.end();
});

test('a provider whose transactions are repeatable read is refused', async () => {
  const strict = newPool(levelOf('repeatable\\ read'));
  const opening = PostgresSnapshotStore.open(providerOf(strict), { schema: newSchema() });
  await assert.rejects(opening, { code: 'SERVICE_UNAVAILABLE', detail: /repeatable read/ });
  await strict.end();
});

test('erasing while the same items are stored never leaves a new snapshot without its texts', async () => {
  const { store, close } = await poolKind.open(server);
  const list = items(120);
  await store.saveSnapshot(take(list, { snapshotId: 'old' }));
  const ids = list.map(({ itemId }) => itemId);
  await Promise.all([
    ...[1, 2, 3].map((at) => store.saveSnapshot(take(list, { snapshotId: `new-${at}` }))),
    store.erase('old', ids, 'asked for'),
  ]);
  for (const at of [1, 2, 3]) assert.equal((await store.verify(`new-${at}`)).valid, true);
  await close();
});

test('the same, if the connections begin in repeatable read', async () => {
  const { host, port, user, database } = server.config;
  const level = { default_transaction_isolation: 'repeatable read' };
  const sql = postgres({ host, port, user, database, max: 4, connection: level });
  const strict = newPool(levelOf('repeatable\\ read'));
  for (const client of [strict, sql]) {
    const store = await PostgresSnapshotStore.open(client, { schema: newSchema() });
    for (let round = 0; round < 12; round++) {
      const list = items(3, { metadata: { round } });
      await store.saveSnapshot(take(list, { snapshotId: `old-${round}` }));
      await Promise.all([
        store.erase(`old-${round}`, ['i-1'], 'asked for'),
        store.saveSnapshot(take(list, { snapshotId: `new-${round}` })),
      ]);
      assert.deepEqual((await store.verify(`new-${round}`)).issues, []);
    }
  }
  await strict.end();
  await sql.end();
});

test('numbers may come as BigInt', async () => {
  const getTypeParser = (oid, ...more) => ([20, 21, 23].includes(oid) ? BigInt : pg.types.getTypeParser(oid, ...more));
  const own = newPool({ ...server.config, max: 2, types: { getTypeParser } });
  const store = await PostgresSnapshotStore.open(own, { schema: newSchema() });
  const snapshot = take(items(30), { snapshotId: 'big' });
  await store.saveSnapshot(snapshot);
  assert.deepEqual(await store.listSnapshotItems('big', { limit: 10, offset: 5 }), snapshot.items.slice(5, 15));
  await store.erase('big', ['i-1'], 'asked for');
  assert.deepEqual((await store.verify('big')).erased, ['i-1']);
  assert.deepEqual(await store.snapshotIndex('big'), snapshot.index);
  assert.deepEqual(await store.relayOutbox(() => {}), { published: 1, failed: 0 });
  await own.end();
});

test('a client that changes the names of columns is refused', async () => {
  const { host, port, user, database } = server.config;
  const upper = { column: { from: (name) => name.toUpperCase() } };
  for (const transform of [postgres.pascal, upper]) {
    const sql = postgres({ host, port, user, database, max: 2, transform });
    const opening = PostgresSnapshotStore.open(sql, { schema: newSchema() });
    await assert.rejects(opening, { code: 'VALIDATION_FAILED', detail: /names of columns/ });
    await sql.end();
  }
});

test('backslashes mean what they mean in standard SQL', async () => {
  const own = newPool({ ...server.config, max: 2, options: '-c standard_conforming_strings=off' });
  const store = await PostgresSnapshotStore.open(own, { schema: newSchema() });
  for (const snapshotId of ['first', 'second']) {
    await store.saveSnapshot(take(items(3), { snapshotId }));
    await store.erase(snapshotId, ['i-1'], 'asked for');
  }
  const { issues, erased } = await store.verify('second');
  assert.deepEqual([issues.length, erased], [1, ['i-1']]);
  await own.end();
});

test('an item that is erased while its snapshot is verified is missing, and nothing else is wrong', async () => {
  const db = newPool({ ...server.config, max: 2 });
  const store = await PostgresSnapshotStore.open(db, { schema: newSchema() });
  const snapshot = take(items(2500), { snapshotId: 'meanwhile' });
  await store.saveSnapshot(snapshot);
  await store.erase('meanwhile', ['i-7'], 'asked for');
  // Once the tombstones were read, and before the texts are.
  const ids = ['i-1', 'i-20'];
  const client = await db.connect();
  const { query } = client;
  client.query = (...args) => {
    const result = query.apply(client, args);
    if (ids.length === 0 || !`${args[0]}`.includes('left join') || !`${args[0]}`.includes('tombstone')) return result;
    return result.then(async (rows) => {
      await store.erase('meanwhile', [ids.pop()], 'asked for');
      return rows;
    });
  };
  client.release();
  const { valid, issues, erased } = await store.verify('meanwhile', { hash: snapshot.record.hash });
  assert.equal(ids.length, 0);
  assert.equal(valid, false);
  assert.deepEqual(erased.toSorted(), ['i-1', 'i-20', 'i-7']);
  assert.deepEqual(issues.map(({ code, itemId }) => `${code} ${itemId}`).sort(), [
    'missing i-1',
    'missing i-20',
    'missing i-7',
  ]);
  await db.end();
});

test('a pool of one connection does not wait for itself', async () => {
  const small = newPool({ ...server.config, max: 1 });
  const store = await PostgresSnapshotStore.open(small, { schema: newSchema() });
  const work = store.transaction(async (tx) => {
    await store.saveSnapshot(take(items(2), { snapshotId: 'one' }));
    await tx.verify('one');
    return (await store.listSnapshots()).total;
  });
  assert.equal(await Promise.race([work, sleep(180_000, 'deadlock', { ref: false })]), 1);
  await small.end();
});

test('PGlite has one connection: calls inside a transaction, of a source and of a publisher, do not wait for themselves', async () => {
  const { store, db, close } = await pglite.open(server);
  const work = (async () => {
    await store.transaction(async (tx) => {
      await store.saveSnapshot(take(items(2), { snapshotId: 'one' }));
      await tx.getSnapshot('one');
      await store.transaction(() => store.upsertPack(pack));
    });
    async function* source() {
      for (let at = 0; at < 1200; at++) {
        // Here the host's own query would wait for an open transaction.
        if (at % 400 === 0) await db.query('select 1');
        yield item(`s-${at}`);
      }
    }
    await store.snapshotStream({ packKey: pack.packKey }, { actor: 'admin', pack, snapshotId: 'two' }, source());
    const { published } = await store.relayOutbox(async () => {
      await db.query('select 1');
      await store.listSnapshots();
    });
    return published;
  })();
  const late = sleep(180_000, 'deadlock', { ref: false });
  assert.equal(await Promise.race([work, late]), 2);
  await close();
});

test('two processes with one idempotency key make one snapshot', async (t) => {
  const script = fileURLToPath(new URL('./support/rival.js', import.meta.url));
  const schema = newSchema();
  const file = join(newFolder(t), 'rivals.db');
  await PostgresSnapshotStore.open(pool, { schema });
  (await SqliteSnapshotStore.open(file)).close();
  for (const where of [JSON.stringify({ url: server.url, schema }), file]) {
    const children = [0, 1, 2].map(() =>
      spawn(process.execPath, [script, where], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const outputs = children.map(async (child) => {
      let text = '';
      for await (const chunk of child.stdout) {
        // All begin when the last one is ready.
        if (`${chunk}`.includes('ready')) child.emit('ready');
        text += chunk;
      }
      return text.replace('ready\n', '').trim();
    });
    await Promise.all(children.map((child) => once(child, 'ready')));
    for (const child of children) child.stdin.end('go\n');
    const results = await Promise.all(outputs);
    assert.deepEqual(results.sort(), ['created', 'exists', 'exists']);
  }
  const store = await SqliteSnapshotStore.open(file);
  assert.equal((await store.listSnapshots()).total, 1);
  store.close();
  assert.equal((await (await PostgresSnapshotStore.open(pool, { schema })).listSnapshots()).total, 1);
});

test('SQLite: locked, read-only, full, closed and damaged files are named', async (t) => {
  const folder = newFolder(t);
  const file = join(folder, 'a.db');
  const store = await SqliteSnapshotStore.open(file);
  await store.saveSnapshot(take(items(3), { snapshotId: 'there' }));

  for (const open of [(path) => new DatabaseSync(path), (path) => new BetterSqlite3(path)]) {
    const other = open(file);
    const hasty = open(file);
    hasty.prepare('pragma busy_timeout = 50').all();
    const second = await SqliteSnapshotStore.open(hasty);
    other.exec('begin immediate');
    await assert.rejects(second.saveSnapshot(take(items(2))), fails('TIMEOUT', /locked/));
    assert.equal((await second.verify('there')).valid, true);
    other.exec('rollback');
    assert.equal(await second.saveSnapshot(take(items(2))), 'created');

    const { page_count: pages } = hasty.prepare('pragma page_count').get();
    hasty.exec(`pragma max_page_count = ${pages + 2}`);
    const large = take(
      items(50).map((one) => ({ ...one, textContent: 'x'.repeat(5000) })),
      { snapshotId: 'large' },
    );
    await assert.rejects(second.saveSnapshot(large), fails('SERVICE_UNAVAILABLE', /full/));
    assert.equal(await second.getSnapshot('large'), null);
    // What follows in the same transaction is stored with what was before, or, if SQLite has undone everything, not at all.
    const ended = await second
      .transaction(async (tx) => {
        await tx.upsertPack({ ...pack, packKey: 'before' });
        await assert.rejects(tx.saveSnapshot(large), { code: 'SERVICE_UNAVAILABLE' });
        await tx.upsertPack({ ...pack, packKey: 'after' });
      })
      .then(
        () => 'stored',
        () => 'undone',
      );
    for (const key of ['before', 'after']) assert.equal((await second.getPack(key)) === null, ended === 'undone');
    assert.equal((await second.verify('there')).valid, true);
    hasty.close();
    other.close();
    await assert.rejects(second.getPack('p'), fails('SERVICE_UNAVAILABLE', /closed/));
  }

  const reader = new DatabaseSync(file, { readOnly: true });
  const readOnly = await SqliteSnapshotStore.open(reader);
  assert.equal((await readOnly.verify('there')).valid, true);
  await assert.rejects(readOnly.saveSnapshot(take(items(2))), fails('SERVICE_UNAVAILABLE', /read-only/));
  reader.close();
  store.close();

  await assert.rejects(
    SqliteSnapshotStore.open(fileURLToPath(import.meta.url)),
    fails('SERVICE_UNAVAILABLE', /damaged/),
  );
  await assert.rejects(
    SqliteSnapshotStore.open(join(folder, 'nowhere/a.db')),
    fails('SERVICE_UNAVAILABLE', /cannot be opened/),
  );
  for (const none of [7, '']) await assert.rejects(SqliteSnapshotStore.open(none), { code: 'VALIDATION_FAILED' });
});

test('SQLite: takes a database of the host with other defaults, and names what is in its way', async () => {
  const defaults = [{ readBigInts: true }, { returnArrays: true }, { allowBareNamedParameters: false }];
  for (const make of [
    ...defaults.map((options) => () => new DatabaseSync(':memory:', options)),
    () => new BetterSqlite3(':memory:').defaultSafeIntegers(true),
  ]) {
    const db = make();
    const store = await SqliteSnapshotStore.open(db);
    const { record } = take(items(3), { snapshotId: 'two steps' });
    await store.createSnapshot(record);
    await store.addSnapshotItems('two steps', items(2));
    await store.erase('two steps', [items(1)[0].itemId], 'request');
    await store.addSnapshotItems('two steps', items(3));
    const { erased, issues } = await store.verify('two steps', { hash: record.hash });
    assert.deepEqual([erased, issues.length], [[items(1)[0].itemId], 1]);
    assert.deepEqual(await store.relayOutbox(() => {}), { published: 1, failed: 0 });
    assert.equal((await store.listSnapshots({ after: 'two steps' })).total, 1);
    db.close();
  }
  for (const open of [() => new DatabaseSync(':memory:'), () => new BetterSqlite3(':memory:')]) {
    const taken = open();
    taken.exec('create table snapshot (of_the_host)');
    await assert.rejects(SqliteSnapshotStore.open(taken), fails('SERVICE_UNAVAILABLE', /name of one of the store/));
    taken.close();
    const busy = open();
    busy.exec('begin');
    await assert.rejects(SqliteSnapshotStore.open(busy), fails('SERVICE_UNAVAILABLE', /transaction open/));
    busy.close();
  }
});

test('SQLite: several processes may open a new file at the same time', async (t) => {
  const folder = newFolder(t);
  // Each says that it is there, and opens a file for each line that it gets.
  const source = `
    import { createInterface } from 'node:readline';
    import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
    console.log('ready');
    for await (const file of createInterface({ input: process.stdin })) {
      const store = await SqliteSnapshotStore.open(file);
      console.log((await store.migrate()).to);
      store.close();
    }`;
  const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', source];
  const openers = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill());
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  const answers = () => Promise.all(openers.map(async ({ lines }) => (await lines.next()).value));
  assert.deepEqual(new Set(await answers()), new Set(['ready']));
  for (let round = 0; round < 20; round++) {
    for (const { child } of openers) child.stdin.write(`${join(folder, `${round}.db`)}\n`);
    assert.deepEqual(new Set(await answers()), new Set(['3']));
  }
});

test('SQLite: closes a file that it cannot use', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const file = join(newFolder(t), 'newer.db');
  const db = new DatabaseSync(file);
  db.exec('create table snapshot_migration (number integer primary key, applied_at text)');
  db.exec("insert into snapshot_migration values (99, '')");
  db.close();
  await assert.rejects(SqliteSnapshotStore.open(file), { code: 'SERVICE_UNAVAILABLE' });
  const open = readdirSync('/proc/self/fd').map((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`);
    } catch {
      // It was that of the list.
      return '';
    }
  });
  assert.deepEqual(
    open.filter((path) => path.startsWith(file)),
    [],
  );
});

const NEEDS_ROOT = { skip: process.getuid() !== 0 && 'only root can mount a small disk' };
/** Mounts a disk of so many megabytes for a test. */
function smallDisk(t, size) {
  const folder = join(newFolder(t), 'disk');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder]);
  return folder;
}
const manyTexts = (snapshotId) => {
  // Texts that cannot be compressed.
  const list = items(800).map((one) => ({ ...one, textContent: randomBytes(6000).toString('base64') }));
  return take(list, { snapshotId });
};

test('SQLite: a full disk leaves nothing half-written', NEEDS_ROOT, async (t) => {
  const folder = smallDisk(t, 2);
  try {
    const store = await SqliteSnapshotStore.open(join(folder, 'a.db'));
    await store.saveSnapshot(take(items(3), { snapshotId: 'there' }));
    await assert.rejects(store.saveSnapshot(manyTexts('large')), fails('SERVICE_UNAVAILABLE', /full/));
    assert.equal(await store.getSnapshot('large'), null);
    assert.equal((await store.verify('there')).valid, true);
    store.close();
  } finally {
    execFileSync('umount', [folder]);
  }
});

test('PostgreSQL: a full disk leaves nothing half-written', NEEDS_ROOT, async (t) => {
  const folder = smallDisk(t, 6);
  execFileSync('chown', ['postgres', folder]);
  execFileSync('chmod', ['755', join(folder, '..')]);
  const schema = newSchema();
  await pool.query(`create tablespace small location '${folder}'`);
  const small = newPool({ ...server.config, max: 2, options: '-c default_tablespace=small' });
  try {
    const store = await PostgresSnapshotStore.open(small, { schema });
    await store.saveSnapshot(take(items(3), { snapshotId: 'there' }));
    await assert.rejects(store.saveSnapshot(manyTexts('large')), fails('SERVICE_UNAVAILABLE', /full/));
    assert.equal(await store.getSnapshot('large'), null);
    assert.equal((await store.verify('there')).valid, true);
    assert.equal((await store.relayOutbox(() => {})).published, 1);
    await pool.query(`drop schema ${schema} cascade`);
    await pool.query('drop tablespace small');
  } finally {
    await small.end();
    execFileSync('umount', ['-l', folder]);
  }
});

test('finds the highest of 100,000 versions', async () => {
  const schema = newSchema();
  const store = await PostgresSnapshotStore.open(pool, { schema });
  await store.upsertPack({ ...pack, version: '2.0.0' });
  await pool.query(
    `insert into ${schema}.snapshot_pack (tenant_id, pack_key, pack_version, version_rank, search, text)
     select '', 'shop.docs', '1.0.' || n, '0011 0010 ' || lpad(length(n::text)::text, 3, '0') || n || '~', '', '{}'
     from generate_series(1, 100000) n`,
  );
  assert.equal((await store.getPack('shop.docs')).version, '2.0.0');
  const { rows } = await pool.query(
    `explain select text from ${schema}.snapshot_pack where tenant_id = '' and pack_key = 'shop.docs'
     order by version_rank desc, pack_version desc limit 1`,
  );
  assert.match(JSON.stringify(rows), /Index Scan/);
});

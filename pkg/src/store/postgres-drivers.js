// The drivers of PostgreSQL: pools and clients of `pg`, PGlite, postgres.js, and the host's DatabaseProvider.
//
// How: each becomes `{ use, transaction, handle, isRepeatable }` (`database.js`) with connections that have `query(sql, params)`. Parameters
// are texts, numbers and null, and results are texts and small numbers, because drivers convert everything else in ways of their own.

import { invalid, isOurs, problem } from './problems.js';

/**
 * The level of each transaction, whatever the connection's default is. A transaction that waits for a lock of the store must then see what the one
 * before it has committed; with `repeatable read`, a new snapshot could begin to use a text that is being erased.
 */
const READ_COMMITTED = 'isolation level read committed';
const LOST = /^(08|57P|ECONNRESET|EPIPE|CONNECTION_)/;
/** What happened, by the class of PostgreSQL's code, without what PostgreSQL says. */
const STATES = [
  [/^57014$/, 'TIMEOUT', 'The database stopped the statement: it took too long, or was cancelled'],
  [/^(55P03|25P03|25P04)$/, 'TIMEOUT', 'The database waited too long'],
  [/^23001$/, 'PRECONDITION_FAILED', 'Snapshots are never changed: the database refused this'],
  [/^25P02$/, 'SERVICE_UNAVAILABLE', 'A statement of the transaction had failed, so all of it was undone'],
  [/^25006$/, 'SERVICE_UNAVAILABLE', 'The database is read-only'],
  [/^53300$/, 'SERVICE_UNAVAILABLE', 'The database takes no more connections'],
  [/^22P05$/, 'PRECONDITION_FAILED', 'The encoding of the database lacks a character of this text: it should be UTF8'],
  [/^(53100|58030)$/, 'SERVICE_UNAVAILABLE', 'The disk of the database is full, or fails'],
  [/^53/, 'SERVICE_UNAVAILABLE', 'The database is out of resources'],
  [LOST, 'SERVICE_UNAVAILABLE', 'The connection to the database was lost'],
  [/^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|CONNECT)/, 'SERVICE_UNAVAILABLE', 'The database cannot be reached'],
  [/^42501$/, 'SERVICE_UNAVAILABLE', "The database's role may not do this"],
  [/^40/, 'SERVICE_UNAVAILABLE', 'Others changed the same rows at the same time; try again'],
];

/** What `pg` says, without a code, of a connection or a pool that has ended. */
const ENDED = /not queryable|^Connection terminated|after calling end on the pool/;
const NO_CONNECTION = '08003';

/** Returns the code of a driver's error. Some wrap the one of the database. */
const stateOf = (error) => `${error?.code ?? error?.cause?.code ?? (ENDED.test(error?.message) ? NO_CONNECTION : '')}`;

/** Makes the error for a caller from one of a driver. */
export function named(error) {
  if (isOurs(error)) return error;
  const state = stateOf(error);
  const found = STATES.find(([pattern]) => pattern.test(state));
  const [, code, detail] = found ?? [
    undefined,
    'SERVICE_UNAVAILABLE',
    /^[0-9A-Z]{5}$/.test(state)
      ? `The database could not do this (SQLSTATE ${state})`
      : 'The database could not do this',
  ];
  return problem(code, detail, { cause: error });
}

/** Serialization failures, deadlocks, a text that another transaction stored first, and a COPY where none is allowed. */
const REPEATABLE = new Set(['40001', '40P01', '23505', '0A000']);
const isRepeatable = (error) => REPEATABLE.has(stateOf(error.cause));

/** Runs `work`, and names what fails in it. */
async function naming(work) {
  try {
    return await work();
  } catch (error) {
    throw named(error);
  }
}

/** Runs a transaction of a driver: names the driver's errors, and passes those of `run`, which a driver may wrap. */
async function within(begin, run) {
  const failures = [];
  try {
    return await begin(async (client) => {
      try {
        return await run(client);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    });
  } catch (error) {
    throw failures.length > 0 ? failures[0] : named(error);
  }
}

const connectionOf = (query, more) => ({ query: (sql, params) => naming(() => query(sql, params)), ...more });

// ---------------------------------------------------------------------------------------------------------------------------------- pg

/**
 * Runs a COPY: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY.
 *
 * @param handlersOf gets the copy, and returns the handlers of its rows. What fails in them is noted as its `failure`, and nothing is done any
 *   more once it `isOver`.
 */
function copying(client, sql, handlersOf) {
  return new Promise((resolve, reject) => {
    const copy = { failure: undefined, isOver: false };
    const end = () => {
      copy.isOver = true;
      // With `query_timeout`, the client gives the query a callback, which stops the timer.
      query.callback?.();
      if (copy.failure === undefined) resolve();
      else reject(copy.failure);
    };
    const query = {
      submit: (connection) => connection.query(sql),
      handleCommandComplete: () => {},
      handleError: (error) => {
        copy.failure ??= error;
        // The connection may be gone, and then nothing follows.
        end();
      },
      handleReadyForQuery: end,
      ...handlersOf(copy),
    };
    client.query(query);
  });
}

/** Copies rows into a table. */
const copyInto = (client, sql, chunks) =>
  copying(client, sql, (copy) => ({
    handleCopyInResponse: async (connection) => {
      try {
        for (const chunk of chunks) {
          connection.sendCopyFromChunk(chunk);
          const { stream } = connection;
          if (stream.writableNeedDrain) await drained(stream);
          if (copy.isOver) return;
        }
        connection.endCopyFrom();
      } catch (error) {
        copy.failure = error;
        connection.sendCopyFail('the rows could not be made');
      }
    },
  }));

/** Copies rows out of tables, and passes each to `take` when it comes. So the database waits for `take`, and no row is kept. */
const copyOutOf = (client, sql, take) =>
  copying(client, sql, (copy) => ({
    handleCopyData: ({ chunk }) => {
      if (copy.failure !== undefined) return;
      try {
        take(chunk);
      } catch (error) {
        copy.failure = error;
      }
    },
  }));

/** Waits until a stream takes more, or has ended. */
function drained(stream) {
  return new Promise((resolve) => {
    const go = () => {
      stream.off('drain', go);
      stream.off('close', go);
      resolve();
    };
    stream.on('drain', go);
    stream.on('close', go);
  });
}

const connectionOfClient = (client) =>
  connectionOf(
    async (sql, params) => (await client.query(sql, params)).rows,
    // The native client has no such protocol, and one that pipelines takes no queries of others.
    client.connection?.sendCopyFromChunk &&
      !client.pipeline && {
        copy: (sql, chunks) => naming(() => copyInto(client, sql, chunks)),
        copyOut: (sql, take) => naming(() => copyOutOf(client, sql, take)),
      },
  );

/** Runs a transaction on a client. If its connection must not be used again, sets `broken.error` to the reason. */
async function onClient(client, run, broken) {
  const connection = connectionOfClient(client);
  await connection.query(`begin ${READ_COMMITTED}`);
  try {
    const result = await run(connection);
    await connection.query('commit');
    return result;
  } catch (error) {
    try {
      await connection.query('rollback');
    } catch (lost) {
      broken.error = lost;
    }
    throw error;
  }
}

/**
 * Uses one client of a pool.
 *
 * Why one, also for statements that need no transaction: a pool gives a client away in a later turn of the event loop, so a page that is
 * asked for in advance would be asked for only after the page before was used.
 */
async function onPool(pool, run) {
  const client = await naming(() => pool.connect());
  // The query that runs fails anyway. Without a listener, the process would end.
  const ignore = () => {};
  client.on('error', ignore);
  const broken = {};
  try {
    return await run(client, broken);
  } catch (error) {
    // The server has said that it ends the connection. The pool may see the end later, and would give the client away meanwhile.
    if (LOST.test(stateOf(error?.cause))) broken.error ??= error;
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken.error);
  }
}

const poolDriver = (pool) => ({
  isRepeatable,
  use: (run) => onPool(pool, (client) => run(connectionOfClient(client))),
  transaction: (run) => onPool(pool, (client, broken) => onClient(client, run, broken)),
});

const clientDriver = (client) => ({
  handle: client,
  isRepeatable,
  use: (run) => run(connectionOfClient(client)),
  transaction: (run) => onClient(client, run, {}),
});

// ----------------------------------------------------------------------------------------------------------------------- other drivers

const pgliteDriver = (db) => {
  const connection = (client) =>
    connectionOf(async (sql, params) => (await client.query(sql, params)).rows, { isLocal: true });
  return {
    handle: db,
    isRepeatable,
    use: (run) => run(connection(db)),
    transaction: (run) =>
      within(
        (enter) => db.transaction(enter),
        (client) => run(connection(client)),
      ),
  };
};

/**
 * postgres.js fails a transaction for each error in it that it saw, unless it made the savepoint itself. A refused COPY never ends there
 * (porsager/postgres#1173), so rows are inserted.
 */
const postgresJsDriver = (sql) => {
  const connection = (client) =>
    connectionOf(async (text, params) => [...(await client.unsafe(text, params))], {
      ...(client.savepoint && {
        savepoint: (run) =>
          within(
            (enter) => client.savepoint(enter),
            (inner) => run(connection(inner)),
          ),
      }),
    });
  return {
    isRepeatable,
    use: (run) => run(connection(sql)),
    transaction: (run) =>
      within(
        (enter) => sql.begin(READ_COMMITTED, enter),
        (client) => run(connection(client)),
      ),
    check: () => checkNames(connection(sql)),
  };
};

const providerDriver = (provider) => {
  const connection = (client) => connectionOf(async (sql, params) => (await client.query(sql, params)).rows);
  return {
    isRepeatable,
    use: (run) => run(connection(provider)),
    transaction: (run) =>
      within(
        (enter) => provider.transaction(enter),
        (client) => run(connection(client)),
      ),
    check: async () => {
      await checkNames(connection(provider));
      if ((await levelOfTransactions(connection, provider)) === 'repeatable read')
        throw problem(
          'SERVICE_UNAVAILABLE',
          'The transactions of the database client are repeatable read: let them begin in read committed, or serializable',
        );
    },
  };
};

/** Fails if a client gives columns other names, because then each value would be missing. */
async function checkNames(connection) {
  const [row] = await connection.query('select 1 as "aName"', []);
  if (row?.aName === undefined)
    throw invalid(
      'The client changes the names of columns: pass one that leaves them as they are, without a transform',
    );
}

/**
 * Returns the level of a provider's transactions, which it may have run statements in already, so that it cannot be set. Fails unless what the
 * provider calls a transaction is one, so that nothing is written outside of one.
 */
async function levelOfTransactions(connection, provider) {
  const fail = (cause) => {
    throw problem('SERVICE_UNAVAILABLE', 'The database client has no transactions: its transaction() does not work', {
      cause,
    });
  };
  const stop = new Error('rolled back');
  const seen = [];
  let level;
  try {
    await provider.transaction(async (client) => {
      for (let times = 0; times < 2; times++) {
        const [row] = await connection(client).query(
          "select now()::text || ' ' || pg_backend_pid() as moment, current_setting('transaction_isolation') as level",
          [],
        );
        seen.push(row.moment);
        level = row.level;
      }
      throw stop;
    });
  } catch (error) {
    // The time of a transaction stands still.
    if (error === stop && seen.length === 2 && seen[0] === seen[1]) return level;
    fail(error);
  }
  return fail(stop);
}

const has = (db, ...names) => names.every((name) => typeof db?.[name] === 'function');

/** Finds out what a client is, by its methods. */
export function driverOf(db) {
  if (typeof db === 'function' && has(db, 'unsafe', 'begin')) return postgresJsDriver(db);
  if (has(db, 'query', 'transaction', 'exec')) return pgliteDriver(db);
  if (has(db, 'query', 'transaction', 'execute')) return providerDriver(db);
  if (has(db, 'query', 'connect')) return typeof db.totalCount === 'number' ? poolDriver(db) : clientDriver(db);
  throw invalid(
    'PostgresSnapshotStore.open takes a Pool or Client of pg, PGlite, sql of postgres.js, or a DatabaseProvider',
  );
}

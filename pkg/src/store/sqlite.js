// The entry `./sqlite`: snapshots in one file, through `node:sqlite` or better-sqlite3.
//
// How: both drivers are synchronous and have the same methods for what is needed here. The SQL of the core is written for PostgreSQL; its
// casts and locks are left out, because SQLite has neither: a transaction that writes has the whole database.

import { OPENING, Store } from './core.js';
import { Database, Session } from './database.js';
import { keyOf } from './keys.js';
import { invalid, isOurs, problem } from './problems.js';
import { MIGRATIONS } from './sqlite-schema.js';

export { verifyTombstone } from './tombstones.js';

const TABLES = /\{(\w+)\}/g;
const tableOf = (_, name) => (name === 'snapshot' ? 'snapshot' : `snapshot_${name}`);
const TIME = '%Y-%m-%dT%H:%M:%fZ';
/** How long a statement waits for another process that writes, if the connection has no time of its own. */
const BUSY_MILLISECONDS = 5000;
const RETRY_MILLISECONDS = 20;

const translated = new Map();
/** Returns the SQL for SQLite of SQL of the core. */
function translate(sql) {
  let text = translated.get(sql);
  if (text === undefined) {
    text = sql
      .replace(TABLES, tableOf)
      .replace(/::\w+/g, '')
      .replace(/ for update( skip locked)?/g, '')
      .replace(/\$(\d+)/g, '$p$1');
    translated.set(sql, text);
  }
  return text;
}

/** What happened, by SQLite's code, without what SQLite says. */
const CODES = [
  [/^SQLITE_(BUSY|LOCKED)|database (table )?is locked/, 'TIMEOUT', 'Another process has locked the database'],
  [/^SQLITE_READONLY|readonly database/, 'SERVICE_UNAVAILABLE', 'The database is read-only'],
  [/^SQLITE_FULL|disk is full/, 'SERVICE_UNAVAILABLE', 'The disk of the database is full'],
  [/never changed/, 'PRECONDITION_FAILED', 'Snapshots are never changed: the database refused this'],
  [/SQLITE_CANTOPEN|unable to open/, 'SERVICE_UNAVAILABLE', 'The file of the database cannot be opened'],
  [/transaction within a transaction/, 'SERVICE_UNAVAILABLE', 'Other code has a transaction open on this connection'],
  [
    /already exists/,
    'SERVICE_UNAVAILABLE',
    'The database has a table or index of another program by the name of one of the store',
  ],
  [/not open|finalized/, 'SERVICE_UNAVAILABLE', 'The database is closed'],
  [/^SQLITE_(CORRUPT|NOTADB)|malformed|not a database/, 'SERVICE_UNAVAILABLE', 'The file of the database is damaged'],
];

/** Makes the error for a caller from one of the driver. */
function named(error) {
  if (isOurs(error)) return error;
  // better-sqlite3 has names of codes, node:sqlite has SQLite's message, which quotes no row.
  const known = `${error?.code} ${error?.errstr} ${error?.message}`.replace(/^ERR_SQLITE_ERROR /, '');
  const found = CODES.find(([pattern]) => pattern.test(known));
  const [, code, detail] = found ?? [undefined, 'SERVICE_UNAVAILABLE', 'The database could not do this'];
  return problem(code, detail, { cause: error });
}

/** Texts that are looked up by one statement before they are inserted. */
const LOOKED_UP = 1000;
function* listsOf(values, length) {
  let list = [];
  for (const value of values) {
    if (list.push(value) < length) continue;
    yield list;
    list = [];
  }
  if (list.length > 0) yield list;
}

/** The names of the parameters $1, $2, … */
const NAMES = ['p1', 'p2', 'p3', 'p4'];

class SqliteSession extends Session {
  begun() {}

  /** Makes statements wait for another process, unless the host has decided how long. */
  patient() {
    const [{ timeout }] = this.run('pragma busy_timeout', []);
    if (timeout === 0) this.run(`pragma busy_timeout = ${BUSY_MILLISECONDS}`, []);
  }

  async rows(sql, params = []) {
    return this.run(sql, params);
  }

  run(sql, params) {
    try {
      const values = {};
      for (let at = 0; at < params.length; at++) values[`p${at + 1}`] = params[at];
      const statement = this.connection.prepare(translate(sql));
      // better-sqlite3 has another method for statements that return no rows.
      if (statement.reader === false) statement.run(values);
      else return params.length === 0 ? statement.all() : statement.all(values);
      return [];
    } catch (error) {
      throw named(error);
    }
  }

  /** Returns a function that runs a statement without a result. Many rows are written by one. */
  writer(sql) {
    let statement;
    const values = {};
    return (...params) => {
      for (let at = 0; at < params.length; at++) values[NAMES[at]] = params[at];
      try {
        statement ??= this.connection.prepare(translate(sql));
        statement.run(values);
      } catch (error) {
        throw named(error);
      }
    };
  }

  // Expressions that PostgreSQL writes in another way.
  list(parameter) {
    return `select value from json_each(${parameter})`;
  }

  numbers(parameter) {
    return `select cast(value as integer) from json_each(${parameter})`;
  }

  /** A column of all rows as one JSON text: a list, in the order of the subquery. */
  group(column) {
    return `json_group_array(${column})`;
  }

  position(text, part) {
    return `instr(${text}, ${part})`;
  }

  digest(column) {
    return column;
  }

  time(column) {
    return column;
  }

  later(seconds) {
    return `strftime('${TIME}', 'now', '+' || ${seconds} || ' seconds')`;
  }

  /** A transaction has the whole database. */
  async lockBodies() {}

  async shareBodies() {}

  async bodies(tenant, digests) {
    // A cross join keeps this order: each digest is looked up. SQLite cannot know that the list is the shorter one.
    const rows = this.run(
      `select e.key as at, b.number from json_each($1) e
       cross join {body} b on b.tenant_id = $2 and b.digest = e.value and b.text is not null`,
      [JSON.stringify(digests), tenant],
    );
    const numbers = new Array(digests.length).fill(undefined);
    for (const { at, number } of rows) numbers[at] = number;
    return numbers;
  }

  async addBodies(tenant, bodies) {
    const insert = this.writer('insert into {body} (tenant_id, digest, item_id, text) values ($1, $2, $3, $4)');
    const bringBack = this.writer('update {body} set text = $2 where number = $1 and text is null');
    // Without a pause, because a query of the host on this connection would become a part of the transaction.
    for (const some of listsOf(bodies, LOOKED_UP)) {
      const digests = some.map(({ digest }) => digest);
      const rows = this.run(
        'select b.digest, b.number from json_each($2) e cross join {body} b on b.tenant_id = $1 and b.digest = e.value',
        [tenant, JSON.stringify(digests)],
      );
      const erased = new Map(rows.map(({ digest, number }) => [digest, number]));
      for (const { itemId, digest, json } of some) {
        if (erased.has(digest)) bringBack(erased.get(digest), json);
        else insert(tenant, digest, keyOf(itemId), json);
      }
    }
  }

  async addItems(number, from, bodies, times) {
    const own = new Map(times);
    const insert = this.writer('insert into {item} (snapshot, ordinal, body, created_at) values ($1, $2, $3, $4)');
    for (let at = 0; at < bodies.length; at++) insert(number, from + at, bodies[at], own.get(at) ?? null);
  }
}

/** Makes a statement take names and return rows as both drivers do by default. The database of a host may have other defaults. */
function plain(statement) {
  // better-sqlite3
  statement.safeIntegers?.(false);
  // node:sqlite
  statement.setReadBigInts?.(false);
  statement.setReturnArrays?.(false);
  statement.setAllowBareNamedParameters?.(true);
  return statement;
}

/** A connection of either driver, with its prepared statements. */
class Connection {
  isLocal = true;
  #db;
  #statements = new Map();

  constructor(db) {
    this.#db = db;
  }

  prepare(sql) {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = plain(this.#db.prepare(sql));
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  execute(sql) {
    try {
      this.#db.exec(sql);
    } catch (error) {
      throw named(error);
    }
  }
}

/** Makes the driver of `database.js` from an open database. */
function driverOf(db) {
  const connection = new Connection(db);
  return {
    handle: db,
    isRepeatable: () => false,
    use: async (run) => run(connection),
    transaction: async (run) => {
      connection.execute('begin immediate');
      try {
        const result = await run(connection);
        connection.execute('commit');
        return result;
      } catch (error) {
        try {
          connection.execute('rollback');
        } catch {
          // SQLite has rolled back already, or the database was closed.
        }
        throw error;
      }
    },
  };
}

class SqliteDatabase extends Database {
  migrate() {
    return this.apply({
      read: async (session) => {
        const tables = await session.rows("select 1 as one from sqlite_master where name = 'snapshot_migration'");
        if (tables.length === 0) return 0;
        const [{ number }] = await session.rows('select coalesce(max(number), 0) as number from {migration}');
        return number;
      },
      lock: (session) =>
        session.rows(`create table if not exists {migration} (
          number integer primary key, applied_at text not null default current_timestamp)`),
      migrations: MIGRATIONS,
    });
  }
}

/**
 * Opens a file as its own database: what is committed survives a loss of power, and readers do not wait for a writer.
 *
 * How: the log needs the file for itself once. Of processes that ask for that at the same time, SQLite refuses some at once, whatever the time
 * is that statements wait, so they ask again.
 */
async function openFile(path) {
  const sqlite = globalThis.process?.getBuiltinModule?.('node:sqlite');
  if (sqlite === undefined) {
    throw problem('SERVICE_UNAVAILABLE', 'There is no node:sqlite (Node.js 22.5): pass a database of better-sqlite3');
  }
  const end = performance.now() + BUSY_MILLISECONDS;
  let db;
  for (;;) {
    try {
      db ??= new sqlite.DatabaseSync(path);
      db.exec(`pragma busy_timeout = ${BUSY_MILLISECONDS}`);
      db.exec('pragma journal_mode = wal');
      db.exec('pragma synchronous = full');
      return db;
    } catch (cause) {
      const error = named(cause);
      if (error.code !== 'TIMEOUT' || performance.now() > end) {
        db?.close();
        throw error;
      }
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MILLISECONDS);
    });
  }
}

export class SqliteSnapshotStore extends Store {
  #file;

  static async open(db, options) {
    if (options !== undefined) {
      throw invalid(
        'SqliteSnapshotStore.open takes no options: SQLite does not separate tenants, so use a file for each',
      );
    }
    const isPath = typeof db === 'string';
    // As from a variable that is not set.
    if (db === '') throw invalid('The path is empty: SQLite would remove the file when it is closed');
    if (!isPath && (typeof db?.prepare !== 'function' || typeof db?.exec !== 'function')) {
      throw invalid('SqliteSnapshotStore.open takes a path, or a database of node:sqlite or better-sqlite3');
    }
    const open = isPath ? await openFile(db) : db;
    const database = new SqliteDatabase(driverOf(open), SqliteSession, { tenant: '' });
    const store = new SqliteSnapshotStore(OPENING, database);
    if (isPath) store.#file = open;
    try {
      await database.read(undefined, (session) => session.patient());
      await store.migrate();
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** Closes the file, if `open` was given a path. */
  close() {
    this.#file?.close();
    this.#file = undefined;
  }
}

// Connections, transactions and their nesting, for every driver.
//
// Why: some hosts have one connection (SQLite, PGlite, a client of `pg`). Operations that run at the same time on one connection would end up
// in each other's transactions, and a call inside a transaction that waits for the connection would wait for itself. How: on a single
// connection, operations queue. A call inside a transaction joins it, also if it is made on the store that was opened, and also with a pool, whose
// last connection may be the one of the transaction. The transaction is found through the asynchronous context, if the runtime has one.

import { problem } from './problems.js';

const hooks = globalThis.process?.getBuiltinModule?.('node:async_hooks');
/** The innermost transaction in which the running code was called. */
const innermost = hooks && new hooks.AsyncLocalStorage();
const TRIES = 4;

/** Runs one function after the other. */
class Queue {
  #last = Promise.resolve();

  run(use) {
    const result = this.#last.then(use);
    this.#last = result.then(
      () => {},
      () => {},
    );
    return result;
  }
}

/** The queues of single connections: several stores may be opened on one. */
const queues = new WeakMap();
function queueOf(handle) {
  if (!queues.has(handle)) queues.set(handle, new Queue());
  return queues.get(handle);
}

/** One use of a connection: its statements, and the savepoints in it. */
export class Session {
  isOpen = true;
  /** Other processes may do the same at the same time, and wait for it. */
  isAwaited = false;
  /** Nothing was written in it, so nobody waits for it. */
  isReading = false;
  queue = new Queue();
  /** Number of transactions around it, so also the name of its savepoint. */
  depth = 0;

  /** @param connection `{ query(sql, params), … }`, of the driver */
  constructor(database, connection, options) {
    this.database = database;
    this.connection = connection;
    this.options = options;
    /** The outermost transaction around it. */
    this.root = this;
  }

  get tenant() {
    return this.options.tenant;
  }

  /** Lets other work of the process go on. A database in the process would keep it from everything else meanwhile. */
  async breathe() {
    if (this.connection.isLocal !== true) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  }

  nested(connection = this.connection) {
    const session = new this.constructor(this.database, connection, this.options);
    session.root = this.root;
    session.depth = this.depth + 1;
    return session;
  }
}

/**
 * Fails at the end of a transaction in which a statement failed. PostgreSQL answers its COMMIT by undoing everything, without an error, so a
 * caller who has caught the statement's error would not notice.
 */
const checked = (use) => async (session) => {
  const result = await use(session);
  await session.rows('select 1 as one');
  return result;
};

export class Database {
  #driver;
  #Session;
  #options;
  #queue;

  /**
   * @param driver `use(run)` gives `run` a connection, `transaction(run)` one in a transaction that ends with `run`; `handle` is the
   * connection, if there is only one; `isRepeatable(error)`: the transaction may succeed if it is repeated
   * @param options of the sessions. `tenant`: its key, or an empty text; `isBound`: the database asks each transaction for it
   */
  constructor(driver, Session, options) {
    this.#driver = driver;
    this.#Session = Session;
    this.#options = options;
    if (driver.handle !== undefined) this.#queue = queueOf(driver.handle);
  }

  #shares(other) {
    return other === this || (this.#queue !== undefined && other.#queue === this.#queue);
  }

  /** Returns the transaction that a call belongs to. */
  #around(session) {
    const current = innermost?.getStore();
    const joins =
      current?.isOpen === true &&
      (session === undefined ? this.#shares(current.database) : session.root === current.root);
    const around = joins ? this.#lent(current) : session;
    if (around !== undefined && !(around.isOpen && around.root.isOpen)) {
      throw new Error('The transaction of this store has ended');
    }
    return around;
  }

  /** Uses the transaction of another store on the same connection. */
  #lent(current) {
    if (current.database === this) return current;
    if (current.tenant !== this.#options.tenant)
      throw new Error('A transaction of another tenant is open on this connection');
    const session = this.#session(current.connection);
    session.root = current.root;
    session.depth = current.depth;
    session.queue = current.queue;
    return session;
  }

  async read(session, use) {
    const around = this.#around(session);
    if (around !== undefined) return around.queue.run(() => use(around));
    const enter = (session) => {
      session.isReading = true;
      return use(session);
    };
    return this.#alone(() =>
      this.#options.isBound !== true
        ? this.#driver.use((connection) => enter(this.#session(connection)))
        : this.#transaction(enter),
    );
  }

  /** @param isOurs `use` may be called again, because it is not the caller's */
  async write(session, use, isOurs = true) {
    const around = this.#around(session);
    if (around !== undefined) return around.queue.run(() => this.#savepoint(around, use));
    return this.#alone(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await this.#transaction(isOurs ? use : checked(use), isOurs && tries === 1);
        } catch (error) {
          if (!isOurs || tries === TRIES || !this.#driver.isRepeatable(error)) throw error;
        }
      }
    });
  }

  #alone(run) {
    return this.#queue === undefined ? run() : this.#queue.run(run);
  }

  #session(connection) {
    return new this.#Session(this, connection, this.#options);
  }

  #transaction(use, isFirst = false) {
    return this.#driver.transaction(async (connection) => {
      const session = this.#session(connection);
      session.isFirst = isFirst;
      await session.begun();
      return this.#within(session, use);
    });
  }

  async #within(session, use) {
    try {
      return await (innermost === undefined ? use(session) : innermost.run(session, () => use(session)));
    } finally {
      // Everything that was called in it and not awaited has ended, or will find it closed.
      session.isOpen = false;
    }
  }

  /** Runs a part of a transaction all or nothing. */
  async #savepoint(around, use) {
    const { savepoint } = around.connection;
    if (savepoint !== undefined) return savepoint((connection) => this.#within(around.nested(connection), use));
    const session = around.nested();
    const name = `snapshot_${session.depth}`;
    await session.rows(`savepoint ${name}`);
    try {
      const result = await this.#within(session, use);
      await session.rows(`release savepoint ${name}`);
      return result;
    } catch (error) {
      try {
        await session.rows(`rollback to savepoint ${name}`);
        await session.rows(`release savepoint ${name}`);
      } catch {
        // The connection is lost, or SQLite has undone the whole transaction (a full disk). What follows would be outside of it.
        session.root.isOpen = false;
      }
      throw error;
    }
  }

  /**
   * Applies the migrations that are missing, each in the same transaction as its number.
   *
   * @param migrations lists of statements; the number of one is its position, from 1
   */
  async apply({ read, lock, migrations, takeOver }) {
    const from = await this.read(undefined, read);
    if (from > migrations.length) {
      throw problem(
        'SERVICE_UNAVAILABLE',
        `The tables are of version ${from}; this package knows ${migrations.length}: update it`,
      );
    }
    if (from < migrations.length) {
      await this.write(undefined, async (session) => {
        await lock(session);
        for (let number = (await read(session)) + 1; number <= migrations.length; number++) {
          for (const statement of migrations[number - 1]) await session.rows(statement);
          await session.rows('insert into {migration} (number) values ($1::int)', [number]);
        }
      });
    }
    await takeOver?.();
    return { from, to: migrations.length };
  }
}

// The entry `./postgres`: snapshots in PostgreSQL.
//
// How: the database says under which number it has the text of each digest. Texts that are not there yet are copied (`pg`) or inserted from one
// JSON text, which every driver passes unchanged, and then the numbers of all of them as the links. Savers share a lock that `erase` takes
// alone, so no text goes while a new snapshot begins to use it.

import { OPENING, Store } from './core.js';
import { Database, Session } from './database.js';
import { keyOf } from './keys.js';
import { chunksOf } from './pages.js';
import { binaryRows, COLUMN, valuesIn } from './postgres-copy.js';
import { driverOf } from './postgres-drivers.js';
import { DEFAULT_SCHEMA, isSchema, literal, quoted, tableOf, translated } from './postgres-names.js';
import { MIGRATING, MIGRATION_TABLE, MIGRATIONS, NO_TENANT } from './postgres-schema.js';
import { takeOver } from './postgres-take-over.js';
import { invalid, problem, refuseOthers } from './problems.js';

export { verifyTombstone } from './tombstones.js';

/** Number of the advisory lock of the texts of items. */
const BODIES = 7_283_411;
/** Fewer texts are inserted, because a COPY needs round trips of its own. */
const MIN_COPIED = 100;
/** UTF-16 units of one JSON text. */
const INSERTED = 2 ** 21;
/** Statements of one message. */
const STREAMED = 16;
/** So many texts are looked up one by one. For them, a planner without statistics would read all texts of the tenant. */
const FEW = 1000;

const hexDigits = (digest) => digest.slice('sha256:'.length);

const BODY_COLUMNS = [COLUMN.text, COLUMN.bytea, COLUMN.text, COLUMN.text];
function* rowsOfBodies(tenant, bodies) {
  for (const { itemId, digest, json } of bodies) yield [tenant, hexDigits(digest), keyOf(itemId), json];
}

const ITEM_COLUMNS = [COLUMN.bigint, COLUMN.int, COLUMN.bigint, COLUMN.time];
function* rowsOfItems(number, from, bodies, times) {
  const snapshot = Number(number);
  const own = new Map(times);
  for (let at = 0; at < bodies.length; at++) yield [snapshot, from + at, Number(bodies[at]), own.get(at) ?? null];
}

const hexOf = (digests) => digests.map(hexDigits).join('');
/** SQL: the digests of `$1` with their positions, as `d(at, digest)`. */
const DIGESTS = `(
  select at, substring(all_digests.bytes from at * 32 + 1 for 32) as digest
  from (select decode($1::text, 'hex') as bytes offset 0) all_digests,
    generate_series(0, octet_length(all_digests.bytes) / 32 - 1) as at
  offset 0) d`;

class PostgresSession extends Session {
  isSharing = false;

  /** Says whose rows this transaction is about. The setting that the connection has may be that of other code. */
  async begun() {
    const { tenant, isBound } = this.options;
    if (!isBound) return;
    await this.rows("select set_config('context_snapshot.tenant', $1::text, true)", [
      tenant === '' ? NO_TENANT : tenant,
    ]);
  }

  rows(sql, params = []) {
    return this.connection.query(this.options.translate(sql), params);
  }

  list(parameter) {
    return `select value from json_array_elements_text(${parameter}::json) as e(value)`;
  }

  numbers(parameter) {
    return `select value::bigint from json_array_elements_text(${parameter}::json) as e(value)`;
  }

  /** A column of all rows as one JSON text: a list, in the order of the subquery. */
  group(column) {
    return `json_agg(${column})::text`;
  }

  position(text, part) {
    return `strpos(${text}, ${part})`;
  }

  digest(column) {
    return `'sha256:' || encode(${column}, 'hex')`;
  }

  time(column) {
    return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  }

  later(seconds) {
    return `now() + ${seconds} * interval '1 second'`;
  }

  /** True if rows can be streamed. Not if others may wait for this transaction: no timeout ends a COPY whose client hangs. */
  get streams() {
    return this.isReading && this.connection.copyOut !== undefined;
  }

  /**
   * Passes the columns of each row to `use`: the first as bytes that stay for the call, the others as text, or null.
   *
   * How: many statements go in one message. So the database never waits for the next one, and reads while `use` runs.
   *
   * @param columns number of them
   * @param list whole numbers for the parameters of each statement: a COPY has none
   */
  async stream(sql, columns, list, use) {
    const parts = sql.split(/\$(\d)/).map((part, at) => (at % 2 === 0 ? this.options.translate(part) : Number(part)));
    for (const [, some] of chunksOf(list, STREAMED)) {
      const statements = some.map((numbers) => {
        const query = parts.map((part) => (typeof part === 'string' ? part : BigInt(numbers[part - 1]))).join('');
        return `copy (${query}) to stdout with (format binary)`;
      });
      await this.connection.copyOut(statements.join('; '), (message) => {
        const values = valuesIn(message, columns);
        if (values !== undefined) use(...values);
      });
    }
  }

  async lockBodies() {
    await this.rows(`select pg_advisory_xact_lock(${BODIES})::text`);
  }

  async shareBodies() {
    if (this.root.isSharing) return;
    await this.rows(`select pg_advisory_xact_lock_shared(${BODIES})::text`);
    this.root.isSharing = true;
  }

  async bodies(tenant, digests) {
    const wanted = 'b.tenant_id = $2::text and b.digest = d.digest and b.text is not null';
    const found =
      digests.length <= FEW
        ? `lateral (select b.number from {body} b where ${wanted} offset 0) b on true`
        : `{body} b on ${wanted}`;
    const [{ list }] = await this.rows(
      `select json_agg(number)::text as list from (
         select b.number from ${DIGESTS} left join ${found} order by d.at) numbers`,
      [hexOf(digests), tenant],
    );
    return JSON.parse(list).map((number) => number ?? undefined);
  }

  /**
   * Returns true if rows can be copied: not in a transaction that cannot be repeated, because a text that another one has just stored must not
   * be an error there; not with row-level security, which forbids COPY; and not if others may wait for this transaction, because before
   * PostgreSQL 17 no timeout ends a COPY whose client hangs.
   */
  #mayCopy(count) {
    return (
      this.isFirst === true &&
      !this.isAwaited &&
      !this.options.isBound &&
      count >= MIN_COPIED &&
      this.connection.copy !== undefined
    );
  }

  #copy(into, columns, rows) {
    const sql = this.options.translate(`copy ${into} from stdin with (format binary)`);
    return this.connection.copy(sql, binaryRows(columns, rows));
  }

  async addBodies(tenant, bodies, count) {
    if (this.#mayCopy(count)) {
      await this.#copy('{body} (tenant_id, digest, item_id, text)', BODY_COLUMNS, rowsOfBodies(tenant, bodies));
      return;
    }
    let keys = [];
    let texts = [];
    let length = 0;
    for (const { itemId, digest, json } of bodies) {
      keys.push([hexDigits(digest), keyOf(itemId)]);
      texts.push(json);
      length += json.length;
      if (length < INSERTED) continue;
      await this.#insert(tenant, keys, texts);
      await this.breathe();
      keys = [];
      texts = [];
      length = 0;
    }
    if (keys.length > 0) await this.#insert(tenant, keys, texts);
  }

  /** Inserts texts that came as one text: an element of type json keeps the characters that it was written with, U+0000 too. */
  async #insert(tenant, keys, texts) {
    await this.rows(
      `insert into {body} as b (tenant_id, digest, item_id, text)
       select $1::text, decode(key ->> 0, 'hex'), key ->> 1, item::text
       from rows from (json_array_elements($2::text::json), json_array_elements($3::text::json)) as r (key, item)
       on conflict (tenant_id, digest) do update set text = excluded.text where b.text is null`,
      [tenant, JSON.stringify(keys), `[${texts.join()}]`],
    );
  }

  async addItems(number, from, bodies, times) {
    if (this.#mayCopy(bodies.length)) {
      const rows = rowsOfItems(number, from, bodies, times);
      await this.#copy('{item} (snapshot, ordinal, body, created_at)', ITEM_COLUMNS, rows);
      return;
    }
    const own = `left join (
      select (e ->> 0)::int as at, (e ->> 1)::timestamptz as time from json_array_elements($4::text::json) as e) t on t.at = b.at - 1`;
    await this.rows(
      `insert into {item} (snapshot, ordinal, body, created_at)
       select $1::bigint, $2::int + b.at - 1, b.number::bigint, ${times.length === 0 ? 'null' : 't.time'}
       from unnest(string_to_array($3::text, ',')) with ordinality as b (number, at)
       ${times.length === 0 ? '' : own}`,
      [number, from, bodies.join(), ...(times.length === 0 ? [] : [JSON.stringify(times)])],
    );
  }
}

class PostgresDatabase extends Database {
  #schema;
  #options;
  /** Row-level security binds this role in all tables. */
  isSeparated = false;

  constructor(driver, options, schema) {
    super(driver, PostgresSession, options);
    this.#schema = schema;
    this.#options = options;
  }

  /** Finds out whether row-level security binds this role: then each transaction says which tenant it is for. */
  async bind() {
    const tables = ['pack', 'snapshot', 'body', 'item', 'tombstone', 'outbox'].map((name) => literal(tableOf(name)));
    const [{ active }] = await this.read(undefined, (session) =>
      session.rows(
        `select count(*)::int as active from pg_class
         where relnamespace = to_regnamespace($1::text) and relname in (${tables.join()}) and row_security_active(oid)`,
        [quoted(this.#schema)],
      ),
    );
    this.#options.isBound = Number(active) > 0;
    this.isSeparated = Number(active) === tables.length;
  }

  migrate(store) {
    const schema = this.#schema;
    return this.apply({
      read: async (session) => {
        const [{ found }] = await session.rows('select to_regclass($1::text)::text as found', [
          `${quoted(schema)}.snapshot_migration`,
        ]);
        if (found === null) return 0;
        const [{ number }] = await session.rows('select coalesce(max(number), 0)::int as number from {migration}');
        return Number(number);
      },
      lock: async (session) => {
        await session.rows(`select pg_advisory_xact_lock(${MIGRATING})::text`);
        const [{ found }] = await session.rows('select to_regnamespace($1::text)::text as found', [quoted(schema)]);
        if (found === null) await session.rows('create schema {in}');
        await session.rows(MIGRATION_TABLE);
      },
      migrations: MIGRATIONS,
      // The tables of the host have rows of all tenants, so only a role that is bound to none takes them.
      takeOver: async () => {
        await this.bind();
        if (!this.#options.isBound && this.#options.tenant === '') await takeOver(store, this, schema);
      },
    });
  }
}

export class PostgresSnapshotStore extends Store {
  static async open(db, options = {}) {
    refuseOthers(options, ['schema', 'tenant']);
    const { schema = DEFAULT_SCHEMA, tenant } = options;
    if (!isSchema(schema)) throw invalid('schema: expected 1 to 63 bytes');
    // One that is given and undefined is a tenant that is missing, not a wish for the rows of all.
    if ('tenant' in options && (typeof tenant !== 'string' || tenant === '')) throw invalid('tenant is empty');
    const driver = driverOf(db);
    await driver.check?.();
    const known = new Map();
    const translate = (sql) => {
      let text = known.get(sql);
      if (text === undefined) {
        text = translated(sql, schema);
        known.set(sql, text);
      }
      return text;
    };
    const settings = { tenant: tenant === undefined ? '' : keyOf(tenant), isBound: false, translate };
    const database = new PostgresDatabase(driver, settings, schema);
    const store = new PostgresSnapshotStore(OPENING, database);
    await store.migrate();
    // The SQL of the store does not separate tenants.
    if (tenant !== undefined && !database.isSeparated) {
      throw problem(
        'SERVICE_UNAVAILABLE',
        'Row-level security is not active for this role, so tenants are not separated',
      );
    }
    return store;
  }
}

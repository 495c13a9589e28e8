// Takes over what is in the host's own tables: `context_pack`, `context_snapshot` and `context_snapshot_item` in the same schema.
//
// Why copies: the host's store may still write there while processes are updated one after the other. How: each call takes what is not here
// yet, a snapshot at a time in a transaction of its own. The tables of the host are only read. Times are read as text and numbers as JSON
// text, because drivers would cut them; names of columns have no underscore, because some drivers change these.

import { canonicalize, canonicalizeJson, digest, digestItem, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { TAKE_PACK, TAKE_SNAPSHOT } from './core.js';
import { isOurs, problem, shorten } from './problems.js';

const { stringify } = JSON;
const PAGE = 100;
/** A column of times as it is in UTC. One without a time zone is in UTC already, whatever the zone of the connection is. */
const utc = (column) => `case pg_typeof(${column})::text
  when 'timestamp without time zone' then ${column}::timestamp else ${column}::timestamptz at time zone 'UTC' end`;
/** The same as text, null for a time that RFC 3339 cannot write: it is infinite, before the year 1 or after 9999. */
const iso = (column) => `case when ${utc(column)} between '0001-01-01' and '9999-12-31 23:59:59.999999'
  then to_char(${utc(column)}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`;

/** Makes JSON text of columns: `text` is a string, `json` is JSON text. Columns without a value are left out. */
function jsonOf({ text = {}, json = {} }) {
  const members = [];
  for (const name in text) if (text[name] !== null) members.push(`${stringify(name)}:${stringify(text[name])}`);
  for (const name in json) if (json[name] !== null) members.push(`${stringify(name)}:${json[name]}`);
  return `{${members.join()}}`;
}

/** Canonical JSON of text, or of the value if it has numbers that only `numeric` can hold. */
function canonicalOf(text) {
  try {
    return canonicalizeJson(text);
  } catch {
    return canonicalize(JSON.parse(text));
  }
}

/**
 * Makes what is stored of a row.
 *
 * @param needed values of columns that a store needs, by name. A time that cannot be written was read as null.
 * @throws the error of a row that cannot be stored. It names table, row and reason, and says what to do
 */
function made(table, id, needed, make) {
  const refuse = (reason, cause) => {
    const what = `Row ${shorten(id)} of ${table} cannot be taken over: ${reason}`;
    const help = 'Correct or delete it, and open the store again, which goes on from there';
    return problem('VALIDATION_FAILED', `${what}. ${help}`, { cause });
  };
  for (const name in needed) {
    if (needed[name] === null)
      throw refuse(`${name} is ${name === 'created_at' ? 'null, infinite, or not of the years 1 to 9999' : 'null'}`);
  }
  try {
    return make();
  } catch (error) {
    throw isOurs(error) ? refuse(error.detail, error) : error;
  }
}

/** Digest and text of a row. One that is not an item of this package is kept, and `verify` says what is wrong with it. */
function bodyOf(itemId, json, time) {
  try {
    return { ...digestItem(json), time };
  } catch {
    const text = canonicalOf(json);
    return { itemId, digest: digest(parseCanonical(text)), json: text, time };
  }
}

const byId = (left, right) => (left.itemId < right.itemId ? -1 : 1);

/** Makes the items of a snapshot from its rows. Removes the prefix of row ids only if the snapshot is valid without it. */
function itemsOf(record, rows) {
  const make = (id) =>
    rows.map((row) => {
      const itemId = id(row);
      const text = { itemId, kind: row.kind, sourceKey: row.sourceKey, sourceVersion: row.sourceVersion };
      text.textContent = row.textContent;
      const json = jsonOf({ text, json: { content: row.content, metadata: row.metadata } });
      return made('context_snapshot_item', row.id, {}, () => bodyOf(itemId, json, row.createdAt));
    });
  const prefix = `${record.snapshotId}:`;
  if (rows.length > 0 && rows.every(({ id }) => id.startsWith(prefix))) {
    const items = make(({ id }) => id.slice(prefix.length));
    if (verifySnapshot({ record, items: items.map(({ json }) => json) }).valid) return items.sort(byId);
  }
  return make(({ id }) => id).sort(byId);
}

/** Returns true if all three tables are there and may be read, and if this connection may write: one that only reads takes nothing over. */
async function isThere(session, schema) {
  const [{ count }] = await session.rows(
    `select count(*)::int as count from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1::text and current_setting('transaction_read_only') = 'off'
       and has_table_privilege({name} || '.snapshot', 'insert') and c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage')
       and c.relname in ('context_pack', 'context_snapshot', 'context_snapshot_item') and has_table_privilege(c.oid, 'select')`,
    [schema],
  );
  return Number(count) === 3;
}

export async function takeOver(store, database, schema) {
  const read = (sql, params) => database.read(undefined, (session) => session.rows(sql, params));
  if (!(await database.read(undefined, (session) => isThere(session, schema)))) return;

  for (let after = null; ; ) {
    const packs = await read(
      `select h.id, h.pack_key as "packKey", h.version, h.title, h.description, h.owners::text as owners, h.tags::text as tags,
         h.sources::text as sources, ${iso('h.created_at')} as "createdAt", ${iso('h.updated_at')} as "updatedAt"
       from {in}.context_pack h where ($1::text is null or h.id > $1::text) and not exists (
         select 1 from {pack} p where p.tenant_id = '' and p.pack_key = h.pack_key and p.pack_version = h.version
           and (p.updated_at is null or p.updated_at >= date_trunc('milliseconds', (${utc('h.updated_at')}) at time zone 'UTC')))
       order by h.id limit ${PAGE}`,
      [after],
    );
    for (const row of packs) {
      const { packKey, version, title, description, createdAt, updatedAt, owners, tags, sources } = row;
      const json = jsonOf({
        text: { packKey, version, title, description, createdAt, updatedAt },
        json: { owners, tags, sources },
      });
      const needed = { pack_key: packKey, version };
      await store[TAKE_PACK](made('context_pack', row.id, needed, () => parseCanonical(canonicalOf(json))));
    }
    if (packs.length < PAGE) break;
    after = packs[packs.length - 1].id;
  }

  for (let after = null; ; ) {
    // A snapshot that the host has only partly written is taken as far as it is there, and again when there is more.
    const records = await read(
      `select h.id, h.pack_key as "packKey", h.pack_version as "packVersion", h.hash, h.item_count as "itemCount",
         h.created_by as "createdBy", h.metadata::text as metadata,
         ${iso('h.created_at')} as "createdAt"
       from {in}.context_snapshot h where ($1::text is null or h.id > $1::text) and not exists (
         select 1 from {snapshot} s where s.snapshot_id = h.id and (
           exists (select 1 from {item} i where i.snapshot = s.number and i.ordinal >= 0)
           or (select count(*) from {item} i where i.snapshot = s.number)
             >= (select count(*) from {in}.context_snapshot_item x where x.snapshot_id = h.id)))
       order by h.id limit ${PAGE}`,
      [after],
    );
    for (const row of records) await takeSnapshot(store, read, row);
    if (records.length < PAGE) return;
    after = records[records.length - 1].id;
  }
}

async function takeSnapshot(store, read, row) {
  const rows = await read(
    `select id, kind, source_key as "sourceKey", source_version as "sourceVersion", content::text as content,
       text_content as "textContent", metadata::text as metadata, ${iso('created_at')} as "createdAt"
     from {in}.context_snapshot_item where snapshot_id = $1::text`,
    [row.id],
  );
  const itemCount = row.itemCount === null ? rows.length : Number(row.itemCount);
  const { id: snapshotId, packKey, packVersion, hash, createdBy, createdAt } = row;
  const json = jsonOf({
    text: { snapshotId, packKey, packVersion, hash, createdBy, createdAt },
    json: { itemCount: `${itemCount}`, metadata: row.metadata },
  });
  const needed = { pack_key: packKey, pack_version: packVersion, hash, created_at: createdAt };
  const text = made('context_snapshot', row.id, needed, () => canonicalOf(json));
  const record = parseCanonical(text);
  // Rows beyond the number that the record has are kept, and `verify` reports them.
  const checked = { record, time: createdAt, text, count: Math.max(itemCount, rows.length) };
  await store[TAKE_SNAPSHOT](checked, itemsOf(record, rows));
}

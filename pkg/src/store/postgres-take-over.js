// Takes over what is in the host's own tables: `context_pack`, `context_snapshot` and `context_snapshot_item` in the same schema.
//
// Why copies: the host's store may still write there while processes are updated one after the other. How: each call takes what is not here
// yet, a snapshot at a time in a transaction of its own. The tables of the host are only read. Times are read as text and numbers as JSON
// text, because drivers would cut them; names of columns have no underscore, because some drivers change these.

import { canonicalize, canonicalizeJson, digest, digestItem, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { TAKE_PACK, TAKE_SNAPSHOT } from './core.js';

const { stringify } = JSON;
const PAGE = 100;
const iso = (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

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
      return bodyOf(itemId, jsonOf({ text, json: { content: row.content, metadata: row.metadata } }), row.createdAt);
    });
  const prefix = `${record.snapshotId}:`;
  if (rows.length > 0 && rows.every(({ id }) => id.startsWith(prefix))) {
    const items = make(({ id }) => id.slice(prefix.length));
    if (verifySnapshot({ record, items: items.map(({ json }) => json) }).valid) return items.sort(byId);
  }
  return make(({ id }) => id).sort(byId);
}

/** Returns true if all three tables are there, with the host's columns, and may be read. */
async function isThere(session, schema) {
  const [{ count }] = await session.rows(
    `select count(*)::int as count from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1::text and c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage')
       and c.relname in ('context_pack', 'context_snapshot', 'context_snapshot_item') and has_table_privilege(c.oid, 'select')`,
    [schema],
  );
  return Number(count) === 3;
}

export async function takeOver(store, database, schema) {
  const read = (sql, params) => database.read(undefined, (session) => session.rows(sql, params));
  if (!(await database.read(undefined, (session) => isThere(session, schema)))) return;

  for (let after = ''; ; ) {
    const packs = await read(
      `select h.id, h.pack_key as "packKey", h.version, h.title, h.description, h.owners::text as owners, h.tags::text as tags,
         h.sources::text as sources, ${iso('h.created_at')} as "createdAt", ${iso('h.updated_at')} as "updatedAt"
       from {in}.context_pack h where h.id > $1::text and not exists (
         select 1 from {pack} p where p.tenant_id = '' and p.pack_key = h.pack_key and p.pack_version = h.version
           and (p.updated_at is null or p.updated_at >= date_trunc('milliseconds', h.updated_at)))
       order by h.id limit ${PAGE}`,
      [after],
    );
    for (const row of packs) {
      const { packKey, version, title, description, createdAt, updatedAt, owners, tags, sources } = row;
      const text = { packKey, version, title, description, createdAt, updatedAt };
      await store[TAKE_PACK](parseCanonical(canonicalOf(jsonOf({ text, json: { owners, tags, sources } }))));
    }
    if (packs.length < PAGE) break;
    after = packs[packs.length - 1].id;
  }

  for (let after = ''; ; ) {
    // A snapshot that the host has only partly written is taken as far as it is there, and again when there is more.
    const records = await read(
      `select h.id, h.pack_key as "packKey", h.pack_version as "packVersion", h.hash, h.item_count as "itemCount",
         h.created_by as "createdBy", h.metadata::text as metadata,
         ${iso('h.created_at')} as "createdAt"
       from {in}.context_snapshot h where h.id > $1::text and not exists (
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
  const text = canonicalOf(
    jsonOf({
      text: {
        ...{ snapshotId: row.id, packKey: row.packKey, packVersion: row.packVersion, hash: row.hash },
        ...{ createdBy: row.createdBy, createdAt: row.createdAt },
      },
      json: { itemCount: `${itemCount}`, metadata: row.metadata },
    }),
  );
  const record = parseCanonical(text);
  // Rows beyond the number that the record has are kept, and `verify` reports them.
  const checked = { record, time: row.createdAt, text, count: Math.max(itemCount, rows.length) };
  await store[TAKE_SNAPSHOT](checked, itemsOf(record, rows));
}

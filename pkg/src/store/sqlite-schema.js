// The tables in SQLite, as numbered migrations. A migration that was released is never edited: a change is a new one.

/** Refuses a statement on a table, unless a condition holds. */
const refuse = (table, what, unless) => `create trigger ${table}_no_${what} before ${what} on ${table}
  ${unless === undefined ? '' : `when not (${unless})`}
  begin select raise(abort, 'snapshots are never changed'); end`;

/** True if there is a row with the key of the new one. REPLACE would remove it, and call no trigger for `delete`. */
const isThere = (table, key) => `exists (select 1 from ${table} where ${key})`;
/** Refuses to insert where there is a row already. So the store looks first: `on conflict` comes too late. */
const noReplace = (table, ...keys) => `create trigger ${table}_no_replace before insert on ${table}
  when ${keys.map((key) => isThere(table, key)).join(' or ')}
  begin select raise(abort, 'snapshots are never changed'); end`;
const SAME_PLACE = 'snapshot = new.snapshot and ordinal = new.ordinal';

/** True if every snapshot that has this body has erased it. */
const IS_ERASED = `not exists (
  select 1 from snapshot_item i where i.body = old.number and not exists (
    select 1 from snapshot_tombstone t where t.snapshot = i.snapshot and t.ordinal = i.ordinal))`;
const SAME_BODY =
  'new.number = old.number and new.tenant_id = old.tenant_id and new.digest = old.digest and new.item_id = old.item_id';

/** Puts a statement in one line: `drizzle-kit pull` looks for the query of a view there, and stops if it finds none. */
const inOneLine = (sql) => sql.replace(/\s+/g, ' ');

export const MIGRATIONS = [
  [
    `create table snapshot_pack (
      tenant_id text not null,
      pack_key text not null,
      pack_version text not null,
      version_rank text not null,
      search text not null,
      updated_at text,
      text text not null,
      primary key (tenant_id, pack_key, pack_version)) without rowid`,
    'create index snapshot_pack_rank on snapshot_pack (tenant_id, pack_key, version_rank, pack_version)',
    `create table snapshot (
      number integer primary key autoincrement,
      tenant_id text not null,
      snapshot_id text not null unique,
      pack_key text not null,
      pack_version text not null,
      hash text not null,
      seal text,
      item_count integer not null,
      created_by text,
      created_at text not null,
      text text not null)`,
    'create index snapshot_by_pack on snapshot (pack_key, created_at, number)',
    'create index snapshot_by_time on snapshot (created_at, number)',
    `create table snapshot_body (
      number integer primary key autoincrement,
      tenant_id text not null,
      digest text not null,
      item_id text not null,
      text text,
      unique (tenant_id, digest))`,
    `create table snapshot_item (
      snapshot integer not null,
      ordinal integer not null,
      body integer not null,
      created_at text,
      primary key (snapshot, ordinal)) without rowid`,
    'create index snapshot_item_by_body on snapshot_item (body)',
    `create table snapshot_tombstone (
      snapshot integer not null,
      ordinal integer not null,
      erased_at text not null,
      text text not null,
      primary key (snapshot, ordinal)) without rowid`,
    `create table snapshot_outbox (
      number integer primary key autoincrement,
      id text not null unique,
      tenant_id text not null,
      aggregatetype text not null,
      aggregateid text not null,
      type text not null,
      version text not null,
      timestamp text not null,
      payload text not null,
      snapshot integer not null,
      attempts integer not null default 0,
      leased_until text,
      published_at text)`,
    'create index snapshot_outbox_open on snapshot_outbox (number) where published_at is null',

    refuse('snapshot', 'update'),
    refuse('snapshot', 'delete'),
    refuse('snapshot_tombstone', 'update'),
    refuse('snapshot_tombstone', 'delete'),
    refuse('snapshot_body', 'delete'),
    refuse(
      'snapshot_body',
      'update',
      `${SAME_BODY} and ((new.text is null and ${IS_ERASED}) or (old.text is null and new.text is not null))`,
    ),
    refuse('snapshot_item', 'update'),
    // Items of a snapshot that is not complete yet have negative ordinals, until the last one is there.
    refuse('snapshot_item', 'delete', 'old.ordinal < 0'),
    refuse(
      'snapshot_item',
      'insert',
      `exists (select 1 from snapshot s where s.number = new.snapshot and new.ordinal < s.item_count)
       and (new.ordinal >= 0 or not exists (select 1 from snapshot_item i where i.snapshot = new.snapshot and i.ordinal >= 0))`,
    ),
    refuse(
      'snapshot_tombstone',
      'insert',
      'exists (select 1 from snapshot_item i where i.snapshot = new.snapshot and i.ordinal = new.ordinal)',
    ),

    inOneLine(`create view snapshot_item_row as
      select s.snapshot_id || ':' || b.item_id as id, s.snapshot_id, json_extract(b.text, '$.kind') as kind,
        json_extract(b.text, '$.sourceKey') as source_key, json_extract(b.text, '$.sourceVersion') as source_version,
        json_extract(b.text, '$.content') as content, json_extract(b.text, '$.textContent') as text_content,
        json_extract(b.text, '$.metadata') as metadata, coalesce(i.created_at, s.created_at) as created_at,
        b.item_id, i.ordinal, b.digest, b.text
      from snapshot_item i join snapshot s on s.number = i.snapshot join snapshot_body b on b.number = i.body
      where not exists (
        select 1 from snapshot_tombstone t where t.snapshot = i.snapshot and t.ordinal = i.ordinal)`),
  ],

  [
    // A row to which the database gives a number has -1 here. Nobody can insert any more once there is a row with that, which is no secret.
    noReplace('snapshot', 'snapshot_id = new.snapshot_id', 'number = new.number'),
    noReplace('snapshot_body', 'tenant_id = new.tenant_id and digest = new.digest', 'number = new.number'),
    noReplace('snapshot_item', SAME_PLACE),
    noReplace('snapshot_tombstone', SAME_PLACE),
  ],

  [
    // A column of this type keeps a number such as 2.5, and a complete snapshot has room for that.
    `create trigger snapshot_item_whole before insert on snapshot_item when typeof(new.ordinal) <> 'integer'
      begin select raise(abort, 'snapshots are never changed'); end`,
  ],
];

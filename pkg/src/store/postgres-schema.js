// The tables in PostgreSQL, as numbered migrations. A migration that was released is never edited: a change is a new one.
//
// How: names in braces are tables, and `{in}` is the schema (`postgres-names.js`). Texts with a backslash begin with E, because what a
// backslash means in others is a setting of the caller. Keys compare byte by byte (`collate "C"`). Text is compressed by LZ4 if the
// server has it, which is several times as fast as its own method. Nothing is stored as `jsonb` beside it: that took half of the time and space.

/** Number of the advisory lock of migrations. */
export const MIGRATING = 7_283_410;
/** Which migrations were applied. */
export const MIGRATION_TABLE = `create table if not exists {migration} (
  number integer primary key, applied_at timestamptz not null default now())`;

const KEY = 'text collate "C" not null';
const TENANT = "coalesce(current_setting('context_snapshot.tenant', true), '')";
/** What the setting is for rows without a tenant: nothing that it is if nobody sets it, nor a tenant's key (`keys.js`). */
export const NO_TENANT = 'sha256:';
/** The tenant, null if nobody has said which. In a subquery, so that it is found once in a statement. */
const SET_TENANT = `(select case setting when '${NO_TENANT}' then '' else nullif(setting, '') end
  from current_setting('context_snapshot.tenant', true) as setting)`;
/** Without it, a caller's operators would be used, which may be false for everything. */
const OWN_PATH = 'set search_path = pg_catalog, pg_temp';

/** Statements that refuse `what` on a table as a whole. */
const refuse = (
  table,
  what,
) => `create trigger snapshot_never_changed_${what.split(' ')[0]} before ${what} on {${table}}
  for each statement execute function {in}.snapshot_refuse()`;

const body = (text, options = '') => `
  returns trigger language plpgsql ${options} as $body$
  begin
    ${text}
  end
  $body$`;
const RAISE = "raise exception 'snapshots are never changed' using errcode = 'restrict_violation';";
const CHECK_ADDED = `
    if exists (
      select 1
      from (select snapshot, min(ordinal) as first, max(ordinal) as last from added group by snapshot) a
      left join {snapshot} s on s.number = a.snapshot
      where s.number is null or a.last >= s.item_count or (a.first < 0 and exists (
        select 1 from {item} i where i.snapshot = a.snapshot and i.ordinal >= 0)))
    then ${RAISE}
    end if;`;
/** Runs a statement that a server may not know. */
const ifKnown = (statement) => `do $body$
  begin
    ${statement};
  exception when others then null;
  end
  $body$`;
const compress = (table, column) => ifKnown(`alter table {${table}} alter column ${column} set compression lz4`);

export const MIGRATIONS = [
  [
    `create table {pack} (
      tenant_id ${KEY},
      pack_key ${KEY},
      pack_version ${KEY},
      version_rank ${KEY},
      search text not null,
      updated_at timestamptz,
      text text not null,
      primary key (tenant_id, pack_key, pack_version))`,
    'create index on {pack} (tenant_id, pack_key, version_rank, pack_version)',
    `create table {snapshot} (
      number bigint generated always as identity primary key,
      tenant_id ${KEY},
      snapshot_id ${KEY} unique,
      pack_key ${KEY},
      pack_version ${KEY},
      hash text not null,
      seal text,
      item_count integer not null,
      created_by text,
      created_at timestamptz not null,
      text text not null)`,
    'create index on {snapshot} (pack_key, created_at, number)',
    'create index on {snapshot} (created_at, number)',
    `create table {body} (
      number bigint generated always as identity primary key,
      digest bytea not null,
      tenant_id ${KEY},
      item_id ${KEY},
      text text,
      unique (tenant_id, digest))`,
    compress('body', 'text'),
    `create table {item} (
      snapshot bigint not null,
      body bigint not null,
      ordinal integer not null,
      created_at timestamptz,
      primary key (snapshot, ordinal))`,
    // Rows that are added together lie together, and the numbers of their texts are close to each other, so this index stays small.
    'create index on {item} using brin (body) with (pages_per_range = 8)',
    `create table {tombstone} (
      snapshot bigint not null,
      ordinal integer not null,
      erased_at timestamptz not null,
      text text not null,
      primary key (snapshot, ordinal))`,
    `create table {outbox} (
      number bigint generated always as identity primary key,
      id ${KEY} unique,
      tenant_id ${KEY},
      aggregatetype text not null,
      aggregateid text not null,
      type text not null,
      version text not null,
      timestamp timestamptz not null,
      payload json not null,
      snapshot bigint not null,
      attempts integer not null default 0,
      leased_until timestamptz,
      published_at timestamptz)`,
    'create index on {outbox} (number) where published_at is null',

    `create function {in}.snapshot_refuse()${body(RAISE)}`,
    ...['snapshot', 'tombstone'].flatMap((table) => [refuse(table, 'update or delete'), refuse(table, 'truncate')]),
    ...['body', 'item'].map((table) => refuse(table, 'truncate')),
    refuse('item', 'update'),
    refuse('body', 'delete'),

    // A text goes once every snapshot that has it has erased it, and comes back with a new snapshot of the same item.
    `create function {in}.snapshot_body_changes()${body(`
    if (new.number, new.tenant_id, new.digest, new.item_id) is distinct from (old.number, old.tenant_id, old.digest, old.item_id)
      or (new.text is null and exists (
        select 1 from {item} i where i.body = old.number and not exists (
          select 1 from {tombstone} t where t.snapshot = i.snapshot and t.ordinal = i.ordinal)))
      or (new.text is not null
        and (old.text is not null or sha256(E'\\\\x00'::bytea || convert_to(new.text, 'UTF8')) <> old.digest))
    then ${RAISE}
    end if;
    return new;`)}`,
    `create trigger snapshot_body_changes before update on {body}
      for each row execute function {in}.snapshot_body_changes()`,

    // Items of a snapshot that is not complete have negative ordinals until the last one is there.
    `create function {in}.snapshot_item_removed()${body(`
    if old.ordinal >= 0 then ${RAISE}
    end if;
    return old;`)}`,
    `create trigger snapshot_item_removed before delete on {item}
      for each row execute function {in}.snapshot_item_removed()`,
    // Ordinals are unique and below the number of items, so nothing can be added to a complete snapshot.
    `create function {in}.snapshot_item_added()${body(`${CHECK_ADDED}
    return null;`)}`,
    `create trigger snapshot_item_added after insert on {item} referencing new table as added
      for each statement execute function {in}.snapshot_item_added()`,
    `create function {in}.snapshot_tombstone_added()${body(`
    if exists (
      select 1 from added a where not exists (
        select 1 from {item} i where i.snapshot = a.snapshot and i.ordinal = a.ordinal))
    then ${RAISE}
    end if;
    return null;`)}`,
    `create trigger snapshot_tombstone_added after insert on {tombstone} referencing new table as added
      for each statement execute function {in}.snapshot_tombstone_added()`,

    // The columns of the host's table of items. U+0000, which jsonb refuses, is shown as U+FFFD. With `offset 0`, a text is parsed once for all
    // columns.
    `create view {item_row} as
      select s.snapshot_id || ':' || b.item_id as id, s.snapshot_id, j.item ->> 'kind' as kind, j.item ->> 'sourceKey' as source_key,
        j.item ->> 'sourceVersion' as source_version, j.item -> 'content' as content, j.item ->> 'textContent' as text_content,
        j.item -> 'metadata' as metadata, coalesce(i.created_at, s.created_at) as created_at,
        b.item_id, i.ordinal, 'sha256:' || encode(b.digest, 'hex') as digest, b.text, s.tenant_id
      from {item} i
      join {snapshot} s on s.number = i.snapshot
      join {body} b on b.number = i.body
      cross join lateral (select replace(b.text, E'\\\\u0000', E'\\\\ufffd')::jsonb as item offset 0) j
      where not exists (select 1 from {tombstone} t where t.snapshot = i.snapshot and t.ordinal = i.ordinal)`,

    // Policies then hold for readers of the view, from PostgreSQL 15 on.
    ifKnown('alter view {item_row} set (security_invoker = true)'),

    // Row-level security, which the operator enables: without that, policies have no effect.
    ...['pack', 'snapshot', 'body', 'outbox'].map(
      (table) => `create policy snapshot_tenant on {${table}} using (tenant_id = ${TENANT})`,
    ),
    ...['item', 'tombstone'].map(
      (table) => `create policy snapshot_tenant on {${table}}
        using (exists (select 1 from {snapshot} s where s.number = {${table}}.snapshot))`,
    ),
  ],

  [
    ...['refuse', 'body_changes', 'item_removed', 'tombstone_added'].map(
      (name) => `alter function {in}.snapshot_${name}() ${OWN_PATH}`,
    ),
    // A role that is bound to a tenant links texts of this tenant alone. Others need no check, which takes longer than all the rest here.
    `create or replace function {in}.snapshot_item_added()${body(
      `${CHECK_ADDED}
    if row_security_active(tg_relid) and exists (
      select 1 from added a join {snapshot} s on s.number = a.snapshot
      where not exists (select 1 from {body} b where b.number = a.body and b.tenant_id = s.tenant_id))
    then raise exception 'not of this tenant' using errcode = 'insufficient_privilege';
    end if;
    return null;`,
      OWN_PATH,
    )}`,

    // An id that another tenant has taken must not keep an event away.
    'alter table {outbox} drop constraint snapshot_outbox_id_key, add unique (tenant_id, id)',

    // A connection that has not said whose rows it wants sees none.
    ...['pack', 'snapshot', 'body', 'outbox'].map(
      (table) => `alter policy snapshot_tenant on {${table}} using (tenant_id = ${SET_TENANT})`,
    ),
  ],
];

// The methods of a store, whatever its database: which statements they run, and in which transactions.
//
// Why one core: both entries then have the same methods, rules and errors. How: SQL is written once, for PostgreSQL, in the subset that
// SQLite shares; the few statements that differ are methods of the session (`postgres.js`, `sqlite.js`). Canonical text is stored as it
// was hashed. The other columns are for indexes, joins and people, and nothing is read back from them that the text says too.

import {
  canonicalize,
  digestItem,
  isDigest,
  previewPack,
  SnapshotBuilder,
  SnapshotVerifier,
} from '@lssm-tech/lib.context-snapshot';
import { rankOf } from '../versions.js';
import { isReplaced, keyOf, shown } from './keys.js';
import { Links, ownTimes, timeOfItem } from './links.js';
import { addEvent, eventOf, relay } from './outbox.js';
import { chunksOf, cut, END, ends, FIRST_PROVISIONAL, Pages, pageOf, spansOf, within, wordOf } from './pages.js';
import { invalid, notFound, problem, refuseOthers, shorten } from './problems.js';
import {
  checkedRecord,
  checkIndex,
  isPackOfManifest,
  isStorable,
  itemIn,
  notStored,
  PACK_MEMBERS,
  pick,
  read,
  recordIn,
  requireValid,
  timeOf,
  tryToReadStrictly,
} from './records.js';
import { bodiesOf, digestOf, idOf, isTextOf, pickFrom } from './texts.js';
import { checkErasure, flawsOf, keysOf, tombstoneOf, withTombstones } from './tombstones.js';

const { stringify } = JSON;
/** Items that are read, or linked, by one statement. */
const PAGE = 1000;
const LINKS = 10_000;
/** Times that a snapshot is verified at most, if items are erased each time. */
const TRIES = 10;
/** A batch of a stream ends after so many items, or so many UTF-16 units. */
const BATCH_ITEMS = 1000;
const BATCH_LENGTH = 2 ** 22;

/** The first argument of the constructor, so that only `open` makes a store. */
export const OPENING = Symbol('opening');
/** Methods for migrations. */
export const TAKE_PACK = Symbol('take a pack over');
export const TAKE_SNAPSHOT = Symbol('take a snapshot over');

const isOneOf = (name, list) => name === '' || (Array.isArray(list) && list.includes(name));
const byId = (left, right) => (left.itemId < right.itemId ? -1 : 1);
/** Returns the key of the tenant that somebody names. Undefined if nobody is named: then the session's tenant counts. */
const namedTenant = (tenantId) => (typeof tenantId === 'string' ? keyOf(tenantId) : undefined);
/** Returns a text as packs are searched by it. No column keeps U+0000. */
const searchable = (text) => text.toLowerCase().replaceAll('\0', '');

export class Store {
  #dialect;
  /** The transaction that this store belongs to; undefined for one that was opened. */
  #session;

  constructor(key, dialect, session) {
    if (key !== OPENING) throw new TypeError(`Call ${new.target.name}.open(db): it returns a store`);
    this.#dialect = dialect;
    this.#session = session;
  }

  get outbox() {
    return true;
  }

  /** Creates or updates the tables. Idempotent; several processes may call it at once. */
  async migrate() {
    return this.#dialect.migrate(this);
  }

  /** Runs statements that need not be in one transaction. */
  #read(use) {
    return this.#dialect.read(this.#session, use);
  }

  /** Runs statements all or nothing. */
  #write(use) {
    return this.#dialect.write(this.#session, use);
  }

  async transaction(run) {
    const inside = (session) => run(new this.constructor(OPENING, this.#dialect, session));
    return this.#dialect.write(this.#session, inside, false);
  }

  // ------------------------------------------------------------------------------------------------------------------------- packs

  async upsertPack(pack) {
    // Throws what a snapshot of this pack would throw.
    previewPack({ packKey: pack?.packKey }, { actor: 'user', pack, items: [] });
    const times = pick(pack, ['createdAt', 'updatedAt']);
    for (const name in times) {
      const time = times[name];
      if (!(typeof time === 'string' || time instanceof Date) || !isStorable(new Date(time)))
        throw invalid(`The pack's ${name} is not a time from the year 1 to 9999`);
      times[name] = timeOf(time);
    }
    await this.#write((session) => this.#putPack(session, { ...pick(pack, PACK_MEMBERS), ...times }, true));
  }

  async #putPack(session, pack, isNewer) {
    const updated = pack.updatedAt ?? pack.createdAt;
    const values = [
      session.tenant,
      keyOf(pack.packKey),
      keyOf(pack.version),
      rankOf(pack.version),
      searchable(`${pack.packKey}\n${pack.title}`),
      updated === undefined ? null : new Date(updated).toISOString(),
      canonicalize(pack),
    ];
    const update = 'update set search = excluded.search, updated_at = excluded.updated_at, text = excluded.text';
    await session.rows(
      `insert into {pack} (tenant_id, pack_key, pack_version, version_rank, search, updated_at, text)
       values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text::timestamptz, $7::text)
       on conflict (tenant_id, pack_key, pack_version) do ${isNewer ? update : 'nothing'}`,
      values,
    );
  }

  async getPack(packKey, version) {
    if (typeof packKey !== 'string') throw invalid('packKey is not a string');
    if (typeof (version ?? '') !== 'string') throw invalid('version is not a string');
    const rows = await this.#read((session) =>
      version === undefined || version === null
        ? session.rows(
            `select text from {pack} where tenant_id = $1::text and pack_key = $2::text
             order by version_rank desc, pack_version desc limit 1`,
            [session.tenant, keyOf(packKey)],
          )
        : session.rows(
            'select text from {pack} where tenant_id = $1::text and pack_key = $2::text and pack_version = $3::text',
            [session.tenant, keyOf(packKey), keyOf(version)],
          ),
    );
    return rows.length === 0 ? null : read(rows[0].text);
  }

  async listPacks(query = {}) {
    const { limit, offset } = pageOf(query, ['query', 'tag', 'owner'], 50);
    const words = searchable(wordOf(query, 'query'));
    const [tag, owner] = ['tag', 'owner'].map((name) => wordOf(query, name));
    return this.#read(async (session) => {
      const where = `tenant_id = $1::text and ($2::text = '' or ${session.position('search', '$2::text')} > 0)`;
      const sql = `select text from {pack} where ${where} order by pack_key, version_rank, pack_version`;
      const params = [session.tenant, words];
      if (tag !== '' || owner !== '') {
        const isWanted = ({ tags, owners }) => isOneOf(tag, tags) && isOneOf(owner, owners);
        return this.#packsOf(session, sql, params, isWanted, { limit, offset });
      }
      const [{ total }] = await session.rows(`select count(*)::int as total from {pack} where ${where}`, params);
      const rows = await session.rows(`${sql} limit $3::bigint offset $4::bigint`, [...params, limit, offset]);
      return { packs: rows.map(({ text }) => read(text)), ...ends(Number(total), offset, rows.length) };
    });
  }

  /** Picks from all packs that a query gives. Not in the database: its functions of JSON refuse U+0000. In pages, because packs may be long. */
  async #packsOf(session, sql, params, isWanted, { limit, offset }) {
    const packs = [];
    let total = 0;
    for (let first = 0; ; first += PAGE) {
      const rows = await session.rows(`${sql} limit $3::bigint offset $4::bigint`, [...params, PAGE, first]);
      for (const { text } of rows) {
        const pack = read(text);
        if (!isWanted(pack)) continue;
        if (total >= offset && packs.length < limit) packs.push(pack);
        total++;
      }
      if (rows.length < PAGE) return { packs, ...ends(total, offset, packs.length) };
    }
  }

  // ---------------------------------------------------------------------------------------------------------------------- snapshots

  async createSnapshot(record) {
    const checked = checkedRecord(record);
    return this.#write(async (session) => {
      const { row, isNew } = await this.#addRecord(session, checked);
      // Otherwise, the event follows with the last item.
      if (isNew && row.itemCount === 0) await addEvent(session, row, checked.record);
      return recordIn(row.text);
    });
  }

  /**
   * Adds a record if there is none with its id. One that is there counts as the same if it has the same hash.
   *
   * @returns the row that is stored now, and whether it was added
   */
  async #addRecord(session, { record, time, text = canonicalize(record), count = record.itemCount }) {
    const details = record.metadata?.$snapshot;
    const tenant = namedTenant(details?.tenantId) ?? session.tenant;
    const added = await session.rows(
      `insert into {snapshot}
         (tenant_id, snapshot_id, pack_key, pack_version, hash, seal, item_count, created_by, created_at, text)
       select $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::int, $8::text, $9::text::timestamptz, $10::text
       where not exists (select 1 from {snapshot} where snapshot_id = $2::text)
       on conflict (snapshot_id) do nothing
       returning number::text as number`,
      [
        tenant,
        keyOf(record.snapshotId),
        keyOf(record.packKey),
        keyOf(record.packVersion),
        shown(record.hash),
        typeof details?.seal === 'string' ? shown(details.seal) : null,
        count,
        shown(record.createdBy),
        time,
        text,
      ],
    );
    if (added.length > 0) {
      const pack = details?.manifest?.pack;
      if (isPackOfManifest(pack)) await this.#putPack(session, pack, false);
      return { row: { number: added[0].number, tenant, itemCount: count, text }, isNew: true };
    }
    const row = await this.#row(session, record.snapshotId);
    const stored = row && read(row.text);
    if (stored?.hash !== record.hash) {
      throw problem('CONFLICT', `There is another snapshot ${shorten(record.snapshotId)}, with another hash`, {
        args: { snapshotId: record.snapshotId, ...(stored && { hash: stored.hash }) },
      });
    }
    return { row, isNew: false };
  }

  /** Reads the row of a snapshot, undefined if there is none. `isLocked`: until the end of the transaction. */
  async #row(session, snapshotId, isLocked = false) {
    if (typeof snapshotId !== 'string') throw invalid('snapshotId is not a string');
    const [row] = await session.rows(
      `select number::text as number, tenant_id as tenant, item_count as "itemCount", text from {snapshot}
       where snapshot_id = $1::text${isLocked ? ' for update' : ''}`,
      [keyOf(snapshotId)],
    );
    return row && { ...row, itemCount: Number(row.itemCount) };
  }

  async #existing(session, snapshotId, isLocked) {
    const row = await this.#row(session, snapshotId, isLocked);
    if (row === undefined) throw notFound(snapshotId);
    return row;
  }

  async getSnapshot(snapshotId) {
    const row = await this.#read((session) => this.#row(session, snapshotId));
    return row === undefined ? null : recordIn(row.text);
  }

  async listSnapshots(query = {}) {
    const { limit, offset } = pageOf(query, ['packKey', 'snapshotId', 'after'], 50);
    const keys = ['packKey', 'snapshotId'].map((name) => keyOf(wordOf(query, name)));
    return this.#read(async (session) => {
      const where = "($1::text = '' or pack_key = $1::text) and ($2::text = '' or snapshot_id = $2::text)";
      const [{ total }] = await session.rows(`select count(*)::int as total from {snapshot} where ${where}`, keys);
      // Pages by key if the last snapshot of the page before is named: rows that were added since do not move the others.
      const last = query.after === undefined ? undefined : await this.#existing(session, query.after);
      const older =
        last && `and (created_at, number) < (select created_at, number from {snapshot} where number = $5::bigint)`;
      const rows = await session.rows(
        `select text from {snapshot} where ${where} ${older ?? ''} order by created_at desc, number desc
         limit $3::bigint offset $4::bigint`,
        [...keys, limit, offset, ...(last ? [last.number] : [])],
      );
      return { snapshots: rows.map(({ text }) => recordIn(text)), ...ends(Number(total), offset, rows.length) };
    });
  }

  async saveSnapshot(snapshot) {
    const checked = checkedRecord(snapshot?.record);
    const { index } = snapshot;
    checkIndex(checked.record, index);
    return this.#write(async (session) => {
      const { row, isNew } = await this.#addRecord(session, checked);
      if (!isNew && (await this.#isComplete(session, row))) return 'exists';
      const digests = index.map((entry) => entry.digest);
      await session.shareBodies();
      // The question is sent first, so the items are made while the database looks up their texts.
      const [numbers, times] = await Promise.all([
        this.#bodies(session, row.tenant, digests),
        ownTimes(snapshot, checked.record),
      ]);
      const bodies = await this.#withAbsent(session, row.tenant, digests, numbers, (absent) =>
        bodiesOf(snapshot, absent),
      );
      await this.#link(session, row, bodies, times, isNew);
      await addEvent(session, row, checked.record);
      return isNew ? 'created' : 'exists';
    });
  }

  /** Stores the texts that are not there yet. Returns like `#withAbsent`. */
  async #addBodies(session, tenant, digests, bodies) {
    await session.shareBodies();
    return this.#withAbsent(session, tenant, digests, await this.#bodies(session, tenant, digests), bodies);
  }

  /**
   * Stores the texts whose number is undefined.
   *
   * @param bodies takes the positions of the absent texts, and returns these texts with `itemId`, `digest` and `json`
   * @returns the numbers of the rows of all texts
   */
  async #withAbsent(session, tenant, digests, numbers, bodies) {
    const absent = [];
    for (let at = 0; at < numbers.length; at++) if (numbers[at] === undefined) absent.push(at);
    if (absent.length === 0) return numbers;
    await session.addBodies(tenant, bodies(absent), absent.length);
    const added = await this.#bodies(
      session,
      tenant,
      absent.map((at) => digests[at]),
    );
    absent.forEach((at, place) => {
      numbers[at] = added[place];
    });
    return numbers;
  }

  /**
   * Looks up the texts with these digests. Returns the number of the row of each, or undefined. If nothing shares the texts (`shareBodies`), one
   * may be gone in the next statement.
   */
  async #bodies(session, tenant, digests) {
    const numbers = [];
    for (const [, some] of chunksOf(digests, LINKS)) {
      for (const number of await session.bodies(tenant, some)) numbers.push(number);
    }
    return numbers;
  }

  /**
   * Links all items of a snapshot in their order. Those that had provisional places give them up, and those that were erased there stay
   * erased.
   *
   * @param bodies numbers of the rows of their texts, in the order of the tree
   * @param times of the items that have their own, by position
   * @param isNew the snapshot has no items yet
   */
  async #link(session, row, bodies, times, isNew, first = 0) {
    if (isNew) return this.#addItems(session, row, bodies, times, first);
    const erased = await session.rows(
      `select t.ordinal, i.body::text as body from {tombstone} t
       join {item} i on i.snapshot = t.snapshot and i.ordinal = t.ordinal
       where t.snapshot = $1::bigint and t.ordinal < 0`,
      [row.number],
    );
    await session.rows('delete from {item} where snapshot = $1::bigint and ordinal < 0', [row.number]);
    await this.#addItems(session, row, bodies, times, first);
    for (const { ordinal, body } of erased) {
      await session.rows(
        `insert into {tombstone} (snapshot, ordinal, erased_at, text)
         select t.snapshot, i.ordinal, t.erased_at, t.text from {tombstone} t
         join {item} i on i.snapshot = t.snapshot and i.body = $3::bigint
         where t.snapshot = $1::bigint and t.ordinal = $2::int and not exists (
           select 1 from {tombstone} o where o.snapshot = i.snapshot and o.ordinal = i.ordinal)`,
        [row.number, ordinal, body],
      );
    }
    // Their texts may have come again with the items.
    if (erased.length > 0)
      await this.#forget(
        session,
        erased.map(({ body }) => body),
      );
  }

  async #addItems(session, { number }, bodies, times, first) {
    const lost = bodies.filter((body) => body === undefined).length;
    if (lost > 0) throw problem('SERVICE_UNAVAILABLE', `The texts of ${lost} items were removed meanwhile; try again`);
    for (const [start, some] of chunksOf(bodies, LINKS)) {
      const own = [];
      if (times.size > 0) {
        for (let at = 0; at < some.length; at++) if (times.has(start + at)) own.push([at, times.get(start + at)]);
      }
      await session.addItems(number, first + start, some, own);
    }
  }

  async #isComplete(session, { number, itemCount }) {
    if (itemCount === 0) return true;
    const last = await session.rows('select 1 as one from {item} where snapshot = $1::bigint and ordinal = $2::int', [
      number,
      itemCount - 1,
    ]);
    return last.length > 0;
  }

  /**
   * Writes texts in transactions of their own. No snapshot has them yet, so nobody sees them; a retry finds them. No transaction is open while
   * an item is read, which may need this very connection.
   *
   * @param take makes `itemId`, `digest` and `json` of an item
   * @param isAwaited other processes may write the same texts
   */
  async #streamTexts(items, tenantId, take, isAwaited = false) {
    const tenant = namedTenant(tenantId);
    let batch = [];
    let length = 0;
    const flush = () =>
      this.#write((session) => {
        session.isAwaited = isAwaited;
        const digests = batch.map((added) => added.digest);
        return this.#addBodies(session, tenant ?? session.tenant, digests, pickFrom(batch));
      });
    for await (const item of items) {
      const added = take(item);
      batch.push(added);
      length += added.json.length;
      if (batch.length < BATCH_ITEMS && length < BATCH_LENGTH) continue;
      await flush();
      batch = [];
      length = 0;
    }
    if (batch.length > 0) await flush();
  }

  async snapshotStream(input, ctx, items) {
    const builder = new SnapshotBuilder(input, ctx);
    try {
      const times = new Map();
      await this.#streamTexts(items, ctx.tenantId, (item) => {
        const added = builder.add(item);
        if (added.createdAt !== builder.createdAt) times.set(added.itemId, added.createdAt);
        return added;
      });

      const snapshot = builder.finish();
      const { index } = snapshot;
      const own = new Map();
      if (times.size > 0) {
        index.forEach(({ itemId }, at) => {
          if (times.has(itemId)) own.set(at, times.get(itemId));
        });
      }
      const checked = checkedRecord(snapshot.record);
      return await this.#write(async (session) => {
        const { row, isNew } = await this.#addRecord(session, checked);
        if (isNew || !(await this.#isComplete(session, row))) {
          const digests = index.map((entry) => entry.digest);
          await session.shareBodies();
          const bodies = await this.#bodies(session, row.tenant, digests);
          await this.#link(session, row, bodies, own, isNew);
          await addEvent(session, row, checked.record);
        } else await this.#forgetAgain(session, row);
        return streamed(snapshot, isNew ? snapshot.record : recordIn(row.text));
      });
    } finally {
      builder.free();
    }
  }

  async addTexts(items, options = {}) {
    refuseOthers(options, ['tenantId']);
    const entries = [];
    const ids = new Set();
    await this.#streamTexts(
      items,
      options.tenantId,
      (item) => {
        // Of a text, the item's own time would be lost.
        if (typeof item !== 'object' || ArrayBuffer.isView(item)) throw invalid('addTexts takes items, not their text');
        const { itemId, digest, json } = digestItem(item);
        if (ids.has(itemId)) throw invalid(`Item ${shorten(itemId)} was given twice`);
        ids.add(itemId);
        const createdAt = timeOfItem(item);
        entries.push({ itemId, digest, ...(createdAt !== undefined && { createdAt }) });
        return { itemId, digest, json };
      },
      true,
    );
    return entries;
  }

  async linkSnapshot(record, entries) {
    const checked = checkedRecord(record);
    requireValid(checked.record);
    const tenant = namedTenant(checked.record.metadata.$snapshot.tenantId);
    const links = new Links(checked.record.createdAt);
    let batch = [];
    const look = async () => {
      const digests = batch.map(({ digest }) => digest);
      const numbers = await this.#read((session) => this.#bodies(session, tenant ?? session.tenant, digests));
      links.add(batch, numbers);
      batch = [];
    };
    for await (const entry of entries) {
      if (typeof entry?.itemId !== 'string' || !isDigest(entry.digest))
        throw invalid('An entry has an itemId and a digest');
      if (batch.push(entry) === PAGE) await look();
    }
    if (batch.length > 0) await look();
    const { bodies, times } = links.sorted();
    const { itemCount } = checked.record;
    if (bodies.length !== itemCount) {
      throw invalid(`The record has ${itemCount} items, and ${bodies.length} entries were given`);
    }
    return this.#write(async (session) => {
      session.isAwaited = true;
      const { row, isNew } = await this.#addRecord(session, checked);
      if (!isNew && (await this.#isComplete(session, row))) {
        await this.#forgetAgain(session, row);
        return 'exists';
      }
      await session.shareBodies();
      await this.#link(session, row, bodies, times, isNew);
      await addEvent(session, row, checked.record);
      // Entries come from elsewhere, so they are not trusted: the texts decide, before anybody sees the snapshot.
      let place = 0;
      let isInPlace = true;
      const { valid, issues } = await this.#verified(session, row, { record: checked.record }, (text) => {
        isInPlace &&= isTextOf(text, links.idAt(place++));
      });
      if (!valid || !isInPlace) throw (await this.#otherText(session, row, links)) ?? notOfRecord(issues);
      return isNew ? 'created' : 'exists';
    });
  }

  /** Returns the error for the first text that is not the one that it was linked as, or undefined. */
  async #otherText(session, row, links) {
    const columns = `${TEXT}, ${session.digest(ofBody('digest'))} as digest`;
    let place = 0;
    for await (const rows of this.#pages(session, row, columns)) {
      for (const { text, digest: expected } of rows) {
        const itemId = links.idAt(place++);
        if (text === null) return invalid(`The text of item ${shorten(itemId)} was removed meanwhile`);
        if (digestOf(text) !== expected) return invalid(`The text of item ${shorten(itemId)} has another digest`);
        if (!isTextOf(text, itemId))
          return invalid(`The text under the digest of item ${shorten(itemId)} is another item`);
      }
    }
    return undefined;
  }

  // -------------------------------------------------------------------------------------------------------------------------- items

  async addSnapshotItems(snapshotId, items) {
    const added = Array.from(items, (item) => ({ ...digestItem(item), createdAt: timeOfItem(item) }));
    return this.#write(async (session) => {
      const row = await this.#existing(session, snapshotId, true);
      if (await this.#isComplete(session, row)) {
        await this.#refuseOthers(session, row, added);
        return items;
      }
      const fresh = await this.#unknown(session, row, added);
      const [{ next }] = await session.rows(
        `select (coalesce(max(ordinal), ${FIRST_PROVISIONAL - 1}) + 1)::text as next from {item} where snapshot = $1::bigint`,
        [row.number],
      );
      const before = Number(next) - FIRST_PROVISIONAL;
      if (before + fresh.length > row.itemCount) {
        throw problem(
          'CONFLICT',
          `Snapshot ${shorten(snapshotId)} has ${row.itemCount} items: ${before} are there, ${fresh.length} more were given`,
        );
      }
      const digests = fresh.map((one) => one.digest);
      const bodies = await this.#addBodies(session, row.tenant, digests, pickFrom(fresh));
      const times = new Map();
      fresh.forEach(({ createdAt }, at) => {
        if (createdAt !== undefined) times.set(at, createdAt);
      });
      await this.#addItems(session, row, bodies, times, FIRST_PROVISIONAL + before);
      if (before + fresh.length === row.itemCount) await this.#complete(session, row);
      return items;
    });
  }

  /** Throws unless a complete snapshot has these items. */
  async #refuseOthers(session, { number, text }, added) {
    for (const [, some] of chunksOf(added, PAGE)) {
      const known = await this.#entries(session, number, some);
      const other = some.find(({ itemId, digest }) => known.get(keyOf(itemId)) !== digest);
      if (other === undefined) continue;
      const { snapshotId, hash } = read(text);
      throw problem('CONFLICT', `Snapshot ${shorten(snapshotId)} is complete, without item ${shorten(other.itemId)}`, {
        args: { snapshotId, hash },
      });
    }
  }

  /** Returns those of the items that the snapshot does not have yet. */
  async #unknown(session, { number }, added) {
    const fresh = [];
    const seen = new Map();
    for (const [, some] of chunksOf(added, PAGE)) {
      const known = await this.#entries(session, number, some);
      for (const one of some) {
        const stored = known.get(keyOf(one.itemId)) ?? seen.get(one.itemId);
        if (stored === undefined) fresh.push(one);
        else if (stored !== one.digest) throw problem('CONFLICT', `There is another item ${shorten(one.itemId)}`);
        seen.set(one.itemId, one.digest);
      }
    }
    return fresh;
  }

  /** Looks up items of a snapshot. Returns their digests by the keys of their ids. */
  async #entries(session, number, items) {
    const rows = await session.rows(
      `select b.item_id as key, ${session.digest('b.digest')} as digest
       from {item} i join {body} b on b.number = i.body
       where i.snapshot = $1::bigint and b.item_id in (${session.list('$2::text')})`,
      [number, stringify(items.map(({ itemId }) => keyOf(itemId)))],
    );
    return new Map(rows.map(({ key, digest }) => [key, digest]));
  }

  /** Gives the items of a snapshot, which came in any order, their places in the tree. */
  async #complete(session, row) {
    const rows = await session.rows(
      `select b.item_id as key, case when ${isReplacedKey} then coalesce(b.text, t.text) end as text, b.number::text as body,
         ${session.time('i.created_at')} as time
       from {item} i join {body} b on b.number = i.body
       left join {tombstone} t on t.snapshot = i.snapshot and t.ordinal = i.ordinal where i.snapshot = $1::bigint`,
      [row.number],
    );
    const entries = rows.map(({ key, text, body, time }) => ({ itemId: idOf(key, text), body, time }));
    entries.sort(byId);
    const times = new Map();
    entries.forEach(({ time }, at) => {
      if (time !== null) times.set(at, time);
    });
    const bodies = entries.map(({ body }) => body);
    await this.#link(session, row, bodies, times, false);
    await addEvent(session, row, read(row.text));
  }

  async listSnapshotItems(snapshotId, page = {}) {
    const { limit, offset } = pageOf(page);
    return this.#read(async (session) => {
      const row = await this.#existing(session, snapshotId);
      const { createdAt } = read(row.text);
      const items = [];
      let before = '';
      const columns = `${TEXT}, ${session.time('i.created_at')} as time`;
      for await (const rows of this.#pages(session, row, columns, limit, offset)) {
        for (const { ordinal, text, time } of rows) {
          const item = itemIn(text);
          // Somebody has moved rows. Those of a snapshot that is not complete are in the order in which they came.
          if (Number(ordinal) >= 0 && item.itemId < before) throw notStored();
          before = item.itemId;
          items.push({ ...item, snapshotId, createdAt: time ?? createdAt });
        }
      }
      return items;
    });
  }

  /** Finds out which ordinals a snapshot has: the first and the last (null if none), whether it is complete, whether items were erased. */
  async #extent(session, { number, itemCount }) {
    const [{ first, last, ends, gaps }] = await session.rows(
      `select (select min(ordinal) from {item} where snapshot = $1::bigint) as first,
         (select max(ordinal) from {item} where snapshot = $1::bigint) as last,
         (select count(*)::int from {item} where snapshot = $1::bigint and ordinal = $2::int) as ends,
         (select count(*)::int from {tombstone} where snapshot = $1::bigint) as gaps`,
      [number, itemCount - 1],
    );
    return {
      first: first === null ? null : Number(first),
      last: Number(last),
      isComplete: itemCount === 0 || Number(ends) > 0,
      hasGaps: Number(gaps) > 0,
    };
  }

  /** Reads the items that are there, in the order of the tree, each with `text` and the other columns. Yields lists of them. */
  async *#pages(session, row, columns = TEXT, limit = Number.MAX_SAFE_INTEGER, offset = 0) {
    const extent = await this.#extent(session, row);
    const { hasGaps, isComplete } = extent;
    const sql = `${itemsBetween(`i.ordinal, ${columns}`, hasGaps)} limit $4::bigint offset $5::bigint`;
    // In a complete snapshot from which nothing was erased, a position is an ordinal. Otherwise rows are counted.
    const isCounted = offset > 0 && (hasGaps || !isComplete);
    const spans = isCounted ? [[FIRST_PROVISIONAL, END]] : spansOf(row, extent, offset);
    const pages = new Pages(spans, PAGE, limit);
    const ask = (skip) => {
      const span = pages.next();
      return span && session.rows(sql, [row.number, ...span, skip]);
    };
    let next = ask(isCounted ? offset : 0);
    try {
      while (next !== undefined) {
        const rows = await next;
        pages.take(rows.length, rows.at(-1)?.ordinal);
        // The database reads the next page while this one is used.
        next = ask(0);
        yield rows;
        if (next !== undefined) await session.breathe();
      }
    } finally {
      // If the caller stops before the page comes, its error is nobody's.
      await next?.catch(() => {});
    }
  }

  /** Passes the text of each item that is there to `use`, in the order of the tree: a string, UTF-8, or null if it was removed. */
  async #eachText(session, row, use) {
    if (!session.streams) {
      for await (const rows of this.#pages(session, row)) for (const { text } of rows) use(text);
      return;
    }
    const extent = await this.#extent(session, row);
    const pages = Array.from(cut(spansOf(row, extent), PAGE), (ends) => [row.number, ...ends]);
    await session.stream(itemsBetween(TEXT, extent.hasGaps), 1, pages, use);
  }

  async snapshotIndex(snapshotId) {
    return this.#read(async (session) => this.#index(session, await this.#existing(session, snapshotId)));
  }

  /** Reads the index. An id that its column cannot hold is read from the text; if the item was erased, from its tombstone. */
  async #index(session, row) {
    const index = [];
    const extent = await this.#extent(session, row);
    const before = extent.isComplete ? within(extent, [[FIRST_PROVISIONAL, 0]]) : [];
    const pages = new Pages([...before, ...spansOf(row, extent)], LINKS);
    for (let span = pages.next(); span !== undefined; span = pages.next()) {
      // One row, because drivers take longer for many.
      const [{ ordinal, ...lists }] = await session.rows(
        `select max(e.ordinal) as ordinal, ${session.group('e.key')} as keys, ${session.group('e.digest')} as digests,
           ${session.group('e.text')} as texts from (
           select i.ordinal, b.item_id as key, ${session.digest('b.digest')} as digest,
             case when ${isReplacedKey} then coalesce(b.text, (
               select t.text from {tombstone} t where t.snapshot = i.snapshot and t.ordinal = i.ordinal)) end as text
           from {item} i join {body} b on b.number = i.body
           where i.snapshot = $1::bigint and i.ordinal >= $2::bigint and i.ordinal < $3::bigint
           order by i.ordinal limit $4::bigint) e`,
        [row.number, ...span],
      );
      const [keys, digests, texts] = [lists.keys, lists.digests, lists.texts].map((list) => JSON.parse(list ?? '[]'));
      keys.forEach((key, at) => {
        index.push({ itemId: idOf(key, texts[at]), digest: digests[at] });
      });
      pages.take(keys.length, ordinal);
    }
    // Places in a snapshot that is not complete are provisional.
    return extent.isComplete ? index : index.sort(byId);
  }

  // --------------------------------------------------------------------------------------------------------------- verify and erase

  async verify(snapshotId, ...trusted) {
    if (trusted.length > 2)
      throw new TypeError('verify takes a snapshotId, { hash } or { seal } that you trust, and { keys }');
    const keys = trusted.length === 2 ? await keysOf(trusted[1]) : undefined;
    const { parts, verification, tombstones } = await this.#read(async (session) => {
      const row = await this.#existing(session, snapshotId);
      const record = tryToReadStrictly(row.text) ?? {};
      // Given and undefined is not the same as not given: it is a trusted value that is missing.
      const parts = { record, ...(trusted.length > 0 && { expect: trusted[0] }) };
      const inOrder = await this.#verifiedInOrder(session, row, parts);
      if (inOrder !== undefined) {
        return { parts, verification: atItsPlace(inOrder, record, snapshotId), tombstones: [] };
      }
      for (let tries = 1; ; tries++) {
        // With the index, which is in the order of the rows, issues name the items, and rows that changed places are noticed.
        parts.index = await this.#index(session, row);
        const tombstones = await this.#tombstones(session, row);
        const places = new Places(parts.index, tombstones);
        const found = places.checked(await this.#verified(session, row, parts, (text) => places.take(text)));
        // An item that is erased meanwhile is in one part of what was read and not in the other.
        const isSure = tries === TRIES || found.issues.every(({ code }) => code === 'missing');
        if (!isSure && (await this.#tombstones(session, row)).length !== tombstones.length) continue;
        return { parts, verification: atItsPlace(found, record, snapshotId), tombstones };
      }
    });
    return withTombstones(verification, parts, tombstones, snapshotId, keys);
  }

  /**
   * Verifies a snapshot from which nothing was erased. Returns undefined if anything is not right, or if rows cannot be streamed.
   *
   * Why: while the index is read first, the database and this process wait for each other, and only issues need it first. How: each row is read once.
   * If the texts have the root of the record, each has the id and the digest of its row, and the ids are in the order of the tree, then these are
   * the rows that were stored.
   */
  async #verifiedInOrder(session, row, parts) {
    if (!session.streams) return undefined;
    const { first, last, isComplete, hasGaps } = await this.#extent(session, row);
    if (!isComplete || hasGaps || first !== 0 || last !== row.itemCount - 1) return undefined;
    let isInPlace = true;
    let before = '';
    const verifier = new SnapshotVerifier(parts);
    try {
      const pages = Array.from(cut([[0, row.itemCount, true]], PAGE), (ends) => [row.number, ...ends]);
      await session.stream(ROWS_BETWEEN, 3, pages, (text, key, digest) => {
        const itemId = isReplaced(key) ? idOf(key, `${text}`) : key;
        const found = verifier.add(text ?? 'null');
        isInPlace &&= found === digest && isTextOf(text, itemId) && before < itemId;
        before = itemId;
      });
      const verification = verifier.finish();
      return verification.valid && isInPlace ? verification : undefined;
    } finally {
      verifier.free();
    }
  }

  /** @param look gets each text, too */
  async #verified(session, row, parts, look = () => {}) {
    const verifier = new SnapshotVerifier(parts);
    try {
      await this.#eachText(session, row, (text) => {
        verifier.add(text ?? 'null');
        look(text ?? 'null');
      });
      return verifier.finish();
    } finally {
      verifier.free();
    }
  }

  /** Reads the tombstones of a snapshot, except those of places that its items had before it was complete. */
  #tombstones(session, { number }) {
    return session.rows(
      `select t.ordinal, t.text, b.item_id as key, ${session.digest('b.digest')} as digest
       from {tombstone} t
       left join {item} i on i.snapshot = t.snapshot and i.ordinal = t.ordinal
       left join {body} b on b.number = i.body
       where t.snapshot = $1::bigint and (i.snapshot is not null or t.ordinal >= 0) order by t.ordinal`,
      [number],
    );
  }

  async listTombstones(snapshotId) {
    const rows = await this.#read(async (session) =>
      this.#tombstones(session, await this.#existing(session, snapshotId)),
    );
    return rows.map(({ text }) => read(text));
  }

  async erase(snapshotId, itemIds, reason, options = {}) {
    checkErasure(reason, options);
    // A string would be a list of its characters, each of which may be an id.
    if (!Array.isArray(itemIds) || !itemIds.every((itemId) => typeof itemId === 'string'))
      throw invalid('itemIds is not a list of ids');
    const ids = [...new Set(itemIds)];
    // Signed before the transaction begins, which then waits for nothing. What is signed never changes.
    const { record, found } = await this.#read(async (session) => {
      const row = await this.#existing(session, snapshotId);
      return { record: tryToReadStrictly(row.text), found: await this.#found(session, row, snapshotId, ids) };
    });
    const erasedAt = new Date().toISOString();
    const texts = new Map();
    for (const itemId of ids) {
      const { digest, tombstone } = found.get(keyOf(itemId));
      if (tombstone !== null) continue;
      const facts = { snapshotId, itemId, digest, reason, erasedAt };
      texts.set(keyOf(itemId), await tombstoneOf(record, facts, options));
    }
    const { items, gone } = await this.#write(async (session) => {
      await session.lockBodies();
      const row = await this.#existing(session, snapshotId, true);
      const now = await this.#found(session, row, snapshotId, ids);
      const added = [...now].filter(([, { tombstone }]) => tombstone === null);
      for (const [, some] of chunksOf(added, PAGE)) {
        const list = some.map(([key, { ordinal }]) => stringify([Number(ordinal), texts.get(key)]));
        await session.rows(
          `insert into {tombstone} (snapshot, ordinal, erased_at, text)
           select $1::bigint, (value::json ->> 0)::int, $2::text::timestamptz, value::json ->> 1
           from (${session.list('$3::text')}) as e`,
          [row.number, erasedAt, stringify(list)],
        );
      }
      const items = ids.map((itemId) => ({ ...now.get(keyOf(itemId)), itemId }));
      // Whoever has written a tombstone that was there may have left the text.
      const bodies = items.map(({ body }) => body);
      return { items, gone: new Set(await this.#forget(session, bodies)) };
    });
    const before = items.filter(({ tombstone }) => tombstone !== null);
    return {
      erased: items.filter(({ tombstone, body }) => tombstone === null || gone.has(body)).length,
      shared: items.filter(({ body, text }) => text !== null && !gone.has(body)).length,
      issues: await flawsOf(record, before, snapshotId, options),
    };
  }

  /**
   * Looks up the items to erase. Returns them by the keys of their ids; throws if one is not there, and if its row has the text of another item:
   * that text would be erased, and the one that was meant would stay.
   */
  async #found(session, { number }, snapshotId, ids) {
    const rows = await session.rows(
      `select i.ordinal, i.body::text as body, b.item_id as key, ${session.digest('b.digest')} as digest, t.text as tombstone, b.text
       from {item} i join {body} b on b.number = i.body
       left join {tombstone} t on t.snapshot = i.snapshot and t.ordinal = i.ordinal
       where i.snapshot = $1::bigint and b.item_id in (${session.list('$2::text')})`,
      [number, stringify(ids.map(keyOf))],
    );
    const found = new Map(rows.map(({ body, ...row }) => [row.key, { ...row, body: `${body}` }]));
    for (const itemId of ids) {
      const { text } = found.get(keyOf(itemId)) ?? {};
      if (text === undefined)
        throw problem('NOT_FOUND', `Snapshot ${shorten(snapshotId)} has no item ${shorten(itemId)}`);
      if (text !== null && !isTextOf(text, itemId))
        throw problem('PRECONDITION_FAILED', `The text of item ${shorten(itemId)} is that of another item`);
    }
    return found;
  }

  /** Removes the texts that a snapshot has erased, and that came again with a repeated call, which adds texts before it finds the snapshot. */
  async #forgetAgain(session, { number }) {
    const back = await session.rows(
      `select {body}.number::text as body from {tombstone} e
       join {item} o on o.snapshot = e.snapshot and o.ordinal = e.ordinal join {body} on {body}.number = o.body
       where e.snapshot = $1::bigint and ${isUnwanted}`,
      [number],
    );
    if (back.length === 0) return;
    await session.lockBodies();
    await this.#forget(
      session,
      back.map(({ body }) => body),
    );
  }

  /** Removes the texts that every snapshot which has them has erased. Returns the numbers of those that are gone now. */
  async #forget(session, bodies) {
    const gone = await session.rows(
      `update {body} set text = null where ${isUnwanted} and number in (${session.numbers('$1::text')})
       returning number::text as number`,
      [stringify(bodies)],
    );
    return gone.map(({ number }) => `${number}`);
  }

  /** Takes a pack over from tables of the host, unless the one that is there is newer. Its shape is the host's. */
  [TAKE_PACK](pack) {
    return this.#write((session) =>
      this.#putPack(session, pick(pack, [...PACK_MEMBERS, 'createdAt', 'updatedAt']), true),
    );
  }

  /**
   * Takes a snapshot over from tables of the host, as far as its items are there. It emits no event.
   *
   * @param checked `{ record, time, text, count }`, which need not be valid
   * @param items in the order of the tree, with `itemId`, `digest`, `json` and `time`
   */
  [TAKE_SNAPSHOT](checked, items) {
    return this.#write(async (session) => {
      const { row } = await this.#addRecord(session, checked);
      if (await this.#isComplete(session, row)) return;
      const digests = items.map((one) => one.digest);
      const bodies = await this.#addBodies(session, row.tenant, digests, pickFrom(items));
      const times = new Map(items.map(({ time }, at) => [at, time]).filter(([, time]) => time !== checked.time));
      await this.#link(session, row, bodies, times, false, items.length < row.itemCount ? FIRST_PROVISIONAL : 0);
    });
  }

  // ------------------------------------------------------------------------------------------------------------------------- outbox

  async relayOutbox(publish, options) {
    return relay((use) => this.#write(use), publish, options);
  }
}

/** SQL: items of `$1` from the ordinal `$2` up to `$3`, in the order of the tree, without those that were erased. */
const itemsBetween = (columns, hasGaps) => `select ${columns} from {item} i
  where i.snapshot = $1::bigint and i.ordinal >= $2::bigint and i.ordinal < $3::bigint ${hasGaps ? isNotErased : ''}
  order by i.ordinal`;
/** SQL for databases that stream: text, key and digest of such items, if nothing was erased. Not as a join, see below. */
const ROWS_BETWEEN = `select b.text, b.item_id, 'sha256:' || encode(b.digest, 'hex') from {item} i
  cross join lateral (select b.text, b.item_id, b.digest from {body} b where b.number = i.body offset 0) b
  where i.snapshot = $1 and i.ordinal >= $2 and i.ordinal < $3 order by i.ordinal`;
/**
 * SQL: a column of the body of an item `i`. It is not a join, because PostgreSQL would then read the table of all bodies for each page, unless it is
 * much larger.
 */
const ofBody = (column) => `(select b.${column} from {body} b where b.number = i.body)`;
const TEXT = `${ofBody('text')} as text`;
/** SQL: true if a body has a text, and every snapshot that has it has erased it. */
const isUnwanted = `{body}.text is not null and not exists (
  select 1 from {item} i where i.body = {body}.number and not exists (
    select 1 from {tombstone} t where t.snapshot = i.snapshot and t.ordinal = i.ordinal))`;
const isNotErased =
  'and not exists (select 1 from {tombstone} t where t.snapshot = i.snapshot and t.ordinal = i.ordinal)';
/** SQL: true if the key of an item is not its id. */
const isReplacedKey = "substr(b.item_id, 1, 7) = 'sha256:'";
const notOfRecord = ([{ path, message }]) => invalid(`The items are not those of the record: ${path}: ${message}`);

/** Makes the result of a stream: as it is stored, if an earlier call has stored it. */
function streamed(snapshot, record) {
  const isStored = record !== snapshot.record;
  const event = isStored ? eventOf(snapshot.event.id, record) : snapshot.event;
  const result = {
    output: isStored ? event.payload : snapshot.output,
    event,
    record,
    manifest: snapshot.manifest,
    index: snapshot.index,
  };
  const refuse = () => {
    throw new Error('A stream keeps no items in memory: listSnapshotItems reads them');
  };
  Object.defineProperty(result, 'items', { get: refuse });
  Object.defineProperty(result, 'itemsJson', { value: refuse });
  return Object.freeze(result);
}

/**
 * Finds a text in the row of another item of the snapshot. A verifier takes items in any order, so it does not notice.
 *
 * How: if nothing else is wrong, the texts are those of the index without what was erased, in its order.
 */
class Places {
  #ids;
  #at = 0;
  #issue;

  constructor(index, tombstones) {
    const erased = new Set(tombstones.map(({ ordinal }) => Number(ordinal)));
    this.#ids = index.map(({ itemId }) => itemId).filter((_, ordinal) => !erased.has(ordinal));
  }

  take(text) {
    const at = this.#at++;
    const itemId = this.#ids[at];
    if (this.#issue !== undefined || itemId === undefined || isTextOf(text, itemId)) return;
    const message = `Mismatch: the text of ${shorten(itemId)} is that of another item`;
    // E8-18
    this.#issue = Object.freeze({ path: `items.${at}.itemId`, code: 'mismatch', message });
  }

  /** Adds the issue to a verification in which items are missing at most. */
  checked(verification) {
    const { issues } = verification;
    if (this.#issue === undefined || issues.some(({ code }) => code !== 'missing')) return verification;
    return Object.freeze({ ...verification, valid: false, issues: Object.freeze([...issues, this.#issue]) });
  }
}

/** Adds an issue if the record is another one than its row says: somebody has put a valid snapshot in the place of another. */
function atItsPlace(verification, { snapshotId: found }, expected) {
  if (found === expected) return verification;
  const message = `Mismatch: expected ${shorten(expected)}, found ${shorten(found)}`;
  const issue = Object.freeze({ path: 'record.snapshotId', code: 'mismatch', message });
  return Object.freeze({ ...verification, valid: false, issues: Object.freeze([issue, ...verification.issues]) });
}

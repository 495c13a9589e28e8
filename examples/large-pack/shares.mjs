// What the workers have done: a row for each range whose texts are stored, with the digests of its items.
//
// Why not in Redis: a million digests are 150 MB, which Redis would keep in memory and BullMQ would hand to the parent job all at once. And what is
// in the same database as the texts is there, or lost, together with them. How: one table beside those of the store. A row is written after
// the texts, so it never promises too much. It is only a hint: `linkSnapshot` reads the texts themselves.

const TABLE = 'large_pack_share';
const KEY = 'snapshot_id = $1 and first_item = $2 and end_item = $3';

/** Creates the table, and returns what can be done with it. Several processes may do so at once. */
export async function openShares(pool) {
  // `create table if not exists` alone fails if two sessions create it at the same moment.
  await pool.query(`do $body$ begin
    perform pg_advisory_xact_lock(7283412);
    create table if not exists ${TABLE} (
      snapshot_id text, first_item bigint, end_item bigint, entries text not null, primary key (snapshot_id, first_item, end_item));
  end $body$`);

  const read = async (snapshotId, { first, end }) => {
    const { rows } = await pool.query(`select entries from ${TABLE} where ${KEY}`, [snapshotId, first, end]);
    return rows.length === 0 ? undefined : JSON.parse(rows[0].entries);
  };

  return {
    read,

    async has(snapshotId, { first, end }) {
      const { rows } = await pool.query(`select 1 from ${TABLE} where ${KEY}`, [snapshotId, first, end]);
      return rows.length > 0;
    },

    /** Writes a row, or replaces that of another process that has done the same range. */
    async write(snapshotId, { first, end }, entries) {
      await pool.query(
        `insert into ${TABLE} values ($1, $2, $3, $4)
         on conflict (snapshot_id, first_item, end_item) do update set entries = excluded.entries`,
        [snapshotId, first, end, JSON.stringify(entries)],
      );
    },

    /** Yields the entries of ranges, of one after the other, so that memory has one range at a time. */
    async *entries(snapshotId, ranges) {
      for (const range of ranges) {
        const entries = await read(snapshotId, range);
        if (entries === undefined) throw new Error(`Items ${range.first} to ${range.end - 1} are not stored`);
        yield* entries;
      }
    },

    async remove(snapshotId) {
      await pool.query(`delete from ${TABLE} where snapshot_id = $1`, [snapshotId]);
    },
  };
}

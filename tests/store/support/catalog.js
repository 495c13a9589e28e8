// Describes a schema of PostgreSQL as its catalog does, to compare schemas that different tools have made.

/** Each query gives texts about the schema `$1`. */
const QUERIES = {
  columns: `select concat_ws(' ', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
    from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0`,
  constraints: `select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = $1::regnamespace and contype <> 'n'`,
  indexes: 'select indexdef from pg_indexes where schemaname = $1',
  tables: `select concat_ws(' ', relname, relkind, relrowsecurity, reloptions)
    from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'v', 'S')`,
};
/** What no ORM has words for. */
const MORE = {
  storage: `select concat_ws(' ', c.relname, a.attname, l.collname, a.attcompression)
    from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_collation l on l.oid = a.attcollation
    where c.relnamespace = $1::regnamespace and c.relkind = 'r' and a.attnum > 0`,
  triggers: `select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = $1::regnamespace and not tgisinternal`,
  functions: 'select pg_get_functiondef(oid) from pg_proc where pronamespace = $1::regnamespace',
  policies:
    "select concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check) from pg_policies where schemaname = $1",
  views: "select concat_ws(' ', viewname, definition) from pg_views where schemaname = $1",
};

async function described(db, schema, queries) {
  const result = {};
  for (const [name, sql] of Object.entries(queries)) {
    const { rows } = await db.query(sql, [schema]);
    result[name] = rows.map((row) => `${Object.values(row)[0]}`.replaceAll(schema, 'SCHEMA')).sort();
  }
  return result;
}

/** Columns, constraints, indexes, tables and sequences. */
export const tablesOf = (db, schema) => described(db, schema, QUERIES);
/** All there is. */
export const catalogOf = (db, schema) => described(db, schema, { ...QUERIES, ...MORE });

// The names of the tables in PostgreSQL. SQL of this package has a table's name in braces, `{in}` for the schema, and `{name}` for its name as a
// text. Bodies of functions are between `$body$`, and a statement that has such bodies inside is between `$do_body$`.

export const DEFAULT_SCHEMA = 'lssm_context';

export const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text) => `'${text.replaceAll("'", "''")}'`;
export const tableOf = (name) => (name === 'snapshot' ? name : `snapshot_${name}`);

/** True for a name that PostgreSQL keeps as it is. It would cut a longer one, so that two names were one. */
export const isSchema = (name) =>
  typeof name === 'string' && /^[^\0\p{Cs}]+$/u.test(name) && Buffer.byteLength(name) < 64;

/** Returns the SQL for the tables in a schema. Each name is put in once, because one may look like a place for another. */
export function translated(sql, schema) {
  const prefix = quoted(schema);
  // A delimiter in the name of the schema would end the text.
  let end = 'body$';
  while (schema.includes(end)) end = `_${end}`;
  return sql.replace(/\{(\w+)\}|body\$/g, (_, name) => {
    if (name === undefined) return end;
    if (name === 'name') return literal(prefix);
    return name === 'in' ? prefix : `${prefix}.${tableOf(name)}`;
  });
}

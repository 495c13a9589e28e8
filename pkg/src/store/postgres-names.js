// The names of the tables in PostgreSQL. SQL of this package has a table's name in braces, and `{in}` for the schema.

export const DEFAULT_SCHEMA = 'lssm_context';

export const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text) => `'${text.replaceAll("'", "''")}'`;
export const tableOf = (name) => (name === 'snapshot' ? name : `snapshot_${name}`);

/** True for a name that PostgreSQL keeps as it is. It would cut a longer one, so that two names were one. */
export const isSchema = (name) =>
  typeof name === 'string' && /^[^\0\p{Cs}]+$/u.test(name) && Buffer.byteLength(name) < 64;

/** Returns the SQL for the tables in a schema. */
export function translated(sql, schema) {
  const prefix = quoted(schema);
  return sql.replace(/\{(\w+)\}/g, (_, name) => (name === 'in' ? prefix : `${prefix}.${tableOf(name)}`));
}

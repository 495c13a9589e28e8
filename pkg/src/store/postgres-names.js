// The names of the tables in PostgreSQL. SQL of this package has a table's name in braces, and `{in}` for the schema.

export const DEFAULT_SCHEMA = 'lssm_context';

export const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text) => `'${text.replaceAll("'", "''")}'`;
export const tableOf = (name) => (name === 'snapshot' ? name : `snapshot_${name}`);

export const isSchema = (name) => typeof name === 'string' && name !== '' && !name.includes('\0');

/** Returns the SQL for the tables in a schema. */
export function translated(sql, schema) {
  const prefix = quoted(schema);
  return sql.replace(/\{(\w+)\}/g, (_, name) => (name === 'in' ? prefix : `${prefix}.${tableOf(name)}`));
}

// The migrations as SQL texts, for the migration tools of ORMs.
//
// Why one statement each: a tool may split a text, or run it outside of a transaction. How: a block of PL/pgSQL that does what the store does
// when it is opened. It waits for other migrations, is left if its number is there, and writes its number at the end.

import { DEFAULT_SCHEMA, isSchema, translated } from './postgres-names.js';
import { MIGRATING, MIGRATION_TABLE, MIGRATIONS } from './postgres-schema.js';

/** Reads the option that both entries take. */
export function schemaOf({ schema = DEFAULT_SCHEMA, ...others } = {}) {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new TypeError(`There is no option ${JSON.stringify(other)}: expected { schema }`);
  if (!isSchema(schema)) throw new TypeError('schema: expected 1 to 63 bytes');
  return schema;
}

/** Makes the statement of each migration. */
export const statementsFor = (schema) =>
  MIGRATIONS.map((statements, at) => {
    const text = `begin
  perform pg_advisory_xact_lock(${MIGRATING});
  if to_regnamespace({name}) is null then
    create schema {in};
  end if;
  ${MIGRATION_TABLE};
  if exists (select from {migration} where number = ${at + 1}) then
    return;
  end if;
  ${statements.join(';\n  ')};
  insert into {migration} (number) values (${at + 1});
end`;
    return translated(`do $do_body$\n${text}\n$do_body$`, schema);
  });

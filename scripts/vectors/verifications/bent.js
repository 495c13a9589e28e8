// Every third value of a good snapshot, replaced by one of another type, or by another of its type.
//
// Why: the rows are what somebody thought of. Here nobody thinks, so what is expected is left to the model.

import canonicalize from 'canonicalize';
import { changed, WITH_EVENT } from './base.js';

/** Makes two values to put in the place of another. */
function others(value) {
  if (value === null) return [0, ''];
  if (Array.isArray(value)) return [value.slice(1), { 0: value }];
  if (typeof value === 'boolean') return [!value, null];
  if (typeof value === 'number') return [value + 1, String(value)];
  if (typeof value === 'string') return [`${value}x`, [value]];
  return [Object.values(value), Object.fromEntries(Object.entries(value).slice(1))];
}

/** Yields each value's path with what may take its place, an object before its members. */
function* replacements(value, path) {
  for (const other of others(value)) yield [path, other];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inside] of Object.entries(value)) yield* replacements(inside, `${path}.${name}`);
}

// Members in canonical order, so that the choice does not depend on how parts were put together.
const whole = JSON.parse(canonicalize(WITH_EVENT));
const all = Object.entries(whole).flatMap(([name, part]) => [...replacements(part, name)]);

export const rule = 'ERRORS 8.1';
export default all
  .filter((_, at) => at % 3 === 0)
  .map(([path, other]) => ({
    name: `bent: ${path} is ${Array.from(JSON.stringify(other)).slice(0, 150).join('')}`,
    parts: changed(whole, { set: { [path]: other } }),
  }));

// Replaces every third value of a valid snapshot by one of another type, or by another one of its type.
//
// Why: the other cases only cover what somebody thought of. The issues here come from the model alone.

import canonicalize from 'canonicalize';
import { changed, WITH_EVENT } from './base.js';

/** Makes two replacements for a value. */
function others(value) {
  if (value === null) return [0, ''];
  if (Array.isArray(value)) return [value.slice(1), { 0: value }];
  if (typeof value === 'boolean') return [!value, null];
  if (typeof value === 'number') return [value + 1, String(value)];
  if (typeof value === 'string') return [`${value}x`, [value]];
  return [Object.values(value), Object.fromEntries(Object.entries(value).slice(1))];
}

/** Yields the path of each value with its replacements, an object before its members. */
function* replacements(value, path) {
  for (const other of others(value)) yield [path, other];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inside] of Object.entries(value)) yield* replacements(inside, `${path}.${name}`);
}

// Sorts members, so that the choice does not depend on how the parts were built.
const whole = JSON.parse(canonicalize(WITH_EVENT));
const all = Object.entries(whole).flatMap(([name, part]) => [...replacements(part, name)]);

export const rule = 'ERRORS 8.1';
export default all
  .filter((_, at) => at % 3 === 0)
  .map(([path, other]) => ({
    name: `replaced: ${path} is ${Array.from(JSON.stringify(other)).slice(0, 150).join('')}`,
    parts: changed(whole, { set: { [path]: other } }),
  }));

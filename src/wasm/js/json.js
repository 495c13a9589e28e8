// Parses canonical JSON text that the module wrote.
//
// Why not `JSON.parse` alone: V8 in Node.js 26 confuses names with escapes. After `{"":0,"\\":0}` it reads `{"":0,"\"":0}` as if
// the second name were `\`, so a record would get a name that was never hashed. How: text without a backslash goes to `JSON.parse`,
// other text to the reader of JSON text.

import { readJson } from './json-text.js';
import { indexOf } from './language.js';
import { MAX_LEVELS } from './limits.js';

const { parse } = JSON;

/** Parses canonical JSON text. Every member becomes an own property, also `__proto__`. */
export function parseCanonical(text) {
  return indexOf(text, '\\', 0) < 0 ? parse(text) : readJson(text, true, MAX_LEVELS + 1).value_;
}

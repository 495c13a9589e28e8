// Freezes values deeply.

import { parseCanonical } from './json.js';
import { freeze } from './language.js';

const { values } = Object;

/** Freezes a JSON value and everything in it. */
export function deepFreeze(value) {
  if (typeof value === 'object' && value !== null) {
    const parts = values(value);
    for (let at = 0; at < parts.length; at++) deepFreeze(parts[at]);
    freeze(value);
  }
  return value;
}

/** Parses canonical JSON text, and freezes the value. */
export function frozen(json) {
  return deepFreeze(parseCanonical(json));
}

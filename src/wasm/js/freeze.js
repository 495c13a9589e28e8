// Deeply frozen values.

import { freeze } from './language.js';

const { values } = Object;
const { parse } = JSON;

/** Freezes a JSON value, however deep. */
export function deepFreeze(value) {
  if (typeof value === 'object' && value !== null) {
    const parts = values(value);
    for (let at = 0; at < parts.length; at++) deepFreeze(parts[at]);
    freeze(value);
  }
  return value;
}

/** A frozen value of JSON text. */
export function frozen(json) {
  return deepFreeze(parse(json));
}

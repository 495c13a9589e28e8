// Reads a file of JSON strictly: two members of one name, or a number that would change, are mistakes.

import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { nameOf, takesInput } from './lines.js';

/** Reads all bytes of a file, or of standard input for `-`. */
export function readBytes(file) {
  try {
    return readFileSync(takesInput(file) ? 0 : file);
  } catch (error) {
    throw failureOf(error, nameOf(file));
  }
}

/** Returns the value of a file of JSON. */
export function readJson(file) {
  const bytes = readBytes(file);
  try {
    return parseCanonical(canonicalizeJson(bytes));
  } catch (error) {
    throw failureOf(error, nameOf(file));
  }
}

/** Returns the object of a file of JSON. */
export function readObject(file) {
  const value = readJson(file);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Failure(EXIT.input, 'A JSON object is needed, and this is another value', { file: nameOf(file) });
  }
  return value;
}

/**
 * Returns a value of a file of JSON in the place of an item, as the library takes it. The library would take a string for the text of an item; in a
 * file, it is a string, and so no item.
 */
export const itemIn = (value) => (typeof value === 'string' ? JSON.stringify(value) : value);

/** Returns the text of a file, without a byte-order mark. What is not UTF-8 is refused, because it would be replaced. */
export function readText(file) {
  const bytes = readBytes(file);
  if (!isUtf8(bytes)) throw new Failure(EXIT.input, 'This is not text in UTF-8', { file: nameOf(file) });
  return bytes.toString().replace(/^\ufeff/, '');
}

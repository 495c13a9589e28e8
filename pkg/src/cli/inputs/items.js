// Reads items for `create` and `preview`: JSON lines, or a file with a list of items.

import { EXIT, Failure, failureOf } from '../failure.js';
import { readJson } from './json.js';
import { lineBatches, lineFailure, nameOf, Places } from './lines.js';

/** Returns the form of a file by its name; standard input is JSON lines. */
export const formOf = (file) => (/\.json$/i.test(file) ? 'json' : 'jsonl');

/**
 * Calls `add` with each item of a file, and reports a mistake with its line or its place in the list.
 *
 * @param read is called with the number of bytes that were read so far
 * @param places takes where each item stands; one for all files
 */
export async function addItems(file, form, add, read, places = new Places()) {
  if (form === 'jsonl') {
    for await (const batch of lineBatches(file, read)) {
      for (const { bytes, number } of batch) {
        try {
          add(bytes);
        } catch (error) {
          throw lineFailure(error, file, number, places);
        }
        places.add(nameOf(file), number);
      }
    }
    return;
  }
  const value = readJson(file);
  const list = Array.isArray(value) ? value : value?.items;
  if (!Array.isArray(list))
    throw new Failure(EXIT.input, 'A list of items is needed, or an object with "items"', { file: nameOf(file) });
  for (const item of list) {
    try {
      add(item);
    } catch (error) {
      throw failureOf(error, nameOf(file));
    }
  }
}

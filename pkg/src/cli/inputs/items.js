// Reads items for `create` and `preview`: JSON lines, a list of items in JSON, or what other tools make.

import { EXIT, Failure, failureOf } from '../failure.js';
import { itemIn, readJson } from './json.js';
import { lineBatches, lineFailure, nameOf, Places } from './lines.js';
import { llmsTxt } from './llms.js';
import { pathList } from './paths.js';
import { repomixJson, repomixXml } from './repomix.js';

/** The forms of files that are read whole, besides a list of items in JSON. */
const WHOLE = { repomix: repomixJson, 'repomix-xml': repomixXml, 'llms-txt': llmsTxt, paths: pathList };
/**
 * Calls `add` with each item of a file, and reports a mistake with its line or its place in the list.
 *
 * @param options `read`, which is called with the number of bytes that were read so far; `places`, which takes where each item stands, one
 * for all files; `allowsSecrets`, for a list of paths
 */
export async function addItems(file, form, add, { read, places = new Places(), allowsSecrets = false } = {}) {
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
  addList(form === 'json' ? jsonList(file) : WHOLE[form](file, { allowsSecrets }), nameOf(file), add);
}

function jsonList(file) {
  const value = readJson(file);
  const list = Array.isArray(value) ? value : value?.items;
  if (Array.isArray(list)) return list.map(itemIn);
  throw new Failure(EXIT.input, 'A list of items is needed, or an object with "items"', { file: nameOf(file) });
}

/** Calls `add` with each item of a list. @param source what the items are from, for messages */
export function addList(list, source, add) {
  for (const item of list) {
    try {
      add(item);
    } catch (error) {
      throw failureOf(error, source);
    }
  }
}

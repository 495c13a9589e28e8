// Reads `context-pack.json` (FOLDER 2).
//
// How: the text is read strictly, because a member that is there twice means something else to each reader. Every mistake is reported with
// its line: the position comes from a second parser, which only runs then.

import { basename, join } from 'node:path';
import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { worded } from '../shown.js';
import { checked } from './checked.js';
import { readFound } from './found.js';
import { CONFIG, compiled, defaultPack, defaultRules } from './rules.js';

export const SCHEMA = 'https://unpkg.com/@lssm-tech/lib.context-snapshot/schemas/context-pack.json';

/** Returns a function that fails with the position of a member in the text of a file. */
const failIn = (file, text) => (path, message) => {
  const node = findNodeAtLocation(parseTree(text), path);
  const place = { file };
  if (node !== undefined) {
    const before = text.slice(0, node.offset).split('\n');
    place.line = before.length;
    place.column = before.at(-1).length + 1;
  }
  const name = path.join('.');
  throw new Failure(EXIT.input, name === '' ? worded(message) : `${name}: ${worded(message)}`, place);
};

/**
 * Returns the rules of a folder.
 *
 * @param home the folder
 * @param pack the pack of the lock, for a folder that has no `context-pack.json`
 */
export function readConfig(home, pack) {
  const file = join(home, CONFIG);
  let bytes;
  try {
    bytes = readFound(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw failureOf(error, file);
    return compiled(defaultRules(pack ?? defaultPack(basename(home))));
  }
  let value;
  try {
    // D2-1
    value = parseCanonical(canonicalizeJson(bytes));
  } catch (error) {
    throw failureOf(error, file);
  }
  return { ...compiled(checked(value, failIn(file, bytes.toString()))), file };
}

// Reads a list of paths, one a line, and the files that they name, by the rules of a folder (FOLDER 3 and 5).

import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { newCounts, readItem } from '../folder/file.js';
import { namesBetween, neverBelongs } from '../folder/paths.js';
import { readText } from './json.js';
import { nameOf } from './lines.js';

const RULES = { eol: 'lf', binary: 'digest' };

/**
 * Returns an item for each path. Paths are relative to the folder in which the command runs. The files are inside of it, also those that
 * links lead to.
 */
export function pathList(file, { allowsSecrets }) {
  const text = readText(file);
  const end = text.includes('\0') ? '\0' : '\n';
  const home = realPath('.');
  const options = { allowsSecrets, counts: newCounts() };
  const items = [];
  for (const [at, name] of text.split(end).entries()) {
    if (name === '') continue;
    const fail = (message) => new Failure(EXIT.input, message, { file: nameOf(file), line: at + 1 });
    // The file of the path that the item gets: behind a link to a folder, `..` is another folder for the system.
    const found = resolve(home, name);
    const names = namesBetween(home, found);
    const inside = names && namesBetween(home, realPath(found));
    if (inside === undefined) throw fail('A path must lead to a file in the folder in which the command runs');
    if ([...names, ...inside].some(neverBelongs)) throw fail('This file never belongs to a pack');
    if (!statSync(found).isFile()) throw fail('This path is not that of a file');
    const path = names.join('/').normalize('NFC');
    items.push(readItem({ path, file: found, rule: { as: 'text', kind: 'external' } }, RULES, options).json);
  }
  return items;
}

/** Returns a path with the names that are on the disk: one that ignores case finds `.git` by others as well, and Windows by short ones. */
function realPath(name) {
  try {
    return realpathSync.native(name);
  } catch (error) {
    throw failureOf(error, name);
  }
}

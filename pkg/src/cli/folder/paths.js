// Computes paths of items (FOLDER 3): from names of files to paths that are the same on every machine.
//
// How: nothing here asks the disk, so the rules of Windows and macOS can be tested anywhere: `node:path` is an argument.

import nodePath from 'node:path';

export const LOCK = 'context.lock.json';
/** Folder beside the lock: texts of items, what is known of files, earlier locks. */
export const KEPT = '.context';
// D3.1-1
/** Names that never belong, wherever they are. */
const NEVER = new Set(['.git', 'node_modules', KEPT, LOCK]);

export const neverBelongs = (name) => NEVER.has(name);

// D3.2-1
/** Returns the path of an entry of a folder. @param folder its path, with `/` at the end; '' for the home folder */
export const pathIn = (folder, name) => folder + name.normalize('NFC');

/** Returns the names that lead from one folder to another below it; undefined if it is not below. */
export function namesBetween(folder, below, { relative, isAbsolute, sep } = nodePath) {
  const path = relative(folder, below);
  if (path === '') return [];
  // Between drives of Windows there is no relative path, and the result is absolute.
  if (isAbsolute(path)) return undefined;
  const names = path.split(sep);
  return names[0] === '..' ? undefined : names;
}

// D3.2-4
/** Yields pairs of texts that are one for a file system that ignores case. */
export function* caseTwins(texts) {
  const seen = new Map();
  for (const text of texts) {
    const folded = text.toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined && other !== text) yield [other, text];
    seen.set(folded, text);
  }
}

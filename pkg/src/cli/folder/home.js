// Finds the folder that a command is about.
//
// How: a folder that is given is taken. Otherwise it is looked for as git does it, here and above; if there is none, a single folder directly
// below is taken, so that `lock docs` can be followed by `status`.

import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { shownList } from '../shown.js';
import { LOCK } from './paths.js';
import { CONFIG } from './rules.js';

const isFile = (file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

/** Returns a folder that was named, absolute and without symbolic links. */
export function namedFolder(name) {
  let folder;
  try {
    folder = realpathSync(name);
  } catch (error) {
    throw failureOf(error, name);
  }
  if (!statSync(folder).isDirectory())
    throw new Failure(EXIT.misuse, 'This is a file, and a folder is needed', { file: name });
  return folder;
}

/**
 * Returns the folder of a lock. A trusted value is for the folder that the user means: whoever can write here could move what is trusted to a folder above
 * or below, where it would be found, and leave something else in its place. So with one, no other folder is looked for.
 *
 * @param name as it was given, or undefined
 * @param isTrusted a trusted value was given
 */
export function lockedFolder(name, isTrusted) {
  if (name !== undefined || !isTrusted) return findFolder(name, [LOCK]);
  const home = namedFolder('.');
  if (isFile(join(home, LOCK))) return home;
  const message = 'There is no lock here, and with a trusted value no other folder is looked for; name the folder';
  throw new Failure(EXIT.input, message, { file: join(home, LOCK) });
}

/**
 * Returns the folder of a command.
 *
 * @param name as it was given, or undefined
 * @param wants names of files that make a folder the one: the lock, or the rules as well
 */
export function findFolder(name, wants = [CONFIG, LOCK]) {
  if (name !== undefined) return namedFolder(name);
  const start = realpathSync('.');
  for (let folder = start; ; folder = dirname(folder)) {
    if (wants.some((file) => isFile(join(folder, file)))) return folder;
    if (dirname(folder) === folder) break;
  }
  const below = readdirSync(start, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isFile(join(start, entry.name, LOCK)))
    .map((entry) => entry.name);
  if (below.length === 1) return join(start, below[0]);
  const what =
    below.length === 0
      ? `There is no ${LOCK} here, above, or in a folder directly below`
      : `Several folders have a ${LOCK}: ${shownList(below)}`;
  throw new Failure(EXIT.input, `${what}; name the folder, or make one with \`context-snapshot lock DIR\``);
}

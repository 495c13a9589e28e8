// Writes files so that a crash, a full disk or Ctrl-C leaves the old file or the new one, and nothing else.
//
// How: the text is written to a file in `.context`, which is never a part of the pack, flushed to the disk, and renamed. A library that
// does this puts its file beside the target, where it would be found as an item if the process is killed.

import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { KEPT } from '../folder/paths.js';

const IGNORE = '# Texts of items, and what is known of files: made by context-snapshot.\n*\n';

// D8-1
/**
 * Returns the folder `.context` of a home, which need not exist. Fails if it is a link: a repository of strangers could have one that leads to
 * files of the user, which would be written and removed.
 */
export function keptFolder(home) {
  const kept = join(home, KEPT);
  for (const folder of [kept, join(kept, 'objects'), join(kept, 'records')]) {
    if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
      throw new Failure(EXIT.io, 'This must be a folder, and is a file or a link; remove it', { file: folder });
    }
  }
  return kept;
}

/**
 * Makes a folder, and those above it.
 *
 * Why not `recursive` of Node: it never ends if a folder is there and nothing can be made in it because "there is no such file", as in `/proc`.
 */
export function makeFolder(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(folder);
    if (error.code !== 'ENOENT' || above === folder || existsSync(above)) throw error;
    makeFolder(above);
    makeFolder(folder);
  }
}

/** Makes `.context` and says to git that it is not to be committed, unless the user has decided otherwise. */
export function makeKept(kept) {
  try {
    makeFolder(kept);
    // As long as there are no objects, no run has come further than this, and nobody has decided anything.
    if (existsSync(join(kept, 'objects'))) return;
    const ignore = join(kept, '.gitignore');
    // Not written through a link.
    rmSync(ignore, { force: true });
    writeFileSync(ignore, IGNORE, { flag: 'wx' });
    makeFolder(join(kept, 'objects'));
  } catch (error) {
    throw failureOf(error, kept);
  }
}

let made = 0;

// D7-6
/**
 * Writes a file whole, or leaves it as it was.
 *
 * @param folder an existing folder of the same file system, for the unfinished file
 */
export function writeWhole(file, text, folder) {
  const beside = join(folder, `${basename(file)}.${process.pid}.${made++}`);
  try {
    // Left by a process with the same number that was killed.
    rmSync(beside, { force: true });
    const descriptor = openSync(beside, 'wx');
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
    flushFolder(dirname(file));
  } catch (error) {
    rmSync(beside, { force: true });
    throw failureOf(error, file);
  }
}

/** Makes a rename durable. Windows cannot open folders, and needs no such call. */
function flushFolder(folder) {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

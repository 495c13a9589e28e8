// Finds the files of a folder that belong to the pack (FOLDER 3 and 4).
//
// How: folders are read one after the other, so that what is left out is not entered. A path is the names from the folder on, joined with
// `/`, in Unicode NFC; macOS may store the same name in another form.

import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { grouped, shown } from '../shown.js';
import { Ignored } from './ignored.js';
import { caseTwins, namesBetween, neverBelongs, pathIn } from './paths.js';
import { assertNoRuleIsEmpty } from './rules.js';

const bad = (file, message) => new Failure(EXIT.input, message, { file });
const equalPaths = (what, other) =>
  `Its path in Unicode NFC is that of another ${what}, ${shown(other)}; rename one of them`;

/** Most files and folders behind links to folders. */
const MOST_LINKED = 50_000;

class Walk {
  constructor(home, config) {
    Object.assign(this, { home, config, files: new Map(), folders: new Map(), linked: 0 });
    this.root = realpathSync(home);
  }

  // D3.3-6
  /** Counts a file or folder if it is behind a link to a folder: links in folders behind links have paths without number. */
  count(file, above) {
    if (above.length === 1 || ++this.linked <= MOST_LINKED) return;
    const message = `More than ${grouped(MOST_LINKED)} files and folders are behind symbolic links to folders; leave links out with "exclude"`;
    throw bad(file, message);
  }

  /**
   * @param folder the folder on the disk
   * @param path its path from home, in NFC, with `/` at the end; '' for home
   * @param above real paths of the folders around it
   */
  folder(folder, path, ignored, above) {
    // D3.2-2: the files of one of the two could be left out by a `.contextignore` in it, and nobody would look at them
    const other = this.folders.get(path);
    if (other !== undefined) throw bad(folder, equalPaths('folder', other));
    this.folders.set(path, folder);
    this.count(folder, above);
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      throw failureOf(error, folder);
    }
    const names = new Set(entries.map(({ name }) => name));
    checkNames(folder, names);
    const inForce = path === '' ? ignored : ignored.below(folder, path, names);
    for (const entry of entries) {
      const { name } = entry;
      if (neverBelongs(name)) continue;
      this.entry(entry, `${folder}${sep}${name}`, pathIn(path, name), inForce, above);
    }
  }

  entry(entry, file, path, ignored, above) {
    // D3.3-5: a hard link is a file
    if (entry.isFile()) this.file(file, path, ignored, above);
    else if (entry.isDirectory()) {
      if (this.config.mayHold(path) && !ignored.has(`${path}/`)) this.folder(file, `${path}/`, ignored, above);
    } else if (entry.isSymbolicLink()) this.link(file, path, ignored, above);
    else if (!ignored.has(path) && this.config.ruleFor(path) !== undefined) {
      // D3.3-4
      throw bad(file, 'This is a device, a socket or a pipe, which cannot be an item; leave it out with "exclude"');
    }
  }

  file(file, path, ignored, above) {
    const rule = this.config.ruleFor(path);
    // D3.1-2, D3.1-5: the config is a file as any other
    if (rule === undefined || ignored.has(path)) return;
    // D3.2-2
    const other = this.files.get(path);
    if (other !== undefined) throw bad(file, equalPaths('file', other.file));
    this.count(file, above);
    this.files.set(path, { path, file, rule });
  }

  link(file, path, ignored, above) {
    const isFileWanted = this.config.ruleFor(path) !== undefined;
    const isFolderWanted = this.config.mayHold(path) && !this.config.excludes(path);
    // D3.3-3
    if (!(isFileWanted || isFolderWanted) || ignored.has(path) || ignored.has(`${path}/`)) return;
    let target;
    let stat;
    let onDisk;
    try {
      target = realpathSync(file);
      stat = statSync(target);
      // A disk that ignores case finds `.git` by other names, and Windows also by short ones.
      onDisk = namesBetween(realpathSync.native(this.root), realpathSync.native(target));
    } catch (error) {
      if (!isFileWanted) return;
      const what =
        error.code === 'ELOOP' ? 'Symbolic links form a loop' : 'The target of this symbolic link does not exist';
      throw bad(file, `${what}; remove it, or leave it out with "exclude"`);
    }
    const isFolder = stat.isDirectory();
    if (!(isFolder ? isFolderWanted : isFileWanted)) return;
    // D3.3-2
    const inside = namesBetween(this.root, target);
    if (inside === undefined || onDisk === undefined) {
      throw bad(file, `This symbolic link leads out of the folder, to ${shown(target)}; leave it out with "exclude"`);
    }
    if ([...inside, ...onDisk].some(neverBelongs)) {
      throw bad(
        file,
        `This symbolic link leads to ${shown(onDisk.join('/'))}, which never belongs; leave it out with "exclude"`,
      );
    }
    // D3.3-1
    if (!isFolder) {
      this.entry(lstatSync(target).isFile() ? FILE : OTHER, file, path, ignored, above);
      return;
    }
    if (above.includes(target) || namesBetween(target, realpathSync(dirname(file))) !== undefined) {
      throw bad(file, 'This symbolic link leads to a folder that it is in; leave it out with "exclude"');
    }
    this.folder(file, `${path}/`, ignored, [...above, target]);
  }
}

// D3.2-3
/** Fails if a name is not UTF-8. A name may also hold the replacement character itself. */
function checkNames(folder, names) {
  if (!Array.from(names).some((name) => name.includes('\ufffd'))) return;
  for (const bytes of readdirSync(folder, { encoding: 'buffer' })) {
    if (!isUtf8(bytes)) throw bad(join(folder, bytes.toString()), 'This name is not UTF-8; rename it');
  }
}

const FILE = { isFile: () => true };
const OTHER = { isFile: () => false, isDirectory: () => false, isSymbolicLink: () => false };

// D3.2-5
/** The order of the tree (FORMAT 2.1), for a list of values with a path. */
export const byPath = (left, right) => (left.path < right.path ? -1 : Number(left.path > right.path));

/**
 * Returns the files of a folder in the order of their paths.
 *
 * @param note is called with things that people should know, though nothing is wrong
 * @param mustFill false to compare with a lock: that a rule has lost its last file is a difference then, and no mistake of the rule
 */
export function walk(home, config, note, mustFill = true) {
  const run = new Walk(home, config);
  run.folder(home, '', Ignored.at(home), [run.root]);
  const files = [...run.files.values()].sort(byPath);
  if (mustFill) {
    assertNoRuleIsEmpty(config, files);
    checkCount(files.length, home, config);
  }
  noteCase(config, files, note);
  return files;
}

// D3.1-7
/** Fails if there is no item. */
export function checkCount(count, home, config) {
  if (count > 0) return;
  const place = config.file ?? home;
  throw bad(place, 'No file belongs to the pack: check "include", "exclude", .gitignore and .contextignore');
}

/** Notes paths, and patterns of rules, that are one on file systems that ignore case. */
function noteCase({ rules }, files, note) {
  for (const [one, other] of caseTwins(files.map(({ path }) => path)))
    note(`${shown(one)} and ${shown(other)} differ by case alone: on macOS and Windows they are one file`);
  for (const [one, other] of caseTwins(rules.map(({ files: pattern }) => pattern)))
    note(`The rules ${shown(one)} and ${shown(other)} differ by case alone: on macOS and Windows, files match either`);
}

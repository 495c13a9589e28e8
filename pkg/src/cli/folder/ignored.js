// Answers what `.gitignore` and `.contextignore` leave out (FOLDER 4).
//
// How: as git does it. Each folder may have a file of patterns, relative to it; of all patterns that match a path, the last of the
// deepest folder decides. The two kinds of files are independent: a path is left out if either of them says so. Git compares bytes, so `?`
// matches a half of `é`; patterns and paths are therefore compared as bytes, after both were brought to Unicode NFC.

import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ignore from 'ignore';
import { failureOf } from '../failure.js';
import { readFound } from './found.js';
import { nfc } from './nfc.js';
import { namesBetween, pathIn } from './paths.js';

/** A byte that is not ASCII becomes a character of the private use area, which means nothing in a pattern. */
const BYTE = 0xe100;
const NOT_ASCII = /[^\0-\x7f]/;

/** Writes text as one character for each byte of its UTF-8. */
function bytewise(text) {
  if (!NOT_ASCII.test(text)) return text;
  const bytes = Buffer.from(nfc(text));
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : BYTE + byte)).join('');
}

/** The patterns of one kind of file in a folder and in those above it. */
class Patterns {
  constructor(name, above, own, prefix) {
    Object.assign(this, { name, above, own, prefix });
  }

  /** Returns the patterns for a folder below: `path` is its path from the root of these patterns, with `/` at the end. */
  below(folder, path) {
    let text;
    try {
      text = readFound(join(folder, this.name)).toString();
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return this;
      throw failureOf(error, join(folder, this.name));
    }
    // A byte-order mark is not a part of the first pattern (git skips it, too).
    return new Patterns(
      this.name,
      this,
      ignore({ ignorecase: false }).add(bytewise(text.replace(/^\ufeff/, ''))),
      path,
    );
  }

  // D4-1
  /** Returns true if a path is left out. Folders end with `/`; those above the path have been asked before. */
  has(path) {
    for (let level = this; level.own !== undefined; level = level.above) {
      const { ignored, unignored } = level.own.test(bytewise(path.slice(level.prefix.length)));
      if (ignored) return true;
      if (unignored) return false;
    }
    return false;
  }
}

function repositoryOf(home) {
  for (let folder = home; ; folder = dirname(folder)) {
    if (lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** What is left out in a folder and below it. */
export class Ignored {
  /**
   * @param git patterns of `.gitignore`, undefined outside of a repository
   * @param own patterns of `.contextignore`
   * @param base path of the home folder in the repository, with `/` at the end
   */
  constructor(git, own, base) {
    Object.assign(this, { git, own, base });
  }

  /** Returns the patterns that are in force in `home`: those of the repository around it, and those in the folder itself. */
  static at(home) {
    // D4-2
    const own = new Patterns('.contextignore').below(home, '');
    // D4-3, D4-5: no command of git is asked
    const top = repositoryOf(home);
    if (top === undefined) return new Ignored(undefined, own, '');
    let git = new Patterns('.gitignore').below(top, '');
    let folder = top;
    let base = '';
    // D4-6: paths are asked from the top
    for (const name of namesBetween(top, home)) {
      folder = join(folder, name);
      base = `${pathIn(base, name)}/`;
      git = git.below(folder, base);
    }
    return new Ignored(git, own, base);
  }

  /**
   * Returns the patterns that are in force in a folder below.
   *
   * @param path its path from `home`, with `/` at the end
   * @param names what is in it
   */
  below(folder, path, names) {
    const git = names.has('.gitignore') ? this.git?.below(folder, this.base + path) : this.git;
    const own = names.has('.contextignore') ? this.own.below(folder, path) : this.own;
    return git === this.git && own === this.own ? this : new Ignored(git, own, this.base);
  }

  /** Returns true if a path from `home` is left out. Folders end with `/`; those above the path have been asked before. */
  has(path) {
    // D4-4
    return (this.git?.has(this.base + path) ?? false) || this.own.has(path);
  }
}

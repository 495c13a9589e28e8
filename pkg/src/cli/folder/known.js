// Remembers the digests of files, so that a folder in which nothing changed is not read again.
//
// How: as git's index does it. A file is known if its size, times and inode are those of when it was read. Times are coarse, so a file that was
// changed shortly before this run is not remembered: it might be changed once more within the same tick. "Shortly" is by the clock of the
// file system, which is asked by writing a file before the first file is read. If all files are known, and are those of the lock, that is
// remembered as well. All this only saves time; `verify` never uses it.

import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameSign } from './file.js';
import { readFound } from './found.js';

const FILE = 'known.json';
const VERSION = 2;
/** FAT stores times in units of two seconds. */
const TICK = 2000;

export class Known {
  /** @param key what the content of items depends on, besides the files */
  constructor(folder, key, files = new Map(), same = undefined) {
    Object.assign(this, {
      folder,
      key,
      files,
      same,
      next: new Map(),
      hasNews: false,
      newest: undefined,
      settled: undefined,
    });
    this.beside = join(folder, `${FILE}.${process.pid}`);
  }

  /** Reads what is known; anything that cannot be read is not known. */
  static read(folder, key) {
    try {
      const value = JSON.parse(readFound(join(folder, FILE)).toString());
      if (value.version === VERSION && value.key === key) {
        return new Known(folder, key, new Map(Object.entries(value.files)), value.same);
      }
    } catch {}
    return new Known(folder, key);
  }

  /** Returns `{ digest, bytes }` of a file that is as it was, or undefined. */
  get(path, sign) {
    const entry = this.files.get(path);
    if (!Array.isArray(entry) || entry.length !== sign.length + 2 || !sameSign(sign, entry)) return undefined;
    this.next.set(path, entry);
    return { digest: entry[sign.length], bytes: entry[sign.length + 1] };
  }

  /** Must be called before a file is read that will be `put`. */
  prepare() {
    if (this.newest !== undefined) return;
    this.newest = 0;
    try {
      // Left by a process with the same number that was killed.
      rmSync(this.beside, { force: true });
      writeFileSync(this.beside, '', { flag: 'wx' });
      this.newest = statSync(this.beside).mtimeMs - TICK;
    } catch {}
  }

  put(path, sign, digest, bytes) {
    const [, changed, moved] = sign;
    if (changed >= this.newest || moved >= this.newest) return;
    this.next.set(path, [...sign, digest, bytes]);
    this.hasNews = true;
  }

  /** Returns what `settle` was given, if the files are still the same, all of them known, and `what` is, too. */
  sameAs(what) {
    // Without a file there is nothing that only this machine can know: such a `known.json` could have come with the folder.
    const isUnread = this.newest === undefined && this.files.size > 0 && this.next.size === this.files.size;
    return isUnread && this.same?.what === what ? this.same.value : undefined;
  }

  /** Remembers that `count` files are what `what` says, a text, if all of them are known; `value` comes back from `sameAs`. */
  settle(what, value, count) {
    if (this.next.size !== count) return;
    this.settled = { what, value };
    this.hasNews = true;
  }

  /** Writes what is known, if there is anything new. A folder that cannot be written is no mistake. */
  write() {
    try {
      if (this.hasNews || this.next.size !== this.files.size) {
        const value = { version: VERSION, key: this.key, same: this.settled, files: Object.fromEntries(this.next) };
        rmSync(this.beside, { force: true });
        writeFileSync(this.beside, JSON.stringify(value), { flag: 'wx' });
        renameSync(this.beside, join(this.folder, FILE));
      } else if (this.newest !== undefined) {
        rmSync(this.beside, { force: true });
      }
    } catch {}
  }
}

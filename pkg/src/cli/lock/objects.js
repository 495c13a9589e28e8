// Keeps the text of items by digest in `.context/objects`, so that what was locked can be shown, compared and proven later.
//
// How: each item is a file of its canonical JSON, named after its digest; equal items are one file, whatever locks they are in. What is read
// is checked: a file that does not have its digest is taken for missing.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { failureOf } from '../failure.js';

const HEX = 'sha256:'.length;

export class Objects {
  constructor(kept) {
    this.folder = join(kept, 'objects');
    this.folders = new Set();
    this.made = 0;
  }

  fileOf(digest) {
    return join(this.folder, digest.slice(HEX, HEX + 2), digest.slice(HEX + 2));
  }

  /** Returns true if there is a file for the digest; an empty one is what a crash may leave. */
  has(digest) {
    return (statSync(this.fileOf(digest), { throwIfNoEntry: false })?.size ?? 0) > 0;
  }

  put(digest, json) {
    const file = this.fileOf(digest);
    if (holds(file, json)) return;
    const beside = join(this.folder, `new.${process.pid}.${this.made++}`);
    try {
      this.makeFolder(digest.slice(HEX, HEX + 2));
      writeFileSync(beside, json);
      renameSync(beside, file);
    } catch (error) {
      rmSync(beside, { force: true });
      throw failureOf(error, file);
    }
  }

  makeFolder(name) {
    if (this.folders.has(name)) return;
    mkdirSync(join(this.folder, name), { recursive: true });
    this.folders.add(name);
  }

  /** Returns the text of an item, or undefined if it is not kept or not what it should be. */
  get(digest) {
    try {
      const json = readFileSync(this.fileOf(digest), 'utf8');
      return digestItem(json).digest === digest ? json : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Returns true if a file has the text: one that a crash or somebody has damaged is written again. */
function holds(file, text) {
  try {
    return readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

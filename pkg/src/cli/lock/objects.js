// Keeps the text of items by digest in `.context/objects`, so that what was locked can be shown, compared and proven later.
//
// How: the new items of a lock are one file of canonical JSON lines, with a file beside it that says where each digest is: ten thousand files of
// one item each take five times as long to write. Equal items are kept once, whatever locks they are in. The text is not flushed to the
// disk; instead, what is read is checked, and a text that does not have its digest is taken for missing.

import { readdirSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { failureOf } from '../failure.js';
import { MOST_TEXT, readFound, withFound } from '../folder/found.js';
import { KEPT } from '../folder/paths.js';
import { makeFolder } from './atomic.js';
import { Pieces } from './pieces.js';

const TEXTS = '.jsonl';
const PLACES = '.json';

/** The texts that are kept beside the lock of a folder, for reading. To write, `keptFolder` must be asked first. */
export const objectsOf = (home) => new Objects(join(home, KEPT));

export class Objects {
  constructor(kept) {
    this.folder = join(kept, 'objects');
    this.places = undefined;
    this.writer = undefined;
  }

  /** Reads where the digests are: a map to `[file, offset, length]`. What cannot be read is missing. */
  load() {
    if (this.places !== undefined) return;
    this.places = new Map();
    for (const number of this.numbers(PLACES).sort((left, right) => left - right)) {
      try {
        const places = JSON.parse(readFound(this.file(number, PLACES)).toString());
        for (const [digest, [offset, length]] of Object.entries(places))
          this.places.set(digest, [number, offset, length]);
      } catch {}
    }
  }

  file(number, end) {
    return join(this.folder, `${number}${end}`);
  }

  /** Returns the numbers of the files with an ending. */
  numbers(end) {
    try {
      return readdirSync(this.folder).flatMap((name) =>
        /^\d+\.jsonl?$/.test(name) && name.endsWith(end) ? [Number.parseInt(name, 10)] : [],
      );
    } catch {
      return [];
    }
  }

  has(digest) {
    this.load();
    return this.places.has(digest);
  }

  /** Adds the text of an item, which is there once `finish` was called. Only one process at a time may do this. */
  put(digest, json) {
    // A text that somebody has damaged is written again.
    if (this.has(digest) && this.get(digest) !== undefined) return;
    try {
      this.writer ??= new Writer(this);
      this.places.set(digest, this.writer.add(digest, json));
    } catch (error) {
      throw failureOf(error, this.folder);
    }
  }

  finish() {
    try {
      this.writer?.finish();
    } catch (error) {
      throw failureOf(error, this.folder);
    }
    this.writer = undefined;
  }

  /** Gives up what was put since `finish`. */
  abandon() {
    this.writer?.abandon();
    this.writer = undefined;
  }

  /**
   * Returns the canonical text of an item, or undefined if it is not kept or not what it should be.
   *
   * @param itemId as an index has it, which may give a digest to another id than its item's
   */
  get(digest, itemId) {
    this.load();
    const place = this.places.get(digest);
    if (place === undefined) return undefined;
    const [number, offset, length] = place;
    // No item is longer; the places may be those of a stranger.
    if (!(length <= MOST_TEXT)) return undefined;
    try {
      const bytes = Buffer.allocUnsafe(length);
      const read = (descriptor) => readSync(descriptor, bytes, 0, length, offset);
      if (withFound(this.file(number, TEXTS), read) !== length) return undefined;
      // D8-2
      const item = digestItem(bytes);
      const isIts = itemId === undefined || item.itemId === itemId;
      return item.digest === digest && isIts ? item.json : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Writes the items of one lock. */
class Writer {
  constructor(objects) {
    makeFolder(objects.folder);
    const complete = new Set(objects.numbers(PLACES));
    const all = objects.numbers(TEXTS);
    // A file without places is that of a process that was killed.
    for (const number of all) if (!complete.has(number)) rmSync(objects.file(number, TEXTS), { force: true });
    this.number = Math.max(0, ...all, ...complete) + 1;
    this.texts = objects.file(this.number, TEXTS);
    this.placesFile = objects.file(this.number, PLACES);
    this.pieces = new Pieces(this.texts);
    this.places = {};
    this.offset = 0;
  }

  add(digest, json) {
    const length = Buffer.byteLength(json);
    const place = [this.offset, length];
    this.places[digest] = place;
    this.pieces.add(`${json}\n`);
    this.offset += length + 1;
    return [this.number, ...place];
  }

  finish() {
    this.pieces.flush();
    this.pieces.close();
    const beside = `${this.placesFile}.${process.pid}`;
    // Left by a process with the same number that was killed.
    rmSync(beside, { force: true });
    writeFileSync(beside, JSON.stringify(this.places), { flag: 'wx' });
    renameSync(beside, this.placesFile);
  }

  abandon() {
    this.pieces.close();
    rmSync(this.texts, { force: true });
    rmSync(`${this.placesFile}.${process.pid}`, { force: true });
  }
}

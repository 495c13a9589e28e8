// Writes text to a file in large pieces, because each call of the system takes longer than the text of an item.

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

const PIECE = 1 << 20;

export class Pieces {
  /** Makes a new file; fails if there is one, even if that is a link. */
  constructor(file) {
    this.descriptor = openSync(file, 'wx');
    this.parts = [];
    this.length = 0;
  }

  add(text) {
    this.parts.push(text);
    this.length += text.length;
    if (this.length > PIECE) this.flush();
  }

  flush() {
    const bytes = Buffer.from(this.parts.join(''));
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    this.parts = [];
    this.length = 0;
  }

  /** Writes what is left, and waits until the disk has all of it. */
  sync() {
    this.flush();
    fsyncSync(this.descriptor);
  }

  /** May be called again. */
  close() {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

// What has to hold for whatever a bundler makes of the consumer: the files that are expected, and the module once.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumer, installed } from './host.js';

/** Pieces of what the module is inlined as, which are nowhere else, and which no bundler writes in another way. */
const pieces = ['index.js', 'index.cjs'].map((file) => {
  const content = readFileSync(join(installed, 'dist', file), 'utf8');
  const [piece] = content.slice(content.length / 2).match(/[^"'`\\$]{40}/);
  assert.equal(content.split(piece).length, 2, `${file} has it once: ${piece}`);
  return piece;
});

/** Of a name that a bundler gives, without the hash or the number in it. */
const withoutHash = (name) => name.replace(/-[\w-]{8}\./, '-HASH.').replace(/^\d+\./, 'N.');

/** The files in a folder of the consumer, by their names there. */
export function filesIn(folder) {
  const base = join(consumer, folder);
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(base.length + 1));
}

/** Asserts that there are these files in a folder, each as its name and how many copies of the module it has. */
export function assertBundle(folder, expected) {
  const found = filesIn(folder).map((name) => {
    const content = readFileSync(join(consumer, folder, name), 'utf8');
    const copies = pieces.reduce((sum, piece) => sum + content.split(piece).length - 1, 0);
    return `${withoutHash(name)}: ${copies}`;
  });
  assert.deepEqual(found.sort(), expected);
}

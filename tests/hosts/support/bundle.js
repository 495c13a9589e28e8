// Inspects bundles of the consumer: they must have the expected files, and one copy of the module.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumer, installed } from './host.js';

/** Pieces of the inlined module that occur nowhere else and that no bundler rewrites. */
const pieces = ['index.js', 'index.cjs'].map((file) => {
  const content = readFileSync(join(installed, 'dist', file), 'utf8');
  const [piece] = content.slice(content.length / 2).match(/[^"'`\\$]{40}/);
  assert.equal(content.split(piece).length, 2, `${file} has it once: ${piece}`);
  return piece;
});

/** Removes the hash or the number from a file name made by a bundler. */
const withoutHash = (name) => name.replace(/-[\w-]{8}\./, '-HASH.').replace(/^\d+\./, 'N.');

/** Lists the files in a folder of the consumer, by name. */
export function filesIn(folder) {
  const base = join(consumer, folder);
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(base.length + 1));
}

/** Asserts that a folder has exactly these files, each with its number of copies of the module. */
export function assertBundle(folder, expected) {
  const found = filesIn(folder).map((name) => {
    const content = readFileSync(join(consumer, folder, name), 'utf8');
    const copies = pieces.reduce((sum, piece) => sum + content.split(piece).length - 1, 0);
    return `${withoutHash(name)}: ${copies}`;
  });
  assert.deepEqual(found.sort(), expected);
}

// A corpus of real files: documents and manifests of the installed npm packages.
//
// How: README files, type declarations and manifests in node_modules, ordered by path and pinned by the lock file. Packages
// for one platform are left out, because other machines have others. So are those in tests/hosts, and our own.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));
const SKIPPED = new Set(['.bin', '.cache', '@lssm-tech']);
const WANTED = /(?:^package\.json|^readme[^/]*|\.d\.ts)$/i;

const read = (path) => readFileSync(join(modules, path), 'utf8');

function* walk(folder) {
  const entries = readdirSync(join(modules, folder), { withFileTypes: true });
  if (entries.some(({ name }) => name === 'package.json')) {
    const { os, cpu } = JSON.parse(read(join(folder, 'package.json')));
    if (os !== undefined || cpu !== undefined) return;
  }
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* walk(path);
    else if (entry.isFile() && WANTED.test(entry.name)) yield path;
  }
}

export const realFiles = () => Array.from(walk(''), (path) => ({ path, text: read(path) }));

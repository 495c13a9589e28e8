// The corpus that nobody generated: what installed npm packages say of themselves.
//
// How: README files, declarations and manifests in node_modules, in the order of their paths; the lock file pins them.
// Packages for one platform are left out, since another machine has others, and so are hosts' (tests/hosts) and our own.

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

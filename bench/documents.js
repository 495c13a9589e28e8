// Reads the files that two corpora are made of. Runs in Node, Deno and Bun; a page fetches the result.
//
// How: `repository` has what an agent needs to work on this repository: documents, contracts, manifests, declarations and JSON
// Schemas. It is committed, and changes as the repository does. `packages` has READMEs, declarations and manifests of the
// installed npm packages, pinned by the lock file; those for one platform are left out, because other machines have others.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const SKIPPED = new Set(['node_modules', '.bin', '.cache', '.git', 'target', 'dist', '@lssm-tech']);
/** Files that are generated or copied by the build. They are left out; the schemas are made from the contract instead. */
const GENERATED =
  /(?:package-lock|results)\.json$|^tests\/vectors\/.*\.json$|^fuzz\/corpus\/|^pkg\/(?:docs|examples|verify|errors|contract)\/|^pkg\/[A-Z-]+\.md$/;
const WANTED = {
  repository: /\.(?:md|d\.ts|toml|json)$/,
  packages: /(?:^|\/)(?:package\.json|readme[^/]*|[^/]*\.d\.ts)$/i,
};
const isForOnePlatform = ({ os, cpu }) => os !== undefined || cpu !== undefined;

function* walk(base, folder) {
  const entries = readdirSync(join(base, folder), { withFileTypes: true });
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* walk(base, path);
    else if (entry.isFile()) yield path;
  }
}

/** Reads the files of `repository` or `packages`, ordered by path: `{ path, text }`. */
export function readFiles(which) {
  const base = which === 'packages' ? join(root, 'node_modules') : root;
  const read = (path) => readFileSync(join(base, path), 'utf8');
  const paths = [...walk(base, '')];
  const skipped = paths
    .filter(
      (path) => which === 'packages' && path.endsWith('/package.json') && isForOnePlatform(JSON.parse(read(path))),
    )
    .map((path) => path.slice(0, -'package.json'.length));
  return paths
    .filter((path) => WANTED[which].test(path) && (which === 'packages' || !GENERATED.test(path)))
    .filter((path) => !skipped.some((folder) => path.startsWith(folder)))
    .map((path) => ({ path, text: read(path) }));
}

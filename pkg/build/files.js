// Writes everything of the package that is not a script: folders for old tools, declarations, schemas, documents.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliSchemas } from '../src/cli/schemas.js';
import { schemas as snapshotSchemas } from '../src/schemas.js';
import { packedText } from './links.js';

/** The entries beside the main one: each has declarations, and a folder for tools that ignore `exports`. */
const FOLDERS = [
  ...['verify', 'errors', 'contract', 'runtime', 'postgres', 'sqlite', 'drizzle', 'kysely', 'worker', 'react'],
];

const schemas = { ...snapshotSchemas, ...cliSchemas };

/** @param entries the `exports` of package.json */
export function writeFiles(root, dist, entries) {
  // Tools that ignore `exports` (old resolution of TypeScript, Parcel, Jest 27, old Metro) look for a folder with the entry's name.
  for (const name of FOLDERS) {
    const { module, require } = entries[`./${name}`];
    const found = { main: require.default, module: module.default, types: require.types };
    const manifest = Object.fromEntries(Object.entries(found).map(([field, file]) => [field, `.${file}`]));
    mkdirSync(join(root, 'pkg', name), { recursive: true });
    writeFileSync(join(root, 'pkg', name, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  }

  copyFileSync(join(root, 'pkg/src/react/style.css'), join(root, 'pkg/react/style.css'));

  // Both kinds of declarations have one source.
  for (const name of ['index', ...FOLDERS]) {
    const types = readFileSync(join(root, `pkg/src/${name}.d.ts`), 'utf8');
    writeFileSync(join(dist, `${name}.d.ts`), types);
    writeFileSync(join(dist, `${name}.d.cts`), types.replace(/ from '(\.\/\w+)\.js';/g, " from '$1.cjs';"));
  }

  // Schemas, documents, and a verifier that does not need the package.
  const folders = ['docs', 'examples', 'schemas'];
  for (const folder of folders) {
    rmSync(join(root, 'pkg', folder), { recursive: true, force: true });
    mkdirSync(join(root, 'pkg', folder));
  }
  for (const [name, schema] of Object.entries(schemas)) {
    writeFileSync(join(root, 'pkg/schemas', name), `${JSON.stringify(schema, undefined, 2)}\n`);
  }
  const documents = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));
  const copied = ['LICENSE', 'examples/independent-verify.mjs'];
  for (const file of copied) copyFileSync(join(root, file), join(root, 'pkg', file));
  const pages = ['README.md', 'CHANGELOG.md', 'THIRD-PARTY.md', ...documents.map((file) => `docs/${file}`)];
  const packed = new Set([...pages, ...copied, ...Object.keys(schemas).map((name) => `schemas/${name}`)]);
  for (const file of pages) {
    writeFileSync(join(root, 'pkg', file), packedText(readFileSync(join(root, file), 'utf8'), file, packed));
  }
}

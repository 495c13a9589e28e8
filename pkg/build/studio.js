// Builds the Studio page into `dist/studio`, for the command `studio`.
//
// Why after the package is installed: the page is built from the package as any page is. It takes a second, so nothing is kept from one build to
// the next. How: with the page's own configuration. Only the policy moves from the document into the headers of the command, which lets
// the page ask it for the folder's data; in its place, the document says where that data is.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = join(root, 'examples/studio');
const outDir = join(root, 'pkg/dist/studio');
/** Beside the document; `verbs/studio.js` serves it there. */
const DATA = '<meta name="served-folder" content="./data/">';

assert(existsSync(join(page, 'node_modules/vite')), 'vite is missing in examples/studio: scripts/setup.sh installs it');
const vite = createRequire(join(page, 'package.json')).resolve('vite');
const { build } = await import(pathToFileURL(vite).href);
await build({ configFile: join(page, 'vite.config.ts'), logLevel: 'warn', build: { outDir } });

const document = join(outDir, 'index.html');
const [before, after, ...others] = readFileSync(document, 'utf8').split(
  /<meta http-equiv="content-security-policy" content="[^"]*">/,
);
assert(after !== undefined && others.length === 0, 'the document states one policy');
writeFileSync(document, `${before}${DATA}${after}`);

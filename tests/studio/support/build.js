// Bundles the page of components, and the program for servers, with React 18 and 19.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const here = join(root, 'tests/studio');
const out = join(root, 'target/studio-tests');

/** The names of the packages by version of React. */
export const REACTS = {
  18: { react: 'react-18', 'react-dom': 'react-dom-18' },
  19: { react: 'react', 'react-dom': 'react-dom' },
};

/** Bundles a script of `support/` with a version of React; returns the file. */
export async function bundled(script, version, platform) {
  mkdirSync(out, { recursive: true });
  const outfile = join(out, `${script.replace(/\.jsx$/, '')}-${version}-${platform}.js`);
  const alias = Object.fromEntries(
    Object.entries(REACTS[version]).map(([name, by]) => [name, join(here, 'node_modules', by)]),
  );
  await build({
    entryPoints: [join(here, 'support', script)],
    nodePaths: [join(here, 'node_modules')],
    ...{ outfile, alias, platform, bundle: true, format: 'esm', jsx: 'automatic', minify: true, logLevel: 'error' },
    define: { 'process.env.NODE_ENV': '"development"' },
    banner:
      platform === 'node'
        ? { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" }
        : {},
  });
  return outfile;
}

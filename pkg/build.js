// Builds `pkg/dist` from the compiled crate. Called by `make build`, which sets the Rust toolchain.
//
// It distrusts itself: what it expects of the tools' output is asserted, so that an update which changes it is noticed
// here and not by a user.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [compiled, bindgen] = process.argv.slice(2);
assert(compiled && bindgen, 'usage: node pkg/build.js <compiled .wasm> <bindgen tool>');

const glue = join(root, 'target/glue');
const dist = join(root, 'pkg/dist');
rmSync(glue, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

execFileSync(bindgen, [
  'generate',
  ...['--target', 'web', '--omit-default-module-path', '--no-typescript', '--experimental-reset-state-function'],
  ...[
    '--remove-name-section',
    '--remove-producers-section',
    '--out-name',
    'context_snapshot',
    '--out-dir',
    glue,
    compiled,
  ],
]);
const snippets = join(glue, 'snippets');
const [snippet, ...others] = readdirSync(snippets);
assert.equal(others.length, 0, 'one crate has scripts of its own');
const result = join(snippets, snippet, 'src/wasm/result.js');

// A tenth smaller. The features that the module uses are named in it.
const wasm = join(dist, 'context_snapshot.wasm');
const wasmOpt = createRequire(import.meta.url).resolve('binaryen/bin/wasm-opt');
execFileSync(process.execPath, [wasmOpt, '-Oz', join(glue, 'context_snapshot_bg.wasm'), '-o', wasm]);

const options = {
  entryPoints: [join(root, 'pkg/src/index.js')],
  alias: {
    '#contract': join(root, 'src/contract.json'),
    '#glue': join(glue, 'context_snapshot.js'),
    '#result': result,
    '#wasm': wasm,
  },
  loader: { '.wasm': 'binary' },
  bundle: true,
  platform: 'neutral',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  // The glue names a script twice that is imported from in two places; it is the same one.
  logOverride: { 'duplicate-object-key': 'silent' },
  minify: true,
  keepNames: true,
};
await build({ ...options, format: 'esm', outfile: join(dist, 'index.js') });
await build({ ...options, format: 'cjs', outfile: join(dist, 'index.cjs') });
// The entry without WebAssembly is for pages, so it has to be small: names of members that nobody outside sees are
// shortened, too. None of them may be one that a caller's value has.
const verify = {
  ...{ entryPoints: [join(root, 'pkg/src/verify.js')], bundle: true, platform: 'neutral', target: 'es2022' },
  ...{ charset: 'utf8', legalComments: 'none', minify: true },
  mangleProps:
    /^(faults|mode|first|bytes|long|pieces|texts|isRight|parts|used|packTexts|sourceTexts|canonicalText|size|root|position|expected|ids|leaf)$/,
};
await build({ ...verify, format: 'esm', outfile: join(dist, 'verify.js') });
await build({ ...verify, format: 'cjs', outfile: join(dist, 'verify.cjs') });
copyFileSync(join(root, 'pkg/src/node.js'), join(dist, 'node.js'));

// One source for both kinds of declarations.
for (const name of ['index', 'verify']) {
  const types = readFileSync(join(root, `pkg/src/${name}.d.ts`), 'utf8');
  writeFileSync(join(dist, `${name}.d.ts`), types);
  writeFileSync(join(dist, `${name}.d.cts`), types.replaceAll("'./index.js'", "'./index.cjs'"));
}
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) copyFileSync(join(root, file), join(root, 'pkg', file));

for (const file of ['index.js', 'index.cjs', 'verify.js', 'verify.cjs']) {
  const code = readFileSync(join(dist, file), 'utf8');
  assert(!code.includes('import.meta') && !code.includes('__filename'), `${file} needs no place of its own`);
}
for (const file of ['index.js', 'index.cjs', 'verify.js', 'verify.cjs', 'context_snapshot.wasm']) {
  const bytes = readFileSync(join(dist, file));
  for (const folder of [root, homedir(), 'registry/src', 'rustlib/src']) {
    assert(!bytes.includes(folder), `${file} names no folder of the machine that built it, but: ${folder}`);
  }
}

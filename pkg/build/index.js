// Builds `pkg/dist` from the compiled crate. Called by `make build`, which sets the Rust toolchain.
//
// How, in this order: wasm-bindgen writes the glue; `module.js` optimizes the module, `glue.js` edits the glue, `bundle.js` makes the
// scripts, `man.js` the man page, `files.js` everything else. What is expected of the output of a tool is asserted, so that an update that changes it fails
// here and not on a user's machine.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, dist, encodeModule, glue, glueScript, OURS, root, shorten, toCommonJs, wasm } from './bundle.js';
import { writeFiles } from './files.js';
import { edited } from './glue.js';
import { writeManPage } from './man.js';
import { optimizedOnce } from './module.js';

/** What the entries for hosts import and their scripts do not contain. */
const OUTSIDE = [
  '@lssm-tech/lib.context-snapshot',
  '@lssm-tech/lib.context-snapshot/*',
  'node:*',
  'drizzle-orm',
  'drizzle-orm/*',
  'kysely',
  'gpt-tokenizer/*',
  'react',
];

const [compiled, bindgen] = process.argv.slice(2);
assert(compiled && bindgen, 'usage: node pkg/build/index.js <compiled .wasm> <bindgen tool>');

rmSync(glue, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

execFileSync(bindgen, [
  'generate',
  ...['--target', 'web', '--omit-default-module-path', '--no-typescript', '--experimental-reset-state-function'],
  ...['--remove-producers-section', '--out-name', 'context_snapshot', '--out-dir', glue, compiled],
]);
const snippets = join(glue, 'snippets');
const [snippet, ...others] = readdirSync(snippets);
assert.equal(others.length, 0, 'one crate has scripts of its own');
const ours = (file) => join(snippets, snippet, 'src/wasm/js', file);

const generated = readFileSync(glueScript, 'utf8');
const { bytes, imports } = optimizedOnce(
  readFileSync(join(glue, 'context_snapshot_bg.wasm')),
  generated,
  join(root, 'target/optimized.json'),
);
writeFileSync(wasm, bytes);
writeFileSync(glueScript, edited(generated, imports, `./snippets/${snippet}/src/wasm/js`));
encodeModule();

const names = await bundle(ours, 'index.js', { file: 'index.js' });
await bundle(ours, 'index.js', { file: 'index.cjs', encoding: 'base64' });
toCommonJs('index.cjs');
await bundle(ours, 'index.js', { file: 'workerd.js', module: 'workerd', external: ['./context_snapshot.wasm'] });

// For hosts with the condition `edge-light` (Next.js, Vercel, Nitro), the import ends in `?module`.
const [before, after, ...rest] = readFileSync(join(dist, 'workerd.js'), 'utf8').split('"./context_snapshot.wasm"');
assert.equal(rest.length, 0, 'workerd.js imports the module once');
writeFileSync(join(dist, 'edge-light.js'), `${before}"./context_snapshot.wasm?module"${after}`);

// The ES module for Node re-exports the CommonJS script, so a process that uses both has one instance and one `SnapshotError`.
// Node scans a CommonJS script that is imported for its exports, which takes 20 ms if the module is in it. The script between
// them has nothing to scan.
writeFileSync(join(dist, 'node.cjs'), "const api = require('./index.cjs');\nmodule.exports = api;\n");
writeFileSync(
  join(dist, 'node.js'),
  `import api from './node.cjs';\nexport const { ${names.sort().join(', ')} } = api;\n`,
);

// Bundlers use `index.js`, by `import` and by `require`. Nitro does not bundle a package if Node can import the file of the condition
// `module`; it copies that file, while Node looks for `node.js`. Only bundlers can read this script, because no `type` says
// that it is a module, so Nitro bundles it.
mkdirSync(join(dist, 'esm'));
writeFileSync(join(dist, 'esm/package.json'), '{ "sideEffects": false }\n');
writeFileSync(join(dist, 'esm/index.js'), "export * from '../index.js';\n");

// The entry without WebAssembly.
const verify = {
  ...{ entryPoints: [join(root, 'pkg/src/verify.js')], bundle: true, platform: 'neutral', target: 'es2022' },
  ...{ legalComments: 'none', minify: true },
  mangleProps: OURS,
  // The reader of JSON text, with this entry's own functions in place of those that the scripts of the module share.
  alias: { '#json-text': ours('json-text.js') },
  plugins: [
    {
      name: 'functions of the entry',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\/(language|values)\.js$/ }, ({ path, importer }) =>
          importer === ours('json-text.js') ? { path: join(root, 'pkg/src/verify', path) } : undefined,
        ),
    },
  ],
};
for (const file of ['verify.js', 'verify.cjs']) {
  await build({ ...verify, format: 'esm', outfile: join(dist, file) });
  await shorten(file);
}
toCommonJs('verify.cjs');

// Two entries that export one thing each.
for (const name of ['errors', 'contract']) {
  await bundle(ours, `${name}.js`, { file: `${name}.js` });
  await bundle(ours, `${name}.js`, { file: `${name}.cjs` });
  toCommonJs(`${name}.cjs`);
}

// The entries for hosts. They import the main entry by the package's name, so a process has one module and one `SnapshotError`.
for (const [entry, name] of [
  ['runtime/index.js', 'runtime'],
  ['store/postgres.js', 'postgres'],
  ['store/sqlite.js', 'sqlite'],
  ['store/drizzle.js', 'drizzle'],
  ['store/kysely.js', 'kysely'],
]) {
  await bundle(ours, entry, { file: `${name}.js`, external: OUTSIDE });
  await bundle(ours, entry, { file: `${name}.cjs`, external: OUTSIDE });
  toCommonJs(`${name}.cjs`);
}

// The page's side of the worker. In CommonJS, there is no address to find the worker's script by.
const starting = (name) => ({ external: OUTSIDE, alias: { '#start-worker': join(root, `pkg/src/worker/${name}.js`) } });
await bundle(ours, 'worker/index.js', { file: 'worker.js', ...starting('start') });
await bundle(ours, 'worker/index.js', { file: 'worker.cjs', ...starting('start-nothing') });
toCommonJs('worker.cjs');
assert(
  readFileSync(join(dist, 'worker.js'), 'utf8').includes(
    'new Worker(new URL("./preview-worker.js",import.meta.url),{type:"module"})',
  ),
  'worker.js starts the worker in the words that bundlers recognize',
);
// Import maps do not apply to workers, so the script of the worker imports the main entry by its file.
const name = '@lssm-tech/lib.context-snapshot';
await bundle(ours, 'worker/preview-worker.js', {
  file: 'preview-worker.js',
  external: ['./index.js'],
  alias: { [name]: './index.js', [`${name}/errors`]: './index.js' },
});

// The components. Frameworks that render on a server look for the first line.
for (const file of ['react.js', 'react.cjs']) {
  await bundle(ours, 'react/index.js', { file, external: OUTSIDE });
  if (file === 'react.cjs') toCommonJs(file);
  writeFileSync(join(dist, file), `"use client";\n${readFileSync(join(dist, file), 'utf8')}`);
}

// The command. Each verb is a script of its own, so that `--help` does not load the library. Libraries of others are in these scripts, so
// that the package has no dependencies.
const command = {
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', legalComments: 'none' },
  alias: {
    '#json': ours('json.js'),
    '#package': join(root, 'pkg/package.json'),
    '#studio-headers': join(root, 'examples/studio/policy.ts'),
  },
  external: OUTSIDE,
  mainFields: ['module', 'main'],
  // Libraries in CommonJS ask for Node's modules by `require`.
  banner: { js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);" },
};
await build({
  ...command,
  entryPoints: { cli: join(root, 'pkg/src/cli/main.js') },
  outdir: dist,
  chunkNames: 'cli/[name]-[hash]',
  minify: true,
});
writeFileSync(join(dist, 'cli.js'), `#!/usr/bin/env node\n${readFileSync(join(dist, 'cli.js'), 'utf8')}`);
chmodSync(join(dist, 'cli.js'), 0o755);
await build({
  ...command,
  entryPoints: [join(root, 'pkg/src/cli/program.js')],
  outdir: join(glue, 'program'),
  outExtension: { '.js': '.mjs' },
});
await writeManPage(root, join(glue, 'program/program.mjs'));

const { version, exports: entries } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
assert(
  readFileSync(ours('snapshot-error.js'), 'utf8').includes(`@${version}/SnapshotError`),
  'the class is shared by its version',
);
writeFiles(root, dist, entries);

// The command is loaded by Node alone.
const scripts = readdirSync(dist).filter((file) => /\.c?js$/.test(file) && file !== 'cli.js');
for (const file of scripts) {
  const code = readFileSync(join(dist, file), 'utf8');
  for (const word of ['import.meta', '__filename', '__dirname']) {
    const isNeeded = file === 'worker.js' && word === 'import.meta';
    assert(isNeeded || !code.includes(word), `${file} needs no place of its own, but has: ${word}`);
  }
  assert(!/instanceof WebAssembly/.test(code), `${file} asks for no realm's WebAssembly`);
  assert(!/<\/script|<!--/i.test(code), `${file} can stand in a page`);
  assert(/^[\x20-\x7e\n]*$/.test(code), `${file} is ASCII, so that no charset harms it`);
}
// terser does not break a list of declarations. Such a line is too long, but nothing in it throws.
const hosts = ['runtime', 'postgres', 'sqlite', 'drizzle', 'kysely', 'worker', 'react'].flatMap((name) => [
  `${name}.js`,
  `${name}.cjs`,
]);
for (const file of ['index.cjs', 'verify.js', 'verify.cjs', ...hosts]) {
  for (const line of readFileSync(join(dist, file), 'utf8').split('\n')) {
    const isLong = line.length > 400 && line.length < 10_000;
    assert(!isLong || !/\bthrow\b/.test(line), `${file}: nothing throws in a line that is long to print`);
  }
}
const workerd = readFileSync(join(dist, 'workerd.js'), 'utf8');
assert(workerd.includes('from"./context_snapshot.wasm"'), 'workerd.js imports the compiled module');
assert(!workerd.includes('WebAssembly.Module'), 'workerd.js compiles nothing');
for (const file of [...scripts, 'context_snapshot.wasm']) {
  const bytes = readFileSync(join(dist, file));
  for (const folder of [root, homedir(), 'registry/src', 'rustlib/src']) {
    assert(!bytes.includes(folder), `${file} names no folder of the machine that built it, but: ${folder}`);
  }
}

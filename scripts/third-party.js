// Writes THIRD-PARTY.md, the licences of everything compiled or bundled into the npm package: `node scripts/third-party.js`.
//
// Why: whoever ships the package ships these crates and npm packages too, and their licences must be included. How: Cargo lists the crates
// and their sources; esbuild says which npm packages the command and the Studio are made of. If there is a choice, MIT is used. Another
// licence, or one without its text, fails the script, because somebody has to look at it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const TARGET = 'wasm32-unknown-unknown';
/** The crate that generates the glue, parts of which are in our scripts. */
const GLUE = 'wasm-bindgen-cli-support';
/** For each licence, the possible names of its file, first match first, and a pattern that its text matches. */
const LICENCES = {
  MIT: {
    files: ['LICENSE-MIT', 'LICENSE', 'LICENSE.md', 'LICENSE-MIT.txt', 'license'],
    words: /Permission is hereby granted, free of charge/,
  },
  ISC: { files: ['LICENSE'], words: /Permission to use, copy, modify, and\/or distribute this software/ },
  'BSD-3-Clause': { files: ['LICENSE'], words: /Redistribution and use in source and binary forms/ },
  'Unicode-3.0': { files: ['LICENSE-UNICODE'], words: /^UNICODE LICENSE V3/ },
};

function cargo(...args) {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 27, stdio: ['ignore', 'pipe', 'pipe'] };
  return execFileSync('cargo', [...args, '--locked', '--offline'], options);
}

/** Lists name and version of each crate that is compiled into the module, without build dependencies and procedural macros. */
function compiled() {
  const tree = cargo(
    ...['tree', '--package', 'context-snapshot', '--target', TARGET, '--edges', 'normal,no-proc-macro'],
    ...['--prefix', 'none', '--format', '{p}'],
  );
  const crates = new Set(tree.match(/^\S+ v\S+/gm));
  return [...crates].map((crate) => crate.split(' v')).filter(([name]) => name !== 'context-snapshot');
}

/** The holders that packages name whose archives lack the text of their licence, MIT. */
const HOLDERS = { '@bomb.sh/tab': 'Bombshell Authors (https://github.com/bombshell-dev)' };
/** The text of MIT (https://spdx.org/licenses/MIT.html) for a holder. */
const mit = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Reads the texts of the licences that a crate is used under. `(MIT OR Apache-2.0) AND Unicode-3.0` requires two. */
function licencesOf({ name, version, license, author, folder }) {
  if (name in HOLDERS) {
    assert.deepEqual(
      [license, author],
      ['MIT', HOLDERS[name]],
      `${name} ${version} has the same holder and licence as before`,
    );
    return [mit(author)];
  }
  const files = readdirSync(folder);
  return license.split(' AND ').map((choice) => {
    const known = choice
      .replace(/^\((.*)\)$/, '$1')
      .split(' OR ')
      .filter((one) => one in LICENCES);
    assert.equal(known.length, 1, `${name} ${version} may be used under a licence that we know, not ${license}`);
    const licence = LICENCES[known[0]];
    const file = licence.files.find((one) => files.includes(one));
    assert(file, `${name} ${version} has the text of its licence, ${known[0]}`);
    const text = readFileSync(join(folder, file), 'utf8').replace(/\r\n?/g, '\n');
    assert.match(text, licence.words, `${name} ${version}: ${file} is that of ${known[0]}`);
    return text.replace(/[ \t]+$/gm, '').trim();
  });
}

/** Lists the npm packages that are bundled from a script. @param place what is made of it @param platform that of esbuild */
function bundled(entry, place, platform) {
  const { metafile } = buildSync({
    ...{ entryPoints: [join(root, entry)], bundle: true, splitting: true, format: 'esm', platform, jsx: 'automatic' },
    ...{ minify: true, define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'error' },
    ...{
      mainFields: ['module', 'main'],
      metafile: true,
      write: false,
      outdir: join(root, 'target'),
      absWorkingDir: root,
    },
    external: [
      '@lssm-tech/lib.context-snapshot',
      '@lssm-tech/lib.context-snapshot/*',
      'node:*',
      'gpt-tokenizer/*',
      '#json',
      '#package',
      '#studio-headers',
    ],
  });
  // The inputs of a script that is written: what esbuild drops is not in it.
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const folders = parts
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([file]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].map((path) => {
    const folder = join(root, path);
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, license, author, folder, place };
  });
}

const byName = (left, right) => (left < right ? -1 : Number(left > right));

/** Builds the whole document. */
export function thirdParty() {
  const { packages } = JSON.parse(cargo('metadata', '--format-version', '1'));
  const found = (name, version) => {
    const some = packages.filter((one) => one.name === name && (version === undefined || one.version === version));
    assert.equal(some.length, 1, `${name} ${version ?? ''} is there, once`);
    return some[0];
  };
  const crates = compiled().map(([name, version]) => found(name, version));
  const ofCrate = (crate) => ({
    ...{ ...crate, folder: dirname(crate.manifest_path) },
    place: crate.name === GLUE ? 'parts of the scripts' : 'the module',
  });
  const all = [...crates, found(GLUE)].map(ofCrate);
  for (const part of [
    ...bundled('pkg/src/cli/main.js', 'the command', 'node'),
    ...bundled('examples/studio/src/main.tsx', 'the Studio', 'browser'),
  ]) {
    const same = all.find(({ name, version }) => name === part.name && version === part.version);
    if (same === undefined) all.push(part);
    else same.place += ` and ${part.place}`;
  }
  all.sort((left, right) => byName(left.name, right.name));

  const texts = new Map();
  for (const crate of all) {
    for (const text of licencesOf(crate)) texts.set(text, [...(texts.get(text) ?? []), crate.name]);
  }
  const rows = all.map(({ name, version, license, place }) => `| ${name} | ${version} | ${license} | ${place} |\n`);
  const groups = Array.from(texts, ([text, names]) => `### ${names.join(', ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  return `# Third-party software

The npm package has no dependencies to install. The crates below are compiled into \`context_snapshot.wasm\`, which \`index.js\`
and \`index.cjs\` contain, too, or are parts of these scripts. The npm packages below are parts of the command, \`cli.js\` and
\`cli/\`, or of the Studio, \`studio/\`, and of nothing else. \`verify.js\` and \`verify.cjs\` contain no code by others. If there
is a choice, the MIT licence is taken. \`node scripts/third-party.js\` writes this file from what Cargo and esbuild know; a test fails if it is out of date.

| crate or npm package | version | licence | ends in |
| --- | --- | --- | --- |
${rows.join('')}
The module has parts of the Rust standard library as well, of the compiler that it was built with: \`core\`, \`alloc\` and \`std\`
(https://github.com/rust-lang/rust, MIT OR Apache-2.0, the Rust Project contributors), and of the crates that these are made of,
among them \`hashbrown\` (MIT OR Apache-2.0) and \`compiler_builtins\` (MIT AND Apache-2.0 WITH LLVM-exception AND (MIT OR
Apache-2.0)).

## Licences

${groups.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, 'THIRD-PARTY.md'), thirdParty());
}

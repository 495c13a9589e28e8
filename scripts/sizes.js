// Writes the table of sizes of the built package into the README: `node scripts/sizes.js`, after `make build`.
//
// Why not by the build: the README is part of the package, so a build would change its own input. A test compares the table with the
// built files.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../', import.meta.url));
const ENTRIES = {
  'index.js': 'browsers and bundlers: all in one file',
  'index.cjs': 'Node.js, Bun, Deno: all in one file',
  'workerd.js': 'workerd, beside the module',
  'context_snapshot.wasm': 'the module itself',
  'verify.js': 'without WebAssembly: verification alone',
};
const BETWEEN = /(<!-- sizes -->\n)[\s\S]*(<!-- \/sizes -->)/;

/** Measures the raw, gzip and brotli size of each entry. */
export function measured() {
  const sizes = (file) => {
    const bytes = readFileSync(join(root, 'pkg/dist', file));
    return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  };
  return Object.fromEntries(Object.keys(ENTRIES).map((file) => [file, sizes(file)]));
}

/** Reads the same sizes from the table in the README. */
export function tableIn(readme) {
  const rows = readme.match(BETWEEN)[0].matchAll(/^\| `(.*)`, .* \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm);
  return Object.fromEntries(
    Array.from(rows, ([, file, ...sizes]) => [file, sizes.map((size) => Number(size.replaceAll(',', '')))]),
  );
}

function table() {
  const row = ([file, sizes]) =>
    `| \`${file}\`, ${ENTRIES[file]} | ${sizes.map((size) => size.toLocaleString('en')).join(' | ')} |\n`;
  const rows = Object.entries(measured()).map(row).join('');
  return `| bytes | raw | gzip | brotli |\n| --- | --: | --: | --: |\n${rows}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, 'README.md');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(BETWEEN, (_, begin, end) => `${begin}${table()}${end}`),
  );
}

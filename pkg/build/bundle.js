// Bundles and shortens scripts.
//
// Why two tools: esbuild resolves and shortens private members; terser then names variables so that they compress better (0.6 kB).

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';
import * as base64 from '../src/module/base64.js';
import { encode } from './encode.js';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const dist = join(root, 'pkg/dist');
export const glue = join(root, 'target/glue');
export const glueScript = join(glue, 'context_snapshot.js');
export const wasm = join(dist, 'context_snapshot.wasm');
/**
 * Approximate length of lines. Node prints the line that threw an uncaught error, so lines of the scripts that Node loads are short.
 * In scripts that are sent to browsers, each line costs bytes (lines of 600 characters: 0.13 kB). The text of the module has a line of its own.
 */
const lineLimit = (file) =>
  ({ 'index.cjs': 120, 'verify.cjs': 120, 'verify.js': 300 })[file] ??
  (/^(runtime|postgres|sqlite|drizzle|kysely|worker|preview-worker|react)\./.test(file) ? 120 : 2000);

const encodings = { base64, text: { encode } };
/** Placeholder for the text of the module while a script is bundled, because esbuild would break its line. */
const PLACE = 'the text of the module';
/** Marks the line in which `index.js` throws (`raise`). Node does not print lines with certain words. */
const UNSEEN = /"unseen";\s*throw/;
/** Placeholder for that mark while a script is shortened, because terser removes comments. */
const MARK = 'unseenHere';
const texts = {};

/** Writes the module as text, in each encoding, for the bundles. */
export function encodeModule() {
  for (const [name, { encode }] of Object.entries(encodings)) {
    const encoded = encode(readFileSync(wasm));
    assert(/^[^'\\\n]*$/.test(encoded.text), 'the text of the module needs no escapes');
    texts[name] = encoded.text;
    writeFileSync(join(glue, `${name}.json`), JSON.stringify({ ...encoded, text: PLACE }));
  }
}

/** Private members end in `_` and are shortened. No member of a caller's object may be named like that. */
export const OURS = /[^_]_$/;

/**
 * Bundles an entry into one script that imports only `external`. Returns the names of its exports.
 *
 * @param ours returns the path of one of our scripts that the module imports
 */
export async function bundle(ours, entry, { file, module = 'inlined', encoding = 'text', external = [], alias = {} }) {
  const { metafile } = await build({
    entryPoints: [join(root, 'pkg/src', entry)],
    outfile: join(dist, file),
    format: 'esm',
    alias: {
      '#contract': join(root, 'src/contract.json'),
      '#freeze': ours('freeze.js'),
      '#encoding': join(root, 'pkg/src/module', `${encoding}.js`),
      '#glue': glueScript,
      '#inlined': join(glue, `${encoding}.json`),
      '#module': join(root, 'pkg/src/module', `${module}.js`),
      '#instance': ours('instance.js'),
      '#json': ours('json.js'),
      '#json-text': ours('json-text.js'),
      '#language': ours('language.js'),
      '#limits': ours('limits.js'),
      '#memory': ours('memory.js'),
      '#snapshot-error': ours('snapshot-error.js'),
      '#thrown': ours('thrown.js'),
      '#values': ours('values.js'),
      ...alias,
    },
    external,
    inject: [join(root, 'pkg/src/text-coders.js')],
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    legalComments: 'none',
    // The glue names a script twice if two parts import it.
    logOverride: { 'duplicate-object-key': 'silent' },
    minify: true,
    mangleProps: OURS,
    metafile: true,
  });
  const code = readFileSync(join(dist, file), 'utf8');
  assert.equal(code.split(UNSEEN).length, entry === 'index.js' ? 2 : 1, 'errors are thrown in one place');
  writeFileSync(join(dist, file), code.replace(UNSEEN, `${MARK}();throw`));
  await shorten(file);
  const short = readFileSync(join(dist, file), 'utf8');
  const marked = `throw ${MARK}(),`;
  assert.equal(short.split(MARK).length, short.split(marked).length, 'terser leaves the mark where it throws');
  // SQL without its indentation: nothing else in these scripts has any.
  const plain = entry.startsWith('store/') ? short.replace(/\\n {2,}/g, ' ') : short;
  writeFileSync(
    join(dist, file),
    plain
      .replace(marked, '/*node-do-not-add-exception-line*/throw ')
      .replace(`"${PLACE}"`, () => `'${texts[encoding]}'`),
  );
  const [output] = Object.values(metafile.outputs);
  return output.exports;
}

/**
 * Shortens a script again with terser, whose names of variables compress better, and breaks lines between statements. Getters may
 * belong to a caller, so none is assumed to be pure.
 */
export async function shorten(file) {
  const { code } = await minify(readFileSync(join(dist, file), 'utf8'), {
    module: true,
    ecma: 2020,
    compress: { passes: 3, pure_getters: false },
    format: { ascii_only: true, max_line_len: lineLimit(file) },
  });
  writeFileSync(join(dist, file), `${code}\n`);
}

/**
 * Converts a bundled module to CommonJS. esbuild's own format lists exports with `for … in`, so it cannot be loaded if there is an
 * enumerable member on `Object.prototype`. Imports by name become calls of `require`.
 */
export function toCommonJs(file) {
  const code = readFileSync(join(dist, file), 'utf8').replace(
    /\bimport ?\{([^}]*)\} ?from ?("[^"]*")\s*;/g,
    (_, names, from) => `const {${names.replace(/ as /g, ':')}}=require(${from});`,
  );
  const list = /export ?\{([^}]*)\};?\s*$/;
  const [, exported] = list.exec(code);
  assert(!/\bimport\b *[{*"\w]/.test(code), `${file} imports by name only`);
  const members = exported.split(',').map((one) => {
    const [own, name = own] = one.trim().split(' as ');
    return `${name}:${own}`;
  });
  const marked = "Object.defineProperty(module.exports,'__esModule',{__proto__:null,value:true});";
  const text = `"use strict";${code.replace(list, '')}module.exports={${members.join(',')}};${marked}\n`;
  writeFileSync(join(dist, file), text);
}

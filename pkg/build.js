// Builds `pkg/dist` from the compiled crate. Called by `make build`, which sets the Rust toolchain.
//
// It distrusts itself: what it expects of the tools' output is asserted, so that an update which changes it is noticed
// here and not by a user.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { build } from 'esbuild';
import { minify } from 'terser';
import { encode } from './encode.js';
import { packedText } from './links.js';
import * as base64 from './src/module/base64.js';
import { schemas } from './src/schemas.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [compiled, bindgen] = process.argv.slice(2);
assert(compiled && bindgen, 'usage: node pkg/build.js <compiled .wasm> <bindgen tool>');

const glue = join(root, 'target/glue');
/** What the module imports from, where that is not a script of ours. */
const GLUE = './context_snapshot_bg.js';
/** As many as an import has that may throw. */
const MOST_ARGUMENTS = 'one, two, three, four, five, six';
const dist = join(root, 'pkg/dist');
/**
 * Length of lines, roughly: Node prints the one in which an error was thrown that nobody catches. In what Node loads they are
 * short; in what is sent, each line costs. The module's text, which throws nothing, is in a line of its own.
 */
const lineLimit = (file) => ({ 'index.cjs': 120, 'verify.cjs': 120, 'verify.js': 300 })[file] ?? 600;
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

const glueScript = join(glue, 'context_snapshot.js');
const wasm = join(dist, 'context_snapshot.wasm');
let generated = readFileSync(glueScript, 'utf8');
const { bytes, imports } = optimized(readFileSync(join(glue, 'context_snapshot_bg.wasm')));
writeFileSync(wasm, bytes);

// What is done to the glue. Its own ways to begin ask what `instanceof WebAssembly.Module` says, which is nothing where two
// realms meet (jest, node:vm). It has another way, made for instances that take the place of an earlier one; with the module
// set, that serves for the first as well, and the others are left out of what is bundled. And imports go by their numbers, as
// do exports that are not called as ours are.
const replace = (line, by) => {
  assert.equal(generated.split(line).length, 2, `the glue has, once: ${line}`);
  generated = generated.replace(line, by);
};
for (const line of [
  'let wasmModule, wasmInstance, wasm;',
  'export function __wbg_reset_state () {',
  'wasmInstance = new WebAssembly.Instance(wasmModule, __wbg_get_imports());',
]) {
  replace(line, line);
}
for (const [number, { from, name }] of imports.entries()) {
  if (from === GLUE) {
    replace(`${name}: `, `${number}: `);
  } else {
    // Handed to WebAssembly as it is.
    replace('const import0 = {', `const import0 = {\n${number}: ${name},`);
    generated = `import { ${name} } from '${from}';\n${generated}`;
  }
}
generated = generated.replace(/^import \* as .*$/gm, '').replace(/^ *"\.\/snippets\/.*$/gm, '');
replace(`"${GLUE}"`, '"i"');
// `Held` (`index.js`) knows when what it holds was lost with its instance, frees what nobody has any more, and starts a new
// instance where one is needed.
assert(!generated.includes('__wbg_reinit_scheduled = true'), 'the glue is not told to start anew');
for (const guard of [
  /^ *__wbg_call_guard\(\);$/gm,
  /^ *if \(this\.__wbg_inst [^}]*\}$/gm,
  /^ *Object\.defineProperty\(this, '__wbg_inst'.*$/gm,
  /^if \(Symbol\.dispose\) .*$/gm,
  /^const \w+Finalization = .*\n(.*\n){3}\}\);$/gm,
  /^ *\w+Finalization\.(un)?register\(.*$/gm,
  /^ *__wbg_instance_id\+\+;$/gm,
  /^ *__wbg_reinit_scheduled = false;$/gm,
  /^ *cachedFloat64ArrayMemory0 = null;$/gm,
  /\bif \(typeof numBytesDecoded !== 'undefined'\) /g,
]) {
  assert(guard.test(generated), `the glue has: ${guard}`);
  generated = generated.replace(guard, '');
}
// Host code that returns to an instance which was lost meanwhile does not go on in it: what it threw passes through, and
// `run` (`index.js`) knows what else it was.
replace(
  'function handleError(f, args) {\n    try {\n        return f.apply(this, args);\n    } catch (e) {\n',
  `const caught = (f) => (${MOST_ARGUMENTS}) => {\n try {\n const result = f(${MOST_ARGUMENTS});\n` +
    'if (running.instance_ !== undefined) return result;\n } catch (e) {\n' +
    'if (running.instance_ === undefined) throw handOver(e);\n',
);
const caught = /( wasm\.\w+\(idx\);\n) {4}\}\n/;
assert(caught.test(generated), 'the glue catches what imports throw');
generated = generated.replace(caught, '$1 return;\n }\n throw running;\n');
replace('const ret = Date.now();', 'const ret = Date.now();\n if (running.instance_ === undefined) throw running;');
// An engine without `TextDecoder` can import it.
const decoder = "let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });\ncachedTextDecoder.decode();\n";
replace(decoder, "let cachedTextDecoder = TextDecoder && new TextDecoder('utf-8', { ignoreBOM: true });\n");
// What the glue calls is what the language had when the package was loaded (`walker.js`). What it repeats in each function
// is one of ours.
for (const [line, by] of [
  [
    /function\(\) \{ return handleError\((function \((?:arg\d(?:, )?){0,6}\) \{[\s\S]*?\}), arguments\); \}/g,
    'caught($1)',
  ],
  [/\bfunction ?\((.*?)\) \{$/gm, '($1) => {'],
  [
    /\blet ret;\s+ret = (wasm\.\w+\(.*\));\s+if \(ret\[2\]\) \{\s+throw .*\s+\}(\s+.*\bret)\[0\]/g,
    'const ret = unlessThrown($1);$2',
  ],
  [/\bcachedTextDecoder\.decode\(/g, 'decode(cachedTextDecoder, '],
  [/\bnumBytesDecoded (\+?=) bytes\.length\b/g, 'numBytesDecoded $1 lengthOf(bytes)'],
  [/\b(cached\w+ArrayMemory0)\.byteLength === 0/g, 'lengthOf($1) === 0'],
  [/(cachedUint8ArrayMemory0 = new Uint8Array\()wasm\.memory\.buffer/g, '$1buffer = bufferOf(wasm.memory)'],
  [/\bgetFloat64ArrayMemory0\(\)\.subarray\(.*\);/g, 'new Float64Array(bufferOf(wasm.memory), ptr, len);'],
  [/^function getFloat64ArrayMemory0\(\) \{(\n .*)*\n\}$/gm, ''],
  [/\bgetUint8ArrayMemory0\(\)\.subarray\(.*?len\)/g, '(getUint8ArrayMemory0(), new Uint8Array(buffer, ptr, len))'],
  [/\b(wasm\.\w+)\.set\(idx, obj\)/g, 'setIn($1, idx, obj)'],
  [/\b(wasm\.\w+)\.get\(idx\)/g, 'getFrom($1, idx)'],
  [/\btable\.set\(/g, 'setIn(table, '],
]) {
  assert(line.test(generated), `the glue has: ${line}`);
  generated = generated.replace(line, by);
}
assert(!/\b(this, )?arguments\b/.test(generated), 'no import has more arguments than are handed on');
const at = `./snippets/${snippet}/src/wasm/js`;
writeFileSync(
  glueScript,
  `import { lengthOf, seclude, uncurried } from '${at}/language.js';
import { bufferOf } from '${at}/memory.js';
import { running } from '${at}/instance.js';
const decode = TextDecoder && uncurried(TextDecoder.prototype.decode);
${generated}
seclude(SnapshotBuilder);
seclude(SnapshotVerifier);
/** What an export returned, as a value and an exception, of which there is one. */
function unlessThrown(ret) {
  if (ret[2]) throw takeFromExternrefTable0(ret[1]);
  return ret[0];
}
let buffer;
const Table = typeof WebAssembly === 'object' && WebAssembly.Table.prototype;
const setIn = Table && uncurried(Table.set);
const getFrom = Table && uncurried(Table.get);
export function setModule(module) {
  wasmModule = module;
}
export const memorySize = () => lengthOf(getUint8ArrayMemory0());
export function dropInstance() {
  wasm = wasmInstance = buffer = undefined;
  cachedUint8ArrayMemory0 = null;
}
`,
);

const encodings = { base64, text: { encode } };
/** Stands for the module's text while a script is bundled: esbuild would break its line. */
const PLACE = 'the text of the module';
/** What Node is asked not to print, by words that it looks for in the line: where `index.js` throws (`raise`). */
const UNSEEN = /"unseen";\s*throw/;
/** Stands there while a script is shortened, which leaves no comments. */
const MARK = 'unseenHere';
const texts = {};
for (const [name, { encode }] of Object.entries(encodings)) {
  const encoded = encode(readFileSync(wasm));
  assert(/^[^'\\\n]*$/.test(encoded.text), 'the text of the module needs no escapes');
  texts[name] = encoded.text;
  writeFileSync(join(glue, `${name}.json`), JSON.stringify({ ...encoded, text: PLACE }));
}

/**
 * As `wasm-opt -Oz` has it, without names, and without what a panic would say: WebAssembly has no standard error, so nobody
 * hears it. What never returns traps at once, as it would in the end. Nothing else formats (`Display`, `format!`), which is
 * asserted; so what formats is left out as well, though tables of functions refer to it. Imports go by numbers: their names are
 * long, and have hashes in them, which nothing compresses.
 */
function optimized(bytes) {
  const panics =
    /^(core|std)\[\w+\]::panicking::|^(core\[\w+\]::ptr::drop_in_place::)?<?std\[\w+\]::(?!thread::local::LocalKey)|core\[\w+\]::cell::panic_|_fail(ed)?$|handle_(alloc_)?error$|capacity_overflow$|rust_(begin_unwind|panic)$/;
  const formats = /^<?(core|alloc)(\[\w+\])?::fmt::| as core(\[\w+\])?::fmt::|::fmt::h\w+$/;
  const whole = binaryen.readBinary(bytes);
  const module = binaryen.parseText(withShortTable(whole.emitText()));
  module.setFeatures(whole.getFeatures());
  for (const name of ['__abort_handler', '__instance_terminated']) {
    assert(!generated.includes(name), `the glue needs no ${name}`);
    module.removeExport(name);
  }
  const count = module.getNumFunctions();
  const names = Array.from({ length: count }, (_, at) => binaryen.getFunctionInfo(module.getFunctionByIndex(at)).name);
  const leaveOut = (some) => {
    const found = names.filter((name) => some.test(name));
    assert(found.length > 10, 'functions are known by their names');
    for (const name of found) binaryen.Function.setBody(module.getFunction(name), module.unreachable());
  };
  leaveOut(panics);
  for (const code of module.emitText().split('\n (func ').slice(1)) {
    const [name, ...called] = Array.from(
      code.matchAll(/(?:^|\(call )\$(?:"([^"]*)"|(\S+))/g),
      ([, one, other]) => one ?? other,
    );
    assert(formats.test(name) || !called.some((name) => formats.test(name)), `${name} formats`);
  }
  leaveOut(formats);
  // It would cut data at each few zeros, which costs more than they do once they are compressed.
  binaryen.addPassToSkip('memory-packing');
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(2);
  binaryen.setAlwaysInlineMaxSize(5);
  binaryen.setOneCallerInlineMaxSize(40);
  // The stack is at the bottom of the memory, so that there is nothing below 1,024 but the end of it.
  const at = module.getGlobal('__stack_pointer');
  assert(binaryen.getExpressionInfo(binaryen.getGlobalInfo(at).init).value >= 65536, 'the stack is below all data');
  binaryen.setLowMemoryUnused(true);
  // Each round makes room for the next. Blocks and loops that are made anew are fewer than the compiler's.
  const rebuild = ['flatten', 'rereloop'];
  module.runPasses(rebuild);
  module.optimize();
  module.runPasses(rebuild);
  module.optimize();
  module.optimize();
  // How loads and stores are aligned is a hint that nothing takes.
  module.runPasses(['strip-target-features', 'dealign']);
  const imports = [];
  const code = module.emitText().replace(/\(import "(.*?)" "(.*?)"/g, (_, from, name) => {
    imports.push({ from, name });
    return `(import "i" "${imports.length - 1}"`;
  });
  const renamed = binaryen.parseText(sorted(code));
  binaryen.setGenerateStackIR(true);
  binaryen.setOptimizeStackIR(true);
  return { bytes: renamed.emitBinary(), imports };
}

/**
 * The module with a table that ends with the last of our functions. Behind them stand what wasm-bindgen would call closures
 * with and what panics would be formatted by, which nothing calls; a call would trap.
 */
function withShortTable(code) {
  assert(!/losure|jspi/.test(generated), 'the glue makes no closures');
  const table = /^( \(elem .*\$"[^"]*context_snapshot\[[^"]*")(( \$("[^"]*"|[^\s()]+))+)\)$/m;
  const [, , others] = table.exec(code);
  assert(others.includes(' $wasm_bindgen::convert::closures::'), 'wasm-bindgen has functions for closures');
  return code.replace(table, (_, ours) => `${ours})`);
}

/** The module with its functions in the order of what they look like but for names: what is alike is found by compression. */
function sorted(code) {
  const [head, ...functions] = code.slice(0, code.lastIndexOf(')')).split(/\n(?= \(func )/);
  const looks = functions.map((text) => [text.replace(/\$("[^"]*"|[^\s()]+)/g, ''), text]);
  looks.sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
  return `${[head, ...looks.map(([, text]) => text)].join('\n')})`;
}

/** Names of members that nobody outside sees end in `_`: they are shortened. None may be a caller's. */
const OURS = /[^_]_$/;

/** Bundles an entry into one script that needs no other file but those that are named. */
async function bundle(entry, { file, format = 'esm', module = 'inlined', encoding = 'text', external = [] }) {
  const { metafile } = await build({
    entryPoints: [join(root, 'pkg/src', entry)],
    outfile: join(dist, file),
    format,
    alias: {
      '#contract': join(root, 'src/contract.json'),
      '#freeze': ours('freeze.js'),
      '#encoding': join(root, 'pkg/src/module', `${encoding}.js`),
      '#glue': glueScript,
      '#inlined': join(glue, `${encoding}.json`),
      '#module': join(root, 'pkg/src/module', `${module}.js`),
      '#instance': ours('instance.js'),
      '#language': ours('language.js'),
      '#memory': ours('memory.js'),
      '#snapshot-error': ours('snapshot-error.js'),
      '#thrown': ours('thrown.js'),
      '#values': ours('values.js'),
    },
    external,
    inject: [join(root, 'pkg/src/text-coders.js')],
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    legalComments: 'none',
    // The glue names a script twice that is imported from in two places; it is the same one.
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
  writeFileSync(
    join(dist, file),
    short
      .replace(marked, '/*node-do-not-add-exception-line*/throw ')
      .replace(`"${PLACE}"`, () => `'${texts[encoding]}'`),
  );
  const [output] = Object.values(metafile.outputs);
  return output.exports;
}

/**
 * Shortens a script once more, by terser, which names variables so that they compress better, and breaks lines between
 * statements. Getters may be anybody's, so that none is passed over.
 */
async function shorten(file) {
  const { code } = await minify(readFileSync(join(dist, file), 'utf8'), {
    module: true,
    ecma: 2020,
    compress: { passes: 3, pure_getters: false },
    format: { ascii_only: true, max_line_len: lineLimit(file) },
  });
  writeFileSync(join(dist, file), `${code}\n`);
}

/**
 * Makes CommonJS of a bundled module. Not esbuild's, which lists exports by `for … in`: a process in which somebody has
 * put an enumerable member onto `Object.prototype` could not load it.
 */
function toCommonJs(file) {
  const code = readFileSync(join(dist, file), 'utf8');
  const list = /export ?\{([^}]*)\};?\s*$/;
  const [, exported] = list.exec(code);
  assert(!/^import\b/m.test(code), `${file} imports nothing`);
  const members = exported.split(',').map((one) => {
    const [own, name = own] = one.trim().split(' as ');
    return `${name}:${own}`;
  });
  const marked = "Object.defineProperty(module.exports,'__esModule',{__proto__:null,value:true});";
  const text = `"use strict";${code.replace(list, '')}module.exports={${members.join(',')}};${marked}\n`;
  writeFileSync(join(dist, file), text);
}

const names = await bundle('index.js', { file: 'index.js' });
await bundle('index.js', { file: 'index.cjs', encoding: 'base64' });
toCommonJs('index.cjs');
await bundle('index.js', { file: 'workerd.js', module: 'workerd', external: ['./context_snapshot.wasm'] });

// The same for what knows the condition `edge-light` (Next.js, Vercel, Nitro): there, the import says that it is a module.
const [before, after, ...rest] = readFileSync(join(dist, 'workerd.js'), 'utf8').split('"./context_snapshot.wasm"');
assert.equal(rest.length, 0, 'workerd.js imports the module once');
writeFileSync(join(dist, 'edge-light.js'), `${before}"./context_snapshot.wasm?module"${after}`);

// Node's ES module entry is the CommonJS one under another syntax, so that a process that uses both has one instance
// and one `SnapshotError`. Node reads through all of a CommonJS script that is imported, to guess what it exports,
// which takes twenty milliseconds for one that has the module in it. There is a script between them in which there is
// nothing to guess.
writeFileSync(join(dist, 'node.cjs'), "const api = require('./index.cjs');\nmodule.exports = api;\n");
writeFileSync(
  join(dist, 'node.js'),
  `import api from './node.cjs';\nexport const { ${names.sort().join(', ')} } = api;\n`,
);

// What bundlers take, by `import` and by `require`, is `index.js`. Nitro leaves a package outside, and copies the file that it
// has found with `module`, if Node could import that; but Node finds `node.js`. A script that only bundlers can read, since no
// `type` says that it is a module, is bundled.
mkdirSync(join(dist, 'esm'));
writeFileSync(join(dist, 'esm/package.json'), '{ "sideEffects": false }\n');
writeFileSync(join(dist, 'esm/index.js'), "export * from '../index.js';\n");

// The entry without WebAssembly is for pages, so it has to be small.
const verify = {
  ...{ entryPoints: [join(root, 'pkg/src/verify.js')], bundle: true, platform: 'neutral', target: 'es2022' },
  ...{ legalComments: 'none', minify: true },
  mangleProps: OURS,
};
for (const file of ['verify.js', 'verify.cjs']) {
  await build({ ...verify, format: 'esm', outfile: join(dist, file) });
  await shorten(file);
}
toCommonJs('verify.cjs');

// The same, for two entries that have nothing else in them.
for (const name of ['errors', 'contract']) {
  await bundle(`${name}.js`, { file: `${name}.js` });
  await bundle(`${name}.js`, { file: `${name}.cjs` });
  toCommonJs(`${name}.cjs`);
}
const { version, exports: entries } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
assert(
  readFileSync(ours('snapshot-error.js'), 'utf8').includes(`@${version}/SnapshotError`),
  'the class is shared by its version',
);

// What knows no `exports` (TypeScript's older resolution, Parcel, Jest 27, Metro as it was) looks for a folder of the entry's name.
for (const name of ['verify', 'errors', 'contract']) {
  const { module, require } = entries[`./${name}`];
  const found = { main: require.default, module: module.default, types: require.types };
  const manifest = Object.fromEntries(Object.entries(found).map(([field, file]) => [field, `.${file}`]));
  mkdirSync(join(root, 'pkg', name), { recursive: true });
  writeFileSync(join(root, 'pkg', name, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

// One source for both kinds of declarations.
for (const name of ['index', 'verify', 'errors', 'contract']) {
  const types = readFileSync(join(root, `pkg/src/${name}.d.ts`), 'utf8');
  writeFileSync(join(dist, `${name}.d.ts`), types);
  writeFileSync(join(dist, `${name}.d.cts`), types.replaceAll("'./index.js'", "'./index.cjs'"));
}

// What is beside the scripts: schemas, documents, and a verifier that needs none of them.
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

const scripts = readdirSync(dist).filter((file) => /\.c?js$/.test(file));
for (const file of scripts) {
  const code = readFileSync(join(dist, file), 'utf8');
  for (const word of ['import.meta', '__filename', '__dirname']) {
    assert(!code.includes(word), `${file} needs no place of its own, but has: ${word}`);
  }
  assert(!/instanceof WebAssembly/.test(code), `${file} asks for no realm's WebAssembly`);
  assert(!/<\/script|<!--/i.test(code), `${file} can stand in a page`);
  assert(/^[\x20-\x7e\n]*$/.test(code), `${file} is ASCII, so that no charset harms it`);
}
// A list of declarations is not broken; it is longer than lines should be, but nothing in it throws.
for (const file of ['index.cjs', 'verify.js', 'verify.cjs']) {
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

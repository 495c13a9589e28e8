// Edits the glue that wasm-bindgen generated.
//
// Why: its functions that start an instance ask `instanceof WebAssembly.Module`, which is false across realms (jest, node:vm); it does not
// handle an instance that is lost in the middle of a call; and it calls methods that other code can patch. We start every instance, the
// first one too, with its function for further instances, which does not ask; the others are left out of the bundle.
// How: each edit asserts that the glue has what is replaced, so that an update of wasm-bindgen is noticed here.

import assert from 'node:assert/strict';

/** The name under which the module imports the glue. */
const GLUE = './context_snapshot_bg.js';
/** Parameters for the imports that may throw. None of them has more. */
const MOST_ARGUMENTS = 'one, two, three, four, five, six';

/**
 * Returns the edited glue.
 *
 * @param generated the glue
 * @param imports those of the optimized module, in the order of their numbers
 * @param at folder of our scripts, as the glue imports them
 */
export function edited(generated, imports, at) {
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
      // A function of our scripts, which WebAssembly gets directly.
      replace('const import0 = {', `const import0 = {\n${number}: ${name},`);
      generated = `import { ${name} } from '${from}';\n${generated}`;
    }
  }
  generated = generated.replace(/^import \* as .*$/gm, '').replace(/^ *"\.\/snippets\/.*$/gm, '');
  replace(`"${GLUE}"`, '"i"');
  // wasm-bindgen's own re-initialization (`schedule_reinit`) cannot be used, because only Rust can schedule it and no Rust code runs after
  // a trap. It also checks an object before it restarts, so a call of a lost object would use the old pointer in the new memory, and it
  // restarts in the middle of a call that still runs in the lost instance. `run` and `Handle` in `pkg/src/index.js` decide instead.
  assert(!generated.includes('__wbg_reinit_scheduled = true'), 'nothing schedules another instance');
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
  // If the instance was lost while host code ran, execution does not continue in it: an exception of the host passes through, and
  // otherwise `run` in `pkg/src/index.js` reports the loss.
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
  // The package can be imported in an engine without `TextDecoder`.
  const decoder =
    "let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });\ncachedTextDecoder.decode();\n";
  replace(decoder, "let cachedTextDecoder = TextDecoder && new TextDecoder('utf-8', { ignoreBOM: true });\n");
  // The glue must call functions of the language as they were when the package was loaded (`src/wasm/js/language.js`). Code that it
  // repeats in each function becomes one function.
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
  return `import { lengthOf, seclude, uncurried } from '${at}/language.js';
import { bufferOf } from '${at}/memory.js';
import { running } from '${at}/instance.js';
const decode = TextDecoder && uncurried(TextDecoder.prototype.decode);
${generated}
seclude(SnapshotBuilder);
seclude(SnapshotVerifier);
/** Returns the value of a call to an export, or throws its exception. */
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
`;
}

// Compiles the module that is inlined in the script.
//
// Why inlined: bundlers, serverless tracers and people who copy one file lose an asset beside the script.
//
// How: the build inlines it, encoded by `text.js` or `base64.js`. If it cannot be compiled, the error says what is missing and what helps;
// engines only say "CompileError" and a position in the bytes.

import { decode } from '#encoding';
import inlined from '#inlined';

const NEEDED =
  'Needed are Node.js 20, Chrome 115, Firefox 92, Safari 16.4, Deno 2, Bun 1.1 or later; ' +
  '@lssm-tech/lib.context-snapshot/verify needs no WebAssembly';

/** Explains why the module could not be compiled. */
function reason(bytes, { name, message }) {
  // Chrome before 115 compiles at most 4 kB synchronously in a page.
  if (name === 'RangeError') return `compiles no WebAssembly of this size here (${message})`;
  if (!WebAssembly.validate(bytes)) return 'lacks features of WebAssembly (SIMD, reference types or multiple values)';
  return (
    'forbids to compile WebAssembly: in a page, `script-src` of its Content-Security-Policy has to have ' +
    `'wasm-unsafe-eval'; where only modules of the bundle run, the export condition has to be "workerd" (${message})`
  );
}

export function compile() {
  if (typeof WebAssembly === 'undefined') throw new Error(`This host has no WebAssembly. ${NEEDED}`);
  if (TextDecoder === undefined) {
    throw new Error(`This host has no TextDecoder. ${NEEDED}`);
  }
  const bytes = decode(inlined);
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new Error(`This host ${reason(bytes, cause)}. ${NEEDED}`, { cause });
  }
}

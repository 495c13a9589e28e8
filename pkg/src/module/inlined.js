// Compiles the module that is inlined in the script.
//
// Why inlined: bundlers, serverless tracers and people who copy one file lose an asset beside the script.
//
// How: the build inlines it, encoded by `text.js` or `base64.js`. If it cannot be compiled, the error says what is missing and what helps;
// engines only say "CompileError" and a position in the bytes.

import { decode } from '#encoding';
import inlined from '#inlined';

const NEEDED =
  'Required: Node.js 20, Chrome 115, Firefox 92, Safari 16.4, Deno 2, Bun 1.1 or later; ' +
  '@lssm-tech/lib.context-snapshot/verify needs no WebAssembly';

/** Explains why the module could not be compiled. */
function reason(bytes, { name, message }) {
  // Chrome before 115 compiles at most 4 kB synchronously in a page.
  if (name === 'RangeError') return `cannot compile WebAssembly of this size here (${message})`;
  if (!WebAssembly.validate(bytes)) return 'lacks WebAssembly features (SIMD, reference types or multiple values)';
  return (
    'does not allow WebAssembly: in a page, `script-src` of the Content-Security-Policy must include ' +
    `'wasm-unsafe-eval'; if only modules of the bundle may run, use the export condition "workerd" (${message})`
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

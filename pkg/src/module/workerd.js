// Where the compiled module comes from in workerd, Cloudflare's runtime: it refuses to compile bytes, and compiles what
// is imported statically when the worker is deployed. Its bundlers know that and keep the import. So it is in Vercel's edge
// runtime, where the import ends in `?module` (`pkg/build/`).

import module from './context_snapshot.wasm';

export const compile = () => module;

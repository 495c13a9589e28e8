// Imports the compiled module, for workerd, the runtime of Cloudflare. It refuses to compile bytes, but compiles a static import when the
// worker is deployed, and its bundlers keep that import. The edge runtime of Vercel does the same if the import ends in `?module`
// (`pkg/build/`).

import module from './context_snapshot.wasm';

export const compile = () => module;

// Where the compiled module comes from in workerd, Cloudflare's runtime, and in Vercel's edge runtime: both refuse to compile
// bytes, and compile what is imported statically when it is deployed. Their bundlers know that and keep the import; `?module`
// says to all of them that what is imported is a `WebAssembly.Module`.

import module from './context_snapshot.wasm?module';

export const compile = () => module;

// The package's entry: WebAssembly in place before the first line of the caller's, without an init call.
//
// How: the module is inlined into this file when it is built (`pkg/build.js`), so there is no asset to find, and compiled
// synchronously. No logic lives here; the functions are the crate's own exports.

import contractData from '#contract';
import { initSync } from '#glue';
import { deepFreeze } from '#result';
import bytes from '#wasm';

initSync({ module: new WebAssembly.Module(bytes) });

export { canonicalize, digest, digestItem, snapshotIdFor, snapshotPack } from '#glue';
export { SnapshotError } from '#result';
export const contract = deepFreeze(contractData);

// Loads the peer in Rust (bench/peer), which scripts/peer.sh builds, as one more composition.
//
// Why: it shows what Rust and WebAssembly alone give, by the way that everybody would try first.

import { initSync, snapshotHash } from '../target/peer/peer.js';

/** Returns the composition. `bytes` is `target/peer/peer.wasm`. */
export function peerComposition(bytes) {
  initSync({ module: new WebAssembly.Module(bytes) });
  return ({ input, ctx }) => snapshotHash(input, ctx.pack, [...ctx.items]);
}

export const PEER = { name: 'serde-wasm-bindgen + serde_json_canonicalizer + sha2', hash: 'sha2' };

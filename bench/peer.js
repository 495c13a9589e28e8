// Loads the peer in Rust (bench/peer), which scripts/peer.sh builds, as one more composition.
//
// Why: it shows how much of the speed comes from Rust and WebAssembly alone, written as most people would write it first.

const { initSync, snapshotHash } = await import('../target/peer/peer.js').catch((cause) => {
  throw new Error('The peer in Rust is not built: run scripts/peer.sh, or make bench', { cause });
});

/** Returns the composition. `bytes` is `target/peer/peer.wasm`. */
export function peerComposition(bytes) {
  initSync({ module: new WebAssembly.Module(bytes) });
  return ({ input, ctx }) => snapshotHash(input, ctx.pack, [...ctx.items]);
}

export const PEER = { name: 'serde-wasm-bindgen + serde_json_canonicalizer + sha2', hash: 'sha2' };

// Loads the measuring program in a page; `chromium.js` bundles it, gives the task in the address, and reads `outcome`.

import { run } from './program.js';

const digest = (bytes) => crypto.subtle.digest('SHA-256', bytes);

async function load() {
  const parameters = new URL(location.href).searchParams;
  const host = {
    engine: parameters.get('engine'),
    native: { name: 'SubtleCrypto', digest },
    asyncHashes: { SubtleCrypto: digest },
    peer: new Uint8Array(await (await fetch('/peer.wasm')).arrayBuffer()),
    files: async (which) => (await fetch(`/files/${which}.json`)).json(),
    print: (line) => console.log(line),
  };
  return { isolated: crossOriginIsolated, found: await run(JSON.parse(parameters.get('task')), host) };
}

load().then(
  (outcome) => {
    globalThis.outcome = outcome;
  },
  (error) => {
    globalThis.outcome = { error: String(error?.stack ?? error) };
  },
);

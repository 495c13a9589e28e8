// Loads the measuring program in Node, Deno and Bun: `<engine> bench/local.js '{ "task": … }'`. Prints the result as JSON.
//
// How: what people read goes to stderr, the result to stdout. All three have the modules of Node.

import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readFiles } from './documents.js';
import { run } from './program.js';

const { bun, deno, node, v8, webkit } = process.versions;
const root = fileURLToPath(new URL('../', import.meta.url));

// `crypto.hash` is the fastest SHA-256 in Node, since 20.12; it takes text, too.
const native = crypto.hash
  ? {
      name: 'crypto.hash',
      digest: (message) => crypto.hash('sha256', message, 'buffer'),
    }
  : {
      name: 'crypto.createHash',
      digest: (message) => crypto.createHash('sha256').update(message).digest(),
    };

const host = {
  engine: bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`,
  native,
  hashes: { [native.name]: { text: native.digest, bytes: native.digest } },
  peer: readFileSync(join(root, 'target/peer/peer.wasm')),
  files: readFiles,
  print: (line) => console.error(line),
};

const found = await run(JSON.parse(process.argv[2]), host);
const runs = { engine: host.engine, javascript: bun ? `JavaScriptCore ${webkit ?? ''}`.trim() : `V8 ${v8}` };
process.stdout.write(JSON.stringify({ ...runs, found }));

// Runs the corpora in Node, against the compositions: `node bench/node.js [corpus …] [--rounds N]`.
//
// How: one process for each corpus, so that the engine and the heap start without history.

import { spawnSync } from 'node:child_process';
import { createHash, hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { corpora } from './corpus.js';
import { machine, options, writeCorpora } from './parts.js';
import { realFiles } from './real.js';
import { measureCorpus, withRounds } from './suite.js';

const { names, rounds } = options();

// `crypto.hash` is the fastest SHA-256 in Node, since 20.12.
const native = hash
  ? (message) => hash('sha256', message, 'buffer')
  : (message) => createHash('sha256').update(message).digest();
const hashes = { hashes: { 'crypto.hash': { text: native, bytes: native } } };
const limits = (canonical) => ({ 'crypto.hash of the canonical bytes alone': () => native(canonical) });

if (names.length === 1) {
  const [name] = names;
  const corpus = corpora[name];
  if (corpus === undefined) throw new Error(`There is no corpus ${name}; there are ${Object.keys(corpora).join(', ')}`);
  const pack = corpus.make(name === 'real' ? realFiles() : undefined);
  const found = await measureCorpus(withRounds(corpus, rounds), pack, hashes, limits, console.log);
  writeCorpora('node', { machine: machine(), corpora: { [name]: found } });
} else {
  console.log(`Node; ${machine()}\n`);
  for (const name of names.length > 0 ? names : Object.keys(corpora)) {
    const own = rounds === undefined ? [] : ['--rounds', String(rounds)];
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, ...own], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(1);
  }
}

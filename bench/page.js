// Runs in the page: measures the corpus named in the address. `chromium.js` bundles it and reads `outcome`.

import { corpora } from './corpus.js';
import { measureCorpus, withRounds } from './suite.js';

const digest = (bytes) => crypto.subtle.digest('SHA-256', bytes);
const hashes = { asyncHashes: { SubtleCrypto: digest } };
const limits = (canonical) => ({ 'SubtleCrypto of the canonical bytes alone': () => digest(canonical) });

async function run() {
  const parameters = new URL(location.href).searchParams;
  const name = parameters.get('corpus');
  const rounds = parameters.get('rounds');
  const corpus = corpora[name];
  const pack = corpus.make(name === 'real' ? await (await fetch('/files.json')).json() : undefined);
  const options = withRounds(corpus, rounds === null ? undefined : Number(rounds));
  const found = await measureCorpus(options, pack, hashes, limits, console.log);
  return { isolated: crossOriginIsolated, found };
}

run().then(
  (outcome) => {
    globalThis.outcome = outcome;
  },
  (error) => {
    globalThis.outcome = { error: String(error?.stack ?? error) };
  },
);

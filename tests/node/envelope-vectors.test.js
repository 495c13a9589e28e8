// Runs the vectors of envelopes, valid and invalid. `tests/rust/dsse.rs` runs the same file, which scripts/vectors/envelopes made.

import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { verifyEnvelope } from '@lssm-tech/lib.context-snapshot';

const { keys, cases } = JSON.parse(readFileSync(new URL('../vectors/envelopes.json', import.meta.url), 'utf8'));

/** Imports a PEM text as a Web Crypto key. */
function imported({ spki, algorithm }) {
  const der = createPublicKey(spki).export({ type: 'spki', format: 'der' });
  const how = algorithm === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' };
  return crypto.subtle.importKey('spki', der, how, true, ['verify']);
}

test(`answers for ${cases.length} envelopes, made by Node.js and by Rust`, async () => {
  const known = new Map(await Promise.all(keys.map(async (key) => [key.keyid, await imported(key)])));
  let valid = 0;
  for (const { name, keys: trusted, envelope, expected } of cases) {
    const found = await verifyEnvelope(
      envelope,
      trusted.map(({ key, keyid }) => ({ publicKey: known.get(key), keyid })),
    );
    const { statement, ...answer } = found;
    assert.deepEqual(answer, expected, name);
    assert.equal(statement !== undefined, found.valid, name);
    if (found.valid) valid++;
  }
  assert(valid >= 15);
});

// Reads keys for signatures from PEM files: Ed25519, or ECDSA over P-256.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { EXIT, Failure } from '../failure.js';
import { readBytes } from '../inputs/json.js';

/** Returns the algorithm of Web Crypto for a key of Node. */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }, file) {
  if (asymmetricKeyType === 'ed25519') return { name: 'Ed25519' };
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails.namedCurve === 'prime256v1')
    return { name: 'ECDSA', namedCurve: 'P-256' };
  throw new Failure(EXIT.input, 'The key must be Ed25519, or ECDSA over P-256', { file });
}

function read(file, make, what) {
  const pem = readBytes(file);
  try {
    return make(pem);
  } catch (error) {
    throw new Failure(EXIT.input, `This is not a ${what} key in PEM without a password`, { file, cause: error });
  }
}

/** Reads a public key; a private key is refused, so that nobody hands it to a verifier. */
export function publicKey(file) {
  const key = read(
    file,
    (pem) => {
      if (pem.includes('PRIVATE KEY')) throw new Failure(EXIT.input, 'private');
      return createPublicKey(pem);
    },
    'public',
  );
  return crypto.subtle.importKey('spki', key.export({ type: 'spki', format: 'der' }), algorithmOf(key, file), true, [
    'verify',
  ]);
}

/** Reads a private key. */
export function privateKey(file) {
  const key = read(file, createPrivateKey, 'private');
  return crypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithmOf(key, file), false, [
    'sign',
  ]);
}

// The key that signs the envelope: one that this page makes, or one that the user brings.
//
// How: Web Crypto has it, and neither the page nor the worker can read it again. Of a key that is brought, the public half is computed once.

import { trust } from './studio.ts';
import { texts } from './texts.ts';

export interface Signer {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly keyid: string;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

/** Makes a key: Ed25519, or ECDSA where a browser does not have that. */
export async function makeSigner(): Promise<Signer> {
  const make = (algorithm: AlgorithmIdentifier | EcKeyGenParams) =>
    crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']) as Promise<CryptoKeyPair>;
  const pair = await make('Ed25519').catch(() => make(P256));
  const keyid = `studio-${crypto.randomUUID().slice(0, 8)}`;
  trust(pair.publicKey, keyid);
  return { ...pair, keyid };
}

/** Reads a private key: PEM with PKCS #8 that is not encrypted, Ed25519 or P-256. The name of the file is that of the key. */
export async function readSigner(file: File): Promise<Signer> {
  const wrong = new Error(texts.snapshot.wrongKey(file.name));
  const base64 = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(
    await file.slice(0, 10_000).text(),
  )?.[1];
  if (base64 === undefined) throw wrong;
  for (const algorithm of ['Ed25519', P256]) {
    try {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const readable = await crypto.subtle.importKey('pkcs8', bytes, algorithm, true, ['sign']);
      const { d: _, key_ops: __, ...jwk } = await crypto.subtle.exportKey('jwk', readable);
      const privateKey = await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']);
      const publicKey = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify']);
      const keyid = file.name.replace(/\.\w+$/, '');
      trust(publicKey, keyid);
      return { privateKey, publicKey, keyid };
    } catch {
      // A key of another algorithm, or none.
    }
  }
  throw wrong;
}

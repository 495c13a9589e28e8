// Keys, the statement of the worked example (FORMAT 12), and envelopes around it.
//
// Ed25519 is deterministic, so its keys are made of fixed bytes, and signatures are computed here. ECDSA in Node.js is
// random, so its signatures were made once and are stored. `rust-p256` signs deterministically, in Rust only (tests/rust/dsse.rs).

import { createECDH, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';

const TYPE = 'application/vnd.in-toto+json';
const privateKeyOf = (seed) => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
};
const ED25519 = { 'node-ed25519': privateKeyOf(8), 'rust-ed25519': privateKeyOf(7) };

/** Computes the public key of a scalar made of fixed bytes. */
function p256(seed) {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(Buffer.alloc(32, seed));
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((number) => number.toString('base64url'));
  return { kty: 'EC', crv: 'P-256', x, y };
}
const P256 = {
  'node-p256': {
    kty: 'EC',
    crv: 'P-256',
    x: 'SVts-JFnNar7gW4Uhh4I_sItalumUtU0Zoc8mcZLp9Y',
    y: 'Asyr4XfVeEFJiSOqDyOhVSaWhbM84BIIYcSo8OnNwdg',
  },
  'rust-p256': p256(9),
};
/** Signatures made once with ECDSA, over the statement's canonical form. */
export const SIGNED_ONCE = {
  'node-p256': 'MEQCIHQUp3Y66rvLobHARBS8/tuh/oxqxI04vm3FhzKB0S5qAiBQtVBQDYGWULY716Nk8weS3k3UBi8xPlOVGv3CDchAuw==',
  'rust-p256': 'MEUCICoeRRsLsT1HQqbXHGnA/W/iHt+cvNYuxWlGxxbc3VoCAiEAzZXfYg/I8pBZ+yJEVy3CN0La6QQIwSRri3NqYSxW6J0=',
};

/** Exports a key. Versions of Node.js order its members differently, hence `{ kty, crv, ...rest }`. */
function named(keyid, algorithm, key) {
  const { kty, crv, ...rest } = key.export({ format: 'jwk' });
  return { keyid, algorithm, jwk: { kty, crv, ...rest }, spki: key.export({ type: 'spki', format: 'pem' }) };
}
const ofEd25519 = Object.entries(ED25519).map(([keyid, key]) => named(keyid, 'Ed25519', createPublicKey(key)));
const ofP256 = Object.entries(P256).map(([keyid, jwk]) =>
  named(keyid, 'ECDSA P-256', createPublicKey({ key: jwk, format: 'jwk' })),
);
/** All public keys; those of Node.js come first. */
export const KEYS = [ofEd25519[0], ofP256[0], ofEd25519[1], ofP256[1]];

const document = readFileSync(new URL('../../../docs/FORMAT.md', import.meta.url), 'utf8');
const example = JSON.parse(/<!-- worked-example -->\n```json\n(.*?)\n```\n/s.exec(document)[1]).expected;
const { snapshotId, createdAt, createdBy, hash, metadata } = example.record;
const { manifest, reason, seal } = metadata.$snapshot;
/** The in-toto statement about that snapshot, with its members in canonical order. */
export const STATEMENT = JSON.parse(
  canonicalize({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://contractspec.io/attestation/context-snapshot/v1',
    predicate: { snapshotId, createdAt, createdBy, reason, seal, manifest },
    subject: [{ name: 'context-pack:shop.docs@2026.3', digest: { sha256: hash.slice('sha256:'.length) } }],
  }),
);

/** Encodes a payload for signing: the pre-authentication encoding of DSSE v1. */
export const encoded = (payload) =>
  Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `), payload]);

/** Signs bytes with Ed25519, and returns the envelope. */
export function envelopeOf(bytes, keyid = 'node-ed25519') {
  const payload = Buffer.from(bytes);
  const sig = sign(null, encoded(payload), ED25519[keyid]).toString('base64');
  return { payload: payload.toString('base64'), payloadType: TYPE, signatures: [{ keyid, sig }] };
}
/** The envelope around the statement. */
export const GOOD = envelopeOf(canonicalize(STATEMENT));

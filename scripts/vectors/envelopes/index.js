// `envelopes.json`: issues of a DSSE envelope around a statement about a snapshot, for a verifier who trusts some keys.
//
// The issues are written by hand. node:crypto decides which keys have signed, pair by pair.

import { createPublicKey, verify } from 'node:crypto';
import { listed, NO_BASE64, NO_SIGNATURES, NO_TYPE, NOT_SIGNED } from '../messages.js';
import { RULES, ruled } from '../rules.js';
import { cases, manyChecks, rule } from './signatures.js';
import { encoded, envelopeOf, GOOD, KEYS, SIGNED_ONCE } from './signing.js';
import { byNodeOnly, byRustOnly } from './statements.js';

const publicKeys = new Map(KEYS.map(({ keyid, spki }) => [keyid, createPublicKey(spki)]));

/** Returns whether a signature and a key may belong together: a missing or empty `keyid` fits any. */
const mayFit = (left, right) => !left || !right || left === right;

/** Finds the keys that have signed; returns their keyids in the order of the signatures. */
function signersOf({ payload, signatures }, keys) {
  const message = encoded(Buffer.from(payload, 'base64'));
  const isBy = ({ key }, sig) => {
    const publicKey = publicKeys.get(key);
    const algorithm = publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(algorithm, message, publicKey, Buffer.from(sig, 'base64'));
  };
  const found = signatures
    .filter((signature) => typeof signature?.sig === 'string')
    .flatMap(({ keyid, sig }) => keys.filter((key) => mayFit(keyid, key.keyid) && isBy(key, sig)));
  return { isSigned: found.length > 0, keyids: [...new Set(found.map(({ keyid }) => keyid))].filter(Boolean) };
}

/** Issues that end the check before any signature is verified. */
const UNREAD = [NO_TYPE, NO_BASE64, NO_SIGNATURES];
function finished({ name, rules, by = 'node', keys, envelope, issues }) {
  const given = JSON.parse(JSON.stringify(envelope));
  const isUnread = issues.some((issue) => UNREAD.includes(issue) || issue.code === 'too_big');
  const { isSigned, keyids } = isUnread ? { isSigned: false, keyids: [] } : signersOf(given, keys);
  if (!isUnread && isSigned === issues.includes(NOT_SIGNED)) {
    throw new Error(`${name}: node:crypto says that it is ${isSigned ? '' : 'not '}signed`);
  }
  const expected = { valid: issues.length === 0, issues: listed(issues), keyids };
  return { name, rule, [RULES]: rules, by, keys, envelope: given, expected };
}

const byRust = [
  ['signed by Rust with Ed25519', 'rust-ed25519', envelopeOf(Buffer.from(GOOD.payload, 'base64'), 'rust-ed25519')],
  [
    'signed by Rust with ECDSA',
    'rust-p256',
    { ...GOOD, signatures: [{ keyid: 'rust-p256', sig: SIGNED_ONCE['rust-p256'] }] },
  ],
].map(([name, keyid, envelope]) => ({ name, by: 'rust', keys: [{ key: keyid, keyid }], envelope, issues: [] }));

const all = [cases, byNodeOnly, byRust, byRustOnly, manyChecks(byRust[0].envelope)].flatMap(ruled);
export const envelopes = {
  about:
    'DSSE envelopes about the snapshot of the worked example in docs/FORMAT.md, and what is found of each with these keys',
  keys: KEYS,
  cases: all.map(finished),
};

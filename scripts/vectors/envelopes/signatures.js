// ERRORS 8.4: envelopes with a good payload; base64, signatures, keyids, and the number of checks.

import * as say from '../messages.js';
import { times } from '../parts.js';
import { cites } from '../rules.js';
import { GOOD, SIGNED_ONCE } from './signing.js';

const { payload, signatures } = GOOD;
const [ED] = signatures;
const EC = { keyid: 'node-p256', sig: SIGNED_ONCE['node-p256'] };
const key = (name, keyid = name) => ({ key: name, keyid });
const [BY_ED, BY_EC] = [[key('node-ed25519')], [key('node-p256')]];
const BOTH = [...BY_EC, ...BY_ED];
const NONE = [say.NOT_SIGNED];

/** Makes a case from these signatures and keys. */
const signed = (name, list, keys, issues = []) => ({ name, envelope: { ...GOOD, signatures: list }, keys, issues });
/** Makes a case with another payload, or without one if it is undefined. */
const around = (name, text, issue) => ({ name, envelope: { ...GOOD, payload: text }, keys: BY_ED, issues: [issue] });
const typed = (payloadType) => ({
  name: `payloadType ${JSON.stringify(payloadType) ?? 'absent'}`,
  envelope: { ...GOOD, payloadType },
  keys: BY_ED,
  issues: [say.NO_TYPE],
});
const malformed = (list, ...issues) => signed(`signatures ${JSON.stringify(list) ?? 'absent'}`, list, BY_ED, issues);

const bytes = Buffer.from(payload, 'base64');
const flipped = (from, at) => Buffer.from(from).fill(from[at] ^ 1, at, at + 1);
const forUrls = (text) => text.replaceAll('+', '-').replaceAll('/', '_');
const unpadded = (text) => text.replace(/=+$/, '');
const both = (edit) => ({
  ...GOOD,
  payload: edit(payload),
  signatures: [ED, EC].map(({ keyid, sig }) => ({ keyid, sig: edit(sig) })),
});

// DER (RFC 3279): a sequence of two 32-byte integers without a leading high bit.
const der = Buffer.from(EC.sig, 'base64');
const [r, s] = [der.subarray(4, 36), der.subarray(38)];
const eddsa = Buffer.from(ED.sig, 'base64');
const badSignature = (name, keys, ...parts) =>
  signed(name, [{ ...(keys === BY_ED ? ED : EC), sig: Buffer.concat(parts).toString('base64') }], keys, NONE);
const hex = (text) => Buffer.from(text, 'hex');

// The number of pairs of a signature and a key that are checked.
const rust = (keyid = 'rust-ed25519') => key('rust-ed25519', keyid);

export const rule = 'ERRORS 8.4';
export const cases = [
  cites('E8.4-1'),
  signed('signed with Ed25519', [ED], BY_ED),
  signed('signed with ECDSA', [EC], BY_EC),
  signed('signed by both, both trusted', [ED, EC], BOTH),
  signed('signed by both, one trusted', [ED, EC], BY_EC),
  signed('not signed by the trusted key', [ED], BY_EC, NONE),
  signed('no keys', [ED], [], NONE),
  signed('keyid absent in the envelope', [{ sig: ED.sig }], BOTH),
  signed('keyid empty in the envelope', [{ keyid: '', sig: EC.sig }], [...BY_ED, ...BY_EC]),
  signed('keyid empty with the key', [ED], [key('node-ed25519', '')]),
  signed('another keyid in the envelope', [{ ...ED, keyid: 'x' }], BY_ED, NONE),
  signed('one key under two names', [{ sig: ED.sig }], [...BY_ED, ...BY_EC, ...BY_ED]),
  signed('keyid null', [{ ...ED, keyid: null }], BY_ED),
  signed('keyid a number', [{ ...ED, keyid: 1 }], BY_ED, [say.noSignature(0), say.NOT_SIGNED]),
  cites('E8.4-6'),
  { name: 'base64 for URLs', envelope: both(forUrls), keys: [...BY_ED, ...BY_EC], issues: [] },
  { name: 'base64 without padding', envelope: both(unpadded), keys: [...BY_ED, ...BY_EC], issues: [] },
  around('payload: too much padding', `${payload}==`, say.NO_BASE64),
  around('payload: a leading space', ` ${payload}`, say.NO_BASE64),
  around('payload: a line break at the end', `${payload}\n`, say.NO_BASE64),
  around('payload: one digit too many', payload.replace(/=$/, 'A'), say.NOT_SIGNED),
  around('payload: a character that is not a base64 digit', `!${payload.slice(1)}`, say.NO_BASE64),
  around('payload: empty', '', say.NOT_SIGNED),
  around('payload: only padding', '====', say.NO_BASE64),
  around('payload: a digit beyond ASCII', `\uff21${payload.slice(1)}`, say.NO_BASE64),
  around('payload: padding in the middle', `AA==${payload}`, say.NO_BASE64),
  around('payload: a hundred base64 digits, then another character', `${'A'.repeat(100)}!`, say.NO_BASE64),
  around('payload absent', undefined, say.NO_BASE64),
  around('payload null', null, say.NO_BASE64),
  cites('E8.4-7'),
  around('payload: one byte changed', flipped(bytes, 100).toString('base64'), say.NOT_SIGNED),
  around('payload: one byte too many', Buffer.concat([bytes, Buffer.from(' ')]).toString('base64'), say.NOT_SIGNED),
  cites('E8.4-4, E8.4-5'),
  ...['application/json', 'application/vnd.in-toto+json ', '', null, 1, undefined].map(typed),
  cites('E8.4-7'),
  ...[[], null, {}, 'x'].map((list) => malformed(list, say.NO_SIGNATURES)),
  ...[null, 1, [], {}, { sig: null }].map((one) => malformed([one], say.noSignature(0), say.NOT_SIGNED)),
  malformed([{ sig: '' }], say.NOT_SIGNED),
  malformed([{ sig: 'A' }], say.noSignature(0), say.NOT_SIGNED),
  malformed([{ sig: 'AAAA' }], say.NOT_SIGNED),
  malformed([{ keyid: 'node-ed25519' }], say.noSignature(0), say.NOT_SIGNED),
  malformed(undefined, say.NO_SIGNATURES),
  signed('a hundred signatures, the last one good', [...times(99, () => ({ keyid: '', sig: 'AAAA' })), ED], BY_ED),
  signed(
    'a hundred and one signatures',
    times(101, () => ED),
    BY_ED,
    [say.NO_SIGNATURES],
  ),
  signed(
    'a hundred malformed signatures',
    times(100, () => ({ sig: 1 })),
    BY_ED,
    [...times(100, say.noSignature), say.NOT_SIGNED],
  ),
  signed('a good signature and a malformed one', [ED, { sig: '*' }], BY_ED, [say.noSignature(1)]),
  signed('a good signature and a bad one', [ED, { keyid: 'y', sig: 'AAAA' }], BY_ED),
  badSignature('Ed25519: one bit changed', BY_ED, flipped(eddsa, 5)),
  badSignature('Ed25519: one byte missing', BY_ED, eddsa.subarray(0, 63)),
  badSignature('Ed25519: one byte too many', BY_ED, eddsa, Buffer.alloc(1)),
  badSignature('ECDSA: the two numbers without DER', BY_EC, r, s),
  badSignature('ECDSA: one byte after the end', BY_EC, der, Buffer.alloc(1)),
  badSignature('ECDSA: a length in long form', BY_EC, hex('308144'), der.subarray(2)),
  badSignature('ECDSA: leading zeros', BY_EC, hex('3045022100'), r, hex('0220'), s),
  badSignature('ECDSA: both numbers zero', BY_EC, hex('3006020100020100')),
  badSignature('ECDSA: one bit changed', BY_EC, flipped(der, der.length - 1)),
  cites('E8.4-4'),
  ...[null, [], 'x', 1, {}].map((envelope) => ({
    name: `envelope ${JSON.stringify(envelope)}`,
    envelope,
    keys: BY_ED,
    issues: [say.NO_TYPE, say.NO_BASE64, say.NO_SIGNATURES],
  })),
];

/** Cases with many checks, around an envelope with the same statement, signed by `rust-ed25519`. */
export function manyChecks({ signatures: [good], ...rest }) {
  const trusted = [rust()];
  const count = (name, list, keys, issues = []) => ({ name, envelope: { ...rest, signatures: list }, keys, issues });
  const tooMany = say.tooManyChecks(bytes.length, 1001);
  return [
    count('keyid null, but the key has one', [{ ...good, keyid: null }], trusted),
    count(
      'a thousand checks',
      times(100, (at) => (at === 7 ? good : { sig: 'AAAA' })),
      times(10, () => rust('')),
    ),
    cites('E8.4-3, E8.4-7'),
    count(
      'a thousand and one checks',
      times(91, () => good),
      times(11, () => rust('')),
      [tooMany],
    ),
    count(
      'a thousand and one checks, and a malformed signature',
      [{}, ...times(91, () => good)],
      times(11, () => rust('')),
      [say.noSignature(0), tooMany],
    ),
    cites(),
    count(
      'many keys, most of them with another keyid',
      times(100, () => good),
      [...times(20, () => rust('another')), rust(), rust('')],
    ),
    cites('E8.4-7'),
    count(
      'a hundred malformed signatures and no other',
      times(100, () => ({})),
      trusted,
      [...times(100, say.noSignature), say.NOT_SIGNED],
    ),
    count('ninety-nine malformed signatures and a bad one', [...times(99, () => ({})), { sig: 'AAAA' }], trusted, [
      ...times(99, say.noSignature),
      say.NOT_SIGNED,
    ]),
  ];
}

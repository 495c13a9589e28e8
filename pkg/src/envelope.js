// Signs and verifies DSSE envelopes of statements about snapshots, with Web Crypto.
//
// Why signatures over bytes: an envelope carries the signed bytes themselves, so a verifier needs no canonical form first, and never
// parses bytes that nobody has signed. How: DSSE v1, section "Protocol"
// (https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md), with Ed25519 (RFC 8032), and with ECDSA over P-256
// and SHA-256, whose signatures other implementations write as DER (RFC 3279 section 2.2.3) and Web Crypto as two numbers.
// WebAssembly checks the content of a statement (src/format/statement.rs), the same code for Rust and JavaScript.
//
// A verdict must not depend on other code in the realm: built-in functions, including the length of a typed array, are those from when
// this was loaded; lists are read by position; methods that call the constructor of an array (`subarray`) are not used; and
// members of `Object.prototype` are ignored.

import { deepFreeze } from '#freeze';
import { readJson } from '#json-text';
import { append, define, freeze, lengthOf, seclude, uncurried, unitAt } from '#language';
import { MAX_ISSUES, MAX_LEVELS } from '#limits';
import { elementOf, own, received, rootOf } from '#values';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** Bytes of each of the two numbers of a P-256 signature. A signature of either algorithm has twice as many. */
const NUMBER = 32;
const MOST_SIGNATURES = 100;
const MOST_BYTES = 2 ** 28;
/** Highest number of pairs of a signature and a key that are checked, and of bytes that these checks may read together. */
const MOST_CHECKS = 1000;
const MOST_CHECKED_BYTES = 2 ** 28;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys, setPrototypeOf } = Reflect;
const { isArray } = Array;
const { floor, min } = Math;
const { parse } = JSON;
const { iterator } = Symbol;
const test = uncurried(RegExp.prototype.test);
const put = uncurried(Uint8Array.prototype.set);
// Some engines have neither `TextDecoder` nor `TextEncoder`. Importing this must not fail there.
const decode = TextDecoder && uncurried(TextDecoder.prototype.decode);
const encode = TextEncoder && uncurried(TextEncoder.prototype.encode);
const Genuine = Promise;
const PROMISE = Promise.prototype;
const { then } = PROMISE;
const OBJECT = Object.prototype;
const MEMBERS = ownKeys(OBJECT);

const isObject = (value) => typeof value === 'object' && value !== null;
/** Names the type of a value; the name of its class only if it is printable. */
const kindOf = (value) => {
  const kind = received(value);
  return test(/^[\w$ -]{1,64}$/, kind) ? kind : 'object';
};
const isText = (value) => typeof value === 'string';

/** Reads a member by name; undefined if there is none, or only one of `Object.prototype`. */
const member = (object, name) => (isObject(object) ? own(object[name], object, rootOf(object), name) : undefined);

/**
 * Adds an own `then` if one is inherited, because a promise resolved with the object would call that of `Object.prototype`.
 */
function withoutThen(object) {
  if ('then' in object) define(object, 'then', undefined, false);
  return object;
}

/**
 * Gives a promise its own `constructor`, so that `await` recognizes it even if `Promise.prototype.constructor` was
 * replaced.
 */
function pinned(promise) {
  define(promise, 'constructor', Genuine, false);
  return promise;
}

/** Creates the error for a property that was added to a prototype and cannot be removed while Web Crypto runs. */
const cannotRemove = (where) =>
  new TypeError(`Web Crypto cannot be called: a property added to ${where} cannot be removed`);

/** Restores a property of `Promise.prototype` to its value from when this was loaded; returns a function that undoes it. */
function restored(name, value) {
  const now = getOwnPropertyDescriptor(PROMISE, name);
  if (now !== undefined) setPrototypeOf(now, null);
  if (now?.value === value) return () => undefined;
  // With `Reflect`, which returns false instead of throwing.
  if (!defineProperty(PROMISE, name, { __proto__: null, value, writable: true, configurable: true })) {
    throw cannotRemove('Promise.prototype');
  }
  return () => (now === undefined ? deleteProperty(PROMISE, name) : defineProperty(PROMISE, name, now));
}

/**
 * Calls a function of the host after removing members of `Object.prototype` that were added since this was loaded. A data property that
 * cannot be removed may stay: it can make an assignment throw, but cannot observe it.
 */
function withCleanPrototype(run) {
  const removed = [];
  try {
    const names = ownKeys(OBJECT);
    for (let at = 0; at < names.length; at++) {
      const name = names[at];
      if (has(MEMBERS, name)) continue;
      const now = getOwnPropertyDescriptor(OBJECT, name);
      setPrototypeOf(now, null);
      if (deleteProperty(OBJECT, name)) append(removed, { name_: name, member_: now });
      else if (now.value === undefined) throw cannotRemove('Object.prototype');
    }
    return run();
  } finally {
    for (let at = 0; at < removed.length; at++) defineProperty(OBJECT, removed[at].name_, removed[at].member_);
  }
}

/**
 * Calls Web Crypto with the original `Promise.prototype` and `Object.prototype`, and returns its promise.
 *
 * Why: Node.js chains promises in its own code, and `await` reads a promise's constructor, so a `then` that was added to
 * `Promise.prototype` could answer instead of Web Crypto. Before Node.js 24, so could a setter on `Object.prototype`,
 * because Node.js assigns its callback to a member `ondone`.
 */
function callCrypto(call) {
  const undo = [];
  try {
    append(undo, restored('then', then));
    append(undo, restored('constructor', Genuine));
    return pinned(withCleanPrototype(call));
  } finally {
    for (let at = undo.length - 1; at >= 0; at--) undo[at]();
  }
}

/**
 * Returns the pre-authentication encoding (PAE) of a payload: the bytes that are signed (DSSE v1, "Signature Definition").
 */
function signedBytes(payload) {
  const length = lengthOf(payload);
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${length} `;
  const bytes = new Uint8Array(head.length + length);
  for (let at = 0; at < head.length; at++) bytes[at] = unitAt(head, at);
  put(bytes, payload, head.length);
  return bytes;
}

/** Encodes a list of bytes or a typed array as base64 (RFC 4648 section 4). */
export function toBase64(bytes) {
  const length = isArray(bytes) ? bytes.length : lengthOf(bytes);
  let text = '';
  for (let at = 0; at < length; at += 3) {
    const left = length - at;
    const bits = (bytes[at] << 16) | ((left > 1 ? bytes[at + 1] : 0) << 8) | (left > 2 ? bytes[at + 2] : 0);
    text += DIGITS[bits >> 18] + DIGITS[(bits >> 12) & 63];
    text += (left > 1 ? DIGITS[(bits >> 6) & 63] : '=') + (left > 2 ? DIGITS[bits & 63] : '=');
  }
  return text;
}

/** By character code: the value of a base64 digit of either alphabet, plus 1; 0 for other characters. */
const VALUES = new Uint8Array(128);
for (let at = 0; at < 64; at++) VALUES[unitAt(DIGITS, at)] = at + 1;
VALUES[unitAt('-', 0)] = 63;
VALUES[unitAt('_', 0)] = 64;

/** Returns the number of base64 digits, without padding. */
function digitsOf(text) {
  const { length } = text;
  if (length % 4 !== 0 || length === 0 || text[length - 1] !== '=') return length;
  return text[length - 2] === '=' ? length - 2 : length - 1;
}

const bytesOf = (digits) => floor((digits * 3) / 4);

/** Decodes base64 of either alphabet, with padding or without, as DSSE requires of verifiers; undefined if the text is not base64. */
function fromBase64(text) {
  const digits = isText(text) ? digitsOf(text) : 1;
  if (digits % 4 === 1) return undefined;
  const bytes = new Uint8Array(bytesOf(digits));
  let bits = 0;
  let end = 0;
  for (let at = 0; at < digits; at++) {
    const code = unitAt(text, at);
    const value = code < 128 ? VALUES[code] : 0;
    if (value === 0) return undefined;
    bits = ((bits << 6) | (value - 1)) & 0xffff;
    if (at % 4 !== 0) bytes[end++] = bits >> (6 - 2 * (at % 4));
  }
  return bytes;
}

/** Encodes the two numbers of a signature as DER: without leading zeros, except one if the number would be negative without it. */
function signatureToDer(signature) {
  const der = [0x30, 0];
  for (let next = NUMBER; next <= 2 * NUMBER; next += NUMBER) {
    let start = next - NUMBER;
    while (start < next - 1 && signature[start] === 0) start++;
    const zeros = signature[start] >> 7;
    append(der, 2);
    append(der, zeros + next - start);
    if (zeros > 0) append(der, 0);
    for (; start < next; start++) append(der, signature[start]);
  }
  der[1] = der.length - 2;
  return der;
}

/** Decodes DER strictly: only the exact output of {@link signatureToDer} is a signature. */
function signatureFromDer(der) {
  const signature = new Uint8Array(2 * NUMBER);
  let at = 2;
  for (let next = NUMBER; next <= 2 * NUMBER; next += NUMBER) {
    const length = der[at + 1];
    if (der[at] !== 2 || !(length >= 1 && length <= NUMBER + 1)) return undefined;
    at += 2;
    const start = der[at] === 0 ? at + 1 : at;
    at += length;
    if (at - start > NUMBER) return undefined;
    for (let place = start; place < at; place++) signature[next - at + place] = der[place];
  }
  const again = signatureToDer(signature);
  for (let at = 0; at < again.length; at++) {
    if (der[at] !== again[at]) return undefined;
  }
  return lengthOf(der) === again.length ? signature : undefined;
}

/** Returns true if the value is an array that contains the text. */
function has(list, text) {
  for (let at = 0; isArray(list) && at < list.length; at++) {
    if (elementOf(list, at) === text) return true;
  }
  return false;
}

/** Returns the algorithm parameters for Web Crypto. */
// E8.4-14
function algorithmOf(key, what, usage) {
  const algorithm = member(key, 'algorithm');
  const name = member(algorithm, 'name');
  const isCurve = name === 'ECDSA' && member(algorithm, 'namedCurve') === 'P-256';
  if ((name !== 'Ed25519' && !isCurve) || !has(member(key, 'usages'), usage)) {
    throw new TypeError(
      `${what}: expected a CryptoKey for Ed25519, or for ECDSA over P-256, that may be used to ${usage}`,
    );
  }
  return isCurve ? { __proto__: null, name, hash: 'SHA-256' } : { __proto__: null, name };
}

function keyidOf(object, what) {
  const keyid = member(object, 'keyid') ?? '';
  if (!isText(keyid)) throw new TypeError(`${what}.keyid: expected a string`);
  return keyid;
}

/** Reads the trusted keys from an iterable. */
function trustedOf(keys) {
  const trusted = [];
  const add = (entry) => {
    const what = `keys.${trusted.length}`;
    if (!isObject(entry)) throw new TypeError(`${what}: expected { publicKey, keyid? }, received ${kindOf(entry)}`);
    const publicKey = member(entry, 'publicKey');
    const algorithm = algorithmOf(publicKey, `${what}.publicKey`, 'verify');
    append(trusted, { publicKey_: publicKey, algorithm_: algorithm, keyid_: keyidOf(entry, what) });
  };
  if (isArray(keys)) {
    for (let at = 0; at < keys.length; at++) add(elementOf(keys, at));
  } else if (isObject(keys) && typeof keys[iterator] === 'function') {
    for (const entry of keys) add(entry);
  } else {
    throw new TypeError(`keys: expected an array of { publicKey, keyid? }, received ${kindOf(keys)}`);
  }
  return trusted;
}

// E8.4-1
/** Returns true if a key may have made a signature. A keyid is a hint, not a proof: it only saves checks. */
const mayBeBy = (key, keyid) => keyid === '' || key.keyid_ === '' || keyid === key.keyid_;

/**
 * Makes `signStatement` and `verifyEnvelope`.
 *
 * @param statementToSign checks a statement and returns its canonical JSON
 * @param checkStatement returns the hash of the manifest if the statement is valid, otherwise the issues as JSON text
 */
export function envelopes(statementToSign, checkStatement, internalError) {
  function webCrypto() {
    const subtle = globalThis.crypto?.subtle;
    if (subtle === undefined) throw internalError('No Web Crypto: crypto.subtle needs a secure context');
    return subtle;
  }

  async function sign(statement, signer) {
    if (!isObject(signer)) {
      throw new TypeError(`signer: expected { privateKey, keyid? }, received ${kindOf(signer)}`);
    }
    const privateKey = member(signer, 'privateKey');
    const algorithm = algorithmOf(privateKey, 'signer.privateKey', 'sign');
    const keyid = keyidOf(signer, 'signer');
    const payload = encode(new TextEncoder(), statementToSign(statement));
    const subtle = webCrypto();
    const signature = new Uint8Array(await callCrypto(() => subtle.sign(algorithm, privateKey, signedBytes(payload))));
    if (lengthOf(signature) !== 2 * NUMBER) throw internalError('No signature: Web Crypto returned something else');
    const sig = toBase64(algorithm.name === 'ECDSA' ? signatureToDer(signature) : signature);
    return withoutThen({ payload: toBase64(payload), payloadType: PAYLOAD_TYPE, signatures: [{ keyid, sig }] });
  }

  async function verify(envelope, keys, others) {
    if (others > 0) throw new TypeError(`verifyEnvelope takes 2 arguments, received ${2 + others}`);
    const trusted = trustedOf(keys);
    const found = new Found();
    const payloadType = member(envelope, 'payloadType');
    const payload = member(envelope, 'payload');
    const signatures = member(envelope, 'signatures');
    if (payloadType !== PAYLOAD_TYPE) {
      found.issue_('payloadType', 'mismatch', `Mismatch: expected "${PAYLOAD_TYPE}"`);
    }
    const bytes = payloadOf(payload, found);
    const count = isArray(signatures) ? signatures.length : 0;
    if (count < 1 || count > MOST_SIGNATURES) {
      found.issue_('signatures', 'invalid_type', `Invalid input: expected array of 1 to ${MOST_SIGNATURES} signatures`);
    }
    const keyids = [];
    let validSignatures = 0;
    let statement;
    let hash;
    if (found.issues_.length === 0) {
      const pairs = pairsOf(signatures, count, trusted, lengthOf(bytes), found);
      const message = pairs.length > 0 ? signedBytes(bytes) : undefined;
      for (let at = 0; at < pairs.length; at++) {
        const { key_: key, signature_: signature } = pairs[at];
        if ((await isBy(key, signature, message)) !== true) continue;
        validSignatures++;
        if (key.keyid_ !== '' && !has(keyids, key.keyid_)) append(keyids, key.keyid_);
      }
      if (validSignatures === 0 && !found.hasTooManyChecks_) {
        found.issue_('signatures', 'mismatch', 'Mismatch: expected a signature by one of the keys, found none');
      }
      if (found.issues_.length === 0) statement = parsed(bytes, found);
      if (found.issues_.length === 0) hash = found.unlessIssues_(checkStatement(statement));
    }
    // Valid only if everything was compared, not if nothing was found.
    const isHashStated = hash !== undefined && hash === `sha256:${statement.subject[0].digest.sha256}`;
    const isProven = payloadType === PAYLOAD_TYPE && validSignatures > 0 && isHashStated;
    if (!isProven && found.issues_.length === 0) {
      found.issue_('', 'mismatch', 'Not verified: the statement was not compared');
    }
    const { issues_: issues } = found;
    const valid = isProven && issues.length === 0;
    return freeze(
      withoutThen({
        valid,
        issues: freeze(issues),
        keyids: freeze(keyids),
        ...(valid && { statement: deepFreeze(statement) }),
      }),
    );
  }

  /** Checks a signature with a key; returns a boolean or a promise of one. Not async, because its promise would have to be pinned. */
  function isBy({ publicKey_: publicKey, algorithm_: algorithm }, signature, message) {
    const numbers = algorithm.name === 'ECDSA' ? signatureFromDer(signature) : signature;
    if (numbers === undefined || lengthOf(numbers) !== 2 * NUMBER) return false;
    const subtle = webCrypto();
    return callCrypto(() => subtle.verify(algorithm, publicKey, numbers, message));
  }

  return {
    signStatement: (statement, signer) => pinned(sign(statement, signer)),
    verifyEnvelope: (envelope, keys, ...others) => pinned(verify(envelope, keys, others.length)),
  };
}

/** The issues of an envelope, in the order in which they are found. */
class Found {
  constructor() {
    this.issues_ = [];
    /** True if the signatures were not checked. */
    this.hasTooManyChecks_ = false;
  }

  issue_(path, code, message) {
    const { issues_: issues } = this;
    if (issues.length < MAX_ISSUES) {
      append(issues, freeze({ path, code, message }));
    } else if (issues.length === MAX_ISSUES) {
      const more = { path: '', code: 'too_many_issues', message: `More issues than the ${MAX_ISSUES} listed` };
      append(issues, freeze(more));
    }
  }

  /** Returns the hash that `checkStatement` answered, which is evidence of a valid statement. If it answered issues, takes them over. */
  unlessIssues_(answer) {
    if (answer[0] !== '[') return answer;
    this.issues_ = deepFreeze(parse(answer));
    return undefined;
  }
}
seclude(Found);

// E8.4-3, E8.4-6
function payloadOf(text, found) {
  if (isText(text) && bytesOf(digitsOf(text)) > MOST_BYTES) {
    found.issue_('payload', 'too_big', `Too big: expected at most ${MOST_BYTES} bytes`);
    return undefined;
  }
  const bytes = fromBase64(text);
  if (bytes === undefined) found.issue_('payload', 'invalid_format', 'Invalid payload: expected base64');
  return bytes;
}

/** Lists the pairs of a signature and a key to check; none if there are too many. */
// E8.4-3, E8.4-7
function pairsOf(signatures, count, trusted, bytes, found) {
  const pairs = [];
  const most = min(MOST_CHECKS, floor(MOST_CHECKED_BYTES / bytes));
  let checks = 0;
  for (let at = 0; at < count; at++) {
    const entry = elementOf(signatures, at);
    const signature = fromBase64(member(entry, 'sig'));
    const keyid = member(entry, 'keyid') ?? '';
    if (signature === undefined || !isText(keyid)) {
      const expected = 'Invalid signature: expected { sig: base64, keyid?: string }';
      found.issue_(`signatures.${at}`, 'invalid_format', expected);
      continue;
    }
    for (let position = 0; position < trusted.length; position++) {
      const key = trusted[position];
      if (!mayBeBy(key, keyid)) continue;
      checks++;
      if (checks <= most) append(pairs, { key_: key, signature_: signature });
    }
  }
  if (checks <= most) return pairs;
  const expected = `Too big: expected at most ${most} checks of a payload of ${bytes} bytes, found ${checks}`;
  found.issue_('signatures', 'too_big', expected);
  found.hasTooManyChecks_ = true;
  return [];
}

/**
 * Parses the signed bytes as I-JSON (RFC 7493), and rounds numbers. Not by `JSON.parse`, which accepts more (duplicate names, of which another
 * parser may take another), and of which V8 in Node.js 26 confuses names with escapes.
 */
// E8.4-2, E8.4-8
function parsed(bytes, found) {
  let text = '';
  try {
    text = decode(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }), bytes);
  } catch {
    // No JSON either.
  }
  const { value_: statement, mistake_: mistake } = readJson(text, true, MAX_LEVELS, true);
  if (mistake !== undefined) found.issue_('payload', 'invalid_format', 'Invalid payload: expected JSON in UTF-8');
  return statement;
}

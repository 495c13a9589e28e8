// DSSE envelopes: statements about snapshots, signed and checked over Web Crypto.
//
// Why signatures over bytes: an envelope carries the very bytes that were signed, so whoever checks one needs no canonical
// form to begin with, and parses nothing that nobody has signed. How: DSSE v1, section "Protocol"
// (https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md), with Ed25519 (RFC 8032), and with ECDSA over P-256
// and SHA-256, whose signatures other implementations write as DER (RFC 3279 section 2.2.3) and Web Crypto as two numbers.

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://contractspec.io/attestation/context-snapshot/v1';
/** Bytes of each of the two numbers of a signature over P-256. */
const NUMBER = 32;
const MOST_ISSUES = 100;

const encoder = new TextEncoder();
const isObject = (value) => typeof value === 'object' && value !== null;
const isText = (value) => typeof value === 'string';

/** Pre-authentication encoding: what is signed. */
function encoded(payload) {
  const head = encoder.encode(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `);
  return joined([head, payload]);
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function toBase64(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Both alphabets, with padding or without, as DSSE asks of those who check; undefined where it is neither. */
function fromBase64(text) {
  if (!isText(text)) return undefined;
  // In linear time whatever the text is: it may come from anybody.
  const digits = text.length % 4 === 0 ? text.replace(/==?$/, '') : text;
  if (digits.length % 4 === 1 || /[^\w+/-]/.test(digits)) return undefined;
  const binary = atob(digits.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** A number in DER: no zeros in front, but where it would be a negative one. */
function toDer(number) {
  let start = number.findIndex((byte) => byte !== 0);
  if (start < 0) start = NUMBER - 1;
  const bytes = number.subarray(start);
  return bytes[0] < 0x80 ? [2, bytes.length, ...bytes] : [2, bytes.length + 1, 0, ...bytes];
}

function signatureToDer(signature) {
  const numbers = [...toDer(signature.subarray(0, NUMBER)), ...toDer(signature.subarray(NUMBER))];
  return Uint8Array.of(0x30, numbers.length, ...numbers);
}

/** Strictly: what is not exactly what {@link signatureToDer} writes is no signature. */
function signatureFromDer(der) {
  const signature = new Uint8Array(2 * NUMBER);
  let at = 2;
  for (const end of [NUMBER, 2 * NUMBER]) {
    const length = der[at + 1];
    if (der[at] !== 2 || !(length >= 1 && length <= NUMBER + 1)) return undefined;
    const number = der.subarray(at + 2, at + 2 + length);
    const digits = number[0] === 0 ? number.subarray(1) : number;
    if (digits.length > NUMBER) return undefined;
    signature.set(digits, end - digits.length);
    at += 2 + length;
  }
  const again = signatureToDer(signature);
  const isSame = der.length === again.length && again.every((byte, index) => byte === der[index]);
  return isSame ? signature : undefined;
}

/** How Web Crypto is told to use the key. */
function algorithmOf(key, what, usage) {
  const { name, namedCurve } = key?.algorithm ?? {};
  const isCurve = name === 'ECDSA' && namedCurve === 'P-256';
  if ((name !== 'Ed25519' && !isCurve) || !key.usages.includes(usage)) {
    throw new TypeError(
      `${what}: expected a CryptoKey of Ed25519, or of ECDSA over P-256, that may be used to ${usage}`,
    );
  }
  return isCurve ? { name, hash: 'SHA-256' } : { name };
}

/** Signing and checking; `canonicalize`, `digest` and `internalError` are the package's. */
export function envelopes(canonicalize, digest, internalError) {
  function webCrypto() {
    const subtle = globalThis.crypto?.subtle;
    if (subtle === undefined) throw internalError('No Web Crypto: crypto.subtle needs a secure context');
    return subtle;
  }

  async function signStatement(statement, signer) {
    const { privateKey, keyid = '' } = signer;
    const algorithm = algorithmOf(privateKey, 'signer.privateKey', 'sign');
    if (!isText(keyid)) throw new TypeError('signer.keyid: expected a string');
    const payload = encoder.encode(canonicalize(statement));
    const signed = new Uint8Array(await webCrypto().sign(algorithm, privateKey, encoded(payload)));
    const signature = algorithm.name === 'ECDSA' ? signatureToDer(signed) : signed;
    return {
      payload: toBase64(payload),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ keyid, sig: toBase64(signature) }],
    };
  }

  async function verifyEnvelope(envelope, keys) {
    const trusted = [...keys].map(({ publicKey, keyid = '' }, at) => ({
      publicKey,
      keyid,
      algorithm: algorithmOf(publicKey, `keys.${at}.publicKey`, 'verify'),
    }));
    const issues = [];
    const issue = (path, code, message) => {
      if (issues.length < MOST_ISSUES) issues.push(Object.freeze({ path, code, message }));
    };
    const { payload, payloadType, signatures } = isObject(envelope) ? envelope : {};
    if (payloadType !== PAYLOAD_TYPE) {
      issue('payloadType', 'mismatch', `Mismatch: expected "${PAYLOAD_TYPE}"`);
    }
    const bytes = fromBase64(payload);
    if (bytes === undefined) issue('payload', 'invalid_format', 'Invalid payload: expected base64');
    const isList = Array.isArray(signatures) && signatures.length > 0 && signatures.length <= MOST_ISSUES;
    if (!isList) issue('signatures', 'invalid_type', `Invalid input: expected array of 1 to ${MOST_ISSUES} signatures`);
    const keyids = [];
    let statement;
    if (issues.length === 0) {
      const message = encoded(bytes);
      let isSigned = false;
      for (const [at, entry] of Array.from(signatures).entries()) {
        const { sig, keyid = '' } = isObject(entry) ? entry : {};
        const signature = fromBase64(sig);
        if (signature === undefined || !isText(keyid)) {
          issue(`signatures.${at}`, 'invalid_format', 'Invalid signature: expected { sig: base64, keyid?: string }');
          continue;
        }
        for (const key of trusted) {
          // A keyid is a hint, no proof: it may spare a look at a key.
          if (keyid !== '' && key.keyid !== '' && keyid !== key.keyid) continue;
          if (await isBy(key, signature, message)) {
            isSigned = true;
            if (key.keyid !== '' && !keyids.includes(key.keyid)) keyids.push(key.keyid);
          }
        }
      }
      if (!isSigned) issue('signatures', 'mismatch', 'Mismatch: expected a signature by one of the keys, found none');
      if (issues.length === 0) statement = statementOf(bytes, issue);
    }
    const valid = issues.length === 0;
    return Object.freeze({
      valid,
      issues: Object.freeze(issues),
      keyids: Object.freeze(keyids),
      ...(valid && { statement }),
    });
  }

  /** What was signed, where it is a statement about a snapshot that fits together. */
  function statementOf(bytes, issue) {
    let statement;
    try {
      statement = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    } catch {
      issue('payload', 'invalid_format', 'Invalid payload: expected JSON in UTF-8');
      return undefined;
    }
    const { _type, subject, predicateType, predicate } = isObject(statement) ? statement : {};
    const same = (path, expected, found) => {
      if (found === expected) return;
      // What was signed may be an object that cannot be made a string.
      const told = isText(found) ? found.slice(0, 256) : typeof found;
      issue(path, 'mismatch', `Mismatch: expected ${expected}, found ${told}`);
    };
    same('payload._type', STATEMENT_TYPE, _type);
    same('payload.predicateType', PREDICATE_TYPE, predicateType);
    const { manifest, seal } = isObject(predicate) ? predicate : {};
    // Whoever verifies by the seal must not verify by none.
    if (!isText(seal) || !/^sha256:[0-9a-f]{64}$/.test(seal)) {
      issue(
        'payload.predicate.seal',
        'invalid_format',
        'Invalid digest: expected sha256: and 64 lower-case hex digits',
      );
    }
    const { packKey, version } = manifest?.pack ?? {};
    if (!isText(packKey) || !isText(version)) {
      issue('payload.predicate.manifest', 'invalid_type', 'Invalid input: expected object with a pack that has a name');
      return undefined;
    }
    let hash;
    try {
      hash = digest(manifest);
    } catch (error) {
      if (error.issues === undefined) throw error;
      for (const { path, code, message } of error.issues) {
        issue(`payload.predicate.manifest${path && '.'}${path}`, code, message);
      }
      return undefined;
    }
    const subjects = Array.isArray(subject) ? subject : [];
    if (subjects.length !== 1) issue('payload.subject', 'mismatch', `Mismatch: expected 1, found ${subjects.length}`);
    same('payload.subject.0.name', `context-pack:${packKey}@${version}`, subjects[0]?.name);
    same('payload.subject.0.digest.sha256', hash.slice('sha256:'.length), subjects[0]?.digest?.sha256);
    return statement;
  }

  async function isBy({ publicKey, algorithm }, signature, message) {
    const own = algorithm.name === 'ECDSA' ? signatureFromDer(signature) : signature;
    return own !== undefined && (await webCrypto().verify(algorithm, publicKey, own, message));
  }

  return { signStatement, verifyEnvelope };
}

// Checks statements and envelopes: who vouches for a snapshot.
//
// Why: a writer to the store cannot forge a signature. So a wrong one must never be accepted, and a right one must be right
// for other tools, too.
//
// How: @sigstore/core, node:crypto, and securesystemslib in Python check what we sign; we check what they sign. Then every
// byte of an envelope is changed, and signatures are written in invalid DER.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as api from '@lssm-tech/lib.context-snapshot';
import { dsse, crypto as sigstoreCrypto } from '@sigstore/core';
import { inChild } from './support/child.js';
import { assertProblem, reach, thrownBy } from './support/expect.js';
import { sha256, snapshotOf, toDigest } from './support/format.js';

const { SnapshotError, canonicalize, signStatement, snapshotPack, toStatement, verifyEnvelope, verifySnapshot } = api;
const { subtle } = globalThis.crypto;
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const KINDS = { Ed25519: { name: 'Ed25519' }, 'P-256': { name: 'ECDSA', namedCurve: 'P-256' } };

const pack = { packKey: 'shop.docs', version: '2026.3', title: 'Shop «docs»' };
const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: 'é' }];
const input = { packKey: 'shop.docs', reason: 'release' };
const ctx = { actor: 'admin', userId: 'ops-1', snapshotId: 's-1', now: '2027-06-15T08:30:00.250Z', pack, items };
const snapshot = snapshotPack(input, ctx);
const statement = toStatement(snapshot);
const clone = (value) => JSON.parse(JSON.stringify(value));

/** Keys by kind: as Web Crypto keys, and as PEM. */
const keys = {};
const envelopes = {};
before(async () => {
  for (const [kind, algorithm] of Object.entries(KINDS)) {
    const { privateKey, publicKey } = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const spki = Buffer.from(await subtle.exportKey('spki', publicKey));
    const pem = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ type: 'spki', format: 'pem' });
    const pkcs8 = Buffer.from(await subtle.exportKey('pkcs8', privateKey));
    keys[kind] = { privateKey, publicKey, pem, node: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }) };
    envelopes[kind] = await signStatement(statement, { privateKey, keyid: `key of ${kind}` });
  }
});
const publicKeys = (...kinds) => kinds.map((kind) => ({ publicKey: keys[kind].publicKey }));

async function isValid(envelope, trusted) {
  const { valid, issues, keyids, statement: signedStatement } = await verifyEnvelope(envelope, trusted);
  assert.equal(valid, issues.length === 0);
  assert.equal(valid, signedStatement !== undefined);
  assert(Array.isArray(keyids));
  return valid;
}

/** Makes an envelope of these bytes, signed by node:crypto over sigstore's encoding. */
function made(kind, bytes, payloadType = PAYLOAD_TYPE) {
  const message = dsse.preAuthEncoding(payloadType, Buffer.from(bytes));
  const signature = sign(kind === 'Ed25519' ? null : 'sha256', message, keys[kind].node);
  return {
    payload: Buffer.from(bytes).toString('base64'),
    payloadType,
    signatures: [{ keyid: '', sig: signature.toString('base64') }],
  };
}

describe('toStatement', () => {
  test('returns an in-toto Statement v1 of this shape', () => {
    const { record } = snapshotOf(input, ctx);
    assert.deepEqual(statement, {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'context-pack:shop.docs@2026.3', digest: { sha256: record.hash.slice('sha256:'.length) } }],
      predicateType: 'https://contractspec.io/attestation/context-snapshot/v1',
      predicate: {
        snapshotId: 's-1',
        createdAt: '2027-06-15T08:30:00.250Z',
        createdBy: 'ops-1',
        seal: record.metadata.$snapshot.seal,
        manifest: record.metadata.$snapshot.manifest,
        reason: 'release',
      },
    });
    for (const object of reach(statement)) assert(Object.isFrozen(object));
  });

  test('leaves out members that the record does not have', () => {
    const { createdAt, predicate } = {
      createdAt: 0,
      ...toStatement(snapshotPack({ packKey: 'shop.docs' }, { ...ctx, userId: null, now: new Date(0) })),
    };
    assert.equal(createdAt, 0);
    assert.deepEqual(Object.keys(predicate).sort(), ['createdAt', 'manifest', 'seal', 'snapshotId']);
  });

  test('keeps empty values, and names the requester if no user is known', () => {
    const asked = { packKey: 'shop.docs', reason: '', requestedBy: 'q' };
    const { predicate } = toStatement(snapshotPack(asked, { ...ctx, userId: '' }));
    assert.deepEqual([predicate.reason, predicate.createdBy], ['', 'q']);
  });

  // F11-15
  test('accepts a record as a store returns it', () => {
    const record = { ...clone(snapshot.record), createdAt: new Date('2027-06-15T08:30:00.250Z'), row: 5 };
    assert.deepEqual(toStatement({ record }), statement);
    assert.deepEqual(
      toStatement({ record: { ...record, createdAt: '2027-06-15 08:30:00.25+00' }, more: 1 }),
      statement,
    );
  });

  test('refuses invalid records', () => {
    const { record } = clone(snapshot);
    const refuses = (given, ...issues) =>
      assertProblem(
        thrownBy(() => toStatement(given)),
        { code: 'VALIDATION_FAILED', issues: issues.map(([path, code]) => ({ path, code })), operation: false },
        api,
      );
    refuses(undefined, ['record', 'invalid_type']);
    refuses({}, ['record', 'invalid_type']);
    refuses({ record: null }, ['record', 'invalid_type']);
    refuses(
      { record: { ...record, hash: toDigest(sha256('x')) } },
      ['record.hash', 'mismatch'],
      ['record.metadata.$snapshot.seal', 'mismatch'],
    );
    refuses(
      { record: { ...record, createdBy: 'x' } },
      ['record.createdBy', 'mismatch'],
      ['record.metadata.$snapshot.seal', 'mismatch'],
    );
    refuses({ record: { ...record, createdAt: '2027-06-15T08:30:00.251Z' } }, [
      'record.metadata.$snapshot.seal',
      'mismatch',
    ]);
    refuses(
      { record: { ...record, packVersion: 5, itemCount: -1 } },
      ['record.packVersion', 'invalid_type'],
      ['record.itemCount', 'invalid_type'],
    );
  });
});

describe('our signatures', () => {
  for (const kind of Object.keys(KINDS)) {
    test(`${kind}: are in plain JSON, and verify`, async () => {
      const envelope = envelopes[kind];
      assert.deepEqual(Object.keys(envelope), ['payload', 'payloadType', 'signatures']);
      assert.equal(envelope.payloadType, PAYLOAD_TYPE);
      assert.equal(Buffer.from(envelope.payload, 'base64').toString(), canonicalize(statement));
      assert.equal(Buffer.from(envelope.payload, 'base64').toString('base64'), envelope.payload);
      assert.equal(envelope.signatures.length, 1);
      assert.equal(envelope.signatures[0].keyid, `key of ${kind}`);
      const { publicKey } = keys[kind];
      const found = await verifyEnvelope(clone(envelope), [{ publicKey, keyid: `key of ${kind}` }]);
      assert.deepEqual(found, { valid: true, issues: [], keyids: [`key of ${kind}`], statement: clone(statement) });
      const { seal } = found.statement.predicate;
      assert.equal(verifySnapshot({ record: snapshot.record, items, expect: { seal } }).valid, true);
      assert.deepEqual((await verifyEnvelope(envelope, [{ publicKey }])).keyids, []);
    });

    test(`${kind}: verify in @sigstore/core`, async () => {
      // Signatures over P-256 have 68 to 72 bytes; one in 256 has a leading zero.
      for (let round = 0; round < (kind === 'Ed25519' ? 20 : 600); round++) {
        const { payload, signatures } = await signStatement(statement, { privateKey: keys[kind].privateKey });
        assert.equal(signatures[0].keyid, '');
        const message = dsse.preAuthEncoding(PAYLOAD_TYPE, Buffer.from(payload, 'base64'));
        const signature = Buffer.from(signatures[0].sig, 'base64');
        const key = sigstoreCrypto.createPublicKey(keys[kind].pem);
        const algorithm = kind === 'Ed25519' ? undefined : 'sha256';
        assert(sigstoreCrypto.verify(message, key, signature, algorithm));
        message[message.length - 1] ^= 1;
        assert(!sigstoreCrypto.verify(message, key, signature, algorithm));
      }
    });

    test(`${kind}: have the same form as those of node:crypto over sigstore's encoding`, async () => {
      const payloads = [canonicalize(statement), JSON.stringify(statement, null, 2), `\n${canonicalize(statement)} `];
      for (const payload of [...payloads, ...Array(kind === 'Ed25519' ? 5 : 600).fill(payloads[0])]) {
        assert(await isValid(made(kind, payload), publicKeys(kind)));
      }
    });
  }

  test('refuse keys that cannot sign', async () => {
    const [ed, ec] = [keys.Ed25519, keys['P-256']];
    const p384 = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify']);
    const ecdh = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveKey']);
    const hmac = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']);
    const rsa = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    };
    const { privateKey: rsaKey } = await subtle.generateKey(rsa, true, ['sign', 'verify']);
    for (const privateKey of [
      undefined,
      null,
      {},
      'pem',
      ed.publicKey,
      ec.publicKey,
      p384.privateKey,
      ecdh.privateKey,
      hmac,
      rsaKey,
      ed.node,
      ed.pem,
    ]) {
      await assert.rejects(signStatement(statement, { privateKey }), TypeError);
    }
    for (const signer of [undefined, null]) await assert.rejects(signStatement(statement, signer), TypeError);
    for (const keyid of [5, {}, Symbol('s')]) {
      const message = 'signer.keyid: expected a string';
      await assert.rejects(signStatement(statement, { privateKey: ed.privateKey, keyid }), {
        name: 'TypeError',
        message,
      });
      const trusted = [ed, { publicKey: ed.publicKey, keyid }];
      const wrong = { name: 'TypeError', message: 'keys.1.keyid: expected a string' };
      await assert.rejects(verifyEnvelope(envelopes.Ed25519, trusted), wrong);
    }
    for (const publicKey of [undefined, null, {}, ed.privateKey, ec.privateKey, p384.publicKey, hmac, ed.pem]) {
      await assert.rejects(verifyEnvelope(envelopes.Ed25519, [{ publicKey: ed.publicKey }, { publicKey }]), TypeError);
      // Bad data does not hide the problem of an unusable key.
      await assert.rejects(verifyEnvelope(undefined, [{ publicKey }]), TypeError);
    }
    for (const trusted of [undefined, null, 5, [undefined], [null], ed]) {
      await assert.rejects(verifyEnvelope(envelopes.Ed25519, trusted), TypeError);
    }
  });

  test('refuse a statement that is not JSON', async () => {
    for (const value of [undefined, Number.NaN, { a: 1n }, new Map()]) {
      await assert.rejects(
        signStatement(value, keys.Ed25519),
        (error) => error instanceof SnapshotError && error.status === 422,
      );
    }
  });
});

/** Passes envelopes to securesystemslib, and returns its answers. */
async function python(asked) {
  const program = fileURLToPath(new URL('../python/dsse.py', import.meta.url));
  const interpreter = fileURLToPath(new URL('../../target/python/bin/python', import.meta.url));
  assert(existsSync(interpreter), 'scripts/setup.sh installs what this test needs');
  const child = spawn(interpreter, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(asked));
  const parts = [];
  for await (const part of child.stdout) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

test('securesystemslib, in Python, verifies ours, refuses changed ones, and signs envelopes that we accept', async () => {
  const kinds = Object.keys(KINDS);
  const mangled = (envelope, edit) => {
    const copy = clone(envelope);
    edit(copy);
    return copy;
  };
  const verify = [];
  for (const kind of kinds) {
    const keyid = `key of ${kind}`;
    const trusted = [{ keyid, pem: keys[kind].pem }];
    for (let round = 0; round < 40; round++) {
      const envelope = await signStatement(statement, { privateKey: keys[kind].privateKey, keyid });
      verify.push({ envelope, keys: trusted, expected: true });
    }
    const bytes = Buffer.from(envelopes[kind].payload, 'base64');
    bytes[bytes.length - 2] ^= 1;
    const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    verify.push(
      {
        envelope: mangled(envelopes[kind], (copy) => Object.assign(copy, { payload: bytes.toString('base64') })),
        keys: trusted,
      },
      {
        envelope: mangled(envelopes[kind], (copy) => Object.assign(copy, { payloadType: 'text/plain' })),
        keys: trusted,
      },
      { envelope: envelopes[kind], keys: [{ keyid, pem: stranger }] },
    );
  }
  const payloads = [canonicalize(statement), JSON.stringify(statement, null, 1)].map((text) =>
    Buffer.from(text).toString('base64'),
  );
  const signs = kinds.flatMap((kind) =>
    Array.from({ length: 20 }, (_, at) => ({
      kind,
      keyid: `k${at}`,
      payload: payloads[at % 2],
      payloadType: PAYLOAD_TYPE,
    })),
  );
  const { verified, signed } = await python({ verify, sign: signs });
  assert.deepEqual(
    verified.map((outcome) => outcome === true),
    verify.map(({ expected }) => expected === true),
  );
  assert.equal(signed.length, signs.length);
  for (const [at, { envelope, spki }] of signed.entries()) {
    const { kind, keyid } = signs[at];
    const publicKey = await subtle.importKey('spki', Buffer.from(spki, 'base64'), KINDS[kind], true, ['verify']);
    const found = await verifyEnvelope(envelope, [{ publicKey, keyid }]);
    assert.deepEqual(found, { valid: true, issues: [], keyids: [keyid], statement: clone(statement) });
    assert.equal(await isValid(envelope, publicKeys(kind)), false);
  }
});

describe('tampering', () => {
  for (const kind of Object.keys(KINDS)) {
    test(`${kind}: notices every changed byte of payload and signature`, async () => {
      const { payload, signatures } = envelopes[kind];
      const trusted = publicKeys(kind);
      const bytes = Buffer.from(payload, 'base64');
      for (let at = 0; at < bytes.length; at++) {
        bytes[at] ^= 1 << (at % 8);
        const copy = { ...envelopes[kind], payload: bytes.toString('base64') };
        assert.equal(await isValid(copy, trusted), false, `payload, byte ${at}`);
        bytes[at] ^= 1 << (at % 8);
      }
      const signature = Buffer.from(signatures[0].sig, 'base64');
      for (let bit = 0; bit < signature.length * 8; bit++) {
        signature[bit >> 3] ^= 1 << (bit & 7);
        const copy = { ...envelopes[kind], signatures: [{ keyid: '', sig: signature.toString('base64') }] };
        assert.equal(await isValid(copy, trusted), false, `signature, bit ${bit}`);
        signature[bit >> 3] ^= 1 << (bit & 7);
      }
      for (const length of [0, 1, 2, 10, signature.length - 1]) {
        const sig = signature.subarray(0, length).toString('base64');
        assert.equal(await isValid({ ...envelopes[kind], signatures: [{ sig }] }, trusted), false);
      }
      for (const tail of [[0], [0, 0], [...signature]]) {
        const sig = Buffer.from([...signature, ...tail]).toString('base64');
        assert.equal(await isValid({ ...envelopes[kind], signatures: [{ sig }] }, trusted), false);
      }
    });

    test(`${kind}: notices a changed type`, async () => {
      for (const payloadType of [
        '',
        'application/json',
        `${PAYLOAD_TYPE} `,
        PAYLOAD_TYPE.toUpperCase(),
        undefined,
        null,
        5,
        [PAYLOAD_TYPE],
      ]) {
        assert.equal(await isValid({ ...envelopes[kind], payloadType }, publicKeys(kind)), false);
      }
      // Signed with another type, by a trusted key.
      assert.equal(await isValid(made(kind, canonicalize(statement), 'application/json'), publicKeys(kind)), false);
      const asAnother = { ...made(kind, canonicalize(statement), 'application/json'), payloadType: PAYLOAD_TYPE };
      assert.equal(await isValid(asAnother, publicKeys(kind)), false);
      // Signed without the encoding around the bytes.
      const raw = sign(kind === 'Ed25519' ? null : 'sha256', Buffer.from(canonicalize(statement)), keys[kind].node);
      const signatures = [{ keyid: '', sig: raw.toString('base64') }];
      assert.equal(await isValid({ ...envelopes[kind], signatures }, publicKeys(kind)), false);
    });
  }

  test('P-256: refuses other encodings of the same two numbers', async () => {
    const trusted = publicKeys('P-256');
    const number = (der, at) => der.subarray(at + 2, at + 2 + der[at + 1]);
    let [highBits, tried] = [0, 0];
    for (let round = 0; round < 40; round++) {
      const { payload, signatures } = await signStatement(statement, keys['P-256']);
      const der = Buffer.from(signatures[0].sig, 'base64');
      const [r, s] = [number(der, 2), number(der, 4 + der[3])];
      const integer = (bytes) => [2, bytes.length, ...bytes];
      const sequence = (...parts) => [0x30, parts.flat().length, ...parts.flat()];
      const pad = (bytes, length) => [...Array(Math.max(0, length - bytes.length)).fill(0), ...bytes.slice(-length)];
      assert.deepEqual(sequence(integer(r), integer(s)), [...der]);
      const variants = [
        sequence(integer([0, ...r]), integer(s)),
        sequence(integer(r), integer([0, ...s])),
        sequence(integer([0, 0, 0, ...r]), integer(s)),
        [0x30, 0x81, der[1], ...der.subarray(2)],
        [0x30, 0x82, 0, der[1], ...der.subarray(2)],
        [0x30, 0x80, ...der.subarray(2), 0, 0],
        [0x30, der[1] + 4, 2, 0x81, r.length, ...r, 2, 0x81, s.length, ...s, 0, 0],
        [0x30, der[1] + 1, 2, 0x81, r.length, ...r, ...integer(s)],
        [0x31, ...der.subarray(1)],
        [0x30, der[1] + 1, ...der.subarray(2)],
        [0x30, der[1] - 1, ...der.subarray(2)],
        [0x30, der[1] + 1, ...der.subarray(2), 0],
        [...der, 0],
        sequence(integer(r), integer(s), integer([1])),
        sequence(integer(r), [3, s.length, ...s]),
        sequence(integer(s), integer(r)),
        sequence(integer(r)),
        sequence(integer(r), integer([0])),
        sequence(integer([0]), integer(s)),
        sequence(integer([]), integer(s)),
        sequence(integer(r), integer([])),
        sequence(integer([...r, 0]), integer(s)),
        [...pad(r, 32), ...pad(s, 32)],
        [],
        [0x30],
        [0x30, 0],
      ];
      // Numbers whose highest bit is set need a leading zero; without it they are negative.
      if (r[0] === 0) variants.push(sequence(integer(r.subarray(1)), integer(s)));
      if (s[0] === 0) variants.push(sequence(integer(r), integer(s.subarray(1))));
      highBits += Number(r[0] === 0) + Number(s[0] === 0);
      for (const variant of variants) {
        const sig = Buffer.from(variant).toString('base64');
        const envelope = { payload, payloadType: PAYLOAD_TYPE, signatures: [{ keyid: '', sig }] };
        assert.equal(await isValid(envelope, trusted), false, sig);
        tried++;
      }
    }
    assert(highBits > 0 && tried > 1000);
  });
});

describe('base64', () => {
  test('accepts both alphabets, with padding and without', async () => {
    for (const kind of Object.keys(KINDS)) {
      let differs = 0;
      for (let round = 0; round < 30; round++) {
        const reason = `r${'?>~ÿ'.repeat(round)}`;
        const other = toStatement(snapshotPack({ ...input, reason }, ctx));
        const { payload, signatures, payloadType } = await signStatement(other, keys[kind]);
        const url = (text) => text.replaceAll('+', '-').replaceAll('/', '_');
        const bare = (text) => text.replace(/=+$/, '');
        if (url(payload) !== payload) differs++;
        for (const write of [url, bare, (text) => bare(url(text))]) {
          const envelope = {
            payload: write(payload),
            payloadType,
            signatures: signatures.map(({ sig }) => ({ sig: write(sig) })),
          };
          assert(await isValid(envelope, publicKeys(kind)));
        }
      }
      assert(differs > 0);
    }
  });

  test('refuses invalid text', async () => {
    const { payload, signatures } = envelopes.Ed25519;
    const bare = payload.replace(/=+$/, '');
    const bad = [
      `${payload}=`,
      `${bare}===`,
      ` ${payload}`,
      `${payload}\n`,
      `${payload.slice(0, 8)}\n${payload.slice(8)}`,
    ];
    bad.push(
      `=${payload}`,
      `${payload.slice(0, 4)}====${payload.slice(4)}`,
      `${payload.slice(0, 4)}é${payload.slice(5)}`,
      'A',
      'AAAAA',
      'A===',
      '====',
      '!',
      '\0',
    );
    for (const text of [...bad, undefined, null, 5, [payload], new String(payload), {}]) {
      const found = await verifyEnvelope(
        { payload: text, payloadType: PAYLOAD_TYPE, signatures },
        publicKeys('Ed25519'),
      );
      assert.deepEqual(
        found.issues.map(({ path }) => path),
        ['payload'],
        String(text),
      );
    }
    const { sig } = signatures[0];
    for (const text of [`${sig}=`, ` ${sig}`, undefined, null, 5, [sig]]) {
      const found = await verifyEnvelope({ ...envelopes.Ed25519, signatures: [{ sig: text }] }, publicKeys('Ed25519'));
      assert.deepEqual(
        found.issues.map(({ path }) => path),
        ['signatures.0', 'signatures'],
      );
    }
  });

  test('takes linear time for text that is almost base64', async () => {
    // A backtracking expression took minutes for a hundred characters, and overflowed the stack for tens of millions.
    for (const payload of [
      `${'A'.repeat(4000)}!`,
      `${'A'.repeat(4001)}`,
      `${'='.repeat(4000)}`,
      'A'.repeat(30_000_000),
      `${'A'.repeat(30_000_000)}!`,
    ]) {
      assert.equal(await isValid({ ...envelopes.Ed25519, payload }, publicKeys('Ed25519')), false);
    }
  });
});

describe('signatures and keys', () => {
  const [ED, EC] = Object.keys(KINDS);
  const keyed = (kind, keyid) => ({ publicKey: keys[kind].publicKey, keyid });

  test('finds the valid signature among none, many and others', async () => {
    const [{ payload, payloadType, signatures: ed }, { signatures: ec }] = [envelopes[ED], envelopes[EC]];
    const envelope = (...signatures) => ({ payload, payloadType, signatures });
    const junk = { keyid: 'x', sig: Buffer.alloc(64, 7).toString('base64') };
    assert.equal(await isValid(envelope(), publicKeys(ED)), false);
    assert.equal(await isValid(envelope(junk), publicKeys(ED)), false);
    assert.equal(await isValid(envelope(junk, ...ed), publicKeys(ED)), true);
    assert.equal(await isValid(envelope(...ed, junk, junk), publicKeys(EC, ED)), true);
    assert.equal(await isValid(envelope(...ed), publicKeys(EC)), false);
    assert.equal(await isValid(envelope(...ed), []), false);
    assert.equal(await isValid(envelope(...Array(99).fill(junk), ...ed), publicKeys(ED)), true);
    assert.equal(await isValid(envelope(...Array(100).fill(junk), ...ed), publicKeys(ED)), false);
    const both = await verifyEnvelope(envelope(...ec, ...ed, ...ed), [
      keyed(ED, `key of ${ED}`),
      keyed(EC, `key of ${EC}`),
    ]);
    assert.deepEqual([both.valid, both.keyids], [true, [`key of ${EC}`, `key of ${ED}`]]);
    for (const signatures of [
      undefined,
      null,
      {},
      'x',
      5,
      new Set(ed),
      [undefined],
      [null],
      [5],
      ['x'],
      [[]],
      [{}],
      [{ ...ed[0], keyid: 5 }],
    ]) {
      assert.equal(await isValid({ payload, payloadType, signatures }, publicKeys(ED)), false);
    }
  });

  test('refuses keys of the wrong kind, and other keys of the same kind', async () => {
    for (const [kind, other] of [
      [ED, EC],
      [EC, ED],
    ]) {
      assert.equal(await isValid(envelopes[kind], publicKeys(other)), false);
      const stranger = await subtle.generateKey(KINDS[kind], true, ['sign', 'verify']);
      assert.equal(await isValid(envelopes[kind], [stranger]), false);
      assert.equal(await isValid(envelopes[kind], [stranger, ...publicKeys(kind)]), true);
    }
  });

  test('treats a keyid as a hint: it saves a check, and proves nothing', async () => {
    const [{ payload, payloadType, signatures }] = [envelopes[ED]];
    const named = (keyid) => ({ payload, payloadType, signatures: [{ ...signatures[0], keyid }] });
    const outcome = async (keyid, own) => {
      const { valid, keyids } = await verifyEnvelope(named(keyid), [keyed(ED, own)]);
      return [valid, ...keyids];
    };
    assert.deepEqual(await outcome('a', 'a'), [true, 'a']);
    assert.deepEqual(await outcome('', 'a'), [true, 'a']);
    assert.deepEqual(await outcome(undefined, 'a'), [true, 'a']);
    assert.deepEqual(await outcome('a', undefined), [true]);
    assert.deepEqual(await outcome('a', ''), [true]);
    assert.deepEqual(await outcome('a', 'b'), [false]);
    // The keyid is not signed, so only the key counts.
    const { valid, keyids } = await verifyEnvelope(named('boss'), [keyed(ED, undefined), keyed(EC, 'boss')]);
    assert.deepEqual([valid, keyids], [true, []]);
  });

  test('reads any iterable of keys, once', async () => {
    const { publicKey } = keys[ED];
    const only = new Map([['k', { publicKey, keyid: 'k' }]]);
    assert.equal(
      await isValid({ ...envelopes[ED], signatures: [{ sig: envelopes[ED].signatures[0].sig }] }, only.values()),
      true,
    );
  });
});

// E8.4-2
describe('signed payloads that are not I-JSON', () => {
  const json = canonicalize(statement);
  const deep = (levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const inDigest = (more) => json.replace('"sha256":', `${more},"sha256":`);
  const twice = json.replace(/"sha256":"\w+"/, `$&,"\\u0073ha256":"${'0'.repeat(64)}"`);
  for (const [name, payload] of [
    ['a name that occurs twice', json.replace('"itemCount":', '"itemCount":9,"itemCount":')],
    ['a name that occurs twice, once with an escape', json.replace('"_type":', '"\\u005ftype":"x","_type":')],
    ['an infinite number', inDigest('"sha512":1e400')],
    ['an unpaired surrogate', inDigest('"sha512":"\\ud800"')],
    ['an unpaired surrogate that another member overrides', json.replace('"_type":', '"_type":"\\ud800","_type":')],
    ['an unpaired surrogate in a name', inDigest('"\\ud800":""')],
    ['more levels than a document may have', inDigest(`"x":${deep(1000)}`)],
    ['more levels than a stack has', inDigest(`"x":${deep(100_000)}`)],
    ['a digest that occurs twice, for V8 of Node.js 26 under another name', twice],
  ]) {
    test(`are refused: ${name}`, async () => {
      // After this, that engine reads the escape in `twice` as a name of six characters.
      JSON.parse('{"sha256":"","\\\\u0073":0}');
      const { valid, issues } = await verifyEnvelope(made('Ed25519', payload), publicKeys('Ed25519'));
      assert.equal(valid, false);
      assert.deepEqual(issues, [
        { path: 'payload', code: 'invalid_format', message: 'Invalid payload: expected JSON in UTF-8' },
      ]);
    });
  }
  test('may have numbers that are rounded', async () => {
    const more = inDigest('"x":[9007199254740993,1e-400,0.1000000000000000055511151231257827]');
    const { statement } = await verifyEnvelope(made('Ed25519', more), publicKeys('Ed25519'));
    assert.deepEqual(statement.subject[0].digest.x, [9007199254740992, 0, 0.1]);
  });
  test('does not take quotes, colons and backslashes in strings for names', async () => {
    const more = change({ reason: '":\\":{"a":1}\\\\' });
    assert.equal(await isValid(made('Ed25519', JSON.stringify(more, null, 2)), publicKeys('Ed25519')), true);
    function change(members) {
      return { ...statement, predicate: { ...statement.predicate, ...members } };
    }
  });
});

describe('signed statements that are inconsistent', () => {
  const change = (edit) => {
    const copy = clone(statement);
    edit(copy);
    return copy;
  };
  const half = String.fromCharCode(0xd800);
  const deep = (levels) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const path = (name) => `payload.${name}`;
  const CASES = [
    ['another type', change((copy) => Object.assign(copy, { _type: 'x' })), path('_type')],
    ['no type', change((copy) => delete copy._type), path('_type')],
    [
      'another predicate',
      change((copy) => Object.assign(copy, { predicateType: 'https://slsa.dev/provenance/v1' })),
      path('predicateType'),
    ],
    [
      'another name',
      change((copy) => Object.assign(copy.subject[0], { name: 'context-pack:shop.docs@2026.4' })),
      path('subject.0.name'),
    ],
    [
      'another digest',
      change((copy) => Object.assign(copy.subject[0].digest, { sha256: '0'.repeat(64) })),
      path('subject.0.digest.sha256'),
    ],
    [
      'a digest in upper case',
      change(({ subject: [{ digest }] }) => Object.assign(digest, { sha256: digest.sha256.toUpperCase() })),
      path('subject.0.digest.sha256'),
    ],
    ['no digest', change((copy) => delete copy.subject[0].digest), path('subject.0.digest.sha256')],
    [
      'another algorithm',
      change((copy) => Object.assign(copy.subject[0], { digest: { sha512: 'x' } })),
      path('subject.0.digest.sha256'),
    ],
    [
      'no subject',
      change((copy) => Object.assign(copy, { subject: [] })),
      path('subject'),
      path('subject.0.name'),
      path('subject.0.digest.sha256'),
    ],
    ['two subjects', change((copy) => copy.subject.push(copy.subject[0])), path('subject')],
    [
      'an invalid subject',
      change((copy) => Object.assign(copy, { subject: 'x' })),
      path('subject'),
      path('subject.0.name'),
      path('subject.0.digest.sha256'),
    ],
    [
      'null for a subject',
      change((copy) => Object.assign(copy, { subject: [null] })),
      path('subject.0.name'),
      path('subject.0.digest.sha256'),
    ],
    [
      'another manifest',
      change((copy) => Object.assign(copy.predicate.manifest, { itemCount: 2 })),
      path('subject.0.digest.sha256'),
    ],
    [
      'another pack',
      change((copy) => Object.assign(copy.predicate.manifest.pack, { packKey: 'x' })),
      path('subject.0.name'),
      path('subject.0.digest.sha256'),
    ],
    ['no seal', change((copy) => delete copy.predicate.seal), path('predicate.seal')],
    ['an invalid seal', change((copy) => Object.assign(copy.predicate, { seal: 'x' })), path('predicate.seal')],
    [
      'names that cannot be converted to strings',
      change((copy) => Object.assign(copy, { _type: { toString: 1 } })),
      path('_type'),
    ],
    [
      'a digest that cannot be converted to a string',
      change((copy) => Object.assign(copy.subject[0].digest, { sha256: { toString: 1, valueOf: 1 } })),
      path('subject.0.digest.sha256'),
    ],
  ];
  for (const [name, signed, ...paths] of CASES) {
    test(`are refused: ${name}`, async () => {
      const found = await verifyEnvelope(made('Ed25519', JSON.stringify(signed)), publicKeys('Ed25519'));
      // signStatement refuses the same statements, for the same reasons.
      const refused = await signStatement(signed, keys.Ed25519).then(() => assert.fail('signed'), String);
      assert.match(refused, /^SnapshotError: VALIDATION_FAILED: /);
      assert.deepEqual(
        found.issues.map((issue) => issue.path),
        paths,
      );
      assert.equal(found.valid, false);
      assert.equal('statement' in found, false);
      for (const object of reach(found)) assert(Object.isFrozen(object));
    });
  }

  for (const [name, text] of [
    ['text that is not JSON', 'text'],
    ['nothing', ''],
    ['a byte order mark', `\uFEFF${canonicalize(statement)}`],
    ['null', 'null'],
    ['a number', '5'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    [
      'no UTF-8',
      Buffer.concat([
        Buffer.from(canonicalize(statement).slice(0, -1)),
        Buffer.from(',"x":"'),
        Buffer.of(0xff),
        Buffer.from('"}'),
      ]),
    ],
    ['no predicate', JSON.stringify(change((copy) => delete copy.predicate))],
    ['a predicate that is null', JSON.stringify(change((copy) => Object.assign(copy, { predicate: null })))],
    ['a manifest that is text', JSON.stringify(change((copy) => Object.assign(copy.predicate, { manifest: 'x' })))],
    ['a manifest without a pack', JSON.stringify(change((copy) => delete copy.predicate.manifest.pack))],
    ['a pack that is text', JSON.stringify(change((copy) => Object.assign(copy.predicate.manifest, { pack: 'x' })))],
    [
      'a pack whose names are objects',
      JSON.stringify(change((copy) => Object.assign(copy.predicate.manifest.pack, { packKey: { toString: 1 } }))),
    ],
    [
      'an unpaired surrogate in the manifest',
      JSON.stringify(change((copy) => Object.assign(copy.predicate.manifest.pack, { title: half }))),
    ],
    ['a number that is infinite', canonicalize(statement).replace('"itemCount":1', '"itemCount":1e999')],
    ['a manifest that is too deep', canonicalize(statement).replace('"format":', `"deep":${deep(2000)},"format":`)],
    ['a document that is very deep', `{"x":${deep(200_000)}}`],
  ]) {
    test(`accepts ${name}`, async () => {
      const { valid, issues } = await verifyEnvelope(made('Ed25519', text), publicKeys('Ed25519'));
      assert.equal(valid, false);
      for (const issue of issues) assert(issue.path.startsWith('payload') && issue.message !== '', issue.path);
    });
  }
});

describe('invalid arguments', () => {
  const rejects = (promise, message) => assert.rejects(promise, { name: 'TypeError', message });

  // E8.4-14
  test('says what keys must be', async () => {
    const { publicKey } = keys.Ed25519;
    for (const [trusted, received] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [5, 'number'],
      ['keys', 'string'],
      [{ publicKey }, 'object'],
      [() => 1, 'function'],
    ]) {
      const message = `keys: expected an array of { publicKey, keyid? }, received ${received}`;
      await rejects(verifyEnvelope(envelopes.Ed25519, trusted), message);
    }
    for (const entry of [undefined, null, 5, 'key']) {
      const received = entry === null ? 'null' : typeof entry;
      const message = `keys.1: expected { publicKey, keyid? }, received ${received}`;
      await rejects(verifyEnvelope(envelopes.Ed25519, [{ publicKey }, entry]), message);
      await rejects(verifyEnvelope(envelopes.Ed25519, new Set([{ publicKey }, entry])), message);
    }
    const message =
      'keys.0.publicKey: expected a CryptoKey for Ed25519, or for ECDSA over P-256, that may be used to verify';
    // A hole is not a key, whatever prototypes have in its place.
    await rejects(verifyEnvelope(envelopes.Ed25519, [{}]), message);
    await rejects(
      verifyEnvelope(envelopes.Ed25519, Array(1)),
      'keys.0: expected { publicKey, keyid? }, received undefined',
    );
  });

  test('says what a signer must be', async () => {
    for (const [signer, received] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['x', 'string'],
    ]) {
      await rejects(signStatement(statement, signer), `signer: expected { privateKey, keyid? }, received ${received}`);
    }
    const message =
      'signer.privateKey: expected a CryptoKey for Ed25519, or for ECDSA over P-256, that may be used to sign';
    await rejects(signStatement(statement, {}), message);
  });

  test('refuses a third argument, even if it is undefined', async () => {
    for (const more of [[undefined], [{ hash: 'x' }], [1, 2]]) {
      const message = `verifyEnvelope takes 2 arguments, received ${2 + more.length}`;
      await rejects(verifyEnvelope(envelopes.Ed25519, publicKeys('Ed25519'), ...more), message);
    }
  });

  test('accepts null for a missing keyid', async () => {
    const { privateKey, publicKey } = keys.Ed25519;
    const envelope = await signStatement(statement, { privateKey, keyid: null });
    assert.equal(envelope.signatures[0].keyid, '');
    envelope.signatures[0].keyid = null;
    for (const keyid of [null, 'k']) {
      const found = await verifyEnvelope(envelope, [{ publicKey, keyid }]);
      assert.deepEqual([found.valid, ...found.keyids], keyid === null ? [true] : [true, 'k']);
    }
  });
});

describe('signStatement', () => {
  const refused = async (value) => {
    const error = await signStatement(value, keys.Ed25519).then(
      () => assert.fail('signed'),
      (error) => error,
    );
    assert(error instanceof SnapshotError, String(error));
    assert.deepEqual([error.code, error.status], ['VALIDATION_FAILED', 422]);
    return error;
  };

  test('refuses values that are not statements, and says what to sign', async () => {
    const parts = [
      snapshot,
      snapshot.record,
      snapshot.manifest,
      snapshot.output,
      {},
      [],
      'x',
      undefined,
      null,
      new Map(),
    ];
    for (const value of parts) {
      const { detail, issues } = await refused(value);
      assert(detail.endsWith('. To sign a snapshot, pass toStatement(snapshot)'), detail);
      assert.equal(issues[0].path, '_type');
    }
    const { issues } = await refused(snapshot);
    for (const path of ['event', 'index', 'items', 'manifest', 'output', 'record']) {
      assert(
        issues.some((issue) => issue.path === path && issue.code === 'extra'),
        path,
      );
    }
  });

  // E8.4-14
  test('refuses a forged statement, with its issues', async () => {
    const forged = clone(statement);
    Object.assign(forged.predicate, { createdBy: {}, createdAt: 'yesterday', snapshotId: undefined, more: 1 });
    Object.assign(forged.predicate.manifest, { itemCount: -5 });
    const { detail, issues } = await refused(forged);
    assert.deepEqual(
      issues.map(({ path }) => path),
      ['snapshotId', 'createdAt', 'createdBy', 'manifest.itemCount', 'more'].map((name) => `predicate.${name}`),
    );
    assert(!detail.includes('toStatement'), detail);
  });

  test('signs what it checked, even if a second read would differ', async () => {
    let looks = 0;
    const copy = clone(statement);
    Object.defineProperty(copy.predicate, 'reason', { enumerable: true, get: () => (looks++ === 0 ? 'first' : 5) });
    const found = await verifyEnvelope(await signStatement(copy, keys.Ed25519), publicKeys('Ed25519'));
    assert.deepEqual([looks, found.valid, found.statement.predicate.reason], [1, true, 'first']);
  });
});

describe('the result', () => {
  test('has a deeply frozen statement', async () => {
    const rich = { ...pack, owners: ['o'], tags: ['t'], sources: [{ kind: 'k', key: 's' }] };
    const other = toStatement(snapshotPack(input, { ...ctx, pack: rich }));
    for (const kind of Object.keys(KINDS)) {
      const found = await verifyEnvelope(await signStatement(other, keys[kind]), publicKeys(kind));
      assert.equal(found.valid, true);
      const objects = reach(found);
      assert(objects.size > 10 && objects.has(found.statement.predicate.manifest.pack.sources[0]));
      for (const object of objects) if (typeof object === 'object') assert(Object.isFrozen(object));
    }
  });

  test('is invalid without keys', async () => {
    for (const none of [[], new Set(), new Map()]) {
      const { valid, issues, keyids } = await verifyEnvelope(envelopes.Ed25519, none);
      assert.deepEqual([valid, issues.length, issues[0].path, keyids], [false, 1, 'signatures', []]);
    }
  });
});

describe('subjects', () => {
  const nameOf = (packKey, version) =>
    toStatement(snapshotPack({ packKey }, { ...ctx, pack: { packKey, version, title: '' } })).subject[0].name;

  // F8-2
  test('differ for two packs', () => {
    assert.equal(nameOf('a@1', '2'), 'context-pack:a%401@2');
    assert.equal(nameOf('a', '1@2'), 'context-pack:a@1%402');
    assert.equal(nameOf('50%', 'ü …'), 'context-pack:50%25@ü%20%E2%80%A6');
    assert.equal(nameOf('a\u001b[2J', '\u202e\u{e0001}'), 'context-pack:a%1B[2J@%E2%80%AE%F3%A0%80%81');
  });

  test('cut a long name, and stay unique', () => {
    assert.equal(nameOf('k', 'v'.repeat(241)), `context-pack:k@${'v'.repeat(241)}`);
    const whole = `context-pack:k@${'v'.repeat(242)}`;
    assert.equal(nameOf('k', 'v'.repeat(242)), `${whole.slice(0, 128)}…${sha256(whole).toString('hex')}`);
    // The 128th unit would be half of a pair.
    const key = `${'x'.repeat(114)}😀`;
    const cut = `context-pack:${key}@${'y'.repeat(200)}`;
    assert.equal(nameOf(key, 'y'.repeat(200)), `${cut.slice(0, 127)}…${sha256(cut).toString('hex')}`);
    assert.notEqual(nameOf('k', `${'v'.repeat(999)}a`), nameOf('k', `${'v'.repeat(999)}b`));
  });
});

describe('limits', () => {
  const junk = (count, sig = 'AAAA') => Array.from({ length: count }, () => ({ sig }));
  const found = async (bytes, signatures, count) => {
    const payload = 'A'.repeat(Math.ceil((bytes * 4) / 3));
    const { publicKey } = keys.Ed25519;
    const trusted = Array.from({ length: count }, () => ({ publicKey }));
    const { issues } = await verifyEnvelope({ payload, payloadType: PAYLOAD_TYPE, signatures }, trusted);
    return issues.map(({ path, code, message }) => [path, code, message]);
  };
  const none = ['signatures', 'mismatch', 'Mismatch: expected a signature by one of the keys, found none'];
  const tooMany = (most, bytes, checks) => [
    'signatures',
    'too_big',
    `Too big: expected at most ${most} checks of a payload of ${bytes} bytes, found ${checks}`,
  ];

  // E8.4-3
  test('counts the checks before making any', async () => {
    assert.deepEqual(await found(0, junk(100), 10), [none]);
    assert.deepEqual(await found(0, junk(91), 11), [tooMany(1000, 0, 1001)]);
    assert.deepEqual(await found(2_684_354, junk(100), 1), [none]);
    assert.deepEqual(await found(2_684_355, junk(100), 1), [tooMany(99, 2_684_355, 100)]);
    const start = process.cpuUsage();
    const signatures = junk(100, Buffer.alloc(64).toString('base64'));
    assert.deepEqual(await found(5_000_000, signatures, 10), [tooMany(53, 5_000_000, 1000)]);
    const { user, system } = process.cpuUsage(start);
    assert(user + system < 1_000_000, `${user + system} microseconds of the processor`);
  });

  test('refuses a payload longer than a document may be, without reading it', async () => {
    const text = (length, start = '', end = '') => `${start}${'A'.repeat(length - start.length - end.length)}${end}`;
    // 2^28 bytes are 357,913,942 digits.
    for (const payload of [text(357_913_943), text(357_913_944), text(357_913_944, '', '='), text(357_913_943, 'é')]) {
      const { issues } = await verifyEnvelope({ payload, payloadType: PAYLOAD_TYPE, signatures: junk(1) }, []);
      assert.deepEqual(issues, [
        { path: 'payload', code: 'too_big', message: 'Too big: expected at most 268435456 bytes' },
      ]);
    }
    for (const payload of [text(357_913_942, '!'), text(357_913_944, 'é', '==')]) {
      const { issues } = await verifyEnvelope({ payload, payloadType: PAYLOAD_TYPE, signatures: junk(1) }, []);
      assert.deepEqual([issues.length, issues[0].message], [1, 'Invalid payload: expected base64']);
    }
  });
});

describe('other code in the realm', () => {
  /** Returns the verdicts and the signed bytes after running that code. */
  const after = (change) => {
    const { publicKey, privateKey } = keys.Ed25519;
    const exported = (key, form) => subtle.exportKey(form, key).then((bytes) => Buffer.from(bytes).toString('base64'));
    return Promise.all([exported(publicKey, 'spki'), exported(privateKey, 'pkcs8')]).then(([spki, pkcs8]) =>
      inChild(`
        import { signStatement, toStatement, verifyEnvelope } from '@lssm-tech/lib.context-snapshot';
        const read = (text) => Buffer.from(text, 'base64');
        const { subtle } = globalThis.crypto;
        const publicKey = await subtle.importKey('spki', read('${spki}'), 'Ed25519', true, ['verify']);
        const privateKey = await subtle.importKey('pkcs8', read('${pkcs8}'), 'Ed25519', true, ['sign']);
        const good = ${JSON.stringify(envelopes.Ed25519)};
        const statement = ${JSON.stringify(statement)};
        const bad = { ...good, signatures: [{ sig: '${Buffer.alloc(64, 1).toString('base64')}' }] };
        const keys = [{ publicKey, keyid: '${envelopes.Ed25519.signatures[0].keyid}' }];
        const bare = [{ publicKey }];
        const { stringify } = JSON;
        const { log } = console;
        const { getOwnPropertyNames: names } = Object;
        const before = names(Object.prototype).length;
        const saved = [[Array.prototype, Symbol.iterator], [Object.getPrototypeOf([][Symbol.iterator]()), 'next'],
          [Promise.prototype, 'then'], [Promise.prototype, 'constructor']]
          .map(([object, name]) => [object, name, Object.getOwnPropertyDescriptor(object, name)]);
        ${change}
        const verdicts = [];
        const note = (value) => { verdicts[verdicts.length] = value; };
        let signed;
        let error;
        try {
          note(await verifyEnvelope(good, keys));
          note(await verifyEnvelope(good, bare));
          note(await verifyEnvelope(bad, keys));
          note(await verifyEnvelope({}, keys));
          signed = await signStatement(statement, { privateKey });
        } catch (thrown) {
          error = thrown;
        }
        for (const name of names(Object.prototype)) if (/^(keyid|payload|payloadType|signatures|sig|then|get|set|value|writable|publicKey|algorithm|name|hash|z|ondone|[0-9])$/.test(name)) delete Object.prototype[name];
        for (let at = 0; at < saved.length; at++) Reflect.defineProperty(saved[at][0], saved[at][1], saved[at][2]);
        report({ verdicts, signed, error: error && String(error.stack) });
      `),
    );
  };
  const CHANGES = {
    nothing: '',
    'members of envelopes': `Object.assign(Object.prototype, { keyid: 'k', payload: good.payload, payloadType: good.payloadType,
      signatures: good.signatures, sig: good.signatures[0].sig, publicKey, algorithm: { name: 'Ed25519' } });`,
    'names of algorithms': `Object.assign(Object.prototype, { name: 'ECDSA', hash: 'SHA-512', z: 1 });`,
    numbers: `for (let at = 0; at < 9; at++) Object.prototype[at] = { path: 'x' };`,
    'members of descriptors': `Object.prototype.value = 5; Object.prototype.get = 5;`,
    'members of descriptors, and a then of promises': `Promise.prototype.then = function (resolve) { resolve(true); };
      Object.prototype.value = 5; Object.prototype.get = 5;`,
    'a then that is a text': `Object.prototype.then = 'x';`,
    'iterators of arrays': `Array.prototype[Symbol.iterator] = function* () {};`,
    'steps of iterators': `Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true });`,
    'a then of promises': `Promise.prototype.then = function (resolve) { resolve(true); };`,
    'a constructor of promises': `Promise.prototype.constructor = class extends Promise {};`,
    'both of promises': `Promise.prototype.constructor = Object;
      Promise.prototype.then = function (resolve) { resolve(true); };`,
    'a setter for what Node.js does with an answer': `Object.defineProperty(Object.prototype, 'ondone', {
      configurable: true,
      set(take) { Object.defineProperty(this, 'ondone', { value: (error) => take.call(this, error, true) }); },
    });`,
  };
  for (const [name, change] of Object.entries(CHANGES)) {
    test(`changes neither verdicts nor signed bytes: ${name}`, async () => {
      const { verdicts, signed, error } = await after(change);
      assert.equal(error, undefined);
      const [good, bare, bad, empty] = verdicts;
      const right = { valid: true, issues: [], statement: clone(statement) };
      assert.deepEqual(good, { ...right, keyids: [envelopes.Ed25519.signatures[0].keyid] });
      assert.deepEqual(bare, { ...right, keyids: [] });
      assert.deepEqual([bad.valid, bad.issues.map(({ path }) => path), bad.keyids], [false, ['signatures'], []]);
      assert.deepEqual(
        empty.issues.map(({ path }) => path),
        ['payloadType', 'payload', 'signatures'],
      );
      assert.deepEqual(signed, {
        ...envelopes.Ed25519,
        signatures: [{ ...envelopes.Ed25519.signatures[0], keyid: '' }],
      });
    });
  }

  test('changes no verdict by a method `then` on Object.prototype', async () => {
    const { verdicts, error } = await after(`Object.prototype.then = function (resolve) { resolve('x'); };`);
    // Web Crypto's own answer was passed to that method.
    assert.match(error, /No signature: Web Crypto returned something else/);
    assert.deepEqual(
      verdicts.map(({ valid, keyids }) => [valid, keyids.length]),
      [
        [true, 1],
        [true, 0],
        [false, 0],
        [false, 0],
      ],
    );
  });

  test('gives no verdict if a patch cannot be removed while Web Crypto is called', async () => {
    for (const [change, where] of [
      ["Object.defineProperty(Object.prototype, 'stays', { set() {} });", 'Object.prototype'],
      [
        "Object.defineProperty(Promise.prototype, 'then', { value(take) { take(true); }, configurable: false });",
        'Promise.prototype',
      ],
    ]) {
      const { verdicts, error } = await after(change);
      assert.deepEqual(verdicts, []);
      assert(
        error.includes(`TypeError: Web Crypto cannot be called: a property added to ${where} cannot be removed`),
        error,
      );
    }
  });

  test('reports an issue in spite of setters for private members, whatever the build calls them', async () => {
    const { verdicts, error } = await after(`
      const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$_'];
      for (const name of [...letters, ...letters.flatMap((one) => letters.map((other) => one + other))]) {
        if (!(name in Object.prototype)) Object.defineProperty(Object.prototype, name, { configurable: true, set() {}, get: () => [] });
      }
      good.signatures.push({ sig: '*' });`);
    assert.equal(error, undefined);
    assert.deepEqual([verdicts[0].valid, verdicts[0].issues.map(({ path }) => path)], [false, ['signatures.1']]);
  });

  // E2-2
  test('loads without what only envelopes need, and says what is missing', async () => {
    const message = await inChild(`
      for (const name of ['atob', 'btoa', 'crypto', 'TextEncoder', 'TextDecoder']) delete globalThis[name];
      const { signStatement } = await import('@lssm-tech/lib.context-snapshot');
      const privateKey = { algorithm: { name: 'Ed25519' }, usages: ['sign'] };
      report(await signStatement(${JSON.stringify(statement)}, { privateKey }).catch(String));
    `);
    assert.match(message, /No Web Crypto: crypto.subtle needs a secure context/);
  });
});

test('reports bad data, and never throws', async () => {
  const { payload, signatures } = envelopes.Ed25519;
  for (const envelope of [
    undefined,
    null,
    5,
    'text',
    '',
    [],
    {},
    Symbol('s'),
    1n,
    () => 1,
    new Map(),
    Promise.resolve({}),
    [payload],
    JSON.stringify(envelopes.Ed25519),
  ]) {
    const { valid, issues } = await verifyEnvelope(envelope, publicKeys('Ed25519'));
    assert.equal(valid, false);
    assert.deepEqual(
      issues.map(({ path }) => path),
      ['payloadType', 'payload', 'signatures'],
    );
  }
  const found = await verifyEnvelope(
    { payload, payloadType: PAYLOAD_TYPE, signatures: Array(100).fill(null) },
    publicKeys('Ed25519'),
  );
  assert(found.issues.length <= 101);
  assert.equal(await isValid({ payload, payloadType: PAYLOAD_TYPE, signatures, more: 1 }, publicKeys('Ed25519')), true);
});

test('sends an envelope through another process as text', async () => {
  const program = `
    import { verifyEnvelope } from '@lssm-tech/lib.context-snapshot';
    import { createPublicKey } from 'node:crypto';
    const [text, pem] = process.argv.slice(1);
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    const publicKey = await crypto.subtle.importKey('spki', der, 'Ed25519', true, ['verify']);
    console.log((await verifyEnvelope(JSON.parse(text), [{ publicKey }])).valid);`;
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const args = ['--input-type=module', '--eval', program, JSON.stringify(envelopes.Ed25519), keys.Ed25519.pem];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  assert.equal(stdout.trim(), 'true');
});

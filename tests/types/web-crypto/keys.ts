// Keys with the types of Web Crypto in the DOM and in Node.

import { signStatement, toStatement, verifyEnvelope } from '@lssm-tech/lib.context-snapshot';

declare const record: { snapshotId: string };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
const envelope = await signStatement(toStatement({ record }), { privateKey, keyid: 'k' });
export const { valid, keyids } = await verifyEnvelope(envelope, [{ publicKey }]);

// @ts-expect-error two keys are not one
signStatement(toStatement({ record }), { privateKey: { privateKey, publicKey } });
// @ts-expect-error bytes are not a key
verifyEnvelope(envelope, [{ publicKey: await crypto.subtle.exportKey('spki', publicKey) }]);

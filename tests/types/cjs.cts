// Compiles against the declarations by `require`.

import contextSnapshot = require('@lssm-tech/lib.context-snapshot');
import verify = require('@lssm-tech/lib.context-snapshot/verify');

const item = { itemId: 'i', kind: 'docblock', sourceKey: 'k', content: 'x' };
export const digest: contextSnapshot.Digest = contextSnapshot.digestItem(item).digest;
const pack = { packKey: 'a', version: '1', title: 't' };
const snapshot = contextSnapshot.snapshotPack({ packKey: 'a' }, { actor: 'admin', pack, items: [item] });
const { record, items } = snapshot;
export const verification: contextSnapshot.Verification = contextSnapshot.verifySnapshot({ record, items });
export const chained: boolean = contextSnapshot.verifyChain([record, { ...record, createdAt: new Date() }]).valid;
const proof: contextSnapshot.ItemProof = contextSnapshot.proveItem(snapshot, 'i');
/** Both entries accept each other's results. */
export const inside: Promise<boolean> = verify.verifyItem(item, proof, snapshot.output.hash);
export const again: Promise<contextSnapshot.Verification> = verify.verifySnapshot({ record, items });
export function build(): contextSnapshot.SnapshotDiff {
  using builder = new contextSnapshot.SnapshotBuilder({ packKey: 'a' }, { actor: 'admin', pack });
  using verifier = new contextSnapshot.SnapshotVerifier({ record });
  verifier.add(item);
  builder.add(item);
  return contextSnapshot.diffSnapshots(snapshot, builder.finish());
}
export const statement: contextSnapshot.SnapshotStatement = contextSnapshot.toStatement(snapshot);
export const preview = contextSnapshot.previewPack({ packKey: 'a' }, { pack, items, against: snapshot });
export const text: string = contextSnapshot.summarizeSnapshot({ record });
export const isValid = async (sent: contextSnapshot.DsseEnvelope, publicKey: contextSnapshot.WebCryptoKey) =>
  (await contextSnapshot.verifyEnvelope(sent, [{ publicKey }])).valid;
export const sign = (privateKey: contextSnapshot.WebCryptoKey): Promise<contextSnapshot.DsseEnvelope> =>
  contextSnapshot.signStatement(statement, { privateKey });
// @ts-expect-error as in ES modules
contextSnapshot.digestItem({ ...item, kind: 1 });
// @ts-expect-error the record is missing
contextSnapshot.verifySnapshot({ items });
// @ts-expect-error items cannot be asynchronous
contextSnapshot.verifySnapshot({ record, items: Promise.resolve(items) });

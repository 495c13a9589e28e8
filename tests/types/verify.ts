// Checks the declarations of the entry without WebAssembly: code that must compile, and code that must not.

import { type Snapshot, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import {
  type AbsenceProof,
  canonicalize,
  type Digest,
  digest,
  type Issue,
  type ItemProof,
  type SnapshotError,
  type Verification,
  verifyAbsence,
  verifyChain,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot/verify';

const pack = { packKey: 'a', version: '1', title: 't' };
const item = { itemId: 'i', kind: 'docblock', sourceKey: 'k', content: 'x' };
const snapshot: Snapshot = snapshotPack({ packKey: 'a' }, { actor: 'admin', pack, items: [item] });
const { record, items, index, manifest, output } = snapshot;
declare const row: {
  itemId: string;
  content: Record<string, unknown>;
  createdAt: Date;
  metadata: null;
  text_content: string | null;
};
declare const rows: { snapshotId: string; createdAt: Date; createdBy: null; metadata: Record<string, unknown> };

export const whole: Promise<Verification> = verifySnapshot({ record, items });
export const all = verifySnapshot({ record, items, index, pack, rowIds: false, expect: { hash: output.hash } });
export const stored = verifySnapshot({ record: rows, items: new Set([row]), pack: null });
export const chain = verifyChain([record, rows]);
const proof: ItemProof = { itemId: 'i', leafIndex: 0, path: [], manifest, hash: output.hash };
export const inside: Promise<boolean> = verifyItem(item, proof, output.hash);
const absence: AbsenceProof = { itemId: 'x', before: { ...proof, digest: output.hash } };
export const absent: Promise<boolean> = verifyAbsence('x', absence, output.hash);
export const text: Promise<string> = canonicalize([1]);
export const hash: Promise<Digest> = digest({});
export const told = (error: SnapshotError): readonly Issue[] | string => error.issues ?? error.code;

// @ts-expect-error the record is missing
verifySnapshot({ items });
// @ts-expect-error items must be iterable
verifySnapshot({ record, items: item });
// @ts-expect-error items must not be a promise
verifySnapshot({ record, items: Promise.resolve(items) });
// @ts-expect-error a neighbour has a digest
verifyAbsence('x', { itemId: 'x', after: proof }, output.hash);
// @ts-expect-error a hash is text
verifyItem(item, proof, 5);
// @ts-expect-error a promise must be awaited
export const valid: boolean = verifySnapshot({ record, items }).valid;

// Says what a file is by what is in it: a pack, items, a record, a lock, a chain, a proof, a statement, an envelope, a key.
//
// Why not by name: people rename files. How: a text of up to a megabyte is parsed here. Of a longer one only the beginning is looked at, because
// parsing it would stop the page; it can only be items, and the worker reads it.

import type { AbsenceProof, ItemProof, SnapshotIndexEntry, SnapshotRecord } from '@lssm-tech/lib.context-snapshot';

export interface LockEntry extends SnapshotIndexEntry {
  readonly bytes: number;
}
export interface Lock {
  readonly record: SnapshotRecord;
  readonly index: readonly LockEntry[];
}

/** What is in a file. `value` is not checked: whoever uses it does, or hands it to a verifier. */
export type Recognized =
  | { readonly form: 'items' }
  | { readonly form: 'records'; readonly value: readonly SnapshotRecord[] }
  | {
      readonly form: 'history';
      readonly value: readonly { readonly record: SnapshotRecord; readonly items: readonly object[] }[];
    }
  | { readonly form: 'lock'; readonly value: Lock }
  | { readonly form: 'record'; readonly value: SnapshotRecord }
  | { readonly form: 'pack'; readonly value: object }
  | { readonly form: 'proof'; readonly value: ItemProof }
  | { readonly form: 'absence'; readonly value: AbsenceProof }
  | { readonly form: 'envelope'; readonly value: object }
  | { readonly form: 'statement'; readonly value: object }
  | { readonly form: 'key'; readonly value: JsonWebKey };

const LONGEST = 1_000_000;

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isRecord = (value: unknown) =>
  isObject(value) && isObject(value['metadata']) && isObject(value['metadata']['$snapshot']);
const as = <Result extends Recognized>(form: Result['form'], value: unknown) => ({ form, value }) as unknown as Result;

function formOf(value: unknown): Recognized | undefined {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every(isRecord) ? as('records', value) : { form: 'items' };
  }
  if (!isObject(value)) return undefined;
  if (Array.isArray(value['items'])) return { form: 'items' };
  if (Array.isArray(value['snapshots'])) return as('history', value['snapshots']);
  if ('lock' in value && Array.isArray(value['index'])) return as('lock', value);
  if (isRecord(value)) return as('record', value);
  if ('leafIndex' in value && Array.isArray(value['path'])) return as('proof', value);
  if ('before' in value || 'after' in value) return as('absence', value);
  if ('payloadType' in value) return as('envelope', value);
  if ('_type' in value) return as('statement', value);
  if ('kty' in value) return as('key', value);
  if ('itemId' in value) return { form: 'items' };
  if ('packKey' in value) return as('pack', value);
  return undefined;
}

/** Returns undefined for JSON that is none of these, and for a text that does not look like JSON. */
export async function recognize(file: Blob): Promise<Recognized | undefined> {
  if (file.size > LONGEST) {
    const beginning = await file.slice(0, 200).text();
    return /^\s*[[{]/.test(beginning) ? { form: 'items' } : undefined;
  }
  const text = await file.text();
  try {
    return formOf(JSON.parse(text));
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    try {
      const values = lines.map((line): unknown => JSON.parse(line));
      return formOf(values);
    } catch {
      // Perhaps a mistake in one line or one member: the worker says where.
      return /^\s*[[{]/.test(text) ? { form: 'items' } : undefined;
    }
  }
}

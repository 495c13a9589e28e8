// Says what a file is by what is in it: a pack, items, a record, a lock, a chain, a proof, a statement, an envelope, a key.
//
// Why not by name: people rename files. How: a text of up to a megabyte is parsed here, loosely, to see its form. What is taken from it is read again,
// strictly; items are read by the worker alone. Of a longer text, the names of the first object are looked at, because parsing items would stop the
// page. If they are those of a lock, a record or a history, which the page holds as a whole, it is parsed as well.

import type { AbsenceProof, ItemProof, SnapshotRecord } from '@lssm-tech/lib.context-snapshot';
import { readJson } from '../worker.ts';
import { checkedLock, type Lock } from './lock.ts';
import { decoded } from './text.ts';

/** What is in a file. `value` is not checked: whoever uses it does, or hands it to a verifier. */
export type Recognized =
  | { readonly form: 'items' }
  | { readonly form: 'records'; readonly value: readonly SnapshotRecord[] }
  | {
      readonly form: 'history';
      readonly value: {
        readonly snapshots: readonly { readonly record: SnapshotRecord; readonly items: readonly object[] }[];
      };
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
/** Bytes of a lock, a record or a history: a lock of 250,000 items, which is the most that is opened, has less. */
const LONGEST_WHOLE = 2 ** 26;
/** Names of members by which the two are told apart. */
const OF_ITEMS = ['items', 'itemId'];
const OF_OTHERS = ['lock', 'index', 'snapshots', 'snapshotId'];
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]/gs;

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
  if (Array.isArray(value['snapshots'])) return as('history', value);
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

/** Finds the form of a text, and the JSON text of its value: that of JSON lines is an array. Undefined if it is not JSON. */
function looked(text: string): { readonly form: Recognized['form'] | undefined; readonly json: string } | undefined {
  try {
    return { form: formOf(JSON.parse(text))?.form, json: text };
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    try {
      const values = lines.map((line): unknown => JSON.parse(line));
      return { form: formOf(values)?.form, json: `[${lines.join(',')}]` };
    } catch {
      return undefined;
    }
  }
}

/** Returns true if the first object of a text, of which this is the beginning, has names that no items have. */
function isOther(beginning: string): boolean {
  const names = new Set<unknown>();
  let depth = 0;
  for (const [token, colon] of beginning.slice(beginning.indexOf('{')).matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && colon !== undefined) names.add(token.slice(1, token.lastIndexOf('"')));
    if (depth === 0) break;
  }
  return OF_OTHERS.some((name) => names.has(name)) && !OF_ITEMS.some((name) => names.has(name));
}

/**
 * Returns undefined for JSON that is none of these, and for a text that does not look like JSON.
 *
 * @throws SnapshotError 422 if a text that is not items is no strict JSON
 */
export async function recognize(file: Blob): Promise<Recognized | undefined> {
  const isWhole = file.size <= LONGEST || (file.size <= LONGEST_WHOLE && isOther(await file.slice(0, LONGEST).text()));
  const text = isWhole ? decoded(await file.arrayBuffer()) : undefined;
  const found = text === undefined ? undefined : looked(text);
  if (found === undefined) {
    // Perhaps long, perhaps with a mistake in one line or one member: the worker says where.
    const beginning = await file.slice(0, 200).text();
    return /^\s*[[{]/.test(beginning) ? { form: 'items' } : undefined;
  }
  if (found.form === undefined) return undefined;
  if (found.form === 'items') return { form: 'items' };
  const read = formOf(await readJson(found.json));
  return read?.form === 'lock' ? as('lock', checkedLock(read.value)) : read;
}

// Reads what `context-snapshot studio` serves beside the page: a folder, its lock and its history.
//
// How: the document names the place of the data if the command serves it. A page from any other host has no such place, and asks nobody.

import type { ContextPackRecord, Issue, SnapshotRecord } from '@lssm-tech/lib.context-snapshot';
import type { LockEntry } from './lock.ts';

/** What the command says about the folder. */
export interface ServedFolder {
  readonly name: string;
  /** The chain of locks, oldest first; an index is there if the lock is. */
  readonly steps: readonly { readonly record: SnapshotRecord; readonly index?: readonly LockEntry[] }[];
  /** What breaks the chain: records that are not what they should be, and are not among the steps. */
  readonly broken: readonly Issue[];
  /** The pack as the folder has it now, or why it has none. */
  readonly now: { readonly pack: ContextPackRecord } | { readonly problem: string };
  readonly notes: readonly string[];
}

const place = document.querySelector<HTMLMetaElement>('meta[name=served-folder]')?.content;

/** True if the command serves this page. */
export const isServed = place !== undefined;

async function get(name: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(place + name, { signal });
  if (response.ok) return response;
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  throw new Error(isJson ? (await response.json()).problem : await response.text());
}

export const servedFolder = async (signal: AbortSignal): Promise<ServedFolder> =>
  (await get('folder.json', signal)).json();

/** The items of the lock whose texts are kept, or those of the folder now, as JSON lines. */
export const servedItems = async (which: 'locked' | 'now', signal: AbortSignal): Promise<Blob> =>
  (await get(`${which}.jsonl`, signal)).blob();

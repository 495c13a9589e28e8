// What changed between two contents: added, removed, changed, and moved, which the digests alone cannot say.
//
// How: a moved item has another id, so it counts as removed and added. Such a pair is found if the rest of the two items is equal. Their texts are
// compared, but only of items of nearly equal length, and only up to a number of items, because the texts are in the worker.

import type { ItemList } from '@lssm-tech/lib.context-snapshot/worker';
import { useEffect, useState } from 'react';
import { failureOf } from './failure.ts';
import { type Before, type Opened, openContents } from './studio.ts';
import { readJson, worker } from './worker.ts';

export type Kind = 'added' | 'removed' | 'changed' | 'moved';
export interface Change {
  readonly kind: Kind;
  readonly itemId: string;
  /** The id before, of a moved item. */
  readonly from?: string | undefined;
}
export interface Changes {
  readonly list: readonly Change[];
  readonly unchanged: number;
  /** Names of members of the pack. */
  readonly pack: readonly string[];
}

const MOST_MOVED = 500;

/** The text of an item without its id; its source is taken out as well if it has the same name. */
async function restOf(list: ItemList, itemId: string): Promise<string | undefined> {
  const row = await list.find(itemId);
  if (row === null) return undefined;
  const { json, length } = await list.text(row.row, 1_000_000);
  if (json.length < length) return undefined;
  const { itemId: id, sourceKey, ...rest } = (await readJson(json)) as Readonly<Record<string, unknown>>;
  return JSON.stringify(id === sourceKey ? rest : { ...rest, sourceKey });
}

async function movedAmong(
  removed: readonly string[],
  added: readonly string[],
  before: ItemList,
  after: ItemList,
): Promise<Map<string, string>> {
  const moved = new Map<string, string>();
  if (removed.length === 0 || removed.length > MOST_MOVED || added.length > MOST_MOVED) return moved;
  const old = new Map<string, string>();
  for (const itemId of removed) {
    const rest = await restOf(before, itemId);
    if (rest !== undefined) old.set(rest, itemId);
  }
  for (const itemId of added) {
    const rest = await restOf(after, itemId);
    const from = rest === undefined ? undefined : old.get(rest);
    if (rest === undefined || from === undefined) continue;
    old.delete(rest);
    moved.set(itemId, from);
  }
  return moved;
}

export async function changesOf(before: Before, after: Before): Promise<Changes> {
  const { added, removed, changed, unchanged, pack } = await worker.diff(before.contents, after.contents);
  const moved =
    before.list && after.list ? await movedAmong(removed, added, before.list, after.list) : new Map<string, string>();
  const gone = new Set(moved.values());
  const list: Change[] = [
    ...changed.map((itemId) => ({ kind: 'changed' as const, itemId })),
    ...added.map((itemId) => ({
      kind: moved.has(itemId) ? ('moved' as const) : ('added' as const),
      itemId,
      from: moved.get(itemId),
    })),
    ...removed.filter((itemId) => !gone.has(itemId)).map((itemId) => ({ kind: 'removed' as const, itemId })),
  ];
  list.sort((one, other) => (one.itemId < other.itemId ? -1 : 1));
  return { list, unchanged, pack };
}

/** Changes of what is open since `before`: those of the arguments of this render, or none yet. */
export function useChanges(
  opened: Opened,
  before: Before | undefined,
): { readonly changes?: Changes; readonly error?: string } {
  const [state, setState] = useState<{
    readonly changes?: Changes;
    readonly error?: string;
    readonly of: readonly [opened: Opened, before: Before | undefined];
  }>();
  useEffect(() => {
    const contents = openContents(opened);
    if (before === undefined || contents === undefined) return;
    let latest = true;
    const of = [opened, before] as const;
    changesOf(before, { name: opened.name, contents, list: opened.list }).then(
      (changes) => latest && setState({ of, changes }),
      (error) => latest && setState({ of, error: failureOf(error).message }),
    );
    return () => {
      latest = false;
    };
  }, [opened, before]);
  return state?.of[0] === opened && state.of[1] === before ? state : {};
}

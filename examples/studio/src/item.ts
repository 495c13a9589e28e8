// Loads the chosen item: its row, and its text from the worker.

import type { ItemRow } from '@lssm-tech/lib.context-snapshot/worker';
import { useEffect, useState } from 'react';
import { type Opened, showFailure } from './studio.ts';

export interface Item {
  readonly row: ItemRow;
  readonly json: string;
  /** Units of the whole text; more than are here if it is long. */
  readonly length: number;
  /** False if only the beginning of a long text is here. */
  readonly whole: boolean;
  /** The parsed text, if it is whole and JSON. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

const parsed = (json: string) => {
  try {
    return JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
};

/** Returns undefined while it is loaded, and null if there is no such item. */
export function useItem({ list }: Pick<Opened, 'list'>, itemId: string): Item | null | undefined {
  const [item, setItem] = useState<{ readonly id: string; readonly of: unknown; readonly item: Item | null }>();
  useEffect(() => {
    if (list === undefined || itemId === '') return;
    let latest = true;
    const load = async () => {
      // An item without an id is chosen by its position.
      const position = /^#(\d+)$/.exec(itemId)?.[1];
      const row =
        (await list.find(itemId)) ??
        (position === undefined ? null : (await list.rows({ from: Number(position), count: 1 })).rows[0]) ??
        null;
      if (row === null) return null;
      const { json, length } = await list.text(row.row, 1_000_000);
      const whole = json.length === length;
      return { row, json, length, whole, value: whole ? parsed(json) : undefined };
    };
    load().then(
      (found) => latest && setItem({ id: itemId, of: list, item: found }),
      (error) => latest && showFailure(list, error),
    );
    return () => {
      latest = false;
    };
  }, [list, itemId]);
  return item?.id === itemId && item.of === list ? item.item : undefined;
}

const MEMBERS = ['kind', 'sourceKey', 'sourceVersion'];

/** Writes an item for a comparison by lines: the content as it is, or its JSON with a member on each line. */
export function readable(json: string): string {
  const value = parsed(json);
  if (value === undefined) return json;
  const { content, textContent, metadata } = value;
  const lines = MEMBERS.flatMap((name) => (value[name] === undefined ? [] : [`${name}: ${value[name]}`]));
  if (metadata !== undefined) lines.push(`metadata: ${JSON.stringify(metadata, null, 2)}`);
  if (textContent !== undefined) lines.push(`textContent: ${textContent}`);
  return `${lines.join('\n')}\n\n${typeof content === 'string' ? content : JSON.stringify(content, null, 2)}\n`;
}

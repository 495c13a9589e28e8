// What a host has, for the programs of the documents that import it from `./host.ts`.

import type { ContextPackSnapshotInput, ContextPackSnapshotOutput } from '@lssm-tech/lib.context-snapshot';
import type { HandlerContext } from '@lssm-tech/lib.context-snapshot/runtime';

type Handler = (input: ContextPackSnapshotInput, ctx: HandlerContext) => Promise<ContextPackSnapshotOutput>;

/** An item as the host has it. */
interface Item {
  itemId: string;
  kind: string;
  sourceKey: string;
  content: string | Record<string, unknown>;
}

export declare const ContextPackSnapshotCommand: { readonly key: 'context.pack.snapshot' };
export declare const registry: {
  register(command: typeof ContextPackSnapshotCommand): typeof registry;
  bind(command: typeof ContextPackSnapshotCommand, handler: Handler): typeof registry;
};
/** Like a `Pool` of `pg`. */
export declare const pool: {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  connect(): Promise<object>;
};
export declare function loadItems(packKey: string): Promise<Item[]>;

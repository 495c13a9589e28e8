// The binding: all that a host needs to have `context.pack.snapshot`.

import { createSnapshotHandler } from '@lssm-tech/lib.context-snapshot/runtime';
import { ContextPackSnapshotCommand } from './host.mjs';

/** Binds the operation to a registry, over a store. */
export function bind(registry, store, loadItems) {
  return registry.register(ContextPackSnapshotCommand).bind(
    ContextPackSnapshotCommand,
    createSnapshotHandler({
      store,
      loadItems: (pack) => loadItems(pack.packKey),
    }),
  );
}

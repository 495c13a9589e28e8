// The entry `./runtime`: the handlers that bind the operation to a host.

import { SnapshotError, snapshotPack } from '@lssm-tech/lib.context-snapshot';

export function authorizeSnapshot(input, ctx) {
  try {
    snapshotPack(input, { actor: ctx.actor, roles: ctx.roles, pack: undefined, items: [] });
  } catch (error) {
    if (!(error instanceof SnapshotError) || error.code !== 'NOT_FOUND') throw error;
  }
}

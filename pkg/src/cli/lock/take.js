// Makes the snapshot of a folder from the digests of its items.

import { userInfo } from 'node:os';
import { SnapshotBuilder } from '@lssm-tech/lib.context-snapshot';
import { git } from './git.js';

/** Returns who runs the command: the address that git knows, or the name of the login. */
export function currentUser(home) {
  try {
    const address = git(home, 'config', 'user.email').toString().trim();
    if (address !== '') return address;
  } catch {}
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/**
 * Starts a snapshot: checks who acts before anything is read.
 *
 * @param options `actor`, `user`, `reason`, `parent`, `idemKey`, `now`, as they were given
 */
export function startSnapshot(pack, { actor = 'admin', user, reason, parent, idemKey, now }) {
  const input = { packKey: pack.packKey, reason };
  return new SnapshotBuilder(input, { actor, userId: user, roles: [], pack, parent, idemKey, now, channel: 'cli' });
}

// D6-1
/** Adds the entries of a scan, and returns the snapshot. */
export function finishSnapshot(builder, entries) {
  for (const { path, digest, kind } of entries) builder.addDigest({ itemId: path, digest, kind, sourceKey: path });
  const snapshot = builder.finish();
  builder.free();
  return snapshot;
}

/** Computes what the snapshot of a folder would be, for a comparison: nobody acts. */
export const hashOf = (pack, entries) => finishSnapshot(startSnapshot(pack, {}), entries);

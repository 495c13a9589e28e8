// The items of a snapshot as a message for the Vercel AI SDK.

import { digestItem } from '@lssm-tech/lib.context-snapshot';
import type { SnapshotExpectation } from '@lssm-tech/lib.context-snapshot/runtime';
import type { UserModelMessage } from 'ai';
import { loadContext, type Store } from './context.ts';

/** Returns a message with one part for each item: the very text that was hashed. */
export async function contextMessage(
  store: Store,
  snapshotId: string,
  expect: SnapshotExpectation,
): Promise<UserModelMessage> {
  const { items } = await loadContext(store, snapshotId, expect);
  return { role: 'user', content: items.map((item) => ({ type: 'text', text: digestItem(item).json })) };
}

// The items of a snapshot as documents for LangChain.

import type { DocumentLoader } from '@langchain/core/document_loaders/base';
import { Document } from '@langchain/core/documents';
import { canonicalize, digestItem } from '@lssm-tech/lib.context-snapshot';
import type { SnapshotExpectation } from '@lssm-tech/lib.context-snapshot/runtime';
import { loadContext, type Store } from './context.ts';

/** Makes a loader of one document for each item. */
export function snapshotLoader(store: Store, id: string, expect: SnapshotExpectation): DocumentLoader {
  const load = async () => {
    const { record, items } = await loadContext(store, id, expect);
    return items.map((item) => {
      const { snapshotId, itemId, kind, sourceKey, content } = item;
      const { digest } = digestItem(item);
      const pageContent = typeof content === 'string' ? content : canonicalize(content);
      const metadata = { snapshotId, hash: record.hash, itemId, kind, sourceKey, digest };
      return new Document({ pageContent, metadata });
    });
  };
  return { load };
}

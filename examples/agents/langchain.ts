// The items of a snapshot as documents for LangChain.

import { BaseDocumentLoader } from '@langchain/core/document_loaders/base';
import { Document } from '@langchain/core/documents';
import { canonicalize, digestItem } from '@lssm-tech/lib.context-snapshot';
import type { SnapshotExpectation } from '@lssm-tech/lib.context-snapshot/runtime';
import { loadContext, type Store } from './context.ts';

/** Loads one document for each item. */
export class SnapshotLoader extends BaseDocumentLoader {
  readonly #context: () => ReturnType<typeof loadContext>;

  constructor(store: Store, snapshotId: string, expect: SnapshotExpectation) {
    super();
    this.#context = () => loadContext(store, snapshotId, expect);
  }

  override async load(): Promise<Document[]> {
    const { record, items } = await this.#context();
    return items.map((item) => {
      const { snapshotId, itemId, kind, sourceKey, content } = item;
      const pageContent = typeof content === 'string' ? content : canonicalize(content);
      const { digest } = digestItem(item);
      return new Document({
        pageContent,
        metadata: { snapshotId, hash: record.hash, itemId, kind, sourceKey, digest },
      });
    });
  }
}

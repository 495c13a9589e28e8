// What a host has already: the items of its packs. Yours come from a database, files or an API.

import type { ContextSnapshotItemInput } from '@lssm-tech/lib.context-snapshot';

export const pack = { packKey: 'shop.docs', version: '1.0.0', title: 'What the shop agent knows' };

export async function loadItems(packKey: string): Promise<ContextSnapshotItemInput[]> {
  return [
    { itemId: 'docs/opening', kind: 'docblock', sourceKey: `${packKey}/opening`, content: 'Open from 9 to 5.' },
    { itemId: 'prices', kind: 'data-view', sourceKey: `${packKey}/prices`, content: { tea: 2.5, cake: 4 } },
  ];
}

// Parses the text of an item as the library reads it.
//
// Why not `JSON.parse`: some versions of V8 confuse names with escapes. How: a snapshot of the item has it as an object.

import { snapshotPack } from '@lssm-tech/lib.context-snapshot';

const PACK = { packKey: '-', version: '', title: '' };

/** Returns the frozen item of a text. Throws if it is not one. */
export const parsedItem = (text) =>
  snapshotPack({ packKey: PACK.packKey }, { actor: 'admin', snapshotId: '-', pack: PACK, items: [text] }).items[0];

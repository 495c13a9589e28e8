// Parses the text of an item as the library reads it.
//
// Why not `JSON.parse`: some versions of V8 confuse names with escapes. How: a snapshot of the item has it as an object.

import { snapshotPack } from '@lssm-tech/lib.context-snapshot';

/** A pack, and an input that names it: the digests of items depend on neither. */
export const PACK = { packKey: '-', version: '', title: '' };

/** Returns the frozen item of a text. Throws if it is not one. */
export const parsedItem = (text) =>
  snapshotPack(PACK, { actor: 'admin', snapshotId: '-', pack: PACK, items: [text] }).items[0];

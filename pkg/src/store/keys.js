// Makes texts that any column and index can hold.
//
// Why: identifiers of a pack may be 10 kB long or contain U+0000. PostgreSQL refuses both in an index, and keys must still be compared
// exactly. How: such a key is replaced by its digest. A short key that looks like a digest is digested as well, so no two keys meet.

import { digest } from '@lssm-tech/lib.context-snapshot';

const MAX_KEY = 255;

/** Returns the key under which a text is stored and found. Equal keys mean equal texts. Throws for an unpaired surrogate, which no database keeps. */
export function keyOf(text) {
  const isPlain = text.length <= MAX_KEY && !text.includes('\0') && !isReplaced(text) && text.isWellFormed();
  return isPlain ? text : digest(text);
}

/** Returns true if a stored key is the digest of the text, not the text itself. */
export const isReplaced = (key) => key.startsWith('sha256:');

/** Returns a text for people's queries. It is never read back. */
export const shown = (text) => (text === undefined || text === null ? null : text.replaceAll('\0', '\ufffd'));

// Makes texts that any column and index can hold.
//
// Why: identifiers of a pack may be 10 kB long or contain U+0000. PostgreSQL refuses both in an index, and keys must still be compared
// exactly. How: such a key is replaced by its digest. A short key that looks like a digest is digested as well, so no two keys meet.

import { digest } from '@lssm-tech/lib.context-snapshot';

const MAX_KEY = 255;

/** Returns the key under which a text is stored and found. Equal keys mean equal texts. */
export function keyOf(text) {
  const isPlain = text.length <= MAX_KEY && !text.includes('\0') && !isReplaced(text);
  return isPlain ? text : digest(text);
}

/** Returns true if a stored key is the digest of the text, not the text itself. */
export const isReplaced = (key) => key.startsWith('sha256:');

/** Returns a text for people's queries. It is never read back. */
export const shown = (text) => (text === undefined || text === null ? null : text.replaceAll('\0', '\ufffd'));

const SEMANTIC = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** A number as text that sorts like the number: its length, then its digits. */
const sortable = (digits) => `${`${digits.length}`.padStart(3, '0')}${digits}`;

/**
 * Returns a text whose order, byte by byte, is the precedence of semantic versions (semver 2.0.0 section 11). Empty, and so the lowest, for
 * everything else.
 */
export function rankOf(version) {
  const parts = version.length <= MAX_KEY ? SEMANTIC.exec(version) : null;
  if (parts === null) return '';
  const [, major, minor, patch, prerelease] = parts;
  const core = [major, minor, patch].map(sortable).join(' ');
  // A release is above its prereleases. A numeric identifier is below others, and a list below its continuations.
  if (prerelease === undefined) return `${core}~`;
  const identifiers = prerelease.split('.').map((one) => (/^\d+$/.test(one) ? `0${sortable(one)}` : `1${one}`));
  return `${core}-${identifiers.join(' ')}`;
}

// The order of versions of a pack, for handlers and stores: which of them is the highest.
//
// Why: a store may return the highest by the order of strings, in which 1.9.0 is above 1.10.0. How: semantic versions (SemVer 2.0.0) by
// their precedence; all others, and those over 255 characters, are below these. The precedence is a text, so that a database can sort by it.
// Versions of equal rank, and those that are not semantic, are ordered by UTF-16 code units here, and by code points in a database.

import { uncurried } from '#language';

const MAX_LENGTH = 255;
const exec = uncurried(RegExp.prototype.exec);
const split = uncurried(String.prototype.split);
const padStart = uncurried(String.prototype.padStart);
const NUMBER = '(0|[1-9]\\d*)';
const SEMANTIC = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-((?:0|[1-9]\\d*|\\d*[A-Za-z-][\\dA-Za-z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[A-Za-z-][\\dA-Za-z-]*))*))?(?:\\+[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*)?$`,
);
const DIGITS = /^\d+$/;

/** Writes a number as a text that sorts like the number: its length, then its digits. */
const sortable = (digits) => `${padStart(`${digits.length}`, 3, '0')}${digits}`;

/**
 * Returns a text whose order, byte by byte, is the precedence of semantic versions (SemVer 2.0.0 section 11). For all other versions it is
 * empty, and so the lowest.
 */
export function rankOf(version) {
  const parts = version.length <= MAX_LENGTH ? exec(SEMANTIC, version) : null;
  if (parts === null) return '';
  let rank = `${sortable(parts[1])} ${sortable(parts[2])} ${sortable(parts[3])}`;
  // A release is above its pre-releases.
  if (parts[4] === undefined) return `${rank}~`;
  const identifiers = split(parts[4], '.');
  for (let at = 0; at < identifiers.length; at++) {
    // A number is below a word, and a list below its continuations.
    const isNumber = exec(DIGITS, identifiers[at]) !== null;
    rank += `${at === 0 ? '-' : ' '}${isNumber ? `0${sortable(identifiers[at])}` : `1${identifiers[at]}`}`;
  }
  return rank;
}

const compareTexts = (one, other) => (one < other ? -1 : Number(one > other));

/** Compares two versions: negative if the first is lower, 0 only for equal strings. */
export const compareVersions = (one, other) => compareTexts(rankOf(one), rankOf(other)) || compareTexts(one, other);

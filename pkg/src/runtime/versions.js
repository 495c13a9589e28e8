// The order of versions of a pack: which of them is the highest.
//
// Why: a store may return the highest by the order of strings, in which 1.9.0 is above 1.10.0. How: semantic versions (SemVer 2.0.0) by
// their precedence; all others are below these. Versions of equal rank, and those that are not semantic, are ordered by UTF-16
// code units.

import { uncurried } from '#language';

const exec = uncurried(RegExp.prototype.exec);
const split = uncurried(String.prototype.split);
const NUMBER = '(0|[1-9]\\d*)';
const SEMANTIC = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-((?:0|[1-9]\\d*|\\d*[A-Za-z-][\\dA-Za-z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[A-Za-z-][\\dA-Za-z-]*))*))?(?:\\+[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*)?$`,
);
const DIGITS = /^\d+$/;

const compareTexts = (one, other) => (one < other ? -1 : Number(one > other));
/** Compares numbers without leading zeros, of any length. */
const compareNumbers = (one, other) => one.length - other.length || compareTexts(one, other);

/** Compares identifiers of a pre-release (SemVer 11.4): numbers are below words. */
function compareIdentifiers(one, other) {
  const isNumber = exec(DIGITS, one) !== null;
  if (isNumber !== (exec(DIGITS, other) !== null)) return isNumber ? -1 : 1;
  return isNumber ? compareNumbers(one, other) : compareTexts(one, other);
}

function comparePreReleases(one, other) {
  // A release is above its pre-releases.
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  const left = split(one, '.');
  const right = split(other, '.');
  for (let at = 0; at < left.length && at < right.length; at++) {
    const order = compareIdentifiers(left[at], right[at]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Compares two versions: negative if the first is lower, 0 only for equal strings. */
export function compareVersions(one, other) {
  const left = exec(SEMANTIC, one);
  const right = exec(SEMANTIC, other);
  if (left === null || right === null) {
    return Number(left !== null) - Number(right !== null) || compareTexts(one, other);
  }
  for (let at = 1; at < 4; at++) {
    const order = compareNumbers(left[at], right[at]);
    if (order !== 0) return order;
  }
  return comparePreReleases(left[4], right[4]) || compareTexts(one, other);
}

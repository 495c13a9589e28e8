// Issues, as docs/ERRORS.md words them. Typed from its tables: nothing here asks the library.

const issue = (code) => (path, message) => ({ path, code, message });
const [invalidType, tooSmall, tooBig, invalidFormat] = ['invalid_type', 'too_small', 'too_big', 'invalid_format'].map(
  issue,
);
const mismatchAt = issue('mismatch');

// ERRORS 4.
export const wrong = (path, expected, received) =>
  invalidType(path, `Invalid input: expected ${expected}, received ${received}`);
export const empty = (path) => tooSmall(path, 'Too small: expected string to have >=1 characters');
export const tooMuch = (path, most, what) => tooBig(path, `Too big: expected at most ${most} ${what}`);
export const tooDeep = (path, most = 1000) => tooMuch(path, most, 'levels of nesting');
export const tooLong = (path, most) => tooMuch(path, most, 'canonical bytes');
export const halfPair = (path, at) => invalidFormat(path, `Invalid string: unpaired surrogate at index ${at}`);
export const noDigest = (path) => invalidFormat(path, 'Invalid digest: expected sha256: and 64 lower-case hex digits');
export const noTime = (path) => invalidFormat(path, 'Invalid time: expected RFC 3339 with an offset');
export const outOfRange = (path) => invalidFormat(path, 'Invalid time: expected an instant from 1970 to 9999');
export const colon = (path) =>
  invalidFormat(path, 'Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids');
export const reserved = (path) => issue('reserved')(path, 'Reserved member: $snapshot');
export const duplicate = (path, first) => issue('duplicate')(path, `Duplicate itemId: also at ${first}`);
export const noItem = (path, source) => issue('missing_source')(path, `Required source has no item: ${source}`);
export const TOO_MANY = issue('too_many_issues')('', 'More issues than the 100 listed');

// ERRORS 4.1: what is added to a message.
export const AWAIT = ' (did you forget to await it?)';
export const COLLECT = ' (collect it first, or use SnapshotBuilder)';

// ERRORS 8.
export const COUNT = 'integer from 0 to 9007199254740991';
export const mismatch = (path, expected, found) => mismatchAt(path, `Mismatch: expected ${expected}, found ${found}`);
export const changed = (path, id, expected, found) =>
  issue('changed')(path, `Item ${id} changed: expected ${expected}, found ${found}`);
export const notInIndex = (path, id) => issue('extra')(path, `Item ${id} is not in the index`);
export const unknown = (path, name, hint = '') => issue('extra')(path, `Unknown member: ${name}${hint}`);
export const missing = (path, id) => issue('missing')(path, `Item ${id} is missing`);
export const nothingExpected = (path) => issue('missing')(path, 'Missing: expected a hash or a seal to compare with');
export const unsorted = (path, later) =>
  mismatchAt(path, `Unsorted index: expected the itemId of index.${later} to come after that of index.${later - 1}`);
export const noRowId = (path, prefix) => mismatchAt(path, `Invalid row id: expected it to begin with ${prefix}`);

/** At most 100 issues, and that there are more (ERRORS 5). */
export const listed = (issues) => (issues.length > 100 ? [...issues.slice(0, 100), TOO_MANY] : issues);

// ERRORS 6.2: characters that are not seen.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A stranger's text as messages and paths show it: unseen characters are escapes, the middle of a long text is cut. */
export function shown(text) {
  const parts = Array.from(text).flatMap((one) => (UNSEEN.test(one) ? one.split('').map(escape) : one.split('')));
  const whole = parts.join('');
  if (whole.length <= 256) return whole.toWellFormed();
  /** As many whole parts as fit. */
  const fitting = (list, most) => {
    let count = 0;
    for (let length = list[0].length; length <= most; length += list[count].length) count++;
    return list.slice(0, count);
  };
  const [start, end] = [fitting(parts, 128), fitting(parts.toReversed(), 127).reverse()];
  return `${start.join('').toWellFormed()}…${end.join('').toWellFormed()}`;
}

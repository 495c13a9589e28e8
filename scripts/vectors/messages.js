// Issues as docs/ERRORS.md words them. The texts are typed from its tables, not taken from the library.

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
/** `missing` names the parts that the text lacks to be a time. */
export const noTime = (path, missing) =>
  invalidFormat(path, `Invalid time: expected RFC 3339 with an offset${missing ? `; missing: ${missing}` : ''}`);
export const inSeconds = (path) => invalidFormat(path, 'Invalid time: looks like seconds: milliseconds are expected');
export const outOfRange = (path) => invalidFormat(path, 'Invalid time: expected an instant from 1970 to 9999');
export const colon = (path) =>
  invalidFormat(path, 'Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids');
export const reserved = (path) => issue('reserved')(path, 'Reserved member: $snapshot');
export const duplicate = (path, first) => issue('duplicate')(path, `Duplicate itemId: also at ${first}`);
export const noItem = (path, source, hint = '') =>
  issue('missing_source')(path, `Required source has no item: ${source}${hint}`);
// Hints at an item that almost matches a required source.
export const otherVersion = (version) => `; an item of this kind and key has version ${version}`;
export const NO_VERSION = '; an item of this kind and key has no version';
export const otherKind = (kind) => `; an item of this key has kind ${kind}`;
export const OTHER_FORM = '; an item has this kind and key in another Unicode normalization';
/** A value at `path` that contains itself: it is the same as the one at `start`. */
export const cycle = (path, start) => wrong(path, 'JSON value', `a cycle (${path} is ${start})`);
export const TOO_MANY = issue('too_many_issues')('', 'More issues than the 100 listed');

// ERRORS 4.1: additions to a message.
export const AWAIT = ' (did you forget to await it?)';
export const COLLECT = ' (collect it first, or use SnapshotBuilder)';
export const LEAVE_OUT = ' (leave the member out; verifySnapshot accepts null in rows of a store)';

// ERRORS 8.
export const COUNT = 'integer from 0 to 9007199254740991';
export const mismatch = (path, expected, found) => mismatchAt(path, `Mismatch: expected ${expected}, found ${found}`);
export const changed = (path, id, expected, found) =>
  issue('changed')(path, `Item ${id} changed: expected ${expected}, found ${found}`);
export const notInIndex = (path, id) => issue('extra')(path, `Item ${id} is not in the index`);
export const unknown = (path, name, hint = '') => issue('extra')(path, `Unknown member: ${name}${hint}`);
export const missing = (path, id) => issue('missing')(path, `Item ${id} is missing`);
export const nothingExpected = (path, what = 'a hash or a seal') =>
  issue('missing')(path, `Missing: expected ${what} to compare with`);
/** An unsorted index: entry `later` has the id `after`, the entry before it has `before`. */
export const unsorted = (path, later, before, after) =>
  mismatchAt(
    path,
    `Unsorted index: expected itemIds in ascending order of UTF-16 code units, found ${before} (index.${later - 1}) before ${after} (index.${later})`,
  );
export const noRowId = (path, prefix) => mismatchAt(path, `Invalid row id: expected it to begin with ${prefix}`);

// ERRORS 8.2.
export const noRecord = (path) => tooSmall(path, 'Too small: expected iterable to have >=1 items');
export const outOfOrder = (path, order) => issue('order')(path, `Records out of order: expected ${order}`);

/** Cuts a list of issues after 100, and adds the issue that says so (ERRORS 5). */
export const listed = (issues) => (issues.length > 100 ? [...issues.slice(0, 100), TOO_MANY] : issues);

// ERRORS 6.2: invisible characters, as code points in hexadecimal.
const UNSEEN = (
  '0-1f 7f-9f ad 34f 61c 115f 1160 17b4 17b5 180b-180f 200b-200f 2028-202e 2060-206f 3164 fe00-fe0f feff ffa0 ' +
  'fff0-fffb 1bca0-1bca3 1d173-1d17a e0000-e0fff'
)
  .split(' ')
  .map((range) => range.split('-').map((digits) => Number.parseInt(digits, 16)));
const isUnseen = (character) =>
  UNSEEN.some(([first, last = first]) => character.codePointAt(0) >= first && character.codePointAt(0) <= last);
const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Shows foreign text as messages and paths do: invisible characters are escaped, the middle of a long text is cut. */
export function shown(text) {
  const parts = Array.from(text).flatMap((one) => one.split('').map(isUnseen(one) ? escaped : String));
  const whole = parts.join('');
  if (whole.length <= 256) return whole.toWellFormed();
  /** Takes as many whole parts as fit. */
  const fitting = (list, most) => {
    let count = 0;
    for (let length = list[0].length; length <= most; length += list[count].length) count++;
    return list.slice(0, count);
  };
  const [start, end] = [fitting(parts, 128), fitting(parts.toReversed(), 127).reverse()];
  return `${start.join('').toWellFormed()}…${end.join('').toWellFormed()}`;
}

// ERRORS 8.4.
const PAYLOAD_TYPE = '"application/vnd.in-toto+json"';
export const NO_TYPE = mismatchAt('payloadType', `Mismatch: expected ${PAYLOAD_TYPE}`);
export const NO_BASE64 = invalidFormat('payload', 'Invalid payload: expected base64');
export const NO_JSON = invalidFormat('payload', 'Invalid payload: expected JSON in UTF-8');
export const NO_SIGNATURES = invalidType('signatures', 'Invalid input: expected array of 1 to 100 signatures');
export const NOT_SIGNED = mismatch('signatures', 'a signature by one of the keys', 'none');
export const noSignature = (at) =>
  invalidFormat(`signatures.${at}`, 'Invalid signature: expected { sig: base64, keyid?: string }');
export const tooManyChecks = (bytes, found) =>
  tooBig('signatures', `Too big: expected at most 1000 checks of a payload of ${bytes} bytes, found ${found}`);
export const noStatementTime = (path) =>
  invalidFormat(path, 'Invalid time: expected YYYY-MM-DDTHH:MM:SS.mmmZ, from 1970 to 9999');
export const noManifest = (path) => invalidType(path, 'Invalid input: expected object with a pack that has a name');

// What is wrong (ERRORS.md sections 1 and 4 to 6): lists of issues, and the error that carries one.

import { define, defineProperty, freeze, fromCaller, hex, inspection, match, slice, table, unit } from './own.js';

/** What is not seen, or changes how other text looks. */
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: that is what is looked for
// biome-ignore-start lint/suspicious/noMisleadingCharacterClass: each is looked for by itself
const UNSEEN =
  /[\u034f\0-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
// biome-ignore-end lint/suspicious/noMisleadingCharacterClass: each is looked for by itself
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: that is what is looked for
/** A surrogate without its other half, thanks to the flag `u`. */
export const HALF = /[\ud800-\udfff]/u;
const MOST = 256;
/** With the flag `u`, a pair is one character. */
const FIRST = /^./su;
const LAST = /.$/su;
const CUT = '\ufffd';

/** As many characters of an end of a text as fit into so many units. */
const fitting = (text, most, isBehind) => {
  let shown = '';
  for (let at = 0; at < text.length; ) {
    const end = isBehind ? slice(text, 0, text.length - at) : slice(text, at);
    let character = match(isBehind ? LAST : FIRST, end)[0];
    at += character.length;
    if (match(HALF, character)) character = CUT;
    else if (match(UNSEEN, character)) {
      character = `\\u${hex(unit(character, 0))}${character[1] ? `\\u${hex(unit(character, 1))}` : ''}`;
    }
    const left = most - shown.length;
    // Of a pair that is seen, half fits.
    const next = character.length <= left ? character : left === 1 && character.length === 2 ? CUT : '';
    shown = isBehind ? next + shown : shown + next;
    if (next !== character) break;
  }
  return shown;
};

/**
 * Shows text of a stranger: of more than 256 UTF-16 units the two ends, escapes for what is not seen, U+FFFD for halves of
 * surrogate pairs.
 */
export const shown = (text) => {
  if (text.length <= MOST) {
    const whole = fitting(text, 6 * MOST);
    if (whole.length <= MOST) return whole;
  }
  return `${fitting(slice(text, 0, 129), 128)}…${fitting(slice(text, -128), 127, true)}`;
};

/** The path of a member; that of the root is undefined. */
export const join = (path, name) => (path === undefined ? `${name}` : `${path}.${name}`);

export const isFull = (issues) => issues.length > 100;

const about = (issue, id) => freeze(id === undefined ? issue : { ...issue, itemId: shown(id) });

/** Adds an issue to a list, which has no prototype; in the place of the 101st, that there are more. */
export const push = (issues, issue) => {
  const { length } = issues;
  if (length < 100) issues[length] = issue;
  else if (length === 100) {
    issues[length] = freeze({ path: '', code: 'too_many_issues', message: 'More issues than the 100 listed' });
  }
};

/** Gives null, which stands for a value that is wrong. */
export const add = (issues, path, code, message, itemId) => {
  push(issues, issues.length < 100 && about({ path: shown(path ?? ''), code, message }, itemId));
  return null;
};

/** Adds issues to a list, which may be about an item. */
export const append = (issues, more, itemId) => {
  for (const at in more) push(issues, about(more[at], itemId));
};

/** A list that the caller may have. */
export const told = (issues) => {
  const list = [];
  for (const at in issues) define(list, at, issues[at]);
  return freeze(list);
};

export const tooBig = (issues, path, what) => add(issues, path, 'too_big', `Too big: expected at most ${what}`);

/** Compares two texts, given as they are told (undefined is nothing), and returns whether they are the same. */
export const compare = (issues, path, expected, found) => {
  const tell = (text) => (text === undefined ? 'nothing' : shown(text));
  if (expected === found) return true;
  add(issues, path, 'mismatch', `Mismatch: expected ${tell(expected)}, found ${tell(found)}`);
  return false;
};

export class SnapshotError extends Error {
  static name = 'SnapshotError';

  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    for (const name in problem) define(this, name, problem[name]);
    // Node prints the members of what nobody catches, but of a getter no more than its name.
    if (problem.issues) defineProperty(this, 'issues', table({ get: () => problem.issues, enumerable: true }));
    fromCaller(this);
  }

  static from(value) {
    return value instanceof SnapshotError ? value : new SnapshotError(value);
  }

  get name() {
    return SnapshotError.name;
  }

  toJSON() {
    return { ...this };
  }

  /** What consoles show: the message and who called. */
  [inspection]() {
    return slice(this.stack, 0, 1900);
  }
}

/** The problem of a value that is wrong; without issues, that there is no Web Crypto. */
export const refusal = (issues) => {
  const either = (wrong, lacking) => (issues ? wrong : lacking);
  const more = issues && issues.length - 1;
  const first = issues && `${issues[0].path}${issues[0].path && ': '}${issues[0].message}`;
  return new SnapshotError(
    table({
      type: `https://contractspec.io/problems/${either('validation-failed', 'internal-error')}`,
      title: either('Validation failed', 'Internal error'),
      status: either(422, 500),
      detail: either(
        `${first}${more ? ` (and ${more} more issue${more > 1 ? 's' : ''})` : ''}`,
        'No Web Crypto: crypto.subtle needs a secure context',
      ),
      code: either('VALIDATION_FAILED', 'INTERNAL_ERROR'),
      category: either('validation', 'internal'),
      severity: either('warning', 'error'),
      retryable: false,
      ...(issues && { issues: told(issues) }),
    }),
  );
};

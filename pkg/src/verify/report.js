// What is wrong (ERRORS.md sections 1 and 4 to 6): lists of issues, and the error that carries one.

import {
  captureStackTrace,
  defineProperty,
  freeze,
  hex,
  inspection,
  listed,
  match,
  setPrototypeOf,
  slice,
  table,
  unit,
} from './own.js';

/**
 * What is not seen, or changes how other text looks: controls, what Unicode calls default ignorable (DI), ends of lines and
 * annotations. To engines of before 2021, U+180F is not ignorable.
 */
// E6.2-2
const UNSEEN = /[\u180f\u2028\u2029\ufff9-\ufffb\p{Cc}\p{DI}]/u;
/** A surrogate without its other half, thanks to the flag `u`. */
export const HALF = /[\ud800-\udfff]/u;
/** With the flag `u`, a pair is one character. */
const FIRST = /^./su;
const LAST = /.$/su;
const CUT = '\ufffd';
const NOTHING = 'nothing';

/** As many characters of an end of a text as fit into so many units. */
const fitting = (text, most, isBehind) => {
  let shown = '';
  while (text) {
    let character = match(isBehind ? LAST : FIRST, text)[0];
    text = isBehind ? slice(text, 0, -character.length) : slice(text, character.length);
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
// E6.2-3
export const shown = (text) => {
  const whole = fitting(slice(text, 0, 257), 2000);
  return whole.length > 256 ? `${fitting(text, 128)}…${fitting(slice(text, -128), 127, true)}` : whole;
};

/** The path of a member; that of the root is undefined. */
export const join = (path, name) => (path === undefined ? `${name}` : `${path}.${name}`);

export const isFull = (issues) => issues.length > 100;

/**
 * Adds an issue to a list, which has no prototype; in the place of the 101st, that there are more. Gives null, which stands for
 * a value that is wrong.
 */
// E4-1, E4-16, E5-6
export const add = (issues, path, code, message, itemId) => {
  const { length } = issues;
  if (length < 100) {
    const issue = { path: shown(path ?? ''), code, message };
    issues[length] = freeze(itemId === undefined ? issue : { ...issue, itemId: shown(itemId) });
  } else if (!isFull(issues)) {
    issues[length] = freeze({ path: '', code: 'too_many_issues', message: 'More issues than the 100 listed' });
  }
  return null;
};

/** Adds issues to a list, which may be about an item. What was shown stays as it is. */
export const append = (issues, more, id) => {
  for (const at in more) {
    const { path, code, message, itemId = id } = table({ ...more[at] });
    add(issues, path, code, message, itemId);
  }
};

/** A list as the caller has it. */
export const told = (issues) => freeze(setPrototypeOf(issues, listed));

export const tooBig = (issues, path, what) => add(issues, path, 'too_big', `Too big: expected at most ${what}`);

/** Compares two texts, given as they are told (undefined is nothing), and returns whether they are the same. */
export const compare = (issues, path, expected, found) =>
  expected === found ||
  add(issues, path, 'mismatch', `Mismatch: expected ${shown(expected ?? NOTHING)}, found ${shown(found ?? NOTHING)}`);

export class SnapshotError extends Error {
  static name = 'SnapshotError';

  // E1.1-3
  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    for (const name in problem) {
      const value = problem[name];
      // Node prints the members of what nobody catches, but of a getter no more than its name.
      const member = name === 'issues' ? { get: () => value } : { value, writable: true };
      defineProperty(this, name, table({ ...member, enumerable: true, configurable: true }));
    }
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

/** The problem of a value that is wrong, thrown by that function; without issues, that there is no Web Crypto. */
export const refusal = (issues, from) => {
  const first = issues?.[0];
  const more = issues?.length - 1;
  const error = new SnapshotError(
    table({
      type: `https://contractspec.io/problems/${issues ? 'validation-failed' : 'internal-error'}`,
      title: issues ? 'Validation failed' : 'Internal error',
      status: issues ? 422 : 500,
      detail: issues
        ? `${first.path}${first.path && ': '}${first.message}${more ? ` (and ${more} more issue${more > 1 ? 's' : ''})` : ''}`
        : 'No Web Crypto: crypto.subtle needs a secure context',
      code: issues ? 'VALIDATION_FAILED' : 'INTERNAL_ERROR',
      category: issues ? 'validation' : 'internal',
      severity: issues ? 'warning' : 'error',
      retryable: false,
      ...(issues && { issues: told(issues) }),
    }),
  );
  captureStackTrace?.(error, from);
  return error;
};

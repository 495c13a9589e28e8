// Makes lists of issues, and the error that carries one (ERRORS.md sections 1 and 4 to 6).

import {
  arrayPrototype,
  captureStackTrace,
  defineProperty,
  freeze,
  hex,
  inspection,
  match,
  setPrototypeOf,
  slice,
  table,
  unit,
} from './own.js';

/**
 * Matches invisible characters and those that change how other text looks: controls, default ignorable ones (DI in Unicode), ends of lines and
 * annotations. U+180F is named, because engines before 2021 do not count it as ignorable.
 */
// E6.2-2
const UNSEEN = /[\u180f\u2028\u2029\ufff9-\ufffb\p{Cc}\p{DI}]/u;
/** Matches an unpaired surrogate. With the flag `u`, the halves of a pair do not match. */
export const HALF = /[\ud800-\udfff]/u;
/** The first and the last character of a text. With the flag `u`, a surrogate pair is one character. */
const FIRST = /^./su;
const LAST = /.$/su;
const CUT = '\ufffd';
const NOTHING = 'nothing';

/** Returns as many characters of the start (or the end, if `isEnd`) of a text as fit into `most` UTF-16 units, escaped. */
const fitting = (text, most, isEnd) => {
  let shown = '';
  while (text) {
    let character = match(isEnd ? LAST : FIRST, text)[0];
    text = isEnd ? slice(text, 0, -character.length) : slice(text, character.length);
    if (match(HALF, character)) character = CUT;
    else if (match(UNSEEN, character)) {
      character = `\\u${hex(unit(character, 0))}${character[1] ? `\\u${hex(unit(character, 1))}` : ''}`;
    }
    const left = most - shown.length;
    // Half of a visible pair does not fit.
    const next = character.length <= left ? character : left === 1 && character.length === 2 ? CUT : '';
    shown = isEnd ? next + shown : shown + next;
    if (next !== character) break;
  }
  return shown;
};

/**
 * Sanitizes foreign text for a message: shows the two ends of more than 256 UTF-16 units, escapes for invisible characters, and U+FFFD for
 * unpaired surrogates.
 */
// E6.2-3
export const shown = (text) => {
  const whole = fitting(slice(text, 0, 257), 2000);
  return whole.length > 256 ? `${fitting(text, 128)}…${fitting(slice(text, -128), 127, true)}` : whole;
};

/** Returns the path of a member. The path of the root is undefined. */
export const join = (path, name) => (path === undefined ? `${name}` : `${path}.${name}`);

/** Returns true if a list has 100 issues and `too_many_issues` (E5-6). */
export const isFull = (issues) => issues.length > 100;

/**
 * Adds an issue to a list without a prototype; the 101st says that there are more. Returns null, which stands for a value with an issue.
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

/** Adds issues, which may be about an item, to a list. Their texts are sanitized already. */
export const append = (issues, more, id) => {
  for (const at in more) {
    const { path, code, message, itemId = id } = table({ ...more[at] });
    add(issues, path, code, message, itemId);
  }
};

/** Converts a list to an ordinary array for the caller. */
export const published = (issues) => freeze(setPrototypeOf(issues, arrayPrototype));

/** Adds an issue that a limit was exceeded. */
export const tooBig = (issues, path, what) => add(issues, path, 'too_big', `Too big: expected at most ${what}`);

/** Compares two texts in the form that messages show (undefined is `nothing`), and returns true if they are equal. */
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
      // Node.js prints the members of an uncaught error, but only the name of a getter.
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

  /** Returns the text that consoles show: the stack. */
  [inspection]() {
    return slice(this.stack, 0, 1900);
  }
}

/**
 * Creates the error of an invalid value, whose stack starts at the caller of `from`; without issues, of a missing Web
 * Crypto.
 */
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
      ...(issues && { issues: published(issues) }),
    }),
  );
  captureStackTrace?.(error, from);
  return error;
};

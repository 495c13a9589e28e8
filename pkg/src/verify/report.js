// What is wrong (ERRORS.md sections 1 and 4 to 6): lists of issues, and the error that carries one.

import { decode, define, encode, freeze, slice, table } from './own.js';

export const wellFormed = (text) => decode(encode(text));
/** As messages show it: of more than 256 units the first 128 and the last 127; halves of surrogate pairs as U+FFFD. */
export const shorten = (text) => wellFormed(text.length > 256 ? `${slice(text, 0, 128)}…${slice(text, -127)}` : text);
/** The path of a member. That of the root is undefined, and told as ''. */
export const join = (path, name) => (path === undefined ? `${name}` : `${path}.${name}`);

export const isFull = (issues) => issues.length > 100;

/** Gives null, which stands for a value that is wrong. */
export function add(issues, path, code, message) {
  const { length } = issues;
  const issue =
    length < 100
      ? { path: shorten(path ?? ''), code, message }
      : { path: '', code: 'too_many_issues', message: 'More issues than the 100 listed' };
  if (!isFull(issues)) define(issues, length, freeze(issue));
  return null;
}

export const tooBig = (issues, path, what) => add(issues, path, 'too_big', `Too big: expected at most ${what}`);

/** Both are told as they are given; undefined is nothing. */
export function compare(issues, path, expected, found) {
  const tell = (text) => (text === undefined ? 'nothing' : shorten(text));
  if (expected !== found) add(issues, path, 'mismatch', `Mismatch: expected ${tell(expected)}, found ${tell(found)}`);
}

export class SnapshotError extends Error {
  static name = 'SnapshotError';

  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    for (const name in problem) define(this, name, problem[name]);
  }

  get name() {
    return SnapshotError.name;
  }
}

const problem = (name, title, status, detail, code, category, severity, more) =>
  new SnapshotError(
    table({
      type: `https://contractspec.io/problems/${name}`,
      ...{ title, status, detail, code, category, severity, retryable: false, ...more },
    }),
  );

export function refusal(issues) {
  const { path, message } = issues[0];
  const more = issues.length - 1;
  const detail = `${path}${path && ': '}${message}${more ? ` (and ${more} more issue${more > 1 ? 's' : ''})` : ''}`;
  return problem('validation-failed', 'Validation failed', 422, detail, 'VALIDATION_FAILED', 'validation', 'warning', {
    issues: freeze(issues),
  });
}

export function lack() {
  const detail = 'No Web Crypto: crypto.subtle needs a secure context';
  return problem('internal-error', 'Internal error', 500, detail, 'INTERNAL_ERROR', 'internal', 'error');
}

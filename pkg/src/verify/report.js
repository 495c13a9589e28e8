// What is wrong (ERRORS.md sections 1 and 4 to 6): issues, at most 100 of them, and the error that carries them.

import { decode, define, encode, freeze, slice, table } from './own.js';

export const wellFormed = (text) => decode(encode(text));
/** As messages show it: of more than 256 units the first 128 and the last 127; halves of surrogate pairs as U+FFFD. */
export const shorten = (text) => wellFormed(text.length > 256 ? `${slice(text, 0, 128)}…${slice(text, -127)}` : text);
/** The path of a member. That of the root is undefined, and told as ''. */
export const join = (path, name) => (path === undefined ? `${name}` : `${path}.${name}`);

export class Report {
  issues = [];
  full = false;

  /** Gives null, which stands for a value that is wrong. */
  add(path, code, message) {
    const { length } = this.issues;
    if (this.full) return null;
    this.full = length === 100;
    const issue = this.full
      ? { path: '', code: 'too_many_issues', message: 'More issues than the 100 listed' }
      : { path: shorten(path ?? ''), code, message };
    define(this.issues, length, freeze(issue));
    return null;
  }

  /** Both are told as they are given; undefined is nothing. */
  compare(path, expected, found) {
    const tell = (text) => (text === undefined ? 'nothing' : shorten(text));
    if (expected !== found) this.add(path, 'mismatch', `Mismatch: expected ${tell(expected)}, found ${tell(found)}`);
  }
}

export class SnapshotError extends Error {
  static name = 'SnapshotError';

  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    for (const name in problem) define(this, name, problem[name]);
  }
}
define(SnapshotError.prototype, 'name', SnapshotError.name, false);

const problem = (code, detail, issues) => {
  const isOurs = issues === undefined;
  const members = {
    type: `https://contractspec.io/problems/${isOurs ? 'internal-error' : 'validation-failed'}`,
    title: isOurs ? 'Internal error' : 'Validation failed',
    status: isOurs ? 500 : 422,
    detail,
    code,
    category: isOurs ? 'internal' : 'validation',
    severity: isOurs ? 'error' : 'warning',
    retryable: false,
  };
  if (!isOurs) members.issues = freeze(issues);
  return new SnapshotError(table(members));
};

export const broken = () =>
  problem('INTERNAL_ERROR', 'Web Crypto (crypto.subtle, in secure contexts only) gives no SHA-256');

export function refusal(issues) {
  const { path, message } = issues[0];
  const more = issues.length - 1;
  const place = path === '' ? '' : `${path}: `;
  const others = more === 0 ? '' : ` (and ${more} more issue${more === 1 ? '' : 's'})`;
  return problem('VALIDATION_FAILED', place + message + others, issues);
}

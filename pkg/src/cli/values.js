// Reads the values of options, and refuses what is empty or was meant as something else.
//
// Why: an unset variable of a shell gives an empty value, and a forgotten value makes the next option the value. Neither may count as a
// trusted hash, a reason or a user.

import { InvalidArgumentError } from 'commander';

const EMPTY = 'It is empty; is a variable unset?';

/** Makes a reader that refuses an option that is given twice: of two trusted values, nobody can say which one is meant. */
export const once = (parse) => (value, previous) => {
  if (previous !== undefined) throw new InvalidArgumentError('It is given twice.');
  return parse(value);
};

/** Reads text that must not be empty, nor look like an option. */
export function text(value) {
  if (value === '') throw new InvalidArgumentError(EMPTY);
  if (/^--?[A-Za-z]/.test(value)) throw new InvalidArgumentError('This is another option; the value is missing.');
  return value;
}

/** Reads an argument; after `--` it may look like an option. */
export function filled(value) {
  if (value === '') throw new InvalidArgumentError(EMPTY);
  return value;
}

/** Reads one more argument of a list. */
export const filledList = (value, previous = []) => [...previous, filled(value)];

/** Reads a digest: `sha256:` and 64 lower-case hexadecimal digits. */
export function digest(value) {
  text(value);
  if (!/^sha256:[0-9a-f]{64}$/.test(value))
    throw new InvalidArgumentError('It must be sha256: and 64 lower-case hexadecimal digits.');
  return value;
}

/** Returns true for a day that there is: `Date.parse` takes February 30 for a day of March. */
const isDay = (date) => new Date(Date.parse(`${date}T00:00Z`)).toJSON()?.startsWith(date);

/** Reads a time: RFC 3339 with an offset. */
export function time(value) {
  text(value);
  if (
    !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value) ||
    Number.isNaN(Date.parse(value)) ||
    !isDay(value.slice(0, 10))
  ) {
    throw new InvalidArgumentError('It must be a time such as 2026-11-29T12:00:00Z.');
  }
  return value;
}

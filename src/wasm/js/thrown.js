// Exceptions: makes errors of problems, and knows which exceptions were thrown on purpose.

import { frozen } from './freeze.js';
import { SnapshotError } from './snapshot-error.js';

const { is } = Object;

const { captureStackTrace } = Error;

/** Makes the stack of an error start at the call of `entry`, a function of the package. */
// E1.2-1
export function fromCaller(error, entry) {
  captureStackTrace?.(error, entry);
  return error;
}

/** Makes the error for a problem. */
export const refusal = (problem) => handOver(new SnapshotError(frozen(problem)), true);

let handed;

/** Notes that an exception is thrown on purpose, so the instance is in order, and whether it is an error of ours. */
export function handOver(exception, isOurs) {
  handed = { exception_: exception, isOurs_: isOurs };
  return exception;
}

/**
 * Returns true if the exception was thrown on purpose; otherwise the instance stopped in the middle of a call. If the exception is an
 * error of ours, also makes its stack start at the call of `entry`, without the frames of WebAssembly.
 */
export function wasHandedOver(exception, entry) {
  const known = handed !== undefined && is(handed.exception_, exception);
  if (known && handed.isOurs_) fromCaller(exception, entry);
  handed = undefined;
  return known;
}

/** Drops the exception that was noted. */
export function forgetThrown() {
  handed = undefined;
}

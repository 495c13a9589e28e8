// What is thrown: problems as errors, and which exceptions were thrown on purpose.

import { frozen } from './freeze.js';
import { SnapshotError } from './snapshot-error.js';

const { is } = Object;

const { captureStackTrace } = Error;

/** Makes the stack of an error begin where that function of ours was called. */
// E1.2-1
export function fromCaller(error, entry) {
  captureStackTrace?.(error, entry);
  return error;
}

/** What is thrown of a problem. */
export const refusal = (problem) => handOver(new SnapshotError(frozen(problem)), true);

let handed;

/** Notes that an exception is thrown on purpose, after WebAssembly has put everything in order, and whether it is ours. */
export function handOver(exception, isOurs) {
  handed = { exception_: exception, isOurs_: isOurs };
  return exception;
}

/**
 * Whether that exception was thrown on purpose; if not, WebAssembly was left in the middle of something. What is ours comes
 * from where `entry` was called: only now, because frames of WebAssembly are not left out.
 */
export function wasHandedOver(exception, entry) {
  const known = handed !== undefined && is(handed.exception_, exception);
  if (known && handed.isOurs_) fromCaller(exception, entry);
  handed = undefined;
  return known;
}

/** Lets go of what was thrown. */
export function forgetThrown() {
  handed = undefined;
}

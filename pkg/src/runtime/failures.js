// What a handler throws, and how it calls the host's code.
//
// Why: the host's runtime sends what a handler throws to the caller. An exception of a driver may hold a query, its parameters, an address
// or a password, so the caller gets a `SERVICE_UNAVAILABLE` that only names the call, and the exception is the `cause`, for the log.

import { contract, SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { define, isArray } from '#language';
import { isObject, ownMember } from '#values';
import { shown } from './shown.js';

const operation = { key: contract.key, version: contract.version, kind: contract.kind };
const STRINGS = ['type', 'title', 'code', 'category'];

/** What all errors of a call have in common: those of the operation name it. The context may not have been checked yet. */
export function callOf({ traceId }, isOperation = true) {
  const call = { traceId: typeof traceId === 'string' ? shown(traceId) : undefined };
  return isOperation ? { operation, ...call } : call;
}

/**
 * Returns true for a problem that was thrown on purpose: a `SnapshotError`, or an object that the host's runtime would take as a problem.
 * These reach the caller unchanged.
 */
export function isProblem(error) {
  if (error instanceof SnapshotError) return true;
  if (!isObject(error)) return false;
  for (let at = 0; at < STRINGS.length; at++) {
    if (typeof ownMember(error, STRINGS[at]) !== 'string') return false;
  }
  return typeof ownMember(error, 'status') === 'number' && typeof ownMember(error, 'retryable') === 'boolean';
}

/** Returns true if the core refused a value, such as an item. */
export const isRefusal = (error) => error instanceof SnapshotError && error.code === 'VALIDATION_FAILED';

/** Makes an error of this package. */
export const failure = (call, code, detail, more) => new SnapshotError({ ...call, ...more, code, detail });

/** Makes the `CONFLICT` about a snapshot that is stored. */
export const conflict = (call, detail, { snapshotId, hash }) =>
  failure(call, 'CONFLICT', detail, { args: { snapshotId, hash } });

export function unavailable(call, what, cause) {
  const error = failure(call, 'SERVICE_UNAVAILABLE', `The host could not complete this call: ${what} failed`);
  define(error, 'cause', cause, false);
  return error;
}

/** Converts an exception of the host's own objects (a getter, a proxy) like one of its functions. */
export const asProblem = (call, error) =>
  isProblem(error) ? error : unavailable(call, 'a member of the context or the input', error);

/** Returns an exception of the host's code as it reaches the caller: one that is not a problem becomes the cause of a 503. */
const named = (call, what, cause) => (isProblem(cause) ? cause : unavailable(call, what, cause));

/** Calls code of the host. */
export async function ask(call, what, run) {
  try {
    return await run();
  } catch (cause) {
    throw named(call, what, cause);
  }
}

/** Yields what a source of the host yields. Its exceptions name it, whatever reads it. */
export async function* asked(call, what, source) {
  try {
    yield* source;
  } catch (cause) {
    throw named(call, what, cause);
  }
}

/** Calls code of the host that returns a list. Of anything else, nothing is known. */
export const askList = (call, what, read) =>
  ask(call, what, async () => {
    const value = await read();
    if (!isArray(value)) throw new TypeError(`${what} must return a list`);
    return value;
  });

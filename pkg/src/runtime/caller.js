// Who calls, and what they ask for: read once, by name.
//
// Why: a handler awaits between its checks, and the host's context may be shared and change meanwhile. So context and input are copied
// first, and every later step works with the copies. The core decides who may; nothing here repeats its rules. Members of
// `Object.prototype` are not members of a context (ERRORS 4.2).

import { previewPack, SnapshotError, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { append, getOwnPropertyNames, getPrototypeOf, hasOwn, isArray } from '#language';
import { elementOf, isAmong, isObject, ownOf, rootOf } from '#values';
import { ask, callOf } from './failures.js';

/** Who the caller is: all three from the same source, so that the roles of one caller never go with another. */
const IDENTITY = ['actor', 'roles', 'userId'];
const SCOPE = ['tenantId', 'organizationId', 'workspaceId'];
/** What a hook may name and leave the identity to the context. */
const BESIDE_IDENTITY = [...SCOPE, 'decision'];
const CONTEXT = [...IDENTITY, ...SCOPE, 'channel', 'traceId', 'idemKey'];
const INPUT = ['packKey', 'packVersion', 'reason', 'requestedBy', 'metadata'];

/** Makes an object without a prototype, so that no setter of one runs. */
export const empty = () => ({ __proto__: null });

/** Copies members by name into `copy`, and returns it. */
function copyMembers(copy, object, names) {
  for (let at = 0; at < names.length; at++) copy[names[at]] = ownOf(object, names[at]);
  return copy;
}

/** Returns the names of an object's members, also inherited ones; those of `Object.prototype` do not count. */
function namesOf(object) {
  const names = [];
  const root = rootOf(object);
  for (let holder = object; holder !== root; holder = getPrototypeOf(holder)) {
    const own = getOwnPropertyNames(holder);
    for (let at = 0; at < own.length; at++) append(names, own[at]);
  }
  return names;
}

/** Returns whether one of the names is among the wanted ones. */
function hasAny(names, wanted) {
  for (let at = 0; at < wanted.length; at++) if (isAmong(wanted[at], names)) return true;
  return false;
}

/**
 * Returns whether a hook's result says who the caller is: it names an identity, or nothing but scopes and a decision, which leave the
 * context's. In `{ tenantId, role }` somebody meant `roles`, also if a class has that getter, and `{}` may be a look-up that found nothing.
 * Methods of a class name nobody. A member counts even if its value is undefined.
 */
function namesCaller(given, names) {
  if (hasAny(names, IDENTITY)) return true;
  for (let at = 0; at < names.length; at++) {
    const isMethod = !hasOwn(given, names[at]) && typeof ownOf(given, names[at]) === 'function';
    if (!isMethod && !isAmong(names[at], BESIDE_IDENTITY)) return false;
  }
  return hasAny(names, BESIDE_IDENTITY);
}

/** Copies a decision, so that it cannot answer in two ways. A malformed one stays malformed. */
function decisionOf(value) {
  return isObject(value) ? copyMembers(empty(), value, ['effect', 'reason']) : value;
}

/** Copies a list of roles, so that it cannot change. A malformed one stays malformed. */
function rolesOf(value) {
  if (!isArray(value)) return value;
  const copy = [];
  for (let at = 0; at < value.length; at++) append(copy, elementOf(value, at));
  return copy;
}

/** Returns the decision that counts: one that is not an `allow` is final, whoever made it. */
function stricter(one, other) {
  if (one === undefined || one === null) return other;
  return one.effect === 'allow' && other !== undefined && other !== null ? other : one;
}

/** Returns the members of the host's context that the core reads. Without a context, it is refused by the core. */
function contextOf(ctx) {
  if (!isObject(ctx)) return empty();
  const context = copyMembers(empty(), ctx, CONTEXT);
  context.roles = rolesOf(context.roles);
  context.decision = decisionOf(ownOf(ctx, 'decision'));
  return context;
}

/** Returns the context with the caller that the host's hook names. */
export async function callerOf(hook, ctx) {
  const context = contextOf(ctx);
  if (hook === undefined) return context;
  const given = await ask(callOf(context), 'caller', () => hook(ctx));
  const names = isObject(given) ? namesOf(given) : [];
  // A hook that names nobody must not let in whom the context names.
  if (!namesCaller(given, names)) return copyMembers(context, empty(), IDENTITY);
  if (hasAny(names, IDENTITY)) copyMembers(context, given, IDENTITY).roles = rolesOf(context.roles);
  for (let at = 0; at < SCOPE.length; at++) {
    if (isAmong(SCOPE[at], names)) context[SCOPE[at]] = ownOf(given, SCOPE[at]);
  }
  context.decision = stricter(context.decision, decisionOf(ownOf(given, 'decision')));
  return context;
}

/** Copies the input. A value that is not an object is refused by the core. */
export const inputOf = (input) => (isObject(input) ? copyMembers(empty(), input, INPUT) : input);

/** Runs a function of the core until it reads the pack, which is after caller and input were checked. */
function untilPack(take, input, context) {
  let isReached = false;
  const asked = {
    ...context,
    get pack() {
      isReached = true;
      return undefined;
    },
    items: [],
  };
  try {
    take(input, asked);
  } catch (error) {
    // Without a pack, the core throws in any case.
    if (!isReached || !(error instanceof SnapshotError) || error.code !== 'NOT_FOUND') throw error;
  }
}

/** Throws what `snapshotPack` would throw for this caller and input. */
export const authorize = (input, context) => untilPack(snapshotPack, input, context);

/** Throws what `previewPack` would throw for this caller and input: a user or an admin may see packs. */
export const authorizeReader = (input, context) => untilPack(previewPack, input, context);

export function authorizeSnapshot(input, ctx) {
  authorize(inputOf(input), contextOf(ctx));
}

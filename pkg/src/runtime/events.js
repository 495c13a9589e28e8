// Emits the event of a stored snapshot, and reports to the host's observer.
//
// Why: a snapshot that is stored must not be reported as failed because its event was not delivered, so nothing here throws. The host's guard
// refuses an event that its resolver does not know, even the declared one, so it is used only if the resolver knows the event.

import { contract } from '@lssm-tech/lib.context-snapshot';
import { apply, Table } from '#language';
import { isObject, ownOf } from '#values';
import { isProblem } from './failures.js';

const [{ key, version }] = contract.emits;
/** Highest number of snapshots whose delivery is remembered, for each store. */
const MOST_REMEMBERED = 10_000;

/**
 * The snapshots whose event this process has delivered: a retry does not emit it again. A retry elsewhere, or after a crash, does: the
 * first try may have died before it could.
 */
const delivered = new WeakMap();

function remember(store, snapshotId) {
  const ids = delivered.get(store) ?? new Table();
  delivered.set(store, ids);
  if (ids.size === MOST_REMEMBERED) ids.delete(ids.keys().next().value);
  ids.set(snapshotId, true);
}

const clock = globalThis.performance ?? Date;
/** Returns a number of milliseconds, to be subtracted from a later one. */
export const now = () => clock.now();

/** Calls the host's observer, whose exceptions must not change a result. */
export function report(host, started, event) {
  const { onEvent } = host;
  if (onEvent === undefined) return;
  try {
    const result = onEvent({ ...event, milliseconds: now() - started });
    if (isObject(result) && typeof result.then === 'function') result.then(undefined, () => {});
  } catch {
    // An observer that fails is its host's matter.
  }
}

/** Returns whether the host's resolver knows the event. */
async function isKnown(ctx) {
  const resolver = ownOf(ctx, 'eventSpecResolver');
  if (!isObject(resolver) || typeof ownOf(resolver, 'get') !== 'function') return false;
  try {
    return isObject(await resolver.get(key, version));
  } catch {
    return false;
  }
}

/** Returns the function that delivers the event, or undefined if the host has none. */
async function deliveryOf(ctx, output, traceId) {
  // Each delivery has a `Date` of its own, because a `Date` cannot be frozen.
  const payload = { ...output, createdAt: new Date(output.createdAt) };
  const guard = ownOf(ctx, '__emitGuard__');
  if (typeof guard === 'function' && (await isKnown(ctx))) return () => apply(guard, ctx, [key, version, payload]);
  const publisher = ownOf(ctx, 'eventPublisher');
  if (typeof publisher !== 'function') return undefined;
  const envelope = { key, version, payload };
  return () => apply(publisher, ctx, [traceId === undefined ? envelope : { ...envelope, traceId }]);
}

/** Emits the event, unless the store relays it, or this process has delivered it before. */
export async function emit(host, started, ctx, { output, traceId, isNew }) {
  const { store } = host;
  const { snapshotId, hash } = output;
  if (ownOf(store, 'outbox') === true || (!isNew && delivered.get(store)?.has(snapshotId))) return;
  try {
    const deliver = await deliveryOf(ctx, output, traceId);
    if (deliver === undefined) return;
    await deliver();
    remember(store, snapshotId);
    report(host, started, { type: 'event.published', snapshotId, hash });
  } catch (error) {
    const code = isProblem(error) ? error.code : 'SERVICE_UNAVAILABLE';
    report(host, started, { type: 'event.failed', snapshotId, hash, code });
  }
}

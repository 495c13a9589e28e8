// Checks the options of a handler when it is made, so that a mistake shows when the host starts and not at the first call.

import { apply, keys } from '#language';
import { isAmong, isObject, ownOf } from '#values';
import { shown } from './shown.js';

const READS = ['getPack', 'listPacks'];
const WRITES = ['createSnapshot', 'getSnapshot', 'addSnapshotItems', 'listSnapshotItems'];
/** What a better store has besides. */
const OPTIONAL = ['saveSnapshot', 'snapshotStream', 'snapshotIndex'];
/** Hooks of handlers that load items. */
const HOOKS = ['loadItems', 'transaction', 'parent', 'onEvent'];
const OPTIONS = ['store', 'tracer', 'caller', ...HOOKS];
const EXPECTED = OPTIONS.join(', ');

function requireMethods(store, names) {
  if (!isObject(store)) throw new TypeError('store must be a store of snapshots');
  if (typeof ownOf(store, 'then') === 'function') {
    throw new TypeError('store is a promise: await it first (await PostgresSnapshotStore.open(…))');
  }
  for (let at = 0; at < names.length; at++) {
    if (typeof ownOf(store, names[at]) !== 'function') throw new TypeError(`store.${names[at]} must be a function`);
  }
}

/** Returns whether a store has an optional method. One that is something else is a mistake. */
export function hasMethod(store, name) {
  const method = ownOf(store, name);
  if (method === undefined || method === null) return false;
  if (typeof method !== 'function') throw new TypeError(`store.${name} must be a function`);
  return true;
}

/**
 * Refuses functions that are no options: with `Caller` for `caller`, whoever the context names would be the caller. Other members are
 * left alone, and so is what the class of the options has, because hooks are called as methods of the options.
 */
function refuseOtherFunctions(options) {
  const names = keys(options);
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    if (typeof ownOf(options, name) === 'function' && !isAmong(name, OPTIONS)) {
      throw new TypeError(`${shown(name)} is not an option: expected one of ${EXPECTED}`);
    }
  }
}

/** Returns a hook as a function that calls it as a method of the options. */
function hookIn(options, name) {
  const hook = ownOf(options, name);
  if (typeof hook === 'function') return (one, two) => apply(hook, options, [one, two]);
  if (hook === undefined && name !== 'loadItems') return undefined;
  throw new TypeError(`${name} must be a function`);
}

/** Returns the options of handlers that only read packs: the store, and the hook that says who the caller is. */
export function readerOf(options) {
  const store = isObject(options) ? ownOf(options, 'store') : undefined;
  requireMethods(store, READS);
  hasMethod(store, 'listSnapshots');
  refuseOtherFunctions(options);
  return { __proto__: null, store, caller: hookIn(options, 'caller') };
}

/** Checks a store from which snapshots are read. */
export const requireSnapshots = (store) => requireMethods(store, ['getSnapshot', 'listSnapshotItems']);

/** Checks a store that snapshots are written to. */
export const requireWritable = (store) => requireMethods(store, WRITES);

/** Returns the tracer of the options, if there is one. */
function tracerIn(options) {
  const tracer = ownOf(options, 'tracer');
  if (tracer === undefined) return undefined;
  if (!isObject(tracer) || typeof ownOf(tracer, 'startActiveSpan') !== 'function') {
    throw new TypeError("tracer must be a Tracer of OpenTelemetry (trace.getTracer('…'))");
  }
  return tracer;
}

/** Returns the options of a handler that loads items: store, tracer, `loadItems`, and the hooks that are given. */
export function hostOf(options) {
  const host = readerOf(options);
  const { store } = host;
  requireWritable(store);
  for (let at = 0; at < OPTIONAL.length; at++) hasMethod(store, OPTIONAL[at]);
  host.tracer = tracerIn(options);
  for (let at = 0; at < HOOKS.length; at++) host[HOOKS[at]] = hookIn(options, HOOKS[at]);
  return host;
}

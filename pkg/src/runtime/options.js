// Checks the options of a handler when it is made, so that a mistake shows when the host starts and not at the first call.

import { apply } from '#language';
import { isObject, ownOf } from '#values';

const READS = ['getPack', 'listPacks'];
const WRITES = ['createSnapshot', 'getSnapshot', 'addSnapshotItems', 'listSnapshotItems'];
const HOOKS = ['loadItems', 'transaction', 'caller', 'parent', 'onEvent'];

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

const storeIn = (options) => (isObject(options) ? ownOf(options, 'store') : undefined);

/** Returns the store of handlers that only read packs. */
export function readableStore(options) {
  const store = storeIn(options);
  requireMethods(store, READS);
  hasMethod(store, 'listSnapshots');
  return store;
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

/** Returns the options of a handler that loads items: store, tracer, `loadItems`, and the hooks that are given, as methods of the options. */
export function hostOf(options) {
  const store = readableStore(options);
  requireWritable(store);
  hasMethod(store, 'saveSnapshot');
  hasMethod(store, 'snapshotStream');
  const host = { __proto__: null, store, tracer: tracerIn(options) };
  for (let at = 0; at < HOOKS.length; at++) {
    const name = HOOKS[at];
    const hook = ownOf(options, name);
    if (typeof hook === 'function') host[name] = (one, two) => apply(hook, options, [one, two]);
    else if (hook === undefined && name !== 'loadItems') host[name] = undefined;
    else throw new TypeError(`${name} must be a function`);
  }
  return host;
}

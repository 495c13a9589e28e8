// Hooks over the worker.
//
// How: what is computed depends on the items by their identity, and on everything else by its data, so that a component may create new
// objects in every render. Items are read once; another caller or another pack needs a preview only. State has the causes that it is of,
// because a component renders with new arguments before their work starts, and must not take an earlier result for theirs.

import { createPreviewWorker } from '@lssm-tech/lib.context-snapshot/worker';
import { createContext, createElement, useContext, useEffect, useRef, useState } from 'react';

const Provided = createContext(undefined);
/** The worker of all hooks outside of a provider. */
let shared;

export const PreviewWorkerProvider = ({ worker, children }) =>
  createElement(Provided.Provider, { value: worker }, children);

const isList = (items) => typeof items.rows === 'function';

const areSame = (one, other) => one.length === other.length && one.every((cause, at) => Object.is(cause, other[at]));

/** Describes data in a text. Values that are not data have other texts, because the library or the worker refuses them. */
export function described(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Object(value) !== value) return `${typeof value} ${String(value)}`;
  const isPlain = Object.hasOwn(Object.getPrototypeOf(value) ?? Object.prototype, 'isPrototypeOf');
  const kind = isPlain ? 'plain' : value instanceof Date ? +value : Array.isArray(value);
  const members = Object.entries(value).map(([name, member]) => `${described(name)}:${described(member)}`);
  // The number of names says whether others are not enumerable.
  return `${kind}${Object.getOwnPropertyNames(value).length}{${members}}`;
}

/** Copies an object with what it inherits: the library reads trusted values by name. */
function withInherited(object) {
  const copy = { __proto__: null };
  for (let at = object; at !== null; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) copy[name] = object[name];
  }
  return copy;
}

/**
 * Does work in the worker while `run` is defined. Returns the work, the members of its result, and as `held` those of the latest result of any
 * causes.
 *
 * @param run gets the worker and options, and returns a promise of members of the result
 * @param causes the work starts again if one of them is another value; as many in each render
 * @param keeps true if the result of earlier causes stays while the work is done again
 */
export function useWork(run, causes, keeps = false) {
  const worker = useContext(Provided);
  const [round, setRound] = useState(0);
  const controller = useRef(undefined);
  const isNeeded = run !== undefined;
  const all = [worker, isNeeded, round, ...causes];
  const [state, setState] = useState({ status: 'idle', of: all });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `run` is made in every render, and `causes` say whether it is another
  useEffect(() => {
    if (!isNeeded) return setState({ status: 'idle', of: all });
    controller.current = new AbortController();
    const { signal } = controller.current;
    const update = (change) => {
      if (!signal.aborted) setState(({ result }) => ({ result, ...change, of: all }));
    };
    update({ status: 'running' });
    const start = async () => {
      if (worker === undefined) shared ??= createPreviewWorker();
      return run(worker ?? shared, { signal, onProgress: (progress) => update({ status: 'running', progress }) });
    };
    start().then(
      (result) => update({ status: 'done', result }),
      (error) => update({ status: 'failed', error }),
    );
    return () => controller.current.abort();
  }, [worker, isNeeded, round, ...causes]);
  const cancel = () => {
    controller.current?.abort();
    setState((before) => (before.status === 'running' ? { ...before, status: 'cancelled' } : before));
  };
  const { status, progress, error } = areSame(state.of, all) ? state : { status: isNeeded ? 'running' : 'idle' };
  const isShown = status === 'done' || (keeps && status === 'running');
  const restart = () => setRound(round + 1);
  return { ...(isShown && state.result), status, progress, error, cancel, restart, held: state.result };
}

/** Returns a function that reads items into a list, or takes the list that it was given or has read before. */
function reader(items, settings, latest) {
  return async (worker, options) => {
    if (isList(items)) return items;
    if (latest.current.items !== items || latest.current.worker !== worker) {
      latest.current = { items, worker, list: await worker.read(items, { ...settings, ...options }) };
    }
    return latest.current.list;
  };
}

/**
 * Releases a list that was read here once another one is shown, or none: a page that keeps reading large files would fill the memory of the
 * worker, because the objects that stand for lists are too small for a garbage collector to care.
 */
function useRelease(list, latest) {
  useEffect(() => {
    if (list === undefined || latest.current.list !== list) return undefined;
    return () => {
      list.release();
      if (latest.current.list === list) latest.current = {};
    };
  }, [list, latest]);
}

const isThere = (items) => items !== undefined && items !== null;

export function usePreview({ pack, items, input, against, ...ctx }) {
  const latest = useRef({});
  const read = reader(items, {}, latest);
  const run = async (worker, options) => {
    const list = await read(worker, options);
    const asked = input ?? { packKey: pack?.packKey ?? '' };
    return { list, preview: await list.preview(asked, { ...ctx, pack, against }, options) };
  };
  const causes = [items, against?.manifest, against?.index, against?.items, described([pack, input, ctx])];
  const { held, ...work } = useWork(isThere(items) ? run : undefined, causes, true);
  useRelease(held?.list, latest);
  return work;
}

export function useVerification(args) {
  const { items, index, ...others } = withInherited(args);
  const latest = useRef({});
  const read = reader(items, { stored: true }, latest);
  const run = async (worker, options) => {
    const list = await read(worker, options);
    return { list, verification: await list.verify(args, options) };
  };
  const { held, ...work } = useWork(isThere(items) ? run : undefined, [items, index, described(others)]);
  useRelease(held?.list, latest);
  return work;
}

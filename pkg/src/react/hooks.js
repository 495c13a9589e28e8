// Hooks over the worker.
//
// How: what is computed depends on the items by their identity, and on everything else by its JSON, so that a component may create new
// objects in every render. Items are read once; another caller or another pack needs a preview only.

import { createPreviewWorker } from '@lssm-tech/lib.context-snapshot/worker';
import { createContext, createElement, useContext, useEffect, useRef, useState } from 'react';

const Provided = createContext(undefined);
/** The worker of all hooks outside of a provider. */
let shared;

export const PreviewWorkerProvider = ({ worker, children }) =>
  createElement(Provided.Provider, { value: worker }, children);

const isList = (items) => typeof items.rows === 'function';

/**
 * Does work in the worker while `run` is defined.
 *
 * @param run gets the worker and options, and returns a promise of members of the result
 * @param causes the work starts again if one of them is another value
 */
export function useWork(run, causes) {
  const worker = useContext(Provided);
  const [state, setState] = useState({ status: 'idle' });
  const [round, setRound] = useState(0);
  const controller = useRef(undefined);
  const isNeeded = run !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `run` is made in every render, and `causes` say whether it is another
  useEffect(() => {
    if (!isNeeded) return setState({ status: 'idle' });
    controller.current = new AbortController();
    const { signal } = controller.current;
    const update = (change) => {
      if (!signal.aborted) setState((before) => ({ ...before, ...change }));
    };
    update({ status: 'running', progress: undefined, error: undefined });
    const start = async () => {
      if (worker === undefined) shared ??= createPreviewWorker();
      return run(worker ?? shared, { signal, onProgress: (progress) => update({ progress }) });
    };
    start().then(
      (result) => update({ ...result, status: 'done', progress: undefined }),
      (error) => update({ status: 'failed', error }),
    );
    return () => controller.current.abort();
  }, [worker, isNeeded, round, ...causes]);
  const cancel = () => {
    controller.current?.abort();
    setState((before) => (before.status === 'running' ? { ...before, status: 'cancelled' } : before));
  };
  return { ...state, cancel, restart: () => setRound(round + 1) };
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
  const causes = [items, against?.manifest, against?.index, against?.items, JSON.stringify([pack, input, ctx])];
  const work = useWork(isThere(items) ? run : undefined, causes);
  useRelease(work.list, latest);
  return work;
}

export function useVerification({ items, ...parts }) {
  const latest = useRef({});
  const read = reader(items, { stored: true }, latest);
  const run = async (worker, options) => {
    const list = await read(worker, options);
    return { list, verification: await list.verify(parts, options) };
  };
  const { index, ...others } = parts;
  const work = useWork(isThere(items) ? run : undefined, [items, index, JSON.stringify(others)]);
  useRelease(work.list, latest);
  return work;
}

// The entry `./worker`: the page's side. It holds no items, only their numbers.

import { start } from '#start-worker';
import { Caller } from './protocol.js';
import { assertSendable } from './sendable.js';

const CONTEXT = [
  ...['actor', 'roles', 'userId', 'tenantId', 'organizationId', 'workspaceId', 'channel', 'traceId', 'idemKey'],
  ...['decision', 'pack', 'now', 'snapshotId', 'parent', 'limits'],
];
/** Members of parts that the library knows, or knows as mistakes. It reads them by their names, so they may be inherited. */
const PARTS = [
  ...['record', 'pack', 'index', 'rowIds', 'expect', 'limits', 'event', 'manifest', 'output'],
  ...['hash', 'seal', 'expected'],
];
/** Lists by the objects that stand for them. */
const homes = new WeakMap();
/** Preview workers by their workers: two for one worker would take the answers of each other. */
const existing = new WeakMap();

/** Picks the members of a host's context that the library reads. */
const picked = (from, names) => Object.fromEntries(names.map((name) => [name, from?.[name]]));

/** Takes all members but the items, which are here, because the library refuses what it does not know. */
function parts(from) {
  const { items, itemsJson, ...own } = from;
  for (const name of PARTS) if (name in from) own[name] = from[name];
  return own;
}

export function createPreviewWorker({ worker: given } = {}) {
  const worker = started(given);
  if (!existing.has(worker)) existing.set(worker, previewWorker(worker));
  return existing.get(worker);
}

function previewWorker(worker) {
  const caller = new Caller(worker, (result) => {
    if (result?.list !== undefined) release(result.list);
  });
  const release = (id) => {
    caller.call('release', [id]).catch(() => {});
  };
  const registry = new FinalizationRegistry(release);

  function contents({ manifest, index, items }) {
    if (items === undefined) return { manifest, index };
    const home = homes.get(items);
    if (home?.caller !== caller) throw new TypeError('items: expected a list of this worker');
    return { manifest, list: home.id };
  }

  /** Makes the object that stands for a list in the worker. */
  function listOf({ list: id, count, invalid, document }) {
    const ask = async (method, args, options) => {
      assertSendable(args, method);
      return caller.call(method, [id, ...args], options);
    };
    const list = {
      count,
      invalid,
      document,
      preview: async (input, ctx, options) => {
        const against = ctx?.against ? contents(ctx.against) : undefined;
        return ask('preview', [input, { ...picked(ctx, CONTEXT), against }], options);
      },
      snapshot: (input, ctx, options) => ask('snapshot', [input, picked(ctx, CONTEXT)], options),
      verify: async (options, call) => ask('verify', [parts(options)], call),
      rows: (query, options) => ask('rows', [query], options),
      find: (itemId) => ask('find', [itemId]),
      text: (row, maxLength = 100_000) => ask('text', [row, maxLength]),
      proveAbsence: (itemId, manifest) => ask('proveAbsence', [itemId, manifest]),
      prove: (item, manifest) => ask('prove', [item, manifest]),
      edit: async (edits) => {
        const { edited, ...next } = await ask('edit', [edits]);
        return Object.assign(listOf({ ...next, document }), { edited });
      },
      release: () => {
        registry.unregister(list);
        release(id);
      },
    };
    homes.set(list, { caller, id });
    registry.register(list, id, list);
    return list;
  }

  return {
    read: async (source, { signal, onProgress, stored = false, maxItems, maxBytes, ...others } = {}) => {
      // A limit that is misspelt would be none.
      for (const other in others) throw new TypeError(`Unknown option: ${other}`);
      if (typeof stored !== 'boolean') throw new TypeError('stored must be a boolean');
      return listOf(await send(caller, source, { stored, maxItems, maxBytes }, { signal, onProgress }));
    },
    diff: async (before, after, options) => {
      const both = [contents(before), contents(after)];
      assertSendable(both, 'diff');
      return caller.call('diff', both, options);
    },
    call: async (name, ...args) => {
      assertSendable(args, name);
      return caller.call('call', [name, ...args]);
    },
    close: () => caller.end(new DOMException('The preview worker was closed', 'AbortError')),
  };
}

function started(worker) {
  if (worker === undefined) {
    if (typeof Worker === 'undefined')
      throw new TypeError('There is no Worker here: a preview worker runs in a browser');
    return start();
  }
  if (typeof worker === 'function') return worker();
  if (typeof worker === 'string' || worker.href !== undefined) return new Worker(worker, { type: 'module' });
  return worker;
}

/** Sends a source. A stream is transferred; a browser that cannot do that collects it first. */
async function send(caller, source, settings, options) {
  if (typeof source?.getReader !== 'function') return caller.call('read', [source, settings], options);
  try {
    return await caller.call('read', [source, settings], { ...options, transfer: [source] });
  } catch (error) {
    if (error?.name !== 'DataCloneError') throw error;
  }
  return caller.call('read', [await new Response(source).blob(), settings], options);
}

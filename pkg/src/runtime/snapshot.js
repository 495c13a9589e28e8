// The handlers of `context.pack.snapshot` and of its preview.
//
// The order is the contract: caller, input, pack, earlier result of the idempotency key, items, snapshot, store, event. Nothing is
// read from a store for a caller who is not admitted, and no items are loaded for a result that exists.

import { canonicalize, previewPack, SnapshotBuilder, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { frozen } from '#freeze';
import { freeze } from '#language';
import { bytesOf, ownOf } from '#values';
import { authorize, authorizeReader, callerOf, inputOf } from './caller.js';
import { earlierResult, isWhole } from './earlier.js';
import { emit, now, report } from './events.js';
import { ask, asked, asProblem, callOf } from './failures.js';
import { isStream, withItems } from './items.js';
import { hasMethod, hostOf } from './options.js';
import { findPack } from './packs.js';
import { packFor, packOf } from './rows.js';
import { save, saveStream } from './store.js';
import { traced } from './tracing.js';

/** Loads the items of a pack. The host's code gets copies: what it does with them changes nothing here. */
const loadFor = ({ call, host, request, metadata, ctx, row }) =>
  ask(call, 'loadItems', () => host.loadItems(packFor(row), { input: { ...request, metadata }, ctx }));

/** Returns the context that the core takes, without items. To complete a broken try, it has the time of that try. */
async function askedOf({ call, host, context, ctx, row }, earlier) {
  const parent =
    host.parent === undefined ? undefined : await ask(call, 'parent', () => host.parent(packFor(row), ctx));
  return { ...context, pack: packOf(row), parent, now: earlier?.output.createdAt };
}

/** Returns the canonical bytes of all items, or undefined if the snapshot does not have them. */
function bytesIn(snapshot) {
  let bytes = 0;
  try {
    // Without the quotes of a string.
    for (const { json } of snapshot.itemsJson()) bytes += bytesOf(json) - 2;
  } catch {
    return undefined;
  }
  return bytes;
}

/** Takes the snapshot and stores it. Returns `{ snapshot }` if it is new, or `{ record }` of an earlier try. */
async function make(work, earlier) {
  const { call, host, request } = work;
  const context = await askedOf(work, earlier);
  const loaded = await loadFor(work);
  let snapshot;
  let record;
  if (earlier === undefined && isStream(loaded) && hasMethod(host.store, 'snapshotStream')) {
    ({ snapshot, record } = await saveStream(work, context, asked(call, 'loadItems', loaded)));
  } else {
    const take = (items) => snapshotPack(request, { ...context, items });
    snapshot = await ask(call, 'loadItems', () => withItems(loaded, take));
    record = await save(work, snapshot);
  }
  // An error may have hidden that this very snapshot was stored.
  if (snapshot === undefined) return { record };
  const isOwn = record === undefined || ownOf(record.details, 'seal') === snapshot.record.metadata.$snapshot.seal;
  return isOwn ? { snapshot } : { record };
}

/** Finds or makes the result of a call whose caller and input were checked. */
async function resultOf(work) {
  const { call, host, request, context } = work;
  const { row, versions } = await findPack(call, host.store, request.packKey, request.packVersion);
  // The core checks the pack, or says that there is none.
  new SnapshotBuilder(request, { ...context, pack: row && packOf(row) }).free();
  work.row = row;
  const earlier = context.idemKey === undefined ? undefined : await earlierResult(work, versions);
  if (earlier === undefined) return make(work);
  if (await isWhole(work, earlier)) return { record: earlier };
  // The missing items are those of the version that was taken then. If it is gone, what is stored can never become a snapshot.
  const { packVersion } = earlier.output;
  const before = await findPack(call, host.store, request.packKey, packVersion);
  if (before.row === undefined) return make(work);
  work.row = before.row;
  return make(work, earlier);
}

/** Reads the caller and the input, and checks both. */
async function admitted(host, input, ctx, check) {
  const context = await callerOf(host.caller, ctx);
  // The core treats null as absent; here, only undefined means that.
  if (context.idemKey === null) context.idemKey = undefined;
  const request = inputOf(input);
  check(request, context);
  const { metadata } = request;
  if (metadata !== undefined) request.metadata = frozen(canonicalize(metadata));
  return { host, ctx, request, metadata, context, call: callOf(context) };
}

/** Handles a call. Ends the span. */
async function handle(host, span, input, ctx) {
  const started = now();
  let call = {};
  try {
    const work = await admitted(host, input, ctx, authorize);
    ({ call } = work);
    // Not before: the names of somebody who may not call are not traced.
    span.set(work.request);
    const { snapshot, record } = await resultOf(work);
    const output = snapshot === undefined ? freeze(record.output) : snapshot.output;
    const { snapshotId, hash, itemCount } = output;
    const isObserved = host.onEvent !== undefined || span.isRecording;
    const bytes = snapshot !== undefined && isObserved ? bytesIn(snapshot) : undefined;
    const outcome = snapshot === undefined ? 'replayed' : 'created';
    const type = `snapshot.${outcome}`;
    report(host, started, { type, snapshotId, hash, itemCount, ...(bytes !== undefined && { bytes }) });
    span.set({ ...output, bytes, outcome });
    // As it is, not as errors show it; `null` is absent.
    const traceId = work.context.traceId ?? undefined;
    await emit(host, started, ctx, { output, traceId, isNew: snapshot !== undefined });
    return output;
  } catch (error) {
    const refusal = asProblem(call, error);
    report(host, started, { type: 'snapshot.refused', code: refusal.code });
    span.refuse(refusal.code);
    throw refusal;
  } finally {
    span.end();
  }
}

export function createSnapshotHandler(options) {
  const host = hostOf(options);
  return (input, ctx) => traced(host.tracer, (span) => handle(host, span, input, ctx));
}

export function createPreviewHandler(options) {
  const host = hostOf(options);
  return async (input, ctx) => {
    let call = {};
    try {
      const work = await admitted(host, input, ctx, authorizeReader);
      ({ call } = work);
      const { request, context } = work;
      const { row } = await findPack(call, host.store, request.packKey, request.packVersion);
      const asked = { ...context, pack: row && packOf(row) };
      // The core checks the pack, or says that there is none, before anything is loaded.
      previewPack(request, { ...asked, items: [] });
      work.row = row;
      const loaded = await loadFor(work);
      return await ask(call, 'loadItems', () =>
        withItems(loaded, (items) => previewPack(request, { ...asked, items })),
      );
    } catch (error) {
      throw asProblem(call, error);
    }
  };
}

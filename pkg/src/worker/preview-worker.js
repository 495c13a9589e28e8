// The script of the worker: reads items, keeps them in lists, and answers questions about them.

import {
  canonicalizeJson,
  diffSnapshots,
  digestItem,
  explainAbsence,
  explainItem,
  previewPack,
  proveAbsence,
  proveItem,
  SnapshotVerifier,
  signStatement,
  snapshotPack,
  summarizeSnapshot,
  summaryOf,
  toStatement,
  verifyChain,
  verifyEnvelope,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import { divide } from './divide.js';
import { itemCountOf, List, rowsOf, tooBig } from './list.js';
import { serve } from './protocol.js';
import { bySource, page, shown } from './table.js';

/** The functions that a page may call by name. */
const FUNCTIONS = new Map(
  Object.entries({
    ...{ canonicalizeJson, explainAbsence, explainItem, signStatement, summarizeSnapshot, summaryOf, toStatement },
    ...{ verifyChain, verifyEnvelope, verifyItem, verifySnapshot },
  }),
);
/** Items, and UTF-16 units of their text, that the library reads in one call. */
const BATCH_ITEMS = 500;
const BATCH_TEXT = 2 ** 20;
/** Most UTF-16 units of a member of a document that the page gets. */
const MOST_DOCUMENT = 1_000_000;
const lists = new Map();
let listCount = 0;
/**
 * An object that lives in the instance of WebAssembly. While there is one, the library keeps the instance, and what it knows of the items;
 * otherwise it drops a large instance after a small call.
 */
let kept;
/** Number of items that the library knows, and how many it may know before others are read: they may be of lists that were released. */
let readCount = 0;
const MOST_KNOWN = 2 ** 17;

/** Lets the library forget all items. */
function forget() {
  kept?.free();
  kept = undefined;
  readCount = 0;
  // A small call.
  canonicalizeJson('0');
}

function listOf(id) {
  const list = lists.get(id);
  if (list === undefined) throw new Error('The list was released, and can no longer be used');
  return list;
}

/** Keeps a list, and describes it for the page. */
function keep(list) {
  const id = listCount++;
  lists.set(id, list);
  return { list: id, count: list.rows.length, invalid: list.invalid };
}

const contents = ({ manifest, index, list }) => ({ manifest, index: index ?? listOf(list).index });

/** Reads all text of a source. */
async function textOf(task, source, maxBytes) {
  // Nothing is below a limit that is not a number.
  const check = (bytes) => {
    if (!(bytes <= maxBytes)) throw tooBig(`The text has more than ${maxBytes} bytes`);
  };
  const total = source.size ?? source.length;
  check(total ?? 0);
  if (typeof source === 'string') return source;
  const pieces = [];
  let done = 0;
  const reader = new Response(source).body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (!(next.value instanceof Uint8Array))
        throw new TypeError('A stream of items must yield Uint8Array, such as that of a Blob or a Response');
      pieces.push(next.value);
      done += next.value.length;
      check(done);
      task.progress('read', done, total);
      await task.pause();
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    // The library says where the text is not UTF-8.
    canonicalizeJson(bytes);
    throw error;
  }
}

async function read(task, source, { stored = false, maxItems = 250_000, maxBytes = 2 ** 28 }) {
  const text = await textOf(task, source, maxBytes);
  const { texts, document } = divide(text);
  if (readCount > MOST_KNOWN) forget();
  kept ??= new SnapshotVerifier({ record: {} });
  const rows = [];
  const batch = [];
  let done = 0;
  let read = 0;
  for (const one of texts) {
    if (!(rows.length + batch.length + 1 <= maxItems)) throw tooBig(`There are more than ${maxItems} items`);
    batch.push(one);
    done += one.length;
    if (batch.length < BATCH_ITEMS && done - read < BATCH_TEXT) continue;
    rows.push(...rowsOf(batch.splice(0), stored));
    read = done;
    task.progress('hash', done, text.length);
    await task.pause();
  }
  rows.push(...rowsOf(batch, stored));
  readCount += rows.length;
  task.progress('hash', text.length, text.length);
  return { ...keep(new List(rows, stored)), document: short(document) };
}

/** Replaces long members by undefined, because the page would stop while it receives them. */
const short = (document) =>
  document &&
  Object.fromEntries(
    Object.entries(document).map(([name, value]) => [
      name,
      JSON.stringify(value).length > MOST_DOCUMENT ? undefined : value,
    ]),
  );

function preview(_, id, input, ctx) {
  const list = listOf(id);
  const against = ctx.against && contents(ctx.against);
  const found = previewPack(input, { ...ctx, against, items: list.items });
  // With lower limits, the index may end early.
  if (ctx.limits == null) list.preview ??= found;
  const result = {};
  // The index is made only if it is read.
  for (const name in found) if (name !== 'index') result[name] = found[name];
  return { ...result, itemCount: itemCountOf(found), sources: list.sources.sort(bySource) };
}

async function snapshot(task, id, input, ctx) {
  const { record, event, items } = snapshotPack(input, { ...ctx, items: listOf(id).items });
  const lines = [];
  for (const item of items) {
    lines.push(`${JSON.stringify(item)}\n`);
    await task.pause();
  }
  return { record, event, items: new Blob(lines, { type: 'application/jsonl' }) };
}

const verify = (_, id, parts) => verifySnapshot({ ...parts, items: listOf(id).items });

function text(_, id, row, maxLength) {
  const list = listOf(id);
  const { item, text } = list.rows[list.positionOf(row)];
  const json = item === undefined ? text : digestItem(item).json;
  return { json: json.slice(0, maxLength), length: json.length };
}

function find(_, id, itemId) {
  const list = listOf(id);
  const position = list.byId.get(itemId);
  return position === undefined ? null : shown(list, position);
}

function prove(_, id, item, manifest) {
  const list = listOf(id);
  const itemId = typeof item === 'number' ? list.rows[list.positionOf(item)].itemId : item;
  if (itemId === undefined) throw new RangeError(`Row ${item} is not an item, so it has no proof`);
  const proof = proveItem({ manifest, index: list.index }, itemId);
  return { proof, digest: list.rows[list.byId.get(itemId)].digest };
}

/** Makes the proof, with the items of the neighbours: only then does the hash cover their ids. */
function proveNone(_, id, itemId, manifest) {
  const list = listOf(id);
  const { before, after, ...proof } = proveAbsence({ manifest, index: list.index }, itemId);
  const whole = (side) => side && { ...side, item: list.rows[list.byId.get(side.itemId)].item };
  return { ...proof, before: whole(before), after: whole(after) };
}

function edit(_, id, edits) {
  const { list, edited } = listOf(id).edited(edits);
  return { ...keep(list), edited };
}

function call(_, name, ...args) {
  if (!FUNCTIONS.has(name)) throw new TypeError(`A worker does not call ${name}`);
  return FUNCTIONS.get(name)(...args);
}

function release(_, id) {
  lists.delete(id);
  if (lists.size === 0) forget();
}

serve(
  self,
  new Map(
    Object.entries({
      ...{ read, preview, snapshot, verify, text, find, prove, proveAbsence: proveNone, edit, call, release },
      rows: (_, id, query) => page(listOf(id), query),
      diff: (_, before, after) => diffSnapshots(contents(before), contents(after)),
    }),
  ),
);

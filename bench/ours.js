// What a host does with the package in addition to `snapshotPack` alone: it reads everything, stores text, takes the next snapshot,
// verifies, imports JSON lines.
//
// How: each is a function to time, checked once for its result. What the installed package cannot do yet is tried once and
// left out, so the same benchmark runs before and after it can.

import { digestItem, snapshotPack, verifySnapshot } from '@lssm-tech/lib.context-snapshot';

export const OURS = 'snapshotPack';
export const EVERYTHING = 'snapshotPack, everything read';
export const AS_TEXT = 'snapshotPack, stored as text';
export const FROZEN = 'snapshotPack, 1 % changed, the rest frozen';
export const VERIFY_PARSED = 'JSON.parse of stored items, and verifySnapshot';
export const VERIFY_TEXT = 'verifySnapshot of stored text';
export const VERIFY_BYTES = 'verifySnapshot of stored bytes';
export const LINES_PARSED = 'JSON.parse of lines, and snapshotPack';
export const LINES_TEXT = 'snapshotPack of lines';
export const LINES_BYTES = 'snapshotPack of lines as bytes';

/** Keeps results, so that no engine leaves out what nobody uses. */
const sink = { length: 0 };

function readEverything({ items, index }) {
  for (const item of items) sink.length += item.itemId.length;
  for (const entry of index) sink.length += entry.digest.length;
}

function readText(snapshot) {
  for (const { itemId, digest, json } of snapshot.itemsJson()) {
    sink.length += itemId.length + digest.length + json.length;
  }
}

/** Returns true if a function returns true. If the package cannot do what is measured, the function throws or returns false. */
function can(run) {
  try {
    return run() === true;
  } catch {
    return false;
  }
}

function changedItem(item) {
  const { content } = item;
  return { ...item, content: typeof content === 'string' ? `${content} Changed.` : { ...content, changed: true } };
}

/** Replaces every hundredth item of a snapshot, or at least one, by a changed item. */
export function partlyChanged(snapshot, items) {
  const byId = new Map(items.map((item) => [item.itemId, item]));
  return snapshot.items.map((item, at) => (at % 100 === 0 ? changedItem(byId.get(item.itemId)) : item));
}

/** Returns the functions by name, in addition to `snapshotPack`, and the canonical bytes of all items. */
export function oursOf({ input, ctx }) {
  const { items } = ctx;
  const take = (items) => snapshotPack(input, { ...ctx, items });
  const first = take(items);
  const { hash } = first.output;
  const isSame = (snapshot) => snapshot.output.hash === hash;

  const variants = { [EVERYTHING]: () => readEverything(take(items)) };
  const stored = items.map((item) => digestItem(item));
  const canText = can(() => {
    const jsons = new Map(stored.map(({ itemId, json }) => [itemId, json]));
    const rows = [...take(items).itemsJson()];
    return rows.length === items.length && rows.every(({ itemId, json }) => json === jsons.get(itemId));
  });
  if (canText) variants[AS_TEXT] = () => readText(take(items));

  // In a pack of one item, a changed item would change the whole pack.
  if (items.length > 1) {
    const next = partlyChanged(first, items);
    const plain = JSON.parse(JSON.stringify(next));
    if (take(next).output.hash !== take(plain).output.hash) throw new Error('frozen items give another hash');
    variants[FROZEN] = () => take(next);
  }

  const encoder = new TextEncoder();
  const record = JSON.parse(JSON.stringify(first.record));
  const verify = (items) => verifySnapshot({ record, items, expect: { hash } });
  const texts = stored.map(({ json }) => json);
  const bytes = texts.map((text) => encoder.encode(text));
  variants[VERIFY_PARSED] = () => verify(texts.map((text) => JSON.parse(text)));
  if (!variants[VERIFY_PARSED]().valid) throw new Error('a stored snapshot is not valid');
  if (can(() => verify(texts).valid)) variants[VERIFY_TEXT] = () => verify(texts);
  if (can(() => verify(bytes).valid)) variants[VERIFY_BYTES] = () => verify(bytes);

  const lines = items.map((item) => JSON.stringify(item));
  const lineBytes = lines.map((line) => encoder.encode(line));
  variants[LINES_PARSED] = () => take(lines.map((line) => JSON.parse(line)));
  if (can(() => isSame(take(lines)))) variants[LINES_TEXT] = () => take(lines);
  if (can(() => isSame(take(lineBytes)))) variants[LINES_BYTES] = () => take(lineBytes);

  return { variants, canonical: encoder.encode(texts.join('')) };
}

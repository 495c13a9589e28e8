// Prepares what `loadItems` returned for the core, which reads synchronously.
//
// Why: a cursor yields items one at a time, perhaps the same object again and again. How: each item of an async iterable is turned into its
// canonical text when it arrives, so no object is kept. A refused item ends the reading; the core then reports it in its place.

import { canonicalize, digestItem } from '@lssm-tech/lib.context-snapshot';
import { ASYNC_ITERATOR, append, sliceOf } from '#language';
import { isObject, isText, ownOf } from '#values';
import { isRefusal } from './failures.js';

/** Returns the item as text that has its time, which is not part of canonical items. */
function textOf(item) {
  const { json } = digestItem(item);
  const time = isObject(item) ? ownOf(item, 'createdAt') : undefined;
  return time === undefined ? json : `{"createdAt":${canonicalize(time)},${sliceOf(json, 1)}`;
}

/** Returns true if the items come one at a time, from an async iterable. */
export const isStream = (loaded) => isObject(loaded) && typeof ownOf(loaded, ASYNC_ITERATOR) === 'function';

/**
 * Passes the items to a function of the core. Returns its result.
 *
 * @param take calls the core with an iterable
 */
export async function withItems(loaded, take) {
  if (!isStream(loaded)) return take(loaded);
  const items = [];
  let refusal;
  for await (const item of loaded) {
    // Text may have a time. Bytes may change, so they are copied.
    if (isText(item)) {
      append(items, typeof item === 'string' ? item : new Uint8Array(item));
      continue;
    }
    try {
      append(items, textOf(item));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
      append(items, item);
      break;
    }
  }
  const result = take(items);
  // The item was refused when it arrived, but not by `take`. The items after it were not read, so the result is too short.
  if (refusal !== undefined && !(result.problems?.length > 0)) throw refusal;
  return result;
}

// The links between a snapshot and the texts of its items: their order, and the times that items have of their own.

import { invalid, shorten } from './problems.js';
import { isStorable } from './records.js';

export function timeOfItem({ createdAt }) {
  if (createdAt === undefined || createdAt === null) return undefined;
  const time = new Date(createdAt);
  if (!(time >= 0 && isStorable(time))) throw invalid("An item's createdAt is not a time from 1970 to 9999");
  return time.toISOString();
}

/** Returns the times of the items that have one of their own, by position. The items of a snapshot are made when they are read. */
export async function ownTimes({ items }, { createdAt }) {
  if (!Array.isArray(items)) throw invalid('The snapshot has no items in memory: snapshotStream stores such packs');
  const times = new Map();
  for (let at = 0; at < items.length; at++) if (items[at].createdAt !== createdAt) times.set(at, items[at].createdAt);
  return times;
}

/** Links of a snapshot that come in any order. Keeps an id and a number for each, because a million entries would take 250 MB. */
export class Links {
  #createdAt;
  #ids = [];
  #numbers = [];
  #times = new Map();
  #order;

  constructor(createdAt) {
    this.#createdAt = createdAt;
  }

  /** @param numbers of the rows of the texts, undefined for those that are not there */
  add(entries, numbers) {
    entries.forEach((entry, at) => {
      const { itemId } = entry;
      if (numbers[at] === undefined) throw invalid(`No text is stored under the digest of item ${shorten(itemId)}`);
      const createdAt = timeOfItem(entry);
      if (createdAt !== undefined && createdAt !== this.#createdAt) this.#times.set(this.#ids.length, createdAt);
      this.#ids.push(itemId);
      this.#numbers.push(Number(numbers[at]));
    });
  }

  /** Returns the numbers in the order of the tree, and the times of items that have their own, by position. */
  sorted() {
    const ids = this.#ids;
    // Loops, because `from` makes a list first.
    const order = new Uint32Array(ids.length);
    for (let at = 0; at < order.length; at++) order[at] = at;
    order.sort((left, right) => (ids[left] < ids[right] ? -1 : 1));
    const bodies = new Float64Array(order.length);
    const times = new Map();
    for (let place = 0; place < order.length; place++) {
      const at = order[place];
      bodies[place] = this.#numbers[at];
      if (this.#times.has(at)) times.set(place, this.#times.get(at));
    }
    this.#order = order;
    return { bodies, times };
  }

  /** Returns the id of the item at a place in the tree. */
  idAt(place) {
    return this.#ids[this.#order[place]];
  }
}

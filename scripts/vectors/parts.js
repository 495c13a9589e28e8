// Parts that most cases start from: a pack, items, a time.

export const PACK = { packKey: 'shop.handbook', version: '3.2', title: 'Shop handbook' };
export const NOW = '2027-06-15T08:30:00.250Z';

/** Makes a valid item. `members` override its own; undefined removes one. */
export function item(itemId, members = {}) {
  const whole = { itemId, kind: 'knowledge', sourceKey: `wiki/${itemId}`, content: `All about ${itemId}.`, ...members };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
}

/** Copies an object without some of its members. */
export const without = (object, ...names) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

/** Makes `count` values, each from its position. */
export const times = (count, make) => Array.from({ length: count }, (_, at) => make(at));

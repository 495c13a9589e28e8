// What the reader of JSON text needs from `src/wasm/js/language.js`, made of the functions that this entry has anyway.

import { arrayPrototype, defineProperty, setPrototypeOf, table } from './own.js';

export {
  array as list,
  hasOwn,
  indexOf,
  isArray,
  slice as sliceOf,
  uncurry as uncurried,
  unit as unitAt,
} from './own.js';

/** Sets a member of an array or a plain object like an object literal: no inherited setter runs. */
export const put = (object, name, value) => {
  if (name in arrayPrototype) {
    defineProperty(object, name, table({ value, enumerable: true, writable: true, configurable: true }));
  } else object[name] = value;
};
/** Appends a value to a list. */
export const append = (list, value) => put(list, list.length, value);
/** Removes the prototype of a class's prototype. */
export const seclude = ({ prototype }) => setPrototypeOf(prototype, null);

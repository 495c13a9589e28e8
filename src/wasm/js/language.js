// Built-in functions, taken when the module is loaded, and classes that do not share methods with others.
//
// Why: a prototype that is patched later must not affect a result. How: the scripts of the module use these, and follow three rules:
// never read past the end of a list; never write where a setter could run (use `put` and `append`); never iterate or spread a list
// (that calls methods of `Array.prototype`).

export const { create, defineProperties, getOwnPropertyDescriptor, getOwnPropertyDescriptors } = Object;
export const { defineProperty, getOwnPropertyNames, getPrototypeOf, hasOwn, keys, setPrototypeOf } = Object;
export const { freeze, isFrozen } = Object;
export const { isArray } = Array;
export const { isInteger } = Number;
export const { apply } = Reflect;
export const DATE_PROTOTYPE = Date.prototype;
export const { getTime, toISOString } = DATE_PROTOTYPE;
export const OBJECT_PROTOTYPE = Object.prototype;
export const ARRAY_PROTOTYPE = Array.prototype;
export const { iterator: ITERATOR, asyncIterator: ASYNC_ITERATOR } = Symbol;
/** Converts a method to a function whose first argument is the object. */
export const uncurried = Function.prototype.bind.bind(Function.prototype.call);
export const unitAt = uncurried(String.prototype.charCodeAt);
export const indexOf = uncurried(String.prototype.indexOf);
export const sliceOf = uncurried(String.prototype.slice);
export const sort = /* @__PURE__ */ (() => uncurried(Array.prototype.sort))();
export const TYPED_ARRAY = getPrototypeOf(Uint8Array.prototype);
/** Returns the getter of a built-in property as a function. */
export const getter = (prototype, name) => uncurried(getOwnPropertyDescriptor(prototype, name).get);
export const lengthOf = /* @__PURE__ */ getter(TYPED_ARRAY, 'length');

/** Copies inherited members into the prototype of a class, removes that prototype's own prototype, and returns the class. */
export function seclude(Class, ...inherited) {
  const { prototype } = Class;
  for (const from of inherited)
    defineProperties(prototype, { ...getOwnPropertyDescriptors(from), ...getOwnPropertyDescriptors(prototype) });
  setPrototypeOf(prototype, null);
  return Class;
}
// Each is made by a call that is marked as pure, so that an entry has only those that it uses.
export const Table = /* @__PURE__ */ (() => {
  class Table extends Map {
    // Explicit, because some engines run the default constructor as a spread.
    constructor() {
      super(null);
    }
  }
  return seclude(Table, Map.prototype);
})();
export const WeakTable = /* @__PURE__ */ (() => {
  class WeakTable extends WeakMap {
    constructor() {
      super(null);
    }
  }
  return seclude(WeakTable, WeakMap.prototype);
})();
export const WordArray = /* @__PURE__ */ (() => {
  class WordArray extends Int32Array {
    constructor(of, start = 0, length = undefined) {
      super(of, start, length);
    }
  }
  return seclude(WordArray, TYPED_ARRAY);
})();

/** Defines a member, regardless of prototypes. */
export function define(object, name, value, enumerable = true, isFree = true) {
  const descriptor = create(null);
  descriptor.value = value;
  descriptor.enumerable = enumerable;
  descriptor.writable = descriptor.configurable = isFree;
  defineProperty(object, name, descriptor);
}

/** Sets a member of an array or a plain object like an object literal: no inherited setter runs. */
export function put(object, name, value) {
  // With another prototype above that of arrays, asking for a name proves nothing.
  if (getPrototypeOf(ARRAY_PROTOTYPE) !== OBJECT_PROTOTYPE || name in ARRAY_PROTOTYPE) define(object, name, value);
  else object[name] = value;
}

/** Returns true if the first name of an object is an element, or begins like one. Elements are the first names. */
const hasElement = (of) => unitAt(getOwnPropertyNames(of)[0] ?? '', 0) <= 57;

/** Returns true if elements of arrays may be assigned, until other code runs, because no prototype has one. */
export const areElementsFree = () =>
  getPrototypeOf(ARRAY_PROTOTYPE) === OBJECT_PROTOTYPE && !hasElement(ARRAY_PROTOTYPE) && !hasElement(OBJECT_PROTOTYPE);

/** Appends a value to a list. */
export const append = (list, value) => put(list, list.length, value);

/** Makes a list without a prototype, so elements may be set and read past its end. */
export const list = () => setPrototypeOf([], null);

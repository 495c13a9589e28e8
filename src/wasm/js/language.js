// Functions of the language, taken when the module is loaded, and classes whose methods are their own.
//
// Why: a prototype that somebody patches afterwards must not decide anything. How: the scripts of the module call these, and keep to
// three rules: no reads past the end of a list, no writes that a setter could catch (`put`, `append`), no iteration or spreading
// of lists (these ask `Array.prototype`).

export const { create, defineProperties, getOwnPropertyDescriptor, getOwnPropertyDescriptors } = Object;
export const { defineProperty, getPrototypeOf, hasOwn, keys, setPrototypeOf } = Object;
export const { freeze } = Object;
export const { isArray } = Array;
export const { isInteger } = Number;
export const { apply } = Reflect;
export const DATE_PROTOTYPE = Date.prototype;
export const { getTime, toISOString } = DATE_PROTOTYPE;
export const OBJECT_PROTOTYPE = Object.prototype;
export const ARRAY_PROTOTYPE = Array.prototype;
export const { iterator: ITERATOR, asyncIterator: ASYNC_ITERATOR } = Symbol;
/** Makes a function of a method, which takes its object first. */
export const uncurried = Function.prototype.bind.bind(Function.prototype.call);
export const unitAt = uncurried(String.prototype.charCodeAt);
export const indexOf = uncurried(String.prototype.indexOf);
export const sliceOf = uncurried(String.prototype.slice);
export const sort = uncurried(Array.prototype.sort);
export const TYPED_ARRAY = getPrototypeOf(Uint8Array.prototype);
/** Reads a property that the language defines by a getter. */
export const getter = (prototype, name) => uncurried(getOwnPropertyDescriptor(prototype, name).get);
export const lengthOf = getter(TYPED_ARRAY, 'length');

/** Gives a class of ours its own copies of inherited members, and cuts it off from those that all share. */
export function seclude(Class, ...inherited) {
  const { prototype } = Class;
  for (const from of inherited)
    defineProperties(prototype, { ...getOwnPropertyDescriptors(from), ...getOwnPropertyDescriptors(prototype) });
  setPrototypeOf(prototype, null);
}
export class Table extends Map {
  // Not the default, which some engines run as a spread.
  constructor() {
    super(null);
  }
}
seclude(Table, Map.prototype);
export class Met extends WeakSet {
  constructor() {
    super(null);
  }
}
seclude(Met, WeakSet.prototype);
export class Words extends Int32Array {
  constructor(of, start = 0, length = undefined) {
    super(of, start, length);
  }
}
seclude(Words, TYPED_ARRAY);

/** Defines a member, whatever prototypes have of that name. */
export function define(object, name, value, enumerable = true, isFree = true) {
  const descriptor = create(null);
  descriptor.value = value;
  descriptor.enumerable = enumerable;
  descriptor.writable = descriptor.configurable = isFree;
  defineProperty(object, name, descriptor);
}

/** Sets a member of an array or a plain object as an object literal would: no setter of a prototype runs. */
export function put(object, name, value) {
  if (name in ARRAY_PROTOTYPE) define(object, name, value);
  else object[name] = value;
}

/** Adds a value to the end of a list. */
export const append = (list, value) => put(list, list.length, value);

/** A list of our own, whose elements may be set and read past its end. */
export const list = () => setPrototypeOf([], null);

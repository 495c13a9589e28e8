// Checks that a message arrives in the worker as it is here.
//
// Why: a message is copied. The copy has own enumerable members only and is always a plain object, so a value that the library would
// have refused, or read by a getter of its class, arrives as another one, and could then be found valid. How: only data of which a copy is the
// same is sent; everything else is refused, with its path.

const { getOwnPropertyNames, getPrototypeOf, hasOwn } = Object;

/** Throws a TypeError if a copy of the value would differ from it. O(n); what is in it twice is looked at once. */
export function assertSendable(value, path) {
  const seen = new Set();
  const left = [[value, path]];
  while (left.length > 0) {
    const [one, place] = left.pop();
    if (typeof one === 'function' || typeof one === 'symbol') refuse(place, `a ${typeof one}`);
    if (typeof one !== 'object' || one === null || isCopied(one) || seen.has(one)) continue;
    seen.add(one);
    const prototype = getPrototypeOf(one);
    const isArray = Array.isArray(one);
    // That of plain objects has no prototype, in every realm; nor has that of a class that extends null.
    const isPlain = prototype === null || (getPrototypeOf(prototype) === null && hasOwn(prototype, 'isPrototypeOf'));
    if (!isArray && !isPlain) refuse(place, 'an instance of a class');
    for (const name of getOwnPropertyNames(one)) {
      if (isArray && name === 'length') continue;
      const at = `${place}.${name}`;
      if (!Reflect.getOwnPropertyDescriptor(one, name).enumerable) refuse(at, 'a member that is not enumerable');
      left.push([one[name], at]);
    }
  }
}

/** True for instances of the platform that are copied whole. */
const isCopied = (value) =>
  ArrayBuffer.isView(value) ||
  (typeof CryptoKey !== 'undefined' && value instanceof CryptoKey) ||
  (getPrototypeOf(value) === Date.prototype && getOwnPropertyNames(value).length === 0);

function refuse(path, what) {
  throw new TypeError(
    `${path}: ${what} does not arrive in the worker as it is; copy what is needed into a plain object`,
  );
}

// The one class of errors, in a file that imports nothing: the entry `./errors` is this class without the module.

const { defineProperty, hasOwn, keys } = Object;

/** A problem object (RFC 9457) that can be thrown: its members are own and enumerable, as the host's runtime reads them. */
class SnapshotError extends Error {
  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    const names = keys(problem);
    for (let at = 0; at < names.length; at++) {
      const value = problem[names[at]];
      // Defined, because a setter on a prototype would catch an assignment.
      defineProperty(this, names[at], { __proto__: null, value, enumerable: true, writable: true, configurable: true });
    }
  }
}
// As the names of JavaScript's own errors are: inherited, not enumerable.
defineProperty(SnapshotError.prototype, 'name', {
  __proto__: null,
  value: 'SnapshotError',
  configurable: true,
  writable: true,
});
// The build shortens names; this one is read by people, in what consoles print.
defineProperty(SnapshotError, 'name', { __proto__: null, value: 'SnapshotError' });

// One class in a realm, however many copies of this script there are in it (`./errors` beside the main entry, two bundles in a
// page), so that `instanceof` holds: the first notes itself where the others look. The version keeps others of it apart.
const KEY = Symbol.for('@lssm-tech/lib.context-snapshot@0.1.0/SnapshotError');
if (!hasOwn(globalThis, KEY)) Reflect.defineProperty(globalThis, KEY, { __proto__: null, value: SnapshotError });
// A realm may be frozen: then each copy has its own.
const Shared = globalThis[KEY] ?? SnapshotError;

export { Shared as SnapshotError };

// The one class of errors, in a file that imports nothing: the entry `./errors` is this class without the module.

const { defineProperty, keys } = Object;

/** A problem object (RFC 9457) that can be thrown: its members are own and enumerable, as the host's runtime reads them. */
export class SnapshotError extends Error {
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

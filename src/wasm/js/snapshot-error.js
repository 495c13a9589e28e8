// The class of all errors. It imports nothing, because the entry `./errors` is this class without the module.

const { defineProperty, hasOwn } = Object;
const { bind, call } = Function.prototype;
const uncurried = bind.bind(call);
const slice = uncurried(String.prototype.slice);
const lastIndexOf = uncurried(String.prototype.lastIndexOf);

/** Status, category, type and title of each code. The loop below makes the last two from the name. */
// E1-1, E2-1
const CODES = {
  __proto__: null,
  UNAUTHENTICATED: [401, 'auth'],
  FORBIDDEN: [403, 'auth'],
  NOT_FOUND: [404, 'not_found'],
  CONFLICT: [409, 'conflict'],
  PRECONDITION_FAILED: [412, 'conflict'],
  VALIDATION_FAILED: [422, 'validation'],
  INTERNAL_ERROR: [500, 'internal'],
  SERVICE_UNAVAILABLE: [503, 'internal'],
  TIMEOUT: [504, 'internal'],
};
for (const code in CODES) {
  const words = code.toLowerCase().split('_');
  CODES[code].push(`https://contractspec.io/problems/${words.join('-')}`, code[0] + words.join(' ').slice(1));
}
/** Members of a problem that do not follow from its code, except the issues. */
const OTHERS = ['operation', 'traceId', 'args'];
/** Highest number of UTF-16 units that a console shows of an error: one screen. */
const MOST_SHOWN = 1900;

/** Defines a member. An assignment would run an inherited setter. */
const define = (error, name, value) =>
  defineProperty(error, name, { __proto__: null, value, enumerable: true, writable: true, configurable: true });

/**
 * Defines a member by a getter. Of an uncaught error, Node.js prints the values of all members, but only the names of getters. We use it
 * for `detail`, which the message contains already, and for `issues`, which may be long.
 */
// E1.2-2
const quietly = (error, name, value) =>
  defineProperty(error, name, { __proto__: null, get: () => value, enumerable: true, configurable: true });

/** A problem object (RFC 9457) that can be thrown. Its members are own and enumerable, because the host's runtime reads these. */
// E0-1, E1.1-1
class SnapshotError extends Error {
  constructor(problem) {
    const code = problem?.code;
    const facts = CODES[code];
    if (facts === undefined) {
      let codes = '';
      for (const name in CODES) codes += `${codes && ', '}${name}`;
      throw new TypeError(`SnapshotError expects { code, detail, args? }, where code is one of ${codes}`);
    }
    // By position, because iterating a list would call methods of a prototype.
    const { 0: status, 1: category, 2: type, 3: title } = facts;
    const detail = `${problem.detail ?? title}`;
    super(`${code}: ${detail}`);
    define(this, 'type', type);
    define(this, 'title', title);
    define(this, 'status', status);
    quietly(this, 'detail', detail);
    define(this, 'code', code);
    define(this, 'category', category);
    define(this, 'severity', status < 500 ? 'warning' : 'error');
    define(this, 'retryable', status > 500);
    // E1-5
    for (let at = 0; at < OTHERS.length; at++) {
      const value = problem[OTHERS[at]];
      if (value !== undefined) define(this, OTHERS[at], value);
    }
    const { issues } = problem;
    if (issues !== undefined) quietly(this, 'issues', issues);
  }

  /** Makes an error of the result of `toJSON`, however it was transported. */
  // E1.1-2
  static from(value) {
    return value instanceof SnapshotError ? value : new SnapshotError(value);
  }

  toJSON() {
    return { ...this };
  }

  /** Returns the text that Node.js, Deno and Bun show: the stack, and further issues as long as there is room. */
  [Symbol.for('nodejs.util.inspect.custom')]() {
    const { stack = `${this}`, issues = [] } = this;
    let shown = stack;
    if (shown.length > MOST_SHOWN) {
      shown = slice(shown, 0, MOST_SHOWN);
      const end = lastIndexOf(shown, '\n');
      if (end > 0) shown = slice(shown, 0, end);
    }
    for (let at = 1; at < issues.length; at++) {
      const line = `\n  ${issues[at].path}: ${issues[at].message}`;
      if (shown.length + line.length > MOST_SHOWN) break;
      shown += line;
    }
    return shown;
  }
}
// Inherited and not enumerable, like the names of built-in errors.
defineProperty(SnapshotError.prototype, 'name', {
  __proto__: null,
  value: 'SnapshotError',
  configurable: true,
  writable: true,
});
// The build shortens names of classes, but people read this one.
defineProperty(SnapshotError, 'name', { __proto__: null, value: 'SnapshotError' });

// A realm has one class, even if it has several copies of this script (`./errors` beside the main entry, two bundles in a page), so that
// `instanceof` works: the first copy registers its class under a key with the version, and the others use it.
const KEY = Symbol.for('@lssm-tech/lib.context-snapshot@0.1.0/SnapshotError');
if (!hasOwn(globalThis, KEY)) Reflect.defineProperty(globalThis, KEY, { __proto__: null, value: SnapshotError });
// In a frozen realm, each copy has its own class.
const Shared = globalThis[KEY] ?? SnapshotError;

export { Shared as SnapshotError };

// The one class of errors, in a file that imports nothing: the entry `./errors` is this class without the module.

const { defineProperty, hasOwn } = Object;
const { bind, call } = Function.prototype;
const uncurried = bind.bind(call);
const slice = uncurried(String.prototype.slice);
const lastIndexOf = uncurried(String.prototype.lastIndexOf);

/** Of each code: status, category, then type and title, which are made of its name. */
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
/** Members of a problem that are not of its code, but for the issues. */
const OTHERS = ['operation', 'traceId', 'args'];
/** What a console shows of an error, in UTF-16 units: a screen, whatever is wrong. */
const MOST_SHOWN = 1900;

/** Defines a member: a setter on a prototype would catch an assignment. */
const define = (error, name, value) =>
  defineProperty(error, name, { __proto__: null, value, enumerable: true, writable: true, configurable: true });

/**
 * Defines a member that is read as any other. But Node, which prints all members of an error that nobody catches, prints no more
 * than the name of this one: the message has it, or it is long.
 */
// E1.2-2
const quietly = (error, name, value) =>
  defineProperty(error, name, { __proto__: null, get: () => value, enumerable: true, configurable: true });

/** A problem object (RFC 9457) that can be thrown: its members are own and enumerable, as the host's runtime reads them. */
// E0-1, E1.1-1
class SnapshotError extends Error {
  constructor(problem) {
    const code = problem?.code;
    const facts = CODES[code];
    if (facts === undefined) {
      let codes = '';
      for (const name in CODES) codes += `${codes && ', '}${name}`;
      throw new TypeError(`SnapshotError takes { code, detail, args? }, where code is one of ${codes}`);
    }
    // By position: what reads a list as an iterable asks prototypes.
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

  /** Makes an error again of what `toJSON` returned, however it was carried. */
  // E1.1-2
  static from(value) {
    return value instanceof SnapshotError ? value : new SnapshotError(value);
  }

  toJSON() {
    return { ...this };
  }

  /** What consoles of Node, Deno and Bun show: the message, who called, and more of the issues while there is room. */
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

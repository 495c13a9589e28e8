// Loads the package in hosts that provide different functions: a Buffer that writes text, a SHA-256, both, neither, broken ones.
//
// Why: each takes a different code path, and all must give the same bytes.
//
// How: the CommonJS file runs once for each host, with a different `globalThis`. So all hosts share one realm and get the same values. The
// functions count their calls, because a test proves nothing about a path that was not taken. One more host is a realm of its own, so that
// all values come from a foreign realm.

import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

const file = new URL('../../../pkg/dist/index.cjs', import.meta.url);
const source = readFileSync(file, 'utf8');
const { ucs2Write, utf8Write } = Buffer.prototype;
const { Instance, Memory, Table } = WebAssembly;

/**
 * Makes a Buffer that writes text and counts the calls. As in Node.js, each method only calls another function, so the package takes it for
 * a native one.
 */
function writingBuffer(taken) {
  function counted(buffer, method, of) {
    taken.texts++;
    return method.apply(buffer, of);
  }
  const units = (buffer, ...of) => counted(buffer, ucs2Write, of);
  const bytes = (buffer, ...of) => counted(buffer, utf8Write, of);
  return {
    prototype: {
      ucs2Write(string, offset, length) {
        return units(this, string, offset, length);
      },
      utf8Write(string, offset, length) {
        return bytes(this, string, offset, length);
      },
    },
    from: (...of) => Buffer.from(...of),
  };
}

/** Makes a Buffer without these methods, like a polyfill. */
const plainBuffer = () => ({ prototype: {}, from: (...of) => Buffer.from(...of) });

/** Makes a `node:crypto` with this function as its `hash`. */
const processWith = (hash) => ({ getBuiltinModule: (name) => (name === 'node:crypto' ? { hash } : undefined) });

/**
 * Makes a hash function that counts its calls and fails once on request. Calls without a message are counted apart: they come when a reader
 * is created.
 */
const countingHash =
  (taken, hash = crypto.hash) =>
  (algorithm, message, encoding) => {
    if (message.length === 0) taken.readers++;
    else if (++taken.digests === taken.failAt) throw taken.failure;
    return hash(algorithm, message, encoding);
  };

const refuse = () => {
  throw new TypeError('Unknown encoding: latin1');
};
const writing = (taken) => ({ Buffer: writingBuffer(taken) });
const lending = (hash) => (taken) => ({ ...writing(taken), process: processWith(countingHash(taken, hash)) });

/** What each host provides, whether the package must use it, and whether it is as new as `toHex`, by which the package knows fast UTF-8. */
const LENT = {
  'Node.js': { lent: lending(), texts: true, digests: true },
  'one without SHA-256': { lent: writing, texts: true, digests: false },
  'one whose Buffer writes no UTF-16': {
    lent: (taken) => ({ Buffer: plainBuffer(), process: processWith(countingHash(taken)) }),
    texts: false,
    digests: true,
  },
  'one without Buffer': {
    lent: (taken) => ({ process: processWith(countingHash(taken)) }),
    texts: false,
    digests: true,
  },
  'a browser': { lent: () => ({}), texts: false, digests: false },
  'one that writes UTF-8 fast': { lent: lending(), texts: true, digests: true, isNew: true },
};

/** Hosts whose SHA-256 is wrong or unusable. */
const BAD_NATIVE = {
  'one whose SHA-256 refuses the encoding': lending(refuse),
  'one whose SHA-256 ignores the encoding': lending((algorithm, message) => crypto.hash(algorithm, message, 'hex')),
  'one whose SHA-256 gives a Buffer': lending((algorithm, message) => crypto.hash(algorithm, message, 'buffer')),
  'one whose SHA-256 gives nothing': lending(() => undefined),
  'one whose SHA-256 is another hash': lending((_, message, encoding) => crypto.hash('sha512', message, encoding)),
  'one whose SHA-256 is a promise': lending(async () => 'x'),
  'one whose crypto has no hash': (taken) => ({ ...writing(taken), process: processWith(undefined) }),
  'one whose process has no modules': (taken) => ({ ...writing(taken), process: { env: {} } }),
  'one that has no such module': (taken) => ({ ...writing(taken), process: { getBuiltinModule: () => undefined } }),
};
for (const [name, lent] of Object.entries(BAD_NATIVE)) LENT[name] = { lent, texts: true, digests: false };

export const HOSTS = Object.keys(LENT);
export const FOREIGN = 'a realm of its own';

/** Compiles the module once: it has no state, and the tests load the package about a thousand times. */
let compiled;
function Module(bytes) {
  compiled ??= new WebAssembly.Module(bytes);
  return compiled;
}

/** Tracks the memories that are created: their bytes, and a way to grow them. */
const watched = () => {
  const memories = [];
  return {
    memoryBytes: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    growMemory(bytes) {
      for (const memory of memories) memory.grow(bytes / 2 ** 16);
    },
    WebAssembly: {
      Module,
      Memory,
      Table,
      validate: WebAssembly.validate,
      Instance: class extends Instance {
        constructor(...of) {
          super(...of);
          for (const exported of Object.values(this.exports)) if (exported instanceof Memory) memories.push(exported);
        }
      },
    },
  };
};

/** Runs a function in an engine that has `Uint8Array.prototype.toHex`, or one that does not have it. */
function inEngine(isNew, run) {
  const { prototype } = Uint8Array;
  const own = Object.getOwnPropertyDescriptor(prototype, 'toHex');
  delete prototype.toHex;
  if (isNew) Object.defineProperty(prototype, 'toHex', { value: undefined, configurable: true });
  try {
    run();
  } finally {
    delete prototype.toHex;
    if (own) Object.defineProperty(prototype, 'toHex', own);
  }
}

/** Loads the package again in that host; returns it with the counts of calls and the size of its memory. */
export function hostOf(name) {
  const { lent, texts, digests, isNew } = LENT[name];
  const taken = { texts: 0, digests: 0, readers: 0 };
  const { WebAssembly, ...memory } = watched();
  const module = { exports: {} };
  const { TextDecoder, TextEncoder } = globalThis;
  const own = { TextDecoder, TextEncoder, crypto: crypto.webcrypto, ...lent(taken) };
  const run = new Function('module', 'globalThis', 'Buffer', 'process', 'WebAssembly', source);
  inEngine(isNew, () => run(module, own, own.Buffer, own.process, WebAssembly));
  return { name, api: module.exports, taken, ...memory, takes: { texts, digests } };
}

/** Loads the package in a realm of its own, as in jest, with everything that Node.js provides. */
export function foreignHost() {
  const taken = { texts: 0, digests: 0, readers: 0 };
  const { WebAssembly, ...memory } = watched();
  const module = { exports: {} };
  const { TextDecoder, TextEncoder } = globalThis;
  const own = { TextDecoder, TextEncoder, crypto: crypto.webcrypto, ...lending()(taken), module, WebAssembly };
  const context = createContext(own);
  new Script(source).runInContext(context);
  return { name: FOREIGN, api: module.exports, taken, ...memory, takes: { texts: true, digests: true } };
}

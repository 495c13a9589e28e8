// The package in hosts that differ in what they lend it: a Buffer that writes UTF-16, a SHA-256, both, neither, bad ones.
//
// Why: each takes another path, and all must make the same bytes.
//
// How: the CommonJS file is run as often as there are hosts, each time with another `globalThis`; so all hosts are in one
// realm, and are given the same values. What they lend counts how often it is called, since a path that is not taken
// shows nothing. One more host is a realm of its own, to which all values are foreign.

import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

const file = new URL('../../../pkg/dist/index.cjs', import.meta.url);
const source = readFileSync(file, 'utf8');
const { ucs2Write } = Buffer.prototype;
const { Instance, Memory, Table } = WebAssembly;

/** Buffers that write UTF-16, and count it. */
const writingBuffer = (taken) => ({
  prototype: {
    ucs2Write(text, at, length) {
      taken.texts++;
      return ucs2Write.call(this, text, at, length);
    },
  },
  from: (...of) => Buffer.from(...of),
});

/** One that has no such method, as polyfills are. */
const plainBuffer = () => ({ prototype: {}, from: (...of) => Buffer.from(...of) });

/** `node:crypto`, with that function in the place of its `hash`. */
const processWith = (hash) => ({ getBuiltinModule: (name) => (name === 'node:crypto' ? { hash } : undefined) });

/**
 * What digests, and counts it, and fails once where it is told to; that it is asked for the digest of nothing is how a
 * reader begins.
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

/** What each lends, and whether it is to be used. */
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
};

/** SHA-256 of a host's own that are none, or not what is needed. */
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

/** Bytes of the memories that were made, and a way to make them larger. */
const watched = () => {
  const memories = [];
  return {
    memoryBytes: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    growMemory(bytes) {
      for (const memory of memories) memory.grow(bytes / 2 ** 16);
    },
    WebAssembly: {
      Module: WebAssembly.Module,
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

/** The package as it is in that host, new; what it took of what it was lent; and how much memory it has. */
export function hostOf(name) {
  const { lent, texts, digests } = LENT[name];
  const taken = { texts: 0, digests: 0, readers: 0 };
  const { WebAssembly, ...memory } = watched();
  const module = { exports: {} };
  const { TextDecoder, TextEncoder } = globalThis;
  const own = { TextDecoder, TextEncoder, crypto: crypto.webcrypto, ...lent(taken) };
  const run = new Function('module', 'globalThis', 'Buffer', 'process', 'WebAssembly', source);
  run(module, own, own.Buffer, own.process, WebAssembly);
  return { name, api: module.exports, taken, ...memory, takes: { texts, digests } };
}

/** The same in a realm of its own, as in jest, with all that Node.js lends. */
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

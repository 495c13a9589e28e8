// The package's entry: WebAssembly in place before it is needed, without an init call.
//
// How: the module comes from a place that fits the host (`module/`, chosen by `pkg/build/`) and is compiled,
// synchronously, by the first call: to import the package costs next to nothing and never fails, so that a page or a
// server in which WebAssembly cannot run learns so where it can handle it. The functions are the crate's own exports.
// What is added is that a trap (no memory left, a stack that is full in the middle of WebAssembly, a bug) costs one
// call: what it leaves behind is dropped, and the next call finds a new instance of the compiled module.
//
// An instance is an object here, `running.instance_`, and it is lost for good: as soon as a call was stopped in its middle
// there is none, until the outermost call has returned and another one begins. What lives in an instance (`Held`) keeps that
// object, and compares it before it touches any memory.

import contractData from '#contract';
import { deepFreeze } from '#freeze';
import * as glue from '#glue';
import { letGo, running } from '#instance';
import { apply, define, uncurried } from '#language';
import { takeCopied } from '#memory';
import { compile } from '#module';
import { SnapshotError } from '#snapshot-error';
import { fromCaller, wasHandedOver } from '#thrown';
import { envelopes } from './envelope.js';
import { inputSchema } from './standard.js';

const LOST = 'WebAssembly stopped in the middle of another call, and what this one needs of it is lost; begin again';
const includes = uncurried(String.prototype.includes);
/** V8 reserves as much for each memory, so that it need not check each access, and says that it cannot allocate it. */
const NO_ROOM = '. It needs 10 GB of address space (ulimit -v), or node --disable-wasm-trap-handler';
/** Bytes of memory above which an instance is not kept for calls that copy less than `LITTLE` into it. */
const LARGE = 2 ** 25;
const LITTLE = 2 ** 23;

let compiled;
/** Calls that have not returned: host code that we call may call us. */
let depth = 0;

function start(entry, operation) {
  try {
    if (compiled === undefined) {
      compiled = compile();
      glue.setModule(compiled);
    }
    glue.__wbg_reset_state();
    /** How many builders and verifiers live in it. */
    running.instance_ = { held_: 0 };
  } catch (exception) {
    drop();
    const { message } = exception;
    const hint = includes(message, 'Cannot allocate') ? NO_ROOM : '';
    // E2-3
    throw internalError(`WebAssembly could not be started. ${message}${hint}`, exception, operation, entry);
  }
}

/** Lets go of the instance and its memory. */
function drop() {
  running.instance_ = undefined;
  glue.dropInstance();
  letGo();
  takeCopied();
}

/** After a call: drops what is lost, and memory that such a call does not need. WebAssembly's cannot shrink. */
function tidy() {
  if (running.instance_ === undefined) return drop();
  if (running.instance_.held_ > 0) return;
  if (takeCopied() < LITTLE && glue.memorySize() > LARGE) drop();
}

/** Throws in a line that Node does not print if nobody catches the exception: `pkg/build/` marks it. */
function raise(exception) {
  'unseen';
  throw exception;
}

/** Calls what is exported, in an instance that is sound before and after; `entry` is the function that the caller has called. */
function run(entry, operation, exported, one, two, three) {
  if (running.instance_ === undefined) {
    // Nothing can be begun before the calls have ended that still run in the one that is lost.
    if (depth > 0) throw internalError(LOST, undefined, operation, entry);
    start(entry, operation);
  }
  const { instance_: instance } = running;
  let isSound = false;
  depth++;
  try {
    const result = exported(one, two, three);
    isSound = true;
    // Lost by a call in the middle of this one: its memory may be half-changed, and so may be what it has made of it.
    if (running.instance_ !== instance) throw internalError(LOST, undefined, operation, entry);
    return result;
  } catch (exception) {
    if (isSound) raise(exception);
    isSound = wasHandedOver(exception, entry);
    // On purpose, or by the host's own code.
    if (isSound) raise(exception);
    if (running.instance_ !== instance) throw internalError(LOST, undefined, operation, entry);
    if (!isTrap(exception)) throw exception;
    throw internalError(
      // E2-2
      `WebAssembly stopped in the middle of this call (${exception.message}); the next call is not affected`,
      exception,
      operation,
      entry,
    );
  } finally {
    // Nothing is called before that is noted: the stack may be full.
    if (!isSound) running.instance_ = undefined;
    depth--;
    if (depth === 0) tidy();
  }
}

/** By its name: the error is of the realm in which the instance was made, and `WebAssembly` here may be another's. */
const isTrap = (exception) => exception?.name === 'RuntimeError';

function internalError(detail, cause, operation, entry) {
  const error = fromCaller(new SnapshotError({ code: 'INTERNAL_ERROR', detail, operation }), entry);
  define(error, 'cause', cause, false);
  return error;
}

/** Refuses arguments that nothing reads: what was meant by them would not be done. */
// E8-4
function takes(entry, count, more, name, hint = '') {
  if (more.length === 0) return;
  const most = count === 1 ? '1 argument' : `${count} arguments`;
  raise(fromCaller(new TypeError(`${name} takes ${most}, received ${count + more.length}${hint}`), entry));
}
const EXPECT = ': what you trust goes into expect';

const operation = { key: contractData.key, version: contractData.version, kind: contractData.kind };
const exporting = (exported, operation) => {
  const entry = (one, two) => run(entry, operation, exported, one, two);
  return entry;
};
export const snapshotPack = exporting(glue.snapshotPack, operation);
export const previewPack = exporting(glue.previewPack, operation);
export const snapshotIdFor = exporting(glue.snapshotIdFor);
export const digestItem = exporting(glue.digestItem);
export const canonicalize = exporting(glue.canonicalize);
export const digest = exporting(glue.digest);
export const verifySnapshot = (parts, ...more) => {
  takes(verifySnapshot, 1, more, 'verifySnapshot', EXPECT);
  return run(verifySnapshot, undefined, glue.verifySnapshot, parts);
};
export const verifyChain = (records, options, ...more) => {
  takes(verifyChain, 2, more, 'verifyChain');
  return run(verifyChain, undefined, glue.verifyChain, records, options);
};
export const proveItem = exporting(glue.proveItem);
export const verifyItem = (item, proof, hash, ...more) => {
  takes(verifyItem, 3, more, 'verifyItem');
  return run(verifyItem, undefined, glue.verifyItem, item, proof, hash);
};
export const explainItem = (item, proof, hash, ...more) => {
  takes(explainItem, 3, more, 'explainItem');
  return run(explainItem, undefined, glue.explainItem, item, proof, hash);
};
export const diffSnapshots = exporting(glue.diffSnapshots);
export const summarizeSnapshot = exporting(glue.summarizeSnapshot);
export const toStatement = exporting(glue.toStatement);
export const { signStatement, verifyEnvelope } = envelopes(
  exporting(glue.statementToSign),
  exporting(glue.checkStatement),
  canonicalize,
  internalError,
);

// Not enumerable: a copy of the contract, as JSON or by structuredClone, is data alone.
define(contractData, 'input', inputSchema(snapshotPack, canonicalize, SnapshotError), false);
export const contract = deepFreeze(contractData);

const exec = uncurried(RegExp.prototype.exec);
export const isDigest = (value) => typeof value === 'string' && exec(/^sha256:[0-9a-f]{64}$/, value) !== null;

const call = Symbol('call');
/** `Symbol.dispose`, where the host has it, and where what stands in for it goes by the same name. */
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** Frees what lives in that instance, if that is still the one. */
function release({ object_: object, instance_: instance }) {
  if (instance !== running.instance_) return;
  instance.held_--;
  try {
    run(release, undefined, () => object.free());
  } catch {
    // Then all is lost that lived there, which says so itself.
  }
}

const Registry = globalThis.FinalizationRegistry;
const abandoned = Registry && new Registry(release);
const { register, unregister } = abandoned ?? {};

/** What lives in WebAssembly's memory between two calls, until it is finished, freed or lost with its instance. */
class Held {
  /** The object, and the instance that it lives in. */
  #home;
  /** Calls that have not returned: an item's own code may call, and may free. */
  #calls = 0;
  #isFreed = false;
  #isFinished = false;

  constructor(entry, operation, Class, one, two) {
    this.#home = run(entry, operation, () => {
      const object = new Class(one, two);
      const { instance_: instance } = running;
      // If it was lost meanwhile there is none, and `run` fails.
      if (instance !== undefined) instance.held_++;
      return { object_: object, instance_: instance };
    });
    if (abandoned) apply(register, abandoned, [this, this.#home, this.#home]);
  }

  [call](entry, method, value) {
    if (this.#isFreed) throw new Error('It was freed: nothing can be done with it');
    if (this.#isFinished) throw new Error('It is finished: nothing can be added, and it can be finished only once');
    const { object_: object, instance_: instance } = this.#home;
    if (instance !== running.instance_) throw internalError(LOST, undefined, undefined, entry);
    if (!(method in object)) throw new TypeError(`There is no ${method} in an object of this class`);
    this.#calls++;
    try {
      return run(entry, undefined, () => object[method](value));
    } finally {
      this.#calls--;
      this.#release();
    }
  }

  /** Gives back what is no longer needed, once. */
  #release() {
    if (this.#calls > 0 || !(this.#isFreed || this.#isFinished)) return;
    const home = this.#home;
    if (home === undefined) return;
    this.#home = undefined;
    if (abandoned) apply(unregister, abandoned, [home]);
    release(home);
  }

  free() {
    this.#isFreed = true;
    this.#release();
  }

  finish() {
    const result = this[call](this.finish, 'finish');
    this.#isFinished = true;
    this.#release();
    return result;
  }

  [dispose]() {
    this.free();
  }
}

export class SnapshotBuilder extends Held {
  #itemCount = 0;

  constructor(input, ctx) {
    super(SnapshotBuilder, operation, glue.SnapshotBuilder, input, ctx);
    const identity = this[call](SnapshotBuilder, 'identity');
    define(this, 'snapshotId', identity[0], true, false);
    define(this, 'createdAt', identity[1], true, false);
  }

  get itemCount() {
    return this.#itemCount;
  }

  add(item) {
    const added = this[call](this.add, 'add', item);
    this.#itemCount++;
    return added;
  }

  addDigest(entry) {
    this[call](this.addDigest, 'addDigest', entry);
    this.#itemCount++;
  }
}

// E8.1-33
export class SnapshotVerifier extends Held {
  constructor(parts, ...more) {
    takes(SnapshotVerifier, 1, more, 'SnapshotVerifier', EXPECT);
    super(SnapshotVerifier, undefined, glue.SnapshotVerifier, parts);
  }

  add(item, ...more) {
    takes(this.add, 1, more, 'add');
    this[call](this.add, 'add', item);
  }

  finish(...more) {
    takes(this.finish, 0, more, 'finish');
    return super.finish();
  }
}

// The build shortens names; these are read by people, in what consoles print.
const nameIt = (Class, name) => define(Class, 'name', name, false, false);
nameIt(SnapshotBuilder, 'SnapshotBuilder');
nameIt(SnapshotVerifier, 'SnapshotVerifier');

export { SnapshotError };

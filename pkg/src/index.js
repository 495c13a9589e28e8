// The entry of the package. Starts WebAssembly when it is needed, without an init call.
//
// How: the module comes from a place that fits the host (`module/`, chosen by `pkg/build/`), and the first call compiles it
// synchronously. So importing the package is cheap and never fails, and a page or a server that cannot run WebAssembly learns it where
// it can handle an error. The functions are the exports of the crate. A trap (no memory left, a full stack in the middle of
// WebAssembly, a bug) costs one call: the instance is dropped, and the next call gets a new one.
//
// An instance is represented by an object, `running.instance_`. When a call was stopped in its middle, the instance is lost for good, and
// there is none until the outermost call has returned and another one begins. An object that lives in an instance (`Handle`) keeps
// that object, and compares it before it touches any memory.

import contractData from '#contract';
import { deepFreeze } from '#freeze';
import * as glue from '#glue';
import { letGo, running } from '#instance';
import { append, apply, define, isArray, uncurried } from '#language';
import { takeCopied } from '#memory';
import { compile } from '#module';
import { SnapshotError } from '#snapshot-error';
import { fromCaller, wasHandedOver } from '#thrown';
import { elementOf, isObject, member, rootOf } from '#values';
import { envelopes } from './envelope.js';
import { inputSchema } from './standard.js';

const LOST = 'WebAssembly stopped during another call, and the state that this call needs is lost; start again';
const includes = uncurried(String.prototype.includes);
/**
 * Hint for "Cannot allocate": V8 reserves 10 GB of address space for each memory, because it then does not need to check
 * each access.
 */
const ADDRESS_SPACE_HINT = '. It needs 10 GB of address space (ulimit -v), or node --disable-wasm-trap-handler';
/**
 * An instance with more bytes of memory than this is dropped after a call that copied fewer bytes than `SMALL_CALL` into
 * it.
 */
const LARGE_MEMORY = 2 ** 25;
const SMALL_CALL = 2 ** 23;

let compiled;
/** Number of calls that have not returned. Host code that we call may call us. */
let depth = 0;

function start(entry, operation) {
  try {
    if (compiled === undefined) {
      compiled = compile();
      glue.setModule(compiled);
    }
    glue.__wbg_reset_state();
    /** Number of builders and verifiers that live in it. */
    running.instance_ = { handles_: 0 };
  } catch (exception) {
    drop();
    const { message } = exception;
    const hint = includes(message, 'Cannot allocate') ? ADDRESS_SPACE_HINT : '';
    // E2-3
    throw internalError(`WebAssembly could not be started. ${message}${hint}`, exception, operation, entry);
  }
}

/** Drops the instance and its memory. */
function drop() {
  running.instance_ = undefined;
  glue.dropInstance();
  letGo();
  takeCopied();
}

/**
 * Runs after the outermost call: drops the instance if it is lost, or if its memory is much larger than this call needed.
 * WebAssembly memory cannot shrink.
 */
function cleanUp() {
  if (running.instance_ === undefined) return drop();
  if (running.instance_.handles_ > 0) return;
  if (takeCopied() < SMALL_CALL && glue.memorySize() > LARGE_MEMORY) drop();
}

/** Throws in a line that Node.js does not print for an uncaught exception: `pkg/build/` marks it. */
function raise(exception) {
  'unseen';
  throw exception;
}

/** Runs a call of an export in a sound instance; `entry` is the function that the caller has called. */
function run(entry, operation, exported, one, two, three) {
  if (running.instance_ === undefined) {
    // No new instance starts while calls still run in the lost one.
    if (depth > 0) throw internalError(LOST, undefined, operation, entry);
    start(entry, operation);
  }
  const { instance_: instance } = running;
  let isSound = false;
  depth++;
  try {
    const result = exported(one, two, three);
    isSound = true;
    // A nested call lost the instance: its memory may be half-changed, and so may the result.
    if (running.instance_ !== instance) throw internalError(LOST, undefined, operation, entry);
    return result;
  } catch (exception) {
    if (isSound) raise(exception);
    isSound = wasHandedOver(exception, entry);
    // Thrown on purpose, or by the host's own code.
    if (isSound) raise(exception);
    if (running.instance_ !== instance) throw internalError(LOST, undefined, operation, entry);
    if (!isTrap(exception)) throw exception;
    throw internalError(
      // E2-2
      `WebAssembly stopped during this call (${exception.message}); the next call is not affected`,
      exception,
      operation,
      entry,
    );
  } finally {
    // Noted before anything is called, because the stack may be full.
    if (!isSound) running.instance_ = undefined;
    depth--;
    if (depth === 0) cleanUp();
  }
}

/** Recognizes a trap by its name, because the error belongs to the realm in which the instance was made, which may be another one. */
const isTrap = (exception) => exception?.name === 'RuntimeError';

function internalError(detail, cause, operation, entry) {
  const error = fromCaller(new SnapshotError({ code: 'INTERNAL_ERROR', detail, operation }), entry);
  define(error, 'cause', cause, false);
  return error;
}

/** Refuses surplus arguments, because nothing would be done with them. */
// E8-4
function refuseMore(entry, count, more, name, hint = '') {
  if (more.length === 0) return;
  const most = count === 1 ? '1 argument' : `${count} arguments`;
  raise(fromCaller(new TypeError(`${name} takes ${most}, received ${count + more.length}${hint}`), entry));
}
const EXPECT = ': put trusted values into expect';

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
export const canonicalizeJson = exporting(glue.canonicalizeJson);
export const digest = exporting(glue.digest);
export const verifySnapshot = (parts, ...more) => {
  refuseMore(verifySnapshot, 1, more, 'verifySnapshot', EXPECT);
  return run(verifySnapshot, undefined, glue.verifySnapshot, parts);
};
export const verifyChain = (records, options, ...more) => {
  refuseMore(verifyChain, 2, more, 'verifyChain');
  return run(verifyChain, undefined, glue.verifyChain, records, options);
};
export const proveItem = (snapshot, itemId) => run(proveItem, undefined, glue.prove, snapshot, itemId, false);
export const verifyItem = (item, proof, hash, ...more) => {
  refuseMore(verifyItem, 3, more, 'verifyItem');
  return run(verifyItem, undefined, glue.verifyItem, item, proof, hash);
};
export const explainItem = (item, proof, hash, ...more) => {
  refuseMore(explainItem, 3, more, 'explainItem');
  return run(explainItem, undefined, glue.explainItem, item, proof, hash);
};
export const proveAbsence = (snapshot, itemId) => run(proveAbsence, undefined, glue.prove, snapshot, itemId, true);
export const verifyAbsence = (itemId, proof, hash, ...more) => {
  refuseMore(verifyAbsence, 3, more, 'verifyAbsence');
  return run(verifyAbsence, undefined, glue.explainAbsence, itemId, proof, hash).valid;
};
export const explainAbsence = (itemId, proof, hash, ...more) => {
  refuseMore(explainAbsence, 3, more, 'explainAbsence');
  return run(explainAbsence, undefined, glue.explainAbsence, itemId, proof, hash);
};
export const diffSnapshots = exporting(glue.diffSnapshots);
export const summarizeSnapshot = exporting(glue.summarizeSnapshot);
export const summaryOf = exporting(glue.summaryOf);
export const toStatement = exporting(glue.toStatement);
export const { signStatement, verifyEnvelope } = envelopes(
  exporting(glue.statementToSign),
  exporting(glue.checkStatement),
  internalError,
);

// Not enumerable, so a copy of the contract, by JSON or structuredClone, contains data only.
define(contractData, 'input', inputSchema(snapshotPack, canonicalize, SnapshotError), false);
export const contract = deepFreeze(contractData);

const exec = uncurried(RegExp.prototype.exec);
export const isDigest = (value) => typeof value === 'string' && exec(/^sha256:[0-9a-f]{64}$/, value) !== null;

/** Throws a `TypeError` at the caller's line. */
const refuse = (entry, message) => raise(fromCaller(new TypeError(message), entry));

export function missing(index, have, ...more) {
  refuseMore(missing, 2, more, 'missing');
  if (!isArray(index)) refuse(missing, 'missing expects an index, an array of { itemId, digest }');
  const has = have?.has;
  if (typeof has !== 'function') refuse(missing, 'missing expects an object with a method has(digest), such as a Set');
  const absent = [];
  for (let at = 0; at < index.length; at++) {
    const entry = elementOf(index, at);
    const digest = isObject(entry) ? member(entry, rootOf(entry), 'digest') : undefined;
    if (!isDigest(digest)) refuse(missing, `Invalid index.${at}.digest: expected sha256: and 64 lower-case hex digits`);
    const isThere = apply(has, have, [digest]);
    // Otherwise a promise would count as true.
    if (typeof isThere !== 'boolean') refuse(missing, 'have.has(digest) must return true or false, not a promise');
    if (!isThere) append(absent, entry);
  }
  return absent;
}

const call = Symbol('call');
/** `Symbol.dispose`, or the name that polyfills use for it. */
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** Frees an object, if its instance is still there. */
function release({ object_: object, instance_: instance }) {
  if (instance !== running.instance_) return;
  instance.handles_--;
  try {
    run(release, undefined, () => object.free());
  } catch {
    // The instance is lost then, and each of its objects reports that.
  }
}

const Registry = globalThis.FinalizationRegistry;
const abandoned = Registry && new Registry(release);
const { register, unregister } = abandoned ?? {};

/** An object that lives in WebAssembly's memory until it is finished, freed or lost with its instance. */
class Handle {
  /** The object and its instance. */
  #home;
  /** Number of calls that have not returned. Code of an item may call, and may free. */
  #calls = 0;
  #isFreed = false;
  #isFinished = false;

  constructor(entry, operation, Class, one, two) {
    this.#home = run(entry, operation, () => {
      const object = new Class(one, two);
      const { instance_: instance } = running;
      // Undefined if the instance was lost meanwhile; `run` fails then.
      if (instance !== undefined) instance.handles_++;
      return { object_: object, instance_: instance };
    });
    if (abandoned) apply(register, abandoned, [this, this.#home, this.#home]);
  }

  [call](entry, method, value) {
    if (this.#isFreed) throw new Error('It was freed and can no longer be used');
    if (this.#isFinished) throw new Error('It is finished: nothing can be added, and finish can be called only once');
    const { object_: object, instance_: instance } = this.#home;
    if (instance !== running.instance_) throw internalError(LOST, undefined, undefined, entry);
    if (!(method in object)) throw new TypeError(`Objects of this class have no method ${method}`);
    this.#calls++;
    try {
      return run(entry, undefined, () => object[method](value));
    } finally {
      this.#calls--;
      this.#release();
    }
  }

  /** Releases the object once it is no longer needed. */
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

export class SnapshotBuilder extends Handle {
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
export class SnapshotVerifier extends Handle {
  constructor(parts, ...more) {
    refuseMore(SnapshotVerifier, 1, more, 'SnapshotVerifier', EXPECT);
    super(SnapshotVerifier, undefined, glue.SnapshotVerifier, parts);
  }

  add(item, ...more) {
    refuseMore(this.add, 1, more, 'add');
    return this[call](this.add, 'add', item);
  }

  finish(...more) {
    refuseMore(this.finish, 0, more, 'finish');
    return super.finish();
  }
}

// The build shortens names of classes, but people read these.
const setName = (Class, name) => define(Class, 'name', name, false, false);
setName(SnapshotBuilder, 'SnapshotBuilder');
setName(SnapshotVerifier, 'SnapshotVerifier');

export { SnapshotError };

// The package's entry: WebAssembly in place before it is needed, without an init call.
//
// How: the module comes from a place that fits the host (`module/`, chosen by `pkg/build.js`) and is compiled,
// synchronously, by the first call: to import the package costs next to nothing and never fails, so that a page or a
// server in which WebAssembly cannot run learns so where it can handle it. The functions are the crate's own exports.
// What is added is that a trap (no memory left, a stack that is full in the middle of WebAssembly, a bug) costs one
// call: what it leaves behind is dropped, and the next call finds a new instance of the compiled module.

import contractData from '#contract';
import * as glue from '#glue';
import { compile } from '#module';
import { deepFreeze, SnapshotError, wasHandedOver } from '#result';
import { envelopes } from './envelope.js';

const { apply } = Reflect;

let compiled;
/** How many instances there were: what was made in an earlier one is lost. */
let generation = 0;
/** Calls that have not returned: host code that we call may call us. */
let depth = 0;
/** Whether there is no instance yet, or the one there is was left in the middle of something. */
let broken = true;

function makeInstance() {
  if (compiled === undefined) {
    compiled = compile();
    glue.setModule(compiled);
  }
  glue.__wbg_reset_state();
  generation++;
  broken = false;
}

function recovering(exported, operation) {
  return (...values) => {
    if (broken && depth === 0) {
      try {
        makeInstance();
      } catch (exception) {
        throw internalError(`WebAssembly could not be started. ${exception.message}`, exception, operation);
      }
    }
    depth++;
    try {
      // Not spread: that would ask for the iterator of arrays, which somebody may have changed.
      return apply(exported, undefined, values);
    } catch (exception) {
      if (wasHandedOver(exception)) throw exception;
      broken = true;
      if (!isTrap(exception)) throw exception;
      throw internalError(
        `WebAssembly stopped in the middle of this call (${exception.message}); the next call is not affected`,
        exception,
        operation,
      );
    } finally {
      depth--;
      // Not before the last call has returned that still runs in it.
      if (broken && depth === 0) {
        try {
          makeInstance();
        } catch {
          // There is no memory for another now; the next call tries again.
        }
      }
    }
  };
}

/** By its name: the error is of the realm in which the instance was made, and `WebAssembly` here may be another's. */
const isTrap = (exception) => exception?.name === 'RuntimeError';

function internalError(detail, cause, operation) {
  const problem = {
    type: 'https://contractspec.io/problems/internal-error',
    title: 'Internal error',
    status: 500,
    detail,
    code: 'INTERNAL_ERROR',
    category: 'internal',
    severity: 'error',
    retryable: false,
    ...(operation !== undefined && { operation }),
  };
  const error = new SnapshotError(problem);
  Object.defineProperty(error, 'cause', { value: cause });
  return error;
}

export const contract = deepFreeze(contractData);

const operation = { key: contract.key, version: contract.version, kind: contract.kind };
export const snapshotPack = recovering(glue.snapshotPack, operation);
export const previewPack = recovering(glue.previewPack, operation);
export const snapshotIdFor = recovering(glue.snapshotIdFor);
export const digestItem = recovering(glue.digestItem);
export const canonicalize = recovering(glue.canonicalize);
export const digest = recovering(glue.digest);
export const verifySnapshot = recovering(glue.verifySnapshot);
export const verifyChain = recovering(glue.verifyChain);
export const proveItem = recovering(glue.proveItem);
export const verifyItem = recovering(glue.verifyItem);
export const diffSnapshots = recovering(glue.diffSnapshots);
export const summarizeSnapshot = recovering(glue.summarizeSnapshot);
export const toStatement = recovering(glue.toStatement);
export const { signStatement, verifyEnvelope } = envelopes(
  recovering(glue.statementToSign),
  recovering(glue.checkStatement),
  internalError,
);

const call = Symbol('call');
/** `Symbol.dispose`, where the host has it, and where what stands in for it goes by the same name. */
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** What lives in WebAssembly's memory between two calls, until it is freed or lost with its instance. */
class Held {
  #object;
  #generation;
  /** Calls that have not returned: an item's own code may call, and may free. */
  #calls = 0;
  #isFreed = false;

  constructor(make) {
    this.#object = make();
    this.#generation = generation;
  }

  [call](method, ...values) {
    if (this.#isFreed) throw new Error('It was freed: nothing can be done with it');
    if (this.#generation !== generation) {
      throw internalError(
        'It was lost when WebAssembly had to be started anew, after another call had failed; begin again',
      );
    }
    this.#calls++;
    try {
      return recovering(() => this.#object[method](...values))();
    } finally {
      this.#calls--;
      if (this.#isFreed) this.free();
    }
  }

  free() {
    this.#isFreed = true;
    if (this.#calls > 0 || broken || this.#generation !== generation) return;
    this.#object?.free();
    this.#object = undefined;
  }

  finish() {
    return this[call]('finish');
  }

  [dispose]() {
    this.free();
  }
}

const makeBuilder = recovering((input, ctx) => new glue.SnapshotBuilder(input, ctx), operation);
const makeVerifier = recovering((parts) => new glue.SnapshotVerifier(parts));
const { defineProperty } = Object;

export class SnapshotBuilder extends Held {
  #itemCount = 0;

  constructor(input, ctx) {
    super(() => makeBuilder(input, ctx));
    const [snapshotId, createdAt] = this[call]('identity');
    for (const [name, value] of Object.entries({ snapshotId, createdAt })) {
      defineProperty(this, name, { value, enumerable: true });
    }
  }

  get itemCount() {
    return this.#itemCount;
  }

  add(item) {
    const added = this[call]('add', item);
    this.#itemCount++;
    return added;
  }

  addDigest(entry) {
    this[call]('addDigest', entry);
    this.#itemCount++;
  }
}

export class SnapshotVerifier extends Held {
  constructor(parts) {
    super(() => makeVerifier(parts));
  }

  add(item) {
    this[call]('add', item);
  }
}

// The build shortens names; these are read by people, in what consoles print.
for (const [name, value] of Object.entries({ SnapshotError, SnapshotBuilder, SnapshotVerifier })) {
  defineProperty(value, 'name', { value: name });
}

export { SnapshotError };

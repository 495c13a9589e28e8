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

let compiled;
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
      return exported(...values);
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
export const snapshotPack = recovering(glue.snapshotPack, {
  key: contract.key,
  version: contract.version,
  kind: contract.kind,
});
export const snapshotIdFor = recovering(glue.snapshotIdFor);
export const digestItem = recovering(glue.digestItem);
export const canonicalize = recovering(glue.canonicalize);
export const digest = recovering(glue.digest);
// The build shortens names; this one is read by people, in what consoles print.
Object.defineProperty(SnapshotError, 'name', { value: 'SnapshotError' });

export { SnapshotError };

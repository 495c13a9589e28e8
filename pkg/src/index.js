// The package's entry: WebAssembly in place before the first line of the caller's, without an init call.
//
// How: the module is inlined into this file when it is built (`pkg/build.js`), so there is no asset to find, and compiled
// synchronously. The functions are the crate's own exports. What is added is that a trap (no memory left, a stack that is
// full in the middle of WebAssembly, a bug) costs one call: what it leaves behind is dropped, and the next call finds a new
// instance of the compiled module.

import contractData from '#contract';
import * as glue from '#glue';
import { deepFreeze, SnapshotError, wasHandedOver } from '#result';
import bytes from '#wasm';

glue.initSync({ module: new WebAssembly.Module(bytes) });

/** Calls that have not returned: host code that we call may call us. */
let depth = 0;
/** Whether the instance was left in the middle of something. */
let broken = false;

function replaceInstance() {
  glue.__wbg_reset_state();
  broken = false;
}

function recovering(exported, operation) {
  return (...values) => {
    if (broken && depth === 0) replaceInstance();
    depth++;
    try {
      return exported(...values);
    } catch (exception) {
      if (wasHandedOver(exception)) throw exception;
      broken = true;
      if (!(exception instanceof WebAssembly.RuntimeError)) throw exception;
      throw internalError(exception, operation);
    } finally {
      depth--;
      // Not before the last call has returned that still runs in it.
      if (broken && depth === 0) {
        try {
          replaceInstance();
        } catch {
          // There is no memory for another now; the next call tries again.
        }
      }
    }
  };
}

function internalError(cause, operation) {
  const problem = {
    type: 'https://contractspec.io/problems/internal-error',
    title: 'Internal error',
    status: 500,
    detail: `WebAssembly stopped in the middle of this call (${cause.message}); the next call is not affected`,
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
export { SnapshotError };

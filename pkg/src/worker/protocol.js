// The messages between a page and its worker. Both ends are here.
//
// | from the page | |
// | --- | --- |
// | `{ id, method, args }` | a call; ids ascend |
// | `{ cancel: id }` | the page no longer waits for the call |
//
// | from the worker | |
// | --- | --- |
// | `{ id, result }` | the call has returned |
// | `{ id, failure: { problem } }` | it has thrown a `SnapshotError`, as the problem object |
// | `{ id, failure: { name, message } }` | it has thrown another error |
// | `{ id, progress: { step, done, total } }` | the call has come so far |
//
// Why not a library: cancelling and progress are most of it, and comlink has neither.

import { SnapshotError } from '@lssm-tech/lib.context-snapshot/errors';

const ERRORS = new Map([
  ['RangeError', RangeError],
  ['TypeError', TypeError],
]);
/** Milliseconds between two messages of progress. */
const PROGRESS = 50;
/** Milliseconds of work after which the worker looks for messages. */
const SLICE = 30;

/** The page's end. */
export class Caller {
  #worker;
  #calls = new Map();
  #count = 0;
  #ended;
  #abandoned;

  /** @param abandoned is called with the result of a call for which nobody waits */
  constructor(worker, abandoned) {
    this.#worker = worker;
    this.#abandoned = abandoned;
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      const why = event.message ? `stopped: ${event.message}` : 'could not be loaded';
      this.end(new SnapshotError({ code: 'INTERNAL_ERROR', detail: `The script of the preview worker ${why}` }));
    };
  }

  call(method, args, { signal, onProgress, transfer } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw this.#ended;
      if (signal?.aborted) throw signal.reason;
      const id = this.#count++;
      const onAbort = () => {
        settle();
        this.#worker.postMessage({ cancel: id });
        reject(signal.reason);
      };
      const settle = () => {
        this.#calls.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#worker.postMessage({ id, method, args }, transfer);
      signal?.addEventListener('abort', onAbort);
      this.#calls.set(id, { resolve, reject, onProgress, settle });
    });
  }

  #receive({ id, result, failure, progress }) {
    const call = this.#calls.get(id);
    if (call === undefined) {
      if (result !== undefined) this.#abandoned(result);
    } else if (progress !== undefined) {
      call.onProgress?.(progress);
    } else {
      call.settle();
      if (failure === undefined) call.resolve(result);
      else call.reject(errorOf(failure));
    }
  }

  /** Ends the worker; all calls reject with an error. */
  end(error) {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const { settle, reject } of [...this.#calls.values()]) {
      settle();
      reject(this.#ended);
    }
  }
}

function errorOf({ problem, name, message }) {
  if (problem !== undefined) return SnapshotError.from(problem);
  return new (ERRORS.get(name) ?? Error)(message);
}

/** The worker's end. @param methods a Map of functions `(task, ...args)` */
export function serve(scope, methods) {
  const tasks = new Map();
  scope.onmessage = async ({ data: { id, method, args, cancel } }) => {
    if (cancel !== undefined) return tasks.get(cancel)?.cancel();
    const task = new Task((progress) => scope.postMessage({ id, progress }));
    tasks.set(id, task);
    try {
      const result = await methods.get(method)(task, ...args);
      // Sent even if the call was cancelled meanwhile: the page drops what it does not need.
      scope.postMessage({ id, result: result ?? null });
    } catch (error) {
      const problem = error?.code !== undefined && typeof error.toJSON === 'function' ? error.toJSON() : undefined;
      const { name, message } = error ?? {};
      scope.postMessage({ id, failure: problem === undefined ? { name, message } : { problem } });
    } finally {
      tasks.delete(id);
    }
  };
}

/** A call in the worker. */
class Task {
  #post;
  #isCancelled = false;
  #posted = 0;
  #paused = performance.now();

  constructor(post) {
    this.#post = post;
  }

  cancel() {
    this.#isCancelled = true;
  }

  progress(step, done, total) {
    const now = performance.now();
    if (done !== total && now - this.#posted < PROGRESS) return;
    this.#posted = now;
    this.#post({ step, done, total });
  }

  /** Lets messages in, if it has not for some time. Throws if the call was cancelled. */
  async pause() {
    if (performance.now() - this.#paused < SLICE) return;
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(port1.close());
      port2.postMessage(0);
    });
    this.#paused = performance.now();
    if (this.#isCancelled) throw new Error('Cancelled');
  }
}

// Holds the current instance of the module, and drops it.

import { forgetMemory } from './platform.js';
import { forgetThrown } from './thrown.js';

/**
 * The instance that calls run in; undefined if there is none. The loader sets it. When host code returns into WebAssembly, the glue checks
 * that it is still there.
 */
export const running = { instance_: undefined };

/** Drops everything that belongs to an instance: its memory, and an exception that it threw. */
export function letGo() {
  forgetMemory();
  forgetThrown();
}

// The instance of the module that calls run in, and how it is let go.

import { forgetMemory } from './platform.js';
import { forgetThrown } from './thrown.js';

/**
 * The instance that calls run in, undefined if there is none: the loader sets it, and host code that returns into
 * WebAssembly asks whether it is still there.
 */
export const running = { instance_: undefined };

/** Lets go of an instance: its memory, and what it may have thrown. */
export function letGo() {
  forgetMemory();
  forgetThrown();
}

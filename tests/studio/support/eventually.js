// Waits for what a page shows: it changes after the action that changes it has returned.

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { PATIENCE } from '../../hosts/support/browser.js';

/** Repeats assertions until they hold, and returns what they return. */
export async function eventually(assertions) {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await setTimeout(20);
  }
}

/** Waits until what is read equals the expected value. */
export const becomes = (read, expected) => eventually(async () => assert.deepEqual(await read(), expected));

// `status --watch`: reports what changed after each change of a file in the folder, until Ctrl-C.

import { watch } from 'node:fs';
import { sep } from 'node:path';
import { EXIT, failureOf } from '../failure.js';
import { neverBelongs } from '../folder/paths.js';

/** Changes that come within this time are one, in milliseconds. Editors write several files to save one. */
const QUIET = 200;

/**
 * Calls `work` now and after each change. What it throws is reported, because the next change may mend it.
 *
 * @returns when the process is told to end
 */
export function whileWatching(home, work, terminal) {
  const run = () => {
    try {
      work();
    } catch (error) {
      terminal.note(`error: ${failureOf(error).message}`);
    }
  };
  return new Promise((resolve) => {
    let timer;
    // Before the first report: a change that comes between the two must not be missed.
    const watcher = watch(home, { recursive: true }, (_event, name) => {
      // The lock counts, though it is no item.
      const parts = String(name ?? '').split(sep);
      if (parts.slice(0, -1).some(neverBelongs) || parts.at(-1) === '.context') return;
      clearTimeout(timer);
      timer = setTimeout(run, QUIET);
    });
    const end = () => {
      clearTimeout(timer);
      watcher.close();
      resolve(EXIT.yes);
    };
    watcher.on('error', end);
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    run();
  });
}

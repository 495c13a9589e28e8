// Lets one process at a time lock a folder.
//
// How: each process first makes a file that is named after its number, then looks for those of others. So of two that start at once, at least
// one sees the other, which would not be so if both replaced one file. A process that was killed leaves its file behind; no such process
// runs then, and the next one removes it, with what else it left.

import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';

const RUNNING = /^running\.(\d+)$/;
/** Files that are written and renamed: behind the name is the number of their process, and perhaps a count. No other file is removed. */
const UNFINISHED =
  /^(?:known\.json|context\.lock\.json|items\.jsonl|(?:event|record|[0-9a-f]{64}|\d+)\.json)\.(\d+)(?:\.\d+)?$/;
const ATTEMPTS = 5;
/** Longest wait before the next attempt, in milliseconds. */
const WAIT = 40;

/** Calls `work` while no other process works in the folder. */
export function exclusively(kept, work) {
  const file = join(kept, `running.${process.pid}`);
  take(kept, file);
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(kept, file) {
  for (let attempt = 1; ; attempt++) {
    try {
      // Not written through a link.
      rmSync(file, { force: true });
      writeFileSync(file, '', { flag: 'wx' });
      const other = otherIn(kept);
      if (other === undefined) return;
      rmSync(file, { force: true });
      if (attempt === ATTEMPTS) {
        throw new Failure(
          EXIT.io,
          `Another process (${other}) locks this folder; wait until it ends, or remove this file if that is another program`,
          { file: join(kept, `running.${other}`) },
        );
      }
    } catch (error) {
      throw failureOf(error, file);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * WAIT);
  }
}

/** Returns the number of another process that works in the folder, after removing what ended ones left. */
function otherIn(kept) {
  for (const name of readdirSync(kept)) {
    const owner = Number(RUNNING.exec(name)?.[1] ?? process.pid);
    if (owner === process.pid) continue;
    if (runs(owner)) return owner;
    rmSync(join(kept, name), { force: true });
  }
  for (const folder of [kept, join(kept, 'objects')]) removeUnfinished(folder);
  return undefined;
}

/** Removes the files of ended processes. */
export function removeUnfinished(folder) {
  let names = [];
  try {
    names = readdirSync(folder);
  } catch {}
  for (const name of names) {
    const owner = Number(UNFINISHED.exec(name)?.[1] ?? process.pid);
    if (owner !== process.pid && !runs(owner)) rmSync(join(folder, name), { force: true });
  }
}

function runs(owner) {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

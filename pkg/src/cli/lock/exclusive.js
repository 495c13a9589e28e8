// Lets one process at a time lock a folder.
//
// How: a file with the number of the process is made, which fails if there is one. A process that was killed leaves it behind; the next
// one sees that no such process runs, and takes over.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';

export function exclusively(kept, work) {
  const file = join(kept, 'running');
  take(file);
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file) {
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw failureOf(error, file);
    }
    const owner = Number(readOwner(file));
    if (attempt > 2 || runs(owner)) {
      throw new Failure(
        EXIT.io,
        `Another process (${owner || 'unknown'}) locks this folder; wait until it ends, or remove this file if there is none`,
        { file },
      );
    }
    rmSync(file, { force: true });
  }
}

function readOwner(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function runs(owner) {
  // An empty file is that of a process that has just made it.
  if (!Number.isInteger(owner) || owner <= 0) return true;
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

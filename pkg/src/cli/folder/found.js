// Reads files that were found in a folder and not named by the user.
//
// Why: the folder may be a stranger's, with a link to a device that never ends, or a pipe to which nobody writes. Reading one would take all
// memory, or wait forever. How: opening does not wait, and what was opened must be a file. What the user names may be a pipe. A file may also have
// gigabytes that take no place on the disk nor in an archive, so no more is read than a document may have.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { EXIT, Failure } from '../failure.js';
import { sized } from '../shown.js';

/** Windows has no such flag, and needs none. */
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

// D8-4
/** Calls `use` with the descriptor of a file, and returns its result. */
export function withFound(file, use) {
  const descriptor = openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    // A folder has an error of its own when it is read.
    if (!stat.isFile() && !stat.isDirectory())
      throw new Failure(EXIT.input, 'This is a device, a socket or a pipe, and a file is needed', { file });
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Most bytes of a text (ERRORS 6.1). */
export const MOST_TEXT = 268_435_456;

/** Returns the bytes of a file. */
export const readFound = (file) =>
  withFound(file, (descriptor) => {
    const { size } = fstatSync(descriptor);
    if (size <= MOST_TEXT) return readFileSync(descriptor);
    throw new Failure(EXIT.input, `This has ${sized(size)}, and at most ${sized(MOST_TEXT)} are read`, { file });
  });

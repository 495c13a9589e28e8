// Ends the command with a message for people and an exit code.
//
// Why one class: every failure is reported in one line, `file:line:column: what, and what would be right`, and scripts only
// look at the exit code.

import { bounded, issueText, shownFile, worded } from './shown.js';

/** Exit codes of the command. */
export const EXIT = { yes: 0, no: 1, misuse: 2, refused: 3, input: 4, io: 5 };

export class Failure extends Error {
  /**
   * @param exit one of `EXIT`
   * @param message what is wrong, and what would be right; text of strangers in it must have gone through `shown`
   * @param place `file`, and `line` and `column` from 1 if they are known; `cause` for `--debug`
   */
  constructor(exit, message, { file, line, column, cause } = {}) {
    const place =
      file === undefined ? '' : [shownFile(file), line, column].filter((part) => part !== undefined).join(':');
    super(place === '' ? bounded(message) : `${place}: ${bounded(message)}`, { cause });
    this.exit = exit;
  }
}

/** Words for the error codes of operating systems. */
const SYSTEM = {
  EACCES: 'Permission denied',
  EPERM: 'Not permitted',
  ENOENT: 'There is no such file or folder',
  ENOTDIR: 'A part of the path is not a folder',
  EISDIR: 'This is a folder, and a file is needed',
  ENOSPC: 'The disk is full',
  EDQUOT: 'The disk quota is used up',
  EROFS: 'The file system is read-only',
  EMFILE: 'Too many open files',
  ELOOP: 'Symbolic links form a loop',
  ENAMETOOLONG: 'The name is too long',
  EIO: 'The disk could not be read or written',
  EFBIG: 'The file is too large',
  EEXIST: 'It is there already, or another kind of file has its name',
  ENOTEMPTY: 'The folder is not empty',
  ENXIO: 'This is a socket or a pipe, and a file is needed',
  EXDEV: 'It is on another file system',
  EBUSY: 'Another program uses it',
  ETXTBSY: 'Another program uses it',
  ENFILE: 'Too many open files',
  ENOMEM: 'There is not enough memory',
  ESTALE: 'The file system was changed elsewhere',
  EILSEQ: 'The file system does not take this name',
  EINVAL: 'The file system does not take this name or this operation',
  EAGAIN: 'There is no input yet, and waiting is not possible',
  ERR_FS_FILE_TOO_LARGE: 'The file is too large to be read at once',
  ERR_STRING_TOO_LONG: 'The text is too long',
  ERR_INVALID_ARG_VALUE: 'A name cannot hold U+0000',
};

/** Exit codes of the codes of `SnapshotError`. */
const PROBLEMS = { UNAUTHENTICATED: EXIT.refused, FORBIDDEN: EXIT.refused, INTERNAL_ERROR: EXIT.io };

/** Returns true for a `SnapshotError`. The library is not loaded for this, because `--help` does not need it. */
const isProblem = (error) =>
  error instanceof Error && typeof error.detail === 'string' && typeof error.status === 'number';

/**
 * Makes a failure of anything that was thrown.
 *
 * @param file the file that was read or written, if the error does not know it
 */
export function failureOf(error, file) {
  if (error instanceof Failure) return error;
  if (isProblem(error)) {
    const exit = PROBLEMS[error.code] ?? EXIT.input;
    const [first, ...others] = error.issues ?? [];
    if (first === undefined) return new Failure(exit, worded(error.detail), { file, cause: error });
    const { message, line, column } = placed(first.message);
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return new Failure(exit, `${issueText({ path: first.path, message })}${more}`, {
      file,
      line,
      column,
      cause: error,
    });
  }
  const words = SYSTEM[error?.code];
  if (words !== undefined) return new Failure(EXIT.io, words, { file: file ?? error.path, cause: error });
  return new Failure(EXIT.io, `Unexpected error: ${worded(String(error?.message ?? error))}`, { file, cause: error });
}

/** Takes the position off a message about JSON text. */
export function placed(text) {
  const [, message = text, line, column] = /^(.*) \(line (\d+), column (\d+)\)$/s.exec(text) ?? [];
  return { message, line, column };
}

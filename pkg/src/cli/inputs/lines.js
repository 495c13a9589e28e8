// Reads JSON lines from a file or from standard input, without holding more than a piece of it in memory.
//
// How: lines are cut as bytes, because the library takes UTF-8, and reads it strictly. Lines of one piece come together, since waiting for
// each would take longer than hashing it.

import { createReadStream } from 'node:fs';
import { EXIT, Failure, failureOf, placed } from '../failure.js';
import { MOST_TEXT } from '../folder/found.js';
import { issueText, shown, sized } from '../shown.js';

const PIECE = 1 << 20;
const NEWLINE = 10;

/** Name of standard input in messages. */
const STDIN = '<stdin>';
export const nameOf = (file) => (file === '-' ? STDIN : file);

let isTaken = false;
/** Takes standard input for `-`; returns false for a file. Fails if it was taken before: nothing is left then, which would count as all there is. */
export function takesInput(file) {
  if (file !== '-') return false;
  if (isTaken) throw new Failure(EXIT.misuse, 'Standard input can be only one of the files');
  isTaken = true;
  return true;
}

/** Opens a file, or standard input for `-`. */
const open = (file) => (takesInput(file) ? process.stdin : createReadStream(file, { highWaterMark: PIECE }));

/** Yields the lines of a file as `cut` does. */
export const lineBatches = (file, read) => cut(open(file), nameOf(file), read);

/**
 * Yields the lines of a stream in batches: lists of `{ bytes, number }`. Blank lines are left out.
 *
 * @param name of the stream, for messages
 * @param read is called with the number of bytes that were read so far
 */
export async function* cut(stream, name, read = () => {}) {
  let rest = [];
  let restLength = 0;
  let number = 0;
  let total = 0;
  const push = (batch, bytes) => {
    number++;
    if (!isBlank(bytes)) batch.push({ bytes, number });
  };
  try {
    for await (const piece of stream) {
      total += piece.length;
      read(total);
      const batch = [];
      let from = 0;
      for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
        const end = piece.subarray(from, at);
        push(batch, rest.length === 0 ? end : Buffer.concat([...rest, end]));
        rest = [];
        restLength = 0;
        from = at + 1;
      }
      if (from < piece.length) {
        rest.push(piece.subarray(from));
        restLength += piece.length - from;
        if (restLength > MOST_TEXT) {
          throw new Failure(EXIT.input, `The line is longer than ${sized(MOST_TEXT)}, the most that an item may have`, {
            file: name,
            line: number + 1,
          });
        }
      }
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    throw failureOf(error, name);
  }
  if (restLength > 0) {
    const batch = [];
    push(batch, rest.length === 1 ? rest[0] : Buffer.concat(rest));
    if (batch.length > 0) yield batch;
  }
}

function isBlank(bytes) {
  for (const byte of bytes) {
    if (byte !== 32 && byte !== 13 && byte !== 9) return false;
  }
  return true;
}

/** Where items stand: the library counts them, people look at lines. */
export class Places {
  /** Items in lines that follow each other: the first of them, by its number, and its line. */
  runs = [];
  count = 0;

  add(file, line) {
    const last = this.runs.at(-1);
    if (last?.file !== file || last.line + this.count - last.index !== line)
      this.runs.push({ file, line, index: this.count });
    this.count++;
  }

  /** Returns `file:line` of an item, or undefined if it was not in a line. */
  of(index) {
    const run = this.runs.findLast((one) => one.index <= index);
    if (run === undefined || index >= this.count) return undefined;
    return { file: run.file, line: run.line + index - run.index };
  }

  /** Replaces numbers of items in a message by their lines. */
  named(message) {
    return message.replace(/\bitems\.(\d+)\b/g, (name, index) => {
      const place = this.of(Number(index));
      return place === undefined ? name : `${shown(place.file)}:${place.line}`;
    });
  }
}

/** Makes the failure of a line: the position in its text is that in the file. */
export function lineFailure(error, file, line, places) {
  const failure = failureOf(error, nameOf(file));
  const [first, ...others] = error?.issues ?? [];
  if (first === undefined) return failure;
  const { message, column } = placed(places.named(first.message));
  // The library counts items; the line says the same.
  const path = first.path.replace(/^items\.\d+\.?/, '');
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const what = `${issueText({ path, message })}${more}`;
  return new Failure(failure.exit, what, { file: nameOf(file), line, column, cause: error });
}

/** Makes the position in an issue about an item that in its file. */
export function inFile(issue, places) {
  const [, index] = /^items\.(\d+)/.exec(issue.path) ?? [];
  const place = index === undefined ? undefined : places.of(Number(index));
  if (place?.line === undefined) return issue;
  const { message, column } = placed(issue.message);
  const where = [shown(place.file), place.line, column].filter((part) => part !== undefined).join(':');
  return { ...issue, message: `${places.named(message)} (${where})` };
}

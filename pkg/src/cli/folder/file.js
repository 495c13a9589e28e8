// Reads a file and makes its item (FOLDER 5).
//
// How: the item is written as JSON text in canonical order, which the library recognizes and hashes where it lies. What a file is on the
// disk is asked before and after it is read; if that differs, somebody is writing it.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { EXIT, Failure, failureOf } from '../failure.js';
import { sized } from '../shown.js';
import { MOST_TEXT } from './found.js';
import { secretIn } from './secrets.js';

const PIECE = 1 << 20;
const ATTEMPTS = 3;

/** What says that a file is as it was. */
const signOf = ({ size, mtimeMs, ctimeMs, ino }) => [size, mtimeMs, ctimeMs, ino];
export const sameSign = (one, other) => one.every((part, at) => part === other[at]);
export { signOf };

// D5.5-1
/** Calls `use` with an open file and its size, again if the file changed meanwhile. Returns the result and the file's sign. */
function steady(file, use) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const descriptor = openSync(file, 'r');
    try {
      const before = fstatSync(descriptor);
      const result = use(descriptor, before.size);
      const sign = signOf(fstatSync(descriptor));
      if (result !== undefined && sameSign(signOf(before), sign)) return { result, sign };
    } finally {
      closeSync(descriptor);
    }
  }
  throw new Failure(
    EXIT.input,
    `The file changed each of the ${ATTEMPTS} times it was read; wait until it is written`,
    { file },
  );
}

/** Reads a whole file; undefined if it has become shorter. If it has become longer, its sign says so. */
function readWhole(descriptor, size) {
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(descriptor, bytes, length, size - length, null);
    if (read === 0) return undefined;
    length += read;
  }
  return bytes;
}

function hashWhole(descriptor) {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE);
  let bytes = 0;
  for (;;) {
    const read = readSync(descriptor, piece, 0, PIECE, null);
    if (read === 0) break;
    bytes += read;
    hash.update(piece.subarray(0, read));
  }
  return { bytes, sha256: hash.digest('hex') };
}

// D5-1
const itemText = (path, kind, bytes, content) =>
  `{"content":${content},"itemId":${JSON.stringify(path)},"kind":${JSON.stringify(kind)},"metadata":{"bytes":${bytes}},"sourceKey":${JSON.stringify(path)}}`;

/** Counts what was done to files, for the user. */
export const newCounts = () => ({ converted: 0, digested: 0, skipped: [] });

/**
 * Reads a file. Returns `{ json, bytes, sign }`: the item as canonical JSON, the bytes that count, what says that the file is unchanged;
 * without `json` if the file is skipped; with `hasSecret` if it seems to hold a key or a token.
 *
 * @param entry `path`, `file` and `rule` of a walk
 * @param options `allowsSecrets`, and `counts` as `newCounts` returns them
 */
export function readItem({ path, file, rule }, { eol, binary }, { allowsSecrets, counts }) {
  try {
    if (rule.as === 'digest') return digested(path, file, rule);
    const { result: raw, sign } = steady(file, (descriptor, size) => {
      // D5.1-3
      if (size > MOST_TEXT) throw tooLong(file, size);
      return readWhole(descriptor, size);
    });
    // D5.2-1
    if (rule.as === 'text' && (raw.includes(0) || !isUtf8(raw))) {
      if (binary === 'refuse') {
        throw new Failure(
          EXIT.input,
          'This is not text in UTF-8; leave it out with "exclude", or set "binary" to "digest" or "skip"',
          { file },
        );
      }
      if (binary === 'skip') {
        counts.skipped.push(path);
        return { bytes: raw.length, sign };
      }
      counts.digested++;
      return digested(path, file, rule);
    }
    // Fails with the line: text would be decoded with replacement characters.
    if (!isUtf8(raw)) canonicalizeJson(raw);
    const text = plainText(raw, eol, counts);
    const secret = secretIn(text);
    if (secret !== undefined && !allowsSecrets) {
      throw new Failure(
        EXIT.input,
        `This looks like ${secret.what}; remove it, leave the file out, or allow it with --allow-secrets`,
        { file, ...secret.place },
      );
    }
    // Of JSON, the value counts and not how it is written, so its bytes are those of its canonical form.
    const isJson = rule.as === 'json';
    // D5.1-2
    const content = isJson ? jsonContent(text, file) : JSON.stringify(text);
    const bytes = Buffer.byteLength(isJson ? content : text);
    return { json: itemText(path, rule.kind, bytes, content), bytes, sign, hasSecret: secret !== undefined };
  } catch (error) {
    throw failureOf(error, file);
  }
}

const tooLong = (file, size) =>
  new Failure(
    EXIT.input,
    `The text of a file has at most ${sized(MOST_TEXT)}, and this has ${sized(size)}; use a rule with "as": "digest", or leave it out`,
    { file },
  );

// D5.4-1
function digested(path, file, { kind }) {
  const { result, sign } = steady(file, hashWhole);
  const content = `{"bytes":${result.bytes},"sha256":"${result.sha256}"}`;
  return { json: itemText(path, kind, result.bytes, content), bytes: result.bytes, sign };
}

// D5.1-1
/** Decodes UTF-8; removes a byte-order mark and makes line ends `\n`, unless they are kept. */
function plainText(raw, eol, counts) {
  let text = raw.toString();
  if (eol === 'keep') return text;
  const before = text.length;
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  if (text.includes('\r\n')) text = text.replaceAll('\r\n', '\n');
  if (text.length !== before) counts.converted++;
  return text;
}

// D5.3-1, D5.3-2
function jsonContent(text, file) {
  const json = canonicalizeJson(text);
  if (!json.startsWith('{')) {
    throw new Failure(
      EXIT.input,
      'A rule with "as": "json" needs a JSON object, and this is another value; use "as": "text"',
      { file },
    );
  }
  return json;
}

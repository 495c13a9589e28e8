// `hash` and `canonicalize`: RFC 8785 of a file or of standard input.

import { createHash } from 'node:crypto';
import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { EXIT, failureOf } from '../failure.js';
import { readBytes } from '../inputs/json.js';
import { nameOf } from '../inputs/lines.js';
import { visible } from '../shown.js';

function canonicalOf(file) {
  const bytes = readBytes(file);
  try {
    return canonicalizeJson(bytes);
  } catch (error) {
    throw failureOf(error, nameOf(file));
  }
}

export function canonicalize(file = '-', options, terminal) {
  const json = canonicalOf(file);
  if (options.json) terminal.json({ type: 'canonical', file: nameOf(file), canonical: json });
  // Canonical JSON ends with its last character; a line end is for people only.
  else if (terminal.isTerminal) terminal.out(visible(json));
  else process.stdout.write(json);
  return EXIT.yes;
}

export function hash(file = '-', options, terminal) {
  const digest = `sha256:${createHash('sha256').update(canonicalOf(file)).digest('hex')}`;
  if (options.json) terminal.json({ type: 'hash', file: nameOf(file), digest });
  else terminal.out(digest);
  return EXIT.yes;
}

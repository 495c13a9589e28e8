// Counts the tokens of items, for `--tokens`: beside bytes they say how much of a model's window an item takes.
//
// Why an optional package: a tokenizer has megabytes of tables, and few people need them. The numbers are never hashed, and stand neither in
// the lock nor in a record. How: the content of an item is counted as an agent sees it, text as it is and other content as JSON.

import { parseCanonical } from '#json';
import { EXIT, Failure } from './failure.js';
import { counted, sized } from './shown.js';

const LOAD = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
};
/** Text that looks like a mark of a model counts as the text that it is. */
const PLAIN = { allowedSpecial: new Set(), disallowedSpecial: new Set() };
/** Longest run of characters without a change between spaces and others. The time of a tokenizer grows with the square of such a run. */
const LONGEST = 1024;

/**
 * Returns a function that counts the tokens of an item, given as canonical JSON; null if the text is not at hand.
 *
 * @param encoding the name of an encoding; without one, the result is undefined
 */
export async function tokenCounter(encoding) {
  if (encoding === undefined) return undefined;
  const { countTokens } = await LOAD[encoding]().catch((cause) => {
    const message =
      '--tokens needs the package gpt-tokenizer where this one is: `npm install gpt-tokenizer`, or `npx --package @lssm-tech/lib.context-snapshot --package gpt-tokenizer context-snapshot …`';
    throw new Failure(EXIT.misuse, message, { cause });
  });
  return (json) => {
    if (json === undefined) return null;
    const { content } = parseCanonical(json);
    let sum = 0;
    for (const piece of pieces(typeof content === 'string' ? content : JSON.stringify(content)))
      sum += countTokens(piece, PLAIN);
    return sum;
  };
}

function* pieces(text) {
  let start = 0;
  let run = 0;
  let wasSpace = false;
  for (let at = 0; at < text.length; at++) {
    const isSpace = text.charCodeAt(at) <= 0x20;
    run = isSpace === wasSpace ? run + 1 : 1;
    wasSpace = isSpace;
    if (run < LONGEST) continue;
    yield text.slice(start, at + 1);
    start = at + 1;
    run = 0;
  }
  yield text.slice(start);
}

/** Returns the sum of the tokens of some items, null if a text is not at hand. */
export function sumOf(count, texts) {
  let sum = 0;
  for (const text of texts) {
    const tokens = count(text);
    if (tokens === null) return null;
    sum += tokens;
  }
  return sum;
}

/**
 * Adds `tokens` to both sides of each change.
 *
 * @param before,after return the text of an entry, or undefined
 */
export function addTokens(changes, count, { before, after }) {
  for (const change of changes) {
    if (change.before !== undefined) change.before = { ...change.before, tokens: count(before(change.before)) };
    if (change.after !== undefined) change.after = { ...change.after, tokens: count(after(change.after)) };
  }
}

/** Returns a size in words: `1.2 kB`, or `1.2 kB, 300 tokens` if they were counted. */
export const sizeOf = ({ bytes, tokens }) => [sized(bytes), ...inWords(tokens)].join(', ');

/** Returns the sizes of both sides of a change: `1.2 kB -> 1.3 kB`. */
export const sizesOf = ({ before, after }) =>
  [before, after]
    .filter((one) => one !== undefined)
    .map(sizeOf)
    .join(' -> ');

/** Returns a number of tokens in words, in a list that is empty if they were not counted. */
export function inWords(tokens) {
  if (tokens === undefined) return [];
  return [tokens === null ? 'tokens unknown' : counted(tokens, 'token')];
}

// `show`: a summary, or one item.

import { statSync } from 'node:fs';
import { summarizeSnapshot } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { lockFile } from '../lock/lock.js';
import { shortened, shown, visible } from '../shown.js';
import { inWords, sumOf, tokenCounter } from '../tokens.js';
import { contentOf, requiredLock } from './changed.js';
import { begins, entryNamed, lockNamed } from './named.js';
import { keptTexts, readSnapshot, snapshotJson } from './stored.js';

export async function show(first, second, options, terminal) {
  const count = await tokenCounter(options.tokens);
  const { found, item } = await source(first, second, count !== undefined);
  if (item === undefined) {
    const { record } = found;
    const tokens = count && sumOf(count, found.entries.map(found.textOf));
    if (options.json) terminal.json({ ...snapshotJson(record), ...(count && { tokens }) });
    else terminal.out(summarizeSnapshot({ record }));
    for (const words of inWords(tokens)) terminal.note(words);
    return EXIT.yes;
  }
  const entry = found.entries.find(({ path }) => path === item) ?? entryNamed(item, found.entries);
  if (entry === undefined) throw new Failure(EXIT.input, `There is no item ${shown(item)} in this snapshot`);
  const json = found.textOf(entry);
  if (json === undefined) {
    throw new Failure(
      EXIT.io,
      `The text of ${shown(item)} is not kept here, or was changed; its digest is ${shortened(entry.digest)}`,
    );
  }
  const tokens = count?.(json);
  for (const words of inWords(tokens)) terminal.note(words);
  if (options.json) {
    terminal.json({ type: 'item', digest: entry.digest, item: parseCanonical(json), ...(count && { tokens }) });
    return EXIT.yes;
  }
  const text = contentOf(json);
  process.stdout.write(terminal.isTerminal ? visible(text) : text);
  return EXIT.yes;
}

/** Finds the snapshot: one argument is an item of the lock here if it has such an item, because items are files, too. */
async function source(first, second, countsAll) {
  if (second !== undefined)
    return { found: await readSnapshot(first, (id, digest) => id === second || begins(second, digest)), item: second };
  if (first !== undefined && exists(first)) {
    const here = lockHere();
    if (here?.entries.some(({ path }) => path === first)) return { found: here, item: first };
    return { found: await readSnapshot(first, () => countsAll) };
  }
  const here = locked(findFolder(undefined, [LOCK]));
  if (first === undefined || here.entries.some(({ path }) => path === first)) return { found: here, item: first };
  const named = lockNamed(first, here.entries);
  return named === undefined
    ? { found: here, item: first }
    : { found: { record: named.record, ...(countsAll && keptTexts(named.index(), named.file)) } };
}

const exists = (file) => file === '-' || statSync(file, { throwIfNoEntry: false }) !== undefined;

function locked(home) {
  const file = lockFile(home);
  const { record, index } = requiredLock(file);
  return { record, ...keptTexts(index, file) };
}

/** Returns the lock that is found from here, or undefined if there is none. */
function lockHere() {
  let home;
  try {
    home = findFolder(undefined, [LOCK]);
  } catch {
    return undefined;
  }
  return locked(home);
}

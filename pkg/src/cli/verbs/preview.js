// `preview`: what `lock` or `create` would make, with all problems instead of the first.

import { statSync } from 'node:fs';
import { digestItem, previewPack } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { readConfig } from '../folder/config.js';
import { newCounts, readItem } from '../folder/file.js';
import { namedFolder } from '../folder/home.js';
import { checkCount, walk } from '../folder/walk.js';
import { formOf } from '../inputs/forms.js';
import { addItems } from '../inputs/items.js';
import { readObject } from '../inputs/json.js';
import { inFile, Places } from '../inputs/lines.js';
import { contentsOf, lockFile, readLock } from '../lock/lock.js';
import { counted, shown, sized, worded } from '../shown.js';
import { inWords, sizeOf, tokenCounter } from '../tokens.js';
import { requiredLock } from './changed.js';

export async function preview(target, options, terminal) {
  const count = await tokenCounter(options.tokens);
  const {
    pack,
    items,
    against,
    refused = [],
    places = new Places(),
  } = options.pack === undefined ? ofFolder(target, options, terminal) : await ofItems(target, options);
  const found = { ...call(pack, items, against) };
  if (count !== undefined) Object.assign(found, counts(items, found.kinds, count));
  const problems = [...refused, ...found.problems.map((problem) => inFile(problem, places))];
  // Without the refused files, the hash would be that of another snapshot.
  report({ ...found, problems, hash: refused.length === 0 ? found.hash : undefined }, options, terminal);
  return problems.length === 0 ? EXIT.yes : EXIT.no;
}

/** Returns the tokens of all items, and those of each kind. Items with problems count as nothing. */
function counts(items, kinds, count) {
  const byKind = new Map(kinds.map(({ kind }) => [kind, 0]));
  for (const item of items) {
    let json;
    try {
      ({ json } = digestItem(item));
    } catch {
      continue;
    }
    const { kind } = parseCanonical(json);
    byKind.set(kind, byKind.get(kind) + count(json));
  }
  const sum = [...byKind.values()].reduce((total, tokens) => total + tokens, 0);
  return { tokens: sum, kinds: kinds.map((one) => ({ ...one, tokens: byKind.get(one.kind) })) };
}

function call(pack, items, against) {
  try {
    return previewPack({ packKey: pack.packKey }, { actor: 'admin', pack, items, against });
  } catch (error) {
    throw failureOf(error);
  }
}

function ofFolder(target, { against, allowSecrets: allowsSecrets = false }, terminal) {
  if (target !== undefined && statSync(target, { throwIfNoEntry: false })?.isFile())
    throw new Failure(EXIT.misuse, 'This is a file of items, which needs --pack FILE', { file: target });
  const home = namedFolder(target ?? '.');
  // A lock that was named must be there.
  const lock = against === undefined ? readLock(lockFile(home)) : requiredLock(against);
  const config = readConfig(home, lock?.record.metadata.$snapshot.manifest.pack);
  const counts = newCounts();
  const files = walk(home, config, (text) => terminal.note(text));
  const items = [];
  const refused = [];
  for (const entry of files) {
    try {
      const { json } = readItem(entry, config, { allowsSecrets, counts });
      if (json !== undefined) items.push(json);
    } catch (error) {
      if (error.exit !== EXIT.input) throw error;
      refused.push({ path: '', code: 'custom', message: error.message, itemId: entry.path });
    }
  }
  if (refused.length === 0) checkCount(items.length, home, config);
  return { pack: config.pack, items, refused, against: lock === undefined ? undefined : contentsOf(lock) };
}

async function ofItems(target = '-', { pack: file, from, against, allowSecrets: allowsSecrets }) {
  const value = readObject(file);
  const items = [];
  const places = new Places();
  await addItems(target, from ?? formOf(target), (item) => items.push(item), { places, allowsSecrets });
  const lock = against === undefined ? undefined : requiredLock(against);
  return { pack: value.pack ?? value, items, places, against: lock === undefined ? undefined : contentsOf(lock) };
}

function report({ problems, hash, changes, index, bytes, tokens, kinds }, { json }, terminal) {
  if (json) {
    terminal.json({
      type: 'preview',
      hash: hash ?? null,
      itemCount: index.length,
      bytes,
      ...(tokens === undefined ? {} : { tokens }),
      kinds,
      changes: changes ?? null,
      problems,
    });
    return;
  }
  const { bold, green, red } = terminal.paint;
  terminal.out(
    `${bold('would hold')} ${counted(index.length, 'item')}, ${[`${sized(bytes)} of canonical JSON`, ...inWords(tokens)].join(', ')}`,
  );
  for (const { kind, items, ...size } of kinds)
    terminal.out(`  ${shown(kind)}: ${counted(items, 'item')}, ${sizeOf(size)}`);
  if (hash !== undefined) terminal.out(`  hash ${green(hash)}`);
  if (changes !== undefined) {
    const { added, removed, changed } = changes;
    terminal.out(`  since the last: ${added.length} added, ${changed.length} changed, ${removed.length} removed`);
  }
  for (const { path, message, itemId } of problems)
    terminal.out(red(`  ${worded(itemId ?? path)}: ${worded(message)}`));
}

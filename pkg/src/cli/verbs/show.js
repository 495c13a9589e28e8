// `show`: a summary, or one item.

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { summarizeSnapshot } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { KEPT, LOCK } from '../folder/walk.js';
import { readLock } from '../lock/lock.js';
import { Objects } from '../lock/objects.js';
import { shown } from '../shown.js';
import { requiredLock } from './changed.js';
import { lockedFolder, storedParts } from './stored.js';

export function show(first, second, options, terminal) {
  // One argument is an item of the lock, unless there is such a file.
  const isTarget =
    first !== undefined && (second !== undefined || statSync(first, { throwIfNoEntry: false }) !== undefined);
  const [target, item] = isTarget ? [first, second] : [undefined, first];
  const { record, index, itemText } = source(target);
  if (item === undefined) {
    if (options.json) terminal.json({ type: 'snapshot', record, itemCount: record.itemCount });
    else terminal.out(summarizeSnapshot({ record }));
    return EXIT.yes;
  }
  const entry = index?.find(({ itemId }) => itemId === item);
  if (index !== undefined && entry === undefined)
    throw new Failure(EXIT.no, `There is no item ${shown(item)} in this snapshot`);
  const json = itemText(entry ?? { itemId: item });
  if (json === undefined) {
    throw new Failure(EXIT.io, `The text of ${shown(item)} is not kept here; its digest is ${entry?.digest}`);
  }
  if (options.json) {
    terminal.json({ type: 'item', digest: entry?.digest ?? null, item: parseCanonical(json) });
    return EXIT.yes;
  }
  const { content } = parseCanonical(json);
  process.stdout.write(typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  return EXIT.yes;
}

function source(target) {
  const home = target === undefined ? findFolder(undefined, [LOCK]) : lockedFolder(target);
  if (home !== undefined) {
    const file = target === undefined || statSync(target).isDirectory() ? join(home, LOCK) : target;
    const { record, index } = target === undefined ? requiredLock(home) : readLock(file);
    const objects = new Objects(join(dirname(file), KEPT));
    return { record, index, itemText: ({ digest }) => objects.get(digest) };
  }
  const { parts, items } = storedParts(target);
  if (typeof items === 'string')
    throw new Failure(EXIT.misuse, 'show reads a lock, or a file with a record and its items', { file: target });
  return {
    record: parts.record,
    itemText: ({ itemId }) => {
      const found = items.find((one) => one.itemId === itemId);
      if (found === undefined) throw new Failure(EXIT.no, `There is no item ${shown(itemId)} in this snapshot`);
      return JSON.stringify(found);
    },
  };
}

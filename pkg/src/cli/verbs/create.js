// `create`: a snapshot of a pack file and items, without a folder.
//
// How: each item is written as it is digested, so memory does not grow with their number, except for the index. The record is written last and
// renamed into place: a folder with a record has a whole snapshot.

import { renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { formOf } from '../inputs/forms.js';
import { addItems, addList } from '../inputs/items.js';
import { readObject } from '../inputs/json.js';
import { nameOf, Places } from '../inputs/lines.js';
import { mcpDeclarations } from '../inputs/mcp.js';
import { makeFolder, writeWhole } from '../lock/atomic.js';
import { removeUnfinished } from '../lock/exclusive.js';
import { Pieces } from '../lock/pieces.js';
import { currentUser, startSnapshot } from '../lock/take.js';
import { brief, counted, jsonText, shown, sized } from '../shown.js';
import { EVENT, ITEMS, RECORD, snapshotJson } from './stored.js';

/** Starts a snapshot of a pack file. */
function start({ pack: file, ...options }) {
  const value = readObject(file);
  try {
    return startSnapshot(value.pack ?? value, { ...options, user: options.user ?? currentUser('.') });
  } catch (error) {
    throw failureOf(error, file);
  }
}

export async function create(files, options, terminal) {
  const builder = start(options);
  const out = options.out === undefined ? undefined : target(options.out);
  const started = performance.now();
  let bytes = 0;
  let lines;
  const places = new Places();
  try {
    if (out !== undefined) lines = new Pieces(out.items);
    const add = (item) => {
      const { json } = builder.add(item);
      lines?.add(`${json}\n`);
    };
    if (options.mcp !== undefined) addList(await mcpDeclarations(options.mcp), options.mcp, add);
    const isStdin = files.length === 0 && options.mcp === undefined;
    for (const file of isStdin ? ['-'] : files) {
      bytes += await fill(file, { ...options, places }, terminal, add);
    }
    // An exporter that fails ends its output early, and nothing would say so.
    if (builder.itemCount === 0 && !options.allowEmpty) {
      throw new Failure(EXIT.input, 'There are no items; a snapshot without items needs --allow-empty');
    }
    lines?.sync();
  } catch (error) {
    if (out !== undefined) rmSync(out.items, { force: true });
    throw failureOf(error, out?.items);
  } finally {
    lines?.close();
  }
  const { record, event } = finish(builder);
  if (out !== undefined) save(out, record, event);
  const seconds = (performance.now() - started) / 1000;
  report(record, { ...options, bytes, seconds }, terminal);
  return EXIT.yes;
}

function finish(builder) {
  try {
    return builder.finish();
  } catch (error) {
    throw failureOf(error);
  }
}

/** Adds the items of a file. Returns how many bytes were read. */
async function fill(file, { from, places, allowSecrets: allowsSecrets }, terminal, add) {
  const size = file === '-' ? undefined : sizeOf(file);
  const progress = terminal.progress(`reading ${shown(basename(nameOf(file)))}`, rate);
  let total = 0;
  const read = (bytes) => {
    total = bytes;
    progress.update(bytes, size);
  };
  await addItems(file, from ?? formOf(file), add, { read, places, allowsSecrets });
  progress.stop();
  return total;
}

/** Says how fast bytes are read, and how long it still takes if the size is known. */
function rate(done, all, seconds) {
  const speed = `${sized(done)}, ${sized(done / seconds)}/s`;
  if (all === undefined) return speed;
  const left = Math.ceil((seconds * (all - done)) / done);
  return `${speed}, ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`;
}

function sizeOf(file) {
  try {
    return statSync(file).size;
  } catch (error) {
    throw failureOf(error, file);
  }
}

/** Prepares the folder of a new snapshot. */
function target(folder) {
  try {
    makeFolder(folder);
    removeUnfinished(folder);
    for (const name of [RECORD, ITEMS, EVENT]) {
      const file = join(folder, name);
      if (statSync(file, { throwIfNoEntry: false }) === undefined) continue;
      throw new Failure(
        EXIT.input,
        'There is a snapshot already, or a part of one, and snapshots are never changed; choose another folder',
        {
          file,
        },
      );
    }
    const items = join(folder, `${ITEMS}.${process.pid}`);
    // Left by a process with the same number that was killed.
    rmSync(items, { force: true });
    return { folder, record: join(folder, RECORD), event: join(folder, EVENT), items };
  } catch (error) {
    throw failureOf(error, folder);
  }
}

function save({ folder, record: file, event: eventFile, items }, record, event) {
  try {
    renameSync(items, join(folder, ITEMS));
    writeWhole(eventFile, `${JSON.stringify(event, null, 2)}\n`, folder);
    writeWhole(file, `${JSON.stringify(record, null, 2)}\n`, folder);
  } catch (error) {
    throw failureOf(error, folder);
  }
}

function report(record, { json, out, bytes, seconds }, terminal) {
  const { seal } = record.metadata.$snapshot;
  const { packKey, packVersion, hash, itemCount } = record;
  if (json) {
    terminal.json(snapshotJson(record));
    return;
  }
  if (out === undefined) {
    terminal.out(jsonText(record, 2));
    return;
  }
  const { bold, green } = terminal.paint;
  terminal.out(`${bold('created')} ${brief(packKey)}@${brief(packVersion)}: ${counted(itemCount, 'item')}`);
  terminal.out(`  hash ${green(hash)}`);
  terminal.out(`  seal ${green(seal)}`);
  terminal.out(`  ${shown(out)}`);
  if (bytes > 0) terminal.note(`${sized(bytes)} in ${seconds.toFixed(1)} s, ${sized(bytes / seconds)}/s`);
}

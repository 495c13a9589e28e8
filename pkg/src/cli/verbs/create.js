// `create`: a snapshot of a pack file and items, without a folder.
//
// How: each item is written as it is digested, so memory does not grow with their number, except for the index. The record is written last and
// renamed into place: a folder with a record has a whole snapshot.

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SnapshotBuilder } from '@lssm-tech/lib.context-snapshot';
import { EXIT, Failure, failureOf } from '../failure.js';
import { formOf } from '../inputs/forms.js';
import { addItems, addList } from '../inputs/items.js';
import { readObject } from '../inputs/json.js';
import { nameOf, Places } from '../inputs/lines.js';
import { mcpDeclarations } from '../inputs/mcp.js';
import { writeWhole } from '../lock/atomic.js';
import { currentUser } from '../lock/take.js';
import { counted, shown, sized } from '../shown.js';
import { EVENT, ITEMS, RECORD, snapshotJson } from './stored.js';

const BUFFERED = 1 << 20;

/** Writes lines to a file in large pieces. */
class Lines {
  constructor(file) {
    this.file = file;
    this.parts = [];
    this.length = 0;
    this.descriptor = openSync(file, 'w');
  }

  add(line) {
    this.parts.push(line);
    this.length += line.length;
    if (this.length > BUFFERED) this.flush();
  }

  flush() {
    if (this.parts.length === 0) return;
    const bytes = Buffer.from(`${this.parts.join('\n')}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    this.parts = [];
    this.length = 0;
  }

  finish() {
    this.flush();
    fsyncSync(this.descriptor);
  }

  close() {
    closeSync(this.descriptor);
  }
}

/** Starts a snapshot of a pack file. */
export function startCreate({ pack: file, ...options }) {
  const value = readObject(file);
  const pack = value.pack ?? value;
  try {
    const { actor = 'admin', user = currentUser('.'), reason, parent, idemKey, now } = options;
    const input = { packKey: pack.packKey, reason };
    return new SnapshotBuilder(input, { actor, userId: user, roles: [], pack, parent, idemKey, now, channel: 'cli' });
  } catch (error) {
    throw failureOf(error, file);
  }
}

export async function create(files, options, terminal) {
  const builder = startCreate(options);
  const out = options.out === undefined ? undefined : target(options.out);
  const started = performance.now();
  let bytes = 0;
  let lines;
  const places = new Places();
  try {
    if (out !== undefined) lines = new Lines(out.items);
    const add = (item) => {
      const { json } = builder.add(item);
      lines?.add(json);
    };
    if (options.mcp !== undefined) addList(await mcpDeclarations(options.mcp), options.mcp, add);
    const isStdin = files.length === 0 && options.mcp === undefined;
    for (const file of isStdin ? ['-'] : files) {
      bytes += await fill(file, { ...options, places }, terminal, add);
    }
    lines?.finish();
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
async function fill(file, { from, places }, terminal, add) {
  const size = file === '-' ? undefined : sizeOf(file);
  const progress = terminal.progress(`reading ${shown(basename(nameOf(file)))}`, rate);
  let total = 0;
  const read = (bytes) => {
    total = bytes;
    progress.update(bytes, size);
  };
  await addItems(file, from ?? formOf(file), add, read, places);
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
    mkdirSync(folder, { recursive: true });
    const record = join(folder, RECORD);
    if (statSync(record, { throwIfNoEntry: false }) !== undefined) {
      throw new Failure(
        EXIT.input,
        'There is a snapshot already, and snapshots are never changed; choose another folder',
        { file: record },
      );
    }
    return { folder, record, event: join(folder, EVENT), items: join(folder, `${ITEMS}.${process.pid}`) };
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
    terminal.out(JSON.stringify(record, null, 2));
    return;
  }
  const { bold, green } = terminal.paint;
  terminal.out(`${bold('created')} ${shown(packKey)}@${shown(packVersion)}: ${counted(itemCount, 'item')}`);
  terminal.out(`  hash ${green(hash)}`);
  terminal.out(`  seal ${green(seal)}`);
  terminal.out(`  ${shown(out)}`);
  if (bytes > 0) terminal.note(`${sized(bytes)} in ${seconds.toFixed(1)} s, ${sized(bytes / seconds)}/s`);
}

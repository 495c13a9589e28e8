// `diff`: what changed between a folder and its lock, two locks, or two stored snapshots.
//
// How: which items differ is decided by digests. Their text is shown if it is at hand: of a lock, it is kept in `.context/objects`.

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diffSnapshots, digestItem, SnapshotVerifier } from '@lssm-tech/lib.context-snapshot';
import { createTwoFilesPatch, diffWordsWithSpace, structuredPatch } from 'diff';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { newCounts, readItem } from '../folder/file.js';
import { findFolder } from '../folder/home.js';
import { KEPT, LOCK } from '../folder/walk.js';
import { compare, countChanges } from '../lock/changes.js';
import { contentsOf, readLock } from '../lock/lock.js';
import { Objects } from '../lock/objects.js';
import { shown, sized } from '../shown.js';
import { changeJson, changeLine, changesOf, entriesOf } from './changed.js';
import { table } from './markdown.js';
import { summaryOf } from './status.js';
import { eachItem, lockedFolder, storedParts } from './stored.js';

export async function diff(first, second, options, terminal) {
  const found = second === undefined ? folderAndLock(first, terminal) : await twoSnapshots(first, second);
  const { changes, packChanges } = found;
  if (options.json) json(found, options, terminal);
  else if (options.format) markdown(found, terminal);
  else if (options.stat) stat(found, terminal);
  else for (const change of changes) show(change, found, options, terminal);
  if (!options.json && packChanges.length > 0) terminal.note(`pack: ${packChanges.join(', ')} differ`);
  const isSame = changes.length === 0 && packChanges.length === 0;
  return options.exitCode && !isSame ? EXIT.no : EXIT.yes;
}

function folderAndLock(dir, terminal) {
  const home = findFolder(dir, [LOCK]);
  const { changes, packChanges, config } = changesOf(home, terminal);
  const objects = new Objects(join(home, KEPT));
  return {
    changes,
    packChanges,
    before: ({ digest }) => objects.get(digest),
    after: ({ path, file }) =>
      readItem({ path, file, rule: config.ruleFor(path) }, config, { allowsSecrets: true, counts: newCounts() }).json,
  };
}

async function twoSnapshots(first, second) {
  const [before, after] = [await snapshotAt(first), await snapshotAt(second)];
  let packChanges;
  try {
    packChanges = diffSnapshots(before.contents, after.contents).pack;
  } catch (error) {
    throw failureOf(error);
  }
  const changes = compare(before.entries, after.entries, after.textOf);
  return { changes, packChanges, before: before.textOf, after: after.textOf };
}

/** Reads a lock, or a stored snapshot, which is verified on the way. */
async function snapshotAt(target) {
  const home = lockedFolder(target);
  if (home !== undefined) {
    const file = statSync(target).isDirectory() ? join(home, LOCK) : target;
    const lock = readLock(file);
    const objects = new Objects(join(dirname(file), KEPT));
    return { contents: contentsOf(lock), entries: entriesOf(lock), textOf: ({ digest }) => objects.get(digest) };
  }
  const { parts, items } = storedParts(target);
  const texts = new Map();
  const entries = [];
  const verifier = new SnapshotVerifier(parts);
  try {
    await eachItem(items, (item) => {
      const { itemId, digest, json } = digestItem(item);
      verifier.add(item);
      texts.set(digest, json);
      entries.push({ path: itemId, digest, bytes: Buffer.byteLength(json) });
    });
  } catch (error) {
    throw failureOf(error, target);
  }
  const { valid, issues } = verifier.finish();
  verifier.free();
  if (!valid)
    throw new Failure(EXIT.input, `This snapshot is not whole: ${shown(issues[0].message)}`, { file: target });
  entries.sort((left, right) => (left.path < right.path ? -1 : Number(left.path > right.path)));
  const index = entries.map(({ path, digest }) => ({ itemId: path, digest }));
  return { contents: contentsOf({ record: parts.record, index }), entries, textOf: ({ digest }) => texts.get(digest) };
}

/** Returns the content of an item as lines of text: JSON is indented; undefined if it is not at hand. */
function linesOf(json) {
  if (json === undefined) return undefined;
  const { content } = parseCanonical(json);
  return typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
}

const textOf = (entry, read) => (entry === undefined ? '' : linesOf(read(entry)));

function texts({ before, after }, found) {
  return [textOf(before, found.before), textOf(after, found.after)];
}

function show(change, found, { words, lines }, terminal) {
  terminal.out(changeLine(change, terminal.paint));
  const { before, after } = change;
  if (change.change === 'R') return;
  const [old, now] = texts(change, found);
  if (old === undefined || now === undefined) {
    terminal.out(
      `  ${sized(before?.bytes ?? 0)} -> ${sized(after?.bytes ?? 0)} (the text of the lock is not kept here)`,
    );
    return;
  }
  if (words) showWords(old, now, terminal);
  else showLines(old, now, Number(lines ?? 3), terminal);
}

function showLines(old, now, context, terminal) {
  const { red, green, cyan } = terminal.paint;
  for (const { oldStart, oldLines, newStart, newLines, lines } of structuredPatch('', '', old, now, '', '', { context })
    .hunks) {
    terminal.out(cyan(`  @@ -${oldStart},${oldLines} +${newStart},${newLines} @@`));
    for (const line of lines) {
      const paint = line[0] === '+' ? green : line[0] === '-' ? red : (text) => text;
      terminal.out(`  ${paint(line[0] + visible(line.slice(1)))}`);
    }
  }
}

/** Shows the lines around changed words, which stand in `[-…-]` and `{+…+}`, as in git, or in colour. */
function showWords(old, now, terminal) {
  const { red, green, isColorSupported } = terminal.paint;
  const marked = {
    removed: (text) => (isColorSupported ? red(text) : `[-${text}-]`),
    added: (text) => (isColorSupported ? green(text) : `{+${text}+}`),
  };
  const rows = [{ text: '', isChanged: false }];
  for (const { added, removed, value } of diffWordsWithSpace(old, now)) {
    const mark = added ? marked.added : removed ? marked.removed : undefined;
    for (const [at, part] of visible(value).split('\n').entries()) {
      if (at > 0) rows.push({ text: '', isChanged: false });
      const row = rows.at(-1);
      row.text += mark === undefined || part === '' ? part : mark(part);
      row.isChanged ||= mark !== undefined;
    }
  }
  for (const [at, { text, isChanged }] of rows.entries()) {
    const isNear = isChanged || rows[at - 1]?.isChanged || rows[at + 1]?.isChanged;
    if (isNear && (text !== '' || at < rows.length - 1)) terminal.out(`  ${text}`);
  }
}

/** Replaces characters that would act on a terminal. */
const visible = (text) => text.replace(/[^\P{Cc}\n\t]|\p{Cf}/gu, '\ufffd');

function stat({ changes, packChanges }, terminal) {
  for (const change of changes) {
    const { before, after } = change;
    const sizes = [before, after].filter((one) => one !== undefined).map(({ bytes }) => sized(bytes));
    terminal.out(`${changeLine(change, terminal.paint)}  ${terminal.paint.dim(sizes.join(' -> '))}`);
  }
  terminal.out(summaryOf(changes, packChanges));
}

function json({ changes, packChanges, ...found }, { words }, terminal) {
  for (const change of changes) {
    const line = changeJson(change);
    if (change.change !== 'R') {
      const [old, now] = texts(change, found);
      if (old !== undefined && now !== undefined) {
        line.patch = createTwoFilesPatch(change.path, change.path, old, now, undefined, undefined, {
          context: words ? 0 : 3,
        });
      }
    }
    terminal.json(line);
  }
  terminal.json({
    type: 'diff',
    same: changes.length === 0 && packChanges.length === 0,
    pack: packChanges,
    changes: countChanges(changes),
  });
}

function markdown({ changes, packChanges }, terminal) {
  terminal.out(`**Context:** ${summaryOf(changes, packChanges)}\n`);
  if (changes.length === 0) return;
  const rows = changes.map(({ change, path, from, before, after }) => [
    change,
    before === undefined ? '' : sized(before.bytes),
    after === undefined ? '' : sized(after.bytes),
    from === undefined ? path : `${from} → ${path}`,
  ]);
  terminal.out(table(['', 'before', 'after', 'item'], rows));
}

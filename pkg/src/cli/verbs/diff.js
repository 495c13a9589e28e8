// `diff`: what changed between a folder and its lock, two locks, or two stored snapshots.
//
// How: which items differ is decided by digests. Their text is shown if it is at hand: of a lock, it is kept in `.context/objects`.

import { diffSnapshots } from '@lssm-tech/lib.context-snapshot';
import { createTwoFilesPatch, diffWordsWithSpace, structuredPatch } from 'diff';
import { EXIT, failureOf } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { compare, countChanges } from '../lock/changes.js';
import { lockFile } from '../lock/lock.js';
import { objectsOf } from '../lock/objects.js';
import { inert, sized, visible } from '../shown.js';
import { addTokens, sizesOf, tokenCounter } from '../tokens.js';
import { changeJson, changeLine, changesOf, contentOf, textOf as presentText } from './changed.js';
import { changesTable, summaryOf, writeStepSummary } from './markdown.js';
import { lockNamed } from './named.js';
import { contentsOf, readSnapshot } from './stored.js';

export async function diff(first, second, options, terminal) {
  const isFolder = second === undefined && (first === undefined || lockNamed(first) === undefined);
  const found = isFolder
    ? folderAndLock(first, terminal)
    : await twoSnapshots(first, second ?? lockFile(findFolder(undefined, [LOCK])));
  const { changes, packChanges } = found;
  const count = await tokenCounter(options.tokens);
  if (count !== undefined) addTokens(changes, count, found);
  if (options.json) json(found, options, terminal);
  else if (options.format) formatted(found, options, terminal);
  else if (options.stat) stat(found, terminal);
  else {
    for (const change of changes) show(change, found, options, terminal);
    if (packChanges.length > 0) terminal.note(summaryOf([], packChanges));
  }
  const isSame = changes.length === 0 && packChanges.length === 0;
  return options.exitCode && !isSame ? EXIT.no : EXIT.yes;
}

function folderAndLock(dir, terminal) {
  const home = findFolder(dir, [LOCK]);
  const { changes, packChanges, config } = changesOf(home, terminal);
  const objects = objectsOf(home);
  return {
    changes,
    packChanges,
    before: ({ path, digest }) => objects.get(digest, path),
    after: (entry) => presentText(entry, config),
  };
}

async function twoSnapshots(first, second) {
  const [before, after] = [await readSnapshot(first), await readSnapshot(second)];
  let packChanges;
  try {
    packChanges = diffSnapshots(contentsOf(before), contentsOf(after)).pack;
  } catch (error) {
    throw failureOf(error);
  }
  const changes = compare(before.entries, after.entries, after.textOf);
  return { changes, packChanges, before: before.textOf, after: after.textOf };
}

/** Lines around a change that are shown. */
const AROUND = 3;

/** Most lines or words that are added and removed for a difference to be computed; of long texts fewer, because for each, all others may be looked at. */
const MOST_EDITS = 4_000;
const MOST_LOOKS = 1e9;

function linesIn(text) {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** @param countIn counts lines or words of a text, at most */
function bound(old, now, countIn = linesIn) {
  return { maxEditLength: Math.min(MOST_EDITS, Math.floor(MOST_LOOKS / (countIn(old) + countIn(now)))) };
}

/** Returns one side of a change as text: nothing if there is no such item, undefined if its text is not at hand. */
function textOf(entry, read) {
  if (entry === undefined) return '';
  const json = read(entry);
  return json && contentOf(json);
}

function texts({ before, after }, found) {
  return [textOf(before, found.before), textOf(after, found.after)];
}

function show(change, found, { words, lines = AROUND }, terminal) {
  terminal.out(changeLine(change, terminal.paint));
  const { before, after } = change;
  if (change.change === 'R') return;
  const [old, now] = texts(change, found);
  if (old === undefined || now === undefined) {
    terminal.out(
      `  ${sized(before?.bytes ?? 0)} -> ${sized(after?.bytes ?? 0)} (the text of the lock is not kept here, or was changed)`,
    );
    return;
  }
  if (words) showWords(old, now, terminal);
  else showLines(old, now, lines, terminal);
}

/** Says of a change that it is not shown: the time of a comparison grows with the square of what differs. */
const tooMuch = (terminal) => terminal.out('  (too much differs to be shown)');

function showLines(old, now, context, terminal) {
  const { red, green, cyan } = terminal.paint;
  const patch = structuredPatch('', '', old, now, '', '', { context, ...bound(old, now) });
  if (patch === undefined) return tooMuch(terminal);
  for (const { oldStart, oldLines, newStart, newLines, lines } of patch.hunks) {
    terminal.out(cyan(`  @@ -${oldStart},${oldLines} +${newStart},${newLines} @@`));
    for (const line of lines) {
      const paint = line[0] === '+' ? green : line[0] === '-' ? red : (text) => text;
      terminal.out(inert(`  ${paint(line[0] + visible(line.slice(1)))}`));
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
  const parts = diffWordsWithSpace(
    old,
    now,
    bound(old, now, ({ length }) => length + 1),
  );
  if (parts === undefined) return tooMuch(terminal);
  for (const { added, removed, value } of parts) {
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
    if (isNear && (text !== '' || at < rows.length - 1)) terminal.out(inert(`  ${text}`));
  }
}

function stat({ changes, packChanges }, terminal) {
  for (const change of changes)
    terminal.out(`${changeLine(change, terminal.paint)}  ${terminal.paint.dim(sizesOf(change))}`);
  terminal.out(summaryOf(changes, packChanges));
}

function json({ changes, packChanges, ...found }, { words, lines = AROUND }, terminal) {
  for (const change of changes) {
    const line = changeJson(change);
    if (change.change !== 'R') {
      const [old, now] = texts(change, found);
      if (old !== undefined && now !== undefined) {
        const patch = createTwoFilesPatch(change.path, change.path, old, now, undefined, undefined, {
          context: words ? 0 : lines,
          ...bound(old, now),
        });
        if (patch !== undefined) line.patch = patch;
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

/** The table, which a runner of GitHub Actions also gets for the summary of the step: items of two snapshots have no place in the checkout. */
function formatted(found, { format }, terminal) {
  const text = `**Context:** ${changesTable(found)}`;
  terminal.out(text);
  if (format === 'github') writeStepSummary(text);
}

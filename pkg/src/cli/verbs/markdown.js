// Reports for pull requests, in Markdown: what changed, in words and as a table.

import { appendFileSync } from 'node:fs';
import { failureOf } from '../failure.js';
import { countChanges } from '../lock/changes.js';
import { grouped, inert, shownList, visibleLine } from '../shown.js';
import { sizeOf } from '../tokens.js';

/** Puts text of strangers into a code span, so that it cannot become a link, HTML or another cell. */
function code(text) {
  const plain = visibleLine(text);
  const longest = Math.max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = plain.startsWith('`') || plain.endsWith('`') || plain === '' ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`.replaceAll('|', '\\|');
}

/** Returns a table; cells of the last column are code. */
function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const body = rows.map((cells) => line(cells.map((cell, at) => (at === cells.length - 1 ? code(cell) : cell))));
  return inert([line(head), line(head.map(() => '---')), ...body].join('\n'));
}

/** Says in words how many changes there are. */
export function summaryOf(changes, packChanges = []) {
  const { added, changed, removed, moved } = countChanges(changes);
  const parts = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
    [moved, 'moved'],
  ];
  const words = parts.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`);
  if (packChanges.length > 0) words.push(`different in the pack: ${shownList(packChanges)}`);
  return words.join(', ') || 'nothing changed';
}

/** Returns the words and the table of changes. @param words in place of the number of changes */
export function changesTable({ changes, packChanges }, words = summaryOf(changes, packChanges)) {
  if (changes.length === 0) return `${words}\n\n`;
  const rows = changes.map(({ change, path, from, before, after }) => [
    change,
    before === undefined ? '' : sizeOf(before),
    after === undefined ? '' : sizeOf(after),
    from === undefined ? path : `${from} → ${path}`,
  ]);
  return `${words}\n\n${table(['', 'before', 'after', 'item'], rows)}\n`;
}

/** Adds a report to the summary of a step, if this is a runner of GitHub Actions. */
export function writeStepSummary(text) {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file) return;
  try {
    appendFileSync(file, text);
  } catch (error) {
    throw failureOf(error, file);
  }
}

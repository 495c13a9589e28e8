// `status`: compares a folder with its lock.

import { realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { EXIT } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { countChanges } from '../lock/changes.js';
import { objectsOf } from '../lock/objects.js';
import { brief, counted, shown, worded } from '../shown.js';
import { addTokens, inWords, sizesOf, sumOf, tokenCounter } from '../tokens.js';
import { changeJson, changeLine, changesOf, textOf } from './changed.js';
import { changesTable, summaryOf, writeStepSummary } from './markdown.js';
import { whileWatching } from './watch.js';

export async function status(dir, options, terminal) {
  const count = await tokenCounter(options.tokens);
  const home = findFolder(dir, [LOCK]);
  const compareOnce = () => {
    const found = changesOf(home, terminal, { note: (text) => terminal.note(text) });
    if (count !== undefined) countAll(found, count);
    const write = options.json
      ? json
      : options.porcelain || options.nul
        ? porcelain
        : options.format
          ? formatted
          : human;
    write(found, options, terminal);
    return found.isSame ? EXIT.yes : EXIT.no;
  };
  return options.watch ? whileWatching(home, compareOnce, terminal) : compareOnce();
}

/** Counts the tokens of the folder as it is, and of both sides of each change. */
function countAll(found, count) {
  const { home, config, entries, changes } = found;
  const objects = objectsOf(home);
  const after = (entry) => textOf(entry, config);
  addTokens(changes, count, { before: ({ path, digest }) => objects.get(digest, path), after });
  found.tokens = sumOf(count, entries.map(after));
}

function json({ tokens, record, changes, packChanges, isSame }, _options, terminal) {
  for (const change of changes) terminal.json(changeJson(change));
  const { hash, itemCount } = record;
  terminal.json({
    ...{ type: 'status', same: isSame, hash, itemCount, ...(tokens === undefined ? {} : { tokens }) },
    ...{ pack: packChanges, changes: countChanges(changes) },
  });
}

function porcelain({ changes, packChanges }, { nul }, terminal) {
  const end = nul ? '\0' : '\n';
  const name = nul ? (path) => path : shown;
  for (const member of packChanges) terminal.out(`P ${name(member)}${end}`);
  for (const { change, path, from } of changes) {
    if (from === undefined) terminal.out(`${change} ${name(path)}${end}`);
    else terminal.out(nul ? `R ${path}\0${from}\0` : `R ${name(from)} -> ${name(path)}\n`);
  }
}

function human({ tokens, record, changes, packChanges, isSame }, _options, terminal) {
  const { dim, green } = terminal.paint;
  const { packKey, packVersion, itemCount, hash, createdAt } = record;
  if (isSame) {
    terminal.out(
      `${green('unchanged')} ${brief(packKey)}@${brief(packVersion)}: ${[counted(itemCount, 'item'), ...inWords(tokens)].join(', ')}, locked ${createdAt}`,
    );
    terminal.out(dim(`  hash ${hash}`));
    return;
  }
  for (const member of packChanges) terminal.out(`${terminal.paint.yellow('P')} ${shown(member)}`);
  for (const change of changes) {
    const line = changeLine(change, terminal.paint);
    terminal.out(tokens === undefined ? line : `${line}  ${dim(sizesOf(change))}`);
  }
  const now = inWords(tokens).map((words) => `, ${words} now`);
  terminal.note(terminal.paintNotes.bold(`${summaryOf(changes, packChanges)} since ${createdAt}${now}`));
}

function formatted(found, { format }, terminal) {
  const text = `**Context lock:** ${changesTable(found, found.isSame ? 'unchanged' : undefined)}`;
  if (format === 'md') {
    terminal.out(text);
    return;
  }
  const { home, changes, packChanges } = found;
  for (const member of packChanges) annotate('', `The pack's ${shown(member)} differs from the lock`, terminal);
  for (const { change, path, from } of changes) {
    const what = {
      A: 'is not in the lock',
      M: 'differs from the lock',
      D: 'is missing',
      R: `was ${shown(from ?? '')}`,
    }[change];
    // A name with characters that cannot be seen would act on whoever reads the log.
    const place = change === 'D' || worded(path) !== path ? '' : ` file=${property(inWorkspace(home, path))}`;
    annotate(place, `${shown(path)} ${what}`, terminal);
  }
  writeStepSummary(text);
}

/** Writes an annotation. @param place its file, as a property, or nothing */
const annotate = (place, text, terminal) =>
  terminal.out(
    `::error${place === '' ? ' ' : `${place},`}title=context lock::${message(`${text}; run context-snapshot lock`)}`,
  );

/** Returns the path of a file as annotations need it: from the root of the checkout, with `/`. */
const inWorkspace = (home, path) =>
  relative(realpathSync(process.env.GITHUB_WORKSPACE || '.'), join(home, path)).replaceAll(sep, '/');

/** Escapes for the commands of GitHub's runner. */
const message = (text) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const property = (text) => message(text).replace(/:/g, '%3A').replace(/,/g, '%2C');

// `init`: writes `context-pack.json` after looking at what is there.

import { closeSync, fsyncSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { SCHEMA } from '../folder/config.js';
import { namedFolder } from '../folder/home.js';
import { CONFIG, compiled, defaultPack, FOLDER } from '../folder/rules.js';
import { walk } from '../folder/walk.js';
import { counted, shown, shownFile } from '../shown.js';

/** Kinds of files that are looked for, in the order of their rules. */
const OFFERS = [
  { files: '**/*.{md,mdx,markdown,txt,rst,adoc}', kind: 'docblock', $comment: 'Documents, as text.' },
  {
    files: '**/*.schema.json',
    kind: 'schema',
    as: 'json',
    $comment: 'JSON Schemas: the value counts, not how it is written.',
  },
  { files: '**/*.{graphql,proto,prisma,sql}', kind: 'schema', $comment: 'Schemas, as text.' },
  { files: '**/*.{json,yaml,yml}', kind: 'contract', $comment: 'Contracts and settings, as text.' },
  {
    files: '**/*.{png,jpg,jpeg,gif,webp,pdf}',
    kind: 'external',
    as: 'digest',
    $comment: 'Pictures and the like: size and SHA-256 only.',
  },
];

export function init(dir, options, terminal) {
  const home = namedFolder(dir ?? '.');
  const file = join(home, CONFIG);
  if (statSync(file, { throwIfNoEntry: false }) !== undefined)
    throw new Failure(EXIT.input, 'It is there already; edit it, or remove it first', { file });
  const settings = { pack: defaultPack(basename(home)), exclude: [], eol: 'lf', binary: 'digest' };
  const everything = compiled({ ...settings, include: [{ files: '**', kind: 'external', optional: true }] });
  const { rules } = compiled({ ...settings, include: OFFERS });
  const include = [];
  let left = walk(home, everything, () => {});
  for (const [at, offer] of OFFERS.entries()) {
    const taken = left.filter(({ path }) => rules[at].matches(path));
    if (taken.length === 0) continue;
    left = left.filter(({ path }) => !rules[at].matches(path));
    include.push(offer);
    terminal.note(`${counted(taken.length, 'file')}: ${offer.files} as ${offer.kind}`);
  }
  if (include.length === 0) include.push({ files: '**', kind: 'external', $comment: 'Everything.' });
  else if (left.length > 0) terminal.note(`${counted(left.length, 'file')} left out, such as ${shown(left[0].path)}`);
  // The rules would take this file as well, which tells an agent nothing.
  const exclude = compiled({ ...settings, include }).ruleFor(CONFIG) === undefined ? [] : [CONFIG];
  const { packKey, version, title } = settings.pack;
  const config = {
    $schema: SCHEMA,
    $comment:
      'What agents may work from. The first rule that matches a file counts; .gitignore and .contextignore are respected. See docs/FOLDER.md.',
    ...{ folder: FOLDER, packKey, version, title, owners: [], tags: [] },
    ...{ include, exclude, eol: 'lf', binary: 'digest' },
  };
  writeNew(file, `${JSON.stringify(config, null, 2)}\n`);
  if (options.json) terminal.json({ type: 'init', file, include });
  else terminal.out(`wrote ${shownFile(file)}`);
  return EXIT.yes;
}

/** Writes a file that is not there yet, or leaves nothing. */
function writeNew(file, text) {
  let descriptor;
  try {
    descriptor = openSync(file, 'wx');
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    if (descriptor !== undefined) rmSync(file, { force: true });
    throw failureOf(error, file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

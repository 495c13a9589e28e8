// Applies the rules of a folder (FOLDER 2 and 3.1): which rule takes a file, and what a folder without a config has.
//
// Why apart from the reader of the config: the Studio page applies the same rules to dropped folders, where there is no file system.

import { readPattern } from './pattern.js';

export const CONFIG = 'context-pack.json';
export const FOLDER = 'context-folder/v1';
// D2.3-1
/** What a folder without `context-pack.json` has. */
const DEFAULT_INCLUDE = [
  { files: '**/*.{md,mdx,markdown,txt,rst,adoc}', kind: 'docblock', optional: true },
  { files: '**', kind: 'external', optional: true },
];

// D2.3-2
/** Returns the pack of a folder without `context-pack.json`. @param name that of the folder */
export function defaultPack(name) {
  const key = name.normalize('NFC') || 'context';
  return { packKey: key, version: '1.0.0', title: key };
}

// D2.3-1
/** Returns the rules of a folder without `context-pack.json`. */
export const defaultRules = (pack) => ({ pack, include: DEFAULT_INCLUDE, exclude: [], eol: 'lf', binary: 'digest' });

/** Adds to rules what is needed to apply them. */
export function compiled({ include, exclude, ...config }) {
  const rules = include.map(({ as = 'text', ...rule }, at) => ({ ...rule, at, as, ...readPattern(rule.files, false) }));
  const excluded = exclude.map((pattern) => readPattern(pattern, true));
  return {
    ...config,
    rules,
    /** Returns the first rule that matches a path, if it is not excluded. */
    ruleFor: (path) =>
      // D3.1-3, D3.1-4
      excluded.some(({ matches }) => matches(path)) ? undefined : rules.find(({ matches }) => matches(path)),
    // D3.1-8
    /** Returns false if no file below a folder can belong: it need not be read. */
    mayHold: (path) => rules.some(({ reaches }) => reaches(path)) && !excluded.some(({ covers }) => covers(path)),
    excludes: (path) => excluded.some(({ matches }) => matches(path)),
    /** What decides the content of items, as text: if it changes, no file is known any more. */
    key: JSON.stringify([FOLDER, config.eol, config.binary, rules.map(({ files, kind, as }) => [files, kind, as])]),
  };
}

// D3.1-6
/** Fails for a rule that is not optional and matches no file. @param files each with its `path` and `rule` */
export function assertNoRuleIsEmpty({ rules, fail }, files) {
  const taken = new Set(files.map(({ rule }) => rule));
  const empty = rules.find(
    (rule) => !(rule.optional || taken.has(rule) || files.some(({ path }) => rule.matches(path))),
  );
  if (empty !== undefined)
    fail(['include', empty.at, 'files'], 'This rule matches no file; mend the pattern, or add "optional": true');
}

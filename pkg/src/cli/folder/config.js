// Reads and checks `context-pack.json` (FOLDER 2).
//
// How: the text is read strictly, because a member that is there twice means something else to each reader. Every mistake is reported with
// its line: the position comes from a second parser, which only runs then.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { worded } from '../shown.js';
import { readPattern } from './pattern.js';
import { CONFIG, compiled, defaultPack, defaultRules, FOLDER } from './rules.js';

export const SCHEMA = 'https://unpkg.com/@lssm-tech/lib.context-snapshot/schemas/context-pack.json';

/** How a file becomes the content of an item. */
const FORMS = ['text', 'json', 'digest'];
const EOL = ['lf', 'keep'];
const BINARY = ['digest', 'skip', 'refuse'];

/** Checks values of one document. */
class Checker {
  /** @param fail throws the error for a mistake: `fail(path, message)` */
  constructor(fail) {
    this.fail = fail;
  }

  members(value, path, known) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) this.fail(path, 'Must be an object');
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.fail([...path, name], `Unknown member; known are ${known.join(', ')}`);
    }
  }

  string(value, path, { isEmpty = false, isRequired = false } = {}) {
    if (value === undefined && !isRequired) return undefined;
    if (value === undefined) this.fail(path.slice(0, -1), `Needs the member ${path.at(-1)}`);
    if (typeof value !== 'string') this.fail(path, 'Must be a string');
    if (value === '' && !isEmpty) this.fail(path, 'Must not be empty');
    return value;
  }

  texts(value, path) {
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.fail(path, 'Must be a list of strings');
    return value.map((one, at) => this.string(one, [...path, at], { isRequired: true }));
  }

  choice(value, path, choices) {
    if (value === undefined) return choices[0];
    if (!choices.includes(value)) this.fail(path, `Must be ${choices.map((one) => `"${one}"`).join(' or ')}`);
    return value;
  }

  pattern(value, path) {
    const text = this.string(value, path, { isRequired: true });
    try {
      readPattern(text.normalize('NFC'), false);
    } catch (error) {
      this.fail(path, error.message);
    }
    return text.normalize('NFC');
  }
}

/** Returns a function that fails with the position of a member in the text of a file. */
const failIn = (file, text) => (path, message) => {
  const node = findNodeAtLocation(parseTree(text), path);
  const place = { file };
  if (node !== undefined) {
    const before = text.slice(0, node.offset).split('\n');
    place.line = before.length;
    place.column = before.at(-1).length + 1;
  }
  const name = path.join('.');
  throw new Failure(EXIT.input, name === '' ? worded(message) : `${name}: ${worded(message)}`, place);
};

/**
 * Returns the rules of a folder.
 *
 * @param home the folder
 * @param pack the pack of the lock, for a folder that has no `context-pack.json`
 */
export function readConfig(home, pack) {
  const file = join(home, CONFIG);
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw failureOf(error, file);
    return compiled(defaultRules(pack ?? defaultPack(basename(home))));
  }
  let value;
  try {
    // D2-1
    value = parseCanonical(canonicalizeJson(bytes));
  } catch (error) {
    throw failureOf(error, file);
  }
  return { ...compiled(checked(value, failIn(file, bytes.toString()))), file };
}

// D2.1-1
const MEMBERS = [
  '$schema',
  '$comment',
  'folder',
  'packKey',
  'version',
  'title',
  'description',
  'owners',
  'tags',
  'include',
  'exclude',
  'eol',
  'binary',
];

/**
 * Returns the rules that a config has.
 *
 * @param value the parsed config
 * @param fail throws the error for a mistake: `fail(path, message)`
 */
function checked(value, fail) {
  const check = new Checker(fail);
  check.members(value, [], MEMBERS);
  if (value.folder !== FOLDER) {
    check.fail(
      value.folder === undefined ? [] : ['folder'],
      `Needs "folder": "${FOLDER}", the version of the folder rules`,
    );
  }
  // D2.1-3
  const pack = {
    packKey: check.string(value.packKey, ['packKey'], { isRequired: true }),
    version: check.string(value.version, ['version'], { isRequired: true }),
    title: check.string(value.title, ['title'], { isRequired: true, isEmpty: true }),
  };
  const description = check.string(value.description, ['description'], { isEmpty: true });
  if (description !== undefined) pack.description = description;
  for (const name of ['owners', 'tags']) {
    if (value[name] !== undefined) pack[name] = check.texts(value[name], [name]);
  }
  if (!Array.isArray(value.include) || value.include.length === 0) {
    check.fail(
      value.include === undefined ? [] : ['include'],
      'Needs "include", a list of at least one rule such as { "files": "docs/**/*.md", "kind": "docblock" }',
    );
  }
  const include = value.include.map((rule, at) => {
    const path = ['include', at];
    // D2.1-2
    check.members(rule, path, ['$comment', 'files', 'kind', 'as', 'optional']);
    if (rule.optional !== undefined && typeof rule.optional !== 'boolean')
      check.fail([...path, 'optional'], 'Must be true or false');
    return {
      files: check.pattern(rule.files, [...path, 'files']),
      kind: check.string(rule.kind, [...path, 'kind'], { isRequired: true }),
      as: check.choice(rule.as, [...path, 'as'], FORMS),
      optional: rule.optional === true,
    };
  });
  if (value.exclude !== undefined && !Array.isArray(value.exclude))
    check.fail(['exclude'], 'Must be a list of patterns');
  const exclude = (value.exclude ?? []).map((pattern, at) => check.pattern(pattern, ['exclude', at]));
  return {
    pack,
    include,
    exclude,
    eol: check.choice(value.eol, ['eol'], EOL),
    binary: check.choice(value.binary, ['binary'], BINARY),
    fail,
  };
}
